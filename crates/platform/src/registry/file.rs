//! Filing a seal (备案, bizType 1).

use http_server::Caller;
use protocol::endpoints::SealFiling;
use protocol::lists::SealType;
use protocol::tables::FilingRequest;
use protocol::{ApiError, Code, Endpoint, SealCode, SealCodeParts, Uscc};
use storage::Tx;
use storage::platform::filing::{self, Filed, Filing, Origin};
use storage::platform::seals::{self, Filter, SealState};
use storage::platform::systems;

use super::seal_data::{self, Checked};
use super::{content, mismatch, stored_code};
use crate::config::DuplicateSeal;
use crate::context::Context;
use crate::evidence::{self, Event, Kind};
use crate::failure::{Failure, Outcome};
use crate::trust;

/// Seals of one organisation that are looked at for a duplicate.
const LOOKED_AT: i64 = 1_000;

/// Files a seal. The same filing again gives the same seal code and writes nothing.
///
/// # Errors
/// 20004 for a seal code that is not the result of the same filing, 30004 when it was filed with other content or
/// a second official seal is not allowed, 30010 when the seal data are not in order.
pub(super) async fn file(context: &Context, caller: &Caller, request: &FilingRequest) -> Outcome<SealCode> {
    let app_id = caller.app_id.as_str();
    let (system_code, checked) = prepare(context, app_id, request).await?;
    let filing = content::filing(context, app_id, request, checked.as_ref())?;
    let at = context.now();
    let window = at.checked_sub(context.config.times.filing_window()).unwrap_or(at).as_millisecond();
    let origin = Origin { request_id: &caller.request_id, actor: app_id, at: at.as_millisecond() };

    let mut tx = context.database.begin().await?;
    if let Some(earlier) = filing::look_up(&mut tx, &filing, window).await? {
        return same_again(earlier, request);
    }
    if request.seal_code.is_some() {
        return Err(mismatch("备案时不得填写 sealCode", "sealCode must not be given on filing").into());
    }
    refuse_duplicate(context, &mut tx, &filing).await?;
    let make_code = |number: i64| compose(&system_code, request, number).map_err(Failure::from);
    let filed = filing::file(&mut tx, &filing, origin, window, make_code).await?;
    let Filed::New(seal_code) = filed else { return same_again(filed, request) };
    let detail = serde_json::json!({
        "appId": app_id, "code": filing.code, "sealType": filing.seal_type, "certType": filing.content.cert_type,
        "certNumber": filing.content.cert_number, "fingerprint": filing.content.fingerprint,
        "sealDataSm3": filing.content.seal_data_sm3, "state": filing.state.as_str(), "version": 1,
    });
    let accepted = evidence::accepted(context, SealFiling::INFO, caller)?;
    let event = Event::new(Kind::SealFiled, at, &caller.request_id, &seal_code, &detail)?;
    evidence::append_all(&mut tx, &[accepted, event]).await?;
    tx.commit().await?;
    Ok(stored_code(&seal_code)?)
}

/// Reads what the filing needs before the transaction that writes, and checks the seal data that came along.
async fn prepare(
    context: &Context,
    app_id: &str,
    request: &FilingRequest,
) -> Outcome<(String, Option<Checked>)> {
    let mut tx = context.database.read().await?;
    let system = systems::find(&mut tx, app_id).await?.ok_or_else(|| ApiError::new(Code::UnknownCaller))?;
    let makers = trust::makers(&mut tx, app_id).await?;
    tx.commit().await?;
    Ok((system.code, check_data(request, None, &makers)?))
}

/// Checks the seal data of a request, if there are any.
pub(super) fn check_data(
    request: &FilingRequest,
    cert_number: Option<&str>,
    makers: &[formats::x509::Certificate],
) -> Result<Option<Checked>, ApiError> {
    let Some(data) = &request.seal_data else { return Ok(None) };
    let number = request.cert_number.as_ref().map(protocol::CertNumber::as_str).or(cert_number);
    let sent: Vec<&[u8]> = request.cert_data.iter().map(protocol::Base64Data::bytes).collect();
    Ok(Some(seal_data::check(data.bytes(), &content::filed(request, number), makers, &sent)?))
}

fn compose(system: &str, request: &FilingRequest, number: i64) -> Result<String, ApiError> {
    let owner = Uscc::parse(request.possessor_cert_no.as_str()).ok();
    let sequence = u64::try_from(number).map_err(ApiError::fault)?;
    let parts = SealCodeParts { owner: owner.as_ref(), system, seal_type: request.seal_type, sequence };
    let code = SealCode::compose(&parts).map_err(|fault| ApiError::fault(fault.en))?;
    Ok(code.as_str().to_owned())
}

fn same_again(earlier: Filed, request: &FilingRequest) -> Outcome<SealCode> {
    match earlier {
        Filed::Different(_) => Err(ApiError::new(Code::FiledOtherwise).into()),
        Filed::New(code) | Filed::Same(code) => {
            if request.seal_code.as_ref().is_some_and(|given| given.as_str() != code) {
                return Err(mismatch(
                    "sealCode 与已备案结果不符",
                    "sealCode is not the result of this filing",
                )
                .into());
            }
            Ok(stored_code(&code)?)
        }
    }
}

/// One official seal (01) of an organisation per certificate and system, unless the operator allows more.
async fn refuse_duplicate(context: &Context, tx: &mut Tx, filing: &Filing) -> Outcome<()> {
    let official = SealType::Legal.text();
    let allowed = context.config.policy.filing.duplicate_official_seal == DuplicateSeal::Allow;
    if allowed || filing.seal_type != official || filing.content.cert_number.is_none() {
        return Ok(());
    }
    let number = filing.content.cert_number.as_deref();
    let filter = Filter { seal_type: Some(official), cert_number: number, ..Filter::default() };
    let others = seals::by_possessor(tx, &filing.possessor_cert_no_index, &filter, LOOKED_AT).await?;
    if others.iter().any(|seal| seal.app_id == filing.app_id && seal.state == SealState::Enabled) {
        let (zh, en) =
            ("同一证书的法定名称章已备案", "an official seal with this certificate is filed already");
        return Err(ApiError::explained(Code::FiledOtherwise, zh, en).into());
    }
    Ok(())
}
