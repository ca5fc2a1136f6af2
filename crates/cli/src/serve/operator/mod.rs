//! `sealbridge operator`: what the platform's operator does at its database, beside a running platform or without
//! one. Each change is evidenced under the name that is given with `--as`.

mod args;
mod audit;
mod explain;
mod growing;
mod join;
mod join_args;
mod keys;
mod list;
mod notices;
mod peer_args;
mod peers;
mod reconcile;
mod route_args;
mod routes;
mod seals;
mod show;
mod systems;
mod trust;

pub(crate) use args::OperatorVerb;
pub(super) use args::{DeskArgs, SiteArgs};

use std::path::Path;
use std::sync::Arc;

use ::platform::failure::Failure as Refusal;
use ::platform::key_files::Missing;
use ::platform::{Config, Context, Keys};
use crypto::Random;
use protocol::{AppId, Clock, Code};
use storage::{Database, Migrations};

use super::keys as key_files;
use super::platform;
use crate::outcome::{About, Failure, Outcome, in_chinese};

/// Does what the operator asks for.
pub(crate) fn run(verb: &OperatorVerb) -> Outcome {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().about("runtime")?;
    runtime.block_on(async {
        match verb {
            OperatorVerb::AddSystem(args) => systems::add(args).await,
            OperatorVerb::Grant(args) => systems::grant(args).await,
            OperatorVerb::SetState(args) => systems::set_state(args).await,
            OperatorVerb::Apply(args) => join::apply(args).await,
            OperatorVerb::AddDocument(args) => join::add_document(args).await,
            OperatorVerb::WithdrawDocument(args) => join::withdraw_document(args).await,
            OperatorVerb::ReadDocument(args) => join::read_document(args).await,
            OperatorVerb::ShowSystem(args) => show::show(args).await,
            OperatorVerb::Reviews(args) => join::reviews(args).await,
            OperatorVerb::RefuseReview(args) => join::refuse_review(args).await,
            OperatorVerb::DisableSeal(args) => seals::disable(args).await,
            OperatorVerb::ReleaseSeal(args) => seals::release(args).await,
            OperatorVerb::SealState(args) => seals::state(args).await,
            OperatorVerb::Subscribe(args) => notices::subscribe(args).await,
            OperatorVerb::Unsubscribe(args) => notices::unsubscribe(args).await,
            OperatorVerb::Notices(args) => notices::list(args).await,
            OperatorVerb::Resend(args) => notices::resend(args).await,
            OperatorVerb::Reconcile(args) => reconcile::reconcile(args).await,
            OperatorVerb::Challenge(args) => keys::challenge(args).await,
            OperatorVerb::AddKey(args) => keys::add(args).await,
            OperatorVerb::ApproveKey(args) => keys::approve(args).await,
            OperatorVerb::RetireKey(args) => keys::retire(args).await,
            OperatorVerb::RevokeKey(args) => keys::revoke(args).await,
            OperatorVerb::PublicKey(args) => keys::public_key(args),
            OperatorVerb::TrustAdd(args) => trust::add(args).await,
            OperatorVerb::TrustRemove(args) => trust::remove(args).await,
            OperatorVerb::EndpointAdd(args) => routes::add(args).await,
            OperatorVerb::EndpointRemove(args) => routes::remove(args).await,
            OperatorVerb::EndpointDrain(args) => routes::drain(args).await,
            OperatorVerb::EndpointUndrain(args) => routes::undrain(args).await,
            OperatorVerb::MaintenanceOn(args) => routes::maintenance_on(args).await,
            OperatorVerb::MaintenanceOff(args) => routes::maintenance_off(args).await,
            OperatorVerb::ExplainRoute(args) => explain::explain(args).await,
            OperatorVerb::PeerAdd(args) => peers::add(args).await,
            OperatorVerb::PeerChange(args) => peers::change(args).await,
            OperatorVerb::PeerRefresh(args) => peers::refresh(args).await,
            OperatorVerb::Peers(args) => peers::list(args).await,
            OperatorVerb::List(args) => list::list(args).await,
            OperatorVerb::Partitions(args) => growing::partitions(args).await,
            OperatorVerb::Forget(args) => growing::forget(args).await,
            OperatorVerb::Audit(args) => audit::audit(args).await,
        }
    })
}

/// The database alone, for verbs that only look: no key is needed for it.
async fn look(config: &Path) -> Outcome<Database> {
    let config = platform::read_config(config)?;
    platform::open_database(&config, Migrations::Require).await
}

/// Everything that a change needs.
pub(super) async fn desk(config: &Path) -> Outcome<Context> {
    let config = platform::read_config(config)?;
    let database = platform::open_database(&config, Migrations::Require).await?;
    let keys = key_files::open(&config.keys, &database, Missing::Refuse, &Random::system()).await?;
    desk_of(config, database, &keys)
}

/// The same from what is open already.
pub(super) fn desk_of(config: Config, database: Database, keys: &Keys) -> Outcome<Context> {
    Ok(Context {
        id: app_id(&config.platform.id)?,
        config: Arc::new(config),
        database,
        signer: Arc::clone(&keys.signing),
        clock: Clock::system(),
        random: Random::system(),
        cipher: keys.fields.clone(),
    })
}

pub(super) fn app_id(text: &str) -> Outcome<AppId> {
    AppId::parse(text).map_err(|fault| {
        Failure::new(format!("{text}: {} {}", fault.zh, fault.en))
            .hint("an appId is at most 64 characters long")
    })
}

/// A refusal of the platform's rules, or a failure of its database, with what can be done about it.
pub(super) fn told<T>(result: Result<T, Refusal>) -> Outcome<T> {
    result.map_err(|refusal| {
        let hint = match &refusal {
            Refusal::Refused(error) => hint(error.code()),
            Refusal::Store(_) => {
                Some("未作任何改动，请检查数据库与磁盘 nothing was changed; is the database reachable, and its disk not full?")
            }
        };
        let failure = Failure::new(in_chinese(&refusal));
        match hint {
            Some(hint) => failure.hint(hint),
            None => failure,
        }
    })
}

/// What an operator can do about a refusal with this code.
fn hint(code: Code) -> Option<&'static str> {
    match code {
        Code::UnknownCaller => {
            Some("`sealbridge operator list` shows the systems; `add-system` registers one")
        }
        Code::KeyNotValid => Some("`operator list` shows the keys; a challenge is good for 24 hours"),
        Code::Contradiction => Some(
            "`sealbridge operator list` shows what is there already, `show-system` one system with its papers",
        ),
        Code::ParameterMissing => Some("--reason says why; the evidence log keeps it"),
        Code::TooLarge => Some("onboarding.document_bytes sets the bound"),
        Code::NotInList => Some("`sealbridge operator list` shows what there is"),
        Code::SealNotFound => Some("a seal code has 24 characters; is the seal filed at this platform?"),
        Code::Malformed => Some("`sealbridge operator help VERB` shows what each option takes"),
        _ => None,
    }
}
