//! The current path in the space of the page (ISO 32000-1 §8.5), and the pieces that it is painted in.

use crate::pdf::Rect;
use crate::pdf::matrix::around;

/// How far two sides may be from level or upright, in units.
const SKEW: f64 = 0.05;

/// Pieces of a curve, each so short that the box around it is about where it is.
const PIECES: u8 = 12;

type Point = (f64, f64);

/// A part of a path: from one corner to the next, or all corners of what is filled.
#[derive(Clone, Debug)]
pub(super) struct Piece {
    corners: Vec<Point>,
    is_curved: bool,
}

impl Piece {
    pub(super) fn rect(&self) -> Rect {
        let corner = |(x, y): &Point| Rect { left: *x, bottom: *y, right: *x, top: *y };
        around(self.corners.iter().map(corner))
    }

    /// The box around a line of this half width.
    pub(super) fn widened(&self, half: f64) -> Rect {
        // Readers paint even a line of no width.
        let half = half.max(0.25);
        let rect = self.rect();
        Rect {
            left: rect.left - half,
            bottom: rect.bottom - half,
            right: rect.right + half,
            top: rect.top + half,
        }
    }

    /// True for a line that is level or upright, and for a rectangle that is.
    pub(super) fn is_box(&self) -> bool {
        let rect = self.rect();
        let is_on = |a: f64, low: f64, high: f64| (a - low).abs() <= SKEW || (a - high).abs() <= SKEW;
        let is_corner = |(x, y): &Point| is_on(*x, rect.left, rect.right) && is_on(*y, rect.bottom, rect.top);
        let is_thin = rect.width() <= SKEW || rect.height() <= SKEW;
        let is_along = |pair: &[Point]| match pair {
            [(x1, y1), (x2, y2)] => (x1 - x2).abs() <= SKEW || (y1 - y2).abs() <= SKEW,
            _ => true,
        };
        let has_all = self.corners.len() >= 4 || is_thin;
        !self.is_curved
            && self.corners.iter().all(is_corner)
            && self.corners.windows(2).all(is_along)
            && has_all
            && self.corners.len() <= 5
    }
}

/// The current path.
#[derive(Debug, Default)]
pub(super) struct Path {
    /// What filling paints.
    parts: Vec<Piece>,
    /// What stroking paints: straight pieces, and nearly straight ones of curves.
    lines: Vec<Piece>,
}

impl Path {
    pub(super) fn begin(&mut self, point: Point) -> bool {
        self.parts.push(Piece { corners: vec![point], is_curved: false });
        is_finite(point)
    }

    pub(super) fn line(&mut self, point: Point) -> bool {
        let Some(start) = self.last() else { return self.begin(point) };
        self.lines.push(Piece { corners: vec![start, point], is_curved: false });
        self.reach(point)
    }

    fn last(&self) -> Option<Point> {
        self.parts.last().and_then(|part| part.corners.last()).copied()
    }

    fn reach(&mut self, point: Point) -> bool {
        if let Some(part) = self.parts.last_mut() {
            part.corners.push(point);
        }
        is_finite(point)
    }

    /// A curve of Bézier (§8.5.2.2). Without a first control point that is where it begins, without a second one where it
    /// ends.
    pub(super) fn curve(&mut self, first: Option<Point>, second: Option<Point>, end: Point) -> bool {
        let start = self.last().or(first).unwrap_or(end);
        if self.parts.is_empty() {
            self.begin(start);
        }
        let (first, second) = (first.unwrap_or(start), second.unwrap_or(end));
        let points: Vec<Point> = (0..=PIECES)
            .map(|piece| between([start, first, second, end], f64::from(piece) / f64::from(PIECES)))
            .collect();
        self.lines.extend(points.windows(2).map(|pair| Piece { corners: pair.to_vec(), is_curved: true }));
        if let Some(part) = self.parts.last_mut() {
            part.is_curved = true;
        }
        // The box around what is filled holds the control points, and so all of the curve.
        [first, second, end].into_iter().all(|point| self.reach(point))
    }

    pub(super) fn close(&mut self) -> bool {
        let first = self.parts.last().and_then(|part| part.corners.first()).copied();
        first.filter(|first| self.last() != Some(*first)).is_none_or(|first| self.line(first))
    }

    pub(super) fn rectangle(&mut self, corners: [Point; 4]) -> bool {
        let [first, rest @ ..] = corners;
        let is_read = self.begin(first);
        is_read && rest.into_iter().chain([first]).all(|corner| self.line(corner))
    }

    /// What filling paints.
    pub(super) fn areas(&self) -> Vec<Piece> {
        self.parts.iter().filter(|part| part.corners.len() > 1).cloned().collect()
    }

    /// What stroking paints.
    pub(super) fn lines(&self) -> Vec<Piece> {
        self.lines.clone()
    }

    /// The box that the path cuts off, and whether it is just that box; none for a path without any place.
    pub(super) fn clip(&self) -> (Option<Rect>, bool) {
        match self.parts.as_slice() {
            [] => (None, true),
            [one] => (Some(one.rect()), one.is_box()),
            more => (Some(around(more.iter().map(Piece::rect))), false),
        }
    }
}

/// A point of a curve, from its beginning (0) to its end (1).
fn between(points: [Point; 4], part: f64) -> Point {
    let rest = 1.0 - part;
    let weights =
        [rest * rest * rest, 3.0 * rest * rest * part, 3.0 * rest * part * part, part * part * part];
    let all = points.into_iter().zip(weights);
    all.fold((0.0, 0.0), |(x, y), (point, weight)| (point.0.mul_add(weight, x), point.1.mul_add(weight, y)))
}

fn is_finite((x, y): Point) -> bool {
    x.is_finite() && y.is_finite()
}
