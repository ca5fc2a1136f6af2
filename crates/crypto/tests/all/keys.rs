//! Public and private keys: which are taken, and which are refused when they are made.

use sealbridge_crypto::{KeyError, KeyKind, Random, Signer, Sm2KeyPair, VerifyingKey, sm3};

const N_MINUS_1: &str = "fffffffeffffffffffffffffffffffff7203df6b21c6052b53bbf40939d54122";
const N_MINUS_2: &str = "fffffffeffffffffffffffffffffffff7203df6b21c6052b53bbf40939d54121";
const N: &str = "fffffffeffffffffffffffffffffffff7203df6b21c6052b53bbf40939d54123";
/// What stands before the point in the structure of an SM2 key: id-ecPublicKey with the SM2 curve.
const SM2_SPKI: &str = "3059301306072a8648ce3d020106082a811ccf5501822d034200";

fn scalar(hexadecimal: &str) -> [u8; 32] {
    hex::decode(hexadecimal).unwrap().try_into().unwrap()
}

fn pair() -> Sm2KeyPair {
    Sm2KeyPair::generate(&Random::system()).unwrap()
}

#[test]
fn private_keys_reach_from_1_to_n_minus_2() {
    let random = Random::system();
    let mut one = [0; 32];
    one[31] = 1;
    for good in [one, scalar(N_MINUS_2)] {
        let pair = Sm2KeyPair::from_scalar(&good, &random).unwrap();
        let signature = pair.sign(b"message").unwrap();
        assert_eq!(pair.verifying_key().verify(pair.algorithm(), b"message", &signature), Ok(()));
    }
    for bad in [[0; 32], scalar(N_MINUS_1), scalar(N), [0xff; 32]] {
        let refused = Sm2KeyPair::from_scalar(&bad, &random).unwrap_err();
        assert_eq!(refused, KeyError::InvalidPrivateKey);
    }
}

#[test]
fn points_off_the_curve_and_other_forms_are_refused() {
    let good = *pair().verifying_key().sm2_point().unwrap();
    assert!(VerifyingKey::from_sec1_sm2(&good).is_ok());
    let mut off = good;
    off[64] ^= 1;
    assert_eq!(VerifyingKey::from_sec1_sm2(&off), Err(KeyError::InvalidPublicKey));
    let mut beyond = [0xff; 65];
    beyond[0] = 4;
    assert_eq!(VerifyingKey::from_sec1_sm2(&beyond), Err(KeyError::InvalidPublicKey));
    let mut origin = [0; 65];
    origin[0] = 4;
    assert_eq!(VerifyingKey::from_sec1_sm2(&origin), Err(KeyError::InvalidPublicKey));
    let compressed = [&[2 | (good[64] & 1)], &good[1..33]].concat();
    let hybrid = [&[6 | (good[64] & 1)], &good[1..]].concat();
    for form in [compressed.as_slice(), &hybrid, &[0], &[], &good[..64], &good[1..]] {
        let refused = VerifyingKey::from_sec1_sm2(form).unwrap_err();
        assert!(matches!(refused, KeyError::Malformed(_)), "{refused}");
    }
}

#[test]
fn the_structure_of_a_key_is_read_strictly_and_written_alike() {
    let pair = pair();
    let key = pair.verifying_key();
    let spki = key.spki_der().to_vec();
    assert_eq!(spki, [hex::decode(SM2_SPKI).unwrap().as_slice(), key.sm2_point().unwrap()].concat());
    assert_eq!(key.spki_sm3(), sm3::digest(&spki));
    let again = VerifyingKey::from_spki_der(&spki).unwrap();
    assert_eq!((again.kind(), again.bits(), again.sm2_z()), (KeyKind::Sm2, 256, key.sm2_z()));
    assert_eq!(&again, key);
    assert!(VerifyingKey::from_spki_der(&[spki.as_slice(), &[0]].concat()).is_err());
    for cut in 0..spki.len() {
        assert!(VerifyingKey::from_spki_der(&spki[..cut]).is_err());
    }
    // The same key on secp256k1 is no key of ours.
    let other_curve = hex::encode(&spki).replace("06082a811ccf5501822d", "06052b8104000a");
    let other_curve = other_curve.replacen("30593013", "30563010", 1);
    let refused = VerifyingKey::from_spki_der(&hex::decode(other_curve).unwrap()).unwrap_err();
    assert_eq!(refused, KeyError::Unsupported("1.3.132.0.10".to_owned()));
    // RSA-PSS keys and Ed25519 keys are other algorithms.
    let ed25519 = format!("302a300506032b6570032100{}", "11".repeat(32));
    let refused = VerifyingKey::from_spki_der(&hex::decode(ed25519).unwrap()).unwrap_err();
    assert_eq!(refused, KeyError::Unsupported("1.3.101.112".to_owned()));
}

#[test]
fn debug_output_shows_no_secret() {
    let secret = [0x5a; 32];
    let pair = Sm2KeyPair::from_scalar(&secret, &Random::system()).unwrap();
    let shown = format!("{pair:?} {:#?}", pair.clone());
    assert!(!shown.to_lowercase().contains("5a5a5a"), "{shown}");
    assert!(!shown.contains("90, 90"), "{shown}");
    assert!(shown.contains(&hex::encode(pair.verifying_key().spki_sm3())));
}

#[test]
fn clones_share_the_key_and_outlive_each_other() {
    let first = pair();
    let second = first.clone();
    let key = first.verifying_key().clone();
    drop(first);
    let signature = second.sign(b"message").unwrap();
    assert_eq!(key.verify(second.algorithm(), b"message", &signature), Ok(()));
}
