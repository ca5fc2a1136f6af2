//! `docs/attack-suite.md`, made from what is expected of us and what was measured of others.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::{FOLDER, suite};

const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/attack-suite.md");
/// The answer of a tool that was not at hand when a document was added.
const UNMEASURED: &str = "not measured";
/// The page begins by hand and ends with the table below this line.
const MARK: &str = "<!-- generated below this line -->\n";

/// What the others answered, by file.
fn peers() -> BTreeMap<String, [String; 2]> {
    let text = std::fs::read_to_string(format!("{FOLDER}/peers.tsv")).unwrap();
    let lines = text.lines().skip(1).map(|line| {
        let mut fields = line.split('\t').map(str::to_owned);
        let mut next = || fields.next().expect("three fields");
        (next(), [next(), next()])
    });
    lines.collect()
}

fn table() -> String {
    let peers = peers();
    let mut out =
        "\n| document | attack 攻击 | sealbridge | finding | ofdrw | sofd |\n|---|---|---|---|---|---|\n"
            .to_owned();
    let (mut passed, mut unmeasured) = ([0; 3], [0; 3]);
    let attacks = suite().iter().filter(|case| !case.is_control()).count();
    for case in suite() {
        let answers = &peers[&format!("{}.ofd", case.name)];
        let ours = case.verdict().as_str();
        if !case.is_control() {
            for (at, answer) in [ours, &answers[0], &answers[1]].into_iter().enumerate() {
                passed[at] += usize::from(answer == "valid");
                unmeasured[at] += usize::from(answer == UNMEASURED);
            }
        }
        let findings: Vec<_> = case.findings.iter().map(|(rule, _)| format!("`{}`", rule.id)).collect();
        let (name, zh, en, findings) = (case.name, case.zh, case.en, findings.join(", "));
        let [ofdrw, sofd] = answers;
        let _ = writeln!(out, "| `{name}` | {zh} / {en} | {ours} | {findings} | {ofdrw} | {sofd} |");
    }
    let [ours, ofdrw, sofd] = [0, 1, 2].map(|at| format!("{} of {}", passed[at], attacks - unmeasured[at]));
    let _ = writeln!(
        out,
        "\nAttacks called valid, of those that were measured: sealbridge {ours}, ofdrw {ofdrw}, sofd {sofd}."
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
    assert!(page == right, "docs/attack-suite.md is not what was measured: run with SEALBRIDGE_BLESS=1");
}
