//! One revoked certificate.
//!
//! `SEQUENCE { userCertificate INTEGER, revocationDate Time, crlEntryExtensions Extensions OPTIONAL }`

use jiff::Timestamp;

use crate::asn1::{Asn1Error, Asn1ErrorKind, Tag, Value};
use crate::oid;
use crate::time;
use crate::x509::{extension_inner, read_extension};

/// Extensions of one entry; real ones have at most three.
const MAX_EXTENSIONS: usize = 16;

/// Why a certificate was revoked (CRLReason).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CrlReason {
    /// No reason given.
    Unspecified,
    /// The key fell into other hands.
    KeyCompromise,
    /// The authority's key fell into other hands.
    CaCompromise,
    /// The subject's affiliation changed.
    AffiliationChanged,
    /// Replaced by another.
    Superseded,
    /// No longer in use.
    CessationOfOperation,
    /// On hold: may come back.
    CertificateHold,
    /// No longer on hold (in delta lists).
    RemoveFromCrl,
    /// A privilege was withdrawn.
    PrivilegeWithdrawn,
    /// An attribute authority's key fell into other hands.
    AaCompromise,
}

impl CrlReason {
    const NUMBERS: [(Self, i64); 10] = [
        (Self::Unspecified, 0),
        (Self::KeyCompromise, 1),
        (Self::CaCompromise, 2),
        (Self::AffiliationChanged, 3),
        (Self::Superseded, 4),
        (Self::CessationOfOperation, 5),
        (Self::CertificateHold, 6),
        (Self::RemoveFromCrl, 8),
        (Self::PrivilegeWithdrawn, 9),
        (Self::AaCompromise, 10),
    ];

    pub(crate) fn from_number(number: i64) -> Option<Self> {
        Self::NUMBERS.iter().find(|(_, known)| *known == number).map(|(reason, _)| *reason)
    }

    pub(crate) fn number(self) -> i64 {
        Self::NUMBERS.iter().find(|(reason, _)| *reason == self).map_or(0, |(_, number)| *number)
    }
}

/// One revoked certificate, in place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RevokedEntry<'a> {
    /// Content octets of the serial number.
    pub serial: &'a [u8],
    /// When it was revoked.
    pub date: Timestamp,
    /// Why.
    pub reason: Option<CrlReason>,
    /// From when the certificate was no longer to be trusted, if that was known to be earlier.
    pub invalidity_date: Option<Timestamp>,
    /// The entry has a critical extension that is not understood, so that it may mean another issuer's
    /// certificate.
    pub unknown_critical: bool,
}

impl<'a> RevokedEntry<'a> {
    pub(super) fn read(value: &Value<'a>) -> Result<Self, Asn1Error> {
        let mut fields = value.sequence()?;
        let serial = fields.read(Tag::INTEGER)?.integer_bytes()?;
        let date_value =
            fields.read_any()?.ok_or(Asn1ErrorKind::Missing(Tag::UTC_TIME).at(fields.offset()))?;
        let date = time::read_choice(&date_value)?;
        let mut entry = Self { serial, date, reason: None, invalidity_date: None, unknown_critical: false };
        if let Some(list) = fields.read_optional(Tag::SEQUENCE)? {
            entry.read_extensions(&list)?;
        }
        fields.finish()?;
        Ok(entry)
    }

    fn read_extensions(&mut self, list: &Value<'a>) -> Result<(), Asn1Error> {
        let mut list = list.children()?;
        let mut count = 0_usize;
        while !list.is_empty() {
            count = count.saturating_add(1);
            if count > MAX_EXTENSIONS {
                return Err(Asn1ErrorKind::TooLarge.at(list.offset()));
            }
            let (oid, critical, value) = read_extension(&mut list)?;
            match oid {
                oid::CRL_REASON => {
                    let number = extension_inner(&value)?.expect(Tag::ENUMERATED)?;
                    let reason = CrlReason::from_number(number.integer()?);
                    self.reason = Some(reason.ok_or(number.error(Asn1ErrorKind::Content("CRLReason")))?);
                }
                oid::INVALIDITY_DATE => {
                    self.invalidity_date = Some(time::read_choice(&extension_inner(&value)?)?);
                }
                _ if critical => self.unknown_critical = true,
                _ => {}
            }
        }
        Ok(())
    }
}

/// Serial numbers are compared without leading zeros, so that a padded one cannot slip through.
pub(crate) fn digits(serial: &[u8]) -> &[u8] {
    let start = serial.iter().position(|&octet| octet != 0).unwrap_or(serial.len());
    serial.get(start..).unwrap_or_default()
}
