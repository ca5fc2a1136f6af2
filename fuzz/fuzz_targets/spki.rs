#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    // What is accepted has one encoding only.
    if let Ok(key) = crypto::VerifyingKey::from_spki_der(data) {
        assert_eq!(key.spki_der(), data);
    }
});
