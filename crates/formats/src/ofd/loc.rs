//! Paths within a package (ST_Loc, GB/T 33190-2016 §7.3): `/` is the package's root, a path without it is
//! relative to the folder of the file that holds it, `.` and `..` are understood, and case matters.

use super::fact::{Fact, Facts, PathNote};
use crate::zip::Archive;

/// Longest path that is followed, in bytes.
const LONGEST: usize = 1024;

/// Whether the file a path leads to is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Presence {
    /// It is.
    Present,
    /// Only with another case; [`Location::path`] is the path it has.
    OtherCase,
    /// It is not.
    Missing,
    /// The path is empty, too long, or leads out of the package.
    Unusable,
}

/// Where a path of the package leads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Location {
    /// As it stands in the file.
    pub written: String,
    /// The path from the package's root, without leading slash: that of the entry, where there is one.
    pub path: String,
    /// Whether the file is there.
    pub presence: Presence,
}

impl Location {
    /// Whether a file is there that a tolerant reader would open.
    pub fn is_there(&self) -> bool {
        matches!(self.presence, Presence::Present | Presence::OtherCase)
    }

    /// The path with a leading slash, as references of a signature write it.
    pub fn absolute(&self) -> String {
        format!("/{}", self.path)
    }
}

/// Resolves a path relative to `folder`, and notes what is unusual about it. `None` when it leads nowhere.
pub(super) fn resolve_in(folder: &str, written: &str, notes: &mut Vec<PathNote>) -> Option<String> {
    let written = written.trim();
    if written.is_empty() || written.len() > LONGEST || written.contains('\0') {
        notes.push(PathNote::Unusable);
        return None;
    }
    if written.contains('\\') {
        notes.push(PathNote::Backslash);
    }
    if names_elsewhere(written) {
        notes.push(PathNote::Outside);
        return None;
    }
    let slashes: &[char] = &['/', '\\'];
    let absolute = written.starts_with(slashes);
    let rest = if absolute { written.get(1..).unwrap_or_default() } else { written };
    let mut segments: Vec<&str> =
        if absolute { Vec::new() } else { folder.split('/').filter(|part| !part.is_empty()).collect() };
    for segment in rest.split(slashes) {
        match segment {
            "" => notes.push(PathNote::EmptySegment),
            "." => {}
            ".." => {
                if segments.pop().is_none() {
                    notes.push(PathNote::Outside);
                    return None;
                }
            }
            name => segments.push(name),
        }
    }
    if segments.is_empty() {
        notes.push(PathNote::Unusable);
        return None;
    }
    Some(segments.join("/"))
}

/// Whether it is the address of something else than a file of the package: with a scheme (`http:`, `file:`), a drive
/// (`C:`) or a server (`\\\\server`).
fn names_elsewhere(written: &str) -> bool {
    let scheme = written.split_once(':').map(|(scheme, _)| scheme);
    let is_scheme = |scheme: &str| {
        scheme.starts_with(|first: char| first.is_ascii_alphabetic())
            && scheme.chars().all(|letter| letter.is_ascii_alphanumeric() || "+-.".contains(letter))
    };
    scheme.is_some_and(is_scheme) || written.starts_with("\\\\")
}

/// Resolves a path that `file` holds, relative to `folder`, and looks for it in the archive.
pub(super) fn locate(
    archive: &Archive<'_>,
    file: &str,
    folder: &str,
    written: &str,
    facts: &mut Facts,
) -> Location {
    let mut notes = Vec::new();
    let (path, presence) = match resolve_in(folder, written, &mut notes) {
        None => (written.trim().chars().take(LONGEST).collect(), Presence::Unusable),
        Some(path) => {
            if archive.find(&path).is_some() {
                (path, Presence::Present)
            } else if let Some(entry) = archive.find_ignoring_case(&path) {
                notes.push(PathNote::WrongCase);
                (entry.path().to_owned(), Presence::OtherCase)
            } else {
                // `//Doc_0` is met in the field; `//server/x` that is not in the package may be meant otherwise.
                if written.trim_start().starts_with("//") {
                    notes.push(PathNote::Outside);
                }
                (path, Presence::Missing)
            }
        }
    };
    notes.dedup();
    facts.extend(notes.into_iter().map(|note| self::note(file, written, note)));
    Location { written: cut(written), path, presence }
}

/// What is unusual about a path that `file` holds.
pub(super) fn note(file: &str, written: &str, note: PathNote) -> Fact {
    Fact::Path { file: file.to_owned(), written: cut(written), note }
}

fn cut(written: &str) -> String {
    written.chars().take(LONGEST).collect()
}
