//! What a file may be to readers of every kind, also to those that read what this one refuses: other encodings, document
//! types, prefixes that nobody declares.

use super::encoding;
use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

/// How a file begins in EBCDIC: `<?xm`.
const EBCDIC: &[u8] = &[0x4c, 0x6f, 0xa7, 0x94];
/// How the names of encodings begin in which ASCII is what it is.
const CLEAR: [&str; 9] = ["utf-8", "utf8", "us-ascii", "ascii", "gb", "iso-8859", "windows-", "big5", "koi8"];
/// Words without which no file names pages, and a reader finds none.
const LEADING: [&[u8]; 2] = [b"CommonData", b"BaseLoc"];

/// What a file looks like.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Look {
    /// No XML to anybody.
    Other,
    /// XML.
    Xml {
        /// The name of the outermost element, without prefix.
        root: String,
        /// Whether it names pages as the root file of a document does, whatever it is called: an element `CommonData`,
        /// or `Page` with a `BaseLoc`.
        names_pages: bool,
    },
    /// XML to some readers and not to this one.
    Unreadable {
        /// Whether it may name pages.
        names_pages: bool,
    },
}

/// Whether a file that begins with these bytes may be XML to some reader: after byte order marks, zeros and white space
/// comes `<`.
pub fn begins(head: &[u8]) -> bool {
    let is_before =
        |byte: &u8| byte.is_ascii_whitespace() || matches!(byte, 0 | 0xef | 0xbb | 0xbf | 0xfe | 0xff);
    head.starts_with(EBCDIC) || head.iter().find(|byte| !is_before(byte)).is_none_or(|byte| *byte == b'<')
}

/// Looks at a file. What comes behind an outermost element with one of the names in `settled` is not looked at: it may be
/// as large as it likes and need not be well-formed.
pub fn look(bytes: &[u8], settled: &[&str]) -> Look {
    if !begins(bytes) || bytes.iter().all(u8::is_ascii_whitespace) {
        return Look::Other;
    }
    scan(bytes, settled).unwrap_or_else(|| Look::Unreadable { names_pages: may_name_pages(bytes) })
}

/// Goes through the tags; nothing is kept of them, so that there is no bound on their number.
fn scan(bytes: &[u8], settled: &[&str]) -> Option<Look> {
    let decoded = encoding::decode(bytes).ok()?;
    let mut reader = Reader::from_str(&decoded.text);
    let (mut root, mut names_pages) = (None, false);
    loop {
        match reader.read_event().ok()? {
            Event::Start(tag) | Event::Empty(tag) => {
                let name = local(tag.name().into_inner());
                let root = root.get_or_insert_with(|| name.to_owned());
                names_pages |= name == "CommonData" || (name == "Page" && has_place(&tag));
                if names_pages || settled.contains(&root.as_str()) {
                    break;
                }
            }
            // What the entities are that it may declare is not looked into.
            Event::DocType(declaration) if declaration.contains('[') => {
                return Some(Look::Unreadable { names_pages: true });
            }
            Event::Eof => break,
            _ => {}
        }
    }
    Some(Look::Xml { root: root?, names_pages })
}

/// The part of a name behind its prefix.
fn local(name: &str) -> &str {
    name.rsplit_once(':').map_or(name, |(_, local)| local)
}

fn has_place(tag: &BytesStart<'_>) -> bool {
    tag.attributes().with_checks(false).flatten().any(|found| local(found.key.into_inner()) == "BaseLoc")
}

/// Whether words that lead to pages may stand in bytes of which nobody knows how they are read.
fn may_name_pages(bytes: &[u8]) -> bool {
    if bytes.starts_with(EBCDIC) || !is_clear(bytes) {
        return true;
    }
    // In UTF-16 and UTF-32 there are zeros around each letter.
    let letters: Vec<u8> = bytes.iter().copied().filter(|byte| *byte != 0).collect();
    LEADING.iter().any(|word| memchr::memmem::find(&letters, word).is_some())
}

/// Whether letters of ASCII are what they are in the encoding that a file declares.
fn is_clear(bytes: &[u8]) -> bool {
    let letters: Vec<u8> = bytes.iter().copied().filter(|byte| *byte != 0).take(4096).collect();
    let start = memchr::memchr(b'<', &letters).unwrap_or_default();
    match super::declaration::encoding(letters.get(start..).unwrap_or_default()) {
        Ok(None) => true,
        Ok(Some(name)) => {
            let name = name.to_ascii_lowercase();
            CLEAR.iter().any(|clear| name.starts_with(clear))
                || matches!(name.as_str(), "utf-16" | "ucs-2" | "utf-32")
        }
        // Another version, or an encoding that stands where it should not.
        Err(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::{Look, begins, look};

    fn xml(root: &str, names_pages: bool) -> Look {
        Look::Xml { root: root.to_owned(), names_pages }
    }

    #[test]
    fn a_root_is_told_by_what_it_names() {
        let pages = "<o:Pages><o:Page ID='1' BaseLoc='P.xml'/></o:Pages>";
        assert_eq!(look(format!("<o:Doc xmlns:o='u'>{pages}</o:Doc>").as_bytes(), &[]), xml("Doc", true));
        // Prefixes that are not declared, document types, and more than the parser takes.
        assert_eq!(look(format!("<o:Doc>{pages}</o:Doc>").as_bytes(), &[]), xml("Doc", true));
        assert_eq!(look(format!("<!DOCTYPE x><Doc>{pages}</Doc>").as_bytes(), &[]), xml("Doc", true));
        let deep = format!("{}{pages}{}", "<x>".repeat(500), "</x>".repeat(500));
        assert_eq!(look(deep.as_bytes(), &[]), xml("x", true));
        assert_eq!(look(b"<book><Pages>12</Pages><Page PageID='1'/></book>", &[]), xml("book", false));
        assert_eq!(look(b"<Document><broken", &["Document"]), xml("Document", false));
        assert_eq!(look(b"<Doc><CommonData/>", &[]), xml("Doc", true));
    }

    #[test]
    fn what_is_not_read_here_may_be_read_elsewhere() {
        let utf16 = |text: &str| text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>();
        let declared = "<?xml version='1.0' encoding='utf-16'?><Doc><CommonData/></Doc>";
        for (bytes, names_pages) in [
            (utf16(declared), true),
            (utf16(&format!("\u{feff}{declared}")), true),
            (utf16("<html>\u{4e2d}</html>"), false),
            (b"<?xml version='1.0' encoding='UTF-7'?>+ADw-Doc/+AD4-".to_vec(), true),
            (b"<?xml version='1.1'?><Doc/>".to_vec(), true),
            (b"<!DOCTYPE x [<!ENTITY p '<y/>'>]><Doc>&p;</Doc>".to_vec(), true),
            (b"<html><p>one<br></html>".to_vec(), false),
            (b"<html><p>BaseLoc<br></html>".to_vec(), true),
            ([super::EBCDIC, &[0x93, 0x40]].concat(), true),
        ] {
            assert_eq!(
                look(&bytes, &[]),
                Look::Unreadable { names_pages },
                "{}",
                String::from_utf8_lossy(&bytes)
            );
        }
        for bytes in [&b"%PDF-1.4"[..], b"", b"  \n", b"\xff\xd8\xff\xe0"] {
            assert_eq!(look(bytes, &[]), Look::Other);
        }
        assert!(begins(b"\xff\xfe<\0") && begins(&[b' '; 1024]) && !begins(b"PK\x03\x04"));
    }
}
