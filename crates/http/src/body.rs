//! Reading a body within its size and its time.

use std::error::Error;
use std::time::Duration;

use axum::body::Body;
use axum::http::HeaderMap;
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use protocol::{ApiError, Code, Fault};

/// Reads the whole body. A caller that sends slowly is cut off after `time`.
///
/// # Errors
/// 20010 when it is larger than `max`, 20002 when it stops, 90001 when it takes too long.
pub(crate) async fn read(
    headers: &HeaderMap,
    body: Body,
    max: usize,
    time: Duration,
) -> Result<Vec<u8>, ApiError> {
    if declared_length(headers).is_some_and(|length| length > max as u64) {
        return Err(too_large(max));
    }
    match tokio::time::timeout(time, Limited::new(body, max).collect()).await {
        Ok(Ok(collected)) => Ok(collected.to_bytes().to_vec()),
        Ok(Err(error)) if is_length_limit(&*error) => Err(too_large(max)),
        Ok(Err(error)) => Err(broken().because(error)),
        Err(_) => Err(slow()),
    }
}

/// The body is larger than allowed (20010).
pub(crate) fn too_large(max: usize) -> ApiError {
    ApiError::explained(Code::TooLarge, &format!("最多 {max} 字节"), &format!("at most {max} bytes"))
}

/// The body did not arrive in time: 90001, because nothing is wrong with what came, and the same request may
/// be sent again.
pub(crate) fn slow() -> ApiError {
    ApiError::explained(Code::Busy, "请求体未能按时到达", "the body did not arrive in time")
        .after(Duration::from_secs(1))
}

/// The body stopped in the middle.
pub(crate) fn broken() -> ApiError {
    fault("body.broken", "请求体不完整", "the body is incomplete")
}

/// A fault of the body as a whole.
pub(crate) fn fault(rule: &'static str, zh: &'static str, en: &'static str) -> ApiError {
    Fault::malformed(rule, zh, en).on("").into()
}

/// The content type must be JSON, so that no browser form can be a request of ours by accident.
///
/// # Errors
/// 20002.
pub(crate) fn require_json(headers: &HeaderMap) -> Result<(), ApiError> {
    let kind = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let essence = kind.split(';').next().unwrap_or_default().trim();
    if essence.eq_ignore_ascii_case("application/json") {
        return Ok(());
    }
    Err(fault("body.type", "Content-Type 应为 application/json", "Content-Type must be application/json"))
}

fn declared_length(headers: &HeaderMap) -> Option<u64> {
    headers.get(CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

fn is_length_limit(error: &(dyn Error + 'static)) -> bool {
    let mut cause = Some(error);
    while let Some(error) = cause {
        if error.is::<LengthLimitError>() {
            return true;
        }
        cause = error.source();
    }
    false
}
