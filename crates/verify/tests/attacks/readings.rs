//! What another reader reads where this one reads on: paths that two libraries cut differently, document roots that only
//! some take for one, declarations that few look at, elements at another depth or in pieces, and seals beside signatures
//! that hold none. They come last in the suite, so that the bytes of the others stay.

use formats::ofd::{Kind, Mode};
use sealbridge_verify as verify;
use testkit::lab::{Files, PlainForm, PlainSpec, SealSpec};
use verify::catalogue as rule;

use crate::Case;
use crate::archive::{entries, write, write_deflated};
use crate::base::{
    AMOUNT, FORGED, LIST, PAGE, ROOT, open_entry, plain_contract, prepared, rich_contract, sealed,
};

/// Another root, among what is signed.
const OTHER_ROOT: &str = "Alt/Document.xml";
/// Its page.
const OTHER_PAGE: &str = "Doc_0/Pages/Other/Content.xml";
/// The seal beside a plain signature.
const SEAL: &str = "Doc_0/Signs/Sign_0/Seal.esl";
/// A PDF without its beginning, its end and the ends of its objects. Readers that mend damaged files show it.
const PDF: &str = "<!--\n1 0 obj <</Type/Catalog/Pages 2 0 R>>\n2 0 obj <</Type/Pages/Kids[3 0 R]/Count 1>>\n\
                   3 0 obj <</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]>>\n% the price is 99600.00\n-->";

pub(crate) fn cases() -> Vec<Case> {
    let mut all = other_roots();
    all.extend(paths());
    all.extend(outside());
    all.extend(declarations());
    all.extend(places());
    all.extend(pieces());
    all.extend(chosen());
    all.extend(seal_files());
    all.extend(carried());
    all
}

/// The contract with another root beside it, which shows another amount.
fn with_other_root(change: impl Fn(&str) -> Vec<u8>) -> Files {
    let mut files = Files::from_zip(&plain_contract());
    let text = |name: &str| String::from_utf8(files.get(name).to_vec()).expect("text");
    let root = text(ROOT)
        .replace("Pages/Page_0/", "/Doc_0/Pages/Other/")
        .replace("=\"Pages/", "=\"/Doc_0/Pages/")
        .replace(">PublicRes.xml", ">/Doc_0/PublicRes.xml");
    let page = text(PAGE).replace(AMOUNT, FORGED);
    files.add(OTHER_ROOT, change(&root)).add(OTHER_PAGE, page);
    files
}

fn called(root: &str, name: &str) -> Vec<u8> {
    root.replace("ofd:Document ", &format!("{name} "))
        .replace("</ofd:Document>", &format!("</{name}>"))
        .into_bytes()
}

fn other_roots() -> Vec<Case> {
    let case = |files: &Files, name, zh, en| {
        Case::of(&open_entry(&files.to_zip()), name).says(zh, en).unknown(&rule::COVERAGE_ENTRY)
    };
    let renamed = with_other_root(|root| called(root, "ofd:Doc"));
    let declared = with_other_root(|root| {
        root.replacen("<ofd:Document ", "<!DOCTYPE x>\n<ofd:Document ", 1).into_bytes()
    });
    let wide = with_other_root(|root| {
        let text = root.replace("UTF-8", "UTF-16");
        format!("\u{feff}{text}").encode_utf16().flat_map(u16::to_le_bytes).collect()
    });
    let mut template = with_other_root(|root| called(root, "ofd:Page"));
    template.edit(ROOT, |text| {
        let template = format!("<ofd:TemplatePage ID=\"90\" BaseLoc=\"/{OTHER_ROOT}\"/></ofd:CommonData>");
        text.replace("</ofd:CommonData>", &template)
    });
    vec![
        case(
            &renamed,
            "other-root-by-another-name",
            "所保护的文件中另有一份主文档，根元素名不是 Document，部分软件不看根元素名；未受保护的入口文件可改指向它",
            "among what is covered is another document root, called otherwise: some readers do not look at the name, and the open entry file can be led there",
        ),
        case(
            &declared,
            "other-root-with-document-type",
            "所保护的另一份主文档带有 DOCTYPE，部分软件照样打开",
            "the other covered root has a document type: some readers open it all the same",
        ),
        case(
            &wide,
            "other-root-in-utf-16",
            "所保护的另一份主文档是 UTF-16 编码，部分软件照样打开",
            "the other covered root is in UTF-16: some readers open it all the same",
        ),
        case(
            &template,
            "other-root-named-as-template",
            "所保护的另一份主文档以 Page 为根元素，被写成一个模板页",
            "the other covered root is called a page, and is named as a template",
        ),
        Case::control(&sealed(&renamed.to_zip(), Mode::Continue), "control-other-root-entry-covered").says(
            "包内另有一份类似主文档的文件，入口文件受保护",
            "another file that is like a document root; the entry file is covered",
        ),
    ]
}

/// The contract with an open entry file, changed.
fn entered(from: &str, to: &str) -> Files {
    let mut files = open_entry(&plain_contract());
    files.edit("OFD.xml", |text| text.replacen(from, to, 1));
    files
}

/// The sealed contract with an open list, changed.
fn listed(from: &str, to: &str) -> Files {
    let mut files = sealed(&plain_contract(), Mode::Continue);
    files.edit(LIST, |text| text.replacen(from, to, 1));
    files
}

fn paths() -> Vec<Case> {
    let case =
        |files: &Files, name, zh, en| Case::of(files, name).says(zh, en).unknown(&rule::DOCUMENT_AMBIGUOUS);
    let root = |path: &str| entered(&format!(">{ROOT}<"), &format!(">{path}<"));
    let mut habit = Files::from_zip(&plain_contract());
    habit.edit("OFD.xml", |text| text.replace(&format!(">{ROOT}<"), "> Doc_0\\Document.xml\n<"));
    vec![
        case(
            &root("Doc_0\\x/../Document.xml"),
            "backslash-in-open-entry",
            "未受保护的入口文件以反斜杠写路径：对一些软件它分隔目录，对另一些不是",
            "a backslash in a path of the open entry file: to some readers it is between folders, to others part of a name",
        ),
        case(
            &root("\u{a0}Doc_0/Document.xml"),
            "odd-blank-in-open-entry",
            "未受保护的入口文件的路径以不换行空格开头，部分软件去掉它",
            "a path of the open entry file begins with a non-breaking space, which some readers cut off",
        ),
        case(
            &root("Doc_0/Document.xml\u{200b}"),
            "unseen-character-in-open-entry",
            "未受保护的入口文件的路径以零宽字符结尾",
            "a path of the open entry file ends in a character of no width",
        ),
        case(
            &listed("Doc_0/Signs/Sign_0/Signature.xml", "Doc_0/Signs/sign_0/Signature.xml"),
            "other-case-in-open-list",
            "未锁定的签名列表以另一种大小写写路径，部分软件找不到该签章",
            "a path of the open list is in another case: some readers do not find the seal",
        ),
        Case::control(&sealed(&habit.to_zip(), Mode::Continue), "control-backslash-covered").says(
            "入口文件的路径带反斜杠和空白，但受签名保护",
            "a path of the entry file has a backslash and white space around it, and is covered",
        ),
    ]
}

fn outside() -> Vec<Case> {
    let case = |path: &str, name| {
        let mut files = Files::from_zip(&rich_contract());
        files.edit("Doc_0/DocumentRes.xml", |text| text.replace(">image.png<", &format!(">{path}<")));
        Case::of(&sealed(&files.to_zip(), Mode::Lock), name)
            .says("图片路径指向网络上的另一台机器", "the path of a picture leads to another machine")
            .unknown(&rule::REFERENCES_OUTSIDE)
    };
    vec![
        case("/\\evil.example\\share\\a.png", "server-by-slash-and-backslash"),
        case("\\/evil.example/share/a.png", "server-by-backslash-and-slash"),
        case("\u{feff}http://evil.example/a.png", "address-behind-unseen-character"),
    ]
}

fn declarations() -> Vec<Case> {
    let far = format!("<?xml version=\"1.0\"{}encoding=\"UTF-7\"?>", " ".repeat(300));
    let usual = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>";
    let entry = entered(usual, &far);
    let list = listed(usual, &far);
    let newer = listed(usual, "<?xml version=\"1.1\" encoding=\"UTF-8\"?>");
    let next_line = listed(" Type=\"Seal\"", " \u{85}Type=\"Seal\"");
    vec![
        Case::of(&entry, "encoding-far-in-declaration-of-entry")
            .says(
                "入口文件的 XML 声明在三百个空格之后写明另一种编码，部分软件读到的是另一个文件",
                "the declaration of the entry file names another encoding behind 300 blanks: some readers read another file",
            )
            .unknown(&rule::CONTAINER_FORMAT),
        Case::of(&list, "encoding-far-in-declaration-of-list")
            .says(
                "签名列表的 XML 声明在三百个空格之后写明另一种编码，部分软件看不到其中的签章",
                "the declaration of the list names another encoding behind 300 blanks: some readers do not see its seals",
            )
            .unknown(&rule::SIGNATURES_LIST),
        Case::of(&newer, "xml-of-another-version")
            .says(
                "签名列表声明为 XML 1.1，空白和名称的规则不同",
                "the list says that it is XML 1.1, in which white space and names are others",
            )
            .unknown(&rule::SIGNATURES_LIST),
        Case::of(&next_line, "name-that-is-none")
            .says(
                "签名列表的属性名以 U+0085 开头，对部分软件它是空白",
                "an attribute in the list begins with U+0085, which is white space to some readers",
            )
            .unknown(&rule::SIGNATURES_LIST),
    ]
}

fn places() -> Vec<Case> {
    let case =
        |files: &Files, name, zh, en| Case::of(files, name).says(zh, en).unknown(&rule::DOCUMENT_AMBIGUOUS);
    let info = |inside: &str| entered("</ofd:DocInfo>", &format!("{inside}</ofd:DocInfo>"));
    let prefixed =
        listed("<ofd:Signature ", &format!("<x:Signature xmlns:x=\"{}\" ", formats::ofd::NAMESPACE));
    vec![
        case(
            &info("<ofd:CustomDatas><ofd:DocRoot>Doc_0/Other.xml</ofd:DocRoot></ofd:CustomDatas>"),
            "root-inside-metadata",
            "入口文件的元数据里藏有另一个 DocRoot，按名称搜索的软件先找到它",
            "another DocRoot inside the metadata of the entry file: readers that search by name find it first",
        ),
        case(
            &info("<ofd:Signatures>/Doc_0/None.xml</ofd:Signatures>"),
            "list-inside-metadata",
            "入口文件的元数据里藏有另一个签名列表",
            "another list of signatures inside the metadata of the entry file",
        ),
        case(
            &info("<ofd:DocBody><ofd:DocRoot>Doc_0/Other.xml</ofd:DocRoot></ofd:DocBody>"),
            "document-inside-metadata",
            "入口文件的元数据里藏有另一个 DocBody",
            "another document inside the metadata of the entry file",
        ),
        case(
            &prefixed,
            "list-with-two-prefixes",
            "未锁定的签名列表条目使用同一命名空间的另一前缀，按名称原样查找的软件看不到它",
            "an entry of the open list has another prefix for the same namespace: readers that look for the name as written do not find it",
        ),
    ]
}

fn pieces() -> Vec<Case> {
    let root = |inside: &str| entered(&format!(">{ROOT}<"), &format!(">{inside}<"));
    let case = |files: &Files, name, en| {
        Case::of(files, name)
            .says("入口文件的路径被分成几段，部分软件只取一段", en)
            .unknown(&rule::DOCUMENT_AMBIGUOUS)
    };
    let mut covered = Files::from_zip(&plain_contract());
    covered.edit("OFD.xml", |text| text.replace(&format!(">{ROOT}<"), ">Doc_0/<!-- -->Document.xml<"));
    vec![
        case(
            &root("Doc_0/D<!-- -->ocument.xml"),
            "path-with-comment",
            "a comment inside a path of the entry file: some readers take one piece of it",
        ),
        case(
            &root("Doc_0/D<ofd:x/>ocument.xml"),
            "path-with-element",
            "an element inside a path of the entry file",
        ),
        case(
            &root("Doc_0/<![CDATA[Document.xml]]>"),
            "path-with-cdata",
            "a part of a path of the entry file is CDATA",
        ),
        case(
            &root("Doc_0/&#68;ocument.xml"),
            "path-with-reference",
            "a reference inside a path of the entry file",
        ),
        case(
            &entered(&format!("{LIST}<"), &format!("{LIST}<?x?><")),
            "path-with-instruction",
            "an instruction inside the path of the list",
        ),
        Case::control(&sealed(&covered.to_zip(), Mode::Continue), "control-path-with-comment-covered").says(
            "入口文件的路径带注释，但受签名保护",
            "a comment inside a path of the entry file, which is covered",
        ),
    ]
}

/// What the open entry file chooses beside the document.
fn chosen() -> Vec<Case> {
    let mut cover = open_entry(&rich_contract());
    cover.edit("OFD.xml", |text| {
        text.replace("</ofd:DocInfo>", "<ofd:Cover>Doc_0/Res/image.png</ofd:Cover></ofd:DocInfo>")
    });
    let version = "<ofd:Versions><ofd:Version ID=\"v1\" Index=\"1\" Current=\"true\" BaseLoc=\"Doc_0/V.xml\"/></ofd:Versions>";
    let mut honest = Files::from_zip(&plain_contract());
    honest.add("Doc_0/Cover.png", crate::base::png([0, 0, 0xC0]));
    honest.edit("OFD.xml", |text| {
        text.replace("</ofd:DocInfo>", "<ofd:Cover>Doc_0/Cover.png</ofd:Cover></ofd:DocInfo>")
    });
    vec![
        Case::of(&cover, "picture-of-page-as-cover")
            .says(
                "未受保护的入口文件把页面中的一张图片写成封面",
                "the open entry file names a picture of a page as the cover",
            )
            .unknown(&rule::COVERAGE_ENTRY),
        Case::of(
            &entered("</ofd:DocRoot>", &format!("</ofd:DocRoot>{version}")),
            "version-that-is-not-there",
        )
        .says(
            "未受保护的入口文件写有一个不存在的当前版本",
            "the open entry file names a current version that is not there",
        )
        .unknown(&rule::COVERAGE_ENTRY),
        Case::control(&open_entry(&honest.to_zip()), "control-cover-entry-open").says(
            "封面图片受签名保护，入口文件未受保护",
            "the picture of the cover is covered, the entry file is not",
        ),
    ]
}

/// A plain signature that names a seal's file.
fn with_seal(ofd: &[u8], path: &str) -> Files {
    let named = format!("<ofd:Seal><ofd:BaseLoc>/{path}</ofd:BaseLoc></ofd:Seal></ofd:SignedInfo>");
    prepared(ofd, Kind::Sign, Mode::Continue, Vec::new())
        .describing(|text| text.replace("</ofd:SignedInfo>", &named))
        .signed(&PlainSpec::good(PlainForm::Attributes))
}

fn seal_files() -> Vec<Case> {
    let mut open = with_seal(&plain_contract(), SEAL);
    open.add(SEAL, SealSpec::good().write());
    let mut other = with_seal(&plain_contract(), SEAL);
    other.add(SEAL, &b"%PDF-1.4\n% the price is 99600.00\n"[..]);
    let mut bound = Files::from_zip(&plain_contract());
    bound.add("Doc_0/Seal.esl", SealSpec::good().write());
    vec![
        Case::of(&open, "seal-beside-plain-signature")
            .says(
                "数字签名旁列出印章文件而不保护它，谁都可以换成别的印章",
                "a plain signature names the file of a seal and does not cover it: anybody can put another seal there",
            )
            .unknown(&rule::COVERAGE),
        Case::of_bytes(write(&entries(&other)), "pdf-as-seal-beside-plain-signature")
            .says("数字签名旁的印章文件其实是 PDF", "the file of the seal beside a plain signature is a PDF")
            .unknown(&rule::COVERAGE)
            .unknown(&rule::COVERAGE_CARRIED),
        Case::control(&with_seal(&bound.to_zip(), "Doc_0/Seal.esl"), "control-seal-beside-plain-signature")
            .says("数字签名旁的印章文件受其保护", "the file of the seal beside a plain signature is covered"),
    ]
}

fn carried() -> Vec<Case> {
    let files = listed("<ofd:Signatures ", &format!("{PDF}<ofd:Signatures "));
    let mut packed = entries(&files);
    packed.iter_mut().find(|entry| entry.local == LIST).expect("the list").in_stored_blocks = true;
    let case = |ofd, name, zh, en| Case::of_bytes(ofd, name).says(zh, en).unknown(&rule::COVERAGE_CARRIED);
    vec![
        case(
            write(&entries(&files)),
            "pdf-of-objects-alone-in-list",
            "未锁定、未压缩的签名列表里藏有只剩对象开头的 PDF，部分软件仍能打开",
            "a PDF of nothing but beginnings of objects in the open list, which is not compressed: some readers open it",
        ),
        case(
            write_deflated(&packed),
            "pdf-of-objects-alone-in-stored-blocks",
            "同上，列表以“存储块”形式压缩",
            "the same where the list is deflated in stored blocks",
        ),
    ]
}
