//! What honest programs write anew when they save a document, and what would hide behind such habits: streams packed on the
//! way, numbers cut short, cross-reference streams without their type (PDFium); boxes that a page inherited (pypdf);
//! colours and places with two decimals (pdf.js); default appearances, borders and ticks of their own (MuPDF).

use sealbridge_verify::catalogue as rule;

use crate::Case;
use crate::base::*;

/// Bytes as zlib holds them, in one block that is only stored.
fn zlib(data: &[u8]) -> Vec<u8> {
    let length = u16::try_from(data.len()).unwrap();
    let (mut a, mut b) = (1_u32, 0_u32);
    for byte in data {
        a = (a + u32::from(*byte)) % 65_521;
        b = (b + a) % 65_521;
    }
    let (length, turned) = (length.to_le_bytes(), (!length).to_le_bytes());
    [&[0x78, 0x01, 0x01][..], &length, &turned, data, &(b << 16 | a).to_be_bytes()].concat()
}

/// A stream of any bytes.
fn packed(entries: &str, data: &[u8]) -> Vec<u8> {
    let head = format!("<<{entries}/Length {}>>stream\n", data.len());
    [head.as_bytes(), data, b"\nendstream"].concat()
}

/// The file with an update of one object of any bytes.
fn replaced(pdf: &[u8], number: u32, body: &[u8]) -> Vec<u8> {
    let mut out = pdf.to_vec();
    let (prev, at) = (startxref(pdf), out.len());
    out.extend_from_slice(&[format!("{number} 0 obj\n").as_bytes(), body, b"\nendobj\n"].concat());
    let table = out.len();
    out.extend_from_slice(section(&[(number, at)], "", Some(prev)).as_bytes());
    out.extend_from_slice(format!("startxref\n{table}\n%%EOF\n").as_bytes());
    out
}

/// The body of an object to the last blank.
fn raw(pdf: &[u8], number: u32) -> String {
    let begin = format!("\n{number} 0 obj\n");
    let at = rfind(pdf, begin.as_bytes()) + begin.len();
    String::from_utf8(pdf[at..at + find(&pdf[at..], b"\nendobj")].to_vec()).unwrap()
}

/// The operators of a content stream that is not packed.
fn operators(body: &str) -> &str {
    let begin = body.find("stream\n").unwrap() + 7;
    &body[begin..body.rfind("\nendstream").unwrap()]
}

/// The file with an update whose cross-reference stream says neither its type nor its end.
fn untyped(pdf: &[u8], number: u32, body: &str) -> Vec<u8> {
    let mut out = pdf.to_vec();
    let (prev, at) = (startxref(pdf), out.len());
    out.extend_from_slice(format!("{number} 0 obj\n{body}\nendobj\n").as_bytes());
    let table = out.len();
    let entries =
        format!("/W[0 4 1]/Index[{number} 1]/Size 200/Root 1 0 R/Prev {prev}/Filter/ASCIIHexDecode");
    let stream = stream(&entries, &format!("{at:08x}00>"));
    out.extend_from_slice(format!("188 0 obj {stream}\nstartxref\n{table}\n%%EOF\n").as_bytes());
    out
}

pub(crate) fn cases() -> Vec<Case> {
    let mut all = streams();
    all.extend(numbers());
    all.extend(boxes());
    all.extend(fields());
    all.extend(ticks());
    all
}

fn streams() -> Vec<Case> {
    let seal = usual(By::Seal);
    let content = raw(&seal.pdf, CONTENT);
    let zipped = zlib(operators(&content).as_bytes());
    let forged = content.replace(AMOUNT, FORGED);
    let mut broken = zipped.clone();
    *broken.last_mut().unwrap() ^= 1;
    let appearance = seal.appearance();
    let look = raw(&seal.pdf, appearance);
    let entries = look[2..look.find("/Length").unwrap()].to_owned();
    let shown = packed(&format!("{entries}/Filter[/FlateDecode]"), &zlib(operators(&look).as_bytes()));
    vec![
        Case::of(
            "control-saved-packed",
            replaced(&seal.pdf, CONTENT, &packed("/Filter/FlateDecode", &zipped)),
        )
        .says("正文流另存时被压缩，内容不变", "the content is packed on saving and says the same"),
        Case::of("control-saved-seal-packed", replaced(&seal.pdf, appearance, &shown)).says(
            "印章外观另存时被压缩，内容不变",
            "the seal's appearance is packed on saving and draws the same",
        ),
        Case::of(
            "saved-packed-otherwise",
            replaced(
                &seal.pdf,
                CONTENT,
                &packed("/Filter/FlateDecode", &zlib(operators(&forged).as_bytes())),
            ),
        )
        .says("正文流被压缩并改写金额", "the content is packed, and tells another amount")
        .bad(&rule::SIGNATURE_CHANGES),
        Case::of(
            "saved-packed-damaged",
            replaced(&seal.pdf, CONTENT, &packed("/Filter/FlateDecode", &broken)),
        )
        .says(
            "压缩后的正文流校验值错误，各阅读器显示的不同",
            "the packed content has a wrong checksum: readers show different parts of it",
        )
        .bad(&rule::SIGNATURE_CHANGES),
        Case::of(
            "saved-packed-twice",
            replaced(&seal.pdf, CONTENT, &packed("/Filter[/FlateDecode/FlateDecode]", &zlib(&zipped))),
        )
        .says("正文流被压缩两次，不是任何程序的习惯", "the content is packed twice, which no program does")
        .bad(&rule::SIGNATURE_CHANGES),
        Case::of("control-saved-untyped-section", untyped(&seal.pdf, CONTENT, &content)).says(
            "更新的交叉引用流未写类型与结尾，对象原样",
            "the update's cross-reference stream tells neither its type nor its end; the object is as it was",
        ),
        Case::of("saved-untyped-section-otherwise", untyped(&seal.pdf, CONTENT, &forged))
            .says(
                "未写类型的交叉引用流换入另一正文",
                "a cross-reference stream that does not tell its type brings another content",
            )
            .bad(&rule::SIGNATURE_CHANGES),
    ]
}

/// The contract on a page whose box has decimals.
fn fine() -> Doc {
    let mut doc = Doc::contract();
    let page = doc.objects.get_mut(&PAGE).unwrap();
    *page = page.replace("[0 0 595 842]", "[0 0 594.95999 842]");
    doc
}

fn numbers() -> Vec<Case> {
    let seal = sealed(&fine(), By::Cms);
    let box_of = |numbers: &str| seal.changed(PAGE, |text| text.replace("[0 0 594.95999 842]", numbers));
    vec![
        Case::of("control-saved-single-precision", box_of("[0 0 594.95996 842.0]"))
            .says("页面尺寸另存时截为单精度", "the box of the page is cut to single precision on saving"),
        Case::of("saved-box-smaller", box_of("[0 0 594.95 842]"))
            .says("页面尺寸变小", "the box of the page became smaller")
            .bad(&rule::SIGNATURE_CHANGES),
    ]
}

fn boxes() -> Vec<Case> {
    let mut doc = Doc::contract();
    for page in [PAGE, SECOND] {
        let text = doc.objects.get_mut(&page).unwrap();
        *text = text.replace("/MediaBox[0 0 595 842]", "");
    }
    let bare = sealed(&doc, By::Cms);
    let seal = sealed(&doc.with(PAGES, "/MediaBox[0 0 595 842]/Rotate 90"), By::Cms);
    let told = |seal: &Sealed, more: &str| seal.changed(PAGE, |text| entries_added(text, more));
    vec![
        Case::of("control-saved-inherited", told(&seal, "/MediaBox[0 0 595 842]/Rotate 90"))
            .says("页面写明原来继承的尺寸与方向", "a page tells by itself what it inherited"),
        Case::of("saved-inherited-otherwise", told(&seal, "/MediaBox[0 0 595 842]/Rotate 0"))
            .says("页面写明的方向不是原来继承的", "a page tells another rotation than it inherited")
            .bad(&rule::SIGNATURE_CHANGES),
        Case::of("saved-inherited-from-nobody", told(&bare, "/MediaBox[0 0 595.276 841.89]"))
            .says(
                "页面写明的尺寸原来无处继承，各阅读器的缺省值不同",
                "a page tells a box that it inherited from nobody: readers have different ones of their own",
            )
            .bad(&rule::SIGNATURE_CHANGES),
    ]
}

/// The contract with a text field that has a ground, a border and a check box.
fn form() -> Sealed {
    let widget = |entries: &str| format!("<</Type/Annot/Subtype/Widget/F 4/P 3 0 R{entries}>>");
    let ground = |data: &str| stream("/Type/XObject/Subtype/Form/BBox[0 0 20 20]", data);
    let text = "/FT/Tx/T(amount)/Rect[70.1234 600 300.5678 620]/DA(/F1 12 Tf 0.1019 0 0 rg)\
                /MK<</BG[.8 .8431 1]/BC[0.1019 0 0]>>/AP<</N 41 0 R>>/V()";
    let tick = "/FT/Btn/T(agreed)/Rect[70 540 90 560]/MK<</CA(4)>>/V/Off/AS/Off\
                /AP<</N<</Yes 45 0 R/Off 46 0 R>>>>";
    let doc = Doc::contract()
        .set(40, widget(text))
        .set(41, look(""))
        .set(42, "<</Fields[40 0 R 44 0 R]/DR<</Font<</F1 5 0 R>>>>/DA(/F1 12 Tf 0 g)>>")
        .set(44, widget(tick))
        .set(45, ground("4 4 12 12 re f"))
        .set(46, ground(""))
        .with(CATALOG, "/AcroForm 42 0 R")
        .with(PAGE, "/Annots[40 0 R 44 0 R]");
    sealed(&doc, By::Cms)
}

/// An appearance of the text field, as PDFium draws one: ground and frame are areas.
fn look(text: &str) -> String {
    let entries = "/Type/XObject/Subtype/Form/BBox[0 0 230.44 20]/Resources<</Font<</F1 5 0 R>>>>";
    let ground =
        "q .8 .8431 1 rg 0 0 230.44 20 re f Q q 0.1019 0 0 rg 0 0 230.44 20 re 1 1 228.44 18 re f* Q";
    stream(entries, &format!("{ground} /Tx BMC q BT 0.1019 0 0 rg /F1 12 Tf 2 5 Td ({text}) Tj ET Q EMC"))
}

/// The text field filled, with its dictionary written anew.
fn filled(seal: &Sealed, text: &str, changes: &[(&str, &str)]) -> Vec<u8> {
    let field = seal.body(40).replace("/V()", "/V(ok)");
    let field = changes.iter().fold(field, |field, (from, to)| {
        assert!(field.contains(from), "{from} in {field}");
        field.replace(from, to)
    });
    seal.updated(&[(40, &field), (41, text)])
}

fn fields() -> Vec<Case> {
    let seal = form();
    let ok = look("ok");
    let made = |changes: &[(&str, &str)]| filled(&seal, &ok, changes);
    vec![
        Case::of("control-filled-frame", made(&[])).says(
            "填写，边框以两个矩形之间的区域绘制",
            "filled in; the border is drawn as the area between two rectangles",
        ),
        Case::of(
            "control-filled-two-decimals",
            made(&[
                ("[70.1234 600 300.5678 620]", "[70.12 600 300.57 620]"),
                ("[.8 .8431 1]", "[0.8 0.84 1]"),
                ("/BC[0.1019 0 0]", "/BC[0.1 0 0]"),
            ]),
        )
        .says("填写，位置与颜色截为两位小数", "filled in; its place and its colours are cut to two decimals"),
        Case::of(
            "control-filled-defaults-in-order",
            made(&[("(/F1 12 Tf 0.1019 0 0 rg)", "(0.102 0 0 rg /F1 12 Tf)/BS<</W 1/S/S>>")]),
        )
        .says(
            "填写，缺省外观换了次序，补写缺省边框",
            "filled in; its default appearance is in another order, and the border that it had is told",
        ),
        Case::of("filled-and-moved", made(&[("[70.1234 600 300.5678 620]", "[70.14 600 300.57 620]")]))
            .says("填写并移动表单域", "filled in, and the field is moved")
            .bad(&rule::SIGNATURE_CHANGES),
        Case::of("filled-with-other-ground", made(&[("[.8 .8431 1]", "[0.8 0.83 1]")]))
            .says("填写并改变底色", "filled in, and its ground has another colour")
            .bad(&rule::SIGNATURE_CHANGES),
        Case::of(
            "filled-with-white-defaults",
            made(&[("(/F1 12 Tf 0.1019 0 0 rg)", "(/F1 12 Tf 1 1 1 rg)")]),
        )
        .says(
            "填写并把缺省颜色改为白色，填写表单的阅读器中看不见其值",
            "filled in, and its default colour is white: readers that fill forms show no value",
        )
        .unknown(&rule::SIGNATURE_CHANGES),
        Case::of("filled-with-thick-border", made(&[("/V(ok)", "/V(ok)/BS<</W 9/S/S>>")]))
            .says("填写并加上粗边框", "filled in, and a thick border comes along")
            .bad(&rule::SIGNATURE_CHANGES),
        Case::of("defaults-white", seal.changed(40, |field| field.replace("0.1019 0 0 rg)", "1 1 1 rg)")))
            .says("只把缺省颜色改为白色", "nothing but its default colour changes, to white")
            .unknown(&rule::SIGNATURE_CHANGES),
    ]
}

/// The check box ticked with pictures drawn anew.
fn ticked(seal: &Sealed, on: &str, off: &str, font: &str) -> Vec<u8> {
    let picture = |data: &str| {
        let entries = format!(
            "/Type/XObject/Subtype/Form/BBox[0 0 20 20]/Resources<</Font<</ZaDb<</Type/Font/Subtype/Type1\
             /BaseFont/{font}>>>>>>"
        );
        stream(&entries, data)
    };
    let field = seal.body(44).replace("/V/Off/AS/Off", "/V(Yes)/AS/Yes").replace("45 0 R", "50 0 R");
    seal.updated(&[(44, &field.replace("46 0 R", "51 0 R")), (50, &picture(on)), (51, &picture(off))])
}

fn ticks() -> Vec<Case> {
    let seal = form();
    let sign = |code: char| format!("q BT /ZaDb 16 Tf 3 4 Td ({code}) Tj ET Q");
    let made = |on: &str, off: &str| ticked(&seal, on, off, "ZapfDingbats");
    let switched = |changes: &[(&str, &str)]| {
        let field = seal.body(44).replace("/V/Off/AS/Off", "/V/Yes/AS/Yes");
        let field = changes.iter().fold(field, |field, (from, to)| field.replace(from, to));
        seal.updated(&[(44, &field)])
    };
    let mut all = vec![
        Case::of("control-box-without-caption", switched(&[("/CA(4)", "")])).says(
            "勾选，未再写出标志，图形原样",
            "ticked; its sign is no longer told, and its pictures are as they were",
        ),
        Case::of("control-box-drawn-anew", made(&sign('3'), ""))
            .says("勾选，按其标志重画", "ticked; its pictures are drawn anew as its sign"),
        Case::of("box-drawn-as-cross", made(&sign('8'), ""))
            .says("勾选框被画成叉", "a box to be ticked is drawn crossed"),
        Case::of("box-drawn-on-when-off", made(&sign('3'), &sign('3')))
            .says("未勾选时也画成勾", "its picture for Off is a hook too"),
        Case::of("box-drawn-out-of-sight", made("q BT /ZaDb 16 Tf 30 4 Td (3) Tj ET Q", ""))
            .says("勾画在框外", "its hook is drawn out of sight"),
        Case::of("box-drawn-with-more", made(&format!("{} 0 0 20 3 re f", sign('3')), ""))
            .says("勾之外还画有别的内容", "more than a hook is drawn"),
        Case::of("box-drawn-in-letters", ticked(&seal, &sign('3'), "", "Helvetica"))
            .says("以字母字体绘制，显示数字", "drawn in a font of letters, which shows a figure"),
    ];
    for case in all.iter_mut().filter(|case| !case.is_control()) {
        case.findings.push((&rule::SIGNATURE_FILLED, sealbridge_verify::Status::Unknown));
    }
    all.push(
        Case::of("box-with-other-caption", switched(&[("/CA(4)", "/CA(8)")]))
            .says("勾选，标志改为叉", "ticked, and its sign is a cross now")
            .bad(&rule::SIGNATURE_CHANGES),
    );
    all
}
