//! Time stamps from authorities over HTTP that are honest, and from others.

use std::time::Duration;

use formats::asn1::Mode;
use formats::tsp::{
    FailInfo, MessageImprint, PkiStatus, TimeStampReq, TimeStampResp, TimeStampToken, Tsa, reject, respond,
};
use jiff::Timestamp;
use sealbridge_client::{
    Bounds, ClientError, STAMP_BOUNDS, StampError, Stamper, check_time_stamp, time_stamp,
};
use testkit::lab::token;
use testkit::pki::{Party, at, fixed_random, pki};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

const NOW: &str = "2026-03-01T08:00:00Z";
const VALUE: &[u8] = b"a signature value";

/// The address of an authority that makes its answers with `answer`.
async fn authority(answer: impl Fn(&[u8]) -> Vec<u8> + Send + Sync + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/tsa", listener.local_addr().unwrap());
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut bytes = Vec::new();
        let request = loop {
            let mut buffer = [0; 4096];
            let size = stream.read(&mut buffer).await.unwrap();
            assert!(size > 0, "the request ends early");
            bytes.extend_from_slice(&buffer[..size]);
            let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") else { continue };
            let head = String::from_utf8_lossy(&bytes[..end]).to_ascii_lowercase();
            assert!(head.contains("content-type: application/timestamp-query"), "{head}");
            let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).unwrap();
            let length: usize = length.parse().unwrap();
            if bytes.len() >= end + 4 + length {
                break bytes[end + 4..].to_vec();
            }
        };
        let body = answer(&request);
        let head = format!("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: {}\r\n\r\n", body.len());
        drop(stream.write_all(&[head.as_bytes(), &body].concat()).await);
    });
    url
}

/// What an authority with this certificate answers at a time, in good form.
fn stamp(party: &Party, request: &[u8], time: Timestamp) -> Vec<u8> {
    let policy = "1.2.156.10197.6.1.4.2".parse().unwrap();
    let tsa = Tsa { signer: &party.key, certificate: &party.certificate, chain: &[], policy, accuracy: None };
    respond(request, &tsa, time, &fixed_random("stamps")).unwrap().der
}

/// A token wrapped into an answer.
fn granted(token: Vec<u8>) -> Vec<u8> {
    let (texts, deviations) = (Vec::new(), Vec::new());
    TimeStampResp { status: PkiStatus::Granted, texts, fail_info: None, token: Some(token), deviations }
        .to_der()
}

async fn asked(
    answer: impl Fn(&[u8]) -> Vec<u8> + Send + Sync + 'static,
    bounds: Bounds,
) -> Result<Vec<u8>, StampError> {
    let url = authority(answer).await;
    let stamper = Stamper { bounds, ..Stamper::at(&url) };
    time_stamp(&stamper, VALUE, at(NOW), &fixed_random("asking")).await
}

/// The request with something else in it.
fn changed(request: &[u8], change: impl Fn(&mut TimeStampReq)) -> Vec<u8> {
    let mut request = TimeStampReq::parse(request, Mode::Strict).unwrap();
    change(&mut request);
    request.to_der()
}

#[tokio::test]
async fn an_honest_stamp_is_taken() {
    let token = asked(|request| stamp(&pki().tsa, request, at(NOW)), STAMP_BOUNDS).await.unwrap();
    assert!(TimeStampToken::parse(&token, Mode::Strict).unwrap().is_over(VALUE));
}

#[tokio::test]
async fn the_policy_asked_for_is_the_policy_given() {
    let wanted = "1.2.156.10197.6.1.4.2".parse().unwrap();
    let other = "1.2.3.4".parse().unwrap();
    let honest = |request: &[u8]| stamp(&pki().tsa, request, at(NOW));
    // One that stamps under its own policy whatever was asked for.
    let stubborn = |request: &[u8]| {
        let open = changed(request, |request| request.policy = None);
        stamp(&pki().tsa, &open, at(NOW))
    };
    let ask = async |url: String, policy| {
        let stamper = Stamper { policy: Some(policy), ..Stamper::at(&url) };
        time_stamp(&stamper, VALUE, at(NOW), &fixed_random("asking")).await
    };
    ask(authority(honest).await, wanted).await.unwrap();
    let refused = ask(authority(honest).await, other).await;
    assert!(
        matches!(&refused, Err(StampError::Refused(why)) if why.starts_with("the policy is not supported (")),
        "{refused:?}"
    );
    let stubborn = ask(authority(stubborn).await, other).await;
    assert!(matches!(stubborn, Err(StampError::Policy(policy)) if policy == wanted), "{stubborn:?}");
}

#[tokio::test]
async fn a_stamp_for_something_else_is_not_taken() {
    let other = |request: &[u8]| {
        let other = changed(request, |request| request.imprint = MessageImprint::sm3(b"something else"));
        stamp(&pki().tsa, &other, at(NOW))
    };
    assert!(matches!(asked(other, STAMP_BOUNDS).await, Err(StampError::Imprint)));
    let replayed = |request: &[u8]| {
        let other = changed(request, |request| request.nonce = Some(vec![0x41; 8]));
        stamp(&pki().tsa, &other, at(NOW))
    };
    assert!(matches!(asked(replayed, STAMP_BOUNDS).await, Err(StampError::Nonce)));
    let without = |_: &[u8]| granted(token(&pki().tsa, VALUE, at(NOW)));
    assert!(matches!(asked(without, STAMP_BOUNDS).await, Err(StampError::Nonce)));
}

#[test]
fn a_stamp_that_somebody_else_asked_for_is_checked_too() {
    let made = |party: &Party, value: &[u8]| token(party, value, at(NOW));
    let check = |token: &[u8], now: &str| check_time_stamp(token, VALUE, at(now));
    let good = made(&pki().tsa, VALUE);
    check(&good, NOW).unwrap();
    // Made long ago it is as good; in the future it is not.
    check(&good, "2026-09-01T00:00:00Z").unwrap();
    assert!(matches!(check(&good, "2026-03-01T07:49:59Z"), Err(StampError::Time(_))));
    assert!(matches!(check(&made(&pki().tsa, b"else"), NOW), Err(StampError::Imprint)));
    assert!(matches!(check(&made(&pki().signer, VALUE), NOW), Err(StampError::Purpose)));
    assert!(matches!(check(&made(&pki().tsa_expired, VALUE), NOW), Err(StampError::Period(_))));
    assert!(matches!(check(b"rubbish", NOW), Err(StampError::Malformed(_))));
}

#[tokio::test]
async fn a_stamp_by_somebody_else_is_not_taken() {
    let expired = |request: &[u8]| stamp(&pki().tsa_expired, request, at(NOW));
    assert!(matches!(asked(expired, STAMP_BOUNDS).await, Err(StampError::Period(_))));
    let nobody = |request: &[u8]| {
        let other = changed(request, |request| request.cert_req = false);
        stamp(&pki().tsa, &other, at(NOW))
    };
    assert!(matches!(asked(nobody, STAMP_BOUNDS).await, Err(StampError::Purpose)));
    let forged = |request: &[u8]| {
        let mut answer = stamp(&pki().tsa, request, at(NOW));
        if let Some(last) = answer.last_mut() {
            *last ^= 1;
        }
        answer
    };
    assert!(matches!(asked(forged, STAMP_BOUNDS).await, Err(StampError::Signature)));
    let early = |request: &[u8]| stamp(&pki().tsa, request, at("2026-03-01T07:49:59Z"));
    assert!(matches!(asked(early, STAMP_BOUNDS).await, Err(StampError::Time(_))));
}

#[tokio::test]
async fn what_is_no_stamp_is_told() {
    let refused = |_: &[u8]| reject(FailInfo::TimeNotAvailable, "no time").der;
    let error = asked(refused, STAMP_BOUNDS).await.unwrap_err();
    assert!(matches!(&error, StampError::Refused(why) if why.contains("no time")), "{error}");
    assert!(matches!(asked(|_| b"garbage".to_vec(), STAMP_BOUNDS).await, Err(StampError::Malformed(_))));
    let large = asked(|_| vec![0x30; (256 << 10) + 1], STAMP_BOUNDS).await;
    assert!(matches!(large, Err(StampError::Exchange(ClientError::TooLarge(_)))), "{large:?}");
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/tsa", listener.local_addr().unwrap());
    let hasty = Bounds { deadline: Duration::from_millis(200), ..STAMP_BOUNDS };
    // The connection is made by the operating system, and nobody ever answers.
    let random = fixed_random("slow");
    let hasty = Stamper { bounds: hasty, ..Stamper::at(&url) };
    let slow = time_stamp(&hasty, VALUE, at(NOW), &random).await;
    assert!(matches!(slow, Err(StampError::Exchange(ClientError::Late(_)))), "{slow:?}");
}
