#![no_main]

use std::cell::RefCell;
use std::collections::HashMap;

use crypto::{
    DigestItem, Random, Signer, Sm2Engine, Sm2KeyPair, Sm2Signature, VerifyingKey, select_engine,
    set_table_capacity, verify_digest_batch,
};

thread_local! {
    static KEYS: RefCell<HashMap<[u8; 2], Sm2KeyPair>> = RefCell::default();
}

// The input: two bytes that choose a private key, one byte of choices, then e, r and s. Every engine, with and
// without tables, alone and in a batch, must say what RustCrypto says; a signature that RustCrypto makes is right.
libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let Some((choice, rest)) = data.split_at_checked(3) else { return };
    let Some((e, rest)) = rest.split_first_chunk::<32>() else { return };
    let key = key([choice[0], choice[1]]);
    let signature = match choice[2] & 3 {
        // The bytes as they are: mostly not DER.
        0 => rest.to_vec(),
        // As r and s.
        1 | 2 => {
            let mut raw = [0; 64];
            raw.iter_mut().zip(rest).for_each(|(to, from)| *to = *from);
            let Ok(signature) = Sm2Signature::from_raw64(&raw) else { return };
            signature.to_der()
        }
        // A right one, with the bytes laid over it.
        _ => {
            let Ok(signature) = key.sign_digest(e) else { return };
            let mut raw = signature.to_raw64();
            raw.iter_mut().zip(rest).for_each(|(to, from)| *to ^= *from);
            let Ok(signature) = Sm2Signature::from_raw64(&raw) else { return };
            signature.to_der()
        }
    };
    judge(key.verifying_key(), e, &signature);
});

/// One of 65,536 keys; low numbers are small private keys, whose tables share entries with the generator's.
fn key(number: [u8; 2]) -> Sm2KeyPair {
    KEYS.with_borrow_mut(|keys| {
        if keys.len() > 300 {
            keys.clear();
        }
        keys.entry(number)
            .or_insert_with(|| {
                let mut scalar = [0; 32];
                scalar[31] = number[0].max(1);
                scalar[usize::from(number[1]) % 32] |= number[1] / 32;
                Sm2KeyPair::from_scalar(&scalar, &Random::system()).expect("1 to n - 2")
            })
            .clone()
    })
}

fn judge(key: &VerifyingKey, e: &[u8; 32], signature: &[u8]) {
    select_engine(Sm2Engine::Reference);
    let expected = key.verify_sm2_digest(e, signature);
    for engine in [Sm2Engine::Scalar, Sm2Engine::Lanes] {
        select_engine(engine);
        set_table_capacity(0);
        assert_eq!(key.verify_sm2_digest(e, signature), expected, "{engine:?} without a table");
        // The eighth use makes the table, for batches as well.
        set_table_capacity(4);
        let items = [DigestItem { key, e: *e, signature }; 9];
        for size in [9, 1, 8] {
            let results = verify_digest_batch(&items[..size]);
            assert!(results.iter().all(|result| *result == expected), "{engine:?}, {size} together");
        }
    }
}
