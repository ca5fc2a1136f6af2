//! When the database cannot keep up: requests are refused with a retryable code, nothing is done, ready says why, and
//! it goes on by itself.

use std::sync::Arc;
use std::time::{Duration, Instant};

use client::{Client, ClientError, Identity, Peer};
use crypto::{Random, Sm2KeyPair};
use protocol::endpoints::SealQuery;
use protocol::{AppId, Clock};
use sealbridge_platform::{Platform, Secrets};
use tokio::net::TcpListener;
use zeroize::Zeroizing;

use crate::common::raw::get;
use crate::common::{config, grants, query, register};

async fn open(folder: &std::path::Path) -> Platform {
    let mut tight = config();
    tight.database.address = format!("sqlite:{}/p.db", folder.display());
    tight.database.connections = 1;
    tight.database.wait_ms = 200;
    for (file, name) in
        [(&mut tight.keys.signing, "s"), (&mut tight.keys.root, "r"), (&mut tight.keys.fields, "f")]
    {
        *file = folder.join(name);
    }
    let key_password = Some(Zeroizing::new("correct horse".to_owned()));
    let secrets = Secrets { key_password, ..Secrets::default() };
    Platform::open(tight, secrets, Clock::system(), Random::system()).await.unwrap()
}

/// The code and whether another try may help.
fn refusal(error: ClientError) -> (String, bool, Option<Duration>) {
    match error {
        ClientError::Refused(refusal) => (refusal.code, refusal.retryable, refusal.retry_after),
        other => panic!("{other}"),
    }
}

#[tokio::test]
async fn a_pool_that_is_used_up_refuses_soon_and_recovers() {
    let folder = tempfile::tempdir().unwrap();
    let platform = Arc::new(open(folder.path()).await);
    let key = Sm2KeyPair::generate(&Random::system()).unwrap();
    register(&platform, ("SYSA", "0A01"), None, &key, grants(&[], &[])).await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let shutdown = http_server::Shutdown::new();
    let (serving, told) = (Arc::clone(&platform), shutdown.clone());
    let served = tokio::spawn(async move { serving.serve(listener, told).await });
    let context = platform.context();
    let peer =
        Peer::new(&format!("http://{address}"), context.id.clone(), [context.signer.verifying_key().clone()]);
    let me = Identity { app_id: AppId::parse("SYSA").unwrap(), signer: Arc::new(key) };
    let client = Client::new(me, peer, Clock::system(), Random::system()).unwrap();
    client.call::<SealQuery>(&query()).await.unwrap();

    let entries = async || {
        let other = storage::Options::new(storage::Schema::Platform);
        let path = format!("{}/p.db", folder.path().display());
        let database = storage::Database::open(&path, &other).await.unwrap();
        let mut tx = database.read().await.unwrap();
        storage::evidence::head(&mut tx).await.unwrap().seq
    };
    let before = entries().await;
    // The one reader is taken; then the one writer, which the evidence log needs.
    for writer in [false, true] {
        let database = &context.database;
        let taken = if writer { database.begin().await } else { database.read().await }.unwrap();
        let started = Instant::now();
        let refused = refusal(client.call::<SealQuery>(&query()).await.unwrap_err());
        assert_eq!((refused.0.as_str(), refused.1), ("90001", true));
        assert!(refused.2.is_some());
        assert!(started.elapsed() < Duration::from_secs(3), "{:?}", started.elapsed());
        tokio::time::sleep(Duration::from_millis(600)).await;
        let ready = get(&address, "/health/ready").await;
        assert_eq!(ready.status, 503, "{}", ready.json());
        taken.rollback().await.unwrap();
        tokio::time::sleep(Duration::from_millis(600)).await;
        assert_eq!(get(&address, "/health/ready").await.status, 200);
    }
    assert_eq!(entries().await, before, "what was refused left nothing");
    client.call::<SealQuery>(&query()).await.unwrap();
    shutdown.begin();
    served.await.unwrap().unwrap();
}
