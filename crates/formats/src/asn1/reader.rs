//! The reader: one value at a time, by slice, bounded in length, depth and number of notes.

use std::cell::RefCell;

use super::{Asn1Error, Asn1ErrorKind as Kind, Deviation, DeviationKind, Notes, Span, Tag};

/// How much departure from the standard is accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// DER and the standard to the letter; the first departure is an error.
    Strict,
    /// What can be understood is read, and each departure is recorded.
    Tolerant,
}

/// Bounds of what is read.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Longest input in bytes.
    pub max_len: usize,
    /// Deepest nesting.
    pub max_depth: u8,
}

impl Default for Limits {
    fn default() -> Self {
        Self { max_len: 64 * 1024 * 1024, max_depth: 32 }
    }
}

/// What one parse shares: mode, bounds and the deviations found so far.
#[derive(Debug)]
pub struct Context {
    mode: Mode,
    limits: Limits,
    notes: Notes,
    /// The first error that was borne.
    fault: RefCell<Option<Asn1Error>>,
}

impl Context {
    /// A context with the default limits.
    pub fn new(mode: Mode) -> Self {
        Self::with_limits(mode, Limits::default())
    }

    /// A context with chosen limits.
    pub fn with_limits(mode: Mode, limits: Limits) -> Self {
        Self { mode, limits, notes: Notes::default(), fault: RefCell::new(None) }
    }

    /// The mode in force.
    pub fn mode(&self) -> Mode {
        self.mode
    }

    /// Records a departure, or refuses it in strict mode.
    ///
    /// # Errors
    /// `Asn1ErrorKind::Deviation` in strict mode.
    pub fn note(&self, kind: DeviationKind, offset: usize) -> Result<(), Asn1Error> {
        match self.mode {
            Mode::Strict => Err(Kind::Deviation(kind).at(offset)),
            Mode::Tolerant => {
                self.notes.push(Deviation { kind, offset });
                Ok(())
            }
        }
    }

    /// Bears an error in a part that the rest can be read without: the structure is wrong, and what else it says is
    /// read all the same. In strict mode the error stands. Whoever reads the structure asks [`Context::take_fault`].
    ///
    /// # Errors
    /// The error itself in strict mode.
    pub(crate) fn bear(&self, error: Asn1Error) -> Result<(), Asn1Error> {
        if self.mode == Mode::Strict {
            return Err(error);
        }
        self.fault.borrow_mut().get_or_insert(error);
        Ok(())
    }

    /// The first error that was borne, leaving none behind.
    pub(crate) fn take_fault(&self) -> Option<Asn1Error> {
        self.fault.borrow_mut().take()
    }

    /// The deviations recorded, leaving none behind.
    pub fn take_notes(&self) -> Vec<Deviation> {
        self.notes.take()
    }

    /// The single value that `input` holds; bytes after it are a deviation.
    ///
    /// # Errors
    /// When there is no well-formed value, or the input is above the limit.
    pub fn top<'a>(&'a self, input: &'a [u8]) -> Result<Value<'a>, Asn1Error> {
        self.top_at(input, 0, 0)
    }

    /// Like [`Context::top`] for bytes that lie at `base` of the outermost input, `depth` levels down.
    ///
    /// # Errors
    /// When there is no well-formed value, or the input is above the limit.
    pub fn top_at<'a>(&'a self, input: &'a [u8], base: usize, depth: u8) -> Result<Value<'a>, Asn1Error> {
        if input.len() > self.limits.max_len {
            return Err(Kind::TooLarge.at(base));
        }
        let mut reader = Reader { content: input, pos: 0, base, depth, context: self };
        let value = reader.read_any()?.ok_or(Kind::Truncated.at(base))?;
        if !reader.is_empty() {
            self.note(DeviationKind::TrailingBytes, reader.offset())?;
        }
        Ok(value)
    }
}

/// One encoded value: a slice of the input with its place.
#[derive(Clone, Copy, Debug)]
pub struct Value<'a> {
    tag: Tag,
    raw: &'a [u8],
    content: &'a [u8],
    header_len: usize,
    offset: usize,
    depth: u8,
    context: &'a Context,
}

impl<'a> Value<'a> {
    /// The identifier octet.
    pub fn tag(&self) -> Tag {
        self.tag
    }

    /// The whole encoding as received, header and (in BER) end marker included.
    pub fn raw(&self) -> &'a [u8] {
        self.raw
    }

    /// The content octets as received.
    pub fn content(&self) -> &'a [u8] {
        self.content
    }

    /// Offset of the first byte in the outermost input.
    pub fn offset(&self) -> usize {
        self.offset
    }

    /// Offset of the content in the outermost input.
    pub fn content_offset(&self) -> usize {
        self.offset.saturating_add(self.header_len)
    }

    /// The place of the whole encoding in the outermost input.
    pub fn span(&self) -> Span {
        Span { start: self.offset, end: self.offset.saturating_add(self.raw.len()) }
    }

    /// Levels of nesting above this value.
    pub fn depth(&self) -> u8 {
        self.depth
    }

    /// The context of the parse.
    pub fn context(&self) -> &'a Context {
        self.context
    }

    /// Records a departure at this value.
    ///
    /// # Errors
    /// In strict mode.
    pub fn note(&self, kind: DeviationKind) -> Result<(), Asn1Error> {
        self.context.note(kind, self.offset)
    }

    /// An error at this value.
    pub fn error(&self, kind: Kind) -> Asn1Error {
        kind.at(self.offset)
    }

    /// The values inside a constructed value.
    ///
    /// # Errors
    /// When the value is primitive, or nested too deeply.
    pub fn children(&self) -> Result<Reader<'a>, Asn1Error> {
        if !self.tag.is_constructed() {
            return Err(self.error(Kind::Content("constructed value")));
        }
        self.inner()
    }

    /// The values encoded in the content octets, whatever the tag: for structures wrapped in a string.
    ///
    /// # Errors
    /// When nested too deeply.
    pub fn inner(&self) -> Result<Reader<'a>, Asn1Error> {
        self.inner_from(0)
    }

    /// Like [`Value::inner`], but from `skip` octets into the content: past the octet of unused bits when a
    /// structure is wrapped in a BIT STRING.
    ///
    /// # Errors
    /// When nested too deeply.
    pub fn inner_from(&self, skip: usize) -> Result<Reader<'a>, Asn1Error> {
        let depth = self.depth.saturating_add(1);
        if depth > self.context.limits.max_depth {
            return Err(self.error(Kind::TooDeep));
        }
        Ok(Reader {
            content: self.content.get(skip..).unwrap_or_default(),
            pos: 0,
            base: self.content_offset().saturating_add(skip),
            depth,
            context: self.context,
        })
    }

    /// The values of a SEQUENCE.
    ///
    /// # Errors
    /// When the value is not a SEQUENCE.
    pub fn sequence(&self) -> Result<Reader<'a>, Asn1Error> {
        self.expect(Tag::SEQUENCE)?.children()
    }

    /// The single value inside an explicit tag.
    ///
    /// # Errors
    /// When there is none or more than one.
    pub fn explicit(&self) -> Result<Value<'a>, Asn1Error> {
        let mut inner = self.children()?;
        let value = inner.read_any()?.ok_or(Kind::Truncated.at(inner.offset()))?;
        inner.finish()?;
        Ok(value)
    }

    /// This value, if it has the tag.
    ///
    /// # Errors
    /// When it has another.
    pub fn expect(self, tag: Tag) -> Result<Self, Asn1Error> {
        if self.tag == tag {
            Ok(self)
        } else {
            Err(self.error(Kind::UnexpectedTag { expected: tag, found: self.tag }))
        }
    }
}

/// Reads the values in a stretch of content, one after another.
#[derive(Clone, Debug)]
pub struct Reader<'a> {
    content: &'a [u8],
    pos: usize,
    base: usize,
    depth: u8,
    context: &'a Context,
}

impl<'a> Reader<'a> {
    /// True when nothing is left.
    pub fn is_empty(&self) -> bool {
        self.pos >= self.content.len()
    }

    /// Offset of the next value in the outermost input.
    pub fn offset(&self) -> usize {
        self.base.saturating_add(self.pos)
    }

    /// The context of the parse.
    pub fn context(&self) -> &'a Context {
        self.context
    }

    /// The tag of the next value.
    pub fn peek(&self) -> Option<Tag> {
        self.content.get(self.pos).copied().map(Tag)
    }

    /// The next value, `None` at the end.
    ///
    /// # Errors
    /// When the bytes are no well-formed value.
    pub fn read_any(&mut self) -> Result<Option<Value<'a>>, Asn1Error> {
        if self.is_empty() {
            return Ok(None);
        }
        let offset = self.offset();
        let rest = self.content.get(self.pos..).unwrap_or_default();
        let header = Header::read(rest).map_err(|kind| kind.at(offset))?;
        if header.non_minimal {
            self.context.note(DeviationKind::NonMinimalLength, offset)?;
        }
        let (content_len, trailer) = if let Some(len) = header.content_len {
            (len, 0)
        } else {
            self.context.note(DeviationKind::IndefiniteLength, offset)?;
            let body = rest.get(header.len..).unwrap_or_default();
            (end_of_contents(body, self.context.limits.max_depth).map_err(|kind| kind.at(offset))?, 2)
        };
        let content_end = header.len.checked_add(content_len).ok_or(Kind::Length.at(offset))?;
        let end = content_end.checked_add(trailer).ok_or(Kind::Length.at(offset))?;
        let content = rest.get(header.len..content_end).ok_or(Kind::Truncated.at(offset))?;
        let raw = rest.get(..end).ok_or(Kind::Truncated.at(offset))?;
        self.pos = self.pos.saturating_add(end);
        Ok(Some(Value {
            tag: header.tag,
            raw,
            content,
            header_len: header.len,
            offset,
            depth: self.depth,
            context: self.context,
        }))
    }

    /// The next value, which must have the tag (or, for a string type, its constructed form in BER).
    ///
    /// # Errors
    /// When there is none or it has another tag.
    pub fn read(&mut self, tag: Tag) -> Result<Value<'a>, Asn1Error> {
        let offset = self.offset();
        let value = self.read_any()?.ok_or(Kind::Missing(tag).at(offset))?;
        if value.tag == tag || is_segmented(value.tag, tag) { Ok(value) } else { value.expect(tag) }
    }

    /// The next value if it has the tag (or its constructed form for a string type).
    ///
    /// # Errors
    /// When the bytes are no well-formed value.
    pub fn read_optional(&mut self, tag: Tag) -> Result<Option<Value<'a>>, Asn1Error> {
        match self.peek() {
            Some(next) if next == tag || is_segmented(next, tag) => self.read_any(),
            _ => Ok(None),
        }
    }

    /// The values inside the next value, which must be a SEQUENCE.
    ///
    /// # Errors
    /// When it is not.
    pub fn sequence(&mut self) -> Result<Reader<'a>, Asn1Error> {
        self.read(Tag::SEQUENCE)?.children()
    }

    /// Number of values left.
    ///
    /// # Errors
    /// When the bytes are no well-formed values.
    pub fn count(&self) -> Result<usize, Asn1Error> {
        let mut ahead = self.clone();
        let mut count = 0_usize;
        while ahead.read_any()?.is_some() {
            count = count.saturating_add(1);
        }
        Ok(count)
    }

    /// Bears values that are left over: they are an error that changes nothing of what was read.
    ///
    /// # Errors
    /// `Extra` in strict mode when a value is left.
    pub(crate) fn finish_bearing(self) -> Result<(), Asn1Error> {
        let context = self.context;
        self.finish().or_else(|error| context.bear(error))
    }

    /// Refuses values that are left over.
    ///
    /// # Errors
    /// `Extra` when a value is left.
    pub fn finish(self) -> Result<(), Asn1Error> {
        if self.is_empty() { Ok(()) } else { Err(Kind::Extra.at(self.offset())) }
    }
}

/// True when `found` is the constructed form of the string type `wanted`.
fn is_segmented(found: Tag, wanted: Tag) -> bool {
    wanted.is_universal() && wanted.is_string() && found == wanted.constructed()
}

/// Identifier and length octets.
struct Header {
    tag: Tag,
    len: usize,
    content_len: Option<usize>,
    non_minimal: bool,
}

impl Header {
    fn read(input: &[u8]) -> Result<Self, Kind> {
        let (&identifier, rest) = input.split_first().ok_or(Kind::Truncated)?;
        // Universal number 0 marks an end of contents and is never a value, constructed or not.
        if identifier & 0x1F == 0x1F || identifier & 0xDF == 0 {
            return Err(Kind::Tag);
        }
        let tag = Tag(identifier);
        let (&first, rest) = rest.split_first().ok_or(Kind::Truncated)?;
        if first < 0x80 {
            return Ok(Self { tag, len: 2, content_len: Some(usize::from(first)), non_minimal: false });
        }
        if first == 0x80 {
            if !tag.is_constructed() {
                return Err(Kind::Length);
            }
            return Ok(Self { tag, len: 2, content_len: None, non_minimal: false });
        }
        let count = usize::from(first & 0x7F);
        if count > 8 {
            return Err(Kind::Length);
        }
        let octets = rest.get(..count).ok_or(Kind::Truncated)?;
        let length = octets.iter().fold(0_u64, |sum, &octet| (sum << 8) | u64::from(octet));
        let content_len = usize::try_from(length).map_err(|_| Kind::Length)?;
        let needed = usize::try_from(length.checked_ilog2().unwrap_or(0) / 8).unwrap_or(0).saturating_add(1);
        let non_minimal = content_len < 0x80 || count > needed;
        Ok(Self { tag, len: count.saturating_add(2), content_len: Some(content_len), non_minimal })
    }
}

/// Length of the content before the end marker that closes an indefinite-length value.
///
/// Walks over the values without recursion: definite ones are skipped whole, so the work is linear.
fn end_of_contents(body: &[u8], max_depth: u8) -> Result<usize, Kind> {
    let mut pos = 0_usize;
    let mut open = 1_u8;
    loop {
        let rest = body.get(pos..).unwrap_or_default();
        if rest.starts_with(&[0, 0]) {
            open = open.saturating_sub(1);
            if open == 0 {
                return Ok(pos);
            }
            pos = pos.checked_add(2).ok_or(Kind::Length)?;
            continue;
        }
        let header = Header::read(rest)?;
        let step = match header.content_len {
            Some(len) => header.len.checked_add(len).ok_or(Kind::Length)?,
            None if open >= max_depth => return Err(Kind::TooDeep),
            None => {
                open = open.saturating_add(1);
                header.len
            }
        };
        pos = pos.checked_add(step).ok_or(Kind::Length)?;
        if pos > body.len() {
            return Err(Kind::Truncated);
        }
    }
}
