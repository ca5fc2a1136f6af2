//! Seals and signatures of our own: version 4, to the letter.

use crypto::Signer;
use sealbridge_formats::asn1::{BitString, Mode};
use sealbridge_formats::ses::{
    CertDigest, CertList, ExtData, Seal, SealDraft, SealVersion, SesError, SesSignature, TbsSignDraft,
    assemble_signature, parse_tbs,
};

use crate::support::{at, pki, seal, seal_draft, tbs_draft};

fn extension() -> ExtData {
    ExtData { oid: "1.2.156.10197.6.7.2.2.1".parse().unwrap(), critical: false, value: vec![1, 2, 3] }
}

#[test]
fn a_seal_goes_there_and_back_strictly() {
    let draft = SealDraft { ext_datas: vec![extension()], ..seal_draft() };
    let der = draft.sign(&pki().maker.key, pki().maker.der()).unwrap();
    let (seal, notes) = Seal::parse(&der, Mode::Strict).unwrap();
    assert!(notes.is_empty());
    assert_eq!((seal.version, seal.header_version, seal.cert_list_type), (SealVersion::V4, 4, Some(1)));
    assert_eq!((seal.vid.as_str(), seal.es_id.as_str()), ("SealBridge", "11010000000001"));
    assert_eq!((seal.seal_type, seal.name.as_str()), (1, "测试单位公章"));
    assert_eq!((seal.create, seal.valid_end), (draft.create, draft.valid_end));
    assert_eq!(seal.raw_times.valid_end, "20400101000000Z");
    assert_eq!(seal.picture, draft.picture);
    assert_eq!(seal.ext_datas, draft.ext_datas);
    assert_eq!((seal.maker_cert.as_slice(), seal.raw()), (pki().maker.der(), der.as_slice()));
    assert!(seal.cert_list.contains(pki().signer.der()) && !seal.cert_list.contains(pki().maker.der()));
    assert_eq!(seal.signed_bytes(), draft.info_der().unwrap());
    assert_eq!(seal.check_maker_signature(pki().maker.key.verifying_key()), Ok(vec![]));
    assert!(seal.check_maker_signature(pki().signer.key.verifying_key()).is_err());
}

#[test]
fn every_byte_of_the_signed_part_counts() {
    let der = seal();
    let (seal, _) = Seal::parse(&der, Mode::Strict).unwrap();
    let start = der.windows(seal.info().len()).position(|window| window == seal.info()).unwrap();
    for place in (start..start + seal.info().len()).step_by(7) {
        let mut changed = der.clone();
        changed[place] ^= 0x01;
        if let Ok((changed, _)) = Seal::parse(&changed, Mode::Tolerant) {
            assert!(changed.check_maker_signature(pki().maker.key.verifying_key()).is_err(), "byte {place}");
        }
    }
}

#[test]
fn a_list_of_digests_matches_by_digest() {
    let listed = pki().signer.der();
    for digest in [crypto::sm3::digest(listed).to_vec(), crypto::DigestAlgorithm::Sha256.digest(listed)] {
        let list = CertList::Digests(vec![CertDigest { kind: "SM3".to_owned(), value: digest }]);
        let draft = SealDraft { cert_list: list, ..seal_draft() };
        let der = draft.sign(&pki().maker.key, pki().maker.der()).unwrap();
        let (seal, _) = Seal::parse(&der, Mode::Strict).unwrap();
        assert_eq!(seal.cert_list_type, Some(2));
        assert!(seal.cert_list.contains(listed) && !seal.cert_list.contains(pki().maker.der()));
    }
}

#[test]
fn drafts_outside_the_standard_are_refused() {
    let refuse = |draft: SealDraft, expected: SesError| assert_eq!(draft.info_der(), Err(expected));
    refuse(SealDraft { vid: "厂商".to_owned(), ..seal_draft() }, SesError::Text("Vid"));
    refuse(SealDraft { es_id: String::new(), ..seal_draft() }, SesError::Text("esID"));
    refuse(SealDraft { name: String::new(), ..seal_draft() }, SesError::Text("seal name"));
    refuse(SealDraft { name: "a\nb".to_owned(), ..seal_draft() }, SesError::Text("seal name"));
    refuse(
        SealDraft { cert_list: CertList::Certificates(vec![]), ..seal_draft() },
        SesError::Range("certificate list"),
    );
    refuse(
        SealDraft { cert_list: CertList::Text(vec!["x".to_owned()]), ..seal_draft() },
        SesError::Range("certificate list"),
    );
    refuse(
        SealDraft { valid_end: at("2020-01-01T00:00:00Z"), ..seal_draft() },
        SesError::Range("period of validity"),
    );
    let mut draft = seal_draft();
    draft.picture.width_mm = 0;
    refuse(draft, SesError::Range("picture"));
    assert_eq!(seal_draft().sign(&pki().signer.key, pki().maker.der()), Err(SesError::WrongKey));
    assert_eq!(seal_draft().sign(&pki().signer.key, b"no certificate"), Err(SesError::Certificate));
}

#[test]
fn the_message_to_be_signed_can_be_read_and_compared() {
    let draft = TbsSignDraft { ext_datas: vec![extension()], ..tbs_draft() };
    let message = draft.to_der().unwrap();
    let (tbs, notes) = parse_tbs(&message, Mode::Strict).unwrap();
    assert!(notes.is_empty() && tbs.raw() == message);
    assert_eq!((tbs.version, tbs.seal.raw(), tbs.time), (4, draft.seal_der.as_slice(), draft.time));
    assert!(tbs.hash_is(&draft.data_hash) && !tbs.hash_is(&[0; 32]));
    assert_eq!((tbs.property_info, tbs.ext_datas), (draft.property_info, draft.ext_datas));
    assert!(tbs.signer.is_none() && tbs.time_token.is_none());
}

#[test]
fn a_signature_goes_there_and_back_strictly() {
    let signer = &pki().signer;
    let message = tbs_draft().to_der().unwrap();
    let value = signer.key.sign(&message).unwrap();
    for token in [None, Some([0x30, 0x00].as_slice())] {
        let der = assemble_signature(&message, signer.der(), &value, token);
        let (signature, notes) = SesSignature::parse(&der, Mode::Strict).unwrap();
        assert!(notes.is_empty());
        assert_eq!((signature.tbs(), signature.raw()), (message.as_slice(), der.as_slice()));
        assert_eq!(signature.signer_cert, signer.der());
        assert_eq!(signature.signature, BitString::from_bytes(&value));
        assert_eq!(signature.time_stamp.as_deref(), token);
        assert_eq!(signature.check_signature(signer.key.verifying_key()), Ok(vec![]));
        assert!(signature.check_signature(pki().maker.key.verifying_key()).is_err());
    }
}

#[test]
fn other_versions_are_not_signed_with() {
    let old = crate::ses_odd::old_seal(1);
    let draft = TbsSignDraft { seal_der: old, ..tbs_draft() };
    assert_eq!(draft.to_der(), Err(SesError::Version(1)));
    let draft = TbsSignDraft { property_info: "路径".to_owned(), ..tbs_draft() };
    assert_eq!(draft.to_der(), Err(SesError::Text("propertyInfo")));
    assert!(TbsSignDraft { seal_der: vec![0x30, 0x00], ..tbs_draft() }.to_der().is_err());
}

#[test]
fn names_and_bytes_stay_out_of_debug_output() {
    let draft = SealDraft { name: "张三之印".to_owned(), ..seal_draft() };
    let der = draft.sign(&pki().maker.key, pki().maker.der()).unwrap();
    let tbs = TbsSignDraft { seal_der: der.clone(), ..tbs_draft() };
    let message = tbs.to_der().unwrap();
    let value = pki().signer.key.sign(&message).unwrap();
    let bytes = assemble_signature(&message, pki().signer.der(), &value, None);
    let (signature, _) = SesSignature::parse(&bytes, Mode::Strict).unwrap();
    for text in [
        format!("{draft:?}"),
        format!("{tbs:?}"),
        format!("{signature:?}"),
        format!("{:?}", signature.signed),
    ] {
        assert!(!text.contains("张三") && text.len() < 200, "{text}");
    }
}
