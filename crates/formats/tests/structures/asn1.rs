//! The reader and the writer against each other, and the reader against anything.

use proptest::prelude::*;
use sealbridge_formats::asn1::{
    Asn1ErrorKind, Context, DeviationKind, Limits, Mode, Reader, Tag, Value, Writer, der_form,
};

use crate::support::kinds;

fn tolerant<T>(bytes: &[u8], read: impl Fn(Value<'_>) -> T) -> (T, Vec<&'static str>) {
    let context = Context::new(Mode::Tolerant);
    let result = read(context.top(bytes).unwrap());
    let notes = kinds(&context.take_notes());
    (result, notes)
}

fn strict_refusal(bytes: &[u8], read: impl Fn(Value<'_>) -> bool) -> bool {
    let context = Context::new(Mode::Strict);
    match context.top(bytes) {
        Err(error) => matches!(error.kind, Asn1ErrorKind::Deviation(_)),
        Ok(value) => !read(value),
    }
}

/// Walks through everything below a value, reading every primitive in every way.
fn walk(mut reader: Reader<'_>, budget: &mut usize) {
    while let Ok(Some(value)) = reader.read_any() {
        if *budget == 0 {
            return;
        }
        *budget -= 1;
        let end = value.offset() + value.raw().len();
        assert_eq!(value.span().end, end);
        let _ =
            (value.integer(), value.boolean(), value.oid(), value.octets(), value.bit_string(), value.text());
        let _ = sealbridge_formats::time::read_choice(&value);
        if let Ok(children) = value.children() {
            walk(children, budget);
        }
    }
}

#[test]
fn offsets_are_absolute_at_every_depth() {
    let bytes = Writer::build(|w| {
        w.sequence(|w| {
            w.integer(5);
            w.explicit(1, |w| w.sequence(|w| w.octets(b"needle")));
        });
    });
    let context = Context::new(Mode::Strict);
    let mut outer = context.top(&bytes).unwrap().sequence().unwrap();
    outer.read(Tag::INTEGER).unwrap();
    let tagged = outer.read(Tag::context(1)).unwrap();
    let needle = tagged.explicit().unwrap().sequence().unwrap().read(Tag::OCTET_STRING).unwrap();
    assert_eq!(&bytes[needle.content_offset()..], b"needle");
    assert_eq!(needle.span().of(&bytes), needle.raw());
}

#[test]
fn ber_is_read_and_told() {
    let indefinite = [0x30, 0x80, 0x02, 0x01, 0x05, 0x00, 0x00];
    let (number, notes) =
        tolerant(&indefinite, |value| value.sequence().unwrap().read(Tag::INTEGER).unwrap().integer());
    assert_eq!((number, notes), (Ok(5), vec!["ber.indefinite_length"]));
    assert!(strict_refusal(&indefinite, |_| true));

    let long_length = [0x04, 0x81, 0x01, 0xAA];
    let (octets, notes) = tolerant(&long_length, |value| value.octets().unwrap().into_owned());
    assert_eq!((octets, notes), (vec![0xAA], vec!["ber.non_minimal_length"]));
    assert!(strict_refusal(&long_length, |_| true));

    let segments = [0x24, 0x80, 0x04, 0x01, 0x01, 0x24, 0x03, 0x04, 0x01, 0x02, 0x00, 0x00];
    let (octets, notes) = tolerant(&segments, |value| value.octets().unwrap().into_owned());
    assert_eq!((octets, notes), (vec![1, 2], vec!["ber.constructed_string", "ber.indefinite_length"]));
    assert_eq!(der_form(&segments).unwrap(), [0x04, 0x02, 0x01, 0x02]);

    let bits = [0x23, 0x08, 0x03, 0x02, 0x00, 0xFF, 0x03, 0x02, 0x04, 0xF0];
    let (bits, _) = tolerant(&bits, |value| value.bit_string().unwrap());
    assert_eq!((bits.bytes.as_slice(), bits.unused), ([0xFF, 0xF0].as_slice(), 4));

    let (truth, notes) = tolerant(&[0x01, 0x01, 0x01], |value| value.boolean());
    assert_eq!((truth, notes), (Ok(true), vec!["ber.boolean"]));
    let (number, notes) = tolerant(&[0x02, 0x02, 0x00, 0x7F], |value| value.integer());
    assert_eq!((number, notes), (Ok(127), vec!["ber.non_minimal_integer"]));
    let (tag, notes) = tolerant(&[0x05, 0x00, 0x00], |value| value.tag());
    assert_eq!(tag, Tag::NULL);
    assert_eq!(notes, ["trailing_bytes"]);
}

#[test]
fn der_form_is_the_der() {
    let der = Writer::build(|w| {
        w.sequence(|w| {
            w.octets(&[7; 200]);
            w.explicit(0, |w| w.boolean(true));
        });
    });
    let mut ber = vec![0x30, 0x80];
    ber.extend_from_slice(&[0x24, 0x80, 0x04, 0x64]);
    ber.extend_from_slice(&[7; 100]);
    ber.extend_from_slice(&[0x04, 0x64]);
    ber.extend_from_slice(&[7; 100]);
    ber.extend_from_slice(&[0x00, 0x00, 0xA0, 0x80, 0x01, 0x01, 0xFF, 0x00, 0x00, 0x00, 0x00]);
    assert_eq!(der_form(&ber).unwrap(), der);
    assert_eq!(der_form(&der).unwrap(), der);
}

#[test]
fn bounds_hold() {
    let deep = [0x30, 0x80].repeat(100);
    let context = Context::new(Mode::Tolerant);
    assert_eq!(context.top(&deep).unwrap_err().kind, Asn1ErrorKind::TooDeep);
    let mut nested = vec![0x05, 0x00];
    for _ in 0..60 {
        nested = Writer::build(|w| w.value(Tag::SEQUENCE, &nested));
    }
    assert_eq!(der_form(&nested).unwrap_err().kind, Asn1ErrorKind::TooDeep);
    let small = Context::with_limits(Mode::Tolerant, Limits { max_len: 4, max_depth: 2 });
    assert_eq!(small.top(&[0x04, 0x03, 1, 2, 3]).unwrap_err().kind, Asn1ErrorKind::TooLarge);
    for length in
        [&[0x04, 0x84, 0xFF, 0xFF, 0xFF, 0xFF][..], &[0x04, 0x88, 255, 255, 255, 255, 255, 255, 255, 255]]
    {
        let kind = context.top(length).unwrap_err().kind;
        assert!(matches!(kind, Asn1ErrorKind::Truncated | Asn1ErrorKind::Length), "{kind:?}");
    }
    // Found by fuzzing: a constructed end marker became a plain one in the DER form.
    assert!(der_form(&[0x20, 0x00]).is_err() && der_form(&[0x22, 0x02, 0x02, 0x00]).is_err());
    for nonsense in
        [&[][..], &[0x30], &[0x1F, 0x01], &[0x04, 0x80], &[0x04, 0xFF], &[0x00, 0x00], &[0x30, 0x80]]
    {
        assert!(context.top(nonsense).is_err(), "{nonsense:02x?}");
    }
}

#[test]
fn a_flood_of_mistakes_is_bounded() {
    let mut list = Vec::new();
    for _ in 0..20_000 {
        list.extend_from_slice(&[0x01, 0x01, 0x01]);
    }
    let bytes = Writer::build(|w| w.value(Tag::SEQUENCE, &list));
    let context = Context::new(Mode::Tolerant);
    let mut reader = context.top(&bytes).unwrap().sequence().unwrap();
    while let Some(value) = reader.read_any().unwrap() {
        assert_eq!(value.boolean(), Ok(true));
    }
    assert_eq!(context.take_notes().len(), 4096);
}

#[test]
fn text_of_every_type() {
    let text = |tag: Tag, bytes: &[u8]| {
        let encoded = Writer::build(|w| w.value(tag, bytes));
        tolerant(&encoded, |value| value.text().unwrap())
    };
    assert_eq!(text(Tag::UTF8_STRING, "公章".as_bytes()), ("公章".to_owned(), vec![]));
    assert_eq!(text(Tag::UTF8_STRING, &[0xB9, 0xAB, 0xD5, 0xC2]), ("公章".to_owned(), vec!["string.gbk"]));
    assert_eq!(text(Tag::BMP_STRING, &[0x51, 0x6C, 0x7A, 0xE0]), ("公章".to_owned(), vec![]));
    assert_eq!(text(Tag::UNIVERSAL_STRING, &[0, 0, 0x51, 0x6C]), ("公".to_owned(), vec![]));
    assert_eq!(text(Tag::IA5_STRING, "公".as_bytes()), ("公".to_owned(), vec!["string.not_ascii"]));
    assert_eq!(text(Tag::TELETEX_STRING, &[0xB9, 0xAB]), ("公".to_owned(), vec!["string.gbk"]));
    assert_eq!(text(Tag::UTF8_STRING, &[0xFF, 0x41]).1, ["string.undecodable"]);
    let context = Context::new(Mode::Tolerant);
    assert!(context.top(&[0x1E, 0x01, 0x41]).unwrap().text().is_err());
    assert!(context.top(&[0x1E, 0x02, 0xD8, 0x00]).unwrap().text().is_err());
}

#[test]
fn every_deviation_has_a_name_of_its_own() {
    let mut codes: Vec<&str> = DeviationKind::ALL.iter().map(|kind| kind.code()).collect();
    codes.sort_unstable();
    let count = codes.len();
    codes.dedup();
    assert_eq!(codes.len(), count);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn integers_go_there_and_back(number in any::<i64>()) {
        let bytes = Writer::build(|w| w.integer(number));
        let context = Context::new(Mode::Strict);
        prop_assert_eq!(context.top(&bytes).unwrap().integer().unwrap(), number);
    }

    #[test]
    fn unsigned_numbers_are_minimal(octets in proptest::collection::vec(any::<u8>(), 0..40)) {
        let bytes = Writer::build(|w| w.unsigned(&octets));
        let context = Context::new(Mode::Strict);
        let value = context.top(&bytes).unwrap();
        let content = value.integer_bytes().unwrap();
        prop_assert!(content[0] < 0x80);
        let strip = |octets: &[u8]| octets.iter().skip_while(|octet| **octet == 0).copied().collect::<Vec<u8>>();
        prop_assert_eq!(strip(content), strip(&octets));
    }

    #[test]
    fn strings_of_octets_go_there_and_back(octets in proptest::collection::vec(any::<u8>(), 0..70_000)) {
        let bytes = Writer::build(|w| w.sequence(|w| { w.octets(&octets); w.bits(&octets); w.named_bits(&octets); }));
        let context = Context::new(Mode::Strict);
        let mut reader = context.top(&bytes).unwrap().sequence().unwrap();
        let read = reader.read(Tag::OCTET_STRING).unwrap().octets().unwrap();
        prop_assert_eq!(read.as_ref(), &octets[..]);
        let bits = reader.read(Tag::BIT_STRING).unwrap().octet_bits().unwrap();
        prop_assert_eq!((&bits.bytes, bits.unused), (&octets, 0));
        let named = reader.read(Tag::BIT_STRING).unwrap().bit_string().unwrap();
        prop_assert_eq!(named.restored(octets.len()), Some(octets));
    }

    #[test]
    fn sets_are_sorted(elements in proptest::collection::vec(any::<i64>(), 0..20)) {
        let encoded = elements.iter().map(|number| Writer::build(|w| w.integer(*number))).collect();
        let bytes = Writer::build(|w| w.set_of(Tag::SET, encoded));
        let context = Context::new(Mode::Strict);
        let mut reader = context.top(&bytes).unwrap().children().unwrap();
        let mut read = Vec::new();
        while let Some(value) = reader.read_any().unwrap() {
            read.push(value.raw().to_vec());
        }
        prop_assert!(read.is_sorted());
        prop_assert_eq!(read.len(), elements.len());
    }

    #[test]
    fn times_go_there_and_back(second in -62_135_596_800_i64..253_402_300_799) {
        let time = jiff::Timestamp::from_second(second).unwrap();
        let bytes = Writer::build(|w| w.sequence(|w| { w.x509_time(time); w.generalized_time(time); }));
        let context = Context::new(Mode::Strict);
        let mut reader = context.top(&bytes).unwrap().sequence().unwrap();
        while let Some(value) = reader.read_any().unwrap() {
            prop_assert_eq!(sealbridge_formats::time::read_choice(&value).unwrap(), time);
        }
    }

    #[test]
    fn anything_can_be_read_without_harm(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        for mode in [Mode::Strict, Mode::Tolerant] {
            let context = Context::new(mode);
            if let Ok(value) = context.top(&bytes) && let Ok(inner) = value.inner() {
                walk(inner, &mut 10_000);
            }
        }
        let _ = der_form(&bytes);
    }

    #[test]
    fn der_has_one_form(bytes in proptest::collection::vec(any::<u8>(), 0..60)) {
        let value = Writer::build(|w| w.sequence(|w| { w.octets(&bytes); w.explicit(3, |w| w.bits(&bytes)); }));
        prop_assert_eq!(der_form(&value).unwrap(), value);
    }
}
