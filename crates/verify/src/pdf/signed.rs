//! The revision that a signature signs: that it is one, that it holds the signature, and what follows it in the file.

use std::ops::Range;
use std::rc::Rc;

use formats::pdf::{Dictionary, Field, Form, Pdf, PdfError, Section};

use super::behind;
use super::file::{File, Opened, is_white};
use super::found::contents_span;
use super::range::ByteRange;
use super::standing;
use crate::text::Detail;

/// What is known of the revision that is signed.
pub(super) enum Signed<'a> {
    /// It is one, and holds the signature.
    Whole(Box<Whole<'a>>),
    /// No revision ends where the signed bytes do.
    NoEnd,
    /// It is one that cannot be read.
    Unreadable(PdfError),
    /// It is one, and no field of it holds the signature.
    NotHeld,
}

/// A revision with its signature.
pub(super) struct Whole<'a> {
    pub(super) pdf: Rc<Pdf<'a>>,
    pub(super) form: Rc<Form>,
    /// The field of the signature as it was signed.
    pub(super) field: Field,
    /// Where the signed bytes end.
    pub(super) end: usize,
    /// The cross-reference data that it is opened by.
    pub(super) startxref: usize,
    /// Its number, counted from one, among all revisions.
    pub(super) number: usize,
    /// What in it is not whole within the signed bytes, so that bytes behind them could change it.
    pub(super) grows: Option<Detail>,
}

impl<'a> Signed<'a> {
    /// Looks at the revision that ends where the signed bytes do.
    pub(super) fn find(file: &File<'a>, range: &ByteRange) -> Self {
        let end = range.end();
        let Some(number) = revision_end(file, end) else { return Self::NoEnd };
        let pdf = match file.revision(end) {
            Ok(pdf) => pdf,
            Err(error) => return Self::Unreadable(error),
        };
        let form = match pdf.form() {
            Ok(form) => Rc::new(form),
            Err(error) => return Self::Unreadable(error),
        };
        let field = form.fields.iter().find(|field| holds(&pdf, field, &range.gap()));
        let Some(field) = field.cloned() else { return Self::NotHeld };
        let startxref = pdf.sections().first().map_or(0, |section| section.offset);
        let grows = standing::grows(file, &pdf, end);
        Self::Whole(Box::new(Whole { pdf, form, field, end, startxref, number, grows }))
    }
}

/// The number of the revision that ends at this offset, give or take white space.
fn revision_end(file: &File<'_>, end: usize) -> Option<usize> {
    let before = file.ends.partition_point(|revision| revision.range.start < end);
    let at = before.checked_sub(1)?;
    let revision = file.ends.get(at)?;
    let marked = marker_end(file.bytes, &revision.range);
    let rest = file.bytes.get(marked..end)?;
    let number = file.ends.iter().take(before).filter(|one| one.offset != 0).count();
    rest.iter().all(|byte| is_white(*byte)).then_some(number.max(1))
}

/// Where `%%EOF` ends, its end of line left out.
fn marker_end(bytes: &[u8], range: &Range<usize>) -> usize {
    let told = bytes.get(range.clone()).unwrap_or_default();
    let white = told.iter().rev().take_while(|byte| is_white(**byte)).count();
    range.end.saturating_sub(white)
}

/// True when the value of a field is the dictionary whose `Contents` fills the gap.
fn holds(pdf: &Pdf<'_>, field: &Field, gap: &Range<usize>) -> bool {
    let held = || {
        let value = field.value.as_ref()?;
        let dictionary = match value.as_reference() {
            Some(id) => pdf.object(id).ok()?.object.as_dictionary()?.clone(),
            None => value.as_dictionary()?.clone(),
        };
        contents_span(&dictionary)
    };
    held().is_some_and(|span| span == *gap)
}

/// What follows the signed bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Tail {
    /// Nothing.
    Nothing,
    /// White space.
    White,
    /// So many revisions, every byte of which belongs to them.
    Revisions(usize),
    /// Bytes that belong to no revision, from here on.
    Foreign(usize),
    /// They belong to revisions, and something here is not written as an update is: readers may differ about it.
    Odd(usize, Detail),
    /// The document as it is now does not build on the revision that is signed.
    Elsewhere,
}

/// Looks at what follows (rules 2 and 3): the revisions behind must lead back to the signed one, and whatever object
/// stands in their bytes must be named by them, and each must be written as an update is ([`behind`]).
pub(super) fn tail(file: &File<'_>, whole: &Whole<'_>) -> Tail {
    let tail = read_tail(file, whole);
    // What was not looked at is not foreign.
    match (&tail, file.limit()) {
        (Tail::Foreign(at), Some(limit)) => Tail::Odd(*at, Detail::same(limit.to_string())),
        (Tail::Elsewhere, Some(limit)) => Tail::Odd(whole.end, Detail::same(limit.to_string())),
        _ => tail,
    }
}

fn read_tail(file: &File<'_>, whole: &Whole<'_>) -> Tail {
    let end = whole.end;
    let rest = file.bytes.get(end..).unwrap_or_default();
    if rest.is_empty() {
        return Tail::Nothing;
    }
    if rest.iter().all(|byte| is_white(*byte)) {
        return Tail::White;
    }
    let view = file.view.as_deref().filter(|_| !matches!(file.opened, Opened::Rebuilt(_) | Opened::Not(_)));
    let Some(view) = view else { return Tail::Elsewhere };
    if !view.sections().iter().any(|section| section.offset == whole.startxref) {
        return Tail::Elsewhere;
    }
    let mut sections: Vec<&Section> =
        view.sections().iter().filter(|section| section.offset >= end).collect();
    sections.sort_unstable_by_key(|section| section.offset);
    let is_section = |at: usize| sections.binary_search_by_key(&at, |section| section.offset).is_ok();
    let from = file.unlisted().partition_point(|found| found.offset < end);
    let mut behind = file.unlisted().get(from..).unwrap_or_default().iter();
    let unlisted = behind.find(|one| !is_section(one.offset) && !file.is_in_stream(one.offset));
    if let Some(unlisted) = unlisted {
        return Tail::Foreign(unlisted.offset);
    }
    let behind = behind::read(file, &sections, end, whole.startxref);
    match (behind.foreign, behind.odd) {
        (Some(at), _) => Tail::Foreign(at),
        (None, Some((at, words))) => Tail::Odd(at, words),
        (None, None) => Tail::Revisions(sections.len()),
    }
}

/// True when a dictionary stands where the trailer of a section does.
pub(super) fn is_dictionary_of(dictionary: &Dictionary, section: &Section) -> bool {
    let place = |dictionary: &Dictionary| dictionary.entries().first().map(|entry| entry.span.clone());
    place(dictionary).is_some_and(|own| place(&section.trailer) == Some(own))
}
