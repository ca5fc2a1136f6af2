//! Everybody gets the answer to its own signature, at once where there is room, whoever panics or goes away.

use std::sync::atomic::AtomicBool;
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use crypto::{Random, SignatureAlgorithm, Signer, Sm2KeyPair};
use futures_util::FutureExt;
use futures_util::future::join_all;

use super::*;

/// A signature and what is to be found of it.
struct Sample {
    key: VerifyingKey,
    e: [u8; 32],
    signature: Vec<u8>,
    right: bool,
}

/// Right ones, those over something else, by somebody else, and broken ones, in turn.
static SAMPLES: LazyLock<Vec<Sample>> = LazyLock::new(|| {
    let random = Random::system();
    let pairs: Vec<_> = (0..3).map(|_| Sm2KeyPair::generate(&random).unwrap()).collect();
    let sample = |at: usize| {
        let (pair, other) = (&pairs[at % 3], &pairs[(at + 1) % 3]);
        let message = at.to_le_bytes();
        let mut signature = pair.sign(&message).unwrap();
        let (mut key, mut e) = (pair.verifying_key().clone(), digest(pair.verifying_key(), &message));
        match at % 4 {
            1 => e[31] ^= 1,
            2 => key = other.verifying_key().clone(),
            3 => signature.truncate(20),
            _ => {}
        }
        Sample { key, e, signature, right: at.is_multiple_of(4) }
    };
    (0..24).map(sample).collect()
});

fn digest(key: &VerifyingKey, message: &[u8]) -> [u8; 32] {
    crypto::sm3::digest(&[key.sm2_z().as_slice(), message].concat())
}

fn verifier(cores: usize, check: Check) -> Verifier {
    Verifier { cores, check, worthwhile: || true, ..Verifier::new(Metrics::new().unwrap()) }
}

impl Verifier {
    async fn sample(&self, at: usize) -> bool {
        let sample = &SAMPLES[at % SAMPLES.len()];
        self.approach().verify(&sample.key, sample.e, &sample.signature).await
    }

    fn batches(&self) -> (u64, f64) {
        self.metrics.batches()
    }
}

fn expected(at: usize) -> bool {
    SAMPLES[at % SAMPLES.len()].right
}

#[test]
fn the_digest_is_the_one_that_is_signed() {
    let sample = &SAMPLES[4];
    let verified = sample.key.verify(SignatureAlgorithm::Sm2Sm3, &4_usize.to_le_bytes(), &sample.signature);
    assert_eq!(verified, Ok(()));
}

#[test]
fn with_a_core_for_each_nobody_waits() {
    let verifier = verifier(3, crypto::verify_digest_batch);
    let others = [verifier.approach(), verifier.approach()];
    for at in 0..8 {
        let answer = verifier.sample(at).now_or_never();
        assert_eq!(answer, Some(expected(at)), "answered at the first poll");
    }
    assert_eq!(verifier.line().taken, 0, "nothing went through the line");
    drop(others);
    assert_eq!(verifier.near.load(Ordering::Relaxed), 0);
    assert_eq!(verifier.batches(), (8, 8.0));
}

#[test]
fn without_lanes_nobody_waits_for_a_batch() {
    let mut verifier = verifier(0, crypto::verify_digest_batch);
    verifier.worthwhile = || false;
    assert_eq!(verifier.sample(0).now_or_never(), Some(true));
}

#[tokio::test]
async fn who_is_ready_at_once_is_verified_at_once_and_nobody_gets_anothers_answer() {
    let verifier = Arc::new(verifier(1, crypto::verify_digest_batch));
    let tasks = (0..20).map(|at| {
        let verifier = Arc::clone(&verifier);
        tokio::spawn(async move {
            // What a request does before it comes to the gate.
            let approach = verifier.approach();
            tokio::task::yield_now().await;
            let answer = verifier.sample(at).await;
            drop(approach);
            answer
        })
    });
    let answers: Vec<bool> = join_all(tasks).await.into_iter().map(Result::unwrap).collect();
    assert_eq!(answers, (0..20).map(expected).collect::<Vec<_>>());
    assert_eq!(verifier.batches(), (3, 20.0), "eight, eight and the rest");
    assert!(verifier.line().waiting.is_empty());
    assert_eq!(verifier.near.load(Ordering::Relaxed), 0);
}

#[tokio::test]
async fn a_single_one_in_a_crowd_takes_one_turn() {
    let verifier = verifier(0, crypto::verify_digest_batch);
    let mut polls = 0;
    let mut future = std::pin::pin!(verifier.sample(0));
    let answer = std::future::poll_fn(|context| {
        polls += 1;
        future.as_mut().poll(context)
    });
    assert!(answer.await);
    assert_eq!(polls, 2);
}

/// Callers on several threads, some of which go away at any time.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn many_threads_and_callers_who_go_away() {
    let verifier = Arc::new(verifier(1, crypto::verify_digest_batch));
    let mut tasks = Vec::new();
    for caller in 0..32 {
        let verifier = Arc::clone(&verifier);
        let goes = caller % 5 == 4;
        let task = tokio::spawn(async move {
            for at in caller..caller + 40 {
                assert_eq!(verifier.sample(at).await, expected(at), "{at}");
                if at % 7 == 0 {
                    // Polled once and dropped: its signature stays in the line, or was taken.
                    let _ = verifier.sample(at).now_or_never();
                }
            }
        });
        tasks.push((goes, task));
    }
    tokio::time::sleep(Duration::from_millis(2)).await;
    for (goes, task) in &tasks {
        if *goes {
            task.abort();
        }
    }
    for (goes, task) in tasks {
        let ended = tokio::time::timeout(Duration::from_mins(1), task).await;
        match ended.expect("nobody is stuck") {
            Ok(()) => {}
            Err(error) => assert!(goes && error.is_cancelled(), "{error}"),
        }
    }
    assert_eq!(verifier.near.load(Ordering::Relaxed), 0);
    assert!(verifier.line().waiting.len() < GROUP);
}

#[tokio::test]
async fn who_goes_away_is_thrown_out_and_holds_up_nobody() {
    let verifier = verifier(0, |items| {
        assert_eq!(items.len(), 2, "nobody waits for the answers to the others");
        crypto::verify_digest_batch(items)
    });
    for at in 0..5 {
        assert_eq!(verifier.sample(at).now_or_never(), None);
    }
    assert_eq!(verifier.line().waiting.len(), 5);
    let (first, second) = futures_util::join!(verifier.sample(0), verifier.sample(1));
    assert_eq!((first, second), (true, false));
    assert!(verifier.line().waiting.is_empty());
}

#[tokio::test]
async fn the_line_is_never_longer_than_the_lanes() {
    let verifier = verifier(0, crypto::verify_digest_batch);
    for at in 0..100 {
        let _ = verifier.sample(at).now_or_never();
        assert!(verifier.line().waiting.len() < GROUP);
    }
}

#[tokio::test]
async fn a_panic_in_a_batch_leaves_the_others_their_answers() {
    static ONCE: AtomicBool = AtomicBool::new(true);
    let verifier = Arc::new(verifier(0, |items| {
        assert!(items.len() == 1 || !ONCE.swap(false, Ordering::SeqCst), "on purpose, in a test");
        crypto::verify_digest_batch(items)
    }));
    let tasks: Vec<_> = (0..5)
        .map(|at| {
            let verifier = Arc::clone(&verifier);
            tokio::spawn(async move { (at, verifier.sample(at).await) })
        })
        .collect();
    let ended = tokio::time::timeout(Duration::from_mins(1), join_all(tasks)).await.expect("nobody is stuck");
    let (good, bad): (Vec<_>, Vec<_>) = ended.into_iter().partition(Result::is_ok);
    assert_eq!((good.len(), bad.len()), (4, 1), "only the one who took the line sees the panic");
    for (at, answer) in good.into_iter().map(Result::unwrap) {
        assert_eq!(answer, expected(at));
    }
    assert!(verifier.sample(0).await);
}
