//! Fields that are filled with one thing and show another, and what else a form, a page's list of annotations or a time
//! stamp can be made to paint without a signature of its own.

use formats::pdf::seal::{Certify, FieldChoice};
use sealbridge_verify::catalogue as rule;
use testkit::pki::{Party, at, pki};

use crate::Case;
use crate::base::*;
use crate::shadow::{shown, with_annotation};

/// The contract with a text field, a choice, a check box and two fields below one that holds their value.
fn form() -> Doc {
    let widget = |entries: &str| format!("<</Type/Annot/Subtype/Widget/F 4/P 3 0 R{entries}>>");
    let picture = |data: &str| stream("/Type/XObject/Subtype/Form/BBox[0 0 20 20]", data);
    Doc::contract()
        .set(40, widget("/FT/Tx/T(amount)/Rect[70 600 300 620]/DA(/F1 12 Tf 0 g)/AP<</N 41 0 R>>/V()"))
        .set(41, shown(""))
        .set(42, "<</Fields[40 0 R 43 0 R 44 0 R 47 0 R]/DR<</Font<</F1 5 0 R>>>>/DA(/F1 12 Tf 0 g)>>")
        .set(
            43,
            widget(
                "/FT/Ch/Ff 131072/T(city)/Rect[70 570 300 590]/DA(/F1 12 Tf 0 g)/Opt[(Beijing)(Shanghai)]",
            ),
        )
        .set(
            44,
            widget("/FT/Btn/T(agreed)/Rect[70 540 90 560]/V/Off/AS/Off/AP<</N<</Yes 45 0 R/Off 46 0 R>>>>"),
        )
        .set(45, picture("4 4 12 12 re f"))
        .set(46, picture(""))
        .set(47, "<</FT/Tx/T(sum)/V(10600.00)/DA(/F1 12 Tf 0 g)/Kids[48 0 R]>>")
        .set(48, widget("/T(total)/Parent 47 0 R/Rect[70 510 300 530]"))
        .with(CATALOG, "/AcroForm 42 0 R")
        .with(PAGE, "/Annots[40 0 R 43 0 R 44 0 R 48 0 R]")
}

/// The text field filled, with more objects than its appearance.
fn filled_with(pdf: &[u8], value: &str, appearance: &str, more: &[(u32, &str)]) -> Vec<u8> {
    let field = body(pdf, 40).replace("/V()", value);
    updated(pdf, &[&[(40, field.as_str()), (41, appearance)], more].concat())
}

/// An appearance of the text field with a font of its own.
fn lettered(font: &str, data: &str) -> String {
    let entries = format!("/Type/XObject/Subtype/Form/BBox[0 0 230 20]/Resources<</Font<</F1 {font}>>>>");
    stream(&entries, data)
}

pub(crate) fn cases() -> Vec<Case> {
    let open = sealed(&form(), By::Cms);
    let mut all = texts(&open.pdf);
    all.extend(pictures(&open));
    all.extend(inherited(&open));
    all.extend(lists());
    all.extend(stamps());
    all.extend(empty_fields());
    all.push(labels());
    all
}

/// Page labels are a tree of the same form as that which leads from content to its elements.
fn labels() -> Case {
    let tagged = Doc::contract()
        .set(40, "<</Type/StructTreeRoot>>")
        .set(41, "<</Nums[0<</S/D>>]>>")
        .with(CATALOG, "/StructTreeRoot 40 0 R/PageLabels 41 0 R");
    let tagged = sealed(&tagged, By::Cms);
    Case::of(
        "page-labels-as-structure",
        tagged.changed(41, |text| text.replace("/S/D", "/S/D/P(Draft, not binding )")),
    )
    .says("改写的页码标签冒充逻辑结构", "changed page labels are passed off as logical structure")
    .bad(&rule::SIGNATURE_CHANGES)
}

/// Text that is not the value.
fn texts(pdf: &[u8]) -> Vec<Case> {
    let mut all = vec![
        Case::of(
            "control-form-filled-escaped",
            filled_with(pdf, "/V(a\\(1\\)b)", &shown("a\\0501\\051b"), &[]),
        )
        .says("填写的值含括号，外观以八进制转义书写", "a value with brackets, written in octal escapes"),
        Case::of(
            "control-form-filled-in-lines",
            filled_with(
                pdf,
                "/V(one two three)",
                &lettered(
                    "5 0 R",
                    "/Tx BMC BT /F1 8 Tf 0 g 2 12 Td [(on)-20(e two)] TJ 0 -9 Td (three) Tj ET EMC",
                ),
                &[],
            ),
        )
        .says("填写的值分行、分段显示", "a value shown in lines and pieces"),
        Case::of("fill-chinese-value", filled_with(pdf, "/V<FEFF4E00>", &shown(FORGED), &[]))
            .says("填写中文值，外观显示伪造金额", "a Chinese value, and another amount is shown"),
        Case::of("fill-part-of-text", filled_with(pdf, "/V(0)", &shown(FORGED), &[]))
            .says("填写的值只是所显示文字的一部分", "the value is but a part of the text that is shown"),
        Case::of("fill-no-value", filled_with(pdf, "/V null", &shown(FORGED), &[]))
            .says("没有值而外观有文字", "there is no value, and the appearance has text"),
        Case::of(
            "fill-value-in-stream",
            filled_with(pdf, "/V 50 0 R", &shown(FORGED), &[(50, &stream("", "ok"))]),
        )
        .says("值是流，外观显示别的文字", "the value is a stream, and something else is shown"),
        Case::of(
            "fill-rich-text",
            filled_with(pdf, &format!("/V(ok)/RV(<p>{FORGED}</p>)"), &shown("ok"), &[]),
        )
        .says("富文本值与值不同", "the rich text value is another one"),
    ];
    all.extend(letters(pdf));
    for case in all.iter_mut().filter(|case| !case.is_control()) {
        case.findings.push((&rule::SIGNATURE_FILLED, sealbridge_verify::Status::Unknown));
    }
    all
}

/// Text that is the value, by fonts, places and colours that show something else.
fn letters(pdf: &[u8]) -> Vec<Case> {
    let line = |text: &str| format!("/Tx BMC q BT /F1 12 Tf 0 g 2 5 Td ({text}) Tj ET Q EMC");
    let differing = "<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding<</Type/Encoding/Differences[48/nine/nine]>>>>";
    let drawn = "<</Type/Font/Subtype/Type3/FontBBox[0 0 1 1]/FontMatrix[1 0 0 1 0 0]/CharProcs<</a 51 0 R>>/Encoding<</Differences[111/a 107/a]>>/FirstChar 107/LastChar 111/Widths[1 1 1 1 1]/Resources<</Font<</F1 5 0 R>>>>>>";
    let glyph = stream("", &format!("1 0 d0 BT /F1 12 Tf 2 5 Td ({FORGED}) Tj ET"));
    let disordered = "BT /F1 12 Tf 0 g 30 5 Td (10600) Tj -28 0 Td (99) Tj ET";
    let invisible = format!("BT /F1 12 Tf 1 g 2 5 Td ({AMOUNT}) Tj ET");
    vec![
        Case::of(
            "fill-font-differences",
            filled_with(
                pdf,
                &format!("/V({AMOUNT})"),
                &lettered("50 0 R", &line(AMOUNT)),
                &[(50, differing)],
            ),
        )
        .says("外观的字体把数字显示成别的数字", "the font of the appearance shows figures as others"),
        Case::of(
            "fill-font-drawn",
            filled_with(pdf, "/V(ok)", &lettered("50 0 R", &line("ok")), &[(50, drawn), (51, &glyph)]),
        )
        .says(
            "外观的字体以自绘字形显示伪造金额",
            "the font of the appearance draws the forged amount as a glyph",
        ),
        Case::of("fill-out-of-order", filled_with(pdf, "/V(1060099)", &lettered("5 0 R", disordered), &[]))
            .says("文字以别的次序显示", "the text is shown in another order"),
        Case::of(
            "fill-invisible",
            filled_with(pdf, &format!("/V({AMOUNT})"), &lettered("5 0 R", &invisible), &[]),
        )
        .says("文字与纸同色", "the text has the colour of the paper"),
    ]
}

/// Something painted that is no text, in fields of every kind.
fn pictures(open: &Sealed) -> Vec<Case> {
    let pdf = &open.pdf;
    let paint = format!("BT /F1 12 Tf 2 5 Td ({FORGED}) Tj ET");
    let tiles = stream(
        "/Type/Pattern/PatternType 1/PaintType 1/TilingType 1/BBox[0 0 230 20]/XStep 230/YStep 20/Resources<</Font<</F1 5 0 R>>>>",
        &paint,
    );
    let tiled = stream(
        "/Type/XObject/Subtype/Form/BBox[0 0 230 20]/Resources<</Font<</F1 5 0 R>>/Pattern<</P0 50 0 R>>>>",
        "/Pattern cs /P0 scn 0 0 230 20 re f BT 3 Tr /F1 1 Tf (ok) Tj ET",
    );
    let lines = lettered("5 0 R", "2 2 4 14 re f 9 2 4 14 re f BT /F1 12 Tf 20 5 Td (ok) Tj ET");
    let city = entries_added(&open.body(43), "/V(Beijing)/AP<</N 50 0 R>>");
    let beijing = entries_added(&open.body(43), "/V(Beijing)/AP<</N 51 0 R>>");
    let box_on = open.body(44).replace("/V/Off/AS/Off", "/V/Yes/AS/Yes");
    let redrawn = lettered("5 0 R", &paint).replace("230 20", "20 20");
    assert_ne!(box_on, open.body(44));
    vec![
        Case::of("control-choice-made", open.updated(&[(43, &beijing), (51, &shown("Beijing"))]))
            .says("签名之后选定选项", "a choice is made after signing"),
        Case::of("control-box-checked", open.updated(&[(44, &box_on)]))
            .says("签名之后勾选复选框", "a box is checked after signing"),
        Case::of("fill-lines", filled_with(pdf, "/V(ok)", &lines, &[]))
            .says("外观以矩形拼出字形", "the appearance makes letters of rectangles")
            .unknown(&rule::SIGNATURE_FILLED),
        Case::of("fill-pattern", filled_with(pdf, "/V(ok)", &tiled, &[(50, &tiles)]))
            .says("外观以图案填充显示伪造金额", "a pattern shows the forged amount")
            .unknown(&rule::SIGNATURE_FILLED),
        Case::of("fill-choice", open.updated(&[(43, &city), (50, &shown(FORGED))]))
            .says("选择域的外观显示别的文字", "a choice shows another text")
            .unknown(&rule::SIGNATURE_FILLED),
        Case::of("fill-box-redrawn", open.updated(&[(44, &box_on), (45, &redrawn)]))
            .says("勾选复选框并替换其图形", "a box is checked and gets another picture")
            .unknown(&rule::SIGNATURE_FILLED),
    ]
}

/// Values of fields above others.
fn inherited(open: &Sealed) -> Vec<Case> {
    let changed = open.changed(47, |text| text.replace(AMOUNT, FORGED));
    let certified = certified(&form(), Certify::NoChanges);
    let differing = "<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding<</Type/Encoding/Differences[48/nine/nine]>>>>";
    let refonted = open.body(42).replace("/F1 5 0 R", "/F1 50 0 R");
    let forbidden = certified.changed(47, |text| text.replace(AMOUNT, FORGED));
    vec![
        Case::of("fill-inherited-value", changed)
            .says("改写上级域的值，下级域随之改变", "the value of a field above others is changed")
            .unknown(&rule::SIGNATURE_FILLED),
        Case::of("form-font-redirected", open.updated(&[(42, &refonted), (50, differing)]))
            .says(
                "表单默认字体换成另一编码",
                "the default font of the form becomes one with another encoding",
            )
            .unknown(&rule::SIGNATURE_FILLED),
        Case::of("certified-inherited-value", forbidden)
            .says(
                "认证禁止改动的文档中改写上级域的值",
                "the same where the certification forbids every change",
            )
            .bad(&rule::SIGNATURE_PERMISSION),
    ]
}

/// An annotation that another one covers is listed again, above it.
fn lists() -> Vec<Case> {
    let look = |text: &str| cover(text, 400, 40);
    let square = |number: u32| {
        format!("<</Type/Annot/Subtype/Square/Rect[60 300 460 340]/F 4/P 3 0 R/AP<</N {number} 0 R>>>>")
    };
    let doc = Doc::contract()
        .set(40, square(41))
        .set(41, look(""))
        .set(42, square(43))
        .set(43, look("Void unless paid by 2026-12-31"))
        .with(PAGE, "/Annots[40 0 R 42 0 R]");
    let sealed = sealed(&doc, By::Cms);
    let page = with_annotation(&sealed.body(PAGE), 40).unwrap();
    vec![
        Case::of("annotation-listed-twice", sealed.updated(&[(PAGE, &page)]))
            .says(
                "已有批注被再次列出，盖住其后的批注",
                "an annotation is listed again, over one that lay on it",
            )
            .bad(&rule::SIGNATURE_CHANGES),
    ]
}

/// A time stamp over the document in a field that shows something.
fn stamps() -> Vec<Case> {
    let stamped = |seal: &Sealed| {
        let field =
            "<</Type/Annot/Subtype/Widget/FT/Sig/T(later)/F 4/Rect[60 700 460 740]/P 3 0 R/AP<</N 62 0 R>>>>";
        let list = with_annotation(&seal.body(PAGE), 61).unwrap();
        let form = seal.body(seal.form).replace("/Fields[", "/Fields[61 0 R ");
        let look = cover(&format!("Amount {FORGED}"), 400, 40);
        let waiting = seal.updated(&[(PAGE, &list), (61, field), (62, &look), (seal.form, &form)]);
        stamped_in(&waiting, "later", &pki().tsa)
    };
    let plain = usual(By::Cms);
    vec![
        Case::of("stamp-shows-text", stamped(&plain))
            .says("文档时间戳的外观盖住金额", "a time stamp over the document shows another amount")
            .unknown(&rule::SIGNATURE_CHANGES),
        Case::of("certified-stamp-shows-text", stamped(&certified(&Doc::contract(), Certify::NoChanges)))
            .says(
                "认证禁止改动的文档中加入同样的时间戳",
                "the same where the certification forbids every change",
            )
            .bad(&rule::SIGNATURE_PERMISSION),
        Case::of("stamps-alone", {
            let seal = usual(By::Cms);
            seal.with_value(&testkit::lab::token(&pki().tsa, &seal.covered(), at("2026-03-01T08:05:00Z")))
        })
        .says("只有时间戳，没有人签名", "a time stamp alone: nobody signed")
        .unknown(&rule::SIGNATURES_NONE),
    ]
}

/// The value in a field that is there becomes a time stamp.
pub(crate) fn stamped_in(pdf: &[u8], field: &str, authority: &Party) -> Vec<u8> {
    let choice = FieldChoice::Existing(field.to_owned());
    let mut placement = placement(By::Cms);
    placement.stamps = Vec::new();
    placement.field = choice;
    placement.reserve.time_stamp = 2048;
    let sealed = applied(&taken_off(pdf), &placement, &pki().second);
    let sealed = put_back(sealed);
    sealed.with_value(&testkit::lab::token(authority, &sealed.covered(), at("2026-03-01T08:05:00Z")))
}

/// What a writer that asks would refuse to sign over is taken off, and put back before the value is made.
fn taken_off(pdf: &[u8]) -> Vec<u8> {
    exchanged(pdf, b"DocMDP", b"XocMDP")
}

fn put_back(mut sealed: Sealed) -> Sealed {
    sealed.pdf = exchanged(&sealed.pdf, b"XocMDP", b"DocMDP");
    sealed
}

fn exchanged(pdf: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
    let mut out = pdf.to_vec();
    let places: Vec<usize> =
        pdf.windows(from.len()).enumerate().filter(|(_, window)| *window == from).map(|(at, _)| at).collect();
    for at in places {
        out[at..at + to.len()].copy_from_slice(to);
    }
    out
}

/// A signature field that is put in with an empty appearance, and signed in a revision of its own with another one.
fn signed_in_two_steps() -> Vec<u8> {
    let seal = usual(By::Cms);
    let field =
        "<</Type/Annot/Subtype/Widget/FT/Sig/T(later)/F 132/Rect[60 100 174 214]/P 3 0 R/AP<</N 62 0 R>>>>";
    let list = with_annotation(&seal.body(PAGE), 61).unwrap();
    let form = seal.body(seal.form).replace("/Fields[", "/Fields[61 0 R ");
    let blank = stream("/Type/XObject/Subtype/Form/BBox[0 0 114 114]/Resources<<>>", "");
    let waiting = seal.updated(&[(PAGE, &list), (61, field), (62, &blank), (seal.form, &form)]);
    sealed_in(&waiting, "later", &pki().second).pdf
}

/// Signature fields without a value that readers paint.
fn empty_fields() -> Vec<Case> {
    let added = |seal: &Sealed, rect: &str| {
        let field = format!(
            "<</Type/Annot/Subtype/Widget/FT/Sig/T(later)/F 4/Rect[{rect}]/P 3 0 R/MK<</BG[1 1 1]>>>>"
        );
        let list = with_annotation(&seal.body(PAGE), 61).unwrap();
        let form = seal.body(seal.form).replace("/Fields[", "/Fields[61 0 R ");
        seal.updated(&[(PAGE, &list), (61, &field), (seal.form, &form)])
    };
    let waiting = Doc::contract()
        .set(40, "<</Type/Annot/Subtype/Widget/FT/Sig/T(later)/F 4/Rect[60 700 460 740]/P 3 0 R>>")
        .set(42, "<</Fields[40 0 R]>>")
        .with(CATALOG, "/AcroForm 42 0 R")
        .with(PAGE, "/Annots[40 0 R]");
    let waiting = sealed(&waiting, By::Cms);
    vec![
        Case::of("control-field-added-then-signed", signed_in_two_steps())
            .says("先加入空签名域、再由第二单位盖章", "a field is added, then the second party seals in it"),
        Case::of("ssa-empty-field-ground", added(&usual(By::Cms), "60 700 460 740"))
            .says(
                "新增空签名域，其底色盖住金额",
                "a new empty signature field whose background covers the amount",
            )
            .unknown(&rule::SIGNATURE_CHANGES),
        Case::of("seal-covered-in-part", added(&usual(By::Seal), "345 150 400 290"))
            .says(
                "新增空签名域的底色盖住印章的一部分",
                "the background of a new empty signature field covers a part of the seal",
            )
            .unknown(&rule::SEAL_PLACE),
        Case::of(
            "empty-signature-field-ground",
            waiting.changed(40, |text| entries_added(text, "/MK<</BG[1 1 1]>>")),
        )
        .says("给签名时为空的签名域加上底色", "a signature field that was empty gets a background")
        .unknown(&rule::SIGNATURE_CHANGES),
    ]
}
