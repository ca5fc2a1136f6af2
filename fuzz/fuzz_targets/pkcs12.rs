#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let _ =
        crypto::Sm2KeyPair::from_pkcs12(data, "123456", &crypto::Random::from_fn(|buffer| buffer.fill(1)));
});
