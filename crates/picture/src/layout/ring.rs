//! Text along a ring: evenly spaced by arc length, each glyph on the normal of the curve.

use std::f64::consts::PI;

use super::run::Run;
use crate::geometry::{Cell, Point};

/// Steps in which the curve is measured.
const STEPS: u16 = 1440;

/// Which way a text stands on the ring.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
    /// Over the top, from left to right, feet towards the centre.
    Top,
    /// Along the lower edge, from left to right, heads towards the centre.
    Bottom,
}

/// The closed curve inside an ellipse at the same distance from it everywhere, measured.
pub(super) struct Ring {
    /// Arc length from the top, clockwise positive, with the point and the outward direction.
    samples: Vec<(f64, Point, f64)>,
}

impl Ring {
    /// The curve `depth` inside the ellipse of semi-axes `a` and `b`.
    pub(super) fn new(a: f64, b: f64, depth: f64) -> Self {
        let mut samples: Vec<(f64, Point, f64)> = Vec::with_capacity(usize::from(STEPS) + 1);
        for step in 0..=STEPS {
            let turn = (f64::from(step) / f64::from(STEPS) * 2.0 - 1.0) * PI;
            let (sin, cos) = turn.sin_cos();
            let outward = Point::new(b * sin, -a * cos);
            let length = outward.length();
            let point =
                Point::new(a * sin - outward.x / length * depth, -b * cos - outward.y / length * depth);
            let reached = samples.last().map_or(0.0, |last| last.0 + point.minus(last.1).length());
            samples.push((reached, point, outward.x.atan2(-outward.y)));
        }
        let half = samples.last().map_or(0.0, |last| last.0) / 2.0;
        for sample in &mut samples {
            sample.0 -= half;
        }
        Self { samples }
    }

    /// The length of the whole curve.
    pub(super) fn length(&self) -> f64 {
        self.samples.last().map_or(0.0, |last| last.0 * 2.0)
    }

    /// The point at `distance` from the top and the angle of the outward direction there.
    fn at(&self, distance: f64) -> (Point, f64) {
        let after = self.samples.partition_point(|sample| sample.0 < distance);
        let (Some(from), Some(to)) = (self.samples.get(after.saturating_sub(1)), self.samples.get(after))
        else {
            let edge = if after == 0 { self.samples.first() } else { self.samples.last() };
            return edge.map_or((Point::new(0.0, 0.0), 0.0), |edge| (edge.1, edge.2));
        };
        let share = if to.0 > from.0 { (distance - from.0) / (to.0 - from.0) } else { 0.0 };
        // the angle of the last sample may have jumped from half a turn to minus half a turn
        let turned = (to.2 - from.2 + PI).rem_euclid(2.0 * PI) - PI;
        (from.1.towards(to.1, share), from.2 + turned * share)
    }

    /// Cells for `run`, spread over the arc length `span`, `unit` wide for a hanzi.
    pub(super) fn cells(&self, run: &Run, side: Side, span: f64, unit: f64, height: f64) -> Vec<Cell> {
        let pitch = span / run.width();
        run.stops()
            .map(|(stop, width)| {
                let along = stop * pitch - span / 2.0;
                let (centre, angle) = match side {
                    Side::Top => self.at(along),
                    Side::Bottom => {
                        let half = self.length() / 2.0;
                        // leftwards of the bottom is beyond the top's right end, and so on
                        let from_top = if along > 0.0 { half - along } else { -half - along };
                        let (centre, outward) = self.at(from_top);
                        (centre, outward + PI)
                    }
                };
                Cell { centre, width: width * unit, height, angle }
            })
            .collect()
    }

    /// The widest hanzi, at most `widest`, with which neighbours keep `gap` apart.
    pub(super) fn unit(&self, run: &Run, side: Side, span: f64, widest: f64, height: f64, gap: f64) -> f64 {
        let fits = |unit: f64| {
            let cells = self.cells(run, side, span, unit, height);
            let quads: Vec<_> = cells.iter().map(|cell| cell.corners(gap / 2.0)).collect();
            quads.windows(2).all(|pair| !matches!(pair, [a, b] if a.overlaps(b)))
        };
        if fits(widest) {
            return widest;
        }
        let (mut good, mut bad) = (0.0, widest);
        for _ in 0..20 {
            let middle = f64::midpoint(good, bad);
            if fits(middle) {
                good = middle;
            } else {
                bad = middle;
            }
        }
        good
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_curve_of_a_circle_is_a_circle() {
        let ring = Ring::new(20.0, 20.0, 4.0);
        assert!((ring.length() - 2.0 * PI * 16.0).abs() < 1e-3);
        let (point, angle) = ring.at(16.0 * PI / 2.0);
        assert!((point.x - 16.0).abs() < 1e-3 && point.y.abs() < 1e-3, "{point:?}");
        assert!((angle - PI / 2.0).abs() < 1e-3);
        assert!(ring.at(0.0).0.y < -15.99);
    }

    #[test]
    fn the_curve_of_an_ellipse_keeps_its_distance_and_its_normals() {
        let (a, b, depth) = (20.0_f64, 15.0_f64, 3.0);
        let ring = Ring::new(a, b, depth);
        // ellipse 20 x 15: perimeter by Ramanujan; a parallel curve is 2 pi depth shorter
        let h = ((a - b) / (a + b)).powi(2);
        let perimeter = PI * (a + b) * (1.0 + 3.0 * h / (10.0 + (4.0 - 3.0 * h).sqrt()));
        assert!((ring.length() - (perimeter - 2.0 * PI * depth)).abs() < 1e-3);
        for step in -20..=20 {
            let (point, angle) = ring.at(f64::from(step) / 41.0 * ring.length());
            let foot = Point::new(point.x + angle.sin() * depth, point.y - angle.cos() * depth);
            let on_ellipse = (foot.x / a).powi(2) + (foot.y / b).powi(2);
            assert!((on_ellipse - 1.0).abs() < 1e-4, "{on_ellipse} at {point:?}");
        }
    }
}
