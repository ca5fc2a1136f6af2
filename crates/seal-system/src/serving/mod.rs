//! What this system serves to the platform: the interfaces of chapter 6, the same tables as the platform's own.

mod consent;
mod query;
mod seal;
mod sign;
mod verify;

use http_server::{Admitted, Caller};
use protocol::schema::RequestTable;
use protocol::wire::Origin;
use protocol::{ApiError, AppId, Endpoint};

pub(crate) use seal::Usable;

/// Who asks in the end: the system behind the platform, or the platform itself.
pub(crate) struct Asker {
    /// The system that will use the signature.
    pub(crate) app_id: AppId,
}

/// Finds out who asks in the end, and holds the forwarded caller to what it signed: where the platform passes on
/// its caller's request, the two must say the same.
///
/// # Errors
/// 10003 for a wrong forwarded signature, 20004 where the two differ.
pub(crate) fn asker<E: Endpoint>(
    caller: &Caller,
    admitted: &Admitted<impl RequestTable>,
) -> Result<Asker, ApiError> {
    let Some(origin) = Origin::read(&admitted.params)? else {
        return Ok(Asker { app_id: caller.app_id.clone() });
    };
    let request = origin.verify(&E::INFO.target(&caller.app_id))?;
    request.agree(&admitted.params, &[])?;
    Ok(Asker { app_id: request.app_id })
}
