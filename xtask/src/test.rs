//! `cargo xtask test`: every test of the workspace, with everything they need started first.
//!
//! A test that cannot do its work on this machine prints a line `skipped: …` and passes. These lines are collected
//! from the runner's report (`.config/nextest.toml`) and told at the end: nothing is left out in silence.

use std::collections::{BTreeMap, BTreeSet};

use crate::run::{Outcome, cargo, check, has, output, root};
use crate::{install, postgres};

/// Installs, starts PostgreSQL, builds the binary, runs all tests, and lists at the end what was skipped.
pub(crate) fn run(args: &[String]) -> Outcome {
    let mut skipped = install::run();
    let server = match postgres::Server::start() {
        Ok(server) => Some(server),
        Err(error) => {
            skipped.push(format!("storage tests on PostgreSQL ({error})"));
            None
        }
    };
    if !root().join("../shared/samples").is_dir() && std::env::var_os("SEALBRIDGE_SHARED").is_none() {
        skipped.push("tests over outside sample documents (folder not given)".to_owned());
    }
    // Tests that start `sealbridge` as a process of its own find it in the target folder.
    check(&mut cargo(&["build", "--package", "sealbridge", "--bins"]))?;
    let mut runner = if nextest() {
        cargo(&["nextest", "run", "--workspace", "--no-fail-fast"])
    } else {
        cargo(&["test", "--workspace", "--no-fail-fast"])
    };
    runner.args(args);
    if let Some(server) = &server {
        runner.env("SEALBRIDGE_TEST_POSTGRES", server.url());
    }
    // The runner's own folder; it does not follow CARGO_TARGET_DIR.
    let report = root().join("target/nextest/default/junit.xml");
    // A report of an earlier run would tell of that one.
    std::fs::remove_file(&report).ok();
    let result = check(&mut runner).and_then(|()| doc_tests(args));
    drop(server);
    match std::fs::read_to_string(&report) {
        Ok(report) => skipped.extend(said_to_be_skipped(&report)),
        Err(_) => skipped
            .push("no report of the runner: single tests may have skipped (needs cargo-nextest)".to_owned()),
    }
    if skipped.is_empty() {
        eprintln!("nothing was skipped");
    }
    for line in &skipped {
        eprintln!("skipped: {line}");
    }
    result
}

/// What tests said they skipped: each reason once, with the number of tests, from the runner's report (JUnit).
fn said_to_be_skipped(report: &str) -> Vec<String> {
    let mut reasons: BTreeMap<String, usize> = BTreeMap::new();
    for test in report.split("</testcase>") {
        let lines = test.split(['\n', '>']).filter_map(|line| line.trim().strip_prefix("skipped: "));
        // A test may print its reason again and again.
        let own: BTreeSet<String> = lines.map(plain).collect();
        for reason in own {
            *reasons.entry(reason).or_default() += 1;
        }
    }
    reasons.into_iter().map(|(reason, tests)| format!("{reason} ({tests} tests)")).collect()
}

/// A text of the report without its mark-up.
fn plain(text: &str) -> String {
    let text = text.split('<').next().unwrap_or_default();
    let text = text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&apos;", "'");
    text.replace("&amp;", "&").trim().to_owned()
}

fn nextest() -> bool {
    has("cargo-nextest") && output(&mut cargo(&["nextest", "--version"])).is_some()
}

/// Nextest does not run examples in documentation; cargo does.
fn doc_tests(args: &[String]) -> Outcome {
    if !args.is_empty() || !nextest() {
        return Ok(());
    }
    check(&mut cargo(&["test", "--workspace", "--doc", "--quiet"]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_tests_skipped_is_told_once_with_its_number() {
        let report = "<testsuite>\n<testcase name=\"a\">\n<system-out>\nrunning 1 test\nskipped: no openssl \
                      &amp; co\nskipped: no openssl &amp; co\ntest a ... ok</system-out></testcase>\n\
                      <testcase name=\"b\"><system-err>skipped: no openssl &amp; co</system-err></testcase>\n\
                      <testcase name=\"c\"><system-out>test skipped: never ... ok</system-out></testcase>\n\
                      <testcase name=\"d\"><system-out>skipped: no samples</system-out></testcase></testsuite>";
        assert_eq!(said_to_be_skipped(report), ["no openssl & co (2 tests)", "no samples (1 tests)"]);
        assert!(said_to_be_skipped("").is_empty());
    }
}
