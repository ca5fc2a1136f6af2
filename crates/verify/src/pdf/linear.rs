//! Linearized files (ISO 32000-1 annex F). A reader that finds a linearization dictionary with the length of the file
//! begins at the first-page section behind it, not at the last `startxref`. In a right file both are the same section.
//! Where they are not, two readers show two documents: the length can be made to fit after signing, by blanks at the
//! end.

use super::file::{File, is_white};

/// Bytes in which the first object is looked at.
const HEAD: usize = 1024;

/// True when a reader that knows linearization begins at another section.
pub(super) fn begins_elsewhere(file: &File<'_>) -> bool {
    let told = || {
        let first = file.objects.first()?;
        let head = file.bytes.get(first.offset..)?;
        let head = head.get(..head.len().min(HEAD))?;
        let end = memchr::memmem::find(head, b"endobj")?;
        let dictionary = head.get(..end)?;
        memchr::memmem::find(dictionary, b"/Linearized")?;
        let is_whole = length(dictionary)? == file.bytes.len();
        let behind = head.get(end.saturating_add(6)..)?;
        let blank = behind.iter().take_while(|byte| is_white(**byte)).count();
        let section = first.offset.saturating_add(end).saturating_add(6).saturating_add(blank);
        let begins = file.view.as_deref()?.sections().first()?.offset;
        let rest = file.bytes.get(begins..)?;
        let begins = begins.saturating_add(rest.iter().take_while(|byte| is_white(**byte)).count());
        Some(is_whole && begins != section)
    };
    told().unwrap_or(false)
}

/// The number behind the key `L`.
fn length(dictionary: &[u8]) -> Option<usize> {
    memchr::memmem::find_iter(dictionary, b"/L").find_map(|at| {
        let rest = dictionary.get(at.saturating_add(2)..)?;
        let blank = rest.iter().take_while(|byte| is_white(**byte)).count();
        let digits = rest.get(blank..)?.iter().take_while(|byte| byte.is_ascii_digit()).count();
        let digits = rest.get(blank..blank.saturating_add(digits))?;
        std::str::from_utf8(digits).ok()?.parse().ok()
    })
}

#[cfg(test)]
mod tests {
    use super::length;

    #[test]
    fn the_length_is_read_and_not_the_version() {
        assert_eq!(length(b"<</Linearized 1/L 20000/H[0 0]>>"), Some(20_000));
        assert_eq!(length(b"<</Linearized 1\n/L 20000>>"), Some(20_000));
        assert_eq!(length(b"<</Linearized 1/O 3>>"), None);
    }
}
