#![no_main]

//! A multipart body through a whole server: every answer is signed, whatever came.

use std::net::SocketAddr;
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::Request;
use crypto::{Random, Signer, Sm2KeyPair};
use http_server::{AnswerSigner, Api, CallerKey, Done, Gatekeeper, KeyState, Limits, Metrics, Source, Tasks};
use protocol::endpoints::DocumentVerify;
use protocol::{ApiError, AppId, Clock, MillisTime, Nonce};
use tokio::runtime::Runtime;
use tower::ServiceExt;

struct Anybody(Arc<Sm2KeyPair>);

impl Gatekeeper for Anybody {
    async fn keys(&self, _: &AppId, _: &'static str, _: &Source) -> Result<Vec<CallerKey>, ApiError> {
        Ok(vec![CallerKey { key: self.0.verifying_key().clone(), state: KeyState::Active }])
    }

    async fn remember(&self, _: &AppId, _: MillisTime, _: Nonce) -> Result<bool, ApiError> {
        Ok(true)
    }

    fn pass(&self, _: &AppId, _: &'static str) -> Result<(), Duration> {
        Ok(())
    }
}

static SERVER: LazyLock<(Runtime, Router)> = LazyLock::new(|| {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let pair = Arc::new(Sm2KeyPair::generate(&Random::system()).unwrap());
    let signer = Arc::clone(&pair) as Arc<dyn Signer>;
    // The time of the seeds.
    let clock = Clock::fixed("2026-01-01T00:00:00Z".parse().unwrap());
    let answers = AnswerSigner::new(AppId::parse("server").unwrap(), signer, clock, Random::system());
    let limits = Limits { file_bytes: 4096, scalar_bytes: 2048, ..Limits::default() };
    let metrics = Metrics::new().unwrap();
    let api = Api::new(Anybody(pair), answers, limits, metrics, Tasks::default())
        .endpoint::<DocumentVerify, _, _>(|_| async { Done::data(&()) });
    (runtime, api.into_router())
});

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let (runtime, router) = &*SERVER;
    let request = Request::post("/api/v1/documents/verify")
        .header("content-type", "multipart/form-data; boundary=XyZ")
        .extension(ConnectInfo(SocketAddr::from(([127, 0, 0, 1], 9))))
        .body(Body::from(data.to_vec()))
        .unwrap();
    let answer = runtime.block_on(router.clone().oneshot(request)).unwrap();
    assert!(answer.headers().contains_key("x-seal-signature"));
    assert!([400, 401, 413].contains(&answer.status().as_u16()), "{}", answer.status());
});
