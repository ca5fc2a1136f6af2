//! The way that a request has come, and the guard against loops: each platform signs a request that holds the signed
//! request of the one before it, so the way can neither be shortened nor invented.

use http_server::Admitted;
use protocol::wire::origins;
use protocol::{ApiError, AppId, Code, Endpoint};

use crate::context::Context;

/// Who passed a request on, the nearest first; the last one made it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Way(Vec<AppId>);

impl Way {
    /// Whether it came through this platform or from it.
    pub fn has(&self, id: &str) -> bool {
        self.0.iter().any(|one| one.as_str() == id)
    }

    /// Whether the caller passes on somebody else's request: it is a platform then, whatever else it is.
    pub fn is_passed_on(&self) -> bool {
        self.0.len() > 1
    }
}

/// Reads the way of a request and checks every signature on it.
///
/// # Errors
/// 10003, 20002 and 20004 for a request on it that is not in order, 60006 when it has passed through this platform
/// before or through too many.
pub fn admit<E: Endpoint>(context: &Context, asked: &Admitted<E::Request>) -> Result<Way, ApiError> {
    let caller = &asked.caller.app_id;
    let most = context.config.federation.max_platforms.saturating_sub(1);
    let passed = origins(&asked.params, caller, |audience| E::INFO.target(audience), most)?;
    let way: Vec<AppId> =
        std::iter::once(caller.clone()).chain(passed.into_iter().map(|one| one.app_id)).collect();
    if way.contains(&context.id) {
        let text = way.iter().map(AppId::as_str).collect::<Vec<_>>().join(" < ");
        return Err(ApiError::new(Code::FederationLoop).because(text));
    }
    Ok(Way(way))
}
