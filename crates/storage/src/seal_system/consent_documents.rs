//! The documents of a consent to several (批量意愿认证): shown to the signer in their order, each to be signed once.

use crate::seal_system::consents::{Consumed, Use};
use crate::{Result, Tx};

/// A document that a consent is for. It has no `Debug`: names belong in no log.
#[derive(Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Document {
    /// Its digest, lower hexadecimal.
    pub digest: String,
    /// Its place in the list, from 1.
    pub number: i64,
    /// Its name, sealed, where one was sent.
    pub name: Option<String>,
    /// The digest of the request it was signed for.
    pub fingerprint: Option<String>,
}

sql! {
    ADD = "INSERT INTO consent_documents (auth_id, digest, number, name) VALUES ($1, $2, $3, $4)";
    OF_CONSENT = "SELECT digest, number, name, fingerprint FROM consent_documents WHERE auth_id = $1 ORDER BY number";
    CONSUME = "UPDATE consent_documents SET fingerprint = $7 WHERE auth_id = $1 AND digest = $6 AND fingerprint IS NULL \
        AND EXISTS (SELECT 1 FROM consents c WHERE c.auth_id = $1 AND c.caller_app_id = $2 AND c.origin_app_id = $3 \
        AND c.seal_id = $4 AND c.state = 'passed' AND c.auth_code_sm3 = $5 AND c.auth_code_expires_at > $8)";
    CLOSE = "UPDATE consents SET state = 'consumed', auth_code = NULL, changed_at = $2 WHERE auth_id = $1 \
        AND state = 'passed' AND NOT EXISTS (SELECT 1 FROM consent_documents d WHERE d.auth_id = $1 \
        AND d.fingerprint IS NULL)";
    PURGE = "DELETE FROM consent_documents WHERE auth_id IN (SELECT c.auth_id FROM consents c \
        WHERE c.expires_at < $1 AND c.state <> 'consumed')";
}

/// Records the documents of a session, in their order: digest in lower hexadecimal, sealed name.
///
/// # Errors
/// Failures of the database.
pub async fn add(tx: &mut Tx, auth_id: &str, documents: &[(String, Option<String>)]) -> Result<()> {
    for (number, (digest, name)) in (1_i64..).zip(documents) {
        run!(&mut *tx, execute(ADD, auth_id, digest, number, name))?;
    }
    Ok(())
}

/// The documents of a session, in their order; none for one that is not for several.
///
/// # Errors
/// Failures of the database.
pub async fn of_consent(tx: &mut Tx, auth_id: &str) -> Result<Vec<Document>> {
    run!(tx, all::<Document>(OF_CONSENT, auth_id))
}

/// Uses one document of the consent up, in the transaction that stores the signature; with the last of them the consent.
///
/// # Errors
/// Failures of the database.
pub async fn consume(tx: &mut Tx, using: &Use<'_>, digest: &str) -> Result<Consumed> {
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
            digest,
            u.fingerprint,
            u.at
        )
    )?;
    if rows != 1 {
        return Ok(Consumed::Refused);
    }
    run!(tx, execute(CLOSE, u.auth_id, u.at))?;
    Ok(Consumed::Now)
}

/// Forgets the documents of sessions that ended before `before` and led to no signature; before the sessions themselves.
///
/// # Errors
/// Failures of the database.
pub async fn purge(tx: &mut Tx, before: i64) -> Result<u64> {
    run!(tx, execute(PURGE, before))
}
