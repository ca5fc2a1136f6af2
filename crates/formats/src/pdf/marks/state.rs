//! The part of the graphics state that marks depend on (ISO 32000-1 §8.4).

use crate::pdf::Rect;
use crate::pdf::matrix::Matrix;

/// The graphics state.
#[derive(Clone, Debug)]
pub(super) struct State {
    pub(super) matrix: Matrix,
    /// The width of lines.
    pub(super) width: f64,
    /// Lightness of the colours; none where it is not known.
    pub(super) fill: Option<f64>,
    pub(super) stroke: Option<f64>,
    /// Whether patterns are what they paint with: a pattern may show anything.
    patterns: [bool; 2],
    spaces: [Space; 2],
    /// Text in this mode cuts off what comes behind it.
    pub(super) clips_text: bool,
    /// What can be seen; none without an end.
    clip: Option<Rect>,
    /// Something other than a box cuts off what is painted.
    is_cut: bool,
    is_masked: bool,
}

/// A colour space.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Space {
    Gray,
    Rgb,
    Cmyk,
    /// One whose numbers do not tell how light they are: by a profile, a palette, a pattern, an ink.
    Other,
}

impl Space {
    pub(super) const fn named(name: &[u8]) -> Self {
        match name {
            b"DeviceGray" | b"G" => Self::Gray,
            b"DeviceRGB" | b"RGB" => Self::Rgb,
            b"DeviceCMYK" | b"CMYK" => Self::Cmyk,
            _ => Self::Other,
        }
    }

    /// The colour that is set with the space (§8.6.3): black.
    pub(super) fn first(self) -> Vec<f64> {
        match self {
            Self::Gray => vec![0.0],
            Self::Rgb => vec![0.0; 3],
            Self::Cmyk => vec![0.0, 0.0, 0.0, 1.0],
            Self::Other => Vec::new(),
        }
    }

    /// How light a colour is: its darkest part, since a saturated one is seen on white as well as black is.
    pub(super) fn lightness(self, values: &[f64]) -> Option<f64> {
        let part = |value: &f64| value.clamp(0.0, 1.0);
        match (self, values) {
            (Self::Gray, [gray]) => Some(part(gray)),
            (Self::Rgb, [_, _, _]) => values.iter().map(part).reduce(f64::min),
            (Self::Cmyk, [cyan, magenta, yellow, black]) => {
                let left = |ink: &f64| 1.0 - (part(ink) + part(black)).min(1.0);
                [cyan, magenta, yellow].into_iter().map(left).reduce(f64::min)
            }
            _ => None,
        }
    }
}

impl State {
    pub(super) const fn new() -> Self {
        Self {
            matrix: Matrix::IDENTITY,
            width: 1.0,
            fill: Some(0.0),
            stroke: Some(0.0),
            patterns: [false; 2],
            spaces: [Space::Gray; 2],
            clips_text: false,
            clip: None,
            is_cut: false,
            is_masked: false,
        }
    }

    /// Cuts off what is outside of a box; of what is no box, only the box around it is known.
    pub(super) fn clip(&mut self, rect: Option<Rect>, is_box: bool) {
        let Some(rect) = rect else { return };
        self.is_cut |= !is_box;
        self.clip = match self.clip {
            None => Some(rect),
            Some(clip) => Some(clip.intersection(&rect).unwrap_or(Rect {
                left: rect.left,
                bottom: rect.bottom,
                right: rect.left,
                top: rect.bottom,
            })),
        };
    }

    /// Cuts off what is outside of something that has any shape.
    pub(super) const fn cut(&mut self) {
        self.is_cut = true;
    }

    pub(super) const fn set_masked(&mut self, is_masked: bool) {
        // One key ends what it began; two of them are told apart by nobody here.
        self.is_masked |= is_masked;
    }

    /// What of a box can be seen.
    pub(super) fn seen(&self, rect: Rect) -> Option<Rect> {
        match self.clip {
            None => Some(rect),
            Some(clip) => clip.intersection(&rect),
        }
    }

    /// True when what is painted may have another shape than it says.
    pub(super) const fn is_shaped(&self) -> bool {
        self.is_cut || self.is_masked
    }

    pub(super) fn set_colour(&mut self, is_stroke: bool, space: Option<Space>, lightness: Option<f64>) {
        self.set_pattern(is_stroke, false);
        let [fill, stroke] = &mut self.spaces;
        let of = if is_stroke { stroke } else { fill };
        *of = space.unwrap_or(*of);
        *(if is_stroke { &mut self.stroke } else { &mut self.fill }) = lightness;
    }

    pub(super) const fn set_pattern(&mut self, is_stroke: bool, is_pattern: bool) {
        let [fill, stroke] = &mut self.patterns;
        *(if is_stroke { stroke } else { fill }) = is_pattern;
    }

    pub(super) const fn is_pattern(&self, is_stroke: bool) -> bool {
        let [fill, stroke] = self.patterns;
        if is_stroke { stroke } else { fill }
    }

    pub(super) const fn space(&self, is_stroke: bool) -> Space {
        let [fill, stroke] = self.spaces;
        if is_stroke { stroke } else { fill }
    }

    /// How long a line of one is, about.
    pub(super) fn scale(&self) -> f64 {
        let [right_x, right_y, up_x, up_y, ..] = self.matrix.0;
        right_x.hypot(right_y).max(up_x.hypot(up_y))
    }
}

impl Matrix {
    /// True when level and upright lines stay so.
    pub(super) fn is_upright(&self) -> bool {
        let [right_x, right_y, up_x, up_y, ..] = self.0;
        let is_none = |a: f64, b: f64| a.abs() <= 1e-6 && b.abs() <= 1e-6;
        is_none(right_y, up_x) || is_none(right_x, up_y)
    }
}
