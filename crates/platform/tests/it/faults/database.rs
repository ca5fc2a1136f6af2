//! PostgreSQL gone and back, hung, and taken over by its standby. Real servers of the tests' own.

use std::time::{Duration, Instant};

use protocol::endpoints::{CloudSign, SealFiling, SealQuery};
use protocol::lists::SealType;
use protocol::tables::{CloudSignRequest, FilingRequest};
use storage::{Durability, Options, Schema};
use testkit::cluster::Server;
use testkit::databases::at;
use testkit::scripted_system::{SealSpec, Transport, make_seal};

use super::refused;
use crate::common::child::{Stage, first, insist, not_good};
use crate::common::raw::get;
use crate::common::{contract, filing, query};

/// A platform over these servers, the first of which can be written to.
async fn stage(servers: &[&Server]) -> Stage {
    let places: Vec<String> = servers.iter().map(|server| server.place()).collect();
    let address = format!("postgres://sealbridge@{}/platform", places.join(","));
    let options = Options {
        durability: Durability::Normal,
        acquire_timeout: Duration::from_secs(2),
        ..Options::new(Schema::Platform)
    };
    Stage::new(at(&address, options).await, None).await
}

fn another_filing() -> FilingRequest {
    let name = "示例科技有限公司财务专用章";
    let seal = make_seal(&SealSpec { name, seal_type: SealType::Finance, ..contract("ES0002") });
    filing(&seal, "ES0002")
}

/// Requests in every stage at the moment in which the database goes.
struct Before {
    /// Signed and answered.
    done: (CloudSignRequest, String),
    /// At the seal system.
    under_way: CloudSignRequest,
    /// Sent for the first time when there is no database.
    filing: FilingRequest,
    answer: tokio::task::JoinHandle<Result<protocol::tables::SignatureValueData, client::ClientError>>,
    process: u32,
}

impl Before {
    async fn of(stage: &Stage) -> Self {
        let done = stage.ready_to_sign(&[1; 32]).await;
        let signature = stage.a.call::<CloudSign>(&done).await.unwrap().data.sign_data.text();
        let under_way = stage.ready_to_sign(&[2; 32]).await;
        stage.b.script(|script| script.transport = Transport::Late(Duration::from_millis(700)));
        let answer = first(&stage.a, &under_way);
        let until = Instant::now() + Duration::from_secs(5);
        while stage.b.signatures_made(under_way.sign_id.as_str()) == 0 {
            assert!(Instant::now() < until, "never at the seal system");
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        Self {
            done: (done, signature),
            under_way,
            filing: another_filing(),
            answer,
            process: stage.process.id(),
        }
    }

    /// Everything is there, nothing twice, and the process is the same.
    async fn check_all_kept(self, stage: &mut Stage) {
        stage.b.behave();
        stage.process.until_ready_says(200).await;
        let signature = insist::<CloudSign>(&stage.a, &self.under_way).await.sign_data.text();
        assert_eq!(stage.b.signatures_made(self.under_way.sign_id.as_str()), 1);
        let (request, earlier) = self.done;
        assert_eq!(insist::<CloudSign>(&stage.a, &request).await.sign_data.text(), earlier);
        let code = insist::<SealFiling>(&stage.b_client, &self.filing).await;
        assert_eq!(insist::<SealFiling>(&stage.b_client, &self.filing).await, code);
        assert_eq!(stage.process.id(), self.process, "the same process");
        stage.check_released(&[earlier, signature]).await;
    }
}

/// What is refused while there is no database, and what goes on.
async fn without(stage: &Stage, filing: &FilingRequest) {
    let query = query();
    let (asked, filed) =
        tokio::join!(refused::<SealQuery>(&stage.a, &query), refused::<SealFiling>(&stage.b_client, filing));
    assert_eq!((asked.as_str(), filed.as_str()), ("90001", "90001"));
    let ready = stage.process.until_ready_says(503).await;
    assert_eq!(not_good(&ready), ["database"], "{ready}");
    assert_eq!(get(&stage.process.address, "/health/live").await.status, 200);
    stage.a.server_time().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_that_is_gone_and_comes_back() {
    let Some(server) = Server::start() else { return };
    server.sql("CREATE DATABASE platform").await;
    let mut stage = stage(&[&server]).await;
    let mut before = Before::of(&stage).await;
    server.crash();
    without(&stage, &before.filing).await;
    // The seal system has signed, and nobody gets it without evidence.
    assert!((&mut before.answer).await.unwrap().is_err());
    server.start_again();
    before.check_all_kept(&mut stage).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_that_hangs_and_goes_on() {
    let Some(server) = Server::start() else { return };
    server.sql("CREATE DATABASE platform").await;
    let mut stage = stage(&[&server]).await;
    let mut before = Before::of(&stage).await;
    server.hang();
    without(&stage, &before.filing).await;
    assert!((&mut before.answer).await.unwrap().is_err());
    server.go_on();
    before.check_all_kept(&mut stage).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_standby_takes_over() {
    let Some(primary) = Server::start() else { return };
    primary.sql("CREATE DATABASE platform").await;
    let standby = primary.standby().await;
    let mut stage = stage(&[&primary, &standby]).await;
    let mut before = Before::of(&stage).await;
    primary.crash();
    without(&stage, &before.filing).await;
    assert!((&mut before.answer).await.unwrap().is_err());
    standby.promote();
    before.check_all_kept(&mut stage).await;
}
