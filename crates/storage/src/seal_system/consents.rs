//! Consent sessions (意愿认证): the page on the signer's telephone, its one-time code, its decision, the code that
//! is used once (`facts` §7; standard 6.2.2).
//!
//! ```text
//! pending ──open(session)──► pending ──pass──► passed(code) ──consume──► consumed(fingerprint)
//!    ├──refuse──► refused                        │                           │
//!    └──expire──► expired                        └──────────void─────────► void (open ones only)
//! ```

mod row;

pub use row::{Consent, ConsentState, NewConsent};

use crate::{Result, Tx};

/// What became of a one-time code that was typed in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Try {
    /// It may be compared: this is the digest it must have. The try is counted.
    Compare,
    /// No code is out, its time is over, or no try is left.
    Dead,
}

/// What becomes of a try to use a consent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Consumed {
    /// It is used up for this request now.
    Now,
    /// It was used up for this very request before.
    Before,
    /// It cannot be used; [`find`] tells why.
    Refused,
}

/// What a request presents to use a consent.
#[derive(Debug, Clone, Copy)]
pub struct Use<'a> {
    /// The consent.
    pub auth_id: &'a str,
    /// The platform that asks.
    pub caller_app_id: &'a str,
    /// The system behind it.
    pub origin_app_id: &'a str,
    /// The seal.
    pub seal_id: &'a str,
    /// SM3 of the authCode presented, lower hexadecimal.
    pub auth_code_sm3: &'a str,
    /// The digest of what is signed.
    pub fingerprint: &'a str,
    /// Now.
    pub at: i64,
}

macro_rules! columns {
    () => {
        "auth_id, token_sm3, session_sm3, caller_app_id, origin_app_id, origin_name, seal_id, user_id, mobile, \
         mobile_index, id_card_index, sign_id, doc_hash, hash_type, doc_name, redirect_url, state, otp_hmac, \
         otp_sent_at, otp_expires_at, otp_tries, client, auth_code, auth_code_sm3, auth_code_expires_at, \
         fingerprint, applied_at, opened_at, decided_at, expires_at, changed_at, \
         record, doc_hashes"
    };
}

sql! {
    INSERT = "INSERT INTO consents (auth_id, token_sm3, caller_app_id, origin_app_id, origin_name, seal_id, \
        user_id, mobile, mobile_index, id_card_index, sign_id, doc_hash, hash_type, doc_name, redirect_url, state, \
        otp_tries, applied_at, expires_at, changed_at, doc_hashes) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, \
        $11, $12, $13, $14, $15, 'pending', 0, $16, $17, $16, $18)";
    FIND = concat!("SELECT ", columns!(), " FROM consents WHERE auth_id = $1");
    BY_TOKEN = concat!("SELECT ", columns!(), " FROM consents WHERE token_sm3 = $1");
    OPEN = "UPDATE consents SET session_sm3 = $2, client = $3, opened_at = $4, changed_at = $4 \
        WHERE auth_id = $1 AND session_sm3 IS NULL AND state = 'pending' AND expires_at > $4";
    SET_OTP = "UPDATE consents SET otp_hmac = $2, otp_sent_at = $3, otp_expires_at = $4, otp_tries = 0, \
        changed_at = $3 WHERE auth_id = $1 AND state = 'pending' AND expires_at > $3 \
        AND (otp_sent_at IS NULL OR otp_sent_at <= $5)";
    TRY_OTP = "UPDATE consents SET otp_tries = otp_tries + 1, changed_at = $2 WHERE auth_id = $1 \
        AND state = 'pending' AND expires_at > $2 AND otp_hmac IS NOT NULL AND otp_expires_at > $2 \
        AND otp_tries < $3";
    PASS = "UPDATE consents SET state = 'passed', otp_hmac = NULL, auth_code = $2, auth_code_sm3 = $3, \
        auth_code_expires_at = $4, decided_at = $5, changed_at = $5 \
        WHERE auth_id = $1 AND state = 'pending' AND expires_at > $5";
    SET_RECORD = "UPDATE consents SET record = $2 WHERE auth_id = $1 AND state = 'passed'";
    CLOSE = "UPDATE consents SET state = $2, otp_hmac = NULL, decided_at = $3, changed_at = $3 \
        WHERE auth_id = $1 AND state = 'pending'";
    CONSUME = "UPDATE consents SET state = 'consumed', auth_code = NULL, fingerprint = $6, changed_at = $7 \
        WHERE auth_id = $1 AND caller_app_id = $2 AND origin_app_id = $3 AND seal_id = $4 AND state = 'passed' \
        AND auth_code_sm3 = $5 AND auth_code_expires_at > $7";
    EXPIRE = "UPDATE consents SET state = 'expired', otp_hmac = NULL, changed_at = $1 \
        WHERE state = 'pending' AND expires_at <= $1";
    VOID_FOR_SEAL = "UPDATE consents SET state = 'void', otp_hmac = NULL, auth_code = NULL, changed_at = $2 \
        WHERE seal_id = $1 AND state IN ('pending', 'passed')";
    PURGE = "DELETE FROM consents WHERE expires_at < $1 AND state <> 'consumed'";
}

/// Opens a consent session.
///
/// # Errors
/// Failures of the database, [`crate::Error::Unique`] when id or token are taken.
pub async fn insert(tx: &mut Tx, new: &NewConsent) -> Result<()> {
    let n = new;
    run!(
        tx,
        execute(
            INSERT,
            &n.auth_id,
            &n.token_sm3,
            &n.caller_app_id,
            &n.origin_app_id,
            &n.origin_name,
            &n.seal_id,
            &n.user_id,
            &n.mobile,
            &n.mobile_index,
            &n.id_card_index,
            &n.sign_id,
            &n.doc_hash,
            n.hash_type,
            &n.doc_name,
            &n.redirect_url,
            n.applied_at,
            n.expires_at,
            &n.doc_hashes
        )
    )
    .map(|_| ())
}

/// The session with this authId.
///
/// # Errors
/// Failures of the database.
pub async fn find(tx: &mut Tx, auth_id: &str) -> Result<Option<Consent>> {
    run!(tx, optional::<Consent>(FIND, auth_id))
}

/// The session whose link carries the token with this SM3.
///
/// # Errors
/// Failures of the database.
pub async fn by_token(tx: &mut Tx, token_sm3: &str) -> Result<Option<Consent>> {
    run!(tx, optional::<Consent>(BY_TOKEN, token_sm3))
}

/// Binds the session to the first browser that opens its link. `false` when another has opened it, or it is no
/// longer pending.
///
/// # Errors
/// Failures of the database.
pub async fn open(tx: &mut Tx, auth_id: &str, session_sm3: &str, client: &str, at: i64) -> Result<bool> {
    run!(tx, execute(OPEN, auth_id, session_sm3, client, at)).map(|rows| rows == 1)
}

/// Stores the digest of a new one-time code. `false` when the session is not pending, or the last code was sent
/// after `last_sent_before` (codes must lie a minute apart).
///
/// # Errors
/// Failures of the database.
pub async fn set_otp(
    tx: &mut Tx,
    auth_id: &str,
    otp_hmac: &str,
    (at, expires_at): (i64, i64),
    last_sent_before: i64,
) -> Result<bool> {
    run!(tx, execute(SET_OTP, auth_id, otp_hmac, at, expires_at, last_sent_before)).map(|rows| rows == 1)
}

/// Counts a try of the one-time code, before it is compared, so that racing tries cannot exceed `max_tries`.
/// The caller must commit before it compares, and then compare in constant time with the digest in [`find`].
///
/// # Errors
/// Failures of the database.
pub async fn try_otp(tx: &mut Tx, auth_id: &str, max_tries: i64, at: i64) -> Result<Try> {
    let rows = run!(tx, execute(TRY_OTP, auth_id, at, max_tries))?;
    Ok(if rows == 1 { Try::Compare } else { Try::Dead })
}

/// The signer agreed. `auth_code` is the sealed text of the code, kept so that the platform may fetch it again
/// until it is used. `false` when the session is not pending any more.
///
/// # Errors
/// Failures of the database.
pub async fn pass(
    tx: &mut Tx,
    auth_id: &str,
    (auth_code, auth_code_sm3): (&str, &str),
    code_expires_at: i64,
    at: i64,
) -> Result<bool> {
    run!(tx, execute(PASS, auth_id, auth_code, auth_code_sm3, code_expires_at, at)).map(|rows| rows == 1)
}

/// Stores what this system states of how the signer agreed, sealed; in the transaction of [`pass`].
///
/// # Errors
/// Failures of the database.
pub async fn set_record(tx: &mut Tx, auth_id: &str, record: &str) -> Result<()> {
    run!(tx, execute(SET_RECORD, auth_id, record)).map(|_| ())
}

/// Closes a pending session as refused or expired; `false` when it is not pending.
///
/// # Errors
/// Failures of the database.
pub async fn close(tx: &mut Tx, auth_id: &str, state: ConsentState, at: i64) -> Result<bool> {
    run!(tx, execute(CLOSE, auth_id, state.as_str(), at)).map(|rows| rows == 1)
}

/// Uses the consent up, in the transaction that stores the signature.
///
/// # Errors
/// Failures of the database.
pub async fn consume(tx: &mut Tx, using: &Use<'_>) -> Result<Consumed> {
    let u = using;
    let rows = run!(
        &mut *tx,
        execute(
            CONSUME,
            u.auth_id,
            u.caller_app_id,
            u.origin_app_id,
            u.seal_id,
            u.auth_code_sm3,
            u.fingerprint,
            u.at
        )
    )?;
    if rows == 1 {
        return Ok(Consumed::Now);
    }
    let before = find(tx, u.auth_id).await?.is_some_and(|found| {
        found.state == ConsentState::Consumed
            && found.caller_app_id == u.caller_app_id
            && found.origin_app_id == u.origin_app_id
            && found.seal_id == u.seal_id
            && found.auth_code_sm3.as_deref() == Some(u.auth_code_sm3)
            && found.fingerprint.as_deref() == Some(u.fingerprint)
    });
    Ok(if before { Consumed::Before } else { Consumed::Refused })
}

/// Marks every pending session whose time is over as expired; gives their number.
///
/// # Errors
/// Failures of the database.
pub async fn expire(tx: &mut Tx, now: i64) -> Result<u64> {
    run!(tx, execute(EXPIRE, now))
}

/// Voids every open session of a seal; gives their number.
///
/// # Errors
/// Failures of the database.
pub async fn void_for_seal(tx: &mut Tx, seal_id: &str, at: i64) -> Result<u64> {
    run!(tx, execute(VOID_FOR_SEAL, seal_id, at))
}

/// Forgets sessions that ended before `before` and led to no signature.
///
/// # Errors
/// Failures of the database.
pub async fn purge(tx: &mut Tx, before: i64) -> Result<u64> {
    run!(tx, execute(PURGE, before))
}
