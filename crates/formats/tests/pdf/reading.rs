//! Files as they are met in the field.

use crate::costs::last_startxref;
use crate::tools::{Builder, open, read_all};
use sealbridge_formats::pdf::{
    Entry, Fact, Limits, Name, Object, ObjectId, Pdf, PdfError, Place, SectionKind, StreamData,
};

fn integer(pdf: &Pdf<'_>, number: u32) -> Option<i64> {
    pdf.object(ObjectId::new(number)).ok()?.object.as_integer()
}

#[test]
fn the_newest_revision_counts_and_prefixes_are_the_older_ones() {
    let first = Builder::minimal().object(3, "33").table("");
    let end = first.len();
    let prev = String::from_utf8_lossy(&first.bytes).find("xref\n").unwrap();
    let second = first.object(3, "44").object(4, "5").table(&format!("/Prev {prev}"));
    let pdf = open(&second.bytes).unwrap();
    assert_eq!((integer(&pdf, 3), integer(&pdf, 4)), (Some(44), Some(5)));
    assert_eq!(pdf.sections().len(), 2);
    assert_eq!(pdf.sections()[0].prev, Some(prev));
    assert_eq!(pdf.numbers().iter().map(|(number, _)| *number).collect::<Vec<_>>(), [1, 2, 3, 4]);
    let old = open(&second.bytes[..end]).unwrap();
    assert_eq!((integer(&old, 3), integer(&old, 4)), (Some(33), None));
    assert_eq!(old.object(ObjectId::new(4)), Err(PdfError::MissingObject(ObjectId::new(4))));
    let same = Pdf::open_at(&second.bytes, &Limits::default(), prev).unwrap();
    assert_eq!(integer(&same, 3), Some(33));
    assert_eq!(pdf.facts(), []);
}

#[test]
fn an_object_knows_where_it_stands() {
    let file = Builder::minimal().object(3, "<</Contents <3031>>>").table("");
    let pdf = open(&file.bytes).unwrap();
    let object = pdf.object(ObjectId::new(3)).unwrap();
    let Place::File(range) = &object.place else { panic!("{object:?}") };
    assert_eq!(&file.bytes[range.clone()], b"3 0 obj\n<</Contents <3031>>>\nendobj");
    let dictionary = object.object.as_dictionary().unwrap();
    assert_eq!(&file.bytes[dictionary.entry(b"Contents").unwrap().span.clone()], b"<3031>");
}

#[test]
fn cross_reference_streams_and_object_streams() {
    let file = Builder::minimal();
    let (catalog, pages) = (9, file.bytes.windows(7).position(|bytes| bytes == b"2 0 obj").unwrap());
    let five = file.at();
    let file = file.stream(5, "/Type/ObjStm/N 2/First 10", b"10 0 11 3 77 <</A 10 0 R>>");
    let entries = [
        (0, 0, 0, 65535),
        (1, 1, catalog, 0),
        (2, 1, u32::try_from(pages).unwrap(), 0),
        (5, 1, five, 0),
        (10, 2, 5, 0),
        (11, 2, 5, 1),
        (12, 7, 1, 1),
    ];
    let file = file.xref_stream(&entries, "");
    let pdf = open(&file.bytes).unwrap();
    assert_eq!(pdf.sections()[0].kind, SectionKind::Stream);
    assert_eq!(integer(&pdf, 10), Some(77));
    let object = pdf.object(ObjectId::new(11)).unwrap();
    assert_eq!(object.place, Place::InStream { container: 5, index: 1 });
    let dictionary = object.object.as_dictionary().unwrap();
    assert_eq!(pdf.get(dictionary, b"A").unwrap(), Some(Object::Integer(77)));
    assert_eq!(pdf.entry(12), Some(Entry::Free), "an unknown type is a reference to nothing");
    let section = pdf.sections()[0].offset;
    assert_eq!(pdf.facts(), [Fact::UnknownEntry { section, number: 12 }]);
    assert_eq!(read_all(&pdf), []);
}

#[test]
fn a_cross_reference_stream_without_its_type_is_read_and_told() {
    let file = Builder::minimal().table("");
    let (prev, at) = (last_startxref(&file.bytes), file.bytes.len());
    let update = |entries: &str| {
        let data = format!("{at:08x}00>");
        let entries =
            format!("{entries}/W[0 4 1]/Index[9 1]/Size 200/Root 1 0 R/Prev {prev}/Filter/ASCIIHexDecode");
        let object = "9 0 obj\n77\nendobj\n";
        let section = at + object.len();
        let stream = format!("10 0 obj <<{entries}/Length {}>>stream\n{data}\nendstream\n", data.len());
        let end = format!("startxref\n{section}\n%%EOF\n");
        [&file.bytes[..], object.as_bytes(), stream.as_bytes(), end.as_bytes()].concat()
    };
    let bytes = update("");
    let pdf = open(&bytes).unwrap();
    assert_eq!(integer(&pdf, 9), Some(77));
    let section = pdf.sections()[0].offset;
    assert_eq!(pdf.facts(), [Fact::MissingEndobj(ObjectId::new(10)), Fact::UntypedSection(section)]);
    assert!(open(&update("/Type/ObjStm")).is_err(), "another type is none of them");
}

#[test]
fn an_object_elsewhere_in_its_stream_is_found_and_told() {
    let file = Builder::minimal();
    let at = file.at();
    let file = file.stream(5, "/Type/ObjStm/N 1/First 5/Extends 6 0 R", b"10 0 7");
    let six = file.at();
    let file = file.stream(6, "/Type/ObjStm/N 2/First 10", b"20 0 21 2 8 9");
    let file = file.xref_stream(
        &[(1, 1, 9, 0), (5, 1, at, 0), (6, 1, six, 0), (10, 2, 5, 3), (21, 2, 5, 1), (22, 2, 5, 0)],
        "",
    );
    let pdf = open(&file.bytes).unwrap();
    assert_eq!(integer(&pdf, 10), Some(7));
    assert_eq!(pdf.facts(), [Fact::OddObjectStream { number: 10, container: 5 }]);
    let extended = pdf.object(ObjectId::new(21)).unwrap();
    assert_eq!(extended.place, Place::InStream { container: 6, index: 1 });
    assert_eq!(pdf.object(ObjectId::new(22)), Err(PdfError::MissingObject(ObjectId::new(22))));
}

#[test]
fn a_hybrid_file_shows_what_its_table_hides() {
    let file = Builder::minimal();
    let five = file.at();
    let file = file.stream(5, "/Type/ObjStm/N 1/First 5", b"10 0 7");
    let stream = file.at();
    let mut file = file.xref_stream(&[(5, 1, five, 0), (10, 2, 5, 0), (1, 0, 0, 0)], "");
    let table = file.len();
    file.bytes.extend(format!("xref\n0 2\n0000000010 65535 f \n0000000009 00000 n \n10 1\n0000000000 65535 f \ntrailer\n<</Root 1 0 R/Size 11/XRefStm {stream}>>\nstartxref\n{table}\n%%EOF").bytes());
    let pdf = open(&file.bytes).unwrap();
    assert_eq!(pdf.sections()[0].kind, SectionKind::Hybrid);
    assert_eq!(integer(&pdf, 10), Some(7));
    assert!(pdf.catalog().is_ok(), "what the table has in use counts");
    assert_eq!(pdf.facts(), []);
}

#[test]
fn odd_tables_are_read_and_told() {
    let body = "1 0 obj<</Type/Catalog>>endobj\n2 0 obj 5 endobj\n";
    let at = 9 + body.len();
    let tail = format!("trailer<</Root 1 0 R/Size 3>>\nstartxref {at}\n%%EOF");
    let two = 9 + "1 0 obj<</Type/Catalog>>endobj\n".len();
    let tables = [
        format!("xref\n0 3\n0000000000 65535 f\n0000000009 00000 n\n{two:010} 00000 n\n"),
        format!("xref 0 3 0 65535 f 9 0 n {two} 0 n "),
        format!("xref\r\n0  3 \r\n0000000000 65535 f \r\n0000000009 00000 n \r\n{two:010} 00000 n \r\n"),
    ];
    for table in tables {
        let file = format!("%PDF-1.4\n{body}{table}{tail}");
        let pdf = open(file.as_bytes()).unwrap();
        assert_eq!(pdf.facts(), [Fact::OddTable(at)]);
        assert_eq!(integer(&pdf, 2), Some(5), "{table}");
    }
    let doubled = format!("xref\n1 1\n0000000009 00000 n \n1 2\n{two:010} 00000 n \n{two:010} 00000 n \n");
    let file = format!("%PDF-1.4\n{body}{doubled}{}", tail.replace("Size 3", "Size 2"));
    let pdf = open(file.as_bytes()).unwrap();
    assert_eq!(pdf.sections()[0].doubled, None);
    let doubled = Fact::DoubledEntry { section: at, number: 1 };
    assert_eq!(pdf.facts(), [doubled, Fact::BeyondSize { section: at, number: 2 }]);
    assert!(pdf.catalog().is_ok());
}

#[test]
fn a_key_that_stands_twice_in_a_trailer_is_told() {
    for (trailer, key) in [("/Root 9 0 R", "Root"), ("/X<</A 1/A 2>>", "A")] {
        let file = Builder::minimal().table(trailer);
        let pdf = open(&file.bytes).unwrap();
        let key = Name::new(key);
        assert_eq!(pdf.sections()[0].doubled, Some(key.clone()));
        let section = pdf.sections()[0].offset;
        assert!(pdf.facts().contains(&Fact::DoubledTrailerKey { section, key }));
    }
}

#[test]
fn a_header_further_on_moves_all_offsets() {
    let file = Builder::minimal().object(3, "33").table("");
    let moved = [b"some mail header\r\n", file.bytes.as_slice()].concat();
    let pdf = open(&moved).unwrap();
    assert_eq!((integer(&pdf, 3), pdf.header_offset()), (Some(33), 18));
    assert_eq!(pdf.facts(), [Fact::BytesBeforeHeader(18)]);
    assert!(moved[pdf.sections()[0].offset..].starts_with(b"xref"));
    let far = [vec![b' '; 1020], file.bytes].concat();
    assert!(matches!(open(&far), Err(PdfError::NotPdf)));
}

#[test]
fn startxref_is_followed_to_the_letter() {
    let file = Builder::minimal().table("");
    let at = file.bytes.windows(5).position(|bytes| bytes == b"xref\n").unwrap();
    let with = |offset: String| {
        let text = String::from_utf8(file.bytes.clone()).unwrap();
        text.replace(&format!("startxref\n{at}"), &format!("startxref\n{offset}")).into_bytes()
    };
    let before = with((at - 1).to_string());
    assert_eq!(open(&before).unwrap().facts(), [Fact::SpaceBeforeSection(at - 1)]);
    for offset in [at - 2, at + 1, 0, 999_999] {
        let wrong = with(offset.to_string());
        assert!(matches!(open(&wrong), Err(PdfError::Xref { .. })), "{offset}");
        let repaired = Pdf::reconstruct(&wrong, &Limits::default()).unwrap();
        assert!(repaired.is_reconstructed() && repaired.catalog().is_ok());
    }
    assert!(matches!(open(&with("99999999999999999999".to_owned())), Err(PdfError::Xref { .. })));
    let padded = [file.bytes.as_slice(), &[b'\n'; 2000]].concat();
    assert!(matches!(open(&padded).unwrap().facts()[..], [Fact::FarStartxref(_)]));
}

#[test]
fn streams_end_where_their_length_says_or_at_endstream() {
    let stream = |text: &str| format!("3 0 obj\n{text}\nendobj\n").into_bytes();
    let odd = Fact::OddStream(ObjectId::new(3));
    let wrong = Fact::WrongLength(ObjectId::new(3));
    let cases = [
        ("<</Length 3>>stream\r\nabc\r\nendstream", vec![]),
        ("<</Length 4 0 R>>stream\nabc\nendstream", vec![]),
        ("<</Length 3>>stream\rabc\nendstream", vec![odd.clone()]),
        ("<</Length 3>>stream \nabc\nendstream", vec![odd.clone()]),
        ("<</Length 3>>stream\nabc", vec![odd]),
        ("<</Length 2>>stream\nabc\nendstream", vec![wrong.clone()]),
        ("<</Length 99999>>stream\nabc\r\nendstream", vec![wrong.clone()]),
        ("<</Length -1>>stream\nabcendstream", vec![wrong.clone()]),
        ("<<>>stream\nabc\nendstream", vec![wrong.clone()]),
        ("<</Length 3 0 R>>stream\nabc\nendstream", vec![wrong]),
    ];
    for (text, facts) in cases {
        let file = Builder::minimal().raw(3, &stream(text)).object(4, "3").table("");
        let pdf = open(&file.bytes).unwrap();
        let object = pdf.object(ObjectId::new(3)).unwrap();
        let stream = object.object.as_stream().unwrap();
        assert_eq!(pdf.data(stream).unwrap(), b"abc", "{text}");
        assert_eq!(pdf.facts(), facts, "{text}");
        assert!(matches!(&stream.data, StreamData::File { owner, .. } if owner.number == 3));
    }
}

#[test]
fn a_missing_endobj_and_an_empty_object_are_told() {
    let file = Builder::minimal().raw(3, b"3 0 obj 7\n").raw(4, b"4 0 obj endobj\n").table("");
    let pdf = open(&file.bytes).unwrap();
    assert_eq!(integer(&pdf, 3), Some(7));
    assert_eq!(pdf.object(ObjectId::new(4)).unwrap().object, Object::Null);
    let [missing, empty] = pdf.facts().try_into().unwrap();
    assert_eq!(missing, Fact::MissingEndobj(ObjectId::new(3)));
    assert!(matches!(empty, Fact::OddSyntax { object: ObjectId { number: 4, .. }, .. }));
}

#[test]
fn references_lead_to_nothing_or_to_an_error() {
    let file = Builder::minimal()
        .object(3, "[1 0 R 50 0 R 1 1 R 4 0 R 6 0 R]")
        .object(4, "5 0 R")
        .object(5, "4 0 R")
        .raw(6, b"60 0 obj 1 endobj\n")
        .table("");
    let pdf = open(&file.bytes).unwrap();
    let list = pdf.object(ObjectId::new(3)).unwrap();
    let resolved: Vec<_> = list.object.as_array().unwrap().iter().map(|item| pdf.resolve(item)).collect();
    assert!(resolved[0].as_ref().unwrap().as_dictionary().is_some());
    assert_eq!(*resolved[1].as_ref().unwrap().as_ref(), Object::Null);
    assert_eq!(*resolved[2].as_ref().unwrap().as_ref(), Object::Null);
    assert!(matches!(resolved[3], Err(PdfError::Circle(_))));
    assert_eq!(resolved[4], Err(PdfError::MissingObject(ObjectId::new(6))), "another object stands there");
}

#[test]
fn reconstruction_takes_the_last_of_everything() {
    let file = Builder::minimal().object(3, "33").table("");
    let more = [
        file.bytes.as_slice(),
        b"3 0 obj 44 endobj 7 0 obj<</Type/ObjStm/N 2/First 8/Length 13>>stream\n10 0 3 3 77 55\nendstream endobj",
    ]
    .concat();
    assert_eq!(integer(&open(&more).unwrap(), 3), Some(33));
    let rebuilt = Pdf::reconstruct(&more, &Limits::default()).unwrap();
    assert_eq!((integer(&rebuilt, 3), integer(&rebuilt, 10)), (Some(55), Some(77)));
    // Without a trailer the last catalogue counts.
    let bare = b"%PDF-1.4\n1 0 obj<</Type/Catalog/A 1>>endobj 2 0 obj<</Type/Catalog/A 2>>endobj";
    let rebuilt = Pdf::reconstruct(bare, &Limits::default()).unwrap();
    assert_eq!(rebuilt.catalog().unwrap().id, ObjectId::new(2));
    assert!(matches!(
        Pdf::reconstruct(b"%PDF-1.4\n1 0 obj 1 endobj", &Limits::default()),
        Err(PdfError::Unexpected(_))
    ));
}
