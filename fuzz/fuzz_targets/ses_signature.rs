#![no_main]

use formats::asn1::Mode;
use formats::ses::{SesSignature, parse_tbs};

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let _ = parse_tbs(data, Mode::Tolerant);
    let strict = SesSignature::parse(data, Mode::Strict);
    let Ok((signature, notes)) = SesSignature::parse(data, Mode::Tolerant) else {
        assert!(strict.is_err());
        return;
    };
    // Strict is tolerant without a deviation; a token in place of a time has deviations of its own.
    assert!(strict.is_ok() == notes.is_empty() || signature.signed.time_token.is_some());
    // The signed part is read alone as it is read inside.
    if let Ok((tbs, _)) = parse_tbs(signature.tbs(), Mode::Tolerant) {
        assert_eq!(tbs, signature.signed);
    }
    if let Ok(certificate) = signature.signer_certificate()
        && let Ok(key) = certificate.verifying_key()
    {
        let _ = signature.check_signature(&key);
    }
});
