//! Pages: their edges and templates (GB/T 33190-2016 §7.7). What is drawn on them is not read.

use super::document::Document;
use super::error::OfdError;
use super::fact::{Fact, Facts};
use super::loc::Location;
use super::package::Package;
use super::values::{Id, Rect};
use super::xmlfile::XmlFile;
use crate::xml::Element;

/// The areas of a page, in millimetres. Positions on the page count from the corner of the physical box.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PageArea {
    /// The sheet.
    pub physical: Rect,
    /// The part that is shown, when it is named.
    pub application: Option<Rect>,
    /// The part that holds the text, when it is named.
    pub content: Option<Rect>,
}

/// Which file the area of a page comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum AreaSource {
    /// The page itself.
    Page,
    /// One of its templates.
    Template,
    /// The document's common data.
    Document,
}

/// A page, without its content.
#[derive(Debug, Clone)]
pub struct PageInfo {
    /// Its id.
    pub id: String,
    /// Path of its file.
    pub path: String,
    /// Its area, from the first place that names one; `None` when none does.
    pub area: Option<(PageArea, AreaSource)>,
    /// Ids of the templates it uses.
    pub templates: Vec<String>,
    /// Resource files of its own.
    pub resources: Vec<Location>,
    /// What is unusual about it.
    pub facts: Vec<Fact>,
}

/// Reads a page, and its templates as far as its area needs them.
pub(super) fn read(package: &Package<'_>, document: &Document, index: usize) -> Result<PageInfo, OfdError> {
    let page = document.pages.get(index).ok_or(OfdError::NoSuch { what: "page", index })?;
    let mut info = read_file(package, &page.id, &page.location.path)?;
    if info.area.is_some() {
        return Ok(info);
    }
    let mut by_id = document.templates_by_id();
    for id in &info.templates {
        // Each is looked at once, however often the page names it.
        let Some(template) = by_id.remove(&Id::of(id)) else { continue };
        // A template that cannot be read is reported where its coverage is looked at.
        let Ok(found) = read_file(package, &template.id, &template.location.path) else { continue };
        if let Some((area, _)) = found.area {
            info.area = Some((area, AreaSource::Template));
            return Ok(info);
        }
    }
    info.area = document.area.map(|area| (area, AreaSource::Document));
    Ok(info)
}

/// Reads the file of a page or of a template.
pub(super) fn read_file(package: &Package<'_>, id: &str, path: &str) -> Result<PageInfo, OfdError> {
    let mut facts = Facts::default();
    let file = XmlFile::read(package, path, "Page", "Content", &mut facts)?;
    let root = file.root();
    let area = area(&file, root, "Area", &mut facts).map(|area| (area, AreaSource::Page));
    let limit = package.limits().pages;
    let mut templates = Vec::new();
    for template in root.children_named("Template") {
        file.at_most(templates.len() + 1, limit, "templates")?;
        templates.push(template.attribute("TemplateID").unwrap_or_default().trim().to_owned());
    }
    let mut resources = Vec::new();
    for resource in root.children_named("PageRes") {
        file.at_most(resources.len() + 1, limit, "resource files")?;
        resources.push(file.locate(resource.text(), &mut facts));
    }
    Ok(PageInfo {
        id: id.to_owned(),
        path: path.to_owned(),
        area,
        templates,
        resources,
        facts: package.keep_facts(facts),
    })
}

/// The areas in the child `name` of `parent` (CT_PageArea).
pub(super) fn area(
    file: &XmlFile<'_, '_>,
    parent: Element<'_>,
    name: &'static str,
    facts: &mut Facts,
) -> Option<PageArea> {
    let area = file.single(parent, name, facts)?;
    let mut rect = |name: &'static str| {
        let text = file.single(area, name, facts)?.text();
        let rect = Rect::parse(text);
        if rect.is_none() {
            facts.push(Fact::bad_value(&file.path, name, text));
        }
        rect
    };
    let (physical, application, content) = (rect("PhysicalBox"), rect("ApplicationBox"), rect("ContentBox"));
    Some(PageArea { physical: physical?, application, content })
}
