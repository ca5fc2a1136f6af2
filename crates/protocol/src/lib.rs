//! The protocol of the interoperability platform as types: the 28 tables of T/CCUA's access requirements, the
//! list of interfaces, the strings that are signed, the codes, and the order in which a request is admitted.
//!
//! No input or output happens here. The clock, randomness and keys are arguments.
//!
//! - [`endpoints`]: every interface, one item each.
//! - [`tables`]: the tables, one struct each.
//! - [`wire`]: strict reading, the canonical string, signatures of requests and answers, forwarded callers.
//! - [`log`]: what the hashes of the evidence log and the signatures over it cover.
//! - [`lists`], [`identity`], [`ids`], [`values`], [`SealCode`]: the types of the fields.

mod batch;
mod clock;
pub mod code;
pub mod consent_record;
pub mod endpoints;
pub mod error;
pub mod error_codes;
pub mod identity;
pub mod ids;
pub mod lists;
pub mod log;
pub mod masking;
pub mod openapi;
pub mod reconciliation;
pub mod resources;
pub mod scalar;
pub mod schema;
mod seal_code;
pub mod tables;
mod text;
mod trust_list;
pub mod values;
pub mod wire;

pub use batch::{DocHashes, DocNames, MOST_DOCUMENTS};
pub use clock::Clock;
pub use code::{Code, SUCCESS};
pub use endpoints::{ENDPOINTS, Endpoint, EndpointInfo, Party};
pub use error::{ApiError, Envelope, ErrorData, Fault, FieldError, Shortfall, Upstream};
pub use identity::{IdCard, Mobile, OrgCode, PartyName, PartyNumber, PersonName, Uscc};
pub use ids::{
    AppId, AuthCode, AuthId, BusinessCode, DeviceId, DocName, RedirectUrl, SealName, SignId, UkeyId,
    WebOrigin, WholeRequest,
};
pub use masking::Personal;
pub use scalar::{ParamValue, TableType};
pub use schema::{Head, RequestTable};
pub use seal_code::{SealCode, SealCodeParts, check_character};
pub use tables::SealSource;
pub use values::{Base64Data, BeijingTime, CertNumber, FileHash, MillisTime, Nonce, Version};
pub use wire::{Canonical, Origin, Params};
