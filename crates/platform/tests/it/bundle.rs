//! Evidence bundles: everything about one signing in one file, that holds when it is checked offline, and in which
//! whatever is changed is found.

use crypto::VerifyingKey;
use formats::ses::TbsSignDraft;
use proof::{Report, Trusted};
use protocol::lists::{SealState, SignFormat};
use protocol::log::sign_bundle;
use protocol::{AppId, SealCode};
use sealbridge_platform::evidence::{self, Wanted};
use serde_json::Value;
use storage::Schema;
use storage::platform::signings::Signing;
use testkit::databases::postgres;
use testkit::pki::pki;
use testkit::scripted_system::ScriptedSeal;
use verify::{Options, Status, Trust, Verdict};

use crate::common::{PLATFORM, World, config, signing};

/// A message in the form of GB/T 38540 with this seal.
pub(crate) fn tbs(world: &World, seal: &ScriptedSeal) -> Vec<u8> {
    let draft = TbsSignDraft {
        seal_der: seal.der.clone(),
        time: world.now(),
        data_hash: [9; 32],
        property_info: "/Doc_0/Signs/Sign_0/Signature.xml".to_owned(),
        ext_datas: Vec::new(),
    };
    draft.to_der().unwrap()
}

/// A seal is got, its signer agrees to the document, and a signature is made.
async fn sign(world: &World, seal: &SealCode, message: &[u8], format: SignFormat) -> String {
    let info = world.get().await;
    let digest = match format {
        SignFormat::P1 => crypto::sm3::digest(message).to_vec(),
        SignFormat::P7 => message.to_vec(),
    };
    let consent = world.consent(seal, Some(&digest)).await;
    let request = signing(seal, consent, info.sign_id, message, format);
    world.sign(&request).await.unwrap();
    request.sign_id.as_str().to_owned()
}

pub(crate) async fn found(world: &World, wanted: Wanted<'_>) -> Vec<Signing> {
    evidence::find(world.platform.context(), wanted).await.unwrap()
}

pub(crate) async fn export(world: &World, sign_id: &str) -> Vec<u8> {
    let found = found(world, Wanted::SignId(sign_id)).await;
    let [signing] = found.as_slice() else { panic!("{found:?}") };
    evidence::export(world.platform.context(), &*world.keys.root, signing, "admin").await.unwrap()
}

pub(crate) fn roots() -> Trust {
    let mut trust = Trust::new();
    trust.add_anchor(pki().root.certificate.clone());
    trust
}

fn check(world: &World, bytes: &[u8], key: Option<&VerifyingKey>, trust: &Trust) -> Option<Report> {
    let options = Options::new(world.now());
    let bundle = proof::read(bytes).ok()?;
    Some(proof::check(&bundle, &Trusted { platform_key: key, trust, options: &options, signature: None }))
}

fn verdict(world: &World, bytes: &[u8]) -> Option<Verdict> {
    check(world, bytes, Some(world.keys.root.verifying_key()), &roots()).map(|report| report.verdict)
}

/// What a report says against the bundle.
pub(crate) fn against(report: &Report) -> Vec<String> {
    let wrong = report.findings.iter().filter(|finding| finding.status.verdict() != Verdict::Valid);
    wrong.map(|finding| format!("{} {:?} {}", finding.rule.id, finding.status, finding.detail.en)).collect()
}

async fn signings_prove_themselves(world: &World) {
    let (seal, scripted) = world.contract_seal().await;
    let message = tbs(world, &scripted);
    for (message, format) in [(message, SignFormat::P1), (vec![3; 32], SignFormat::P7)] {
        let sign_id = sign(world, &seal, &message, format).await;
        let bytes = export(world, &sign_id).await;
        let report = check(world, &bytes, Some(world.keys.root.verifying_key()), &roots()).unwrap();
        assert_eq!(report.verdict, Verdict::Valid, "{:?}", against(&report));
        let own = proof::rules().iter().filter(|rule| !rule.id.starts_with("ukey."));
        assert_eq!(report.findings.len(), own.count(), "every step is told");
        for id in ["consent.document", "consent.record", "sign.forwarded", "answer.caller", "signature.seal"]
        {
            assert_eq!(report.status(id), Some(Status::Good), "{id}");
        }
        assert_eq!(report.status("time-stamp"), Some(Status::Note));
        assert_eq!(report.summary.document_digest.is_some(), format == SignFormat::P1);
        // What the database encrypts is in the bundle in clear, and no entry of others is.
        let bundle = proof::read(&bytes).unwrap();
        let text = String::from_utf8(bytes).unwrap();
        assert!(text.contains("13800001234"));
        assert!(bundle.entries.iter().all(|entry| entry.payload.is_some()));
    }
    let exported = world.evidence("evidence.exported").await;
    assert_eq!((exported.len(), exported[0]["actor"].as_str()), (2, Some("admin")));
    world.check().await;
}

#[tokio::test]
async fn a_signing_proves_itself_offline() {
    signings_prove_themselves(&World::new().await).await;
}

#[tokio::test]
async fn a_signing_proves_itself_offline_from_postgresql() {
    let Some(database) = postgres(Schema::Platform).await else { return };
    signings_prove_themselves(&World::on(database, config()).await).await;
}

#[tokio::test]
async fn a_signing_is_found_by_its_document() {
    let world = World::new().await;
    let (seal, scripted) = world.contract_seal().await;
    let message = tbs(&world, &scripted);
    let p1 = sign(&world, &seal, &message, SignFormat::P1).await;
    let p7 = sign(&world, &seal, &[3; 32], SignFormat::P7).await;
    for (digest, sign_id) in [(crypto::sm3::digest(&message), &p1), ([9; 32], &p1), ([3; 32], &p7)] {
        let found = found(&world, Wanted::Digest(&digest)).await;
        assert_eq!(found.iter().map(|one| &one.sign_id).collect::<Vec<_>>(), [sign_id]);
    }
    assert!(found(&world, Wanted::Digest(&[1; 32])).await.is_empty());
    assert!(found(&world, Wanted::SignId("nobody")).await.is_empty());
    // Two signings of one document are both found.
    sign(&world, &seal, &[3; 32], SignFormat::P7).await;
    assert_eq!(found(&world, Wanted::Digest(&[3; 32])).await.len(), 2);
}

#[tokio::test]
async fn without_key_or_trust_nothing_is_claimed() {
    let world = World::new().await;
    let (seal, _) = world.contract_seal().await;
    let sign_id = sign(&world, &seal, &[3; 32], SignFormat::P7).await;
    let bytes = export(&world, &sign_id).await;
    let root = Some(world.keys.root.verifying_key());
    let of = |key, trust: &Trust| check(&world, &bytes, key, trust).unwrap();
    let keyless = of(None, &roots());
    assert_eq!(keyless.verdict, Verdict::Indeterminate);
    assert_eq!(against(&keyless).len(), 1, "{:?}", against(&keyless));
    assert_eq!(keyless.status("platform.key"), Some(Status::Unknown));
    let trustless = of(root, &Trust::new());
    assert_eq!(trustless.verdict, Verdict::Indeterminate);
    assert_eq!(trustless.status("signature.certificate"), Some(Status::Unknown));
    assert_eq!(trustless.status("seal.data"), Some(Status::Unknown));
    // The signing key says as much as the root, as long as it is the only one.
    let signing = of(Some(world.keys.signing.verifying_key()), &roots());
    assert_eq!(signing.verdict, Verdict::Valid, "{:?}", against(&signing));
    let foreign = of(Some(crypto::Signer::verifying_key(&world.a.key)), &roots());
    assert_eq!(foreign.status("platform.key"), Some(Status::Bad));
    assert_eq!(foreign.verdict, Verdict::Invalid);
}

/// A consent that names no document, and what the register says after the seal was disabled: the bundle tells of the time
/// of signing.
#[tokio::test]
async fn the_bundle_tells_of_the_time_of_signing() {
    let world = World::new().await;
    let (seal, _) = world.contract_seal().await;
    world.set_state(&seal, SealState::Disabled).await.unwrap();
    world.clock.advance_millis(1_000);
    world.set_state(&seal, SealState::Enabled).await.unwrap();
    let request = world.ready_to_sign(&[3; 32], SignFormat::P7).await;
    world.sign(&request).await.unwrap();
    world.clock.advance_millis(1_000);
    world.set_state(&seal, SealState::Revoked).await.unwrap();
    let bytes = export(&world, request.sign_id.as_str()).await;
    let report = check(&world, &bytes, Some(world.keys.root.verifying_key()), &roots()).unwrap();
    assert_eq!(report.verdict, Verdict::Valid, "{:?}", against(&report));
    assert_eq!(report.status("consent.document"), Some(Status::Note));
    let bundle = proof::read(&bytes).unwrap();
    let states: Vec<&str> = bundle.register.history.iter().map(|change| change.state.as_str()).collect();
    assert_eq!(states, ["enabled", "disabled", "enabled"]);
}

/// The lines of a bundle as values.
fn lines(bytes: &[u8]) -> Vec<Value> {
    let text = std::str::from_utf8(bytes).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// Puts lines together again, signed anew by the platform as if it lied, or with the old signature.
fn assemble(world: &World, lines: &[Value], anew: bool) -> Vec<u8> {
    let (end, rest) = lines.split_last().unwrap();
    let mut bytes: Vec<u8> = rest.iter().flat_map(|line| format!("{line}\n").into_bytes()).collect();
    let mut end = end.clone();
    if anew {
        let platform = AppId::parse(PLATFORM).unwrap();
        let (key_id, sign) = sign_bundle(&platform, &bytes, &*world.keys.signing).unwrap();
        end["keyId"] = key_id.into();
        end["sign"] = sign.into();
        end["lines"] = lines.len().into();
    }
    bytes.extend(format!("{end}\n").into_bytes());
    bytes
}

/// The places of every value that is no object or list.
fn leaves(value: &Value, at: &str, found: &mut Vec<String>) {
    match value {
        Value::Object(map) => {
            map.iter().for_each(|(key, inner)| leaves(inner, &format!("{at}/{key}"), found));
        }
        Value::Array(list) => {
            list.iter().enumerate().for_each(|(index, inner)| leaves(inner, &format!("{at}/{index}"), found));
        }
        _ => found.push(at.to_owned()),
    }
}

/// Another value in the place of one.
fn other(value: &Value) -> Value {
    match value {
        Value::Null => Value::from(1),
        Value::Bool(is) => Value::from(!is),
        Value::Number(number) => Value::from(number.as_i64().unwrap() + 1),
        Value::String(text) => {
            let mut chars: Vec<char> = text.chars().collect();
            // In the middle, where hexadecimal and Base64 have digits that count.
            let middle = chars.len() / 2;
            match chars.get_mut(middle) {
                Some(one) => *one = if *one == '1' { '2' } else { '1' },
                None => chars.push('1'),
            }
            Value::from(chars.into_iter().collect::<String>())
        }
        _ => unreachable!("a leaf"),
    }
}

/// What rests on the platform's word in the bundle itself: its signature over the bundle alone holds it.
const WORD: [&str; 4] = ["/exportedAt", "/systemSince", "/validStart", "/validEnd"];

#[tokio::test]
async fn every_value_that_is_changed_is_found() {
    let world = World::new().await;
    let (seal, scripted) = world.contract_seal().await;
    let sign_id = sign(&world, &seal, &tbs(&world, &scripted), SignFormat::P1).await;
    let tried = changed_values_are_found(&world, &export(&world, &sign_id).await);
    assert!(tried > 400, "{tried}");
}

/// Changes every value of a bundle, one at a time; gives their number.
pub(crate) fn changed_values_are_found(world: &World, bundle: &[u8]) -> usize {
    let good = lines(bundle);
    let root = protocol::Base64Data::from(pki().root.der()).text();
    assert_eq!(verdict(world, &assemble(world, &good, false)), Some(Verdict::Valid));
    assert_eq!(verdict(world, &assemble(world, &good, true)), Some(Verdict::Valid));
    let mut tried = 0;
    for (number, line) in good.iter().enumerate() {
        let mut places = Vec::new();
        leaves(line, "", &mut places);
        for place in places {
            let mut changed = good.clone();
            let leaf = changed[number].pointer_mut(&place).unwrap();
            *leaf = other(leaf);
            let told = format!("line {number} {} {place}", line["part"]);
            let found = verdict(world, &assemble(world, &changed, false));
            assert!(matches!(found, None | Some(Verdict::Invalid)), "{told}: {found:?}");
            // The platform itself cannot change it either: what others signed, and its own log, hold it.
            let found = verdict(world, &assemble(world, &changed, true));
            // The maker's certificate stands in the seal as well, and whoever trusts a root has it.
            let elsewhere = line["role"] == "maker" || line["data"].as_str() == Some(root.as_str());
            if !WORD.contains(&place.as_str()) && line["part"] != "end" && !elsewhere {
                assert_ne!(found, Some(Verdict::Valid), "signed anew: {told}");
            }
            tried += 1;
        }
    }
    tried
}

#[tokio::test]
async fn every_line_that_is_missing_doubled_or_moved_is_found() {
    let world = World::new().await;
    let (seal, _) = world.contract_seal().await;
    let sign_id = sign(&world, &seal, &[3; 32], SignFormat::P7).await;
    let bytes = export(&world, &sign_id).await;
    let good = lines(&bytes);
    let root = protocol::Base64Data::from(pki().root.der()).text();
    for number in 0..good.len() {
        let mut fewer = good.clone();
        let gone = fewer.remove(number);
        let told = format!("line {number} {} {}", gone["part"], gone["kind"]);
        if number + 1 < good.len() {
            let found = verdict(&world, &assemble(&world, &fewer, false));
            assert!(matches!(found, None | Some(Verdict::Invalid)), "{told}: {found:?}");
            // Signed anew: an answer or an entry beside may be missing, what proves the signing may not.
            let found = verdict(&world, &assemble(&world, &fewer, true));
            let beside = ["request.answered", "seal.checked", "system.answered", "request.accepted"];
            // The maker's certificate stands in the seal as well, and whoever trusts a root has it.
            let elsewhere = gone["role"] == "maker" || gone["data"].as_str() == Some(root.as_str());
            let needed = !elsewhere && !beside.contains(&gone["kind"].as_str().unwrap_or_default());
            assert!(!needed || found != Some(Verdict::Valid), "signed anew without {told}");
        }
        let mut twice = good.clone();
        twice.insert(number, gone);
        assert_ne!(verdict(&world, &assemble(&world, &twice, false)), Some(Verdict::Valid), "twice {told}");
    }
    for length in [0, 1, bytes.len() / 2, bytes.len() - 1] {
        assert!(proof::read(&bytes[..length]).is_err(), "{length}");
    }
    let mut longer = bytes.clone();
    longer.extend(b"{}\n");
    assert!(proof::read(&longer).is_err());
    let mut swapped = good.clone();
    swapped.swap(1, 2);
    assert_ne!(verdict(&world, &assemble(&world, &swapped, false)), Some(Verdict::Valid));
}

#[tokio::test]
async fn checkpoints_are_signed_as_the_log_grows() {
    let mut quick = config();
    quick.times.jobs_ms = 100;
    quick.times.checkpoint_minutes = 1;
    let world = World::with(quick).await;
    world.contract_seal().await;
    let context = world.platform.context();
    let last = || async {
        let mut tx = world.database.read().await.unwrap();
        storage::platform::checkpoints::last(&mut tx).await.unwrap()
    };
    for _ in 0..100 {
        if last().await.is_some() {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    assert!(last().await.is_some(), "the job made one");
    world.get().await;
    let newest = evidence::checkpoint(context).await.unwrap().unwrap();
    // Nothing new, no new one.
    assert_eq!(evidence::checkpoint(context).await.unwrap(), Some(newest.clone()));
    let report = evidence::audit_signed(&world.database, &context.id).await.unwrap();
    assert!(report.good && report.checkpoints >= 2, "{report:?}");
    let elsewhere = AppId::parse("another").unwrap();
    let report = evidence::audit_signed(&world.database, &elsewhere).await.unwrap();
    assert!(!report.good && report.fault.is_some_and(|fault| fault.contains("not signed")), "{report:?}");
}

/// Whoever can write to the database can make the whole chain anew; not what was signed over it.
#[tokio::test]
async fn a_chain_made_anew_is_not_the_one_that_was_signed() {
    let world = World::new().await;
    world.contract_seal().await;
    evidence::checkpoint(world.platform.context()).await.unwrap();
    let mut tx = world.database.read().await.unwrap();
    let log = storage::evidence::after(&mut tx, 0, 10_000).await.unwrap();
    tx.commit().await.unwrap();
    let mut prev = storage::evidence::GENESIS.to_vec();
    for entry in &log {
        let subject = if entry.seq == 2 { "FORGED" } else { entry.subject.as_str() };
        let new = storage::evidence::NewEntry {
            at: entry.at,
            kind: &entry.kind,
            request_id: &entry.request_id,
            subject,
            payload: &[],
        };
        let hash = storage::evidence::entry_hash(&prev, entry.seq, &new, &entry.payload_sm3);
        let statement = format!(
            "UPDATE evidence SET subject = '{subject}', prev_hash = x'{}', hash = x'{}' WHERE seq = {}",
            hex::encode(&prev),
            hex::encode(hash),
            entry.seq
        );
        world.database.tamper(&statement).await;
        prev = hash.to_vec();
    }
    world.database.tamper(&format!("UPDATE evidence_head SET hash = x'{}'", hex::encode(&prev))).await;
    let report = evidence::audit(&world.database).await.unwrap();
    assert!(!report.good, "{report:?}");
    assert_eq!(report.first_wrong, Some(1));
    assert!(report.fault.is_some_and(|fault| fault.contains("checkpoint")), "{report:?}");
}
