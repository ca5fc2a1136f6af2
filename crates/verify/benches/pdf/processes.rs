//! Whole processes, cold: the program, and pyHanko in a new interpreter. That interpreter's standard library tells wall
//! time and the largest resident memory of both, so that both are measured alike.

use std::path::Path;
use std::process::Command;

use crate::{Outcome, Wanted};

/// One command, run several times.
pub(crate) struct Process {
    name: &'static str,
    /// Wall time, the median.
    pub(crate) seconds: f64,
    /// Largest resident memory in kB.
    pub(crate) kb: f64,
}

impl Process {
    pub(crate) fn json(&self) -> String {
        format!("{{\"name\":\"{}\",\"seconds\":{:.4},\"rss_kb\":{:.0}}}", self.name, self.seconds, self.kb)
    }
}

impl std::fmt::Display for Process {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "whole process: {} {:.3} s, {:.1} MB", self.name, self.seconds, self.kb / 1000.0)
    }
}

pub(crate) fn measure(wanted: &Wanted, file: &Path, with_peer: bool, folder: &Path) -> Outcome<Vec<Process>> {
    let (Some(python), Some(program)) = (&wanted.python, &wanted.program) else { return Ok(Vec::new()) };
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/../../benches/peers/pyhanko_judge.py");
    let roots = folder.join("roots.pem").display().to_string();
    let root = folder.join("cert.pem").display().to_string();
    let text = |path: &Path| path.display().to_string();
    let ours = vec![text(program), "verify".to_owned(), text(file), "--trust".to_owned(), roots];
    let theirs = vec![text(python), script.to_owned(), "once".to_owned(), root, text(file)];
    let mut processes = vec![timed(python, script, "sealbridge", &ours)?];
    if with_peer {
        processes.push(timed(python, script, "pyHanko", &theirs)?);
    }
    Ok(processes)
}

fn timed(python: &Path, script: &str, name: &'static str, command: &[String]) -> Outcome<Process> {
    let output = Command::new(python).args([script, "time"]).args(command).output();
    let output = output.map_err(|error| format!("{}: {error}", python.display()))?;
    let told = String::from_utf8_lossy(&output.stdout);
    let mut numbers = told.split_whitespace().map(str::parse::<f64>);
    match (numbers.next(), numbers.next()) {
        (Some(Ok(seconds)), Some(Ok(kb))) => Ok(Process { name, seconds, kb }),
        _ => Err(format!("{name}: {told}{}", String::from_utf8_lossy(&output.stderr))),
    }
}
