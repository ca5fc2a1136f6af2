//! How much a ZIP archive may ask of us.

/// Upper bounds on an archive. The defaults fit every OFD met in the field (the largest had 785 KB) with much
/// room, and keep the work for a hostile file small.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of the whole archive.
    pub archive_bytes: usize,
    /// Entries in the directory.
    pub entries: usize,
    /// Bytes of one entry's name.
    pub name_bytes: usize,
    /// Bytes of one entry after decompression.
    pub entry_bytes: u64,
    /// Bytes of all entries together after decompression, as the directory declares them.
    pub total_bytes: u64,
    /// How many times larger an entry may be than its compressed form, once it exceeds [`Self::ratio_floor`].
    pub ratio: u64,
    /// Decompressed bytes up to which the ratio is not looked at: a blank bitmap may shrink a thousandfold.
    pub ratio_floor: u64,
    /// How many times larger all entries together may be than their compressed forms, once they exceed
    /// [`Self::total_floor`].
    pub total_ratio: u64,
    /// Decompressed bytes of all entries up to which their ratio is not looked at.
    pub total_floor: u64,
    /// Bytes after the archive's end record that are skipped in search of it.
    pub suffix_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            archive_bytes: 256 << 20,
            entries: 50_000,
            name_bytes: 1024,
            entry_bytes: 128 << 20,
            total_bytes: 512 << 20,
            ratio: 250,
            ratio_floor: 4 << 20,
            total_ratio: 100,
            total_floor: 64 << 20,
            suffix_bytes: 1 << 20,
        }
    }
}
