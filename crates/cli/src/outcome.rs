//! How a verb ends: its exit code, and what the person reads when it could not do its work.

use std::fmt::Display;
use std::process::ExitCode;

/// The end of a verb that did its work.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum End {
    /// All good: 0.
    Good,
    /// Judged bad: 1.
    Bad,
    /// Could not be judged: 2.
    Unknown,
}

impl From<End> for ExitCode {
    fn from(end: End) -> Self {
        match end {
            End::Good => Self::SUCCESS,
            End::Bad => Self::from(1),
            End::Unknown => Self::from(2),
        }
    }
}

/// A verb could not do its work: what happened, and what to do about it.
#[derive(Debug)]
pub(crate) struct Failure {
    what: String,
    hint: Option<String>,
}

/// The result of a verb.
pub(crate) type Outcome<T = End> = Result<T, Failure>;

impl Failure {
    /// What happened. A name in it may be somebody else's: it moves no cursor, and no line of it begins where ours do.
    pub(crate) fn new(what: impl Display) -> Self {
        let what = what.to_string();
        let lines: Vec<String> = what.lines().map(verify::plain).collect();
        Self { what: lines.join("\n  "), hint: None }
    }

    /// What to do about it.
    #[must_use]
    pub(crate) fn hint(mut self, hint: impl Display) -> Self {
        self.hint = Some(hint.to_string());
        self
    }

    /// What happened, for programs.
    pub(crate) fn what(&self) -> &str {
        &self.what
    }

    /// What to do about it, for programs.
    pub(crate) fn advice(&self) -> Option<&str> {
        self.hint.as_deref()
    }

    /// Prints it and gives the exit code.
    pub(crate) fn report(&self) -> ExitCode {
        complain!("错误 error: {}", self.what);
        if let Some(hint) = &self.hint {
            complain!("提示 hint: {hint}");
        }
        End::Unknown.into()
    }
}

/// Names the thing an error is about.
pub(crate) trait About<T> {
    /// The error as a failure about `thing`.
    fn about(self, thing: impl Display) -> Outcome<T>;
}

impl<T, E: Display> About<T> for Result<T, E> {
    fn about(self, thing: impl Display) -> Outcome<T> {
        self.map_err(|error| Failure::new(format!("{thing}: {}", in_chinese(&error))))
    }
}

/// What a library says, with a Chinese sentence in front where it has none of its own.
pub(crate) fn in_chinese(error: &dyn Display) -> String {
    let text = error.to_string();
    let has_chinese = text.chars().any(|character| ('\u{4E00}'..='\u{9FFF}').contains(&character));
    if has_chinese { text } else { format!("无法使用 cannot be used: {text}") }
}
