//! Packages to which nothing is added, each with the reason named.

use crate::tools::{applied, archive, changed, document, sealing, signatures, signing};
use sealbridge_formats::ofd::{Limits, Mode, OfdError, Package, Rect, SealError, Stamp, embed, prepare};

fn refused(ofd: &[u8]) -> SealError {
    prepare(ofd, &sealing(Mode::Continue), &Limits::default()).unwrap_err()
}

/// A signature over `OFD.xml` whose list is not named in `OFD.xml` for the second document.
fn two_documents() -> Vec<u8> {
    let first = document(1);
    let package = Package::open(&first, &Limits::default()).unwrap();
    let root = String::from_utf8(package.read("OFD.xml").unwrap().into_owned()).unwrap();
    let start = root.find("<ofd:DocBody>").unwrap();
    let end = root.find("</ofd:OFD>").unwrap();
    let second = root[start..end].replace("Doc_0/", "Doc_1/");
    let root = format!("{}{second}</ofd:OFD>", &root[..end]);
    let mut files = vec![("OFD.xml".to_owned(), root.into_bytes())];
    for path in ["Document.xml", "PublicRes.xml", "Pages/Page_0/Content.xml"] {
        let content = package.read(&format!("Doc_0/{path}")).unwrap().into_owned();
        files.push((format!("Doc_1/{path}"), content));
    }
    let files: Vec<(&str, &[u8])> = files.iter().map(|(path, content)| (&**path, &**content)).collect();
    changed(&first, &files)
}

#[test]
fn a_second_document_is_signed_only_before_the_first_covers_the_root() {
    let ofd = two_documents();
    let mut second = sealing(Mode::Continue);
    second.body = 1;
    // The list of the second document goes beside its own root.
    let alone = applied(&ofd, &second);
    let package = Package::open(&alone, &Limits::default()).unwrap();
    assert_eq!(package.signatures(1).unwrap().unwrap().path, "Doc_1/Signs/Signatures.xml");
    assert!(package.signatures(0).unwrap().is_none());
    // A signature of the first covers OFD.xml, which would have to name the second list.
    let signed = applied(&ofd, &sealing(Mode::Continue));
    let error = prepare(&signed, &second, &Limits::default()).unwrap_err();
    assert_eq!(error, SealError::Covered { file: "OFD.xml".to_owned(), signature: "s001".to_owned() });
    second.body = 2;
    let error = prepare(&ofd, &second, &Limits::default()).unwrap_err();
    assert!(matches!(error, SealError::Package(OfdError::NoSuch { what: "document", index: 2 })));
}

#[test]
fn the_list_of_another_document_stays_open() {
    // Both documents name their lists from the start, so each can be signed after the other.
    let ofd = two_documents();
    let package = Package::open(&ofd, &Limits::default()).unwrap();
    let root = String::from_utf8(package.read("OFD.xml").unwrap().into_owned()).unwrap();
    let list =
        |n| format!("Doc_{n}/Document.xml</ofd:DocRoot><ofd:Signatures>/Doc_{n}/S.xml</ofd:Signatures>");
    let root = root
        .replace("Doc_0/Document.xml</ofd:DocRoot>", &list(0))
        .replace("Doc_1/Document.xml</ofd:DocRoot>", &list(1));
    let empty = br#"<Signatures xmlns="http://www.ofdspec.org/2016"/>"#;
    let ofd = changed(&ofd, &[("OFD.xml", root.as_bytes()), ("Doc_0/S.xml", empty), ("Doc_1/S.xml", empty)]);
    let mut second = sealing(Mode::Continue);
    second.body = 1;
    let both = applied(&applied(&ofd, &sealing(Mode::Continue)), &second);
    let package = Package::open(&both, &Limits::default()).unwrap();
    for body in 0..2 {
        let list = package.signatures(body).unwrap().unwrap();
        assert_eq!((list.entries.len(), list.max_sign_id.as_deref()), (1, Some("s002")));
        let signature = package.signature(&list.entries[0]).unwrap();
        assert!(!crate::tools::covered(&package, &signature).iter().any(|path| path.ends_with("S.xml")));
        // The empty list used the default namespace, so its new entry does.
        assert!(String::from_utf8_lossy(&list.raw).contains("<MaxSignId>s002</MaxSignId><Signature ID="));
    }
}

#[test]
fn locked_by_a_lock_or_by_anybody_who_covers_the_list() {
    let locked = applied(&document(1), &sealing(Mode::Lock));
    assert_eq!(refused(&locked), SealError::Locked { signature: "s001".to_owned() });
    let locked = applied(&document(1), &signing(Mode::Lock));
    assert_eq!(refused(&locked), SealError::Locked { signature: "s001".to_owned() });
    // In another case, as a tolerant reader would still resolve it.
    let open = applied(&document(1), &sealing(Mode::Continue));
    let package = Package::open(&open, &Limits::default()).unwrap();
    let raw = String::from_utf8(signatures(&package)[0].raw.clone()).unwrap();
    let other = raw.replace(r#"FileRef="/Doc_0/PublicRes.xml""#, r#"FileRef="/doc_0//signs/SIGNATURES.XML""#);
    assert_ne!(raw, other);
    let sneaky = changed(&open, &[("Doc_0/Signs/Sign_0/Signature.xml", other.as_bytes())]);
    assert_eq!(refused(&sneaky).code(), "ofd.locked");
}

#[test]
fn packages_that_cannot_be_judged_are_not_signed() {
    let ofd = document(1);
    let with = |files: &[(&str, &[u8])]| refused(&changed(&ofd, files));
    assert_eq!(with(&[("OFDEntries.xml", b"<x/>")]), SealError::IntegrityProtected);
    let package = Package::open(&ofd, &Limits::default()).unwrap();
    let root = String::from_utf8(package.read("OFD.xml").unwrap().into_owned()).unwrap();
    let named = root.replace("</ofd:DocBody>", "<ofd:Signatures>S.xml</ofd:Signatures></ofd:DocBody>");
    assert!(matches!(
        with(&[("OFD.xml", named.as_bytes())]),
        SealError::Package(OfdError::MissingFile { file }) if file == "S.xml"
    ));
    // A signature that cannot be read might cover anything.
    let list = br#"<Signatures><Signature ID="1" BaseLoc="x.xml"/></Signatures>"#;
    let broken =
        [("OFD.xml", named.as_bytes()), ("S.xml", list.as_slice()), ("x.xml", b"<Signature>".as_slice())];
    assert!(matches!(with(&broken), SealError::Package(OfdError::Xml { .. })));
    assert!(matches!(
        with(&[("OFD.xml", root.replace("Doc_0/Document.xml", "").as_bytes())]),
        SealError::Package(OfdError::MissingFile { .. })
    ));
    assert!(matches!(
        refused(&archive(&[("ofd.XML", root.as_bytes())])),
        SealError::Package(OfdError::MissingFile { .. })
    ));
}

#[test]
fn folders_with_chinese_names_cannot_stand_in_a_signature() {
    let ofd = document(1);
    let package = Package::open(&ofd, &Limits::default()).unwrap();
    let files: Vec<(String, Vec<u8>)> = package
        .files()
        .map(|entry| {
            let content = package.read(entry.path()).unwrap().into_owned();
            let content = String::from_utf8(content).unwrap().replace("Doc_0/", "文档/");
            (entry.path().replace("Doc_0/", "文档/"), content.into_bytes())
        })
        .collect();
    let files: Vec<(&str, &[u8])> = files.iter().map(|(path, content)| (&**path, &**content)).collect();
    assert_eq!(refused(&archive(&files)).code(), "ofd.not-ascii");
}

#[test]
fn stamps_lie_on_their_pages() {
    let stamp = |x: f64, y: f64, size: f64| Stamp::at(0, x, y, size, size);
    let clipped =
        |stamp: Stamp, x, y, width, height| Stamp { clip: Some(Rect { x, y, width, height }), ..stamp };
    let good = [
        stamp(0.0, 0.0, 40.0),
        stamp(170.0, 257.0, 40.0),
        stamp(170.005, 257.0, 40.0),
        clipped(stamp(200.0, 100.0, 40.0), 0.0, 0.0, 10.0, 40.0),
        clipped(stamp(-30.0, 100.0, 40.0), 30.0, 0.0, 10.0, 40.0),
    ];
    let bad = [
        (stamp(-0.1, 0.0, 40.0), "ofd.off-page"),
        (stamp(171.0, 0.0, 40.0), "ofd.off-page"),
        (stamp(0.0, 258.0, 40.0), "ofd.off-page"),
        (stamp(0.0, 0.0, 300.0), "ofd.off-page"),
        (stamp(0.0, 0.0, 0.0), "ofd.bad-stamp"),
        (stamp(0.0, 0.0, -1.0), "ofd.bad-stamp"),
        (stamp(f64::NAN, 0.0, 40.0), "ofd.bad-stamp"),
        (stamp(0.0, 0.0, f64::INFINITY), "ofd.bad-stamp"),
        (clipped(stamp(10.0, 10.0, 40.0), 0.0, 0.0, 41.0, 40.0), "ofd.bad-stamp"),
        (clipped(stamp(10.0, 10.0, 40.0), -1.0, 0.0, 10.0, 40.0), "ofd.bad-stamp"),
        (clipped(stamp(200.0, 100.0, 40.0), 0.0, 0.0, 11.0, 40.0), "ofd.off-page"),
        (Stamp { page_index: 2, ..stamp(0.0, 0.0, 40.0) }, "ofd.no-page"),
    ];
    let ofd = document(2);
    let mut placement = sealing(Mode::Continue);
    for stamp in good {
        placement.stamps = vec![stamp];
        prepare(&ofd, &placement, &Limits::default()).unwrap();
    }
    for (stamp, code) in bad {
        placement.stamps = vec![stamp];
        assert_eq!(prepare(&ofd, &placement, &Limits::default()).unwrap_err().code(), code, "{stamp:?}");
    }
}

#[test]
fn a_page_without_a_size_takes_no_stamp() {
    let ofd = document(1);
    let package = Package::open(&ofd, &Limits::default()).unwrap();
    let text = String::from_utf8(package.read("Doc_0/Document.xml").unwrap().into_owned()).unwrap();
    for size in ["", "0 0 210", "0 0 210 0", "0 0 x 297", "0 0 inf 297", "0 0 1e300 297"] {
        let text = text.replace("0 0 210 297", size);
        assert_eq!(
            refused(&changed(&ofd, &[("Doc_0/Document.xml", text.as_bytes())])).code(),
            "ofd.no-page-size"
        );
    }
}

#[test]
fn values_of_no_sensible_size_are_not_embedded() {
    let limits = Limits::default();
    let prepared = prepare(&document(1), &sealing(Mode::Continue), &limits).unwrap();
    assert_eq!(embed(&prepared, &[], &limits).unwrap_err(), SealError::BadValue { bytes: 0 });
    let huge = vec![0; (8 << 20) + 1];
    assert_eq!(embed(&prepared, &huge, &limits).unwrap_err().code(), "ofd.bad-signature-value");
}
