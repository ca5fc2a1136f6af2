//! Gaps that were found late: folders in the place of files, seals that nobody sees, and documents inside files that no
//! signature covers. They come last in the suite, so that the bytes of the others stay.

use base64::Engine as _;
use formats::ofd::Mode;
use sealbridge_verify as verify;
use testkit::lab::{Files, Layout, MakeToken, SealSpec, ValueSpec, token};
use testkit::pki::{at, pki};
use verify::catalogue as rule;

use crate::Case;
use crate::archive::{Entry, entries, write, write_deflated};
use crate::base::{LIST, PAGE, cut, described, open_entry, plain_contract, sealed, to_seal};

/// What another program would show.
const PDF: &str = "<!--\n%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\n% the price is 99600.00\ntrailer<</Root 1 0 R>>\n%%EOF\n-->";

pub(crate) fn cases() -> Vec<Case> {
    let mut all = folders();
    all.extend(boxes());
    all.extend(carriers());
    all.extend(stamps_inside());
    all.extend(unseen_boxes());
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

/// The usual contract with the seal in another place.
fn placed(place: &str) -> Files {
    described(&plain_contract(), Mode::Continue, |text| {
        let at = text.find(" Boundary=\"").expect("a box") + " Boundary=\"".len();
        let end = at + text[at..].find('"').expect("its end");
        format!("{}{place}{}", &text[..at], &text[end..])
    })
}

/// The usual contract with a narrow slice of the seal along the edge of the first page, and the rest on the second one.
fn sliced() -> Files {
    described(&plain_contract(), Mode::Continue, |text| {
        let start = text.find("<ofd:StampAnnot ").expect("a stamp");
        let end = start + text[start..].find("/>").expect("its end") + "/>".len();
        let stamp = |id: &str, page: &str, place: &str, clip: &str| {
            format!("<ofd:StampAnnot ID=\"{id}\" PageRef=\"{page}\" Boundary=\"{place}\" Clip=\"{clip}\"/>")
        };
        let quoted = |name: &str| {
            let from = start + text[start..].find(name).expect("an attribute") + name.len();
            text[from..].split('"').next().expect("its value").to_owned()
        };
        let page: u64 = quoted(" PageRef=\"").parse().expect("a number");
        let narrow = stamp("n1", &page.to_string(), "209 200 40 40", "0 0 1 40");
        let rest = stamp("n2", &next_page(page), "170 200 40 40", "1 0 39 40");
        format!("{}{narrow}{rest}{}", &text[..start], &text[end..])
    })
}

/// The id of the second page of the contract, whose first one has this id.
fn next_page(first: u64) -> String {
    let files = Files::from_zip(&plain_contract());
    let root = String::from_utf8(files.get(crate::base::ROOT).to_vec()).expect("text");
    let pages = root.split("<ofd:Page ").skip(1).filter_map(|page| page.split("ID=\"").nth(1));
    let ids = pages.filter_map(|rest| rest.split('"').next());
    let other = ids.map(str::to_owned).find(|id| *id != first.to_string());
    other.expect("a second page")
}

fn boxes() -> Vec<Case> {
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

/// A value in the form of GM/T 0031 with a token in the place of the time.
fn stamped_inside(inside: MakeToken) -> Files {
    let (layout, version) = (Layout::Gmt0031, 1);
    let seal = SealSpec { layout, version, ..SealSpec::good() }.write();
    let (ready, of_version_4) = to_seal(&plain_contract(), Mode::Continue);
    let encode = |bytes: &[u8]| base64::engine::general_purpose::STANDARD.encode(crypto::sm3::digest(bytes));
    let (from, to) = (encode(&of_version_4), encode(&seal));
    let mut ready = ready.describing(|text| text.replace(&from, &to));
    ready.files.set("Doc_0/Signs/Sign_0/Seal.esl", seal.clone());
    ready.sealed(&seal, &ValueSpec { layout, version, inside: Some(inside), ..ValueSpec::good() })
}

fn stamps_inside() -> Vec<Case> {
    let own = stamped_inside(|description| token(&pki().tsa, description, at("2026-03-01T08:00:05Z")));
    let other = stamped_inside(|_| token(&pki().tsa, b"another document", at("2026-03-01T08:00:05Z")));
    vec![
        Case::control(&own, "control-stamp-in-place-of-time").says(
            "GM/T 0031 签章以原文的时间戳作为签章时间",
            "a value of GM/T 0031 with a time stamp over the original in the place of the time",
        ),
        Case::of(&other, "stamp-in-place-of-time-of-another")
            .says(
                "GM/T 0031 签章以取自别处的旧时间戳作为签章时间，用以倒签日期",
                "a value of GM/T 0031 with an old time stamp of something else in the place of the time, to date it back",
            )
            .unknown(&rule::STAMP_IMPRINT),
    ]
}

fn unseen_boxes() -> Vec<Case> {
    vec![
        Case::of(&placed("1000 1000 40 40\" Clip=\"-950 -950 40 40"), "stamp-clip-elsewhere")
            .says(
                "印章在页面之外，裁剪区却落在页面上",
                "the seal is outside the page, and its clip lies on the page beside it",
            )
            .unknown(&rule::STAMP_BOX),
        Case::of(&placed("50 50 40 40\" Clip=\"0 0 0 0"), "stamp-clip-empty")
            .says("裁剪区为空，看不到印章", "an empty clip: nothing of the seal is seen")
            .unknown(&rule::STAMP_BOX),
        Case::of(&placed("50 50 0.00001 0.00001"), "stamp-tiny")
            .says("印章小到看不见", "the seal is too small to be seen")
            .unknown(&rule::STAMP_BOX),
        Case::of(&placed("NaN NaN NaN NaN"), "stamp-box-no-numbers")
            .says("印章位置不是数", "the place of the seal is no number")
            .unknown(&rule::STAMP_BOX),
        Case::control(&sliced(), "control-stamp-narrow-slice")
            .says("骑缝章的一条窄边", "a narrow slice of a seal along the edges of pages"),
    ]
}
