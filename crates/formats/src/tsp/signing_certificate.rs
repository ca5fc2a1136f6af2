//! The attribute that ties a signature to one certificate (RFC 2634, RFC 5035).
//!
//! ```text
//! SigningCertificate   ::= SEQUENCE { certs SEQUENCE OF ESSCertID, policies OPTIONAL }
//! ESSCertID            ::= SEQUENCE { certHash OCTET STRING (SHA-1), issuerSerial OPTIONAL }
//! SigningCertificateV2 ::= SEQUENCE { certs SEQUENCE OF ESSCertIDv2, policies OPTIONAL }
//! ESSCertIDv2          ::= SEQUENCE { hashAlgorithm AlgorithmIdentifier DEFAULT sha256, certHash OCTET STRING, issuerSerial OPTIONAL }
//! ```

use crate::asn1::{Asn1Error, Context, Mode, Tag, Writer};
use crate::cms::{Attribute, SignedAttributes};
use crate::oid::{self, Oid};
use crate::x509::AlgorithmIdentifier;

/// The attribute for a certificate, with SM3.
pub(super) fn encode(cert_der: &[u8]) -> Vec<u8> {
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

/// True when the attribute is there and its first entry is the certificate; `None` when it is not there.
pub(super) fn names(attributes: &SignedAttributes, cert_der: &[u8]) -> Option<bool> {
    let (encoded, default) = match attributes.get(&oid::SIGNING_CERTIFICATE_V2) {
        Some(encoded) => (encoded, oid::SHA256),
        None => (attributes.get(&oid::SIGNING_CERTIFICATE)?, oid::SHA1),
    };
    Some(first_entry(encoded, default).is_ok_and(|(algorithm, digest)| {
        oid::digest_algorithm(&algorithm).is_some_and(|algorithm| algorithm.digest(cert_der) == digest)
    }))
}

fn first_entry(encoded: &[u8], default: Oid) -> Result<(Oid, Vec<u8>), Asn1Error> {
    let context = Context::new(Mode::Tolerant);
    let mut entry = context.top(encoded)?.sequence()?.sequence()?.sequence()?;
    let algorithm = if entry.peek() == Some(Tag::SEQUENCE) {
        AlgorithmIdentifier::read(&mut entry)?.oid
    } else {
        default
    };
    Ok((algorithm, entry.read(Tag::OCTET_STRING)?.octets()?.into_owned()))
}
