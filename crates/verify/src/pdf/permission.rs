//! What a certification or a lock allows (ISO 32000-1 §12.8.2.2 and §12.8.2.4, ISO 32000-2 §12.7.5.5).
//!
//! Readers take each value from where it stands, directly or in an object of its own. One that is there and cannot be
//! read leaves open what is allowed.

use std::collections::HashSet;

use formats::pdf::{Dictionary, Name, Object, Pdf, text_of};

use super::changes::{Change, Changes, Kind, doubled_in};
use super::signed::Whole;
use crate::catalogue as rule;
use crate::finding::Findings;
use crate::text::{Detail, printable};
use crate::verdict::Status;

/// References in one signature that are looked at; of more it is not known what they allow.
const MOST: usize = 1_000;

/// What a signature allows to be changed after it.
#[derive(Debug, Default)]
pub(super) struct Permission {
    /// 1: nothing; 2: filling in and signing; 3: annotations too. None when it does not say.
    pub(super) level: Option<i64>,
    locks: Vec<Lock>,
    /// A key that stands twice in what says it: readers take one value or the other.
    doubled: Option<Name>,
    /// A key whose value is there and is not what it should be.
    unread: Option<&'static str>,
}

/// Fields that may not change.
#[derive(Debug)]
enum Lock {
    All,
    Include(HashSet<String>),
    Exclude(HashSet<String>),
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
        let references = dictionary.and_then(|dictionary| found.value(pdf, dictionary, "Reference", array));
        let references = references.unwrap_or_default();
        if references.len() > MOST {
            found.unread = Some("Reference");
        }
        for reference in references.iter().take(MOST) {
            match pdf.resolve(reference).as_deref() {
                Ok(Object::Dictionary(reference)) => found.reference(pdf, reference),
                _ => found.unread = Some("Reference"),
            }
        }
        if let Some(lock) = found.value(pdf, &whole.field.dictionary, "Lock", dictionary_of) {
            found.note(&lock);
            found.lock(pdf, &lock);
            let level = found.value(pdf, &lock, "P", level);
            found.limit(level);
        }
        found
    }

    /// A value that may stand in an object of its own; none where there is none, and where it is noted as unread.
    fn value<T>(
        &mut self,
        pdf: &Pdf<'_>,
        dictionary: &Dictionary,
        key: &'static str,
        read: impl FnOnce(&Object) -> Option<T>,
    ) -> Option<T> {
        let value = match pdf.get(dictionary, key.as_bytes()) {
            Ok(None) => return None,
            Ok(Some(value)) => read(&value),
            Err(_) => None,
        };
        if value.is_none() {
            self.unread = Some(key);
        }
        value
    }

    fn reference(&mut self, pdf: &Pdf<'_>, reference: &Dictionary) {
        self.note(reference);
        let method = self.value(pdf, reference, "TransformMethod", name);
        let parameters = self.value(pdf, reference, "TransformParams", dictionary_of).unwrap_or_default();
        self.note(&parameters);
        match method.as_ref().map(Name::as_bytes) {
            Some(b"DocMDP") => {
                let level = self.value(pdf, &parameters, "P", level);
                self.limit(Some(level.unwrap_or(2)));
            }
            Some(b"FieldMDP") => self.lock(pdf, &parameters),
            _ => {}
        }
    }

    /// `Action` and `Fields`.
    fn lock(&mut self, pdf: &Pdf<'_>, dictionary: &Dictionary) {
        let action = self.value(pdf, dictionary, "Action", name);
        let lock = match action.as_ref().map(Name::as_bytes) {
            Some(b"All") => Some(Lock::All),
            Some(b"Include") => self.names(pdf, dictionary).map(Lock::Include),
            Some(b"Exclude") => self.names(pdf, dictionary).map(Lock::Exclude),
            // Without an action nothing is locked, unless fields are named and nobody says what for.
            None if dictionary.entry(b"Fields").is_none() => None,
            _ => {
                self.unread = Some("Action");
                None
            }
        };
        self.locks.extend(lock);
    }

    fn names(&mut self, pdf: &Pdf<'_>, dictionary: &Dictionary) -> Option<HashSet<String>> {
        let fields = self.value(pdf, dictionary, "Fields", array);
        let text = |item: &Object| pdf.resolve(item).ok()?.as_string().map(text_of);
        let names = fields.and_then(|fields| fields.iter().map(text).collect());
        if names.is_none() {
            self.unread = Some("Fields");
        }
        names
    }

    fn note(&mut self, dictionary: &Dictionary) {
        if self.doubled.is_none() {
            self.doubled = doubled_in(dictionary).cloned();
        }
    }

    fn limit(&mut self, level: Option<i64>) {
        self.level = [self.level, level].into_iter().flatten().min();
    }

    /// Judges the changes by it. A signature that says nothing has no finding.
    pub(super) fn judge(&self, changes: &Changes, findings: &mut Findings) {
        // What nobody changed needs no permission.
        let unread = self.unread.filter(|_| {
            changes.incomplete.is_some() || changes.list.iter().any(|change| needs_permission(change.kind))
        });
        if self.level.is_none() && self.locks.is_empty() && self.doubled.is_none() && unread.is_none() {
            return;
        }
        let of = |status: Status| changes.list.iter().filter(move |change| self.meaning(change) == status);
        for status in [Status::Bad, Status::Unknown] {
            let names: Vec<&str> = of(status).map(|change| change.words.zh.as_str()).collect();
            let english: Vec<&str> = of(status).map(|change| change.words.en.as_str()).collect();
            if !names.is_empty() {
                let (zh, en) = (Detail::list(names, 3).zh, Detail::list(english, 3).en);
                return findings.add_with(&rule::SIGNATURE_PERMISSION, status, Detail::new(zh, en));
            }
        }
        if let Some(key) = &self.doubled {
            let key = printable(&key.to_text());
            let words = Detail::new(
                format!("签名域、锁定或签名字典中键 /{key} 出现两次，阅读器各取其一"),
                format!(
                    "in the signed field, its lock or the signature dictionary the key /{key} stands twice, and readers take one or the other"
                ),
            );
            return findings.add_with(&rule::SIGNATURE_PERMISSION, Status::Unknown, words);
        }
        if let Some(key) = unread {
            let words = Detail::new(format!("/{key} 无法解读"), format!("/{key} cannot be read"));
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
        let is_locked = |name: &str| self.locks.iter().any(|lock| lock.holds(name));
        if is_filling && change.field.as_deref().is_some_and(is_locked) {
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

/// What a certification or a lock can forbid; what is kept for later and what nobody sees it cannot.
const fn needs_permission(kind: Kind) -> bool {
    !matches!(kind, Kind::Unused | Kind::Stamp | Kind::Evidence | Kind::Metadata | Kind::Structure)
}

fn array(value: &Object) -> Option<Vec<Object>> {
    value.as_array().map(<[Object]>::to_vec)
}

fn dictionary_of(value: &Object) -> Option<Dictionary> {
    value.as_dictionary().cloned()
}

fn name(value: &Object) -> Option<Name> {
    value.as_name().cloned()
}

fn level(value: &Object) -> Option<i64> {
    value.as_integer().filter(|level| (1..=3).contains(level))
}

impl Lock {
    fn holds(&self, name: &str) -> bool {
        // A name stands for all fields below it.
        let is_in = |names: &HashSet<String>| {
            let above = name.match_indices('.').filter_map(|(at, _)| name.get(..at));
            names.contains(name) || above.into_iter().any(|above| names.contains(above))
        };
        match self {
            Self::All => true,
            Self::Include(names) => is_in(names),
            Self::Exclude(names) => !is_in(names),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lock_holds_a_field_and_all_below() {
        let names = || HashSet::from(["a.b".to_owned()]);
        assert!(Lock::Include(names()).holds("a.b"));
        assert!(Lock::Include(names()).holds("a.b.c"));
        assert!(!Lock::Include(names()).holds("a.bc"));
        assert!(!Lock::Include(names()).holds("a"));
        assert!(Lock::Exclude(names()).holds("a"));
        assert!(Lock::All.holds("x"));
    }

    #[test]
    fn a_level_is_one_of_three() {
        let levels = [0, 1, 2, 3, 4].map(|number| level(&Object::Integer(number)));
        assert_eq!(levels, [None, Some(1), Some(2), Some(3), None]);
        assert_eq!(level(&Object::name("1")), None);
    }
}
