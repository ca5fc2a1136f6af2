//! Attacks on the signature itself: what it is over, who made it, when, and what is left of it.

use formats::ofd::{Kind, Mode, Stamp};
use formats::oid;
use testkit::lab::{Files, PlainForm, PlainSpec, SealSpec, ValueForm, ValueSpec, token};
use testkit::pki::{at, pki};

use crate::base::{
    DESCRIPTION, LIST, PAGE, SEAL, Sealing, VALUE, contract, locked, open, prepared, twice, without_reference,
};
use crate::{Attack, BAD, INDETERMINATE, INVALID, NOTE, UNKNOWN, attack, verify};

/// What looks like an attack and gains nothing: valid, and named.
pub(crate) fn harmless() -> Vec<Attack> {
    let mut flipped = open();
    flipped.edit(LIST, |text| text.replace("Type=\"Seal\"", "Type=\"Sign\""));
    let elsewhere = ValueSpec {
        property_info: Some("/Doc_0/Signs/Sign_7/Signature.xml".to_owned()),
        ..ValueSpec::good()
    };
    let elsewhere = Sealing { value: elsewhere, ..Sealing::good(Mode::Continue) }.seal(&contract());
    let maker = SealSpec { maker: pki().maker_revoked.clone(), ..SealSpec::good() };
    let revoked = Sealing { seal: maker, ..Sealing::good(Mode::Continue) }.seal(&contract());
    let mut after = locked();
    after.after = vec![0; 100];
    let valid = verify::Verdict::Valid;
    vec![
        attack(
            "type-flipped",
            "把电子印章改标为数字签名：仍按印章检查",
            "a seal is labelled as plain signature: it is judged as a seal all the same",
            &flipped,
            valid,
            &[("signature.deviation", NOTE)],
        ),
        attack(
            "property-points-elsewhere",
            "原文属性指向别处：杂凑仍属于本描述",
            "the property information points elsewhere: the digest is of this description all the same",
            &elsewhere,
            valid,
            &[("signature.property-info", NOTE)],
        ),
        attack(
            "maker-revoked",
            "制章者证书已被吊销：按 GB/T 38540 §7.3 d2 仅作提示",
            "the maker's certificate is revoked: a hint only, by GB/T 38540 7.3 d2",
            &revoked,
            valid,
            &[("seal.maker.revocation", NOTE)],
        ),
        attack(
            "zeros-after",
            "尾部附加零字节",
            "zeros after the archive",
            &after,
            valid,
            &[("container.surroundings", NOTE)],
        ),
    ]
}

pub(crate) fn attacks() -> Vec<Attack> {
    [lists(), descriptions(), stamps(), values(), people(), times(), plain()].into_iter().flatten().collect()
}

/// The entry of a list of signatures that holds `part`, taken out.
fn without_entry(text: &str, part: &str) -> String {
    let place = text.find(part).expect("the entry");
    let start = text[..place].rfind("<ofd:Signature ").expect("its start");
    let end = start + text[start..].find("/>").expect("its end") + 2;
    format!("{}{}", &text[..start], &text[end..])
}

fn lists() -> Vec<Attack> {
    let mut unlisted = open();
    unlisted.edit(LIST, |text| without_entry(text, "Sign_0"));
    let mut one_of_two = twice();
    one_of_two.edit(LIST, |text| without_entry(text, "Sign_1"));
    let mut whole = twice();
    whole.edit(LIST, |text| without_entry(text, "Sign_0"));
    whole.list.retain(|file| !file.name.contains("Sign_0"));
    let second = Sealing { value: ValueSpec::by(&pki().second), ..Sealing::good(Mode::Lock) };
    let closed = second.seal(&open());
    let mut broken_lock = closed.clone();
    broken_lock.edit(LIST, |text| without_entry(text, "Sign_0"));
    let mut after_lock = locked();
    after_lock.edit(LIST, |text| {
        text.replace(
            "</ofd:Signatures>",
            "<ofd:Signature ID=\"s009\" BaseLoc=\"/Doc_0/Signs/Sign_9/Signature.xml\"/></ofd:Signatures>",
        )
    });
    let mut based = twice();
    based.edit(LIST, |text| {
        without_entry(text, "Sign_0").replace("<ofd:Signature ", "<ofd:Signature Relative=\"s001\" ")
    });
    vec![
        attack(
            "signature-unlisted",
            "从列表中去掉唯一的签名，文件还在",
            "the only signature is taken out of the list, its files stay",
            &unlisted,
            INDETERMINATE,
            &[("document.signatures.unlisted", UNKNOWN)],
        ),
        attack(
            "one-of-two-unlisted",
            "去掉两个签名中的一个",
            "one of two signatures is taken out of the list",
            &one_of_two,
            INDETERMINATE,
            &[("document.signatures.unlisted", UNKNOWN)],
        ),
        attack(
            "first-of-two-deleted",
            "整个删除第一个签名",
            "the first of two signatures is deleted whole",
            &whole,
            INVALID,
            &[("signature.references", BAD)],
        ),
        attack(
            "lock-broken-by-removal",
            "锁定后去掉前一个签名",
            "an earlier signature is taken out after the list was locked",
            &broken_lock,
            INVALID,
            &[("signature.lock", BAD)],
        ),
        attack(
            "lock-broken-by-adding",
            "锁定后加入签名",
            "a signature is added after the list was locked",
            &after_lock,
            INVALID,
            &[("signature.lock", BAD)],
        ),
        attack(
            "base-removed",
            "删除相对签名所依据的签名",
            "the signature that another builds on is removed",
            &based,
            INVALID,
            &[("signature.base", BAD)],
        ),
    ]
}

fn described(change: impl Fn(&str) -> String) -> Files {
    Sealing::good(Mode::Continue).seal_changing(&contract(), change)
}

fn descriptions() -> Vec<Attack> {
    let method = |written: &'static str| {
        described(move |text| text.replace("CheckMethod=\"1.2.156.10197.1.401\"", written))
    };
    let mut dropped = open();
    dropped.edit(DESCRIPTION, |text| without_reference(text, PAGE));
    dropped.edit(PAGE, |text| text.replace("10600.00", "99600.00"));
    let twice = described(|text| {
        let start = text.find(&format!("<ofd:Reference FileRef=\"/{PAGE}\"")).expect("a reference");
        let end = start + text[start..].find("</ofd:Reference>").expect("its end") + 16;
        let other = text[start..end].replace("<ofd:CheckValue>", "<ofd:CheckValue>AAAA");
        format!("{}{other}{}", &text[..end], &text[end..])
    });
    let none = described(|text| {
        let start = text.find("<ofd:Reference ").expect("a reference");
        let end = text.find("</ofd:References>").expect("the end");
        format!("{}{}", &text[..start], &text[end..])
    });
    let other_method = described(|text| text.replace("1.2.156.10197.1.501", "1.2.840.113549.1.1.11"));
    let mut edited = open();
    edited.edit(DESCRIPTION, |text| text.replace("ProviderName=\"lab\"", "ProviderName=\"bank\""));
    vec![
        attack(
            "digest-md5",
            "参照摘要降级为 MD5",
            "the digests of references are said to be MD5",
            &method("CheckMethod=\"MD5\""),
            INVALID,
            &[("signature.references.method", BAD)],
        ),
        attack(
            "digest-sha1",
            "参照摘要降级为 SHA-1",
            "the digests of references are said to be SHA-1",
            &method("CheckMethod=\"SHA1\""),
            INVALID,
            &[("signature.references.method", BAD)],
        ),
        attack(
            "digest-unnamed",
            "不写摘要方法，按标准即 MD5",
            "no digest method is named, which means MD5",
            &method(""),
            INVALID,
            &[("signature.references.method", BAD)],
        ),
        attack(
            "digest-keyed",
            "摘要方法写成带密钥的 SM3",
            "the digest method is SM3 with a key",
            &method("CheckMethod=\"1.2.156.10197.1.401.2\""),
            INVALID,
            &[("signature.references.method", BAD)],
        ),
        attack(
            "reference-dropped",
            "从描述中去掉一页并修改该页",
            "a page is dropped from the description, and changed",
            &dropped,
            INVALID,
            &[("signature.data-hash", BAD)],
        ),
        attack(
            "reference-twice",
            "同一文件列两次，杂凑不同",
            "a file is listed twice with different digests",
            &twice,
            INVALID,
            &[("signature.references", BAD)],
        ),
        attack(
            "no-references",
            "签名不保护任何文件",
            "a signature that covers no file at all",
            &none,
            INVALID,
            &[("signature.references", BAD)],
        ),
        attack(
            "method-differs",
            "描述中的签名算法与签名值不同",
            "the algorithm in the description is not that of the value",
            &other_method,
            INVALID,
            &[("signature.method", BAD)],
        ),
        attack(
            "description-edited",
            "修改签名描述中的厂商",
            "the provider in the description is changed",
            &edited,
            INVALID,
            &[("signature.data-hash", BAD)],
        ),
    ]
}

fn stamps() -> Vec<Attack> {
    let edited = |from: &'static str, to: &'static str| {
        let mut files = open();
        files.edit(DESCRIPTION, |text| text.replace(from, to));
        files
    };
    let riding = (0..2).map(|page| Stamp {
        clip: Some(formats::ofd::Rect { x: 20.0 * f64::from(page), y: 0.0, width: 20.0, height: 40.0 }),
        ..Stamp::at(usize::try_from(page).expect("small"), 190.0 - 20.0 * f64::from(page), 100.0, 40.0, 40.0)
    });
    let mut dropped = Sealing { stamps: riding.collect(), ..Sealing::good(Mode::Continue) }.seal(&contract());
    dropped.edit(DESCRIPTION, |text| {
        let start = text.rfind("<ofd:StampAnnot ").expect("a slice");
        let end = start + text[start..].find("/>").expect("its end") + 2;
        format!("{}{}", &text[..start], &text[end..])
    });
    let mut picture = open();
    let mut esl = picture.get(SEAL).to_vec();
    let middle = esl.len() / 2;
    esl[middle] ^= 1;
    picture.set(SEAL, esl);
    let signed_nowhere = described(|text| text.replace("PageRef=\"3\"", "PageRef=\"77\""));
    vec![
        attack(
            "stamp-moved",
            "移动印章位置",
            "the seal is moved on its page",
            &edited("Boundary=\"120 200 40 40\"", "Boundary=\"20 20 40 40\""),
            INVALID,
            &[("signature.data-hash", BAD)],
        ),
        attack(
            "stamp-enlarged",
            "放大印章",
            "the seal is enlarged",
            &edited("200 40 40\"", "200 80 80\""),
            INVALID,
            &[("signature.data-hash", BAD)],
        ),
        attack(
            "stamp-on-other-page",
            "把印章挪到另一页",
            "the seal is moved to another page",
            &edited("PageRef=\"3\"", "PageRef=\"6\""),
            INVALID,
            &[("signature.data-hash", BAD)],
        ),
        attack(
            "stamp-removed",
            "去掉印章的显示",
            "the seal is no longer shown",
            &edited("<ofd:StampAnnot ID=\"s002\" PageRef=\"3\" Boundary=\"120 200 40 40\"/>", ""),
            INVALID,
            &[("signature.data-hash", BAD)],
        ),
        attack(
            "riding-slice-dropped",
            "骑缝章去掉一页的一片",
            "one slice of a riding seal is dropped",
            &dropped,
            INVALID,
            &[("signature.data-hash", BAD)],
        ),
        attack(
            "stamp-nowhere",
            "印章签在不存在的页上",
            "a seal on a page that does not exist",
            &signed_nowhere,
            INDETERMINATE,
            &[("signature.stamps", UNKNOWN)],
        ),
        attack(
            "seal-file-changed",
            "改动包内印章文件，显示另一印模",
            "the seal's file is changed, so that another picture is shown",
            &picture,
            INVALID,
            &[("seal.file", BAD)],
        ),
    ]
}

fn values() -> Vec<Attack> {
    let mut moved = open();
    let mut other = contract();
    other.edit(PAGE, |text| text.replace("10600.00", "99600.00"));
    moved.set(VALUE, Sealing::good(Mode::Continue).seal(&other).get(VALUE).to_vec());
    let mut transplanted = Sealing::good(Mode::Continue).seal(&other);
    for name in [DESCRIPTION, VALUE, SEAL] {
        let from = open().get(name).to_vec();
        transplanted.set(name, from);
    }
    let spec = |change: &dyn Fn(&mut ValueSpec)| {
        let mut value = ValueSpec::good();
        change(&mut value);
        Sealing { value, ..Sealing::good(Mode::Continue) }.seal(&contract())
    };
    let mut flipped = open();
    let mut value = flipped.get(VALUE).to_vec();
    let last = value.len() - 1;
    value[last] ^= 1;
    flipped.set(VALUE, value);
    let mut gone = open();
    gone.remove(VALUE);
    let mut empty = open();
    empty.set(VALUE, Vec::new());
    vec![
        attack(
            "value-from-other-document",
            "换上另一文档的签名值",
            "the value is taken from another document",
            &moved,
            INVALID,
            &[("signature.data-hash", BAD)],
        ),
        attack(
            "signature-transplanted",
            "整个签名移到另一文档",
            "the whole signature is moved to another document",
            &transplanted,
            INVALID,
            &[("signature.references", BAD)],
        ),
        attack(
            "data-hash-of-another",
            "签名值中的杂凑属于另一描述",
            "the digest inside the value is that of another description",
            &spec(&|value| value.hash = Some([7; 32])),
            INVALID,
            &[("signature.data-hash", BAD)],
        ),
        attack(
            "value-flipped",
            "签名值改动一位",
            "one bit of the value is flipped",
            &flipped,
            INVALID,
            &[("signature.value", BAD)],
        ),
        attack(
            "value-gone",
            "删除签名值文件",
            "the file of the value is deleted",
            &gone,
            INVALID,
            &[("signature.format", BAD)],
        ),
        attack("value-empty", "签名值为空", "an empty value", &empty, INVALID, &[("signature.format", BAD)]),
        attack(
            "algorithm-mislabelled",
            "签名值写成另一算法",
            "the value is labelled with another algorithm",
            &spec(&|value| value.algorithm = oid::SM3),
            INVALID,
            &[("signature.algorithm", BAD)],
        ),
    ]
}

fn people() -> Vec<Attack> {
    let by = |signer: &testkit::pki::Party| {
        Sealing {
            seal: SealSpec::for_signer(signer),
            value: ValueSpec::by(signer),
            ..Sealing::good(Mode::Continue)
        }
        .seal(&contract())
    };
    let with_seal = |change: &dyn Fn(&mut SealSpec)| {
        let mut seal = SealSpec::good();
        change(&mut seal);
        Sealing { seal, ..Sealing::good(Mode::Continue) }.seal(&contract())
    };
    let stolen =
        Sealing { value: ValueSpec::by(&pki().foreign), ..Sealing::good(Mode::Continue) }.seal(&contract());
    let foreign_key = Sealing {
        value: ValueSpec { signer_cert: Some(pki().signer.der()), ..ValueSpec::by(&pki().second) },
        ..Sealing::good(Mode::Continue)
    }
    .seal(&contract());
    vec![
        attack(
            "seal-stolen",
            "用别人的印章配自己的证书签名",
            "somebody signs with another's seal and an own certificate",
            &stolen,
            INVALID,
            &[("signature.signer-in-seal", BAD)],
        ),
        attack(
            "certificate-stolen",
            "附上别人的证书，用自己的密钥签名",
            "another's certificate stands beside a value by an own key",
            &foreign_key,
            INVALID,
            &[("signature.value", BAD)],
        ),
        attack(
            "signer-untrusted",
            "签章人证书来自无人信任的 CA",
            "the signer's certificate comes from an authority that nobody trusts",
            &by(&pki().foreign),
            INDETERMINATE,
            &[("signer.chain", UNKNOWN)],
        ),
        attack(
            "signer-self-signed",
            "签章人自签证书",
            "the signer has issued the certificate itself",
            &by(&pki().stranger),
            INVALID,
            &[("signer.chain", BAD)],
        ),
        attack(
            "issuer-is-no-authority",
            "由普通证书签发的证书",
            "a certificate issued by one who is no authority",
            &by(&pki().usurper),
            INDETERMINATE,
            &[("signer.chain", UNKNOWN)],
        ),
        attack(
            "signer-expired",
            "签章人证书在签章前已过期",
            "the signer's certificate had ended before",
            &by(&pki().expired),
            INVALID,
            &[("signer.period", BAD)],
        ),
        attack(
            "signer-revoked",
            "签章人证书已被吊销",
            "the signer's certificate had been revoked",
            &by(&pki().revoked),
            INVALID,
            &[("signer.revocation", BAD)],
        ),
        attack(
            "encryption-certificate",
            "用加密证书签名",
            "signed with a certificate for encryption",
            &by(&pki().encryption),
            INVALID,
            &[("signer.key-usage", BAD)],
        ),
        attack(
            "seal-expired",
            "印章在签章时已过期",
            "the seal had ended before signing",
            &with_seal(&|seal| seal.to = at("2025-01-01T00:00:00Z")),
            INVALID,
            &[("seal.period", BAD)],
        ),
        attack(
            "seal-forged",
            "自制印章，制章签名错误",
            "a home-made seal with a wrong maker's signature",
            &with_seal(&|seal| seal.value = ValueForm::Wrong),
            INVALID,
            &[("seal.maker.signature", BAD)],
        ),
        attack(
            "seal-by-nobody",
            "制章者无人信任",
            "the seal's maker is trusted by nobody",
            &with_seal(&|seal| seal.maker = pki().stranger.clone()),
            INVALID,
            &[("seal.maker.chain", BAD)],
        ),
    ]
}

fn times() -> Vec<Attack> {
    let with = |change: &dyn Fn(&mut ValueSpec)| {
        let mut value = ValueSpec::good();
        change(&mut value);
        Sealing { value, ..Sealing::good(Mode::Continue) }.seal(&contract())
    };
    vec![
        attack(
            "signed-in-the-future",
            "签章时间在未来",
            "a signing time in the future",
            &with(&|value| value.time = at("2031-01-01T00:00:00Z")),
            INDETERMINATE,
            &[("signature.time", UNKNOWN)],
        ),
        attack(
            "stamp-earlier",
            "时间戳早于签章时间",
            "the time stamp is earlier than the signing time",
            &with(&|value| value.stamp = Some(|over| token(&pki().tsa, over, at("2026-02-01T00:00:00Z")))),
            INVALID,
            &[("timestamp.order", BAD)],
        ),
        attack(
            "stamp-over-another",
            "时间戳属于另一签名",
            "the time stamp is over another signature",
            &with(&|value| value.stamp = Some(|_| token(&pki().tsa, b"another", at("2026-03-01T08:00:01Z")))),
            INVALID,
            &[("timestamp.imprint", BAD)],
        ),
        attack(
            "stamp-by-no-authority",
            "时间戳由普通证书签发",
            "the time stamp is made with a certificate for signing",
            &with(&|value| value.stamp = Some(|over| token(&pki().signer, over, at("2026-03-01T08:00:01Z")))),
            INVALID,
            &[("timestamp.key-usage", BAD)],
        ),
        attack(
            "stamp-authority-expired",
            "时间戳服务证书已过期",
            "the certificate of the time-stamping authority had ended",
            &with(&|value| {
                value.stamp = Some(|over| token(&pki().tsa_expired, over, at("2026-03-01T08:00:01Z")))
            }),
            INVALID,
            &[("timestamp.period", BAD)],
        ),
    ]
}

fn plain() -> Vec<Attack> {
    let signed = |form: PlainForm, change: &dyn Fn(&mut PlainSpec)| {
        let mut spec = PlainSpec::good(form);
        change(&mut spec);
        let (mut files, folder) = prepared(&contract(), Kind::Sign, Vec::new(), Mode::Continue);
        let value = spec.write(files.get(&format!("{folder}/Signature.xml")));
        files.set(&format!("{folder}/SignedValue.dat"), value);
        files
    };
    let mut other = signed(PlainForm::Attributes, &|_| {});
    other.edit(DESCRIPTION, |text| text.replace("ProviderName=\"lab\"", "ProviderName=\"bank\""));
    let mut page = signed(PlainForm::Attributes, &|_| {});
    page.edit(PAGE, |text| text.replace("10600.00", "99600.00"));
    vec![
        attack(
            "plain-message-digest",
            "数字签名的消息摘要属于另一描述",
            "the message digest of a plain signature is of another description",
            &other,
            INVALID,
            &[("signature.data-hash", BAD)],
        ),
        attack(
            "plain-page-edited",
            "数字签名后修改页面",
            "a page is changed after a plain signature",
            &page,
            INVALID,
            &[("signature.references", BAD)],
        ),
        attack(
            "plain-weak-digest",
            "数字签名降级为 SHA-1",
            "a plain signature with SHA-1",
            &signed(PlainForm::Attributes, &|spec| spec.digest = oid::SHA1),
            INVALID,
            &[("signature.algorithm", BAD)],
        ),
        attack(
            "plain-wrong-value",
            "数字签名值错误",
            "a plain signature with a wrong value",
            &signed(PlainForm::Attributes, &|spec| spec.value = ValueForm::Wrong),
            INVALID,
            &[("signature.value", BAD)],
        ),
        attack(
            "plain-bare",
            "只有裸签名值，没有证书",
            "a bare value without a certificate",
            &signed(PlainForm::Bare, &|_| {}),
            INVALID,
            &[("signature.format", BAD)],
        ),
    ]
}
