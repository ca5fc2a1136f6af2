//! The time stamp of a signature.

use formats::asn1::{Tag, Writer};
use formats::cms::SignedDataDraft;
use formats::ofd::{Kind, Mode};
use formats::oid;
use sealbridge_verify as verify;
use testkit::lab::{Files, Layout, MakeToken, SIGNED_AT, SealSpec, ValueSpec, document, prepared, token};
use testkit::pki::{Party, at, pki};
use verify::Revocation;
use verify::Status::{Bad, Good, Note, Unknown};
use verify::catalogue as rule;

use crate::signature::prepared_by_hand;
use crate::{Golden, Whom, golden};

const STAMPED_AT: &str = "2026-03-01T08:00:05Z";

/// A sealed document with a time stamp over its signature value.
fn stamped(stamp: fn(&[u8]) -> Vec<u8>) -> Files {
    by(&ValueSpec { stamp: Some(stamp), ..ValueSpec::good() })
}

fn by(spec: &ValueSpec) -> Files {
    let seal = SealSpec::for_signer(&spec.signer).write();
    prepared(&document(), Kind::Seal(seal.clone()), Mode::Lock, at(SIGNED_AT)).sealed(&seal, spec)
}

pub(crate) fn goldens() -> Vec<Golden> {
    let good = stamped(|value| token(&pki().tsa, value, at(STAMPED_AT)));
    let mut all = vec![
        golden(&testkit::lab::sealed(Mode::Lock), &rule::STAMP_PRESENT, Note),
        golden(&good, &rule::STAMP_PRESENT, Good),
        golden(&good, &rule::STAMP_SIGNER, Good).whom(Whom::Lists),
        golden(&good, &rule::STAMP_REVOCATION, Good).whom(Whom::Lists),
        golden(&good, &rule::STAMP_REVOCATION, Unknown)
            .revocation(Revocation::Strict)
            .also(&rule::SIGNER_REVOCATION, Unknown)
            .also(&rule::MAKER_REVOCATION, Unknown),
        golden(&good, &rule::STAMP_REVOCATION, Note),
        golden(&good, &rule::STAMP_CHAIN, Unknown)
            .whom(Whom::Nobody)
            .also(&rule::SIGNER_CHAIN, Unknown)
            .also(&rule::MAKER_CHAIN, Unknown),
    ];
    all.extend(forms());
    all.extend(authorities());
    all.extend(times());
    all.extend(inside());
    all
}

/// GM/T 0031 allows a token in the place of the time. It was there before the signature: over the description, its
/// digest, or anything else, it proves no time of it.
fn inside() -> Vec<Golden> {
    let with = |signer: &Party, inside: MakeToken| {
        let (layout, version) = (Layout::Gmt0031, 1);
        let seal = SealSpec { layout, version, ..SealSpec::for_signer(signer) }.write();
        let spec = ValueSpec { layout, version, inside: Some(inside), ..ValueSpec::by(signer) };
        prepared_by_hand(&seal).sealed(&seal, &spec)
    };
    let signer = &pki().signer;
    let of_description = with(signer, |description| token(&pki().tsa, description, at(STAMPED_AT)));
    let of_digest =
        with(signer, |description| token(&pki().tsa, &crypto::sm3::digest(description), at(STAMPED_AT)));
    let of_another = with(signer, |_| token(&pki().tsa, b"another document", at(STAMPED_AT)));
    vec![
        golden(&of_description, &rule::STAMP_IMPRINT, Note).also(&rule::SIGNING_TIME, Note),
        golden(&of_digest, &rule::STAMP_IMPRINT, Note),
        golden(&of_another, &rule::STAMP_IMPRINT, Unknown).also(&rule::SIGNING_TIME, Note),
    ]
}

fn forms() -> Vec<Golden> {
    let garbage = stamped(|_| b"no token".to_vec());
    let elsewhere = stamped(|_| token(&pki().tsa, b"another value", at(STAMPED_AT)));
    let forged = stamped(|value| {
        let mut token = token(&pki().tsa, value, at(STAMPED_AT));
        let last = token.len() - 1;
        token[last] ^= 1;
        token
    });
    let critical = stamped(|value| crafted(value, true, true));
    let version_2 = stamped(|value| crafted(value, false, true));
    let no_certificate = stamped(|value| without_certificate(&token(&pki().tsa, value, at(STAMPED_AT))));
    vec![
        golden(&garbage, &rule::STAMP_FORMAT, Bad),
        golden(&elsewhere, &rule::STAMP_IMPRINT, Bad),
        golden(&forged, &rule::STAMP_SIGNATURE, Bad),
        golden(&critical, &rule::STAMP_FORMAT, Unknown),
        golden(&version_2, &rule::STAMP_DEVIATION, Note),
        golden(&version_2, &rule::STAMP_DEVIATION, Bad).strict(),
        golden(&no_certificate, &rule::STAMP_SIGNATURE, Unknown).also(&rule::STAMP_CHAIN, Unknown),
    ]
}

fn authorities() -> Vec<Golden> {
    let foreign = stamped(|value| token(&pki().tsa_foreign, value, at(STAMPED_AT)));
    let stranger = stamped(|value| token(&pki().stranger, value, at(STAMPED_AT)));
    let signer = stamped(|value| token(&pki().signer, value, at(STAMPED_AT)));
    let lax = stamped(|value| token(&pki().tsa_lax, value, at(STAMPED_AT)));
    let expired = stamped(|value| token(&pki().tsa_expired, value, at(STAMPED_AT)));
    let revoked = stamped(|value| token(&pki().tsa_revoked, value, at(STAMPED_AT)));
    vec![
        golden(&foreign, &rule::STAMP_CHAIN, Unknown),
        golden(&stranger, &rule::STAMP_CHAIN, Bad).also(&rule::STAMP_KEY_USAGE, Bad),
        golden(&signer, &rule::STAMP_KEY_USAGE, Bad),
        golden(&lax, &rule::STAMP_KEY_USAGE, Note),
        golden(&expired, &rule::STAMP_PERIOD, Bad),
        golden(&revoked, &rule::STAMP_REVOCATION, Bad).whom(Whom::Lists),
    ]
}

fn times() -> Vec<Golden> {
    let slow = stamped(|value| token(&pki().tsa, value, at("2026-03-01T07:59:59Z")));
    let early = stamped(|value| token(&pki().tsa, value, at("2026-03-01T07:49:59Z")));
    let future = stamped(|value| token(&pki().tsa, value, at("2027-03-01T08:00:00Z")));
    // Signed in time, stamped when the certificate had been revoked: the stamp proves no earlier time.
    let spec = ValueSpec { time: at("2024-12-01T00:00:00Z"), ..ValueSpec::by(&pki().revoked) };
    let late = by(&ValueSpec { stamp: Some(|value| token(&pki().tsa, value, at(STAMPED_AT))), ..spec });
    vec![
        // The authority's clock may be a little behind the signer's.
        golden(&slow, &rule::STAMP_ORDER, Note),
        golden(&slow, &rule::STAMP_ORDER, Bad).strict(),
        golden(&early, &rule::STAMP_ORDER, Bad),
        golden(&future, &rule::STAMP_ORDER, Unknown),
        golden(&late, &rule::STAMP_SIGNER, Bad).also(&rule::SIGNER_REVOCATION, Unknown).whom(Whom::Lists),
    ]
}

/// A token as the product would not make it: with a critical extension, or with another version.
fn crafted(over: &[u8], critical: bool, includes: bool) -> Vec<u8> {
    let content = Writer::build(|w| {
        w.sequence(|w| {
            w.integer(if critical { 1 } else { 2 });
            w.oid(&oid::GM_DATA);
            w.sequence(|w| {
                w.sequence(|w| w.oid(&oid::SM3));
                w.octets(&crypto::sm3::digest(over));
            });
            w.integer(1);
            w.generalized_time(at(STAMPED_AT));
            if critical {
                w.nested(Tag::context(1), |w| {
                    w.sequence(|w| {
                        w.oid(&oid::GM_DATA);
                        w.boolean(true);
                        w.octets(&[5, 0]);
                    });
                });
            }
        });
    });
    let draft = SignedDataDraft {
        content_type: oid::TST_INFO,
        digest: crypto::sm3::digest(&content),
        signing_time: at(STAMPED_AT),
        extra_attributes: Vec::new(),
    };
    let tsa = &pki().tsa;
    draft.sign(&tsa.key, &tsa.der(), &[], includes.then_some(content.as_slice())).unwrap()
}

/// A token without the authority's certificate.
fn without_certificate(token: &[u8]) -> Vec<u8> {
    let certificate = pki().tsa.der();
    let start = token.windows(certificate.len()).position(|window| window == certificate).unwrap();
    // The list of certificates holds this one alone: it goes with its header of four octets. The lengths
    // around it are written anew by nesting what is left.
    let data = formats::cms::SignedData::parse(token, formats::asn1::Mode::Tolerant).unwrap();
    let before = &token[..start - 4];
    let after = &token[start + certificate.len()..];
    let inner_start = before.windows(3).position(|window| window == [2, 1, 3]).unwrap();
    assert_eq!(data.certificates.len(), 1);
    Writer::build(|w| {
        w.sequence(|w| {
            w.oid(&oid::GM_SIGNED_DATA);
            w.explicit(0, |w| {
                w.sequence(|w| {
                    w.raw(&before[inner_start..]);
                    w.raw(after);
                });
            });
        });
    })
}
