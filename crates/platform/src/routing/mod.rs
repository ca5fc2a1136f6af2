//! Routing (印章路由, standard 4.2 c): from a seal to its system, to one of its addresses, and one call there.
//!
//! The route is the filing's: the system that filed a seal serves it, whatever its code embeds. A system has one or
//! several addresses ([`operate`]). Each has a breaker and a probe, each and the system together have a number of
//! calls under way at most (so that one that is slow holds up nobody else), and a call has one budget of time for
//! all its tries. Another address is tried only where that can do no harm: when it is certain that nothing was sent,
//! or where sending twice has no second effect (wire profile §7); addresses of one system share what they know. An
//! answer is looked at only after its signature was checked. The caller's own signed request goes along.

mod address;
mod answer;
mod board;
mod breaker;
mod budget;
mod explain;
mod maintenance;
pub mod operate;
mod probe;
mod select;
mod upset;

pub(crate) use address::normal_form;
pub use address::{ConsentHost, check_auth_url, check_base_url};
pub use answer::{Lie, answered, lied, refused};
pub use breaker::{Breaker, Rules, Standing};
pub use budget::Budget;
pub use explain::{Explanation, OfAddress, Target, Why, explain};
pub(crate) use maintenance::refuse_maintenance;
pub use upset::{Before, Upset};

use std::sync::Arc;
use std::time::{Duration, Instant};

use client::{Answer, Bounds, Client, ClientError, Identity, Peer, TlsFiles};
use crypto::VerifyingKey;
use formats::x509::Certificate;
use http_server::Shutdown;
use jiff::Timestamp;
use protocol::{ApiError, AppId, Code, Endpoint, Origin};
use storage::Tx;
use storage::platform::endpoints::{EndpointRow, EndpointState};
use storage::platform::standing::{self, KeyLine};
use storage::platform::systems::System;
use tokio::sync::Semaphore;

use crate::context::Context;
use crate::failure::Outcome;
use crate::metrics::Outward;
use board::{Board, Seat};

/// The largest answer taken from a seal system: some hundred seals with their pictures.
const MAX_ANSWER: usize = 64 << 20;
/// A caller who finds every address drained may try again after this long.
const DRAINED_WAIT: Duration = Duration::from_secs(30);

/// Calls seal systems.
#[derive(Debug)]
pub struct Routes {
    context: Context,
    client: Client,
    board: Arc<Board>,
    /// The name of this process among the platform's replicas.
    replica: String,
    metrics: Outward,
    /// The files behind our TLS, to be looked at again.
    tls: Option<TlsFiles>,
}

/// The way to one seal system.
#[derive(Debug, Clone)]
pub struct Route {
    /// The system.
    pub app_id: AppId,
    context: Context,
    client: Client,
    board: Arc<Board>,
    keys: Vec<VerifyingKey>,
    addresses: Vec<EndpointRow>,
    places: Arc<Semaphore>,
    side: Side,
    metrics: Outward,
    consent_hosts: Vec<String>,
    makers: Vec<Vec<u8>>,
}

/// What stands at the other end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Side {
    /// A seal system.
    System,
    /// Another platform.
    Platform,
}

impl Routes {
    /// Routes of the platform, which calls as itself.
    ///
    /// # Errors
    /// 99999 when no connection pool can be made, or the files of `routing.tls` cannot be used.
    pub fn new(context: &Context) -> Result<Self, ApiError> {
        let me = Identity { app_id: context.id.clone(), signer: Arc::clone(&context.signer) };
        // Every call names its own peer; this one is never called.
        let nobody = Peer::new("http://invalid.invalid", context.id.clone(), []);
        let client = Client::new(me, nobody, context.clock.clone(), context.random.clone())
            .map_err(ApiError::fault)?;
        let wrong = |error: ClientError| ApiError::fault(format!("routing.tls: {error}"));
        let (client, tls) = client.with_tls_files(&context.config.routing.tls).map_err(wrong)?;
        let board = Board::new(&context.config.routing, context.config.limits.calls_per_system);
        let replica = context.random.hex_id().chars().take(8).collect();
        let (context, board) = (context.clone(), Arc::new(board));
        Ok(Self { context, client, board, replica, metrics: Outward::new()?, tls })
    }

    pub(crate) fn metrics(&self) -> &Outward {
        &self.metrics
    }

    /// Tells how systems and addresses stand now.
    pub(crate) fn note_standings(&self) {
        self.metrics.clear_routes();
        self.board.tell(&self.metrics, self.context.now());
    }

    /// Looks at the files of `routing.tls` until shutdown.
    pub(crate) async fn watch_tls(self: Arc<Self>, shutdown: Shutdown) {
        let Some(files) = &self.tls else { return };
        http_server::watch_files("routing.tls", files.interval(), shutdown, || files.reload()).await;
    }

    /// A client that calls `peer` as the platform.
    pub(crate) fn client(&self, peer: Peer) -> Client {
        self.client.towards(peer)
    }

    /// The way to a system, with the keys that may sign its answers now.
    ///
    /// # Errors
    /// 60001 when the system serves nothing, 90001 while it is in maintenance or every address is drained, failures
    /// of the database.
    pub async fn to(&self, tx: &mut Tx, system: &System, now: Timestamp) -> Outcome<Route> {
        let way = standing::way_to(tx, &system.app_id).await?;
        refuse_maintenance(way.maintenance.as_ref(), now)?;
        Ok(Route {
            app_id: app_id(&system.app_id)?,
            context: self.context.clone(),
            client: self.client.clone(),
            board: Arc::clone(&self.board),
            side: side(&system.app_id, way.list_until, now)?,
            addresses: in_service(way.addresses)?,
            keys: usable_keys(&way.keys, now),
            places: self.board.system(&system.app_id),
            metrics: self.metrics.clone(),
            consent_hosts: way.consent_hosts,
            makers: way.makers,
        })
    }
}

/// Another platform is not called when its trust list is not in force: nobody knows then whether it is still itself.
/// `list_until` is there for platforms only.
///
/// # Errors
/// 60001.
fn side(app_id: &str, list_until: Option<i64>, now: Timestamp) -> Result<Side, ApiError> {
    let Some(until) = list_until else { return Ok(Side::System) };
    if now.as_millisecond() <= until {
        return Ok(Side::Platform);
    }
    let zh = format!("平台 {app_id} 的信任列表未取得或已过期");
    let en = format!("the trust list of the platform {app_id} is not there or has expired");
    Err(ApiError::explained(Code::SealSystemUnreachable, &zh, &en))
}

fn app_id(text: &str) -> Result<AppId, ApiError> {
    AppId::parse(text).map_err(|fault| ApiError::fault(fault.en))
}

/// The addresses that may be given calls.
///
/// # Errors
/// 60001 when there is none at all, 90001 with the reason when all are drained.
fn in_service(all: Vec<EndpointRow>) -> Result<Vec<EndpointRow>, ApiError> {
    let Some(first) = all.first() else {
        return Err(ApiError::new(Code::SealSystemUnreachable).because("no base address is registered"));
    };
    let (system, reason) = (first.app_id.clone(), first.reason.clone());
    let active: Vec<EndpointRow> = all.into_iter().filter(|row| row.state == EndpointState::Active).collect();
    if !active.is_empty() {
        return Ok(active);
    }
    let reason = reason.map(|reason| format!(": {reason}")).unwrap_or_default();
    let zh = format!("印章系统 {system} 的所有地址已排空{reason}");
    let en = format!("every address of the seal system {system} is drained{reason}");
    Err(ApiError::explained(Code::Busy, &zh, &en).after(DRAINED_WAIT))
}

/// The keys that may sign a system's answers at `now`.
fn usable_keys(keys: &[KeyLine], now: Timestamp) -> Vec<VerifyingKey> {
    let at = now.as_millisecond();
    let usable = keys.iter().filter(|key| key.is_usable(at));
    usable.filter_map(|key| VerifyingKey::prepared(&key.spki).ok()).collect()
}

impl Route {
    /// The hosts that may stand in an `authUrl` of the system.
    pub(crate) fn consent_hosts(&self) -> &[String] {
        &self.consent_hosts
    }

    /// The certificates of the makers of the system's seals. One that cannot be read any more trusts nobody.
    pub(crate) fn makers(&self) -> Vec<Certificate> {
        self.makers.iter().filter_map(|der| Certificate::from_der(der).ok()).collect()
    }

    /// Calls an interface of the system within the budget, at one address or, where that is safe, at several after
    /// another; for a caller when `origin` is given, else for the platform itself.
    ///
    /// # Errors
    /// [`Upset`].
    pub async fn call<E: Endpoint>(
        &self,
        request: &E::Request,
        origin: Option<&Origin>,
        budget: Budget,
    ) -> Result<Answer<E::Answer>, Upset> {
        let Ok(_place) = self.places.try_acquire() else {
            return Err(Upset::NotSent { cause: "too many calls under way".to_owned(), wait: None });
        };
        let repeatable = E::repeatable(request);
        let order = self.order();
        let mut ended = None;
        for (index, (row, seat)) in order.iter().enumerate() {
            let others = repeatable && index + 1 < order.len();
            let upset = match self
                .at_one::<E>((row, seat), request, origin, budget.for_try(others, Instant::now()))
                .await
            {
                Ok(answer) => return Ok(answer),
                Err(upset) => upset,
            };
            let goes_on = upset.may_go_on(repeatable);
            ended = Some(upset.after(ended));
            if !goes_on || budget.left(Instant::now()).is_zero() {
                break;
            }
        }
        Err(ended.unwrap_or_else(|| self.all_open()))
    }

    /// The addresses in the order in which they are tried.
    fn order(&self) -> Vec<(&EndpointRow, Arc<Seat>)> {
        let now = self.context.now();
        let seats: Vec<Arc<Seat>> =
            self.addresses.iter().map(|row| self.board.seat(&row.app_id, &row.base_url)).collect();
        let candidates: Vec<select::Candidate> =
            self.addresses.iter().zip(&seats).map(|(row, seat)| seat.candidate(row, now)).collect();
        let draw = |below: u64| u64::from_be_bytes(self.context.random.bytes()) % below.max(1);
        select::order(&candidates, draw)
            .into_iter()
            .filter_map(|index| Some((self.addresses.get(index)?, Arc::clone(seats.get(index)?))))
            .collect()
    }

    /// Every breaker is open: when the first of them lets a trial pass.
    fn all_open(&self) -> Upset {
        let now = self.context.now();
        let until = self.addresses.iter().filter_map(|row| {
            match self.board.seat(&row.app_id, &row.base_url).standing(now) {
                Standing::Open(until) => Some(until.duration_since(now).unsigned_abs()),
                Standing::Closed | Standing::HalfOpen => None,
            }
        });
        Upset::NotSent { cause: "it failed too often (breaker open)".to_owned(), wait: until.min() }
    }

    /// One try at one address.
    async fn at_one<E: Endpoint>(
        &self,
        (row, seat): (&EndpointRow, &Seat),
        request: &E::Request,
        origin: Option<&Origin>,
        deadline: Duration,
    ) -> Result<Answer<E::Answer>, Upset> {
        let not_sent = |cause: &str| Upset::NotSent { cause: cause.to_owned(), wait: None };
        let Ok(_place) = seat.places.try_acquire() else {
            return Err(not_sent("too many calls under way at this address"));
        };
        if seat.pass(self.context.now()).is_err() {
            return Err(not_sent("a trial is under way (breaker open)"));
        }
        let peer = Peer::new(&row.base_url, self.app_id.clone(), self.keys.iter().cloned());
        let client = self.client.towards(peer).with_bounds(Bounds { deadline, max_answer: MAX_ANSWER });
        let begun = Instant::now();
        let result = match origin {
            Some(origin) => client.call_for::<E>(request, origin).await,
            None => client.call::<E>(request).await,
        };
        self.metrics.tried((self.app_id.as_str(), E::INFO.name), &result, begun.elapsed());
        self.note((row, seat), &result);
        result.map_err(match self.side {
            Side::System => Upset::of,
            Side::Platform => Upset::of_platform,
        })
    }

    /// What a call says about the address: an answer by the system, even a refusal, is a good sign.
    fn note<T>(&self, (row, seat): (&EndpointRow, &Seat), result: &Result<T, ClientError>) {
        match result {
            Ok(_) | Err(ClientError::Refused(_)) => seat.succeeded(),
            Err(ClientError::Request(_)) => {}
            Err(error) => {
                let opened = seat.failed(self.context.now(), self.board.rules());
                let system = self.app_id.as_str();
                tracing::warn!(system, address = row.base_url, %error, opened, "a seal system did not answer");
            }
        }
    }
}
