//! The signer's pages.

use askama::Template;
use axum::Extension;
use axum::Form;
use axum::extract::{Path, Query, State};
use axum::http::header::{COOKIE, SET_COOKIE, USER_AGENT};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

use super::answer::{Words, failure, not_found, page, png, see};
use crate::SealSystem;
use crate::consent::{End, Notice, Opened, View, Visit};

/// Name of the session's cookie. Each consent has its own, by the path it is sent to.
const COOKIE_NAME: &str = "consent";
/// Links are 32 hexadecimal digits; what is longer is none.
const MAX_TOKEN: usize = 64;

#[derive(Template)]
#[template(path = "consent.html")]
struct ConsentPage<'a> {
    site: &'a str,
    token: &'a str,
    view: &'a View,
    notice: Option<Notice>,
}

#[derive(Template)]
#[template(path = "consent_end.html")]
struct EndPage<'a> {
    site: &'a str,
    title: Words,
    next: Words,
    tone: &'static str,
    back: Option<String>,
    /// The way back for a browser that came over somebody else's link and so did not send its cookie.
    again: Option<&'a str>,
}

#[derive(Deserialize)]
pub(super) struct Told {
    #[serde(default)]
    m: String,
}

#[derive(Deserialize)]
pub(super) struct CodeForm {
    #[serde(default)]
    code: String,
}

#[derive(Deserialize)]
pub(super) struct ReasonForm {
    #[serde(default)]
    reason: String,
}

/// Shows the consent; the first browser that does becomes the one that decides.
pub(super) async fn show(
    State(system): State<SealSystem>,
    Extension(source): Extension<http_server::Source>,
    Path(token): Path<String>,
    Query(told): Query<Told>,
    method: Method,
    headers: HeaderMap,
) -> Response {
    if method == Method::HEAD || is_prefetch(&headers) {
        // Whoever only looks ahead must not become the signer's browser.
        return StatusCode::NO_CONTENT.into_response();
    }
    let session = session(&headers);
    match system.open_link(visit(&token, session.as_deref()), &client(&source, &headers)).await {
        Ok(opened) => answer(&system, &token, &opened, Notice::of(&told.m)),
        Err(error) => failure(system.name(), &error),
    }
}

fn answer(system: &SealSystem, token: &str, opened: &Opened, notice: Option<Notice>) -> Response {
    let site = system.name();
    match opened {
        Opened::Deciding { view, session } => {
            let mut response = page(StatusCode::OK, &ConsentPage { site, token, view, notice });
            if let Some(cookie) = session.as_ref().and_then(|session| cookie(system, token, session, view)) {
                response.headers_mut().insert(SET_COOKIE, cookie);
            }
            response
        }
        Opened::Ended { end, back } => {
            let (title, next, tone) = ending(*end);
            page(StatusCode::OK, &EndPage { site, title, next, tone, back: back.clone(), again: None })
        }
        Opened::Elsewhere => {
            let title = Words::new("此链接已在另一个浏览器中打开", "This link was opened in another browser");
            let next = Words::new(
                "为保护您的印章，一个链接只能由最先打开它的浏览器使用。请回到那个浏览器继续，或请发起方重新发起。",
                "To protect your seal, only the browser that opened a link first can use it. Go on there, or have \
                 the asking party ask again.",
            );
            page(
                StatusCode::FORBIDDEN,
                &EndPage { site, title, next, tone: "wait", back: None, again: Some(token) },
            )
        }
        Opened::Unknown => {
            let title = Words::new("链接无效", "This link is not valid");
            let next = Words::new(
                "请检查地址，或请发起方重新发起。",
                "Check the address, or have the asking party ask again.",
            );
            page(StatusCode::NOT_FOUND, &EndPage { site, title, next, tone: "bad", back: None, again: None })
        }
    }
}

fn ending(end: End) -> (Words, Words, &'static str) {
    match end {
        End::Accepted => (
            Words::new("已同意签署", "You have agreed"),
            Words::new(
                "签章正在完成，可以关闭此页面。",
                "The document is being sealed. You may close this page.",
            ),
            "good",
        ),
        End::Used => (
            Words::new("签章已完成", "The seal was applied"),
            Words::new("本次确认已使用，不能再次使用。", "This consent was used and cannot be used again."),
            "good",
        ),
        End::Refused => (
            Words::new("已拒绝签署", "You have refused"),
            Words::new(
                "文件不会被签章，可以关闭此页面。",
                "The document will not be sealed. You may close this page.",
            ),
            "wait",
        ),
        End::Expired => (
            Words::new("确认已超时", "The time is over"),
            Words::new(
                "文件未被签章。如仍需签署，请发起方重新发起。",
                "Nothing was sealed. Have the asking party ask again.",
            ),
            "wait",
        ),
        End::Void => (
            Words::new("印章状态已变更", "The seal has changed"),
            Words::new(
                "印章已停用、注销或更新，本次确认作废。",
                "The seal was taken out of use or remade; this consent is void.",
            ),
            "bad",
        ),
    }
}

/// The picture of the seal, for the browser that decides.
pub(super) async fn picture(
    State(system): State<SealSystem>,
    Path(token): Path<String>,
    headers: HeaderMap,
) -> Response {
    let session = session(&headers);
    match system.consent_picture(visit(&token, session.as_deref())).await {
        Ok(Some(bytes)) => png(bytes),
        Ok(None) => not_found(system.name()),
        Err(error) => failure(system.name(), &error),
    }
}

/// Sends a one-time code.
pub(super) async fn send_code(
    State(system): State<SealSystem>,
    Path(token): Path<String>,
    headers: HeaderMap,
) -> Response {
    let session = session(&headers);
    let result = system.send_code(visit(&token, session.as_deref())).await;
    back_to(&system, &token, result)
}

/// The signer agrees.
pub(super) async fn accept(
    State(system): State<SealSystem>,
    Path(token): Path<String>,
    headers: HeaderMap,
    Form(form): Form<CodeForm>,
) -> Response {
    let session = session(&headers);
    let result = system.accept(visit(&token, session.as_deref()), &form.code).await;
    back_to(&system, &token, result)
}

/// The signer refuses.
pub(super) async fn refuse(
    State(system): State<SealSystem>,
    Path(token): Path<String>,
    headers: HeaderMap,
    Form(form): Form<ReasonForm>,
) -> Response {
    let session = session(&headers);
    let result = system.refuse(visit(&token, session.as_deref()), &form.reason).await;
    back_to(&system, &token, result.map(|()| None))
}

fn back_to(system: &SealSystem, token: &str, result: Result<Option<Notice>, protocol::ApiError>) -> Response {
    match result {
        Ok(Some(notice)) => {
            // Where a code can be typed in the browser goes to that field by itself.
            let place = if matches!(notice, Notice::Sent | Notice::WrongCode) { "" } else { "#told" };
            see(&format!("/consent/{}?m={}{place}", clean(token), notice.word()))
        }
        Ok(None) => see(&format!("/consent/{}", clean(token))),
        Err(error) => failure(system.name(), &error),
    }
}

fn visit<'a>(token: &'a str, session: Option<&'a str>) -> Visit<'a> {
    Visit { token: clean(token), session }
}

/// The token, or nothing where the text cannot be one.
fn clean(token: &str) -> &str {
    let fits = token.len() <= MAX_TOKEN && token.bytes().all(|byte| byte.is_ascii_alphanumeric());
    if fits { token } else { "" }
}

fn session(headers: &HeaderMap) -> Option<String> {
    let all = headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut pairs = all.flat_map(|text| text.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs
        .find(|(name, value)| *name == COOKIE_NAME && value.len() <= MAX_TOKEN)
        .map(|(_, value)| value.to_owned())
}

fn cookie(system: &SealSystem, token: &str, session: &str, view: &View) -> Option<HeaderValue> {
    let secure = if system.public_url().starts_with("https://") { "; Secure" } else { "" };
    // Somewhat longer than the consent itself, so that its end can still be shown.
    let life = view.seconds_left.saturating_add(3600);
    let text = format!(
        "{COOKIE_NAME}={session}; Path=/consent/{}; Max-Age={life}; HttpOnly; SameSite=Strict{secure}",
        clean(token)
    );
    HeaderValue::from_str(&text).ok()
}

/// Address and program, for the evidence.
fn client(source: &http_server::Source, headers: &HeaderMap) -> String {
    let program = headers.get(USER_AGENT).and_then(|value| value.to_str().ok()).unwrap_or("-");
    format!("{} {program}", source.address)
}

fn is_prefetch(headers: &HeaderMap) -> bool {
    let says = |name: &str| {
        headers.get(name).and_then(|value| value.to_str().ok()).is_some_and(|text| text.contains("prefetch"))
    };
    ["sec-purpose", "purpose", "x-moz"].into_iter().any(says)
}
