//! TLS of a caller: whom it believes beside the machine's own authorities, and the certificate that it shows; from files
//! that may be exchanged while it runs.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use schemars::JsonSchema;
use serde::Deserialize;
use zeroize::Zeroizing;

use crate::transport::{Material, Pool};
use crate::{Client, ClientError};

/// Largest file, in bytes.
const MAX_FILE: u64 = 1 << 20;
/// The shortest time between two looks at the files.
const SHORTEST: Duration = Duration::from_millis(100);

/// How one speaks TLS when calling others.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ClientTls {
    /// PEM files with further authorities to believe, beside those of this machine.
    pub roots: Vec<PathBuf>,
    /// The TLS certificate that is shown to a server that asks for one (PEM, those above it too); with `key`.
    pub certificate: Option<PathBuf>,
    /// Its private key (PEM).
    pub key: Option<PathBuf>,
    /// How often the files are looked at for a change, in milliseconds; SIGHUP does so at once.
    pub reload_ms: u64,
}

impl Default for ClientTls {
    fn default() -> Self {
        Self { roots: Vec::new(), certificate: None, key: None, reload_ms: 10_000 }
    }
}

impl ClientTls {
    /// Every file that is named.
    pub fn files(&mut self) -> impl Iterator<Item = &mut PathBuf> {
        self.roots.iter_mut().chain(&mut self.certificate).chain(&mut self.key)
    }

    /// What is wrong with the settings themselves.
    pub fn fault(&self) -> Option<&'static str> {
        let both = self.certificate.is_some() == self.key.is_some();
        (!both).then_some("certificate and key are given together or not at all")
    }

    /// Whether the files can be used.
    ///
    /// # Errors
    /// [`ClientError::Request`] naming the file, never its content.
    pub fn check(&self) -> Result<(), ClientError> {
        self.read().map(|_| ())
    }

    fn is_empty(&self) -> bool {
        self.roots.is_empty() && self.certificate.is_none() && self.key.is_none()
    }

    /// The files' content, and a digest over all of it.
    fn read(&self) -> Result<(Material, [u8; 32]), ClientError> {
        if let Some(fault) = self.fault() {
            return Err(ClientError::Request(fault.to_owned()));
        }
        let (mut roots, mut digests) = (Vec::new(), Vec::new());
        for path in &self.roots {
            let content = file(path)?;
            digests.extend(crypto::sm3::digest(&content));
            roots.extend_from_slice(&content);
            roots.push(b'\n');
        }
        let identity = match (&self.certificate, &self.key) {
            (Some(certificate), Some(key)) => Some((file(certificate)?, file(key)?)),
            _ => None,
        };
        if let Some((certificate, key)) = &identity {
            digests.extend(crypto::sm3::digest(certificate));
            digests.extend(crypto::sm3::digest(key));
        }
        let identity = identity.as_ref().map(|(certificate, key)| (certificate.as_slice(), key.as_slice()));
        Ok((Material::read(&roots, identity)?, crypto::sm3::digest(&digests)))
    }
}

fn file(path: &Path) -> Result<Zeroizing<Vec<u8>>, ClientError> {
    let told = |why: String| ClientError::Request(format!("{}: {why}", path.display()));
    let size = std::fs::metadata(path).map_err(|error| told(error.to_string()))?.len();
    if size > MAX_FILE {
        return Err(told(format!("{size} bytes, more than {MAX_FILE}")));
    }
    std::fs::read(path).map(Zeroizing::new).map_err(|error| told(error.to_string()))
}

/// The files behind a client and everything that was made of it, to be looked at again.
#[derive(Debug, Clone)]
pub struct TlsFiles(Arc<Files>);

#[derive(Debug)]
struct Files {
    settings: ClientTls,
    pool: Pool,
    digest: Mutex<[u8; 32]>,
}

impl TlsFiles {
    /// How often to look.
    pub fn interval(&self) -> Duration {
        Duration::from_millis(self.0.settings.reload_ms).max(SHORTEST)
    }

    /// Takes up what is in the files now, for the connections that are made from now on; whether it was something else.
    /// Where the files cannot be used, everything stays as it was.
    ///
    /// # Errors
    /// [`ClientError::Request`].
    pub fn reload(&self) -> Result<bool, ClientError> {
        let (material, digest) = self.0.settings.read()?;
        let mut known = self.0.digest.lock().unwrap_or_else(PoisonError::into_inner);
        if *known == digest {
            return Ok(false);
        }
        self.0.pool.exchange(material)?;
        *known = digest;
        Ok(true)
    }
}

impl Client {
    /// The same client that speaks TLS as the settings say; with what is needed to take up other files while it runs, which
    /// then holds for every client that was made of this one. `None` when the settings name no file.
    ///
    /// # Errors
    /// [`ClientError::Request`] naming a file that cannot be used.
    pub fn with_tls_files(mut self, settings: &ClientTls) -> Result<(Self, Option<TlsFiles>), ClientError> {
        if settings.is_empty() {
            return Ok((self, None));
        }
        let (material, digest) = settings.read()?;
        self.pool = Pool::of(material)?;
        let files = Files { settings: settings.clone(), pool: self.pool.clone(), digest: Mutex::new(digest) };
        Ok((self, Some(TlsFiles(Arc::new(files)))))
    }
}
