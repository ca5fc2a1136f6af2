//! What an answer says of one certificate.
//!
//! ```text
//! SingleResponse ::= SEQUENCE { certID CertID, certStatus CertStatus, thisUpdate GeneralizedTime,
//!     nextUpdate [0] EXPLICIT GeneralizedTime OPTIONAL, singleExtensions [1] EXPLICIT Extensions OPTIONAL }
//! CertStatus ::= CHOICE { good [0] IMPLICIT NULL, revoked [1] IMPLICIT RevokedInfo, unknown [2] IMPLICIT NULL }
//! RevokedInfo ::= SEQUENCE { revocationTime GeneralizedTime, revocationReason [0] EXPLICIT CRLReason OPTIONAL }
//! ```

use jiff::Timestamp;

use super::{CertId, OcspExtensions};
use crate::asn1::{Asn1Error, Asn1ErrorKind, Reader, Tag, Value, Writer};
use crate::crl::CrlReason;
use crate::oid::Oid;
use crate::time;

/// The status of a certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CertStatus {
    /// Not revoked.
    Good,
    /// Revoked.
    Revoked {
        /// When.
        at: Timestamp,
        /// Why, where that is told.
        reason: Option<CrlReason>,
    },
    /// The responder does not know the certificate.
    Unknown,
}

/// What is said of one certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SingleResponse {
    /// The certificate.
    pub cert: CertId,
    /// Its status.
    pub status: CertStatus,
    /// As of when the status is known.
    pub this_update: Timestamp,
    /// When newer information will be there at the latest; without it, newer information is there always.
    pub next_update: Option<Timestamp>,
    /// Critical extensions that are not understood: the entry must not be relied on.
    pub unknown_critical: Vec<Oid>,
}

impl SingleResponse {
    pub(super) fn read(list: &mut Reader<'_>) -> Result<Self, Asn1Error> {
        let mut fields = list.sequence()?;
        let cert = CertId::read(&mut fields)?;
        let choice = fields.read_any()?.ok_or(Asn1ErrorKind::Truncated.at(fields.offset()))?;
        let status = read_status(&choice)?;
        let this_update = read_time(&fields.read(Tag::GENERALIZED_TIME)?)?;
        let next_update = match fields.read_optional(Tag::context(0))? {
            Some(tagged) => Some(read_time(&tagged.explicit()?)?),
            None => None,
        };
        let extensions = OcspExtensions::read_optional(&mut fields, 1)?;
        fields.finish()?;
        Ok(Self { cert, status, this_update, next_update, unknown_critical: extensions.unknown_critical })
    }

    pub(super) fn write(&self, writer: &mut Writer) {
        writer.sequence(|w| {
            self.cert.write(w);
            match self.status {
                CertStatus::Good => w.implicit_primitive(0, &[]),
                CertStatus::Unknown => w.implicit_primitive(2, &[]),
                CertStatus::Revoked { at, reason } => w.nested(Tag::context(1), |w| {
                    w.generalized_time(at);
                    if let Some(reason) = reason.filter(|reason| *reason != CrlReason::Unspecified) {
                        let number = [u8::try_from(reason.number()).unwrap_or(0)];
                        w.explicit(0, |w| w.value(Tag::ENUMERATED, &number));
                    }
                }),
            }
            w.generalized_time(self.this_update);
            if let Some(next) = self.next_update {
                w.explicit(0, |w| w.generalized_time(next));
            }
        });
    }
}

pub(super) fn read_time(value: &Value<'_>) -> Result<Timestamp, Asn1Error> {
    time::read(value, Tag::GENERALIZED_TIME)
}

fn read_status(value: &Value<'_>) -> Result<CertStatus, Asn1Error> {
    let tag = value.tag();
    if tag == Tag::context(1) {
        let mut fields = value.children()?;
        let at = read_time(&fields.read(Tag::GENERALIZED_TIME)?)?;
        let reason = match fields.read_optional(Tag::context(0))? {
            Some(tagged) => {
                let number = tagged.explicit()?.expect(Tag::ENUMERATED)?;
                let reason = CrlReason::from_number(number.integer()?);
                Some(reason.ok_or(number.error(Asn1ErrorKind::Content("CRLReason")))?)
            }
            None => None,
        };
        fields.finish()?;
        return Ok(CertStatus::Revoked { at, reason });
    }
    let is_empty = value.content().is_empty();
    if tag == Tag::context_primitive(0) && is_empty {
        Ok(CertStatus::Good)
    } else if tag == Tag::context_primitive(2) && is_empty {
        Ok(CertStatus::Unknown)
    } else {
        Err(value.error(Asn1ErrorKind::Content("CertStatus")))
    }
}
