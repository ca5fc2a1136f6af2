//! Bodies that are too large, too slow, cut off or not JSON; and paths that are not there.

use std::time::{Duration, Instant};

use tokio::io::AsyncWriteExt;

use crate::raw;
use crate::server::{Making, Server, unbound};
use sealbridge_http::Limits;

const STATE: &str = "/api/v1/seals/state";
const JSON: &str = "application/json";

#[tokio::test]
async fn malformed_bodies_have_a_rule_each() {
    let server = Server::start().await;
    for (body, rule) in [
        (&b"\xef\xbb\xbf{}"[..], "json.bom"),
        (b"{\"a\":1,\"a\":2}", "json.duplicate-key"),
        (b"{\"nonce\":1.0}", "json.float"),
        (b"[]", "json.syntax"),
        (b"", "json.syntax"),
    ] {
        let answer = server.post_raw(STATE, JSON, body).await;
        assert_eq!((answer.status, answer.code().as_str()), (400, "20002"));
        assert_eq!(answer.json()["data"]["errors"][0]["rule"], rule);
    }
    let answer = server.post_raw(STATE, JSON, b"{}").await;
    assert_eq!(answer.code(), "20001");
    let form = server.post_raw(STATE, "application/x-www-form-urlencoded", b"{}").await;
    assert_eq!(form.json()["data"]["errors"][0]["rule"], "body.type");
    let charset = server.post_raw(STATE, "Application/JSON; charset=utf-8", b"{}").await;
    assert_eq!(charset.code(), "20001");
}

#[tokio::test]
async fn a_body_that_says_it_is_too_large_is_refused_unread() {
    let server = Server::start().await;
    let mut stream = raw::begin(server.address, "POST", STATE, JSON, 1 << 30).await;
    let answer = raw::read_answer(&mut stream).await;
    assert_eq!((answer.status, answer.code().as_str()), (413, "20010"));
    unbound(&answer);
}

#[tokio::test]
async fn a_body_that_grows_too_large_is_cut_off() {
    let server = Server::start().await;
    let kind = "application/json\r\nTransfer-Encoding: chunked\r\nX-Ignore: ";
    let mut stream = tokio::net::TcpStream::connect(server.address).await.unwrap();
    let head =
        format!("POST {STATE} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: {kind}x\r\n\r\n");
    stream.write_all(head.as_bytes()).await.unwrap();
    let piece = vec![b' '; 1 << 16];
    for _ in 0..5 {
        drop(stream.write_all(b"10000\r\n").await);
        drop(stream.write_all(&piece).await);
        drop(stream.write_all(b"\r\n").await);
    }
    let answer = raw::read_answer(&mut stream).await;
    assert_eq!((answer.status, answer.code().as_str()), (413, "20010"));
}

#[tokio::test]
async fn a_slow_body_is_given_up_and_may_come_again() {
    let limits = Limits { json_time: Duration::from_millis(150), ..Limits::default() };
    let server = Server::with_limits(limits).await;
    let started = Instant::now();
    let body = Making::default().state_request().params.to_json();
    let mut stream = raw::begin(server.address, "POST", STATE, JSON, body.len()).await;
    stream.write_all(&body[..10]).await.unwrap();
    let answer = raw::read_answer(&mut stream).await;
    assert_eq!((answer.status, answer.code().as_str()), (503, "90001"));
    assert!(started.elapsed() < Duration::from_secs(5));
    unbound(&answer);
    let request = Making::default().state_request();
    assert_eq!(server.post(STATE, &request).await.code(), "0", "nothing was consumed");
}

#[tokio::test]
async fn slow_callers_do_not_keep_others_out() {
    let server = Server::start().await;
    let mut slow = Vec::new();
    for _ in 0..50 {
        let mut stream = raw::begin(server.address, "POST", STATE, JSON, 100).await;
        stream.write_all(b"{").await.unwrap();
        slow.push(stream);
    }
    assert_eq!(server.post(STATE, &Making::default().state_request()).await.code(), "0");
}

#[tokio::test]
async fn a_body_that_stops_is_refused() {
    let server = Server::start().await;
    let mut stream = raw::begin(server.address, "POST", STATE, JSON, 100).await;
    stream.write_all(b"{\"a\":").await.unwrap();
    stream.shutdown().await.unwrap();
    let answer = raw::read_answer(&mut stream).await;
    assert_eq!((answer.status, answer.code().as_str()), (400, "20002"));
    assert_eq!(answer.json()["data"]["errors"][0]["rule"], "body.broken");
}

#[tokio::test]
async fn what_is_not_there_is_said_signed() {
    let server = Server::start().await;
    let nowhere = server.post_raw("/api/v1/nothing", JSON, b"{}").await;
    assert_eq!((nowhere.status, nowhere.code().as_str()), (404, "20002"));
    for (method, path) in [("GET", STATE), ("DELETE", STATE), ("POST", "/api/v1/time")] {
        let answer = raw::send(server.address, method, path, JSON, b"").await;
        assert_eq!((answer.status, answer.code().as_str()), (405, "20002"), "{method} {path}");
        unbound(&answer);
    }
    let time = raw::send(server.address, "GET", "/api/v1/time", JSON, b"").await;
    assert_eq!((time.status, time.code().as_str()), (200, "0"));
    unbound(&time);
}
