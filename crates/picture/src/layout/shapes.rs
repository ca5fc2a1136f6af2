//! Borders and the star.

use std::f64::consts::{FRAC_PI_4, PI};

use crate::geometry::{Outline, Point, Segment};

/// How far the inner corners of a five-pointed star lie from its centre, tips at 1: the tips
/// are joined by straight lines.
const STAR_WAIST: f64 = 0.381_966_011_250_105;

/// Which way round a contour runs; under the non-zero rule the opposite way cuts a hole.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    Clockwise,
    Back,
}

/// A border along an ellipse: the band between the outer semi-axes and `thickness` less.
pub(super) fn add_elliptic_border(outline: &mut Outline, a: f64, b: f64, thickness: f64) {
    add_ellipse(outline, a, b, Way::Clockwise);
    add_ellipse(outline, a - thickness, b - thickness, Way::Back);
}

/// A square border with slightly rounded outer corners.
pub(super) fn add_square_border(outline: &mut Outline, half: f64, thickness: f64) {
    let cut = thickness * 0.4;
    let corners = [(-1.0, -1.0), (1.0, -1.0), (1.0, 1.0), (-1.0, 1.0)];
    let mut start = None;
    for (index, (x, y)) in corners.into_iter().enumerate() {
        let corner = Point::new(x * half, y * half);
        // going clockwise, even corners are reached vertically and left horizontally
        let (vertical, horizontal) =
            (Point::new(corner.x, corner.y - y * cut), Point::new(corner.x - x * cut, corner.y));
        let (from, to) = if index % 2 == 0 { (vertical, horizontal) } else { (horizontal, vertical) };
        outline.0.push(if start.is_none() { Segment::Move(from) } else { Segment::Line(from) });
        start.get_or_insert(from);
        outline.0.push(Segment::Quad(corner, to));
    }
    outline.0.push(Segment::Close);
    let inner = half - thickness;
    outline.add_polygon(corners.into_iter().rev().map(|(x, y)| Point::new(x * inner, y * inner)));
}

/// A five-pointed star, one tip up, with its tips `radius` from `centre`.
pub(super) fn add_star(outline: &mut Outline, centre: Point, radius: f64) {
    outline.add_polygon((0..10_u8).map(|corner| {
        let (sin, cos) = (f64::from(corner) * PI / 5.0).sin_cos();
        let reach = if corner % 2 == 0 { radius } else { radius * STAR_WAIST };
        Point::new(centre.x + reach * sin, centre.y - reach * cos)
    }));
}

/// Eight cubic curves; they leave the true ellipse by less than a hundred-thousandth of it.
fn add_ellipse(outline: &mut Outline, a: f64, b: f64, way: Way) {
    let turn = if way == Way::Clockwise { 1.0 } else { -1.0 };
    let handle = 4.0 / 3.0 * (FRAC_PI_4 / 4.0).tan();
    let at = |step: u8| {
        let (sin, cos) = (f64::from(step) * FRAC_PI_4 * turn).sin_cos();
        let (point, along) = (Point::new(a * sin, -b * cos), Point::new(a * cos * turn, b * sin * turn));
        let ahead = Point::new(point.x + along.x * handle, point.y + along.y * handle);
        let behind = Point::new(point.x - along.x * handle, point.y - along.y * handle);
        (behind, point, ahead)
    };
    outline.0.push(Segment::Move(at(0).1));
    for step in 1..=8 {
        let (from, to) = (at(step - 1), at(step));
        outline.0.push(Segment::Cubic(from.2, to.0, to.1));
    }
    outline.0.push(Segment::Close);
}
