//! The attribute that ties a signature to one certificate (RFC 2634, RFC 5035); PAdES asks for it.
//!
//! ```text
//! SigningCertificate   ::= SEQUENCE { certs SEQUENCE OF ESSCertID, policies OPTIONAL }
//! ESSCertID            ::= SEQUENCE { certHash OCTET STRING (SHA-1), issuerSerial OPTIONAL }
//! SigningCertificateV2 ::= SEQUENCE { certs SEQUENCE OF ESSCertIDv2, policies OPTIONAL }
//! ESSCertIDv2          ::= SEQUENCE { hashAlgorithm AlgorithmIdentifier DEFAULT sha256, certHash OCTET STRING, issuerSerial OPTIONAL }
//! ```
//!
//! Only the first entry tells the signer's certificate; the digest alone decides (RFC 5035 §5), so a weak one does no
//! harm: who wants another certificate with the same digest needs a second preimage.

use super::{Attribute, SignedAttributes};
use crate::asn1::{Asn1Error, Context, Mode, Tag, Writer};
use crate::oid::{self, Oid};
use crate::x509::AlgorithmIdentifier;

/// The digest of a certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CertDigest {
    /// The digest algorithm.
    pub algorithm: Oid,
    /// The digest.
    pub digest: Vec<u8>,
}

/// What the attributes say of the signer's certificate: one entry for each of the two attributes that is there;
/// `None` inside for one that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SigningCertificate {
    /// The entries, that of version 2 first.
    pub entries: Vec<Option<CertDigest>>,
}

impl SigningCertificate {
    /// `None` when neither attribute is there.
    pub(super) fn of(attributes: &SignedAttributes) -> Option<Self> {
        let kinds = [(oid::SIGNING_CERTIFICATE_V2, oid::SHA256), (oid::SIGNING_CERTIFICATE, oid::SHA1)];
        let present = kinds.into_iter().filter_map(|(kind, default)| Some((attributes.get(&kind)?, default)));
        let entries: Vec<_> = present.map(|(encoded, default)| first_entry(encoded, default).ok()).collect();
        (!entries.is_empty()).then_some(Self { entries })
    }

    /// Is this the certificate? `Some(false)` when one entry says no or cannot be read, `None` when the digest of one is
    /// of no algorithm that is known.
    pub fn names(&self, cert_der: &[u8]) -> Option<bool> {
        let answers = self.entries.iter().map(|entry| match entry {
            Some(entry) => Some(oid::digest_algorithm(&entry.algorithm)?.digest(cert_der) == entry.digest),
            None => Some(false),
        });
        let answers: Vec<Option<bool>> = answers.collect();
        if answers.contains(&Some(false)) {
            Some(false)
        } else {
            answers.into_iter().collect::<Option<Vec<_>>>().map(|_| true)
        }
    }
}

/// The attribute for a certificate, with SM3.
pub(crate) fn encode(cert_der: &[u8]) -> Vec<u8> {
    let value = Writer::build(|w| {
        w.sequence(|w| {
            w.sequence(|w| {
                w.sequence(|w| {
                    AlgorithmIdentifier::plain(oid::SM3).write(w);
                    w.octets(&crypto::sm3::digest(cert_der));
                });
            });
        });
    });
    Attribute::encode(&oid::SIGNING_CERTIFICATE_V2, &value)
}

fn first_entry(encoded: &[u8], default: Oid) -> Result<CertDigest, Asn1Error> {
    let context = Context::new(Mode::Tolerant);
    let mut entry = context.top(encoded)?.sequence()?.sequence()?.sequence()?;
    let algorithm = if entry.peek() == Some(Tag::SEQUENCE) {
        AlgorithmIdentifier::read(&mut entry)?.oid
    } else {
        default
    };
    Ok(CertDigest { algorithm, digest: entry.read(Tag::OCTET_STRING)?.octets()?.into_owned() })
}
