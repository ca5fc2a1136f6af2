//! Filing a seal (备案, bizType 1): on the wire one by one, and existing stock in bulk ([`crate::stock`]). Both go
//! through the same steps: made ready by itself, judged against the register while others are kept out, entered.

use formats::x509::Certificate;
use http_server::Caller;
use jiff::Timestamp;
use protocol::endpoints::SealFiling;
use protocol::lists::SealType;
use protocol::tables::FilingRequest;
use protocol::{ApiError, Code, Endpoint, SealCode, SealCodeParts, Uscc};
use storage::platform::changes::Audience;
use storage::platform::filing::{self, Filed, Filing, Origin};
use storage::platform::seals::{self, Filter, SealState};
use storage::platform::systems::{self, System};
use storage::{Tx, sequences};

use super::seal_data::{self, Checked};
use super::{content, mismatch, stored_code};
use crate::changes::News;
use crate::config::DuplicateSeal;
use crate::context::Context;
use crate::evidence::{self, Event, Kind};
use crate::failure::Outcome;
use crate::trust;

/// Seals of one organisation that are looked at for a duplicate.
const LOOKED_AT: i64 = 1_000;
/// The highest number in a seal code that was given elsewhere and is kept: new ones go on behind it, and there must be
/// enough of them.
const HIGHEST_KEPT: i64 = 899_999_999;

/// What is the same for all filings of one system.
pub(crate) struct Desk {
    /// The system.
    pub(crate) system: System,
    /// Who makes its seals.
    makers: Vec<Certificate>,
}

/// A filing that was checked by itself and may be judged against the register.
pub(crate) struct Ready {
    filing: Filing,
    seal_type: SealType,
    /// The credit code of an organisation.
    owner: Option<Uscc>,
}

impl Ready {
    /// The state it starts in; a new filing is enabled (resolution 5), existing stock may be disabled or revoked.
    pub(crate) fn starting(mut self, state: SealState) -> Self {
        self.filing.state = state;
        self
    }

    /// What it is like, as it is stored.
    pub(crate) fn filing(&self) -> &Filing {
        &self.filing
    }
}

/// Files a seal. The same filing again gives the same seal code and writes nothing.
///
/// # Errors
/// 20004 for a seal code that is not the result of the same filing, 30004 when it was filed with other content or
/// a second official seal is not allowed, 30010 when the seal data are not in order.
pub(super) async fn file(context: &Context, caller: &Caller, request: &FilingRequest) -> Outcome<SealCode> {
    let app_id = caller.app_id.as_str();
    let desk = desk(context, app_id).await?;
    let ready = ready(context, &desk, request)?;
    let at = context.now();
    let window = at.checked_sub(context.config.times.filing_window()).unwrap_or(at).as_millisecond();
    let origin = Origin { request_id: &caller.request_id, actor: app_id, at: at.as_millisecond() };

    let mut tx = context.database.begin().await?;
    filing::keep_others_out(&mut tx, app_id).await?;
    if let Some(earlier) = judge(context, &mut tx, &ready, window).await? {
        if request.seal_code.as_ref().is_some_and(|given| *given != earlier) {
            let zh = "sealCode 与已备案结果不符";
            return Err(mismatch(zh, "sealCode is not the result of this filing").into());
        }
        return Ok(earlier);
    }
    if request.seal_code.is_some() {
        return Err(mismatch("备案时不得填写 sealCode", "sealCode must not be given on filing").into());
    }
    let (seal_code, event) = enter(&mut tx, &desk, &ready, origin, None).await?;
    let accepted = evidence::accepted(context, SealFiling::INFO, caller)?;
    let news = News {
        app_id: app_id.to_owned(),
        seal_code: Some(seal_code.as_str().to_owned()),
        state: ready.filing.state.as_str(),
        version: 1,
        audience: Audience::Own,
    };
    evidence::append_all(&mut tx, &[accepted, event.told(news)]).await?;
    tx.commit().await?;
    Ok(seal_code)
}

/// Reads what all filings of a system need.
///
/// # Errors
/// 10001 when there is no such system.
pub(crate) async fn desk(context: &Context, app_id: &str) -> Outcome<Desk> {
    let mut tx = context.database.look().await?;
    let system = systems::find(&mut tx, app_id).await?.ok_or_else(|| ApiError::new(Code::UnknownCaller))?;
    let makers = trust::makers(&mut tx, app_id).await?;
    tx.commit().await?;
    Ok(Desk { system, makers })
}

/// Checks a filing by itself: the seal's data, if they came along; personal data are encrypted.
///
/// # Errors
/// 30010 when the seal data are not in order.
pub(crate) fn ready(context: &Context, desk: &Desk, request: &FilingRequest) -> Result<Ready, ApiError> {
    let checked = check_data(request, None, &desk.makers)?;
    let filing = content::filing(context, &desk.system.app_id, request, checked.as_ref())?;
    let owner = Uscc::parse(request.possessor_cert_no.as_str()).ok();
    Ok(Ready { filing, seal_type: request.seal_type, owner })
}

/// Judges a filing against the register: the code of the same filing made before, `None` when it is new. Without a
/// business code it is compared with those since `window`. The judgement holds while other filings of the system are
/// kept out.
///
/// # Errors
/// 30004 when it was filed with other content, or a second official seal is not allowed.
pub(crate) async fn judge(
    context: &Context,
    tx: &mut Tx,
    ready: &Ready,
    window: i64,
) -> Outcome<Option<SealCode>> {
    match filing::look_up(tx, &ready.filing, window).await? {
        Some(Filed::Different(_)) => Err(ApiError::new(Code::FiledOtherwise).into()),
        Some(Filed::New(code) | Filed::Same(code)) => Ok(Some(stored_code(&code)?)),
        None => refuse_duplicate(context, tx, &ready.filing).await.map(|()| None),
    }
}

/// Enters a filing that was judged new, under a new code or the one it has already (`kept`), and gives the event that
/// has to be evidenced in the same transaction.
///
/// # Errors
/// 20004 or 30004 for a code that may not be kept.
pub(crate) async fn enter(
    tx: &mut Tx,
    desk: &Desk,
    ready: &Ready,
    origin: Origin<'_>,
    kept: Option<&SealCode>,
) -> Outcome<(SealCode, Event)> {
    let code = match kept {
        Some(code) => keep(tx, desk, code).await?,
        None => compose(desk, ready, sequences::next(tx, sequences::SEAL_CODE).await?)?,
    };
    let filing = &ready.filing;
    filing::enter(tx, code.as_str(), filing, origin).await?;
    let detail = serde_json::json!({
        "appId": filing.app_id, "code": filing.code, "sealType": filing.seal_type,
        "certType": filing.content.cert_type, "certNumber": filing.content.cert_number,
        "fingerprint": filing.content.fingerprint, "sealDataSm3": filing.content.seal_data_sm3,
        "state": filing.state.as_str(), "version": 1,
    });
    let at = Timestamp::from_millisecond(origin.at).map_err(ApiError::fault)?;
    let event = Event::new(Kind::SealFiled, at, origin.request_id, code.as_str(), &detail)?;
    Ok((code, event))
}

/// A code that was given elsewhere: it has to be one of this system and free, and no new one may meet it.
async fn keep(tx: &mut Tx, desk: &Desk, code: &SealCode) -> Outcome<SealCode> {
    let number = code.sequence().and_then(|number| i64::try_from(number).ok());
    let Some(number) = number.filter(|_| code.system() == desk.system.code) else {
        return Err(mismatch("sealCode 不属于该系统", "sealCode is not one of this system").into());
    };
    if number > HIGHEST_KEPT {
        return Err(mismatch("sealCode 顺序号过大", "the number in sealCode is too high").into());
    }
    if seals::find(tx, code.as_str()).await?.is_some() {
        let (zh, en) = ("该 sealCode 已用于其他印章", "this sealCode is another seal's");
        return Err(ApiError::explained(Code::FiledOtherwise, zh, en).into());
    }
    sequences::raise(tx, sequences::SEAL_CODE, number).await?;
    Ok(code.clone())
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

fn compose(desk: &Desk, ready: &Ready, number: i64) -> Result<SealCode, ApiError> {
    let parts = SealCodeParts {
        owner: ready.owner.as_ref(),
        system: &desk.system.code,
        seal_type: ready.seal_type,
        sequence: u64::try_from(number).map_err(ApiError::fault)?,
    };
    SealCode::compose(&parts).map_err(|fault| ApiError::fault(fault.en))
}

/// One official seal (01) of an organisation per certificate and system, unless the operator allows more.
async fn refuse_duplicate(context: &Context, tx: &mut Tx, filing: &Filing) -> Outcome<()> {
    let official = SealType::Legal.text();
    let allowed = context.config.policy.filing.duplicate_official_seal == DuplicateSeal::Allow;
    let enabled = filing.state == SealState::Enabled;
    if allowed || !enabled || filing.seal_type != official || filing.content.cert_number.is_none() {
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
