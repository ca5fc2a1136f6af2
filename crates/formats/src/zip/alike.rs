//! Names that one reader or file system takes for one, and another for two.

use super::entry::Entry;
use super::fact::{Fact, SameName};
use super::facts::Facts;
use std::collections::HashMap;
use std::hash::{Hash as _, Hasher as _};
use unicode_normalization::UnicodeNormalization;

/// The upper half of code page 437, in which APPNOTE appendix D writes names without the flag of UTF-8.
const CODE_PAGE_437: &str = "ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜ¢£¥₧ƒáíóúñÑªº¿⌐¬½¼¡«»░▒▓│┤╡╢╖╕╣║╗╝╜╛┐└┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀\
αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■\u{a0}";

/// Encodings that readers take names for, beside code page 437: those of systems in Chinese and of western ones.
static ENCODINGS: [&encoding_rs::Encoding; 3] =
    [encoding_rs::GBK, encoding_rs::BIG5, encoding_rs::WINDOWS_1252];

/// Other readings of names that are not ASCII, and the position of the first entry that has each. Digests stand for them:
/// there may be many long ones, and two with one digest make a file open to doubt and nothing else.
pub(super) type Readings = HashMap<u64, usize>;

/// Notes entries whose names differ, yet may be one where they are read otherwise or unpacked to a disk. `by_lower` has
/// the entries by their paths in lower case, among which meetings were noted before.
pub(super) fn note(
    bytes: &[u8],
    entries: &[Entry],
    by_lower: &HashMap<String, usize>,
    facts: &mut Facts<'_>,
) -> Readings {
    // Only names that change by folding need a place of their own.
    let mut by_fold: HashMap<String, usize> = HashMap::new();
    let mut changed = Vec::new();
    for entry in entries {
        let lower = entry.path.to_lowercase();
        let fold = folded(&entry.path);
        if fold != lower {
            changed.push((entry, fold));
        }
    }
    for (entry, fold) in changed {
        let earlier = by_lower.get(&fold).or_else(|| by_fold.get(&fold)).copied();
        match earlier.filter(|other| *other != entry.index) {
            Some(other) => facts.push(alike(other, entry.index)),
            None => drop(by_fold.insert(fold, entry.index)),
        }
    }
    let mut readings = Readings::new();
    // There are readers that do not heed the flag of UTF-8.
    for entry in entries.iter().filter(|entry| !entry.name.is_ascii()) {
        let raw = bytes.get(entry.raw_name.clone()).unwrap_or_default();
        let all = ENCODINGS.iter().map(|encoding| encoding.decode_without_bom_handling(raw).0.into_owned());
        for reading in all.chain([code_page_437(raw), String::from_utf8_lossy(raw).into_owned()]) {
            let fold = folded(&super::name::to_path(&reading));
            let other = by_lower.get(&fold).or_else(|| by_fold.get(&fold)).copied();
            match other {
                Some(other) if other != entry.index => facts.push(alike(other, entry.index)),
                Some(_) => {}
                None => drop(readings.entry(digest(&fold)).or_insert(entry.index)),
            }
        }
    }
    readings
}

/// The entry that a reader of another encoding finds at this path.
pub(super) fn find(readings: &Readings, path: &str) -> Option<usize> {
    if readings.is_empty() { None } else { readings.get(&digest(&folded(path))).copied() }
}

fn digest(text: &str) -> u64 {
    let mut hasher = std::hash::DefaultHasher::new();
    text.hash(&mut hasher);
    hasher.finish()
}

fn alike(one: usize, other: usize) -> Fact {
    Fact::DuplicateName { first: one.min(other), second: one.max(other), same: SameName::Reading }
}

/// What is left of a path where case, the way of composing characters and characters that nobody sees do not count, nor
/// what some file systems cut off a name: dots and spaces at its end, and a stream behind a colon.
fn folded(path: &str) -> String {
    let mut all = String::with_capacity(path.len());
    for segment in path.split('/') {
        if !all.is_empty() {
            all.push('/');
        }
        let name = segment.split(':').next().unwrap_or_default();
        if name.is_ascii() {
            all.push_str(&name.trim_end_matches(['.', ' ']).to_ascii_lowercase());
            continue;
        }
        let seen: String = name.nfc().filter(|c| !is_unseen(*c)).collect();
        let upper = seen.trim_end_matches(|c: char| c == '.' || c.is_whitespace()).to_uppercase();
        all.extend(upper.to_lowercase().nfc());
    }
    all
}

/// Characters without a look of their own, which file systems pass over.
fn is_unseen(c: char) -> bool {
    matches!(
        c,
        '\u{ad}' | '\u{34f}' | '\u{180b}'..='\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}'
    )
}

fn code_page_437(raw: &[u8]) -> String {
    let upper: Vec<char> = CODE_PAGE_437.chars().collect();
    let one = |byte: &u8| match byte.checked_sub(0x80) {
        None => char::from(*byte),
        Some(at) => upper.get(usize::from(at)).copied().unwrap_or(char::REPLACEMENT_CHARACTER),
    };
    raw.iter().map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_code_page_is_whole() {
        assert_eq!(CODE_PAGE_437.chars().count(), 128);
        assert_eq!(code_page_437(b"a\x80\x9c\xe1\xff"), "aÇ£ß\u{a0}");
    }

    #[test]
    fn what_readers_take_for_one_name_folds_to_one() {
        for same in [
            ["Doc_0/Content.xml", "doc_0/CONTENT.XML. ."],
            ["Doc_0/Content.xml", "Doc_0 /Content.xml::$DATA"],
            ["Caf\u{e9}.xml", "cafe\u{301}.xml"],
            ["页\u{200b}面.xml", "页面.xml"],
            ["Straße.xml", "STRASSE.XML"],
            ["\u{212a}.xml", "k.xml"],
        ] {
            assert_eq!(folded(same[0]), folded(same[1]), "{same:?}");
        }
        for different in [["页面.xml", "页百.xml"], ["a.b", "ab"], ["a/b", "ab"], ["a b", "ab"]] {
            assert_ne!(folded(different[0]), folded(different[1]), "{different:?}");
        }
    }
}
