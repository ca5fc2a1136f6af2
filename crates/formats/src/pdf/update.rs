//! Adding to a file by an incremental update (ISO 32000-1 §7.5.6): the bytes that are there stay as they are, changed
//! and new objects follow, then a cross-reference section of the same kind as the newest one.
//!
//! The update is a pure function of its arguments. What an encrypted file asks for as initial vectors comes from a
//! seed that the caller draws; the second part of `/ID` comes from the bytes that are added.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::ops::Range;

use crypto::sm3;

use super::{Dictionary, Entry, Object, ObjectId, Pdf, PdfError, SectionKind, Stream, StreamData, write};

/// Width of a number in `/ByteRange` while it is not known: files have at most ten digits of bytes.
const NUMBER_WIDTH: usize = 10;

/// An update in the making.
pub struct Update<'p, 'a> {
    pdf: &'p Pdf<'a>,
    seed: [u8; 32],
    objects: BTreeMap<u32, (u16, Body)>,
    next: u32,
}

/// What is written between `obj` and `endobj`.
enum Body {
    Object(Object),
    /// A signature dictionary with room for so many bytes of `/Contents`.
    Signature(Dictionary, usize),
}

/// A file with its update.
pub struct Written {
    /// The whole file; what was there before is its beginning.
    pub bytes: Vec<u8>,
    /// Where the room for the signature is.
    pub signature: Option<SignatureRoom>,
}

/// Where the values of a signature dictionary go.
pub struct SignatureRoom {
    /// What stands between the brackets of `/ByteRange`.
    pub byte_range: Range<usize>,
    /// The token of `/Contents`, with its angle brackets.
    pub contents: Range<usize>,
}

impl<'p, 'a> Update<'p, 'a> {
    /// Begins an update. `seed` is 32 random bytes, of which the initial vectors of an encrypted file are made; in
    /// other files it does not matter.
    ///
    /// # Errors
    /// For a file that was reconstructed, because it has no cross-reference data to go on from, and when its numbers
    /// go beyond the limits.
    pub fn new(pdf: &'p Pdf<'a>, seed: [u8; 32]) -> Result<Self, PdfError> {
        if pdf.is_reconstructed() || pdf.sections().is_empty() {
            return Err(PdfError::Unexpected("a file without usable cross-reference data"));
        }
        let mut next = 1_u32;
        for section in pdf.sections() {
            let size = section.trailer.integer(b"Size").unwrap_or(0);
            let last = section.entries.last().map_or(0, |(number, _)| number.saturating_add(1));
            next = next.max(u32::try_from(size).unwrap_or(0)).max(last);
        }
        if usize::try_from(next).map_or(true, |next| next > pdf.limits().objects) {
            return Err(PdfError::Limit("objects"));
        }
        Ok(Self { pdf, seed, objects: BTreeMap::new(), next })
    }

    /// A number for a new object.
    pub fn reserve(&mut self) -> ObjectId {
        let id = ObjectId::new(self.next);
        self.next = self.next.saturating_add(1);
        id
    }

    /// Puts an object in the place of another, or in a reserved one. Streams must hold their bytes
    /// ([`StreamData::New`]).
    pub fn put(&mut self, id: ObjectId, object: Object) {
        self.objects.insert(id.number, (id.generation, Body::Object(object)));
    }

    /// Adds a new object.
    pub fn add(&mut self, object: Object) -> ObjectId {
        let id = self.reserve();
        self.put(id, object);
        id
    }

    /// Puts a signature dictionary, to which `/ByteRange` and `/Contents` with room for `room` bytes are added.
    /// One in an update.
    pub fn put_signature(&mut self, id: ObjectId, dictionary: Dictionary, room: usize) {
        self.objects.insert(id.number, (id.generation, Body::Signature(dictionary, room)));
    }

    /// What was put in the place of an object already.
    pub fn pending(&self, id: ObjectId) -> Option<&Object> {
        match self.objects.get(&id.number) {
            Some((generation, Body::Object(object))) if *generation == id.generation => Some(object),
            _ => None,
        }
    }

    /// Writes the file.
    ///
    /// # Errors
    /// When a string cannot be encrypted, or a stream has no bytes of its own.
    pub fn finish(mut self) -> Result<Written, PdfError> {
        let old = self.pdf.bytes();
        let mut out = Vec::with_capacity(old.len().saturating_add(64 << 10));
        out.extend_from_slice(old);
        if !matches!(old.last(), Some(b'\n' | b'\r')) {
            out.push(b'\n');
        }
        let mut places = BTreeMap::new();
        let mut signature = None;
        for (number, (generation, body)) in std::mem::take(&mut self.objects) {
            let id = ObjectId { number, generation };
            places.insert(number, (out.len(), generation));
            // Writing into a vector cannot fail.
            let _ = writeln!(out, "{number} {generation} obj");
            match body {
                Body::Object(object) => write(&self.encrypted(id, object)?, &mut out),
                Body::Signature(dictionary, room) => {
                    let dictionary = self.encrypted(id, Object::Dictionary(dictionary))?;
                    signature = write_signature(&dictionary, room, &mut out);
                }
            }
            out.extend_from_slice(b"\nendobj\n");
        }
        self.write_section(old.len(), places, &mut out);
        Ok(Written { bytes: out, signature })
    }

    /// The section and the trailer.
    fn write_section(&self, begin: usize, mut places: BTreeMap<u32, (usize, u16)>, out: &mut Vec<u8>) {
        let Some(newest) = self.pdf.sections().first() else { return };
        let offset = out.len();
        let id = self.file_id(out.get(begin..).unwrap_or_default());
        let is_stream = newest.kind == SectionKind::Stream;
        let size = self.next.saturating_add(u32::from(is_stream));
        let mut trailer = Dictionary::new().with(b"Size", Object::Integer(size.into()));
        for key in [&b"Root"[..], b"Info", b"Encrypt"] {
            if let Some(value) = newest.trailer.get(key) {
                trailer.set(key, value.clone());
            }
        }
        trailer.set(b"ID", id);
        trailer.set(b"Prev", Object::Integer(i64::try_from(newest.offset).unwrap_or(i64::MAX)));
        if is_stream {
            places.insert(self.next, (offset, 0));
            write_stream_section(self.next, trailer, &places, out);
        } else {
            write_table(&trailer, &places, out);
        }
        let _ = writeln!(out, "startxref\n{offset}\n%%EOF");
    }

    /// The file's identifier (§14.4): its first part as it was, its second of what is added.
    fn file_id(&self, added: &[u8]) -> Object {
        let old = self.pdf.get(self.pdf.trailer(), b"ID").ok().flatten();
        let parts = old.as_ref().and_then(Object::as_array).unwrap_or_default();
        let part = |index: usize| parts.get(index).and_then(Object::as_string).unwrap_or_default();
        let mut seen = part(1).to_vec();
        seen.extend_from_slice(&(self.pdf.bytes().len() as u64).to_be_bytes());
        seen.extend_from_slice(added);
        let new = sm3::digest(&seen).get(..16).unwrap_or_default().to_vec();
        let first = if part(0).is_empty() { new.clone() } else { part(0).to_vec() };
        Object::Array(vec![Object::String(first), Object::String(new)])
    }

    /// The object as it stands in the file: its strings and its data encrypted where the file is.
    fn encrypted(&self, id: ObjectId, object: Object) -> Result<Object, PdfError> {
        let mut count = 0;
        self.protect(id, object, &mut count, 0)
    }

    fn protect(
        &self,
        id: ObjectId,
        object: Object,
        count: &mut u64,
        depth: usize,
    ) -> Result<Object, PdfError> {
        if depth > self.pdf.limits().depth {
            return Err(PdfError::Limit("depth"));
        }
        Ok(match object {
            Object::String(bytes) => Object::String(self.protect_string(id, bytes, count)?),
            Object::Array(items) => Object::Array(
                items
                    .into_iter()
                    .map(|item| self.protect(id, item, count, depth + 1))
                    .collect::<Result<_, _>>()?,
            ),
            Object::Dictionary(dictionary) => {
                Object::Dictionary(self.protect_dictionary(id, &dictionary, count, depth)?)
            }
            Object::Stream(stream) => {
                let StreamData::New(data) = stream.data else {
                    return Err(PdfError::Unexpected("a stream that lies in the file"));
                };
                let mut dictionary = self.protect_dictionary(id, &stream.dictionary, count, depth)?;
                let data = match &self.pdf.encryption {
                    Some(encryption) => {
                        encryption.encrypt_stream(id, &dictionary, &data, self.vector(id, count))?
                    }
                    None => data,
                };
                dictionary.set(b"Length", Object::Integer(i64::try_from(data.len()).unwrap_or(i64::MAX)));
                Object::Stream(Stream { dictionary, data: StreamData::New(data) })
            }
            other => other,
        })
    }

    fn protect_string(&self, id: ObjectId, bytes: Vec<u8>, count: &mut u64) -> Result<Vec<u8>, PdfError> {
        match &self.pdf.encryption {
            Some(encryption) => encryption.encrypt_string(id, &bytes, self.vector(id, count)),
            None => Ok(bytes),
        }
    }

    fn protect_dictionary(
        &self,
        id: ObjectId,
        dictionary: &Dictionary,
        count: &mut u64,
        depth: usize,
    ) -> Result<Dictionary, PdfError> {
        let mut out = Dictionary::new();
        for entry in dictionary.entries() {
            let value = self.protect(id, entry.value.clone(), count, depth + 1)?;
            out.push(super::DictionaryEntry { key: entry.key.clone(), value, span: 0..0 });
        }
        Ok(out)
    }

    /// The next initial vector of an object.
    fn vector(&self, id: ObjectId, count: &mut u64) -> [u8; 16] {
        let mut seen = self.seed.to_vec();
        seen.extend_from_slice(&id.number.to_be_bytes());
        seen.extend_from_slice(&count.to_be_bytes());
        *count += 1;
        let mut vector = [0; 16];
        vector.iter_mut().zip(sm3::digest(&seen)).for_each(|(byte, random)| *byte = random);
        vector
    }
}

/// A signature dictionary with zeros for `/Contents` and blanks for `/ByteRange`.
fn write_signature(dictionary: &Object, room: usize, out: &mut Vec<u8>) -> Option<SignatureRoom> {
    write(dictionary, out);
    // The closing brackets come again behind the two entries.
    out.truncate(out.len().checked_sub(2)?);
    out.extend_from_slice(b"/ByteRange [");
    let from = out.len();
    out.resize(from + 3 * (NUMBER_WIDTH + 1) + 1, b' ');
    let byte_range = from..out.len();
    out.extend_from_slice(b"]/Contents ");
    let from = out.len();
    out.push(b'<');
    out.resize(out.len() + 2 * room, b'0');
    out.push(b'>');
    let contents = from..out.len();
    out.extend_from_slice(b">>");
    Some(SignatureRoom { byte_range, contents })
}

/// Runs of numbers that follow one another: the subsections.
fn runs(places: &BTreeMap<u32, (usize, u16)>) -> Vec<(u32, Vec<(usize, u16)>)> {
    let mut runs: Vec<(u32, Vec<(usize, u16)>)> = Vec::new();
    for (number, place) in places {
        match runs.last_mut() {
            Some((first, run)) if u32::try_from(run.len()).ok() == number.checked_sub(*first) => {
                run.push(*place);
            }
            _ => runs.push((*number, vec![*place])),
        }
    }
    runs
}

/// `xref` and `trailer` (§7.5.4, §7.5.5).
fn write_table(trailer: &Dictionary, places: &BTreeMap<u32, (usize, u16)>, out: &mut Vec<u8>) {
    out.extend_from_slice(b"xref\n");
    for (first, run) in runs(places) {
        let _ = writeln!(out, "{first} {}", run.len());
        for (offset, generation) in run {
            let _ = writeln!(out, "{offset:010} {generation:05} n ");
        }
    }
    out.extend_from_slice(b"trailer\n");
    write(&Object::Dictionary(trailer.clone()), out);
    out.push(b'\n');
}

/// A cross-reference stream (§7.5.8); it is never encrypted.
fn write_stream_section(
    number: u32,
    mut trailer: Dictionary,
    places: &BTreeMap<u32, (usize, u16)>,
    out: &mut Vec<u8>,
) {
    let (mut index, mut data) = (Vec::new(), Vec::new());
    for (first, run) in runs(places) {
        index.push(Object::Integer(first.into()));
        index.push(Object::Integer(i64::try_from(run.len()).unwrap_or(i64::MAX)));
        for (offset, generation) in run {
            data.push(1);
            // Limits keep files far below the 2^40 bytes that five bytes can tell.
            data.extend((offset as u64).to_be_bytes().into_iter().skip(3));
            data.extend_from_slice(&generation.to_be_bytes());
        }
    }
    trailer.set(b"Type", Object::name("XRef"));
    trailer.set(b"W", Object::Array([1, 5, 2].map(Object::Integer).to_vec()));
    trailer.set(b"Index", Object::Array(index));
    trailer.set(b"Length", Object::Integer(i64::try_from(data.len()).unwrap_or(i64::MAX)));
    let _ = writeln!(out, "{number} 0 obj");
    write(&Object::Stream(Stream { dictionary: trailer, data: StreamData::New(data) }), out);
    out.extend_from_slice(b"\nendobj\n");
}

impl Pdf<'_> {
    /// The name that an object has by the cross-reference data: its number with its generation.
    pub fn id_of(&self, number: u32) -> Option<ObjectId> {
        match self.entry(number)? {
            Entry::Free => None,
            Entry::File { generation, .. } => Some(ObjectId { number, generation }),
            Entry::InStream { .. } => Some(ObjectId::new(number)),
        }
    }
}
