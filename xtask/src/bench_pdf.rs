//! `cargo xtask bench pdf [--pyhanko PYTHON]`: PDFs judged by us and, where a person names a Python that has it, by
//! pyHanko.

use std::path::Path;

use crate::run::{Outcome, cargo, check, target};

/// Runs the benchmark; `python` is an interpreter with pyHanko installed.
pub(crate) fn run(json: bool, python: Option<&Path>) -> Outcome {
    check(&mut cargo(&["build", "--quiet", "--release", "--package", "sealbridge"]))?;
    let mut bench = cargo(&["bench", "--quiet", "--package", "sealbridge-verify", "--bench", "pdf", "--"]);
    if json {
        bench.arg("--json");
    }
    bench.arg("--sealbridge").arg(target().join("release/sealbridge"));
    if let Some(python) = python {
        bench.arg("--pyhanko").arg(python);
    }
    check(&mut bench)
}
