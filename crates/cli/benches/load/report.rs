//! What is printed: tables of Markdown, or one JSON object a line.

use std::time::Duration;

use serde_json::{Value, json};
use testkit::load::Times;

use crate::costs::{Alone, Server, Spent};
use crate::kind::{Kind, Way};
use crate::level::{Level, Side};

/// From this share on the processors are what limits.
const BUSY: f64 = 0.85;

/// What one database's run prints.
pub(crate) struct Report<'a> {
    pub(crate) database: &'static str,
    pub(crate) json: bool,
    pub(crate) alone: &'a Alone,
}

impl Report<'_> {
    fn object(&self, what: &str, rest: Value) {
        let mut object = json!({ "bench": "load", "database": self.database, "what": what });
        if let (Some(object), Value::Object(rest)) = (object.as_object_mut(), rest) {
            object.extend(rest);
        }
        println!("{object}");
    }

    /// What things cost alone.
    pub(crate) fn alone(&self) {
        let Alone { verify, sign, serve, call, commit } = self.alone;
        if self.json {
            let nanos = |time: &Duration| json!(u64::try_from(time.as_nanos()).ok());
            let alone = json!({
                "verify_ns": nanos(verify), "sign_ns": nanos(sign), "http_serve_ns": nanos(serve),
                "http_call_ns": nanos(call), "commit_ns": nanos(commit),
            });
            return self.object("alone", alone);
        }
        println!(
            "\n{}: alone in this run: SM2 verification by a known key {}, SM2 signature {}; a bare HTTP request {} \
                  where it is served and {} where it is made; 4 KiB on the disk {}.",
            self.database,
            micros(*verify),
            micros(*sign),
            micros(*serve),
            micros(*call),
            millis(Some(*commit))
        );
    }

    /// The head of the table of levels.
    pub(crate) fn begin(&self, kind: Kind) {
        if self.json {
            return;
        }
        println!("\n{}, {}:\n", self.database, kind.name());
        println!(
            "| asked for a second | way | right answers a second | p50 | p99 | added p50 | added p99 | begun late, p99 | other answers |"
        );
        println!("|---|---|---|---|---|---|---|---|---|");
    }

    /// One line for each way.
    pub(crate) fn level(&self, level: &Level) {
        let direct = level.side(Way::Direct);
        for (way, side) in level.sides() {
            let added = |per_mille| match way {
                Way::Routed => Some(added(direct?.at(per_mille)?, side.at(per_mille)?)),
                Way::Direct => None,
            };
            let late = side.late.iter().copied().collect::<Times>().at(990);
            let (p50, p99) = (side.at(500), side.at(990));
            if self.json {
                let seconds = |time: Option<Duration>| time.map(|time| time.as_secs_f64());
                self.object("level", json!({
                    "call": level.kind.name(), "way": way.name(), "rate": level.rate, "answered": side.rate(),
                    "kept_up": side.held(), "p50_s": seconds(p50), "p99_s": seconds(p99),
                    "late_p99_s": seconds(late), "calls": side.calls, "others": side.others,
                }));
                continue;
            }
            let others: Vec<String> =
                side.others.iter().map(|(code, count)| format!("{count} × {code}")).collect();
            let kept = if side.held() { "" } else { " (not kept up with)" };
            println!(
                "| {} | {}{kept} | {:.1} | {} | {} | {} | {} | {} | {} |",
                level.rate,
                way.name(),
                side.rate(),
                millis(p50),
                millis(p99),
                added(500).unwrap_or_default(),
                added(990).unwrap_or_default(),
                millis(late),
                others.join(", ")
            );
        }
    }

    /// Where the processor time of a call goes, at the highest rate that was kept up with.
    pub(crate) fn costs(&self, level: &Level) {
        let Some(side) = level.side(Way::Routed) else { return };
        let parts = Parts::of(level.kind, side, self.alone);
        if self.json {
            let shares: serde_json::Map<String, Value> = parts
                .lines()
                .into_iter()
                .map(|(name, time)| (name.to_owned(), json!(time.as_secs_f64())))
                .collect();
            return self.object(
                "costs",
                json!({
                    "call": level.kind.name(), "rate": level.rate, "seconds_of_processor_time": shares,
                    "gateway_per_core": 1.0 / parts.gateway().as_secs_f64(), "sm2_share": parts.sm2_share(),
                }),
            );
        }
        println!("\nProcessor time of one routed call at {} a second:\n", level.rate);
        println!("| part | time | of the platform with its database |\n|---|---|---|");
        for (name, time) in parts.lines() {
            println!("| {name} | {} | {} |", micros(time), percent(time, parts.gateway()));
        }
        println!(
            "\nThe platform with its database: {:.0} a second and core; SM2 alone is {:.1} % of its time (aim: 80 %).",
            1.0 / parts.gateway().as_secs_f64(),
            100.0 * parts.sm2_share()
        );
    }

    /// What limits: from the rate that was not kept up with, or the highest that was.
    pub(crate) fn limit(&self, held: Option<&Level>, lost: Option<&Level>) {
        let Some(level) = lost.or(held) else { return };
        let Some(side) = level.side(Way::Routed) else { return };
        let (busy, disk) = side.spent.machine.shares();
        let ours =
            side.spent.ours().as_secs_f64() / side.spent.machine.busy.as_secs_f64().max(f64::MIN_POSITIVE);
        let kept = lost.is_none();
        let what = match (kept, busy >= BUSY) {
            (true, _) => "not reached",
            (false, true) => "processor time",
            (false, false) => {
                "waiting: the processors had time left (one commit after the other, or a bound of the servers)"
            }
        };
        if self.json {
            return self.object("limit", json!({
                "call": level.kind.name(), "rate": level.rate, "limit": what, "busy": busy, "disk": disk, "ours": ours,
            }));
        }
        println!(
            "\nThe limit: {what}. At {} a second the processors were busy {:.0} % of the time ({:.0} % of that was \
                  ours, load generator included) and waited for a disk with nothing to do {:.0} %.",
            level.rate,
            100.0 * busy,
            100.0 * ours,
            100.0 * disk
        );
    }
}

/// The parts of one call's processor time.
struct Parts {
    sm2: Duration,
    http: Duration,
    platform: Server,
    /// What the PostgreSQL server does for all: its log, and writing to the files.
    shared: Duration,
    seal_system: Server,
    client: Duration,
}

impl Parts {
    fn of(kind: Kind, side: &Side, alone: &Alone) -> Self {
        let count = u32::try_from(side.calls).unwrap_or(u32::MAX).max(1);
        let (verifications, signatures) = kind.sm2();
        let outgoing = if kind == Kind::Gateway { Duration::ZERO } else { alone.call };
        let Spent { platform, seal_system, postgres, client, .. } = side.spent;
        Self {
            sm2: alone.verify * verifications + alone.sign * signatures,
            http: alone.serve + outgoing,
            platform: platform.over(count),
            shared: postgres.saturating_sub(platform.postgres + seal_system.postgres) / count,
            seal_system: seal_system.over(count),
            client: client / count,
        }
    }

    /// The platform with its database.
    fn gateway(&self) -> Duration {
        self.platform.all + self.platform.postgres + self.shared
    }

    fn sm2_share(&self) -> f64 {
        self.sm2.as_secs_f64() / self.gateway().as_secs_f64()
    }

    fn lines(&self) -> Vec<(&'static str, Duration)> {
        let known = self.sm2 + self.http + self.platform.sqlite;
        let mut lines = vec![("SM2 (as it costs alone)", self.sm2), ("HTTP (as it costs alone)", self.http)];
        if self.platform.postgres.is_zero() {
            lines.push(("SQLite (the threads of its connections)", self.platform.sqlite));
        } else {
            lines.push(("PostgreSQL (the server's processes for the platform)", self.platform.postgres));
            lines.push(("PostgreSQL (its log and files, for all)", self.shared));
        }
        lines.extend([
            ("the rest of the platform", self.platform.all.saturating_sub(known)),
            (
                "beside it: the seal system with its database",
                self.seal_system.all + self.seal_system.postgres,
            ),
            ("beside it: the load generator", self.client),
        ]);
        lines
    }
}

/// How much longer, and how many times as long.
fn added(direct: Duration, routed: Duration) -> String {
    let times = routed.as_secs_f64() / direct.as_secs_f64();
    let more = (routed.as_secs_f64() - direct.as_secs_f64()) * 1e3;
    format!("{more:+.2} ms ({times:.1} times)")
}

fn percent(part: Duration, whole: Duration) -> String {
    format!("{:.0} %", 100.0 * part.as_secs_f64() / whole.as_secs_f64())
}

fn micros(time: Duration) -> String {
    format!("{:.1} µs", time.as_secs_f64() * 1e6)
}

fn millis(time: Option<Duration>) -> String {
    time.map_or_else(|| "–".to_owned(), |time| format!("{:.2} ms", time.as_secs_f64() * 1e3))
}
