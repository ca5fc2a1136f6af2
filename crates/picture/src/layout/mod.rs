//! From a design to an outline in millimetres: border, centre, and each glyph in a cell of its own.

mod line;
mod ring;
mod round;
mod run;
mod shapes;
mod square;

use crate::{
    design::{SealDesign, Shape},
    error::PictureError,
    font::FontSet,
    geometry::{Affine, Cell, Outline},
};
use run::{Item, Run};

/// What is filled with the seal's colour, around the centre of the seal.
#[derive(Debug, Default)]
pub(crate) struct Artwork {
    pub(crate) outline: Outline,
    /// The glyphs once more, each where it stands, for the tests of overlap.
    #[cfg(test)]
    pub(crate) glyphs: Vec<tests::Inked>,
}

impl Artwork {
    /// Adds the glyphs of `run`, each in its cell.
    fn add_run(&mut self, run: &Run, cells: &[Cell]) {
        for (item, cell) in run.items().iter().zip(cells) {
            let Item::Glyph { glyph, fit, .. } = item else { continue };
            let affine: Affine = run::fit(glyph, *fit, cell);
            self.outline.add(&glyph.outline, &affine);
            #[cfg(test)]
            self.glyphs.push(tests::Inked::new(glyph, &affine));
        }
    }
}

/// Lays the whole seal out.
///
/// # Errors
/// Every variant of [`PictureError`] but those of encoding.
pub(crate) fn lay_out(design: &SealDesign, fonts: &FontSet) -> Result<Artwork, PictureError> {
    design.check()?;
    match design.shape {
        Shape::Round { diameter_mm } => round::lay_out(design, fonts, &round::Form::round(diameter_mm)),
        Shape::Oval { width_mm, height_mm } => {
            round::lay_out(design, fonts, &round::Form::oval(width_mm, height_mm))
        }
        Shape::Square { side_mm } => square::lay_out(design, fonts, side_mm),
    }
}

#[cfg(test)]
mod tests;
