//! Fields that are filled over something that was signed: a scanned page, a drawing, the value of another field. What is
//! allowed by the letter (a form is filled in) shows another document; a place that is blank is there to be filled.

use std::fmt::Write as _;

use sealbridge_verify::catalogue as rule;

use crate::Case;
use crate::base::*;
use crate::shadow::shown;

/// Figures of five by seven points, row by row, and the point.
const FIGURES: [(char, [u8; 7]); 5] = [
    ('0', [0b01110, 0b10001, 0b10001, 0b10001, 0b10001, 0b10001, 0b01110]),
    ('1', [0b00100, 0b01100, 0b00100, 0b00100, 0b00100, 0b00100, 0b01110]),
    ('6', [0b01110, 0b10000, 0b10000, 0b11110, 0b10001, 0b10001, 0b01110]),
    ('.', [0, 0, 0, 0, 0, 0b00100, 0b00100]),
    ('/', [0b00001, 0b00001, 0b00010, 0b00100, 0b01000, 0b10000, 0b10000]),
];
/// Points of the page for one of a figure.
const DOT: usize = 2;
/// The place of the field, and that of the amount in it.
const RECT: &str = "/Rect[70 600 300 620]";
const LEFT: usize = 74;
const BASE: usize = 603;

/// The squares that a text is drawn with, from the left and from below.
fn squares(text: &str, left: usize, base: usize) -> Vec<(usize, usize)> {
    let mut all = Vec::new();
    for (place, character) in text.chars().enumerate() {
        let (_, rows) = FIGURES.iter().find(|(one, _)| *one == character).expect("a figure");
        for (row, bits) in rows.iter().enumerate() {
            let columns = (0..5).filter(|column| bits >> (4 - column) & 1 == 1);
            all.extend(columns.map(|column| (left + (place * 6 + column) * DOT, base + (6 - row) * DOT)));
        }
    }
    all
}

/// The amount drawn square by square.
fn drawn(text: &str) -> String {
    let mut out = String::new();
    for (x, y) in squares(text, LEFT, BASE) {
        let _ = write!(out, "{x} {y} {DOT} {DOT} re ");
    }
    format!("{out}f")
}

/// A page of one picture, black where it is inked, in runs.
fn scanned(entries: &str, is_ink: impl Fn(usize, usize) -> bool) -> String {
    let mut data = String::new();
    for row in 0..842 {
        let byte = |at: usize| {
            let bit = |bit: usize| u8::from(!is_ink(at * 8 + bit, 841 - row)) << (7 - bit);
            (0..8).map(bit).fold(0, |byte, bit| byte | bit)
        };
        let bytes: Vec<u8> = (0..75).map(byte).collect();
        for run in bytes.chunk_by(|a, b| a == b) {
            // One byte by itself, or a run of them.
            let count = if run.len() == 1 { 0 } else { 257 - run.len() };
            let _ = write!(data, "{count:02X}{:02X}", run[0]);
        }
    }
    let filters = "/Filter[/ASCIIHexDecode/RunLengthDecode]";
    stream(
        &format!("/Type/XObject/Subtype/Image/Width 600/Height 842/BitsPerComponent 1{filters}{entries}"),
        &format!("{data}80>"),
    )
}

/// The amount scanned, and a rule below it.
fn scan(entries: &str) -> String {
    let squares = squares(AMOUNT, LEFT, BASE);
    scanned(entries, |x, y| {
        let is_figure =
            squares.iter().any(|(left, base)| x.wrapping_sub(*left) < DOT && y.wrapping_sub(*base) < DOT);
        is_figure || (y == 500 && (70..300).contains(&x))
    })
}

const GRAY: &str = "/ColorSpace/DeviceGray";

fn form(look: &str) -> String {
    stream("/Type/XObject/Subtype/Form/BBox[0 0 230 20]/Resources<</Font<</F1 5 0 R/Z 48 0 R>>>>", look)
}

/// What a field shows with a white ground.
fn grounded(text: &str) -> String {
    form(&format!("q 1 g 0 0 230 20 re f Q /Tx BMC q BT /F1 12 Tf 0 g 2 5 Td ({text}) Tj ET Q EMC"))
}

/// The contract with this content on its first page, a text field and a box to tick.
fn over(content: &str, field: &str) -> Doc {
    let resources = "/Resources<</XObject<</I 45 0 R>>";
    let widget = |entries: &str| format!("<</Type/Annot/Subtype/Widget/F 4/P 3 0 R{entries}>>");
    Doc::contract()
        .set(PAGE, page(CONTENT, "/Annots[40 0 R 44 0 R]").replace("/Resources<<", resources))
        .set(CONTENT, stream("", content))
        .set(40, widget(&format!("/FT/Tx/T(amount)/DA(/F1 12 Tf 0 g)/AP<</N 41 0 R>>/V(){field}")))
        .set(41, form(""))
        .set(42, "<</Fields[40 0 R 44 0 R]/DR<</Font<</F1 5 0 R>>>>/DA(/F1 12 Tf 0 g)>>")
        .set(44, widget("/FT/Btn/T(agreed)/Rect[70 600 300 620]/V/Off/AS/Off/AP<</N<</Yes 46 0 R>>>>"))
        .set(46, grounded(&format!("Amount {FORGED}")))
        .set(48, "<</Type/Font/Subtype/Type1/BaseFont/ZapfDingbats>>")
        .with(CATALOG, "/AcroForm 42 0 R")
}

const GROUND: &str = "/MK<</BG[1]>>";
/// The picture over the whole page.
const PICTURE: &str = "q 600 0 0 842 0 0 cm /I Do Q";

/// Signed, and the text field filled.
fn filled(doc: &Doc, value: &str, look: &str) -> Vec<u8> {
    let signed = sealed(doc, By::Cms);
    let field = signed.body(40).replace("/V()", &format!("/V({value})"));
    signed.updated(&[(40, &field), (41, look)])
}

/// Signed, and the box ticked.
fn ticked(doc: &Doc) -> Vec<u8> {
    sealed(doc, By::Cms).changed(44, |text| text.replace("/V/Off/AS/Off", "/V/Yes/AS/Yes"))
}

fn field(entries: &str) -> String {
    format!("{RECT}{entries}")
}

pub(crate) fn cases() -> Vec<Case> {
    let mut all = scans();
    all.extend(drawings());
    all.extend(others());
    for case in &mut all {
        case.findings.push((&rule::SIGNATURE_FILLED, sealbridge_verify::Status::Unknown));
    }
    all.extend(controls());
    all
}

/// The amount is a picture.
fn scans() -> Vec<Case> {
    let page =
        |entries: &str, field_entries: &str| over(PICTURE, &field(field_entries)).set(45, scan(entries));
    let inline = "q 230 0 0 20 70 600 cm BI /W 4 /H 1 /BPC 8 /CS /G /F /AHx ID 00FF00FF> EI Q";
    let coded = scan(GRAY).replace("[/ASCIIHexDecode/RunLengthDecode]", "/CCITTFaxDecode");
    vec![
        Case::of("overlaid-scan", filled(&page(GRAY, GROUND), FORGED, &grounded(FORGED))).says(
            "填写的域以白底盖住扫描页面上的金额",
            "a field is filled over the amount of a scanned page, on a white ground",
        ),
        Case::of("overlaid-scan-ticked", ticked(&page(GRAY, "").set(40, "null"))).says(
            "勾选的复选框以预备的白底图形盖住扫描页面上的金额",
            "a box is ticked whose picture covers the amount of a scanned page",
        ),
        Case::of("overlaid-scan-letters", filled(&page(GRAY, ""), "88888888", &shown("88888888"))).says(
            "填写的数字压在扫描页面的数字上，使之成为别的数字",
            "figures are filled in over those of a scanned page, and make others of them",
        ),
        Case::of(
            "overlaid-scan-turned",
            filled(&page("/ColorSpace/DeviceGray/Decode[1 0]", GROUND), FORGED, &grounded(FORGED)),
        )
        .says("同上，图片以反相存储", "the same over a picture that is stored in negative"),
        Case::of("overlaid-stencil", filled(&page("/ImageMask true", GROUND), FORGED, &grounded(FORGED)))
            .says("同上，图片是镂空模板", "the same over a picture that is a stencil"),
        Case::of(
            "overlaid-scan-coded",
            filled(&over(PICTURE, &field(GROUND)).set(45, coded), FORGED, &grounded(FORGED)),
        )
        .says(
            "同上，图片编码无法解读，该处是否空白无从得知",
            "the same over a picture that is not decoded here, so that nobody knows whether it is blank",
        ),
        Case::of(
            "overlaid-inline-picture",
            filled(&over(inline, &field(GROUND)).set(45, "null"), FORGED, &grounded(FORGED)),
        )
        .says(
            "填写的域盖住内容流中的图片",
            "a field is filled over a picture within the content of the page",
        ),
    ]
}

/// The amount is drawn.
fn drawings() -> Vec<Case> {
    let on = |content: &str, entries: &str| over(content, &field(entries)).set(45, "null");
    let fill = |content: &str| filled(&on(content, GROUND), FORGED, &grounded(FORGED));
    let amount = drawn(AMOUNT);
    let clip = format!("q {} W n 0 0 595 842 re f Q", amount.trim_end_matches('f'));
    let holes = format!("60 590 300 50 re {}*", drawn(AMOUNT));
    let narrow = "/Rect[70 600 84 620]/MK<</BG[1]>>";
    let stroke = "1 w 76 603 m 76 617 l S BT /F1 14 Tf 86 603 Td (0600.00) Tj ET";
    let narrow_look = |text: &str| grounded(text).replace("230 20", "14 20");
    let curve = "2 w 90 602 m 110 602 110 618 90 618 c S";
    vec![
        Case::of("overlaid-drawing", fill(&amount)).says(
            "填写的域盖住以矩形绘制的金额",
            "a field is filled over an amount that is drawn of squares",
        ),
        Case::of("overlaid-drawing-letters", filled(&on(&amount, ""), "88888888", &shown("88888888")))
            .says("填写的数字压在绘制的数字上", "figures are filled in over figures that are drawn"),
        Case::of("overlaid-clipped", fill(&clip)).says(
            "填写的域盖住裁剪而成的金额",
            "a field is filled over an amount that a clip cuts out of a black area",
        ),
        Case::of("overlaid-holes", fill(&holes)).says(
            "填写的域盖住黑底上镂空的金额",
            "a field is filled over an amount that is left out of a black area",
        ),
        Case::of("overlaid-white-on-black", fill(&format!("60 590 300 50 re f 1 g {amount}")))
            .says("填写的域盖住黑底白字的金额", "a field is filled over an amount that is white on black"),
        Case::of("overlaid-pattern", {
            let doc = on("/Pattern cs /P0 scn 60 590 300 50 re f", GROUND);
            let cell = "/PatternType 1/PaintType 1/TilingType 1/BBox[0 0 595 842]/XStep 595/YStep 842/Resources<<>>";
            let page = doc.objects[&PAGE].replace("/Resources<<", "/Resources<</Pattern<</P0 45 0 R>>");
            let doc = doc.set(PAGE, page.replace("/XObject<</I 45 0 R>>", "")).set(45, stream(cell, &amount));
            filled(&doc, FORGED, &grounded(FORGED))
        })
        .says("填写的域盖住以图案绘制的金额", "a field is filled over an amount that a pattern paints"),
        Case::of("overlaid-called-blank", {
            let map = "begincmap 1 begincodespacerange <00><FF> endcodespacerange 1 beginbfrange <2E><39><0020> endbfrange endcmap";
            let same: String = (0x2E..=0x39).fold(String::new(), |all, code| format!("{all}<{code:02X}><0020>"));
            let map = map.replace("1 beginbfrange <2E><39><0020> endbfrange", &format!("12 beginbfchar {same} endbfchar"));
            let doc = on("BT /F2 12 Tf 72 605 Td (10600.00) Tj ET", GROUND);
            let font = "<</Type/Font/Subtype/Type1/BaseFont/Helvetica/ToUnicode 51 0 R>>";
            let page = doc.objects[&PAGE].replace("/Font<<", "/Font<</F2 50 0 R");
            let doc = doc.set(PAGE, page).set(50, font).set(51, stream("", &map));
            filled(&doc, FORGED, &grounded(FORGED))
        })
        .says(
            "页面字体自称其数字为空格，填写的域盖住金额",
            "a field is filled over an amount whose font calls its figures blanks",
        ),
        Case::of("overlaid-curve", fill(curve))
            .says("填写的域盖住一段曲线", "a field is filled over a curve"),
        Case::of("overlaid-stroke", filled(&over(stroke, narrow).set(45, "null"), "9", &narrow_look("9")))
            .says(
                "填写的域盖住以一竖画成的数字一",
                "a field is filled over a one that is drawn as an upright line",
            ),
        Case::of("overlaid-text-letters", {
            let doc = on("BT /F1 12 Tf 72 605 Td (10600.00) Tj ET", "");
            filled(&doc, "88888888", &shown("88888888"))
        })
        .says("填写的数字压在页面的数字上", "figures are filled in over figures of the page"),
    ]
}

/// The amount is shown by another annotation, or by a picture that nobody saw.
fn others() -> Vec<Case> {
    let amount = |entries: &str| {
        format!(
            "<</Type/Annot/Subtype/Widget/FT/Tx/T(sum)/V(10600.00)/Ff 1{RECT}/F 4/P 3 0 R/DA(/F1 12 Tf 0 g){entries}>>"
        )
    };
    let with = |other: &str, entries: &str| {
        let doc = over("", &field(entries)).set(45, "null").set(47, other).set(49, shown(AMOUNT));
        let page = doc.objects[&PAGE].replace("/Annots[40", "/Annots[47 0 R 40");
        let form = doc.objects[&42].replace("/Fields[", "/Fields[47 0 R ");
        doc.set(PAGE, page).set(42, form)
    };
    let note = format!(
        "<</Type/Annot/Subtype/FreeText{RECT}/F 4/P 3 0 R/AP<</N 49 0 R>>/DA(/F1 12 Tf)/Contents(10600.00)>>"
    );
    let looked = amount("/AP<</N 49 0 R>>");
    let sentence = over("", &field("")).set(45, "null").set(40, "null");
    vec![
        Case::of("overlaid-field", filled(&with(&looked, GROUND), FORGED, &grounded(FORGED))).says(
            "填写的域以白底盖住另一个域的值",
            "a field is filled over the value of another one, on a white ground",
        ),
        Case::of("overlaid-field-letters", filled(&with(&looked, ""), "88888888", &shown("88888888")))
            .says("填写的数字压在另一个域的值上", "figures are filled in over the value of another field"),
        Case::of("overlaid-field-bare", filled(&with(&amount(""), GROUND), FORGED, &grounded(FORGED))).says(
            "同上，那个域没有外观，由阅读器绘制",
            "the same over a field without an appearance, which readers draw",
        ),
        Case::of("overlaid-note", filled(&with(&note, GROUND), FORGED, &grounded(FORGED))).says(
            "填写的域盖住签名时已有的批注",
            "a field is filled over an annotation that was there when it was signed",
        ),
        Case::of("ticked-sentence", ticked(&sentence)).says(
            "勾选复选框后显示预备的一句话，签名人未曾见过",
            "a box is ticked, and shows a sentence that nobody who signed saw",
        ),
    ]
}

/// Forms as they are filled every day.
fn controls() -> Vec<Case> {
    let below = |entries: &str| format!("/Rect[70 495 300 515]{entries}");
    let lines = "0.5 w 70 600 230 20 re S 70 640 m 300 640 l S";
    let comb = "0.5 w 70 600 230 20 re S 90 600 m 90 620 l S 110 600 m 110 620 l S 130 600 m 130 620 l S";
    let box_drawn = "1 w 72 602 16 16 re S 0.93 g 60 590 400 40 re f";
    let tick = stream(
        "/Type/XObject/Subtype/Form/BBox[0 0 20 20]/Resources<</Font<</Z 48 0 R>>>>",
        "q BT /Z 16 Tf 0 g 3 4 Td (4) Tj ET Q",
    );
    let small = |doc: Doc, look: &str| {
        let button = doc.objects[&44].replace(RECT, "/Rect[70 600 90 620]");
        doc.set(44, button).set(46, look).set(45, "null").set(40, "null")
    };
    let circle = |middle: (f64, f64), radius: f64| {
        let ((x, y), handle) = (middle, radius * 0.55);
        let quarter = |(from_x, from_y): (f64, f64), (to_x, to_y): (f64, f64)| {
            let control = |along: f64, across: f64| along * radius + across * handle;
            format!(
                "{:.2} {:.2} {:.2} {:.2} {:.2} {:.2} c ",
                x + control(from_x, to_x),
                y + control(from_y, to_y),
                x + control(to_x, from_x),
                y + control(to_y, from_y),
                x + to_x * radius,
                y + to_y * radius
            )
        };
        let corners = [(1.0, 0.0), (0.0, 1.0), (-1.0, 0.0), (0.0, -1.0), (1.0, 0.0)];
        let quarters: String = corners.windows(2).map(|pair| quarter(pair[0], pair[1])).collect();
        format!("{:.2} {y:.2} m {quarters}h", x + radius)
    };
    let ring = format!("1 w {} S", circle((80.0, 610.0), 8.0));
    let entries = "/Type/XObject/Subtype/Form/BBox[0 0 20 20]/Resources<<>>";
    let disc = stream(entries, &format!("q 0 g {} f Q", circle((10.0, 10.0), 4.0)));
    let spaced = form("/Tx BMC q BT /F1 12 Tf 0 g 13.33 Tc 6 5 Td (123) Tj ET Q EMC");
    vec![
        Case::of(
            "control-filled-on-scan",
            filled(&over(PICTURE, &below(GROUND)).set(45, scan(GRAY)), FORGED, &grounded(FORGED)),
        )
        .says("在扫描表单的横线上填写", "a field is filled on the rule of a scanned form"),
        Case::of(
            "control-filled-in-box",
            filled(
                &over(&format!("0.9 0.95 1 rg 60 590 260 40 re f {lines}"), &field(GROUND)).set(45, "null"),
                FORGED,
                &grounded(FORGED),
            ),
        )
        .says("在有浅底色的方框中填写", "a field is filled in a box on a light ground"),
        Case::of("control-filled-in-comb", filled(&over(comb, &field("")).set(45, "null"), "123", &spaced))
            .says("在方格中逐格填写", "a field is filled letter by letter in a comb"),
        Case::of("control-ticked-in-box", ticked(&small(over(box_drawn, &field("")), &tick)))
            .says("在绘制的方框中勾选", "a box that is drawn on the page is ticked"),
        Case::of("control-ticked-in-circle", ticked(&small(over(&ring, &field("")), &disc)))
            .says("在绘制的圆圈中选定", "a circle that is drawn on the page is filled"),
    ]
}
