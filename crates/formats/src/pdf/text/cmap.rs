//! CMaps (ISO 32000-1 §9.7.5, §9.10.3): how long codes are, and what they stand for.

use std::collections::HashSet;

use crate::pdf::PdfError;
use crate::pdf::lexer::{Lexer, Token};

/// The longest text of one code in UTF-16 units.
const MOST_UNITS: usize = 32;

/// What is read of a CMap.
#[derive(Clone, Debug, Default)]
pub(super) struct CMap {
    /// Length of the codes that begin with each byte, 0 where none do.
    lens: Option<Box<[u8; 256]>>,
    /// First code, last code, what the first stands for; in rising order after [`Self::sort`].
    cids: Vec<(u32, u32, u32)>,
    /// The same with text, of which the last unit counts up.
    texts: Vec<(u32, u32, Vec<u16>)>,
    /// Lines are written downwards.
    pub(super) vertical: bool,
    /// The CMap that this one goes on from.
    pub(super) parent: Option<Vec<u8>>,
}

impl CMap {
    /// Two bytes a code, which is the CID.
    pub(super) fn identity(vertical: bool) -> Self {
        let cids = vec![(0, 0xFFFF, 0)];
        Self { lens: Some(Box::new([2; 256])), cids, vertical, ..Self::default() }
    }

    /// Reads a CMap. Each entry costs one of `entries`; what is no CMap is passed over.
    pub(super) fn parse(bytes: &[u8], entries: &mut usize) -> Result<Self, PdfError> {
        let mut map = Self::default();
        let mut lexer = Lexer::new(bytes, 0);
        let mut before: Option<Token<'_>> = None;
        loop {
            let token = match lexer.next() {
                Ok(Token::End) => break,
                Ok(token) => token,
                Err(_) if skip(&mut lexer, bytes) => continue,
                Err(_) => break,
            };
            match (&token, before.take()) {
                (Token::Keyword(b"begincodespacerange"), _) => map.spaces(&mut lexer),
                (Token::Keyword(b"begincidrange" | b"beginbfrange"), _) => map.ranges(&mut lexer, entries)?,
                (Token::Keyword(b"begincidchar" | b"beginbfchar"), _) => map.chars(&mut lexer, entries)?,
                (Token::Keyword(b"usecmap"), Some(Token::Name(name))) => {
                    map.parent = Some(name.as_bytes().to_vec());
                }
                (Token::Integer(mode), Some(Token::Name(name))) if name.as_bytes() == b"WMode" => {
                    map.vertical = *mode == 1;
                }
                _ => {}
            }
            before = Some(token);
        }
        map.sort();
        Ok(map)
    }

    /// Of ranges that begin with the same code the later one counts.
    fn sort(&mut self) {
        self.cids.reverse();
        self.cids.sort_by_key(|range| range.0);
        self.cids.dedup_by_key(|range| range.0);
        self.texts.reverse();
        self.texts.sort_by_key(|range| range.0);
        self.texts.dedup_by_key(|range| range.0);
    }

    /// Takes over what another has and this one does not.
    pub(super) fn go_on_from(&mut self, parent: Self) {
        self.lens = self.lens.take().or(parent.lens);
        let known: HashSet<u32> = self.cids.iter().map(|range| range.0).collect();
        self.cids.extend(parent.cids.into_iter().filter(|range| !known.contains(&range.0)));
        self.cids.sort_by_key(|range| range.0);
    }

    /// The next code and the bytes behind it.
    pub(super) fn next<'b>(&self, bytes: &'b [u8]) -> Option<(&'b [u8], &'b [u8])> {
        let first = bytes.first()?;
        let lens = self.lens.as_deref();
        let len = lens.and_then(|lens| lens.get(usize::from(*first))).copied().unwrap_or(2);
        bytes.split_at_checked(usize::from(len).clamp(1, bytes.len()))
    }

    /// The CID of a code.
    pub(super) fn cid(&self, code: u32) -> Option<u32> {
        let (first, _, cid) = Self::range(&self.cids, code, |range| (range.0, range.1))?;
        cid.checked_add(code.checked_sub(*first)?)
    }

    /// The text of a code.
    pub(super) fn text(&self, code: u32) -> Option<String> {
        let (first, _, units) = Self::range(&self.texts, code, |range| (range.0, range.1))?;
        let mut units = units.clone();
        if let Some(last) = units.last_mut() {
            *last = last.wrapping_add(u16::try_from(code.checked_sub(*first)?).ok()?);
        }
        let chars = char::decode_utf16(units);
        let text: String = chars.map(|char| char.unwrap_or(char::REPLACEMENT_CHARACTER)).collect();
        Some(text.trim_matches('\0').to_owned()).filter(|text| !text.is_empty())
    }

    fn range<T>(ranges: &[T], code: u32, ends: impl Fn(&T) -> (u32, u32)) -> Option<&T> {
        let behind = ranges.partition_point(|range| ends(range).0 <= code);
        ranges.get(behind.checked_sub(1)?).filter(|range| code <= ends(range).1)
    }

    /// `<00> <80> <8140> <FEFE>`: of lengths that begin with the same byte the shortest counts.
    fn spaces(&mut self, lexer: &mut Lexer<'_>) {
        while let Ok(Token::String(low)) = lexer.next()
            && let Ok(Token::String(high)) = lexer.next()
        {
            let (Some(first), Some(last)) = (low.first(), high.first()) else { continue };
            let Some(len) = u8::try_from(low.len()).ok().filter(|len| *len <= 4) else { continue };
            let lens = self.lens.get_or_insert_with(|| Box::new([0; 256]));
            for known in lens.get_mut(usize::from(*first)..=usize::from(*last)).unwrap_or_default() {
                *known = if *known == 0 { len } else { len.min(*known) };
            }
        }
    }

    /// `<8140> <817E> 100`, `<01> <20> <4E00>` and `<01> <02> [<4E00> <4E8C>]`.
    fn ranges(&mut self, lexer: &mut Lexer<'_>, entries: &mut usize) -> Result<(), PdfError> {
        while let Ok(Token::String(low)) = lexer.next()
            && let Ok(Token::String(high)) = lexer.next()
        {
            spend(entries)?;
            let (low, high) = (number(&low), number(&high));
            match lexer.next() {
                Ok(Token::Integer(cid)) => self.add_cid(low, high, cid),
                Ok(Token::String(text)) => self.add_text(low, high, &text),
                Ok(Token::ArrayOpen) => {
                    let mut code = low;
                    while let Ok(Token::String(text)) = lexer.next() {
                        spend(entries)?;
                        self.add_text(code, code, &text);
                        code = code.saturating_add(1);
                    }
                }
                _ => break,
            }
        }
        Ok(())
    }

    fn chars(&mut self, lexer: &mut Lexer<'_>, entries: &mut usize) -> Result<(), PdfError> {
        while let Ok(Token::String(code)) = lexer.next() {
            spend(entries)?;
            let code = number(&code);
            match lexer.next() {
                Ok(Token::String(text)) => self.add_text(code, code, &text),
                Ok(Token::Integer(cid)) => self.add_cid(code, code, cid),
                _ => break,
            }
        }
        Ok(())
    }

    fn add_cid(&mut self, low: u32, high: u32, cid: i64) {
        self.cids.extend(u32::try_from(cid).ok().map(|cid| (low, high, cid)));
    }

    fn add_text(&mut self, low: u32, high: u32, text: &[u8]) {
        let units: Vec<u16> = match text {
            [only] => vec![u16::from(*only)],
            text => text
                .chunks_exact(2)
                .filter_map(|pair| Some(u16::from_be_bytes(pair.try_into().ok()?)))
                .collect(),
        };
        if units.len() <= MOST_UNITS {
            self.texts.push((low, high, units));
        }
    }
}

/// The number of a code of up to four bytes.
pub(super) fn number(code: &[u8]) -> u32 {
    code.iter().fold(0, |number: u32, byte| number.wrapping_shl(8) | u32::from(*byte))
}

fn spend(entries: &mut usize) -> Result<(), PdfError> {
    *entries = entries.checked_sub(1).ok_or(PdfError::Limit("entries of fonts"))?;
    Ok(())
}

/// Goes on behind what is no token. A string that does not end goes to the end of the data: there is nothing behind it.
pub(super) fn skip(lexer: &mut Lexer<'_>, bytes: &[u8]) -> bool {
    let rest = bytes.get(lexer.pos()..).unwrap_or_default();
    if matches!(rest.first(), None | Some(b'(' | b'<')) {
        return false;
    }
    let regular = rest.iter().take_while(|byte| crate::pdf::lexer::is_regular(**byte)).count();
    lexer.set_pos(lexer.pos().saturating_add(regular.max(1)));
    true
}
