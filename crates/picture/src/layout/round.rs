//! Round and oval seals: border, name along the ring, centre, lines below it, serial number.
//!
//! The name gets the share of the ring that its length asks for. Where it would then touch the
//! type line or the serial number, the share shrinks step by step until everything keeps clear,
//! so that no two glyphs ever overlap; a design for which no share works is refused.

use super::{
    Artwork, line,
    ring::{Ring, Side},
    run::Run,
    shapes,
};
use crate::{
    design::{Centre, SealDesign},
    error::{Part, PictureError},
    font::{FontSet, Style},
    geometry::{Cell, Point, Quad},
};

/// Below this width in millimetres a hanzi is not legible: 15 pixels at 300 dpi.
const MIN_HANZI_MM: f64 = 1.3;
/// The same for a figure.
const MIN_FIGURE_MM: f64 = 0.55;
/// Room between the name and the other texts, in millimetres.
const CLEARANCE_MM: f64 = 0.5;
/// Room between the serial number and the ends of the name, which stand on the same ring.
const SERIAL_CLEARANCE_MM: f64 = 1.5;

/// The measures of one border, in millimetres. For the oval they are those of the invoice seal
/// of 2011, scaled with the height; for the circle, what engravers use for 42 mm.
pub(super) struct Form {
    /// Outer semi-axes.
    a: f64,
    b: f64,
    border: f64,
    /// Between border and name.
    gap: f64,
    name_height: f64,
    name_height_min: f64,
    star_radius: f64,
    line_height: f64,
    /// Top edge of the type line when nothing is in the centre.
    line_top: f64,
    tax_height: f64,
    tax_width: f64,
    serial: Serial,
}

/// Where the serial number goes.
enum Serial {
    /// Along the lower arc.
    Arc { height: f64, pitch: f64 },
    /// On a level line with this top edge.
    Line { top: f64, height: f64, pitch: f64 },
}

impl Form {
    pub(super) fn round(diameter_mm: u16) -> Self {
        let d = f64::from(diameter_mm);
        Self {
            a: d / 2.0,
            b: d / 2.0,
            border: if diameter_mm >= 42 { 1.2 } else { 1.0 },
            gap: d * 0.02,
            name_height: d * 0.162,
            name_height_min: d * 0.085,
            star_radius: d / 6.0,
            line_height: d * 0.12,
            line_top: d * 0.13,
            tax_height: 0.0,
            tax_width: 0.0,
            serial: Serial::Arc { height: d * 0.042, pitch: d * 0.036 },
        }
    }

    pub(super) fn oval(width_mm: u16, height_mm: u16) -> Self {
        let (a, b) = (f64::from(width_mm) / 2.0, f64::from(height_mm) / 2.0);
        let scale = b / 15.0;
        Self {
            a,
            b,
            border: 1.0,
            gap: 0.5 * scale,
            // feet on a curve tighter than half its radius would fan out too far
            name_height: (4.2 * scale).min(b * b / a * 0.5),
            name_height_min: 2.6 * scale,
            star_radius: 5.0 * scale,
            line_height: 4.6 * scale,
            line_top: 4.2 * scale,
            tax_height: 3.7 * scale,
            tax_width: 26.0 * a / 20.0,
            serial: Serial::Line { top: 10.0 * scale, height: 2.2 * scale, pitch: 1.7 * scale },
        }
    }

    /// The ring `depth` below the inner edge of the border.
    fn ring(&self, depth: f64) -> Ring {
        Ring::new(self.a - self.border, self.b - self.border, depth)
    }

    /// Whether a figure lies inside the border with room to spare.
    fn holds(&self, quad: &Quad) -> bool {
        let (a, b) = (self.a - self.border - self.gap, self.b - self.border - self.gap);
        quad.0.iter().all(|p| (p.x / a).powi(2) + (p.y / b).powi(2) <= 1.0)
    }
}

pub(super) fn lay_out(design: &SealDesign, fonts: &FontSet, form: &Form) -> Result<Artwork, PictureError> {
    let find =
        |style, text: &Option<String>| text.as_deref().map(|text| Run::new(fonts, style, text)).transpose();
    let name = Run::new(fonts, Style::Song, &design.name)?;
    let type_line = find(Style::Song, &design.type_line)?;
    let tax = find(Style::Figures, &design.tax_number)?;
    let serial = find(Style::Figures, &design.serial)?;

    let mut art = Artwork::default();
    shapes::add_elliptic_border(&mut art.outline, form.a, form.b, form.border);
    let mut taken: Vec<Quad> = Vec::new();
    let mut line_top = form.line_top;
    if let Some(run) = &tax {
        let cells = form.tax_cells(run)?;
        taken.extend(cells.iter().map(|cell| cell.corners(0.0)));
        art.add_run(run, &cells);
    } else if design.centre == Centre::Star {
        // beside a line the star is a little smaller
        let radius = form.star_radius * if type_line.is_some() { 0.9 } else { 1.0 };
        shapes::add_star(&mut art.outline, Point::new(0.0, 0.0), radius);
        // the lower tips reach to 0.81 of the radius
        line_top = line_top.max(radius * 0.81 + form.gap * 1.5);
    }
    if let Some(run) = &serial {
        let cells = form.serial_cells(run)?;
        let margin = match form.serial {
            Serial::Arc { .. } => SERIAL_CLEARANCE_MM - CLEARANCE_MM,
            Serial::Line { .. } => 0.0,
        };
        taken.extend(cells.iter().map(|cell| cell.corners(margin)));
        art.add_run(run, &cells);
    }
    let (name_cells, line_cells) = form.fit_name(&name, type_line.as_ref(), line_top, &taken)?;
    art.add_run(&name, &name_cells);
    if let Some(run) = &type_line {
        art.add_run(run, &line_cells);
    }
    Ok(art)
}

impl Form {
    /// Name and type line together. Letters as high as usual come first; lower ones leave more
    /// room inside the ring, which a tax number in a small oval needs.
    fn fit_name(
        &self,
        name: &Run,
        type_line: Option<&Run>,
        line_top: f64,
        taken: &[Quad],
    ) -> Result<(Vec<Cell>, Vec<Cell>), PictureError> {
        let mut height = self.name_height;
        loop {
            let fitted = self.fit_name_at(height, name, type_line, line_top, taken);
            height *= 0.85;
            if fitted.is_ok() || height < self.name_height_min {
                return fitted;
            }
        }
    }

    /// The widest share of the ring at which name and type line keep clear, with letters of the
    /// name no higher than `highest`.
    fn fit_name_at(
        &self,
        highest: f64,
        name: &Run,
        type_line: Option<&Run>,
        line_top: f64,
        taken: &[Quad],
    ) -> Result<(Vec<Cell>, Vec<Cell>), PictureError> {
        let mut failed = Part::Name;
        let mut share = preferred_share(name.width(), type_line.is_some());
        while share >= 0.4 {
            if let Some(cells) = self.name_cells(name, share, highest) {
                let quads: Vec<Quad> = cells.iter().map(|cell| cell.corners(CLEARANCE_MM)).collect();
                if clear(&quads, taken) {
                    let Some(run) = type_line else { return Ok((cells, Vec::new())) };
                    let obstacles: Vec<Quad> = quads.iter().chain(taken).copied().collect();
                    if let Some(line) = self.line_cells(run, line_top, &obstacles) {
                        return Ok((cells, line));
                    }
                    failed = Part::TypeLine;
                }
            }
            share -= 0.02;
        }
        Err(PictureError::NoRoom { part: failed })
    }

    /// The name over at most `share` of the ring. A short name does not stretch so far; a long
    /// one gets lower letters, so that they do not become too slender.
    fn name_cells(&self, name: &Run, share: f64, highest: f64) -> Option<Vec<Cell>> {
        let mut height = highest;
        loop {
            let ring = self.ring(self.gap + height / 2.0);
            let span = (ring.length() * share).min(name.width() * height * 1.5);
            let unit = ring.unit(name, Side::Top, span, height * 0.82, height, height * 0.06);
            if unit >= height * 0.5 || height * 0.95 < self.name_height_min {
                return (unit >= MIN_HANZI_MM).then(|| ring.cells(name, Side::Top, span, unit, height));
            }
            height *= 0.95;
        }
    }

    /// The type line under `top`, as wide as the obstacles and the border allow.
    fn line_cells(&self, run: &Run, top: f64, obstacles: &[Quad]) -> Option<Vec<Cell>> {
        let mut height = self.line_height;
        while height >= self.line_height * 0.55 {
            let middle = top + height / 2.0;
            let fits = |unit: f64| {
                let cells = line::cells(run, middle, unit, unit * 1.06, height);
                let quads: Vec<Quad> = cells.iter().map(|cell| cell.corners(0.0)).collect();
                quads.iter().all(|quad| self.holds(quad)) && clear(&quads, obstacles)
            };
            let narrowest = (height * 0.55).max(MIN_HANZI_MM);
            let steps = (0..=20).map(|step| f64::from(step) / 20.0);
            let unit =
                steps.map(|step| height * 0.82 * (1.0 - step) + narrowest * step).find(|&unit| fits(unit));
            if let Some(unit) = unit {
                return Some(line::cells(run, middle, unit, unit * 1.06, height));
            }
            height *= 0.94;
        }
        None
    }

    /// The tax number through the centre, over its prescribed width.
    fn tax_cells(&self, run: &Run) -> Result<Vec<Cell>, PictureError> {
        // 18 figures fill the width; fewer keep their size
        let pitch = self.tax_width / run.width().max(18.0);
        let unit = pitch * 0.9;
        if unit < MIN_FIGURE_MM {
            return Err(PictureError::NoRoom { part: Part::TaxNumber });
        }
        Ok(line::cells(run, 0.0, unit, pitch, self.tax_height))
    }

    fn serial_cells(&self, run: &Run) -> Result<Vec<Cell>, PictureError> {
        let cells = match self.serial {
            Serial::Arc { height, pitch } => {
                let ring = self.ring(self.gap * 0.7 + height / 2.0);
                let span = (run.width() * pitch).min(ring.length() * 0.3);
                let widest = (span / run.width() * 0.8).min(height * 0.66);
                let unit = ring.unit(run, Side::Bottom, span, widest, height, height * 0.1);
                ring.cells(run, Side::Bottom, span, unit, height)
            }
            Serial::Line { top, height, pitch } => {
                let middle = top + height / 2.0;
                let room = self.half_chord(top + height) * 2.0;
                let pitch = pitch.min(room / run.width());
                line::cells(run, middle, pitch * 0.85, pitch, height)
            }
        };
        if cells.iter().any(|cell| cell.width < MIN_FIGURE_MM) {
            return Err(PictureError::NoRoom { part: Part::Serial });
        }
        Ok(cells)
    }

    /// Half the width inside the border, less the gap, at height `y`.
    fn half_chord(&self, y: f64) -> f64 {
        let (a, b) = (self.a - self.border - self.gap, self.b - self.border - self.gap);
        a * (1.0 - (y / b).powi(2)).max(0.0).sqrt()
    }
}

/// The share of the ring for a name as wide as so many hanzi: 240 to 300 degrees, less when the
/// type line stands between its ends.
fn preferred_share(hanzi: f64, has_line: bool) -> f64 {
    let (short, long) = if has_line { (0.64, 0.75) } else { (0.66, 0.83) };
    short + (long - short) * ((hanzi - 8.0) / 18.0).clamp(0.0, 1.0)
}

fn clear(quads: &[Quad], obstacles: &[Quad]) -> bool {
    quads.iter().all(|quad| obstacles.iter().all(|other| !quad.overlaps(other)))
}
