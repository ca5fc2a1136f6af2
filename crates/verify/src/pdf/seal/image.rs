//! Pictures as rows of pixels: from the files that seals hold, and from images of a PDF (ISO 32000-1 §8.9).

use std::io::Cursor;

use formats::pdf::{Dictionary, Object, Pdf, PdfError, Stream, seal};
use zune_jpeg::zune_core::{colorspace::ColorSpace, options::DecoderOptions};

use crate::text::Text;

/// Pixels of a picture that is decoded.
const MOST: usize = 16 << 20;

/// Pixels with red, green, blue and opacity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::pdf) struct Pixels {
    pub(in crate::pdf) width: usize,
    pub(in crate::pdf) height: usize,
    pub(in crate::pdf) rgba: Vec<[u8; 4]>,
    /// True when decoding gives about what was encoded, or what is shown depends on a profile of colours.
    pub(in crate::pdf) is_about: bool,
}

/// Why an image gives no pixels.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::pdf) enum Unread {
    /// It is coded in a way that is not decoded here.
    Unsupported(Text),
    /// Something makes it look other than its samples are, or no reader can draw it.
    Odd(Text),
    /// It is larger than what is decoded, or everything together is.
    Limit(PdfError),
}

const CODING: Unread = Unread::Unsupported(Text::new(
    "图片编码（JPX、JBIG2、CCITT 等）无法解码比对，真实图片以阅读器所显为准",
    "the image is coded in a way that is not decoded here (JPX, JBIG2, CCITT or the like), so what it shows was not compared",
));
const SPACE: Unread = Unread::Unsupported(Text::new(
    "图片的颜色空间无法换算比对，真实图片以阅读器所显为准",
    "the colours of the image are told in a way that is not converted here, so what it shows was not compared",
));
const DAMAGED: Unread = Unread::Odd(Text::new("图片数据损坏，无法显示", "the data of the image is damaged"));
const DISTORTED: Unread = Unread::Odd(Text::new(
    "图片经蒙版、反相或替代图像改变",
    "the image is changed by a mask, by a Decode array or by alternates",
));

impl Pixels {
    /// Reads the file of a picture; none where it cannot be read, or is too large.
    pub(super) fn of_file(bytes: &[u8]) -> Option<Self> {
        if bytes.starts_with(&[0xFF, 0xD8, 0xFF]) {
            return Self::of_jpeg(bytes);
        }
        let pixels = seal::pixels(bytes).ok()?;
        let (width, height) = (usize::try_from(pixels.width).ok()?, usize::try_from(pixels.height).ok()?);
        Self::new(width, height, pixels.rgba)
    }

    fn of_jpeg(bytes: &[u8]) -> Option<Self> {
        let options =
            DecoderOptions::new_safe().jpeg_set_max_scans(64).jpeg_set_out_colorspace(ColorSpace::RGB);
        let mut decoder = zune_jpeg::JpegDecoder::new_with_options(Cursor::new(bytes), options);
        decoder.decode_headers().ok()?;
        let (width, height) = decoder.dimensions()?;
        width.checked_mul(height).filter(|count| *count <= MOST)?;
        let data = decoder.decode().ok()?;
        let rgba = match decoder.output_colorspace()? {
            ColorSpace::RGB => {
                data.as_chunks::<3>().0.iter().map(|[r, g, b]| [*r, *g, *b, u8::MAX]).collect()
            }
            ColorSpace::Luma => data.iter().map(|gray| [*gray, *gray, *gray, u8::MAX]).collect(),
            _ => return None,
        };
        Some(Self { is_about: true, ..Self::new(width, height, rgba)? })
    }

    /// Reads an image of a PDF, a JPEG or plain samples in a plain colour space, and its mask of opacity.
    pub(in crate::pdf) fn of_image(pdf: &Pdf<'_>, image: &Stream) -> Result<Self, Unread> {
        let (pixels, _) = Self::opaque(pdf, image)?;
        match pdf.get(&image.dictionary, b"SMask") {
            Ok(None) => Ok(pixels),
            Ok(Some(Object::Stream(mask))) => match Self::opaque(pdf, &mask)? {
                (mask, true) => Ok(pixels.masked(&mask)),
                (_, false) => Err(DISTORTED),
            },
            _ => Err(DISTORTED),
        }
    }

    /// The colours alone, and whether they are all gray.
    fn opaque(pdf: &Pdf<'_>, image: &Stream) -> Result<(Self, bool), Unread> {
        let dictionary = &image.dictionary;
        let side = |key: &[u8]| number(pdf, dictionary, key).and_then(|side| usize::try_from(side).ok());
        let (Some(width), Some(height)) = (side(b"Width"), side(b"Height")) else { return Err(DAMAGED) };
        width
            .checked_mul(height)
            .filter(|count| *count <= MOST)
            .ok_or(Unread::Limit(PdfError::Limit("pixels of a picture")))?;
        let is_stencil = pdf.get(dictionary, b"ImageMask") == Ok(Some(Object::Boolean(true)));
        let last = filters(pdf, image).pop();
        if matches!(last.as_deref(), Some(b"JPXDecode" | b"JBIG2Decode" | b"CCITTFaxDecode" | b"CCF")) {
            return Err(CODING);
        }
        let is_jpeg = matches!(last.as_deref(), Some(b"DCTDecode" | b"DCT"));
        if is_stencil {
            return Err(DISTORTED);
        }
        let colours = colours(pdf, dictionary).ok_or(SPACE)?;
        if is_jpeg && !matches!(colours.kind, Kind::Gray | Kind::Rgb) {
            return Err(SPACE);
        }
        let bits = if is_jpeg { 8 } else { side(b"BitsPerComponent").unwrap_or_default() };
        if !is_plain(pdf, dictionary, colours.most(bits)) {
            return Err(DISTORTED);
        }
        let data = if is_jpeg { before_last_filter(pdf, image) } else { pdf.data(image) };
        let data = match data {
            Ok(data) => data,
            Err(error @ PdfError::Limit(_)) => return Err(Unread::Limit(error)),
            Err(PdfError::Filter(_)) => return Err(CODING),
            Err(_) => return Err(DAMAGED),
        };
        let mut pixels = if is_jpeg {
            Self::of_jpeg(&data).ok_or(CODING)?
        } else {
            let samples = samples(&data, width, height, colours.parts(), bits).ok_or(DAMAGED)?;
            Self::new(width, height, colours.pixels(&samples, bits)).ok_or(DAMAGED)?
        };
        pixels.is_about |= colours.is_calibrated || bits < 8;
        Ok((pixels, matches!(colours.kind, Kind::Gray)))
    }

    fn new(width: usize, height: usize, rgba: Vec<[u8; 4]>) -> Option<Self> {
        let is_whole = width > 0 && height > 0 && rgba.len() == width.checked_mul(height)?;
        is_whole.then_some(Self { width, height, rgba, is_about: false })
    }

    /// With the opacity that the gray of a soft mask tells. Where it has another size, both are brought to the larger
    /// one of each side, as readers do.
    fn masked(mut self, mask: &Self) -> Self {
        let (width, height) = (self.width.max(mask.width), self.height.max(mask.height));
        let is_small = width.checked_mul(height).is_some_and(|count| count <= MOST);
        if is_small && (width, height) != (self.width, self.height) {
            self = self.scaled(width, height);
        }
        self.is_about |= (mask.width, mask.height) != (self.width, self.height);
        let (width, height) = (self.width, self.height);
        for (index, pixel) in self.rgba.iter_mut().enumerate() {
            let (x, y) = (index % width, index / width);
            let [gray, ..] = mask.at(x * mask.width / width, y * mask.height / height);
            pixel[3] = gray;
        }
        self
    }

    fn scaled(&self, width: usize, height: usize) -> Self {
        let row =
            |y: usize| (0..width).map(move |x| self.at(x * self.width / width, y * self.height / height));
        Self { width, height, rgba: (0..height).flat_map(row).collect(), is_about: true }
    }

    /// A pixel; transparent where there is none.
    pub(in crate::pdf) fn at(&self, x: usize, y: usize) -> [u8; 4] {
        let index = y.checked_mul(self.width).and_then(|row| row.checked_add(x));
        index.and_then(|index| self.rgba.get(index)).copied().unwrap_or([255, 255, 255, 0])
    }
}

/// True when a JPEG stands in the file as it is, and nothing comes between it and what is shown. Of CMYK the `Decode`
/// array tells which way the numbers run, which differs from program to program.
pub(super) fn is_jpeg_as_it_is(pdf: &Pdf<'_>, image: &Stream) -> bool {
    let mut dictionary = image.dictionary.clone();
    let space = pdf.get(&dictionary, b"ColorSpace").ok().flatten();
    let space = space.as_ref().and_then(Object::as_name).map(formats::pdf::Name::as_bytes);
    if space == Some(b"DeviceCMYK") {
        dictionary.set(b"Decode", Object::Null);
    }
    let is_device = matches!(space, Some(b"DeviceGray" | b"DeviceRGB" | b"DeviceCMYK"));
    let is_stencil = pdf.get(&dictionary, b"ImageMask") == Ok(Some(Object::Boolean(true)));
    let is_absent = |key: &[u8]| pdf.get(&dictionary, key) == Ok(None);
    is_jpeg(pdf, image)
        && is_device
        && !is_stencil
        && is_plain(pdf, &dictionary, 1.0)
        && is_absent(b"SMask")
        && is_absent(b"DecodeParms")
}

/// The names of its filters.
fn filters(pdf: &Pdf<'_>, image: &Stream) -> Vec<Vec<u8>> {
    let name = |object: &Object| {
        let object = pdf.resolve(object).ok()?;
        object.as_name().map(|name| name.as_bytes().to_vec())
    };
    match pdf.get(&image.dictionary, b"Filter") {
        Ok(Some(Object::Array(names))) => names.iter().filter_map(name).collect(),
        Ok(Some(one)) => name(&one).into_iter().collect(),
        _ => Vec::new(),
    }
}

/// True when the only filter of an image is JPEG's.
fn is_jpeg(pdf: &Pdf<'_>, image: &Stream) -> bool {
    matches!(filters(pdf, image).as_slice(), [only] if matches!(only.as_slice(), b"DCTDecode" | b"DCT"))
}

/// The data before its last filter is undone.
fn before_last_filter(pdf: &Pdf<'_>, image: &Stream) -> Result<Vec<u8>, PdfError> {
    let mut image = image.clone();
    for key in [&b"Filter"[..], b"DecodeParms"] {
        let value = match pdf.get(&image.dictionary, key)? {
            Some(Object::Array(mut items)) if items.len() > 1 => {
                items.truncate(items.len() - 1);
                Object::Array(items)
            }
            _ => Object::Null,
        };
        image.dictionary.set(key, value);
    }
    pdf.data(&image)
}

/// True when nothing comes between samples and what is shown (§8.9.5): no colours are taken out or turned round, and
/// no alternate image is shown instead. A soft mask is looked at by itself. `most` is what the largest sample means.
fn is_plain(pdf: &Pdf<'_>, dictionary: &Dictionary, most: f64) -> bool {
    let is_upright = match pdf.get(dictionary, b"Decode") {
        Ok(None) => true,
        Ok(Some(Object::Array(items))) => {
            let numbers: Option<Vec<f64>> = items.iter().map(Object::as_number).collect();
            numbers.is_some_and(|numbers| {
                let (pairs, rest) = numbers.as_chunks::<2>();
                rest.is_empty()
                    && pairs
                        .iter()
                        .all(|[from, to]| from.abs() < f64::EPSILON && (to - most).abs() < f64::EPSILON)
            })
        }
        _ => false,
    };
    let others = [&b"Mask"[..], b"Alternates", b"SMaskInData", b"Matte"];
    is_upright && others.into_iter().all(|key| pdf.get(dictionary, key) == Ok(None))
}

/// Samples of 1, 2, 4, 8 or 16 bits, each row from a new byte on (§8.9.3). Of 16 bits the higher ones are taken.
fn samples(data: &[u8], width: usize, height: usize, parts: usize, bits: usize) -> Option<Vec<u8>> {
    let count = width.checked_mul(parts)?;
    let row = count.checked_mul(bits)?.div_ceil(8);
    let data = data.get(..row.checked_mul(height)?)?;
    if row == 0 || count.checked_mul(height)? > MOST * MOST_PARTS {
        return None;
    }
    let rows = data.chunks_exact(row);
    let samples = match bits {
        8 => data.to_vec(),
        16 => data.as_chunks::<2>().0.iter().map(|[high, _]| *high).collect(),
        1 | 2 | 4 => {
            let each = 8 / bits;
            let mask = u8::MAX >> (8 - bits);
            let sample = |row: &[u8], at: usize| {
                let byte = row.get(at / each).copied().unwrap_or_default();
                (byte >> (8 - bits * (at % each + 1))) & mask
            };
            rows.flat_map(|row| (0..count).map(move |at| sample(row, at))).collect()
        }
        _ => return None,
    };
    Some(samples)
}

fn number(pdf: &Pdf<'_>, dictionary: &Dictionary, key: &[u8]) -> Option<i64> {
    pdf.get(dictionary, key).ok().flatten()?.as_integer()
}

/// A colour space.
struct Colours {
    kind: Kind,
    /// True when a profile tells what the numbers mean.
    is_calibrated: bool,
}

enum Kind {
    Gray,
    Rgb,
    Cmyk,
    /// Red, green and blue of each number.
    Palette(Vec<[u8; 3]>),
}

/// Parts of a colour.
const MOST_PARTS: usize = 4;

impl Colours {
    /// Numbers of one colour.
    const fn parts(&self) -> usize {
        match self.kind {
            Kind::Gray | Kind::Palette(_) => 1,
            Kind::Rgb => 3,
            Kind::Cmyk => 4,
        }
    }

    /// What the largest sample means without a `Decode` array.
    fn most(&self, bits: usize) -> f64 {
        match self.kind {
            Kind::Palette(_) => u32::try_from(bits).map_or(0.0, |bits| f64::from(bits).exp2() - 1.0),
            Kind::Gray | Kind::Rgb | Kind::Cmyk => 1.0,
        }
    }

    fn pixels(&self, samples: &[u8], bits: usize) -> Vec<[u8; 4]> {
        let opaque = |[red, green, blue]: [u8; 3]| [red, green, blue, u8::MAX];
        // Of fewer bits the largest number is as white as 255.
        let most = if bits < 8 { u8::MAX >> (8 - bits) } else { u8::MAX };
        let full = |sample: u8| u8::try_from(u16::from(sample) * 255 / u16::from(most)).unwrap_or(u8::MAX);
        match &self.kind {
            Kind::Gray => samples.iter().map(|gray| opaque([full(*gray); 3])).collect(),
            Kind::Rgb => samples.as_chunks::<3>().0.iter().map(|pixel| opaque(pixel.map(full))).collect(),
            Kind::Cmyk => {
                samples.as_chunks::<4>().0.iter().map(|pixel| opaque(mixed(pixel.map(full)))).collect()
            }
            Kind::Palette(palette) => {
                let colour = |index: &u8| palette.get(usize::from(*index)).or(palette.last()).copied();
                samples.iter().map(|index| opaque(colour(index).unwrap_or_default())).collect()
            }
        }
    }
}

/// Inks on paper, roughly.
fn mixed([cyan, magenta, yellow, black]: [u8; 4]) -> [u8; 3] {
    [cyan, magenta, yellow].map(|ink| {
        let left = u32::from(255 - ink) * u32::from(255 - black) / 255;
        u8::try_from(left).unwrap_or(u8::MAX)
    })
}

fn colours(pdf: &Pdf<'_>, dictionary: &Dictionary) -> Option<Colours> {
    space(pdf, dictionary.get(b"ColorSpace")?, true)
}

/// A colour space; a palette within a palette is none.
fn space(pdf: &Pdf<'_>, object: &Object, may_index: bool) -> Option<Colours> {
    let plain = |kind| Some(Colours { kind, is_calibrated: false });
    let calibrated = |kind| Some(Colours { kind, is_calibrated: true });
    let space = pdf.resolve(object).ok()?.into_owned();
    if let Some(name) = space.as_name() {
        return device(name.as_bytes());
    }
    let items = space.as_array()?;
    match pdf.resolve(items.first()?).ok()?.as_name()?.as_bytes() {
        b"ICCBased" => {
            let profile = pdf.resolve(items.get(1)?).ok()?.into_owned();
            match pdf.get(&profile.as_stream()?.dictionary, b"N").ok()??.as_integer()? {
                1 => calibrated(Kind::Gray),
                3 => calibrated(Kind::Rgb),
                4 => calibrated(Kind::Cmyk),
                _ => None,
            }
        }
        b"CalRGB" => calibrated(Kind::Rgb),
        b"CalGray" => calibrated(Kind::Gray),
        b"Indexed" | b"I" if may_index => {
            let base = self::space(pdf, items.get(1)?, false)?;
            let table = pdf.resolve(items.get(3)?).ok()?.into_owned();
            let table = match &table {
                Object::String(bytes) => bytes.clone(),
                Object::Stream(stream) => pdf.data(stream).ok()?,
                _ => return None,
            };
            let table = table.get(..table.len().min(256 * MOST_PARTS))?;
            let colours = base.pixels(table, 8).into_iter().map(|[red, green, blue, _]| [red, green, blue]);
            let kind = Kind::Palette(colours.collect());
            if base.is_calibrated { calibrated(kind) } else { plain(kind) }
        }
        name => device(name),
    }
}

fn device(name: &[u8]) -> Option<Colours> {
    let (kind, is_calibrated) = match name {
        b"DeviceGray" | b"G" => (Kind::Gray, false),
        b"DeviceRGB" | b"RGB" => (Kind::Rgb, false),
        b"DeviceCMYK" | b"CMYK" => (Kind::Cmyk, true),
        _ => return None,
    };
    Some(Colours { kind, is_calibrated })
}

#[cfg(test)]
mod tests;
