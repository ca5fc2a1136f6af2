//! Consent and signing with cloud certificates (standard 6.2, tables 10 to 18).

use std::sync::Arc;

use http_server::{Admitted, Done};
use protocol::ApiError;
use protocol::endpoints::{CloudSign, ConsentApply, ConsentOutcome};
use protocol::tables::{CloudSignRequest, ConsentApplyRequest, ConsentResultRequest};

use super::Shared;
use crate::{consent, federation, signing};

/// 6.2.2.1: asks for the signer's consent.
pub(super) async fn apply(
    shared: Arc<Shared>,
    asked: Admitted<ConsentApplyRequest>,
) -> Result<Done, ApiError> {
    federation::admit::<ConsentApply>(&shared.context, &asked)?;
    Done::data(&consent::apply(&shared.context, &shared.routes, &asked.caller, &asked.request).await?)
}

/// 6.2.2.2: asks what the signer decided.
pub(super) async fn outcome(
    shared: Arc<Shared>,
    asked: Admitted<ConsentResultRequest>,
) -> Result<Done, ApiError> {
    federation::admit::<ConsentOutcome>(&shared.context, &asked)?;
    Done::data(&consent::outcome(&shared.context, &shared.routes, &asked.caller, &asked.request).await?)
}

/// 6.2.2.3: signs.
pub(super) async fn sign(shared: Arc<Shared>, asked: Admitted<CloudSignRequest>) -> Result<Done, ApiError> {
    federation::admit::<CloudSign>(&shared.context, &asked)?;
    Done::data(&signing::sign(&shared.context, &shared.routes, &asked.caller, &asked.request).await?)
}
