//! The three verdicts, and the four results a single check can have.

use serde::Serialize;

/// What is said of a signature, a seal or a whole document.
///
/// Invalid is a value and no error: a document judged bad was judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// Every check that matters was made and is good.
    Valid,
    /// At least one check failed.
    Invalid,
    /// Nothing failed, yet something could not be established.
    Indeterminate,
}

impl Verdict {
    /// The stable word used in JSON and on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Valid => "valid",
            Self::Invalid => "invalid",
            Self::Indeterminate => "indeterminate",
        }
    }

    /// The verdict of two parts together: invalid beats indeterminate beats valid.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::Invalid, _) | (_, Self::Invalid) => Self::Invalid,
            (Self::Indeterminate, _) | (_, Self::Indeterminate) => Self::Indeterminate,
            (Self::Valid, Self::Valid) => Self::Valid,
        }
    }

    /// The verdict that a list of results amounts to; an empty list is valid.
    pub fn of(results: impl IntoIterator<Item = Status>) -> Self {
        results.into_iter().fold(Self::Valid, |verdict, status| verdict.and(status.verdict()))
    }
}

/// The result of one check, from harmless to fatal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// The check was made and passed.
    Good,
    /// Worth telling (提示信息), without effect on the verdict.
    Note,
    /// Could not be established: makes the verdict indeterminate.
    Unknown,
    /// Failed: makes the verdict invalid.
    Bad,
}

impl Status {
    /// The stable word used in JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Note => "note",
            Self::Unknown => "unknown",
            Self::Bad => "bad",
        }
    }

    /// What this result alone does to the verdict.
    pub const fn verdict(self) -> Verdict {
        match self {
            Self::Good | Self::Note => Verdict::Valid,
            Self::Unknown => Verdict::Indeterminate,
            Self::Bad => Verdict::Invalid,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worst_result_decides() {
        assert_eq!(Verdict::of([]), Verdict::Valid);
        assert_eq!(Verdict::of([Status::Good, Status::Note]), Verdict::Valid);
        assert_eq!(Verdict::of([Status::Good, Status::Unknown]), Verdict::Indeterminate);
        assert_eq!(Verdict::of([Status::Bad, Status::Unknown, Status::Good]), Verdict::Invalid);
        assert_eq!(Verdict::Indeterminate.and(Verdict::Invalid), Verdict::Invalid);
    }
}
