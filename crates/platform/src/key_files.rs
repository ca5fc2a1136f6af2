//! The platform's keys as files: three SM2 private keys in encrypted PKCS#8, made together at the first start.
//!
//! A file that is missing while another is there is an error and never made anew: whoever lost the field key has
//! lost the personal data, and whoever replaces the root key has to tell every system.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crypto::{FieldCipher, KeyError, Random, Sm2KeyPair, sm3};
use zeroize::Zeroizing;

use crate::config;
use crate::keys::Keys;

/// What the key that encrypts personal data is derived for from the secret in its file.
const FIELD_KEY: &[u8] = b"sealbridge field master key 1";
/// A password shorter than this protects nothing.
const SHORTEST_PASSWORD: usize = 8;

/// Why the key files cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum KeyFileError {
    /// A file cannot be read or written.
    #[error("{path}: {cause}")]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        cause: std::io::Error,
    },
    /// Some files are there and this one is not.
    #[error("{0}: missing while the other key files are there; restore it from its backup")]
    Missing(PathBuf),
    /// A file does not hold a key, or the password is another.
    #[error("{path}: {cause}")]
    Key {
        /// The file.
        path: PathBuf,
        /// Why.
        cause: KeyError,
    },
    /// There is no password.
    #[error("no password for the key files: set SEALBRIDGE_KEY_PASSWORD or keys.password_file")]
    NoPassword,
    /// The password is too short.
    #[error("the password of the key files has less than {SHORTEST_PASSWORD} characters")]
    ShortPassword,
}

/// The password: `given` (from the environment) goes before the file.
///
/// # Errors
/// [`KeyFileError::NoPassword`], [`KeyFileError::ShortPassword`] or [`KeyFileError::File`].
pub fn password(
    config: &config::Keys,
    given: Option<Zeroizing<String>>,
) -> Result<Zeroizing<String>, KeyFileError> {
    let password = match (given, &config.password_file) {
        (Some(given), _) => given,
        (None, Some(path)) => {
            let text = Zeroizing::new(fs::read_to_string(path).map_err(|cause| at(path, cause))?);
            Zeroizing::new(text.trim_end_matches(['\r', '\n']).to_owned())
        }
        (None, None) => return Err(KeyFileError::NoPassword),
    };
    if password.chars().count() < SHORTEST_PASSWORD {
        return Err(KeyFileError::ShortPassword);
    }
    Ok(password)
}

fn at(path: &Path, cause: std::io::Error) -> KeyFileError {
    KeyFileError::File { path: path.to_owned(), cause }
}

/// Reads the three key files, or makes them when none of them is there.
///
/// # Errors
/// [`KeyFileError`].
pub fn load(config: &config::Keys, password: &str, random: &Random) -> Result<Keys, KeyFileError> {
    let paths = [&config.signing, &config.root, &config.fields];
    if paths.iter().all(|path| !path.exists()) {
        for path in paths {
            make(path, password, random)?;
        }
    }
    if let Some(missing) = paths.iter().find(|path| !path.exists()) {
        return Err(KeyFileError::Missing((*missing).clone()));
    }
    let signing = Arc::new(read(&config.signing, password, random)?);
    let root = Arc::new(read(&config.root, password, random)?);
    let fields = read(&config.fields, password, random)?;
    let master =
        field_master(&fields).map_err(|cause| KeyFileError::Key { path: config.fields.clone(), cause })?;
    Ok(Keys { signing, root, fields: FieldCipher::new(&master) })
}

/// The master key for personal data, from the DER of the private key. A test holds the result fast: should the
/// encoding ever change, stored data must stay readable.
fn field_master(key: &Sm2KeyPair) -> Result<Zeroizing<[u8; 32]>, KeyError> {
    Ok(Zeroizing::new(sm3::hmac(&key.to_pkcs8_der()?, FIELD_KEY)))
}

fn read(path: &Path, password: &str, random: &Random) -> Result<Sm2KeyPair, KeyFileError> {
    let file = Zeroizing::new(fs::read(path).map_err(|cause| at(path, cause))?);
    Sm2KeyPair::from_encrypted_pkcs8(&file, password, random)
        .map_err(|cause| KeyFileError::Key { path: path.to_owned(), cause })
}

fn make(path: &Path, password: &str, random: &Random) -> Result<(), KeyFileError> {
    let made = Sm2KeyPair::generate(random).and_then(|key| key.to_encrypted_pkcs8_pem(password, random));
    let pem = made.map_err(|cause| KeyFileError::Key { path: path.to_owned(), cause })?;
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path).map_err(|cause| at(path, cause))?;
    file.write_all(pem.as_bytes()).and_then(|()| file.sync_all()).map_err(|cause| at(path, cause))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(folder: &Path) -> config::Keys {
        config::Keys {
            signing: folder.join("signing.pem"),
            root: folder.join("root.pem"),
            fields: folder.join("fields.pem"),
            password_file: None,
        }
    }

    #[test]
    fn keys_are_made_once_and_read_again() {
        let folder = tempfile::tempdir().unwrap();
        let (config, random) = (config(folder.path()), Random::system());
        let first = load(&config, "correct horse", &random).unwrap();
        let again = load(&config, "correct horse", &random).unwrap();
        assert_eq!(first.signing.verifying_key().spki_der(), again.signing.verifying_key().spki_der());
        assert_ne!(first.signing.verifying_key().spki_der(), first.root.verifying_key().spki_der());
        let sealed = first.fields.seal("table.column", "value", &random).unwrap();
        assert_eq!(again.fields.open("table.column", &sealed).unwrap().as_str(), "value");
        assert!(matches!(load(&config, "wrong horse", &random), Err(KeyFileError::Key { .. })));
        fs::remove_file(&config.fields).unwrap();
        assert!(matches!(load(&config, "correct horse", &random), Err(KeyFileError::Missing(_))));
        assert!(!config.fields.exists(), "a lost key is not made anew");
    }

    #[test]
    fn the_field_key_of_a_given_file_never_changes() {
        let key = Sm2KeyPair::from_scalar(&[7; 32], &Random::system()).unwrap();
        let master = field_master(&key).unwrap();
        assert_eq!(hex::encode(*master), "0fcc81ca2f06521c985de62f00f38cb5057de1e811c9f93fe46dead4b8a02aae");
    }

    #[test]
    #[cfg(unix)]
    fn only_the_platforms_user_can_read_them() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let config = config(folder.path());
        load(&config, "correct horse", &Random::system()).unwrap();
        assert_eq!(fs::metadata(&config.root).unwrap().permissions().mode() & 0o777, 0o600);
    }

    #[test]
    fn a_password_is_needed_and_not_too_short() {
        let folder = tempfile::tempdir().unwrap();
        let mut config = config(folder.path());
        assert!(matches!(password(&config, None), Err(KeyFileError::NoPassword)));
        let given = |text: &str| Some(Zeroizing::new(text.to_owned()));
        assert!(matches!(password(&config, given("short")), Err(KeyFileError::ShortPassword)));
        let file = folder.path().join("password");
        fs::write(&file, "from the file\n").unwrap();
        config.password_file = Some(file);
        assert_eq!(password(&config, None).unwrap().as_str(), "from the file");
        assert_eq!(password(&config, given("from outside")).unwrap().as_str(), "from outside");
    }
}
