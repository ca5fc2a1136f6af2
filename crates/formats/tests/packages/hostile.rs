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

/// Pages that each name thousands of templates, and versions of thousands of pages: what is kept of them has one bound.
#[test]
fn what_is_kept_of_pages_and_documents_is_bounded_altogether() {
    let uses = many(15_000, |id| format!("<Template TemplateID=\"{id}\"/>"));
    let area = "<Area><PhysicalBox>0 0 100 200</PhysicalBox></Area>";
    let page = format!("<Page>{area}{uses}<Content/></Page>");
    let names: Vec<String> = (0..10).map(|page| format!("P{page}.xml")).collect();
    let named = many(names.len(), |page| format!("<Page ID=\"{page}\" BaseLoc=\"{}\"/>", names[page]));
    let root = format!("<Document><CommonData/><Pages>{named}</Pages></Document>");
    let mut files: Vec<(&str, &[u8])> = vec![
        ("OFD.xml", b"<OFD><DocBody><DocRoot>D.xml</DocRoot></DocBody></OFD>"),
        ("D.xml", root.as_bytes()),
    ];
    files.extend(names.iter().map(|name| (name.as_str(), page.as_bytes())));
    let ofd = archive(&files);
    let has_sheets = |followed: usize| {
        let limits = Limits { followed, ..Limits::default() };
        let reach = Package::open(&ofd, &limits).unwrap().reachable();
        let document = &reach.documents["D.xml"];
        let found: Vec<bool> =
            document.pages.iter().map(|page| reach.sheet(document, page).is_some()).collect();
        (reach.is_cut_off, found)
    };
    assert_eq!(has_sheets(150_010), (false, vec![true; 10]));
    // One less, and the last page is not kept; more would not be either.
    let mut found = vec![true; 10];
    found[9] = false;
    assert_eq!(has_sheets(150_009), (true, found));

    let pages = many(1_000, |id| format!("<Page ID=\"{id}\" BaseLoc=\"P.xml\"/>"));
    let root = format!("<Document><CommonData/><Pages>{pages}</Pages></Document>");
    let entry = "<OFD><DocBody><DocRoot>D.xml</DocRoot><Versions><Version ID=\"1\" Index=\"1\" BaseLoc=\"V.xml\"/></Versions></DocBody></OFD>";
    let ofd = archive(&[
        ("OFD.xml", entry.as_bytes()),
        ("D.xml", root.as_bytes()),
        ("V.xml", b"<DocVersion ID=\"1\"><FileList/><DocRoot>Old.xml</DocRoot></DocVersion>"),
        ("Old.xml", root.as_bytes()),
        ("P.xml", b"<Page><Content/></Page>"),
    ]);
    let limits = Limits { followed: 1_500, ..Limits::default() };
    let reach = Package::open(&ofd, &limits).unwrap().reachable();
    assert!(!reach.is_cut_off, "the root of a version is read, not kept");
    assert_eq!(reach.documents.keys().collect::<Vec<_>>(), ["D.xml"]);
    let limits = Limits { followed: 999, ..Limits::default() };
    let reach = Package::open(&ofd, &limits).unwrap().reachable();
    assert!(reach.is_cut_off && reach.documents.is_empty());
}

/// What many entries call their own is read for one of them; a file is read once, whatever it is to those that lead to it.
#[test]
fn a_file_of_several_roles_costs_once() {
    let page = format!("<Page>{}</Page>", "<a b=\"\"/>".repeat(1_000));
    let named = many(20, |id| format!("<Page ID=\"{id}\" BaseLoc=\"P{id}.xml\"/>"));
    let drawn = many(20, |id| format!("<TemplatePage ID=\"{id}\" BaseLoc=\"P{id}.xml\"/>"));
    let lists = "<Annotations>P0.xml</Annotations><Attachments>P0.xml</Attachments>";
    let root = format!("<Document><CommonData>{drawn}</CommonData><Pages>{named}</Pages>{lists}</Document>");
    let entry = b"<OFD><DocBody><DocRoot>D.xml</DocRoot></DocBody></OFD>";
    let names: Vec<String> = (0..20).map(|id| format!("P{id}.xml")).collect();
    let mut files: Vec<(&str, &[u8])> = vec![("OFD.xml", entry), ("D.xml", root.as_bytes())];
    files.extend(names.iter().map(|name| (name.as_str(), page.as_bytes())));
    let ofd = archive(&files);
    // A byte counts one, a tag a hundred more, an attribute fifty.
    let cost = |text: &[u8]| {
        let count = |wanted: &[u8]| memchr::memmem::find_iter(text, wanted).count();
        text.len() + 100 * count(b"<") + 50 * count(b"=")
    };
    let all = cost(entry) + cost(root.as_bytes()) + 20 * cost(page.as_bytes());
    let read = |work: usize| {
        let limits = Limits { xml_work: work as u64, xml_work_per_byte: 0, ..Limits::default() };
        let package = Package::open(&ofd, &limits).unwrap();
        let reach = package.reachable();
        let too_much =
            reach.problems.iter().filter(|(_, error)| matches!(error, OfdError::TooMuchRead { .. }));
        (package.is_read_out(), too_much.count())
    };
    assert_eq!(read(all), (false, 0));
    let (is_read_out, unread) = read(all - 1);
    assert!(is_read_out && unread > 0);
}

/// Thousands of long paths that lead nowhere, and thousands of files about which there is much to tell.
#[test]
fn paths_and_facts_of_all_files_take_bounded_room() {
    let long = "😀".repeat(1_100);
    let media = many(200, |id| format!("<MediaFile>{id}{long}</MediaFile><MediaFile>a//{id}</MediaFile>"));
    let resource = format!("<Res>{media}</Res>");
    let names: Vec<String> = (0..40).map(|id| format!("R{id}.xml")).collect();
    let named = many(names.len(), |at| format!("<PublicRes>{}</PublicRes>", names[at]));
    let root = format!("<Document><CommonData>{named}</CommonData><Pages/></Document>");
    let entry = b"<OFD><DocBody><DocRoot>D.xml</DocRoot></DocBody></OFD>";
    let mut files: Vec<(&str, &[u8])> = vec![("OFD.xml", entry), ("D.xml", root.as_bytes())];
    files.extend(names.iter().map(|name| (name.as_str(), resource.as_bytes())));
    let ofd = archive(&files);
    let reach = |limits: &Limits| {
        let package = Package::open(&ofd, limits).unwrap();
        (package.reachable(), package.is_read_out())
    };
    let (whole, is_read_out) = reach(&Limits::default());
    assert!(!whole.is_cut_off && !is_read_out);
    let text = |location: &sealbridge_formats::ofd::Location| location.written.len() + location.path.len();
    assert!(whole.files.iter().all(|file| text(&file.location) < 400), "what is written is cut");
    let taken: usize = whole.files.iter().skip(1).map(|file| text(&file.location)).sum();
    let of_document: usize = names.iter().map(|name| 2 * name.len()).sum();
    let limits = |bytes| Limits { followed_bytes: bytes, ..Limits::default() };
    assert!(!reach(&limits(taken + of_document)).0.is_cut_off);
    let (cut, _) = reach(&limits(taken / 2));
    assert!(cut.is_cut_off && cut.files.len() < whole.files.len());
    let (told, is_read_out) = reach(&Limits { fact_bytes: 4_000, ..Limits::default() });
    assert!(is_read_out && !told.facts.is_empty() && told.facts.len() < whole.facts.len() / 10);
}
