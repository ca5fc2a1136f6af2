//! The order of checks (wire profile §5), each with its code, and what is left behind.

use std::sync::atomic::Ordering;

use protocol::{Code, ParamValue};

use crate::raw;
use crate::server::{Making, OTHER, RETIRED, Server, app, now, pair};

const STATE: &str = "/api/v1/seals/state";

#[tokio::test]
async fn a_good_request_is_let_in_once() {
    let server = Server::start().await;
    let request = Making::default().state_request();
    let answer = server.post(STATE, &request).await;
    assert_eq!((answer.status, answer.code().as_str()), (200, "0"));
    assert!(answer.json()["data"].is_null());
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    let again = server.post(STATE, &request).await;
    assert_eq!((again.status, again.code().as_str()), (401, "10006"));
    // The key of a replay is all three: another nonce at the same time is another request.
    assert_eq!(
        server.post(STATE, &Making { nonce: 8, ..Making::default() }.state_request()).await.code(),
        "0"
    );
    assert_eq!(*server.knobs.evidence.lock().unwrap(), ["0", "0"], "only who was let in leaves evidence");
}

#[tokio::test]
async fn wrong_signatures_are_refused_and_use_up_no_nonce() {
    let server = Server::start().await;
    for (wrong, code) in [
        (Making { key: OTHER, ..Making::default() }, "10003"),
        (Making { key: RETIRED, ..Making::default() }, "10004"),
    ] {
        let answer = server.post(STATE, &wrong.state_request()).await;
        assert_eq!((answer.status, answer.code().as_str()), (401, code));
    }
    let mut unsigned = Making::default().state_request();
    let body = String::from_utf8(unsigned.params.to_json()).unwrap();
    let mut json: serde_json::Value = serde_json::from_str(&body).unwrap();
    json["sign"] = "MAYCAQECAQE=".into();
    unsigned.params =
        protocol::Params::from_json(json.to_string().as_bytes(), protocol::wire::Limits::bytes(4096))
            .unwrap();
    assert_eq!(server.post(STATE, &unsigned).await.code(), "10003");
    assert!(server.knobs.nonces.lock().unwrap().is_empty());
    assert_eq!(server.post(STATE, &Making::default().state_request()).await.code(), "0");
}

#[tokio::test]
async fn a_request_to_another_receiver_is_not_ours() {
    let server = Server::start().await;
    let other = Making { audience: "production", ..Making::default() }.state_request();
    let answer = raw::send(server.address, "POST", STATE, "application/json", &other.params.to_json()).await;
    assert_eq!(answer.code(), "10003");
}

#[tokio::test]
async fn only_the_sandbox_explains() {
    let server = Server::start().await;
    let wrong = Making { key: OTHER, ..Making::default() }.state_request();
    assert!(!server.post(STATE, &wrong).await.json()["message"].as_str().unwrap().contains("canonical"));
    server.knobs.sandbox.store(true, Ordering::SeqCst);
    assert!(server.post(STATE, &wrong).await.json()["message"].as_str().unwrap().contains("canonical"));
}

#[tokio::test]
async fn five_minutes_and_not_one_second_more() {
    let server = Server::start().await;
    for (nonce, (seconds, code)) in
        [(300, "0"), (-300, "0"), (301, "10005"), (-301, "10005")].into_iter().enumerate()
    {
        let nonce = u32::try_from(nonce).unwrap();
        let request = Making { seconds, nonce, ..Making::default() }.state_request();
        assert_eq!(server.post(STATE, &request).await.code(), code, "{seconds}");
    }
}

#[tokio::test]
async fn what_the_directory_says_comes_first() {
    let server = Server::start().await;
    // Wrong in every way: each check shows only when those before it are passed.
    let all_wrong = || Making { seconds: 9999, key: OTHER, ..Making::default() };
    for (code, status) in [
        (Code::UnknownCaller, 401),
        (Code::CallerNotLive, 403),
        (Code::AddressNotAllowed, 403),
        (Code::InterfaceNotGranted, 403),
    ] {
        *server.knobs.refuse.lock().unwrap() = Some(code);
        let answer = server.post(STATE, &all_wrong().state_request()).await;
        assert_eq!((answer.status, answer.code().as_str()), (status, code.text()));
    }
    *server.knobs.refuse.lock().unwrap() = None;
    server.knobs.no_active.store(true, Ordering::SeqCst);
    assert_eq!(server.post(STATE, &all_wrong().state_request()).await.code(), "10004");
    server.knobs.no_active.store(false, Ordering::SeqCst);
    assert_eq!(server.post(STATE, &all_wrong().state_request()).await.code(), "10005");
    let wrong_key = Making { key: OTHER, ..Making::default() };
    assert_eq!(server.post(STATE, &wrong_key.state_request()).await.code(), "10003");
    // Schema before everything: nobody is looked up for it.
    let before = server.knobs.addresses.lock().unwrap().len();
    let mut params = all_wrong().state_request().params;
    params.insert("extra", ParamValue::Text("x".into())).unwrap();
    let broken = Making::default().sign::<protocol::endpoints::SealStateChange>(protocol::Params::new());
    let answer = server.post(STATE, &broken).await;
    assert_eq!((answer.status, answer.code().as_str()), (400, "20001"));
    let fields: Vec<String> = answer.json()["data"]["errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|error| error["field"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(fields, ["sealCode", "state"]);
    assert_eq!(server.knobs.addresses.lock().unwrap().len(), before);
}

#[tokio::test]
async fn a_store_in_doubt_refuses_and_the_same_request_may_come_again() {
    let server = Server::start().await;
    let request = Making::default().state_request();
    server.knobs.in_doubt.store(true, Ordering::SeqCst);
    let answer = server.post(STATE, &request).await;
    assert_eq!((answer.status, answer.code().as_str()), (503, "90001"));
    assert_eq!(answer.json()["data"]["retryable"], true);
    assert_eq!(answer.json()["data"]["retryAfterMs"], 700);
    assert_eq!(answer.header("retry-after"), Some("1"));
    server.knobs.in_doubt.store(false, Ordering::SeqCst);
    assert_eq!(server.post(STATE, &request).await.code(), "0");
}

#[tokio::test]
async fn the_rate_is_counted_after_the_nonce() {
    let server = Server::start().await;
    server.knobs.fast.store(true, Ordering::SeqCst);
    let request = Making::default().state_request();
    let answer = server.post(STATE, &request).await;
    assert_eq!((answer.status, answer.code().as_str()), (429, "10009"));
    assert_eq!(answer.json()["data"]["retryAfterMs"], 1500);
    assert_eq!(server.post(STATE, &request).await.code(), "10006");
}

#[tokio::test]
async fn another_system_cannot_use_a_key_that_is_not_its_own() {
    let server = Server::start().await;
    let other = Making { app_id: "A2", ..Making::default() }.state_request();
    let answer = raw::send(server.address, "POST", STATE, "application/json", &other.params.to_json()).await;
    assert_eq!(answer.code(), "10001");
    let believed = answer.believe(
        &app("server"),
        Some((&app("A2"), &other.canonical)),
        raw::key_of(&**pair(crate::server::SERVER)),
        now(),
    );
    assert!(believed.is_ok(), "the refusal names the caller it is for");
}

#[tokio::test]
async fn proxies_are_believed_only_when_told_so() {
    for (proxies, seen) in [(vec![], "127.0.0.1"), (vec!["127.0.0.0/8"], "203.0.113.9")] {
        let server = Server::behind(&proxies).await;
        let body = Making::default().state_request().params.to_json();
        let kind = "application/json\r\nX-Forwarded-For: 203.0.113.9";
        assert_eq!(raw::send(server.address, "POST", STATE, kind, &body).await.code(), "0");
        assert_eq!(server.knobs.addresses.lock().unwrap()[0].to_string(), seen);
    }
}
