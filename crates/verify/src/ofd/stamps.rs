//! Where a seal is shown (GB/T 33190 §18.2.3): on pages that exist, and on their sheets.

use std::collections::HashSet;

use formats::ofd::{Id, Rect, Signature, StampAnnot};

use super::coverage::Shown;
use crate::catalogue as rule;
use crate::finding::Findings;
use crate::report::SignatureKind;
use crate::text::{Detail, printable};
use crate::verdict::Status;

/// Names told in one hint.
const NAMED: usize = 5;
/// Rounding that is forgiven at the edges of a page, in millimetres.
const TOLERANCE_MM: f64 = 0.1;
/// The least of a seal that anybody sees, in millimetres: its shorter side, which a slice along an edge may have small,
/// and its longer one.
const LEAST_MM: (f64, f64) = (0.1, 2.0);

/// From so many thin slices on, each on a page of its own, they may be those of a riding seal: fewer make up none that is
/// large enough to be one.
const FEWEST_SLICES: usize = 30;

/// How a stamp lies on its sheet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Lies {
    Inside,
    AcrossTheEdge,
    /// It is on the sheet, and nobody sees one so thin by itself.
    Thin,
    /// Nothing of it is seen, or next to nothing.
    Outside,
}

/// Judges the places of the seal. A document that cannot be read is told elsewhere; a box that is no box, a clip that is
/// none and a page without a size leave open whether anybody sees the seal, as one beside the page does.
pub(super) fn judge(
    shown: &Shown,
    body: usize,
    kind: SignatureKind,
    signature: &Signature,
    findings: &mut Findings,
) {
    let stamps = &signature.signed_info.stamps;
    if stamps.is_empty() && kind == SignatureKind::Seal {
        findings.add(&rule::STAMPS, Status::Note);
    }
    let Some(pages) = shown.pages_of(body) else { return };
    let (mut missing, mut outside, mut across) = (Vec::new(), Vec::new(), Vec::new());
    let (mut thin, mut pages_of_thin) = (Vec::new(), HashSet::new());
    for stamp in stamps {
        let id = Id::of(&stamp.page_ref);
        // A number with a sign is one to some readers alone.
        if !pages.has(&id) || stamp.page_ref.starts_with('+') {
            missing.push(printable(&stamp.page_ref));
            continue;
        }
        match visible(stamp).zip(shown.sheet(pages, &id)).map(|(visible, sheet)| lies(&visible, &sheet)) {
            Some(Lies::Inside) => {}
            Some(Lies::AcrossTheEdge) => across.push(describe(stamp)),
            Some(Lies::Thin) if stamp.clip.is_some() => {
                pages_of_thin.insert(id);
                thin.push(describe(stamp));
            }
            Some(Lies::Thin | Lies::Outside) | None => outside.push(describe(stamp)),
        }
    }
    // A riding seal over hundreds of pages has a slice on each. Whether they make it up is judged with the whole.
    if pages_of_thin.len() < thin.len().max(FEWEST_SLICES) {
        outside.append(&mut thin);
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

/// The part of the box that is shown: all of it, or what the clip, from the box's corner, leaves of it.
pub(super) fn visible(stamp: &StampAnnot) -> Option<Rect> {
    let boundary = stamp.boundary.filter(|_| !stamp.clip_is_odd)?;
    let Some(clip) = stamp.clip else { return Some(boundary) };
    // The clip cuts the seal, and shows nothing beside it.
    let left = overlap(clip.x, clip.width, boundary.width);
    let upper = overlap(clip.y, clip.height, boundary.height);
    let ((x, width), (y, height)) = (left, upper);
    Some(Rect { x: boundary.x + x, y: boundary.y + y, width, height })
}

/// Start and length of what lies between 0 and `size` of something that begins at `start`.
pub(super) fn overlap(start: f64, length: f64, size: f64) -> (f64, f64) {
    let (from, to) = (start.max(0.0), (start + length).min(size));
    (from, (to - from).max(0.0))
}

/// Positions count from the corner of the sheet, so only its size matters.
fn lies(shown: &Rect, sheet: &Rect) -> Lies {
    let (_, width) = overlap(shown.x, shown.width, sheet.width);
    let (_, height) = overlap(shown.y, shown.height, sheet.height);
    if width.min(height) <= 0.0 || width.max(height) < LEAST_MM.1 {
        return Lies::Outside;
    }
    if width.min(height) < LEAST_MM.0 {
        return Lies::Thin;
    }
    let along = |start: f64, length: f64, size: f64| {
        if start < -TOLERANCE_MM || start + length > size + TOLERANCE_MM {
            Lies::AcrossTheEdge
        } else {
            Lies::Inside
        }
    };
    match (along(shown.x, shown.width, sheet.width), along(shown.y, shown.height, sheet.height)) {
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
    use super::{Lies, lies, visible};
    use formats::ofd::{Rect, StampAnnot};

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
    #[test]
    fn next_to_nothing_is_nothing() {
        let sheet = Rect { x: 0.0, y: 0.0, width: 210.0, height: 297.0 };
        let at = |x, width, height| lies(&Rect { x, y: 50.0, width, height }, &sheet);
        assert_eq!(at(50.0, 0.4, 40.0), Lies::Inside, "a slice along an edge");
        assert_eq!(at(50.0, 0.05, 40.0), Lies::Thin);
        assert_eq!(at(210.0, 0.05, 40.0), Lies::Outside);
        assert_eq!(at(50.0, 1.0, 1.0), Lies::Outside);
        assert_eq!(at(209.95, 40.0, 40.0), Lies::Thin);
    }

    #[test]
    fn a_clip_shows_nothing_beside_the_seal() {
        let boundary = Some(Rect { x: 1000.0, y: 1000.0, width: 40.0, height: 40.0 });
        let (id, page_ref) = (String::new(), String::new());
        let stamp = StampAnnot { id, page_ref, boundary, clip: None, clip_is_odd: false };
        assert_eq!(visible(&stamp), boundary);
        let clip = Some(Rect { x: -950.0, y: -950.0, width: 40.0, height: 40.0 });
        assert_eq!(
            visible(&StampAnnot { clip, ..stamp.clone() }).unwrap().width.to_bits(),
            0.0_f64.to_bits()
        );
        let clip = Some(Rect { x: 30.0, y: -10.0, width: 40.0, height: 20.0 });
        let rest = Some(Rect { x: 1030.0, y: 1000.0, width: 10.0, height: 10.0 });
        assert_eq!(visible(&StampAnnot { clip, ..stamp.clone() }), rest);
        assert_eq!(visible(&StampAnnot { clip_is_odd: true, ..stamp }), None);
    }
}
