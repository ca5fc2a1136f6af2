//! The part of the graphics state that images depend on (ISO 32000-1 §8.4), and the current path.

use super::{Clip, MOST_CLIPS, PaintedImage};
use crate::pdf::matrix::Matrix;
use crate::pdf::{PdfError, Rect, Stream};

/// The graphics state.
#[derive(Clone, Debug)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "they are parameters of their own, as the standard has them"
)]
pub(super) struct State {
    pub(super) matrix: Matrix,
    clips: Vec<Clip>,
    pub(super) is_cut: bool,
    pub(super) opacity: f64,
    pub(super) is_masked: bool,
    pub(super) is_blended: bool,
    pub(super) is_transferred: bool,
    pub(super) is_recoloured: bool,
    /// What the groups around it do, which nothing inside them can undo.
    group_opacity: f64,
    is_group_altered: bool,
}

impl State {
    pub(super) const fn new() -> Self {
        Self {
            matrix: Matrix::IDENTITY,
            clips: Vec::new(),
            is_cut: false,
            opacity: 1.0,
            is_masked: false,
            is_blended: false,
            is_transferred: false,
            is_recoloured: false,
            group_opacity: 1.0,
            is_group_altered: false,
        }
    }

    /// Cuts off what is outside of a box.
    pub(super) fn clip(&mut self, rect: Rect) -> Result<(), PdfError> {
        if self.clips.len() >= MOST_CLIPS {
            return Err(PdfError::Limit("clips"));
        }
        self.clips.push(Clip { matrix: self.matrix, rect });
        Ok(())
    }

    /// A group is painted as one (§11.6.6): opacity, mask and mode are its own again inside.
    pub(super) fn enter_group(&mut self) {
        self.group_opacity *= self.opacity;
        self.is_group_altered |= self.is_masked || self.is_blended;
        (self.opacity, self.is_masked, self.is_blended) = (1.0, false, false);
    }

    /// An image as it is painted now.
    pub(super) fn image(&self, image: &Stream) -> PaintedImage {
        PaintedImage {
            image: image.clone(),
            matrix: self.matrix,
            clips: self.clips.clone(),
            is_cut: self.is_cut,
            opacity: self.opacity * self.group_opacity,
            is_altered: self.is_masked || self.is_blended || self.is_transferred || self.is_group_altered,
            is_recoloured: self.is_recoloured,
        }
    }
}

/// The current path, as far as it is told apart.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) enum Path {
    #[default]
    Empty,
    Rectangle(Rect),
    Other,
}

impl Path {
    /// `re`.
    pub(super) fn rectangle(&mut self, [x, y, width, height]: [f64; 4]) {
        let (right, top) = (x + width, y + height);
        *self = match self {
            Self::Empty => Self::Rectangle(Rect {
                left: x.min(right),
                bottom: y.min(top),
                right: x.max(right),
                top: y.max(top),
            }),
            _ => Self::Other,
        };
    }

    /// Any other operator that makes a path.
    pub(super) const fn go_on(&mut self) {
        *self = Self::Other;
    }
}
