//! Every sample PDF with the result that it must get.
//!
//! The samples are data of other people and no part of this repository: they are looked for in the folder named by
//! SEALBRIDGE_SHARED, by default `../shared` beside the workspace, and skipped when absent.

#![expect(clippy::unwrap_used, reason = "helpers of a test: a sample that cannot be read must stop it")]

use std::path::{Path, PathBuf};

use sealbridge_verify as verify;
use verify::{Finding, Options, Report, Status, Trust, Verdict};

use Status::{Bad, Good, Note, Unknown};
use Verdict::{Indeterminate, Invalid, Valid};

/// Whom a case trusts.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Whom {
    /// The root beside the sample.
    Root(&'static str),
    /// The certificates in the document itself.
    Pinned,
}

const RSA: Whom = Whom::Root("attacks/root.pem");
const SM2: Whom = Whom::Root("sm2/ca.pem");
const OWN: Whom = Whom::Pinned;

/// A document, the verdict, the verdict on each signature, and findings that must be there.
type Case = (&'static str, Whom, Verdict, &'static [Verdict], &'static [(&'static str, Status)]);

#[rustfmt::skip]
const CASES: &[Case] = &[
    ("sm2/v1_rfcoid_501_attrs.pdf", SM2, Valid, &[Valid], &[("signature.value", Good), ("signature.data-hash", Good), ("signature.gap", Good)]),
    ("sm2/v2_gmoid_501_attrs.pdf", SM2, Valid, &[Valid], &[("signature.value", Good)]),
    ("sm2/v2c_gmoid_301_attrs.pdf", SM2, Valid, &[Valid], &[("signature.deviation", Note)]),
    ("sm2/v3_dianju_embedded_digest_301_1_noattrs.pdf", SM2, Valid, &[Valid], &[("signature.data-hash", Good)]),
    ("sm2/v4_gmoid_501_noattrs_detached.pdf", SM2, Valid, &[Valid], &[("signature.value", Good)]),
    ("sm2/v6_rfcoid_501_attrs_emptyid_BAD.pdf", SM2, Invalid, &[Invalid], &[("signature.value", Bad)]),
    // The certificates and the seal ended in 2022.
    ("sm2/s1_ses_v4_sm2seal.pdf", OWN, Invalid, &[Invalid], &[("signature.value", Good), ("signature.data-hash", Good), ("seal.maker.signature", Good), ("signature.gap", Good), ("seal.period", Bad)]),
    ("attacks/rsa_00_valid.pdf", RSA, Valid, &[Valid], &[("signature.tail", Good), ("signature.changes", Good), ("pdf.rebuilt", Good)]),
    ("attacks/rsa_01_byteflip.pdf", RSA, Invalid, &[Invalid], &[("signature.data-hash", Bad)]),
    ("attacks/rsa_02_sigbyteflip.pdf", RSA, Invalid, &[Invalid], &[]),
    ("attacks/rsa_10_isa1_full.pdf", RSA, Invalid, &[Invalid], &[("signature.changes", Bad), ("signature.value", Good)]),
    ("attacks/rsa_11_isa2_noxref.pdf", RSA, Invalid, &[Invalid], &[("signature.tail", Bad), ("pdf.rebuilt", Unknown)]),
    ("attacks/rsa_12_isa3_xref_empty.pdf", RSA, Invalid, &[Invalid], &[("signature.tail", Bad), ("pdf.rebuilt", Unknown)]),
    ("attacks/rsa_13_isa4_bare.pdf", RSA, Invalid, &[Invalid], &[("signature.tail", Bad)]),
    ("attacks/rsa_14_isa_sigcopy.pdf", RSA, Invalid, &[Invalid], &[("signature.changes", Bad)]),
    ("attacks/rsa_15_trailing_garbage.pdf", RSA, Invalid, &[Invalid], &[("signature.tail", Bad)]),
    ("attacks/rsa_16_trailing_newlines.pdf", RSA, Valid, &[Valid], &[("signature.tail", Note)]),
    ("attacks/rsa_20_usf_no_byterange.pdf", RSA, Invalid, &[Invalid, Invalid], &[("signature.byte-range", Bad), ("signature.reached", Bad)]),
    ("attacks/rsa_21_usf_byterange_null.pdf", RSA, Invalid, &[Invalid, Invalid], &[("signature.byte-range", Bad)]),
    ("attacks/rsa_22_usf_byterange_neg.pdf", RSA, Invalid, &[Invalid, Invalid], &[("signature.byte-range", Bad)]),
    ("attacks/rsa_23_usf_byterange_zero.pdf", RSA, Invalid, &[Invalid, Invalid], &[("signature.byte-range", Bad)]),
    ("attacks/rsa_24_usf_contents_null.pdf", RSA, Invalid, &[Invalid, Invalid], &[("signature.format", Bad)]),
    ("attacks/rsa_25_usf_contents_empty.pdf", RSA, Invalid, &[Invalid, Invalid], &[("signature.format", Bad)]),
    ("attacks/rsa_26_usf_contents_zero.pdf", RSA, Invalid, &[Invalid, Invalid], &[("signature.format", Bad)]),
    ("attacks/rsa_27_usf_no_contents.pdf", RSA, Invalid, &[Invalid, Invalid], &[("signature.format", Bad)]),
    ("attacks/rsa_28_br_overflow.pdf", RSA, Invalid, &[Invalid, Invalid], &[("signature.byte-range", Bad)]),
    ("attacks/rsa_29_br_six.pdf", RSA, Invalid, &[Invalid, Invalid], &[("signature.byte-range", Bad)]),
    ("attacks/rsa_30_swa_wrap.pdf", RSA, Invalid, &[Invalid], &[("signature.gap", Bad)]),
    ("attacks/rsa_31_gap_wide.pdf", RSA, Invalid, &[Invalid, Invalid], &[("signature.gap", Bad)]),
    ("attacks/rsa_32_br_not_from0.pdf", RSA, Invalid, &[Invalid, Invalid], &[("signature.byte-range", Bad)]),
    ("attacks/rsa_40_freetext_overlay.pdf", RSA, Indeterminate, &[Indeterminate], &[("signature.changes", Unknown), ("signature.value", Good)]),
    ("attacks/rsa_41_catalog_swap.pdf", RSA, Invalid, &[Invalid], &[("signature.changes", Bad)]),
    ("attacks/rsa_44_sigfield_removed.pdf", RSA, Invalid, &[Invalid], &[("signature.reached", Bad), ("signature.value", Good)]),
    // Signed after the certificates had ended, by the clock of the day they were made.
    ("pyhanko/form-update-override-appearance-stream-sneaky.pdf", OWN, Invalid, &[Invalid, Invalid], &[("signature.changes", Bad)]),
    ("pyhanko/form-update-override-appearance-stream-ap-indirect-sneaky.pdf", OWN, Invalid, &[Invalid, Invalid], &[("signature.changes", Bad)]),
    // Catalogue and trailer refer to the old appearance, which is as it was: only the field has a new one.
    ("pyhanko/form-update-no-override-appearance-stream-ap-indirect-sneaky.pdf", OWN, Invalid, &[Invalid, Invalid], &[("signature.changes", Note)]),
    ("pyhanko/form-update-ap-indirect-sneaky-trailer.pdf", OWN, Invalid, &[Invalid, Invalid], &[("signature.changes", Note)]),
    ("pyhanko/form-update-override-appearance-stream.pdf", OWN, Invalid, &[Invalid, Invalid], &[("signer.period", Bad), ("signature.changes", Note)]),
    ("pyhanko/form-update-override-appearance-stream-ap-indirect.pdf", OWN, Invalid, &[Invalid, Invalid], &[("signer.period", Bad), ("signature.changes", Note)]),
    ("pyhanko/form-update-no-override-appearance-stream-ap-indirect.pdf", OWN, Invalid, &[Invalid, Invalid], &[("signer.period", Bad), ("signature.changes", Note)]),
    ("pyhanko/form-update-original-ap-type-wrong.pdf", OWN, Invalid, &[Invalid, Invalid], &[("signer.period", Bad), ("signature.changes", Note)]),
    ("pyhanko/minimal-signed-twice-second-created.pdf", OWN, Indeterminate, &[Indeterminate, Indeterminate], &[("signature.changes", Note)]),
    ("pyhanko/minimal-two-fields-signed-twice.pdf", OWN, Indeterminate, &[Indeterminate, Indeterminate], &[("signature.changes", Note)]),
    ("pyhanko/minimal-signed-twice-no-sig-type.pdf", OWN, Valid, &[Valid, Valid], &[("signature.changes", Note)]),
    ("pyhanko/minimal-signed-twice-both-created.pdf", OWN, Indeterminate, &[Indeterminate, Indeterminate], &[("signature.changes", Note)]),
    ("pyhanko/coverage-anomalies/signature-gap-too-big.pdf", OWN, Invalid, &[Invalid], &[("signature.gap", Bad)]),
    ("pyhanko/coverage-anomalies/one-byterange.pdf", OWN, Invalid, &[Invalid], &[("signature.byte-range", Bad)]),
    ("pyhanko/coverage-anomalies/tail-uncovered.pdf", OWN, Invalid, &[Invalid], &[("signature.revision", Bad)]),
    ("pyhanko/coverage-anomalies/weird-byterange.pdf", OWN, Invalid, &[Invalid], &[("signature.gap", Bad)]),
    // The place of the value holds zeros.
    ("pyhanko/coverage-anomalies/base.pdf", OWN, Invalid, &[Invalid], &[("signature.format", Bad), ("signature.byte-range", Good)]),
];

/// The folder with the samples.
fn samples() -> Option<PathBuf> {
    let default = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared");
    let shared = std::env::var_os("SEALBRIDGE_SHARED").map_or_else(|| PathBuf::from(default), PathBuf::from);
    let folder = shared.join("samples/pdf");
    if folder.is_dir() {
        return Some(folder);
    }
    println!("skipped: no samples in {}", folder.display());
    None
}

fn options() -> Options {
    Options::new("2026-11-24T00:00:00Z".parse().unwrap())
}

/// Judges a sample; where the root is not to be had, with the certificates that its report names.
fn judge(folder: &Path, file: &str, whom: Whom) -> Report {
    let bytes = std::fs::read(folder.join(file)).unwrap();
    let mut trust = Trust::new();
    if let Whom::Root(root) = whom {
        trust.add_trusted(&std::fs::read(folder.join(root)).unwrap()).unwrap();
        trust.finish();
        return verify::verify(&bytes, &trust, &options());
    }
    let report = verify::verify(&bytes, &trust, &options());
    assert_ne!(report.verdict, Valid, "{file} is valid with nothing trusted");
    for signature in &report.signatures {
        for certificate in signature.signer.iter().chain(&signature.maker) {
            trust.add_anchor(formats::x509::Certificate::from_der(&certificate.der).unwrap());
        }
    }
    verify::verify(&bytes, &trust, &options())
}

fn all(report: &Report) -> Vec<&Finding> {
    let of_signatures = report.signatures.iter().flat_map(|signature| &signature.findings);
    report.findings.iter().chain(of_signatures).collect()
}

#[test]
fn every_document_gets_its_verdict() {
    let Some(folder) = samples() else { return };
    let mut wrong = Vec::new();
    for (file, whom, verdict, signatures, findings) in CASES {
        let report = judge(&folder, file, *whom);
        let verdicts: Vec<Verdict> = report.signatures.iter().map(|signature| signature.verdict).collect();
        let mut faults = Vec::new();
        if report.verdict != *verdict || verdicts != *signatures {
            faults.push(format!("{:?} {verdicts:?}, expected {verdict:?} {signatures:?}", report.verdict));
        }
        for (id, status) in *findings {
            if !all(&report).iter().any(|finding| finding.id() == *id && finding.status() == *status) {
                faults.push(format!("no {id} that is {status:?}"));
            }
        }
        if !faults.is_empty() {
            let told: Vec<String> = all(&report)
                .iter()
                .filter(|finding| finding.status() >= Unknown || finding.id().starts_with("signature."))
                .map(|finding| format!("    {finding:?}"))
                .collect();
            wrong.push(format!("{file}: {}\n{}", faults.join("; "), told.join("\n")));
        }
        for signature in &report.signatures {
            assert_eq!(report.steps(signature).len(), 12);
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn every_sample_has_an_expectation() {
    let Some(folder) = samples() else { return };
    let mut open = vec![folder.clone()];
    let mut missing = Vec::new();
    while let Some(directory) = open.pop() {
        for entry in std::fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
                continue;
            }
            let name = path.strip_prefix(&folder).unwrap().to_string_lossy().into_owned();
            if path.extension().is_some_and(|kind| kind == "pdf") && !CASES.iter().any(|case| case.0 == name)
            {
                missing.push(name);
            }
        }
    }
    assert!(missing.is_empty(), "no expectation for {missing:?}");
}
