//! Universal signature forgery: the parts by which a signature can be checked are missing or odd, so that a verifier
//! which stops at the first error calls nothing wrong. And dictionaries that two readers read differently.

use sealbridge_verify::catalogue as rule;

use crate::Case;
use crate::base::*;

/// A change to the text of the signature dictionary, in which the token of the value stands as `<V>`.
type Change = fn(&Sealed, &str) -> String;

/// Entries that an update leaves out or writes otherwise.
const ODD: [(&str, &str, &str, Change); 10] = [
    (
        "usf-no-byte-range",
        "更新后的签名字典没有 ByteRange",
        "the dictionary is written again without ByteRange",
        |_, d| d.replace("/ByteRange", "/Bytes"),
    ),
    ("usf-byte-range-null", "ByteRange 为 null", "ByteRange is null", |s, d| {
        d.replace(&range_text(s), "null")
    }),
    ("usf-byte-range-zeros", "ByteRange 全为零", "ByteRange is all zeros", |s, d| {
        d.replace(&range_text(s), "[0 0 0 0]")
    }),
    ("usf-byte-range-negative", "ByteRange 含负数", "ByteRange holds a negative number", |s, d| {
        d.replace(&range_text(s), "[0 -1 1 -1]")
    }),
    ("usf-byte-range-overflow", "ByteRange 数值溢出", "numbers of ByteRange overflow", |s, d| {
        d.replace(&range_text(s), "[0 9223372036854775807 9223372036854775807 9223372036854775807]")
    }),
    ("usf-byte-range-six", "ByteRange 有六个数", "ByteRange has six numbers", |s, d| {
        d.replace(&range_text(s), &range_text(s).replace(']', " 0 0]"))
    }),
    ("usf-no-contents", "没有 Contents", "there is no Contents", |_, d| d.replace("/Contents <V>", "")),
    ("usf-contents-null", "Contents 为 null", "Contents is null", |_, d| d.replace("<V>", "null")),
    ("usf-contents-empty", "Contents 为空串", "Contents is empty", |_, d| d.replace("<V>", "<>")),
    ("usf-contents-zero", "Contents 全为零", "Contents is all zeros", |_, d| {
        d.replace("<V>", "<00000000>")
    }),
];

/// The array as the writer wrote it.
fn range_text(sealed: &Sealed) -> String {
    let text = sealed.body(sealed.signature);
    let at = text.find("/ByteRange[").unwrap() + 10;
    text[at..=at + text[at..].find(']').unwrap()].to_owned()
}

/// The dictionary with the token of the value shortened to `<V>`.
fn short(sealed: &Sealed) -> String {
    let token = String::from_utf8(sealed.contents().to_vec()).unwrap();
    sealed.body(sealed.signature).replace(&token, "<V>")
}

pub(crate) fn cases() -> Vec<Case> {
    let mut all = Vec::new();
    let seal = usual(By::Seal);
    let content = content(&format!("Contract, page 1. Amount {FORGED}"));
    for (name, zh, en, change) in ODD {
        let dictionary = change(&seal, &short(&seal)).replace("<V>", "<3003020100>");
        let pdf = seal.updated(&[(seal.signature, &dictionary), (CONTENT, &content)]);
        all.push(Case::of(name, pdf).says(zh, en).bad(&rule::SIGNATURE_REACHED));
    }
    all.extend(in_place());
    all.extend(doubled());
    all
}

/// The same file with bytes exchanged where they stand.
fn in_place() -> Vec<Case> {
    let plain = usual(By::Cms);
    let blank = |from: &str| patched(&plain.pdf, from, &" ".repeat(from.len()));
    let range = range_text(&plain);
    let zeros = plain.with_value(&[]);
    let mut moved = plain.with_value(&[]);
    let value = hex::decode(&plain.contents()[1..plain.contents().len() - 1]).unwrap();
    put_value(&mut moved, plain.range, &[&[0x30, 0][..], &value[..1200]].concat());
    vec![
        Case::of("usf-plain-no-byte-range", blank(&format!("/ByteRange {range}")))
            .says("数字签名的 ByteRange 被抹去", "the ByteRange of a plain signature is blanked")
            .bad(&rule::BYTE_RANGE),
        Case::of("usf-plain-contents-zero", zeros)
            .says("数字签名的值全部清零", "the value of a plain signature is all zeros")
            .bad(&rule::SIGNATURE_FORMAT),
        Case::of("usf-plain-other-value-first", moved)
            .says("真签名值之前放入空结构", "an empty structure is put before the true value")
            .bad(&rule::SIGNATURE_FORMAT),
        Case::of(
            "usf-plain-sub-filter-unknown",
            patched(&plain.pdf, "/GM.sm2cms.detached", "/GM.sm2cms.xetached"),
        )
        .says(
            "编码名称改为未知，跳过未知名称的软件看不到签名",
            "the encoding is called by an unknown name: who skips those sees no signature",
        )
        .bad(&rule::DATA_HASH),
    ]
}

/// Keys that stand twice.
fn doubled() -> Vec<Case> {
    let seal = usual(By::Seal);
    let token = String::from_utf8(seal.contents().to_vec()).unwrap();
    let twice = format!("{}/ByteRange [0 1 2 3]>>", seal.body(seal.signature).strip_suffix(">>").unwrap());
    let value = format!("{}/Contents<3000>>>", seal.body(seal.signature).strip_suffix(">>").unwrap());
    let catalog = "<</Type/Catalog/Pages 2 0 R/Pages 50 0 R";
    let root = seal.body(CATALOG).replace("<</Type/Catalog/Pages 2 0 R", catalog);
    let (pages, page, content) = forged_tree();
    assert!(twice.contains(&token));
    vec![
        Case::of("doubled-byte-range", seal.updated(&[(seal.signature, &twice)]))
            .says("签名字典中有两个 ByteRange", "the signature dictionary has two ByteRange")
            .bad(&rule::SIGNATURE_CHANGES),
        Case::of("doubled-contents", seal.updated(&[(seal.signature, &value)]))
            .says("签名字典中有两个 Contents", "the signature dictionary has two Contents")
            .bad(&rule::SIGNATURE_CHANGES),
        Case::of(
            "doubled-pages",
            seal.updated(&[(CATALOG, &root), (50, &pages), (51, &page), (52, &content)]),
        )
        .says(
            "文档目录中有两个 Pages，不同阅读器取不同的一个",
            "the catalogue has two Pages: readers take different ones",
        )
        .bad(&rule::SIGNATURE_CHANGES),
        Case::of(
            "doubled-root",
            updated_with(
                &seal.pdf,
                &[(49, &root.replace("2 0 R/Pages ", "")), (50, &pages), (51, &page), (52, &content)],
                "/Root 1 0 R/Root 49 0 R",
            ),
        )
        .says(
            "文件尾中有两个 Root，不同阅读器取不同的一个",
            "the trailer has two Root: readers take different ones",
        )
        .bad(&rule::SIGNATURE_CHANGES),
    ]
}

/// A tree of one page that shows another amount: objects 50, 51 and 52.
pub(crate) fn forged_tree() -> (String, String, String) {
    (
        "<</Type/Pages/Kids[51 0 R]/Count 1>>".to_owned(),
        page(52, "").replace("/Parent 2 0 R", "/Parent 50 0 R"),
        content(&format!("Contract, page 1. Amount {FORGED}")),
    )
}
