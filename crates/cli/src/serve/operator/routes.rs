//! Addresses of systems, and maintenance.

use jiff::SignedDuration;
use platform::routing::operate::{self, NewAddress};
use protocol::AppId;

use super::route_args::{
    EndpointAddArgs, EndpointArgs, EndpointDrainArgs, MaintenanceOffArgs, MaintenanceOnArgs, SubjectArgs,
};
use super::{app_id, desk, told};
use crate::outcome::{About, End, Outcome};

/// Adds an address.
pub(super) async fn add(args: &EndpointAddArgs) -> Outcome {
    let EndpointArgs { desk: who, app_id: id, url } = &args.endpoint;
    let context = desk(&who.site.config).await?;
    let new = NewAddress {
        app_id: app_id(id)?,
        base_url: url.clone(),
        priority: args.priority,
        weight: args.weight,
    };
    told(operate::add(&context, &new, &who.actor).await)?;
    say!(
        "已增加地址 address added: {id} {url}, 优先级 priority {}, 权重 weight {}",
        args.priority,
        args.weight
    );
    Ok(End::Good)
}

/// Removes an address.
pub(super) async fn remove(args: &EndpointArgs) -> Outcome {
    let context = desk(&args.desk.site.config).await?;
    told(operate::remove(&context, (&app_id(&args.app_id)?, &args.url), &args.desk.actor).await)?;
    say!("已删除地址 address removed: {} {}", args.app_id, args.url);
    Ok(End::Good)
}

/// Gives an address no new calls.
pub(super) async fn drain(args: &EndpointDrainArgs) -> Outcome {
    let EndpointArgs { desk: who, app_id: id, url } = &args.endpoint;
    let context = desk(&who.site.config).await?;
    told(operate::drain(&context, (&app_id(id)?, url), (&who.actor, &args.reason)).await)?;
    say!("已排空地址 address drained: {id} {url}: {}", args.reason);
    say!("hint: calls under way end by themselves; `operator explain-route {id}` shows where calls go now");
    Ok(End::Good)
}

/// Takes a drained address back.
pub(super) async fn undrain(args: &EndpointArgs) -> Outcome {
    let context = desk(&args.desk.site.config).await?;
    told(operate::undrain(&context, (&app_id(&args.app_id)?, &args.url), &args.desk.actor).await)?;
    say!("已恢复地址 address in service: {} {}", args.app_id, args.url);
    Ok(End::Good)
}

fn subject(args: &SubjectArgs) -> Outcome<Option<AppId>> {
    args.app_id.as_deref().map(app_id).transpose()
}

fn named(subject: Option<&AppId>) -> String {
    subject.map_or_else(|| "平台 the platform".to_owned(), ToString::to_string)
}

/// Announces maintenance.
pub(super) async fn maintenance_on(args: &MaintenanceOnArgs) -> Outcome {
    let of = subject(&args.subject)?;
    let context = desk(&args.desk.site.config).await?;
    let end = |minutes: u32| context.now().checked_add(SignedDuration::from_mins(minutes.into()));
    let until = args.minutes.map(end).transpose().about("--minutes")?;
    told(
        operate::announce_maintenance(&context, of.as_ref(), (&args.reason, until), &args.desk.actor).await,
    )?;
    let end = until.map_or_else(|| "until maintenance-off".to_owned(), |until| format!("until {until}"));
    say!("维护中 in maintenance: {}: {} ({end})", named(of.as_ref()), args.reason);
    Ok(End::Good)
}

/// Ends maintenance.
pub(super) async fn maintenance_off(args: &MaintenanceOffArgs) -> Outcome {
    let of = subject(&args.subject)?;
    let context = desk(&args.desk.site.config).await?;
    told(operate::end_maintenance(&context, of.as_ref(), &args.desk.actor).await)?;
    say!("维护结束 maintenance ended: {}", named(of.as_ref()));
    Ok(End::Good)
}
