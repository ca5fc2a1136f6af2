//! Fields that are filled over something that readers show and a stricter or looser way of going through the page does
//! not: operands too many, references where a value is wanted, pictures that end elsewhere, colours that are mixed, text
//! that goes further than it says.

use std::fmt::Write as _;

use sealbridge_verify::catalogue as rule;

use crate::Case;
use crate::base::*;
use crate::shadow::shown;

/// The place of the field.
const RECT: &str = "/Rect[200 600 330 624]";
/// A ground, so that the field covers all of its place.
const GROUND: &str = "/MK<</BG[1]>>";
/// The amount at that place, and its font and its place alone.
const SHOWN: &str = "BT /F1 16 Tf 202 606 Td (10600.00) Tj ET";
const AT: &str = "BT /F1 16 Tf 202 606 Td";
/// A picture and a form of the page.
const IMAGE: u32 = 50;
const FORM: u32 = 51;
/// Another font, and what belongs to it.
const OTHER: u32 = 52;
const DESCENDANT: u32 = 53;
/// Any other object.
const VALUE: u32 = 54;

/// The contract with this content, a form to be filled, and things that its pages may draw.
fn over(content: &str) -> Doc {
    let things =
        "/Resources<</XObject<</I 50 0 R/Fm 51 0 R>>/ExtGState<</D<</BM/Difference>>>>/Font<</F2 52 0 R";
    let field = format!(
        "<</Type/Annot/Subtype/Widget/F 4/P 3 0 R/FT/Tx/T(amount)/DA(/F1 12 Tf 0 g)/AP<</N 41 0 R>>/V(){RECT}{GROUND}>>"
    );
    let gray = "/Type/XObject/Subtype/Image/Width 1/Height 1/ColorSpace/DeviceGray/BitsPerComponent 8";
    Doc::contract()
        .set(PAGE, page(CONTENT, "/Annots[40 0 R]").replace("/Resources<</Font<<", things))
        .set(CONTENT, stream("", &format!("BT /F1 14 Tf 72 720 Td (Contract, page 1) Tj ET {content}")))
        .set(40, field)
        .set(41, shown(""))
        .set(42, "<</Fields[40 0 R]/DR<</Font<</F1 5 0 R>>>>/DA(/F1 12 Tf 0 g)>>")
        .set(IMAGE, stream(gray, "\u{1}"))
        .set(FORM, drawn_form("/Subtype/Form", SHOWN))
        .set(OTHER, "<</Type/Font/Subtype/Type1/BaseFont/Times-Roman>>")
        .with(CATALOG, "/AcroForm 42 0 R")
}

fn drawn_form(entries: &str, content: &str) -> String {
    stream(&format!("/Type/XObject{entries}/BBox[0 0 595 842]/Resources<</Font<</F1 5 0 R>>>>"), content)
}

/// Signed, and the field filled.
fn filled(doc: &Doc) -> Vec<u8> {
    let signed = sealed(doc, By::Cms);
    let field = signed.body(40).replace("/V()", &format!("/V({FORGED})"));
    let entries = "/Type/XObject/Subtype/Form/BBox[0 0 130 24]/Resources<</Font<</F1 5 0 R>>>>";
    let look = format!("q 1 g 0 0 130 24 re f Q /Tx BMC q BT /F1 12 Tf 0 g 2 5 Td ({FORGED}) Tj ET Q EMC");
    signed.updated(&[(40, &field), (41, &stream(entries, &look))])
}

pub(crate) fn cases() -> Vec<Case> {
    let mut all = followed();
    all.extend(coloured());
    all.extend(placed());
    all.extend(ruled());
    for case in all.iter_mut().filter(|case| !case.is_control()) {
        case.findings.push((&rule::SIGNATURE_FILLED, sealbridge_verify::Status::Unknown));
    }
    all.push(
        Case::of("control-filled-beside-all", filled(&over(HONEST)))
            .says("在线上填写，旁有普通内容", "a field is filled on a line, beside what pages have"),
    );
    all
}

/// What producers write.
const HONEST: &str = "/Perceptual ri 0 i /Span <</ActualText(x)>> BDC EMC q 20 0 0 20 500 700 cm \
    BI /W 4 /H 1 /BPC 8 /CS /G ID abcd EI Q q 20 0 0 20 450 700 cm /I Do Q 0.5 w 200 602 m 330 602 l S \
    BT /F1 12 Tf 72 606 Td [(Amou) -10 (nt:)] TJ ET";

fn followed() -> Vec<Case> {
    let by_reference = drawn_form("/Subtype 54 0 R", SHOWN);
    let moved = drawn_form("/Subtype/Form/Matrix[1 0 0 1 54 0 R 0]", &SHOWN.replace("202", "2"));
    let inline = "q 1 0 0 1 5 5 cm BI /W 16 /H 1 /BPC 8 /CS /G ID";
    let outer = drawn_form("/Subtype/Form", "/Inner Do").replace("/Resources<<", "/Resources<</XObject<<>>");
    vec![
        Case::of("followed-operand", filled(&over(&format!("{AT} 0 (10600.00) Tj ET")))).says(
            "显示金额的操作符多一个操作数，阅读器照样显示；填写的域盖住金额",
            "a field is filled over an amount whose operator has an operand too many, and which readers show",
        ),
        Case::of("followed-operand-form", filled(&over("1 /Fm Do")))
            .says("同上，金额在表单对象中", "the same with a form that is drawn"),
        Case::of("followed-subtype", filled(&over("/Fm Do").set(FORM, by_reference).set(VALUE, "/Form")))
            .says("同上，对象的类型是间接引用", "the same with a form whose type is a reference"),
        Case::of("followed-matrix", filled(&over("/Fm Do").set(FORM, moved).set(VALUE, "200")))
            .says("同上，矩阵中有间接引用", "the same with a form that a reference moves"),
        Case::of("followed-inner", {
            let doc = over("/Fm Do").set(FORM, outer).set(VALUE, drawn_form("/Subtype/Form", SHOWN));
            let page = doc.objects[&PAGE].replace("/Fm 51", "/Inner 54 0 R/Fm 51");
            filled(&doc.set(PAGE, page))
        })
        .says("同上，名称在页面的资源中", "the same with a name of the page that a form draws"),
        Case::of("followed-state", {
            let body = "BT /F1 16 Tf 1 0 0 1 2 606 Tm (10600.00) Tj ET";
            filled(
                &over("BT -200 Ts ET /Fm Do")
                    .set(FORM, drawn_form("/Subtype/Form", &body.replace("2 606", "202 806"))),
            )
        })
        .says("同上，文字位置由外层状态改变", "the same with text that the state of the page moves"),
        Case::of(
            "followed-inline",
            filled(&over(&format!("{inline} 123 EI (xxxxxxxx EI Q {SHOWN} {inline} xxxxxxxxxx)xxxxx EI Q"))),
        )
        .says(
            "内嵌图片的数据里有假的结尾，其后的金额被当作字符串",
            "a picture seems to end in its data, and the amount behind it is taken for a string",
        ),
    ]
}

/// Figures of white squares.
fn white() -> String {
    let mut out = String::from("1 g ");
    for at in 0..8 {
        let _ = write!(out, "{} 604 4 16 re f ", 204 + at * 12);
    }
    out
}

fn coloured() -> Vec<Case> {
    let negative = "/Type/XObject/Subtype/Image/Width 1/Height 1/ColorSpace/DeviceGray/BitsPerComponent 8/Decode[1 0]/Filter/ASCIIHexDecode";
    let stencil =
        "/Type/XObject/Subtype/Image/Width 1/Height 1/ImageMask true/Decode[1 0]/Filter/ASCIIHexDecode";
    let black = format!("q 180 0 0 40 180 592 cm /I Do Q {}", white());
    let near = "/Type/XObject/Subtype/Image/Width 16/Height 3/ColorSpace/DeviceGray/BitsPerComponent 8/Filter/ASCIIHexDecode";
    let row = "80".repeat(16);
    let letters = format!("{row}8080805AA65AA65AA65AA65A80808080{row}>");
    vec![
        Case::of("coloured-difference", filled(&over(&format!("1 g 0 0 595 700 re f /D gs {}", white()))))
            .says(
                "填写的域盖住以差值混合绘制的图形：白上之白显示为黑",
                "a field is filled over figures of white on white, which a blend mode makes black",
            ),
        Case::of("coloured-negative", filled(&over(&black).set(IMAGE, stream(negative, "FF>"))))
            .says("黑底来自反相的图片", "white figures on a black picture that is stored in negative"),
        Case::of(
            "coloured-stencil",
            filled(&over(&format!("0 g {black}")).set(IMAGE, stream(stencil, "80>"))),
        )
        .says("黑底来自镂空模板", "white figures on a black stencil"),
        Case::of(
            "coloured-near",
            filled(&over("q 130 0 0 24 200 600 cm /I Do Q").set(IMAGE, stream(near, &letters))),
        )
        .says(
            "图片中的字与底都接近最常见的颜色，彼此却相去甚远",
            "letters and their ground are both near the commonest colour, and far from one another",
        ),
    ]
}

fn placed() -> Vec<Case> {
    let vertical =
        "<</Type/Font/Subtype/Type0/BaseFont/STSong-Light/Encoding/UniGB-UCS2-V/DescendantFonts[53 0 R]>>";
    let descendant = "<</Type/Font/Subtype/CIDFontType0/BaseFont/STSong-Light/CIDSystemInfo<</Registry(Adobe)/Ordering(GB1)/Supplement 2>>/DW2[880 -5000]>>";
    let part = "<</Type/Font/Subtype/Type1/BaseFont/Helvetica/FirstChar 32/LastChar 32/Widths[278]>>";
    let dots = ".".repeat(53);
    vec![
        Case::of(
            "placed-vertical",
            filled(
                &over("BT /F2 20 Tf 215 1022 Td <4E004E004E004E0058F9> Tj ET")
                    .set(OTHER, vertical)
                    .set(DESCENDANT, descendant),
            ),
        )
        .says(
            "竖排字体自定步长，字落在域中",
            "a field is filled over a letter that vertical steps bring there",
        ),
        Case::of("placed-standard", filled(&over(&format!("BT /F2 12 Tf 40 606 Td ({dots}10600.00) Tj ET"))))
            .says(
                "标准字体没有写明字宽，字的位置无从得知",
                "a field is filled over text in a font whose widths nobody tells",
            ),
        Case::of("placed-part", filled(&over("BT /F2 16 Tf 195 606 Td (10600.00) Tj ET").set(OTHER, part)))
            .says("字宽列表不全", "the same with a list of widths that ends before the figures"),
    ]
}

fn ruled() -> Vec<Case> {
    let bars = (0..20).fold(String::new(), |all, at| format!("{all}{} 596 1 30 re f ", 210 + at * 5));
    let three = "206 618 60 2 re f 210 612 50 2 re f 202 606 66 2 re f";
    let line = "BT /F1 16 Tf 10 Ts 202 600 Td (_) Tj ET";
    vec![
        Case::of("ruled-bars", filled(&over(&bars)))
            .says("填写的域盖住条码", "a field is filled over a bar code"),
        Case::of("ruled-three", filled(&over(three)))
            .says("填写的域盖住三条横线画成的三", "a field is filled over a three (三) of three lines"),
        Case::of("ruled-dash", filled(&over(line))).says(
            "填写的域盖住抬高的一条下划线",
            "a field is filled over one low line that stands as a dash",
        ),
    ]
}
