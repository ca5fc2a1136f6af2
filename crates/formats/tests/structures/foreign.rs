//! Signed messages of foreign algorithms, made by the `openssl` command.

use crypto::{KeyKind, VerifyError};
use sealbridge_formats::asn1::Mode;
use sealbridge_formats::cms::{SignedAttributes, SignedData};
use sealbridge_formats::x509::{Certificate, SignatureFault, read_certificates};

use crate::openssl::{Folder, available};

const PSS: &str = "-keyopt rsa_padding_mode:pss -keyopt rsa_pss_saltlen:32";

fn certificate(folder: &Folder, make_key: &str, sign: &str) -> Certificate {
    folder.good(&format!("genpkey {make_key} -out key.pem"));
    folder.good(&format!("req -x509 -new -key key.pem -subj /CN=signer -days 30 -out cert.pem {sign}"));
    read_certificates(&std::fs::read(folder.path("cert.pem")).unwrap()).unwrap().remove(0)
}

#[test]
fn messages_of_every_foreign_kind_verify() {
    if !available() {
        return;
    }
    let rsa = "-quiet -algorithm RSA -pkeyopt rsa_keygen_bits:2048";
    let pss_sign = "-sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:32";
    let cases = [
        (rsa, "-sha256", "", KeyKind::Rsa),
        (rsa, "-sha512", PSS, KeyKind::Rsa),
        ("-algorithm EC -pkeyopt ec_paramgen_curve:P-256", "-sha256", "", KeyKind::P256),
        ("-algorithm EC -pkeyopt ec_paramgen_curve:P-384", "-sha384", "", KeyKind::P384),
        ("-algorithm EC -pkeyopt ec_paramgen_curve:P-521", "-sha512", "", KeyKind::P521),
    ];
    for (make_key, digest, options, kind) in cases {
        let folder = Folder::new();
        folder.write("content", b"what is signed");
        let issued = if options.is_empty() { digest.to_owned() } else { format!("{digest} {pss_sign}") };
        let cert = certificate(&folder, make_key, &issued);
        let key = cert.verifying_key().unwrap();
        assert_eq!(key.kind(), kind);
        cert.check_signature(&key).unwrap();
        // -cades adds signingCertificateV2; -stream and -indef give indefinite lengths and strings in segments.
        for shape in ["-cades", "-cades -keyid", "-noattr", "-nodetach -stream -indef", "-nodetach -noattr"] {
            // OpenSSL 3.0 cannot stream messages with PSS: the parameters are not there yet when it writes.
            let shape = if options.is_empty() { shape } else { shape.trim_end_matches(" -stream -indef") };
            folder.good(&format!(
                "cms -sign -binary -in content -signer cert.pem -inkey key.pem -md {} -outform DER -out m.der \
                 {shape} {options}",
                digest.trim_start_matches('-')
            ));
            let der = std::fs::read(folder.path("m.der")).unwrap();
            let data = SignedData::parse(&der, Mode::Tolerant).unwrap();
            let signer = &data.signers[0];
            assert!(signer.id.names(&cert), "{kind:?} {shape}");
            let content: &[u8] = data.content.as_deref().unwrap_or(b"what is signed");
            assert_eq!(content, b"what is signed");
            signer.check_signature(&key, Some(content)).unwrap();
            let named = signer.signed_attributes.as_ref().and_then(SignedAttributes::signing_certificate);
            assert_eq!(named.is_some(), shape.contains("-cades"), "{shape}");
            if let Some(named) = named {
                assert_eq!(named.names(cert.der()), Some(true));
                assert_eq!(named.names(b"another"), Some(false));
            }
            if shape.contains("-noattr") {
                let wrong = signer.check_signature(&key, Some(b"another"));
                assert_eq!(wrong, Err(SignatureFault::Wrong(VerifyError::Mismatch)));
            }
            assert_eq!(data.deviations.is_empty(), !shape.contains("-indef"), "{:?}", data.deviations);
        }
    }
}
