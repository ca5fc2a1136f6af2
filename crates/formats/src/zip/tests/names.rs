//! Names in other encodings, and flags that belie them.

use super::*;

#[test]
fn chinese_names_in_gbk_are_decoded() {
    let gbk = [&encoding_rs::GBK.encode("附件/合同.xml").0[..]].concat();
    let bytes = zip(&[raw_made(&gbk, "x")]);
    let archive = open(&bytes);
    assert_eq!(archive.facts(), [Fact::GbkName(0)]);
    assert_eq!(archive.entries()[0].name_encoding(), NameEncoding::Gbk);
    assert_eq!(content(&archive, "附件/合同.xml"), "x");
    assert_eq!(facts(&[raw_made(b"\xff\xff", "x")]), [Fact::UndecodableName(0)]);
}

#[test]
fn a_name_is_told_whose_bytes_are_not_what_its_flag_says() {
    let flagged = |name: &[u8], flags| Made { flags, ..raw_made(name, "x") };
    let utf8 = "附件.xml".as_bytes();
    let gbk = encoding_rs::GBK.encode("附件.xml").0.into_owned();
    assert_eq!(facts(&[flagged(utf8, 0x800)]), []);
    assert_eq!(facts(&[flagged(utf8, 0)]), [Fact::UnflaggedName(0)]);
    assert_eq!(facts(&[flagged(&gbk, 0x800)]), [Fact::FlaggedName(0)]);
    assert_eq!(facts(&[flagged(b"a.xml", 0)]), []);
    // What a reader of another encoding finds there.
    let bytes = zip(&[flagged(utf8, 0x800)]);
    let archive = open(&bytes);
    for encoding in [encoding_rs::GBK, encoding_rs::WINDOWS_1252] {
        let (other, _) = encoding.decode_without_bom_handling(utf8);
        assert_eq!(archive.find_in_another_reading(&other).map(Entry::index), Some(0));
        let two = [flagged(utf8, 0x800), flagged(other.as_bytes(), 0x800)];
        let same = Fact::DuplicateName { first: 0, second: 1, same: SameName::Reading };
        assert_eq!(facts(&two), [same], "{other}");
    }
    assert!(archive.find_in_another_reading("附件.xml").is_none());
}
