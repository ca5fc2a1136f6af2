#![no_main]

use formats::asn1::Mode;
use formats::ses::Seal;

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let strict = Seal::parse(data, Mode::Strict);
    let Ok((seal, notes)) = Seal::parse(data, Mode::Tolerant) else {
        assert!(strict.is_err());
        return;
    };
    // Strict is tolerant without a deviation.
    assert_eq!(strict.is_ok(), notes.is_empty());
    let _ = (
        seal.signed_bytes(),
        seal.signature_candidates(),
        seal.cert_list.contains(data),
        seal.picture.sniff(),
    );
    if let Ok(certificate) = seal.maker_certificate()
        && let Ok(key) = certificate.verifying_key()
    {
        let _ = seal.check_maker_signature(&key);
    }
});
