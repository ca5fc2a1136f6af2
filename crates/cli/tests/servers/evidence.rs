//! Evidence of a signing, from the servers to the verdict: a consent to two documents on the signer's page, a signature,
//! and the bundle that is exported, checked, spoiled and checked again.

use std::path::Path;
use std::process::Output;

use client::Client;
use protocol::endpoints::{CloudSign, ConsentApply, ConsentOutcome, SealQuery};
use protocol::lists::{HashType, SignFormat};
use protocol::tables::{CloudSignRequest, ConsentApplyRequest, ConsentResultRequest, SealInfo};
use protocol::{Base64Data, DocHashes, DocNames, IdCard, Mobile, Uscc};
use serde_json::Value;
use testkit::pki::TEST_USCC;

use crate::kill::query;
use crate::phone::Phone;
use crate::seal_system::{SIGNERS, SealSystem};
use crate::site::{FIRST, Site, sealbridge, text};

const DOCUMENT: [u8; 32] = [0x5A; 32];

/// Runs `sealbridge evidence`.
fn evidence(args: &[&str]) -> Output {
    sealbridge().arg("evidence").args(args).output().unwrap()
}

fn said(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

/// A document of two that the signer agreed to is signed.
async fn sign(a: &Client, phone: &Phone, info: &SealInfo) -> CloudSignRequest {
    let (_, mobile, id_card) = SIGNERS[0];
    let org_code = Some(Uscc::parse(TEST_USCC).unwrap());
    let apply = ConsentApplyRequest {
        org_code: org_code.clone(),
        name: None,
        id_card: None,
        mobile: Mobile::parse(mobile).unwrap(),
        seal_code: info.seal_code.clone(),
        redirect_url: None,
        doc_hash: None,
        hash_type: Some(HashType::Sm3),
        doc_name: None,
        sign_id: None,
        expire_time: None,
        doc_hashes: Some(DocHashes::new(vec![[1; 32], DOCUMENT]).unwrap()),
        doc_names: Some(DocNames::parse("合同.ofd/附件.ofd").unwrap()),
    };
    let applied = a.call::<ConsentApply>(&apply).await.unwrap().data;
    phone.agree(&applied.auth_url).await;
    let ask = ConsentResultRequest { auth_id: applied.auth_id, seal_code: info.seal_code.clone() };
    let given = a.call::<ConsentOutcome>(&ask).await.unwrap().data;
    let request = CloudSignRequest {
        seal_code: info.seal_code.clone(),
        auth_id: given.auth_id,
        auth_code: given.auth_code,
        format: SignFormat::P7,
        doc_hash: Base64Data::from(DOCUMENT.to_vec()),
        credent_no: IdCard::parse(id_card).unwrap(),
        org_code,
        sign_id: info.sign_id.clone(),
        hash_type: HashType::Sm3,
    };
    a.call::<CloudSign>(&request).await.unwrap();
    request
}

fn export(site: &Site, args: &[&str], out: &Path) -> Output {
    let config = text(&site.path("platform.toml"));
    let mut all = vec!["export", "--config", &config, "--as", FIRST, "--out"];
    let out = text(out);
    all.push(&out);
    all.extend(args);
    evidence(&all)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_signing_leaves_as_one_file_that_proves_it() {
    let site = Site::new();
    let platform = site.platform();
    let key = site.join("system-a", "0A01", None);
    SealSystem::join(&site).await;
    let b = SealSystem::start(&site);
    let a = site.client("system-a", &key);
    let info = a.call::<SealQuery>(&query()).await.unwrap().data.remove(0);
    let request = sign(&a, &Phone::new(&site.path("messages")), &info).await;

    let (by_id, by_digest) = (site.path("by-id.jsonl"), site.path("by-digest.jsonl"));
    let output = export(&site, &["--sign-id", request.sign_id.as_str()], &by_id);
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    let output = export(&site, &["--document-digest", &hex::encode(DOCUMENT)], &by_digest);
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    for (digest, code) in [("00", 2), (&*"00".repeat(32), 2)] {
        let output = export(&site, &["--document-digest", digest], &site.path("nothing.jsonl"));
        assert_eq!(output.status.code(), Some(code), "{}", said(&output));
        assert!(!site.path("nothing.jsonl").exists());
    }
    // A file that is there is not written over.
    assert_eq!(export(&site, &["--sign-id", request.sign_id.as_str()], &by_id).status.code(), Some(2));

    let root = site.path("handed-over.pem");
    std::fs::write(&root, site.operate(&["public-key", "root"])).unwrap();
    let (root, trust) = (text(&root), text(&site.path("authority").join("root.pem")));
    for file in [&by_id, &by_digest] {
        let output = evidence(&["verify", &text(file), "--key", &root, "--trust", &trust]);
        let words = said(&output);
        assert_eq!(output.status.code(), Some(0), "{words}");
        assert!(words.contains("证据成立") && words.contains("document 2 of 2"), "{words}");
        assert!(words.contains("one-time code") && words.contains("138****1234"), "{words}");
    }
    let output = evidence(&["verify", &text(&by_id), "--trust", &trust, "--json"]);
    assert_eq!(output.status.code(), Some(2), "no key, no verdict");
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(report["verdict"], "indeterminate");
    assert_eq!(report["findings"][0]["id"], "platform.key");
    assert_eq!(report["summary"]["digest"], hex::encode(DOCUMENT));

    let whole = std::fs::read_to_string(&by_id).unwrap();
    for (from, to) in
        [("13800001234", "13800001235"), ("合同.ofd", "合约.ofd"), ("\"part\":\"seal\"", "\"part\":\"zeal\"")]
    {
        assert!(whole.contains(from), "{from}");
        let spoiled = site.path("spoiled.jsonl");
        std::fs::write(&spoiled, whole.replace(from, to)).unwrap();
        let output = evidence(&["verify", &text(&spoiled), "--key", &root, "--trust", &trust]);
        assert_eq!(output.status.code(), Some(1), "{from}: {}", said(&output));
    }

    let config = text(&site.path("platform.toml"));
    let output = evidence(&["checkpoint", "--config", &config, "--json"]);
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    let checkpoint: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert!(checkpoint["number"].as_i64().is_some_and(|number| number >= 2), "{checkpoint}");
    let audit: Value = serde_json::from_str(&site.operate(&["audit", "--json"])).unwrap();
    assert_eq!(
        (audit["good"].as_bool(), audit["checkpoints"].as_i64()),
        (Some(true), checkpoint["number"].as_i64())
    );
    drop((platform, b));
}
