//! The pages: the seals of this system, the signer's consent, and sealing a document.
//!
//! No page runs a script or loads anything from elsewhere. All text is escaped by the templates. What changes
//! something is a POST that must come from a page of ours.

mod access;
mod answer;
mod consent;
mod home;
mod sealing;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::HeaderValue;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::middleware::{from_fn, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};

use crate::SealSystem;

/// Largest form, in bytes.
const MAX_FORM: usize = 32 << 10;

/// All pages of the system.
pub(crate) fn router(system: &SealSystem) -> Router {
    let signer = Router::new()
        .route("/consent/{token}", get(consent::show))
        .route("/consent/{token}/picture", get(consent::picture))
        .route("/consent/{token}/code", post(consent::send_code))
        .route("/consent/{token}/accept", post(consent::accept))
        .route("/consent/{token}/refuse", post(consent::refuse))
        .layer(DefaultBodyLimit::max(MAX_FORM))
        .layer(from_fn(access::from_our_pages_or_session));
    let own = Router::new()
        .route("/", get(home::list))
        .route("/seals/{es_id}/picture", get(home::picture))
        .layer(DefaultBodyLimit::max(MAX_FORM))
        .merge(sealing::router(system))
        .layer(from_fn(access::from_our_pages))
        .layer(from_fn_with_state(system.clone(), access::own_people));
    Router::new()
        .merge(signer)
        .merge(own)
        .layer(from_fn(access::in_time))
        .route(
            "/assets/style.css",
            get(|| {
                std::future::ready(asset("text/css; charset=utf-8", include_str!("../../assets/style.css")))
            }),
        )
        .route(
            "/assets/icon.svg",
            get(|| std::future::ready(asset("image/svg+xml", include_str!("../../assets/icon.svg")))),
        )
        .with_state(system.clone())
}

/// What is the same for everybody, and may be kept for a while.
fn asset(kind: &'static str, text: &'static str) -> Response {
    let mut response = text.into_response();
    let headers = response.headers_mut();
    headers.extend(http_server::page_headers());
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("public, max-age=300"));
    response
}
