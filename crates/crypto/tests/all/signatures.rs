//! SM2 signatures: what is accepted, and above all what is not.

use proptest::prelude::*;
use sealbridge_crypto::{
    DEFAULT_USER_ID, Random, SignError, SignatureAlgorithm, Signer, Sm2KeyPair, Sm2Signature, VerifyError,
};

const ALGORITHM: SignatureAlgorithm = SignatureAlgorithm::Sm2Sm3;
/// The order n of the group, as hexadecimal.
const N: &str = "fffffffeffffffffffffffffffffffff7203df6b21c6052b53bbf40939d54123";
const N_MINUS_1: &str = "fffffffeffffffffffffffffffffffff7203df6b21c6052b53bbf40939d54122";
const ONE: &str = "0000000000000000000000000000000000000000000000000000000000000001";
const ZERO: &str = "0000000000000000000000000000000000000000000000000000000000000000";

fn pair() -> Sm2KeyPair {
    Sm2KeyPair::generate(&Random::system()).unwrap()
}

fn raw(r: &str, s: &str) -> [u8; 64] {
    hex::decode([r, s].concat()).unwrap().try_into().unwrap()
}

fn parse(hexadecimal: &str) -> Result<Sm2Signature, VerifyError> {
    Sm2Signature::from_der(&hex::decode(hexadecimal.replace(' ', "")).unwrap())
}

#[test]
fn numbers_must_be_in_range() {
    for (r, s, good) in [
        (ONE, ONE, true),
        (N_MINUS_1, N_MINUS_1, true),
        (ZERO, ONE, false),
        (ONE, ZERO, false),
        (N, ONE, false),
        (ONE, N, false),
    ] {
        let parsed = Sm2Signature::from_raw64(&raw(r, s));
        assert_eq!(parsed.is_ok(), good, "{r} {s}");
        if let Ok(signature) = parsed {
            assert_eq!(Sm2Signature::from_der(&signature.to_der()), Ok(signature));
            assert_eq!(signature.to_raw64(), raw(r, s));
        }
    }
}

#[test]
fn only_the_one_encoding_is_accepted() {
    assert_eq!(parse("3006 020101 020102").unwrap().to_raw64()[31], 1);
    let refused = [
        ("nothing", ""),
        ("cut", "3006 020101 0201"),
        ("a byte behind", "3006 020101 020102 00"),
        ("a byte inside", "3007 020101 020102 00"),
        ("a third number", "3009 020101 020102 020103"),
        ("one number", "3003 020101"),
        ("long length", "308106 020101 020102"),
        ("indefinite length", "3080 020101 020102 0000"),
        ("leading zero", "3007 02020001 020102"),
        ("long inner length", "3007 02810101 020102"),
        ("negative", "3006 020181 020102"),
        ("empty number", "3005 0200 020102"),
        ("set", "3106 020101 020102"),
        ("octet strings", "3006 040101 040102"),
        ("bare numbers", &hex::encode(raw(ONE, ONE))),
        ("33 bytes", &format!("3026 0221 01{ONE} 020101")),
    ];
    for (what, encoding) in refused {
        assert_eq!(parse(encoding), Err(VerifyError::Malformed), "{what}");
    }
}

#[test]
fn r_plus_s_equal_to_n_is_refused() {
    let signature = Sm2Signature::from_raw64(&raw(ONE, N_MINUS_1)).unwrap().to_der();
    assert_eq!(pair().verifying_key().verify(ALGORITHM, b"any", &signature), Err(VerifyError::Mismatch));
}

#[test]
fn signatures_hold_for_one_message_one_key_one_id() {
    let (mine, other) = (pair(), pair());
    let signature = mine.sign(b"message").unwrap();
    let key = mine.verifying_key();
    assert_eq!(key.verify(ALGORITHM, b"message", &signature), Ok(()));
    assert_eq!(key.verify_with_id(DEFAULT_USER_ID, b"message", &signature), Ok(()));
    assert_eq!(key.verify(ALGORITHM, b"massage", &signature), Err(VerifyError::Mismatch));
    assert_eq!(key.verify_with_id(b"", b"message", &signature), Err(VerifyError::Mismatch));
    assert_eq!(other.verifying_key().verify(ALGORITHM, b"message", &signature), Err(VerifyError::Mismatch));
    let wrong_kind = key.verify(SignatureAlgorithm::EcdsaSha256, b"message", &signature);
    assert_eq!(wrong_kind, Err(VerifyError::WrongKeyKind));
}

#[test]
fn another_user_id_works_both_ways_up_to_its_limit() {
    let pair = pair();
    for id in [b"".as_slice(), b"ALICE", &[7; 8191]] {
        let signature = pair.sign_with_id(id, b"message").unwrap();
        assert_eq!(pair.verifying_key().verify_with_id(id, b"message", &signature), Ok(()));
        assert!(pair.verifying_key().verify(ALGORITHM, b"message", &signature).is_err());
    }
    let long = [7; 8192];
    assert_eq!(pair.sign_with_id(&long, b""), Err(SignError::UserIdTooLong));
    let refused = pair.verifying_key().verify_with_id(&long, b"", &[]);
    assert_eq!(refused, Err(VerifyError::UserIdTooLong));
}

#[test]
fn a_digest_of_z_and_message_is_what_is_signed() {
    let pair = pair();
    let mut hasher = sealbridge_crypto::sm3::Sm3::new();
    hasher.update(&pair.verifying_key().sm2_z());
    hasher.update(b"message");
    let e = hasher.finalize();
    let signature = pair.sign_digest(&e).unwrap().to_der();
    assert_eq!(pair.verifying_key().verify(ALGORITHM, b"message", &signature), Ok(()));
    assert_eq!(pair.verifying_key().verify_sm2_digest(&e, &pair.sign(b"message").unwrap()), Ok(()));
    // A digest without Z is another message to SM2.
    let bare = sealbridge_crypto::sm3::digest(b"message");
    assert!(pair.verifying_key().verify_sm2_digest(&bare, &signature).is_err());
}

#[test]
fn a_source_of_randomness_that_repeats_leaks_nothing() {
    // Equal nonces over two messages would give the key away; r differs, so the nonces do.
    let random = Random::from_fn(|buffer| buffer.fill(1));
    let pair = Sm2KeyPair::generate(&random).unwrap();
    let (first, second) = (pair.sign(b"first").unwrap(), pair.sign(b"second").unwrap());
    let e = |message: &[u8]| {
        let mut hasher = sealbridge_crypto::sm3::Sm3::new();
        hasher.update(&pair.verifying_key().sm2_z());
        hasher.update(message);
        hasher.finalize()
    };
    // x1 = r - e (mod n) is the same exactly when the nonces are.
    let x1 = |signature: &[u8], e: [u8; 32]| {
        let r: [u8; 32] = Sm2Signature::from_der(signature).unwrap().to_raw64()[..32].try_into().unwrap();
        scalar(&r) - scalar(&e)
    };
    assert_ne!(x1(&first, e(b"first")), x1(&second, e(b"second")));
}

fn scalar(bytes: &[u8; 32]) -> sm2::Scalar {
    use sm2::elliptic_curve::ops::Reduce;
    sm2::Scalar::reduce(&sm2::U256::from_be_slice(bytes))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn what_is_read_is_written_back_the_same(bytes in proptest::collection::vec(any::<u8>(), 0..80)) {
        if let Ok(signature) = Sm2Signature::from_der(&bytes) {
            prop_assert_eq!(signature.to_der(), bytes);
        }
    }

    #[test]
    fn every_pair_in_range_round_trips(mut r: [u8; 32], mut s: [u8; 32]) {
        // Below 2^255 every number but zero is in range.
        (r[0], s[0]) = (r[0] & 0x7f, s[0] & 0x7f);
        (r[31], s[31]) = (r[31] | 1, s[31] | 1);
        let raw: [u8; 64] = [r, s].concat().try_into().unwrap();
        let signature = Sm2Signature::from_raw64(&raw).unwrap();
        prop_assert_eq!(Sm2Signature::from_der(&signature.to_der()), Ok(signature));
        prop_assert_eq!(signature.to_raw64(), raw);
    }

    #[test]
    fn any_bit_changed_is_noticed(position in 0_usize..64, bit in 0_u8..8) {
        let pair = Sm2KeyPair::from_scalar(&[9; 32], &Random::system()).unwrap();
        let good = Sm2Signature::from_der(&pair.sign(b"message").unwrap()).unwrap();
        let mut raw = good.to_raw64();
        raw[position] ^= 1 << bit;
        if let Ok(altered) = Sm2Signature::from_raw64(&raw) {
            let verified = pair.verifying_key().verify(ALGORITHM, b"message", &altered.to_der());
            prop_assert_eq!(verified, Err(VerifyError::Mismatch));
        }
    }
}
