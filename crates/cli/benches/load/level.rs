//! One call at one rate, in each way by the same schedule.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use protocol::Clock;
use protocol::wire::{Binding, Bound, Reply, ReplyHeaders, verify_reply};
use serde_json::Value;
use testkit::load::{Call, Schedule, Times, drive};
use tokio::sync::Semaphore;

use crate::Failure;
use crate::costs::Spent;
use crate::kind::{Kind, Prepared, Way};
use crate::world::World;

/// Both ways take turns so often, and another one begins each time.
const ROUNDS: u32 = 2;
/// Connections at once; who is due while all are in use waits for one, which is part of its latency.
const CONNECTIONS: usize = 512;
/// How long an answer is waited for.
const PATIENCE: Duration = Duration::from_secs(10);
/// One answer in so many is believed only with its signature.
const BELIEVED: usize = 50;
/// How long an answer may take at a rate that is kept up with, in 99 of 100.
const LATE: Duration = Duration::from_secs(1);
/// How long the servers get to recover from a rate that they did not keep up with.
const RECOVERY: Duration = Duration::from_mins(1);

/// What a rate came to.
pub(crate) struct Level {
    pub(crate) kind: Kind,
    /// Requests a second.
    pub(crate) rate: u32,
    sides: Vec<(Way, Side)>,
}

/// What it came to one way.
#[derive(Default)]
pub(crate) struct Side {
    /// The latencies of right answers.
    pub(crate) times: Vec<Duration>,
    /// How late requests were begun.
    pub(crate) late: Vec<Duration>,
    /// What was sent.
    pub(crate) calls: usize,
    /// Right answers while requests still arrived.
    pub(crate) in_time: usize,
    /// How long requests arrived.
    pub(crate) length: Duration,
    /// Other answers, by code, and requests without.
    pub(crate) others: BTreeMap<String, usize>,
    pub(crate) spent: Spent,
}

impl Side {
    /// Whether the rate was kept up with: 99 of 100 are answered rightly and within a second, and what was due is not
    /// put off until nothing arrives any more.
    pub(crate) fn held(&self) -> bool {
        let right = self.times.len() * 100 >= self.calls * 99;
        let kept = self.in_time * 100 >= self.calls * 95;
        right && kept && self.at(990).is_some_and(|late| late < LATE)
    }

    /// A latency of right answers, in thousandths.
    pub(crate) fn at(&self, per_mille: usize) -> Option<Duration> {
        self.times.iter().copied().collect::<Times>().at(per_mille)
    }

    /// Right answers a second while requests arrived.
    pub(crate) fn rate(&self) -> f64 {
        let count = u32::try_from(self.in_time).unwrap_or(u32::MAX);
        f64::from(count) / self.length.as_secs_f64()
    }

    fn add(&mut self, calls: &[Call<Answer>], length: Duration, expected: &str) {
        self.calls += calls.len();
        self.length += length;
        for call in calls {
            self.late.push(call.late);
            if call.answer.code == expected {
                self.times.push(call.latency);
                self.in_time += usize::from(call.due + call.latency <= length);
            } else {
                *self.others.entry(call.answer.code.clone()).or_default() += 1;
            }
        }
    }
}

/// So many requests are sent at a rate in a time, each way.
pub(crate) fn requests(rate: u32, length: Duration) -> usize {
    let each = u64::from(rate) * u64::try_from((length / ROUNDS).as_millis()).unwrap_or(u64::MAX) / 1000;
    usize::try_from(each).unwrap_or(usize::MAX).max(1) * ROUNDS as usize
}

impl Level {
    /// Measures each way for `length`.
    pub(crate) async fn measure(
        world: &World,
        kind: Kind,
        expected: &str,
        (rate, length): (u32, Duration),
    ) -> Result<Self, Failure> {
        let mut ways = kind.ways().to_vec();
        let mut sides: Vec<(Way, Side)> = ways.iter().map(|way| (*way, Side::default())).collect();
        for _ in 0..ROUNDS {
            let count = requests(rate, length) / ROUNDS as usize;
            let schedule = Schedule::random(count, length / ROUNDS, &world.random);
            for way in &ways {
                let prepared = Arc::new(prepare(world, kind, *way, count).await?);
                let before = Spent::now(world);
                let calls = send(world, (kind, *way), &prepared, &schedule).await?;
                let spent = Spent::now(world).since(before);
                believe(world, *way, (&calls, expected), &prepared)?;
                if let Some((_, side)) = sides.iter_mut().find(|(known, _)| known == way) {
                    side.add(&calls, schedule.length(), expected);
                    side.spent = side.spent.plus(spent);
                }
            }
            ways.reverse();
        }
        Ok(Self { kind, rate, sides })
    }

    pub(crate) fn side(&self, way: Way) -> Option<&Side> {
        self.sides.iter().find(|(known, _)| *known == way).map(|(_, side)| side)
    }

    pub(crate) fn sides(&self) -> impl Iterator<Item = (Way, &Side)> {
        self.sides.iter().map(|(way, side)| (*way, side))
    }
}

/// Requests for the next round. Servers that could not keep up before may refuse for a while what is needed for them.
async fn prepare(world: &World, kind: Kind, way: Way, count: usize) -> Result<Vec<Prepared>, Failure> {
    let until = tokio::time::Instant::now() + RECOVERY;
    loop {
        let probe = crate::kind::query(testkit::pki::TEST_USCC, None)?;
        match world.client(way).call::<protocol::endpoints::SealQuery>(&probe).await {
            Ok(_) => break,
            Err(error) if tokio::time::Instant::now() > until => return Err(error.into()),
            Err(_) => tokio::time::sleep(Duration::from_millis(200)).await,
        }
    }
    kind.prepare(world, way, count).await
}

/// What came back.
struct Answer {
    /// The code, or why there is none.
    code: String,
    /// For some: status, headers and body.
    whole: Option<(u16, ReplyHeaders, Bytes)>,
}

async fn send(
    world: &World,
    (kind, way): (Kind, Way),
    prepared: &Arc<Vec<Prepared>>,
    schedule: &Schedule,
) -> Result<Vec<Call<Answer>>, Failure> {
    let http = reqwest::Client::builder().no_proxy().timeout(PATIENCE).build()?;
    let url = format!("{}{}", world.peer(way).base_url, kind.path());
    let (slots, prepared) = (Arc::new(Semaphore::new(CONNECTIONS)), Arc::clone(prepared));
    let calls = drive(schedule, move |number| {
        let request = http.post(&url).header("content-type", "application/json");
        let request = request.body(prepared[number].body.clone());
        let (slots, whole) = (Arc::clone(&slots), number.is_multiple_of(BELIEVED));
        async move {
            let _slot = slots.acquire().await;
            post(request, whole).await.unwrap_or_else(|error| {
                let code = if error.is_timeout() { "no answer in time" } else { "no answer" };
                Answer { code: code.to_owned(), whole: None }
            })
        }
    })
    .await;
    Ok(calls)
}

async fn post(request: reqwest::RequestBuilder, whole: bool) -> reqwest::Result<Answer> {
    let answer = request.send().await?;
    let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
    let body = answer.bytes().await?;
    let headers = ReplyHeaders::read(|name| headers.get(name).and_then(|value| value.to_str().ok()));
    let code = match &headers {
        Ok(_) => code(&body).unwrap_or_else(|| format!("HTTP {status}")),
        Err(fault) => format!("not signed: {fault}"),
    };
    let whole = headers.ok().filter(|_| whole).map(|headers| (status, headers, body));
    Ok(Answer { code, whole })
}

/// The code of an answer. It stands at the beginning of ours, so that long ones need not be read.
fn code(body: &[u8]) -> Option<String> {
    if let Some(rest) = body.strip_prefix(br#"{"code":""#) {
        let end = rest.iter().position(|byte| *byte == b'"')?;
        return String::from_utf8(rest.get(..end)?.to_vec()).ok();
    }
    let answer: Value = serde_json::from_slice(body).ok()?;
    Some(answer.get("code")?.as_str()?.to_owned())
}

/// Checks signatures of answers, each against its own request. Only who did not get to reading a request may answer
/// without naming it, and then refuses.
fn believe(
    world: &World,
    way: Way,
    (calls, expected): (&[Call<Answer>], &str),
    prepared: &[Prepared],
) -> Result<(), Failure> {
    let (peer, now) = (world.peer(way), Clock::system().now());
    for (call, request) in calls.iter().zip(prepared) {
        let Some((status, headers, body)) = &call.answer.whole else { continue };
        let binding = Some(Binding { app_id: &world.app_id, request_hash: request.canonical.hash() });
        let reply =
            Reply { audience: &peer.id, binding, status: *status, body_sm3: crypto::sm3::digest(body) };
        let bound = verify_reply(&reply, headers, |id| peer.key(id), now)?;
        if bound != Bound::Yes && call.answer.code == expected {
            return Err("a right answer belongs to no request".into());
        }
    }
    Ok(())
}
