//! The gateway (平台认证网关, standard 4.2 a): what the platform knows about callers.
//!
//! The order of checks (wire profile §5) is fixed in [`http_server`], for every server of ours alike; this module
//! answers its questions from the registry: which keys a system has and whether it may call, whether a nonce is
//! new, whether the rate limit lets it through. When the store is in doubt the answer is a retryable refusal.

mod address;
mod ledger;
mod rate;
mod together;

pub use address::{AddressList, AddressRange};
pub use rate::RateLimiter;

use std::time::Duration;

use crypto::VerifyingKey;
use http_server::{Caller, CallerKey, Fingerprint, Gatekeeper, KeyState, Outgoing, Source};
use protocol::endpoints::{ReconciliationDigest, ReconciliationRows, SealChanges};
use protocol::wire::Detail;
use protocol::{ApiError, AppId, Code, ENDPOINTS, MillisTime, Nonce};
use storage::nonces::Taken;
use storage::platform::standing::{self, KeyLine};
use storage::platform::systems::{GrantKind, SystemState};

use crate::context::Context;
use crate::evidence::{self, Answered};
use crate::failure::Outcome;
use crate::routing::refuse_maintenance;
use ledger::{Endings, Nonces};
use together::Together;

/// Interfaces that a suspended system may still call (`facts` §6.2): they change nothing, and tell it how its seals stand.
const STATUS_QUERIES: [&str; 3] = [SealChanges::NAME, ReconciliationDigest::NAME, ReconciliationRows::NAME];

/// The platform's gateway.
#[derive(Debug)]
pub struct Gateway {
    context: Context,
    rates: RateLimiter,
    detail: Detail,
    nonces: Together<Nonces>,
    endings: Together<Endings>,
}

impl Gateway {
    /// A gateway; `detail` says whether a wrong signature is explained to its maker (sandbox) or not. It writes in tasks
    /// that end with it.
    pub fn new(context: Context, detail: Detail) -> Self {
        let rates = RateLimiter::new(&context.config.limits);
        let nonces = Together::start(Nonces(context.clone()));
        let endings = Together::start(Endings(context.clone()));
        Self { context, rates, detail, nonces, endings }
    }

    /// Every key of a system that may call `interface` from `source` now.
    async fn look_up(&self, app_id: &AppId, interface: &str, source: &Source) -> Outcome<Vec<CallerKey>> {
        let now = self.context.now();
        let mut tx = self.context.database.look().await?;
        let found = standing::of_caller(&mut tx, app_id.as_str()).await?;
        tx.commit().await?;
        refuse_maintenance(found.maintenance.as_ref(), now)?;
        let state = found.state.ok_or_else(|| ApiError::new(Code::UnknownCaller))?;
        let asks_for_states = state == SystemState::Suspended && STATUS_QUERIES.contains(&interface);
        if state != SystemState::Online && !asks_for_states {
            return Err(ApiError::new(Code::CallerNotLive).into());
        }
        let grants = found.grants;
        let of_kind =
            |kind| grants.iter().filter(move |grant| grant.kind == kind).map(|grant| grant.value.as_str());
        if !AddressList::read(of_kind(GrantKind::Address)).contains(source.address) {
            return Err(ApiError::new(Code::AddressNotAllowed).into());
        }
        check_certificate(of_kind(GrantKind::ClientCertificate), source.certificate)?;
        if !of_kind(GrantKind::Interface).any(|name| name == interface) {
            return Err(ApiError::new(Code::InterfaceNotGranted).into());
        }
        let now = now.as_millisecond();
        let state = |row: &KeyLine| if row.is_usable(now) { KeyState::Active } else { KeyState::Inactive };
        Ok(found
            .keys
            .iter()
            .filter_map(|row| {
                Some(CallerKey { key: VerifyingKey::prepared(&row.spki).ok()?, state: state(row) })
            })
            .collect())
    }
}

/// A system for which TLS certificates are registered has to show one of them.
///
/// # Errors
/// 10004. What was registered and cannot be read stands for a certificate that nobody has.
fn check_certificate<'a>(
    registered: impl Iterator<Item = &'a str>,
    shown: Option<Fingerprint>,
) -> Result<(), ApiError> {
    let mut registered = registered.map(str::parse::<Fingerprint>).peekable();
    if registered.peek().is_none() {
        return Ok(());
    }
    match shown {
        Some(shown) if registered.any(|one| one == Ok(shown)) => Ok(()),
        Some(shown) => Err(ApiError::new(Code::KeyNotValid).because(format_args!("TLS certificate {shown}"))),
        None => Err(ApiError::new(Code::KeyNotValid).because("no TLS certificate was shown")),
    }
}

impl Gatekeeper for Gateway {
    async fn keys(
        &self,
        app_id: &AppId,
        interface: &'static str,
        source: &Source,
    ) -> Result<Vec<CallerKey>, ApiError> {
        Ok(self.look_up(app_id, interface, source).await?)
    }

    async fn remember(&self, app_id: &AppId, time: MillisTime, nonce: Nonce) -> Result<bool, ApiError> {
        let (app_id, time) = (app_id.as_str().to_owned(), time.millis());
        self.nonces.write(Taken { app_id, time, nonce: nonce.number().into() }).await
    }

    fn pass(&self, app_id: &AppId, interface: &'static str) -> Result<(), Duration> {
        self.rates.pass(app_id.as_str(), interface, self.context.now())
    }

    async fn answered(
        &self,
        caller: &Caller,
        interface: &'static str,
        answer: &Outgoing,
    ) -> Result<(), ApiError> {
        let interface = ENDPOINTS.iter().copied().find(|endpoint| endpoint.name == interface);
        let interface = interface.ok_or_else(|| ApiError::fault("an interface that is not in the list"))?;
        // An answer without headers could not be signed and says nothing.
        let Some(headers) = &answer.headers else { return Ok(()) };
        let body = evidence::kept(&self.context, interface.name, &answer.body)?;
        let body_sm3 = hex::encode(answer.body_sm3);
        let answered = Answered {
            status: answer.status,
            code: &answer.code,
            body_sm3: &body_sm3,
            key_id: &headers.key_id,
            time: &headers.time,
            nonce: &headers.nonce,
            request_hash: &headers.request_hash,
            signature: &headers.signature,
            body,
        };
        self.endings.write(evidence::closing(&self.context, interface, caller, &answered)?).await
    }

    fn detail(&self) -> Detail {
        self.detail
    }
}
