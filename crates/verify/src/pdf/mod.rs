//! PDF documents (ISO 32000): facts from the bytes, the revisions and the objects, then findings and a verdict.
//!
//! The byte layer comes first: which bytes a signature covers, what stands in the gap, what follows. Then the revision
//! that is signed is opened as if the file ended there and held against the document as it is now. Signatures are judged
//! by the structure of their value, whatever the file calls it, and none is left out.

mod behind;
mod changes;
mod document;
mod evidence;
mod file;
mod found;
mod gather;
mod hashed;
mod judge;
mod linear;
mod permission;
mod range;
mod rebuilt;
mod rendered;
mod same;
mod seal;
mod signed;
mod standing;
mod tokens;

use formats::ofd::Package;
use formats::pdf::Limits;

use crate::catalogue as rule;
use crate::catalogue::Scheme;
use crate::checks::Checks;
use crate::finding::Findings;
use crate::options::Options;
use crate::report::{Format, Readability, Report, SignatureKind, SignatureReport};
use crate::text::Detail;
use crate::trust::{SealIdentity, Trust};
use crate::verdict::{Status, Verdict};

pub(crate) use seal::{Ink, Pixels};

pub(crate) use hashed::{digests_of, is_handed, seals_in as seals_handed, verify as verify_handed};

use file::{File, Opened};
use found::Signatures;
use gather::Gathered;

/// Where the header of a PDF may begin.
const HEADER: usize = 1024;

/// True when these bytes are to be judged as a PDF: its header stands near the beginning, and they are no OFD. One that
/// is both is judged as an OFD, which tells what stands before the archive.
pub(crate) fn is_pdf(bytes: &[u8]) -> bool {
    let head = bytes.get(..bytes.len().min(HEADER)).unwrap_or_default();
    let has_header = head.windows(5).any(|window| window == b"%PDF-");
    has_header && !bytes.starts_with(b"PK") && Package::open(bytes, &formats::ofd::Limits::default()).is_err()
}

/// Judges a PDF.
pub(crate) fn verify(bytes: &[u8], trust: &Trust, options: &Options) -> Report {
    let mut findings = Findings::new(Scheme::Plain);
    if bytes.len() > options.limits.file_len {
        let detail = Detail::new("文件过大", "the file is too large");
        findings.add_with(&rule::CONTAINER_LIMITS, Status::Unknown, detail);
        return damaged(report(bytes, trust, options, findings, Vec::new()));
    }
    let most = options.limits.signatures;
    let file = File::open(bytes, limits(options), most);
    let form = file.view.as_deref().and_then(|view| view.form().ok());
    let found = Signatures::find(&file, form.as_ref(), most);
    let (embedded, rights, is_cut_off) = (found.embedded, found.usage_rights, found.is_cut_off);
    let mut checks = Checks::default();
    let kept = file.view.as_deref().map(evidence::kept).unwrap_or_default();
    let informed = trust.with_evidence(&kept);
    let gathered = Gathered::all(&file, found, &informed, &mut checks);
    let outcomes = checks.run();
    let context = judge::Context { file: &file, form: form.as_ref(), trust, options, outcomes: &outcomes };
    let (mut reports, jobs) = judge::signatures(&context, &gathered);
    if let Some(rendering) = &options.rendering {
        rendered::judge(&file, rendering, &jobs, &mut reports);
    }
    document::judge(&file, form.as_ref(), options.profile, &mut findings);
    judge_others(embedded, rights, &mut findings);
    if is_cut_off {
        let detail = Detail::new("签名数目超出上限", "more signatures than are judged");
        findings.add_with(&rule::CONTAINER_LIMITS, Status::Unknown, detail);
    } else if !file.dictionaries.is_whole {
        let detail = Detail::new("无法完整查找签名", "the file could not be searched whole for signatures");
        findings.add_with(&rule::CONTAINER_LIMITS, Status::Unknown, detail);
    }
    if file.is_spent() && !matches!(file.opened, Opened::Not(_)) {
        let detail =
            Detail::new("处理整个文件的工作量超出上限", "the work on the whole document goes beyond a limit");
        findings.add_with(&rule::CONTAINER_LIMITS, Status::Unknown, detail);
    }
    if file.view.is_some() {
        judge_none(reports.iter().map(|report| report.kind), &mut findings);
    }
    let is_damaged = matches!(file.opened, Opened::Not(_));
    let report = report(bytes, trust, options, findings, reports);
    if is_damaged { damaged(report) } else { report }
}

/// Signatures that are there and do not sign this document.
fn judge_others(embedded: usize, rights: usize, findings: &mut Findings) {
    if embedded > 0 {
        let detail = Detail::new(format!("附件内 {embedded} 个"), format!("{embedded} in attached data"));
        findings.add_with(&rule::PDF_EMBEDDED, Status::Note, detail);
    }
    if rights > 0 {
        let detail = Detail::new(format!("使用权限 {rights} 个"), format!("{rights} of usage rights"));
        findings.add_with(&rule::PDF_EMBEDDED, Status::Note, detail);
    }
}

/// A document without signatures, and one that holds time stamps alone: they tell since when it was there, and nobody
/// signed it.
fn judge_none(mut kinds: impl Iterator<Item = SignatureKind>, findings: &mut Findings) {
    match kinds.next() {
        None => findings.add(&rule::SIGNATURES_NONE, Status::Unknown),
        Some(SignatureKind::Stamp) if kinds.all(|kind| kind == SignatureKind::Stamp) => {
            let detail = Detail::new("只有时间戳，没有人签名", "time stamps alone: nobody signed");
            findings.add_with(&rule::SIGNATURES_NONE, Status::Unknown, detail);
        }
        Some(_) => {}
    }
}

/// The seals in a PDF, for a look into a register beforehand.
pub(crate) fn seals_in(bytes: &[u8], options: &Options) -> Vec<SealIdentity> {
    if bytes.len() > options.limits.file_len {
        return Vec::new();
    }
    let file = File::open(bytes, limits(options), options.limits.signatures);
    let form = file.view.as_deref().and_then(|view| view.form().ok());
    let found = Signatures::find(&file, form.as_ref(), options.limits.signatures);
    let (trust, mut checks) = (Trust::new(), Checks::default());
    let gathered = Gathered::all(&file, found, &trust, &mut checks);
    gathered.iter().filter_map(|signature| signature.value.seal_identity()).collect()
}

fn limits(options: &Options) -> Limits {
    Limits {
        file_len: options.limits.file_len as u64,
        signatures: options.limits.signatures,
        ..Limits::default()
    }
}

fn report(
    bytes: &[u8],
    trust: &Trust,
    options: &Options,
    findings: Findings,
    signatures: Vec<SignatureReport>,
) -> Report {
    Report::of(Format::Pdf, bytes, trust, options, findings, signatures)
}

/// A file that cannot be opened is not judged as a whole; what its signatures are worth is told all the same.
fn damaged(mut report: Report) -> Report {
    report.readability = Readability::Damaged;
    report.verdict = report.verdict.and(Verdict::Indeterminate);
    report
}
