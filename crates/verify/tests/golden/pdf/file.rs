//! Small PDF files, written object by object, so that any byte of them can be wrong.

use std::fmt::Write as _;

use testkit::lab::{PlainForm, PlainSpec};

/// Octets that are kept free for a value.
const ROOM: usize = 16_000;

/// An object: its number and what stands between `obj` and `endobj`.
pub(crate) type Body = (u32, Vec<u8>);

/// Text as a body.
pub(crate) fn body(number: u32, text: &str) -> Body {
    (number, text.as_bytes().to_vec())
}

/// A stream as a body.
pub(crate) fn stream(number: u32, dictionary: &str, data: &[u8]) -> Body {
    let mut bytes = format!("<<{dictionary}/Length {}>>\nstream\n", data.len()).into_bytes();
    bytes.extend_from_slice(data);
    bytes.extend_from_slice(b"\nendstream");
    (number, bytes)
}

/// The parts of a page with one signature field (6) and one text field (8) that are not always the same.
#[derive(Clone)]
pub(crate) struct Spec {
    pub(crate) catalog: String,
    pub(crate) trailer: String,
    /// Of the signature field.
    pub(crate) rect: &'static str,
    pub(crate) flags: u32,
    /// More entries of the signature dictionary.
    pub(crate) signature: String,
    pub(crate) names: &'static str,
    /// The image that the seal's appearance draws: entries and data.
    pub(crate) image: (String, Vec<u8>),
    pub(crate) more: Vec<Body>,
}

impl Default for Spec {
    fn default() -> Self {
        Self {
            catalog: String::new(),
            trailer: String::new(),
            rect: "100 100 200 200",
            flags: 4,
            signature: String::new(),
            names: "/Filter/Test.GMPkiLite/SubFilter/GM.sm2cms.detached",
            image: (GRAY.to_owned(), vec![0; 4]),
            more: Vec::new(),
        }
    }
}

/// Entries of a gray image of two by two.
pub(crate) const GRAY: &str =
    "/Type/XObject/Subtype/Image/Width 2/Height 2/BitsPerComponent 8/ColorSpace/DeviceGray";

/// The signature dictionary with room for its value.
pub(crate) fn signature(names: &str, more: &str) -> String {
    let range = "[0 0000000000 0000000000 0000000000]";
    format!("<</Type/Sig{names}/ByteRange {range}/Contents <{}>{more}>>", "0".repeat(ROOM * 2))
}

impl Spec {
    /// All objects; the signature dictionary is number 10.
    pub(crate) fn bodies(&self) -> Vec<Body> {
        let (rect, flags) = (self.rect, self.flags);
        let form = "/Type/XObject/Subtype/Form/BBox[0 0 100 100]";
        let mut bodies = vec![
            body(1, &format!("<</Type/Catalog/Pages 2 0 R/AcroForm 5 0 R{}>>", self.catalog)),
            body(2, "<</Type/Pages/Kids[3 0 R]/Count 1>>"),
            body(3, &page("6 0 R 8 0 R")),
            stream(4, "", b"BT /F 12 Tf 100 700 Td (Contract) Tj ET"),
            body(5, "<</Fields[6 0 R 8 0 R]/SigFlags 3>>"),
            body(
                6,
                &format!(
                    "<</FT/Sig/T(Seal)/Type/Annot/Subtype/Widget/F {flags}/Rect[{rect}]/P 3 0 R/AP<</N 7 0 R>>/V 10 0 R>>"
                ),
            ),
            stream(7, &format!("{form}/Resources<</XObject<</I 11 0 R>>>>"), b"q 100 0 0 100 0 0 cm /I Do Q"),
            body(8, &text_field("")),
            shown(""),
            body(10, &signature(self.names, &self.signature)),
            stream(11, &self.image.0, &self.image.1),
        ];
        bodies.extend(self.more.iter().cloned());
        bodies
    }

    /// The file, not signed yet.
    pub(crate) fn file(&self) -> File {
        File::new(&self.bodies(), &self.trailer)
    }

    /// The file, signed plainly.
    pub(crate) fn signed(&self) -> File {
        let mut file = self.file();
        file.sign(&plain);
        file
    }
}

/// A plain signature over content.
pub(crate) fn plain(content: &[u8]) -> Vec<u8> {
    PlainSpec::good(PlainForm::Attributes).write(content)
}

/// The page with these annotations.
pub(crate) fn page(annotations: &str) -> String {
    let resources = "<</Font<</F<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>>>>>";
    format!(
        "<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources{resources}/Annots[{annotations}]>>"
    )
}

/// The text field with a value.
pub(crate) fn text_field(value: &str) -> String {
    format!(
        "<</FT/Tx/T(amount)/Type/Annot/Subtype/Widget/F 4/Rect[300 300 400 320]/P 3 0 R/V({value})/AP<</N 9 0 R>>>>"
    )
}

/// The appearance of the text field.
pub(crate) fn shown(text: &str) -> Body {
    let font = "<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>";
    let form = format!("/Type/XObject/Subtype/Form/BBox[0 0 100 20]/Resources<</Font<</F {font}>>>>");
    stream(9, &form, format!("/Tx BMC BT /F 12 Tf 2 5 Td ({text}) Tj ET EMC").as_bytes())
}

/// A file that grows.
#[derive(Clone)]
pub(crate) struct File {
    pub(crate) bytes: Vec<u8>,
    startxref: usize,
    size: u32,
}

impl File {
    /// A file of one revision.
    pub(crate) fn new(bodies: &[Body], trailer: &str) -> Self {
        let mut file = Self { bytes: b"%PDF-1.7\n%\xE2\xE3\xCF\xD3\n".to_vec(), startxref: 0, size: 1 };
        file.write(bodies, trailer);
        file
    }

    /// Another revision.
    pub(crate) fn update(&mut self, bodies: &[Body], trailer: &str) {
        let trailer = format!("/Prev {}{trailer}", self.startxref);
        self.write(bodies, &trailer);
    }

    fn write(&mut self, bodies: &[Body], trailer: &str) {
        let mut entries = Vec::new();
        for (number, bytes) in bodies {
            entries.push((*number, self.bytes.len()));
            self.bytes.extend_from_slice(format!("{number} 0 obj\n").as_bytes());
            self.bytes.extend_from_slice(bytes);
            self.bytes.extend_from_slice(b"\nendobj\n");
            self.size = self.size.max(number + 1);
        }
        self.startxref = self.bytes.len();
        let mut table = "xref\n0 1\n0000000000 65535 f \n".to_owned();
        for (number, offset) in entries {
            write!(table, "{number} 1\n{offset:010} 00000 n \n").unwrap();
        }
        let (size, startxref) = (self.size, self.startxref);
        write!(table, "trailer\n<</Root 1 0 R/Size {size}{trailer}>>\nstartxref\n{startxref}\n%%EOF\n")
            .unwrap();
        self.bytes.extend_from_slice(table.as_bytes());
    }

    /// Fills in the first value that waits, over everything but its own place.
    pub(crate) fn sign(&mut self, value: &dyn Fn(&[u8]) -> Vec<u8>) {
        let (start, end) = self.waiting();
        self.sign_over([0, start, end, self.bytes.len() - end], value);
    }

    /// Where the first token of `Contents` stands that waits for its value.
    pub(crate) fn waiting(&self) -> (usize, usize) {
        let zeros = format!("<{}>", "0".repeat(ROOM * 2)).into_bytes();
        let start = find(&self.bytes, &zeros).expect("a place that waits for its value");
        (start, start + zeros.len())
    }

    /// The same over ranges that are given.
    pub(crate) fn sign_over(&mut self, range: [usize; 4], value: &dyn Fn(&[u8]) -> Vec<u8>) {
        let (start, end) = self.waiting();
        let before = &self.bytes[..start];
        let mark = b"/ByteRange [0 0000000000 0000000000 0000000000]";
        let at = before.windows(mark.len()).rposition(|window| window == mark).expect("its ranges");
        let [a, b, c, d] = range;
        let written = format!("/ByteRange [{a} {b:010} {c:010} {d:010}]");
        self.bytes[at..at + mark.len()].copy_from_slice(written.as_bytes());
        let content = [&self.bytes[a..a + b], &self.bytes[c..c + d]].concat();
        let digits = hex::encode(value(&content)).into_bytes();
        assert!(digits.len() <= end - start - 2, "room for the value");
        self.bytes[start + 1..start + 1 + digits.len()].copy_from_slice(&digits);
    }

    /// Puts bytes in the place of others of the same length.
    pub(crate) fn patch(&mut self, from: &str, to: &str) {
        assert_eq!(from.len(), to.len());
        let at = find(&self.bytes, from.as_bytes()).expect("bytes to be replaced");
        self.bytes[at..at + to.len()].copy_from_slice(to.as_bytes());
    }

    /// The body of the signature dictionary as it stands.
    pub(crate) fn body_of(&self, number: u32) -> Vec<u8> {
        let mark = format!("\n{number} 0 obj\n").into_bytes();
        let start = find(&self.bytes, &mark).expect("an object") + mark.len();
        let end = start + find(&self.bytes[start..], b"\nendobj").expect("its end");
        self.bytes[start..end].to_vec()
    }
}

fn find(bytes: &[u8], what: &[u8]) -> Option<usize> {
    bytes.windows(what.len()).position(|window| window == what)
}
