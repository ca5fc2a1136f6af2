//! A PDF opened in every way there is: by its cross-reference data, by looking for objects, and byte by byte.

use std::cell::{Cell, OnceCell, RefCell};
use std::ops::Range;
use std::rc::Rc;

use formats::pdf::scan::{self, RevisionEnd, Scan, SignatureDictionaries, Trailers};
use formats::pdf::{Entry, Limits, ObjectId, Page, PageTree, Pdf, PdfError, Source, StreamData};

use super::changes::blank::Pictures;
use super::standing::Known;

/// Bytes that are gone through once more for the sake of one signature, for all signatures together: of any file, for
/// each byte of it, and at most.
const LOOKED_THROUGH: usize = 384 << 20;
const LOOKED_THROUGH_A_BYTE: usize = 384;
const MOST_LOOKED_THROUGH: usize = 4 << 30;

/// How the document as it is now was opened.
#[derive(Debug)]
pub(super) enum Opened {
    /// By the cross-reference data that its last `startxref` names.
    ByXref,
    /// That cannot be used: the last revision before it that can.
    Earlier(PdfError),
    /// No revision can be opened: by looking for objects.
    Rebuilt(PdfError),
    /// Not at all.
    Not(PdfError),
}

/// A file and what stands in it.
pub(super) struct File<'a> {
    pub(super) bytes: &'a [u8],
    pub(super) limits: Limits,
    /// The same for every way of opening it, with what all of them may cost.
    source: Source<'a>,
    /// The document as it is now; none when it cannot be opened at all.
    pub(super) view: Option<Rc<Pdf<'a>>>,
    pub(super) opened: Opened,
    /// Every `N G obj`, in the order of the file.
    pub(super) objects: Vec<scan::Found>,
    pub(super) ends: Vec<RevisionEnd>,
    /// Signature dictionaries, whatever leads to them.
    pub(super) dictionaries: SignatureDictionaries,
    /// Where cross-reference data of any revision says that an object begins, and its number, in rising order.
    listed: Vec<(usize, u32)>,
    /// Objects that none names, in the order of the file.
    unlisted: Vec<scan::Found>,
    pages: OnceCell<Result<Pages, PdfError>>,
    trailers: OnceCell<Trailers>,
    /// The revision that was opened last, by where it ends: many signatures may say that they sign it.
    last: RefCell<Option<(usize, Rc<Pdf<'a>>)>>,
    looked_through: Cell<usize>,
    pub(super) pictures: Pictures,
    pub(super) known: Known,
}

/// The pages of a document, and what is to be said of their tree, which holds them no longer.
#[derive(Clone, Default)]
pub(super) struct Pages {
    pub(super) list: Rc<Vec<Page>>,
    pub(super) tree: Rc<PageTree>,
}

impl Pages {
    /// Those of an opened file.
    pub(super) fn of(pdf: &Pdf<'_>) -> Result<Self, PdfError> {
        let mut tree = pdf.page_tree()?;
        let list = Rc::new(std::mem::take(&mut tree.pages));
        Ok(Self { list, tree: Rc::new(tree) })
    }
}

/// A part of the file opened by itself.
pub(super) type Revision<'a> = Result<Rc<Pdf<'a>>, PdfError>;

impl<'a> File<'a> {
    /// Opens a file. There is always a file: how far it can be read, [`Opened`] tells.
    pub(super) fn open(bytes: &'a [u8], limits: Limits, signatures: usize) -> Self {
        let scan = Scan::of(bytes);
        let dictionaries = scan.signature_dictionaries(signatures.saturating_add(1));
        let mut file = Self {
            bytes,
            source: Source::new(bytes, &limits),
            limits,
            view: None,
            opened: Opened::ByXref,
            objects: scan.objects,
            ends: scan.ends,
            dictionaries,
            listed: Vec::new(),
            unlisted: Vec::new(),
            pages: OnceCell::new(),
            trailers: OnceCell::new(),
            last: RefCell::new(None),
            looked_through: Cell::new(0),
            pictures: Pictures::default(),
            known: Known::default(),
        };
        file.open_view();
        file.listed = file.view.as_deref().map(|view| scan::listed(view, &file.objects)).unwrap_or_default();
        let unlisted = file.objects.iter().filter(|found| !file.is_listed(found.offset, found.id.number));
        file.unlisted = unlisted.copied().collect();
        file
    }

    fn open_view(&mut self) {
        let error = match self.revision(self.bytes.len()) {
            Ok(pdf) => {
                self.view = Some(pdf);
                return;
            }
            Err(error) => error,
        };
        let hopeless =
            matches!(error, PdfError::PasswordNeeded | PdfError::Encryption(_) | PdfError::Limit(_));
        if hopeless {
            self.opened = Opened::Not(error);
            return;
        }
        let ends: Vec<usize> = self.ends.iter().rev().take(MOST_EARLIER).map(|end| end.range.end).collect();
        if let Some(pdf) = ends.into_iter().find_map(|end| self.revision(end).ok()) {
            (self.view, self.opened) = (Some(pdf), Opened::Earlier(error));
            return;
        }
        match self.reconstruct() {
            Ok(pdf) => (self.view, self.opened) = (Some(Rc::new(pdf)), Opened::Rebuilt(error)),
            Err(_) => self.opened = Opened::Not(error),
        }
    }

    /// The file up to an offset, opened as if it ended there. One whose cross-reference data has no catalogue is none.
    pub(super) fn revision(&self, end: usize) -> Revision<'a> {
        if let (true, Opened::ByXref, Some(view)) = (end == self.bytes.len(), &self.opened, &self.view) {
            return Ok(Rc::clone(view));
        }
        if let Some((_, pdf)) = self.last.borrow().as_ref().filter(|(known, _)| *known == end) {
            return Ok(Rc::clone(pdf));
        }
        self.spend(end)?;
        let pdf = self.source.open(end)?;
        pdf.catalog()?;
        let pdf = Rc::new(pdf);
        *self.last.borrow_mut() = Some((end, Rc::clone(&pdf)));
        Ok(pdf)
    }

    /// The file opened by looking for its objects.
    pub(super) fn reconstruct(&self) -> Result<Pdf<'a>, PdfError> {
        self.source.reconstruct()
    }

    /// True when all that was opened cost as much as a document may: something was not looked at.
    pub(super) fn is_spent(&self) -> bool {
        self.source.is_spent()
    }

    /// The limit that the document is beyond, so that something was not looked at.
    pub(super) fn limit(&self) -> Option<PdfError> {
        match &self.opened {
            Opened::Not(error @ PdfError::Limit(_)) => Some(error.clone()),
            _ => self.is_spent().then_some(PdfError::Limit("work on the whole document")),
        }
    }

    /// Every trailer that stands in the file, whatever leads to it.
    pub(super) fn trailers(&self) -> &Trailers {
        self.trailers.get_or_init(|| scan::trailers(self.bytes, &self.objects, &self.limits))
    }

    /// The pages of the document as it is now.
    pub(super) fn pages(&self) -> Result<Rc<Vec<Page>>, PdfError> {
        self.page_tree().map(|pages| pages.list)
    }

    /// The same with their tree.
    pub(super) fn page_tree(&self) -> Result<Pages, PdfError> {
        let read = || self.view.as_deref().map_or_else(|| Ok(Pages::default()), Pages::of);
        self.pages.get_or_init(read).clone()
    }

    /// The pages of a revision: those of the document as it is now are read once.
    pub(super) fn pages_of(&self, pdf: &Pdf<'_>) -> Result<Pages, PdfError> {
        let is_now = self.view.as_deref().is_some_and(|view| std::ptr::addr_eq(view, pdf));
        if is_now { self.page_tree() } else { Pages::of(pdf) }
    }

    /// True when cross-reference data of some revision names an object of this number at this place.
    pub(super) fn is_listed(&self, offset: usize, number: u32) -> bool {
        self.listed.binary_search(&(offset, number)).is_ok()
    }

    /// The objects that begin in the file and that no cross-reference data names.
    pub(super) fn unlisted(&self) -> &[scan::Found] {
        &self.unlisted
    }

    /// The object whose bytes hold this offset, by the last `N G obj` before it that is listed.
    pub(super) fn object_around(&self, offset: usize) -> Option<u32> {
        let before = self.listed.partition_point(|(begin, _)| *begin <= offset);
        self.listed.get(before.checked_sub(1)?).map(|(_, number)| *number)
    }

    /// True when this offset is inside the data of a stream of the document.
    pub(super) fn is_in_stream(&self, offset: usize) -> bool {
        let inside = || {
            let view = self.view.as_deref()?;
            let number = self.object_around(offset)?;
            let indirect = view.object(id_of(view, number)?).ok()?;
            match &indirect.object.as_stream()?.data {
                StreamData::File { range, .. } => Some(range.contains(&offset)),
                StreamData::New(_) => None,
            }
        };
        inside().unwrap_or(false)
    }

    /// Counts bytes that are looked through once more.
    pub(super) fn spend(&self, bytes: usize) -> Result<(), PdfError> {
        let all = self.looked_through.get().saturating_add(bytes);
        self.looked_through.set(all);
        let most = LOOKED_THROUGH_A_BYTE.saturating_mul(self.bytes.len()).saturating_add(LOOKED_THROUGH);
        if all > most.min(MOST_LOOKED_THROUGH) {
            Err(PdfError::Limit("signatures in a large file"))
        } else {
            Ok(())
        }
    }

    /// The bytes of a range; empty when it is not in the file.
    pub(super) fn slice(&self, range: &Range<usize>) -> &'a [u8] {
        self.bytes.get(range.clone()).unwrap_or_default()
    }
}

/// Revisions before a damaged end that are tried.
const MOST_EARLIER: usize = 8;

/// The full name of an object in use.
pub(super) fn id_of(pdf: &Pdf<'_>, number: u32) -> Option<ObjectId> {
    match pdf.entry(number)? {
        Entry::Free => None,
        Entry::File { generation, .. } => Some(ObjectId { number, generation }),
        Entry::InStream { .. } => Some(ObjectId::new(number)),
    }
}

/// Characters between tokens (ISO 32000-1 §7.2.2).
pub(super) const fn is_white(byte: u8) -> bool {
    matches!(byte, 0 | b'\t' | b'\n' | 0x0C | b'\r' | b' ')
}

/// White space, or a byte that ends a word.
pub(super) fn is_edge(byte: u8) -> bool {
    is_white(byte) || b"()<>[]{}/%".contains(&byte)
}

/// The offset behind white space that begins here.
pub(super) fn skip_white(bytes: &[u8], at: usize) -> usize {
    let rest = bytes.get(at..).unwrap_or_default();
    at.saturating_add(rest.iter().take_while(|byte| is_white(**byte)).count())
}
