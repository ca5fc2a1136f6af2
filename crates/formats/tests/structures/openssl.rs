//! Comparisons with the `openssl` command. Skipped, and said so, where it is missing or has no SM2.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};

use crypto::Signer;
use sealbridge_formats::asn1::{Mode, Tag};
use sealbridge_formats::cms::sign_detached;
use sealbridge_formats::crl::{Crl, CrlBuilder, CrlReason};
use sealbridge_formats::ses::assemble_signature;
use sealbridge_formats::tsp::{TimeStampReq, Tsa, reject, respond};
use sealbridge_formats::x509::{Certificate, CertificationRequest, NameBuilder, pem_encode};

use crate::support::{at, pki, random, seal, tbs_draft};

/// OpenSSL's own default is an empty user id.
pub(crate) const USER_ID: &str = "distid:1234567812345678";

/// A folder of one test, removed when the test was good.
pub(crate) struct Folder(PathBuf);

impl Folder {
    pub(crate) fn new() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("formats-{}-{number}", std::process::id());
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    pub(crate) fn path(&self, name: &str) -> String {
        self.0.join(name).to_str().unwrap().to_owned()
    }

    /// Runs `openssl` in the folder, with words that have no spaces; its output.
    pub(crate) fn run(&self, line: &str) -> (bool, String) {
        let output =
            Command::new("openssl").current_dir(&self.0).args(line.split_whitespace()).output().unwrap();
        let text = [output.stdout, output.stderr].concat();
        (output.status.success(), String::from_utf8_lossy(&text).into_owned())
    }

    /// The same, when it has to end well.
    pub(crate) fn good(&self, line: &str) -> String {
        let (ended_well, text) = self.run(line);
        assert!(ended_well, "{line}: {text}");
        text
    }

    pub(crate) fn write(&self, name: &str, content: impl AsRef<[u8]>) -> String {
        let path = self.0.join(name);
        std::fs::write(&path, content).unwrap();
        path.to_str().unwrap().to_owned()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            let _ = std::fs::remove_dir_all(&self.0);
        }
    }
}

/// Output and complaints together, and whether it ended well.
pub(crate) fn openssl(args: &[&str]) -> (bool, String) {
    let output = Command::new("openssl").args(args).output().unwrap();
    let text = [output.stdout, output.stderr].concat();
    (output.status.success(), String::from_utf8_lossy(&text).into_owned())
}

pub(crate) fn good(args: &[&str]) -> String {
    let (ended_well, text) = openssl(args);
    assert!(ended_well, "{args:?}: {text}");
    text
}

pub(crate) fn available() -> bool {
    let curves = Command::new("openssl").args(["ecparam", "-list_curves"]).output();
    let has_sm2 = curves.is_ok_and(|output| String::from_utf8_lossy(&output.stdout).contains("SM2"));
    if !has_sm2 {
        println!("skipped: no openssl with SM2");
    }
    has_sm2
}

#[test]
fn openssl_reads_our_certificates_as_we_do() {
    if !available() {
        return;
    }
    let folder = Folder::new();
    let cert = &pki().signer.cert;
    let path = folder.write("signer.pem", pem_encode("CERTIFICATE", cert.der()));
    let text =
        good(&["x509", "-in", &path, "-noout", "-text", "-nameopt", "RFC2253,utf8,-esc_msb", "-serial"]);
    for expected in [
        "Subject: CN=测试单位,O=海豹测试,C=CN",
        "Not After : Jan  1 00:00:00 2044 GMT",
        "Signature Algorithm: SM2-with-SM3",
        "X509v3 Key Usage: critical\n                Digital Signature, Non Repudiation",
        "X509v3 Basic Constraints: critical\n                CA:FALSE",
        "URI:http://127.0.0.1/sub.crl",
        "OCSP - URI:http://127.0.0.1/ocsp",
        "Policy: 1.2.156.10197.6.1.1",
        "1.2.156.10260.4.1.4",
        &format!("serial={}", cert.serial_hex()),
    ] {
        assert!(text.contains(expected), "{expected}\n{text}");
    }
}

#[test]
fn openssl_verifies_our_chain_level_by_level() {
    if !available() {
        return;
    }
    let folder = Folder::new();
    let pki = pki();
    let pem = |name: &str, cert: &Certificate| folder.write(name, pem_encode("CERTIFICATE", cert.der()));
    let (root, sub) = (pem("root.pem", &pki.root.cert), pem("sub.pem", &pki.sub.cert));
    let verify = |trusted: &str, cert: &str| {
        openssl(&["verify", "-vfyopt", USER_ID, "-partial_chain", "-trusted", trusted, cert])
    };
    let levels = [(&root, &root), (&root, &sub)];
    for (trusted, cert) in levels {
        assert!(verify(trusted, cert).0, "{}", verify(trusted, cert).1);
    }
    for (name, member) in
        [("maker", &pki.maker), ("signer", &pki.signer), ("tsa", &pki.tsa), ("server", &pki.server)]
    {
        let cert = pem(&format!("{name}.pem"), &member.cert);
        assert!(verify(&sub, &cert).0, "{}", verify(&sub, &cert).1);
        assert!(!verify(&root, &cert).0, "{name} is not issued by the root");
    }
}

#[test]
fn openssl_reads_our_request() {
    if !available() {
        return;
    }
    let folder = Folder::new();
    let name = NameBuilder::new().country("CN").common_name("申请者");
    let der = CertificationRequest::create(&name, &pki().signer.key).unwrap();
    let path = folder.write("request.der", der);
    let text =
        good(&["req", "-in", &path, "-inform", "DER", "-noout", "-verify", "-vfyopt", USER_ID, "-subject"]);
    assert!(text.contains("verify OK") || text.contains("self-signature verify OK"), "{text}");
}

#[test]
fn openssl_reads_and_verifies_our_list() {
    if !available() {
        return;
    }
    let folder = Folder::new();
    let pki = pki();
    let der = CrlBuilder::new(7, at("2026-01-01T00:00:00Z"), at("2026-02-01T00:00:00Z"))
        .revoke(&pki.signer.cert.serial, at("2025-01-01T00:00:00Z"), Some(CrlReason::KeyCompromise))
        .issue(&pki.sub.cert, &pki.sub.key)
        .unwrap();
    let path = folder.write("sub.crl", &der);
    let text = good(&["crl", "-in", &path, "-inform", "DER", "-noout", "-text"]);
    for expected in
        [pki.signer.cert.serial_hex().as_str(), "Key Compromise", "X509v3 CRL Number", "Jan  1 00:00:00 2025"]
    {
        assert!(text.contains(expected), "{expected}\n{text}");
    }
    // `openssl crl -CAfile` cannot be given the user id, so that the signature is checked over the raw part.
    let crl = Crl::parse(&der, Mode::Strict).unwrap();
    check_raw_signature(&folder, pki.sub.key.verifying_key().spki_der(), crl.tbs(), &signature_of(&der));
}

/// The signature value at the end of a certificate or list.
fn signature_of(der: &[u8]) -> Vec<u8> {
    let context = sealbridge_formats::asn1::Context::new(Mode::Strict);
    let mut outer = context.top(der).unwrap().sequence().unwrap();
    outer.read(Tag::SEQUENCE).unwrap();
    outer.read(Tag::SEQUENCE).unwrap();
    outer.read(Tag::BIT_STRING).unwrap().octet_bits().unwrap().bytes
}

fn check_raw_signature(folder: &Folder, spki: &[u8], message: &[u8], signature: &[u8]) {
    let key = folder.write("key.pem", pem_encode("PUBLIC KEY", spki));
    let message = folder.write("message", message);
    let signature = folder.write("signature", signature);
    let args = ["dgst", "-sm3", "-verify", &key, "-sigopt", USER_ID, "-signature", &signature, &message];
    assert!(good(&args).contains("Verified OK"));
}

#[test]
fn openssl_verifies_what_makers_and_signers_signed() {
    if !available() {
        return;
    }
    let folder = Folder::new();
    let pki = pki();
    let (sealed, _) = sealbridge_formats::ses::Seal::parse(&seal(), Mode::Strict).unwrap();
    let maker = pki.maker.cert.spki_der();
    check_raw_signature(&folder, maker, &sealed.signed_bytes(), &sealed.signature.bytes);
    let tbs = tbs_draft().to_der().unwrap();
    let value = pki.signer.key.sign(&tbs).unwrap();
    let der = assemble_signature(&tbs, pki.signer.der(), &value, None);
    let (signature, _) = sealbridge_formats::ses::SesSignature::parse(&der, Mode::Strict).unwrap();
    check_raw_signature(&folder, pki.signer.cert.spki_der(), signature.tbs(), &signature.signature.bytes);
    let path = folder.write("signature.der", &der);
    let tree = good(&["asn1parse", "-in", &path, "-inform", "DER", "-i"]);
    for expected in [
        "IA5STRING         :SealBridge",
        "GENERALIZEDTIME   :20261124080000Z",
        "OBJECT            :SM2-with-SM3",
    ] {
        assert!(tree.contains(expected), "{expected}\n{tree}");
    }
}

#[test]
fn openssl_reads_our_signed_data_under_the_identifiers_it_knows() {
    if !available() {
        return;
    }
    let folder = Folder::new();
    let pki = pki();
    let digest = crypto::sm3::digest(b"document");
    let der =
        sign_detached(digest, at("2026-11-24T08:00:00Z"), &pki.signer.key, pki.signer.der(), &[]).unwrap();
    let data = sealbridge_formats::cms::SignedData::parse(&der, Mode::Strict).unwrap();
    let info = &data.signers[0];
    let spki = pki.signer.cert.spki_der();
    check_raw_signature(&folder, spki, &info.signed_bytes(None).unwrap(), &info.signature);
    // OpenSSL does not know the content types of GB/T 35275; under those of RFC 5652 it prints all of it.
    let renamed = rename(
        &rename(&der, "2a811ccf550601040202", "2a864886f70d010702"),
        "2a811ccf550601040201",
        "2a864886f70d010701",
    );
    let path = folder.write("message.der", renamed);
    let text = good(&["cms", "-cmsout", "-print", "-noout", "-in", &path, "-inform", "DER"]);
    for expected in ["algorithm: sm3", "contentType", "signingTime", "messageDigest", "Nov 24 08:00:00 2026"]
    {
        assert!(text.contains(expected), "{expected}\n{text}");
    }
}

/// Writes another identifier in place of one, with all lengths around it corrected.
fn rename(der: &[u8], from: &str, to: &str) -> Vec<u8> {
    use sealbridge_formats::asn1::{Context, Value, Writer};
    fn copy(value: &Value<'_>, from: &[u8], to: &[u8], w: &mut Writer) {
        if value.tag() == Tag::OID && value.content() == from {
            w.value(Tag::OID, to);
        } else if value.tag().is_constructed() {
            w.nested(value.tag(), |w| {
                let mut children = value.children().unwrap();
                while let Some(child) = children.read_any().unwrap() {
                    copy(&child, from, to, w);
                }
            });
        } else {
            w.raw(value.raw());
        }
    }
    let (from, to) = (hex::decode(from).unwrap(), hex::decode(to).unwrap());
    let context = Context::new(Mode::Strict);
    Writer::build(|w| copy(&context.top(der).unwrap(), &from, &to, w))
}

#[test]
fn openssl_reads_our_time_stamp_request_and_refusal() {
    if !available() {
        return;
    }
    let folder = Folder::new();
    let request = TimeStampReq::new(b"document", &random("openssl request"));
    let path = folder.write("request.tsq", request.to_der());
    let text = good(&["ts", "-query", "-in", &path, "-text"]);
    for expected in ["Hash Algorithm: sm3", "Certificate required: yes", "Nonce: 0x"] {
        assert!(text.contains(expected), "{expected}\n{text}");
    }
    let refusal = reject(sealbridge_formats::tsp::FailInfo::TimeNotAvailable, "no time");
    let path = folder.write("answer.tsr", refusal.der);
    let text = good(&["ts", "-reply", "-in", &path, "-text"]);
    assert!(text.contains("Status: Rejected.") && text.contains("no time"), "{text}");
    assert!(text.contains("time source is not available"), "{text}");
}

#[test]
fn we_read_a_request_made_by_openssl() {
    if !available() {
        return;
    }
    let folder = Folder::new();
    let data = folder.write("data", b"document");
    let path = folder.write("query.tsq", b"");
    good(&["ts", "-query", "-data", &data, "-sm3", "-cert", "-out", &path]);
    let request = TimeStampReq::parse(&std::fs::read(&path).unwrap(), Mode::Tolerant).unwrap();
    assert!(request.imprint.is_of(b"document") && request.cert_req && request.nonce.is_some());
}

#[test]
fn openssl_reads_our_token_under_the_identifiers_it_knows() {
    if !available() {
        return;
    }
    let folder = Folder::new();
    let pki = pki();
    let tsa = Tsa {
        signer: &pki.tsa.key,
        certificate: &pki.tsa.cert,
        chain: &[],
        policy: "1.2.156.10197.6.1.5".parse().unwrap(),
        accuracy: None,
    };
    let request = TimeStampReq::new(b"document", &random("openssl token")).to_der();
    let reply = respond(&request, &tsa, at("2026-11-24T08:00:05Z"), &random("openssl stamp")).unwrap();
    let der = rename(&reply.der, "2a811ccf550601040202", "2a864886f70d010702");
    let path = folder.write("answer.tsr", der);
    let text = good(&["ts", "-reply", "-in", &path, "-text"]);
    for expected in [
        "Status: Granted.",
        "Policy OID: 1.2.156.10197.6.1.5",
        "Nov 24 08:00:05 2026 GMT",
        "Hash Algorithm: sm3",
    ] {
        assert!(text.contains(expected), "{expected}\n{text}");
    }
}
