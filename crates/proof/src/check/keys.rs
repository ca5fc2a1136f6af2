//! Whose keys signed: the platform's, by what the checker was handed; the systems', by their registration in the log.

use crypto::{SignatureAlgorithm, VerifyingKey};
use protocol::log::verify_bundle;
use protocol::wire::{Detail as Terse, key_id, verify};
use protocol::{AppId, MillisTime};
use verify::Detail;

use super::{Case, Details};
use crate::finding::{Lack, Step};
use crate::model::{Bundle, Key};

/// Clocks may differ by this, in milliseconds.
pub(super) const SKEW: i64 = 300_000;

/// One key of the platform.
struct Own {
    id: String,
    key: VerifyingKey,
    from: i64,
    to: i64,
}

/// The platform's keys as the bundle lists them.
pub(super) struct PlatformKeys {
    platform: AppId,
    own: Vec<Own>,
    /// Whether the list reads and is of this platform.
    fault: Option<Detail>,
    list: protocol::resources::PublishedKeys,
}

/// A system's key that signed something, with the time.
pub(super) struct Used {
    pub(super) owner: AppId,
    pub(super) id: String,
    pub(super) at: i64,
}

impl PlatformKeys {
    pub(super) fn of(bundle: &Bundle) -> Self {
        let list = bundle.keys.clone();
        let mut fault = None;
        let mut own = Vec::new();
        if list.id != bundle.head.platform {
            fault = Some(Detail::new("密钥列表属于另一平台", "the list of keys is of another platform"));
        }
        for listed in &list.keys {
            let read = || {
                let key = VerifyingKey::prepared(listed.public_key.bytes()).ok()?;
                let from = MillisTime::parse(&listed.not_before).ok()?.millis();
                let to = MillisTime::parse(&listed.not_after).ok()?.millis();
                (key_id(&key) == listed.key_id).then(|| Own { id: listed.key_id.clone(), key, from, to })
            };
            match read() {
                Some(one) => own.push(one),
                None => fault = Some(Detail::new("密钥列表格式错误", "the list of keys is malformed")),
            }
        }
        Self { platform: bundle.head.platform.clone(), own, fault, list }
    }

    /// The key with an id, if it could sign at a time.
    pub(super) fn at(&self, id: &str, at: i64) -> Option<&VerifyingKey> {
        let own = self.own.iter().find(|one| one.id == id && one.from <= at && at <= one.to)?;
        Some(&own.key)
    }

    /// Whether one of the keys of that time signed `message`.
    pub(super) fn signed(&self, message: &[u8], sign: &str, at: i64) -> bool {
        let mut usable = self.own.iter().filter(|one| one.from <= at && at <= one.to);
        usable.any(|one| verify(&one.key, message, sign, Terse::Terse).is_ok())
    }

    /// Whether these are the platform's keys.
    pub(super) fn step(&self, handed: Option<&VerifyingKey>) -> Step {
        if let Some(fault) = &self.fault {
            return Err(Lack::Bad(fault.clone()));
        }
        let Some(handed) = handed else {
            return Err(Lack::unknown(
                "未给出平台公钥，以下仅按证据包自带的密钥核验",
                "no key of the platform was given: what follows rests on the keys in the bundle",
            ));
        };
        let id = key_id(handed);
        let epoch = jiff::Timestamp::UNIX_EPOCH;
        if self.list.verified(&self.platform, handed, epoch).is_ok() {
            return Ok(Detail::new(format!("由根密钥 {id} 签名"), format!("listed by the root key {id}")));
        }
        if !self.own.iter().any(|one| one.id == id) {
            return Err(Lack::bad(
                "给出的公钥既不是该平台的根密钥，也不在其列表中",
                "the key that was given is neither the root of this list nor in it",
            ));
        }
        if self.list.keys.len() > 1 {
            return Err(Lack::unknown(
                "给出的是签名密钥，列表中另有其他密钥，请用根公钥核验",
                "a signing key was given and the list has others: the root key would tell",
            ));
        }
        Ok(Detail::new(format!("签名密钥 {id}"), format!("the signing key {id}")))
    }

    /// The signature over the whole bundle.
    pub(super) fn bundle(&self, bundle: &Bundle) -> Step {
        let end = &bundle.end;
        let Some(key) = self.at(&end.key_id, bundle.head.exported_at) else {
            return Err(Lack::bad(
                "签名密钥未知或不在有效期",
                "signed by a key that is not listed for that time",
            ));
        };
        verify_bundle(&self.platform, &bundle.signed, &end.sign, key)
            .map_err(|_| Lack::bad("签名与内容不符", "the signature is not of these bytes"))?;
        Ok(Detail::same(super::told(bundle.head.exported_at)))
    }
}

/// A key of a system, if it could sign at that time.
pub(super) fn of_system(case: &Case<'_>, owner: &AppId, id: &str, at: i64) -> Step<VerifyingKey> {
    let listed =
        case.bundle.system_keys.iter().find(|key| key.owner == *owner && hex::encode(key.key_id.0) == id);
    let Some(listed) = listed else {
        return Err(Lack::bad(
            format!("缺少 {owner} 的密钥"),
            format!("the key of {owner} that signed is not here"),
        ));
    };
    let key = VerifyingKey::prepared(listed.public_key.bytes()).ok().filter(|key| key_id(key) == id);
    let key = key.ok_or_else(|| Lack::bad("密钥与其标识不符", "a key is not the one that its id names"))?;
    if at < listed.not_before || at > listed.not_after {
        return Err(Lack::bad("密钥当时不在有效期", "the key was not in force then"));
    }
    Ok(key)
}

/// Every key of a system that signed here was registered with proof of possession and approved by somebody else.
pub(super) fn registered(case: &Case<'_>) -> Step {
    if case.used.is_empty() {
        return Err(Lack::unknown("没有可核验的系统签名", "no signature of a system was verified"));
    }
    let mut names = Vec::new();
    for used in &case.used {
        let key = case.bundle.system_keys.iter().find(|key| hex::encode(key.key_id.0) == used.id);
        let Some(key) = key else { continue };
        one(case, key, used)?;
        let name = used.owner.to_string();
        if !names.contains(&name) {
            names.push(name);
        }
    }
    Ok(Detail::same(names.join(", ")))
}

fn one(case: &Case<'_>, key: &Key, used: &Used) -> Step<()> {
    let about = |kind: &str| {
        let entries = case.bundle.entries.iter();
        entries.filter(|entry| entry.kind == kind && entry.subject == used.id).collect::<Vec<_>>()
    };
    let (registered, approved) = (about("key.registered"), about("key.approved"));
    let (Some(registered), Some(approved)) = (registered.last(), approved.last()) else {
        return Err(Lack::unknown(
            format!("缺少 {} 密钥的登记记录", used.owner),
            format!("the registration of the key of {} is not in the bundle", used.owner),
        ));
    };
    let (Some(first), Some(second)) = (Details::of(registered), Details::of(approved)) else {
        return Err(Lack::unknown("登记记录已擦除", "the entries of the registration were erased"));
    };
    let begin = format!("CCUA-SEAL-KEY-1\n{}\n{}\n", case.bundle.head.platform, used.owner);
    let challenge = first.text("challenge");
    let proven = hex::decode(first.text("proof")).is_ok_and(|proof| {
        VerifyingKey::prepared(key.public_key.bytes())
            .is_ok_and(|key| key.verify(SignatureAlgorithm::Sm2Sm3, challenge.as_bytes(), &proof).is_ok())
    });
    let same = first.text("appId") == used.owner.as_str()
        && first.number("notBefore") == Some(key.not_before)
        && first.number("notAfter").is_some_and(|end| key.not_after <= end)
        && challenge.starts_with(&begin);
    if !proven || !same {
        return Err(Lack::bad("密钥登记与证明不符", "the registration does not prove this key"));
    }
    if first.text("actor") == second.text("actor") || approved.at > used.at.saturating_add(SKEW) {
        return Err(Lack::bad("密钥未经另一人批准", "the key was not approved by somebody else before"));
    }
    let revoked = about("key.revoked").iter().any(|entry| entry.at <= used.at);
    if revoked {
        return Err(Lack::bad("密钥当时已吊销", "the key was revoked by then"));
    }
    Ok(())
}
