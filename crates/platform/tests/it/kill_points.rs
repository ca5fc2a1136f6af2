//! `kill -9` of the platform at a drawn moment while a seal is filed, switched, or signs, again and again: nothing that
//! was acknowledged is lost, nothing is done twice, and every signature that was handed out is in the evidence log.
//!
//! The moments are drawn from a seed that is printed; `SEALBRIDGE_SEED` repeats it, `SEALBRIDGE_KILL_POINTS` says how many
//! there are (`cargo xtask faults`). They lie between the sending and a little after the usual answer; what is usual is
//! learned on the way, so that a slow machine has kills in the middle too.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use client::{Client, ClientError};
use crypto::Random;
use protocol::SealCode;
use protocol::endpoints::{CloudSign, SealFiling, SealStateChange};
use protocol::lists::{SealState, SealType};
use protocol::tables::{CloudSignRequest, FilingRequest, StateRequest};
use serde_json::Value;
use storage::platform::sign_ids::SignIdState;
use storage::platform::{seal_state, seals, sign_ids};
use storage::{Schema, Tx};
use testkit::databases::{TestDatabase, postgres, sqlite};
use testkit::pki::fixed_random;
use testkit::scripted_system::{SealSpec, make_seal};

use crate::common::child::{Stage, insist};
use crate::common::{contract, filing};

/// How many kills there are, on each database.
const ROUNDS: &str = "SEALBRIDGE_KILL_POINTS";
const FEW: usize = 24;
/// From how many on each kind of moment must have been met.
const MANY: usize = 200;

/// What is under way when the process is killed.
#[derive(Debug, Clone)]
enum Work {
    File(Box<FilingRequest>),
    Switch(StateRequest),
    Sign(Box<CloudSignRequest>),
}

/// How far it is.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Found {
    /// Nothing of it is in the database.
    Nothing,
    /// A signId is bound to it.
    Begun,
    /// It is done, with this result.
    Done(String),
}

/// When the kill came, by what could be seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Hit {
    BeforeAnyTrace,
    BegunOrDoneNotAnswered,
    Answered,
}

impl Work {
    const KINDS: [&'static str; 3] = ["filing", "change of state", "signing"];

    fn kind(&self) -> usize {
        match self {
            Self::File(_) => 0,
            Self::Switch(_) => 1,
            Self::Sign(_) => 2,
        }
    }

    /// Sends it once; what is answered, as [`Found::Done`] has it.
    async fn send(&self, a: &Client, b: &Client) -> Result<String, ClientError> {
        match self {
            Self::File(request) => Ok(b.call::<SealFiling>(request).await?.data.as_str().to_owned()),
            Self::Switch(request) => {
                b.call::<SealStateChange>(request).await?;
                Ok(format!("{:?}", request.state))
            }
            Self::Sign(request) => Ok(a.call::<CloudSign>(request).await?.data.sign_data.text()),
        }
    }

    /// Sends it until it is answered.
    async fn insist(&self, a: &Client, b: &Client) -> String {
        match self {
            Self::File(request) => insist::<SealFiling>(b, request).await.as_str().to_owned(),
            Self::Switch(request) => {
                insist::<SealStateChange>(b, request).await;
                format!("{:?}", request.state)
            }
            Self::Sign(request) => insist::<CloudSign>(a, request).await.sign_data.text(),
        }
    }
}

/// What the evidence log tells, read on from where it was read to.
#[derive(Default)]
struct Books {
    read: i64,
    /// The seal codes given for each business code.
    filed: BTreeMap<String, Vec<String>>,
    /// The states that each seal was moved to, in order.
    switched: BTreeMap<String, Vec<String>>,
    released: Vec<String>,
}

impl Books {
    async fn read_on(&mut self, tx: &mut Tx) {
        for entry in storage::evidence::after(tx, self.read, 100_000).await.unwrap() {
            self.read = entry.seq;
            let detail: Value = serde_json::from_slice(entry.payload.as_deref().unwrap()).unwrap();
            let word = |name: &str| detail[name].as_str().unwrap().to_owned();
            match entry.kind.as_str() {
                "seal.filed" => self.filed.entry(word("code")).or_default().push(entry.subject),
                "seal.state" => self.switched.entry(entry.subject).or_default().push(word("to")),
                "signature.released" => self.released.push(word("signature")),
                _ => {}
            }
        }
    }
}

struct Run {
    stage: Stage,
    dice: Random,
    books: Books,
    /// The seal that is switched on and off, and the states asked for in order.
    switch: (SealCode, Vec<String>),
    /// Answers by work, once each.
    filed: BTreeMap<String, String>,
    signed: BTreeMap<String, String>,
    /// The usual time of each kind of work.
    usual: [Duration; 3],
    hits: BTreeMap<Hit, usize>,
    kinds: [usize; 3],
}

impl Run {
    async fn new(database: TestDatabase, seed: &str) -> Self {
        let stage = Stage::new(database, None).await;
        let switched = make_seal(&finance("SWITCHED"));
        let request = filing(&switched, "SWITCHED");
        let code = stage.b_client.call::<SealFiling>(&request).await.unwrap().data;
        let filed = BTreeMap::from([
            ("SWITCHED".to_owned(), code.as_str().to_owned()),
            ("ES0001".to_owned(), stage.seal.as_str().to_owned()),
        ]);
        Self {
            stage,
            dice: fixed_random(seed),
            books: Books::default(),
            switch: (code, Vec::new()),
            filed,
            signed: BTreeMap::new(),
            usual: [Duration::from_millis(40); 3],
            hits: BTreeMap::new(),
            kinds: [0; 3],
        }
    }

    /// Something in the range 0 to 1.
    fn chance(&self) -> f64 {
        f64::from(u32::from_le_bytes(self.dice.bytes())) / f64::from(u32::MAX)
    }

    /// Half of the work is signing.
    async fn draw(&self, number: usize) -> Work {
        let chance = self.chance();
        if chance < 0.5 {
            let message = crypto::sm3::digest(&number.to_le_bytes());
            return Work::Sign(Box::new(self.stage.ready_to_sign(&message).await));
        }
        if chance < 0.75 {
            let name = format!("KILL{number}");
            let seal = make_seal(&finance(&name));
            return Work::File(Box::new(filing(&seal, &name)));
        }
        let enabled = self.switch.1.last().is_none_or(|last| *last == format!("{:?}", SealState::Enabled));
        let state = if enabled { SealState::Disabled } else { SealState::Enabled };
        Work::Switch(StateRequest { seal_code: self.switch.0.clone(), state })
    }

    /// One kill, with everything that has to be true after it.
    async fn round(&mut self, number: usize) {
        let work = self.draw(number).await;
        let (a, b) = (self.stage.a.clone(), self.stage.b_client.clone());
        let first = tokio::spawn({
            let (work, a, b) = (work.clone(), a.clone(), b.clone());
            async move { work.send(&a, &b).await }
        });
        let moment = self.usual[work.kind()].mul_f64(1.25 * self.chance());
        // A timer of the run time counts in whole milliseconds.
        tokio::task::block_in_place(|| std::thread::sleep(moment));
        self.stage.process.kill();
        let first = first.await.unwrap();
        let found = self.look(&work).await;
        let name = Work::KINDS[work.kind()];
        let hit = match &first {
            Ok(answer) => {
                assert_eq!(found, Found::Done(answer.clone()), "{name} {number}: acknowledged and lost");
                Hit::Answered
            }
            Err(ClientError::Refused(refusal)) => panic!("{name} {number}: {refusal}"),
            Err(_) if found == Found::Nothing => Hit::BeforeAnyTrace,
            Err(_) => Hit::BegunOrDoneNotAnswered,
        };
        self.learn(work.kind(), hit);
        self.stage.process.start_again().await;
        // Two at once, and one more: all the same, and the same as before.
        let (one, two) = tokio::join!(work.insist(&a, &b), work.insist(&a, &b));
        let three = work.insist(&a, &b).await;
        assert!(one == two && two == three, "{name} {number}: answered in two ways");
        if let Found::Done(before) = found {
            assert_eq!(before, one, "{name} {number}: answered otherwise than it was done");
        }
        assert_eq!(self.look(&work).await, Found::Done(one.clone()), "{name} {number}");
        self.remember(&work, one);
    }

    /// What the database says of a piece of work; where it says that it is done, the log has to say so too.
    async fn look(&mut self, work: &Work) -> Found {
        // One state of both: PostgreSQL may still be at work for a process that is gone.
        let mut tx = self.stage.database.read().await.unwrap();
        self.books.read_on(&mut tx).await;
        match work {
            Work::File(request) => {
                let code = request.code.as_ref().unwrap().as_str();
                let row = seals::by_code(&mut tx, "SYSB", code).await.unwrap().map(|seal| seal.seal_code);
                let logged = self.books.filed.get(code).cloned().unwrap_or_default();
                assert_eq!(logged, Vec::from_iter(row.clone()), "{code}: seal and log");
                row.map_or(Found::Nothing, Found::Done)
            }
            Work::Switch(request) => {
                let code = request.seal_code.as_str();
                let row = seals::find(&mut tx, code).await.unwrap().unwrap();
                let history = seal_state::history(&mut tx, code).await.unwrap();
                let logged = self.books.switched.get(code).cloned().unwrap_or_default();
                assert_eq!(logged.len() + 1, history.len(), "{code}: history and log");
                let asked = self.switch.1.len();
                assert!((asked..=asked + 1).contains(&logged.len()), "{code}: {asked} asked for, {logged:?}");
                if logged.len() == asked {
                    return Found::Nothing;
                }
                assert_eq!(logged.last().map(String::as_str), Some(row.state.as_str()), "{code}");
                let state = format!("{:?}", row.state);
                assert_eq!(state, format!("{:?}", request.state), "{code}");
                Found::Done(state)
            }
            Work::Sign(request) => {
                let row = sign_ids::find(&mut tx, "SYSB", request.sign_id.as_str()).await.unwrap().unwrap();
                match (row.state, row.signature) {
                    (SignIdState::Issued, None) => Found::Nothing,
                    (SignIdState::Signing, None) => Found::Begun,
                    (SignIdState::Used, Some(signature)) => {
                        let text = protocol::Base64Data::from(signature).text();
                        let times = self.books.released.iter().filter(|one| **one == text).count();
                        assert_eq!(times, 1, "stored, and {times} times in the log");
                        Found::Done(text)
                    }
                    other => panic!("{other:?}"),
                }
            }
        }
    }

    /// The usual time moves to where kills come before and after the answer equally often.
    fn learn(&mut self, kind: usize, hit: Hit) {
        *self.hits.entry(hit).or_default() += 1;
        self.kinds[kind] += 1;
        let by = if hit == Hit::Answered { 0.85 } else { 1.06 };
        let (least, most) = (Duration::from_millis(2), Duration::from_secs(2));
        self.usual[kind] = self.usual[kind].mul_f64(by).clamp(least, most);
    }

    fn remember(&mut self, work: &Work, answer: String) {
        match work {
            Work::File(request) => {
                self.filed.insert(request.code.as_ref().unwrap().as_str().to_owned(), answer);
            }
            Work::Switch(_) => self.switch.1.push(answer),
            Work::Sign(request) => {
                let sign_id = request.sign_id.as_str();
                assert_eq!(self.stage.b.signatures_made(sign_id), 1, "{sign_id}: signed more than once");
                self.signed.insert(sign_id.to_owned(), answer);
            }
        }
    }

    /// The books at the end, against everything that was answered.
    async fn finish(mut self, took: Duration) {
        let database = &self.stage.database;
        let audit = sealbridge_platform::evidence::audit(database).await.unwrap();
        assert!(audit.good, "{audit:?}");
        let mut tx = database.read().await.unwrap();
        self.books.read_on(&mut tx).await;
        let one_each = |(code, seal): (&String, &String)| (code.clone(), vec![seal.clone()]);
        let expected: BTreeMap<String, Vec<String>> = self.filed.iter().map(one_each).collect();
        assert_eq!(self.books.filed, expected, "filings");
        let codes: BTreeSet<&String> = self.filed.values().collect();
        assert_eq!(codes.len(), self.filed.len(), "a seal code was given twice");
        let rows: i64 = seals::count(&mut tx).await.unwrap().iter().map(|row| row.number).sum();
        assert_eq!(usize::try_from(rows).unwrap(), self.filed.len(), "seals in the register");
        let switched = self.books.switched.remove(self.switch.0.as_str()).unwrap_or_default();
        assert_eq!(switched.len(), self.switch.1.len(), "changes of state");
        assert!(
            switched.windows(2).all(|pair| pair[0] != pair[1]),
            "a change was recorded twice: {switched:?}"
        );
        let answered: BTreeSet<&String> = self.signed.values().collect();
        let logged: BTreeSet<&String> = self.books.released.iter().collect();
        assert_eq!(logged, answered, "signatures in the log and signatures that were handed out");
        assert_eq!(self.books.released.len(), self.signed.len(), "a signature is in the log twice");
        assert_eq!(self.stage.b.complaints(), Vec::<String>::new());
        self.tell(took);
    }

    fn tell(&self, took: Duration) {
        let hit = |hit: Hit| self.hits.get(&hit).copied().unwrap_or_default();
        let (before, between) = (hit(Hit::BeforeAnyTrace), hit(Hit::BegunOrDoneNotAnswered));
        let made: usize = self.signed.keys().map(|sign_id| self.stage.b.signatures_made(sign_id)).sum();
        let rounds: usize = self.kinds.iter().sum();
        let [filings, switches, signings] = self.kinds;
        println!(
            "kill points on {}: {rounds} kills in {:.1} s ({filings} filings, {switches} changes of state, {signings} \
             signings); {before} before any trace, {between} begun or done and not answered, {} answered; signatures: \
             {made} made, {} answered, {} in the log, doubled {}; lost 0",
            self.stage.database.name(),
            took.as_secs_f64(),
            hit(Hit::Answered),
            self.signed.len(),
            self.books.released.len(),
            made - self.signed.len(),
        );
        assert!(before + between > 0, "nothing was interrupted");
        if rounds >= MANY {
            assert!(before > 0 && between > 0 && hit(Hit::Answered) > 0, "{:?}", self.hits);
        }
    }
}

/// A further seal of the same organisation, of a type that is not asked for when something is signed.
fn finance(es_id: &str) -> SealSpec<'_> {
    SealSpec {
        name: "示例科技有限公司财务专用章", seal_type: SealType::Finance, ..contract(es_id)
    }
}

async fn many(database: TestDatabase) {
    let rounds =
        std::env::var(ROUNDS).ok().map_or(FEW, |text| text.parse().expect("a number of kill points"));
    let seed = std::env::var("SEALBRIDGE_SEED").unwrap_or_else(|_| Random::system().hex_id());
    println!("SEALBRIDGE_SEED={seed} ({})", database.name());
    let mut run = Run::new(database, &seed).await;
    let started = Instant::now();
    for number in 0..rounds {
        run.round(number).await;
        if (number + 1) % MANY == 0 {
            println!("{} of {rounds}", number + 1);
        }
    }
    let took = started.elapsed();
    run.finish(took).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_lost_or_doubled_on_sqlite() {
    many(sqlite(Schema::Platform).await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_lost_or_doubled_on_postgresql() {
    if let Some(database) = postgres(Schema::Platform).await {
        many(database).await;
    }
}
