//! The seals this system has made (制章).

use crate::seal_system::{consents, sign_ids};
use crate::{Result, Tx};

text_enum! {
    /// The state of a seal here; the platform is told through [`super::outbox`].
    SealState {
        /// Usable.
        Enabled = "enabled",
        /// Not usable for the time being.
        Disabled = "disabled",
        /// Gone for good.
        Revoked = "revoked",
    }
}

/// A seal.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Seal {
    /// Our id.
    pub seal_id: String,
    /// Whose it is.
    pub owner_id: String,
    /// 业务系统印章编码, our own code, sent with the filing.
    pub code: String,
    /// 印章唯一赋码, once the platform has filed it.
    pub seal_code: Option<String>,
    /// Name of the seal.
    pub name: String,
    /// 01 to 08.
    pub seal_type: String,
    /// The nine characters of the organisation code.
    pub org_code: String,
    /// 1 UKey, 2 cloud certificate.
    pub cert_type: i64,
    /// Serial number of the owner's certificate.
    pub cert_number: Option<String>,
    /// UKey device number.
    pub ukey_id: Option<String>,
    /// The telephone a 手机盾 seal belongs to.
    pub device_id: Option<String>,
    /// The key it signs with, when we keep it.
    pub key_id: Option<String>,
    /// Its state.
    #[sqlx(try_from = "String")]
    pub state: SealState,
    /// Which making of it is in force.
    pub version: i64,
    /// When it was first made.
    pub created_at: i64,
    /// When anything in it last changed.
    pub changed_at: i64,
}

/// One making of a seal.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct SealVersion {
    /// Our id of the seal.
    pub seal_id: String,
    /// From 1.
    pub version: i64,
    /// esID inside the seal.
    pub es_id: String,
    /// The seal, DER.
    pub seal_data: Vec<u8>,
    /// The owner's certificate in it, DER.
    pub cert: Vec<u8>,
    /// The picture.
    pub picture: Vec<u8>,
    /// `PNG` and the like.
    pub picture_kind: String,
    /// Width in millimetres.
    pub width_mm: i64,
    /// Height in millimetres.
    pub height_mm: i64,
    /// Width in pixels.
    pub width_px: i64,
    /// Height in pixels.
    pub height_px: i64,
    /// First moment of validity.
    pub valid_start: i64,
    /// Last moment of validity.
    pub valid_end: i64,
    /// When it was made.
    pub made_at: i64,
}

/// Which seals are wanted (table 5). `None` matches all.
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

macro_rules! columns {
    () => {
        "seal_id, owner_id, code, seal_code, name, seal_type, org_code, cert_type, cert_number, ukey_id, device_id, \
         key_id, state, version, created_at, changed_at"
    };
}

macro_rules! version_columns {
    () => {
        "seal_id, version, es_id, seal_data, cert, picture, picture_kind, width_mm, height_mm, width_px, height_px, \
         valid_start, valid_end, made_at"
    };
}

sql! {
    INSERT = concat!("INSERT INTO seals (", columns!(), ") VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, \
        $12, $13, 1, $14, $14) ON CONFLICT DO NOTHING");
    INSERT_VERSION = concat!("INSERT INTO seal_versions (", version_columns!(), ") \
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)");
    REMAKE = "UPDATE seals SET version = version + 1, key_id = $2, cert_number = $3, name = $4, changed_at = $5 \
        WHERE seal_id = $1 AND state <> 'revoked' RETURNING version";
    SET_CODE = "UPDATE seals SET seal_code = $2, changed_at = $3 \
        WHERE seal_id = $1 AND (seal_code IS NULL OR seal_code = $2)";
    SET_STATE = "UPDATE seals SET state = $3, changed_at = $4 WHERE seal_id = $1 AND state = $2";
    FIND = concat!("SELECT ", columns!(), " FROM seals WHERE seal_id = $1");
    BY_SEAL_CODE = concat!("SELECT ", columns!(), " FROM seals WHERE seal_code = $1");
    LIST = concat!("SELECT ", columns!(), " FROM seals ORDER BY created_at, seal_id");
    BY_ORG_CODE = concat!("SELECT ", columns!(), " FROM seals WHERE org_code = $1 \
        AND (CAST($2 AS TEXT) IS NULL OR seal_type = $2) AND (CAST($3 AS BIGINT) IS NULL OR cert_type = $3) \
        AND (CAST($4 AS TEXT) IS NULL OR cert_number = $4) AND (CAST($5 AS TEXT) IS NULL OR ukey_id = $5) \
        ORDER BY created_at, seal_id LIMIT $6");
    BY_OWNER = concat!("SELECT ", columns!(), " FROM seals WHERE owner_id = $1 ORDER BY created_at, seal_id");
    VERSION = concat!("SELECT ", version_columns!(), " FROM seal_versions WHERE seal_id = $1 AND version = $2");
    VERSIONS = concat!("SELECT ", version_columns!(), " FROM seal_versions WHERE seal_id = $1 ORDER BY version");
}

/// Stores a seal just made, with its first making; `version.seal_id` and `version.version` are taken from the
/// seal. `false` when the id, the code or the seal code is taken; nothing is written then.
///
/// # Errors
/// Failures of the database.
pub async fn insert(tx: &mut Tx, seal: &Seal, version: &SealVersion) -> Result<bool> {
    let s = seal;
    let rows = run!(
        &mut *tx,
        execute(
            INSERT,
            &s.seal_id,
            &s.owner_id,
            &s.code,
            &s.seal_code,
            &s.name,
            &s.seal_type,
            &s.org_code,
            s.cert_type,
            &s.cert_number,
            &s.ukey_id,
            &s.device_id,
            &s.key_id,
            s.state.as_str(),
            s.created_at
        )
    )?;
    if rows == 0 {
        return Ok(false);
    }
    insert_version(tx, &s.seal_id, 1, version).await?;
    Ok(true)
}

/// Replaces a seal by a new making with what `seal` now says for name, key and certificate, at `version.made_at`;
/// open sign ids and consents of the old one are voided. `None` when the seal is unknown or revoked.
///
/// # Errors
/// Failures of the database.
pub async fn remake(tx: &mut Tx, seal: &Seal, version: &SealVersion) -> Result<Option<i64>> {
    let at = version.made_at;
    let number = run!(
        &mut *tx,
        scalar_optional::<i64>(REMAKE, &seal.seal_id, &seal.key_id, &seal.cert_number, &seal.name, at)
    )?;
    let Some(number) = number else { return Ok(None) };
    insert_version(tx, &seal.seal_id, number, version).await?;
    void_for_seal(tx, &seal.seal_id, at).await?;
    Ok(Some(number))
}

async fn insert_version(tx: &mut Tx, seal_id: &str, number: i64, version: &SealVersion) -> Result<()> {
    let v = version;
    run!(
        tx,
        execute(
            INSERT_VERSION,
            seal_id,
            number,
            &v.es_id,
            &v.seal_data,
            &v.cert,
            &v.picture,
            &v.picture_kind,
            v.width_mm,
            v.height_mm,
            v.width_px,
            v.height_px,
            v.valid_start,
            v.valid_end,
            v.made_at
        )
    )
    .map(|_| ())
}

/// Notes the seal code the platform gave; `false` when the seal is unknown or has another one.
///
/// # Errors
/// [`crate::Error::Unique`] when another seal has this code.
pub async fn set_seal_code(tx: &mut Tx, seal_id: &str, seal_code: &str, at: i64) -> Result<bool> {
    run!(tx, execute(SET_CODE, seal_id, seal_code, at)).map(|rows| rows == 1)
}

/// Moves a seal from one state to another; unless it becomes enabled, its open sign ids and consents are voided
/// in the same transaction. `false` when it is not in `from`.
///
/// # Errors
/// Failures of the database.
pub async fn set_state(
    tx: &mut Tx,
    seal_id: &str,
    (from, to): (SealState, SealState),
    at: i64,
) -> Result<bool> {
    let rows = run!(&mut *tx, execute(SET_STATE, seal_id, from.as_str(), to.as_str(), at))?;
    if rows == 1 && to != SealState::Enabled {
        void_for_seal(tx, seal_id, at).await?;
    }
    Ok(rows == 1)
}

async fn void_for_seal(tx: &mut Tx, seal_id: &str, at: i64) -> Result<()> {
    sign_ids::void_for_seal(tx, seal_id, at).await?;
    consents::void_for_seal(tx, seal_id, at).await?;
    Ok(())
}

/// The seal with our id.
///
/// # Errors
/// Failures of the database.
pub async fn find(tx: &mut Tx, seal_id: &str) -> Result<Option<Seal>> {
    run!(tx, optional::<Seal>(FIND, seal_id))
}

/// The seal with the platform's code.
///
/// # Errors
/// Failures of the database.
pub async fn by_seal_code(tx: &mut Tx, seal_code: &str) -> Result<Option<Seal>> {
    run!(tx, optional::<Seal>(BY_SEAL_CODE, seal_code))
}

/// All seals.
///
/// # Errors
/// Failures of the database.
pub async fn list(tx: &mut Tx) -> Result<Vec<Seal>> {
    run!(tx, all::<Seal>(LIST))
}

/// At most `limit` seals of the organisation with this nine-character code, its persons' seals among them.
///
/// # Errors
/// Failures of the database.
pub async fn by_org_code(tx: &mut Tx, org_code: &str, filter: &Filter<'_>, limit: i64) -> Result<Vec<Seal>> {
    let f = filter;
    run!(tx, all::<Seal>(BY_ORG_CODE, org_code, f.seal_type, f.cert_type, f.cert_number, f.ukey_id, limit))
}

/// The seals of one owner.
///
/// # Errors
/// Failures of the database.
pub async fn by_owner(tx: &mut Tx, owner_id: &str) -> Result<Vec<Seal>> {
    run!(tx, all::<Seal>(BY_OWNER, owner_id))
}

/// One making of a seal.
///
/// # Errors
/// Failures of the database.
pub async fn version(tx: &mut Tx, seal_id: &str, version: i64) -> Result<Option<SealVersion>> {
    run!(tx, optional::<SealVersion>(VERSION, seal_id, version))
}

/// Every making of a seal, oldest first.
///
/// # Errors
/// Failures of the database.
pub async fn versions(tx: &mut Tx, seal_id: &str) -> Result<Vec<SealVersion>> {
    run!(tx, all::<SealVersion>(VERSIONS, seal_id))
}
