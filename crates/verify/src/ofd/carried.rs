//! Files that no signature covers and that hold another document as it is.
//!
//! A program that looks for the beginning of a PDF or for the records of an archive looks at the bytes of the package as
//! they stand: it finds what is stored without compression, and what is deflated in blocks that are stored, and the same
//! file is then two documents. The entry file and the lists of signatures may stay uncovered, and a value has parts that it
//! does not sign; anybody can put in there what he likes. What a signature covers its signer put there, and is not
//! looked at. But how it is compressed nobody signs: marks that stand in its compressed bytes and not in its content
//! somebody else may have put there.

use std::collections::HashSet;

use formats::ofd::Package;
use formats::zip::{Entry, Method};
use memchr::memmem;

use super::gather::Signatures;
use super::object;
use crate::catalogue as rule;
use crate::finding::Findings;
use crate::text::{Detail, printable};
use crate::verdict::Status;

/// Names told in one hint.
const NAMED: usize = 5;
/// How a PDF begins, what readers look for that mend one without beginning (beside its objects), and the records of a ZIP
/// archive, which an OFD is.
const MARKS: [&[u8]; 6] = [b"%PDF-", b"startxref", b"endobj", LOCAL, CENTRAL, END];
/// The records.
const LOCAL: &[u8] = b"PK\x03\x04";
const CENTRAL: &[u8] = b"PK\x01\x02";
const END: &[u8] = b"PK\x05\x06";
/// The highest method of compression that any packer has, and the longest name that a disk can hold.
const HIGHEST_METHOD: u16 = 99;
const LONGEST_NAME: u16 = 4096;

/// Judges the files that no signature settles.
pub(super) fn judge(
    package: &Package<'_>,
    covered: &HashSet<String>,
    signatures: &Signatures<'_>,
    findings: &mut Findings,
) {
    let mut names = Vec::new();
    // Data that do not overlap are no longer than the file. What overlaps is told of the archive.
    let mut room = package.archive().bytes().len();
    for entry in package.archive().entries() {
        let data = package.archive().data(entry);
        let Some(left) = room.checked_sub(data.len()) else { continue };
        room = left;
        let is_covered = covered.contains(entry.path());
        let in_name = !is_covered && is_marked(entry.name().as_bytes());
        if in_name || carries(package, entry, data, is_covered, signatures) {
            names.push(format!("/{}", printable(entry.path())));
        }
    }
    if !names.is_empty() {
        let names = Detail::list(names.iter().map(String::as_str), NAMED);
        findings.add_with(&rule::COVERAGE_CARRIED, Status::Unknown, names);
    }
}

/// Whether marks stand in the data of an entry that no signature settles.
fn carries(
    package: &Package<'_>,
    entry: &Entry,
    data: &[u8],
    is_covered: bool,
    signatures: &Signatures<'_>,
) -> bool {
    let is_packed = entry.method() != Method::Stored;
    if is_covered && !is_packed {
        return false;
    }
    // Four bytes come about by chance in what is compressed: there a record has to look like one.
    let stands = |mark: &&&[u8]| if is_packed { holds_record(data, mark) } else { holds(data, mark) };
    let marks: Vec<&[u8]> = MARKS.iter().filter(stands).copied().collect();
    let has_object = object::stands(data);
    if marks.is_empty() && !has_object {
        return false;
    }
    let Ok(content) = package.archive().read(entry) else { return true };
    // A mark that the content has not is in the compression.
    let has_all = marks.iter().all(|mark| holds(&content, mark)) && (!has_object || object::stands(&content));
    if is_packed && !has_all {
        return true;
    }
    !is_covered && !signatures.settle(entry.path(), &content, &is_marked)
}

/// Whether something of another document stands in these bytes.
fn is_marked(bytes: &[u8]) -> bool {
    MARKS.iter().any(|mark| holds(bytes, mark)) || object::stands(bytes)
}

fn holds(bytes: &[u8], mark: &[u8]) -> bool {
    memmem::find(bytes, mark).is_some()
}

/// The same, but of records only those that some reader could use: with a method and a name, or with an end that agrees
/// with itself.
fn holds_record(bytes: &[u8], mark: &[u8]) -> bool {
    let is_record = |at: usize| {
        let field = |offset: usize| {
            let start = at.checked_add(offset)?;
            let field = bytes.get(start..start.checked_add(2)?)?;
            Some(u16::from_le_bytes(field.try_into().ok()?))
        };
        let is_file = |method: usize, name: usize| {
            field(method).is_some_and(|method| method <= HIGHEST_METHOD)
                && field(name).is_some_and(|len| (1..=LONGEST_NAME).contains(&len))
        };
        match mark {
            LOCAL => is_file(8, 26),
            CENTRAL => is_file(10, 28),
            END => field(8).is_some_and(|count| field(10) == Some(count)),
            _ => true,
        }
    };
    memmem::find_iter(bytes, mark).any(is_record)
}

#[cfg(test)]
mod tests {
    use super::{CENTRAL, END, LOCAL, holds, holds_record};

    #[test]
    fn a_record_is_more_than_its_mark() {
        for mark in [LOCAL, CENTRAL, END] {
            let chance: Vec<u8> = [mark, &(100..160).collect::<Vec<u8>>()].concat();
            assert!(holds(&chance, mark) && !holds_record(&chance, mark));
            let record = [chance.as_slice(), mark, &[1, 0].repeat(20)].concat();
            assert!(holds_record(&record, mark));
            assert!(!holds_record(mark, mark), "cut off");
        }
        assert!(holds_record(b"%PDF-1.4", b"%PDF-"));
    }
}
