//! What one address may take: requests and documents at once, connections, requests per second; and a shutdown in the
//! middle of everything.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Duration;

use protocol::Params;
use protocol::endpoints::DocumentVerify;
use sealbridge_http::{Entrance, Limits, Rate};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::raw::{self, read_answer, read_answer_or_nothing, read_one};
use crate::server::{Making, Server, unbound};

const STATE: &str = "/api/v1/seals/state";
const VERIFY: &str = "/api/v1/documents/verify";
const JSON: &str = "application/json";

fn from(address: &str) -> String {
    format!("{JSON}\r\nX-Forwarded-For: {address}")
}

#[tokio::test]
async fn an_address_that_asks_too_often_is_told_when_to_come_again() {
    let rate = Rate { per_second: 1, burst: 2 };
    let limits = Limits { address_rate: rate, ..Limits::default() };
    let server = Server::with_limits_behind(limits, &["127.0.0.1/32"]).await;
    for _ in 0..2 {
        // Whoever has not proved anything uses up its own share too.
        assert_eq!(raw::send(server.address, "POST", STATE, &from("192.0.2.1"), b"{").await.code(), "20002");
    }
    for path in [STATE, "/api/v1/time", "/nothing"] {
        let method = if path == STATE { "POST" } else { "GET" };
        let refused = raw::send(server.address, method, path, &from("192.0.2.1"), b"").await;
        assert_eq!((refused.status, refused.code().as_str()), (429, "10009"), "{path}");
        assert_eq!(refused.json()["data"]["retryAfterMs"], 1000);
        assert_eq!(refused.header("retry-after"), Some("1"));
        unbound(&refused);
    }
    let other = raw::send(server.address, "GET", "/api/v1/time", &from("192.0.2.2"), b"").await;
    assert_eq!(other.code(), "0");
    // One network of IPv6 is one address.
    for (number, code) in [(1, "0"), (2, "0"), (3, "10009")] {
        let kind = from(&format!("2001:db8::{number}"));
        assert_eq!(raw::send(server.address, "GET", "/api/v1/time", &kind, b"").await.code(), code);
    }
}

/// Sends the head of a request and nothing of its body.
async fn begun(server: &Server, path: &str, kind: &str) -> TcpStream {
    let stream = raw::begin(server.address, "POST", path, kind, 100).await;
    tokio::time::sleep(Duration::from_millis(50)).await;
    stream
}

#[tokio::test]
async fn one_address_that_sends_drop_by_drop_does_not_take_all_places() {
    let limits = Limits { requests: 4, requests_per_address: 2, ..Limits::default() };
    let server = Server::with_limits_behind(limits, &["127.0.0.1/32"]).await;
    let slow =
        [begun(&server, STATE, &from("192.0.2.1")).await, begun(&server, STATE, &from("192.0.2.1")).await];
    let body = Making::default().state_request().params.to_json();
    let refused = raw::send(server.address, "POST", STATE, &from("192.0.2.1"), &body).await;
    assert_eq!((refused.status, refused.code().as_str()), (503, "90001"));
    assert_eq!(refused.json()["data"]["retryAfterMs"], 1000);
    assert_eq!(refused.header("retry-after"), Some("1"));
    assert_eq!(raw::send(server.address, "POST", STATE, &from("192.0.2.2"), &body).await.code(), "0");
    drop(slow);
    tokio::time::sleep(Duration::from_millis(100)).await;
    let body = Making { nonce: 8, ..Making::default() }.state_request().params.to_json();
    assert_eq!(raw::send(server.address, "POST", STATE, &from("192.0.2.1"), &body).await.code(), "0");
}

/// The parameters of a request with a document and the beginning of the document, which never ends.
async fn uploading(server: &Server, address: &str, nonce: u32) -> TcpStream {
    let mut params = Params::new();
    params.insert("file", protocol::ParamValue::Text("0".repeat(64))).unwrap();
    let signed = Making { nonce, ..Making::default() }.sign::<DocumentVerify>(params);
    let mut body = Vec::new();
    let fields: serde_json::Value = serde_json::from_slice(&signed.params.to_json()).unwrap();
    for (name, value) in fields.as_object().unwrap().iter().filter(|(name, _)| *name != "file") {
        let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        body.extend(
            format!("--XX\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{text}\r\n").bytes(),
        );
    }
    body.extend(b"--XX\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a\"\r\n\r\nbegin");
    let kind = format!("multipart/form-data; boundary=XX\r\nX-Forwarded-For: {address}");
    let mut stream = raw::begin(server.address, "POST", VERIFY, &kind, 1_000_000).await;
    stream.write_all(&body).await.unwrap();
    tokio::time::sleep(Duration::from_millis(100)).await;
    stream
}

#[tokio::test]
async fn documents_of_callers_who_proved_nothing_yet_are_few_per_address_and_in_all() {
    let limits = Limits { uploads: 3, uploads_per_address: 2, ..Limits::default() };
    let server = Server::with_limits_behind(limits, &["127.0.0.1/32"]).await;
    let busy = |mut stream: TcpStream| async move {
        let answer = read_answer(&mut stream).await;
        assert_eq!((answer.status, answer.code().as_str()), (503, "90001"));
        assert_eq!(answer.json()["data"]["retryAfterMs"], 1000);
    };
    let first = uploading(&server, "192.0.2.1", 1).await;
    let _second = uploading(&server, "192.0.2.1", 2).await;
    busy(uploading(&server, "192.0.2.1", 3).await).await;
    let _other = uploading(&server, "192.0.2.2", 4).await;
    busy(uploading(&server, "192.0.2.3", 5).await).await;
    // Who goes away gives its place back.
    drop(first);
    tokio::time::sleep(Duration::from_millis(100)).await;
    let mut again = uploading(&server, "192.0.2.1", 6).await;
    let waiting = tokio::time::timeout(Duration::from_millis(200), again.read_u8()).await;
    assert!(waiting.is_err(), "it is being received");
}

#[tokio::test]
async fn connections_of_one_address_are_counted_but_not_those_of_gateways() {
    let entrance = Entrance { connections_per_address: 2, ..Entrance::default() };
    let server = Server::at(entrance.clone(), &[]).await;
    let (mut first, _second) = (open(&server).await, open(&server).await);
    let mut third = TcpStream::connect(server.address).await.unwrap();
    drop(third.write_all(b"GET /api/v1/time HTTP/1.1\r\nHost: x\r\n\r\n").await);
    assert!(third.read_u8().await.is_err(), "it is closed");
    first.write_all(b"GET /api/v1/time HTTP/1.1\r\nHost: x\r\n\r\n").await.unwrap();
    assert_eq!(read_one(&mut first).await.code(), "0");
    let gateway =
        Server::at(Entrance { proxies: vec!["127.0.0.1/32".parse().unwrap()], ..entrance }, &[]).await;
    let _many = [open(&gateway).await, open(&gateway).await, open(&gateway).await];
}

/// A connection on which a request was answered.
async fn open(server: &Server) -> TcpStream {
    let mut stream = TcpStream::connect(server.address).await.unwrap();
    stream.write_all(b"GET /api/v1/time HTTP/1.1\r\nHost: x\r\n\r\n").await.unwrap();
    assert_eq!(read_one(&mut stream).await.code(), "0");
    stream
}

#[tokio::test]
async fn while_it_drains_a_server_answers_and_asks_connections_to_close() {
    let server = Server::at(Entrance { drain: Duration::from_millis(600), ..Entrance::default() }, &[]).await;
    let mut kept = open(&server).await;
    server.shutdown.begin();
    tokio::time::sleep(Duration::from_millis(50)).await;
    let late = raw::send(server.address, "GET", "/api/v1/time", JSON, b"").await;
    assert_eq!(late.code(), "0", "connections are still taken");
    kept.write_all(b"GET /api/v1/time HTTP/1.1\r\nHost: x\r\n\r\n").await.unwrap();
    let last = read_one(&mut kept).await;
    assert_eq!((last.code().as_str(), last.header("connection")), ("0", Some("close")));
    server.ended.await.unwrap().unwrap();
    assert!(TcpStream::connect(server.address).await.is_err());
}

/// Many callers, each request on a new connection, while the server ends: whoever was connected is answered, and what
/// was answered with success was done.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_shutdown_loses_no_request_of_those_who_were_connected() {
    // A quick machine asks more often than one address may.
    let rate = Rate { per_second: 1_000_000, burst: 1_000_000 };
    let server = Server::with_limits(Limits { address_rate: rate, ..Limits::default() }).await;
    let (answered, over) = (Arc::new(AtomicU32::new(0)), Arc::new(AtomicBool::new(false)));
    let callers: Vec<_> = (0..16_u32)
        .map(|caller| {
            let (address, answered, over) = (server.address, Arc::clone(&answered), Arc::clone(&over));
            tokio::spawn(async move {
                for number in 0.. {
                    let nonce = caller * 1_000_000 + number;
                    let body = Making { nonce, ..Making::default() }.state_request().params.to_json();
                    // Nobody listens any more: nothing was sent, so nothing is lost.
                    let Ok(mut stream) = TcpStream::connect(address).await else {
                        assert!(over.load(Ordering::SeqCst), "only after the shutdown began");
                        return;
                    };
                    let head = format!(
                        "POST {STATE} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: {JSON}\r\n\
                         Content-Length: {}\r\n\r\n",
                        body.len()
                    );
                    let sent = stream.write_all(&[head.as_bytes(), &body].concat()).await;
                    let Some(answer) = read_answer_or_nothing(&mut stream).await else {
                        // The system took the connection in the moment in which the door closed; the server never
                        // did, and did nothing: what was done is compared with what was answered below.
                        assert!(over.load(Ordering::SeqCst), "only after the shutdown began: {sent:?}");
                        return;
                    };
                    assert_eq!(answer.code(), "0");
                    answered.fetch_add(1, Ordering::SeqCst);
                }
            })
        })
        .collect();
    tokio::time::sleep(Duration::from_millis(400)).await;
    over.store(true, Ordering::SeqCst);
    server.shutdown.begin();
    for caller in callers {
        caller.await.unwrap();
    }
    server.ended.await.unwrap().unwrap();
    let answered = answered.load(Ordering::SeqCst);
    assert!(answered > 16, "{answered}");
    assert_eq!(*server.knobs.worked.lock().unwrap(), answered);
    assert_eq!(server.knobs.evidence.lock().unwrap().len(), answered as usize);
}
