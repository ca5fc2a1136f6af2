//! Bytes that belong to no file: records and other documents in the places of an archive that readers pass over, and
//! headers that tell one reader another story. They come last in the suite, so that the bytes of the others stay.

use formats::ofd::Mode;
use sealbridge_verify as verify;
use testkit::lab::Files;
use verify::catalogue as rule;

use crate::Case;
use crate::archive::{Entry, entries, field, record, write_deflated};
use crate::base::{AMOUNT, FORGED, PAGE, plain_contract, sealed};

/// Words that another program would show.
const PDF: &[u8] =
    b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\n% the price is 99600.00\ntrailer<</Root 1 0 R>>\n%%EOF\n";

pub(crate) fn cases() -> Vec<Case> {
    let mut all = hidden_records();
    all.extend(hidden_documents());
    all.extend(around());
    all.extend(headers());
    all
}

fn good() -> Files {
    sealed(&plain_contract(), Mode::Lock)
}

/// The good document with the entry of its first page changed.
fn with(change: impl Fn(&mut Entry)) -> Vec<u8> {
    let mut list = entries(&good());
    change(list.iter_mut().find(|entry| entry.local == PAGE).expect("the page"));
    write_deflated(&list)
}

/// A whole record of the page with the forged amount, which no directory lists.
fn forged() -> Vec<u8> {
    let page = String::from_utf8(good().get(PAGE).to_vec()).expect("text");
    record(PAGE, page.replace(AMOUNT, FORGED).as_bytes())
}

fn loose(ofd: Vec<u8>, name: &'static str, zh: &'static str, en: &'static str) -> Case {
    Case::of_bytes(ofd, name).says(zh, en).unknown(&rule::CONTAINER_SURROUNDINGS)
}

fn hidden_records() -> Vec<Case> {
    vec![
        loose(
            with(|entry| entry.tail = forged()),
            "record-after-deflate",
            "压缩数据结束之后藏有另一条记录，本地文件头不计入其长度：顺序解包得到伪造页面",
            "a record behind the end of the deflated data, which the local header does not count: who unpacks in sequence gets the forged page",
        )
        .unknown(&rule::CONTAINER_NAMES),
        loose(
            with(|entry| entry.local_extra = field(0x4242, &forged())),
            "record-in-local-extra",
            "本地文件头的扩展字段里藏有另一条记录",
            "a record hidden in an extra field of a local header",
        ),
        loose(
            with(|entry| entry.central_extra = field(0x4242, &forged())),
            "record-in-directory-extra",
            "目录的扩展字段里藏有另一条记录",
            "a record hidden in an extra field of the directory",
        ),
        loose(
            with(|entry| entry.comment = forged()),
            "record-in-entry-comment",
            "文件注释里藏有另一条记录",
            "a record hidden in the comment on a file",
        ),
    ]
}

fn hidden_documents() -> Vec<Case> {
    let in_java_mark = with(|entry| entry.local_extra = field(0xcafe, PDF));
    vec![
        loose(
            in_java_mark,
            "pdf-in-local-extra",
            "本地文件头的扩展字段里藏有 PDF",
            "a PDF in an extra field of a local header",
        ),
        loose(
            with(|entry| entry.central_extra = field(0xcafe, PDF)),
            "pdf-in-directory-extra",
            "目录的扩展字段里藏有 PDF",
            "a PDF in an extra field of the directory",
        ),
        loose(
            with(|entry| entry.comment = PDF.to_vec()),
            "pdf-in-entry-comment",
            "文件注释里藏有 PDF",
            "a PDF in the comment on a file",
        ),
        loose(
            with(|entry| entry.gap = PDF.to_vec()),
            "pdf-between-records",
            "两条记录之间藏有 PDF",
            "a PDF between two records",
        ),
    ]
}

fn around() -> Vec<Case> {
    let before = |bytes: &[u8]| [bytes, &write_deflated(&entries(&good()))].concat();
    let after = |bytes: &[u8]| [&write_deflated(&entries(&good())), bytes].concat();
    let page: Vec<u8> =
        "\u{feff}<html><body>99600.00<plaintext>".encode_utf16().flat_map(u16::to_le_bytes).collect();
    vec![
        Case::of_bytes(after(&[0; 512]), "control-zero-padded")
            .says("尾部有零填充的已签文档", "a sealed document with zeros behind it"),
        loose(
            before(b"Rar!\x1a\x07\x01\0the price is 99600.00"),
            "rar-before",
            "头部附加 RAR 压缩包",
            "an archive of another kind (RAR) before it",
        ),
        loose(
            after(b"7z\xbc\xaf\x27\x1c\0\x04the price is 99600.00"),
            "seven-zip-after",
            "尾部附加 7z 压缩包",
            "an archive of another kind (7z) after it",
        ),
        loose(
            before(&page),
            "web-page-in-utf-16-before",
            "头部附加 UTF-16 编码的网页",
            "a web page in UTF-16 before it",
        ),
        loose(
            before(b"#!/bin/sh\necho 99600.00; exit\n"),
            "script-before",
            "头部附加脚本程序",
            "a program (shell script) before it",
        ),
        loose(
            before(b"<svg xmlns=\"http://www.w3.org/2000/svg\"><text>99600.00</text></svg>"),
            "drawing-before",
            "头部附加 SVG 图形",
            "a drawing (SVG) before it",
        ),
    ]
}

fn headers() -> Vec<Case> {
    let ambiguous =
        |ofd, name, zh, en| Case::of_bytes(ofd, name).says(zh, en).unknown(&rule::CONTAINER_NAMES);
    let second = |name: &str| field(0x7075, &[&[1, 0, 0, 0, 0], name.as_bytes()].concat());
    let link = [&[0; 4][..], &0o120_777_u16.to_le_bytes(), &[0; 8], b"/etc/passwd"].concat();
    vec![
        ambiguous(
            with(|entry| entry.local_extra = second("Doc_0/other.xml")),
            "second-name-in-local-header",
            "仅本地文件头带有另一文件名（Info-ZIP 0x7075）",
            "a second name (Info-ZIP 0x7075) in the local header alone",
        ),
        ambiguous(
            with(|entry| entry.central_extra = [second(PAGE), second("Doc_0/other.xml")].concat()),
            "second-name-twice",
            "目录中带有两个 Info-ZIP 文件名，第二个不同",
            "two second names (Info-ZIP 0x7075) in the directory, the latter another one",
        ),
        ambiguous(
            with(|entry| entry.central_extra = field(0x756e, &link)),
            "link-in-extra-field",
            "扩展字段（ASi Unix 0x756e）把页面变成符号链接",
            "an extra field (ASi Unix 0x756e) makes the page a symbolic link",
        ),
        ambiguous(
            with(|entry| entry.local_crc = 1),
            "local-checksum-differs",
            "本地文件头的校验和与目录不同，部分软件拒绝该页",
            "the checksum in the local header is not that of the directory: some readers refuse the page",
        ),
    ]
}
