//! Attacks on what a reader shows: other document roots, and anything put in, swapped or taken out.

use formats::ofd::Mode;
use sealbridge_verify as verify;
use testkit::lab::{Files, ValueSpec};
use verify::catalogue as rule;

use crate::Case;
use crate::base::{
    AMOUNT, FORGED, LIST, PAGE, ROOT, annotation, contract, cut, described, open_entry, page_with,
    plain_contract, png, rich_contract, sealed, to_seal, version, versions, without_reference, xml,
};

pub(crate) fn cases() -> Vec<Case> {
    let mut all = roots();
    all.extend(second_documents());
    all.extend(entry_file());
    all.extend(earlier_versions());
    all.extend(put_in());
    all.extend(swapped());
    all.extend(rewritten());
    all.extend(never_covered());
    all
}

/// Adds a copy of the document that tells another amount, and gives the path of its root.
pub(crate) fn add_shadow(files: &mut Files) -> &'static str {
    let root = String::from_utf8(files.get(ROOT).to_vec()).expect("text");
    let page = String::from_utf8(files.get(PAGE).to_vec()).expect("text");
    files.add("Doc_0/Shadow.xml", root.replace("Pages/Page_0/", "Pages/Shadow/"));
    files.add("Doc_0/Pages/Shadow/Content.xml", page.replace(AMOUNT, FORGED));
    "Doc_0/Shadow.xml"
}

fn root_of(path: &str) -> String {
    format!("<ofd:DocRoot>{path}</ofd:DocRoot>")
}

/// A document sealed with an open entry file, with a shadow beside it and the entry file changed.
fn shadowed(change: impl Fn(&str, &str) -> String) -> Files {
    let mut files = open_entry(&plain_contract());
    let shadow = add_shadow(&mut files);
    files.edit("OFD.xml", |text| change(text, shadow));
    files
}

/// A document of the package with a root.
fn body(root: &str) -> String {
    let info = "<ofd:DocInfo><ofd:DocID>2</ofd:DocID></ofd:DocInfo>";
    format!("<ofd:DocBody>{info}{}</ofd:DocBody>", root_of(root))
}

fn roots() -> Vec<Case> {
    let swapped = shadowed(|text, shadow| text.replace(&root_of(ROOT), &root_of(shadow)));
    let two = shadowed(|text, shadow| {
        text.replace(&root_of(ROOT), &format!("{}{}", root_of(ROOT), root_of(shadow)))
    });
    let mut covered = sealed(&plain_contract(), Mode::Continue);
    let shadow = add_shadow(&mut covered);
    covered.edit("OFD.xml", |text| text.replace(&root_of(ROOT), &root_of(shadow)));
    vec![
        Case::of(&swapped, "shadow-root")
            .says(
                "DocRoot 改指未受保护的副本，显示的金额变成 99600.00",
                "DocRoot led to an uncovered copy: the amount shown becomes 99600.00",
            )
            .bad(&rule::COVERAGE_ROOT),
        Case::of(&covered, "shadow-root-covered-entry")
            .says("同上，但入口文件受签名保护", "the same where the entry file is covered")
            .bad(&rule::REFERENCES)
            .bad(&rule::COVERAGE_ROOT),
        Case::of(&two, "two-document-roots")
            .says(
                "一个 DocBody 内写两个 DocRoot，不同软件显示不同文档",
                "two DocRoot in one DocBody: readers show different documents",
            )
            .unknown(&rule::DOCUMENT_AMBIGUOUS),
    ]
}

fn second_documents() -> Vec<Case> {
    let before =
        shadowed(|text, shadow| text.replacen("<ofd:DocBody>", &format!("{}<ofd:DocBody>", body(shadow)), 1));
    let after = shadowed(|text, shadow| text.replace("</ofd:OFD>", &format!("{}</ofd:OFD>", body(shadow))));
    let borrowed = shadowed(|text, shadow| {
        let list = format!("<ofd:Signatures>/{LIST}</ofd:Signatures>");
        text.replace(
            "</ofd:OFD>",
            &format!(
                "{}</ofd:OFD>",
                body(shadow).replace("</ofd:DocBody>", &format!("{list}</ofd:DocBody>"))
            ),
        )
    });
    vec![
        Case::of(&before, "second-document-before")
            .says(
                "在已签文档之前插入另一文档，阅读器先显示它",
                "another document put before the sealed one: readers show it first",
            )
            .unknown(&rule::COVERAGE_ROOT),
        Case::of(&after, "second-document-after")
            .says(
                "在已签文档之后附加未签文档，看似一并盖章",
                "an unsigned document put after the sealed one, as if sealed with it",
            )
            .unknown(&rule::COVERAGE_ROOT),
        Case::of(&borrowed, "second-document-borrows-list")
            .says(
                "附加文档借用已签文档的签名列表，冒充已盖章",
                "a document put beside names the list of signatures of the sealed one as its own",
            )
            .unknown(&rule::COVERAGE),
    ]
}

/// What the entry file can do when no signature covers it.
fn entry_file() -> Vec<Case> {
    let mut cover = open_entry(&plain_contract());
    cover.add("Doc_0/cover.png", png([0, 0, 0xC0]));
    cover.edit("OFD.xml", |text| {
        text.replace("</ofd:DocInfo>", "<ofd:Cover>Doc_0/cover.png</ofd:Cover></ofd:DocInfo>")
    });
    let mut unlisted = open_entry(&plain_contract());
    unlisted.edit("OFD.xml", |text| cut(text, "<ofd:Signatures>", "</ofd:Signatures>"));
    let mut entity = open_entry(&plain_contract());
    entity.edit("OFD.xml", |text| {
        let text = text.replace("?>\n", "?>\n<!DOCTYPE x [<!ENTITY root \"Doc_0/Document.xml\">]>");
        text.replace(&root_of(ROOT), &root_of("&root;"))
    });
    let mut two = open_entry(&plain_contract());
    two.edit("OFD.xml", |text| {
        let root = cut(text, "<?xml", "?>\n");
        format!("{text}{}", root.replace("测试合同", "另一合同"))
    });
    let encoding = {
        let mut files = open_entry(&plain_contract());
        files.edit("OFD.xml", |text| text.replace("encoding=\"UTF-8\"", "encoding=\"UTF-16\""));
        files
    };
    vec![
        Case::of(&cover, "cover-added")
            .says("加入未受保护的封面图片", "a cover picture that no signature covers is added")
            .unknown(&rule::COVERAGE_SHOWN),
        Case::of(&unlisted, "list-detached")
            .says(
                "入口文件不再指向签名列表，签名看似不存在",
                "the entry file no longer names the list of signatures: the document looks unsigned",
            )
            .unknown(&rule::SIGNATURES_NONE)
            .unknown(&rule::SIGNATURES_UNLISTED),
        Case::of(&entity, "entry-entity")
            .says(
                "入口文件用 DOCTYPE 实体写 DocRoot，不同解析器得到不同路径",
                "DocRoot written with an entity of a DOCTYPE: parsers differ",
            )
            .unknown(&rule::CONTAINER_FORMAT),
        Case::of(&two, "entry-two-roots")
            .says("入口文件含两个根元素", "the entry file holds two root elements")
            .unknown(&rule::CONTAINER_FORMAT),
        Case::of(&encoding, "entry-encoding")
            .says(
                "入口文件声明的编码与字节不符，不同解析器读法不同",
                "the entry file declares an encoding that its bytes contradict: parsers differ",
            )
            .unknown(&rule::CONTAINER_FORMAT),
    ]
}

/// Versions: an earlier one that was signed too, and one that was put in.
fn earlier_versions() -> Vec<Case> {
    let good = open_entry(&versions().to_zip());
    let mut old_root = good.clone();
    old_root.edit("OFD.xml", |text| text.replace(&root_of(ROOT), &root_of("Doc_0/Document_1.xml")));
    let mut current = good.clone();
    current.edit("OFD.xml", |text| {
        let text = text.replace(" Current=\"true\"", "");
        text.replace("Index=\"1\"", "Index=\"1\" Current=\"true\"")
    });
    let mut dropped = good.clone();
    dropped.edit("OFD.xml", |text| {
        cut(text, "<ofd:Versions>", "</ofd:Versions>")
            .replace(&root_of(ROOT), &root_of("Doc_0/Document_1.xml"))
    });
    let mut added = open_entry(&plain_contract());
    let shadow = add_shadow(&mut added);
    added.add("Doc_0/Versions/V9.xml", version("V9", &format!("/{shadow}")));
    added.edit("OFD.xml", |text| {
        let list = "<ofd:Versions><ofd:Version ID=\"v9\" Index=\"9\" Current=\"true\" BaseLoc=\"Doc_0/Versions/V9.xml\"/></ofd:Versions>";
        text.replace("</ofd:DocRoot>", &format!("</ofd:DocRoot>{list}"))
    });
    vec![
        Case::control(&sealed(&versions().to_zip(), Mode::Continue), "control-versions").says(
            "含旧版本的已签文档，入口文件受保护",
            "a sealed document with an earlier version; its entry file is covered",
        ),
        Case::control(&open_entry(&plain_contract()), "control-open-entry").says(
            "入口文件未受保护的已签文档，许多软件如此生成",
            "a sealed document whose entry file is not covered, as many writers make them",
        ),
        Case::of(&old_root, "version-root-switched")
            .says(
                "DocRoot 改指同样受保护的旧版本，显示旧金额",
                "DocRoot led to the earlier version, which is covered too: the old amount is shown",
            )
            .unknown(&rule::COVERAGE_ENTRY),
        Case::of(&current, "version-current-switched")
            .says("当前版本标记改到旧版本", "the mark of the current version moved to the earlier one")
            .unknown(&rule::COVERAGE_ENTRY),
        Case::of(&dropped, "version-list-dropped")
            .says("删去版本列表并改指旧版本", "the list of versions taken out and the earlier one shown")
            .unknown(&rule::COVERAGE_ENTRY),
        Case::of(&added, "version-added")
            .says("加入未受保护的新版本并标为当前", "an uncovered version added and marked as current")
            .unknown(&rule::COVERAGE_ROOT)
            .unknown(&rule::COVERAGE_SHOWN),
    ]
}

fn put_in() -> Vec<Case> {
    let into_root = |inside: &str| {
        let mut files = sealed(&plain_contract(), Mode::Continue);
        files.edit(ROOT, |text| text.replace("</ofd:Pages>", &format!("</ofd:Pages>{inside}")));
        files
    };
    let mut annotated = into_root("<ofd:Annotations>Annots/Annotations.xml</ofd:Annotations>");
    annotated.add(
        "Doc_0/Annots/Annotations.xml",
        xml("Annotations", "", "<ofd:Page PageID=\"3\"><ofd:FileLoc>A.xml</ofd:FileLoc></ofd:Page>"),
    );
    annotated.add("Doc_0/Annots/A.xml", annotation("金额 99600.00 元"));
    let mut attached = into_root("<ofd:Attachments>Attachments.xml</ofd:Attachments>");
    attached.add("Doc_0/Attachments.xml", xml("Attachments", "", "<ofd:Attachment ID=\"93\" Name=\"补充协议\" Format=\"txt\"><ofd:FileLoc>x.txt</ofd:FileLoc></ofd:Attachment>"));
    attached.add("Doc_0/x.txt", "补充协议：金额改为 99600.00 元\n");
    let mut tagged = into_root("<ofd:CustomTags>CustomTags.xml</ofd:CustomTags>");
    tagged.add(
        "Doc_0/CustomTags.xml",
        xml(
            "CustomTags",
            "",
            "<ofd:CustomTag NameSpace=\"urn:x\"><ofd:FileLoc>T.xml</ofd:FileLoc></ofd:CustomTag>",
        ),
    );
    tagged.add("Doc_0/T.xml", "<t:total xmlns:t=\"urn:x\">99600.00</t:total>");
    let mut page = sealed(&plain_contract(), Mode::Continue);
    page.edit(ROOT, |text| {
        text.replace("</ofd:Pages>", "<ofd:Page ID=\"99\" BaseLoc=\"Pages/Page_9/Content.xml\"/></ofd:Pages>")
    });
    page.add("Doc_0/Pages/Page_9/Content.xml", page_with("补充条款：金额 99600.00 元"));
    let mut beside = sealed(&plain_contract(), Mode::Lock);
    beside.add("Doc_0/Attachs/补充协议.txt", "金额改为 99600.00 元\n");
    let mut look_alike = sealed(&plain_contract(), Mode::Lock);
    // Cyrillic С in place of the Latin letter.
    look_alike.add("Doc_0/Pages/Page_0/Сontent.xml", page_with("金额 99600.00 元"));
    let broken = |case: Case| case.bad(&rule::REFERENCES);
    vec![
        broken(
            Case::of(&annotated, "annotation-added")
                .says("加入批注盖住金额", "an annotation over the amount is added"),
        ),
        broken(
            Case::of(&attached, "attachment-added")
                .says("加入改变金额的附件", "an attachment with another amount is added"),
        ),
        broken(
            Case::of(&tagged, "custom-tag-added")
                .says("加入自定义标引，机器读取的金额改变", "custom tags added: what machines read changes"),
        ),
        broken(Case::of(&page, "page-added").says("加入一页补充条款", "a page with another clause is added")),
        Case::of(&beside, "file-smuggled")
            .says("包内夹带无处引用的文件", "a file that nothing refers to is smuggled into the package")
            .unknown(&rule::COVERAGE_EXTRA),
        Case::of(&look_alike, "look-alike-name")
            .says(
                "加入名称形似的页面文件（西里尔字母）",
                "a page whose name looks the same (a Cyrillic letter)",
            )
            .unknown(&rule::COVERAGE_EXTRA),
    ]
}

fn swapped() -> Vec<Case> {
    let rich = sealed(&rich_contract(), Mode::Continue);
    let with = |path: &str, data: Vec<u8>| {
        let mut files = rich.clone();
        assert_ne!(files.get(path), data, "nothing changes");
        files.set(path, data);
        files
    };
    let mut font = rich.clone();
    font.edit("Doc_0/PublicRes.xml", |text| text.replace("宋体", "隐形字体"));
    let broken = |files: &Files, name, zh, en| Case::of(files, name).says(zh, en).bad(&rule::REFERENCES);
    vec![
        Case::control(&rich, "control-rich").says(
            "含模板、图片、批注、附件、标引的已签文档",
            "a sealed document with a template, a picture, an annotation, an attachment and tags",
        ),
        broken(
            &with("Doc_0/Annots/Page_0/Annotation.xml", annotation("批注：作废").into()),
            "annotation-changed",
            "已有批注改为“作废”",
            "an annotation is changed to say void",
        ),
        broken(
            &with("Doc_0/Tpls/Tpl_0/Content.xml", page_with("底图：样本，无效").into()),
            "template-swapped",
            "底图换成“样本，无效”",
            "the template is swapped for one that says sample",
        ),
        broken(
            &with("Doc_0/Res/image.png", png([0, 0, 0])),
            "image-swapped",
            "图片被替换",
            "a picture is swapped",
        ),
        broken(
            &font,
            "font-swapped",
            "字体定义被替换，文字显示改变",
            "the font is swapped, so that text looks otherwise",
        ),
        broken(
            &with("Doc_0/Attachs/quote.txt", "报价 99600.00 元\n".into()),
            "attachment-changed",
            "附件中的报价被改",
            "the offer in an attachment is changed",
        ),
    ]
}

fn rewritten() -> Vec<Case> {
    let mut text = sealed(&plain_contract(), Mode::Continue);
    text.edit(PAGE, |text| text.replace(AMOUNT, FORGED));
    let mut order = sealed(&plain_contract(), Mode::Continue);
    order.edit(ROOT, |text| {
        text.replace("Page_0", "Page_X").replace("Page_1", "Page_0").replace("Page_X", "Page_1")
    });
    let mut removed = sealed(&plain_contract(), Mode::Continue);
    removed.edit(ROOT, |text| {
        let start = text.rfind("<ofd:Page ID=").expect("a page");
        let end = start + text[start..].find("/>").expect("its end") + 2;
        format!("{}{}", &text[..start], &text[end..])
    });
    removed.remove("Doc_0/Pages/Page_1/Content.xml");
    let mut other = sealed(&plain_contract(), Mode::Continue);
    for file in Files::from_zip(&contract(2, FORGED, 2)).list {
        if file.name != "OFD.xml" {
            other.set(&file.name, file.data);
        }
    }
    let mut redone = sealed(&plain_contract(), Mode::Continue);
    let digest = |data: &[u8]| {
        use base64::Engine as _;
        base64::engine::general_purpose::STANDARD.encode(crypto::sm3::digest(data))
    };
    let before = digest(redone.get(PAGE));
    redone.edit(PAGE, |text| text.replace(AMOUNT, FORGED));
    let after = digest(redone.get(PAGE));
    redone.edit(crate::base::DESCRIPTION, |text| text.replace(&before, &after));
    let broken = |files: &Files, name, zh, en| Case::of(files, name).says(zh, en).bad(&rule::REFERENCES);
    vec![
        broken(&text, "text-changed", "正文金额改为 99600.00", "the amount on the page becomes 99600.00"),
        broken(&order, "pages-reordered", "两页次序互换", "two pages change places"),
        broken(&removed, "page-removed", "删去第二页", "the second page is taken out"),
        broken(
            &other,
            "content-of-another-document",
            "正文整体换成另一份合同",
            "the content is that of another contract",
        ),
        Case::of(&redone, "digest-recomputed")
            .says(
                "改正文并重算引用的杂凑值",
                "the page is changed and its digest in the description made anew",
            )
            .bad(&rule::DATA_HASH),
    ]
}

/// What a careless signer left open, so that anybody can change it under a good signature.
fn never_covered() -> Vec<Case> {
    let template = "/Doc_0/Tpls/Tpl_0/Content.xml";
    let mut tampered = described(&rich_contract(), Mode::Continue, |text| without_reference(text, template));
    tampered.set("Doc_0/Tpls/Tpl_0/Content.xml", page_with("底图：金额 99600.00 元").into());
    let mut image =
        described(&rich_contract(), Mode::Continue, |text| without_reference(text, "/Doc_0/Res/image.png"));
    image.set("Doc_0/Res/image.png", png([0, 0, 0]));
    // The list of annotations is named and not there when the document is sealed.
    let mut dangling = Files::from_zip(&plain_contract());
    dangling.edit(ROOT, |text| {
        text.replace("</ofd:Pages>", "</ofd:Pages><ofd:Annotations>Annots/Annotations.xml</ofd:Annotations>")
    });
    let (prepared, seal) = to_seal(&dangling.to_zip(), Mode::Continue);
    let good = prepared.sealed(&seal, &ValueSpec::good());
    let mut filled = good.clone();
    filled.add(
        "Doc_0/Annots/Annotations.xml",
        xml("Annotations", "", "<ofd:Page PageID=\"3\"><ofd:FileLoc>A.xml</ofd:FileLoc></ofd:Page>"),
    );
    filled.add("Doc_0/Annots/A.xml", annotation("金额 99600.00 元"));
    vec![
        Case::of(&tampered, "template-never-covered")
            .says("签名未覆盖的底图被改，所有签名值仍然正确", "a template that the signature never covered is changed; every value is still right")
            .unknown(&rule::COVERAGE_SHOWN),
        Case::of(&image, "image-never-covered")
            .says("签名未覆盖的图片被替换", "a picture that the signature never covered is swapped")
            .unknown(&rule::COVERAGE_SHOWN),
        Case::control(&good, "control-dangling")
            .says("正文引用了不存在的批注列表", "a sealed document that names a list of annotations which is not there"),
        Case::of(&filled, "dangling-reference-filled")
            .says("补上正文引用而签名时不存在的批注，盖住金额，无需改动任何已签文件", "the annotations that were named and missing when it was sealed are put in, over the amount; no signed file changes")
            .unknown(&rule::COVERAGE_SHOWN),
    ]
}
