//! The reference certification authority (CA 机构) and time-stamping authority, for tests and demonstrations.
//!
//! A root, one issuing authority below it, and a TSA, in files of one folder. It is no licensed authority and
//! says so in its names.

mod files;
mod service;

use crypto::{Random, Signer, Sm2KeyPair, VerifyingKey};
use formats::crl::CrlBuilder;
use formats::x509::{Certificate, CertificateBuilder, Identity, NameBuilder, PersonDocument, Profile};
use jiff::{SignedDuration, Timestamp};

pub use files::{AuthorityFiles, write_secret};
pub use service::{AuthorityService, Revoked};

/// Something the authority could not do.
#[derive(Debug, thiserror::Error)]
pub enum AuthorityError {
    /// A certificate or list could not be issued.
    #[error("certificate: {0}")]
    Issue(#[from] formats::x509::IssueError),
    /// Something just issued, or read from a file, is not in order.
    #[error("certificate: {0}")]
    Read(#[from] formats::x509::X509Error),
    /// A key could not be made or read.
    #[error("key: {0}")]
    Key(#[from] crypto::KeyError),
    /// A file could not be read or written.
    #[error("{0}")]
    File(String),
}

/// Whom a certificate is for.
#[derive(Clone)]
pub enum Subject {
    /// An organisation, with its 18-character credit code (统一社会信用代码).
    Organization {
        /// Its name.
        name: String,
        /// Its code.
        uscc: String,
    },
    /// A person.
    Person {
        /// The name.
        name: String,
        /// The resident identity number.
        id_card: String,
    },
    /// A machine or a service.
    Service {
        /// Its name.
        name: String,
        /// Who runs it.
        organization: String,
    },
}

impl std::fmt::Debug for Subject {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Organization { name, .. } | Self::Service { name, .. } => f.write_str(name),
            Self::Person { .. } => f.write_str("a person"),
        }
    }
}

/// A key with its certificate.
pub struct Credential {
    /// The private key.
    pub key: Sm2KeyPair,
    /// Its certificate, DER.
    pub certificate: Vec<u8>,
}

/// The authority: root, issuing authority and TSA.
pub struct Authority {
    root: Certificate,
    issuing: Certificate,
    issuing_key: Sm2KeyPair,
    tsa: Certificate,
    tsa_key: Sm2KeyPair,
    random: Random,
    /// Where the status of what it issues can be had, written into every certificate it issues.
    addresses: Addresses,
    /// The root's revocation list, DER. Authorities founded before there was one have none.
    root_crl: Option<Vec<u8>>,
}

/// Where an authority's revocation lists will be found: written into certificates, which stay.
#[derive(Debug, Clone)]
pub struct ListAddresses {
    /// The root's list, which speaks of the issuing authority.
    pub root: String,
    /// The issuing authority's list, which speaks of everybody else.
    pub issuing: String,
    /// The issuing authority's responder (OCSP), which speaks of the same. There is none for the root, whose key left.
    pub ocsp: String,
    /// The issuing authority's own certificate, for whoever has the root alone.
    pub certificate: String,
}

/// Where the status of what the issuing authority issued can be had.
#[derive(Debug, Clone, Default)]
pub struct Addresses {
    /// Its revocation list.
    pub crl: Option<String>,
    /// Its responder (OCSP).
    pub ocsp: Option<String>,
    /// Its own certificate.
    pub certificate: Option<String>,
}

/// How long the authorities' own certificates are valid.
const AUTHORITY_DAYS: i64 = 3650;

impl Authority {
    /// Founds a new authority called `name`. The root's key signs one revocation list, of nobody, that is good as
    /// long as the root: it leaves memory afterwards and can sign no second one.
    ///
    /// # Errors
    /// [`AuthorityError::Issue`] or [`AuthorityError::Key`].
    pub fn found(
        name: &str,
        lists: Option<ListAddresses>,
        now: Timestamp,
        random: &Random,
    ) -> Result<Founded, AuthorityError> {
        let (from, to) = period(now, AUTHORITY_DAYS);
        let root_key = Sm2KeyPair::generate(random)?;
        let title = |what: &str| NameBuilder::new().country("CN").organization(name).common_name(what);
        let root = CertificateBuilder::new(
            Profile::Root,
            title(&format!("{name} 测试根 Test Root")),
            root_key.verifying_key(),
            from,
            to,
        )
        .self_sign(&root_key, random)?;
        let root = Certificate::from_der(&root)?;
        let issuing_key = Sm2KeyPair::generate(random)?;
        let issuing = CertificateBuilder::new(
            Profile::Intermediate { path_len: 0 },
            title(&format!("{name} 测试签发 Test Issuing")),
            issuing_key.verifying_key(),
            from,
            to,
        );
        let of_root =
            Addresses { crl: lists.as_ref().map(|lists| lists.root.clone()), ..Addresses::default() };
        let issuing = of_root.name(issuing);
        let issuing = issuing.issue(&root, &root_key, random)?;
        let issuing = Certificate::from_der(&issuing)?;
        let tsa_key = Sm2KeyPair::generate(random)?;
        let tsa = CertificateBuilder::new(
            Profile::TimeStamp,
            title(&format!("{name} 测试时间戳 Test TSA")),
            tsa_key.verifying_key(),
            from,
            to,
        );
        let addresses = lists.map(|lists| Addresses {
            crl: Some(lists.issuing),
            ocsp: Some(lists.ocsp),
            certificate: Some(lists.certificate),
        });
        let addresses = addresses.unwrap_or_default();
        let tsa = addresses.name(tsa).issue(&issuing, &issuing_key, random)?;
        let tsa = Certificate::from_der(&tsa)?;
        let root_crl = Some(CrlBuilder::new(1, from, to).issue(&root, &root_key)?);
        let random = random.clone();
        Ok(Founded {
            root_key,
            authority: Self { root, issuing, issuing_key, tsa, tsa_key, random, addresses, root_crl },
        })
    }

    /// The root's revocation list, DER.
    pub fn root_crl(&self) -> Option<&[u8]> {
        self.root_crl.as_deref()
    }

    /// The root's certificate.
    pub fn root(&self) -> &Certificate {
        &self.root
    }

    /// The issuing authority's certificate.
    pub fn issuing(&self) -> &Certificate {
        &self.issuing
    }

    /// The TSA's certificate.
    pub fn tsa(&self) -> &Certificate {
        &self.tsa
    }

    /// Issues a certificate for a key, valid from now for `days` days. DER.
    ///
    /// # Errors
    /// [`AuthorityError::Issue`].
    pub fn issue(
        &self,
        profile: Profile,
        subject: &Subject,
        key: &VerifyingKey,
        now: Timestamp,
        days: u32,
    ) -> Result<Vec<u8>, AuthorityError> {
        let name = NameBuilder::new().country("CN");
        let (name, identity) = match subject {
            Subject::Organization { name: organization, uscc } => (
                name.organization(organization).common_name(organization),
                Some(Identity::organization(uscc)),
            ),
            Subject::Person { name: person, id_card } => {
                (name.common_name(person), Some(Identity::person(PersonDocument::ResidentCard, id_card)))
            }
            Subject::Service { name: service, organization } => {
                (name.organization(organization).common_name(service), None)
            }
        };
        let (from, to) = period(now, i64::from(days));
        let mut builder = CertificateBuilder::new(profile, name, key, from, to);
        if let Some(identity) = identity {
            builder = builder.identity(identity);
        }
        Ok(self.addresses.name(builder).issue(&self.issuing, &self.issuing_key, &self.random)?)
    }

    /// Makes a key and issues its certificate.
    ///
    /// # Errors
    /// As [`Self::issue`].
    pub fn credential(
        &self,
        profile: Profile,
        subject: &Subject,
        now: Timestamp,
        days: u32,
    ) -> Result<Credential, AuthorityError> {
        let key = Sm2KeyPair::generate(&self.random)?;
        let certificate = self.issue(profile, subject, key.verifying_key(), now, days)?;
        Ok(Credential { key, certificate })
    }
}

/// A new authority, with the root's key, which goes to its file and then out of memory.
pub struct Founded {
    /// The root's private key.
    pub root_key: Sm2KeyPair,
    /// The authority at work.
    pub authority: Authority,
}

impl Addresses {
    /// Writes where the status of a certificate can be had into it (CRL 分发点, 颁发机构信息访问).
    fn name(&self, mut builder: CertificateBuilder) -> CertificateBuilder {
        if let Some(url) = &self.crl {
            builder = builder.crl_url(url);
        }
        if let Some(url) = &self.ocsp {
            builder = builder.ocsp_url(url);
        }
        if let Some(url) = &self.certificate {
            builder = builder.issuer_url(url);
        }
        builder
    }
}

/// From a little before `now`, because clocks differ, for so many days.
fn period(now: Timestamp, days: i64) -> (Timestamp, Timestamp) {
    let second = Timestamp::from_second(now.as_second()).unwrap_or(now);
    let from = second.checked_sub(SignedDuration::from_mins(5)).unwrap_or(second);
    let to =
        second.checked_add(SignedDuration::from_hours(days.saturating_mul(24))).unwrap_or(Timestamp::MAX);
    (from, to)
}
