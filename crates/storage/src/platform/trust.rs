//! The trust list (信任列表): CA certificates, each system's seal makers, revocation lists (resolutions 2).

use crate::{Result, Tx};

text_enum! {
    /// What a certificate is trusted for.
    Purpose {
        /// The root of a certification authority.
        Root = "root",
        /// A certificate between a root and its users.
        Intermediate = "intermediate",
        /// A maker of seals (制章人) of one system.
        Maker = "maker",
        /// A time-stamp authority.
        TimeStamp = "time-stamp",
    }
}

/// A trusted certificate.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct TrustedCertificate {
    /// SM3 of the certificate, lower hexadecimal.
    pub cert_sm3: String,
    /// What for.
    #[sqlx(try_from = "String")]
    pub purpose: Purpose,
    /// The system it is trusted for; empty for all.
    pub app_id: String,
    /// The certificate, DER.
    pub cert: Vec<u8>,
    /// Since when.
    pub added_at: i64,
    /// Until when, if it was taken off the list.
    pub removed_at: Option<i64>,
}

/// The newest revocation list of an issuer.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Crl {
    /// The issuer's name, DER in lower hexadecimal.
    pub issuer: String,
    /// The list, DER.
    pub crl: Vec<u8>,
    /// thisUpdate of the list.
    pub this_update: i64,
    /// nextUpdate of the list.
    pub next_update: Option<i64>,
    /// When it was fetched.
    pub fetched_at: i64,
}

sql! {
    ADD = "INSERT INTO trust_certificates (cert_sm3, purpose, app_id, cert, added_at) VALUES ($1, $2, $3, $4, $5) \
        ON CONFLICT (cert_sm3, purpose, app_id) DO UPDATE SET removed_at = NULL";
    REMOVE = "UPDATE trust_certificates SET removed_at = $4 \
        WHERE cert_sm3 = $1 AND purpose = $2 AND app_id = $3 AND removed_at IS NULL";
    CURRENT = "SELECT cert_sm3, purpose, app_id, cert, added_at, removed_at FROM trust_certificates \
        WHERE removed_at IS NULL ORDER BY purpose, app_id, added_at, cert_sm3";
    CHANGED_AT = "SELECT MAX(CASE WHEN removed_at IS NULL OR removed_at < added_at THEN added_at ELSE removed_at END) \
        FROM trust_certificates";
    MAKERS = "SELECT cert_sm3, purpose, app_id, cert, added_at, removed_at FROM trust_certificates \
        WHERE purpose = 'maker' AND app_id = $1 AND removed_at IS NULL ORDER BY added_at, cert_sm3";
    PUT_CRL = "INSERT INTO trust_crls (issuer, crl, this_update, next_update, fetched_at) \
        VALUES ($1, $2, $3, $4, $5) ON CONFLICT (issuer) DO UPDATE SET crl = excluded.crl, \
        this_update = excluded.this_update, next_update = excluded.next_update, fetched_at = excluded.fetched_at \
        WHERE trust_crls.this_update <= excluded.this_update";
    CRLS = "SELECT issuer, crl, this_update, next_update, fetched_at FROM trust_crls ORDER BY issuer";
}

/// Puts a certificate on the list, or back on it; `removed_at` is not looked at.
///
/// # Errors
/// Failures of the database.
pub async fn add(tx: &mut Tx, new: &TrustedCertificate) -> Result<()> {
    run!(tx, execute(ADD, &new.cert_sm3, new.purpose.as_str(), &new.app_id, &new.cert, new.added_at))
        .map(|_| ())
}

/// Takes a certificate off the list; `false` when it is not on it.
///
/// # Errors
/// Failures of the database.
pub async fn remove(tx: &mut Tx, cert_sm3: &str, purpose: Purpose, app_id: &str, at: i64) -> Result<bool> {
    run!(tx, execute(REMOVE, cert_sm3, purpose.as_str(), app_id, at)).map(|rows| rows == 1)
}

/// The whole list as it is now.
///
/// # Errors
/// Failures of the database.
pub async fn current(tx: &mut Tx) -> Result<Vec<TrustedCertificate>> {
    run!(tx, all::<TrustedCertificate>(CURRENT))
}

/// When a certificate was last put on the list or taken off it.
///
/// # Errors
/// Failures of the database.
pub async fn changed_at(tx: &mut Tx) -> Result<Option<i64>> {
    run!(tx, scalar::<Option<i64>>(CHANGED_AT))
}

/// The seal makers of one system.
///
/// # Errors
/// Failures of the database.
pub async fn makers(tx: &mut Tx, app_id: &str) -> Result<Vec<TrustedCertificate>> {
    run!(tx, all::<TrustedCertificate>(MAKERS, app_id))
}

/// Stores a revocation list unless a newer one of the same issuer is there; whether it was stored.
///
/// # Errors
/// Failures of the database.
pub async fn put_crl(tx: &mut Tx, crl: &Crl) -> Result<bool> {
    run!(tx, execute(PUT_CRL, &crl.issuer, &crl.crl, crl.this_update, crl.next_update, crl.fetched_at))
        .map(|rows| rows == 1)
}

/// The newest revocation list of every issuer.
///
/// # Errors
/// Failures of the database.
pub async fn crls(tx: &mut Tx) -> Result<Vec<Crl>> {
    run!(tx, all::<Crl>(CRLS))
}
