//! What one reader takes and another does not: documents in data that only seem compressed, attributes with a prefix, and
//! flags of an archive. They come last in the suite, so that the bytes of the others stay.

use formats::ofd::Mode;
use sealbridge_verify as verify;
use testkit::lab::Files;
use verify::catalogue as rule;

use crate::Case;
use crate::archive::{Entry, entries, write_deflated};
use crate::base::{LIST, PAGE, open_entry, plain_contract, sealed};

/// What another program would show. It has no mark of its beginning in the second form.
const PDF: &str = "<!--\n%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\n% the price is 99600.00\ntrailer<</Root 1 0 R>>\n%%EOF\n-->";
const HEADLESS: &str = "<!--\n1 0 obj<</Type/Catalog>>endobj\n% the price is 99600.00\ntrailer<</Root 1 0 R>>\nstartxref\n0\n%%EOF\n-->";

pub(crate) fn cases() -> Vec<Case> {
    let mut all = carriers();
    all.extend(prefixed());
    all.extend(flags());
    all
}

/// A document with one entry changed.
fn with(files: &Files, name: &str, change: impl Fn(&mut Entry)) -> Vec<u8> {
    let mut list = entries(files);
    change(list.iter_mut().find(|entry| entry.local == name).expect("the entry"));
    write_deflated(&list)
}

fn carriers() -> Vec<Case> {
    let list = |inside: &str| {
        let mut files = sealed(&plain_contract(), Mode::Continue);
        files.edit(LIST, |text| text.replacen("<ofd:Signatures ", &format!("{inside}<ofd:Signatures "), 1));
        with(&files, LIST, |entry| entry.in_stored_blocks = true)
    };
    let mut entry = open_entry(&plain_contract());
    entry.edit("OFD.xml", |text| text.replacen("<ofd:OFD ", &format!("{PDF}<ofd:OFD "), 1));
    let case = |ofd, name, zh, en| Case::of_bytes(ofd, name).says(zh, en).unknown(&rule::COVERAGE_CARRIED);
    vec![
        case(
            list(PDF),
            "pdf-in-stored-blocks-of-list",
            "未锁定的签名列表以“存储块”形式压缩，其中的 PDF 原样出现在文件里",
            "a PDF in the open list of signatures, which is deflated in stored blocks: it stands in the file as it is",
        ),
        case(
            with(&entry, "OFD.xml", |entry| entry.in_stored_blocks = true),
            "pdf-in-stored-blocks-of-entry-file",
            "未受保护的入口文件以“存储块”形式压缩，其中的 PDF 原样出现在文件里",
            "a PDF in the entry file, which is not covered and is deflated in stored blocks",
        ),
        case(
            list(HEADLESS),
            "pdf-without-header-in-list",
            "签名列表里藏有缺少文件头的 PDF，部分软件仍能打开",
            "a PDF without its header in the list: some readers open it all the same",
        ),
        Case::of_bytes(list("<!-- nothing -->"), "control-list-in-stored-blocks")
            .says("签名列表以“存储块”形式压缩", "the list of signatures is deflated in stored blocks"),
    ]
}

fn prefixed() -> Vec<Case> {
    let listed = |from: &'static str, to: &'static str| {
        let mut files = sealed(&plain_contract(), Mode::Continue);
        files.edit(LIST, |text| {
            assert!(text.contains(from), "{text}");
            text.replacen(from, to, 1)
        });
        files
    };
    let mut entry = open_entry(&plain_contract());
    entry.edit("OFD.xml", |text| text.replacen("<ofd:OFD ", "<ofd:OFD ofd:DocType=\"OFD-A\" ", 1));
    let case =
        |files: &Files, name, zh, en| Case::of(files, name).says(zh, en).unknown(&rule::DOCUMENT_AMBIGUOUS);
    vec![
        case(
            &listed(" Type=\"Seal\"", " ofd:Type=\"Sign\" Type=\"Seal\""),
            "type-twice-by-prefix",
            "列表条目在 Type 之外另写 ofd:Type，部分软件按另一种类型验证",
            "an entry of the list has ofd:Type beside Type: some readers judge it by the other type",
        ),
        case(
            &listed(" Type=\"Seal\"", " ofd:Type=\"Sign\""),
            "type-by-prefix-alone",
            "列表条目只写 ofd:Type，部分软件当作签名，部分当作签章",
            "an entry of the list has ofd:Type alone: to some readers it is a signature, to others a seal",
        ),
        case(
            &listed(" BaseLoc=", " xmlns:x=\"urn:x\" x:BaseLoc=\"/none.xml\" BaseLoc="),
            "place-twice-by-prefix",
            "列表条目另写带前缀的 BaseLoc，部分软件找不到该签章",
            "an entry of the list has another BaseLoc with a prefix: some readers do not find the seal",
        ),
        case(
            &entry,
            "kind-by-prefix",
            "未受保护的入口文件写有带前缀的 DocType",
            "the entry file, which is not covered, has a DocType with a prefix",
        ),
        Case::control(
            &listed(
                " Type=\"Seal\"",
                " xml:lang=\"zh\" xmlns:x=\"http://www.w3.org/2001/XMLSchema-instance\" x:schemaLocation=\"a b\" Type=\"Seal\"",
            ),
            "control-attributes-of-others",
        )
        .says("列表条目带有语言和模式位置属性", "an entry of the list tells its language and where its schema is"),
    ]
}

fn flags() -> Vec<Case> {
    let files = sealed(&plain_contract(), Mode::Lock);
    let case = |ofd, name, zh, en| Case::of_bytes(ofd, name).says(zh, en).unknown(&rule::CONTAINER_NAMES);
    vec![
        case(
            with(&files, PAGE, |entry| entry.flags = 1 << 6),
            "flag-of-strong-encryption",
            "页面文件带有强加密标志，部分软件拒绝打开",
            "the page has the flag of strong encryption: some readers refuse it",
        ),
        case(
            with(&files, PAGE, |entry| entry.flags = 1 << 13),
            "flag-of-masked-headers",
            "页面文件带有屏蔽文件头的标志",
            "the page has the flag of masked headers",
        ),
        case(
            with(&files, PAGE, |entry| entry.local_flags = 1 << 5),
            "flag-of-patches-in-local-header",
            "仅本地文件头带有补丁数据标志",
            "the local header alone has the flag of patched data",
        ),
        Case::of_bytes(with(&files, PAGE, |entry| entry.flags = 0b110), "control-flags-of-packers")
            .says("页面文件带有压缩级别标志", "the page has the flags that tell how hard the packer tried"),
    ]
}
