//! SM2 and SM3 beside the best of their peers, in one program: `cargo xtask bench crypto`.
//!
//! Processor time, rounds that alternate between all implementations, minimum and median of the rounds.
//! Arguments: `--json`; `--wall SECONDS`, after which no round begins; `--gmssl PROGRAM` and
//! `--crypto-mb PROGRAM` for the peers in C that `cargo xtask` has compiled.

mod data;
mod machine;
mod op;
mod peers;
mod report;
mod rounds;

use std::path::Path;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use crate::op::Outcome;
use crate::peers::Child;

/// No further round begins after this long, so that a busy machine ends in time too.
const WALL: Duration = Duration::from_secs(100);

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Outcome {
    let started = Instant::now();
    let mut implementations = peers::libraries();
    let mut json = false;
    let mut wall = WALL;
    let mut args = std::env::args().skip(1);
    while let Some(arg) = args.next() {
        let mut value = || args.next().ok_or_else(|| format!("{arg} needs a value"));
        match arg.as_str() {
            "--json" => json = true,
            "--wall" => wall = seconds(&value()?)?,
            "--gmssl" => implementations.push(Box::new(Child::start("gmssl", Path::new(&value()?))?)),
            "--crypto-mb" => implementations.push(Box::new(Child::start("crypto_mb", Path::new(&value()?))?)),
            other => return Err(format!("unknown argument {other}")),
        }
    }
    let machine = machine::describe();
    let results = rounds::run(&mut implementations, started, wall)?;
    if json {
        report::json(&results);
    } else {
        report::table(&results, &implementations, &machine, started.elapsed());
    }
    Ok(())
}

fn seconds(text: &str) -> Outcome<Duration> {
    text.parse().map(Duration::from_secs).map_err(|_| format!("{text} is not a number of seconds"))
}
