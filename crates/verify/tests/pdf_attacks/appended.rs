//! Incremental saving: what is put behind the signed bytes, with and without the cross-reference data that belongs to
//! it, and the tricks by which readers come to differ about it.

use std::fmt::Write as _;

use sealbridge_verify::catalogue as rule;

use crate::Case;
use crate::base::*;
use crate::missing::forged_tree;
use testkit::pki::pki;

fn forged() -> String {
    content(&format!("Contract, page 1. Amount {FORGED}"))
}

/// The forged content as bytes of an object.
fn object() -> String {
    format!("{CONTENT} 0 obj\n{}\nendobj\n", forged())
}

fn behind(pdf: &[u8], bytes: &str) -> Vec<u8> {
    [pdf, bytes.as_bytes()].concat()
}

pub(crate) fn cases() -> Vec<Case> {
    let seal = usual(By::Seal);
    let pdf = &seal.pdf;
    let mut all = vec![
        Case::of("control-seal", pdf.clone()).says("盖章的合同", "a sealed contract"),
        Case::of("control-plain", usual(By::Cms).pdf).says("数字签名的合同", "a plainly signed contract"),
        Case::of("control-white-tail", behind(pdf, "\r\n\r\n   \n"))
            .says("末尾多出空白字符", "white space at the end"),
        Case::of("isa-whole", seal.updated(&[(CONTENT, &forged())]))
            .says("完整的增量更新改写正文金额", "a whole update writes another amount on the page")
            .bad(&rule::SIGNATURE_CHANGES),
        Case::of("isa-plain-whole", usual(By::Cms).updated(&[(CONTENT, &forged())]))
            .says("对数字签名文档作同样的更新", "the same in a plainly signed document")
            .bad(&rule::SIGNATURE_CHANGES),
        Case::of(
            "isa-no-xref",
            behind(pdf, &format!("{}trailer\n<</Root 1 0 R/Size 200>>\n%%EOF\n", object())),
        )
        .says(
            "更新没有交叉引用，修复式阅读器照样采用",
            "an update without cross-reference data, which readers that repair take all the same",
        )
        .bad(&rule::SIGNATURE_TAIL),
        Case::of("isa-empty-xref", empty_section(pdf))
            .says("更新的交叉引用为空", "the cross-reference data of the update is empty")
            .bad(&rule::SIGNATURE_TAIL),
        Case::of("isa-bare-object", behind(pdf, &object()))
            .says("文件末尾只加一个对象", "a bare object at the end")
            .bad(&rule::SIGNATURE_TAIL),
        Case::of(
            "isa-old-startxref",
            behind(pdf, &format!("{}startxref\n{}\n%%EOF\n", object(), startxref(pdf))),
        )
        .says("加入对象后仍指向旧的交叉引用", "an object, then the old startxref again")
        .bad(&rule::SIGNATURE_TAIL),
        Case::of("isa-signature-copied", with_copy(&seal))
            .says(
                "更新中照抄签名对象，看似最后写入的是签名",
                "the update copies the signature object, as if signing came last",
            )
            .bad(&rule::SIGNATURE_CHANGES),
        Case::of("tail-garbage", behind(pdf, "Amount 99600.00\n"))
            .says("末尾附加杂乱字节", "garbage at the end")
            .bad(&rule::SIGNATURE_TAIL),
        Case::of("tail-comment", behind(&seal.updated(&[]), &format!("% {FORGED}\n")))
            .says("空更新之后附加注释", "a comment behind an empty update")
            .bad(&rule::SIGNATURE_TAIL),
    ];
    all.extend(tricks(&seal));
    all.extend(fewer_objects(&seal.pdf));
    all.extend(sections(&seal));
    all.extend(forgiving(&seal));
    all.push(
        Case::of("control-evidence-twice", evidence_twice(&seal))
            .says("验证数据先后加入两次", "evidence is added, and once more by a later revision"),
    );
    all
}

/// Evidence is added, and added anew by a later revision, which leaves the first behind.
fn evidence_twice(seal: &Sealed) -> Vec<u8> {
    let kept = |der: &[u8]| stream("/Filter/ASCIIHexDecode", &format!("{}>", hex::encode(der)));
    let (root, sub) = (kept(&pki().root.der()), kept(&pki().sub.der()));
    let catalog = |store: u32| entries_added(&seal.body(CATALOG), &format!("/DSS {store} 0 R"));
    let once = seal.updated(&[(CATALOG, &catalog(60)), (60, "<</Certs[61 0 R]>>"), (61, &root)]);
    updated(&once, &[(CATALOG, &catalog(62)), (62, "<</Certs[63 0 R]>>"), (63, &sub)])
}

/// What readers that forgive more than ours show.
fn forgiving(seal: &Sealed) -> Vec<Case> {
    let pdf = &seal.pdf;
    // The signer's page leads to content that is not there; what comes later only others can read.
    let dangling =
        Doc::contract().set(PAGE, page(CONTENT, "").replace("/Contents 4 0 R", "/Contents[4 0 R 60 0 R]"));
    let dangling = sealed(&dangling, By::Seal);
    let odd = content(&format!("Amount {FORGED}")).replacen("<<", "<</X True", 1);
    vec![
        Case::of("odd-object-filled", dangling.updated(&[(60, &odd)]))
            .says(
                "签名时悬空的引用，事后补上一个只有宽松阅读器才能读的流",
                "a reference that led nowhere is filled with a stream that only readers who forgive more can read",
            )
            .bad(&rule::SIGNATURE_CHANGES),
        Case::of("odd-object-new", seal.updated(&[(60, &odd)]))
            .says("新增一个只有宽松阅读器才能读的流", "a new stream that only readers who forgive more can read")
            .unknown(&rule::SIGNATURE_CHANGES),
        Case::of("object-stream-unlisted", in_object_stream(pdf, false))
            .says(
                "改写的正文页藏在对象流中，交叉引用不提它",
                "the page is written anew inside an object stream, and no cross-reference data names it",
            )
            .bad(&rule::SIGNATURE_CHANGES),
        Case::of("tail-blank-lines", behind(pdf, &"\n".repeat(3_000)))
            .says(
                "末尾大量空行，使有的阅读器重建文件",
                "so many blank lines at the end that some readers repair the file",
            )
            .unknown(&rule::CONTAINER_SURROUNDINGS),
    ]
}

/// An update whose table names nothing.
fn empty_section(pdf: &[u8]) -> Vec<u8> {
    let mut out = behind(pdf, &object());
    append(&mut out, &[], "", Some(startxref(pdf)));
    out
}

fn with_copy(seal: &Sealed) -> Vec<u8> {
    seal.updated(&[(CONTENT, &forged()), (seal.signature, &seal.body(seal.signature))])
}

/// Cross-reference data by hand: places of the objects in the tail, and what the trailer says.
pub(crate) fn by_hand(pdf: &[u8], objects: &str, table: impl Fn(usize) -> String) -> Vec<u8> {
    let mut out = behind(pdf, objects);
    let (at, begin) = (out.len(), pdf.len());
    out.extend_from_slice(table(begin).as_bytes());
    out.extend_from_slice(format!("startxref\n{at}\n%%EOF\n").as_bytes());
    out
}

fn tricks(seal: &Sealed) -> Vec<Case> {
    let pdf = &seal.pdf;
    let prev = startxref(pdf);
    let place = find(pdf, b"\n4 0 obj") + 1;
    let other = object().replace("4 0 obj", "4 1 obj");
    let in_stream = |object: &str| format!("88 0 obj\n{}\nendobj\n", stream("", object));
    vec![
        Case::of(
            "xref-entry-twice",
            by_hand(pdf, &object(), |at| {
                format!("xref\n4 1\n{place:010} 00000 n \n4 1\n{at:010} 00000 n \ntrailer\n<</Size 200/Root 1 0 R/Prev {prev}>>\n")
            }),
        )
        .says("交叉引用中同一对象有两个位置，不同阅读器取不同的一个", "the table names two places for one object: readers take different ones")
        .bad(&rule::SIGNATURE_TAIL),
        Case::of(
            "xref-generation",
            by_hand(pdf, &other, |at| {
                format!("xref\n4 1\n{at:010} 00001 n \ntrailer\n<</Size 200/Root 1 0 R/Prev {prev}>>\n")
            }),
        )
        .says("正文换成第 1 代对象，不看代号的阅读器照样显示", "the content becomes generation 1: readers that do not look at it show it")
        .bad(&rule::SIGNATURE_CHANGES),
        Case::of(
            "xref-prev-loop",
            by_hand(pdf, &object(), |at| {
                let own = at + object().len();
                format!("xref\n4 1\n{at:010} 00000 n \ntrailer\n<</Size 200/Root 1 0 R/Prev {own}>>\n")
            }),
        )
        .says("Prev 指向自身，阅读器转而修复文件", "Prev leads to itself, so that readers repair the file")
        .bad(&rule::SIGNATURE_TAIL),
        Case::of(
            "xref-prev-skips",
            by_hand(pdf, &object(), |at| {
                format!("xref\n4 1\n{at:010} 00000 n \ntrailer\n<</Size 200/Root 1 0 R/Prev {}>>\n", first_section(pdf))
            }),
        )
        .says("Prev 越过签名所在的修订版", "Prev skips the revision that was signed")
        .bad(&rule::SIGNATURE_REACHED),
        Case::of(
            "xref-stream-hidden",
            by_hand(pdf, &in_stream(&object()), |at| {
                format!("xref\n88 1\n{at:010} 00000 n \ntrailer\n<</Size 200/Root 1 0 R/Prev {prev}>>\n")
            }),
        )
        .says("伪造对象藏在无人使用的流中，修复式阅读器可见", "a forged object inside a stream that nothing uses: readers that repair see it")
        .unknown(&rule::SIGNATURE_CHANGES),
        Case::of(
            "trailer-other-document",
            updated_with(
                pdf,
                &[(88, &stream("", &format!("Amount {FORGED}")))],
                "/AdditionalStreams[/application#2Fvnd.oasis.opendocument.text 88 0 R]",
            ),
        )
        .says("文件尾指向另一份文档，LibreOffice 会打开它而不显示页面", "the trailer leads to another document, which LibreOffice opens instead of the pages")
        .unknown(&rule::SIGNATURE_CHANGES),
    ]
}

/// Updates that only take away.
fn fewer_objects(pdf: &[u8]) -> Vec<Case> {
    let prev = startxref(pdf);
    vec![
        Case::of(
            "xref-size-shrunk",
            by_hand(pdf, "", |_| format!("xref\n0 0\ntrailer\n<</Size 4/Root 1 0 R/Prev {prev}>>\n")),
        )
        .says(
            "更新声明的对象数变小，部分阅读器不再显示编号更大的对象",
            "the update says there are fewer objects: some readers no longer show those of higher numbers",
        )
        .unknown(&rule::SIGNATURE_CHANGES),
        Case::of(
            "xref-freed",
            by_hand(pdf, "", |_| {
                format!("xref\n4 1\n0000000000 00001 f \ntrailer\n<</Size 200/Root 1 0 R/Prev {prev}>>\n")
            }),
        )
        .says("正文对象被标为空闲，页面变空白", "the content is marked as free: the page is empty")
        .bad(&rule::SIGNATURE_CHANGES),
    ]
}

/// Where the table of the document before it was sealed stands.
fn first_section(pdf: &[u8]) -> usize {
    let end = find(pdf, b"startxref\n");
    startxref(&pdf[..end + 20 + find(&pdf[end..], b"%%EOF") - 20])
}

fn sections(seal: &Sealed) -> Vec<Case> {
    let pdf = &seal.pdf;
    let (pages, page, content) = forged_tree();
    let root = seal.body(CATALOG).replace("/Pages 2 0 R", "/Pages 50 0 R");
    let tree = [(50, pages.as_str()), (51, page.as_str()), (52, content.as_str())];
    let swapped = [&[(CATALOG, root.as_str())][..], &tree].concat();
    let renamed = [&[(49, root.as_str())][..], &tree].concat();
    vec![
        Case::of("catalog-swapped", updated(pdf, &swapped))
            .says("目录改指另一棵页面树", "the catalogue leads to other pages")
            .bad(&rule::SIGNATURE_CHANGES),
        Case::of("root-swapped", updated_with(pdf, &renamed, "/Root 49 0 R"))
            .says("文件尾改指另一个目录", "the trailer leads to another catalogue")
            .bad(&rule::SIGNATURE_CHANGES),
        Case::of("hybrid-hidden", hybrid(pdf))
            .says(
                "混合交叉引用：正文只在 XRefStm 中被替换",
                "hybrid cross-reference data: the content is replaced in XRefStm alone",
            )
            .bad(&rule::SIGNATURE_CHANGES),
        Case::of("object-stream-hidden", in_object_stream(pdf, true))
            .says("改写的正文页藏在对象流中", "the page is written anew inside an object stream")
            .bad(&rule::SIGNATURE_CHANGES),
        Case::of(
            "encrypt-added",
            updated_with(pdf, &[], "/Encrypt<</Filter/Standard/V 1/R 2/O<00>/U<00>/P -4>>"),
        )
        .says(
            "更新中加入加密字典，使内容无法检查",
            "the update says the file is encrypted, so that nothing can be looked at",
        )
        .bad(&rule::SIGNATURE_TAIL),
    ]
}

/// A cross-reference stream with these entries: kind, second and third field.
fn xref_stream(number: u32, entries: &[(u32, [u32; 3])], trailer: &str) -> String {
    let mut data = String::new();
    let mut index = String::new();
    for (number, [kind, second, third]) in entries {
        write!(data, "{kind:02x}{second:08x}{third:04x}").unwrap();
        write!(index, "{number} 1 ").unwrap();
    }
    data.push('>');
    let entries = format!("/Type/XRef/W[1 4 2]/Index[{index}]/Size 200/Filter/ASCIIHexDecode{trailer}");
    format!("{number} 0 obj\n{}\nendobj\n", stream(&entries, &data))
}

/// The table names nothing, the stream beside it the forged content.
fn hybrid(pdf: &[u8]) -> Vec<u8> {
    let mut out = behind(pdf, &object());
    let place = u32::try_from(pdf.len()).unwrap();
    let stream_at = out.len();
    out.extend_from_slice(xref_stream(88, &[(CONTENT, [1, place, 0])], "").as_bytes());
    append(&mut out, &[], &format!("/XRefStm {stream_at}"), Some(startxref(pdf)));
    out
}

/// The page leads to other content; it is written inside an object stream, and named there or not.
fn in_object_stream(pdf: &[u8], is_named: bool) -> Vec<u8> {
    let page = body(pdf, PAGE).replace("/Contents 4 0 R", "/Contents 52 0 R");
    let head = format!("{PAGE} 0 ");
    let entries = format!("/Type/ObjStm/N 1/First {}", head.len());
    let mut out = behind(pdf, &format!("52 0 obj\n{}\nendobj\n", forged()));
    let (content_at, stream_at) = (u32::try_from(pdf.len()).unwrap(), u32::try_from(out.len()).unwrap());
    out.extend_from_slice(
        format!("87 0 obj\n{}\nendobj\n", stream(&entries, &format!("{head}{page}"))).as_bytes(),
    );
    let at = out.len();
    let trailer = format!("/Root 1 0 R/Prev {}", startxref(pdf));
    let named = is_named.then_some((PAGE, [2, 87, 0]));
    let others =
        [(52, [1, content_at, 0]), (87, [1, stream_at, 0]), (88, [1, u32::try_from(at).unwrap(), 0])];
    let entries: Vec<(u32, [u32; 3])> = named.into_iter().chain(others).collect();
    out.extend_from_slice(xref_stream(88, &entries, &trailer).as_bytes());
    out.extend_from_slice(format!("startxref\n{at}\n%%EOF\n").as_bytes());
    out
}
