#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    // What is accepted has one encoding only.
    if let Ok(signature) = crypto::Sm2Signature::from_der(data) {
        assert_eq!(signature.to_der(), data);
    }
});
