//! Every signature that was handed out, and every one that a UKey was allowed to make, with the requests that led to it,
//! so that its evidence is found without reading the log through.

use crate::{Result, Tx};

/// A signature that was handed out, or that a UKey was allowed to make.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Signing {
    /// The system of the seal.
    pub system_app_id: String,
    /// The sign id.
    pub sign_id: String,
    /// Who asked.
    pub caller_app_id: String,
    /// With which seal.
    pub seal_code: String,
    /// The version of the seal's content.
    pub seal_version: i64,
    /// The consent; empty for a UKey, whose holder agrees at the device.
    pub auth_id: String,
    /// The request that got the seal and the sign id.
    pub query_request_id: Option<String>,
    /// The request that applied for the consent.
    pub apply_request_id: Option<String>,
    /// The request that fetched the consent's voucher.
    pub result_request_id: Option<String>,
    /// The request that got the signature; for a UKey the question of the seal's system.
    pub sign_request_id: String,
    /// When the signature was handed out, or allowed.
    pub signed_at: i64,
}

impl Signing {
    /// Whether a UKey made it, out of the platform's sight.
    pub fn by_ukey(&self) -> bool {
        self.auth_id.is_empty()
    }
}

macro_rules! columns {
    () => {
        "system_app_id, sign_id, caller_app_id, seal_code, seal_version, auth_id, query_request_id, \
         apply_request_id, result_request_id, sign_request_id, signed_at"
    };
}

sql! {
    ADD = concat!("INSERT INTO signings (", columns!(), ") VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)");
    ADD_DIGEST = "INSERT INTO signing_digests (digest, system_app_id, sign_id) VALUES ($1, $2, $3) \
        ON CONFLICT DO NOTHING";
    BY_SIGN_ID = concat!("SELECT ", columns!(), " FROM signings WHERE sign_id = $1 ORDER BY signed_at LIMIT $2");
    BY_DIGEST = "SELECT s.system_app_id, s.sign_id, s.caller_app_id, s.seal_code, s.seal_version, s.auth_id, \
        s.query_request_id, s.apply_request_id, s.result_request_id, s.sign_request_id, s.signed_at \
        FROM signing_digests d JOIN signings s ON s.system_app_id = d.system_app_id AND s.sign_id = d.sign_id \
        WHERE d.digest = $1 ORDER BY s.signed_at LIMIT $2";
}

/// Records a signature and the digests by which it is looked up (lower hexadecimal), in the transaction that stores it.
///
/// # Errors
/// Failures of the database, [`crate::Error::Unique`] when it is recorded already.
pub async fn add(tx: &mut Tx, new: &Signing, digests: &[String]) -> Result<()> {
    let n = new;
    run!(
        &mut *tx,
        execute(
            ADD,
            &n.system_app_id,
            &n.sign_id,
            &n.caller_app_id,
            &n.seal_code,
            n.seal_version,
            &n.auth_id,
            &n.query_request_id,
            &n.apply_request_id,
            &n.result_request_id,
            &n.sign_request_id,
            n.signed_at
        )
    )?;
    for digest in digests {
        run!(&mut *tx, execute(ADD_DIGEST, digest, &n.system_app_id, &n.sign_id))?;
    }
    Ok(())
}

/// At most `limit` signatures under a sign id, which is unique only beside its system; the oldest first.
///
/// # Errors
/// Failures of the database.
pub async fn by_sign_id(tx: &mut Tx, sign_id: &str, limit: i64) -> Result<Vec<Signing>> {
    run!(tx, all::<Signing>(BY_SIGN_ID, sign_id, limit))
}

/// At most `limit` signatures of a document, the oldest first.
///
/// # Errors
/// Failures of the database.
pub async fn by_digest(tx: &mut Tx, digest: &str, limit: i64) -> Result<Vec<Signing>> {
    run!(tx, all::<Signing>(BY_DIGEST, digest, limit))
}
