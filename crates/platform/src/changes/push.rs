//! Telling subscribers: the outbox, one signed request for each change, and what became of it.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use client::fetch::{FetchError, FetchRules, SystemResolver};
use client::{Bounds, ClientError, Peer};
use crypto::VerifyingKey;
use http_server::Shutdown;
use jiff::SignedDuration;
use protocol::endpoints::ChangeNotice;
use protocol::tables::ChangeNoticeRequest;
use protocol::{ApiError, MillisTime};
use storage::platform::subscriptions::{self, Delivery, DeliveryState, SubscriptionState, Try};
use storage::platform::systems::{self, SystemState};
use storage::platform::{changes, system_keys};

use super::{feed, stored_id};
use crate::context::Context;
use crate::failure::Outcome;
use crate::metrics::Outward;
use crate::routing::Routes;

/// Notices taken in one go.
const BATCH: i64 = 64;
/// Longest answer.
const MAX_ANSWER: usize = 64 << 10;
/// How long taken notices stay with their sender before another may take them: none is begun that could last longer.
const LEASE: SignedDuration = SignedDuration::from_secs(60);
/// Longest cause that is kept, in characters.
const MAX_DETAIL: usize = 300;

/// What one look at the outbox came to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Pushed {
    /// So many were acknowledged.
    pub delivered: usize,
    /// So many are tried again.
    pub postponed: usize,
    /// So many are dead.
    pub dead: usize,
}

/// Keeps telling subscribers until shutdown.
pub(crate) async fn run_push(context: Context, routes: Arc<Routes>, shutdown: Shutdown) {
    let every = context.config.events.look_every();
    loop {
        tokio::select! {
            () = shutdown.wait() => return,
            () = tokio::time::sleep(every) => {}
        }
        if let Err(error) = push_once(&context, &routes).await {
            tracing::warn!(error = %ApiError::from(error), "the outbox of notices could not be worked on");
        }
    }
}

/// Tells what is due, once. Subscribers are told side by side, each its own notices one after another; the first that is
/// not acknowledged ends the row, and everything that waits for this subscriber waits longer.
///
/// # Errors
/// Failures of the database; what was told stays so.
pub async fn push_once(context: &Context, routes: &Arc<Routes>) -> Outcome<Pushed> {
    let now = context.now();
    let lease = now.checked_add(LEASE).map_err(ApiError::fault)?;
    let mut tx = context.database.begin().await?;
    let claimed = subscriptions::claim(&mut tx, now.as_millisecond(), lease.as_millisecond(), BATCH).await?;
    tx.commit().await?;
    let mut by_system: BTreeMap<String, Vec<Delivery>> = BTreeMap::new();
    for one in claimed {
        by_system.entry(one.app_id.clone()).or_default().push(one);
    }
    let mut work = tokio::task::JoinSet::new();
    for (app_id, mut due) in by_system {
        due.sort_by_key(|one| one.seq);
        let (context, routes) = (context.clone(), Arc::clone(routes));
        work.spawn(async move { tell_all(&context, &routes, &app_id, &due).await });
    }
    let mut pushed = Pushed::default();
    while let Some(done) = work.join_next().await {
        let one = done.map_err(ApiError::fault)??;
        pushed.delivered += one.delivered;
        pushed.postponed += one.postponed;
        pushed.dead += one.dead;
    }
    Ok(pushed)
}

/// A subscriber as it is called.
struct Subscriber {
    url: String,
    client: client::Client,
    rules: FetchRules,
    metrics: Outward,
}

async fn tell_all(context: &Context, routes: &Routes, app_id: &str, due: &[Delivery]) -> Outcome<Pushed> {
    let mut pushed = Pushed::default();
    let begun = Instant::now();
    let Some(subscriber) = subscriber(context, routes, app_id).await? else { return Ok(pushed) };
    for (number, delivery) in due.iter().enumerate() {
        let rest = due.get(number..).unwrap_or_default();
        if number > 0 && begun.elapsed().saturating_add(subscriber.rules.deadline) > LEASE.unsigned_abs() {
            give_back(context, rest, context.now().as_millisecond()).await?;
            break;
        }
        let (state, due_at) = tell(context, &subscriber, delivery).await?;
        match state {
            DeliveryState::Delivered => pushed.delivered += 1,
            DeliveryState::Pending => pushed.postponed += 1,
            DeliveryState::Dead => pushed.dead += 1,
        }
        if state != DeliveryState::Delivered {
            // The rest was taken and not tried: it counts no try.
            give_back(context, rest.get(1..).unwrap_or_default(), due_at).await?;
            break;
        }
    }
    Ok(pushed)
}

/// Whom to call, and with which keys its answers are signed; `None` for one that is not called now.
async fn subscriber(context: &Context, routes: &Routes, app_id: &str) -> Outcome<Option<Subscriber>> {
    let now = context.now().as_millisecond();
    let mut tx = context.database.read().await?;
    let row = subscriptions::find(&mut tx, app_id).await?;
    let Some(row) = row.filter(|row| row.state == SubscriptionState::Active) else { return Ok(None) };
    let system = systems::find(&mut tx, app_id).await?;
    // A suspended system is told too: of its suspension, to begin with. One that is gone is not.
    if system.is_none_or(|system| !matches!(system.state, SystemState::Online | SystemState::Suspended)) {
        return Ok(None);
    }
    let keys = system_keys::usable(&mut tx, app_id, now).await?;
    tx.commit().await?;
    let keys = keys.iter().filter_map(|key| VerifyingKey::prepared(&key.spki).ok());
    let events = &context.config.events;
    let deadline = Duration::from_millis(events.deadline_ms);
    let client = routes
        .client(Peer::new(&row.url, stored_id(app_id)?, keys))
        .with_bounds(Bounds { deadline, max_answer: MAX_ANSWER });
    let rules = FetchRules {
        allowed_hosts: events.allowed_hosts.clone(),
        ports: events.ports.clone(),
        deadline,
        max_len: MAX_ANSWER,
        redirects: 0,
        ..FetchRules::default()
    };
    Ok(Some(Subscriber { url: row.url, client, rules, metrics: routes.metrics().clone() }))
}

async fn give_back(context: &Context, rest: &[Delivery], due_at: i64) -> Outcome<()> {
    if rest.is_empty() {
        return Ok(());
    }
    let mut tx = context.database.begin().await?;
    for one in rest {
        subscriptions::give_back(&mut tx, (&one.app_id, one.seq), due_at).await?;
    }
    Ok(tx.commit().await?)
}

/// Tells one change, and writes down what came of it; and when it, and all that waits behind it, is tried next.
async fn tell(
    context: &Context,
    subscriber: &Subscriber,
    delivery: &Delivery,
) -> Outcome<(DeliveryState, i64)> {
    let mut tx = context.database.read().await?;
    let change = changes::find(&mut tx, delivery.seq).await?;
    tx.commit().await?;
    let (at, begun) = (context.now(), Instant::now());
    let result = match change {
        Some(change) => send(subscriber, &change).await,
        None => Err(("gone".to_owned(), "the change is not kept any more".to_owned())),
    };
    let events = &context.config.events;
    let (state, (outcome, detail)) = match result {
        Ok(()) => (DeliveryState::Delivered, ("0".to_owned(), String::new())),
        Err(why) if events.goes_on(delivery.attempts) => (DeliveryState::Pending, why),
        Err(why) => (DeliveryState::Dead, why),
    };
    let due = at.checked_add(events.pause(delivery.attempts)).map_err(ApiError::fault)?.as_millisecond();
    let made = Try {
        app_id: delivery.app_id.clone(),
        seq: delivery.seq,
        at: at.as_millisecond(),
        attempt: delivery.tries,
        url: subscriber.url.clone(),
        outcome,
        detail: detail.chars().take(MAX_DETAIL).collect(),
        took_ms: i64::try_from(begun.elapsed().as_millis()).unwrap_or(i64::MAX),
    };
    let mut tx = context.database.begin().await?;
    subscriptions::settle(&mut tx, &made, state, due).await?;
    if state != DeliveryState::Delivered {
        subscriptions::hold_others(&mut tx, &delivery.app_id, due).await?;
    }
    tx.commit().await?;
    subscriber.metrics.told(&delivery.app_id, state);
    if state != DeliveryState::Delivered {
        let (system, outcome, attempt) = (&made.app_id, &made.outcome, made.attempt);
        tracing::warn!(
            system,
            outcome,
            attempt,
            dead = state == DeliveryState::Dead,
            "a notice was not acknowledged"
        );
    }
    Ok((state, due))
}

/// Sends one notice: a short word, and what happened, where it was not acknowledged.
async fn send(subscriber: &Subscriber, change: &changes::Change) -> Result<(), (String, String)> {
    let told = |word: &str, detail: String| (word.to_owned(), detail);
    let entry = feed::entry(change).map_err(|error| told("fault", error.to_string()))?;
    let at = jiff::Timestamp::from_millisecond(change.at).unwrap_or_default();
    let request = ChangeNoticeRequest {
        cursor: entry.cursor,
        kind: entry.kind,
        system_id: entry.system_id,
        seal_code: entry.seal_code,
        state: entry.state,
        revision: entry.revision,
        changed_at: MillisTime::of(at),
    };
    let client = subscriber
        .client
        .guarded(&subscriber.rules, &SystemResolver)
        .await
        .map_err(|error| refused(&error))?;
    client.call::<ChangeNotice>(&request).await.map(|_| ()).map_err(|error| match &error {
        ClientError::Refused(refusal) => (refusal.code.clone(), refusal.message.clone()),
        ClientError::Unreachable(_) => told("unreachable", error.to_string()),
        ClientError::Late(_) => told("late", error.to_string()),
        ClientError::Broken(_) => told("broken", error.to_string()),
        _ => told("answer-wrong", error.to_string()),
    })
}

fn refused(error: &FetchError) -> (String, String) {
    let word = if error.is_refusal() { "address-refused" } else { "unresolved" };
    (word.to_owned(), error.to_string())
}
