//! Every row of the table of states (`facts` §3.3), on both databases: from a state, by an operation, to a state or a
//! code; what a change kills; what is derived; "in which state was it at time T".

use protocol::endpoints::{SealFiling, SealQuery};
use protocol::lists::{BizType, SealState, SignFormat};
use protocol::tables::FilingRequest;
use protocol::{BeijingTime, SealCode, SealName};
use sealbridge_platform::failure::{Failure, Outcome};
use sealbridge_platform::onboarding;
use sealbridge_platform::registry::{self, Standing, standing_at};
use sealbridge_platform::review::Progress;
use storage::Schema;
use storage::platform::systems::SystemState;
use storage::platform::{consents, seal_state, sign_ids};
use testkit::databases::databases;
use testkit::pki::at;
use testkit::scripted_system::make_seal;

use crate::common::{World, code, config, contract, filing, query};

/// Until when the seals of the rows that expire are valid: an hour from the beginning.
const SHORT: &str = "2026-06-01T05:00:00Z";

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Before {
    Nothing,
    Enabled,
    Disabled,
    Expired,
    Revoked,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Operation {
    FileSame,
    FileOther,
    Extend,
    Change,
    Enable,
    Disable,
    Revoke,
}

/// What an operation comes to: a state with the word whether something that was handed out dies, or a code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    /// The state, "expired" where its validity has ended.
    State(&'static str),
    /// The same, and what was handed out is dead.
    Killed(&'static str),
    /// The code of the same seal again, nothing written.
    Same(&'static str),
    /// A new seal.
    New,
    Code(&'static str),
}

use Before::{Disabled, Enabled, Expired, Nothing, Revoked};
use End::{Code, Killed, New, Same, State};
use Operation::{Change, Disable, Enable, Extend, FileOther, FileSame, Revoke};

#[rustfmt::skip]
const TABLE: &[(Before, Operation, End)] = &[
    (Nothing, FileSame, New), (Nothing, FileOther, New),
    (Nothing, Extend, Code("30001")), (Nothing, Change, Code("30001")),
    (Nothing, Enable, Code("30001")), (Nothing, Disable, Code("30001")), (Nothing, Revoke, Code("30001")),

    (Enabled, FileSame, Same("enabled")), (Enabled, FileOther, Code("30004")),
    (Enabled, Extend, Killed("enabled")), (Enabled, Change, Killed("enabled")),
    (Enabled, Enable, State("enabled")), (Enabled, Disable, Killed("disabled")), (Enabled, Revoke, Killed("revoked")),

    (Disabled, FileSame, Same("disabled")), (Disabled, FileOther, Code("30004")),
    (Disabled, Extend, State("disabled")), (Disabled, Change, State("disabled")),
    (Disabled, Enable, State("enabled")), (Disabled, Disable, State("disabled")), (Disabled, Revoke, State("revoked")),

    (Expired, FileSame, Same("enabled expired")), (Expired, FileOther, Code("30004")),
    (Expired, Extend, Killed("enabled")), (Expired, Change, Killed("enabled expired")),
    (Expired, Enable, State("enabled expired")), (Expired, Disable, Killed("disabled expired")),
    (Expired, Revoke, Killed("revoked expired")),

    (Revoked, FileSame, New), (Revoked, FileOther, New),
    (Revoked, Extend, Code("30005")), (Revoked, Change, Code("30005")),
    (Revoked, Enable, Code("30005")), (Revoked, Disable, Code("30005")), (Revoked, Revoke, State("revoked")),
];

/// One seal in the state of a row, and what was handed out for it while it could be used.
struct Stage {
    seal: SealCode,
    request: FilingRequest,
    /// The end that was filed.
    valid_end: jiff::Timestamp,
}

async fn stage(world: &World, from: Before, number: usize) -> Stage {
    let es_id = format!("ES{number:04}");
    let mut spec = contract(&es_id);
    if from == Expired {
        spec.valid.1 = at(SHORT);
    }
    let request = filing(&make_seal(&spec), &es_id);
    let valid_end = spec.valid.1;
    if from == Nothing {
        return Stage { seal: SealCode::parse("E1330100000102123456789P").unwrap(), request, valid_end };
    }
    let seal = world.b_client.call::<SealFiling>(&request).await.unwrap().data;
    match from {
        Disabled => world.set_state(&seal, SealState::Disabled).await.unwrap(),
        Revoked => world.set_state(&seal, SealState::Revoked).await.unwrap(),
        _ => {}
    }
    Stage { seal, request, valid_end }
}

/// A sign id and a consent of the seal, as if they had just been handed out.
async fn hand_out(world: &World, seal: &SealCode) {
    let now = world.now().as_millisecond();
    let sql = format!(
        "INSERT INTO sign_ids (system_app_id, sign_id, caller_app_id, seal_code, seal_version, state, releases, \
         issued_at, expires_at, changed_at) VALUES ('SYSB', 's-{seal}', 'SYSA', '{seal}', 1, 'issued', 0, {now}, \
         {now} + 600000, {now})"
    );
    world.database.tamper(&sql).await;
    let sql = format!(
        "INSERT INTO consents (system_app_id, auth_id, caller_app_id, seal_code, state, applied_at, expires_at, \
         changed_at) VALUES ('SYSB', 'c-{seal}', 'SYSA', '{seal}', 'passed', {now}, {now} + 600000, {now})"
    );
    world.database.tamper(&sql).await;
}

/// Whether what was handed out is dead: both or neither.
async fn is_dead(world: &World, seal: &SealCode) -> bool {
    let mut tx = world.database.read().await.unwrap();
    let id = sign_ids::find(&mut tx, "SYSB", &format!("s-{seal}")).await.unwrap().unwrap();
    let consent = consents::find(&mut tx, "SYSB", &format!("c-{seal}")).await.unwrap().unwrap();
    let dead = (id.state.as_str() == "void", consent.state.as_str() == "void");
    assert_eq!(dead.0, dead.1, "one of two died");
    dead.0
}

async fn run(
    world: &World,
    stage: &Stage,
    operation: Operation,
) -> Result<Option<SealCode>, client::ClientError> {
    let mut request = stage.request.clone();
    let biz_type = match operation {
        Enable => return world.set_state(&stage.seal, SealState::Enabled).await.map(|()| None),
        Disable => return world.set_state(&stage.seal, SealState::Disabled).await.map(|()| None),
        Revoke => return world.set_state(&stage.seal, SealState::Revoked).await.map(|()| None),
        FileSame => BizType::File,
        FileOther => {
            request.name = SealName::parse("另一枚章").unwrap();
            request.seal_data = None;
            BizType::File
        }
        Extend => {
            request.valid_end = Some(BeijingTime::of(at("2036-01-01T00:00:00Z")));
            request.seal_data = None;
            BizType::Extend
        }
        Change => {
            request.name = SealName::parse("示例科技有限公司合同专用章（2）").unwrap();
            request.valid_end = Some(BeijingTime::of(stage.valid_end));
            request.seal_data = None;
            BizType::Change
        }
    };
    if biz_type != BizType::File {
        (request.code, request.seal_code) = (None, Some(stage.seal.clone()));
    }
    request.biz_type = biz_type;
    world.b_client.call::<SealFiling>(&request).await.map(|answer| Some(answer.data))
}

async fn standing(world: &World, seal: &SealCode) -> Standing {
    let mut tx = world.database.read().await.unwrap();
    standing_at(&mut tx, seal.as_str(), world.now()).await.unwrap().unwrap()
}

/// The state in the words of the table.
async fn words(world: &World, seal: &SealCode) -> String {
    let standing = standing(world, seal).await;
    let derived = if standing.expired { " expired" } else { "" };
    format!("{}{derived}", standing.state)
}

async fn history(world: &World, seal: &SealCode) -> usize {
    let mut tx = world.database.read().await.unwrap();
    seal_state::history(&mut tx, seal.as_str()).await.unwrap().len()
}

#[tokio::test]
async fn every_row_of_the_table() {
    for database in databases(Schema::Platform).await {
        let world = World::on(database, config()).await;
        let mut stages = Vec::new();
        for (number, (from, ..)) in TABLE.iter().enumerate() {
            stages.push(stage(&world, *from, number).await);
        }
        // First the rows of what is valid, then those of what has expired.
        for expired in [false, true] {
            if expired {
                world.clock.advance_millis(2 * 3_600_000);
            }
            let rows = TABLE.iter().zip(&stages).filter(|((from, ..), _)| (*from == Expired) == expired);
            for ((from, operation, end), stage) in rows {
                check_row(&world, (*from, *operation), *end, stage).await;
            }
        }
        assert!(sealbridge_platform::evidence::audit(&world.database).await.unwrap().good);
    }
}

async fn check_row(world: &World, (from, operation): (Before, Operation), end: End, stage: &Stage) {
    let row = format!("{} {from:?} {operation:?}", world.database.name());
    let seal = &stage.seal;
    let before = if from == Nothing { 0 } else { history(world, seal).await };
    if from != Nothing {
        hand_out(world, seal).await;
    }
    world.clock.advance_millis(1_000);
    let result = run(world, stage, operation).await;
    match end {
        Code(expected) => assert_eq!(code(result), expected, "{row}"),
        New => {
            let new = result.unwrap().unwrap();
            assert_ne!(new, *seal, "{row}");
            assert_eq!(words(world, &new).await, "enabled", "{row}");
        }
        Same(state) => {
            assert_eq!(result.unwrap().unwrap(), *seal, "{row}");
            assert_eq!(words(world, seal).await, state, "{row}");
        }
        State(state) | Killed(state) => {
            result.unwrap_or_else(|error| panic!("{row}: {error}"));
            assert_eq!(words(world, seal).await, state, "{row}");
        }
    }
    if from == Nothing {
        return;
    }
    let moved =
        matches!((from, operation), (Enabled | Expired, Disable | Revoke) | (Disabled, Enable | Revoke));
    assert_eq!(history(world, seal).await, before + usize::from(moved), "{row}: the history");
    // Of a seal that could not be used nothing is outstanding; a change kills it all the same.
    if matches!(end, Killed(_)) {
        assert!(is_dead(world, seal).await, "{row}: something outlived it");
    }
    if matches!(end, Same(_) | Code(_)) || (from, operation) == (Enabled, Enable) {
        assert!(!is_dead(world, seal).await, "{row}: nothing was done, and something died");
    }
}

/// The code and text of what was refused.
#[track_caller]
fn refused<T: std::fmt::Debug>(result: Outcome<T>) -> String {
    match result {
        Err(Failure::Refused(error)) => error.code().text().to_owned(),
        other => panic!("not refused: {other:?}"),
    }
}

#[tokio::test]
async fn an_order_takes_two_and_holds_until_two_lift_it() {
    for database in databases(Schema::Platform).await {
        let world = World::on(database, config()).await;
        let context = world.platform.context();
        let (seal, _) = world.contract_seal().await;
        let open = world.ready_to_sign(&[1; 32], SignFormat::P1).await;
        let order = |who| registry::force_disable(context, &seal, (who, "court order 7"));
        let lift = |who| registry::release(context, &seal, (who, "order withdrawn"));
        assert_eq!(refused(lift("one").await), "20004");
        assert!(matches!(order("one").await.unwrap(), Progress::Waiting(_)));
        assert_eq!(refused(order("one").await), "20004");
        assert_eq!(standing(&world, &seal).await.state, "enabled", "one administrator is not enough");
        // The owner cannot make them begin anew by moving the seal.
        world.set_state(&seal, SealState::Disabled).await.unwrap();
        world.set_state(&seal, SealState::Enabled).await.unwrap();
        world.get().await;
        hand_out(&world, &seal).await;
        assert_eq!(order("two").await.unwrap(), Progress::Done);
        assert!(is_dead(&world, &seal).await);
        assert_eq!(code(world.sign(&open).await), "30006");
        assert_eq!(code(world.set_state(&seal, SealState::Enabled).await), "30005");
        assert_eq!(refused(order("three").await), "20004");
        let held = standing(&world, &seal).await;
        assert!(held.held && held.refused == Some("30006"));
        assert_eq!(held.reason.as_deref(), Some("court order 7"));

        assert!(matches!(lift("two").await.unwrap(), Progress::Waiting(_)));
        assert_eq!(lift("one").await.unwrap(), Progress::Done);
        let lifted = standing(&world, &seal).await;
        assert_eq!((lifted.held, lifted.state), (false, "disabled"));
        world.set_state(&seal, SealState::Enabled).await.unwrap();
        let events = world.evidence("seal.held").await;
        let [event] = &events[..] else { panic!("one order") };
        assert_eq!((&event["first"], &event["second"]), (&"one".into(), &"two".into()));

        // Of a held seal the owner may still say that it is over.
        world.clock.advance_millis(1_000);
        order("one").await.unwrap();
        order("two").await.unwrap();
        world.set_state(&seal, SealState::Revoked).await.unwrap();
        assert_eq!(refused(registry::force_disable(context, &seal, ("one", "x")).await), "30005");
        world.check().await;
    }
}

#[tokio::test]
async fn every_moment_has_its_state() {
    for database in databases(Schema::Platform).await {
        let world = World::on(database, config()).await;
        let context = world.platform.context();
        let before = world.now() - jiff::SignedDuration::from_millis(1);
        let (seal, _) = world.contract_seal().await;
        let mut moments = vec![(world.now(), "enabled", None)];
        let step = async |state: Option<SystemState>, to: Option<SealState>| {
            world.clock.advance_millis(10_000);
            if let Some(to) = to {
                world.set_state(&seal, to).await.unwrap();
            }
            for who in ["one", "two"] {
                let Some(state) = state else { continue };
                let by = (who, Some("why"));
                // Suspending takes one; the second finds it done.
                drop(onboarding::set_state(context, &world.b.app_id, state, by).await);
            }
            world.now()
        };
        let at = step(None, Some(SealState::Disabled)).await;
        moments.push((at, "disabled", Some("30006")));
        let at = step(None, Some(SealState::Enabled)).await;
        moments.push((at, "enabled", None));
        let at = step(Some(SystemState::Suspended), None).await;
        moments.push((at, "enabled", Some("30008")));
        let at = step(Some(SystemState::Online), None).await;
        moments.push((at, "enabled", None));
        let at = step(None, Some(SealState::Revoked)).await;
        moments.push((at, "revoked", Some("30005")));

        let mut tx = world.database.read().await.unwrap();
        assert_eq!(standing_at(&mut tx, seal.as_str(), before).await.unwrap(), None);
        for (number, (at, state, refused)) in moments.iter().enumerate() {
            for later in [0, 9_999] {
                let then = *at + jiff::SignedDuration::from_millis(later);
                let stood = standing_at(&mut tx, seal.as_str(), then).await.unwrap().unwrap();
                assert_eq!((stood.state, stood.refused), (*state, *refused), "moment {number} + {later}");
                assert_eq!(stood.source_suspended, *refused == Some("30008"));
            }
        }
        let far = "2030-01-02T00:00:00Z".parse().unwrap();
        assert!(standing_at(&mut tx, seal.as_str(), far).await.unwrap().unwrap().expired);
        let unknown = standing_at(&mut tx, "E1330100000102123456789P", far).await;
        assert_eq!(refused(unknown), "30001");
    }
}

#[tokio::test]
async fn histories_are_only_added_to() {
    for database in databases(Schema::Platform).await {
        let world = World::on(database, config()).await;
        let (seal, _) = world.contract_seal().await;
        for table in ["seal_state_history", "system_history"] {
            for sql in [format!("UPDATE {table} SET actor = 'x'"), format!("DELETE FROM {table}")] {
                let refused = world.database.try_tamper(&sql).await.unwrap_err();
                assert!(refused.contains("only added to"), "{sql}: {refused}");
            }
        }
        world.set_state(&seal, SealState::Disabled).await.unwrap();
        assert_eq!(history(&world, &seal).await, 2);
    }
}

#[tokio::test]
async fn a_suspended_system_kills_what_its_seals_have_outstanding() {
    for database in databases(Schema::Platform).await {
        let world = World::on(database, config()).await;
        let context = world.platform.context();
        let (seal, _) = world.contract_seal().await;
        hand_out(&world, &seal).await;
        let by = ("one", Some("key compromise"));
        onboarding::set_state(context, &world.b.app_id, SystemState::Suspended, by).await.unwrap();
        assert!(is_dead(&world, &seal).await);
        assert_eq!(code(world.a.client.call::<SealQuery>(&query()).await), "30008");
        let stood = standing(&world, &seal).await;
        assert!(stood.source_suspended && stood.state == "enabled");
        let events = world.evidence("system.state").await;
        let last = events.last().unwrap();
        assert_eq!((&last["voidedSignIds"], &last["voidedConsents"]), (&1.into(), &1.into()));
        let late = filing(&make_seal(&contract("ES0009")), "late");
        assert_eq!(code(world.b_client.call::<SealFiling>(&late).await), "10007");
    }
}
