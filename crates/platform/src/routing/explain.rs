//! `explain-route` (路由解释): from a seal or a system to the addresses that a call would try, in their order, and why.
//! Nothing is sent but a probe, and only where that was asked for.

use client::Peer;
use jiff::Timestamp;
use protocol::{ApiError, AppId, Code, SealCode};
use serde::Serialize;
use storage::Tx;
use storage::platform::endpoints::{self, EndpointRow, EndpointState, Health, Maintenance};
use storage::platform::seals::{self, Seal};
use storage::platform::standing::{self, Way};
use storage::platform::systems::{self, System, SystemState};

use super::board::candidate;
use super::breaker::Standing;
use super::maintenance::is_on;
use super::probe::shown_since;
use super::select::{self, Candidate, Hope};
use super::{Routes, app_id, usable_keys};
use crate::context::Context;
use crate::failure::Outcome;
use crate::federation::{PeerView, views};
use crate::registry;

/// What is to be explained.
#[derive(Debug, Clone)]
pub enum Target {
    /// The way to the system of a seal.
    Seal(SealCode),
    /// The way to a system.
    System(AppId),
}

/// The way to a system.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Explanation {
    /// The seal, where one was asked about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seal: Option<OfSeal>,
    /// The system.
    pub system: OfSystem,
    /// Whether a call would be sent.
    pub sent: bool,
    /// What the caller would be told, where none would be sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refusal: Option<Told>,
    /// How long a call may take over all its tries, in milliseconds; a signature has longer.
    pub deadline_ms: u64,
    /// The same for a signature.
    pub sign_deadline_ms: u64,
    /// The addresses, in the order in which they would be tried; those that would not be are last.
    pub addresses: Vec<OfAddress>,
}

/// What a seal says about its way.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct OfSeal {
    /// Its code.
    pub seal_code: String,
    /// The system that filed it, or whose platform handed it over.
    pub app_id: String,
    /// Its state.
    pub state: &'static str,
}

/// What a system says about the way to it.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct OfSystem {
    /// Its id.
    pub app_id: String,
    /// Its name.
    pub name: String,
    /// Its state.
    pub state: &'static str,
    /// How many of its keys may sign answers now.
    pub keys: usize,
    /// What may be relied on of it, where it is another platform.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub platform: Option<PeerView>,
    /// The maintenance that is on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub maintenance: Option<OfMaintenance>,
}

/// Maintenance as people read it.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct OfMaintenance {
    /// Why.
    pub reason: String,
    /// Since when.
    pub since: String,
    /// Until when, where that is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until: Option<String>,
}

/// A refusal as it would be sent.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Told {
    /// The code.
    pub code: String,
    /// The message.
    pub message: String,
    /// How long the caller would be told to wait.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retry_after_ms: Option<u64>,
}

/// One address.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct OfAddress {
    /// Its address.
    pub base_url: String,
    /// Its place among those that are tried, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub place: Option<usize>,
    /// Why it has that place, or none.
    pub why: Why,
    /// Its priority.
    pub priority: i64,
    /// Its weight.
    pub weight: i64,
    /// Its state.
    pub state: &'static str,
    /// Why it is drained.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The probe made for this explanation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub probe: Option<OfProbe>,
    /// What each replica last saw.
    pub replicas: Vec<OfReplica>,
}

/// A probe.
#[derive(Debug, Clone, Serialize)]
pub struct OfProbe {
    /// Whether it may be given calls.
    pub ok: bool,
    /// What it told.
    pub text: String,
}

/// What a replica last saw of an address.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct OfReplica {
    /// Its name.
    pub replica: String,
    /// Its breaker: closed, half-open, open.
    pub breaker: String,
    /// Failures in a row.
    pub failures: i64,
    /// Until when the breaker is open.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub open_until: Option<String>,
    /// What its last probe came to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub probe: Option<OfProbe>,
    /// When this was written.
    pub seen_at: String,
}

/// Why an address has its place. The words are stable.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Why {
    /// The only one that may be tried.
    Only,
    /// Of the best priority; drawn by weight among equals.
    Priority,
    /// A further one, in case the ones before do not answer.
    Reserve,
    /// Tried after the others, because its probe failed.
    Doubtful,
    /// Not tried: drained.
    Drained,
    /// Not tried: its breaker is open at every replica that told.
    Open,
}

/// Explains the way to a seal's system, or to a system. With `routes` every address is probed.
///
/// # Errors
/// 30001 when no such seal is filed, 10001 when there is no such system, failures of the database.
pub async fn explain(context: &Context, target: &Target, routes: Option<&Routes>) -> Outcome<Explanation> {
    let now = context.now();
    let mut tx = context.database.read().await?;
    let (seal, system) = found(&mut tx, target).await?;
    let way = standing::way_to(&mut tx, &system.app_id).await?;
    let health = endpoints::health_of(&mut tx, &system.app_id, shown_since(context, now)).await?;
    let platform = views(&mut tx, now).await?.into_iter().find(|peer| peer.app_id == system.app_id);
    tx.commit().await?;
    let refusal = refusal(seal.as_ref(), &system, &way, now);
    let keys = usable_keys(&way.keys, now);
    let (rows, maintenance) = (way.addresses, way.maintenance.filter(|one| is_on(one, now)));
    let mut probes = Vec::new();
    for row in &rows {
        let asked = routes.filter(|_| row.state == EndpointState::Active);
        let peer = Peer::new(&row.base_url, app_id(&system.app_id)?, keys.iter().cloned());
        let probe = match asked {
            Some(routes) => Some(routes.probe(peer).await),
            None => None,
        };
        probes.push(probe.map(|probe| OfProbe { ok: probe.ok, text: probe.text }));
    }
    let addresses = addresses(&rows, &health, probes, now);
    let none_left = addresses.iter().all(|one| one.place.is_none());
    let refusal = refusal.or_else(|| none_left.then(|| ApiError::new(Code::SealSystemUnreachable)));
    Ok(Explanation {
        seal: seal.map(|seal| OfSeal {
            seal_code: seal.seal_code,
            app_id: seal.app_id,
            state: seal.state.as_str(),
        }),
        sent: refusal.is_none(),
        refusal: refusal.as_ref().map(told),
        deadline_ms: context.config.times.route_ms,
        sign_deadline_ms: context.config.times.sign_ms,
        addresses,
        system: OfSystem {
            app_id: system.app_id,
            name: system.name,
            state: system.state.as_str(),
            keys: keys.len(),
            platform,
            maintenance: maintenance.map(shown),
        },
    })
}

async fn found(tx: &mut Tx, target: &Target) -> Outcome<(Option<Seal>, System)> {
    let (seal, app_id) = match target {
        Target::System(app_id) => (None, app_id.as_str().to_owned()),
        Target::Seal(code) => {
            let seal = seals::find(tx, code.as_str()).await?;
            let seal = seal.ok_or_else(|| ApiError::new(Code::SealNotFound))?;
            let app_id = seal.app_id.clone();
            (Some(seal), app_id)
        }
    };
    let system = systems::find(tx, &app_id).await?.ok_or_else(|| ApiError::new(Code::UnknownCaller))?;
    Ok((seal, system))
}

/// What a caller would be told before any address is looked at, in the order of a real call.
fn refusal(seal: Option<&Seal>, system: &System, way: &Way, now: Timestamp) -> Option<ApiError> {
    let usable = match seal {
        Some(seal) => registry::check_usable(seal, system.state, now),
        None if system.state != SystemState::Online => Err(ApiError::new(Code::SealSystemSuspended)),
        None => Ok(()),
    };
    let checks = usable
        .and_then(|()| super::refuse_maintenance(way.maintenance.as_ref(), now))
        .and_then(|()| super::side(&system.app_id, way.list_until, now))
        .and_then(|_| super::in_service(way.addresses.clone()));
    checks.err()
}

fn told(error: &ApiError) -> Told {
    let wait = error.retry_after().map(|wait| u64::try_from(wait.as_millis()).unwrap_or(u64::MAX));
    Told { code: error.code().text().to_owned(), message: error.message().to_owned(), retry_after_ms: wait }
}

fn shown(one: Maintenance) -> OfMaintenance {
    OfMaintenance { reason: one.reason, since: time(one.since), until: one.until.map(time) }
}

fn time(millis: i64) -> String {
    Timestamp::from_millisecond(millis).map_or_else(|_| millis.to_string(), |at| at.to_string())
}

/// The addresses in the order in which they would be tried. Breakers are those that replicas last told of: one is
/// taken for open when it is open at all of them.
fn addresses(
    rows: &[EndpointRow],
    health: &[Health],
    probes: Vec<Option<OfProbe>>,
    now: Timestamp,
) -> Vec<OfAddress> {
    let of = |row: &EndpointRow| health.iter().filter(|one| one.base_url == row.base_url).collect::<Vec<_>>();
    let judged: Vec<Candidate> =
        rows.iter().zip(&probes).map(|(row, probe)| judge(row, &of(row), probe.as_ref(), now)).collect();
    // For people the likelier of two equals is first.
    let order = select::order(&judged, |total| total / 2);
    let mut listed: Vec<OfAddress> = rows
        .iter()
        .zip(probes)
        .enumerate()
        .map(|(index, (row, probe))| {
            let place = order.iter().position(|one| *one == index).map(|place| place + 1);
            let hope = judged.get(index).map_or(Hope::None, |one| one.hope);
            OfAddress {
                base_url: row.base_url.clone(),
                place,
                why: why(row, hope, place, order.len()),
                priority: row.priority,
                weight: row.weight,
                state: row.state.as_str(),
                reason: row.reason.clone(),
                probe,
                replicas: of(row).into_iter().map(replica).collect(),
            }
        })
        .collect();
    listed.sort_by_key(|one| (one.place.unwrap_or(usize::MAX), one.why == Why::Drained));
    listed
}

fn judge(row: &EndpointRow, health: &[&Health], probe: Option<&OfProbe>, now: Timestamp) -> Candidate {
    let open = |one: &&Health| one.open_until.is_some_and(|until| until > now.as_millisecond());
    let all_open = !health.is_empty() && health.iter().all(open);
    let standing = match health.iter().filter_map(|one| one.open_until).min() {
        Some(until) if all_open => {
            Timestamp::from_millisecond(until).map_or(Standing::Closed, Standing::Open)
        }
        _ => Standing::Closed,
    };
    let last = health.iter().max_by_key(|one| one.probed_at).and_then(|one| one.probe_ok);
    let judged = candidate(row, standing, probe.map(|probe| probe.ok).or(last));
    if row.state == EndpointState::Drained { Candidate { hope: Hope::None, ..judged } } else { judged }
}

fn why(row: &EndpointRow, hope: Hope, place: Option<usize>, tried: usize) -> Why {
    match (row.state, hope, place) {
        (EndpointState::Drained, ..) => Why::Drained,
        (_, Hope::None, _) | (_, _, None) => Why::Open,
        (_, Hope::Doubtful, _) => Why::Doubtful,
        (_, Hope::Good, Some(_)) if tried == 1 => Why::Only,
        (_, Hope::Good, Some(1)) => Why::Priority,
        (_, Hope::Good, Some(_)) => Why::Reserve,
    }
}

fn replica(one: &Health) -> OfReplica {
    let probe = one.probe_ok.map(|ok| OfProbe { ok, text: one.probe_text.clone().unwrap_or_default() });
    OfReplica {
        replica: one.replica.clone(),
        breaker: one.breaker.clone(),
        failures: one.failures,
        open_until: one.open_until.map(time),
        probe,
        seen_at: time(one.seen_at),
    }
}
