//! What the container reader noticed, turned into findings.
//!
//! The measure is whether two readers could see different documents. What only departs from the form is a
//! note; what could hide a second document is at least unknown.

use formats::zip::{Archive, Fact, HeaderField, SameName, ZipError};

use crate::catalogue as rule;
use crate::catalogue::Rule;
use crate::finding::Findings;
use crate::options::Profile;
use crate::text::{Detail, printable};
use crate::verdict::Status;

/// Names told in one hint.
const SHOWN: usize = 5;

/// Judges the facts of an archive; each rule gives at most one finding a status, naming what it is about.
pub(super) fn judge(archive: &Archive<'_>, facts: &[Fact], profile: Profile, findings: &mut Findings) {
    let mut groups: Vec<(&'static Rule, Status, Vec<String>)> = Vec::new();
    for fact in facts {
        let Some((rule, status)) = meaning(archive, fact, profile) else { continue };
        let about = describe(archive, fact);
        match groups.iter_mut().find(|(known, of, _)| std::ptr::eq(*known, rule) && *of == status) {
            Some((_, _, list)) => list.push(about),
            None => groups.push((rule, status, vec![about])),
        }
    }
    for (rule, status, list) in groups {
        findings.add_with(rule, status, Detail::list(list.iter().map(String::as_str), SHOWN));
    }
}

/// The rule a fact counts for, and how. `None` when it is of no weight.
fn meaning(archive: &Archive<'_>, fact: &Fact, profile: Profile) -> Option<(&'static Rule, Status)> {
    let departure = if profile == Profile::Strict { Status::Bad } else { Status::Note };
    Some(match fact {
        Fact::BytesBefore(range) | Fact::BytesAfter(range) | Fact::Comment(range) => {
            let bytes = archive.bytes().get(range.clone()).unwrap_or_default();
            let status = if holds_records(bytes) { Status::Unknown } else { departure };
            (&rule::CONTAINER_SURROUNDINGS, status)
        }
        Fact::Gap { hidden_record: true, .. } | Fact::SeveralEnds { .. } => {
            (&rule::CONTAINER_SURROUNDINGS, Status::Unknown)
        }
        Fact::DuplicateName { same: SameName::Exact | SameName::Path, .. } => {
            (&rule::CONTAINER_DUPLICATES, Status::Bad)
        }
        Fact::DuplicateName { .. }
        | Fact::Overlap { .. }
        | Fact::CountMismatch { .. }
        | Fact::LocalMismatch {
            field: HeaderField::Name | HeaderField::Method | HeaderField::Size, ..
        }
        | Fact::EmptyName(_)
        | Fact::AbsoluteName(_)
        | Fact::ParentName(_)
        | Fact::ControlName(_)
        | Fact::UndecodableName(_)
        | Fact::UnicodePathDiffers(_)
        | Fact::DirectoryWithContent(_)
        | Fact::SpecialFile(_) => (&rule::CONTAINER_NAMES, Status::Unknown),
        Fact::Encrypted(_) | Fact::UnsupportedMethod(_) => (&rule::CONTAINER_CONTENT, Status::Unknown),
        Fact::Unreadable { code, .. } => (&rule::CONTAINER_CONTENT, unreadable(code)),
        Fact::Zip64 => return None,
        // Backslashes, GBK names, odd segments, descriptors and sizes told twice: departures of form.
        _ => (&rule::CONTAINER_DEVIATION, departure),
    })
}

/// What cannot be unpacked for its kind is unknown; what is damaged is bad.
fn unreadable(code: &str) -> Status {
    let beyond = [
        ZipError::Encrypted { name: String::new() }.code(),
        ZipError::UnsupportedMethod { name: String::new(), method: 0 }.code(),
        ZipError::EntryTooLarge { name: String::new(), bytes: 0, limit: 0 }.code(),
        ZipError::RatioTooLarge { name: String::new(), limit: 0 }.code(),
        ZipError::TotalTooLarge { limit: 0 }.code(),
    ];
    if beyond.contains(&code) { Status::Unknown } else { Status::Bad }
}

/// True when bytes outside the archive hold something that a reader could take for records of one, or for another
/// document: a file may be an OFD to one program and a PDF to the next.
fn holds_records(bytes: &[u8]) -> bool {
    const OTHERS: [&[u8]; 5] = [b"%pdf-", b"<html", b"<!doctype", b"{\\rtf", b"\xd0\xcf\x11\xe0\xa1\xb1"];
    let begins = |other: &[u8]| bytes.windows(other.len()).any(|window| window.eq_ignore_ascii_case(other));
    if OTHERS.into_iter().any(begins) {
        return true;
    }
    bytes
        .windows(4)
        .any(|window| matches!(window, b"PK\x03\x04" | b"PK\x01\x02" | b"PK\x05\x06" | b"PK\x06\x06"))
}

fn describe(archive: &Archive<'_>, fact: &Fact) -> String {
    let name =
        |index: usize| archive.entries().get(index).map(|entry| printable(entry.name())).unwrap_or_default();
    let code = fact.code();
    match fact {
        Fact::BytesBefore(range)
        | Fact::BytesAfter(range)
        | Fact::Comment(range)
        | Fact::Gap { range, .. } => {
            format!("{code} ({} bytes at {})", range.len(), range.start)
        }
        Fact::DuplicateName { first: entry, .. }
        | Fact::Overlap { first: entry, .. }
        | Fact::LocalMismatch { entry, .. }
        | Fact::Unreadable { entry, .. }
        | Fact::MissingDescriptor(entry)
        | Fact::EmptyName(entry)
        | Fact::AbsoluteName(entry)
        | Fact::BackslashName(entry)
        | Fact::ParentName(entry)
        | Fact::OddSegments(entry)
        | Fact::ControlName(entry)
        | Fact::GbkName(entry)
        | Fact::UndecodableName(entry)
        | Fact::UnicodePathDiffers(entry)
        | Fact::Encrypted(entry)
        | Fact::UnsupportedMethod(entry)
        | Fact::DirectoryWithContent(entry)
        | Fact::SpecialFile(entry)
        | Fact::BytesAfterDeflate(entry) => format!("{} ({code})", name(*entry)),
        _ => code.to_owned(),
    }
}
