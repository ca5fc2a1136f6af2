//! Keys of access systems (wire profile §4): an SM2 public key or certificate, registered with proof that whoever
//! registers it holds the private key, and approved by a second administrator.

use crypto::{KeyKind, SignatureAlgorithm, VerifyingKey};
use formats::x509::Certificate;
use jiff::{SignedDuration, Timestamp};
use protocol::wire::key_id;
use protocol::{ApiError, AppId, Code};
use storage::platform::system_keys::{self, KeyState, SystemKey};
use storage::platform::systems;

use crate::context::Context;
use crate::evidence::{self, Event, Kind};
use crate::failure::Outcome;

/// How long a challenge may be answered.
const CHALLENGE_LIFE: SignedDuration = SignedDuration::from_hours(24);
/// Keys of one system that may be in force at once.
const ACTIVE_AT_ONCE: usize = 3;
/// First line of every challenge, so that its signature can be mistaken for nothing else.
const SCHEME: &str = "CCUA-SEAL-KEY-1";
/// What a challenge's tag is computed for.
const CHALLENGE: &str = "onboarding.challenge";
/// Entries of a key's evidence that are looked at for who registered it.
const EVIDENCE: i64 = 20;

/// What is registered.
#[derive(Debug, Clone)]
pub enum KeyMaterial {
    /// A SubjectPublicKeyInfo, DER.
    PublicKey(Vec<u8>),
    /// A certificate of GB/T 20518, DER. The key lives no longer than it.
    Certificate(Vec<u8>),
}

/// The answer to a [`challenge`].
#[derive(Debug, Clone)]
pub struct Proof {
    /// The challenge, as given.
    pub challenge: String,
    /// SM2 signature of the challenge's bytes by the key that is registered, DER.
    pub signature: Vec<u8>,
}

/// A key about to be registered.
#[derive(Debug, Clone)]
pub struct NewKey {
    /// Whose it is.
    pub app_id: AppId,
    /// The key.
    pub material: KeyMaterial,
    /// First moment it may be used.
    pub not_before: Timestamp,
    /// Last moment it may be used.
    pub not_after: Timestamp,
    /// The proof of possession.
    pub proof: Proof,
}

/// A text for the holder of a new key of `app_id` to sign. Nothing is stored: the text carries its own time and
/// an authentication tag.
pub fn challenge(context: &Context, app_id: &AppId) -> String {
    let time = context.now().as_millisecond();
    let body = format!("{SCHEME}\n{}\n{app_id}\n{time}\n{}\n", context.id, context.random.hex_id());
    let tag = context.cipher.blind_index(CHALLENGE, &body);
    format!("{body}{tag}\n")
}

fn refuse(code: Code, zh: &str, en: &str) -> ApiError {
    ApiError::explained(code, zh, en)
}

fn check_challenge(context: &Context, app_id: &AppId, text: &str) -> Result<(), ApiError> {
    let wrong = || refuse(Code::KeyNotValid, "挑战无效或已过期", "the challenge is not ours or has expired");
    let body = text.strip_suffix('\n').and_then(|text| text.rsplit_once('\n')).ok_or_else(wrong)?;
    let (body, tag) = (format!("{}\n", body.0), body.1);
    if context.cipher.blind_index(CHALLENGE, &body) != tag {
        return Err(wrong());
    }
    let head = format!("{SCHEME}\n{}\n{app_id}\n", context.id);
    let time = body.strip_prefix(&head).and_then(|rest| rest.split('\n').next()).ok_or_else(wrong)?;
    let made = time.parse().ok().and_then(|ms| Timestamp::from_millisecond(ms).ok()).ok_or_else(wrong)?;
    if context.now().duration_since(made) > CHALLENGE_LIFE {
        return Err(wrong());
    }
    Ok(())
}

/// Registers a key; it waits for [`approve_key`]. Returns its id.
///
/// # Errors
/// 10001 when there is no such system, 10004 when the proof is wrong, 20011 for a key that is not SM2, 20002 for
/// bytes that are no key, 20004 when the key is known already, of whichever system or seal maker.
pub async fn register_key(context: &Context, new: &NewKey, actor: &str) -> Outcome<String> {
    let (key, cert, not_before, not_after) = read(new)?;
    check_challenge(context, &new.app_id, &new.proof.challenge)?;
    key.verify(SignatureAlgorithm::Sm2Sm3, new.proof.challenge.as_bytes(), &new.proof.signature).map_err(
        |error| {
            refuse(Code::KeyNotValid, "未能证明持有私钥", "possession of the private key is not proven")
                .because(error)
        },
    )?;
    let at = context.now();
    let row = SystemKey {
        key_id: key_id(&key),
        app_id: new.app_id.as_str().to_owned(),
        spki: key.spki_der().to_vec(),
        spki_sm3: hex::encode(key.spki_sm3()),
        cert,
        not_before: not_before.as_millisecond(),
        not_after: not_after.as_millisecond(),
        state: KeyState::Pending,
        created_at: at.as_millisecond(),
        revoked_at: None,
        reason: None,
    };
    let detail = serde_json::json!({
        "actor": actor, "appId": row.app_id, "notBefore": row.not_before, "notAfter": row.not_after,
        "challenge": new.proof.challenge, "proof": hex::encode(&new.proof.signature),
    });
    let event = Event::new(Kind::KeyRegistered, at, "", &row.key_id, &detail)?;
    let mut tx = context.database.begin().await?;
    systems::find(&mut tx, &row.app_id).await?.ok_or_else(|| ApiError::new(Code::UnknownCaller))?;
    refuse_other_uses(&mut tx, &key).await?;
    if key.spki_der() == context.signer.verifying_key().spki_der()
        || !system_keys::insert(&mut tx, &row).await?
    {
        return Err(taken().into());
    }
    evidence::append(&mut tx, &event).await?;
    tx.commit().await?;
    Ok(row.key_id)
}

fn taken() -> ApiError {
    refuse(Code::Contradiction, "该密钥已被使用", "this key is in use already")
}

/// A key that makes seals signs no requests.
pub(crate) async fn refuse_other_uses(tx: &mut storage::Tx, key: &VerifyingKey) -> Outcome<()> {
    for trusted in storage::platform::trust::current(tx).await? {
        let same = Certificate::from_der(&trusted.cert).is_ok_and(|cert| cert.spki_der() == key.spki_der());
        if same {
            return Err(taken().into());
        }
    }
    Ok(())
}

type Read = (VerifyingKey, Option<Vec<u8>>, Timestamp, Timestamp);

fn read(new: &NewKey) -> Result<Read, ApiError> {
    let malformed = |error: &dyn std::fmt::Display| {
        refuse(Code::Malformed, "公钥或证书格式错误", "the key or certificate is malformed").because(error)
    };
    let (spki, cert, not_before, not_after) = match &new.material {
        KeyMaterial::PublicKey(spki) => (spki.clone(), None, new.not_before, new.not_after),
        KeyMaterial::Certificate(der) => {
            let cert = Certificate::from_der(der).map_err(|error| malformed(&error))?;
            let from = new.not_before.max(cert.not_before);
            let to = new.not_after.min(cert.not_after);
            (cert.spki_der().to_vec(), Some(der.clone()), from, to)
        }
    };
    let key = VerifyingKey::from_spki_der(&spki).map_err(|error| malformed(&error))?;
    if key.kind() != KeyKind::Sm2 {
        return Err(refuse(Code::AlgorithmNotAllowed, "只接受 SM2 密钥", "only SM2 keys are taken"));
    }
    if not_after <= not_before {
        return Err(refuse(Code::Contradiction, "密钥有效期为空", "the key is never valid"));
    }
    Ok((key, cert, not_before, not_after))
}

/// Puts a registered key in force. Whoever registered it cannot approve it.
///
/// # Errors
/// 10004 when no key waits under this id, 20004 when the same administrator approves or three keys are in force.
pub async fn approve_key(context: &Context, key_id: &str, actor: &str) -> Outcome<()> {
    let at = context.now();
    let event = Event::new(Kind::KeyApproved, at, "", key_id, &serde_json::json!({ "actor": actor }))?;
    let mut tx = context.database.begin().await?;
    let key = system_keys::find(&mut tx, key_id).await?.ok_or_else(|| ApiError::new(Code::KeyNotValid))?;
    if registered_by(&mut tx, key_id).await?.is_none_or(|first| first == actor) {
        return Err(refuse(
            Code::Contradiction,
            "须由另一名管理员批准",
            "another administrator must approve",
        )
        .into());
    }
    let now = at.as_millisecond();
    let in_force = |other: &SystemKey| other.state == KeyState::Active && other.not_after >= now;
    let others = system_keys::of_system(&mut tx, &key.app_id).await?;
    if others.iter().filter(|other| in_force(other)).count() >= ACTIVE_AT_ONCE {
        return Err(
            refuse(Code::Contradiction, "同时有效的密钥不得超过 3 个", "three keys are in force").into()
        );
    }
    if !system_keys::activate(&mut tx, key_id).await? {
        return Err(ApiError::new(Code::KeyNotValid).into());
    }
    evidence::append(&mut tx, &event).await?;
    Ok(tx.commit().await?)
}

/// Who registered a key, as the evidence log tells.
async fn registered_by(tx: &mut storage::Tx, key_id: &str) -> Outcome<Option<String>> {
    let entries = storage::evidence::of_subject(tx, key_id, 0, EVIDENCE).await?;
    let registered = entries.iter().rev().find(|entry| entry.kind == Kind::KeyRegistered.as_str());
    let payload = registered.and_then(|entry| entry.payload.as_deref());
    let detail: Option<serde_json::Value> = payload.and_then(|bytes| serde_json::from_slice(bytes).ok());
    Ok(detail.and_then(|detail| detail.get("actor").and_then(|actor| actor.as_str()).map(str::to_owned)))
}

/// Ends a key's life at `not_after`, for one that another has followed (轮换): from now on at the earliest, and never
/// later than it would have ended anyway.
///
/// # Errors
/// 10004 when it is unknown, revoked, or ends earlier.
pub async fn retire_key(context: &Context, key_id: &str, not_after: Timestamp, actor: &str) -> Outcome<()> {
    let at = context.now();
    let end = not_after.max(at);
    let detail = serde_json::json!({ "actor": actor, "notAfter": end.to_string() });
    let event = Event::new(Kind::KeyRetired, at, "", key_id, &detail)?;
    let mut tx = context.database.begin().await?;
    let key = system_keys::find(&mut tx, key_id).await?.ok_or_else(|| ApiError::new(Code::KeyNotValid))?;
    if key.state != KeyState::Active || !system_keys::retire(&mut tx, key_id, end.as_millisecond()).await? {
        return Err(ApiError::new(Code::KeyNotValid).into());
    }
    evidence::append(&mut tx, &event).await?;
    Ok(tx.commit().await?)
}

/// Revokes a key at once.
///
/// # Errors
/// 10004 when it is unknown or revoked already.
pub async fn revoke_key(context: &Context, key_id: &str, (actor, reason): (&str, &str)) -> Outcome<()> {
    let at = context.now();
    let detail = serde_json::json!({ "actor": actor, "reason": reason });
    let event = Event::new(Kind::KeyRevoked, at, "", key_id, &detail)?;
    let mut tx = context.database.begin().await?;
    if !system_keys::revoke(&mut tx, key_id, at.as_millisecond(), reason).await? {
        return Err(ApiError::new(Code::KeyNotValid).into());
    }
    evidence::append(&mut tx, &event).await?;
    Ok(tx.commit().await?)
}
