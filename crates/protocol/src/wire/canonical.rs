//! The string that is signed (wire profile §2).

use crypto::sm3;

use super::params::Params;
use crate::code::Code;
use crate::error::{ApiError, Fault};
use crate::ids::AppId;

/// First line of every signed request.
pub(super) const SCHEME: &str = "CCUA-SEAL-SIGN-1";

/// Stands for a time or nonce that was not sent.
pub(super) const ABSENT: &str = "-";

/// Parameters that are not among the `key=value` lines.
pub(super) const OWN_LINES: [&str; 4] = ["appId", "time", "nonce", "sign"];

/// What a request is addressed to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Target<'a> {
    /// The receiver's id: a request cannot be replayed at another receiver or in another environment.
    pub audience: &'a AppId,
    /// The HTTP method, upper case.
    pub method: &'a str,
    /// The path without query.
    pub path: &'a str,
}

/// A canonical string: unambiguous, because no value may hold a control character and every line ends in 0x0A.
#[derive(Clone, PartialEq, Eq)]
pub struct Canonical(String);

impl Canonical {
    /// The canonical string of `params` sent to `target`.
    ///
    /// # Errors
    /// 20001 without an appId, 20002 with one that is out of form: without it there is nobody to ask.
    pub fn of(target: &Target<'_>, params: &Params) -> Result<Self, ApiError> {
        let app_id = match params.get("appId") {
            None => {
                let (zh, en) = (Code::ParameterMissing.zh(), Code::ParameterMissing.en());
                return Err(Fault::new(Code::ParameterMissing, "missing", zh, en).on("appId").into());
            }
            Some(value) => {
                AppId::parse(&value.signed_text()).map_err(|fault| ApiError::from(fault.on("appId")))?
            }
        };
        let line = |key: &str| params.get(key).map_or(ABSENT.into(), |value| value.signed_text());
        let mut text = String::with_capacity(512);
        for part in [
            SCHEME,
            target.audience.as_str(),
            target.method,
            target.path,
            app_id.as_str(),
            &line("time"),
            &line("nonce"),
        ] {
            text.push_str(part);
            text.push('\n');
        }
        for (key, value) in params.iter().filter(|(key, _)| !OWN_LINES.contains(key)) {
            text.push_str(key);
            text.push('=');
            text.push_str(&value.signed_text());
            text.push('\n');
        }
        Ok(Self(text))
    }

    /// A canonical string as another system passed it on. [`super::Origin::verify`] judges it.
    pub(super) fn from_text(text: String) -> Self {
        Self(text)
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Time and nonce, as they stand in it; `None` for one that was not sent.
    pub fn time_and_nonce(&self) -> (Option<&str>, Option<&str>) {
        let mut lines = self.0.split('\n').skip(5).map(|line| Some(line).filter(|line| *line != ABSENT));
        (lines.next().flatten(), lines.next().flatten())
    }

    /// Its bytes: what is signed.
    pub fn bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }

    /// SM3 of its bytes, which binds the answer to the request.
    pub fn hash(&self) -> [u8; 32] {
        sm3::digest(self.bytes())
    }
}

/// Prints the size only: values may be personal.
impl std::fmt::Debug for Canonical {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Canonical({} bytes)", self.0.len())
    }
}
