//! Key files: what we write we read, what is altered is refused, and real files of others open.

use std::fs;
use std::path::{Path, PathBuf};

use sealbridge_crypto::{KeyError, Random, Signer, Sm2KeyPair};

fn random() -> Random {
    Random::system()
}

/// The folder of sample files, which is not part of the repository.
fn samples() -> Option<PathBuf> {
    let folder = std::env::var_os("SEALBRIDGE_SHARED")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared"), PathBuf::from);
    let samples = folder.join("samples/ofd");
    if samples.is_dir() {
        return Some(samples);
    }
    println!("skipped: no sample files at {}", samples.display());
    None
}

/// An X.509-shaped structure whose public key stands in the right place.
fn certificate(spki: &[u8], serial: u8) -> Vec<u8> {
    let empty = [0x30, 0];
    let fields: [&[u8]; 8] =
        [&[0xa0, 3, 2, 1, 2], &[2, 1, serial], &empty, &empty, &empty, &empty, spki, &[]];
    let tbs = tlv(&fields.concat());
    tlv(&[tbs.as_slice(), &empty, &[3, 1, 0]].concat())
}

fn tlv(content: &[u8]) -> Vec<u8> {
    let length = u8::try_from(content.len()).unwrap();
    assert!(length < 0x80);
    [&[0x30, length], content].concat()
}

#[test]
fn pkcs8_round_trip() {
    let pair = Sm2KeyPair::generate(&random()).unwrap();
    let der = pair.to_pkcs8_der().unwrap();
    let again = Sm2KeyPair::from_pkcs8_der(&der, &random()).unwrap();
    assert_eq!(again.verifying_key(), pair.verifying_key());
    for cut in 0..der.len() {
        assert!(Sm2KeyPair::from_pkcs8_der(&der[..cut], &random()).is_err());
    }
}

#[test]
fn pkcs8_with_a_foreign_public_key_is_refused() {
    let (pair, other) = (Sm2KeyPair::generate(&random()).unwrap(), Sm2KeyPair::generate(&random()).unwrap());
    let mut der = pair.to_pkcs8_der().unwrap().to_vec();
    let end = der.len();
    der[end - 65..].copy_from_slice(other.verifying_key().sm2_point().unwrap());
    assert_eq!(Sm2KeyPair::from_pkcs8_der(&der, &random()).unwrap_err(), KeyError::Mismatch);
}

#[test]
fn encrypted_pkcs8_round_trip_and_wrong_password() {
    let pair = Sm2KeyPair::generate(&random()).unwrap();
    let pem = pair.to_encrypted_pkcs8_pem("口令 päss", &random()).unwrap();
    let again = Sm2KeyPair::from_encrypted_pkcs8(pem.as_bytes(), "口令 päss", &random()).unwrap();
    assert_eq!(again.verifying_key(), pair.verifying_key());
    let wrong = Sm2KeyPair::from_encrypted_pkcs8(pem.as_bytes(), "口令 pass", &random()).unwrap_err();
    assert_eq!(wrong, KeyError::WrongPassword);
}

#[test]
fn pkcs12_round_trip_puts_the_own_certificate_first() {
    let pair = Sm2KeyPair::generate(&random()).unwrap();
    let other = Sm2KeyPair::generate(&random()).unwrap();
    let own = certificate(pair.verifying_key().spki_der(), 1);
    let issuer = certificate(other.verifying_key().spki_der(), 2);
    for chain in [vec![own.clone(), issuer.clone()], vec![issuer.clone(), own.clone()]] {
        let file = pair.to_pkcs12(&chain, "secret", "公章 1", &random()).unwrap();
        let (again, read) = Sm2KeyPair::from_pkcs12(&file, "secret", &random()).unwrap();
        assert_eq!(again.verifying_key(), pair.verifying_key());
        assert_eq!(read, [own.clone(), issuer.clone()]);
    }
}

#[test]
fn an_altered_pkcs12_is_refused() {
    let pair = Sm2KeyPair::generate(&random()).unwrap();
    let file = pair.to_pkcs12(&[], "secret", "", &random()).unwrap();
    let wrong = Sm2KeyPair::from_pkcs12(&file, "Secret", &random()).unwrap_err();
    assert_eq!(wrong, KeyError::WrongPassword);
    for position in (0..file.len()).step_by(23) {
        let mut altered = file.clone();
        altered[position] ^= 0x10;
        if let Ok((again, _)) = Sm2KeyPair::from_pkcs12(&altered, "secret", &random()) {
            panic!("accepted with byte {position} altered: {again:?}");
        }
    }
}

#[test]
fn too_many_iterations_are_refused_at_once() {
    let pair = Sm2KeyPair::generate(&random()).unwrap();
    let mut file = pair.to_pkcs12(&[], "secret", "", &random()).unwrap();
    // The last number of the file counts the iterations of the MAC: 02 03 01 86 A0 is 100000.
    let end = file.len();
    assert_eq!(file[end - 5..], [2, 3, 1, 0x86, 0xa0]);
    file[end - 3..].copy_from_slice(&[0x7f, 0xff, 0xff]);
    let started = std::time::Instant::now();
    let refused = Sm2KeyPair::from_pkcs12(&file, "secret", &random()).unwrap_err();
    assert_eq!(refused, KeyError::Limit("iterations"));
    assert!(started.elapsed().as_millis() < 200);
}

#[test]
fn java_files_open() {
    let Some(samples) = samples() else { return };
    let mut count = 0;
    for entry in fs::read_dir(samples.join("gen/pki")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "p12") {
            continue;
        }
        let file = fs::read(&path).unwrap();
        let (pair, chain) = Sm2KeyPair::from_pkcs12(&file, "123456", &random())
            .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let point = pair.verifying_key().sm2_point().unwrap();
        assert!(chain[0].windows(65).any(|window| window == point), "{}", path.display());
        // The same key lies beside it in PEM.
        let pem = fs::read_to_string(path.with_extension("key.pem")).unwrap();
        if let Ok(same) = Sm2KeyPair::from_pkcs8_pem(&pem, &random()) {
            assert_eq!(same.verifying_key(), pair.verifying_key());
        }
        count += 1;
    }
    assert!(count > 5);
}

#[test]
fn files_of_ofdrw_and_openssl_open() {
    let Some(samples) = samples() else { return };
    for (name, password) in
        [("ofdrw/USER.p12", "777777"), ("ofdrw/SealBuilder.p12", "777777"), ("certs/sm2_test.pfx", "123456")]
    {
        let file = fs::read(samples.join(name)).unwrap();
        let (pair, chain) = Sm2KeyPair::from_pkcs12(&file, password, &random()).unwrap();
        let point = pair.verifying_key().sm2_point().unwrap();
        assert!(chain[0].windows(65).any(|window| window == point));
        let wrong = Sm2KeyPair::from_pkcs12(&file, "no", &random()).unwrap_err();
        assert_eq!(wrong, KeyError::WrongPassword, "{name}");
    }
}
