//! The databases of the platform and of seal system B, read beside the servers or while they are down.

use std::time::{Duration, Instant};

use protocol::SignId;
use serde_json::Value;
use storage::evidence::Entry;
use storage::platform::sign_ids::{self, SignIdState};
use storage::{Database, Migrations, Options, Schema};

use crate::seal_system::B;
use crate::site::{Site, text};

/// How long something is waited for.
const PATIENCE: Duration = Duration::from_secs(20);

/// How far a signId is at the platform.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
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

/// Looks into both databases all the time.
pub(crate) struct Watch {
    platform: Database,
    seal_system: Database,
}

impl Watch {
    pub(crate) async fn open(site: &Site) -> Self {
        Self {
            platform: open(site, Schema::Platform).await,
            seal_system: open(site, Schema::SealSystem).await,
        }
    }

    /// Where a signId of B is at the platform.
    pub(crate) async fn state(&self, sign_id: &SignId) -> State {
        match self.at_platform(sign_id).await.state {
            SignIdState::Issued => State::Issued,
            SignIdState::Signing => State::Signing,
            SignIdState::Used => State::Used,
            SignIdState::Void => panic!("{sign_id} was voided by nobody"),
        }
    }

    /// Returns as soon as a signId is so far at the platform.
    pub(crate) async fn until(&self, sign_id: &SignId, state: State) {
        let started = Instant::now();
        while self.state(sign_id).await < state {
            assert!(started.elapsed() < PATIENCE, "{sign_id} is never {state:?}");
        }
    }

    /// Returns as soon as B has stored a signature.
    pub(crate) async fn until_made(&self, sign_id: &SignId) {
        let started = Instant::now();
        while self.made(sign_id).await.is_none() {
            assert!(started.elapsed() < PATIENCE, "{sign_id} is never signed");
        }
    }

    /// What both sides stored under a signId.
    pub(crate) async fn stored(&self, sign_id: &SignId) -> Stored {
        let platform = self.at_platform(sign_id).await.signature;
        Stored { platform, seal_system: self.made(sign_id).await }
    }

    async fn at_platform(&self, sign_id: &SignId) -> sign_ids::SignId {
        let mut tx = self.platform.read().await.unwrap();
        let row = sign_ids::find(&mut tx, B, sign_id.as_str()).await.unwrap();
        tx.commit().await.unwrap();
        row.unwrap()
    }

    async fn made(&self, sign_id: &SignId) -> Option<Vec<u8>> {
        let mut tx = self.seal_system.read().await.unwrap();
        let row = storage::seal_system::sign_ids::find(&mut tx, sign_id.as_str()).await.unwrap();
        tx.commit().await.unwrap();
        row.and_then(|row| row.signature)
    }
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
