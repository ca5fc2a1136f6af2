//! Exporting the evidence bundle (证据包) of one signing: everything that proves it, taken from the log and the register,
//! in one file that [`proof`] checks offline (docs/evidence.md). That it left, and by whose hand, is evidenced first.

use std::collections::BTreeMap;

use crypto::Signer;
use formats::asn1::Mode;
use formats::ses::Seal;
use formats::x509;
use proof::{CertificateRole, Entry, Hash, Head, Key, Line, Medium, Opened, Register, Requests, StateChange};
use protocol::log::Tree;
use protocol::{ApiError, AppId, Base64Data, Code};
use storage::Tx;
use storage::platform::checkpoints::{self, StoredCheckpoint};
use storage::platform::seals::{self, SealVersion};
use storage::platform::signings::{self, Signing};
use storage::platform::{seal_state, system_keys, systems, trust};

use super::{ANSWER, Event, Kind, REQUEST, append, checkpoint};
use crate::context::Context;
use crate::failure::Outcome;
use crate::{federation, keys, registry};

/// Signings that a look-up gives at most.
const MOST_FOUND: i64 = 50;
/// Entries about one seal that are taken at most; no real one has more.
const MOST_OF_SEAL: i64 = 1_000;
/// Entries about one key.
const MOST_OF_KEY: i64 = 100;
/// Certificates above another.
const MOST_ABOVE: usize = 8;
/// The key that signed the request of table 19, in the details of [`Kind::UkeyAuthorised`].
pub(crate) const REQUESTER_KEY: &str = "requesterKeyId";
/// Largest revocation list that is put in, in bytes; a larger one has to be had otherwise.
const MOST_CRL: usize = 4 << 20;

/// Which signing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wanted<'a> {
    /// The one with this signId.
    SignId(&'a str),
    /// Those of a document with this digest: docHash of P7, the SM3 of the message of P1, or the digest in a seal
    /// signature.
    Digest(&'a [u8]),
}

/// The signings that are wanted, the oldest first; at most fifty.
///
/// # Errors
/// Failures of the database.
pub async fn find(context: &Context, wanted: Wanted<'_>) -> Outcome<Vec<Signing>> {
    let mut tx = context.database.read().await?;
    let found = match wanted {
        Wanted::SignId(sign_id) => signings::by_sign_id(&mut tx, sign_id, MOST_FOUND).await?,
        Wanted::Digest(digest) => signings::by_digest(&mut tx, &hex::encode(digest), MOST_FOUND).await?,
    };
    tx.commit().await?;
    Ok(found)
}

/// The bundle of a signing. `root` signs the list of the platform's keys; `actor` is the administrator who asks.
///
/// # Errors
/// 30010 when the seal's data are not kept here, 99999 for what is stored and was altered, failures of the database.
pub async fn export(
    context: &Context,
    root: &dyn Signer,
    signing: &Signing,
    actor: &str,
) -> Outcome<Vec<u8>> {
    note(context, signing, actor).await?;
    checkpoint(context).await?;
    let mut tx = context.database.read().await?;
    let mut parts = vec![Line::Keys(keys::published(&mut tx, &context.id, root, context.now()).await?)];
    let entries = entries(&mut tx, signing).await?;
    parts.extend(system_keys_of(context, &mut tx, &entries).await?);
    let version = seals::version(&mut tx, &signing.seal_code, signing.seal_version).await?;
    let version = version.ok_or_else(|| ApiError::fault("a signing with no version of a seal"))?;
    parts.extend(seal(context, &mut tx, &version).await?);
    parts.push(Line::Register(register(&mut tx, signing, &version).await?));
    parts.extend(proven(context, &mut tx, entries).await?);
    tx.commit().await?;
    Ok(proof::write(head(context, signing)?, &parts, &*context.signer).map_err(ApiError::fault)?)
}

async fn note(context: &Context, signing: &Signing, actor: &str) -> Outcome<()> {
    let detail = serde_json::json!({
        "actor": actor, "system": signing.system_app_id, "caller": signing.caller_app_id,
        "signIdSm3": hex::encode(crypto::sm3::digest(signing.sign_id.as_bytes())),
    });
    let event = Event::new(Kind::EvidenceExported, context.now(), "", &signing.seal_code, &detail)?;
    let mut tx = context.database.begin().await?;
    append(&mut tx, &event).await?;
    Ok(tx.commit().await?)
}

fn app_id(text: &str) -> Result<AppId, ApiError> {
    AppId::parse(text).map_err(|fault| ApiError::fault(fault.en))
}

fn head(context: &Context, signing: &Signing) -> Result<Head, ApiError> {
    Ok(Head {
        format: proof::FORMAT.to_owned(),
        platform: context.id.clone(),
        exported_at: context.now().as_millisecond(),
        system: app_id(&signing.system_app_id)?,
        caller: app_id(&signing.caller_app_id)?,
        seal_code: signing.seal_code.clone(),
        seal_version: signing.seal_version,
        sign_id: signing.sign_id.clone(),
        auth_id: signing.auth_id.clone(),
        medium: signing.by_ukey().then_some(Medium::Ukey),
        signed_at: signing.signed_at,
        requests: Requests {
            query: signing.query_request_id.clone(),
            apply: signing.apply_request_id.clone(),
            result: signing.result_request_id.clone(),
            sign: signing.sign_request_id.clone(),
        },
    })
}

type Entries = BTreeMap<i64, storage::evidence::Entry>;

/// Every entry that belongs to the signing, by number.
async fn entries(tx: &mut Tx, signing: &Signing) -> Outcome<Entries> {
    let mut all = Vec::new();
    if let Some(query) = &signing.query_request_id {
        // A query may hand over other seals too, and ask other systems: those are not of this signing.
        let mut found = storage::evidence::of_request(tx, query).await?;
        found.retain(|entry| {
            let of_caller = entry.kind.starts_with("request.");
            of_caller || entry.subject == signing.seal_code || entry.subject == signing.system_app_id
        });
        all.extend(found);
    }
    let rest = [&signing.apply_request_id, &signing.result_request_id];
    for request in rest.into_iter().flatten().chain([&signing.sign_request_id]) {
        all.extend(storage::evidence::of_request(tx, request).await?);
    }
    all.extend(storage::evidence::of_seal(tx, &signing.seal_code, MOST_OF_SEAL).await?);
    let mut entries: Entries = all.into_iter().map(|entry| (entry.seq, entry)).collect();
    for key_id in key_ids(&entries) {
        let about = storage::evidence::of_subject(tx, &key_id, 0, MOST_OF_KEY).await?;
        entries.extend(about.into_iter().map(|entry| (entry.seq, entry)));
    }
    Ok(entries)
}

/// The keys of systems that signed something in these entries.
fn key_ids(entries: &Entries) -> Vec<String> {
    let mut ids: Vec<String> = Vec::new();
    for entry in entries.values() {
        let name = match entry.kind.as_str() {
            "request.accepted" | "system.answered" => "keyId",
            "ukey.authorised" => REQUESTER_KEY,
            _ => continue,
        };
        let detail = details(entry);
        if let Some(id) = detail.get(name).and_then(|id| id.as_str())
            && !ids.iter().any(|known| known == id)
        {
            ids.push(id.to_owned());
        }
    }
    ids
}

fn details(entry: &storage::evidence::Entry) -> serde_json::Value {
    entry.payload.as_deref().and_then(|payload| serde_json::from_slice(payload).ok()).unwrap_or_default()
}

async fn system_keys_of(context: &Context, tx: &mut Tx, entries: &Entries) -> Outcome<Vec<Line>> {
    let mut lines = Vec::new();
    let peers = federation::known(tx, context.now()).await?;
    for id in key_ids(entries) {
        if let Some(row) = system_keys::find(tx, &id).await? {
            let (from, to) = (row.not_before, row.not_after);
            lines.push(key(&row.app_id, row.spki, (from, to))?);
            continue;
        }
        // A key of another platform stands in its trust list and was never registered here.
        let listed = peers.iter().filter_map(|peer| Some((&peer.row.app_id, peer.list.as_ref()?)));
        for (owner, list) in listed {
            let listed = list.keys().unwrap_or_default();
            for one in listed.iter().filter(|one| protocol::wire::key_id(&one.key) == id) {
                let times = (one.not_before.as_millisecond(), one.not_after.as_millisecond());
                lines.push(key(owner, one.key.spki_der().to_vec(), times)?);
            }
        }
    }
    Ok(lines)
}

fn key(owner: &str, spki: Vec<u8>, (not_before, not_after): (i64, i64)) -> Result<Line, ApiError> {
    let key_id = Hash(crypto::sm3::digest(&spki));
    let public_key = Base64Data::from(spki);
    Ok(Line::Key(Key { owner: app_id(owner)?, key_id, public_key, not_before, not_after }))
}

/// The seal, its certificates with those above them, and the revocation lists of their issuers.
async fn seal(context: &Context, tx: &mut Tx, version: &SealVersion) -> Outcome<Vec<Line>> {
    let [certificate, data] = registry::version_octets(context, version)?;
    let (Some(certificate), Some(data)) = (certificate, data) else {
        let (zh, en) = ("印章数据不在本平台", "the seal's data are not kept here");
        return Err(ApiError::explained(Code::SealDataWrong, zh, en).into());
    };
    let (seal, _, _) = Seal::parse_bearing(&data, Mode::Tolerant).map_err(ApiError::fault)?;
    let trusted = trust::current(tx).await?;
    let trusted: Vec<x509::Certificate> =
        trusted.iter().filter_map(|row| x509::Certificate::from_der(&row.cert).ok()).collect();
    let mut lines = Vec::new();
    let mut issuers: Vec<x509::Certificate> = Vec::new();
    for (role, der) in [(CertificateRole::Signer, &certificate), (CertificateRole::Maker, &seal.maker_cert)] {
        lines.push(certificate_line(role, der));
        if let Ok(leaf) = x509::Certificate::from_der(der) {
            climb(&leaf, &trusted, &mut issuers);
        }
    }
    lines.extend(issuers.iter().map(|issuer| certificate_line(CertificateRole::Ca, issuer.der())));
    let named: Vec<String> = issuers.iter().map(|issuer| hex::encode(issuer.subject_der())).collect();
    for row in trust::crls(tx).await? {
        if named.contains(&row.issuer) && row.crl.len() <= MOST_CRL {
            lines.push(Line::Crl(proof::RevocationList { data: Base64Data::from(row.crl) }));
        }
    }
    lines.push(Line::Seal(proof::SealData { data: Base64Data::from(data) }));
    Ok(lines)
}

fn certificate_line(role: CertificateRole, der: &[u8]) -> Line {
    Line::Certificate(proof::Certificate { role, data: Base64Data::from(der.to_vec()) })
}

/// The certificates above one, as far as the trust list has them.
fn climb(leaf: &x509::Certificate, trusted: &[x509::Certificate], found: &mut Vec<x509::Certificate>) {
    let mut below = leaf;
    for _ in 0..MOST_ABOVE {
        if below.is_self_issued() {
            return;
        }
        let above = trusted.iter().find(|one| one.subject_der() == below.issuer_der());
        let Some(above) = above else { return };
        if found.iter().all(|known| known.der() != above.der()) {
            found.push(above.clone());
        }
        below = above;
    }
}

async fn register(tx: &mut Tx, signing: &Signing, version: &SealVersion) -> Outcome<Register> {
    let lost = || ApiError::fault("a signing with no filed seal");
    let filed = seals::find(tx, &signing.seal_code).await?.ok_or_else(lost)?;
    let states = seal_state::history(tx, &signing.seal_code).await?;
    let until: Vec<_> = states.into_iter().filter(|change| change.at <= signing.signed_at).collect();
    let state = until.last().ok_or_else(lost)?;
    let system = systems::history(tx, &signing.system_app_id).await?;
    let system = system.iter().rev().find(|change| change.at <= signing.signed_at).ok_or_else(lost)?;
    Ok(Register {
        name: version.name.clone(),
        seal_type: filed.seal_type,
        org_code: filed.org_code,
        state: state.to_state.as_str().to_owned(),
        since: state.at,
        system_state: system.to_state.as_str().to_owned(),
        system_since: system.at,
        valid_start: version.valid_start,
        valid_end: version.valid_end,
        history: until
            .iter()
            .map(|change| StateChange {
                version: change.version,
                state: change.to_state.as_str().to_owned(),
                at: change.at,
            })
            .collect(),
    })
}

/// The entries with the proof that they stand in the log, and the checkpoints that they lead to.
async fn proven(context: &Context, tx: &mut Tx, entries: Entries) -> Outcome<Vec<Line>> {
    let mut found: BTreeMap<i64, (StoredCheckpoint, Tree)> = BTreeMap::new();
    let mut proven = Vec::new();
    for entry in entries.into_values() {
        let at = found.values().find(|(one, _)| one.first_seq <= entry.seq && entry.seq <= one.last_seq);
        let number = if let Some((one, _)) = at {
            one.number
        } else {
            let one = checkpoints::covering(tx, entry.seq).await?;
            let one = one.ok_or_else(|| ApiError::fault("an entry that no checkpoint covers"))?;
            let hashes = checkpoints::hashes(tx, one.first_seq, one.last_seq).await?;
            let hashes: Vec<[u8; 32]> =
                hashes.iter().filter_map(|hash| hash.as_slice().try_into().ok()).collect();
            let number = one.number;
            found.insert(number, (one, Tree::over(&hashes)));
            number
        };
        let path = found
            .get(&number)
            .and_then(|(one, tree)| tree.path(usize::try_from(entry.seq.checked_sub(one.first_seq)?).ok()?));
        let path = path.ok_or_else(|| ApiError::fault("an entry that is not under its checkpoint"))?;
        proven.push(Line::Entry(line(context, entry, (number, path))?));
    }
    let checkpoints: Result<Vec<Line>, ApiError> = found
        .into_values()
        .map(|(stored, _)| {
            let plain = super::checkpoint::plain(&stored)?;
            Ok(Line::Checkpoint(proof::Checkpoint {
                number: plain.number,
                first: plain.first,
                last: plain.last,
                last_hash: Hash(plain.last_hash),
                root: Hash(plain.root),
                previous: plain.previous.map(Hash),
                at: plain.at,
                key_id: plain.key_id,
                sign: stored.signature,
                time_stamp: stored.time_stamp.map(Base64Data::from),
            }))
        })
        .collect();
    let mut lines = checkpoints?;
    lines.extend(proven);
    Ok(lines)
}

fn line(
    context: &Context,
    entry: storage::evidence::Entry,
    (checkpoint, path): (i64, Vec<[u8; 32]>),
) -> Result<Entry, ApiError> {
    let hash = |bytes: &[u8]| bytes.try_into().map(Hash).map_err(|_| ApiError::fault("a damaged hash"));
    let opened = opened(context, &entry)?;
    let payload = entry.payload.map(String::from_utf8).transpose().map_err(ApiError::fault)?;
    Ok(Entry {
        seq: entry.seq,
        at: entry.at,
        payload_sm3: hash(&entry.payload_sm3)?,
        prev: hash(&entry.prev_hash)?,
        hash: hash(&entry.hash)?,
        kind: entry.kind,
        request_id: entry.request_id,
        subject: entry.subject,
        payload,
        checkpoint,
        path: path.into_iter().map(Hash).collect(),
        opened,
    })
}

/// What is encrypted in the details of an entry. Its digest stands there in clear, so the bundle proves it.
fn opened(context: &Context, entry: &storage::evidence::Entry) -> Result<Option<Opened>, ApiError> {
    let detail = details(entry);
    let open = |name: &str, column: &str| {
        let sealed = detail.get(name).and_then(|text| text.as_str());
        sealed.map(|text| context.open(column, text).map(|text| text.to_string())).transpose()
    };
    let opened = match entry.kind.as_str() {
        "request.accepted" => Opened { request: open("request", REQUEST)?, body: None },
        "system.answered" | "request.answered" => Opened { request: None, body: open("body", ANSWER)? },
        _ => return Ok(None),
    };
    Ok(Some(opened).filter(|opened| *opened != Opened::default()))
}
