//! Attacks by what the directory says of a file beside its content: nobody signs it, and some programs leave the file
//! out, or take it for something else or for another one, because of it.

use formats::ofd::Mode;
use sealbridge_verify as verify;
use verify::catalogue as rule;

use crate::Case;
use crate::archive::{Entry, entries, packed, write};
use crate::base::{FORGED, page_with, plain_contract, rich_contract, sealed};

/// Places in a directory record.
const MADE_BY: usize = 5;
const NEEDED: usize = 6;
const DISK: usize = 34;
const ATTRIBUTES: usize = 38;

pub(crate) fn cases() -> Vec<Case> {
    let mut all = headings();
    all.extend(names());
    all.push(renamed());
    all
}

/// The rich contract, with bytes of the directory record of its annotations changed.
fn changed(changes: &[(usize, u8)]) -> Vec<u8> {
    let mut ofd = packed(&sealed(&rich_contract(), Mode::Lock));
    let name = b"Doc_0/Annots/Page_0/Annotation.xml";
    let records: Vec<usize> = memchr::memmem::find_iter(&ofd, b"PK\x01\x02").collect();
    let of_name = |at: &usize| ofd.get(at + 46..).is_some_and(|rest| rest.starts_with(name));
    let at = records.into_iter().find(of_name).expect("the annotations of the page");
    for (place, value) in changes {
        ofd[at + place] = *value;
    }
    ofd
}

fn headings() -> Vec<Case> {
    let case = |changes: &[(usize, u8)], name, zh, en| {
        Case::of_bytes(changed(changes), name).says(zh, en).unknown(&rule::CONTAINER_NAMES)
    };
    vec![
        case(
            &[(ATTRIBUTES, 0x10)],
            "annotation-marked-folder",
            "注释文件被标为文件夹（DOS 属性），解包后注释消失",
            "the annotations are marked a folder (DOS): unpacked, they are gone",
        ),
        case(
            &[(ATTRIBUTES + 3, 0o100)],
            "annotation-marked-unix-folder",
            "注释文件被标为文件夹（Unix 类型），解包后注释消失",
            "the annotations are marked a folder (Unix): unpacked, they are gone",
        ),
        case(
            &[(MADE_BY, 19), (ATTRIBUTES + 3, 0xA1)],
            "annotation-marked-link-of-another-system",
            "注释文件被标为符号链接，制作系统写作 macOS",
            "the annotations are marked a link, made on macOS as the header says",
        ),
        case(
            &[(ATTRIBUTES, 0x08)],
            "annotation-marked-volume-label",
            "注释文件被标为卷标，部分软件跳过",
            "the annotations are marked a volume label, which some programs skip",
        ),
        case(
            &[(NEEDED, 99)],
            "annotation-needs-newer-program",
            "注释文件声称需要更新的解压软件，部分软件跳过",
            "the annotations ask for a newer program, so that some skip them",
        ),
        case(
            &[(DISK, 1)],
            "annotation-on-another-disk",
            "注释文件声称在另一张盘上",
            "the annotations are said to stand on another disk",
        ),
    ]
}

/// The annotations under a name in capitals, which the signature covers under the usual one.
fn renamed() -> Case {
    let mut list = entries(&sealed(&rich_contract(), Mode::Lock));
    for entry in list.iter_mut().filter(|entry| entry.local == "Doc_0/Annots/Page_0/Annotation.xml") {
        "Doc_0/Annots/Page_0/ANNOTATION.XML".clone_into(&mut entry.local);
        entry.central = Some(entry.local.clone());
    }
    Case::of_bytes(write(&list), "annotation-renamed-in-archive")
        .says(
            "压缩包内的注释文件名改成大写，区分大小写的软件找不到注释",
            "the annotations get a name in capitals in the archive: who tells case apart does not find them",
        )
        .unknown(&rule::DOCUMENT_AMBIGUOUS)
}

/// Two files of which some readers see one.
fn names() -> Vec<Case> {
    let twice = |one: &str, other: &str| {
        let mut list = entries(&sealed(&plain_contract(), Mode::Lock));
        list.push(Entry::new(&format!("Doc_0/Pages/{one}"), page_with(FORGED)));
        list.push(Entry::new(&format!("Doc_0/Pages/{other}"), page_with(FORGED)));
        list
    };
    let case = |list: &[Entry], name, zh, en| {
        Case::of_bytes(write(list), name)
            .says(zh, en)
            .unknown(&rule::CONTAINER_NAMES)
            .unknown(&rule::COVERAGE_EXTRA)
    };
    // The UTF-8 bytes of 你好, read as GBK.
    let mut without_flag = twice("你好.xml", "浣犲ソ.xml");
    let [.., first, second] = without_flag.as_mut_slice() else { unreachable!("two were added") };
    (first.clears_utf8, second.clears_utf8) = (true, false);
    vec![
        case(
            &without_flag,
            "name-one-under-gbk",
            "文件名去掉 UTF-8 标志，按 GBK 读与另一文件同名",
            "a name without the flag of UTF-8: read as GBK it is that of another file",
        ),
        case(
            &twice("Same.xml", "Same.xml. "),
            "name-ends-in-dot",
            "文件名末尾加点和空格，Windows 上与另一文件同名",
            "a name that ends in a dot and a space: on Windows it is that of another file",
        ),
        case(
            &twice("Same.xml", "same.xml::$DATA"),
            "name-of-a-stream",
            "文件名带数据流后缀，Windows 上与另一文件同名",
            "a name of a stream: on Windows it is that of another file",
        ),
        case(
            &twice("Caf\u{e9}.xml", "Cafe\u{301}.xml"),
            "name-composed-otherwise",
            "同一文件名的两种 Unicode 写法，部分文件系统视为同名",
            "one name composed in two ways: one file on some file systems",
        ),
        case(
            &twice("页面.xml", "页\u{200b}面.xml"),
            "name-with-unseen-character",
            "文件名含不可见字符，部分文件系统视为同名",
            "a name with a character that nobody sees: one file on some file systems",
        ),
    ]
}
