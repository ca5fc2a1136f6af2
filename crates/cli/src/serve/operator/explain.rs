//! `sealbridge operator explain-route`: how a call would find its way, and why.

use platform::routing::{Explanation, OfAddress, Routes, Target, Why, explain as explain_route};
use protocol::SealCode;
use storage::platform::systems::SystemState;

use super::route_args::ExplainRouteArgs;
use super::systems::word as state_word;
use super::{app_id, desk, told};
use crate::outcome::{About, End, Failure, Outcome};

/// Ends 0 when a call would be sent, 1 when it would be refused.
pub(super) async fn explain(args: &ExplainRouteArgs) -> Outcome {
    let target = match SealCode::parse(&args.target) {
        Ok(code) => Target::Seal(code),
        Err(fault) if looks_like_a_code(&args.target) => {
            return Err(Failure::new(format!("{}: {} {}", args.target, fault.zh, fault.en)).hint(
                "请核对印章编码，或给出系统的 appId check the seal code, or name a system by its appId",
            ));
        }
        Err(_) => Target::System(app_id(&args.target)?),
    };
    // Probes are signed answers to what the platform itself asks.
    let context = desk(&args.site.config).await?;
    let routes = if args.no_probe { None } else { Some(Routes::new(&context).about("routes")?) };
    let explained = told(explain_route(&context, &target, routes.as_ref()).await)?;
    if args.json {
        say!("{}", serde_json::to_string(&explained).about("explanation")?);
    } else {
        print(&explained);
    }
    Ok(if explained.sent { End::Good } else { End::Bad })
}

/// A seal code with a slip of the pen is no system.
fn looks_like_a_code(text: &str) -> bool {
    text.len() == 24 && text.starts_with('E') && text.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

fn print(explained: &Explanation) {
    if let Some(seal) = &explained.seal {
        say!("印章 seal: {} {}, 系统 system {}", seal.seal_code, seal.state, seal.app_id);
    }
    let system = &explained.system;
    let word = SystemState::try_from(system.state.to_owned()).map_or("", state_word);
    say!("系统 system: {} {} {word} {}", system.app_id, system.name, system.state);
    if let Some(peer) = &system.platform {
        let until = peer.list_until.as_deref().unwrap_or("-");
        let spaces = peer.code_spaces.join(" ");
        say!("  另一平台 another platform: 编码空间 code spaces {spaces}, 信任列表至 list until {until}");
    }
    say!("  可验应答的密钥 keys that may sign answers: {}", system.keys);
    if let Some(maintenance) = &system.maintenance {
        let until = maintenance.until.as_deref().unwrap_or("maintenance-off");
        say!(
            "  维护中 in maintenance: {}, 自 since {} 至 until {until}",
            maintenance.reason,
            maintenance.since
        );
    }
    say!("期限 deadline: {} ms, 签名 signing {} ms", explained.deadline_ms, explained.sign_deadline_ms);
    say!("地址 addresses, 按尝试顺序 in the order they are tried:");
    for address in &explained.addresses {
        print_address(address);
    }
    match &explained.refusal {
        None => say!("结果 result: 发送 a call is sent"),
        Some(told) => {
            say!(
                "结果 result: 不发送,调用方得到 no call is sent, the caller is told {} {}",
                told.code,
                told.message
            );
            if let Some(wait) = told.retry_after_ms {
                say!("  {wait} ms 后可重试 it may try again after {wait} ms");
            }
        }
    }
}

fn print_address(address: &OfAddress) {
    let place = address.place.map_or_else(|| "-".to_owned(), |place| place.to_string());
    say!("  {place} {}", address.base_url);
    say!(
        "      {}; 优先级 priority {}, 权重 weight {}, {} {}",
        why(address.why),
        address.priority,
        address.weight,
        if address.state == "active" { "在用" } else { "已排空" },
        address.state
    );
    if let Some(reason) = &address.reason {
        say!("      原因 reason: {reason}");
    }
    if let Some(probe) = &address.probe {
        let mark = if probe.ok { "可用 up" } else { "不可用 down" };
        say!("      现在探测 probed now: {mark}: {}", probe.text);
    }
    for replica in &address.replicas {
        let until = replica.open_until.as_deref().map(|until| format!(" until {until}")).unwrap_or_default();
        let probe = replica.probe.as_ref().map_or_else(String::new, |probe| {
            format!(", 探测 probe {}: {}", if probe.ok { "up" } else { "down" }, probe.text)
        });
        say!(
            "      副本 replica {}: 熔断器 breaker {}{until}, 连续失败 failures {}{probe} ({})",
            replica.replica,
            replica.breaker,
            replica.failures,
            replica.seen_at
        );
    }
}

fn why(why: Why) -> &'static str {
    match why {
        Why::Only => "唯一可用地址 the only one that may be tried",
        Why::Priority => "优先级最高 of the best priority, drawn by weight among equals",
        Why::Reserve => "备用 in case the ones before do not answer",
        Why::Doubtful => "探测失败,最后尝试 tried last, because its probe failed",
        Why::Drained => "已排空,不尝试 drained, not tried",
        Why::Open => "熔断,不尝试 its breaker is open, not tried",
    }
}
