//! TLS between real processes: a certificate exchanged on SIGHUP, plain HTTP refused, a certificate that the operator
//! registered.

use std::io::Write;
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use client::{Client, ClientError, Identity, Peer};
use crypto::{Random, Sm2KeyPair};
use protocol::endpoints::SealQuery;
use protocol::lists::SealTypeFilter;
use protocol::tables::SealQueryRequest;
use protocol::{AppId, Clock, OrgCode};
use rcgen::{CertificateParams, KeyPair};
use testkit::pki::TEST_USCC;

use crate::site::{FIRST, PLATFORM, Site, sealbridge, text};

/// A certificate that stands for itself and its key, in files of the site.
fn identity(site: &Site, name: &str) -> (String, String) {
    let key = KeyPair::generate().unwrap();
    let made = CertificateParams::new(vec!["127.0.0.1".to_owned()]).unwrap().self_signed(&key).unwrap();
    std::fs::write(site.path(&format!("{name}.pem")), made.pem()).unwrap();
    std::fs::write(site.path(&format!("{name}.key")), key.serialize_pem()).unwrap();
    (made.pem(), key.serialize_pem())
}

pub(crate) fn append(site: &Site, file: &str, text: &str) {
    let mut file = std::fs::OpenOptions::new().append(true).open(site.path(file)).unwrap();
    file.write_all(text.as_bytes()).unwrap();
}

pub(crate) fn query() -> SealQueryRequest {
    SealQueryRequest {
        device_id: None,
        id_card: None,
        org_code: OrgCode::parse(TEST_USCC).unwrap(),
        seal_type: SealTypeFilter::All,
        cert_type: None,
        cert_number: None,
        ukey_id: None,
    }
}

fn client(site: &Site, key: &Sm2KeyPair, root: &str, shown: Option<&(String, String)>) -> Client {
    let url = format!("https://127.0.0.1:{}", site.port);
    let peer = Peer::new(&url, AppId::parse(PLATFORM).unwrap(), [site.platform_key()]);
    let me = Identity { app_id: AppId::parse("a").unwrap(), signer: Arc::new(key.clone()) };
    let client = Client::new(me, peer, Clock::system(), Random::system()).unwrap();
    let shown = shown.map(|(certificate, key)| (certificate.as_bytes(), key.as_bytes()));
    client.with_tls(root.as_bytes(), shown).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_is_renewed_on_sighup_and_a_registered_one_is_demanded() {
    let site = Site::new();
    let (first, caller) = (identity(&site, "server"), identity(&site, "caller"));
    let tls = "[server.tls]\ncertificate = \"server.pem\"\nkey = \"server.key\"\nreload_ms = 3600000\n";
    append(&site, "platform.toml", tls);
    let platform = site.platform();
    assert_eq!(platform.url(), format!("https://127.0.0.1:{}", site.port));
    let key = site.join("a", "0A01", None);
    client(&site, &key, &first.0, None).call::<SealQuery>(&query()).await.unwrap();

    let grant = ["grant", "--as", FIRST, "--app-id", "a", "--client-certificate"];
    site.operate(&[&grant[..], &[&text(&site.path("caller.pem"))]].concat());
    match client(&site, &key, &first.0, None).call::<SealQuery>(&query()).await {
        Err(ClientError::Refused(refusal)) => assert_eq!(refusal.code, "10004"),
        answered => panic!("{answered:?}"),
    }
    let kept = client(&site, &key, &first.0, Some(&caller));
    kept.call::<SealQuery>(&query()).await.unwrap();

    let second = identity(&site, "server");
    let id = platform.id().to_string();
    assert!(Command::new("kill").args(["-HUP", &id]).status().unwrap().success());
    let renewed = client(&site, &key, &second.0, Some(&caller));
    let mut tries = 0;
    while renewed.call::<SealQuery>(&query()).await.is_err() {
        tries += 1;
        assert!(tries < 100, "the new certificate is never taken up");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    kept.call::<SealQuery>(&query()).await.unwrap();
    assert!(client(&site, &key, &first.0, Some(&caller)).call::<SealQuery>(&query()).await.is_err());
    assert!(platform.end().success());
}

#[test]
fn plain_http_for_others_is_refused_at_the_start() {
    let site = Site::new();
    let file = site.path("platform.toml");
    let open = std::fs::read_to_string(&file).unwrap().replace("127.0.0.1", "0.0.0.0");
    std::fs::write(&file, &open).unwrap();
    let output = sealbridge().arg("platform").arg("--config").arg(&file).output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(said.contains("server.listen") && said.contains("plain_http = \"anywhere\""), "{said}");
    std::fs::write(&file, open.replace("[onboarding]", "plain_http = \"anywhere\"\n[onboarding]")).unwrap();
    assert!(site.platform().end().success());
}
