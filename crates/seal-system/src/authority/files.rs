//! The authority's keys in files of one folder, each an encrypted PKCS#12 file.

use std::path::{Path, PathBuf};

use crypto::{Random, Signer, Sm2KeyPair};
use formats::x509::{Certificate, pem_encode};
use jiff::Timestamp;

use super::{Addresses, Authority, AuthorityError, Founded, ListAddresses};

/// The folder of one authority: `root.p12`, `issuing.p12`, `tsa.p12`, the certificates as `.pem`, and
/// the root's revocation list, `root.crl`.
#[derive(Debug, Clone)]
pub struct AuthorityFiles {
    folder: PathBuf,
}

/// The root's revocation list.
const ROOT_CRL: &str = "root.crl";

impl AuthorityFiles {
    /// The authority in `folder`.
    pub fn new(folder: &Path) -> Self {
        Self { folder: folder.to_path_buf() }
    }

    /// The root's certificate (PEM), for whoever trusts this authority.
    pub fn root_certificate(&self) -> PathBuf {
        self.folder.join("root.pem")
    }

    /// Founds an authority and writes its files. The root's key leaves memory afterwards: it signs nothing more.
    ///
    /// # Errors
    /// [`AuthorityError`]; `File` also when there is an authority in the folder already.
    pub fn found(
        &self,
        name: &str,
        lists: Option<ListAddresses>,
        password: &str,
        now: Timestamp,
        random: &Random,
    ) -> Result<Authority, AuthorityError> {
        if self.root_certificate().exists() {
            return Err(AuthorityError::File(format!(
                "{}: an authority is here already",
                self.folder.display()
            )));
        }
        std::fs::create_dir_all(&self.folder).map_err(|error| self.error("", &error))?;
        let Founded { root_key, authority } = Authority::found(name, lists, now, random)?;
        let chain = [authority.root.der().to_vec()];
        self.write_key("root", &root_key, &[], &authority.root, password, random)?;
        self.write_key("issuing", &authority.issuing_key, &chain, &authority.issuing, password, random)?;
        let chain = [authority.issuing.der().to_vec(), authority.root.der().to_vec()];
        self.write_key("tsa", &authority.tsa_key, &chain, &authority.tsa, password, random)?;
        if let Some(list) = &authority.root_crl {
            std::fs::write(self.folder.join(ROOT_CRL), list).map_err(|error| self.error(ROOT_CRL, &error))?;
        }
        Ok(authority)
    }

    /// Opens the authority in the folder.
    ///
    /// # Errors
    /// [`AuthorityError`].
    pub fn open(
        &self,
        addresses: Addresses,
        password: &str,
        random: &Random,
    ) -> Result<Authority, AuthorityError> {
        let pem = self.read("root.pem")?;
        let root = formats::x509::read_certificates(&pem)?;
        let root =
            root.into_iter().next().ok_or_else(|| AuthorityError::File("root.pem: empty".to_owned()))?;
        let (issuing_key, issuing) = self.read_key("issuing", password, random)?;
        let (tsa_key, tsa) = self.read_key("tsa", password, random)?;
        let root_crl = match std::fs::read(self.folder.join(ROOT_CRL)) {
            Ok(list) => Some(list),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => None,
            Err(error) => return Err(self.error(ROOT_CRL, &error)),
        };
        Ok(Authority {
            root,
            issuing,
            issuing_key,
            tsa,
            tsa_key,
            random: random.clone(),
            addresses,
            root_crl,
        })
    }

    fn write_key(
        &self,
        name: &str,
        key: &Sm2KeyPair,
        chain: &[Vec<u8>],
        certificate: &Certificate,
        password: &str,
        random: &Random,
    ) -> Result<(), AuthorityError> {
        let mut certificates = vec![certificate.der().to_vec()];
        certificates.extend_from_slice(chain);
        let pfx = key.to_pkcs12(&certificates, password, name, random)?;
        write_secret(&self.folder.join(format!("{name}.p12")), &pfx)
            .map_err(|error| self.error(name, &error))?;
        let pem = pem_encode("CERTIFICATE", certificate.der());
        std::fs::write(self.folder.join(format!("{name}.pem")), pem).map_err(|error| self.error(name, &error))
    }

    fn read_key(
        &self,
        name: &str,
        password: &str,
        random: &Random,
    ) -> Result<(Sm2KeyPair, Certificate), AuthorityError> {
        let pfx = self.read(&format!("{name}.p12"))?;
        let (key, certificates) = Sm2KeyPair::from_pkcs12(&pfx, password, random)?;
        let spki = key.verifying_key().spki_der();
        for der in &certificates {
            let certificate = Certificate::from_der(der)?;
            if certificate.spki_der() == spki {
                return Ok((key, certificate));
            }
        }
        Err(AuthorityError::File(format!("{name}.p12: no certificate for its key")))
    }

    fn read(&self, name: &str) -> Result<Vec<u8>, AuthorityError> {
        std::fs::read(self.folder.join(name)).map_err(|error| self.error(name, &error))
    }

    fn error(&self, name: &str, error: &std::io::Error) -> AuthorityError {
        AuthorityError::File(format!("{}: {error}", self.folder.join(name).display()))
    }
}

/// Writes a file that only its owner can read.
///
/// # Errors
/// Those of the file system.
pub fn write_secret(path: &Path, content: &[u8]) -> std::io::Result<()> {
    use std::io::Write;
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)?.write_all(content)
}
