#![no_main]

use formats::xml::{Document, Edit, Limits};

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let _ = Document::parse_without(data, &Limits::default(), "Content");
    let Ok(tree) = Document::parse(data, &Limits::default()) else { return };
    let Ok(mut edit) = Edit::new(data, &tree) else { return };
    for element in tree.elements() {
        assert!(data[element.range()].starts_with(b"<") && data[element.range()].ends_with(b">"));
        assert!(element.content_range().end <= element.range().end);
    }
    // What is put in is there afterwards, and well-formed.
    edit.append_inside(tree.root(), "<x9/>");
    let edited = edit.apply().expect("one edit fits");
    let again = Document::parse(&edited, &Limits { depth: 65, ..Limits::default() });
    assert_eq!(
        again.expect("still well-formed").root().children().last().map(|last| last.name()),
        Some("x9")
    );
});
