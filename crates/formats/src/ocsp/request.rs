//! The question.
//!
//! ```text
//! OCSPRequest ::= SEQUENCE { tbsRequest TBSRequest, optionalSignature [0] EXPLICIT Signature OPTIONAL }
//! TBSRequest ::= SEQUENCE { version [0] EXPLICIT INTEGER DEFAULT v1, requestorName [1] EXPLICIT GeneralName OPTIONAL,
//!     requestList SEQUENCE OF Request, requestExtensions [2] EXPLICIT Extensions OPTIONAL }
//! Request ::= SEQUENCE { reqCert CertID, singleRequestExtensions [0] EXPLICIT Extensions OPTIONAL }
//! ```

use crypto::Random;

use super::{CertId, OcspError, OcspExtensions, write_nonce};
use crate::asn1::{Asn1ErrorKind, Context, Deviation, Limits, Mode, Tag, Writer};
use crate::oid::Oid;

/// Longest question accepted, in bytes.
const MAX_LEN: usize = 64 * 1024;
/// Certificates in one question.
pub(super) const MAX_CERTS: usize = 64;

/// A question about the status of certificates.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OcspRequest {
    /// The certificates asked about, at least one.
    pub certs: Vec<CertId>,
    /// The octets that a fresh answer repeats.
    pub nonce: Option<Vec<u8>>,
    /// True when the asker signed it; the signature is not checked, since an answer is given to anybody.
    pub is_signed: bool,
    /// Critical extensions that are not understood: such a question must be refused.
    pub unknown_critical: Vec<Oid>,
    /// What was tolerated in reading it.
    pub deviations: Vec<Deviation>,
}

impl OcspRequest {
    /// Asks about certificates, with a nonce of 32 random octets.
    pub fn new(certs: Vec<CertId>, random: &Random) -> Self {
        let mut nonce = [0; 32];
        random.fill(&mut nonce);
        Self { nonce: Some(nonce.to_vec()), ..Self::without_nonce(certs) }
    }

    /// Asks about certificates and takes an answer made beforehand.
    pub fn without_nonce(certs: Vec<CertId>) -> Self {
        Self { certs, nonce: None, is_signed: false, unknown_critical: Vec::new(), deviations: Vec::new() }
    }

    /// Reads a question.
    ///
    /// # Errors
    /// When the bytes are none.
    pub fn parse(der: &[u8], mode: Mode) -> Result<Self, OcspError> {
        let context = Context::with_limits(mode, Limits { max_len: MAX_LEN, ..Limits::default() });
        let mut outer = context.top(der)?.sequence()?;
        let mut tbs = outer.sequence()?;
        let is_signed = outer.read_optional(Tag::context(0))?.is_some();
        outer.finish()?;
        super::response::read_version(&mut tbs)?;
        tbs.read_optional(Tag::context(1))?;
        let mut list = tbs.sequence()?;
        let mut certs = Vec::new();
        let mut unknown_critical = Vec::new();
        while !list.is_empty() {
            if certs.len() >= MAX_CERTS {
                return Err(Asn1ErrorKind::TooLarge.at(list.offset()).into());
            }
            let mut fields = list.sequence()?;
            certs.push(CertId::read(&mut fields)?);
            unknown_critical.extend(OcspExtensions::read_optional(&mut fields, 0)?.unknown_critical);
            fields.finish()?;
        }
        if certs.is_empty() {
            return Err(Asn1ErrorKind::Missing(Tag::SEQUENCE).at(list.offset()).into());
        }
        let extensions = OcspExtensions::read_optional(&mut tbs, 2)?;
        tbs.finish()?;
        unknown_critical.extend(extensions.unknown_critical);
        let deviations = context.take_notes();
        Ok(Self { certs, nonce: extensions.nonce, is_signed, unknown_critical, deviations })
    }

    /// The encoding, unsigned.
    pub fn to_der(&self) -> Vec<u8> {
        Writer::build(|w| {
            w.sequence(|w| {
                w.sequence(|w| {
                    w.sequence(|w| {
                        for cert in &self.certs {
                            w.sequence(|w| cert.write(w));
                        }
                    });
                    if let Some(nonce) = &self.nonce {
                        w.explicit(2, |w| write_nonce(w, nonce));
                    }
                });
            });
        })
    }
}
