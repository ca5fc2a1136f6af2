//! Properties of the canonical string: two different requests never have the same one.

use std::collections::BTreeMap;

use proptest::prelude::*;

use crate::protocol::ParamValue;
use crate::protocol::wire::{Canonical, Limits, Params, Target};
use crate::util::app;

type Content = (String, String, String, BTreeMap<String, String>);

fn content() -> impl Strategy<Value = Content> {
    // Values that look like lines of the string are the dangerous ones.
    let value = prop_oneof!["[^\\x00-\\x1f\\x7f]{1,12}", "[a-c]=[a-c\\-=/]{0,6}", Just("-".to_owned())];
    let params = proptest::collection::btree_map("[A-Za-z0-9_]{1,6}", value.clone(), 0..6);
    ("[A-Za-z0-9._-]{1,8}", value.clone(), value, params)
}

fn params(content: &Content) -> Params {
    let (app_id, time, nonce, rest) = content;
    let mut params = Params::new();
    let own = ["appId", "time", "nonce", "sign"];
    for (key, value) in rest.iter().filter(|(key, _)| !own.contains(&key.as_str())) {
        params.insert(key, ParamValue::Text(value.clone())).unwrap();
    }
    for (key, value) in [("appId", app_id), ("time", time), ("nonce", nonce)] {
        params.insert(key, ParamValue::Text(value.clone())).unwrap();
    }
    params
}

fn canonical(params: &Params) -> Canonical {
    let audience = app("p");
    Canonical::of(&Target { audience: &audience, method: "POST", path: "/x" }, params).unwrap()
}

proptest! {
    #[test]
    fn different_parameters_have_different_strings(a in content(), b in content()) {
        let (a, b) = (params(&a), params(&b));
        prop_assert_eq!(a == b, canonical(&a) == canonical(&b));
    }

    #[test]
    fn the_string_survives_the_wire(content in content()) {
        let before = params(&content);
        let after = Params::from_json(&before.to_json(), Limits::bytes(1 << 16)).unwrap();
        prop_assert!(before == after);
        prop_assert_eq!(canonical(&before), canonical(&after));
    }

    #[test]
    fn moving_text_between_key_and_value_shows(key in "[a-z]{1,4}", value in "[a-z]{1,4}", cut in 1usize..4) {
        let joined = format!("{key}{value}");
        prop_assume!(cut < joined.len() && cut != key.len());
        let one = |key: &str, value: &str| {
            let mut params = Params::new();
            params.insert("appId", ParamValue::Text("A".into())).unwrap();
            params.insert(key, ParamValue::Text(value.into())).unwrap();
            canonical(&params)
        };
        prop_assert_ne!(one(&key, &value), one(&joined[..cut], &joined[cut..]));
    }

    #[test]
    fn no_input_makes_the_reader_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        drop(Params::from_json(&bytes, Limits::bytes(150)));
    }

    #[test]
    fn what_is_read_is_what_general_parsers_read(text in "\\{(\"[a-b]\":(\"[a-z\\\\u0-9]{0,8}\"|[-0-9.e]{1,4}|null),?){0,3}\\}") {
        if let Ok(params) = Params::from_json(text.as_bytes(), Limits::bytes(1000)) {
            let general: serde_json::Value = serde_json::from_str(&text).unwrap();
            for (key, value) in params.iter() {
                let same = match value {
                    ParamValue::Text(text) => general[key].as_str() == Some(text),
                    ParamValue::Integer(number) => general[key].as_i64().map(i128::from) == Some(*number),
                };
                prop_assert!(same, "{} in {}", key, text);
            }
        }
    }
}
