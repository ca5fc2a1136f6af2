//! The stamps of all signatures on the pages where they are seen.

use std::collections::HashMap;

use formats::ofd::{Id, Rect};

use super::{stamps_of, within};
use crate::ofd::coverage::Shown;
use crate::ofd::gather::Signatures;
use crate::ofd::stamps::visible;

/// A stamp on its page.
pub(super) struct Placed {
    /// Position of its signature.
    pub(super) signature: usize,
    /// Where the whole picture lies.
    pub(super) boundary: Rect,
    /// What of it is on the page.
    pub(super) seen: Rect,
    /// The page's sheet.
    pub(super) sheet: Rect,
}

impl Placed {
    /// How much of the page it takes, of one.
    pub(super) fn share(&self) -> f64 {
        self.seen.width * self.seen.height / (self.sheet.width * self.sheet.height)
    }
}

/// The stamps of all signatures by the file of their page, in the order of the signatures.
pub(super) fn by_page<'s>(signatures: &'s Signatures<'_>, shown: &'s Shown) -> HashMap<&'s str, Vec<Placed>> {
    let mut pages: HashMap<&str, Vec<Placed>> = HashMap::new();
    for (signature, gathered) in signatures.list.iter().enumerate() {
        let Some(of_body) = shown.pages_of(gathered.body) else { continue };
        for stamp in stamps_of(gathered) {
            let id = Id::of(&stamp.page_ref);
            let place = shown.sheet(of_body, &id).zip(shown.page_path(of_body, &id));
            let Some(boundary) = stamp.boundary else { continue };
            let (Some(part), Some((sheet, path))) = (visible(stamp), place) else { continue };
            let seen = within(&part, &sheet);
            if seen.width > 0.0 && seen.height > 0.0 {
                pages.entry(path).or_default().push(Placed { signature, boundary, seen, sheet });
            }
        }
    }
    pages
}
