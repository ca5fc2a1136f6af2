//! The rows of a stock file, one by one and in bounded memory.
//!
//! What is wrong with one row is that row's refusal; only where the next row begins cannot be told any more is it a
//! fault of the file.

use std::fs::File;
use std::io::{BufRead, BufReader, Seek, SeekFrom};
use std::path::Path;

use csv_core::ReadRecordResult;
use protocol::endpoints::{BodyKind, SealFiling};
use protocol::wire::{Limits, Params};
use protocol::{ApiError, Code, Endpoint, Fault};

use super::columns;
use super::survey::SourceFault;

/// The longest row, in bytes: as long as a filing on the wire.
pub const MAX_ROW: usize = match SealFiling::INFO.body {
    BodyKind::Json { max_bytes } => max_bytes,
    BodyKind::Multipart => 4 << 20,
};
/// The most columns of a CSV file.
const MAX_COLUMNS: usize = 64;
/// The most fields of a row that are read at all, to say how many there are too many.
const MAX_FIELDS: usize = 1 << 12;
/// The byte order mark that some programs put before UTF-8.
const BOM: &[u8] = b"\xef\xbb\xbf";

/// How a stock file is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Comma-separated values (RFC 4180); the first line names the columns.
    Csv,
    /// One JSON object a line.
    JsonLines,
}

/// One row.
#[derive(Debug)]
pub(super) struct Row {
    /// Its number, from 1; the line that names the columns is none.
    pub(super) number: i64,
    /// Octets of the file up to the row's end.
    pub(super) end: u64,
    /// What stands in it, or why it cannot be read.
    pub(super) read: Result<Params, ApiError>,
}

/// Reads the rows of a file.
pub(super) struct Rows {
    source: BufReader<File>,
    at: u64,
    number: i64,
    form: Form,
}

enum Form {
    Csv(Box<Csv>),
    JsonLines,
}

struct Csv {
    columns: Vec<String>,
    reader: csv_core::Reader,
    text: Vec<u8>,
    ends: Vec<usize>,
}

impl Rows {
    /// Opens a file; `done` is where to go on: octets, and rows that are done.
    pub(super) fn open(path: &Path, format: Format, done: (u64, i64)) -> Result<Self, SourceFault> {
        let mut source = BufReader::with_capacity(1 << 18, File::open(path)?);
        let mark = source.fill_buf()?.starts_with(BOM);
        let at = if mark { BOM.len() } else { 0 };
        source.consume(at);
        let at = u64::try_from(at).unwrap_or_default();
        let mut rows = Self { source, at, number: 0, form: Form::JsonLines };
        if format == Format::Csv {
            let mut csv = Csv::default();
            let Some(names) = rows.record(&mut csv)? else {
                return Err(SourceFault::Columns("文件为空 the file is empty".to_owned()));
            };
            csv.columns = names;
            check_columns(&csv.columns)?;
            rows.form = Form::Csv(Box::new(csv));
        }
        if done.0 > rows.at {
            rows.source.seek(SeekFrom::Start(done.0))?;
            (rows.at, rows.number) = done;
            if let Form::Csv(csv) = &mut rows.form {
                csv.reader.reset();
            }
        }
        Ok(rows)
    }

    /// The next row; `None` at the end.
    pub(super) fn next(&mut self) -> Result<Option<Row>, SourceFault> {
        let mut form = std::mem::replace(&mut self.form, Form::JsonLines);
        let read = match &mut form {
            Form::Csv(csv) => {
                self.record(csv).map(|fields| fields.map(|fields| params(&csv.columns, &fields)))
            }
            Form::JsonLines => self.line(),
        };
        self.form = form;
        let Some(read) = read? else { return Ok(None) };
        self.number += 1;
        Ok(Some(Row { number: self.number, end: self.at, read }))
    }

    /// The fields of the next record of a CSV file.
    fn record(&mut self, csv: &mut Csv) -> Result<Option<Vec<String>>, SourceFault> {
        let (mut length, mut count) = (0, 0);
        loop {
            let input = self.source.fill_buf()?;
            let (text, ends) = (csv.text.get_mut(length..), csv.ends.get_mut(count..));
            let (result, used, put, ended) =
                csv.reader.read_record(input, text.unwrap_or_default(), ends.unwrap_or_default());
            self.source.consume(used);
            self.at += u64::try_from(used).unwrap_or_default();
            length += put;
            count += ended;
            match result {
                ReadRecordResult::InputEmpty => {}
                ReadRecordResult::OutputFull if csv.text.len() < MAX_ROW => {
                    csv.text.resize((csv.text.len() * 2).clamp(1 << 12, MAX_ROW), 0);
                }
                ReadRecordResult::OutputEndsFull if csv.ends.len() < MAX_FIELDS => {
                    csv.ends.resize(csv.ends.len() * 2, 0);
                }
                ReadRecordResult::OutputFull | ReadRecordResult::OutputEndsFull => {
                    let row = u64::try_from(self.number + 1).unwrap_or_default();
                    return Err(SourceFault::RowTooLong { row, max: MAX_ROW });
                }
                ReadRecordResult::Record => return csv.fields(count).map(Some),
                ReadRecordResult::End => return Ok(None),
            }
        }
    }

    /// The next line of JSON that is not empty.
    fn line(&mut self) -> Result<Option<Result<Params, ApiError>>, SourceFault> {
        loop {
            let mut line = Vec::new();
            let mut length = 0_usize;
            let ended = loop {
                let input = self.source.fill_buf()?;
                if input.is_empty() {
                    break true;
                }
                let feed = memchr::memchr(b'\n', input);
                let used = feed.map_or(input.len(), |at| at + 1);
                length = length.saturating_add(used);
                if length <= MAX_ROW + 2 {
                    line.extend_from_slice(input.get(..used).unwrap_or_default());
                }
                self.source.consume(used);
                self.at += u64::try_from(used).unwrap_or_default();
                if feed.is_some() {
                    break false;
                }
            };
            let text = line.trim_ascii();
            if length > MAX_ROW + 2 || text.len() > MAX_ROW {
                return Ok(Some(Err(too_long())));
            }
            if !text.is_empty() {
                return Ok(Some(Params::from_json(text, Limits::bytes(MAX_ROW)).and_then(known)));
            }
            if ended {
                return Ok(None);
            }
        }
    }
}

impl Default for Csv {
    fn default() -> Self {
        let reader = csv_core::Reader::new();
        Self { columns: Vec::new(), reader, text: vec![0; 1 << 12], ends: vec![0; MAX_COLUMNS] }
    }
}

impl Csv {
    /// The fields of the record that was read.
    fn fields(&self, count: usize) -> Result<Vec<String>, SourceFault> {
        let mut from = 0;
        let mut fields = Vec::new();
        for end in self.ends.iter().take(count) {
            let bytes = self.text.get(from..*end).unwrap_or_default();
            // The file was read once as UTF-8 and is no longer.
            let text = std::str::from_utf8(bytes).map_err(|_| SourceFault::Changed)?;
            fields.push(columns::unguarded(text).to_owned());
            from = *end;
        }
        Ok(fields)
    }
}

fn too_long() -> ApiError {
    let (zh, en) = (format!("每行最多 {MAX_ROW} 字节"), format!("a row has at most {MAX_ROW} bytes"));
    Fault::new(Code::TooLarge, "row.size", zh, en).on("").into()
}

fn check_columns(names: &[String]) -> Result<(), SourceFault> {
    if names.len() > MAX_COLUMNS {
        return Err(SourceFault::Columns(format!("最多 {MAX_COLUMNS} 列 at most {MAX_COLUMNS} columns")));
    }
    for (at, name) in names.iter().enumerate() {
        if !columns::is_known(name) {
            let shown: String = name.chars().filter(|c| !c.is_control()).take(64).collect();
            let known = columns::exported().join(",");
            let why =
                format!("没有名为 {shown:?} 的列 there is no column {shown:?}; 可用 there are: {known}");
            return Err(SourceFault::Columns(why));
        }
        if names.iter().take(at).any(|earlier| earlier == name) {
            return Err(SourceFault::Columns(format!("列 {name} 重复 the column {name} is there twice")));
        }
    }
    Ok(())
}

/// The parameters of a CSV record. An empty field is none.
fn params(names: &[String], fields: &[String]) -> Result<Params, ApiError> {
    if fields.len() != names.len() {
        let (have, want) = (fields.len(), names.len());
        let zh = format!("有 {have} 个字段，应为 {want} 个");
        let en = format!("it has {have} fields where there are {want} columns");
        return Err(Fault::malformed("row.fields", zh, en).on("").into());
    }
    let mut params = Params::new();
    for (name, text) in names.iter().zip(fields) {
        params.insert(name, columns::value(name, text))?;
    }
    Ok(params)
}

/// A row of JSON may not say what nobody reads: it may be a name that was misspelt.
fn known(params: Params) -> Result<Params, ApiError> {
    let unknown = params.iter().map(|(name, _)| name).find(|name| !columns::is_known(name));
    let fault =
        |name| Fault::malformed("row.column", "没有这一列", "there is no such column").on(name).into();
    let unknown: Option<ApiError> = unknown.map(fault);
    unknown.map_or(Ok(params), Err)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(text: &[u8], format: Format) -> Vec<Row> {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), text).unwrap();
        let mut rows = Rows::open(file.path(), format, (0, 0)).unwrap();
        let mut found = Vec::new();
        while let Some(row) = rows.next().unwrap() {
            found.push(row);
        }
        // From the end of each row the rest reads the same.
        for (index, row) in found.iter().enumerate() {
            let mut rest = Rows::open(file.path(), format, (row.end, row.number)).unwrap();
            let next = rest.next().unwrap();
            assert_eq!(
                next.map(|row| (row.number, row.end)),
                found.get(index + 1).map(|row| (row.number, row.end))
            );
        }
        found
    }

    fn text<'a>(row: &'a Row, name: &str) -> Option<&'a str> {
        row.read.as_ref().unwrap().text(name)
    }

    #[test]
    fn csv_with_everything_that_programs_write() {
        let source = "\u{feff}code,name,certType\r\nA-1,\"甲,\"\"乙\"\"\",2\r\n\r\n'=A,x,\r\nA-3,y\nA-4,\"two\nlines\",2\nA-5,z,2";
        let rows = all(source.as_bytes(), Format::Csv);
        assert_eq!(rows.len(), 5);
        assert_eq!(text(&rows[0], "name"), Some("甲,\"乙\""));
        assert_eq!(text(&rows[1], "code"), Some("=A"));
        assert!(rows[1].read.as_ref().unwrap().get("certType").is_none());
        let refused = |row: &Row| row.read.as_ref().unwrap_err().code();
        assert_eq!(refused(&rows[2]), Code::Malformed);
        assert_eq!(refused(&rows[3]), Code::Malformed, "a control character");
        assert_eq!((rows[4].number, text(&rows[4], "name")), (5, Some("z")));
    }

    #[test]
    fn columns_are_known_and_once() {
        for first in ["code,nmae\n", "code,code\n", "", "\"\"\n", "sign,name\n"] {
            let file = tempfile::NamedTempFile::new().unwrap();
            std::fs::write(file.path(), first).unwrap();
            let opened = Rows::open(file.path(), Format::Csv, (0, 0));
            assert!(matches!(opened, Err(SourceFault::Columns(_))), "{first:?}");
        }
    }

    #[test]
    fn a_row_too_long_is_refused_where_the_next_can_be_found() {
        let long = "x".repeat(MAX_ROW + 10);
        let source =
            format!("{{\"name\":\"a\"}}\n{{\"name\":\"{long}\"}}\n\n{{\"nmae\":\"c\"}}\n{{\"name\":\"d\"}}");
        let rows = all(source.as_bytes(), Format::JsonLines);
        assert_eq!(rows.len(), 4);
        assert_eq!(rows[1].read.as_ref().unwrap_err().code(), Code::TooLarge);
        assert_eq!(rows[2].read.as_ref().unwrap_err().code(), Code::Malformed);
        assert_eq!(text(&rows[3], "name"), Some("d"));

        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), format!("name\na\n\"{long}\nb\n")).unwrap();
        let mut rows = Rows::open(file.path(), Format::Csv, (0, 0)).unwrap();
        assert_eq!(text(&rows.next().unwrap().unwrap(), "name"), Some("a"));
        assert!(matches!(rows.next(), Err(SourceFault::RowTooLong { row: 2, .. })));
    }
}
