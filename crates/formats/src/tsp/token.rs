//! The token: SignedData over TSTInfo.

use crypto::VerifyingKey;

use super::{TspError, TstInfo};
use crate::asn1::{Deviation, DeviationKind, Mode};
use crate::cms::{SignedData, SignerInfo};
use crate::oid;
use crate::x509::{Certificate, SignatureFault};

/// A time-stamp token: its bytes as received, and what they say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TimeStampToken {
    /// The signed message.
    pub signed_data: SignedData,
    /// The statement.
    pub info: TstInfo,
    /// What was tolerated in reading both; offsets in the statement count from its own first byte.
    pub deviations: Vec<Deviation>,
}

impl TimeStampToken {
    /// Reads a token.
    ///
    /// # Errors
    /// When the bytes are none, or it has not exactly one signer.
    pub fn parse(der: &[u8], mode: Mode) -> Result<Self, TspError> {
        let signed_data = SignedData::parse(der, mode)?;
        if signed_data.content_type != oid::TST_INFO {
            return Err(TspError::NotTimeStamp(signed_data.content_type));
        }
        let content = signed_data.content.as_ref().ok_or(TspError::Form)?;
        if signed_data.signers.len() != 1 {
            return Err(TspError::Form);
        }
        let (info, notes) = TstInfo::parse(content, mode)?;
        let mut deviations = signed_data.deviations.clone();
        deviations.extend(notes);
        Ok(Self { signed_data, info, deviations })
    }

    /// The whole token as received.
    pub fn raw(&self) -> &[u8] {
        self.signed_data.raw()
    }

    /// Its one signer.
    pub fn signer(&self) -> Option<&SignerInfo> {
        self.signed_data.signers.first()
    }

    /// The authority's certificate, when it is inside.
    pub fn certificate(&self) -> Option<Certificate> {
        self.signed_data.certificate_of(self.signer()?)
    }

    /// True when the token stamps `data`.
    pub fn is_over(&self, data: &[u8]) -> bool {
        self.info.imprint.is_of(data)
    }

    /// True when the signed attribute names this certificate; `None` when there is no such attribute.
    pub fn names_certificate(&self, cert_der: &[u8]) -> Option<bool> {
        let named = self.signer()?.signed_attributes.as_ref()?.signing_certificate()?;
        Some(named.names(cert_der) == Some(true))
    }

    /// True when the signed digest is that of the statement inside, and the signed type is that of a stamp.
    pub fn attributes_fit(&self) -> bool {
        let fits = || {
            let signer = self.signer()?;
            let attributes = signer.signed_attributes.as_ref()?;
            let digest = oid::digest_algorithm(&signer.digest_algorithm.oid)?;
            let content = self.signed_data.content.as_ref()?;
            let digest_fits = attributes.message_digest()? == digest.digest(content);
            Some(digest_fits && attributes.content_type()? == oid::TST_INFO)
        };
        fits().unwrap_or(false)
    }

    /// Checks the signature with the authority's key, and that it covers the statement inside.
    ///
    /// # Errors
    /// When the signature is not one of this key over this token.
    pub fn check_signature(&self, key: &VerifyingKey) -> Result<Vec<DeviationKind>, SignatureFault> {
        let mismatch = SignatureFault::Wrong(crypto::VerifyError::Mismatch);
        let signer = self.signer().ok_or_else(|| mismatch.clone())?;
        if !self.attributes_fit() {
            return Err(mismatch);
        }
        signer.check_signature(key, self.signed_data.content.as_deref())
    }
}
