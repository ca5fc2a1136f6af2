//! What an open entry file tells of the document's content: keywords and custom data (GB/T 33190 §7.4).
//!
//! Programs that book invoices take the amount, the date and the numbers from there. Where no signature covers the entry
//! file, anybody can write another amount. So what holds a number must stand in what is signed as well: in the text of the
//! pages or in the custom tags.

use std::collections::{BTreeSet, HashSet};

use formats::ofd::{Package, Role, Told};

use super::coverage::Shown;
use super::gather::Signatures;
use crate::catalogue as rule;
use crate::finding::Findings;
use crate::options::Profile;
use crate::text::{Detail, printable};
use crate::verdict::Status;

/// Names told in one hint.
const NAMED: usize = 8;
/// Values of one package that are compared; what is beyond is not vouched for.
const COMPARED: usize = 256;
/// Numbers that are long enough to be no chance where they stand in pieces, as a check code does.
const LONG: usize = 10;
/// Digits as amounts are written out.
const WRITTEN_OUT: &str = "零壹贰貳叁參肆伍陆陸柒捌玖拾佰仟萬万億亿";
/// In lower case: parts of names of custom data that tell of the program which wrote the file, and of nothing in it.
const OF_PROGRAM: [&str; 4] = ["producer", "creator", "generator", "version"];
const OF_SYSTEM: [&str; 2] = ["os.", "java."];

/// Names the values that no signature covers and nothing signed tells.
pub(super) fn judge(
    package: &Package<'_>,
    shown: &Shown,
    covered: &HashSet<String>,
    signatures: &Signatures<'_>,
    profile: Profile,
    findings: &mut Findings,
) {
    if covered.contains(&shown.entry) && signatures.leaving_open(&shown.entry, None).is_empty() {
        return;
    }
    let mut left = COMPARED;
    let mut naked = Vec::new();
    for body in package.bodies() {
        let told: Vec<&Told> = body.told.iter().filter(|told| tells_number(told)).collect();
        if told.is_empty() {
            continue;
        }
        let signed = Signed::of(package, shown, covered, shown.of_body(body.index));
        for told in told {
            let is_compared = left > 0;
            left = left.saturating_sub(1);
            if !(is_compared && signed.tells(&told.value)) && naked.len() <= NAMED {
                naked.push(format!("{}={}", printable(&told.name), printable(&told.value)));
            }
        }
    }
    if naked.is_empty() {
        return;
    }
    let names = Detail::list(naked.iter().map(String::as_str), NAMED);
    let detail = Detail::new(
        format!("{} 未受保护，已签名的版面文字中也没有", names.zh),
        format!("{}: covered by no signature, and not in the signed text of the pages", names.en),
    );
    let status = if profile == Profile::Strict { Status::Bad } else { Status::Unknown };
    findings.add_with(&rule::COVERAGE_ENTRY, status, detail);
}

/// Whether a value holds a number, and not one of the program that wrote the file.
fn tells_number(told: &Told) -> bool {
    let name = told.name.trim().to_lowercase();
    let is_of_program = name.is_ascii()
        && (OF_PROGRAM.iter().any(|part| name.contains(part))
            || OF_SYSTEM.iter().any(|part| name.starts_with(part)));
    !is_of_program && told.value.chars().any(is_digit)
}

fn is_digit(character: char) -> bool {
    character.is_numeric() || WRITTEN_OUT.contains(character)
}

/// The numbers in what is signed.
#[derive(Debug, Default)]
struct Signed {
    /// Each by itself.
    all: HashSet<String>,
    /// In their order; nothing between two files.
    order: Vec<String>,
}

impl Signed {
    /// Reads the covered files of a document that have words. What cannot be read tells nothing.
    fn of(
        package: &Package<'_>,
        shown: &Shown,
        covered: &HashSet<String>,
        of_body: &BTreeSet<String>,
    ) -> Self {
        let has_words =
            |role| matches!(role, Role::Page | Role::Template | Role::PageAnnotations | Role::CustomTag);
        let mut signed = Self::default();
        for path in shown.reach.paths(has_words) {
            if covered.contains(path) && of_body.contains(path) {
                signed.add(package.words(path).unwrap_or_default().iter().map(String::as_str));
            }
        }
        signed
    }

    fn add<'t>(&mut self, texts: impl Iterator<Item = &'t str>) {
        let mut letters = String::new();
        for number in texts.flat_map(numbers) {
            // Some writers put each character by itself.
            if number.chars().count() == 1 {
                letters.push_str(&number);
            } else {
                self.all.extend(forms(&std::mem::take(&mut letters)));
            }
            self.all.extend(forms(&number));
            self.order.push(number);
        }
        self.all.extend(forms(&letters));
        self.order.push(String::new());
    }

    /// Whether every number of a value stands there.
    fn tells(&self, value: &str) -> bool {
        let numbers = numbers(value);
        let whole = numbers.concat();
        self.has_in_pieces(&whole)
            || numbers.iter().filter(|number| number.chars().any(is_digit)).all(|number| self.has(number))
    }

    fn has(&self, number: &str) -> bool {
        forms(number).iter().any(|form| self.all.contains(form)) || self.has_in_pieces(number)
    }

    /// A date as three numbers, or a long number as several, one behind the other.
    fn has_in_pieces(&self, number: &str) -> bool {
        if let Some(date) = date(number) {
            let is_date = |parts: &[String]| self::date(&parts.join("-")).is_some_and(|other| other == date);
            return self.order.windows(3).any(is_date);
        }
        let is_long = number.len() >= LONG && number.bytes().all(|byte| byte.is_ascii_alphanumeric());
        is_long && (0..self.order.len()).any(|start| self.begins_at(start, number))
    }

    fn begins_at(&self, start: usize, number: &str) -> bool {
        let mut left = number;
        for part in self.order.get(start..).unwrap_or_default() {
            match left.strip_prefix(part.as_str()).filter(|_| !part.is_empty()) {
                Some("") => return true,
                Some(rest) => left = rest,
                None => return false,
            }
        }
        false
    }
}

/// The numbers and words of ASCII in a text, in their order, in capitals: without separators of thousands, and dates with
/// hyphens.
fn numbers(text: &str) -> Vec<String> {
    let letters: Vec<char> = text.chars().map(narrow).collect();
    let at = |index: Option<usize>| index.and_then(|index| letters.get(index)).copied().unwrap_or(' ');
    let mut plain = String::with_capacity(text.len());
    for (index, letter) in letters.iter().enumerate() {
        let before = at(index.checked_sub(1));
        let next = at(index.checked_add(1));
        match letter {
            ',' if before.is_ascii_digit() && is_thousand(letters.get(index + 1..).unwrap_or_default()) => {}
            // White space around the words of a date says nothing.
            letter if letter.is_whitespace() && is_of_date(next) => {}
            letter if letter.is_whitespace() && is_of_date(before) => {}
            '年' | '月' => plain.push('-'),
            letter if is_digit(*letter) || letter.is_ascii_alphabetic() => plain.push(*letter),
            '.' | '-' | '/' => plain.push(*letter),
            _ => plain.push(' '),
        }
    }
    // A point by itself is one of a number whose characters stand apart.
    let cut = |word| match word {
        "." => word,
        word => str::trim_start_matches(str::trim_end_matches(word, ['.', '-', '/']), ['.', '/']),
    };
    let words = plain.split(' ').map(cut).filter(|word| !word.is_empty());
    words
        .map(|word| word.strip_prefix("RMB").or(word.strip_prefix("CNY")).unwrap_or(word).to_owned())
        .collect()
}

/// In capitals, and the letters of the full width as those of ASCII.
fn narrow(letter: char) -> char {
    let narrow = match letter {
        '\u{ff01}'..='\u{ff5e}' => u32::from(letter).checked_sub(0xfee0).and_then(char::from_u32),
        _ => None,
    };
    narrow.unwrap_or(letter).to_ascii_uppercase()
}

const fn is_of_date(letter: char) -> bool {
    matches!(letter, '年' | '月' | '日')
}

/// Whether these are three digits and no fourth.
fn is_thousand(rest: &[char]) -> bool {
    rest.len() >= 3
        && rest.iter().take(3).all(char::is_ascii_digit)
        && !rest.get(3).is_some_and(char::is_ascii_digit)
}

/// The forms in which a number is compared: an amount without zeros at its end, and a date as one.
fn forms(number: &str) -> Vec<String> {
    let is_amount = number.contains('.')
        && number.matches('.').count() == 1
        && number.trim_start_matches('-').chars().all(|letter| letter.is_ascii_digit() || letter == '.');
    let plain = if is_amount {
        number.trim_end_matches('0').trim_end_matches('.').to_owned()
    } else {
        number.to_owned()
    };
    let date = date(number).map(|(year, month, day)| format!("{year}-{month}-{day}"));
    std::iter::once(plain).filter(|plain| !plain.is_empty()).chain(date).collect()
}

/// A date: `2026-3-1`, with points or strokes too, or its eight digits.
fn date(number: &str) -> Option<(u16, u8, u8)> {
    let is_whole = number.len() == 8 && number.bytes().all(|byte| byte.is_ascii_digit());
    let parts: Vec<&str> = if is_whole {
        vec![number.get(..4)?, number.get(4..6)?, number.get(6..)?]
    } else {
        number.split(['-', '/', '.']).collect()
    };
    let [year, month, day] = parts.try_into().ok()?;
    let (year, month, day): (u16, u8, u8) = (year.parse().ok()?, month.parse().ok()?, day.parse().ok()?);
    let is_date = (1900..2200).contains(&year) && (1..=12).contains(&month) && (1..=31).contains(&day);
    is_date.then_some((year, month, day))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tells(texts: &[&str], value: &str) -> bool {
        let mut signed = Signed::default();
        signed.add(texts.iter().copied());
        signed.tells(value)
    }

    #[test]
    fn what_is_signed_tells_a_value_in_any_form() {
        for (texts, value) in [
            (&["金额 10600.00 元"][..], "10600.00"),
            (&["¥10,600.00"], "10600"),
            (&["￥１０６００．００"], "10600.0"),
            (&["开票日期 2020 年 08 月 05 日"], "2020年08月05日"),
            (&["2020年8月5日"], "20200805"),
            (&["2020-08-05"], "2020/8/5"),
            (&["2020", "年", "08", "月", "05", "日"], "2020年08月05日"),
            (&["16630 28298 09915 10014"], "16630282980991510014"),
            (&["16630", "28298", "09915", "10014"], "16630 28298 09915 10014"),
            (&["91500102563638729e"], "91500102563638729E"),
            (&["壹万零陆佰圆整"], "壹万零陆佰元整"),
            (&["1", "0", "6", "0", "0", ".", "0", "0"], "10600"),
            (&["沙坪坝区狮子路11号"], "狮子路11号"),
        ] {
            assert!(tells(texts, value), "{texts:?} {value}");
        }
    }

    #[test]
    fn another_number_is_not_told() {
        for (texts, value) in [
            (&["10600.00"][..], "99600.00"),
            (&["10600.00"], "600.00"),
            (&["10600.00"], "1060000"),
            (&["1", "10600.00"], "110600.00"),
            (&["1 10600.00"], "110600.00"),
            (&["2020年08月05日"], "2020年05月08日"),
            (&["壹万零陆佰圆整"], "玖万玖仟陆佰圆整"),
            (&["10600.00"], "-10600.00"),
            (&["12", "34"], "1234"),
            (&[], "１"),
        ] {
            assert!(!tells(texts, value), "{texts:?} {value}");
        }
    }

    #[test]
    fn what_a_program_tells_of_itself_is_no_number_of_the_document() {
        let told =
            |name: &str, value: &str| tells_number(&Told { name: name.to_owned(), value: value.to_owned() });
        for (name, value) in
            [("producer-version", "v1.0.0518.2"), ("os.version", "6.1"), ("购买方", "某公司")]
        {
            assert!(!told(name, value), "{name}");
        }
        for (name, value) in [("价税合计", "1"), ("Total", "①"), ("大写", "壹"), ("发票版本version", "1")]
        {
            assert!(told(name, value), "{name}");
        }
    }
}
