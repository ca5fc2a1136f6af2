//! How far a long piece of work is: a bar on a terminal, a plain line now and then elsewhere. Both go to standard
//! error, for standard output may be the work itself.

use std::io::IsTerminal;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};
use platform::stock::{Exported, Summary};

/// Between two plain lines.
const INTERVAL: Duration = Duration::from_secs(5);
const BAR: &str = "{prefix} [{bar:30}] {percent:>3}% {msg} 剩余 left {eta}";
const SPINNER: &str = "{prefix} {spinner} {msg} {elapsed}";

/// Shows how far a piece of work is.
pub(super) struct Progress {
    name: &'static str,
    total: u64,
    bar: Option<ProgressBar>,
    began: Instant,
    said: Instant,
}

impl Progress {
    /// `total` octets are to be done; 0 when that is not known.
    pub(super) fn new(name: &'static str, total: u64) -> Self {
        let now = Instant::now();
        let bar = std::io::stderr().is_terminal().then(|| {
            let bar = if total == 0 { ProgressBar::new_spinner() } else { ProgressBar::new(total) };
            let style = ProgressStyle::with_template(if total == 0 { SPINNER } else { BAR });
            bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
            bar.set_prefix(name);
            bar
        });
        Self { name, total, bar, began: now, said: now }
    }

    /// So many octets are read.
    pub(super) fn bytes(&mut self, bytes: u64) {
        self.show(bytes, String::new);
    }

    /// So far is an import.
    pub(super) fn rows(&mut self, summary: &Summary) {
        let Summary { bytes, rows, filed, same, refused, .. } = *summary;
        self.show(bytes, || {
            format!("{rows} 行 rows ({filed} 新备案 filed, {same} 已备案 same, {refused} 拒绝 refused)")
        });
    }

    /// So far is an export.
    pub(super) fn seals(&mut self, done: &Exported) {
        let seals = done.seals;
        self.show(done.bytes, || format!("{seals} 枚 seals"));
    }

    fn show(&mut self, bytes: u64, message: impl Fn() -> String) {
        if let Some(bar) = &self.bar {
            bar.set_position(bytes);
            bar.set_message(message());
        } else if self.said.elapsed() >= INTERVAL {
            self.said = Instant::now();
            let percent = bytes.saturating_mul(100).checked_div(self.total);
            let percent = percent.map(|percent| format!("{percent}% ")).unwrap_or_default();
            complain!("{} {percent}{}", self.name, message());
        }
    }

    /// Takes the bar away; how many seconds it was.
    pub(super) fn end(&mut self) -> f64 {
        if let Some(bar) = self.bar.take() {
            bar.finish_and_clear();
        }
        self.began.elapsed().as_secs_f64()
    }
}
