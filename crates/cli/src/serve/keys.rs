//! The platform's key files, with the password from the environment and words for people.

use std::path::Path;

use crypto::Random;
use platform::Keys;
use platform::config::Keys as KeyFiles;
use platform::key_files::{self, KeyFileError, Missing};
use storage::Database;
use zeroize::Zeroizing;

use crate::keys::VARIABLE;
use crate::outcome::{Failure, Outcome, in_chinese};

/// Opens the keys that the configuration names.
pub(super) async fn open(
    files: &KeyFiles,
    database: &Database,
    missing: Missing,
    random: &Random,
) -> Outcome<Keys> {
    let password = password(files)?;
    key_files::open(files, &password, database, missing, random).await.map_err(|error| told(&error))
}

/// A public key of the platform, PEM.
pub(super) fn public_key(files: &KeyFiles, path: &Path, random: &Random) -> Outcome<String> {
    key_files::public_key(path, &password(files)?, random).map_err(|error| told(&error))
}

fn password(files: &KeyFiles) -> Outcome<Zeroizing<String>> {
    let given = std::env::var(VARIABLE).ok().map(Zeroizing::new);
    key_files::password(files, given).map_err(|error| told(&error))
}

fn told(error: &KeyFileError) -> Failure {
    let failure = Failure::new(in_chinese(error));
    match error.advice() {
        Some(advice) => failure.hint(advice),
        None => failure,
    }
}
