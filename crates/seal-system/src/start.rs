//! Putting a system together from its configuration file.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use client::{Client, Identity, Peer};
use crypto::{FieldCipher, Random, Signer, Sm2KeyPair, VerifyingKey};
use formats::x509::{Certificate, pem_blocks};
use http_server::Fingerprint;
use protocol::{AppId, Clock};
use storage::{Database, Options, Schema};
use verify::Trust;
use zeroize::Zeroizing;

use crate::authority::{Addresses, AuthorityFiles, Credential};
use crate::config::{AuthorityConfig, Config};
use crate::system::Certifier;
use crate::{Parts, SealSystem, ServerRules, sender};

/// Largest key, certificate or configuration file, in bytes.
const MAX_FILE: u64 = 4 << 20;

/// A system could not be put together. The texts name files and settings, never their content.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// A file cannot be read.
    #[error("{file}: {reason}")]
    File {
        /// Its path.
        file: String,
        /// Why.
        reason: String,
    },
    /// A setting is not in order.
    #[error("{setting}: {reason}")]
    Setting {
        /// Its name.
        setting: &'static str,
        /// Why.
        reason: String,
    },
    /// The database cannot be opened.
    #[error("database: {0}")]
    Database(#[from] storage::Error),
    /// The client for the platform cannot be made.
    #[error("platform: {0}")]
    Client(#[from] client::ClientError),
    /// The platform could not be entered among the callers.
    #[error("platform: {0}")]
    Connect(#[from] protocol::ApiError),
}

/// Reads a configuration file. Relative paths in it are taken from its folder.
///
/// # Errors
/// [`StartError::File`] naming what is wrong in it.
pub fn read_config(path: &Path) -> Result<Config, StartError> {
    let text = read(path)?;
    let text = String::from_utf8(text.to_vec()).map_err(|error| file(path, error))?;
    let mut config: Config = toml::from_str(&text).map_err(|error| file(path, error))?;
    let folder = path.parent().unwrap_or(Path::new(""));
    let settle = |path: &mut PathBuf| *path = folder.join(&*path);
    settle(&mut config.keys.system);
    settle(&mut config.keys.maker);
    settle(&mut config.keys.master);
    config.keys.trust.iter_mut().for_each(settle);
    config.platform.keys.iter_mut().for_each(settle);
    config.platform.tls.files().for_each(settle);
    if let Some(tls) = &mut config.server.tls {
        settle(&mut tls.certificate);
        settle(&mut tls.key);
    }
    if let Some(authority) = &mut config.authority {
        settle(&mut authority.folder);
    }
    if let crate::config::SenderConfig::File { path } = &mut config.sender {
        settle(path);
    }
    if !config.database.contains("://") && !config.database.starts_with("sqlite:") {
        config.database = folder.join(&config.database).to_string_lossy().into_owned();
    }
    Ok(config)
}

/// Opens files and database and puts the system together; the platform of the configuration may call it.
///
/// # Errors
/// [`StartError`].
pub async fn from_config(
    config: &Config,
    password: &str,
    clock: Clock,
    random: Random,
) -> Result<SealSystem, StartError> {
    if let Some((setting, reason)) = config.faults().into_iter().next() {
        return Err(StartError::Setting { setting, reason });
    }
    let app_id = id("app_id", &config.app_id)?;
    let platform_id = id("platform.id", &config.platform.id)?;
    let signer: Arc<dyn Signer> = Arc::new(credential(&config.keys.system, password, &random)?.key);
    let maker = credential(&config.keys.maker, password, &random)?;
    let keys = platform_keys(&config.platform.keys)?;
    let base_url = web_address("platform.url", &config.platform.url)?;
    let me = Identity { app_id: app_id.clone(), signer: Arc::clone(&signer) };
    let peer = Peer::new(base_url, platform_id.clone(), keys.clone());
    let platform = Client::new(me, peer, clock.clone(), random.clone())?;
    let (platform, platform_tls) = platform.with_tls_files(&config.platform.tls)?;
    let platform_certificates = fingerprints(&config.platform.client_certificates)?;
    let database = Database::open(&config.database, &Options::new(Schema::SealSystem)).await?;
    let system = SealSystem::new(Parts {
        app_id,
        name: config.name.clone(),
        public_url: web_address("public_url", &config.public_url)?.to_owned(),
        database,
        signer,
        maker,
        cipher: master_key(&config.keys.master)?,
        platform,
        sender: Arc::from(sender::from_config(&config.sender)),
        certifier: config
            .authority
            .as_ref()
            .map(|authority| certifier(authority, password, &random))
            .transpose()?,
        trust: trust(&config.keys.trust)?,
        application: config.application.clone(),
        time_stamp: config.time_stamp.clone(),
        consent: config.consent.clone(),
        clock,
        random,
    })
    .serving_by(ServerRules { config: config.server.clone(), platform_certificates, platform_tls });
    system.connect_platform(&platform_id, &config.platform.id, base_url, &keys).await?;
    Ok(system)
}

fn id(setting: &'static str, text: &str) -> Result<AppId, StartError> {
    AppId::parse(text).map_err(|fault| StartError::Setting { setting, reason: fault.en.into_owned() })
}

fn web_address<'a>(setting: &'static str, text: &'a str) -> Result<&'a str, StartError> {
    let plain = text.trim_end_matches('/');
    if plain.starts_with("https://") || plain.starts_with("http://") {
        return Ok(plain);
    }
    Err(StartError::Setting { setting, reason: "must begin with https:// or http://".to_owned() })
}

fn fingerprints(texts: &[String]) -> Result<Vec<Fingerprint>, StartError> {
    let setting = "platform.client_certificates";
    let read = |text: &String| {
        text.parse::<Fingerprint>()
            .map_err(|error| StartError::Setting { setting, reason: error.to_string() })
    };
    texts.iter().map(read).collect()
}

fn credential(path: &Path, password: &str, random: &Random) -> Result<Credential, StartError> {
    let pfx = read(path)?;
    let (key, certificates) =
        Sm2KeyPair::from_pkcs12(&pfx, password, random).map_err(|error| file(path, error))?;
    let spki = key.verifying_key().spki_der();
    let own = certificates
        .into_iter()
        .find(|der| Certificate::from_der(der).is_ok_and(|certificate| certificate.spki_der() == spki));
    let certificate = own.ok_or_else(|| file(path, "no certificate for the key in it"))?;
    Ok(Credential { key, certificate })
}

fn certifier(
    config: &AuthorityConfig,
    password: &str,
    random: &Random,
) -> Result<Arc<dyn Certifier>, StartError> {
    let addresses =
        Addresses { crl: config.crl_url.clone(), ocsp: config.ocsp_url.clone(), ..Addresses::default() };
    let opened = AuthorityFiles::new(&config.folder).open(addresses, password, random);
    Ok(Arc::new(opened.map_err(|error| file(&config.folder, error))?))
}

/// The key over all personal data: 64 hexadecimal digits in a file.
fn master_key(path: &Path) -> Result<FieldCipher, StartError> {
    let text = read(path)?;
    let text = std::str::from_utf8(&text).map_err(|_| file(path, "must be 64 hexadecimal digits"))?;
    let mut key = Zeroizing::new([0_u8; 32]);
    hex::decode_to_slice(text.trim(), &mut *key).map_err(|_| file(path, "must be 64 hexadecimal digits"))?;
    Ok(FieldCipher::new(&key))
}

/// Public keys and certificates in PEM files.
fn platform_keys(paths: &[PathBuf]) -> Result<Vec<VerifyingKey>, StartError> {
    let mut keys = Vec::new();
    for path in paths {
        for block in pem_blocks(&read(path)?).map_err(|error| file(path, error))? {
            let key = match block.label.as_str() {
                "PUBLIC KEY" => VerifyingKey::from_spki_der(&block.der).map_err(|error| file(path, error))?,
                "CERTIFICATE" => {
                    let certificate = Certificate::from_der(&block.der).map_err(|error| file(path, error))?;
                    certificate.verifying_key().map_err(|error| file(path, error))?
                }
                other => return Err(file(path, format!("{other} is neither PUBLIC KEY nor CERTIFICATE"))),
            };
            keys.push(key);
        }
    }
    if keys.is_empty() {
        return Err(StartError::Setting {
            setting: "platform.keys",
            reason: "no key of the platform".to_owned(),
        });
    }
    Ok(keys)
}

fn trust(paths: &[PathBuf]) -> Result<Trust, StartError> {
    let mut trust = Trust::new();
    for path in paths {
        trust.add_trusted(&read(path)?).map_err(|error| file(path, error))?;
    }
    trust.finish();
    Ok(trust)
}

/// A file of bounded size; what was read is wiped afterwards, because it may be a key.
fn read(path: &Path) -> Result<Zeroizing<Vec<u8>>, StartError> {
    let size = std::fs::metadata(path).map_err(|error| file(path, error))?.len();
    if size > MAX_FILE {
        return Err(file(path, format!("{size} bytes, more than {MAX_FILE}")));
    }
    std::fs::read(path).map(Zeroizing::new).map_err(|error| file(path, error))
}

fn file(path: &Path, reason: impl std::fmt::Display) -> StartError {
    StartError::File { file: path.display().to_string(), reason: reason.to_string() }
}
