//! One glyph as an outline in units of the em: the baseline at y = 0, y down.

use ttf_parser::{Face, OutlineBuilder};

use crate::geometry::{Bounds, Outline, Point, Segment};

/// A drawn character. It always has ink.
#[derive(Clone, Debug)]
pub(crate) struct Glyph {
    pub(crate) outline: Outline,
    pub(crate) ink: Bounds,
    /// How far the next glyph would be set, in em.
    pub(crate) advance: f64,
}

impl Glyph {
    /// The glyph of `c`, or nothing if the face lacks it or has it empty.
    pub(crate) fn of(face: &Face<'_>, c: char) -> Option<Self> {
        let id = face.glyph_index(c).filter(|id| id.0 != 0)?;
        let em = f64::from(face.units_per_em());
        let mut pen = Pen { outline: Outline::default(), scale: 1.0 / em };
        face.outline_glyph(id, &mut pen)?;
        let ink = pen.outline.bounds().filter(|ink| ink.width() > 0.0 && ink.height() > 0.0)?;
        let advance = face.glyph_hor_advance(id).map_or(1.0, |units| f64::from(units) / em);
        Some(Self { outline: pen.outline, ink, advance })
    }
}

struct Pen {
    outline: Outline,
    scale: f64,
}

impl Pen {
    fn point(&self, x: f32, y: f32) -> Point {
        Point::new(f64::from(x) * self.scale, -f64::from(y) * self.scale)
    }
}

impl OutlineBuilder for Pen {
    fn move_to(&mut self, x: f32, y: f32) {
        let to = self.point(x, y);
        self.outline.0.push(Segment::Move(to));
    }

    fn line_to(&mut self, x: f32, y: f32) {
        let to = self.point(x, y);
        self.outline.0.push(Segment::Line(to));
    }

    fn quad_to(&mut self, x1: f32, y1: f32, x: f32, y: f32) {
        let (handle, to) = (self.point(x1, y1), self.point(x, y));
        self.outline.0.push(Segment::Quad(handle, to));
    }

    fn curve_to(&mut self, x1: f32, y1: f32, x2: f32, y2: f32, x: f32, y: f32) {
        let (first, second, to) = (self.point(x1, y1), self.point(x2, y2), self.point(x, y));
        self.outline.0.push(Segment::Cubic(first, second, to));
    }

    fn close(&mut self) {
        self.outline.0.push(Segment::Close);
    }
}
