//! Gaps that were found late: folders in the place of files, seals that nobody sees, and documents inside files that no
//! signature covers. They come last in the suite, so that the bytes of the others stay.

use formats::ofd::Mode;
use sealbridge_verify as verify;
use testkit::lab::Files;
use verify::catalogue as rule;

use crate::Case;
use crate::archive::{Entry, entries, write, write_deflated};
use crate::base::{LIST, PAGE, cut, described, open_entry, plain_contract, sealed};

/// What another program would show.
const PDF: &str = "<!--\n%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\n% the price is 99600.00\ntrailer<</Root 1 0 R>>\n%%EOF\n-->";

pub(crate) fn cases() -> Vec<Case> {
    let mut all = folders();
    all.extend(boxes());
    all.extend(carriers());
    all
}

fn folders() -> Vec<Case> {
    let with = |name: String| {
        let mut list = entries(&sealed(&plain_contract(), Mode::Lock));
        list.push(Entry::new(&name, Vec::new()));
        write_deflated(&list)
    };
    vec![
        Case::of_bytes(with(format!("{PAGE}/x/")), "dir-under-file")
            .says(
                "在页面文件名之下放一个文件夹，解包软件只能二取其一",
                "a folder beneath the name of the page: who unpacks can have only one of the two",
            )
            .unknown(&rule::CONTAINER_NAMES),
        Case::of_bytes(with(format!("{PAGE}/")), "dir-named-as-file")
            .says("放一个与页面文件同名的文件夹", "a folder that is called as the page is")
            .bad(&rule::CONTAINER_DUPLICATES),
    ]
}

fn boxes() -> Vec<Case> {
    let placed = |place: &'static str| {
        described(&plain_contract(), Mode::Continue, move |text| {
            let at = text.find(" Boundary=\"").expect("a box") + " Boundary=\"".len();
            let end = at + text[at..].find('"').expect("its end");
            format!("{}{place}{}", &text[..at], &text[end..])
        })
    };
    vec![
        Case::of(&placed("500 600 40 40"), "stamp-outside-page")
            .says(
                "印章外观放在页面之外，阅读者看不到",
                "the box of the seal is outside the page: no reader sees it",
            )
            .unknown(&rule::STAMP_BOX),
        Case::control(&placed("190 200 40 40"), "control-stamp-across-edge")
            .says("印章外观有一部分在页面之外", "a part of the seal is outside the page"),
    ]
}

fn carriers() -> Vec<Case> {
    let stored = |files: &Files| write(&entries(files));
    let mut list = sealed(&plain_contract(), Mode::Continue);
    list.edit(LIST, |text| text.replacen("<ofd:Signatures ", &format!("{PDF}<ofd:Signatures "), 1));
    let mut entry = open_entry(&plain_contract());
    entry.edit("OFD.xml", |text| text.replacen("<ofd:OFD ", &format!("{PDF}<ofd:OFD "), 1));
    let mut unnumbered = sealed(&plain_contract(), Mode::Continue);
    unnumbered.edit(LIST, |text| cut(text, "<ofd:MaxSignId>", "</ofd:MaxSignId>"));
    vec![
        Case::of_bytes(stored(&list), "pdf-in-open-list")
            .says(
                "未锁定、未压缩的签名列表里藏有 PDF",
                "a PDF in the list of signatures, which is open and not compressed",
            )
            .unknown(&rule::COVERAGE_CARRIED),
        Case::of_bytes(stored(&entry), "pdf-in-open-entry-file")
            .says(
                "未受保护、未压缩的入口文件里藏有 PDF",
                "a PDF in the entry file, which is not covered and not compressed",
            )
            .unknown(&rule::COVERAGE_CARRIED),
        Case::control(&unnumbered, "control-no-largest-id")
            .says("签名列表不写 MaxSignId", "the list of signatures names no largest id (MaxSignId)"),
    ]
}
