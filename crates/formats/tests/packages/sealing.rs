//! Seals and signatures added: what is written, what is covered, and that everything else stays as it was.

use crate::support::{at, pki, seal};
use crate::tools::{TIME, applied, assert_kept, covered, document, finish, sealing, signatures, signing};
use crypto::Signer as _;
use sealbridge_formats::asn1::Mode as Asn1Mode;
use sealbridge_formats::ofd::{
    Along, CheckMethodKind, Edge, Kind, Limits, Mode, Package, Prepared, Rect, RidingSeal, SealError,
    SignatureKind, prepare,
};
use sealbridge_formats::ses::SesSignature;
use sealbridge_formats::xml::{Document, Element};

fn open(bytes: &[u8]) -> Package<'_> {
    Package::open(bytes, &Limits::default()).unwrap()
}

#[test]
fn a_first_seal_is_written_as_the_standard_has_it() {
    let before = document(2);
    let placement = sealing(Mode::Continue);
    let after = applied(&before, &placement);
    assert_kept(&before, &after, &["OFD.xml"]);
    let package = open(&after);
    assert_eq!(package.bodies()[0].signatures.as_ref().unwrap().written, "/Doc_0/Signs/Signatures.xml");
    let list = package.signatures(0).unwrap().unwrap();
    assert!(list.facts.is_empty());
    assert_eq!(list.max_sign_id.as_deref(), Some("s002"));
    assert_eq!((list.entries[0].id.as_str(), &list.entries[0].kind), ("s001", &SignatureKind::Seal));
    assert_eq!(list.entries[0].location.written, "/Doc_0/Signs/Sign_0/Signature.xml");
    let signature = &signatures(&package)[0];
    assert!(signature.facts.is_empty());
    let info = &signature.signed_info;
    assert_eq!(info.provider.as_ref().unwrap().name, "sealbridge <test>");
    assert_eq!(info.signature_method.as_deref(), Some("1.2.156.10197.1.501"));
    assert_eq!(info.date_time.as_deref(), Some("20260301020304Z"));
    assert_eq!(info.references.check_method.kind, CheckMethodKind::Sm3);
    assert_eq!(info.references.check_method.written.as_deref(), Some("1.2.156.10197.1.401"));
    assert_eq!(info.stamps.len(), 1);
    assert_eq!((info.stamps[0].id.as_str(), info.stamps[0].clip), ("s002", None));
    assert_eq!(info.stamps[0].page_ref, package.document(0).unwrap().pages[0].id);
    assert_eq!(info.seal.as_ref().unwrap().location.written, "/Doc_0/Signs/Sign_0/Seal.esl");
    let Kind::Seal(seal) = &placement.kind else { unreachable!() };
    assert_eq!(*package.read("Doc_0/Signs/Sign_0/Seal.esl").unwrap(), *seal);
    let all_but_signature: Vec<String> = [
        "Doc_0/Document.xml",
        "Doc_0/Pages/Page_0/Content.xml",
        "Doc_0/Pages/Page_1/Content.xml",
        "Doc_0/PublicRes.xml",
        "Doc_0/Signs/Sign_0/Seal.esl",
        "OFD.xml",
    ]
    .map(str::to_owned)
    .into();
    assert_eq!(covered(&package, signature), all_but_signature);
    let tree = Document::parse(&signature.raw, &sealbridge_formats::xml::Limits::default()).unwrap();
    let order: Vec<&str> = tree.root().children().flat_map(Element::children).map(Element::name).collect();
    let schema = ["Provider", "SignatureMethod", "SignatureDateTime", "References", "StampAnnot", "Seal"];
    assert_eq!(order, schema);
}

#[test]
fn the_value_signs_the_description_as_stored() {
    let after = applied(&document(1), &sealing(Mode::Continue));
    let package = open(&after);
    let signature = &signatures(&package)[0];
    let value = package.read(&signature.signed_value.as_ref().unwrap().path).unwrap();
    let (value, deviations) = SesSignature::parse(&value, Asn1Mode::Strict).unwrap();
    assert!(deviations.is_empty());
    assert!(value.signed.hash_is(&crypto::sm3::digest(&signature.raw)));
    assert_eq!(value.signed.property_info, "/Doc_0/Signs/Sign_0/Signature.xml");
    assert_eq!(value.check_signature(pki().signer.key.verifying_key()), Ok(vec![]));
}

#[test]
fn later_signatures_cover_the_earlier_ones_and_break_none() {
    let first = applied(&document(1), &sealing(Mode::Continue));
    let second = applied(&first, &sealing(Mode::Continue));
    assert_kept(&first, &second, &["Doc_0/Signs/Signatures.xml"]);
    let third = applied(&second, &signing(Mode::Lock));
    assert_kept(&second, &third, &["Doc_0/Signs/Signatures.xml"]);
    let package = open(&third);
    let list = package.signatures(0).unwrap().unwrap();
    let ids: Vec<&str> = list.entries.iter().map(|entry| entry.id.as_str()).collect();
    assert_eq!(ids, ["s001", "s003", "s005"]);
    assert_eq!(list.max_sign_id.as_deref(), Some("s005"));
    assert_eq!(list.entries[2].kind, SignatureKind::Sign);
    let [one, two, three] = <[_; 3]>::try_from(signatures(&package)).unwrap();
    let (one, two, three) = (covered(&package, &one), covered(&package, &two), covered(&package, &three));
    assert!(one.iter().all(|path| two.contains(path)) && two.iter().all(|path| three.contains(path)));
    for file in ["Signature.xml", "SignedValue.dat", "Seal.esl"] {
        assert!(two.contains(&format!("Doc_0/Signs/Sign_0/{file}")));
        assert!(three.contains(&format!("Doc_0/Signs/Sign_1/{file}")));
    }
    assert!(!two.contains(&"Doc_0/Signs/Signatures.xml".to_owned()));
    assert!(three.contains(&"Doc_0/Signs/Signatures.xml".to_owned()));
    for placement in [sealing(Mode::Continue), signing(Mode::Lock)] {
        let error = prepare(&third, &placement, &Limits::default()).unwrap_err();
        assert_eq!(error, SealError::Locked { signature: "s005".to_owned() });
    }
}

#[test]
fn a_plain_signature_signs_the_same_digest() {
    let placement = signing(Mode::Continue);
    let prepared = prepare(&document(1), &placement, &Limits::default()).unwrap();
    let after = finish(&prepared, &placement);
    let package = open(&after);
    let signature = &signatures(&package)[0];
    assert!(signature.signed_info.seal.is_none() && signature.signed_info.stamps.is_empty());
    assert!(package.archive().find("Doc_0/Signs/Sign_0/Seal.esl").is_none());
    let value = package.read("Doc_0/Signs/Sign_0/SignedValue.dat").unwrap();
    let value = sealbridge_formats::cms::SignedData::parse(&value, Asn1Mode::Strict).unwrap();
    assert!(value.signers[0].signed_bytes(None).is_some());
    assert_eq!(crypto::sm3::digest(&signature.raw), *prepared.data_hash());
}

#[test]
fn a_prepared_document_can_be_kept_and_is_not_changed_unseen() {
    let placement = sealing(Mode::Continue);
    let prepared = prepare(&document(1), &placement, &Limits::default()).unwrap();
    let stored = prepared.to_bytes();
    let back = Prepared::from_bytes(&stored).unwrap();
    assert_eq!(back, prepared);
    assert_eq!(back.property_info(), "/Doc_0/Signs/Sign_0/Signature.xml");
    assert_eq!((back.signature_id(), back.signing_time()), ("s001", at(TIME)));
    finish(&back, &placement);
    for place in (0..stored.len()).step_by(stored.len() / 50) {
        let mut damaged = stored.clone();
        damaged[place] ^= 1;
        assert_eq!(Prepared::from_bytes(&damaged).unwrap_err(), SealError::Damaged);
        assert_eq!(Prepared::from_bytes(&stored[..place]).unwrap_err(), SealError::Damaged);
    }
    assert!(!format!("{prepared:?}").contains("PK"));
}

#[test]
fn the_same_arguments_give_the_same_bytes() {
    let placement = sealing(Mode::Lock);
    let prepare = || prepare(&document(3), &placement, &Limits::default()).unwrap().to_bytes();
    assert_eq!(prepare(), prepare());
}

#[test]
fn riding_seals_are_cut_along_every_edge() {
    let page = Rect { x: 0.0, y: 0.0, width: 210.0, height: 297.0 };
    let riding = |edge| RidingSeal {
        width_mm: 40.0,
        height_mm: 40.0,
        edge,
        along: Along::Millimetres(128.5),
        pages_per_seal: 10,
    };
    let pages: Vec<_> = (0..5).map(|index| (index, page)).collect();
    let text = |edge| -> Vec<String> {
        let stamps = riding(edge).stamps(&pages).unwrap();
        stamps.iter().map(|s| format!("{} / {}", s.boundary.to_text(), s.clip.unwrap().to_text())).collect()
    };
    // The right edge as other libraries write it.
    assert_eq!(text(Edge::Right)[0], "202 128.5 40 40 / 0 0 8 40");
    assert_eq!(text(Edge::Right)[4], "170 128.5 40 40 / 32 0 8 40");
    assert_eq!(text(Edge::Left)[1], "-8 128.5 40 40 / 8 0 8 40");
    assert_eq!(text(Edge::Top)[2], "128.5 -16 40 40 / 0 16 40 8");
    assert_eq!(text(Edge::Bottom)[3], "128.5 265 40 40 / 0 24 40 8");
    for edge in [Edge::Left, Edge::Right, Edge::Top, Edge::Bottom] {
        let stamps = riding(edge).stamps(&pages).unwrap();
        let mut placement = sealing(Mode::Continue);
        placement.stamps = stamps;
        let after = applied(&document(5), &placement);
        let package = open(&after);
        let signature = &signatures(&package)[0];
        assert_eq!(signature.signed_info.stamps.len(), 5);
        assert_eq!(package.signatures(0).unwrap().unwrap().max_sign_id.as_deref(), Some("s006"));
    }
}

#[test]
fn riding_seals_take_pages_of_different_sizes_and_many_pages() {
    let a4 = Rect { x: 0.0, y: 0.0, width: 210.0, height: 297.0 };
    let wide = Rect { x: 0.0, y: 0.0, width: 297.0, height: 210.0 };
    let riding = RidingSeal {
        width_mm: 42.0,
        height_mm: 42.0,
        edge: Edge::Right,
        along: Along::Middle,
        pages_per_seal: 6,
    };
    let stamps = riding.stamps(&[(0, a4), (1, wide), (2, a4)]).unwrap();
    let boundaries: Vec<String> = stamps.iter().map(|stamp| stamp.boundary.to_text()).collect();
    assert_eq!(boundaries, ["196 127.5 42 42", "269 84 42 42", "168 127.5 42 42"]);
    for pages in 2..60 {
        let all: Vec<_> = (0..pages).map(|index| (index, a4)).collect();
        let stamps = riding.stamps(&all).unwrap();
        assert_eq!(
            stamps.iter().map(|stamp| stamp.page_index).collect::<Vec<_>>(),
            (0..pages).collect::<Vec<_>>()
        );
        // The slices of each seal follow one another and make the whole.
        let mut reached = 0.0;
        for clip in stamps.iter().map(|stamp| stamp.clip.unwrap()) {
            assert!((clip.x - reached).abs() < 1e-9 || clip.x == 0.0 && (reached - 42.0).abs() < 1e-9);
            reached = clip.x + clip.width;
        }
        assert!((reached - 42.0).abs() < 1e-9);
    }
    assert!(matches!(riding.stamps(&[(0, a4)]), Err(SealError::Slices { slices: 1, .. })));
    let thin = RidingSeal { pages_per_seal: 1000, ..riding };
    let many: Vec<_> = (0..1000).map(|index| (index, a4)).collect();
    assert!(matches!(thin.stamps(&many), Err(SealError::Slices { slices: 1000, .. })));
}

#[test]
fn the_kinds_do_not_mix() {
    let limits = Limits::default();
    let mut placement = sealing(Mode::Continue);
    placement.kind = Kind::Sign;
    assert_eq!(prepare(&document(1), &placement, &limits).unwrap_err().code(), "ofd.stamps");
    placement.kind = Kind::Seal(seal());
    placement.stamps.clear();
    assert_eq!(prepare(&document(1), &placement, &limits).unwrap_err().code(), "ofd.stamps");
    placement.kind = Kind::Seal(b"no seal".to_vec());
    placement.stamps = sealing(Mode::Continue).stamps;
    assert!(matches!(prepare(&document(1), &placement, &limits), Err(SealError::Seal(_))));
}
