//! `cargo xtask bench [NAME] [--json] [--gmssl DIR] [--crypto-mb DIR] [--ofdrw DIR]
//! [--pyhanko PYTHON] [--seals N,…] [--rates N,…] [--seconds N]`: the benchmarks behind docs/performance.md.

use std::path::PathBuf;

use crate::bench_crypto::{self, PEERS, Peer};
use crate::bench_ofd;
use crate::bench_pdf;
use crate::postgres;
use crate::run::{Outcome, cargo, check};

/// Every benchmark.
const BENCHES: [&str; 6] = ["crypto", "ofd", "pdf", "gateway", "routed", "registry"];

/// What the person asked for.
#[derive(Default)]
struct Wanted {
    names: Vec<String>,
    json: bool,
    folders: Vec<(&'static Peer, PathBuf)>,
    ofdrw: Option<PathBuf>,
    python: Option<PathBuf>,
    /// Arguments that go on to the registry, and to gateway and routed.
    registry: Vec<String>,
    load: Vec<String>,
}

pub(crate) fn run(args: &[String]) -> Outcome {
    let wanted = wanted(args)?;
    for name in BENCHES {
        if !wanted.names.is_empty() && !wanted.names.iter().any(|wanted| wanted == name) {
            continue;
        }
        match name {
            "crypto" => bench_crypto::run(wanted.json, &wanted.folders)?,
            "ofd" => bench_ofd::run(wanted.json, wanted.ofdrw.as_deref())?,
            "pdf" => bench_pdf::run(wanted.json, wanted.python.as_deref())?,
            "registry" => on_databases("registry", &[], &wanted.registry, wanted.json)?,
            _ => on_databases("load", &[name], &wanted.load, wanted.json)?,
        }
    }
    Ok(())
}

/// A benchmark on both databases. PostgreSQL is one of its own that is as durable as SQLite; without it SQLite is measured
/// alone. What is large goes to the folder for temporary files (`TMPDIR`).
fn on_databases(bench: &str, which: &[&str], args: &[String], json: bool) -> Outcome {
    let server = match postgres::Server::start_durable() {
        Ok(server) => Some(server),
        Err(error) => {
            eprintln!("PostgreSQL is left out: {error}");
            None
        }
    };
    let mut command = cargo(&["bench", "--quiet", "--package", "sealbridge", "--bench", bench, "--"]);
    if let Some(server) = &server {
        command.env("SEALBRIDGE_TEST_POSTGRES", server.url());
    }
    command.args(which).args(args);
    if json {
        command.arg("--json");
    }
    check(&mut command)
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
        } else if arg == "--ofdrw" {
            let folder = args.next().ok_or("--ofdrw needs the folder of its jars")?;
            wanted.ofdrw = Some(PathBuf::from(folder));
        } else if arg == "--pyhanko" {
            let python = args.next().ok_or("--pyhanko needs a Python that has pyHanko")?;
            wanted.python = Some(PathBuf::from(python));
        } else if arg == "--seals" {
            let sizes = args.next().ok_or("--seals needs numbers of seals, such as 10000,1000000")?;
            wanted.registry.extend([arg.clone(), sizes.clone()]);
        } else if arg == "--rates" || arg == "--seconds" {
            let number = args.next().ok_or_else(|| format!("{arg} needs numbers, such as 100 or 25,50"))?;
            wanted.load.extend([arg.clone(), number.clone()]);
        } else if BENCHES.contains(&arg.as_str()) {
            wanted.names.push(arg.clone());
        } else {
            return Err(format!("no benchmark is called {arg}; there are: {}", BENCHES.join(", ")));
        }
    }
    Ok(wanted)
}
