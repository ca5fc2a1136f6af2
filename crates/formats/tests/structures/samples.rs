//! Documents of other vendors, where the folder with them is at hand: each is read as its index says.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use crypto::VerifyingKey;
use sealbridge_formats::asn1::{Deviation, DeviationKind, Mode};
use sealbridge_formats::cms::{SignedData, SignedMessage};
use sealbridge_formats::crl::{Crl, CrlReason, read_crls};
use sealbridge_formats::ses::{Seal, SealVersion, SesSignature};
use sealbridge_formats::tsp::TimeStampToken;
use sealbridge_formats::x509::{Certificate, pem_blocks, read_certificates};
use sealbridge_formats::zip::{Archive, Limits};

use crate::support::{at, kinds};

/// The folder of samples; `None`, with a word on the output, where there is none.
fn samples() -> Option<PathBuf> {
    let shared = std::env::var_os("SEALBRIDGE_SHARED")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared"), PathBuf::from);
    let folder = shared.join("samples/ofd");
    if folder.is_dir() {
        return Some(folder);
    }
    println!("skipped: no samples in {}", folder.display());
    None
}

fn file(name: &str) -> Option<Vec<u8>> {
    Some(std::fs::read(samples()?.join(name)).unwrap())
}

/// The signature values in a document, in the order of their paths.
fn values(name: &str) -> Vec<Vec<u8>> {
    let Some(bytes) = file(name) else { return Vec::new() };
    let archive = Archive::open(&bytes, &Limits::default()).unwrap();
    let mut values: Vec<(String, Vec<u8>)> = archive
        .entries()
        .iter()
        .filter(|entry| entry.path().to_lowercase().ends_with("value.dat"))
        .map(|entry| (entry.path().to_owned(), archive.read(entry).unwrap().into_owned()))
        .collect();
    values.sort();
    values.into_iter().map(|(_, value)| value).collect()
}

fn key(cert_der: &[u8]) -> VerifyingKey {
    Certificate::from_der(cert_der).unwrap().verifying_key().unwrap()
}

/// What a seal or signature is expected to be.
struct Expected {
    version: SealVersion,
    maker_good: bool,
    signer_good: bool,
    listed: bool,
    notes: &'static [&'static str],
}

const GOOD: Expected =
    Expected { version: SealVersion::V4, maker_good: true, signer_good: true, listed: true, notes: &[] };

fn check_seal(name: &str, seal: &Seal, notes: &[Deviation], expected: &Expected) {
    assert_eq!(seal.version, expected.version, "{name}");
    assert_eq!(kinds(notes), expected.notes, "{name}");
    let checked = seal.check_maker_signature(&key(&seal.maker_cert));
    assert_eq!(checked.is_ok(), expected.maker_good, "{name}: {checked:?}");
}

#[test]
fn seals_are_as_the_index_says() {
    let indefinite = &["ber.indefinite_length"];
    let cases = [
        ("gen/seals/v1_u1.esl", Expected { version: SealVersion::V1, ..GOOD }),
        ("gen/seals/v4_badmaker.esl", Expected { maker_good: false, ..GOOD }),
        ("gen/seals/v4_certdigest.esl", GOOD),
        ("gen/seals/v4_expired.esl", GOOD),
        ("gen/seals/v4_multi.esl", GOOD),
        ("gen/seals/v4_u1.esl", GOOD),
        ("gen/seals/v4_u2_ext.esl", GOOD),
        (
            "ofdrw/SESealData_HebeiGede.DER",
            Expected { maker_good: false, notes: &["ber.default_encoded"], ..GOOD },
        ),
        ("ofdrw/UserV1.esl", Expected { version: SealVersion::V1, ..GOOD }),
        ("ofdrw/UserV1_BER.esl", Expected { version: SealVersion::V1, notes: indefinite, ..GOOD }),
        ("ofdrw/UserV4.esl", GOOD),
        ("ofdrw/UserV4_BER.esl", Expected { notes: indefinite, ..GOOD }),
        ("ofdrw/UserV5.esl", Expected { version: SealVersion::V5, ..GOOD }),
        ("ofdrw/UserV5_ts.esl", Expected { version: SealVersion::V5, ..GOOD }),
    ];
    for (name, expected) in cases {
        let Some(bytes) = file(name) else { return };
        let (seal, notes) = Seal::parse(&bytes, Mode::Tolerant).unwrap();
        check_seal(name, &seal, &notes, &expected);
        assert_eq!(Seal::parse(&bytes, Mode::Strict).is_ok(), expected.notes.is_empty(), "{name}");
        assert_eq!(seal.time_stamp.is_some(), name == "ofdrw/UserV5_ts.esl");
    }
}

#[test]
fn every_seal_file_is_in_the_list_above() {
    let Some(folder) = samples() else { return };
    let count = |sub: &str| {
        let files = std::fs::read_dir(folder.join(sub)).unwrap();
        let names = files.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        names.filter(|name| [".esl", ".DER"].iter().any(|end| name.ends_with(end))).count()
    };
    assert_eq!(count("gen/seals") + count("ofdrw"), 14);
}

fn check_signature(name: &str, bytes: &[u8], expected: &Expected) {
    let (signature, notes) = SesSignature::parse(bytes, Mode::Tolerant).unwrap();
    check_seal(name, &signature.signed.seal, &notes, expected);
    let checked = signature.check_signature(&key(&signature.signer_cert));
    assert_eq!(checked.is_ok(), expected.signer_good, "{name}: {checked:?}");
    assert_eq!(signature.signed.seal.cert_list.contains(&signature.signer_cert), expected.listed, "{name}");
    assert_eq!(SesSignature::parse(bytes, Mode::Strict).is_ok(), expected.notes.is_empty(), "{name}");
}

#[test]
fn signatures_alone_are_as_the_index_says() {
    for (name, version) in
        [("ofdrw/SignedValueV4.dat", SealVersion::V4), ("ofdrw/SignedValueV5.dat", SealVersion::V5)]
    {
        let Some(bytes) = file(name) else { return };
        check_signature(name, &bytes, &Expected { version, ..GOOD });
    }
}

#[test]
fn seal_signatures_in_documents_are_as_the_index_says() {
    let text_time = &["time.no_zone", "time.text"];
    let iofd = &["ses.cert_list_text", "time.fraction", "time.text"];
    let default = &["ber.default_encoded"];
    let old = |version, notes| Expected { version, notes, ..GOOD };
    let cases = [
        ("gen/v4_valid.ofd", vec![GOOD]),
        ("gen/v4_continue.ofd", vec![GOOD]),
        ("gen/v4_riding_right.ofd", vec![GOOD]),
        ("gen/v4_two_seals.ofd", vec![GOOD, GOOD]),
        ("gen/v1_valid.ofd", vec![old(SealVersion::V1, text_time)]),
        (
            "gen/v2_valid.ofd",
            vec![old(SealVersion::V2, &["ses.signature_version", "time.no_zone", "time.text"])],
        ),
        ("gen/neg_badmaker.ofd", vec![Expected { maker_good: false, ..GOOD }]),
        ("gen/neg_wrong_key.ofd", vec![Expected { signer_good: false, ..GOOD }]),
        ("gen/neg_signer_not_in_seal.ofd", vec![Expected { listed: false, ..GOOD }]),
        ("gen/neg_signer_cert_expired.ofd", vec![GOOD]),
        ("gen/neg_signer_revoked.ofd", vec![GOOD]),
        ("gen/neg_signer_untrusted.ofd", vec![GOOD]),
        ("tampered/v4_sigval.ofd", vec![Expected { signer_good: false, ..GOOD }]),
        ("tampered/v4_content.ofd", vec![GOOD]),
        ("ofdrw/V4RideRight.ofd", vec![GOOD]),
        ("ofdrw/allprotected.ofd", vec![GOOD]),
        ("ofdrw/gen_13_riding_seal.ofd", vec![GOOD]),
        ("real/BROKEN_h_two_seals.ofd", vec![GOOD, GOOD]),
        (
            "real/V1_BAD_iofd_n.ofd",
            vec![Expected { signer_good: false, listed: false, ..old(SealVersion::V1, iofd) }],
        ),
        ("real/V2_kinggrid_xinchuang.ofd", vec![old(SealVersion::V2, &["time.text"])]),
        ("real/WRONGALG_easyofd_seal.ofd", vec![Expected { signer_good: false, ..GOOD }]),
        ("real/einvoice_cq_bw_test.ofd", vec![Expected { notes: default, ..GOOD }]),
        ("real/einvoice_cq_sealfile.ofd", vec![GOOD]),
        ("real/einvoice_kinggrid_999.ofd", vec![Expected { notes: default, ..GOOD }]),
    ];
    if samples().is_none() {
        return;
    }
    for (name, expected) in cases {
        let values = values(name);
        assert_eq!(values.len(), expected.len(), "{name}");
        values.iter().zip(&expected).for_each(|(value, expected)| check_signature(name, value, expected));
    }
}

#[test]
fn a_maker_signature_without_sign_octet_is_told() {
    for value in values("real/BADMAKER_azt_two_seals.ofd") {
        let expected = Expected { maker_good: false, notes: &["signature.negative"], ..GOOD };
        check_signature("BADMAKER_azt_two_seals.ofd", &value, &expected);
    }
}

#[test]
fn time_stamps_are_as_the_index_says() {
    for (name, time) in [
        ("gen/v4_timestamp.ofd", None),
        ("gen/neg_ts_earlier_than_signing.ofd", Some("2025-03-01T00:00:00Z")),
    ] {
        for value in values(name) {
            let (signature, _) = SesSignature::parse(&value, Mode::Tolerant).unwrap();
            let token =
                TimeStampToken::parse(signature.time_stamp.as_deref().unwrap(), Mode::Tolerant).unwrap();
            assert!(token.deviations.is_empty(), "{:?}", token.deviations);
            assert!(token.is_over(&signature.signature.bytes), "{name}");
            let cert = token.certificate().unwrap();
            assert_eq!(token.check_signature(&cert.verifying_key().unwrap()), Ok(vec![]));
            assert_eq!(token.names_certificate(cert.der()), Some(true));
            match time {
                Some(time) => assert_eq!(token.info.gen_time, at(time)),
                None => assert!(token.info.gen_time >= signature.signed.time),
            }
        }
    }
}

fn signed_data(name: &str, index: usize) -> Option<SignedData> {
    let value = values(name).into_iter().nth(index)?;
    match SignedMessage::parse(&value, Mode::Tolerant).unwrap().0 {
        SignedMessage::SignedData(data) => Some(data),
        SignedMessage::Bare(_) => panic!("{name}: a bare value"),
    }
}

#[test]
fn signed_messages_in_documents_verify() {
    let cases: [(&str, usize, bool, &[&str]); 5] = [
        ("gen/sign_35275.ofd", 0, false, &[]),
        ("gen/sign_35275_pkcs9.ofd", 0, true, &[]),
        ("gen/v4_three_sigs_last_locks.ofd", 2, true, &[]),
        ("real/BER_easyofd_35275.ofd", 0, true, &["ber.indefinite_length"]),
        ("ofdrw/hello-integrity.ofd", 0, false, &[]),
    ];
    for (name, index, has_attributes, notes) in cases {
        let Some(data) = signed_data(name, index) else { return };
        assert_eq!(kinds(&data.deviations), notes, "{name}");
        let signer = &data.signers[0];
        assert_eq!(signer.signed_attributes.is_some(), has_attributes, "{name}");
        assert_eq!(data.content.as_ref().map(Vec::len), (!has_attributes).then_some(32), "{name}");
        let cert = data.certificate_of(signer).unwrap();
        let checked = signer.check_signature(&cert.verifying_key().unwrap(), data.content.as_deref());
        assert_eq!(checked, Ok(vec![]), "{name}");
    }
}

#[test]
fn a_bare_value_is_told() {
    for value in values("ofdrw/DigitalSign_raw.ofd") {
        let (message, notes) = SignedMessage::parse(&value, Mode::Tolerant).unwrap();
        assert!(matches!(message, SignedMessage::Bare(_)));
        assert_eq!(notes[0].kind, DeviationKind::BareSignature);
    }
}

/// Every certificate under a folder, by its path.
fn certificates(folder: &Path) -> HashMap<String, Certificate> {
    let mut found = HashMap::new();
    for sub in ["certs", "gen/pki", "gen/trust", "ofdrw"] {
        for entry in std::fs::read_dir(folder.join(sub)).unwrap() {
            let path = entry.unwrap().path();
            let name = path.strip_prefix(folder).unwrap().to_str().unwrap().to_owned();
            if path.extension().is_none_or(|extension| extension != "pem") {
                continue;
            }
            let bytes = std::fs::read(&path).unwrap();
            if name.contains("key") {
                assert!(!pem_blocks(&bytes).unwrap().is_empty(), "{name}");
            } else {
                found.insert(name, read_certificates(&bytes).unwrap().remove(0));
            }
        }
    }
    found
}

#[test]
fn certificates_chain() {
    let Some(folder) = samples() else { return };
    let found = certificates(&folder);
    assert_eq!(found.len(), 18);
    let pairs = [
        ("certs/NRCAC_ROOTCA.pem", "certs/NRCAC_ROOTCA.pem"),
        ("certs/NRCAC_Civil_Servant_ROOT.pem", "certs/NRCAC_Civil_Servant_ROOT.pem"),
        ("certs/NRCAC_Device_ROOT.pem", "certs/NRCAC_Device_ROOT.pem"),
        ("certs/TJCA.pem", "certs/NRCAC_Civil_Servant_ROOT.pem"),
        ("certs/Ant_Financial_CA_S1.pem", "certs/NRCAC_ROOTCA.pem"),
        ("certs/Taier_CA.pem", "certs/NRCAC_ROOTCA.pem"),
        ("gen/pki/root.cert.pem", "gen/pki/root.cert.pem"),
        ("gen/pki/sub.cert.pem", "gen/pki/root.cert.pem"),
        ("gen/pki/maker.cert.pem", "gen/pki/sub.cert.pem"),
        ("gen/pki/user1.cert.pem", "gen/pki/sub.cert.pem"),
        ("gen/pki/user2.cert.pem", "gen/pki/sub.cert.pem"),
        ("gen/pki/user_expired.cert.pem", "gen/pki/sub.cert.pem"),
        ("gen/pki/user_enconly.cert.pem", "gen/pki/sub.cert.pem"),
        ("gen/pki/tsa.cert.pem", "gen/pki/sub.cert.pem"),
        ("gen/pki/stranger.cert.pem", "gen/pki/stranger.cert.pem"),
    ];
    for (child, parent) in pairs {
        assert_eq!(found[child].check_issued_by(&found[parent]), Ok(()), "{child}");
    }
    assert!(found["gen/pki/stranger.cert.pem"].check_issued_by(&found["gen/pki/root.cert.pem"]).is_err());
}

fn list(name: &str) -> Option<Crl> {
    Some(read_crls(&file(name)?).unwrap().remove(0))
}

#[test]
fn revocation_lists_are_signed_and_searched() {
    let Some(folder) = samples() else { return };
    let found = certificates(&folder);
    for name in ["NRCAC_ROOTCA", "NRCAC_Civil_Servant_ROOT", "NRCAC_Device_ROOT"] {
        let crl = list(&format!("certs/{name}.crl")).unwrap();
        crl.check_issued_by(&found[&format!("certs/{name}.pem")]).unwrap();
    }
    let crl = list("gen/pki/sub.crl").unwrap();
    crl.check_issued_by(&found["gen/pki/sub.cert.pem"]).unwrap();
    let entry = crl.find(&found["gen/pki/user2.cert.pem"].serial).unwrap();
    assert_eq!(entry.date, at("2025-01-01T00:00:00Z"));
    assert_ne!(entry.reason, Some(CrlReason::RemoveFromCrl));
    assert!(crl.find(&found["gen/pki/user1.cert.pem"].serial).is_none());
}
