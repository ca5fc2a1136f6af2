//! Attacks on the archive: two readers open one file and see two documents.

use formats::ofd::Mode;
use sealbridge_verify as verify;
use testkit::lab::Files;
use verify::catalogue as rule;

use crate::Case;
use crate::archive::{Entry, entries, write};
use crate::base::{AMOUNT, FORGED, PAGE, page_with, plain_contract, rich_contract, sealed};

pub(crate) fn cases() -> Vec<Case> {
    let mut all = around();
    all.extend(twice());
    all.extend(names());
    all.extend(headers());
    all
}

fn good() -> Files {
    sealed(&plain_contract(), Mode::Lock)
}

/// The page with the forged amount.
fn forged() -> Vec<u8> {
    String::from_utf8(good().get(PAGE).to_vec()).expect("text").replace(AMOUNT, FORGED).into_bytes()
}

fn around() -> Vec<Case> {
    let mut other = good();
    other.set(PAGE, forged());
    let other = other.to_zip();
    let before = Files { before: other.clone(), ..good() }.to_zip();
    let mut after = good().to_zip();
    after.extend_from_slice(&other);
    let mut comment = good().to_zip();
    let length = comment.len();
    comment[length - 2..].copy_from_slice(&u16::try_from(other.len()).expect("a comment").to_le_bytes());
    comment.extend_from_slice(&other);
    let mut ends = good().to_zip();
    let end = ends[ends.len() - 22..].to_vec();
    ends.extend_from_slice(&end);
    let mut counted = good().to_zip();
    let length = counted.len();
    counted[length - 14] -= 1;
    counted[length - 12] -= 1;
    let unknown =
        |bytes, name, zh, en| Case::of_bytes(bytes, name).says(zh, en).unknown(&rule::CONTAINER_SURROUNDINGS);
    vec![
        unknown(
            before,
            "archive-before",
            "文件前面接上另一份压缩包，从头读的软件看到另一文档",
            "another archive in front: who reads from the start sees another document",
        ),
        Case::of_bytes(after, "archive-after")
            .says(
                "文件后面接上另一份压缩包，从尾读的软件看到另一文档",
                "another archive behind: who reads from the end sees another document",
            )
            .unknown(&rule::CONTAINER_SURROUNDINGS)
            .bad(&rule::REFERENCES),
        unknown(
            comment,
            "archive-in-comment",
            "另一份压缩包藏在注释里",
            "another archive hidden in the comment",
        )
        .bad(&rule::REFERENCES),
        unknown(
            ends,
            "two-end-records",
            "两个目录结束记录，不同软件取不同的一个",
            "two end records: readers take different ones",
        ),
        Case::of_bytes(counted, "end-record-miscounts")
            .says("目录结束记录少计一个文件", "the end record counts one file less than the directory holds")
            .unknown(&rule::CONTAINER_NAMES),
    ]
}

/// The good document with one more file.
fn with(name: &str, data: Vec<u8>) -> Vec<u8> {
    let mut files = good();
    files.add(name, data);
    files.to_zip()
}

fn twice() -> Vec<Case> {
    let first = {
        let mut files = good();
        files.add(PAGE, forged());
        files.list.rotate_right(1);
        files.to_zip()
    };
    let last = with(PAGE, forged());
    let slash = PAGE.replace('/', "\\");
    vec![
        Case::of_bytes(last, "duplicate-name-last")
            .says(
                "同名页面放在最后，取最后一个的软件显示伪造金额",
                "a second page of the same name at the end: who takes the last shows the forged amount",
            )
            .bad(&rule::CONTAINER_DUPLICATES),
        Case::of_bytes(first, "duplicate-name-first")
            .says(
                "同名页面放在最前，取第一个的软件显示伪造金额",
                "a second page of the same name in front: who takes the first shows the forged amount",
            )
            .bad(&rule::CONTAINER_DUPLICATES),
        Case::of_bytes(with(&slash, forged()), "duplicate-name-backslash")
            .says("反斜杠写法的同名页面", "a page of the same name written with backslashes")
            .bad(&rule::CONTAINER_DUPLICATES),
    ]
}

fn names() -> Vec<Case> {
    let link = {
        let mut list = entries(&good());
        let mut entry = Entry::new("Doc_0/Pages/Page_0/Link.xml", "../../../../../etc/passwd");
        entry.mode = 0o120_777;
        list.push(entry);
        write(&list)
    };
    let ambiguous = |bytes, name, zh, en| {
        Case::of_bytes(bytes, name)
            .says(zh, en)
            .unknown(&rule::CONTAINER_NAMES)
            .unknown(&rule::COVERAGE_EXTRA)
    };
    vec![
        ambiguous(
            with("Doc_0/Pages/Page_0/content.xml", forged()),
            "name-in-other-case",
            "仅大小写不同的页面，不分大小写的系统会互相覆盖",
            "a page whose name differs in case alone: one overwrites the other where case does not count",
        ),
        ambiguous(
            with("../../sealbridge-attack-suite.txt", b"written outside the folder\n".to_vec()),
            "name-with-parent",
            "文件名含 ../，解包时写到包外（zip slip）",
            "a name with ../ is unpacked outside the folder (zip slip)",
        ),
        ambiguous(
            with("/Doc_0/evil.xml", forged()),
            "name-absolute",
            "文件名是绝对路径",
            "a name is an absolute path",
        ),
        ambiguous(
            link,
            "symbolic-link",
            "包内放入符号链接，解包后指向系统文件",
            "a symbolic link that leads to a file of the system when unpacked",
        ),
    ]
}

/// One file that is an OFD to one program and another document to the next. They come last in the suite, so that the
/// bytes of the others stay.
pub(crate) fn polyglots() -> Vec<Case> {
    let mut pdf = good();
    pdf.before = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\n% the price is 99600.00\n".to_vec();
    let mut html = good();
    html.after = b"<html><body>the price is 99600.00</body></html>".to_vec();
    vec![
        Case::of_bytes(pdf.to_zip(), "pdf-before")
            .says(
                "头部附加 PDF：PDF 阅读器显示另一份内容",
                "a PDF before the archive: a reader of PDF shows other content",
            )
            .unknown(&rule::CONTAINER_SURROUNDINGS),
        Case::of_bytes(html.to_zip(), "html-after")
            .says(
                "尾部附加网页：换一个程序打开就是另一份内容",
                "a web page after the archive: another program shows other content",
            )
            .unknown(&rule::CONTAINER_SURROUNDINGS),
    ]
}

fn headers() -> Vec<Case> {
    let list = || entries(&good());
    let local_name = {
        let mut list = list();
        list.push(Entry::new("Doc_0/Pages/Page_9/Content.xml", forged()));
        let extra = list.last_mut().expect("an entry");
        PAGE.clone_into(&mut extra.local);
        extra.central = Some("Doc_0/Signs/Sign_0/x.tmp".to_owned());
        write(&list)
    };
    let hidden = {
        let mut list = list();
        let mut entry = Entry::new(PAGE, forged());
        entry.central = None;
        list.insert(3, entry);
        write(&list)
    };
    let longer = {
        let mut list = entries(&sealed(&rich_contract(), Mode::Lock));
        let entry = list.iter_mut().find(|entry| entry.local.ends_with("quote.txt")).expect("the attachment");
        entry.data.extend_from_slice("补充：金额改为 99600.00 元\n".as_bytes());
        write(&list)
    };
    let folder = {
        let mut list = list();
        list.push(Entry::new("Doc_0/Pages/Page_0/Content.xml/", page_with(FORGED)));
        write(&list)
    };
    let mut damaged = good();
    damaged.file(PAGE).crc_offset = 1;
    let mut encrypted = good();
    encrypted.file(PAGE).flags = 1;
    vec![
        Case::of_bytes(local_name, "local-name-differs")
            .says("本地文件头与目录中的文件名不同，顺序解包得到伪造页面", "local header and directory name a file differently: who unpacks in sequence gets the forged page")
            .unknown(&rule::CONTAINER_NAMES)
            .unknown(&rule::COVERAGE_EXTRA),
        Case::of_bytes(hidden, "hidden-record")
            .says("目录不列的隐藏页面，顺序解包可见", "a page that the directory does not list: who unpacks in sequence sees it")
            .unknown(&rule::CONTAINER_SURROUNDINGS),
        Case::of_bytes(longer, "local-length-differs")
            .says("本地文件头所记长度大于目录，顺序解包的附件多出一句话", "the local header counts more bytes than the directory: who unpacks in sequence reads one more sentence in the attachment")
            .unknown(&rule::CONTAINER_NAMES),
        Case::of_bytes(folder, "folder-with-content")
            .says("名为目录的条目里有内容", "an entry named as a folder holds content")
            .bad(&rule::CONTAINER_DUPLICATES),
        Case::of(&damaged, "checksum-wrong")
            .says("页面校验和不符，部分软件拒绝、部分照样显示", "the checksum of a page is wrong: some readers refuse it, others show it")
            .bad(&rule::CONTAINER_CONTENT),
        Case::of(&encrypted, "page-encrypted")
            .says("页面标为加密，验证软件看不到内容", "a page is marked encrypted, so that a verifier cannot see it")
            .unknown(&rule::CONTAINER_CONTENT),
    ]
}
