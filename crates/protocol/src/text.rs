//! Bounded texts: the newtypes that are no more than a length, an alphabet and a meaning.
//!
//! They are made by `TryFrom<String>` (or `&str`) once, at the border; inside the product a value of the type
//! is known to be in order.

use crate::error::Fault;

/// Lengths are in characters; control characters are refused everywhere, because the canonical string relies
/// on their absence (wire profile §2).
pub(crate) fn check_length(text: &str, max: usize) -> Result<(), Fault> {
    if text.is_empty() {
        return Err(Fault::malformed("length", "不能为空", "must not be empty"));
    }
    if text.chars().nth(max).is_some() {
        return Err(Fault::malformed(
            "length",
            format!("最长 {max} 个字符"),
            format!("at most {max} characters"),
        ));
    }
    if text.chars().any(crate::wire::is_control) {
        return Err(Fault::malformed("control", "含控制字符", "contains a control character"));
    }
    Ok(())
}

pub(crate) fn any(_: &str) -> bool {
    true
}

pub(crate) fn identifier(text: &str) -> bool {
    text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-'))
}

pub(crate) fn printable_ascii(text: &str) -> bool {
    text.bytes().all(|b| (0x21..=0x7e).contains(&b))
}

/// Makes a text newtype with everything a field's type needs. `private` ones print masked in Debug; the
/// `checked` form takes a function that reads the text and gives its normal form.
macro_rules! text_newtype {
    ($(#[doc = $doc:literal])* $name:ident, $max:literal, $check:path, $zh:literal, $en:literal) => {
        text_newtype!(@base [$(#[doc = $doc])*] $name, $max, text_newtype!(@plain $max, $check, $zh, $en),
            serde_json::json!({ "type": "string", "minLength": 1, "maxLength": $max }));
        text_newtype!(@open $name);
    };
    (private $(#[doc = $doc:literal])* $name:ident, $max:literal, $check:path, $mask:path, $zh:literal, $en:literal) => {
        text_newtype!(@base [$(#[doc = $doc])*] $name, $max, text_newtype!(@plain $max, $check, $zh, $en),
            serde_json::json!({ "type": "string", "minLength": 1, "maxLength": $max }));
        text_newtype!(@masked $name, $mask);
    };
    (checked $(#[doc = $doc:literal])* $name:ident, $max:literal, $read:path, $pattern:literal) => {
        text_newtype!(@base [$(#[doc = $doc])*] $name, $max, $read,
            serde_json::json!({ "type": "string", "pattern": $pattern }));
        text_newtype!(@open $name);
    };
    (private checked $(#[doc = $doc:literal])* $name:ident, $max:literal, $read:path, $mask:path, $pattern:literal) => {
        text_newtype!(@base [$(#[doc = $doc])*] $name, $max, $read,
            serde_json::json!({ "type": "string", "pattern": $pattern }));
        text_newtype!(@masked $name, $mask);
    };
    (@plain $max:literal, $check:path, $zh:literal, $en:literal) => {
        |text: &str| {
            $crate::text::check_length(text, $max)?;
            if $check(text) { Ok(text.to_owned()) } else { Err($crate::error::Fault::malformed("form", $zh, $en)) }
        }
    };
    (@open $name:ident) => {
        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                std::fmt::Debug::fmt(&self.0, f)
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
    (@masked $name:ident, $mask:path) => {
        impl $name {
            /// The text with the person made unrecognisable, for screens and logs.
            pub fn masked(&self) -> String {
                $mask(&self.0)
            }
        }

        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(f, "{}({})", stringify!($name), self.masked())
            }
        }
    };
    (@base [$($doc:tt)*] $name:ident, $max:literal, $make:expr, $schema:expr) => {
        $($doc)*
        #[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// The longest text allowed, in characters.
            pub const MAX: usize = $max;

            /// Reads and checks a text.
            ///
            /// # Errors
            /// What is wrong with it.
            pub fn parse(text: &str) -> Result<Self, $crate::error::Fault> {
                let make = $make;
                make(text).map(Self)
            }

            /// The text in clear.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl TryFrom<String> for $name {
            type Error = $crate::error::Fault;

            fn try_from(text: String) -> Result<Self, Self::Error> {
                Self::parse(&text)
            }
        }

        impl TryFrom<&str> for $name {
            type Error = $crate::error::Fault;

            fn try_from(text: &str) -> Result<Self, Self::Error> {
                Self::parse(text)
            }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::error::Fault;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Self::parse(text)
            }
        }

        impl From<$name> for String {
            fn from(value: $name) -> String {
                value.0
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }

        impl $crate::scalar::Scalar for $name {
            fn read(
                value: &$crate::scalar::ParamValue,
                _: $crate::scalar::TableType,
            ) -> Result<Self, $crate::error::Fault> {
                Self::parse($crate::scalar::text_of(value)?)
            }

            fn write(&self, _: $crate::scalar::TableType) -> $crate::scalar::ParamValue {
                $crate::scalar::ParamValue::Text(self.0.clone())
            }
        }

        impl $crate::scalar::Described for $name {
            fn schema(_: $crate::scalar::TableType) -> serde_json::Value {
                $schema
            }
        }
    };
}
pub(crate) use text_newtype;
