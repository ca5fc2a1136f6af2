//! Files that no signature covers and that hold another document as it is.
//!
//! What is stored without compression stands in the package byte for byte, so a program that looks for the beginning of
//! a PDF or for the records of an archive finds it there: the same file is then two documents. The entry file and the
//! lists of signatures may stay uncovered, and a value has parts that it does not sign; anybody can put in there
//! what he likes. What a signature covers its signer put there, and is not looked at.

use std::collections::HashSet;

use formats::ofd::Package;
use memchr::memmem;

use super::gather::Signatures;
use crate::catalogue as rule;
use crate::finding::Findings;
use crate::text::Detail;
use crate::verdict::Status;

/// Names told in one hint.
const NAMED: usize = 5;
/// How a PDF begins, and the records of a ZIP archive, which an OFD is.
const MARKS: [&[u8]; 4] = [b"%PDF-", b"PK\x03\x04", b"PK\x01\x02", b"PK\x05\x06"];

/// Judges the files that no signature settles.
pub(super) fn judge(
    package: &Package<'_>,
    covered: &HashSet<String>,
    signatures: &Signatures<'_>,
    findings: &mut Findings,
) {
    let mut names = Vec::new();
    for entry in package.files().filter(|entry| !covered.contains(entry.path())) {
        let Some(content) = package.archive().stored(entry) else { continue };
        let carries = MARKS.iter().any(|mark| memmem::find(content, mark).is_some());
        if carries && !signatures.settle(entry.path(), content, &MARKS) {
            names.push(format!("/{}", entry.path()));
        }
    }
    if !names.is_empty() {
        let names = Detail::list(names.iter().map(String::as_str), NAMED);
        findings.add_with(&rule::COVERAGE_CARRIED, Status::Unknown, names);
    }
}
