//! Files that qpdf makes of one document, where it is installed: the same objects in every form.

use crate::tools::{Builder, read_all};
use sealbridge_formats::pdf::{Limits, Object, Pdf, SectionKind};
use std::process::Command;

/// A document with a page whose content is compressible.
fn document() -> Vec<u8> {
    let content = "BT /F1 12 Tf 72 720 Td (page) Tj ET\n".repeat(200);
    Builder::new()
        .object(1, "<</Type/Catalog/Pages 2 0 R/Names 6 0 R>>")
        .object(2, "<</Type/Pages/Kids[3 0 R]/Count 1>>")
        .object(3, "<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>")
        .stream(4, "", content.as_bytes())
        .object(5, "<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>")
        .object(6, "<</Note(text in a string)>>")
        .table("")
        .bytes
}

/// The content of the only page, and the text in the catalogue's dictionary.
fn read(bytes: &[u8]) -> (Vec<u8>, Vec<u8>) {
    let check = |pdf: Pdf<'_>| {
        assert_eq!(read_all(&pdf), []);
        let catalog = pdf.catalog().unwrap();
        let root = catalog.object.as_dictionary().unwrap();
        let pages = pdf.dictionary(root, b"Pages").unwrap().unwrap();
        let kids = pdf.get(&pages, b"Kids").unwrap().unwrap();
        let page = pdf.resolve(&kids.as_array().unwrap()[0]).unwrap().into_owned();
        let content = pdf.get(page.as_dictionary().unwrap(), b"Contents").unwrap().unwrap();
        let note = pdf.get(&pdf.dictionary(root, b"Names").unwrap().unwrap(), b"Note").unwrap();
        (
            pdf.data(content.as_stream().unwrap()).unwrap(),
            note.and_then(|note| note.as_string().map(<[u8]>::to_vec)).unwrap(),
        )
    };
    let opened = check(Pdf::open(bytes, &Limits::default()).unwrap());
    let rebuilt = check(Pdf::reconstruct(bytes, &Limits::default()).unwrap());
    assert_eq!(opened, rebuilt);
    opened
}

#[test]
fn every_form_of_qpdf_reads_the_same() {
    let folder = std::env::temp_dir().join(format!("sealbridge-qpdf-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let source = folder.join("source.pdf");
    let document = document();
    std::fs::write(&source, &document).unwrap();
    let forms: [&[&str]; 9] = [
        &["--object-streams=disable"],
        &["--object-streams=generate"],
        &["--linearize"],
        &["--linearize", "--object-streams=generate"],
        &["--qdf"],
        &["--allow-weak-crypto", "--encrypt", "", "owner", "128", "--use-aes=n", "--"],
        &["--allow-weak-crypto", "--encrypt", "", "owner", "128", "--use-aes=y", "--"],
        &["--encrypt", "", "owner", "256", "--"],
        &["--object-streams=generate", "--encrypt", "", "owner", "256", "--"],
    ];
    for form in forms {
        let target = folder.join("target.pdf");
        let Ok(status) = Command::new("qpdf").args(form).arg(&source).arg(&target).status() else {
            eprintln!("skipped: no qpdf here");
            break;
        };
        assert!(status.success(), "{form:?}");
        let bytes = std::fs::read(&target).unwrap();
        assert_eq!(read(&bytes), read(&document), "{form:?}");
        let pdf = Pdf::open(&bytes, &Limits::default()).unwrap();
        let streams = form.contains(&"--object-streams=generate");
        assert_eq!(pdf.sections()[0].kind == SectionKind::Stream, streams, "{form:?}");
        assert_eq!(pdf.is_encrypted(), form.contains(&"--encrypt"), "{form:?}");
        assert_eq!(pdf.facts(), [], "{form:?}");
        assert!(pdf.trailer().get(b"Root").and_then(Object::as_reference).is_some());
    }
    std::fs::remove_dir_all(&folder).unwrap();
}
