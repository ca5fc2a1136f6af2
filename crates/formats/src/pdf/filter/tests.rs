//! Filters against data whose plain form is known.

use super::{Decoded, decode, steps};
use crate::pdf::budget::Budget;
use crate::pdf::parser::Parser;
use crate::pdf::{Limits, PdfError};
use std::io::Write as _;

const MOST: usize = 1 << 20;

/// Decodes with the filters of a dictionary.
fn decoded(dictionary: &str, data: &[u8]) -> Result<Decoded, PdfError> {
    let dictionary = Parser::new(dictionary.as_bytes(), 0, &Limits::default()).dictionary()?;
    let steps = steps(&dictionary, &|object| Ok(object.clone()))?;
    decode(data, &steps, MOST, &Budget::new(4 * MOST, "decoded"))
}

fn plain(dictionary: &str, data: &[u8]) -> Vec<u8> {
    let decoded = decoded(dictionary, data).unwrap();
    assert_eq!(decoded.damage, None);
    decoded.bytes
}

fn zlib(data: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(data).unwrap();
    encoder.finish().unwrap()
}

#[test]
fn without_filters_the_bytes_stay() {
    assert_eq!(plain("<<>>", b"abc"), b"abc");
    assert_eq!(plain("<</Filter[]>>", b"abc"), b"abc");
    assert_eq!(plain("<</Filter/Crypt/DecodeParms<</Name/Identity>>>>", b"abc"), b"abc");
}

#[test]
fn flate_is_decoded_and_damage_is_told() {
    let text: Vec<u8> = (0..50_000_u32).flat_map(u32::to_le_bytes).collect();
    let mut data = zlib(&text);
    assert_eq!(plain("<</Filter/FlateDecode>>", &data), text);
    let cut_off = decoded("<</Filter/Fl>>", &data[..data.len() / 2]).unwrap();
    assert!(cut_off.damage.is_some() && !cut_off.bytes.is_empty() && text.starts_with(&cut_off.bytes));
    *data.last_mut().unwrap() ^= 1;
    let checksum = decoded("<</Filter/FlateDecode>>", &data).unwrap();
    assert_eq!((checksum.damage.is_some(), checksum.bytes), (true, text));
    assert!(matches!(decoded("<</Filter/FlateDecode>>", b"no zlib"), Err(PdfError::Filter(_))));
    assert_eq!(decoded("<</Filter/FlateDecode>>", b"").unwrap().bytes, b"");
}

#[test]
fn bombs_meet_the_bound() {
    let bomb = zlib(&vec![0; 4 * MOST]);
    assert!(matches!(decoded("<</Filter/FlateDecode>>", &bomb), Err(PdfError::Limit(_))));
    let twice = zlib(&bomb);
    assert!(matches!(decoded("<</Filter[/FlateDecode/FlateDecode]>>", &twice), Err(PdfError::Limit(_))));
    let runs = [129, 0].repeat(MOST / 64);
    assert!(matches!(decoded("<</Filter/RunLengthDecode>>", &runs), Err(PdfError::Limit(_))));
    assert!(matches!(decoded("<</Filter/ASCII85Decode>>", &b"z".repeat(MOST)), Err(PdfError::Limit(_))));
    let row = "<</Filter/FlateDecode/DecodeParms<</Predictor 15/Columns 268435456/Colors 1024/BitsPerComponent 16>>>>";
    assert!(matches!(decoded(row, &zlib(&[0; 8])), Err(PdfError::Limit(_))));
    let many = format!("<</Filter[{}]>>", "/RL".repeat(17));
    assert!(matches!(decoded(&many, b""), Err(PdfError::Limit(_))));
    // All together have a bound as well.
    let budget = Budget::new(10, "decoded");
    assert!(decode(b"12345678", &[], MOST, &budget).is_ok());
    assert_eq!(decode(b"12345678", &[], MOST, &budget), Err(PdfError::Limit("decoded")));
}

#[test]
fn ascii_filters() {
    assert_eq!(plain("<</Filter/ASCIIHexDecode>>", b"61 62\n7>zz"), b"abp");
    assert_eq!(plain("<</Filter/A85>>", b"87cUR D]i,\"Ebo80~>"), b"Hello World!");
    assert_eq!(plain("<</Filter/ASCII85Decode>>", b"z5l~>"), b"\0\0\0\0A");
    assert_eq!(plain("<</Filter[/AHx/AHx]>>", b"36 31 3E>"), b"a");
    for (filter, data) in [("A85", &b"vvvvv~>"[..]), ("A85", b"uuuuu~>"), ("A85", b"a~>z"), ("AHx", b"6x>")] {
        let result = decoded(&format!("<</Filter/{filter}>>"), data);
        assert_eq!(matches!(result, Err(PdfError::Filter(_))), data != b"a~>z", "{result:?}");
    }
}

#[test]
fn run_length() {
    assert_eq!(plain("<</Filter/RunLengthDecode>>", &[2, b'a', b'b', b'c', 254, b'x', 128, 9]), b"abcxxx");
    assert!(decoded("<</Filter/RL>>", &[5, b'a']).unwrap().damage.is_some());
}

/// Codes of LZW, packed as an encoder does: one more bit where the code after the next would not fit.
fn lzw(data: &[u8], early: usize) -> Vec<u8> {
    let (mut out, mut held, mut bits) = (Vec::new(), 0_u64, 0_u32);
    let mut table = std::collections::HashMap::<Vec<u8>, u64>::new();
    let mut emit = |code: u64, next: usize| {
        let width = usize::BITS - (next + early - 1).leading_zeros();
        held = held << width.clamp(9, 12) | code;
        bits += width.clamp(9, 12);
        while bits >= 8 {
            bits -= 8;
            out.push(u8::try_from(held >> bits & 0xFF).unwrap());
        }
        held &= (1 << bits) - 1;
    };
    emit(256, 258);
    let mut current: Vec<u8> = Vec::new();
    let code = |table: &std::collections::HashMap<Vec<u8>, u64>, text: &[u8]| match text {
        [byte] => u64::from(*byte),
        text => table[text],
    };
    for byte in data {
        let longer = [current.as_slice(), &[*byte]].concat();
        if longer.len() == 1 || table.contains_key(&longer) {
            current = longer;
            continue;
        }
        emit(code(&table, &current), 258 + table.len());
        table.insert(longer, 258 + table.len() as u64);
        current = vec![*byte];
        if table.len() == 4094 - 258 {
            emit(code(&table, &current), 258 + table.len());
            emit(256, 258 + table.len() + 1);
            table.clear();
            current.clear();
        }
    }
    if !current.is_empty() {
        emit(code(&table, &current), 258 + table.len());
    }
    emit(257, 258 + table.len() + 1);
    emit(0, 258);
    out
}

#[test]
fn lzw_with_and_without_early_change() {
    // The example of the standard (§7.4.4.2).
    let example = [0x80, 0x0B, 0x60, 0x50, 0x22, 0x0C, 0x0C, 0x85, 0x01];
    assert_eq!(plain("<</Filter/LZWDecode>>", &example), [45, 45, 45, 45, 45, 65, 45, 45, 45, 66]);
    let text: Vec<u8> = (0..60_000_u32).map(|at| u8::try_from(((at * at) >> 7) & 15).unwrap()).collect();
    assert_eq!(plain("<</Filter/LZW>>", &lzw(&text, 1)), text);
    let late = "<</Filter/LZWDecode/DecodeParms<</EarlyChange 0>>>>";
    assert_eq!(plain(late, &lzw(&text, 0)), text);
    // A code that is not known yet.
    assert!(matches!(decoded("<</Filter/LZW>>", &[0x80, 0x7F, 0xFF]), Err(PdfError::Filter(_))));
}

#[test]
fn png_predictors() {
    let parameters =
        |row: &str| format!("<</Filter/FlateDecode/DecodeParms[<</Predictor 12/Columns 3{row}>>]>>");
    let rows = [[0, 1, 2, 3], [1, 1, 1, 1], [2, 1, 1, 1], [3, 1, 1, 1], [4, 1, 1, 1]];
    let expected = [[1, 2, 3], [1, 2, 3], [2, 3, 4], [2, 3, 4], [3, 4, 5]];
    assert_eq!(plain(&parameters(""), &zlib(&rows.concat())), expected.concat());
    // The last row may be cut off; pixels may have several bytes.
    assert_eq!(plain(&parameters(""), &zlib(&[0, 1, 2, 3, 2, 1])), [1, 2, 3, 2]);
    assert_eq!(plain(&parameters("/Colors 2"), &zlib(&[1, 1, 2, 1, 1, 1, 1])), [1, 2, 2, 3, 3, 4]);
    assert!(matches!(decoded(&parameters(""), &zlib(&[5, 1, 2, 3])), Err(PdfError::Filter(_))));
    assert!(matches!(decoded(&parameters("/BitsPerComponent 7"), &zlib(&[0])), Err(PdfError::Filter(_))));
    assert!(matches!(decoded(&parameters("/Colors 0"), &zlib(&[0])), Err(PdfError::Filter(_))));
}

#[test]
fn tiff_predictor() {
    let undone = |parameters: &str, data: &[u8]| {
        plain(&format!("<</Filter/Fl/DecodeParms<</Predictor 2{parameters}>>>>"), &zlib(data))
    };
    assert_eq!(undone("/Columns 3", &[1, 1, 1, 5, 255, 1]), [1, 2, 3, 5, 4, 5]);
    assert_eq!(undone("/Columns 2/Colors 3", &[1, 2, 3, 1, 1, 1]), [1, 2, 3, 2, 3, 4]);
    assert_eq!(undone("/Columns 2/BitsPerComponent 16", &[0, 255, 0, 1]), [0, 255, 1, 0]);
    assert_eq!(undone("/Columns 8/BitsPerComponent 1", &[0b1100_0001]), [0b1000_0001]);
    assert_eq!(undone("/Columns 2/BitsPerComponent 4", &[0x1F]), [0x10]);
}

#[test]
fn pictures_unknown_filters_and_outside_data_are_refused() {
    for filter in ["DCTDecode", "DCT", "JPXDecode", "CCITTFaxDecode", "CCF", "JBIG2Decode", "Other"] {
        assert!(
            matches!(decoded(&format!("<</Filter/{filter}>>"), b""), Err(PdfError::Filter(_))),
            "{filter}"
        );
    }
    assert!(matches!(decoded("<</F(other)>>", b""), Err(PdfError::Filter(_))));
    assert!(matches!(decoded("<</Filter 1>>", b""), Err(PdfError::Filter(_))));
    assert!(matches!(decoded("<</Filter/Fl/DecodeParms 1>>", b""), Err(PdfError::Filter(_))));
}
