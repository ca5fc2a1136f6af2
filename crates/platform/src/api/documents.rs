//! Document verification (standard 6.4, tables 24 to 28).

use std::sync::Arc;

use http_server::{Admitted, Done};
use protocol::ApiError;
use protocol::lists::ReportWanted;
use protocol::tables::DocumentVerifyRequest;

use super::Shared;

/// 6.4: verifies a document.
pub(super) async fn verify(
    shared: Arc<Shared>,
    asked: Admitted<DocumentVerifyRequest>,
) -> Result<Done, ApiError> {
    let upload = asked.upload.ok_or_else(|| ApiError::fault("a document request without a document"))?;
    let is_reported = asked.request.report == Some(ReportWanted::Signed);
    Done::data(&shared.verifier.verify(&shared.context, &asked.caller, &upload, is_reported).await?)
}
