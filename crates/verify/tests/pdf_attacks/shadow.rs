//! Shadow attacks: what is shown later lies in the document before it is signed, and a small change switches it on.
//! The signer is deceived too, so that every value is right.

use formats::pdf::seal::Certify;
use sealbridge_verify::catalogue as rule;

use crate::Case;
use crate::base::*;
use crate::missing::forged_tree;

/// A text field, which shows the amount where that is its value.
fn with_text_field(entries: &str) -> Doc {
    let field = format!(
        "<</Type/Annot/Subtype/Widget/FT/Tx/T(amount)/F 4/Rect[70 600 300 620]/P 3 0 R/DA(/F1 12 Tf 0 g)/AP<</N 41 0 R>>{entries}>>"
    );
    let form = "<</Fields[40 0 R]/DR<</Font<</F1 43 0 R>>>>/DA(/F1 12 Tf 0 g)>>";
    Doc::contract()
        .set(40, field)
        .set(41, shown(if entries == "/V()" { "" } else { AMOUNT }))
        .set(42, form)
        .set(43, "<</Type/Font/Subtype/Type1/BaseFont/Courier>>")
        .with(CATALOG, "/AcroForm 42 0 R")
        .with(PAGE, "/Annots[40 0 R]")
}

/// The appearance of the text field.
pub(crate) fn shown(text: &str) -> String {
    let entries = "/Type/XObject/Subtype/Form/BBox[0 0 230 20]/Resources<</Font<</F1 5 0 R>>>>";
    stream(entries, &format!("/Tx BMC q BT /F1 12 Tf 0 g 2 5 Td ({text}) Tj ET Q EMC"))
}

/// The text field filled.
pub(crate) fn filled(pdf: &[u8], value: &str, appearance: &str) -> Vec<u8> {
    let field = body(pdf, 40).replace("/V()", &format!("/V({value})"));
    updated(pdf, &[(40, &field), (41, appearance)])
}

pub(crate) fn cases() -> Vec<Case> {
    let mut all = hidden();
    all.extend(switched());
    all.extend(forms());
    all.extend(certified_forms());
    all
}

fn hidden() -> Vec<Case> {
    let (pages, page_51, content_52) = forged_tree();
    let doc = Doc::contract().set(50, pages).set(51, page_51).set(52, content_52);
    let both = sealed(&doc, By::Cms);
    let image = "/Type/XObject/Subtype/Image/Width 1/Height 1/ColorSpace/DeviceGray/BitsPerComponent 8/Filter/ASCIIHexDecode";
    let cover = "q 400 0 0 40 60 710 cm /Im Do Q";
    let body_4 = stream("", &format!("BT /F1 14 Tf 72 720 Td (Amount {FORGED}) Tj ET {cover}"));
    let covered = Doc::contract()
        .set(CONTENT, body_4)
        .set(45, stream(image, "ff>"))
        .set(PAGE, page(CONTENT, "").replace("/Resources<<", "/Resources<</XObject<</Im 45 0 R>>"));
    let covered = sealed(&covered, By::Cms);
    let freed = by_table(&covered.pdf, 45, "0000000000 00001 f ");
    let dangling =
        Doc::contract().set(PAGE, page(CONTENT, "").replace("/Contents 4 0 R", "/Contents[4 0 R 60 0 R]"));
    let dangling = sealed(&dangling, By::Cms);
    let more =
        stream("", &format!("1 g 60 700 400 40 re f 0 g BT /F1 14 Tf 72 720 Td (Amount {FORGED}) Tj ET"));
    vec![
        Case::of("shadow-hide", freed)
            .says("签名时遮盖伪造文字的图片事后被移除", "a picture that hid forged text when it was signed is taken away")
            .bad(&rule::SIGNATURE_CHANGES),
        Case::of("shadow-hide-and-replace", both.changed(CATALOG, |text| text.replace("/Pages 2 0 R", "/Pages 50 0 R")))
            .says("文件中预先藏好的另一棵页面树被换上", "other pages that lay hidden in the file are switched in")
            .bad(&rule::SIGNATURE_CHANGES),
        Case::of("shadow-kids", both.changed(PAGES, |text| text.replace("3 0 R", "51 0 R")))
            .says("页面列表换上预先藏好的一页", "a hidden page takes the place of the first")
            .bad(&rule::SIGNATURE_CHANGES),
        Case::of("shadow-font", sealed(&Doc::contract(), By::Cms).updated(&[(FONT, FONT_SWAPPED)]))
            .says("字体换成另一编码，同样的字节显示别的数字", "the font gets another encoding: the same bytes show other figures")
            .bad(&rule::SIGNATURE_CHANGES),
        Case::of("shadow-dangling", dangling.updated(&[(60, &more)]))
            .says("补上正文所引用而签名时不存在的内容流", "a stream that the page named and that was not there when it was signed is put in")
            .bad(&rule::SIGNATURE_CHANGES),
        Case::of("shadow-linearized", linearized("/Linearized 1/L"))
            .says(
                "签名时长度不符的线性化字典，末尾补空白后生效：首页交叉引用指向伪造内容",
                "a linearization dictionary whose length is wrong until blanks are put at the end; then its first-page table leads to forged content",
            )
            .unknown(&rule::PDF_REBUILT),
    ]
}

/// 1 shows as 9, 0 as 9: the encoding names other glyphs.
const FONT_SWAPPED: &str =
    "<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding<</Type/Encoding/Differences[49/nine]>>>>";

/// An update that is one entry of the table.
fn by_table(pdf: &[u8], number: u32, entry: &str) -> Vec<u8> {
    let (mut out, at) = (pdf.to_vec(), pdf.len());
    let prev = startxref(pdf);
    let text = format!(
        "xref\n{number} 1\n{entry}\ntrailer\n<</Size 200/Root 1 0 R/Prev {prev}>>\nstartxref\n{at}\n%%EOF\n"
    );
    out.extend_from_slice(text.as_bytes());
    out
}

/// A first-page table at the beginning, which readers use when the file is as long as its dictionary says.
/// The keys of the dictionary are written as is told.
pub(crate) fn linearized(keys: &str) -> Vec<u8> {
    const LENGTH: usize = 20_000;
    let (pages, page_51, content_52) = forged_tree();
    // A font of its own: our own signer refuses a file in which the number of an object in use stands a second time.
    let page_51 = page_51.replace(&format!("{FONT} 0 R"), "53 0 R");
    let mut out = b"%PDF-1.7\n".to_vec();
    out.extend_from_slice(
        format!("80 0 obj\n<<{keys} {LENGTH}/H[0 0]/O 51/E {LENGTH}/N 1/T 0>>\nendobj\n").as_bytes(),
    );
    let table = out.len();
    let forged: Vec<(u32, String)> = vec![
        (49, "<</Type/Catalog/Pages 50 0 R>>".to_owned()),
        (50, pages),
        (51, page_51),
        (52, content_52),
        (53, "<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>".to_owned()),
    ];
    let mut places: Vec<(u32, usize)> = forged.iter().map(|(number, _)| (*number, 0)).collect();
    let trailer = "/Root 49 0 R";
    let mut at = table + section(&places, trailer, None).len() + "startxref\n0\n%%EOF\n".len();
    for ((_, place), (number, body)) in places.iter_mut().zip(&forged) {
        *place = at;
        at += format!("{number} 0 obj\n{body}\nendobj\n").len();
    }
    out.extend_from_slice(section(&places, trailer, None).as_bytes());
    out.extend_from_slice(b"startxref\n0\n%%EOF\n");
    for (number, body) in &forged {
        out.extend_from_slice(format!("{number} 0 obj\n{body}\nendobj\n").as_bytes());
    }
    let doc = Doc::contract();
    let objects: Vec<(u32, &str)> =
        doc.objects.iter().map(|(number, body)| (*number, body.as_str())).collect();
    append(&mut out, &objects, "", None);
    let mut pdf = applied(&out, &placement(By::Cms), &testkit::pki::pki().signer).pdf;
    assert!(pdf.len() < LENGTH, "{}", pdf.len());
    pdf.resize(LENGTH, b'\n');
    pdf
}

fn switched() -> Vec<Case> {
    let group = "<</Type/OCG/Name(forged)>>";
    let properties = "/OCProperties<</OCGs[46 0 R]/D<</OFF[46 0 R]>>>>";
    let text = format!(
        "BT /F1 14 Tf 72 720 Td (Amount {AMOUNT}) Tj ET /OC /Oc1 BDC 1 g 60 700 400 40 re f 0 g BT /F1 14 Tf 72 720 Td (Amount {FORGED}) Tj ET EMC"
    );
    let doc = Doc::contract()
        .set(46, group)
        .set(CONTENT, stream("", &text))
        .set(PAGE, page(CONTENT, "").replace("/Resources<<", "/Resources<</Properties<</Oc1 46 0 R>>"))
        .with(CATALOG, properties);
    let layered = sealed(&doc, By::Cms);
    let seal = usual(By::Cms);
    let script = "/OpenAction<</S/JavaScript/JS(app.alert\\('void'\\))>>";
    let xfa = "/XFA(<xdp:xdp xmlns:xdp='http://ns.adobe.com/xdp/'/>)";
    let form = |more: &str| seal.changed(seal.form, |text| entries_added(text, more));
    vec![
        Case::of("layer-switched-on", layered.changed(CATALOG, |text| text.replace("/OFF[", "/ON[")))
            .says("可选内容层事后打开，盖住金额", "a layer over the amount is switched on")
            .bad(&rule::SIGNATURE_CHANGES),
        Case::of("open-action-added", seal.changed(CATALOG, |text| entries_added(text, script)))
            .says("加入打开文档时执行的脚本", "a script that runs when the document is opened is added")
            .bad(&rule::SIGNATURE_CHANGES),
        Case::of("xfa-added", form(xfa))
            .says(
                "加入 XFA 表单，支持它的阅读器显示另一份内容",
                "an XFA form is added: readers that know it show other content",
            )
            .bad(&rule::SIGNATURE_CHANGES),
        Case::of("need-appearances-added", form("/NeedAppearances true"))
            .says("要求阅读器重画表单", "readers are asked to draw the form anew")
            .unknown(&rule::SIGNATURE_FILLED),
    ]
}

/// A text field that is filled in, and shows a picture.
fn drawn(open: &[u8]) -> Vec<u8> {
    let painted = {
        let entries = "/Type/XObject/Subtype/Form/BBox[0 0 230 20]/Resources<</XObject<</Im 47 0 R>>>>";
        stream(entries, "/Tx BMC q 230 0 0 20 0 0 cm /Im Do Q EMC")
    };
    let image = stream(
        "/Type/XObject/Subtype/Image/Width 1/Height 1/ColorSpace/DeviceGray/BitsPerComponent 8/Filter/ASCIIHexDecode",
        "80>",
    );
    let field = body(open, 40).replace("/V()", &format!("/V({AMOUNT})"));
    updated(open, &[(40, &field), (41, &painted), (47, &image)])
}

fn forms() -> Vec<Case> {
    let open = sealed(&with_text_field("/V()"), By::Cms);
    let honest = filled(&open.pdf, "Zhang San", &shown("Zhang San"));
    let hexadecimal = shown(FORGED).replace(&format!("({FORGED})"), &format!("<{}>", hex::encode(FORGED)));
    let asking = with_text_field("/V(10600.00)")
        .set(42, "<</Fields[40 0 R]/NeedAppearances true/DR<</Font<</F1 43 0 R>>>>/DA(/F1 12 Tf 0 g)>>");
    let asking = sealed(&asking, By::Cms);
    let swapped = FONT_SWAPPED.replace("Helvetica", "Courier");
    let reformed = asking.changed(42, |text| text.replace("/F1 43 0 R", "/F1 48 0 R"));
    let empty_field = "<</Type/Annot/Subtype/Widget/FT/Sig/T(later)/F 4/Rect[60 630 460 750]/P 3 0 R>>";
    let waiting = Doc::contract()
        .set(40, empty_field)
        .set(42, "<</Fields[40 0 R]>>")
        .with(CATALOG, "/AcroForm 42 0 R")
        .with(PAGE, "/Annots[40 0 R]");
    let waiting = sealed(&waiting, By::Cms);
    let dressed = entries_added(&waiting.body(40), "/AP<</N 53 0 R>>");
    vec![
        Case::of("control-form-filled", honest.clone())
            .says("签名之后填写空白表单域", "an empty field of a form is filled in after signing"),
        Case::of("fill-shows-other-value", filled(&open.pdf, AMOUNT, &shown(FORGED)))
            .says("填写的值与所显示的不同", "a field is filled with one value and shows another")
            .unknown(&rule::SIGNATURE_FILLED),
        Case::of("fill-shows-other-value-hex", filled(&open.pdf, AMOUNT, &hexadecimal))
            .says("同上，所显示的文字以十六进制书写", "the same, what is shown is written in hexadecimal")
            .unknown(&rule::SIGNATURE_FILLED),
        Case::of("fill-shows-picture", drawn(&open.pdf))
            .says("填写的文本域显示一幅图片", "a text field that is filled shows a picture")
            .unknown(&rule::SIGNATURE_FILLED),
        Case::of("fill-appearance-alone", updated(&open.pdf, &[(41, &shown(FORGED))]))
            .says("只换表单域的外观，值不变", "the appearance of a field is changed, its value is not")
            .unknown(&rule::SIGNATURE_FILLED),
        Case::of("fill-font-swapped", asking.updated(&[(43, &swapped)]))
            .says(
                "表单默认字体换成另一编码，重画时显示别的数字",
                "the default font of the form gets another encoding: drawn anew it shows other figures",
            )
            .unknown(&rule::SIGNATURE_FILLED),
        Case::of("fill-font-replaced", updated(&reformed, &[(48, &swapped)]))
            .says("表单改用另一种默认字体", "the form names another default font")
            .unknown(&rule::SIGNATURE_FILLED),
        Case::of(
            "empty-signature-field-dressed",
            waiting.updated(&[(40, &dressed), (53, &cover(&format!("Amount {FORGED}"), 400, 40))]),
        )
        .says(
            "给签名时为空的签名域加上盖住金额的外观，无人签名",
            "a signature field that was empty gets an appearance over the amount, signed by nobody",
        )
        .unknown(&rule::SIGNATURE_CHANGES),
        Case::of(
            "control-field-signed-later",
            sealed_in(&waiting.pdf, "later", &testkit::pki::pki().second).pdf,
        )
        .says("第二单位在预留的签名域中盖章", "the second party seals in the field kept for it"),
    ]
}

fn certified_forms() -> Vec<Case> {
    let doc = with_text_field("/V()");
    let filling = |certify| filled(&certified(&doc, certify).pdf, "Zhang San", &shown("Zhang San"));
    let note = "<</Type/Annot/Subtype/Text/Rect[500 800 520 820]/Contents(read)/F 4>>";
    let noted = |certify| {
        let sealed = certified(&Doc::contract(), certify);
        let list = sealed.body(PAGE).replace("/Annots[", "/Annots[61 0 R ");
        let list = with_annotation(&sealed.body(PAGE), 61).unwrap_or(list);
        sealed.updated(&[(PAGE, &list), (61, note)])
    };
    vec![
        Case::of("control-certified-form-filled", filling(Certify::Forms))
            .says("认证允许填写的表单被填写", "a form is filled in as the certification allows"),
        Case::of("certified-form-filled", filling(Certify::NoChanges))
            .says(
                "认证禁止改动的文档被填写",
                "a form is filled in where the certification forbids every change",
            )
            .bad(&rule::SIGNATURE_PERMISSION),
        Case::of("control-certified-note", noted(Certify::Annotations))
            .says("认证允许批注的文档加上批注", "a note is added as the certification allows"),
        Case::of("certified-note", noted(Certify::Forms))
            .says(
                "认证只允许填写的文档加上批注",
                "a note is added where the certification allows filling alone",
            )
            .bad(&rule::SIGNATURE_PERMISSION),
        Case::of("certified-sealed-again", sealed_by_force())
            .says(
                "认证禁止改动的文档又加盖一章",
                "one more seal is added where the certification forbids every change",
            )
            .bad(&rule::SIGNATURE_PERMISSION),
    ]
}

/// The page with an annotation put at the end of its list.
pub(crate) fn with_annotation(page: &str, number: u32) -> Option<String> {
    let at = page.find("/Annots")? + 7;
    let end = at + page[at..].find(']')?;
    Some(format!("{} {number} 0 R{}", &page[..end], &page[end..]))
}

/// A second seal by a writer that does not ask: the certification is taken off, sealed, and its words put back before
/// the value is made anew.
fn sealed_by_force() -> Vec<u8> {
    let first = certified(&Doc::contract(), Certify::NoChanges);
    let mut open = first.pdf.clone();
    let marks = open.windows(6).enumerate().filter(|(_, window)| *window == b"DocMDP");
    let places: Vec<usize> = marks.map(|(at, _)| at).collect();
    for at in &places {
        open[*at] = b'X';
    }
    let mut again = sealed_again(&open);
    for at in places {
        again.pdf[at] = b'D';
    }
    let spec = testkit::lab::ValueSpec::by(&testkit::pki::pki().second);
    let [zero, first, second, length] = again.range;
    let seal = testkit::lab::SealSpec::good().write();
    let value = spec.write(&seal, &again.covered(), &format!("[{zero} {first} {second} {length}]"));
    again.with_value(&value)
}
