//! Writing a bundle.

use crypto::Signer;
use protocol::log::sign_bundle;

use crate::model::{End, Head, Line};

/// Why a bundle cannot be written.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// A part cannot be written as JSON.
    #[error("{0}")]
    Json(#[from] serde_json::Error),
    /// The key refused.
    #[error("{0}")]
    Sign(#[from] crypto::SignError),
}

/// The bytes of a bundle: `head`, the other parts in this order, and the platform's signature over them.
///
/// # Errors
/// [`WriteError`].
pub fn write(head: Head, parts: &[Line], signer: &dyn Signer) -> Result<Vec<u8>, WriteError> {
    let platform = head.platform.clone();
    let mut bytes = Vec::new();
    for line in std::iter::once(&Line::Bundle(head)).chain(parts) {
        serde_json::to_writer(&mut bytes, line)?;
        bytes.push(b'\n');
    }
    let (key_id, sign) = sign_bundle(&platform, &bytes, signer)?;
    let lines = u64::try_from(parts.len()).unwrap_or(u64::MAX).saturating_add(2);
    serde_json::to_writer(&mut bytes, &Line::End(End { lines, key_id, sign }))?;
    bytes.push(b'\n');
    Ok(bytes)
}
