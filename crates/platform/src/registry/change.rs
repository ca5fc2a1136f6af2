//! Extending (延期, bizType 2) and changing (变更, bizType 3) a filed seal.
//!
//! Either may renew the name's spelling, certificate, UKey, seal data and validity. Type and owner stay: an
//! organisation that changes its name revokes its seal and files a new one (`facts` §3.3).

use http_server::Caller;
use protocol::endpoints::SealFiling;
use protocol::lists::BizType;
use protocol::tables::FilingRequest;
use protocol::{ApiError, Code, Endpoint, Fault, FieldError, SealCode};
use storage::platform::filing::{self, Changed, Origin};
use storage::platform::seal_state;
use storage::platform::seals::{self, Seal, SealState};

use super::{content, file, stored_code};
use crate::changes::News;
use crate::context::Context;
use crate::evidence::{self, Event, Kind};
use crate::failure::Outcome;
use crate::trust;

/// Extends or changes a seal; the same request again writes nothing. Sign ids and consents that were handed out
/// for the content before die in the same transaction.
///
/// # Errors
/// 30001, 30003 for another system's seal, 30005 for a revoked one, 20004 naming what may not change, 30010 when
/// the seal data are not in order.
pub(super) async fn change(context: &Context, caller: &Caller, request: &FilingRequest) -> Outcome<SealCode> {
    let app_id = caller.app_id.as_str();
    let code = request.seal_code.as_ref().map(SealCode::as_str).unwrap_or_default();
    let mut tx = context.database.look().await?;
    let before = own_seal(&mut tx, app_id, code).await?;
    let makers = trust::makers(&mut tx, app_id).await?;
    tx.commit().await?;
    check_unchanged(context, &before, request)?;
    let checked = file::check_data(request, None, &makers)?;
    let content = content::content(context, request, checked.as_ref(), Some(&before))?;

    let at = context.now();
    let origin = Origin { request_id: &caller.request_id, actor: app_id, at: at.as_millisecond() };
    let biz_type = i64::from(request.biz_type.number());
    let mut tx = context.database.begin().await?;
    let version = match filing::change(&mut tx, (app_id, code), biz_type, &content, origin).await? {
        Changed::Same(_) => return Ok(stored_code(code)?),
        // It was revoked between the two transactions.
        Changed::Refused => return Err(ApiError::new(Code::StateForbids).into()),
        Changed::New(version) => version,
    };
    let voided = seal_state::void_for_seal(&mut tx, code, at.as_millisecond()).await?;
    let detail = serde_json::json!({
        "appId": app_id, "version": version, "fingerprint": content.fingerprint,
        "certNumber": content.cert_number, "sealDataSm3": content.seal_data_sm3,
        "voidedSignIds": voided.sign_ids, "voidedConsents": voided.consents,
    });
    let kind = if request.biz_type == BizType::Extend { Kind::SealExtended } else { Kind::SealChanged };
    let accepted = evidence::accepted(context, SealFiling::INFO, caller)?;
    let news = News::of_seal(&before, before.state, version);
    let event = Event::new(kind, at, &caller.request_id, code, &detail)?.told(news);
    evidence::append_all(&mut tx, &[accepted, event]).await?;
    tx.commit().await?;
    Ok(stored_code(code)?)
}

/// The seal, if it is this system's and may still be changed.
async fn own_seal(tx: &mut storage::Tx, app_id: &str, code: &str) -> Outcome<Seal> {
    let seal = seals::find(tx, code).await?.ok_or_else(|| ApiError::new(Code::SealNotFound))?;
    if seal.app_id != app_id {
        return Err(ApiError::new(Code::NotYourSeal).into());
    }
    if seal.state == SealState::Revoked {
        return Err(ApiError::new(Code::StateForbids).into());
    }
    Ok(seal)
}

/// Names everything that may not change and would.
fn check_unchanged(context: &Context, before: &Seal, request: &FilingRequest) -> Result<(), ApiError> {
    let mut errors: Vec<FieldError> = Vec::new();
    let mut compare = |field: &str, same: bool| {
        if !same {
            let (zh, en) = ("备案后不得变更", "may not change after filing");
            errors.push(Fault::new(Code::Contradiction, "unchangeable", zh, en).on(field));
        }
    };
    compare("sealType", before.seal_type == request.seal_type.text());
    compare("possessorType", before.possessor_type == i64::from(request.possessor_type.number()));
    let index = content::number_index(context, request.possessor_cert_no.as_str());
    compare("possessorCertNo", before.possessor_cert_no_index == index);
    compare("possessor", *content::owner_name(context, before)? == request.possessor.as_str());
    let code = request.code.as_ref().map(protocol::BusinessCode::as_str);
    compare("code", code.is_none() || code == before.code.as_deref());
    let end = request.valid_end.map(|end| end.timestamp().as_millisecond());
    if request.biz_type == BizType::Extend && end.zip(before.valid_end).is_some_and(|(new, old)| new < old) {
        let (zh, en) = ("延期后的有效期不得早于原有效期", "an extension cannot end earlier");
        errors.push(Fault::new(Code::Contradiction, "extension", zh, en).on("validEnd"));
    }
    if errors.is_empty() { Ok(()) } else { Err(ApiError::fields(errors)) }
}
