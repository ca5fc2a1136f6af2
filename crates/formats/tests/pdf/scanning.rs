//! The byte layer.

use crate::tools::Builder;
use sealbridge_formats::pdf::ObjectId;
use sealbridge_formats::pdf::scan::Scan;

#[test]
fn objects_are_found_wherever_they_stand() {
    let text = b"1 0 obj 2\r\n0 obj(3 0 obj)endobj12 65535 obj<<>> 4 0 object 5 99999 obj x 6 obj 0 obj";
    let found = Scan::of(text).objects;
    let ids: Vec<_> =
        found.iter().map(|found| (found.id.number, found.id.generation, found.offset)).collect();
    // Some readers ask neither what follows the word nor how large a generation may be.
    assert_eq!(ids, [(1, 0, 0), (2, 0, 8), (3, 0, 17), (12, 65535, 31), (4, 0, 48), (5, 65535, 59)]);
}

#[test]
fn objects_are_found_behind_comments() {
    let found = |text: &[u8]| -> Vec<(u32, u16, usize)> {
        let found = Scan::of(text).objects;
        found.iter().map(|found| (found.id.number, found.id.generation, found.offset)).collect()
    };
    assert_eq!(found(b"7 %x\n0 obj"), [(7, 0, 0)]);
    assert_eq!(found(b"7 0%x\robj"), [(7, 0, 0)]);
    assert_eq!(found(b"7 %x\n%y\n0 %z\nobj"), [(7, 0, 0)]);
    // Whoever reads lines takes another number than whoever reads tokens.
    assert_eq!(found(b"5 %x 7\n0 obj"), [(5, 0, 0), (7, 0, 5)]);
    assert_eq!(found(b"(%) 7 %x\n0 obj"), [(7, 0, 4)]);
    assert_eq!(found(b"7 %x 0 obj"), []);
    assert_eq!(found(b"endobj 7 x\nobj"), []);
}

#[test]
fn ends_of_revisions() {
    let text = b"startxref\r\n17 \r\n%%EOF\r\nx startxref 5%%EOF\rstartxref\n6\nstartxref 7 %%EOF";
    let ends = Scan::of(text).ends;
    let found: Vec<_> = ends.iter().map(|end| (end.range.clone(), end.offset)).collect();
    let last = text.len();
    assert_eq!(found, [(0..23, 17), (25..42, 5), (54..last, 7)]);
}

/// Contents of the signatures found, with the object each stands in.
fn contents(bytes: &[u8]) -> Vec<(Option<u32>, Vec<u8>)> {
    let found = Scan::of(bytes).signature_dictionaries(100);
    assert!(found.is_whole);
    let each = found.list.into_iter().map(|found| {
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
    let first = Scan::of(&more).signature_dictionaries(3);
    assert_eq!((first.list.len(), first.list[0].id, first.is_whole), (3, Some(ObjectId::new(3)), false));
    assert!(Scan::of(&more).signature_dictionaries(4).is_whole);
}

#[test]
fn in_streams_too() {
    let inner = b"5 0 obj<</ByteRange[0 1 2 3]/Contents<DD>>>endobj";
    let file = Builder::minimal().stream(3, "", inner).table("");
    assert_eq!(contents(&file.bytes), [(Some(5), b"<DD>".to_vec())]);
}

#[test]
fn names_are_found_however_they_are_escaped() {
    let name = b"ByteRange";
    for mask in 0..1_u32 << name.len() {
        let written: String = (0..name.len())
            .map(|at| match (mask >> at & 1, at % 2) {
                (0, _) => char::from(name[at]).to_string(),
                (_, 0) => format!("#{:02x}", name[at]),
                _ => format!("#{:02X}", name[at]),
            })
            .collect();
        let text = format!("7 0 obj<</{written} 1/Contents<EE>>>endobj #42 /#42/{written}x");
        assert_eq!(contents(text.as_bytes()), [(Some(7), b"<EE>".to_vec())], "{written}");
    }
}

#[test]
fn a_search_that_was_given_up_says_so() {
    // A string without an end goes on to the end of the file, and so does each one within it.
    let last = b"\n10 0 obj<</ByteRange 1/Contents<FF>>>";
    let file = |names: usize| [&b"9 0 obj(/ByteRange ".repeat(names), &last[..]].concat();
    let few = Scan::of(&file(20)).signature_dictionaries(100);
    assert_eq!((few.list.len(), few.is_whole), (1, true));
    let many = file(10_000);
    let given_up = Scan::of(&many).signature_dictionaries(100);
    assert_eq!((given_up.list.len(), given_up.is_whole), (0, false));
}

#[test]
fn names_behind_a_dictionary_do_not_make_it_be_read_again() {
    let long = format!("9 0 obj<</A({})>> % ", "x".repeat(100_000));
    let last = b"\n10 0 obj<</ByteRange 1/Contents<FF>>>";
    let file = [long.as_bytes(), &b"/ByteRange ".repeat(100_000), last].concat();
    let found = Scan::of(&file).signature_dictionaries(100);
    assert_eq!((found.list.len(), found.is_whole), (1, true));
}
