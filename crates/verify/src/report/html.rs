//! The report as one page of HTML that stands by itself: no script, no address outside, safe to keep and to send on.

use askama::Template;

use super::Report;
use super::people::{self, Mark, Reason, Signature, harmless};
use crate::text::{Detail, moment};

#[derive(Template)]
#[template(path = "report.html")]
struct Page {
    mark: Mark,
    sentence: Detail,
    file: String,
    size: u64,
    sm3: String,
    at: String,
    reasons: Vec<Reason>,
    signatures: Vec<Signature>,
    trust_id: String,
    policy_id: String,
    version: &'static str,
}

/// The page about a report on `document`, in Chinese and English. The same report gives the same page.
///
/// # Errors
/// Only when a string cannot be written to.
pub fn html(report: &Report, document: &[u8]) -> Result<String, std::fmt::Error> {
    let page = Page {
        mark: people::mark(report),
        sentence: people::sentence(report),
        file: harmless(&report.file),
        size: report.file_size,
        sm3: hex::encode(crypto::sm3::digest(document)),
        at: moment(report.at).zh,
        reasons: people::reasons(report),
        signatures: people::signatures(report),
        trust_id: report.trust_id.clone(),
        policy_id: report.policy_id.clone(),
        version: env!("CARGO_PKG_VERSION"),
    };
    page.render().map_err(|_| std::fmt::Error)
}
