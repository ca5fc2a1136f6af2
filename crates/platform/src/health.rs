//! Whether the platform can serve: live means that the process runs, ready that a request would succeed, with the
//! causes when it would not.

use crypto::SignatureAlgorithm;
use serde::Serialize;

use crate::context::Context;
use crate::failure::chain;

/// What the canary signs.
const CANARY: &[u8] = b"CCUA-SEAL-CANARY-1\n";

/// The state of one thing that serving depends on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Check {
    /// What was looked at.
    pub name: &'static str,
    /// Whether it is good.
    pub ok: bool,
    /// Why not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cause: Option<String>,
}

/// Whether requests can be served.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Readiness {
    /// Whether all is good.
    pub ready: bool,
    /// Each thing.
    pub checks: Vec<Check>,
}

fn check(name: &'static str, result: Result<(), String>) -> Check {
    Check { name, ok: result.is_ok(), cause: result.err() }
}

/// Looks at everything that serving depends on: the database, the cryptography's known answers, and whether the
/// signing key makes a signature that verifies.
pub async fn readiness(context: &Context) -> Readiness {
    let database = context.database.ping().await.map_err(|error| chain(&error));
    let (self_test, canary) = {
        let context = context.clone();
        let work = move || (self_test(&context), canary(&context));
        tokio::task::spawn_blocking(work).await.unwrap_or_else(|error| {
            let cause = error.to_string();
            (Err(cause.clone()), Err(cause))
        })
    };
    let checks = vec![check("database", database), check("self-test", self_test), check("signing", canary)];
    Readiness { ready: checks.iter().all(|check| check.ok), checks }
}

fn self_test(context: &Context) -> Result<(), String> {
    crypto::self_test(&context.random).map(|_| ()).map_err(|error| error.to_string())
}

fn canary(context: &Context) -> Result<(), String> {
    let signature = context.signer.sign(CANARY).map_err(|error| error.to_string())?;
    let key = context.signer.verifying_key();
    key.verify(SignatureAlgorithm::Sm2Sm3, CANARY, &signature).map_err(|error| error.to_string())
}
