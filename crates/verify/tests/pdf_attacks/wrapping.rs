//! Signature wrapping: the second range is moved, and what stands in the gap is shown.

use sealbridge_verify::catalogue as rule;

use crate::Case;
use crate::base::*;

pub(crate) fn cases() -> Vec<Case> {
    let seal = usual(By::Seal);
    let range = seal.range;
    let number = |index: usize, by: i64| {
        let mut numbers = range.map(|number| i64::try_from(number).unwrap());
        numbers[index] += by;
        numbers
    };
    let text = |numbers: [i64; 4]| numbers.map(|number| number.to_string()).join(" ");
    let exchanged = |numbers: [i64; 4]| {
        let (from, to) = (text(range.map(|number| i64::try_from(number).unwrap())), text(numbers));
        let width = from.len().max(to.len());
        // The writer leaves blanks behind the numbers.
        patched(&seal.pdf, &format!("{from:width$}"), &format!("{to:width$}"))
    };
    vec![
        Case::of("swa-wrapped", wrapped(&usual(By::Seal)))
            .says(
                "第二段已签字节后移，空隙中放入伪造对象",
                "the second range is moved back, forged objects stand in the gap",
            )
            .bad(&rule::SIGNATURE_GAP),
        Case::of("swa-plain-wrapped", wrapped(&usual(By::Cms)))
            .says("对数字签名文档作同样的移动", "the same in a plainly signed document")
            .bad(&rule::SIGNATURE_GAP),
        Case::of("gap-wide", exchanged(number(1, -16)))
            .says("空隙宽于签名值", "the gap is wider than the value")
            .bad(&rule::SIGNATURE_GAP),
        Case::of("range-not-from-start", exchanged(number(0, 1)))
            .says("范围不从文件开头起", "the ranges do not begin at the start of the file")
            .bad(&rule::BYTE_RANGE),
        Case::of("range-short", exchanged(number(3, -9)))
            .says("范围不到修订版末尾", "the ranges end before the revision does")
            .bad(&rule::SIGNATURE_REVISION),
        Case::of("value-with-comment", commented(&seal))
            .says("签名值的填充零改为其他字节", "the zeros behind the value are other bytes")
            .unknown(&rule::SIGNATURE_PADDING),
    ]
}

/// Bytes behind the value where zeros should be: nobody signed them.
fn commented(seal: &Sealed) -> Vec<u8> {
    let mut out = seal.pdf.clone();
    let end = seal.range[2] - 1;
    out[end - 16..end].copy_from_slice(hex::encode(&FORGED.as_bytes()[..8]).as_bytes());
    out
}

/// The file wrapped: both ranges as they were, the second moved; the forged update stands where the signed table stood.
fn wrapped(seal: &Sealed) -> Vec<u8> {
    let [_, first, second, length] = seal.range;
    let table = startxref(&seal.pdf);
    let tail = &seal.pdf[second..second + length];
    let mut out = seal.pdf[..first].to_vec();
    out.extend_from_slice(seal.contents());
    // The numbers are known when everything has its place; the width stays the same.
    let numbers = |moved: usize| format!("/ByteRange[0 {first} {moved:08} {length}]>>\nendobj\n");
    let begin = out.len();
    out.extend_from_slice(numbers(0).as_bytes());
    let content_at = out.len();
    let forged = content(&format!("Contract, page 1. Amount {FORGED}"));
    out.extend_from_slice(format!("{CONTENT} 0 obj\n{forged}\nendobj\n").as_bytes());
    assert!(out.len() < table, "the forged object does not fit");
    out.resize(table, b' ');
    let places = listed(&seal.pdf, table);
    let room = section(&places, "", Some(0)).len() + 60;
    let moved = out.len() + room;
    let shift = moved - second;
    let places: Vec<(u32, usize)> = places
        .into_iter()
        .map(|(number, at)| (number, if at >= second { at + shift } else { at }))
        .chain([(CONTENT, content_at)])
        .collect();
    out.extend_from_slice(section(&places, "", Some(previous(&seal.pdf))).as_bytes());
    out.extend_from_slice(b"89 0 obj\n<<");
    assert!(out.len() <= moved);
    out.resize(moved, b' ');
    out.extend_from_slice(tail);
    let numbers = numbers(moved);
    out[begin..begin + numbers.len()].copy_from_slice(numbers.as_bytes());
    out
}

/// The entries of the table that begins here.
fn listed(pdf: &[u8], table: usize) -> Vec<(u32, usize)> {
    let file = formats::pdf::Pdf::open(pdf, &formats::pdf::Limits::default()).unwrap();
    let section = file.sections().iter().find(|section| section.offset == table).unwrap();
    let entries = section.entries.iter().filter_map(|(number, entry)| match entry {
        formats::pdf::Entry::File { offset, .. } => Some((*number, *offset)),
        _ => None,
    });
    entries.collect()
}

fn previous(pdf: &[u8]) -> usize {
    let file = formats::pdf::Pdf::open(pdf, &formats::pdf::Limits::default()).unwrap();
    file.sections()[1].offset
}
