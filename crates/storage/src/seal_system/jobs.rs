//! Documents being sealed on the application side: prepared, waiting for consent, signed, embedded. What was
//! prepared is kept, so that signing goes on after a restart.

use crate::{Result, Tx};

text_enum! {
    /// How far a document is.
    JobState {
        /// It was opened.
        Opened = "opened",
        /// The seal is placed and the data to be signed is fixed.
        Prepared = "prepared",
        /// The signer was asked.
        Asked = "asked",
        /// The signature was asked for and may have been made.
        Signing = "signing",
        /// The sealed document is there.
        Sealed = "sealed",
        /// It came to nothing; `code` says why.
        Failed = "failed",
    }
}

/// A document being sealed. It has no `Debug`: documents belong in no log.
#[derive(Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Job {
    /// Our id.
    pub job_id: String,
    /// How far it is.
    #[sqlx(try_from = "String")]
    pub state: JobState,
    /// Counts the changes, so that of two at the same time one is refused.
    pub version: i64,
    /// Name of the file, sealed.
    pub file_name: String,
    /// The document as it came.
    pub document: Vec<u8>,
    /// Its SM3, lower hexadecimal.
    pub document_sm3: String,
    /// What the formats crate needs to go on.
    pub prepared: Option<Vec<u8>>,
    /// The sealed document.
    pub result: Option<Vec<u8>>,
    /// The seal.
    pub seal_code: Option<String>,
    /// The sign id.
    pub sign_id: Option<String>,
    /// The consent.
    pub auth_id: Option<String>,
    /// The page where the signer decides.
    pub auth_url: Option<String>,
    /// The batch it is sealed in, under one consent with others.
    pub batch_id: Option<String>,
    /// What else the application needs, as it likes to write it; sealed where it holds personal data.
    pub detail: Option<String>,
    /// The code of the answer it failed with.
    pub code: Option<String>,
    /// When it was opened.
    pub created_at: i64,
    /// When it last changed.
    pub changed_at: i64,
    /// When it is forgotten.
    pub expires_at: i64,
}

/// A job without its documents, for lists.
#[derive(Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Summary {
    /// Our id.
    pub job_id: String,
    /// How far it is.
    #[sqlx(try_from = "String")]
    pub state: JobState,
    /// Name of the file, sealed.
    pub file_name: String,
    /// The seal.
    pub seal_code: Option<String>,
    /// The code of the answer it failed with.
    pub code: Option<String>,
    /// When it was opened.
    pub created_at: i64,
    /// When it last changed.
    pub changed_at: i64,
}

sql! {
    INSERT = "INSERT INTO jobs (job_id, state, version, file_name, document, document_sm3, created_at, changed_at, \
        expires_at, detail, batch_id, batch_number) VALUES ($1, 'opened', 1, $2, $3, $4, $5, $5, $6, $7, $8, $9)";
    UPDATE = "UPDATE jobs SET state = $3, version = version + 1, prepared = $4, result = $5, seal_code = $6, \
        sign_id = $7, auth_id = $8, auth_url = $9, detail = $10, code = $11, changed_at = $12, \
        batch_id = $13 WHERE job_id = $1 AND version = $2";
    FIND = "SELECT job_id, state, version, file_name, document, document_sm3, prepared, result, seal_code, sign_id, \
        auth_id, auth_url, batch_id, detail, code, created_at, changed_at, expires_at FROM jobs WHERE job_id = $1";
    OF_BATCH = "SELECT job_id FROM jobs WHERE batch_id = $1 ORDER BY batch_number";
    RECENT = "SELECT job_id, state, file_name, seal_code, code, created_at, changed_at FROM jobs \
        ORDER BY created_at DESC, job_id LIMIT $1";
    PURGE = "DELETE FROM jobs WHERE expires_at < $1";
}

/// A new document.
#[derive(Clone, Copy)]
pub struct NewJob<'a> {
    /// Our id.
    pub job_id: &'a str,
    /// Name of the file, sealed.
    pub file_name: &'a str,
    /// The document.
    pub document: &'a [u8],
    /// Now.
    pub created_at: i64,
    /// When it is forgotten.
    pub expires_at: i64,
    /// What else the application needs.
    pub detail: Option<&'a str>,
    /// The batch it is sealed in, and its place there.
    pub batch: Option<(&'a str, i64)>,
}

/// Opens a document.
///
/// # Errors
/// Failures of the database, [`crate::Error::Unique`] when the id is taken.
pub async fn insert(tx: &mut Tx, new: &NewJob<'_>) -> Result<()> {
    let sm3 = hex::encode(crypto::sm3::digest(new.document));
    let (batch_id, number) = new.batch.unzip();
    run!(
        tx,
        execute(
            INSERT,
            new.job_id,
            new.file_name,
            new.document,
            sm3,
            new.created_at,
            new.expires_at,
            new.detail,
            batch_id,
            number
        )
    )
    .map(|_| ())
}

/// The document with this id.
///
/// # Errors
/// Failures of the database.
pub async fn find(tx: &mut Tx, job_id: &str) -> Result<Option<Job>> {
    run!(tx, optional::<Job>(FIND, job_id))
}

/// The ids of the documents in a batch, in their order.
///
/// # Errors
/// Failures of the database.
pub async fn of_batch(tx: &mut Tx, batch_id: &str) -> Result<Vec<String>> {
    run!(tx, scalars::<String>(OF_BATCH, batch_id))
}

/// Stores everything but the document itself as `job` says, if it is still at `job.version`; `false` when somebody
/// else was faster. `changed_at` is taken from `job`.
///
/// # Errors
/// Failures of the database.
pub async fn update(tx: &mut Tx, job: &Job) -> Result<bool> {
    let j = job;
    let rows = run!(
        tx,
        execute(
            UPDATE,
            &j.job_id,
            j.version,
            j.state.as_str(),
            &j.prepared,
            &j.result,
            &j.seal_code,
            &j.sign_id,
            &j.auth_id,
            &j.auth_url,
            &j.detail,
            &j.code,
            j.changed_at,
            &j.batch_id
        )
    )?;
    Ok(rows == 1)
}

/// The newest documents, at most `limit`.
///
/// # Errors
/// Failures of the database.
pub async fn recent(tx: &mut Tx, limit: i64) -> Result<Vec<Summary>> {
    run!(tx, all::<Summary>(RECENT, limit))
}

/// Forgets documents whose time is over.
///
/// # Errors
/// Failures of the database.
pub async fn purge(tx: &mut Tx, now: i64) -> Result<u64> {
    run!(tx, execute(PURGE, now))
}
