//! Reading fonts.

use std::collections::HashMap;
use std::rc::Rc;

use super::cmap::CMap;
use super::encoding::{Base, glyph_char};
use super::font::{Codes, Font, Predefined};
use super::widths::Widths;
use crate::pdf::contents::unless_limit;
use crate::pdf::held::Held;
use crate::pdf::{Dictionary, Object, ObjectId, Pdf, PdfError};

/// Entries of all CMaps and lists of widths together.
const MOST_ENTRIES: usize = 4_000_000;
/// The most CMaps that go on from one another.
const MOST_PARENTS: usize = 4;

/// The fonts of a file, each read once.
pub(super) struct Fonts<'p, 'a> {
    pdf: &'p Pdf<'a>,
    known: HashMap<ObjectId, Option<Rc<Font>>>,
    entries: usize,
}

impl<'p, 'a> Fonts<'p, 'a> {
    pub(super) fn new(pdf: &'p Pdf<'a>) -> Self {
        Self { pdf, known: HashMap::new(), entries: MOST_ENTRIES }
    }

    /// The font of a name in these resources; none where it cannot be read.
    pub(super) fn get(&mut self, resources: &Dictionary, name: &[u8]) -> Result<Option<Rc<Font>>, PdfError> {
        let Some(fonts) = unless_limit(self.pdf.look_up(resources, b"Font"))?.flatten() else {
            return Ok(None);
        };
        let Some(fonts) = fonts.as_dictionary() else { return Ok(None) };
        self.spend(fonts.entries().len() / 16)?;
        let Some(held) = unless_limit(self.pdf.look_up(fonts, name))?.flatten() else { return Ok(None) };
        if let Some(known) = held.id().and_then(|id| self.known.get(&id)) {
            return Ok(known.clone());
        }
        // Those that are no objects are read again and again.
        self.spend(300)?;
        let font = match held.as_dictionary() {
            Some(dictionary) => unless_limit(self.read(dictionary))?.map(Rc::new),
            None => None,
        };
        if let Some(id) = held.id() {
            self.known.insert(id, font.clone());
        }
        Ok(font)
    }

    fn spend(&mut self, entries: usize) -> Result<(), PdfError> {
        self.entries = self.entries.checked_sub(entries).ok_or(PdfError::Limit("entries of fonts"))?;
        Ok(())
    }

    fn read(&mut self, font: &Dictionary) -> Result<Font, PdfError> {
        let to_unicode = match self.pdf.look_up(font, b"ToUnicode")? {
            Some(held) => unless_limit(self.cmap(&held, 0))?.flatten(),
            None => None,
        };
        if self.is_of(font, b"Type0")? {
            self.composite(font, to_unicode)
        } else {
            self.simple(font, to_unicode)
        }
    }

    /// True for a font of this type.
    fn is_of(&self, font: &Dictionary, subtype: &[u8]) -> Result<bool, PdfError> {
        let held = self.pdf.look_up(font, b"Subtype")?;
        Ok(held.is_some_and(|held| held.as_name().is_some_and(|name| name.as_bytes() == subtype)))
    }

    fn simple(&mut self, font: &Dictionary, to_unicode: Option<CMap>) -> Result<Font, PdfError> {
        let descriptor = self.pdf.look_up(font, b"FontDescriptor")?;
        let descriptor = descriptor.as_deref().and_then(Object::as_dictionary);
        let missing = self.number(descriptor, b"MissingWidth")?;
        let widths = Widths::simple(self.pdf, font, missing, descriptor.is_some())?;
        let codes = Codes::Simple(self.encoding(font)?);
        let unit = if self.is_of(font, b"Type3")? { self.type3_unit(font)? } else { 0.001 };
        let (ascent, descent) = self.heights(descriptor)?;
        Ok(Font { codes, to_unicode, widths, unit, ascent, descent, is_placed: true })
    }

    /// The first number of `FontMatrix`.
    fn type3_unit(&self, font: &Dictionary) -> Result<f64, PdfError> {
        let matrix = self.pdf.look_up(font, b"FontMatrix")?;
        let first = matrix.as_deref().and_then(Object::as_array).and_then(<[Object]>::first);
        Ok(first.and_then(Object::as_number).unwrap_or(0.001))
    }

    /// The characters of the codes: the base encoding, and the differences from it.
    fn encoding(&self, font: &Dictionary) -> Result<Box<[Option<char>; 256]>, PdfError> {
        let held = self.pdf.look_up(font, b"Encoding")?;
        let named = |object: &Object| object.as_name().and_then(|name| Base::named(name.as_bytes()));
        let dictionary = held.as_deref().and_then(Object::as_dictionary);
        let base = match dictionary {
            Some(dictionary) => self.pdf.look_up(dictionary, b"BaseEncoding")?.as_deref().and_then(named),
            None => held.as_deref().and_then(named),
        };
        let usual = if self.is_of(font, b"TrueType")? { Base::WinAnsi } else { Base::Standard };
        let base = base.unwrap_or(usual);
        let mut chars = Box::new([None; 256]);
        for (code, char) in (0..=255_u8).zip(chars.iter_mut()) {
            *char = base.char(code);
        }
        let differences = match dictionary {
            Some(dictionary) => self.pdf.look_up(dictionary, b"Differences")?,
            None => None,
        };
        let mut code = 0_usize;
        // A code and a name for each of 256 is what there can be of use.
        for item in differences.as_deref().and_then(Object::as_array).unwrap_or_default().iter().take(1024) {
            if let Some(name) = item.as_name() {
                if let Some(char) = chars.get_mut(code) {
                    *char = glyph_char(name.as_bytes());
                }
                code = code.saturating_add(1);
            } else if let Some(first) = item.as_integer() {
                code = usize::try_from(first).unwrap_or(256);
            }
        }
        Ok(chars)
    }

    fn composite(&mut self, font: &Dictionary, to_unicode: Option<CMap>) -> Result<Font, PdfError> {
        let encoding = self.pdf.look_up(font, b"Encoding")?.ok_or(PdfError::Unexpected("Encoding"))?;
        let codes = match encoding.as_name().and_then(|name| Predefined::named(name.as_bytes())) {
            Some(predefined) => Codes::Text(predefined),
            None => Codes::Map(self.cmap(&encoding, 0)?.ok_or(PdfError::Unexpected("Encoding"))?),
        };
        let descendants = self.pdf.look_up(font, b"DescendantFonts")?;
        let first = descendants.as_deref().and_then(Object::as_array).and_then(<[Object]>::first);
        let held = self.pdf.look(first.ok_or(PdfError::Unexpected("DescendantFonts"))?)?;
        let descendant = held.as_dictionary().ok_or(PdfError::Unexpected("DescendantFonts"))?;
        let descriptor = self.pdf.look_up(descendant, b"FontDescriptor")?;
        let (ascent, descent) = self.heights(descriptor.as_deref().and_then(Object::as_dictionary))?;
        let widths = Widths::composite(self.pdf, descendant, &mut self.entries)?;
        let mut font = Font { codes, to_unicode, widths, unit: 0.001, ascent, descent, is_placed: true };
        // Steps of their own, downwards, are not followed.
        let has_steps = descendant.get(b"DW2").is_some() || descendant.get(b"W2").is_some();
        font.is_placed = !(font.is_vertical() && has_steps);
        Ok(font)
    }

    /// A CMap that stands in a stream, or one of the two predefined ones that say nothing.
    fn cmap(&mut self, held: &Held<'_>, depth: usize) -> Result<Option<CMap>, PdfError> {
        let stream = match &**held {
            Object::Name(name) => return Ok(identity(name.as_bytes())),
            Object::Stream(stream) => stream,
            _ => return Ok(None),
        };
        let mut map = CMap::parse(&self.pdf.data(stream)?, &mut self.entries)?;
        if let Some(mode) = self.pdf.look_up(&stream.dictionary, b"WMode")? {
            map.vertical = mode.as_integer() == Some(1);
        }
        let parent = match self.pdf.look_up(&stream.dictionary, b"UseCMap")? {
            Some(held) if depth < MOST_PARENTS => self.cmap(&held, depth.saturating_add(1))?,
            _ => map.parent.take().and_then(|name| identity(&name)),
        };
        if let Some(parent) = parent {
            map.go_on_from(parent);
        }
        Ok(Some(map))
    }

    /// Ascent and descent in sizes of the type, where they are believable.
    fn heights(&self, descriptor: Option<&Dictionary>) -> Result<(f64, f64), PdfError> {
        let ascent = self.number(descriptor, b"Ascent")?.filter(|ascent| (400.0..1500.0).contains(ascent));
        let descent = self.number(descriptor, b"Descent")?.filter(|descent| (-800.0..0.0).contains(descent));
        Ok((ascent.unwrap_or(860.0) / 1000.0, descent.unwrap_or(-140.0) / 1000.0))
    }

    fn number(&self, dictionary: Option<&Dictionary>, key: &[u8]) -> Result<Option<f64>, PdfError> {
        let Some(dictionary) = dictionary else { return Ok(None) };
        Ok(self.pdf.look_up(dictionary, key)?.and_then(|held| held.as_number()))
    }
}

fn identity(name: &[u8]) -> Option<CMap> {
    match name {
        b"Identity-H" => Some(CMap::identity(false)),
        b"Identity-V" => Some(CMap::identity(true)),
        _ => None,
    }
}
