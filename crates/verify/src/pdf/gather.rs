//! What is known of each signature of a PDF before any signature was verified.

use std::borrow::Cow;
use std::ops::Range;

use formats::asn1::Mode;
use formats::cms::{ContentsKind, SignedData, contents_kind, strip_padding};
use formats::oid;
use formats::pdf::{Dictionary, Object, Pdf, PdfError, text_of};
use jiff::Timestamp;

use super::file::File;
use super::found::{Found, Signatures};
use super::range::{self, ByteRange};
use crate::checks::Checks;
use crate::report::SignatureKind;
use crate::signature::{Content, DeclaredTime, Digests, Known, Original, SealFile, ValueFacts};
use crate::stamp::{Over, StampFacts};
use crate::text::Detail;
use crate::trust::Trust;

/// Certificates in one dictionary that are read.
const MAX_CERTIFICATES: usize = 64;

/// What is known of one signature.
pub(super) struct Gathered<'a> {
    pub(super) found: Found,
    pub(super) kind: SignatureKind,
    /// Its outer form.
    pub(super) shape: Shape,
    pub(super) range: Option<ByteRange>,
    pub(super) range_fault: Option<Detail>,
    pub(super) gap: Gap,
    /// True when something but zeros follows the value.
    pub(super) is_padded_oddly: bool,
    pub(super) value: ValueFacts,
    /// The value as it is stored, without its padding.
    pub(super) bytes: Vec<u8>,
    /// Those in the dictionary, which a bare value needs.
    pub(super) certificates: Vec<Vec<u8>>,
    /// A time stamp over the document in the place of a signature (`ETSI.RFC3161`).
    pub(super) stamp: Option<StampFacts>,
    /// The bytes that are signed, and their digests.
    pieces: Vec<&'a [u8]>,
    digests: Digests,
    /// True when only digests of the document are at hand.
    is_unseen: bool,
    /// Why its bytes are not digested: so many signatures are over so much.
    pub(super) limit: Option<PdfError>,
    /// What the first time stamp over the document with this signature in it says.
    stamped_later: Option<Timestamp>,
    declared_time: Option<DeclaredTime>,
}

/// What a value is, by its first element.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    /// SignedData (RFC 5652, GB/T 35275).
    Message,
    /// SES_Signature (GB/T 38540, GM/T 0031).
    Seal,
    /// The bare RSA value of `adbe.x509.rsa_sha1`.
    Bare,
    /// None of them.
    Other,
}

/// What the gap between the ranges is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Gap {
    /// The token of `Contents`.
    Contents,
    /// Something else.
    Other,
    /// There are no ranges.
    None,
}

impl<'a> Gathered<'a> {
    /// Gathers what is known of every signature.
    pub(super) fn all(
        file: &File<'a>,
        signatures: Signatures,
        trust: &Trust,
        checks: &mut Checks,
    ) -> Vec<Self> {
        let one = |found| Self::one(file, found, trust, checks);
        let mut all: Vec<Self> = signatures.list.into_iter().map(one).collect();
        Self::prove_times(&mut all);
        all
    }

    /// A time stamp over the document proves when the signatures in it were there.
    pub(super) fn prove_times(all: &mut [Self]) {
        let stamps: Vec<(usize, Timestamp)> = all
            .iter()
            .filter(|one| one.gap == Gap::Contents && one.range_fault.is_none())
            .filter_map(|one| Some((one.range.as_ref()?.end(), one.stamp.as_ref()?.time()?)))
            .collect();
        for one in all {
            let Some(end) = one.range.as_ref().map(ByteRange::end) else { continue };
            // Whether the stamp itself is good, its own findings tell.
            one.stamped_later = stamps.iter().filter(|(over, _)| *over > end).map(|(_, time)| *time).min();
        }
    }

    fn one(file: &File<'a>, found: Found, trust: &Trust, checks: &mut Checks) -> Self {
        let view = file.view.as_deref();
        let (range, range_fault) = range::read(&found.dictionary, view, file.bytes.len());
        let gap = gap_of(file, &found, range.as_ref());
        let token = found.contents.first().map(|span| file.slice(span));
        let stored = match token {
            Some(token) => range::hexadecimal(token),
            None => found.dictionary.get(b"Contents").and_then(Object::as_string).map(<[u8]>::to_vec),
        };
        let stripped = stored.as_deref().and_then(strip_padding);
        let value = stripped.map_or(stored.as_deref().unwrap_or_default(), |stripped| stripped.value);
        let pieces = range.as_ref().map(|range| vec![file.slice(&range.first), file.slice(&range.second)]);
        let limit = range.as_ref().and_then(|range| file.spend(range.len()).err());
        let gathered = Self {
            gap,
            limit,
            is_padded_oddly: stripped.is_some_and(|stripped| !stripped.is_zeros),
            pieces: pieces.unwrap_or_default(),
            ..Self::new(found, range, range_fault, view)
        };
        gathered.with_value(value, trust, checks)
    }

    /// One of a document that is not at hand, with digests of what it is over. The gap and the padding are not seen.
    pub(super) fn unseen(
        found: Found,
        len: usize,
        value: &[u8],
        digests: Digests,
        trust: &Trust,
        checks: &mut Checks,
    ) -> Self {
        let (range, range_fault) = range::read(&found.dictionary, None, len);
        let gap = if range.is_some() { Gap::Contents } else { Gap::None };
        let gathered = Self { gap, digests, is_unseen: true, ..Self::new(found, range, range_fault, None) };
        gathered.with_value(value, trust, checks)
    }

    fn new(
        found: Found,
        range: Option<ByteRange>,
        range_fault: Option<Detail>,
        view: Option<&Pdf<'_>>,
    ) -> Self {
        Self {
            kind: SignatureKind::Sign,
            shape: Shape::Other,
            gap: Gap::None,
            is_padded_oddly: false,
            value: ValueFacts::missing("Contents".to_owned()),
            bytes: Vec::new(),
            certificates: certificates(&found.dictionary, view),
            stamp: None,
            pieces: Vec::new(),
            digests: Digests::default(),
            is_unseen: false,
            limit: None,
            stamped_later: None,
            declared_time: declared_time(&found.dictionary, view),
            found,
            range,
            range_fault,
        }
    }

    fn with_value(mut self, value: &[u8], trust: &Trust, checks: &mut Checks) -> Self {
        self.shape = shape(value);
        self.bytes = value.to_vec();
        if self.shape == Shape::Seal {
            self.kind = SignatureKind::Seal;
        }
        if self.range.is_none() || value.is_empty() || self.limit.is_some() {
            return self;
        }
        if is_stamp(self.shape, value) {
            let over = Over::Document(self.content());
            self.stamp = Some(StampFacts::gather(value, &over, trust, checks));
            self.kind = SignatureKind::Stamp;
        } else if self.shape == Shape::Bare {
            let (certificates, original) = (&self.certificates, self.original());
            self.value = ValueFacts::gather_rsa(value, certificates, &original, trust, checks);
        } else {
            self.value = ValueFacts::gather(self.kind, value, &self.original(), trust, checks);
        }
        self
    }

    fn content(&self) -> Content<'_> {
        if self.is_unseen {
            let len = self.range.as_ref().map_or(0, ByteRange::len);
            return Content::unseen(len, &self.digests);
        }
        Content::pieces(&self.pieces, &self.digests)
    }

    /// The digests that judging its value took.
    pub(super) fn known(&self) -> Known {
        self.digests.known()
    }

    /// What the value stands over.
    pub(super) fn original(&self) -> Original<'_> {
        Original {
            content: self.content(),
            path: "",
            declared_time: self.declared_time,
            method: None,
            seal_file: SealFile::NotNamed,
            stamped_later: self.stamped_later,
        }
    }
}

/// A message whose content is the statement of a time-stamp authority.
fn is_stamp(shape: Shape, value: &[u8]) -> bool {
    shape == Shape::Message
        && SignedData::parse(value, Mode::Tolerant).is_ok_and(|data| data.content_type == oid::TST_INFO)
}

/// True for the value of a time stamp over the document, its padding behind it.
pub(super) fn holds_stamp(contents: &[u8]) -> bool {
    let value = strip_padding(contents).map_or(contents, |stripped| stripped.value);
    is_stamp(shape(value), value)
}

/// The gap is the token of `Contents`, of this dictionary or of one that says the same.
fn gap_of(file: &File<'_>, found: &Found, range: Option<&ByteRange>) -> Gap {
    let Some(range) = range else { return Gap::None };
    let gap: Range<usize> = range.gap();
    let is_token = found.contents.contains(&gap);
    let is_hexadecimal = || range::hexadecimal(file.slice(&gap)).is_some();
    if is_token && is_hexadecimal() { Gap::Contents } else { Gap::Other }
}

/// What a value is, by its first element.
fn shape(value: &[u8]) -> Shape {
    match contents_kind(value) {
        Some(ContentsKind::SignedData) => Shape::Message,
        Some(ContentsKind::Ses) => Shape::Seal,
        Some(ContentsKind::Octets) => Shape::Bare,
        Some(ContentsKind::Bare) | None => Shape::Other,
    }
}

/// The certificates in the dictionary (`Cert`, ISO 32000-1 table 252), the signer's first: one string, or several.
/// What is no string keeps its place, so that no other certificate takes it.
fn certificates(dictionary: &Dictionary, view: Option<&Pdf<'_>>) -> Vec<Vec<u8>> {
    let resolved = |object: &Object| match view {
        Some(view) => view.resolve(object).ok().map(Cow::into_owned),
        None => Some(object.clone()),
    };
    let bytes = |object: &Object| object.as_string().map(<[u8]>::to_vec);
    let Some(value) = dictionary.get(b"Cert").and_then(resolved) else { return Vec::new() };
    match value.as_array() {
        Some(items) => {
            let one = |item| resolved(item).as_ref().and_then(bytes).unwrap_or_default();
            items.iter().take(MAX_CERTIFICATES).map(one).collect()
        }
        None => bytes(&value).into_iter().collect(),
    }
}

/// The time that the dictionary claims (`M`, §7.9.4).
fn declared_time(dictionary: &Dictionary, view: Option<&Pdf<'_>>) -> Option<DeclaredTime> {
    let value = dictionary.get(b"M")?;
    let value = match view {
        Some(view) => view.resolve(value).ok()?.into_owned(),
        None => value.clone(),
    };
    date(&text_of(value.as_string()?))
}

/// `D:YYYYMMDDHHmmSSOHH'mm'`; what is left out is the beginning. Without a zone it is taken as China's.
pub(super) fn date(text: &str) -> Option<DeclaredTime> {
    let text = text.strip_prefix("D:").unwrap_or(text);
    let mut digits = text.char_indices().take_while(|(_, c)| c.is_ascii_digit()).map(|(at, _)| at + 1);
    let length = digits.by_ref().last().unwrap_or(0).min(14);
    let (digits, zone) = text.split_at_checked(length)?;
    let part =
        |from: usize, to: usize, or: i8| digits.get(from..to).map_or(Some(or), |part| part.parse().ok());
    let year: i16 = digits.get(..4)?.parse().ok()?;
    let (month, day) = (part(4, 6, 1)?, part(6, 8, 1)?);
    let (hour, minute, second) = (part(8, 10, 0)?, part(10, 12, 0)?, part(12, 14, 0)?);
    let civil = jiff::civil::DateTime::new(year, month, day, hour, minute, second.min(59), 0).ok()?;
    let offset = zone_offset(zone);
    let seconds = offset.unwrap_or(8 * 3600);
    let zone = jiff::tz::Offset::from_seconds(seconds).ok()?;
    let at: Timestamp = zone.to_timestamp(civil).ok()?;
    Some(DeclaredTime { at, has_zone: offset.is_some() })
}

/// Seconds east of UTC.
fn zone_offset(zone: &str) -> Option<i32> {
    let mut characters = zone.chars();
    let sign = match characters.next()? {
        'Z' => return Some(0),
        '+' => 1,
        '-' => -1,
        _ => return None,
    };
    let digits: String = characters.filter(char::is_ascii_digit).take(4).collect();
    let hours: i32 = digits.get(..2)?.parse().ok()?;
    let minutes: i32 = digits.get(2..4).map_or(Some(0), |minutes| minutes.parse().ok())?;
    Some(sign * (hours * 3600 + minutes * 60))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_read_with_and_without_a_zone() {
        let at = |text: &str| date(text).map(|time| (time.at.to_string(), time.has_zone));
        let z = |text: &str, zone| Some((text.to_owned(), zone));
        assert_eq!(at("D:20261123192100Z"), z("2026-11-23T19:21:00Z", true));
        assert_eq!(at("D:20261123192100+08'00'"), z("2026-11-23T11:21:00Z", true));
        assert_eq!(at("D:20261123192100-0330"), z("2026-11-23T22:51:00Z", true));
        assert_eq!(at("D:20261123192100"), z("2026-11-23T11:21:00Z", false));
        assert_eq!(at("D:2026"), z("2025-12-31T16:00:00Z", false));
        for bad in ["", "D:", "D:20261399", "yesterday", "D:二〇二六"] {
            assert!(at(bad).is_none(), "{bad}");
        }
    }
}
