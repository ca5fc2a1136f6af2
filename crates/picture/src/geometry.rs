//! Points, outlines and boxes in millimetres; x to the right, y down, the seal's centre at (0, 0).

/// A point or a vector.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Point {
    pub(crate) x: f64,
    pub(crate) y: f64,
}

impl Point {
    pub(crate) const fn new(x: f64, y: f64) -> Self {
        Self { x, y }
    }

    pub(crate) fn length(self) -> f64 {
        self.x.hypot(self.y)
    }

    pub(crate) fn minus(self, other: Self) -> Self {
        Self::new(self.x - other.x, self.y - other.y)
    }

    /// The point `share` of the way from here to `other`.
    pub(crate) fn towards(self, other: Self, share: f64) -> Self {
        Self::new(self.x + (other.x - self.x) * share, self.y + (other.y - self.y) * share)
    }

    fn dot(self, other: Self) -> f64 {
        self.x * other.x + self.y * other.y
    }
}

/// Scale, turn and shift: a point goes to `across` x + `down` y + `origin`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Affine {
    across: Point,
    down: Point,
    origin: Point,
}

impl Affine {
    /// Shifts by `shift`, then scales both axes, then turns clockwise by `angle` (radians), then
    /// moves the origin to `target`.
    pub(crate) fn place(shift: Point, scale: Point, angle: f64, target: Point) -> Self {
        let (sin, cos) = angle.sin_cos();
        let across = Point::new(cos * scale.x, sin * scale.x);
        let down = Point::new(-sin * scale.y, cos * scale.y);
        let mut affine = Self { across, down, origin: target };
        affine.origin = affine.apply(shift);
        affine
    }

    pub(crate) fn apply(&self, p: Point) -> Point {
        Point::new(
            self.across.x * p.x + self.down.x * p.y + self.origin.x,
            self.across.y * p.x + self.down.y * p.y + self.origin.y,
        )
    }
}

/// A piece of an outline.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Segment {
    Move(Point),
    Line(Point),
    Quad(Point, Point),
    Cubic(Point, Point, Point),
    Close,
}

impl Segment {
    fn map(self, map: impl Fn(Point) -> Point) -> Self {
        match self {
            Self::Move(p) => Self::Move(map(p)),
            Self::Line(p) => Self::Line(map(p)),
            Self::Quad(q, p) => Self::Quad(map(q), map(p)),
            Self::Cubic(q, r, p) => Self::Cubic(map(q), map(r), map(p)),
            Self::Close => Self::Close,
        }
    }

    /// All points, also the controlling ones.
    fn points(self) -> impl Iterator<Item = Point> {
        let points = match self {
            Self::Move(p) | Self::Line(p) => [Some(p), None, None],
            Self::Quad(q, p) => [Some(q), Some(p), None],
            Self::Cubic(q, r, p) => [Some(q), Some(r), Some(p)],
            Self::Close => [None; 3],
        };
        points.into_iter().flatten()
    }
}

/// Closed contours, filled by the non-zero rule.
#[derive(Clone, Debug, Default)]
pub(crate) struct Outline(pub(crate) Vec<Segment>);

impl Outline {
    /// Adds `other` as `affine` moves it.
    pub(crate) fn add(&mut self, other: &Self, affine: &Affine) {
        self.0.extend(other.0.iter().map(|segment| segment.map(|p| affine.apply(p))));
    }

    /// Adds a closed polygon.
    pub(crate) fn add_polygon(&mut self, points: impl IntoIterator<Item = Point>) {
        let start = self.0.len();
        for point in points {
            let first = self.0.len() == start;
            self.0.push(if first { Segment::Move(point) } else { Segment::Line(point) });
        }
        if self.0.len() > start {
            self.0.push(Segment::Close);
        }
    }

    /// The box around all points; a little larger than the ink where curves have far handles.
    pub(crate) fn bounds(&self) -> Option<Bounds> {
        self.0.iter().flat_map(|segment| segment.points()).fold(None, |bounds, p| {
            let b = bounds.unwrap_or(Bounds { min: p, max: p });
            Some(Bounds {
                min: Point::new(b.min.x.min(p.x), b.min.y.min(p.y)),
                max: Point::new(b.max.x.max(p.x), b.max.y.max(p.y)),
            })
        })
    }
}

/// An upright box.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bounds {
    pub(crate) min: Point,
    pub(crate) max: Point,
}

impl Bounds {
    pub(crate) fn width(&self) -> f64 {
        self.max.x - self.min.x
    }

    pub(crate) fn height(&self) -> f64 {
        self.max.y - self.min.y
    }

    pub(crate) fn centre(&self) -> Point {
        self.min.towards(self.max, 0.5)
    }
}

/// A turned box: the room that one glyph has on the seal.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cell {
    pub(crate) centre: Point,
    pub(crate) width: f64,
    pub(crate) height: f64,
    /// Clockwise, radians.
    pub(crate) angle: f64,
}

impl Cell {
    /// The corners of the box grown by `margin` on each side.
    pub(crate) fn corners(&self, margin: f64) -> Quad {
        let (x, y) = (self.width / 2.0 + margin, self.height / 2.0 + margin);
        let place = Affine::place(Point::new(0.0, 0.0), Point::new(1.0, 1.0), self.angle, self.centre);
        Quad([(-x, -y), (x, -y), (x, y), (-x, y)].map(|(x, y)| place.apply(Point::new(x, y))))
    }
}

/// A convex figure of four corners.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Quad(pub(crate) [Point; 4]);

impl Quad {
    /// Whether the two figures have an inner point in common (separating axes).
    pub(crate) fn overlaps(&self, other: &Self) -> bool {
        !self.has_separating_side(other) && !other.has_separating_side(self)
    }

    fn has_separating_side(&self, other: &Self) -> bool {
        let [a, b, c, d] = self.0;
        [(a, b), (b, c), (c, d), (d, a)].iter().any(|&(from, to)| {
            let side = to.minus(from);
            let normal = Point::new(-side.y, side.x);
            let reach = |quad: &Self| {
                quad.0
                    .iter()
                    .map(|p| p.dot(normal))
                    .fold((f64::MAX, f64::MIN), |(low, high), value| (low.min(value), high.max(value)))
            };
            let (ours, theirs) = (reach(self), reach(other));
            ours.1 <= theirs.0 || theirs.1 <= ours.0
        })
    }
}

#[cfg(test)]
mod tests {
    use std::f64::consts::FRAC_PI_4;

    use super::*;

    fn cell(x: f64, y: f64, angle: f64) -> Quad {
        Cell { centre: Point::new(x, y), width: 2.0, height: 2.0, angle }.corners(0.0)
    }

    #[test]
    fn boxes_overlap_only_when_they_share_an_inner_point() {
        assert!(cell(0.0, 0.0, 0.0).overlaps(&cell(1.9, 0.0, 0.0)));
        assert!(!cell(0.0, 0.0, 0.0).overlaps(&cell(2.0, 0.0, 0.0)));
        // turned by an eighth, the corner reaches 1.414 from the centre
        assert!(cell(0.0, 0.0, 0.0).overlaps(&cell(2.4, 0.0, FRAC_PI_4)));
        assert!(!cell(0.0, 0.0, 0.0).overlaps(&cell(2.42, 0.0, FRAC_PI_4)));
        // upright boxes around these two would overlap, the turned ones do not
        assert!(!cell(0.0, 0.0, FRAC_PI_4).overlaps(&cell(1.45, 1.45, FRAC_PI_4)));
    }

    #[test]
    fn place_scales_turns_and_moves_in_this_order() {
        let place = Affine::place(
            Point::new(1.0, 0.0),
            Point::new(2.0, 3.0),
            std::f64::consts::FRAC_PI_2,
            Point::new(10.0, 20.0),
        );
        let p = place.apply(Point::new(0.0, 1.0));
        assert!((p.x - 7.0).abs() < 1e-9 && (p.y - 22.0).abs() < 1e-9, "{p:?}");
    }
}
