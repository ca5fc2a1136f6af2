//! The signed answer: a known one, and every way in which an answer lies (wire profile §6 and §9).

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use crate::protocol::AppId;
use crate::protocol::wire::{
    Binding, Bound, HEADER_TIME, Reply, ReplyFault, ReplyHeaders, key_id, verify_reply,
};
use crate::util::{app, key, other_key};
use crypto::{Signer, VerifyingKey, sm3};

fn now() -> Timestamp {
    "2026-01-01T00:00:00Z".parse().unwrap()
}

struct Case {
    audience: AppId,
    app_id: AppId,
    hash: [u8; 32],
    status: u16,
    body: Vec<u8>,
}

impl Case {
    fn new() -> Self {
        Self {
            audience: app("platform"),
            app_id: app("A1"),
            hash: [7; 32],
            status: 200,
            body: b"{}".to_vec(),
        }
    }

    fn reply(&self) -> Reply<'_> {
        let binding = Some(Binding { app_id: &self.app_id, request_hash: self.hash });
        Reply {
            audience: &self.audience,
            binding,
            status: self.status,
            body_sm3: crypto::sm3::digest(&self.body),
        }
    }

    fn signed(&self) -> ReplyHeaders {
        self.reply().sign(key(), "request-1", now(), "nonce-1".into()).unwrap()
    }

    fn check(&self, headers: &ReplyHeaders) -> Result<Bound, ReplyFault> {
        self.check_at(headers, now())
    }

    fn check_at(&self, headers: &ReplyHeaders, at: Timestamp) -> Result<Bound, ReplyFault> {
        let known = key().verifying_key();
        verify_reply(&self.reply(), headers, |id| (id == key_id(known)).then(|| known.clone()), at)
    }
}

#[test]
fn an_honest_answer_is_believed() {
    let case = Case::new();
    assert_eq!(case.check(&case.signed()), Ok(Bound::Yes));
}

#[test]
fn an_answer_signed_by_openssl() {
    let vector: Value = serde_json::from_str(include_str!("../../fixtures/signing.json")).unwrap();
    let reply = &vector["reply"];
    let headers = ReplyHeaders::read(|name| reply["headers"][name].as_str()).unwrap();
    let known = STANDARD.decode(vector["publicKey"].as_str().unwrap()).unwrap();
    let known = VerifyingKey::from_spki_der(&known).unwrap();
    let audience = app(vector["audience"].as_str().unwrap());
    let app_id = app(reply["appId"].as_str().unwrap());
    let request_hash = sm3::digest(vector["canonical"].as_str().unwrap().as_bytes());
    let body = reply["body"].as_str().unwrap().as_bytes();
    let expected = Reply {
        audience: &audience,
        binding: Some(Binding { app_id: &app_id, request_hash }),
        status: 200,
        body_sm3: sm3::digest(body),
    };
    let at: Timestamp = reply["now"].as_str().unwrap().parse().unwrap();
    let found = |id: &str| (id == key_id(&known)).then(|| known.clone());
    assert_eq!(verify_reply(&expected, &headers, found, at), Ok(Bound::Yes));
}

#[test]
fn what_was_altered_is_not_believed() {
    let honest = Case::new();
    let headers = honest.signed();
    for lie in [
        Case { body: b"{ }".to_vec(), ..Case::new() },
        Case { status: 403, ..Case::new() },
        Case { audience: app("other"), ..Case::new() },
        Case { app_id: app("A2"), ..Case::new() },
    ] {
        assert_eq!(lie.check(&headers), Err(ReplyFault::WrongSignature));
    }
    assert_eq!(Case { hash: [8; 32], ..Case::new() }.check(&headers), Err(ReplyFault::WrongRequest));
    for change in [
        |h: &mut ReplyHeaders| h.request_id = "request-2".into(),
        |h: &mut ReplyHeaders| h.nonce = "nonce-2".into(),
        |h: &mut ReplyHeaders| h.time = "1767225600001".into(),
        |h: &mut ReplyHeaders| h.signature = "MAYCAQECAQE=".into(),
        |h: &mut ReplyHeaders| h.signature = "nothing".into(),
    ] {
        let mut altered = headers.clone();
        change(&mut altered);
        assert_eq!(honest.check(&altered), Err(ReplyFault::WrongSignature));
    }
}

#[test]
fn another_key_is_not_believed() {
    let case = Case::new();
    let by_other = case.reply().sign(other_key(), "r", now(), "n".into()).unwrap();
    assert_eq!(case.check(&by_other), Err(ReplyFault::UnknownKey));
    let claims = ReplyHeaders { key_id: key_id(key().verifying_key()), ..by_other };
    assert_eq!(case.check(&claims), Err(ReplyFault::WrongSignature));
}

#[test]
fn five_minutes_are_allowed_and_not_more() {
    let case = Case::new();
    let headers = case.signed();
    for (seconds, good) in [(300, true), (-300, true), (301, false), (-301, false)] {
        let result = case.check_at(&headers, now() + SignedDuration::from_secs(seconds));
        assert_eq!(result == Ok(Bound::Yes), good, "{seconds} {result:?}");
        assert!(good || result == Err(ReplyFault::Skew));
    }
    let malformed = ReplyHeaders { time: "soon".into(), ..headers };
    assert_eq!(case.check(&malformed), Err(ReplyFault::Malformed(HEADER_TIME)));
}

#[test]
fn an_answer_without_its_request_says_so() {
    let case = Case::new();
    let unbound = Reply { binding: None, ..case.reply() };
    let headers = unbound.sign(key(), "r", now(), "n".into()).unwrap();
    assert_eq!(case.check(&headers), Ok(Bound::No));
    // Nobody can cut the bond of a bound answer, or make one for an unbound answer.
    let cut = ReplyHeaders { request_hash: "-".into(), ..case.signed() };
    assert_eq!(case.check(&cut), Err(ReplyFault::WrongSignature));
    let tied = ReplyHeaders { request_hash: hex::encode(case.hash), ..headers };
    assert_eq!(case.check(&tied), Err(ReplyFault::WrongSignature));
}

#[test]
fn every_header_is_needed_and_plain() {
    let headers = Case::new().signed();
    for missing in headers.pairs().map(|(name, _)| name) {
        let read = |odd: Option<&'static str>| {
            ReplyHeaders::read(|name| {
                if name == missing {
                    return odd;
                }
                headers.pairs().into_iter().find(|(n, _)| *n == name).map(|(_, value)| value)
            })
        };
        assert_eq!(read(None), Err(ReplyFault::Missing(missing)));
        for odd in ["", "a\nb", "a b", "号"] {
            assert_eq!(read(Some(odd)), Err(ReplyFault::Malformed(missing)));
        }
    }
}
