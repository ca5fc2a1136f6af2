//! HTTP by hand, for requests that no client of ours would make.

use std::time::Duration;

use crypto::{Signer, Sm2KeyPair};
use protocol::wire::{Canonical, Limits, sign};
use protocol::{EndpointInfo, Params};
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// What came back.
#[derive(Debug)]
pub(crate) struct Response {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Response {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&self.body)))
    }

    /// The result code.
    pub(crate) fn code(&self) -> String {
        self.json()["code"].as_str().unwrap_or_default().to_owned()
    }

    /// The rule of the first failing field.
    pub(crate) fn rule(&self) -> String {
        self.json()["data"]["errors"][0]["rule"].as_str().unwrap_or_default().to_owned()
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }
}

/// Sends a request and reads the answer.
pub(crate) async fn send(address: &str, head: &str, body: &[u8]) -> Response {
    let mut stream = TcpStream::connect(address).await.unwrap();
    // The server may answer and close before it has read everything.
    drop(stream.write_all(head.as_bytes()).await);
    drop(stream.write_all(body).await);
    receive(stream).await
}

/// Reads an answer to its end.
pub(crate) async fn receive(mut stream: TcpStream) -> Response {
    let mut bytes = Vec::new();
    let reading = stream.read_to_end(&mut bytes);
    drop(tokio::time::timeout(Duration::from_secs(20), reading).await.expect("an answer in time"));
    parse(&bytes)
}

fn parse(bytes: &[u8]) -> Response {
    let split = bytes.windows(4).position(|w| w == b"\r\n\r\n").unwrap_or_else(|| {
        panic!("no HTTP answer: {:?}", String::from_utf8_lossy(bytes));
    });
    let head = String::from_utf8(bytes[..split].to_vec()).unwrap();
    let mut lines = head.split("\r\n");
    let status = lines.next().unwrap().split(' ').nth(1).unwrap().parse().unwrap();
    let headers: Vec<(String, String)> = lines
        .filter_map(|line| line.split_once(": "))
        .map(|(key, value)| (key.to_owned(), value.to_owned()))
        .collect();
    let mut body = bytes[split + 4..].to_vec();
    if headers.iter().any(|(key, value)| key.eq_ignore_ascii_case("transfer-encoding") && value == "chunked")
    {
        body = dechunk(&body);
    }
    Response { status, headers, body }
}

fn dechunk(mut rest: &[u8]) -> Vec<u8> {
    let mut body = Vec::new();
    while let Some(end) = rest.windows(2).position(|w| w == b"\r\n") {
        let size = usize::from_str_radix(std::str::from_utf8(&rest[..end]).unwrap(), 16).unwrap();
        if size == 0 {
            break;
        }
        body.extend_from_slice(&rest[end + 2..end + 2 + size]);
        rest = &rest[end + 4 + size..];
    }
    body
}

pub(crate) fn head(method: &str, path: &str, kind: &str, length: usize) -> String {
    format!(
        "{method} {path} HTTP/1.1\r\nHost: test\r\nContent-Type: {kind}\r\nContent-Length: {length}\r\n\
         Connection: close\r\n\r\n"
    )
}

/// Posts a JSON body.
pub(crate) async fn post(address: &str, path: &str, body: &[u8]) -> Response {
    send(address, &head("POST", path, "application/json", body.len()), body).await
}

/// Gets a resource.
pub(crate) async fn get(address: &str, path: &str) -> Response {
    let head = format!("GET {path} HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n");
    send(address, &head, b"").await
}

/// The canonical string of a JSON body without `sign`, as the sender of `body` to `audience` signs it.
pub(crate) fn canonical(endpoint: &EndpointInfo, audience: &str, body: &str) -> Canonical {
    let audience = protocol::AppId::parse(audience).unwrap();
    let params = Params::from_json(body.as_bytes(), Limits::bytes(64 << 20)).unwrap();
    Canonical::of(&endpoint.target(&audience), &params).unwrap()
}

/// A body of these fields, signed by `key` and with `sign` added.
pub(crate) fn signed(key: &Sm2KeyPair, endpoint: &EndpointInfo, audience: &str, fields: &Value) -> String {
    let text = fields.to_string();
    let signature = sign(key as &dyn Signer, canonical(endpoint, audience, &text).bytes()).unwrap();
    with_sign(&text, &signature)
}

/// A body with this `sign` added.
pub(crate) fn with_sign(body: &str, signature: &str) -> String {
    let body = body.trim_end().strip_suffix('}').unwrap();
    format!("{body},\"sign\":{}}}", Value::from(signature))
}
