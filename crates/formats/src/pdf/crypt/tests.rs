//! Against files that qpdf encrypts, and back again.

use super::*;
use crate::pdf::Limits;
use crate::pdf::parser::Parser;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A document of one page, with a string and a stream to find again.
const TEXT: &str = "secret text 密";
const CONTENT: &[u8] = b"q 1 w 0 0 100 100 re S Q\n";
const METADATA: &[u8] = b"<?xpacket begin?><x/>";

fn document() -> Vec<u8> {
    let mut out = b"%PDF-1.6\n".to_vec();
    let stream = |words: &str, data: &[u8]| {
        [format!("<<{words}/Length {}>>\nstream\n", data.len()).as_bytes(), data, b"\nendstream"].concat()
    };
    let objects = [
        b"<</Type/Catalog/Pages 2 0 R/Metadata 5 0 R>>".to_vec(),
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>".to_vec(),
        format!("<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]/Contents 4 0 R/Note({TEXT})>>").into_bytes(),
        stream("", CONTENT),
        stream("/Type/Metadata/Subtype/XML", METADATA),
    ];
    let mut table = format!("xref\n0 {}\n0000000000 65535 f \n", objects.len() + 1);
    for (index, object) in objects.iter().enumerate() {
        let _ = writeln!(table, "{:010} 00000 n ", out.len());
        out.extend_from_slice(format!("{} 0 obj\n", index + 1).as_bytes());
        out.extend_from_slice(object);
        out.extend_from_slice(b"\nendobj\n");
    }
    let start = out.len();
    let trailer = format!("trailer\n<</Root 1 0 R/Size {}>>\nstartxref\n{start}\n%%EOF\n", objects.len() + 1);
    out.extend_from_slice(table.as_bytes());
    out.extend_from_slice(trailer.as_bytes());
    out
}

/// What stands between two words, from a place on.
fn between<'b>(bytes: &'b [u8], from: &str, start: &str, end: &str) -> &'b [u8] {
    let find = |bytes: &[u8], word: &str| memchr::memmem::find(bytes, word.as_bytes()).unwrap();
    let bytes = &bytes[find(bytes, from)..];
    let bytes = &bytes[find(bytes, start) + start.len()..];
    &bytes[..find(bytes, end)]
}

/// The first string, which qpdf writes in hexadecimal or, where that is shorter, as it is.
fn string_in(bytes: &[u8]) -> Vec<u8> {
    let start = bytes.iter().position(|byte| matches!(byte, b'<' | b'(')).unwrap();
    let Object::String(string) = Parser::new(bytes, start, &Limits::default()).value().unwrap() else {
        panic!("no string")
    };
    string
}

/// An encrypted file taken apart.
struct Encrypted {
    dictionary: Dictionary,
    id0: Vec<u8>,
    string: Vec<u8>,
    content: Vec<u8>,
    metadata: Vec<u8>,
}

impl Encrypted {
    fn read(bytes: &[u8]) -> Self {
        let trailer = between(bytes, "trailer", "/ID", "startxref");
        let id0 = string_in(trailer);
        let number = between(trailer, "/Encrypt", " ", " ");
        let object = format!("\n{} 0 obj", std::str::from_utf8(number).unwrap());
        let encrypt = between(bytes, &object, "obj", "endobj");
        let dictionary = Parser::new(encrypt, 0, &Limits::default()).dictionary().unwrap();
        let stream = |from: &str| {
            let len = std::str::from_utf8(between(bytes, from, "/Length ", " ")).unwrap();
            between(bytes, from, "stream\n", "endobj")[..len.parse().unwrap()].to_vec()
        };
        let string = string_in(between(bytes, "/Note", "", "endobj"));
        // In the order of qpdf: the catalogue, the metadata, the tree, the page, its content.
        Self { dictionary, id0, string, content: stream("\n5 0 obj"), metadata: stream("\n2 0 obj") }
    }

    fn check(&self, password: &[u8]) -> Encryption {
        let encryption = Encryption::open(&self.dictionary, &self.id0, password).unwrap();
        let string = encryption.string(ObjectId::new(4), self.string.clone());
        assert_eq!(String::from_utf8(string).unwrap(), TEXT);
        let content = encryption.stream(ObjectId::new(5), &Dictionary::new(), &self.content).unwrap();
        assert_eq!(content, CONTENT);
        let metadata = Dictionary::new().with(b"Type", Object::name("Metadata"));
        assert_eq!(encryption.stream(ObjectId::new(2), &metadata, &self.metadata).unwrap(), METADATA);
        encryption
    }
}

struct Folder(PathBuf);

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// Encrypts the document with these words of qpdf's `--encrypt`; none without qpdf, which is said.
fn qpdf(name: &str, words: &[&str]) -> Option<Encrypted> {
    if Command::new("qpdf").arg("--version").output().is_err() {
        println!("skipped: no qpdf");
        return None;
    }
    let folder = std::env::temp_dir().join(format!("formats-crypt-{name}-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let folder = Folder(folder);
    let path = |name: &str| Path::new(&folder.0).join(name);
    std::fs::write(path("plain.pdf"), document()).unwrap();
    let output = Command::new("qpdf")
        .args(["--allow-weak-crypto", "--object-streams=disable", "--stream-data=preserve", "--encrypt"])
        .args(words)
        .arg("--")
        .args([path("plain.pdf"), path("out.pdf")])
        .output()
        .unwrap();
    assert!(output.status.success(), "{words:?}: {}", String::from_utf8_lossy(&output.stderr));
    Some(Encrypted::read(&std::fs::read(path("out.pdf")).unwrap()))
}

/// What makes each variant that qpdf writes.
const VARIANTS: [(&str, &[&str], Method); 9] = [
    ("rc4-40", &["40"], Method::Rc4),
    ("rc4-128", &["128", "--use-aes=n"], Method::Rc4),
    ("rc4-128-v4", &["128", "--use-aes=n", "--force-V4"], Method::Rc4),
    ("aes-128", &["128", "--use-aes=y"], Method::Aes128),
    ("aes-128-metadata", &["128", "--use-aes=y", "--cleartext-metadata"], Method::Aes128),
    ("aes-256-r5", &["256", "--force-R5"], Method::Aes256),
    ("aes-256", &["256", "--print=none"], Method::Aes256),
    ("aes-256-metadata", &["256", "--cleartext-metadata"], Method::Aes256),
    ("rc4-128-metadata", &["128", "--use-aes=n", "--force-V4", "--cleartext-metadata"], Method::Rc4),
];

#[test]
fn every_variant_opens_with_either_password() {
    for (name, words, method) in VARIANTS {
        for user in ["", "user", "a password that is longer than the thirty-two bytes of old revisions"] {
            let Some(file) = qpdf(&format!("{name}-{}", user.len()), &[&[user, "owner"], words].concat())
            else {
                return;
            };
            for password in [user, "owner"] {
                let encryption = file.check(password.as_bytes());
                assert_eq!((encryption.strings, encryption.streams), (method, method), "{name}");
                let modern = method == Method::Aes256;
                assert_eq!(encryption.permissions_intact(), modern.then_some(true), "{name}");
                assert_eq!(encryption.encrypt_metadata, !name.ends_with("metadata"), "{name}");
                if name == "aes-256" {
                    assert_eq!(encryption.permissions() & 4, 0, "printing is forbidden");
                }
            }
            let wrong = Encryption::open(&file.dictionary, &file.id0, b"wrong");
            assert_eq!(wrong.unwrap_err(), PdfError::PasswordNeeded, "{name}");
        }
    }
}

#[test]
fn what_is_encrypted_is_decrypted_again() {
    for (name, words, _) in VARIANTS {
        let Some(file) = qpdf(&format!("{name}-again"), &[&["", "owner"], words].concat()) else { return };
        let encryption = Encryption::open(&file.dictionary, &file.id0, b"").unwrap();
        let owner = ObjectId { number: 70_000, generation: 3 };
        for len in [0, 1, 15, 16, 17, 1000] {
            let plain: Vec<u8> = (0..len).map(|index| u8::try_from(index % 251).unwrap()).collect();
            let cipher = encryption.encrypt_string(owner, &plain, [7; 16]).unwrap();
            assert_eq!(encryption.string(owner, cipher.clone()), plain);
            let other = ObjectId::new(70_000);
            assert!(len == 0 || name.starts_with("aes-256") || encryption.string(other, cipher) != plain);
            let dictionary = Dictionary::new();
            let cipher = encryption.encrypt_stream(owner, &dictionary, &plain, [9; 16]).unwrap();
            assert_eq!(encryption.stream(owner, &dictionary, &cipher).unwrap(), plain);
        }
    }
}

#[test]
fn changed_permissions_are_told() {
    let Some(file) = qpdf("changed", &["", "owner", "256", "--print=none"]) else { return };
    let changed = [
        file.dictionary.clone().with(b"P", Object::Integer(-4)),
        file.dictionary.clone().with(b"EncryptMetadata", Object::Boolean(false)),
        file.dictionary.clone().with(b"Perms", Object::String(vec![0; 16])),
        file.dictionary.clone().with(b"Perms", Object::Null),
    ];
    for dictionary in changed {
        let encryption = Encryption::open(&dictionary, &file.id0, b"").unwrap();
        assert_eq!(encryption.permissions_intact(), Some(false), "{dictionary:?}");
    }
    // Without its sign it is the same number.
    let written = u32::from_le_bytes(file.check(b"").permissions().to_le_bytes());
    let unsigned = file.dictionary.clone().with(b"P", Object::Integer(i64::from(written)));
    assert_eq!(Encryption::open(&unsigned, &file.id0, b"").unwrap().permissions_intact(), Some(true));
}

#[test]
fn ciphertext_of_wrong_lengths() {
    let Some(file) = qpdf("lengths", &["", "owner", "256"]) else { return };
    let encryption = file.check(b"");
    let (owner, dictionary) = (ObjectId::new(5), Dictionary::new());
    assert_eq!(encryption.stream(owner, &dictionary, b"").unwrap(), b"");
    for len in [1, 15, 17, file.content.len() - 1] {
        let cut = &file.content[..len];
        assert!(matches!(encryption.stream(owner, &dictionary, cut), Err(PdfError::Encryption(_))), "{len}");
        assert_eq!(encryption.string(owner, cut.to_vec()), cut);
    }
    // Without its last block it has no padding, and is kept whole.
    let cut = encryption.stream(owner, &dictionary, &file.content[..32]).unwrap();
    assert_eq!(cut, &CONTENT[..16]);
}

#[test]
fn filters_that_streams_name() {
    let Some(file) = qpdf("filters", &["", "owner", "128", "--use-aes=y"]) else { return };
    let embedded = Dictionary::new().with(b"Type", Object::name("EmbeddedFile"));
    let dictionary = file.dictionary.clone().with(b"EFF", Object::name("Identity"));
    let encryption = Encryption::open(&dictionary, &file.id0, b"").unwrap();
    let owner = ObjectId::new(5);
    assert_eq!(encryption.stream(owner, &embedded, b"as it is").unwrap(), b"as it is");
    let crypt = |parameters: Object, filters: Object| {
        Dictionary::new().with(b"Filter", filters).with(b"DecodeParms", parameters)
    };
    let parameters = |name: &str| Object::Dictionary(Dictionary::new().with(b"Name", Object::name(name)));
    let list = Object::Array(vec![Object::name("Crypt"), Object::name("FlateDecode")]);
    let standard = [
        crypt(parameters("StdCF"), Object::name("Crypt")),
        crypt(Object::Array(vec![parameters("StdCF"), Object::Null]), list.clone()),
    ];
    for dictionary in standard {
        assert_eq!(encryption.stream(owner, &dictionary, &file.content).unwrap(), CONTENT);
    }
    let identity = [
        crypt(parameters("Identity"), Object::name("Crypt")),
        crypt(Object::Null, Object::name("Crypt")),
        crypt(Object::Array(vec![Object::Null]), list),
        Dictionary::new().with(b"Type", Object::name("XRef")),
    ];
    for dictionary in identity {
        assert_eq!(encryption.stream(owner, &dictionary, b"as it is").unwrap(), b"as it is");
    }
    let missing = crypt(parameters("None such"), Object::name("Crypt"));
    assert!(matches!(encryption.stream(owner, &missing, b""), Err(PdfError::Encryption(_))));
}

#[test]
fn what_is_not_understood_is_refused() {
    let base = || {
        Dictionary::new()
            .with(b"Filter", Object::name("Standard"))
            .with(b"V", Object::Integer(2))
            .with(b"R", Object::Integer(3))
            .with(b"Length", Object::Integer(128))
            .with(b"O", Object::String(vec![1; 32]))
            .with(b"U", Object::String(vec![1; 32]))
    };
    assert_eq!(Encryption::open(&base(), b"", b"").unwrap_err(), PdfError::PasswordNeeded);
    let changes: [(&[u8], Object); 8] = [
        (b"Filter", Object::name("Adobe.PubSec")),
        (b"Filter", Object::Null),
        (b"V", Object::Integer(3)),
        (b"V", Object::Integer(i64::MAX)),
        (b"R", Object::Integer(6)),
        (b"O", Object::String(vec![1; 31])),
        (b"U", Object::Integer(1)),
        (b"V", Object::Integer(5)),
    ];
    for (key, value) in changes {
        let dictionary = base().with(key, value);
        assert!(matches!(Encryption::open(&dictionary, b"", b""), Err(PdfError::Encryption(_))));
    }
    let method = |name: &str| Object::Dictionary(Dictionary::new().with(b"CFM", Object::name(name)));
    let filters = Object::Dictionary(
        Dictionary::new().with(b"A", method("AESV3")).with(b"B", method("AESV2")).with(b"C", method("Other")),
    );
    let four = base().with(b"V", Object::Integer(4)).with(b"R", Object::Integer(4));
    assert!(Encryption::open(&four.clone().with(b"CF", filters), b"", b"").is_err());
    let missing = four.with(b"StmF", Object::name("StdCF"));
    assert_eq!(
        Encryption::open(&missing, b"", b"").unwrap_err(),
        PdfError::Encryption("a crypt filter is not there")
    );
}
