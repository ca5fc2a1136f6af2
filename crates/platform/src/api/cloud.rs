//! Consent and signing with cloud certificates (standard 6.2, tables 10 to 18).

use std::sync::Arc;

use http_server::{Admitted, Done};
use protocol::ApiError;
use protocol::tables::{CloudSignRequest, ConsentApplyRequest, ConsentResultRequest};

use super::Shared;
use crate::{consent, signing};

/// 6.2.2.1: asks for the signer's consent.
pub(super) async fn apply(
    shared: Arc<Shared>,
    asked: Admitted<ConsentApplyRequest>,
) -> Result<Done, ApiError> {
    Done::data(&consent::apply(&shared.context, &shared.routes, &asked.caller, &asked.request).await?)
}

/// 6.2.2.2: asks what the signer decided.
pub(super) async fn outcome(
    shared: Arc<Shared>,
    asked: Admitted<ConsentResultRequest>,
) -> Result<Done, ApiError> {
    Done::data(&consent::outcome(&shared.context, &shared.routes, &asked.caller, &asked.request).await?)
}

/// 6.2.2.3: signs.
pub(super) async fn sign(shared: Arc<Shared>, asked: Admitted<CloudSignRequest>) -> Result<Done, ApiError> {
    Done::data(&signing::sign(&shared.context, &shared.routes, &asked.caller, &asked.request).await?)
}
