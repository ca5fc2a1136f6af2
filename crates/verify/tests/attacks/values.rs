//! Attacks on signature values, seals, certificates, time stamps and digests.

use base64::Engine as _;
use crypto::DigestAlgorithm;
use formats::asn1::{Tag, Writer};
use formats::cms::SignedDataDraft;
use formats::ofd::{Kind, Mode};
use formats::oid;
use sealbridge_verify as verify;
use testkit::lab::{Files, MakeToken, PlainForm, SealSpec, ValueForm, ValueSpec, token};
use testkit::pki::{Party, at, pki};
use verify::catalogue as rule;

use crate::Case;
use crate::base::{
    DESCRIPTION, FORGED, LIST, PAGE, VALUE, contract, cut, described, plain_contract, prepared, sealed,
    signed, stamp, to_seal, two_seals, without_reference,
};

pub(crate) fn cases() -> Vec<Case> {
    let mut all = digests();
    all.extend(references());
    all.extend(moved());
    all.extend(seals());
    all.extend(signers());
    all.extend(time_stamps());
    all.extend(plain_signatures());
    all
}

/// Sealed with all digests made by another algorithm, under a name or none.
fn digested(name: Option<&str>, algorithm: DigestAlgorithm) -> Files {
    let (ready, seal) = to_seal(&plain_contract(), Mode::Continue);
    let encode = |bytes: &[u8]| base64::engine::general_purpose::STANDARD.encode(bytes);
    let files = ready.files.list.iter();
    let pairs: Vec<_> = files
        .map(|file| (encode(&crypto::sm3::digest(&file.data)), encode(&algorithm.digest(&file.data))))
        .collect();
    let name = name.map_or_else(String::new, |name| format!("CheckMethod=\"{name}\""));
    let described = ready.describing(|text| {
        let text = text.replace("CheckMethod=\"1.2.156.10197.1.401\"", &name);
        pairs.iter().fold(text, |text, (sm3, other)| text.replace(sm3, other))
    });
    described.sealed(&seal, &ValueSpec::good())
}

/// Sealed with two references to the first page, one for a forged page, and that page put in.
fn referred_twice() -> Files {
    let mark = format!("<ofd:Reference FileRef=\"/{PAGE}\">");
    let (ready, _) = to_seal(&plain_contract(), Mode::Continue);
    let page =
        String::from_utf8(ready.files.get(PAGE).to_vec()).expect("text").replace(crate::base::AMOUNT, FORGED);
    let value = base64::engine::general_purpose::STANDARD.encode(crypto::sm3::digest(page.as_bytes()));
    let mut files = described(&plain_contract(), Mode::Continue, |text| {
        text.replace(&mark, &format!("{mark}<ofd:CheckValue>{value}</ofd:CheckValue></ofd:Reference>{mark}"))
    });
    files.set(PAGE, page.into_bytes());
    files
}

fn digests() -> Vec<Case> {
    let keyed =
        described(&plain_contract(), Mode::Continue, |text| text.replace("10197.1.401\"", "10197.1.401.2\""));
    let other_method = described(&plain_contract(), Mode::Continue, |text| {
        text.replace("1.2.156.10197.1.501", "1.2.840.113549.1.1.5")
    });
    let method_case =
        |files: &Files, name, zh, en| Case::of(files, name).says(zh, en).bad(&rule::REFERENCES_METHOD);
    vec![
        method_case(
            &digested(Some("MD5"), DigestAlgorithm::Md5),
            "digest-md5",
            "原文杂凑降级为 MD5，可造碰撞文件",
            "digests downgraded to MD5: colliding files can be made",
        ),
        method_case(
            &digested(Some("SHA1"), DigestAlgorithm::Sha1),
            "digest-sha1",
            "原文杂凑降级为 SHA-1",
            "digests downgraded to SHA-1",
        ),
        method_case(
            &digested(None, DigestAlgorithm::Md5),
            "digest-unnamed",
            "不写杂凑方法，按标准默认为 MD5",
            "no digest method is named, which means MD5",
        ),
        method_case(
            &keyed,
            "digest-keyed",
            "杂凑方法写成带密钥的 SM3，无法比对",
            "digests named as keyed SM3, which nobody can compare",
        ),
        Case::of(&other_method, "method-differs")
            .says(
                "签名描述写 RSA-SHA1，签名值是 SM2",
                "the description names RSA with SHA-1, the value is SM2",
            )
            .bad(&rule::SIGNATURE_METHOD),
    ]
}

fn references() -> Vec<Case> {
    let no_root =
        described(&plain_contract(), Mode::Continue, |text| without_reference(text, &format!("/{PAGE}")));
    let mut changed = no_root;
    changed.edit(PAGE, |text| text.replace(crate::base::AMOUNT, FORGED));
    let mut dropped = sealed(&plain_contract(), Mode::Continue);
    dropped.edit(DESCRIPTION, |text| without_reference(text, &format!("/{PAGE}")));
    dropped.edit(PAGE, |text| text.replace(crate::base::AMOUNT, FORGED));
    vec![
        Case::of(&changed, "page-never-covered")
            .says("签名时漏掉第一页，之后改其金额", "the signer left the first page out; its amount is changed afterwards")
            .unknown(&rule::COVERAGE_SHOWN),
        Case::of(&dropped, "reference-dropped")
            .says("从签名描述删去第一页的引用，再改金额", "the reference to the first page is taken out of the description, then the amount is changed")
            .bad(&rule::DATA_HASH),
        Case::of(&referred_twice(), "reference-twice")
            .says("同一页有两个不同杂凑值的引用，真伪两页都有一个相符", "one page is referred to twice with different digests: the true and the forged page each match one")
            .bad(&rule::REFERENCES),
    ]
}

/// Values and seals that belong to something else.
fn moved() -> Vec<Case> {
    let other = sealed(&contract(2, FORGED, 2), Mode::Continue);
    let with = |path: &str, data: &[u8]| {
        let mut files = sealed(&plain_contract(), Mode::Continue);
        files.set(path, data.to_vec());
        files
    };
    let mut folder = sealed(&plain_contract(), Mode::Continue);
    for file in other.list.iter().filter(|file| file.name.contains("/Sign_0/")) {
        folder.set(&file.name, file.data.clone());
    }
    let two = two_seals(Mode::Continue);
    let mut crossed = two.clone();
    crossed.set("Doc_0/Signs/Sign_1/SignedValue.dat", two.get(VALUE).to_vec());
    let mut copied = sealed(&plain_contract(), Mode::Continue);
    copied.edit(LIST, |text| text.replace("Sign_0/Signature.xml", "Sign_9/Signature.xml"));
    copied.add(
        "Doc_0/Signs/Sign_9/Signature.xml",
        cut(
            std::str::from_utf8(copied.get(DESCRIPTION)).expect("text"),
            &format!("<ofd:Reference FileRef=\"/{PAGE}\""),
            "</ofd:Reference>",
        ),
    );
    copied.edit(PAGE, |text| text.replace(crate::base::AMOUNT, FORGED));
    let esl = SealSpec { es_id: "11000000000002".to_owned(), ..SealSpec::good() }.write();
    vec![
        Case::of(&with(VALUE, other.get(VALUE)), "value-of-another-document")
            .says("签名值取自另一份文档", "the signature value is that of another document")
            .bad(&rule::DATA_HASH),
        Case::of(&folder, "signature-of-another-document")
            .says("整个签章取自另一份文档", "the whole signature is that of another document")
            .bad(&rule::REFERENCES),
        Case::of(&crossed, "value-of-the-other-signer")
            .says(
                "第二个签章换上第一个的签名值，冒充两家都签了同样内容",
                "the second seal is given the value of the first",
            )
            .bad(&rule::DATA_HASH),
        Case::of(&copied, "description-copied")
            .says(
                "列表改指一份删减过的签名描述，沿用原签名值",
                "the list leads to a shortened copy of the description, with the value of the original",
            )
            .bad(&rule::DATA_HASH)
            .unknown(&rule::SIGNATURES_UNLISTED),
        Case::of(&with("Doc_0/Signs/Sign_0/Seal.esl", &esl), "seal-file-replaced")
            .says(
                "Seal.esl 换成另一枚印章，取其图像显示的软件被骗",
                "Seal.esl is another seal: who shows its picture is deceived",
            )
            .bad(&rule::SEAL_FILE),
    ]
}

/// The usual contract with a seal and a value of their own.
fn with(seal: &SealSpec, value: &ValueSpec) -> Files {
    let seal = seal.write();
    prepared(&plain_contract(), Kind::Seal(seal.clone()), Mode::Continue, stamp()).sealed(&seal, value)
}

fn seals() -> Vec<Case> {
    let good = ValueSpec::good;
    let ended = SealSpec { to: at("2026-02-01T00:00:00Z"), ..SealSpec::good() };
    let early = SealSpec { from: at("2026-05-01T00:00:00Z"), ..SealSpec::good() };
    let broken = SealSpec { value: ValueForm::Wrong, ..SealSpec::good() };
    let own = SealSpec { maker: pki().stranger.clone(), ..SealSpec::good() };
    let not_maker = SealSpec { maker: pki().encryption.clone(), ..SealSpec::good() };
    vec![
        Case::of(&with(&SealSpec::for_signer(&pki().second), &good()), "seal-transplanted")
            .says(
                "盗用他人印章：签名者的证书不在印章名单内",
                "somebody else's seal: the signer's certificate is not in its list",
            )
            .bad(&rule::SIGNER_IN_SEAL),
        Case::of(&with(&ended, &good()), "seal-expired")
            .says("签章时印章已过期", "the seal had ended when it was used")
            .bad(&rule::SEAL_PERIOD),
        Case::of(&with(&early, &good()), "seal-not-yet")
            .says("签章时印章尚未生效", "the period of the seal had not begun when it was used")
            .bad(&rule::SEAL_PERIOD),
        Case::of(&with(&broken, &good()), "maker-signature-wrong")
            .says(
                "制章人签名错误：印章图像或名称被改",
                "the maker's signature is wrong: picture or name of the seal were changed",
            )
            .bad(&rule::MAKER_SIGNATURE),
        Case::of(&with(&own, &good()), "maker-unknown")
            .says("印章由不受信任者私刻", "the seal was made by somebody whom nobody trusts")
            .bad(&rule::MAKER_CHAIN),
        Case::of(&with(&not_maker, &good()), "maker-encryption-certificate")
            .says("印章由加密证书签发", "the seal was signed with an encryption certificate")
            .bad(&rule::MAKER_KEY_USAGE),
    ]
}

/// Another certificate for the signer's key; it stands outside the signed part.
fn other_certificate() -> Vec<u8> {
    let random = testkit::pki::fixed_random("same key");
    let name =
        formats::x509::NameBuilder::new().country("CN").organization("别的单位").common_name("别的公章");
    let public = crypto::Signer::verifying_key(&pki().signer.key).clone();
    let (from, to) = (at("2024-01-01T00:00:00Z"), at("2044-01-01T00:00:00Z"));
    let builder =
        formats::x509::CertificateBuilder::new(formats::x509::Profile::SignerSign, name, &public, from, to);
    builder.issue(&pki().sub.certificate, &pki().sub.key, &random).expect("a certificate")
}

fn signers() -> Vec<Case> {
    let by = |party: &Party| with(&SealSpec::for_signer(party), &ValueSpec::by(party));
    let swapped =
        with(&SealSpec::good(), &ValueSpec { signer_cert: Some(other_certificate()), ..ValueSpec::good() });
    let wrong = ValueSpec { value: ValueForm::Wrong, ..ValueSpec::good() };
    let hash = ValueSpec { hash: Some([7; 32]), ..ValueSpec::good() };
    let future = ValueSpec { time: at("2030-01-01T00:00:00Z"), ..ValueSpec::good() };
    let bad = |files: &Files, name, zh, en, rule| Case::of(files, name).says(zh, en).bad(rule);
    vec![
        bad(
            &with(&SealSpec::good(), &wrong),
            "value-wrong",
            "签名值是对别的数据签的",
            "the value was made over other bytes",
            &rule::SIGNATURE_VALUE,
        ),
        bad(
            &with(&SealSpec::good(), &hash),
            "data-hash-wrong",
            "签名值有效，但所签杂凑不是本签名描述的",
            "the value is right, but over the digest of another description",
            &rule::DATA_HASH,
        ),
        bad(
            &swapped,
            "signer-certificate-swapped",
            "签名者证书换成同一密钥的另一张，显示别的单位",
            "the signer's certificate is exchanged for another of the same key: another name is shown",
            &rule::SIGNER_IN_SEAL,
        ),
        bad(
            &by(&pki().stranger),
            "signer-unknown",
            "签名者证书自签，无人信任",
            "the signer's certificate is of his own making",
            &rule::SIGNER_CHAIN,
        ),
        Case::of(&by(&pki().usurper), "signer-issued-by-signer")
            .says(
                "签名者证书由并非 CA 的单位证书签发",
                "the signer's certificate was issued by an organisation that is no authority",
            )
            .unknown(&rule::SIGNER_CHAIN),
        bad(
            &by(&pki().encryption),
            "signer-encryption-certificate",
            "用加密证书签章",
            "signed with an encryption certificate",
            &rule::SIGNER_KEY_USAGE,
        ),
        bad(
            &by(&pki().expired),
            "signer-expired",
            "签名者证书在签章前已过期",
            "the signer's certificate had ended before it signed",
            &rule::SIGNER_PERIOD,
        ),
        Case::of(&with(&SealSpec::good(), &future), "signing-time-in-future")
            .says("签章时间写在将来", "the signing time lies in the future")
            .unknown(&rule::SIGNING_TIME),
    ]
}

fn time_stamps() -> Vec<Case> {
    let stamped =
        |stamp: MakeToken| with(&SealSpec::good(), &ValueSpec { stamp: Some(stamp), ..ValueSpec::good() });
    let good = stamped(|value| token(&pki().tsa, value, at("2026-03-01T08:00:05Z")));
    let early = stamped(|value| token(&pki().tsa, value, at("2026-03-01T07:00:00Z")));
    let elsewhere = stamped(|_| token(&pki().tsa, b"another value", at("2026-03-01T08:00:05Z")));
    let stranger = stamped(|value| token(&pki().stranger, value, at("2026-03-01T08:00:05Z")));
    let forged = stamped(|value| {
        let mut token = token(&pki().tsa, value, at("2026-03-01T08:00:05Z"));
        let last = token.len() - 1;
        token[last] ^= 1;
        token
    });
    let bad = |files: &Files, name, zh, en, rule| Case::of(files, name).says(zh, en).bad(rule);
    vec![
        Case::control(&good, "control-time-stamped").says("带时间戳的签章", "a seal with a time stamp"),
        bad(
            &early,
            "stamp-before-signing",
            "时间戳早于签章时间",
            "the time stamp is earlier than the signing time",
            &rule::STAMP_ORDER,
        ),
        bad(
            &elsewhere,
            "stamp-over-another-value",
            "时间戳取自另一签名值，用以倒签日期",
            "the time stamp is over another value, to date the signature back",
            &rule::STAMP_IMPRINT,
        ),
        bad(
            &forged,
            "stamp-signature-wrong",
            "时间戳的签名错误",
            "the signature of the time stamp is wrong",
            &rule::STAMP_SIGNATURE,
        ),
        bad(
            &stranger,
            "stamp-by-stranger",
            "时间戳由无人信任者签发",
            "the time stamp is by somebody whom nobody trusts",
            &rule::STAMP_CHAIN,
        ),
    ]
}

fn plain_signatures() -> Vec<Case> {
    let bare = signed(PlainForm::Bare, Mode::Continue);
    let other = prepared(&contract(2, FORGED, 2), Kind::Sign, Mode::Continue, Vec::new());
    let mut digest = signed(PlainForm::Attributes, Mode::Continue);
    digest
        .set(VALUE, testkit::lab::PlainSpec::good(PlainForm::Attributes).write(other.files.get(DESCRIPTION)));
    let mut content = signed(PlainForm::Content, Mode::Continue);
    content.set(VALUE, testkit::lab::PlainSpec::good(PlainForm::Content).write(other.files.get(DESCRIPTION)));
    let mut stripped = signed(PlainForm::Attributes, Mode::Continue);
    let value = without_attributes(stripped.get(DESCRIPTION));
    stripped.set(VALUE, value);
    let mut changed = signed(PlainForm::Attributes, Mode::Continue);
    changed.edit(PAGE, |text| text.replace(crate::base::AMOUNT, FORGED));
    let bad = |files: &Files, name, zh, en, rule| Case::of(files, name).says(zh, en).bad(rule);
    vec![
        bad(
            &digest,
            "plain-digest-of-another",
            "签名属性中的摘要是另一份文档的",
            "messageDigest is that of another document",
            &rule::DATA_HASH,
        ),
        bad(
            &content,
            "plain-content-of-another",
            "签名内容是另一份文档的摘要",
            "the signed content is the digest of another document",
            &rule::DATA_HASH,
        ),
        bad(
            &stripped,
            "plain-attributes-stripped",
            "去掉签名属性，把属性编码冒充为签名内容",
            "the signed attributes are taken off and their encoding passed off as the content",
            &rule::DATA_HASH,
        ),
        bad(
            &bare,
            "plain-without-certificate",
            "只有裸签名值，没有证书，谁签的无从得知",
            "a bare value without a certificate: nobody knows who signed",
            &rule::SIGNATURE_FORMAT,
        ),
        bad(
            &changed,
            "plain-text-changed",
            "数字签名文档的金额被改",
            "the amount in a plainly signed document is changed",
            &rule::REFERENCES,
        ),
    ]
}

/// A value over attributes, stored without them and with their encoding as content: right as a signature, and
/// over nothing that has to do with the document.
fn without_attributes(description: &[u8]) -> Vec<u8> {
    let signer = &pki().signer;
    let attributes = SignedDataDraft::detached(crypto::sm3::digest(description), at(testkit::lab::SIGNED_AT))
        .attributes_der();
    let value = ValueForm::Right.sign(&signer.key, &attributes);
    let info = Writer::build(|w| {
        w.sequence(|w| {
            w.integer(1);
            w.sequence(|w| {
                w.raw(signer.certificate.issuer_der());
                w.value(Tag::INTEGER, &signer.certificate.serial);
            });
            w.sequence(|w| w.oid(&oid::SM3));
            w.sequence(|w| w.oid(&oid::SM2_SIGN));
            w.octets(&value);
        });
    });
    Writer::build(|w| {
        w.sequence(|w| {
            w.oid(&oid::GM_SIGNED_DATA);
            w.explicit(0, |w| {
                w.sequence(|w| {
                    w.integer(1);
                    w.nested(Tag::SET, |w| w.sequence(|w| w.oid(&oid::SM3)));
                    w.sequence(|w| {
                        w.oid(&oid::GM_DATA);
                        w.explicit(0, |w| w.octets(&attributes));
                    });
                    w.set_of(Tag::context(0), vec![signer.der()]);
                    w.set_of(Tag::SET, vec![info]);
                });
            });
        });
    })
}
