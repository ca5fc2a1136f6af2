//! The way of a system from registration to going live and out again (`facts` §6.2), on both databases.

use crypto::{Random, Signer, Sm2KeyPair};
use jiff::SignedDuration;
use protocol::lists::SignFormat;
use protocol::{AppId, Mobile, Uscc};
use sealbridge_platform::config::{Config, Expired, Way};
use sealbridge_platform::context::Context;
use sealbridge_platform::evidence;
use sealbridge_platform::failure::{Failure, Outcome};
use sealbridge_platform::onboarding::{
    self, Contact, NewApplication, NewDocument, NewSystem, add_document, applications, apply,
    lacking_documents, read_document, set_state, watch_ends, withdraw_document,
};
use sealbridge_platform::review::{self, Progress};
use storage::Schema;
use storage::platform::applications::ApplicationState;
use storage::platform::documents::{DocumentKind, DocumentState};
use storage::platform::reviews::{self, ReviewState};
use storage::platform::systems::{self, SystemState};
use testkit::databases::databases;
use testkit::pki::TEST_USCC;

use crate::common::{World, code, config, grants, register_key};

const FIRST: &str = "business admin";
const SECOND: &str = "security admin";

fn whole() -> Config {
    let mut config = config();
    config.onboarding.way = Way::Whole;
    config
}

/// A world on each database, whose two systems went the short way, and which demands the whole way from now on.
async fn worlds(change: fn(&mut Config)) -> Vec<World> {
    let mut worlds = Vec::new();
    for database in databases(Schema::Platform).await {
        let mut world = World::on(database, config()).await;
        world.config = whole();
        change(&mut world.config);
        world.restart().await;
        worlds.push(world);
    }
    worlds
}

/// The code and text of what was refused.
#[track_caller]
fn refused<T: std::fmt::Debug>(result: Outcome<T>) -> (String, String) {
    match result {
        Err(Failure::Refused(error)) => (error.code().text().to_owned(), error.message().to_owned()),
        other => panic!("not refused: {other:?}"),
    }
}

#[track_caller]
fn refused_for<T: std::fmt::Debug>(result: Outcome<T>, code: &str, why: &str) {
    let (found, text) = refused(result);
    assert_eq!(found, code, "{text}");
    assert!(text.contains(why), "{text}");
}

fn new_system(app_id: &AppId) -> NewSystem {
    NewSystem {
        app_id: app_id.clone(),
        code: "0C01".to_owned(),
        name: "丙系统".to_owned(),
        uscc: Uscc::parse(TEST_USCC).unwrap(),
        base_url: None,
        dest_host: None,
        personal_data: false,
        grants: grants(&[], &[]),
    }
}

fn application(app_id: &AppId) -> NewApplication {
    let contact =
        |name: &str| Contact { name: name.to_owned(), mobile: Mobile::parse("13800001234").unwrap() };
    NewApplication {
        app_id: app_id.clone(),
        description: "省级电子印章系统".to_owned(),
        interfaces: vec!["seal_filing".to_owned(), "seal_state".to_owned()],
        monthly_volume: Some(10_000),
        contact: contact("张三丰"),
        emergency: contact("李四"),
    }
}

fn document(context: &Context, app_id: &AppId, kind: DocumentKind, days: Option<i64>) -> NewDocument {
    let until = days.map(|days| context.now() + SignedDuration::from_hours(24 * days));
    NewDocument {
        app_id: app_id.clone(),
        kind,
        title: kind.as_str().to_owned(),
        issuer: "测评机构".to_owned(),
        content: format!("the {} of {app_id}", kind.as_str()).into_bytes(),
        valid_from: None,
        valid_until: until,
    }
}

async fn all_documents(context: &Context, app_id: &AppId, days: i64) {
    for kind in context.config.onboarding.required() {
        add_document(context, &document(context, app_id, kind, Some(days)), FIRST).await.unwrap();
    }
}

async fn step(context: &Context, app_id: &AppId, to: SystemState, actor: &str) -> Outcome<Progress> {
    set_state(context, app_id, to, (actor, Some("why"))).await
}

/// A step by two administrators.
async fn both(context: &Context, app_id: &AppId, to: SystemState) {
    assert!(matches!(step(context, app_id, to, FIRST).await.unwrap(), Progress::Waiting(_)));
    assert_eq!(step(context, app_id, to, SECOND).await.unwrap(), Progress::Done);
}

async fn state(world: &World, app_id: &AppId) -> SystemState {
    let mut tx = world.database.read().await.unwrap();
    systems::find(&mut tx, app_id.as_str()).await.unwrap().unwrap().state
}

#[tokio::test]
async fn the_whole_way() {
    use SystemState::{
        Applied, Approved, ConformancePassed, Offline, Online, RealnameSubmitted, Rejected, Sandbox,
        Suspended, Verified,
    };
    for world in worlds(|_| {}).await {
        let context = world.platform.context();
        let id = AppId::parse("SYSC").unwrap();
        onboarding::register_system(context, &new_system(&id), FIRST).await.unwrap();
        refused_for(step(context, &id, Online, SECOND).await, "20004", "realname-submitted");
        step(context, &id, RealnameSubmitted, FIRST).await.unwrap();
        refused_for(apply(context, &application(&id), FIRST).await, "20004", "cannot apply");
        step(context, &id, Verified, FIRST).await.unwrap();
        refused_for(step(context, &id, Applied, FIRST).await, "20004", "application has to be handed in");
        assert_eq!(apply(context, &application(&id), FIRST).await.unwrap(), 1);

        // It goes back with a reason, and comes again.
        refused_for(set_state(context, &id, Rejected, (SECOND, None)).await, "20001", "reason");
        step(context, &id, Rejected, SECOND).await.unwrap();
        assert_eq!(apply(context, &application(&id), FIRST).await.unwrap(), 2);

        // Nobody approves without papers, nor alone.
        refused_for(step(context, &id, Approved, FIRST).await, "20004", "mlps");
        all_documents(context, &id, 400).await;
        both(context, &id, Approved).await;
        step(context, &id, Sandbox, FIRST).await.unwrap();
        step(context, &id, ConformancePassed, FIRST).await.unwrap();
        refused_for(step(context, &id, Online, FIRST).await, "20004", "no key in force");
        let key = Sm2KeyPair::generate(&Random::system()).unwrap();
        register_key(&world.platform, &id, &key, (-1, 100)).await;
        let waiting = step(context, &id, Online, FIRST).await.unwrap();
        refused_for(step(context, &id, Online, FIRST).await, "20004", "another administrator");
        assert_eq!(state(&world, &id).await, ConformancePassed, "one is not enough");
        assert!(matches!(waiting, Progress::Waiting(_)));
        step(context, &id, Online, SECOND).await.unwrap();
        assert_eq!(state(&world, &id).await, Online);

        refused_for(set_state(context, &id, Suspended, (FIRST, None)).await, "20001", "reason");
        assert_eq!(
            step(context, &id, Suspended, FIRST).await.unwrap(),
            Progress::Done,
            "urgent: one is enough"
        );
        both(context, &id, Online).await;
        step(context, &id, Offline, FIRST).await.unwrap();
        refused_for(step(context, &id, Online, FIRST).await, "20004", "offline");

        let mut tx = world.database.read().await.unwrap();
        let seen = applications(context, &mut tx, id.as_str()).await.unwrap();
        let states: Vec<_> = seen.iter().map(|one| one.row.state).collect();
        assert_eq!(states, [ApplicationState::Rejected, ApplicationState::Approved]);
        assert_eq!(seen[0].row.reason.as_deref(), Some("why"));
        assert_eq!(seen[1].contacts[0], ("张*".to_owned(), "138****1234".to_owned()));
        assert!(seen[1].row.contact.starts_with("v1.") && seen[1].row.emergency_mobile.starts_with("v1."));
        assert_eq!(systems::history(&mut tx, id.as_str()).await.unwrap().len(), 13);
        tx.commit().await.unwrap();
        assert!(evidence::audit(&world.database).await.unwrap().good);
        let steps = world.evidence("system.state").await;
        let approved = steps.iter().find(|step| step["to"] == "approved").unwrap();
        assert_eq!((&approved["first"], &approved["actor"]), (&FIRST.into(), &SECOND.into()));
        assert_eq!(world.evidence("system.applied").await.len(), 2);
    }
}

#[tokio::test]
async fn on_the_short_way_the_one_who_registers_does_not_put_live() {
    let world = World::new().await;
    let context = world.platform.context();
    let id = AppId::parse("SYSC").unwrap();
    onboarding::register_system(context, &new_system(&id), FIRST).await.unwrap();
    let key = Sm2KeyPair::generate(&Random::system()).unwrap();
    register_key(&world.platform, &id, &key, (-1, 100)).await;
    refused_for(step(context, &id, SystemState::Online, FIRST).await, "20004", "another administrator");
    step(context, &id, SystemState::Online, SECOND).await.unwrap();
}

#[tokio::test]
async fn a_review_is_refused_lapses_and_waits_for_its_subject() {
    for world in worlds(|_| {}).await {
        let (context, id) = (world.platform.context(), &world.a.app_id);
        all_documents(context, id, 400).await;
        step(context, id, SystemState::Suspended, FIRST).await.unwrap();
        let Progress::Waiting(first) = step(context, id, SystemState::Online, FIRST).await.unwrap() else {
            panic!("one administrator is enough")
        };
        review::refuse(context, &first.review_id, (SECOND, "not yet")).await.unwrap();
        refused_for(review::refuse(context, &first.review_id, (SECOND, "again")).await, "20003", "no review");
        // What was refused is no voice: the other one begins anew.
        let Progress::Waiting(second) = step(context, id, SystemState::Online, SECOND).await.unwrap() else {
            panic!("a refused review counted")
        };
        // In time only.
        world.clock.advance_millis(72 * 3_600_000 + 1);
        let Progress::Waiting(third) = step(context, id, SystemState::Online, FIRST).await.unwrap() else {
            panic!("a review that ran out counted")
        };
        assert_eq!(step(context, id, SystemState::Online, SECOND).await.unwrap(), Progress::Done);
        let mut tx = world.database.read().await.unwrap();
        for (review, state) in
            [(&first, ReviewState::Refused), (&second, ReviewState::Lapsed), (&third, ReviewState::Done)]
        {
            assert_eq!(reviews::find(&mut tx, &review.review_id).await.unwrap().unwrap().state, state);
        }
        tx.commit().await.unwrap();

        // One that was asked for before a suspension puts nobody live after it.
        step(context, id, SystemState::Suspended, FIRST).await.unwrap();
        step(context, id, SystemState::Online, FIRST).await.unwrap();
        step(context, id, SystemState::Offline, SECOND).await.unwrap();
        refused(step(context, id, SystemState::Online, SECOND).await);
        assert_eq!(state(&world, id).await, SystemState::Offline);
        assert_eq!(world.evidence("review.refused").await.len(), 1);
    }
}

#[tokio::test]
async fn two_at_the_same_moment_are_one_first_and_one_second() {
    for world in worlds(|_| {}).await {
        let (context, id) = (world.platform.context(), &world.a.app_id);
        all_documents(context, id, 400).await;
        step(context, id, SystemState::Suspended, FIRST).await.unwrap();
        let (one, two) = tokio::join!(
            step(context, id, SystemState::Online, FIRST),
            step(context, id, SystemState::Online, SECOND)
        );
        let done = [&one, &two].into_iter().filter(|went| matches!(went, Ok(Progress::Done))).count();
        assert!(done <= 1, "{one:?} {two:?}");
        if done == 0 {
            // They met: whoever was turned away asks again.
            let late = if one.is_err() { FIRST } else { SECOND };
            step(context, id, SystemState::Online, late).await.unwrap();
        }
        assert_eq!(state(&world, id).await, SystemState::Online);
        assert_eq!(world.evidence("review.done").await.len(), 1);
    }
}

#[tokio::test]
async fn documents_are_bounded_encrypted_replaced_and_erased() {
    for world in worlds(|config| config.onboarding.document_bytes = 1_000).await {
        let (context, id) = (world.platform.context(), &world.a.app_id);
        let mut large = document(context, id, DocumentKind::Mlps, Some(10));
        large.content = vec![0; 1_001];
        refused_for(add_document(context, &large, FIRST).await, "20010", "1000 bytes");
        let over = document(context, id, DocumentKind::Mlps, Some(-1));
        refused_for(add_document(context, &over, FIRST).await, "20004", "ended already");
        let stranger = AppId::parse("NOBODY").unwrap();
        let of_nobody = document(context, &stranger, DocumentKind::Mlps, Some(10));
        refused_for(add_document(context, &of_nobody, FIRST).await, "10001", "unknown");

        let new = document(context, id, DocumentKind::Mlps, Some(10));
        let first = add_document(context, &new, FIRST).await.unwrap();
        assert_eq!(first.sm3, hex::encode(crypto::sm3::digest(&new.content)));
        let second = add_document(context, &new, FIRST).await.unwrap();
        let mut tx = world.database.read().await.unwrap();
        let stored =
            storage::platform::documents::content(&mut tx, &second.document_id).await.unwrap().unwrap();
        assert!(stored.starts_with(b"v1.") && !stored.windows(4).any(|part| part == b"mlps"));
        let replaced =
            storage::platform::documents::find(&mut tx, &first.document_id).await.unwrap().unwrap();
        assert_eq!(replaced.state, DocumentState::Replaced);
        tx.commit().await.unwrap();

        let (_, content) = read_document(context, &second.document_id, (FIRST, "assessment")).await.unwrap();
        assert_eq!(*content, new.content);
        assert_eq!(world.evidence("document.read").await[0]["actor"], FIRST);
        withdraw_document(context, &second.document_id, (FIRST, "wrong file")).await.unwrap();
        refused_for(read_document(context, &second.document_id, (FIRST, "x")).await, "20003", "no such");
        refused_for(withdraw_document(context, &second.document_id, (FIRST, "x")).await, "20003", "no such");
        let mut tx = world.database.read().await.unwrap();
        let lacking = lacking_documents(context, &mut tx, id.as_str()).await.unwrap();
        assert!(lacking.contains(&DocumentKind::Mlps), "{lacking:?}");
        tx.commit().await.unwrap();

        // Altered at rest, it is not handed out as what it was.
        let third = add_document(context, &new, FIRST).await.unwrap();
        world
            .database
            .tamper(&format!(
                "UPDATE system_documents SET sm3 = 'ff' WHERE document_id = '{}'",
                third.document_id
            ))
            .await;
        assert_eq!(refused(read_document(context, &third.document_id, (FIRST, "x")).await).0, "99999");
        assert!(evidence::audit(&world.database).await.unwrap().good);
    }
}

#[tokio::test]
async fn a_document_that_ends_is_told_and_takes_the_system_along() {
    for world in worlds(|config| config.onboarding.expired = Expired::Suspend).await {
        let (context, id) = (world.platform.context(), &world.b.app_id);
        world.contract_seal().await;
        all_documents(context, id, 40).await;
        let early = document(context, id, DocumentKind::Mlps, Some(35));
        add_document(context, &early, FIRST).await.unwrap();
        let optional = document(context, id, DocumentKind::Description, Some(36));
        add_document(context, &optional, FIRST).await.unwrap();
        assert_eq!(watch_ends(context).await.unwrap(), 0, "nothing ends within thirty days");
        world.clock.advance_millis(6 * 24 * 3_600_000);
        assert_eq!(watch_ends(context).await.unwrap(), 2, "the two that end in less than thirty");
        assert_eq!(watch_ends(context).await.unwrap(), 0, "once each");
        world.clock.advance_millis(29 * 24 * 3_600_000 - 60_000);
        watch_ends(context).await.unwrap();
        let open = world.ready_to_sign(&[1; 32], SignFormat::P1).await;
        assert_eq!(state(&world, id).await, SystemState::Online);
        world.clock.advance_millis(61_000);
        watch_ends(context).await.unwrap();
        assert_eq!(state(&world, id).await, SystemState::Suspended);
        // What was handed out died with it, in the same transaction.
        assert_eq!(code(world.sign(&open).await), "30008");
        let suspended = &world.evidence("system.state").await;
        let last = suspended.last().unwrap();
        assert_eq!((&last["actor"], &last["voidedSignIds"]), (&"(platform)".into(), &1.into()), "{last}");
        assert!(last["reason"].as_str().unwrap().contains("mlps"));
        refused_for(step(context, id, SystemState::Online, FIRST).await, "20004", "mlps");
        add_document(context, &document(context, id, DocumentKind::Mlps, Some(400)), FIRST).await.unwrap();
        both(context, id, SystemState::Online).await;
        // An optional one is only told.
        world.clock.advance_millis(25 * 3_600_000);
        watch_ends(context).await.unwrap();
        assert_eq!(state(&world, id).await, SystemState::Online);
        assert_eq!(world.evidence("document.expired").await.len(), 2);
        world.check().await;
    }
}

#[tokio::test]
async fn keys_are_rotated_and_their_end_is_told() {
    for world in worlds(|_| {}).await {
        let (context, id) = (world.platform.context(), &world.a.app_id);
        world.contract_seal().await;
        let query = crate::common::query();
        let ask = || world.a.client.call::<protocol::endpoints::SealQuery>(&query);
        let old = protocol::wire::key_id(world.a.key.verifying_key());
        let next = Sm2KeyPair::generate(&Random::system()).unwrap();
        register_key(&world.platform, id, &next, (0, 20)).await;
        assert_eq!(watch_ends(context).await.unwrap(), 1, "the new key ends within thirty days");
        assert_eq!(world.evidence("key.expiring").await[0]["appId"], id.as_str());
        let end = context.now() + SignedDuration::from_hours(1);
        onboarding::retire_key(context, &old, end, FIRST).await.unwrap();
        let later = context.now() + SignedDuration::from_hours(2);
        assert_eq!(refused(onboarding::retire_key(context, &old, later, FIRST).await).0, "10004");
        ask().await.unwrap();
        world.clock.advance_millis(3_600_001);
        assert_eq!(code(ask().await), "10004");
    }
}
