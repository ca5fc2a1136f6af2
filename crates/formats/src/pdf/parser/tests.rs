//! Values as they are met in the field, and as they should not be met.

use super::Parser;
use crate::pdf::{Dictionary, Limits, Object, ObjectId, PdfError};

fn parse(text: &[u8]) -> Result<Object, PdfError> {
    Parser::new(text, 0, &Limits::default()).value()
}

fn string(bytes: &[u8]) -> Object {
    Object::String(bytes.to_vec())
}

#[test]
fn numbers_are_read_as_viewers_do() {
    let integers: [(&str, i64); 7] = [
        ("0", 0),
        ("+1", 1),
        ("-17", -17),
        ("--5", -5),
        ("007", 7),
        ("9223372036854775807", i64::MAX),
        ("-", 0),
    ];
    for (text, number) in integers {
        assert_eq!(parse(text.as_bytes()), Ok(Object::Integer(number)), "{text}");
    }
    let reals = [
        (".5", 0.5),
        ("4.", 4.0),
        ("-.002", -0.002),
        ("12.3-4", 12.3),
        ("9223372036854775808", 2_f64.powi(63)),
    ];
    for (text, number) in reals {
        assert_eq!(parse(text.as_bytes()), Ok(Object::Real(number)), "{text}");
    }
    assert_eq!(parse("9".repeat(400).as_bytes()), Ok(Object::Real(f64::MAX)));
    for text in ["1.2.3", "1e5", "0x10", "+a"] {
        assert!(matches!(parse(text.as_bytes()), Err(PdfError::Syntax { .. })), "{text}");
    }
}

#[test]
fn what_was_forgiven_is_known() {
    for (text, odd) in [("--5", true), ("-5", false), ("<30 31>", false), ("<30z31>", true), ("<</A>>", true)]
    {
        let mut parser = Parser::new(text.as_bytes(), 0, &Limits::default());
        parser.value().unwrap();
        assert_eq!(parser.lexer.odd.is_some(), odd, "{text}");
    }
}

#[test]
fn strings_have_nested_parentheses_and_escapes() {
    assert_eq!(parse(b"(a(b)c)"), Ok(string(b"a(b)c")));
    assert_eq!(parse(b"(\\(\\)\\\\\\n\\r\\t\\b\\f\\q)"), Ok(string(b"()\\\n\r\t\x08\x0cq")));
    assert_eq!(parse(b"(\\0533\\53\\5\\400)"), Ok(string(b"+3+\x05\x00")));
    assert_eq!(parse(b"(a\\\r\nb\\\nc\r\nd\re)"), Ok(string(b"abc\nd\ne")));
    assert_eq!(parse(b"<4e6F 7>"), Ok(string(b"Nop")));
    assert_eq!(parse(b"<>"), Ok(string(b"")));
    for open in [&b"(a(b)"[..], b"(a\\", b"<41"] {
        assert!(matches!(parse(open), Err(PdfError::Syntax { .. })));
    }
}

#[test]
fn names_may_be_escaped_or_empty() {
    assert_eq!(parse(b"/Byte#52ange "), Ok(Object::name("ByteRange")));
    assert_eq!(parse(b"/A#G1#2"), Ok(Object::name("A#G1#2")));
    assert_eq!(parse(b"/"), Ok(Object::name("")));
    assert_eq!(parse(b"/A/B"), Ok(Object::name("A")));
}

#[test]
fn references_are_told_from_numbers() {
    let reference = |number, generation| Object::Reference(ObjectId { number, generation });
    let expected = [reference(1, 0), Object::Integer(2), Object::Integer(3), reference(4, 65535)];
    assert_eq!(parse(b"[1 0 R 2 3 4 65535 R]"), Ok(Object::Array(expected.to_vec())));
    assert_eq!(parse(b"[1%c\n0%d\rR]"), Ok(Object::Array(vec![reference(1, 0)])));
    // A generation or a number that cannot be one, and a word that only begins with R.
    for text in ["[1 65536 R]", "[4294967296 0 R]", "[1 0 Rx]", "[-1 0 R]", "[1 0R]"] {
        assert!(parse(text.as_bytes()).is_err(), "{text}");
    }
}

#[test]
fn dictionaries_know_where_their_values_stand() {
    let text = b"<< /A (x) /B <</C 1>> % note\n/Contents  <30313233>/A 2>>";
    let mut parser = Parser::new(text, 0, &Limits::default());
    let dictionary = parser.dictionary().unwrap();
    assert_eq!(&text[dictionary.entry(b"Contents").unwrap().span.clone()], b"<30313233>");
    assert_eq!(&text[dictionary.entry(b"B").unwrap().span.clone()], b"<</C 1>>");
    assert_eq!(dictionary.get(b"A"), Some(&Object::Integer(2)));
    assert_eq!(parser.doubled.unwrap().as_bytes(), b"A");
    let many: Vec<String> = (0..100).map(|key| format!("/K{} 1", key % 99)).collect();
    let many = many.concat();
    let mut parser = Parser::new(many.as_bytes(), 0, &Limits::default());
    assert!(parser.dictionary().is_err());
    let many = format!("<<{many}>>");
    let mut parser = Parser::new(many.as_bytes(), 0, &Limits::default());
    assert_eq!(parser.dictionary().unwrap().entries().len(), 100);
    assert_eq!(parser.doubled.unwrap().as_bytes(), b"K0");
}

#[test]
fn depth_and_number_of_values_are_bounded() {
    let nested = |depth: usize| [b"[".repeat(depth), b"]".repeat(depth)].concat();
    assert!(parse(&nested(64)).is_ok());
    assert_eq!(parse(&nested(65)), Err(PdfError::Limit("depth of an object")));
    assert_eq!(parse(&b"[".repeat(1 << 20)), Err(PdfError::Limit("depth of an object")));
    assert_eq!(parse(&b"<</A".repeat(1 << 18)), Err(PdfError::Limit("depth of an object")));
    let few = Limits { values: 3, ..Limits::default() };
    assert!(Parser::new(b"[1 2]", 0, &few).value().is_ok());
    assert_eq!(Parser::new(b"[1 2 3]", 0, &few).value(), Err(PdfError::Limit("values in one object")));
}

#[test]
fn what_is_no_value_is_refused() {
    for text in [&b""[..], b"]", b">>", b"endobj", b"<<1 2>>", b"<</A 1", b"[1", b"}", b")", b"<</A ] >>"] {
        assert!(matches!(parse(text), Err(PdfError::Syntax { .. })), "{text:?}");
    }
    assert_eq!(parse(b"<<>>"), Ok(Object::Dictionary(Dictionary::new())));
}
