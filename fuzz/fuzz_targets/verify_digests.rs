#![no_main]

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use verify::{Options, Trust, Verdict};

const SEALED: &[u8] = include_bytes!("../../crates/verify/fixtures/sealed.ofd");
const TRUST: &[u8] = include_bytes!("../../crates/verify/fixtures/trust.pem");
const FORM: &str = "sealbridge-digests-1";

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let mut trust = Trust::new();
    trust.add_trusted(TRUST).expect("our own root");
    trust.finish();
    let options = Options::new("2026-06-01T00:00:00Z".parse().expect("a time"));
    let judge = |bytes: &[u8]| {
        verify::seals_in(bytes, &options);
        let report = verify::verify(bytes, &trust, &options);
        assert!(report.verdict != Verdict::Valid || !bytes.trim_ascii_start().starts_with(b"{"));
    };
    judge(data);
    judge(&[format!("{{\"form\":\"{FORM}\",").as_bytes(), data].concat());
    judge(&[format!("{{\"form\":\"{FORM}\",\"kind\":\"pdf\",").as_bytes(), data].concat());
    // A value of a PDF over digests that are given.
    let contents = STANDARD.encode(data);
    let digest = STANDARD.encode([7; 32]);
    judge(
        format!(
            "{{\"form\":\"{FORM}\",\"kind\":\"pdf\",\"document\":{{\"size\":100,\"sm3\":\"\"}},\"signatures\":[{{\
             \"field\":\"\",\"byteRange\":[0,10,20,80],\"contents\":\"{contents}\",\"digests\":[{{\
             \"method\":\"SM3\",\"value\":\"{digest}\"}}]}}]}}"
        )
        .as_bytes(),
    );
    // One byte of good digests changed: never valid, never a panic.
    let [high, low, value, ..] = data else { return };
    let mut good = verify::digests_of(SEALED, &options).expect("digests of our own document");
    let at = usize::from(u16::from_be_bytes([*high, *low])) % good.len();
    good[at] = *value;
    judge(&good);
});
