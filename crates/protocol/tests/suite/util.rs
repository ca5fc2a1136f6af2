//! What the tests share: keys, a request, and where samples of the standard may lie.

use std::path::PathBuf;
use std::sync::OnceLock;

use crate::protocol::wire::{Limits, Params};
use crate::protocol::{ApiError, AppId};
use crypto::{Random, Sm2KeyPair};

/// A key pair that lives as long as the program.
pub(crate) fn key() -> &'static Sm2KeyPair {
    static KEY: OnceLock<Sm2KeyPair> = OnceLock::new();
    KEY.get_or_init(|| Sm2KeyPair::generate(&Random::system()).unwrap())
}

/// Another one.
pub(crate) fn other_key() -> &'static Sm2KeyPair {
    static KEY: OnceLock<Sm2KeyPair> = OnceLock::new();
    KEY.get_or_init(|| Sm2KeyPair::generate(&Random::system()).unwrap())
}

pub(crate) fn app(text: &str) -> AppId {
    AppId::parse(text).unwrap()
}

pub(crate) fn read(text: &str) -> Result<Params, ApiError> {
    Params::from_json(text.as_bytes(), Limits::bytes(1 << 20))
}

/// A file of the standard's samples, where they lie beside the workspace.
pub(crate) fn shared(path: &str) -> Option<String> {
    let folder = std::env::var_os("SEALBRIDGE_SHARED")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared"), PathBuf::from);
    let text = std::fs::read_to_string(folder.join(path)).ok();
    if text.is_none() {
        println!("skipped: {path} is not beside the workspace");
    }
    text
}
