//! Where a seal is shown (GB/T 33190 §18.2.3): on pages that exist, and on their sheets.

use formats::ofd::{Id, Rect, Signature, StampAnnot};

use super::coverage::Shown;
use crate::catalogue as rule;
use crate::finding::Findings;
use crate::text::{Detail, printable};
use crate::verdict::Status;

/// Names told in one hint.
const NAMED: usize = 5;
/// Rounding that is forgiven at the edges of a page, in millimetres.
const TOLERANCE_MM: f64 = 0.1;

/// How a stamp lies on its sheet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Lies {
    Inside,
    AcrossTheEdge,
    Outside,
}

/// Judges the places of the seal. What cannot be known (a document that cannot be read, a page without size, a box that
/// is no box) is told elsewhere.
pub(super) fn judge(shown: &Shown, body: usize, signature: &Signature, findings: &mut Findings) {
    let Some(pages) = shown.pages_of(body) else { return };
    let (mut missing, mut outside, mut across) = (Vec::new(), Vec::new(), Vec::new());
    for stamp in &signature.signed_info.stamps {
        let id = Id::of(&stamp.page_ref);
        if !pages.has(&id) {
            missing.push(printable(&stamp.page_ref));
            continue;
        }
        let (Some(visible), Some(sheet)) = (visible(stamp), shown.sheet(pages, &id)) else { continue };
        match lies(&visible, &sheet) {
            Lies::Inside => {}
            Lies::AcrossTheEdge => across.push(describe(stamp)),
            Lies::Outside => outside.push(describe(stamp)),
        }
    }
    let told = [
        (&rule::STAMPS, Status::Unknown, missing),
        (&rule::STAMP_BOX, Status::Unknown, outside),
        (&rule::STAMP_BOX, Status::Note, across),
    ];
    for (rule, status, names) in told {
        if !names.is_empty() {
            findings.add_with(rule, status, Detail::list(names.iter().map(String::as_str), NAMED));
        }
    }
}

/// The part of the box that is shown: all of it, or what the clip, from the box's corner, leaves.
fn visible(stamp: &StampAnnot) -> Option<Rect> {
    let boundary = stamp.boundary?;
    let Some(clip) = stamp.clip else { return Some(boundary) };
    Some(Rect { x: boundary.x + clip.x, y: boundary.y + clip.y, ..clip })
}

/// Positions count from the corner of the sheet, so only its size matters.
fn lies(shown: &Rect, sheet: &Rect) -> Lies {
    let along = |start: f64, length: f64, size: f64| {
        if start >= size - TOLERANCE_MM || start + length <= TOLERANCE_MM {
            Lies::Outside
        } else if start < -TOLERANCE_MM || start + length > size + TOLERANCE_MM {
            Lies::AcrossTheEdge
        } else {
            Lies::Inside
        }
    };
    match (along(shown.x, shown.width, sheet.width), along(shown.y, shown.height, sheet.height)) {
        (Lies::Outside, _) | (_, Lies::Outside) => Lies::Outside,
        (Lies::Inside, Lies::Inside) => Lies::Inside,
        _ => Lies::AcrossTheEdge,
    }
}

fn describe(stamp: &StampAnnot) -> String {
    let place = stamp.boundary.map(Rect::to_text).unwrap_or_default();
    format!("{} ({place})", printable(&stamp.id))
}

#[cfg(test)]
mod tests {
    use super::{Lies, lies};
    use formats::ofd::Rect;

    #[test]
    fn a_box_lies_inside_across_or_outside() {
        let sheet = Rect { x: 20.0, y: 20.0, width: 210.0, height: 297.0 };
        let at = |x, y| lies(&Rect { x, y, width: 40.0, height: 40.0 }, &sheet);
        assert_eq!(at(0.0, 0.0), Lies::Inside);
        assert_eq!(at(170.05, 257.05), Lies::Inside, "rounding is forgiven");
        assert_eq!(at(180.0, 0.0), Lies::AcrossTheEdge);
        assert_eq!(at(0.0, -20.0), Lies::AcrossTheEdge);
        assert_eq!(at(-20.0, 400.0), Lies::Outside);
        assert_eq!(at(-40.0, 0.0), Lies::Outside);
        assert_eq!(at(210.0, 0.0), Lies::Outside);
    }
}
