//! The other platforms that this one knows: what the operator decides about them, and what may be relied on now.

use std::collections::BTreeSet;

use crypto::{KeyKind, VerifyingKey};
use formats::x509::Certificate;
use jiff::Timestamp;
use protocol::resources::{CODE_SPACE, TrustList};
use protocol::wire::key_id;
use protocol::{ApiError, AppId, Code};
use serde::Serialize;
use storage::Tx;
use storage::platform::federation::{self, PeerRow};
use storage::platform::systems::{self, SystemState};

use crate::context::Context;
use crate::evidence::{self, Event, Kind};
use crate::failure::Outcome;
use crate::onboarding::{self, NewSystem};

/// A platform about to be added.
#[derive(Debug, Clone)]
pub struct NewPeer {
    /// It as a system: its id, where it serves, what it may call.
    pub system: NewSystem,
    /// Its root key, SubjectPublicKeyInfo in DER.
    pub root_spki: Vec<u8>,
    /// SM3 of that, lower hexadecimal, as the operator learnt it on another way.
    pub fingerprint: String,
    /// The code spaces that it may answer for.
    pub code_spaces: Vec<String>,
    /// Whether the certificates that it vouches for are trusted.
    pub accept_anchors: bool,
}

/// A platform with what may be relied on now.
#[derive(Debug, Clone)]
pub(crate) struct Known {
    /// As it is stored.
    pub(crate) row: PeerRow,
    /// Its list; `None` when there is none, or its time is over.
    pub(crate) list: Option<TrustList>,
    /// What it may answer for: accepted here and named by the list.
    pub(crate) spaces: Vec<String>,
}

impl Known {
    /// The makers of its systems' seals.
    pub(crate) fn makers(&self) -> Vec<Certificate> {
        self.certificates().filter(|(purpose, _)| purpose == "maker").map(|(_, cert)| cert).collect()
    }

    /// The certificates that it vouches for, with their purpose. One that cannot be read vouches for nobody.
    pub(crate) fn certificates(&self) -> impl Iterator<Item = (String, Certificate)> + '_ {
        self.list.iter().flat_map(|list| &list.anchors).filter_map(|anchor| {
            Some((anchor.purpose.clone(), Certificate::from_der(anchor.certificate.bytes()).ok()?))
        })
    }
}

fn spaces_of(row: &PeerRow) -> BTreeSet<String> {
    row.code_spaces.split(' ').filter(|space| !space.is_empty()).map(str::to_owned).collect()
}

fn list_of(row: &PeerRow) -> Option<TrustList> {
    row.list.as_deref().and_then(|bytes| serde_json::from_slice(bytes).ok())
}

/// Every other platform, with what may be relied on at `now`.
pub(crate) async fn known(tx: &mut Tx, now: Timestamp) -> Outcome<Vec<Known>> {
    let rows = federation::list(tx).await?;
    Ok(rows.into_iter().map(|row| at(row, now)).collect())
}

/// What may be relied on at `now` of a stored platform.
fn at(row: PeerRow, now: Timestamp) -> Known {
    let in_force = row.not_after.is_some_and(|end| now.as_millisecond() <= end);
    let list = if in_force { list_of(&row) } else { None };
    let accepted = spaces_of(&row);
    let named = list.iter().flat_map(|list| list.code_spaces.iter().cloned());
    let spaces = named.filter(|space| accepted.contains(space)).collect();
    Known { row, list, spaces }
}

fn refuse(code: Code, zh: &str, en: &str) -> ApiError {
    ApiError::explained(code, zh, en)
}

/// A system that joins here must not take a code that seals of another platform have.
///
/// # Errors
/// 20004.
pub(crate) async fn refuse_taken_code(tx: &mut Tx, code: &str) -> Outcome<()> {
    if federation::list(tx).await?.iter().any(|row| spaces_of(row).contains(code)) {
        let (zh, en) =
            ("系统代码属于其他平台的编码空间", "the code is in the code space of another platform");
        return Err(refuse(Code::Contradiction, zh, en).into());
    }
    Ok(())
}

/// Adds a platform: as a system that is not live yet, with its root key and what it may answer for. Its list is fetched
/// afterwards (`refresh`); another administrator puts it live.
///
/// # Errors
/// 20002 for a value out of form, 20011 for a root key that is not SM2, 10004 when the fingerprint is another key's,
/// 20004 when a code space is taken or the platform is known.
pub async fn add_peer(context: &Context, new: &NewPeer, actor: &str) -> Outcome<()> {
    let root = root_key(new)?;
    let spaces = check_spaces(&new.code_spaces)?;
    let at = context.now();
    let app_id = new.system.app_id.as_str();
    let mut tx = context.database.read().await?;
    refuse_overlap(&mut tx, app_id, &spaces).await?;
    let known = systems::find(&mut tx, app_id).await?;
    tx.commit().await?;
    match known {
        None => onboarding::register_system(context, &new.system, actor).await?,
        // An earlier try came only half way.
        Some(system) if system.state == SystemState::Registered => {}
        Some(_) => return Err(taken().into()),
    }
    let row = PeerRow {
        app_id: app_id.to_owned(),
        root_spki: new.root_spki.clone(),
        code_spaces: joined(&spaces),
        accept_anchors: new.accept_anchors,
        added_at: at.as_millisecond(),
        sequence: None,
        content_sm3: None,
        list: None,
        issued_at: None,
        not_after: None,
        fetched_at: None,
        tried_at: None,
        fault: None,
        changes_cursor: 0,
        changes_at: None,
        changes_fault: None,
    };
    let detail = serde_json::json!({
        "actor": actor, "change": "added", "root": key_id(&root), "codeSpaces": spaces,
        "acceptAnchors": new.accept_anchors,
    });
    let mut tx = context.database.begin().await?;
    if !federation::add(&mut tx, &row).await? {
        return Err(taken().into());
    }
    evidence::append(&mut tx, &Event::new(Kind::PeerChanged, at, "", app_id, &detail)?).await?;
    Ok(tx.commit().await?)
}

/// Changes what a platform may answer for, and whether the certificates that it vouches for are trusted.
///
/// # Errors
/// 10001 when it is not known, 20002 and 20004 as [`add_peer`].
pub async fn change_peer(
    context: &Context,
    app_id: &AppId,
    (code_spaces, accept_anchors): (&[String], bool),
    actor: &str,
) -> Outcome<()> {
    let spaces = check_spaces(code_spaces)?;
    let at = context.now();
    let mut tx = context.database.begin().await?;
    refuse_overlap(&mut tx, app_id.as_str(), &spaces).await?;
    if !federation::set_spaces(&mut tx, app_id.as_str(), &joined(&spaces), accept_anchors).await? {
        return Err(ApiError::new(Code::UnknownCaller).into());
    }
    let detail = serde_json::json!({
        "actor": actor, "change": "changed", "codeSpaces": spaces, "acceptAnchors": accept_anchors,
    });
    evidence::append(&mut tx, &Event::new(Kind::PeerChanged, at, "", app_id.as_str(), &detail)?).await?;
    Ok(tx.commit().await?)
}

fn taken() -> ApiError {
    refuse(Code::Contradiction, "该平台已登记", "the platform is known already")
}

fn joined(spaces: &BTreeSet<String>) -> String {
    spaces.iter().map(String::as_str).collect::<Vec<_>>().join(" ")
}

fn root_key(new: &NewPeer) -> Result<VerifyingKey, ApiError> {
    let key = VerifyingKey::from_spki_der(&new.root_spki).map_err(|error| {
        refuse(Code::Malformed, "根公钥格式错误", "the root key is malformed").because(error)
    })?;
    if key.kind() != KeyKind::Sm2 {
        return Err(refuse(Code::AlgorithmNotAllowed, "只接受 SM2 密钥", "only SM2 keys are taken"));
    }
    if key_id(&key) != new.fingerprint.to_ascii_lowercase() {
        let (zh, en) = ("根公钥与指纹不符", "the root key does not have this fingerprint");
        return Err(refuse(Code::KeyNotValid, zh, en));
    }
    Ok(key)
}

fn check_spaces(spaces: &[String]) -> Result<BTreeSet<String>, ApiError> {
    let good = |space: &String| {
        space.len() == CODE_SPACE && space.bytes().all(|b| b.is_ascii_digit() || b.is_ascii_uppercase())
    };
    if spaces.is_empty() || !spaces.iter().all(good) {
        let (zh, en) = ("编码空间应为 4 位数字或大写字母", "a code space is four digits or capital letters");
        return Err(refuse(Code::Malformed, zh, en));
    }
    Ok(spaces.iter().cloned().collect())
}

/// One code space is one platform's: neither of a system here nor of a third platform.
async fn refuse_overlap(tx: &mut Tx, app_id: &str, spaces: &BTreeSet<String>) -> Outcome<()> {
    let local = systems::list(tx).await?.into_iter().any(|system| spaces.contains(&system.code));
    let others = federation::list(tx).await?;
    let foreign = others
        .iter()
        .filter(|row| row.app_id != app_id)
        .any(|row| spaces_of(row).intersection(spaces).next().is_some());
    if local || foreign {
        let (zh, en) = ("编码空间已被占用", "a code space is taken");
        return Err(refuse(Code::Contradiction, zh, en).into());
    }
    Ok(())
}

/// Another platform as people see it.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PeerView {
    /// Its id.
    pub app_id: String,
    /// Its name.
    pub name: String,
    /// Its state as a system.
    pub state: &'static str,
    /// SM3 of its root key.
    pub root: String,
    /// The code spaces accepted from it.
    pub accepted: Vec<String>,
    /// Those of them that its list names now: what it may answer for.
    pub code_spaces: Vec<String>,
    /// Whether the certificates that it vouches for are trusted.
    pub accept_anchors: bool,
    /// The number of its newest list.
    pub sequence: Option<i64>,
    /// Until when that may be relied on.
    pub list_until: Option<String>,
    /// Whether it may be relied on now.
    pub in_force: bool,
    /// When it was fetched.
    pub fetched_at: Option<String>,
    /// What was wrong at the last try to get a newer one.
    pub fault: Option<String>,
    /// When its feed of changes was last read.
    pub followed_at: Option<String>,
    /// Why it could not be read since.
    pub follow_fault: Option<String>,
}

/// Every other platform, for people.
///
/// # Errors
/// Failures of the database.
pub async fn views(tx: &mut Tx, now: Timestamp) -> Outcome<Vec<PeerView>> {
    let mut seen = Vec::new();
    for peer in known(tx, now).await? {
        let system = systems::find(tx, &peer.row.app_id).await?;
        let (name, state) =
            system.map_or((String::new(), "?"), |system| (system.name, system.state.as_str()));
        let time =
            |ms: Option<i64>| ms.and_then(|ms| Timestamp::from_millisecond(ms).ok()).map(|at| at.to_string());
        seen.push(PeerView {
            name,
            state,
            root: hex::encode(crypto::sm3::digest(&peer.row.root_spki)),
            accepted: spaces_of(&peer.row).into_iter().collect(),
            code_spaces: peer.spaces,
            accept_anchors: peer.row.accept_anchors,
            sequence: peer.row.sequence,
            list_until: time(peer.row.not_after),
            in_force: peer.list.is_some(),
            fetched_at: time(peer.row.fetched_at),
            fault: peer.row.fault,
            followed_at: time(peer.row.changes_at),
            follow_fault: peer.row.changes_fault,
            app_id: peer.row.app_id,
        });
    }
    Ok(seen)
}
