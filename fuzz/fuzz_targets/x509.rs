#![no_main]

use formats::asn1::Mode;
use formats::x509::{Certificate, CertificationRequest, read_certificates};

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    // What is read strictly was received whole and is read tolerantly to the same.
    if let Ok(strict) = Certificate::parse(data, Mode::Strict) {
        assert_eq!(strict.der(), data);
        assert_eq!(Certificate::from_der(data), Ok(strict));
    }
    if let Ok(certificate) = Certificate::from_der(data) {
        let _ = (certificate.subject.to_string(), certificate.serial_hex(), certificate.verifying_key());
        let _ = certificate.check_issued_by(&certificate);
    }
    if let Ok(request) = CertificationRequest::parse(data, Mode::Tolerant) {
        let _ = request.verify_possession();
    }
    let _ = read_certificates(data);
});
