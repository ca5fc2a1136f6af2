//! The words of a file, so that what is told elsewhere can be compared with them.

use super::error::OfdError;
use super::package::Package;
use crate::xml::Document;

/// Outermost elements of files whose words are shown: pages and templates, and annotations.
const SHOWN: [&str; 2] = ["Page", "PageAnnot"];

/// The texts of a file in their order: those of `TextCode` where it is a page or the annotations of one, else those of all
/// elements.
pub(super) fn read(package: &Package<'_>, path: &str) -> Result<Vec<String>, OfdError> {
    let bytes = package.read(path)?;
    let index = package.entry(path)?.index();
    if !matches!(package.budget().parsed(index), Some(Ok(_))) {
        package.take_xml(&bytes)?;
    }
    let tree = Document::parse(&bytes, &package.limits().xml);
    let tree = tree.map_err(|source| OfdError::Xml { file: path.to_owned(), source })?;
    let is_shown = SHOWN.contains(&tree.root().name());
    let words = tree.elements().filter(|element| !is_shown || element.name() == "TextCode");
    let words = words.map(|element| element.raw_text().to_owned());
    Ok(words.filter(|text| !text.trim().is_empty()).collect())
}
