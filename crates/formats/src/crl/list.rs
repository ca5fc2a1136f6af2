//! The list.
//!
//! ```text
//! CertificateList ::= SEQUENCE { tbsCertList, signatureAlgorithm, signatureValue BIT STRING }
//! TBSCertList ::= SEQUENCE { version INTEGER OPTIONAL (v2), signature AlgorithmIdentifier, issuer Name,
//!     thisUpdate Time, nextUpdate Time OPTIONAL, revokedCertificates SEQUENCE OF … OPTIONAL,
//!     crlExtensions [0] EXPLICIT Extensions OPTIONAL }
//! ```

use std::fmt;

use crypto::VerifyingKey;
use jiff::Timestamp;

use super::entry::digits;
use super::{CrlError, RevokedEntry};
use crate::asn1::{
    Asn1Error, Asn1ErrorKind, BitString, Context, Deviation, Limits, Mode, Reader, Span, Tag, Value,
};
use crate::oid::{self, Oid};
use crate::time;
use crate::x509::{
    AlgorithmIdentifier, Certificate, Name, SignatureFault, X509Error, authority_key_id, check_signature,
    extension_inner, pem_blocks, read_extension,
};

/// Longest list accepted, in bytes: about two million entries.
const MAX_LEN: usize = 96 * 1024 * 1024;
/// Most entries accepted.
const MAX_ENTRIES: usize = 2_000_000;
/// Extensions of one list.
const MAX_EXTENSIONS: usize = 64;

/// A revocation list: its bytes as received, and what they say.
#[derive(Clone, PartialEq, Eq)]
pub struct Crl {
    raw: Vec<u8>,
    tbs: Span,
    issuer_span: Span,
    signature: BitString,
    /// Places of the entries, sorted by serial number and then by place.
    index: Vec<Place>,
    /// Signature algorithm.
    pub signature_algorithm: AlgorithmIdentifier,
    /// Who issued it.
    pub issuer: Name,
    /// When it was issued.
    pub this_update: Timestamp,
    /// When the next one will be there at the latest.
    pub next_update: Option<Timestamp>,
    /// Content octets of its number.
    pub number: Option<Vec<u8>>,
    /// Identifier of the issuer's key.
    pub authority_key_id: Option<Vec<u8>>,
    /// It holds only what changed since another list.
    pub is_delta: bool,
    /// Critical extensions that are not understood: the list must not be relied on.
    pub unknown_critical: Vec<Oid>,
    /// What was tolerated in reading it.
    pub deviations: Vec<Deviation>,
}

impl Crl {
    /// Reads a list in DER. Every entry is checked once here.
    ///
    /// # Errors
    /// When the bytes are no list.
    pub fn parse(der: &[u8], mode: Mode) -> Result<Self, CrlError> {
        let context = Context::with_limits(mode, Limits { max_len: MAX_LEN, ..Limits::default() });
        let value = context.top(der)?;
        let mut outer = value.sequence()?;
        let tbs_value = outer.read(Tag::SEQUENCE)?;
        let signature_algorithm = AlgorithmIdentifier::read(&mut outer)?;
        let signature = outer.read(Tag::BIT_STRING)?.octet_bits()?;
        outer.finish()?;

        let mut tbs = tbs_value.children()?;
        if let Some(version) = tbs.read_optional(Tag::INTEGER)?
            && version.integer()? != 1
        {
            return Err(version.error(Asn1ErrorKind::Content("version of a revocation list")).into());
        }
        if AlgorithmIdentifier::read(&mut tbs)? != signature_algorithm {
            return Err(X509Error::AlgorithmMismatch.into());
        }
        let issuer = tbs.read(Tag::SEQUENCE)?;
        let this_value = tbs.read_any()?.ok_or(Asn1ErrorKind::Missing(Tag::UTC_TIME).at(tbs.offset()))?;
        let mut crl = Self {
            raw: value.raw().to_vec(),
            tbs: tbs_value.span(),
            issuer_span: issuer.span(),
            signature,
            index: Vec::new(),
            signature_algorithm,
            issuer: Name::read(&issuer)?,
            this_update: time::read_choice(&this_value)?,
            next_update: read_next_update(&mut tbs)?,
            number: None,
            authority_key_id: None,
            is_delta: false,
            unknown_critical: Vec::new(),
            deviations: Vec::new(),
        };
        if let Some(entries) = tbs.read_optional(Tag::SEQUENCE)? {
            crl.index = index(&entries)?;
        }
        if let Some(tagged) = tbs.read_optional(Tag::context(0))? {
            crl.read_extensions(&tagged.explicit()?)?;
        }
        tbs.finish()?;
        crl.deviations = context.take_notes();
        Ok(crl)
    }

    fn read_extensions(&mut self, list: &Value<'_>) -> Result<(), CrlError> {
        let mut list = list.sequence()?;
        let mut seen = Vec::new();
        while !list.is_empty() {
            if seen.len() >= MAX_EXTENSIONS {
                return Err(Asn1ErrorKind::TooLarge.at(list.offset()).into());
            }
            let (oid, critical, value) = read_extension(&mut list)?;
            if seen.contains(&oid) {
                return Err(X509Error::DuplicateExtension(oid).into());
            }
            seen.push(oid);
            match oid {
                oid::CRL_NUMBER => self.number = Some(extension_inner(&value)?.integer_bytes()?.to_vec()),
                oid::AUTHORITY_KEY_IDENTIFIER => {
                    self.authority_key_id = authority_key_id(&extension_inner(&value)?)?;
                }
                oid::DELTA_CRL_INDICATOR => self.is_delta = true,
                // An issuing distribution point narrows what the list speaks of; it counts as not understood.
                _ if critical => self.unknown_critical.push(oid),
                _ => {}
            }
        }
        Ok(())
    }

    /// The whole list as received.
    pub fn der(&self) -> &[u8] {
        &self.raw
    }

    /// The signed part as received.
    pub fn tbs(&self) -> &[u8] {
        self.tbs.of(&self.raw)
    }

    /// The issuer's name as received.
    pub fn issuer_der(&self) -> &[u8] {
        self.issuer_span.of(&self.raw)
    }

    /// The signature value.
    pub fn signature(&self) -> &BitString {
        &self.signature
    }

    /// Number of entries.
    pub fn len(&self) -> usize {
        self.index.len()
    }

    /// True when nothing is revoked.
    pub fn is_empty(&self) -> bool {
        self.index.is_empty()
    }

    /// The entry of a serial number (content octets). Of several, the one with the earliest date.
    pub fn find(&self, serial: &[u8]) -> Option<RevokedEntry<'_>> {
        let wanted = digits(serial);
        let start = self.index.partition_point(|place| digits(place.serial.of(&self.raw)) < wanted);
        let rest = self.index.get(start..)?.iter();
        let same = rest.take_while(|place| digits(place.serial.of(&self.raw)) == wanted);
        same.filter_map(|place| self.entry(place)).min_by_key(|entry| entry.date)
    }

    /// All entries, in the order of their serial numbers.
    pub fn entries(&self) -> impl Iterator<Item = RevokedEntry<'_>> {
        self.index.iter().filter_map(|place| self.entry(place))
    }

    /// Reads an entry in place; it was read once already, so that it is always there.
    fn entry(&self, place: &Place) -> Option<RevokedEntry<'_>> {
        let context = Context::new(Mode::Tolerant);
        let RevokedEntry { date, reason, invalidity_date, unknown_critical, .. } =
            RevokedEntry::read(&context.top(place.entry.of(&self.raw)).ok()?).ok()?;
        let serial = place.serial.of(&self.raw);
        Some(RevokedEntry { serial, date, reason, invalidity_date, unknown_critical })
    }

    /// True when `at` lies between this update and the next one.
    pub fn is_current(&self, at: Timestamp) -> bool {
        self.this_update <= at && self.next_update.is_none_or(|next| at <= next)
    }

    /// Checks the signature with a key.
    ///
    /// # Errors
    /// When the signature is not one of this key.
    pub fn check_signature(&self, issuer_key: &VerifyingKey) -> Result<(), SignatureFault> {
        check_signature(&self.signature_algorithm, issuer_key, self.tbs(), &self.signature)
    }

    /// Checks name and signature against an issuer's certificate: nothing else of a chain.
    ///
    /// # Errors
    /// When the signature is not one of the issuer's key, or that key is unusable.
    pub fn check_issued_by(&self, issuer: &Certificate) -> Result<(), SignatureFault> {
        if self.issuer_der() != issuer.subject_der() {
            return Err(SignatureFault::Wrong(crypto::VerifyError::Mismatch));
        }
        self.check_signature(&issuer.verifying_key()?)
    }
}

impl fmt::Debug for Crl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Crl({}, {} entries)", self.this_update, self.index.len())
    }
}

fn read_next_update(tbs: &mut Reader<'_>) -> Result<Option<Timestamp>, Asn1Error> {
    for tag in [Tag::UTC_TIME, Tag::GENERALIZED_TIME] {
        if let Some(value) = tbs.read_optional(tag)? {
            return time::read_choice(&value).map(Some);
        }
    }
    Ok(None)
}

/// Where one entry and the content octets of its serial number lie.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Place {
    entry: Span,
    serial: Span,
}

/// Checks every entry and sorts their places by serial number.
fn index(entries: &Value<'_>) -> Result<Vec<Place>, CrlError> {
    let mut list = entries.children()?;
    let mut found: Vec<(&[u8], Place)> = Vec::new();
    while let Some(value) = list.read_any()? {
        if found.len() >= MAX_ENTRIES {
            return Err(CrlError::TooMany);
        }
        let entry = RevokedEntry::read(&value)?;
        let number = value.sequence()?.read(Tag::INTEGER)?;
        let start = number.content_offset();
        let serial = Span { start, end: start.saturating_add(entry.serial.len()) };
        found.push((digits(entry.serial), Place { entry: value.span(), serial }));
    }
    found.sort_unstable_by_key(|(serial, place)| (*serial, place.entry.start));
    Ok(found.into_iter().map(|(_, place)| place).collect())
}

/// All lists in a file: PEM blocks, or one in DER.
///
/// # Errors
/// When there is none, or one is malformed.
pub fn read_crls(file: &[u8]) -> Result<Vec<Crl>, CrlError> {
    if !file.windows(11).any(|window| window == b"-----BEGIN ") {
        return Ok(vec![Crl::parse(file, Mode::Tolerant)?]);
    }
    let blocks = pem_blocks(file)?;
    let ours = blocks.iter().filter(|block| block.label.ends_with("CRL"));
    let crls: Vec<Crl> =
        ours.map(|block| Crl::parse(&block.der, Mode::Tolerant)).collect::<Result<_, _>>()?;
    if crls.is_empty() { Err(X509Error::Empty.into()) } else { Ok(crls) }
}
