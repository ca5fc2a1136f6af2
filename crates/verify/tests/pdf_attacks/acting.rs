//! Notes that do more than say something, fields that were prepared over text of the page, values that are shown cut or
//! in the colour of the paper, and seals that their signer hides.

use formats::pdf::seal::{Certify, FieldChoice, Placement};
use sealbridge_verify::catalogue as rule;
use testkit::pki::pki;

use crate::Case;
use crate::base::*;
use crate::looks::signed_otherwise;
use crate::shadow::with_annotation;

pub(crate) fn cases() -> Vec<Case> {
    let mut all = notes();
    all.extend(remarks());
    all.extend(over_text());
    all.extend(unseen());
    all.extend(seals());
    all
}

/// A document whose certification allows annotations, with a note and more objects.
fn noted(note: &str, more: &[(u32, &str)]) -> Vec<u8> {
    let certified = certified(&Doc::contract(), Certify::Annotations);
    let page = certified.body(PAGE);
    let list = with_annotation(&page, 61).unwrap_or_else(|| entries_added(&page, "/Annots[61 0 R]"));
    let note = format!("<</Type/Annot/F 4{note}>>");
    certified.updated(&[&[(PAGE, list.as_str()), (61, &note)], more].concat())
}

/// A note beside the text, and where the amount is.
const TEXT: &str = "/Subtype/Text/Rect[500 700 520 720]/Contents(Seen)";
const OVER: &str = "/Rect[60 700 420 745]";

/// A window of a note over the amount.
fn window() -> String {
    format!("<</Type/Annot/Subtype/Popup{OVER}/Parent 61 0 R/Open true>>")
}

/// Notes that are none.
fn notes() -> Vec<Case> {
    let script = "<</S/JavaScript/JS(app.alert\\('void'\\))>>";
    let unknown = |name, note: &str, more: &[(u32, &str)], zh, en| {
        Case::of(name, noted(note, more)).says(zh, en).unknown(&rule::SIGNATURE_CHANGES)
    };
    vec![
        unknown(
            "certified-note-with-script",
            &format!("{TEXT}/AA<</PO {script}/PV {script}>>"),
            &[],
            "附注带有打开页面即执行的脚本",
            "a note brings a script that runs when the page is opened",
        ),
        unknown(
            "certified-note-launches",
            &format!("{TEXT}/A<</S/Launch/F(void.exe)>>"),
            &[],
            "附注启动程序",
            "a note launches a program",
        ),
        unknown(
            "certified-file-attached",
            &format!("/Subtype/FileAttachment{OVER}/FS<</Type/Filespec/F(contract-correct.pdf)>>"),
            &[],
            "以附注带入文件",
            "a file comes along as a note",
        ),
        unknown(
            "certified-window-over-text",
            &format!("/Subtype/Popup{OVER}/Open true/Contents(Contract, page 1. Amount {FORGED})"),
            &[],
            "自行打开的弹出窗口盖住金额",
            "a window that opens by itself covers the amount",
        ),
        unknown(
            "certified-window-unlisted",
            &format!("{TEXT}/Popup 62 0 R"),
            &[(62, &window())],
            "同上，窗口只由附注引用",
            "the same, and only its note refers to the window",
        ),
    ]
}

/// Notes that are notes.
fn remarks() -> Vec<Case> {
    vec![
        Case::of(
            "control-certified-note-window",
            noted(
                &format!("{TEXT}/T(Li)/M(D:20260302080000Z)/Popup 62 0 R"),
                &[(62, &window().replace("true", "false"))],
            ),
        )
        .says("附注带有关闭的弹出窗口", "a note with a window that is closed"),
        Case::of(
            "control-certified-window-open",
            noted("/Subtype/Popup/Rect[400 300 560 400]/Open true/Contents(Seen)", &[]),
        )
        .says("弹出窗口在空白处打开", "a window is open where the page is blank"),
    ]
}

/// The first page with more text, and a field that was there when it was signed.
fn with_field(line: &str, field: &str, more: &[(u32, String)]) -> Doc {
    let text =
        format!("BT /F1 14 Tf 72 720 Td (Contract, page 1. Amount {AMOUNT}) Tj 0 -120 Td ({line}) Tj ET");
    let field = format!("<</Type/Annot/Subtype/Widget/F 4/P 3 0 R{field}>>");
    let doc = Doc::contract()
        .set(CONTENT, stream("", &text))
        .set(40, field)
        .set(42, "<</Fields[40 0 R]/DR<</Font<</F1 5 0 R>>>>/DA(/F1 12 Tf 0 g)>>")
        .with(CATALOG, "/AcroForm 42 0 R")
        .with(PAGE, "/Annots[40 0 R]");
    more.iter().fold(doc, |doc, (number, body)| doc.set(*number, body.clone()))
}

/// Where the first page tells the amount, and where its other line is.
const AMOUNT_BOX: &str = "/Rect[60 700 420 745]";
const LINE_BOX: &str = "/Rect[70 594 430 614]";

/// The entries of an appearance.
fn form(width: u32, height: u32) -> String {
    format!("/Type/XObject/Subtype/Form/BBox[0 0 {width} {height}]/Resources<</Font<</F1 5 0 R>>>>")
}

/// Fields that were prepared over text.
fn over_text() -> Vec<Case> {
    let switched = |line: &str, place: &str, certify: Option<Certify>| {
        let field = format!("/FT/Btn/T(agreed){place}/V/Off/AS/Off/AP<</N<</Yes 45 0 R/Off 46 0 R>>>>");
        let pictures = [(45, cover(&format!("Amount {FORGED}"), 360, 45)), (46, cover("", 0, 0))];
        let doc = with_field(line, &field, &pictures);
        let open = certify.map_or_else(|| sealed(&doc, By::Cms), |certify| certified(&doc, certify));
        open.changed(40, |text| text.replace("/V/Off/AS/Off", "/V/Yes/AS/Yes"))
    };
    let grounded = |line: &str, (left, bottom, right, top): (u32, u32, u32, u32), ground: &str| {
        let place = format!("/Rect[{left} {bottom} {right} {top}]");
        let doc = with_field(line, &format!("/FT/Tx/T(note){place}{ground}/DA(/F1 12 Tf 0 g)"), &[]);
        let open = sealed(&doc, By::Cms);
        let field = entries_added(&open.body(40), "/V(paid)/AP<</N 61 0 R>>");
        let form = form(right - left, top - bottom);
        let look = stream(&form, "/Tx BMC q BT /F1 12 Tf 0 g 2 5 Td (paid) Tj ET Q EMC");
        open.updated(&[(40, &field), (61, &look)])
    };
    let dots = "Name ..........................................";
    let white = "/MK<</BG[1 1 1]>>";
    vec![
        Case::of("fill-box-over-text", switched("", AMOUNT_BOX, None))
            .says(
                "勾选预先放在金额上的复选框，其图形盖住金额",
                "a box over the amount is checked: its picture is another amount",
            )
            .unknown(&rule::SIGNATURE_FILLED),
        Case::of("certified-box-over-text", switched("", AMOUNT_BOX, Some(Certify::Forms)))
            .says("认证允许填写的文档中同样如此", "the same where the certification allows filling in")
            .unknown(&rule::SIGNATURE_FILLED),
        Case::of("fill-ground-over-text", grounded("", (60, 700, 420, 745), white))
            .says(
                "填写预先放在金额上的文本域，其底色盖住金额",
                "a text field over the amount is filled: its ground covers it",
            )
            .unknown(&rule::SIGNATURE_FILLED),
        Case::of("control-form-on-dots", grounded(dots, (115, 594, 430, 614), white))
            .says("填写点线上的文本域", "a field over a line of dots is filled in"),
        Case::of("control-form-on-blank", grounded("", (70, 594, 430, 614), white))
            .says("填写空白处带底色的文本域", "a field with a ground over blank paper is filled in"),
        ticked_on_blank(),
    ]
}

fn ticked_on_blank() -> Case {
    let field = "/FT/Btn/T(agreed)/Rect[60 400 80 420]/V/Off/AS/Off/AP<</N<</Yes 45 0 R/Off 46 0 R>>>>";
    let pictures = [(45, stream(&form(20, 20), "4 4 12 12 re f")), (46, cover("", 0, 0))];
    let open = sealed(&with_field("", field, &pictures), By::Cms);
    let ticked = open.changed(40, |text| text.replace("/V/Off/AS/Off", "/V/Yes/AS/Yes"));
    Case::of("control-box-on-blank", ticked).says("勾选空白处的复选框", "a box over blank paper is checked")
}

/// Values that are shown, and not seen.
fn unseen() -> Vec<Case> {
    let doc = with_field("", &format!("/FT/Tx/T(sum){LINE_BOX}/DA(/F1 12 Tf 0 g)"), &[]);
    let open = sealed(&doc, By::Cms);
    let shown = |value: &str, colour: &str, x: f64, y: f64| {
        let field = entries_added(&open.body(40), &format!("/V({value})/AP<</N 61 0 R>>"));
        let look = stream(
            &form(360, 20),
            &format!("/Tx BMC q BT {colour} /F1 12 Tf {x} {y} Td ({value}) Tj ET Q EMC"),
        );
        open.updated(&[(40, &field), (61, &look)])
    };
    let unknown = |name, pdf, zh, en| Case::of(name, pdf).says(zh, en).unknown(&rule::SIGNATURE_FILLED);
    vec![
        unknown(
            "fill-gray-beyond-white",
            shown(AMOUNT, "3 g", 2.0, 5.0),
            "文字的灰度超出范围，显示为白色",
            "a gray beyond its range is white",
        ),
        unknown(
            "fill-red-beyond-white",
            shown(AMOUNT, "9 1 1 rg", 2.0, 5.0),
            "文字的颜色分量超出范围，显示为白色",
            "a red beyond its range is white",
        ),
        unknown(
            "fill-cut-at-left",
            shown("860000", "0 g", -3.0, 5.0),
            "首位数字被裁去一半，8 看似 3",
            "the first figure is cut in half: 8 looks like 3",
        ),
        unknown(
            "fill-cut-below",
            shown("1,000", "0 g", 2.0, 0.0),
            "逗号的尾部被裁去，看似小数点",
            "the tail of a comma is cut off: it looks like a point",
        ),
        Case::of("control-form-filled-tight", shown(AMOUNT, "0 g", 0.0, 2.0))
            .says("填写的值紧贴边框显示", "a value that touches the edges of its field"),
    ]
}

/// The usual seal with other flags, signed again over them.
fn flagged(to: &str) -> Vec<u8> {
    let aside = sealed(&Doc::contract().set(50, "2"), By::Seal);
    signed_otherwise(aside, |pdf, seal| {
        let begin = rfind(pdf, format!("\n{} 0 obj\n", seal.field).as_bytes());
        let end = begin + find(&pdf[begin..], b"endobj");
        let body = String::from_utf8(pdf[begin..end].to_vec()).unwrap();
        // The type of an annotation may be left out, and so makes room.
        let changed = body.replace("/Type /Annot", "").replace("/F 132", to);
        assert!(changed.len() <= body.len() && changed.contains(to));
        pdf[begin..end].copy_from_slice(format!("{changed:<width$}", width = body.len()).as_bytes());
    })
}

/// A seal in a field that was there, beside a stamp over the same place, with this list of annotations.
fn beside_stamp(list: &str) -> Vec<u8> {
    let waiting = "<</Type/Annot/Subtype/Widget/FT/Sig/T(Seal)/F 4/Rect[300 200 414 314]/P 3 0 R>>";
    let paint = "<</Type/Annot/Subtype/Stamp/F 4/Rect[280 180 440 340]/P 3 0 R/AP<</N 53 0 R>>>>";
    let doc = Doc::contract()
        .set(50, waiting)
        .set(51, "<</Fields[50 0 R]>>")
        .set(52, paint)
        .set(53, cover("", 160, 160))
        .with(CATALOG, "/AcroForm 51 0 R")
        .with(PAGE, list);
    let field = FieldChoice::Existing("Seal".to_owned());
    let placement = Placement { stamps: Vec::new(), field, ..placement(By::Seal) };
    applied(&doc.write(), &placement, &pki().signer).pdf
}

/// Seals that their signer hides, and one that paint which was there covers.
fn seals() -> Vec<Case> {
    let unknown = |name, pdf, zh, en| Case::of(name, pdf).says(zh, en).unknown(&rule::SEAL_PLACE);
    vec![
        unknown(
            "seal-hidden-indirectly",
            flagged("/F 50 0 R"),
            "签名时印章的隐藏标志另存为对象",
            "the flags that hide the seal stand in an object of their own",
        ),
        unknown(
            "seal-flags-doubled",
            flagged("/F 2/F 4"),
            "签名时印章的标志出现两次",
            "the flags of the seal stand twice",
        ),
        unknown(
            "seal-covered-when-signed",
            beside_stamp("/Annots[50 0 R 52 0 R]"),
            "签名时已有的图章盖住印章",
            "a stamp that was there when it was signed covers the seal",
        ),
        Case::of("control-seal-above-stamp", beside_stamp("/Annots[52 0 R 50 0 R]"))
            .says("印章盖在已有的图章之上", "the seal lies above a stamp that was there"),
        Case::of("control-seal-unprinted", flagged("/F 128"))
            .says("印章标志为不打印，仅作提示", "the seal is not printed, which is told"),
    ]
}
