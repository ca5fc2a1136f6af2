//! FlateDecode (ISO 32000-1 §7.4.4): zlib.

use flate2::{Decompress, FlushDecompress, Status};

use super::{Decoded, TOO_LONG};
use crate::pdf::PdfError;

/// Least room for more bytes.
const CHUNK: usize = 16 << 10;

/// Decodes. Like viewers it keeps what came before damage or an early end, and says so.
pub(super) fn decode(input: &[u8], most: usize) -> Result<Decoded, PdfError> {
    let mut inflater = Decompress::new(true);
    let mut bytes = Vec::with_capacity(
        input.len().saturating_mul(3).clamp(CHUNK, CHUNK << 6).min(most.saturating_add(1)),
    );
    let damage = loop {
        if bytes.len() > most {
            return Err(TOO_LONG);
        }
        if bytes.len() == bytes.capacity() {
            let room = bytes.len().max(CHUNK).min(most.saturating_sub(bytes.len()).saturating_add(1));
            bytes.reserve_exact(room);
        }
        let (read, written) = (inflater.total_in(), bytes.len());
        let rest = usize::try_from(read).ok().and_then(|read| input.get(read..)).unwrap_or_default();
        match inflater.decompress_vec(rest, &mut bytes, FlushDecompress::None) {
            Ok(Status::StreamEnd) => break None,
            Err(_) => break Some("damaged Flate data"),
            Ok(_) if inflater.total_in() == read && bytes.len() == written => {
                break Some("Flate data without an end");
            }
            Ok(_) => {}
        }
    };
    if bytes.len() > most {
        return Err(TOO_LONG);
    }
    match damage {
        Some(what) if bytes.is_empty() && !input.is_empty() => Err(PdfError::Filter(what)),
        damage => Ok(Decoded { bytes, damage }),
    }
}
