//! One XML file of a package while it is being read.

use super::NAMESPACE;
use super::error::OfdError;
use super::fact::{Fact, Facts, cut};
use super::letter::{ROOT_INSIDE, TEXT_IN_PIECES};
use super::loc::{self, Location};
use super::package::Package;
use super::vocabulary;
use crate::xml::{Document, Element};
use std::borrow::Cow;

/// A file with its tree.
pub(super) struct XmlFile<'p, 'a> {
    pub package: &'p Package<'a>,
    /// Path in the package.
    pub path: String,
    /// As stored.
    pub bytes: Cow<'a, [u8]>,
    pub tree: Document,
}

impl<'p, 'a> XmlFile<'p, 'a> {
    /// Reads the file at `path`, whose root element must be `root`; what is inside elements named `skipped` is
    /// not kept.
    pub(super) fn read(
        package: &'p Package<'a>,
        path: &str,
        root: &'static str,
        skipped: &str,
        facts: &mut Facts,
    ) -> Result<Self, OfdError> {
        let (index, budget) = (package.entry(path)?.index(), package.budget());
        let wrong_root = || OfdError::WrongRoot { file: path.to_owned(), expected: root };
        let broken = |source| OfdError::Xml { file: path.to_owned(), source };
        // What leads to a file may take it for many things; it is one.
        let known = budget.parsed(index).transpose().map_err(broken)?;
        if known.as_ref().is_some_and(|known| **known != *root) {
            return Err(wrong_root());
        }
        let bytes = package.read(path)?;
        if known.is_none() {
            package.take_xml(&bytes)?;
        }
        let tree = Document::parse_without(&bytes, &package.limits().xml, skipped);
        if known.is_none() {
            budget.keep_parsed(index, tree.as_ref().map(|tree| tree.root().name()));
        }
        let tree = tree.map_err(broken)?;
        if tree.root().name() != root {
            return Err(wrong_root());
        }
        let file = Self { package, path: path.to_owned(), bytes, tree };
        file.note_oddities(facts);
        Ok(file)
    }

    fn note_oddities(&self, facts: &mut Facts) {
        let file = || self.path.clone();
        facts.extend(self.tree.notes().iter().map(|note| Fact::Encoding { file: file(), note: *note }));
        let namespace = self.tree.root().namespace();
        if namespace != Some(NAMESPACE) {
            facts.push(Fact::Namespace { file: file(), found: namespace.map(cut) });
        }
        if let Some(foreign) = self.tree.elements().find(|element| element.namespace() != namespace) {
            facts.push(Fact::ForeignElement { file: file(), element: cut(foreign.name()) });
        }
        if let Some(found) = self.tree.elements().find(|element| self.is_of_a_document(*element)) {
            facts.push(Fact::letter(&self.path, ROOT_INSIDE, found.name()));
        }
        if let Some(found) = self.tree.prefixed_attributes().find(vocabulary::is_mistakable) {
            let attribute = cut(found.qualified);
            facts.push(Fact::PrefixedAttribute { file: file(), attribute });
        }
    }

    /// Whether this is how a document's root file names its pages, and stands in another file: there are readers that do not
    /// look at the name of the outermost element.
    fn is_of_a_document(&self, element: Element<'_>) -> bool {
        let names_pages = match element.name() {
            "CommonData" => true,
            "Page" => element.attributes().any(|(name, _)| name == "BaseLoc" || name.ends_with(":BaseLoc")),
            _ => false,
        };
        names_pages && self.root().name() != "Document"
    }

    pub(super) fn root(&self) -> Element<'_> {
        self.tree.root()
    }

    /// The only child of this name; if there are several, the first, which is noted.
    pub(super) fn single<'d>(
        &self,
        parent: Element<'d>,
        name: &'static str,
        facts: &mut Facts,
    ) -> Option<Element<'d>> {
        let mut children = parent.children_named(name);
        let first = children.next();
        if children.next().is_some() {
            facts.push(Fact::Repeated { file: self.path.clone(), element: name.to_owned() });
        }
        first
    }

    /// Where a path written in this file leads.
    pub(super) fn locate(&self, written: &str, facts: &mut Facts) -> Location {
        let folder = self.path.rsplit_once('/').map_or("", |(folder, _)| folder);
        loc::locate(self.package.archive(), &self.path, folder, written, facts)
    }

    /// Where the path in the text of the only child of this name leads.
    pub(super) fn single_loc(
        &self,
        parent: Element<'_>,
        name: &'static str,
        facts: &mut Facts,
    ) -> Option<Location> {
        let element = self.single(parent, name, facts)?;
        if !element.is_plain() {
            facts.push(Fact::letter(&self.path, TEXT_IN_PIECES, name));
        }
        Some(self.locate(element.text(), facts))
    }

    /// Refuses more than `limit` of something.
    pub(super) fn at_most(&self, count: usize, limit: usize, what: &'static str) -> Result<(), OfdError> {
        if count > limit {
            return Err(OfdError::TooMany { file: self.path.clone(), what, limit });
        }
        Ok(())
    }

    pub(super) fn missing(&self, what: &'static str) -> OfdError {
        OfdError::Missing { file: self.path.clone(), what }
    }
}
