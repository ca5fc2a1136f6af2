//! What the verifier hands back: the verdict, and everything a page, a table of the standard or a court
//! needs to see why.

mod evidence;
mod html;
mod json;
pub mod people;
mod steps;

pub use evidence::{CertificateSummary, Coverage, Extent, Provider, Root, SealSummary};
pub(crate) use evidence::{owner, seal_name};
pub use html::html;
pub use steps::{StepResult, StepStatus};

use jiff::Timestamp;

use crate::catalogue::{Clause, SubIndication};
use crate::finding::{Finding, Findings, weightiest};
use crate::options::Options;
use crate::trust::Trust;
use crate::verdict::{Status, Verdict};

/// Whether a document is sealed or just signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SignatureKind {
    /// An electronic seal (电子签章).
    Seal,
    /// A digital signature without a seal (数字签名).
    Sign,
    /// A time stamp over the document in the place of a signature (文档时间戳), which PDF knows.
    Stamp,
}

/// How far a file could be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Readability {
    /// It was read and judged.
    Readable,
    /// It is no document of a format that is known here (wire code 50001).
    UnknownFormat,
    /// It is damaged, encrypted or beyond the limits (wire code 50002).
    Damaged,
}

/// The format of a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Format {
    /// OFD (GB/T 33190).
    Ofd,
    /// PDF.
    Pdf,
    /// None that is known here.
    Unknown,
}

impl Format {
    /// The stable word used in JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ofd => "ofd",
            Self::Pdf => "pdf",
            Self::Unknown => "unknown",
        }
    }
}

/// The report on one document.
#[derive(Clone, Debug)]
pub struct Report {
    /// The name given by the caller: display text, not judged.
    pub file: String,
    /// Size of the file in bytes.
    pub file_size: u64,
    /// The format found.
    pub format: Format,
    /// How far the file could be read.
    pub readability: Readability,
    /// The verdict on the document: the worst of its signatures and of its own findings.
    pub verdict: Verdict,
    /// The signatures, in the order in which the document lists them.
    pub signatures: Vec<SignatureReport>,
    /// Findings about the document as a whole.
    pub findings: Vec<Finding>,
    /// The time for which it was judged.
    pub at: Timestamp,
    /// Id of the trust snapshot it was judged with: SM3 in hexadecimal digits.
    pub trust_id: String,
    /// Id of the policy it was judged by.
    pub policy_id: String,
}

impl Report {
    /// The report on a document that could be read: its verdict is the worst of its own findings and its signatures.
    pub(crate) fn of(
        format: Format,
        bytes: &[u8],
        trust: &Trust,
        options: &Options,
        findings: Findings,
        signatures: Vec<SignatureReport>,
    ) -> Self {
        let verdict =
            signatures.iter().fold(findings.verdict(), |verdict, signature| verdict.and(signature.verdict));
        Self {
            file: String::new(),
            file_size: bytes.len() as u64,
            format,
            readability: Readability::Readable,
            verdict,
            signatures,
            findings: findings.into_list(),
            at: options.at,
            trust_id: trust.id(),
            policy_id: options.policy_id(),
        }
    }

    /// The same report with the name of the file.
    #[must_use]
    pub fn named(mut self, file: impl Into<String>) -> Self {
        self.file = file.into();
        self
    }

    /// Table 26: the result of verification; true only when everything could be judged and is good.
    pub fn verify_result(&self) -> bool {
        self.verdict == Verdict::Valid
    }

    /// Why the verdict is not `valid`, in one stable word: that of the weightiest finding.
    pub fn sub_indication(&self) -> Option<SubIndication> {
        let of_signatures = self.signatures.iter().flat_map(|signature| &signature.findings);
        weightiest(of_signatures.chain(&self.findings)).and_then(Finding::sub_indication)
    }

    /// The trusted certificates that the verdict rests on, each once, sorted.
    pub fn roots(&self) -> Vec<Root> {
        let mut all: Vec<Root> =
            self.signatures.iter().flat_map(|signature| signature.roots.iter().cloned()).collect();
        all.sort_unstable();
        all.dedup();
        all
    }

    /// The steps of table 28 for one signature, those of the document included.
    pub fn steps(&self, signature: &SignatureReport) -> Vec<StepResult> {
        steps::of(&self.findings, signature)
    }
}

/// The report on one signature.
#[derive(Clone, Debug)]
pub struct SignatureReport {
    /// The id in the document's list of signatures.
    pub id: String,
    /// Where it is described inside the document.
    pub location: String,
    /// Seal or signature.
    pub kind: SignatureKind,
    /// The verdict on this signature.
    pub verdict: Verdict,
    /// Who provided the signing software, as the description says (not signed by anybody else).
    pub provider: Provider,
    /// The seal, when there is one and it could be read.
    pub seal: Option<SealSummary>,
    /// The seal's code: the register's, else the one in the seal.
    pub seal_code: Option<String>,
    /// The seal's type: the register's code when the seal is filed, else the name in the seal.
    pub seal_type: Option<String>,
    /// The signing time, from the signed part.
    pub sign_time: Option<Timestamp>,
    /// The time in the description, as written there.
    pub declared_time: Option<String>,
    /// The time of a time stamp that is over this signature, whether or not its authority is trusted.
    pub stamp_time: Option<Timestamp>,
    /// The signer's certificate.
    pub signer: Option<CertificateSummary>,
    /// The seal maker's certificate.
    pub maker: Option<CertificateSummary>,
    /// The trusted certificates that the judgement of its certificates rests on.
    pub roots: Vec<Root>,
    /// What it covers.
    pub coverage: Coverage,
    /// The findings, in the order in which the checks were made.
    pub findings: Vec<Finding>,
}

impl SignatureReport {
    /// Where the standard's procedure exits: the clause of the first step that is not good.
    pub fn exit(&self) -> Option<Clause> {
        self.findings
            .iter()
            .filter(|finding| finding.status() >= Status::Unknown)
            .map(Finding::clause)
            .min_by_key(|clause| clause.rank)
    }

    /// Why the verdict on it is not `valid`, in one stable word: that of the weightiest finding.
    pub fn sub_indication(&self) -> Option<SubIndication> {
        weightiest(&self.findings).and_then(Finding::sub_indication)
    }

    /// The findings with one id.
    pub fn finding(&self, id: &str) -> Option<&Finding> {
        self.findings.iter().find(|finding| finding.id() == id)
    }
}

/// The report on a seal by itself (GB/T 38540 §6.3, GM/T 0031 §6.1.2).
#[derive(Clone, Debug)]
pub struct SealReport {
    /// The verdict.
    pub verdict: Verdict,
    /// The seal, when it could be read.
    pub seal: Option<SealSummary>,
    /// The maker's certificate.
    pub maker: Option<CertificateSummary>,
    /// The findings, in the order in which the checks were made.
    pub findings: Vec<Finding>,
    /// The time for which it was judged.
    pub at: Timestamp,
    /// Id of the trust snapshot.
    pub trust_id: String,
}

impl SealReport {
    /// The findings with one id.
    pub fn finding(&self, id: &str) -> Option<&Finding> {
        self.findings.iter().find(|finding| finding.id() == id)
    }
}
