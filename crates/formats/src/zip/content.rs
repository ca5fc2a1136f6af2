//! Decompressing an entry within its declared bounds.

use super::entry::{Entry, Method};
use super::error::ZipError;
use super::limits::Limits;
use flate2::{Decompress, FlushDecompress, Status};

/// Bytes that are handed on at a time.
const CHUNK: usize = 64 << 10;

/// Refuses entries that cannot or must not be decompressed, before anything is allocated for them.
fn admit(entry: &Entry, limits: &Limits) -> Result<(), ZipError> {
    let name = || entry.name.clone();
    if entry.is_shared {
        return Err(ZipError::Shared { name: name() });
    }
    if entry.is_encrypted() {
        return Err(ZipError::Encrypted { name: name() });
    }
    if entry.size > limits.entry_bytes {
        return Err(ZipError::EntryTooLarge { name: name(), bytes: entry.size, limit: limits.entry_bytes });
    }
    match entry.method {
        Method::Other(method) => Err(ZipError::UnsupportedMethod { name: name(), method }),
        Method::Stored if entry.compressed != entry.size => {
            Err(ZipError::SizeMismatch { name: name(), declared: entry.size })
        }
        Method::Deflate
            if entry.size > limits.ratio_floor
                && entry.size > entry.compressed.saturating_mul(limits.ratio) =>
        {
            Err(ZipError::RatioTooLarge { name: name(), limit: limits.ratio })
        }
        _ => Ok(()),
    }
}

/// Hands the content of `entry`, whose compressed bytes are `data`, to `sink` piece by piece, and checks size
/// and CRC at the end. Gives the number of compressed bytes that were used.
pub(super) fn stream(
    entry: &Entry,
    data: &[u8],
    limits: &Limits,
    sink: &mut dyn FnMut(&[u8]),
) -> Result<usize, ZipError> {
    admit(entry, limits)?;
    let mut crc = crc32fast::Hasher::new();
    let mut sink = |piece: &[u8]| {
        crc.update(piece);
        sink(piece);
    };
    let used = if entry.method == Method::Deflate {
        inflate(entry, data, &mut sink)?
    } else {
        sink(data);
        data.len()
    };
    if crc.finalize() == entry.crc {
        Ok(used)
    } else {
        Err(ZipError::CrcMismatch { name: entry.name.clone() })
    }
}

/// The whole content of `entry`, whose compressed bytes are `data`, size and CRC checked, and the number of compressed
/// bytes that were used. `inflater` is at the beginning of a stream.
pub(super) fn whole(
    entry: &Entry,
    data: &[u8],
    limits: &Limits,
    inflater: &mut Decompress,
) -> Result<(Vec<u8>, usize), ZipError> {
    admit(entry, limits)?;
    let (content, used) = if entry.method == Method::Deflate {
        inflate_whole(entry, data, inflater)?
    } else {
        (data.to_vec(), data.len())
    };
    if crc32fast::hash(&content) == entry.crc {
        Ok((content, used))
    } else {
        Err(ZipError::CrcMismatch { name: entry.name.clone() })
    }
}

/// The first bytes of the content, at most `most`. `inflater` is at the beginning of a stream.
pub(super) fn head(entry: &Entry, data: &[u8], most: usize, inflater: &mut Decompress) -> Vec<u8> {
    if entry.is_encrypted() || entry.is_shared {
        return Vec::new();
    }
    match entry.method {
        Method::Stored => data.get(..most.min(data.len())).unwrap_or_default().to_vec(),
        Method::Deflate => {
            let mut head = Vec::with_capacity(most);
            // What came before the data went wrong is as good as nothing: the whole cannot be read then.
            let _ = inflater.decompress_vec(data, &mut head, FlushDecompress::None);
            head
        }
        Method::Other(_) => Vec::new(),
    }
}

/// Inflates `data` in one go, and stops where it becomes more than the declared size.
fn inflate_whole(
    entry: &Entry,
    data: &[u8],
    inflater: &mut Decompress,
) -> Result<(Vec<u8>, usize), ZipError> {
    let bad = || ZipError::BadDeflate { name: entry.name.clone() };
    // The declared size is only believed as far as the data could carry it; the vector grows beyond. One byte more
    // than declared shows that an entry is too long.
    let likely = entry.size.min(entry.compressed.saturating_mul(16));
    let mut content = Vec::with_capacity(usize::try_from(likely).map_err(|_| bad())?.saturating_add(1));
    let declared = usize::try_from(entry.size).map_err(|_| bad())?;
    loop {
        let used = usize::try_from(inflater.total_in()).map_err(|_| bad())?;
        let rest = data.get(used..).ok_or_else(bad)?;
        let status =
            inflater.decompress_vec(rest, &mut content, FlushDecompress::Finish).map_err(|_| bad())?;
        let is_over = status == Status::StreamEnd;
        if content.len() > declared || (is_over && content.len() < declared) {
            return Err(ZipError::SizeMismatch { name: entry.name.clone(), declared: entry.size });
        }
        if is_over {
            return Ok((content, usize::try_from(inflater.total_in()).map_err(|_| bad())?));
        }
        if content.len() < content.capacity() {
            return Err(bad());
        }
        let left = declared.saturating_sub(content.len()).saturating_add(1);
        content.reserve(left.min(content.len().max(CHUNK)));
    }
}

/// Inflates `data`, never giving more than the declared size.
fn inflate(entry: &Entry, data: &[u8], sink: &mut dyn FnMut(&[u8])) -> Result<usize, ZipError> {
    let bad = || ZipError::BadDeflate { name: entry.name.clone() };
    let wrong_size = || ZipError::SizeMismatch { name: entry.name.clone(), declared: entry.size };
    let mut inflater = Decompress::new(false);
    // One byte more than declared shows that a small entry is too long.
    let room = usize::try_from(entry.size).map_or(CHUNK, |size| size.saturating_add(1).min(CHUNK));
    let mut buffer = vec![0; room];
    loop {
        let used = usize::try_from(inflater.total_in()).map_err(|_| bad())?;
        let before = inflater.total_out();
        let rest = data.get(used..).ok_or_else(bad)?;
        let status = inflater.decompress(rest, &mut buffer, FlushDecompress::None).map_err(|_| bad())?;
        let gained = usize::try_from(inflater.total_out() - before).map_err(|_| bad())?;
        if inflater.total_out() > entry.size {
            return Err(wrong_size());
        }
        sink(buffer.get(..gained).ok_or_else(bad)?);
        if status == Status::StreamEnd {
            break;
        }
        if gained == 0 && inflater.total_in() == used as u64 {
            return Err(bad());
        }
    }
    if inflater.total_out() == entry.size {
        usize::try_from(inflater.total_in()).map_err(|_| bad())
    } else {
        Err(wrong_size())
    }
}
