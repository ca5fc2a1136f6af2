//! Two replicas over one PostgreSQL, and one of them killed in every step of signing: the other goes on, the same request
//! there leads to the one signature, and the one that comes back gives the same.
//!
//! Where a step is a transaction, a trigger holds it before its commit, so that the kill hits just there.

use std::time::{Duration, Instant};

use client::ClientError;
use protocol::endpoints::{CloudSign, SealQuery};
use protocol::tables::{CloudSignRequest, SignatureValueData};
use storage::Schema;
use storage::platform::sign_ids::{self, SignIdState};
use testkit::databases::{Session, postgres};
use testkit::scripted_system::Transport;
use tokio::task::JoinHandle;

use crate::common::child::{Process, Stage, first, insist};
use crate::common::query;

/// A step in which a replica is killed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    /// The request is let in: its nonce is written and not committed.
    LettingIn,
    /// signId and consent are bound to the request, and not committed.
    Beginning,
    /// The request lies at the seal system, which did nothing yet.
    Forwarded,
    /// The seal system has signed, and its answer is on the way.
    Signed,
    /// The signature is stored and evidenced, and not committed.
    Releasing,
    /// All that is committed; the answer is evidenced, and not committed.
    Answering,
    /// The caller has the answer.
    Answered,
}

/// Every step, with the state of the signId that the kill leaves behind.
const STEPS: [(Step, SignIdState); 7] = [
    (Step::LettingIn, SignIdState::Issued),
    (Step::Beginning, SignIdState::Issued),
    (Step::Forwarded, SignIdState::Signing),
    (Step::Signed, SignIdState::Signing),
    (Step::Releasing, SignIdState::Signing),
    (Step::Answering, SignIdState::Used),
    (Step::Answered, SignIdState::Used),
];

/// Triggers that wait for a lock which the test holds: an advisory lock for each step.
const HOLDS: &str = "
    CREATE FUNCTION hold() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN PERFORM pg_advisory_xact_lock_shared(TG_ARGV[0]::bigint); RETURN NEW; END $$;
    CREATE TRIGGER hold_nonce AFTER INSERT ON nonces FOR EACH ROW EXECUTE FUNCTION hold('1');
    CREATE TRIGGER hold_begun AFTER INSERT ON evidence FOR EACH ROW
        WHEN (NEW.kind = 'signing.begun') EXECUTE FUNCTION hold('2');
    CREATE TRIGGER hold_released AFTER INSERT ON evidence FOR EACH ROW
        WHEN (NEW.kind = 'signature.released') EXECUTE FUNCTION hold('3');
    CREATE TRIGGER hold_answered AFTER INSERT ON evidence FOR EACH ROW
        WHEN (NEW.kind = 'request.answered') EXECUTE FUNCTION hold('4');";

/// Whether something waits for such a lock in this database.
const HELD: &str = "SELECT count(*) > 0 FROM pg_locks WHERE locktype = 'advisory' AND NOT granted
    AND database = (SELECT oid FROM pg_database WHERE datname = current_database())";

impl Step {
    /// The lock that holds it.
    fn lock(self) -> Option<u8> {
        match self {
            Self::LettingIn => Some(1),
            Self::Beginning => Some(2),
            Self::Releasing => Some(3),
            Self::Answering => Some(4),
            Self::Forwarded | Self::Signed | Self::Answered => None,
        }
    }

    fn transport(self) -> Transport {
        match self {
            Self::Forwarded => Transport::Slow(Duration::from_secs(1)),
            Self::Signed => Transport::Late(Duration::from_secs(1)),
            _ => Transport::Good,
        }
    }
}

/// Polls until something is so.
async fn until(what: &str, mut so: impl AsyncFnMut() -> bool) {
    let end = Instant::now() + Duration::from_secs(4);
    while !so().await {
        assert!(Instant::now() < end, "{what} is never so");
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}

/// Sends a request and returns when it is in this step, with its answer where that is the step.
async fn reach(
    stage: &Stage,
    session: &mut Session,
    step: Step,
    request: &CloudSignRequest,
) -> (JoinHandle<Result<SignatureValueData, ClientError>>, Option<SignatureValueData>) {
    stage.b.script(|script| script.transport = step.transport());
    let arrivals = stage.b.arrivals();
    if let Some(lock) = step.lock() {
        session.run(&format!("SELECT pg_advisory_lock({lock})")).await;
    }
    let mut first = first(&stage.a, request);
    match step {
        Step::Forwarded => until("forwarded", async || stage.b.arrivals() > arrivals).await,
        Step::Signed => {
            until("signed", async || stage.b.signatures_made(request.sign_id.as_str()) == 1).await;
        }
        Step::Answered => {
            let early = (&mut first).await.unwrap().unwrap();
            return (first, Some(early));
        }
        _ => until("held", async || session.holds(HELD).await).await,
    }
    (first, None)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_replica_killed_in_every_step_of_signing() {
    let Some(database) = postgres(Schema::Platform).await else { return };
    let mut stage = Stage::new(database, None).await;
    let other = Process::start(stage.database.address(), &stage.secrets, None).await;
    let at_other = stage.a.towards(stage.peer(&other.address));
    let mut session = Session::open(stage.database.address()).await;
    session.run(HOLDS).await;
    let mut handed_out = Vec::new();
    for (number, (step, left)) in STEPS.into_iter().enumerate() {
        let request = stage.ready_to_sign(&[u8::try_from(number).unwrap(); 32]).await;
        let (first, early) = reach(&stage, &mut session, step, &request).await;
        stage.process.kill();
        session.run("SELECT pg_advisory_unlock_all()").await;
        if early.is_none() {
            assert!(first.await.unwrap().is_err(), "{step:?}: answered by a process that was killed");
        }
        let mut tx = stage.database.read().await.unwrap();
        let row = sign_ids::find(&mut tx, "SYSB", request.sign_id.as_str()).await.unwrap().unwrap();
        tx.commit().await.unwrap();
        assert_eq!(row.state, left, "{step:?}");

        // The other one serves everybody, this very request too.
        other.until_ready_says(200).await;
        stage.b.behave();
        at_other.call::<SealQuery>(&query()).await.unwrap();
        let signature = insist::<CloudSign>(&at_other, &request).await;
        assert!(early.is_none_or(|early| early == signature), "{step:?}");
        stage.process.start_again().await;
        assert_eq!(insist::<CloudSign>(&stage.a, &request).await, signature, "{step:?}");
        assert_eq!(stage.b.signatures_made(request.sign_id.as_str()), 1, "{step:?}");
        handed_out.push(signature.sign_data.text());
    }
    stage.check_released(&handed_out).await;
}
