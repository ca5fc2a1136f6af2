//! Sign ids (签名ID) on the side that mints them and makes the signature: the signature is stored by the statement
//! that uses the id, so there is at most one that was ever given out.
//!
//! ```text
//! issued ──use_once(fingerprint, signature)──► used
//!    └──void──► void
//! ```

use crate::{Result, Tx};

text_enum! {
    /// Where a sign id is in its life.
    SignIdState {
        /// Handed out, not used yet.
        Issued = "issued",
        /// The signature was made and stored.
        Used = "used",
        /// It can no longer be used.
        Void = "void",
    }
}

/// A sign id.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct SignId {
    /// The id.
    pub sign_id: String,
    /// The platform it was handed to.
    pub caller_app_id: String,
    /// The system behind the platform that asked.
    pub origin_app_id: String,
    /// The seal it is for.
    pub seal_id: String,
    /// The making of the seal it is for.
    pub seal_version: i64,
    /// Where it is in its life.
    #[sqlx(try_from = "String")]
    pub state: SignIdState,
    /// The digest of what was signed with it (authId, docHash, type).
    pub fingerprint: Option<String>,
    /// The consent it was used with.
    pub auth_id: Option<String>,
    /// When it was handed out.
    pub issued_at: i64,
    /// When it ends.
    pub expires_at: i64,
    /// When its state last changed.
    pub changed_at: i64,
    /// The one signature.
    pub signature: Option<Vec<u8>>,
}

/// What becomes of a try to use a sign id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Used {
    /// The signature presented is stored and may be given out.
    Stored,
    /// The same request was signed before: this signature must be given out, the one presented dropped.
    Before(Vec<u8>),
    /// It cannot be used: unknown, of another caller or seal, ended, void, or used for something else (40006).
    Refused,
}

/// What a request presents to use a sign id.
#[derive(Debug, Clone, Copy)]
pub struct Use<'a> {
    /// The id.
    pub sign_id: &'a str,
    /// The platform that asks.
    pub caller_app_id: &'a str,
    /// The system behind it.
    pub origin_app_id: &'a str,
    /// The seal.
    pub seal_id: &'a str,
    /// The consent.
    pub auth_id: Option<&'a str>,
    /// The digest of what is signed.
    pub fingerprint: &'a str,
    /// Now.
    pub at: i64,
}

sql! {
    ISSUE = "INSERT INTO sign_ids (sign_id, caller_app_id, origin_app_id, seal_id, seal_version, state, issued_at, \
        expires_at, changed_at) VALUES ($1, $2, $3, $4, $5, 'issued', $6, $7, $6)";
    FIND = "SELECT sign_id, caller_app_id, origin_app_id, seal_id, seal_version, state, fingerprint, auth_id, \
        issued_at, expires_at, changed_at, signature FROM sign_ids WHERE sign_id = $1";
    USE = "UPDATE sign_ids SET state = 'used', auth_id = $5, fingerprint = $6, signature = $7, changed_at = $8 \
        WHERE sign_id = $1 AND caller_app_id = $2 AND origin_app_id = $3 AND seal_id = $4 AND state = 'issued' \
        AND expires_at > $8";
    VOID_FOR_SEAL = "UPDATE sign_ids SET state = 'void', changed_at = $2 WHERE seal_id = $1 AND state = 'issued'";
    PURGE = "DELETE FROM sign_ids WHERE expires_at < $1 AND state <> 'used'";
}

/// Hands out a sign id; state, fingerprint, consent, signature and `changed_at` of `new` are not looked at.
///
/// # Errors
/// Failures of the database, [`crate::Error::Unique`] when the id is taken.
pub async fn issue(tx: &mut Tx, new: &SignId) -> Result<()> {
    let n = new;
    run!(
        tx,
        execute(
            ISSUE,
            &n.sign_id,
            &n.caller_app_id,
            &n.origin_app_id,
            &n.seal_id,
            n.seal_version,
            n.issued_at,
            n.expires_at
        )
    )
    .map(|_| ())
}

/// The sign id.
///
/// # Errors
/// Failures of the database.
pub async fn find(tx: &mut Tx, sign_id: &str) -> Result<Option<SignId>> {
    run!(tx, optional::<SignId>(FIND, sign_id))
}

/// Uses the id for a signature just made. Only what this gives as stored, and only after the commit, may leave
/// the house.
///
/// # Errors
/// Failures of the database.
pub async fn use_once(tx: &mut Tx, using: &Use<'_>, signature: &[u8]) -> Result<Used> {
    let u = using;
    let rows = run!(
        &mut *tx,
        execute(
            USE,
            u.sign_id,
            u.caller_app_id,
            u.origin_app_id,
            u.seal_id,
            u.auth_id,
            u.fingerprint,
            signature,
            u.at
        )
    )?;
    if rows == 1 {
        return Ok(Used::Stored);
    }
    Ok(signed_before(tx, using).await?.map_or(Used::Refused, Used::Before))
}

/// The signature that was stored for this very request, so that a retry need not sign again.
///
/// # Errors
/// Failures of the database.
pub async fn signed_before(tx: &mut Tx, using: &Use<'_>) -> Result<Option<Vec<u8>>> {
    let u = using;
    let Some(found) = find(tx, u.sign_id).await? else { return Ok(None) };
    let same = found.caller_app_id == u.caller_app_id
        && found.origin_app_id == u.origin_app_id
        && found.seal_id == u.seal_id
        && found.auth_id.as_deref() == u.auth_id
        && found.fingerprint.as_deref() == Some(u.fingerprint);
    Ok(found.signature.filter(|_| same))
}

/// Voids every unused id of a seal; gives their number.
///
/// # Errors
/// Failures of the database.
pub async fn void_for_seal(tx: &mut Tx, seal_id: &str, at: i64) -> Result<u64> {
    run!(tx, execute(VOID_FOR_SEAL, seal_id, at))
}

/// Forgets ids that ended before `before` without a signature.
///
/// # Errors
/// Failures of the database.
pub async fn purge(tx: &mut Tx, before: i64) -> Result<u64> {
    run!(tx, execute(PURGE, before))
}
