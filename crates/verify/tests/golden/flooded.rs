//! Evidence of strangers beside what may be believed: answers, lists, certificates and time stamps that anybody can put
//! into a document, as many as he likes, before the right ones and newer than they are. None of it may keep away what
//! whoever verifies has, nor what is right in the document.

use crypto::{Signer as _, Sm2KeyPair};
use formats::asn1::{Context, Mode as Reading, Tag, Writer};
use formats::cms::SignedData;
use formats::crl::CrlBuilder;
use formats::ocsp::{BasicResponse, OcspResponse, ResponseStatus};
use formats::ofd::{Kind, Mode};
use formats::oid;
use formats::x509::{Certificate, CertificateBuilder, NameBuilder, Profile};
use sealbridge_verify as verify;
use testkit::lab::{JUDGED_AT, PlainForm, PlainSpec, SIGNED_AT, document, prepared, token};
use testkit::pki::{Party, at, fixed_random, pki};
use verify::{Options, Report, Revocation, Status, Trust, Verdict};

use crate::all_findings;
use crate::pdf::file::{Spec, body, stream};
use crate::revocation::{GOOD, answer, delegate, issued, revoked};

const FROM: &str = "2024-01-01T00:00:00Z";
const TO: &str = "2044-01-01T00:00:00Z";

fn judge(bytes: &[u8], trust: &Trust, revocation: Revocation) -> Report {
    verify::verify(bytes, trust, &Options { revocation, ..Options::new(at(JUDGED_AT)) })
}

fn status(report: &Report, id: &str) -> Option<Status> {
    all_findings(report).iter().find(|finding| finding.id() == id).map(verify::Finding::status)
}

/// The root, and the authority below it when that does not come with the document.
fn trusting(with_authority: bool, answers: &[Vec<u8>]) -> Trust {
    let mut trust = Trust::new();
    trust.add_anchor(pki().root.certificate.clone());
    if with_authority {
        trust.add_intermediate(pki().sub.certificate.clone());
    }
    for answer in answers {
        trust.add_answers(answer).unwrap();
    }
    trust
}

/// Good, newer than any other, in the name of the authority and signed with another key: the number makes it another one.
fn bogus(number: usize) -> Vec<u8> {
    let impostor = Party { certificate: pki().sub.certificate.clone(), key: pki().stranger.key.clone() };
    let good = answer(&pki().sub, &pki().signer, &pki().sub, &GOOD);
    let good = OcspResponse::parse(&good, Reading::Strict).unwrap().basic.unwrap();
    let mut value = impostor.key.sign(good.tbs()).unwrap();
    let last = value.len() - 1;
    for (at, byte) in number.to_be_bytes().iter().rev().take(3).enumerate() {
        value[last - at] ^= byte;
    }
    let der = Writer::build(|w| {
        w.sequence(|w| {
            w.raw(good.tbs());
            good.signature_algorithm.write(w);
            w.bits(&value);
        });
    });
    let basic = BasicResponse::parse(&der, Reading::Strict).unwrap();
    OcspResponse { status: ResponseStatus::Successful, basic: Some(basic), deviations: Vec::new() }.to_der()
}

/// Answers of somebody whom nobody authorised, each another one.
fn of_strangers(count: usize) -> Vec<Vec<u8>> {
    let stranger = &pki().stranger;
    (0..count).map(|_| answer(stranger, &pki().signer, &pki().sub, &GOOD)).collect()
}

/// A signed PDF whose store holds this.
fn with_store(certificates: &[Vec<u8>], answers: &[Vec<u8>]) -> Vec<u8> {
    let mut file = Spec::default().signed();
    let mut number = 20;
    let mut bodies = Vec::new();
    let mut list = |ders: &[Vec<u8>]| {
        let mut references = Vec::new();
        for der in ders {
            bodies.push(stream(number, "", der));
            references.push(format!("{number} 0 R "));
            number += 1;
        }
        references.concat()
    };
    let (certificates, answers) = (list(certificates), list(answers));
    let catalog = format!(
        "<</Type/Catalog/Pages 2 0 R/AcroForm 5 0 R/DSS<</Certs[{certificates}]/OCSPs[{answers}]>>>>"
    );
    bodies.push(body(1, &catalog));
    file.update(&bodies, "");
    file.bytes
}

#[test]
fn answers_of_strangers_in_a_document_displace_no_answer() {
    let gone = answer(&pki().sub, &pki().signer, &pki().sub, &revoked("2025-01-01T00:00:00Z", None));
    let well = answer(&pki().sub, &pki().signer, &pki().sub, &GOOD);
    let flood: Vec<Vec<u8>> = of_strangers(20).into_iter().chain((0..40).map(bogus)).collect();
    let document = with_store(&[], &flood);
    // What whoever verifies has.
    let report = judge(&document, &trusting(true, std::slice::from_ref(&gone)), Revocation::Soft);
    assert_eq!((report.verdict, status(&report, "signer.revocation")), (Verdict::Invalid, Some(Status::Bad)));
    let above = answer(&pki().root, &pki().sub, &pki().root, &GOOD);
    let report = judge(&document, &trusting(true, &[well, above]), Revocation::Soft);
    assert_eq!((report.verdict, status(&report, "signer.revocation")), (Verdict::Valid, Some(Status::Good)));
    // What the document has, behind all of theirs.
    let document = with_store(&[], &[flood, vec![gone]].concat());
    let report = judge(&document, &trusting(true, &[]), Revocation::Soft);
    assert_eq!((report.verdict, status(&report, "signer.revocation")), (Verdict::Invalid, Some(Status::Bad)));
}

#[test]
fn more_answers_than_are_verified_are_never_good() {
    let flood: Vec<Vec<u8>> = (0..1_100).map(bogus).collect();
    let document = with_store(&[], &flood);
    let well = answer(&pki().sub, &pki().signer, &pki().sub, &GOOD);
    let report = judge(&document, &trusting(true, &[well]), Revocation::Soft);
    let found = (report.verdict, status(&report, "signer.revocation"));
    assert_eq!(found, (Verdict::Indeterminate, Some(Status::Unknown)));
    let gone = answer(&pki().sub, &pki().signer, &pki().sub, &revoked("2025-01-01T00:00:00Z", None));
    let report = judge(&document, &trusting(true, &[gone]), Revocation::Soft);
    assert_eq!((report.verdict, status(&report, "signer.revocation")), (Verdict::Invalid, Some(Status::Bad)));
}

/// The certificates sent along with an answer are signed by nobody.
#[test]
fn a_delegate_is_found_among_others_of_its_name() {
    let honest = delegate(Profile::OcspResponder, &pki().sub, FROM, TO);
    let impostor =
        delegate(Profile::OcspResponder, &pki().sub, "2024-02-01T00:00:00Z", "2043-01-01T00:00:00Z");
    assert_eq!(honest.certificate.subject_der(), impostor.certificate.subject_der());
    assert_ne!(honest.certificate.spki_der(), impostor.certificate.spki_der());
    let says = revoked("2025-01-01T00:00:00Z", None);
    let given = answer(&honest, &pki().signer, &pki().sub, &says);
    let basic = OcspResponse::parse(&given, Reading::Strict).unwrap().basic.unwrap();
    let der = Writer::build(|w| {
        w.sequence(|w| {
            w.raw(basic.tbs());
            basic.signature_algorithm.write(w);
            w.bits(&basic.signature().bytes);
            w.explicit(0, |w| {
                w.sequence(|w| {
                    w.raw(impostor.certificate.der());
                    w.raw(honest.certificate.der());
                });
            });
        });
    });
    let basic = BasicResponse::parse(&der, Reading::Strict).unwrap();
    let mut trust = trusting(true, &[]);
    trust.add_answer(basic);
    let report = judge(&with_store(&[], &[]), &trust, Revocation::Soft);
    assert_eq!((report.verdict, status(&report, "signer.revocation")), (Verdict::Invalid, Some(Status::Bad)));
}

/// Authorities of the name of the real one: with keys of their own, and with its key.
fn authorities(count: usize) -> Vec<Certificate> {
    let random = fixed_random("authorities of strangers");
    let name = || NameBuilder::new().country("CN").organization("测试单位").common_name("测试签发CA");
    let profile = || Profile::Intermediate { path_len: 0 };
    let above = |number: usize| {
        let key = Sm2KeyPair::generate(&random).unwrap();
        let name = NameBuilder::new().country("CN").common_name(&format!("陌生根 {number}"));
        let builder = CertificateBuilder::new(Profile::Root, name, key.verifying_key(), at(FROM), at(TO));
        let der = builder.self_sign(&key, &random).unwrap();
        Party { certificate: Certificate::from_der(&der).unwrap(), key }
    };
    let mut all = Vec::new();
    for number in 0..count {
        let root = above(number);
        let key = Sm2KeyPair::generate(&random).unwrap();
        let theirs = CertificateBuilder::new(profile(), name(), key.verifying_key(), at(FROM), at(TO));
        all.push(issued(&theirs, &root, key, &random).certificate);
        let real = pki().sub.key.clone();
        let its = CertificateBuilder::new(profile(), name(), real.verifying_key(), at(FROM), at(TO));
        all.push(issued(&its, &root, real, &random).certificate);
        all.push(root.certificate);
    }
    assert!(all.iter().any(|one| one.subject_der() == pki().sub.certificate.subject_der()));
    all
}

fn ders(certificates: &[Certificate]) -> Vec<Vec<u8>> {
    certificates.iter().map(|certificate| certificate.der().to_vec()).collect()
}

#[test]
fn authorities_of_strangers_displace_no_path() {
    let mut flood = authorities(30);
    let alone = judge(&with_store(&ders(&flood), &[]), &trusting(false, &[]), Revocation::Soft);
    assert_ne!(alone.verdict, Verdict::Valid);
    // Known to whoever verifies, and then known from the document alone, behind the others.
    let report = judge(&with_store(&ders(&flood), &[]), &trusting(true, &[]), Revocation::Soft);
    assert_eq!(report.verdict, Verdict::Valid);
    flood.push(pki().sub.certificate.clone());
    let report = judge(&with_store(&ders(&flood), &[]), &trusting(false, &[]), Revocation::Soft);
    assert_eq!((report.verdict, status(&report, "signer.chain")), (Verdict::Valid, Some(Status::Good)));
}

/// A signed message with other things beside what is signed.
#[derive(Default)]
struct Beside {
    certificates: Vec<Vec<u8>>,
    lists: Vec<Vec<u8>>,
    stamps: Vec<Vec<u8>>,
}

/// The value with certificates before its own, lists, and time stamps over it.
fn rebuilt(value: &[u8], beside: &Beside) -> Vec<u8> {
    let context = Context::new(Reading::Tolerant);
    let mut outer = context.top(value).unwrap().sequence().unwrap();
    let kind = outer.read(Tag::OID).unwrap();
    let mut data = outer.read(Tag::context(0)).unwrap().explicit().unwrap().sequence().unwrap();
    let mut fields = Vec::new();
    while let Some(field) = data.read_any().unwrap() {
        fields.push(field);
    }
    let signers = fields.pop().unwrap();
    let own = fields.pop().unwrap();
    let signer = signers.children().unwrap().read_any().unwrap().unwrap();
    let mut parts = signer.children().unwrap();
    let mut inside = Vec::new();
    while let Some(part) = parts.read_any().unwrap() {
        inside.extend_from_slice(part.raw());
    }
    let mut certificates = own.children().unwrap();
    let own = certificates.read_any().unwrap().unwrap();
    Writer::build(|w| {
        w.sequence(|w| {
            w.raw(kind.raw());
            w.explicit(0, |w| {
                w.sequence(|w| {
                    for field in &fields {
                        w.raw(field.raw());
                    }
                    w.nested(Tag::context(0), |w| {
                        beside.certificates.iter().for_each(|der| w.raw(der));
                        w.raw(own.raw());
                    });
                    if !beside.lists.is_empty() {
                        w.nested(Tag::context(1), |w| beside.lists.iter().for_each(|der| w.raw(der)));
                    }
                    w.nested(Tag::SET, |w| {
                        w.sequence(|w| {
                            w.raw(&inside);
                            if !beside.stamps.is_empty() {
                                w.nested(Tag::context(1), |w| {
                                    w.sequence(|w| {
                                        w.oid(&oid::TIME_STAMP_TOKEN);
                                        w.nested(Tag::SET, |w| {
                                            beside.stamps.iter().for_each(|token| w.raw(token));
                                        });
                                    });
                                });
                            }
                        });
                    });
                });
            });
        });
    })
}

/// A plain signature in an OFD, and the octets of its value.
fn message(beside: impl FnOnce(&[u8]) -> Beside) -> Vec<u8> {
    let files = prepared(&document(), Kind::Sign, Mode::Lock, at(SIGNED_AT));
    let mut files = files.signed(&PlainSpec::good(PlainForm::Attributes));
    let path = "Doc_0/Signs/Sign_0/SignedValue.dat";
    let value = files.get(path).to_vec();
    let octets = SignedData::parse(&value, Reading::Tolerant).unwrap().signers[0].signature.clone();
    files.set(path, rebuilt(&value, &beside(&octets)));
    files.to_zip()
}

#[test]
fn lists_of_strangers_in_a_message_displace_no_list() {
    let list = |number: u64, gone: bool| {
        let list = CrlBuilder::new(number, at("2026-05-31T00:00:00Z"), at("2027-01-01T00:00:00Z"));
        let signer = &pki().signer.certificate.serial;
        let list = if gone { list.revoke(signer, at("2025-01-01T00:00:00Z"), None) } else { list };
        list.issue(&pki().sub.certificate, &pki().sub.key).unwrap()
    };
    let forged = |number: u64| {
        let mut der = list(number, false);
        let last = der.len() - 1;
        der[last] ^= 1;
        der
    };
    let theirs: Vec<Vec<u8>> = (1..100).map(forged).collect();
    let lists = [theirs, vec![list(100, true)]].concat();
    let report =
        judge(&message(|_| Beside { lists, ..Beside::default() }), &trusting(true, &[]), Revocation::Soft);
    assert_eq!((report.verdict, status(&report, "signer.revocation")), (Verdict::Invalid, Some(Status::Bad)));
}

/// Somebody writes the signer's issuer and number into a certificate over another key.
fn namesake() -> Vec<u8> {
    let real = &pki().signer.certificate;
    let other = pki().stranger.certificate.spki_der();
    let (der, own) = (real.der(), real.spki_der());
    let at = der.windows(own.len()).position(|window| window == own).unwrap();
    assert_eq!(own.len(), other.len());
    let mut out = der.to_vec();
    out[at..at + other.len()].copy_from_slice(other);
    out
}

#[test]
fn certificates_of_strangers_take_no_signers_place() {
    let mut certificates = vec![namesake()];
    certificates.extend(ders(&authorities(30)));
    certificates.push(pki().sub.der());
    assert!(certificates.len() > 64);
    let document = message(|_| Beside { certificates, ..Beside::default() });
    let report = judge(&document, &trusting(false, &[]), Revocation::Soft);
    let heavy: Vec<_> = all_findings(&report).into_iter().filter(|one| one.status() > Status::Note).collect();
    assert_eq!(report.verdict, Verdict::Valid, "{heavy:?}");
}

#[test]
fn bogus_time_stamps_take_no_right_ones_place() {
    let time = "2026-03-01T08:00:05Z";
    let stamped = |stamps: &dyn Fn(&[u8]) -> Vec<Vec<u8>>| {
        let document = message(|value| Beside { stamps: stamps(value), ..Beside::default() });
        let report = judge(&document, &trusting(true, &[]), Revocation::Soft);
        (report.verdict, report.signatures[0].stamp_time)
    };
    let right = |value: &[u8]| token(&pki().tsa, value, at(time));
    let strange = |value: &[u8]| token(&pki().tsa_foreign, value, at("2026-01-01T00:00:00Z"));
    let elsewhere = |_: &[u8]| token(&pki().tsa, b"another value", at("2026-01-02T00:00:00Z"));
    let late = |value: &[u8]| token(&pki().tsa, value, at("2026-05-01T00:00:00Z"));
    let forged = |value: &[u8]| {
        let mut der = right(value);
        let last = der.len() - 1;
        der[last] ^= 1;
        der
    };
    assert_eq!(stamped(&|value| vec![right(value)]), (Verdict::Valid, Some(at(time))));
    let flooded = stamped(&|value| {
        let mut all: Vec<Vec<u8>> = (0..20).map(|_| strange(value)).collect();
        all.extend([elsewhere(value), forged(value), late(value), right(value)]);
        all
    });
    assert_eq!(flooded, (Verdict::Valid, Some(at(time))), "the earliest of the good ones counts");
    let (verdict, _) = stamped(&|value| vec![strange(value), forged(value)]);
    assert_ne!(verdict, Verdict::Valid);
    let (verdict, _) = stamped(&|value| vec![elsewhere(value)]);
    assert_eq!(verdict, Verdict::Invalid);
}
