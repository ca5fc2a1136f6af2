//! The two writings of one outline.

mod raster;
mod svg;

use std::{fmt, sync::LazyLock};

use crate::{design::SealDesign, error::PictureError, font::FontSet, layout};

/// Draws designs; see [`SealPicture::draw`].
#[derive(Debug)]
pub struct SealPicture;

/// A drawn seal. Its PNG and SVG show the same.
#[derive(Clone, PartialEq, Eq)]
pub struct Drawn {
    /// A whole SVG document, its size in millimetres, all glyphs as outlines.
    pub svg: String,
    /// PNG, 8-bit RGBA on a transparent ground, with its resolution (`pHYs`).
    pub png: Vec<u8>,
    /// Width of the PNG: millimetres / 25.4 x dpi, rounded.
    pub width_px: u32,
    /// Height of the PNG.
    pub height_px: u32,
    /// Width over the outer edge of the border.
    pub width_mm: u16,
    /// Height over the outer edge of the border.
    pub height_mm: u16,
}

/// Sizes only: the pictures are long and may show names of persons.
impl fmt::Debug for Drawn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Drawn")
            .field("svg_bytes", &self.svg.len())
            .field("png_bytes", &self.png.len())
            .field("width_px", &self.width_px)
            .field("height_px", &self.height_px)
            .field("width_mm", &self.width_mm)
            .field("height_mm", &self.height_mm)
            .finish()
    }
}

impl SealPicture {
    /// Draws with the embedded fonts and those installed on this system.
    ///
    /// # Errors
    /// See [`PictureError`]: texts that cannot be cut into a seal, characters without a font,
    /// sizes that no seal has.
    pub fn draw(design: &SealDesign) -> Result<Drawn, PictureError> {
        static SYSTEM: LazyLock<FontSet> = LazyLock::new(FontSet::system);
        Self::draw_with(design, &SYSTEM)
    }

    /// Draws with the given fonts.
    ///
    /// # Errors
    /// As [`SealPicture::draw`].
    pub fn draw_with(design: &SealDesign, fonts: &FontSet) -> Result<Drawn, PictureError> {
        let art = layout::lay_out(design, fonts)?;
        let (width_mm, height_mm) = design.shape.size_mm();
        let (width_px, height_px) = (pixels(width_mm, design.dpi), pixels(height_mm, design.dpi));
        let png = raster::png(&art.outline, (width_mm, height_mm), (width_px, height_px), design)?;
        let svg = svg::document(&art.outline, (width_mm, height_mm), design.colour);
        Ok(Drawn { svg, png, width_px, height_px, width_mm, height_mm })
    }
}

/// Millimetres in pixels, rounded to the nearest: 42 mm at 300 dpi are 496.
fn pixels(mm: u16, dpi: u16) -> u32 {
    (u32::from(mm) * u32::from(dpi) * 10 + 127) / 254
}

#[cfg(test)]
mod tests;
