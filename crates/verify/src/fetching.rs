//! Verification with somebody who may use the network: judge, fetch what was lacking, judge again.
//!
//! The verifier still asks nobody itself. What is fetched is believed for its own signature alone and never trusted by
//! itself, so whoever answers can at most leave a question open.

use crate::options::{Options, Revocation};
use crate::report::Report;
use crate::trust::{Trust, Want, WantKind};

/// Rounds at most: issuers one above the other, then answers, then lists.
const ROUNDS: usize = 6;

/// Somebody who may use the network.
pub trait Fetcher {
    /// Fetches what is wanted; the contents in the order of the wants, `None` for what could not be had. The addresses
    /// come from the document: they must not be followed blindly.
    fn fetch(&self, wants: &[Want]) -> Vec<Option<Vec<u8>>>;
}

/// Judges a document, fetching what is lacking. What was fetched is in `trust` afterwards, so that a report names all it
/// was made with. Lists are fetched only where no answer of a responder came.
pub fn verify_fetching(bytes: &[u8], trust: &mut Trust, options: &Options, fetcher: &dyn Fetcher) -> Report {
    let mut tried: Vec<Want> = Vec::new();
    // What pages look like asks for nothing: they are drawn once, at the end.
    let undrawn = Options { rendering: None, ..options.clone() };
    for _ in 0..ROUNDS {
        let (report, wants) = crate::verify_and_want(bytes, trust, &undrawn);
        let asks = |want: &Want| want.kind == WantKind::Issuer || options.revocation != Revocation::Off;
        let open: Vec<Want> = wants.into_iter().filter(|want| asks(want) && !tried.contains(want)).collect();
        let (lists, first): (Vec<Want>, Vec<Want>) =
            open.into_iter().partition(|want| want.kind == WantKind::Crl);
        let now = if first.is_empty() { lists } else { first };
        if now.is_empty() && options.rendering.is_none() {
            return report;
        }
        if now.is_empty() {
            break;
        }
        for (want, content) in now.iter().zip(fetcher.fetch(&now)) {
            if let Some(content) = content {
                take_in(trust, want, &content);
            }
        }
        tried.extend(now);
    }
    crate::verify(bytes, trust, options)
}

/// What cannot be read leaves the question open, which the report says already.
fn take_in(trust: &mut Trust, want: &Want, content: &[u8]) {
    let taken = match &want.kind {
        WantKind::Crl => trust.add_crls(content),
        WantKind::Ocsp(_) => trust.add_answers(content),
        WantKind::Issuer => trust.add_issuers(content),
    };
    drop(taken);
}
