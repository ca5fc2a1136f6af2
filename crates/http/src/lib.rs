//! What our servers share: mounting an interface of the standard, reading bodies within bounds, the gateway's
//! order of checks, the signed answer, metrics, and a shutdown that loses no request.
//!
//! [`Api`] takes endpoints and their handlers and becomes an axum router. Who may call is decided by the server's
//! own [`Gatekeeper`]; the order in which it is asked is fixed here (wire profile §5).

mod answer;
mod api;
mod body;
mod crowd;
mod entrance;
mod front;
mod gate;
mod gcra;
mod handling;
mod limits;
mod metrics;
mod plain;
mod readiness;
mod serve;
mod sm2_settings;
mod source;
mod telemetry_settings;
mod tls;
mod trace;
mod upload;
mod verifier;

pub use answer::{AnswerSigner, Outgoing};
pub use api::Api;
pub use entrance::{Entrance, PlainHttp, PlainRefused};
pub use gate::{Caller, CallerKey, Gatekeeper, KeyState, Noted, Unverified, Written};
pub use gcra::{Draw, Rate, Rates};
pub use handling::{Admitted, Done};
pub use limits::Limits;
pub use metrics::{Metrics, MetricsError};
pub use plain::{PlainAnswer, page_headers};
pub use readiness::{Check, Health, Readiness, crypto_checks, entrance_checks};
pub use serve::{Shutdown, Tasks, serve, serve_at};
pub use sm2_settings::Sm2Settings;
pub use source::{Fingerprint, NotAFingerprint, Source};
pub use telemetry_settings::TelemetrySettings;
pub use tls::{Tls, TlsError, TlsSettings, watch_files};
pub use upload::Upload;
