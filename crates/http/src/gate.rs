//! The order of checks in the gateway (平台认证网关, clause 4.2 a; wire profile §5).
//!
//! Size and schema come first and are done before this. Then: system and key known, allowed to call → time window
//! → signature → nonce → rate limit. The nonce enters the store only after the signature is good, so nobody can
//! use up another's nonces; and nothing is stored for a caller who has not proved who it is.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use crypto::VerifyingKey;
use jiff::{SignedDuration, Timestamp};
use protocol::wire::{Canonical, Detail, Origin, SignatureFault, SignatureValue, key_id};
use protocol::{ApiError, AppId, Code, MillisTime, Nonce};

use crate::answer::Outgoing;
use crate::metrics::{Metrics, Sm2};
use crate::source::Source;
use crate::verifier::{Approach, Verifier};

/// How far a request's time may be from ours.
const WINDOW: SignedDuration = SignedDuration::from_secs(300);

/// Whether a registered key may be used now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyState {
    /// It may.
    Active,
    /// It is not yet valid, retired or revoked: a right signature by it is refused with 10004.
    Inactive,
}

/// One registered key of a caller.
#[derive(Debug, Clone)]
pub struct CallerKey {
    /// The key.
    pub key: VerifyingKey,
    /// Whether it may be used now.
    pub state: KeyState,
}

/// A request that was read and is not believed yet.
#[derive(Debug)]
pub struct Unverified {
    /// The interface's name.
    pub interface: &'static str,
    /// Who it says it is.
    pub app_id: AppId,
    /// When it says it was made; `None` where the interface has no time.
    pub time: Option<MillisTime>,
    /// Its nonce, together with the time.
    pub nonce: Option<Nonce>,
    /// Its signed string.
    pub canonical: Canonical,
    /// Its signature as sent.
    pub sign: String,
    /// Where it came from.
    pub source: Source,
    /// How long it says that it waits.
    pub waits: Option<Duration>,
}

/// A caller who has proved who it is.
#[derive(Debug, Clone)]
pub struct Caller {
    /// Its id.
    pub app_id: AppId,
    /// The key it signed with.
    pub key: VerifyingKey,
    /// Where it called from.
    pub address: std::net::IpAddr,
    /// Our name for the request.
    pub request_id: String,
    /// The string it signed.
    pub canonical: Canonical,
    /// Its signature as sent.
    pub sign: String,
    /// When the request was made, where it says so.
    pub time: Option<MillisTime>,
    /// How long the caller says that it waits for the answer (`X-Seal-Wait`, milliseconds). Nothing is proved by it: it
    /// can only shorten what is done in vain.
    pub waits: Option<Duration>,
    /// Whether the request was written down as accepted.
    pub noted: Arc<Noted>,
}

/// Whether a request was written down while it was worked on; every copy of its [`Caller`] shares it.
#[derive(Debug, Default)]
pub struct Noted {
    begun: AtomicBool,
    lasting: Arc<AtomicBool>,
}

/// What is known of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Written {
    /// Nobody tried.
    No,
    /// Somebody tried, and it is not known whether it lasts: the store has to be asked.
    Perhaps,
    /// It was, and lasts.
    Yes,
}

impl Noted {
    /// It is being written; the flag that is returned is to be set once that is certain to last.
    pub fn begin(&self) -> Arc<AtomicBool> {
        self.begun.store(true, Ordering::Release);
        Arc::clone(&self.lasting)
    }

    /// What is known.
    pub fn written(&self) -> Written {
        match (self.lasting.load(Ordering::Acquire), self.begun.load(Ordering::Acquire)) {
            (true, _) => Written::Yes,
            (false, true) => Written::Perhaps,
            (false, false) => Written::No,
        }
    }
}

impl Caller {
    /// The id of the key it signed with.
    pub fn key_id(&self) -> String {
        key_id(&self.key)
    }

    /// Its request as it is passed on to a seal system (wire profile §6).
    pub fn origin(&self) -> Origin {
        Origin {
            app_id: self.app_id.clone(),
            key_spki: self.key.spki_der().to_vec(),
            canonical: self.canonical.clone(),
            sign: self.sign.clone(),
        }
    }
}

/// What a server knows about callers. Each method is asked in the fixed order of this module.
pub trait Gatekeeper: Send + Sync + 'static {
    /// The caller's keys, active or not, if it is known and may call this interface from there now.
    ///
    /// # Errors
    /// 10001 unknown, 10007 not live, 10008 address, 10004 a TLS certificate is registered and another or none was
    /// shown, 10010 interface not granted, 90001 when the store is in doubt.
    fn keys(
        &self,
        app_id: &AppId,
        interface: &'static str,
        source: &Source,
    ) -> impl Future<Output = Result<Vec<CallerKey>, ApiError>> + Send;

    /// Remembers (appId, time, nonce); `false` when it was there.
    ///
    /// # Errors
    /// 90001 when the store is in doubt.
    fn remember(
        &self,
        app_id: &AppId,
        time: MillisTime,
        nonce: Nonce,
    ) -> impl Future<Output = Result<bool, ApiError>> + Send;

    /// Counts the call against the caller's rate.
    ///
    /// # Errors
    /// How long to wait.
    fn pass(&self, app_id: &AppId, interface: &'static str) -> Result<(), Duration>;

    /// Shown every answer to a caller who was let in, signed and not sent yet; where this fails, the caller gets
    /// the error instead. A server keeps its evidence of the answer here.
    ///
    /// # Errors
    /// 90001 when the answer must not leave.
    fn answered(
        &self,
        _caller: &Caller,
        _interface: &'static str,
        _answer: &Outgoing,
    ) -> impl Future<Output = Result<(), ApiError>> + Send {
        async { Ok(()) }
    }

    /// How much a caller is told about a wrong signature.
    fn detail(&self) -> Detail {
        Detail::Terse
    }
}

/// Lets a request in, or says why not.
///
/// # Errors
/// The codes of wire profile §5, in its order.
pub(crate) async fn admit<G: Gatekeeper>(
    gate: &G,
    request: Unverified,
    request_id: &str,
    now: Timestamp,
    (verifier, metrics): (&Verifier, &Metrics),
) -> Result<Caller, ApiError> {
    let approach = verifier.approach();
    let keys = gate.keys(&request.app_id, request.interface, &request.source).await?;
    if !keys.iter().any(|key| key.state == KeyState::Active) {
        return Err(ApiError::new(Code::KeyNotValid));
    }
    check_time(request.time, now)?;
    let started = Instant::now();
    let key = find_key(&request, &keys, gate.detail(), &approach).await;
    drop(approach);
    metrics.sm2(Sm2::Verify, started.elapsed());
    let key = key?;
    if let (Some(time), Some(nonce)) = (request.time, request.nonce)
        && !gate.remember(&request.app_id, time, nonce).await?
    {
        return Err(ApiError::new(Code::Replayed));
    }
    gate.pass(&request.app_id, request.interface)
        .map_err(|wait| ApiError::new(Code::TooManyRequests).after(wait))?;
    Ok(Caller {
        app_id: request.app_id,
        key,
        address: request.source.address,
        request_id: request_id.to_owned(),
        canonical: request.canonical,
        sign: request.sign,
        time: request.time,
        waits: request.waits,
        noted: Arc::default(),
    })
}

/// The part of the order that needs no body: asked before a large file is read.
///
/// # Errors
/// As [`admit`], up to the time window.
pub(crate) async fn admit_early<G: Gatekeeper>(
    gate: &G,
    interface: &'static str,
    (app_id, time): (&AppId, Option<MillisTime>),
    source: &Source,
    now: Timestamp,
) -> Result<(), ApiError> {
    let keys = gate.keys(app_id, interface, source).await?;
    if !keys.iter().any(|key| key.state == KeyState::Active) {
        return Err(ApiError::new(Code::KeyNotValid));
    }
    check_time(time, now)
}

fn check_time(time: Option<MillisTime>, now: Timestamp) -> Result<(), ApiError> {
    match time {
        Some(time) if now.duration_since(time.timestamp()).abs() > WINDOW => {
            Err(ApiError::new(Code::TimeOutsideWindow))
        }
        _ => Ok(()),
    }
}

/// Tries the active keys, then the others: a right signature by a key that may not be used now is 10004.
async fn find_key(
    request: &Unverified,
    keys: &[CallerKey],
    detail: Detail,
    approach: &Approach<'_>,
) -> Result<VerifyingKey, ApiError> {
    let value = SignatureValue::parse(&request.sign).map_err(|fault| wrong(fault, detail))?;
    let message = request.canonical.bytes();
    let of = |state| keys.iter().filter(move |key| key.state == state);
    for key in of(KeyState::Active) {
        if approach.verify(&key.key, key.key.sm2_digest(message), value.der()).await {
            return Ok(key.key.clone());
        }
    }
    for key in of(KeyState::Inactive) {
        if approach.verify(&key.key, key.key.sm2_digest(message), value.der()).await {
            return Err(ApiError::new(Code::KeyNotValid));
        }
    }
    let fault = match detail {
        Detail::Terse => SignatureFault::Mismatch,
        Detail::Sandbox => value.diagnose(of(KeyState::Active).map(|key| &key.key), message),
    };
    Err(wrong(fault, detail))
}

fn wrong(fault: SignatureFault, detail: Detail) -> ApiError {
    match detail {
        Detail::Terse => ApiError::new(Code::SignatureWrong).because(fault),
        Detail::Sandbox => ApiError::explained(Code::SignatureWrong, fault.zh(), &fault.to_string()),
    }
}
