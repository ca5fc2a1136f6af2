//! The databases of the platform and of seal system B, read beside the servers or while they are down.

use protocol::SignId;
use serde_json::Value;
use storage::evidence::Entry;
use storage::platform::sign_ids::SignIdState;
use storage::{Database, Migrations, Options, Schema};

use crate::seal_system::B;
use crate::site::{Site, text};

/// Where a signId is at the platform.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum State {
    /// Bound to nothing: the request had not begun.
    Issued,
    /// Begun and not ended.
    Signing,
    /// The signature is stored.
    Used,
}

/// The signature that each side stored under a signId.
pub(crate) struct Stored {
    pub(crate) platform: Option<Vec<u8>>,
    pub(crate) seal_system: Option<Vec<u8>>,
}

/// What the evidence logs tell.
pub(crate) struct Books {
    /// Every signature that the platform released.
    pub(crate) released: Vec<Vec<u8>>,
    /// The signId of every signature that B made.
    pub(crate) made: Vec<String>,
}

async fn open(site: &Site, schema: Schema) -> Database {
    let file = match schema {
        Schema::Platform => "platform.db",
        Schema::SealSystem => "seal-system.db",
    };
    let options = Options { migrations: Migrations::Require, ..Options::new(schema) };
    Database::open(&text(&site.path(file)), &options).await.unwrap()
}

/// Where a signId of B is at the platform.
pub(crate) async fn state(site: &Site, sign_id: &SignId) -> State {
    let database = open(site, Schema::Platform).await;
    let mut tx = database.read().await.unwrap();
    let row = storage::platform::sign_ids::find(&mut tx, B, sign_id.as_str()).await.unwrap().unwrap();
    tx.commit().await.unwrap();
    database.close().await;
    match row.state {
        SignIdState::Issued => State::Issued,
        SignIdState::Signing => State::Signing,
        SignIdState::Used => State::Used,
        SignIdState::Void => panic!("{sign_id} was voided by nobody"),
    }
}

/// What both sides stored under a signId.
pub(crate) async fn stored(site: &Site, sign_id: &SignId) -> Stored {
    let database = open(site, Schema::Platform).await;
    let mut tx = database.read().await.unwrap();
    let row = storage::platform::sign_ids::find(&mut tx, B, sign_id.as_str()).await.unwrap();
    let platform = row.and_then(|row| row.signature);
    drop(tx);
    database.close().await;
    let database = open(site, Schema::SealSystem).await;
    let mut tx = database.read().await.unwrap();
    let row = storage::seal_system::sign_ids::find(&mut tx, sign_id.as_str()).await.unwrap();
    let seal_system = row.and_then(|row| row.signature);
    drop(tx);
    database.close().await;
    Stored { platform, seal_system }
}

impl Books {
    /// Reads both evidence logs, which have to be whole.
    pub(crate) async fn read(site: &Site) -> Self {
        let released = entries(site, Schema::Platform, "signature.released").await;
        let made = entries(site, Schema::SealSystem, "signature.made").await;
        let word = |value: &Value, name: &str| value[name].as_str().unwrap().to_owned();
        let signature = |value: &Value| {
            let text = word(value, "signature");
            protocol::Base64Data::parse(&text).unwrap().into_bytes()
        };
        Self {
            released: released.iter().map(signature).collect(),
            made: made.iter().map(|value| word(value, "sign_id")).collect(),
        }
    }
}

/// The payloads of every entry of a kind.
async fn entries(site: &Site, schema: Schema, kind: &str) -> Vec<Value> {
    let database = open(site, schema).await;
    let mut found = Vec::new();
    let collect = |entry: &Entry| {
        if entry.kind == kind {
            found.push(serde_json::from_slice(entry.payload.as_deref().unwrap()).unwrap());
        }
    };
    let audit = storage::evidence::audit(&database, collect).await.unwrap();
    assert!(audit.is_good(), "{schema:?}: {audit:?}");
    database.close().await;
    found
}
