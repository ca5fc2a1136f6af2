//! From millimetres on the page as it is shown to the space of the page (ISO 32000-1 §8.3.2, §14.11.2).
//!
//! People place a seal on what they see: the CropBox, turned by `/Rotate`, in units of `/UserUnit`.

use super::error::SealError;
use crate::ofd::{Rect as Millimetres, Stamp};
use crate::pdf::{Page, Rect};

/// Points of a millimetre.
const POINTS: f64 = 72.0 / 25.4;
/// Rounding that is forgiven at the edges of a page.
const TOLERANCE_MM: f64 = 0.01;

impl Page {
    /// The sheet as it is shown, its corner at zero, in millimetres.
    pub fn sheet_mm(&self) -> Millimetres {
        let (width, height) = match self.rotate {
            90 | 270 => (self.crop_box.height(), self.crop_box.width()),
            _ => (self.crop_box.width(), self.crop_box.height()),
        };
        let scale = 1.0 / units_of_mm(self);
        Millimetres { x: 0.0, y: 0.0, width: width * scale, height: height * scale }
    }

    /// How many units of the page's space a millimetre is.
    pub fn units_of_mm(&self) -> f64 {
        units_of_mm(self)
    }
}

/// Units of the page's space in a millimetre.
pub(super) fn units_of_mm(page: &Page) -> f64 {
    let unit = if page.user_unit.is_finite() && page.user_unit > 0.0 { page.user_unit } else { 1.0 };
    POINTS / unit
}

/// A stamp in the space of its page.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Spot {
    /// Position of the page.
    pub page_index: usize,
    /// Where it is shown.
    pub rect: Rect,
    /// Width and height of the whole picture, upright.
    pub size: (f64, f64),
    /// The part of the picture that is shown, from its left lower corner.
    pub part: Rect,
    /// How the page is turned.
    pub rotate: u16,
}

/// Finds the place of a stamp.
pub(super) fn spot(pages: &[Page], stamp: &Stamp) -> Result<Spot, SealError> {
    let page_index = stamp.page_index;
    let page = pages.get(page_index).ok_or(SealError::NoPage { page_index })?;
    let shown = shown(stamp)?;
    let sheet = page.sheet_mm();
    if !inside(&shown, &sheet) {
        return Err(SealError::OffPage { page_index });
    }
    let scale = units_of_mm(page);
    let size = (stamp.boundary.width * scale, stamp.boundary.height * scale);
    let clip = stamp.clip.unwrap_or(Millimetres { x: 0.0, y: 0.0, ..stamp.boundary });
    let top = size.1 - clip.y * scale;
    let part = Rect {
        left: clip.x * scale,
        bottom: top - clip.height * scale,
        right: (clip.x + clip.width) * scale,
        top,
    };
    Ok(Spot { page_index, rect: in_page(page, &shown, scale), size, part, rotate: page.rotate })
}

/// The part of the sheet that a stamp takes.
fn shown(stamp: &Stamp) -> Result<Millimetres, SealError> {
    let Stamp { page_index, boundary, clip } = *stamp;
    let sensible = |rect: &Millimetres| {
        [rect.x, rect.y, rect.width, rect.height].iter().all(|value| value.is_finite() && value.abs() < 1e5)
            && rect.width > 0.0
            && rect.height > 0.0
    };
    let whole = Millimetres { x: 0.0, y: 0.0, ..boundary };
    let fits = sensible(&boundary) && clip.is_none_or(|clip| sensible(&clip) && inside(&clip, &whole));
    if !fits {
        return Err(SealError::BadStamp { page_index });
    }
    Ok(clip.map_or(boundary, |clip| Millimetres { x: boundary.x + clip.x, y: boundary.y + clip.y, ..clip }))
}

fn inside(inner: &Millimetres, outer: &Millimetres) -> bool {
    inner.x >= outer.x - TOLERANCE_MM
        && inner.y >= outer.y - TOLERANCE_MM
        && inner.x + inner.width <= outer.x + outer.width + TOLERANCE_MM
        && inner.y + inner.height <= outer.y + outer.height + TOLERANCE_MM
}

/// A box on the sheet in the space of the page: the sheet is the CropBox turned clockwise.
fn in_page(page: &Page, shown: &Millimetres, scale: f64) -> Rect {
    let crop = page.crop_box;
    let point = |x: f64, y: f64| {
        let (across, down) = (x * scale, y * scale);
        match page.rotate {
            90 => (crop.left + down, crop.bottom + across),
            180 => (crop.right - across, crop.bottom + down),
            270 => (crop.right - down, crop.top - across),
            _ => (crop.left + across, crop.top - down),
        }
    };
    let (x1, y1) = point(shown.x, shown.y);
    let (x2, y2) = point(shown.x + shown.width, shown.y + shown.height);
    Rect { left: x1.min(x2), bottom: y1.min(y2), right: x1.max(x2), top: y1.max(y2) }
}

/// A box of the page's space on the sheet.
pub(crate) fn on_sheet(page: &Page, rect: &Rect) -> Millimetres {
    let crop = page.crop_box;
    let scale = 1.0 / units_of_mm(page);
    let (x, y) = match page.rotate {
        90 => (rect.bottom - crop.bottom, rect.left - crop.left),
        180 => (crop.right - rect.right, rect.bottom - crop.bottom),
        270 => (crop.top - rect.top, crop.right - rect.right),
        _ => (rect.left - crop.left, crop.top - rect.top),
    };
    let (width, height) = match page.rotate {
        90 | 270 => (rect.height(), rect.width()),
        _ => (rect.width(), rect.height()),
    };
    Millimetres { x: x * scale, y: y * scale, width: width * scale, height: height * scale }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pdf::Dictionary;

    fn page(rotate: u16, user_unit: f64) -> Page {
        let crop_box = Rect { left: 10.0, bottom: 20.0, right: 10.0 + 300.0, top: 20.0 + 400.0 };
        Page {
            id: None,
            dictionary: Dictionary::new(),
            resources: std::sync::Arc::default(),
            media_box: Rect { left: 0.0, bottom: 0.0, right: 400.0, top: 500.0 },
            crop_box,
            rotate,
            user_unit,
        }
    }

    /// A box of 10 by 20 units whose corner is 30 units to the right and 50 down.
    fn stamp(unit: f64) -> Stamp {
        let mm = unit / POINTS;
        Stamp::at(0, 30.0 * mm, 50.0 * mm, 10.0 * mm, 20.0 * mm)
    }

    fn corners(rotate: u16, unit: f64) -> [i64; 4] {
        let spot = spot(&[page(rotate, unit)], &stamp(unit)).unwrap();
        let Rect { left, bottom, right, top } = spot.rect;
        #[expect(clippy::cast_possible_truncation, reason = "small numbers of a test")]
        [left, bottom, right, top].map(|value| value.round() as i64)
    }

    #[test]
    fn every_turn_and_unit_is_followed() {
        for unit in [1.0, 2.5] {
            assert_eq!(corners(0, unit), [40, 350, 50, 370]);
            assert_eq!(corners(90, unit), [60, 50, 80, 60]);
            assert_eq!(corners(180, unit), [270, 70, 280, 90]);
            assert_eq!(corners(270, unit), [240, 380, 260, 390]);
        }
    }

    #[test]
    fn the_way_back_is_the_same() {
        for rotate in [0, 90, 180, 270] {
            let page = page(rotate, 2.0);
            let there = stamp(2.0).boundary;
            let back = on_sheet(&page, &spot(std::slice::from_ref(&page), &stamp(2.0)).unwrap().rect);
            let pairs = [
                (there.x, back.x),
                (there.y, back.y),
                (there.width, back.width),
                (there.height, back.height),
            ];
            assert!(pairs.iter().all(|(a, b)| (a - b).abs() < 1e-9), "{rotate}: {pairs:?}");
        }
    }

    #[test]
    fn what_does_not_lie_on_the_sheet_is_refused() {
        let pages = [page(90, 1.0)];
        let sheet = pages[0].sheet_mm();
        assert!((sheet.width - 400.0 / POINTS).abs() < 1e-9 && (sheet.height - 300.0 / POINTS).abs() < 1e-9);
        let at = |x: f64, y: f64| spot(&pages, &Stamp::at(0, x, y, 10.0, 10.0)).map(|_| ());
        assert_eq!(at(sheet.width - 10.0, sheet.height - 10.0), Ok(()));
        assert_eq!(at(sheet.width - 9.0, 0.0), Err(SealError::OffPage { page_index: 0 }));
        assert_eq!(at(0.0, -1.0), Err(SealError::OffPage { page_index: 0 }));
        assert_eq!(at(f64::NAN, 0.0), Err(SealError::BadStamp { page_index: 0 }));
        assert_eq!(
            spot(&pages, &Stamp::at(7, 0.0, 0.0, 1.0, 1.0)).unwrap_err(),
            SealError::NoPage { page_index: 7 }
        );
        let mut cut = Stamp::at(0, -5.0, 0.0, 10.0, 10.0);
        cut.clip = Some(Millimetres { x: 5.0, y: 0.0, width: 5.0, height: 10.0 });
        let spot = spot(&pages, &cut).unwrap();
        assert!((spot.part.left - 5.0 * POINTS).abs() < 1e-9 && spot.part.bottom.abs() < 1e-9);
        cut.clip = Some(Millimetres { x: 5.0, y: 0.0, width: 6.0, height: 10.0 });
        assert_eq!(super::spot(&pages, &cut).unwrap_err(), SealError::BadStamp { page_index: 0 });
    }
}
