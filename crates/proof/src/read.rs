//! Reading a bundle within bounds.

use std::collections::BTreeSet;

use crate::model::{Bundle, FORMAT, Line};

/// Largest bundle, in bytes.
pub const MAX_BUNDLE: usize = 64 << 20;
/// Most lines.
pub const MAX_LINES: usize = 4_096;

/// Why a file is no bundle.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReadError {
    /// It is larger than [`MAX_BUNDLE`].
    #[error("larger than {MAX_BUNDLE} bytes")]
    TooLarge,
    /// It has more lines than [`MAX_LINES`].
    #[error("more than {MAX_LINES} lines")]
    TooManyLines,
    /// It does not end in a line feed: something is missing at its end.
    #[error("the last line is not whole")]
    Cut,
    /// A line is no part of a bundle.
    #[error("line {line}: {fault}")]
    Line {
        /// Its number, from 1.
        line: usize,
        /// What is wrong with it.
        fault: String,
    },
    /// A part that has to be there once is missing, or stands there twice or elsewhere.
    #[error("{0}")]
    Part(&'static str),
}

/// Parts that stand in a bundle once, while they are collected.
#[derive(Default)]
struct Once<T>(Option<T>);

impl<T> Once<T> {
    fn put(&mut self, value: T, twice: &'static str) -> Result<(), ReadError> {
        match self.0.replace(value) {
            None => Ok(()),
            Some(_) => Err(ReadError::Part(twice)),
        }
    }

    fn take(self, missing: &'static str) -> Result<T, ReadError> {
        self.0.ok_or(ReadError::Part(missing))
    }
}

/// Reads a bundle. What it says is judged by [`crate::check()`].
///
/// # Errors
/// [`ReadError`].
pub fn read(bytes: &[u8]) -> Result<Bundle, ReadError> {
    if bytes.len() > MAX_BUNDLE {
        return Err(ReadError::TooLarge);
    }
    let body = bytes.strip_suffix(b"\n").ok_or(ReadError::Cut)?;
    let lines: Vec<&[u8]> = body.split(|byte| *byte == b'\n').take(MAX_LINES + 1).collect();
    if lines.len() > MAX_LINES {
        return Err(ReadError::TooManyLines);
    }
    let (mut head, mut keys, mut seal, mut register, mut end) =
        (Once(None), Once(None), Once(None), Once(None), Once(None));
    let (mut system_keys, mut certificates, mut crls) = (Vec::new(), Vec::new(), Vec::new());
    let (mut checkpoints, mut entries) = (Vec::new(), Vec::new());
    for (index, line) in lines.iter().enumerate() {
        match one(index + 1, line)? {
            Line::Bundle(value) if index == 0 => head.put(value, "two first lines")?,
            Line::Bundle(_) => return Err(ReadError::Part("`bundle` is not the first line")),
            Line::End(value) if index + 1 == lines.len() => end.put(value, "two last lines")?,
            Line::End(_) => return Err(ReadError::Part("lines stand behind `end`")),
            Line::Keys(value) => keys.put(value, "`keys` twice")?,
            Line::Seal(value) => seal.put(value, "`seal` twice")?,
            Line::Register(value) => register.put(value, "`register` twice")?,
            Line::Key(value) => system_keys.push(value),
            Line::Certificate(value) => certificates.push(value),
            Line::Crl(value) => crls.push(value),
            Line::Checkpoint(value) => checkpoints.push(value),
            Line::Entry(value) => entries.push(value),
        }
    }
    let signed = body.len() - lines.last().map_or(0, |line| line.len());
    let bundle = Bundle {
        head: head.take("no `bundle` in the first line")?,
        keys: keys.take("no `keys`")?,
        seal: seal.take("no `seal`")?,
        register: register.take("no `register`")?,
        end: end.take("no `end` in the last line")?,
        system_keys,
        certificates,
        crls,
        checkpoints,
        entries,
        signed: body.get(..signed).unwrap_or_default().to_vec(),
    };
    whole(&bundle, lines.len())?;
    Ok(bundle)
}

fn one(number: usize, line: &[u8]) -> Result<Line, ReadError> {
    serde_json::from_slice(line).map_err(|error| ReadError::Line { line: number, fault: error.to_string() })
}

/// What the parts have to be among each other.
fn whole(bundle: &Bundle, lines: usize) -> Result<(), ReadError> {
    if bundle.head.format != FORMAT {
        return Err(ReadError::Part("another format"));
    }
    if u64::try_from(lines) != Ok(bundle.end.lines) {
        return Err(ReadError::Part("lines are missing or were added"));
    }
    let mut last = 0;
    for entry in &bundle.entries {
        if entry.seq <= last {
            return Err(ReadError::Part("entries are not in the order of their numbers"));
        }
        last = entry.seq;
    }
    let mut numbers = BTreeSet::new();
    if !bundle.checkpoints.iter().all(|checkpoint| numbers.insert(checkpoint.number)) {
        return Err(ReadError::Part("a checkpoint twice"));
    }
    Ok(())
}
