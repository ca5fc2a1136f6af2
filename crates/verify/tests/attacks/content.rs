//! Attacks on what a reader shows: another root, pages, templates, pictures, annotations, attachments, versions.

use testkit::lab::Files;

use crate::base::{
    ANNOTATION, ATTACHMENT, IMAGE, PAGE, TEMPLATE, annotation, contract, locked, loose, open, pixel, text,
    xml,
};
use crate::{Attack, BAD, INDETERMINATE, INVALID, UNKNOWN, attack};

const ROOT: &str = "OFD.xml";
const DOCUMENT: &str = "Doc_0/Document.xml";
const ANNOTATIONS: [&str; 2] = ["Doc_0/Annots/Annotations.xml", ANNOTATION];

/// The price as somebody would have it.
fn dearer(text: &str) -> String {
    text.replace("10600.00", "99600.00")
}

/// A second document beside the signed one, with another price.
fn with_copy(mut files: Files, folder: &str) -> Files {
    for file in contract().list {
        if let Some(rest) = file.name.strip_prefix("Doc_0/") {
            let data = if file.name == PAGE {
                dearer(&String::from_utf8_lossy(&file.data)).into_bytes()
            } else {
                file.data
            };
            files.add(&format!("{folder}/{rest}"), data);
        }
    }
    files
}

pub(crate) fn attacks() -> Vec<Attack> {
    [roots(), pages(), resources(), beside()].into_iter().flatten().collect()
}

fn roots() -> Vec<Attack> {
    let body = |root: &str| {
        format!(
            "<ofd:DocBody><ofd:DocInfo><ofd:DocID>1</ofd:DocID></ofd:DocInfo><ofd:DocRoot>{root}</ofd:DocRoot></ofd:DocBody>"
        )
    };
    let mut shadow = with_copy(loose(&[ROOT]), "Doc_1");
    shadow.edit(ROOT, |text| text.replace("Doc_0/Document.xml", "Doc_1/Document.xml"));
    let mut covered = with_copy(open(), "Doc_1");
    covered.edit(ROOT, |text| text.replace("Doc_0/Document.xml", "Doc_1/Document.xml"));
    let mut first = with_copy(loose(&[ROOT]), "Doc_1");
    first.edit(ROOT, |text| {
        text.replacen("<ofd:DocBody>", &format!("{}<ofd:DocBody>", body("Doc_1/Document.xml")), 1)
    });
    let mut last = with_copy(loose(&[ROOT]), "Doc_1");
    last.edit(ROOT, |text| text.replace("</ofd:OFD>", &format!("{}</ofd:OFD>", body("Doc_1/Document.xml"))));
    let mut two_roots = with_copy(loose(&[ROOT]), "Doc_1");
    two_roots.edit(ROOT, |text| {
        text.replace("<ofd:DocRoot>", "<ofd:DocRoot>Doc_1/Document.xml</ofd:DocRoot><ofd:DocRoot>")
    });
    let mut version = with_copy(loose(&[ROOT]), "Doc_1");
    let described = "<ofd:DocRoot>/Doc_1/Document.xml</ofd:DocRoot><ofd:FileList/>";
    version.add("Doc_0/Versions/v1.xml", xml("DocVersion", described));
    version.edit(ROOT, |text| {
        let versions = "<ofd:Versions><ofd:Version ID=\"1\" Index=\"1\" Current=\"true\" BaseLoc=\"/Doc_0/Versions/v1.xml\"/></ofd:Versions>";
        text.replace("</ofd:DocRoot>", &format!("</ofd:DocRoot>{versions}"))
    });
    vec![
        attack(
            "shadow-root",
            "入口文件改指未受保护的副本，金额变了",
            "the entry file is pointed at an uncovered copy with another price",
            &shadow,
            INVALID,
            &[("document.coverage.root", BAD)],
        ),
        attack(
            "shadow-root-covered-entry",
            "入口文件受保护时改指副本",
            "the same where the entry file is covered",
            &covered,
            INVALID,
            &[("signature.references", BAD)],
        ),
        attack(
            "second-body-first",
            "在已签文档之前插入另一份文档",
            "another document is put before the signed one",
            &first,
            INDETERMINATE,
            &[("document.coverage.root", UNKNOWN)],
        ),
        attack(
            "second-body-last",
            "在已签文档之后追加另一份文档",
            "another document is put after the signed one",
            &last,
            INDETERMINATE,
            &[("document.coverage.root", UNKNOWN)],
        ),
        attack(
            "two-roots",
            "一份文档写两个入口，不同软件显示不同内容",
            "two roots in one document: readers differ in which they show",
            &two_roots,
            INVALID,
            &[("document.coverage.root", BAD)],
        ),
        attack(
            "version-switched",
            "加入一个当前版本，指向副本",
            "a current version is added that leads to a copy",
            &version,
            INDETERMINATE,
            &[("document.coverage.shown", UNKNOWN)],
        ),
    ]
}

fn pages() -> Vec<Attack> {
    let mut edited = locked();
    edited.edit(PAGE, dearer);
    let mut loose_edited = loose(&[PAGE]);
    loose_edited.edit(PAGE, dearer);
    let mut added = open();
    added.edit(DOCUMENT, |text| {
        text.replace("</ofd:Pages>", "<ofd:Page ID=\"90\" BaseLoc=\"Pages/Page_9/Content.xml\"/></ofd:Pages>")
    });
    let line =
        format!("<ofd:Content><ofd:Layer ID=\"91\">{}</ofd:Layer></ofd:Content>", text(92, 30, "附加条款"));
    added.add("Doc_0/Pages/Page_9/Content.xml", xml("Page", &line));
    let mut loose_added = loose(&[DOCUMENT]);
    loose_added.list = added
        .list
        .iter()
        .filter(|file| !file.name.contains("Signs"))
        .cloned()
        .chain(loose_added.list.iter().filter(|file| file.name.contains("Signs")).cloned())
        .collect();
    let mut removed = loose(&[DOCUMENT]);
    removed
        .edit(DOCUMENT, |text| text.replace("<ofd:Page ID=\"6\" BaseLoc=\"Pages/Page_1/Content.xml\"/>", ""));
    let mut swapped = loose(&[DOCUMENT]);
    swapped.edit(DOCUMENT, |text| {
        text.replace("Page_0/Content", "Page_9/Content")
            .replace("Page_1/Content", "Page_0/Content")
            .replace("Page_9/Content", "Page_1/Content")
    });
    let mut gone = open();
    gone.remove("Doc_0/Pages/Page_1/Content.xml");
    vec![
        attack(
            "page-edited",
            "修改受保护页面的金额",
            "the price on a covered page is changed",
            &edited,
            INVALID,
            &[("signature.references", BAD)],
        ),
        attack(
            "page-edited-uncovered",
            "修改未受保护页面的金额",
            "the price on a page that the signature leaves out is changed",
            &loose_edited,
            INDETERMINATE,
            &[("document.coverage.shown", UNKNOWN)],
        ),
        attack(
            "page-added",
            "增加一页并改主文档",
            "a page is added to a covered document root",
            &added,
            INVALID,
            &[("signature.references", BAD)],
        ),
        attack(
            "page-added-uncovered-root",
            "主文档未受保护时增加一页",
            "a page is added where the document root is not covered",
            &loose_added,
            INDETERMINATE,
            &[("document.coverage.shown", UNKNOWN)],
        ),
        attack(
            "page-removed",
            "主文档未受保护时去掉一页",
            "a page is left out where the document root is not covered",
            &removed,
            INDETERMINATE,
            &[("document.coverage.root", UNKNOWN)],
        ),
        attack(
            "pages-swapped",
            "主文档未受保护时调换页序",
            "pages change places where the document root is not covered",
            &swapped,
            INDETERMINATE,
            &[("document.coverage.root", UNKNOWN)],
        ),
        attack(
            "page-file-gone",
            "删除受保护页面的文件",
            "the file of a covered page is taken out",
            &gone,
            INVALID,
            &[("signature.references", BAD)],
        ),
    ]
}

fn resources() -> Vec<Attack> {
    let change_template = |files: &mut Files| {
        files.edit(TEMPLATE, |text| text.replace("测试单位", "另一单位"));
    };
    let mut template = open();
    change_template(&mut template);
    let mut loose_template = loose(&[TEMPLATE]);
    change_template(&mut loose_template);
    let mut image = open();
    image.set(IMAGE, pixel(true));
    let mut loose_image = loose(&[IMAGE]);
    loose_image.set(IMAGE, pixel(true));
    let mut res = loose(&["Doc_0/PublicRes.xml"]);
    res.add("Doc_0/Res/other.png", pixel(true));
    res.edit("Doc_0/PublicRes.xml", |text| text.replace("image_0.png", "other.png"));
    let mut remote = loose(&["Doc_0/PublicRes.xml"]);
    remote.edit("Doc_0/PublicRes.xml", |text| text.replace("image_0.png", "../../../outside.png"));
    vec![
        attack(
            "template-swapped",
            "修改受保护的模板页",
            "a covered template is changed",
            &template,
            INVALID,
            &[("signature.references", BAD)],
        ),
        attack(
            "template-swapped-uncovered",
            "修改未受保护的模板页，甲方变了",
            "a template that the signature leaves out names another party",
            &loose_template,
            INDETERMINATE,
            &[("document.coverage.shown", UNKNOWN)],
        ),
        attack(
            "image-swapped",
            "替换受保护的图片",
            "a covered picture is replaced",
            &image,
            INVALID,
            &[("signature.references", BAD)],
        ),
        attack(
            "image-swapped-uncovered",
            "替换未受保护的图片",
            "a picture that the signature leaves out is replaced",
            &loose_image,
            INDETERMINATE,
            &[("document.coverage.shown", UNKNOWN)],
        ),
        attack(
            "resource-redirected",
            "资源表未受保护时改指另一图片",
            "the list of resources, not covered, is pointed at another picture",
            &res,
            INDETERMINATE,
            &[("document.coverage.shown", UNKNOWN)],
        ),
        attack(
            "resource-outside",
            "资源路径指向包外",
            "a resource's path leads out of the package",
            &remote,
            INDETERMINATE,
            &[("document.references.outside", UNKNOWN)],
        ),
    ]
}

fn beside() -> Vec<Attack> {
    let mut added = loose(&ANNOTATIONS);
    added.set(ANNOTATION, annotation(24, "金额 99600.00 元"));
    let mut covering = loose(&ANNOTATIONS);
    let white = "<ofd:Annot ID=\"40\" Type=\"Stamp\" Creator=\"x\" LastModDate=\"2026-03-02\"><ofd:Appearance Boundary=\"120 200 40 40\"><ofd:ImageObject ID=\"41\" Boundary=\"0 0 40 40\" ResourceID=\"21\"/></ofd:Appearance></ofd:Annot>";
    covering.set(ANNOTATION, xml("PageAnnot", white));
    let mut changed = open();
    changed.set(ANNOTATION, annotation(24, "作废"));
    let mut attachment = loose(&[ATTACHMENT]);
    attachment.set(ATTACHMENT, "<price>99600.00</price>".into());
    let mut attached = loose(&["Doc_0/Attachs/Attachments.xml"]);
    attached.add("Doc_0/Attachs/more.xml", "<terms>more</terms>");
    attached.edit("Doc_0/Attachs/Attachments.xml", |text| {
        text.replace("</ofd:Attachments>", "<ofd:Attachment ID=\"50\" Name=\"more\" Format=\"xml\"><ofd:FileLoc>more.xml</ofd:FileLoc></ofd:Attachment></ofd:Attachments>")
    });
    let mut tags = loose(&["Doc_0/Tags/tags.xml"]);
    tags.set("Doc_0/Tags/tags.xml", "<tags><amount>6</amount></tags>".into());
    let mut extra = locked();
    extra.add("Doc_0/Res/hidden.png", pixel(true));
    vec![
        attack(
            "annotation-added",
            "签章后加入批注，显示另一金额",
            "an annotation is added after signing and shows another price",
            &added,
            INDETERMINATE,
            &[("document.coverage.shown", UNKNOWN)],
        ),
        attack(
            "stamp-covered",
            "签章后用批注图片盖住印章",
            "a picture in an annotation is laid over the seal",
            &covering,
            INDETERMINATE,
            &[("document.coverage.shown", UNKNOWN)],
        ),
        attack(
            "annotation-changed",
            "修改受保护的批注",
            "a covered annotation is changed",
            &changed,
            INVALID,
            &[("signature.references", BAD)],
        ),
        attack(
            "attachment-changed",
            "修改未受保护的附件",
            "an attachment that the signature leaves out is changed",
            &attachment,
            INDETERMINATE,
            &[("document.coverage.shown", UNKNOWN)],
        ),
        attack(
            "attachment-added",
            "签章后加入附件",
            "an attachment is added after signing",
            &attached,
            INDETERMINATE,
            &[("document.coverage.shown", UNKNOWN)],
        ),
        attack(
            "tags-changed",
            "修改未受保护的自定义标引，机器读到另一数值",
            "custom tags that the signature leaves out tell programs another number",
            &tags,
            INDETERMINATE,
            &[("document.coverage.shown", UNKNOWN)],
        ),
        attack(
            "file-added",
            "加入无人引用的文件",
            "a file is put in that nothing refers to",
            &extra,
            INDETERMINATE,
            &[("document.coverage.extra", UNKNOWN)],
        ),
    ]
}
