//! Decides whether a sealed document or a seal is good.
//!
//! [`verify`] and [`verify_seal`] are pure functions of bytes, trust and options: no clock, no network, no
//! files. They work in two steps that are kept apart. First facts are gathered: what the file holds, what a
//! signature is over, which certificates lead where. Then one policy turns the facts into [`Finding`]s, each
//! with a stable id and the clause it comes from, and the findings into a [`Verdict`] of three.
//!
//! Every step that can still be judged is, whatever failed before it; where the standard's procedure would
//! have stopped is told beside ([`SignatureReport::exit`]). Signatures are verified over the bytes received,
//! never over a re-encoding. What departs from the letter of a standard and is understood all the same is
//! named as a finding, never passed over.
//!
//! Clauses: GB/T 38540-2020 §6.3 and §7.3, GM/T 0031-2014 §6.1.2 and §6.2.3, GB/T 35275, GM/T 0099, GB/T 33190
//! §18. `docs/findings.md` lists every finding there is.

pub mod catalogue;
mod certificate;
mod checks;
mod deviation;
mod fetching;
mod finding;
mod handed;
mod identity;
mod ofd;
mod options;
mod pdf;
mod rendering;
mod replay;
mod report;
mod seal;
mod signature;
mod stamp;
mod step;
mod tables;
mod text;
mod trust;
mod verdict;

pub use checks::{PendingCheck, Reading, Signed};
pub use fetching::{Fetcher, verify_fetching};
pub use finding::Finding;
pub use handed::{DigestsError, digests_of};
pub use options::{Limits, Options, Profile, Revocation};
pub use rendering::{Drawing, Lacks, NotDrawn, PageDrawer, Picture, Rendering};
pub use replay::{
    Difference, Given, Inputs, Own, Part, PieceName, Reader, Record, Recorded, ReplayError, Replayed,
    recorded, recorded_fetching, replay,
};
pub use report::people;
pub use report::{
    CertificateSummary, Coverage, Extent, Format, Provider, Readability, Report, Root, SealReport,
    SealSummary, SignatureKind, SignatureReport, StepResult, StepStatus, html,
};
pub use seal::verify_seal;
pub use signature::{SignerReport, verify_signer};
pub use stamp::{StampReport, verify_time_stamp};
pub use step::Step;
pub use tables::{document_report, refusal};
pub use text::{Detail, Text, plain};
pub use trust::{
    Filing, OwnerClaim, OwnerMatch, Party, Piece, RegisterAnswer, Role, SealIdentity, SealRegister,
    SealState, Trust, TrustError, Want, WantKind,
};
pub use verdict::{Status, Verdict};

/// Judges a document. The caller names the file in the report, if it wants to ([`Report::named`]).
pub fn verify(bytes: &[u8], trust: &Trust, options: &Options) -> Report {
    if pdf::is_pdf(bytes) {
        pdf::verify(bytes, trust, options)
    } else if pdf::is_handed(bytes) {
        pdf::verify_handed(bytes, trust, options)
    } else {
        ofd::verify(bytes, trust, options)
    }
}

/// Judges a document, and tells what was lacking and where it may be had. Nothing is fetched here.
pub fn verify_and_want(bytes: &[u8], trust: &Trust, options: &Options) -> (Report, Vec<Want>) {
    let noting = trust.noting_wants(options.at);
    let report = verify(bytes, &noting, options);
    (report, noting.take_wants())
}

/// The seals in a document, so that a caller can look them up in its register before it calls [`verify`].
pub fn seals_in(bytes: &[u8], options: &Options) -> Vec<SealIdentity> {
    if pdf::is_pdf(bytes) {
        pdf::seals_in(bytes, options)
    } else if pdf::is_handed(bytes) {
        pdf::seals_handed(bytes, options)
    } else {
        ofd::seals_in(bytes, options)
    }
}
