#![no_main]

use formats::asn1::Mode;
use formats::tsp::{TimeStampReq, TimeStampResp, TimeStampToken};

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    // A request read strictly is written as it was, when it asks for nothing that we never ask for.
    if let Ok(request) = TimeStampReq::parse(data, Mode::Strict)
        && request.extensions.is_empty()
    {
        let again = TimeStampReq::parse(&request.to_der(), Mode::Strict);
        assert_eq!(again, Ok(request));
    }
    if let Ok(answer) = TimeStampResp::parse(data, Mode::Tolerant) {
        let _ = answer.to_der();
    }
    if let Ok(token) = TimeStampToken::parse(data, Mode::Tolerant) {
        let _ = (token.certificate(), token.attributes_fit(), token.is_over(b"data"), token.info.to_der());
    }
});
