//! Passes the trace that a call belongs to on to the other side (`traceparent`, W3C). Without a collector nothing is
//! passed on.

use opentelemetry::global;
use opentelemetry::propagation::Injector;
use protocol::AppId;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use tracing::Span;
use tracing_opentelemetry::OpenTelemetrySpanExt;

use crate::ClientError;

/// The span of a call: the interface and whom it is asked of, nothing of what is asked.
pub(crate) fn span(interface: &'static str, peer: &AppId) -> Span {
    tracing::info_span!(
        "call",
        otel.name = interface,
        otel.kind = "client",
        otel.status_code = tracing::field::Empty,
        interface,
        peer = peer.as_str(),
        code = tracing::field::Empty,
    )
}

/// What became of a call.
pub(crate) fn close(span: &Span, error: Option<&ClientError>) {
    match error {
        None => {
            span.record("code", protocol::SUCCESS);
        }
        Some(ClientError::Refused(refusal)) => {
            // The other side's word, so it is looked at first.
            if refusal.code.len() <= 5 && refusal.code.bytes().all(|byte| byte.is_ascii_digit()) {
                span.record("code", refusal.code.as_str());
            }
        }
        Some(_) => {
            span.record("otel.status_code", "ERROR");
        }
    }
}

/// The headers that name the current span.
pub(crate) fn headers() -> HeaderMap {
    let mut headers = Headers(HeaderMap::new());
    let context = Span::current().context();
    global::get_text_map_propagator(|propagator| propagator.inject_context(&context, &mut headers));
    headers.0
}

struct Headers(HeaderMap);

impl Injector for Headers {
    fn set(&mut self, key: &str, value: String) {
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(key), HeaderValue::try_from(value)) {
            self.0.insert(name, value);
        }
    }
}
