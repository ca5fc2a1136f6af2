//! Applications for access (入驻申请, standard 6.1.1.1 b): what the system is for, what it wants, whom to reach.

use protocol::{ApiError, AppId, Code, Mobile};
use storage::platform::applications::{self, ApplicationRow, ApplicationState};
use storage::platform::systems::{self, SystemState};

use super::steps;
use super::systems::contradiction;
use crate::context::Context;
use crate::evidence::{self, Event, Kind};
use crate::failure::Outcome;

/// The columns under which persons are encrypted.
const PERSON: &str = "system_applications.person";
const MOBILE: &str = "system_applications.mobile";
/// Longest description, in characters.
const MAX_DESCRIPTION: usize = 4_000;
/// Longest name of a person, in characters.
const MAX_NAME: usize = 64;

/// Somebody to reach.
#[derive(Clone)]
pub struct Contact {
    /// Who.
    pub name: String,
    /// Telephone.
    pub mobile: Mobile,
}

impl std::fmt::Debug for Contact {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Contact")
    }
}

/// An application about to be handed in.
#[derive(Debug, Clone)]
pub struct NewApplication {
    /// Whose it is.
    pub app_id: AppId,
    /// What the system is and what it is for.
    pub description: String,
    /// Names of the interfaces it wants.
    pub interfaces: Vec<String>,
    /// Signatures it expects in a month.
    pub monthly_volume: Option<u32>,
    /// Who answers questions (接口人).
    pub contact: Contact,
    /// Whom to reach at any hour (应急联系人).
    pub emergency: Contact,
}

/// The application of a system for people: persons in the clear, for those who may see them.
#[derive(Debug)]
pub struct ApplicationView {
    /// As it is stored.
    pub row: ApplicationRow,
    /// Names and telephones of the two to reach, masked.
    pub contacts: [(String, String); 2],
}

/// Hands in an application: the system is "applied" from then on. Gives its number.
///
/// # Errors
/// 10001 when there is no such system, 20002 or 20003 for a value out of form, 20004 when the system is not verified, or
/// has applied already.
pub async fn apply(context: &Context, new: &NewApplication, actor: &str) -> Outcome<i64> {
    check(new)?;
    let at = context.now();
    let row = row(context, new, actor)?;
    let mut tx = context.database.begin().await?;
    let system =
        systems::find(&mut tx, &row.app_id).await?.ok_or_else(|| ApiError::new(Code::UnknownCaller))?;
    let step = (system.state, SystemState::Applied);
    if !steps::next(step.0).contains(&step.1)
        || !systems::set_state(&mut tx, &row.app_id, step, row.submitted_at, (actor, None)).await?
    {
        let (zh, en) = ("系统当前状态不能提交申请", "the system cannot apply in its state");
        return Err(contradiction(zh, en).into());
    }
    let number = applications::insert(&mut tx, &row).await?;
    let detail = serde_json::json!({
        "actor": actor, "number": number, "interfaces": new.interfaces, "monthlyVolume": new.monthly_volume,
        "from": step.0.as_str(),
    });
    evidence::append(&mut tx, &Event::new(Kind::SystemApplied, at, "", &row.app_id, &detail)?).await?;
    tx.commit().await?;
    Ok(number)
}

fn check(new: &NewApplication) -> Result<(), ApiError> {
    let good = |text: &str, most: usize| !text.trim().is_empty() && text.chars().count() <= most;
    if !good(&new.description, MAX_DESCRIPTION)
        || ![&new.contact, &new.emergency].iter().all(|one| good(&one.name, MAX_NAME))
    {
        let (zh, en) = ("说明或联系人为空或过长", "description or contact is empty or too long");
        return Err(ApiError::explained(Code::Malformed, zh, en));
    }
    super::systems::check_interfaces(&new.interfaces)
}

fn row(context: &Context, new: &NewApplication, actor: &str) -> Result<ApplicationRow, ApiError> {
    let person = |one: &Contact| context.seal(PERSON, one.name.trim());
    let mobile = |one: &Contact| context.seal(MOBILE, one.mobile.as_str());
    Ok(ApplicationRow {
        app_id: new.app_id.as_str().to_owned(),
        number: 0,
        state: ApplicationState::Submitted,
        description: new.description.clone(),
        interfaces: new.interfaces.join(" "),
        monthly_volume: new.monthly_volume.map(i64::from),
        contact: person(&new.contact)?,
        contact_mobile: mobile(&new.contact)?,
        emergency: person(&new.emergency)?,
        emergency_mobile: mobile(&new.emergency)?,
        submitted_by: actor.to_owned(),
        submitted_at: context.now().as_millisecond(),
        decided_by: None,
        decided_at: None,
        reason: None,
    })
}

/// The applications of a system, oldest first, with persons masked.
///
/// # Errors
/// 99999 when what is stored was altered.
pub async fn applications(
    context: &Context,
    tx: &mut storage::Tx,
    app_id: &str,
) -> Outcome<Vec<ApplicationView>> {
    let mut all = Vec::new();
    for row in applications::of_system(tx, app_id).await? {
        let masked = |name: &str, mobile: &str| -> Result<(String, String), ApiError> {
            let name = protocol::masking::name(&context.open(PERSON, name)?);
            Ok((name, protocol::masking::mobile(&context.open(MOBILE, mobile)?)))
        };
        let contacts =
            [masked(&row.contact, &row.contact_mobile)?, masked(&row.emergency, &row.emergency_mobile)?];
        all.push(ApplicationView { row, contacts });
    }
    Ok(all)
}
