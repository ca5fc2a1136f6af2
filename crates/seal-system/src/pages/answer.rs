//! Making responses: rendering, headers, redirects, failures.

use askama::Template;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, LOCATION};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use protocol::{ApiError, Code};

/// One text in both languages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Words {
    pub(crate) zh: String,
    pub(crate) en: String,
}

impl Words {
    pub(crate) fn new(zh: impl Into<String>, en: impl Into<String>) -> Self {
        Self { zh: zh.into(), en: en.into() }
    }
}

#[derive(Template)]
#[template(path = "message.html")]
struct Message<'a> {
    site: &'a str,
    title: Words,
    hint: Words,
}

/// A page with the headers of every page. Nothing on it may be kept by the browser or what lies between.
pub(super) fn page(status: StatusCode, template: &impl Template) -> Response {
    let mut response = match template.render() {
        Ok(html) => (status, html).into_response(),
        Err(error) => {
            tracing::error!(%error, "a page could not be rendered");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    };
    let headers = response.headers_mut();
    headers.extend(http_server::page_headers());
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// A page that says one thing.
pub(super) fn message(status: StatusCode, site: &str, title: Words, hint: Words) -> Response {
    let site = if site.is_empty() { "电子印章系统" } else { site };
    page(status, &Message { site, title, hint })
}

/// After a form: to the page that shows what came of it.
pub(super) fn see(path: &str) -> Response {
    let mut response = StatusCode::SEE_OTHER.into_response();
    let headers = response.headers_mut();
    headers.extend(http_server::page_headers());
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if let Ok(path) = HeaderValue::from_str(path) {
        headers.insert(LOCATION, path);
    }
    response
}

/// A picture of a seal.
pub(super) fn png(bytes: Vec<u8>) -> Response {
    let mut response = bytes.into_response();
    let headers = response.headers_mut();
    headers.extend(http_server::page_headers());
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("image/png"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("private, no-store"));
    response
}

/// What we could not do. The cause goes to the log.
pub(super) fn failure(site: &str, error: &ApiError) -> Response {
    if error.code() == Code::Fault {
        tracing::error!(%error, "a page failed");
    } else {
        tracing::debug!(%error, "a page was refused");
    }
    let status = StatusCode::from_u16(error.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let status = if status.is_success() { StatusCode::UNPROCESSABLE_ENTITY } else { status };
    let code = error.code();
    let title = Words::new(code.zh(), code.en());
    let hint = Words::new(
        "请稍后重试；若问题依旧，请联系管理员。",
        "Please try again; if it stays so, ask the operator.",
    );
    message(status, site, title, hint)
}

/// There is no such page.
pub(super) fn not_found(site: &str) -> Response {
    let title = Words::new("没有这个页面", "There is no such page");
    message(StatusCode::NOT_FOUND, site, title, Words::new("请检查地址。", "Please check the address."))
}
