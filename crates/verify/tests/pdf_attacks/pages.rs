//! Pages added, taken out and put in another order, what may be added and still be good, and files that are two things
//! at once.

use sealbridge_verify::catalogue as rule;
use testkit::pki::pki;

use crate::Case;
use crate::base::*;
use crate::missing::forged_tree;

pub(crate) fn cases() -> Vec<Case> {
    let seal = usual(By::Cms);
    let mut all = revisions(&seal);
    all.extend(evidence(&seal));
    all.extend(polyglots(&seal));
    all
}

fn revisions(seal: &Sealed) -> Vec<Case> {
    let (_, page_51, content_52) = forged_tree();
    let page_51 = page_51.replace("/Parent 50 0 R", "/Parent 2 0 R");
    let kids = |to: &str, count: usize| format!("<</Type/Pages/Kids[{to}]/Count {count}>>");
    let script = "/AA<</O<</S/JavaScript/JS(app.alert\\('void'\\))>>>>";
    let extended = entries_added(&seal.body(CATALOG), "/Extensions<</X 70 0 R>>");
    let wide = entries_added(&seal.body(SECOND), "").replace("[0 0 595 842]", "[0 0 595 800]");
    vec![
        Case::of(
            "page-added",
            seal.updated(&[(PAGES, &kids("3 0 R 6 0 R 51 0 R", 3)), (51, &page_51), (52, &content_52)]),
        )
        .says("追加一页", "a page is added")
        .bad(&rule::SIGNATURE_CHANGES),
        Case::of("page-removed", seal.updated(&[(PAGES, &kids("3 0 R", 1))]))
            .says("删去第二页", "the second page is taken out")
            .bad(&rule::SIGNATURE_CHANGES),
        Case::of("pages-reordered", seal.updated(&[(PAGES, &kids("6 0 R 3 0 R", 2))]))
            .says("两页次序互换", "two pages change places")
            .bad(&rule::SIGNATURE_CHANGES),
        Case::of("page-cropped", seal.updated(&[(SECOND, &wide)]))
            .says(
                "页面大小被改，部分内容不再显示",
                "the size of a page is changed: a part of it is no longer shown",
            )
            .bad(&rule::SIGNATURE_CHANGES),
        Case::of("page-rotation-inherited", seal.changed(PAGES, |text| entries_added(text, "/Rotate 180")))
            .says("页面树上加旋转，所有页倒置", "all pages inherit a rotation")
            .bad(&rule::SIGNATURE_CHANGES),
        Case::of("page-content-redirected", {
            let page = seal.body(PAGE).replace("/Contents 4 0 R", "/Contents 52 0 R");
            seal.updated(&[(PAGE, &page), (52, &content_52)])
        })
        .says("页面改用另一内容流", "a page leads to another stream of content")
        .bad(&rule::SIGNATURE_CHANGES),
        Case::of("pages-node-script", seal.changed(PAGES, |text| entries_added(text, script)))
            .says("页面树上加脚本", "a script is put on the tree of pages")
            .bad(&rule::SIGNATURE_CHANGES),
        Case::of(
            "page-led-to-by-orphan",
            seal.updated(&[(70, "<</X 71 0 R>>"), (71, &page_51), (52, &content_52)]),
        )
        .says(
            "伪造页只被无处引用的对象引用，修复式阅读器可见",
            "a forged page that only an object which nothing uses leads to: readers that repair see it",
        )
        .unknown(&rule::SIGNATURE_CHANGES),
        Case::of(
            "extensions-with-stream",
            seal.updated(&[(CATALOG, &extended), (70, &stream("/Type/EmbeddedFile", "MZ"))]),
        )
        .says("以格式扩展之名带入流", "a stream is brought in as an extension of the format")
        .bad(&rule::SIGNATURE_CHANGES),
    ]
}

/// What may be added.
fn evidence(seal: &Sealed) -> Vec<Case> {
    let metadata = stream("/Type/Metadata/Subtype/XML", "<x:xmpmeta xmlns:x='adobe:ns:meta/'/>");
    let catalog = entries_added(&seal.body(CATALOG), "/Metadata 70 0 R");
    let described = seal.updated(&[(CATALOG, &catalog), (70, &metadata)]);
    let informed = updated_with(&seal.pdf, &[(71, "<</Title(Contract)/Producer(x)>>")], "/Info 71 0 R");
    let certificate = stream("/Filter/ASCIIHexDecode", &format!("{}>", hex::encode(pki().sub.der())));
    let catalog = entries_added(&seal.body(CATALOG), "/DSS<</Certs[70 0 R]>>");
    let kept = seal.updated(&[(CATALOG, &catalog), (70, &certificate)]);
    let catalog = entries_added(&seal.body(CATALOG), "/DSS<</Certs[4 0 R]>>");
    let content = content(&format!("Contract, page 1. Amount {FORGED}"));
    let disguised = seal.updated(&[(CATALOG, &catalog), (CONTENT, &content)]);
    let catalog = entries_added(&seal.body(CATALOG), "/Metadata 4 0 R");
    let described_page = seal.updated(&[(CATALOG, &catalog), (CONTENT, &content)]);
    vec![
        Case::of("control-metadata", described)
            .says("签名之后加入元数据", "metadata are added after signing"),
        Case::of("control-information", informed)
            .says("签名之后加入文档信息", "document information is added after signing"),
        Case::of("control-evidence", kept)
            .says("签名之后加入验证数据（DSS）", "evidence (DSS) is added after signing"),
        Case::of("content-as-evidence", disguised)
            .says("改写的正文冒充验证数据", "changed content is passed off as evidence")
            .bad(&rule::SIGNATURE_CHANGES),
        Case::of("content-as-metadata", described_page)
            .says("改写的正文冒充元数据", "changed content is passed off as metadata")
            .bad(&rule::SIGNATURE_CHANGES),
    ]
}

fn polyglots(seal: &Sealed) -> Vec<Case> {
    let ofd = testkit::lab::document();
    let mut behind = seal.pdf.clone();
    behind.extend_from_slice(&ofd);
    let mut before = b"<html><body>Amount 99600.00</body></html>\n".to_vec();
    before.extend_from_slice(&seal.pdf);
    vec![
        Case::of("ofd-behind", behind)
            .says(
                "PDF 之后接 OFD：OFD 阅读器显示另一份内容",
                "an OFD behind the PDF: readers of OFD show other content",
            )
            .unknown(&rule::SIGNATURES_NONE),
        Case::of("html-before", before)
            .says("PDF 之前接网页", "a web page before the PDF")
            .bad(&rule::SIGNATURE_GAP),
    ]
}
