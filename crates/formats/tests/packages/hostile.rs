//! Files made to hurt: each gives a typed error, and quickly.

use crate::tools::{archive, document};
use sealbridge_formats::ofd::{Limits, OfdError, Package};
use sealbridge_formats::xml::XmlError;
use sealbridge_formats::zip::ZipError;
use std::time::{Duration, Instant};

fn open_error(bytes: &[u8]) -> OfdError {
    Package::open(bytes, &Limits::default()).unwrap_err()
}

/// `count` pieces of text, one after the other.
fn many(count: usize, piece: impl Fn(usize) -> String) -> String {
    (0..count).map(piece).collect()
}

/// Runs `work`, which must be done in far less than a reader would wait.
fn quickly<T>(work: impl FnOnce() -> T) -> T {
    let start = Instant::now();
    let result = work();
    assert!(start.elapsed() < Duration::from_secs(10), "{:?}", start.elapsed());
    result
}

#[test]
fn no_archive_is_no_package() {
    for bytes in [b"".as_slice(), b"PK", b"%PDF-1.7", &vec![0; 100_000], &b"PK\x05\x06".repeat(30_000)] {
        assert!(matches!(quickly(|| open_error(bytes)), OfdError::Zip(_)));
    }
}

#[test]
fn a_bomb_is_not_unpacked() {
    let bomb = archive(&[("OFD.xml", &vec![b' '; 20 << 20])]);
    assert!(bomb.len() < 100_000);
    assert!(matches!(open_error(&bomb), OfdError::Zip(ZipError::RatioTooLarge { .. })));
    let large = archive(&[("OFD.xml", b"<OFD/>"), ("a", &vec![0; 3 << 20]), ("b", &vec![0; 3 << 20])]);
    let mut limits = Limits::default();
    limits.zip.total_bytes = 4 << 20;
    let error = Package::open(&large, &limits).unwrap_err();
    assert_eq!(error, OfdError::Zip(ZipError::TotalTooLarge { limit: 4 << 20 }));
    limits = Limits::default();
    limits.zip.archive_bytes = 1000;
    let error = Package::open(&large, &limits).unwrap_err();
    assert!(matches!(error, OfdError::Zip(ZipError::ArchiveTooLarge { .. })));
}

/// An archive that is nothing but a directory of `entries` records, of which it declares `declared`.
fn directory(entries: usize, declared: u16) -> Vec<u8> {
    let mut record = b"PK\x01\x02".to_vec();
    record.resize(46, 0);
    let mut bytes = record.repeat(entries);
    let size = u32::try_from(bytes.len()).unwrap();
    bytes.extend_from_slice(b"PK\x05\x06\0\0\0\0");
    bytes.extend_from_slice(&declared.to_le_bytes());
    bytes.extend_from_slice(&declared.to_le_bytes());
    bytes.extend_from_slice(&size.to_le_bytes());
    bytes.extend_from_slice(&[0; 6]);
    bytes
}

#[test]
fn a_hundred_thousand_entries_are_refused_before_they_are_read() {
    for (entries, declared, counted) in
        [(60_000, 60_000, 60_000), (100_000, 1, 50_001), (1_000_000, 1, 50_001)]
    {
        let bytes = directory(entries, declared);
        let error = quickly(|| open_error(&bytes));
        assert_eq!(error, OfdError::Zip(ZipError::TooManyEntries { entries: counted, limit: 50_000 }));
    }
}

#[test]
fn xml_made_to_hurt_is_refused() {
    let nested = "<a>".repeat(100_000) + &"</a>".repeat(100_000);
    let attributes: String = many(10_000, |number| format!(" a{number}=\"\""));
    let namespaces: String = many(60, |number| format!(" xmlns:n{number}=\"u\""));
    let wide = format!("<OFD>{}</OFD>", "<a/>".repeat(300_000));
    let cases: Vec<(String, XmlError)> = vec![
        (nested, XmlError::TooDeep { limit: 64 }),
        (format!("<OFD{attributes}/>"), XmlError::TooManyAttributes { limit: 64 }),
        (format!("<OFD{namespaces}><a{namespaces}/></OFD>"), XmlError::TooManyNamespaces { limit: 64 }),
        (wide, XmlError::TooManyElements { limit: 200_000 }),
        ("<!DOCTYPE OFD [<!ENTITY a \"b\">]><OFD>&a;</OFD>".to_owned(), XmlError::DocumentType),
        ("<!DOCTYPE OFD SYSTEM \"file:///etc/passwd\"><OFD/>".to_owned(), XmlError::DocumentType),
        ("<OFD>&lol;</OFD>".to_owned(), XmlError::UnknownEntity { name: "lol".to_owned() }),
        ("<OFD>\u{1}</OFD>".to_owned(), XmlError::BadText),
    ];
    for (text, expected) in cases {
        let bytes = archive(&[("OFD.xml", text.as_bytes())]);
        match quickly(|| open_error(&bytes)) {
            OfdError::Xml { file, source } => assert_eq!((file.as_str(), source), ("OFD.xml", expected)),
            other => panic!("{other}"),
        }
    }
}

#[test]
fn ten_thousand_signatures_are_refused() {
    let ofd = document(1);
    let package = Package::open(&ofd, &Limits::default()).unwrap();
    let root = String::from_utf8(package.read("OFD.xml").unwrap().into_owned()).unwrap();
    let root = root.replace("</ofd:DocBody>", "<ofd:Signatures>/S.xml</ofd:Signatures></ofd:DocBody>");
    let list: String = many(10_000, |n| format!(r#"<Signature ID="{n}" BaseLoc="x.xml"/>"#));
    let list = format!("<Signatures>{list}</Signatures>");
    let crowded = crate::tools::changed(&ofd, &[("OFD.xml", root.as_bytes()), ("S.xml", list.as_bytes())]);
    let package = Package::open(&crowded, &Limits::default()).unwrap();
    let error = quickly(|| package.signatures(0).unwrap_err());
    assert_eq!(error, OfdError::TooMany { file: "S.xml".to_owned(), what: "signatures", limit: 1_000 });
}

#[test]
fn a_package_cut_off_anywhere_gives_an_error() {
    let ofd = document(1);
    for length in 0..ofd.len() {
        assert!(Package::open(&ofd[..length], &Limits::default()).is_err(), "{length}");
    }
}

/// A list of so many signatures in these files, in turn.
fn listed(count: usize, files: &[String]) -> String {
    let list: String =
        many(count, |n| format!(r#"<Signature ID="{n}" BaseLoc="{}"/>"#, files[n % files.len()]));
    format!("<Signatures>{list}</Signatures>")
}

/// A description that refers so often to a file.
fn describing(references: usize, file: &str) -> String {
    let one = format!("<Reference FileRef=\"{file}\"><CheckValue>AA==</CheckValue></Reference>");
    format!(
        "<Signature><SignedInfo><References>{}</References></SignedInfo></Signature>",
        one.repeat(references)
    )
}

const ENTRY: &[u8] = b"<OFD><DocBody><DocRoot>D.xml</DocRoot><Signatures>S.xml</Signatures></DocBody></OFD>";

#[test]
fn a_description_that_is_listed_a_thousand_times_is_read_once() {
    let description = describing(2_000, "//OFD.xml");
    let list = listed(1_000, &["x.xml".to_owned()]);
    let ofd = archive(&[("OFD.xml", ENTRY), ("S.xml", list.as_bytes()), ("x.xml", description.as_bytes())]);
    // Room for the lists and for the description, once.
    let limits = Limits { read_bytes: 1 << 20, ..Limits::default() };
    let package = Package::open(&ofd, &limits).unwrap();
    let entries = package.signatures(0).unwrap().unwrap().entries.clone();
    let first = package.signature(&entries[0]).unwrap();
    for entry in &entries {
        assert!(std::sync::Arc::ptr_eq(&first, &package.signature(entry).unwrap()));
    }
    assert_eq!(package.check_references(&first).len(), 2_000);
    // Each reference is written in the same odd way; a few are told.
    assert!(first.facts.len() < 100, "{} facts", first.facts.len());
    assert!(package.reachable().facts.len() < 200);
}

#[test]
fn references_of_all_signatures_together_take_bounded_room() {
    let names: Vec<String> = (0..40).map(|number| format!("{number}.xml")).collect();
    let description = describing(1_000, "/OFD.xml");
    let list = listed(40, &names);
    let mut files = vec![("OFD.xml", ENTRY), ("S.xml", list.as_bytes())];
    files.extend(names.iter().map(|name| (name.as_str(), description.as_bytes())));
    let ofd = archive(&files);
    let limits = Limits { reference_bytes: 1 << 20, ..Limits::default() };
    let package = Package::open(&ofd, &limits).unwrap();
    let entries = package.signatures(0).unwrap().unwrap().entries.clone();
    let read: Vec<_> = entries.iter().map(|entry| package.signature(entry)).collect();
    let good = read.iter().filter(|read| read.is_ok()).count();
    assert!((5..12).contains(&good), "{good}");
    let error = read.into_iter().find_map(Result::err);
    let too_many =
        OfdError::TooMany { file: names[good].clone(), what: "bytes of references", limit: 1 << 20 };
    assert_eq!(error, Some(too_many));
}

#[test]
fn a_package_is_read_only_so_far() {
    let large = format!("<Document><Pages/>{}</Document>", " ".repeat(1 << 20));
    let ofd = archive(&[("OFD.xml", ENTRY), ("D.xml", large.as_bytes())]);
    let limits = Limits { read_bytes: 10 << 20, ..Limits::default() };
    let package = Package::open(&ofd, &limits).unwrap();
    let read = (0..100).take_while(|_| package.document(0).is_ok()).count();
    assert_eq!(read, 9);
    assert!(matches!(package.document(0), Err(OfdError::TooMuchRead { limit: 10_485_760 })));
}

#[test]
fn a_list_that_every_document_names_is_read_once() {
    let body = "<DocBody><DocRoot>D.xml</DocRoot><Signatures>S.xml</Signatures></DocBody>";
    let entry = format!("<OFD>{}</OFD>", body.repeat(60));
    let padding = " ".repeat(2 << 20);
    let limits = Limits { read_bytes: 3 << 20, ..Limits::default() };
    for (root, is_list) in [("Signatures", true), ("Res", false)] {
        let list = format!("<{root}>{padding}</{root}>");
        let ofd = archive(&[("OFD.xml", entry.as_bytes()), ("S.xml", list.as_bytes())]);
        let package = Package::open(&ofd, &limits).unwrap();
        for body in 0..60 {
            match package.signatures(body) {
                Ok(list) => assert!(is_list && list.is_some()),
                Err(error) => {
                    assert!(!is_list && matches!(error, OfdError::WrongRoot { .. }), "{error:?}");
                }
            }
        }
        assert!(
            package
                .reachable()
                .problems
                .iter()
                .all(|(_, error)| !matches!(error, OfdError::TooMuchRead { .. }))
        );
        // A list that is too long is not read at all.
        let short = Limits { list_bytes: 1 << 20, ..Limits::default() };
        let error = Package::open(&ofd, &short).unwrap().signatures(0).unwrap_err();
        let what = "bytes of lists";
        assert_eq!(error, OfdError::TooMany { file: "S.xml".to_owned(), what, limit: 1 << 20 });
    }
}

#[test]
fn sheets_are_found_once_for_all_stamps() {
    let templates: String = many(15_000, |n| format!("<TemplatePage ID=\"{n}\" BaseLoc=\"T.xml\"/>"));
    let area = "<PhysicalBox>0 0 100 200</PhysicalBox>";
    let root = format!(
        "<Document><CommonData>{templates}</CommonData><Pages><Page ID=\"1\" BaseLoc=\"P.xml\"/></Pages></Document>"
    );
    let unknown = many(15_000, |_| "<Template TemplateID=\"99999\"/>".to_owned());
    let page = format!("<Page>{unknown}<Template TemplateID=\"014999\"/><Content/></Page>");
    let template = format!("<Page><Area>{area}</Area><Content/></Page>");
    let ofd = archive(&[
        ("OFD.xml", b"<OFD><DocBody><DocRoot>D.xml</DocRoot></DocBody></OFD>"),
        ("D.xml", root.as_bytes()),
        ("P.xml", page.as_bytes()),
        ("T.xml", template.as_bytes()),
    ]);
    let package = Package::open(&ofd, &Limits::default()).unwrap();
    let reach = package.reachable();
    let document = &reach.documents["D.xml"];
    // One by one these are 10 to the power of 13 comparisons.
    for _ in 0..50_000 {
        let sheet = reach.sheet(document, &document.pages[0]).unwrap();
        assert_eq!(sheet.to_text(), "0 0 100 200");
    }
    let info = package.page(document, 0).unwrap();
    assert_eq!(info.area.unwrap().0.physical.to_text(), "0 0 100 200");
}
