//! Pages and the file around them.

use std::io::Write as _;

use crypto::sm3;
use flate2::Compression;
use flate2::write::ZlibEncoder;
use jiff::tz::Offset;

use super::ComposeError;
use super::font::Font;
use crate::ofd::compose::{Composer, Mark, PageDraft, advance};
use crate::pdf::{Dictionary, Object, ObjectId, Stream, StreamData, write};

/// Points of a millimetre.
const POINTS: f64 = 72.0 / 25.4;
/// Courier's glyphs are 0.6 wide; Latin characters are half as wide as their size here.
const NARROWING: f64 = 100.0 * 0.5 / 0.6;

/// Objects in the order of their numbers.
#[derive(Default)]
pub(super) struct Objects(Vec<Object>);

impl Objects {
    pub(super) fn add(&mut self, object: Object) -> ObjectId {
        self.0.push(object);
        ObjectId::new(u32::try_from(self.0.len()).unwrap_or(u32::MAX))
    }

    fn put(&mut self, id: ObjectId, object: Object) {
        let index = usize::try_from(id.number).unwrap_or(usize::MAX).wrapping_sub(1);
        if let Some(place) = self.0.get_mut(index) {
            *place = object;
        }
    }

    /// The whole file.
    fn file(self, root: ObjectId, info: ObjectId) -> Vec<u8> {
        let mut out = b"%PDF-1.7\n%\xE2\xE3\xCF\xD3\n".to_vec();
        let mut table = b"0000000000 65535 f \n".to_vec();
        for (index, mut object) in self.0.into_iter().enumerate() {
            if let Object::Stream(Stream { dictionary, data: StreamData::New(data) }) = &mut object {
                dictionary.set(b"Length", Object::Integer(i64::try_from(data.len()).unwrap_or(i64::MAX)));
            }
            // Writing into a vector cannot fail.
            let _ = writeln!(table, "{:010} 00000 n ", out.len());
            let _ = writeln!(out, "{} 0 obj", index + 1);
            write(&object, &mut out);
            out.extend_from_slice(b"\nendobj\n");
        }
        let id = Object::String(sm3::digest(&out).get(..16).unwrap_or_default().to_vec());
        let (start, size) = (out.len(), table.len() / 20);
        let trailer = Dictionary::new()
            .with(b"Size", Object::Integer(i64::try_from(size).unwrap_or(i64::MAX)))
            .with(b"Root", Object::Reference(root))
            .with(b"Info", Object::Reference(info))
            .with(b"ID", Object::Array(vec![id.clone(), id]));
        let _ = writeln!(out, "xref\n0 {size}");
        out.extend_from_slice(&table);
        out.extend_from_slice(b"trailer\n");
        write(&Object::Dictionary(trailer), &mut out);
        let _ = writeln!(out, "\nstartxref\n{start}\n%%EOF");
        out
    }
}

/// The document.
pub(super) fn document(composer: &Composer, font: Option<&[u8]>) -> Result<Vec<u8>, ComposeError> {
    let mut font = font.map(Font::new).transpose()?;
    let mut objects = Objects::default();
    let (root, tree) = (objects.add(Object::Null), objects.add(Object::Null));
    let mut contents = Vec::new();
    for page in composer.pages() {
        let dictionary = Dictionary::new().with(b"Filter", Object::name("FlateDecode"));
        let data = StreamData::New(deflated(&content(page, font.as_mut())?));
        contents.push(objects.add(Object::Stream(Stream { dictionary, data })));
    }
    let font = match &font {
        Some(font) => font.write(&mut objects)?,
        None => objects.add(Object::Dictionary(courier())),
    };
    let fonts = Dictionary::new().with(b"F", Object::Reference(font));
    let resources = Dictionary::new().with(b"Font", Object::Dictionary(fonts));
    let mut kids = Vec::new();
    for (page, content) in composer.pages().iter().zip(contents) {
        let (width, height) = page.size();
        let sheet = [0.0, 0.0, width * POINTS, height * POINTS].map(Object::measure);
        let dictionary = Dictionary::new()
            .with(b"Type", Object::name("Page"))
            .with(b"Parent", Object::Reference(tree))
            .with(b"MediaBox", Object::Array(sheet.to_vec()))
            .with(b"Resources", Object::Dictionary(resources.clone()))
            .with(b"Contents", Object::Reference(content));
        kids.push(Object::Reference(objects.add(Object::Dictionary(dictionary))));
    }
    let pages = Dictionary::new()
        .with(b"Type", Object::name("Pages"))
        .with(b"Count", Object::Integer(i64::try_from(kids.len()).unwrap_or(i64::MAX)))
        .with(b"Kids", Object::Array(kids));
    objects.put(tree, Object::Dictionary(pages));
    let catalog = Dictionary::new()
        .with(b"Type", Object::name("Catalog"))
        .with(b"Pages", Object::Reference(tree))
        .with(b"Lang", Object::text("zh-CN"));
    objects.put(root, Object::Dictionary(catalog));
    let info = objects.add(Object::Dictionary(info(composer)));
    Ok(objects.file(root, info))
}

fn info(composer: &Composer) -> Dictionary {
    let (title, created) = composer.about();
    let date = Offset::constant(8).to_datetime(created).strftime("D:%Y%m%d%H%M%S+08'00'").to_string();
    Dictionary::new()
        .with(b"Title", Object::text(title))
        .with(b"Creator", Object::text("sealbridge"))
        .with(b"CreationDate", Object::text(&date))
}

fn courier() -> Dictionary {
    Dictionary::new()
        .with(b"Type", Object::name("Font"))
        .with(b"Subtype", Object::name("Type1"))
        .with(b"BaseFont", Object::name("Courier"))
}

/// The content stream of a page.
fn content(page: &PageDraft, mut font: Option<&mut Font<'_>>) -> Result<Vec<u8>, ComposeError> {
    let height = page.size().1;
    let mut out = Vec::new();
    for mark in page.marks() {
        match mark {
            Mark::Text { x, y, size, text, .. } => {
                out.extend_from_slice(b"BT /F ");
                numbers(&mut out, &[size * POINTS]);
                out.extend_from_slice(b"Tf ");
                // The text's box begins a character above its base line.
                numbers(&mut out, &[x * POINTS, (height - y - size) * POINTS]);
                out.extend_from_slice(b"Td ");
                match font.as_deref_mut() {
                    Some(font) => embedded_text(&mut out, font, text)?,
                    None => plain_text(&mut out, text)?,
                }
                out.extend_from_slice(b"ET\n");
            }
            Mark::Line { from, to, width } => {
                numbers(&mut out, &[width * POINTS]);
                out.extend_from_slice(b"w ");
                numbers(&mut out, &[from.0 * POINTS, (height - from.1) * POINTS]);
                out.extend_from_slice(b"m ");
                numbers(&mut out, &[to.0 * POINTS, (height - to.1) * POINTS]);
                out.extend_from_slice(b"l S\n");
            }
        }
    }
    Ok(out)
}

/// Glyphs, so that each run of Latin and each run of other characters takes the room by which lines were broken: letters
/// that are wider are set narrower, others a little apart.
fn embedded_text(out: &mut Vec<u8>, font: &mut Font<'_>, text: &str) -> Result<(), ComposeError> {
    let characters: Vec<char> = text.chars().collect();
    for run in characters.chunk_by(|a, b| a.is_ascii() == b.is_ascii()) {
        let glyphs: Vec<(u16, f64)> =
            run.iter().map(|character| font.glyph(*character)).collect::<Result<_, _>>()?;
        let room: f64 = run.iter().map(|character| advance(*character) * 1000.0).sum();
        let natural: f64 = glyphs.iter().map(|(_, width)| width).sum();
        let is_wide = natural > room;
        let count = f64::from(u32::try_from(run.len()).unwrap_or(u32::MAX));
        let apart = if is_wide { 0.0 } else { (room - natural) / count };
        numbers(out, &[if is_wide { 100.0 * room / natural } else { 100.0 }]);
        out.extend_from_slice(b"Tz [");
        for (glyph, _) in glyphs {
            let _ = write!(out, "<{glyph:04X}>");
            if apart > 0.5 {
                numbers(out, &[-apart]);
            }
        }
        out.extend_from_slice(b"] TJ ");
    }
    Ok(())
}

fn plain_text(out: &mut Vec<u8>, text: &str) -> Result<(), ComposeError> {
    if let Some(foreign) = text.chars().find(|character| !character.is_ascii()) {
        return Err(ComposeError::NoGlyph(foreign));
    }
    numbers(out, &[NARROWING]);
    out.extend_from_slice(b"Tz ");
    write(&Object::String(text.as_bytes().to_vec()), out);
    out.extend_from_slice(b" Tj ");
    Ok(())
}

fn numbers(out: &mut Vec<u8>, values: &[f64]) {
    for value in values {
        write(&Object::measure(*value), out);
        out.push(b' ');
    }
}

/// Deflates.
pub(super) fn deflated(data: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
    // Writing into a vector cannot fail.
    let _ = encoder.write_all(data);
    encoder.finish().unwrap_or_default()
}
