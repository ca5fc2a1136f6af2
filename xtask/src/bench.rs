//! `cargo xtask bench [NAME] [--json] [--gmssl DIR] [--crypto-mb DIR]`: the benchmarks behind docs/performance.md.

use std::path::PathBuf;

use crate::bench_crypto::{self, PEERS, Peer};
use crate::run::{Outcome, cargo, check};

/// Every benchmark: its name, and the package and bench target that hold it; none for the one outside the workspace.
const BENCHES: &[(&str, Option<(&str, &str)>)] = &[
    ("crypto", None),
    ("verify", Some(("sealbridge-verify", "verify"))),
    ("gateway", Some(("sealbridge", "gateway"))),
];

/// What the person asked for.
#[derive(Default)]
struct Wanted {
    names: Vec<String>,
    json: bool,
    folders: Vec<(&'static Peer, PathBuf)>,
}

pub(crate) fn run(args: &[String]) -> Outcome {
    let wanted = wanted(args)?;
    for (name, place) in BENCHES {
        if !wanted.names.is_empty() && !wanted.names.iter().any(|wanted| wanted == name) {
            continue;
        }
        let Some((package, target)) = place else {
            bench_crypto::run(wanted.json, &wanted.folders)?;
            continue;
        };
        let mut bench = cargo(&["bench", "--quiet", "--package", package, "--bench", target, "--"]);
        if wanted.json {
            bench.arg("--json");
        }
        check(&mut bench)?;
    }
    Ok(())
}

fn wanted(args: &[String]) -> Outcome<Wanted> {
    let mut wanted = Wanted::default();
    let mut args = args.iter();
    while let Some(arg) = args.next() {
        if arg == "--json" {
            wanted.json = true;
        } else if let Some(peer) = PEERS.iter().find(|peer| peer.argument == arg) {
            let folder = args.next().ok_or_else(|| format!("{arg} needs the folder of a built library"))?;
            wanted.folders.push((peer, PathBuf::from(folder)));
        } else if BENCHES.iter().any(|(name, _)| name == arg) {
            wanted.names.push(arg.clone());
        } else {
            let list: Vec<&str> = BENCHES.iter().map(|(name, _)| *name).collect();
            return Err(format!("no benchmark is called {arg}; there are: {}", list.join(", ")));
        }
    }
    Ok(wanted)
}
