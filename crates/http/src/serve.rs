//! Serving, and a shutdown that loses no request.
//!
//! On shutdown no new connection is taken, requests under way are answered, and work that outlived its caller is
//! waited for.

use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio_util::task::TaskTracker;

/// Tells servers to stop. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Shutdown(watch::Sender<bool>);

impl Default for Shutdown {
    fn default() -> Self {
        Self::new()
    }
}

impl Shutdown {
    /// Not yet told.
    pub fn new() -> Self {
        Self(watch::Sender::new(false))
    }

    /// Tells everybody who waits.
    pub fn begin(&self) {
        self.0.send_replace(true);
    }

    /// Whether it was told.
    pub fn has_begun(&self) -> bool {
        *self.0.borrow()
    }

    /// Waits until it is told.
    pub async fn wait(&self) {
        let mut told = self.0.subscribe();
        // The sender lives in `self`, so this can only end by the change.
        drop(told.wait_for(|told| *told).await);
    }

    /// Begins when the process is asked to end (Ctrl-C or SIGTERM).
    pub fn on_signal(&self) {
        let shutdown = self.clone();
        tokio::spawn(async move {
            asked_to_end().await;
            shutdown.begin();
        });
    }
}

#[cfg(unix)]
async fn asked_to_end() {
    use tokio::signal::unix::{SignalKind, signal};
    match signal(SignalKind::terminate()) {
        Ok(mut terminate) => tokio::select! {
            _ = tokio::signal::ctrl_c() => {}
            _ = terminate.recv() => {}
        },
        Err(error) => {
            tracing::warn!(%error, "no handler for SIGTERM");
            drop(tokio::signal::ctrl_c().await);
        }
    }
}

#[cfg(not(unix))]
async fn asked_to_end() {
    drop(tokio::signal::ctrl_c().await);
}

/// Work that goes on although its caller hung up. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct Tasks(TaskTracker);

impl Tasks {
    /// Starts work that shutdown waits for.
    pub fn spawn<T: Send + 'static>(&self, work: impl Future<Output = T> + Send + 'static) -> JoinHandle<T> {
        self.0.spawn(work)
    }
}

/// Longest that shutdown waits for work under way.
const PATIENCE: Duration = Duration::from_secs(30);

/// Serves until shutdown; returns when everything under way is done.
///
/// # Errors
/// Failures of the listener.
pub async fn serve(listener: TcpListener, router: Router, tasks: Tasks, shutdown: Shutdown) -> std::io::Result<()> {
    let service = router.into_make_service_with_connect_info::<SocketAddr>();
    let stop = shutdown.clone();
    let server = axum::serve(listener, service).with_graceful_shutdown(async move { stop.wait().await });
    // A connection that stays open without a request must not hold the shutdown up for ever.
    let patience = async {
        shutdown.wait().await;
        tokio::time::sleep(PATIENCE).await;
    };
    tokio::select! {
        ended = async { server.await } => ended?,
        () = patience => tracing::warn!("connections were still open at the end of the patience"),
    }
    tasks.0.close();
    if tokio::time::timeout(PATIENCE, tasks.0.wait()).await.is_err() {
        tracing::warn!(left = tasks.0.len(), "work was still under way at the end of the patience");
    }
    Ok(())
}
