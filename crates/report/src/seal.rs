//! Seal pictures as pixels. They come from documents of anybody: their size is read before anything is decoded, what is
//! decoded is bounded, and what cannot be decoded is named instead.

use std::collections::HashMap;
use std::io::Cursor;

use picture::PictureKind;
use zune_jpeg::zune_core::{colorspace::ColorSpace, options::DecoderOptions};

/// Most pixels of a picture that is decoded.
const PIXELS: u64 = 16 << 20;
/// Most pixels of all pictures together.
const ALL_PIXELS: u64 = 64 << 20;
/// Most bytes that a decoder may take for itself.
const MEMORY: usize = 96 << 20;
/// Pixels to a millimetre that are kept: 400 to the inch, beyond which nobody sees more on paper.
const DENSITY: u32 = 16;

/// A picture with red, green, blue and opacity of every pixel.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Pixels {
    pub(crate) width: u32,
    pub(crate) height: u32,
    pub(crate) rgba: Vec<u8>,
}

/// The pictures of a report. Each is decoded once, however many signatures show it.
#[derive(Default)]
pub(crate) struct Pictures {
    pub(crate) all: Vec<Pixels>,
    known: HashMap<Known, Option<usize>>,
    decoded: u64,
}

/// SM3 of a picture, and its size on the page.
type Known = ([u8; 32], (i64, i64));

impl Pictures {
    /// The number of a picture among all; none where it cannot be shown, or where all together are too many pixels.
    pub(crate) fn number(&mut self, bytes: &[u8], millimetres: (i64, i64)) -> Option<usize> {
        let name = (crypto::sm3::digest(bytes), millimetres);
        if let Some(known) = self.known.get(&name) {
            return *known;
        }
        let info = picture::inspect(bytes).ok();
        let pixels = info.map_or(0, |info| u64::from(info.width_px).saturating_mul(info.height_px.into()));
        self.decoded = self.decoded.saturating_add(pixels.min(PIXELS));
        let picture = (self.decoded <= ALL_PIXELS).then(|| decode(bytes, millimetres)).flatten();
        let number = picture.map(|picture| {
            self.all.push(picture);
            self.all.len().saturating_sub(1)
        });
        self.known.insert(name, number);
        number
    }
}

/// Decodes a picture that is shown `millimetres` wide and high; none where it is of no kind that is read here, damaged
/// or too large.
fn decode(bytes: &[u8], millimetres: (i64, i64)) -> Option<Pixels> {
    let info = picture::inspect(bytes).ok()?;
    if u64::from(info.width_px).checked_mul(info.height_px.into())? > PIXELS {
        return None;
    }
    let pixels = match info.kind {
        PictureKind::Png => png(bytes)?,
        PictureKind::Jpg => jpg(bytes)?,
        PictureKind::Gif => gif(bytes)?,
        PictureKind::Bmp => bmp(bytes)?,
    };
    let wanted = u64::from(pixels.width).checked_mul(pixels.height.into())?.checked_mul(4)?;
    let is_right = (pixels.width, pixels.height) == (info.width_px, info.height_px);
    if !is_right || u64::try_from(pixels.rgba.len()).ok()? != wanted {
        return None;
    }
    let most = |side: i64| u32::try_from(side).ok()?.checked_mul(DENSITY);
    Some(smaller(pixels, most(millimetres.0)?, most(millimetres.1)?))
}

fn png(bytes: &[u8]) -> Option<Pixels> {
    let mut decoder = png::Decoder::new_with_limits(Cursor::new(bytes), png::Limits { bytes: MEMORY });
    decoder.set_transformations(png::Transformations::normalize_to_color8() | png::Transformations::ALPHA);
    let mut reader = decoder.read_info().ok()?;
    let mut buffer = vec![0; reader.output_buffer_size().filter(|size| *size <= MEMORY)?];
    let frame = reader.next_frame(&mut buffer).ok()?;
    buffer.truncate(frame.buffer_size());
    let rgba = match frame.color_type {
        png::ColorType::Rgba => buffer,
        png::ColorType::GrayscaleAlpha => {
            buffer.as_chunks().0.iter().flat_map(|&[grey, alpha]| [grey, grey, grey, alpha]).collect()
        }
        _ => return None,
    };
    Some(Pixels { width: frame.width, height: frame.height, rgba })
}

fn jpg(bytes: &[u8]) -> Option<Pixels> {
    let options = DecoderOptions::new_safe()
        .set_strict_mode(true)
        .jpeg_set_max_scans(64)
        .jpeg_set_out_colorspace(ColorSpace::RGB);
    let mut decoder = zune_jpeg::JpegDecoder::new_with_options(Cursor::new(bytes), options);
    let rgb = decoder.decode().ok()?;
    let (width, height) = decoder.dimensions()?;
    let rgba = match decoder.output_colorspace()? {
        ColorSpace::RGB => rgb.as_chunks().0.iter().flat_map(|&[r, g, b]| [r, g, b, 255]).collect(),
        ColorSpace::Luma => rgb.iter().flat_map(|&grey| [grey, grey, grey, 255]).collect(),
        _ => return None,
    };
    Some(Pixels { width: width.try_into().ok()?, height: height.try_into().ok()?, rgba })
}

/// The first picture of a GIF, on its ground.
fn gif(bytes: &[u8]) -> Option<Pixels> {
    let mut options = gif::DecodeOptions::new();
    options.set_color_output(gif::ColorOutput::RGBA);
    options.check_frame_consistency(true);
    options
        .set_memory_limit(gif::MemoryLimit::Bytes(std::num::NonZeroU64::new(u64::try_from(MEMORY).ok()?)?));
    let mut decoder = options.read_info(Cursor::new(bytes)).ok()?;
    let (width, height) = (usize::from(decoder.width()), usize::from(decoder.height()));
    let frame = decoder.read_next_frame().ok()??;
    let (left, top) = (usize::from(frame.left), usize::from(frame.top));
    let row = usize::from(frame.width).checked_mul(4).filter(|row| *row > 0)?;
    let mut rgba = vec![0; width.checked_mul(height)?.checked_mul(4)?];
    let rows = rgba.chunks_exact_mut(width.checked_mul(4)?).skip(top);
    for (to, from) in rows.zip(frame.buffer.chunks_exact(row)) {
        let begin = left.checked_mul(4)?;
        to.get_mut(begin..begin.checked_add(row)?)?.copy_from_slice(from);
    }
    Some(Pixels { width: width.try_into().ok()?, height: height.try_into().ok()?, rgba })
}

/// A BMP of 24 or 32 bits a pixel that is not compressed, as old seals have it.
fn bmp(bytes: &[u8]) -> Option<Pixels> {
    let number = |at: usize| Some(u32::from_le_bytes(bytes.get(at..at.checked_add(4)?)?.try_into().ok()?));
    let (begin, header) = (usize::try_from(number(10)?).ok()?, number(14)?);
    let bits = u16::from_le_bytes(bytes.get(28..30)?.try_into().ok()?);
    if header < 40 || number(30)? != 0 || !matches!(bits, 24 | 32) {
        return None;
    }
    let width = usize::try_from(number(18)?).ok()?;
    let signed = i32::from_le_bytes(bytes.get(22..26)?.try_into().ok()?);
    let height = usize::try_from(signed.unsigned_abs()).ok()?;
    let pixel = usize::from(bits / 8);
    // Rows end on a multiple of four bytes.
    let row = width.checked_mul(pixel)?.checked_next_multiple_of(4).filter(|row| *row > 0)?;
    let rows = bytes.get(begin..begin.checked_add(row.checked_mul(height)?)?)?.chunks_exact(row);
    let rgba_of = |row: &[u8]| -> Vec<u8> {
        let pixels = row.chunks_exact(pixel).take(width);
        pixels
            .flat_map(|bgr| [bgr.get(2), bgr.get(1), bgr.first()].map(|v| v.copied().unwrap_or(0)))
            .collect::<Vec<u8>>()
            .as_chunks()
            .0
            .iter()
            .flat_map(|&[r, g, b]| [r, g, b, 255])
            .collect()
    };
    let rgba =
        if signed < 0 { rows.flat_map(rgba_of).collect() } else { rows.rev().flat_map(rgba_of).collect() };
    Some(Pixels { width: width.try_into().ok()?, height: height.try_into().ok()?, rgba })
}

/// The picture with no more pixels than are seen: every pixel is the mean of those it stands for.
fn smaller(pixels: Pixels, most_wide: u32, most_high: u32) -> Pixels {
    let by = pixels.width.div_ceil(most_wide.max(1)).max(pixels.height.div_ceil(most_high.max(1)));
    let Some(by) = usize::try_from(by).ok().filter(|by| *by > 1) else { return pixels };
    let Ok(width) = usize::try_from(pixels.width) else { return pixels };
    let (columns, row) = (width.div_ceil(by), width.saturating_mul(4));
    let mut rgba = Vec::new();
    let mut height = 0_u32;
    for band in pixels.rgba.chunks(row.saturating_mul(by)) {
        let mut sums = vec![[0_u64; 4]; columns];
        for line in band.chunks_exact(row) {
            for (sum, group) in sums.iter_mut().zip(line.chunks(by.saturating_mul(4))) {
                group.as_chunks().0.iter().for_each(|pixel| add(sum, *pixel));
            }
        }
        let lines = u64::try_from(band.len() / row).unwrap_or(1);
        for (column, sum) in sums.iter().enumerate() {
            let across = by.min(width.saturating_sub(column.saturating_mul(by)));
            rgba.extend(mean(*sum, lines.saturating_mul(u64::try_from(across).unwrap_or(1))));
        }
        height = height.saturating_add(1);
    }
    Pixels { width: columns.try_into().unwrap_or(0), height, rgba }
}

/// Colours weigh as much as they are opaque.
fn add(sum: &mut [u64; 4], [r, g, b, alpha]: [u8; 4]) {
    let alpha = u64::from(alpha);
    for (sum, value) in sum.iter_mut().zip([r, g, b]) {
        *sum = sum.saturating_add(u64::from(value).saturating_mul(alpha));
    }
    if let Some(opacity) = sum.last_mut() {
        *opacity = opacity.saturating_add(alpha);
    }
}

fn mean([r, g, b, alpha]: [u64; 4], count: u64) -> [u8; 4] {
    let of = |sum: u64| u8::try_from(sum.checked_div(alpha).unwrap_or(0)).unwrap_or(u8::MAX);
    let opacity = alpha.checked_div(count).unwrap_or(0);
    [of(r), of(g), of(b), u8::try_from(opacity).unwrap_or(u8::MAX)]
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIZE: (i64, i64) = (40, 40);

    fn png_of(width: u32, height: u32, rgba: &[u8]) -> Vec<u8> {
        let mut out = Vec::new();
        let mut encoder = png::Encoder::new(&mut out, width, height);
        encoder.set_color(png::ColorType::Rgba);
        encoder.write_header().unwrap().write_image_data(rgba).unwrap();
        out
    }

    fn bmp_of(height: i32, rows: &[u8]) -> Vec<u8> {
        let mut out = b"BM\0\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0\x02\0\0\0".to_vec();
        out.extend(height.to_le_bytes());
        out.extend([1, 0, 24, 0]);
        out.extend([0; 24]);
        out.extend(rows);
        out
    }

    /// Eight by eight pixels of one grey: a table of ones, and codes of one bit for "no change" and "end of block".
    const GREY_JPEG: &[u8] = &{
        let mut out = [1_u8; 154];
        let begin = *b"\xff\xd8\xff\xdb\0\x43\0";
        let end = *b"\xff\xc0\0\x0b\x08\0\x08\0\x08\x01\x01\x11\0\xff\xc4\0\x14\0\x01\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\xff\xc4\0\x14\x10\x01\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\xff\xda\0\x08\x01\x01\0\0\x3f\0\x3f\xff\xd9";
        let mut at = 0;
        while at < begin.len() {
            out[at] = begin[at];
            at += 1;
        }
        at = 0;
        while at < end.len() {
            out[71 + at] = end[at];
            at += 1;
        }
        out
    };

    #[test]
    fn each_kind_is_decoded() {
        let clear = decode(&png_of(1, 2, &[255, 0, 0, 128, 0, 255, 0, 255]), SIZE).unwrap();
        assert_eq!((clear.width, clear.height, clear.rgba), (1, 2, vec![255, 0, 0, 128, 0, 255, 0, 255]));
        let (blue, red) = ([255, 0, 0], [0, 0, 255]);
        let row = |left: [u8; 3], right: [u8; 3]| [&left[..], &right, &[0, 0]].concat();
        let rows = [row(blue, red), row(red, red)].concat();
        let up = decode(&bmp_of(2, &rows), SIZE).unwrap().rgba;
        let down = decode(&bmp_of(-2, &rows), SIZE).unwrap().rgba;
        assert_eq!(up[8..], [0, 0, 255, 255, 255, 0, 0, 255], "rows stand upwards");
        assert_eq!(down[..8], up[8..]);
        let mut file = Vec::new();
        let mut encoder = gif::Encoder::new(&mut file, 2, 1, &[255, 0, 0, 0, 255, 0]).unwrap();
        encoder
            .write_frame(&gif::Frame {
                width: 2,
                height: 1,
                buffer: (&[0, 1]).into(),
                ..gif::Frame::default()
            })
            .unwrap();
        drop(encoder);
        assert_eq!(decode(&file, SIZE).unwrap().rgba, [255, 0, 0, 255, 0, 255, 0, 255]);
        let length = GREY_JPEG.windows(2).position(|pair| pair == b"\xff\xd9").unwrap() + 2;
        let grey = decode(&GREY_JPEG[..length], SIZE).unwrap();
        assert_eq!((grey.width, grey.height), (8, 8));
        assert!(grey.rgba.chunks(4).all(|pixel| pixel == [128, 128, 128, 255]), "{:?}", grey.rgba);
    }

    #[test]
    fn damaged_and_huge_pictures_are_not() {
        let whole = png_of(64, 64, &vec![7; 64 * 64 * 4]);
        let bmp = bmp_of(2, &[0; 16]);
        for file in [&whole, &bmp] {
            for length in 0..file.len() - 12 {
                assert!(decode(&file[..length], SIZE).is_none(), "{length}");
            }
        }
        let mut huge = whole.clone();
        huge[16..24].copy_from_slice(&[0, 0, 0x20, 0, 0, 0, 0x20, 0]);
        assert!(decode(&huge, SIZE).is_none());
        assert!(decode(b"<svg/>", SIZE).is_none());
    }

    #[test]
    fn more_pixels_than_are_seen_are_put_together() {
        let mut rgba = vec![0; 200 * 100 * 4];
        rgba.chunks_mut(4).for_each(|pixel| pixel.copy_from_slice(&[200, 0, 0, 255]));
        let small = decode(&png_of(200, 100, &rgba), (5, 5)).unwrap();
        assert_eq!((small.width, small.height), (67, 34));
        assert!(small.rgba.chunks(4).all(|pixel| pixel == [200, 0, 0, 255]), "edges too");
        assert_eq!(small.rgba.len(), 67 * 34 * 4);
    }

    #[test]
    fn all_pictures_together_are_bounded_and_each_is_decoded_once() {
        let mut pictures = Pictures::default();
        let one = png_of(1, 1, &[1; 4]);
        assert_eq!([0; 3].map(|_| pictures.number(&one, SIZE)), [Some(0); 3]);
        for blue in 0..20_u8 {
            let mut huge = png_of(1, 1, &[blue; 4]);
            huge[16..24].copy_from_slice(&[0, 0, 0x10, 0, 0, 0, 0x10, 0]);
            assert_eq!(pictures.number(&huge, SIZE), None);
        }
        assert!(pictures.decoded > ALL_PIXELS);
        assert_eq!(pictures.number(&png_of(1, 1, &[2; 4]), SIZE), None, "no room is left");
    }
}
