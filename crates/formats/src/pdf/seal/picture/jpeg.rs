//! JPEG (ISO/IEC 10918-1 annex B), passed through: only its frame header is read.

use super::{Colours, Image, PictureError};

/// Parts before the frame header; real files have a few dozen at most.
const MAX_SEGMENTS: usize = 512;

/// Reads size and colours of a JPEG that viewers of PDF can decode: eight bits, Huffman coded.
pub(super) fn read(data: &[u8]) -> Result<Image, PictureError> {
    let frame = frame(data).ok_or(PictureError::Damaged("JPEG"))?;
    let colours = match frame.components {
        1 => Colours::Grey,
        3 => Colours::Rgb,
        4 => Colours::Cmyk,
        _ => return Err(PictureError::Damaged("JPEG")),
    };
    // Lossless, differential and arithmetic coding are not in DCTDecode (ISO 32000-1 §7.4.8).
    if !matches!(frame.marker, 0xC0..=0xC2) || frame.precision != 8 {
        return Err(PictureError::Kind("JPEG of an unusual coding".to_owned()));
    }
    Ok(Image {
        width: frame.width.into(),
        height: frame.height.into(),
        colours,
        filter: "DCTDecode",
        data: data.to_vec(),
        is_inverted: colours == Colours::Cmyk && frame.is_adobe,
        alpha: None,
    })
}

/// What the frame header says.
struct Frame {
    marker: u8,
    precision: u8,
    width: u16,
    height: u16,
    components: u8,
    /// An Adobe program wrote it: its CMYK numbers run the other way.
    is_adobe: bool,
}

fn frame(data: &[u8]) -> Option<Frame> {
    let (mut at, mut is_adobe) = (2_usize, false);
    for _ in 0..MAX_SEGMENTS {
        let [0xFF, marker] = *data.get(at..at.checked_add(2)?)? else { return None };
        match marker {
            // A fill byte.
            0xFF => {
                at += 1;
                continue;
            }
            // Markers that stand alone.
            0x01 | 0xD0..=0xD7 => {
                at += 2;
                continue;
            }
            // Neither another image, the end, nor data may come before the frame header.
            0x00 | 0xD8..=0xDA => return None,
            _ => {}
        }
        let body = data.get(at + 2..)?;
        let length = usize::from(u16::from_be_bytes([*body.first()?, *body.get(1)?]));
        let body = body.get(2..length)?;
        match (marker, body) {
            (0xC4 | 0xC8 | 0xCC, _) => {}
            (0xC0..=0xCF, [precision, h1, h2, w1, w2, components, ..]) => {
                let (width, height) = (u16::from_be_bytes([*w1, *w2]), u16::from_be_bytes([*h1, *h2]));
                let frame =
                    Frame { marker, precision: *precision, width, height, components: *components, is_adobe };
                return (width > 0 && height > 0).then_some(frame);
            }
            (0xC0..=0xCF, _) => return None,
            (0xEE, body) => is_adobe |= body.starts_with(b"Adobe"),
            _ => {}
        }
        at = at.checked_add(2)?.checked_add(length)?;
    }
    None
}
