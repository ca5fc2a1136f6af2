//! Fetching other platforms' trust lists: on schedule, with a believed list as the only way to new keys.

use std::sync::Arc;
use std::time::Duration;

use client::{Bounds, Peer};
use crypto::VerifyingKey;
use http_server::Shutdown;
use jiff::Timestamp;
use protocol::resources::{ListedKey, TrustList};
use protocol::wire::key_id;
use protocol::{ApiError, AppId, Code};
use storage::Tx;
use storage::platform::endpoints::{self, EndpointState};
use storage::platform::federation::{self, NewList, PeerRow};
use storage::platform::system_keys::{self, KeyState, SystemKey};
use storage::platform::systems::{self, SystemState};

use crate::context::Context;
use crate::evidence::{self, Event, Kind};
use crate::failure::Outcome;
use crate::onboarding::refuse_other_uses;
use crate::routing::Routes;

/// The largest list.
const MAX_LIST: usize = 8 << 20;
/// How long one try may take.
const DEADLINE: Duration = Duration::from_secs(10);
/// A list that could not be had is asked for again after this part of the usual time.
const SOONER: u32 = 5;

/// What a try came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refreshed {
    /// A list with this number is in force.
    Stored(i64),
    /// Nothing was changed, because of this.
    Refused(String),
}

/// Fetches lists until shutdown.
pub async fn run_refresh(context: Context, routes: Arc<Routes>, shutdown: Shutdown) {
    let usual = Duration::from_secs(60 * u64::from(context.config.federation.refresh_minutes));
    loop {
        let good = match refresh_all(&context, &routes).await {
            Ok(good) => good,
            Err(error) => {
                tracing::warn!(error = %ApiError::from(error), "other platforms' lists could not be fetched");
                false
            }
        };
        let wait = if good { usual } else { usual / SOONER };
        tokio::select! {
            () = shutdown.wait() => return,
            () = tokio::time::sleep(wait) => {}
        }
    }
}

/// Fetches every list once; whether all of them were had.
async fn refresh_all(context: &Context, routes: &Routes) -> Outcome<bool> {
    let mut tx = context.database.read().await?;
    let rows = federation::list(&mut tx).await?;
    let mut wanted = Vec::new();
    for row in rows {
        let system = systems::find(&mut tx, &row.app_id).await?;
        if system.is_some_and(|system| system.state != SystemState::Offline) {
            wanted.push(row);
        }
    }
    tx.commit().await?;
    let mut all = true;
    for row in wanted {
        all &= matches!(refresh_one(context, routes, row).await?, Refreshed::Stored(_));
    }
    Ok(all)
}

/// Fetches the list of one platform now.
///
/// # Errors
/// 10001 when it is not known, failures of the database. A list that is not believed is a result.
pub async fn refresh(context: &Context, routes: &Routes, app_id: &AppId) -> Outcome<Refreshed> {
    let mut tx = context.database.read().await?;
    let row = federation::find(&mut tx, app_id.as_str()).await?;
    tx.commit().await?;
    let row = row.ok_or_else(|| ApiError::new(Code::UnknownCaller))?;
    refresh_one(context, routes, row).await
}

async fn refresh_one(context: &Context, routes: &Routes, row: PeerRow) -> Outcome<Refreshed> {
    let result = match fetch(context, routes, &row).await? {
        Ok(list) => accept(context, &row, &list).await?,
        Err(cause) => Err(cause),
    };
    match result {
        Ok(number) => Ok(Refreshed::Stored(number)),
        Err(cause) => {
            refused(context, &row, &cause).await?;
            Ok(Refreshed::Refused(cause))
        }
    }
}

/// Asks the platform's addresses one after another.
async fn fetch(context: &Context, routes: &Routes, row: &PeerRow) -> Outcome<Result<TrustList, String>> {
    let id = AppId::parse(&row.app_id).map_err(|fault| ApiError::fault(fault.en))?;
    let root = VerifyingKey::prepared(&row.root_spki).map_err(ApiError::fault)?;
    let mut tx = context.database.read().await?;
    let addresses = endpoints::of_system(&mut tx, &row.app_id).await?;
    tx.commit().await?;
    let mut cause = "no address in service".to_owned();
    for address in addresses.iter().filter(|one| one.state == EndpointState::Active) {
        let bounds = Bounds { deadline: DEADLINE, max_answer: MAX_LIST };
        let client = routes.client(Peer::new(&address.base_url, id.clone(), [])).with_bounds(bounds);
        match client.trust_list(&root).await {
            Ok(list) => return Ok(Ok(list)),
            Err(error) => cause = error.to_string(),
        }
    }
    Ok(Err(cause))
}

/// Stores a believed list with its keys, unless it is a step back.
async fn accept(context: &Context, row: &PeerRow, list: &TrustList) -> Outcome<Result<i64, String>> {
    let at = context.now();
    let malformed = |error: protocol::resources::TrustListFault| ApiError::fault(error);
    let Some(number) = list.number().and_then(|number| i64::try_from(number).ok()) else {
        return Ok(Err("its number is too large".to_owned()));
    };
    let bytes = serde_json::to_vec(list).map_err(ApiError::fault)?;
    let content_sm3 = list.content_sm3();
    let new = NewList {
        sequence: number,
        content_sm3: &content_sm3,
        list: &bytes,
        issued_at: list.issued().map_err(malformed)?.as_millisecond(),
        not_after: list.end().map_err(malformed)?.as_millisecond(),
        at: at.as_millisecond(),
    };
    let mut tx = context.database.begin().await?;
    let before = federation::find(&mut tx, &row.app_id).await?.unwrap_or_else(|| row.clone());
    if !federation::store(&mut tx, &row.app_id, &new).await? {
        return Ok(step_back(&before, &new));
    }
    let keys = list.keys().map_err(malformed)?;
    if let Err(cause) = take_keys(context, &mut tx, &row.app_id, &keys, at).await? {
        return Ok(Err(cause));
    }
    if before.sequence != Some(number) {
        let ids: Vec<String> = keys.iter().map(|listed| key_id(&listed.key)).collect();
        let detail = serde_json::json!({
            "sequence": number, "contentSm3": content_sm3, "notAfter": new.not_after, "keys": ids,
            "codeSpaces": list.code_spaces, "anchors": list.anchors.len(), "sign": list.sign,
        });
        evidence::append(&mut tx, &Event::new(Kind::PeerList, at, "", &row.app_id, &detail)?).await?;
    }
    tx.commit().await?;
    Ok(Ok(number))
}

/// Why a list was not stored; an older copy of the very list we have is none of the platform's faults.
fn step_back(before: &PeerRow, new: &NewList<'_>) -> Result<i64, String> {
    let (had, got) = (before.sequence.unwrap_or_default(), new.sequence);
    if got < had {
        return Err(format!("rollback: list {got} after list {had}"));
    }
    if before.content_sm3.as_deref() != Some(new.content_sm3) {
        return Err(format!("two different lists with the number {got}"));
    }
    Ok(had)
}

/// Makes the keys of the list those of the platform: new ones are entered, listed ones end with the list, others now.
async fn take_keys(
    context: &Context,
    tx: &mut Tx,
    app_id: &str,
    keys: &[ListedKey],
    at: Timestamp,
) -> Outcome<Result<(), String>> {
    let now = at.as_millisecond();
    let known = system_keys::of_system(tx, app_id).await?;
    for listed in keys {
        let id = key_id(&listed.key);
        let end = listed.not_after.as_millisecond();
        if known.iter().any(|key| key.key_id == id) {
            // One that our operator revoked stays revoked: its state is not touched.
            federation::set_key_end(tx, app_id, &id, end).await?;
            continue;
        }
        let row = SystemKey {
            key_id: id.clone(),
            app_id: app_id.to_owned(),
            spki: listed.key.spki_der().to_vec(),
            spki_sm3: hex::encode(listed.key.spki_sm3()),
            cert: None,
            not_before: listed.not_before.as_millisecond(),
            not_after: end,
            state: KeyState::Active,
            created_at: now,
            revoked_at: None,
            reason: None,
        };
        let is_ours = listed.key.spki_der() == context.signer.verifying_key().spki_der();
        let is_free = refuse_other_uses(tx, &listed.key).await.is_ok();
        if is_ours || !is_free || !system_keys::insert(tx, &row).await? {
            return Ok(Err(format!("its key {id} is in use for something else")));
        }
    }
    let is_listed = |key: &&SystemKey| keys.iter().any(|listed| key_id(&listed.key) == key.key_id);
    for gone in known.iter().filter(|key| !is_listed(key) && key.not_after > now) {
        system_keys::retire(tx, &gone.key_id, now).await?;
    }
    Ok(Ok(()))
}

/// Notes a list that could not be had or is not believed; one that is news is evidenced.
async fn refused(context: &Context, row: &PeerRow, cause: &str) -> Outcome<()> {
    let at = context.now();
    let cause: String = cause.chars().filter(|c| !c.is_control()).take(300).collect();
    tracing::warn!(platform = row.app_id, cause, "the trust list of another platform was not taken");
    let mut tx = context.database.begin().await?;
    federation::set_fault(&mut tx, &row.app_id, at.as_millisecond(), &cause).await?;
    if row.fault.as_ref() != Some(&cause) {
        let detail = serde_json::json!({ "cause": cause, "sequence": row.sequence });
        evidence::append(&mut tx, &Event::new(Kind::PeerListRefused, at, "", &row.app_id, &detail)?).await?;
    }
    Ok(tx.commit().await?)
}
