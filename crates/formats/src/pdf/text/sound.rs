//! Whether all readers follow content alike (ISO 32000-1 §7.8.2, annex A): every operator is known and has its operands,
//! no more and no fewer, nothing had to be forgiven, and pictures within it end where they say.
//!
//! Readers differ in what they make of the rest: one takes the last operands and draws, another skips the operator.

use flate2::{Decompress, FlushDecompress, Status};

use crate::pdf::lexer::{Lexer, Token, is_space};

/// Values before an operator.
const MOST_OPERANDS: usize = 64;
/// Numbers beyond this size are cut off by some readers.
const MOST: f64 = 4e9;
/// Decoded bytes of a picture within content.
const MOST_PICTURE: usize = 1 << 20;

/// The kind of a value before an operator: `n` a number, `s` a string, `N` a name, `a` a list of numbers, `t` a list with
/// strings, `d` a dictionary, `x` anything else.
type Kinds = Vec<u8>;

/// True when every reader goes through content in the same way.
pub(in crate::pdf) fn is_sound(content: &[u8]) -> bool {
    let mut lexer = Lexer::new(content, 0);
    let mut kinds = Kinds::new();
    loop {
        let kind = match lexer.next() {
            Ok(Token::End) => return kinds.is_empty() && lexer.odd.is_none(),
            Ok(Token::Keyword(b"BI")) => {
                if !kinds.is_empty() || !picture(&mut lexer, content) {
                    return false;
                }
                continue;
            }
            Ok(Token::Keyword(operator)) => {
                if !has_its_operands(operator, &kinds) {
                    return false;
                }
                kinds.clear();
                continue;
            }
            Ok(token) => value(&token, &mut lexer),
            Err(_) => return false,
        };
        if kinds.len() >= MOST_OPERANDS || lexer.odd.is_some() {
            return false;
        }
        kinds.push(kind);
    }
}

/// The kind of the value that begins with a token.
fn value(token: &Token<'_>, lexer: &mut Lexer<'_>) -> u8 {
    match token {
        Token::Integer(_) | Token::Real(_) if is_number(token) => b'n',
        Token::String(_) => b's',
        Token::Name(_) => b'N',
        Token::ArrayOpen => list(lexer),
        Token::DictionaryOpen if dictionary(lexer) => b'd',
        _ => b'x',
    }
}

#[expect(clippy::cast_precision_loss, reason = "only its size matters")]
fn is_number(token: &Token<'_>) -> bool {
    match token {
        Token::Integer(number) => (*number as f64).abs() <= MOST,
        Token::Real(number) => number.abs() <= MOST,
        _ => false,
    }
}

fn list(lexer: &mut Lexer<'_>) -> u8 {
    let mut kind = b'a';
    loop {
        match lexer.next() {
            Ok(Token::ArrayClose) => return kind,
            Ok(Token::String(_)) => kind = b't',
            Ok(token) if is_number(&token) => {}
            _ => return b'x',
        }
    }
}

/// Goes on behind a dictionary; false where it is none.
fn dictionary(lexer: &mut Lexer<'_>) -> bool {
    let mut open = 1_usize;
    while open > 0 {
        match lexer.next() {
            Ok(Token::DictionaryOpen) => open += 1,
            Ok(Token::DictionaryClose) => open -= 1,
            Ok(Token::End) | Err(_) => return false,
            Ok(Token::Keyword(word)) if !matches!(word, b"true" | b"false" | b"null") => return false,
            Ok(_) => {}
        }
    }
    true
}

/// True for an operator of a page or a form (annex A, table A.1) with its operands.
fn has_its_operands(operator: &[u8], kinds: &[u8]) -> bool {
    let wanted: &[u8] = match operator {
        b"q" | b"Q" | b"BT" | b"ET" | b"T*" | b"h" | b"S" | b"s" | b"f" | b"F" | b"f*" | b"B" | b"B*"
        | b"b" | b"b*" | b"n" | b"W" | b"W*" | b"EMC" | b"BX" | b"EX" => b"",
        b"w" | b"J" | b"j" | b"M" | b"i" | b"g" | b"G" | b"Tc" | b"Tw" | b"Tz" | b"TL" | b"Ts" | b"Tr" => {
            b"n"
        }
        b"m" | b"l" | b"Td" | b"TD" => b"nn",
        b"rg" | b"RG" => b"nnn",
        b"k" | b"K" | b"re" | b"v" | b"y" => b"nnnn",
        b"cm" | b"Tm" | b"c" => b"nnnnnn",
        b"ri" | b"gs" | b"cs" | b"CS" | b"sh" | b"Do" | b"BMC" | b"MP" => b"N",
        b"d" => b"an",
        b"Tf" => b"Nn",
        b"Tj" | b"'" => b"s",
        b"\"" => b"nns",
        b"TJ" => return matches!(kinds, b"a" | b"t"),
        b"BDC" | b"DP" => return matches!(kinds, b"NN" | b"Nd"),
        b"sc" | b"SC" => return !kinds.is_empty() && kinds.iter().all(|kind| *kind == b'n'),
        b"scn" | b"SCN" => {
            let numbers = kinds.strip_suffix(b"N").unwrap_or(kinds);
            return !kinds.is_empty() && numbers.iter().all(|kind| *kind == b'n');
        }
        _ => return false,
    };
    kinds == wanted
}

/// What the dictionary of a picture within content says.
#[derive(Debug, Default)]
struct Says {
    width: usize,
    height: usize,
    bits: usize,
    parts: Option<usize>,
    is_mask: bool,
    filter: Option<Vec<u8>>,
}

/// Goes on behind a picture within content (§8.9.7); false where its data do not end for all readers at the same place:
/// where its size and its filter say, with an `EI` that stands alone, before which none does.
fn picture(lexer: &mut Lexer<'_>, content: &[u8]) -> bool {
    let Some(says) = says(lexer) else { return false };
    let begin = lexer.pos().saturating_add(1);
    if !content.get(lexer.pos()).is_some_and(|byte| is_space(*byte)) {
        return false;
    }
    skip_data(lexer, content);
    let Some(data) = content.get(begin..lexer.pos().saturating_sub(2)) else { return false };
    // What is between the data and `EI` is one white space, or two.
    let is_end = |end: usize| {
        data.get(end..)
            .is_some_and(|rest| (1..=2).contains(&rest.len()) && rest.iter().all(|byte| is_space(*byte)))
    };
    let row = match (says.is_mask, says.parts) {
        (true, _) => Some(1),
        (false, Some(parts)) => parts.checked_mul(says.bits),
        (false, None) => None,
    };
    let row = row.and_then(|bits| bits.checked_mul(says.width)).map(|bits| bits.div_ceil(8));
    let Some(size) = row.and_then(|row| row.checked_mul(says.height)).filter(|size| *size <= MOST_PICTURE)
    else {
        return false;
    };
    match says.filter.as_deref() {
        None => is_end(size),
        Some(b"AHx" | b"ASCIIHexDecode") => {
            memchr::memchr(b'>', data).is_some_and(|end| is_end(end.saturating_add(1)))
        }
        Some(b"A85" | b"ASCII85Decode") => {
            memchr::memmem::find(data, b"~>").is_some_and(|end| is_end(end.saturating_add(2)))
        }
        Some(b"Fl" | b"FlateDecode") => inflated(data, size).is_some_and(is_end),
        Some(b"RL" | b"RunLengthDecode") => run_lengths(data, size).is_some_and(is_end),
        Some(_) => false,
    }
}

/// The dictionary of a picture as far as `ID`; none where it says anything in a way that readers may take differently.
fn says(lexer: &mut Lexer<'_>) -> Option<Says> {
    let mut says = Says { bits: 1, ..Says::default() };
    let mut known: Vec<Vec<u8>> = Vec::new();
    loop {
        let key = match lexer.next() {
            Ok(Token::Keyword(b"ID")) => return lexer.odd.is_none().then_some(says),
            Ok(Token::Name(key)) => key.as_bytes().to_vec(),
            _ => return None,
        };
        let size = |token: &Token<'_>| match token {
            Token::Integer(number) => usize::try_from(*number).ok(),
            _ => None,
        };
        let token = lexer.next().ok()?;
        let short: &[u8] = match key.as_slice() {
            b"W" | b"Width" => {
                says.width = size(&token)?;
                b"W"
            }
            b"H" | b"Height" => {
                says.height = size(&token)?;
                b"H"
            }
            b"BPC" | b"BitsPerComponent" => {
                says.bits = size(&token).filter(|bits| *bits <= 16)?;
                b"BPC"
            }
            b"IM" | b"ImageMask" => {
                says.is_mask = token == Token::Keyword(b"true");
                (says.is_mask || token == Token::Keyword(b"false")).then_some(b"IM")?
            }
            b"CS" | b"ColorSpace" => {
                says.parts = Some(parts(&token, lexer)?);
                b"CS"
            }
            b"F" | b"Filter" => {
                says.filter = Some(filter(token, lexer)?);
                b"F"
            }
            b"D" | b"Decode" => (token == Token::ArrayOpen && list(lexer) == b'a').then_some(b"D")?,
            b"I" | b"Interpolate" => matches!(token, Token::Keyword(b"true" | b"false")).then_some(b"I")?,
            b"Intent" => matches!(token, Token::Name(_)).then_some(b"Intent")?,
            _ => return None,
        };
        if known.iter().any(|one| one == short) {
            return None;
        }
        known.push(short.to_vec());
    }
}

/// How many numbers a colour of a space has.
fn parts(token: &Token<'_>, lexer: &mut Lexer<'_>) -> Option<usize> {
    match token {
        Token::Name(name) => match name.as_bytes() {
            b"G" | b"DeviceGray" => Some(1),
            b"RGB" | b"DeviceRGB" => Some(3),
            b"CMYK" | b"DeviceCMYK" => Some(4),
            _ => None,
        },
        // A palette: `[/I /RGB 1 <000000FFFFFF>]`.
        Token::ArrayOpen => {
            let is_palette = matches!(lexer.next(), Ok(Token::Name(name)) if matches!(name.as_bytes(), b"I" | b"Indexed"))
                && matches!(lexer.next(), Ok(Token::Name(_)))
                && matches!(lexer.next(), Ok(Token::Integer(_)))
                && matches!(lexer.next(), Ok(Token::String(_)))
                && matches!(lexer.next(), Ok(Token::ArrayClose));
            is_palette.then_some(1)
        }
        _ => None,
    }
}

/// A filter, by itself or alone in a list.
fn filter(token: Token<'_>, lexer: &mut Lexer<'_>) -> Option<Vec<u8>> {
    match token {
        Token::Name(name) => Some(name.as_bytes().to_vec()),
        Token::ArrayOpen => match (lexer.next(), lexer.next()) {
            (Ok(Token::Name(name)), Ok(Token::ArrayClose)) => Some(name.as_bytes().to_vec()),
            _ => None,
        },
        _ => None,
    }
}

/// Where compressed data of this size end.
fn inflated(data: &[u8], size: usize) -> Option<usize> {
    let mut out = Vec::with_capacity(size.saturating_add(1));
    let mut decoder = Decompress::new(true);
    let status = decoder.decompress_vec(data, &mut out, FlushDecompress::Finish).ok()?;
    (status == Status::StreamEnd && out.len() == size)
        .then(|| usize::try_from(decoder.total_in()).ok())
        .flatten()
}

/// Where runs that make this size end.
fn run_lengths(data: &[u8], size: usize) -> Option<usize> {
    let (mut pos, mut made) = (0_usize, 0_usize);
    loop {
        let length = usize::from(*data.get(pos)?);
        let (taken, makes) = match length {
            128 => return (made == size).then_some(pos.saturating_add(1)),
            0..128 => (length.saturating_add(2), length.saturating_add(1)),
            _ => (2, 257_usize.saturating_sub(length)),
        };
        pos = pos.saturating_add(taken);
        made = made.saturating_add(makes);
    }
}

/// Goes on behind the data of a picture: to the first `EI` that stands alone.
pub(in crate::pdf) fn skip_data(lexer: &mut Lexer<'_>, content: &[u8]) {
    let data = content.get(lexer.pos()..).unwrap_or_default();
    let ends = memchr::memmem::find_iter(data, b"EI").find(|start| {
        let before = start.checked_sub(1).and_then(|before| data.get(before));
        let behind = data.get(start.saturating_add(2));
        before.is_some_and(|byte| is_space(*byte)) && behind.is_none_or(|byte| is_space(*byte))
    });
    let len = ends.map_or(data.len(), |start| start.saturating_add(2));
    lexer.set_pos(lexer.pos().saturating_add(len));
}

#[cfg(test)]
mod tests {
    use super::is_sound;

    #[test]
    fn what_producers_write_is_sound() {
        for content in [
            "q 1 0 0 1 5 5 cm BT /F1 12 Tf 1 0 0 1 7 8 Tm [(a) -20 <62>] TJ (c)' ET Q",
            "/Perceptual ri 0 i [3 2] 0 d /Span <</ActualText(x)/K[1 null]>> BDC EMC 4. .5 m -.5 +1 l S % x\n",
            "/Pattern cs /P scn 0.1 0.2 0.3 /P scn 1 sc BX EX",
            "BI /W 4 /H 1 /BPC 8 /CS /G ID abcd EI Q",
            "BI /W 9 /H 2 /IM true /F [/AHx] ID 00 00 00 00>\nEI Q",
            "",
        ] {
            assert!(is_sound(content.as_bytes()), "{content}");
        }
    }

    #[test]
    fn what_readers_take_differently_is_not() {
        for content in [
            "BT 0 (x) Tj ET",
            "1 /F Do",
            "BT 1 Tj ET",
            "1 0 0 1 5 cm",
            "1 2-02 m",
            "--5 0 m",
            "1 2 m )",
            "xyz",
            "1 2",
            "BT [(a) [1]] TJ ET",
            "1e5 0 m",
            "BI /W 16 /H 1 /BPC 8 /CS /G ID 123 EI (xxxxxxxx EI Q",
            "BI /W 1 /H 1 ID xEIx EI Q",
            "BI /W 4 /H 1 /BPC 8 /CS /X ID abcd EI Q",
            "BI /W 4 /W 5 /H 1 /BPC 8 /CS /G ID abcd EI Q",
        ] {
            assert!(!is_sound(content.as_bytes()), "{content}");
        }
    }
}
