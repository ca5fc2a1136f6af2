//! Answers outside the interfaces: public resources, and the headers that every page carries.

use axum::http::header::{CONTENT_SECURITY_POLICY, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS};
use axum::http::{HeaderMap, HeaderValue};
use protocol::ApiError;

use crate::answer::{AnswerSigner, Outgoing};
use crate::handling::{Done, log_refusal};

/// Makes the answer to a request without a caller.
pub struct PlainAnswer;

impl PlainAnswer {
    /// Signs what was made, or the refusal.
    pub fn make(answers: &AnswerSigner, result: Result<Done, ApiError>) -> Outgoing {
        let request_id = answers.request_id();
        match result {
            Ok(done) => answers.good(&request_id, None, done.body),
            Err(error) => {
                log_refusal(&request_id, &error);
                answers.refusal(&request_id, None, &error)
            }
        }
    }
}

/// Headers for pages: nothing from elsewhere is loaded or run, nobody may frame them, no address leaks.
pub fn page_headers() -> HeaderMap {
    let mut headers = HeaderMap::new();
    let policy = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; connect-src 'self'; \
                  form-action 'self'; base-uri 'none'; frame-ancestors 'none'";
    headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(policy));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    headers
}
