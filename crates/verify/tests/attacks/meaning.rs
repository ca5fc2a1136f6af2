//! Attacks on how files of the package are understood: which root is shown, which signatures count, and where paths
//! lead. They come last in the suite, so that the bytes of the others stay.

use formats::ofd::Mode;
use sealbridge_verify as verify;
use testkit::lab::Files;
use verify::catalogue as rule;

use crate::Case;
use crate::base::{LIST, ROOT, described, plain_contract, sealed, without_reference, xml};
use crate::content::add_shadow;

pub(crate) fn cases() -> Vec<Case> {
    let mut all = other_roots();
    all.extend(counted_twice());
    all.extend(types());
    all.extend(outside());
    all
}

/// Two document roots sealed with an open entry file, which is then led from one to the other.
fn switched(change: impl Fn(&mut Files, &str) -> [String; 2]) -> Files {
    let mut files = Files::from_zip(&plain_contract());
    let shadow = add_shadow(&mut files);
    let [first, second] = change(&mut files, shadow);
    let root = |path: &str| format!("<ofd:DocRoot>{path}</ofd:DocRoot>");
    if first != ROOT {
        files.edit("OFD.xml", |text| text.replace(&root(ROOT), &root(&first)));
    }
    let mut files = described(&files.to_zip(), Mode::Continue, |text| without_reference(text, "/OFD.xml"));
    files.edit("OFD.xml", |text| text.replace(&root(&first), &root(&second)));
    files
}

/// Gives a file of the package another name.
fn rename(files: &mut Files, from: &str, to: &str) {
    for file in files.list.iter_mut().filter(|file| file.name == from) {
        to.clone_into(&mut file.name);
    }
}

fn attached(path: &str) -> String {
    let inside =
        format!("<ofd:Attachment ID=\"97\" Name=\"x\"><ofd:FileLoc>/{path}</ofd:FileLoc></ofd:Attachment>");
    xml("Attachments", "", &inside)
}

fn other_roots() -> Vec<Case> {
    let mutual = switched(|files, shadow| {
        for (root, list, other) in [(ROOT, "AttA.xml", shadow), (shadow, "AttB.xml", ROOT)] {
            let named = format!("<ofd:Attachments>{list}</ofd:Attachments></ofd:Document>");
            files.edit(root, |text| text.replace("</ofd:Document>", &named));
            files.add(&format!("Doc_0/{list}"), attached(other));
        }
        [ROOT.to_owned(), shadow.to_owned()]
    });
    let large = switched(|files, shadow| {
        for root in [ROOT, shadow] {
            files.edit(root, |text| format!("{text}{}", " ".repeat(1 << 20)));
        }
        [ROOT.to_owned(), shadow.to_owned()]
    });
    let unnamed = switched(|files, shadow| {
        rename(files, ROOT, "Doc_0/Document");
        rename(files, shadow, "Doc_0/Shadow");
        ["Doc_0/Document".to_owned(), "Doc_0/Shadow".to_owned()]
    });
    let case =
        |files: &Files, name, zh, en| Case::of(files, name).says(zh, en).unknown(&rule::COVERAGE_ENTRY);
    vec![
        case(
            &mutual,
            "root-among-attachments",
            "两份受保护的主文档互为附件，入口文件改指另一份",
            "two covered document roots, each an attachment of the other; the entry file is led to the other",
        ),
        case(
            &large,
            "root-of-a-megabyte",
            "两份受保护的主文档都超过 1 MiB，入口文件改指另一份",
            "two covered document roots of more than a megabyte; the entry file is led to the other",
        ),
        case(
            &unnamed,
            "root-without-ending",
            "两份受保护的主文档都没有 .xml 后缀，入口文件改指另一份",
            "two covered document roots whose names do not end in .xml; the entry file is led to the other",
        ),
    ]
}

fn counted_twice() -> Vec<Case> {
    let seal = sealed(&plain_contract(), Mode::Continue);
    let add = |text: &str, path: &str| {
        let entry =
            format!("<ofd:Signature ID=\"s007\" Type=\"Seal\" BaseLoc=\"/{path}\"/></ofd:Signatures>");
        text.replace("</ofd:Signatures>", &entry)
    };
    let mut twice = seal.clone();
    twice.edit(LIST, |text| add(text, crate::base::DESCRIPTION));
    let mut copied = seal.clone();
    copied.add("Doc_0/Signs/Sign_7/Signature.xml", seal.get(crate::base::DESCRIPTION).to_vec());
    copied.edit(LIST, |text| add(text, "Doc_0/Signs/Sign_7/Signature.xml"));
    let case =
        |files: &Files, name, zh, en| Case::of(files, name).says(zh, en).unknown(&rule::SIGNATURES_REPEATED);
    vec![
        case(
            &twice,
            "signature-listed-twice",
            "同一签章在列表中出现两次，看似盖了两个章",
            "one seal is listed twice, as if there were two",
        ),
        case(
            &copied,
            "signature-copied",
            "签名描述被复制到另一文件名并列入列表，看似盖了两个章",
            "the description is copied under another name and listed, as if there were two seals",
        ),
    ]
}

fn types() -> Vec<Case> {
    let listed = |change: &dyn Fn(&str) -> String| {
        let mut files = sealed(&plain_contract(), Mode::Continue);
        files.edit(LIST, change);
        files
    };
    let typed = |word: &str| listed(&|text| text.replace("Type=\"Seal\"", &format!("Type=\"{word}\"")));
    let foreign = listed(&|text| {
        text.replace("<ofd:Signature ", "<x:Signature xmlns:x=\"urn:none\" ")
            .replace("</ofd:Signature>", "</x:Signature>")
    });
    let elsewhere = listed(&|text| text.replace("http://www.ofdspec.org/2016", "urn:none"));
    let nested = listed(&|text| {
        let hidden = "<ofd:Group><ofd:Signature ID=\"s3\" Type=\"Seal\" BaseLoc=\"/x.xml\"/></ofd:Group></ofd:Signatures>";
        text.replace("</ofd:Signatures>", hidden)
    });
    let kind =
        |files: &Files, name, zh, en| Case::of(files, name).says(zh, en).unknown(&rule::SIGNATURE_KIND);
    let two_ways =
        |files: &Files, name, zh, en| Case::of(files, name).says(zh, en).unknown(&rule::DOCUMENT_AMBIGUOUS);
    vec![
        kind(
            &typed("Foo"),
            "type-unknown",
            "列表中的类型改为标准没有的词",
            "the type in the list is a word that the standard does not know",
        ),
        kind(
            &typed("seal"),
            "type-in-small-letters",
            "列表中的类型改为小写 seal",
            "the type in the list is written in small letters",
        ),
        kind(&typed(""), "type-empty", "列表中的类型为空", "the type in the list is empty"),
        two_ways(
            &foreign,
            "list-entry-in-other-namespace",
            "列表条目改用别的命名空间，部分软件看不到该签章",
            "the entry of the list is in another namespace: some readers do not see the seal",
        ),
        two_ways(
            &elsewhere,
            "list-in-other-namespace",
            "签名列表改用别的命名空间，部分软件看不到签章",
            "the list is in another namespace: some readers do not see the seal",
        ),
        two_ways(
            &nested,
            "list-entry-nested",
            "列表内嵌套一层再写一个签章，部分软件多看到一个",
            "one more entry a level deeper in the list: some readers see a seal more",
        ),
    ]
}

fn outside() -> Vec<Case> {
    let composed = |change: &dyn Fn(&mut Files)| {
        let mut files = Files::from_zip(&plain_contract());
        change(&mut files);
        sealed(&files.to_zip(), Mode::Continue)
    };
    let page = |path: &'static str| {
        composed(&|files: &mut Files| {
            files.edit(ROOT, |text| text.replace("Pages/Page_1/Content.xml", path));
            files.list.retain(|file| !file.name.contains("Page_1"));
        })
    };
    let resource = composed(&|files| {
        files.add("Doc_0/More.xml", xml("Res", " BaseLoc=\"../../../etc/\"", "<ofd:MultiMedias><ofd:MultiMedia ID=\"98\" Type=\"Image\"><ofd:MediaFile>passwd</ofd:MediaFile></ofd:MultiMedia></ofd:MultiMedias>"));
        files.edit(ROOT, |text| {
            text.replace("</ofd:PublicRes>", "</ofd:PublicRes><ofd:DocumentRes>More.xml</ofd:DocumentRes>")
        });
    });
    let case =
        |files: &Files, name, zh, en| Case::of(files, name).says(zh, en).unknown(&rule::REFERENCES_OUTSIDE);
    vec![
        case(
            &resource,
            "resource-folder-outside",
            "资源文件的 BaseLoc 指向包外目录",
            "the BaseLoc of a resource file leads out of the package",
        ),
        case(
            &page("http://example.invalid/page.xml"),
            "page-on-the-net",
            "页面地址是网址，内容可随时更换",
            "a page is an address on the net: what it shows can change at any time",
        ),
        case(
            &page("file:///etc/passwd"),
            "page-by-file-address",
            "页面地址是 file: 地址",
            "a page is a file: address",
        ),
        case(&page("C:\\x\\page.xml"), "page-on-a-drive", "页面地址带盘符", "a page is on a drive"),
    ]
}
