//! The private keys a seal system keeps: of signers, seal makers, its CA, its time-stamp authority, itself.

use crate::{Result, Tx};

text_enum! {
    /// What a key is for. One key serves one purpose.
    KeyPurpose {
        /// Signs documents for the owner of a seal.
        Signer = "signer",
        /// Signs seals (制章).
        Maker = "maker",
        /// Issues certificates.
        Ca = "ca",
        /// Issues time stamps.
        TimeStamp = "time-stamp",
        /// Signs this system's requests and answers.
        System = "system",
    }
}

/// A key. It has no `Debug`, so that the private part is never printed.
#[derive(Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Key {
    /// Our id.
    pub key_id: String,
    /// What it is for.
    #[sqlx(try_from = "String")]
    pub purpose: KeyPurpose,
    /// SubjectPublicKeyInfo, DER.
    pub spki: Vec<u8>,
    /// Encrypted PKCS#8; `None` when hardware keeps the key, or it was destroyed.
    pub private_key: Option<Vec<u8>>,
    /// Its certificate, DER.
    pub cert: Option<Vec<u8>>,
    /// Serial number of the certificate, upper-case hexadecimal.
    pub cert_number: Option<String>,
    /// When it was made.
    pub created_at: i64,
    /// When it was destroyed.
    pub destroyed_at: Option<i64>,
}

macro_rules! columns {
    () => {
        "key_id, purpose, spki, private_key, cert, cert_number, created_at, destroyed_at"
    };
}

sql! {
    INSERT = "INSERT INTO keys (key_id, purpose, spki, private_key, cert, cert_number, created_at) \
        VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING";
    SET_CERT = "UPDATE keys SET cert = $2, cert_number = $3 WHERE key_id = $1";
    FIND = concat!("SELECT ", columns!(), " FROM keys WHERE key_id = $1");
    NEWEST = concat!("SELECT ", columns!(), " FROM keys WHERE purpose = $1 AND destroyed_at IS NULL \
        ORDER BY created_at DESC, key_id LIMIT 1");
    OF_PURPOSE = concat!("SELECT ", columns!(), " FROM keys WHERE purpose = $1 ORDER BY created_at, key_id");
    DESTROY = "UPDATE keys SET private_key = NULL, destroyed_at = $2 WHERE key_id = $1 AND destroyed_at IS NULL";
}

/// Stores a key; `false` when the id is taken.
///
/// # Errors
/// Failures of the database.
pub async fn insert(tx: &mut Tx, key: &Key) -> Result<bool> {
    let k = key;
    let rows = run!(
        tx,
        execute(
            INSERT,
            &k.key_id,
            k.purpose.as_str(),
            &k.spki,
            &k.private_key,
            &k.cert,
            &k.cert_number,
            k.created_at
        )
    )?;
    Ok(rows == 1)
}

/// Gives a key its certificate; `false` when there is no such key.
///
/// # Errors
/// Failures of the database.
pub async fn set_cert(tx: &mut Tx, key_id: &str, cert: &[u8], cert_number: &str) -> Result<bool> {
    run!(tx, execute(SET_CERT, key_id, cert, cert_number)).map(|rows| rows == 1)
}

/// The key with this id.
///
/// # Errors
/// Failures of the database.
pub async fn find(tx: &mut Tx, key_id: &str) -> Result<Option<Key>> {
    run!(tx, optional::<Key>(FIND, key_id))
}

/// The newest key of a purpose that was not destroyed.
///
/// # Errors
/// Failures of the database.
pub async fn newest(tx: &mut Tx, purpose: KeyPurpose) -> Result<Option<Key>> {
    run!(tx, optional::<Key>(NEWEST, purpose.as_str()))
}

/// Every key of a purpose, also destroyed ones.
///
/// # Errors
/// Failures of the database.
pub async fn of_purpose(tx: &mut Tx, purpose: KeyPurpose) -> Result<Vec<Key>> {
    run!(tx, all::<Key>(OF_PURPOSE, purpose.as_str()))
}

/// Destroys the private part of a key; `false` when there is none left.
///
/// # Errors
/// Failures of the database.
pub async fn destroy(tx: &mut Tx, key_id: &str, at: i64) -> Result<bool> {
    run!(tx, execute(DESTROY, key_id, at)).map(|rows| rows == 1)
}
