//! One parameter: the two forms a value has on the wire, and the traits by which typed values read and write
//! themselves.
//!
//! The tables write the same list sometimes as `String` and sometimes as `Integer` (resolution 10); so a type
//! is told the [`TableType`] of the field it stands in, and one internal enum serves all tables.

use serde_json::{Value, json};

use crate::code::Code;
use crate::error::Fault;

/// The value of a request's parameter. Null and "" never get here: they count as absent.
#[derive(Clone, PartialEq, Eq)]
pub enum ParamValue {
    /// A string, as decoded.
    Text(String),
    /// An integer between `i64::MIN` and `u64::MAX`.
    Integer(i128),
}

impl ParamValue {
    /// The text that is signed: the string itself, or the number in plain decimal.
    pub fn signed_text(&self) -> std::borrow::Cow<'_, str> {
        match self {
            Self::Text(text) => text.as_str().into(),
            Self::Integer(number) => number.to_string().into(),
        }
    }
}

/// The data type a table of the standard gives a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TableType {
    /// `String`
    String,
    /// `Integer`
    Integer,
    /// `Long`
    Long,
    /// `Boolean`
    Boolean,
    /// `Array`
    Array,
    /// `Object`
    Object,
    /// `MultipartFile`
    MultipartFile,
}

impl TableType {
    /// The word the table uses.
    pub fn word(self) -> &'static str {
        match self {
            Self::String => "String",
            Self::Integer => "Integer",
            Self::Long => "Long",
            Self::Boolean => "Boolean",
            Self::Array => "Array",
            Self::Object => "Object",
            Self::MultipartFile => "MultipartFile",
        }
    }
}

/// A type that can stand in a request's field.
pub trait Scalar: Sized {
    /// Reads and checks the value of a field of type `wire`.
    ///
    /// # Errors
    /// What is wrong with the value; never the value itself.
    fn read(value: &ParamValue, wire: TableType) -> Result<Self, Fault>;

    /// Writes the value for a field of type `wire`.
    fn write(&self, wire: TableType) -> ParamValue;
}

/// A type that can describe itself as a JSON schema (draft 2020-12), for the OpenAPI document.
pub trait Described {
    /// The schema of this type in a field of type `wire`.
    fn schema(wire: TableType) -> Value;
}

impl<T: Described> Described for Option<T> {
    fn schema(wire: TableType) -> Value {
        T::schema(wire)
    }
}

impl<T: Described> Described for Vec<T> {
    fn schema(_: TableType) -> Value {
        json!({ "type": "array", "items": T::schema(TableType::Object) })
    }
}

impl Described for String {
    fn schema(_: TableType) -> Value {
        json!({ "type": "string" })
    }
}

impl Described for bool {
    fn schema(_: TableType) -> Value {
        json!({ "type": "boolean" })
    }
}

impl Described for u32 {
    fn schema(_: TableType) -> Value {
        json!({ "type": "integer", "minimum": 0 })
    }
}

impl Described for u64 {
    fn schema(_: TableType) -> Value {
        json!({ "type": "integer", "format": "int64", "minimum": 0 })
    }
}

/// No data: `null` (resolution 14).
impl Described for () {
    fn schema(_: TableType) -> Value {
        json!({ "type": "null" })
    }
}

/// The text of a `String` field.
///
/// # Errors
/// A fault when the value is a number.
pub(crate) fn text_of(value: &ParamValue) -> Result<&str, Fault> {
    match value {
        ParamValue::Text(text) => Ok(text),
        ParamValue::Integer(_) => Err(Fault::malformed("type.string", "应为字符串", "must be a string")),
    }
}

/// The number of an `Integer` field.
///
/// # Errors
/// A fault when the value is a string.
pub(crate) fn integer_of(value: &ParamValue) -> Result<i128, Fault> {
    match value {
        ParamValue::Integer(number) => Ok(*number),
        ParamValue::Text(_) => Err(Fault::malformed("type.integer", "应为整数", "must be an integer")),
    }
}

/// The fault of a coded value outside its list (20003).
pub(crate) fn not_in_list(allowed: &str) -> Fault {
    Fault::new(Code::NotInList, "list", format!("取值应为 {allowed}"), format!("must be one of {allowed}"))
}
