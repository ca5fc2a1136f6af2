//! Which glyph shows a character. A report depends on nothing outside the program, so only the embedded fonts are
//! asked; what they lack is written out as its code point, never left blank.

use krilla::text::{Font, GlyphId};
use picture::{FIGURES_FONT, SONG_FONT};
use ttf_parser::Face;

use crate::PdfError;

/// How letters look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Letters {
    /// Song (宋体), for words.
    Words,
    /// Without serifs, for digests, paths and numbers.
    Code,
}

/// One of the embedded fonts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Which {
    Song,
    Figures,
}

/// A character as it is drawn; lengths in units of the letter size.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Glyph {
    pub(crate) which: Which,
    pub(crate) id: GlyphId,
    pub(crate) advance: f32,
    pub(crate) shift: f32,
}

/// The embedded fonts.
pub(crate) struct Fonts {
    song: Face<'static>,
    figures: Face<'static>,
    song_font: Font,
    figures_font: Font,
}

impl Fonts {
    pub(crate) fn new() -> Result<Self, PdfError> {
        Ok(Self {
            song: Face::parse(SONG_FONT, 0).map_err(|_| PdfError::Font)?,
            figures: Face::parse(FIGURES_FONT, 0).map_err(|_| PdfError::Font)?,
            song_font: Font::new(SONG_FONT.into(), 0).ok_or(PdfError::Font)?,
            figures_font: Font::new(FIGURES_FONT.into(), 0).ok_or(PdfError::Font)?,
        })
    }

    /// The font as the writer of the PDF wants it.
    pub(crate) fn font(&self, which: Which) -> Font {
        match which {
            Which::Song => self.song_font.clone(),
            Which::Figures => self.figures_font.clone(),
        }
    }

    /// The glyph of a character; none where no embedded font has it.
    pub(crate) fn glyph(&self, letters: Letters, character: char) -> Option<Glyph> {
        // Brackets of a code point: the font has their wide forms, of which one half is empty.
        match character {
            '⟨' => {
                return self.of(Which::Song, '〈').map(|wide| Glyph { advance: 0.5, shift: -0.5, ..wide });
            }
            '⟩' => return self.of(Which::Song, '〉').map(|wide| Glyph { advance: 0.5, ..wide }),
            // A soft hyphen is in the font and is swallowed by readers of text.
            '\u{AD}' => return None,
            _ => {}
        }
        let figures = (letters == Letters::Code).then(|| self.of(Which::Figures, character)).flatten();
        figures.or_else(|| self.of(Which::Song, character))
    }

    fn of(&self, which: Which, character: char) -> Option<Glyph> {
        let face = match which {
            Which::Song => &self.song,
            Which::Figures => &self.figures,
        };
        let id = face.glyph_index(character)?;
        let advance = f32::from(face.glyph_hor_advance(id)?) / f32::from(face.units_per_em());
        Some(Glyph { which, id: GlyphId::new(id.0.into()), advance, shift: 0.0 })
    }

    /// The characters that stand on the page for a text.
    pub(crate) fn written<'a>(&'a self, letters: Letters, text: &'a str) -> impl Iterator<Item = char> + 'a {
        text.chars().flat_map(move |character| {
            let code = match character {
                '\n' | '\r' | '\t' => return Written::one(' '),
                other if self.glyph(letters, other).is_some() => return Written::one(other),
                other => u32::from(other),
            };
            Written { one: None, code: format!("⟨U+{code:04X}⟩").chars().collect::<Vec<_>>().into_iter() }
        })
    }

    /// A text for a bookmark or a title: as it stands on the page, cut at `most` characters.
    pub(crate) fn plain(&self, text: &str, most: usize) -> String {
        let mut written = self.written(Letters::Words, text);
        let mut plain: String = written.by_ref().take(most).collect();
        if written.next().is_some() {
            plain.push('…');
        }
        plain
    }
}

/// What stands for one character.
struct Written {
    one: Option<char>,
    code: std::vec::IntoIter<char>,
}

impl Written {
    fn one(character: char) -> Self {
        Self { one: Some(character), code: Vec::new().into_iter() }
    }
}

impl Iterator for Written {
    type Item = char;

    fn next(&mut self) -> Option<char> {
        self.one.take().or_else(|| self.code.next())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_no_font_has_is_written_as_its_code_point() {
        let fonts = Fonts::new().unwrap();
        let written = |text: &str| fonts.written(Letters::Words, text).collect::<String>();
        assert_eq!(written("合同 A\n1"), "合同 A 1");
        assert_eq!(written("😀ﷺ\u{FFFD}\u{AD}\u{0}"), "⟨U+1F600⟩⟨U+FDFA⟩⟨U+FFFD⟩⟨U+00AD⟩⟨U+0000⟩");
        assert_eq!(written("⟨U+202E⟩"), "⟨U+202E⟩", "what was written out before stays as it is");
        assert_eq!(fonts.plain("印章印章", 3), "印章印…");
        assert_eq!(fonts.plain("印章", 3), "印章");
    }
}
