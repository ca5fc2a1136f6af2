//! OFD documents (GB/T 33190): facts from the package, then findings and a verdict.

mod added;
mod beside;
mod carried;
mod container;
mod coverage;
mod foreign;
mod gather;
mod hashed;
mod judge;
mod object;
mod seen;
mod stamps;
mod strays;
mod structure;
mod told;

use formats::ofd::{Limits, OfdError, Package};
use formats::zip::ZipError;

use crate::catalogue as rule;
use crate::catalogue::Scheme;
use crate::checks::Checks;
use crate::finding::Findings;
use crate::handed::is_handed;
use crate::options::{Options, Profile};
use crate::report::{Format, Readability, Report, SignatureReport};
use crate::text::Detail;
use crate::trust::{SealIdentity, Trust};
use crate::verdict::{Status, Verdict};

pub(crate) use hashed::digests_of;

use added::Loose;
use coverage::Shown;
use gather::{Gathered, Signatures};
use judge::Around;
use strays::{Lists, Strays};

/// Signatures listed again that are named in one hint.
const REPEATED: usize = 5;

/// Judges an OFD document, or its digests where they were handed over in its place.
pub(crate) fn verify(bytes: &[u8], trust: &Trust, options: &Options) -> Report {
    if is_handed(bytes) {
        return hashed::verify(bytes, trust, options);
    }
    let mut findings = Findings::new(Scheme::Gbt38540);
    let package = match Package::open(bytes, &limits(options)) {
        Ok(package) => package,
        Err(error) => return refuse(&error, bytes, trust, options, findings),
    };
    findings.add(&rule::CONTAINER_FORMAT, Status::Good);
    let mut facts = package.archive().facts().to_vec();
    facts.extend(package.archive().check_contents());
    container::judge(package.archive(), &facts, options.profile, &mut findings);

    let mut checks = Checks::default();
    let mut signatures = Signatures::gather(&package, options.limits.signatures, trust, &mut checks);
    let covered = signatures.digest_covered(&package, &mut checks);
    let outcomes = checks.run();
    signatures.check_references(&package, &covered, &outcomes);
    let shown = Shown::find(&package);
    let strays = Strays::find(&package, &shown.reach);
    let lists = Lists::find(&package, &strays, &signatures);
    let loose = Loose::find(&package, &shown, &strays, &signatures);
    let around = Around { shown: &shown, lists: &lists, loose: &loose };
    let reports = judge::signatures(&signatures, &around, trust, options, &outcomes);
    judge_lists(&signatures, options.profile, &mut findings);
    let covered = coverage::covered(&reports);
    structure::judge(&shown, &covered, &signatures, options.profile, &mut findings);
    structure::judge_other_readings(&package, &shown, &mut findings);
    let is_signed = !signatures.list.is_empty();
    if is_signed {
        coverage::judge(&shown, &strays, &covered, &signatures, options.profile, &mut findings);
        told::judge(&package, &shown, &covered, &signatures, options.profile, &mut findings);
        carried::judge(&package, &covered, &signatures, &mut findings);
        added::judge_document(&signatures, &loose, &mut findings);
    }
    coverage::judge_beside(&package, &shown, &strays, &covered, is_signed, &mut findings);
    report(bytes, trust, options, findings, reports)
}

/// The seals in a document, for a look into a register beforehand.
pub(crate) fn seals_in(bytes: &[u8], options: &Options) -> Vec<SealIdentity> {
    if is_handed(bytes) {
        return hashed::seals_in(bytes, options);
    }
    let opened = Package::open(bytes, &limits(options));
    opened.map_or_else(|_| Vec::new(), |package| seals_of(&package, options))
}

fn seals_of(package: &Package<'_>, options: &Options) -> Vec<SealIdentity> {
    let (trust, mut checks) = (Trust::new(), Checks::default());
    let signatures = Signatures::gather(package, options.limits.signatures, &trust, &mut checks);
    signatures.list.iter().filter_map(Gathered::seal_identity).collect()
}

fn limits(options: &Options) -> Limits {
    let mut limits = Limits::default();
    limits.zip.archive_bytes = options.limits.file_len;
    limits
}

fn report(
    bytes: &[u8],
    trust: &Trust,
    options: &Options,
    findings: Findings,
    signatures: Vec<SignatureReport>,
) -> Report {
    Report::of(Format::Ofd, bytes, trust, options, findings, signatures)
}

/// The lists of signatures: read, unreadable, or none at all.
fn judge_lists(signatures: &Signatures<'_>, profile: Profile, findings: &mut Findings) {
    if !signatures.repeated.is_empty() {
        let status = if profile == Profile::Strict { Status::Bad } else { Status::Unknown };
        let names = Detail::list(signatures.repeated.iter().map(String::as_str), REPEATED);
        findings.add_with(&rule::SIGNATURES_REPEATED, status, names);
    }
    for problem in &signatures.problems {
        let rule = if is_limit(problem) { &rule::CONTAINER_LIMITS } else { &rule::SIGNATURES_LIST };
        findings.add_with(rule, Status::Unknown, Detail::same(problem.to_string()));
    }
    if signatures.is_cut_off {
        let detail = Detail::new("签名数目超出上限", "more signatures than are judged");
        findings.add_with(&rule::CONTAINER_LIMITS, Status::Unknown, detail);
    }
    if !signatures.problems.is_empty() {
        return;
    }
    if signatures.list.is_empty() {
        findings.add(&rule::SIGNATURES_NONE, Status::Unknown);
    } else {
        findings.add(&rule::SIGNATURES_LIST, Status::Good);
    }
}

/// A package that cannot be opened is not judged: that is no verdict on what it may once have been.
fn refuse(
    error: &OfdError,
    bytes: &[u8],
    trust: &Trust,
    options: &Options,
    mut findings: Findings,
) -> Report {
    let not_zip = matches!(error, OfdError::Zip(ZipError::NotZip));
    let is_foreign = (not_zip && !begins_an_archive(bytes)) || no_entry_file(error);
    let rule = if is_limit(error) { &rule::CONTAINER_LIMITS } else { &rule::CONTAINER_FORMAT };
    findings.add_with(rule, Status::Unknown, Detail::same(error.to_string()));
    let mut report = report(bytes, trust, options, findings, Vec::new());
    report.format = if is_foreign { Format::Unknown } else { Format::Ofd };
    report.readability = if is_foreign { Readability::UnknownFormat } else { Readability::Damaged };
    report.verdict = Verdict::Indeterminate;
    report
}

/// The first entry of an archive whose end is missing: a document that was cut off, not something else.
fn begins_an_archive(bytes: &[u8]) -> bool {
    bytes.starts_with(b"PK\x03\x04")
}

/// An archive without the file that every OFD begins with is some other kind of archive.
fn no_entry_file(error: &OfdError) -> bool {
    matches!(error, OfdError::MissingFile { .. })
}

fn is_limit(error: &OfdError) -> bool {
    use formats::xml::XmlError as Xml;
    match error {
        OfdError::TooMany { .. } | OfdError::TooMuchRead { .. } => true,
        OfdError::Zip(error) => matches!(
            error,
            ZipError::ArchiveTooLarge { .. }
                | ZipError::TooManyEntries { .. }
                | ZipError::NameTooLong { .. }
                | ZipError::TotalTooLarge { .. }
                | ZipError::EntryTooLarge { .. }
                | ZipError::RatioTooLarge { .. }
        ),
        OfdError::Xml { source, .. } => matches!(
            source,
            Xml::TooLarge { .. }
                | Xml::TooDeep { .. }
                | Xml::TooManyElements { .. }
                | Xml::TooManyAttributes { .. }
                | Xml::TooManyAttributesInAll { .. }
        ),
        _ => false,
    }
}
