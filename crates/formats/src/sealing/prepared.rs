//! A document of either kind that waits for its signature value.

use super::document::Limits;
use super::error::SealingError;
use super::kind::DocumentKind;
use crate::cms::SignedDataDraft;
use crate::ofd;
use crate::pdf;
use crate::ses::assemble_signature;
use jiff::Timestamp;

/// A document with everything but the signature value. It can be stored between requests.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Prepared {
    /// An OFD.
    Ofd(ofd::Prepared),
    /// A PDF.
    Pdf(pdf::seal::Prepared),
}

impl Prepared {
    /// What it is.
    pub fn kind(&self) -> DocumentKind {
        match self {
            Self::Ofd(_) => DocumentKind::Ofd,
            Self::Pdf(_) => DocumentKind::Pdf,
        }
    }

    /// SM3 of what is protected: dataHash of a seal, messageDigest of a plain signature.
    pub fn data_hash(&self) -> &[u8; 32] {
        match self {
            Self::Ofd(prepared) => prepared.data_hash(),
            Self::Pdf(prepared) => prepared.data_hash(),
        }
    }

    /// The message the signer signs (待签名数据): for a seal TBS_Sign (GB/T 38540 §7.1), for a plain signature the
    /// signed attributes (GB/T 35275).
    pub fn to_sign(&self) -> &[u8] {
        match self {
            Self::Ofd(prepared) => prepared.to_sign(),
            Self::Pdf(prepared) => prepared.to_sign(),
        }
    }

    /// True for a seal, false for a plain signature.
    pub fn is_seal(&self) -> bool {
        match self {
            Self::Ofd(prepared) => prepared.is_seal(),
            Self::Pdf(prepared) => prepared.is_seal(),
        }
    }

    /// The signing time in whole seconds, as written.
    pub fn signing_time(&self) -> Timestamp {
        match self {
            Self::Ofd(prepared) => prepared.signing_time(),
            Self::Pdf(prepared) => prepared.signing_time(),
        }
    }

    /// Puts the value together from the signer's signature (DER) over [`Self::to_sign`]: an SES_Signature for a seal, a
    /// SignedData for a plain signature. `chain` are the certificates of the signer's issuers, which a SignedData carries
    /// and an SES_Signature has no room for; `time_stamp` is a token over the signature.
    ///
    /// # Errors
    /// [`SealingError`] when the signer's certificate cannot be read.
    pub fn value(
        &self,
        signer_cert_der: &[u8],
        signature_der: &[u8],
        chain: &[Vec<u8>],
        time_stamp: Option<&[u8]>,
    ) -> Result<Vec<u8>, SealingError> {
        match self {
            Self::Pdf(prepared) => Ok(prepared.value(signer_cert_der, signature_der, chain, time_stamp)?),
            Self::Ofd(prepared) if prepared.is_seal() => {
                Ok(assemble_signature(prepared.to_sign(), signer_cert_der, signature_der, time_stamp))
            }
            Self::Ofd(prepared) => {
                let draft = SignedDataDraft::detached(*prepared.data_hash(), prepared.signing_time());
                Ok(draft.assemble(signer_cert_der, signature_der, chain, None, time_stamp)?)
            }
        }
    }

    /// Puts the signature value in. Whether it is good is for verification to say.
    ///
    /// # Errors
    /// [`SealingError`] for a value of no sensible size, and when the prepared document is not what it was.
    pub fn embed(&self, signed_value: &[u8], limits: &Limits) -> Result<Vec<u8>, SealingError> {
        match self {
            Self::Ofd(prepared) => Ok(ofd::embed(prepared, signed_value, &limits.ofd)?),
            Self::Pdf(prepared) => Ok(pdf::seal::embed(prepared, signed_value)?),
        }
    }

    /// The stored form.
    pub fn to_bytes(&self) -> Vec<u8> {
        match self {
            Self::Ofd(prepared) => prepared.to_bytes(),
            Self::Pdf(prepared) => prepared.to_bytes(),
        }
    }

    /// Reads the stored form. Each kind has a mark of its own.
    ///
    /// # Errors
    /// [`SealingError::Damaged`] when it is not what [`Self::to_bytes`] gave.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, SealingError> {
        if let Ok(prepared) = pdf::seal::Prepared::from_bytes(bytes) {
            return Ok(Self::Pdf(prepared));
        }
        ofd::Prepared::from_bytes(bytes).map(Self::Ofd).map_err(|_| SealingError::Damaged)
    }
}
