//! Whether the platform can serve, with the causes when it cannot (see [`http_server::Readiness`]).

use std::sync::{Arc, OnceLock};

use http_server::{Check, Metrics, Readiness, Shutdown, Tls, crypto_checks, entrance_checks};
use storage::checks::{self, Demands};

use crate::context::Context;

/// What the platform looks at.
#[derive(Debug)]
pub struct Health {
    last: http_server::Health,
    metrics: Metrics,
    tls: Option<Tls>,
    /// Set when serving begins.
    shutdown: OnceLock<Shutdown>,
}

impl Health {
    /// Nothing was looked at yet.
    pub fn new(metrics: Metrics, tls: Option<Tls>) -> Self {
        Self { last: http_server::Health::default(), metrics, tls, shutdown: OnceLock::new() }
    }

    /// From now on ready depends on `shutdown` too.
    pub(crate) fn until(&self, shutdown: &Shutdown) {
        // Only the first word counts: a platform is served once.
        drop(self.shutdown.set(shutdown.clone()));
    }

    /// Looks at everything that serving depends on: the database and its evidence log, room and clock, the
    /// cryptography's known answers, whether the signing key makes a signature that verifies, and the entrance.
    pub async fn readiness(&self, context: &Context) -> Readiness {
        let look = async {
            let demands = Demands {
                now: context.now().as_millisecond(),
                free_bytes: context.config.database.min_free_mb.saturating_mul(1 << 20),
            };
            let mut found: Vec<Check> = checks::look(&context.database, demands)
                .await
                .into_iter()
                .map(|(name, result)| Check::new(name, result))
                .collect();
            let signers = vec![("signing", Arc::clone(&context.signer))];
            found.extend(crypto_checks(&context.random, signers).await);
            if let Some(shutdown) = self.shutdown.get() {
                found.extend(entrance_checks(shutdown, self.tls.as_ref(), context.now()));
            }
            found
        };
        self.last.readiness(&self.metrics, look).await
    }

    /// The text of the metrics.
    pub(crate) fn metrics(&self) -> String {
        if let Some(tls) = &self.tls {
            self.metrics.tls_ends(tls.not_after());
        }
        self.metrics.text()
    }
}
