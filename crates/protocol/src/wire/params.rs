//! The parameters of one request: a flat list of scalars, as they came or as they go.

use std::collections::BTreeMap;
use std::fmt;

use super::json::{self, Limits};
use crate::code::Code;
use crate::error::{ApiError, Fault, FieldError};
use crate::scalar::{ParamValue, Scalar, TableType};

/// The parameters of a request, sorted by key. Absent, null and "" are the same: not there.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Params(BTreeMap<String, ParamValue>);

/// Keys that were written otherwise once and are still read (resolution 40): alias, real name.
const ALIASES: &[(&str, &str)] = &[("ukeyId", "UKeyId")];

impl Params {
    /// No parameters.
    pub fn new() -> Self {
        Self::default()
    }

    /// Reads the body of a JSON request.
    ///
    /// # Errors
    /// 20010 when it is too large, else 20002 with the rule that was broken.
    pub fn from_json(bytes: &[u8], limits: Limits) -> Result<Self, ApiError> {
        let entries =
            json::read(bytes, limits).map_err(|(key, fault)| ApiError::from(fault.on(printable(&key))))?;
        let mut seen = std::collections::BTreeSet::new();
        let mut params = Self::new();
        for (key, value) in entries {
            check_key(&key)?;
            if let Some(value) = value {
                params.put(&key, value);
            }
            // A null counts too: which of the two was meant?
            if !seen.insert(key.clone()) {
                let fault = Fault::malformed("json.duplicate-key", "参数重复", "given twice");
                return Err(fault.on(key).into());
            }
        }
        Ok(params)
    }

    /// Adds a parameter, as the scalar parts of a multipart body come one by one.
    ///
    /// # Errors
    /// 20002 for a key or value out of form, or a key that is there already.
    pub fn insert(&mut self, key: &str, value: ParamValue) -> Result<(), ApiError> {
        check_key(key)?;
        if let ParamValue::Text(text) = &value
            && text.chars().any(super::is_control)
        {
            let fault = Fault::malformed("control", "含控制字符", "contains a control character");
            return Err(fault.on(key).into());
        }
        if self.0.contains_key(key) {
            return Err(Fault::malformed("duplicate-key", "参数重复", "given twice").on(key).into());
        }
        self.put(key, value);
        Ok(())
    }

    /// Takes the parameter under exactly this key away.
    pub fn take(&mut self, key: &str) -> Option<ParamValue> {
        self.0.remove(key)
    }

    /// Sets a parameter that a typed value wrote: nothing about it can be out of form.
    pub(crate) fn put(&mut self, key: &str, value: ParamValue) {
        if value != ParamValue::Text(String::new()) {
            self.0.insert(key.to_owned(), value);
        }
    }

    /// The value under exactly this key.
    pub fn get(&self, key: &str) -> Option<&ParamValue> {
        self.0.get(key)
    }

    /// The string under exactly this key.
    pub fn text(&self, key: &str) -> Option<&str> {
        match self.0.get(key) {
            Some(ParamValue::Text(text)) => Some(text),
            _ => None,
        }
    }

    /// Every parameter, sorted by key.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &ParamValue)> {
        self.0.iter().map(|(key, value)| (key.as_str(), value))
    }

    /// How many parameters there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The JSON object of these parameters, keys sorted.
    pub fn to_json(&self) -> Vec<u8> {
        let mut out = vec![b'{'];
        for (key, value) in &self.0 {
            if out.len() > 1 {
                out.push(b',');
            }
            out.extend_from_slice(serde_json::Value::from(key.as_str()).to_string().as_bytes());
            out.push(b':');
            match value {
                ParamValue::Text(text) => {
                    out.extend_from_slice(serde_json::Value::from(text.as_str()).to_string().as_bytes());
                }
                ParamValue::Integer(number) => out.extend_from_slice(number.to_string().as_bytes()),
            }
        }
        out.push(b'}');
        out
    }

    /// The value for the field `name`, under its name or an alias.
    fn field(&self, name: &str) -> Result<Option<&ParamValue>, Fault> {
        let direct = self.0.get(name);
        let alias = ALIASES.iter().find(|(_, real)| *real == name).and_then(|(alias, _)| self.0.get(*alias));
        match (direct, alias) {
            (Some(_), Some(_)) => Err(Fault::new(
                Code::Contradiction,
                "alias",
                "同一参数以两种写法出现",
                "given under two spellings",
            )),
            (value, None) | (None, value) => Ok(value),
        }
    }

    /// The field's real name for a key as it came.
    pub(crate) fn real_name(key: &str) -> &str {
        ALIASES.iter().find(|(alias, _)| *alias == key).map_or(key, |(_, real)| real)
    }
}

/// Prints the keys only: values may be personal.
impl fmt::Debug for Params {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Params")?;
        f.debug_set().entries(self.0.keys()).finish()
    }
}

/// Keys match `[A-Za-z0-9_]{1,64}`.
fn check_key(key: &str) -> Result<(), ApiError> {
    if (1..=64).contains(&key.len()) && key.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_') {
        Ok(())
    } else {
        let fault = Fault::malformed("json.key", "参数名不合法", "a parameter's name is malformed");
        Err(fault.on(printable(key)).into())
    }
}

/// A key as it may be shown in a message: cut, and without what is not plain.
fn printable(key: &str) -> String {
    key.chars().take(64).map(|c| if c.is_ascii_graphic() { c } else { '?' }).collect()
}

/// Reads the fields of a table and collects every fault on the way.
pub struct Reader<'a> {
    params: &'a Params,
    errors: Vec<FieldError>,
}

impl<'a> Reader<'a> {
    /// Starts reading `params`.
    pub fn new(params: &'a Params) -> Self {
        Self { params, errors: Vec::new() }
    }

    /// A field that must be there. `None` means that a fault was noted.
    pub fn required<T: Scalar>(&mut self, name: &str, wire: TableType) -> Option<T> {
        match self.optional(name, wire) {
            Some(None) => {
                let fault = Fault::new(
                    Code::ParameterMissing,
                    "missing",
                    Code::ParameterMissing.zh(),
                    Code::ParameterMissing.en(),
                );
                self.note(fault.on(name));
                None
            }
            Some(value) => value,
            None => None,
        }
    }

    /// A field that may be there. The outer `None` means that a fault was noted.
    pub fn optional<T: Scalar>(&mut self, name: &str, wire: TableType) -> Option<Option<T>> {
        let read = match self.params.field(name) {
            Ok(None) => return Some(None),
            Ok(Some(value)) => T::read(value, wire),
            Err(fault) => Err(fault),
        };
        match read {
            Ok(value) => Some(Some(value)),
            Err(fault) => {
                self.note(fault.on(name));
                None
            }
        }
    }

    /// An extension of ours: optional like any other.
    pub fn extension<T: Scalar>(&mut self, name: &str, wire: TableType) -> Option<Option<T>> {
        self.optional(name, wire)
    }

    /// Notes a fault.
    pub fn note(&mut self, error: FieldError) {
        self.errors.push(error);
    }

    /// Every fault noted so far.
    pub fn into_errors(self) -> Vec<FieldError> {
        self.errors
    }
}

/// Writes the fields of a table.
pub(crate) struct Writer<'a>(pub(crate) &'a mut Params);

impl Writer<'_> {
    pub(crate) fn required<T: Scalar>(&mut self, name: &str, wire: TableType, value: &T) {
        self.0.put(name, value.write(wire));
    }

    pub(crate) fn optional<T: Scalar>(&mut self, name: &str, wire: TableType, value: Option<&T>) {
        if let Some(value) = value {
            self.0.put(name, value.write(wire));
        }
    }

    pub(crate) fn extension<T: Scalar>(&mut self, name: &str, wire: TableType, value: Option<&T>) {
        self.optional(name, wire, value);
    }
}
