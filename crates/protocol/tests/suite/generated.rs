//! The files that are made from the declarations are as they would be made now. With `SEALBRIDGE_BLESS=1` they
//! are written instead.

use std::path::PathBuf;

use serde_json::Value;

use crate::protocol::ENDPOINTS;
use crate::protocol::schema::Need;
use crate::protocol::{error_codes, openapi};

#[track_caller]
fn compare(path: &str, made: &str) {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..").join(path);
    if std::env::var_os("SEALBRIDGE_BLESS").is_some_and(|bless| bless == "1") {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, made).unwrap();
    }
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    let differing = kept.lines().zip(made.lines()).enumerate().find(|(_, (a, b))| a != b);
    assert!(
        kept == made,
        "{} is not as it would be made: {differing:?}; run cargo xtask gen",
        path.display()
    );
}

#[test]
fn the_openapi_document() {
    let text = serde_json::to_string_pretty(&openapi::document()).unwrap();
    compare("openapi/sealbridge.json", &format!("{text}\n"));
}

#[test]
fn the_page_of_codes() {
    compare("docs/error-codes.md", &error_codes::page());
}

/// Every reference of the document leads somewhere.
#[test]
fn references_resolve() {
    fn walk(value: &Value, document: &Value) {
        match value {
            Value::Object(map) => {
                if let Some(target) = map.get("$ref") {
                    let pointer = target.as_str().unwrap().trim_start_matches('#');
                    assert!(document.pointer(pointer).is_some(), "{pointer}");
                }
                map.values().for_each(|value| walk(value, document));
            }
            Value::Array(items) => items.iter().for_each(|value| walk(value, document)),
            _ => {}
        }
    }
    let document = openapi::document();
    walk(&document, &document);
}

#[test]
fn every_interface_and_field_is_in_the_document() {
    let document = openapi::document();
    for endpoint in ENDPOINTS {
        assert_eq!(document["paths"][endpoint.path]["post"]["operationId"], endpoint.name);
        for table in endpoint.answers.iter().copied().chain([endpoint.request]) {
            let schema = &document["components"]["schemas"][table.type_name];
            for field in table.rows() {
                let property = &schema["properties"][field.name];
                assert_eq!(
                    property["x-seal-type"],
                    field.table_type.word(),
                    "{}.{}",
                    table.type_name,
                    field.name
                );
                assert_eq!(property["x-seal-extension"] == true, field.need == Need::Extension);
                assert!(property["description"].as_str().is_some_and(|doc| doc.len() > 3), "{}", field.name);
            }
        }
    }
}
