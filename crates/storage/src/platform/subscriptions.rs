//! Systems that want to be called when something changes, and what has to be told to them: the outbox, its tries, and
//! what could not be told (死信).

use crate::{Result, Tx};

text_enum! {
    /// Whether a subscriber is called.
    SubscriptionState {
        /// It is called.
        Active = "active",
        /// It is not called for now; what happens meanwhile waits.
        Paused = "paused",
        /// It is not called any more, and nothing waits.
        Ended = "ended",
    }
}

text_enum! {
    /// How far a delivery is.
    DeliveryState {
        /// It has to be told, again perhaps.
        Pending = "pending",
        /// The subscriber acknowledged it with its signature.
        Delivered = "delivered",
        /// It was tried as often as is tried (死信): somebody must look.
        Dead = "dead",
    }
}

/// A subscription.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Subscription {
    /// Who.
    pub app_id: String,
    /// The base address that is called.
    pub url: String,
    /// Whether it is called.
    #[sqlx(try_from = "String")]
    pub state: SubscriptionState,
    /// Who entered it.
    pub created_by: String,
    /// When.
    pub created_at: i64,
    /// When it last changed.
    pub changed_at: i64,
}

/// One change to tell one subscriber.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Delivery {
    /// Whom.
    pub app_id: String,
    /// The number of the change.
    pub seq: i64,
    /// How far it is.
    #[sqlx(try_from = "String")]
    pub state: DeliveryState,
    /// How often it was tried since it was (again) to be told.
    pub attempts: i64,
    /// How often it was tried in all.
    pub tries: i64,
    /// When it is tried next.
    pub due_at: i64,
    /// What the last try came to.
    pub last: Option<String>,
    /// When it happened.
    pub created_at: i64,
    /// When this last changed.
    pub changed_at: i64,
}

/// One try.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Try {
    /// Whom.
    pub app_id: String,
    /// The number of the change.
    pub seq: i64,
    /// When.
    pub at: i64,
    /// Which try of all it was.
    pub attempt: i64,
    /// The base address that was called.
    pub url: String,
    /// `0` for an acknowledgement, else a short word or a code.
    pub outcome: String,
    /// What happened, for people.
    pub detail: String,
    /// How long it took.
    pub took_ms: i64,
}

/// How many deliveries of a subscriber are in one state.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct OpenCount {
    /// Whom.
    pub app_id: String,
    /// The state.
    #[sqlx(try_from = "String")]
    pub state: DeliveryState,
    /// How many.
    pub number: i64,
}

macro_rules! columns {
    () => {
        "app_id, seq, state, attempts, tries, due_at, last, created_at, changed_at"
    };
}

sql! {
    SUBSCRIBE = "INSERT INTO subscriptions (app_id, url, state, created_by, created_at, changed_at) \
        VALUES ($1, $2, 'active', $3, $4, $4) ON CONFLICT (app_id) DO UPDATE SET url = excluded.url, \
        state = 'active', created_by = excluded.created_by, changed_at = excluded.changed_at";
    SET_STATE = "UPDATE subscriptions SET state = $2, changed_at = $3 WHERE app_id = $1 AND state <> $2";
    DROP_PENDING = "DELETE FROM deliveries WHERE app_id = $1 AND state = 'pending'";
    FIND = "SELECT app_id, url, state, created_by, created_at, changed_at FROM subscriptions WHERE app_id = $1";
    LIST = "SELECT app_id, url, state, created_by, created_at, changed_at FROM subscriptions ORDER BY app_id";
    CLAIM = concat!("UPDATE deliveries SET attempts = attempts + 1, tries = tries + 1, due_at = $2, changed_at = $1 \
        WHERE state = 'pending' AND due_at <= $1 AND (app_id, seq) IN (SELECT d.app_id, d.seq FROM deliveries d \
        JOIN subscriptions s ON s.app_id = d.app_id AND s.state = 'active' \
        WHERE d.state = 'pending' AND d.due_at <= $1 ORDER BY d.due_at, d.seq LIMIT $3) RETURNING ", columns!());
    SETTLE = "UPDATE deliveries SET state = $3, last = $4, due_at = $5, changed_at = $6 \
        WHERE app_id = $1 AND seq = $2 AND state = 'pending'";
    GIVE_BACK = "UPDATE deliveries SET attempts = attempts - 1, tries = tries - 1, due_at = $3 \
        WHERE app_id = $1 AND seq = $2 AND state = 'pending' AND attempts > 0";
    HOLD_OTHERS = "UPDATE deliveries SET due_at = $2 WHERE app_id = $1 AND state = 'pending' AND due_at < $2";
    LOG = "INSERT INTO delivery_log (app_id, seq, at, attempt, url, outcome, detail, took_ms) \
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
    RESEND = "UPDATE deliveries SET state = 'pending', attempts = 0, due_at = $3, changed_at = $3 \
        WHERE app_id = $1 AND seq = $2";
    RESEND_DEAD = "UPDATE deliveries SET state = 'pending', attempts = 0, due_at = $2, changed_at = $2 \
        WHERE app_id = $1 AND state = 'dead'";
    OF_SYSTEM = concat!("SELECT ", columns!(), " FROM deliveries WHERE app_id = $1 AND seq > $2 ORDER BY seq LIMIT $3");
    OF_STATE = concat!("SELECT ", columns!(), " FROM deliveries WHERE app_id = $1 AND state = $2 AND seq > $3 \
        ORDER BY seq LIMIT $4");
    TRIES = "SELECT app_id, seq, at, attempt, url, outcome, detail, took_ms FROM delivery_log \
        WHERE app_id = $1 AND seq = $2 ORDER BY attempt";
    OPEN = "SELECT app_id, state, COUNT(*) AS number FROM deliveries WHERE state <> 'delivered' \
        GROUP BY app_id, state ORDER BY app_id, state";
    COUNTS = "SELECT COUNT(*) FROM deliveries WHERE app_id = $1 AND state = $2";
}

/// How many deliveries are not acknowledged, of each subscriber and state.
///
/// # Errors
/// Failures of the database.
pub async fn open_counts(tx: &mut Tx) -> Result<Vec<OpenCount>> {
    run!(tx, all::<OpenCount>(OPEN))
}

/// Subscribes a system at an address, also again; what waits for it goes there.
///
/// # Errors
/// [`crate::Error::Refused`] when there is no such system.
pub async fn subscribe(tx: &mut Tx, app_id: &str, url: &str, (actor, at): (&str, i64)) -> Result<()> {
    run!(tx, execute(SUBSCRIBE, app_id, url, actor, at)).map(|_| ())
}

/// Sets whether a subscriber is called; `false` when there is none, or it is so already. What waits goes when it ends.
///
/// # Errors
/// Failures of the database.
pub async fn set_state(tx: &mut Tx, app_id: &str, state: SubscriptionState, at: i64) -> Result<bool> {
    let rows = run!(&mut *tx, execute(SET_STATE, app_id, state.as_str(), at))?;
    if rows == 1 && state == SubscriptionState::Ended {
        run!(tx, execute(DROP_PENDING, app_id))?;
    }
    Ok(rows == 1)
}

/// The subscription of a system.
///
/// # Errors
/// Failures of the database.
pub async fn find(tx: &mut Tx, app_id: &str) -> Result<Option<Subscription>> {
    run!(tx, optional::<Subscription>(FIND, app_id))
}

/// All subscriptions.
///
/// # Errors
/// Failures of the database.
pub async fn list(tx: &mut Tx) -> Result<Vec<Subscription>> {
    run!(tx, all::<Subscription>(LIST))
}

/// Takes at most `limit` deliveries that are due at `now`, and makes them due again at `lease_until` in case the sender
/// dies. Two senders never get the same one.
///
/// # Errors
/// Failures of the database.
pub async fn claim(tx: &mut Tx, now: i64, lease_until: i64, limit: i64) -> Result<Vec<Delivery>> {
    run!(tx, all::<Delivery>(CLAIM, now, lease_until, limit))
}

/// Writes down what a try came to: where the delivery is now, and when it is tried next.
///
/// # Errors
/// Failures of the database.
pub async fn settle(tx: &mut Tx, made: &Try, state: DeliveryState, due_at: i64) -> Result<()> {
    let m = made;
    let ended = m.at + m.took_ms;
    run!(&mut *tx, execute(SETTLE, &m.app_id, m.seq, state.as_str(), &m.outcome, due_at, ended))?;
    run!(tx, execute(LOG, &m.app_id, m.seq, m.at, m.attempt, &m.url, &m.outcome, &m.detail, m.took_ms))
        .map(|_| ())
}

/// A delivery was taken and not tried: the try does not count, and it is due at `due_at`.
///
/// # Errors
/// Failures of the database.
pub async fn give_back(tx: &mut Tx, (app_id, seq): (&str, i64), due_at: i64) -> Result<u64> {
    run!(tx, execute(GIVE_BACK, app_id, seq, due_at))
}

/// Leaves a subscriber that was not reached alone until `due_at`, with everything that waits for it.
///
/// # Errors
/// Failures of the database.
pub async fn hold_others(tx: &mut Tx, app_id: &str, due_at: i64) -> Result<u64> {
    run!(tx, execute(HOLD_OTHERS, app_id, due_at))
}

/// Tells one change again, whatever became of it; `false` when it was never to be told to this system.
///
/// # Errors
/// Failures of the database.
pub async fn resend(tx: &mut Tx, app_id: &str, seq: i64, at: i64) -> Result<bool> {
    run!(tx, execute(RESEND, app_id, seq, at)).map(|rows| rows == 1)
}

/// Tells everything again that is dead; gives its number.
///
/// # Errors
/// Failures of the database.
pub async fn resend_dead(tx: &mut Tx, app_id: &str, at: i64) -> Result<u64> {
    run!(tx, execute(RESEND_DEAD, app_id, at))
}

/// The deliveries to a system behind a number, in order, of one state or of all, at most `limit`.
///
/// # Errors
/// Failures of the database.
pub async fn deliveries(
    tx: &mut Tx,
    app_id: &str,
    state: Option<DeliveryState>,
    (after, limit): (i64, i64),
) -> Result<Vec<Delivery>> {
    let Some(state) = state else { return run!(tx, all::<Delivery>(OF_SYSTEM, app_id, after, limit)) };
    run!(tx, all::<Delivery>(OF_STATE, app_id, state.as_str(), after, limit))
}

/// Every try of one delivery, oldest first.
///
/// # Errors
/// Failures of the database.
pub async fn tries(tx: &mut Tx, app_id: &str, seq: i64) -> Result<Vec<Try>> {
    run!(tx, all::<Try>(TRIES, app_id, seq))
}

/// How many deliveries to a system are in a state.
///
/// # Errors
/// Failures of the database.
pub async fn count(tx: &mut Tx, app_id: &str, state: DeliveryState) -> Result<i64> {
    run!(tx, scalar::<i64>(COUNTS, app_id, state.as_str()))
}
