//! Attacks on the archive: two readers see two documents, or more than was signed.

use testkit::lab::Files;

use crate::base::{DESCRIPTION, LIST, PAGE, locked, open};
use crate::{Attack, BAD, INDETERMINATE, INVALID, UNKNOWN, attack, attack_bytes};

fn dearer(files: &Files) -> Vec<u8> {
    String::from_utf8_lossy(files.get(PAGE)).replace("10600.00", "99600.00").into_bytes()
}

pub(crate) fn attacks() -> Vec<Attack> {
    [names(), around(), xml()].into_iter().flatten().collect()
}

fn names() -> Vec<Attack> {
    let good = locked();
    let with = |name: &str| {
        let mut files = good.clone();
        files.add(name, dearer(&good));
        files
    };
    let mut first = good.clone();
    first.add(PAGE, dearer(&good));
    first.list.rotate_right(1);
    // The name in the local header is another one than in the directory: readers that stream see another file.
    let mut local = good.to_zip();
    let at = local.windows(PAGE.len()).position(|window| window == PAGE.as_bytes()).expect("a local header");
    local[at + PAGE.len() - 5] = b'X';
    // The directory forgets a file; readers that look for local headers find it.
    let mut hidden = with("Doc_0/Pages/Page_7/Content.xml").to_zip();
    hide_last(&mut hidden);
    vec![
        attack(
            "duplicate-name-last",
            "同名页面文件追加在后",
            "the same name twice, the false page last",
            &with(PAGE),
            INVALID,
            &[("container.duplicate-names", BAD)],
        ),
        attack(
            "duplicate-name-first",
            "同名页面文件放在前面",
            "the same name twice, the false page first",
            &first,
            INVALID,
            &[("container.duplicate-names", BAD)],
        ),
        attack(
            "name-in-other-case",
            "仅大小写不同的文件名",
            "a name that differs in case alone",
            &with("doc_0/pages/page_0/content.xml"),
            INDETERMINATE,
            &[("container.ambiguous-names", UNKNOWN)],
        ),
        attack(
            "name-with-backslashes",
            "反斜杠写成的同名文件",
            "the same name with backslashes",
            &with("Doc_0\\Pages\\Page_0\\Content.xml"),
            INVALID,
            &[("container.duplicate-names", BAD)],
        ),
        attack(
            "name-climbing-out",
            "文件名含上级目录，解压即覆盖",
            "a name that climbs out of the folder it is unpacked into",
            &with("Doc_0/Pages/../Pages/Page_0/Content.xml"),
            INDETERMINATE,
            &[("container.ambiguous-names", UNKNOWN)],
        ),
        attack_bytes(
            "local-name-differs",
            "本地文件头与目录中的文件名不同",
            "the name in the local header is not that of the directory",
            local,
            INDETERMINATE,
            &[("container.ambiguous-names", UNKNOWN)],
        ),
        attack_bytes(
            "entry-hidden",
            "目录中没有的文件藏在包内",
            "a file lies in the archive that its directory does not name",
            hidden,
            INDETERMINATE,
            &[("container.surroundings", UNKNOWN)],
        ),
    ]
}

/// Takes the last record out of the directory.
fn hide_last(zip: &mut Vec<u8>) {
    let end = zip.len() - 22;
    let number = |bytes: &[u8]| usize::from(u16::from_le_bytes([bytes[0], bytes[1]]));
    let last = zip[..end].windows(4).rposition(|window| window == b"PK\x01\x02").expect("a record");
    let count = number(&zip[end + 10..]) - 1;
    let size = u32::from_le_bytes(zip[end + 12..end + 16].try_into().expect("four bytes"))
        - u32::try_from(end - last).expect("short");
    zip.drain(last..end);
    let end = last;
    let count = u16::try_from(count).expect("few").to_le_bytes();
    zip[end + 8..end + 10].copy_from_slice(&count);
    zip[end + 10..end + 12].copy_from_slice(&count);
    zip[end + 12..end + 16].copy_from_slice(&size.to_le_bytes());
}

fn around() -> Vec<Attack> {
    let good = locked();
    let mut other = good.clone();
    let page = dearer(&good);
    other.set(PAGE, page);
    let mut after = good.clone();
    after.after = other.to_zip();
    let mut before = good.clone();
    before.before = other.to_zip();
    let mut text = good.clone();
    text.after = b"<html><body>the price is 99600.00</body></html>".to_vec();
    let mut pdf = good.clone();
    pdf.before = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\n%the price is 99600.00\n".to_vec();
    let mut method = good.clone();
    method.file(PAGE).method = 99;
    let mut encrypted = good.clone();
    encrypted.file(PAGE).flags = 1;
    let mut broken = good.clone();
    broken.file(PAGE).crc_offset = 1;
    vec![
        attack(
            "second-archive-after",
            "尾部再接一个完整的包",
            "another whole archive after this one",
            &after,
            INVALID,
            &[("signature.references", BAD)],
        ),
        attack(
            "second-archive-before",
            "头部再接一个完整的包",
            "another whole archive before this one",
            &before,
            INDETERMINATE,
            &[("container.surroundings", UNKNOWN)],
        ),
        attack(
            "html-after",
            "尾部附加网页：换一个程序打开就是另一份内容",
            "a web page after the archive: another program shows other content",
            &text,
            INDETERMINATE,
            &[("container.surroundings", UNKNOWN)],
        ),
        attack(
            "pdf-before",
            "头部附加 PDF：PDF 阅读器显示另一份内容",
            "a PDF before the archive: a reader of PDF shows other content",
            &pdf,
            INDETERMINATE,
            &[("container.surroundings", UNKNOWN)],
        ),
        attack(
            "unknown-compression",
            "页面用未知方式压缩，只有部分软件能读",
            "a page in a compression that few readers know",
            &method,
            INDETERMINATE,
            &[("container.content", UNKNOWN)],
        ),
        attack(
            "page-encrypted",
            "页面标为加密",
            "a page is marked as encrypted",
            &encrypted,
            INDETERMINATE,
            &[("container.content", UNKNOWN)],
        ),
        attack(
            "checksum-wrong",
            "页面校验和错误，部分软件拒绝、部分照显",
            "a wrong checksum: some readers refuse the page, some show it",
            &broken,
            INVALID,
            &[("container.content", BAD)],
        ),
    ]
}

fn xml() -> Vec<Attack> {
    let mut entity = open();
    entity.edit(LIST, |text| {
        text.replace("?>\n", "?>\n<!DOCTYPE x [<!ENTITY e SYSTEM \"file:///etc/passwd\">]>")
    });
    let mut bomb = open();
    bomb.edit(DESCRIPTION, |text| {
        text.replace(
            "?>\n",
            "?>\n<!DOCTYPE x [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b \"&a;&a;&a;&a;&a;&a;\">]>",
        )
    });
    let mut wide = locked();
    let page = String::from_utf8_lossy(wide.get(PAGE)).into_owned();
    let utf16: Vec<u8> = page.encode_utf16().flat_map(u16::to_le_bytes).collect();
    wide.set(PAGE, [b"\xff\xfe".to_vec(), utf16].concat());
    let mut declared = crate::base::loose(&[PAGE]);
    declared.edit(PAGE, |text| text.replace("encoding=\"UTF-8\"", "encoding=\"GBK\""));
    vec![
        attack(
            "external-entity",
            "签名列表含外部实体",
            "the list of signatures has an external entity",
            &entity,
            INDETERMINATE,
            &[("document.signatures.list", UNKNOWN)],
        ),
        attack(
            "entity-bomb",
            "签名描述含实体炸弹",
            "the description of the signature has an entity bomb",
            &bomb,
            INVALID,
            &[("signature.description", BAD)],
        ),
        attack(
            "page-in-utf16",
            "受保护页面改写为 UTF-16",
            "a covered page is rewritten in UTF-16",
            &wide,
            INVALID,
            &[("signature.references", BAD)],
        ),
        attack(
            "encoding-declared-falsely",
            "未受保护页面谎报编码，不同软件显示不同文字",
            "an uncovered page lies about its encoding: readers show other text",
            &declared,
            INDETERMINATE,
            &[("document.coverage.shown", UNKNOWN)],
        ),
    ]
}
