//! Somebody who has a good seal and shows another one: every value here is right, made by the signer over an appearance
//! of his own.

use std::fmt::Write as _;

use sealbridge_verify::catalogue as rule;
use testkit::lab::{SealSpec, ValueSpec};

use crate::Case;
use crate::base::*;

/// Digits that are kept free for a value.
const ROOM: usize = 8_000;
/// The red pixel of the seal.
const PICTURE: &str = "/Type/XObject/Subtype/Image/Width 1/Height 1/ColorSpace/DeviceRGB/BitsPerComponent 8/Filter/ASCIIHexDecode";
/// The seal's own size, 40 mm.
const BOX: &str = "300 200 413.4 313.4";
/// Draws it over all of a box of a hundred.
const WHOLE: &str = "q 100 0 0 100 0 0 cm /Seal Do Q";

/// A seal with widgets of these rectangles on the first page, each with what it draws.
fn showing(widgets: &[(&str, &str)], form: &str) -> Vec<u8> {
    let states = "/ExtGState<</Clear<</ca 0/CA 0>>/Screen<</BM/Screen>>>>/Font<</F1 5 0 R>>";
    let mut doc = Doc::contract();
    let (mut kids, mut number) = (String::new(), 50);
    for (rect, content) in widgets {
        let widget = format!(
            "<</Type/Annot/Subtype/Widget/Parent 40 0 R/V 43 0 R/F 132/Rect[{rect}]/P 3 0 R/AP<</N {} 0 R>>>>",
            number + 1
        );
        let entries = format!(
            "/Type/XObject/Subtype/Form/BBox[0 0 100 100]/Resources<</XObject<</Seal 42 0 R>>{states}>>{form}"
        );
        doc = doc.set(number, widget).set(number + 1, stream(&entries, content));
        let _ = write!(kids, "{number} 0 R ");
        number += 2;
    }
    let value = format!(
        "<</Type/Sig/Filter/Test.GMPkiLite/SubFilter/GM.sm2seal/ByteRange[0 0000000000 0000000000 0000000000]/Contents<{}>>>",
        "0".repeat(ROOM)
    );
    let mut pdf = doc
        .with(CATALOG, "/AcroForm<</SigFlags 3/Fields[40 0 R]>>")
        .with(PAGE, &format!("/Annots[{kids}]"))
        .set(40, format!("<</FT/Sig/T(Seal)/V 43 0 R/Kids[{kids}]>>"))
        .set(42, stream(PICTURE, "FF0000>"))
        .set(43, value)
        .write();
    let start = find(&pdf, b"/Contents<00") + 9;
    let end = start + ROOM + 2;
    let range = [0, start, end, pdf.len() - end];
    let text = format!("[0 {start:010} {end:010} {:010}]", range[3]);
    let at = find(&pdf, b"/ByteRange[0 ") + 10;
    pdf[at..at + text.len()].copy_from_slice(text.as_bytes());
    let value = ValueSpec::good().write(&SealSpec::good().write(), &covered(&pdf, range), &text);
    put_value(&mut pdf, range, &value);
    pdf
}

fn drawn(content: &str) -> Vec<u8> {
    showing(&[(BOX, content)], "")
}

pub(crate) fn cases() -> Vec<Case> {
    let other = "0 0 1 RG 4 w 5 5 90 90 re S BT /F1 12 Tf 10 45 Td (ANOTHER COMPANY) Tj ET q 1 0 0 1 0 0 cm /Seal Do Q";
    // Each of two widgets shows a half in its full height, as seals over several sheets do.
    let halves = [
        ("300 200 356.7 313.4", "q 200 0 0 100 0 0 cm /Seal Do Q"),
        ("500 200 556.7 313.4", "q 200 0 0 100 -100 0 cm /Seal Do Q"),
    ];
    let all = vec![
        Case::of("control-seal-in-forms", drawn("q 0.5 0 0 0.5 0 0 cm q 200 0 0 200 0 0 cm /Seal Do Q Q"))
            .says("印章图片经两次缩放绘出", "the picture of the seal is drawn through two scales"),
        Case::of("control-seal-in-halves", showing(&halves, ""))
            .says("骑缝章的两半合成全章", "the two halves of a riding seal make up the whole"),
        Case::of("seal-shows-other-in-lines", drawn(other)).says(
            "用线条和文字画出另一枚章，真章图片缩到看不见",
            "lines and text draw another seal, the true picture is too small to be seen",
        ),
        Case::of("seal-transparent", drawn(&format!("/Clear gs {WHOLE}")))
            .says("印章图片完全透明", "the picture of the seal is drawn fully transparent"),
        Case::of("seal-blended-away", drawn(&format!("/Screen gs {WHOLE}"))).says(
            "印章图片以滤色模式绘出，在白纸上不可见",
            "the picture is drawn in the mode Screen, so that white paper swallows it",
        ),
        Case::of("seal-clipped-away", drawn(&format!("0 0 1 1 re W n {WHOLE}")))
            .says("印章图片被裁剪得看不见", "the picture of the seal is clipped away"),
        Case::of("seal-cut-by-shape", drawn(&format!("0 0 m 1 1 l 1 0 l h W n {WHOLE}")))
            .says("印章图片被图形裁剪", "the picture of the seal is cut off by a shape"),
        Case::of("seal-half-shown", showing(&halves[..1], ""))
            .says("只显示半枚章", "only a half of the seal is shown"),
        Case::of("seal-tiny", showing(&[("300 200 302 202", WHOLE)], ""))
            .says("40 毫米的印章显示为 0.7 毫米", "a seal of 40 mm is shown in 0.7 mm"),
        Case::of("seal-painted-over", drawn(&format!("{WHOLE} 1 g 0 0 100 100 re f"))).says(
            "印章图片被同一外观中的白色方块盖住",
            "a white box in the same appearance covers the picture",
        ),
        Case::of(
            "seal-with-inline-image",
            drawn(&format!("{WHOLE} q 100 0 0 100 0 0 cm BI /W 1 /H 1 /CS /G /BPC 8 ID x EI Q")),
        )
        .says("印章图片上又画有内嵌图片", "an inline image is drawn over the picture"),
        Case::of("seal-mirrored", drawn("q -100 0 0 100 100 0 cm /Seal Do Q"))
            .says("印章图片被镜像", "the picture of the seal is mirrored"),
    ];
    let doubtful = |case: Case| if case.is_control() { case } else { case.unknown(&rule::SEAL_PICTURE) };
    all.into_iter().map(doubtful).collect()
}
