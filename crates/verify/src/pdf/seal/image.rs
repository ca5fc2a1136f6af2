//! Pictures as rows of pixels: from a PNG, and from an image of a PDF (ISO 32000-1 §8.9).

use formats::pdf::{Object, Pdf, Stream};

/// Pixels of a picture that is decoded.
const MOST: usize = 16 << 20;

/// Pixels with red, green, blue and opacity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Pixels {
    pub(super) width: usize,
    pub(super) height: usize,
    pub(super) rgba: Vec<[u8; 4]>,
}

impl Pixels {
    /// Reads a PNG; none where it cannot be read, or is too large.
    pub(super) fn of_png(bytes: &[u8]) -> Option<Self> {
        let limits = png::Limits { bytes: MOST * 4 };
        let mut decoder = png::Decoder::new_with_limits(std::io::Cursor::new(bytes), limits);
        decoder
            .set_transformations(png::Transformations::normalize_to_color8() | png::Transformations::ALPHA);
        let mut reader = decoder.read_info().ok()?;
        let size = reader.output_buffer_size()?;
        if size > MOST * 4 {
            return None;
        }
        let mut data = vec![0; size];
        let info = reader.next_frame(&mut data).ok()?;
        let data = data.get(..info.buffer_size())?;
        let rgba = match info.color_type {
            png::ColorType::Rgba => data.chunks_exact(4).filter_map(|p| p.try_into().ok()).collect(),
            png::ColorType::GrayscaleAlpha => data
                .chunks_exact(2)
                .filter_map(|p| <[u8; 2]>::try_from(p).ok())
                .map(|[gray, alpha]| [gray, gray, gray, alpha])
                .collect(),
            _ => return None,
        };
        Self::new(usize::try_from(info.width).ok()?, usize::try_from(info.height).ok()?, rgba)
    }

    /// Reads an image of a PDF with 8 bits a component in a plain colour space, and its mask of opacity.
    pub(super) fn of_image(pdf: &Pdf<'_>, image: &Stream) -> Option<Self> {
        let side = |key: &[u8]| {
            let number = pdf.get(&image.dictionary, key).ok()??.as_integer()?;
            usize::try_from(number).ok()
        };
        let (width, height) = (side(b"Width")?, side(b"Height")?);
        let count = width.checked_mul(height).filter(|count| *count <= MOST)?;
        if side(b"BitsPerComponent")? != 8 {
            return None;
        }
        let colours = colours(pdf, &image.dictionary)?;
        let data = pdf.data(image).ok()?;
        let colours: Vec<[u8; 3]> = match colours {
            Colours::Gray => data.iter().map(|gray| [*gray; 3]).collect(),
            Colours::Rgb => data.chunks_exact(3).filter_map(|p| p.try_into().ok()).collect(),
            Colours::Palette(palette) => data
                .iter()
                .map(|index| {
                    let at = usize::from(*index) * 3;
                    palette.get(at..at + 3).and_then(|p| p.try_into().ok()).unwrap_or_default()
                })
                .collect(),
        };
        let opacity = match pdf.get(&image.dictionary, b"SMask").ok()? {
            Some(Object::Stream(mask)) => opacity(pdf, &mask, width, height)?,
            _ => vec![255; count],
        };
        let rgba = colours.iter().zip(opacity).map(|([r, g, b], a)| [*r, *g, *b, a]).collect();
        Self::new(width, height, rgba)
    }

    fn new(width: usize, height: usize, rgba: Vec<[u8; 4]>) -> Option<Self> {
        let is_whole = width > 0 && height > 0 && rgba.len() == width.checked_mul(height)?;
        is_whole.then_some(Self { width, height, rgba })
    }

    /// The colour on white paper at a place, told as parts of the side.
    pub(super) fn on_paper(&self, x: usize, y: usize, parts: usize) -> [u8; 3] {
        let (column, row) = (x * self.width / parts, y * self.height / parts);
        let [red, green, blue, opacity] =
            self.rgba.get(row * self.width + column).copied().unwrap_or([255, 255, 255, 0]).map(u32::from);
        let blend =
            |colour: u32| u8::try_from((colour * opacity + 255 * (255 - opacity)) / 255).unwrap_or(255);
        [blend(red), blend(green), blend(blue)]
    }
}

enum Colours {
    Gray,
    Rgb,
    Palette(Vec<u8>),
}

fn colours(pdf: &Pdf<'_>, dictionary: &formats::pdf::Dictionary) -> Option<Colours> {
    let space = pdf.get(dictionary, b"ColorSpace").ok()??;
    if let Some(name) = space.as_name() {
        return plain(name.as_bytes());
    }
    let items = space.as_array()?;
    match items.first()?.as_name()?.as_bytes() {
        b"ICCBased" => {
            let profile = pdf.resolve(items.get(1)?).ok()?.into_owned();
            let count = pdf.get(&profile.as_stream()?.dictionary, b"N").ok()??.as_integer()?;
            match count {
                1 => Some(Colours::Gray),
                3 => Some(Colours::Rgb),
                _ => None,
            }
        }
        b"CalRGB" => Some(Colours::Rgb),
        b"CalGray" => Some(Colours::Gray),
        b"Indexed" => {
            let base = pdf.resolve(items.get(1)?).ok()?.into_owned();
            plain(base.as_name()?.as_bytes()).filter(|base| matches!(base, Colours::Rgb))?;
            let table = pdf.resolve(items.get(3)?).ok()?.into_owned();
            let table = match &table {
                Object::String(bytes) => bytes.clone(),
                Object::Stream(stream) => pdf.data(stream).ok()?,
                _ => return None,
            };
            Some(Colours::Palette(table))
        }
        name => plain(name),
    }
}

fn plain(name: &[u8]) -> Option<Colours> {
    match name {
        b"DeviceGray" | b"G" => Some(Colours::Gray),
        b"DeviceRGB" | b"RGB" => Some(Colours::Rgb),
        _ => None,
    }
}

/// A soft mask of the same size.
fn opacity(pdf: &Pdf<'_>, mask: &Stream, width: usize, height: usize) -> Option<Vec<u8>> {
    let number = |key: &[u8]| pdf.get(&mask.dictionary, key).ok().flatten().and_then(|one| one.as_integer());
    let same =
        number(b"Width") == i64::try_from(width).ok() && number(b"Height") == i64::try_from(height).ok();
    if !same || number(b"BitsPerComponent") != Some(8) {
        return None;
    }
    let data = pdf.data(mask).ok()?;
    (data.len() >= width.checked_mul(height)?).then_some(data)
}
