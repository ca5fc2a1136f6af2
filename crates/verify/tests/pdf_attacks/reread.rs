//! What another reader finds, or finds later: streams that grow into what is put behind the signed bytes, references with
//! comments in them, numbers that some readers take and others do not, a forged revision that is put right again, and
//! objects whose headers only a reader that repairs finds.

use std::fmt::Write as _;

use sealbridge_verify::catalogue as rule;

use crate::Case;
use crate::appended::by_hand;
use crate::base::*;
use crate::looks::resigned;
use crate::shadow::linearized;

fn forged() -> String {
    content(&format!("Contract, page 1. Amount {FORGED}"))
}

fn object(number: u32, body: &str) -> String {
    format!("{number} 0 obj\n{body}\nendobj\n")
}

pub(crate) fn cases() -> Vec<Case> {
    let mut all = growing();
    all.extend(commented());
    all.extend(put_back());
    all.extend(odd_numbers());
    all.extend(hidden());
    all.extend(named_twice());
    all
}

/// Prepared before signing: what an object is depends on what follows the signed bytes.
fn growing() -> Vec<Case> {
    const LENGTH: usize = 40_000;
    let text = format!("BT /F1 14 Tf 72 720 Td (Amount {AMOUNT}) Tj ET (");
    let body = format!("<</Length {:05}>>stream\n{text}\nendstream", text.len());
    let long = resigned(sealed(&Doc::contract().set(CONTENT, body), By::Seal), |pdf, _| {
        *pdf = patched(pdf, &format!("/Length {:05}>>", text.len()), &format!("/Length {LENGTH}>>"));
    });
    // Where the stream ends by its length.
    let end = find(&long.pdf, text.as_bytes()) + LENGTH;
    let metadata = |room: usize| {
        let ink = format!(") xx 1 g 0 700 600 60 re f 0 g BT /F1 14 Tf 72 720 Td (Amount {FORGED}) Tj ET ");
        stream("/Type/Metadata/Subtype/XML", &format!("{ink}{}", " ".repeat(room)))
    };
    let catalog = entries_added(&long.body(CATALOG), "/Metadata 60 0 R");
    let grown = |room: usize| long.updated(&[(60, &metadata(room)), (CATALOG, &catalog)]);
    let first = grown(20_000);
    let room = 20_000 + end - (rfind(&first, b"\nendstream\nendobj\n1 0 obj"));
    let grown = grown(room);
    assert_eq!(rfind(&grown, b"\nendstream\nendobj\n1 0 obj"), end);
    let unended = resigned(sealed(&Doc::contract(), By::Seal), |pdf, _| {
        let at = find(pdf, b"\nendstream");
        pdf[at + 1..at + 10].copy_from_slice(b"end%tream");
    });
    vec![
        Case::of("stream-grows", grown)
            .says(
                "正文流的长度超出所签字节：签名时读到第一个 endstream，事后追加的元数据成为其内容",
                "the length of the content goes beyond the signed bytes: what is put there later becomes part of it",
            )
            .unknown(&rule::SIGNATURE_REVISION),
        Case::of("stream-longer-than-signed", long.pdf)
            .says(
                "正文流的长度超出所签字节（签章人自己所为）",
                "the length of the content goes beyond the signed bytes (by the signer himself)",
            )
            .unknown(&rule::SIGNATURE_REVISION),
        Case::of("stream-without-end", unended.pdf)
            .says("正文流没有结束标记（签章人自己所为）", "the content stream has no end (by the signer himself)")
            .unknown(&rule::PDF_STRUCTURE),
        Case::of("linearized-escaped", linearized("/Linearize#64 1/#4C"))
            .says(
                "线性化字典的键名用 # 写成，末尾补空白后长度相符：首页交叉引用指向伪造内容",
                "the keys of a linearization dictionary are written with #, and blanks make its length fit: its first-page table leads to forged content",
            )
            .unknown(&rule::PDF_REBUILT),
    ]
}

/// The page that was not rewritten by sealing refers to something with a comment in the reference.
fn commented() -> Vec<Case> {
    let filler = |doc: Doc| (20..28).fold(doc, |doc, number| doc.set(number, format!("<</X {number}>>")));
    let metadata = |text: &str| {
        let drawn = format!("BT /F1 14 Tf 72 720 Td ({text}) Tj ET");
        stream("/Type/Metadata/Subtype/XML", &drawn)
    };
    let doc = filler(Doc::contract())
        .set(SECOND, page(7, "").replace("/Contents 7 0 R", "/Contents 7 %99\n0 R"))
        .set(7, metadata("Paid within 30 days"))
        .with(CATALOG, "/Metadata 7 0 R");
    let content = sealed(&doc, By::Seal).updated(&[(7, &metadata("Paid within 90 days"))]);
    let group = "<</S/Transparency/P 60 0 R/K false/I true>>";
    let doc = filler(Doc::contract())
        .set(SECOND, page(7, "/Group 61 %7\n0 R"))
        .set(60, "<</Type/StructTreeRoot/K[]>>")
        .set(61, group)
        .with(CATALOG, "/StructTreeRoot 60 0 R");
    let group = sealed(&doc, By::Seal).updated(&[(61, &group.replace("/K false", "/K true"))]);
    vec![
        Case::of("reference-comment-content", content)
            .says(
                "正文流同时作为元数据，页面对它的引用中夹有注释：改写元数据即改写正文",
                "the content is metadata too, and the page refers to it with a comment in between: the metadata is changed",
            )
            .bad(&rule::SIGNATURE_CHANGES),
        Case::of("reference-comment-group", group)
            .says(
                "透明组冒充逻辑结构元素，页面对它的引用中夹有注释",
                "a transparency group passes for an element of structure, and the page refers to it with a comment",
            )
            .bad(&rule::SIGNATURE_CHANGES),
    ]
}

/// A revision with the forged content, and one that puts the signed one back.
fn put_back() -> Vec<Case> {
    let seal = usual(By::Seal);
    let once = seal.updated(&[(CONTENT, &forged())]);
    let signed = seal.body(CONTENT);
    let plain = updated(&once, &[(CONTENT, &signed)]);
    let (prev, entry) = (startxref(&once), |at: usize| format!("{CONTENT} 1\n{at:010} 00000 n \n"));
    let restored = object(CONTENT, &signed);
    let forged_at = rfind(&once, b"\n4 0 obj\n") + 1;
    let trailer = |more: &str| format!("trailer\n<</Size 200/Root 1 0 R/Prev {prev}{more}>>\n");
    let twice =
        by_hand(&once, &restored, |at| format!("xref\n{}{}{}", entry(at), entry(forged_at), trailer("")));
    let generation = {
        let first = by_hand(&seal.pdf, &object(CONTENT, &forged()).replacen(" 0 obj", " 1 obj", 1), |at| {
            let prev = startxref(&seal.pdf);
            format!("xref\n{CONTENT} 1\n{at:010} 00001 n \ntrailer\n<</Size 200/Root 1 0 R/Prev {prev}>>\n")
        });
        updated(&first, &[(CONTENT, &signed)])
    };
    let at = rfind(&plain, b"startxref\n") + 10;
    let commented = [&plain[..at], b"%\n", &plain[at..]].concat();
    let beside = restored_beside(&once, &restored);
    vec![
        Case::of("put-back", plain)
            .says("伪造的修订版之后再追加一个恢复原文的修订版", "a forged revision, and one that puts the text back")
            .bad(&rule::SIGNATURE_CHANGES),
        Case::of("put-back-named-twice", twice)
            .says(
                "恢复原文的修订版对同一对象给出两个位置，有的阅读器取伪造的一个",
                "the revision that puts the text back names two places for it: some readers take the forged one",
            )
            .unknown(&rule::PDF_STRUCTURE)
            .bad(&rule::SIGNATURE_CHANGES),
        Case::of("put-back-generation", generation)
            .says(
                "伪造内容为第 1 代，随后恢复第 0 代：修复式阅读器取代号较大者",
                "the forged content is generation 1, then generation 0 is put back: readers that repair take the higher",
            )
            .bad(&rule::SIGNATURE_CHANGES),
        Case::of("put-back-startxref-comment", commented)
            .says(
                "恢复原文的修订版在 startxref 之后夹有注释，有的阅读器转而修复文件",
                "the revision that puts the text back has a comment behind startxref: some readers repair the file",
            )
            .unknown(&rule::PDF_STRUCTURE)
            .bad(&rule::SIGNATURE_TAIL),
        Case::of("put-back-beside-real", beside)
            .says(
                "恢复原文的条目只在 XRefStm 中，其位置写成实数，有的阅读器读不到",
                "the text is put back by XRefStm alone, whose place is a real number that some readers do not take",
            )
            .unknown(&rule::PDF_STRUCTURE)
            .bad(&rule::SIGNATURE_TAIL),
    ]
}

/// The table names nothing, and the stream beside it, whose place is written as a real number, the signed content.
fn restored_beside(once: &[u8], restored: &str) -> Vec<u8> {
    let entry = format!("01{:08x}0000>", once.len());
    let stream_at = once.len() + restored.len();
    let entries = "/Type/XRef/W[1 4 2]/Index[4 1]/Size 200/Filter/ASCIIHexDecode";
    let beside = format!("{restored}{}", object(88, &stream(entries, &entry)));
    let prev = startxref(once);
    by_hand(once, &beside, |_| {
        format!("xref\n0 0\ntrailer\n<</Size 200/Root 1 0 R/Prev {prev}/XRefStm {stream_at}.0>>\n")
    })
}

/// Numbers that are whole to some readers.
fn odd_numbers() -> Vec<Case> {
    let font =
        "<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding<</Type/Encoding/Differences[57/one]>>>>";
    let font = sealed(&Doc::contract().set(FONT, font), By::Seal);
    let seal = usual(By::Seal);
    let prev = startxref(&seal.pdf);
    let real =
        by_hand(&seal.pdf, "", |_| format!("xref\n0 0\ntrailer\n<</Size 200/Root 1 0 R/Prev {prev}.0>>\n"));
    let signed = seal.body(CONTENT);
    let (data, junk) = (signed.find("stream\n").unwrap() + 7, " 1 g 0 0 600 800 re f ");
    let data = &signed[data..signed.find("\nendstream").unwrap()];
    let length = data.len() + "\nendstream\nendobj\n".len() + junk.len();
    let long = format!("<</Length {length}>>stream\n{data}\nendstream\nendobj\n{junk} % xx");
    vec![
        Case::of("integer-as-real", font.changed(FONT, |text| text.replace("[57/one]", "[57.0/one]")))
            .says(
                "编码差异表的整数改写为实数，有的阅读器不再采用",
                "an integer in the differences of an encoding becomes a real number, which some readers do not take",
            )
            .bad(&rule::SIGNATURE_CHANGES),
        Case::of("prev-as-real", real)
            .says("Prev 写成实数，有的阅读器读不到所签修订版", "Prev is a real number: some readers do not find the signed revision")
            .unknown(&rule::PDF_STRUCTURE)
            .bad(&rule::SIGNATURE_TAIL),
        Case::of("length-as-it-was-told-wrong", seal.updated(&[(CONTENT, &long)]))
            .says(
                "正文字节未变而长度有误，有的阅读器多读其后的内容",
                "the bytes of the content are as they were and their length is wrong: some readers read on",
            )
            .unknown(&rule::PDF_STRUCTURE)
            .bad(&rule::SIGNATURE_TAIL),
    ]
}

/// Headers that our reader does not lead to.
fn hidden() -> Vec<Case> {
    let seal = usual(By::Seal);
    let with = |header: &str, place: fn(&str, &str) -> String| {
        let hidden = format!("{header}\n{}\nendobj\n", forged());
        let catalog = place(&seal.body(CATALOG), &hidden);
        seal.updated(&[(CATALOG, &catalog)])
    };
    let behind: fn(&str, &str) -> String = |catalog, hidden| format!("{catalog}\nendobj\n{hidden}");
    let in_comment: fn(&str, &str) -> String = |catalog, hidden| {
        let line = hidden.replace('\n', " ");
        format!("{catalog}\n%{line}")
    };
    let dangling = Doc::contract().set(30, "<</A 1>>").set(PAGE, page(CONTENT, "/Annots[30 0 R]"));
    let dangling = resigned(sealed(&dangling, By::Seal), |pdf, _| {
        let at = find(pdf, b"\n30 1\n") + 6;
        pdf[at..at + 10].copy_from_slice(b"0000000020");
    });
    vec![
        Case::of("header-with-comment", with("4 %x\n0 obj", behind))
            .says(
                "伪造对象的对象头中夹有注释，藏在另一对象之后",
                "a forged object with a comment in its header, behind another object",
            )
            .bad(&rule::SIGNATURE_TAIL),
        Case::of("header-of-a-large-generation", with("4 70000 obj", behind))
            .says("伪造对象的代号超出范围，藏在另一对象之后", "a forged object of a generation out of range")
            .bad(&rule::SIGNATURE_TAIL),
        Case::of("header-in-a-comment", with("4 0 obj", in_comment))
            .says("伪造对象写在另一对象的注释中", "a forged object in a comment inside another object")
            .bad(&rule::SIGNATURE_TAIL),
        Case::of("entry-leads-nowhere", dangling.pdf)
            .says(
                "交叉引用的一项不指向任何对象，有的阅读器会重建文件（签章人自己所为）",
                "an entry leads to no object, which makes some readers repair the file (by the signer himself)",
            )
            .unknown(&rule::PDF_STRUCTURE),
    ]
}

/// Objects that stand twice: in the table, in an object stream.
fn named_twice() -> Vec<Case> {
    let signed = resigned(sealed(&Doc::contract().set(40, forged()), By::Seal), |pdf, _| {
        let at = find(pdf, b"\n40 1\n") + 1;
        pdf[at..at + 2].copy_from_slice(b"04");
    });
    let seal = usual(By::Seal);
    vec![
        Case::of("signed-entry-twice", signed.pdf)
            .says(
                "签名时交叉引用已对正文给出两个位置（签章人自己所为）",
                "the table that was signed names two places for the content (by the signer himself)",
            )
            .unknown(&rule::PDF_STRUCTURE),
        Case::of("object-stream-twice", in_stream_twice(&seal))
            .says(
                "对象流中同一页面有两个，交叉引用指向未改的一个",
                "an object stream holds a page twice, and the entry leads to the one that is as it was",
            )
            .unknown(&rule::PDF_STRUCTURE)
            .unknown(&rule::SIGNATURE_TAIL),
    ]
}

/// The second page with other content first, then as it was; the other content comes along as metadata.
fn in_stream_twice(seal: &Sealed) -> Vec<u8> {
    let page = seal.body(SECOND);
    let other = page.replace("/Contents 7 0 R", "/Contents 60 0 R");
    assert_ne!(page, other);
    let metadata = stream("/Type/Metadata/Subtype/XML", &format!("BT (Amount {FORGED}) Tj ET"));
    let catalog = entries_added(&seal.body(CATALOG), "/Metadata 60 0 R");
    let head = format!("{SECOND} 0 {SECOND} {} ", other.len() + 1);
    let packed = stream(&format!("/Type/ObjStm/N 2/First {}", head.len()), &format!("{head}{other} {page}"));
    let (mut out, mut places) = (seal.pdf.clone(), Vec::new());
    for (number, body) in [(60, &metadata), (CATALOG, &catalog), (87, &packed)] {
        places.push((number, [1, out.len(), 0]));
        out.extend_from_slice(object(number, body).as_bytes());
    }
    places.push((SECOND, [2, 87, 1]));
    let at = out.len();
    places.push((88, [1, at, 0]));
    let (mut data, mut index) = (String::new(), String::new());
    places.sort_unstable();
    for (number, [kind, second, third]) in places {
        write!(data, "{kind:02x}{second:08x}{third:04x}").unwrap();
        write!(index, "{number} 1 ").unwrap();
    }
    let entries = format!(
        "/Type/XRef/W[1 4 2]/Index[{index}]/Size 200/Filter/ASCIIHexDecode/Root 1 0 R/Prev {}",
        startxref(&seal.pdf)
    );
    out.extend_from_slice(object(88, &stream(&entries, &format!("{data}>"))).as_bytes());
    out.extend_from_slice(format!("startxref\n{at}\n%%EOF\n").as_bytes());
    out
}
