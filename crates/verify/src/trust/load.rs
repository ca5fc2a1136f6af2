//! Trust read from bytes: PEM or DER, certificates and revocation lists.

use formats::crl::read_crls;
use formats::x509::{Certificate, read_certificates};

use super::Trust;

/// Why bytes could not be taken into a trust store.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TrustError {
    /// No certificate could be read.
    #[error("证书无法读取 / certificate cannot be read: {0}")]
    Certificate(String),
    /// No revocation list could be read.
    #[error("吊销列表无法读取 / revocation list cannot be read: {0}")]
    Crl(String),
    /// A certificate where a revocation list is due.
    #[error("这是证书，不是吊销列表 / this is a certificate and no revocation list")]
    CertificateForCrl,
    /// No OCSP answer could be read.
    #[error("OCSP 应答无法读取 / OCSP answer cannot be read: {0}")]
    Ocsp(String),
}

impl Trust {
    /// Takes in what somebody handed over as trusted, PEM or DER, one certificate or many.
    ///
    /// A certificate that is its own issuer becomes trusted by itself, as does one that is no authority: it
    /// is pinned. Other authorities are intermediates, unless [`Self::finish`] finds that nothing trusted
    /// stands above them.
    ///
    /// # Errors
    /// When the bytes hold no certificate.
    pub fn add_trusted(&mut self, file: &[u8]) -> Result<usize, TrustError> {
        let certificates =
            read_certificates(file).map_err(|error| TrustError::Certificate(error.to_string()))?;
        let count = certificates.len();
        for certificate in certificates {
            if certificate.is_self_issued() || !is_authority(&certificate) {
                self.add_anchor(certificate);
            } else {
                self.add_intermediate(certificate);
            }
        }
        Ok(count)
    }

    /// Takes in authorities that may complete a path and are never trusted by themselves: what was fetched from an
    /// address in a certificate. Whatever is no authority is left out.
    ///
    /// # Errors
    /// When the bytes hold no certificate.
    pub fn add_issuers(&mut self, file: &[u8]) -> Result<usize, TrustError> {
        let certificates =
            read_certificates(file).map_err(|error| TrustError::Certificate(error.to_string()))?;
        let authorities: Vec<Certificate> = certificates.into_iter().filter(is_authority).collect();
        let count = authorities.len();
        for authority in authorities {
            self.add_intermediate(authority);
        }
        Ok(count)
    }

    /// Names makers of seals, PEM or DER: certificates of makers, and of authorities that certify makers alone. An authority
    /// may complete a path besides. Called after [`Self::finish`], which would otherwise take such an authority for one
    /// that is trusted.
    ///
    /// # Errors
    /// When the bytes hold no certificate.
    pub fn add_makers(&mut self, file: &[u8]) -> Result<usize, TrustError> {
        let certificates =
            read_certificates(file).map_err(|error| TrustError::Certificate(error.to_string()))?;
        let count = certificates.len();
        for certificate in certificates {
            if is_authority(&certificate) {
                self.add_intermediate(certificate.clone());
            }
            self.add_maker(certificate);
        }
        Ok(count)
    }

    /// Takes in revocation lists, PEM or DER.
    ///
    /// # Errors
    /// When the bytes hold no revocation list.
    pub fn add_crls(&mut self, file: &[u8]) -> Result<usize, TrustError> {
        let lists = read_crls(file).map_err(|error| {
            let is_certificate = read_certificates(file).is_ok_and(|list| !list.is_empty());
            if is_certificate { TrustError::CertificateForCrl } else { TrustError::Crl(error.to_string()) }
        })?;
        let count = lists.len();
        for list in lists {
            self.add_crl(list);
        }
        Ok(count)
    }

    /// Makes authorities trusted by themselves whose issuer is not in the store: who hands over a single
    /// middle authority as trusted means to trust it.
    pub fn finish(&mut self) {
        let above: Vec<Vec<u8>> =
            self.authorities().map(|authority| authority.certificate.subject_der().to_vec()).collect();
        let (kept, lifted): (Vec<_>, Vec<_>) = std::mem::take(&mut self.intermediates)
            .into_iter()
            .partition(|authority| above.iter().any(|name| name == authority.certificate.issuer_der()));
        self.intermediates = kept;
        for authority in lifted {
            self.add_anchor(authority.certificate.clone());
        }
    }
}

fn is_authority(certificate: &Certificate) -> bool {
    certificate.extensions.basic_constraints.as_ref().is_some_and(|constraints| constraints.ca)
}
