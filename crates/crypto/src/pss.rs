//! RSASSA-PSS with any parameters (RFC 8017 §8.1 and §9.1.2, RFC 4055 §3.1). Verification only.
//!
//! The `rsa` crate has one digest for message and mask; writers are met that mask with SHA-1 whatever the digest of
//! the message is. So the number is taken from that crate, and its form is checked here.

use der::asn1::{ContextSpecific, ObjectIdentifier};
use der::{Decode, Reader, SliceReader, Tag, TagNumber};
use rsa::BoxedUint;
use rsa::traits::PublicKeyParts;
use spki::AlgorithmIdentifierRef;

use crate::digest::{DigestAlgorithm, Hasher};
use crate::error::VerifyError;

/// id-mgf1 (RFC 8017 appendix B.2.1), the one mask there is.
const OID_MGF1: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.8");
const OID_SHA1: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.14.3.2.26");
const OID_SHA224: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.4");
const OID_SHA256: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.1");
const OID_SHA384: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.2");
const OID_SHA512: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.3");
/// The octet behind the digest; no other is defined.
const TRAILER: u8 = 0xBC;

/// The parameters of RSASSA-PSS. Two signatures whose parameters differ are of two algorithms.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct PssParameters {
    /// The digest of the message.
    pub digest: DigestAlgorithm,
    /// The digest inside the mask (MGF1), which need not resist collisions.
    pub mask_digest: DigestAlgorithm,
    /// Length of the salt in bytes.
    pub salt_len: u16,
}

impl PssParameters {
    /// What parameters without any field stand for (RFC 4055 §3.1).
    pub const DEFAULT: Self =
        Self { digest: DigestAlgorithm::Sha1, mask_digest: DigestAlgorithm::Sha1, salt_len: 20 };

    /// Reads `RSASSA-PSS-params ::= SEQUENCE { [0] hashAlgorithm, [1] maskGenAlgorithm, [2] saltLength,
    /// [3] trailerField }`, each field optional. Fields with their default value written out are read too.
    ///
    /// `None` for other bytes, other digests, another mask or trailer.
    pub fn from_der(der: &[u8]) -> Option<Self> {
        let mut reader = SliceReader::new(der).ok()?;
        let read = reader.sequence(|fields: &mut SliceReader<'_>| -> der::Result<Option<Self>> {
            let hash = field::<AlgorithmIdentifierRef<'_>>(fields, 0)?;
            let mask = field::<AlgorithmIdentifierRef<'_>>(fields, 1)?;
            let salt_len = field::<u16>(fields, 2)?.unwrap_or(Self::DEFAULT.salt_len);
            let trailer = field::<u8>(fields, 3)?.unwrap_or(1);
            let digest = hash.map_or(Some(Self::DEFAULT.digest), digest_of);
            let mask_digest = mask.map_or(Some(Self::DEFAULT.mask_digest), mask_digest_of);
            let parameters =
                digest.zip(mask_digest).map(|(digest, mask_digest)| Self { digest, mask_digest, salt_len });
            Ok(parameters.filter(|_| trailer == 1))
        });
        let parameters = read.ok()??;
        reader.finish().ok()?;
        Some(parameters)
    }

    /// May a key that is bound to these parameters make a signature with `others` (RFC 4055 §3.3)? The digests are the
    /// same, and the salt is no shorter.
    pub(crate) fn allow(self, others: Self) -> bool {
        self.digest == others.digest
            && self.mask_digest == others.mask_digest
            && others.salt_len >= self.salt_len
    }

    /// Verifies a signature over a message with this digest.
    pub(crate) fn verify(
        self,
        key: &rsa::PublicKey,
        digest: &[u8],
        signature: &[u8],
    ) -> Result<(), VerifyError> {
        let encoded = encoded_message(key, signature).ok_or(VerifyError::Mismatch)?;
        let bits = key.n().bit_width().saturating_sub(1);
        self.is_encoding_of(digest, &encoded, bits)
            .filter(|fits| *fits)
            .map(drop)
            .ok_or(VerifyError::Mismatch)
    }

    /// EMSA-PSS-VERIFY, RFC 8017 §9.1.2; `None` where something is too short.
    fn is_encoding_of(self, digest: &[u8], encoded: &[u8], bits: u32) -> Option<bool> {
        let (&trailer, rest) = encoded.split_last()?;
        let (masked, hash) = rest.split_at_checked(rest.len().checked_sub(self.digest.len())?)?;
        let zeros = masked.len().checked_sub(usize::from(self.salt_len))?.checked_sub(1)?;
        // Bits of the first octet that are above the number.
        let above = u32::try_from(encoded.len()).ok()?.checked_mul(8)?.checked_sub(bits)?;
        let kept = 0xFF_u8.checked_shr(above)?;
        let mask = self.mask(hash, masked.len());
        let mut block: Vec<u8> = masked.iter().zip(mask).map(|(octet, mask)| octet ^ mask).collect();
        let first = block.first_mut()?;
        *first &= kept;
        let (padding, salted) = block.split_at_checked(zeros)?;
        let (&one, salt) = salted.split_first()?;
        let mut hasher = Hasher::new(self.digest);
        hasher.update(&[0; 8]);
        hasher.update(digest);
        hasher.update(salt);
        let well_formed = trailer == TRAILER
            && digest.len() == self.digest.len()
            && masked.first()? & !kept == 0
            && padding.iter().all(|octet| *octet == 0)
            && one == 1;
        Some(well_formed && hasher.finalize() == hash)
    }

    /// MGF1, RFC 8017 appendix B.2.1.
    fn mask(self, seed: &[u8], len: usize) -> Vec<u8> {
        let mut mask = Vec::with_capacity(len.saturating_add(64));
        for counter in 0_u32.. {
            if mask.len() >= len {
                break;
            }
            let mut hasher = Hasher::new(self.mask_digest);
            hasher.update(seed);
            hasher.update(&counter.to_be_bytes());
            mask.extend_from_slice(&hasher.finalize());
        }
        mask.truncate(len);
        mask
    }
}

/// The encoded message that a signature stands for (RFC 8017 §8.1.2 steps 1 and 2), one bit shorter than the modulus.
fn encoded_message(key: &rsa::PublicKey, signature: &[u8]) -> Option<Vec<u8>> {
    if signature.len() != key.size() {
        return None;
    }
    let number = BoxedUint::from_be_slice(signature, key.n_bits_precision()).ok()?;
    if number >= *key.n().as_ref() {
        return None;
    }
    let message = rsa::hazmat::rsa_encrypt(key, &number).ok()?;
    let len = usize::try_from(key.n().bit_width().checked_sub(1)?.div_ceil(8)).ok()?;
    let octets = message.to_be_bytes();
    let (front, encoded) = octets.split_at_checked(octets.len().checked_sub(len)?)?;
    front.iter().all(|octet| *octet == 0).then(|| encoded.to_vec())
}

fn field<'a, T: Decode<'a, Error = der::Error>>(
    fields: &mut SliceReader<'a>,
    number: u32,
) -> der::Result<Option<T>> {
    let number = TagNumber(number);
    let wanted = Tag::ContextSpecific { constructed: true, number };
    if fields.is_finished() || Tag::peek(fields)? != wanted {
        return Ok(None);
    }
    ContextSpecific::<T>::decode(fields).map(|field| Some(field.value))
}

/// The digest of an algorithm identifier, whose parameters are NULL or absent.
fn digest_of(algorithm: AlgorithmIdentifierRef<'_>) -> Option<DigestAlgorithm> {
    if algorithm.parameters.is_some_and(|parameters| !parameters.is_null()) {
        return None;
    }
    match algorithm.oid {
        OID_SHA1 => Some(DigestAlgorithm::Sha1),
        OID_SHA224 => Some(DigestAlgorithm::Sha224),
        OID_SHA256 => Some(DigestAlgorithm::Sha256),
        OID_SHA384 => Some(DigestAlgorithm::Sha384),
        OID_SHA512 => Some(DigestAlgorithm::Sha512),
        _ => None,
    }
}

fn mask_digest_of(algorithm: AlgorithmIdentifierRef<'_>) -> Option<DigestAlgorithm> {
    if algorithm.oid != OID_MGF1 {
        return None;
    }
    digest_of(algorithm.parameters?.decode_as().ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(hex: &str) -> Option<PssParameters> {
        PssParameters::from_der(&hex::decode(hex).unwrap())
    }

    #[test]
    fn absent_fields_are_defaults() {
        assert_eq!(read("3000"), Some(PssParameters::DEFAULT));
        assert_eq!(read("3005a203020120"), Some(PssParameters { salt_len: 32, ..PssParameters::DEFAULT }));
        // A salt as long as it gets with RSA of 4096 bits.
        assert_eq!(read("3006a204020201de").unwrap().salt_len, 478);
    }

    #[test]
    fn written_as_openssl_does() {
        let sha256 = "300d06096086480165030402010500";
        let all = format!("3034a00f{sha256}a11c301a06092a864886f70d010108{sha256}a203020120");
        let expected = PssParameters {
            digest: DigestAlgorithm::Sha256,
            mask_digest: DigestAlgorithm::Sha256,
            salt_len: 32,
        };
        assert_eq!(read(&all), Some(expected));
        assert_eq!(read(&format!("3011a00f{sha256}")).unwrap().mask_digest, DigestAlgorithm::Sha1);
    }

    #[test]
    fn other_parameters_are_none() {
        let other = [
            "",
            "3000ff",
            "0500",
            "3005a303020102",       // trailer 2
            "3005a2030201ff",       // a negative salt
            "3007a205020301ffff",   // a salt beyond 65535
            "3006a00406022a03",     // no algorithm
            "3008a00630040602",     // cut off
            "3008a006300406022a03", // a digest that is not known
            "300aa203020120a103020120",
        ];
        for hex in other {
            assert_eq!(read(hex), None, "{hex}");
        }
    }
}
