//! Transformation matrices (ISO 32000-1 §8.3).

use super::Rect;

/// `[a b c d e f]`: from the space that something is drawn in to the space around it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Matrix(pub [f64; 6]);

impl Matrix {
    /// Nothing moves.
    pub const IDENTITY: Self = Self([1.0, 0.0, 0.0, 1.0, 0.0, 0.0]);

    /// A move.
    pub const fn translation(x: f64, y: f64) -> Self {
        Self([1.0, 0.0, 0.0, 1.0, x, y])
    }

    /// This one first, then another.
    #[must_use]
    pub fn then(&self, next: &Self) -> Self {
        let [right_x, right_y, up_x, up_y, start_x, start_y] = self.0;
        let [next_right_x, next_right_y, next_up_x, next_up_y, ..] = next.0;
        let turn = Self([next_right_x, next_right_y, next_up_x, next_up_y, 0.0, 0.0]);
        let turned = |x: f64, y: f64| turn.point(x, y);
        let (right, up, start) = (turned(right_x, right_y), turned(up_x, up_y), next.point(start_x, start_y));
        Self([right.0, right.1, up.0, up.1, start.0, start.1])
    }

    /// Where a point goes.
    pub fn point(&self, x: f64, y: f64) -> (f64, f64) {
        let [right_x, right_y, up_x, up_y, start_x, start_y] = self.0;
        (x.mul_add(right_x, y.mul_add(up_x, start_x)), x.mul_add(right_y, y.mul_add(up_y, start_y)))
    }

    /// The box around a box that is turned; none where it has no finite place.
    pub fn rect(&self, rect: &Rect) -> Option<Rect> {
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
        Some(around(boxes))
    }

    /// The way back; none where everything is drawn onto a line or a point, or nowhere finite.
    pub fn inverse(&self) -> Option<Self> {
        let [right_x, right_y, up_x, up_y, start_x, start_y] = self.0;
        let area = self.area();
        if area == 0.0 || !area.is_finite() {
            return None;
        }
        let turn = [up_y / area, -right_y / area, -up_x / area, right_x / area];
        let [back_x, back_y, back_up_x, back_up_y] = turn;
        let turn = Self([back_x, back_y, back_up_x, back_up_y, 0.0, 0.0]);
        let (x, y) = turn.point(-start_x, -start_y);
        let back = [back_x, back_y, back_up_x, back_up_y, x, y];
        back.iter().all(|number| number.is_finite()).then_some(Self(back))
    }

    /// The area of what was a square of one; negative where it is mirrored.
    pub fn area(&self) -> f64 {
        let [right_x, right_y, up_x, up_y, ..] = self.0;
        right_x.mul_add(up_y, -(right_y * up_x))
    }
}

/// The box around boxes.
pub(super) fn around(rects: impl Iterator<Item = Rect>) -> Rect {
    let both = |a: Rect, b: Rect| Rect {
        left: a.left.min(b.left),
        bottom: a.bottom.min(b.bottom),
        right: a.right.max(b.right),
        top: a.top.max(b.top),
    };
    rects.reduce(both).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::Matrix;

    #[test]
    fn the_way_back_leads_back() {
        let turned = Matrix([0.0, 2.0, -4.0, 0.0, 5.0, 7.0]);
        let back = turned.inverse().map(|back| turned.then(&back));
        assert_eq!(back, Some(Matrix::IDENTITY));
        assert!(turned.area() > 7.9);
        assert_eq!(Matrix([1.0, 1.0, 2.0, 2.0, 0.0, 0.0]).inverse(), None);
        assert_eq!(Matrix([f64::MAX, 0.0, 0.0, f64::MAX, 0.0, 0.0]).inverse(), None);
    }
}
