//! Extensions written for certificates, lists and requests of ours.

use super::{BasicConstraints, Identity, IssueError, KeyUsage};
use crate::asn1::{Asn1Error, Context, Mode, Tag, Writer};
use crate::oid::{self, Oid};

/// A key identifier of 20 octets: the first 160 bits of SM3 over the public key's bits.
///
/// RFC 7093 leaves the way of making it to the issuer; nothing is ever checked by recomputing it.
///
/// # Errors
/// When the bytes are no SubjectPublicKeyInfo.
pub fn key_identifier(spki_der: &[u8]) -> Result<Vec<u8>, Asn1Error> {
    let context = Context::new(Mode::Tolerant);
    let mut fields = context.top(spki_der)?.sequence()?;
    fields.read(Tag::SEQUENCE)?;
    let key = fields.read(Tag::BIT_STRING)?.bit_string()?;
    let digest = crypto::sm3::digest(&key.bytes);
    Ok(digest.get(..20).unwrap_or_default().to_vec())
}

/// Writes one extension.
pub(crate) fn extension(writer: &mut Writer, oid: &Oid, critical: bool, value: &[u8]) {
    writer.sequence(|w| {
        w.oid(oid);
        if critical {
            w.boolean(true);
        }
        w.octets(value);
    });
}

pub(super) fn basic_constraints(writer: &mut Writer, constraints: BasicConstraints) {
    let value = Writer::build(|w| {
        w.sequence(|w| {
            if constraints.ca {
                w.boolean(true);
                if let Some(length) = constraints.path_len {
                    w.integer(i64::from(length));
                }
            }
        });
    });
    extension(writer, &oid::BASIC_CONSTRAINTS, true, &value);
}

pub(super) fn key_usage(writer: &mut Writer, usage: KeyUsage) {
    let value = Writer::build(|w| w.named_bits(&usage.0.to_be_bytes()));
    extension(writer, &oid::KEY_USAGE, true, &value);
}

pub(super) fn extended_key_usage(writer: &mut Writer, critical: bool, purposes: &[Oid]) {
    let value = Writer::build(|w| w.sequence(|w| purposes.iter().for_each(|purpose| w.oid(purpose))));
    extension(writer, &oid::EXTENDED_KEY_USAGE, critical, &value);
}

pub(super) fn subject_key_id(writer: &mut Writer, id: &[u8]) {
    extension(writer, &oid::SUBJECT_KEY_IDENTIFIER, false, &Writer::build(|w| w.octets(id)));
}

pub(crate) fn authority_key_id(writer: &mut Writer, id: &[u8]) {
    let value = Writer::build(|w| w.sequence(|w| w.implicit_primitive(0, id)));
    extension(writer, &oid::AUTHORITY_KEY_IDENTIFIER, false, &value);
}

pub(super) fn crl_urls(writer: &mut Writer, urls: &[String]) {
    let value = Writer::build(|w| {
        w.sequence(|w| {
            for url in urls {
                w.sequence(|w| {
                    w.explicit(0, |w| w.explicit(0, |w| w.implicit_primitive(6, url.as_bytes())));
                });
            }
        });
    });
    extension(writer, &oid::CRL_DISTRIBUTION_POINTS, false, &value);
}

pub(super) fn authority_info(writer: &mut Writer, ocsp_urls: &[String], issuer_urls: &[String]) {
    let ocsp = ocsp_urls.iter().map(|url| (oid::ACCESS_OCSP, url));
    let issuers = issuer_urls.iter().map(|url| (oid::ACCESS_CA_ISSUERS, url));
    let value = Writer::build(|w| {
        w.sequence(|w| {
            for (method, url) in ocsp.chain(issuers) {
                w.sequence(|w| {
                    w.oid(&method);
                    w.implicit_primitive(6, url.as_bytes());
                });
            }
        });
    });
    extension(writer, &oid::AUTHORITY_INFO_ACCESS, false, &value);
}

pub(super) fn policies(writer: &mut Writer, policies: &[Oid]) {
    let value =
        Writer::build(|w| w.sequence(|w| policies.iter().for_each(|policy| w.sequence(|w| w.oid(policy)))));
    extension(writer, &oid::CERTIFICATE_POLICIES, false, &value);
}

pub(super) fn identities(writer: &mut Writer, identities: &[Identity]) -> Result<(), IssueError> {
    for identity in identities {
        extension(writer, &identity.oid, false, &identity.to_der()?);
    }
    Ok(())
}
