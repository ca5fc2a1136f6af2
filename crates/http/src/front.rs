//! What every request meets first, pages and resources too: whose address it is, and how often that may ask. What
//! every answer meets last: a browser that came over TLS is told to come over TLS only.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::Request;
use axum::http::header::STRICT_TRANSPORT_SECURITY;
use axum::http::{HeaderValue, Response};
use axum::middleware::Next;
use protocol::{ApiError, Code};

use crate::api::{Core, refuse};
use crate::crowd::network;
use crate::gate::Gatekeeper;
use crate::gcra::Draw;
use crate::source::Source;

/// Two years, as browsers' lists ask for.
const HSTS: HeaderValue = HeaderValue::from_static("max-age=63072000");

pub(crate) async fn pass<G: Gatekeeper>(
    core: Arc<Core<G>>,
    mut request: Request,
    next: Next,
) -> Response<Body> {
    let Some(source) = Source::of(request.extensions(), request.headers(), core.proxies()) else {
        return refuse(&core, ApiError::fault("a request without a connection"));
    };
    let mut response = match within_rate(&core, source) {
        Ok(()) => {
            request.extensions_mut().insert(source);
            next.run(request).await
        }
        Err(error) => refuse(&core, error),
    };
    if source.secure {
        response.headers_mut().insert(STRICT_TRANSPORT_SECURITY, HSTS);
    }
    response
}

fn within_rate<G>(core: &Core<G>, source: Source) -> Result<(), ApiError> {
    let draw = Draw { key: network(source.address), rate: core.limits.address_rate, cost: 1 };
    core.rates
        .pass(&[draw], core.answers.clock().now())
        .map_err(|wait| ApiError::new(Code::TooManyRequests).after(wait).because("the rate of an address"))
}
