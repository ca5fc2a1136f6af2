//! The seal: its form, its maker, its period, its filing.

use formats::ofd::{Kind, Mode};
use formats::oid;
use formats::ses::ExtData;
use sealbridge_verify as verify;
use testkit::lab::{Files, Layout, SIGNED_AT, SealSpec, ValueForm, ValueSpec, document, prepared};
use testkit::pki::{Party, TEST_USCC, at, pki};
use verify::Status::{Bad, Good, Note, Unknown};
use verify::catalogue as rule;
use verify::{Filing, RegisterAnswer, Revocation, SealState};

use crate::signature::prepared_by_hand;
use crate::{Golden, Whom, golden, golden_seal};

fn good() -> SealSpec {
    SealSpec::good()
}

/// A document sealed with a seal.
pub(crate) fn with(spec: &SealSpec) -> Files {
    let seal = spec.write();
    prepared(&document(), Kind::Seal(seal.clone()), Mode::Lock, at(SIGNED_AT))
        .sealed(&seal, &ValueSpec::good())
}

/// The same in the structure of GM/T 0031.
fn with_old(spec: SealSpec) -> Files {
    let layout = Layout::Gmt0031;
    let seal = SealSpec { layout, version: 1, ..spec }.write();
    prepared_by_hand(&seal).sealed(&seal, &ValueSpec { layout, version: 1, ..ValueSpec::good() })
}

/// A seal in the structure of GM/T 0031.
fn old(spec: SealSpec) -> Vec<u8> {
    SealSpec { layout: Layout::Gmt0031, version: 1, ..spec }.write()
}

pub(crate) fn made_by(maker: &Party) -> SealSpec {
    SealSpec { maker: maker.clone(), ..good() }
}

pub(crate) fn goldens() -> Vec<Golden> {
    let mut all = forms();
    all.extend(makers());
    all.extend(periods());
    all.extend(alone());
    all.extend(registers());
    all
}

fn forms() -> Vec<Golden> {
    let raw = with(&SealSpec { value: ValueForm::Raw, ..good() });
    let critical = ExtData { oid: oid::GM_DATA, critical: true, value: vec![1] };
    let extended = with(&SealSpec { ext_datas: vec![critical], ..good() });
    let version_5 = SealSpec { version: 5, ..good() }.write();
    let spec_5 = ValueSpec { version: 5, ..ValueSpec::good() };
    let mut other_file = testkit::lab::sealed(Mode::Continue);
    other_file.set("Doc_0/Signs/Sign_0/Seal.esl", made_by(&pki().maker).write());
    vec![
        golden(&raw, &rule::SEAL_DEVIATION, Note),
        golden(&raw, &rule::SEAL_DEVIATION, Bad).strict().also(&rule::SIGNATURE_DEVIATION, Bad),
        golden(&extended, &rule::SEAL_EXTENSION, Note),
        golden(&extended, &rule::SEAL_EXTENSION, Unknown).strict(),
        golden(&prepared_by_hand(&version_5).sealed(&version_5, &spec_5), &rule::SEAL_VERSION, Note),
        // Another signature over the same content: not the seal that was used.
        golden(&other_file, &rule::SEAL_FILE, Bad).also(&rule::REFERENCES, Bad),
        golden(&with(&good()), &rule::SEAL_FILE, Good),
        golden(&with(&SealSpec { algorithm: oid::GM_DATA, ..good() }), &rule::SEAL_ALGORITHM, Bad)
            .also(&rule::MAKER_SIGNATURE, Unknown),
        golden(&with(&SealSpec { value: ValueForm::Wrong, ..good() }), &rule::MAKER_SIGNATURE, Bad),
        golden(&with(&SealSpec { maker_cert: Some(vec![0x30, 0]), ..good() }), &rule::MAKER_CERTIFICATE, Bad)
            .also(&rule::MAKER_SIGNATURE, Unknown),
    ]
}

fn makers() -> Vec<Golden> {
    let pki = pki();
    vec![
        golden(&with(&made_by(&pki.stranger)), &rule::MAKER_CHAIN, Bad),
        golden(&with(&made_by(&pki.foreign)), &rule::MAKER_CHAIN, Unknown),
        golden(&with(&made_by(&pki.plain)), &rule::MAKER_KEY_USAGE, Note),
        golden(&with(&made_by(&pki.encryption)), &rule::MAKER_KEY_USAGE, Bad),
        // Made after its maker's certificate had ended.
        golden(&with(&made_by(&pki.maker_expired)), &rule::MAKER_PERIOD, Unknown),
        golden(&with_old(made_by(&pki.maker_expired)), &rule::MAKER_PERIOD, Bad),
        golden(&with(&good()), &rule::MAKER_PERIOD, Good),
        // Made while its maker was good: GB/T 38540 §7.3 d2 makes the later end a hint.
        golden(
            &with(&SealSpec { created: at("2021-06-01T00:00:00Z"), ..made_by(&pki.maker_expired) }),
            &rule::MAKER_PERIOD,
            Note,
        ),
        golden(&with(&made_by(&pki.maker_revoked)), &rule::MAKER_REVOCATION, Unknown).whom(Whom::Lists),
        golden(&with_old(made_by(&pki.maker_revoked)), &rule::MAKER_REVOCATION, Bad).whom(Whom::Lists),
        golden(
            &with(&SealSpec {
                created: at("2025-06-01T00:00:00Z"),
                from: at("2025-06-01T00:00:00Z"),
                ..made_by(&pki.maker_revoked)
            }),
            &rule::MAKER_REVOCATION,
            Bad,
        )
        .whom(Whom::Lists),
        golden(&with(&good()), &rule::MAKER_REVOCATION, Good).whom(Whom::Lists),
        golden(&with(&good()), &rule::MAKER_REVOCATION, Unknown)
            .revocation(Revocation::Strict)
            .also(&rule::SIGNER_REVOCATION, Unknown),
    ]
}

fn periods() -> Vec<Golden> {
    let ended = SealSpec { to: at("2026-02-01T00:00:00Z"), ..good() };
    let later = SealSpec { to: at("2026-04-01T00:00:00Z"), ..good() };
    let early = SealSpec { from: at("2026-05-01T00:00:00Z"), ..good() };
    vec![
        golden(&with(&ended), &rule::SEAL_PERIOD, Bad),
        golden(&with_old(ended.clone()), &rule::SEAL_PERIOD, Bad),
        golden(&with(&early), &rule::SEAL_PERIOD, Bad),
        golden(&with(&good()), &rule::SEAL_PERIOD, Good),
        // Ended since it was used: a hint, under either standard. By itself GM/T 0031 §6.1.2 d refuses it.
        golden(&with(&later), &rule::SEAL_NOW, Note).also(&rule::SEAL_PERIOD, Good),
        golden(&with_old(later), &rule::SEAL_NOW, Note).also(&rule::SEAL_PERIOD, Good),
        golden(&with(&good()), &rule::SEAL_NOW, Good),
        golden_seal(old(ended), &rule::SEAL_NOW, Bad),
        golden_seal(old(early), &rule::SEAL_NOW, Bad).at("2026-04-30T23:59:59Z"),
        golden_seal(old(good()), &rule::SEAL_NOW, Good),
    ]
}

fn alone() -> Vec<Golden> {
    let ended = SealSpec { to: at("2026-02-01T00:00:00Z"), ..good() };
    vec![
        golden_seal(good().write(), &rule::SEAL_FORMAT, Good),
        golden_seal(b"no seal".to_vec(), &rule::SEAL_FORMAT, Bad),
        golden_seal(ended.write(), &rule::SEAL_PERIOD, Bad),
        golden_seal(SealSpec { value: ValueForm::Wrong, ..good() }.write(), &rule::MAKER_SIGNATURE, Bad),
        golden_seal(
            SealSpec { layout: Layout::Gmt0031, version: 2, ..good() }.write(),
            &rule::SEAL_FORMAT,
            Good,
        ),
        golden_seal(made_by(&pki().maker_revoked).write(), &rule::MAKER_REVOCATION, Bad).whom(Whom::Lists),
        golden_seal(
            SealSpec { created: at("2021-06-01T00:00:00Z"), ..made_by(&pki().maker_expired) }.write(),
            &rule::MAKER_PERIOD,
            Bad,
        ),
    ]
}

fn registers() -> Vec<Golden> {
    let filed = |state| {
        RegisterAnswer::Filed(Filing {
            seal_code: "E11101080A0101000000001F".to_owned(),
            seal_type: "01".to_owned(),
            state,
            since: Some(at("2025-01-01T00:00:00Z")),
        })
    };
    let sealed = with(&good());
    let owned = |golden: Golden, owner| {
        let mut golden = golden.register(filed(SealState::InForce));
        golden.owner = Some(owner);
        golden
    };
    vec![
        golden(&sealed, &rule::SEAL_REGISTER, Good).register(filed(SealState::InForce)),
        golden(&sealed, &rule::SEAL_REGISTER, Bad).register(filed(SealState::Disabled)),
        golden(&sealed, &rule::SEAL_REGISTER, Bad).register(filed(SealState::NotYetFiled)),
        golden(&sealed, &rule::SEAL_REGISTER, Note).register(RegisterAnswer::NotFiled),
        golden(&sealed, &rule::SEAL_REGISTER, Unknown).register(RegisterAnswer::Unavailable),
        owned(golden(&sealed, &rule::SIGNER_IDENTITY, Good), TEST_USCC),
        owned(golden(&sealed, &rule::SIGNER_IDENTITY, Unknown), "91110000802100434A"),
        golden(&sealed, &rule::SIGNER_IDENTITY, Note).register(filed(SealState::InForce)),
        // The maker of the test PKI has no number; one that has is the signer.
        owned(golden(&sealed, &rule::MAKER_IDENTITY, Note), TEST_USCC),
        owned(golden(&with(&made_by(&pki().signer)), &rule::MAKER_IDENTITY, Good), TEST_USCC)
            .also(&rule::MAKER_APART, Unknown),
        owned(golden_seal(made_by(&pki().signer).write(), &rule::MAKER_IDENTITY, Note), "91110000802100434A")
            .also(&rule::MAKER_APART, Unknown),
    ]
}
