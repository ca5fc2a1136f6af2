//! Seals and signatures as others write them: older versions, and every tolerance with its name.

use crypto::{Signer, Sm2Signature};
use sealbridge_formats::asn1::{DeviationKind, Mode, Tag, Writer};
use sealbridge_formats::oid;
use sealbridge_formats::ses::{CertList, Seal, SealVersion, SesSignature, assemble_seal, assemble_signature};
use sealbridge_formats::tsp::{TimeStampReq, TimeStampResp, Tsa, respond};

use crate::support::{at, kinds, picture, pki, random, seal, tbs_draft};

type Part = Box<dyn Fn(&mut Writer)>;

/// SES_SealInfo in parts that can be replaced one by one.
struct Info {
    header_id: &'static str,
    version: i64,
    name: Part,
    list_type: Option<i64>,
    list: Part,
    times: [Part; 3],
    ext_datas: Part,
}

fn part(write: impl Fn(&mut Writer) + 'static) -> Part {
    Box::new(write)
}

fn text(tag: Tag, text: &'static str) -> Part {
    part(move |w| w.string(tag, text))
}

fn generalized(value: &'static str) -> Part {
    text(Tag::GENERALIZED_TIME, value)
}

fn utc(value: &'static str) -> Part {
    text(Tag::UTC_TIME, value)
}

impl Info {
    fn v4() -> Self {
        Self {
            header_id: "ES",
            version: 4,
            name: text(Tag::UTF8_STRING, "公章"),
            list_type: Some(1),
            list: part(|w| w.sequence(|w| w.octets(pki().signer.der()))),
            times: [
                generalized("20240601000000Z"),
                generalized("20240601000000Z"),
                generalized("20400101000000Z"),
            ],
            ext_datas: part(|_| {}),
        }
    }

    fn old(version: i64) -> Self {
        let times = [utc("240601000000Z"), utc("240601000000Z"), utc("400101000000Z")];
        Self { version, list_type: None, times, ..Self::v4() }
    }

    fn to_der(&self) -> Vec<u8> {
        let image = picture();
        Writer::build(|w| {
            w.sequence(|w| {
                w.sequence(|w| {
                    w.string(Tag::IA5_STRING, self.header_id);
                    w.integer(self.version);
                    w.string(Tag::IA5_STRING, "Other");
                });
                w.string(Tag::IA5_STRING, "0001");
                w.sequence(|w| {
                    w.integer(1);
                    (self.name)(w);
                    if let Some(list_type) = self.list_type {
                        w.integer(list_type);
                    }
                    (self.list)(w);
                    self.times.iter().for_each(|time| time(w));
                });
                w.sequence(|w| {
                    w.string(Tag::IA5_STRING, &image.kind);
                    w.octets(&image.data);
                    w.integer(image.width_mm);
                    w.integer(image.height_mm);
                });
                (self.ext_datas)(w);
            });
        })
    }

    /// The structure of GB/T 38540, signed by the maker.
    fn sealed(&self) -> Vec<u8> {
        let info = self.to_der();
        let value = pki().maker.key.sign(&info).unwrap();
        assemble_seal(&info, pki().maker.der(), &value)
    }
}

fn maker_fields(w: &mut Writer) {
    w.octets(pki().maker.der());
    w.oid(&oid::SM2_WITH_SM3);
}

/// The structure of GM/T 0031 around an info, signed by the maker.
fn sealed_by_0031(info: &[u8]) -> Vec<u8> {
    let signed = Writer::build(|w| {
        w.sequence(|w| {
            w.raw(info);
            maker_fields(w);
        });
    });
    let value = pki().maker.key.sign(&signed).unwrap();
    Writer::build(|w| {
        w.sequence(|w| {
            w.raw(info);
            w.sequence(|w| {
                maker_fields(w);
                w.bits(&value);
            });
        });
    })
}

/// A good seal of version 1, 2 or 3.
pub(crate) fn old_seal(version: i64) -> Vec<u8> {
    sealed_by_0031(&Info::old(version).to_der())
}

/// Reads tolerantly with exactly these deviations and a good maker's signature; strict mode refuses.
fn odd(der: &[u8], expected: &[&str]) -> Seal {
    let (seal, notes) = Seal::parse(der, Mode::Tolerant).unwrap();
    assert_eq!(kinds(&notes), expected);
    assert!(notes.iter().all(|note| note.offset < der.len().max(1)));
    assert_eq!(seal.check_maker_signature(pki().maker.key.verifying_key()).map(|_| ()), Ok(()));
    let strict = Seal::parse(der, Mode::Strict);
    assert_eq!(strict.is_err(), !expected.is_empty());
    seal
}

#[test]
fn versions_1_to_3_have_the_structure_of_0031() {
    for (number, version) in
        [(1, SealVersion::V1), (2, SealVersion::V2), (3, SealVersion::V3), (11, SealVersion::V1)]
    {
        let seal = odd(&old_seal(number), &[]);
        assert_eq!((seal.version, seal.header_version, seal.cert_list_type), (version, number, None));
    }
}

#[test]
fn shape_decides_and_a_number_that_disagrees_is_told() {
    assert_eq!(odd(&sealed_by_0031(&Info::old(4).to_der()), &["ses.version"]).version, SealVersion::V1);
    assert_eq!(odd(&Info { version: 3, ..Info::v4() }.sealed(), &["ses.version"]).version, SealVersion::V4);
    assert_eq!(odd(&Info { version: 5, ..Info::v4() }.sealed(), &[]).version, SealVersion::V5);
    let without_type = Info { list_type: None, ..Info::v4() };
    assert_eq!(odd(&without_type.sealed(), &["ses.version"]).version, SealVersion::V4);
}

#[test]
fn version_5_has_a_time_stamp() {
    let info = Info { version: 5, ..Info::v4() }.to_der();
    let value = pki().maker.key.sign(&info).unwrap();
    let with = |stamp: &dyn Fn(&mut Writer)| {
        Writer::build(|w| {
            w.sequence(|w| {
                w.raw(&info);
                maker_fields(w);
                w.bits(&value);
                stamp(w);
            });
        })
    };
    let token = token(b"x");
    let seal = odd(&with(&|w| w.explicit(0, |w| w.bits(&token))), &[]);
    assert_eq!((seal.version, seal.time_stamp.as_deref()), (SealVersion::V5, Some(token.as_slice())));
    let implicit = [&[0][..], &token].concat();
    let forms: [&dyn Fn(&mut Writer); 5] = [
        &|w| w.implicit_primitive(0, &implicit),
        &|w| w.implicit_primitive(0, &token),
        &|w| w.explicit(0, |w| w.octets(&token)),
        &|w| w.explicit(0, |w| w.raw(&token)),
        &|w| {
            let mut retagged = token.clone();
            retagged[0] = 0xA0;
            w.raw(&retagged);
        },
    ];
    for form in forms {
        let seal = odd(&with(form), &["ses.time_stamp_tag"]);
        assert_eq!(seal.time_stamp.as_deref(), Some(token.as_slice()));
    }
}

fn token(data: &[u8]) -> Vec<u8> {
    let tsa = Tsa {
        signer: &pki().tsa.key,
        certificate: &pki().tsa.cert,
        chain: &[],
        policy: oid::SM3,
        accuracy: None,
    };
    let request = TimeStampReq::new(data, &random("odd request")).to_der();
    let reply = respond(&request, &tsa, at("2026-11-24T08:00:05Z"), &random("odd token")).unwrap();
    TimeStampResp::parse(&reply.der, Mode::Strict).unwrap().token.unwrap()
}

#[test]
fn lists_of_signers_in_other_forms() {
    let signer = pki().signer.der();
    let list_3 = odd(&Info { list_type: Some(3), ..Info::v4() }.sealed(), &["ses.cert_list_type"]);
    assert!(list_3.cert_list.contains(signer) && list_3.cert_list_type == Some(3));
    let bare = Info { list: part(|w| w.sequence(|w| w.raw(pki().signer.der()))), ..Info::v4() };
    assert!(odd(&bare.sealed(), &["ses.bare_certificate"]).cert_list.contains(signer));
    let names = Info { list: part(|w| w.sequence(|w| w.string(Tag::IA5_STRING, "1"))), ..Info::old(1) };
    let seal = odd(&sealed_by_0031(&names.to_der()), &["ses.cert_list_text"]);
    assert_eq!(seal.cert_list, CertList::Text(vec!["1".to_owned()]));
    assert!(!seal.cert_list.contains(signer));
    let mixed = part(|w| {
        w.sequence(|w| {
            w.octets(pki().signer.der());
            w.string(Tag::IA5_STRING, "1");
        });
    });
    assert!(Seal::parse(&Info { list: mixed, ..Info::v4() }.sealed(), Mode::Tolerant).is_err());
}

#[test]
fn texts_in_other_encodings() {
    let gbk = part(|w| w.value(Tag::UTF8_STRING, &[0xB9, 0xAB, 0xD5, 0xC2]));
    assert_eq!(odd(&Info { name: gbk, ..Info::v4() }.sealed(), &["string.gbk"]).name, "公章");
    let wide = part(|w| w.value(Tag::BMP_STRING, &[0x51, 0x6C, 0x7A, 0xE0]));
    assert_eq!(odd(&Info { name: wide, ..Info::v4() }.sealed(), &["string.type"]).name, "公章");
    odd(&Info { header_id: "es", ..Info::v4() }.sealed(), &["ses.header_id"]);
    assert!(Seal::parse(&Info { header_id: "XX", ..Info::v4() }.sealed(), Mode::Tolerant).is_err());
}

#[test]
fn times_of_all_kinds() {
    let cases: [(Part, &[&str]); 8] = [
        (utc("400101000000Z"), &["time.type"]),
        (generalized("400101000000Z"), &["time.two_digit_year"]),
        (generalized("20400101080000+0800"), &["time.offset"]),
        (generalized("20400101080000"), &["time.no_zone"]),
        (generalized("20400101000000.0Z"), &["time.fraction"]),
        (generalized("204001010000Z"), &["time.no_seconds"]),
        (text(Tag::UTF8_STRING, "2040-01-01 08:00:00"), &["time.no_zone", "time.text", "time.type"]),
        (part(|w| w.bits(b"20400101000000Z")), &["time.text", "time.type"]),
    ];
    for (time, expected) in cases {
        let mut info = Info::v4();
        info.times[2] = time;
        assert_eq!(odd(&info.sealed(), expected).valid_end, at("2040-01-01T00:00:00Z"), "{expected:?}");
    }
    let old = Info { times: Info::v4().times, ..Info::old(2) };
    odd(&sealed_by_0031(&old.to_der()), &["time.type"]);
    let mut info = Info::v4();
    info.times[0] = generalized("sometime");
    assert!(Seal::parse(&info.sealed(), Mode::Tolerant).is_err());
}

fn extension(w: &mut Writer) {
    w.sequence(|w| {
        w.oid(&oid::SM3);
        w.octets(b"value");
    });
}

#[test]
fn extensions_tagged_and_not() {
    let explicit_false = part(|w| {
        w.sequence(|w| {
            w.sequence(|w| {
                w.oid(&oid::SM3);
                w.boolean(false);
                w.octets(b"value");
            });
        });
    });
    let cases: [(Part, &[&str]); 5] = [
        (part(|w| w.sequence(extension)), &[]),
        (part(|w| w.sequence(|_| {})), &[]),
        (part(|w| w.explicit(0, |w| w.sequence(extension))), &["ses.ext_datas_tag"]),
        (part(|w| w.explicit(0, extension)), &["ses.ext_datas_tag"]),
        (explicit_false, &["ber.default_encoded"]),
    ];
    for (index, (ext_datas, expected)) in cases.into_iter().enumerate() {
        let seal = odd(&Info { ext_datas, ..Info::v4() }.sealed(), expected);
        assert_eq!(seal.ext_datas.len(), usize::from(index != 1));
    }
}

#[test]
fn wrapped_structures() {
    let octets = |inner: &[u8]| Writer::build(|w| w.octets(inner));
    let bits = |inner: &[u8]| Writer::build(|w| w.bits(inner));
    let good = seal();
    odd(&octets(&good), &["ses.wrapped"]);
    odd(&bits(&good), &["ses.wrapped"]);
    let info = Info::old(1).to_der();
    let signed = Writer::build(|w| {
        w.sequence(|w| {
            w.raw(&info);
            maker_fields(w);
        });
    });
    let value = pki().maker.key.sign(&signed).unwrap();
    let sign_info = Writer::build(|w| {
        w.sequence(|w| {
            maker_fields(w);
            w.bits(&value);
        });
    });
    let seal = Writer::build(|w| {
        w.sequence(|w| {
            w.octets(&info);
            w.bits(&sign_info);
        });
    });
    assert_eq!(odd(&seal, &["ses.wrapped"]).version, SealVersion::V1);
}

#[test]
fn algorithms_and_values_in_other_forms() {
    let info = Info::v4().to_der();
    let value = pki().maker.key.sign(&info).unwrap();
    let with = |algorithm: &dyn Fn(&mut Writer), value: &dyn Fn(&mut Writer)| {
        Writer::build(|w| {
            w.sequence(|w| {
                w.raw(&info);
                w.octets(pki().maker.der());
                algorithm(w);
                value(w);
            });
        })
    };
    let oid_501 = |w: &mut Writer| w.oid(&oid::SM2_WITH_SM3);
    odd(&with(&|w| w.oid(&oid::SM2_SIGN), &|w| w.bits(&value)), &["oid.key_as_signature"]);
    odd(&with(&|w| w.sequence(oid_501), &|w| w.bits(&value)), &["ses.algorithm_for_oid"]);
    odd(&with(&oid_501, &|w| w.octets(&value)), &["ses.octets_for_bits"]);
    let raw = Sm2Signature::from_der(&value).unwrap().to_raw64();
    let seal = odd(&with(&oid_501, &|w| w.bits(&raw)), &["signature.raw"]);
    assert_eq!(
        seal.check_maker_signature(pki().maker.key.verifying_key()),
        Ok(vec![DeviationKind::RawSignature])
    );
    // An unknown algorithm is no reason not to read, but every reason not to accept.
    let (seal, _) =
        Seal::parse(&with(&|w| w.oid(&oid::GM_SIGNED_DATA), &|w| w.bits(&value)), Mode::Strict).unwrap();
    assert!(seal.check_maker_signature(pki().maker.key.verifying_key()).is_err());
}

#[test]
fn bit_strings_that_lost_their_zeros() {
    let info = Info::v4().to_der();
    let key = &pki().maker.key;
    let value = (0..20_000).map(|_| key.sign(&info).unwrap()).find(|value| value.ends_with(&[0])).unwrap();
    let trimmed = &value[..value.len() - 1];
    let unused = trimmed.last().unwrap().trailing_zeros().min(7);
    let mut content = vec![u8::try_from(unused).unwrap()];
    content.extend_from_slice(trimmed);
    let seal = Writer::build(|w| {
        w.sequence(|w| {
            w.raw(&info);
            maker_fields(w);
            w.value(Tag::BIT_STRING, &content);
        });
    });
    let expected: &[&str] = if unused == 0 { &["bits.trimmed"] } else { &["bits.trimmed", "bits.unused"] };
    let seal = odd(&seal, expected);
    assert_eq!(seal.check_maker_signature(key.verifying_key()), Ok(vec![DeviationKind::BitsTrimmed]));
    assert_eq!(seal.signature_candidates().len(), 2);
}

#[test]
fn numbers_without_their_sign_octet_are_told_and_refused() {
    let info = Info::v4().to_der();
    let key = &pki().maker.key;
    // r has its sign octet, and s has none: the value is 71 octets long.
    let value = (0..1_000)
        .map(|_| key.sign(&info).unwrap())
        .find(|value| value[3] == 33 && value.len() == 71)
        .unwrap();
    let mut negative = vec![0x30, 68, 0x02, 32];
    negative.extend_from_slice(&value[5..]);
    let der = assemble_seal(&info, pki().maker.der(), &negative);
    let (seal, notes) = Seal::parse(&der, Mode::Tolerant).unwrap();
    assert_eq!(kinds(&notes), ["signature.negative"]);
    assert!(seal.check_maker_signature(key.verifying_key()).is_err());
}

#[test]
fn a_seal_stored_in_ber_and_signed_in_der() {
    let info = Info::v4().to_der();
    let value = pki().maker.key.sign(&info).unwrap();
    let context = sealbridge_formats::asn1::Context::new(Mode::Strict);
    let inner = context.top(&info).unwrap();
    let mut der = vec![0x30, 0x80, 0x30, 0x80];
    der.extend_from_slice(inner.content());
    der.extend_from_slice(&[0, 0]);
    der.extend_from_slice(&Writer::build(maker_fields));
    der.extend_from_slice(&Writer::build(|w| w.bits(&value)));
    der.extend_from_slice(&[0, 0]);
    let seal = odd(&der, &["ber.indefinite_length"]);
    assert_eq!(
        seal.check_maker_signature(pki().maker.key.verifying_key()),
        Ok(vec![DeviationKind::DerFormSigned])
    );
}

/// TBS_Sign of GM/T 0031 with a timeInfo.
fn old_tbs(time_info: impl Fn(&mut Writer)) -> Vec<u8> {
    Writer::build(|w| {
        w.sequence(|w| {
            w.integer(1);
            w.raw(&old_seal(1));
            time_info(w);
            w.bits(&[7; 32]);
            w.string(Tag::IA5_STRING, "/Doc_0/Signs/Sign_0/Signature.xml");
            w.octets(pki().signer.der());
            w.oid(&oid::SM2_WITH_SM3);
        });
    })
}

fn signed_by_0031(tbs: &[u8]) -> Vec<u8> {
    let value = pki().signer.key.sign(tbs).unwrap();
    Writer::build(|w| {
        w.sequence(|w| {
            w.raw(tbs);
            w.bits(&value);
        });
    })
}

#[test]
fn signatures_of_0031_with_every_time() {
    let utc_time = Writer::build(|w| w.string(Tag::UTC_TIME, "261124080005Z"));
    let token = token(b"document");
    let cases: [(&[u8], &[&str]); 4] = [
        (&utc_time, &[]),
        (&token, &[]),
        (b"20261124080005Z", &["time.text"]),
        (b"2026-11-24 16:00:05", &["time.no_zone", "time.text"]),
    ];
    for (bits, expected) in cases {
        let der = signed_by_0031(&old_tbs(|w| w.bits(bits)));
        let (signature, notes) = SesSignature::parse(&der, Mode::Tolerant).unwrap();
        assert_eq!(kinds(&notes), expected);
        assert_eq!(signature.signed.time, at("2026-11-24T08:00:05Z"));
        assert_eq!(signature.signed.time_token.is_some(), bits == token);
        assert_eq!(signature.signer_cert, pki().signer.der());
        assert!(signature.signed.hash_is(&[7; 32]));
        assert_eq!(signature.check_signature(pki().signer.key.verifying_key()), Ok(vec![]));
    }
    let (_, notes) = SesSignature::parse(
        &signed_by_0031(&old_tbs(|w| w.string(Tag::UTC_TIME, "261124080005Z"))),
        Mode::Tolerant,
    )
    .unwrap();
    assert_eq!(kinds(&notes), ["time.type"]);
}

/// A signature of version 4 with parts replaced.
fn signed(tbs: impl Fn(&mut Writer), stamp: impl Fn(&mut Writer)) -> Vec<u8> {
    let tbs = Writer::build(|w| w.sequence(&tbs));
    let value = pki().signer.key.sign(&tbs).unwrap();
    Writer::build(|w| {
        w.sequence(|w| {
            w.raw(&tbs);
            w.octets(pki().signer.der());
            w.oid(&oid::SM2_WITH_SM3);
            w.bits(&value);
            stamp(w);
        });
    })
}

fn tbs_fields(w: &mut Writer, version: i64, hash: impl Fn(&mut Writer), info: impl Fn(&mut Writer)) {
    w.integer(version);
    w.raw(&seal());
    w.string(Tag::GENERALIZED_TIME, "20261124080000Z");
    hash(w);
    info(w);
}

#[test]
fn signatures_of_version_4_in_other_forms() {
    let hash = |w: &mut Writer| w.bits(&[7; 32]);
    let path = |w: &mut Writer| w.string(Tag::IA5_STRING, "/a");
    let none = |_: &mut Writer| {};
    let trimmed = |w: &mut Writer| w.value(Tag::BIT_STRING, &[&[3][..], &[8; 31]].concat());
    let cases: [(Vec<u8>, &[&str]); 8] = [
        (signed(|w| tbs_fields(w, 4, hash, path), none), &[]),
        (signed(|w| tbs_fields(w, 1, hash, path), none), &["ses.signature_version"]),
        (signed(|w| tbs_fields(w, 4, trimmed, path), none), &["bits.trimmed", "bits.unused"]),
        (signed(|w| tbs_fields(w, 4, |w| w.octets(&[7; 32]), path), none), &["ses.octets_for_bits"]),
        (signed(|w| tbs_fields(w, 4, hash, |w| w.string(Tag::UTF8_STRING, "/a")), none), &["string.type"]),
        (
            signed(
                |w| {
                    tbs_fields(w, 4, hash, path);
                    w.explicit(0, |w| w.sequence(extension));
                },
                none,
            ),
            &[],
        ),
        (
            signed(
                |w| {
                    tbs_fields(w, 4, hash, path);
                    w.explicit(0, extension);
                },
                none,
            ),
            &["ses.ext_datas_tag"],
        ),
        (
            signed(
                |w| {
                    tbs_fields(w, 4, hash, path);
                    w.sequence(extension);
                },
                |w| w.implicit_primitive(0, &[0x30, 0x00]),
            ),
            &["ses.ext_datas_tag", "ses.time_stamp_tag"],
        ),
    ];
    for (der, expected) in cases {
        let (signature, notes) = SesSignature::parse(&der, Mode::Tolerant).unwrap();
        assert_eq!(kinds(&notes), expected);
        assert_eq!(SesSignature::parse(&der, Mode::Strict).is_err(), !expected.is_empty());
        assert_eq!(signature.check_signature(pki().signer.key.verifying_key()), Ok(vec![]));
        let restored = [vec![8; 31], vec![0]].concat();
        assert!(signature.signed.hash_is(&[7; 32]) || signature.signed.hash_is(&restored));
    }
}

#[test]
fn a_time_stamp_is_over_the_signature_value() {
    let tbs = tbs_draft().to_der().unwrap();
    let value = pki().signer.key.sign(&tbs).unwrap();
    let der = assemble_signature(&tbs, pki().signer.der(), &value, Some(&token(&value)));
    let (signature, _) = SesSignature::parse(&der, Mode::Strict).unwrap();
    let stamp = signature.time_stamp.unwrap();
    let stamp = sealbridge_formats::tsp::TimeStampToken::parse(&stamp, Mode::Strict).unwrap();
    assert!(stamp.is_over(&signature.signature.bytes));
}

#[test]
fn half_old_half_new_is_neither() {
    let tbs = old_tbs(|w| w.bits(b"20261124080005Z"));
    let value = pki().signer.key.sign(&tbs).unwrap();
    let der = assemble_signature(&tbs, pki().signer.der(), &value, None);
    assert!(SesSignature::parse(&der, Mode::Tolerant).is_err());
}
