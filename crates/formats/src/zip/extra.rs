//! Extra fields of a header. A reader may look into them or pass over them, and each holds up to 64 KB: what is
//! not one of the few small fields that packers write is told as bytes that belong to no file.

use super::entry::{Entry, UNIX_TYPE};
use super::fact::Fact;
use super::facts::Facts;
use super::raw::{self, u16_at, u32_at, u64_at};
use std::collections::HashSet;

/// Extra field with a UTF-8 name (Info-ZIP).
const UNICODE_PATH: u16 = 0x7075;
/// Extra field with a mode and the target of a link (ASi Unix).
const ASI_UNIX: u16 = 0x756e;
/// Bytes of an ASi Unix field without a target.
const ASI_UNIX_LEN: usize = 14;
/// Fields of known packers with the most bytes they hold: times (UT, NTFS), owners (Info-ZIP Unix 1 to 3), and the
/// empty mark of Java archives. None can hold a record or a document.
const SMALL: [(u16, usize); 6] =
    [(0x5455, 13), (0x000a, 32), (0x5855, 12), (0x7855, 4), (0x7875, 11), (0xcafe, 0)];

/// The extra fields of one header.
pub(super) struct Extra<'a> {
    /// The file.
    pub bytes: &'a [u8],
    /// Where the fields begin in it, and how long they are.
    pub at: usize,
    pub len: usize,
    /// How many values of the header stand in the ZIP64 field instead.
    pub wide: usize,
}

impl Extra<'_> {
    /// Notes whatever is no small known field, a known one that comes again, and a second name or a link.
    pub(super) fn note(&self, entry: &Entry, facts: &mut Facts<'_>) {
        let extra = raw::slice_at(self.bytes, self.at, self.len).unwrap_or_default();
        let mut at = 0;
        let mut seen = HashSet::new();
        while let (Some(id), Some(len)) = (u16_at(extra, at), u16_at(extra, at + 2)) {
            let start = at + 4;
            let Some(data) = raw::slice_at(extra, start, usize::from(len)) else { break };
            at = start + data.len();
            let is_known = seen.insert(id) && self.is_known(id, data, entry);
            if id == UNICODE_PATH && data.get(5..) != Some(entry.name.as_bytes()) {
                facts.push(Fact::UnicodePathDiffers(entry.index));
            } else if is_link(id, data, entry) {
                facts.push(Fact::SpecialFile(entry.index));
            } else if !is_known {
                facts.push(self.loose(start, data.len(), entry));
            }
        }
        if at < extra.len() {
            facts.push(self.loose(at, extra.len() - at, entry));
        }
    }

    fn loose(&self, from: usize, len: usize, entry: &Entry) -> Fact {
        let range = self.at + from..self.at + from + len;
        let is_blank = self.bytes.get(range.clone()).is_none_or(raw::is_blank);
        Fact::ExtraBytes { entry: entry.index, range, is_blank }
    }

    fn is_known(&self, id: u16, data: &[u8], entry: &Entry) -> bool {
        match id {
            raw::EXTRA_ZIP64 => self.is_plain_zip64(data, entry),
            UNICODE_PATH => true,
            ASI_UNIX => data.len() <= ASI_UNIX_LEN,
            _ => SMALL.iter().any(|(known, most)| *known == id && data.len() <= *most),
        }
    }

    /// A ZIP64 field holds just the values that do not stand in the header, or the sizes once more.
    fn is_plain_zip64(&self, data: &[u8], entry: &Entry) -> bool {
        let disk = 4;
        if self.wide > 0 && (data.len() == self.wide * 8 || data.len() == self.wide * 8 + disk) {
            return true;
        }
        let sizes = [entry.size, entry.compressed];
        data.len() == 16
            && sizes.iter().enumerate().all(|(number, size)| u64_at(data, number * 8) == Some(*size))
    }
}

/// Whether an ASi Unix field makes the entry a link or another special file.
fn is_link(id: u16, data: &[u8], entry: &Entry) -> bool {
    let mode = u16_at(data, 4).map_or(0, u32::from);
    id == ASI_UNIX && !entry.is_of_type(mode & UNIX_TYPE)
}

/// How many of the 32-bit values at these places of a header stand in the ZIP64 field.
pub(super) fn wide_values(header: &[u8], places: &[usize]) -> usize {
    places.iter().filter(|at| u32_at(header, **at) == Some(raw::SEE_ZIP64)).count()
}
