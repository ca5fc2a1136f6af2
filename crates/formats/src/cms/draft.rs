//! Signed messages written, in two steps so that a device or another system can sign in between.

use crypto::Signer;
use jiff::Timestamp;

use super::{Attribute, CmsError};
use crate::asn1::{Tag, Writer};
use crate::oid::{self, Oid};
use crate::x509::{AlgorithmIdentifier, Certificate};

/// A message to be signed by one signer, with signed attributes.
#[derive(Clone, Debug)]
pub struct SignedDataDraft {
    /// Type of the content.
    pub content_type: Oid,
    /// SM3 of the content.
    pub digest: [u8; 32],
    /// Signing time.
    pub signing_time: Timestamp,
    /// Further signed attributes, encoded.
    pub extra_attributes: Vec<Vec<u8>>,
}

/// What the signer gave.
struct SignerValue<'v> {
    algorithm: Oid,
    signature_der: &'v [u8],
    time_stamp: Option<&'v [u8]>,
}

impl SignedDataDraft {
    /// A detached signature over plain data with this SM3 digest (form (b), GB/T 35275 §7).
    pub fn detached(digest: [u8; 32], signing_time: Timestamp) -> Self {
        Self { content_type: oid::GM_DATA, digest, signing_time, extra_attributes: Vec::new() }
    }

    /// The signed attributes as a SET in the order of DER: the message for the signer to sign.
    pub fn attributes_der(&self) -> Vec<u8> {
        let mut elements = vec![
            Attribute::encode(&oid::CONTENT_TYPE, &Writer::build(|w| w.oid(&self.content_type))),
            Attribute::encode(&oid::SIGNING_TIME, &Writer::build(|w| w.x509_time(self.signing_time))),
            Attribute::encode(&oid::MESSAGE_DIGEST, &Writer::build(|w| w.octets(&self.digest))),
        ];
        elements.extend_from_slice(&self.extra_attributes);
        Writer::build(|w| w.set_of(Tag::SET, elements))
    }

    /// Puts the message together from the signature over [`SignedDataDraft::attributes_der`].
    ///
    /// `chain` are certificates to carry beside the signer's, `content` the content where it is embedded,
    /// `time_stamp` a token over the signature value.
    ///
    /// # Errors
    /// When the signer's certificate cannot be read.
    pub fn assemble(
        &self,
        signer_cert_der: &[u8],
        signature_der: &[u8],
        chain: &[Vec<u8>],
        content: Option<&[u8]>,
        time_stamp: Option<&[u8]>,
    ) -> Result<Vec<u8>, CmsError> {
        let algorithm = oid::SM2_SIGN;
        self.assemble_as(algorithm, signer_cert_der, signature_der, chain, content, time_stamp)
    }

    /// The same, with the identifier of the signature algorithm that is to be named: files of the field have
    /// 1.2.156.10197.1.301.1 (GB/T 35275) as well as 1.2.156.10197.1.501 (SM2 with SM3).
    ///
    /// # Errors
    /// When the signer's certificate cannot be read.
    pub fn assemble_as(
        &self,
        algorithm: Oid,
        signer_cert_der: &[u8],
        signature_der: &[u8],
        chain: &[Vec<u8>],
        content: Option<&[u8]>,
        time_stamp: Option<&[u8]>,
    ) -> Result<Vec<u8>, CmsError> {
        let signer = Certificate::from_der(signer_cert_der).map_err(|_| CmsError::Certificate)?;
        let mut certificates = vec![signer.der().to_vec()];
        certificates.extend(chain.iter().filter(|der| der.as_slice() != signer.der()).cloned());
        let value = SignerValue { algorithm, signature_der, time_stamp };
        Ok(self.write(&signer, &value, certificates, content))
    }

    /// GB/T 35275 has content types of its own. A time stamp keeps those of RFC 5652, which RFC 3161 and GB/T 20520 are
    /// written for: that is what everybody reads.
    fn outer_type(&self) -> &'static Oid {
        if self.content_type == oid::TST_INFO { &oid::PKCS7_SIGNED_DATA } else { &oid::GM_SIGNED_DATA }
    }

    /// Version of the SignedData: 1 for plain data, as GB/T 35275 has it, and 3 for any other content (RFC 5652 §5.1).
    fn version(&self) -> i64 {
        if [oid::GM_DATA, oid::PKCS7_DATA].contains(&self.content_type) { 1 } else { 3 }
    }

    fn write(
        &self,
        signer: &Certificate,
        value: &SignerValue<'_>,
        certificates: Vec<Vec<u8>>,
        content: Option<&[u8]>,
    ) -> Vec<u8> {
        Writer::build(|w| {
            w.sequence(|w| {
                w.oid(self.outer_type());
                w.explicit(0, |w| {
                    w.sequence(|w| {
                        w.integer(self.version());
                        w.nested(Tag::SET, |w| AlgorithmIdentifier::plain(oid::SM3).write(w));
                        w.sequence(|w| {
                            w.oid(&self.content_type);
                            if let Some(content) = content {
                                w.explicit(0, |w| w.octets(content));
                            }
                        });
                        if !certificates.is_empty() {
                            w.set_of(Tag::context(0), certificates);
                        }
                        w.nested(Tag::SET, |w| self.write_signer(w, signer, value));
                    });
                });
            });
        })
    }

    fn write_signer(&self, w: &mut Writer, signer: &Certificate, value: &SignerValue<'_>) {
        w.sequence(|w| {
            w.integer(1);
            w.sequence(|w| {
                w.raw(signer.issuer_der());
                w.value(Tag::INTEGER, &signer.serial);
            });
            AlgorithmIdentifier::plain(oid::SM3).write(w);
            let mut attributes = self.attributes_der();
            if let Some(tag) = attributes.first_mut() {
                *tag = Tag::context(0).0;
            }
            w.raw(&attributes);
            AlgorithmIdentifier::plain(value.algorithm).write(w);
            w.octets(value.signature_der);
            if let Some(token) = value.time_stamp {
                w.nested(Tag::context(1), |w| w.raw(&Attribute::encode(&oid::TIME_STAMP_TOKEN, token)));
            }
        });
    }

    /// Signs and puts together in one step.
    ///
    /// # Errors
    /// When the key is not that of the certificate, or refuses to sign.
    pub fn sign(
        &self,
        signer: &dyn Signer,
        signer_cert_der: &[u8],
        chain: &[Vec<u8>],
        content: Option<&[u8]>,
    ) -> Result<Vec<u8>, CmsError> {
        let (_, signature) = self.sign_attributes(signer, signer_cert_der)?;
        self.assemble(signer_cert_der, &signature, chain, content, None)
    }

    /// Signs and puts together in one step, carrying no certificate at all: a time stamp whose asker did not
    /// want any (RFC 3161 §2.4.1).
    ///
    /// # Errors
    /// When the key is not that of the certificate, or refuses to sign.
    pub fn sign_without_certificates(
        &self,
        signer: &dyn Signer,
        signer_cert_der: &[u8],
        content: Option<&[u8]>,
    ) -> Result<Vec<u8>, CmsError> {
        let (certificate, signature) = self.sign_attributes(signer, signer_cert_der)?;
        let value = SignerValue { algorithm: oid::SM2_SIGN, signature_der: &signature, time_stamp: None };
        Ok(self.write(&certificate, &value, Vec::new(), content))
    }

    fn sign_attributes(
        &self,
        signer: &dyn Signer,
        signer_cert_der: &[u8],
    ) -> Result<(Certificate, Vec<u8>), CmsError> {
        let certificate = Certificate::from_der(signer_cert_der).map_err(|_| CmsError::Certificate)?;
        if certificate.spki_der() != signer.verifying_key().spki_der() {
            return Err(CmsError::WrongKey);
        }
        let signature = signer.sign(&self.attributes_der())?;
        Ok((certificate, signature))
    }
}

/// A detached SignedData over a document with this SM3 digest: the answer to a P7 request.
///
/// # Errors
/// When the key is not that of the certificate, or refuses to sign.
pub fn sign_detached(
    digest: [u8; 32],
    signing_time: Timestamp,
    signer: &dyn Signer,
    signer_cert_der: &[u8],
    chain: &[Vec<u8>],
) -> Result<Vec<u8>, CmsError> {
    SignedDataDraft::detached(digest, signing_time).sign(signer, signer_cert_der, chain, None)
}
