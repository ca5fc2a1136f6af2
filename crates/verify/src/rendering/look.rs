//! What came of a comparison, and the record of all of them.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use serde::{Deserialize, Serialize};

use super::difference::PixelBox;
use super::{Lacks, NotDrawn};

/// How a page looks beside the page that was signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Look {
    /// The same.
    Same,
    /// Not the same: boxes where a permitted change is told, and boxes elsewhere.
    Differs {
        permitted: Vec<PixelBox>,
        elsewhere: Vec<PixelBox>,
        /// Boxes beyond those that are told.
        more: usize,
    },
    /// There was no such page.
    Added,
    /// There is no such page any longer.
    Removed,
    /// Nobody knows.
    NotDrawn(NotDrawn),
}

/// A look, and what neither picture shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Seen {
    pub(crate) look: Look,
    pub(crate) lacks: Lacks,
}

impl From<Look> for Seen {
    fn from(look: Look) -> Self {
        Self { look, lacks: Lacks::default() }
    }
}

/// One comparison as it is written down: the page, counted from one, of the revision that ends at an offset.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Entry {
    end: u64,
    page: u32,
    look: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    permitted: Vec<PixelBox>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    elsewhere: Vec<PixelBox>,
    #[serde(default, skip_serializing_if = "is_zero")]
    more: usize,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    why: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    lacks: Vec<String>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
fn is_zero(number: &usize) -> bool {
    *number == 0
}

impl Entry {
    fn of(end: u64, page: u32, seen: &Seen) -> Self {
        let mut entry = Self {
            end,
            page,
            look: String::new(),
            permitted: Vec::new(),
            elsewhere: Vec::new(),
            more: 0,
            why: None,
            lacks: seen.lacks.told().map(|(word, _)| word.to_owned()).collect(),
        };
        let word = match &seen.look {
            Look::Same => "same",
            Look::Added => "added",
            Look::Removed => "removed",
            Look::Differs { permitted, elsewhere, more } => {
                (entry.permitted, entry.elsewhere, entry.more) =
                    (permitted.clone(), elsewhere.clone(), *more);
                "differs"
            }
            Look::NotDrawn(why) => {
                entry.why = Some(why.as_str().to_owned());
                "notDrawn"
            }
        };
        Self { look: word.to_owned(), ..entry }
    }

    /// What it says; none when this program does not know such a thing.
    fn seen(&self) -> Option<Seen> {
        let look = match self.look.as_str() {
            "same" => Look::Same,
            "added" => Look::Added,
            "removed" => Look::Removed,
            "differs" => Look::Differs {
                permitted: self.permitted.clone(),
                elsewhere: self.elsewhere.clone(),
                more: self.more,
            },
            "notDrawn" => Look::NotDrawn(NotDrawn::of(self.why.as_deref()?)?),
            _ => return None,
        };
        let has = |word: &str| self.lacks.iter().any(|one| one == word);
        let lacks = Lacks { text: has("text"), image: has("image"), annotation: has("annotation") };
        Some(Seen { look, lacks })
    }
}

/// Comparisons that are written down, or were.
#[derive(Debug, Default)]
pub(super) struct Tape {
    written: Mutex<Vec<Entry>>,
    /// What was written down before, by end and page.
    read: Mutex<HashMap<(u64, u32), Entry>>,
    /// A comparison was asked for that was never written down, or cannot be read.
    lacked: AtomicBool,
}

impl Tape {
    pub(super) fn of(entries: Vec<Entry>) -> Self {
        let read = entries.into_iter().map(|entry| ((entry.end, entry.page), entry)).collect();
        Self { read: Mutex::new(read), ..Self::default() }
    }

    pub(super) fn write(&self, end: u64, page: u32, seen: &Seen) {
        self.written.lock().unwrap_or_else(PoisonError::into_inner).push(Entry::of(end, page, seen));
    }

    pub(super) fn read(&self, end: u64, page: u32) -> Seen {
        let entry = self.read.lock().unwrap_or_else(PoisonError::into_inner).remove(&(end, page));
        entry.and_then(|entry| entry.seen()).unwrap_or_else(|| {
            self.lacked.store(true, Ordering::Relaxed);
            Look::NotDrawn(NotDrawn::NotRecorded).into()
        })
    }

    pub(super) fn take(&self) -> Vec<Entry> {
        std::mem::take(&mut self.written.lock().unwrap_or_else(PoisonError::into_inner))
    }

    pub(super) fn was_complete(&self) -> bool {
        let rest = self.read.lock().unwrap_or_else(PoisonError::into_inner);
        rest.is_empty() && !self.lacked.load(Ordering::Relaxed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        let lacks = Lacks { text: true, annotation: true, ..Lacks::default() };
        let differs = Look::Differs {
            permitted: vec![PixelBox([1, 2, 3, 4])],
            elsewhere: vec![PixelBox([-5, 6, 7, 8])],
            more: 9,
        };
        let looks = [Look::Same, differs, Look::Added, Look::Removed, Look::NotDrawn(NotDrawn::Deadline)];
        let seen: Vec<Seen> = looks.map(|look| Seen { look, lacks }).into();
        let tape = Tape::default();
        for (page, one) in (1..).zip(&seen) {
            tape.write(77, page, one);
        }
        let written = serde_json::to_string(&tape.take()).unwrap();
        assert!(
            written.contains(r#"{"end":77,"page":1,"look":"same","lacks":["text","annotation"]}"#),
            "{written}"
        );
        let played = Tape::of(serde_json::from_str(&written).unwrap());
        let again: Vec<Seen> = (1..=5).map(|page| played.read(77, page)).collect();
        assert_eq!(again, seen);
        assert!(played.was_complete());
        assert_eq!(played.read(77, 1).look, Look::NotDrawn(NotDrawn::NotRecorded), "each is used once");
        assert!(!played.was_complete());
    }

    #[test]
    fn every_reason_has_a_word_of_its_own() {
        for (why, word, text) in NotDrawn::ALL {
            assert_eq!(NotDrawn::of(word), Some(why));
            assert!(!text.zh.is_empty() && !text.en.is_empty());
        }
        let unknown =
            r#"[{"end":1,"page":1,"look":"notDrawn","why":"tired"},{"end":1,"page":2,"look":"odd"}]"#;
        let tape = Tape::of(serde_json::from_str(unknown).unwrap());
        assert_eq!(tape.read(1, 1).look, Look::NotDrawn(NotDrawn::NotRecorded));
        assert_eq!(tape.read(1, 2).look, Look::NotDrawn(NotDrawn::NotRecorded));
        assert!(!tape.was_complete());
    }
}
