//! `cargo xtask fuzz [--minutes N] [TARGET…]`: the fuzz targets, one after the other, with the toolchain that builds
//! the product. What they find lies in `target/fuzz/artifacts`, what they learned in `target/fuzz/corpus`.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use crate::run::{Outcome, cargo, check, root, target};

/// The triple that the sanitizer is there for.
const TRIPLE: &str = "x86_64-unknown-linux-gnu";
/// The stable compiler takes the flags of the sanitizer with `RUSTC_BOOTSTRAP`.
const FLAGS: &str = "--cfg fuzzing -Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
    -Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table \
    -Cllvm-args=-sanitizer-coverage-trace-compares -Ccodegen-units=1 -Zsanitizer=address";
/// Minutes of each target where none are given.
const MINUTES: u64 = 10;

pub(crate) fn run(args: &[String]) -> Outcome {
    let folder = root().join("fuzz");
    let (minutes, targets) = wanted(args, &folder)?;
    build(&folder, &targets)?;
    let mut faults = Vec::new();
    for name in &targets {
        let begun = Instant::now();
        let outcome = check(&mut one(&folder, name, minutes)?);
        println!(
            "{name}: {} s, {}",
            begun.elapsed().as_secs(),
            if outcome.is_ok() { "nothing found" } else { "STOPPED" }
        );
        faults.extend(outcome.err().map(|_| name.clone()));
    }
    if faults.is_empty() {
        Ok(())
    } else {
        Err(format!("look into {}: {}", products().join("artifacts").display(), faults.join(", ")))
    }
}

/// Minutes of each, and the targets: those named, or all.
fn wanted(args: &[String], folder: &Path) -> Outcome<(u64, Vec<String>)> {
    let all = targets(folder)?;
    let (mut minutes, mut named) = (MINUTES, Vec::new());
    let mut args = args.iter();
    while let Some(arg) = args.next() {
        if arg == "--minutes" {
            let number = args.next().and_then(|number| number.parse().ok()).filter(|minutes| *minutes > 0);
            minutes = number.ok_or("--minutes needs a number")?;
        } else if all.contains(arg) {
            named.push(arg.clone());
        } else {
            return Err(format!("no fuzz target {arg}; there are: {}", all.join(", ")));
        }
    }
    Ok((minutes, if named.is_empty() { all } else { named }))
}

fn targets(folder: &Path) -> Outcome<Vec<String>> {
    let files = std::fs::read_dir(folder.join("fuzz_targets")).map_err(|error| error.to_string())?;
    let names = files.filter_map(|file| Some(file.ok()?.path().file_stem()?.to_str()?.to_owned()));
    let mut names: Vec<String> = names.collect();
    names.sort_unstable();
    Ok(names)
}

fn build(folder: &Path, targets: &[String]) -> Outcome {
    let mut build = cargo(&["build", "--release", "--target", TRIPLE, "--target-dir"]);
    build.arg(products()).current_dir(folder).env("RUSTC_BOOTSTRAP", "1").env("RUSTFLAGS", FLAGS);
    for name in targets {
        build.args(["--bin", name]);
    }
    check(&mut build)
}

/// Instrumented libraries are no use to other builds, so they lie apart.
fn products() -> PathBuf {
    target().join("fuzz")
}

fn one(folder: &Path, name: &str, minutes: u64) -> Outcome<Command> {
    let (corpus, found) = (products().join("corpus").join(name), products().join("artifacts").join(name));
    for folder in [&corpus, &found] {
        std::fs::create_dir_all(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    }
    let mut fuzzer = Command::new(products().join(TRIPLE).join("release").join(name));
    fuzzer.arg(corpus);
    let seeds = folder.join("seeds").join(name);
    if seeds.is_dir() {
        fuzzer.arg(seeds);
    }
    fuzzer.arg(format!("-max_total_time={}", minutes.saturating_mul(60)));
    fuzzer.arg(format!("-artifact_prefix={}/", found.display()));
    fuzzer.args(["-timeout=20", "-rss_limit_mb=2048", "-print_final_stats=1"]);
    Ok(fuzzer)
}
