//! How the pages look as they were signed and as they are now (rule 8): what differs where no permitted change is told
//! is seen here, whatever the objects say.
//!
//! Page by page, and of each page signature by signature, so that each page as it is now is drawn once. What goes beyond
//! the bounds is told, as is every page of which there is no picture: nothing is called the same that was not seen.

use std::collections::BTreeMap;

use formats::pdf::Rect;

use super::changes::Change;
use super::file::File;
use super::judge::{After, meaning};
use crate::catalogue::{self as rule, Scheme};
use crate::finding::Findings;
use crate::rendering::{Look, NotDrawn, PixelBox, Place, Rendering, Seen, Session};
use crate::report::SignatureReport;
use crate::text::{Detail, Text};
use crate::verdict::Status;

/// Pages of a document that are compared.
const MOST_PAGES: u32 = 100;
/// Pictures of earlier revisions that are drawn for one document.
const MOST_PICTURES: usize = 300;
/// Places of permitted changes that are known; what differs elsewhere is told as not permitted.
const MOST_PERMITTED: usize = 2_000;
/// Pages told in one hint.
const SHOWN: usize = 6;

/// One signature that leaves bytes behind it.
pub(super) struct Job {
    scheme: Scheme,
    /// Where the signed bytes end; none when that revision cannot be opened by itself.
    signed: Option<Signed>,
}

struct Signed {
    end: usize,
    /// Its pages.
    pages: u32,
    /// Where permitted changes are told: page, counted from zero, and box.
    permitted: Vec<(usize, Rect)>,
}

impl Job {
    /// What there is to compare for a signature; nothing for one behind which nothing follows.
    pub(super) fn of(scheme: Scheme, file: &File<'_>, after: Option<&After<'_, '_>>) -> Option<Self> {
        let Some(after) = after else { return Some(Self { scheme, signed: None }) };
        if after.whole.end >= file.bytes.len() {
            return None;
        }
        let pages = after.whole.pdf.pages().ok().and_then(|pages| u32::try_from(pages.len()).ok());
        let permitted = after.changes.list.iter().filter(|change| is_permitted(change, after.level));
        let permitted = permitted.filter_map(|change| Some((change.page?, change.rect?)));
        let permitted = permitted.take(MOST_PERMITTED).collect();
        let end = after.whole.end;
        Some(Self { scheme, signed: pages.map(|pages| Signed { end, pages, permitted }) })
    }
}

/// What a field shows that may not be its value is told, and not permitted.
fn is_permitted(change: &Change, level: Option<i64>) -> bool {
    meaning(change, level) <= Status::Note
}

/// Compares, and adds what was found to the reports of the signatures.
pub(super) fn judge(
    file: &File<'_>,
    rendering: &Rendering,
    jobs: &[Option<Job>],
    reports: &mut [SignatureReport],
) {
    let pages = file.view.as_ref().and_then(|_| file.pages().ok());
    let pages = pages.and_then(|pages| u32::try_from(pages.len()).ok());
    let mut seen: Vec<Told> = jobs.iter().map(|_| Told::default()).collect();
    if let Some(pages) = pages {
        let mut session = rendering.session(file.bytes);
        compare(&mut session, pages, jobs, &mut seen);
    }
    for ((job, told), report) in jobs.iter().zip(seen).zip(reports) {
        let Some(job) = job else { continue };
        let mut findings = Findings::new(job.scheme);
        let is_opened = pages.is_some() && job.signed.is_some();
        told.judge(is_opened, &mut findings);
        report.verdict = report.verdict.and(findings.verdict());
        report.findings.extend(findings.into_list());
    }
}

fn compare(session: &mut Session<'_>, pages: u32, jobs: &[Option<Job>], seen: &mut [Told]) {
    let most = jobs.iter().flatten().filter_map(|job| job.signed.as_ref()).map(|signed| signed.pages).max();
    let Some(most) = most.map(|most| most.max(pages)) else { return };
    let mut left = MOST_PICTURES;
    for page in 0..most.min(MOST_PAGES) {
        for (job, told) in jobs.iter().zip(seen.iter_mut()) {
            let Some(signed) = job.as_ref().and_then(|job| job.signed.as_ref()) else { continue };
            if page >= signed.pages.max(pages) {
                continue;
            }
            let place = Place { end: signed.end, page, pages: (signed.pages, pages) };
            let index = usize::try_from(page).unwrap_or(usize::MAX);
            let permitted = signed.permitted.iter().filter(|(page, _)| *page == index);
            let permitted: Vec<Rect> = permitted.map(|(_, rect)| *rect).collect();
            told.note(page, session.look(place, &permitted, left == 0));
            left = left.saturating_sub(1);
        }
    }
    for (job, told) in jobs.iter().zip(seen) {
        let Some(signed) = job.as_ref().and_then(|job| job.signed.as_ref()) else { continue };
        told.beyond = (MOST_PAGES < signed.pages.max(pages)).then_some(signed.pages.max(pages));
    }
}

/// What was seen of one signature's pages, counted from one.
#[derive(Default)]
struct Told {
    same: Vec<u32>,
    /// Pages that differ where a permitted change is told, in words.
    permitted: Vec<Detail>,
    /// Pages that differ elsewhere, in words.
    elsewhere: Vec<Detail>,
    not_drawn: BTreeMap<NotDrawn, Vec<u32>>,
    lacking: BTreeMap<&'static str, (Text, Vec<u32>)>,
    /// The last page of those beyond what is compared.
    beyond: Option<u32>,
}

impl Told {
    fn note(&mut self, page: u32, seen: Seen) {
        let page = page.saturating_add(1);
        for (word, text) in seen.lacks.told() {
            self.lacking.entry(word).or_insert_with(|| (text, Vec::new())).1.push(page);
        }
        match seen.look {
            Look::Same => self.same.push(page),
            Look::Differs { permitted, elsewhere, more } => {
                if !permitted.is_empty() {
                    self.permitted.push(on_page(
                        page,
                        &permitted,
                        if elsewhere.is_empty() { more } else { 0 },
                    ));
                }
                if !elsewhere.is_empty() {
                    self.elsewhere.push(on_page(page, &elsewhere, more));
                }
            }
            Look::Added => self.elsewhere.push(Detail::new(
                format!("第 {page} 页签名时不存在"),
                format!("page {page} was not there when it was signed"),
            )),
            Look::Removed => self.elsewhere.push(Detail::new(
                format!("第 {page} 页已不存在"),
                format!("page {page} is there no longer"),
            )),
            Look::NotDrawn(why) => self.not_drawn.entry(why).or_default().push(page),
        }
    }

    fn judge(self, is_opened: bool, findings: &mut Findings) {
        if !self.elsewhere.is_empty() {
            findings.add_with(&rule::SIGNATURE_RENDERING, Status::Unknown, list(&self.elsewhere));
        }
        if !self.permitted.is_empty() {
            findings.add_with(&rule::SIGNATURE_RENDERING, Status::Note, list(&self.permitted));
        }
        if !self.same.is_empty() {
            findings.add_with(&rule::SIGNATURE_RENDERING, Status::Good, numbers(&self.same));
        }
        let mut missing: Vec<Detail> = Vec::new();
        if !is_opened {
            let text = NotDrawn::NoRevision.text();
            missing.push(Detail::new(text.zh, text.en));
        }
        missing.extend(self.not_drawn.iter().map(|(why, pages)| because(why.text(), &numbers(pages))));
        missing.extend(self.beyond.map(|last| {
            let first = MOST_PAGES.saturating_add(1);
            because(NotDrawn::Beyond.text(), &range(first, last))
        }));
        missing.extend(self.lacking.values().map(|(text, pages)| because(*text, &numbers(pages))));
        if !missing.is_empty() {
            findings.add_with(&rule::SIGNATURE_NOT_RENDERED, Status::Note, list(&missing));
        }
    }
}

fn because(text: Text, pages: &Detail) -> Detail {
    Detail::new(format!("{} {}", pages.zh, text.zh), format!("{}, {}", pages.en, text.en))
}

/// A page and the boxes on it in points, from the left and from below.
fn on_page(page: u32, boxes: &[PixelBox], more: usize) -> Detail {
    let told: Vec<String> = boxes.iter().map(|one| one.told()).collect();
    let told = told.join(" ");
    let (mut zh, mut en) = (format!("第 {page} 页 {told}"), format!("page {page} {told}"));
    if more > 0 {
        zh = format!("{zh} 及另外 {more} 处");
        en = format!("{en} and {more} more");
    }
    Detail::new(zh, en)
}

fn range(first: u32, last: u32) -> Detail {
    if first == last {
        return Detail::new(format!("第 {first} 页"), format!("page {first}"));
    }
    Detail::new(format!("第 {first}–{last} 页"), format!("pages {first}–{last}"))
}

/// Numbers of pages in rising order, those that follow one another as a range.
fn numbers(pages: &[u32]) -> Detail {
    let mut ranges: Vec<(u32, u32)> = Vec::new();
    for page in pages {
        match ranges.last_mut() {
            Some((_, last)) if last.saturating_add(1) == *page => *last = *page,
            _ => ranges.push((*page, *page)),
        }
    }
    list(&ranges.into_iter().map(|(first, last)| range(first, last)).collect::<Vec<_>>())
}

fn list(told: &[Detail]) -> Detail {
    let zh = Detail::list(told.iter().map(|words| words.zh.as_str()), SHOWN).zh;
    let en = Detail::list(told.iter().map(|words| words.en.as_str()), SHOWN).en;
    Detail::new(zh, en)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_are_told_as_ranges() {
        assert_eq!(numbers(&[1, 2, 3, 5, 8, 9]).en, "pages 1–3, page 5, pages 8–9");
        assert_eq!(numbers(&[4]).zh, "第 4 页");
    }

    #[test]
    fn what_was_seen_is_told_and_what_was_not_is_never_the_same() {
        let mut told = Told::default();
        let boxes = vec![PixelBox([72, 600, 300, 640])];
        let differs = |permitted: &[PixelBox], elsewhere: &[PixelBox], more| {
            let (permitted, elsewhere) = (permitted.to_vec(), elsewhere.to_vec());
            Seen::from(Look::Differs { permitted, elsewhere, more })
        };
        for (page, seen) in [
            Look::Same.into(),
            differs(&boxes, &[], 0),
            differs(&boxes, &boxes, 3),
            Look::NotDrawn(NotDrawn::Deadline).into(),
            Look::Added.into(),
        ]
        .into_iter()
        .enumerate()
        {
            told.note(u32::try_from(page).unwrap(), seen);
        }
        told.beyond = Some(120);
        let mut findings = Findings::new(Scheme::Plain);
        told.judge(true, &mut findings);
        let told: Vec<_> =
            findings.into_list().iter().map(|one| (one.id(), one.status(), one.hint_en())).collect();
        let hint = |at: usize| told[at].2.split_once(": ").unwrap().1;
        assert_eq!(told[0].1, Status::Unknown);
        assert_eq!(hint(0), "page 3 [72 600 300 640] and 3 more, page 5 was not there when it was signed");
        assert_eq!((told[1].1, hint(1)), (Status::Note, "page 2 [72 600 300 640], page 3 [72 600 300 640]"));
        assert_eq!((told[2].1, hint(2)), (Status::Good, "page 1"));
        assert_eq!((told[3].0, told[3].1), ("signature.rendering.not-drawn", Status::Note));
        assert_eq!(hint(3), "page 4, drawing took too long, pages 101–120, more pages than are compared");
        // A revision that cannot be opened is told, and nothing is called the same.
        let mut findings = Findings::new(Scheme::Plain);
        Told::default().judge(false, &mut findings);
        let list = findings.into_list();
        assert!(list.len() == 1 && list[0].id() == "signature.rendering.not-drawn", "{list:?}");
    }
}
