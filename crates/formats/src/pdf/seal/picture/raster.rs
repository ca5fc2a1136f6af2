//! PNG and GIF, decoded, and what becomes of decoded pixels.

use std::io::Cursor;

use super::{Colours, Image, PictureError, deflated};

/// The widest and highest picture.
const MAX_SIDE: u32 = 16_384;
/// Pixels of a picture: a seal of 45 mm at 2400 dpi has 18 million.
const MAX_PIXELS: u64 = 25_000_000;
/// Bytes that a decoder may ask for beside the pixels.
const MAX_MEMORY: usize = 128 << 20;

/// Decoded pixels.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pixels {
    /// Pixels of a row.
    pub width: u32,
    /// Rows.
    pub height: u32,
    /// Red, green, blue and opacity, row by row from the top.
    pub rgba: Vec<[u8; 4]>,
}

/// Refuses sizes that nobody needs.
pub(super) fn check_size(width: u32, height: u32) -> Result<usize, PictureError> {
    let count = u64::from(width) * u64::from(height);
    let fits = count > 0 && count <= MAX_PIXELS && width <= MAX_SIDE && height <= MAX_SIDE;
    if fits { usize::try_from(count).map_err(|_| PictureError::Size) } else { Err(PictureError::Size) }
}

/// Decodes a PNG of any colour type and depth.
pub(super) fn png(data: &[u8]) -> Result<Pixels, PictureError> {
    let damaged = |_| PictureError::Damaged("PNG");
    let limits = png::Limits { bytes: MAX_MEMORY };
    let mut decoder = png::Decoder::new_with_limits(Cursor::new(data), limits);
    decoder.set_transformations(png::Transformations::EXPAND | png::Transformations::STRIP_16);
    let mut reader = decoder.read_info().map_err(damaged)?;
    let (width, height) = reader.info().size();
    let count = check_size(width, height)?;
    let mut buffer = vec![0; reader.output_buffer_size().ok_or(PictureError::Size)?];
    let frame = reader.next_frame(&mut buffer).map_err(damaged)?;
    let rgba: Vec<[u8; 4]> = match frame.color_type {
        png::ColorType::Grayscale => buffer.iter().map(|grey| [*grey, *grey, *grey, u8::MAX]).collect(),
        png::ColorType::GrayscaleAlpha => {
            buffer.as_chunks::<2>().0.iter().map(|[grey, alpha]| [*grey, *grey, *grey, *alpha]).collect()
        }
        png::ColorType::Rgb => buffer
            .as_chunks::<3>()
            .0
            .iter()
            .map(|[red, green, blue]| [*red, *green, *blue, u8::MAX])
            .collect(),
        png::ColorType::Rgba => buffer.as_chunks::<4>().0.to_vec(),
        png::ColorType::Indexed => return Err(PictureError::Damaged("PNG")),
    };
    if rgba.len() != count {
        return Err(PictureError::Damaged("PNG"));
    }
    Ok(Pixels { width, height, rgba })
}

/// Decodes the first picture of a GIF; where it does not fill the screen, nothing is shown.
pub(super) fn gif(data: &[u8]) -> Result<Pixels, PictureError> {
    let damaged = || PictureError::Damaged("GIF");
    let mut options = gif::DecodeOptions::new();
    options.set_color_output(gif::ColorOutput::RGBA);
    let memory =
        u64::try_from(MAX_MEMORY).ok().and_then(std::num::NonZeroU64::new).ok_or(PictureError::Size)?;
    options.set_memory_limit(gif::MemoryLimit::Bytes(memory));
    let mut decoder = options.read_info(Cursor::new(data)).map_err(|_| damaged())?;
    let (width, height) = (decoder.width(), decoder.height());
    let count = check_size(width.into(), height.into())?;
    let frame = decoder.read_next_frame().map_err(|_| damaged())?.ok_or_else(damaged)?;
    let mut rgba = vec![[0; 4]; count];
    let (rows, _) = frame.buffer.as_chunks::<4>();
    let shown = usize::from(frame.width.min(width.saturating_sub(frame.left)));
    let screen = rgba.chunks_mut(usize::from(width).max(1)).skip(usize::from(frame.top));
    for (row, source) in screen.zip(rows.chunks(usize::from(frame.width).max(1))) {
        let place = row.get_mut(usize::from(frame.left)..).unwrap_or_default();
        place.iter_mut().zip(source).take(shown).for_each(|(pixel, source)| *pixel = *source);
    }
    Ok(Pixels { width: width.into(), height: height.into(), rgba })
}

impl Pixels {
    /// Colours that are all grey become one channel, opacity becomes a mask of its own.
    pub(super) fn into_image(self) -> Result<Image, PictureError> {
        let is_grey = self.rgba.iter().all(|[red, green, blue, _]| red == green && green == blue);
        let colours: Vec<u8> = if is_grey {
            self.rgba.iter().map(|[grey, ..]| *grey).collect()
        } else {
            self.rgba.iter().flat_map(|[red, green, blue, _]| [*red, *green, *blue]).collect()
        };
        let is_opaque = self.rgba.iter().all(|[.., alpha]| *alpha == u8::MAX);
        let alpha: Option<Vec<u8>> =
            (!is_opaque).then(|| self.rgba.iter().map(|[.., alpha]| *alpha).collect());
        Ok(Image {
            width: self.width,
            height: self.height,
            colours: if is_grey { Colours::Grey } else { Colours::Rgb },
            filter: "FlateDecode",
            data: deflated(&colours)?,
            is_inverted: false,
            alpha: alpha.map(|alpha| deflated(&alpha)).transpose()?,
        })
    }
}
