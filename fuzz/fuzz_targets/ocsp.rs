#![no_main]

use formats::asn1::Mode;
use formats::ocsp::{BasicResponse, OcspRequest, OcspResponse, read_responses};

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    // A question read strictly is written as it was, when nobody signed it and it has a form that we write.
    if let Ok(request) = OcspRequest::parse(data, Mode::Strict)
        && !request.is_signed
        && request.unknown_critical.is_empty()
    {
        let again = OcspRequest::parse(&request.to_der(), Mode::Strict).expect("our own question");
        assert_eq!((again.certs, again.nonce), (request.certs, request.nonce));
    }
    if let Ok(answer) = OcspResponse::parse(data, Mode::Tolerant) {
        assert_eq!(
            OcspResponse::parse(&answer.to_der(), Mode::Tolerant).map(|again| again.basic),
            Ok(answer.basic)
        );
    }
    if let Ok(basic) = BasicResponse::parse(data, Mode::Tolerant) {
        assert!(data.windows(basic.tbs().len()).any(|window| window == basic.tbs()));
    }
    let _ = read_responses(data);
});
