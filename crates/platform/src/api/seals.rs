//! Filing, states and getting seals (standard 6.1, tables 1 to 9).

use std::sync::Arc;

use http_server::{Admitted, Done};
use protocol::ApiError;
use protocol::endpoints::SealQuery;
use protocol::tables::{FilingRequest, SealQueryRequest, StateRequest};

use super::Shared;
use crate::{federation, query, registry};

/// 6.1.2: files, extends or changes a seal.
pub(super) async fn file(shared: Arc<Shared>, asked: Admitted<FilingRequest>) -> Result<Done, ApiError> {
    let seal_code = registry::file(&shared.context, &asked.caller, &asked.request).await?;
    if asked.request.seal_data.is_none() {
        shared.jobs.seal_filed();
    }
    Done::data(&seal_code)
}

/// 6.1.3: enables, disables or revokes a seal. The answer's data are null (resolution 14).
pub(super) async fn set_state(shared: Arc<Shared>, asked: Admitted<StateRequest>) -> Result<Done, ApiError> {
    registry::set_state(&shared.context, &asked.caller, &asked.request).await?;
    Done::data(&())
}

/// 6.1.4: gets seals.
pub(super) async fn query(shared: Arc<Shared>, asked: Admitted<SealQueryRequest>) -> Result<Done, ApiError> {
    let way = federation::admit::<SealQuery>(&shared.context, &asked)?;
    let found = query::seals(&shared.context, &shared.routes, (&asked.caller, &way), &asked.request).await?;
    let missing = found.missing();
    Ok(Done::envelope(&found.into_envelope()?)?.partial(missing))
}
