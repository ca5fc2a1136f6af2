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
use crate::x509::{AlgorithmIdentifier, Certificate, Parameters, SignatureFault};

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
        // RFC 5652 §5.3 asks for 3 where the key identifier names the signer, which is noted already.
        let fits =
            if matches!(id, SignerId::SubjectKeyId(_)) { matches!(version, 1 | 3) } else { version == 1 };
        if !fits {
            value.note(DeviationKind::CmsVersion)?;
        }
        let digest_algorithm = AlgorithmIdentifier::read(&mut fields)?;
        if digest_algorithm.oid == oid::SM3_KEYED {
            value.note(DeviationKind::KeyedDigestOid)?;
        }
        let signed_attributes =
            fields.read_optional(Tag::context(0))?.map(|set| SignedAttributes::read(&set)).transpose()?;
        let signature_algorithm = AlgorithmIdentifier::read(&mut fields)?;
        if let Some(deviation) = algorithm_deviation(&signature_algorithm) {
            value.note(deviation)?;
        }
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
        let digest = || oid::digest_algorithm(&self.digest_algorithm.oid);
        match self.signature_algorithm.oid {
            oid::SM2 | oid::SM2_WITH_SM3_SHORT => Some(SignatureAlgorithm::Sm2Sm3),
            oid::RSA_ENCRYPTION => SignatureAlgorithm::rsa_with(digest()?),
            oid::EC_PUBLIC_KEY => SignatureAlgorithm::ecdsa_with(digest()?),
            _ => self.signature_algorithm.signature_algorithm(),
        }
    }

    /// True when the algorithms are those that the signed attributes protect (RFC 6211); `None` when they protect none.
    pub fn algorithms_are_protected(&self) -> Option<bool> {
        let protection = self.signed_attributes.as_ref()?.algorithm_protection()?;
        let Ok(protection) = protection else { return Some(false) };
        let signature = protection.signature.as_ref();
        Some(
            protection.digest.is_same(&self.digest_algorithm)
                && signature.is_none_or(|named| named.is_same(&self.signature_algorithm)),
        )
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

/// What is odd about the identifier of a signature algorithm. GB/T 35275 itself names SM2 by 1.2.156.10197.1.301.1.
fn algorithm_deviation(algorithm: &AlgorithmIdentifier) -> Option<DeviationKind> {
    match algorithm.oid {
        oid::SM2 | oid::EC_PUBLIC_KEY => Some(DeviationKind::KeyAsSignatureOid),
        oid::SM2_WITH_SM3_SHORT => Some(DeviationKind::MisspeltSignatureOid),
        oid::SM2_SIGN | oid::SM2_WITH_SM3 if matches!(algorithm.parameters, Parameters::Other(_)) => {
            Some(DeviationKind::AlgorithmParameters)
        }
        _ => None,
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
