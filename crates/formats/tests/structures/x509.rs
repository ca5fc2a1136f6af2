//! Certificates and requests of our own.

use crypto::{Signer, VerifyError};
use sealbridge_formats::asn1::{Context, Mode, Tag, Writer};
use sealbridge_formats::cms::SignerId;
use sealbridge_formats::crl::{Crl, CrlBuilder};
use sealbridge_formats::oid;
use sealbridge_formats::x509::{
    Certificate, CertificateBuilder, CertificationRequest, IdentityKind, IssueError, KeyUsage, Name,
    NameBuilder, PersonDocument, Profile, SignatureFault, X509Error, pem_blocks, pem_encode,
    read_certificates,
};

use crate::support::{at, pki, random};

#[test]
fn what_is_issued_is_read_strictly_with_all_its_fields() {
    let pki = pki();
    let signer = Certificate::parse(pki.signer.der(), Mode::Strict).unwrap();
    assert_eq!(signer.version, 3);
    assert_eq!(signer.subject.to_string(), "CN=测试单位,O=海豹测试,C=CN");
    assert_eq!(signer.subject.common_name(), Some("测试单位"));
    assert_eq!(signer.issuer_der(), pki.sub.cert.subject_der());
    assert_eq!(signer.serial.len(), 16);
    assert_eq!(signer.serial_hex().len(), 32);
    assert_eq!(
        (signer.not_before, signer.not_after),
        (at("2024-01-01T00:00:00Z"), at("2044-01-01T00:00:00Z"))
    );
    let extensions = &signer.extensions;
    let usage = extensions.key_usage.unwrap();
    assert_eq!(usage, KeyUsage::DIGITAL_SIGNATURE.with(KeyUsage::NON_REPUDIATION));
    assert!(extensions.is_critical(&oid::KEY_USAGE) && extensions.is_critical(&oid::BASIC_CONSTRAINTS));
    assert!(!extensions.basic_constraints.unwrap().ca);
    assert_eq!(extensions.authority_key_id, pki.sub.cert.extensions.subject_key_id);
    assert_eq!(extensions.crl_urls, ["http://127.0.0.1/sub.crl"]);
    assert_eq!(extensions.ocsp_urls, ["http://127.0.0.1/ocsp"]);
    assert_eq!(extensions.policies, ["1.2.156.10197.6.1.1".parse().unwrap()]);
    assert_eq!(extensions.identities[0].kind, IdentityKind::Organization);
    assert_eq!(extensions.identities[0].text(), Some("91110000802100433B"));
    assert!(extensions.unknown_critical.is_empty());
    assert!(signer.deviations.is_empty());
}

#[test]
fn profiles_differ_in_use_and_constraints() {
    let pki = pki();
    let root = &pki.root.cert;
    assert!(root.is_self_issued() && root.extensions.basic_constraints.unwrap().ca);
    assert_eq!(root.extensions.basic_constraints.unwrap().path_len, None);
    assert_eq!(pki.sub.cert.extensions.basic_constraints.unwrap().path_len, Some(0));
    assert_eq!(pki.sub.cert.extensions.key_usage.unwrap(), KeyUsage::KEY_CERT_SIGN.with(KeyUsage::CRL_SIGN));
    let person = &pki.person.cert.extensions;
    assert!(person.key_usage.unwrap().has(KeyUsage::KEY_ENCIPHERMENT.with(KeyUsage::KEY_AGREEMENT)));
    assert!(!person.key_usage.unwrap().has(KeyUsage::DIGITAL_SIGNATURE));
    assert_eq!(person.identities[0].document, Some(PersonDocument::ResidentCard));
    assert_eq!(person.identities[0].text(), Some("11010519491231002X"));
    let tsa = &pki.tsa.cert.extensions;
    assert_eq!(tsa.extended_key_usage.as_deref(), Some([oid::EKU_TIME_STAMPING].as_slice()));
    assert!(tsa.is_critical(&oid::EXTENDED_KEY_USAGE));
    assert!(!pki.server.cert.extensions.is_critical(&oid::EXTENDED_KEY_USAGE));
}

#[test]
fn chains_verify_level_by_level_and_not_across() {
    let pki = pki();
    pki.root.cert.check_issued_by(&pki.root.cert).unwrap();
    pki.sub.cert.check_issued_by(&pki.root.cert).unwrap();
    for member in [&pki.maker, &pki.signer, &pki.person, &pki.tsa, &pki.server] {
        member.cert.check_issued_by(&pki.sub.cert).unwrap();
        assert!(member.cert.check_issued_by(&pki.root.cert).is_err());
        let wrong = member.cert.check_signature(pki.root.key.verifying_key());
        assert!(matches!(wrong, Err(SignatureFault::Wrong(_))), "{wrong:?}");
    }
}

#[test]
fn a_changed_certificate_does_not_verify() {
    let pki = pki();
    let mut der = pki.signer.der().to_vec();
    let place = der.windows(12).position(|window| window == "测试单位".as_bytes()).unwrap();
    der[place] ^= 1;
    if let Ok(changed) = Certificate::from_der(&der) {
        assert!(changed.check_issued_by(&pki.sub.cert).is_err());
    }
}

#[test]
fn personal_data_stays_out_of_debug_output() {
    let text = format!("{:?} {:?}", pki().person.cert, pki().person.cert.subject);
    let identities = format!("{:?}", pki().person.cert.extensions);
    assert!(!text.contains("张三") && !identities.contains("1101051949"), "{text} {identities}");
}

#[test]
fn misuse_of_the_builder_is_refused() {
    let pki = pki();
    let random = random("misuse");
    let build = |name: NameBuilder, to: &str| {
        let key = pki.signer.key.verifying_key();
        CertificateBuilder::new(Profile::SignerSign, name, key, at("2024-01-01T00:00:00Z"), at(to))
    };
    let name = || NameBuilder::new().common_name("x");
    let wrong = build(name(), "2030-01-01T00:00:00Z").issue(&pki.sub.cert, &pki.root.key, &random);
    assert_eq!(wrong, Err(IssueError::WrongKey));
    let wrong = build(name(), "2020-01-01T00:00:00Z").issue(&pki.sub.cert, &pki.sub.key, &random);
    assert_eq!(wrong, Err(IssueError::Period));
    let country =
        build(name().country("中国"), "2030-01-01T00:00:00Z").issue(&pki.sub.cert, &pki.sub.key, &random);
    assert_eq!(country, Err(IssueError::Text("country")));
    let late = build(name(), "2060-01-01T00:00:00Z").issue(&pki.sub.cert, &pki.sub.key, &random).unwrap();
    assert_eq!(Certificate::parse(&late, Mode::Strict).unwrap().not_after, at("2060-01-01T00:00:00Z"));
}

/// Replaces the extensions of a certificate, leaving its signature behind.
fn with_extensions(extensions: &[(&str, bool, Vec<u8>)]) -> Vec<u8> {
    let cert = &pki().signer.cert;
    let context = Context::new(Mode::Strict);
    let tbs = context.top(cert.tbs()).unwrap();
    let mut fields = tbs.sequence().unwrap();
    let tbs = Writer::build(|w| {
        w.sequence(|w| {
            while let Some(field) = fields.read_any().unwrap() {
                if field.tag() != Tag::context(3) {
                    w.raw(field.raw());
                }
            }
            w.explicit(3, |w| {
                w.sequence(|w| {
                    for (oid, critical, value) in extensions {
                        w.sequence(|w| {
                            w.oid(&oid.parse().unwrap());
                            w.boolean(*critical);
                            w.octets(value);
                        });
                    }
                });
            });
        });
    });
    Writer::build(|w| {
        w.sequence(|w| {
            w.raw(&tbs);
            cert.signature_algorithm.write(w);
            w.bits(&cert.signature().bytes);
        });
    })
}

#[test]
fn identity_extensions_in_every_form_met() {
    type Form = (&'static str, Vec<u8>, Option<&'static str>, Option<PersonDocument>);
    let printable = |text: &str| Writer::build(|w| w.string(Tag::PRINTABLE_STRING, text));
    let forms: [Form; 9] = [
        (
            "1.2.156.10260.4.1.1",
            [&[0x80, 4][..], b"1101"].concat(),
            Some("1101"),
            Some(PersonDocument::ResidentCard),
        ),
        (
            "1.2.156.10260.4.1.1",
            [&[0xA2, 4][..], &printable("E1")].concat(),
            Some("E1"),
            Some(PersonDocument::Passport),
        ),
        ("1.2.156.10260.4.1.1.1", printable("1101"), Some("1101"), None),
        ("1.2.156.10260.4.1.1.1.1", printable("1101"), Some("1101"), Some(PersonDocument::ResidentCard)),
        ("1.2.156.10260.4.1.4", printable("9111"), Some("9111"), None),
        ("1.2.86.11.7.4", Writer::build(|w| w.string(Tag::UTF8_STRING, "9111")), Some("9111"), None),
        ("1.2.156.10260.4.1.4", Writer::build(|w| w.octets(&printable("9111"))), Some("9111"), None),
        ("1.2.86.11.7.1", b"110105194912310021".to_vec(), Some("110105194912310021"), None),
        ("1.2.156.10260.4.1.5", vec![0x30, 0x03, 0x01, 0x01, 0x00], None, None),
    ];
    for (oid, value, text, document) in forms {
        let der = with_extensions(&[(oid, false, value)]);
        let cert = Certificate::from_der(&der).unwrap();
        let identity = &cert.extensions.identities[0];
        assert_eq!((identity.text(), identity.document), (text, document), "{oid}");
    }
}

#[test]
fn doubled_octet_string_is_told() {
    let inner = Writer::build(|w| w.string(Tag::PRINTABLE_STRING, "9111"));
    let der = with_extensions(&[("1.2.156.10260.4.1.4", true, Writer::build(|w| w.octets(&inner)))]);
    let cert = Certificate::from_der(&der).unwrap();
    assert_eq!(crate::support::kinds(&cert.deviations), ["x509.doubled_octet_string"]);
    assert!(cert.extensions.unknown_critical.is_empty());
}

#[test]
fn unknown_critical_and_doubled_extensions() {
    let der = with_extensions(&[("1.2.3.4", true, vec![5, 0]), ("1.2.3.5", false, vec![5, 0])]);
    let cert = Certificate::from_der(&der).unwrap();
    assert_eq!(cert.extensions.unknown_critical, ["1.2.3.4".parse().unwrap()]);
    let twice = with_extensions(&[("1.2.3.4", true, vec![5, 0]), ("1.2.3.4", true, vec![5, 0])]);
    assert_eq!(Certificate::from_der(&twice), Err(X509Error::DuplicateExtension("1.2.3.4".parse().unwrap())));
    let bad = with_extensions(&[("2.5.29.19", true, vec![5, 0])]);
    assert!(Certificate::from_der(&bad).is_err());
}

#[test]
fn null_parameters_are_accepted_and_others_are_not() {
    let key = &pki().sub.key;
    let rewrite = |parameters: &[u8]| {
        let context = Context::new(Mode::Strict);
        let cert = &pki().signer.cert;
        let mut fields = context.top(cert.tbs()).unwrap().sequence().unwrap();
        let algorithm = Writer::build(|w| {
            w.sequence(|w| {
                w.oid(&oid::SM2_WITH_SM3);
                w.raw(parameters);
            });
        });
        let mut index = 0;
        let tbs = Writer::build(|w| {
            w.sequence(|w| {
                while let Some(field) = fields.read_any().unwrap() {
                    w.raw(if index == 2 { &algorithm } else { field.raw() });
                    index += 1;
                }
            });
        });
        let signature = key.sign(&tbs).unwrap();
        Writer::build(|w| {
            w.sequence(|w| {
                w.raw(&tbs);
                w.raw(&algorithm);
                w.bits(&signature);
            });
        })
    };
    let null = Certificate::from_der(&rewrite(&[0x05, 0x00])).unwrap();
    null.check_issued_by(&pki().sub.cert).unwrap();
    let other = Certificate::from_der(&rewrite(&[0x02, 0x01, 0x01])).unwrap();
    assert_eq!(other.check_issued_by(&pki().sub.cert), Err(SignatureFault::Parameters));
}

#[test]
fn the_algorithm_must_be_the_same_inside_and_outside() {
    let cert = &pki().signer.cert;
    let der = Writer::build(|w| {
        w.sequence(|w| {
            w.raw(cert.tbs());
            w.sequence(|w| w.oid(&oid::RSA_SHA256));
            w.bits(&cert.signature().bytes);
        });
    });
    assert_eq!(Certificate::from_der(&der), Err(X509Error::AlgorithmMismatch));
}

#[test]
fn bundles_in_pem_and_der() {
    let pki = pki();
    let text = format!(
        "subject: someone\n{}\r\nnoise\n{}",
        pem_encode("CERTIFICATE", pki.root.der()),
        pem_encode("CERTIFICATE", pki.sub.der())
    );
    let read = read_certificates(text.as_bytes()).unwrap();
    assert_eq!(read, [pki.root.cert.clone(), pki.sub.cert.clone()]);
    let der = [pki.root.der(), pki.sub.der()].concat();
    assert_eq!(read_certificates(&der).unwrap(), read);
    assert_eq!(read_certificates(b"hello"), Err(X509Error::Empty));
    assert_eq!(read_certificates(b"-----BEGIN CERTIFICATE-----\nAAAA\n"), Err(X509Error::Pem));
    assert_eq!(pem_blocks(b"-----BEGIN A-----\n####\n-----END A-----\n"), Err(X509Error::Pem));
}

#[test]
fn names_are_escaped() {
    let key = &pki().signer.key;
    let name =
        NameBuilder::new().organization("a,b+c\"d\\e;<>").organizational_unit("#x ").common_name(" y\n");
    let random = random("names");
    let builder = CertificateBuilder::new(
        Profile::Root,
        name,
        key.verifying_key(),
        at("2024-01-01T00:00:00Z"),
        at("2025-01-01T00:00:00Z"),
    );
    let cert = Certificate::from_der(&builder.self_sign(key, &random).unwrap()).unwrap();
    assert_eq!(cert.subject.to_string(), "CN=\\ y\\0A,OU=\\#x\\ ,O=a\\,b\\+c\\\"d\\\\e\\;\\<\\>");
}

#[test]
fn requests_prove_possession() {
    let key = &pki().signer.key;
    let name = NameBuilder::new().country("CN").common_name("申请者");
    let der = CertificationRequest::create(&name, key).unwrap();
    let request = CertificationRequest::parse(&der, Mode::Strict).unwrap();
    assert_eq!(request.subject.common_name(), Some("申请者"));
    assert_eq!(request.verify_possession().unwrap().spki_der(), key.verifying_key().spki_der());
    let mut forged = der.clone();
    let place = forged.windows(9).position(|window| window == "申请者".as_bytes()).unwrap();
    forged[place..place + 9].copy_from_slice("伪造者".as_bytes());
    let forged = CertificationRequest::parse(&forged, Mode::Strict).unwrap();
    assert!(forged.verify_possession().is_err());
}

/// The intermediate authority's key under another name.
fn namesake() -> Certificate {
    let key = &pki().sub.key;
    let (from, to) = (at("2024-01-01T00:00:00Z"), at("2044-01-01T00:00:00Z"));
    let name = NameBuilder::new().country("CN").common_name("另一个CA");
    let builder = CertificateBuilder::new(Profile::Root, name, key.verifying_key(), from, to);
    Certificate::from_der(&builder.self_sign(key, &random("namesake")).unwrap()).unwrap()
}

#[test]
fn the_right_key_under_another_name_is_not_the_issuer() {
    let (other, signer) = (namesake(), &pki().signer.cert);
    signer.check_signature(&other.verifying_key().unwrap()).unwrap();
    assert_eq!(signer.check_issued_by(&other), Err(SignatureFault::Wrong(VerifyError::Mismatch)));
    let list = CrlBuilder::new(1, at("2026-01-01T00:00:00Z"), at("2026-02-01T00:00:00Z"));
    let list = Crl::parse(&list.issue(&other, &pki().sub.key).unwrap(), Mode::Strict).unwrap();
    list.check_issued_by(&other).unwrap();
    assert_eq!(list.check_issued_by(&pki().sub.cert), Err(SignatureFault::Wrong(VerifyError::Mismatch)));
}

#[test]
fn issuer_and_serial_both_name_a_signer() {
    let cert = &pki().signer.cert;
    let id = |issuer: &Certificate, serial: &[u8]| SignerId::IssuerAndSerial {
        issuer_der: issuer.subject_der().to_vec(),
        serial: serial.to_vec(),
    };
    assert!(id(&pki().sub.cert, &cert.serial).names(cert));
    assert!(!id(&pki().root.cert, &cert.serial).names(cert));
    assert!(!id(&pki().sub.cert, &pki().maker.cert.serial).names(cert));
    assert!(!SignerId::SubjectKeyId(Vec::new()).names(cert));
}

/// RFC 5280 §4.2.1.10: directory names inside the permitted subtrees and outside the excluded ones.
#[test]
fn constraints_of_names_are_read_and_applied() {
    let name = |organization: &str| NameBuilder::new().country("CN").organization(organization);
    let subtrees = |w: &mut Writer, number: u8, names: &[NameBuilder]| {
        w.nested(Tag::context(number), |w| {
            for name in names {
                w.sequence(|w| w.explicit(4, |w| w.raw(&name.to_der().unwrap())));
            }
        });
    };
    let value = Writer::build(|w| {
        w.sequence(|w| {
            subtrees(w, 0, &[NameBuilder::new().country("CN"), name("甲")]);
            subtrees(w, 1, &[name("Bad  Company")]);
        });
    });
    let pki = pki();
    let issue = |value: &[u8]| {
        let profile = Profile::Intermediate { path_len: 0 };
        let key = pki.maker.key.verifying_key();
        CertificateBuilder::new(
            profile,
            name("受限CA"),
            key,
            at("2024-01-01T00:00:00Z"),
            at("2044-01-01T00:00:00Z"),
        )
        .issuer_url("http://127.0.0.1/root.cer")
        .extension(oid::NAME_CONSTRAINTS, true, value)
        .issue(&pki.root.cert, &pki.root.key, &random("constraints"))
        .unwrap()
    };
    let cert = Certificate::parse(&issue(&value), Mode::Strict).unwrap();
    assert_eq!(cert.extensions.issuer_urls, ["http://127.0.0.1/root.cer"]);
    assert!(cert.extensions.unknown_critical.is_empty());
    let constraints = cert.extensions.name_constraints.unwrap();
    assert!(!constraints.has_other_forms);
    let subject = |builder: NameBuilder| {
        let der = builder.to_der().unwrap();
        let context = Context::new(Mode::Strict);
        Name::read(&context.top(&der).unwrap()).unwrap()
    };
    assert!(
        constraints.allows(&subject(name("甲").common_name("x"))) && constraints.allows(&subject(name("乙")))
    );
    assert!(!constraints.allows(&subject(name("bad company").common_name("x"))), "case and spaces");
    assert!(!constraints.allows(&subject(NameBuilder::new().country("US"))));
    let dns = Writer::build(|w| {
        w.sequence(|w| w.nested(Tag::context(0), |w| w.sequence(|w| w.implicit_primitive(2, b"example"))));
    });
    let other = Certificate::from_der(&issue(&dns)).unwrap().extensions.name_constraints.unwrap();
    assert!(other.has_other_forms && other.permitted.is_empty());
    for rubbish in [&b"\x30\x03\xa0\x01\x30"[..], b"\x04\x00", b"\x30\x02\x05\x00"] {
        assert!(Certificate::from_der(&issue(rubbish)).is_err());
    }
}
