//! Every sample document with the result that the standards ask for.
//!
//! The samples are data of other people and no part of this repository: they are looked for in the folder
//! named by SEALBRIDGE_SHARED, by default `../shared` beside the workspace, and skipped when absent.
//!
//! The roots of documents made elsewhere are not to be had. Such a document is judged twice: with nothing
//! trusted it must be indeterminate (or invalid, where it is bad by itself), and with the certificates that
//! it carries pinned it must be what the standard asks for, all other checks made.

#![expect(clippy::unwrap_used, reason = "helpers of a test: a sample that cannot be read must stop it")]

use std::path::PathBuf;

use sealbridge_verify as verify;
use verify::{Options, Report, Revocation, SealReport, Status, Trust, Verdict};

use Verdict::{Indeterminate, Invalid, Valid};

/// Whom a case trusts.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Whom {
    /// The test PKI of the samples.
    Test,
    /// The test PKI of the samples, with its revocation list.
    TestWithList,
    /// The certificates in the document itself.
    Pinned,
}

/// A document with what is expected of it.
struct Case {
    file: &'static str,
    whom: Whom,
    verdict: Verdict,
    /// The verdict on each signature.
    signatures: &'static [Verdict],
    /// Findings that must be there.
    findings: &'static [(&'static str, Status)],
    /// Where the first signature that is not good leaves the standard's procedure.
    exit: &'static str,
}

const fn case(
    file: &'static str,
    whom: Whom,
    verdict: Verdict,
    signatures: &'static [Verdict],
    findings: &'static [(&'static str, Status)],
    exit: &'static str,
) -> Case {
    Case { file, whom, verdict, signatures, findings, exit }
}

use Status::{Bad, Good, Note, Unknown};
use Whom::{Pinned, Test, TestWithList};

#[rustfmt::skip]
const CASES: &[Case] = &[
    // real: other vendors and libraries
    case("real/BADMAKER_azt_two_seals.ofd", Pinned, Invalid, &[Invalid, Invalid], &[("seal.maker.signature", Bad), ("signature.value", Good), ("signature.references", Good)], "GB/T 38540-2020 6.3 b (7.3 d1)"),
    case("real/BER_easyofd_35275.ofd", Pinned, Valid, &[Valid], &[("signature.deviation", Note), ("signature.value", Good)], ""),
    case("real/BROKEN_h_two_seals.ofd", Pinned, Invalid, &[Invalid, Valid], &[("signature.lock", Bad), ("signature.references", Bad)], "GB/T 33190-2016 18.2.2"),
    case("real/V1_BAD_iofd_n.ofd", Pinned, Invalid, &[Invalid], &[("signature.value", Bad), ("signature.data-hash", Bad), ("signature.references.method", Bad), ("signature.references", Bad), ("signature.signer-in-seal", Unknown)], "GM/T 0031-2014 6.2.3 b"),
    case("real/V2_kinggrid_xinchuang.ofd", Pinned, Valid, &[Valid], &[("seal.maker.signature", Good), ("document.coverage.entry", Note)], ""),
    case("real/WRONGALG_easyofd_seal.ofd", Pinned, Invalid, &[Invalid], &[("signature.algorithm", Bad)], "GB/T 38540-2020 7.1.4"),
    case("real/einvoice_cq_bw_test.ofd", Pinned, Valid, &[Valid], &[], ""),
    // All of GB/T 38540 is good; two templates that are shown are covered by nothing.
    case("real/einvoice_cq_sealfile.ofd", Pinned, Indeterminate, &[Indeterminate], &[("signature.coverage", Unknown), ("document.coverage.shown", Unknown), ("seal.file", Good), ("signature.lock", Good), ("signature.value", Good), ("seal.maker.signature", Good), ("signature.data-hash", Good)], "GB/T 33190-2016 18.2.1"),
    case("real/einvoice_kinggrid_999.ofd", Pinned, Valid, &[Valid], &[("document.coverage.entry", Note)], ""),
    // ofdrw
    case("ofdrw/DigitalSign_raw.ofd", Pinned, Invalid, &[Invalid], &[("signature.format", Bad)], "GM/T 0099-2020 7.2.2"),
    case("ofdrw/SESV4SignDoc.ofd", Pinned, Invalid, &[Invalid], &[("seal.period", Bad), ("signer.period", Bad), ("signature.value", Good)], "GB/T 38540-2020 6.3 d (7.3 d3)"),
    case("ofdrw/V4RideRight.ofd", Pinned, Valid, &[Valid], &[("signature.lock", Good)], ""),
    case("ofdrw/allprotected.ofd", Pinned, Valid, &[Valid], &[("signature.lock", Good), ("document.coverage.list", Good)], ""),
    case("ofdrw/fptpl_missing_signatures.ofd", Pinned, Indeterminate, &[], &[("document.signatures.list", Unknown)], ""),
    case("ofdrw/gen_13_riding_seal.ofd", Pinned, Invalid, &[Invalid], &[("seal.period", Bad), ("signer.period", Bad)], "GB/T 38540-2020 6.3 d (7.3 d3)"),
    case("ofdrw/gen_14_digital_sign.ofd", Pinned, Invalid, &[Invalid], &[("seal.period", Bad), ("signer.period", Bad)], "GB/T 38540-2020 6.3 d (7.3 d3)"),
    case("ofdrw/hello-integrity.ofd", Pinned, Indeterminate, &[], &[("document.signatures.none", Unknown)], ""),
    case("ofdrw/unsigned_VPage7.ofd", Pinned, Indeterminate, &[], &[("document.signatures.none", Unknown)], ""),
    case("ofdrw/unsigned_helloworld.ofd", Pinned, Indeterminate, &[], &[("document.signatures.none", Unknown)], ""),
    case("ofdrw/unsigned_namespace_no_std.ofd", Pinned, Indeterminate, &[], &[("document.signatures.none", Unknown), ("document.deviation", Note)], ""),
    // gen: made with a PKI of its own
    case("gen/neg_badmaker.ofd", Test, Invalid, &[Invalid], &[("seal.maker.signature", Bad)], "GB/T 38540-2020 6.3 b (7.3 d1)"),
    case("gen/neg_signer_cert_expired.ofd", Test, Invalid, &[Invalid], &[("signer.period", Bad)], "GB/T 38540-2020 7.3 f1"),
    case("gen/neg_signer_not_in_seal.ofd", Test, Invalid, &[Invalid], &[("signature.signer-in-seal", Bad)], "GB/T 38540-2020 7.3 c2"),
    case("gen/neg_signer_revoked.ofd", TestWithList, Invalid, &[Invalid], &[("signer.revocation", Bad)], "GB/T 38540-2020 7.3 f2"),
    case("gen/neg_signer_untrusted.ofd", Test, Invalid, &[Invalid], &[("signer.chain", Bad), ("seal.maker.chain", Good)], "GB/T 38540-2020 7.3 e2"),
    case("gen/neg_ts_earlier_than_signing.ofd", Test, Invalid, &[Invalid], &[("timestamp.order", Bad), ("timestamp.signature", Good), ("timestamp.imprint", Good)], "GB/T 38540-2020 7.3 h3"),
    case("gen/neg_wrong_key.ofd", Test, Invalid, &[Invalid], &[("signature.value", Bad)], "GB/T 38540-2020 7.3 b"),
    case("gen/sign_35275.ofd", Test, Valid, &[Valid], &[("signature.data-hash", Good)], ""),
    case("gen/sign_35275_pkcs9.ofd", Test, Valid, &[Valid], &[("signature.data-hash", Good)], ""),
    case("gen/v1_valid.ofd", Test, Valid, &[Valid], &[("signature.signer-in-seal", Good)], ""),
    case("gen/v2_valid.ofd", Test, Valid, &[Valid], &[], ""),
    case("gen/v4_continue.ofd", Test, Valid, &[Valid], &[("document.coverage.list", Note)], ""),
    case("gen/v4_riding_right.ofd", Test, Valid, &[Valid], &[], ""),
    case("gen/v4_three_sigs_last_locks.ofd", Test, Valid, &[Valid, Valid, Valid], &[("signature.lock", Good), ("document.coverage.list", Good)], ""),
    case("gen/v4_timestamp.ofd", Test, Valid, &[Valid], &[("timestamp.order", Good), ("timestamp.chain", Good), ("timestamp.key-usage", Good), ("timestamp.signer", Good)], ""),
    case("gen/v4_two_seals.ofd", Test, Valid, &[Valid, Valid], &[("seal.file", Good)], ""),
    case("gen/v4_valid.ofd", Test, Valid, &[Valid], &[("signature.lock", Good), ("signature.coverage", Good)], ""),
    // tampered
    case("tampered/v4_content.ofd", Test, Invalid, &[Invalid], &[("signature.references", Bad), ("signature.value", Good)], "GB/T 33190-2016 18.2.2"),
    case("tampered/v4_extra.ofd", Test, Indeterminate, &[Valid], &[("document.coverage.extra", Unknown)], ""),
    case("tampered/v4_sigval.ofd", Test, Invalid, &[Invalid], &[("signature.value", Bad)], "GB/T 38540-2020 7.3 b"),
    case("tampered/v4_stamp.ofd", Test, Invalid, &[Invalid], &[("signature.data-hash", Bad), ("signature.value", Good)], "GB/T 38540-2020 7.3 g"),
];

/// Seals by themselves, with the time they are judged for.
#[rustfmt::skip]
const SEALS: &[(&str, Whom, &str, Verdict, &str, Status)] = &[
    ("gen/seals/v1_u1.esl", Test, "2026-11-24T00:00:00Z", Valid, "seal.maker.signature", Good),
    ("gen/seals/v4_badmaker.esl", Test, "2026-11-24T00:00:00Z", Invalid, "seal.maker.signature", Bad),
    ("gen/seals/v4_certdigest.esl", Test, "2026-11-24T00:00:00Z", Valid, "seal.maker.chain", Good),
    ("gen/seals/v4_expired.esl", Test, "2026-11-24T00:00:00Z", Invalid, "seal.period", Bad),
    ("gen/seals/v4_multi.esl", Test, "2026-11-24T00:00:00Z", Valid, "seal.period", Good),
    ("gen/seals/v4_u1.esl", Test, "2026-11-24T00:00:00Z", Valid, "seal.format", Good),
    ("gen/seals/v4_u2_ext.esl", Test, "2026-11-24T00:00:00Z", Valid, "seal.extension", Note),
    ("ofdrw/SESealData_HebeiGede.DER", Pinned, "2018-06-01T00:00:00Z", Invalid, "seal.maker.signature", Bad),
    ("ofdrw/UserV1.esl", Pinned, "2021-01-01T00:00:00Z", Valid, "seal.maker.signature", Good),
    ("ofdrw/UserV1_BER.esl", Pinned, "2021-01-01T00:00:00Z", Valid, "seal.deviation", Note),
    ("ofdrw/UserV4.esl", Pinned, "2021-01-01T00:00:00Z", Valid, "seal.maker.signature", Good),
    ("ofdrw/UserV4_BER.esl", Pinned, "2021-01-01T00:00:00Z", Valid, "seal.deviation", Note),
    // Made in 2026 by a maker whose certificate ended in 2022.
    ("ofdrw/UserV5.esl", Pinned, "2026-11-24T00:00:00Z", Invalid, "seal.maker.period", Bad),
    ("ofdrw/UserV5_ts.esl", Pinned, "2026-11-24T00:00:00Z", Invalid, "seal.maker.period", Bad),
];

/// The folder with the samples.
fn samples() -> Option<PathBuf> {
    let default = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared");
    let shared = std::env::var_os("SEALBRIDGE_SHARED").map_or_else(|| PathBuf::from(default), PathBuf::from);
    let folder = shared.join("samples/ofd");
    if folder.is_dir() {
        return Some(folder);
    }
    println!("skipped: no samples in {}", folder.display());
    None
}

fn trust(folder: &std::path::Path, whom: Whom) -> Trust {
    let mut trust = Trust::new();
    if whom == Whom::Pinned {
        return trust;
    }
    for name in ["root.cert.pem", "sub.cert.pem"] {
        trust.add_trusted(&std::fs::read(folder.join("gen/trust").join(name)).unwrap()).unwrap();
    }
    trust.finish();
    if whom == Whom::TestWithList {
        trust.add_crls(&std::fs::read(folder.join("gen/pki/sub.crl")).unwrap()).unwrap();
    }
    trust
}

fn options() -> Options {
    Options::new("2026-11-24T00:00:00Z".parse().unwrap())
}

/// Pins every certificate that a report names.
fn pin(trust: &mut Trust, report: &Report) {
    for signature in &report.signatures {
        for certificate in signature.signer.iter().chain(&signature.maker) {
            trust.add_anchor(formats::x509::Certificate::from_der(&certificate.der).unwrap());
        }
    }
}

fn check(case: &Case, report: &Report) -> Vec<String> {
    let mut wrong = Vec::new();
    if report.verdict != case.verdict {
        wrong.push(format!("verdict {:?}, expected {:?}", report.verdict, case.verdict));
    }
    let verdicts: Vec<Verdict> = report.signatures.iter().map(|signature| signature.verdict).collect();
    if verdicts != case.signatures {
        wrong.push(format!("signatures {verdicts:?}, expected {:?}", case.signatures));
    }
    let all: Vec<_> = report
        .findings
        .iter()
        .chain(report.signatures.iter().flat_map(|signature| &signature.findings))
        .collect();
    for (id, status) in case.findings {
        if !all.iter().any(|finding| finding.id() == *id && finding.status() == *status) {
            wrong.push(format!("no {id} that is {status:?}"));
        }
    }
    let exit = report
        .signatures
        .iter()
        .find_map(sealbridge_verify::SignatureReport::exit)
        .map_or("", |clause| clause.text);
    if exit != case.exit {
        wrong.push(format!("exit {exit:?}, expected {:?}", case.exit));
    }
    wrong
}

#[test]
fn every_document_is_judged_as_the_standards_ask() {
    let Some(folder) = samples() else { return };
    let mut wrong = Vec::new();
    for case in CASES {
        let bytes = std::fs::read(folder.join(case.file)).unwrap();
        let mut trust = trust(&folder, case.whom);
        let mut report = verify::verify(&bytes, &trust, &options());
        if case.whom == Whom::Pinned {
            assert_ne!(report.verdict, Verdict::Valid, "{} is valid with nothing trusted", case.file);
            if case.verdict != Verdict::Invalid {
                assert_eq!(report.verdict, Verdict::Indeterminate, "{} with nothing trusted", case.file);
            }
            pin(&mut trust, &report);
            report = verify::verify(&bytes, &trust, &options());
        }
        wrong.extend(check(case, &report).into_iter().map(|what| format!("{}: {what}", case.file)));
        for signature in &report.signatures {
            assert_eq!(report.steps(signature).len(), 12);
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_seal_is_judged_as_the_standards_ask() {
    let Some(folder) = samples() else { return };
    for (file, whom, at, verdict, id, status) in SEALS {
        let bytes = std::fs::read(folder.join(file)).unwrap();
        let options = Options::new(at.parse().unwrap());
        let mut trust = trust(&folder, *whom);
        let mut report: SealReport = verify::verify_seal(&bytes, &trust, &options);
        if *whom == Whom::Pinned {
            assert_ne!(report.verdict, Verdict::Valid, "{file}");
            if let Some(maker) = &report.maker {
                trust.add_anchor(formats::x509::Certificate::from_der(&maker.der).unwrap());
            }
            report = verify::verify_seal(&bytes, &trust, &options);
        }
        assert_eq!(report.verdict, *verdict, "{file}: {:?}", report.findings);
        assert!(
            report.findings.iter().any(|finding| finding.id() == *id && finding.status() == *status),
            "{file}: no {id} that is {status:?}: {:?}",
            report.findings
        );
    }
}

#[test]
fn every_sample_of_the_index_is_in_a_table() {
    let Some(folder) = samples() else { return };
    let index = std::fs::read_to_string(folder.join("INDEX.md")).unwrap();
    let mut section = "";
    let mut missing = Vec::new();
    for line in index.lines() {
        if let Some(title) = line.strip_prefix("## ") {
            section = title.split('/').next().unwrap_or_default();
        }
        let Some(name) = line.strip_prefix("| ").and_then(|row| row.split(" | ").next()) else { continue };
        let file = format!("{section}/{name}");
        let known = CASES.iter().any(|case| case.file == file) || SEALS.iter().any(|seal| seal.0 == file);
        let is_document = [".ofd", ".esl", ".DER"].iter().any(|end| name.ends_with(end));
        if is_document && !known {
            missing.push(file);
        }
    }
    assert!(missing.is_empty(), "no expectation for {missing:?}");
}

#[test]
fn strict_revocation_without_lists_is_indeterminate() {
    let Some(folder) = samples() else { return };
    let bytes = std::fs::read(folder.join("gen/v4_valid.ofd")).unwrap();
    let trust = trust(&folder, Whom::Test);
    let strict = Options { revocation: Revocation::Strict, ..options() };
    assert_eq!(verify::verify(&bytes, &trust, &strict).verdict, Verdict::Indeterminate);
    let off = Options { revocation: Revocation::Off, ..options() };
    assert_eq!(verify::verify(&bytes, &trust, &off).verdict, Verdict::Valid);
}
