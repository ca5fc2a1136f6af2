//! Calls any interface of the standard, on a platform or a seal system: the Rust SDK.
//!
//! A [`Client`] signs each request (wire profile §2), sends it with a deadline, and looks at an answer only after
//! its signature and its bond to the request were checked (wire profile §6).

mod call;
mod document;
mod error;
pub mod fetch;
mod peer;
mod resource;
mod tls;
mod trace;
mod transport;
mod tsa;

pub use call::{Answer, Client, Exchange};
pub use document::Document;
pub use error::{ClientError, Refusal};
pub use peer::{Identity, Peer};
pub use resource::Readiness;
pub use tls::{ClientTls, TlsFiles};
pub use transport::{Bounds, plain_http_client};
pub use tsa::{STAMP_BOUNDS, StampError, Stamper, check_time_stamp, request_time_stamp, time_stamp};
