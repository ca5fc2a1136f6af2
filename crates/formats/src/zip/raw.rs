//! Little-endian fields at an offset. Nothing here can panic: what is outside is `None`.

/// `len` bytes at `at`.
pub(super) fn slice_at(bytes: &[u8], at: usize, len: usize) -> Option<&[u8]> {
    bytes.get(at..at.checked_add(len)?)
}

/// The 16-bit field at `at`.
pub(super) fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    slice_at(bytes, at, 2)?.try_into().ok().map(u16::from_le_bytes)
}

/// The 32-bit field at `at`.
pub(super) fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    slice_at(bytes, at, 4)?.try_into().ok().map(u32::from_le_bytes)
}

/// The 64-bit field at `at`.
pub(super) fn u64_at(bytes: &[u8], at: usize) -> Option<u64> {
    slice_at(bytes, at, 8)?.try_into().ok().map(u64::from_le_bytes)
}

/// Bytes that are compared with blank ones at a time.
const BLOCK: usize = 4096;
const ZEROS: [u8; BLOCK] = [0; BLOCK];
const SPACES: [u8; BLOCK] = [b' '; BLOCK];

/// Whether these bytes are padding: zeros and white space and nothing else.
pub(super) fn is_blank(bytes: &[u8]) -> bool {
    let is_padding = |byte: &u8| matches!(byte, 0 | b' ' | b'\t' | b'\r' | b'\n');
    // Padding may be long: whole blocks of it are compared at once.
    bytes.chunks(BLOCK).all(|block| {
        let same = |blank: &[u8]| blank.get(..block.len()) == Some(block);
        same(&ZEROS) || same(&SPACES) || block.iter().all(is_padding)
    })
}

/// The data of the extra field `id` within an extra area.
pub(super) fn extra_field(extra: &[u8], id: u16) -> Option<&[u8]> {
    let mut at = 0;
    while let (Some(found), Some(len)) = (u16_at(extra, at), u16_at(extra, at + 2)) {
        let data = slice_at(extra, at + 4, usize::from(len))?;
        if found == id {
            return Some(data);
        }
        at += 4 + usize::from(len);
    }
    None
}

/// Extra field with the 64-bit sizes and offset.
pub(super) const EXTRA_ZIP64: u16 = 0x0001;
/// Signature of a local record.
pub(super) const LOCAL: u32 = 0x0403_4b50;
/// Signature of a directory entry.
pub(super) const CENTRAL: u32 = 0x0201_4b50;
/// Signature of the end record.
pub(super) const END: u32 = 0x0605_4b50;
/// Signature of a data descriptor.
pub(super) const DESCRIPTOR: u32 = 0x0807_4b50;
/// A 32-bit field whose value stands in the ZIP64 extra field.
pub(super) const SEE_ZIP64: u32 = 0xffff_ffff;
