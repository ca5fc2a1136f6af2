//! The signer: in the seal's list, with a good certificate, at a time that can be.

use formats::ofd::{Kind, Mode};
use sealbridge_verify as verify;
use testkit::lab::{Files, Layout, SIGNED_AT, SealSpec, ValueSpec, document, prepared};
use testkit::pki::{Party, at, pki};
use verify::Revocation;
use verify::Status::{Bad, Good, Note, Unknown};
use verify::catalogue as rule;

use crate::signature::prepared_by_hand;
use crate::{Golden, Whom, golden};

/// A document sealed with a seal for a signer.
fn by(signer: &Party) -> Files {
    let seal = SealSpec::for_signer(signer).write();
    sealed(&seal, &ValueSpec::by(signer))
}

fn sealed(seal: &[u8], spec: &ValueSpec) -> Files {
    prepared(&document(), Kind::Seal(seal.to_vec()), Mode::Lock, at(SIGNED_AT)).sealed(seal, spec)
}

pub(crate) fn goldens() -> Vec<Golden> {
    let pki = pki();
    let mut all = vec![
        golden(&by(&pki.signer), &rule::SIGNER_CHAIN, Good),
        golden(&by(&pki.signer), &rule::SIGNER_CHAIN, Unknown)
            .whom(Whom::Nobody)
            .also(&rule::MAKER_CHAIN, Unknown),
        golden(&by(&pki.person), &rule::SIGNER_CHAIN, Good),
        golden(&by(&pki.foreign), &rule::SIGNER_CHAIN, Unknown),
        golden(&by(&pki.stranger), &rule::SIGNER_CHAIN, Bad),
        golden(&by(&pki.usurper), &rule::SIGNER_CHAIN, Unknown),
        golden(&by(&pki.plain), &rule::SIGNER_KEY_USAGE, Note),
        golden(&by(&pki.encryption), &rule::SIGNER_KEY_USAGE, Bad),
        golden(&by(&pki.expired), &rule::SIGNER_PERIOD, Bad),
        golden(&by(&pki.revoked), &rule::SIGNER_REVOCATION, Note),
        golden(&by(&pki.revoked), &rule::SIGNER_REVOCATION, Bad).whom(Whom::Lists),
        golden(&by(&pki.signer), &rule::SIGNER_REVOCATION, Good).whom(Whom::Lists),
        golden(&by(&pki.signer), &rule::SIGNER_REVOCATION, Unknown)
            .revocation(Revocation::Strict)
            .also(&rule::MAKER_REVOCATION, Unknown),
        golden(&by(&pki.signer), &rule::SIGNER_REVOCATION, Note)
            .whom(Whom::Lists)
            .revocation(Revocation::Off),
        golden(&by(&pki.signer), &rule::SIGNING_TIME, Unknown).at("2026-02-01T00:00:00Z"),
        golden(&by(&pki.signer), &rule::SIGNING_TIME, Note),
    ];
    all.extend(listing());
    all.extend(times());
    all
}

fn listing() -> Vec<Golden> {
    let pki = pki();
    let for_second = SealSpec::for_signer(&pki.second).write();
    let digests = SealSpec { lists_digests: true, ..SealSpec::good() }.write();
    let other_digests = SealSpec { lists_digests: true, ..SealSpec::for_signer(&pki.second) }.write();
    let text = SealSpec { layout: Layout::Gmt0031, version: 1, lists_text: true, ..SealSpec::good() }.write();
    let old = ValueSpec { layout: Layout::Gmt0031, version: 1, ..ValueSpec::good() };
    let garbled = ValueSpec { signer_cert: Some(vec![0x30, 0]), ..ValueSpec::good() };
    let good = SealSpec::good().write();
    vec![
        golden(&sealed(&for_second, &ValueSpec::good()), &rule::SIGNER_IN_SEAL, Bad),
        golden(&sealed(&digests, &ValueSpec::good()), &rule::SIGNER_IN_SEAL, Good),
        golden(&sealed(&other_digests, &ValueSpec::good()), &rule::SIGNER_IN_SEAL, Bad),
        golden(&prepared_by_hand(&text).sealed(&text, &old), &rule::SIGNER_IN_SEAL, Unknown),
        golden(&sealed(&good, &garbled), &rule::SIGNER_CERTIFICATE, Bad)
            .also(&rule::SIGNATURE_VALUE, Unknown)
            .also(&rule::SIGNER_IN_SEAL, Bad),
    ]
}

/// Signed while the certificate was good, judged when it no longer is; and revoked after signing.
fn times() -> Vec<Golden> {
    let pki = pki();
    let spec = ValueSpec { time: at("2021-06-01T00:00:00Z"), ..ValueSpec::by(&pki.expired) };
    let seal = SealSpec {
        created: at("2021-01-01T00:00:00Z"),
        from: at("2021-01-01T00:00:00Z"),
        maker: pki.maker_expired.clone(),
        ..SealSpec::for_signer(&pki.expired)
    };
    let before = ValueSpec { time: at("2024-12-01T00:00:00Z"), ..ValueSpec::by(&pki.revoked) };
    let for_revoked = SealSpec::for_signer(&pki.revoked).write();
    // Authorities of the test PKI begin in 2024: before, nobody could be trusted.
    vec![
        golden(&sealed(&seal.write(), &spec), &rule::SIGNER_PERIOD, Note)
            .also(&rule::SIGNER_CHAIN, Bad)
            .also(&rule::MAKER_CHAIN, Bad),
        // The list says that the key was compromised later: without a time stamp nothing proves the time.
        golden(&sealed(&for_revoked, &before), &rule::SIGNER_REVOCATION, Unknown).whom(Whom::Lists),
    ]
}
