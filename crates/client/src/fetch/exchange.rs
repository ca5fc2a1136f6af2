//! One item from one address: checked, resolved, checked again, asked, with each redirect as a new address.

use std::net::IpAddr;

use reqwest::header::{ACCEPT, CONTENT_TYPE, LOCATION};
use reqwest::{Method, Url};

use super::resolve::Pinned;
use super::{FetchError, FetchRules, Item, Resolve, is_public};
use crate::transport;

/// Longest address.
pub(super) const MAX_URL: usize = 2048;

/// What an address answered.
enum Step {
    Body(Vec<u8>),
    Moved(Url),
}

pub(super) async fn fetch(
    rules: &FetchRules,
    resolver: &dyn Resolve,
    url: &str,
    item: &Item,
) -> Result<Vec<u8>, FetchError> {
    if url.len() > MAX_URL {
        return Err(FetchError::Url);
    }
    let mut url = Url::parse(url).map_err(|_| FetchError::Url)?;
    for _ in 0..=rules.redirects {
        let address = check(rules, resolver, &url).await?;
        match ask(rules, &url, address, item).await? {
            Step::Body(body) => return Ok(body),
            Step::Moved(next) => url = next,
        }
    }
    Err(FetchError::Redirect)
}

/// The one address that may be connected to.
pub(super) async fn check(
    rules: &FetchRules,
    resolver: &dyn Resolve,
    url: &Url,
) -> Result<IpAddr, FetchError> {
    if !matches!(url.scheme(), "http" | "https") {
        return Err(FetchError::Scheme(url.scheme().to_owned()));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(FetchError::Url);
    }
    let host = url.host_str().filter(|host| !host.is_empty()).ok_or(FetchError::Url)?;
    let port = url.port_or_known_default().ok_or(FetchError::Url)?;
    let listed = listed(rules, host, port);
    if listed == Listed::No && !rules.ports.contains(&port) {
        return Err(FetchError::Port(port));
    }
    let literal = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>().ok();
    let addresses = match literal {
        Some(address) => vec![address],
        None => {
            resolver.resolve(host).await.map_err(|error| FetchError::Resolve(error.kind().to_string()))?
        }
    };
    // One inner address among several outer ones is a trap, not a mistake.
    if listed == Listed::No
        && let Some(inner) = addresses.iter().find(|address| !is_public(**address))
    {
        return Err(FetchError::Address(*inner));
    }
    addresses.first().copied().ok_or(FetchError::Resolve("no address".to_owned()))
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Listed {
    Yes,
    No,
}

/// Whether the operator allows this host, whatever its address, with this port.
fn listed(rules: &FetchRules, host: &str, port: u16) -> Listed {
    let with_port = format!("{host}:{port}");
    let is_listed = rules
        .allowed_hosts
        .iter()
        .map(|allowed| allowed.trim().to_ascii_lowercase())
        .any(|allowed| allowed == with_port || (allowed == host && rules.ports.contains(&port)));
    if is_listed { Listed::Yes } else { Listed::No }
}

async fn ask(rules: &FetchRules, url: &Url, address: IpAddr, item: &Item) -> Result<Step, FetchError> {
    let pool = transport::pinned(Pinned::shared(address), rules.deadline)
        .map_err(|error| FetchError::Connection(error.to_string()))?;
    let request = match item {
        Item::Crl => pool.request(Method::GET, url.clone()).header(ACCEPT, "application/pkix-crl, */*"),
        Item::Certificate => {
            pool.request(Method::GET, url.clone()).header(ACCEPT, "application/pkix-cert, */*")
        }
        Item::Ocsp(question) => pool
            .request(Method::POST, url.clone())
            .header(CONTENT_TYPE, "application/ocsp-request")
            .header(ACCEPT, "application/ocsp-response")
            .body(question.clone()),
    };
    let failed = |error: reqwest::Error| {
        if error.is_timeout() { FetchError::Late } else { FetchError::Connection(transport::plain(&error)) }
    };
    let mut response = request.send().await.map_err(failed)?;
    if response.remote_addr().is_some_and(|remote| remote.ip() != address) {
        return Err(FetchError::Address(address));
    }
    let status = response.status();
    if status.is_redirection() {
        let place = response.headers().get(LOCATION).and_then(|place| place.to_str().ok());
        let next = place.filter(|place| place.len() <= MAX_URL).and_then(|place| url.join(place).ok());
        return next.map(Step::Moved).ok_or(FetchError::Redirect);
    }
    if status.as_u16() != 200 {
        return Err(FetchError::Status(status.as_u16()));
    }
    let mut body = Vec::new();
    while let Some(piece) = response.chunk().await.map_err(failed)? {
        if body.len().saturating_add(piece.len()) > rules.max_len {
            return Err(FetchError::TooLarge(rules.max_len));
        }
        body.extend_from_slice(&piece);
    }
    Ok(Step::Body(body))
}
