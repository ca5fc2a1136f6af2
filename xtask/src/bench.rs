//! `cargo xtask bench [NAME] [--json]`: the benchmarks behind docs/performance.md.

use crate::run::{Outcome, cargo, check};

/// Every benchmark: its name, the package that holds it and the bench target.
const BENCHES: &[(&str, &str, &str)] = &[
    ("crypto", "sealbridge-crypto", "crypto"),
    ("verify", "sealbridge-verify", "verify"),
    ("gateway", "sealbridge", "gateway"),
];

pub(crate) fn run(args: &[String]) -> Outcome {
    let json = args.iter().any(|arg| arg == "--json");
    let names: Vec<&String> = args.iter().filter(|arg| !arg.starts_with("--")).collect();
    let known = |name: &&String| BENCHES.iter().any(|(bench, ..)| bench == name);
    if let Some(unknown) = names.iter().find(|name| !known(name)) {
        let list: Vec<&str> = BENCHES.iter().map(|(name, ..)| *name).collect();
        return Err(format!("no benchmark is called {unknown}; there are: {}", list.join(", ")));
    }
    for (name, package, target) in BENCHES {
        if names.is_empty() || names.iter().any(|wanted| wanted == name) {
            let mut bench = cargo(&["bench", "--quiet", "--package", package, "--bench", target, "--"]);
            if json {
                bench.arg("--json");
            }
            check(&mut bench)?;
        }
    }
    Ok(())
}
