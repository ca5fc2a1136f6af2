//! What a person sees while the demonstration runs, and the summary that programs read.

use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use serde::Serialize;

use crate::outcome::{About, Failure, Outcome};

/// One step of the run.
#[derive(Debug, Serialize)]
pub(crate) struct Step {
    name: String,
    ok: bool,
    ms: u64,
}

/// One document and what verification said of it.
#[derive(Debug, Serialize)]
pub(crate) struct Document {
    /// Where it is.
    pub(crate) path: PathBuf,
    /// The verdict the demonstration is there to show.
    pub(crate) expected: String,
    /// The verdict.
    pub(crate) verdict: String,
    /// The verdict on the demonstration's own signature, where the document came with earlier ones.
    #[serde(rename = "ourSignature", skip_serializing_if = "Option::is_none")]
    pub(crate) our_signature: Option<String>,
    /// Why the earlier signatures keep the document from being valid.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) because: Vec<String>,
}

/// `summary.json`. It only grows.
#[derive(Debug, Serialize)]
pub(crate) struct Summary {
    ok: bool,
    steps: Vec<Step>,
    documents: Vec<Document>,
    trust: PathBuf,
}

/// Times the steps and prints them.
#[derive(Debug)]
pub(crate) struct Progress {
    steps: Vec<Step>,
    documents: Vec<Document>,
    colour: bool,
}

impl Progress {
    pub(crate) fn new() -> Self {
        let colour = std::io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none();
        Self { steps: Vec::new(), documents: Vec::new(), colour }
    }

    /// Runs one step; `name` is its stable name, `words` what people read.
    pub(crate) async fn step<T>(
        &mut self,
        name: &str,
        words: &str,
        work: impl Future<Output = Outcome<(T, String)>>,
    ) -> Outcome<T> {
        let started = Instant::now();
        let result = work.await;
        let took = started.elapsed();
        self.steps.push(Step {
            name: name.to_owned(),
            ok: result.is_ok(),
            ms: u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
        });
        self.line(result.is_ok(), words, took);
        let (value, detail) = result.map_err(|failure| failure.hint(format!("step {name}")))?;
        for line in detail.lines() {
            say!("      {line}");
        }
        Ok(value)
    }

    fn line(&self, ok: bool, words: &str, took: Duration) {
        let mark = match (ok, self.colour) {
            (true, true) => "\u{1b}[32m✔\u{1b}[0m",
            (true, false) => "✔",
            (false, true) => "\u{1b}[31m✘\u{1b}[0m",
            (false, false) => "✘",
        };
        say!("  {mark}  {words}  ({} ms)", took.as_millis());
    }

    /// Notes a document that was verified.
    pub(crate) fn document(&mut self, document: Document) {
        self.documents.push(document);
    }

    /// Where the documents are, in their order.
    pub(crate) fn paths(&self) -> impl Iterator<Item = &Path> {
        self.documents.iter().map(|document| document.path.as_path())
    }

    /// The first of them.
    pub(crate) fn first_document(&self) -> Option<PathBuf> {
        self.paths().next().map(Path::to_path_buf)
    }

    /// Writes `summary.json` and says whether everything went as it should.
    pub(crate) fn finish(self, folder: &Path, trust: &Path, failed: Option<&Failure>) -> Outcome<bool> {
        let judged = self.documents.iter().all(|document| document.expected == document.verdict);
        let ok = failed.is_none() && judged && self.steps.iter().all(|step| step.ok);
        let summary =
            Summary { ok, steps: self.steps, documents: self.documents, trust: trust.to_path_buf() };
        let path = folder.join("summary.json");
        let text = serde_json::to_string_pretty(&summary).about("summary.json")?;
        std::fs::write(&path, text + "\n").about(path.display())?;
        Ok(ok)
    }
}
