//! Transformation matrices (ISO 32000-1 §8.3).

use crate::pdf::Rect;

/// `[a b c d e f]`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Matrix(pub(super) [f64; 6]);

impl Matrix {
    pub(super) const IDENTITY: Self = Self([1.0, 0.0, 0.0, 1.0, 0.0, 0.0]);

    /// A move.
    pub(super) const fn translation(x: f64, y: f64) -> Self {
        Self([1.0, 0.0, 0.0, 1.0, x, y])
    }

    /// This one first, then another.
    pub(super) fn then(&self, next: &Self) -> Self {
        let [right_x, right_y, up_x, up_y, start_x, start_y] = self.0;
        let [next_right_x, next_right_y, next_up_x, next_up_y, ..] = next.0;
        let turn = Self([next_right_x, next_right_y, next_up_x, next_up_y, 0.0, 0.0]);
        let turned = |x: f64, y: f64| turn.point(x, y);
        let (right, up, start) = (turned(right_x, right_y), turned(up_x, up_y), next.point(start_x, start_y));
        Self([right.0, right.1, up.0, up.1, start.0, start.1])
    }

    /// Where a point goes.
    pub(super) fn point(&self, x: f64, y: f64) -> (f64, f64) {
        let [right_x, right_y, up_x, up_y, start_x, start_y] = self.0;
        (x.mul_add(right_x, y.mul_add(up_x, start_x)), x.mul_add(right_y, y.mul_add(up_y, start_y)))
    }

    /// The box around a box that is turned; none where it has no finite place.
    pub(super) fn rect(&self, rect: &Rect) -> Option<Rect> {
        let corners = [
            self.point(rect.left, rect.bottom),
            self.point(rect.right, rect.bottom),
            self.point(rect.left, rect.top),
            self.point(rect.right, rect.top),
        ];
        if corners.iter().any(|(x, y)| !x.is_finite() || !y.is_finite()) {
            return None;
        }
        let boxes = corners.iter().map(|(x, y)| Rect { left: *x, bottom: *y, right: *x, top: *y });
        Some(super::around(boxes))
    }
}
