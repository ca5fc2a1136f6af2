//! Values that are right in themselves and wrong here: of another document, of another seal, by somebody else, or over
//! digests that nobody should trust.

use formats::oid;
use sealbridge_verify::catalogue as rule;
use testkit::lab::{PlainForm, PlainSpec, SealSpec, ValueForm, ValueSpec, token};
use testkit::pki::{at, pki};

use crate::Case;
use crate::base::*;

pub(crate) fn cases() -> Vec<Case> {
    let mut all = of_seals();
    all.extend(of_messages());
    all
}

/// Another document of the same length.
fn other(by: By) -> Sealed {
    let mut doc = Doc::contract();
    doc.objects.insert(CONTENT, content(&format!("Contract, page 1. Amount {}", "20800.00")));
    sealed(&doc, by)
}

fn value_of(sealed: &Sealed) -> Vec<u8> {
    let token = sealed.contents();
    let bytes = hex::decode(&token[1..token.len() - 1]).unwrap();
    let length = 4 + usize::from(u16::from_be_bytes([bytes[2], bytes[3]]));
    bytes[..length].to_vec()
}

fn of_seals() -> Vec<Case> {
    let good = SealSpec::good();
    let seal = usual(By::Seal);
    let by = |spec: &ValueSpec| sealed_by(&good, spec);
    let stranger = SealSpec::for_signer(&pki().stranger);
    let stamped = ValueSpec {
        stamp: Some(|value| token(&pki().tsa, value, at("2026-03-01T08:05:00Z"))),
        ..ValueSpec::good()
    };
    let early = ValueSpec {
        stamp: Some(|value| token(&pki().tsa, value, at("2026-02-01T08:05:00Z"))),
        ..ValueSpec::good()
    };
    vec![
        Case::of("control-time-stamped", by(&stamped)).says("带时间戳的签章", "a seal with a time stamp"),
        Case::of("stamp-before-signing", by(&early))
            .says("时间戳早于签章时间", "the time stamp is earlier than the signing time")
            .bad(&rule::STAMP_ORDER),
        Case::of("value-of-another-document", seal.with_value(&value_of(&other(By::Seal))))
            .says("签章值取自另一份文档", "the value of the seal is that of another document")
            .bad(&rule::DATA_HASH),
        Case::of("value-wrong", by(&ValueSpec { value: ValueForm::Wrong, ..ValueSpec::good() }))
            .says("签名值是对别的数据签的", "the signature value was made over other bytes")
            .bad(&rule::SIGNATURE_VALUE),
        Case::of("value-over-other-digest", by(&ValueSpec { hash: Some([7; 32]), ..ValueSpec::good() }))
            .says(
                "签名值有效，但所签杂凑不是本文档的",
                "the value is right, over the digest of something else",
            )
            .bad(&rule::DATA_HASH),
        Case::of("seal-of-somebody-else", by(&ValueSpec::by(&pki().person)))
            .says("盗用他人印章：签名者不在印章名单内", "somebody else's seal: the signer is not in its list")
            .bad(&rule::SIGNER_IN_SEAL),
        Case::of(
            "seal-self-made",
            sealed_by(&SealSpec { maker: pki().stranger.clone(), ..good.clone() }, &ValueSpec::good()),
        )
        .says("印章由不受信任者私刻", "the seal was made by somebody whom nobody trusts")
        .bad(&rule::MAKER_CHAIN),
        Case::of("signer-unknown", sealed_by(&stranger, &ValueSpec::by(&pki().stranger)))
            .says("签名者证书自签，无人信任", "the signer's certificate is of his own making")
            .bad(&rule::SIGNER_CHAIN),
        Case::of("text-changed", patched(&seal.pdf, AMOUNT, FORGED))
            .says("直接改动正文金额的字节", "the bytes of the amount are changed where they stand")
            .bad(&rule::DATA_HASH),
    ]
}

fn of_messages() -> Vec<Case> {
    let plain = usual(By::Cms);
    let good = |form| PlainSpec::good(form);
    let sha1 = PlainSpec { digest: oid::SHA1, ..good(PlainForm::Attributes) };
    let stranger = PlainSpec { signer: pki().stranger.clone(), ..good(PlainForm::Attributes) };
    let mut shaped = vec![
        Case::of("control-plain-digest-inside", signed_by(&good(PlainForm::Content)))
            .says("签名内容为杂凑值的数字签名", "a plain signature whose content is the digest"),
    ];
    shaped.extend([
        Case::of("plain-value-of-another-document", plain.with_value(&value_of(&other(By::Cms))))
            .says("数字签名值取自另一份文档", "the value of the plain signature is that of another document")
            .bad(&rule::DATA_HASH),
        Case::of(
            "plain-digest-of-another",
            plain.with_value(&good(PlainForm::Content).write(b"another document")),
        )
        .says("签名内容是另一份文档的杂凑值", "the signed content is the digest of another document")
        .bad(&rule::DATA_HASH),
        Case::of("plain-digest-sha1", signed_by(&sha1))
            .says("杂凑算法降级为 SHA-1", "the digest is downgraded to SHA-1")
            .bad(&rule::DATA_HASH),
        Case::of("plain-without-certificate", signed_by(&good(PlainForm::Bare)))
            .says("只有裸签名值，没有证书", "a bare value without a certificate")
            .bad(&rule::SIGNATURE_FORMAT),
        Case::of("plain-signer-unknown", signed_by(&stranger))
            .says("数字签名者证书自签，无人信任", "the certificate of the plain signer is of his own making")
            .bad(&rule::SIGNER_CHAIN),
        Case::of("plain-text-changed", patched(&plain.pdf, AMOUNT, FORGED))
            .says(
                "直接改动数字签名文档正文的字节",
                "bytes of a plainly signed document are changed where they stand",
            )
            .bad(&rule::DATA_HASH),
    ]);
    shaped
}
