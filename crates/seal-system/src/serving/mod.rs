//! What this system serves to the platform: the interfaces of chapter 6, the same tables as the platform's own.

mod consent;
mod notice;
mod query;
mod seal;
mod sign;
mod verify;

use http_server::{Admitted, Caller};
use protocol::schema::RequestTable;
use protocol::wire::origins;
use protocol::{ApiError, AppId, Endpoint};

pub(crate) use seal::Usable;

/// Platforms may pass a request on from one to another; no more than this.
const MOST_ON_THE_WAY: usize = 8;

/// Who asks in the end: the system behind the platform, or the platform itself.
pub(crate) struct Asker {
    /// The system that will use the signature.
    pub(crate) app_id: AppId,
}

/// Finds out who asks in the end, and holds the forwarded caller to what it signed: where the platform passes on
/// its caller's request, the two must say the same, and so on where its caller is a platform too.
///
/// # Errors
/// 10003 for a wrong forwarded signature, 20004 where two differ, 60006 when it came through too many.
pub(crate) fn asker<E: Endpoint>(
    caller: &Caller,
    admitted: &Admitted<impl RequestTable>,
) -> Result<Asker, ApiError> {
    let (params, caller_id) = (&admitted.params, &caller.app_id);
    let mut way = origins(params, caller_id, |audience| E::INFO.target(audience), MOST_ON_THE_WAY)?;
    let first = way.pop().map_or_else(|| caller.app_id.clone(), |request| request.app_id);
    Ok(Asker { app_id: first })
}
