//! Issuing a list.

use crypto::Signer;
use jiff::Timestamp;

use super::CrlReason;
use crate::asn1::{Tag, Writer};
use crate::oid;
use crate::x509::{
    AlgorithmIdentifier, Certificate, IssueError, key_identifier, write_authority_key_id, write_extension,
};

/// A list to be issued.
#[derive(Clone, Debug)]
pub struct CrlBuilder {
    this_update: Timestamp,
    next_update: Timestamp,
    number: u64,
    entries: Vec<(Vec<u8>, Timestamp, Option<CrlReason>)>,
}

impl CrlBuilder {
    /// Starts a list with its number, which must grow from list to list.
    pub fn new(number: u64, this_update: Timestamp, next_update: Timestamp) -> Self {
        Self { this_update, next_update, number, entries: Vec::new() }
    }

    /// Adds a revoked certificate by the content octets of its serial number.
    #[must_use]
    pub fn revoke(mut self, serial: &[u8], date: Timestamp, reason: Option<CrlReason>) -> Self {
        self.entries.push((serial.to_vec(), date, reason));
        self
    }

    /// Issues the list with the issuer's key.
    ///
    /// # Errors
    /// When the key is not that of the certificate, the next update lies before this one, or the key refuses
    /// to sign.
    pub fn issue(&self, issuer: &Certificate, signer: &dyn Signer) -> Result<Vec<u8>, IssueError> {
        if signer.verifying_key().spki_der() != issuer.spki_der() {
            return Err(IssueError::WrongKey);
        }
        if self.next_update < self.this_update {
            return Err(IssueError::Period);
        }
        let authority = match &issuer.extensions.subject_key_id {
            Some(id) => id.clone(),
            None => key_identifier(issuer.spki_der()).map_err(|_| IssueError::SubjectKey)?,
        };
        let algorithm = AlgorithmIdentifier::of_signature(signer.algorithm());
        let tbs = Writer::build(|w| {
            w.sequence(|w| {
                w.integer(1);
                algorithm.write(w);
                w.raw(issuer.subject_der());
                w.x509_time(self.this_update);
                w.x509_time(self.next_update);
                if !self.entries.is_empty() {
                    w.sequence(|w| self.write_entries(w));
                }
                w.explicit(0, |w| {
                    w.sequence(|w| {
                        write_authority_key_id(w, &authority);
                        let number = Writer::build(|w| w.unsigned(&self.number.to_be_bytes()));
                        write_extension(w, &oid::CRL_NUMBER, false, &number);
                    });
                });
            });
        });
        let signature = signer.sign(&tbs)?;
        Ok(Writer::build(|w| {
            w.sequence(|w| {
                w.raw(&tbs);
                algorithm.write(w);
                w.bits(&signature);
            });
        }))
    }

    fn write_entries(&self, writer: &mut Writer) {
        for (serial, date, reason) in &self.entries {
            writer.sequence(|w| {
                w.value(Tag::INTEGER, serial);
                w.x509_time(*date);
                // RFC 5280 §5.3.1: "unspecified" is told by leaving the extension out.
                let reason = reason.filter(|reason| *reason != CrlReason::Unspecified);
                if let Some(reason) = reason {
                    let number = [u8::try_from(reason.number()).unwrap_or(0)];
                    let value = Writer::build(|w| w.value(Tag::ENUMERATED, &number));
                    w.sequence(|w| write_extension(w, &oid::CRL_REASON, false, &value));
                }
            });
        }
    }
}
