//! Verifies the signatures of requests: at once while there is a core for each, several together when there is not.
//!
//! Eight SM2 signatures together take less time than one after the other ([`crypto::verify_batch`]), but nobody should
//! wait for others to come. A verification takes a few microseconds, less than handing it to another thread, so it
//! runs where its request runs; and while no more requests are on their way to the gate than there are cores,
//! each is verified at its first poll, and nothing is shared with the others.
//!
//! With more requests than cores some are ready and wait for their turn on a worker anyway. Then a request puts its
//! signature into a line and goes to the end of its worker's queue once, without a timer. Whoever gets its turn first,
//! on any worker, takes the whole line and verifies it as one batch; the eighth to come does so without going to the
//! end first, since lanes are eight. A worker with nothing else to do comes back immediately, so no core stands idle
//! while signatures are in the line, and batches are verified on as many cores as there are.
//!
//! Nobody depends on another who might not come: each in the line has its own turn. A caller that goes away leaves its
//! signature behind, at most eight are in the line, and whoever takes the line next throws it out. Where a batch ends
//! in a panic, its callers verify alone. See decision 10.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::Poll;

use crypto::{DigestItem, Sm2Engine, VerifyError, VerifyingKey};
use tokio::sync::oneshot;

use crate::metrics::Metrics;

/// The most signatures in one batch: one for each lane.
const GROUP: usize = 8;

type Check = fn(&[DigestItem<'_>]) -> Vec<Result<(), VerifyError>>;

/// The signatures of the requests to one server.
pub(crate) struct Verifier {
    line: Mutex<Line>,
    /// Requests on their way to the gate.
    near: AtomicUsize,
    cores: usize,
    /// Whether a batch is quicker than its parts.
    worthwhile: fn() -> bool,
    check: Check,
    metrics: Metrics,
}

/// Signatures that wait for somebody's turn.
#[derive(Default)]
struct Line {
    /// Counts how often the line was taken, so that everybody knows whether its own signature is still in it.
    taken: u64,
    waiting: Vec<Waiting>,
}

struct Waiting {
    key: VerifyingKey,
    e: [u8; 32],
    signature: Vec<u8>,
    answer: oneshot::Sender<bool>,
}

impl Waiting {
    fn item(&self) -> DigestItem<'_> {
        DigestItem { key: &self.key, e: self.e, signature: &self.signature }
    }
}

/// A request on its way to the gate, until it is dropped.
pub(crate) struct Approach<'a>(&'a Verifier);

impl Drop for Approach<'_> {
    fn drop(&mut self) {
        self.0.near.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Verifier {
    pub(crate) fn new(metrics: Metrics) -> Self {
        Self {
            line: Mutex::default(),
            near: AtomicUsize::new(0),
            cores: std::thread::available_parallelism().map_or(1, std::num::NonZero::get),
            worthwhile: || crypto::selected_engine() == Sm2Engine::Lanes,
            check: crypto::verify_digest_batch,
            metrics,
        }
    }

    /// Counts a request as on its way.
    pub(crate) fn approach(&self) -> Approach<'_> {
        self.near.fetch_add(1, Ordering::Relaxed);
        Approach(self)
    }

    fn crowded(&self) -> bool {
        self.near.load(Ordering::Relaxed) > self.cores && (self.worthwhile)()
    }

    fn alone(&self, item: DigestItem<'_>) -> bool {
        self.metrics.batch(1);
        (self.check)(&[item]).first() == Some(&Ok(()))
    }

    /// Puts a signature into the line; gives the whole line when that was the eighth.
    fn join(&self, waiting: Waiting) -> (u64, Vec<Waiting>) {
        let mut line = self.line();
        let turn = line.taken;
        line.waiting.push(waiting);
        if line.waiting.len() < GROUP { (turn, Vec::new()) } else { (turn, line.take()) }
    }

    /// What is in the line, unless it was taken since `turn`.
    fn take(&self, turn: u64) -> Vec<Waiting> {
        let mut line = self.line();
        if line.taken == turn { line.take() } else { Vec::new() }
    }

    fn run(&self, mut group: Vec<Waiting>) {
        group.retain(|waiting| !waiting.answer.is_closed());
        if group.is_empty() {
            return;
        }
        self.metrics.batch(group.len());
        let items: Vec<_> = group.iter().map(Waiting::item).collect();
        let results = (self.check)(&items);
        for (waiting, result) in group.into_iter().zip(results) {
            // Who went away in the meantime needs no answer.
            let _ = waiting.answer.send(result.is_ok());
        }
    }

    fn line(&self) -> MutexGuard<'_, Line> {
        // Nothing that runs under the lock leaves the line half changed.
        self.line.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Line {
    fn take(&mut self) -> Vec<Waiting> {
        self.taken = self.taken.wrapping_add(1);
        std::mem::take(&mut self.waiting)
    }
}

impl Approach<'_> {
    /// Whether `signature` (DER) is the key's signature of the digest `e`.
    pub(crate) async fn verify(&self, key: &VerifyingKey, e: [u8; 32], signature: &[u8]) -> bool {
        let verifier = self.0;
        let item = DigestItem { key, e, signature };
        if !verifier.crowded() {
            return verifier.alone(item);
        }
        let (answer, answered) = oneshot::channel();
        let waiting = Waiting { key: key.clone(), e, signature: signature.to_vec(), answer };
        let (turn, mut group) = verifier.join(waiting);
        if group.is_empty() {
            end_of_the_queue().await;
            group = verifier.take(turn);
        }
        verifier.run(group);
        // Without an answer the one who took the line did not come to its end.
        answered.await.unwrap_or_else(|_| verifier.alone(item))
    }
}

/// Lets what is ready on this worker run first, once. Unlike tokio's `yield_now` it does not wait until the worker has
/// nothing else to do.
async fn end_of_the_queue() {
    let mut been = false;
    std::future::poll_fn(|context| {
        if been {
            return Poll::Ready(());
        }
        been = true;
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

#[cfg(test)]
mod tests;
