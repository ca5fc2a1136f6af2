//! Files made to cost time or memory, or to lead astray.

use crate::tools::{Builder, explore, open, read_all};
use sealbridge_formats::pdf::scan::Scan;
use sealbridge_formats::pdf::{Limits, ObjectId, Pdf, PdfError};
use std::io::Write as _;
use std::time::{Duration, Instant};

/// Runs something that must not take long, even unoptimised and beside other work.
fn quickly<T>(what: impl FnOnce() -> T) -> T {
    let start = Instant::now();
    let result = what();
    assert!(start.elapsed() < Duration::from_secs(20), "{:?}", start.elapsed());
    result
}

#[test]
fn circles_end() {
    let file = Builder::minimal();
    let at = file.len();
    let itself = file.table(&format!("/Prev {at}"));
    assert!(matches!(open(&itself.bytes), Err(PdfError::Circle("Prev"))));
    let file = Builder::minimal();
    let at = file.len();
    let itself = file.table(&format!("/XRefStm {at}"));
    assert!(matches!(open(&itself.bytes), Err(PdfError::Xref { .. })));
    // A length that is the length of its own stream, and filters and lengths in their own object stream.
    let file = Builder::minimal();
    let at = file.at();
    let stream = b"<</Type/ObjStm/N 2/First 10/Length 10 0 R/Filter 11 0 R/Extends 5 0 R>>stream\n10 0 11 3 99 /X\nendstream";
    let file = file.object(5, stream);
    let file =
        file.xref_stream(&[(1, 1, 9, 0), (5, 1, at, 0), (10, 2, 5, 0), (11, 2, 5, 1), (12, 2, 5, 2)], "");
    let pdf = open(&file.bytes).unwrap();
    quickly(|| assert!(pdf.object(ObjectId::new(12)).is_err()));
    let file = Builder::minimal();
    let at = file.at();
    let file = file.stream(5, "/Type/ObjStm/N 1/First 5/Extends 5 0 R", b"10 0 7");
    let file = file.xref_stream(&[(1, 1, 9, 0), (5, 1, at, 0), (12, 2, 5, 0)], "");
    let pdf = open(&file.bytes).unwrap();
    assert_eq!(pdf.object(ObjectId::new(12)), Err(PdfError::Circle("Extends")));
}

#[test]
fn claims_are_not_believed() {
    let with = |table: &str| format!("%PDF-1.4\n{table}\nstartxref\n9\n%%EOF").into_bytes();
    for table in [
        "xref\n0 4294967295\n0000000000 65535 f \ntrailer<</Root 1 0 R>>",
        "xref\n4294967295 2\n0000000000 65535 f \ntrailer<</Root 1 0 R>>",
        "xref\n0 3999999\n0000000000 65535 f \ntrailer<</Root 1 0 R>>",
        "xref\n4000001 1\n0000000000 00000 n \ntrailer<</Root 1 0 R>>",
        "xref\n0 1\n9999999999 99999 n \ntrailer<</Root 1 0 R>>",
        "xref\n0 1\ntrailer<</Root 1 0 R>>",
        "xref\n",
        "1 0 obj<</Type/XRef/Size 4000000000/W[1 1 1]/Root 1 0 R/Length 3>>stream\n\0\0\0\nendstream endobj",
        "1 0 obj<</Type/XRef/Size 1/W[0 0 0]/Root 1 0 R/Length 3>>stream\n\0\0\0\nendstream endobj",
        "1 0 obj<</Type/XRef/Size 1/W[9 1 1]/Root 1 0 R/Length 3>>stream\n\0\0\0\nendstream endobj",
        "1 0 obj<</Type/XRef/Size 1/W[1 1 1]/Index[4294967295 9]/Length 3>>stream\n\0\0\0\nendstream endobj",
        "1 0 obj<</Type/XRef/Size 1/W[1 1 1]/Index[1]/Length 3>>stream\n\0\0\0\nendstream endobj",
    ] {
        let bytes = with(table);
        let error = quickly(|| open(&bytes).err());
        assert!(
            matches!(error, Some(PdfError::Xref { .. } | PdfError::Limit(_) | PdfError::Syntax { .. })),
            "{table}: {error:?}"
        );
        explore(&bytes, &Limits::default());
    }
}

#[test]
fn bombs_are_refused() {
    let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::fast());
    (0..32).for_each(|_| encoder.write_all(&vec![0; 1 << 20]).unwrap());
    let bomb = encoder.finish().unwrap();
    let file = Builder::minimal().stream(3, "/Filter/FlateDecode", &bomb).table("");
    let limits = Limits { stream_len: 8 << 20, ..Limits::default() };
    let pdf = Pdf::open(&file.bytes, &limits).unwrap();
    assert!(matches!(read_all(&pdf)[..], [(ObjectId { number: 3, .. }, _)]));
}

#[test]
fn overlapping_objects_do_not_cost_the_square() {
    // Each string holds all the objects behind it.
    let count = 3_000_u32;
    let mut file = Builder::minimal();
    for number in 3..count {
        file = file.raw(number, format!("{number} 0 obj(").as_bytes());
    }
    file.bytes.extend(b")".repeat(count as usize));
    let file = file.table("");
    let pdf = open(&file.bytes).unwrap();
    let errors = quickly(|| read_all(&pdf));
    assert!(errors.iter().any(|(_, error)| error.contains("limit")), "{}", errors.len());
    quickly(|| explore(&file.bytes, &Limits::default()));
    // Streams without an end, one in another.
    let mut file = Builder::minimal();
    for number in 3..count {
        file = file.raw(number, format!("{number} 0 obj<<>>stream\n").as_bytes());
    }
    let file = file.table("");
    quickly(|| explore(&file.bytes, &Limits::default()));
}

#[test]
fn repeated_beginnings_do_not_cost_the_square() {
    for piece in [
        "trailer<</A(",
        "1 0 obj<</ByteRange(",
        "/ByteRange ",
        "<</ByteRange<<",
        "/XRef 1 0 obj(",
        "startxref ",
        "1 0 obj/ObjStm(",
    ] {
        let bytes = [b"%PDF-1.4\n".as_slice(), piece.repeat(30_000 / piece.len()).as_bytes()].concat();
        quickly(|| explore(&bytes, &Limits::default()));
    }
    let ends = Scan::of(&b"startxref 1 %%EOF ".repeat(1000)).ends;
    assert_eq!(ends.len(), 1000);
}

#[test]
fn bounds_are_kept() {
    let file = Builder::minimal().object(3, "3").table("");
    let limits = |change: fn(&mut Limits)| {
        let mut limits = Limits::default();
        change(&mut limits);
        limits
    };
    let small = limits(|limits| limits.file_len = 10);
    assert!(matches!(Pdf::open(&file.bytes, &small), Err(PdfError::Limit(_))));
    let few = limits(|limits| limits.objects = 2);
    assert!(matches!(Pdf::open(&file.bytes, &few), Err(PdfError::Limit(_))));
    let mut file = Builder::minimal().table("");
    for _ in 0..5 {
        let prev = String::from_utf8_lossy(&file.bytes).rfind("\nxref\n").unwrap() + 1;
        file = file.object(3, "3").table(&format!("/Prev {prev}"));
    }
    assert_eq!(open(&file.bytes).unwrap().sections().len(), 6);
    let few = limits(|limits| limits.sections = 5);
    assert!(matches!(Pdf::open(&file.bytes, &few), Err(PdfError::Limit(_))));
}
