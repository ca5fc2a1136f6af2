//! Serving, and a shutdown that loses no request.
//!
//! On shutdown no new connection is taken, requests under way are answered, and work that outlived its caller is
//! waited for.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::Request;
use hyper::body::Incoming;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::task::JoinHandle;
use tokio_util::task::TaskTracker;
use tower::ServiceExt;

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
/// Longest that a connection may take for the head of a request, and stay open without one. Longer than our own
/// client keeps a connection, so that it is never the server that closes one which is about to be used.
const HEAD_TIME: Duration = Duration::from_secs(30);
/// Most connections at once. Those beyond wait in the system's queue.
const CONNECTIONS: usize = 4096;
/// Largest head of a request, in bytes.
const HEAD_BYTES: usize = 64 << 10;
/// Most requests at once on one connection (HTTP/2).
const STREAMS: u32 = 128;

/// Serves until shutdown; returns when everything under way is done.
///
/// # Errors
/// None now; kept for listeners that can fail for good.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    tasks: Tasks,
    shutdown: Shutdown,
) -> std::io::Result<()> {
    let builder = connections();
    let graceful = GracefulShutdown::new();
    let places = Arc::new(Semaphore::new(CONNECTIONS));
    loop {
        let accepted = tokio::select! {
            accepted = accept(&listener, &places) => accepted,
            () = shutdown.wait() => break,
        };
        let Some((stream, peer, place)) = accepted else { continue };
        let service = router.clone().map_request(move |mut request: Request<Incoming>| {
            request.extensions_mut().insert(ConnectInfo(peer));
            request.map(Body::new)
        });
        let connection = builder.serve_connection(TokioIo::new(stream), TowerToHyperService::new(service));
        let connection = graceful.watch(connection.into_owned());
        tokio::spawn(async move {
            if let Err(error) = connection.await {
                tracing::debug!(error, "connection");
            }
            drop(place);
        });
    }
    drop(listener);
    if tokio::time::timeout(PATIENCE, graceful.shutdown()).await.is_err() {
        tracing::warn!("connections were still open at the end of the patience");
    }
    tasks.0.close();
    if tokio::time::timeout(PATIENCE, tasks.0.wait()).await.is_err() {
        tracing::warn!(left = tasks.0.len(), "work was still under way at the end of the patience");
    }
    Ok(())
}

/// How connections are spoken with: bounds on heads, on silence, and on requests at once.
fn connections() -> Builder<TokioExecutor> {
    let mut builder = Builder::new(TokioExecutor::new());
    builder.http1().timer(TokioTimer::new()).header_read_timeout(HEAD_TIME).max_buf_size(HEAD_BYTES);
    builder
        .http2()
        .timer(TokioTimer::new())
        .keep_alive_interval(HEAD_TIME)
        .keep_alive_timeout(HEAD_TIME)
        .max_concurrent_streams(STREAMS)
        .max_header_list_size(u32::try_from(HEAD_BYTES).unwrap_or(u32::MAX));
    builder
}

/// The next connection, once there is a place for it; `None` when this one failed.
async fn accept(
    listener: &TcpListener,
    places: &Arc<Semaphore>,
) -> Option<(TcpStream, SocketAddr, OwnedSemaphorePermit)> {
    let place = Arc::clone(places).acquire_owned().await.ok()?;
    match listener.accept().await {
        Ok((stream, peer)) => {
            // Answers are small: waiting for more to send only costs time.
            drop(stream.set_nodelay(true));
            Some((stream, peer, place))
        }
        Err(error) => {
            // Most often too many open files: others have to close some first.
            tracing::warn!(%error, "a connection could not be accepted");
            tokio::time::sleep(Duration::from_millis(50)).await;
            None
        }
    }
}
