//! SM2 encryption, SM4 and the encryption of fields: what was altered does not open.

use sealbridge_crypto::{
    CipherError, FieldCipher, MAX_PLAIN_LEN, Random, Signer, Sm2KeyPair, VerifyingKey, sm2_encrypt, sm4,
};

fn random() -> Random {
    Random::system()
}

fn pair() -> Sm2KeyPair {
    Sm2KeyPair::generate(&random()).unwrap()
}

#[test]
fn sm2_round_trips_and_every_altered_byte_is_noticed() {
    let pair = pair();
    for plain in [b"x".as_slice(), b"0123456789abcdef", &[1; 100]] {
        let cipher = sm2_encrypt(pair.verifying_key(), plain, &random()).unwrap();
        assert_eq!(pair.decrypt(&cipher).unwrap().as_slice(), plain);
        assert_ne!(sm2_encrypt(pair.verifying_key(), plain, &random()).unwrap(), cipher);
        for position in 0..cipher.len() {
            let mut altered = cipher.clone();
            altered[position] ^= 4;
            assert!(pair.decrypt(&altered).is_err(), "byte {position}");
        }
        let longer = [cipher.as_slice(), &[0]].concat();
        assert_eq!(pair.decrypt(&longer).unwrap_err(), CipherError::Malformed);
        assert!(self::pair().decrypt(&cipher).is_err());
    }
}

#[test]
fn sm2_bounds() {
    let pair = pair();
    let key = pair.verifying_key();
    assert_eq!(sm2_encrypt(key, b"", &random()), Err(CipherError::Empty));
    assert_eq!(sm2_encrypt(key, &vec![0; MAX_PLAIN_LEN + 1], &random()), Err(CipherError::TooLong));
    let longest = vec![3; MAX_PLAIN_LEN];
    let cipher = sm2_encrypt(key, &longest, &random()).unwrap();
    assert_eq!(*pair.decrypt(&cipher).unwrap(), longest);
}

#[test]
fn sm2_encrypts_for_sm2_keys_only() {
    let spki = concat!(
        "3059301306072a8648ce3d020106082a8648ce3d030107034200",
        "0460fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6",
        "7903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d4462299",
    );
    let key = VerifyingKey::from_spki_der(&hex::decode(spki).unwrap()).unwrap();
    assert_eq!(sm2_encrypt(&key, b"x", &random()), Err(CipherError::WrongKeyKind));
}

#[test]
fn gcm_notices_every_change() {
    let (key, nonce) = (random().bytes(), random().bytes());
    let sealed = sm4::gcm_seal(&key, &nonce, b"context", b"plain").unwrap();
    assert_eq!(sealed.len(), 5 + sm4::TAG_LEN);
    assert_eq!(sm4::gcm_open(&key, &nonce, b"context", &sealed).unwrap().as_slice(), b"plain");
    assert_eq!(sm4::gcm_open(&key, &nonce, b"other", &sealed), Err(CipherError::Refused));
    for position in 0..sealed.len() {
        let mut altered = sealed.clone();
        altered[position] ^= 1;
        assert_eq!(sm4::gcm_open(&key, &nonce, b"context", &altered), Err(CipherError::Refused));
    }
    for cut in 0..sealed.len() {
        assert_eq!(sm4::gcm_open(&key, &nonce, b"context", &sealed[..cut]), Err(CipherError::Refused));
    }
}

#[test]
fn cbc_refuses_wrong_lengths_and_padding() {
    let (key, iv) = ([1; 16], [2; 16]);
    for len in [0, 1, 15, 17] {
        assert_eq!(sm4::cbc_decrypt(&key, &iv, &vec![0; len]), Err(CipherError::Refused), "{len}");
    }
    let cipher = sm4::cbc_encrypt(&key, &iv, &[0; 32]);
    // The third block is padding; without it the text ends in zeros, which no padding does.
    assert_eq!(sm4::cbc_decrypt(&key, &iv, &cipher[..32]), Err(CipherError::Refused));
}

#[test]
fn fields_open_only_where_they_belong() {
    let cipher = FieldCipher::new(&[1; 32]);
    let sealed = cipher.seal("user.mobile", "13800000000", &random()).unwrap();
    assert!(sealed.starts_with("v1."));
    assert_eq!(cipher.open("user.mobile", &sealed).unwrap().as_str(), "13800000000");
    assert_ne!(cipher.seal("user.mobile", "13800000000", &random()).unwrap(), sealed);
    assert_eq!(cipher.open("user.name", &sealed), Err(CipherError::Refused));
    assert_eq!(FieldCipher::new(&[2; 32]).open("user.mobile", &sealed), Err(CipherError::Refused));
    for bad in ["", "v1.", "v1.AAAA", "v2.AAAA", "v1.!", &sealed[3..], &format!("{sealed}=")] {
        assert!(cipher.open("user.mobile", bad).is_err(), "{bad}");
    }
    let empty = cipher.seal("c", "", &random()).unwrap();
    assert_eq!(cipher.open("c", &empty).unwrap().as_str(), "");
}

#[test]
fn indexes_are_equal_for_equal_values_of_one_field_only() {
    let cipher = FieldCipher::new(&[1; 32]);
    let index = cipher.blind_index("user.mobile", "13800000000");
    assert_eq!(index.len(), 64);
    assert_eq!(cipher.blind_index("user.mobile", "13800000000"), index);
    assert_ne!(cipher.blind_index("user.mobile", "13800000001"), index);
    assert_ne!(cipher.blind_index("user.mobile1", "3800000000"), index);
    assert_ne!(FieldCipher::new(&[2; 32]).blind_index("user.mobile", "13800000000"), index);
    assert_eq!(format!("{cipher:?}"), "FieldCipher");
}
