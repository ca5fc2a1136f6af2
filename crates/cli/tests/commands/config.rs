//! `sealbridge config`: everything that is wrong, with its place; and the schema of what may stand in a configuration.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

const PLATFORM: &str = include_str!("../../../platform/platform.example.toml");
const SEAL_SYSTEM: &str = include_str!("../../../seal-system/seal-system.example.toml");

fn config(args: &[&str], folder: &Path) -> (Option<i32>, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sealbridge"));
    let output = command.arg("config").args(args).current_dir(folder).output().unwrap();
    let said = String::from_utf8(output.stdout).unwrap() + &String::from_utf8(output.stderr).unwrap();
    (output.status.code(), said)
}

/// Checks a text.
fn check(text: &str) -> (Option<i32>, String) {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("c.toml"), text).unwrap();
    config(&["check", "c.toml"], folder.path())
}

#[test]
fn the_examples_are_right() {
    let (code, said) = check(PLATFORM);
    assert_eq!(code, Some(0), "{said}");
    assert!(
        said.contains("配置正确 nothing wrong: c.toml (platform)") && said.contains("keys.root"),
        "{said}"
    );
    // A seal system's files have to be there.
    let (code, said) = check(SEAL_SYSTEM);
    assert_eq!(code, Some(1), "{said}");
    for (line, field) in
        [("system = ", "keys.system"), ("keys = ", "platform.keys"), ("trust = ", "keys.trust")]
    {
        let number = SEAL_SYSTEM.lines().position(|one| one.starts_with(line)).unwrap() + 1;
        assert!(said.contains(&format!("c.toml:{number}:1: {field}: ")), "{field}: {said}");
    }
    let folder = tempfile::tempdir().unwrap();
    for file in ["system.p12", "maker.p12", "master.key", "platform.pem", "root.pem"] {
        std::fs::write(folder.path().join(file), "x").unwrap();
    }
    std::fs::write(folder.path().join("s.toml"), SEAL_SYSTEM).unwrap();
    let (code, said) = config(&["check", "s.toml"], folder.path());
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("(seal-system)"), "{said}");
}

#[test]
fn every_fault_is_told_with_line_and_column() {
    let (code, said) = check(
        "[platform]\nid = \"a b\"\n[server]\n  listen = \"0.0.0.0:80\"\n[limits]\nuploads = 0\n\
         [limits.cost]\nnothing = 1\n[telemetry]\nendpoint = \"collector:4318\"\n[server.tls]\n\
         certificate = \"gone.pem\"\nkey = \"gone.key\"\n",
    );
    assert_eq!(code, Some(1));
    for place in [
        "c.toml:2:1: platform.id: ",
        "c.toml:6:1: limits.uploads: ",
        "c.toml:7:9: limits.cost: ",
        "c.toml:10:1: telemetry.endpoint: ",
        "gone.pem",
    ] {
        assert!(said.contains(place), "{place}: {said}");
    }
    let (code, said) = check("[server]\n  listen = \"0.0.0.0:80\"\n");
    assert_eq!(code, Some(1));
    assert!(said.contains("c.toml:2:3: server.listen: ") && said.contains("plain_http"), "{said}");
    for (text, place) in [
        ("[platform]\n名 = 1\n", "c.toml:2:"),
        ("[server]\nlistn = 1\n", "c.toml:2:1: unknown field `listn`"),
        ("[limits]\nuploads = \"many\"\n", "c.toml:2:11: "),
        ("[limits\n", "c.toml:1:"),
        ("app_id = \"x\"\n", "missing field"),
    ] {
        let (code, said) = check(text);
        assert_eq!(code, Some(1), "{text}: {said}");
        assert!(said.contains(place), "{text}: {said}");
    }
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(config(&["check", "gone.toml"], folder.path()).0, Some(2));
}

/// Every field of the schema, dotted, and whether it is described.
fn fields(schema: &Value, root: &Value, at: &str, found: &mut Vec<(String, bool)>) {
    if let Some(name) = schema["$ref"].as_str() {
        return fields(root.pointer(&name[1..]).unwrap(), root, at, found);
    }
    for either in ["anyOf", "oneOf", "allOf"] {
        schema[either].as_array().into_iter().flatten().for_each(|one| fields(one, root, at, found));
    }
    if schema["additionalProperties"].is_object() {
        // A table of tables: whatever it is called, the same fields stand in each.
        fields(&schema["additionalProperties"], root, &format!("{at}.*"), found);
    }
    let Some(properties) = schema["properties"].as_object() else { return };
    for (name, field) in properties {
        let path = if at.is_empty() { name.clone() } else { format!("{at}.{name}") };
        // A tag has one value in each of its variants, which are described.
        let described = field["description"].is_string() || field["const"].is_string();
        found.push((path.clone(), described));
        fields(field, root, &path, found);
    }
    assert_eq!(schema["additionalProperties"], false, "{at}: unknown fields are refused");
}

#[test]
fn the_schema_has_every_field_of_the_examples_and_describes_each() {
    let folder = tempfile::tempdir().unwrap();
    for (server, example) in [("platform", PLATFORM), ("seal-system", SEAL_SYSTEM)] {
        let (code, text) = config(&["schema", "--server", server], folder.path());
        assert_eq!(code, Some(0), "{text}");
        let schema: Value = serde_json::from_str(&text).unwrap();
        let mut found = Vec::new();
        fields(&schema, &schema, "", &mut found);
        for (path, described) in &found {
            assert!(described, "{server}: {path} has no description");
        }
        let known: BTreeSet<&str> = found.iter().map(|(path, _)| path.as_str()).collect();
        let mut table = String::new();
        for line in example.lines() {
            let line = line.strip_prefix("# ").unwrap_or(line);
            if let Some(name) = line.strip_prefix('[').and_then(|line| line.strip_suffix(']')) {
                if name.chars().all(|c| c.is_ascii_lowercase() || c == '.' || c == '_' || c.is_ascii_digit())
                {
                    table = format!("{}.", name.replace("seal_types.01", "seal_types.*"));
                }
            } else if let Some((name, _)) = line.split_once(" = ")
                && name.chars().all(|c| c.is_ascii_lowercase() || c == '_')
                && table != "limits.cost."
            {
                let path = format!("{table}{name}");
                assert!(known.contains(path.as_str()), "{server}: {path} is not in the schema");
            }
        }
    }
}
