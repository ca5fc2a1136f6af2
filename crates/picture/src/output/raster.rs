//! PNG: the outline as coverage, the coverage as transparency of one plain colour.

use png::{BitDepth, ColorType, Compression, Encoder, Filter, PixelDimensions, Unit};
use tiny_skia::{FillRule, Mask, Path, PathBuilder, Transform};

use crate::{
    design::SealDesign,
    error::PictureError,
    geometry::{Outline, Point, Segment},
};

/// The outline is filled at this many times the size and averaged, for smooth small letters.
const OVERSAMPLING: u8 = 2;

/// The picture of `outline`, `size_mm` large, on `size_px` pixels.
pub(super) fn png(
    outline: &Outline,
    size_mm: (u16, u16),
    size_px: (u32, u32),
    design: &SealDesign,
) -> Result<Vec<u8>, PictureError> {
    let coverage = coverage(outline, size_mm, size_px).ok_or(PictureError::Encode(None))?;
    let colour = design.colour;
    let pixels: Vec<u8> = coverage
        .into_iter()
        .flat_map(|alpha| match alpha {
            0 => [0; 4],
            _ => [colour.red, colour.green, colour.blue, alpha],
        })
        .collect();
    encode(&pixels, size_px, design.dpi).map_err(|error| PictureError::Encode(Some(error)))
}

/// How much of each pixel is covered, 0 to 255.
fn coverage(outline: &Outline, size_mm: (u16, u16), size_px: (u32, u32)) -> Option<Vec<u8>> {
    let times = u32::from(OVERSAMPLING);
    let (width, height) = (size_px.0 * times, size_px.1 * times);
    let path = path(outline, size_mm, (f64::from(width), f64::from(height)))?;
    let mut mask = Mask::new(width, height)?;
    mask.fill_path(&path, FillRule::Winding, true, Transform::identity());

    let side = usize::from(OVERSAMPLING);
    let row = usize::try_from(width).ok()?;
    let averaged = mask.data().chunks_exact(row * side).flat_map(|rows| {
        (0..row / side).map(move |column| {
            let block = rows.chunks_exact(row).flat_map(|line| line.iter().skip(column * side).take(side));
            let sum: u32 = block.map(|&value| u32::from(value)).sum();
            u8::try_from((sum + times * times / 2) / (times * times)).unwrap_or(u8::MAX)
        })
    });
    Some(averaged.collect())
}

fn path(outline: &Outline, size_mm: (u16, u16), size: (f64, f64)) -> Option<Path> {
    let (width_mm, height_mm) = (f64::from(size_mm.0), f64::from(size_mm.1));
    let map = |p: &Point| {
        let x = (p.x / width_mm + 0.5) * size.0;
        let y = (p.y / height_mm + 0.5) * size.1;
        (narrow(x), narrow(y))
    };
    let mut builder = PathBuilder::new();
    for segment in &outline.0 {
        match segment {
            Segment::Move(to) => {
                let (x, y) = map(to);
                builder.move_to(x, y);
            }
            Segment::Line(to) => {
                let (x, y) = map(to);
                builder.line_to(x, y);
            }
            Segment::Quad(handle, to) => {
                let ((hx, hy), (x, y)) = (map(handle), map(to));
                builder.quad_to(hx, hy, x, y);
            }
            Segment::Cubic(first, second, to) => {
                let ((ax, ay), (bx, by), (x, y)) = (map(first), map(second), map(to));
                builder.cubic_to(ax, ay, bx, by, x, y);
            }
            Segment::Close => builder.close(),
        }
    }
    builder.finish()
}

#[expect(clippy::cast_possible_truncation, reason = "positions below 6000 pixels keep a thousandth")]
fn narrow(value: f64) -> f32 {
    value as f32
}

fn encode(pixels: &[u8], (width, height): (u32, u32), dpi: u16) -> Result<Vec<u8>, png::EncodingError> {
    let mut bytes = Vec::new();
    let mut encoder = Encoder::new(&mut bytes, width, height);
    encoder.set_color(ColorType::Rgba);
    encoder.set_depth(BitDepth::Eight);
    // long runs of equal pixels: deflate finds them better in the plain bytes
    encoder.set_compression(Compression::High);
    encoder.set_filter(Filter::NoFilter);
    // an inch is 25.4 mm: 300 dpi are 11811 pixels a metre
    let per_metre = (u32::from(dpi) * 10_000 + 127) / 254;
    encoder.set_pixel_dims(Some(PixelDimensions { xppu: per_metre, yppu: per_metre, unit: Unit::Meter }));
    let mut writer = encoder.write_header()?;
    writer.write_image_data(pixels)?;
    writer.finish()?;
    Ok(bytes)
}
