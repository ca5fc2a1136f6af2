//! The caller's own request, passed on by a platform (wire profile §6).
//!
//! The platform signs its request to a seal system as itself, and adds what the caller signed: so the seal
//! system can hold the caller to it. The four parameters are extensions, covered by the platform's signature.

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use crypto::VerifyingKey;

use super::canonical::{ABSENT, Canonical, SCHEME, Target};
use super::params::Params;
use super::signature::{self, Detail};
use crate::code::Code;
use crate::error::{ApiError, Fault};
use crate::ids::AppId;
use crate::scalar::ParamValue;
use crate::values::MillisTime;

const APP_ID: &str = "originAppId";
const KEY: &str = "originKey";
const REQUEST: &str = "originRequest";
const SIGN: &str = "originSign";

/// The parameters of a forwarded caller, with what they mean, for the OpenAPI document.
pub(crate) const FIELDS: [(&str, &str); 4] = [
    (APP_ID, "The caller whose request the platform passes on (原调用方)."),
    (KEY, "Base64 of the SubjectPublicKeyInfo the caller signed with."),
    (REQUEST, "Base64 of the caller's canonical string."),
    (SIGN, "The caller's signature over its canonical string."),
];

/// Parameters of the envelope, which differ between the caller's request and the forwarded one.
const ENVELOPE: [&str; 5] = ["version", "appId", "time", "nonce", "sign"];

/// A caller's request as it was signed.
#[derive(Clone)]
pub struct Origin {
    /// The caller.
    pub app_id: AppId,
    /// The caller's key, as a SubjectPublicKeyInfo in DER.
    pub key_spki: Vec<u8>,
    /// The canonical string the caller signed.
    pub canonical: Canonical,
    /// The signature as it came on the wire.
    pub sign: String,
}

impl std::fmt::Debug for Origin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Origin({})", self.app_id)
    }
}

/// What a caller asked for, taken from its verified canonical string.
#[derive(Clone)]
pub struct OriginRequest {
    /// The caller.
    pub app_id: AppId,
    /// The caller's key.
    pub key: VerifyingKey,
    /// When the caller asked; `None` where the interface has no time.
    pub time: Option<MillisTime>,
    /// Every other parameter as its text, sorted by key.
    pub params: BTreeMap<String, String>,
}

/// Prints the caller only: the parameters may be personal.
impl std::fmt::Debug for OriginRequest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "OriginRequest({})", self.app_id)
    }
}

fn wrong(zh: &str, en: &str) -> ApiError {
    ApiError::explained(Code::SignatureWrong, &format!("原始请求{zh}"), &format!("origin request {en}"))
}

impl Origin {
    /// Adds the four parameters to a request that will be forwarded.
    pub fn attach(&self, params: &mut Params) {
        params.put(APP_ID, ParamValue::Text(self.app_id.as_str().to_owned()));
        params.put(KEY, ParamValue::Text(STANDARD.encode(&self.key_spki)));
        params.put(REQUEST, ParamValue::Text(STANDARD.encode(self.canonical.bytes())));
        params.put(SIGN, ParamValue::Text(self.sign.clone()));
    }

    /// Takes the four parameters out of a received request; `None` when none of them is there.
    ///
    /// # Errors
    /// 20004 when only some are there, 20002 when one is malformed.
    pub fn read(params: &Params) -> Result<Option<Self>, ApiError> {
        let found = [APP_ID, KEY, REQUEST, SIGN].map(|key| params.text(key));
        let [Some(app_id), Some(key), Some(request), Some(sign)] = found else {
            if found.iter().any(Option::is_some) {
                let (zh, en) = ("origin 参数须同时出现", "the origin parameters come together");
                return Err(ApiError::explained(Code::Contradiction, zh, en));
            }
            return Ok(None);
        };
        let malformed = |name: &'static str| move |fault: Fault| ApiError::from(fault.on(name));
        let bytes = |name: &'static str, text: &str| {
            STANDARD.decode(text).map_err(|_| {
                ApiError::from(
                    Fault::malformed("base64", "应为标准 Base64", "must be standard Base64").on(name),
                )
            })
        };
        let text = String::from_utf8(bytes(REQUEST, request)?).map_err(|_| {
            malformed(REQUEST)(Fault::malformed("utf8", "不是有效的 UTF-8", "not valid UTF-8"))
        })?;
        Ok(Some(Self {
            app_id: AppId::parse(app_id).map_err(malformed(APP_ID))?,
            key_spki: bytes(KEY, key)?,
            canonical: Canonical::from_text(text),
            sign: sign.to_owned(),
        }))
    }

    /// Verifies the caller's signature, and that its request went to `target` (whose audience is the platform
    /// that forwards it) by the same method and path.
    ///
    /// Whether the key is really the caller's rests on the platform that vouches for it by its own signature; a
    /// seal system that knows the caller compares [`OriginRequest::key`].
    ///
    /// # Errors
    /// 10003 with what is wrong.
    pub fn verify(&self, target: &Target<'_>) -> Result<OriginRequest, ApiError> {
        let key = VerifyingKey::prepared(&self.key_spki)
            .map_err(|error| wrong("的公钥无效", "has an invalid key").because(error))?;
        signature::verify(&key, self.canonical.bytes(), &self.sign, Detail::Terse)
            .map_err(|fault| wrong("的签名错误", "is wrongly signed").because(fault))?;
        let form = || wrong("格式错误", "is malformed");
        let text = self.canonical.as_str();
        if text.chars().any(|c| c != '\n' && super::is_control(c)) {
            return Err(form());
        }
        // Every line ends in a line feed; the last one is not followed by another line.
        let mut lines = text.strip_suffix('\n').ok_or_else(form)?.split('\n');
        let mut line = || lines.next().ok_or_else(form);
        let head = [line()?, line()?, line()?, line()?, line()?];
        let expected = [SCHEME, target.audience.as_str(), target.method, target.path, self.app_id.as_str()];
        if head != expected {
            return Err(wrong("与转发的请求不符", "is for another receiver, interface or caller"));
        }
        let (time, _nonce) = (line()?, line()?);
        let time = match time {
            ABSENT => None,
            text => Some(MillisTime::parse(text).map_err(|_| form())?),
        };
        let mut params = BTreeMap::new();
        let mut last = "";
        for line in lines {
            let (key, value) = line.split_once('=').ok_or_else(form)?;
            // Sorted and distinct, as the canonical form demands; this also refuses the empty key.
            if key <= last || params.insert(Params::real_name(key).to_owned(), value.to_owned()).is_some() {
                return Err(form());
            }
            last = key;
        }
        Ok(OriginRequest { app_id: self.app_id.clone(), key, time, params })
    }
}

/// Reads the requests that led to a received one, from the nearest caller to the first: a platform passes on the
/// request of its caller, which may itself be a platform that passes one on. Each was signed by its maker and is
/// addressed to the one before it, so that nobody can leave out or put in a platform. `caller` has signed `params`;
/// `target` makes the target at an audience.
///
/// # Errors
/// 10003 with what is wrong, 20004 where two of them differ, 60006 when there are more than `most`.
pub fn origins(
    params: &Params,
    caller: &AppId,
    target: impl Fn(&AppId) -> Target<'_>,
    most: usize,
) -> Result<Vec<OriginRequest>, ApiError> {
    let mut found: Vec<OriginRequest> = Vec::new();
    let mut next = Origin::read(params)?;
    while let Some(origin) = next {
        if found.len() >= most {
            return Err(ApiError::new(Code::FederationLoop));
        }
        let audience = found.last().map_or(caller, |outer| &outer.app_id);
        let request = origin.verify(&target(audience))?;
        match found.last() {
            None => request.agree(params, &[])?,
            Some(outer) => request.agree_with(&outer.params)?,
        }
        next = request.inner()?;
        found.push(request);
    }
    Ok(found)
}

impl OriginRequest {
    /// The request that this one passes on.
    fn inner(&self) -> Result<Option<Origin>, ApiError> {
        let mut params = Params::new();
        for (key, _) in FIELDS {
            if let Some(value) = self.params.get(key) {
                params.put(key, ParamValue::Text(value.clone()));
            }
        }
        Origin::read(&params)
    }

    /// Compares what the caller signed with what was forwarded: every parameter beside the envelope and the
    /// origin's own must be the same on both sides. `translated` names those the platform may change or add.
    ///
    /// # Errors
    /// 20004 naming the parameters that differ.
    pub fn agree(&self, forwarded: &Params, translated: &[&str]) -> Result<(), ApiError> {
        let skip = |key: &str| {
            ENVELOPE.contains(&key)
                || translated.contains(&key)
                || FIELDS.iter().any(|(name, _)| *name == key)
        };
        let ours: BTreeMap<&str, String> = forwarded
            .iter()
            .map(|(key, value)| (Params::real_name(key), value.signed_text().into_owned()))
            .filter(|(key, _)| !skip(key))
            .collect();
        self.compare(&ours, skip)
    }

    /// The same for a request that another platform passed on.
    fn agree_with(&self, forwarded: &BTreeMap<String, String>) -> Result<(), ApiError> {
        let skip = |key: &str| ENVELOPE.contains(&key) || FIELDS.iter().any(|(name, _)| *name == key);
        let ours = forwarded.iter().filter(|(key, _)| !skip(key));
        let ours = ours.map(|(key, value)| (key.as_str(), value.clone())).collect();
        self.compare(&ours, skip)
    }

    fn compare(&self, ours: &BTreeMap<&str, String>, skip: impl Fn(&str) -> bool) -> Result<(), ApiError> {
        let theirs: BTreeMap<&str, &str> = self
            .params
            .iter()
            .map(|(key, value)| (key.as_str(), value.as_str()))
            .filter(|(k, _)| !skip(k))
            .collect();
        let mut differing: Vec<&str> = Vec::new();
        for key in theirs.keys().chain(ours.keys().filter(|key| !theirs.contains_key(*key))) {
            if theirs.get(key).copied() != ours.get(key).map(String::as_str) {
                differing.push(key);
            }
        }
        if differing.is_empty() {
            return Ok(());
        }
        let errors = differing.iter().map(|key| {
            Fault::new(Code::Contradiction, "origin", "与原始请求不一致", "differs from the caller's request")
                .on(*key)
        });
        Err(ApiError::fields(errors.collect()))
    }
}
