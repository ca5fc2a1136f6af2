//! The rounds: every operation of every implementation in turn, again and again, each time on fresh keys,
//! nonces and messages. A machine that changes its speed changes it for all.

use std::time::{Duration, Instant};

use crate::data::{FRESH, Round, Source};
use crate::op::{Done, Op, Outcome};
use crate::peers::{Implementation, right_digest, right_signature};

/// Rounds when nothing is in the way.
const ROUNDS: usize = 60;
/// Processor time of one timed run, in nanoseconds.
const RUN: u64 = 10_000_000;
/// A run as long as this tells how many operations make up [`RUN`].
const CALIBRATION: u64 = 2_000_000;
/// Before each timed run this part of it goes untimed, so that caches hold what they hold at work.
const WARM: usize = 8;

/// Nanoseconds that one operation took in each round.
pub(crate) struct Measured {
    pub(crate) op: Op,
    pub(crate) implementation: String,
    pub(crate) rounds: Vec<f64>,
    count: usize,
}

impl Measured {
    pub(crate) fn minimum(&self) -> f64 {
        self.rounds.iter().copied().fold(f64::INFINITY, f64::min)
    }

    pub(crate) fn median(&self) -> f64 {
        let mut sorted = self.rounds.clone();
        sorted.sort_by(f64::total_cmp);
        sorted.get(sorted.len() / 2).copied().unwrap_or(f64::NAN)
    }
}

/// Runs all rounds, as far as they begin within `wall` of `started` by the clock on the wall; the results are in
/// the order of [`Op::ALL`], then of `implementations`.
pub(crate) fn run(
    implementations: &mut [Box<dyn Implementation>],
    started: Instant,
    wall: Duration,
) -> Outcome<Vec<Measured>> {
    let source = Source::new()?;
    let many = source.many()?;
    let mut spoiled = source.round()?;
    spoiled.spoil();
    for implementation in implementations.iter_mut() {
        implementation.prepare_many(&many)?;
        refuses(implementation.as_mut(), &spoiled)?;
    }
    let mut results = calibrated(implementations, &source)?;
    for number in 0..ROUNDS {
        if number > 0 && started.elapsed() > wall {
            break;
        }
        let round = source.round()?;
        for implementation in implementations.iter_mut() {
            implementation.prepare(&round)?;
        }
        for results in results.chunks_mut(implementations.len()) {
            // Nobody is always the first, or always behind the same other.
            let first = number % implementations.len();
            let order = (0..implementations.len()).cycle().skip(first).take(implementations.len());
            for place in order {
                if let (Some(result), Some(implementation)) =
                    (results.get_mut(place), implementations.get_mut(place))
                {
                    one(result, implementation.as_mut(), &round)?;
                }
            }
        }
    }
    Ok(results)
}

/// One warm and one timed run.
fn one(result: &mut Measured, implementation: &mut dyn Implementation, round: &Round) -> Outcome {
    let (op, count) = (result.op, result.count);
    let step = implementation.step(op);
    let warm = (count / WARM).max(1).next_multiple_of(step);
    let named = |error| format!("{} {}: {error}", result.implementation, op.name());
    implementation.measure(op, round, 0, warm).map_err(named)?;
    let done = implementation.measure(op, round, warm, count).map_err(named)?;
    judge(op, round, warm + count - 1, &done).map_err(named)?;
    result.rounds.push(each(done.nanos, count));
    Ok(())
}

/// Finds for every operation and implementation how many calls make up a run.
fn calibrated(implementations: &mut [Box<dyn Implementation>], source: &Source) -> Outcome<Vec<Measured>> {
    let round = source.round()?;
    for implementation in implementations.iter_mut() {
        implementation.prepare(&round)?;
    }
    let mut results = Vec::new();
    for op in Op::ALL {
        for implementation in implementations.iter_mut() {
            let count = count(implementation.as_mut(), op, &round)
                .map_err(|error| format!("{} {}: {error}", implementation.name(), op.name()))?;
            let implementation = implementation.name().to_owned();
            results.push(Measured { op, implementation, rounds: Vec::new(), count });
        }
    }
    Ok(results)
}

fn count(implementation: &mut dyn Implementation, op: Op, round: &Round) -> Outcome<usize> {
    let step = implementation.step(op);
    // Keys never seen before are not used twice; a part of them is for the warm run.
    let most = if op == Op::VerifyNewKey { FRESH / (WARM + 1) * WARM } else { 1 << 20 };
    let mut count = step;
    loop {
        let nanos = implementation.measure(op, round, 0, count)?.nanos;
        if nanos >= CALIBRATION || count * 2 > most {
            let wanted = u64::try_from(count).unwrap_or(1) * RUN / nanos.max(1);
            let wanted = usize::try_from(wanted).unwrap_or(most).clamp(step, most);
            return Ok(wanted / step * step);
        }
        count *= 2;
    }
}

/// An implementation that accepts everything, or is called wrongly, must not be measured.
fn refuses(implementation: &mut dyn Implementation, spoiled: &Round) -> Outcome {
    implementation.prepare(spoiled)?;
    for op in Op::ALL.into_iter().filter(|op| op.verifies()) {
        let step = implementation.step(op);
        if implementation.measure(op, spoiled, 0, step).is_ok() {
            return Err(format!("{} {}: accepts a wrong signature", implementation.name(), op.name()));
        }
    }
    Ok(())
}

/// Whether the last output of a run is right, judged by RustCrypto.
fn judge(op: Op, round: &Round, last: usize, done: &Done) -> Outcome {
    let right = match op {
        Op::Sign => round
            .by_known
            .get(last % round.by_known.len())
            .is_some_and(|signed| right_signature(&round.known.public, &signed.e, &done.output)),
        Op::Sm3Mebibyte => done.output == right_digest(&round.bytes),
        Op::Sm3Block => {
            let blocks = round.bytes.len() / 64;
            let block = round.bytes.chunks(64).nth(last % blocks).unwrap_or_default();
            done.output == right_digest(block)
        }
        _ => true,
    };
    if right { Ok(()) } else { Err("gave a wrong result".to_owned()) }
}

#[expect(clippy::cast_precision_loss, reason = "a run is far below 2^53 nanoseconds")]
fn each(nanos: u64, count: usize) -> f64 {
    nanos as f64 / count as f64
}
