//! Requests as exact bytes, so that the very same can be sent again.

use crypto::{Random, Sm2KeyPair};
use protocol::schema::{Head, RequestTable};
use protocol::wire::{Canonical, Params, sign};
use protocol::{AppId, Base64Data, Clock, Endpoint, MillisTime, Nonce, ParamValue};
use serde_json::Value;

use crate::site::PLATFORM;

/// Sends bytes to the platform; every request has a connection of its own.
#[derive(Clone)]
pub(crate) struct Raw {
    http: reqwest::Client,
    url: String,
    me: AppId,
    key: Sm2KeyPair,
}

/// What came back, believed without its signature.
pub(crate) struct Reply {
    pub(crate) code: String,
    data: Value,
}

impl std::fmt::Debug for Reply {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.code)
    }
}

impl Reply {
    /// The signature in it.
    pub(crate) fn signature(self) -> Option<Vec<u8>> {
        let text = self.data.get("signData").and_then(Value::as_str)?;
        Some(Base64Data::parse(text).unwrap().into_bytes())
    }
}

impl Raw {
    pub(crate) fn new(url: &str, app_id: &str, key: Sm2KeyPair) -> Self {
        let http = reqwest::Client::builder().no_proxy().pool_max_idle_per_host(0).build().unwrap();
        Self { http, url: url.to_owned(), me: AppId::parse(app_id).unwrap(), key }
    }

    /// A signed request with a new nonce.
    pub(crate) fn body<E: Endpoint>(&self, request: &E::Request) -> Vec<u8> {
        signed::<E>(&AppId::parse(PLATFORM).unwrap(), &self.me, &self.key, request).0
    }

    /// Sends a body; `None` when no answer came.
    pub(crate) async fn post<E: Endpoint>(&self, body: Vec<u8>) -> Option<Reply> {
        let request = self
            .http
            .post(format!("{}{}", self.url, E::INFO.path))
            .header("content-type", "application/json");
        let answer = request.body(body).send().await.ok()?;
        let answer: Value = serde_json::from_slice(&answer.bytes().await.ok()?).ok()?;
        let code = answer.get("code")?.as_str()?.to_owned();
        Some(Reply { code, data: answer.get("data").cloned().unwrap_or_default() })
    }
}

/// A request of `me` to `audience` with a new nonce, and the string that was signed.
pub(crate) fn signed<E: Endpoint>(
    audience: &AppId,
    me: &AppId,
    key: &Sm2KeyPair,
    request: &E::Request,
) -> (Vec<u8>, Canonical) {
    let mut params = Params::new();
    request.write(&mut params);
    let time = MillisTime::of(Clock::system().now());
    let nonce = Nonce::from_random(Random::system().bytes());
    Head::write(me, Some(time), Some(nonce), &mut params);
    let canonical = Canonical::of(&E::INFO.target(audience), &params).unwrap();
    params.insert("sign", ParamValue::Text(sign(key, canonical.bytes()).unwrap())).unwrap();
    (params.to_json(), canonical)
}
