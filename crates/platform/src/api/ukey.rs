//! UKey seals (standard 6.3): the platform's part is the verification of signIds.

use std::sync::Arc;

use http_server::{Admitted, Done};
use protocol::ApiError;
use protocol::tables::SignIdVerifyRequest;

use super::Shared;
use crate::signing;

/// 6.3.1.3: whether a UKey may sign, and what.
pub(super) async fn verify_sign_id(
    shared: Arc<Shared>,
    asked: Admitted<SignIdVerifyRequest>,
) -> Result<Done, ApiError> {
    Done::data(&signing::verify_sign_id(&shared.context, &asked.caller, &asked.request).await?)
}
