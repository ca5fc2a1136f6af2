#![no_main]

use verify::{Options, Revocation, Trust, Verdict};

const SEALED: &[u8] = include_bytes!("../../crates/verify/fixtures/sealed.ofd");
const TRUST: &[u8] = include_bytes!("../../crates/verify/fixtures/trust.pem");

// Whatever is brought along or fetched, and signed by nobody: a good document stays good, and what is lacking stays
// lacking.
libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let mut trust = Trust::new();
    trust.add_trusted(TRUST).expect("our own root");
    trust.finish();
    let taken = [trust.add_answers(data), trust.add_crls(data), trust.add_issuers(data)];
    if taken.iter().all(Result::is_err) {
        return;
    }
    let mut options = Options::new("2026-06-01T00:00:00Z".parse().expect("a time"));
    let (report, _) = verify::verify_and_want(SEALED, &trust, &options);
    assert_eq!(report.verdict, Verdict::Valid);
    options.revocation = Revocation::Strict;
    assert_eq!(verify::verify(SEALED, &trust, &options).verdict, Verdict::Indeterminate);
});
