//! What a verification lacks and where it may be had. Verification itself asks nobody: a caller who may use the
//! network fetches what is wanted, adds it to the trust and verifies again.

use std::mem::discriminant;
use std::sync::{Arc, Mutex, PoisonError};

use crypto::{DigestAlgorithm, KeyKind};
use formats::ocsp::CertId;
use jiff::Timestamp;

use super::Trust;
use crate::certificate::Prepared;

/// Wants of one document, of each kind; an attacker can name thousands of addresses. What is asked of the certificates of
/// trusted authorities has its own room, and is not kept away by issuers that anybody can name.
const MAX_WANTS: usize = 64;
/// Addresses of one want.
const MAX_URLS: usize = 4;

/// Something that is lacking, and the addresses that a certificate names for it. The addresses come from the document:
/// whoever asks there must not trust them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Want {
    /// What is lacking.
    pub kind: WantKind,
    /// Where it may be had, in the certificate's order.
    pub urls: Vec<String>,
}

/// What can be lacking.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WantKind {
    /// A revocation list ([`Trust::add_crls`]).
    Crl,
    /// The status of a certificate ([`Trust::add_answers`]).
    Ocsp(CertId),
    /// The certificate of an issuer ([`Trust::add_issuers`]).
    Issuer,
}

/// Where wants are noted.
#[derive(Clone, Debug)]
pub(super) struct Wants {
    at: Timestamp,
    list: Arc<Mutex<Vec<Want>>>,
}

impl Want {
    fn new(kind: WantKind, urls: &[String]) -> Option<Self> {
        let urls: Vec<String> = urls.iter().take(MAX_URLS).cloned().collect();
        (!urls.is_empty()).then_some(Self { kind, urls })
    }

    /// What tells the status of a certificate: an answer, or the issuer's list.
    pub(crate) fn status_of(subject: &Prepared, issuer: &Prepared) -> Vec<Self> {
        let extensions = &subject.certificate.extensions;
        // Responders of foreign algorithms need not know any digest but SHA-1 (RFC 5019 §2.1.1), which does no harm
        // here: it names a certificate and proves nothing.
        let is_sm2 = issuer.key().is_some_and(|key| key.kind() == KeyKind::Sm2);
        let digest = if is_sm2 { DigestAlgorithm::Sm3 } else { DigestAlgorithm::Sha1 };
        let id = CertId::new(digest, &subject.certificate, &issuer.certificate).ok();
        let answer = id.and_then(|id| Self::new(WantKind::Ocsp(id), &extensions.ocsp_urls));
        answer.into_iter().chain(Self::new(WantKind::Crl, &extensions.crl_urls)).collect()
    }

    /// The issuer of a certificate.
    pub(crate) fn issuer_of(subject: &Prepared) -> Vec<Self> {
        Self::new(WantKind::Issuer, &subject.certificate.extensions.issuer_urls).into_iter().collect()
    }
}

impl Trust {
    /// The same trust, which notes what is lacking at a time.
    pub(crate) fn noting_wants(&self, at: Timestamp) -> Self {
        Self { wants: Some(Wants { at, list: Arc::default() }), ..self.clone() }
    }

    /// True when somebody asked for what is lacking.
    pub(crate) fn notes_wants(&self) -> bool {
        self.wants.is_some()
    }

    /// Notes what is lacking, when somebody asked for it.
    pub(crate) fn want(&self, lacking: impl FnOnce(Timestamp) -> Vec<Want>) {
        let Some(wants) = &self.wants else { return };
        let mut list = wants.list.lock().unwrap_or_else(PoisonError::into_inner);
        for want in lacking(wants.at) {
            let is_alike = |other: &&Want| discriminant(&other.kind) == discriminant(&want.kind);
            if list.iter().filter(is_alike).count() < MAX_WANTS && !list.contains(&want) {
                list.push(want);
            }
        }
    }

    /// What was noted.
    pub(crate) fn take_wants(&self) -> Vec<Want> {
        let Some(wants) = &self.wants else { return Vec::new() };
        std::mem::take(&mut wants.list.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
