//! A document's root file (GB/T 33190-2016 §7.5).

use super::error::OfdError;
use super::fact::{Fact, Facts, cut};
use super::loc::Location;
use super::package::Package;
use super::page::{self, PageArea};
use super::root::DocBody;
use super::values::Id;
use super::xmlfile::XmlFile;
use std::collections::HashMap;

/// A document: its pages and everything its root file points to.
#[derive(Debug, Clone)]
pub struct Document {
    /// Path of the root file.
    pub path: String,
    /// CommonData/MaxUnitID: the largest id in use.
    pub max_unit_id: Option<u64>,
    /// CommonData/PageArea: the area of pages that name none.
    pub area: Option<PageArea>,
    /// CommonData/PublicRes: resources such as fonts and colours.
    pub public_res: Vec<Location>,
    /// CommonData/DocumentRes: resources such as pictures.
    pub document_res: Vec<Location>,
    /// CommonData/TemplatePage.
    pub templates: Vec<TemplateRef>,
    /// The pages in their order.
    pub pages: Vec<PageRef>,
    /// The list of annotations.
    pub annotations: Option<Location>,
    /// The list of attachments.
    pub attachments: Option<Location>,
    /// The list of custom tags.
    pub custom_tags: Option<Location>,
    /// The list of extensions.
    pub extensions: Option<Location>,
    /// What is unusual about the file.
    pub facts: Vec<Fact>,
}

impl Document {
    /// Where its pages, templates and resources are.
    pub(super) fn locations(&self) -> impl Iterator<Item = &Location> {
        let pages = self.pages.iter().map(|page| &page.location);
        let templates = self.templates.iter().map(|template| &template.location);
        pages.chain(templates).chain(&self.public_res).chain(&self.document_res)
    }

    /// The templates by their ids; of several with one id the first.
    pub(super) fn templates_by_id(&self) -> HashMap<Id, &TemplateRef> {
        let mut by_id = HashMap::with_capacity(self.templates.len());
        for template in &self.templates {
            by_id.entry(Id::of(&template.id)).or_insert(template);
        }
        by_id
    }
}

/// A page as its document names it.
#[derive(Debug, Clone)]
pub struct PageRef {
    /// Its id, to which stamps refer.
    pub id: String,
    /// Its file.
    pub location: Location,
}

/// A template page, drawn above or below the pages that use it.
#[derive(Debug, Clone)]
pub struct TemplateRef {
    /// Its id, to which pages refer.
    pub id: String,
    /// Its file.
    pub location: Location,
}

/// Reads the root file of a document.
pub(super) fn read(package: &Package<'_>, body: &DocBody) -> Result<Document, OfdError> {
    let missing = || OfdError::Missing { file: super::ROOT_FILE.to_owned(), what: "DocRoot" };
    let location = body.doc_root.as_ref().ok_or_else(missing)?;
    read_at(package, &location.path)
}

/// Reads the root file at `path`.
pub(super) fn read_at(package: &Package<'_>, path: &str) -> Result<Document, OfdError> {
    let mut facts = Facts::default();
    let file = XmlFile::read(package, path, "Document", "", &mut facts)?;
    let root = file.root();
    let common = file.single(root, "CommonData", &mut facts);
    let limit = package.limits().pages;
    let mut locations = |name: &'static str, what| -> Result<Vec<Location>, OfdError> {
        let mut found = Vec::new();
        for element in common.into_iter().flat_map(|common| common.children_named(name)) {
            file.at_most(found.len() + 1, limit, what)?;
            found.push(file.locate(element.text(), &mut facts));
        }
        Ok(found)
    };
    let public_res = locations("PublicRes", "resource files")?;
    let document_res = locations("DocumentRes", "resource files")?;
    let area = common.and_then(|common| page::area(&file, common, "PageArea", &mut facts));
    let mut templates = Vec::new();
    for template in common.into_iter().flat_map(|common| common.children_named("TemplatePage")) {
        file.at_most(templates.len() + 1, limit, "templates")?;
        let (id, location) = numbered(&file, template, &mut facts);
        templates.push(TemplateRef { id, location });
    }
    let mut pages = Vec::new();
    let list = file.single(root, "Pages", &mut facts).ok_or_else(|| file.missing("Pages"))?;
    for page in list.children_named("Page") {
        file.at_most(pages.len() + 1, limit, "pages")?;
        let (id, location) = numbered(&file, page, &mut facts);
        pages.push(PageRef { id, location });
    }
    note_repeated_ids(path, &pages, &mut facts);
    let max_unit_id = common.and_then(|common| common.child_text("MaxUnitID")).and_then(|id| id.parse().ok());
    let mut optional = |name| file.single_loc(root, name, &mut facts);
    let annotations = optional("Annotations");
    let attachments = optional("Attachments");
    let custom_tags = optional("CustomTags");
    let extensions = optional("Extensions");
    Ok(Document {
        path: path.to_owned(),
        max_unit_id,
        area,
        public_res,
        document_res,
        templates,
        pages,
        annotations,
        attachments,
        custom_tags,
        extensions,
        facts: package.keep_facts(facts),
    })
}

/// The id and the file of a page or template.
fn numbered(
    file: &XmlFile<'_, '_>,
    element: crate::xml::Element<'_>,
    facts: &mut Facts,
) -> (String, Location) {
    let id = element.attribute("ID").unwrap_or_default().trim().to_owned();
    (id, file.locate(element.attribute("BaseLoc").unwrap_or_default(), facts))
}

/// A stamp names its page by id: notes ids that name two.
fn note_repeated_ids(path: &str, pages: &[PageRef], facts: &mut Facts) {
    let mut seen = std::collections::HashSet::new();
    for page in pages {
        let id = page.id.parse::<u64>().map_or_else(|_| page.id.clone(), |id| id.to_string());
        if !seen.insert(id) {
            facts.push(Fact::RepeatedId { file: path.to_owned(), id: cut(&page.id) });
        }
    }
}
