//! The revision that a signature signs: that it is one, that it holds the signature, and what follows it in the file.

use std::ops::Range;
use std::rc::Rc;

use formats::pdf::{Dictionary, Field, Form, Pdf, PdfError, Section};

use super::file::{File, Opened, is_blank, is_white};
use super::found::contents_span;
use super::range::ByteRange;

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
        Self::Whole(Box::new(Whole { pdf, form, field, end, startxref, number }))
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
    /// The document as it is now does not build on the revision that is signed.
    Elsewhere,
}

/// Looks at what follows (rules 2 and 3): the revisions behind must lead back to the signed one, and whatever object
/// stands in their bytes must be named by them.
pub(super) fn tail(file: &File<'_>, whole: &Whole<'_>) -> Tail {
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
    let mut sections: Vec<usize> =
        view.sections().iter().map(|section| section.offset).filter(|offset| *offset >= end).collect();
    sections.sort_unstable();
    let from = file.unlisted().partition_point(|found| found.offset < end);
    let mut behind = file.unlisted().get(from..).unwrap_or_default().iter();
    let unlisted =
        behind.find(|one| sections.binary_search(&one.offset).is_err() && !file.is_in_stream(one.offset));
    if let Some(unlisted) = unlisted {
        return Tail::Foreign(unlisted.offset);
    }
    match foreign_bytes(file, end, &sections) {
        Some(at) => Tail::Foreign(at),
        None => Tail::Revisions(sections.len()),
    }
}

/// The first byte behind the signed ones that is neither of an object, nor of cross-reference data with its end, nor
/// blank.
fn foreign_bytes(file: &File<'_>, end: usize, sections: &[usize]) -> Option<usize> {
    // What begins in the tail, in order: objects that are named, cross-reference data.
    let from = file.objects.partition_point(|found| found.offset < end);
    let objects = file.objects.get(from..).unwrap_or_default();
    let objects = objects.iter().filter(|found| file.is_listed(found.offset, found.id.number));
    let mut begins: Vec<usize> = objects.map(|found| found.offset).chain(sections.iter().copied()).collect();
    begins.sort_unstable();
    begins.dedup();
    let mut at = end;
    for (index, begin) in begins.iter().enumerate() {
        let between = file.bytes.get(at..*begin).unwrap_or_default();
        if !is_blank(between) {
            return Some(at);
        }
        let next = begins.get(index.saturating_add(1)).copied().unwrap_or(file.bytes.len());
        at = begin.saturating_add(length(file, *begin, next, sections.binary_search(begin).is_ok()));
    }
    // Behind the last revision a comment is as foreign as anything else.
    let rest = file.bytes.get(at..).unwrap_or_default();
    (!rest.iter().all(|byte| is_white(*byte))).then_some(at)
}

/// The length of what begins here and ends before `next`: an object to its last `endobj`, cross-reference data to the
/// end of its revision, unless something stands between its trailer and `startxref`: there a reader that repairs would
/// look for another trailer.
fn length(file: &File<'_>, begin: usize, next: usize, is_section: bool) -> usize {
    let before = file.ends.partition_point(|end| end.range.end <= next);
    let revision = before.checked_sub(1).and_then(|last| file.ends.get(last));
    if let Some(revision) = revision.filter(|revision| is_section && revision.range.start >= begin) {
        let trailer = trailer_end(file, begin);
        let between = trailer.and_then(|end| file.bytes.get(end..revision.range.start));
        return match (trailer, between) {
            (Some(end), Some(between)) if !is_blank(between) => end.saturating_sub(begin),
            _ => revision.range.end.saturating_sub(begin),
        };
    }
    let bytes = file.bytes.get(begin..next).unwrap_or_default();
    let last = memchr::memmem::rfind(bytes, b"endobj").map(|at| at.saturating_add(b"endobj".len()));
    last.unwrap_or(bytes.len())
}

/// Where the trailer ends of the cross-reference data that begins here.
fn trailer_end(file: &File<'_>, begin: usize) -> Option<usize> {
    let section = file.view.as_deref()?.sections().iter().find(|section| section.offset == begin)?;
    let own = file.trailers().list.iter().find(|trailer| is_dictionary_of(&trailer.dictionary, section))?;
    Some(own.range.end)
}

/// True when a dictionary stands where the trailer of a section does.
pub(super) fn is_dictionary_of(dictionary: &Dictionary, section: &Section) -> bool {
    let place = |dictionary: &Dictionary| dictionary.entries().first().map(|entry| entry.span.clone());
    place(dictionary).is_some_and(|own| place(&section.trailer) == Some(own))
}
