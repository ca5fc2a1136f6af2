//! The published attack suite for PDF with its pages drawn. What is drawn here is ours, so it is drawn in this process; how a
//! process of its own is bounded, the tests of the command line show.

#![expect(clippy::unwrap_used, reason = "helpers of a test: what cannot be read must stop it")]

#[cfg(test)]
mod attacks;
#[cfg(test)]
mod replay;

use std::sync::Arc;

use verify::{Options, PageDrawer, Rendering, Trust};

/// Where the documents are.
const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/pdf-attacks");
/// When they are judged.
const JUDGED_AT: &str = "2026-06-01T00:00:00Z";

/// A document of the suite.
pub(crate) fn document(name: &str) -> Vec<u8> {
    std::fs::read(format!("{FOLDER}/{name}.pdf")).unwrap()
}

pub(crate) fn trust() -> Trust {
    let mut trust = Trust::new();
    trust.add_trusted(&std::fs::read(format!("{FOLDER}/trust.pem")).unwrap()).unwrap();
    trust.finish();
    trust
}

/// The usual policy, and pages compared.
pub(crate) fn drawn_by(drawer: impl PageDrawer + 'static) -> Options {
    Options { rendering: Some(Rendering::by(Arc::new(drawer))), ..plain() }
}

pub(crate) fn plain() -> Options {
    Options::new(JUDGED_AT.parse().unwrap())
}
