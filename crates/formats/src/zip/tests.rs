//! Archives made by hand, so that they can be wrong in every way.

use super::*;
use proptest::prelude::*;

mod names;

/// A record made by hand, so that it can be wrong in any way.
#[derive(Clone)]
struct Made {
    name: Vec<u8>,
    local_name: Vec<u8>,
    content: Vec<u8>,
    flags: u16,
    method: u16,
    size: u32,
    local_size: u32,
    crc: u32,
    local_crc: u32,
    descriptor: Vec<u8>,
    central_extra: Vec<u8>,
    local_extra: Vec<u8>,
    comment: Vec<u8>,
    external: u32,
    /// Bytes before the record.
    gap: Vec<u8>,
}

fn made(name: &str, content: &str) -> Made {
    raw_made(name.as_bytes(), content)
}

fn raw_made(name: &[u8], content: &str) -> Made {
    let mut crc = crc32fast::Hasher::new();
    crc.update(content.as_bytes());
    let crc = crc.finalize();
    let size = u32::try_from(content.len()).unwrap();
    Made {
        name: name.to_vec(),
        local_name: name.to_vec(),
        content: content.as_bytes().to_vec(),
        flags: 0,
        method: 0,
        size,
        local_size: size,
        crc,
        local_crc: crc,
        descriptor: Vec::new(),
        central_extra: Vec::new(),
        local_extra: Vec::new(),
        comment: Vec::new(),
        external: 0,
        gap: Vec::new(),
    }
}

fn put(out: &mut Vec<u8>, shorts: &[u16]) {
    out.extend(shorts.iter().flat_map(|value| value.to_le_bytes()));
}

fn put4(out: &mut Vec<u8>, longs: &[u32]) {
    out.extend(longs.iter().flat_map(|value| value.to_le_bytes()));
}

fn short(value: usize) -> u16 {
    u16::try_from(value).unwrap()
}

fn long(value: usize) -> u32 {
    u32::try_from(value).unwrap()
}

/// Records, directory and the length of the directory.
fn body(records: &[Made]) -> (Vec<u8>, usize) {
    let (mut out, mut central) = (Vec::new(), Vec::new());
    for record in records {
        out.extend_from_slice(&record.gap);
        let offset = long(out.len());
        let length = long(record.content.len());
        put4(&mut out, &[raw::LOCAL]);
        put(&mut out, &[20, record.flags, record.method, 0, 33]);
        put4(
            &mut out,
            &[record.local_crc, if record.local_size == 0 { 0 } else { length }, record.local_size],
        );
        put(&mut out, &[short(record.local_name.len()), short(record.local_extra.len())]);
        out.extend_from_slice(&record.local_name);
        out.extend_from_slice(&record.local_extra);
        out.extend_from_slice(&record.content);
        out.extend_from_slice(&record.descriptor);
        put4(&mut central, &[raw::CENTRAL]);
        put(&mut central, &[if record.external == 0 { 20 } else { 3 << 8 }, 20]);
        put(&mut central, &[record.flags, record.method, 0, 33]);
        put4(&mut central, &[record.crc, length, record.size]);
        put(&mut central, &[short(record.name.len()), short(record.central_extra.len())]);
        put(&mut central, &[short(record.comment.len()), 0, 0]);
        put4(&mut central, &[record.external, offset]);
        central.extend_from_slice(&record.name);
        central.extend_from_slice(&record.central_extra);
        central.extend_from_slice(&record.comment);
    }
    let size = central.len();
    out.append(&mut central);
    (out, size)
}

fn end(entries: usize, size: usize, offset: usize) -> Vec<u8> {
    let mut out = Vec::new();
    put4(&mut out, &[raw::END]);
    put(&mut out, &[0, 0, short(entries), short(entries)]);
    put4(&mut out, &[long(size), long(offset)]);
    put(&mut out, &[0]);
    out
}

fn zip(records: &[Made]) -> Vec<u8> {
    let (mut out, size) = body(records);
    let tail = end(records.len(), size, out.len() - size);
    out.extend_from_slice(&tail);
    out
}

fn open(bytes: &[u8]) -> Archive<'_> {
    Archive::open(bytes, &Limits::default()).unwrap()
}

fn facts(records: &[Made]) -> Vec<Fact> {
    open(&zip(records)).facts().to_vec()
}

fn content(archive: &Archive<'_>, path: &str) -> String {
    String::from_utf8(archive.read(archive.find(path).unwrap()).unwrap().into_owned()).unwrap()
}

#[test]
fn an_ordinary_archive_has_no_facts_and_exact_ranges() {
    let bytes = zip(&[made("a/b.xml", "one"), made("a/", ""), made("c", "three")]);
    let archive = open(&bytes);
    assert_eq!(archive.facts(), []);
    let entry = archive.find("a/b.xml").unwrap();
    assert_eq!((entry.record_range(), entry.data_range()), (0..40, 37..40));
    assert_eq!(&bytes[entry.data_range()], b"one");
    assert!(archive.find("a").unwrap().is_dir() && !entry.is_dir());
    assert_eq!(content(&archive, "c"), "three");
    assert!(archive.find("C").is_none());
    assert_eq!(archive.find_ignoring_case("A/B.XML").unwrap().index(), 0);
    assert_eq!(archive.check_contents(), []);
}

#[test]
fn an_empty_archive_is_read() {
    let bytes = zip(&[]);
    assert!(open(&bytes).entries().is_empty() && open(&bytes).facts().is_empty());
    let bytes = [b"stub".to_vec(), bytes].concat();
    assert_eq!(open(&bytes).facts(), [Fact::BytesBefore(0..4)]);
}

#[test]
fn bytes_around_and_between_are_seen() {
    let plain = zip(&[made("a", "one"), made("b", "two")]);
    // Put before without correcting the offsets, as old seal software does.
    let before = [b"#!stub\n".to_vec(), plain.clone()].concat();
    let archive = open(&before);
    assert_eq!(archive.facts(), [Fact::BytesBefore(0..7)]);
    assert_eq!(content(&archive, "b"), "two");
    // Put before with corrected offsets.
    let gap = Made { gap: b"stub".to_vec(), ..made("a", "one") };
    assert_eq!(facts(&[gap, made("b", "two")]), [Fact::BytesBefore(0..4)]);
    let after = [plain.clone(), vec![0; 100_000]].concat();
    assert_eq!(open(&after).facts(), [Fact::BytesAfter(plain.len()..after.len())]);
    let mut comment = plain.clone();
    let at = comment.len();
    comment[at - 2] = 4;
    comment.extend_from_slice(b"note+");
    assert_eq!(open(&comment).facts(), [Fact::Comment(at..at + 4), Fact::BytesAfter(at + 4..at + 5)]);
    let gap = Made { gap: b"hidden".to_vec(), ..made("b", "two") };
    assert_eq!(facts(&[made("a", "one"), gap]), [Fact::Gap { range: 34..40, hidden_record: false }]);
    let whole = zip(&[made("secret", "x")]);
    let record = whole[..whole.len() - 22 - 52].to_vec();
    let gap = Made { gap: record.clone(), ..made("b", "two") };
    let hidden = Fact::Gap { range: 34..34 + record.len(), hidden_record: true };
    assert!(hidden.is_ambiguous());
    assert_eq!(facts(&[made("a", "one"), gap]), [hidden]);
}

#[test]
fn a_gap_before_and_after_the_directory_is_seen() {
    let (bytes, size) = body(&[made("a", "one")]);
    let start = bytes.len() - size;
    let shifted = [&bytes[..start], b"....", &bytes[start..]].concat();
    let archive = [shifted, end(1, size, start + 4)].concat();
    assert_eq!(open(&archive).facts(), [Fact::Gap { range: start..start + 4, hidden_record: false }]);
    let late = [&bytes[..], b"....", &end(1, size, start)].concat();
    let range = bytes.len()..bytes.len() + 4;
    assert_eq!(open(&late).facts(), [Fact::Gap { range, hidden_record: false }]);
}

#[test]
fn two_ends_or_two_directories_are_seen() {
    let (one, two) = (zip(&[made("a", "one")]), zip(&[made("a", "two")]));
    // The comment of the first archive holds the whole second one.
    let mut nested = one.clone();
    let at = nested.len() - 2;
    nested[at..].copy_from_slice(&short(two.len()).to_le_bytes());
    nested.extend_from_slice(&two);
    let archive = open(&nested);
    assert!(archive.facts().iter().any(|fact| matches!(fact, Fact::SeveralEnds { .. })));
    assert!(archive.facts().iter().any(Fact::is_ambiguous));
    // The directory that the offset names is not the one before the end record.
    let (first, size) = body(&[made("a", "one")]);
    let (second, _) = body(&[made("b", "two")]);
    let both = [first.clone(), second, end(1, size, first.len() - size)].concat();
    assert!(open(&both).facts().iter().any(|fact| matches!(fact, Fact::SeveralEnds { .. })));
    // The end record counts other entries than there are.
    let (bytes, size) = body(&[made("a", "one"), made("b", "two")]);
    let archive = [bytes.clone(), end(1, size, bytes.len() - size)].concat();
    assert_eq!(open(&archive).facts(), [Fact::CountMismatch { declared: 1, found: 2 }]);
}

#[test]
fn names_that_occur_twice_are_seen() {
    let duplicate = |second: &str, same| {
        let found = facts(&[made("a/b", "one"), made(second, "two")]);
        assert!(found.contains(&Fact::DuplicateName { first: 0, second: 1, same }), "{second}: {found:?}");
        assert!(found.iter().any(Fact::is_ambiguous));
    };
    duplicate("a/b", SameName::Exact);
    duplicate("a\\b", SameName::Path);
    duplicate("a//b", SameName::Path);
    duplicate("./a/b", SameName::Path);
    duplicate("/a/b", SameName::Path);
    duplicate("a/b/", SameName::Path);
    duplicate("A/B", SameName::Case);
    let bytes = zip(&[made("a", "first"), made("a", "last")]);
    assert_eq!(content(&open(&bytes), "a"), "first");
}

#[test]
fn odd_names_are_seen_and_never_found_by_tricks() {
    let odd = |name: &str, expected: &[&str]| {
        let codes: Vec<&str> = facts(&[made(name, "x")]).iter().map(Fact::code).collect();
        assert_eq!(codes, expected, "{name:?}");
    };
    odd("", &["zip.empty-name"]);
    odd("/", &["zip.empty-name", "zip.absolute-name", "zip.directory-with-content"]);
    odd("/etc/passwd", &["zip.absolute-name"]);
    odd("c:/x", &["zip.absolute-name"]);
    odd("a\\b", &["zip.backslash-name"]);
    odd("../x", &["zip.parent-name"]);
    odd("a/../x", &["zip.parent-name"]);
    odd("a..b/c", &[]);
    odd("a//b", &["zip.odd-segments"]);
    odd("a/./b", &["zip.odd-segments"]);
    odd("a\0b", &["zip.control-name"]);
    odd("a\nb", &["zip.control-name"]);
    odd("页面.xml", &["zip.name-without-utf8-flag"]);
    let bytes = zip(&[made("a/../x", "trick")]);
    let archive = open(&bytes);
    assert!(archive.find("x").is_none() && archive.find_ignoring_case("x").is_none());
    assert_eq!(archive.entries()[0].path(), "a/../x");
}

#[test]
fn a_second_name_in_the_extra_field_is_seen() {
    let mut extra = vec![0x75, 0x70, 10, 0, 1, 0, 0, 0, 0];
    extra.extend_from_slice(b"other");
    let record = Made { central_extra: extra.clone(), ..made("a", "x") };
    assert_eq!(facts(&[record]), [Fact::UnicodePathDiffers(0)]);
    assert_eq!(facts(&[Made { central_extra: extra, ..made("other", "x") }]), []);
}

#[test]
fn flags_without_a_known_meaning_are_told_on_either_side() {
    let plain = made("a", "one");
    for bit in 0..16_u16 {
        let flag = 1 << bit;
        let odd = Fact::OddFlags(0);
        let both = facts(&[Made { flags: flag, ..plain.clone() }]);
        let is_known = matches!(bit, 0..=3 | 11);
        assert_eq!(both.contains(&odd), !is_known, "bit {bit} in both");
        let mut bytes = zip(std::slice::from_ref(&plain));
        bytes[6..8].copy_from_slice(&flag.to_le_bytes());
        let local = open(&bytes).facts().to_vec();
        assert_eq!(local.contains(&odd), !is_known, "bit {bit} in the local header");
        let differs = Fact::LocalMismatch { entry: 0, field: HeaderField::Flags };
        assert_eq!(local.contains(&differs), !matches!(bit, 1 | 2 | 11), "bit {bit} in the local header");
    }
}

#[test]
fn local_headers_that_say_otherwise_are_seen() {
    let plain = made("a", "one");
    let cases = [
        (Made { local_name: b"b".to_vec(), ..plain.clone() }, HeaderField::Name),
        (Made { local_crc: 1, ..plain.clone() }, HeaderField::Crc),
        (Made { local_size: 7, ..plain.clone() }, HeaderField::Size),
    ];
    for (record, field) in cases {
        assert_eq!(facts(&[record]), [Fact::LocalMismatch { entry: 0, field }]);
    }
    let mut bytes = zip(&[plain]);
    bytes[8] = 8;
    assert_eq!(open(&bytes).facts(), [Fact::LocalMismatch { entry: 0, field: HeaderField::Method }]);
    bytes[8] = 0;
    bytes[6] = 1;
    assert_eq!(open(&bytes).facts(), [Fact::LocalMismatch { entry: 0, field: HeaderField::Flags }]);
    bytes[6] = 0;
    bytes[18] = 9;
    let field = HeaderField::CompressedSize;
    assert_eq!(open(&bytes).facts(), [Fact::LocalMismatch { entry: 0, field }]);
}

#[test]
fn data_descriptors_of_every_form_are_understood() {
    let plain = made("a", "one");
    let wide = |value: u32| u64::from(value).to_le_bytes();
    let signature = raw::DESCRIPTOR.to_le_bytes();
    let crc = plain.crc.to_le_bytes();
    let forms: [Vec<u8>; 4] = [
        [&crc[..], &3_u32.to_le_bytes(), &3_u32.to_le_bytes()].concat(),
        [&signature[..], &crc, &3_u32.to_le_bytes(), &3_u32.to_le_bytes()].concat(),
        [&crc[..], &wide(3), &wide(3)].concat(),
        [&signature[..], &crc, &wide(3), &wide(3)].concat(),
    ];
    for descriptor in forms {
        let length = descriptor.len();
        let record = Made { flags: 8, local_size: 0, local_crc: 0, descriptor, ..plain.clone() };
        let bytes = zip(&[record, made("b", "two")]);
        let archive = open(&bytes);
        assert_eq!(archive.facts(), []);
        assert_eq!(archive.entries()[0].record_range(), 0..34 + length);
        assert_eq!((content(&archive, "a"), content(&archive, "b")), ("one".to_owned(), "two".to_owned()));
    }
    let record = Made { flags: 8, local_size: 0, local_crc: 0, ..plain };
    assert_eq!(facts(&[record]), [Fact::MissingDescriptor(0)]);
}

#[test]
fn encrypted_and_unknown_entries_are_seen_and_not_read() {
    let bytes = zip(&[Made { flags: 1, ..made("a", "x") }, Made { method: 12, ..made("b", "x") }]);
    let archive = open(&bytes);
    assert_eq!(archive.facts(), [Fact::Encrypted(0), Fact::UnsupportedMethod(1)]);
    let codes: Vec<&str> =
        archive.entries().iter().map(|entry| archive.read(entry).unwrap_err().code()).collect();
    assert_eq!(codes, ["zip.encrypted", "zip.unsupported-method"]);
    let link = Made { external: 0o120_777 << 16, ..made("link", "/etc/passwd") };
    assert_eq!(facts(&[link]), [Fact::SpecialFile(0)]);
    assert_eq!(facts(&[Made { external: 0o100_644 << 16, ..made("file", "x") }]), []);
}

fn field(id: u16, data: &[u8]) -> Vec<u8> {
    [&id.to_le_bytes()[..], &short(data.len()).to_le_bytes(), data].concat()
}

/// The codes of the facts of an archive with this extra area in the local header, then in the directory.
fn of_extra(extra: &[u8]) -> [Vec<&'static str>; 2] {
    let plain = made("a", "one");
    let local = Made { local_extra: extra.to_vec(), ..plain.clone() };
    let central = Made { central_extra: extra.to_vec(), ..plain };
    [local, central].map(|record| facts(&[record]).iter().map(Fact::code).collect())
}

#[test]
fn extra_fields_that_may_hold_anything_are_seen() {
    let both = |code: &'static str| [vec![code], vec![code]];
    let none = [Vec::<&str>::new(), Vec::new()];
    for known in
        [field(0x5455, &[1; 9]), field(0x000a, &[7; 32]), field(0x7875, &[1; 11]), field(0xcafe, b"")]
    {
        assert_eq!(of_extra(&known), none, "{known:?}");
    }
    let time = field(0x5455, &[1; 9]);
    assert_eq!(of_extra(&[&time[..], &field(0x7875, &[1; 11])].concat()), none);
    let odd = [
        field(0xcafe, b"%PDF-1.4"),
        field(0x5455, &[1; 14]),
        [&time[..], &time].concat(),
        field(0x4242, b"x"),
        b"abc".to_vec(),
        [&time[..], b"PK\x03"].concat(),
        // A field that is said to be longer than the area.
        vec![0x55, 0x54, 9, 0, 1, 1],
    ];
    for odd in odd {
        assert_eq!(of_extra(&odd), both("zip.extra-bytes"), "{odd:?}");
    }
    let padding = facts(&[Made { local_extra: vec![0; 3], ..made("a", "one") }]);
    assert!(matches!(&padding[..], [Fact::ExtraBytes { is_blank: true, .. }]), "{padding:?}");
    assert!(!padding[0].is_ambiguous());
    let hidden = facts(&[Made { central_extra: field(9, b"PK"), ..made("a", "one") }]);
    assert!(hidden[0].is_ambiguous() && hidden[0].loose_bytes().is_some(), "{hidden:?}");
}

#[test]
fn second_names_links_and_sizes_in_extra_fields_are_seen_wherever_they_stand() {
    let both = |code: &'static str| [vec![code], vec![code]];
    let name = |name: &str| field(0x7075, &[&[1, 0, 0, 0, 0], name.as_bytes()].concat());
    assert_eq!(of_extra(&name("a")), [Vec::<&str>::new(), Vec::new()]);
    assert_eq!(of_extra(&name("b")), both("zip.unicode-path-differs"));
    assert_eq!(of_extra(&[name("a"), name("b")].concat()), both("zip.unicode-path-differs"));
    let unix = |mode: u16, target: &[u8]| {
        field(0x756e, &[&[0; 4][..], &mode.to_le_bytes(), &[0; 8], target].concat())
    };
    assert_eq!(of_extra(&unix(0o100_644, b"")), [Vec::<&str>::new(), Vec::new()]);
    assert_eq!(of_extra(&unix(0o100_644, b"x")), both("zip.extra-bytes"));
    assert_eq!(of_extra(&unix(0o120_777, b"/etc/passwd")), both("zip.special-file"));
    let sizes =
        |sizes: &[u64]| field(1, &sizes.iter().flat_map(|size| size.to_le_bytes()).collect::<Vec<_>>());
    assert_eq!(of_extra(&sizes(&[3, 3])), [Vec::<&str>::new(), Vec::new()]);
    assert_eq!(of_extra(&sizes(&[5, 5])), both("zip.extra-bytes"));
    assert_eq!(of_extra(&sizes(&[3, 3, 7])), both("zip.extra-bytes"));
}

#[test]
fn comments_on_entries_and_marks_of_descriptors_inside_are_seen() {
    let commented = facts(&[Made { comment: b"%PDF-1.4".to_vec(), ..made("a", "one") }]);
    assert!(
        matches!(&commented[..], [Fact::EntryComment { entry: 0, is_blank: false, .. }]),
        "{commented:?}"
    );
    assert!(commented[0].is_ambiguous());
    let inside = made("a", "onePK\x07\x08");
    assert_eq!(facts(std::slice::from_ref(&inside)), []);
    let crc = inside.crc.to_le_bytes();
    let descriptor = [&crc[..], &7_u32.to_le_bytes(), &7_u32.to_le_bytes()].concat();
    let streamed = Made { flags: 8, local_size: 0, local_crc: 0, descriptor, ..inside };
    assert_eq!(facts(&[streamed]), [Fact::DescriptorInside(0)]);
}

#[test]
fn padding_is_zeros_and_white_space() {
    for blank in [&b""[..], &[0; 10_000], b" \r\n\t\0 ", &[b' '; 9_000]] {
        assert!(raw::is_blank(blank));
    }
    for other in [&b"x"[..], b"\0\0\x01", "\u{feff}".as_bytes(), &[&[0; 9_000][..], b"."].concat()] {
        assert!(!raw::is_blank(other));
    }
}

#[test]
fn content_that_is_not_as_declared_is_refused() {
    let wrong = |record: Made| {
        let bytes = zip(&[record]);
        let archive = open(&bytes);
        let code = archive.read(&archive.entries()[0]).unwrap_err().code();
        assert_eq!(archive.check_contents(), [Fact::Unreadable { entry: 0, code }]);
        code
    };
    let plain = made("a", "one");
    assert_eq!(wrong(Made { crc: 1, local_crc: 1, ..plain.clone() }), "zip.crc-mismatch");
    assert_eq!(wrong(Made { size: 4, local_size: 4, ..plain.clone() }), "zip.size-mismatch");
    assert_eq!(wrong(Made { method: 8, ..plain.clone() }), "zip.bad-deflate");
    // Three bytes in a stored block of deflate, declared as two and as four.
    let block = [&[1, 3, 0, 0xfc, 0xff][..], b"one"].concat();
    for size in [0, 2, 4, 100_000] {
        let record = Made { content: block.clone(), method: 8, size, local_size: size, ..plain.clone() };
        assert_eq!(wrong(record), "zip.size-mismatch", "{size}");
    }
    let trailing = [block, b"hidden".to_vec()].concat();
    let bytes = zip(&[Made { content: trailing, method: 8, ..plain }]);
    let archive = open(&bytes);
    assert_eq!(content(&archive, "a"), "one");
    let at = archive.entries()[0].data_range().end;
    assert_eq!(archive.check_contents(), [Fact::BytesAfterDeflate { entry: 0, range: at - 6..at }]);
}

#[test]
fn records_that_share_bytes_are_seen() {
    // Two directory entries for one record: the quine-like bombs of the field.
    let mut bytes = zip(&[made("a", "one"), made("b", "two")]);
    let second = memchr::memmem::rfind(&bytes, &raw::CENTRAL.to_le_bytes()).unwrap();
    bytes[second + 42..second + 46].copy_from_slice(&[0; 4]);
    let archive = open(&bytes);
    assert_eq!(archive.facts()[0], Fact::Overlap { first: 0, second: 1 });
    assert_eq!(content(&archive, "a"), "one");
    let shared = archive.find("b").unwrap();
    assert_eq!(archive.read(shared).unwrap_err().code(), "zip.shared");
    assert!(archive.head(shared, 9).is_empty() && archive.check_contents().is_empty());
}

#[test]
fn zip64_records_are_read_and_compared() {
    let (mut bytes, size) = body(&[made("a", "one")]);
    let offset = bytes.len() - size;
    let at = bytes.len();
    put4(&mut bytes, &[0x0606_4b50, 44, 0]);
    put(&mut bytes, &[45, 45]);
    put4(&mut bytes, &[0, 0, 1, 0, 1, 0, long(size), 0, long(offset), 0]);
    put4(&mut bytes, &[0x0706_4b50, 0, long(at), 0, 1]);
    let with = |tail: Vec<u8>| [bytes.clone(), tail].concat();
    let mut unset = end(0, 0, 0);
    unset[8..12].fill(0xff);
    unset[12..20].fill(0xff);
    assert_eq!(open(&with(unset)).facts(), [Fact::Zip64]);
    assert_eq!(open(&with(end(1, size, offset))).facts(), [Fact::Zip64]);
    let two = with(end(2, size, offset));
    assert!(open(&two).facts().iter().any(|fact| matches!(fact, Fact::SeveralEnds { .. })));
    assert_eq!(content(&open(&two), "a"), "one");
}

#[test]
fn zip64_sizes_are_read_and_copied() {
    let mut record = made("a", "one");
    record.central_extra = [&[1, 0, 8, 0][..], &3_u64.to_le_bytes()].concat();
    record.size = u32::MAX;
    let bytes = zip(&[record]);
    let archive = open(&bytes);
    assert_eq!((archive.entries()[0].size(), archive.facts()), (3, &[][..]));
    assert_eq!(content(&archive, "a"), "one");
    // An offset that stands in the extra field is corrected there.
    let mut record = made("b", "two");
    record.central_extra = [&[1, 0, 8, 0][..], &34_u64.to_le_bytes()].concat();
    let mut bytes = zip(&[made("a", "one"), record]);
    let second = memchr::memmem::rfind(&bytes, &raw::CENTRAL.to_le_bytes()).unwrap();
    bytes[second + 42..second + 46].fill(0xff);
    let archive = open(&bytes);
    assert_eq!(content(&archive, "b"), "two");
    let mut rewrite = Rewrite::new(&archive, DosTime { time: 0, date: 33 });
    rewrite.replace("a", b"something longer".to_vec()).unwrap();
    let after = rewrite.finish().unwrap();
    assert_eq!(content(&open(&after), "b"), "two");
}

#[test]
fn broken_archives_say_what_is_broken() {
    let bytes = zip(&[made("a", "one")]);
    let with = |at: usize, value: u8| {
        let mut bytes = bytes.clone();
        bytes[at] = value;
        Archive::open(&bytes, &Limits::default()).map(|_| ()).unwrap_err().code()
    };
    let directory = bytes.len() - 22 - 47;
    assert_eq!(with(0, 0), "zip.broken");
    assert_eq!(with(directory, 0), "zip.broken");
    assert_eq!(with(directory + 20, 200), "zip.broken");
    assert_eq!(with(directory + 28, 200), "zip.broken");
    assert_eq!(with(directory + 42, 200), "zip.broken");
    assert_eq!(with(bytes.len() - 22 + 4, 1), "zip.multi-disk");
    assert_eq!(with(bytes.len() - 22 + 12, 200), "zip.broken");
    assert_eq!(with(bytes.len() - 22, 0), "zip.not-zip");
    let limits = Limits { name_bytes: 0, ..Limits::default() };
    assert_eq!(Archive::open(&bytes, &limits).unwrap_err(), ZipError::NameTooLong { bytes: 1, limit: 0 });
    let limits = Limits { entry_bytes: 2, ..Limits::default() };
    let archive = Archive::open(&bytes, &limits).unwrap();
    assert_eq!(archive.read(&archive.entries()[0]).unwrap_err().code(), "zip.entry-too-large");
}

#[test]
fn the_writer_takes_only_plain_new_names() {
    let mut writer = Writer::new(DosTime { time: 0, date: 33 });
    writer.add("a/b.xml", b"x").unwrap();
    for name in ["a/b.xml", "A/B.xml"] {
        assert_eq!(writer.add(name, b"x").unwrap_err(), ZipError::Exists { name: name.to_owned() });
    }
    for name in ["", "/a", "a/", "../a", "a\\b", "a//b", "a\0", "."] {
        assert_eq!(writer.add(name, b"x").unwrap_err(), ZipError::BadName { name: name.to_owned() });
    }
    let bytes = zip(&[made("a", "one")]);
    let archive = open(&bytes);
    let mut rewrite = Rewrite::new(&archive, DosTime { time: 0, date: 33 });
    assert_eq!(rewrite.add("A", vec![]).unwrap_err().code(), "zip.exists");
    assert_eq!(rewrite.replace("b", vec![]).unwrap_err().code(), "zip.not-found");
}

#[test]
fn times_are_those_of_china() {
    let at = |text: &str| DosTime::from_timestamp(text.parse().unwrap());
    assert_eq!(at("2025-03-01T16:30:31Z"), DosTime { time: 30 << 5 | 15, date: 45 << 9 | 3 << 5 | 2 });
    assert_eq!(at("1970-01-01T00:00:00Z"), DosTime { time: 0, date: 33 });
    assert_eq!(at("9999-01-01T00:00:00Z").date >> 9, 127);
}

proptest! {
    #[test]
    fn any_bytes_are_an_archive_or_an_error(
        mut bytes in proptest::collection::vec(any::<u8>(), 0..200),
        places in proptest::collection::vec((any::<proptest::sample::Index>(), 0..4_usize), 0..4),
    ) {
        let marks = [raw::LOCAL, raw::CENTRAL, raw::END, 0x0706_4b50].map(u32::to_le_bytes);
        for (place, mark) in places {
            let at = place.index(bytes.len() + 1);
            bytes.splice(at..at, marks[mark]);
        }
        if let Ok(archive) = Archive::open(&bytes, &Limits::default()) {
            archive.check_contents();
            for entry in archive.entries() {
                prop_assert!(entry.record_range().end <= bytes.len());
            }
        }
    }
}
