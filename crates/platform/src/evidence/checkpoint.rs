//! Checkpoints (检查点) of the evidence log (`facts` §5.2 B3): the platform signs, again and again, what the chain ends
//! with and the root of a tree over the entries since. So a piece of the log can be shown offline, and whoever changes the
//! database afterwards would need the platform's key as well; a copy kept elsewhere shows it even then.

use jiff::SignedDuration;
use protocol::ApiError;
use protocol::log::{Checkpoint, Tree};
use protocol::wire::{SignatureValue, key_id};
use storage::evidence::Head;
use storage::platform::checkpoints::{self, StoredCheckpoint};

use crate::config::Stamping;
use crate::context::Context;
use crate::failure::Outcome;
use crate::signing::{Stamped, over_octets};

/// Entries that one checkpoint covers at most, so that a proof is made from so many hashes at most.
const MOST: i64 = 65_536;

/// Makes the checkpoints that are lacking up to the end of the log; gives the newest one, `None` when the log is empty.
///
/// # Errors
/// 99999 when the log has a hole, failures of the database or the key.
pub async fn checkpoint(context: &Context) -> Outcome<Option<StoredCheckpoint>> {
    loop {
        let mut tx = context.database.read().await?;
        let last = checkpoints::last(&mut tx).await?;
        let head = storage::evidence::head(&mut tx).await?;
        let first =
            storage::evidence::floor(&mut tx).await?.seq.max(last.as_ref().map_or(0, |one| one.last_seq)) + 1;
        if first > head.seq {
            return Ok(last);
        }
        let end = head.seq.min(first.saturating_add(MOST - 1));
        let hashes = checkpoints::hashes(&mut tx, first, end).await?;
        tx.commit().await?;
        let new =
            signed(context, last.as_ref(), (first, &Head { seq: end, hash: Vec::new() }), &hashes).await?;
        let mut tx = context.database.begin().await?;
        // Another replica may have been faster: then its checkpoint stands, and is read in the next round.
        checkpoints::add(&mut tx, &new).await?;
        tx.commit().await?;
    }
}

/// The same when the last one is old enough, or much was written since.
///
/// # Errors
/// As [`checkpoint`].
pub async fn checkpoint_when_due(context: &Context) -> Outcome<()> {
    let mut tx = context.database.read().await?;
    let last = checkpoints::last(&mut tx).await?;
    let head = storage::evidence::head(&mut tx).await?;
    tx.commit().await?;
    let life = SignedDuration::from_mins(context.config.times.checkpoint_minutes.into()).as_millis();
    let due = last.is_none_or(|last| {
        let age = context.now().as_millisecond().saturating_sub(last.at);
        i128::from(age) >= life || head.seq.saturating_sub(last.last_seq) >= MOST
    });
    if due {
        checkpoint(context).await?;
    }
    Ok(())
}

/// Signs a checkpoint over these entries.
async fn signed(
    context: &Context,
    before: Option<&StoredCheckpoint>,
    (first, end): (i64, &Head),
    hashes: &[Vec<u8>],
) -> Outcome<StoredCheckpoint> {
    let hashes: Vec<[u8; 32]> = hashes.iter().filter_map(|hash| hash.as_slice().try_into().ok()).collect();
    let count = end.seq.checked_sub(first).and_then(|count| usize::try_from(count + 1).ok());
    let (Some(root), Some(last_hash)) = (Tree::over(&hashes).root(), hashes.last()) else {
        return Err(ApiError::fault("a checkpoint over nothing").into());
    };
    if count != Some(hashes.len()) {
        return Err(ApiError::fault(format!("entries between {first} and {} are missing", end.seq)).into());
    }
    let new = Checkpoint {
        number: before.map_or(0, |before| before.number) + 1,
        first,
        last: end.seq,
        last_hash: *last_hash,
        root,
        previous: before.map(|before| plain(before).map(|plain| plain.sm3(&context.id))).transpose()?,
        at: context.now().as_millisecond(),
        key_id: key_id(context.signer.verifying_key()),
    };
    let signature = new.sign(&context.id, &*context.signer).map_err(ApiError::fault)?;
    let time_stamp = stamp(context, &signature).await?;
    Ok(StoredCheckpoint {
        number: new.number,
        first_seq: new.first,
        last_seq: new.last,
        last_hash: new.last_hash.to_vec(),
        root: new.root.to_vec(),
        previous: new.previous.map(|hash| hash.to_vec()),
        at: new.at,
        key_id: new.key_id,
        signature,
        time_stamp,
    })
}

/// A time stamp over a checkpoint's signature, where the operator has an authority; without one the checkpoint goes
/// without, for a log that is not signed proves less than one that is not stamped.
async fn stamp(context: &Context, signature: &str) -> Outcome<Option<Vec<u8>>> {
    if context.config.policy.signing.time_stamp.mode == Stamping::Off {
        return Ok(None);
    }
    let value = SignatureValue::parse(signature).map_err(ApiError::fault)?;
    match over_octets(context, value.der()).await? {
        Stamped::With(token) => Ok(Some(token)),
        Stamped::NotWanted | Stamped::Without(_) => Ok(None),
    }
}

/// A stored checkpoint as it was signed.
///
/// # Errors
/// 99999 when what is stored is none.
pub(super) fn plain(stored: &StoredCheckpoint) -> Result<Checkpoint, ApiError> {
    let hash = |bytes: &[u8]| bytes.try_into().map_err(|_| ApiError::fault("a stored checkpoint is damaged"));
    Ok(Checkpoint {
        number: stored.number,
        first: stored.first_seq,
        last: stored.last_seq,
        last_hash: hash(&stored.last_hash)?,
        root: hash(&stored.root)?,
        previous: stored.previous.as_deref().map(hash).transpose()?,
        at: stored.at,
        key_id: stored.key_id.clone(),
    })
}
