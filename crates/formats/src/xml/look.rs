//! What a file may be to readers of every kind, also to those that read what this one refuses: other encodings, document
//! types, prefixes that nobody declares.

use super::encoding;
use quick_xml::events::{BytesStart, Event};
use quick_xml::{Reader, XmlVersion};

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
        /// The namespace of the outermost element; none where no namespace is declared for it.
        namespace: Option<String>,
        /// Whether it names pages as the root file of a document does, whatever it is called: an element `CommonData`,
        /// or `Page` with a `BaseLoc`.
        names_pages: bool,
        /// Whether it names files as a list of signatures does: an element `Signature` with a `BaseLoc`.
        names_signatures: bool,
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

/// Looks at a file. What comes behind an outermost element that `is_settled` accepts, by its name and its namespace, is not
/// looked at: it may be as large as it likes and need not be well-formed.
pub fn look(bytes: &[u8], is_settled: impl Fn(&str, Option<&str>) -> bool) -> Look {
    if !begins(bytes) || bytes.iter().all(u8::is_ascii_whitespace) {
        return Look::Other;
    }
    scan(bytes, is_settled).unwrap_or_else(|| Look::Unreadable { names_pages: may_name_pages(bytes) })
}

/// Goes through the tags; nothing is kept of them, so that there is no bound on their number.
fn scan(bytes: &[u8], is_settled: impl Fn(&str, Option<&str>) -> bool) -> Option<Look> {
    let decoded = encoding::decode(bytes).ok()?;
    let mut reader = Reader::from_str(&decoded.text);
    let mut outermost: Option<(String, Option<String>)> = None;
    let (mut names_pages, mut names_signatures) = (false, false);
    loop {
        match reader.read_event().ok()? {
            Event::Start(tag) | Event::Empty(tag) => {
                let name = local(tag.name().into_inner());
                let (root, namespace) =
                    outermost.get_or_insert_with(|| (name.to_owned(), namespace_of(&tag)));
                names_pages |= name == "CommonData" || (name == "Page" && has_place(&tag));
                names_signatures |= name == "Signature" && has_place(&tag);
                if names_pages || is_settled(root, namespace.as_deref()) {
                    break;
                }
            }
            // An entity may stand for what names pages; one that is plain text does not.
            Event::DocType(declaration) if declares_more(&declaration) => {
                return Some(Look::Unreadable { names_pages: true });
            }
            Event::Eof => break,
            _ => {}
        }
    }
    let (root, namespace) = outermost?;
    Some(Look::Xml { root, namespace, names_pages, names_signatures })
}

/// Whether a document type declares entities that may hold elements, or are looked for elsewhere: with tags, references or
/// parameters in them, or by an address.
fn declares_more(declaration: &str) -> bool {
    let Some((_, inside)) = declaration.split_once('[') else { return false };
    let upper = inside.to_ascii_uppercase();
    let mut entities = upper.split("<!ENTITY").skip(1);
    // Defaults of attributes would be another way to name a file.
    upper.contains("<!ATTLIST")
        || inside.contains('%')
        || entities.any(|entity| {
            let value = entity.split_once("<!").map_or(entity, |(value, _)| value);
            value.contains(['&', '<']) || value.contains("SYSTEM") || value.contains("PUBLIC")
        })
}

/// The namespace that a tag declares for itself.
fn namespace_of(tag: &BytesStart<'_>) -> Option<String> {
    let declaration = match tag.name().into_inner().rsplit_once(':') {
        Some((prefix, _)) => format!("xmlns:{prefix}"),
        None => "xmlns".to_owned(),
    };
    let mut attributes = tag.attributes();
    let found =
        attributes.with_checks(false).flatten().find(|found| found.key.into_inner() == declaration)?;
    let value = found.normalized_value(XmlVersion::Implicit1_0).ok()?;
    (!value.is_empty()).then(|| value.into_owned())
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

    fn looked(bytes: &[u8]) -> Look {
        look(bytes, |name, _| name == "Document")
    }

    /// The outermost element, and whether it names pages and signatures.
    fn told(text: &str) -> (String, Option<String>, bool, bool) {
        match looked(text.as_bytes()) {
            Look::Xml { root, namespace, names_pages, names_signatures } => {
                (root, namespace, names_pages, names_signatures)
            }
            other => panic!("{other:?}"),
        }
    }

    fn xml(root: &str, namespace: Option<&str>, names_pages: bool) -> (String, Option<String>, bool, bool) {
        (root.to_owned(), namespace.map(str::to_owned), names_pages, false)
    }

    #[test]
    fn a_root_is_told_by_what_it_names() {
        let pages = "<o:Pages><o:Page ID='1' BaseLoc='P.xml'/></o:Pages>";
        assert_eq!(told(&format!("<o:Doc xmlns:o='u'>{pages}</o:Doc>")), xml("Doc", Some("u"), true));
        // Prefixes that are not declared, document types, and more than the parser takes.
        assert_eq!(told(&format!("<o:Doc>{pages}</o:Doc>")), xml("Doc", None, true));
        assert_eq!(told(&format!("<!DOCTYPE x><Doc>{pages}</Doc>")), xml("Doc", None, true));
        let deep = format!("{}{pages}{}", "<x>".repeat(500), "</x>".repeat(500));
        assert_eq!(told(&deep), xml("x", None, true));
        assert_eq!(told("<book><Pages>12</Pages><Page PageID='1'/></book>"), xml("book", None, false));
        assert_eq!(told("<Document xmlns='a'><broken"), xml("Document", Some("a"), false));
        assert_eq!(told("<Doc><CommonData/>"), xml("Doc", None, true));
        let list = "<Signatures xmlns='urn:x'><x:Signature xmlns:x='urn:y' BaseLoc='a'/></Signatures>";
        assert_eq!(told(list), ("Signatures".to_owned(), Some("urn:x".to_owned()), false, true));
    }

    #[test]
    fn entities_that_are_plain_text_hide_nothing() {
        let drawing = "<!DOCTYPE svg PUBLIC '-//W3C//DTD SVG 1.1//EN' 'http://www.w3.org/svg11.dtd' \
            [<!ENTITY ns_svg 'http://www.w3.org/2000/svg'>]><svg xmlns='&ns_svg;'/>";
        assert_eq!(told(drawing), xml("svg", None, false));
        for inside in [
            "<!ENTITY p '&#60;CommonData/>'>",
            "<!ENTITY p '<CommonData/>'>",
            "<!ENTITY p SYSTEM 'p.xml'>",
            "<!ENTITY % p 'x'>",
            "<!ATTLIST a BaseLoc CDATA 'p.xml'>",
        ] {
            let text = format!("<!DOCTYPE a [{inside}]><a>&p;</a>");
            assert_eq!(looked(text.as_bytes()), Look::Unreadable { names_pages: true }, "{inside}");
        }
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
                looked(&bytes),
                Look::Unreadable { names_pages },
                "{}",
                String::from_utf8_lossy(&bytes)
            );
        }
        for bytes in [&b"%PDF-1.4"[..], b"", b"  \n", b"\xff\xd8\xff\xe0"] {
            assert_eq!(looked(bytes), Look::Other);
        }
        assert!(begins(b"\xff\xfe<\0") && begins(&[b' '; 1024]) && !begins(b"PK\x03\x04"));
    }
}
