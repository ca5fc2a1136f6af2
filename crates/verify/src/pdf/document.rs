//! The file as a whole: how it could be opened, and whether that is the only way.

use std::collections::HashSet;

use formats::pdf::{Fact, Form, ObjectId, Pdf, PdfError};

use super::file::{File, Opened, id_of};
use super::linear;
use super::rebuilt::{self, Rebuilt};
use super::standing;
use crate::catalogue as rule;
use crate::deviation::worth;
use crate::finding::Findings;
use crate::options::Profile;
use crate::text::Detail;
use crate::verdict::Status;

/// Objects and pages named in one hint.
const NAMED: usize = 5;
/// Objects that are looked at for pages that nothing uses.
const LOOKED_AT: usize = 5_000;

pub(super) fn judge(file: &File<'_>, form: Option<&Form>, profile: Profile, findings: &mut Findings) {
    judge_opened(file, form, findings);
    judge_surroundings(file, profile, findings);
    judge_page_tree(file, findings);
    match rebuilt::compare(file) {
        _ if linear::begins_elsewhere(file) => {
            let words = Detail::new(
                "线性化字典指向另一份首页交叉引用",
                "its linearization dictionary leads to other cross-reference data",
            );
            findings.add_with(&rule::PDF_REBUILT, Status::Unknown, words);
        }
        Rebuilt::Same => findings.add(&rule::PDF_REBUILT, Status::Good),
        Rebuilt::NotComparable => {}
        Rebuilt::Unclear(error) => {
            findings.add_with(&rule::PDF_REBUILT, Status::Unknown, Detail::same(error.to_string()));
        }
        Rebuilt::Differs { objects, pages } => {
            let words = differences(&objects, &pages);
            findings.add_with(&rule::PDF_REBUILT, Status::Unknown, words);
        }
    }
    if let Some(view) = file.view.as_deref() {
        judge_facts(view, profile, findings);
        if view.is_encrypted() {
            findings.add(&rule::PDF_ENCRYPTION, Status::Note);
        }
        let unused = unused_pages(file, view);
        if !unused.is_empty() {
            let names: Vec<String> = unused.iter().map(ToString::to_string).collect();
            let names = Detail::list(names.iter().map(String::as_str), NAMED);
            findings.add_with(&rule::PDF_UNUSED, Status::Note, names);
        }
    }
}

fn judge_opened(file: &File<'_>, form: Option<&Form>, findings: &mut Findings) {
    let error = match &file.opened {
        Opened::ByXref => {
            findings.add(&rule::CONTAINER_FORMAT, Status::Good);
            match file.view.as_deref().and_then(|view| doubt(file, view)) {
                None => findings.add(&rule::PDF_STRUCTURE, Status::Good),
                Some(words) => findings.add_with(&rule::PDF_STRUCTURE, Status::Unknown, words),
            }
            let form_error =
                file.view.as_deref().filter(|_| form.is_none()).and_then(|view| view.form().err());
            let pages_error = file.pages().err();
            for error in form_error.into_iter().chain(pages_error) {
                let is_limit = matches!(error, PdfError::Limit(_));
                let rule = if is_limit { &rule::CONTAINER_LIMITS } else { &rule::DOCUMENT_STRUCTURE };
                findings.add_with(rule, Status::Unknown, Detail::same(error.to_string()));
            }
            return;
        }
        Opened::Earlier(error) | Opened::Rebuilt(error) => {
            findings.add(&rule::CONTAINER_FORMAT, Status::Good);
            return findings.add_with(&rule::PDF_STRUCTURE, Status::Unknown, Detail::same(error.to_string()));
        }
        Opened::Not(error) => error,
    };
    let rule = match error {
        PdfError::PasswordNeeded => return findings.add(&rule::PDF_ENCRYPTION, Status::Unknown),
        PdfError::Limit(_) => &rule::CONTAINER_LIMITS,
        _ => &rule::CONTAINER_FORMAT,
    };
    findings.add_with(rule, Status::Unknown, Detail::same(error.to_string()));
}

/// A tree of pages that contradicts itself: readers that count by `Count`, or go up by `Parent`, show other pages.
fn judge_page_tree(file: &File<'_>, findings: &mut Findings) {
    let Ok(pages) = file.page_tree() else { return };
    let mut told: Vec<Detail> = Vec::new();
    for fault in &pages.tree.faults {
        let words = super::changes::fault_words(fault);
        if !told.contains(&words) {
            told.push(words);
        }
        if told.len() > NAMED {
            break;
        }
    }
    if !told.is_empty() {
        let zh = Detail::list(told.iter().map(|words| words.zh.as_str()), NAMED).zh;
        let en = Detail::list(told.iter().map(|words| words.en.as_str()), NAMED).en;
        findings.add_with(&rule::PDF_PAGES, Status::Unknown, Detail::new(zh, en));
    }
}

/// The largest `Size` that readers take for one (ISO 32000-1 annex C: 8,388,607 indirect objects).
const MOST_OBJECTS: i64 = 8_388_607;
/// Where so many objects are told, there may be numbers without an object.
const FEW_OBJECTS: usize = 65_535;

/// What makes two readers find two documents: an impossible `Size`, an object that is not whole in its place, or anything
/// that was forgiven and that others read in another way.
fn doubt(file: &File<'_>, view: &Pdf<'_>) -> Option<Detail> {
    let forgiven = || {
        let facts = view.facts();
        let heavy = facts.iter().find(|fact| standing::is_heavy(fact)).map(Fact::code);
        let code = heavy.or_else(|| (!view.has_all_facts()).then_some("pdf.facts"))?;
        Some(Detail::new(
            format!("各阅读器对此的读法不同：{code}"),
            format!("readers make different things of it: {code}"),
        ))
    };
    odd_size(view, file.bytes.len()).or_else(|| standing::fault(file, view)).or_else(forgiven)
}

/// A trailer whose `Size` makes readers repair the file: none, or more objects than a file can have, or than there is
/// room for in this one.
fn odd_size(view: &Pdf<'_>, length: usize) -> Option<Detail> {
    let room = i64::try_from(length.max(FEW_OBJECTS)).unwrap_or(MOST_OBJECTS).min(MOST_OBJECTS);
    let mut sizes = view.sections().iter().map(|section| section.trailer.exact_integer(b"Size"));
    let odd = sizes.find(|size| size.is_none_or(|size| !(0..=room).contains(&size)))?;
    let told = odd.map_or_else(|| "-".to_owned(), |size| size.to_string());
    Some(Detail::new(
        format!("文件尾的 Size（{told}）不可能，有的阅读器会重建文件"),
        format!("the Size of a trailer ({told}) is impossible: some readers repair the file"),
    ))
}

/// Bytes before the header: readers take the file all the same, and other programs take it for something else.
fn judge_surroundings(file: &File<'_>, profile: Profile, findings: &mut Findings) {
    let head = memchr::memmem::find(file.bytes, b"%PDF-").unwrap_or(0);
    let before = file.bytes.get(..head).unwrap_or_default();
    let ends_an_archive = file
        .bytes
        .get(file.bytes.len().saturating_sub(ARCHIVE_END)..)
        .is_some_and(|end| memchr::memmem::find(end, b"PK\x05\x06").is_some());
    if ends_an_archive {
        let detail = Detail::new("文件同时是压缩包", "the file is an archive as well");
        return findings.add_with(&rule::CONTAINER_SURROUNDINGS, Status::Unknown, detail);
    }
    judge_end(file, findings);
    if !before.is_empty() {
        let detail =
            Detail::new(format!("文件头之前有 {head} 字节"), format!("{head} bytes before the header"));
        let is_white = before.iter().all(|byte| super::file::is_white(*byte));
        let status = if is_white { worth(profile) } else { Status::Unknown };
        findings.add_with(&rule::CONTAINER_SURROUNDINGS, status, detail);
    }
}

/// Readers look for the end in the last 1,024 bytes (PDF Reference 1.7, appendix H.3, note 18). Where it is not there they
/// repair the file, and may find other objects than its cross-reference data names.
fn judge_end(file: &File<'_>, findings: &mut Findings) {
    let Some(last) = file.ends.last() else { return };
    if file.bytes.len().saturating_sub(last.range.start) > END {
        let detail = Detail::new(
            "文件结束标记之后空白过长，有的阅读器会重建文件",
            "so much follows the mark of the end that some readers repair the file",
        );
        findings.add_with(&rule::CONTAINER_SURROUNDINGS, Status::Unknown, detail);
    }
}

/// What the reader forgave in what it has read.
fn judge_facts(view: &Pdf<'_>, profile: Profile, findings: &mut Findings) {
    let facts = view.facts();
    let mut codes: Vec<&str> =
        facts.iter().filter(|fact| !matches!(fact, Fact::BytesBeforeHeader(_))).map(Fact::code).collect();
    codes.sort_unstable();
    codes.dedup();
    if !codes.is_empty() {
        findings.add_with(&rule::DOCUMENT_DEVIATION, worth(profile), Detail::list(codes, NAMED));
    }
}

/// Where readers look for the end of the file.
const END: usize = 1_024;
/// How far from the end the end of an archive is looked for.
const ARCHIVE_END: usize = 65_557;

fn differences(objects: &[u32], pages: &[usize]) -> Detail {
    let objects: Vec<String> = objects.iter().map(ToString::to_string).collect();
    let objects = Detail::list(objects.iter().map(String::as_str), NAMED);
    let pages: Vec<String> = pages.iter().map(ToString::to_string).collect();
    let pages = Detail::list(pages.iter().map(String::as_str), NAMED);
    let mut words = Detail::new(format!("对象 {}", objects.zh), format!("objects {}", objects.en));
    if !pages.zh.is_empty() {
        words.zh = format!("第 {} 页，{}", pages.zh, words.zh);
        words.en = format!("pages {}, {}", pages.en, words.en);
    }
    words
}

/// Page objects that the tree of pages does not hold. Only looked for in files with few objects, since nothing rests on
/// it.
fn unused_pages(file: &File<'_>, view: &Pdf<'_>) -> Vec<ObjectId> {
    let numbers = view.numbers();
    if numbers.len() > LOOKED_AT {
        return Vec::new();
    }
    let Ok(pages) = file.pages() else { return Vec::new() };
    let used: HashSet<ObjectId> = pages.iter().filter_map(|page| page.id).collect();
    let ids = numbers.iter().filter_map(|(number, _)| id_of(view, *number));
    ids.filter(|id| !used.contains(id))
        .filter(|id| {
            let object = view.read_object(*id).ok();
            object.is_some_and(|indirect| {
                indirect
                    .object
                    .as_dictionary()
                    .is_some_and(|dictionary| dictionary.has_name(b"Type", b"Page"))
            })
        })
        .collect()
}
