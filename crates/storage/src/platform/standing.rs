//! What a request needs to know of a system before anything is done for it, each in one statement: whether it may call, and
//! which way leads to it. What is asked with every request must not be many questions.

use super::endpoints::{EndpointRow, EndpointState, Maintenance, PLATFORM};
use super::system_keys::KeyState;
use super::systems::{Grant, GrantKind, SystemState};
use crate::error::UnknownText;
use crate::{Error, Result, Tx};

/// A key as far as signatures are verified with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyLine {
    /// SubjectPublicKeyInfo, DER.
    pub spki: Vec<u8>,
    /// Whether it may be used at all.
    pub state: KeyState,
    /// First moment it may be used.
    pub not_before: i64,
    /// Last moment it may be used.
    pub not_after: i64,
}

impl KeyLine {
    /// Whether it may be used at the time `at`.
    pub fn is_usable(&self, at: i64) -> bool {
        self.state == KeyState::Active && self.not_before <= at && at <= self.not_after
    }
}

/// What the gateway asks of a caller.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Standing {
    /// Maintenance of the platform itself.
    pub maintenance: Option<Maintenance>,
    /// The caller's state; `None` when there is no such system.
    pub state: Option<SystemState>,
    /// Its allow-lists.
    pub grants: Vec<Grant>,
    /// Its keys, also those not in use.
    pub keys: Vec<KeyLine>,
}

/// What calling a system takes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Way {
    /// Its maintenance.
    pub maintenance: Option<Maintenance>,
    /// Where it is another platform: until when its list may be relied on; the beginning of time where there is none.
    pub list_until: Option<i64>,
    /// Its addresses, by priority.
    pub addresses: Vec<EndpointRow>,
    /// Its keys, also those not in use.
    pub keys: Vec<KeyLine>,
    /// Hosts that may stand in an `authUrl` it answers.
    pub consent_hosts: Vec<String>,
    /// The certificates of the makers of its seals, DER.
    pub makers: Vec<Vec<u8>>,
}

/// A line of either answer; what stands in it, `part` says.
#[derive(sqlx::FromRow)]
struct Line {
    part: i64,
    one: String,
    two: String,
    bytes: Option<Vec<u8>>,
    a: Option<i64>,
    b: Option<i64>,
    c: Option<i64>,
    d: Option<i64>,
    note: Option<String>,
}

const STATE: i64 = 1;
const GRANT: i64 = 2;
const KEY: i64 = 3;
const MAINTENANCE: i64 = 4;
const ADDRESS: i64 = 5;
const PEER: i64 = 6;
const MAKER: i64 = 7;

sql! {
    STANDING = "SELECT CAST(1 AS BIGINT) AS part, state AS one, app_id AS two, CAST(NULL AS BYTEA) AS bytes, \
        CAST(NULL AS BIGINT) AS a, CAST(NULL AS BIGINT) AS b, CAST(NULL AS BIGINT) AS c, CAST(NULL AS BIGINT) AS d, \
        CAST(NULL AS TEXT) AS note FROM systems WHERE app_id = $1 \
        UNION ALL SELECT 2, kind, value, NULL, NULL, NULL, NULL, NULL, NULL FROM system_grants WHERE app_id = $1 \
        UNION ALL SELECT 3, state, key_id, spki, not_before, not_after, NULL, NULL, NULL FROM system_keys \
        WHERE app_id = $1 \
        UNION ALL SELECT 4, reason, actor, NULL, since, until, NULL, NULL, NULL FROM maintenance WHERE app_id = ''";
    WAY = "SELECT CAST(5 AS BIGINT) AS part, base_url AS one, state AS two, CAST(NULL AS BYTEA) AS bytes, \
        priority AS a, weight AS b, created_at AS c, changed_at AS d, reason AS note FROM system_endpoints \
        WHERE app_id = $1 \
        UNION ALL SELECT 3, state, key_id, spki, not_before, not_after, NULL, NULL, NULL FROM system_keys \
        WHERE app_id = $1 \
        UNION ALL SELECT 4, reason, actor, NULL, since, until, NULL, NULL, NULL FROM maintenance WHERE app_id = $1 \
        UNION ALL SELECT 6, app_id, '', NULL, not_after, NULL, NULL, NULL, NULL FROM federation_peers \
        WHERE app_id = $1 \
        UNION ALL SELECT 2, kind, value, NULL, NULL, NULL, NULL, NULL, NULL FROM system_grants \
        WHERE app_id = $1 AND kind = 'consent-host' \
        UNION ALL SELECT 7, cert_sm3, '', cert, added_at, NULL, NULL, NULL, NULL FROM trust_certificates \
        WHERE purpose = 'maker' AND app_id = $1 AND removed_at IS NULL";
}

fn corrupt(error: &UnknownText) -> Error {
    Error::Corrupt(error.to_string())
}

impl Line {
    fn state<T: TryFrom<String, Error = UnknownText>>(text: String) -> Result<T> {
        T::try_from(text).map_err(|error| corrupt(&error))
    }

    fn key(self) -> Result<KeyLine> {
        Ok(KeyLine {
            spki: self.bytes.unwrap_or_default(),
            state: Self::state(self.one)?,
            not_before: self.a.unwrap_or(i64::MAX),
            not_after: self.b.unwrap_or(i64::MIN),
        })
    }

    fn maintenance(self, app_id: &str) -> Maintenance {
        let (reason, actor, since) = (self.one, self.two, self.a.unwrap_or_default());
        Maintenance { app_id: app_id.to_owned(), reason, since, until: self.b, actor }
    }

    fn address(self, app_id: &str) -> Result<EndpointRow> {
        Ok(EndpointRow {
            app_id: app_id.to_owned(),
            base_url: self.one,
            priority: self.a.unwrap_or_default(),
            weight: self.b.unwrap_or_default(),
            state: Self::state::<EndpointState>(self.two)?,
            reason: self.note,
            created_at: self.c.unwrap_or_default(),
            changed_at: self.d.unwrap_or_default(),
        })
    }
}

/// The order in which lines are told: keys by their first moment and makers by when they were added, then by name.
fn by_age(line: &Line) -> (Option<i64>, String) {
    let name = if line.part == KEY { &line.two } else { &line.one };
    (line.a, name.clone())
}

/// How the caller `app_id` stands now.
///
/// # Errors
/// Failures of the database.
pub async fn of_caller(tx: &mut Tx, app_id: &str) -> Result<Standing> {
    let mut lines = run!(tx, all::<Line>(STANDING, app_id))?;
    lines.sort_by_cached_key(by_age);
    let mut standing = Standing::default();
    for line in lines {
        match line.part {
            STATE => standing.state = Some(Line::state(line.one)?),
            GRANT => {
                let kind = Line::state::<GrantKind>(line.one)?;
                standing.grants.push(Grant { kind, value: line.two });
            }
            KEY => standing.keys.push(line.key()?),
            MAINTENANCE => standing.maintenance = Some(line.maintenance(PLATFORM)),
            other => return Err(Error::Corrupt(format!("part {other}"))),
        }
    }
    Ok(standing)
}

/// The way to the system `app_id` as it is now.
///
/// # Errors
/// Failures of the database.
pub async fn way_to(tx: &mut Tx, app_id: &str) -> Result<Way> {
    let mut lines = run!(tx, all::<Line>(WAY, app_id))?;
    lines.sort_by_cached_key(by_age);
    let mut way = Way::default();
    for line in lines {
        match line.part {
            ADDRESS => way.addresses.push(line.address(app_id)?),
            KEY => way.keys.push(line.key()?),
            MAINTENANCE => way.maintenance = Some(line.maintenance(app_id)),
            PEER => way.list_until = Some(line.a.unwrap_or(i64::MIN)),
            GRANT => way.consent_hosts.push(line.two),
            MAKER => way.makers.push(line.bytes.unwrap_or_default()),
            other => return Err(Error::Corrupt(format!("part {other}"))),
        }
    }
    let order = |row: &EndpointRow| (row.priority, row.created_at, row.base_url.clone());
    way.addresses.sort_by_cached_key(order);
    Ok(way)
}
