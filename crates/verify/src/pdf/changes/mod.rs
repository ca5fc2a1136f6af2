//! What was changed after a signature: the revision that is signed against the document as it is now (rules 5 and 7).
//!
//! Only objects count that later revisions put in another place; of those, only what says something else. Each must be
//! explained by one of a short list of rules, and what no rule explains is refused:
//!
//! 1. **Bookkeeping**: cross-reference data, object streams, an object written again as it was.
//! 2. **A later signature or time stamp**: its dictionary, its field and widget, their entries in the form and on the
//!    page. It is judged by itself.
//! 3. **Evidence** (`DSS`): certificates, lists and answers kept for later (ISO 32000-2 §12.8.4.3).
//! 4. **Metadata**: the information dictionary, the catalogue's metadata stream, what the document says of its format,
//!    private data of programs, standard fonts that a form gets: no page shows them. They lead nowhere ([`plain`]).
//! 5. **Structure**: logical structure that grew with a new field; it is read aloud, not shown ([`structure`]).
//! 6. **A form filled**: value and appearance of a field that was there and not signed yet, as long as it shows exactly
//!    its value ([`appearance`]), showed none before ([`replaced`]), ticks with a tick ([`ticks`]) and paints where the signed page is blank ([`covering`], [`below`], [`blank`]).
//! 7. **Annotations**: named with their page, since each can change what is shown; what a time stamp or an empty
//!    signature field shows is one, and so is a field that is another annotation by its `Subtype` ([`widget`]). What may
//!    be a mere note is in [`notes`], what stands on a page in [`ground`].
//!
//! An object that a rule explains must have been used in no other way in the revision that is signed: what else refers to
//! it would change with it (a page content passed off as an appearance). So the signed bytes are searched for references
//! to it ([`uses`]). What is looked at key by key must not have been drawn, nor a node of a tree of names, beside
//! ([`roles`]), and a value that may change must be of its type ([`typed`]). Whatever the rule, pages must be the same to readers that count them and to those that look upwards
//! ([`page_tree`]), and no key may stand twice ([`doubled`]).

mod appearance;
mod below;
mod between;
pub(super) mod blank;
mod button;
mod catalog;
mod covering;
mod describe;
mod doubled;
mod fields;
mod finish;
mod gaps;
mod ground;
mod listing;
mod looks;
mod notes;
mod page_tree;
mod pages;
mod painted;
mod plain;
mod replaced;
mod rewritten;
mod roles;
mod structure;
mod ticks;
mod touched;
mod typed;
mod uses;
mod walk;
mod widget;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::rc::Rc;

use formats::pdf::{Form, Page, PageTree, Pdf, PdfError, Rect};

use super::file::{File, Pages};
use crate::text::Detail;
use below::Belows;
use between::Older;
pub(super) use between::compare;
pub(super) use doubled::doubled_in_dictionary as doubled_in;
use ground::Grounds;
use listing::Listings;
pub(super) use page_tree::fault_words;
use pages::Known;
use structure::Structure;
use touched::Touched;

/// A class of change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Kind {
    /// New objects that only what was looked at uses.
    Unused,
    /// A later signature.
    Signature,
    /// A later time stamp over the document.
    Stamp,
    /// Evidence kept for later.
    Evidence,
    /// Metadata.
    Metadata,
    /// Logical structure.
    Structure,
    /// A field was filled.
    Filled,
    /// A field was filled, and shows what may not be its value.
    FilledDoubtfully,
    /// An annotation that paints nothing by itself was put on a page.
    Remark,
    /// New objects that nothing uses: nobody knows what they are for.
    Orphan,
    /// A key stands twice: two readers see two things.
    Ambiguous,
    /// An annotation was put on a page or changed.
    Annotation,
    /// Anything else.
    Refused,
}

/// One change.
#[derive(Clone, Debug)]
pub(super) struct Change {
    pub(super) kind: Kind,
    pub(super) object: Option<u32>,
    /// Counted from zero.
    pub(super) page: Option<usize>,
    /// Name of the field.
    pub(super) field: Option<Rc<str>>,
    /// Where something is shown that was not before.
    pub(super) rect: Option<Rect>,
    /// True when the field was not there before.
    pub(super) is_new: bool,
    pub(super) words: Detail,
}

/// What was changed.
#[derive(Debug, Default)]
pub(super) struct Changes {
    pub(super) list: Vec<Change>,
    /// Why not all could be looked at.
    pub(super) incomplete: Option<PdfError>,
}

/// The trailer, as one who refers.
const TRAILER: u32 = u32::MAX;

/// Changes of one class that are told in words. Those beyond weigh the same and are counted.
const MOST_TOLD: usize = 2_000;
/// Changes of one class that are kept. Of those beyond nobody knows on which pages and fields they are, and the
/// comparison is incomplete.
const MOST_KEPT: usize = 50_000;

/// Two revisions side by side.
struct Comparison<'c, 'a> {
    file: &'c File<'a>,
    old: &'c Pdf<'a>,
    new: &'c Pdf<'a>,
    old_form: &'c Form,
    new_form: &'c Form,
    old_pages: Rc<Vec<Page>>,
    new_pages: Rc<Vec<Page>>,
    old_tree: Rc<PageTree>,
    new_tree: Rc<PageTree>,
    /// Where the signed bytes end.
    end: usize,
    touched: BTreeMap<u32, Touched>,
    /// Explained, its keys looked at one by one.
    structural: BTreeSet<u32>,
    /// Of those, the ones that held something else when it was signed: whoever used that sees the change.
    reused: BTreeSet<u32>,
    /// Explained, whatever it holds: nothing else may use it.
    content: BTreeSet<u32>,
    /// How often one object may refer to another, by the rules that were followed.
    edges: HashMap<(u32, u32), usize>,
    /// Objects as they were through which a rule led.
    passed: BTreeSet<u32>,
    /// Widgets of later signatures, with their pages counted from zero.
    new_widgets: BTreeMap<u32, Option<usize>>,
    /// Fields above others that were looked at.
    parents: BTreeSet<u32>,
    /// What was a field, or above one, when it was signed; found when it is asked for.
    old_nodes: Option<BTreeSet<u32>>,
    known: Known,
    grounds: Grounds,
    belows: Belows,
    listings: Listings,
    structure: Structure,
    changes: Vec<Change>,
    /// How many there are of each class.
    counts: BTreeMap<Kind, usize>,
}

impl<'c, 'a> Comparison<'c, 'a> {
    fn new(
        file: &'c File<'a>,
        older: &Older<'c, 'a>,
        view: &'c Pdf<'a>,
        form: &'c Form,
    ) -> Result<Option<Self>, PdfError> {
        file.spend(older.end)?;
        let touched = touched::find(older.pdf, view)?;
        let is_last = doubled::later_sections(older.pdf, view).next().is_none();
        if touched.is_empty() && is_last && touched::trailers_agree(older.pdf, view) {
            return Ok(None);
        }
        let (old_pages, new_pages) = (Pages::of(older.pdf)?, file.pages_of(view)?);
        Ok(Some(Self {
            file,
            old: older.pdf,
            new: view,
            old_form: older.form,
            new_form: form,
            old_pages: Rc::clone(&old_pages.list),
            new_pages: new_pages.list,
            old_tree: old_pages.tree,
            new_tree: new_pages.tree,
            end: older.end,
            touched,
            known: Known::of(form, &old_pages.list),
            grounds: Grounds::default(),
            belows: Belows::default(),
            listings: Listings::default(),
            structural: BTreeSet::new(),
            reused: BTreeSet::new(),
            content: BTreeSet::new(),
            edges: HashMap::new(),
            passed: BTreeSet::new(),
            new_widgets: BTreeMap::new(),
            parents: BTreeSet::new(),
            old_nodes: None,
            structure: Structure::default(),
            changes: Vec::new(),
            counts: BTreeMap::new(),
        }))
    }

    fn run(mut self) -> Changes {
        self.bookkeeping();
        self.trailer();
        self.catalog();
        self.form();
        self.pages();
        self.page_tree();
        self.doubled();
        self.hybrids();
        let incomplete = self.finish().err();
        let is_cut_off = self.counts.values().any(|count| *count > MOST_KEPT);
        let incomplete = incomplete.or(is_cut_off.then_some(PdfError::Limit("changes")));
        self.changes.sort_by_key(|change| std::cmp::Reverse(change.kind));
        Changes { list: self.changes, incomplete }
    }

    fn tell(&mut self, kind: Kind, object: Option<u32>, words: Detail) {
        self.tell_at(Change { kind, object, page: None, field: None, rect: None, is_new: false, words });
    }

    /// Nothing permits this.
    fn refuse_at(&mut self, object: Option<u32>, page: Option<usize>, words: Detail) {
        let kind = Kind::Refused;
        self.tell_at(Change { kind, object, page, field: None, rect: None, is_new: false, words });
    }

    /// Each class has its own room, so that none keeps another from being told, and the first of each class counts
    /// whatever there is of it.
    fn tell_at(&mut self, change: Change) {
        let is_told_enough = self.is_told_enough(change.kind);
        let count = self.counts.entry(change.kind).or_default();
        *count = count.saturating_add(1);
        if *count <= MOST_KEPT {
            self.changes.push(if is_told_enough {
                Change { words: Detail::same("…"), ..change }
            } else {
                change
            });
        }
    }

    /// True when there are more of a class than anybody reads: the words for another one need not be looked for.
    fn is_told_enough(&self, kind: Kind) -> bool {
        self.counts.get(&kind).is_some_and(|count| *count >= MOST_TOLD)
    }

    /// Refused for what it is, named by key.
    fn refuse_keys(&mut self, object: Option<u32>, zh: &str, en: &str, keys: &[formats::pdf::Name]) {
        if keys.is_empty() {
            return;
        }
        let names: Vec<String> = keys.iter().map(|key| format!("/{}", key.to_text())).collect();
        let names = Detail::list(names.iter().map(String::as_str), 5);
        let words = Detail::new(format!("{zh} {}", names.zh), format!("{en} {}", names.en));
        self.tell(Kind::Refused, object, words);
    }

    /// Counts a reference that a rule allows.
    fn allow(&mut self, owner: u32, target: u32) {
        *self.edges.entry((owner, target)).or_default() += 1;
    }
}

impl Change {
    /// The change for people, with its page and object.
    pub(super) fn told(&self) -> Detail {
        let (mut zh, mut en) = (String::new(), String::new());
        if let Some(page) = self.page.map(|page| page.saturating_add(1)) {
            zh = format!("第 {page} 页 ");
            en = format!("page {page}, ");
        }
        if let Some(object) = self.object {
            zh = format!("{zh}对象 {object} ");
            en = format!("{en}object {object}, ");
        }
        Detail::new(format!("{zh}{}", self.words.zh), format!("{en}{}", self.words.en))
    }
}
