//! The user's own document: looked at before anything is started.

use std::path::Path;

use crypto::Random;
use formats::sealing::{Document, Limits, Order, PdfWishes, Subject, prepare};
use protocol::Clock;

use super::paper::Paper;
use crate::keys::read_file;
use crate::outcome::Outcome;
use crate::sign::{failure, provider};

/// Largest document, in bytes; what the seal systems take as well.
const MAX_DOCUMENT: u64 = 50 << 20;

/// Reads the document and makes sure that a signature can be put into it.
pub(super) fn read(path: &Path) -> Outcome<Paper> {
    let document = read_file(path, MAX_DOCUMENT)
        .map_err(|failure| failure.hint("--input names an OFD or PDF document"))?;
    let limits = Limits::default();
    let kind = Document::open(&document, &limits).map_err(|error| failure(path, &error))?.kind();
    // A rehearsal: a document that was locked, say, refuses every further signature.
    let rehearsal = Order {
        subject: Subject::Plain,
        place: None,
        provider: provider(),
        signing_time: Clock::system().now(),
        lock: false,
        is_stamped: false,
        pdf: PdfWishes::default(),
        seed: Random::system().bytes(),
    };
    prepare(&document, &rehearsal, &limits).map_err(|error| failure(path, &error))?;
    Ok(Paper::own(kind, document))
}
