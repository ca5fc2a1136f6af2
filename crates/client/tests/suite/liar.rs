//! A server by hand that can answer anything.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use protocol::endpoints::SealStateChange;
use protocol::wire::{Binding, Canonical, Limits, Params, Reply, ReplyHeaders};
use protocol::{AppId, Endpoint};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::util::{SERVER, app, now, pair};

/// An answer that is still honest, to be changed.
pub(crate) struct Draft {
    pub(crate) audience: AppId,
    pub(crate) app_id: AppId,
    pub(crate) request_hash: Option<[u8; 32]>,
    pub(crate) status: u16,
    /// What is signed.
    pub(crate) body: Vec<u8>,
    /// What is sent, when it is something else.
    pub(crate) sent_body: Option<Vec<u8>>,
    pub(crate) seconds: i64,
    pub(crate) key: usize,
    pub(crate) headers: fn(&mut ReplyHeaders),
    /// A header that is left out.
    pub(crate) without: Option<&'static str>,
    /// More header lines.
    pub(crate) extra: &'static str,
    pub(crate) wait: Duration,
    /// Whether the connection is cut in the middle of the body.
    pub(crate) cut: bool,
}

impl Draft {
    fn honest(request: &Params) -> Self {
        let target_audience = app("server");
        let target = <SealStateChange as Endpoint>::INFO.target(&target_audience);
        let canonical = Canonical::of(&target, request).unwrap();
        Self {
            audience: app("server"),
            app_id: app("A1"),
            request_hash: Some(canonical.hash()),
            status: 200,
            body: br#"{"code":"0","message":"ok","data":null}"#.to_vec(),
            sent_body: None,
            seconds: 0,
            key: SERVER,
            headers: |_| {},
            without: None,
            extra: "",
            wait: Duration::ZERO,
            cut: false,
        }
    }

    fn bytes(&self) -> Vec<u8> {
        let binding = self.request_hash.map(|request_hash| Binding { app_id: &self.app_id, request_hash });
        let reply = Reply {
            audience: &self.audience,
            binding,
            status: self.status,
            body_sm3: crypto::sm3::digest(&self.body),
        };
        let at = now() + jiff::SignedDuration::from_secs(self.seconds);
        let mut headers = reply.sign(&**pair(self.key), "request-1", at, "n".into()).unwrap();
        (self.headers)(&mut headers);
        let body = self.sent_body.as_ref().unwrap_or(&self.body);
        let mut head =
            format!("HTTP/1.1 {} X\r\nContent-Length: {}\r\n{}", self.status, body.len(), self.extra);
        for (name, value) in headers.pairs().into_iter().filter(|(name, _)| Some(*name) != self.without) {
            head.push_str(name);
            head.push_str(": ");
            head.push_str(value);
            head.push_str("\r\n");
        }
        let sent = if self.cut { &body[..body.len() / 2] } else { &body[..] };
        [head.as_bytes(), b"\r\n", sent].concat()
    }
}

/// The base address of a server that changes its answers by `lie`, and how often it was asked.
pub(crate) async fn liar(lie: impl Fn(&mut Draft) + Send + Sync + 'static) -> (String, Arc<AtomicU32>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    let asked = Arc::new(AtomicU32::new(0));
    let (lie, count) = (Arc::new(lie), Arc::clone(&asked));
    tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            let lie = Arc::clone(&lie);
            count.fetch_add(1, Ordering::SeqCst);
            tokio::spawn(async move { answer(stream, &*lie).await });
        }
    });
    (base, asked)
}

async fn answer(mut stream: TcpStream, lie: &(impl Fn(&mut Draft) + Send + Sync)) {
    let mut draft = Draft::honest(&read(&mut stream).await);
    lie(&mut draft);
    tokio::time::sleep(draft.wait).await;
    drop(stream.write_all(&draft.bytes()).await);
    drop(stream.shutdown().await);
}

/// Reads a request with a Content-Length.
async fn read(stream: &mut TcpStream) -> Params {
    let mut bytes = Vec::new();
    loop {
        let mut buffer = [0; 4096];
        let size = stream.read(&mut buffer).await.unwrap();
        assert!(size > 0, "the request ends early");
        bytes.extend_from_slice(&buffer[..size]);
        let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") else { continue };
        let head = String::from_utf8_lossy(&bytes[..end]).to_ascii_lowercase();
        let length: usize =
            head.lines().find_map(|line| line.strip_prefix("content-length: ")).unwrap().parse().unwrap();
        if bytes.len() >= end + 4 + length {
            return Params::from_json(&bytes[end + 4..], Limits::bytes(1 << 20)).unwrap();
        }
    }
}
