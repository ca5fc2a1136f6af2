#![no_main]

use crypto::VerifyingKey;
use formats::x509::read_certificates;
use verify::{Options, Trust, Verdict};

const GOOD: &[u8] = include_bytes!("../../crates/proof/fixtures/bundle.jsonl");
const PLATFORM: &[u8] = include_bytes!("../../crates/proof/fixtures/platform-root.pem");
const TRUST: &[u8] = include_bytes!("../../crates/proof/fixtures/trust.pem");

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let mut trust = Trust::new();
    for certificate in read_certificates(TRUST).expect("our own root") {
        trust.add_anchor(certificate);
    }
    let block = formats::x509::pem_blocks(PLATFORM).expect("our own key").remove(0);
    let key = VerifyingKey::from_spki_der(&block.der).expect("a key");
    let options = Options::new("2026-06-01T04:00:00Z".parse().expect("a time"));
    let trusted = proof::Trusted { platform_key: Some(&key), trust: &trust, options: &options, signature: None };
    let judge = |bytes: &[u8]| {
        if let Ok(bundle) = proof::read(bytes) {
            let report = proof::check(&bundle, &trusted);
            assert!(report.verdict != Verdict::Valid || bytes == GOOD, "only the good one is valid");
        }
    };
    judge(data);
    // Bytes of a good one changed: never valid, never a panic.
    let [high, middle, low, rest @ ..] = data else { return };
    let mut changed = GOOD.to_vec();
    let at = usize::try_from(u32::from_be_bytes([0, *high, *middle, *low])).unwrap_or(0) % changed.len();
    let end = changed.len().min(at + rest.len());
    changed[at..end].copy_from_slice(&rest[..end - at]);
    judge(&changed);
    // A line put in.
    let mut lines: Vec<&[u8]> = GOOD.split_inclusive(|byte| *byte == b'\n').collect();
    let line = [data, b"\n"].concat();
    lines.insert(usize::from(*high) % lines.len(), &line);
    judge(&lines.concat());
});
