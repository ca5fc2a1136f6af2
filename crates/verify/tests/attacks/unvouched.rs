//! What an open entry file tells of the content, and what a later signer puts where others look for files: numbers that
//! nobody signed, folders that are only said to be a signature's own, and files for another program.

use formats::ofd::{Kind, Mode, Stamp};
use sealbridge_verify as verify;
use testkit::lab::{Files, SealSpec, ValueSpec};
use testkit::pki::pki;
use verify::catalogue as rule;

use crate::Case;
use crate::base::{
    AMOUNT, FORGED, LIST, open_entry, page_with, plain_contract, png, prepared, rich_contract, sealed,
};

pub(crate) fn cases() -> Vec<Case> {
    let mut all = numbers();
    all.extend(folders());
    all.extend(files());
    all
}

/// The contract with these keywords and custom data, sealed with the entry file left open; then the entry file changed.
fn telling(inside: &str, change: Option<&dyn Fn(&str) -> String>) -> Files {
    let mut files = Files::from_zip(&plain_contract());
    if !inside.is_empty() {
        files.edit("OFD.xml", |text| text.replace("</ofd:DocInfo>", &format!("{inside}</ofd:DocInfo>")));
    }
    let mut files = open_entry(&files.to_zip());
    if let Some(change) = change {
        files.edit("OFD.xml", change);
    }
    files
}

/// Custom data as invoices have them.
fn custom(name: &str, value: &str) -> String {
    format!("<ofd:CustomDatas><ofd:CustomData Name=\"{name}\">{value}</ofd:CustomData></ofd:CustomDatas>")
}

fn numbers() -> Vec<Case> {
    let case =
        |files: &Files, name, zh, en| Case::of(files, name).says(zh, en).unknown(&rule::COVERAGE_ENTRY);
    let changed = |from: &'static str, to: &'static str| move |text: &str| text.replace(from, to);
    let added = |what: String| {
        telling("", Some(&|text: &str| text.replace("</ofd:DocInfo>", &format!("{what}</ofd:DocInfo>"))))
    };
    vec![
        Case::control(&telling(&custom("价税合计", "￥10,600.00"), None), "control-amount-in-open-entry")
            .says(
                "未受保护的入口文件里的数额与已签名的版面一致",
                "the amount in an open entry file is the one on the signed page",
            ),
        Case::control(
            &telling(&custom("producer-version", "v1.0.0518.2"), None),
            "control-producer-in-open-entry",
        )
        .says(
            "未受保护的入口文件里有制作软件的版本号",
            "an open entry file with the version of the program that wrote it",
        ),
        case(
            &telling(&custom("价税合计", AMOUNT), Some(&changed(AMOUNT, FORGED))),
            "amount-in-open-entry-changed",
            "未受保护的入口文件里的价税合计被改写，按它登记的财务软件记入伪造金额",
            "the amount in the custom data of an open entry file is rewritten: programs that book from there take the forged one",
        ),
        case(
            &telling(&custom("价税合计", AMOUNT), Some(&changed(AMOUNT, "600.00"))),
            "part-of-amount-in-open-entry",
            "数额改为版面数额的一部分",
            "the amount is a part of the one on the page",
        ),
        case(
            &added(custom("开票日期", "2026年12月31日")),
            "date-added-to-open-entry",
            "未受保护的入口文件里加入版面上没有的日期",
            "a date that stands on no page is added to an open entry file",
        ),
        case(
            &added(custom("大写金额", "玖万玖仟陆佰圆整")),
            "written-amount-added-to-open-entry",
            "未受保护的入口文件里加入大写金额",
            "an amount written out is added to an open entry file",
        ),
        case(
            &added(format!("<ofd:Keywords><ofd:Keyword>金额{FORGED}</ofd:Keyword></ofd:Keywords>")),
            "amount-among-keywords-of-open-entry",
            "未受保护的入口文件的关键词里写有伪造金额",
            "a forged amount among the keywords of an open entry file",
        ),
    ]
}

/// The second party's seal with its files in this folder.
fn second_seal(files: &Files, folder: &str) -> Files {
    let seal = SealSpec::good().write();
    let stamps = vec![Stamp::at(0, 40.0, 200.0, 40.0, 40.0)];
    let mut ready = prepared(&files.to_zip(), Kind::Seal(seal.clone()), Mode::Continue, stamps);
    if ready.folder == folder {
        return ready.sealed(&seal, &ValueSpec::by(&pki().second));
    }
    let old = std::mem::replace(&mut ready.folder, folder.to_owned());
    for file in ready.files.list.iter_mut().filter(|file| file.name.starts_with(&format!("{old}/"))) {
        file.name = file.name.replacen(&old, folder, 1);
    }
    let moved = |text: &str| text.replace(&format!("{old}/"), &format!("{folder}/"));
    ready.files.edit(LIST, moved);
    ready.describing(moved).sealed(&seal, &ValueSpec::by(&pki().second))
}

fn folders() -> Vec<Case> {
    let with = |folder: &str| {
        let mut files = sealed(&rich_contract(), Mode::Continue);
        files.add(&format!("{folder}/image.png"), png([0, 0, 0xC0]));
        second_seal(&files, folder)
    };
    let case = |folder, name, zh, en| {
        let case = Case::of(&with(folder), name).says(zh, en);
        case.unknown(&rule::ADDED_FILES).unknown(&rule::COVERAGE_ADDED)
    };
    vec![
        Case::control(&with("Doc_0/Signs/Sign_1"), "control-picture-in-own-folder").says(
            "后签者在自己的签名文件夹里放一张图片",
            "a later signer has a picture in the folder of his signature",
        ),
        case(
            "Doc_0",
            "own-folder-is-document",
            "后签者把签名描述放在主文档的文件夹，又在那里放一张与页面图片同名的图片",
            "a later signer puts his description beside the document's root, and there a picture with the name of one of the page",
        ),
        case(
            "Res",
            "own-folder-has-name-of-resources",
            "后签者的签名文件夹名为 Res，以包根目录解析路径的软件会显示其中的图片",
            "the folder of a later signature is called Res: readers that resolve paths from the root show the picture in it",
        ),
        case(
            "Doc_0/Pages/Page_0",
            "own-folder-is-page",
            "后签者把签名描述放在页面的文件夹",
            "a later signer puts his description beside a page",
        ),
        case(
            "Doc_0/Pages/Page_0/Res",
            "own-folder-below-page",
            "后签者把签名描述放在页面文件夹之下的 Res",
            "a later signer puts his description into Res below a page",
        ),
    ]
}

/// Sealed by the first party, then with this file by the second one.
fn later(name: &str, content: impl Into<Vec<u8>>) -> Files {
    let mut files = sealed(&plain_contract(), Mode::Continue);
    files.add(name, content.into());
    second_seal(&files, "Doc_0/Signs/Sign_1")
}

fn files() -> Vec<Case> {
    let case = |files: &Files, name, zh, en| {
        let case = Case::of(files, name).says(zh, en);
        case.unknown(&rule::ADDED_FILES).unknown(&rule::COVERAGE_ADDED)
    };
    let pdf = || format!("%PDF-1.4\n% {FORGED}\n%%EOF\n");
    vec![
        Case::control(&later("Doc_0/Signs/Sign_1/receipt.pdf", pdf()), "control-pdf-in-own-folder").says(
            "后签者在自己的签名文件夹里放一份回执",
            "a later signer has a receipt in the folder of his signature",
        ),
        case(
            &later(
                "Doc_0/Annots/Annotations.xml",
                "<Annotations><Page PageID=\"3\"><FileLoc>Page_0/Annotation.xml</FileLoc></Page></Annotations>",
            ),
            "annotations-without-namespace-added-later",
            "后签者加入没有命名空间的注释列表，按习惯路径查找的软件会显示它",
            "a later signer adds annotations without a namespace: readers that look in the usual place show them",
        ),
        case(
            &later(
                "Doc_0/Pages/Page_9/Other.xml",
                page_with(FORGED).replace("ofd:", "").replace("xmlns:ofd", "x"),
            ),
            "page-without-namespace-added-later",
            "后签者加入没有命名空间的页面",
            "a later signer adds a page without a namespace",
        ),
        case(
            &later("Doc_0/contract.pdf", pdf()),
            "pdf-added-later",
            "后签者在文档文件夹里加入 PDF",
            "a later signer adds a PDF among the files of the document",
        ),
        case(
            &later("Doc_0/contract.dat", pdf()),
            "pdf-by-another-name-added-later",
            "后签者加入改了后缀的 PDF",
            "a later signer adds a PDF under another name",
        ),
        case(
            &later("Doc_0/setup.exe", "MZ"),
            "program-added-later",
            "后签者加入程序",
            "a later signer adds a program",
        ),
        case(
            &later("index.dat", format!("<h1>{FORGED}</h1>")),
            "file-at-root-added-later",
            "后签者在包根目录加入文件",
            "a later signer adds a file at the root of the package",
        ),
        case(
            &later("Payload/a.app/Info.plist", "bplist00"),
            "folder-at-root-added-later",
            "后签者在包根目录加入另一种程序包的文件夹",
            "a later signer adds a folder of another kind of package at the root",
        ),
    ]
}
