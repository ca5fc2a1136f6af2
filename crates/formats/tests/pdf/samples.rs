//! PDF files of other makers.

use crate::tools::{files, read_all, samples};
use sealbridge_formats::pdf::scan::Scan;
use sealbridge_formats::pdf::{Limits, Pdf};

/// Each opens with every object readable, or is a file that was damaged on purpose.
#[test]
fn samples_open_and_can_be_reconstructed() {
    let Some(folder) = samples() else { return };
    let files = files(&folder);
    assert!(files.len() >= 40, "{}", files.len());
    for path in files {
        let bytes = std::fs::read(&path).unwrap();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let pdf = Pdf::open(&bytes, &Limits::default());
        eprintln!("{name}: {:?}", pdf.as_ref().map(|pdf| (pdf.sections().len(), read_all(pdf), pdf.facts())));
        if let Ok(pdf) = &pdf {
            // The newest revision of one file names no object at all.
            assert_eq!(pdf.catalog().is_ok(), !name.contains("xref_empty"), "{name}");
            // In one file a byte of a compressed stream was changed.
            assert_eq!(!read_all(pdf).is_empty(), name.contains("_byteflip"), "{name}");
        }
        let rebuilt =
            Pdf::reconstruct(&bytes, &Limits::default()).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert!(rebuilt.catalog().is_ok(), "{name}");
        let scan = Scan::of(&bytes);
        assert!(!scan.ends.is_empty(), "{name}");
        eprintln!("   {} signatures", scan.signature_dictionaries(100).list.len());
    }
}
