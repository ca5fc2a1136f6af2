//! What the tests of PDF files share.

use sealbridge_formats::pdf::{Entry, Object, ObjectId, Pdf};
use std::path::PathBuf;

/// The folder with the samples: `$SEALBRIDGE_SHARED`, or `../shared` beside the workspace.
pub(crate) fn samples() -> Option<PathBuf> {
    let shared = std::env::var_os("SEALBRIDGE_SHARED").map_or_else(
        || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared")),
        PathBuf::from,
    );
    let folder = shared.join("samples/pdf");
    if folder.join("INDEX.md").is_file() {
        return Some(folder);
    }
    eprintln!("skipped: no samples in {}", folder.display());
    None
}

/// Every PDF in a folder and the folders in it.
pub(crate) fn files(folder: &std::path::Path) -> Vec<PathBuf> {
    let (mut folders, mut files) = (vec![folder.to_owned()], Vec::new());
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "pdf") {
                files.push(path);
            }
        }
    }
    files.sort();
    files
}

/// The identifier of an entry.
pub(crate) fn id(number: u32, entry: Entry) -> ObjectId {
    match entry {
        Entry::File { generation, .. } => ObjectId { number, generation },
        _ => ObjectId::new(number),
    }
}

/// Reads every object and every stream; what cannot be read is returned.
pub(crate) fn read_all(pdf: &Pdf<'_>) -> Vec<(ObjectId, String)> {
    let mut errors = Vec::new();
    for (number, entry) in pdf.numbers() {
        let id = id(number, entry);
        match pdf.object(id) {
            Err(error) => errors.push((id, error.to_string())),
            Ok(object) => {
                if let Object::Stream(stream) = &object.object
                    && let Err(error) = pdf.data(stream)
                {
                    errors.push((id, error.to_string()));
                }
            }
        }
    }
    errors
}

/// Builds files byte by byte.
pub(crate) struct Builder {
    pub(crate) bytes: Vec<u8>,
    /// Number and offset of what was put in since the last table.
    places: Vec<(u32, usize)>,
    /// One more than the largest number.
    size: u32,
}

impl Builder {
    pub(crate) fn new() -> Self {
        Self { bytes: b"%PDF-1.7\n".to_vec(), places: Vec::new(), size: 1 }
    }

    /// A file with a catalogue (1) and an empty page tree (2), its table still to be written.
    pub(crate) fn minimal() -> Self {
        Self::new().object(1, "<</Type/Catalog/Pages 2 0 R>>").object(2, "<</Type/Pages/Kids[]/Count 0>>")
    }

    /// An object.
    #[must_use]
    pub(crate) fn object(self, number: u32, body: impl AsRef<[u8]>) -> Self {
        self.raw(number, &[format!("{number} 0 obj\n").as_bytes(), body.as_ref(), b"\nendobj\n"].concat())
    }

    /// A stream with the right length.
    #[must_use]
    pub(crate) fn stream(self, number: u32, entries: &str, data: &[u8]) -> Self {
        let head = format!("<<{entries}/Length {}>>\nstream\n", data.len());
        self.object(number, [head.as_bytes(), data, b"\nendstream"].concat())
    }

    /// Bytes that count as an object.
    #[must_use]
    pub(crate) fn raw(mut self, number: u32, bytes: &[u8]) -> Self {
        self.places.push((number, self.bytes.len()));
        self.size = self.size.max(number + 1);
        self.bytes.extend_from_slice(bytes);
        self
    }

    /// A table of what was put in, and a trailer.
    #[must_use]
    pub(crate) fn table(mut self, trailer: &str) -> Self {
        let at = self.bytes.len();
        let at_first = !trailer.contains("/Prev");
        // As the standard has it, the first section begins with the free object 0.
        let mut text = String::from(if at_first { "xref\n0 1\n0000000000 65535 f\r\n" } else { "xref\n" });
        for (number, offset) in std::mem::take(&mut self.places) {
            text += format!("{number} 1\n{offset:010} 00000 n\r\n").as_str();
        }
        text += format!("trailer\n<</Root 1 0 R/Size {}{trailer}>>\nstartxref\n{at}\n%%EOF\n", self.size)
            .as_str();
        self.bytes.extend_from_slice(text.as_bytes());
        self
    }

    /// A cross-reference stream (number 90) with these entries in /W [1 4 2], and `startxref`.
    #[must_use]
    pub(crate) fn xref_stream(mut self, entries: &[(u32, u8, u32, u16)], more: &str) -> Self {
        self.places.clear();
        let at = self.bytes.len();
        let index: Vec<String> = entries.iter().map(|(number, ..)| format!("{number} 1 ")).collect();
        let index = index.concat();
        let mut data = Vec::new();
        for (_, kind, second, third) in entries {
            data.push(*kind);
            data.extend(second.to_be_bytes());
            data.extend(third.to_be_bytes());
        }
        let mut built =
            self.stream(90, &format!("/Type/XRef/Size 100/Root 1 0 R/W[1 4 2]/Index[{index}]{more}"), &data);
        built.places.clear();
        built.bytes.extend(format!("startxref\n{at}\n%%EOF\n").bytes());
        built
    }

    /// Where the next byte comes.
    pub(crate) fn len(&self) -> usize {
        self.bytes.len()
    }

    /// The same as a number of 32 bits.
    pub(crate) fn at(&self) -> u32 {
        u32::try_from(self.len()).unwrap()
    }
}

/// Opens with the usual bounds.
pub(crate) fn open(bytes: &[u8]) -> Result<Pdf<'_>, sealbridge_formats::pdf::PdfError> {
    Pdf::open(bytes, &sealbridge_formats::pdf::Limits::default())
}

/// Everything that reading offers; it must only not panic.
pub(crate) fn explore(bytes: &[u8], limits: &sealbridge_formats::pdf::Limits) {
    for pdf in [Pdf::open(bytes, limits), Pdf::reconstruct(bytes, limits)].into_iter().flatten() {
        read_all(&pdf);
        let orphans = pdf.form().and_then(|form| pdf.orphan_signature_fields(&form));
        let _ = (pdf.catalog(), pdf.pages(), orphans, pdf.find_text("a"), pdf.facts());
    }
    sealbridge_formats::pdf::scan::Scan::of(bytes).signature_dictionaries(100);
}
