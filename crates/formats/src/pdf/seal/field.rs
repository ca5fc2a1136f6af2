//! The field that takes the signature (ISO 32000-1 §12.7.4.5).

use std::collections::HashSet;

use super::error::SealError;
use super::placement::FieldChoice;
use crate::pdf::{Field, Form, Object, Pdf};

/// Longest name of a new field.
const LONGEST_NAME: usize = 200;

/// The chosen field.
#[derive(Debug)]
pub(super) enum Target {
    /// To be made.
    New {
        /// Its name.
        name: String,
    },
    /// There already, and empty.
    Existing(Box<Field>),
}

impl Target {
    /// Its full name.
    pub(super) fn name(&self) -> &str {
        match self {
            Self::New { name } => name,
            Self::Existing(field) => &field.name,
        }
    }
}

/// True for a signature field.
pub(super) fn is_signature(field: &Field) -> bool {
    field.kind.as_ref().is_some_and(|kind| kind.as_bytes() == b"Sig")
}

/// Finds the field, or a name for a new one.
pub(super) fn choose(file: &Pdf<'_>, form: &Form, choice: &FieldChoice) -> Result<Target, SealError> {
    match choice {
        FieldChoice::New(Some(name)) => new_named(form, name),
        FieldChoice::New(None) => Ok(Target::New { name: free_name(form) }),
        FieldChoice::Existing(name) => {
            let field = form.fields.iter().find(|field| field.name == *name && is_signature(field));
            let field = field.ok_or_else(|| SealError::NoField(name.clone()))?;
            if !is_empty(file, field)? {
                return Err(SealError::FieldSigned(name.clone()));
            }
            existing(field)
        }
        FieldChoice::FirstEmpty => {
            for field in form.fields.iter().filter(|field| is_signature(field)) {
                if is_empty(file, field)? {
                    return existing(field);
                }
            }
            Err(SealError::NoEmptyField)
        }
    }
}

/// Full names of the signature fields that take a signature, at most so many, in the order of the form.
pub(crate) fn empty_fields(file: &Pdf<'_>, most: usize) -> Result<Vec<String>, SealError> {
    let mut names = Vec::new();
    for field in file.form()?.fields.iter().filter(|field| is_signature(field) && field.id.is_some()) {
        if names.len() >= most {
            break;
        }
        if is_empty(file, field)? {
            names.push(field.name.clone());
        }
    }
    Ok(names)
}

fn new_named(form: &Form, name: &str) -> Result<Target, SealError> {
    let is_good = !name.trim().is_empty()
        && name.chars().count() <= LONGEST_NAME
        && !name.chars().any(|character| character == '.' || character.is_control());
    if !is_good {
        return Err(SealError::BadName(name.chars().take(LONGEST_NAME).collect()));
    }
    if is_taken(form, name) {
        return Err(SealError::NameTaken(name.to_owned()));
    }
    Ok(Target::New { name: name.to_owned() })
}

/// The first of `Signature1`, `Signature2` and so on that no field and no group of fields has.
fn free_name(form: &Form) -> String {
    let number = |field: &Field| {
        let (first, _) = field.name.split_once('.').unwrap_or((&field.name, ""));
        first.strip_prefix("Signature")?.parse::<usize>().ok()
    };
    let used: HashSet<usize> = form.fields.iter().filter_map(number).collect();
    // One more number than there are fields: one of them is free.
    let free = (1..=form.fields.len().saturating_add(1)).find(|number| !used.contains(number));
    format!("Signature{}", free.unwrap_or_default())
}

/// True when a field or a group of fields has the name.
fn is_taken(form: &Form, name: &str) -> bool {
    form.fields.iter().any(|field| {
        field.name.strip_prefix(name).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    })
}

fn is_empty(file: &Pdf<'_>, field: &Field) -> Result<bool, SealError> {
    Ok(match &field.value {
        None => true,
        Some(value) => *file.resolve(value)? == Object::Null,
    })
}

fn existing(field: &Field) -> Result<Target, SealError> {
    if field.id.is_none() {
        return Err(SealError::Structure("the signature field is no object of its own"));
    }
    super::guard::single_keys(&field.dictionary, "the signature field")?;
    Ok(Target::Existing(Box::new(field.clone())))
}
