//! Seals of other platforms: what the platform handed over and stood the checks is recorded like a filing, under the
//! seal's own code, so that consent and signature are judged and routed as for any seal. What it may not become is a
//! seal of this platform: its system is the other platform.

use protocol::lists::OwnerKind;
use protocol::tables::SealInfo;
use protocol::{ApiError, Code};
use storage::platform::filing::{self, Changed, Filed, Filing, Origin};
use storage::platform::seal_state;
use storage::platform::seals::{self, Seal, SealState};

use crate::context::Context;
use crate::evidence::{self, Event, Kind};
use crate::failure::{Failure, Outcome};
use crate::registry::seal_data::Checked;
use crate::registry::{foreign_filing, is_owner, with_seal};

/// A seal that another platform handed over and that stood the checks.
#[derive(Debug)]
pub(crate) struct Foreign {
    /// As it came.
    pub(crate) entry: SealInfo,
    /// Its data.
    pub(crate) checked: Checked,
    /// The number of its owner: a credit code, an organisation code or an identity card.
    pub(crate) owner: String,
}

/// Records a seal of the platform `app_id`, or finds it recorded; gives it as it is now.
///
/// # Errors
/// 60003 when the code is another system's seal, 30005 when it was revoked here, failures of the database.
pub(crate) async fn mirror(
    context: &Context,
    app_id: &str,
    seal: &Foreign,
    request_id: &str,
) -> Outcome<Seal> {
    let code = seal.entry.seal_code.as_str();
    let mut tx = context.database.read().await?;
    let known = seals::find(&mut tx, code).await?;
    tx.commit().await?;
    match known {
        Some(row) if row.app_id != app_id => {
            let (zh, en) = ("返回了不属于该平台的印章", "it returned a seal that is not its own");
            Err(ApiError::explained(Code::SealSystemAnswerWrong, zh, en).into())
        }
        Some(row) if !is_owner(context, &row, &seal.owner) => {
            let (zh, en) = ("返回了其他所有者的印章", "it returned a seal of another owner");
            Err(ApiError::explained(Code::SealSystemAnswerWrong, zh, en).into())
        }
        Some(row) if row.seal_data_sm3.as_ref() == Some(&seal.checked.sm3) => Ok(row),
        Some(_) => renew(context, app_id, seal, request_id).await,
        None => enter(context, app_id, seal, request_id).await,
    }
}

fn wanted(context: &Context, app_id: &str, seal: &Foreign) -> Result<Filing, ApiError> {
    let is_person = seal.entry.seal_relate_type == OwnerKind::Person;
    let mut filing = foreign_filing(context, app_id, (&seal.entry, &seal.checked), &seal.owner)?;
    filing.content = with_seal(context, filing.content, &seal.checked, is_person)?;
    filing.state = SealState::Enabled;
    Ok(filing)
}

async fn enter(context: &Context, app_id: &str, seal: &Foreign, request_id: &str) -> Outcome<Seal> {
    let at = context.now().as_millisecond();
    let filing = wanted(context, app_id, seal)?;
    let code = seal.entry.seal_code.as_str();
    let origin = Origin { request_id, actor: app_id, at };
    let mut tx = context.database.begin().await?;
    let own_code = |_| Ok::<_, Failure>(code.to_owned());
    let filed = filing::file(&mut tx, &filing, origin, i64::MAX, own_code).await?;
    if let Filed::New(_) = filed {
        note(context, &mut tx, (app_id, seal), 1, request_id).await?;
    }
    tx.commit().await?;
    stored(context, code).await
}

/// The seal was made anew on its platform: a new version, and what was handed out for the one before is void.
async fn renew(context: &Context, app_id: &str, seal: &Foreign, request_id: &str) -> Outcome<Seal> {
    const CHANGE: i64 = 3;
    let at = context.now().as_millisecond();
    let content = wanted(context, app_id, seal)?.content;
    let code = seal.entry.seal_code.as_str();
    let origin = Origin { request_id, actor: app_id, at };
    let mut tx = context.database.begin().await?;
    match filing::change(&mut tx, (app_id, code), CHANGE, &content, origin).await? {
        Changed::Same(_) => {}
        Changed::Refused => return Err(ApiError::new(Code::StateForbids).into()),
        Changed::New(version) => {
            seal_state::void_for_seal(&mut tx, code, at).await?;
            note(context, &mut tx, (app_id, seal), version, request_id).await?;
        }
    }
    tx.commit().await?;
    stored(context, code).await
}

async fn note(
    context: &Context,
    tx: &mut storage::Tx,
    (app_id, seal): (&str, &Foreign),
    version: i64,
    request_id: &str,
) -> Outcome<()> {
    let detail = serde_json::json!({
        "platform": app_id, "version": version, "sealType": seal.entry.seal_type.text(),
        "sealDataSm3": seal.checked.sm3, "certNumber": seal.checked.cert_number(),
    });
    let code = seal.entry.seal_code.as_str();
    evidence::append(tx, &Event::new(Kind::SealMirrored, context.now(), request_id, code, &detail)?).await?;
    Ok(())
}

async fn stored(context: &Context, code: &str) -> Outcome<Seal> {
    let mut tx = context.database.read().await?;
    let seal = seals::find(&mut tx, code).await?;
    tx.commit().await?;
    Ok(seal.ok_or_else(|| ApiError::fault("a recorded seal is not there"))?)
}
