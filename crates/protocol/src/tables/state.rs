//! Enabling, disabling and revoking a seal (6.1.3, tables 3 and 4).

use crate::lists::SealState;
use crate::schema::{Rules, request_table};
use crate::seal_code::SealCode;

request_table! {
    /// Table 3: sets a seal's state. Asking for the state it has is a success without effect; revoked is final.
    table 3 clause "6.1.3" interface "seal_state" head Full
    pub struct StateRequest {
        /// The seal (印章唯一赋码).
        seal_code: SealCode = required "sealCode" String,
        /// The state wanted (状态); 2 is not defined.
        state: SealState = required "state" Integer,
    }
}

impl Rules for StateRequest {}
