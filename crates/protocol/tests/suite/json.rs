//! The strict reader: what passes, and what is refused with which rule (wire profile §2 and §9).

use crate::protocol::wire::{Canonical, Limits, Params, Target};
use crate::protocol::{Code, ParamValue};
use crate::util::{app, read};

fn canonical(text: &str) -> String {
    let audience = app("test-platform");
    let target = Target { audience: &audience, method: "POST", path: "/x" };
    Canonical::of(&target, &read(text).unwrap()).unwrap().as_str().to_owned()
}

#[track_caller]
fn refused(text: &str, rule: &str) {
    refused_bytes(text.as_bytes(), rule);
}

#[track_caller]
fn refused_bytes(bytes: &[u8], rule: &str) {
    let error = Params::from_json(bytes, Limits::bytes(1 << 20)).unwrap_err();
    assert_eq!((error.errors()[0].rule.as_ref(), error.code()), (rule, Code::Malformed), "{error}");
}

#[test]
fn order_space_escapes_and_empty_values_do_not_matter() {
    let plain = canonical(r#"{"appId":"A1","time":"1","nonce":2,"name":"示例章","code":"x"}"#);
    for same in [
        r#"{"name":"示例章","code":"x","nonce":2,"time":"1","appId":"A1"}"#,
        " { \"appId\" :\t\"A1\" , \"time\":\"1\",\r\n\"nonce\": 2 ,\"name\":\"示例章\",\"code\":\"x\" } \n",
        r#"{"appId":"A1","time":"1","nonce":2,"name":"\u793a\u4f8b\u7ae0","\u0063ode":"x"}"#,
        r#"{"appId":"A1","time":"1","nonce":2,"name":"示例章","code":"x","sealCode":"","UKeyId":null}"#,
        r#"{"appId":"A1","time":"1","nonce":"2","name":"示例章","code":"x","sign":"anything"}"#,
    ] {
        assert_eq!(canonical(same), plain, "{same}");
    }
}

#[test]
fn surrogate_pairs_are_one_character() {
    let params = read(r#"{"a":"\ud840\udc00"}"#).unwrap();
    assert_eq!(params.text("a"), Some("\u{20000}"));
}

#[test]
fn integers_have_one_form() {
    for (text, number) in [("0", 0), ("-7", -7), ("18446744073709551615", i128::from(u64::MAX))] {
        let params = read(&format!(r#"{{"n":{text}}}"#)).unwrap();
        assert!(params.get("n") == Some(&ParamValue::Integer(number)), "{text}");
    }
    refused(r#"{"n":01}"#, "json.leading-zero");
    refused(r#"{"n":-01}"#, "json.leading-zero");
    refused(r#"{"n":1.0}"#, "json.float");
    refused(r#"{"n":1e0}"#, "json.float");
    refused(r#"{"n":1E0}"#, "json.float");
    refused(r#"{"n":-0}"#, "json.negative-zero");
    refused(r#"{"n":18446744073709551616}"#, "json.integer-range");
    refused(r#"{"n":-9223372036854775809}"#, "json.integer-range");
    refused(&format!(r#"{{"n":{}}}"#, "9".repeat(1000)), "json.integer-range");
    for text in ["+1", ".5", "-", "1_0", "0x1", "NaN", "Infinity"] {
        refused(&format!(r#"{{"n":{text}}}"#), "json.syntax");
    }
}

#[test]
fn duplicate_keys_are_refused_even_when_null_or_escaped() {
    refused(r#"{"a":"1","a":"1"}"#, "json.duplicate-key");
    refused(r#"{"a":null,"a":"1"}"#, "json.duplicate-key");
    refused(r#"{"a":"1","\u0061":"2"}"#, "json.duplicate-key");
}

#[test]
fn control_characters_are_refused_raw_and_escaped() {
    for escape in
        [r"\n", r"\t", r"\r", r"\b", r"\f", r"\u0000", r"\u001f", r"\u007f", r"\u007F", "\n", "\u{7f}", "\0"]
    {
        refused(&format!(r#"{{"a":"x{escape}"}}"#), "json.control");
        refused(&format!(r#"{{"x{escape}":"a"}}"#), "json.control");
    }
    // U+0080 is no control character of the profile.
    assert!(read("{\"a\":\"\u{80}\"}").is_ok());
}

#[test]
fn other_forms_are_refused() {
    refused_bytes(b"\xef\xbb\xbf{}", "json.bom");
    refused_bytes(b"{\"a\":\"\xff\"}", "json.utf8");
    // A surrogate as its own three bytes, and an overlong form.
    refused_bytes(b"{\"a\":\"\xed\xa0\x80\"}", "json.utf8");
    refused_bytes(b"{\"a\":\"\xc0\xaf\"}", "json.utf8");
    for lone in [r"\ud800", r"\udc00", r"\ud800x", r"\ud800\ud800", r"\ud800\n", r"\udc00\ud800"] {
        refused(&format!(r#"{{"a":"{lone}"}}"#), "json.surrogate");
    }
    refused(r#"{"a":{}}"#, "json.nested");
    refused(r#"{"a":["x"]}"#, "json.nested");
    refused(r#"{"a":true}"#, "json.boolean");
    refused(r#"{"a":false}"#, "json.boolean");
    refused(r#"{"a":1}{"#, "json.trailing");
    refused(r#"{"a":1} x"#, "json.trailing");
    for key in ["", "a-b", "a b", "号", &"k".repeat(65)] {
        refused(&format!(r#"{{"{key}":1}}"#), "json.key");
    }
    let many: Vec<String> = (0..65).map(|n| format!(r#""k{n}":1"#)).collect();
    refused(&format!("{{{}}}", many.join(",")), "json.keys");
    for broken in [
        "",
        "[]",
        "null",
        "\"a\"",
        "{",
        "{\"a\"",
        "{\"a\":",
        "{\"a\":1",
        "{\"a\":1,}",
        "{,}",
        "{\"a\" 1}",
        "{'a':1}",
        "{\"a\":\"\\x\"}",
        "{\"a\":\"\\u12\"}",
        "{\"a\":\"",
        "{\"a\":nul}",
        "{\"a\":1;}",
        "{//\n}",
    ] {
        refused(broken, "json.syntax");
    }
}

#[test]
fn every_cut_of_a_request_is_refused_and_none_panics() {
    let whole = r#"{"appId":"A1","name":"\u793a示例\ud840\udc00","n":-12,"e":null}"#.as_bytes();
    assert!(Params::from_json(whole, Limits::bytes(1000)).is_ok());
    for end in 0..whole.len() {
        assert!(Params::from_json(&whole[..end], Limits::bytes(1000)).is_err(), "{end}");
    }
}

#[test]
fn too_large_is_said_before_anything_is_read() {
    let error = Params::from_json(&[b'['; 101], Limits::bytes(100)).unwrap_err();
    assert_eq!((error.code(), error.status()), (Code::TooLarge, 413));
}

#[test]
fn messages_hold_no_values_and_no_strange_keys() {
    let error = read("{\"\u{202e}\u{1b}[31m\":\"11010519491231002X\"}").unwrap_err();
    assert!(error.to_string().is_ascii() || !error.to_string().contains('\u{202e}'));
    let error = read(r#"{"idCard":"11010519491231002X\n"}"#).unwrap_err();
    assert!(!error.to_string().contains("1101"));
}

#[test]
fn parts_are_added_under_the_same_rules() {
    let mut params = Params::new();
    params.insert("a", ParamValue::Text("x".into())).unwrap();
    assert_eq!(
        params.insert("a", ParamValue::Text("x".into())).unwrap_err().errors()[0].rule,
        "duplicate-key"
    );
    assert_eq!(params.insert("b", ParamValue::Text("x\n".into())).unwrap_err().errors()[0].rule, "control");
    assert_eq!(params.insert("b-c", ParamValue::Text("x".into())).unwrap_err().errors()[0].rule, "json.key");
    assert_eq!(format!("{params:?}"), "Params{\"a\"}");
}
