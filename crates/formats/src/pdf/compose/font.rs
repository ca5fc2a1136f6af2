//! A font in a document (ISO 32000-1 §9.7): only the glyphs that are used, numbered as the text names them.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use subsetter::GlyphRemapper;
use ttf_parser::{Face, RawFace, Tag};

use super::ComposeError;
use super::write::{Objects, deflated};
use crate::pdf::{Dictionary, Object, ObjectId, Stream, StreamData};

/// Mappings in one block of a ToUnicode map.
const BLOCK: usize = 100;

/// A font while text is set in it.
pub(super) struct Font<'f> {
    data: &'f [u8],
    face: Face<'f>,
    remapper: GlyphRemapper,
    /// Number of each character's glyph, and its width in thousandths of the size.
    glyphs: BTreeMap<char, (u16, f64)>,
}

impl<'f> Font<'f> {
    pub(super) fn new(data: &'f [u8]) -> Result<Self, ComposeError> {
        let face = Face::parse(data, 0).map_err(|_| ComposeError::Font)?;
        Ok(Self { data, face, remapper: GlyphRemapper::new(), glyphs: BTreeMap::new() })
    }

    /// Number and width of a character's glyph.
    pub(super) fn glyph(&mut self, character: char) -> Result<(u16, f64), ComposeError> {
        if let Some(known) = self.glyphs.get(&character) {
            return Ok(*known);
        }
        let glyph = self.face.glyph_index(character).ok_or(ComposeError::NoGlyph(character))?;
        let width = f64::from(self.face.glyph_hor_advance(glyph).unwrap_or(0)) * self.scale();
        let entry = (self.remapper.remap(glyph.0), width);
        self.glyphs.insert(character, entry);
        Ok(entry)
    }

    /// From the font's units to thousandths.
    fn scale(&self) -> f64 {
        1000.0 / f64::from(self.face.units_per_em().max(1))
    }

    /// Writes the font; gives its dictionary.
    pub(super) fn write(&self, objects: &mut Objects) -> Result<ObjectId, ComposeError> {
        let subset = subsetter::subset(self.data, 0, &self.remapper).map_err(|_| ComposeError::Font)?;
        let table = |name: &[u8; 4]| {
            let face = RawFace::parse(&subset, 0).ok()?;
            face.table(Tag::from_bytes(name)).map(<[u8]>::to_vec)
        };
        let (key, kind, file) = match table(b"CFF ") {
            Some(cff) => (&b"FontFile3"[..], "CIDFontType0", cff),
            None => (&b"FontFile2"[..], "CIDFontType2", subset.clone()),
        };
        let mut dictionary = Dictionary::new().with(b"Filter", Object::name("FlateDecode"));
        if kind == "CIDFontType0" {
            dictionary.set(b"Subtype", Object::name("CIDFontType0C"));
        } else {
            dictionary.set(b"Length1", Object::Integer(i64::try_from(file.len()).unwrap_or(i64::MAX)));
        }
        let file = objects.add(Object::Stream(Stream { dictionary, data: StreamData::New(deflated(&file)) }));
        let descriptor = self.descriptor().with(key, Object::Reference(file));
        let descriptor = objects.add(Object::Dictionary(descriptor));
        let descendant = objects.add(Object::Dictionary(self.descendant(kind, descriptor)));
        let map = Dictionary::new().with(b"Filter", Object::name("FlateDecode"));
        let data = StreamData::New(deflated(self.to_unicode().as_bytes()));
        let map = objects.add(Object::Stream(Stream { dictionary: map, data }));
        let font = Dictionary::new()
            .with(b"Type", Object::name("Font"))
            .with(b"Subtype", Object::name("Type0"))
            .with(b"BaseFont", Object::name(NAME))
            .with(b"Encoding", Object::name("Identity-H"))
            .with(b"DescendantFonts", Object::Array(vec![Object::Reference(descendant)]))
            .with(b"ToUnicode", Object::Reference(map));
        Ok(objects.add(Object::Dictionary(font)))
    }

    fn descriptor(&self) -> Dictionary {
        let number = |value: i16| Object::measure(f64::from(value) * self.scale());
        let bounds = self.face.global_bounding_box();
        let bounds = [bounds.x_min, bounds.y_min, bounds.x_max, bounds.y_max].map(number);
        let capital = self.face.capital_height().unwrap_or_else(|| self.face.ascender());
        Dictionary::new()
            .with(b"Type", Object::name("FontDescriptor"))
            .with(b"FontName", Object::name(NAME))
            // Symbolic: the glyphs are not named by a standard encoding.
            .with(b"Flags", Object::Integer(4))
            .with(b"FontBBox", Object::Array(bounds.to_vec()))
            .with(b"ItalicAngle", Object::Integer(0))
            .with(b"Ascent", number(self.face.ascender()))
            .with(b"Descent", number(self.face.descender()))
            .with(b"CapHeight", number(capital))
            .with(b"StemV", Object::Integer(80))
    }

    fn descendant(&self, kind: &str, descriptor: ObjectId) -> Dictionary {
        let mut widths: BTreeMap<u16, f64> = BTreeMap::new();
        widths.extend(self.glyphs.values().copied());
        let mut list = Vec::new();
        for (glyph, width) in widths {
            list.push(Object::Integer(glyph.into()));
            list.push(Object::Array(vec![Object::measure(width)]));
        }
        let collection = Dictionary::new()
            .with(b"Registry", Object::text("Adobe"))
            .with(b"Ordering", Object::text("Identity"))
            .with(b"Supplement", Object::Integer(0));
        let mut out = Dictionary::new()
            .with(b"Type", Object::name("Font"))
            .with(b"Subtype", Object::name(kind))
            .with(b"BaseFont", Object::name(NAME))
            .with(b"CIDSystemInfo", Object::Dictionary(collection))
            .with(b"FontDescriptor", Object::Reference(descriptor))
            .with(b"DW", Object::Integer(1000))
            .with(b"W", Object::Array(list));
        if kind == "CIDFontType2" {
            out.set(b"CIDToGIDMap", Object::name("Identity"));
        }
        out
    }

    /// From glyphs back to characters (§9.10.3).
    fn to_unicode(&self) -> String {
        let mut out = String::from(
            "/CIDInit /ProcSet findresource begin\n12 dict begin\nbegincmap\n\
             /CIDSystemInfo <</Registry (Adobe) /Ordering (UCS) /Supplement 0>> def\n\
             /CMapName /Adobe-Identity-UCS def\n/CMapType 2 def\n\
             1 begincodespacerange\n<0000> <FFFF>\nendcodespacerange\n",
        );
        let pairs: Vec<(u16, char)> =
            self.glyphs.iter().map(|(character, (glyph, _))| (*glyph, *character)).collect();
        for block in pairs.chunks(BLOCK) {
            // Writing into a String cannot fail.
            let _ = writeln!(out, "{} beginbfchar", block.len());
            for (glyph, character) in block {
                let _ = write!(out, "<{glyph:04X}> <");
                for unit in character.encode_utf16(&mut [0; 2]) {
                    let _ = write!(out, "{unit:04X}");
                }
                out.push_str(">\n");
            }
            out.push_str("endbfchar\n");
        }
        out.push_str("endcmap\nCMapName currentdict /CMap defineresource pop\nend\nend\n");
        out
    }
}

/// Six letters tell that it is a part of a font (§9.6.4).
const NAME: &str = "SBSEAL+SealbridgeText";
