//! What the system's own certification authority has issued and revoked.

use crate::{Result, Tx, sequences};

/// A certificate issued.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct IssuedCertificate {
    /// Serial number, upper-case hexadecimal.
    pub cert_number: String,
    /// The authority that issued it, by the id of its key.
    pub issuer: String,
    /// The certificate, DER.
    pub cert: Vec<u8>,
    /// When.
    pub issued_at: i64,
    /// Its last moment.
    pub not_after: i64,
    /// When it was revoked.
    pub revoked_at: Option<i64>,
    /// CRLReason of RFC 5280.
    pub reason: Option<i64>,
}

/// A revocation list issued.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct IssuedCrl {
    /// The authority, by the id of its key.
    pub issuer: String,
    /// cRLNumber.
    pub number: i64,
    /// The list, DER.
    pub crl: Vec<u8>,
    /// thisUpdate.
    pub this_update: i64,
    /// nextUpdate.
    pub next_update: i64,
}

macro_rules! columns {
    () => {
        "cert_number, issuer, cert, issued_at, not_after, revoked_at, reason"
    };
}

sql! {
    INSERT = "INSERT INTO issued_certificates (cert_number, issuer, cert, issued_at, not_after) \
        VALUES ($1, $2, $3, $4, $5)";
    FIND = concat!("SELECT ", columns!(), " FROM issued_certificates WHERE cert_number = $1");
    LIST = concat!("SELECT ", columns!(), " FROM issued_certificates ORDER BY issued_at, cert_number");
    REVOKE = "UPDATE issued_certificates SET revoked_at = $2, reason = $3 \
        WHERE cert_number = $1 AND revoked_at IS NULL";
    REVOKED = concat!("SELECT ", columns!(), " FROM issued_certificates WHERE issuer = $1 \
        AND revoked_at IS NOT NULL ORDER BY revoked_at, cert_number");
    INSERT_CRL = "INSERT INTO issued_crls (issuer, number, crl, this_update, next_update) \
        VALUES ($1, $2, $3, $4, $5)";
    NEWEST_CRL = "SELECT issuer, number, crl, this_update, next_update FROM issued_crls WHERE issuer = $1 \
        ORDER BY number DESC LIMIT 1";
}

/// Enters a certificate just issued.
///
/// # Errors
/// Failures of the database, [`crate::Error::Unique`] when the serial number is taken.
pub async fn insert(tx: &mut Tx, new: &IssuedCertificate) -> Result<()> {
    run!(tx, execute(INSERT, &new.cert_number, &new.issuer, &new.cert, new.issued_at, new.not_after))
        .map(|_| ())
}

/// The certificate with this serial number.
///
/// # Errors
/// Failures of the database.
pub async fn find(tx: &mut Tx, cert_number: &str) -> Result<Option<IssuedCertificate>> {
    run!(tx, optional::<IssuedCertificate>(FIND, cert_number))
}

/// Everything issued, oldest first.
///
/// # Errors
/// Failures of the database.
pub async fn list(tx: &mut Tx) -> Result<Vec<IssuedCertificate>> {
    run!(tx, all::<IssuedCertificate>(LIST))
}

/// Revokes a certificate, with a CRLReason; `false` when it is unknown or revoked.
///
/// # Errors
/// Failures of the database.
pub async fn revoke(tx: &mut Tx, cert_number: &str, at: i64, reason: i64) -> Result<bool> {
    run!(tx, execute(REVOKE, cert_number, at, reason)).map(|rows| rows == 1)
}

/// What an authority has revoked: the entries of its next list.
///
/// # Errors
/// Failures of the database.
pub async fn revoked(tx: &mut Tx, issuer: &str) -> Result<Vec<IssuedCertificate>> {
    run!(tx, all::<IssuedCertificate>(REVOKED, issuer))
}

/// The number of the authority's next list. Others wait for this transaction before they get theirs.
///
/// # Errors
/// Failures of the database.
pub async fn next_crl_number(tx: &mut Tx, issuer: &str) -> Result<i64> {
    sequences::next(tx, &format!("crl:{issuer}")).await
}

/// Stores a list just issued.
///
/// # Errors
/// Failures of the database, [`crate::Error::Unique`] when the number is taken.
pub async fn insert_crl(tx: &mut Tx, crl: &IssuedCrl) -> Result<()> {
    run!(tx, execute(INSERT_CRL, &crl.issuer, crl.number, &crl.crl, crl.this_update, crl.next_update))
        .map(|_| ())
}

/// The newest list of an authority.
///
/// # Errors
/// Failures of the database.
pub async fn newest_crl(tx: &mut Tx, issuer: &str) -> Result<Option<IssuedCrl>> {
    run!(tx, optional::<IssuedCrl>(NEWEST_CRL, issuer))
}
