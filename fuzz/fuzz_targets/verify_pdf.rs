#![no_main]

use verify::{Options, Trust, Verdict};

const TRUST: &[u8] = include_bytes!("../../crates/verify/fixtures/trust.pem");

// Whatever is handed over as a PDF: it is judged without a panic, in bounded time, the same every time, and nothing that
// nobody trusted signed is valid.
libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let mut trust = Trust::new();
    trust.add_trusted(TRUST).expect("our own root");
    trust.finish();
    let options = Options::new("2026-06-01T00:00:00Z".parse().expect("a time"));
    let bytes = [b"%PDF-1.7\n", data].concat();
    for bytes in [data, &bytes] {
        verify::seals_in(bytes, &options);
        let report = verify::verify(bytes, &trust, &options);
        assert!(report.verdict != Verdict::Valid);
        for signature in &report.signatures {
            assert_eq!(report.steps(signature).len(), 12);
        }
    }
});
