//! Attacks on what a reader shows: another root, pages, templates, pictures, annotations, attachments, versions.

use testkit::lab::Files;

use crate::base::{
    ANNOTATION, ATTACHMENT, IMAGE, PAGE, TEMPLATE, annotation, contract, locked, loose, open, pixel, text,
    xml,
};
use crate::{Made, made};

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

pub(crate) fn attacks() -> Vec<Made> {
    [roots(), pages(), resources(), beside()].into_iter().flatten().collect()
}

fn roots() -> Vec<Made> {
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
        made("shadow-root", &shadow),
        made("shadow-root-covered-entry", &covered),
        made("second-body-first", &first),
        made("second-body-last", &last),
        made("two-roots", &two_roots),
        made("version-switched", &version),
    ]
}

fn pages() -> Vec<Made> {
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
        made("page-edited", &edited),
        made("page-edited-uncovered", &loose_edited),
        made("page-added", &added),
        made("page-added-uncovered-root", &loose_added),
        made("page-removed", &removed),
        made("pages-swapped", &swapped),
        made("page-file-gone", &gone),
    ]
}

fn resources() -> Vec<Made> {
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
        made("template-swapped", &template),
        made("template-swapped-uncovered", &loose_template),
        made("image-swapped", &image),
        made("image-swapped-uncovered", &loose_image),
        made("resource-redirected", &res),
        made("resource-outside", &remote),
    ]
}

fn beside() -> Vec<Made> {
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
        made("annotation-added", &added),
        made("stamp-covered", &covering),
        made("annotation-changed", &changed),
        made("attachment-changed", &attachment),
        made("attachment-added", &attached),
        made("tags-changed", &tags),
        made("file-added", &extra),
    ]
}
