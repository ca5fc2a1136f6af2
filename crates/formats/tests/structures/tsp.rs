//! Time stamps: asked for, granted, refused.

use crypto::Sm2KeyPair;
use sealbridge_formats::asn1::{Mode, Tag, Writer};
use sealbridge_formats::oid::{self, Oid};
use sealbridge_formats::tsp::{
    Accuracy, FailInfo, PkiStatus, Reply, TimeStampReq, TimeStampResp, TimeStampToken, Tsa, TspError, respond,
};
use sealbridge_formats::x509::AlgorithmIdentifier;

use crate::openssl::{Folder, available, good};
use crate::support::{at, pki, random};

const VALUE: &[u8] = b"signature value";

fn policy() -> Oid {
    "1.2.156.10197.6.1.5".parse().unwrap()
}

fn tsa(chain: &[Vec<u8>]) -> Tsa<'_> {
    let accuracy = Some(Accuracy { seconds: 1, millis: 500, micros: 0 });
    Tsa { signer: &pki().tsa.key, certificate: &pki().tsa.cert, chain, policy: policy(), accuracy }
}

fn ask(request: &[u8]) -> Reply {
    respond(request, &tsa(&[]), at("2026-11-24T08:00:01.9Z"), &random("tsa")).unwrap()
}

fn request() -> TimeStampReq {
    TimeStampReq::new(VALUE, &random("request"))
}

#[test]
fn a_request_goes_there_and_back() {
    let request = TimeStampReq { policy: Some(policy()), ..request() };
    assert_eq!(TimeStampReq::parse(&request.to_der(), Mode::Strict).unwrap(), request);
}

#[test]
fn a_granted_token_holds_what_was_asked() {
    let request = request();
    let chain = [pki().sub.der().to_vec()];
    let reply =
        respond(&request.to_der(), &tsa(&chain), at("2026-11-24T08:00:01.9Z"), &random("tsa")).unwrap();
    let answer = TimeStampResp::parse(&reply.der, Mode::Strict).unwrap();
    assert_eq!((answer.status, answer.fail_info), (PkiStatus::Granted, None));
    let token = TimeStampToken::parse(answer.token.as_deref().unwrap(), Mode::Strict).unwrap();
    assert_eq!(token.info.gen_time, at("2026-11-24T08:00:01Z"), "whole seconds");
    assert_eq!(token.info.nonce, request.nonce);
    assert_eq!(token.info.policy, policy());
    assert_eq!(token.info.accuracy, tsa(&[]).accuracy);
    assert_eq!(token.info.serial, reply.granted.unwrap().serial);
    assert!(token.is_over(VALUE) && !token.is_over(b"another value"));
    assert_eq!(token.signed_data.certificates.len(), 2);
    assert_eq!(token.signed_data.version, 3, "the content is no plain data (RFC 5652 §5.1)");
    let cert = token.certificate().unwrap();
    assert_eq!(cert, pki().tsa.cert);
    assert_eq!(token.names_certificate(cert.der()), Some(true));
    assert_eq!(token.names_certificate(pki().signer.der()), Some(false));
    assert_eq!(token.check_signature(&cert.verifying_key().unwrap()), Ok(vec![]));
    assert!(token.check_signature(&pki().signer.cert.verifying_key().unwrap()).is_err());
}

#[test]
fn certificates_come_only_when_they_are_asked_for() {
    let reply = ask(&TimeStampReq { cert_req: false, ..request() }.to_der());
    let der = TimeStampResp::parse(&reply.der, Mode::Strict).unwrap().token.unwrap();
    let token = TimeStampToken::parse(&der, Mode::Strict).unwrap();
    assert!(token.signed_data.certificates.is_empty() && token.certificate().is_none());
    assert!(token.signer().unwrap().id.names(&pki().tsa.cert));
    assert_eq!(token.check_signature(&pki().tsa.cert.verifying_key().unwrap()), Ok(vec![]));
}

#[test]
fn a_changed_statement_is_found_out() {
    let der = TimeStampResp::parse(&ask(&request().to_der()).der, Mode::Strict).unwrap().token.unwrap();
    let mut changed = der.clone();
    let place = changed.windows(15).position(|window| window == b"20261124080001Z").unwrap();
    changed[place + 3] = b'5';
    let token = TimeStampToken::parse(&changed, Mode::Strict).unwrap();
    assert_eq!(token.info.gen_time, at("2025-11-24T08:00:01Z"));
    assert!(!token.attributes_fit());
    assert!(token.check_signature(&pki().tsa.cert.verifying_key().unwrap()).is_err());
}

#[test]
fn refusals_say_why() {
    let sha256 = AlgorithmIdentifier::plain(oid::SHA256);
    let cases = [
        (b"nonsense".to_vec(), FailInfo::BadDataFormat),
        (
            {
                let mut request = request();
                request.imprint.algorithm = sha256;
                request.to_der()
            },
            FailInfo::BadAlg,
        ),
        (
            {
                let mut request = request();
                request.imprint.digest.pop();
                request.to_der()
            },
            FailInfo::BadDataFormat,
        ),
        (TimeStampReq { policy: Some(oid::SM3), ..request() }.to_der(), FailInfo::UnacceptedPolicy),
        (version_2(), FailInfo::BadRequest),
        (with_extension(), FailInfo::UnacceptedExtension),
    ];
    for (request, expected) in cases {
        let reply = ask(&request);
        let answer = TimeStampResp::parse(&reply.der, Mode::Strict).unwrap();
        assert_eq!((answer.status, answer.fail_info), (PkiStatus::Rejection, Some(expected)));
        assert_eq!(reply.refused, Some(expected));
        assert!(answer.token.is_none() && reply.granted.is_none() && answer.texts.len() == 1);
    }
}

fn imprint(w: &mut Writer) {
    w.sequence(|w| {
        w.sequence(|w| w.oid(&oid::SM3));
        w.octets(&[0; 32]);
    });
}

fn version_2() -> Vec<u8> {
    Writer::build(|w| {
        w.sequence(|w| {
            w.integer(2);
            imprint(w);
        });
    })
}

fn with_extension() -> Vec<u8> {
    Writer::build(|w| {
        w.sequence(|w| {
            w.integer(1);
            imprint(w);
            w.nested(Tag::context(0), |w| {
                w.sequence(|w| {
                    w.oid(&oid::KEY_USAGE);
                    w.octets(&[5, 0]);
                });
            });
        });
    })
}

#[test]
fn every_reason_has_its_bit() {
    let all = [
        FailInfo::BadAlg,
        FailInfo::BadRequest,
        FailInfo::BadDataFormat,
        FailInfo::TimeNotAvailable,
        FailInfo::UnacceptedPolicy,
        FailInfo::UnacceptedExtension,
        FailInfo::AddInfoNotAvailable,
        FailInfo::SystemFailure,
    ];
    for info in all {
        let reply = sealbridge_formats::tsp::reject(info, "原因");
        assert_eq!(TimeStampResp::parse(&reply.der, Mode::Strict).unwrap().fail_info, Some(info));
    }
}

#[test]
fn an_authority_that_is_not_in_order_does_not_stamp() {
    let signer = &pki().signer;
    let wrong = Tsa { signer: &signer.key, certificate: &signer.cert, ..tsa(&[]) };
    let result = respond(&request().to_der(), &wrong, at("2026-11-24T08:00:00Z"), &random("tsa"));
    assert!(matches!(result, Err(TspError::Purpose)));
    let stranger = Sm2KeyPair::generate(&random("stranger")).unwrap();
    let wrong = Tsa { signer: &stranger, ..tsa(&[]) };
    let result = respond(&request().to_der(), &wrong, at("2026-11-24T08:00:00Z"), &random("tsa"));
    assert!(matches!(result, Err(TspError::Cms(_))));
}

#[test]
fn an_answer_that_contradicts_itself_is_refused() {
    let granted_without_token = TimeStampResp {
        status: PkiStatus::Granted,
        texts: Vec::new(),
        fail_info: None,
        token: None,
        deviations: Vec::new(),
    };
    assert!(TimeStampResp::parse(&granted_without_token.to_der(), Mode::Tolerant).is_err());
}

/// Any RFC 3161 software reads what we write: it has the content types that RFC 5652 gives.
#[test]
fn openssl_reads_our_answers() {
    if !available() {
        return;
    }
    let folder = Folder::new();
    let file = folder.write("answer.tsr", &ask(&request().to_der()).der);
    let text = good(&["ts", "-reply", "-in", &file, "-text"]);
    assert!(
        text.contains("Status: Granted.") && text.contains("Time stamp: Nov 24 08:00:01 2026 GMT"),
        "{text}"
    );
}
