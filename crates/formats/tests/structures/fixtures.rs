//! The files in `fixtures/`: made by this crate, read by it, and the first corpus of the fuzz targets.
//!
//! `cargo test -p sealbridge-formats --test structures -- --ignored write_the_fixtures` makes them anew.

use std::path::PathBuf;

use sealbridge_formats::asn1::Mode;
use sealbridge_formats::cms::{SignedData, sign_detached};
use sealbridge_formats::crl::{CrlBuilder, CrlReason, read_crls};
use sealbridge_formats::oid;
use sealbridge_formats::ses::{Seal, SealDraft, SealVersion, SesSignature, TbsSignDraft, assemble_signature};
use sealbridge_formats::tsp::{TimeStampReq, TimeStampResp, TimeStampToken, Tsa, respond};
use sealbridge_formats::x509::{pem_encode, read_certificates};

use crate::support::{at, pki, random, seal, seal_draft, tbs_draft};

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("fixtures")
}

fn fixture(name: &str) -> Vec<u8> {
    std::fs::read(folder().join(name)).unwrap()
}

#[test]
#[ignore = "writes the fixtures; run it by name when they are to change"]
fn write_the_fixtures() {
    std::fs::create_dir_all(folder()).unwrap();
    let write = |name: &str, content: &[u8]| std::fs::write(folder().join(name), content).unwrap();
    let pki = pki();
    let chain = [
        ("root", &pki.root),
        ("sub", &pki.sub),
        ("maker", &pki.maker),
        ("signer", &pki.signer),
        ("tsa", &pki.tsa),
    ];
    for (name, member) in chain {
        write(&format!("{name}.pem"), pem_encode("CERTIFICATE", member.der()).as_bytes());
    }
    let crl = CrlBuilder::new(1, at("2026-01-01T00:00:00Z"), at("2036-01-01T00:00:00Z"))
        .revoke(&pki.person.cert.serial, at("2025-01-01T00:00:00Z"), Some(CrlReason::KeyCompromise))
        .issue(&pki.sub.cert, &pki.sub.key)
        .unwrap();
    write("sub.crl", &crl);
    let sealed = seal();
    write("seal_v4.esl", &sealed);
    write("seal_v1.esl", &crate::ses_odd::old_seal(1));
    let tbs = TbsSignDraft { seal_der: sealed, ..tbs_draft() }.to_der().unwrap();
    let value = crypto::Signer::sign(&pki.signer.key, &tbs).unwrap();
    let request = TimeStampReq::new(&value, &random("fixture request")).to_der();
    write("request.tsq", &request);
    let tsa = Tsa {
        signer: &pki.tsa.key,
        certificate: &pki.tsa.cert,
        chain: &[],
        policy: oid::SM3,
        accuracy: None,
    };
    let reply = respond(&request, &tsa, at("2026-11-24T08:00:05Z"), &random("fixture stamp")).unwrap();
    write("answer.tsr", &reply.der);
    let token = TimeStampResp::parse(&reply.der, Mode::Strict).unwrap().token.unwrap();
    write("signature_v4.dat", &assemble_signature(&tbs, pki.signer.der(), &value, Some(&token)));
    let digest = crypto::sm3::digest(b"Signature.xml");
    let message =
        sign_detached(digest, at("2026-11-24T08:00:00Z"), &pki.signer.key, pki.signer.der(), &[]).unwrap();
    write("signed_data.p7s", &message);
}

fn certificate(name: &str) -> sealbridge_formats::x509::Certificate {
    read_certificates(&fixture(name)).unwrap().remove(0)
}

#[test]
fn certificates_and_list_chain() {
    let (root, sub) = (certificate("root.pem"), certificate("sub.pem"));
    sub.check_issued_by(&root).unwrap();
    for name in ["maker.pem", "signer.pem", "tsa.pem"] {
        certificate(name).check_issued_by(&sub).unwrap();
    }
    let crl = read_crls(&fixture("sub.crl")).unwrap().remove(0);
    crl.check_issued_by(&sub).unwrap();
    assert_eq!((crl.len(), crl.find(&certificate("signer.pem").serial)), (1, None));
}

#[test]
fn seals_verify() {
    let maker = certificate("maker.pem").verifying_key().unwrap();
    for (name, version) in [("seal_v4.esl", SealVersion::V4), ("seal_v1.esl", SealVersion::V1)] {
        let (seal, notes) = Seal::parse(&fixture(name), Mode::Strict).unwrap();
        assert_eq!((seal.version, notes.len()), (version, 0));
        assert_eq!(seal.check_maker_signature(&maker), Ok(vec![]));
    }
}

#[test]
fn the_signature_verifies_with_its_time_stamp() {
    let (signature, _) = SesSignature::parse(&fixture("signature_v4.dat"), Mode::Strict).unwrap();
    let signer = certificate("signer.pem");
    assert_eq!(signature.check_signature(&signer.verifying_key().unwrap()), Ok(vec![]));
    assert!(signature.signed.seal.raw() == fixture("seal_v4.esl"));
    let token = TimeStampToken::parse(signature.time_stamp.as_deref().unwrap(), Mode::Strict).unwrap();
    assert!(token.is_over(&signature.signature.bytes));
    assert_eq!(token.check_signature(&certificate("tsa.pem").verifying_key().unwrap()), Ok(vec![]));
    assert_eq!(TimeStampReq::parse(&fixture("request.tsq"), Mode::Strict).unwrap().nonce, token.info.nonce);
}

#[test]
fn what_is_unsigned_is_written_as_ever() {
    // The signed parts hold no random octets but those of the keys, so that they are the same for ever.
    let (stored, _) = SesSignature::parse(&fixture("signature_v4.dat"), Mode::Strict).unwrap();
    let (seal, _) = Seal::parse(&fixture("seal_v4.esl"), Mode::Strict).unwrap();
    let signed = &stored.signed;
    let again = TbsSignDraft {
        seal_der: seal.raw().to_vec(),
        time: signed.time,
        data_hash: signed.data_hash.bytes.clone().try_into().unwrap(),
        property_info: signed.property_info.clone(),
        ext_datas: Vec::new(),
    };
    assert!(again.to_der().unwrap() == stored.tbs());
    let draft = SealDraft { cert_list: seal.cert_list.clone(), ..seal_draft() };
    assert!(draft.info_der().unwrap() == seal.info());
}

#[test]
fn the_message_verifies() {
    let data = SignedData::parse(&fixture("signed_data.p7s"), Mode::Strict).unwrap();
    let key = certificate("signer.pem").verifying_key().unwrap();
    assert_eq!(data.signers[0].check_signature(&key, None), Ok(vec![]));
}
