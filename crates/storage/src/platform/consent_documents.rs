//! Consents to several documents (批量意愿认证): the list that the signer agreed to, of which each document may be taken for
//! one request. The consent itself stays passed until the last of them is taken.

use crate::platform::consents::{self, Begin, Consent, ConsentState, Refusal, Use};
use crate::{Result, Tx};

/// A document that a consent is for.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Document {
    /// Its digest, lower hexadecimal.
    pub digest: String,
    /// Its place in the list, from 1.
    pub number: i64,
    /// The digest of the request it was taken for.
    pub fingerprint: Option<String>,
}

sql! {
    ADD = "INSERT INTO consent_documents (system_app_id, auth_id, digest, number, expires_at) \
        VALUES ($1, $2, $3, $4, $5)";
    FIND = "SELECT digest, number, fingerprint FROM consent_documents \
        WHERE system_app_id = $1 AND auth_id = $2 AND digest = $3";
    TAKE = "UPDATE consent_documents SET fingerprint = $4 WHERE system_app_id = $1 AND auth_id = $2 AND digest = $3 \
        AND fingerprint IS NULL AND EXISTS (SELECT 1 FROM consents c WHERE c.system_app_id = $1 AND c.auth_id = $2 \
        AND c.caller_app_id = $5 AND c.seal_code = $6 AND c.state = 'passed' AND c.auth_code_sm3 = $7 \
        AND c.auth_code_expires_at > $8)";
    CLOSE = "UPDATE consents SET state = 'used', changed_at = $3 WHERE system_app_id = $1 AND auth_id = $2 \
        AND state = 'passed' AND NOT EXISTS (SELECT 1 FROM consent_documents d WHERE d.system_app_id = $1 \
        AND d.auth_id = $2 AND d.fingerprint IS NULL)";
    RELEASE = "UPDATE consent_documents SET fingerprint = NULL \
        WHERE system_app_id = $1 AND auth_id = $2 AND fingerprint = $3";
    OPEN = "UPDATE consents SET state = 'passed', changed_at = $3 WHERE system_app_id = $1 AND auth_id = $2 \
        AND state = 'used' AND fingerprint IS NULL";
    PURGE = "DELETE FROM consent_documents WHERE expires_at < $1";
}

/// Records the documents of a consent just applied for, in their order (lower hexadecimal).
///
/// # Errors
/// Failures of the database.
pub async fn add(tx: &mut Tx, consent: &Consent, digests: &[String]) -> Result<()> {
    let c = consent;
    for (number, digest) in (1_i64..).zip(digests) {
        run!(&mut *tx, execute(ADD, &c.system_app_id, &c.auth_id, digest, number, c.expires_at))?;
    }
    Ok(())
}

/// A document of a consent.
///
/// # Errors
/// Failures of the database.
pub async fn find(
    tx: &mut Tx,
    (system_app_id, auth_id): (&str, &str),
    digest: &str,
) -> Result<Option<Document>> {
    run!(tx, optional::<Document>(FIND, system_app_id, auth_id, digest))
}

/// Takes one document of the consent for one request. Of two different requests for it at the same time one is started,
/// the other refused.
///
/// # Errors
/// Failures of the database.
pub async fn begin(tx: &mut Tx, using: &Use<'_>, digest: &str) -> Result<Begin> {
    let (u, ids) = (using, (using.system_app_id, using.auth_id));
    let taken = run!(
        &mut *tx,
        execute(
            TAKE,
            u.system_app_id,
            u.auth_id,
            digest,
            u.fingerprint,
            u.caller_app_id,
            u.seal_code,
            u.auth_code_sm3,
            u.at
        )
    )?;
    if taken == 1 {
        run!(&mut *tx, execute(CLOSE, u.system_app_id, u.auth_id, u.at))?;
        return Ok(Begin::Started);
    }
    let Some(consent) = consents::find(tx, u.system_app_id, u.auth_id).await? else {
        return Ok(Begin::Refused(Refusal::Unknown));
    };
    let document = find(tx, ids, digest).await?;
    let taken_for = document.as_ref().and_then(|document| document.fingerprint.as_deref());
    let live = matches!(consent.state, ConsentState::Passed | ConsentState::Used);
    let same_code = consent.auth_code_sm3.as_deref() == Some(u.auth_code_sm3);
    let own = consent.caller_app_id == u.caller_app_id && consent.seal_code == u.seal_code;
    if live && own && same_code && taken_for == Some(u.fingerprint) {
        return Ok(Begin::Resumed);
    }
    // Not in the list, or signed already: the consent is for something else.
    if live && own && (document.is_none() || taken_for.is_some()) {
        return Ok(Begin::Refused(Refusal::BoundToAnother));
    }
    Ok(consents::judge(&consent, using))
}

/// Gives the document of a request back when it is certain that no signature was made.
///
/// # Errors
/// Failures of the database.
pub async fn release(
    tx: &mut Tx,
    (system_app_id, auth_id): (&str, &str),
    fingerprint: &str,
    at: i64,
) -> Result<bool> {
    let released = run!(&mut *tx, execute(RELEASE, system_app_id, auth_id, fingerprint))?;
    if released == 1 {
        run!(tx, execute(OPEN, system_app_id, auth_id, at))?;
    }
    Ok(released == 1)
}

/// Forgets the lists of consents that ended before `before`; what was signed is in the log and with the signatures.
///
/// # Errors
/// Failures of the database.
pub async fn purge(tx: &mut Tx, before: i64) -> Result<u64> {
    run!(tx, execute(PURGE, before))
}
