//! Issuing certificates: the test and demo authority's profiles after GB/T 20518.

use crypto::{Random, Signer, VerifyingKey};
use jiff::Timestamp;

use super::extension_writer as write;
use super::{
    AlgorithmIdentifier, BasicConstraints, Certificate, Identity, IssueError, KeyUsage, NameBuilder,
};
use crate::asn1::{Tag, Writer};
use crate::oid::{self, Oid};

/// What a certificate is for; it decides key usage, purposes and constraints.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Profile {
    /// A root authority.
    Root,
    /// An authority below another, with the number of authorities that may follow.
    Intermediate {
        /// Authorities that may follow below it.
        path_len: u32,
    },
    /// A maker of seals (制章者): signs seals.
    SealMaker,
    /// A signer's signing certificate (签名证书).
    SignerSign,
    /// A signer's encryption certificate (加密证书).
    SignerEncrypt,
    /// A time-stamp authority.
    TimeStamp,
    /// Somebody who answers questions of status (OCSP) for the authority.
    OcspResponder,
    /// A system of the platform: signs requests and answers, proves itself in TLS.
    ServerIdentity,
}

impl Profile {
    fn key_usage(self) -> KeyUsage {
        match self {
            Self::Root | Self::Intermediate { .. } => KeyUsage::KEY_CERT_SIGN.with(KeyUsage::CRL_SIGN),
            Self::SealMaker | Self::SignerSign | Self::TimeStamp => {
                KeyUsage::DIGITAL_SIGNATURE.with(KeyUsage::NON_REPUDIATION)
            }
            Self::SignerEncrypt => {
                KeyUsage::KEY_ENCIPHERMENT.with(KeyUsage::DATA_ENCIPHERMENT).with(KeyUsage::KEY_AGREEMENT)
            }
            Self::ServerIdentity | Self::OcspResponder => KeyUsage::DIGITAL_SIGNATURE,
        }
    }

    fn constraints(self) -> BasicConstraints {
        match self {
            Self::Root => BasicConstraints { ca: true, path_len: None },
            Self::Intermediate { path_len } => BasicConstraints { ca: true, path_len: Some(path_len) },
            _ => BasicConstraints::default(),
        }
    }

    fn purposes(self) -> (bool, &'static [Oid]) {
        match self {
            Self::TimeStamp => (true, &[oid::EKU_TIME_STAMPING]),
            Self::OcspResponder => (false, &[oid::EKU_OCSP_SIGNING]),
            Self::ServerIdentity => (false, &[oid::EKU_SERVER_AUTH, oid::EKU_CLIENT_AUTH]),
            _ => (false, &[]),
        }
    }
}

/// A certificate to be issued.
#[derive(Clone)]
pub struct CertificateBuilder {
    profile: Profile,
    subject: NameBuilder,
    spki_der: Vec<u8>,
    not_before: Timestamp,
    not_after: Timestamp,
    identities: Vec<Identity>,
    crl_urls: Vec<String>,
    ocsp_urls: Vec<String>,
    issuer_urls: Vec<String>,
    policies: Vec<Oid>,
    more: Vec<(Oid, bool, Vec<u8>)>,
}

impl CertificateBuilder {
    /// Starts a certificate for a key.
    pub fn new(
        profile: Profile,
        subject: NameBuilder,
        key: &VerifyingKey,
        from: Timestamp,
        to: Timestamp,
    ) -> Self {
        Self {
            profile,
            subject,
            spki_der: key.spki_der().to_vec(),
            not_before: from,
            not_after: to,
            identities: Vec::new(),
            crl_urls: Vec::new(),
            ocsp_urls: Vec::new(),
            issuer_urls: Vec::new(),
            policies: Vec::new(),
            more: Vec::new(),
        }
    }

    /// Adds an identity extension.
    #[must_use]
    pub fn identity(mut self, identity: Identity) -> Self {
        self.identities.push(identity);
        self
    }

    /// Adds the address of a revocation list.
    #[must_use]
    pub fn crl_url(mut self, url: &str) -> Self {
        self.crl_urls.push(url.to_owned());
        self
    }

    /// Adds the address of an OCSP service.
    #[must_use]
    pub fn ocsp_url(mut self, url: &str) -> Self {
        self.ocsp_urls.push(url.to_owned());
        self
    }

    /// Adds the address of the issuer's certificate.
    #[must_use]
    pub fn issuer_url(mut self, url: &str) -> Self {
        self.issuer_urls.push(url.to_owned());
        self
    }

    /// Adds an extension that this builder does not know, by its encoded value.
    #[must_use]
    pub fn extension(mut self, oid: Oid, critical: bool, value: &[u8]) -> Self {
        self.more.push((oid, critical, value.to_vec()));
        self
    }

    /// Adds a certificate policy.
    #[must_use]
    pub fn policy(mut self, policy: Oid) -> Self {
        self.policies.push(policy);
        self
    }

    /// Issues the certificate to itself: a root, or a lone test certificate.
    ///
    /// # Errors
    /// [`IssueError`]; `WrongKey` when `signer` is not the subject's key.
    pub fn self_sign(&self, signer: &dyn Signer, random: &Random) -> Result<Vec<u8>, IssueError> {
        if signer.verifying_key().spki_der() != self.spki_der {
            return Err(IssueError::WrongKey);
        }
        let name = self.subject.to_der()?;
        self.sign(&name, &key_id(&self.spki_der)?, signer, random)
    }

    /// Issues the certificate below `issuer`, whose key is `signer`.
    ///
    /// # Errors
    /// [`IssueError`]; `WrongKey` when `signer` is not the issuer's key.
    pub fn issue(
        &self,
        issuer: &Certificate,
        signer: &dyn Signer,
        random: &Random,
    ) -> Result<Vec<u8>, IssueError> {
        if signer.verifying_key().spki_der() != issuer.spki_der() {
            return Err(IssueError::WrongKey);
        }
        let authority = match &issuer.extensions.subject_key_id {
            Some(id) => id.clone(),
            None => key_id(issuer.spki_der())?,
        };
        self.sign(issuer.subject_der(), &authority, signer, random)
    }

    fn sign(
        &self,
        issuer_der: &[u8],
        authority: &[u8],
        signer: &dyn Signer,
        random: &Random,
    ) -> Result<Vec<u8>, IssueError> {
        if self.not_after < self.not_before {
            return Err(IssueError::Period);
        }
        let algorithm = AlgorithmIdentifier::of_signature(signer.algorithm());
        let subject = self.subject.to_der()?;
        let extensions = self.extensions(authority)?;
        let serial = new_serial(random);
        let tbs = Writer::build(|w| {
            w.sequence(|w| {
                w.explicit(0, |w| w.integer(2));
                w.unsigned(&serial);
                algorithm.write(w);
                w.raw(issuer_der);
                w.sequence(|w| {
                    w.x509_time(self.not_before);
                    w.x509_time(self.not_after);
                });
                w.raw(&subject);
                w.raw(&self.spki_der);
                w.explicit(3, |w| w.value(Tag::SEQUENCE, &extensions));
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

    /// The encoded extensions, one behind the other.
    fn extensions(&self, authority: &[u8]) -> Result<Vec<u8>, IssueError> {
        for url in self.crl_urls.iter().chain(&self.ocsp_urls).chain(&self.issuer_urls) {
            if !url.is_ascii() || url.is_empty() {
                return Err(IssueError::Text("address"));
            }
        }
        let mut w = Writer::new();
        write::authority_key_id(&mut w, authority);
        write::subject_key_id(&mut w, &key_id(&self.spki_der)?);
        write::basic_constraints(&mut w, self.profile.constraints());
        write::key_usage(&mut w, self.profile.key_usage());
        let (critical, purposes) = self.profile.purposes();
        if !purposes.is_empty() {
            write::extended_key_usage(&mut w, critical, purposes);
        }
        if self.profile == Profile::OcspResponder {
            // RFC 6960 §4.2.2.2.1: who answers for others is not asked about; its certificate is short-lived instead.
            write::extension(&mut w, &oid::OCSP_NO_CHECK, false, &Writer::build(Writer::null));
        }
        if !self.policies.is_empty() {
            write::policies(&mut w, &self.policies);
        }
        if !self.crl_urls.is_empty() {
            write::crl_urls(&mut w, &self.crl_urls);
        }
        if !self.ocsp_urls.is_empty() || !self.issuer_urls.is_empty() {
            write::authority_info(&mut w, &self.ocsp_urls, &self.issuer_urls);
        }
        write::identities(&mut w, &self.identities)?;
        for (oid, critical, value) in &self.more {
            write::extension(&mut w, oid, *critical, value);
        }
        Ok(w.finish())
    }
}

fn key_id(spki_der: &[u8]) -> Result<Vec<u8>, IssueError> {
    super::key_identifier(spki_der).map_err(|_| IssueError::SubjectKey)
}

/// A serial number of 127 random bits, positive, at most 16 octets, never shorter than 16.
fn new_serial(random: &Random) -> [u8; 16] {
    let mut serial = [0; 16];
    random.fill(&mut serial);
    if let Some(first) = serial.first_mut() {
        *first = (*first & 0x7F) | 0x40;
    }
    serial
}
