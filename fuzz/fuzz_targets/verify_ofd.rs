#![no_main]

use formats::ofd::{Limits, Package};
use formats::zip::{DosTime, Writer};
use verify::{Options, Trust, Verdict};

const SEALED: &[u8] = include_bytes!("../../crates/verify/fixtures/sealed.ofd");
const TRUST: &[u8] = include_bytes!("../../crates/verify/fixtures/trust.pem");

/// The good document with one of its files replaced; the name of the file, and whether it is the same still.
fn replaced(which: u8, content: &[u8]) -> Option<(Vec<u8>, String, bool)> {
    let package = Package::open(SEALED, &Limits::default()).ok()?;
    let names: Vec<String> = package.files().map(|entry| entry.path().to_owned()).collect();
    let name = names.get(usize::from(which) % names.len())?;
    let mut writer = Writer::new(DosTime::from_timestamp(Default::default()));
    let mut same = false;
    for other in &names {
        let stored = package.read(other).ok()?;
        if other == name {
            same = *stored == *content;
            writer.add(other, content).ok()?;
        } else {
            writer.add(other, &stored).ok()?;
        }
    }
    Some((writer.finish().ok()?, name.clone(), same))
}

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let mut trust = Trust::new();
    trust.add_trusted(TRUST).expect("our own root");
    trust.finish();
    let options = Options::new("2026-06-01T00:00:00Z".parse().expect("a time"));
    verify::verify(data, &trust, &options);
    verify::verify_seal(data, &trust, &options);
    let Some((which, content)) = data.split_first() else { return };
    let Some((ofd, name, same)) = replaced(*which, content) else { return };
    let report = verify::verify(&ofd, &trust, &options);
    for signature in &report.signatures {
        assert_eq!(report.steps(signature).len(), 12);
    }
    // A value may be the same in another encoding; everything else is bound by digests.
    let is_value = name.ends_with("SignedValue.dat");
    assert!(report.verdict != Verdict::Valid || same || is_value, "{name} was changed and nobody noticed");
});
