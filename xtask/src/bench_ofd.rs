//! `cargo xtask bench ofd [--ofdrw DIR]`: documents judged by us and, where a person points to its jars, by ofdrw.

use std::path::Path;

use crate::run::{Outcome, cargo, check, command, root, target};

/// Runs the benchmark; `ofdrw` is a folder with the jars (or classes) of ofdrw and what it needs.
pub(crate) fn run(json: bool, ofdrw: Option<&Path>) -> Outcome {
    let peer = ofdrw.map(compiled).transpose()?;
    let mut bench = cargo(&["bench", "--quiet", "--package", "sealbridge-verify", "--bench", "ofd", "--"]);
    if json {
        bench.arg("--json");
    }
    if let Some(command) = peer {
        bench.arg("--ofdrw").args(command);
    }
    check(&mut bench)
}

/// Compiles our program around ofdrw and gives the command that starts it.
fn compiled(folder: &Path) -> Outcome<Vec<String>> {
    let folder = std::path::absolute(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    if !folder.is_dir() {
        return Err(format!("{}: is no folder", folder.display()));
    }
    let classes = target().join("benches/peers/ofdrw");
    std::fs::create_dir_all(&classes).map_err(|error| format!("{}: {error}", classes.display()))?;
    let path = format!("{0}/*:{0}:{1}", folder.display(), classes.display());
    let mut compiler = command("javac", &["-cp", &path, "-d"]);
    check(compiler.arg(&classes).arg(root().join("benches/peers/Ofdrw.java")))?;
    // It unpacks every document into a temporary folder: in memory, where there is one.
    let mut java = vec!["java".to_owned()];
    if Path::new("/dev/shm").is_dir() {
        java.push("-Djava.io.tmpdir=/dev/shm".to_owned());
    }
    java.extend(["-cp".to_owned(), path, "Ofdrw".to_owned()]);
    Ok(java)
}
