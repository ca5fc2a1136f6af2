//! Load on real servers: `cargo xtask bench gateway|routed [--rates N,…] [--seconds N] [--json]`.
//!
//! The platform and a seal system are processes of the built binary, on loopback, with SQLite and with PostgreSQL, every
//! commit on the disk. Requests are signed beforehand and begin by a schedule (see [`testkit::load`]): `gateway` asks the
//! platform for what it refuses by itself, after every check and with signed and evidenced answers; `routed` makes the
//! same calls by the same schedule to the seal system itself and through the platform. Rates rise until one is not kept
//! up with. Beside that stand the processor time of each process, and what SM2, HTTP and a commit alone cost in the same
//! run.

mod costs;
mod kind;
mod level;
mod report;
mod world;

#[path = "../../tests/servers/phone.rs"]
#[expect(clippy::unwrap_used, clippy::panic, reason = "shared with tests: what goes wrong ends the run")]
mod phone;
#[path = "../../tests/servers/raw.rs"]
#[expect(dead_code, clippy::unwrap_used, reason = "shared with tests, which use more of it")]
mod raw;
#[path = "../../tests/servers/seal_system.rs"]
#[expect(dead_code, clippy::unwrap_used, reason = "shared with tests, which use more of it")]
mod seal_system;
#[path = "../../tests/servers/site.rs"]
#[expect(clippy::unwrap_used, reason = "shared with tests: what goes wrong ends the run")]
mod site;

use std::time::Duration;

use storage::Engine;

use crate::costs::Alone;
use crate::kind::{Kind, Way};
use crate::level::Level;
use crate::report::Report;
use crate::world::World;

type Failure = Box<dyn std::error::Error + Send + Sync>;

/// A fault of what this program wrote itself.
fn said(fault: protocol::Fault) -> Failure {
    fault.en.into_owned().into()
}

/// What the person asked for.
struct Plan {
    kinds: &'static [Kind],
    /// Instead of the rates of each kind.
    rates: Option<Vec<u32>>,
    /// How long each rate is kept up, each way.
    length: Duration,
    json: bool,
}

impl Plan {
    fn read(args: &[String]) -> Result<Self, Failure> {
        let given = |name: &str| args.iter().any(|arg| arg == name);
        let after = |name: &str| args.iter().position(|arg| arg == name).and_then(|at| args.get(at + 1));
        let kinds: &[Kind] = if given("gateway") { &[Kind::Gateway] } else { &[Kind::Query, Kind::Sign] };
        let rates = |text: &String| text.split(',').map(str::parse).collect::<Result<Vec<u32>, _>>();
        let rates = after("--rates").map(rates).transpose()?;
        let seconds = after("--seconds").map_or(Ok(10), |text| text.parse())?;
        if seconds == 0 || rates.as_ref().is_some_and(|rates| rates.contains(&0)) {
            return Err("rates and seconds are at least 1".into());
        }
        Ok(Self { kinds, rates, length: Duration::from_secs(seconds), json: given("--json") })
    }

    /// The rates of a kind, ascending.
    fn rates(&self, kind: Kind) -> Vec<u32> {
        let mut rates = self.rates.clone().unwrap_or_else(|| kind.rates());
        rates.sort_unstable();
        rates.dedup();
        rates
    }

    /// How many signatures are made at most, each of which a signer agrees to beforehand. With rates of its own a run
    /// looks for none between two of them; without, no rate between is above the last.
    fn signatures(&self) -> usize {
        if !self.kinds.contains(&Kind::Sign) {
            return 0;
        }
        let rates = self.rates(Kind::Sign);
        let most = rates.last().copied().unwrap_or_default();
        let between = if self.rates.is_none() { most } else { 0 };
        let each = |rate: u32| 2 * level::requests(rate, self.length);
        rates.into_iter().chain([between]).map(each).sum::<usize>() + 2
    }
}

fn main() -> Result<(), Failure> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let plan = Plan::read(&args)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        for engine in [Engine::Sqlite, Engine::Postgres] {
            if let Some(world) = World::start(engine, plan.signatures()).await? {
                measure(&world, &plan).await?;
                world.end();
            }
        }
        Ok(())
    })
}

async fn measure(world: &World, plan: &Plan) -> Result<(), Failure> {
    let alone = Alone::measure(world).await?;
    let report = Report { database: world.engine_name(), json: plan.json, alone: &alone };
    report.alone();
    for kind in plan.kinds {
        climb(world, plan, *kind, &report).await?;
    }
    Ok(())
}

/// One rate after the other until one is not kept up with, and once more between that and the last that was.
async fn climb(world: &World, plan: &Plan, kind: Kind, report: &Report<'_>) -> Result<(), Failure> {
    report.begin(kind);
    let expected = kind.expected(world).await?;
    let (mut held, mut lost): (Option<Level>, Option<Level>) = (None, None);
    for rate in plan.rates(kind) {
        let level = Level::measure(world, kind, &expected, (rate, plan.length)).await?;
        report.level(&level);
        if level.side(Way::Routed).is_some_and(level::Side::held) {
            held = Some(level);
            continue;
        }
        lost = Some(level);
        break;
    }
    if let (Some(kept), Some(gone), None) = (&held, &lost, &plan.rates) {
        let rate = (u64::from(kept.rate) * u64::from(gone.rate)).isqrt();
        let level = Level::measure(world, kind, &expected, (u32::try_from(rate)?, plan.length)).await?;
        report.level(&level);
        if level.side(Way::Routed).is_some_and(level::Side::held) {
            held = Some(level);
        } else {
            lost = Some(level);
        }
    }
    if let Some(held) = &held {
        report.costs(held);
    }
    report.limit(held.as_ref(), lost.as_ref());
    Ok(())
}
