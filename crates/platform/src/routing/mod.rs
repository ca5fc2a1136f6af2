//! Routing (印章路由, standard 4.2 c): from a seal to its system, and one call of that system.
//!
//! The route is the filing's: the system that filed a seal serves it, whatever its code embeds. A call has a
//! deadline, a system has a number of calls under way at most (so that one that is slow holds up nobody else), and
//! an answer is looked at only after its signature was checked. The caller's own signed request goes along.

mod address;
mod answer;

pub(crate) use address::normal_form;
pub use address::{ConsentHost, check_auth_url, check_base_url};
pub use answer::{Lie, answered, lied, refused};

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use client::{Answer, Bounds, Client, ClientError, Identity, Peer, Refusal};
use crypto::VerifyingKey;
use protocol::{ApiError, AppId, Code, Endpoint, Origin, Upstream};
use storage::Tx;
use storage::platform::system_keys::{self, KeyState};
use storage::platform::systems::System;
use tokio::sync::Semaphore;

use crate::context::Context;
use crate::failure::Outcome;

/// The largest answer taken from a seal system: some hundred seals with their pictures.
const MAX_ANSWER: usize = 64 << 20;

/// Calls seal systems.
#[derive(Debug)]
pub struct Routes {
    client: Client,
    calls_per_system: usize,
    slots: Mutex<HashMap<String, Arc<Semaphore>>>,
}

/// The way to one seal system.
#[derive(Debug, Clone)]
pub struct Route {
    /// The system.
    pub app_id: AppId,
    client: Client,
    slots: Arc<Semaphore>,
}

/// Why a call of a seal system brought nothing.
#[derive(Debug)]
pub enum Upset {
    /// Nothing was sent: it is not reachable, or has too many calls under way.
    NotSent(String),
    /// No answer in time. It may have done the work.
    Late,
    /// An answer that is malformed or not rightly signed. It may have done the work.
    Wrong(String),
    /// It refused.
    Refused(Box<Refusal>),
    /// A fault of ours.
    Fault(String),
}

impl Routes {
    /// Routes of the platform, which calls as itself.
    ///
    /// # Errors
    /// 99999 when no connection pool can be made.
    pub fn new(context: &Context) -> Result<Self, ApiError> {
        let me = Identity { app_id: context.id.clone(), signer: Arc::clone(&context.signer) };
        // Every call names its own peer; this one is never called.
        let nobody = Peer::new("http://invalid.invalid", context.id.clone(), []);
        let client = Client::new(me, nobody, context.clock.clone(), context.random.clone())
            .map_err(ApiError::fault)?;
        Ok(Self { client, calls_per_system: context.config.limits.calls_per_system, slots: Mutex::default() })
    }

    /// The way to a system, with the keys that may sign its answers now.
    ///
    /// # Errors
    /// 60001 when the system serves nothing, failures of the database.
    pub async fn to(&self, tx: &mut Tx, system: &System, now: jiff::Timestamp) -> Outcome<Route> {
        let at = now.as_millisecond();
        let usable = |key: &system_keys::SystemKey| {
            key.state == KeyState::Active && key.not_before <= at && at <= key.not_after
        };
        let keys = system_keys::of_system(tx, &system.app_id).await?;
        let keys =
            keys.iter().filter(|key| usable(key)).filter_map(|key| VerifyingKey::prepared(&key.spki).ok());
        let app_id = AppId::parse(&system.app_id).map_err(|fault| ApiError::fault(fault.en))?;
        let Some(base_url) = &system.base_url else {
            return Err(ApiError::new(Code::SealSystemUnreachable)
                .because("no base address is registered")
                .into());
        };
        let peer = Peer::new(base_url, app_id.clone(), keys);
        Ok(Route { app_id, client: self.client.towards(peer), slots: self.slots(&system.app_id) })
    }

    fn slots(&self, system: &str) -> Arc<Semaphore> {
        let mut slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
        let new = || Arc::new(Semaphore::new(self.calls_per_system));
        Arc::clone(slots.entry(system.to_owned()).or_insert_with(new))
    }
}

impl Route {
    /// Calls an interface of the system once, within the deadline; for a caller when `origin` is given, else for
    /// the platform itself.
    ///
    /// # Errors
    /// [`Upset`].
    pub async fn call<E: Endpoint>(
        &self,
        request: &E::Request,
        origin: Option<&Origin>,
        deadline: Duration,
    ) -> Result<Answer<E::Answer>, Upset> {
        let Ok(_slot) = self.slots.try_acquire() else {
            return Err(Upset::NotSent("too many calls under way".to_owned()));
        };
        let client = self.client.clone().with_bounds(Bounds { deadline, max_answer: MAX_ANSWER });
        let result = match origin {
            Some(origin) => client.call_for::<E>(request, origin).await,
            None => client.call::<E>(request).await,
        };
        result.map_err(|error| match error {
            ClientError::Unreachable(cause) => Upset::NotSent(cause),
            ClientError::Late(_) | ClientError::Broken(_) => Upset::Late,
            ClientError::Refused(refusal) if refusal.code == Code::Busy.text() => {
                Upset::NotSent("busy".to_owned())
            }
            ClientError::Refused(refusal) => Upset::Refused(refusal),
            ClientError::Request(cause) => Upset::Fault(cause),
            error
            @ (ClientError::TooLarge(_) | ClientError::Malformed(_) | ClientError::WronglySigned(_)) => {
                Upset::Wrong(error.to_string())
            }
        })
    }
}

impl Upset {
    /// Whether it is certain that the system did not do what was asked.
    pub fn nothing_done(&self) -> bool {
        matches!(self, Self::NotSent(_) | Self::Refused(_) | Self::Fault(_))
    }

    /// The refusal's code, when it is one of those that a platform passes on as its own.
    pub fn passed_on(&self, codes: &[Code]) -> Option<Code> {
        let Self::Refused(refusal) = self else { return None };
        codes.iter().copied().find(|code| code.text() == refusal.code)
    }

    /// What the caller is told.
    pub fn error(&self) -> ApiError {
        match self {
            Self::NotSent(cause) => ApiError::new(Code::SealSystemUnreachable).because(cause),
            Self::Late => ApiError::new(Code::SealSystemUnreachable).because("no answer in time"),
            Self::Wrong(cause) => ApiError::new(Code::SealSystemAnswerWrong).because(cause),
            Self::Fault(cause) => ApiError::fault(cause),
            Self::Refused(refusal) => {
                let upstream = Upstream { code: refusal.code.clone(), message: refusal.message.clone() };
                ApiError::new(Code::SealSystemRefused).upstream(upstream)
            }
        }
    }
}
