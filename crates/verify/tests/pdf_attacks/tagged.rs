//! What passes itself off as logical structure because it has the keys of an element: a table of pictures, parameters of
//! a filter, and what the structure of the signed revision does not lead to. And structure that grows as it should.

use sealbridge_verify::catalogue as rule;

use crate::Case;
use crate::base::*;
use crate::shadow::with_annotation;

/// A form of one line, to be drawn.
fn line(amount: &str) -> String {
    let entries = "/Type/XObject/Subtype/Form/BBox[0 0 595 842]/Resources<</Font<</F1 5 0 R>>>>";
    stream(entries, &format!("BT /F1 14 Tf 72 720 Td (Contract, page 1. Amount {amount}) Tj ET"))
}

/// A tagged contract that draws what its resources hold.
fn drawing(root: &str, element: &str, resources: &str) -> Doc {
    Doc::contract()
        .set(PAGE, page(CONTENT, "").replace("/Resources<</Font<</F1 5 0 R>>>>", resources))
        .set(CONTENT, stream("", "/K Do"))
        .set(40, root)
        .set(41, "<</Type/StructElem/S/Document/P 40 0 R/K[]>>")
        .set(43, element)
        .set(45, line(AMOUNT))
        .with(CATALOG, "/StructTreeRoot 40 0 R/MarkInfo<</Marked true>>")
}

/// The document signed, and what an element holds exchanged.
fn exchanged(doc: &Doc, number: u32, from: &str, to: &str, more: &[(u32, &str)]) -> Vec<u8> {
    let signed = sealed(doc, By::Cms);
    let body = signed.body(number).replace(from, to);
    assert_ne!(body, signed.body(number), "nothing was changed");
    signed.updated(&[&[(number, body.as_str())], more].concat())
}

pub(crate) fn cases() -> Vec<Case> {
    let root = "<</Type/StructTreeRoot/K[41 0 R]>>";
    let both = "<</Type/StructTreeRoot/K[41 0 R 43 0 R]>>";
    let table = "<</Type/StructElem/S/Figure/P 40 0 R/K 45 0 R>>";
    let resources = "/Resources<</XObject 43 0 R/Font<</F1 5 0 R>>>>";
    let forged = line(FORGED);
    let redrawn = |root: &str, resources: &str| {
        exchanged(&drawing(root, table, resources), 43, "/K 45 0 R", "/K 120 0 R", &[(120, &forged)])
    };
    // The root of the structure is the table of resources as well.
    let resourceful = "<</Type/StructTreeRoot/K[41 0 R 43 0 R]/XObject 43 0 R>>";
    let mut all = vec![
        Case::of("tagged-unreached", redrawn(root, resources)).says(
            "未被逻辑结构引用的字典冒充结构元素，其 K 改指另一图形",
            "a dictionary that no structure leads to is passed off as an element, and its K led to another picture",
        ),
        Case::of("tagged-table", redrawn(both, resources)).says(
            "结构元素兼作图形资源，其 K 改指另一图形",
            "an element of the structure is a table of pictures as well, and its K is led to another one",
        ),
        Case::of("tagged-root-resources", redrawn(resourceful, "/Resources 40 0 R")).says(
            "结构根兼作页面资源，其下元素的 K 改指另一图形",
            "the root of the structure is the resources of the page as well, and an element below is led to another picture",
        ),
        parameters("tagged-parameters", "[43 0 R]", None).says(
            "结构元素兼作图片解码参数，K 改变后图片解码成另一图形",
            "an element of the structure is parameters of a filter as well: with another K the picture is another one",
        ),
        parameters("tagged-parameters-list", "44 0 R", Some("[43 0 R]")).says(
            "同上，解码参数的数组兼作结构元素的下级列表",
            "the same, and the list of parameters is that of an element's kids as well",
        ),
    ];
    for case in &mut all {
        case.findings.push((&rule::SIGNATURE_CHANGES, sealbridge_verify::Status::Bad));
    }
    all.extend(controls());
    all
}

/// A picture whose filter has parameters that are elements: 43 below 41, and the list of both maybe one object.
fn parameters(name: &'static str, parameters: &str, list: Option<&str>) -> Case {
    let image = format!(
        "/Type/XObject/Subtype/Image/Width 8/Height 8/BitsPerComponent 1/ColorSpace/DeviceGray/Filter[/CCITTFaxDecode]/DecodeParms {parameters}"
    );
    let kids = if list.is_some() { "44 0 R" } else { "[43 0 R]" };
    let resources = "/Resources<</XObject<</K 45 0 R>>/Font<</F1 5 0 R>>>>";
    let element = "<</Type/StructElem/S/Figure/P 41 0 R/K -1>>";
    let doc = drawing("<</Type/StructTreeRoot/K[41 0 R]>>", element, resources)
        .set(41, format!("<</Type/StructElem/S/Document/P 40 0 R/K {kids}>>"))
        .set(45, stream(&image, "\u{1}\u{2}"));
    let doc = match list {
        Some(list) => doc.set(44, list),
        None => doc,
    };
    Case::of(name, exchanged(&doc, 43, "/K -1", "/K 0", &[]))
}

/// An honest update of a tagged document: a new signature field becomes an element.
fn controls() -> Vec<Case> {
    let tagged = |kids: &str| {
        Doc::contract()
            .set(40, "<</Type/StructTreeRoot/K 41 0 R/ParentTree 43 0 R/ParentTreeNextKey 1>>")
            .set(41, format!("<</Type/StructElem/S/Document/P 40 0 R/K {kids}>>"))
            .set(43, "<</Nums[0 44 0 R]>>")
            .set(44, "[45 0 R]")
            .set(45, "<</Type/StructElem/S/P/P 41 0 R/Pg 3 0 R/K 0>>")
            .set(46, "<</Count 1/First 47 0 R/Last 47 0 R>>")
            .set(47, "<</Title(Contract)/Parent 46 0 R/SE 41 0 R/Dest[3 0 R/Fit]>>")
            .with(CATALOG, "/StructTreeRoot 40 0 R/MarkInfo<</Marked true>>/Outlines 46 0 R")
            .with(PAGE, "/StructParents 0/Annots[]")
    };
    let grown = |doc: &Doc| {
        let signed = sealed(doc, By::Cms);
        let field =
            "<</Type/Annot/Subtype/Widget/FT/Sig/T(later)/F 132/Rect[0 0 0 0]/P 3 0 R/StructParent 1>>";
        let form = signed.body(signed.form).replace("/Fields[", "/Fields[120 0 R ");
        let list = with_annotation(&signed.body(PAGE), 120).unwrap();
        let element = "<</Type/StructElem/S/Form/P 41 0 R/Pg 3 0 R/K<</Type/OBJR/Obj 120 0 R/Pg 3 0 R>>>>";
        let root = signed.body(40).replace("NextKey 1", "NextKey 2");
        signed.updated(&[
            (40, &root),
            (41, "<</Type/StructElem/S/Document/P 40 0 R/K[45 0 R 121 0 R]>>"),
            (43, "<</Nums[0 44 0 R 1 121 0 R]>>"),
            (PAGE, &list),
            (120, field),
            (121, element),
            (signed.form, &form),
        ])
    };
    vec![
        Case::of("control-tagged-grown", grown(&tagged("[45 0 R]"))).says(
            "带标签文档中新增的签名域成为结构元素",
            "a new field of a tagged document becomes an element",
        ),
    ]
}
