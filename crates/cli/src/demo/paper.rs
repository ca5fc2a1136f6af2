//! The documents of the demonstration: its own contract as OFD and as PDF, or the user's own.

use std::path::{Path, PathBuf};

use formats::ofd::compose::{Parties, Spot};
use formats::sealing::DocumentKind;
use formats::{ofd, pdf};
use jiff::Timestamp;

use super::people::{BUYER, SELLER};
use crate::outcome::{About, Outcome};

/// A document to be sealed.
pub(super) struct Paper {
    /// What it is.
    pub(super) kind: DocumentKind,
    /// Its bytes.
    pub(super) document: Vec<u8>,
    /// Where the seller's seal belongs, in the demonstration's own contract.
    pub(super) spot: Option<Spot>,
    /// Whether the user brought it.
    pub(super) is_own: bool,
}

impl Paper {
    /// The user's own.
    pub(super) fn own(kind: DocumentKind, document: Vec<u8>) -> Self {
        Self { kind, document, spot: None, is_own: true }
    }

    /// The demonstration's contract of each kind.
    pub(super) fn contracts(now: Timestamp) -> Outcome<Vec<Self>> {
        let parties = Parties { buyer: BUYER.name, seller: SELLER.name, number: "SB-2026-0001" };
        let id = crypto::Random::system().hex_id();
        let ofd = ofd::compose::purchase_contract(&id, &parties, now).about("contract")?;
        let pdf = pdf::compose::purchase_contract(&parties, now, picture::SONG_FONT).about("contract")?;
        let paper = |kind, document, spot| Self { kind, document, spot: Some(spot), is_own: false };
        Ok(vec![paper(DocumentKind::Ofd, ofd.ofd, ofd.seller), paper(DocumentKind::Pdf, pdf.pdf, pdf.seller)])
    }

    /// What it is called.
    pub(super) fn name(&self) -> String {
        format!("采购合同.{}", self.kind.extension())
    }

    /// The stable name of a step with it: programs know the steps of the OFD by their plain names.
    pub(super) fn step(&self, name: &str) -> String {
        match self.kind {
            DocumentKind::Ofd => name.to_owned(),
            DocumentKind::Pdf => format!("{name}_pdf"),
        }
    }

    /// Its file in the folder of the documents: `original`, `sealed` or `tampered`.
    pub(super) fn file(&self, folder: &Path, state: &str) -> PathBuf {
        folder.join(format!("{state}.{}", self.kind.extension()))
    }
}

/// The report about a document, beside it: `sealed.ofd.report.html`.
pub(super) fn report(document: &Path, kind: &str) -> PathBuf {
    let ending = document.extension().and_then(|ending| ending.to_str()).unwrap_or_default();
    document.with_extension(format!("{ending}.report.{kind}"))
}
