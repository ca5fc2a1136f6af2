//! Sign ids (签名ID, table 7): one signature each, enforced by compare-and-set (`facts` §7, wire profile §7).
//!
//! ```text
//! issued ──begin──► signing(fingerprint) ──finish──► used(signature)
//!    ▲                   │    │
//!    └──release, once────┘    └──void──► void ◄──void── issued
//! ```

use crate::{Result, Tx};

text_enum! {
    /// Where a sign id is in its life.
    SignIdState {
        /// Handed out, not used yet.
        Issued = "issued",
        /// A request with one fingerprint is being signed.
        Signing = "signing",
        /// The signature was made and stored.
        Used = "used",
        /// It can no longer be used.
        Void = "void",
    }
}

/// A sign id.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct SignId {
    /// The system that minted it.
    pub system_app_id: String,
    /// The id.
    pub sign_id: String,
    /// The caller it was handed to.
    pub caller_app_id: String,
    /// The seal it is for.
    pub seal_code: String,
    /// The version of the seal's content it is for.
    pub seal_version: i64,
    /// Where it is in its life.
    #[sqlx(try_from = "String")]
    pub state: SignIdState,
    /// The digest of what is or was signed with it (authId, docHash, type).
    pub fingerprint: Option<String>,
    /// How often it was released.
    pub releases: i64,
    /// When it was handed out.
    pub issued_at: i64,
    /// When it ends.
    pub expires_at: i64,
    /// When its state last changed.
    pub changed_at: i64,
    /// The signature that was handed to the caller.
    pub signature: Option<Vec<u8>>,
    /// The time stamp over it that was handed out with it.
    pub time_stamp: Option<Vec<u8>>,
    /// The request that it was handed out for; `None` for ids from before that was kept.
    pub request_id: Option<String>,
}

impl SignId {
    /// What was handed out under this id.
    pub fn signed(self) -> Option<Signed> {
        let time_stamp = self.time_stamp;
        self.signature.map(|signature| Signed { signature, time_stamp })
    }
}

/// What is handed out under a sign id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signed {
    /// The signature.
    pub signature: Vec<u8>,
    /// The time stamp over it, where one was made.
    pub time_stamp: Option<Vec<u8>>,
}

/// What a new sign id is bound to.
#[derive(Debug, Clone, Copy)]
pub struct NewSignId<'a> {
    /// The system that minted it.
    pub system_app_id: &'a str,
    /// The id.
    pub sign_id: &'a str,
    /// The caller it is handed to.
    pub caller_app_id: &'a str,
    /// The seal it is for.
    pub seal_code: &'a str,
    /// The version of the seal's content.
    pub seal_version: i64,
    /// Now.
    pub issued_at: i64,
    /// When it ends.
    pub expires_at: i64,
    /// The request that it is handed out for.
    pub request_id: &'a str,
}

/// What a request presents to use a sign id.
#[derive(Debug, Clone, Copy)]
pub struct Use<'a> {
    /// The system of the seal.
    pub system_app_id: &'a str,
    /// The id.
    pub sign_id: &'a str,
    /// Who asks.
    pub caller_app_id: &'a str,
    /// With which seal.
    pub seal_code: &'a str,
    /// The digest of what is to be signed.
    pub fingerprint: &'a str,
    /// Now.
    pub at: i64,
}

/// Whether a request may be signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Begin {
    /// It may; the id is bound to this fingerprint now.
    Started,
    /// The same request was begun before and did not end; it may be forwarded again.
    Resumed,
    /// The same request was signed before: this is what was handed out.
    Done(Signed),
    /// It may not (40006).
    Refused(Refusal),
}

/// Why a sign id cannot be used; for the evidence, callers are told 40006 for all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// There is none.
    Unknown,
    /// It belongs to another caller or seal.
    BoundToAnother,
    /// It has ended.
    Expired,
    /// It is or was used for something else.
    OtherRequest,
    /// A change of the seal has voided it.
    Void,
}

macro_rules! columns {
    () => {
        "system_app_id, sign_id, caller_app_id, seal_code, seal_version, state, fingerprint, releases, issued_at, \
         expires_at, changed_at, signature, time_stamp, request_id"
    };
}

sql! {
    INSERT = "INSERT INTO sign_ids (system_app_id, sign_id, caller_app_id, seal_code, seal_version, state, releases, \
        issued_at, expires_at, changed_at, request_id) VALUES ($1, $2, $3, $4, $5, 'issued', 0, $6, $7, $6, $8) \
        ON CONFLICT DO NOTHING";
    FIND = concat!("SELECT ", columns!(), " FROM sign_ids WHERE system_app_id = $1 AND sign_id = $2");
    BEGIN = "UPDATE sign_ids SET state = 'signing', fingerprint = $5, changed_at = $6 \
        WHERE system_app_id = $1 AND sign_id = $2 AND caller_app_id = $3 AND seal_code = $4 AND state = 'issued' \
        AND expires_at > $6";
    FINISH = "UPDATE sign_ids SET state = 'used', signature = $4, time_stamp = $5, changed_at = $6 \
        WHERE system_app_id = $1 AND sign_id = $2 AND state = 'signing' AND fingerprint = $3";
    RELEASE = "UPDATE sign_ids SET state = 'issued', fingerprint = NULL, releases = releases + 1, changed_at = $4 \
        WHERE system_app_id = $1 AND sign_id = $2 AND state = 'signing' AND fingerprint = $3 AND releases = 0";
    VOID = "UPDATE sign_ids SET state = 'void', changed_at = $3 \
        WHERE system_app_id = $1 AND sign_id = $2 AND state IN ('issued', 'signing')";
    VOID_FOR_SEAL = "UPDATE sign_ids SET state = 'void', changed_at = $2 \
        WHERE seal_code = $1 AND state IN ('issued', 'signing')";
    VOID_FOR_SYSTEM = "UPDATE sign_ids SET state = 'void', changed_at = $2 \
        WHERE system_app_id = $1 AND state IN ('issued', 'signing')";
    PURGE = "DELETE FROM sign_ids WHERE expires_at < $1 AND state IN ('issued', 'void')";
}

/// Registers a sign id that a seal system has minted; `false` when that system has used the id before (60003).
///
/// # Errors
/// Failures of the database.
pub async fn issue(tx: &mut Tx, new: &NewSignId<'_>) -> Result<bool> {
    let rows = run!(
        tx,
        execute(
            INSERT,
            new.system_app_id,
            new.sign_id,
            new.caller_app_id,
            new.seal_code,
            new.seal_version,
            new.issued_at,
            new.expires_at,
            new.request_id
        )
    )?;
    Ok(rows == 1)
}

/// The sign id of a system.
///
/// # Errors
/// Failures of the database.
pub async fn find(tx: &mut Tx, system_app_id: &str, sign_id: &str) -> Result<Option<SignId>> {
    run!(tx, optional::<SignId>(FIND, system_app_id, sign_id))
}

/// Takes the sign id for one request. Of two different requests at the same time one is started, the other
/// refused.
///
/// # Errors
/// Failures of the database.
pub async fn begin(tx: &mut Tx, using: &Use<'_>) -> Result<Begin> {
    let u = using;
    let taken = run!(
        &mut *tx,
        execute(BEGIN, u.system_app_id, u.sign_id, u.caller_app_id, u.seal_code, u.fingerprint, u.at)
    )?;
    if taken == 1 {
        return Ok(Begin::Started);
    }
    let Some(found) = find(tx, u.system_app_id, u.sign_id).await? else {
        return Ok(Begin::Refused(Refusal::Unknown));
    };
    Ok(judge(found, using))
}

/// Why the id could not be taken anew.
fn judge(found: SignId, using: &Use<'_>) -> Begin {
    if found.caller_app_id != using.caller_app_id || found.seal_code != using.seal_code {
        return Begin::Refused(Refusal::BoundToAnother);
    }
    let same = found.fingerprint.as_deref() == Some(using.fingerprint);
    let (state, ends) = (found.state, found.expires_at);
    match (state, found.signed()) {
        (SignIdState::Issued, _) => Begin::Refused(Refusal::Expired),
        (SignIdState::Void, _) => Begin::Refused(Refusal::Void),
        (SignIdState::Used, Some(signed)) if same => Begin::Done(signed),
        (SignIdState::Signing, _) if same && ends > using.at => Begin::Resumed,
        (SignIdState::Signing, _) if same => Begin::Refused(Refusal::Expired),
        (SignIdState::Signing | SignIdState::Used, _) => Begin::Refused(Refusal::OtherRequest),
    }
}

/// Stores the signature made for a request that was begun, with the time stamp over it. `false` when the id is not in `signing` with this
/// fingerprint any more: it was voided, or another try of the same request has finished (then [`begin`] gives the
/// stored signature). What is not stored must not be handed on.
///
/// # Errors
/// Failures of the database.
pub async fn finish(
    tx: &mut Tx,
    (system_app_id, sign_id): (&str, &str),
    fingerprint: &str,
    signed: (&[u8], Option<&[u8]>),
    at: i64,
) -> Result<bool> {
    let (signature, time_stamp) = signed;
    run!(tx, execute(FINISH, system_app_id, sign_id, fingerprint, signature, time_stamp, at))
        .map(|rows| rows == 1)
}

/// Gives the id back when it is certain that no signature was made; possible once. `false` when it was released
/// before or is not in `signing` with this fingerprint.
///
/// # Errors
/// Failures of the database.
pub async fn release(
    tx: &mut Tx,
    (system_app_id, sign_id): (&str, &str),
    fingerprint: &str,
    at: i64,
) -> Result<bool> {
    run!(tx, execute(RELEASE, system_app_id, sign_id, fingerprint, at)).map(|rows| rows == 1)
}

/// Voids one id; `false` when it was used or void.
///
/// # Errors
/// Failures of the database.
pub async fn void(tx: &mut Tx, (system_app_id, sign_id): (&str, &str), at: i64) -> Result<bool> {
    run!(tx, execute(VOID, system_app_id, sign_id, at)).map(|rows| rows == 1)
}

/// Voids every id of a seal that is issued or being used; gives their number.
///
/// # Errors
/// Failures of the database.
pub async fn void_for_seal(tx: &mut Tx, seal_code: &str, at: i64) -> Result<u64> {
    run!(tx, execute(VOID_FOR_SEAL, seal_code, at))
}

/// Voids every id that a system has minted and that is issued or being used; gives their number.
///
/// # Errors
/// Failures of the database.
pub async fn void_for_system(tx: &mut Tx, system_app_id: &str, at: i64) -> Result<u64> {
    run!(tx, execute(VOID_FOR_SYSTEM, system_app_id, at))
}

/// Forgets ids that ended before `before` without a signature.
///
/// # Errors
/// Failures of the database.
pub async fn purge(tx: &mut Tx, before: i64) -> Result<u64> {
    run!(tx, execute(PURGE, before))
}
