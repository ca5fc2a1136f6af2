//! Windows bitmaps as seal programs write them: not compressed, of 1, 4, 8, 24 or 32 bits.

use super::PictureError;
use super::raster::{Pixels, check_size};

/// Length of the file header.
const FILE_HEADER: usize = 14;
/// `BI_RGB` and `BI_BITFIELDS`.
const PLAIN: u32 = 0;
const MASKS: u32 = 3;

/// The header of a bitmap.
struct Header {
    width: u32,
    height: u32,
    /// Rows run downwards.
    is_top_down: bool,
    bits: u16,
    /// The fourth byte is opacity.
    has_alpha: bool,
    palette: Vec<[u8; 4]>,
    /// Where the rows begin.
    offset: usize,
}

/// Decodes a bitmap.
pub(super) fn read(data: &[u8]) -> Result<Pixels, PictureError> {
    let header = Header::read(data)?;
    let count = check_size(header.width, header.height)?;
    let width = usize::try_from(header.width).map_err(|_| PictureError::Size)?;
    // Rows are filled up to four bytes.
    let stride = (width * usize::from(header.bits)).div_ceil(32) * 4;
    let rows = data.get(header.offset..).unwrap_or_default();
    let mut rgba = Vec::with_capacity(count);
    let height = usize::try_from(header.height).map_err(|_| PictureError::Size)?;
    for row in 0..height {
        let row = if header.is_top_down { row } else { height - 1 - row };
        let row = rows.get(row * stride..).and_then(|rest| rest.get(..stride)).ok_or(DAMAGED)?;
        header.decode_row(row, width, &mut rgba);
    }
    if rgba.len() == count {
        Ok(Pixels { width: header.width, height: header.height, rgba })
    } else {
        Err(DAMAGED)
    }
}

const DAMAGED: PictureError = PictureError::Damaged("BMP");

impl Header {
    fn read(data: &[u8]) -> Result<Self, PictureError> {
        let number = |at: usize| take(data, at).map(u32::from_le_bytes).ok_or(DAMAGED);
        let length = number(FILE_HEADER)?;
        let (width, height) =
            (number(FILE_HEADER + 4)?.cast_signed(), number(FILE_HEADER + 8)?.cast_signed());
        let bits = take(data, FILE_HEADER + 14).map(u16::from_le_bytes).ok_or(DAMAGED)?;
        let compression = number(FILE_HEADER + 16)?;
        let is_known = matches!(length, 40 | 52 | 56 | 108 | 124);
        let masks =
            || (0..4).map(|index| number(FILE_HEADER + 40 + 4 * index)).collect::<Result<Vec<u32>, _>>();
        let (is_usual, has_alpha) = match (compression, bits) {
            (PLAIN, 1 | 4 | 8 | 24 | 32) => (true, false),
            (MASKS, 32) => {
                let masks = masks()?;
                let is_usual = masks.starts_with(&[0x00FF_0000, 0x0000_FF00, 0x0000_00FF]);
                (is_usual, length >= 56 && masks.get(3) == Some(&0xFF00_0000))
            }
            _ => (false, false),
        };
        if !is_known || !is_usual {
            return Err(PictureError::Kind("BMP of an unusual coding".to_owned()));
        }
        let header_end = FILE_HEADER + usize::try_from(length).map_err(|_| DAMAGED)?;
        let colours = if bits <= 8 { 1_usize << bits } else { 0 };
        let palette = data.get(header_end..).unwrap_or_default().as_chunks::<4>().0;
        Ok(Self {
            width: u32::try_from(width).map_err(|_| DAMAGED)?,
            height: height.unsigned_abs(),
            is_top_down: height < 0,
            bits,
            has_alpha,
            palette: palette.iter().take(colours).copied().collect(),
            offset: usize::try_from(number(10)?).map_err(|_| DAMAGED)?,
        })
    }

    fn decode_row(&self, row: &[u8], width: usize, out: &mut Vec<[u8; 4]>) {
        match self.bits {
            24 => {
                out.extend(row.as_chunks::<3>().0.iter().take(width).map(|[b, g, r]| [*r, *g, *b, u8::MAX]));
            }
            32 => out.extend(
                row.as_chunks::<4>()
                    .0
                    .iter()
                    .take(width)
                    .map(|[b, g, r, a]| [*r, *g, *b, if self.has_alpha { *a } else { u8::MAX }]),
            ),
            bits => {
                let bits = u32::from(bits.max(1));
                let per_byte = 8 / bits;
                let mask = u8::try_from((1_u16 << bits) - 1).unwrap_or(u8::MAX);
                let indices = row.iter().flat_map(|byte| {
                    (0..per_byte).map(move |place| byte.wrapping_shr(8 - bits * (place + 1)) & mask)
                });
                out.extend(indices.take(width).filter_map(|index| {
                    let [blue, green, red, _] = self.palette.get(usize::from(index))?;
                    Some([*red, *green, *blue, u8::MAX])
                }));
            }
        }
    }
}

fn take<const N: usize>(data: &[u8], at: usize) -> Option<[u8; N]> {
    data.get(at..at.checked_add(N)?)?.try_into().ok()
}
