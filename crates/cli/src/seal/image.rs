//! A picture that somebody brings for a seal: its kind by its bytes, its size on paper in millimetres.
//!
//! The pixels are not touched: what was brought is what the seal shows (GB/T 38540 §6.1, `picture`).

use std::path::Path;

use formats::ses::Picture;
use picture::{PictureInfo, SealDesign};

use super::Shown;
use crate::keys::read_file;
use crate::outcome::{About, Failure, Outcome};

/// Largest picture, in bytes: it is inside every signature made with the seal.
const MAX_BYTES: u64 = 1 << 20;
/// Lengths on paper that are believed, in millimetres.
const SIDES_MM: std::ops::RangeInclusive<u32> = 5..=100;
/// Customary room of a hand-drawn seal, in millimetres.
const ROOM_MM: (f64, f64) = (60.0, 30.0);
/// Resolution that is assumed where no size is given, in dots an inch.
const USUAL_DPI: f64 = 300.0;
/// Resolution below which a seal is coarse on paper, in dots an inch.
const COARSE_DPI: f64 = 200.0;
/// A millimetre more or less is rounding; more than this part of the side is another shape.
const DISTORTION: f64 = 0.1;

/// Reads the picture. Without `size` it gets that of the customary `design`, or of its pixels.
pub(super) fn read(path: &Path, size: Option<&str>, design: Option<&SealDesign>) -> Outcome<Shown> {
    let data = read_file(path, MAX_BYTES)?;
    let info = picture::inspect(&data).about(path.display())?;
    let (width_mm, height_mm) = match (size, design) {
        (Some(text), _) => parse_size(text)?,
        (None, Some(design)) => {
            let (width, height) = design.shape.size_mm();
            (u32::from(width), u32::from(height))
        }
        (None, None) => usual_size(info),
    };
    check_shape(path, info, (width_mm, height_mm))?;
    let dpi = f64::from(info.width_px) * 25.4 / f64::from(width_mm);
    if dpi < COARSE_DPI {
        complain!("注意 note: {dpi:.0} dpi, 打印较粗糙 coarse on paper; {USUAL_DPI:.0} dpi or more is usual");
    }
    let picture = Picture {
        kind: info.kind.as_str().to_ascii_uppercase(),
        data,
        width_mm: i64::from(width_mm),
        height_mm: i64::from(height_mm),
    };
    Ok(Shown { picture, width_px: info.width_px, height_px: info.height_px, svg: None })
}

/// Width and height, such as `40x15`.
fn parse_size(text: &str) -> Outcome<(u32, u32)> {
    let sides = text.split_once(['x', 'X', '×', '*']);
    let side = |text: &str| text.trim().parse().ok().filter(|side| SIDES_MM.contains(side));
    let size = sides.and_then(|(width, height)| Some((side(width)?, side(height)?)));
    size.ok_or_else(|| {
        Failure::new(format!("--size {text}: 尺寸无效 not a size of a seal")).hint(format!(
            "width and height in whole millimetres, {} to {}, such as 40x15",
            SIDES_MM.start(),
            SIDES_MM.end()
        ))
    })
}

/// The size of the pixels at the usual resolution, made smaller where it would not fit into the customary room.
fn usual_size(info: PictureInfo) -> (u32, u32) {
    let natural = |pixels: u32| f64::from(pixels) * 25.4 / USUAL_DPI;
    let (width, height) = (natural(info.width_px), natural(info.height_px));
    let scale = (ROOM_MM.0 / width).min(ROOM_MM.1 / height).min(1.0);
    (whole(width * scale), whole(height * scale))
}

/// Rounded to a whole millimetre, at least the smallest side.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "between the two bounds, both small and positive"
)]
fn whole(millimetres: f64) -> u32 {
    millimetres.round().clamp(f64::from(*SIDES_MM.start()), f64::from(*SIDES_MM.end())) as u32
}

/// A reader would stretch the picture to the size: one of another shape would be shown distorted.
fn check_shape(path: &Path, info: PictureInfo, (width_mm, height_mm): (u32, u32)) -> Outcome<()> {
    let height = f64::from(width_mm) * f64::from(info.height_px) / f64::from(info.width_px);
    let off = (height - f64::from(height_mm)).abs();
    if off <= (f64::from(height_mm) * DISTORTION).max(1.0) {
        return Ok(());
    }
    let PictureInfo { width_px, height_px, .. } = info;
    Err(Failure::new(format!(
        "{}: {width_px} × {height_px} px 与 {width_mm} × {height_mm} mm 不成比例 would be distorted",
        path.display()
    ))
    .hint(format!("--size {width_mm}x{} has the shape of the picture", whole(height))))
}

#[cfg(test)]
mod tests {
    use picture::PictureKind;

    use super::*;

    fn info(width_px: u32, height_px: u32) -> PictureInfo {
        PictureInfo { kind: PictureKind::Png, width_px, height_px }
    }

    #[test]
    fn sizes_are_whole_millimetres() {
        assert_eq!(parse_size("40x15").unwrap(), (40, 15));
        assert_eq!(parse_size("40 × 15").unwrap(), (40, 15));
        for bad in ["", "40", "40x", "0x15", "40x4", "101x15", "-40x15", "4e1x15", "99999999999x15"] {
            assert!(parse_size(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn without_a_size_the_pixels_decide() {
        assert_eq!(usual_size(info(472, 177)), (40, 15));
        assert_eq!(usual_size(info(4000, 1000)), (60, 15), "made to fit");
        assert_eq!(usual_size(info(1, 1)), (5, 5));
    }

    #[test]
    fn a_picture_is_not_stretched() {
        let path = Path::new("a.png");
        assert!(check_shape(path, info(472, 177), (40, 15)).is_ok());
        assert!(check_shape(path, info(472, 177), (40, 16)).is_ok(), "rounding");
        assert!(check_shape(path, info(472, 177), (40, 40)).is_err());
    }
}
