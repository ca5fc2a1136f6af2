//! Errors as the caller sees them, and the answer's envelope (tables 2, 4, 6, 11, 14, 17, 20, 22, 25).
//!
//! An [`ApiError`] keeps what everybody may read (code, message, failing fields) apart from the private cause,
//! which only goes to the log of whoever answers. Nothing in the public part may hold personal data or
//! secrets: messages name parameters, never their values.

use std::borrow::Cow;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::code::{Code, SUCCESS};

/// What is wrong with one value: made where the value is judged, before it is known which field it is in.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{rule}: {en}")]
pub struct Fault {
    /// The code.
    pub code: Code,
    /// A stable name of the rule that was broken, for example `json.duplicate-key`.
    pub rule: &'static str,
    /// What is wrong, in Chinese; empty when the code says it all.
    pub zh: Cow<'static, str>,
    /// The same in English.
    pub en: Cow<'static, str>,
}

impl Fault {
    /// A fault of `code` under `rule`, explained in both languages.
    pub fn new(
        code: Code,
        rule: &'static str,
        zh: impl Into<Cow<'static, str>>,
        en: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self { code, rule, zh: zh.into(), en: en.into() }
    }

    /// A malformed value (20002).
    pub fn malformed(
        rule: &'static str,
        zh: impl Into<Cow<'static, str>>,
        en: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self::new(Code::Malformed, rule, zh, en)
    }

    /// The fault as that of the field `name`.
    pub fn on(self, name: impl Into<String>) -> FieldError {
        FieldError {
            field: name.into(),
            code: self.code,
            rule: self.rule.into(),
            message: bilingual(&self.zh, &self.en),
        }
    }
}

/// One failing field, as it stands in `data.errors`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldError {
    /// The parameter's name as in its table; "" when the body as a whole is meant.
    pub field: String,
    /// The code for this field.
    pub code: Code,
    /// Stable name of the rule that was broken.
    pub rule: Cow<'static, str>,
    /// For people, Chinese first. Never the value.
    pub message: String,
}

/// The code and message of the system behind the one that answers (60002).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Upstream {
    /// The other system's code, as sent.
    pub code: String,
    /// The other system's message, as sent.
    pub message: String,
}

/// A seal, or all seals of a system, that should be in an answer and are not (extension `failures`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Shortfall {
    /// The system, by its appId.
    pub system: String,
    /// The platform that the system has joined, where it is not the answering one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub platform: Option<String>,
    /// The seal; absent when it is all of the system's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seal_code: Option<String>,
    /// Why: a result code.
    pub code: String,
    /// For people, Chinese first.
    pub message: String,
    /// Whether asking again may help.
    #[serde(default)]
    pub retryable: bool,
    /// How long to wait first, in milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after_ms: Option<u64>,
    /// The system's own refusal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub upstream: Option<Upstream>,
}

impl Shortfall {
    /// What is missing because of `error`.
    pub fn new(system: &str, seal_code: Option<&str>, error: &ApiError) -> Self {
        let data = &error.0.data;
        Self {
            system: system.to_owned(),
            platform: None,
            seal_code: seal_code.map(str::to_owned),
            code: error.code().text().to_owned(),
            message: error.message().to_owned(),
            retryable: data.retryable,
            retry_after_ms: data.retry_after_ms,
            upstream: data.upstream.clone(),
        }
    }
}

/// What `data` may hold in a refusal.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ErrorData {
    /// Every failing field at once.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<FieldError>,
    /// Whether a new request with the same content may succeed.
    #[serde(default)]
    pub retryable: bool,
    /// How long to wait first, in milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after_ms: Option<u64>,
    /// The refusal of the system behind.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub upstream: Option<Upstream>,
    /// Everything that is missing, where several systems were asked and nothing came.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub failures: Vec<Shortfall>,
}

/// A refusal. Boxed inside, so that a `Result` that may hold one stays small.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{} {}{}", .0.code, .0.message, .0.cause.as_deref().map(|cause| format!(" [{cause}]")).unwrap_or_default())]
pub struct ApiError(Box<Parts>);

#[derive(Clone, Debug)]
struct Parts {
    code: Code,
    message: String,
    status: u16,
    data: ErrorData,
    cause: Option<String>,
}

impl ApiError {
    /// A refusal with the code's own text.
    pub fn new(code: Code) -> Self {
        Self(Box::new(Parts {
            code,
            message: bilingual(code.zh(), code.en()),
            status: code.http_status(),
            data: ErrorData { retryable: code.retryable(), ..ErrorData::default() },
            cause: None,
        }))
    }

    /// A refusal whose message says more than the code's text. Neither text may hold personal data.
    pub fn explained(code: Code, zh: &str, en: &str) -> Self {
        let mut error = Self::new(code);
        error.0.message = bilingual(&format!("{}:{zh}", code.zh()), &format!("{}: {en}", code.en()));
        error
    }

    /// A refusal for all `errors` at once; its code is that of the first. An empty list is a fault of ours.
    pub fn fields(errors: Vec<FieldError>) -> Self {
        let Some(first) = errors.first() else {
            return Self::fault("a list of field errors without an entry");
        };
        let mut error = Self::new(first.code);
        let names: Vec<&str> = errors.iter().map(|e| e.field.as_str()).filter(|n| !n.is_empty()).collect();
        error.0.message = if let [only] = errors.as_slice() {
            let name = if only.field.is_empty() { String::new() } else { format!("{}: ", only.field) };
            format!("{name}{}", only.message)
        } else {
            let names = names.join(", ");
            let (zh, en) = (first.code.zh(), first.code.en());
            bilingual(&format!("{zh}等({names})"), &format!("{en} and more ({names})"))
        };
        error.0.data.errors = errors;
        error
    }

    /// A fault of ours (99999) with a private cause.
    pub fn fault(cause: impl std::fmt::Display) -> Self {
        Self::new(Code::Fault).because(cause)
    }

    /// Busy (90001), to be tried again after `wait`, with a private cause.
    pub fn busy(wait: Duration, cause: impl std::fmt::Display) -> Self {
        Self::new(Code::Busy).after(wait).because(cause)
    }

    /// Adds the private cause, which is logged and never sent.
    #[must_use]
    pub fn because(mut self, cause: impl std::fmt::Display) -> Self {
        self.0.cause = Some(cause.to_string());
        self
    }

    /// Says how long to wait before trying again.
    #[must_use]
    pub fn after(mut self, wait: Duration) -> Self {
        self.0.data.retry_after_ms = Some(u64::try_from(wait.as_millis()).unwrap_or(u64::MAX));
        self
    }

    /// Passes on the refusal of the system behind.
    #[must_use]
    pub fn upstream(mut self, upstream: Upstream) -> Self {
        self.0.data.upstream = Some(upstream);
        self
    }

    /// Nothing came of several systems: the refusal of the first of `failures`, with all of them. An empty list is a
    /// fault of ours.
    pub fn nothing_came(failures: Vec<Shortfall>) -> Self {
        let Some(first) = failures.first() else {
            return Self::fault("an empty list of what is missing");
        };
        let mut error = Self::new(first.code.parse().unwrap_or(Code::Fault));
        error.0.message.clone_from(&first.message);
        error.0.data = ErrorData {
            retryable: first.retryable,
            retry_after_ms: first.retry_after_ms,
            upstream: first.upstream.clone(),
            failures,
            ..ErrorData::default()
        };
        error
    }

    /// Overrides the HTTP status (404 and 405 only: all else has the code's).
    #[must_use]
    pub fn with_status(mut self, status: u16) -> Self {
        self.0.status = status;
        self
    }

    /// The code.
    pub fn code(&self) -> Code {
        self.0.code
    }

    /// The public message, Chinese first.
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// The HTTP status.
    pub fn status(&self) -> u16 {
        self.0.status
    }

    /// Every failing field.
    pub fn errors(&self) -> &[FieldError] {
        &self.0.data.errors
    }

    /// The private cause.
    pub fn cause(&self) -> Option<&str> {
        self.0.cause.as_deref()
    }

    /// The system behind, when the refusal is its.
    pub fn upstream_refusal(&self) -> Option<&Upstream> {
        self.0.data.upstream.as_ref()
    }

    /// How long to wait before trying again, when that is known.
    pub fn retry_after(&self) -> Option<Duration> {
        self.0.data.retry_after_ms.map(Duration::from_millis)
    }

    /// The answer to send: `data` is null where there is nothing to say beyond the code (resolution 25).
    pub fn envelope(&self) -> Envelope<ErrorData> {
        let data = &self.0.data;
        let silent = *data == ErrorData::default();
        Envelope {
            code: self.0.code.text().to_owned(),
            message: self.0.message.clone(),
            data: (!silent).then(|| data.clone()),
        }
    }
}

impl From<FieldError> for ApiError {
    fn from(error: FieldError) -> Self {
        Self::fields(vec![error])
    }
}

/// The body of every answer: `code`, `message`, `data`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Envelope<T> {
    /// "0" or a [`Code`].
    pub code: String,
    /// For people, Chinese first.
    pub message: String,
    /// The answer, or null.
    pub data: Option<T>,
}

impl<T> Envelope<T> {
    /// A successful answer.
    pub fn success(data: T) -> Self {
        Self { code: SUCCESS.to_owned(), message: bilingual("成功", "success"), data: Some(data) }
    }
}

/// One message in both languages, Chinese first.
pub fn bilingual(zh: &str, en: &str) -> String {
    format!("{zh} / {en}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_fields_are_reported_at_once_and_the_first_gives_the_code() {
        let error = ApiError::fields(vec![
            Fault::new(Code::ParameterMissing, "missing", "缺少", "missing").on("name"),
            Fault::malformed("length", "过长", "too long").on("code"),
        ]);
        assert_eq!(error.code(), Code::ParameterMissing);
        assert!(error.message().contains("name, code"));
        let json = serde_json::to_value(error.envelope()).unwrap();
        assert_eq!(json["data"]["errors"][1]["code"], "20002");
        assert_eq!(json["data"]["retryable"], false);
    }

    #[test]
    fn the_private_cause_is_not_in_the_answer() {
        let error = ApiError::busy(Duration::from_millis(250), "disk /secret is full");
        let text = serde_json::to_string(&error.envelope()).unwrap();
        assert!(!text.contains("secret"));
        assert!(text.contains("\"retryable\":true") && text.contains("\"retryAfterMs\":250"));
        assert!(error.to_string().contains("secret"), "the log has it");
    }

    #[test]
    fn pending_consent_has_null_data() {
        let json = serde_json::to_value(ApiError::new(Code::ConsentPending).envelope()).unwrap();
        assert!(json["data"].is_null());
    }
}
