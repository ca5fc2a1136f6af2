//! What changed, and reconciliation (interfaces of ours beside standard 6.1.3).

use std::sync::Arc;

use http_server::{Admitted, Done};
use protocol::ApiError;
use protocol::tables::{ChangesRequest, DigestRequest, RowsRequest};

use super::Shared;
use crate::{changes, reconciliation};

/// Reads on by a cursor.
pub(super) async fn page(shared: Arc<Shared>, asked: Admitted<ChangesRequest>) -> Result<Done, ApiError> {
    Done::data(&changes::page(&shared.context, &asked.caller, &asked.request).await?)
}

/// The digest of a day.
pub(super) async fn digest(shared: Arc<Shared>, asked: Admitted<DigestRequest>) -> Result<Done, ApiError> {
    Done::data(&reconciliation::digest(&shared.context, &asked.caller, &asked.request).await?)
}

/// The rows behind it.
pub(super) async fn rows(shared: Arc<Shared>, asked: Admitted<RowsRequest>) -> Result<Done, ApiError> {
    Done::data(&reconciliation::page(&shared.context, &asked.caller, &asked.request).await?)
}
