//! Access systems (接入系统): who may call, from where, what, and where their seals are served (standard 6.1.1;
//! `facts` §6.2; wire profile §4).

use super::endpoints::{self, EndpointRow};
use crate::{Error, Result, Tx};

text_enum! {
    /// The onboarding state machine of `facts` §6.2.
    SystemState {
        /// An account is there.
        Registered = "registered",
        /// The organisation's papers were handed in.
        RealnameSubmitted = "realname-submitted",
        /// The organisation is who it says.
        Verified = "verified",
        /// Access was applied for.
        Applied = "applied",
        /// The application went back.
        Rejected = "rejected",
        /// Two reviewers agreed.
        Approved = "approved",
        /// It works in the sandbox.
        Sandbox = "sandbox",
        /// The conformance run was green.
        ConformancePassed = "conformance-passed",
        /// Live.
        Online = "online",
        /// Calls are refused for the time being, and its seals count as suspended.
        Suspended = "suspended",
        /// Gone for good.
        Offline = "offline",
    }
}

text_enum! {
    /// What a system may be granted one by one.
    GrantKind {
        /// An address or network it may call from (`192.0.2.0/24`).
        Address = "address",
        /// An interface it may call, by its name in the list of endpoints.
        Interface = "interface",
        /// A host that may stand in its `redirectUrl`.
        RedirectHost = "redirect-host",
        /// A host that may stand in an `authUrl` it answers.
        ConsentHost = "consent-host",
        /// The SHA-256 (lower hexadecimal) of a TLS certificate of its; where there is one it has to show it.
        ClientCertificate = "client-certificate",
    }
}

/// An access system.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct System {
    /// appId.
    pub app_id: String,
    /// The four characters (base 36) that stand for it in seal codes.
    pub code: String,
    /// Name of the system.
    pub name: String,
    /// Unified social credit code (统一社会信用代码) of its organisation.
    pub uscc: String,
    /// Where it is in its onboarding.
    #[sqlx(try_from = "String")]
    pub state: SystemState,
    /// Where it serves the interfaces of a seal system, if it does.
    pub base_url: Option<String>,
    /// `destHost` of table 7.
    pub dest_host: Option<String>,
    /// `platName` of table 7.
    pub plat_name: Option<String>,
    /// Whether it may be given personal data unmasked.
    pub personal_data: bool,
    /// Counts the changes of state.
    pub version: i64,
    /// When it was registered.
    pub created_at: i64,
    /// When anything in this row last changed.
    pub changed_at: i64,
}

/// One entry of a system's allow-lists.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Grant {
    /// What kind of entry.
    #[sqlx(try_from = "String")]
    pub kind: GrantKind,
    /// The address, interface or host.
    pub value: String,
}

/// One change of a system's state.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct SystemChange {
    /// 1 for the registration, then counting.
    pub version: i64,
    /// The state before; `None` for the registration.
    pub from_state: Option<String>,
    /// The state after.
    #[sqlx(try_from = "String")]
    pub to_state: SystemState,
    /// When.
    pub at: i64,
    /// Who did it.
    pub actor: String,
    /// Why.
    pub reason: Option<String>,
}

macro_rules! columns {
    () => {
        "app_id, code, name, uscc, state, base_url, dest_host, plat_name, personal_data, version, created_at, \
         changed_at"
    };
}

sql! {
    INSERT = concat!("INSERT INTO systems (", columns!(), ") \
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) ON CONFLICT DO NOTHING");
    UPDATE = "UPDATE systems SET name = $2, uscc = $3, base_url = $4, dest_host = $5, plat_name = $6, \
        personal_data = $7, changed_at = $8 WHERE app_id = $1";
    FIND = concat!("SELECT ", columns!(), " FROM systems WHERE app_id = $1");
    LIST = concat!("SELECT ", columns!(), " FROM systems ORDER BY app_id");
    SET_STATE = "UPDATE systems SET state = $3, version = version + 1, changed_at = $4 \
        WHERE app_id = $1 AND state = $2 RETURNING version";
    ADD_HISTORY = "INSERT INTO system_history (app_id, version, from_state, to_state, at, actor, reason) \
        VALUES ($1, $2, $3, $4, $5, $6, $7)";
    HISTORY = "SELECT version, from_state, to_state, at, actor, reason FROM system_history \
        WHERE app_id = $1 ORDER BY version";
    GRANT = "INSERT INTO system_grants (app_id, kind, value) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING";
    WITHDRAW = "DELETE FROM system_grants WHERE app_id = $1 AND kind = $2 AND value = $3";
    GRANTS = "SELECT kind, value FROM system_grants WHERE app_id = $1 ORDER BY kind, value";
}

/// Registers a system in `system.state`, with its base address as its first endpoint; `version` is taken as 1. Whether it is new: `false` when the appId or
/// the code is taken, and nothing is changed then.
///
/// # Errors
/// Failures of the database.
pub async fn insert(tx: &mut Tx, system: &System, actor: &str) -> Result<bool> {
    let s = system;
    let rows = run!(
        &mut *tx,
        execute(
            INSERT,
            &s.app_id,
            &s.code,
            &s.name,
            &s.uscc,
            s.state.as_str(),
            &s.base_url,
            &s.dest_host,
            &s.plat_name,
            s.personal_data,
            1_i64,
            s.created_at,
            s.changed_at,
        )
    )?;
    if rows == 0 {
        return Ok(false);
    }
    let change = (1_i64, None::<&str>, None::<&str>);
    run!(
        &mut *tx,
        execute(ADD_HISTORY, &s.app_id, change.0, change.1, s.state.as_str(), s.created_at, actor, change.2)
    )?;
    if let Some(base_url) = &s.base_url {
        endpoints::add(tx, &EndpointRow::first(&s.app_id, base_url, s.created_at)).await?;
    }
    Ok(true)
}

/// Changes everything but ids, state and times of a system to what `system` says, at `system.changed_at`.
/// Whether there is such a system.
///
/// # Errors
/// Failures of the database.
pub async fn update(tx: &mut Tx, system: &System) -> Result<bool> {
    let s = system;
    let rows = run!(
        tx,
        execute(
            UPDATE,
            &s.app_id,
            &s.name,
            &s.uscc,
            &s.base_url,
            &s.dest_host,
            &s.plat_name,
            s.personal_data,
            s.changed_at
        )
    )?;
    Ok(rows == 1)
}

/// The system with this appId.
///
/// # Errors
/// Failures of the database.
pub async fn find(tx: &mut Tx, app_id: &str) -> Result<Option<System>> {
    run!(tx, optional::<System>(FIND, app_id))
}

/// All systems.
///
/// # Errors
/// Failures of the database.
pub async fn list(tx: &mut Tx) -> Result<Vec<System>> {
    run!(tx, all::<System>(LIST))
}

/// Moves a system from one state to another and writes its history; `false` when it is not in `from`.
///
/// # Errors
/// Failures of the database.
pub async fn set_state(
    tx: &mut Tx,
    app_id: &str,
    (from, to): (SystemState, SystemState),
    at: i64,
    (actor, reason): (&str, Option<&str>),
) -> Result<bool> {
    let moved = run!(&mut *tx, scalar_optional::<i64>(SET_STATE, app_id, from.as_str(), to.as_str(), at))?;
    let Some(version) = moved else { return Ok(false) };
    run!(tx, execute(ADD_HISTORY, app_id, version, from.as_str(), to.as_str(), at, actor, reason))?;
    Ok(true)
}

/// Every change of a system's state, oldest first.
///
/// # Errors
/// Failures of the database.
pub async fn history(tx: &mut Tx, app_id: &str) -> Result<Vec<SystemChange>> {
    run!(tx, all::<SystemChange>(HISTORY, app_id))
}

/// Adds an entry to an allow-list of a system.
///
/// # Errors
/// [`Error::Refused`] when there is no such system.
pub async fn grant(tx: &mut Tx, app_id: &str, kind: GrantKind, value: &str) -> Result<(), Error> {
    run!(tx, execute(GRANT, app_id, kind.as_str(), value)).map(|_| ())
}

/// Takes an entry from an allow-list of a system; whether it was there.
///
/// # Errors
/// Failures of the database.
pub async fn withdraw(tx: &mut Tx, app_id: &str, kind: GrantKind, value: &str) -> Result<bool> {
    run!(tx, execute(WITHDRAW, app_id, kind.as_str(), value)).map(|rows| rows == 1)
}

/// The allow-lists of a system.
///
/// # Errors
/// Failures of the database.
pub async fn grants(tx: &mut Tx, app_id: &str) -> Result<Vec<Grant>> {
    run!(tx, all::<Grant>(GRANTS, app_id))
}
