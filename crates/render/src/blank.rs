//! Characters that are not shown as they are meant: the font that stands in for theirs does not have them, or the file does
//! not say which they are. The page is gone through once more for that, and nothing is drawn.

use hayro::hayro_interpret::font::{Glyph, GlyphRun};
use hayro::hayro_interpret::hayro_cmap::BfString;
use hayro::hayro_interpret::{
    BlendMode, ClipPath, Device, DrawMode, DrawProps, Image, ImageDrawProps, SoftMask,
};
use hayro::kurbo::BezPath;
use ttf_parser::Face;

use crate::fonts::Fonts;

/// Looks at the characters of a page.
pub(crate) struct Blank<'f> {
    fonts: &'f Fonts,
    face: Option<Face<'f>>,
    /// True when some character is not shown.
    pub(crate) found: bool,
}

impl<'f> Blank<'f> {
    pub(crate) fn new(fonts: &'f Fonts) -> Self {
        Self { fonts, face: fonts.face(), found: false }
    }

    fn is_blank(&self, glyph: &Glyph<'_>) -> bool {
        let Glyph::Outline(outline) = glyph else { return false };
        if !outline.font_data().is_some_and(|font| self.fonts.is_stand_in(&font.data)) {
            return false;
        }
        match outline.as_unicode() {
            Some(BfString::Char(letter)) => !letter.is_whitespace() && !self.has(letter),
            // Whatever is drawn is some other character.
            Some(BfString::String(_)) | None => true,
        }
    }

    fn has(&self, letter: char) -> bool {
        self.face.as_ref().is_some_and(|face| face.glyph_index(letter).is_some())
    }
}

impl<'a> Device<'a> for Blank<'_> {
    fn draw_glyph_run(&mut self, run: &GlyphRun<'_, 'a>, _: DrawProps<'a>, mode: &DrawMode) {
        let is_seen = !matches!(mode, DrawMode::Invisible);
        self.found |= is_seen && !self.found && run.glyphs().iter().any(|glyph| self.is_blank(glyph));
    }

    fn draw_path(&mut self, _: &BezPath, _: DrawProps<'a>, _: &DrawMode) {}
    fn push_clip_path(&mut self, _: &ClipPath) {}
    fn push_transparency_group(&mut self, _: f32, _: Option<SoftMask<'a>>, _: BlendMode) {}
    fn draw_image(&mut self, _: Image<'a, '_>, _: ImageDrawProps<'a>) {}
    fn pop_clip(&mut self) {}
    fn pop_transparency_group(&mut self) {}
}
