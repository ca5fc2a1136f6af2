//! How often each interface asks the database for something: the ceilings that must not grow unseen. Every statement is
//! a round trip (PostgreSQL) or a hand-over to another thread (SQLite), and so are `BEGIN` and `COMMIT`; they, and not
//! SM2, are most of what a request costs.

use std::fmt::Write as _;

use protocol::endpoints::{CloudSign, ConsentApply, ConsentOutcome, SealChanges, SealFiling, SealQuery};
use protocol::lists::{SealState, SignFormat};
use protocol::tables::{ChangesRequest, ConsentResultRequest};
use protocol::{AuthId, SealCode};
use storage::Schema;
use storage::Traffic;
use testkit::databases::databases;
use testkit::scripted_system::make_seal;

use crate::common::{World, application, code, config, contract, filing, query, signing};

/// What each interface may ask for: transactions, and statements in them and alone, on SQLite and on PostgreSQL.
const CEILINGS: [(&str, [Traffic; 2]); 8] = [
    ("refused at once", [most(1, 5), most(1, 5)]),
    ("filing", [most(2, 16), most(2, 17)]),
    ("get seals", [most(2, 17), most(2, 17)]),
    ("consent: application", [most(2, 12), most(2, 12)]),
    ("consent: outcome", [most(2, 13), most(2, 13)]),
    ("signature", [most(3, 20), most(3, 20)]),
    ("changes of seals", [most(2, 6), most(2, 6)]),
    ("state of a seal", [most(2, 15), most(2, 15)]),
];

const fn most(transactions: u64, statements: u64) -> Traffic {
    Traffic { transactions, statements }
}

/// What one piece of work asked the platform's database for, and its result.
async fn asked<T>(world: &World, work: impl Future<Output = T>) -> (Traffic, T) {
    let database = &world.platform.context().database;
    let before = database.traffic();
    let result = work.await;
    let after = database.traffic();
    let (transactions, statements) =
        (after.transactions - before.transactions, after.statements - before.statements);
    (Traffic { transactions, statements }, result)
}

/// Every interface once, on a platform where each was used before.
async fn measure(world: &World) -> Vec<Traffic> {
    let (seal_code, _) = world.contract_seal().await;
    let first = world.ready_to_sign(&[1; 32], SignFormat::P7).await;
    world.sign(&first).await.unwrap();
    let nobody = SealCode::parse("E11101080A0101000000001F").unwrap();
    let client = &world.a.client;
    let unfiled =
        ConsentResultRequest { auth_id: AuthId::parse(&"a".repeat(32)).unwrap(), seal_code: nobody };
    let (refused, result) = asked(world, client.call::<ConsentOutcome>(&unfiled)).await;
    assert!(!code(result).is_empty());
    let other = make_seal(&contract("ES0009"));
    let request = filing(&other, "ES0009");
    let (filed, result) = asked(world, world.b_client.call::<SealFiling>(&request)).await;
    world.set_state(&result.unwrap().data, SealState::Disabled).await.unwrap();
    let wanted = query();
    let (got, result) = asked(world, client.call::<SealQuery>(&wanted)).await;
    let info = result.unwrap().data.into_iter().next().unwrap();
    let wanted = application(&info.seal_code);
    let (applied, result) = asked(world, client.call::<ConsentApply>(&wanted)).await;
    let auth_id = result.unwrap().data.auth_id;
    let wanted = ConsentResultRequest { auth_id: auth_id.clone(), seal_code: info.seal_code.clone() };
    let (told, result) = asked(world, client.call::<ConsentOutcome>(&wanted)).await;
    let consent = (auth_id, result.unwrap().data.auth_code);
    let wanted = signing(&info.seal_code, consent, info.sign_id, &[2; 32], SignFormat::P7);
    let (signed, result) = asked(world, client.call::<CloudSign>(&wanted)).await;
    result.unwrap();
    let wanted = ChangesRequest { cursor: None };
    let (changes, result) = asked(world, client.call::<SealChanges>(&wanted)).await;
    result.unwrap();
    let (state, result) = asked(world, world.set_state(&seal_code, SealState::Disabled)).await;
    result.unwrap();
    vec![refused, filed, got, applied, told, signed, changes, state]
}

#[tokio::test]
async fn no_interface_asks_the_database_more_often_than_it_may() {
    for (engine, database) in databases(Schema::Platform).await.into_iter().enumerate() {
        let name = database.name();
        let world = World::on(database, config()).await;
        let found = measure(&world).await;
        let mut table = String::new();
        let mut over = Vec::new();
        for ((interface, ceilings), found) in CEILINGS.iter().zip(found) {
            let ceiling = ceilings[engine];
            writeln!(table, "{name}, {interface}: {found:?}, at most {ceiling:?}").unwrap();
            if found.transactions > ceiling.transactions || found.statements > ceiling.statements {
                over.push(*interface);
            }
        }
        eprint!("{table}");
        assert!(over.is_empty(), "over the ceiling: {over:?}\n{table}");
        world.check().await;
    }
}
