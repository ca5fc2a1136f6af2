//! Every file that a reader shows or follows from `OFD.xml`. A signature that does not cover one of these can
//! be made to say something else by changing it; see the shadow documents in the field.

use super::document::{self, Document, PageRef};
use super::error::OfdError;
use super::fact::{Fact, Facts, PathNote};
use super::loc::{self, Location};
use super::package::Package;
use super::page::{self, PageArea};
use super::root::DocBody;
use super::values::{Id, Rect};
use super::xmlfile::XmlFile;
use crate::xml::Element;
use std::collections::{BTreeSet, HashMap, HashSet, VecDeque};
use std::sync::Arc;

/// What a file is to those that lead to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Role {
    /// `OFD.xml`.
    Root,
    /// A picture shown for the package.
    Cover,
    /// The root file of a document.
    Document,
    /// The description of a version of a document.
    Version,
    /// A file that belongs to a version.
    VersionFile,
    /// A page.
    Page,
    /// A template page.
    Template,
    /// A resource file of a document or page.
    Resource,
    /// A picture, sound or film.
    Media,
    /// A font.
    Font,
    /// A colour profile.
    ColourProfile,
    /// The list of annotations.
    Annotations,
    /// The annotations of one page.
    PageAnnotations,
    /// The list of attachments.
    Attachments,
    /// An attached file.
    Attachment,
    /// The list of custom tags.
    CustomTags,
    /// A tree of custom tags, or its schema.
    CustomTag,
    /// The list of extensions.
    Extensions,
    /// The data of an extension.
    ExtensionData,
    /// The list of signatures.
    Signatures,
    /// A signature's description.
    Signature,
    /// A signature value.
    SignedValue,
    /// A seal.
    Seal,
}

impl Role {
    /// Whether a file in this role can change what a reader shows of the document's content: everything but
    /// what belongs to the signatures themselves.
    pub const fn is_content(self) -> bool {
        !matches!(self, Self::Signatures | Self::Signature | Self::SignedValue | Self::Seal)
    }
}

/// A file that something leads to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reached {
    /// Where it is.
    pub location: Location,
    /// What it is.
    pub role: Role,
    /// The file that led to it first; others may lead there as well ([`Reach::content_from`]).
    pub from: Arc<str>,
}

/// Every file that is shown or followed. The same file appears once for every role it has.
#[derive(Debug, Clone, Default)]
pub struct Reach {
    /// The files, in the order in which they were found; `OFD.xml` first.
    pub files: Vec<Reached>,
    /// Files that could not be read, so that what they lead to is unknown.
    pub problems: Vec<(String, OfdError)>,
    /// What is unusual about the files that were read.
    pub facts: Vec<Fact>,
    /// Whether [`super::Limits::followed`] ended the search, or was too little for what the documents name.
    pub is_cut_off: bool,
    /// The root files of the documents that `OFD.xml` names, by path; their facts are among the others.
    pub documents: HashMap<String, Document>,
    /// The pages and templates that were read, by path.
    pages: HashMap<String, Sheet>,
    links: Links,
    /// The sheets of the pages of each document that `OFD.xml` names, by the paths of both.
    sheets: HashMap<String, HashMap<String, Rect>>,
}

/// What a page or a template says of its sheet by itself.
#[derive(Debug, Clone)]
struct Sheet {
    area: Option<PageArea>,
    /// The templates that it uses.
    templates: Vec<Id>,
}

/// Which file of the content leads to which, the entry file left out.
#[derive(Debug, Clone, Default)]
struct Links {
    /// The number of each file of the content that is there.
    numbers: HashMap<Arc<str>, usize>,
    /// Their paths.
    paths: Vec<Arc<str>>,
    /// By number, the files that it leads to.
    next: HashMap<usize, HashSet<usize>>,
    count: usize,
}

/// Bytes of a path that count as one file more: whoever asks for paths keeps them.
const PATH_STEP: usize = 64;

/// Links that are kept for each file that may be followed.
const LINKS_PER_FILE: usize = 4;

impl Links {
    fn number(&mut self, path: &str) -> usize {
        if let Some(number) = self.numbers.get(path) {
            return *number;
        }
        let number = self.paths.len();
        let path: Arc<str> = path.into();
        self.numbers.insert(Arc::clone(&path), number);
        self.paths.push(path);
        number
    }

    fn add(&mut self, from: &str, to: &str) {
        let (from, to) = (self.number(from), self.number(to));
        if self.next.entry(from).or_default().insert(to) {
            self.count += 1;
        }
    }
}

impl Reach {
    /// The content that these files are and lead to, whatever else leads there, in the order of paths. Each file takes
    /// one off `room`, and more when its path is long; `None` when that is not enough.
    pub fn content_from<'p>(
        &self,
        roots: impl Iterator<Item = &'p str>,
        room: &mut usize,
    ) -> Option<BTreeSet<&str>> {
        let links = &self.links;
        let mut way: Vec<usize> = roots.filter_map(|path| links.numbers.get(path).copied()).collect();
        let mut seen: HashSet<usize> = way.iter().copied().collect();
        let mut found = BTreeSet::new();
        while let Some(at) = way.pop() {
            let path = links.paths.get(at);
            *room = room.checked_sub(1 + path.map_or(0, |path| path.len() / PATH_STEP))?;
            found.extend(path.map(|path| &**path));
            let next = links.next.get(&at).into_iter().flatten();
            way.extend(next.copied().filter(|next| seen.insert(*next)));
        }
        Some(found)
    }

    /// The paths of all files that exist and are reached in one of the roles that `wanted` accepts.
    pub fn paths(&self, wanted: impl Fn(Role) -> bool) -> BTreeSet<&str> {
        let there = self.files.iter().filter(|file| file.location.is_there() && wanted(file.role));
        there.map(|file| file.location.path.as_str()).collect()
    }

    /// The sheet of a page of a document that `OFD.xml` names: the physical box that the page, a template of it, or else
    /// its document names (§7.7). `None` when none does, or the page could not be read.
    pub fn sheet(&self, document: &Document, page: &PageRef) -> Option<Rect> {
        self.sheets.get(&document.path)?.get(&page.location.path).copied()
    }

    /// Finds the sheets of all pages of a document. A page is looked at once, however often the document shows it, and
    /// its templates are found by their ids.
    fn sheets_of(&self, document: &Document) -> HashMap<String, Rect> {
        let templates = document.templates_by_id();
        let mut sheets: HashMap<String, Rect> = HashMap::new();
        let mut seen = HashSet::new();
        for page in document.pages.iter().filter(|page| seen.insert(page.location.path.as_str())) {
            let Some(own) = self.pages.get(&page.location.path) else { continue };
            let of_template = |id: &Id| self.pages.get(&templates.get(id)?.location.path)?.area;
            let area = own.area.or_else(|| own.templates.iter().find_map(of_template)).or(document.area);
            if let Some(area) = area {
                sheets.insert(page.location.path.clone(), area.physical);
            }
        }
        sheets
    }
}

/// Follows everything from `OFD.xml`.
pub(super) fn walk(package: &Package<'_>) -> Reach {
    let (seen, queue, limits) = (HashSet::new(), VecDeque::new(), package.limits());
    let (room, text_room) = (limits.followed, limits.followed_bytes);
    let mut walk =
        Walk { package, reach: Reach::default(), seen, queue, sheets: HashSet::new(), room, text_room };
    let root = package.archive().find_ignoring_case(super::ROOT_FILE);
    let root = root.map_or(super::ROOT_FILE, |entry| entry.path()).to_owned();
    walk.reach.facts.extend_from_slice(package.facts());
    let location = package.locate("", &format!("/{root}"), &mut Facts::default());
    walk.seen.insert((root.as_str().into(), Role::Root));
    walk.reach.files.push(Reached { location, role: Role::Root, from: Arc::default() });
    for body in package.bodies() {
        walk.body(&root, body);
    }
    while let Some((path, role)) = walk.queue.pop_front() {
        if let Err(error) = walk.follow(&path, role) {
            walk.reach.problems.push((path.to_string(), error));
        }
    }
    let mut reach = walk.reach;
    for root in package.bodies().iter().filter_map(|body| body.doc_root.as_ref()) {
        if let Some(document) = reach.documents.get(&root.path)
            && !reach.sheets.contains_key(&root.path)
        {
            let sheets = reach.sheets_of(document);
            reach.sheets.insert(root.path.clone(), sheets);
        }
    }
    reach
}

struct Walk<'p, 'a> {
    package: &'p Package<'a>,
    reach: Reach,
    seen: HashSet<(Arc<str>, Role)>,
    /// Files still to be looked into.
    queue: VecDeque<(Arc<str>, Role)>,
    /// Pages and templates that were looked into: a file may be both.
    sheets: HashSet<Arc<str>>,
    /// How much more may be kept of what documents name, and of the templates that pages use.
    room: usize,
    /// How many bytes of paths may be kept more.
    text_room: usize,
}

impl Walk<'_, '_> {
    fn body(&mut self, root: &str, body: &DocBody) {
        self.add_all(root, Role::Cover, &body.cover);
        self.add_all(root, Role::Document, &body.doc_root);
        for version in &body.versions {
            self.add(root, Role::Version, &version.location);
        }
        self.add_all(root, Role::Signatures, &body.signatures);
        match self.package.signatures(body.index) {
            Ok(Some(list)) => {
                self.reach.facts.extend_from_slice(&list.facts);
                for entry in &list.entries {
                    self.add(&list.path, Role::Signature, &entry.location);
                }
            }
            Ok(None) => {}
            Err(error) => {
                let path = body.signatures.as_ref().map_or_else(String::new, |found| found.path.clone());
                self.reach.problems.push((path, error));
            }
        }
    }

    fn add_all<'l>(&mut self, from: &str, role: Role, locations: impl IntoIterator<Item = &'l Location>) {
        for location in locations {
            self.add(from, role, location);
        }
    }

    /// Notes what leads where. The entry file leads to every document, so that what comes from there tells nothing.
    fn link(&mut self, from: &str, role: Role, location: &Location) {
        if !role.is_content() || !location.is_there() {
            return;
        }
        let is_entry = self.reach.files.first().is_some_and(|entry| entry.location.path == from);
        if is_entry {
            self.reach.links.number(&location.path);
        } else if self.reach.links.count < self.package.limits().followed.saturating_mul(LINKS_PER_FILE) {
            self.reach.links.add(from, &location.path);
        } else {
            self.reach.is_cut_off = true;
        }
    }

    /// Notes a file, and queues it when it may lead on. A file is looked into once in each role, which ends
    /// every loop.
    fn add(&mut self, from: &str, role: Role, location: &Location) {
        self.link(from, role, location);
        if self.reach.files.len() >= self.package.limits().followed {
            self.reach.is_cut_off = true;
            return;
        }
        let path: Arc<str> = location.path.as_str().into();
        if self.seen.contains(&(Arc::clone(&path), role)) || !self.has_text_room(location) {
            return;
        }
        self.seen.insert((Arc::clone(&path), role));
        // One file after the other is looked into.
        let last = self.reach.files.last().filter(|last| *last.from == *from);
        let from = last.map_or_else(|| from.into(), |last| Arc::clone(&last.from));
        self.reach.files.push(Reached { location: location.clone(), role, from });
        if location.is_there() {
            self.queue.push_back((path, role));
        }
    }

    /// Looks into a file for others.
    fn follow(&mut self, path: &Arc<str>, role: Role) -> Result<(), OfdError> {
        match role {
            Role::Document => {
                let document = document::read_at(self.package, path)?;
                self.document(document);
            }
            Role::Page | Role::Template if self.sheets.contains(path) => {}
            Role::Page | Role::Template => {
                let mut page = page::read_file(self.package, "", path)?;
                self.sheets.insert(Arc::clone(path));
                self.reach.facts.append(&mut page.facts);
                self.add_all(path, Role::Resource, &page.resources);
                if self.has_room(page.templates.len()) {
                    let templates = page.templates.iter().map(|id| Id::of(id)).collect();
                    let sheet = Sheet { area: page.area.map(|(area, _)| area), templates };
                    self.reach.pages.insert(path.to_string(), sheet);
                }
            }
            Role::Version => self.version(path)?,
            Role::Resource => self.resource(path)?,
            Role::Annotations => {
                self.list(path, "Annotations", &[("Page", &[("FileLoc", Role::PageAnnotations)])])?;
            }
            Role::Attachments => {
                self.list(path, "Attachments", &[("Attachment", &[("FileLoc", Role::Attachment)])])?;
            }
            Role::CustomTags => {
                let files = [("FileLoc", Role::CustomTag), ("SchemaLoc", Role::CustomTag)];
                self.list(path, "CustomTags", &[("CustomTag", &files)])?;
            }
            Role::Extensions => {
                self.list(path, "Extensions", &[("Extension", &[("ExtendData", Role::ExtensionData)])])?;
            }
            Role::Signature => self.signature(path)?,
            _ => {}
        }
        Ok(())
    }

    fn document(&mut self, mut document: Document) {
        self.reach.facts.append(&mut document.facts);
        let path = &document.path;
        self.add_all(path, Role::Resource, document.public_res.iter().chain(&document.document_res));
        self.add_all(path, Role::Template, document.templates.iter().map(|template| &template.location));
        self.add_all(path, Role::Page, document.pages.iter().map(|page| &page.location));
        self.add_all(path, Role::Annotations, &document.annotations);
        self.add_all(path, Role::Attachments, &document.attachments);
        self.add_all(path, Role::CustomTags, &document.custom_tags);
        self.add_all(path, Role::Extensions, &document.extensions);
        let mut roots = self.package.bodies().iter().filter_map(|body| body.doc_root.as_ref());
        let resources = document.public_res.len() + document.document_res.len();
        let named = document.pages.len() + document.templates.len() + resources;
        let is_root = roots.any(|root| root.path == document.path);
        if is_root && self.has_room(named) && document.locations().all(|named| self.has_text_room(named)) {
            self.reach.documents.insert(document.path.clone(), document);
        }
    }

    /// Takes so much of the room; says so when there is not enough.
    fn has_room(&mut self, named: usize) -> bool {
        let left = self.room.checked_sub(named);
        self.reach.is_cut_off |= left.is_none();
        self.room = left.unwrap_or_default();
        left.is_some()
    }

    /// The same for the bytes of a location.
    fn has_text_room(&mut self, location: &Location) -> bool {
        let left = self.text_room.checked_sub(location.written.len() + location.path.len());
        self.reach.is_cut_off |= left.is_none();
        self.text_room = left.unwrap_or(self.text_room);
        left.is_some()
    }

    /// A list whose items, children of the root with a given name, hold paths in children of theirs.
    fn list(
        &mut self,
        path: &str,
        root: &'static str,
        items: &[(&str, &[(&'static str, Role)])],
    ) -> Result<(), OfdError> {
        let mut facts = Facts::default();
        let file = XmlFile::read(self.package, path, root, "", &mut facts)?;
        for (item, holders) in items {
            for element in file.root().children_named(item) {
                for (holder, role) in *holders {
                    for written in element.children_named(holder) {
                        let location = file.locate(written.text(), &mut facts);
                        self.add(path, *role, &location);
                    }
                }
            }
        }
        self.keep(facts);
        Ok(())
    }

    /// Keeps what is odd about a file.
    fn keep(&mut self, facts: Facts) {
        self.reach.facts.extend(self.package.keep_facts(facts));
    }

    /// The description of a version (§19.2): its files and its document's root.
    fn version(&mut self, path: &str) -> Result<(), OfdError> {
        let mut facts = Facts::default();
        let file = XmlFile::read(self.package, path, "DocVersion", "", &mut facts)?;
        let lists = file.root().children_named("FileList");
        for element in lists.flat_map(|list| list.children_named("File")) {
            self.add(path, Role::VersionFile, &file.locate(element.text(), &mut facts));
        }
        for element in file.root().children_named("DocRoot") {
            self.add(path, Role::Document, &file.locate(element.text(), &mut facts));
        }
        self.keep(facts);
        Ok(())
    }

    /// A resource file (§7.9): fonts, media and colour profiles, relative to its BaseLoc.
    fn resource(&mut self, path: &str) -> Result<(), OfdError> {
        let mut facts = Facts::default();
        let file = XmlFile::read(self.package, path, "Res", "", &mut facts)?;
        let base = file.root().attribute("BaseLoc").unwrap_or_default();
        let folder = base_folder(path, base, &mut facts);
        for element in file.tree.elements() {
            if let Some((role, written)) = resource_path(element) {
                let found = loc::locate(self.package.archive(), path, &folder, written, &mut facts);
                self.add(path, role, &found);
            }
        }
        self.keep(facts);
        Ok(())
    }

    fn signature(&mut self, path: &str) -> Result<(), OfdError> {
        let signature = self.package.signature_at(path)?;
        self.reach.facts.extend_from_slice(&signature.facts);
        self.add_all(path, Role::SignedValue, &signature.signed_value);
        self.add_all(path, Role::Seal, signature.signed_info.seal.iter().map(|seal| &seal.location));
        Ok(())
    }
}

/// The folder that the paths of a resource file start from: its own, or what its BaseLoc names.
fn base_folder(path: &str, base: &str, facts: &mut Facts) -> String {
    let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
    let written = base.trim().trim_end_matches(['/', '\\']);
    if base.trim().is_empty() {
        return folder.to_owned();
    }
    let mut notes = Vec::new();
    // The package's root has no name of its own, so `/` comes back as nothing.
    let found = loc::resolve_in(folder, written, &mut notes).unwrap_or_default();
    notes.dedup();
    let notes = notes.into_iter().filter(|note| *note != PathNote::Unusable);
    facts.extend(notes.map(|note| loc::note(path, base, note)));
    found
}

/// The file an element of a resource file names.
fn resource_path(element: Element<'_>) -> Option<(Role, &str)> {
    match element.name() {
        "MediaFile" => Some((Role::Media, element.text())),
        "FontFile" => Some((Role::Font, element.text())),
        "ColorSpace" => element.attribute("Profile").map(|path| (Role::ColourProfile, path)),
        _ => None,
    }
}
