//! What a reader follows from `OFD.xml`: every kind of file, ways of writing paths, and loops.

use crate::tools::{applied, archive, changed, document, sealing};
use sealbridge_formats::ofd::{
    AreaSource, Fact, Facts, Limits, Mode, OfdError, PATH_BLANK, Package, PathNote, Presence, Role,
};
use sealbridge_formats::zip::Entry;
use std::collections::BTreeMap;

fn open(bytes: &[u8]) -> Package<'_> {
    Package::open(bytes, &Limits::default()).unwrap()
}

/// An element of OFD's namespace with this content.
fn root(name: &str, inner: &str) -> Vec<u8> {
    format!(r#"<ofd:{name} xmlns:ofd="http://www.ofdspec.org/2016" {inner}</ofd:{name}>"#).into_bytes()
}

/// Path, root element, and what follows its name, of a package that uses everything a package can lead to.
const EVERYTHING: &[(&str, &str, &str)] = &[
    (
        "OFD.xml",
        "OFD",
        r#"><ofd:DocBody><ofd:DocInfo><ofd:Cover>cover.png</ofd:Cover></ofd:DocInfo>
        <ofd:DocRoot>Doc_0/Document.xml</ofd:DocRoot><ofd:Versions>
        <ofd:Version ID="v1" Index="1" Current="true" BaseLoc="/Doc_0/Versions/V1.xml"/></ofd:Versions>
        </ofd:DocBody>"#,
    ),
    (
        "Doc_0/Document.xml",
        "Document",
        r#"><ofd:CommonData><ofd:PublicRes>PublicRes.xml</ofd:PublicRes>
        <ofd:DocumentRes>./DocumentRes.xml</ofd:DocumentRes>
        <ofd:TemplatePage ID="9" BaseLoc="Tpls\T.xml"/></ofd:CommonData>
        <ofd:Pages><ofd:Page ID="1" BaseLoc="/Doc_0/../Doc_0//p.xml"/></ofd:Pages>
        <ofd:Annotations>a/Annotations.xml</ofd:Annotations>
        <ofd:Attachments>b/Attachments.xml</ofd:Attachments>
        <ofd:CustomTags>c/CustomTags.xml</ofd:CustomTags>
        <ofd:Extensions>d/Extensions.xml</ofd:Extensions>"#,
    ),
    (
        "Doc_0/PublicRes.xml",
        "Res",
        r#"BaseLoc="Res"><ofd:Fonts><ofd:Font ID="2"><ofd:FontFile>f.ttf</ofd:FontFile></ofd:Font></ofd:Fonts>
        <ofd:ColorSpaces><ofd:ColorSpace ID="3" Profile="/icc.icc"/></ofd:ColorSpaces>"#,
    ),
    (
        "Doc_0/DocumentRes.xml",
        "Res",
        r#"BaseLoc=""><ofd:MultiMedias><ofd:MultiMedia ID="4"><ofd:MediaFile>m.png</ofd:MediaFile>
        </ofd:MultiMedia></ofd:MultiMedias>"#,
    ),
    ("Doc_0/Tpls/T.xml", "Page", "><ofd:Area><ofd:PhysicalBox>0 0 100 150</ofd:PhysicalBox></ofd:Area>"),
    (
        "Doc_0/p.xml",
        "Page",
        r#"><ofd:Template TemplateID="09"/><ofd:PageRes>PageRes.xml</ofd:PageRes><ofd:Content/>"#,
    ),
    (
        "Doc_0/PageRes.xml",
        "Res",
        r#"BaseLoc="/"><ofd:MultiMedias><ofd:MultiMedia ID="5"><ofd:MediaFile>n.png</ofd:MediaFile>
        </ofd:MultiMedia></ofd:MultiMedias>"#,
    ),
    (
        "Doc_0/a/Annotations.xml",
        "Annotations",
        r#"><ofd:Page PageID="1"><ofd:FileLoc>P/Annotation.xml</ofd:FileLoc></ofd:Page>"#,
    ),
    (
        "Doc_0/b/Attachments.xml",
        "Attachments",
        r#"><ofd:Attachment ID="6"><ofd:FileLoc>x.xls</ofd:FileLoc></ofd:Attachment>"#,
    ),
    (
        "Doc_0/c/CustomTags.xml",
        "CustomTags",
        r"><ofd:CustomTag><ofd:SchemaLoc>s.xsd</ofd:SchemaLoc><ofd:FileLoc>t.xml</ofd:FileLoc></ofd:CustomTag>",
    ),
    (
        "Doc_0/d/Extensions.xml",
        "Extensions",
        r"><ofd:Extension><ofd:ExtendData>e.dat</ofd:ExtendData></ofd:Extension>",
    ),
    (
        "Doc_0/Versions/V1.xml",
        "DocVersion",
        r#"ID="1"><ofd:FileList><ofd:File ID="1">../old.xml</ofd:File></ofd:FileList>
        <ofd:DocRoot>../Document_1.xml</ofd:DocRoot>"#,
    ),
    ("Doc_0/Document_1.xml", "Document", r#"><ofd:Pages><ofd:Page ID="1" BaseLoc="q.xml"/></ofd:Pages>"#),
    ("Doc_0/q.xml", "Page", "><ofd:Content/>"),
];

/// Files that lead nowhere.
const LEAVES: &[&str] = &[
    "cover.png",
    "Doc_0/old.xml",
    "Doc_0/Res/f.ttf",
    "icc.icc",
    "Doc_0/m.png",
    "n.png",
    "Doc_0/a/P/Annotation.xml",
    "Doc_0/b/x.xls",
    "Doc_0/c/s.xsd",
    "Doc_0/c/t.xml",
    "Doc_0/d/e.dat",
];

fn everything() -> Vec<u8> {
    let files: Vec<(&str, Vec<u8>)> =
        EVERYTHING.iter().map(|(path, name, inner)| (*path, root(name, inner))).collect();
    let mut all: Vec<(&str, &[u8])> =
        files.iter().map(|(path, content)| (*path, content.as_slice())).collect();
    all.extend(LEAVES.iter().map(|path| (*path, b"leaf".as_slice())));
    archive(&all)
}

#[test]
fn every_kind_of_file_is_reached() {
    let ofd = everything();
    let package = open(&ofd);
    let reach = package.reachable();
    assert!(reach.problems.is_empty(), "{:?}", reach.problems);
    assert!(!reach.is_cut_off);
    let found: BTreeMap<&str, Role> =
        reach.files.iter().map(|file| (file.location.path.as_str(), file.role)).collect();
    let all: Vec<&str> = package.files().map(Entry::path).collect();
    assert!(all.iter().all(|path| found.contains_key(path)), "{found:?}");
    assert_eq!(found.len(), all.len());
    for (path, role) in [
        ("cover.png", Role::Cover),
        ("icc.icc", Role::ColourProfile),
        ("Doc_0/Res/f.ttf", Role::Font),
        ("n.png", Role::Media),
        ("Doc_0/a/P/Annotation.xml", Role::PageAnnotations),
        ("Doc_0/b/x.xls", Role::Attachment),
        ("Doc_0/c/s.xsd", Role::CustomTag),
        ("Doc_0/d/e.dat", Role::ExtensionData),
        ("Doc_0/old.xml", Role::VersionFile),
        ("Doc_0/q.xml", Role::Page),
    ] {
        assert_eq!(found.get(path), Some(&role), "{path}");
        assert!(role.is_content());
    }
    let notes: Vec<PathNote> = reach
        .facts
        .iter()
        .filter_map(|fact| if let Fact::Path { note, .. } = fact { Some(*note) } else { None })
        .collect();
    assert_eq!(notes, [PathNote::Backslash, PathNote::EmptySegment]);
    // Without an area of its own the page has that of its template.
    let document = package.document(0).unwrap();
    let (area, source) = package.page(&document, 0).unwrap().area.unwrap();
    assert_eq!((area.physical.width, source), (100.0, AreaSource::Template));
}

#[test]
fn the_files_of_a_signature_are_no_content() {
    let sealed = applied(&document(1), &sealing(Mode::Continue));
    let package = open(&sealed);
    let reach = package.reachable();
    let content = reach.paths(Role::is_content);
    let rest: Vec<&str> = reach.paths(|role| !role.is_content()).into_iter().collect();
    assert_eq!(
        rest,
        [
            "Doc_0/Signs/Sign_0/Seal.esl",
            "Doc_0/Signs/Sign_0/Signature.xml",
            "Doc_0/Signs/Sign_0/SignedValue.dat",
            "Doc_0/Signs/Signatures.xml"
        ]
    );
    assert_eq!(content.len() + rest.len(), package.files().count());
}

#[test]
fn a_shadow_document_is_seen_in_what_is_reached() {
    // The uncovered copy of a document to which an uncovered OFD.xml points.
    let sealed = applied(&document(1), &sealing(Mode::Continue));
    let package = open(&sealed);
    let text = |path| String::from_utf8(package.read(path).unwrap().into_owned()).unwrap();
    let root = text("OFD.xml").replace("Doc_0/Document.xml", "Doc_0/Shadow.xml");
    let shadow = text("Doc_0/Document.xml").replace("Page_0/Content", "Page_0/Other");
    let page = text("Doc_0/Pages/Page_0/Content.xml").replace('1', "9");
    let swapped = changed(
        &sealed,
        &[
            ("OFD.xml", root.as_bytes()),
            ("Doc_0/Shadow.xml", shadow.as_bytes()),
            ("Doc_0/Pages/Page_0/Other.xml", page.as_bytes()),
        ],
    );
    let package = open(&swapped);
    let signature = &crate::tools::signatures(&package)[0];
    let covered: Vec<&str> =
        signature.signed_info.references.items.iter().map(|item| item.location.path.as_str()).collect();
    let reach = package.reachable();
    let uncovered: Vec<&str> =
        reach.paths(Role::is_content).into_iter().filter(|path| !covered.contains(path)).collect();
    assert_eq!(uncovered, ["Doc_0/Pages/Page_0/Other.xml", "Doc_0/Shadow.xml"]);
}

#[test]
fn loops_end_and_paths_out_of_the_package_lead_nowhere() {
    let ofd = archive(&[
        (
            "OFD.xml",
            &root(
                "OFD",
                r#"><ofd:DocBody><ofd:DocRoot>D.xml</ofd:DocRoot><ofd:Versions>
                <ofd:Version ID="1" BaseLoc="V.xml"/></ofd:Versions></ofd:DocBody>"#,
            ),
        ),
        (
            "D.xml",
            &root(
                "Document",
                r#"><ofd:CommonData><ofd:PublicRes>../../etc/passwd</ofd:PublicRes><ofd:PublicRes></ofd:PublicRes>
                <ofd:TemplatePage ID="1" BaseLoc="D.xml"/></ofd:CommonData>
                <ofd:Pages><ofd:Page ID="1" BaseLoc="D.xml"/></ofd:Pages><ofd:Annotations>D.xml</ofd:Annotations>"#,
            ),
        ),
        ("V.xml", &root("DocVersion", "><ofd:DocRoot>D.xml</ofd:DocRoot><ofd:DocRoot>V.xml</ofd:DocRoot>")),
    ]);
    let package = open(&ofd);
    let reach = package.reachable();
    assert!(reach.files.len() < 12, "{}", reach.files.len());
    // D.xml is no page, no template, no list of annotations; V.xml is no document.
    assert_eq!(reach.problems.len(), 4, "{:?}", reach.problems);
    assert!(reach.problems.iter().all(|(_, error)| matches!(error, OfdError::WrongRoot { .. })));
    let unusable: Vec<&str> = reach
        .files
        .iter()
        .filter(|file| file.location.presence == Presence::Unusable)
        .map(|file| file.location.written.as_str())
        .collect();
    assert_eq!(unusable, ["../../etc/passwd", ""]);
}

#[test]
fn the_search_is_bounded() {
    let page = |n| format!(r#"<ofd:Page ID="{n}" BaseLoc="{n}.xml"/>"#);
    let pages: String = (0..500).map(page).collect();
    let ofd = archive(&[
        ("OFD.xml", &root("OFD", "><ofd:DocBody><ofd:DocRoot>D.xml</ofd:DocRoot></ofd:DocBody>")),
        ("D.xml", &root("Document", &format!("><ofd:Pages>{pages}</ofd:Pages>"))),
    ]);
    let limits = Limits { followed: 100, ..Limits::default() };
    let reach = Package::open(&ofd, &limits).unwrap().reachable();
    assert!(reach.is_cut_off && reach.files.len() == 100);
    let limits = Limits { pages: 499, ..Limits::default() };
    let error = Package::open(&ofd, &limits).unwrap().document(0).unwrap_err();
    assert_eq!(error.code(), "ofd.too-many");
}

/// Files whose names end in white space, or begin with it: a path that is exactly such a name leads there.
#[test]
fn white_space_may_be_part_of_a_name() {
    let ofd = archive(&[
        ("OFD.xml", b"<OFD><DocBody><DocRoot>Doc/D.xml</DocRoot></DocBody></OFD>"),
        ("Doc/D.xml", b"<Document><CommonData/><Pages/></Document>"),
        ("Doc/D.xml ", b"<other/>"),
        ("Doc/ E.xml", b"<other/>"),
    ]);
    let package = open(&ofd);
    for (file, written, path, is_odd) in [
        ("OFD.xml", "/Doc/D.xml", "Doc/D.xml", false),
        ("OFD.xml", "\n/Doc/D.xml\n", "Doc/D.xml", false),
        ("OFD.xml", "/Doc/D.xml ", "Doc/D.xml ", true),
        ("Doc/D.xml", "D.xml ", "Doc/D.xml ", true),
        ("Doc/D.xml", " E.xml", "Doc/ E.xml", true),
        ("OFD.xml", " Doc/D.xml", "Doc/D.xml", false),
    ] {
        let mut facts = Facts::default();
        let found = package.locate(file, written, &mut facts);
        assert_eq!((found.path.as_str(), found.presence), (path, Presence::Present), "{written:?}");
        let has_blank = facts.into_list().iter().any(|fact| fact.code() == PATH_BLANK);
        assert_eq!(has_blank, is_odd, "{written:?}");
    }
}
