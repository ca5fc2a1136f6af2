//! Two pictures of one page, pixel by pixel.

use formats::pdf::Rect;

use super::Picture;
use super::look::Look;

/// How much a channel of a pixel may differ, of 255: rounding, and nothing that anybody sees.
const TOLERANCE: u8 = 8;
/// What is painted at the edge of a box also touches the pixels beside it.
const EDGE: f64 = 2.0;
/// Pixels on a side of the cells by which differing pixels are gathered into boxes.
const CELL: usize = 16;
/// Boxes of a page that are told.
pub(super) const MOST_BOXES: usize = 8;

/// A box on a page, in whole points of the page's space: left, bottom, right, top.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
pub(crate) struct PixelBox(pub(crate) [i64; 4]);

impl PixelBox {
    /// For people: `[72 600 300 640]`.
    pub(crate) fn told(self) -> String {
        let [left, bottom, right, top] = self.0;
        format!("[{left} {bottom} {right} {top}]")
    }
}

/// Pixels of a picture, from the first column and row up to, not including, the last.
#[derive(Clone, Copy, Debug)]
struct Area {
    left: usize,
    top: usize,
    right: usize,
    bottom: usize,
}

impl Area {
    fn pixel(x: usize, y: usize) -> Self {
        Self { left: x, top: y, right: x.saturating_add(1), bottom: y.saturating_add(1) }
    }

    fn with(self, other: Self) -> Self {
        Self {
            left: self.left.min(other.left),
            top: self.top.min(other.top),
            right: self.right.max(other.right),
            bottom: self.bottom.max(other.bottom),
        }
    }
}

/// Compares a page as it was signed with the page as it is now. `permitted` are places, in the page's own space, where a
/// permitted change is told: what differs there is told apart.
pub(super) fn compare(signed: &Picture, now: &Picture, permitted: &[Rect]) -> Look {
    let (width, height) = (pixels(now.width), pixels(now.height));
    if (signed.width, signed.height, signed.to_pixels) != (now.width, now.height, now.to_pixels) {
        // Another size, turned or moved: as a whole.
        let whole = Area { left: 0, top: 0, right: width, bottom: height };
        return Look::Differs { permitted: Vec::new(), elsewhere: vec![to_points(now, whole)], more: 0 };
    }
    let allowed: Vec<Area> = permitted.iter().filter_map(|rect| to_area(now, rect)).collect();
    let (mut inside, mut outside) = (Cells::new(width, height), Cells::new(width, height));
    let row_len = width.saturating_mul(4).max(1);
    let rows = signed.pixels.chunks_exact(row_len).zip(now.pixels.chunks_exact(row_len)).enumerate();
    for (y, (before, after)) in rows {
        if before == after {
            continue;
        }
        let mask = row_mask(&allowed, y, width);
        let pairs = before.chunks_exact(4).zip(after.chunks_exact(4)).enumerate();
        for (x, _) in pairs.filter(|(_, (a, b))| differs(a, b)) {
            let is_allowed = mask.get(x).copied().unwrap_or_default();
            if is_allowed { &mut inside } else { &mut outside }.note(x, y);
        }
    }
    let (permitted, more) = boxes(now, inside);
    let (elsewhere, more_elsewhere) = boxes(now, outside);
    if permitted.is_empty() && elsewhere.is_empty() {
        return Look::Same;
    }
    Look::Differs { permitted, elsewhere, more: more.saturating_add(more_elsewhere) }
}

fn pixels(count: u32) -> usize {
    usize::try_from(count).unwrap_or(usize::MAX)
}

fn differs(before: &[u8], after: &[u8]) -> bool {
    before.iter().zip(after).any(|(a, b)| a.abs_diff(*b) > TOLERANCE)
}

/// The pixels of a row at which something permitted is told.
fn row_mask(allowed: &[Area], y: usize, width: usize) -> Vec<bool> {
    let mut mask = vec![false; width];
    for area in allowed.iter().filter(|area| (area.top..area.bottom).contains(&y)) {
        if let Some(pixels) = mask.get_mut(area.left..area.right) {
            pixels.fill(true);
        }
    }
    mask
}

/// Differing pixels, gathered by cells that lie side by side.
struct Cells {
    columns: usize,
    rows: usize,
    areas: Vec<Option<Area>>,
}

impl Cells {
    fn new(width: usize, height: usize) -> Self {
        let (columns, rows) = (width.div_ceil(CELL), height.div_ceil(CELL));
        Self { columns, rows, areas: vec![None; columns.saturating_mul(rows)] }
    }

    fn note(&mut self, x: usize, y: usize) {
        let at = (y / CELL).saturating_mul(self.columns).saturating_add(x / CELL);
        if let Some(cell) = self.areas.get_mut(at) {
            let pixel = Area::pixel(x, y);
            *cell = Some(cell.map_or(pixel, |area| area.with(pixel)));
        }
    }

    /// The areas of cells that touch one another, from above.
    fn groups(mut self) -> Vec<Area> {
        let mut groups = Vec::new();
        for at in 0..self.areas.len() {
            let Some(mut area) = self.take(at) else { continue };
            let mut open = vec![at];
            while let Some(at) = open.pop() {
                for next in self.around(at) {
                    if let Some(other) = self.take(next) {
                        area = area.with(other);
                        open.push(next);
                    }
                }
            }
            groups.push(area);
        }
        groups
    }

    fn take(&mut self, at: usize) -> Option<Area> {
        self.areas.get_mut(at).and_then(Option::take)
    }

    fn around(&self, at: usize) -> Vec<usize> {
        let (columns, rows) = (self.columns.max(1), self.rows);
        let (column, row) = (at % columns, at / columns);
        let near = |from: usize, count: usize| from.saturating_sub(1)..from.saturating_add(2).min(count);
        near(row, rows)
            .flat_map(|row| near(column, columns).map(move |column| row.saturating_mul(columns) + column))
            .collect()
    }
}

/// The boxes that are told, and how many more there are.
fn boxes(picture: &Picture, cells: Cells) -> (Vec<PixelBox>, usize) {
    let groups = cells.groups();
    let told = groups.iter().take(MOST_BOXES).map(|area| to_points(picture, *area)).collect();
    (told, groups.len().saturating_sub(MOST_BOXES))
}

#[expect(clippy::cast_precision_loss, reason = "columns and rows are a few thousand")]
fn corner(x: usize, y: usize) -> (f64, f64) {
    (x as f64, y as f64)
}

/// The box of pixels in points, rounded outwards; all zeros when the page's space cannot be turned back.
#[expect(clippy::many_single_char_names, reason = "the letters are those of the format's matrices")]
fn to_points(picture: &Picture, area: Area) -> PixelBox {
    let [a, b, c, d, e, f] = picture.to_pixels;
    let determinant = a.mul_add(d, -(b * c));
    let back = |(x, y): (f64, f64)| {
        let (x, y) = (x - e, y - f);
        (d.mul_add(x, -(c * y)) / determinant, a.mul_add(y, -(b * x)) / determinant)
    };
    let (one, other) = (back(corner(area.left, area.top)), back(corner(area.right, area.bottom)));
    let whole = |low: f64, high: f64| [low.min(high).floor(), low.max(high).ceil()].map(to_whole);
    let ([left, right], [bottom, top]) = (whole(one.0, other.0), whole(one.1, other.1));
    PixelBox([left, bottom, right, top])
}

/// A whole number of points; none that is a page's is beyond these bounds.
#[expect(clippy::cast_possible_truncation, reason = "clamped, and what is no number becomes zero")]
fn to_whole(number: f64) -> i64 {
    number.clamp(-1e9, 1e9) as i64
}

/// The pixels that a box of the page covers or touches.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "clamped to the picture, and what is no number becomes zero"
)]
#[expect(clippy::many_single_char_names, reason = "the letters are those of the format's matrices")]
fn to_area(picture: &Picture, rect: &Rect) -> Option<Area> {
    let [a, b, c, d, e, f] = picture.to_pixels;
    let [left, bottom, right, top] = [rect.left, rect.bottom, rect.right, rect.top];
    let corners = [(left, bottom), (left, top), (right, bottom), (right, top)];
    let across = corners.map(|(x, y)| a.mul_add(x, c.mul_add(y, e)));
    let down = corners.map(|(x, y)| b.mul_add(x, d.mul_add(y, f)));
    let clamped = |number: f64, most: u32| number.clamp(0.0, f64::from(most)) as usize;
    let low = |values: [f64; 4], most: u32| {
        clamped((values.into_iter().fold(f64::INFINITY, f64::min) - EDGE).floor(), most)
    };
    let high = |values: [f64; 4], most: u32| {
        clamped((values.into_iter().fold(f64::NEG_INFINITY, f64::max) + EDGE).ceil(), most)
    };
    let area = Area {
        left: low(across, picture.width),
        top: low(down, picture.height),
        right: high(across, picture.width),
        bottom: high(down, picture.height),
    };
    (area.left < area.right && area.top < area.bottom).then_some(area)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rendering::Lacks;

    /// A white page of 200 by 300 points, drawn at two pixels a point.
    fn page() -> Picture {
        Picture {
            width: 400,
            height: 600,
            pixels: vec![255; 400 * 600 * 4],
            to_pixels: [2.0, 0.0, 0.0, -2.0, 0.0, 600.0],
            pages: 1,
            lacks: Lacks::default(),
        }
    }

    /// Paints a box, given in points.
    fn painted(mut picture: Picture, [left, bottom, right, top]: [usize; 4], shade: u8) -> Picture {
        for y in 600 - top * 2..600 - bottom * 2 {
            for x in left * 2..right * 2 {
                picture.pixels[(y * 400 + x) * 4..][..3].fill(shade);
            }
        }
        picture
    }

    fn rect([left, bottom, right, top]: [f64; 4]) -> Rect {
        Rect { left, bottom, right, top }
    }

    #[test]
    fn the_same_is_the_same_and_rounding_is_nothing() {
        assert_eq!(compare(&page(), &page(), &[]), Look::Same);
        let shade = 255 - TOLERANCE;
        assert_eq!(compare(&page(), &painted(page(), [10, 10, 50, 20], shade), &[]), Look::Same);
        let one_more = painted(page(), [10, 10, 50, 20], shade - 1);
        assert_ne!(compare(&page(), &one_more, &[]), Look::Same);
        assert_ne!(compare(&one_more, &page(), &[]), Look::Same, "what is gone counts as well");
    }

    #[test]
    fn boxes_are_told_in_points_and_apart() {
        let now = painted(painted(page(), [10, 250, 60, 270], 0), [100, 20, 140, 40], 90);
        let elsewhere = vec![PixelBox([10, 250, 60, 270]), PixelBox([100, 20, 140, 40])];
        assert_eq!(compare(&page(), &now, &[]), Look::Differs { permitted: vec![], elsewhere, more: 0 });
        // One of them is where a permitted change is told.
        let allowed = [rect([100.0, 20.0, 140.0, 40.0])];
        let (permitted, elsewhere) = (vec![PixelBox([100, 20, 140, 40])], vec![PixelBox([10, 250, 60, 270])]);
        assert_eq!(compare(&page(), &now, &allowed), Look::Differs { permitted, elsewhere, more: 0 });
        // What reaches out of such a place is seen there.
        let narrow = [rect([100.0, 20.0, 120.0, 40.0]), rect([10.0, 250.0, 60.0, 270.0])];
        let Look::Differs { elsewhere, .. } = compare(&page(), &now, &narrow) else { panic!("the same") };
        assert_eq!(elsewhere, [PixelBox([121, 20, 140, 40])], "one pixel at the edge is let go");
    }

    /// Two fields side by side of different height: the box around both is in neither, and each is told.
    #[test]
    fn neighbours_that_are_permitted_are_permitted_together() {
        let now = painted(painted(page(), [20, 100, 60, 110], 0), [60, 100, 100, 140], 0);
        let allowed = [rect([20.0, 100.0, 60.0, 110.0]), rect([60.0, 100.0, 100.0, 140.0])];
        let Look::Differs { permitted, elsewhere, more } = compare(&page(), &now, &allowed) else {
            panic!("the same")
        };
        assert_eq!((permitted, elsewhere, more), (vec![PixelBox([20, 100, 100, 140])], vec![], 0));
    }

    #[test]
    fn another_size_or_place_differs_as_a_whole() {
        let whole = vec![PixelBox([0, 0, 200, 300])];
        let look = Look::Differs { permitted: vec![], elsewhere: whole, more: 0 };
        let moved = Picture { to_pixels: [2.0, 0.0, 0.0, -2.0, -1.0, 600.0], ..page() };
        assert_eq!(compare(&moved, &page(), &[rect([0.0, 0.0, 200.0, 300.0])]), look);
        let larger = Picture { width: 401, pixels: vec![255; 401 * 600 * 4], ..page() };
        assert_eq!(compare(&larger, &page(), &[]), look);
    }

    #[test]
    fn a_turned_page_has_its_boxes_in_its_own_space() {
        // 90 degrees: to the right goes up the page.
        let turned = Picture { width: 600, height: 400, to_pixels: [0.0, 2.0, 2.0, 0.0, 0.0, 0.0], ..page() };
        let mut now = turned.clone();
        for y in 20..40 {
            now.pixels[(y * 600 + 100) * 4..][..80 * 4].fill(0);
        }
        let place = PixelBox([10, 50, 20, 90]);
        let elsewhere = Look::Differs { permitted: vec![], elsewhere: vec![place], more: 0 };
        assert_eq!(compare(&turned, &now, &[]), elsewhere);
        let permitted = Look::Differs { permitted: vec![place], elsewhere: vec![], more: 0 };
        assert_eq!(compare(&turned, &now, &[rect([10.0, 50.0, 20.0, 90.0])]), permitted);
    }

    #[test]
    fn there_are_bounds_and_nothing_panics() {
        let mut now = page();
        for dot in 0..40 {
            now = painted(now, [(dot % 8) * 24, (dot / 8) * 50, (dot % 8) * 24 + 1, (dot / 8) * 50 + 1], 0);
        }
        let Look::Differs { elsewhere, more, .. } = compare(&page(), &now, &[]) else { panic!("the same") };
        assert_eq!((elsewhere.len(), more), (MOST_BOXES, 32));
        for to_pixels in [[0.0; 6], [f64::NAN; 6], [f64::INFINITY; 6], [1e300; 6]] {
            let odd = |picture: Picture| Picture { to_pixels, ..picture };
            drop(compare(&odd(page()), &odd(now.clone()), &[rect([f64::NAN, -1e300, 1e300, 1.0])]));
        }
        let short = Picture { pixels: vec![0; 7], ..page() };
        drop(compare(&short, &page(), &[]));
    }
}
