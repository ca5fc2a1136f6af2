//! The registry of filed seals (印章备案, standard 6.1.2 and 6.1.3; `facts` §3.3).
//!
//! A filing is unique per (appId, code); its seal code is allocated in the transaction that writes it. Extensions
//! and changes make new versions, none is ever overwritten, and the history of states is only added to, so that
//! "in which state was the seal at time T" always has an answer.
//!
//! **Seal data.** A filing may bring the seal itself (extension field `sealData`); it is checked before anything is
//! written. Without it the platform fetches the seal from its system, by a job soon after the filing or at the
//! first query, whichever comes first, never inside the filing call, where the system may still be waiting for
//! its seal code. A seal whose data have not been checked is not handed on.

mod access;
mod change;
mod content;
pub(crate) mod file;
mod hold;
pub mod seal_data;
mod standing;
mod state;

pub use access::{SealAccess, check_usable, hold, look_up};
pub use content::{PARTY_NUMBER, number_index};
pub(crate) use content::{
    certificate, foreign_filing, is_owner, is_person, owner_name, owner_number, seal_octets, version_octets,
    with_seal,
};
pub use hold::{force_disable, release};
pub use standing::{Standing, standing_at};
pub(crate) use state::follow;
pub use state::{set_state, state_at};

use http_server::Caller;
use protocol::lists::BizType;
use protocol::tables::FilingRequest;
use protocol::{ApiError, Code, SealCode};

use crate::context::Context;
use crate::failure::Outcome;

/// Files, extends or changes a seal (table 1).
///
/// # Errors
/// 30001, 30003, 30004, 30005, 30010 and 20004, as each operation says.
pub async fn file(context: &Context, caller: &Caller, request: &FilingRequest) -> Outcome<SealCode> {
    match request.biz_type {
        BizType::File => file::file(context, caller, request).await,
        BizType::Extend | BizType::Change => change::change(context, caller, request).await,
    }
}

/// A seal code as the database has it.
///
/// # Errors
/// 99999 when the database holds something else.
pub(crate) fn stored_code(text: &str) -> Result<SealCode, ApiError> {
    SealCode::parse(text).map_err(|fault| ApiError::fault(format!("stored seal code: {}", fault.en)))
}

fn mismatch(zh: &str, en: &str) -> ApiError {
    ApiError::explained(Code::Contradiction, zh, en)
}
