//! What passes itself off as something that may follow a signature: pages that some readers do not count or draw in
//! another way, annotations that call themselves signature fields, name trees that call themselves logical structure,
//! second values of keys, whole documents under the name of document information.

use formats::pdf::seal::{Certify, FieldChoice, Placement};
use sealbridge_verify::catalogue as rule;
use testkit::pki::pki;

use crate::Case;
use crate::base::*;
use crate::fields::stamped_in;
use crate::looks::{resigned, signed_otherwise};
use crate::shadow::with_annotation;

/// Where the first page tells the amount, as an annotation's entry.
const OVER: &str = "/Rect[60 700 420 745]";

pub(crate) fn cases() -> Vec<Case> {
    let plain = usual(By::Cms);
    let mut all = counts(&plain);
    all.extend(parents(&plain));
    all.extend(inherited());
    all.extend(annotations(&plain));
    all.extend(prepared_fields());
    all.extend(trees());
    all.extend(doubled(&plain));
    all.extend(doubled_in_trailers(&plain));
    all.extend(carried(&plain));
    all.extend(notes());
    all
}

/// The node of both pages with other entries.
fn node(entries: &str) -> String {
    format!("<</Type/Pages/Kids[3 0 R 6 0 R]{entries}>>")
}

/// Readers count the pages by `Count`.
fn counts(plain: &Sealed) -> Vec<Case> {
    let nested = |first: usize, second: usize| {
        let one =
            |kid: u32, count: usize| format!("<</Type/Pages/Parent 2 0 R/Kids[{kid} 0 R]/Count {count}>>");
        plain.updated(&[
            (PAGES, "<</Type/Pages/Kids[120 0 R 121 0 R]/Count 2>>"),
            (120, &one(PAGE, first)),
            (121, &one(SECOND, second)),
            (PAGE, &plain.body(PAGE).replace("/Parent 2 0 R", "/Parent 120 0 R")),
            (SECOND, &plain.body(SECOND).replace("/Parent 2 0 R", "/Parent 121 0 R")),
        ])
    };
    let short = resigned(usual(By::Seal), |pdf, _| *pdf = patched(pdf, "/Count 2", "/Count 1"));
    vec![
        Case::of("control-pages-nested", nested(1, 1))
            .says("页面树重新分层，页面不变", "the tree of pages gets another layer, the pages are the same"),
        Case::of("page-count-less", plain.updated(&[(PAGES, &node("/Count 1"))]))
            .says(
                "页数改为 1，按页数显示的阅读器不显示第二页",
                "one page is counted of two: readers leave out the second",
            )
            .bad(&rule::SIGNATURE_CHANGES),
        Case::of("page-count-none", plain.updated(&[(PAGES, &node("/Count 0"))]))
            .says("页数改为 0", "no page is counted")
            .bad(&rule::SIGNATURE_CHANGES),
        Case::of("page-count-missing", plain.updated(&[(PAGES, &node(""))]))
            .says("页数被删去", "the count of pages is taken out")
            .bad(&rule::SIGNATURE_CHANGES),
        Case::of("page-count-nested", nested(0, 2))
            .says("总页数不变，分层节点的页数错位", "the sum is right, and its parts are not")
            .bad(&rule::SIGNATURE_CHANGES),
        Case::of(
            "page-list-padded",
            plain.updated(&[(PAGES, "<</Type/Pages/Kids[null 3 0 R 6 0 R]/Count 2>>")]),
        )
        .says(
            "页面列表前加空项，按项计数的阅读器漏掉末页",
            "nothing is listed before the pages: readers that count what is listed leave out the last",
        )
        .bad(&rule::SIGNATURE_CHANGES),
        Case::of("page-count-signed", short.pdf.clone())
            .says("签名时页数即与页面不符", "the count was wrong when it was signed")
            .unknown(&rule::PDF_PAGES),
        Case::of("page-count-mended", short.updated(&[(PAGES, &node("/Count 2"))]))
            .says(
                "签名时只计一页，之后改正，显示出第二页",
                "one page was counted when it was signed; mended later, the second is shown",
            )
            .bad(&rule::SIGNATURE_CHANGES),
    ]
}

/// Readers look for what a page inherits by `Parent`.
fn parents(plain: &Sealed) -> Vec<Case> {
    let under = |entries: &str| {
        let page = plain.body(PAGE).replace("/Parent 2 0 R", "/Parent 120 0 R");
        plain.updated(&[(PAGE, &page), (120, &node(&format!("/Count 2{entries}")))])
    };
    let above = |entries: &str| {
        plain.updated(&[
            (PAGES, &node("/Count 2/Parent 120 0 R")),
            (120, &node(&format!("/Count 2{entries}"))),
        ])
    };
    // Our own signer takes no such document: it is made so and signed again.
    let apart = Doc::contract()
        .set(SECOND, page(7, "").replace("/Parent 2 0 R", "/Parent  2 0 R"))
        .set(50, node("/Count 2/Rotate 180"));
    let pointing = signed_otherwise(sealed(&apart, By::Seal), |pdf, _| {
        *pdf = patched(pdf, "/Parent  2 0 R", "/Parent 50 0 R");
    });
    vec![
        Case::of("page-parent-rotates", under("/Rotate 180"))
            .says(
                "页面的上级改指新节点，自其继承旋转",
                "a page names another node above it, and takes its rotation",
            )
            .bad(&rule::SIGNATURE_CHANGES),
        Case::of("page-parent-crops", under("/CropBox[0 0 595 600]"))
            .says("同上，继承的裁切遮去金额", "the same, and takes a crop that hides the amount")
            .bad(&rule::SIGNATURE_CHANGES),
        Case::of("pages-root-rotates", above("/Rotate 180"))
            .says(
                "页面树的根加上级，所有页倒置",
                "the root of the pages gets a node above it, which turns them",
            )
            .bad(&rule::SIGNATURE_CHANGES),
        Case::of("pages-root-crops", above("/CropBox[0 0 595 600]"))
            .says("同上，裁切", "the same, which crops them")
            .bad(&rule::SIGNATURE_CHANGES),
        Case::of("page-parent-signed", pointing)
            .says("签名时页面即指向另一上级", "a page named another node above it when it was signed")
            .unknown(&rule::PDF_PAGES),
    ]
}

/// What both pages inherit from the node above.
fn inherited() -> Vec<Case> {
    let form = |amount: &str| {
        let entries = "/Type/XObject/Subtype/Form/BBox[0 0 595 842]/Resources<</Font<</F1 5 0 R>>>>";
        stream(entries, &format!("BT /F1 14 Tf 140 720 Td ({amount}) Tj ET"))
    };
    let inherits = |number: u32| format!("<</Type/Page/Parent 2 0 R/Contents {number} 0 R>>");
    let resources = |form: u32| {
        format!("/Count 2/MediaBox[0 0 595 842]/Resources<</Font<</F1 5 0 R>>/XObject<</X1 {form} 0 R>>>>")
    };
    let shared = Doc::contract()
        .set(PAGES, node(&resources(9)))
        .set(PAGE, inherits(CONTENT))
        .set(SECOND, inherits(7))
        .set(CONTENT, stream("", "BT /F1 14 Tf 72 720 Td (Amount ) Tj ET /X1 Do"))
        .set(9, form(AMOUNT));
    let shared = sealed(&shared, By::Cms);
    let redirected = shared.body(PAGE).replace("/Parent 2 0 R", "/Parent 120 0 R");
    let loose = shared.body(PAGE).replace("/Parent 2 0 R", "");
    vec![
        Case::of(
            "page-parent-resources",
            shared.updated(&[(PAGE, &redirected), (120, &node(&resources(121))), (121, &form(FORGED))]),
        )
        .says(
            "改指的上级另有资源，金额随之改变",
            "the other node above has resources of its own, which draw another amount",
        )
        .bad(&rule::SIGNATURE_CHANGES),
        Case::of("page-parent-missing", shared.updated(&[(PAGE, &loose)]))
            .says(
                "页面的上级被删去，不再继承资源",
                "a page no longer names the node above, and inherits nothing",
            )
            .bad(&rule::SIGNATURE_CHANGES),
    ]
}

/// A signature field put on the first page, with these entries and more objects.
fn with_field(seal: &Sealed, entries: &str, more: &[(u32, &str)]) -> Vec<u8> {
    let field = format!("<</Type/Annot/FT/Sig/T(later)/F 4/P 3 0 R{entries}>>");
    let list = with_annotation(&seal.body(PAGE), 61).unwrap();
    let form = seal.body(seal.form).replace("/Fields[", "/Fields[61 0 R ");
    seal.updated(&[&[(PAGE, list.as_str()), (61, &field), (seal.form, &form)], more].concat())
}

/// The entries of a note that readers write over the page.
fn free_text() -> String {
    format!(
        "/Subtype/FreeText{OVER}/Contents(Contract, page 1. Amount {FORGED})/DA(0 g /Helv 14 Tf)/C[1 1 1]"
    )
}

/// An annotation is what its `Subtype` says.
fn annotations(plain: &Sealed) -> Vec<Case> {
    let of = |name: &'static str, entries: &str| {
        Case::of(name, with_field(plain, entries, &[]))
            .says(
                "自称空签名域的批注盖住金额",
                "an annotation over the amount that calls itself an empty signature field",
            )
            .unknown(&rule::SIGNATURE_CHANGES)
    };
    let kid = {
        let list = with_annotation(&plain.body(PAGE), 62).unwrap();
        let form = plain.body(plain.form).replace("/Fields[", "/Fields[61 0 R ");
        let kid = format!("<</Type/Annot/Parent 61 0 R/F 4{}>>", free_text());
        let field = "<</FT/Sig/T(later)/Kids[62 0 R]>>";
        plain.updated(&[(PAGE, &list), (plain.form, &form), (61, field), (62, &kid)])
    };
    let named = free_text().replace("/Subtype/FreeText", "/Subtype 62 0 R");
    let waiting = with_field(plain, &free_text(), &[]);
    let choice = FieldChoice::Existing("later".to_owned());
    let signed = Placement { stamps: Vec::new(), field: choice, ..placement(By::Cms) };
    vec![
        of("field-is-free-text", &free_text()),
        of("field-is-square", &format!("/Subtype/Square{OVER}/IC[1 1 1]/C[1 1 1]")),
        of("field-is-stamp", &format!("/Subtype/Stamp{OVER}/Name/Draft")),
        of(
            "field-is-highlight",
            &format!("/Subtype/Highlight{OVER}/C[0 0 0]/QuadPoints[60 745 420 745 60 700 420 700]"),
        ),
        of("field-is-line", &format!("/Subtype/Line{OVER}/L[60 725 420 725]/C[0 0 0]/IC[0 0 0]")),
        of("field-is-ink", "/Subtype/Ink/Rect[0 0 0 0]/InkList[[60 725 420 725]]/C[0 0 0]"),
        Case::of("field-is-free-text-named", with_field(plain, &named, &[(62, "/FreeText")]))
            .says("同上，批注类型另存为对象", "the same, its kind in an object of its own")
            .unknown(&rule::SIGNATURE_CHANGES),
        Case::of("field-kid-is-free-text", kid)
            .says("空签名域的下级是批注", "what an empty signature field has below it is another annotation")
            .unknown(&rule::SIGNATURE_CHANGES),
        Case::of("stamp-is-free-text", stamped_in(&waiting, "later", &pki().tsa))
            .says(
                "时间戳的签名域是盖住金额的批注",
                "the field of a time stamp is an annotation over the amount",
            )
            .unknown(&rule::SIGNATURE_CHANGES),
        Case::of("signature-is-free-text", applied(&waiting, &signed, &pki().second).pdf)
            .says(
                "后一签名的签名域是盖住金额的批注",
                "the field of a later signature is an annotation over the amount",
            )
            .unknown(&rule::SIGNATURE_CHANGES),
        Case::of("field-takes-over-content", {
            let form = plain.body(plain.form).replace("/Fields[", "/Fields[4 0 R ");
            plain.updated(&[(plain.form, &form), (CONTENT, "<</FT/Sig/T(later)>>")])
        })
        .says(
            "正文对象变成空签名域，页面变空白",
            "the content of a page becomes an empty signature field: the page is blank",
        )
        .bad(&rule::SIGNATURE_CHANGES),
    ]
}

/// A signature field that is there already becomes another annotation.
fn prepared_fields() -> Vec<Case> {
    let widget = format!("<</Type/Annot/FT/Sig/T(later)/F 4/P 3 0 R{}>>", free_text())
        .replace("/Subtype/FreeText", "/Subtype/Widget");
    let waiting = Doc::contract()
        .set(40, widget)
        .set(42, "<</Fields[40 0 R]>>")
        .with(CATALOG, "/AcroForm 42 0 R")
        .with(PAGE, "/Annots[40 0 R]");
    let waiting = sealed(&waiting, By::Cms);
    vec![
        Case::of("shadow-field", waiting.changed(40, |text| text.replace("/Widget", "/FreeText")))
            .says(
                "签名时已有的空签名域变成盖住金额的批注",
                "a signature field that was there becomes a note over the amount",
            )
            .bad(&rule::SIGNATURE_CHANGES),
    ]
}

/// Names, scripts and page labels are trees of the same form as one of the logical structure.
fn trees() -> Vec<Case> {
    let file = |text: &str| stream("/Type/EmbeddedFile", text);
    let specification =
        |file: u32| format!("<</Type/Filespec/F(terms.txt)/UF(terms.txt)/EF<</F {file} 0 R>>>>");
    let leaf = |file: u32| format!("<</Limits[(terms.txt)(terms.txt)]/Names[(terms.txt){file} 0 R]>>");
    let names = "/Names<</EmbeddedFiles 40 0 R/JavaScript 50 0 R>>/PageLabels 55 0 R/PageMode/UseAttachments";
    let doc = Doc::contract()
        .with(CATALOG, names)
        .set(40, "<</Kids[41 0 R]>>")
        .set(41, leaf(42))
        .set(42, specification(43))
        .set(43, file("price 10600"))
        .set(50, "<</Kids[]>>")
        .set(55, "<</Nums[0<</S/D>>]>>");
    let plain = sealed(&doc, By::Cms);
    let (root, tagged) = ("<</Type/StructTreeRoot/ParentTree 121 0 R>>", "/StructTreeRoot 120 0 R");
    let passed = |node: u32, objects: &[(u32, &str)]| {
        let catalog = entries_added(&plain.body(CATALOG), tagged);
        let tree = format!("<</Kids[{node} 0 R]>>");
        let more = [(CATALOG, catalog.as_str()), (120, root), (121, &tree)];
        plain.updated(&[&more, objects].concat())
    };
    let script = "<</Limits[(a)(a)]/Names[(a)<</S/JavaScript/JS(app.alert\\('void'\\))>>]>>";
    let swapped = [leaf(132), specification(133), file("price 99600")];
    let [leaf_132, specification_133, file_133] = &swapped;
    let prepared = doc.set(120, root).set(121, "<</Kids[55 0 R]>>").with(CATALOG, tagged);
    let prepared = sealed(&prepared, By::Cms);
    let labels = "<</Nums[0<</P(Draft, not binding )/S/D>>]>>";
    vec![
        Case::of(
            "attachment-as-structure",
            passed(
                40,
                &[(40, "<</Kids[131 0 R]>>"), (131, leaf_132), (132, specification_133), (133, file_133)],
            ),
        )
        .says(
            "附件被换，其名称树冒充逻辑结构",
            "an attachment is exchanged, its tree of names passed off as logical structure",
        )
        .bad(&rule::SIGNATURE_CHANGES),
        Case::of("script-as-structure", passed(50, &[(50, "<</Kids[131 0 R]>>"), (131, script)]))
            .says(
                "脚本被带入，其名称树冒充逻辑结构",
                "a script is brought in, its tree of names passed off as logical structure",
            )
            .bad(&rule::SIGNATURE_CHANGES),
        Case::of("labels-as-new-structure", passed(55, &[(55, labels)]))
            .says("页码标签冒充后加的逻辑结构", "page labels are passed off as logical structure that is new")
            .bad(&rule::SIGNATURE_CHANGES),
        Case::of("labels-shared-with-structure", prepared.updated(&[(55, labels)]))
            .says(
                "签名时逻辑结构即与页码标签共用一树",
                "page labels and logical structure shared a tree when it was signed",
            )
            .bad(&rule::SIGNATURE_CHANGES),
    ]
}

/// A tree of pages whose first page shows another amount.
fn forged_pages(content: &str) -> [(u32, &str); 3] {
    let page = "<</Type/Page/Parent 120 0 R/MediaBox[0 0 595 842]/Resources<</Font<</F1 5 0 R>>>>/Contents 122 0 R>>";
    [(120, "<</Type/Pages/Kids[121 0 R 6 0 R]/Count 2>>"), (121, page), (122, content)]
}

fn doubled_case(name: &'static str, pdf: Vec<u8>, zh: &'static str, en: &'static str) -> Case {
    Case::of(name, pdf).says(zh, en).unknown(&rule::SIGNATURE_CHANGES)
}

/// The same in trailers and document information.
fn doubled_in_trailers(plain: &Sealed) -> Vec<Case> {
    let forged_content = content(&format!("Contract, page 1. Amount {FORGED}"));
    let forged = forged_pages(&forged_content);
    let catalog = plain.body(CATALOG).replace("/Pages 2 0 R", "/Pages 120 0 R");
    let rooted = [&forged[..], &[(123, catalog.as_str()), (124, "<</Title(x)>>")]].concat();
    vec![
        doubled_case(
            "doubled-root-later",
            updated_with(&plain.pdf, &rooted, "/Root 123 0 R/Root 1 0 R/Info 124 0 R"),
            "更新的文件尾中文档目录出现两次",
            "the catalogue stands twice in the trailer of an update",
        ),
        doubled_case(
            "doubled-root-alone",
            updated_with(&plain.pdf, &[], "/Root 123 0 R/Root 1 0 R"),
            "没有对象的更新，其文件尾中文档目录出现两次",
            "the same in an update without objects",
        ),
        doubled_case(
            "doubled-information",
            updated_with(&plain.pdf, &[(124, "<</Title(Draft)/Title(Contract)>>")], "/Info 124 0 R"),
            "文档信息中一个键出现两次",
            "a key stands twice in the document information",
        ),
    ]
}

/// Readers take the first value of a key, or the last.
fn doubled(plain: &Sealed) -> Vec<Case> {
    let forged_content = content(&format!("Contract, page 1. Amount {FORGED}"));
    let forged = forged_pages(&forged_content);
    let twice = |number: u32, from: &str, to: &str| {
        let body = plain.body(number);
        let changed = body.replacen(from, to, 1);
        assert_ne!(body, changed, "nothing was changed");
        (number, changed)
    };
    let with = |(number, body): (u32, String), more: &[(u32, &str)]| {
        plain.updated(&[&[(number, body.as_str())], more].concat())
    };
    let look = cover(&format!("Amount {FORGED}"), 360, 45);
    let stamp = format!("<</Type/Annot/Subtype/Stamp/F 4{OVER}/AP<</N 122 0 R>>>>");
    vec![
        Case::of("doubled-pages-later", with(twice(CATALOG, "/Pages", "/Pages 120 0 R/Pages"), &forged))
            .says(
                "更新的目录中页面树出现两次",
                "the tree of pages stands twice in a catalogue that is written again",
            )
            .unknown(&rule::SIGNATURE_CHANGES),
        Case::of("doubled-kids", with(twice(PAGES, "/Kids", "/Kids[121 0 R 6 0 R]/Kids"), &forged[1..]))
            .says("页面列表出现两次", "the list of pages stands twice")
            .unknown(&rule::SIGNATURE_CHANGES),
        Case::of(
            "doubled-annotations",
            with(twice(PAGE, "/Annots", "/Annots[121 0 R]/Annots"), &[(121, &stamp), (122, &look)]),
        )
        .says("批注列表出现两次", "the list of annotations stands twice")
        .unknown(&rule::SIGNATURE_CHANGES),
        doubled_case(
            "doubled-parent",
            with(
                twice(PAGE, "/Parent", "/Parent 120 0 R/Parent"),
                &[(120, &node("/Count 2/CropBox[0 0 595 600]"))],
            ),
            "页面的上级出现两次",
            "the node above a page stands twice",
        ),
    ]
}

/// A whole document under another name, for readers that look for objects by themselves.
fn carried(plain: &Sealed) -> Vec<Case> {
    let forged_content = content(&format!("Contract, page 1. Amount {FORGED}"));
    let forged: [(u32, &str); 4] = [
        (120, "<</Type/Catalog/Pages 121 0 R>>"),
        (121, "<</Type/Pages/Kids[122 0 R]/Count 1>>"),
        (
            122,
            "<</Type/Page/Parent 121 0 R/MediaBox[0 0 595 842]/Resources<</Font<</F1 5 0 R>>>>/Contents 123 0 R>>",
        ),
        (123, &forged_content),
    ];
    let informed = |info: &str, more: &[(u32, &str)]| {
        updated_with(&plain.pdf, &[&[(124, info)], more].concat(), "/Info 124 0 R")
    };
    let named = |entries: &str, more: &[(u32, &str)]| {
        let catalog = entries_added(&plain.body(CATALOG), entries);
        plain.updated(&[&[(CATALOG, catalog.as_str())], more].concat())
    };
    let metadata = stream("/Type/Metadata/Subtype/XML/X 120 0 R", "<x/>");
    let evidence = stream("/X 120 0 R", "0");
    let (private, bare) = ("<</Title(x)/X 120 0 R>>", "<</Title(x)/X 123 0 R>>");
    vec![
        Case::of(
            "control-information-referred",
            informed("<</Title 125 0 R/Trapped/False/Pages 2>>", &[(125, "(Contract)")]),
        )
        .says("文档信息的值另存为对象", "the values of the document information in objects of their own"),
        Case::of("information-brings-document", informed(private, &forged))
            .says("文档信息下夹带另一份文档", "another document comes along under the document information")
            .bad(&rule::SIGNATURE_CHANGES),
        Case::of("information-brings-content", informed(bare, &forged[3..]))
            .says("文档信息下夹带内容流", "a stream of content comes along under the document information")
            .bad(&rule::SIGNATURE_CHANGES),
        Case::of("information-holds-page", informed("<</Title(x)/X<</Type/Page/Contents 4 0 R>>>>", &[]))
            .says("文档信息中有页面", "there is a page in the document information")
            .bad(&rule::SIGNATURE_CHANGES),
        Case::of(
            "metadata-brings-document",
            named("/Metadata 124 0 R", &[&[(124, metadata.as_str())], &forged[..]].concat()),
        )
        .says("元数据流下夹带另一份文档", "another document comes along under the metadata")
        .bad(&rule::SIGNATURE_CHANGES),
        Case::of(
            "evidence-brings-document",
            named("/DSS<</Certs[124 0 R]>>", &[&[(124, evidence.as_str())], &forged[..]].concat()),
        )
        .says("验证数据下夹带另一份文档", "another document comes along under the evidence")
        .bad(&rule::SIGNATURE_CHANGES),
        Case::of("evidence-is-document", named("/DSS<</Certs[120 0 R]>>", &forged))
            .says("文档目录冒充验证数据", "a catalogue is passed off as evidence")
            .bad(&rule::SIGNATURE_CHANGES),
    ]
}

/// Notes on a document whose certification allows annotations.
fn notes() -> Vec<Case> {
    let certified = certified(&Doc::contract(), Certify::Annotations);
    let noted = |entries: &str| {
        let look = stream("/Type/XObject/Subtype/Form/BBox[0 0 20 20]", "1 1 0 rg 0 0 20 20 re f");
        let note = format!("<</Type/Annot/F 28/Contents(Seen)/AP<</N 62 0 R>>{entries}>>");
        let page = certified.body(PAGE);
        let list = entries_added(&page, "/Annots[61 0 R]");
        let list = with_annotation(&page, 61).unwrap_or(list);
        certified.updated(&[(PAGE, &list), (61, &note), (62, &look)])
    };
    vec![
        Case::of("control-certified-note-icon", noted("/Subtype/Text/Rect[500 700 520 720]")).says(
            "认证允许批注的文档加上带图标的附注",
            "a note with an icon is added as the certification allows",
        ),
        Case::of("certified-note-large", noted("/Subtype/Text/Rect[60 700 420 745]"))
            .says("附注的外观大如正文", "the icon of a note is as large as the text")
            .unknown(&rule::SIGNATURE_CHANGES),
        Case::of("certified-note-over-text", noted("/Subtype/Text/Rect[200 715 220 735]"))
            .says("附注的图标盖住金额的一部分", "the icon of a note covers a part of the amount")
            .unknown(&rule::SIGNATURE_CHANGES),
        Case::of("certified-small-stamp", noted("/Subtype/Stamp/Rect[500 700 520 720]"))
            .says("加上小图章", "a small stamp is added")
            .unknown(&rule::SIGNATURE_CHANGES),
    ]
}
