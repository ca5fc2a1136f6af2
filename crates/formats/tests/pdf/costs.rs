//! What a file may cost is bounded by its length: entries, values, decoded bytes, and all of it together over every
//! revision that is opened. Counted here is what is done, not how long it takes.

use std::io::Write as _;

use sealbridge_formats::pdf::{Limits, Object, ObjectId, Pdf, PdfError, Source, Stream, StreamData};

use crate::tools::{Builder, read_all};

const WORK: PdfError = PdfError::Limit("work on the whole document");

fn deflated(data: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(data).unwrap();
    encoder.finish().unwrap()
}

/// A cross-reference stream of free entries, numbers 1000 and on, behind what is there.
fn free_entries(mut file: Builder, object: u32, count: usize) -> Builder {
    let (at, prev) = (file.len(), last_startxref(&file.bytes));
    let entries = format!(
        "/Type/XRef/W[1 2 1]/Index[1000 {count}]/Size {}/Root 1 0 R/Prev {prev}/Filter/FlateDecode",
        1000 + count
    );
    file = file.stream(object, &entries, &deflated(&vec![0; 4 * count]));
    file.bytes.extend(format!("startxref\n{at}\n%%EOF\n").bytes());
    file
}

pub(crate) fn last_startxref(bytes: &[u8]) -> usize {
    let text = String::from_utf8_lossy(bytes);
    text.rsplit("startxref\n").next().unwrap().split('\n').next().unwrap().parse().unwrap()
}

/// A file with an object stream (10) that holds one object (11) of this text.
fn in_stream(text: &str) -> Vec<u8> {
    let packed = deflated(format!("11 0 {text}").as_bytes());
    let file = Builder::minimal();
    let at = file.at();
    let file = file.stream(10, "/Type/ObjStm/N 1/First 5/Filter/FlateDecode", &packed);
    let place = |wanted: &str| {
        let at = file.bytes.windows(wanted.len()).position(|window| window == wanted.as_bytes());
        u32::try_from(at.unwrap()).unwrap()
    };
    let (one, two) = (place("1 0 obj"), place("2 0 obj"));
    file.xref_stream(&[(1, 1, one, 0), (2, 1, two, 0), (10, 1, at, 0), (11, 2, 10, 0)], "").bytes
}

#[test]
fn entries_are_bounded_by_the_length_of_the_file() {
    let some = free_entries(Builder::minimal().table(""), 90, 60_000);
    let pdf = Pdf::open(&some.bytes, &Limits::default()).unwrap();
    assert_eq!(pdf.sections().iter().map(|section| section.entries.len()).sum::<usize>(), 60_003);
    let more = free_entries(some, 91, 60_000);
    assert!(more.bytes.len() < 4_000);
    assert_eq!(Pdf::open(&more.bytes, &Limits::default()).err(), Some(PdfError::Limit("objects")));
    // A file that is long enough may have them.
    let mut long = Builder::minimal();
    long.bytes.extend(format!("%{}\n", "x".repeat(120_000)).bytes());
    let long = free_entries(free_entries(long.table(""), 90, 60_000), 91, 60_000);
    assert_eq!(Pdf::open(&long.bytes, &Limits::default()).unwrap().sections().len(), 3);
    // So many objects in one stream are claimed.
    let mut claimed = in_stream("null");
    let at = claimed.windows(4).position(|window| window == b"/N 1").unwrap();
    claimed.splice(at..at + 4, *b"/N 99000");
    let pdf = Pdf::reconstruct(&claimed, &Limits::default()).unwrap();
    assert_eq!(pdf.numbers_in_stream(10), Err(PdfError::Limit("objects")));
}

#[test]
fn values_are_bounded_by_the_length_of_the_file() {
    let array = |count: usize| in_stream(&format!("[{}]", "7 ".repeat(count)));
    let object = |bytes: &[u8]| {
        let pdf = Pdf::open(bytes, &Limits::default()).unwrap();
        pdf.object(ObjectId::new(11)).map(|object| object.object.as_array().unwrap().len())
    };
    assert_eq!(object(&array(90_000)), Ok(90_000));
    assert_eq!(object(&array(150_000)), Err(PdfError::Limit("values in one object")));
}

#[test]
fn decoded_bytes_are_bounded_by_the_length_of_the_file() {
    let long = deflated(&vec![0; 28 << 20]);
    let file = Builder::minimal().stream(3, "/Filter/FlateDecode", &long).table("");
    let pdf = Pdf::open(&file.bytes, &Limits::default()).unwrap();
    let [(ObjectId { number: 3, .. }, error)] = &read_all(&pdf)[..] else { panic!() };
    assert!(error.contains("bytes of a decoded stream"), "{error}");
}

/// How often something can be done before the budget of the document ends.
fn until_spent(source: &Source<'_>, what: impl Fn() -> Result<(), PdfError>) -> usize {
    assert!(!source.is_spent());
    let count = (0..100_000).take_while(|_| what().is_ok()).count();
    assert!(source.is_spent());
    assert_eq!(what(), Err(WORK));
    assert_eq!(source.open(source.bytes().len()).err(), Some(WORK));
    count
}

#[test]
fn all_revisions_together_have_one_budget() {
    let file = free_entries(Builder::minimal().table(""), 90, 60_000);
    let source = Source::new(&file.bytes, &Limits::default());
    let opened = until_spent(&source, || source.open(file.bytes.len()).map(drop));
    assert!((100..1_000).contains(&opened), "{opened}");
}

#[test]
fn reading_the_same_again_uses_the_budget() {
    let bytes = in_stream(&format!("[{}]", "7 ".repeat(90_000)));
    let source = Source::new(&bytes, &Limits::default());
    let (one, other) = (source.open(bytes.len()).unwrap(), source.open(bytes.len()).unwrap());
    // Copies of what is kept count as well: both readers take from one budget.
    one.object(ObjectId::new(11)).unwrap();
    let read = until_spent(&source, || {
        one.read_object(ObjectId::new(11))?;
        other.read_object(ObjectId::new(11)).map(drop)
    });
    assert!((20..500).contains(&read), "{read}");
    let reference = Object::Reference(ObjectId::new(11));
    assert_eq!(one.resolve(&reference).err(), Some(WORK));
}

#[test]
fn decoding_the_same_again_uses_the_budget() {
    let long = deflated(&vec![0; 16 << 20]);
    let file = Builder::minimal().stream(3, "/Filter/FlateDecode", &long).table("");
    let source = Source::new(&file.bytes, &Limits::default());
    let streams = [source.open(file.bytes.len()).unwrap(), source.open(file.bytes.len()).unwrap()];
    let stream = |pdf: &Pdf<'_>| -> Stream {
        pdf.object(ObjectId::new(3)).unwrap().object.as_stream().cloned().unwrap()
    };
    let found = streams.each_ref().map(stream);
    assert!(matches!(found[0].data, StreamData::File { .. }));
    let mut decoded = 0;
    while !source.is_spent() {
        let at = decoded % 2;
        if streams[at].data(&found[at]).is_err() {
            break;
        }
        decoded += 1;
    }
    assert!(decoded < 64, "{decoded}");
    assert!(streams.iter().zip(&found).all(|(pdf, stream)| pdf.data(stream).is_err()));
}

/// Many objects, revised and opened many times.
#[test]
fn honest_revisions_stay_within_the_budget() {
    let mut file = Builder::minimal();
    for number in 3..1_000 {
        file = file.object(number, format!("<</A {number}/B[1 2 3 4 5 6 7 8]/C(some text)/D/Name/E 1 0 R>>"));
    }
    file = file.table("");
    let mut ends = vec![file.len()];
    for revision in 1..100 {
        let prev = last_startxref(&file.bytes);
        file = file.object(3 + revision, format!("<</A {revision}>>")).table(&format!("/Prev {prev}"));
        ends.push(file.len());
    }
    let source = Source::new(&file.bytes, &Limits::default());
    for end in ends {
        let pdf = source.open(end).unwrap();
        assert_eq!(read_all(&pdf), []);
    }
    assert!(!source.is_spent());
}

#[test]
fn revisions_share_the_sections_that_they_have_in_common() {
    let first = Builder::minimal().object(3, "3").table("");
    let end = first.len();
    let prev = last_startxref(&first.bytes);
    let file = first.object(3, "4").table(&format!("/Prev {prev}"));
    let source = Source::new(&file.bytes, &Limits::default());
    let (whole, before) = (source.open(file.len()).unwrap(), source.open(end).unwrap());
    let (whole, before) = (whole.sections(), before.sections());
    assert_eq!((whole.len(), before.len()), (2, 1));
    assert!(std::ptr::eq(&raw const *whole[1], &raw const *before[0]));
}

/// Opening a part beside the whole file finds what opening the part alone does, wherever it ends.
#[test]
fn a_part_is_read_as_if_the_file_ended_there() {
    // Sections whose reading depends on where the file ends: a stream without an end, one whose Length leads behind it, a
    // Prev that leads forward, a comment that is cut off.
    let plain = {
        let first = Builder::minimal().object(3, "3").table("");
        let prev = last_startxref(&first.bytes);
        free_entries(first.object(3, "4").table(&format!("/Prev {prev} % a comment\n")), 90, 5).bytes
    };
    let forward = {
        let file = Builder::minimal();
        let later = file.len() + 130;
        let mut file = file.table(&format!("/Prev {later:05}"));
        file.bytes.resize(later, b' ');
        file.bytes.extend_from_slice(b"xref\n5 1\n0000000009 00000 n\r\ntrailer\n<</Size 9/Root 1 0 R>>\n");
        file.bytes
    };
    let endless = {
        let mut file = Builder::minimal();
        let at = file.len();
        let body = "/Type/XRef/W[1 2 1]/Index[1 1]/Size 9/Root 1 0 R/Length";
        file.bytes.extend(format!("90 0 obj\n<<{body} 99>>stream\n\x01\0\x09\0\nendstream\n").bytes());
        file.bytes.extend(
            format!("startxref\n{at}\n%%EOF\n% a long comment behind it endstream\nendobj\n").bytes(),
        );
        file.bytes.extend(format!("{}endstream endobj\nstartxref\n{at}\n%%EOF\n", " ".repeat(60)).bytes());
        file.bytes
    };
    for bytes in [plain, forward, endless] {
        let source = Source::new(&bytes, &Limits::default());
        // The whole file fills what is kept first, then the parts in both directions.
        let _ = source.open(bytes.len());
        let mut opened = 0;
        for end in (0..bytes.len()).rev().chain(0..bytes.len()) {
            let told = |pdf: Pdf<'_>| {
                let sections: Vec<_> =
                    pdf.sections().iter().map(|one| (one.offset, one.prev, one.entries.clone())).collect();
                (sections, pdf.facts())
            };
            let beside = source.open(end).map(told);
            opened += usize::from(beside.is_ok());
            assert_eq!(beside, Pdf::open(&bytes[..end], &Limits::default()).map(told), "{end}");
        }
        assert!(opened > 0);
    }
}

/// Objects that unpack to more memory than a file of this length needs: each within its own bound, many of them.
#[test]
fn all_objects_together_are_bounded_by_the_length_of_the_file() {
    let count = 12_u32;
    let array = format!("[{}]", "7 ".repeat(90_000));
    let heads: Vec<String> = (0..count)
        .map(|index| format!("{} {} ", 11 + index, usize::try_from(index).unwrap() * array.len()))
        .collect();
    let heads = heads.concat();
    let packed = deflated(format!("{heads}{}", array.repeat(usize::try_from(count).unwrap())).as_bytes());
    let file = Builder::minimal();
    let at = file.at();
    let dictionary = format!("/Type/ObjStm/N {count}/First {}/Filter/FlateDecode", heads.len());
    let file = file.stream(10, &dictionary, &packed);
    let bytes = &file.bytes;
    let place = |wanted: &[u8]| bytes.windows(wanted.len()).position(|window| window == wanted).unwrap();
    let one = u32::try_from(place(b"1 0 obj")).unwrap();
    let mut entries = vec![(1, 1, one, 0), (10, 1, at, 0)];
    entries.extend((0..count).map(|index| (11 + index, 2, 10, u16::try_from(index).unwrap())));
    let file = file.xref_stream(&entries, "");
    let source = Source::new(&file.bytes, &Limits::default());
    let pdf = source.open(file.bytes.len()).unwrap();
    // The same one counts once.
    for _ in 0..10 {
        assert!(pdf.read_object(ObjectId::new(11)).is_ok());
    }
    let read = (11..11 + count).take_while(|number| pdf.object(ObjectId::new(*number)).is_ok()).count();
    assert!((2..8).contains(&read), "{read}");
    assert!(source.is_spent());
}
