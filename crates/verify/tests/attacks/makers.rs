//! Attacks by who made a seal, when, and for whom; and by pictures that a plain signature shows as if they were seals.

use crypto::Signer;
use formats::ofd::{Kind, Mode};
use formats::x509::{Certificate, CertificateBuilder, NameBuilder, Profile};
use sealbridge_verify as verify;
use testkit::lab::{Files, PlainForm, PlainSpec, SealSpec, ValueSpec, token};
use testkit::pki::{Party, at, fixed_random, pki};
use verify::catalogue as rule;

use crate::Case;
use crate::base::{plain_contract, png, prepared, stamp};

pub(crate) fn cases() -> Vec<Case> {
    let mut all = makers();
    all.extend(times());
    all.extend(pictures());
    all
}

/// The usual contract with a seal, and a value of one's own.
fn sealed_with(spec: &SealSpec, value: &ValueSpec) -> Files {
    let seal = spec.write();
    prepared(&plain_contract(), Kind::Seal(seal.clone()), Mode::Continue, stamp()).sealed(&seal, value)
}

/// Another certificate of the signer's key, which its authority calls a maker's.
fn second_certificate() -> Party {
    let random = fixed_random("the signer as a maker");
    let key = pki().signer.key.clone();
    let name = NameBuilder::new().country("CN").organization("测试单位").common_name("制章部");
    let (from, to) = (at("2024-01-01T00:00:00Z"), at("2044-01-01T00:00:00Z"));
    let builder = CertificateBuilder::new(Profile::SealMaker, name, key.verifying_key(), from, to);
    let issuer = &pki().sub;
    let der = builder.issue(&issuer.certificate, &issuer.key, &random).expect("a certificate");
    Party { certificate: Certificate::from_der(&der).expect("our own certificate"), key }
}

fn makers() -> Vec<Case> {
    let pki = pki();
    let made_by = |maker: &Party| SealSpec { maker: maker.clone(), ..SealSpec::good() };
    let case = |spec: &SealSpec, name, zh, en| {
        Case::of(&sealed_with(spec, &ValueSpec::good()), name).says(zh, en).unknown(&rule::MAKER_APART)
    };
    let digests = SealSpec { lists_digests: true, ..made_by(&pki.second) };
    vec![
        case(
            &made_by(&pki.signer),
            "seal-made-by-signer",
            "签章人用自己的证书制作了印章，名称和图样任意",
            "the signer made the seal with his own certificate, of any name and picture",
        ),
        case(
            &made_by(&pki.second),
            "seal-made-by-another-signer-of-it",
            "印章由签章人列表中的另一人制作",
            "another one whom the seal is for made it",
        ),
        case(
            &digests,
            "seal-of-digests-made-by-another-signer-of-it",
            "同上，签章人列表只含证书杂凑值",
            "the same where the list of signers holds digests",
        ),
        case(
            &made_by(&second_certificate()),
            "seal-made-with-second-certificate-of-signer",
            "签章人用同一密钥的另一张证书制作了印章",
            "the signer made the seal with another certificate of the same key",
        ),
    ]
}

fn times() -> Vec<Case> {
    let made = |time: &str| SealSpec { created: at(time), ..SealSpec::good() };
    let ended = SealSpec { to: at("2026-04-01T00:00:00Z"), ..SealSpec::good() };
    let stamped = ValueSpec {
        stamp: Some(|value| token(&pki().tsa, value, at("2026-05-01T00:00:00Z"))),
        ..ValueSpec::good()
    };
    vec![
        Case::of(&sealed_with(&made("2026-05-01T00:00:00Z"), &ValueSpec::good()), "seal-made-after-signing")
            .says(
                "印章的制作时间晚于签章时间：签章时间是倒填的",
                "the seal was made after the signing time: that one was put back",
            )
            .unknown(&rule::SEAL_CREATED),
        Case::of(&sealed_with(&ended, &stamped), "seal-ended-before-time-stamp")
            .says(
                "自述的签章时间在印章有效期内，时间戳证明的时间在其后",
                "the claimed signing time is within the period of the seal, and the time that the stamp proves behind it",
            )
            .unknown(&rule::SEAL_PERIOD),
        Case::control(&sealed_with(&made("2026-03-01T07:59:00Z"), &ValueSpec::good()), "control-seal-made-shortly-before")
            .says("印章制作后随即使用", "the seal was used just after it was made"),
    ]
}

/// The usual contract with a plain signature that shows the file of a seal, which it covers.
fn shown(file: Option<Vec<u8>>) -> Files {
    let mut files = Files::from_zip(&plain_contract());
    let stamp = "<ofd:StampAnnot ID=\"1\" PageRef=\"3\" Boundary=\"120 200 40 40\"/>";
    let mut named = stamp.to_owned();
    if let Some(file) = file {
        files.add("Doc_0/Seal.esl", file);
        named.push_str("<ofd:Seal><ofd:BaseLoc>/Doc_0/Seal.esl</ofd:BaseLoc></ofd:Seal>");
    }
    prepared(&files.to_zip(), Kind::Sign, Mode::Continue, Vec::new())
        .describing(|text| text.replace("</ofd:SignedInfo>", &format!("{named}</ofd:SignedInfo>")))
        .signed(&PlainSpec::good(PlainForm::Attributes))
}

fn pictures() -> Vec<Case> {
    let pki = pki();
    let shows = |spec: &SealSpec| shown(Some(spec.write()));
    let stranger = SealSpec { maker: pki.stranger.clone(), ..SealSpec::good() };
    let ended = SealSpec { to: at("2026-02-01T00:00:00Z"), ..SealSpec::good() };
    vec![
        Case::of(&shown(None), "stamp-on-plain-signature")
            .says(
                "数字签名带有印章外观，却没有印章：软件可显示任何图像",
                "a plain signature has the place of a seal and no seal: software may show any picture there",
            )
            .unknown(&rule::SEAL_BESIDE),
        Case::of(&shown(Some(png([0xC0, 0, 0]))), "picture-as-seal-on-plain-signature")
            .says(
                "数字签名旁的印章文件只是一张图片，没有制章者签名",
                "the file of the seal beside a plain signature is a mere picture that no maker signed",
            )
            .unknown(&rule::SEAL_BESIDE),
        Case::of(&shows(&stranger), "seal-of-stranger-on-plain-signature")
            .says(
                "数字签名显示了不受信任者所制的印章",
                "a plain signature shows a seal that nobody who is trusted made",
            )
            .bad(&rule::MAKER_CHAIN),
        Case::of(&shows(&SealSpec::for_signer(&pki.second)), "seal-of-another-on-plain-signature")
            .says("数字签名显示了他人的印章", "a plain signature shows somebody else's seal")
            .bad(&rule::SIGNER_IN_SEAL),
        Case::of(&shows(&ended), "ended-seal-on-plain-signature")
            .says("数字签名显示了已过期的印章", "a plain signature shows a seal that had ended")
            .bad(&rule::SEAL_PERIOD),
        Case::control(&shows(&SealSpec::good()), "control-plain-signature-shows-seal").says(
            "数字签名显示签名人自己的印章，并保护印章文件",
            "a plain signature shows the signer's own seal, and covers its file",
        ),
    ]
}
