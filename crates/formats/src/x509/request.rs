//! Certification requests (PKCS#10, RFC 2986): read with proof of possession, and written.
//!
//! ```text
//! CertificationRequest ::= SEQUENCE { info CertificationRequestInfo, AlgorithmIdentifier, signature BIT STRING }
//! CertificationRequestInfo ::= SEQUENCE { version INTEGER (0), subject Name, subjectPKInfo, attributes [0] SET OF Attribute }
//! ```

use crypto::{KeyError, Signer, VerifyingKey};

use super::{
    AlgorithmIdentifier, Extensions, IssueError, Name, NameBuilder, SignatureFault, X509Error,
    check_signature,
};
use crate::asn1::{
    Asn1ErrorKind, BitString, Context, Deviation, DeviationKind, Limits, Mode, Reader, Span, Tag, Writer,
};
use crate::oid;

/// Longest request accepted, in bytes.
const MAX_LEN: usize = 64 * 1024;

/// A request for a certificate. Nothing in it is believed before [`CertificationRequest::verify_possession`].
#[derive(Clone)]
pub struct CertificationRequest {
    raw: Vec<u8>,
    info: Span,
    spki: Span,
    subject_span: Span,
    signature: BitString,
    /// Who asks.
    pub subject: Name,
    /// Signature algorithm.
    pub signature_algorithm: AlgorithmIdentifier,
    /// Extensions asked for; none when nothing was.
    pub extensions: Extensions,
    /// What was tolerated in reading it.
    pub deviations: Vec<Deviation>,
}

impl CertificationRequest {
    /// Reads a request in DER.
    ///
    /// # Errors
    /// When the bytes are no request.
    pub fn parse(der: &[u8], mode: Mode) -> Result<Self, X509Error> {
        let context = Context::with_limits(mode, Limits { max_len: MAX_LEN, ..Limits::default() });
        let value = context.top(der)?;
        let mut outer = value.sequence()?;
        let info_value = outer.read(Tag::SEQUENCE)?;
        let signature_algorithm = AlgorithmIdentifier::read(&mut outer)?;
        let signature = outer.read(Tag::BIT_STRING)?.octet_bits()?;
        outer.finish()?;
        let mut info = info_value.children()?;
        let version = info.read(Tag::INTEGER)?;
        if version.integer()? != 0 {
            version.note(DeviationKind::CmsVersion)?;
        }
        let subject = info.read(Tag::SEQUENCE)?;
        let spki = info.read(Tag::SEQUENCE)?;
        let extensions = requested_extensions(&mut info)?;
        info.finish()?;
        Ok(Self {
            raw: value.raw().to_vec(),
            info: info_value.span(),
            spki: spki.span(),
            subject_span: subject.span(),
            signature,
            subject: Name::read(&subject)?,
            signature_algorithm,
            extensions,
            deviations: context.take_notes(),
        })
    }

    /// The signed part as received.
    pub fn info(&self) -> &[u8] {
        self.info.of(&self.raw)
    }

    /// The public key (SubjectPublicKeyInfo) as received.
    pub fn spki_der(&self) -> &[u8] {
        self.spki.of(&self.raw)
    }

    /// The subject's name as received.
    pub fn subject_der(&self) -> &[u8] {
        self.subject_span.of(&self.raw)
    }

    /// The public key, ready to verify with.
    ///
    /// # Errors
    /// When it is of no kind that we verify with, or not valid.
    pub fn verifying_key(&self) -> Result<VerifyingKey, KeyError> {
        VerifyingKey::from_spki_der(self.spki_der())
    }

    /// Proof of possession: the request is signed with the key that it names.
    ///
    /// # Errors
    /// When it is not.
    pub fn verify_possession(&self) -> Result<VerifyingKey, SignatureFault> {
        let key = self.verifying_key()?;
        check_signature(&self.signature_algorithm, &key, self.info(), &self.signature)?;
        Ok(key)
    }

    /// Writes a request for a subject, signed with its key.
    ///
    /// # Errors
    /// When the name does not fit its types, or the key refuses to sign.
    pub fn create(subject: &NameBuilder, signer: &dyn Signer) -> Result<Vec<u8>, IssueError> {
        let name = subject.to_der()?;
        let algorithm = AlgorithmIdentifier::of_signature(signer.algorithm());
        let info = Writer::build(|w| {
            w.sequence(|w| {
                w.integer(0);
                w.raw(&name);
                w.raw(signer.verifying_key().spki_der());
                w.value(Tag::context(0), &[]);
            });
        });
        let signature = signer.sign(&info)?;
        Ok(Writer::build(|w| {
            w.sequence(|w| {
                w.raw(&info);
                algorithm.write(w);
                w.bits(&signature);
            });
        }))
    }
}

/// `attributes [0] SET OF SEQUENCE { type OBJECT IDENTIFIER, values SET OF ANY }`
fn requested_extensions(info: &mut Reader<'_>) -> Result<Extensions, X509Error> {
    let mut extensions = Extensions::default();
    let Some(attributes) = info.read_optional(Tag::context(0))? else { return Ok(extensions) };
    let mut list = attributes.children()?;
    while !list.is_empty() {
        let mut fields = list.sequence()?;
        let oid = fields.read(Tag::OID)?.oid()?;
        let values = fields.read(Tag::SET)?;
        if oid == oid::EXTENSION_REQUEST {
            if !extensions.all.is_empty() {
                return Err(X509Error::DuplicateExtension(oid));
            }
            let mut values = values.children()?;
            let value = values.read_any()?.ok_or(Asn1ErrorKind::Truncated.at(values.offset()))?;
            extensions = Extensions::read(&value)?;
        }
    }
    Ok(extensions)
}
