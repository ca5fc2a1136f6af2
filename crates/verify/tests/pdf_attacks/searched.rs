//! What one reader finds and another does not: trailers that only a search leads to, sizes that make readers repair the
//! file, a signature that calls itself usage rights, and a picture that is coded to look like another.

use std::fmt::Write as _;

use sealbridge_verify::catalogue as rule;

use crate::Case;
use crate::appended::by_hand;
use crate::base::*;
use crate::looks::signed_otherwise;
use crate::missing::forged_tree;

pub(crate) fn cases() -> Vec<Case> {
    let mut all = Vec::new();
    for (by, names) in [
        (By::Seal, ["trailer-behind-the-trailer", "size-impossible"]),
        (By::Cms, ["trailer-behind-the-trailer-plain", "size-impossible-plain"]),
    ] {
        let sealed = usual(by);
        all.push(
            Case::of(names[0], second_trailer(&sealed.pdf))
                .says(
                    "文件尾之后另有文件尾，修复文件的阅读器按其显示伪造内容",
                    "a second trailer behind the first: readers that repair the file show what it leads to",
                )
                .bad(&rule::SIGNATURE_TAIL),
        );
        all.push(
            Case::of(names[1], large(&sealed.pdf))
                .says(
                    "Size 大得不可能，有的阅读器会重建文件",
                    "a Size that no file has: some readers repair the file",
                )
                .unknown(&rule::PDF_STRUCTURE),
        );
    }
    all.push(rights());
    all.push(
        Case::of("seal-coded-otherwise", one_bit())
            .says(
                "印章图片按一位一色解码，显示成另一图片（签章人自己所为）",
                "the picture is decoded as one bit a colour and looks other than the seal's (by the signer himself)",
            )
            .unknown(&rule::SEAL_PICTURE),
    );
    all
}

/// Nothing is changed, but the number of objects is told to be so large that readers look for them.
fn large(pdf: &[u8]) -> Vec<u8> {
    let prev = startxref(pdf);
    by_hand(pdf, "", |_| format!("xref\n0 0\ntrailer\n<</Size 9000000/Root 1 0 R/Prev {prev}>>\n"))
}

/// The same, and a catalogue of forged pages that a second trailer leads to.
fn second_trailer(pdf: &[u8]) -> Vec<u8> {
    let (pages, page, content) = forged_tree();
    let objects = [(149, "<</Type/Catalog/Pages 50 0 R>>"), (50, &pages), (51, &page), (52, &content)];
    let prev = startxref(pdf);
    let (mut words, mut entries) = (String::new(), String::new());
    for (number, body) in objects {
        let _ = write!(entries, "{number} 1\n{:010} 00000 n \n", pdf.len() + words.len());
        let _ = write!(words, "{number} 0 obj\n{body}\nendobj\n");
    }
    by_hand(pdf, &words, |_| {
        format!(
            "xref\n{entries}trailer\n<</Size 9000000/Root 1 0 R/Prev {prev}>>\ntrailer\n<</Root 149 0 R/Size 200>>\n"
        )
    })
}

/// Of two signatures the first loses its field and is named as usage rights.
fn rights() -> Case {
    let two = sealed_again(&usual(By::Seal).pdf);
    let first = usual(By::Seal);
    let fields = two.body(two.form).replace(&format!("{} 0 R ", first.field), "");
    assert_ne!(fields, two.body(two.form));
    let catalog = entries_added(&two.body(CATALOG), &format!("/Perms<</UR3 {} 0 R>>", first.signature));
    Case::of("removed-first-as-usage-rights", two.updated(&[(two.form, &fields), (CATALOG, &catalog)]))
        .says(
            "两个章中的第一个被移除，并冒充为使用权限",
            "the first of two seals is taken out and passed off as usage rights",
        )
        .bad(&rule::SIGNATURE_REACHED)
}

/// The samples of the picture are read as one bit each.
fn one_bit() -> Vec<u8> {
    signed_otherwise(usual(By::Seal), |pdf, _| {
        *pdf = patched(pdf, "/BitsPerComponent 8", "/BitsPerComponent 1");
    })
}
