//! Work that fails, lasts, outlives its caller, or meets a shutdown; and what is measured.

use std::sync::atomic::Ordering;
use std::time::Duration;

use protocol::endpoints::ConsentOutcome;
use protocol::lists::SealState;
use protocol::schema::RequestTable;
use protocol::tables::ConsentResultRequest;
use protocol::{AuthId, Params, SealCode};
use sealbridge_http::Limits;
use tokio::io::AsyncWriteExt;

use crate::raw;
use crate::server::{Making, Server, unbound};

const STATE: &str = "/api/v1/seals/state";
const JSON: &str = "application/json";

fn disabling(nonce: u32) -> Making {
    Making { state: SealState::Disabled, nonce, ..Making::default() }
}

async fn eventually(what: impl Fn() -> bool) {
    for _ in 0..200 {
        if what() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("it never came true");
}

#[tokio::test]
async fn a_panic_is_a_signed_fault_and_the_server_goes_on() {
    let server = Server::start().await;
    let revoking = Making { state: SealState::Revoked, ..Making::default() };
    let answer = server.post(STATE, &revoking.state_request()).await;
    assert_eq!((answer.status, answer.code().as_str()), (500, "99999"));
    assert!(!String::from_utf8_lossy(&answer.body).contains("the work fails"));
    let outside = raw::send(server.address, "GET", "/broken", JSON, b"").await;
    assert_eq!((outside.status, outside.code().as_str()), (500, "99999"));
    unbound(&outside);
    assert_eq!(
        server.post(STATE, &Making { nonce: 9, ..Making::default() }.state_request()).await.code(),
        "0"
    );
}

#[tokio::test]
async fn a_refusal_by_the_work_is_a_business_result() {
    let server = Server::start().await;
    let request = ConsentResultRequest {
        auth_id: AuthId::parse("x").unwrap(),
        seal_code: SealCode::parse("E11101080A0101000000001F").unwrap(),
    };
    let mut params = Params::new();
    request.write(&mut params);
    let signed = Making::default().sign::<ConsentOutcome>(params);
    let answer = server.post("/api/v1/cloud/consent/result", &signed).await;
    assert_eq!((answer.status, answer.code().as_str()), (200, "40001"));
    assert!(answer.json()["data"].is_null());
}

#[tokio::test]
async fn work_that_lasts_is_not_cut_off() {
    let server =
        Server::with_limits(Limits { handler_time: Duration::from_millis(50), ..Limits::default() }).await;
    let answer = server.post(STATE, &disabling(1).state_request()).await;
    assert_eq!((answer.status, answer.code().as_str()), (503, "90001"));
    eventually(|| *server.knobs.worked.lock().unwrap() == 1).await;
    eventually(|| *server.knobs.evidence.lock().unwrap() == ["90001", "0"]).await;
}

#[tokio::test]
async fn a_caller_who_hangs_up_leaves_done_work_and_evidence() {
    let server = Server::start().await;
    let body = disabling(1).state_request().params.to_json();
    let mut stream = raw::begin(server.address, "POST", STATE, JSON, body.len()).await;
    stream.write_all(&body).await.unwrap();
    eventually(|| !server.knobs.nonces.lock().unwrap().is_empty()).await;
    drop(stream);
    eventually(|| *server.knobs.evidence.lock().unwrap() == ["0"]).await;
    assert_eq!(*server.knobs.worked.lock().unwrap(), 1);
}

#[tokio::test]
async fn without_evidence_no_answer_leaves() {
    let server = Server::start().await;
    server.knobs.no_evidence.store(true, Ordering::SeqCst);
    let answer = server.post(STATE, &Making::default().state_request()).await;
    assert_eq!((answer.status, answer.code().as_str()), (503, "90001"));
}

#[tokio::test]
async fn beyond_the_limit_callers_are_told_to_come_again() {
    let server = Server::with_limits(Limits { requests: 1, ..Limits::default() }).await;
    let (first, second) = (disabling(1).state_request(), disabling(2).state_request());
    let started = async {
        eventually(|| !server.knobs.nonces.lock().unwrap().is_empty()).await;
        server.post_raw(STATE, JSON, &second.params.to_json()).await
    };
    let (first, refused) = tokio::join!(server.post(STATE, &first), started);
    assert_eq!(first.code(), "0");
    assert_eq!((refused.status, refused.code().as_str()), (503, "90001"));
    assert_eq!(refused.json()["data"]["retryAfterMs"], 1000);
    assert_eq!(server.post(STATE, &second).await.code(), "0", "its nonce was not used up");
}

#[tokio::test]
async fn shutdown_answers_what_is_under_way() {
    let server = Server::start().await;
    let request = disabling(1).state_request();
    let end = async {
        eventually(|| !server.knobs.nonces.lock().unwrap().is_empty()).await;
        server.shutdown.begin();
    };
    let (answer, ()) = tokio::join!(server.post(STATE, &request), end);
    assert_eq!(answer.code(), "0");
    server.ended.await.unwrap().unwrap();
    assert!(tokio::net::TcpStream::connect(server.address).await.is_err(), "nobody listens any more");
}

#[tokio::test]
async fn shutdown_waits_for_work_without_a_caller() {
    let server = Server::start().await;
    let body = disabling(1).state_request().params.to_json();
    let mut stream = raw::begin(server.address, "POST", STATE, JSON, body.len()).await;
    stream.write_all(&body).await.unwrap();
    eventually(|| !server.knobs.nonces.lock().unwrap().is_empty()).await;
    drop(stream);
    server.shutdown.begin();
    server.ended.await.unwrap().unwrap();
    assert_eq!(*server.knobs.evidence.lock().unwrap(), ["0"]);
}

#[tokio::test]
async fn requests_and_sm2_are_measured() {
    let server = Server::start().await;
    server.post(STATE, &Making::default().state_request()).await;
    server.post(STATE, &Making::default().state_request()).await;
    server.post_raw(STATE, JSON, b"{").await;
    let text = server.metrics.text();
    for line in [
        "sealbridge_request_seconds_count{code=\"0\",interface=\"seal_state\"} 1",
        "sealbridge_request_seconds_count{code=\"10006\",interface=\"seal_state\"} 1",
        "sealbridge_request_seconds_count{code=\"20002\",interface=\"seal_state\"} 1",
        "sealbridge_sm2_seconds_count{operation=\"verify\"} 2",
        "sealbridge_sm2_seconds_count{operation=\"sign\"} 3",
        "sealbridge_requests_running 0",
    ] {
        assert!(text.contains(line), "{line} is not in\n{text}");
    }
}
