//! An opened PDF: objects are read when they are asked for.

use std::borrow::Cow;
use std::ops::Range;
use std::sync::Arc;

use super::{Dictionary, Entry, Limits, Object, ObjectId, PdfError, Section, Stream};

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
    bytes: &'a [u8],
    limits: Limits,
    sections: Vec<Section>,
}

impl<'a> Pdf<'a> {
    /// Opens a file by its cross-reference data, from the last `startxref` on. Nothing is repaired.
    ///
    /// # Errors
    /// [`PdfError`]: no PDF, unusable cross-reference data, a password needed, or beyond a limit.
    pub fn open(bytes: &'a [u8], limits: &Limits) -> Result<Self, PdfError> {
        let _ = (bytes, limits);
        Err(PdfError::NotPdf)
    }

    /// Opens a file by looking for its objects, as viewers do with damaged files: of each number the last one counts,
    /// and the last trailer (or cross-reference stream, or catalogue).
    ///
    /// # Errors
    /// [`PdfError`]: no PDF, no catalogue found, a password needed, or beyond a limit.
    pub fn reconstruct(bytes: &'a [u8], limits: &Limits) -> Result<Self, PdfError> {
        Self::open(bytes, limits)
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

    /// The cross-reference sections, the newest first. None when it was reconstructed.
    pub fn sections(&self) -> &[Section] {
        &self.sections
    }

    /// The newest trailer.
    pub fn trailer(&self) -> &Dictionary {
        static EMPTY: Dictionary = Dictionary::new();
        self.sections.first().map_or(&EMPTY, |section| &section.trailer)
    }

    /// True when it is encrypted (and could be opened with the empty password).
    pub fn is_encrypted(&self) -> bool {
        false
    }

    /// Where an object is, by the newest section that names it.
    pub fn entry(&self, number: u32) -> Option<Entry> {
        let _ = number;
        None
    }

    /// Every object number that is in use, with where it is, in rising order.
    pub fn numbers(&self) -> Vec<(u32, Entry)> {
        Vec::new()
    }

    /// An indirect object. What was read once is kept.
    ///
    /// # Errors
    /// [`PdfError::MissingObject`] where there is none or another one stands in its place; syntax and limits.
    pub fn object(&self, id: ObjectId) -> Result<Arc<Indirect>, PdfError> {
        Err(PdfError::MissingObject(id))
    }

    /// The value itself, or what it refers to; a reference to nothing is `null` (§7.3.10).
    ///
    /// # Errors
    /// When what it refers to cannot be read, or references run in a circle.
    pub fn resolve<'o>(&self, object: &'o Object) -> Result<Cow<'o, Object>, PdfError> {
        Ok(Cow::Borrowed(object))
    }

    /// The resolved value of a key; none for `null`.
    ///
    /// # Errors
    /// As [`Self::resolve`].
    pub fn get(&self, dictionary: &Dictionary, key: &[u8]) -> Result<Option<Object>, PdfError> {
        let _ = (dictionary, key);
        Ok(None)
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
        Err(PdfError::Unexpected("Root"))
    }

    /// The stored bytes of a stream, decrypted and not decoded.
    ///
    /// # Errors
    /// When it lies outside the file or cannot be decrypted.
    pub fn raw_data(&self, stream: &Stream) -> Result<Cow<'_, [u8]>, PdfError> {
        let _ = stream;
        Err(PdfError::Filter("stream"))
    }

    /// The decoded bytes of a stream (§7.4). Filters of pictures (DCT, JPX, CCITT, JBIG2) are an error:
    /// [`PdfError::Filter`].
    ///
    /// # Errors
    /// As [`Self::raw_data`], and when a filter fails or a limit is met.
    pub fn data(&self, stream: &Stream) -> Result<Vec<u8>, PdfError> {
        self.raw_data(stream).map(Cow::into_owned)
    }
}
