//! Asking one system for seals, for a caller or for the platform itself, and judging what it answers.

use std::collections::BTreeMap;
use std::time::Instant;

use client::{Answer, Exchange};
use formats::x509::Certificate;
use jiff::Timestamp;
use protocol::endpoints::SealQuery;
use protocol::lists::{CertTypeFilter, SealType, SealTypeFilter};
use protocol::tables::{SealInfo, SealQueryRequest};
use protocol::{ApiError, AppId, Code, Endpoint, IdCard, OrgCode, Origin, SealSource, Shortfall};
use storage::platform::filing::{self, Content};
use storage::platform::seals::{self, Seal};
use storage::platform::systems::{self, System, SystemState};

use super::candidates::Wanted;
use super::check;
use crate::context::Context;
use crate::evidence::{self, Event, Kind};
use crate::failure::{Failure, Outcome};
use crate::registry::seal_data::Checked;
use crate::registry::{is_person, owner_number, with_seal};
use crate::routing::{self, Budget, Lie, Routes, Upset};

/// What a system was asked for and answered.
#[derive(Debug)]
pub(super) struct Reply {
    wanted: Wanted,
    result: Result<Answer<Vec<SealInfo>>, Upset>,
}

/// Asks a system.
pub(super) async fn ask(
    wanted: Wanted,
    request: &SealQueryRequest,
    origin: Option<&Origin>,
    budget: Budget,
) -> Reply {
    let result = wanted.route.call::<SealQuery>(request, origin, budget).await;
    Reply { wanted, result }
}

/// A seal that stood every check.
#[derive(Debug)]
pub(super) struct Good {
    pub(super) entry: SealInfo,
    pub(super) seal: Seal,
    pub(super) checked: Checked,
    /// Where it comes from, when that is another platform.
    pub(super) source: Option<SealSource>,
}

/// A judged reply.
#[derive(Debug)]
pub(super) struct Judged {
    pub(super) app_id: AppId,
    pub(super) system: System,
    pub(super) good: Vec<Good>,
    pub(super) failures: Vec<Shortfall>,
    pub(super) lies: Vec<Lie>,
    /// Seal codes that were not asked for: somebody else's, if the registry does not know better.
    pub(super) unasked: Vec<String>,
    pub(super) exchange: Option<Exchange>,
}

impl Judged {
    /// Of a system, with nothing in it yet.
    pub(super) fn new(app_id: AppId, system: System) -> Self {
        Self {
            app_id,
            system,
            good: Vec::new(),
            failures: Vec::new(),
            lies: Vec::new(),
            unasked: Vec::new(),
            exchange: None,
        }
    }
}

/// Judges a reply. Signatures are computed here: run it where that may take its time.
pub(super) fn judge(reply: Reply, now: Timestamp) -> Judged {
    let Reply { wanted, result } = reply;
    let Wanted { system, route, makers, seals } = wanted;
    let mut judged = Judged::new(route.app_id, system);
    match result {
        Ok(answer) => {
            judged.exchange = Some(answer.exchange);
            judge_entries(&mut judged, answer.data, seals, &makers, now);
        }
        Err(upset) => {
            let error = upset.error();
            if let Upset::Wrong(cause) = &upset {
                judged.lies.push(lie(None, &error, cause.clone()));
            }
            judged.failures.push(Shortfall::new(judged.app_id.as_str(), None, &error));
        }
    }
    judged
}

pub(super) fn lie(seal_code: Option<&str>, error: &ApiError, cause: String) -> Lie {
    let code = error.code().text().to_owned();
    Lie { interface: SealQuery::INFO.name, seal_code: seal_code.map(str::to_owned), code, cause }
}

fn judge_entries(
    judged: &mut Judged,
    entries: Vec<SealInfo>,
    seals: Vec<Seal>,
    makers: &[Certificate],
    now: Timestamp,
) {
    let system = judged.app_id.as_str().to_owned();
    let mut missing: BTreeMap<String, Seal> =
        seals.into_iter().map(|seal| (seal.seal_code.clone(), seal)).collect();
    for entry in entries {
        let code = entry.seal_code.as_str().to_owned();
        let Some(seal) = missing.remove(&code) else {
            judged.unasked.push(code);
            continue;
        };
        match check::entry(&entry, &seal, makers, now) {
            Ok(checked) => judged.good.push(Good { entry, seal, checked, source: None }),
            Err(error) => {
                if error.code() != Code::SealExpired {
                    judged.lies.push(lie(Some(&code), &error, error.message().to_owned()));
                }
                judged.failures.push(Shortfall::new(&system, Some(&code), &error));
            }
        }
    }
    let (zh, en) = ("印章系统未返回该印章", "its system did not return it");
    let absent = ApiError::explained(Code::SealNotFound, zh, en);
    judged.failures.extend(missing.keys().map(|code| Shortfall::new(&system, Some(code), &absent)));
}

/// Takes checked data into a filing that came without them.
pub(super) async fn adopt(
    context: &Context,
    tx: &mut storage::Tx,
    good: &Good,
    request_id: &str,
) -> Outcome<Option<Event>> {
    let content = with_seal(context, Content::default(), &good.checked, is_person(&good.seal))?;
    if !filing::complete(tx, &good.seal.seal_code, good.seal.version, &content).await? {
        return Ok(None);
    }
    let detail = serde_json::json!({
        "version": good.seal.version, "sealDataSm3": content.seal_data_sm3, "pictureSm3": content.picture_sm3,
        "esId": content.es_id, "certNumber": content.cert_number,
        "validStart": content.valid_start, "validEnd": content.valid_end,
    });
    Ok(Some(Event::new(Kind::SealChecked, context.now(), request_id, &good.seal.seal_code, &detail)?))
}

/// Fetches and checks the data of at most `limit` seals that were filed without, after the seal code `after`.
/// Returns the last code looked at, or `None` at the end of the list.
///
/// # Errors
/// Failures of the database; a system that does not answer is tried again another time.
pub async fn fetch_unchecked(
    context: &Context,
    routes: &Routes,
    after: &str,
    limit: i64,
) -> Outcome<Option<String>> {
    let mut tx = context.database.read().await?;
    let waiting = seals::unchecked(&mut tx, after, limit).await?;
    tx.commit().await?;
    let last = waiting.last().map(|seal| seal.seal_code.clone());
    for seal in waiting {
        if let Err(error) = fetch_one(context, routes, seal).await {
            tracing::warn!(error = %ApiError::from(error), "the data of a filed seal could not be fetched");
        }
    }
    Ok(last)
}

async fn fetch_one(context: &Context, routes: &Routes, seal: Seal) -> Outcome<()> {
    let now = context.now();
    let mut tx = context.database.read().await?;
    let system = systems::find(&mut tx, &seal.app_id).await?.ok_or_else(|| ApiError::fault("no system"))?;
    let request = match own_request(context, &seal, &system)? {
        Some(request) if system.state == SystemState::Online => request,
        _ => return Ok(()),
    };
    let route = match routes.to(&mut tx, &system, now).await {
        Err(Failure::Refused(_)) => return Ok(()),
        route => route?,
    };
    let makers = route.makers();
    tx.commit().await?;
    let wanted = Wanted { system, route, makers, seals: vec![seal] };
    let budget = Budget::new(context.config.times.route(), None, Instant::now());
    let judged = judge(ask(wanted, &request, None, budget).await, now);
    let mut tx = context.database.begin().await?;
    let mut events = Vec::new();
    for lie in &judged.lies {
        events.push(routing::lied(now, "", &judged.app_id, lie)?);
    }
    for good in &judged.good {
        events.extend(adopt(context, &mut tx, good, "").await?);
    }
    evidence::append_all(&mut tx, &events).await?;
    Ok(tx.commit().await?)
}

/// The platform's own query for one filed seal. A person's seal is asked for by the system's own organisation code
/// and the owner's number; one whose owner has no identity card cannot be asked for and has to bring its data.
fn own_request(
    context: &Context,
    seal: &Seal,
    system: &System,
) -> Result<Option<SealQueryRequest>, ApiError> {
    let number = owner_number(context, seal)?;
    let (org_code, id_card) = if is_person(seal) {
        match IdCard::parse(&number) {
            Ok(card) => (OrgCode::parse(&system.uscc), Some(card)),
            Err(_) => return Ok(None),
        }
    } else {
        (OrgCode::parse(&number), None)
    };
    let org_code = org_code.map_err(|fault| ApiError::fault(fault.en))?;
    let seal_type = SealType::from_text(&seal.seal_type).map_or(SealTypeFilter::All, SealTypeFilter::from);
    Ok(Some(SealQueryRequest {
        device_id: None,
        id_card,
        org_code,
        seal_type,
        cert_type: CertTypeFilter::from_number(seal.cert_type),
        cert_number: None,
        ukey_id: None,
    }))
}
