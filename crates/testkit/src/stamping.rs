//! A time-stamping authority over real HTTP, whose behaviour the test decides.
#![expect(clippy::expect_used, reason = "a test that cannot have its authority must stop")]

use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::http::header::CONTENT_TYPE;
use axum::routing::post;
use formats::asn1::Mode;
use formats::tsp::{FailInfo, MessageImprint, TimeStampReq, Tsa, reject, respond};
use protocol::Clock;
use tokio::net::TcpListener;

use crate::pki::{Party, fixed_random};

/// The one policy of the authority.
pub const POLICY: &str = "1.2.156.10197.6.1.4.2";

/// How the authority behaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Conduct {
    /// It stamps what it is asked to.
    Honest,
    /// It has no time.
    Refusing,
    /// It stamps something else.
    Lying,
    /// It answers with what is no answer.
    Garbled,
    /// It is not heard of for a while.
    Late(Duration),
}

/// What it shares with its server.
struct Shared {
    conduct: Conduct,
    party: &'static Party,
    asked: usize,
}

/// An authority at work. It ends with the runtime of the test.
#[derive(Clone)]
pub struct StampingAuthority {
    /// Its address.
    pub url: String,
    shared: Arc<Mutex<Shared>>,
}

impl StampingAuthority {
    /// Starts one with a key and certificate; it is honest.
    ///
    /// # Panics
    /// When it cannot listen.
    pub async fn start(party: &'static Party, clock: Clock) -> Self {
        Self::start_at("127.0.0.1:0", party, clock).await
    }

    /// Starts one at an address.
    ///
    /// # Panics
    /// When it cannot listen.
    pub async fn start_at(address: &str, party: &'static Party, clock: Clock) -> Self {
        let listener = TcpListener::bind(address).await.expect("a port");
        let url = format!("http://{}/tsa", listener.local_addr().expect("an address"));
        let shared = Arc::new(Mutex::new(Shared { conduct: Conduct::Honest, party, asked: 0 }));
        let serving = Arc::clone(&shared);
        let answer = move |request: Bytes| stamp(Arc::clone(&serving), clock.clone(), request);
        let router = Router::new().route("/tsa", post(answer));
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { url, shared }
    }

    /// Changes its behaviour.
    ///
    /// # Panics
    /// After a panic of its server.
    pub fn behave(&self, conduct: Conduct) {
        self.shared.lock().expect("the authority").conduct = conduct;
    }

    /// Gives it another key and certificate.
    ///
    /// # Panics
    /// After a panic of its server.
    pub fn become_another(&self, party: &'static Party) {
        self.shared.lock().expect("the authority").party = party;
    }

    /// How often it was asked.
    ///
    /// # Panics
    /// After a panic of its server.
    pub fn asked(&self) -> usize {
        self.shared.lock().expect("the authority").asked
    }
}

async fn stamp(
    shared: Arc<Mutex<Shared>>,
    clock: Clock,
    request: Bytes,
) -> ([(axum::http::HeaderName, &'static str); 1], Vec<u8>) {
    let (conduct, party) = {
        let mut shared = shared.lock().expect("the authority");
        shared.asked += 1;
        (shared.conduct, shared.party)
    };
    if let Conduct::Late(late) = conduct {
        tokio::time::sleep(late).await;
    }
    let mut request = request.to_vec();
    if conduct == Conduct::Lying {
        let mut other = TimeStampReq::parse(&request, Mode::Strict).expect("a request");
        other.imprint = MessageImprint::sm3(b"something else");
        request = other.to_der();
    }
    let policy = POLICY.parse().expect("an identifier");
    let tsa = Tsa { signer: &party.key, certificate: &party.certificate, chain: &[], policy, accuracy: None };
    let answer = match conduct {
        Conduct::Refusing => reject(FailInfo::TimeNotAvailable, "no time").der,
        Conduct::Garbled => b"nothing".to_vec(),
        _ => respond(&request, &tsa, clock.now(), &fixed_random("stamping")).expect("a stamp").der,
    };
    ([(CONTENT_TYPE, "application/timestamp-reply")], answer)
}
