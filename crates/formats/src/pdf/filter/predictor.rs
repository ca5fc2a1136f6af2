//! Predictors of FlateDecode and LZWDecode (ISO 32000-1 §7.4.4.4): PNG and TIFF.

use super::{Decoded, TOO_LONG};
use crate::pdf::{Dictionary, PdfError};

const BAD: PdfError = PdfError::Filter("predictor");

/// How the samples lie.
struct Shape {
    colors: usize,
    bits: usize,
    /// Bytes of a row.
    row: usize,
}

impl Shape {
    fn of(parameters: &Dictionary) -> Result<Self, PdfError> {
        let value = |key: &[u8], default: usize, most: usize| match parameters.integer(key) {
            None if parameters.get(key).is_none() => Ok(default),
            Some(value) => usize::try_from(value).ok().filter(|value| (1..=most).contains(value)).ok_or(BAD),
            None => Err(BAD),
        };
        let (colors, bits) = (value(b"Colors", 1, 1024)?, value(b"BitsPerComponent", 8, 16)?);
        let columns = value(b"Columns", 1, 1 << 28)?;
        if !matches!(bits, 1 | 2 | 4 | 8 | 16) {
            return Err(BAD);
        }
        let row = columns.checked_mul(colors * bits).ok_or(TOO_LONG)?.div_ceil(8);
        Ok(Self { colors, bits, row })
    }

    /// Bytes from a sample to the one on its left.
    const fn step(&self) -> usize {
        (self.colors * self.bits).div_ceil(8)
    }
}

/// Undoes the predictor that the parameters name.
pub(super) fn undo(decoded: Decoded, parameters: &Dictionary, most: usize) -> Result<Decoded, PdfError> {
    let Decoded { mut bytes, damage } = decoded;
    let bytes = match parameters.integer(b"Predictor") {
        None | Some(1) => bytes,
        Some(2) => {
            tiff(&mut bytes, &Shape::of(parameters)?);
            bytes
        }
        Some(10..=15) => {
            let shape = Shape::of(parameters)?;
            if shape.row > most {
                return Err(TOO_LONG);
            }
            png(&bytes, &shape)?
        }
        Some(_) => return Err(BAD),
    };
    Ok(Decoded { bytes, damage })
}

/// Each row begins with a byte that names its filter; the last row may be cut off.
fn png(bytes: &[u8], shape: &Shape) -> Result<Vec<u8>, PdfError> {
    let mut out: Vec<u8> = Vec::with_capacity(bytes.len());
    let (mut above, step) = (vec![0_u8; shape.row.min(bytes.len())], shape.step());
    for line in bytes.chunks(shape.row + 1) {
        let Some((filter, line)) = line.split_first() else { break };
        let mut row = line.to_vec();
        undo_row(*filter, &mut row, &above, step)?;
        out.extend_from_slice(&row);
        above = row;
    }
    Ok(out)
}

fn undo_row(filter: u8, row: &mut [u8], above: &[u8], step: usize) -> Result<(), PdfError> {
    match filter {
        0 => {}
        2 => row.iter_mut().zip(above).for_each(|(byte, up)| *byte = byte.wrapping_add(*up)),
        1 | 3 | 4 => {
            for index in 0..row.len() {
                let left = index.checked_sub(step);
                let at = |row: &[u8], index: Option<usize>| {
                    index.and_then(|index| row.get(index)).copied().unwrap_or_default()
                };
                let (a, b, c) = (at(row, left), at(above, Some(index)), at(above, left));
                let guess = match filter {
                    1 => a,
                    3 => u8::midpoint(a, b),
                    _ => paeth(a, b, c),
                };
                if let Some(byte) = row.get_mut(index) {
                    *byte = byte.wrapping_add(guess);
                }
            }
        }
        _ => return Err(BAD),
    }
    Ok(())
}

/// The neighbour that is nearest to left + above - upper left.
fn paeth(a: u8, b: u8, c: u8) -> u8 {
    let (left, up, corner) = (i16::from(a), i16::from(b), i16::from(c));
    let (pa, pb, pc) = ((up - corner).abs(), (left - corner).abs(), (left + up - 2 * corner).abs());
    if pa <= pb && pa <= pc {
        a
    } else if pb <= pc {
        b
    } else {
        c
    }
}

/// Each sample is the difference from the one on its left.
fn tiff(bytes: &mut [u8], shape: &Shape) {
    for row in bytes.chunks_mut(shape.row) {
        match shape.bits {
            8 => tiff_bytes(row, shape.colors),
            16 => tiff_words(row, shape.colors),
            bits => tiff_bits(row, shape.colors, bits),
        }
    }
}

fn tiff_bytes(row: &mut [u8], colors: usize) {
    for index in colors..row.len() {
        let left = row.get(index - colors).copied().unwrap_or_default();
        if let Some(byte) = row.get_mut(index) {
            *byte = byte.wrapping_add(left);
        }
    }
}

fn tiff_words(row: &mut [u8], colors: usize) {
    let word = |row: &[u8], index: usize| {
        row.get(2 * index..).and_then(|rest| rest.first_chunk()).map_or(0, |pair| u16::from_be_bytes(*pair))
    };
    for index in colors..row.len() / 2 {
        let sum = word(row, index).wrapping_add(word(row, index - colors));
        if let Some(place) = row.get_mut(2 * index..2 * index + 2) {
            place.copy_from_slice(&sum.to_be_bytes());
        }
    }
}

/// Samples of one, two or four bits.
fn tiff_bits(row: &mut [u8], colors: usize, bits: usize) {
    let (mask, each) = ((1_u8 << bits) - 1, 8 / bits);
    let shift = |index: usize| 8 - bits - (index % each) * bits;
    let sample =
        |row: &[u8], index: usize| row.get(index / each).map_or(0, |byte| byte >> shift(index) & mask);
    for index in colors..row.len() * each {
        let sum = sample(row, index).wrapping_add(sample(row, index - colors)) & mask;
        if let Some(byte) = row.get_mut(index / each) {
            *byte = *byte & !(mask << shift(index)) | sum << shift(index);
        }
    }
}
