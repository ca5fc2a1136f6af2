//! What earlier signatures allow (ISO 32000-1 §12.8.2.2 DocMDP, §12.8.2.4 FieldMDP, §12.7.4.5 Lock).

use super::error::SealError;
use super::field::Target;
use crate::pdf::{Dictionary, Form, Name, Object, Pdf, PdfError, text_of};

/// A signature that is there already.
#[derive(Debug, Default)]
pub(super) struct Earlier {
    /// Full name of its field.
    pub field: String,
    /// The strictest level of changes that it allows.
    pub level: Option<i64>,
    /// The fields that it locks.
    pub locks: Vec<Lock>,
}

/// Which fields are locked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Lock {
    /// All.
    All,
    /// These, and what is beneath them.
    Include(Vec<String>),
    /// All but these.
    Exclude(Vec<String>),
}

impl Lock {
    /// Reads a lock or the parameters of a FieldMDP transform. An action that is not known locks everything.
    pub(super) fn read(file: &Pdf<'_>, dictionary: &Dictionary) -> Result<Self, PdfError> {
        let fields = file.get(dictionary, b"Fields")?;
        let mut names = Vec::new();
        for item in fields.as_ref().and_then(Object::as_array).unwrap_or_default() {
            names.extend(file.resolve(item)?.as_string().map(text_of));
        }
        let action = file.get(dictionary, b"Action")?;
        Ok(match action.as_ref().and_then(Object::as_name).map(Name::as_bytes) {
            Some(b"Include") => Self::Include(names),
            Some(b"Exclude") => Self::Exclude(names),
            _ => Self::All,
        })
    }

    fn covers(&self, field: &str) -> bool {
        let is_in = |names: &[String]| {
            names.iter().any(|name| {
                field.strip_prefix(name.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
            })
        };
        match self {
            Self::All => true,
            Self::Include(names) => is_in(names),
            Self::Exclude(names) => !is_in(names),
        }
    }

    /// As the parameters of a FieldMDP transform.
    pub(super) fn parameters(&self) -> Dictionary {
        let (action, names) = match self {
            Self::All => ("All", None),
            Self::Include(names) => ("Include", Some(names)),
            Self::Exclude(names) => ("Exclude", Some(names)),
        };
        let mut out = Dictionary::new()
            .with(b"Type", Object::name("TransformParams"))
            .with(b"Action", Object::name(action))
            .with(b"V", Object::name("1.2"));
        if let Some(names) = names {
            out.set(b"Fields", Object::Array(names.iter().map(|name| Object::text(name)).collect()));
        }
        out
    }
}

/// The signatures of the form, and the certification that the catalogue names.
pub(super) fn earlier(file: &Pdf<'_>, catalog: &Dictionary, form: &Form) -> Result<Vec<Earlier>, SealError> {
    let mut all = Vec::new();
    for field in form.fields.iter().filter(|field| super::field::is_signature(field)) {
        let Some(value) = &field.value else { continue };
        let value = file.resolve(value)?;
        let Some(signature) = value.as_dictionary() else { continue };
        let mut earlier = Earlier { field: field.name.clone(), ..Earlier::default() };
        read_references(file, signature, &mut earlier)?;
        if let Some(lock) = file.dictionary(&field.dictionary, b"Lock")? {
            earlier.locks.push(Lock::read(file, &lock)?);
            if let Some(level) = file.get(&lock, b"P")? {
                stricter(&mut earlier.level, level_of(&level));
            }
        }
        all.push(earlier);
    }
    let perms = file.dictionary(catalog, b"Perms")?.unwrap_or_default();
    if let Some(signature) = file.dictionary(&perms, b"DocMDP")? {
        let mut earlier = Earlier { field: "DocMDP".to_owned(), ..Earlier::default() };
        read_references(file, &signature, &mut earlier)?;
        all.push(earlier);
    }
    Ok(all)
}

/// Reads the transforms of a signature dictionary.
fn read_references(file: &Pdf<'_>, signature: &Dictionary, earlier: &mut Earlier) -> Result<(), PdfError> {
    let references = file.get(signature, b"Reference")?;
    for item in references.as_ref().and_then(Object::as_array).unwrap_or_default() {
        let item = file.resolve(item)?;
        let Some(reference) = item.as_dictionary() else { continue };
        let parameters = file.dictionary(reference, b"TransformParams")?.unwrap_or_default();
        let method = file.get(reference, b"TransformMethod")?;
        match method.as_ref().and_then(Object::as_name).map(Name::as_bytes) {
            Some(b"DocMDP") => {
                let level = file.get(&parameters, b"P")?;
                stricter(&mut earlier.level, level.as_ref().map_or(2, level_of));
            }
            Some(b"FieldMDP") => earlier.locks.push(Lock::read(file, &parameters)?),
            _ => {}
        }
    }
    Ok(())
}

/// A level that is not known allows nothing.
fn level_of(object: &Object) -> i64 {
    object.as_integer().filter(|level| (1..=3).contains(level)).unwrap_or(1)
}

fn stricter(level: &mut Option<i64>, found: i64) {
    *level = Some(level.map_or(found, |level| level.min(found)));
}

/// Refuses what an earlier signature forbids: any change at level 1; a new field at the others too, because
/// validators take only the filling of existing ones for a permitted change; and fields that are locked.
pub(super) fn check(all: &[Earlier], target: &Target) -> Result<(), SealError> {
    for earlier in all {
        match earlier.level {
            Some(level) if level < 2 || matches!(target, Target::New { .. }) => {
                return Err(SealError::Certified { signature: earlier.field.clone(), level });
            }
            _ => {}
        }
        if earlier.locks.iter().any(|lock| lock.covers(target.name())) {
            let signature = earlier.field.clone();
            return Err(SealError::Locked { field: target.name().to_owned(), signature });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lock_covers_what_is_beneath_a_name() {
        let names = || vec!["甲方".to_owned(), "b.c".to_owned()];
        for (field, is_named) in [
            ("甲方", true),
            ("甲方.印章", true),
            ("甲方二", false),
            ("b", false),
            ("b.c", true),
            ("b.cd", false),
        ] {
            assert_eq!(Lock::Include(names()).covers(field), is_named, "{field}");
            assert_eq!(Lock::Exclude(names()).covers(field), !is_named, "{field}");
            assert!(Lock::All.covers(field));
        }
    }

    #[test]
    fn certified_documents_take_signatures_only_in_fields_that_are_there() {
        let new = Target::New { name: "x".to_owned() };
        let level = |level| [Earlier { field: "a".to_owned(), level, locks: Vec::new() }];
        assert_eq!(check(&level(None), &new), Ok(()));
        for number in 1..=3 {
            let refused = SealError::Certified { signature: "a".to_owned(), level: number };
            assert_eq!(check(&level(Some(number)), &new), Err(refused));
        }
        let locking = [Earlier { field: "a".to_owned(), level: None, locks: vec![Lock::All] }];
        assert_eq!(check(&locking, &new).unwrap_err().code(), "pdf.locked");
    }
}
