//! Who may see a page, and which forms are believed.

use std::time::Duration;

use axum::Extension;
use axum::extract::{Request, State};
use axum::http::header::{HOST, ORIGIN};
use axum::http::{HeaderMap, Method, StatusCode};
use axum::middleware::Next;
use axum::response::Response;

use super::answer::{Words, message};
use crate::SealSystem;

/// How long a page may take, its upload included.
const PATIENCE: Duration = Duration::from_mins(2);

/// What a request says of the page it comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Source {
    /// A page of ours.
    Ours,
    /// Somebody else's page.
    Other,
    /// Nothing, as old browsers and those on plain HTTP do.
    Unsaid,
}

fn source(headers: &HeaderMap) -> Source {
    let text = |name: &str| headers.get(name).map(|value| value.to_str().unwrap_or("?"));
    if let Some(site) = text("sec-fetch-site") {
        // "none" is what a person types or opens from outside, which is never a form.
        return if site == "same-origin" { Source::Ours } else { Source::Other };
    }
    match (text(ORIGIN.as_str()), text(HOST.as_str())) {
        (None | Some("null"), _) => Source::Unsaid,
        (Some(origin), Some(host)) if origin.split_once("://").is_some_and(|(_, site)| site == host) => {
            Source::Ours
        }
        _ => Source::Other,
    }
}

fn changes_nothing(request: &Request) -> bool {
    matches!(*request.method(), Method::GET | Method::HEAD)
}

/// Lets a form in when the browser says that it comes from a page of ours.
pub(super) async fn from_our_pages(request: Request, next: Next) -> Response {
    if changes_nothing(&request) || source(request.headers()) == Source::Ours {
        return next.run(request).await;
    }
    foreign_form()
}

/// The same where the form also needs a cookie that browsers never send from elsewhere (SameSite=Strict): a
/// browser that says nothing is let in, because a telephone may be old and our pages send no referrer.
pub(super) async fn from_our_pages_or_session(request: Request, next: Next) -> Response {
    if changes_nothing(&request) || source(request.headers()) != Source::Other {
        return next.run(request).await;
    }
    foreign_form()
}

fn foreign_form() -> Response {
    let title = Words::new("请求被拒绝", "Request refused");
    let hint =
        Words::new("这个请求不是从本系统的页面发出的。", "It did not come from a page of this system.");
    message(StatusCode::FORBIDDEN, "", title, hint)
}

/// Lets only this machine's browsers in, unless the operator has allowed others. The name they ask for must be
/// one of ours, else a page elsewhere could give itself our address (DNS rebinding).
pub(super) async fn own_people(
    State(system): State<SealSystem>,
    Extension(caller): Extension<http_server::Source>,
    request: Request,
    next: Next,
) -> Response {
    let rules = &system.parts.application;
    let near = caller.address.is_loopback();
    let host = request.headers().get(HOST).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let known = is_loopback_name(host) || (rules.remote && is_named_in(&system.parts.public_url, host));
    if known && (near || rules.remote) {
        return next.run(request).await;
    }
    let title = Words::new("此页面仅限本机访问", "This page is for the machine it runs on");
    let hint = Words::new(
        "请在运行本系统的机器上打开，或由管理员在配置中放开 application.remote。",
        "Open it there, or have the operator allow application.remote in the configuration.",
    );
    message(StatusCode::FORBIDDEN, system.name(), title, hint)
}

fn is_loopback_name(host: &str) -> bool {
    let name = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    };
    ["localhost", "127.0.0.1", "[::1]"].iter().any(|known| name.eq_ignore_ascii_case(known))
}

fn is_named_in(public_url: &str, host: &str) -> bool {
    let site = public_url.split_once("://").map_or("", |(_, rest)| rest);
    site.split('/').next().is_some_and(|name| !name.is_empty() && name.eq_ignore_ascii_case(host))
}

/// A browser that sends its request drop by drop is let go.
pub(super) async fn in_time(request: Request, next: Next) -> Response {
    tokio::time::timeout(PATIENCE, next.run(request)).await.unwrap_or_else(|_| {
        let title = Words::new("请求超时", "The request took too long");
        message(StatusCode::REQUEST_TIMEOUT, "", title, Words::new("请重试。", "Please try again."))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        pairs.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect()
    }

    #[test]
    fn the_browser_says_where_a_form_comes_from() {
        let host = ("host", "seal.example.cn:8443");
        let says = |pairs: &[_]| source(&headers(pairs));
        assert_eq!(says(&[host, ("sec-fetch-site", "same-origin")]), Source::Ours);
        for other in ["same-site", "cross-site", "none"] {
            assert_eq!(says(&[host, ("sec-fetch-site", other)]), Source::Other, "{other}");
        }
        // What Sec-Fetch-Site says goes before Origin.
        let both = [host, ("sec-fetch-site", "cross-site"), ("origin", "https://seal.example.cn:8443")];
        assert_eq!(says(&both), Source::Other);
        assert_eq!(says(&[host, ("origin", "https://seal.example.cn:8443")]), Source::Ours);
        assert_eq!(says(&[host, ("origin", "https://seal.example.cn.evil.cn:8443")]), Source::Other);
        assert_eq!(says(&[host, ("origin", "null")]), Source::Unsaid);
        assert_eq!(says(&[host]), Source::Unsaid);
    }

    #[test]
    fn only_names_of_this_machine_are_loopback_names() {
        for good in ["localhost", "LOCALHOST:8081", "127.0.0.1:8081", "[::1]", "[::1]:8081"] {
            assert!(is_loopback_name(good), "{good}");
        }
        for bad in ["", "evil.cn", "localhost.evil.cn", "127.0.0.1.evil.cn:80", "10.0.0.1", "::1:80:x"] {
            assert!(!is_loopback_name(bad), "{bad}");
        }
        assert!(is_named_in("https://seal.example.cn:8443", "SEAL.example.cn:8443"));
        assert!(is_named_in("https://seal.example.cn/a", "seal.example.cn"));
        for bad in ["", "example.cn", "seal.example.cn:81"] {
            assert!(!is_named_in("https://seal.example.cn", bad), "{bad}");
        }
    }
}
