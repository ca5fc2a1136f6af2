//! White space and comments, backwards.

use memchr::{memchr, memrchr, memrchr2};

use super::super::lexer::is_space;

/// What stands before the blanks at the end of some bytes: as they are; and with comments taken for blanks, which begin
/// at the first or at the last `%` of their line, for one may stand in a string. Each once.
pub(super) fn before(bytes: &[u8]) -> Vec<&[u8]> {
    let plain = trim_end(bytes);
    let mut all = vec![plain];
    for find in [memchr as fn(u8, &[u8]) -> Option<usize>, memrchr] {
        let bare = without_comments(bytes, find);
        // All of them begin where the bytes do: to compare more than their lengths would cost the square of the file.
        if all.iter().all(|one| one.len() != bare.len()) {
            all.push(bare);
        }
    }
    all
}

fn without_comments(mut bytes: &[u8], find: fn(u8, &[u8]) -> Option<usize>) -> &[u8] {
    loop {
        let trimmed = trim_end(bytes);
        let blanks = bytes.get(trimmed.len()..).unwrap_or_default();
        // A comment ends where its line does.
        if !blanks.iter().any(|byte| matches!(byte, b'\r' | b'\n')) {
            return trimmed;
        }
        let begin = memrchr2(b'\r', b'\n', trimmed).map_or(0, |at| at + 1);
        let line = trimmed.get(begin..).unwrap_or_default();
        let Some(sign) = find(b'%', line) else { return trimmed };
        bytes = trimmed.get(..begin + sign).unwrap_or_default();
        if !bytes.last().is_none_or(|byte| is_space(*byte)) {
            return bytes;
        }
    }
}

fn trim_end(bytes: &[u8]) -> &[u8] {
    let spaces = bytes.iter().rev().take_while(|byte| is_space(**byte)).count();
    bytes.get(..bytes.len() - spaces).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::before;

    #[test]
    fn comments_are_blanks_in_every_way_of_reading() {
        assert_eq!(before(b"7 \n"), [b"7"]);
        assert_eq!(before(b"7 %x\n"), [&b"7 %x"[..], b"7"]);
        assert_eq!(before(b"7%x\r"), [&b"7%x"[..], b"7"]);
        assert_eq!(before(b"(%) 7 %x\n%\n"), [&b"(%) 7 %x\n%"[..], b"(", b"(%) 7"]);
        // On the same line there is no end of a comment.
        assert_eq!(before(b"7 %x "), [b"7 %x"]);
    }
}
