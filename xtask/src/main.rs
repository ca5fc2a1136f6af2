//! Work on the repository itself: `cargo xtask test | tidy | gen | bench | agree | fuzz | faults | install`.
//!
//! Depends on nothing of the product, so that it still runs where the product does not compile.

mod bench;
mod bench_crypto;
mod bench_ofd;
mod bench_pdf;
mod compliance;
mod faults;
mod fuzz;
mod generate;
mod install;
mod postgres;
mod run;
mod test;
mod tidy;

use std::process::ExitCode;

const USAGE: &str = "\
cargo xtask test [ARGS…]    all tests; installs or starts what they need, says what it skips (ARGS go to the runner)
cargo xtask tidy            layers, sizes, and whether docs/compliance.md is true
cargo xtask gen             writes the generated files again (OpenAPI, error codes, findings)
cargo xtask bench [NAME]    benchmarks; --json prints one object a line; --gmssl DIR and --crypto-mb DIR add
                            those libraries, built before, to the benchmark crypto; --ofdrw DIR ofdrw to ofd;
                            --pyhanko PYTHON pyHanko to pdf; --seals N,… says how many seals registry has;
                            --rates N,… (requests a second) and --seconds N (at each, each way) go to gateway and
                            routed
cargo xtask agree [CASES]   our SM2 engines, RustCrypto and OpenSSL on the same random and mutated signatures
cargo xtask fuzz [TARGET…]  fuzz targets with AddressSanitizer, ten minutes each; --minutes N
cargo xtask faults          the fault matrix (docs/faults.md), and kills at random moments; --rounds N of them on each
                            database (1,000 unless said); SEALBRIDGE_SEED repeats a run
cargo xtask install         only installs what the tests need";

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let outcome = match args.split_first() {
        Some((verb, rest)) if verb == "test" => test::run(rest),
        Some((verb, [])) if verb == "tidy" => tidy::run(),
        Some((verb, [])) if verb == "gen" => generate::run(),
        Some((verb, rest)) if verb == "bench" => bench::run(rest),
        Some((verb, rest)) if verb == "agree" => bench_crypto::agree(rest),
        Some((verb, rest)) if verb == "fuzz" => fuzz::run(rest),
        Some((verb, rest)) if verb == "faults" => faults::run(rest),
        Some((verb, [])) if verb == "install" => {
            install::run();
            Ok(())
        }
        _ => Err(USAGE.to_owned()),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("{message}");
            ExitCode::FAILURE
        }
    }
}
