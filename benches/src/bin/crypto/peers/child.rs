//! A library that a person pointed to, in a C program of ours (benches/peers) that runs as a child process.
//!
//! The child reads lines: the round's keys and signatures in hexadecimal digits, then
//! `round OP FROM COUNT`, which it answers with `ns NANOSECONDS [OUTPUT]` or `bad REASON`.

use std::fmt::Write as _;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{ChildStdin, ChildStdout, Command, Stdio};

use super::Implementation;
use crate::data::{Public, Round, Signed};
use crate::op::{Done, Op, Outcome};

const GMSSL_NOTES: &[&str] = &[
    "gmssl verify_known_key, verify_512_keys: a prepared table of the key (sm2_fast_verify)",
    "gmssl verify_known_key_batch8: has no batches, eight one after the other",
    "gmssl sign: nonces are prepared 32 at a time, as its context does, and counted; not constant-time",
];
const CRYPTO_MB_NOTES: &[&str] = &[
    "crypto_mb: has only one form, eight lanes (16 for SM3), all filled here; every line is per lane",
    "crypto_mb verify, sign: takes user id and message, not the digest, and computes SM3(Z || M) as well",
    "crypto_mb verify_known_key, verify_512_keys: prepares nothing per key",
    "crypto_mb verify_new_key: reads no SubjectPublicKeyInfo, is given the bare point",
];

/// A running child; it ends when its input is closed.
pub(crate) struct Child {
    name: String,
    about: String,
    verify_step: usize,
    sm3_step: usize,
    process: std::process::Child,
    input: Option<ChildStdin>,
    output: BufReader<ChildStdout>,
}

impl Child {
    pub(crate) fn start(name: &str, program: &Path) -> Outcome<Self> {
        // A library that complains of wrong signatures would do so into the table.
        let mut process = Command::new(program)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .map_err(|error| format!("{}: {error}", program.display()))?;
        let input = process.stdin.take();
        let output = process.stdout.take().ok_or("a child without output")?;
        let mut child = Self {
            name: name.to_owned(),
            about: String::new(),
            verify_step: 1,
            sm3_step: 1,
            process,
            input,
            output: BufReader::new(output),
        };
        child.send("hello\n")?;
        let answer = child.answer()?;
        let mut words = answer.splitn(4, ' ');
        let number = |word: Option<&str>| word.and_then(|word| word.parse::<usize>().ok());
        if words.next() != Some("hello") {
            return Err(format!("{name}: {answer}"));
        }
        child.verify_step = number(words.next()).unwrap_or(1);
        child.sm3_step = number(words.next()).unwrap_or(1);
        words.next().unwrap_or_default().clone_into(&mut child.about);
        Ok(child)
    }

    fn send(&mut self, text: &str) -> Outcome {
        let input = self.input.as_mut().ok_or("closed")?;
        let sent = input.write_all(text.as_bytes()).and_then(|()| input.flush());
        sent.map_err(|error| format!("{} ended: {error}", self.name))
    }

    fn answer(&mut self) -> Outcome<String> {
        let mut line = String::new();
        self.output.read_line(&mut line).map_err(|error| format!("{}: {error}", self.name))?;
        let line = line.trim_end();
        if line.is_empty() {
            Err(format!("{} ended without an answer", self.name))
        } else {
            Ok(line.to_owned())
        }
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        // The end of its input ends the child.
        drop(self.input.take());
        if let Err(error) = self.process.wait() {
            eprintln!("{}: {error}", self.name);
        }
    }
}

impl Implementation for Child {
    fn name(&self) -> &str {
        &self.name
    }

    fn about(&self) -> String {
        self.about.clone()
    }

    fn notes(&self) -> &'static [&'static str] {
        if self.name == "gmssl" { GMSSL_NOTES } else { CRYPTO_MB_NOTES }
    }

    fn step(&self, op: Op) -> usize {
        match op {
            Op::Sm3Mebibyte | Op::Sm3Block => self.sm3_step,
            _ => self.verify_step.max(op.step()),
        }
    }

    fn prepare_many(&mut self, keys: &[(Public, Signed)]) -> Outcome {
        let mut lines = String::new();
        for (key, _) in keys {
            line(&mut lines, "key", &[&key.point, &key.spki]);
        }
        self.send(&lines)
    }

    fn prepare(&mut self, round: &Round) -> Outcome {
        let mut lines = "clear\n".to_owned();
        let known = &round.known;
        line(&mut lines, "known", &[&known.public.point, &known.public.spki, &known.scalar]);
        for signed in &round.by_known {
            line(&mut lines, "by_known", &parts(signed));
        }
        for (place, signed) in &round.by_many {
            line(&mut lines, &format!("by_many {place}"), &parts(signed));
        }
        for (key, signed) in &round.by_fresh {
            let mut fields = parts(signed).to_vec();
            fields.extend([&key.point[..], &key.spki]);
            line(&mut lines, "by_fresh", &fields);
        }
        line(&mut lines, "bytes", &[&round.bytes]);
        self.send(&lines)
    }

    fn measure(&mut self, op: Op, _: &Round, from: usize, count: usize) -> Outcome<Done> {
        self.send(&format!("round {} {from} {count}\n", op.name()))?;
        let answer = self.answer()?;
        let mut words = answer.split(' ');
        let nanos = match (words.next(), words.next()) {
            (Some("ns"), Some(number)) => number.parse().ok(),
            _ => None,
        };
        let output = hex::decode(words.next().unwrap_or_default()).ok();
        match (nanos, output) {
            (Some(nanos), Some(output)) => Ok(Done { nanos, output }),
            _ => Err(answer),
        }
    }
}

fn parts(signed: &Signed) -> [&[u8]; 4] {
    [&signed.message, &signed.e, &signed.raw, &signed.der]
}

fn line(lines: &mut String, word: &str, fields: &[&[u8]]) {
    lines.push_str(word);
    for field in fields {
        // Writing to a String does not fail.
        write!(lines, " {}", hex::encode(field)).ok();
    }
    lines.push('\n');
}
