//! The active probe (探测): every address that may be given calls is asked, again and again, whether it is there and
//! ready; and what this process knows of it is written down for people.
//!
//! Only registered addresses are asked, without following redirects, within a deadline and a few kilobytes. The
//! address is `https`, whose certificate has to be the name's, or on this machine: so a name that is made to point
//! inside leads nowhere.

use std::sync::Arc;

use client::{Bounds, Peer, Readiness};
use futures_util::stream::{self, StreamExt};
use http_server::Shutdown;
use jiff::{SignedDuration, Timestamp};
use storage::platform::endpoints::{self, EndpointRow, EndpointState};
use storage::platform::standing;
use storage::platform::systems::{self, SystemState};

use super::board::Probe;
use super::{Routes, app_id, usable_keys};
use crate::context::Context;
use crate::failure::Outcome;

/// The largest answer to a probe.
const MAX_ANSWER: usize = 64 << 10;
/// Addresses asked at once.
const AT_ONCE: usize = 16;
/// What replicas saw is shown to people for so long.
pub(super) const SHOWN_FOR: SignedDuration = SignedDuration::from_mins(10);

/// An address to be asked, with whose it is and which keys may answer.
type Asked = (EndpointRow, Peer);

impl Routes {
    /// Probes until shutdown, as often as the configuration says.
    pub async fn run_probes(self: Arc<Self>, shutdown: Shutdown) {
        let Some(interval) = self.context.config.routing.probe() else { return };
        loop {
            if let Err(error) = self.probe_all().await {
                tracing::warn!(error = %protocol::ApiError::from(error), "probing the addresses failed");
            }
            tokio::select! {
                () = shutdown.wait() => return,
                () = tokio::time::sleep(interval) => {}
            }
        }
    }

    /// Probes every address of every live system once, and writes down what is known.
    ///
    /// # Errors
    /// Failures of the database.
    pub async fn probe_all(&self) -> Outcome<()> {
        let (rows, asked) = self.to_ask().await?;
        self.board.keep_only(&rows);
        let probes = asked.into_iter().map(|(row, peer)| async move {
            let probe = self.probe(peer).await;
            self.board.seat(&row.app_id, &row.base_url).probed(probe);
        });
        stream::iter(probes).buffer_unordered(AT_ONCE).collect::<Vec<()>>().await;
        self.write_down(&rows).await
    }

    async fn to_ask(&self) -> Outcome<(Vec<EndpointRow>, Vec<Asked>)> {
        let now = self.context.now();
        let mut tx = self.context.database.read().await?;
        let rows = endpoints::list(&mut tx).await?;
        let mut asked = Vec::new();
        for system in systems::list(&mut tx).await? {
            if system.state != SystemState::Online {
                continue;
            }
            let way = standing::way_to(&mut tx, &system.app_id).await?;
            let keys = usable_keys(&way.keys, now);
            let id = app_id(&system.app_id)?;
            let own = |row: &&EndpointRow| row.app_id == system.app_id && row.state == EndpointState::Active;
            for row in rows.iter().filter(own) {
                asked.push((row.clone(), Peer::new(&row.base_url, id.clone(), keys.iter().cloned())));
            }
        }
        tx.commit().await?;
        Ok((rows, asked))
    }

    /// One probe: a rightly signed answer says that it is there, `/health/ready` whether it is ready.
    pub(super) async fn probe(&self, peer: Peer) -> Probe {
        let deadline = self.context.config.routing.probe_deadline();
        let client = self.client.towards(peer).with_bounds(Bounds { deadline, max_answer: MAX_ANSWER });
        let (ok, text) = match client.readiness().await {
            Ok(Readiness::Ready) => (true, "ready".to_owned()),
            Ok(Readiness::NotReady) => (false, "it says that it is not ready".to_owned()),
            Err(error) => (false, error.to_string()),
        };
        Probe { at: self.context.now(), ok, text }
    }

    async fn write_down(&self, rows: &[EndpointRow]) -> Outcome<()> {
        let now = self.context.now();
        let mut tx = self.context.database.begin().await?;
        for row in rows {
            let seat = self.board.seat(&row.app_id, &row.base_url);
            endpoints::put_health(&mut tx, &seat.health(row, &self.replica, now)).await?;
        }
        endpoints::purge_health(&mut tx, shown_since(&self.context, now)).await?;
        Ok(tx.commit().await?)
    }
}

/// Since when what replicas saw is shown: long enough for a slow rhythm of probes.
pub(super) fn shown_since(context: &Context, now: Timestamp) -> i64 {
    let rhythm = i64::try_from(context.config.routing.probe_ms).unwrap_or(i64::MAX);
    let shown = SHOWN_FOR.max(SignedDuration::from_millis(rhythm.saturating_mul(3)));
    now.checked_sub(shown).unwrap_or(now).as_millisecond()
}
