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
