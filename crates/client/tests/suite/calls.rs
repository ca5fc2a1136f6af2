//! Calls to an honest server.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use jiff::SignedDuration;
use protocol::endpoints::{ConsentApply, SealFiling, SealQuery, SealStateChange};
use protocol::lists::{SealState, SealTypeFilter};
use protocol::schema::{Head, RequestTable};
use protocol::tables::SealQueryRequest;
use protocol::wire::{Canonical, ReplyFault, sign};
use protocol::{Endpoint, MillisTime, Nonce, OrgCode, Origin, Params};
use sealbridge_client::{ClientError, Document};

use crate::util::{
    OTHER, ROOT, Seen, app, client, client_at, consent, filing, now, pair, public, seal_code, server, state,
};

async fn start() -> (String, Arc<Seen>) {
    let seen = Arc::new(Seen::default());
    (server(Arc::clone(&seen)).await, seen)
}

#[tokio::test]
async fn calls_are_typed_and_leave_evidence() {
    let (base, _) = start().await;
    let client = client(&base);
    let answer = client.call::<SealFiling>(&filing(Some("A-1"))).await.unwrap();
    assert_eq!(answer.data, seal_code());
    let exchange = answer.exchange;
    assert!(
        exchange.canonical.as_str().starts_with("CCUA-SEAL-SIGN-1\nserver\nPOST\n/api/v1/seals/filing\nA1\n")
    );
    assert_eq!((exchange.status, exchange.reply.request_hash), (200, hex::encode(exchange.canonical.hash())));
    client.call::<SealStateChange>(&state(SealState::Disabled)).await.unwrap();
    let consent = client.call::<ConsentApply>(&consent()).await.unwrap();
    assert_eq!(consent.data.auth_url, "https://seal.example.cn/c/x");
}

#[tokio::test]
async fn a_refusal_has_its_code() {
    let (base, _) = start().await;
    let error = client(&base).call::<SealStateChange>(&state(SealState::Revoked)).await.unwrap_err();
    let refusal = error.refusal().unwrap();
    assert_eq!((refusal.code.as_str(), refusal.status, refusal.retryable), ("30005", 200, false));
    assert!(refusal.message.starts_with('印'), "Chinese first");
    assert!(!error.outcome_unknown());
}

#[tokio::test]
async fn a_busy_server_is_asked_again_with_a_new_nonce_where_that_is_safe() {
    let (base, seen) = start().await;
    let client = client(&base);
    seen.busy.store(2, Ordering::SeqCst);
    client.call_repeatedly::<SealFiling>(&filing(Some("A-1"))).await.unwrap();
    assert_eq!(seen.calls.swap(0, Ordering::SeqCst), 3);
    // A filing without a business key could be filed twice, and a signer be asked twice.
    seen.busy.store(1, Ordering::SeqCst);
    let error = client.call_repeatedly::<SealFiling>(&filing(None)).await.unwrap_err();
    assert_eq!((error.refusal().unwrap().code.as_str(), seen.calls.swap(0, Ordering::SeqCst)), ("90001", 1));
    seen.busy.store(1, Ordering::SeqCst);
    client.call_repeatedly::<ConsentApply>(&consent()).await.unwrap_err();
    assert_eq!(seen.calls.swap(0, Ordering::SeqCst), 1);
    // What is no fault of the moment is not asked again.
    client.call_repeatedly::<SealStateChange>(&state(SealState::Revoked)).await.unwrap_err();
    assert_eq!(seen.calls.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn documents_are_verified() {
    let (base, _) = start().await;
    let document =
        Document { name: "合同 \"最终\"\r\n版.ofd".into(), bytes: vec![3_u8; 2 << 20].into() };
    let report = client(&base).verify_document(&document).await.unwrap().data;
    assert_eq!((report.file_size, report.file_name.as_str()), (2 << 20, "合同 _最终___版.ofd"));
}

fn origin_of(request: &SealQueryRequest) -> Origin {
    let mut params = Params::new();
    request.write(&mut params);
    Head::write(&app("CALLER"), Some(MillisTime::of(now())), Nonce::new(3), &mut params);
    // The caller asked the platform, which is this client.
    let canonical = Canonical::of(&<SealQuery as Endpoint>::INFO.target(&app("A1")), &params).unwrap();
    let sign = sign(&**pair(OTHER), canonical.bytes()).unwrap();
    Origin { app_id: app("CALLER"), key_spki: public(OTHER).spki_der().to_vec(), canonical, sign }
}

fn query(org_code: &str) -> SealQueryRequest {
    SealQueryRequest {
        device_id: None,
        id_card: None,
        org_code: OrgCode::parse(org_code).unwrap(),
        seal_type: SealTypeFilter::All,
        cert_type: None,
        cert_number: None,
        ukey_id: None,
    }
}

#[tokio::test]
async fn a_callers_own_request_is_passed_on_and_checked() {
    let (base, seen) = start().await;
    let client = client(&base);
    let asked = query("91110000802100433B");
    client.call_for::<SealQuery>(&asked, &origin_of(&asked)).await.unwrap();
    assert_eq!(*seen.origins.lock().unwrap(), [app("CALLER")]);
    let other = query("91110108551385082Q");
    let error = client.call_for::<SealQuery>(&other, &origin_of(&asked)).await.unwrap_err();
    assert_eq!(error.refusal().unwrap().code, "20004");
    let forged = Origin { sign: origin_of(&other).sign, ..origin_of(&asked) };
    let error = client.call_for::<SealQuery>(&asked, &forged).await.unwrap_err();
    assert_eq!(error.refusal().unwrap().code, "10003");
}

#[tokio::test]
async fn a_wrong_clock_shows_and_the_right_time_can_be_asked() {
    let (base, _) = start().await;
    let late = client_at(&base, now() + SignedDuration::from_mins(30));
    let error = late.call::<SealStateChange>(&state(SealState::Enabled)).await.unwrap_err();
    assert!(matches!(error, ClientError::WronglySigned(ReplyFault::Skew)), "{error}");
    assert_eq!(late.server_time().await.unwrap(), now());
}

#[tokio::test]
async fn keys_are_learnt_from_the_root_key_alone() {
    let (base, _) = start().await;
    let client = client(&base);
    assert_eq!(client.published_keys(&public(ROOT)).await.unwrap(), [public(crate::util::SERVER)]);
    let error = client.published_keys(&public(OTHER)).await.unwrap_err();
    assert!(matches!(error, ClientError::WronglySigned(ReplyFault::UnknownKey)));
}

#[tokio::test]
async fn nobody_there_is_known_to_have_done_nothing() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let error = client(&base).call::<SealStateChange>(&state(SealState::Enabled)).await.unwrap_err();
    assert!(matches!(error, ClientError::Unreachable(_)), "{error}");
    assert!(!error.outcome_unknown());
    assert!(
        !error.to_string().contains(base.trim_start_matches("http://")),
        "addresses stay out of messages"
    );
}
