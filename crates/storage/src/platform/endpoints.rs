//! The addresses of each system, what the platform's replicas saw of them, and maintenance (routing, standard 4.2 c).

use crate::{Result, Tx};

text_enum! {
    /// Whether an address may be given new calls.
    EndpointState {
        /// It may.
        Active = "active",
        /// It is being emptied (排空): calls under way end, none is added.
        Drained = "drained",
    }
}

/// One address of a system.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct EndpointRow {
    /// The system.
    pub app_id: String,
    /// The base address, without a slash at the end.
    pub base_url: String,
    /// Lower ones are asked first.
    pub priority: i64,
    /// The share among those of one priority.
    pub weight: i64,
    /// Whether it may be given calls.
    #[sqlx(try_from = "String")]
    pub state: EndpointState,
    /// Why it is drained.
    pub reason: Option<String>,
    /// When it was added.
    pub created_at: i64,
    /// When anything in this row last changed.
    pub changed_at: i64,
}

impl EndpointRow {
    /// The address that a system is registered with.
    pub fn first(app_id: &str, base_url: &str, at: i64) -> Self {
        Self {
            app_id: app_id.to_owned(),
            base_url: base_url.to_owned(),
            priority: 1,
            weight: 100,
            state: EndpointState::Active,
            reason: None,
            created_at: at,
            changed_at: at,
        }
    }
}

/// What one replica last saw of an address.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Health {
    /// The system.
    pub app_id: String,
    /// The address.
    pub base_url: String,
    /// Who looked: a random name that a process has from its start to its end.
    pub replica: String,
    /// The state of its breaker.
    pub breaker: String,
    /// Failures in a row.
    pub failures: i64,
    /// Until when an open breaker lets nothing through.
    pub open_until: Option<i64>,
    /// What the last probe came to.
    pub probe_ok: Option<bool>,
    /// What the last probe told.
    pub probe_text: Option<String>,
    /// When the last probe was.
    pub probed_at: Option<i64>,
    /// When this row was written.
    pub seen_at: i64,
}

/// Maintenance that was announced.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Maintenance {
    /// The system; [`PLATFORM`] for the platform itself.
    pub app_id: String,
    /// Why; callers are told.
    pub reason: String,
    /// Since when.
    pub since: i64,
    /// Until when, if that is known.
    pub until: Option<i64>,
    /// Who announced it.
    pub actor: String,
}

/// Stands for the platform itself in [`Maintenance::app_id`].
pub const PLATFORM: &str = "";

macro_rules! columns {
    () => {
        "app_id, base_url, priority, weight, state, reason, created_at, changed_at"
    };
}

macro_rules! health {
    () => {
        "app_id, base_url, replica, breaker, failures, open_until, probe_ok, probe_text, probed_at, seen_at"
    };
}

sql! {
    ADD = concat!("INSERT INTO system_endpoints (", columns!(), ") VALUES ($1, $2, $3, $4, $5, $6, $7, $7) \
        ON CONFLICT DO NOTHING");
    REMOVE = "DELETE FROM system_endpoints WHERE app_id = $1 AND base_url = $2";
    SET_STATE = "UPDATE system_endpoints SET state = $3, reason = $4, changed_at = $5 \
        WHERE app_id = $1 AND base_url = $2 AND state <> $3";
    OF_SYSTEM = concat!("SELECT ", columns!(), " FROM system_endpoints WHERE app_id = $1 \
        ORDER BY priority, created_at, base_url");
    LIST = concat!("SELECT ", columns!(), " FROM system_endpoints ORDER BY app_id, priority, created_at, base_url");
    COUNT = "SELECT COUNT(*) FROM system_endpoints WHERE app_id = $1";
    PUT_HEALTH = concat!("INSERT INTO endpoint_health (", health!(), ") \
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT (app_id, base_url, replica) DO UPDATE SET \
        breaker = excluded.breaker, failures = excluded.failures, open_until = excluded.open_until, \
        probe_ok = excluded.probe_ok, probe_text = excluded.probe_text, probed_at = excluded.probed_at, \
        seen_at = excluded.seen_at");
    HEALTH = concat!("SELECT ", health!(), " FROM endpoint_health WHERE app_id = $1 AND seen_at >= $2 \
        ORDER BY base_url, replica");
    PURGE_HEALTH = "DELETE FROM endpoint_health WHERE seen_at < $1";
    ANNOUNCE = "INSERT INTO maintenance (app_id, reason, since, until, actor) VALUES ($1, $2, $3, $4, $5) \
        ON CONFLICT (app_id) DO UPDATE SET reason = excluded.reason, since = excluded.since, \
        until = excluded.until, actor = excluded.actor";
    END = "DELETE FROM maintenance WHERE app_id = $1";
    MAINTENANCE = "SELECT app_id, reason, since, until, actor FROM maintenance WHERE app_id = $1";
    ALL_MAINTENANCE = "SELECT app_id, reason, since, until, actor FROM maintenance ORDER BY app_id";
}

/// Adds an address; `false` when the system has it already.
///
/// # Errors
/// Failures of the database; [`crate::Error::Refused`] when there is no such system.
pub async fn add(tx: &mut Tx, new: &EndpointRow) -> Result<bool> {
    let e = new;
    run!(
        tx,
        execute(ADD, &e.app_id, &e.base_url, e.priority, e.weight, e.state.as_str(), &e.reason, e.created_at)
    )
    .map(|rows| rows == 1)
}

/// Removes an address; `false` when the system does not have it.
///
/// # Errors
/// Failures of the database.
pub async fn remove(tx: &mut Tx, app_id: &str, base_url: &str) -> Result<bool> {
    run!(tx, execute(REMOVE, app_id, base_url)).map(|rows| rows == 1)
}

/// Drains an address or takes it back into service; `false` when there is none or it is in that state.
///
/// # Errors
/// Failures of the database.
pub async fn set_state(
    tx: &mut Tx,
    (app_id, base_url): (&str, &str),
    to: EndpointState,
    (reason, at): (Option<&str>, i64),
) -> Result<bool> {
    run!(tx, execute(SET_STATE, app_id, base_url, to.as_str(), reason, at)).map(|rows| rows == 1)
}

/// The addresses of a system, by priority.
///
/// # Errors
/// Failures of the database.
pub async fn of_system(tx: &mut Tx, app_id: &str) -> Result<Vec<EndpointRow>> {
    run!(tx, all::<EndpointRow>(OF_SYSTEM, app_id))
}

/// The addresses of every system.
///
/// # Errors
/// Failures of the database.
pub async fn list(tx: &mut Tx) -> Result<Vec<EndpointRow>> {
    run!(tx, all::<EndpointRow>(LIST))
}

/// How many addresses a system has.
///
/// # Errors
/// Failures of the database.
pub async fn count(tx: &mut Tx, app_id: &str) -> Result<i64> {
    run!(tx, scalar::<i64>(COUNT, app_id))
}

/// Writes down what a replica saw.
///
/// # Errors
/// Failures of the database.
pub async fn put_health(tx: &mut Tx, health: &Health) -> Result<()> {
    let h = health;
    run!(
        tx,
        execute(
            PUT_HEALTH,
            &h.app_id,
            &h.base_url,
            &h.replica,
            &h.breaker,
            h.failures,
            h.open_until,
            h.probe_ok,
            &h.probe_text,
            h.probed_at,
            h.seen_at
        )
    )
    .map(|_| ())
}

/// What the replicas saw of a system's addresses since `since`.
///
/// # Errors
/// Failures of the database.
pub async fn health_of(tx: &mut Tx, app_id: &str, since: i64) -> Result<Vec<Health>> {
    run!(tx, all::<Health>(HEALTH, app_id, since))
}

/// Forgets what was seen before `before`.
///
/// # Errors
/// Failures of the database.
pub async fn purge_health(tx: &mut Tx, before: i64) -> Result<u64> {
    run!(tx, execute(PURGE_HEALTH, before))
}

/// Announces maintenance, in place of what was announced before.
///
/// # Errors
/// Failures of the database.
pub async fn announce(tx: &mut Tx, new: &Maintenance) -> Result<()> {
    let m = new;
    run!(tx, execute(ANNOUNCE, &m.app_id, &m.reason, m.since, m.until, &m.actor)).map(|_| ())
}

/// Ends maintenance; `false` when there was none.
///
/// # Errors
/// Failures of the database.
pub async fn end(tx: &mut Tx, app_id: &str) -> Result<bool> {
    run!(tx, execute(END, app_id)).map(|rows| rows == 1)
}

/// The maintenance of a system, or of the platform itself.
///
/// # Errors
/// Failures of the database.
pub async fn maintenance(tx: &mut Tx, app_id: &str) -> Result<Option<Maintenance>> {
    run!(tx, optional::<Maintenance>(MAINTENANCE, app_id))
}

/// All maintenance that was announced.
///
/// # Errors
/// Failures of the database.
pub async fn all_maintenance(tx: &mut Tx) -> Result<Vec<Maintenance>> {
    run!(tx, all::<Maintenance>(ALL_MAINTENANCE))
}
