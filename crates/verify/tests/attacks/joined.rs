//! What somebody does with files that an earlier signer left open: the entry file led elsewhere, with a later seal over it
//! or without, signatures hidden behind other names, and documents that share their files. They come after all others in
//! the suite, so that the bytes of those stay.

use formats::ofd::{Kind, Mode, Stamp};
use sealbridge_verify as verify;
use testkit::lab::{Files, SealSpec, ValueSpec};
use testkit::pki::pki;
use verify::catalogue as rule;

use crate::Case;
use crate::base::{
    AMOUNT, DESCRIPTION, FORGED, LIST, PAGE, ROOT, contract, described, open_entry, plain_contract, prepared,
    sealed, versions, without_reference, xml,
};
use crate::content::add_shadow;

/// Another list beside the one in use.
const OTHER_LIST: &str = "Doc_0/Signs/Others.xml";
/// The description of the second signature.
const SECOND: &str = "Doc_0/Signs/Sign_1/Signature.xml";

pub(crate) fn cases() -> Vec<Case> {
    let mut all = hidden();
    all.extend(other_lists());
    all.extend(led_elsewhere());
    all.extend(shared());
    all
}

/// The second party's seal beside what is there. It covers the entry file, unless that is left open too.
fn second_seal(files: &Files, mode: Mode, is_open: bool) -> Files {
    let seal = SealSpec::good().write();
    let stamps = vec![Stamp::at(0, 40.0, 200.0, 40.0, 40.0)];
    let prepared = prepared(&files.to_zip(), Kind::Seal(seal.clone()), mode, stamps);
    let prepared =
        if is_open { prepared.describing(|text| without_reference(text, "/OFD.xml")) } else { prepared };
    prepared.sealed(&seal, &ValueSpec::by(&pki().second))
}

/// Sealed by two parties, the entry file left open by both.
fn two_open(mode: Mode) -> Files {
    second_seal(&open_entry(&plain_contract()), mode, true)
}

/// A list of signatures with entries of these ids and descriptions.
fn list_of(entries: &[(&str, &str)]) -> String {
    let entries = entries
        .iter()
        .map(|(id, path)| format!("<ofd:Signature ID=\"{id}\" Type=\"Seal\" BaseLoc=\"/{path}\"/>"));
    let entries: String = entries.collect();
    xml("Signatures", "", &format!("<ofd:MaxSignId>s099</ofd:MaxSignId>{entries}"))
}

/// A document of the package with this root, and nothing else.
fn body_of(root: &str, inside: &str) -> String {
    let info = format!("<ofd:DocInfo><ofd:DocID>{:032x}</ofd:DocID>{inside}</ofd:DocInfo>", 77);
    let root = if root.is_empty() { String::new() } else { format!("<ofd:DocRoot>{root}</ofd:DocRoot>") };
    format!("<ofd:DocBody>{info}{root}</ofd:DocBody>")
}

fn add_body(files: &mut Files, body: &str, is_first: bool) {
    files.edit("OFD.xml", |text| {
        if is_first {
            text.replacen("<ofd:DocBody>", &format!("{body}<ofd:DocBody>"), 1)
        } else {
            text.replace("</ofd:OFD>", &format!("{body}</ofd:OFD>"))
        }
    });
}

/// The first seal is taken out of the list, and something still leads to its description.
fn hidden() -> Vec<Case> {
    let two = two_open(Mode::Continue);
    let mut unlisted = two.clone();
    unlisted.set(LIST, list_of(&[("s003", SECOND)]).into_bytes());
    let cover = format!("<ofd:Cover>{DESCRIPTION}</ofd:Cover>");
    let mut as_cover = unlisted.clone();
    as_cover.edit("OFD.xml", |text| text.replace("</ofd:DocInfo>", &format!("{cover}</ofd:DocInfo>")));
    let mut of_other = unlisted.clone();
    add_body(&mut of_other, &body_of("", &cover), false);
    let mut as_version = unlisted;
    as_version.edit("OFD.xml", |text| {
        let version = format!("<ofd:Version ID=\"v1\" Index=\"1\" BaseLoc=\"{DESCRIPTION}\"/>");
        text.replace("</ofd:DocRoot>", &format!("</ofd:DocRoot><ofd:Versions>{version}</ofd:Versions>"))
    });
    vec![
        Case::control(&two, "control-two-seals-open-entry").says(
            "两个单位先后盖章，都未保护入口文件",
            "sealed by two parties, neither of which covers the entry file",
        ),
        Case::of(&as_cover, "unlisted-named-as-cover")
            .says(
                "第一个签章从列表中删去，其描述文件被写成封面",
                "the first seal is taken out of the list, and its description is named as the cover",
            )
            .unknown(&rule::SIGNATURES_UNLISTED),
        Case::of(&of_other, "unlisted-named-by-empty-document")
            .says(
                "第一个签章从列表中删去，其描述文件由另一个没有主文档的 DocBody 引用",
                "the first seal is taken out of the list, and a second document without a root names its description",
            )
            .unknown(&rule::SIGNATURES_UNLISTED)
            .unknown(&rule::COVERAGE_ENTRY),
        Case::of(&as_version, "unlisted-named-as-version")
            .says(
                "第一个签章从列表中删去，其描述文件被写成版本",
                "the first seal is taken out of the list, and its description is named as a version",
            )
            .unknown(&rule::SIGNATURES_UNLISTED)
            .unknown(&rule::DOCUMENT_STRUCTURE),
    ]
}

/// The list that is locked stays as it is, and the entry file is led to another one.
fn other_lists() -> Vec<Case> {
    let led = |files: &Files, list: &str| {
        let mut files = files.clone();
        files.add(OTHER_LIST, list.to_owned());
        files.edit("OFD.xml", |text| text.replace(LIST, OTHER_LIST));
        files
    };
    let locked = two_open(Mode::Lock);
    let dropped = led(&locked, &list_of(&[("s003", SECOND)]));
    // The honest writer refuses to add a seal to a locked document: its files come from one that is not.
    let mut added = described(&plain_contract(), Mode::Lock, |text| without_reference(text, "/OFD.xml"));
    let donor = two_open(Mode::Continue);
    for file in donor.list.iter().filter(|file| file.name.contains("/Sign_1/")) {
        added.add(&file.name, file.data.clone());
    }
    let added = led(&added, &list_of(&[("s001", DESCRIPTION), ("s003", SECOND)]));
    let mut kept = Files::from_zip(&plain_contract());
    kept.add("Doc_0/Old.xml", list_of(&[]));
    vec![
        Case::control(&locked, "control-locked-open-entry").says(
            "两个单位先后盖章，第二个锁定全文，都未保护入口文件",
            "sealed by two parties, the second locks the document; neither covers the entry file",
        ),
        Case::of(&dropped, "other-list-after-lock-drops-seal")
            .says(
                "锁定之后入口文件改指另一份签名列表，第一个签章不在其中",
                "after the lock the entry file is led to another list, without the first seal",
            )
            .bad(&rule::LOCK)
            .unknown(&rule::SIGNATURES_UNLISTED),
        Case::of(&added, "other-list-after-lock-adds-seal")
            .says(
                "锁定之后入口文件改指另一份签名列表，其中多出一个签章",
                "after the lock the entry file is led to another list, with one more seal",
            )
            .bad(&rule::LOCK),
        Case::of(&open_entry(&kept.to_zip()), "other-list-covered")
            .says(
                "所保护的文件中另有一份未采用的签名列表，入口文件可改指向它",
                "a list of signatures that is not in use is among what is covered: the entry file can be led there",
            )
            .unknown(&rule::LOCK),
        Case::control(&sealed(&kept.to_zip(), Mode::Continue), "control-other-list-covered").says(
            "包内另有一份未采用的签名列表，入口文件受保护",
            "a list of signatures that is not in use; the entry file is covered",
        ),
    ]
}

/// Another root is put beside the first party's, the entry file is changed for it, and the second party covers both.
fn shadowed(change: impl Fn(&str, &str) -> String) -> Files {
    let mut files = open_entry(&plain_contract());
    let shadow = add_shadow(&mut files);
    files.edit("OFD.xml", |text| change(text, shadow));
    second_seal(&files, Mode::Continue, false)
}

/// The second party changes the entry file that the first one left open, and covers it.
fn led_elsewhere() -> Vec<Case> {
    let first = open_entry(&plain_contract());
    let mut old_root = open_entry(&versions().to_zip());
    old_root.edit("OFD.xml", |text| {
        text.replace(&format!("<ofd:DocRoot>{ROOT}<"), "<ofd:DocRoot>Doc_0/Document_1.xml<")
    });
    let two_roots = shadowed(|text, shadow| {
        text.replace("</ofd:DocRoot>", &format!("</ofd:DocRoot><ofd:DocRoot>{shadow}</ofd:DocRoot>"))
    });
    let foreign = shadowed(|text, shadow| {
        let root = format!("<DocRoot xmlns=\"urn:test\">{shadow}</DocRoot>");
        text.replace("</ofd:DocRoot>", &format!("</ofd:DocRoot>{root}"))
    });
    let document =
        shadowed(|text, shadow| text.replace("</ofd:OFD>", &format!("{}</ofd:OFD>", body_of(shadow, ""))));
    let mut hidden = first.clone();
    hidden.edit(LIST, |text| text.replacen("<ofd:Signature ", "<Signature xmlns=\"urn:test\" ", 1));
    vec![
        Case::control(&second_seal(&first, Mode::Continue, false), "control-second-covers-entry").says(
            "第一个签章未保护入口文件，第二个保护",
            "the first seal leaves the entry file open, the second covers it",
        ),
        Case::of(&second_seal(&old_root, Mode::Continue, false), "second-seal-on-old-version")
            .says(
                "第二个单位把入口文件改指旧版本后盖章，第一个单位未保护入口文件",
                "the second party leads the entry file to an earlier version and seals it; the first left it open",
            )
            .unknown(&rule::COVERAGE_ENTRY),
        Case::of(&two_roots, "second-seal-two-roots")
            .says(
                "第二个单位在入口文件中加入第二个 DocRoot 后盖章",
                "the second party adds a second DocRoot to the entry file and seals it",
            )
            .unknown(&rule::DOCUMENT_AMBIGUOUS)
            .unknown(&rule::COVERAGE_ENTRY),
        Case::of(&foreign, "second-seal-foreign-root")
            .says(
                "第二个单位在入口文件中加入其他命名空间的 DocRoot 后盖章",
                "the second party adds a DocRoot of another namespace to the entry file and seals it",
            )
            .unknown(&rule::DOCUMENT_AMBIGUOUS)
            .unknown(&rule::COVERAGE_ENTRY),
        Case::of(&document, "second-seal-adds-document")
            .says(
                "第二个单位在包内加入另一份文档后盖章",
                "the second party adds another document to the package and seals it",
            )
            .unknown(&rule::COVERAGE_ENTRY),
        Case::of(&second_seal(&hidden, Mode::Lock, false), "second-seal-locks-odd-list")
            .says(
                "第二个单位先把列表中的第一个签章改为其他命名空间，再盖章并锁定",
                "the second party puts the first seal of the list into another namespace, then seals and locks the document",
            )
            .unknown(&rule::DOCUMENT_AMBIGUOUS),
    ]
}

/// Documents of one package that lead to the same files.
fn shared() -> Vec<Case> {
    // Another document of one page, which is the first page of the contract.
    let add_other = |files: &mut Files, is_first: bool| {
        let root = String::from_utf8(files.get(ROOT).to_vec()).expect("text");
        let root = root
            .replace("Pages/Page_", "/Doc_0/Pages/Page_")
            .replace(">PublicRes.xml", ">/Doc_0/PublicRes.xml");
        files.add("Doc_9/Document.xml", root);
        add_body(files, &body_of("Doc_9/Document.xml", ""), is_first);
    };
    let mut honest = Files::from_zip(&contract(5, AMOUNT, 2));
    add_other(&mut honest, false);
    let mut forged = described(&plain_contract(), Mode::Continue, |text| {
        without_reference(&without_reference(text, "/OFD.xml"), &format!("/{PAGE}"))
    });
    forged.edit(PAGE, |text| text.replace(AMOUNT, FORGED));
    add_other(&mut forged, true);
    let forged = second_seal(&forged, Mode::Continue, false);
    let mut twin = open_entry(&plain_contract());
    add_body(&mut twin, &body_of(ROOT, ""), true);
    let mut empty = open_entry(&plain_contract());
    add_body(&mut empty, &body_of("", ""), true);
    vec![
        Case::control(&sealed(&honest.to_zip(), Mode::Continue), "control-documents-share-pages").says(
            "同一包内两份文档共用页面，一个签章保护全部",
            "two documents of one package share their pages, and one seal covers everything",
        ),
        Case::of(&forged, "shared-page-not-covered")
            .says(
                "第一个签章未保护一页；该页改动后由前面另一份文档共用，并由其签章保护",
                "a page that the first seal leaves open is changed, shared by another document in front, and covered by the seal of that",
            )
            .unknown(&rule::COVERAGE)
            .unknown(&rule::COVERAGE_ENTRY),
        Case::of(&twin, "unsigned-twin-before")
            .says(
                "前面加入一个指向同一主文档而无签名列表的 DocBody，文档看似无签章",
                "a document with the same root and no list of signatures in front: it looks unsigned",
            )
            .unknown(&rule::COVERAGE_ENTRY),
        Case::of(&empty, "document-without-root-before")
            .says(
                "前面加入一个没有主文档的 DocBody",
                "a document without a root in front",
            )
            .unknown(&rule::COVERAGE_ENTRY),
    ]
}
