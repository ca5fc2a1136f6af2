//! An opened PDF: objects are read when they are asked for.

use std::borrow::Cow;
use std::ops::Range;
use std::sync::{Arc, Mutex, OnceLock};

use memchr::memmem;

use super::budget::Budget;
use super::cache::Cache;
use super::crypt::Encryption;
use super::object_stream::ObjectStream;
use super::xref::{Opened, chain, lookup, startxref};
use super::{Dictionary, Entry, Fact, Limits, Object, ObjectId, PdfError, Section, Source, filter};
use super::{Stream, StreamData};

/// Where an object was read from. The spans of its dictionary count in that buffer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// The file: from `N G obj` to the end of `endobj` (or of the object, where that is missing).
    File(Range<usize>),
    /// An object stream's decoded content.
    InStream {
        /// Number of the object stream.
        container: u32,
        /// Its position there.
        index: u32,
    },
}

/// An indirect object.
#[derive(Clone, Debug, PartialEq)]
pub struct Indirect {
    /// Its name.
    pub id: ObjectId,
    /// Its value.
    pub object: Object,
    /// Where it was read from.
    pub place: Place,
}

/// An opened PDF. A revision of a file is the file up to the end of that revision: open that part.
pub struct Pdf<'a> {
    pub(super) bytes: &'a [u8],
    pub(super) limits: Limits,
    pub(super) sections: Vec<Section>,
    /// The trailer of a reconstructed file.
    pub(super) trailer: Dictionary,
    /// Entries of all sections, the newest of each number; empty while there is one section.
    pub(super) merged: OnceLock<Vec<(u32, Entry)>>,
    pub(super) encryption: Option<Encryption>,
    /// The object that holds the `Encrypt` dictionary, whose strings are not encrypted.
    pub(super) encrypt_object: Option<u32>,
    pub(super) objects: Mutex<Cache<Indirect>>,
    pub(super) streams: Mutex<Cache<ObjectStream>>,
    pub(super) facts: Mutex<Vec<Fact>>,
    pub(super) work: Budget,
    pub(super) decoded: Budget,
}

/// Bytes at the beginning in which `%PDF-` is looked for.
const HEAD: usize = 1024;

impl<'a> Pdf<'a> {
    /// Opens a file by its cross-reference data, from the last `startxref` on. Nothing is repaired.
    ///
    /// # Errors
    /// [`PdfError`]: no PDF, unusable cross-reference data, a password needed, or beyond a limit.
    pub fn open(bytes: &'a [u8], limits: &Limits) -> Result<Self, PdfError> {
        Self::open_with(bytes, limits, b"")
    }

    /// The same with a password.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub fn open_with(bytes: &'a [u8], limits: &Limits, password: &[u8]) -> Result<Self, PdfError> {
        Self::open_source(&Source::new(bytes, limits), bytes.len(), None, password)
    }

    /// Opens a file from the cross-reference section that begins at a byte, whatever `startxref` says.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub fn open_at(bytes: &'a [u8], limits: &Limits, section: usize) -> Result<Self, PdfError> {
        Self::open_source(&Source::new(bytes, limits), bytes.len(), Some(section), b"")
    }

    /// Opens a file by looking for its objects, as viewers do with damaged files: of each number the last one counts,
    /// and the last trailer (or cross-reference stream, or catalogue).
    ///
    /// # Errors
    /// [`PdfError`]: no PDF, no catalogue found, a password needed, or beyond a limit.
    pub fn reconstruct(bytes: &'a [u8], limits: &Limits) -> Result<Self, PdfError> {
        Self::reconstruct_source(&Source::new(bytes, limits))
    }

    pub(super) fn open_source(
        source: &Source<'a>,
        end: usize,
        section: Option<usize>,
        password: &[u8],
    ) -> Result<Self, PdfError> {
        Self::unopened(source, end)?.follow(source, section, password)
    }

    pub(super) fn reconstruct_source(source: &Source<'a>) -> Result<Self, PdfError> {
        Self::unopened(source, source.bytes.len())?.rebuild(b"")
    }

    /// Checks size and header, and reads nothing more.
    fn unopened(source: &Source<'a>, end: usize) -> Result<Self, PdfError> {
        let (limits, bytes) = (&source.limits, source.bytes.get(..end).unwrap_or_default());
        if u64::try_from(bytes.len()).unwrap_or(u64::MAX) > limits.file_len {
            return Err(PdfError::Limit("size of the file"));
        }
        let head = bytes.get(..HEAD).unwrap_or(bytes);
        let base = memmem::find(head, b"%PDF-").ok_or(PdfError::NotPdf)?;
        let facts = if base > 0 { vec![Fact::BytesBeforeHeader(base)] } else { Vec::new() };
        Ok(Self {
            bytes,
            limits: limits.clone(),
            sections: Vec::new(),
            trailer: Dictionary::new(),
            merged: OnceLock::new(),
            encryption: None,
            encrypt_object: None,
            objects: Mutex::new(Cache::for_file(source.bytes.len())),
            streams: Mutex::new(Cache::for_file(source.bytes.len())),
            facts: Mutex::new(facts),
            work: Budget::for_reading(bytes).within(&source.effort),
            decoded: Budget::new(limits.decoded_len, "bytes of all decoded streams").within(&source.effort),
        })
    }

    /// Follows the cross-reference data from a section, or from the last `startxref`.
    fn follow(
        mut self,
        source: &Source<'a>,
        section: Option<usize>,
        password: &[u8],
    ) -> Result<Self, PdfError> {
        let mut opened = Opened {
            source,
            bytes: self.bytes,
            base: self.header_offset(),
            limits: &self.limits,
            work: &self.work,
            decoded: &self.decoded,
            facts: Vec::new(),
        };
        let start = section.map_or_else(|| startxref(&mut opened), Ok)?;
        let sections = chain(&mut opened, start)?;
        let facts = std::mem::take(&mut opened.facts);
        self.sections = sections;
        self.note(facts);
        self.decrypt(password)?;
        Ok(self)
    }

    /// True when it was opened by [`Self::reconstruct`].
    pub fn is_reconstructed(&self) -> bool {
        self.sections.is_empty()
    }

    /// The bytes.
    pub fn bytes(&self) -> &'a [u8] {
        self.bytes
    }

    /// The bounds.
    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    /// Where `%PDF-` stands: 0 as a rule. The offsets that stand in the file count from there.
    pub fn header_offset(&self) -> usize {
        let head = self.bytes.get(..HEAD).unwrap_or(self.bytes);
        memmem::find(head, b"%PDF-").unwrap_or_default()
    }

    /// What was unusual so far. Objects that have not been asked for have not been looked at.
    pub fn facts(&self) -> Vec<Fact> {
        super::load::lock(&self.facts).clone()
    }

    /// The cross-reference sections, the newest first. None when it was reconstructed.
    pub fn sections(&self) -> &[Section] {
        &self.sections
    }

    /// The newest trailer.
    pub fn trailer(&self) -> &Dictionary {
        self.sections.first().map_or(&self.trailer, |section| &section.trailer)
    }

    /// True when it is encrypted (and could be opened with the empty password).
    pub fn is_encrypted(&self) -> bool {
        self.encryption.is_some()
    }

    /// Where an object is, by the newest section that names it.
    pub fn entry(&self, number: u32) -> Option<Entry> {
        lookup(self.entries(), number)
    }

    /// Every object number that is in use, with where it is, in rising order.
    pub fn numbers(&self) -> Vec<(u32, Entry)> {
        self.entries().iter().filter(|(_, entry)| *entry != Entry::Free).copied().collect()
    }

    /// The newest entry of each number.
    fn entries(&self) -> &[(u32, Entry)] {
        if let [only] = self.sections.as_slice() {
            return &only.entries;
        }
        self.merged.get_or_init(|| {
            let mut all = Vec::with_capacity(self.sections.iter().map(|section| section.entries.len()).sum());
            self.sections.iter().for_each(|section| all.extend_from_slice(&section.entries));
            // The sort is stable: the newest section comes first.
            all.sort_by_key(|(number, _): &(u32, Entry)| *number);
            all.dedup_by_key(|(number, _)| *number);
            all
        })
    }

    /// The value itself, or what it refers to; a reference to nothing is `null` (§7.3.10).
    ///
    /// # Errors
    /// When what it refers to cannot be read, or references run in a circle.
    pub fn resolve<'o>(&self, object: &'o Object) -> Result<Cow<'o, Object>, PdfError> {
        self.resolve_at(object, 0)
    }

    /// The same on the way to another object: the depth keeps that from running in a circle.
    fn resolve_at<'o>(&self, object: &'o Object, depth: usize) -> Result<Cow<'o, Object>, PdfError> {
        let Object::Reference(first) = object else { return Ok(Cow::Borrowed(object)) };
        let mut id = *first;
        for _ in 0..=self.limits.depth {
            if !self.is_in_use(id) {
                return Ok(Cow::Owned(Object::Null));
            }
            let (indirect, bytes) = self.weighed(id, depth)?;
            match &indirect.object {
                Object::Reference(next) => id = *next,
                other => {
                    self.work.copy(bytes)?;
                    return Ok(Cow::Owned(other.clone()));
                }
            }
        }
        Err(PdfError::Circle("references"))
    }

    /// True when the cross-reference data has an object of this number and generation.
    pub(super) fn is_in_use(&self, id: ObjectId) -> bool {
        match self.entry(id.number) {
            Some(Entry::File { generation, .. }) => generation == id.generation,
            Some(Entry::InStream { .. }) => id.generation == 0,
            Some(Entry::Free) | None => false,
        }
    }

    /// The resolved value of a key; none for `null`.
    ///
    /// # Errors
    /// As [`Self::resolve`].
    pub fn get(&self, dictionary: &Dictionary, key: &[u8]) -> Result<Option<Object>, PdfError> {
        let Some(value) = dictionary.get(key) else { return Ok(None) };
        let value = self.resolve(value)?.into_owned();
        Ok((value != Object::Null).then_some(value))
    }

    /// The resolved dictionary of a key (that of a stream too); none where there is something else.
    ///
    /// # Errors
    /// As [`Self::resolve`].
    pub fn dictionary(&self, dictionary: &Dictionary, key: &[u8]) -> Result<Option<Dictionary>, PdfError> {
        Ok(self.get(dictionary, key)?.and_then(|object| object.as_dictionary().cloned()))
    }

    /// The catalogue (§7.7.2).
    ///
    /// # Errors
    /// When there is none.
    pub fn catalog(&self) -> Result<Arc<Indirect>, PdfError> {
        let root = self.trailer().get(b"Root").and_then(Object::as_reference);
        let catalog = self.object(root.ok_or(PdfError::Unexpected("Root"))?)?;
        if !matches!(catalog.object, Object::Dictionary(_)) {
            return Err(PdfError::Unexpected("Root"));
        }
        Ok(catalog)
    }

    /// The stored bytes of a stream, decrypted and not decoded.
    ///
    /// # Errors
    /// When it lies outside the file or cannot be decrypted.
    pub fn raw_data(&self, stream: &Stream) -> Result<Cow<'_, [u8]>, PdfError> {
        let (range, owner) = match &stream.data {
            StreamData::File { range, owner } => (range, *owner),
            StreamData::New(bytes) => return Ok(Cow::Owned(bytes.clone())),
        };
        let bytes = self.bytes.get(range.clone()).ok_or(PdfError::Filter("it lies outside the file"))?;
        match &self.encryption {
            Some(encryption) if !stream.dictionary.has_name(b"Type", b"XRef") => {
                self.decoded.spend(bytes.len())?;
                encryption.stream(owner, &stream.dictionary, bytes).map(Cow::Owned)
            }
            _ => Ok(Cow::Borrowed(bytes)),
        }
    }

    /// The decoded bytes of a stream (§7.4). Filters of pictures (DCT, JPX, CCITT, JBIG2) are an error:
    /// [`PdfError::Filter`]. Damaged data give what could be decoded, with [`Fact::DamagedData`].
    ///
    /// # Errors
    /// As [`Self::raw_data`], and when a filter fails or a limit is met.
    pub fn data(&self, stream: &Stream) -> Result<Vec<u8>, PdfError> {
        self.data_at(stream, 0)
    }

    /// The decoded bytes of a stream that is not damaged.
    ///
    /// # Errors
    /// As [`Self::data`], and for damaged data.
    pub fn whole_data(&self, stream: &Stream) -> Result<Vec<u8>, PdfError> {
        let decoded = self.decoded_at(stream, 0)?;
        decoded.damage.map_or(Ok(decoded.bytes), |what| Err(PdfError::Filter(what)))
    }

    fn decoded_at(&self, stream: &Stream, depth: usize) -> Result<filter::Decoded, PdfError> {
        let encoded = self.raw_data(stream)?;
        let steps =
            filter::steps(&stream.dictionary, &|object| self.resolve_at(object, depth).map(Cow::into_owned))?;
        filter::decode(&encoded, &steps, self.limits.stream_len, &self.decoded)
    }

    pub(super) fn data_at(&self, stream: &Stream, depth: usize) -> Result<Vec<u8>, PdfError> {
        let decoded = self.decoded_at(stream, depth)?;
        if let (StreamData::File { owner, .. }, Some(what)) = (&stream.data, decoded.damage) {
            self.note([Fact::DamagedData { object: *owner, what }]);
        }
        Ok(decoded.bytes)
    }
}
