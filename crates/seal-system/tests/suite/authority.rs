//! The reference authority, looked at with OpenSSL where it is installed and knows SM2.

use std::path::Path;
use std::process::Command;
use std::sync::Arc;

use client::fetch::{FetchRules, Fetcher, Item};
use crypto::{Random, Signer, Sm2KeyPair};
use formats::asn1::Mode;
use formats::ocsp::{CertId, CertStatus, OcspRequest, OcspResponse, ResponseStatus};
use formats::tsp::{TimeStampReq, TimeStampResp, TimeStampToken};
use formats::x509::{Certificate, Profile, pem_encode};
use http_server::{Shutdown, Tasks};
use sealbridge_seal_system::authority::{
    Addresses, Authority, AuthorityFiles, AuthorityService, ListAddresses, Revoked, Subject,
};
use testkit::clock::TestClock;
use tokio::net::TcpListener;

use crate::browser::Browser;
use crate::world::House;

/// Runs OpenSSL; `None` with a word on the output where there is none that knows SM2.
fn openssl(folder: &Path, arguments: &[&str]) -> Option<(bool, String)> {
    if !testkit::process::openssl_with_sm2() {
        return None;
    }
    let done = Command::new("openssl").current_dir(folder).args(arguments).output().unwrap();
    let text = [done.stdout, done.stderr].concat();
    Some((done.status.success(), String::from_utf8_lossy(&text).into_owned()))
}

fn service(house: &House) -> AuthorityService {
    AuthorityService::new(Arc::clone(&house.authority), house.clock.clock(), house.random.clone())
}

#[test]
fn openssl_verifies_the_chain_and_reads_the_list() {
    let folder = tempfile::tempdir().unwrap();
    let house = House::new();
    let subject = Subject::Organization {
        name: "测试科技有限公司".to_owned(),
        uscc: testkit::pki::TEST_USCC.to_owned(),
    };
    let now = house.clock.clock().now();
    let leaf = house.authority.credential(Profile::SignerSign, &subject, now, 30).unwrap();
    let write = |name: &str, label: &str, der: &[u8]| {
        std::fs::write(folder.path().join(name), pem_encode(label, der)).unwrap();
    };
    write("root.pem", "CERTIFICATE", house.authority.root().der());
    write("issuing.pem", "CERTIFICATE", house.authority.issuing().der());
    write("leaf.pem", "CERTIFICATE", &leaf.certificate);
    write("tsa.pem", "CERTIFICATE", house.authority.tsa().der());
    let at = now.as_second().to_string();
    // OpenSSL 3.0 gives the user id of SM2 to the last certificate only, so each level is verified by itself.
    for (issuer, name) in
        [("root.pem", "issuing.pem"), ("issuing.pem", "leaf.pem"), ("issuing.pem", "tsa.pem")]
    {
        let id = ["-vfyopt", "distid:1234567812345678", "-attime", &at, "-partial_chain", "-CAfile", issuer];
        let Some((good, text)) = openssl(folder.path(), &[&["verify"], &id[..], &[name]].concat()) else {
            return;
        };
        assert!(good, "{name}: {text}");
    }
    let service = service(&house);
    let certificate = Certificate::from_der(&leaf.certificate).unwrap();
    let listed = || {
        write("crl.pem", "X509 CRL", &service.crl().unwrap());
        openssl(folder.path(), &["crl", "-noout", "-text", "-in", "crl.pem"]).unwrap().1
    };
    assert!(!listed().contains(&certificate.serial_hex()));
    service.revoke(Revoked { serial: certificate.serial.clone(), at: now, reason: None });
    let text = listed();
    assert!(text.contains(&certificate.serial_hex()), "{text}");
}

#[tokio::test]
async fn stamps_are_given_over_http() {
    let house = House::new();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let stop = Shutdown::new();
    let serving =
        tokio::spawn(http_server::serve(listener, service(&house).router(), Tasks::default(), stop.clone()));
    let tsa = format!("{url}/tsa");
    // The client brings the TLS provider that every HTTP client here needs.
    let request = TimeStampReq::new(b"what is stamped", &house.random);
    let answer = client::request_time_stamp(&tsa, request.to_der(), client::Bounds::default());
    let answer = TimeStampResp::parse(&answer.await.unwrap(), Mode::Strict).unwrap();
    let token = TimeStampToken::parse(&answer.token.unwrap(), Mode::Strict).unwrap();
    assert!(token.is_over(b"what is stamped") && !token.is_over(b"something else"));
    assert_eq!(token.info.nonce, request.nonce);
    let certificate = token.certificate().unwrap();
    assert_eq!(certificate.der(), house.authority.tsa().der());
    token.check_signature(&certificate.verifying_key().unwrap()).unwrap();
    assert_eq!(token.names_certificate(certificate.der()), Some(true));
    // What is no request is refused, in the protocol's words and with none.
    let answer = client::request_time_stamp(&tsa, b"junk".to_vec(), client::Bounds::default());
    let answer = TimeStampResp::parse(&answer.await.unwrap(), Mode::Strict).unwrap();
    assert!(!answer.status.is_granted() && answer.token.is_none());
    let browser = Browser::new();
    assert_eq!(browser.post_from(&tsa, &[], &[]).await.status, 415);
    let (status, headers, list) = browser.bytes(&format!("{url}/ca.crl")).await;
    assert_eq!((status.as_u16(), headers["content-type"].to_str().unwrap()), (200, "application/pkix-crl"));
    formats::crl::Crl::parse(&list, Mode::Strict).unwrap();
    let (status, headers, list) = browser.bytes(&format!("{url}/root.crl")).await;
    assert_eq!((status.as_u16(), headers["content-type"].to_str().unwrap()), (200, "application/pkix-crl"));
    assert_eq!(Some(&list[..]), house.authority.root_crl());
    assert!(browser.get(&format!("{url}/root.pem")).await.text.starts_with("-----BEGIN CERTIFICATE-----"));
    stop.begin();
    serving.await.unwrap().unwrap();
}

/// The responder at the address that certificates name says at once what a list says from the next one on.
#[tokio::test]
async fn the_status_of_a_certificate_is_told_over_http() {
    let (random, clock) = (Random::system(), TestClock::at("2026-06-01T04:00:00Z"));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let place = listener.local_addr().unwrap();
    let at = |path: &str| format!("http://{place}/{path}");
    let lists = ListAddresses {
        root: at("root.crl"),
        issuing: at("ca.crl"),
        ocsp: at("ocsp"),
        certificate: at("issuing.cer"),
    };
    let founded = Authority::found("测试", Some(lists), clock.clock().now(), &random).unwrap();
    let authority = Arc::new(founded.authority);
    let service = AuthorityService::new(Arc::clone(&authority), clock.clock(), random.clone());
    let stop = Shutdown::new();
    let serving =
        tokio::spawn(http_server::serve(listener, service.router(), Tasks::default(), stop.clone()));
    let subject = Subject::Service { name: "x".to_owned(), organization: "y".to_owned() };
    let leaf = authority.credential(Profile::SealMaker, &subject, clock.clock().now(), 30).unwrap();
    let leaf = Certificate::from_der(&leaf.certificate).unwrap();
    let [url] = leaf.extensions.ocsp_urls.as_slice() else { panic!("one address") };
    let rules = FetchRules { allowed_hosts: vec![place.to_string()], ..FetchRules::default() };
    let ask = async || {
        let fetcher = Fetcher::new(rules.clone(), clock.clock());
        let id = CertId::new(crypto::DigestAlgorithm::Sm3, &leaf, authority.issuing()).unwrap();
        let question = OcspRequest::without_nonce(vec![id]).to_der();
        let body = fetcher.fetch(url, &Item::Ocsp(question)).await.unwrap();
        let basic = OcspResponse::parse(&body, Mode::Strict).unwrap().basic.unwrap();
        basic.check_signature(&authority.issuing().verifying_key().unwrap()).unwrap();
        basic.find(&leaf, authority.issuing()).unwrap().status
    };
    assert_eq!(ask().await, CertStatus::Good);
    let revoked = clock.clock().now();
    let reason = Some(formats::crl::CrlReason::Superseded);
    service.revoke(Revoked { serial: leaf.serial.clone(), at: revoked, reason });
    assert_eq!(ask().await, CertStatus::Revoked { at: revoked, reason });
    let [above] = leaf.extensions.issuer_urls.as_slice() else { panic!("one address") };
    let fetched = Fetcher::new(rules.clone(), clock.clock()).fetch(above, &Item::Certificate).await.unwrap();
    assert_eq!(&fetched[..], authority.issuing().der());
    let browser = Browser::new();
    assert_eq!(browser.post_from(url, &[], &[]).await.status, 415);
    assert_eq!(service.status(b"junk"), formats::ocsp::refuse(ResponseStatus::MalformedRequest));
    let folder = tempfile::tempdir().unwrap();
    for (name, certificate) in [("issuing.pem", authority.issuing()), ("leaf.pem", &leaf)] {
        std::fs::write(folder.path().join(name), pem_encode("CERTIFICATE", certificate.der())).unwrap();
    }
    // OpenSSL asks over HTTP too; it cannot be told SM2's user id here, so the signature was checked above.
    let line = ["ocsp", "-sm3", "-issuer", "issuing.pem", "-cert", "leaf.pem", "-url", url, "-noverify"]
        .map(str::to_owned);
    let path = folder.path().to_owned();
    let asked = tokio::task::spawn_blocking(move || {
        openssl(&path, &line.iter().map(String::as_str).collect::<Vec<_>>())
    });
    if let Some((good, text)) = asked.await.unwrap() {
        // The clock of this test stands still, so that OpenSSL finds the answer too old and says what it says.
        assert!(good && text.contains("\nrevoked\n") && text.contains("Reason: superseded"), "{text}");
    }
    stop.begin();
    serving.await.unwrap().unwrap();
}

/// OpenSSL reads the structure of the stamp. It does not know GB/T 35275's identifiers, so it cannot judge the
/// signature itself: that is left to the test above.
#[test]
fn openssl_reads_the_time_of_a_stamp() {
    let folder = tempfile::tempdir().unwrap();
    let house = House::new();
    std::fs::write(folder.path().join("data"), b"what is stamped").unwrap();
    let query = ["ts", "-query", "-data", "data", "-sm3", "-cert", "-out", "query.tsq"];
    let Some((good, text)) = openssl(folder.path(), &query) else { return };
    assert!(good, "{text}");
    let query = std::fs::read(folder.path().join("query.tsq")).unwrap();
    let answer = TimeStampResp::parse(&service(&house).stamp(&query), Mode::Strict).unwrap();
    let token = TimeStampToken::parse(&answer.token.unwrap(), Mode::Strict).unwrap();
    assert!(token.is_over(b"what is stamped"), "OpenSSL's SM3 is ours");
    let content = token.signed_data.content.as_ref().unwrap();
    std::fs::write(folder.path().join("tst.der"), content).unwrap();
    let (good, text) = openssl(folder.path(), &["asn1parse", "-inform", "DER", "-in", "tst.der"]).unwrap();
    assert!(good && text.contains("20260601040000Z"), "{text}");
}

/// Every certificate names the list of its issuer, and the lists are rightly signed and long enough in force.
#[test]
fn each_certificate_names_the_list_that_speaks_of_it() {
    let folder = tempfile::tempdir().unwrap();
    let (random, clock) = (Random::system(), TestClock::at("2026-06-01T04:00:00Z"));
    let now = clock.clock().now();
    let lists = ListAddresses {
        root: "http://127.0.0.1/root.crl".to_owned(),
        issuing: "http://127.0.0.1/ca.crl".to_owned(),
        ocsp: "http://127.0.0.1/ocsp".to_owned(),
        certificate: "http://127.0.0.1/issuing.cer".to_owned(),
    };
    let files = AuthorityFiles::new(folder.path());
    let authority = files.found("测试", Some(lists), "password", now, &random).unwrap();
    let named = |certificate: &Certificate| certificate.extensions.crl_urls.clone();
    let subject = Subject::Service { name: "x".to_owned(), organization: "y".to_owned() };
    let leaf = authority.credential(Profile::SealMaker, &subject, now, 30).unwrap();
    assert_eq!(named(authority.root()), Vec::<String>::new(), "nobody speaks of a root");
    assert_eq!(named(authority.issuing()), ["http://127.0.0.1/root.crl"]);
    assert_eq!(named(authority.tsa()), ["http://127.0.0.1/ca.crl"]);
    let leaf = Certificate::from_der(&leaf.certificate).unwrap();
    assert_eq!(named(&leaf), ["http://127.0.0.1/ca.crl"]);
    assert_eq!(leaf.extensions.ocsp_urls, ["http://127.0.0.1/ocsp"]);
    assert_eq!(leaf.extensions.issuer_urls, ["http://127.0.0.1/issuing.cer"]);
    assert_eq!(authority.tsa().extensions.ocsp_urls, ["http://127.0.0.1/ocsp"]);
    assert!(authority.issuing().extensions.ocsp_urls.is_empty(), "the root's key answers nobody");

    let parse = |der: &[u8]| formats::crl::Crl::parse(der, Mode::Strict).unwrap();
    let root_list = parse(authority.root_crl().unwrap());
    root_list.check_signature(&authority.root().verifying_key().unwrap()).unwrap();
    assert_eq!(root_list.next_update, Some(authority.root().not_after), "as long as the root");
    let opened = files.open(Addresses::default(), "password", &random).unwrap();
    assert_eq!(opened.root_crl(), authority.root_crl());
    // An authority of an earlier version has no such file, and works without.
    std::fs::remove_file(folder.path().join("root.crl")).unwrap();
    assert_eq!(files.open(Addresses::default(), "password", &random).unwrap().root_crl(), None);
    let service = AuthorityService::new(Arc::new(opened), clock.clock(), random.clone());
    let year = jiff::SignedDuration::from_hours(24 * 365);
    assert_eq!(parse(&service.crl_for(year).unwrap()).next_update, Some(now + year));
}

#[test]
fn an_authority_comes_back_from_its_files() {
    let folder = tempfile::tempdir().unwrap();
    let (random, clock) = (Random::system(), TestClock::at("2026-06-01T04:00:00Z"));
    let files = AuthorityFiles::new(folder.path());
    let founded = files.found("测试", None, "password", clock.clock().now(), &random).unwrap();
    assert!(
        files.found("测试", None, "password", clock.clock().now(), &random).is_err(),
        "none is overwritten"
    );
    assert!(files.open(Addresses::default(), "another", &random).is_err());
    let opened = files.open(Addresses::default(), "password", &random).unwrap();
    assert_eq!(opened.issuing().der(), founded.issuing().der());
    let key = Sm2KeyPair::generate(&random).unwrap();
    let subject = Subject::Service { name: "x".to_owned(), organization: "y".to_owned() };
    let der =
        opened.issue(Profile::SealMaker, &subject, key.verifying_key(), clock.clock().now(), 1).unwrap();
    Certificate::from_der(&der).unwrap().check_issued_by(founded.issuing()).unwrap();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = std::fs::metadata(folder.path().join("issuing.p12")).unwrap().permissions().mode();
        assert_eq!(mode & 0o077, 0, "keys are for their owner");
    }
}
