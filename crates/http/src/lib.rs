//! What our servers share: mounting an interface of the standard, reading bodies within bounds, the gateway's
//! order of checks, the signed answer, metrics, and a shutdown that loses no request.
//!
//! [`Api`] takes endpoints and their handlers and becomes an axum router. Who may call is decided by the server's
//! own [`Gatekeeper`]; the order in which it is asked is fixed here (wire profile §5).

mod answer;
mod api;
mod body;
mod gate;
mod handling;
mod limits;
mod metrics;
mod peer;
mod plain;
mod serve;
mod sm2_settings;
mod upload;
mod verifier;

pub use answer::{AnswerSigner, Outgoing};
pub use api::Api;
pub use gate::{Caller, CallerKey, Gatekeeper, KeyState, Unverified};
pub use handling::{Admitted, Done};
pub use limits::Limits;
pub use metrics::{Metrics, MetricsError};
pub use plain::{PlainAnswer, page_headers};
pub use serve::{Shutdown, Tasks, serve};
pub use sm2_settings::Sm2Settings;
pub use upload::Upload;
