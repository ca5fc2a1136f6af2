//! The table of `docs/pdf-attack-suite.md`, made from what is expected of us and what was measured of others.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::{FOLDER, suite};

const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/pdf-attack-suite.md");
/// The page begins by hand and ends with the table below this line.
const MARK: &str = "<!-- generated below this line -->\n";
/// The columns of what others answered.
const PEERS: usize = 3;

/// What the others answered, by file, and who they are.
fn peers() -> (Vec<String>, BTreeMap<String, Vec<String>>) {
    let text = std::fs::read_to_string(format!("{FOLDER}/peers.tsv")).unwrap();
    let mut lines = text.lines().map(|line| line.split('\t').map(str::to_owned).collect::<Vec<_>>());
    let names = lines.next().unwrap().split_off(1);
    assert_eq!(names.len(), PEERS);
    (names, lines.map(|mut line| (line.remove(0), line)).collect())
}

fn table() -> String {
    let (names, peers) = peers();
    let mut out = format!(
        "\n| document | attack 攻击 | sealbridge | finding | {} |\n|---|---|---|---|---|---|---|\n",
        names.join(" | ")
    );
    let mut passed = [0; PEERS + 1];
    let attacks = suite().iter().filter(|case| !case.is_control()).count();
    for case in suite() {
        let unasked = vec!["not measured".to_owned(); PEERS];
        let answers = peers.get(&format!("{}.pdf", case.name)).unwrap_or(&unasked);
        let ours = case.verdict().as_str();
        if !case.is_control() {
            let all = std::iter::once(ours).chain(answers.iter().map(String::as_str));
            for (count, answer) in passed.iter_mut().zip(all) {
                *count += usize::from(answer == "valid");
            }
        }
        let findings: Vec<_> = case.findings.iter().map(|(rule, _)| format!("`{}`", rule.id)).collect();
        let (name, zh, en, findings) = (case.name, case.zh, case.en, findings.join(", "));
        let _ = writeln!(out, "| `{name}` | {zh} / {en} | {ours} | {findings} | {} |", answers.join(" | "));
    }
    let counts: Vec<String> =
        names.iter().zip(&passed[1..]).map(|(name, count)| format!("{name} {count}")).collect();
    let _ = writeln!(
        out,
        "\nAttacks called valid, of {attacks}: sealbridge {}, {}.",
        passed[0],
        counts.join(", ")
    );
    out
}

#[test]
fn the_page_tells_what_was_measured() {
    let page = std::fs::read_to_string(PAGE).unwrap_or_default();
    let by_hand = page.split_once(MARK).expect("the mark").0;
    let right = format!("{by_hand}{MARK}{}", table());
    if std::env::var_os("SEALBRIDGE_BLESS").is_some() {
        std::fs::write(PAGE, &right).unwrap();
        return;
    }
    assert!(page == right, "docs/pdf-attack-suite.md is not what was measured: run with SEALBRIDGE_BLESS=1");
}
