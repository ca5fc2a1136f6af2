//! What a later signer, or whoever may change an open file, adds where an honest one adds nothing: files that programs look
//! for by name, files of OFD that nothing leads to, names that two readers take for different files, and what the schema
//! does not know in the files that stay open.

use formats::ofd::{Kind, Mode, Stamp};
use sealbridge_verify as verify;
use testkit::lab::{Files, SealSpec, ValueSpec};
use testkit::pki::pki;
use verify::catalogue as rule;

use crate::Case;
use crate::archive::{Entry, entries, write_deflated};
use crate::base::{
    FORGED, LIST, ROOT, open_entry, page_with, plain_contract, png, prepared, rich_contract, sealed,
    two_seals, xml,
};

/// The attachment of the rich contract, under a Chinese name.
const QUOTE: &str = "Doc_0/Attachs/报价.txt";

pub(crate) fn cases() -> Vec<Case> {
    let mut all = files();
    all.extend(honest_files());
    all.extend(names());
    all.extend(schema());
    all.extend(attached());
    all
}

/// Stands for a file that the product's own writer does not sign beside, until the description is written.
const PROTECTED: [&str; 2] = ["OFDEntries.xml", "later.xml"];

/// The second party's seal over everything that is there by then.
fn second_seal(files: &Files) -> Files {
    let [name, stands] = PROTECTED;
    let seal = SealSpec::good().write();
    let stamps = vec![Stamp::at(0, 40.0, 200.0, 40.0, 40.0)];
    let mut ready = prepared(&files.to_zip(), Kind::Seal(seal.clone()), Mode::Continue, stamps);
    if let Some(file) = ready.files.list.iter_mut().find(|file| file.name == stands) {
        name.clone_into(&mut file.name);
        ready = ready.describing(|text| text.replace(stands, name));
    }
    ready.sealed(&seal, &ValueSpec::by(&pki().second))
}

/// Sealed by the first party, then with these files by the second one.
fn later(added: &[(&str, String)]) -> Files {
    let mut files = sealed(&plain_contract(), Mode::Continue);
    for (name, content) in added {
        files.add(name, content.clone());
    }
    second_seal(&files)
}

/// The entry to encryption (GM/T 0099): readers that know of it show what they decrypt.
fn encryptions() -> String {
    let inside = "<ofd:EncryptInfo ID=\"1\"><ofd:Provider Name=\"x\"/><ofd:DecryptSeedLoc>/seed.dat</ofd:DecryptSeedLoc>\
                  <ofd:EntriesMapLoc>/map.dat</ofd:EntriesMapLoc></ofd:EncryptInfo>";
    xml("Encryptions", "", inside)
}

fn files() -> Vec<Case> {
    let case = |added: &[(&str, String)], name, zh, en| {
        let case = Case::of(&later(added), name).says(zh, en);
        case.unknown(&rule::ADDED_FILES).unknown(&rule::COVERAGE_ADDED)
    };
    let cipher = || "0123456789abcdef".repeat(4);
    let mut pictured = sealed(&rich_contract(), Mode::Continue);
    pictured.add("Doc_0/image.png", png([0, 0, 0xC0]));
    let pictured = second_seal(&pictured);
    vec![
        case(
            &[("Encryptions.xml", encryptions()), ("seed.dat", cipher()), ("map.dat", cipher())],
            "encryption-added-later",
            "后签者加入加密入口文件 Encryptions.xml，支持加密的软件以解密内容代替前一签名人所签的内容",
            "a later signer adds Encryptions.xml: readers that know of encryption show what they decrypt in the place of what the first one signed",
        ),
        case(
            &[("ENCRYPTIONS.XML", encryptions()), ("seed.dat", cipher()), ("map.dat", cipher())],
            "encryption-added-in-capitals",
            "同上，文件名为大写",
            "the same with its name in capitals",
        ),
        case(
            &[(PROTECTED[1], xml("OFDEntries", "", "")), ("signedvalue.dat", cipher())],
            "integrity-list-added-later",
            "后签者加入完整性保护清单 OFDEntries.xml",
            "a later signer adds a list of integrity protection, OFDEntries.xml",
        ),
        case(
            &[
                ("[Content_Types].xml", "<Types/>".to_owned()),
                ("_rels/.rels", "<Relationships/>".to_owned()),
                ("word/document.xml", format!("<document>{FORGED}</document>")),
            ],
            "office-document-added-later",
            "后签者加入 Office 文档的部件，同一文件在办公软件里是另一份文档",
            "a later signer adds the parts of an Office document: to another program the file is that one",
        ),
        case(
            &[("Pages/Page_0/Content.xml", page_with(FORGED))],
            "page-nothing-leads-to-added-later",
            "后签者加入一个无处引用的页面，以包根目录解析相对路径的软件会显示它",
            "a later signer adds a page that nothing leads to: readers that resolve paths from the root of the package show it",
        ),
        Case::of(&pictured, "picture-in-another-folder-added-later")
            .says(
                "后签者在另一文件夹加入与页面图片同名的图片，不理会 BaseLoc 的软件会显示它",
                "a later signer adds a picture with the name of one of the page in another folder: readers that pass over BaseLoc show it",
            )
            .unknown(&rule::ADDED_FILES)
            .unknown(&rule::COVERAGE_ADDED),
    ]
}

/// What an honest signer adds, or had there from the beginning.
fn honest_files() -> Vec<Case> {
    let cipher = || "0123456789abcdef".repeat(4);
    let mut early = Files::from_zip(&plain_contract());
    early.add("Encryptions.xml", encryptions()).add("seed.dat", cipher()).add("map.dat", cipher());
    vec![
        Case::control(&later(&[("Doc_0/notes.txt", "已归档".to_owned())]), "control-notes-added-later")
            .says("后签者加入一份无处引用的说明", "a later signer adds notes that nothing leads to"),
        Case::control(&second_seal(&sealed(&early.to_zip(), Mode::Continue)), "control-encryption-covered")
            .says(
                "加密入口文件在第一个签章之前已在，受每个签章保护",
                "the entry to encryption was there before the first seal, and every seal covers it",
            ),
    ]
}

/// A sealed contract whose attachment has a Chinese name, and the entry of that changed.
fn named(change: impl Fn(&mut Entry)) -> Vec<u8> {
    let mut files = Files::from_zip(&rich_contract());
    files.edit("Doc_0/Attachs/Attachments.xml", |text| text.replace("quote.txt", "报价.txt"));
    QUOTE.clone_into(&mut files.file("Doc_0/Attachs/quote.txt").name);
    let mut list = entries(&sealed(&files.to_zip(), Mode::Lock));
    change(list.iter_mut().find(|entry| entry.local == QUOTE).expect("the attachment"));
    write_deflated(&list)
}

/// The name in GBK.
fn in_gbk(entry: &mut Entry) {
    entry.name_bytes = Some([&b"Doc_0/Attachs/"[..], &[0xB1, 0xA8, 0xBC, 0xDB], b".txt"].concat());
}

fn names() -> Vec<Case> {
    let ambiguous =
        |ofd, name, zh, en| Case::of_bytes(ofd, name).says(zh, en).unknown(&rule::CONTAINER_NAMES);
    // The bytes of 附件 in UTF-8, read as GBK.
    let mut dangling = Files::from_zip(&plain_contract());
    dangling.edit(ROOT, |text| {
        text.replace("</ofd:Pages>", "</ofd:Pages><ofd:Annotations>闄勪欢.xml</ofd:Annotations>")
    });
    let page = "<ofd:Page PageID=\"3\"><ofd:FileLoc>/Doc_0/a.xml</ofd:FileLoc></ofd:Page>";
    dangling.add("Doc_0/附件.xml", xml("Annotations", "", page));
    let mut list = entries(&sealed(&dangling.to_zip(), Mode::Lock));
    let entry = list.iter_mut().find(|entry| entry.local == "Doc_0/附件.xml").expect("the file");
    entry.clears_utf8 = true;
    vec![
        ambiguous(
            write_deflated(&list),
            "name-that-is-another-in-gbk",
            "文件名不带 UTF-8 标志，按 GBK 读取时恰为文档所引用而缺失的批注文件",
            "a name without the flag of UTF-8 which is, read as GBK, that of the annotations which the document names and which are missing",
        ),
        ambiguous(
            named(in_gbk),
            "name-in-gbk-flagged-as-utf-8",
            "GBK 编码的文件名却带有 UTF-8 标志，部分软件找不到该附件",
            "a name in GBK with the flag of UTF-8: some readers do not find the attachment",
        ),
        Case::control(&Files::from_zip(&named(|_| {})), "control-name-in-utf-8")
            .says("附件使用中文文件名", "an attachment with a Chinese name"),
        Case::of_bytes(named(|entry| entry.clears_utf8 = true), "control-name-without-flag").says(
            "附件的中文文件名是 UTF-8 而不带标志",
            "the Chinese name of an attachment is UTF-8 without the flag that says so",
        ),
        Case::of_bytes(
            named(|entry| {
                in_gbk(entry);
                entry.clears_utf8 = true;
            }),
            "control-name-in-gbk",
        )
        .says("附件的中文文件名是 GBK", "the Chinese name of an attachment is in GBK"),
    ]
}

/// Things in open files that the schema does not know.
fn schema() -> Vec<Case> {
    let edited = |mut files: Files, name: &str, from: &str, to: &str| {
        files.edit(name, |text| {
            assert!(text.contains(from), "{text}");
            text.replacen(from, to, 1)
        });
        files
    };
    let listed = |from: &str, to: &str| edited(two_seals(Mode::Continue), LIST, from, to);
    let entered = |to: &str| edited(open_entry(&plain_contract()), "OFD.xml", "</ofd:DocBody>", to);
    let case =
        |files: &Files, name, zh, en| Case::of(files, name).says(zh, en).unknown(&rule::DOCUMENT_AMBIGUOUS);
    vec![
        case(
            &listed("<ofd:Signature ", "<ofd:Withdrawn ID=\"s001\"/><ofd:Signature "),
            "element-unknown-in-open-list",
            "未锁定的签名列表里有标准中没有的元素",
            "the open list of signatures has an element that the standard does not know",
        ),
        case(
            &listed(" Type=\"Seal\"", " Hidden=\"true\" Type=\"Seal\""),
            "attribute-unknown-in-open-list",
            "列表条目有标准中没有的属性",
            "an entry of the open list has an attribute that the standard does not know",
        ),
        case(
            &listed(" Type=\"Seal\"", " xmlns:x=\"urn:x\" x:state=\"revoked\" Type=\"Seal\""),
            "attribute-of-another-namespace-in-open-list",
            "列表条目有其他命名空间的属性",
            "an entry of the open list has an attribute of another namespace",
        ),
        case(
            &listed("<ofd:MaxSignId>", "作废<ofd:MaxSignId>"),
            "text-in-open-list",
            "签名列表的元素之间写有文字",
            "the open list has text between its elements",
        ),
        case(
            &listed("s003", "s001"),
            "id-twice-in-open-list",
            "两个签章使用同一个标识，按标识查找的软件只看到其中一个",
            "two seals have one id: readers that look by id see one of them",
        ),
        case(
            &entered("<x:Mirror xmlns:x=\"urn:x\">Doc_9/Document.xml</x:Mirror></ofd:DocBody>"),
            "element-of-another-namespace-in-open-entry",
            "未受保护的入口文件里有其他命名空间的元素",
            "the entry file, which is not covered, has an element of another namespace",
        ),
        case(
            &entered("<Permissions>print</Permissions></ofd:DocBody>"),
            "element-without-namespace-in-open-entry",
            "未受保护的入口文件里有不属于任何命名空间的元素",
            "the entry file, which is not covered, has an element of no namespace",
        ),
    ]
}

/// XML of others as attachments.
const ATTACHED: [(&str, &str); 5] = [
    (
        "pain.xml",
        "<Document xmlns=\"urn:iso:std:iso:20022:tech:xsd:pain.001.001.03\"><CstmrCdtTrfInitn/></Document>",
    ),
    (
        "signature.xml",
        "<Signature xmlns=\"http://www.w3.org/2000/09/xmldsig#\"><SignedInfo/><SignatureValue>AA==</SignatureValue></Signature>",
    ),
    (
        "signatures.xml",
        "<Signatures xmlns=\"http://uri.etsi.org/02918/v1.2.1#\"><Signature xmlns=\"http://www.w3.org/2000/09/xmldsig#\"/></Signatures>",
    ),
    (
        "drawing.svg",
        "<!DOCTYPE svg PUBLIC \"-//W3C//DTD SVG 1.1//EN\" \"http://www.w3.org/Graphics/SVG/1.1/DTD/svg11.dtd\" [<!ENTITY ns_svg \"http://www.w3.org/2000/svg\">]><svg xmlns=\"&ns_svg;\"/>",
    ),
    (
        "report.xbrl",
        "<xbrl xmlns=\"http://www.xbrl.org/2003/instance\"><context id=\"c\"><entity/></context></xbrl>",
    ),
];

/// A contract with attachments, the entry file left open.
fn attaching(attached: &[(&str, &str)]) -> Files {
    let mut files = Files::from_zip(&rich_contract());
    for (at, (name, content)) in attached.iter().enumerate() {
        let entry = format!(
            "<ofd:Attachment ID=\"{}\" Name=\"{name}\"><ofd:FileLoc>{name}</ofd:FileLoc></ofd:Attachment>",
            200 + at
        );
        files.edit("Doc_0/Attachs/Attachments.xml", |text| {
            text.replace("</ofd:Attachments>", &format!("{entry}</ofd:Attachments>"))
        });
        files.add(&format!("Doc_0/Attachs/{name}"), *content);
    }
    open_entry(&files.to_zip())
}

fn attached() -> Vec<Case> {
    let pages = "<Document xmlns=\"urn:x\"><CommonData/><Pages><Page ID=\"3\" BaseLoc=\"/Doc_0/Pages/Page_1/Content.xml\"/></Pages></Document>";
    vec![
        Case::control(&attaching(&ATTACHED), "control-attached-xml-of-others").says(
            "附件是其他标准的 XML（ISO 20022、XMLDSig、ASiC、SVG、XBRL），入口文件未受保护",
            "XML of other standards is attached (ISO 20022, XMLDSig, ASiC, SVG, XBRL), the entry file left open",
        ),
        Case::of(&attaching(&[("plan.xml", pages)]), "attached-root-in-another-namespace")
            .says(
                "附件是其他命名空间的主文档，入口文件可改指向它，只看元素名的软件会显示它",
                "a document root in another namespace is attached: the entry file can be led there, and readers that go by names alone show it",
            )
            .unknown(&rule::COVERAGE_ENTRY),
    ]
}
