//! The documents that attacks start from, and the tools of somebody who has no key: bytes put behind a file, objects
//! written anew, bytes exchanged.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crypto::Signer as _;
use formats::ofd::Stamp;
use formats::pdf::seal::{Certify, FieldChoice, Kind, Placement, Prepared, Reserve, embed, prepare};
use formats::pdf::{Limits, Pdf};
use testkit::lab::{PlainSpec, SIGNED_AT, SealSpec, ValueSpec};
use testkit::pki::{Party, at, pki};

/// The amount that the first page tells.
pub(crate) const AMOUNT: &str = "10600.00";
/// What forgers would like; it stands in no good document.
pub(crate) const FORGED: &str = "99600.00";
/// Objects of the plain document.
pub(crate) const CATALOG: u32 = 1;
pub(crate) const PAGES: u32 = 2;
pub(crate) const PAGE: u32 = 3;
pub(crate) const CONTENT: u32 = 4;
pub(crate) const FONT: u32 = 5;
pub(crate) const SECOND: u32 = 6;

/// A document in the making: objects by number, as text.
#[derive(Clone)]
pub(crate) struct Doc {
    pub(crate) objects: BTreeMap<u32, String>,
}

impl Doc {
    /// Two pages.
    pub(crate) fn contract() -> Self {
        let mut objects = BTreeMap::new();
        objects.insert(CATALOG, "<</Type/Catalog/Pages 2 0 R>>".to_owned());
        objects.insert(PAGES, "<</Type/Pages/Kids[3 0 R 6 0 R]/Count 2>>".to_owned());
        objects.insert(PAGE, page(CONTENT, ""));
        objects.insert(CONTENT, content(&format!("Contract, page 1. Amount {AMOUNT}")));
        objects.insert(FONT, "<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>".to_owned());
        objects.insert(SECOND, page(7, ""));
        objects.insert(7, content("Contract, page 2. Paid within 30 days"));
        Self { objects }
    }

    pub(crate) fn set(mut self, number: u32, body: impl Into<String>) -> Self {
        self.objects.insert(number, body.into());
        self
    }

    /// With more entries in a dictionary.
    pub(crate) fn with(mut self, number: u32, entries: &str) -> Self {
        let body = self.objects.get_mut(&number).unwrap();
        *body = entries_added(body, entries);
        self
    }

    pub(crate) fn write(&self) -> Vec<u8> {
        let mut out = b"%PDF-1.7\n%\xE2\xE3\xCF\xD3\n".to_vec();
        let objects: Vec<(u32, &str)> =
            self.objects.iter().map(|(number, body)| (*number, body.as_str())).collect();
        append(&mut out, &objects, "", None);
        out
    }
}

/// A page with the entries every one has.
pub(crate) fn page(content: u32, more: &str) -> String {
    format!(
        "<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Resources<</Font<</F1 5 0 R>>>>/Contents {content} 0 R{more}>>"
    )
}

/// A content stream of one line.
pub(crate) fn content(text: &str) -> String {
    stream("", &format!("BT /F1 14 Tf 72 720 Td ({text}) Tj ET"))
}

pub(crate) fn stream(entries: &str, data: &str) -> String {
    format!("<<{entries}/Length {}>>stream\n{data}\nendstream", data.len())
}

/// An appearance that paints white over its box and writes a line.
pub(crate) fn cover(text: &str, width: u32, height: u32) -> String {
    let entries =
        format!("/Type/XObject/Subtype/Form/BBox[0 0 {width} {height}]/Resources<</Font<</F1 5 0 R>>>>");
    stream(&entries, &format!("1 g 0 0 {width} {height} re f 0 g BT /F1 14 Tf 2 4 Td ({text}) Tj ET"))
}

/// The dictionary with more entries before its end.
pub(crate) fn entries_added(body: &str, entries: &str) -> String {
    let end = body.find(">>stream").unwrap_or_else(|| body.rfind(">>").unwrap());
    format!("{}{entries}{}", &body[..end], &body[end..])
}

/// Objects, a table and a trailer behind what is there. Without a place of the last table the file begins here.
pub(crate) fn append(out: &mut Vec<u8>, objects: &[(u32, &str)], trailer: &str, prev: Option<usize>) {
    let mut places = Vec::new();
    for (number, body) in objects {
        places.push((*number, out.len()));
        out.extend_from_slice(format!("{number} 0 obj\n{body}\nendobj\n").as_bytes());
    }
    let at = out.len();
    out.extend_from_slice(section(&places, trailer, prev).as_bytes());
    out.extend_from_slice(format!("startxref\n{at}\n%%EOF\n").as_bytes());
}

/// A table with its trailer.
pub(crate) fn section(places: &[(u32, usize)], trailer: &str, prev: Option<usize>) -> String {
    let mut out = "xref\n".to_owned();
    if prev.is_none() {
        out.push_str("0 1\n0000000000 65535 f \n");
    }
    for (number, place) in places {
        let _ = write!(out, "{number} 1\n{place:010} 00000 n \n");
    }
    let root = if trailer.contains("/Root") { "" } else { "/Root 1 0 R" };
    // Sealing adds objects above 90.
    let above = places.iter().map(|(number, _)| number + 1).max().unwrap_or_default();
    let size = if prev.is_some() { 200 } else { above.max(90) };
    let prev = prev.map(|prev| format!("/Prev {prev}")).unwrap_or_default();
    let _ = write!(out, "trailer\n<</Size {size}{root}{prev}{trailer}>>\n");
    out
}

/// The number behind the last `startxref`.
pub(crate) fn startxref(pdf: &[u8]) -> usize {
    let at = rfind(pdf, b"startxref\n") + 10;
    let end = at + pdf[at..].iter().position(|byte| *byte == b'\n').unwrap();
    std::str::from_utf8(&pdf[at..end]).unwrap().parse().unwrap()
}

/// The file with an update as the standard has it.
pub(crate) fn updated(pdf: &[u8], objects: &[(u32, &str)]) -> Vec<u8> {
    updated_with(pdf, objects, "")
}

/// The same with entries in the trailer.
pub(crate) fn updated_with(pdf: &[u8], objects: &[(u32, &str)], trailer: &str) -> Vec<u8> {
    let mut out = pdf.to_vec();
    let prev = startxref(pdf);
    append(&mut out, objects, trailer, Some(prev));
    out
}

/// The body of an object as the last revision has it, without blanks where none is needed.
pub(crate) fn body(pdf: &[u8], number: u32) -> String {
    let begin = format!("\n{number} 0 obj\n");
    let at = rfind(pdf, begin.as_bytes()) + begin.len();
    let end = at + find(&pdf[at..], b"\nendobj");
    let text = String::from_utf8_lossy(&pdf[at..end]).into_owned();
    // The writer leaves a blank behind each key; the documents here have none.
    [" [", " /", " <<", " ("].iter().fold(text, |text, blank| text.replace(blank, blank.trim_start()))
}

pub(crate) fn find(bytes: &[u8], wanted: &[u8]) -> usize {
    bytes.windows(wanted.len()).position(|window| window == wanted).expect("the mark")
}

pub(crate) fn rfind(bytes: &[u8], wanted: &[u8]) -> usize {
    bytes.windows(wanted.len()).rposition(|window| window == wanted).expect("the mark")
}

/// The file with the last occurrence of some bytes exchanged for others of the same length.
pub(crate) fn patched(pdf: &[u8], from: &str, to: &str) -> Vec<u8> {
    assert_eq!(from.len(), to.len());
    let at = rfind(pdf, from.as_bytes());
    let mut out = pdf.to_vec();
    out[at..at + to.len()].copy_from_slice(to.as_bytes());
    out
}

/// What a sealing leaves behind.
pub(crate) struct Sealed {
    pub(crate) pdf: Vec<u8>,
    /// Objects: the signature dictionary, the field with its widget, the form.
    pub(crate) signature: u32,
    pub(crate) field: u32,
    pub(crate) form: u32,
    pub(crate) range: [usize; 4],
}

impl Sealed {
    fn of(pdf: Vec<u8>, range: [usize; 4], name: &str) -> Self {
        let (signature, field, form) = {
            let file = Pdf::open(&pdf, &Limits::default()).unwrap();
            let form = file.form().unwrap();
            let field = form.fields.iter().find(|field| field.name == name).unwrap();
            let value = field.value.as_ref().unwrap().as_reference().unwrap();
            (value.number, field.id.unwrap().number, form.id.unwrap().number)
        };
        Self { pdf, signature, field, form, range }
    }

    pub(crate) fn body(&self, number: u32) -> String {
        body(&self.pdf, number)
    }

    /// The file with an update.
    pub(crate) fn updated(&self, objects: &[(u32, &str)]) -> Vec<u8> {
        updated(&self.pdf, objects)
    }

    /// The file with one object changed by an update.
    pub(crate) fn changed(&self, number: u32, change: impl Fn(&str) -> String) -> Vec<u8> {
        let (old, new) = (self.body(number), change(&self.body(number)));
        assert_ne!(old, new, "nothing was changed");
        self.updated(&[(number, &new)])
    }

    /// The token of the value, with its brackets.
    pub(crate) fn contents(&self) -> &[u8] {
        &self.pdf[self.range[1]..self.range[2]]
    }

    /// The file with another value.
    pub(crate) fn with_value(&self, value: &[u8]) -> Vec<u8> {
        let mut out = self.pdf.clone();
        put_value(&mut out, self.range, value);
        out
    }

    /// The bytes that are signed.
    pub(crate) fn covered(&self) -> Vec<u8> {
        covered(&self.pdf, self.range)
    }

    /// The reference to the form XObject of the appearance.
    pub(crate) fn appearance(&self) -> u32 {
        let field = self.body(self.field);
        let at = field.find("/AP<</N ").unwrap() + 8;
        field[at..].split(' ').next().unwrap().parse().unwrap()
    }
}

pub(crate) fn covered(pdf: &[u8], range: [usize; 4]) -> Vec<u8> {
    let [_, first, second, length] = range;
    [&pdf[..first], &pdf[second..second + length]].concat()
}

/// Writes a value into its room, zeros behind it.
pub(crate) fn put_value(pdf: &mut [u8], range: [usize; 4], value: &[u8]) {
    let room = &mut pdf[range[1] + 1..range[2] - 1];
    let text = hex::encode_upper(value);
    assert!(text.len() <= room.len(), "the value is too long");
    room.fill(b'0');
    room[..text.len()].copy_from_slice(text.as_bytes());
}

/// Which profile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum By {
    Seal,
    Cms,
}

/// The place of the usual seal.
pub(crate) fn stamp() -> Vec<Stamp> {
    vec![Stamp::at(0, 120.0, 200.0, 40.0, 40.0)]
}

/// What is asked of the writer, the room kept small.
pub(crate) fn placement(by: By) -> Placement {
    let mut placement = match by {
        By::Seal => Placement::seal(SealSpec::good().write(), stamp(), at(SIGNED_AT), [7; 32]),
        By::Cms => Placement::sign(at(SIGNED_AT), [7; 32]),
    };
    placement.reserve = Reserve { certificates: 700, time_stamp: 0 };
    placement
}

/// Prepares, signs with the product's own steps and puts the value in.
pub(crate) fn applied(pdf: &[u8], placement: &Placement, signer: &Party) -> Sealed {
    let prepared = prepare(pdf, placement, &Limits::default()).expect("a document that can be signed");
    let signature = signer.key.sign(prepared.to_sign()).expect("a signature");
    let value = prepared.value(&signer.der(), &signature, &[], None).expect("a value");
    finished(&prepared, &value)
}

fn finished(prepared: &Prepared, value: &[u8]) -> Sealed {
    let pdf = embed(prepared, value).expect("room for the value");
    Sealed::of(pdf, prepared.byte_range(), prepared.field())
}

/// The document with the usual seal or signature.
pub(crate) fn sealed(doc: &Doc, by: By) -> Sealed {
    applied(&doc.write(), &placement(by), &pki().signer)
}

/// The usual contract with it.
pub(crate) fn usual(by: By) -> Sealed {
    sealed(&Doc::contract(), by)
}

/// A signature that certifies.
pub(crate) fn certified(doc: &Doc, certify: Certify) -> Sealed {
    let placement = Placement { certify: Some(certify), ..placement(By::Cms) };
    applied(&doc.write(), &placement, &pki().signer)
}

/// One more seal by the second party, on the second page.
pub(crate) fn sealed_again(pdf: &[u8]) -> Sealed {
    let placement = Placement { stamps: vec![Stamp::at(1, 40.0, 200.0, 40.0, 40.0)], ..placement(By::Seal) };
    applied(pdf, &placement, &pki().second)
}

/// One more seal of the second party in a place of its own.
pub(crate) fn sealed_again_at(pdf: &[u8], stamp: Stamp) -> Sealed {
    applied(pdf, &Placement { stamps: vec![stamp], ..placement(By::Seal) }, &pki().second)
}

/// A signature in a field that is there.
pub(crate) fn sealed_in(pdf: &[u8], field: &str, signer: &Party) -> Sealed {
    let choice = FieldChoice::Existing(field.to_owned());
    applied(pdf, &Placement { stamps: Vec::new(), field: choice, ..placement(By::Seal) }, signer)
}

/// The usual contract with a seal whose value is made by `spec`.
pub(crate) fn sealed_by(seal: &SealSpec, spec: &ValueSpec) -> Vec<u8> {
    let mut placement = placement(By::Seal);
    placement.kind = Kind::Seal(seal.write());
    placement.reserve.time_stamp = if spec.stamp.is_some() { 2048 } else { 0 };
    let sealed = applied(&Doc::contract().write(), &placement, &spec.signer);
    let [zero, first, second, length] = sealed.range;
    let info = format!("[{zero} {first} {second} {length}]");
    let value = spec.write(&seal.write(), &sealed.covered(), &info);
    sealed.with_value(&value)
}

/// The usual contract with a plain signature in a form.
pub(crate) fn signed_by(spec: &PlainSpec) -> Vec<u8> {
    let sealed = usual(By::Cms);
    sealed.with_value(&spec.write(&sealed.covered()))
}
