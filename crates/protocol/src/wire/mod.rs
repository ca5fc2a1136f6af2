//! The wire profile: how parameters are read, what is signed, and how signatures are made and checked.

mod canonical;
mod json;
mod origin;
mod params;
mod reply;
mod report;
mod signature;

pub use canonical::{Canonical, Target};
pub use json::Limits;
pub(crate) use origin::FIELDS as ORIGIN_FIELDS;
pub use origin::{Origin, OriginRequest, origins};
pub(crate) use params::Writer;
pub use params::{Params, Reader};
pub use reply::{
    Binding, Bound, HEADER_KEY_ID, HEADER_NONCE, HEADER_REQUEST_HASH, HEADER_REQUEST_ID, HEADER_SIGNATURE,
    HEADER_TIME, Reply, ReplyFault, ReplyHeaders, UNBOUND, key_id, verify_reply,
};
pub(crate) use report::{sign_bytes, verify_bytes};
pub use report::{sign_report, verify_report};
pub use signature::{Detail, SignatureFault, SignatureValue, sign, verify};

/// Control characters that no value may hold (wire profile §2): with them gone the canonical string needs no
/// escaping.
pub(crate) fn is_control(c: char) -> bool {
    c <= '\u{1f}' || c == '\u{7f}'
}
