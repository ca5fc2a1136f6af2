//! Kind and size of a picture that somebody else made, from its header alone.
//!
//! The pixels of a seal that was filed come from outside; they are never decoded here. The bytes
//! are only walked, with a bound on steps, to the place where the format keeps the size. GM/T
//! 0031 names GIF, BMP and JPG, GB/T 38540 is used with PNG too.

use std::fmt;

/// The widest and highest picture that is believed: six times a large seal at 1200 dpi.
pub const MAX_SIDE_PX: u32 = 16_384;

/// Parts of a JPEG before its frame header; real files have a few dozen at most.
const MAX_JPEG_SEGMENTS: usize = 512;

/// The kind of a picture, by its bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PictureKind {
    /// Portable Network Graphics.
    Png,
    /// Graphics Interchange Format, 87a or 89a.
    Gif,
    /// Windows bitmap.
    Bmp,
    /// JPEG.
    Jpg,
}

impl PictureKind {
    /// The word that the seal structure's `picture.type` uses.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Png => "png",
            Self::Gif => "gif",
            Self::Bmp => "bmp",
            Self::Jpg => "jpg",
        }
    }
}

impl fmt::Display for PictureKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What the header of a picture says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PictureInfo {
    /// The kind.
    pub kind: PictureKind,
    /// Width in pixels, 1 to [`MAX_SIDE_PX`].
    pub width_px: u32,
    /// Height in pixels, 1 to [`MAX_SIDE_PX`].
    pub height_px: u32,
}

/// Why bytes are no usable picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InspectError {
    /// They begin like none of the four kinds.
    #[error("不是 PNG、GIF、BMP 或 JPG 图像 not a PNG, GIF, BMP or JPG picture")]
    Unknown,
    /// They end, or stop making sense, before the size.
    #[error("{0} 图像头损坏 the header of the {0} picture is damaged")]
    Damaged(PictureKind),
    /// The size is zero or beyond [`MAX_SIDE_PX`].
    #[error("图像尺寸无效 not a usable picture size: {width_px} x {height_px} pixels")]
    Size {
        /// Width that the header states.
        width_px: u32,
        /// Height that the header states.
        height_px: u32,
    },
}

/// Reads kind and size of a picture from its header.
///
/// # Errors
/// See [`InspectError`]. Any bytes are allowed; the answer comes in bounded time.
pub fn inspect(bytes: &[u8]) -> Result<PictureInfo, InspectError> {
    let (kind, size) = if bytes.starts_with(b"\x89PNG\r\n\x1a\n") {
        (PictureKind::Png, png(bytes))
    } else if bytes.starts_with(b"GIF87a") || bytes.starts_with(b"GIF89a") {
        (PictureKind::Gif, gif(bytes))
    } else if bytes.starts_with(b"BM") {
        (PictureKind::Bmp, bmp(bytes))
    } else if bytes.starts_with(&[0xFF, 0xD8, 0xFF]) {
        (PictureKind::Jpg, jpg(bytes))
    } else {
        return Err(InspectError::Unknown);
    };
    let (width_px, height_px) = size.ok_or(InspectError::Damaged(kind))?;
    let usable = 1..=MAX_SIDE_PX;
    if usable.contains(&width_px) && usable.contains(&height_px) {
        Ok(PictureInfo { kind, width_px, height_px })
    } else {
        Err(InspectError::Size { width_px, height_px })
    }
}

/// The `N` bytes at `offset`.
fn take<const N: usize>(bytes: &[u8], offset: usize) -> Option<[u8; N]> {
    bytes.get(offset..offset.checked_add(N)?)?.try_into().ok()
}

/// The first chunk must be IHDR, 13 bytes long, and begins with the size.
fn png(bytes: &[u8]) -> Option<(u32, u32)> {
    if take(bytes, 8)? != *b"\0\0\0\x0dIHDR" {
        return None;
    }
    Some((u32::from_be_bytes(take(bytes, 16)?), u32::from_be_bytes(take(bytes, 20)?)))
}

/// The logical screen follows the signature.
fn gif(bytes: &[u8]) -> Option<(u32, u32)> {
    Some((u16::from_le_bytes(take(bytes, 6)?).into(), u16::from_le_bytes(take(bytes, 8)?).into()))
}

/// The size stands first in the second header, whose own length tells its generation.
fn bmp(bytes: &[u8]) -> Option<(u32, u32)> {
    match u32::from_le_bytes(take(bytes, 14)?) {
        12 => {
            Some((u16::from_le_bytes(take(bytes, 18)?).into(), u16::from_le_bytes(take(bytes, 20)?).into()))
        }
        40 | 52 | 56 | 64 | 108 | 124 => {
            let width = i32::from_le_bytes(take(bytes, 18)?);
            // a negative height says that the rows run downwards
            let height = i32::from_le_bytes(take(bytes, 22)?).unsigned_abs();
            Some((u32::try_from(width).ok()?, height))
        }
        _ => None,
    }
}

/// Walks the segments to the frame header (SOF).
fn jpg(bytes: &[u8]) -> Option<(u32, u32)> {
    let mut offset = 2_usize;
    for _ in 0..MAX_JPEG_SEGMENTS {
        let [0xFF, marker] = take(bytes, offset)? else { return None };
        match marker {
            // a fill byte before the marker
            0xFF => offset = offset.checked_add(1)?,
            // markers that stand alone
            0x01 | 0xD0..=0xD7 => offset = offset.checked_add(2)?,
            // frame headers; C4, C8 and CC are tables
            0xC0..=0xC3 | 0xC5..=0xC7 | 0xC9..=0xCB | 0xCD..=0xCF => {
                let size =
                    |at: usize| Some(u32::from(u16::from_be_bytes(take(bytes, offset.checked_add(at)?)?)));
                return Some((size(7)?, size(5)?));
            }
            // no other image, end or data may come before the frame header
            0x00 | 0xD8..=0xDA => return None,
            _ => {
                let length = usize::from(u16::from_be_bytes(take(bytes, offset.checked_add(2)?)?));
                if length < 2 {
                    return None;
                }
                offset = offset.checked_add(2)?.checked_add(length)?;
            }
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR\0\0\x01\xf0\0\0\x01\x62\x08\x06\0\0\0";
    const GIF: &[u8] = b"GIF89a\xf0\x01\x62\x01\x80\0\0";
    const BMP: &[u8] = b"BM\0\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0\xf0\x01\0\0\x9e\xfe\xff\xff\x01\0\x18\0";
    const OLD_BMP: &[u8] = b"BM\0\0\0\0\0\0\0\0\x1a\0\0\0\x0c\0\0\0\xf0\x01\x62\x01\x01\0\x18\0";
    const JPG: &[u8] = b"\xff\xd8\xff\xe0\0\x10JFIF\0\x01\x01\x01\x01\x2c\x01\x2c\0\0\xff\xff\xc4\0\x03\0\
                         \xff\xc2\0\x11\x08\x01\x62\x01\xf0\x03\x01\x22\0\x02\x11\x01\x03\x11\x01";

    #[test]
    fn each_kind_tells_its_size() {
        let all = [
            (PNG, PictureKind::Png),
            (GIF, PictureKind::Gif),
            (BMP, PictureKind::Bmp),
            (OLD_BMP, PictureKind::Bmp),
            (JPG, PictureKind::Jpg),
        ];
        for (bytes, kind) in all {
            assert_eq!(inspect(bytes), Ok(PictureInfo { kind, width_px: 496, height_px: 354 }), "{kind}");
        }
    }

    #[test]
    fn cut_headers_are_damaged_not_sized() {
        for (bytes, kind, needed) in
            [(PNG, PictureKind::Png, 24), (GIF, PictureKind::Gif, 10), (BMP, PictureKind::Bmp, 26)]
        {
            for length in 8..needed {
                assert_eq!(inspect(&bytes[..length]), Err(InspectError::Damaged(kind)), "{kind} {length}");
            }
            assert!(inspect(&bytes[..needed]).is_ok());
        }
        for length in 3..JPG.len() - 11 {
            assert_eq!(inspect(&JPG[..length]), Err(InspectError::Damaged(PictureKind::Jpg)), "{length}");
        }
    }

    #[test]
    fn foreign_and_absurd_pictures_are_refused() {
        for bytes in [&b""[..], b"<svg/>", b"%PDF-1.7", b"RIFF\0\0\0\0WEBPVP8 "] {
            assert_eq!(inspect(bytes), Err(InspectError::Unknown));
        }
        let sized = |width: u32, height: u32| {
            let mut bytes = PNG.to_vec();
            bytes[16..20].copy_from_slice(&width.to_be_bytes());
            bytes[20..24].copy_from_slice(&height.to_be_bytes());
            inspect(&bytes)
        };
        assert!(sized(MAX_SIDE_PX, 1).is_ok());
        for (width_px, height_px) in [(0, 5), (5, 0), (MAX_SIDE_PX + 1, 5), (5, u32::MAX)] {
            assert_eq!(sized(width_px, height_px), Err(InspectError::Size { width_px, height_px }));
        }
        let mut deepest = BMP.to_vec();
        deepest[22..26].copy_from_slice(&i32::MIN.to_le_bytes());
        assert!(matches!(inspect(&deepest), Err(InspectError::Size { height_px: 0x8000_0000, .. })));
    }

    #[test]
    fn endless_segments_end() {
        let mut bytes = vec![0xFF, 0xD8];
        bytes.extend(std::iter::repeat_n([0xFF, 0xE1, 0, 2], 100_000).flatten());
        assert_eq!(inspect(&bytes), Err(InspectError::Damaged(PictureKind::Jpg)));
    }

    proptest! {
        #[test]
        fn any_bytes_are_answered(
            head in prop::sample::select(vec![PNG, GIF, BMP, JPG, &b"\xff\xd8\xff"[..], b""]),
            keep in 0_usize..40,
            tail in prop::collection::vec(any::<u8>(), 0..200),
        ) {
            let mut bytes = head[..keep.min(head.len())].to_vec();
            bytes.extend(tail);
            if let Ok(info) = inspect(&bytes) {
                prop_assert!((1..=MAX_SIDE_PX).contains(&info.width_px));
            }
        }
    }
}
