//! The user's own document: looked at before anything is started.

use std::path::Path;

use formats::ofd::{Kind, Limits, Mode, Placement, prepare};
use protocol::Clock;

use crate::keys::read_file;
use crate::outcome::{Failure, Outcome};
use crate::sign::{page_boxes, provider};

/// Largest document, in bytes; what the seal systems take as well.
const MAX_DOCUMENT: u64 = 50 << 20;

/// Reads the document and makes sure that a signature can be put into it.
pub(super) fn read(path: &Path) -> Outcome<Vec<u8>> {
    let document =
        read_file(path, MAX_DOCUMENT).map_err(|failure| failure.hint("--input names an OFD document"))?;
    let limits = Limits::default();
    let refused = |what: &str, why: &dyn std::fmt::Display, hint: &str| {
        Failure::new(format!("{}: {what}: {why}", path.display())).hint(hint)
    };
    let pages = page_boxes(&document, &limits).map_err(|error| {
        refused("不是可用的 OFD 文档 not a usable OFD document", &error, "--input takes an OFD document")
    })?;
    if pages.is_empty() {
        return Err(refused("没有页面 no page", &"nothing to seal", "--input takes a document with pages"));
    }
    // A rehearsal: a document that was locked, say, refuses every further signature.
    let rehearsal = Placement {
        body: 0,
        kind: Kind::Sign,
        stamps: Vec::new(),
        provider: provider(),
        signing_time: Clock::system().now(),
        mode: Mode::Continue,
    };
    prepare(&document, &rehearsal, &limits).map_err(|error| {
        refused("不能再签章 cannot be sealed", &error, "take a document that is open for further seals")
    })?;
    Ok(document)
}
