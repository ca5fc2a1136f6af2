//! What a certification or a lock allows (ISO 32000-1 §12.8.2.2 and §12.8.2.4, ISO 32000-2 §12.7.5.5).

use formats::pdf::{Dictionary, Name, Object, Pdf, text_of};

use super::changes::{Change, Changes, Kind, doubled_in};
use super::signed::Whole;
use crate::catalogue as rule;
use crate::finding::Findings;
use crate::text::Detail;
use crate::verdict::Status;

/// References in one signature that are looked at.
const MOST: usize = 32;

/// What a signature allows to be changed after it.
#[derive(Debug, Default)]
pub(super) struct Permission {
    /// 1: nothing; 2: filling in and signing; 3: annotations too. None when it does not say.
    pub(super) level: Option<i64>,
    locks: Vec<Lock>,
    /// A key that stands twice in what says it: readers take one value or the other.
    doubled: Option<Name>,
}

/// Fields that may not change.
#[derive(Debug)]
enum Lock {
    All,
    Include(Vec<String>),
    Exclude(Vec<String>),
}

impl Permission {
    /// Reads what a signature dictionary and its field say, in the revision that is signed.
    pub(super) fn read(whole: &Whole<'_>) -> Self {
        let pdf = &whole.pdf;
        let mut found = Self::default();
        let dictionary = whole.field.value.as_ref().and_then(|value| pdf.resolve(value).ok());
        let dictionary = dictionary.as_ref().and_then(|value| value.as_dictionary());
        let widgets = whole.field.widgets.iter().map(|widget| &widget.dictionary);
        let mut own = std::iter::once(&whole.field.dictionary).chain(widgets).chain(dictionary);
        found.doubled = own.find_map(doubled_in).cloned();
        let references = dictionary.and_then(|dictionary| pdf.get(dictionary, b"Reference").ok().flatten());
        let references = references.as_ref().and_then(Object::as_array).unwrap_or_default();
        for reference in references.iter().take(MOST) {
            let Ok(reference) = pdf.resolve(reference) else { continue };
            let Some(reference) = reference.as_dictionary() else { continue };
            found.note(reference);
            let parameters = pdf.dictionary(reference, b"TransformParams").ok().flatten().unwrap_or_default();
            found.note(&parameters);
            if reference.has_name(b"TransformMethod", b"DocMDP") {
                let level = pdf.get(&parameters, b"P").ok().flatten().and_then(|level| level.as_integer());
                found.limit(level.unwrap_or(2));
            } else if reference.has_name(b"TransformMethod", b"FieldMDP") {
                found.locks.extend(lock(pdf, &parameters));
            }
        }
        if let Ok(Some(dictionary)) = pdf.dictionary(&whole.field.dictionary, b"Lock") {
            found.note(&dictionary);
            found.locks.extend(lock(pdf, &dictionary));
            if let Some(level) = dictionary.integer(b"P") {
                found.limit(level);
            }
        }
        found
    }

    fn note(&mut self, dictionary: &Dictionary) {
        if self.doubled.is_none() {
            self.doubled = doubled_in(dictionary).cloned();
        }
    }

    fn limit(&mut self, level: i64) {
        self.level = Some(self.level.map_or(level, |known| known.min(level)));
    }

    /// Judges the changes by it. A signature that says nothing has no finding.
    pub(super) fn judge(&self, changes: &Changes, findings: &mut Findings) {
        if self.level.is_none() && self.locks.is_empty() && self.doubled.is_none() {
            return;
        }
        let of = |status: Status| changes.list.iter().filter(move |change| self.meaning(change) == status);
        for status in [Status::Bad, Status::Unknown] {
            let names: Vec<String> = of(status).map(|change| change.words.zh.clone()).collect();
            let english: Vec<String> = of(status).map(|change| change.words.en.clone()).collect();
            if !names.is_empty() {
                let zh = Detail::list(names.iter().map(String::as_str), 3).zh;
                let en = Detail::list(english.iter().map(String::as_str), 3).en;
                return findings.add_with(&rule::SIGNATURE_PERMISSION, status, Detail::new(zh, en));
            }
        }
        if let Some(key) = &self.doubled {
            let key = crate::text::printable(&key.to_text());
            let words = Detail::new(
                format!("签名域、锁定或签名字典中键 /{key} 出现两次，阅读器各取其一"),
                format!(
                    "in the signed field, its lock or the signature dictionary the key /{key} stands twice, and readers take one or the other"
                ),
            );
            return findings.add_with(&rule::SIGNATURE_PERMISSION, Status::Unknown, words);
        }
        if changes.incomplete.is_some() {
            return findings.add(&rule::SIGNATURE_PERMISSION, Status::Unknown);
        }
        let level = self.level.map_or_else(|| "FieldMDP".to_owned(), |level| format!("DocMDP P={level}"));
        findings.add_with(&rule::SIGNATURE_PERMISSION, Status::Good, Detail::same(level));
    }

    fn meaning(&self, change: &Change) -> Status {
        let level = self.level.unwrap_or(3);
        // Of a field an annotation is its appearance.
        let is_filling =
            matches!(change.kind, Kind::Filled | Kind::FilledDoubtfully | Kind::Signature | Kind::Annotation);
        let is_locked = |name: &String| self.locks.iter().any(|lock| lock.holds(name));
        if is_filling && change.field.as_ref().is_some_and(is_locked) {
            return Status::Bad;
        }
        match change.kind {
            Kind::Filled | Kind::FilledDoubtfully | Kind::Signature if level <= 1 => Status::Bad,
            Kind::Remark | Kind::Annotation if level <= 2 => Status::Bad,
            // A new field that shows something may cover what was certified.
            Kind::Signature if self.level.is_some() && change.rect.is_some() && change.is_new => {
                Status::Unknown
            }
            _ => Status::Good,
        }
    }
}

impl Lock {
    fn holds(&self, name: &str) -> bool {
        // A name stands for all fields below it.
        let names = |list: &[String]| {
            list.iter().any(|one| {
                name.strip_prefix(one.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
            })
        };
        match self {
            Self::All => true,
            Self::Include(list) => names(list),
            Self::Exclude(list) => !names(list),
        }
    }
}

/// `Action` and `Fields`; none for another action.
fn lock(pdf: &Pdf<'_>, dictionary: &Dictionary) -> Option<Lock> {
    let fields = pdf.get(dictionary, b"Fields").ok().flatten();
    let fields = fields.as_ref().and_then(Object::as_array).unwrap_or_default();
    let names: Vec<String> = fields.iter().filter_map(Object::as_string).map(text_of).collect();
    match dictionary.name(b"Action")?.as_bytes() {
        b"All" => Some(Lock::All),
        b"Include" => Some(Lock::Include(names)),
        b"Exclude" => Some(Lock::Exclude(names)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::Lock;

    #[test]
    fn a_lock_holds_a_field_and_all_below() {
        let names = vec!["a.b".to_owned()];
        assert!(Lock::Include(names.clone()).holds("a.b"));
        assert!(Lock::Include(names.clone()).holds("a.b.c"));
        assert!(!Lock::Include(names.clone()).holds("a.bc"));
        assert!(Lock::Exclude(names).holds("a"));
        assert!(Lock::All.holds("x"));
    }
}
