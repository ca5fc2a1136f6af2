//! The platform's keys in files: made at the first start, never made over, encrypted under a password.
//!
//! `signing` and `root` are encrypted PKCS#8 in PEM, as OpenSSL reads it too; `fields` is the key over personal data
//! (see `crypto::seal_secret`). The database remembers which `fields` key its data were encrypted with, so that a
//! wrong file is noticed before anything is written with it: whoever lost that key has lost the personal data, and
//! whoever replaces the root key has to tell every system.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crypto::{FieldCipher, KeyError, Random, Signer, Sm2KeyPair};
use storage::{Database, meta};
use zeroize::Zeroizing;

use crate::config;
use crate::keys::Keys;

/// Largest key file, in bytes.
const MAX_FILE: u64 = 64 << 10;
/// Under this name the database remembers the mark of its key over personal data.
const MARK: &str = "keys.fields";
/// No key is made under a password shorter than this, in characters: it would protect nothing.
const SHORTEST_PASSWORD: usize = 8;

/// Why the key files cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum KeyFileError {
    /// A file cannot be read or written.
    #[error("{}: {cause}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        cause: io::Error,
    },
    /// A file is not there, and keys are not to be made now.
    #[error("{}: 密钥文件不存在 no such key file", .0.display())]
    Missing(PathBuf),
    /// A file does not hold a key, or the password is another.
    #[error("{}: {cause}", path.display())]
    Key {
        /// The file.
        path: PathBuf,
        /// Why.
        cause: KeyError,
    },
    /// There is no password.
    #[error("密钥文件没有口令 no password for the key files")]
    NoPassword,
    /// The password is too short to make keys under.
    #[error("密钥文件的口令过短 the password of the key files has less than {SHORTEST_PASSWORD} characters")]
    ShortPassword,
    /// The key over personal data is not the one the database was used with.
    #[error(
        "{}: 个人信息加密密钥与数据库不符 the key over personal data is not the one this database was used with",
        .0.display()
    )]
    OtherFields(PathBuf),
    /// The database cannot be asked about its keys.
    #[error("database: {0}")]
    Database(#[from] storage::Error),
}

impl KeyFileError {
    /// What the operator can do about it.
    pub fn advice(&self) -> Option<&'static str> {
        Some(match self {
            Self::Missing(_) => {
                "keys are made only at the platform's first start; when its database was used already, put back the files"
            }
            Self::NoPassword | Self::ShortPassword => {
                "give it in the environment variable SEALBRIDGE_KEY_PASSWORD, or name a file with `keys.password_file` \
                 in the configuration"
            }
            Self::Key { cause: KeyError::WrongPassword, .. } => {
                "is SEALBRIDGE_KEY_PASSWORD, or `keys.password_file`, the password this file was made with?"
            }
            Self::OtherFields(_) => "put back the key file that this database was used with",
            Self::File { .. } | Self::Key { .. } | Self::Database(_) => return None,
        })
    }
}

/// What is done about a key that is not there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Missing {
    /// It is made, unless the database was used with another.
    Make,
    /// It is an error.
    Refuse,
}

type Result<T, E = KeyFileError> = std::result::Result<T, E>;

/// The password of the key files: `given` (from the environment) goes before the file that the configuration names.
///
/// # Errors
/// [`KeyFileError::NoPassword`], also for an empty one, or [`KeyFileError::File`].
pub fn password(files: &config::Keys, given: Option<Zeroizing<String>>) -> Result<Zeroizing<String>> {
    let password = match (given, &files.password_file) {
        (Some(text), _) => text,
        (None, Some(path)) => {
            let text = read_text(path)?;
            Zeroizing::new(text.lines().next().unwrap_or_default().to_owned())
        }
        (None, None) => return Err(KeyFileError::NoPassword),
    };
    if password.is_empty() { Err(KeyFileError::NoPassword) } else { Ok(password) }
}

/// Opens the keys that the configuration names.
///
/// # Errors
/// [`KeyFileError`].
pub async fn open(
    files: &config::Keys,
    password: &str,
    database: &Database,
    missing: Missing,
    random: &Random,
) -> Result<Keys> {
    let folder = Folder { password, random, make: missing == Missing::Make && is_new(database).await? };
    let keys = Keys {
        signing: Arc::new(folder.pair(&files.signing)?),
        root: Arc::new(folder.pair(&files.root)?),
        fields: FieldCipher::new(&*folder.secret(&files.fields)?),
    };
    if is_known(database, &keys.fields).await? {
        return Ok(keys);
    }
    Err(KeyFileError::OtherFields(files.fields.clone()))
}

/// A public key of the platform as callers need it, PEM: that of the key in the file.
///
/// # Errors
/// [`KeyFileError`]; no key is made.
pub fn public_key(path: &Path, password: &str, random: &Random) -> Result<String> {
    let key = Folder { password, random, make: false }.pair(path)?;
    Ok(formats::x509::pem_encode("PUBLIC KEY", key.verifying_key().spki_der()))
}

/// Whether no platform has run with this database: the first one leaves its mark and its signing key.
async fn is_new(database: &Database) -> Result<bool> {
    let mut tx = database.read().await?;
    let mark = meta::get(&mut tx, MARK).await?;
    let keys = storage::platform::keys::list(&mut tx).await?;
    tx.commit().await?;
    Ok(mark.is_none() && keys.is_empty())
}

/// Compares the key over personal data with the one the database was used with, and remembers the first.
async fn is_known(database: &Database, fields: &FieldCipher) -> Result<bool> {
    let mark = fields.blind_index(MARK, "sealbridge");
    let mut tx = database.begin().await?;
    meta::set_if_absent(&mut tx, MARK, &mark).await?;
    let known = meta::get(&mut tx, MARK).await?;
    tx.commit().await?;
    Ok(known.as_ref() == Some(&mark))
}

/// How key files are opened and made.
struct Folder<'a> {
    password: &'a str,
    random: &'a Random,
    make: bool,
}

impl Folder<'_> {
    fn pair(&self, path: &Path) -> Result<Sm2KeyPair> {
        self.make_missing(path, || {
            Sm2KeyPair::generate(self.random)?.to_encrypted_pkcs8_pem(self.password, self.random)
        })?;
        let file = read_secret(path)?;
        Sm2KeyPair::from_encrypted_pkcs8(&file, self.password, self.random)
            .map_err(|cause| KeyFileError::Key { path: path.to_owned(), cause })
    }

    fn secret(&self, path: &Path) -> Result<Zeroizing<[u8; crypto::SECRET_LEN]>> {
        self.make_missing(path, || crypto::seal_secret(&self.random.secret(), self.password, self.random))?;
        let text = read_text(path)?;
        crypto::open_secret(&text, self.password)
            .map_err(|cause| KeyFileError::Key { path: path.to_owned(), cause })
    }

    /// Makes a key that is not there. What is made is read again afterwards like any other.
    fn make_missing(
        &self,
        path: &Path,
        make: impl FnOnce() -> std::result::Result<String, KeyError>,
    ) -> Result<()> {
        if path.exists() {
            return Ok(());
        }
        if !self.make {
            return Err(KeyFileError::Missing(path.to_owned()));
        }
        if self.password.chars().count() < SHORTEST_PASSWORD {
            return Err(KeyFileError::ShortPassword);
        }
        let content = make().map_err(|cause| KeyFileError::Key { path: path.to_owned(), cause })?;
        match write_new(path, content.as_bytes(), self.random) {
            Ok(()) => {
                tracing::info!(file = %path.display(), "a key was made: keep a copy of the file and its password");
            }
            // Another start was faster: its key is the one.
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(at(path, error)),
        }
        Ok(())
    }
}

fn at(path: &Path, cause: io::Error) -> KeyFileError {
    KeyFileError::File { path: path.to_owned(), cause }
}

/// Reads a file with a secret in it, of bounded size.
fn read_secret(path: &Path) -> Result<Zeroizing<Vec<u8>>> {
    warn_of_readers(path);
    let mut content = Zeroizing::new(Vec::new());
    let read = File::open(path).and_then(|file| file.take(MAX_FILE + 1).read_to_end(&mut content));
    let read = read.map_err(|cause| at(path, cause))?;
    if u64::try_from(read).unwrap_or(u64::MAX) > MAX_FILE {
        return Err(at(path, io::ErrorKind::FileTooLarge.into()));
    }
    Ok(content)
}

fn read_text(path: &Path) -> Result<Zeroizing<String>> {
    let content = read_secret(path)?;
    let text = std::str::from_utf8(&content).map_err(|error| at(path, io::Error::other(error)))?;
    Ok(Zeroizing::new(text.to_owned()))
}

/// Writes a file that only its owner can read, whole or not at all, and never over another.
fn write_new(path: &Path, content: &[u8], random: &Random) -> io::Result<()> {
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    let temporary = folder.join(format!(".sealbridge-{}", random.hex_id()));
    let placed = write_secret(&temporary, content).and_then(|()| place(&temporary, path));
    let removed = std::fs::remove_file(&temporary);
    placed?;
    removed.or_else(|error| if error.kind() == io::ErrorKind::NotFound { Ok(()) } else { Err(error) })?;
    sync_folder(folder)
}

fn write_secret(path: &Path, content: &[u8]) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    file.write_all(content)?;
    file.sync_all()
}

/// A second name for a finished file appears at once and never in the place of another; renaming would replace it.
fn place(temporary: &Path, path: &Path) -> io::Result<()> {
    match std::fs::hard_link(temporary, path) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Err(error),
        // Some file systems have no second names.
        Err(_) if !path.exists() => std::fs::rename(temporary, path),
        other => other,
    }
}

/// Makes the new name itself lasting.
#[cfg(unix)]
fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

#[cfg(not(unix))]
fn sync_folder(_: &Path) -> io::Result<()> {
    Ok(())
}

/// A key or password that others on this machine can read is no secret.
fn warn_of_readers(path: &Path) {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = std::fs::metadata(path).map_or(0, |known| known.permissions().mode());
        if mode & 0o077 != 0 {
            let file = path.display();
            tracing::warn!(%file, mode = format!("{:o}", mode & 0o777), "others can read this file: chmod 600 it");
        }
    }
    #[cfg(not(unix))]
    drop(path);
}

#[cfg(test)]
mod tests {
    use storage::{Options, Schema};

    use super::*;

    struct Place {
        folder: tempfile::TempDir,
        files: config::Keys,
        database: Database,
    }

    /// Key files with their password in a file.
    async fn place() -> Place {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        std::fs::write(path("password"), "for tests\n").unwrap();
        let files = config::Keys {
            signing: path("signing.pem"),
            root: path("root.pem"),
            fields: path("fields.key"),
            password_file: Some(path("password")),
        };
        let database = Database::open(":memory:", &Options::new(Schema::Platform)).await.unwrap();
        Place { folder, files, database }
    }

    impl Place {
        async fn open(&self, missing: Missing) -> Result<Keys> {
            let password = password(&self.files, None)?;
            open(&self.files, &password, &self.database, missing, &Random::system()).await
        }

        async fn refused(&self, missing: Missing) -> KeyFileError {
            self.open(missing).await.map(|_| ()).unwrap_err()
        }
    }

    #[tokio::test]
    async fn keys_are_made_once_and_then_kept() {
        let place = place().await;
        let made = place.open(Missing::Make).await.unwrap();
        let again = place.open(Missing::Refuse).await.unwrap();
        assert_eq!(made.signing.verifying_key(), again.signing.verifying_key());
        assert_eq!(made.root.verifying_key(), again.root.verifying_key());
        assert_ne!(made.root.verifying_key(), made.signing.verifying_key());
        let sealed = made.fields.seal("a", "text", &Random::system()).unwrap();
        assert_eq!(*again.fields.open("a", &sealed).unwrap(), "text");
        let left: Vec<_> = std::fs::read_dir(place.folder.path()).unwrap().collect();
        assert_eq!(left.len(), 4, "nothing but the keys and the password: {left:?}");
        let public = public_key(&place.files.root, "for tests", &Random::system()).unwrap();
        let block = formats::x509::pem_blocks(public.as_bytes()).unwrap().remove(0);
        assert_eq!(block.der, made.root.verifying_key().spki_der());
    }

    #[tokio::test]
    #[cfg(unix)]
    async fn only_the_platforms_user_can_read_them() {
        use std::os::unix::fs::PermissionsExt;
        let place = place().await;
        place.open(Missing::Make).await.unwrap();
        for file in [&place.files.signing, &place.files.root, &place.files.fields] {
            assert_eq!(std::fs::metadata(file).unwrap().permissions().mode() & 0o777, 0o600);
        }
    }

    #[tokio::test]
    async fn a_database_in_use_gets_no_new_keys() {
        let place = place().await;
        place.open(Missing::Make).await.unwrap();
        for file in [&place.files.signing, &place.files.root, &place.files.fields] {
            let kept = std::fs::read(file).unwrap();
            std::fs::remove_file(file).unwrap();
            let error = place.refused(Missing::Make).await;
            assert!(matches!(&error, KeyFileError::Missing(path) if path == file), "{error}");
            assert!(!file.exists() && error.advice().is_some());
            std::fs::write(file, kept).unwrap();
        }
        place.open(Missing::Make).await.unwrap();
    }

    #[tokio::test]
    async fn another_key_over_personal_data_is_noticed() {
        let (place, other) = (place().await, place().await);
        place.open(Missing::Make).await.unwrap();
        other.open(Missing::Make).await.unwrap();
        std::fs::copy(&other.files.fields, &place.files.fields).unwrap();
        let error = place.refused(Missing::Make).await;
        assert!(matches!(error, KeyFileError::OtherFields(_)), "{error}");
    }

    #[tokio::test]
    async fn a_wrong_empty_or_short_password_opens_and_makes_nothing() {
        let place = place().await;
        let write = |text: &str| std::fs::write(place.folder.path().join("password"), text).unwrap();
        write("short\n");
        assert!(matches!(place.refused(Missing::Make).await, KeyFileError::ShortPassword));
        assert!(!place.files.signing.exists());
        write("for tests\n");
        place.open(Missing::Make).await.unwrap();
        write("another one\n");
        let error = place.refused(Missing::Make).await;
        assert!(matches!(error, KeyFileError::Key { cause: KeyError::WrongPassword, .. }), "{error}");
        write("\n");
        assert!(matches!(place.refused(Missing::Make).await, KeyFileError::NoPassword));
        let given = Some(Zeroizing::new("from outside".to_owned()));
        assert_eq!(*password(&place.files, given).unwrap(), "from outside");
        let none = config::Keys { password_file: None, ..place.files.clone() };
        assert!(matches!(password(&none, None), Err(KeyFileError::NoPassword)));
    }

    #[tokio::test]
    async fn a_file_that_is_no_key_is_refused() {
        let place = place().await;
        place.open(Missing::Make).await.unwrap();
        for file in [&place.files.signing, &place.files.fields] {
            let kept = std::fs::read(file).unwrap();
            for content in [b"".to_vec(), b"rubbish".to_vec(), vec![0xFF; 100], vec![b'a'; 1 << 17]] {
                std::fs::write(file, content).unwrap();
                let error = place.refused(Missing::Make).await;
                assert!(error.to_string().contains(&file.display().to_string()), "{error}");
            }
            std::fs::write(file, kept).unwrap();
        }
        place.open(Missing::Refuse).await.unwrap();
    }

    #[test]
    fn a_file_is_never_written_over() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key");
        let random = Random::system();
        write_new(&path, b"first", &random).unwrap();
        assert_eq!(write_new(&path, b"second", &random).unwrap_err().kind(), io::ErrorKind::AlreadyExists);
        assert_eq!(std::fs::read(&path).unwrap(), b"first");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}
