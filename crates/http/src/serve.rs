//! Serving, and a shutdown that loses no request.
//!
//! On shutdown requests under way are answered, and work that outlived its caller is waited for. Before the listener
//! closes, connections are taken for as long as the operator says (so that a load balancer has time to see that the
//! server is no longer ready), HTTP/1 connections are asked to close after their next answer, and what waits in the
//! system's queue is served: whoever was connected is answered.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::header::CONNECTION;
use axum::http::{HeaderValue, Request, Version};
use hyper::body::Incoming;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::task::JoinHandle;
use tokio_util::task::TaskTracker;
use tower::ServiceExt;

use crate::crowd::{Crowd, Place};
use crate::entrance::Entrance;
use crate::source::{Fingerprint, Secured, trusted};

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

    /// Begins when the process is asked to end (Ctrl-C or SIGTERM), from now on: also before the task that waits for it has
    /// run. Call it inside the runtime.
    pub fn on_signal(&self) {
        let (shutdown, asked) = (self.clone(), asked_to_end());
        tokio::spawn(async move {
            asked.await;
            shutdown.begin();
        });
    }
}

/// The handlers are there when this returns, not only when it is first waited for.
#[cfg(unix)]
fn asked_to_end() -> impl Future<Output = ()> + Send + 'static {
    use tokio::signal::unix::{Signal, SignalKind, signal};
    async fn told(signal: Option<Signal>) {
        match signal {
            Some(mut signal) => drop(signal.recv().await),
            None => std::future::pending().await,
        }
    }
    let [terminate, interrupt] = [SignalKind::terminate(), SignalKind::interrupt()].map(|kind| {
        let heard = signal(kind);
        heard.inspect_err(|error| tracing::warn!(%error, ?kind, "no handler for a signal")).ok()
    });
    async {
        tokio::select! {
            () = told(terminate) => {}
            () = told(interrupt) => {}
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
/// How long connections that were just taken have for their request when shutdown has begun.
const SETTLE: Duration = Duration::from_millis(100);
/// Longest that a TLS handshake may take.
const HANDSHAKE: Duration = Duration::from_secs(10);
/// Longest that a connection may take for the head of a request, and stay open without one. Longer than our own
/// client keeps a connection, so that it is never the server that closes one which is about to be used.
const HEAD_TIME: Duration = Duration::from_secs(30);
/// Most connections at once. Those beyond wait in the system's queue.
const CONNECTIONS: usize = 4096;
/// Largest head of a request, in bytes.
const HEAD_BYTES: usize = 64 << 10;
/// Most requests at once on one connection (HTTP/2).
const STREAMS: u32 = 128;

/// Serves plain HTTP until shutdown; returns when everything under way is done.
///
/// # Errors
/// None now; kept for listeners that can fail for good.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    tasks: Tasks,
    shutdown: Shutdown,
) -> std::io::Result<()> {
    serve_at(Entrance::default(), listener, router, tasks, shutdown).await
}

/// The same through an entrance that was set up.
///
/// # Errors
/// As [`serve`].
pub async fn serve_at(
    entrance: Entrance,
    listener: TcpListener,
    router: Router,
    tasks: Tasks,
    shutdown: Shutdown,
) -> std::io::Result<()> {
    let watching = entrance.tls.clone().map(|tls| tokio::spawn(tls.watch(shutdown.clone())));
    let drain = entrance.drain;
    let house = House::new(entrance, router, shutdown.clone());
    let graceful = GracefulShutdown::new();
    house.take_until(&listener, &graceful, shutdown.wait()).await;
    house.take_until(&listener, &graceful, tokio::time::sleep(drain)).await;
    // Whoever is in the system's queue by now was promised a server.
    house.take_until(&listener, &graceful, tokio::time::sleep(SETTLE)).await;
    house.take_waiting(&listener, &graceful).await;
    drop(listener);
    tokio::time::sleep(SETTLE).await;
    if tokio::time::timeout(PATIENCE, graceful.shutdown()).await.is_err() {
        tracing::warn!("connections were still open at the end of the patience");
    }
    tasks.0.close();
    if tokio::time::timeout(PATIENCE, tasks.0.wait()).await.is_err() {
        tracing::warn!(left = tasks.0.len(), "work was still under way at the end of the patience");
    }
    if let Some(watching) = watching {
        drop(watching.await);
    }
    Ok(())
}

/// What every connection needs.
struct House {
    entrance: Entrance,
    router: Router,
    shutdown: Shutdown,
    builder: Builder<TokioExecutor>,
    places: Arc<Semaphore>,
    crowd: Crowd,
}

/// A connection that was taken, with its place among them.
struct Taken {
    stream: TcpStream,
    peer: SocketAddr,
    _place: OwnedSemaphorePermit,
    _of_address: Option<Place>,
}

impl House {
    fn new(entrance: Entrance, router: Router, shutdown: Shutdown) -> Self {
        let crowd = Crowd::new(entrance.connections_per_address);
        let places = Arc::new(Semaphore::new(CONNECTIONS));
        Self { entrance, router, shutdown, builder: connections(), places, crowd }
    }

    /// Takes connections until `end`.
    async fn take_until(
        &self,
        listener: &TcpListener,
        graceful: &GracefulShutdown,
        end: impl Future<Output = ()>,
    ) {
        tokio::pin!(end);
        loop {
            let taken = tokio::select! {
                taken = self.take(listener) => taken,
                () = &mut end => return,
            };
            if let Some(taken) = taken {
                self.speak(taken, graceful.watcher());
            }
        }
    }

    /// Takes those who are waiting in the system's queue at this moment, and waits for nobody.
    async fn take_waiting(&self, listener: &TcpListener, graceful: &GracefulShutdown) {
        for _ in 0..CONNECTIONS {
            match tokio::time::timeout(Duration::ZERO, self.take(listener)).await {
                Ok(Some(taken)) => self.speak(taken, graceful.watcher()),
                Ok(None) => {}
                Err(_) => return,
            }
        }
    }

    /// The next connection, once there is a place for it; `None` when this one failed or its address has enough.
    async fn take(&self, listener: &TcpListener) -> Option<Taken> {
        let place = Arc::clone(&self.places).acquire_owned().await.ok()?;
        match listener.accept().await {
            Ok((stream, peer)) => {
                let counted = !trusted(peer.ip(), &self.entrance.proxies);
                let of_address = if counted { Some(self.crowd.enter(peer.ip())?) } else { None };
                // Answers are small: waiting for more to send only costs time.
                drop(stream.set_nodelay(true));
                Some(Taken { stream, peer, _place: place, _of_address: of_address })
            }
            Err(error) => {
                // Most often too many open files: others have to close some first.
                tracing::warn!(%error, "a connection could not be accepted");
                tokio::time::sleep(Duration::from_millis(50)).await;
                None
            }
        }
    }

    /// Speaks HTTP with a connection in a task of its own, over TLS where there is TLS.
    fn speak(&self, taken: Taken, watcher: Watcher) {
        let (router, builder, shutdown) = (self.router.clone(), self.builder.clone(), self.shutdown.clone());
        let acceptor = self.entrance.tls.as_ref().map(crate::tls::Tls::acceptor);
        tokio::spawn(async move {
            let Taken { stream, peer, _place, _of_address } = taken;
            let Some(acceptor) = acceptor else {
                let serving = Serving { router, peer, secured: None, shutdown };
                return serving.run(stream, &builder, watcher).await;
            };
            match tokio::time::timeout(HANDSHAKE, acceptor.accept(stream)).await {
                Ok(Ok(stream)) => {
                    let shown = stream.get_ref().1.peer_certificates().and_then(<[_]>::first);
                    let secured = Some(Secured { certificate: shown.map(|der| Fingerprint::of(der)) });
                    let serving = Serving { router, peer, secured, shutdown };
                    serving.run(stream, &builder, watcher).await;
                }
                Ok(Err(error)) => tracing::debug!(%error, "TLS handshake"),
                Err(_) => tracing::debug!("a TLS handshake took too long"),
            }
        });
    }
}

/// One connection being served.
struct Serving {
    router: Router,
    peer: SocketAddr,
    secured: Option<Secured>,
    shutdown: Shutdown,
}

impl Serving {
    async fn run(
        self,
        stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
        builder: &Builder<TokioExecutor>,
        watcher: Watcher,
    ) {
        let Self { router, peer, secured, shutdown } = self;
        let service = tower::service_fn(move |mut request: Request<Incoming>| {
            request.extensions_mut().insert(ConnectInfo(peer));
            if let Some(secured) = secured {
                request.extensions_mut().insert(secured);
            }
            // HTTP/2 has a frame of its own for this.
            let leave = request.version() != Version::HTTP_2 && shutdown.has_begun();
            let answering = router.clone().oneshot(request.map(Body::new));
            async move {
                let mut response = answering.await?;
                if leave {
                    response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
                }
                Ok::<_, Infallible>(response)
            }
        });
        let connection = builder.serve_connection(TokioIo::new(stream), TowerToHyperService::new(service));
        if let Err(error) = watcher.watch(connection.into_owned()).await {
            tracing::debug!(error, "connection");
        }
    }
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
