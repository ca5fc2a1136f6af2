//! The platform's keys in files: made at the first start, never made over, encrypted under a password.
//!
//! `signing` and `root` are encrypted PKCS#8 in PEM, as OpenSSL reads it too; `fields` is the key over personal data
//! (see `crypto::seal_secret`). The database remembers which `fields` key its data were encrypted with, so that a
//! wrong file is noticed before anything is written with it.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::Path;
use std::sync::Arc;

use crypto::{FieldCipher, KeyError, Random, Signer, Sm2KeyPair};
use platform::Keys;
use platform::config::Keys as KeyFiles;
use storage::{Database, meta};
use zeroize::Zeroizing;

use crate::keys::{VARIABLE, read_file};
use crate::outcome::{About, Failure, Outcome};

/// Largest key file, in bytes.
const MAX_FILE: u64 = 64 << 10;
/// Under this name the database remembers the mark of its key over personal data.
const MARK: &str = "keys.fields";

/// What is done about a key that is not there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Missing {
    /// It is made, unless the database was used with another.
    Make,
    /// It is an error.
    Refuse,
}

/// Opens the keys that the configuration names.
pub(super) async fn open(
    files: &KeyFiles,
    database: &Database,
    missing: Missing,
    random: &Random,
) -> Outcome<Keys> {
    open_with(files, &password(files, from_environment())?, database, missing, random).await
}

async fn open_with(
    files: &KeyFiles,
    password: &str,
    database: &Database,
    missing: Missing,
    random: &Random,
) -> Outcome<Keys> {
    let folder = Folder { password, random, make: missing == Missing::Make && is_new(database).await? };
    let pair = |path: &Path| -> Outcome<Arc<dyn Signer>> { Ok(Arc::new(folder.pair(path)?)) };
    let keys = Keys {
        signing: pair(&files.signing)?,
        root: pair(&files.root)?,
        fields: FieldCipher::new(&*folder.secret(&files.fields)?),
    };
    check_mark(database, &keys.fields).await.map_err(|failure| {
        let file = files.fields.display();
        failure.hint(format!("{file} is not the key this database was used with: put that one back"))
    })?;
    Ok(keys)
}

fn from_environment() -> Option<Zeroizing<String>> {
    std::env::var(VARIABLE).ok().map(Zeroizing::new)
}

/// The password of the key files: from the environment, else from the file that the configuration names.
fn password(files: &KeyFiles, given: Option<Zeroizing<String>>) -> Outcome<Zeroizing<String>> {
    let without = |what: &str| {
        let instead = "or name a file with `keys.password_file` in the configuration";
        Failure::new(what).hint(format!("give it in the environment variable {VARIABLE}, {instead}"))
    };
    let password = match (given, &files.password_file) {
        (Some(text), _) => text,
        (None, Some(path)) => {
            let text = read_secret(path)?;
            let text = std::str::from_utf8(&text).about(path.display())?;
            Zeroizing::new(text.lines().next().unwrap_or_default().to_owned())
        }
        (None, None) => return Err(without("密钥文件没有口令 no password for the key files")),
    };
    if password.is_empty() {
        return Err(without("密钥文件的口令为空 the password of the key files is empty"));
    }
    Ok(password)
}

/// Whether no platform has run with this database: the first one leaves its mark and its signing key.
async fn is_new(database: &Database) -> Outcome<bool> {
    let mut tx = database.read().await.about("database")?;
    let mark = meta::get(&mut tx, MARK).await.about("database")?;
    let keys = storage::platform::keys::list(&mut tx).await.about("database")?;
    tx.commit().await.about("database")?;
    Ok(mark.is_none() && keys.is_empty())
}

/// Compares the key over personal data with the one the database was used with, and remembers the first.
async fn check_mark(database: &Database, fields: &FieldCipher) -> Outcome<()> {
    let mark = fields.blind_index(MARK, "sealbridge");
    let mut tx = database.begin().await.about("database")?;
    meta::set_if_absent(&mut tx, MARK, &mark).await.about("database")?;
    let known = meta::get(&mut tx, MARK).await.about("database")?;
    tx.commit().await.about("database")?;
    if known.as_ref() == Some(&mark) {
        return Ok(());
    }
    Err(Failure::new("个人信息加密密钥与数据库不符 the key over personal data is not the database's"))
}

/// How key files are opened and made.
struct Folder<'a> {
    password: &'a str,
    random: &'a Random,
    make: bool,
}

impl Folder<'_> {
    fn pair(&self, path: &Path) -> Outcome<Sm2KeyPair> {
        self.make_missing(path, || {
            Sm2KeyPair::generate(self.random)?.to_encrypted_pkcs8_pem(self.password, self.random)
        })?;
        let file = read_secret(path)?;
        Sm2KeyPair::from_encrypted_pkcs8(&file, self.password, self.random)
            .map_err(|error| refused(path, &error))
    }

    fn secret(&self, path: &Path) -> Outcome<Zeroizing<[u8; crypto::SECRET_LEN]>> {
        self.make_missing(path, || crypto::seal_secret(&self.random.secret(), self.password, self.random))?;
        let file = read_secret(path)?;
        let text = std::str::from_utf8(&file).about(path.display())?;
        crypto::open_secret(text, self.password).map_err(|error| refused(path, &error))
    }

    /// Makes a key that is not there. What is made is read again afterwards like any other.
    fn make_missing(&self, path: &Path, make: impl FnOnce() -> Result<String, KeyError>) -> Outcome<()> {
        if path.exists() {
            return Ok(());
        }
        if !self.make {
            return Err(Failure::new(format!("{}: 密钥文件不存在 no such key file", path.display())).hint(
                "keys are made only at the platform's first start; when its database was used already, put back the files",
            ));
        }
        let content = make().about(path.display())?;
        match write_new(path, content.as_bytes(), self.random) {
            Ok(()) => {
                tracing::info!(file = %path.display(), "a key was made: keep a copy of the file and its password");
            }
            // Another start was faster: its key is the one.
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(Failure::new(format!("{}: {error}", path.display()))),
        }
        Ok(())
    }
}

/// Reads a file with a secret in it.
fn read_secret(path: &Path) -> Outcome<Zeroizing<Vec<u8>>> {
    warn_of_readers(path);
    read_file(path, MAX_FILE).map(Zeroizing::new)
}

fn refused(path: &Path, error: &KeyError) -> Failure {
    let failure = Failure::new(format!("{}: {error}", path.display()));
    match error {
        KeyError::WrongPassword => {
            failure.hint(format!("is {VARIABLE} the password this file was made with?"))
        }
        _ => failure,
    }
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

/// Public keys of the platform as callers need them: the file's key, without its private part.
pub(super) fn public_key(files: &KeyFiles, path: &Path, random: &Random) -> Outcome<String> {
    let password = password(files, from_environment())?;
    let key = Folder { password: &password, random, make: false }.pair(path)?;
    Ok(formats::x509::pem_encode("PUBLIC KEY", key.verifying_key().spki_der()))
}

#[cfg(test)]
mod tests {
    use storage::{Options, Schema};

    use super::*;

    struct Place {
        folder: tempfile::TempDir,
        files: KeyFiles,
        database: Database,
    }

    /// Key files with their password in a file.
    async fn place() -> Place {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        std::fs::write(path("password"), "for tests\n").unwrap();
        let files = KeyFiles {
            signing: path("signing.pem"),
            root: path("root.pem"),
            fields: path("fields.key"),
            password_file: Some(path("password")),
        };
        let database = Database::open(":memory:", &Options::new(Schema::Platform)).await.unwrap();
        Place { folder, files, database }
    }

    impl Place {
        async fn open(&self, missing: Missing) -> Outcome<Keys> {
            let password = password(&self.files, None)?;
            open_with(&self.files, &password, &self.database, missing, &Random::system()).await
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
        #[cfg(unix)]
        for file in [&place.files.signing, &place.files.root, &place.files.fields] {
            use std::os::unix::fs::PermissionsExt;
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
            let failure = place.open(Missing::Make).await.map(|_| ()).unwrap_err();
            assert!(format!("{failure:?}").contains("no such key file"), "{failure:?}");
            assert!(!file.exists());
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
        let failure = place.open(Missing::Make).await.map(|_| ()).unwrap_err();
        assert!(format!("{failure:?}").contains("not the key this database was used with"), "{failure:?}");
    }

    #[tokio::test]
    async fn a_wrong_or_empty_password_opens_nothing() {
        let place = place().await;
        place.open(Missing::Make).await.unwrap();
        for (text, told) in [("another\n", "signing.pem"), ("\n", "empty")] {
            std::fs::write(place.folder.path().join("password"), text).unwrap();
            let failure = place.open(Missing::Make).await.map(|_| ()).unwrap_err();
            assert!(format!("{failure:?}").contains(told), "{failure:?}");
        }
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
