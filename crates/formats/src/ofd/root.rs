//! `OFD.xml`, the way into a package (GB/T 33190-2016 §7.4).

use super::ROOT_FILE;
use super::error::OfdError;
use super::fact::{Fact, Facts, cut};
use super::letter::Letter;
use super::loc::Location;
use super::package::Package;
use super::schema;
use super::xmlfile::XmlFile;
use crate::xml::Element;
use std::collections::HashSet;

/// One document of the package (DocBody). A package may hold several.
#[derive(Debug, Clone)]
pub struct DocBody {
    /// Position in `OFD.xml`.
    pub index: usize,
    /// DocInfo/DocID.
    pub doc_id: Option<String>,
    /// DocInfo/Title.
    pub title: Option<String>,
    /// DocInfo/Cover: a picture shown before the document is opened.
    pub cover: Option<Location>,
    /// The document's root file.
    pub doc_root: Option<Location>,
    /// The list of signatures.
    pub signatures: Option<Location>,
    /// Earlier and later versions of the document (§19).
    pub versions: Vec<VersionRef>,
    /// What it tells of the document's content: keywords and custom data.
    pub told: Vec<Told>,
}

/// A keyword, or a piece of custom data (§7.4).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// The name of custom data; `Keyword` for a keyword.
    pub name: String,
    /// The text.
    pub value: String,
}

impl DocBody {
    /// A document of which nothing is known but its list of signatures.
    pub(super) fn of_list(index: usize, list: Location) -> Self {
        let signatures = Some(list);
        Self {
            index,
            doc_id: None,
            title: None,
            cover: None,
            doc_root: None,
            signatures,
            versions: Vec::new(),
            told: Vec::new(),
        }
    }
}

/// A version of a document (§19).
#[derive(Debug, Clone)]
pub struct VersionRef {
    /// Its id.
    pub id: Option<String>,
    /// Whether it is marked as the one to show.
    pub is_current: bool,
    /// The file that describes it.
    pub location: Location,
}

/// What `OFD.xml` holds.
#[derive(Debug, Clone, Default)]
pub(super) struct Root {
    pub version: Option<String>,
    pub doc_type: Option<String>,
    pub bodies: Vec<DocBody>,
    pub facts: Vec<Fact>,
}

/// Reads `OFD.xml`.
pub(super) fn read(package: &Package<'_>) -> Result<Root, OfdError> {
    let mut facts = Facts::default();
    let path = if package.archive().find(ROOT_FILE).is_some() {
        ROOT_FILE
    } else {
        let found = package.archive().find_ignoring_case(ROOT_FILE);
        found.ok_or_else(|| OfdError::MissingFile { file: ROOT_FILE.to_owned() })?.path()
    };
    let file = XmlFile::read(package, path, "OFD", "", &mut facts)?;
    let mut bodies = Vec::new();
    for (index, body) in file.root().children_named("DocBody").enumerate() {
        file.at_most(index + 1, package.limits().bodies, "documents")?;
        bodies.push(read_body(&file, index, body, &mut facts)?);
    }
    if bodies.is_empty() {
        return Err(file.missing("DocBody"));
    }
    Letter::of(path, &mut facts).documents(&bodies);
    schema::note(&file, &schema::ENTRY, &mut facts);
    let attribute = |name| file.root().attribute(name).map(str::to_owned);
    Ok(Root {
        version: attribute("Version"),
        doc_type: attribute("DocType"),
        bodies,
        facts: package.keep_facts(facts),
    })
}

fn read_body(
    file: &XmlFile<'_, '_>,
    index: usize,
    body: Element<'_>,
    facts: &mut Facts,
) -> Result<DocBody, OfdError> {
    let info = file.single(body, "DocInfo", facts);
    let info_text = |name| info.and_then(|info| info.child_text(name)).map(str::to_owned);
    let cover = info.and_then(|info| file.single_loc(info, "Cover", facts));
    let mut versions = Vec::new();
    if let Some(list) = file.single(body, "Versions", facts) {
        let mut seen = HashSet::new();
        for version in list.children_named("Version") {
            file.at_most(versions.len() + 1, file.package.limits().pages, "versions")?;
            let id = version.attribute("ID").unwrap_or_default().trim();
            if !id.is_empty() && !seen.insert(id) {
                facts.push(Fact::RepeatedId { file: file.path.clone(), id: cut(id) });
            }
            let written = version.attribute("BaseLoc").unwrap_or_default();
            versions.push(VersionRef {
                id: version.attribute("ID").map(str::to_owned),
                is_current: matches!(version.attribute("Current"), Some("true" | "1")),
                location: file.locate(written, facts),
            });
        }
    }
    Ok(DocBody {
        index,
        doc_id: info_text("DocID"),
        title: info_text("Title"),
        cover,
        doc_root: file.single_loc(body, "DocRoot", facts),
        signatures: file.single_loc(body, "Signatures", facts),
        versions,
        told: info.map_or_else(|| Ok(Vec::new()), |info| told(file, info))?,
    })
}

/// Keywords and custom data, wherever several lists of them stand.
fn told(file: &XmlFile<'_, '_>, info: Element<'_>) -> Result<Vec<Told>, OfdError> {
    let mut found = Vec::new();
    for (list, item) in [("Keywords", "Keyword"), ("CustomDatas", "CustomData")] {
        for element in info.children_named(list).flat_map(|list| list.children_named(item)) {
            let name = element.attribute("Name").unwrap_or(item).to_owned();
            let value = element.text().to_owned();
            file.package.take_room(&file.path, name.len() + value.len() + size_of::<Told>())?;
            found.push(Told { name, value });
        }
    }
    Ok(found)
}
