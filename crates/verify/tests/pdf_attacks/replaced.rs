//! Fields that are filled where that is no filling in: over a value that was signed, in several places, with more than a
//! tick, between two figures.

use sealbridge_verify::catalogue as rule;

use crate::Case;
use crate::base::*;
use crate::shadow::shown;

/// The place of the field.
const RECT: &str = "/Rect[70 600 300 620]";

fn widget(entries: &str) -> String {
    format!("<</Type/Annot/Subtype/Widget/F 4/P 3 0 R{entries}>>")
}

fn text_field(entries: &str) -> String {
    widget(&format!("/FT/Tx/T(amount)/DA(/F1 12 Tf 0 g){RECT}/AP<</N 41 0 R>>{entries}"))
}

/// The contract with a line below and a form.
fn form(line: &str, fields: &[u32], widgets: &[u32]) -> Doc {
    let list = |numbers: &[u32]| numbers.iter().map(|one| format!("{one} 0 R ")).collect::<Vec<_>>().concat();
    let form = format!("<</Fields[{}]/DR<</Font<</F1 5 0 R>>>>/DA(/F1 12 Tf 0 g)>>", list(fields));
    Doc::contract()
        .set(PAGE, page(CONTENT, &format!("/Annots[{}]", list(widgets))))
        .set(CONTENT, stream("", &format!("BT /F1 14 Tf 72 720 Td (Contract, page 1) Tj ET {line}")))
        .set(42, form)
        .with(CATALOG, "/AcroForm 42 0 R")
}

/// A form of one text field, with what it shows.
fn one(line: &str, entries: &str, text: &str) -> Doc {
    form(line, &[40], &[40]).set(40, text_field(entries)).set(41, shown(text))
}

/// Its field with another value and another look.
fn refilled(doc: &Doc, from: &str, to: &str, look: &str) -> Vec<u8> {
    let signed = sealed(doc, By::Cms);
    let field = signed.body(40).replace(from, to);
    assert!(field != signed.body(40), "nothing was filled");
    signed.updated(&[(40, &field), (41, look)])
}

pub(crate) fn cases() -> Vec<Case> {
    let mut all = values();
    all.extend(places());
    all.extend(ticks());
    all.extend(gaps());
    for case in all.iter_mut().filter(|case| !case.is_control()) {
        case.findings.push((&rule::SIGNATURE_FILLED, sealbridge_verify::Status::Unknown));
    }
    all
}

fn values() -> Vec<Case> {
    let valued = one("", &format!("/V({AMOUNT})"), AMOUNT);
    let read_only = one("", "/Ff 1/V()", "");
    let shown_alone = one("", "/V()", AMOUNT);
    let (from, to) = (format!("/V({AMOUNT})"), format!("/V({FORGED})"));
    let on = widget("/FT/Btn/T(agreed)/Rect[70 600 90 620]/V/Yes/AS/Yes/AP<</N<</Yes 46 0 R>>>>");
    let ticked = form("", &[40], &[40]).set(40, on).set(46, square(20));
    vec![
        Case::of("refilled", refilled(&valued, &from, &to, &shown(FORGED))).says(
            "签名时域中已有金额，其后改为另一金额",
            "a field had an amount when it was signed, and gets another one",
        ),
        Case::of("refilled-with-nothing", refilled(&valued, &from, "/V()", &shown(""))).says(
            "签名时域中已有金额，其后被清空",
            "a field had an amount when it was signed, and is emptied",
        ),
        Case::of("refilled-look", refilled(&shown_alone, "/V()", &to, &shown(FORGED))).says(
            "签名时域没有值而外观显示金额，其后填写另一金额",
            "a field without a value showed an amount, and another one is filled in",
        ),
        Case::of("filled-read-only", refilled(&read_only, "/V()", &to, &shown(FORGED)))
            .says("填写只读的域", "a field that is only read is filled in"),
        Case::of("box-unticked", {
            sealed(&ticked, By::Cms).changed(40, |text| text.replace("/V/Yes/AS/Yes", "/V/Off/AS/Off"))
        })
        .says("签名时已勾选的复选框被取消", "a box that was ticked when it was signed is not any more"),
    ]
}

/// What is shown in places that nobody looks at.
fn places() -> Vec<Case> {
    let line = format!("BT /F1 12 Tf 72 605 Td ({AMOUNT}) Tj ET");
    let twice = one("", "/V()", "").set(SECOND, page(7, "/Annots[40 0 R]")).set(7, stream("", &line));
    let grand = form("", &[40, 47], &[49, 40])
        .set(40, text_field("/V()/MK<</BG[1]>>"))
        .set(41, shown(""))
        .set(47, format!("<</FT/Tx/T(a)/V({AMOUNT})/Kids[48 0 R]>>"))
        .set(48, "<</T(b)/Parent 47 0 R/Kids[49 0 R]>>")
        .set(49, widget(&format!("/Parent 48 0 R/DA(/F1 12 Tf 0 g){RECT}")));
    let stateless = form("", &[40, 47], &[47, 40])
        .set(40, text_field("/V()/MK<</BG[1]>>"))
        .set(41, shown(""))
        .set(47, widget(&format!("/FT/Btn/T(a)/V/On{RECT}/AP<</N<</On 48 0 R>>>>")))
        .set(48, shown(AMOUNT));
    let fill = |doc: &Doc| refilled(doc, "/V()", "/V(paid)", &shown("paid"));
    vec![
        Case::of("filled-on-two-pages", fill(&twice)).says(
            "一个控件列在两页，填写后盖住第二页的金额",
            "one widget is listed on two pages: what is filled in lies on the amount of the second",
        ),
        Case::of("filled-over-inherited", fill(&grand)).says(
            "填写的域盖住另一域从上两级继承的值",
            "a field is filled over the value that another one inherits from two levels above",
        ),
        Case::of("filled-over-stateless", fill(&stateless)).says(
            "填写的域盖住未写明状态（AS）的按钮所显示的金额",
            "a field is filled over what a button shows that does not say its state (AS)",
        ),
    ]
}

const PICTURE: &str = "/Type/XObject/Subtype/Form/BBox[0 0 20 20]/Resources<</Font<</F1 5 0 R/Z 48 0 R>>>>";

fn square(side: u32) -> String {
    stream(PICTURE, &format!("4 4 {} {} re f", side - 8, side - 8))
}

/// Boxes beside one another, of one field or of several, each with a picture.
fn boxes(pictures: &[String], is_one_field: bool) -> Vec<u8> {
    let numbers: Vec<u32> = (100..).take(pictures.len()).collect();
    let of = |number: u32| {
        if is_one_field { "/Parent 40 0 R".to_owned() } else { format!("/FT/Btn/T(b{number})/V/Off") }
    };
    let mut doc = form("", if is_one_field { &[40] } else { &numbers }, &numbers)
        .set(48, "<</Type/Font/Subtype/Type1/BaseFont/ZapfDingbats>>");
    if is_one_field {
        let kids: Vec<String> = numbers.iter().map(|number| format!("{number} 0 R ")).collect();
        doc = doc.set(40, format!("<</FT/Btn/T(agreed)/V/Off/Kids[{}]>>", kids.concat()));
    }
    for (picture, number) in pictures.iter().zip(&numbers) {
        let left = 70 + (number - 100) * 20;
        let entries = format!(
            "{}/Rect[{left} 600 {} 620]/AS/Off/AP<</N<</Yes {} 0 R>>>>",
            of(*number),
            left + 20,
            number + 50
        );
        doc = doc.set(*number, widget(&entries)).set(number + 50, picture.as_str());
    }
    let signed = sealed(&doc, By::Cms);
    let on = |number: &u32| signed.body(*number).replace("/AS/Off", "/AS/Yes").replace("/V/Off", "/V/Yes");
    let mut now: Vec<(u32, String)> = numbers.iter().map(|number| (*number, on(number))).collect();
    if is_one_field {
        now.push((40, signed.body(40).replace("/V/Off", "/V/Yes")));
    }
    let now: Vec<(u32, &str)> = now.iter().map(|(number, text)| (*number, text.as_str())).collect();
    signed.updated(&now)
}

fn ticks() -> Vec<Case> {
    let letters =
        |font: &str, text: &str| stream(PICTURE, &format!("BT /{font} 14 Tf 0 g 3 4 Td ({text}) Tj ET"));
    // Two bars one above the other, and two beside one another: parts of letters.
    let parts = || {
        vec![stream(PICTURE, "2 2 3 16 re f 9 2 3 16 re f"), stream(PICTURE, "0 2 18 3 re f 0 9 18 3 re f")]
    };
    vec![
        Case::of("ticked-figures", boxes(&[letters("F1", "99")], true))
            .says("勾选后显示两个数字", "a box is ticked and shows two figures"),
        Case::of("ticked-figure", boxes(&[letters("F1", "9")], true))
            .says("勾选后显示一个数字", "a box is ticked and shows a figure"),
        Case::of("ticked-figure-of-signs", boxes(&[letters("Z", "\\300")], true))
            .says("勾选后显示圈中的数字", "a box is ticked and shows a figure in a circle"),
        Case::of("ticked-tiles", boxes(&parts(), true)).says(
            "一域的几个复选框同时勾选，各显示一部分",
            "the boxes of one field are ticked at once, and each shows a part of a whole",
        ),
        Case::of("ticked-row", boxes(&parts(), false)).says(
            "相邻的几个复选框各显示一部分",
            "boxes beside one another are ticked, and each shows a part of a whole",
        ),
        Case::of(
            "control-ticked-row",
            boxes(&[letters("F1", "X"), letters("Z", "4"), letters("Z", "l")], false),
        )
        .says("相邻的复选框以叉、勾、点勾选", "boxes beside one another are ticked: a cross, a hook, a dot"),
        Case::of("control-ticked-twice", boxes(&[square(20), square(20)], true))
            .says("一域的两个复选框同时勾选", "the two boxes of one field are ticked at once"),
    ]
}

/// Places between letters.
fn gaps() -> Vec<Case> {
    let figures = "BT /F1 12 Tf 1.2 Tc 72 605 Td (1060000) Tj ET";
    let at = |text: &str, size: f64, x: f64, y: f64| {
        let entries = "/Type/XObject/Subtype/Form/BBox[0 0 230 20]/Resources<</Font<</F1 5 0 R>>>>";
        stream(entries, &format!("/Tx BMC q BT /F1 {size} Tf 0 g {x} {y} Td ({text}) Tj ET Q EMC"))
    };
    let fill = |line: &str, text: &str, look: &str| {
        refilled(&one(line, "/V()", ""), "/V()", &format!("/V({text})"), look)
    };
    let words = "BT /F1 12 Tf 40 603 Td (Agreed:) Tj ET BT /F1 12 Tf 90 603 Td (not at all) Tj ET";
    let spaced = "BT /F1 12 Tf 40 605 Td (Sum) Tj ET BT /F1 12 Tf 120 605 Td (yuan) Tj ET";
    vec![
        Case::of("filled-point", fill(figures, ".", &at(".", 12.0, 40.8, 5.0)))
            .says("在数字之间填入小数点", "a point is filled in between two figures"),
        Case::of("filled-thin-point", fill(figures, "i", &at("i", 3.0, 40.9, 9.0))).says(
            "在数字之间填入极窄的字母",
            "a letter as thin as a stroke is filled in between two figures",
        ),
        Case::of("filled-strike", fill(words, "___", &at("___", 12.0, 20.0, 9.5)))
            .says("填入的下划线划去页面的文字", "low lines that are filled in strike out text of the page"),
        Case::of("control-filled-between-words", fill(spaced, "12", &at("12", 12.0, 5.0, 5.0)))
            .says("在两个词之间的空处填写", "a place between two words is filled in"),
    ]
}
