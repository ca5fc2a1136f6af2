//! `cargo xtask faults [--rounds N]`: the fault matrix (`docs/faults.md`), and the platform killed at N random moments on
//! each database, with a summary.

use std::io::{BufRead, BufReader};
use std::process::Stdio;

use crate::postgres;
use crate::run::{Outcome, cargo, check};

/// How many kills where the person says nothing.
const ROUNDS: usize = 1_000;
/// How the lines of the summary begin.
const SUMMARY: &str = "kill points on ";

pub(crate) fn run(args: &[String]) -> Outcome {
    let rounds = match args {
        [] => ROUNDS,
        [name, number] if name == "--rounds" => {
            number.parse().map_err(|_| format!("{number} is no number of rounds"))?
        }
        _ => return Err("cargo xtask faults [--rounds N]".to_owned()),
    };
    let server = postgres::Server::start();
    if let Err(error) = &server {
        eprintln!("skipped: PostgreSQL ({error})");
    }
    let mut matrix = cargo(&["test", "--package", "sealbridge-storage", "--package", "sealbridge-platform"]);
    check(matrix.args(["--test", "it", "--", "faults::", "failover::"]))?;
    let mut kills = cargo(&["test", "--package", "sealbridge-platform", "--test", "it"]);
    kills.args(["--", "kill_points::", "--nocapture", "--test-threads=1"]);
    kills.env("SEALBRIDGE_KILL_POINTS", rounds.to_string()).stdout(Stdio::piped());
    if let Ok(server) = &server {
        kills.env("SEALBRIDGE_TEST_POSTGRES", server.url());
    }
    let mut child = kills.spawn().map_err(|error| format!("{kills:?} did not start: {error}"))?;
    let output = child.stdout.take().ok_or("its output cannot be read")?;
    let mut summary = Vec::new();
    for line in BufReader::new(output).lines().map_while(Result::ok) {
        println!("{line}");
        // The runner may have begun the line.
        summary.extend(line.find(SUMMARY).and_then(|at| line.get(at..)).map(str::to_owned));
    }
    let status = child.wait().map_err(|error| error.to_string())?;
    println!();
    for line in &summary {
        println!("{line}");
    }
    if status.success() { Ok(()) } else { Err(format!("the kill points ended with {status}")) }
}
