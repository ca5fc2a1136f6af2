#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let random = crypto::Random::from_fn(|buffer| buffer.fill(1));
    let _ = crypto::Sm2KeyPair::from_encrypted_pkcs8(data, "123456", &random);
    let _ = crypto::Sm2KeyPair::from_pkcs8_der(data, &random);
});
