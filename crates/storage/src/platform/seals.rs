//! Reading filed seals (电子印章备案, standard 6.1.2 and 6.1.4). Writing is in [`super::filing`] and
//! [`super::seal_state`].

use crate::{Engine, Result, Tx};

text_enum! {
    /// The states of table 3. Expired and "system suspended" are derived, never stored (`facts` §3.3).
    SealState {
        /// 启用 (1)
        Enabled = "enabled",
        /// 注销 (3), final
        Revoked = "revoked",
        /// 停用 (4)
        Disabled = "disabled",
    }
}

/// A filed seal as it is now.
#[derive(Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Seal {
    /// 印章唯一赋码.
    pub seal_code: String,
    /// The system that filed it and serves it.
    pub app_id: String,
    /// 业务系统印章编码, the system's own code.
    pub code: Option<String>,
    /// Name of the seal.
    pub name: String,
    /// 01 to 08 of table 1.
    pub seal_type: String,
    /// 1 organisation, 2 person.
    pub possessor_type: i64,
    /// Name of the owner; sealed when it is a person.
    pub possessor: String,
    /// Number of the owner's document; sealed when it is a person.
    pub possessor_cert_no: String,
    /// Blind index of the number.
    pub possessor_cert_no_index: String,
    /// The nine characters of the organisation code, empty for a person.
    pub org_code: String,
    /// 1 UKey, 2 cloud certificate.
    pub cert_type: i64,
    /// Serial number of the certificate.
    pub cert_number: Option<String>,
    /// UKey device number.
    pub ukey_id: Option<String>,
    /// The owner's certificate, DER.
    pub cert: Option<Vec<u8>>,
    /// SM3 of the seal's DER, lower hexadecimal.
    pub seal_data_sm3: Option<String>,
    /// SM3 of the picture, lower hexadecimal.
    pub picture_sm3: Option<String>,
    /// esID inside the seal.
    pub es_id: Option<String>,
    /// First moment of validity.
    pub valid_start: Option<i64>,
    /// Last moment of validity.
    pub valid_end: Option<i64>,
    /// Its state.
    #[sqlx(try_from = "String")]
    pub state: SealState,
    /// Version of its content, from 1.
    pub version: i64,
    /// Version of its state, from 1.
    pub state_version: i64,
    /// What the caller made of the content last filed, to recognise a retry.
    pub fingerprint: String,
    /// 13 or 14 digits of GA 241.1, where known.
    pub police_seal_code: Option<String>,
    /// When it was filed.
    pub filed_at: i64,
    /// When anything in it last changed.
    pub changed_at: i64,
}

/// Tells nothing about the owner.
impl std::fmt::Debug for Seal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Seal")
            .field("seal_code", &self.seal_code)
            .field("app_id", &self.app_id)
            .field("seal_type", &self.seal_type)
            .field("state", &self.state)
            .field("version", &self.version)
            .finish_non_exhaustive()
    }
}

/// One version of a seal's content; never changed once written.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct SealVersion {
    /// From 1.
    pub version: i64,
    /// 1 file, 2 extend, 3 change.
    pub biz_type: i64,
    /// Name of the seal.
    pub name: String,
    /// 1 UKey, 2 cloud certificate.
    pub cert_type: i64,
    /// Serial number of the certificate.
    pub cert_number: Option<String>,
    /// UKey device number.
    pub ukey_id: Option<String>,
    /// The owner's certificate, DER.
    pub cert: Option<Vec<u8>>,
    /// The seal, DER.
    pub seal_data: Option<Vec<u8>>,
    /// SM3 of `seal_data`, lower hexadecimal.
    pub seal_data_sm3: Option<String>,
    /// SM3 of the picture, lower hexadecimal.
    pub picture_sm3: Option<String>,
    /// esID inside the seal.
    pub es_id: Option<String>,
    /// First moment of validity.
    pub valid_start: Option<i64>,
    /// Last moment of validity.
    pub valid_end: Option<i64>,
    /// What the caller made of the content.
    pub fingerprint: String,
    /// The request that brought it.
    pub request_id: String,
    /// When.
    pub at: i64,
}

/// How many seals are in a state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, sqlx::FromRow)]
pub struct StateCount {
    /// The state.
    #[sqlx(try_from = "String")]
    pub state: SealState,
    /// How many.
    pub number: i64,
}

/// Which seals of an owner are wanted (table 5). `None` matches all.
#[derive(Debug, Clone, Copy, Default)]
pub struct Filter<'a> {
    /// 01 to 08.
    pub seal_type: Option<&'a str>,
    /// 1 UKey, 2 cloud certificate.
    pub cert_type: Option<i64>,
    /// Serial number of the certificate.
    pub cert_number: Option<&'a str>,
    /// UKey device number.
    pub ukey_id: Option<&'a str>,
}

/// A seal with its data, as it leaves the register.
#[derive(Clone, sqlx::FromRow)]
pub struct WholeSeal {
    /// The seal as it is now.
    #[sqlx(flatten)]
    pub seal: Seal,
    /// The data of its newest version, encrypted where they name a person; `None` when they were not fetched yet.
    pub seal_data: Option<Vec<u8>>,
}

/// Which seals leave the register. `None` matches all.
#[derive(Debug, Clone, Copy, Default)]
pub struct Selection<'a> {
    /// Of this system.
    pub app_id: Option<&'a str>,
    /// In this state.
    pub state: Option<SealState>,
    /// Filed at this time or later.
    pub filed_from: Option<i64>,
    /// Filed before this time.
    pub filed_before: Option<i64>,
}

macro_rules! columns {
    () => {
        "seal_code, app_id, code, name, seal_type, possessor_type, possessor, possessor_cert_no, \
         possessor_cert_no_index, org_code, cert_type, cert_number, ukey_id, cert, seal_data_sm3, picture_sm3, \
         es_id, valid_start, valid_end, state, version, state_version, fingerprint, police_seal_code, filed_at, \
         changed_at"
    };
}

macro_rules! version_columns {
    () => {
        "version, biz_type, name, cert_type, cert_number, ukey_id, cert, seal_data, seal_data_sm3, picture_sm3, \
         es_id, valid_start, valid_end, fingerprint, request_id, at"
    };
}

macro_rules! filter {
    () => {
        " AND (CAST($2 AS TEXT) IS NULL OR seal_type = $2) AND (CAST($3 AS BIGINT) IS NULL OR cert_type = $3) \
         AND (CAST($4 AS TEXT) IS NULL OR cert_number = $4) AND (CAST($5 AS TEXT) IS NULL OR ukey_id = $5) \
         ORDER BY seal_code LIMIT $6"
    };
}

sql! {
    FIND = concat!("SELECT ", columns!(), " FROM seals WHERE seal_code = $1");
    BY_CODE = concat!("SELECT ", columns!(), " FROM seals WHERE app_id = $1 AND code = $2 \
        ORDER BY filed_at DESC, seal_code DESC LIMIT 1");
    BY_ES_ID = concat!("SELECT ", columns!(), " FROM seals WHERE seal_code = \
        (SELECT seal_code FROM seal_versions WHERE es_id = $1 ORDER BY at DESC LIMIT 1)");
    BY_POSSESSOR = concat!("SELECT ", columns!(), " FROM seals WHERE possessor_cert_no_index = $1", filter!());
    BY_ORG_CODE = concat!("SELECT ", columns!(), " FROM seals WHERE org_code = $1", filter!());
    UNCHECKED = concat!("SELECT ", columns!(), " FROM seals WHERE seal_data_sm3 IS NULL AND state <> 'revoked' \
        AND seal_code > $1 ORDER BY seal_code LIMIT $2");
    COUNT = "SELECT state, COUNT(*) AS number FROM seals GROUP BY state";
    PAGE = concat!("SELECT ", columns!(), " FROM seals WHERE seal_code > $1 ORDER BY seal_code LIMIT $2");
    PAGE_OF_SYSTEM = concat!("SELECT ", columns!(), " FROM seals WHERE app_id = $1 AND seal_code > $2 \
        ORDER BY seal_code LIMIT $3");
    WHOLE = concat!("SELECT ", columns!(), ", (SELECT v.seal_data FROM seal_versions v \
        WHERE v.seal_code = seals.seal_code AND v.version = seals.version) AS seal_data FROM seals \
        WHERE seal_code > $1 AND (CAST($2 AS TEXT) IS NULL OR app_id = $2) \
        AND (CAST($3 AS TEXT) IS NULL OR state = $3) AND (CAST($4 AS BIGINT) IS NULL OR filed_at >= $4) \
        AND (CAST($5 AS BIGINT) IS NULL OR filed_at < $5) ORDER BY seal_code LIMIT $6");
    VERSION = concat!("SELECT ", version_columns!(), " FROM seal_versions WHERE seal_code = $1 AND version = $2");
    VERSION_AT = concat!("SELECT ", version_columns!(), " FROM seal_versions WHERE seal_code = $1 AND at <= $2 \
        ORDER BY version DESC LIMIT 1");
    VERSIONS = concat!("SELECT ", version_columns!(), " FROM seal_versions WHERE seal_code = $1 ORDER BY version");
}

/// [`FIND`], holding the row so that nobody changes it until the transaction ends (PostgreSQL; SQLite has one writer).
pub(crate) const HELD: &str = concat!("SELECT ", columns!(), " FROM seals WHERE seal_code = $1 FOR SHARE");
/// The same for ourselves, because we shall change it.
pub(crate) const TO_CHANGE: &str =
    concat!("SELECT ", columns!(), " FROM seals WHERE seal_code = $1 FOR UPDATE");

/// The seal with this code.
///
/// # Errors
/// Failures of the database.
pub async fn find(tx: &mut Tx, seal_code: &str) -> Result<Option<Seal>> {
    run!(tx, optional::<Seal>(FIND, seal_code))
}

/// The seal with this code, which nobody changes (nor its state) until the transaction ends. Anything that hands
/// out or uses a sign id or a consent begins with this.
///
/// # Errors
/// Failures of the database.
pub async fn find_and_hold(tx: &mut Tx, seal_code: &str) -> Result<Option<Seal>> {
    let sql = if tx.engine() == Engine::Postgres { HELD } else { FIND };
    run!(tx, optional::<Seal>(sql, seal_code))
}

/// The seal with this code, for a transaction that is going to change it.
///
/// # Errors
/// Failures of the database.
pub async fn find_to_change(tx: &mut Tx, seal_code: &str) -> Result<Option<Seal>> {
    let sql = if tx.engine() == Engine::Postgres { TO_CHANGE } else { FIND };
    run!(tx, optional::<Seal>(sql, seal_code))
}

/// The seal that a system filed last under its own code.
///
/// # Errors
/// Failures of the database.
pub async fn by_code(tx: &mut Tx, app_id: &str, code: &str) -> Result<Option<Seal>> {
    run!(tx, optional::<Seal>(BY_CODE, app_id, code))
}

/// The seal one of whose versions carries this esID.
///
/// # Errors
/// Failures of the database.
pub async fn by_es_id(tx: &mut Tx, es_id: &str) -> Result<Option<Seal>> {
    run!(tx, optional::<Seal>(BY_ES_ID, es_id))
}

/// At most `limit` seals of the owner whose number has this blind index.
///
/// # Errors
/// Failures of the database.
pub async fn by_possessor(tx: &mut Tx, index: &str, filter: &Filter<'_>, limit: i64) -> Result<Vec<Seal>> {
    let f = filter;
    run!(tx, all::<Seal>(BY_POSSESSOR, index, f.seal_type, f.cert_type, f.cert_number, f.ukey_id, limit))
}

/// At most `limit` seals of the organisation with this nine-character code.
///
/// # Errors
/// Failures of the database.
pub async fn by_org_code(tx: &mut Tx, org_code: &str, filter: &Filter<'_>, limit: i64) -> Result<Vec<Seal>> {
    let f = filter;
    run!(tx, all::<Seal>(BY_ORG_CODE, org_code, f.seal_type, f.cert_type, f.cert_number, f.ukey_id, limit))
}

/// At most `limit` seals after the code `after` (empty to begin) whose data are still to be fetched and checked.
///
/// # Errors
/// Failures of the database.
pub async fn unchecked(tx: &mut Tx, after: &str, limit: i64) -> Result<Vec<Seal>> {
    run!(tx, all::<Seal>(UNCHECKED, after, limit))
}

/// How many seals there are in each state.
///
/// # Errors
/// Failures of the database.
pub async fn count(tx: &mut Tx) -> Result<Vec<StateCount>> {
    run!(tx, all::<StateCount>(COUNT))
}

/// At most `limit` seals after the code `after` (empty to begin), of one system or of all.
///
/// # Errors
/// Failures of the database.
pub async fn page(tx: &mut Tx, app_id: Option<&str>, after: &str, limit: i64) -> Result<Vec<Seal>> {
    if let Some(app_id) = app_id {
        return run!(tx, all::<Seal>(PAGE_OF_SYSTEM, app_id, after, limit));
    }
    run!(tx, all::<Seal>(PAGE, after, limit))
}

/// At most `limit` seals of a selection after the code `after` (empty to begin), with their data.
///
/// # Errors
/// Failures of the database.
pub async fn whole(tx: &mut Tx, wanted: &Selection<'_>, after: &str, limit: i64) -> Result<Vec<WholeSeal>> {
    let state = wanted.state.map(SealState::as_str);
    let (from, before) = (wanted.filed_from, wanted.filed_before);
    run!(tx, all::<WholeSeal>(WHOLE, after, wanted.app_id, state, from, before, limit))
}

/// One version of a seal's content, with the seal's DER.
///
/// # Errors
/// Failures of the database.
pub async fn version(tx: &mut Tx, seal_code: &str, version: i64) -> Result<Option<SealVersion>> {
    run!(tx, optional::<SealVersion>(VERSION, seal_code, version))
}

/// The version that was in force at the time `at`.
///
/// # Errors
/// Failures of the database.
pub async fn version_at(tx: &mut Tx, seal_code: &str, at: i64) -> Result<Option<SealVersion>> {
    run!(tx, optional::<SealVersion>(VERSION_AT, seal_code, at))
}

/// Every version, oldest first.
///
/// # Errors
/// Failures of the database.
pub async fn versions(tx: &mut Tx, seal_code: &str) -> Result<Vec<SealVersion>> {
    run!(tx, all::<SealVersion>(VERSIONS, seal_code))
}
