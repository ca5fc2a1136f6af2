//! Delivery of one-time codes (facts §7): pluggable, because every operator has another short-message provider.

use std::fs::OpenOptions;
use std::io::Write;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use crate::config::SenderConfig;

/// One code for one telephone. Its `Debug` shows neither.
pub struct OneTimeCode<'a> {
    /// The telephone number, in clear: the sender needs it.
    pub mobile: &'a str,
    /// Six digits.
    pub code: &'a str,
    /// Which consent it belongs to, so that a test or an operator can tell messages apart.
    pub auth_id: &'a str,
    /// What it is for, in one short sentence without personal data.
    pub purpose: &'a str,
}

impl std::fmt::Debug for OneTimeCode<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("OneTimeCode").field("auth_id", &self.auth_id).finish_non_exhaustive()
    }
}

/// A message could not be handed over.
#[derive(Debug, thiserror::Error)]
#[error("the one-time code could not be delivered: {0}")]
pub struct DeliveryError(pub String);

/// Delivers one-time codes.
pub trait CodeSender: Send + Sync {
    /// Hands the message over. Called from a thread that may block.
    ///
    /// # Errors
    /// [`DeliveryError`] when the provider did not take it.
    fn send(&self, message: &OneTimeCode<'_>) -> Result<(), DeliveryError>;
}

/// Prints codes on standard error: for one's own machine.
#[derive(Debug)]
pub struct ConsoleSender;

impl CodeSender for ConsoleSender {
    fn send(&self, message: &OneTimeCode<'_>) -> Result<(), DeliveryError> {
        let mut terminal = std::io::stderr().lock();
        writeln!(terminal, "短信 SMS → {}: {} {}", message.mobile, message.purpose, message.code)
            .map_err(|error| DeliveryError(error.to_string()))
    }
}

/// Appends `authId TAB mobile TAB code` to a file that only its owner can read.
#[derive(Debug)]
pub struct FileSender {
    path: PathBuf,
    one_at_a_time: Mutex<()>,
}

impl FileSender {
    /// Codes go to `path`.
    pub fn new(path: PathBuf) -> Self {
        Self { path, one_at_a_time: Mutex::new(()) }
    }
}

impl CodeSender for FileSender {
    fn send(&self, message: &OneTimeCode<'_>) -> Result<(), DeliveryError> {
        let _turn = self.one_at_a_time.lock().unwrap_or_else(PoisonError::into_inner);
        let mut options = OpenOptions::new();
        options.create(true).append(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let line = format!("{}\t{}\t{}\n", message.auth_id, message.mobile, message.code);
        let written = options.open(&self.path).and_then(|mut file| file.write_all(line.as_bytes()));
        written.map_err(|error| DeliveryError(format!("{}: {error}", self.path.display())))
    }
}

/// The sender that the configuration asks for.
pub fn from_config(config: &SenderConfig) -> Box<dyn CodeSender> {
    match config {
        SenderConfig::Console => Box::new(ConsoleSender),
        SenderConfig::File { path } => Box::new(FileSender::new(path.clone())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_reach_the_file_and_stay_out_of_debug() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("codes");
        let sender = FileSender::new(path.clone());
        let message = OneTimeCode { mobile: "13800001234", code: "012345", auth_id: "a1", purpose: "签章" };
        sender.send(&message).unwrap();
        sender.send(&message).unwrap();
        let text = std::fs::read_to_string(&path).unwrap();
        assert_eq!(text, "a1\t13800001234\t012345\n".repeat(2));
        let shown = format!("{message:?}");
        assert!(!shown.contains("138") && !shown.contains("012345"), "{shown}");
        assert!(FileSender::new(folder.path().to_path_buf()).send(&message).is_err());
    }
}
