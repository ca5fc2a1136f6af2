//! A bundle that was made once, with keys for the purpose, holds for as long as the format does; and what is no bundle is
//! refused within bounds.
#![expect(clippy::unwrap_used, reason = "a test ends where something is wrong")]

use crypto::VerifyingKey;
use formats::x509::{pem_blocks, read_certificates};
use sealbridge_proof::{MAX_BUNDLE, MAX_LINES, ReadError, Report, Trusted, check, read, rules};
use verify::{Options, Status, Trust, Verdict};

const BUNDLE: &[u8] = include_bytes!("../fixtures/bundle.jsonl");
const PLATFORM: &[u8] = include_bytes!("../fixtures/platform-root.pem");
const TRUST: &[u8] = include_bytes!("../fixtures/trust.pem");
const PAGE: &str = include_str!("../../../docs/evidence.md");

fn judge(bytes: &[u8]) -> Result<Report, ReadError> {
    let mut trust = Trust::new();
    read_certificates(TRUST).unwrap().into_iter().for_each(|root| trust.add_anchor(root));
    let key = VerifyingKey::from_spki_der(&pem_blocks(PLATFORM).unwrap()[0].der).unwrap();
    let options = Options::new("2026-06-01T04:00:00Z".parse().unwrap());
    let trusted = Trusted { platform_key: Some(&key), trust: &trust, options: &options, signature: None };
    read(bytes).map(|bundle| check(&bundle, &trusted))
}

#[test]
fn the_bundle_of_the_format_holds() {
    let report = judge(BUNDLE).unwrap();
    let wrong: Vec<_> =
        report.findings.iter().filter(|finding| finding.status.verdict() != Verdict::Valid).collect();
    assert_eq!(report.verdict, Verdict::Valid, "{wrong:?}");
    assert_eq!(report.status("consent.document"), Some(Status::Good));
    // Each step stands in the documentation, with its id.
    let told: Vec<&str> = report.findings.iter().map(|finding| finding.rule.id).collect();
    let all: Vec<&str> = rules().iter().map(|rule| rule.id).collect();
    let own: Vec<&str> = all.iter().copied().filter(|id| !id.starts_with("ukey.")).collect();
    assert_eq!(told, own);
    for id in all {
        assert!(PAGE.contains(&format!("| `{id}` |")), "{id} is not in docs/evidence.md");
    }
    let json = serde_json::to_value(&report).unwrap();
    assert_eq!(json["verdict"], "valid");
    assert_eq!(json["findings"][0]["id"], "platform.key");
}

#[test]
fn no_byte_of_it_can_be_another() {
    for at in (0..BUNDLE.len()).step_by(53) {
        let mut changed = BUNDLE.to_vec();
        changed[at] ^= 1;
        let verdict = judge(&changed).map(|report| report.verdict);
        assert_ne!(verdict, Ok(Verdict::Valid), "byte {at}");
        assert_ne!(verdict, Ok(Verdict::Indeterminate), "byte {at}: the signature of the bundle is broken");
    }
}

#[test]
fn what_is_no_bundle_is_refused() {
    let error = |bytes: &[u8]| judge(bytes).unwrap_err();
    assert_eq!(error(b""), ReadError::Cut);
    assert_eq!(error(&BUNDLE[..BUNDLE.len() - 1]), ReadError::Cut);
    assert!(matches!(error(b"\n"), ReadError::Line { line: 1, .. }));
    assert!(matches!(error(b"\xff\n"), ReadError::Line { line: 1, .. }));
    assert!(matches!(error(b"{\"part\":\"bundle\",\"part\":\"end\"}\n"), ReadError::Line { .. }));
    assert_eq!(error(&vec![b'\n'; MAX_LINES + 1]), ReadError::TooManyLines);
    assert_eq!(error(&vec![b' '; MAX_BUNDLE + 1]), ReadError::TooLarge);
    let deep = [b"{\"part\":".as_slice(), &vec![b'['; 100_000], b"\n"].concat();
    assert!(matches!(error(&deep), ReadError::Line { line: 1, .. }));
    // A part that nobody knows, a field that nobody knows.
    let with = |line: &str| {
        let mut lines: Vec<&[u8]> = BUNDLE.split_inclusive(|byte| *byte == b'\n').collect();
        lines.insert(1, line.as_bytes());
        lines.concat()
    };
    for line in ["{\"part\":\"more\"}\n", "{\"part\":\"seal\",\"data\":\"AA==\",\"x\":1}\n", "{}\n", "\n"] {
        assert!(judge(&with(line)).is_err(), "{line}");
    }
}
