//! Questions of status and their answers, of our own and with the `openssl` command on the other side.

use std::process::Command;

use crypto::{DigestAlgorithm, SignError, SignatureAlgorithm, Signer, VerifyingKey};
use jiff::{SignedDuration, Timestamp};
use sealbridge_formats::asn1::Mode;
use sealbridge_formats::crl::CrlReason;
use sealbridge_formats::ocsp::{
    BasicResponse, CertId, CertStatus, OcspRequest, OcspResponse, Responder, ResponderId, ResponseStatus,
    read_responses, refuse, respond,
};
use sealbridge_formats::oid;
use sealbridge_formats::x509::{Certificate, CertificateBuilder, NameBuilder, Profile, pem_encode};

use crate::openssl::{Folder, USER_ID, available, good, openssl};
use crate::support::{Member, at, pki, random};

const DAY: SignedDuration = SignedDuration::from_hours(24);
const REVOKED: CertStatus =
    CertStatus::Revoked { at: Timestamp::constant(1_735_689_600, 0), reason: Some(CrlReason::KeyCompromise) };

fn now() -> Timestamp {
    at("2026-06-01T04:00:00Z")
}

fn ask(digest: DigestAlgorithm, certs: &[(&Certificate, &Certificate)]) -> OcspRequest {
    let ids = certs.iter().map(|(subject, issuer)| CertId::new(digest, subject, issuer).unwrap());
    OcspRequest::new(ids.collect(), &random("ocsp"))
}

/// The person is revoked, everybody else is not.
fn status(serial: &[u8]) -> CertStatus {
    if serial == pki().person.cert.serial { REVOKED } else { CertStatus::Good }
}

fn answer(request: &OcspRequest, responder: &Responder<'_>) -> BasicResponse {
    let der = respond(&request.to_der(), responder, &status, now()).unwrap();
    OcspResponse::parse(&der, Mode::Strict).unwrap().basic.unwrap()
}

fn delegate() -> Member {
    let pki = pki();
    let key = crypto::Sm2KeyPair::generate(&random("delegate")).unwrap();
    let name = NameBuilder::new().country("CN").common_name("状态应答");
    let (from, to) = (at("2026-01-01T00:00:00Z"), at("2027-01-01T00:00:00Z"));
    let builder = CertificateBuilder::new(Profile::OcspResponder, name, key.verifying_key(), from, to);
    let der = builder.issue(&pki.sub.cert, &pki.sub.key, &random("delegate serial")).unwrap();
    Member { cert: Certificate::from_der(&der).unwrap(), key }
}

#[test]
fn a_question_goes_there_and_its_answer_back() {
    let pki = pki();
    let sub = &pki.sub.cert;
    let certs = [(&pki.signer.cert, sub), (&pki.person.cert, sub), (sub, &pki.root.cert)];
    for digest in [DigestAlgorithm::Sm3, DigestAlgorithm::Sha256, DigestAlgorithm::Sha1] {
        let request = ask(digest, &certs);
        assert_eq!(OcspRequest::parse(&request.to_der(), Mode::Strict).as_ref(), Ok(&request));
        let basic = answer(&request, &Responder::authority(&pki.sub.key, sub, DAY));
        assert_eq!(basic.nonce, request.nonce);
        let of =
            |(subject, issuer): (&Certificate, &Certificate)| basic.find(subject, issuer).unwrap().status;
        assert_eq!(certs.map(of), [CertStatus::Good, REVOKED, CertStatus::Unknown]);
        let single = basic.find(&pki.signer.cert, sub).unwrap();
        assert_eq!((single.this_update, single.next_update), (now(), Some(now() + DAY)));
        assert_eq!((basic.produced_at, basic.certs.len()), (now(), 0));
        assert!(basic.responder.names(sub) && !basic.responder.names(&pki.root.cert));
        basic.check_signature(pki.sub.key.verifying_key()).unwrap();
        assert!(basic.check_signature(pki.root.key.verifying_key()).is_err());
        assert!(basic.find(&pki.maker.cert, sub).is_none(), "nobody asked");
        assert!(basic.find(&pki.signer.cert, &pki.root.cert).is_none(), "the number of another issuer's");
    }
}

#[test]
fn a_delegate_answers_by_name_and_by_key() {
    let pki = pki();
    let delegate = delegate();
    assert_eq!(delegate.cert.extensions.extended_key_usage, Some(vec![oid::EKU_OCSP_SIGNING]));
    assert!(delegate.cert.extensions.get(&oid::OCSP_NO_CHECK).is_some());
    let spki = delegate.cert.spki_der();
    let bits = &spki[spki.len() - 65..];
    let ids = [
        ResponderId::ByName(delegate.cert.subject_der().to_vec()),
        ResponderId::ByKey(DigestAlgorithm::Sha1.digest(bits)),
        ResponderId::ByKey(crypto::sm3::digest(bits).to_vec()),
    ];
    for id in ids {
        let authority = Responder::authority(&delegate.key, &pki.sub.cert, DAY);
        let responder = Responder { certificate: &delegate.cert, id, ..authority };
        let basic = answer(&ask(DigestAlgorithm::Sm3, &[(&pki.signer.cert, &pki.sub.cert)]), &responder);
        assert!(basic.responder.names(&delegate.cert) && !basic.responder.names(&pki.sub.cert));
        assert_eq!(basic.certs, [delegate.der()], "who asks does not have it");
        basic.check_signature(delegate.key.verifying_key()).unwrap();
    }
    let wrong = Responder::authority(&delegate.key, &pki.sub.cert, DAY);
    assert!(wrong.sign(&[], None, now()).is_err(), "the key is not the certificate's");
}

#[test]
fn what_is_no_question_is_refused_and_said_so() {
    let pki = pki();
    let responder = Responder::authority(&pki.sub.key, &pki.sub.cert, DAY);
    let request = ask(DigestAlgorithm::Sm3, &[(&pki.signer.cert, &pki.sub.cert)]);
    let der = request.to_der();
    let empty = OcspRequest::without_nonce(Vec::new()).to_der();
    let crowd = OcspRequest::without_nonce(vec![request.certs[0].clone(); 65]).to_der();
    let garbled =
        [b"junk".to_vec(), Vec::new(), der[..der.len() - 1].to_vec(), empty, crowd, vec![0x30; 70_000]];
    for question in garbled {
        let answer = respond(&question, &responder, &status, now()).unwrap();
        assert_eq!(answer, refuse(ResponseStatus::MalformedRequest));
        let answer = OcspResponse::parse(&answer, Mode::Strict).unwrap();
        assert!(answer.basic.is_none() && answer.status == ResponseStatus::MalformedRequest);
    }
    assert!(read_responses(&refuse(ResponseStatus::TryLater)).is_err());
    // Says that it holds an answer, and holds none; an answer of a type nobody knows; a status that is none.
    for hostile in ["30030a0100", "30030a0104", "300d0a0100a008300606012a040130"] {
        assert!(OcspResponse::parse(&hex::decode(hostile).unwrap(), Mode::Tolerant).is_err(), "{hostile}");
    }
}

#[test]
fn answers_are_read_from_files() {
    let pki = pki();
    let responder = Responder::authority(&pki.sub.key, &pki.sub.cert, DAY);
    let request = ask(DigestAlgorithm::Sm3, &[(&pki.signer.cert, &pki.sub.cert)]).to_der();
    let der = respond(&request, &responder, &status, now()).unwrap();
    let pem = pem_encode("OCSP RESPONSE", &der);
    assert_eq!(read_responses(&der).unwrap(), read_responses(pem.as_bytes()).unwrap());
    assert_eq!(read_responses(pem.repeat(2).as_bytes()).unwrap().len(), 2);
    assert!(read_responses(b"junk").is_err() && read_responses(pki.root.cert.der()).is_err());
}

#[test]
fn no_damaged_answer_keeps_its_signature_with_other_content() {
    let pki = pki();
    let responder = Responder::authority(&pki.sub.key, &pki.sub.cert, DAY);
    let request = ask(DigestAlgorithm::Sm3, &[(&pki.person.cert, &pki.sub.cert)]).to_der();
    let der = respond(&request, &responder, &status, now()).unwrap();
    let good = OcspResponse::parse(&der, Mode::Strict).unwrap().basic.unwrap();
    let key = pki.sub.key.verifying_key();
    let damaged = (0..der.len()).flat_map(|index| {
        let flip = |bit: u8| {
            let mut bytes = der.clone();
            bytes[index] ^= 1 << bit;
            bytes
        };
        [flip(0), flip(7), der[..index].to_vec()]
    });
    for bytes in damaged {
        let _ = OcspRequest::parse(&bytes, Mode::Tolerant);
        if let Ok(OcspResponse { basic: Some(basic), .. }) = OcspResponse::parse(&bytes, Mode::Tolerant)
            && basic.check_signature(key).is_ok()
        {
            assert_eq!(basic.tbs(), good.tbs());
        }
    }
}

/// A key of OpenSSL's, for the algorithms that we verify and do not sign with.
struct Outside<'a> {
    folder: &'a Folder,
    key: String,
    public: VerifyingKey,
    algorithm: SignatureAlgorithm,
}

impl Signer for Outside<'_> {
    fn verifying_key(&self) -> &VerifyingKey {
        &self.public
    }

    fn algorithm(&self) -> SignatureAlgorithm {
        self.algorithm
    }

    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SignError> {
        let path = self.folder.write("message", message);
        let run = Command::new("openssl").args(["dgst", "-sha256", "-sign", &self.key, &path]).output();
        run.map(|output| output.stdout).map_err(|error| SignError::Unavailable(error.to_string()))
    }
}

/// An authority and a certificate below it, made by OpenSSL.
struct OutsideCa {
    folder: Folder,
    ca: Certificate,
    leaf: Certificate,
    /// The digest, and the option with SM2's user id under the name that an OpenSSL verb has for it.
    digest: &'static str,
    is_sm2: bool,
}

impl OutsideCa {
    fn new(kind: &str) -> Self {
        let folder = Folder::new();
        let is_sm2 = kind == "SM2";
        let digest = if is_sm2 { "sm3" } else { "sha256" };
        let id = if is_sm2 { format!("-sigopt {USER_ID}") } else { String::new() };
        let vfy = if is_sm2 { format!("-vfyopt {USER_ID}") } else { String::new() };
        folder.write("delegate.cnf", "extendedKeyUsage=OCSPSigning\nnoCheck=ignored\n");
        for name in ["ca", "leaf", "delegate"] {
            let options = match kind {
                "RSA" => "-algorithm RSA -pkeyopt rsa_keygen_bits:2048".to_owned(),
                curve => format!("-algorithm EC -pkeyopt ec_paramgen_curve:{curve}"),
            };
            folder.good(&format!("genpkey {options} -out {name}.key"));
        }
        folder.good(&format!(
            "req -new -x509 -key ca.key -subj /CN=outside -days 3650 -out ca.pem -{digest} {id}"
        ));
        for (name, serial, more) in [("leaf", 4660, ""), ("delegate", 4661, "-extfile delegate.cnf")] {
            folder.good(&format!("req -new -key {name}.key -subj /CN={name} -out {name}.csr -{digest} {id}"));
            folder.good(&format!(
                "x509 -req -in {name}.csr -CA ca.pem -CAkey ca.key -set_serial {serial} -days 3650 \
                 -out {name}.pem -{digest} {more} {id} {vfy}"
            ));
        }
        let (ca, leaf) = (certificate(&folder, "ca.pem"), certificate(&folder, "leaf.pem"));
        Self { folder, ca, leaf, digest, is_sm2 }
    }

    /// What OpenSSL answers, with the list of issued certificates that it keeps.
    fn answer(&self, signer: &str, index: &str, question: &OcspRequest, more: &str) -> BasicResponse {
        self.folder.write("index.txt", index);
        self.folder.write("question.der", question.to_der());
        let id = if self.is_sm2 { format!("-rsigopt {USER_ID}") } else { String::new() };
        self.folder.good(&format!(
            "ocsp -index index.txt -CA ca.pem -rsigner {signer}.pem -rkey {signer}.key -reqin question.der \
             -respout answer.der -ndays 1 -rmd {} {id} {more}",
            self.digest
        ));
        let answer = std::fs::read(self.folder.path("answer.der")).unwrap();
        OcspResponse::parse(&answer, Mode::Strict).unwrap().basic.unwrap()
    }

    /// One of its keys, for signing through OpenSSL.
    fn signer(&self, name: &str) -> Outside<'_> {
        let public = certificate(&self.folder, &format!("{name}.pem")).verifying_key().unwrap();
        let algorithm = match public.kind() {
            crypto::KeyKind::Rsa => SignatureAlgorithm::RsaPkcs1Sha256,
            _ => SignatureAlgorithm::EcdsaSha256,
        };
        Outside { folder: &self.folder, key: self.folder.path(&format!("{name}.key")), public, algorithm }
    }
}

fn certificate(folder: &Folder, name: &str) -> Certificate {
    let file = std::fs::read(folder.path(name)).unwrap();
    sealbridge_formats::x509::read_certificates(&file).unwrap().remove(0)
}

/// OpenSSL answers our questions, and we believe it.
#[test]
fn openssl_answers_us() {
    if !available() {
        return;
    }
    for kind in ["RSA", "P-256", "SM2"] {
        let outside = OutsideCa::new(kind);
        let (subject, issuer) = (&outside.leaf, &outside.ca);
        let key = issuer.verifying_key().unwrap();
        let lines = [
            ("V\t360101000000Z\t\t1234\tunknown\t/CN=leaf\n", CertStatus::Good),
            (
                "R\t360101000000Z\t250101000000Z,keyCompromise\t1234\tunknown\t/CN=leaf\n",
                CertStatus::Revoked {
                    at: at("2025-01-01T00:00:00Z"),
                    reason: Some(CrlReason::KeyCompromise),
                },
            ),
            ("", CertStatus::Unknown),
        ];
        for (line, expected) in lines {
            for digest in [DigestAlgorithm::Sha1, DigestAlgorithm::Sha256, DigestAlgorithm::Sm3] {
                let question = ask(digest, &[(subject, issuer)]);
                for more in ["", "-resp_key_id", "-resp_no_certs"] {
                    let basic = outside.answer("ca", line, &question, more);
                    let single = basic.find(subject, issuer).unwrap();
                    assert_eq!(single.status, expected, "{kind} {digest:?} {more}");
                    assert!(single.next_update.unwrap() > single.this_update);
                    assert_eq!(basic.nonce, question.nonce, "{kind}");
                    assert!(basic.responder.names(issuer), "{kind} {more}");
                    basic.check_signature(&key).unwrap();
                }
            }
            let delegate = certificate(&outside.folder, "delegate.pem");
            let question = ask(DigestAlgorithm::Sm3, &[(subject, issuer)]);
            let basic = outside.answer("delegate", line, &question, "-resp_key_id");
            assert!(
                basic.responder.names(&delegate) && basic.certs.contains(&delegate.der().to_vec()),
                "{kind}"
            );
            assert_eq!(delegate.extensions.extended_key_usage, Some(vec![oid::EKU_OCSP_SIGNING]));
            basic.check_signature(&delegate.verifying_key().unwrap()).unwrap();
        }
    }
}

/// We answer OpenSSL's questions, and it believes us: the authority, whom it certified for it, and nobody else.
#[test]
fn openssl_asks_us() {
    if !available() {
        return;
    }
    for kind in ["RSA", "P-256"] {
        let outside = OutsideCa::new(kind);
        let (folder, issuer) = (&outside.folder, &outside.ca);
        folder.good("ocsp -issuer ca.pem -cert leaf.pem -reqout asked.der -no_cert_verify -noverify");
        let asked = std::fs::read(folder.path("asked.der")).unwrap();
        // The clock of this test stands still, so that OpenSSL warns of the times and says what it says.
        let given = "ocsp -respin ours.der -issuer ca.pem -CAfile ca.pem -no_nonce";
        for (name, is_good) in [("ca", true), ("delegate", true), ("leaf", false)] {
            let signer = outside.signer(name);
            let certificate = certificate(folder, &format!("{name}.pem"));
            let id = ResponderId::ByName(certificate.subject_der().to_vec());
            let responder = Responder { signer: &signer, certificate: &certificate, issuer, id, life: DAY };
            let cases =
                [(CertStatus::Good, "good"), (REVOKED, "keyCompromise"), (CertStatus::Unknown, "unknown")];
            for (status, expected) in cases {
                folder.write("ours.der", respond(&asked, &responder, &|_| status, now()).unwrap());
                // With its own question OpenSSL compares the nonces, and with the certificate it tells the status.
                let (_, compared) = folder.run(&format!("{given} -reqin asked.der"));
                let (_, told) = folder.run(&format!("{given} -cert leaf.pem"));
                for text in [&compared, &told] {
                    assert_eq!(text.contains("Response verify OK"), is_good, "{kind} {name}: {text}");
                }
                assert!(
                    !is_good || (told.contains(expected) && !compared.contains("WARNING")),
                    "{kind}: {told}"
                );
            }
        }
    }
}

/// OpenSSL's `ocsp` cannot be told SM2's user id when it verifies: it reads our answer, and its signature is
/// verified by hand.
#[test]
fn openssl_reads_our_answers_with_sm2() {
    if !available() {
        return;
    }
    let folder = Folder::new();
    let pki = pki();
    let request = ask(DigestAlgorithm::Sm3, &[(&pki.person.cert, &pki.sub.cert)]);
    let path = folder.write("question.der", request.to_der());
    let text = good(&["ocsp", "-reqin", &path, "-req_text"]);
    assert!(text.contains("Hash Algorithm: sm3") && text.contains(&pki.person.cert.serial_hex()), "{text}");
    let responder = Responder::authority(&pki.sub.key, &pki.sub.cert, DAY);
    let der = respond(&request.to_der(), &responder, &status, now()).unwrap();
    let path = folder.write("answer.der", &der);
    let text = good(&["ocsp", "-respin", &path, "-resp_text", "-noverify"]);
    for expected in
        ["Cert Status: revoked", "Reason: keyCompromise", "Revocation Time: Jan  1 00:00:00 2025 GMT"]
    {
        assert!(text.contains(expected), "{expected}: {text}");
    }
    let basic = OcspResponse::parse(&der, Mode::Strict).unwrap().basic.unwrap();
    let data = folder.write("data", basic.tbs());
    let value = folder.write("value", &basic.signature().bytes);
    let key = folder.write("key.pem", pem_encode("PUBLIC KEY", pki.sub.cert.spki_der()));
    let (done, text) = openssl(&[
        "pkeyutl", "-verify", "-pubin", "-inkey", &key, "-rawin", "-digest", "sm3", "-in", &data, "-sigfile",
        &value, "-pkeyopt", USER_ID,
    ]);
    assert!(done, "{text}");
}
