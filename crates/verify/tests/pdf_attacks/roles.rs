//! One object in two parts: a page, a field or the form that is a table of pictures as well, in which a key that may change
//! names what is drawn; what becomes a field, or one above others, because a later field says so; and objects that
//! cross-reference data frees for some readers alone.

use std::fmt::Write as _;

use sealbridge_verify::catalogue as rule;
use testkit::pki::pki;

use crate::Case;
use crate::base::*;
use crate::looks::resigned;
use crate::shadow::shown;

/// A form of one line, to be drawn.
fn line(amount: &str) -> String {
    let entries = "/Type/XObject/Subtype/Form/BBox[0 0 595 842]/Resources<</Font<</F1 5 0 R>>>>";
    stream(entries, &format!("BT /F1 14 Tf 72 720 Td (Contract, page 1. Amount {amount}) Tj ET"))
}

/// The first page draws, under this name, what an object holds.
fn drawing(object: u32, name: &str, more: &str) -> Doc {
    let resources = format!("/Resources<</XObject {object} 0 R");
    Doc::contract()
        .set(PAGE, page(CONTENT, more).replace("/Resources<<", &resources))
        .set(CONTENT, stream("", &format!("/{name} Do")))
        .set(45, line(AMOUNT))
}

/// The document signed, and a reference to the line led to the forged one.
fn redirected(doc: &Doc, object: impl Fn(&Sealed) -> u32, key: &str) -> Vec<u8> {
    let signed = sealed(doc, By::Cms);
    let number = object(&signed);
    let old = signed.body(number);
    let new = old.replace(&format!("/{key} 45 0 R"), &format!("/{key} 120 0 R"));
    assert_ne!(old, new, "nothing was changed");
    signed.updated(&[(number, &new), (120, &line(FORGED))])
}

pub(crate) fn cases() -> Vec<Case> {
    let mut all = tables();
    all.extend(borrowed());
    all.extend(hybrids());
    all.push(lock_doubled());
    all.extend(controls());
    all
}

/// A dictionary as a table of pictures.
fn tables() -> Vec<Case> {
    let page = drawing(PAGE, "PieceInfo", "/PieceInfo 45 0 R");
    let node = drawing(PAGES, "Resources", "").with(PAGES, "/Resources 45 0 R");
    let form = drawing(42, "DA", "").set(42, "<</Fields[]/DA 45 0 R>>").with(CATALOG, "/AcroForm 42 0 R");
    let field = |kind: &str| {
        format!("<</Type/Annot/Subtype/Widget{kind}/T(a)/F 4/Rect[70 600 300 620]/P 3 0 R/M 45 0 R>>")
    };
    let with_field = |kind: &str| {
        drawing(40, "M", "/Annots[40 0 R]")
            .set(40, field(kind))
            .set(42, "<</Fields[40 0 R]>>")
            .with(CATALOG, "/AcroForm 42 0 R")
    };
    // Nothing of the field changes, and its value is a stream, as a text may be.
    let value = with_field("/FT/Tx")
        .set(40, field("/FT/Tx").replace("/M 45", "/V 45"))
        .set(CONTENT, stream("", "/V Do"));
    let value = sealed(&value, By::Cms).updated(&[(45, &line(FORGED))]);
    let said = [
        (
            "role-page-private-data",
            redirected(&page, |_| PAGE, "PieceInfo"),
            "页面字典兼作图形资源，其私有数据条目改指另一图形",
            "the page is its own table of pictures, and its private data is led to another one",
        ),
        (
            "role-node-resources",
            redirected(&node, |_| PAGES, "Resources"),
            "页面树节点兼作图形资源，其 Resources 改指另一图形",
            "a node of the tree of pages is a table of pictures, and its Resources are led to another one",
        ),
        (
            "role-form-default",
            redirected(&form, |signed| signed.form, "DA"),
            "表单字典兼作图形资源，其 DA 改指另一图形",
            "the form is a table of pictures, and its DA is led to another one",
        ),
        (
            "role-text-field-time",
            redirected(&with_field("/FT/Tx"), |_| 40, "M"),
            "文本域兼作图形资源，其 M 改指另一图形",
            "a text field is a table of pictures, and its M is led to another one",
        ),
        (
            "role-signature-field-time",
            redirected(&with_field("/FT/Sig"), |_| 40, "M"),
            "空签名域兼作图形资源，其 M 改指另一图形",
            "an empty signature field is a table of pictures, and its M is led to another one",
        ),
        (
            "role-field-value",
            value,
            "文本域兼作图形资源，其值就是页面所画的图形",
            "a text field is a table of pictures, and its value is what the page draws",
        ),
    ];
    said.into_iter()
        .map(|(name, pdf, zh, en)| Case::of(name, pdf).says(zh, en).bad(&rule::SIGNATURE_CHANGES))
        .collect()
}

/// A file that the document carries, by the tree of names at object 50.
fn with_file() -> Doc {
    Doc::contract()
        .with(CATALOG, "/Names<</EmbeddedFiles 50 0 R>>")
        .set(50, "<</Names[(invoice.xml) 51 0 R]>>")
        .set(51, specification(52, ""))
        .set(52, invoice(AMOUNT))
}

fn specification(file: u32, more: &str) -> String {
    format!("<</Type/Filespec/F(invoice.xml)/UF(invoice.xml)/EF<</F {file} 0 R>>{more}>>")
}

fn invoice(amount: &str) -> String {
    stream("/Type/EmbeddedFile", &format!("<amount>{amount}</amount>"))
}

/// The form with one more field.
fn one_more(signed: &Sealed, field: u32) -> String {
    signed.body(signed.form).replace("/Fields[", &format!("/Fields[{field} 0 R "))
}

/// What becomes a field, or one above others, only by what a later one says.
fn borrowed() -> Vec<Case> {
    let forged = invoice(FORGED);
    let other = specification(123, "");
    let leaf = "<</Limits[(invoice.xml)(invoice.xml)]/Names[(invoice.xml) 122 0 R]>>";
    let empty = |parent: &str| format!("<</FT/Sig/T(later){parent}>>");
    let signed = sealed(&with_file(), By::Cms);
    let form = one_more(&signed, 120);
    let parent = signed.updated(&[
        (120, &empty("/Parent 50 0 R")),
        (signed.form, &form),
        (50, "<</Names[(invoice.xml) 51 0 R]/Kids[121 0 R]>>"),
        (121, leaf),
        (122, &other),
        (123, &forged),
    ]);
    let prepared = sealed(&with_file().set(51, specification(52, "/FT/Sig/T(later)")), By::Cms);
    let form = one_more(&prepared, 51);
    let becomes = prepared.updated(&[(prepared.form, &form), (52, &forged)]);
    // A field above others that is the tree of files as well.
    let above = with_file()
        .set(50, "<</T(group)/Kids[53 0 R]>>")
        .set(53, "<</FT/Sig/T(first)/Parent 50 0 R/Limits[(invoice.xml)(invoice.xml)]/Names[(invoice.xml) 51 0 R]>>")
        .set(42, "<</Fields[50 0 R]>>")
        .with(CATALOG, "/AcroForm 42 0 R");
    let kid = entries_added(leaf, "/FT/Sig/T(later)/Parent 50 0 R");
    let above = sealed(&above, By::Cms).updated(&[
        (50, "<</T(group)/Kids[121 0 R 53 0 R]>>"),
        (121, &kid),
        (122, &other),
        (123, &forged),
    ]);
    vec![
        Case::of("parent-tree-of-files", parent)
            .says(
                "新空签名域把附件名称树称作上级，附件被换掉",
                "a new empty signature field calls the tree of attached files its parent, and the file is another",
            )
            .bad(&rule::SIGNATURE_CHANGES),
        Case::of("field-was-a-file", becomes)
            .says(
                "附件说明被列为新签名域，附件内容被换掉",
                "the description of an attached file is listed as a new signature field, and the file is another",
            )
            .bad(&rule::SIGNATURE_CHANGES),
        Case::of("role-field-tree-of-files", above)
            .says(
                "上级表单域兼作附件名称树，新增的下级带来另一附件",
                "a field above others is the tree of attached files as well, and a new one below it brings another file",
            )
            .bad(&rule::SIGNATURE_CHANGES),
    ]
}

/// A later hybrid section: what the table says of an object, while the stream names its old place.
fn hybrid(pdf: &[u8], number: u32, in_table: impl Fn(usize) -> String) -> Vec<u8> {
    let place = rfind(pdf, format!("\n{number} 0 obj\n").as_bytes()) + 1;
    let stream_at = pdf.len();
    let entries = format!("/Type/XRef/W[1 4 2]/Index[{number} 1]/Size 200/Root 1 0 R/Filter/ASCIIHexDecode");
    let mut out = pdf.to_vec();
    let section = stream(&entries, &format!("01{place:08x}0000>"));
    out.extend_from_slice(format!("188 0 obj\n{section}\nendobj\n").as_bytes());
    let at = out.len();
    let mut table = format!("xref\n{number} 1\n{}\n", in_table(place));
    let prev = startxref(pdf);
    let _ = write!(table, "trailer\n<</Size 200/Root 1 0 R/Prev {prev}/XRefStm {stream_at}>>\n");
    let _ = write!(table, "startxref\n{at}\n%%EOF\n");
    out.extend_from_slice(table.as_bytes());
    out
}

fn hybrids() -> Vec<Case> {
    let freed = |_: usize| "0000000000 65535 f ".to_owned();
    let seal = usual(By::Seal);
    vec![
        Case::of("hybrid-freed", hybrid(&usual(By::Cms).pdf, CONTENT, freed))
            .says(
                "混合交叉引用：表中释放正文，流中仍为原处，有的阅读器显示空白页",
                "hybrid cross-reference data: the table frees the content and the stream names it where it was, so that some readers show an empty page",
            )
            .bad(&rule::SIGNATURE_CHANGES),
        Case::of("hybrid-freed-seal", hybrid(&seal.pdf, seal.field, freed))
            .says(
                "混合交叉引用：表中释放印章所在的域",
                "hybrid cross-reference data: the table frees the field of the seal",
            )
            .bad(&rule::SIGNATURE_CHANGES),
    ]
}

/// A lock that says two things, and a field filled that one of the two locks.
fn lock_doubled() -> Case {
    let lock = "/Lock<</Type/SigFieldLock/Xction/All/Action/Include/Fields[(none)]>>";
    let field = "<</Type/Annot/Subtype/Widget/FT/Sig/T(later)/F 132/Rect[120 500 234 614]/P 3 0 R>>";
    let text = "<</Type/Annot/Subtype/Widget/FT/Tx/T(amount)/F 4/P 3 0 R/Rect[70 640 300 660]/DA(/F1 12 Tf 0 g)/AP<</N 41 0 R>>/V()>>";
    let doc = Doc::contract()
        .set(40, entries_added(field, lock))
        .set(44, text)
        .set(41, shown(""))
        .set(42, "<</Fields[40 0 R 44 0 R]/DR<</Font<</F1 5 0 R>>>>/DA(/F1 12 Tf 0 g)>>")
        .with(CATALOG, "/AcroForm 42 0 R")
        .with(PAGE, "/Annots[40 0 R 44 0 R]");
    let signed = sealed_in(&doc.write(), "later", &pki().signer);
    let signed = resigned(signed, |pdf, _| *pdf = patched(pdf, "/Xction", "/Action"));
    let filled = body(&signed.pdf, 44).replace("/V()", &format!("/V({FORGED})"));
    Case::of("lock-doubled", signed.updated(&[(44, &filled), (41, &shown(FORGED))]))
        .says(
            "锁定中 Action 出现两次，按其一该域不得填写",
            "the lock has two Actions, and by one of them the field that was filled may not be",
        )
        .bad(&rule::SIGNATURE_CHANGES)
        .unknown(&rule::SIGNATURE_PERMISSION)
}

fn controls() -> Vec<Case> {
    let kept = |place: usize| format!("{place:010} 00000 n ");
    let private = "/PieceInfo<</Editor<</LastModified(D:20240102030405Z)/Private(draft)>>>>";
    let signed = usual(By::Cms);
    let noted = signed.changed(PAGE, |page| entries_added(page, private));
    let group = Doc::contract()
        .set(50, "<</T(group)/Kids[53 0 R]>>")
        .set(53, "<</FT/Sig/T(first)/Parent 50 0 R>>")
        .set(42, "<</Fields[50 0 R]>>")
        .with(CATALOG, "/AcroForm 42 0 R");
    let group = sealed(&group, By::Cms)
        .updated(&[(50, "<</T(group)/Kids[53 0 R 120 0 R]>>"), (120, "<</FT/Sig/T(later)/Parent 50 0 R>>")]);
    vec![
        Case::of("control-page-private-data", noted)
            .says("程序在页面上记下私有数据", "a program notes private data on a page"),
        Case::of("control-field-below", group)
            .says("上级表单域下新增空签名域", "a new empty signature field below a field that was there"),
        Case::of("control-hybrid-same", hybrid(&signed.pdf, CONTENT, kept)).says(
            "混合交叉引用的表与流都写明正文原处",
            "the table and the stream of hybrid cross-reference data name the content where it was",
        ),
    ]
}
