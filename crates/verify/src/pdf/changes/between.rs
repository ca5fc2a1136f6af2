//! What stood between the signature and the document as it is now. A revision that a later one puts right still stands in
//! the file, and some readers show it: those that repair, and those that stop at an older end. So each step from one
//! revision to the next is looked at as the whole way is. Every step but the first is compared with what nobody signed,
//! so that what is refused there is unknown and not bad.

use std::rc::Rc;

use formats::pdf::{Form, Pdf, PdfError};

use super::{Change, Changes, Comparison, Kind};
use crate::pdf::file::File;
use crate::pdf::signed::Whole;

/// A revision that another one is compared with.
pub(in crate::pdf) struct Older<'o, 'a> {
    pub(in crate::pdf) pdf: &'o Pdf<'a>,
    pub(in crate::pdf) form: &'o Form,
    /// Where it ends.
    pub(in crate::pdf) end: usize,
}

/// What was changed since the revision that is signed, and by each revision on the way.
pub(in crate::pdf) fn compare<'a>(
    file: &File<'a>,
    whole: &Whole<'a>,
    view: &Pdf<'a>,
    form: &Form,
) -> Changes {
    let older = Older { pdf: &whole.pdf, form: &whole.form, end: whole.end };
    let mut all = two(file, &older, view, form);
    let mut ends = later_ends(file, whole, view);
    // The last is the document as it is now.
    ends.pop();
    let (mut pdf, mut form, mut end) = (Rc::clone(&whole.pdf), Rc::clone(&whole.form), whole.end);
    for (index, next) in ends.into_iter().enumerate() {
        match step(file, &Older { pdf: &pdf, form: &form, end }, next) {
            Ok((changes, reached)) => {
                all.add(&changes, index == 0);
                (pdf, form, end) = (reached.0, reached.1, next);
            }
            Err(error) => {
                all.incomplete = all.incomplete.take().or(Some(error));
                break;
            }
        }
    }
    all.list.sort_by_key(|change| std::cmp::Reverse(change.kind));
    all
}

/// Compares two revisions.
fn two<'a>(file: &File<'a>, older: &Older<'_, 'a>, view: &Pdf<'a>, form: &Form) -> Changes {
    match Comparison::new(file, older, view, form) {
        Ok(None) => Changes::default(),
        Ok(Some(comparison)) => comparison.run(),
        Err(error) => Changes { list: Vec::new(), incomplete: Some(error) },
    }
}

type Reached<'a> = (Rc<Pdf<'a>>, Rc<Form>);

/// One step, which all signatures before it share.
fn step<'a>(
    file: &File<'a>,
    older: &Older<'_, 'a>,
    next: usize,
) -> Result<(Rc<Changes>, Reached<'a>), PdfError> {
    let pdf = file.revision(next)?;
    let form = Rc::new(pdf.form()?);
    let kept = file.known.steps.borrow().get(&next).cloned();
    let changes = kept.unwrap_or_else(|| {
        let changes = Rc::new(two(file, older, &pdf, &form));
        file.known.steps.borrow_mut().insert(next, Rc::clone(&changes));
        changes
    });
    Ok((changes, (pdf, form)))
}

/// Where the revisions end that cross-reference data of the document lead through, in the order of the file.
fn later_ends(file: &File<'_>, whole: &Whole<'_>, view: &Pdf<'_>) -> Vec<usize> {
    let sections = view.sections().iter().map(|section| section.offset);
    let mut sections: Vec<usize> = sections.filter(|offset| *offset >= whole.end).collect();
    sections.sort_unstable();
    let end_of = |offset: usize| {
        let end = file.ends.get(file.ends.partition_point(|end| end.range.start < offset))?;
        Some(end.range.end)
    };
    sections.into_iter().filter_map(end_of).collect()
}

impl Changes {
    /// Adds what weighs of a step and was not told yet.
    fn add(&mut self, step: &Self, is_first: bool) {
        let mut more: Vec<Change> = step.list.iter().filter(|change| self.is_news(change)).cloned().collect();
        for change in more.iter_mut().filter(|change| change.kind == Kind::Refused && !is_first) {
            change.kind = Kind::Ambiguous;
        }
        self.list.extend(more);
        self.incomplete = self.incomplete.take().or_else(|| step.incomplete.clone());
    }

    /// True for what weighs, is not told, and became no signature later.
    fn is_news(&self, change: &Change) -> bool {
        let is_known = |known: &Change| {
            let is_signed = matches!(known.kind, Kind::Signature | Kind::Stamp) && known.object.is_some();
            known.object == change.object && (is_signed || known.words == change.words)
        };
        weighs(change.kind) && !self.list.iter().any(is_known)
    }
}

const fn weighs(kind: Kind) -> bool {
    matches!(
        kind,
        Kind::Filled
            | Kind::FilledDoubtfully
            | Kind::Remark
            | Kind::Orphan
            | Kind::Ambiguous
            | Kind::Annotation
            | Kind::Refused
    )
}
