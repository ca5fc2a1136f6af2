//! Whether every object stands where its entry says, whole and alone: what is not so each reader finds in its own way, and
//! one that reaches beyond the signed bytes becomes another when something is put behind them.

use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;

use formats::pdf::{Entry, Fact, Object, ObjectId, Pdf, PdfError, Standing};

use super::behind::Walked;
use super::changes::Changes;
use super::file::{File, Opened};
use crate::text::Detail;

/// What was found out once for all signatures of a file.
#[derive(Default)]
pub(super) struct Known {
    extents: RefCell<HashMap<usize, Extent>>,
    /// What each revision changed, by where it ends.
    pub(super) steps: RefCell<HashMap<usize, Rc<Changes>>>,
    /// Of each revision, by its cross-reference data and where it begins.
    pub(super) walked: RefCell<HashMap<(usize, usize), Rc<Walked>>>,
}

/// An object in the file as it is now.
#[derive(Clone, Debug)]
struct Extent {
    id: Option<ObjectId>,
    end: usize,
    fault: Option<&'static str>,
    /// Its length stands in another object, which may be another one in another revision.
    is_by_reference: bool,
}

impl Extent {
    fn of(read: Result<Standing, PdfError>) -> Self {
        match read {
            Ok(standing) => Self {
                id: Some(standing.id),
                end: standing.range.end,
                fault: standing.facts.iter().find(|fact| is_heavy(fact)).map(Fact::code),
                is_by_reference: is_by_reference(&standing.object),
            },
            Err(error) => Self { id: None, end: 0, fault: Some(error.code()), is_by_reference: false },
        }
    }

    fn fault(&self, id: ObjectId) -> Option<&'static str> {
        let is_another = self.id.is_some_and(|own| own != id);
        self.fault.or_else(|| is_another.then_some("pdf.missing-object"))
    }
}

/// True for what readers make different things of, wherever it stands.
pub(super) const fn is_heavy(fact: &Fact) -> bool {
    matches!(
        fact,
        Fact::DoubledEntry { .. }
            | Fact::BeyondSize { .. }
            | Fact::UnknownEntry { .. }
            | Fact::WrongLength(_)
            | Fact::OddStream(_)
            | Fact::DamagedData { .. }
            | Fact::OddObjectStream { .. }
    )
}

pub(super) fn is_by_reference(object: &Object) -> bool {
    object.as_stream().is_some_and(|stream| stream.dictionary.get(b"Length").is_some_and(is_reference))
}

fn is_reference(value: &Object) -> bool {
    value.as_reference().is_some()
}

/// The first object of the document as it is now that does not stand where its entry says, whole and alone.
pub(super) fn fault(file: &File<'_>, view: &Pdf<'_>) -> Option<Detail> {
    let mut members: BTreeMap<u32, Result<Vec<(u32, u32)>, PdfError>> = BTreeMap::new();
    for (number, entry) in view.numbers() {
        let fault = match entry {
            Entry::Free => None,
            Entry::File { offset, generation } => {
                extent(file, view, offset).fault(ObjectId { number, generation })
            }
            Entry::InStream { container, index } => {
                let held = members.entry(container).or_insert_with(|| view.members_of_stream(container));
                held.as_ref().map_or_else(|error| Some(error.code()), |held| misplaced(held, number, index))
            }
        };
        if let Some(code) = fault {
            return Some(words(number, code));
        }
    }
    None
}

/// Why an object does not stand alone at its place in an object stream.
pub(super) fn misplaced(members: &[(u32, u32)], number: u32, index: u32) -> Option<&'static str> {
    let from = members.partition_point(|(known, _)| *known < number);
    let own = members.get(from..).unwrap_or_default();
    let mut own = own.iter().take_while(|(known, _)| *known == number);
    match (own.next(), own.next()) {
        (Some((_, at)), None) if *at == index => None,
        _ => Some("pdf.odd-object-stream"),
    }
}

/// The first object of a signed revision that is not whole within the bytes up to `end`.
pub(super) fn grows(file: &File<'_>, revision: &Pdf<'_>, end: usize) -> Option<Detail> {
    let whole = file.view.as_deref().filter(|_| matches!(file.opened, Opened::ByXref)).unwrap_or(revision);
    for (number, entry) in revision.numbers() {
        let Entry::File { offset, generation } = entry else { continue };
        let mut found = extent(file, whole, offset);
        if found.is_by_reference {
            found = Extent::of(revision.read_at(offset));
        }
        let beyond = (found.end > end).then_some("pdf.wrong-length");
        if let Some(code) = found.fault(ObjectId { number, generation }).or(beyond) {
            return Some(words(number, code));
        }
    }
    None
}

fn extent(file: &File<'_>, pdf: &Pdf<'_>, offset: usize) -> Extent {
    // A revision that is opened by itself says nothing of the whole file.
    if pdf.bytes().len() != file.bytes.len() {
        return Extent::of(pdf.read_at(offset));
    }
    let kept = file.known.extents.borrow().get(&offset).cloned();
    kept.unwrap_or_else(|| {
        let found = Extent::of(pdf.read_at(offset));
        file.known.extents.borrow_mut().insert(offset, found.clone());
        found
    })
}

fn words(number: u32, code: &str) -> Detail {
    Detail::new(
        format!("对象 {number} 不在其应在之处或不完整（{code}），各阅读器的读法不同"),
        format!("object {number} is not whole in its place ({code}): readers make different things of it"),
    )
}
