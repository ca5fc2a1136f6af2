//! A platform as a seal system of another: trust lists, code spaces, the way of a request, provenance, loops.

use client::{Client, ClientError, Identity};
use crypto::{Random, Signer};
use protocol::endpoints::{SealChanges, SealQuery};
use protocol::lists::{SealState, SealType, SealTypeFilter, SignFormat};
use protocol::tables::ChangesRequest;
use protocol::wire::{Origin, key_id, sign};
use protocol::{AppId, Endpoint, IdCard, Uscc};
use sealbridge_platform::config::Config;
use sealbridge_platform::federation::{self, Followed, NewPeer, Refreshed};
use sealbridge_platform::onboarding::{self, NewSystem};
use sealbridge_platform::registry;
use storage::Schema;
use storage::platform::systems::SystemState;
use testkit::clock::TestClock;
use testkit::databases::{postgres, sqlite};
use testkit::pki::{TEST_USCC, pki};
use testkit::scripted_system::SealSpec;

use crate::common::raw::canonical;
use crate::common::{NOW, Names, PERSON, World, code, config, contract, filed_by, grants, query};

const NAMES: [Names; 3] = [
    [("SYSA", "0A01"), ("SYSB", "0B01")],
    [("SYSC", "0C01"), ("SYSD", "0D01")],
    [("SYSE", "0E01"), ("SYSF", "0F01")],
];

/// So many platforms on one clock that do not know one another yet.
async fn platforms<const N: usize>(change: impl Fn(&mut Config)) -> [World; N] {
    let clock = TestClock::at(NOW);
    let mut worlds = Vec::new();
    for (number, names) in NAMES.into_iter().take(N).enumerate() {
        let mut config = config();
        config.platform.id = format!("platform-{}", number + 1);
        change(&mut config);
        worlds.push(World::named(sqlite(Schema::Platform).await, config, names, clock.clone()).await);
    }
    worlds.try_into().unwrap_or_else(|_| unreachable!("as many as were asked for"))
}

fn id(world: &World) -> AppId {
    world.peer.id.clone()
}

/// How `other` is added to a platform.
fn new_peer(other: &World, code_spaces: &[&str]) -> NewPeer {
    let root = other.keys.root.verifying_key();
    NewPeer {
        system: NewSystem {
            app_id: id(other),
            code: format!("Z{}", &other.config.platform.id[9..]).repeat(2),
            name: format!("平台{}", other.config.platform.id),
            uscc: Uscc::parse(TEST_USCC).unwrap(),
            base_url: Some(other.peer.base_url.clone()),
            dest_host: None,
            personal_data: false,
            grants: grants(&[], &[other.b.host()]),
        },
        root_spki: root.spki_der().to_vec(),
        fingerprint: key_id(root),
        code_spaces: code_spaces.iter().map(|&space| space.to_owned()).collect(),
        accept_anchors: true,
    }
}

/// `one` gets to know `other` and believes its list.
async fn introduce(one: &World, other: &World, code_spaces: &[&str]) {
    let context = one.platform.context();
    federation::add_peer(context, &new_peer(other, code_spaces), "ops").await.unwrap();
    assert!(matches!(one.platform.refresh(&id(other)).await.unwrap(), Refreshed::Stored(_)));
    onboarding::set_state(context, &id(other), SystemState::Online, ("second", None)).await.unwrap();
}

async fn two() -> [World; 2] {
    let [one, two] = platforms(|_| {}).await;
    introduce(&one, &two, &["0D01"]).await;
    introduce(&two, &one, &["0B01"]).await;
    [one, two]
}

async fn ask(world: &World) -> Result<usize, ClientError> {
    world.a.client.call::<SealQuery>(&query()).await.map(|answer| answer.data.len())
}

#[tokio::test]
async fn a_seal_of_another_platform_is_used_like_any_other() {
    let [one, two] = two().await;
    let (seal, _) = two.contract_seal().await;
    let answer = one.a.client.call::<SealQuery>(&query()).await.unwrap();
    assert!(!answer.partial, "{:?}", answer.failures);
    let [info] = answer.data.as_slice() else { unreachable!("one seal") };
    assert_eq!(info.seal_code, seal, "its code is passed through");
    assert_eq!(info.plat_name, "系统SYSD");
    let [source] = answer.sources.as_slice() else { unreachable!("{:?}", answer.sources) };
    assert_eq!(
        (source.system.as_str(), source.platforms.as_slice()),
        ("SYSD", &["platform-2".to_owned()][..])
    );
    // Consent and signature find their way, with the caller's own signed request inside all along.
    let request = one.ready_to_sign(&[7; 32], SignFormat::P7).await;
    let signed = one.sign(&request).await.unwrap();
    assert_eq!(two.b.signatures_made(request.sign_id.as_str()), 1);
    assert_eq!(one.sign(&request).await.unwrap().data, signed.data, "the same again");
    assert_eq!(two.b.signatures_made(request.sign_id.as_str()), 1);
    assert_eq!(one.evidence("seal.mirrored").await.len(), 1);
    assert_eq!(two.evidence("seal.mirrored").await.len(), 0);
    assert_eq!(two.evidence("signature.released").await.len(), 1);
    // A caller of the second platform gets it from there, and no provenance is told where there is none to tell.
    assert!(two.a.client.call::<SealQuery>(&query()).await.unwrap().sources.is_empty());
    one.check().await;
    two.check().await;
}

#[tokio::test]
async fn seals_of_both_platforms_come_together_and_what_is_missing_is_named() {
    let [one, two] = two().await;
    let (here, _) = one.contract_seal().await;
    let (there, _) = two.filed(&SealSpec { name: "另一枚合同章", ..contract("ES0777") }).await;
    let answer = one.a.client.call::<SealQuery>(&query()).await.unwrap();
    let mut codes: Vec<&str> = answer.data.iter().map(|info| info.seal_code.as_str()).collect();
    codes.sort_unstable();
    let mut expected = [here.as_str(), there.as_str()];
    expected.sort_unstable();
    assert_eq!(codes, expected);
    assert_eq!(answer.sources.len(), 2);
    // A system of the second platform is down: it is named with its platform.
    let f = two.system("SYSX", "0X01").await;
    let client = f.client(two.peer.clone());
    filed_by(&f, &client, &contract("ES0888")).await;
    f.stop().await;
    let answer = one.a.client.call::<SealQuery>(&query()).await.unwrap();
    let [missing] = answer.failures.as_slice() else { unreachable!("{:?}", answer.failures) };
    assert_eq!((missing.platform.as_deref(), missing.system.as_str()), (Some("platform-2"), "SYSX"));
    assert_eq!((missing.code.as_str(), missing.retryable), ("60001", true));
    // A disabled seal is named by its platform, and cannot be used here although it was handed over before.
    let request = {
        let info = answer.data.iter().find(|info| info.seal_code == there).unwrap();
        let (auth_id, auth_code) = one.consent(&there, None).await;
        crate::common::signing(&there, (auth_id, auth_code), info.sign_id.clone(), &[1; 32], SignFormat::P1)
    };
    two.set_state(&there, SealState::Disabled).await.unwrap();
    let refusal = one.sign(&request).await.unwrap_err();
    assert_eq!(code::<()>(Err(refusal)), "30006", "the word of its platform about its own seal");
    // The whole platform is away: its seals are missing, those of this platform are not.
    onboarding::set_state(two.platform.context(), &id(&one), SystemState::Suspended, ("ops", Some("away")))
        .await
        .unwrap();
    let answer = one.a.client.call::<SealQuery>(&query()).await.unwrap();
    assert_eq!((answer.data.len(), answer.partial), (1, true));
    let [missing] = answer.failures.as_slice() else { unreachable!("{:?}", answer.failures) };
    assert_eq!((missing.system.as_str(), missing.code.as_str()), ("platform-2", "60002"));
    assert_eq!(missing.upstream.as_ref().unwrap().code, "10007");
}

async fn states_are_followed(one: &World, two: &World) {
    let there = id(two);
    let (seal, _) = two.contract_seal().await;
    assert_eq!(one.platform.follow(&there).await.unwrap(), Followed::Read(0), "nothing was handed over yet");
    let request = one.ready_to_sign(&[7; 32], SignFormat::P7).await;
    let before = one.now();
    one.clock.advance_millis(60_000);
    // Disabled there, it is disabled here, and what was handed out here is dead; our own callers are told.
    two.set_state(&seal, SealState::Disabled).await.unwrap();
    assert_eq!(one.platform.follow(&there).await.unwrap(), Followed::Read(1));
    assert_eq!(one.platform.follow(&there).await.unwrap(), Followed::Read(0), "nothing is taken twice");
    assert_eq!(code(one.sign(&request).await), "30006");
    assert_eq!(two.b.signatures_made(request.sign_id.as_str()), 0);
    let events = one.evidence("seal.state").await;
    assert_eq!((events.len(), events[0]["actor"].as_str()), (1, Some(there.as_str())));
    assert!(events[0]["reason"].as_str().unwrap().starts_with("platform-2: seal.state "), "{}", events[0]);
    let told = one.a.client.call::<SealChanges>(&ChangesRequest { cursor: None }).await.unwrap().data;
    let told: Vec<_> = told.changes.iter().filter(|change| change.seal_code.is_some()).collect();
    let [told] = told.as_slice() else { panic!("{told:?}") };
    assert_eq!((told.system_id.as_str(), told.state.as_str()), ("platform-2", "disabled"));
    // How it stood at a time is known from then on.
    let mut tx = one.platform.context().database.read().await.unwrap();
    for (at, state) in [(before, "enabled"), (one.now(), "disabled")] {
        let standing = registry::standing_at(&mut tx, seal.as_str(), at).await.unwrap().unwrap();
        assert_eq!(standing.state, state);
    }
    tx.commit().await.unwrap();
    // What our operator holds is not enabled from elsewhere.
    for admin in ["one", "two"] {
        registry::force_disable(one.platform.context(), &seal, (admin, "调查")).await.unwrap();
    }
    two.set_state(&seal, SealState::Enabled).await.unwrap();
    assert_eq!(one.platform.follow(&there).await.unwrap(), Followed::Read(0));
    two.set_state(&seal, SealState::Revoked).await.unwrap();
    assert_eq!(one.platform.follow(&there).await.unwrap(), Followed::Read(1));
    one.check().await;
    two.check().await;
}

#[tokio::test]
async fn what_becomes_of_a_seal_on_its_platform_is_followed() {
    let [one, two] = two().await;
    states_are_followed(&one, &two).await;
}

#[tokio::test]
async fn what_becomes_of_a_seal_on_its_platform_is_followed_on_postgresql() {
    let Some(database) = postgres(Schema::Platform).await else { return };
    let clock = TestClock::at(NOW);
    let own = |number: usize| {
        let mut own = config();
        own.platform.id = format!("platform-{number}");
        own
    };
    let one = World::named(database, own(1), NAMES[0], clock.clone()).await;
    let two = World::named(sqlite(Schema::Platform).await, own(2), NAMES[1], clock).await;
    introduce(&one, &two, &["0D01"]).await;
    introduce(&two, &one, &["0B01"]).await;
    states_are_followed(&one, &two).await;
}

/// A platform that does not let us read says so for people, and nothing of ours changes; a feed that was cut off on its side
/// is begun anew.
#[tokio::test]
async fn a_feed_that_cannot_be_read_is_told_and_one_that_was_cut_is_begun_anew() {
    let [one, two] = two().await;
    let there = id(&two);
    two.contract_seal().await;
    ask(&one).await.unwrap();
    let take = sealbridge_platform::onboarding::Grants {
        interfaces: vec![SealChanges::INFO.name.to_owned()],
        ..Default::default()
    };
    let none = sealbridge_platform::onboarding::Grants::default();
    let change = (&none, &take);
    onboarding::change_grants(two.platform.context(), &id(&one), change, "ops").await.unwrap();
    assert!(matches!(one.platform.follow(&there).await.unwrap(), Followed::Not(_)));
    let view = async || {
        let mut tx = one.platform.context().database.read().await.unwrap();
        federation::views(&mut tx, one.now()).await.unwrap().remove(0)
    };
    assert!(view().await.follow_fault.is_some());
    let change = (&take, &none);
    onboarding::change_grants(two.platform.context(), &id(&one), change, "ops").await.unwrap();
    assert_eq!(one.platform.follow(&there).await.unwrap(), Followed::Read(0));
    assert!(view().await.follow_fault.is_none() && view().await.followed_at.is_some());
    // The other platform has forgotten what came behind our cursor.
    let mut tx = one.platform.context().database.begin().await.unwrap();
    let row = storage::platform::federation::find(&mut tx, there.as_str()).await.unwrap().unwrap();
    assert!(
        storage::platform::federation::advance(&mut tx, there.as_str(), (row.changes_cursor, 1), 0)
            .await
            .unwrap()
    );
    tx.commit().await.unwrap();
    let mut tx = two.platform.context().database.begin().await.unwrap();
    storage::meta::set(&mut tx, "changes.floor", "2").await.unwrap();
    tx.commit().await.unwrap();
    assert!(matches!(one.platform.follow(&there).await.unwrap(), Followed::Not(_)));
    assert_eq!(one.platform.follow(&there).await.unwrap(), Followed::Read(0));
}

#[tokio::test]
async fn a_platform_answers_for_its_code_spaces_only() {
    let [one, two] = two().await;
    let (seal, _) = two.contract_seal().await;
    let f = two.system("SYSX", "0X01").await;
    let client = f.client(two.peer.clone());
    let (outside, _) = filed_by(&f, &client, &contract("ES0888")).await;
    let answer = one.a.client.call::<SealQuery>(&query()).await.unwrap();
    assert_eq!(answer.data.len(), 1);
    assert_eq!(answer.data[0].seal_code, seal);
    let [missing] = answer.failures.as_slice() else { unreachable!("{:?}", answer.failures) };
    assert_eq!((missing.code.as_str(), missing.seal_code.as_deref()), ("60003", Some(outside.as_str())));
    assert_eq!(one.evidence("system.lied").await.len(), 1);
    // Accepting it is not enough: the platform's list has to name it too, which it does once it is fetched again.
    let context = one.platform.context();
    let spaces = ["0D01".to_owned(), "0X01".to_owned()];
    federation::change_peer(context, &id(&two), (&spaces, true), "ops").await.unwrap();
    assert_eq!(ask(&one).await.unwrap(), 1);
    one.platform.refresh(&id(&two)).await.unwrap();
    assert_eq!(ask(&one).await.unwrap(), 2);
    // Nothing accepted: it is not asked at all.
    federation::change_peer(context, &id(&two), (&["9999".to_owned()], true), "ops").await.unwrap();
    let before = two.evidence("request.accepted").await.len();
    assert_eq!(ask(&one).await.unwrap(), 0);
    assert_eq!(two.evidence("request.accepted").await.len(), before);
}

#[tokio::test]
async fn what_a_platform_hands_over_is_checked() {
    let [one, two] = two().await;
    let (seal, _) = two.contract_seal().await;
    let (here, _) = one.contract_seal().await;
    // A maker that the platform does not vouch for.
    let list = "CAST(replace(CAST(list AS TEXT), '\"maker\"', '\"ca\"') AS BLOB)";
    one.database.tamper(&format!("UPDATE federation_peers SET list = {list}")).await;
    let answer = one.a.client.call::<SealQuery>(&query()).await.unwrap();
    assert_eq!((answer.data.len(), answer.failures[0].code.as_str()), (1, "30010"));
    assert_eq!(answer.data[0].seal_code, here);
    one.database.tamper("UPDATE federation_peers SET sequence = NULL").await;
    one.platform.refresh(&id(&two)).await.unwrap();
    assert_eq!(ask(&one).await.unwrap(), 2);
    // A seal that was handed over as another organisation's before.
    one.database.tamper(&format!("UPDATE seals SET org_code = '123456789' WHERE seal_code = '{seal}'")).await;
    let answer = one.a.client.call::<SealQuery>(&query()).await.unwrap();
    assert_eq!((answer.data.len(), answer.failures[0].code.as_str()), (1, "60003"));
    // A seal that is one of a system here.
    one.database
        .tamper(&format!(
            "UPDATE seals SET app_id = 'SYSB', org_code = '802100433' WHERE seal_code = '{seal}'"
        ))
        .await;
    let answer = one.a.client.call::<SealQuery>(&query()).await.unwrap();
    let codes: Vec<&str> = answer.failures.iter().map(|one| one.code.as_str()).collect();
    assert!(codes.contains(&"60003"), "{codes:?}");
    assert_eq!(one.evidence("system.lied").await.len(), 3);
    // A seal that was made anew is a new version, and what was handed out for the one before is void.
    one.database.tamper(&format!("UPDATE seals SET app_id = 'platform-2' WHERE seal_code = '{seal}'")).await;
    one.database.tamper(&format!("UPDATE seals SET seal_data_sm3 = 'x' WHERE seal_code = '{seal}'")).await;
    assert_eq!(ask(&one).await.unwrap(), 2);
    let mut tx = one.database.read().await.unwrap();
    let row = storage::platform::seals::find(&mut tx, seal.as_str()).await.unwrap().unwrap();
    assert_eq!(row.version, 2);
    tx.commit().await.unwrap();
}

#[tokio::test]
async fn a_persons_number_is_not_shown_to_every_platform() {
    let [one, two] = two().await;
    let person = SealSpec {
        name: "张三丰",
        seal_type: SealType::Personal,
        owner: PERSON,
        signer: &pki().person,
        ..contract("ES0003")
    };
    two.filed(&person).await;
    let mut personal = query();
    (personal.seal_type, personal.id_card) = (SealTypeFilter::Personal, Some(IdCard::parse(PERSON).unwrap()));
    let before = two.evidence("request.accepted").await.len();
    assert!(one.a.client.call::<SealQuery>(&personal).await.unwrap().data.is_empty());
    assert_eq!(two.evidence("request.accepted").await.len(), before);
    one.database.tamper("UPDATE systems SET personal_data = TRUE WHERE app_id = 'platform-2'").await;
    let answer = one.a.client.call::<SealQuery>(&personal).await.unwrap();
    assert_eq!(answer.data.len(), 1);
    // What is recorded of it is not readable at rest.
    let mut tx = one.database.read().await.unwrap();
    let code = answer.data[0].seal_code.as_str();
    let seal = storage::platform::seals::find(&mut tx, code).await.unwrap().unwrap();
    assert!(!seal.possessor_cert_no.contains(PERSON) && seal.cert.unwrap().starts_with(b"v1."));
    tx.commit().await.unwrap();
    one.check().await;
}

#[tokio::test]
async fn what_an_operator_may_not_add() {
    let [one, two] = platforms(|_| {}).await;
    let context = one.platform.context();
    let good = || new_peer(&two, &["0D01"]);
    let wrong: [(NewPeer, &str); 4] = [
        (NewPeer { fingerprint: "00".repeat(32), ..good() }, "10004"),
        (new_peer(&two, &["0B01"]), "20004"),
        (new_peer(&two, &["0b0"]), "20002"),
        (new_peer(&two, &[]), "20002"),
    ];
    for (peer, expected) in wrong {
        let error = federation::add_peer(context, &peer, "ops").await.unwrap_err().to_string();
        assert!(error.contains(expected), "{expected}: {error}");
    }
    federation::add_peer(context, &good(), "ops").await.unwrap();
    assert!(federation::add_peer(context, &good(), "ops").await.unwrap_err().to_string().contains("20004"));
    // No system may join with a code that seals of the other platform have.
    let taken = NewSystem { app_id: AppId::parse("SYSQ").unwrap(), code: "0D01".to_owned(), ..good().system };
    let error = onboarding::register_system(context, &taken, "ops").await.unwrap_err().to_string();
    assert!(error.contains("20004"), "{error}");
}

#[tokio::test]
async fn a_list_never_goes_back() {
    let [one, two] = two().await;
    let first = two.platform.trust_list().await.unwrap();
    assert_eq!(first.code_spaces, ["0D01"]);
    let refreshed = one.platform.refresh(&id(&two)).await.unwrap();
    assert_eq!(refreshed, Refreshed::Stored(i64::try_from(first.number().unwrap()).unwrap()));
    // New contents have a higher number.
    let _f = two.system("SYSX", "0X01").await;
    let second = two.platform.trust_list().await.unwrap();
    assert!(second.number() > first.number());
    one.platform.refresh(&id(&two)).await.unwrap();
    // Replayed: an older list, and another one with the number of the list that is in force.
    one.database
        .tamper("UPDATE federation_peers SET sequence = sequence + 10 WHERE app_id = 'platform-2'")
        .await;
    let Refreshed::Refused(cause) = one.platform.refresh(&id(&two)).await.unwrap() else { unreachable!() };
    assert!(cause.contains("rollback"), "{cause}");
    one.database
        .tamper("UPDATE federation_peers SET sequence = sequence - 10, content_sm3 = 'x' WHERE app_id = 'platform-2'")
        .await;
    let Refreshed::Refused(cause) = one.platform.refresh(&id(&two)).await.unwrap() else { unreachable!() };
    assert!(cause.contains("two different lists"), "{cause}");
    assert_eq!(one.evidence("peer.list-refused").await.len(), 2);
    let mut tx = one.database.read().await.unwrap();
    let views = federation::views(&mut tx, one.now()).await.unwrap();
    assert!(views[0].fault.as_ref().unwrap().contains("two different lists") && views[0].in_force);
    tx.commit().await.unwrap();
    // What was believed stays in force.
    two.contract_seal().await;
    assert_eq!(ask(&one).await.unwrap(), 1);
}

#[tokio::test]
async fn a_list_of_another_root_key_is_not_believed() {
    let [one, two] = platforms(|_| {}).await;
    let mut peer = new_peer(&two, &["0D01"]);
    let stranger = one.keys.root.verifying_key();
    (peer.root_spki, peer.fingerprint) = (stranger.spki_der().to_vec(), key_id(stranger));
    federation::add_peer(one.platform.context(), &peer, "ops").await.unwrap();
    let Refreshed::Refused(cause) = one.platform.refresh(&id(&two)).await.unwrap() else { unreachable!() };
    assert!(cause.contains("root key"), "{cause}");
    onboarding::set_state(one.platform.context(), &id(&two), SystemState::Online, ("second", None))
        .await
        .unwrap();
    two.contract_seal().await;
    assert_eq!(code(ask(&one).await), "60001");
}

#[tokio::test]
async fn a_list_that_is_not_renewed_ends_everything() {
    let [one, two] = two().await;
    let (seal, _) = two.contract_seal().await;
    let request = one.ready_to_sign(&[1; 32], SignFormat::P1).await;
    one.clock.advance_millis(24 * 3_600_000 + 1);
    let refusal = ask(&one).await.unwrap_err();
    assert!(refusal.refusal().unwrap().message.contains("platform-2"), "{refusal}");
    assert_eq!(code::<()>(Err(refusal)), "60001");
    let application = crate::common::application(&seal);
    let consent = one.a.client.call::<protocol::endpoints::ConsentApply>(&application).await;
    assert_eq!(code(consent), "60001");
    one.sign(&request).await.unwrap_err();
    // The other side: the first platform's keys ended with its list.
    one.platform.refresh(&id(&two)).await.unwrap();
    let refusal = ask(&one).await.unwrap_err();
    let upstream = refusal.refusal().unwrap();
    assert_eq!(upstream.code, "60002");
    two.platform.refresh(&id(&one)).await.unwrap();
    assert_eq!(ask(&one).await.unwrap(), 1);
}

/// A client that calls `to` as the platform `from`.
fn platform_client(from: &World, to: &World) -> Client {
    let me = Identity { app_id: id(from), signer: from.keys.signing.clone() };
    Client::new(me, to.peer.clone(), from.clock.clock(), Random::system()).unwrap()
}

/// A query of the platform `from` to `to`, as it was signed.
fn signed_query(from: &World, to: &World, nonce: u32) -> Origin {
    let info = <SealQuery as Endpoint>::INFO;
    let fields = serde_json::json!({
        "version": "1.0", "appId": id(from).as_str(), "time": from.clock.millis().to_string(), "nonce": nonce,
        "orgCode": TEST_USCC, "sealType": "0",
    });
    let canonical = canonical(info, id(to).as_str(), &fields.to_string());
    let signer: &dyn Signer = &*from.keys.signing;
    let sign = sign(signer, canonical.bytes()).unwrap();
    let key_spki = from.keys.signing.verifying_key().spki_der().to_vec();
    Origin { app_id: id(from), key_spki, canonical, sign }
}

#[tokio::test]
async fn a_request_that_comes_round_is_refused() {
    let [one, two] = two().await;
    one.contract_seal().await;
    // The second platform passes on a request of the first one to the first one.
    let origin = signed_query(&one, &two, 1);
    let result = platform_client(&two, &one).call_for::<SealQuery>(&query(), &origin).await;
    assert_eq!(code(result), "60006");
    // It cannot hide that by passing it on as somebody else's: the signature is not somebody else's.
    let hidden = Origin { app_id: AppId::parse("SYSA").unwrap(), ..origin };
    let result = platform_client(&two, &one).call_for::<SealQuery>(&query(), &hidden).await;
    assert_eq!(code(result), "10003");
    // Its own request is answered with what there is here, and not passed on.
    let answer = platform_client(&two, &one).call::<SealQuery>(&query()).await.unwrap();
    assert_eq!(answer.data.len(), 1);
}

#[tokio::test]
async fn a_request_goes_through_as_many_platforms_as_allowed() {
    let [one, two, three] = platforms(|config| config.federation.transit = true).await;
    introduce(&two, &three, &["0F01"]).await;
    introduce(&three, &two, &["0D01"]).await;
    introduce(&one, &two, &["0D01", "0F01"]).await;
    introduce(&two, &one, &["0B01"]).await;
    // Where signers may be sent is granted at every step of the way.
    let hosts = grants(&[], &[three.b.host()]);
    let context = one.platform.context();
    onboarding::change_grants(context, &id(&two), (&hosts, &onboarding::Grants::default()), "ops")
        .await
        .unwrap();
    let (seal, _) = three.contract_seal().await;
    let answer = one.a.client.call::<SealQuery>(&query()).await.unwrap();
    assert!(!answer.partial, "{:?}", answer.failures);
    assert_eq!(answer.data[0].seal_code, seal);
    assert_eq!(answer.sources[0].platforms, ["platform-2", "platform-3"]);
    assert_eq!(answer.sources[0].system, "SYSF");
    let request = one.ready_to_sign(&[3; 32], SignFormat::P1).await;
    one.sign(&request).await.unwrap();
    assert_eq!(three.b.signatures_made(request.sign_id.as_str()), 1);
    for world in [&one, &two, &three] {
        world.check().await;
    }
    // Without being asked to, a platform does not pass on what another one asks.
    let [one, two, three] = platforms(|_| {}).await;
    introduce(&two, &three, &["0F01"]).await;
    introduce(&three, &two, &["0D01"]).await;
    introduce(&one, &two, &["0D01", "0F01"]).await;
    introduce(&two, &one, &["0B01"]).await;
    three.contract_seal().await;
    assert_eq!(ask(&two).await.unwrap(), 1);
    assert_eq!(ask(&one).await.unwrap(), 0);
}

#[tokio::test]
async fn too_many_platforms_are_too_many() {
    let [one, two] = platforms(|config| {
        config.federation.max_platforms = if config.platform.id == "platform-2" { 1 } else { 3 };
    })
    .await;
    introduce(&one, &two, &["0D01"]).await;
    introduce(&two, &one, &["0B01"]).await;
    two.contract_seal().await;
    let refusal = ask(&one).await.unwrap_err();
    assert_eq!(refusal.refusal().unwrap().code, "60002");
    let failures = one.a.client.call::<SealQuery>(&query()).await.unwrap_err();
    let body = String::from_utf8(failures.refusal().unwrap().body.clone()).unwrap();
    assert!(body.contains("60006"), "{body}");
    // Its own callers are not concerned.
    assert_eq!(ask(&two).await.unwrap(), 1);
}
