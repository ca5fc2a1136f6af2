//! What the platform does by itself: fetching the data of seals that were filed without, forgetting what has run
//! out, making partitions ahead, telling which documents and keys end, signing checkpoints of the evidence log. A job that
//! fails is tried again at its next time.

use std::sync::Arc;
use std::time::Duration;

use http_server::Shutdown;
use jiff::SignedDuration;
use tokio::sync::Notify;

use crate::context::Context;
use crate::evidence;
use crate::failure::{Failure, Outcome};
use crate::onboarding;
use crate::query;
use crate::reconciliation;
use crate::routing::Routes;

/// Seals whose data are fetched in one go.
const SEALS_AT_ONCE: i64 = 50;
/// Changes that are forgotten in one go.
const CHANGES_AT_ONCE: i64 = 10_000;
/// Nonces are kept for twice the window in which a request's time may lie, to either side of our clock.
const NONCE_LIFE: SignedDuration = SignedDuration::from_mins(20);
/// Ids that came to nothing are kept this long after their end, for questions.
const ID_LIFE: SignedDuration = SignedDuration::from_hours(24);
/// A system that files a seal has this long to note its seal code before it is asked for the seal.
const AFTER_FILING: Duration = Duration::from_millis(300);

/// Runs the jobs.
#[derive(Debug, Clone)]
pub struct Jobs {
    context: Context,
    routes: Arc<Routes>,
    filed: Arc<Notify>,
}

impl Jobs {
    /// The jobs of a platform.
    pub fn new(context: Context, routes: Arc<Routes>) -> Self {
        Self { context, routes, filed: Arc::default() }
    }

    /// A seal was filed: its data are fetched soon.
    pub fn seal_filed(&self) {
        self.filed.notify_one();
    }

    /// Runs until shutdown.
    pub async fn run(self, shutdown: Shutdown) {
        let interval = Duration::from_millis(self.context.config.times.jobs_ms.max(100));
        let mut cursor = String::new();
        loop {
            let filed = tokio::select! {
                () = shutdown.wait() => return,
                () = self.filed.notified() => true,
                () = tokio::time::sleep(interval) => false,
            };
            if filed {
                tokio::time::sleep(AFTER_FILING).await;
                // What was just filed has the highest number; the list is begun anew so that nothing is passed over.
                cursor.clear();
            } else {
                if let Err(error) = self.forget().await {
                    failed("forgetting", error);
                }
                if let Err(error) = reconciliation::make_digests(&self.context).await {
                    failed("making the digests of a day", error);
                }
                if let Err(error) = onboarding::watch_ends(&self.context).await {
                    failed("watching documents and keys", error);
                }
            }
            if let Err(error) = evidence::checkpoint_when_due(&self.context).await {
                failed("signing a checkpoint of the evidence log", error);
            }
            match query::fetch_unchecked(&self.context, &self.routes, &cursor, SEALS_AT_ONCE).await {
                Ok(last) => cursor = last.unwrap_or_default(),
                Err(error) => failed("fetching seal data", error),
            }
        }
    }

    /// Forgets nonces outside the window, and ids and consents that ended without a signature.
    async fn forget(&self) -> Outcome<()> {
        let now = self.context.now();
        let before = |life: SignedDuration| now.checked_sub(life).unwrap_or(now).as_millisecond();
        storage::partitions::maintain(&self.context.database, now.as_millisecond(), before(NONCE_LIFE))
            .await?;
        let mut tx = self.context.database.begin().await?;
        storage::nonces::purge(&mut tx, before(NONCE_LIFE)).await?;
        storage::platform::sign_ids::purge(&mut tx, before(ID_LIFE)).await?;
        storage::platform::consents::purge(&mut tx, before(ID_LIFE)).await?;
        storage::platform::consent_documents::purge(&mut tx, before(ID_LIFE)).await?;
        let days = i64::from(self.context.config.events.keep_days);
        let kept = before(SignedDuration::from_hours(24 * days));
        storage::platform::changes::purge(&mut tx, kept, CHANGES_AT_ONCE).await?;
        Ok(tx.commit().await?)
    }
}

fn failed(job: &str, error: Failure) {
    tracing::warn!(job, error = %protocol::ApiError::from(error), "a job failed");
}
