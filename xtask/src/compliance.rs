//! What `docs/compliance.md`, `docs/faults.md` and `docs/wire-profile.md` say about the repository is true: every path
//! they name exists, every test they name is a test, every clause, table and decision has its row, what counts as built has a
//! test, and the worked example is the one that a test verifies.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::run::{Outcome, root};

const COMPLIANCE: &str = "docs/compliance.md";
const FAULTS: &str = "docs/faults.md";
const WIRE_PROFILE: &str = "docs/wire-profile.md";
/// The request and answer of the worked example, verified by a test of `protocol`.
const EXAMPLE: &str = "crates/protocol/fixtures/signing.json";

/// Every finding of the verifier is a heading here.
const FINDINGS: &str = "docs/findings.md";

/// What stands in backticks and begins with one of these is a path of the repository.
const FOLDERS: [&str; 6] = ["crates/", "docs/", "fuzz/", "openapi/", "tools/", "xtask/"];

/// What stands in backticks and begins with one of these is a finding.
const FINDING_GROUPS: [&str; 6] = ["container.", "document.", "signature.", "signer.", "seal.", "timestamp."];

/// Every clause of chapters 4 to 8, with its lettered items.
const CLAUSES: &[&str] = &[
    "4.1",
    "4.2 a",
    "4.2 b",
    "4.2 c",
    "4.3 a",
    "4.3 b",
    "5.1 a",
    "5.1 b",
    "5.1 c",
    "5.1 d",
    "5.1 e",
    "5.2 a",
    "5.2 b",
    "5.3 a",
    "5.3 b",
    "5.4.1",
    "5.4.2",
    "5.4.3",
    "5.4.4",
    "5.5 a",
    "5.5 b",
    "6.1.1.1 a",
    "6.1.1.1 b",
    "6.1.1.1 c",
    "6.1.1.1 d",
    "6.1.1.2",
    "6.1.2.1",
    "6.1.2.2",
    "6.1.3",
    "6.1.4",
    "6.2.1.1",
    "6.2.1.2",
    "6.2.1.3",
    "6.2.1.4",
    "6.2.1.5",
    "6.2.2.1",
    "6.2.2.2",
    "6.2.2.3",
    "6.3.1.1",
    "6.3.1.2",
    "6.3.1.3",
    "6.3.2.1",
    "6.3.2.2",
    "6.4",
    "7",
    "8.1 a",
    "8.1 b",
    "8.1 c",
    "8.2",
    "8.3.1 a",
    "8.3.1 b",
    "8.3.1 c 1",
    "8.3.1 c 2",
    "8.3.1 c 3",
    "8.3.1 d",
    "8.3.2",
];
/// The tables of the standard, as rows `T1` and so on.
const TABLES: u8 = 28;
/// What the draft leaves open, as rows `D1` and so on.
const DECISIONS: u8 = 42;

/// The states a row may have, at the beginning of its last cell.
const STATES: [&str; 4] = ["built", "partly", "operator", "later"];

/// Compares the pages with the repository.
pub(crate) fn check(faults: &mut Vec<String>) -> Outcome {
    for page in [COMPLIANCE, FAULTS, WIRE_PROFILE] {
        let text = read(page)?;
        for name in names(&text, &FOLDERS) {
            if let Some(fault) = wrong(&name) {
                faults.push(format!("{page}: {fault}"));
            }
        }
    }
    let (text, findings) = (read(COMPLIANCE)?, read(FINDINGS)?);
    let unknown = |name: &String| !name.ends_with('*') && !findings.contains(&format!("\n### `{name}`\n"));
    for name in names(&text, &FINDING_GROUPS).into_iter().filter(unknown) {
        faults.push(format!("{COMPLIANCE}: {FINDINGS} has no {name}"));
    }
    rows(&text, faults);
    example(&read(WIRE_PROFILE)?, faults)
}

fn read(path: &str) -> Outcome<String> {
    std::fs::read_to_string(root().join(path)).map_err(|error| format!("{path}: {error}"))
}

/// What a page names in backticks, outside its blocks of code, and begins with one of `starts`.
fn names(text: &str, starts: &[&str]) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    let mut block = false;
    for line in text.lines() {
        if line.starts_with("```") {
            block = !block;
        } else if !block {
            let quoted = line.split('`').skip(1).step_by(2);
            let ours = quoted.filter(|name| starts.iter().any(|start| name.starts_with(start)));
            names.extend(ours.map(str::to_owned));
        }
    }
    names
}

/// What is wrong with `path` or `path::test`.
fn wrong(name: &str) -> Option<String> {
    let (path, test) = name.split_once("::").map_or((name, None), |(path, test)| (path, Some(test)));
    let file = root().join(path);
    if !file.exists() {
        return Some(format!("{path} does not exist"));
    }
    let test = test?;
    let text = std::fs::read_to_string(file).unwrap_or_default();
    (!is_test(&text, test)).then(|| format!("{path} has no test {test}"))
}

/// Whether `text` holds a function of this name with a test attribute above it.
fn is_test(text: &str, name: &str) -> bool {
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    let head = format!("fn {name}(");
    lines.iter().enumerate().filter(|(_, line)| line.contains(&head)).any(|(number, _)| {
        let above = lines.iter().take(number).rev();
        let mut attributes = above.take_while(|line| line.starts_with("#[") || line.starts_with("//"));
        attributes.any(|line| line.starts_with("#[test") || line.starts_with("#[tokio::test"))
    })
}

/// Every clause, table and decision has exactly one row, with a state; what is built names a test.
fn rows(text: &str, faults: &mut Vec<String>) {
    let mut wanted: BTreeSet<String> = CLAUSES.iter().map(ToString::to_string).collect();
    wanted.extend((1..=TABLES).map(|number| format!("T{number}")));
    wanted.extend((1..=DECISIONS).map(|number| format!("D{number}")));
    let mut seen = BTreeSet::new();
    for line in text.lines().filter(|line| line.starts_with("| ") && !line.starts_with("| --")) {
        let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
        let (Some(id), Some(state)) = (cells.first(), cells.last()) else { continue };
        if *state == "state" {
            continue;
        }
        if wanted.contains(*id) && !seen.insert((*id).to_owned()) {
            faults.push(format!("{COMPLIANCE}: two rows for {id}"));
        }
        let word = state.trim_matches('*').split([' ', ':', ';', ',', '\'', '*']).next().unwrap_or_default();
        if !STATES.contains(&word) {
            faults.push(format!("{COMPLIANCE}: row {id} has no state"));
        }
        if word == "built" && !line.contains(".rs::") {
            faults.push(format!("{COMPLIANCE}: row {id} is called built and names no test"));
        }
    }
    faults.extend(wanted.difference(&seen).map(|id| format!("{COMPLIANCE}: no row for {id}")));
}

/// The worked example shows the values of the fixture, whole.
fn example(page: &str, faults: &mut Vec<String>) -> Outcome {
    let fixture: Value =
        serde_json::from_str(&read(EXAMPLE)?).map_err(|error| format!("{EXAMPLE}: {error}"))?;
    let parts = ["/canonical", "/request/sign", "/publicKey", "/reply/body"].into_iter();
    let mut texts: Vec<&str> = parts.filter_map(|part| fixture.pointer(part)?.as_str()).collect();
    let headers = fixture.pointer("/reply/headers").and_then(Value::as_object).into_iter().flatten();
    texts.extend(headers.filter_map(|(_, value)| value.as_str()));
    if texts.len() != 10 {
        faults.push(format!("{EXAMPLE}: not the shape that {WIRE_PROFILE} is compared with"));
    }
    for text in texts.into_iter().filter(|text| !page.contains(text)) {
        let start: String = text.chars().take(24).collect();
        faults.push(format!("{WIRE_PROFILE}: its example has no longer {start:?} of {EXAMPLE}"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_stand_in_backticks_outside_blocks() {
        let text = "| `crates/a/b.rs::c` and `x` |\n```\n`crates/no`\n```\n`docs/d.md`";
        assert_eq!(names(text, &FOLDERS), ["crates/a/b.rs::c", "docs/d.md"].map(str::to_owned).into());
    }

    #[test]
    fn a_helper_is_no_test() {
        let text = "fn helper() {}\n#[test]\n// why\nfn one() {}\n    #[tokio::test(flavor = \"x\")]\n    async fn two() {}";
        assert!(is_test(text, "one") && is_test(text, "two"));
        assert!(!is_test(text, "helper") && !is_test(text, "on"));
    }

    #[test]
    fn rows_without_state_or_test_are_faults() {
        let mut faults = Vec::new();
        rows("| 4.1 | x | built |\n| 4.1 | x | later |\n| 5 | x | perhaps |\n", &mut faults);
        assert!(faults.iter().any(|fault| fault.contains("4.1 is called built")));
        assert!(faults.iter().any(|fault| fault.contains("two rows for 4.1")));
        assert!(faults.iter().any(|fault| fault.contains("5 has no state")));
        assert!(faults.iter().any(|fault| fault.contains("no row for T28")));
    }

    #[test]
    fn what_does_not_exist_is_said() {
        assert_eq!(wrong("xtask/src/compliance.rs::a_helper_is_no_test"), None);
        assert!(wrong("xtask/src/compliance.rs::check").is_some_and(|fault| fault.contains("no test")));
        assert!(wrong("crates/nowhere.rs").is_some_and(|fault| fault.contains("does not exist")));
    }
}
