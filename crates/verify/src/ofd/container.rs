//! What the container reader noticed, turned into findings.
//!
//! The measure is whether two readers could see different documents. What only departs from the form is a
//! note; what could hide a second document is at least unknown.
//!
//! Bytes that belong to no file (around the archive, between its records, in comments and extra fields, behind
//! the end of compressed data) may hold anything that some program opens, so no list of kinds is looked for:
//! only zeros and white space are let pass.

use formats::zip::{Archive, Fact, SameName, ZipError};

use crate::catalogue as rule;
use crate::catalogue::Rule;
use crate::deviation::worth;
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
    let departure = worth(profile);
    if let Some(range) = fact.loose_bytes() {
        let is_bad = profile == Profile::Strict;
        let loose = if is_bad { Status::Bad } else { Status::Unknown };
        let status = if archive.is_blank(range.clone()) { departure } else { loose };
        return Some((&rule::CONTAINER_SURROUNDINGS, status));
    }
    Some(match fact {
        Fact::SeveralEnds { .. } => (&rule::CONTAINER_SURROUNDINGS, Status::Unknown),
        Fact::DuplicateName { same: SameName::Exact | SameName::Path, .. } => {
            (&rule::CONTAINER_DUPLICATES, Status::Bad)
        }
        Fact::DuplicateName { .. }
        | Fact::Overlap { .. }
        | Fact::CountMismatch { .. }
        | Fact::UnderFile { .. }
        | Fact::LocalMismatch { .. }
        | Fact::DescriptorInside(_)
        | Fact::OddFlags(_)
        | Fact::OddHeader(_)
        | Fact::EmptyName(_)
        | Fact::AbsoluteName(_)
        | Fact::ParentName(_)
        | Fact::ControlName(_)
        | Fact::FlaggedName(_)
        | Fact::UndecodableName(_)
        | Fact::UnicodePathDiffers(_)
        | Fact::DirectoryWithContent(_)
        | Fact::SpecialFile(_) => (&rule::CONTAINER_NAMES, Status::Unknown),
        Fact::Encrypted(_) | Fact::UnsupportedMethod(_) => (&rule::CONTAINER_CONTENT, Status::Unknown),
        Fact::Unreadable { code, .. } => (&rule::CONTAINER_CONTENT, unreadable(code)),
        Fact::Zip64 => return None,
        // Backslashes, names in GBK or without the flag of UTF-8, odd segments, descriptors that are missing: departures of
        // form. Where such names lead two readers to different files, they are the same in another reading.
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

fn describe(archive: &Archive<'_>, fact: &Fact) -> String {
    let name =
        |index: usize| archive.entries().get(index).map(|entry| printable(entry.name())).unwrap_or_default();
    let code = fact.code();
    if let Some(range) = fact.loose_bytes() {
        return format!("{code} ({} bytes at {})", range.len(), range.start);
    }
    match fact {
        Fact::DuplicateName { first: entry, .. }
        | Fact::Overlap { first: entry, .. }
        | Fact::UnderFile { entry, .. }
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
        | Fact::UnflaggedName(entry)
        | Fact::FlaggedName(entry)
        | Fact::UndecodableName(entry)
        | Fact::UnicodePathDiffers(entry)
        | Fact::Encrypted(entry)
        | Fact::UnsupportedMethod(entry)
        | Fact::DirectoryWithContent(entry)
        | Fact::DescriptorInside(entry)
        | Fact::OddFlags(entry)
        | Fact::OddHeader(entry)
        | Fact::SpecialFile(entry) => format!("{} ({code})", name(*entry)),
        _ => code.to_owned(),
    }
}
