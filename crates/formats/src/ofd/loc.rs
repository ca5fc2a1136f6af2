//! Paths within a package (ST_Loc, GB/T 33190-2016 §7.3): `/` is the package's root, a path without it is
//! relative to the folder of the file that holds it, `.` and `..` are understood, and case matters. White space around it is
//! that of XML and nothing else: what a library cuts off beyond that, another one leaves.

use super::fact::{Fact, Facts, PathNote, cut};
use super::letter::PATH_BLANK;
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
    /// As it stands in the file, cut where it is long.
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
    let written = trimmed(written);
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

/// A path without the white space of XML around it.
pub(super) fn trimmed(written: &str) -> &str {
    written.trim_matches(is_xml_blank)
}

const fn is_xml_blank(character: char) -> bool {
    matches!(character, ' ' | '\t' | '\r' | '\n')
}

/// Whether nobody sees the character, and some libraries cut it off the ends of a text: white space, controls, marks of
/// direction and of byte order, joiners.
fn is_unseen(character: char) -> bool {
    character.is_whitespace()
        || character.is_control()
        || matches!(character,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}')
}

/// Whether it is the address of something else than a file of the package: with a scheme (`http:`, `file:`), a drive
/// (`C:`) or a server (`\\\\server`; on some systems a slash and a backslash are as good).
fn names_elsewhere(written: &str) -> bool {
    // Who cuts off more than is white space to XML sees an address where others see a name.
    let written = written.trim_matches(is_unseen);
    let scheme = written.split_once(':').map(|(scheme, _)| scheme);
    let is_scheme = |scheme: &str| {
        scheme.starts_with(|first: char| first.is_ascii_alphabetic())
            && scheme.chars().all(|letter| letter.is_ascii_alphanumeric() || "+-.".contains(letter))
    };
    scheme.is_some_and(is_scheme)
        || matches!(written.as_bytes(), [b'\\', b'/' | b'\\', ..] | [b'/', b'\\', ..])
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
    // The name of a file may begin or end with white space.
    let with_blanks = verbatim(archive, folder, written);
    let is_odd = with_blanks.is_some() || trimmed(written) != trimmed(written).trim_matches(is_unseen);
    if is_odd {
        facts.push(Fact::letter(file, PATH_BLANK, written));
    }
    let resolved = with_blanks.or_else(|| resolve_in(folder, written, &mut notes));
    let (path, presence) = match resolved {
        None => (cut(trimmed(written)), Presence::Unusable),
        Some(path) => {
            if archive.find(&path).is_some() {
                (path, Presence::Present)
            } else if let Some(entry) = archive.find_ignoring_case(&path) {
                notes.push(PathNote::WrongCase);
                (entry.path().to_owned(), Presence::OtherCase)
            } else {
                // `//Doc_0` is met in the field; `//server/x` that is not in the package may be meant otherwise.
                if trimmed(written).starts_with("//") {
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

/// The file whose path is this one with the white space around it, if there is one.
fn verbatim(archive: &Archive<'_>, folder: &str, written: &str) -> Option<String> {
    let inside = trimmed(written);
    if inside.is_empty() || inside == written {
        return None;
    }
    let (before, behind) = written.split_once(inside)?;
    let path = resolve_in(folder, inside, &mut Vec::new())?;
    let is_absolute = inside.starts_with(['/', '\\']);
    // White space before a slash is no part of a name.
    let path = if before.is_empty() || is_absolute {
        format!("{path}{behind}")
    } else {
        let from = path.len().checked_sub(inside.len())?;
        format!("{}{before}{}{behind}", path.get(..from)?, path.get(from..)?)
    };
    archive.find(&path).map(|_| path)
}

/// What is unusual about a path that `file` holds.
pub(super) fn note(file: &str, written: &str, note: PathNote) -> Fact {
    Fact::Path { file: file.to_owned(), written: cut(written), note }
}
