//! What the platform's operator orders about a seal, and how a seal stood at a time.

use platform::registry::{self, Standing, standing_at};
use protocol::{Clock, SealCode};
use serde_json::json;
use storage::platform::seal_holds;
use storage::platform::seal_state::{self, StateChange};

use super::join::progress;
use super::join_args::{SealOrderArgs, SealStateArgs};
use super::{desk, look, told};
use crate::outcome::{About, End, Failure, Outcome};

fn code(text: &str) -> Outcome<SealCode> {
    SealCode::parse(text).map_err(|fault| {
        Failure::new(format!("{text}: {} {}", fault.zh, fault.en)).hint("a seal code has 24 characters")
    })
}

/// Disables a seal by order; the second administrator does it.
pub(super) async fn disable(args: &SealOrderArgs) -> Outcome {
    let code = code(&args.seal)?;
    let context = desk(&args.desk.site.config).await?;
    let by = (args.desk.actor.as_str(), args.reason.as_str());
    let went = told(registry::force_disable(&context, &code, by).await)?;
    progress(&went, &format!("已强制停用 disabled and held: {code}"));
    Ok(End::Good)
}

/// Lifts that.
pub(super) async fn release(args: &SealOrderArgs) -> Outcome {
    let code = code(&args.seal)?;
    let context = desk(&args.desk.site.config).await?;
    let by = (args.desk.actor.as_str(), args.reason.as_str());
    let went = told(registry::release(&context, &code, by).await)?;
    progress(
        &went,
        &format!("已解除强制停用，由印章系统启用 no longer held, its system may enable it: {code}"),
    );
    Ok(End::Good)
}

/// Tells how a seal stood at a time, and its history. Ends 0 when it could be used then, 1 when not.
pub(super) async fn state(args: &SealStateArgs) -> Outcome {
    let code = code(&args.seal)?;
    let at = args.at.unwrap_or_else(|| Clock::system().now());
    let database = look(&args.look.site.config).await?;
    let mut tx = database.read().await.about("database")?;
    let standing = told(standing_at(&mut tx, code.as_str(), at).await)?;
    let history = seal_state::history(&mut tx, code.as_str()).await.about("database")?;
    let holds = seal_holds::of_seal(&mut tx, code.as_str()).await.about("database")?;
    tx.commit().await.about("database")?;
    if args.look.json {
        let line = |one: &StateChange| {
            json!({
                "from": one.from_state, "to": one.to_state.as_str(), "at": time(one.at), "actor": one.actor,
                "reason": one.reason, "requestId": one.request_id,
            })
        };
        let history: Vec<_> = history.iter().map(line).collect();
        say!("{}", json!({ "standing": standing, "history": history }));
    } else {
        print(&code, at, standing.as_ref(), &history);
        for hold in holds.iter().filter(|hold| hold.lifted_at.is_none()) {
            let (first, second) = (&hold.proposed_by, &hold.approved_by);
            say!("强制停用 held since {} by {first} and {second}: {}", time(hold.since), hold.reason);
        }
    }
    let usable = standing.is_some_and(|standing| standing.refused.is_none());
    Ok(if usable { End::Good } else { End::Bad })
}

fn time(millis: i64) -> String {
    jiff::Timestamp::from_millisecond(millis).map_or_else(|_| millis.to_string(), |at| at.to_string())
}

fn print(code: &SealCode, at: jiff::Timestamp, standing: Option<&Standing>, history: &[StateChange]) {
    let Some(standing) = standing else {
        say!("{code} {at}: 尚未备案 not filed yet");
        return;
    };
    let mut words = vec![match standing.state {
        "enabled" => "启用 enabled",
        "disabled" => "停用 disabled",
        _ => "注销 revoked",
    }];
    let derived = [
        (standing.expired, "已过期 EXPIRED"),
        (standing.source_suspended, "所属系统已暂停 SOURCE_SUSPENDED"),
        (standing.held, "平台强制停用 held by the platform"),
    ];
    words.extend(derived.into_iter().filter(|(is_so, _)| *is_so).map(|(_, word)| word));
    say!("{code} {at}: {}", words.join(", "));
    match standing.refused {
        None => say!("  可用 it could be used"),
        Some(code) => say!("  不可用 it could not be used: {code}"),
    }
    let until = standing.valid_until.as_deref().unwrap_or("?");
    say!("  版本 version {}, 有效期至 valid until {until}", standing.version);
    for one in history {
        let reason = one.reason.as_deref().map(|reason| format!(": {reason}")).unwrap_or_default();
        let from = one.from_state.as_deref().unwrap_or("-");
        say!("  {} {from} → {} {}{reason}", time(one.at), one.to_state.as_str(), one.actor);
    }
}
