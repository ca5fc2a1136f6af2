//! `cargo xtask bench crypto`: builds the crate `benches` and the peers that a person points to, and runs them.
//!
//! `benches` stands outside the workspace, because other people's libraries must not enter the product's graph.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::install;
use crate::run::{Outcome, cargo, check, command, root, target};

/// Building and measuring together end within this, unless building alone takes longer.
const ALL: Duration = Duration::from_secs(150);
/// The rounds get no more and no less of it than this, in seconds.
const MOST: u64 = 100;
const LEAST: u64 = 30;

/// A library that a person points to: our program's argument, its source in `benches/peers`, and the library.
pub(crate) struct Peer {
    pub(crate) argument: &'static str,
    source: &'static str,
    library: &'static str,
    header: &'static str,
}

/// Every such library.
pub(crate) static PEERS: [Peer; 2] = [
    Peer { argument: "--gmssl", source: "gmssl", library: "gmssl", header: "gmssl/sm2.h" },
    Peer { argument: "--crypto-mb", source: "crypto_mb", library: "crypto_mb", header: "crypto_mb/ec_sm2.h" },
];

/// Runs the benchmark; `folders` are where built libraries are.
pub(crate) fn run(json: bool, folders: &[(&'static Peer, PathBuf)]) -> Outcome {
    let started = Instant::now();
    let target = target().join("benches");
    build(&target, "crypto")?;
    let mut bench = command(&target.join("release/crypto").to_string_lossy(), &[]);
    for (peer, folder) in folders {
        bench.arg(peer.argument).arg(compiled(peer, folder, &target)?);
    }
    let left = ALL.saturating_sub(started.elapsed()).as_secs().clamp(LEAST, MOST);
    bench.args(["--wall", &left.to_string()]);
    if json {
        bench.arg("--json");
    }
    check(&mut bench)
}

/// `cargo xtask agree [CASES]`: our engines, RustCrypto and OpenSSL on the same signatures.
pub(crate) fn agree(args: &[String]) -> Outcome {
    let target = target().join("benches");
    build(&target, "agree")?;
    check(command(&target.join("release/agree").to_string_lossy(), &[]).args(args))
}

/// Builds one program of `benches`, with OpenSSL where its headers are.
fn build(target: &Path, program: &str) -> Outcome {
    let mut build = cargo(&["build", "--quiet", "--release", "--manifest-path", "benches/Cargo.toml"]);
    build.args(["--bin", program, "--target-dir"]).arg(target);
    if install::openssl_headers() {
        build.args(["--features", "openssl"]);
    } else {
        eprintln!("OpenSSL is left out: its headers (libssl-dev) or pkg-config are missing");
    }
    check(&mut build)
}

/// Compiles our program around a library and gives its path.
fn compiled(peer: &Peer, folder: &Path, target: &Path) -> Outcome<PathBuf> {
    let folder = std::path::absolute(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let missing = |what: &str| format!("{}: holds no {what} (built and installed?)", folder.display());
    let headers = ["include", "../include", "."].map(|place| folder.join(place));
    let headers = headers.iter().find(|place| place.join(peer.header).is_file());
    let headers = headers.ok_or_else(|| missing(peer.header))?;
    let file = format!("lib{}.so", peer.library);
    let libraries = ["lib", "lib64", "bin", "build/bin", "."].map(|place| folder.join(place));
    let library = libraries.iter().find(|place| place.join(&file).is_file()).ok_or_else(|| missing(&file))?;
    let programs = target.join("peers");
    std::fs::create_dir_all(&programs).map_err(|error| format!("{}: {error}", programs.display()))?;
    let program = programs.join(peer.source);
    let source = root().join(format!("benches/peers/{}.c", peer.source));
    let mut compiler = command("cc", &["-O2", "-Wall", "-Wextra", "-o"]);
    compiler.arg(&program).arg(source);
    compiler.arg("-I").arg(headers).arg("-L").arg(library).arg(format!("-l{}", peer.library));
    compiler.arg(format!("-Wl,-rpath,{}", library.display()));
    check(&mut compiler)?;
    Ok(program)
}
