//! Consents (意愿认证, tables 10 to 15) as the platform sees them: the seal system mints the authId and decides,
//! the platform records what it is bound to and lets its code be used for one request only (`facts` §7).
//!
//! ```text
//! pending ──pass(code)──► passed ──begin──► used(fingerprint)
//!    ├──refuse──► refused    ▲────release────┘
//!    └──expire──► expired         pending, passed ──void──► void
//! ```

use crate::{Result, Tx};

text_enum! {
    /// Where a consent is in its life.
    ConsentState {
        /// The signer has not decided.
        Pending = "pending",
        /// The signer agreed; the code may be used.
        Passed = "passed",
        /// The signer refused, or failed to prove who they are.
        Refused = "refused",
        /// The time ran out.
        Expired = "expired",
        /// The code was taken for one request.
        Used = "used",
        /// A change of the seal has voided it.
        Void = "void",
    }
}

/// A consent.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Consent {
    /// The system that minted it.
    pub system_app_id: String,
    /// 本次认证标识ID.
    pub auth_id: String,
    /// Who asked for it.
    pub caller_app_id: String,
    /// The seal it is for.
    pub seal_code: String,
    /// Where it is in its life.
    #[sqlx(try_from = "String")]
    pub state: ConsentState,
    /// The sign id it is bound to, if any.
    pub sign_id: Option<String>,
    /// The document it is bound to (docHash as sent), if any.
    pub doc_hash: Option<String>,
    /// hashType of `doc_hash`.
    pub hash_type: Option<i64>,
    /// The document's name, sealed.
    pub doc_name: Option<String>,
    /// Blind index of the telephone number.
    pub mobile_index: Option<String>,
    /// Blind index of the identity number.
    pub id_card_index: Option<String>,
    /// SM3 of the authCode, lower hexadecimal.
    pub auth_code_sm3: Option<String>,
    /// When the authCode ends.
    pub auth_code_expires_at: Option<i64>,
    /// The digest of the request it was used for.
    pub fingerprint: Option<String>,
    /// When it was asked for.
    pub applied_at: i64,
    /// When the authId ends.
    pub expires_at: i64,
    /// When its state last changed.
    pub changed_at: i64,
    /// The request that applied for it; `None` for consents from before that was kept.
    pub apply_request_id: Option<String>,
    /// The request that first fetched the code in force.
    pub result_request_id: Option<String>,
    /// What the seal system says of how the signer agreed, sealed.
    pub record: Option<String>,
    /// The documents it is bound to, where it is for several (docHashes as sent).
    pub doc_hashes: Option<String>,
}

/// What the seal system said when the signer had agreed.
#[derive(Debug, Clone, Copy)]
pub struct Passing<'a> {
    /// SM3 of the code, lower hexadecimal.
    pub auth_code_sm3: &'a str,
    /// When the code ends.
    pub code_expires_at: i64,
    /// The request that first fetched this code.
    pub request_id: &'a str,
    /// How the signer agreed, sealed.
    pub record: Option<&'a str>,
    /// Now.
    pub at: i64,
}

/// Whether a consent can be used for a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Begin {
    /// It is taken for this request now.
    Started,
    /// It was taken for this very request before.
    Resumed,
    /// It cannot be used.
    Refused(Refusal),
}

/// Why a consent cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// There is none (40003).
    Unknown,
    /// It belongs to another caller, seal, sign id or document (40005).
    BoundToAnother,
    /// The signer has not decided (40001).
    Pending,
    /// The signer refused (40002).
    Refused,
    /// The authId has ended (40003).
    Expired,
    /// The code is wrong, or its time is over (40004).
    Code,
    /// It was used for another request (40004).
    Used,
    /// A change of the seal has voided it (40003).
    Void,
}

/// What a request presents to use a consent. Whether the document is the one consented to is the caller's to
/// check, with [`find`].
#[derive(Debug, Clone, Copy)]
pub struct Use<'a> {
    /// The system of the seal.
    pub system_app_id: &'a str,
    /// The consent.
    pub auth_id: &'a str,
    /// Who asks.
    pub caller_app_id: &'a str,
    /// With which seal.
    pub seal_code: &'a str,
    /// With which sign id.
    pub sign_id: &'a str,
    /// SM3 of the authCode presented, lower hexadecimal.
    pub auth_code_sm3: &'a str,
    /// The digest of what is to be signed.
    pub fingerprint: &'a str,
    /// Now.
    pub at: i64,
}

macro_rules! columns {
    () => {
        "system_app_id, auth_id, caller_app_id, seal_code, state, sign_id, doc_hash, hash_type, doc_name, \
         mobile_index, id_card_index, auth_code_sm3, auth_code_expires_at, fingerprint, applied_at, expires_at, \
         changed_at, apply_request_id, result_request_id, record, doc_hashes"
    };
}

sql! {
    INSERT = "INSERT INTO consents (system_app_id, auth_id, caller_app_id, seal_code, state, sign_id, doc_hash, \
        hash_type, doc_name, mobile_index, id_card_index, applied_at, expires_at, changed_at, apply_request_id, \
        doc_hashes) VALUES ($1, $2, $3, $4, 'pending', $5, $6, $7, $8, $9, $10, $11, $12, $11, $13, $14) \
        ON CONFLICT DO NOTHING";
    FIND = concat!("SELECT ", columns!(), " FROM consents WHERE system_app_id = $1 AND auth_id = $2");
    PASS = "UPDATE consents SET state = 'passed', auth_code_sm3 = $3, auth_code_expires_at = $4, changed_at = $5, \
        result_request_id = $6, record = $7 WHERE system_app_id = $1 AND auth_id = $2 AND state IN ('pending', 'passed')";
    CLOSE = "UPDATE consents SET state = $3, changed_at = $4 \
        WHERE system_app_id = $1 AND auth_id = $2 AND state = 'pending'";
    BEGIN = "UPDATE consents SET state = 'used', fingerprint = $7, changed_at = $8 \
        WHERE system_app_id = $1 AND auth_id = $2 AND caller_app_id = $3 AND seal_code = $4 AND state = 'passed' \
        AND (sign_id IS NULL OR sign_id = $5) AND auth_code_sm3 = $6 AND auth_code_expires_at > $8";
    RELEASE = "UPDATE consents SET state = 'passed', fingerprint = NULL, changed_at = $4 \
        WHERE system_app_id = $1 AND auth_id = $2 AND state = 'used' AND fingerprint = $3";
    VOID_FOR_SEAL = "UPDATE consents SET state = 'void', changed_at = $2 \
        WHERE seal_code = $1 AND state IN ('pending', 'passed')";
    VOID_FOR_SYSTEM = "UPDATE consents SET state = 'void', changed_at = $2 \
        WHERE system_app_id = $1 AND state IN ('pending', 'passed')";
    PURGE = "DELETE FROM consents WHERE expires_at < $1 AND state <> 'used'";
}

/// Records a consent that a seal system has opened, as pending; state, code, fingerprint and `changed_at` of
/// `consent` are not looked at. `false` when that system has used the id before (60003).
///
/// # Errors
/// Failures of the database.
pub async fn apply(tx: &mut Tx, consent: &Consent) -> Result<bool> {
    let c = consent;
    let rows = run!(
        tx,
        execute(
            INSERT,
            &c.system_app_id,
            &c.auth_id,
            &c.caller_app_id,
            &c.seal_code,
            &c.sign_id,
            &c.doc_hash,
            c.hash_type,
            &c.doc_name,
            &c.mobile_index,
            &c.id_card_index,
            c.applied_at,
            c.expires_at,
            &c.apply_request_id,
            &c.doc_hashes
        )
    )?;
    Ok(rows == 1)
}

/// The consent of a system.
///
/// # Errors
/// Failures of the database.
pub async fn find(tx: &mut Tx, system_app_id: &str, auth_id: &str) -> Result<Option<Consent>> {
    run!(tx, optional::<Consent>(FIND, system_app_id, auth_id))
}

/// The signer agreed: stores the digest of the code. A second call renews code and time while the code is unused.
/// `false` when the consent is unknown or closed.
///
/// # Errors
/// Failures of the database.
pub async fn pass(
    tx: &mut Tx,
    (system_app_id, auth_id): (&str, &str),
    passing: &Passing<'_>,
) -> Result<bool> {
    let Passing { auth_code_sm3, code_expires_at, request_id, record, at } = *passing;
    let passed = run!(
        tx,
        execute(PASS, system_app_id, auth_id, auth_code_sm3, code_expires_at, at, request_id, record)
    )?;
    Ok(passed == 1)
}

/// Closes a pending consent as refused or expired; `false` when it is not pending.
///
/// # Errors
/// Failures of the database.
pub async fn close(
    tx: &mut Tx,
    (system_app_id, auth_id): (&str, &str),
    state: ConsentState,
    at: i64,
) -> Result<bool> {
    run!(tx, execute(CLOSE, system_app_id, auth_id, state.as_str(), at)).map(|rows| rows == 1)
}

/// Takes the consent and its code for one request. Of two different requests at the same time one is started,
/// the other refused.
///
/// # Errors
/// Failures of the database.
pub async fn begin(tx: &mut Tx, using: &Use<'_>) -> Result<Begin> {
    let u = using;
    let taken = run!(
        &mut *tx,
        execute(
            BEGIN,
            u.system_app_id,
            u.auth_id,
            u.caller_app_id,
            u.seal_code,
            u.sign_id,
            u.auth_code_sm3,
            u.fingerprint,
            u.at
        )
    )?;
    if taken == 1 {
        return Ok(Begin::Started);
    }
    let Some(found) = find(tx, u.system_app_id, u.auth_id).await? else {
        return Ok(Begin::Refused(Refusal::Unknown));
    };
    Ok(judge(&found, using))
}

/// Why the consent could not be taken anew.
pub(super) fn judge(found: &Consent, using: &Use<'_>) -> Begin {
    let other_sign_id = found.sign_id.as_deref().is_some_and(|bound| bound != using.sign_id);
    if found.caller_app_id != using.caller_app_id || found.seal_code != using.seal_code || other_sign_id {
        return Begin::Refused(Refusal::BoundToAnother);
    }
    let same_code = found.auth_code_sm3.as_deref() == Some(using.auth_code_sm3);
    let same_request = found.fingerprint.as_deref() == Some(using.fingerprint);
    Begin::Refused(match found.state {
        ConsentState::Used if same_code && same_request => return Begin::Resumed,
        ConsentState::Used => Refusal::Used,
        ConsentState::Pending if found.expires_at <= using.at => Refusal::Expired,
        ConsentState::Pending => Refusal::Pending,
        ConsentState::Passed => Refusal::Code,
        ConsentState::Refused => Refusal::Refused,
        ConsentState::Expired => Refusal::Expired,
        ConsentState::Void => Refusal::Void,
    })
}

/// Gives the consent back when it is certain that no signature was made.
///
/// # Errors
/// Failures of the database.
pub async fn release(
    tx: &mut Tx,
    (system_app_id, auth_id): (&str, &str),
    fingerprint: &str,
    at: i64,
) -> Result<bool> {
    run!(tx, execute(RELEASE, system_app_id, auth_id, fingerprint, at)).map(|rows| rows == 1)
}

/// Voids every open consent of a seal; gives their number.
///
/// # Errors
/// Failures of the database.
pub async fn void_for_seal(tx: &mut Tx, seal_code: &str, at: i64) -> Result<u64> {
    run!(tx, execute(VOID_FOR_SEAL, seal_code, at))
}

/// Voids every open consent of a system's seals; gives their number.
///
/// # Errors
/// Failures of the database.
pub async fn void_for_system(tx: &mut Tx, system_app_id: &str, at: i64) -> Result<u64> {
    run!(tx, execute(VOID_FOR_SYSTEM, system_app_id, at))
}

/// Forgets consents that ended before `before` without a signature.
///
/// # Errors
/// Failures of the database.
pub async fn purge(tx: &mut Tx, before: i64) -> Result<u64> {
    run!(tx, execute(PURGE, before))
}
