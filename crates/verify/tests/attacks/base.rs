//! The documents that are attacked: all of them good, so that whatever is found afterwards is the attack.

use formats::ofd::{Kind, Limits, Mode, Placement, Provider, Stamp, embed, prepare};
use testkit::lab::{Files, SIGNED_AT, SealSpec, ValueSpec};
use testkit::pki::{at, pki};

pub(crate) const PAGE: &str = "Doc_0/Pages/Page_0/Content.xml";
pub(crate) const TEMPLATE: &str = "Doc_0/Tpls/Tpl_0/Content.xml";
pub(crate) const IMAGE: &str = "Doc_0/Res/image_0.png";
pub(crate) const ANNOTATION: &str = "Doc_0/Annots/Page_0/Annotation.xml";
pub(crate) const ATTACHMENT: &str = "Doc_0/Attachs/price.xml";
pub(crate) const LIST: &str = "Doc_0/Signs/Signatures.xml";
pub(crate) const DESCRIPTION: &str = "Doc_0/Signs/Sign_0/Signature.xml";
pub(crate) const VALUE: &str = "Doc_0/Signs/Sign_0/SignedValue.dat";
pub(crate) const SEAL: &str = "Doc_0/Signs/Sign_0/Seal.esl";

const NAMESPACE: &str = "xmlns:ofd=\"http://www.ofdspec.org/2016\"";

/// One XML file.
pub(crate) fn xml(root: &str, content: &str) -> Vec<u8> {
    format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<ofd:{root} {NAMESPACE}>{content}</ofd:{root}>")
        .into_bytes()
}

/// A line of text on a page.
pub(crate) fn text(id: u32, y: u32, line: &str) -> String {
    format!(
        "<ofd:TextObject ID=\"{id}\" Boundary=\"20 {y} 120 8\" Font=\"1\" Size=\"6\"><ofd:TextCode X=\"0\" Y=\"6\">{line}</ofd:TextCode></ofd:TextObject>"
    )
}

/// An annotation that shows a line.
pub(crate) fn annotation(id: u32, line: &str) -> Vec<u8> {
    let appearance =
        format!("<ofd:Appearance Boundary=\"20 60 120 8\">{}</ofd:Appearance>", text(id + 1, 0, line));
    let annot = format!(
        "<ofd:Annot ID=\"{id}\" Type=\"Watermark\" Creator=\"lab\" LastModDate=\"2026-03-01\">{appearance}</ofd:Annot>"
    );
    xml("PageAnnot", &annot)
}

/// One pixel: black, or white.
pub(crate) fn pixel(is_white: bool) -> Vec<u8> {
    const HEAD: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\0\0\0\0\x3a\x7e\x9b\x55";
    const BLACK: &[u8] = b"\0\0\0\x0aIDAT\x78\xda\x63\x60\0\0\0\x02\0\x01\xe5\x27\xde\xfc";
    const WHITE: &[u8] = b"\0\0\0\x0aIDAT\x78\xda\x63\xf8\x0f\0\x01\x01\x01\0\x1c\xb0\x8c\x99";
    const END: &[u8] = b"\0\0\0\0IEND\xaeB`\x82";
    [HEAD, if is_white { WHITE } else { BLACK }, END].concat()
}

/// The unsigned contract: two pages, a template, a picture, an annotation, an attachment and custom tags.
pub(crate) fn contract() -> Files {
    let mut files = Files::from_zip(&testkit::lab::document());
    files.edit("Doc_0/Document.xml", |text| {
        text.replace(
            "</ofd:CommonData>",
            "<ofd:TemplatePage ID=\"20\" BaseLoc=\"Tpls/Tpl_0/Content.xml\"/></ofd:CommonData>",
        )
        .replace(
            "</ofd:Pages>",
            "</ofd:Pages><ofd:Annotations>Annots/Annotations.xml</ofd:Annotations>\
             <ofd:CustomTags>Tags/CustomTags.xml</ofd:CustomTags>\
             <ofd:Attachments>Attachs/Attachments.xml</ofd:Attachments>",
        )
    });
    files.edit(PAGE, |page| {
        let picture = "<ofd:ImageObject ID=\"30\" Boundary=\"150 20 10 10\" ResourceID=\"21\"/></ofd:Layer>";
        page.replace("<ofd:Content>", "<ofd:Template TemplateID=\"20\"/><ofd:Content>")
            .replace("</ofd:Layer>", picture)
    });
    files.edit("Doc_0/PublicRes.xml", |text| {
        let media = "<ofd:MultiMedias><ofd:MultiMedia ID=\"21\" Type=\"Image\"><ofd:MediaFile>image_0.png</ofd:MediaFile></ofd:MultiMedia></ofd:MultiMedias></ofd:Res>";
        let based = if text.contains("BaseLoc=") { text.to_owned() } else { text.replacen("<ofd:Res ", "<ofd:Res BaseLoc=\"Res\" ", 1) };
        based.replace("</ofd:Res>", media)
    });
    files.add(IMAGE, pixel(false));
    let header = format!(
        "<ofd:Content><ofd:Layer ID=\"22\">{}</ofd:Layer></ofd:Content>",
        text(23, 10, "甲方：测试单位")
    );
    files.add(TEMPLATE, xml("Page", &header));
    let page = "<ofd:Page PageID=\"3\"><ofd:FileLoc>Page_0/Annotation.xml</ofd:FileLoc></ofd:Page>";
    files.add("Doc_0/Annots/Annotations.xml", xml("Annotations", page));
    files.add(ANNOTATION, annotation(24, "正本"));
    let attachment = "<ofd:Attachment ID=\"26\" Name=\"price\" Format=\"xml\"><ofd:FileLoc>price.xml</ofd:FileLoc></ofd:Attachment>";
    files.add("Doc_0/Attachs/Attachments.xml", xml("Attachments", attachment));
    files.add(ATTACHMENT, "<price>10600.00</price>");
    let tag = "<ofd:CustomTag TypeID=\"price\"><ofd:FileLoc>tags.xml</ofd:FileLoc></ofd:CustomTag>";
    files.add("Doc_0/Tags/CustomTags.xml", xml("CustomTags", tag));
    files.add("Doc_0/Tags/tags.xml", "<tags><amount>5</amount></tags>");
    files
}

/// How a document is sealed.
pub(crate) struct Sealing<'a> {
    pub(crate) mode: Mode,
    pub(crate) stamps: Vec<Stamp>,
    /// Files that the signature leaves out, as some writers do.
    pub(crate) uncovered: &'a [&'a str],
    pub(crate) seal: SealSpec,
    pub(crate) value: ValueSpec,
}

impl Sealing<'_> {
    pub(crate) fn good(mode: Mode) -> Self {
        let stamps = vec![Stamp::at(0, 120.0, 200.0, 40.0, 40.0)];
        Self { mode, stamps, uncovered: &[], seal: SealSpec::good(), value: ValueSpec::good() }
    }

    /// Seals; `change` changes the description before it is signed.
    pub(crate) fn seal_changing(self, document: &Files, change: impl Fn(&str) -> String) -> Files {
        let seal = self.seal.write();
        let (mut files, folder) = prepared(document, Kind::Seal(seal.clone()), self.stamps, self.mode);
        let path = format!("{folder}/Signature.xml");
        let text = String::from_utf8(files.get(&path).to_vec()).expect("text");
        let text = self.uncovered.iter().fold(text, |text, file| without_reference(&text, file));
        files.set(&path, change(&text).into_bytes());
        let value = self.value.write(&seal, files.get(&path), &format!("/{path}"));
        files.set(&format!("{folder}/SignedValue.dat"), value);
        files
    }

    pub(crate) fn seal(self, document: &Files) -> Files {
        self.seal_changing(document, str::to_owned)
    }
}

/// A document prepared for a signature, and the folder of the signature.
pub(crate) fn prepared(document: &Files, kind: Kind, stamps: Vec<Stamp>, mode: Mode) -> (Files, String) {
    let provider = Provider { name: "lab".to_owned(), version: None, company: None };
    let placement = Placement { body: 0, kind, stamps, provider, signing_time: at(SIGNED_AT), mode };
    let prepared = prepare(&document.to_zip(), &placement, &Limits::default()).expect("a document to sign");
    let path = prepared.property_info();
    let folder = path.trim_start_matches('/').trim_end_matches("/Signature.xml").to_owned();
    let embedded = embed(&prepared, b"value to come", &Limits::default()).expect("room for a value");
    (Files::from_zip(&embedded), folder)
}

/// The description without one reference.
pub(crate) fn without_reference(text: &str, path: &str) -> String {
    let start = text.find(&format!("<ofd:Reference FileRef=\"/{path}\"")).expect("a reference");
    let end = start + text[start..].find("</ofd:Reference>").expect("its end") + "</ofd:Reference>".len();
    format!("{}{}", &text[..start], &text[end..])
}

/// Sealed and locked.
pub(crate) fn locked() -> Files {
    Sealing::good(Mode::Lock).seal(&contract())
}

/// Sealed, open to further signatures.
pub(crate) fn open() -> Files {
    Sealing::good(Mode::Continue).seal(&contract())
}

/// Sealed as many writers do it: `uncovered` is left out.
pub(crate) fn loose(uncovered: &[&str]) -> Files {
    Sealing { uncovered, ..Sealing::good(Mode::Continue) }.seal(&contract())
}

/// Sealed twice, by two organisations.
pub(crate) fn twice() -> Files {
    let second = Sealing {
        stamps: vec![Stamp::at(0, 40.0, 200.0, 40.0, 40.0)],
        value: ValueSpec::by(&pki().second),
        ..Sealing::good(Mode::Continue)
    };
    second.seal(&open())
}
