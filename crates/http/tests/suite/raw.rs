//! HTTP by hand: so that a test can send what no well-behaved client sends.

use std::net::SocketAddr;
use std::time::Duration;

use crypto::{Signer, VerifyingKey};
use jiff::Timestamp;
use protocol::AppId;
use protocol::wire::{Binding, Bound, Canonical, Reply, ReplyFault, ReplyHeaders, key_id, verify_reply};
use serde_json::Value;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// An answer as it came.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    pub(crate) fn code(&self) -> String {
        self.json()["code"].as_str().unwrap().to_owned()
    }

    /// Checks the signature as a client would.
    pub(crate) fn believe(
        &self,
        audience: &AppId,
        request: Option<(&AppId, &Canonical)>,
        key: &VerifyingKey,
        now: Timestamp,
    ) -> Result<Bound, ReplyFault> {
        let headers = ReplyHeaders::read(|name| self.header(name))?;
        let binding = request.map(|(app_id, canonical)| Binding { app_id, request_hash: canonical.hash() });
        let reply =
            Reply { audience, binding, status: self.status, body_sm3: crypto::sm3::digest(&self.body) };
        verify_reply(&reply, &headers, |id| (id == key_id(key)).then(|| key.clone()), now)
    }
}

/// Reads an answer to its end; the request asked for the connection to be closed.
pub(crate) async fn read_answer(stream: &mut (impl AsyncRead + Unpin)) -> Answer {
    read_answer_or_nothing(stream).await.expect("an answer")
}

/// The same where there may be no byte of one.
pub(crate) async fn read_answer_or_nothing(stream: &mut (impl AsyncRead + Unpin)) -> Option<Answer> {
    let mut bytes = Vec::new();
    // A server that answers before it has read everything may reset the connection after the answer.
    drop(tokio::time::timeout(Duration::from_secs(10), stream.read_to_end(&mut bytes)).await.unwrap());
    (!bytes.is_empty()).then(|| parse(&bytes))
}

/// Reads one answer of a connection that stays open.
pub(crate) async fn read_one(stream: &mut (impl AsyncRead + Unpin)) -> Answer {
    let mut bytes = Vec::new();
    while !bytes.ends_with(b"\r\n\r\n") {
        bytes.push(stream.read_u8().await.unwrap());
    }
    let mut answer = parse(&bytes);
    let length = answer.header("content-length").unwrap().parse().unwrap();
    answer.body = vec![0; length];
    stream.read_exact(&mut answer.body).await.unwrap();
    answer
}

fn parse(bytes: &[u8]) -> Answer {
    let end = bytes.windows(4).position(|four| four == b"\r\n\r\n").expect("a head");
    let head = std::str::from_utf8(&bytes[..end]).unwrap();
    let mut lines = head.split("\r\n");
    let status = lines.next().unwrap().split(' ').nth(1).unwrap().parse().unwrap();
    let headers: Vec<(String, String)> = lines
        .map(|line| line.split_once(": ").unwrap())
        .map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()))
        .collect();
    Answer { status, headers, body: bytes[end + 4..].to_vec() }
}

/// Sends a request whole.
pub(crate) async fn send(to: SocketAddr, method: &str, path: &str, kind: &str, body: &[u8]) -> Answer {
    let mut stream = begin(to, method, path, kind, body.len()).await;
    drop(stream.write_all(body).await);
    read_answer(&mut stream).await
}

/// Sends the head of a request with a body of `length` bytes.
pub(crate) async fn begin(to: SocketAddr, method: &str, path: &str, kind: &str, length: usize) -> TcpStream {
    let mut stream = TcpStream::connect(to).await.unwrap();
    let head = format!(
        "{method} {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: {kind}\r\n\
         Content-Length: {length}\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    stream
}

/// The key behind a signer.
pub(crate) fn key_of(signer: &dyn Signer) -> &VerifyingKey {
    signer.verifying_key()
}
