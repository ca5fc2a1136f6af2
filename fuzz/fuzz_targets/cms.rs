#![no_main]

use formats::asn1::Mode;
use formats::cms::SignedMessage;

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let strict = SignedMessage::parse(data, Mode::Strict);
    assert!(strict.is_err() || SignedMessage::parse(data, Mode::Tolerant).is_ok());
    let Ok((SignedMessage::SignedData(message), _)) = SignedMessage::parse(data, Mode::Tolerant) else {
        return;
    };
    let _ = message.content_as_digest(32);
    for signer in message.signers.iter().take(4) {
        if let Some(attributes) = &signer.signed_attributes {
            let _ = (attributes.message_digest(), attributes.signing_time(), attributes.content_type());
            assert_eq!(attributes.in_der_order().is_none(), attributes.sorted);
        }
        if let Some(certificate) = message.certificate_of(signer)
            && let Ok(key) = certificate.verifying_key()
        {
            let _ = signer.check_signature(&key, message.content.as_deref());
        }
    }
});
