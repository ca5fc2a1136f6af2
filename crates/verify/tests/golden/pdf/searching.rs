//! A search for signatures that a file makes too long.

use sealbridge_verify as verify;
use testkit::lab::JUDGED_AT;
use testkit::pki::{at, pki};
use verify::{DigestsError, Options, Status, Trust, Verdict};

use super::file::{Spec, stream};

/// A signed file with a stream of strings without an end, a name in each: each is read to the end of the file.
fn file(names: usize) -> Vec<u8> {
    let strings = [vec![b' '; 100_000], b"<</A(/ByteRange ".repeat(names)].concat();
    Spec { more: vec![stream(12, "", &strings)], ..Spec::default() }.signed().bytes
}

#[test]
fn what_was_not_searched_whole_is_not_valid() {
    let mut trust = Trust::new();
    trust.add_anchor(pki().root.certificate.clone());
    trust.add_intermediate(pki().sub.certificate.clone());
    let options = Options::new(at(JUDGED_AT));
    let weighty = |pdf: &[u8]| {
        let report = verify::verify(pdf, &trust, &options);
        let all = report.findings.iter().filter(|one| one.status() > Status::Note);
        let all: Vec<_> = all.map(|one| (one.id(), one.status(), one.hint_en().clone())).collect();
        (report.verdict, report.signatures.len(), all)
    };
    assert_eq!(weighty(&file(10)), (Verdict::Valid, 1, Vec::new()));
    let (verdict, signatures, told) = weighty(&file(20_000));
    assert_eq!((verdict, signatures, told.len()), (Verdict::Indeterminate, 1, 1), "{told:?}");
    assert!(told[0].0 == "container.limits" && told[0].2.contains("searched whole"), "{told:?}");
    // Nor are digests made of what may not be all.
    assert!(matches!(verify::digests_of(&file(20_000), &options), Err(DigestsError::TooLarge)));
}
