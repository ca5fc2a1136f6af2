//! The signature made with a seal (电子签章).
//!
//! ```text
//! GB/T 38540 §7.1: SES_Signature ::= SEQUENCE { toSign TBS_Sign, cert OCTET STRING,
//!     signatureAlgID OBJECT IDENTIFIER, signature BIT STRING, timeStamp [0] BIT STRING OPTIONAL }
//! GM/T 0031 §6.2:  SES_Signature ::= SEQUENCE { toSign TBS_Sign, signature BIT STRING }
//! ```

use std::fmt;

use crypto::VerifyingKey;

use super::seal::{MAX_LEN, check_forms};
use super::{SesError, TbsSign, fields, known_algorithm};
use crate::asn1::{
    Asn1Error, Asn1ErrorKind as Kind, BitString, Context, Deviation, DeviationKind, Limits, Mode, Tag, Value,
};
use crate::oid::Oid;
use crate::signature_value::{SignatureCandidate, signature_candidates, verify_candidates};
use crate::x509::{Certificate, SignatureFault, X509Error};

/// A seal signature: its bytes as received, and what they say. `Debug` shows what [`TbsSign`] shows.
#[derive(Clone, PartialEq, Eq)]
pub struct SesSignature {
    raw: Vec<u8>,
    /// What was signed.
    pub signed: TbsSign,
    /// The signer's certificate in DER.
    pub signer_cert: Vec<u8>,
    /// The signer's signature algorithm.
    pub signature_alg: Oid,
    /// The signature value.
    pub signature: BitString,
    /// Time-stamp token over the signature value.
    pub time_stamp: Option<Vec<u8>>,
}

impl SesSignature {
    /// Reads a signature.
    ///
    /// # Errors
    /// When the bytes are no seal signature, or depart from the standard in strict mode.
    pub fn parse(der: &[u8], mode: Mode) -> Result<(Self, Vec<Deviation>), SesError> {
        match Self::parse_bearing(der, mode)? {
            (signature, notes, None) => Ok((signature, notes)),
            (_, _, Some(fault)) => Err(fault),
        }
    }

    /// The same for a verifier, which judges what can be read of a signature that is wrong in one part: an error in a
    /// part that the rest can do without comes beside what was read.
    ///
    /// # Errors
    /// When too little can be read for a signature.
    pub fn parse_bearing(
        der: &[u8],
        mode: Mode,
    ) -> Result<(Self, Vec<Deviation>, Option<SesError>), SesError> {
        let context = Context::with_limits(mode, Limits { max_len: MAX_LEN, ..Limits::default() });
        let signature = Self::read(&fields::unwrapped(context.top(der)?)?)?;
        Ok((signature, context.take_notes(), context.take_fault().map(SesError::from)))
    }

    fn read(value: &Value<'_>) -> Result<Self, Asn1Error> {
        let mut outer = value.sequence()?;
        let mut signed = TbsSign::read(&outer.read(Tag::SEQUENCE)?)?;
        let (signer_cert, signature_alg) = match (outer.count()?, signed.signer.take()) {
            (1.., Some(signer)) => {
                signed.signer = Some(signer.clone());
                signer
            }
            (3.., None) => {
                let cert = fields::certificate(&fields::any(&mut outer, Tag::OCTET_STRING)?)?;
                (cert, fields::algorithm(&fields::any(&mut outer, Tag::OID)?)?)
            }
            _ => return Err(value.error(Kind::Shape("seal signature"))),
        };
        let signature = fields::signature_value(&fields::any(&mut outer, Tag::BIT_STRING)?)?;
        let time_stamp = fields::borne(value, fields::time_stamp(&mut outer), None)?;
        outer.finish_bearing()?;
        // GM/T 0031 has no time stamp there.
        if time_stamp.is_some() && signed.signer.is_some() {
            value.note(DeviationKind::SignatureStructure)?;
        }
        Ok(Self { raw: value.raw().to_vec(), signed, signer_cert, signature_alg, signature, time_stamp })
    }

    /// The whole signature as received.
    pub fn raw(&self) -> &[u8] {
        &self.raw
    }

    /// TBS_Sign as received: the bytes that the signer signed.
    pub fn tbs(&self) -> &[u8] {
        self.signed.raw()
    }

    /// The readings of the signature value, the one in the file first.
    pub fn signature_candidates(&self) -> Vec<SignatureCandidate> {
        signature_candidates(&self.signature)
    }

    /// The signer's certificate.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn signer_certificate(&self) -> Result<Certificate, X509Error> {
        Certificate::from_der(&self.signer_cert)
    }

    /// Checks the signature value with a key; tells what had to be tolerated.
    ///
    /// # Errors
    /// When the signature is not one of this key over this signed part.
    pub fn check_signature(&self, key: &VerifyingKey) -> Result<Vec<DeviationKind>, SignatureFault> {
        let algorithm = known_algorithm(&self.signature_alg)?;
        check_forms(self.tbs(), |message| verify_candidates(key, algorithm, message, &self.signature))
    }
}

impl fmt::Debug for SesSignature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SesSignature({:?})", self.signed)
    }
}
