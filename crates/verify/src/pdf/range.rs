//! The bytes that are signed (ISO 32000-1 §12.8.1): the form of `ByteRange`, and the gap it leaves.

use std::ops::Range;

use formats::pdf::{Dictionary, Object, Pdf};

use crate::text::Detail;

/// Two ranges of bytes with one gap between them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ByteRange {
    pub(super) first: Range<usize>,
    pub(super) second: Range<usize>,
}

impl ByteRange {
    /// What is left out.
    pub(super) fn gap(&self) -> Range<usize> {
        self.first.end..self.second.start
    }

    /// Where what is signed ends.
    pub(super) fn end(&self) -> usize {
        self.second.end
    }

    /// How much is signed.
    pub(super) fn len(&self) -> usize {
        self.first.len().saturating_add(self.second.len())
    }

    /// For people.
    pub(super) fn words(&self) -> String {
        let (first, second) = (&self.first, &self.second);
        format!("[{}, {}) [{}, {})", first.start, first.end, second.start, second.end)
    }
}

/// Reads the ranges of a signature dictionary. A fault goes along with ranges that can be digested all the same.
pub(super) fn read(
    dictionary: &Dictionary,
    pdf: Option<&Pdf<'_>>,
    len: usize,
) -> (Option<ByteRange>, Option<Detail>) {
    let fault = |zh: &str, en: &str| Some(Detail::new(zh, en));
    let value = dictionary.get(b"ByteRange");
    let resolved = value.and_then(|value| match pdf {
        Some(pdf) => pdf.resolve(value).ok().map(std::borrow::Cow::into_owned),
        None => Some(value.clone()),
    });
    let Some(items) = resolved.as_ref().and_then(Object::as_array) else {
        return (None, fault("缺失或不是数组", "missing, or no array"));
    };
    let [a, b, c, d] = items else {
        let count = items.len();
        return (
            None,
            Some(Detail::new(format!("有 {count} 个数，应为 4 个"), format!("{count} numbers instead of 4"))),
        );
    };
    let number = |object: &Object| match object {
        Object::Integer(number) => usize::try_from(*number).ok(),
        _ => None,
    };
    let (Some(a), Some(b), Some(c), Some(d)) = (number(a), number(b), number(c), number(d)) else {
        return (None, fault("含有负数或非整数", "a number is negative or not whole"));
    };
    let (Some(first_end), Some(second_end)) = (a.checked_add(b), c.checked_add(d)) else {
        return (None, fault("数值溢出", "a number is too large"));
    };
    if second_end > len || first_end > len {
        return (None, fault("超出文件末尾", "it goes beyond the end of the file"));
    }
    if b == 0 || d == 0 {
        return (None, fault("范围为空", "a range is empty"));
    }
    if first_end > c {
        return (None, fault("两段范围重叠或次序颠倒", "the ranges overlap or are not in order"));
    }
    let range = ByteRange { first: a..first_end, second: c..second_end };
    if a != 0 {
        return (Some(range), fault("不从文件开头起", "it does not begin at the start of the file"));
    }
    (Some(range), None)
}

/// The bytes of a hexadecimal string token with its brackets (ISO 32000-1 §7.3.4.3); none for another token.
pub(super) fn hexadecimal(token: &[u8]) -> Option<Vec<u8>> {
    let inside = token.strip_prefix(b"<")?.strip_suffix(b">")?;
    let digits = inside.iter().filter(|byte| !super::file::is_white(**byte));
    let mut bytes = Vec::with_capacity(inside.len() / 2 + 1);
    let mut high: Option<u8> = None;
    for digit in digits {
        let value = char::from(*digit).to_digit(16).and_then(|value| u8::try_from(value).ok())?;
        match high.take() {
            None => high = Some(value),
            Some(first) => bytes.push(first << 4 | value),
        }
    }
    bytes.extend(high.map(|first| first << 4));
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dictionary(numbers: &[i64]) -> Dictionary {
        let items = numbers.iter().map(|number| Object::Integer(*number)).collect();
        Dictionary::new().with(b"ByteRange", Object::Array(items))
    }

    #[test]
    fn only_four_rising_numbers_inside_the_file_are_ranges() {
        let (range, fault) = read(&dictionary(&[0, 10, 20, 30]), None, 50);
        assert_eq!(range, Some(ByteRange { first: 0..10, second: 20..50 }));
        assert_eq!(fault, None);
        for bad in [
            &[0, 10, 20][..],
            &[0, 10, 20, 30, 0, 0],
            &[0, -1, 20, 30],
            &[0, 0, 0, 0],
            &[0, 10, 20, 31],
            &[0, 25, 20, 30],
            &[0, i64::MAX, i64::MAX, i64::MAX],
            &[0, 10, 20, 0],
        ] {
            let (range, fault) = read(&dictionary(bad), None, 50);
            assert!(range.is_none() && fault.is_some(), "{bad:?}");
        }
        let (range, fault) = read(&dictionary(&[1, 9, 20, 30]), None, 50);
        assert!(range.is_some() && fault.is_some());
        assert!(read(&Dictionary::new(), None, 50).1.is_some());
    }

    #[test]
    fn hexadecimal_strings_are_read_as_they_stand() {
        assert_eq!(hexadecimal(b"<30 8\n2>"), Some(vec![0x30, 0x82]));
        assert_eq!(hexadecimal(b"<308>"), Some(vec![0x30, 0x80]));
        assert_eq!(hexadecimal(b"<>"), Some(Vec::new()));
        assert_eq!(hexadecimal(b"(30)"), None);
        assert_eq!(hexadecimal(b"<3g>"), None);
        assert_eq!(hexadecimal(b"<"), None);
    }
}
