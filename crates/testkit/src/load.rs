//! Load by an open model: a request begins when a schedule made before says so, whether or not earlier ones were
//! answered, and its latency counts from that moment. What a slow server holds up is so never left out (coordinated
//! omission).

use std::future::Future;
use std::time::{Duration, Instant};

use crypto::Random;
use tokio::runtime::Handle;

/// When requests are due, counted from the start, ascending.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Schedule {
    due: Vec<Duration>,
    length: Duration,
}

impl Schedule {
    /// `count` arrivals within `length`, each at any moment with the same chance: a Poisson process of which the
    /// number is known. The same source gives the same schedule.
    pub fn random(count: usize, length: Duration, random: &Random) -> Self {
        let nanos = length.as_nanos();
        let moment = |draw: [u8; 8]| {
            // The upper half of the product is the draw's share of the length, without fractions.
            let part = u128::from(u64::from_le_bytes(draw)).saturating_mul(nanos) >> 64;
            Duration::from_nanos(u64::try_from(part).unwrap_or(u64::MAX))
        };
        let mut due: Vec<Duration> = (0..count).map(|_| moment(random.bytes())).collect();
        due.sort_unstable();
        Self { due, length }
    }

    /// When each request is due.
    pub fn due(&self) -> &[Duration] {
        &self.due
    }

    /// How long requests arrive.
    pub fn length(&self) -> Duration {
        self.length
    }
}

/// One request and what became of it.
#[derive(Debug, Clone)]
pub struct Call<T> {
    /// When it was due, from the start.
    pub due: Duration,
    /// How much later the load generator began it.
    pub late: Duration,
    /// From the moment it was due to its end.
    pub latency: Duration,
    /// What it ended with.
    pub answer: T,
}

/// Begins `call(n)` for the n-th arrival of the schedule when it is due, and waits for all of them. The result is in
/// the order of the schedule.
///
/// # Panics
/// When a call panics.
pub async fn drive<F, C>(schedule: &Schedule, mut call: F) -> Vec<Call<C::Output>>
where
    F: FnMut(usize) -> C + Send + 'static,
    C: Future + Send + 'static,
    C::Output: Send + 'static,
{
    let (due, runtime) = (schedule.due.clone(), Handle::current());
    // A thread of its own: it wakes up more exactly than a timer of the runtime, and never waits for an answer.
    let pace = move || {
        let start = Instant::now();
        let begin = |(number, due): (usize, Duration)| {
            let at = start + due;
            std::thread::sleep(at.saturating_duration_since(Instant::now()));
            let one = call(number);
            runtime.spawn(async move {
                let late = at.elapsed();
                let answer = one.await;
                Call { due, late, latency: at.elapsed(), answer }
            })
        };
        due.into_iter().enumerate().map(begin).collect::<Vec<_>>()
    };
    let begun = tokio::task::spawn_blocking(pace).await;
    let mut calls = Vec::with_capacity(schedule.due.len());
    for one in begun.unwrap_or_else(|error| std::panic::resume_unwind(error.into_panic())) {
        calls.push(one.await.unwrap_or_else(|error| std::panic::resume_unwind(error.into_panic())));
    }
    calls
}

/// Durations, for their percentiles.
#[derive(Debug, Clone)]
pub struct Times(Vec<Duration>);

impl FromIterator<Duration> for Times {
    fn from_iter<I: IntoIterator<Item = Duration>>(times: I) -> Self {
        let mut times: Vec<Duration> = times.into_iter().collect();
        times.sort_unstable();
        Self(times)
    }
}

impl Times {
    /// The shortest duration that at least `per_mille` of a thousand do not exceed (nearest rank: always one that was
    /// measured); 500 is the median. `None` where there are none.
    pub fn at(&self, per_mille: usize) -> Option<Duration> {
        let rank = self.0.len().saturating_mul(per_mille.min(1000)).div_ceil(1000);
        self.0.get(rank.saturating_sub(1)).copied()
    }

    /// Their number.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// All together.
    pub fn sum(&self) -> Duration {
        self.0.iter().sum()
    }
}

/// How much more `after` is than `before` where the size grew from `sizes.0` to `sizes.1`, and how much more it would be
/// if it grew with the logarithm of the size. Logarithmic growth or less: the first is not above the second.
pub fn growth(sizes: (u64, u64), (before, after): (Duration, Duration)) -> (f64, f64) {
    let log = |size: u64| Duration::from_secs(size).as_secs_f64().ln();
    (after.as_secs_f64() / before.as_secs_f64(), log(sizes.1) / log(sizes.0))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use tokio::sync::Mutex;

    use super::*;
    use crate::pki::fixed_random;

    const MILLI: Duration = Duration::from_millis(1);

    fn schedule(seed: &str, count: usize) -> Schedule {
        Schedule::random(count, Duration::from_secs(10), &fixed_random(seed))
    }

    #[test]
    fn a_schedule_is_decided_by_its_seed() {
        assert_eq!(schedule("one", 1000), schedule("one", 1000));
        assert_ne!(schedule("one", 1000), schedule("two", 1000));
    }

    #[test]
    fn arrivals_are_ascending_inside_and_all_there() {
        let schedule = schedule("inside", 5000);
        assert_eq!(schedule.due().len(), 5000);
        assert!(schedule.due().is_sorted());
        assert!(schedule.due().iter().all(|due| *due < schedule.length()));
        assert!(self::schedule("none", 0).due().is_empty());
    }

    /// Of a Poisson process: the same number in every tenth, and gaps of which 1 − 1/e are shorter than their mean and
    /// 1/e² longer than twice the mean. Arrivals at equal distances would have none of the latter.
    #[test]
    fn arrivals_are_random() {
        let schedule = schedule("poisson", 10_000);
        for tenth in 0_u32..10 {
            let (from, to) = (Duration::from_secs(1) * tenth, Duration::from_secs(1) * (tenth + 1));
            let count = schedule.due().iter().filter(|due| (from..to).contains(*due)).count();
            // Five standard deviations (30) around 1000.
            assert!((850..1150).contains(&count), "{count} arrivals in second {tenth}");
        }
        let gaps: Vec<Duration> =
            schedule.due().windows(2).map(|pair| pair[1].saturating_sub(pair[0])).collect();
        let short = gaps.iter().filter(|gap| **gap < MILLI).count();
        let long = gaps.iter().filter(|gap| **gap > 2 * MILLI).count();
        assert!((6_080..6_560).contains(&short), "{short} gaps of 10,000 are shorter than the mean");
        assert!((1_180..1_530).contains(&long), "{long} gaps of 10,000 are longer than twice the mean");
    }

    #[test]
    fn percentiles_are_nearest_ranks() {
        let times: Times = (1..=200).rev().map(Duration::from_millis).collect();
        let at = |per_mille| times.at(per_mille).unwrap().as_millis();
        // 198 of 200 are 99 %: the 198th, not the one after it.
        assert_eq!([at(0), at(5), at(500), at(990), at(991), at(1000)], [1, 1, 100, 198, 199, 200]);
        let one: Times = [MILLI].into_iter().collect();
        assert_eq!((one.at(1), one.at(999)), (Some(MILLI), Some(MILLI)));
        assert_eq!(Times::from_iter([]).at(500), None);
        let odd: Times = [3, 1, 2].map(Duration::from_millis).into_iter().collect();
        assert_eq!((odd.at(500), odd.sum(), odd.len()), (Some(2 * MILLI), 6 * MILLI, 3));
    }

    #[test]
    fn growth_is_compared_with_the_logarithm() {
        let (times, log) = growth((10_000, 100_000_000), (MILLI, 3 * MILLI));
        assert!((times - 3.0).abs() < 1e-9 && (log - 2.0).abs() < 1e-9, "{times} {log}");
    }

    /// A server that takes one request after the other and stands still in the first: whoever was due meanwhile waited
    /// for the rest of that time, and the load generator did not wait with them.
    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn what_a_standstill_holds_up_is_counted() {
        const STANDSTILL: Duration = Duration::from_millis(400);
        let schedule = Schedule::random(100, STANDSTILL, &fixed_random("standstill"));
        let server = Arc::new(Mutex::new(()));
        let calls = drive(&schedule, move |number| {
            let server = Arc::clone(&server);
            async move {
                let _turn = server.lock().await;
                if number == 0 {
                    tokio::time::sleep(STANDSTILL).await;
                }
                number
            }
        })
        .await;
        let order: Vec<usize> = calls.iter().map(|call| call.answer).collect();
        assert_eq!(order, (0..100).collect::<Vec<_>>());
        let first = calls[0].due;
        for (call, due) in calls.iter().zip(schedule.due()) {
            let rest = (first + STANDSTILL).saturating_sub(call.due);
            assert!(call.latency >= rest, "due at {:?}: {:?}", call.due, call.latency);
            assert!(call.late <= call.latency);
            assert_eq!(call.due, *due);
        }
        // The half that was due in the first half of the standstill waited for the other half of it at least: counted
        // from when a server takes a request, nearly all would have taken no time.
        let times: Times = calls.iter().map(|call| call.latency).collect();
        assert!(times.at(500).unwrap() >= STANDSTILL / 4, "{:?}", times.at(500));
        assert!(calls.iter().all(|call| call.late < STANDSTILL), "a request was begun after the standstill");
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn nothing_begins_before_it_is_due() {
        let schedule = Schedule::random(20, 100 * MILLI, &fixed_random("due"));
        let start = Instant::now();
        let calls = drive(&schedule, move |_| std::future::ready(start.elapsed())).await;
        assert!(calls.iter().all(|call| call.answer >= call.due), "{calls:?}");
    }
}
