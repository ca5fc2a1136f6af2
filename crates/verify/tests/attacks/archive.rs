//! Archives that no careful writer makes: what the local header says and what the directory says are given
//! apart, and either may be left out.

use testkit::lab::Files;

/// One file, stored, with both of its headers.
#[derive(Clone, Default)]
pub(crate) struct Entry {
    /// Name in the directory; none hides the file from readers of the directory.
    pub(crate) central: Option<String>,
    /// Name in the local header.
    pub(crate) local: String,
    /// The bytes that stand in the archive.
    pub(crate) data: Vec<u8>,
    /// How many of them the directory counts; the local header counts all.
    pub(crate) counted: usize,
    /// Unix mode.
    pub(crate) mode: u16,
    /// Extra fields of the local header.
    pub(crate) local_extra: Vec<u8>,
    /// Extra fields in the directory.
    pub(crate) central_extra: Vec<u8>,
    /// Comment in the directory.
    pub(crate) comment: Vec<u8>,
    /// Bytes behind the end of the deflated data that the directory counts to it.
    pub(crate) tail: Vec<u8>,
    /// Bytes behind the record.
    pub(crate) gap: Vec<u8>,
    /// Added to the checksum in the local header.
    pub(crate) local_crc: u32,
    /// Further flags in both headers.
    pub(crate) flags: u16,
    /// Further flags in the local header alone.
    pub(crate) local_flags: u16,
    /// Without the flag of UTF-8 in either header.
    pub(crate) clears_utf8: bool,
    /// Stands in both headers in the place of the name.
    pub(crate) name_bytes: Option<Vec<u8>>,
    /// Deflated in blocks that are stored, so that the content stands in the archive as it is.
    pub(crate) in_stored_blocks: bool,
}

impl Entry {
    pub(crate) fn new(name: &str, data: impl Into<Vec<u8>>) -> Self {
        let data = data.into();
        let counted = data.len();
        Self { central: Some(name.to_owned()), local: name.to_owned(), data, counted, ..Self::default() }
    }
}

/// The files of a document, deflated. The packing is this crate's own choice, so that the bytes are the same on
/// every machine; the product's packer may differ by processor.
pub(crate) fn packed(files: &Files) -> Vec<u8> {
    let entry = |file: &testkit::lab::File| Entry::new(&file.name, file.data.clone());
    pack(&files.list.iter().map(entry).collect::<Vec<_>>(), true)
}

/// The files of a document as entries.
pub(crate) fn entries(files: &Files) -> Vec<Entry> {
    files.list.iter().map(|file| Entry::new(&file.name, file.data.clone())).collect()
}

/// The archive, stored.
pub(crate) fn write(entries: &[Entry]) -> Vec<u8> {
    pack(entries, false)
}

/// The archive, deflated.
pub(crate) fn write_deflated(entries: &[Entry]) -> Vec<u8> {
    pack(entries, true)
}

/// An extra field.
pub(crate) fn field(id: u16, data: &[u8]) -> Vec<u8> {
    [&id.to_le_bytes()[..], &short(data.len()), data].concat()
}

/// A local record by itself, deflated.
pub(crate) fn record(name: &str, data: &[u8]) -> Vec<u8> {
    let deflated = miniz_oxide::deflate::compress_to_vec(data, 9);
    let head = header(name.len(), crc32(data), (8, deflated.len()), data.len(), 0);
    let head = flagged(head, 0x800);
    [b"PK\x03\x04", head.as_slice(), name.as_bytes(), &deflated].concat()
}

fn pack(entries: &[Entry], deflates: bool) -> Vec<u8> {
    let (mut out, mut central, mut count) = (Vec::new(), Vec::new(), 0_u16);
    for entry in entries {
        let offset = long(out.len());
        out.extend_from_slice(b"PK\x03\x04");
        let deflated = deflates.then(|| miniz_oxide::deflate::compress_to_vec(&entry.data, 9));
        let deflated = deflated.filter(|deflated| deflated.len() < entry.data.len());
        let deflated = if entry.in_stored_blocks { Some(stored_blocks(&entry.data)) } else { deflated };
        let bytes = |name: &str| entry.name_bytes.clone().unwrap_or_else(|| name.as_bytes().to_vec());
        let length = |stored: usize| deflated.as_ref().map_or((0, stored), |data| (8, data.len()));
        let (crc, len) = (crc32(&entry.data).wrapping_add(entry.local_crc), entry.data.len());
        let local_name = bytes(&entry.local);
        let local = header(local_name.len(), crc, length(len), len, entry.local_extra.len());
        let utf8 = if entry.clears_utf8 { 0 } else { 0x800 };
        out.extend_from_slice(&flagged(local, utf8 | entry.flags | entry.local_flags));
        out.extend_from_slice(&local_name);
        out.extend_from_slice(&entry.local_extra);
        out.extend_from_slice(deflated.as_ref().unwrap_or(&entry.data));
        out.extend_from_slice(&entry.tail);
        out.extend_from_slice(&entry.gap);
        let Some(name) = entry.central.as_deref().map(bytes) else { continue };
        count += 1;
        // Made on Unix, so that the mode means something.
        central.extend_from_slice(b"PK\x01\x02\x14\x03");
        let (crc, (method, packed)) = (crc32(&entry.data[..entry.counted]), length(entry.counted));
        let packed = (method, packed + entry.tail.len());
        let head = header(name.len(), crc, packed, entry.counted, entry.central_extra.len());
        central.extend_from_slice(&flagged(head, utf8 | entry.flags));
        central.extend_from_slice(&short(entry.comment.len()));
        central.extend_from_slice(&[0; 6]);
        central.extend_from_slice(&entry.mode.to_le_bytes());
        central.extend_from_slice(&offset);
        central.extend_from_slice(&name);
        central.extend_from_slice(&entry.central_extra);
        central.extend_from_slice(&entry.comment);
    }
    let start = long(out.len());
    out.extend_from_slice(&central);
    out.extend_from_slice(b"PK\x05\x06\0\0\0\0");
    out.extend_from_slice(&count.to_le_bytes());
    out.extend_from_slice(&count.to_le_bytes());
    out.extend_from_slice(&long(central.len()));
    out.extend_from_slice(&start);
    out.extend_from_slice(&[0, 0]);
    out
}

/// What both headers hold, up to the lengths of name and extra field.
fn header(name: usize, crc: u32, (method, packed): (u8, usize), size: usize, extra: usize) -> Vec<u8> {
    let mut out = vec![20, 0, 0, 0, method, 0, 0, 0, 0x21, 0x5C];
    out.extend_from_slice(&crc.to_le_bytes());
    out.extend_from_slice(&long(packed));
    out.extend_from_slice(&long(size));
    out.extend_from_slice(&short(name));
    out.extend_from_slice(&short(extra));
    out
}

/// The header with further flags.
fn flagged(mut header: Vec<u8>, flags: u16) -> Vec<u8> {
    for (byte, more) in header[2..4].iter_mut().zip(flags.to_le_bytes()) {
        *byte |= more;
    }
    header
}

/// A deflate stream that compresses nothing.
fn stored_blocks(data: &[u8]) -> Vec<u8> {
    let len = u16::try_from(data.len()).expect("one block");
    [&[1][..], &len.to_le_bytes(), &(!len).to_le_bytes(), data].concat()
}

fn short(value: usize) -> [u8; 2] {
    u16::try_from(value).expect("a short field").to_le_bytes()
}

fn long(value: usize) -> [u8; 4] {
    u32::try_from(value).expect("a small archive").to_le_bytes()
}

/// The checksum of ZIP and PNG.
pub(crate) fn crc32(data: &[u8]) -> u32 {
    let fold = |crc: u32, byte: &u8| {
        (0..8).fold(
            crc ^ u32::from(*byte),
            |crc, _| if crc & 1 == 1 { (crc >> 1) ^ 0xEDB8_8320 } else { crc >> 1 },
        )
    };
    !data.iter().fold(u32::MAX, fold)
}
