//! Our own trust list: what this platform stands for towards others.

use std::collections::BTreeSet;

use crypto::Signer;
use jiff::{SignedDuration, Timestamp};
use protocol::resources::{TrustAnchor, TrustList};
use protocol::{ApiError, MillisTime};
use storage::Tx;
use storage::platform::federation::{self, OwnList};
use storage::platform::systems::{self, SystemState};

use super::peers::known;
use crate::context::Context;
use crate::failure::Outcome;
use crate::{keys, trust};

/// Replicas that number the same change at once are few.
const TRIES: usize = 5;

/// What a list holds beside its number and times.
struct Contents {
    code_spaces: Vec<String>,
    keys: Vec<protocol::resources::PublishedKey>,
    anchors: Vec<TrustAnchor>,
}

/// The list as anybody gets it now, signed by the root key. Contents that are new get a higher number first.
///
/// # Errors
/// Failures of the database or the root key.
pub async fn published(context: &Context, root: &dyn Signer) -> Outcome<TrustList> {
    let now = context.now();
    let mut tx = context.database.read().await?;
    let contents = contents(context, &mut tx, root, now).await?;
    let before = federation::own(&mut tx).await?;
    tx.commit().await?;
    let millis = |at: Timestamp| MillisTime::of(at).to_string();
    let hours = i64::from(context.config.federation.list_hours);
    let end = now.checked_add(SignedDuration::from_hours(hours)).unwrap_or(now);
    let mut list = TrustList {
        id: context.id.clone(),
        sequence: String::new(),
        changed_at: String::new(),
        issued_at: millis(now),
        not_after: millis(end),
        code_spaces: contents.code_spaces,
        keys: contents.keys,
        anchors: contents.anchors,
        sign: String::new(),
    };
    let sm3 = list.content_sm3();
    let number = match before {
        Some(own) if own.content_sm3 == sm3 => own,
        _ => numbered(context, &sm3, now).await?,
    };
    list.sequence = number.sequence.to_string();
    list.changed_at = number.changed_at.to_string();
    Ok(list.signed(root).map_err(ApiError::fault)?)
}

/// A number for new contents. It is no lower than the time in seconds, so that a database from a backup gives none
/// that others have seen already.
async fn numbered(context: &Context, sm3: &str, now: Timestamp) -> Outcome<OwnList> {
    for _ in 0..TRIES {
        let mut tx = context.database.begin().await?;
        let own = federation::number_own(&mut tx, sm3, (now.as_second(), now.as_millisecond())).await?;
        tx.commit().await?;
        if let Some(own) = own {
            return Ok(own);
        }
    }
    Err(ApiError::busy(std::time::Duration::from_secs(1), "others number the trust list").into())
}

async fn contents(context: &Context, tx: &mut Tx, root: &dyn Signer, now: Timestamp) -> Outcome<Contents> {
    let peers = known(tx, now).await?;
    let mut spaces = BTreeSet::new();
    for system in systems::list(tx).await? {
        let is_own = !peers.iter().any(|peer| peer.row.app_id == system.app_id);
        if is_own && system.state == SystemState::Online && system.base_url.is_some() {
            spaces.insert(system.code);
        }
    }
    let mut anchors = trust::anchors(tx).await?;
    if context.config.federation.transit {
        spaces.extend(peers.iter().flat_map(|peer| peer.spaces.iter().cloned()));
        // Who passes requests on to another platform vouches for what it trusts of that platform itself.
        let accepted = peers.iter().filter(|peer| peer.row.accept_anchors);
        for anchor in accepted.flat_map(|peer| &peer.list).flat_map(|list| &list.anchors) {
            if !anchors.contains(anchor) {
                anchors.push(anchor.clone());
            }
        }
    }
    let published = keys::published(tx, &context.id, root, now).await?;
    Ok(Contents { code_spaces: spaces.into_iter().collect(), keys: published.keys, anchors })
}
