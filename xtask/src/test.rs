//! `cargo xtask test`: every test of the workspace, with everything they need started first.

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
    let result = check(&mut runner).and_then(|()| doc_tests(args));
    drop(server);
    if skipped.is_empty() {
        eprintln!("nothing was skipped");
    }
    for line in &skipped {
        eprintln!("skipped: {line}");
    }
    result
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
