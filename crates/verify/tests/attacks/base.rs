//! The documents that attacks start from, all good: made by the product's own writer with the test PKI.

use formats::ofd::compose::{Composer, FontFace};
use formats::ofd::{Along, Edge, Kind, Limits, Mode, Placement, Provider, Rect, RidingSeal, Stamp};
use testkit::lab::{Files, PlainForm, PlainSpec, PreparedFiles, SIGNED_AT, SealSpec, ValueSpec};
use testkit::pki::{at, pki};

/// The amount that the pages tell; forgers would like another.
pub(crate) const AMOUNT: &str = "10600.00";
/// What they would like.
pub(crate) const FORGED: &str = "99600.00";
/// The list of signatures.
pub(crate) const LIST: &str = "Doc_0/Signs/Signatures.xml";
/// The document root.
pub(crate) const ROOT: &str = "Doc_0/Document.xml";
/// The first page.
pub(crate) const PAGE: &str = "Doc_0/Pages/Page_0/Content.xml";
/// The first signature.
pub(crate) const DESCRIPTION: &str = "Doc_0/Signs/Sign_0/Signature.xml";
/// Its value.
pub(crate) const VALUE: &str = "Doc_0/Signs/Sign_0/SignedValue.dat";

/// A contract of so many pages. `id` is its number, so that two documents differ.
pub(crate) fn contract(id: u8, amount: &str, pages: usize) -> Vec<u8> {
    let mut composer = Composer::new(&format!("{id:032x}"), "测试合同", at(SIGNED_AT));
    for number in 1..=pages {
        let text = format!("第 {number} 页，合同 {id}，金额 {amount} 元");
        composer.page(|page| {
            page.text(20.0, 30.0, 6.0, FontFace::Song, &text);
        });
    }
    composer.finish().expect("a small document")
}

/// The usual contract.
pub(crate) fn plain_contract() -> Vec<u8> {
    contract(1, AMOUNT, 2)
}

/// A contract with everything that a reader can show: a template, a picture, an annotation, an attachment and
/// custom tags.
pub(crate) fn rich_contract() -> Vec<u8> {
    let mut files = Files::from_zip(&plain_contract());
    files.edit(ROOT, |text| {
        let text = text.replace(
            "</ofd:PublicRes>",
            "</ofd:PublicRes><ofd:DocumentRes>DocumentRes.xml</ofd:DocumentRes>\
             <ofd:TemplatePage ID=\"90\" Name=\"底图\" BaseLoc=\"Tpls/Tpl_0/Content.xml\"/>",
        );
        text.replace(
            "</ofd:Pages>",
            "</ofd:Pages><ofd:Annotations>Annots/Annotations.xml</ofd:Annotations>\
             <ofd:CustomTags>Tags/CustomTags.xml</ofd:CustomTags>\
             <ofd:Attachments>Attachs/Attachments.xml</ofd:Attachments>",
        )
    });
    files.edit(PAGE, |text| {
        text.replace(
            "<ofd:Content>",
            "<ofd:Template TemplateID=\"90\" ZOrder=\"Background\"/><ofd:Content>",
        )
        .replace("</ofd:Layer>", "<ofd:ImageObject ID=\"91\" Boundary=\"20 60 30 30\" CTM=\"30 0 0 30 0 0\" ResourceID=\"92\"/></ofd:Layer>")
    });
    files.add("Doc_0/DocumentRes.xml", xml("Res", " BaseLoc=\"Res\"", "<ofd:MultiMedias><ofd:MultiMedia ID=\"92\" Type=\"Image\" Format=\"PNG\"><ofd:MediaFile>image.png</ofd:MediaFile></ofd:MultiMedia></ofd:MultiMedias>"));
    files.add("Doc_0/Res/image.png", png([0xC0, 0, 0]));
    files.add("Doc_0/Tpls/Tpl_0/Content.xml", page_with("底图：正本"));
    files.add(
        "Doc_0/Annots/Annotations.xml",
        xml(
            "Annotations",
            "",
            "<ofd:Page PageID=\"3\"><ofd:FileLoc>Page_0/Annotation.xml</ofd:FileLoc></ofd:Page>",
        ),
    );
    files.add("Doc_0/Annots/Page_0/Annotation.xml", annotation("批注：已核对"));
    files.add(
        "Doc_0/Tags/CustomTags.xml",
        xml(
            "CustomTags",
            "",
            "<ofd:CustomTag NameSpace=\"urn:test\"><ofd:FileLoc>Tag_0.xml</ofd:FileLoc></ofd:CustomTag>",
        ),
    );
    files.add("Doc_0/Tags/Tag_0.xml", "<t:total xmlns:t=\"urn:test\">10600.00</t:total>");
    files.add("Doc_0/Attachs/Attachments.xml", xml("Attachments", "", "<ofd:Attachment ID=\"93\" Name=\"报价单\" Format=\"txt\"><ofd:FileLoc>quote.txt</ofd:FileLoc></ofd:Attachment>"));
    files.add("Doc_0/Attachs/quote.txt", format!("报价 {AMOUNT} 元\n"));
    files.to_zip()
}

/// A file of OFD with one root.
pub(crate) fn xml(root: &str, attributes: &str, inside: &str) -> String {
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<ofd:{root} xmlns:ofd=\"{}\"{attributes}>{inside}</ofd:{root}>",
        formats::ofd::NAMESPACE
    )
}

/// A page that shows one line.
pub(crate) fn page_with(text: &str) -> String {
    xml("Page", "", &format!("<ofd:Content><ofd:Layer ID=\"95\">{}</ofd:Layer></ofd:Content>", line(text)))
}

/// The annotations of a page: a box with one line, over the amount.
pub(crate) fn annotation(text: &str) -> String {
    let appearance = format!("<ofd:Appearance Boundary=\"20 30 120 8\">{}</ofd:Appearance>", line(text));
    let annot = format!(
        "<ofd:Annot ID=\"94\" Type=\"Stamp\" Creator=\"x\" LastModDate=\"2026-03-02\">{appearance}</ofd:Annot>"
    );
    xml("PageAnnot", "", &annot)
}

fn line(text: &str) -> String {
    format!(
        "<ofd:TextObject ID=\"96\" Boundary=\"20 40 120 8\" Font=\"1\" Size=\"6\"><ofd:TextCode X=\"0\" Y=\"6\">{text}</ofd:TextCode></ofd:TextObject>"
    )
}

/// A picture of one pixel, stored without compression. Its colour is what is told of it.
pub(crate) fn png([red, green, blue]: [u8; 3]) -> Vec<u8> {
    let row = [0, red, green, blue];
    let mut deflated = vec![0x78, 0x01, 0x01, 4, 0, 0xFB, 0xFF];
    deflated.extend_from_slice(&row);
    let (a, b) = row.iter().fold((1_u32, 0_u32), |(a, b), byte| {
        let a = (a + u32::from(*byte)) % 65_521;
        (a, (b + a) % 65_521)
    });
    deflated.extend_from_slice(&(b << 16 | a).to_be_bytes());
    let mut out = b"\x89PNG\r\n\x1a\n".to_vec();
    for (kind, data) in [
        (b"IHDR", &[0, 0, 0, 1, 0, 0, 0, 1, 8, 2, 0, 0, 0][..]),
        (b"IDAT", deflated.as_slice()),
        (b"IEND", &[]),
    ] {
        out.extend_from_slice(&u32::try_from(data.len()).expect("a small chunk").to_be_bytes());
        let body = [kind.as_slice(), data].concat();
        out.extend_from_slice(&body);
        out.extend_from_slice(&crate::archive::crc32(&body).to_be_bytes());
    }
    out
}

/// Prepared for a seal in a place of its own, or for a plain signature.
pub(crate) fn prepared(ofd: &[u8], kind: Kind, mode: Mode, stamps: Vec<Stamp>) -> PreparedFiles {
    let provider = Provider { name: "sealbridge".to_owned(), version: None, company: None };
    let placement = Placement { body: 0, kind, stamps, provider, signing_time: at(SIGNED_AT), mode };
    let prepared = formats::ofd::prepare(ofd, &placement, &Limits::default()).expect("a document to sign");
    let folder =
        prepared.property_info().trim_start_matches('/').trim_end_matches("/Signature.xml").to_owned();
    let ofd = formats::ofd::embed(&prepared, b"value to come", &Limits::default()).expect("room for a value");
    PreparedFiles { files: Files::from_zip(&ofd), folder }
}

/// A usual stamp.
pub(crate) fn stamp() -> Vec<Stamp> {
    vec![Stamp::at(0, 120.0, 200.0, 40.0, 40.0)]
}

/// A document prepared for the usual seal, with that seal.
pub(crate) fn to_seal(ofd: &[u8], mode: Mode) -> (PreparedFiles, Vec<u8>) {
    let seal = SealSpec::good().write();
    (prepared(ofd, Kind::Seal(seal.clone()), mode, stamp()), seal)
}

/// Any document with the usual seal.
pub(crate) fn sealed(ofd: &[u8], mode: Mode) -> Files {
    let (prepared, seal) = to_seal(ofd, mode);
    prepared.sealed(&seal, &ValueSpec::good())
}

/// Sealed with the description changed before it is signed, as a signer with his own writer could.
pub(crate) fn described(ofd: &[u8], mode: Mode, change: impl Fn(&str) -> String) -> Files {
    let (prepared, seal) = to_seal(ofd, mode);
    prepared.describing(change).sealed(&seal, &ValueSpec::good())
}

/// The description without one reference.
pub(crate) fn without_reference(text: &str, path: &str) -> String {
    cut(text, &format!("<ofd:Reference FileRef=\"{path}\""), "</ofd:Reference>")
}

/// The text without what stands from one mark to the end of another.
pub(crate) fn cut(text: &str, from: &str, to: &str) -> String {
    let start = text.find(from).expect("the first mark");
    let end = start + text[start..].find(to).expect("the second mark") + to.len();
    format!("{}{}", &text[..start], &text[end..])
}

/// Sealed as many writers do: the entry file is not covered, since putting in the first signature changes it.
pub(crate) fn open_entry(ofd: &[u8]) -> Files {
    described(ofd, Mode::Continue, |text| without_reference(text, "/OFD.xml"))
}

/// Two seals by two parties; the list stays open, or the second locks it.
pub(crate) fn two_seals(mode: Mode) -> Files {
    let first = sealed(&plain_contract(), Mode::Continue).to_zip();
    let seal = SealSpec::good().write();
    let stamps = vec![Stamp::at(1, 40.0, 200.0, 40.0, 40.0)];
    prepared(&first, Kind::Seal(seal.clone()), mode, stamps).sealed(&seal, &ValueSpec::by(&pki().second))
}

/// A seal along the edges of three pages.
pub(crate) fn riding() -> Files {
    let riding = RidingSeal {
        width_mm: 40.0,
        height_mm: 40.0,
        edge: Edge::Right,
        along: Along::Middle,
        pages_per_seal: 9,
    };
    let page = Rect { x: 0.0, y: 0.0, width: 210.0, height: 297.0 };
    let stamps = riding.stamps(&[(0, page), (1, page), (2, page)]).expect("three slices");
    let seal = SealSpec::good().write();
    prepared(&contract(3, AMOUNT, 3), Kind::Seal(seal.clone()), Mode::Continue, stamps)
        .sealed(&seal, &ValueSpec::good())
}

/// A plain signature in a form.
pub(crate) fn signed(form: PlainForm, mode: Mode) -> Files {
    prepared(&plain_contract(), Kind::Sign, mode, Vec::new()).signed(&PlainSpec::good(form))
}

/// A document with an earlier version beside the current one, both sealed, the entry file left open: the
/// earlier one told another amount.
pub(crate) fn versions() -> Files {
    let mut files = Files::from_zip(&plain_contract());
    let old = String::from_utf8(files.get(ROOT).to_vec()).expect("text");
    files.add("Doc_0/Document_1.xml", old.replace("Pages/Page_0/", "Pages/Old_0/"));
    let page = String::from_utf8(files.get(PAGE).to_vec()).expect("text");
    files.add("Doc_0/Pages/Old_0/Content.xml", page.replace(AMOUNT, FORGED));
    files.add("Doc_0/Versions/V1.xml", version("V1", "/Doc_0/Document_1.xml"));
    files.add("Doc_0/Versions/V2.xml", version("V2", "/Doc_0/Document.xml"));
    files.edit("OFD.xml", |text| {
        let list = "<ofd:Versions><ofd:Version ID=\"v1\" Index=\"1\" BaseLoc=\"Doc_0/Versions/V1.xml\"/>\
                    <ofd:Version ID=\"v2\" Index=\"2\" Current=\"true\" BaseLoc=\"Doc_0/Versions/V2.xml\"/></ofd:Versions>";
        text.replace("</ofd:DocRoot>", &format!("</ofd:DocRoot>{list}"))
    });
    files
}

/// The description of a version.
pub(crate) fn version(id: &str, root: &str) -> String {
    let inside = format!("<ofd:FileList/><ofd:DocRoot>{root}</ofd:DocRoot>");
    xml("DocVersion", &format!(" ID=\"{id}\" Version=\"{id}\""), &inside)
}
