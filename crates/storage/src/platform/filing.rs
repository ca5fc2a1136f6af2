//! Filing, extending and changing seals (备案, 延期, 变更; standard 6.1.2, wire profile §7): the seal code is
//! allocated in the transaction that writes the row, and a retry finds what its first try wrote.

use crate::dialect::hold_system;
use crate::platform::seals::{self, SealState};
use crate::{Error, Result, Tx, sequences};

/// The part of a filing that an extension or a change may renew.
#[derive(Clone, Default)]
pub struct Content {
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
    /// A digest of everything the caller sent, to tell a retry from another content.
    pub fingerprint: String,
}

/// A new filing.
#[derive(Clone)]
pub struct Filing {
    /// The system that files.
    pub app_id: String,
    /// Its own code of the seal, if it gave one: the key of idempotency then.
    pub code: Option<String>,
    /// A digest of certificate, type, owner and name: the key of idempotency without a code (`facts` §1.2 c).
    pub natural_key: String,
    /// 01 to 08.
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
    /// 13 or 14 digits of GA 241.1, where known.
    pub police_seal_code: Option<String>,
    /// The state it starts in.
    pub state: SealState,
    /// What may change later.
    pub content: Content,
}

/// Where a write comes from.
#[derive(Debug, Clone, Copy)]
pub struct Origin<'a> {
    /// The request.
    pub request_id: &'a str,
    /// Who did it: an appId, or an administrator.
    pub actor: &'a str,
    /// When.
    pub at: i64,
}

/// What became of a filing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Filed {
    /// It is new and has this seal code.
    New(String),
    /// The same filing was made before, with this seal code: nothing was written.
    Same(String),
    /// The seal was filed before with another content (30004): nothing was written.
    Different(String),
}

/// What became of an extension or a change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Changed {
    /// The content has this new version.
    New(i64),
    /// The last operation of this kind brought the same content: nothing was written.
    Same(i64),
    /// There is no such seal of this system, or it is revoked: nothing was written.
    Refused,
}

#[derive(sqlx::FromRow)]
struct Existing {
    seal_code: String,
    fingerprint: String,
}

sql! {
    BY_CODE = "SELECT s.seal_code, v.fingerprint FROM seals s \
        JOIN seal_versions v ON v.seal_code = s.seal_code AND v.version = 1 \
        WHERE s.app_id = $1 AND s.code = $2 AND s.state <> 'revoked'";
    BY_NATURAL_KEY = "SELECT s.seal_code, v.fingerprint FROM seals s \
        JOIN seal_versions v ON v.seal_code = s.seal_code AND v.version = 1 \
        WHERE s.app_id = $1 AND s.natural_key = $2 AND s.filed_at >= $3 AND s.code IS NULL \
        AND s.state <> 'revoked' ORDER BY s.filed_at DESC LIMIT 1";
    REVOKED = "SELECT s.seal_code, v.fingerprint FROM seals s \
        JOIN seal_versions v ON v.seal_code = s.seal_code AND v.version = 1 \
        WHERE s.app_id = $1 AND s.natural_key = $2 AND COALESCE(s.code, '') = COALESCE(CAST($3 AS TEXT), '') \
        AND s.state = 'revoked' AND v.fingerprint = $4 ORDER BY s.filed_at DESC LIMIT 1";
    INSERT = "INSERT INTO seals (seal_code, app_id, code, natural_key, name, seal_type, possessor_type, possessor, \
        possessor_cert_no, possessor_cert_no_index, org_code, cert_type, cert_number, ukey_id, cert, seal_data_sm3, \
        picture_sm3, es_id, valid_start, valid_end, state, version, state_version, fingerprint, police_seal_code, \
        filed_at, changed_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, \
        $18, $19, $20, $21, 1, 1, $22, $23, $24, $24)";
    INSERT_VERSION = "INSERT INTO seal_versions (seal_code, version, biz_type, name, cert_type, cert_number, \
        ukey_id, cert, seal_data, seal_data_sm3, picture_sm3, es_id, valid_start, valid_end, fingerprint, \
        request_id, at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)";
    UPDATE = "UPDATE seals SET name = $3, cert_type = $4, cert_number = $5, ukey_id = $6, cert = $7, \
        seal_data_sm3 = $8, picture_sm3 = $9, es_id = $10, valid_start = $11, valid_end = $12, fingerprint = $13, \
        changed_at = $14, version = version + 1 WHERE seal_code = $1 AND app_id = $2 AND state <> 'revoked' \
        RETURNING version";
    COMPLETE = "UPDATE seals SET cert_number = $3, cert = $4, seal_data_sm3 = $5, picture_sm3 = $6, es_id = $7, \
        valid_start = $8, valid_end = $9 WHERE seal_code = $1 AND version = $2 AND seal_data_sm3 IS NULL \
        AND state <> 'revoked'";
    COMPLETE_VERSION = "UPDATE seal_versions SET cert_number = $3, cert = $4, seal_data_sm3 = $5, \
        picture_sm3 = $6, es_id = $7, valid_start = $8, valid_end = $9, seal_data = $10 \
        WHERE seal_code = $1 AND version = $2 AND seal_data IS NULL";
    BIZ_TYPE = "SELECT biz_type FROM seal_versions WHERE seal_code = $1 AND version = $2";
}

/// What an earlier filing under the same key of idempotency makes of this one; `None` when it would be new. The
/// answer only holds until somebody else files, unless [`keep_others_out`] was called before.
///
/// A seal that is filed as revoked (existing stock) stands in nobody's way, and is the same only as a revoked one.
///
/// # Errors
/// Failures of the database.
pub async fn look_up(tx: &mut Tx, filing: &Filing, window_start: i64) -> Result<Option<Filed>> {
    let existing = match &filing.code {
        code if filing.state == SealState::Revoked => {
            let (f, print) = (filing, &filing.content.fingerprint);
            run!(tx, optional::<Existing>(REVOKED, &f.app_id, &f.natural_key, code, print))?
        }
        Some(code) => run!(tx, optional::<Existing>(BY_CODE, &filing.app_id, code))?,
        None => {
            run!(tx, optional::<Existing>(BY_NATURAL_KEY, &filing.app_id, &filing.natural_key, window_start))?
        }
    };
    Ok(existing.map(|existing| {
        if existing.fingerprint == filing.content.fingerprint {
            Filed::Same(existing.seal_code)
        } else {
            Filed::Different(existing.seal_code)
        }
    }))
}

/// Files a seal, or finds that it was filed. Filings of one system wait for one another, so two equal ones at the
/// same time give one seal. `make_code` makes the seal code of the platform's next number (from 1); filings
/// without a code of their own are compared with those since `window_start`.
///
/// # Errors
/// Failures of the database, and what `make_code` gives.
pub async fn file<E: From<Error>>(
    tx: &mut Tx,
    filing: &Filing,
    origin: Origin<'_>,
    window_start: i64,
    make_code: impl FnOnce(i64) -> Result<String, E>,
) -> Result<Filed, E> {
    keep_others_out(tx, &filing.app_id).await?;
    if let Some(earlier) = look_up(tx, filing, window_start).await? {
        return Ok(earlier);
    }
    let seal_code = make_code(sequences::next(tx, sequences::SEAL_CODE).await?)?;
    enter(tx, &seal_code, filing, origin).await?;
    Ok(Filed::New(seal_code))
}

/// Keeps other filings of a system out until the transaction ends.
///
/// # Errors
/// Failures of the database.
pub async fn keep_others_out(tx: &mut Tx, app_id: &str) -> Result<()> {
    hold_system(tx, app_id).await
}

/// Enters a filing for which [`look_up`] found nothing while others were kept out, under the code `seal_code`.
///
/// # Errors
/// Failures of the database.
pub async fn enter(tx: &mut Tx, seal_code: &str, filing: &Filing, origin: Origin<'_>) -> Result<()> {
    insert(tx, seal_code, filing, origin.at).await?;
    insert_version(tx, (seal_code, 1, 1), &filing.content, origin).await?;
    super::seal_state::begin_history(tx, seal_code, filing.state, origin).await
}

/// Extends (`biz_type` 2) or changes (3) a seal of the system `app_id`. A repetition of the last such operation
/// changes nothing.
///
/// # Errors
/// Failures of the database.
pub async fn change(
    tx: &mut Tx,
    (app_id, seal_code): (&str, &str),
    biz_type: i64,
    content: &Content,
    origin: Origin<'_>,
) -> Result<Changed> {
    let Some(seal) = seals::find_to_change(tx, seal_code).await? else { return Ok(Changed::Refused) };
    if seal.app_id == app_id && seal.fingerprint == content.fingerprint {
        let last = run!(&mut *tx, scalar_optional::<i64>(BIZ_TYPE, seal_code, seal.version))?;
        if last == Some(biz_type) {
            return Ok(Changed::Same(seal.version));
        }
    }
    let c = content;
    let version = run!(
        &mut *tx,
        scalar_optional::<i64>(
            UPDATE,
            seal_code,
            app_id,
            &c.name,
            c.cert_type,
            &c.cert_number,
            &c.ukey_id,
            &c.cert,
            &c.seal_data_sm3,
            &c.picture_sm3,
            &c.es_id,
            c.valid_start,
            c.valid_end,
            &c.fingerprint,
            origin.at
        )
    )?;
    let Some(version) = version else { return Ok(Changed::Refused) };
    insert_version(tx, (seal_code, version, biz_type), content, origin).await?;
    Ok(Changed::New(version))
}

/// Completes a version that was filed without the seal's data with what was fetched and checked; `false` when it has
/// data already or is not the newest version of a seal in force.
///
/// # Errors
/// Failures of the database.
pub async fn complete(tx: &mut Tx, seal_code: &str, version: i64, fetched: &Content) -> Result<bool> {
    let c = fetched;
    let rows = run!(
        &mut *tx,
        execute(
            COMPLETE,
            seal_code,
            version,
            &c.cert_number,
            &c.cert,
            &c.seal_data_sm3,
            &c.picture_sm3,
            &c.es_id,
            c.valid_start,
            c.valid_end
        )
    )?;
    if rows == 0 {
        return Ok(false);
    }
    run!(
        tx,
        execute(
            COMPLETE_VERSION,
            seal_code,
            version,
            &c.cert_number,
            &c.cert,
            &c.seal_data_sm3,
            &c.picture_sm3,
            &c.es_id,
            c.valid_start,
            c.valid_end,
            &c.seal_data
        )
    )?;
    Ok(true)
}

async fn insert(tx: &mut Tx, seal_code: &str, filing: &Filing, at: i64) -> Result<()> {
    let (f, c) = (filing, &filing.content);
    run!(
        tx,
        execute(
            INSERT,
            seal_code,
            &f.app_id,
            &f.code,
            &f.natural_key,
            &c.name,
            &f.seal_type,
            f.possessor_type,
            &f.possessor,
            &f.possessor_cert_no,
            &f.possessor_cert_no_index,
            &f.org_code,
            c.cert_type,
            &c.cert_number,
            &c.ukey_id,
            &c.cert,
            &c.seal_data_sm3,
            &c.picture_sm3,
            &c.es_id,
            c.valid_start,
            c.valid_end,
            f.state.as_str(),
            &c.fingerprint,
            &f.police_seal_code,
            at
        )
    )
    .map(|_| ())
}

async fn insert_version(
    tx: &mut Tx,
    (seal_code, version, biz_type): (&str, i64, i64),
    content: &Content,
    origin: Origin<'_>,
) -> Result<()> {
    let c = content;
    run!(
        tx,
        execute(
            INSERT_VERSION,
            seal_code,
            version,
            biz_type,
            &c.name,
            c.cert_type,
            &c.cert_number,
            &c.ukey_id,
            &c.cert,
            &c.seal_data,
            &c.seal_data_sm3,
            &c.picture_sm3,
            &c.es_id,
            c.valid_start,
            c.valid_end,
            &c.fingerprint,
            origin.request_id,
            origin.at
        )
    )
    .map(|_| ())
}
