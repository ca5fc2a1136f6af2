//! One signer of a message.
//!
//! ```text
//! SignerInfo ::= SEQUENCE { version INTEGER, sid (issuerAndSerialNumber | [0] subjectKeyIdentifier),
//!     digestAlgorithm, authenticatedAttributes [0] IMPLICIT OPTIONAL, digestEncryptionAlgorithm,
//!     encryptedDigest OCTET STRING, unauthenticatedAttributes [1] IMPLICIT OPTIONAL }
//! ```

use std::borrow::Cow;

use crypto::{SignatureAlgorithm, VerifyingKey};

use super::{Attribute, CmsError, SignedAttributes};
use crate::asn1::{Asn1Error, BitString, DeviationKind, Reader, Tag, Value, der_form};
use crate::oid::{self, Oid};
use crate::signature_value::{SignatureCandidate, signature_candidates, value_deviation, verify_candidates};
use crate::x509::{AlgorithmIdentifier, Certificate, SignatureFault};

/// How a signer's certificate is named.
#[derive(Clone, PartialEq, Eq)]
pub enum SignerId {
    /// By issuer and serial number.
    IssuerAndSerial {
        /// The issuer's name as received.
        issuer_der: Vec<u8>,
        /// Content octets of the serial number.
        serial: Vec<u8>,
    },
    /// By subject key identifier, which only RFC 5652 has.
    SubjectKeyId(Vec<u8>),
}

impl SignerId {
    /// True when this names a certificate.
    pub fn names(&self, certificate: &Certificate) -> bool {
        match self {
            Self::IssuerAndSerial { issuer_der, serial } => {
                issuer_der == certificate.issuer_der() && *serial == certificate.serial
            }
            Self::SubjectKeyId(id) => certificate.extensions.subject_key_id.as_ref() == Some(id),
        }
    }
}

impl std::fmt::Debug for SignerId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::IssuerAndSerial { serial, .. } => write!(f, "serial {}", hex::encode_upper(serial)),
            Self::SubjectKeyId(id) => write!(f, "key {}", hex::encode_upper(id)),
        }
    }
}

/// One signer: who, how, and the signature value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignerInfo {
    /// Version number.
    pub version: i64,
    /// Which certificate.
    pub id: SignerId,
    /// Digest algorithm.
    pub digest_algorithm: AlgorithmIdentifier,
    /// Signed attributes.
    pub signed_attributes: Option<SignedAttributes>,
    /// Signature algorithm.
    pub signature_algorithm: AlgorithmIdentifier,
    /// Signature value as stored.
    pub signature: Vec<u8>,
    /// Unsigned attributes.
    pub unsigned_attributes: Vec<Attribute>,
}

impl SignerInfo {
    pub(super) fn read(list: &mut Reader<'_>) -> Result<Self, CmsError> {
        let value = list.read(Tag::SEQUENCE)?;
        let mut fields = value.children()?;
        let version = fields.read(Tag::INTEGER)?.integer()?;
        let id = read_id(&mut fields, &value)?;
        if version != 1 {
            value.note(DeviationKind::CmsVersion)?;
        }
        let digest_algorithm = AlgorithmIdentifier::read(&mut fields)?;
        if digest_algorithm.oid == oid::SM3_KEYED {
            value.note(DeviationKind::KeyedDigestOid)?;
        }
        let signed_attributes =
            fields.read_optional(Tag::context(0))?.map(|set| SignedAttributes::read(&set)).transpose()?;
        let signature_algorithm = AlgorithmIdentifier::read(&mut fields)?;
        let signature_value = fields.read(Tag::OCTET_STRING)?;
        let signature = signature_value.octets()?.into_owned();
        if signature_algorithm.oid.is_under(&oid::SM2)
            && let Some(deviation) = value_deviation(&BitString::from_bytes(&signature))
        {
            signature_value.note(deviation)?;
        }
        let unsigned_attributes = match fields.read_optional(Tag::context(1))? {
            Some(set) => Attribute::read_all(set.children()?)?,
            None => Vec::new(),
        };
        fields.finish()?;
        Ok(Self {
            version,
            id,
            digest_algorithm,
            signed_attributes,
            signature_algorithm,
            signature,
            unsigned_attributes,
        })
    }

    /// The exact bytes that the signature covers: the signed attributes as a SET, or else the content itself
    /// (`content` where it is detached). `None` when there is neither.
    pub fn signed_bytes<'a>(&'a self, content: Option<&'a [u8]>) -> Option<Cow<'a, [u8]>> {
        match &self.signed_attributes {
            Some(attributes) => Some(Cow::Borrowed(&attributes.stored)),
            None => content.map(Cow::Borrowed),
        }
    }

    /// The signature algorithm, put together from digest and key algorithm where the two are named apart.
    pub fn algorithm(&self) -> Option<SignatureAlgorithm> {
        match self.signature_algorithm.oid {
            oid::SM2 => Some(SignatureAlgorithm::Sm2Sm3),
            oid::RSA_ENCRYPTION => match self.digest_algorithm.oid {
                oid::SHA1 => Some(SignatureAlgorithm::RsaPkcs1Sha1),
                oid::SHA256 => Some(SignatureAlgorithm::RsaPkcs1Sha256),
                oid::SHA384 => Some(SignatureAlgorithm::RsaPkcs1Sha384),
                oid::SHA512 => Some(SignatureAlgorithm::RsaPkcs1Sha512),
                _ => None,
            },
            other => oid::signature_algorithm(&other),
        }
    }

    /// The readings of the signature value, the stored one first.
    pub fn signature_candidates(&self) -> Vec<SignatureCandidate> {
        signature_candidates(&BitString::from_bytes(&self.signature))
    }

    /// Checks the signature value with a key; tells what had to be tolerated.
    ///
    /// That messageDigest is the digest of the content is another question: see
    /// [`SignedAttributes::message_digest`].
    ///
    /// # Errors
    /// When the signature is not one of this key, or the algorithm is not known.
    pub fn check_signature(
        &self,
        key: &VerifyingKey,
        content: Option<&[u8]>,
    ) -> Result<Vec<DeviationKind>, SignatureFault> {
        let fault = || SignatureFault::UnknownAlgorithm(self.signature_algorithm.oid);
        let algorithm = self.algorithm().ok_or_else(fault)?;
        let value = BitString::from_bytes(&self.signature);
        let stored = self.signed_bytes(content).ok_or(crypto::VerifyError::Malformed)?;
        let error = match verify_candidates(key, algorithm, &stored, &value) {
            Ok(deviation) => return Ok(deviation.into_iter().collect()),
            Err(error) => error,
        };
        let Some(attributes) = &self.signed_attributes else { return Err(error.into()) };
        let der = der_form(&stored).ok().filter(|der| *der != *stored);
        let forms =
            [(der, DeviationKind::DerFormSigned), (attributes.in_der_order(), DeviationKind::DerOrderSigned)];
        for (form, kind) in forms {
            if let Some(Ok(deviation)) = form.map(|form| verify_candidates(key, algorithm, &form, &value)) {
                return Ok(std::iter::once(kind).chain(deviation).collect());
            }
        }
        Err(error.into())
    }

    /// Time-stamp tokens over the signature value, from the unsigned attributes.
    pub fn time_stamp_tokens(&self) -> impl Iterator<Item = &[u8]> {
        self.unsigned_attributes
            .iter()
            .filter(|attribute| attribute.oid == oid::TIME_STAMP_TOKEN)
            .flat_map(|attribute| attribute.values.iter().map(Vec::as_slice))
    }

    /// An unsigned attribute.
    pub fn unsigned(&self, oid: &Oid) -> Option<&Attribute> {
        self.unsigned_attributes.iter().find(|attribute| attribute.oid == *oid)
    }
}

fn read_id(fields: &mut Reader<'_>, signer: &Value<'_>) -> Result<SignerId, Asn1Error> {
    for tag in [Tag::context_primitive(0), Tag::context(0)] {
        if let Some(id) = fields.read_optional(tag)? {
            signer.note(DeviationKind::SubjectKeySigner)?;
            let octets = if tag.is_constructed() {
                id.explicit()?.octets()?.into_owned()
            } else {
                id.content().to_vec()
            };
            return Ok(SignerId::SubjectKeyId(octets));
        }
    }
    let mut id = fields.sequence()?;
    let issuer_der = id.read(Tag::SEQUENCE)?.raw().to_vec();
    let serial = id.read(Tag::INTEGER)?.integer_bytes()?.to_vec();
    id.finish()?;
    Ok(SignerId::IssuerAndSerial { issuer_der, serial })
}
