//! The peer: a process that judges the same file and tells its processor time.
//!
//! Lines: `hello FILE` is answered with `hello NAME` when it is warm; `round MILLIS` with `round COUNT NANOS`; anything
//! else is an error in words.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::Duration;

use crate::Outcome;

pub(crate) struct Peer {
    pub(crate) name: String,
    child: Child,
    ask: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Peer {
    pub(crate) fn start(command: &[String], file: &Path) -> Outcome<Self> {
        let [program, args @ ..] = command else { return Err("no command for the peer".to_owned()) };
        let mut run = Command::new(program);
        run.args(args).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = run.spawn().map_err(|error| format!("{program}: {error}"))?;
        let (Some(ask), Some(answers)) = (child.stdin.take(), child.stdout.take()) else {
            return Err("the peer has no lines".to_owned());
        };
        let answers = BufReader::new(answers);
        let mut peer = Self { name: String::new(), child, ask, answers };
        peer.name = peer.asked(&format!("hello {}", file.display()), "hello ")?;
        Ok(peer)
    }

    /// Nanoseconds for one document.
    pub(crate) fn round(&mut self, length: Duration) -> Outcome<f64> {
        let answer = self.asked(&format!("round {}", length.as_millis()), "round ")?;
        let mut numbers = answer.split(' ').map(str::parse::<f64>);
        match (numbers.next(), numbers.next()) {
            (Some(Ok(count)), Some(Ok(nanos))) if count > 0.0 => Ok(nanos / count),
            _ => Err(format!("the peer said: {answer}")),
        }
    }

    fn asked(&mut self, question: &str, begins: &str) -> Outcome<String> {
        writeln!(self.ask, "{question}").map_err(|error| format!("the peer: {error}"))?;
        let mut line = String::new();
        self.answers.read_line(&mut line).map_err(|error| format!("the peer: {error}"))?;
        let line = line.trim_end();
        line.strip_prefix(begins).map(str::to_owned).ok_or_else(|| format!("the peer said: {line}"))
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}
