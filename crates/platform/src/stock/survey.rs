//! Reading a stock file once before anything is filed: its SM3, by which an interrupted import knows it again, and
//! whether it is UTF-8 throughout.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use crypto::sm3::Sm3;
use encoding_rs::GB18030;

/// Octets read at once.
const PIECE: usize = 1 << 18;
/// Octets of a line that are looked at to tell its encoding.
const SAMPLE: usize = 1 << 12;

/// Why a file cannot be read as stock. Nothing of the row or file at fault was filed.
#[derive(Debug, thiserror::Error)]
pub enum SourceFault {
    /// It cannot be read.
    #[error("{0}")]
    Read(#[from] std::io::Error),
    /// It is GBK or GB 18030.
    #[error(
        "第 {line} 行不是 UTF-8，看来是 GBK（GB 18030）编码 line {line} is not UTF-8 but looks like GBK (GB 18030)"
    )]
    Gbk {
        /// The first line that shows it, from 1.
        line: u64,
    },
    /// It is UTF-16.
    #[error("文件是 UTF-16 编码 the file is UTF-16")]
    Utf16,
    /// It is some other encoding, or damaged.
    #[error("第 {line} 行不是 UTF-8 line {line} is not UTF-8")]
    NotText {
        /// The line, from 1.
        line: u64,
    },
    /// A row of a CSV file is longer than allowed. Where it ends cannot be told, for a quotation mark may be open.
    #[error(
        "第 {row} 条记录超过 {max} 字节，可能缺少右引号 row {row} is longer than {max} bytes; is a quotation mark left open?"
    )]
    RowTooLong {
        /// The row, from 1.
        row: u64,
        /// The longest allowed, in bytes.
        max: usize,
    },
    /// The first line of a CSV file names a column that there is not, twice, or none.
    #[error("第一行列名有误 the first line does not name the columns: {0}")]
    Columns(String),
    /// It changed while it was read.
    #[error("文件在读取期间被改动 the file was changed while it was read")]
    Changed,
}

/// What is known of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Survey {
    /// Its length.
    pub bytes: u64,
    /// SM3 of it, lower hexadecimal.
    pub sm3: String,
}

/// Reads a file to its end; `seen` is told how many octets were read.
///
/// # Errors
/// [`SourceFault`] when it cannot be read or is not UTF-8.
pub fn survey(path: &Path, mut seen: impl FnMut(u64)) -> Result<Survey, SourceFault> {
    let mut file = File::open(path)?;
    let (mut digest, mut text) = (Sm3::new(), Utf8::default());
    let mut buffer = vec![0; PIECE];
    let mut bytes = 0_u64;
    loop {
        let count = file.read(&mut buffer)?;
        let piece = buffer.get(..count).unwrap_or_default();
        if piece.is_empty() {
            break;
        }
        if bytes == 0 && (piece.starts_with(&[0xff, 0xfe]) || piece.starts_with(&[0xfe, 0xff])) {
            return Err(SourceFault::Utf16);
        }
        digest.update(piece);
        text.take(piece)?;
        bytes += u64::try_from(count).unwrap_or_default();
        seen(bytes);
    }
    text.end()?;
    Ok(Survey { bytes, sm3: hex::encode(digest.finalize()) })
}

/// Checks UTF-8 piece by piece.
#[derive(Default)]
struct Utf8 {
    /// Line feeds so far.
    lines: u64,
    /// The line so far, as far as it is looked at.
    line: Vec<u8>,
    /// The beginning of a character whose end is in the next piece.
    open: Vec<u8>,
}

impl Utf8 {
    fn take(&mut self, piece: &[u8]) -> Result<(), SourceFault> {
        let joined;
        let bytes = if self.open.is_empty() {
            piece
        } else {
            joined = [self.open.as_slice(), piece].concat();
            &joined
        };
        match std::str::from_utf8(bytes) {
            Ok(_) => self.open.clear(),
            Err(fault) if fault.error_len().is_none() => {
                self.open = bytes.get(fault.valid_up_to()..).unwrap_or_default().to_vec();
            }
            Err(fault) => return Err(self.fault(bytes, fault.valid_up_to())),
        }
        let whole = bytes.len() - self.open.len();
        self.pass(bytes.get(..whole).unwrap_or_default());
        Ok(())
    }

    fn end(&self) -> Result<(), SourceFault> {
        if self.open.is_empty() { Ok(()) } else { Err(self.fault(&self.open, 0)) }
    }

    /// Counts lines and remembers the beginning of the one that is open.
    fn pass(&mut self, bytes: &[u8]) {
        let feeds = memchr::memchr_iter(b'\n', bytes).count();
        self.lines += u64::try_from(feeds).unwrap_or_default();
        if let Some(at) = memchr::memrchr(b'\n', bytes) {
            self.line.clear();
            self.keep(bytes.get(at + 1..).unwrap_or_default());
        } else {
            self.keep(bytes);
        }
    }

    fn keep(&mut self, bytes: &[u8]) {
        let room = SAMPLE.saturating_sub(self.line.len());
        self.line.extend(bytes.iter().take(room));
    }

    /// What is wrong at `at`: the whole line decides, for a character of GBK may look like one of UTF-8.
    fn fault(&self, bytes: &[u8], at: usize) -> SourceFault {
        let mut before = Self { lines: self.lines, line: self.line.clone(), open: Vec::new() };
        before.pass(bytes.get(..at).unwrap_or_default());
        let rest = bytes.get(at..).unwrap_or_default();
        let rest = rest.split(|byte| *byte == b'\n').next().unwrap_or_default();
        let line = [before.line.as_slice(), rest].concat();
        let number = before.lines + 1;
        // A character at the end may be cut by the piece that was read.
        let cut = (0..4).filter_map(|less| line.get(..line.len().checked_sub(less)?));
        let mut cut = cut.filter(|line| !line.is_ascii());
        if cut.any(|line| GB18030.decode_without_bom_handling_and_without_replacement(line).is_some()) {
            return SourceFault::Gbk { line: number };
        }
        SourceFault::NotText { line: number }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judge(bytes: &[u8], piece: usize) -> Result<(), SourceFault> {
        let mut text = Utf8::default();
        for piece in bytes.chunks(piece) {
            text.take(piece)?;
        }
        text.end()
    }

    #[test]
    fn encodings_are_told_apart_wherever_the_pieces_are_cut() {
        let good = "name,号\r\n𠀀章,1\n".as_bytes();
        let gbk = GB18030.encode("code,name\nA-1,示例科技有限公司\n").0.into_owned();
        for piece in 1..12 {
            assert!(judge(good, piece).is_ok(), "{piece}");
            assert!(matches!(judge(&gbk, piece), Err(SourceFault::Gbk { line: 2 })), "{piece}");
        }
        assert!(matches!(judge(b"a\nb\nc\xff\xff", 64), Err(SourceFault::NotText { line: 3 })));
        assert!(matches!(
            judge(&good[..good.len() - 4], 64),
            Err(SourceFault::NotText { .. } | SourceFault::Gbk { .. })
        ));
    }
}
