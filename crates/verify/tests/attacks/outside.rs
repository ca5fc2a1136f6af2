//! What a signer writes into the description of his own signature beside what the schema has: readers that search all of
//! it, take the last one, or pass over case and namespaces see another seal, another place of it, or another value.

use formats::ofd::{Kind, Mode, Stamp};
use sealbridge_verify as verify;
use testkit::lab::{Files, PlainForm, PlainSpec, SealSpec, ValueSpec};
use testkit::pki::pki;
use verify::catalogue as rule;

use crate::Case;
use crate::base::{LIST, plain_contract, png, prepared, sealed};

/// All of the first page.
const WHOLE: &str = "ID=\"s901\" PageRef=\"3\" Boundary=\"0 0 210 297\"";

pub(crate) fn cases() -> Vec<Case> {
    let mut all = stamps();
    all.extend(seals());
    all.extend(honest());
    all.extend(open_files());
    all
}

/// Sealed by the first party, then by the second one, whose description is his own.
fn later(change: impl Fn(&str) -> String) -> Files {
    let seal = SealSpec::good().write();
    let first = sealed(&plain_contract(), Mode::Continue).to_zip();
    let stamps = vec![Stamp::at(0, 40.0, 200.0, 40.0, 40.0)];
    prepared(&first, Kind::Seal(seal.clone()), Mode::Continue, stamps)
        .describing(change)
        .sealed(&seal, &ValueSpec::by(&pki().second))
}

/// The same with more inside the signed part, and with more at the end.
fn inside(more: &str) -> Files {
    later(|text| text.replace("</ofd:SignedInfo>", &format!("{more}</ofd:SignedInfo>")))
}

fn at_end(more: &str) -> Files {
    later(|text| text.replace("</ofd:Signature>", &format!("{more}</ofd:Signature>")))
}

fn case(files: &Files, name: &'static str, zh: &'static str, en: &'static str) -> Case {
    Case::of(files, name).says(zh, en).unknown(&rule::DOCUMENT_AMBIGUOUS)
}

fn stamps() -> Vec<Case> {
    let on_stamp =
        |more: &str| later(|text| text.replace("<ofd:StampAnnot ", &format!("<ofd:StampAnnot {more} ")));
    vec![
        case(
            &inside(&format!("<ofd:Group><ofd:StampAnnot {WHOLE}/></ofd:Group>")),
            "stamp-nested-in-description",
            "签名描述里另有一处印章外观套在未知元素中，逐层查找的软件以它盖住整页",
            "a stamp over the whole page nested in an unknown element of the description: readers that search all of it show it",
        ),
        case(
            &inside(&format!("<x:StampAnnot xmlns:x=\"urn:x\" {WHOLE}/>")),
            "stamp-in-another-namespace",
            "印章外观在其他命名空间，只看元素名的软件会显示它",
            "a stamp in another namespace: readers that go by names alone show it",
        ),
        case(
            &inside(&format!("<ofd:stampAnnot {WHOLE}/>")),
            "stamp-in-another-case",
            "印章外观的元素名大小写不同",
            "a stamp whose name has another case",
        ),
        case(
            &at_end(&format!("<ofd:StampAnnot {WHOLE}/>")),
            "stamp-outside-signed-info",
            "印章外观在 SignedInfo 之外",
            "a stamp outside SignedInfo",
        ),
        case(
            &at_end(&format!("<ofd:SignedInfo><ofd:StampAnnot {WHOLE}/></ofd:SignedInfo>")),
            "second-signed-info",
            "第二个 SignedInfo，取最后一个的软件按它显示",
            "a second SignedInfo: readers that take the last one show it",
        ),
        case(
            &on_stamp("ofd:Boundary=\"0 0 210 297\""),
            "stamp-with-prefixed-boundary",
            "印章外观另有带前缀的 Boundary",
            "a stamp that has a Boundary with a prefix as well",
        ),
        case(
            &on_stamp("boundary=\"0 0 210 297\""),
            "stamp-with-boundary-in-another-case",
            "印章外观另有小写的 boundary",
            "a stamp that has a boundary in small letters as well",
        ),
    ]
}

/// A plain signature of the second party with these in its description, and a picture in the place of a seal.
fn plain(place: &str, more: &str) -> Files {
    let mut first = sealed(&plain_contract(), Mode::Continue);
    first.add("Doc_0/Signs/Sign_1/Seal.esl", png([0xC0, 0, 0]));
    prepared(&first.to_zip(), Kind::Sign, Mode::Continue, Vec::new())
        .describing(|text| text.replace(place, &format!("{more}{place}")))
        .signed(&PlainSpec { signer: pki().second.clone(), ..PlainSpec::good(PlainForm::Attributes) })
}

fn seals() -> Vec<Case> {
    let seal = "<ofd:Seal><ofd:BaseLoc>/Doc_0/Signs/Sign_1/Seal.esl</ofd:BaseLoc></ofd:Seal>";
    let stamp = "<ofd:StampAnnot ID=\"s900\" PageRef=\"3\" Boundary=\"120 200 40 40\"/>";
    let value = "<ofd:SignedValue>/Doc_0/Signs/Sign_0/SignedValue.dat</ofd:SignedValue>";
    vec![
        case(
            &plain("</ofd:SignedInfo>", &format!("<ofd:Group>{stamp}{seal}</ofd:Group>")),
            "seal-nested-in-plain-signature",
            "数字签名的描述里套有印章与外观，印章文件只是一张图片",
            "a plain signature whose description has a seal and a stamp nested in it; the seal is a mere picture",
        ),
        case(
            &plain("</ofd:Signature>", &format!("{stamp}{seal}")),
            "seal-outside-signed-info",
            "数字签名的印章与外观在 SignedInfo 之外",
            "a plain signature with a seal and a stamp outside SignedInfo",
        ),
        case(
            &at_end(value),
            "signed-value-twice",
            "两个 SignedValue，后一个指向前一签名人的签名值",
            "two SignedValue, the latter with the value of the first signer",
        ),
        case(
            &inside(&format!("<ofd:Group>{value}</ofd:Group>")),
            "signed-value-nested",
            "SignedValue 另套在未知元素中",
            "one more SignedValue nested in an unknown element",
        ),
        case(
            &inside(
                "<ofd:Group><ofd:References><ofd:Reference FileRef=\"/OFD.xml\"/></ofd:References></ofd:Group>",
            ),
            "references-nested",
            "保护范围另套在未知元素中",
            "other references nested in an unknown element",
        ),
    ]
}

fn honest() -> Vec<Case> {
    let parameters = "<ofd:Parameters><ofd:Parameter Name=\"reason\">同意</ofd:Parameter></ofd:Parameters>";
    let with = later(|text| text.replace("<ofd:References", &format!("{parameters}<ofd:References")));
    vec![
        Case::control(&with, "control-parameters-in-description")
            .says("签名描述里有 GM/T 0099 的 Parameters", "a description with the Parameters of GM/T 0099"),
        Case::control(&inside("<x:Note xmlns:x=\"urn:x\">已复核</x:Note>"), "control-note-in-description")
            .says(
                "签名描述里有一个与签名无关的扩展元素，作为偏差列出",
                "a description with an element of another's that tells nothing of the signature: a departure",
            ),
    ]
}

/// What whoever may change an open file puts there.
fn open_files() -> Vec<Case> {
    let list = |change: &dyn Fn(&str) -> String| {
        let mut files = later(|text| text.replace("ProviderName=", "Version=\"1\" ProviderName="));
        files.edit(LIST, change);
        files
    };
    let instructed =
        list(&|text| text.replacen("<ofd:Signature ", "<?xml-stylesheet href=\"a.xsl\"?><ofd:Signature ", 1));
    let numbered = list(&|text| text.replace("\"s001\"", "\"1\"").replace("\"s003\"", "\"01\""));
    let mut covered = crate::base::open_entry(&plain_contract());
    covered.edit("OFD.xml", |text| {
        text.replace("</ofd:DocInfo>", "<ofd:Cover>Doc_0/Signs/Sign_0/Seal.esl</ofd:Cover></ofd:DocInfo>")
    });
    vec![
        case(
            &instructed,
            "instruction-in-open-list",
            "未锁定的签名列表里有处理指令（样式表）",
            "a processing instruction (a style sheet) in an open list of signatures",
        ),
        case(
            &numbered,
            "ids-that-are-one-number",
            "两个签名的标识为 1 与 01，按数值比较是同一个",
            "two signatures with the ids 1 and 01, which are one number",
        ),
        Case::of(&covered, "cover-is-seal")
            .says(
                "未受保护的入口文件把印章文件作为封面",
                "an open entry file makes the seal's file the cover",
            )
            .unknown(&rule::COVERAGE_ENTRY),
    ]
}
