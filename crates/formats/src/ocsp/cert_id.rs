//! What names a certificate in a question: its issuer by two digests, and its serial number.
//!
//! ```text
//! CertID ::= SEQUENCE { hashAlgorithm AlgorithmIdentifier, issuerNameHash OCTET STRING,
//!     issuerKeyHash OCTET STRING, serialNumber INTEGER }
//! ```

use crypto::DigestAlgorithm;

use super::OcspError;
use crate::asn1::{Asn1Error, Context, DeviationKind, Mode, Reader, Tag, Writer};
use crate::oid::{self, Oid};
use crate::x509::{AlgorithmIdentifier, Certificate, Parameters};

/// Names one certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CertId {
    /// The digest algorithm of both digests.
    pub hash: AlgorithmIdentifier,
    /// Digest of the issuer's name as the certificate has it.
    pub name_hash: Vec<u8>,
    /// Digest of the issuer's public key, the bits alone.
    pub key_hash: Vec<u8>,
    /// Content octets of the serial number.
    pub serial: Vec<u8>,
}

impl CertId {
    /// Names `subject`, issued by `issuer`, by digests of `digest`: SM3 for SM2 (GB/T 19713), SHA-1 where a foreign
    /// responder knows no other.
    ///
    /// # Errors
    /// When the issuer's key cannot be read.
    pub fn new(
        digest: DigestAlgorithm,
        subject: &Certificate,
        issuer: &Certificate,
    ) -> Result<Self, OcspError> {
        Ok(Self {
            hash: AlgorithmIdentifier::plain(digest_oid(digest)),
            name_hash: digest.digest(subject.issuer_der()),
            key_hash: digest.digest(&key_bits(issuer)?),
            serial: subject.serial.clone(),
        })
    }

    /// The digest algorithm, when it is known.
    pub fn digest(&self) -> Option<DigestAlgorithm> {
        oid::digest_algorithm(&self.hash.oid)
    }

    /// True when this names a certificate with the serial number of `subject`, issued under the name and with the
    /// key of `issuer`.
    pub fn names(&self, subject: &Certificate, issuer: &Certificate) -> bool {
        Named::new(subject, issuer).by(self)
    }

    /// True when the certificate named is one that `issuer` issued.
    pub fn is_issued_by(&self, issuer: &Certificate) -> bool {
        IssuerHashes::new(issuer.subject_der(), issuer).fit(self)
    }

    pub(super) fn read(reader: &mut Reader<'_>) -> Result<Self, Asn1Error> {
        let value = reader.read(Tag::SEQUENCE)?;
        let mut fields = value.children()?;
        let hash = AlgorithmIdentifier::read(&mut fields)?;
        if matches!(hash.parameters, Parameters::Other(_)) {
            value.note(DeviationKind::AlgorithmParameters)?;
        }
        let name_hash = fields.read(Tag::OCTET_STRING)?.octets()?.into_owned();
        let key_hash = fields.read(Tag::OCTET_STRING)?.octets()?.into_owned();
        let serial = fields.read(Tag::INTEGER)?.integer_bytes()?.to_vec();
        fields.finish()?;
        Ok(Self { hash, name_hash, key_hash, serial })
    }

    pub(super) fn write(&self, writer: &mut Writer) {
        writer.sequence(|w| {
            self.hash.write(w);
            w.octets(&self.name_hash);
            w.octets(&self.key_hash);
            w.value(Tag::INTEGER, &self.serial);
        });
    }
}

/// One certificate, looked for among many names: what its issuer hashes to is computed once for each algorithm.
pub(super) struct Named<'a> {
    serial: &'a [u8],
    issuer: IssuerHashes<'a>,
}

impl<'a> Named<'a> {
    pub(super) fn new(subject: &'a Certificate, issuer: &'a Certificate) -> Self {
        Self { serial: &subject.serial, issuer: IssuerHashes::new(subject.issuer_der(), issuer) }
    }

    /// True when the name is this certificate's.
    pub(super) fn by(&mut self, id: &CertId) -> bool {
        same_number(&id.serial, self.serial) && self.issuer.fit(id)
    }
}

/// The digests of an issuer's name and key.
struct IssuerHashes<'a> {
    name: &'a [u8],
    key: Option<Vec<u8>>,
    known: Vec<(DigestAlgorithm, Vec<u8>, Vec<u8>)>,
}

impl<'a> IssuerHashes<'a> {
    fn new(name: &'a [u8], issuer: &Certificate) -> Self {
        Self { name, key: key_bits(issuer).ok(), known: Vec::new() }
    }

    fn fit(&mut self, id: &CertId) -> bool {
        let (Some(digest), Some(key)) = (id.digest(), &self.key) else { return false };
        if self.known.iter().all(|(known, ..)| *known != digest) {
            self.known.push((digest, digest.digest(self.name), digest.digest(key)));
        }
        let mut known = self.known.iter();
        known.any(|(known, name, key)| *known == digest && *name == id.name_hash && *key == id.key_hash)
    }
}

/// The bits of a certificate's public key, without tag, length and count of unused bits.
pub(super) fn key_bits(certificate: &Certificate) -> Result<Vec<u8>, Asn1Error> {
    let context = Context::new(Mode::Tolerant);
    let mut fields = context.top(certificate.spki_der())?.sequence()?;
    fields.read(Tag::SEQUENCE)?;
    Ok(fields.read(Tag::BIT_STRING)?.bit_string()?.bytes)
}

/// Serial numbers are compared without leading zeros, as in revocation lists.
fn same_number(one: &[u8], other: &[u8]) -> bool {
    crate::crl::digits(one) == crate::crl::digits(other)
}

/// The identifier that a digest is named by.
fn digest_oid(digest: DigestAlgorithm) -> Oid {
    match digest {
        DigestAlgorithm::Sm3 => oid::SM3,
        DigestAlgorithm::Sha224 => oid::SHA224,
        DigestAlgorithm::Sha256 => oid::SHA256,
        DigestAlgorithm::Sha384 => oid::SHA384,
        DigestAlgorithm::Sha512 => oid::SHA512,
        DigestAlgorithm::Sha1 => oid::SHA1,
        DigestAlgorithm::Md5 => oid::MD5,
    }
}
