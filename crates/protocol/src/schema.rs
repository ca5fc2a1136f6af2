//! How tables and interfaces are declared.
//!
//! Each table of the standard is a struct with its fields in the standard's order, made by `request_table!`
//! or `answer_table!`; each interface is one item of [`crate::endpoints`]. Whatever else needs to know the
//! protocol (servers, clients, the OpenAPI document, the comparison with the standard) reads these
//! descriptions.
//!
//! The parameters that every request has (version, appId, time, nonce, sign) are not members of the request
//! types but of [`Head`]; [`TableInfo::rows`] puts them back where the table has them.

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::error::{ApiError, FieldError};
use crate::ids::AppId;
use crate::scalar::{Described, Scalar, TableType};
use crate::values::{MillisTime, Nonce, Version};
use crate::wire::{Params, Reader, Writer};

/// Whether a field must be there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    /// Required by the table.
    Required,
    /// In the table, not required.
    Optional,
    /// Not in the table: an extension of ours (resolutions 5, 24, 36), never required.
    Extension,
    /// A field of an answer: the tables do not say which are always there.
    Answer,
}

/// One row of a table.
#[derive(Clone, Copy)]
pub struct FieldInfo {
    /// The JSON name.
    pub name: &'static str,
    /// Whether it must be there.
    pub need: Need,
    /// The table's data type.
    pub table_type: TableType,
    /// What it is for.
    pub doc: &'static str,
    /// The JSON schema of its type.
    pub schema: fn(TableType) -> Value,
}

impl std::fmt::Debug for FieldInfo {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {:?} {:?}", self.name, self.need, self.table_type)
    }
}

/// Which common parameters a request has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HeadKind {
    /// version, appId, time, nonce and sign.
    Full,
    /// version, appId and sign: tables 19 and 21. Time and nonce are accepted (resolution 30).
    Short,
}

/// A table of the standard.
#[derive(Debug)]
pub struct TableInfo {
    /// The table's number; `None` for a table of ours.
    pub number: Option<u8>,
    /// The clause it stands in.
    pub clause: &'static str,
    /// The interface's name.
    pub interface: &'static str,
    /// `request`, `response`, or the path of the object inside the response.
    pub part: &'static str,
    /// The common parameters, for requests.
    pub head: Option<HeadKind>,
    /// The name of the Rust type, which is that of the OpenAPI schema.
    pub type_name: &'static str,
    /// What the table is.
    pub doc: &'static str,
    /// The fields beside the common ones, in the standard's order, extensions last.
    pub fields: &'static [FieldInfo],
}

macro_rules! head_field {
    ($name:literal, $need:ident, $wire:ident, $ty:ty, $doc:literal) => {
        FieldInfo {
            name: $name,
            need: Need::$need,
            table_type: TableType::$wire,
            doc: $doc,
            schema: <$ty as Described>::schema,
        }
    };
}

const VERSION: FieldInfo =
    head_field!("version", Required, String, Version, "Version of the interface (版本).");
const APP_ID: FieldInfo = head_field!("appId", Required, String, AppId, "The calling system (AppId 标识).");
const TIME: FieldInfo =
    head_field!("time", Required, String, MillisTime, "Milliseconds since 1970 UTC (时间戳); within 300 s.");
const NONCE: FieldInfo =
    head_field!("nonce", Required, Integer, Nonce, "Random, used once with this time (随机整数).");
const SIGN: FieldInfo = head_field!(
    "sign",
    Required,
    String,
    String,
    "SM2 signature of the canonical string, strict DER in standard Base64 (签名值)."
);

impl TableInfo {
    /// Every row in the standard's order: the common parameters too, extensions last.
    pub fn rows(&self) -> Vec<FieldInfo> {
        let own = |extension: bool| {
            self.fields.iter().copied().filter(move |field| (field.need == Need::Extension) == extension)
        };
        let mut rows = Vec::with_capacity(self.fields.len() + 5);
        match self.head {
            Some(HeadKind::Full) => rows.extend([VERSION, APP_ID, TIME, NONCE]),
            Some(HeadKind::Short) => rows.extend([VERSION, APP_ID]),
            None => {}
        }
        rows.extend(own(false));
        if self.head.is_some() {
            rows.push(SIGN);
        }
        rows.extend(own(true));
        if self.head == Some(HeadKind::Short) {
            rows.extend([TIME, NONCE].map(|field| FieldInfo { need: Need::Extension, ..field }));
        }
        rows
    }
}

/// The common parameters of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Head {
    /// Who calls.
    pub app_id: AppId,
    /// When; always there for [`HeadKind::Full`].
    pub time: Option<MillisTime>,
    /// Used once with the time; always there for [`HeadKind::Full`].
    pub nonce: Option<Nonce>,
    /// The signature as it came.
    pub sign: String,
}

impl Head {
    /// Reads the common parameters, noting every fault in `reader`.
    pub fn read(kind: HeadKind, reader: &mut Reader<'_>) -> Option<Self> {
        let version = reader.required::<Version>(VERSION.name, TableType::String);
        let app_id = reader.required(APP_ID.name, TableType::String);
        let (time, nonce) = match kind {
            HeadKind::Full => (
                reader.required(TIME.name, TableType::String).map(Some),
                reader.required(NONCE.name, TableType::Integer).map(Some),
            ),
            HeadKind::Short => (
                reader.optional(TIME.name, TableType::String),
                reader.optional(NONCE.name, TableType::Integer),
            ),
        };
        let sign = reader.required::<SignText>(SIGN.name, TableType::String);
        version?;
        Some(Self { app_id: app_id?, time: time?, nonce: nonce?, sign: sign?.0 })
    }

    /// Writes version, appId, time and nonce; `sign` comes last, over all the rest.
    pub fn write(app_id: &AppId, time: Option<MillisTime>, nonce: Option<Nonce>, params: &mut Params) {
        let mut writer = Writer(params);
        writer.required(VERSION.name, TableType::String, &Version);
        writer.required(APP_ID.name, TableType::String, app_id);
        writer.optional(TIME.name, TableType::String, time.as_ref());
        writer.optional(NONCE.name, TableType::Integer, nonce.as_ref());
    }
}

/// The text of `sign`: judged when the signature is verified, so that every mistake in it is 10003.
struct SignText(String);

impl Scalar for SignText {
    fn read(value: &crate::scalar::ParamValue, _: TableType) -> Result<Self, crate::error::Fault> {
        crate::scalar::text_of(value).map(|text| Self(text.to_owned()))
    }

    fn write(&self, _: TableType) -> crate::scalar::ParamValue {
        crate::scalar::ParamValue::Text(self.0.clone())
    }
}

/// A request's table.
pub trait RequestTable: Sized + Clone + Send + Sync + 'static {
    /// The table.
    const TABLE: &'static TableInfo;

    /// Reads the fields, noting every fault in `reader`.
    fn read(reader: &mut Reader<'_>) -> Option<Self>;

    /// Writes the fields.
    fn write(&self, params: &mut Params);

    /// The rules between fields.
    fn contradictions(&self) -> Vec<FieldError>;
}

/// An answer's `data`.
pub trait AnswerData: Described + Serialize + DeserializeOwned + Send + 'static {}

impl<T: Described + Serialize + DeserializeOwned + Send + 'static> AnswerData for T {}

/// Reads a whole request: common parameters, fields, and the rules between them, reporting every fault at once.
///
/// # Errors
/// A 1xxxx, 2xxxx or 30002 code with every failing field.
pub fn read_request<R: RequestTable>(params: &Params) -> Result<(Head, R), ApiError> {
    let mut reader = Reader::new(params);
    let kind = R::TABLE.head.unwrap_or(HeadKind::Full);
    let head = Head::read(kind, &mut reader);
    let request = R::read(&mut reader);
    if let Some(request) = &request {
        for error in request.contradictions() {
            reader.note(error);
        }
    }
    match (head, request, reader.into_errors()) {
        (Some(head), Some(request), errors) if errors.is_empty() => Ok((head, request)),
        (_, _, errors) => Err(ApiError::fields(errors)),
    }
}

/// Reads the fields of a table and the rules between them, without the common parameters: for a row of a file, which
/// nobody signed.
///
/// # Errors
/// A 2xxxx or 30002 code with every failing field.
pub fn read_fields<R: RequestTable>(params: &Params) -> Result<R, ApiError> {
    let mut reader = Reader::new(params);
    let request = R::read(&mut reader);
    if let Some(request) = &request {
        for error in request.contradictions() {
            reader.note(error);
        }
    }
    match (request, reader.into_errors()) {
        (Some(request), errors) if errors.is_empty() => Ok(request),
        (_, errors) => Err(ApiError::fields(errors)),
    }
}

/// Reads the common parameters alone: what a multipart request is judged by before its file is read.
///
/// # Errors
/// As [`read_request`].
pub fn read_head(kind: HeadKind, params: &Params) -> Result<Head, ApiError> {
    let mut reader = Reader::new(params);
    match (Head::read(kind, &mut reader), reader.into_errors()) {
        (Some(head), errors) if errors.is_empty() => Ok(head),
        (_, errors) => Err(ApiError::fields(errors)),
    }
}

/// Declares a request's table: struct, reading, writing and description from one list of fields.
///
/// The rules between fields are the type's [`Rules`], written by hand beside it.
macro_rules! request_table {
    ($(#[doc = $doc:literal])* table $number:tt clause $clause:literal interface $interface:literal head $head:ident
     pub struct $name:ident {
        $( $(#[doc = $field_doc:literal])* $field:ident : $ty:ty = $need:ident $json:literal $wire:ident, )*
    }) => {
        $(#[doc = $doc])*
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub struct $name {
            $( $(#[doc = $field_doc])* pub $field: $ty, )*
        }

        impl $crate::schema::RequestTable for $name {
            const TABLE: &'static $crate::schema::TableInfo = &$crate::schema::TableInfo {
                number: $crate::schema::table_number!($number),
                clause: $clause,
                interface: $interface,
                part: "request",
                head: Some($crate::schema::HeadKind::$head),
                type_name: stringify!($name),
                doc: concat!($($doc, "\n"),*),
                fields: &[$(
                    $crate::schema::FieldInfo {
                        name: $json,
                        need: $crate::schema::need!($need),
                        table_type: $crate::scalar::TableType::$wire,
                        doc: concat!($($field_doc, "\n"),*),
                        schema: <$ty as $crate::scalar::Described>::schema,
                    },
                )*],
            };

            fn read(reader: &mut $crate::wire::Reader<'_>) -> Option<Self> {
                $( let $field = reader.$need($json, $crate::scalar::TableType::$wire); )*
                Some(Self { $( $field: $field? ),* })
            }

            fn write(&self, params: &mut $crate::wire::Params) {
                let mut writer = $crate::wire::Writer(params);
                $( writer.$need($json, $crate::scalar::TableType::$wire, $crate::schema::borrowed!($need self.$field)); )*
            }

            fn contradictions(&self) -> Vec<$crate::error::FieldError> {
                $crate::schema::Rules::check(self)
            }
        }
    };
}
pub(crate) use request_table;

/// Declares a table of an answer's `data`.
macro_rules! answer_table {
    ($(#[doc = $doc:literal])* table $number:tt clause $clause:literal interface $interface:literal part $part:literal
     pub struct $name:ident {
        $( $(#[doc = $field_doc:literal])* $(#[serde($($serde:tt)*)])*
           $field:ident : $ty:ty = $need:ident $json:literal $wire:ident, )*
    }) => {
        $(#[doc = $doc])*
        #[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
        pub struct $name {
            $( $(#[doc = $field_doc])* #[serde(rename = $json)] $(#[serde($($serde)*)])* pub $field: $ty, )*
        }

        impl $name {
            /// The table.
            pub const TABLE: &'static $crate::schema::TableInfo = &$crate::schema::TableInfo {
                number: $crate::schema::table_number!($number),
                clause: $clause,
                interface: $interface,
                part: $part,
                head: None,
                type_name: stringify!($name),
                doc: concat!($($doc, "\n"),*),
                fields: &[$(
                    $crate::schema::FieldInfo {
                        name: $json,
                        need: $crate::schema::need!($need),
                        table_type: $crate::scalar::TableType::$wire,
                        doc: concat!($($field_doc, "\n"),*),
                        schema: <$ty as $crate::scalar::Described>::schema,
                    },
                )*],
            };
        }

        impl $crate::scalar::Described for $name {
            fn schema(_: $crate::scalar::TableType) -> serde_json::Value {
                serde_json::json!({ "$ref": concat!("#/components/schemas/", stringify!($name)) })
            }
        }
    };
}
pub(crate) use answer_table;

/// A field's value as the writer takes it.
macro_rules! borrowed {
    (required $value:expr) => {
        &$value
    };
    ($other:ident $value:expr) => {
        $value.as_ref()
    };
}
pub(crate) use borrowed;

macro_rules! table_number {
    (ours) => {
        None
    };
    ($number:literal) => {
        Some($number)
    };
}
pub(crate) use table_number;

macro_rules! need {
    (required) => {
        $crate::schema::Need::Required
    };
    (optional) => {
        $crate::schema::Need::Optional
    };
    (extension) => {
        $crate::schema::Need::Extension
    };
    (answer) => {
        $crate::schema::Need::Answer
    };
}
pub(crate) use need;

/// The rules between the fields of one table.
pub trait Rules {
    /// Every rule that is broken.
    fn check(&self) -> Vec<FieldError> {
        Vec::new()
    }
}
