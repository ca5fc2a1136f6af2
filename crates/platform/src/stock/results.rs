//! The file of results: one line of CSV for every row of a stock file. It names rows and seals, never persons.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Error, Read, Seek, SeekFrom, Write};
use std::path::Path;

use protocol::{ApiError, SUCCESS};

use super::columns::put_csv;

/// The first line.
const HEAD: &str = "row,code,sealCode,outcome,result,reason\n";

/// What became of a row.
#[derive(Debug, Clone)]
pub enum Outcome {
    /// It is filed under this seal code; in a rehearsal it would be, under a code that is not known yet.
    Filed(Option<String>),
    /// It had been filed before with the same content, under this code; in a rehearsal it may be an earlier row.
    Same(Option<String>),
    /// It was refused.
    Refused(ApiError),
}

/// The result of one row.
#[derive(Debug, Clone)]
pub struct RowResult {
    /// The row, from 1.
    pub row: i64,
    /// The system's own code of the seal, where the row has one.
    pub code: Option<String>,
    /// What became of it.
    pub outcome: Outcome,
}

impl RowResult {
    fn put(&self, text: &mut String) {
        let (word, seal_code, result, reason) = match &self.outcome {
            Outcome::Filed(code) => ("filed", code.as_deref(), SUCCESS, String::new()),
            Outcome::Same(code) => ("same", code.as_deref(), SUCCESS, String::new()),
            Outcome::Refused(error) => ("refused", None, error.code().text(), reason(error)),
        };
        text.push_str(&self.row.to_string());
        for field in [self.code.as_deref(), seal_code, Some(word), Some(result), Some(&reason)] {
            text.push(',');
            put_csv(text, field.unwrap_or_default());
        }
        text.push('\n');
    }
}

/// Everything that is wrong with a row.
fn reason(error: &ApiError) -> String {
    match error.errors() {
        [] | [_] => error.message().to_owned(),
        many => {
            let each = many.iter().map(|one| match one.field.as_str() {
                "" => one.message.clone(),
                field => format!("{field}: {}", one.message),
            });
            each.collect::<Vec<_>>().join("; ")
        }
    }
}

/// The file that is being written. It is locked: two imports do not write one file.
#[derive(Debug)]
pub(super) struct Results {
    file: File,
    length: u64,
}

impl Results {
    /// Opens the results of an import that begins (`written` is 0) or goes on; what is behind `written` belongs to rows
    /// that were not committed and is cut off. Where the earlier file is gone, a new one begins with the next row.
    pub(super) fn open(path: &Path, written: u64) -> Result<Self, Error> {
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(path)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(Error::other("另一导入正在写入 another import writes it"));
            }
            Err(TryLockError::Error(error)) => return Err(error),
        }
        let head = u64::try_from(HEAD.len()).unwrap_or_default();
        let mut first = Vec::new();
        (&mut file).take(head).read_to_end(&mut first)?;
        let length = file.metadata()?.len();
        // One that was killed before its first row leaves nothing else.
        let is_new = length <= head && HEAD.as_bytes().starts_with(&first);
        let mut results = Self { file, length };
        if is_new {
            results.back_to(0)?;
            results.append(HEAD)?;
        } else if written == 0 {
            return Err(Error::new(std::io::ErrorKind::AlreadyExists, "它已存在 it is there already"));
        } else if first != HEAD.as_bytes() || length < written {
            return Err(Error::other("不是该导入的结果文件 it is not the file of results of this import"));
        } else {
            results.back_to(written)?;
        }
        Ok(results)
    }

    /// Its length.
    pub(super) fn length(&self) -> u64 {
        self.length
    }

    /// Cuts off what is behind `length`.
    pub(super) fn back_to(&mut self, length: u64) -> Result<(), Error> {
        self.file.set_len(length)?;
        self.file.seek(SeekFrom::Start(length))?;
        self.length = length;
        Ok(())
    }

    /// Appends results and returns when they are on the disk.
    pub(super) fn put(&mut self, results: &[RowResult]) -> Result<(), Error> {
        let mut text = String::new();
        for result in results {
            result.put(&mut text);
        }
        self.append(&text)
    }

    fn append(&mut self, text: &str) -> Result<(), Error> {
        self.file.write_all(text.as_bytes())?;
        self.file.sync_data()?;
        self.length += u64::try_from(text.len()).unwrap_or_default();
        Ok(())
    }
}
