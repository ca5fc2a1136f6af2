//! Answers that must not be believed (wire profile §6 and §9), and servers that misbehave otherwise.

use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use protocol::endpoints::SealStateChange;
use protocol::lists::SealState;
use protocol::wire::{HEADER_SIGNATURE, ReplyFault};
use sealbridge_client::ClientError;

use crate::liar::{Draft, liar};
use crate::util::{OTHER, app, client, state};

async fn call(lie: impl Fn(&mut Draft) + Send + Sync + 'static) -> Result<(), ClientError> {
    let (base, _) = liar(lie).await;
    client(&base).call::<SealStateChange>(&state(SealState::Enabled)).await.map(|answer| answer.data)
}

#[track_caller]
fn disbelieved(result: Result<(), ClientError>, expected: ReplyFault) {
    match result {
        Err(error @ ClientError::WronglySigned(_)) => {
            assert!(error.outcome_unknown());
            let ClientError::WronglySigned(fault) = error else { return };
            assert_eq!(fault, expected);
        }
        other => panic!("{other:?} instead of {expected:?}"),
    }
}

#[tokio::test]
async fn the_honest_answer_is_believed() {
    call(|_| {}).await.unwrap();
}

#[tokio::test]
async fn altered_bodies_and_statuses() {
    disbelieved(
        call(|draft| draft.sent_body = Some(br#"{"code":"0","message":"OK","data":null}"#.to_vec())).await,
        ReplyFault::WrongSignature,
    );
    // A forged error is as visible as a forged success.
    disbelieved(
        call(|draft| draft.sent_body = Some(br#"{"code":"30001","message":"x","data":null}"#.to_vec())).await,
        ReplyFault::WrongSignature,
    );
    disbelieved(call(|draft| draft.app_id = app("A2")).await, ReplyFault::WrongSignature);
    disbelieved(call(|draft| draft.audience = app("other")).await, ReplyFault::WrongSignature);
}

#[tokio::test]
async fn an_answer_to_another_request() {
    disbelieved(call(|draft| draft.request_hash = Some([1; 32])).await, ReplyFault::WrongRequest);
    // A success that belongs to no request is no success.
    disbelieved(call(|draft| draft.request_hash = None).await, ReplyFault::Unbound);
}

#[tokio::test]
async fn keys_and_signatures() {
    disbelieved(call(|draft| draft.key = OTHER).await, ReplyFault::UnknownKey);
    disbelieved(call(|draft| draft.headers = |h| h.key_id = "00".repeat(32)).await, ReplyFault::UnknownKey);
    disbelieved(
        call(|draft| draft.headers = |h| h.signature = "MAYCAQECAQE=".into()).await,
        ReplyFault::WrongSignature,
    );
    disbelieved(
        call(|draft| draft.without = Some(HEADER_SIGNATURE)).await,
        ReplyFault::Missing(HEADER_SIGNATURE),
    );
}

#[tokio::test]
async fn old_and_future_answers() {
    for seconds in [-301, 301] {
        disbelieved(call(move |draft| draft.seconds = seconds).await, ReplyFault::Skew);
    }
    call(|draft| draft.seconds = 299).await.unwrap();
}

#[tokio::test]
async fn a_signed_refusal_without_a_request_is_a_refusal() {
    let error = call(|draft| {
        draft.request_hash = None;
        draft.status = 413;
        draft.body = br#"{"code":"20010","message":"x","data":null}"#.to_vec();
    })
    .await
    .unwrap_err();
    assert_eq!(error.refusal().unwrap().code, "20010");
}

#[tokio::test]
async fn redirects_are_not_followed() {
    let (elsewhere, asked) = liar(|_| {}).await;
    let location: &'static str = Box::leak(format!("Location: {elsewhere}/x\r\n").into_boxed_str());
    for status in [301, 302, 307, 308] {
        let error = call(move |draft| {
            draft.status = status;
            draft.extra = location;
        })
        .await
        .unwrap_err();
        assert!(matches!(error, ClientError::WronglySigned(ReplyFault::Unbound)), "{error}");
    }
    assert_eq!(asked.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn signed_nonsense_is_malformed() {
    for body in ["", "[]", "{\"code\":0}", "{\"code\":\"0\",\"message\":\"m\",\"data\":{\"x\":1}}", "<html>"]
    {
        let error = call(move |draft| draft.body = body.as_bytes().to_vec()).await.unwrap_err();
        assert!(matches!(error, ClientError::Malformed(_)), "{body}: {error}");
    }
}

#[tokio::test]
async fn answers_have_a_limit() {
    let error = call(|draft| draft.body = vec![b' '; 100_001]).await.unwrap_err();
    assert!(matches!(error, ClientError::TooLarge(100_000)), "{error}");
}

#[tokio::test]
async fn late_and_broken_answers_are_asked_for_again_where_that_is_safe() {
    let started = Instant::now();
    let error = call(|draft| draft.wait = Duration::from_secs(30)).await.unwrap_err();
    assert!(matches!(error, ClientError::Late(_)), "{error}");
    assert!(error.outcome_unknown() && started.elapsed() < Duration::from_secs(10));

    let (base, asked) = liar(|draft| draft.cut = true).await;
    let error =
        client(&base).call_repeatedly::<SealStateChange>(&state(SealState::Enabled)).await.unwrap_err();
    assert!(matches!(error, ClientError::Broken(_)), "{error}");
    assert_eq!(asked.load(Ordering::SeqCst), 3);
}
