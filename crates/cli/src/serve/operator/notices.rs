//! Subscribers of changes, what they were told, and telling it again.

use jiff::Timestamp;
use platform::changes;
use serde_json::json;
use storage::platform::subscriptions::{self, Delivery, DeliveryState, SubscriptionState, Try};

use super::join_args::{NoticesArgs, ResendArgs, UnsubscribeArgs};
use super::route_args::EndpointArgs;
use super::{app_id, desk, look, told};
use crate::outcome::{About, End, Failure, Outcome};

/// Notices that are listed.
const MOST: i64 = 1_000;

/// Subscribes a system.
pub(super) async fn subscribe(args: &EndpointArgs) -> Outcome {
    let context = desk(&args.desk.site.config).await?;
    told(changes::subscribe(&context, &app_id(&args.app_id)?, &args.url, &args.desk.actor).await)?;
    say!("已订阅 subscribed: {} {}", args.app_id, args.url);
    say!(
        "hint: 只有公网地址和 events.allowed_hosts 中的主机会被调用 only public addresses and events.allowed_hosts are called"
    );
    Ok(End::Good)
}

/// Calls a subscriber no more.
pub(super) async fn unsubscribe(args: &UnsubscribeArgs) -> Outcome {
    let state = if args.pause { SubscriptionState::Paused } else { SubscriptionState::Ended };
    let context = desk(&args.desk.site.config).await?;
    told(changes::unsubscribe(&context, &app_id(&args.app_id)?, state, &args.desk.actor).await)?;
    let what = if args.pause { "已暂停 paused, what happens meanwhile waits" } else { "已退订 ended" };
    say!("{what}: {}", args.app_id);
    Ok(End::Good)
}

/// Tells something again.
pub(super) async fn resend(args: &ResendArgs) -> Outcome {
    let id = app_id(&args.app_id)?;
    let context = desk(&args.desk.site.config).await?;
    let number = if let Some(seq) = args.notice {
        told(changes::resend(&context, &id, seq, &args.desk.actor).await)?;
        1
    } else {
        told(changes::resend_dead(&context, &id, &args.desk.actor).await)?
    };
    say!("将重发 to be sent again: {number}");
    Ok(End::Good)
}

fn time(millis: i64) -> String {
    Timestamp::from_millisecond(millis).map_or_else(|_| millis.to_string(), |at| at.to_string())
}

/// Lists what a system was told; ends 1 when something is dead.
pub(super) async fn list(args: &NoticesArgs) -> Outcome {
    let id = app_id(&args.app_id)?;
    let state = args.dead.then_some(DeliveryState::Dead);
    let database = look(&args.look.site.config).await?;
    let mut tx = database.read().await.about("database")?;
    let unknown = || Failure::new(format!("{id}: 没有订阅 it does not subscribe")).hint("operator subscribe");
    let row = subscriptions::find(&mut tx, id.as_str()).await.about("database")?.ok_or_else(unknown)?;
    let all =
        subscriptions::deliveries(&mut tx, id.as_str(), state, (args.after, MOST)).await.about("database")?;
    let dead = subscriptions::count(&mut tx, id.as_str(), DeliveryState::Dead).await.about("database")?;
    let mut lines = Vec::new();
    for one in all {
        let tries = subscriptions::tries(&mut tx, id.as_str(), one.seq).await.about("database")?;
        lines.push((one, tries));
    }
    tx.commit().await.about("database")?;
    if args.look.json {
        let notices: Vec<_> = lines.iter().map(as_json).collect();
        say!("{}", json!({ "url": row.url, "state": row.state.as_str(), "dead": dead, "notices": notices }));
    } else {
        say!("{} {} {}, 死信 dead: {dead}", row.app_id, row.url, row.state.as_str());
        lines.iter().for_each(print);
    }
    Ok(if dead == 0 { End::Good } else { End::Bad })
}

fn as_json((one, tries): &(Delivery, Vec<Try>)) -> serde_json::Value {
    let line = |made: &Try| {
        json!({
            "at": time(made.at), "attempt": made.attempt, "url": made.url, "outcome": made.outcome,
            "detail": made.detail, "tookMs": made.took_ms,
        })
    };
    json!({
        "cursor": one.seq, "state": one.state.as_str(), "attempts": one.attempts, "due": time(one.due_at),
        "last": one.last, "tries": tries.iter().map(line).collect::<Vec<_>>(),
    })
}

fn print((one, tries): &(Delivery, Vec<Try>)) {
    let word = match one.state {
        DeliveryState::Pending => "待送达 pending",
        DeliveryState::Delivered => "已送达 acknowledged",
        DeliveryState::Dead => "死信 dead",
    };
    let due = if one.state == DeliveryState::Pending {
        format!(", 下次 next {}", time(one.due_at))
    } else {
        String::new()
    };
    say!("  {} {word}, {} tries{due}", one.seq, one.attempts);
    for made in tries {
        say!(
            "      {} no. {} {} ms: {} {}",
            time(made.at),
            made.attempt,
            made.took_ms,
            made.outcome,
            made.detail
        );
    }
}
