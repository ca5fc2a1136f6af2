//! Spans of requests, for traces (OpenTelemetry). Nothing personal is in them: interface, request id, the caller's id,
//! code and status. Whether they go anywhere is the program's matter; without a collector this costs next to nothing.

use axum::http::HeaderMap;
use opentelemetry::global;
use opentelemetry::propagation::Extractor;
use tracing::Span;
use tracing_opentelemetry::OpenTelemetrySpanExt;

/// The span of a request, a child of what its caller says in `traceparent` (W3C).
pub(crate) fn span(interface: &'static str, request_id: &str, headers: &HeaderMap) -> Span {
    let span = tracing::info_span!(
        "request",
        otel.name = interface,
        otel.kind = "server",
        otel.status_code = tracing::field::Empty,
        request_id,
        interface,
        app_id = tracing::field::Empty,
        code = tracing::field::Empty,
        http.response.status_code = tracing::field::Empty,
    );
    let parent = global::get_text_map_propagator(|propagator| propagator.extract(&Headers(headers)));
    // Fails only where no collector is set up, and then nothing is lost.
    drop(span.set_parent(parent));
    span
}

/// What became of the request of the current span.
pub(crate) fn close(app_id: Option<&str>, code: &str, status: u16) {
    let span = Span::current();
    if let Some(app_id) = app_id {
        span.record("app_id", app_id);
    }
    span.record("code", code);
    span.record("http.response.status_code", status);
    if status >= 500 {
        span.record("otel.status_code", "ERROR");
    }
}

struct Headers<'a>(&'a HeaderMap);

impl Extractor for Headers<'_> {
    fn get(&self, key: &str) -> Option<&str> {
        self.0.get(key).and_then(|value| value.to_str().ok())
    }

    fn keys(&self) -> Vec<&str> {
        self.0.keys().map(axum::http::HeaderName::as_str).collect()
    }
}
