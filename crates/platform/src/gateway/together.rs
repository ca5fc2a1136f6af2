//! Writes that wait for the same thing are made together (group commit): what came while one transaction was under way
//! goes into the next one, and everybody is answered after it was committed. Where the database refuses a transaction of
//! several, each is tried alone, so that nobody fails for another's sake.

use std::panic::AssertUnwindSafe;

use futures_util::FutureExt;
use protocol::ApiError;
use tokio::sync::{mpsc, oneshot};

use crate::failure::{Failure, Outcome};

/// How many may wait for their turn; more wait before that.
const WAITING: usize = 1024;

/// Work that can be done for several at once.
pub(super) trait Work: Send + Sync + 'static {
    /// What is to be written for one.
    type Item: Send + Sync + 'static;
    /// What one is told.
    type Done: Send + 'static;
    /// The most that is taken at once.
    const MOST: usize;

    /// Writes all or nothing, and gives what each is told in the same order, once it is durable.
    fn write(&self, items: &[Self::Item]) -> impl Future<Output = Outcome<Vec<Self::Done>>> + Send;
}

/// One who waits.
struct Waiting<W: Work> {
    item: W::Item,
    answer: oneshot::Sender<Result<W::Done, ApiError>>,
}

/// Where to hand in what is to be written. The work ends when this is dropped.
pub(super) struct Together<W: Work>(mpsc::Sender<Waiting<W>>);

impl<W: Work> std::fmt::Debug for Together<W> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Together")
    }
}

impl<W: Work> Together<W> {
    /// Begins the work, in a task of its own.
    pub(super) fn start(work: W) -> Self {
        let (sender, waiting) = mpsc::channel(WAITING);
        tokio::spawn(run(work, waiting));
        Self(sender)
    }

    /// Returns when it is written and durable, together with whatever else waits.
    ///
    /// # Errors
    /// Failures of the database.
    pub(super) async fn write(&self, item: W::Item) -> Result<W::Done, ApiError> {
        let (answer, told) = oneshot::channel();
        let gone = |_| ApiError::fault("the writer has ended");
        self.0.send(Waiting { item, answer }).await.map_err(|_| ApiError::fault("the writer has ended"))?;
        told.await.map_err(gone)?
    }
}

async fn run<W: Work>(work: W, mut waiting: mpsc::Receiver<Waiting<W>>) {
    let mut batch = Vec::with_capacity(W::MOST);
    while waiting.recv_many(&mut batch, W::MOST).await > 0 {
        let taken = std::mem::take(&mut batch);
        // A panic in one batch ends those requests and no others; it was reported where it happened.
        drop(AssertUnwindSafe(at_once(&work, taken)).catch_unwind().await);
    }
}

async fn at_once<W: Work>(work: &W, batch: Vec<Waiting<W>>) {
    let (items, answers): (Vec<_>, Vec<_>) = batch.into_iter().map(|one| (one.item, one.answer)).unzip();
    match work.write(&items).await {
        Ok(done) => {
            for (answer, done) in answers.into_iter().zip(done) {
                // Who hung up meanwhile is told nothing.
                let _ = answer.send(Ok(done));
            }
        }
        Err(failure) if items.len() > 1 && may_be_one(&failure) => {
            for (item, answer) in items.into_iter().zip(answers) {
                let _ = answer.send(alone(work, item).await);
            }
        }
        Err(failure) => {
            let error = ApiError::from(failure);
            for answer in answers {
                let _ = answer.send(Err(error.clone()));
            }
        }
    }
}

/// Whether one of several may be what the database did not take. One that is away or full takes nothing of anybody, and
/// where it is not known whether a commit was made, nothing may be tried again.
fn may_be_one(failure: &Failure) -> bool {
    match failure {
        Failure::Refused(_) => true,
        Failure::Store(error) => !matches!(
            error,
            storage::Error::Unavailable(_) | storage::Error::Full(_) | storage::Error::OutcomeUnknown(_)
        ),
    }
}

async fn alone<W: Work>(work: &W, item: W::Item) -> Result<W::Done, ApiError> {
    let mut done = work.write(std::slice::from_ref(&item)).await?;
    done.pop().ok_or_else(|| ApiError::fault("nothing was written"))
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;

    /// Doubles numbers slowly, and takes no batch with a 13 in it.
    #[derive(Clone, Default)]
    struct Doubling(Arc<Mutex<Vec<usize>>>);

    impl Work for Doubling {
        type Item = u32;
        type Done = u32;
        const MOST: usize = 8;

        async fn write(&self, items: &[u32]) -> Outcome<Vec<u32>> {
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
            self.0.lock().unwrap().push(items.len());
            assert!(!items.contains(&99), "a fault of the program");
            if items.contains(&13) {
                return Err(storage::Error::Aborted.into());
            }
            Ok(items.iter().map(|item| item * 2).collect())
        }
    }

    #[tokio::test]
    async fn what_waits_goes_together_and_nobody_fails_for_another() {
        let work = Doubling::default();
        let together = Arc::new(Together::start(work.clone()));
        let tasks: Vec<_> = (1..=20_u32)
            .map(|item| {
                let together = Arc::clone(&together);
                tokio::spawn(async move { (item, together.write(item).await) })
            })
            .collect();
        for task in tasks {
            match task.await.unwrap() {
                (13, result) => assert_eq!(result.unwrap_err().code(), protocol::Code::Fault),
                (item, result) => assert_eq!(result.unwrap(), item * 2),
            }
        }
        let batches = work.0.lock().unwrap().clone();
        assert!(batches.iter().any(|size| *size > 1) && batches.iter().all(|size| *size <= 8), "{batches:?}");
    }

    #[tokio::test]
    async fn a_panic_ends_one_batch_and_not_the_work() {
        let together = Together::start(Doubling::default());
        assert_eq!(together.write(99).await.unwrap_err().code(), protocol::Code::Fault);
        assert_eq!(together.write(4).await.unwrap(), 8);
    }
}
