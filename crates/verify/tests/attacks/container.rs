//! Attacks on the archive: two readers see two documents, or more than was signed.

use testkit::lab::Files;

use crate::base::{DESCRIPTION, LIST, PAGE, locked, open};
use crate::{Made, made};

fn dearer(files: &Files) -> Vec<u8> {
    String::from_utf8_lossy(files.get(PAGE)).replace("10600.00", "99600.00").into_bytes()
}

pub(crate) fn attacks() -> Vec<Made> {
    [names(), around(), xml()].into_iter().flatten().collect()
}

fn names() -> Vec<Made> {
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
        made("duplicate-name-last", &with(PAGE)),
        made("duplicate-name-first", &first),
        made("name-in-other-case", &with("doc_0/pages/page_0/content.xml")),
        made("name-with-backslashes", &with("Doc_0\\Pages\\Page_0\\Content.xml")),
        made("name-climbing-out", &with("Doc_0/Pages/../Pages/Page_0/Content.xml")),
        ("local-name-differs", local),
        ("entry-hidden", hidden),
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

fn around() -> Vec<Made> {
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
        made("second-archive-after", &after),
        made("second-archive-before", &before),
        made("html-after", &text),
        made("pdf-before", &pdf),
        made("unknown-compression", &method),
        made("page-encrypted", &encrypted),
        made("checksum-wrong", &broken),
    ]
}

fn xml() -> Vec<Made> {
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
        made("external-entity", &entity),
        made("entity-bomb", &bomb),
        made("page-in-utf16", &wide),
        made("encoding-declared-falsely", &declared),
    ]
}
