//! PostgreSQL servers that go, hang, or are taken over by a standby: what is used then, and after how long.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use sealbridge_storage::{Database, Error, Options, Schema, meta};
use testkit::cluster::Server;
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};

fn options() -> Options {
    Options {
        connections: 2,
        acquire_timeout: Duration::from_secs(1),
        busy_timeout: Duration::from_millis(500),
        statement_timeout: Duration::from_secs(1),
        ..Options::new(Schema::Platform)
    }
}

async fn set(database: &Database, value: &str) -> Result<(), Error> {
    let mut tx = database.begin().await?;
    meta::set(&mut tx, "test", value).await?;
    tx.commit().await
}

async fn get(database: &Database) -> Result<Option<String>, Error> {
    let mut tx = database.read().await?;
    let value = meta::get(&mut tx, "test").await?;
    tx.commit().await?;
    Ok(value)
}

/// As callers do: until it goes through.
async fn insist(database: &Database, value: &str) {
    let until = Instant::now() + Duration::from_secs(30);
    while let Err(error) = set(database, value).await {
        assert!(matches!(error, Error::Unavailable(_) | Error::OutcomeUnknown(_)), "{error:?}");
        assert!(Instant::now() < until, "{error:?}");
    }
}

/// A primary and its standby, and the address of both, the standby's first.
async fn pair() -> Option<(Server, Server, String)> {
    let primary = Server::start()?;
    primary.sql("CREATE DATABASE pair").await;
    let standby = primary.standby().await;
    let places = format!("{},{}", standby.place(), primary.place());
    let address = format!("postgres://sealbridge@{places}/pair?target_session_attrs=read-write");
    Some((primary, standby, address))
}

#[tokio::test]
async fn the_one_that_can_be_written_to_is_used() {
    let Some((primary, standby, address)) = pair().await else { return };
    let database = Database::open(&address, &options()).await.unwrap();
    set(&database, "first").await.unwrap();
    primary.crash();
    let started = Instant::now();
    assert!(matches!(set(&database, "nowhere").await, Err(Error::Unavailable(_))));
    assert!(started.elapsed() < Duration::from_secs(6), "{:?}", started.elapsed());
    // A standby is not read from either: it may lag behind.
    assert!(get(&database).await.is_err());
    standby.promote();
    insist(&database, "second").await;
    let only = Database::open(&standby.url("pair"), &options()).await.unwrap();
    assert_eq!(get(&only).await.unwrap().as_deref(), Some("second"));
}

#[tokio::test]
async fn a_primary_that_comes_back_is_none() {
    let Some((primary, standby, address)) = pair().await else { return };
    let database = Database::open(&address, &options()).await.unwrap();
    set(&database, "first").await.unwrap();
    primary.hang();
    standby.promote();
    // What was acknowledged by the old one is there: its commits waited for the standby.
    let until = Instant::now() + Duration::from_secs(30);
    let found = loop {
        match get(&database).await {
            Ok(found) => break found,
            Err(error) => assert!(Instant::now() < until, "{error:?}"),
        }
    };
    assert_eq!(found.as_deref(), Some("first"));
    insist(&database, "second").await;
    primary.go_on();
    // Both say now that they can be written to.
    for _ in 0..3 {
        let again = Database::open(&address, &options()).await.unwrap();
        assert_eq!(get(&again).await.unwrap().as_deref(), Some("second"));
        again.close().await;
    }
    assert_eq!(get(&database).await.unwrap().as_deref(), Some("second"));
}

/// Between us and a server; connections can be lost without a word, as by a network or a machine without power.
struct Wire {
    place: String,
    /// Connections up to this number are to be lost.
    lost: Arc<AtomicUsize>,
    made: Arc<AtomicUsize>,
    /// How many carry nothing any more.
    silent: Arc<AtomicUsize>,
}

impl Wire {
    async fn to(server: String) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let place = listener.local_addr().unwrap().to_string();
        let wire = Self { place, lost: Arc::default(), made: Arc::default(), silent: Arc::default() };
        let [lost, made, silent] = [&wire.lost, &wire.made, &wire.silent].map(Arc::clone);
        tokio::spawn(async move {
            while let Ok((mut near, _)) = listener.accept().await {
                let number = made.fetch_add(1, Ordering::SeqCst) + 1;
                let mut far = TcpStream::connect(&server).await.unwrap();
                let (lost, silent) = (Arc::clone(&lost), Arc::clone(&silent));
                tokio::spawn(async move {
                    let cut = async {
                        while lost.load(Ordering::SeqCst) < number {
                            tokio::time::sleep(Duration::from_millis(5)).await;
                        }
                    };
                    tokio::select! {
                        _ = copy_bidirectional(&mut near, &mut far) => {
                            // Closed: nothing to lose.
                            silent.fetch_add(1, Ordering::SeqCst);
                        }
                        () = cut => {
                            silent.fetch_add(1, Ordering::SeqCst);
                            std::future::pending::<()>().await;
                        }
                    }
                });
            }
        });
        wire
    }

    /// Returns when nothing goes through any connection there is.
    async fn lose(&self) {
        let made = self.made.load(Ordering::SeqCst);
        self.lost.store(made, Ordering::SeqCst);
        let until = Instant::now() + Duration::from_secs(10);
        while self.silent.load(Ordering::SeqCst) < made {
            assert!(Instant::now() < until, "a connection goes on");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
}

#[tokio::test]
async fn connections_that_say_nothing_any_more_are_left_behind() {
    let Some(server) = Server::start() else { return };
    server.sql("CREATE DATABASE wire").await;
    let wire = Wire::to(server.place()).await;
    let address = format!("postgres://sealbridge@{}/wire", wire.place);
    let database = Database::open(&address, &options()).await.unwrap();
    set(&database, "first").await.unwrap();
    // All there are.
    let (mut one, mut two) = tokio::try_join!(database.begin(), database.begin()).unwrap();
    wire.lose().await;
    let started = Instant::now();
    let (first, second) = tokio::join!(meta::get(&mut one, "test"), meta::get(&mut two, "test"));
    assert!(
        matches!((&first, &second), (Err(Error::Unavailable(_)), Err(Error::Unavailable(_)))),
        "{first:?}"
    );
    assert!(matches!(one.commit().await, Err(Error::Aborted)));
    assert!(started.elapsed() < Duration::from_secs(5), "{:?}", started.elapsed());
    drop(two);
    // As many as before, at once.
    let (three, four) = tokio::try_join!(database.begin(), database.begin()).unwrap();
    tokio::try_join!(three.rollback(), four.rollback()).unwrap();
    set(&database, "second").await.unwrap();
    // One that is lost in the moment of its commit leaves the outcome open.
    let mut last = database.begin().await.unwrap();
    meta::set(&mut last, "test", "third").await.unwrap();
    wire.lose().await;
    assert!(matches!(last.commit().await, Err(Error::OutcomeUnknown(_))));
    assert_eq!(get(&database).await.unwrap().as_deref(), Some("second"));
}
