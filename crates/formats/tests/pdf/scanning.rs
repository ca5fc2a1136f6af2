//! The byte layer.

use crate::tools::Builder;
use sealbridge_formats::pdf::{ObjectId, scan};

#[test]
fn objects_are_found_wherever_they_stand() {
    let text = b"1 0 obj 2\r\n0 obj(3 0 obj)endobj12 65535 obj<<>> 4 0 object 5 99999 obj x 6 obj 0 obj";
    let found = scan::objects(text, 0..text.len());
    let ids: Vec<_> =
        found.iter().map(|found| (found.id.number, found.id.generation, found.offset)).collect();
    assert_eq!(ids, [(1, 0, 0), (2, 0, 8), (3, 0, 17), (12, 65535, 31)]);
    let within = scan::objects(text, 8..17);
    assert_eq!(within.iter().map(|found| found.offset).collect::<Vec<_>>(), [8]);
    assert_eq!(scan::objects(text, 1..2), []);
    assert_eq!(scan::objects(text, 500..9000), []);
}

#[test]
fn ends_of_revisions() {
    let text = b"startxref\r\n17 \r\n%%EOF\r\nx startxref 5%%EOF\rstartxref\n6\nstartxref 7 %%EOF";
    let ends = scan::revision_ends(text);
    let found: Vec<_> = ends.iter().map(|end| (end.range.clone(), end.offset)).collect();
    let last = text.len();
    assert_eq!(found, [(0..23, 17), (25..42, 5), (54..last, 7)]);
}

/// Contents of the signatures found, with the object each stands in.
fn contents(bytes: &[u8]) -> Vec<(Option<u32>, Vec<u8>)> {
    let found = scan::signature_dictionaries(bytes, 100);
    let each = found.into_iter().map(|found| {
        let span = found.dictionary.entry(b"Contents").unwrap().span.clone();
        (found.id.map(|id| id.number), bytes[span].to_vec())
    });
    each.collect()
}

#[test]
fn signature_dictionaries_are_found_reached_or_not() {
    let file = Builder::minimal()
        .object(3, "<</Type/Sig/ByteRange[0 1 2 3]/Contents<AA>>>")
        .object(4, "<</FT/Sig/V<</Byte#52ange[0 1 2 3]/Contents <BB> >>>>")
        .object(5, "[(/ByteRange) <</ByteRange 1>>]")
        .table("");
    let found = [(Some(3), b"<AA>".to_vec()), (Some(4), b"<BB>".to_vec())];
    assert_eq!(contents(&file.bytes), found);
    // After the end, in a broken object, and without one.
    let more = [
        file.bytes.as_slice(),
        b"9 0 obj<</X ]<</Contents<CC>/ByteRange[]>>endobj 7 7 7 <</ByteRange null/Contents (x)>>",
    ]
    .concat();
    let broken = contents(&more);
    assert_eq!(broken[..2], found);
    assert_eq!(broken[2..], [(None, b"<CC>".to_vec()), (None, b"(x)".to_vec())]);
    assert_eq!(scan::signature_dictionaries(&more, 3).len(), 3);
    assert_eq!(scan::signature_dictionaries(&more, 3)[0].id, Some(ObjectId::new(3)));
}

#[test]
fn in_streams_too() {
    let inner = b"5 0 obj<</ByteRange[0 1 2 3]/Contents<DD>>>endobj";
    let file = Builder::minimal().stream(3, "", inner).table("");
    assert_eq!(contents(&file.bytes), [(Some(5), b"<DD>".to_vec())]);
}
