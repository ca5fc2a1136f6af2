//! What this system did, chained with SM3 in the transaction of the deed (standard 8.1 b).

use protocol::ApiError;
use serde::Serialize;
use storage::Tx;
use storage::evidence::{NewEntry, Receipt, append};

use crate::failure::{OrRefuse, fault};

/// The kinds of events, stable words.
pub(crate) mod kind {
    pub(crate) const SEAL_MADE: &str = "seal.made";
    pub(crate) const SEAL_FILED: &str = "seal.filed";
    pub(crate) const SEAL_STATE: &str = "seal.state";
    pub(crate) const CONSENT_ASKED: &str = "consent.asked";
    pub(crate) const CONSENT_DECIDED: &str = "consent.decided";
    pub(crate) const SIGNED: &str = "signature.made";
    pub(crate) const PLATFORM_TOLD: &str = "platform.told";
}

/// One event. `details` must hold no personal data in clear.
pub(crate) struct Event<'a, T> {
    pub(crate) at: i64,
    pub(crate) kind: &'a str,
    pub(crate) request_id: &'a str,
    pub(crate) subject: &'a str,
    pub(crate) details: &'a T,
}

/// Appends an event and tells where it stands; last in its transaction, because others wait for the end of the chain.
pub(crate) async fn note<T: Serialize + Sync>(
    tx: &mut Tx,
    event: &Event<'_, T>,
) -> Result<Receipt, ApiError> {
    let payload = serde_json::to_vec(event.details).map_err(fault)?;
    let entry = NewEntry {
        at: event.at,
        kind: event.kind,
        request_id: event.request_id,
        subject: event.subject,
        payload: &payload,
    };
    append(tx, &entry).await.or_refuse()
}
