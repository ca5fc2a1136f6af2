//! The signed answer (wire profile §6).
//!
//! The signature covers the exact bytes of the body and the hash of the request's canonical string, so that an
//! answer cannot be moved to another request, and a forged error is as visible as a forged success.
//!
//! A request that could not be read far enough to have a canonical string is answered *unbound*: appId and
//! hash are both "-". Such an answer can only be a refusal.

use crypto::{SignError, Signer, VerifyingKey};
use jiff::{SignedDuration, Timestamp};

use super::signature::{self, SignatureValue};
use crate::ids::AppId;
use crate::values::MillisTime;

/// Names the request in the answerer's log.
pub const HEADER_REQUEST_ID: &str = "x-seal-request-id";
/// When the answer was made, in milliseconds.
pub const HEADER_TIME: &str = "x-seal-time";
/// Random, so that no two answers are alike.
pub const HEADER_NONCE: &str = "x-seal-nonce";
/// The key that signed: lower-case hex SM3 of its SubjectPublicKeyInfo.
pub const HEADER_KEY_ID: &str = "x-seal-key-id";
/// SM3 of the request's canonical string in lower-case hex, or "-".
pub const HEADER_REQUEST_HASH: &str = "x-seal-request-hash";
/// The signature: standard Base64 of a strict DER SM2 signature.
pub const HEADER_SIGNATURE: &str = "x-seal-signature";

/// Stands for the appId and request hash of a request that could not be read.
pub const UNBOUND: &str = "-";

const SCHEME: &str = "CCUA-SEAL-REPLY-1";
const MAX_SKEW: SignedDuration = SignedDuration::from_secs(300);

/// The id of a key in `X-Seal-Key-Id`.
pub fn key_id(key: &VerifyingKey) -> String {
    hex::encode(key.spki_sm3())
}

/// The request an answer belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Binding<'a> {
    /// Who asked.
    pub app_id: &'a AppId,
    /// SM3 of the request's canonical string.
    pub request_hash: [u8; 32],
}

/// An answer about to be signed or checked.
#[derive(Clone, Copy, Debug)]
pub struct Reply<'a> {
    /// The answerer's id.
    pub audience: &'a AppId,
    /// The request; `None` for one that could not be read, and for the public resources.
    pub binding: Option<Binding<'a>>,
    /// The HTTP status.
    pub status: u16,
    /// SM3 of the body's exact bytes. Whoever needs it once more keeps it: bodies may be large.
    pub body_sm3: [u8; 32],
}

/// The headers of a signed answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReplyHeaders {
    /// Names the request in the answerer's log.
    pub request_id: String,
    /// When the answer was made.
    pub time: String,
    /// Random.
    pub nonce: String,
    /// The key that signed.
    pub key_id: String,
    /// The request's hash, or "-".
    pub request_hash: String,
    /// The signature.
    pub signature: String,
}

/// Why an answer is not believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReplyFault {
    /// A header is not there or not plain text.
    #[error("header {0} is missing")]
    Missing(&'static str),
    /// A header is out of form.
    #[error("header {0} is malformed")]
    Malformed(&'static str),
    /// The key is none of the answerer's.
    #[error("signed with an unknown key")]
    UnknownKey,
    /// The answer belongs to another request.
    #[error("answer belongs to another request")]
    WrongRequest,
    /// The answer's time is more than five minutes away.
    #[error("answer's time is off by more than five minutes")]
    Skew,
    /// The signature does not verify.
    #[error("answer's signature is wrong")]
    WrongSignature,
    /// A success, or anything else that is no refusal, without a request it belongs to.
    #[error("answer is not bound to the request")]
    Unbound,
}

impl Reply<'_> {
    /// The string that is signed.
    fn canonical(&self, headers: &ReplyHeaders) -> String {
        let app_id = self.binding.map_or(UNBOUND, |binding| binding.app_id.as_str());
        format!(
            "{SCHEME}\n{}\n{app_id}\n{}\n{}\n{}\n{}\n{}\n{}\n",
            self.audience,
            self.status,
            headers.request_id,
            headers.request_hash,
            headers.time,
            headers.nonce,
            hex::encode(self.body_sm3),
        )
    }

    /// Signs the answer.
    ///
    /// # Errors
    /// The signer's.
    pub fn sign(
        &self,
        signer: &dyn Signer,
        request_id: &str,
        now: Timestamp,
        nonce: String,
    ) -> Result<ReplyHeaders, SignError> {
        let mut headers = ReplyHeaders {
            request_id: request_id.to_owned(),
            time: MillisTime::of(now).to_string(),
            nonce,
            key_id: key_id(signer.verifying_key()),
            request_hash: self.binding.map_or(UNBOUND.to_owned(), |b| hex::encode(b.request_hash)),
            signature: String::new(),
        };
        headers.signature = signature::sign(signer, self.canonical(&headers).as_bytes())?;
        Ok(headers)
    }
}

impl ReplyHeaders {
    /// The headers by name, for the response.
    pub fn pairs(&self) -> [(&'static str, &str); 6] {
        [
            (HEADER_REQUEST_ID, &self.request_id),
            (HEADER_TIME, &self.time),
            (HEADER_NONCE, &self.nonce),
            (HEADER_KEY_ID, &self.key_id),
            (HEADER_REQUEST_HASH, &self.request_hash),
            (HEADER_SIGNATURE, &self.signature),
        ]
    }

    /// Takes the headers from a response; `get` finds one by its lower-case name.
    ///
    /// # Errors
    /// [`ReplyFault::Missing`] or [`ReplyFault::Malformed`].
    pub fn read<'a>(get: impl Fn(&'static str) -> Option<&'a str>) -> Result<Self, ReplyFault> {
        let take = |name: &'static str| {
            let value = get(name).ok_or(ReplyFault::Missing(name))?;
            // A line feed in a value would move the signed lines; HTTP forbids it, this does not rely on it.
            if value.is_empty() || value.len() > 256 || !value.bytes().all(|b| b.is_ascii_graphic()) {
                return Err(ReplyFault::Malformed(name));
            }
            Ok(value.to_owned())
        };
        Ok(Self {
            request_id: take(HEADER_REQUEST_ID)?,
            time: take(HEADER_TIME)?,
            nonce: take(HEADER_NONCE)?,
            key_id: take(HEADER_KEY_ID)?,
            request_hash: take(HEADER_REQUEST_HASH)?,
            signature: take(HEADER_SIGNATURE)?,
        })
    }
}

/// Checks an answer against the request it should belong to. `reply.binding` is the request as sent; `key`
/// finds an answerer's key by its id.
///
/// Returns whether the answer is bound to the request. One that is not, and is signed correctly, only says that
/// the request was not read.
///
/// # Errors
/// The first thing that is wrong.
pub fn verify_reply(
    reply: &Reply<'_>,
    headers: &ReplyHeaders,
    key: impl FnOnce(&str) -> Option<VerifyingKey>,
    now: Timestamp,
) -> Result<Bound, ReplyFault> {
    let key = key(&headers.key_id).ok_or(ReplyFault::UnknownKey)?;
    let expected = reply.binding.map(|binding| hex::encode(binding.request_hash));
    let bound = match (headers.request_hash.as_str(), &expected) {
        (UNBOUND, _) => Bound::No,
        (sent, Some(own)) if sent == own => Bound::Yes,
        _ => return Err(ReplyFault::WrongRequest),
    };
    let time = MillisTime::parse(&headers.time).map_err(|_| ReplyFault::Malformed(HEADER_TIME))?;
    if now.duration_since(time.timestamp()).abs() > MAX_SKEW {
        return Err(ReplyFault::Skew);
    }
    let value = SignatureValue::parse(&headers.signature).map_err(|_| ReplyFault::WrongSignature)?;
    let binding = match bound {
        Bound::Yes => reply.binding,
        Bound::No => None,
    };
    let signed = Reply { binding, ..*reply }.canonical(headers);
    value.verify(&key, signed.as_bytes()).map_err(|_| ReplyFault::WrongSignature)?;
    Ok(bound)
}

/// Whether an answer is bound to the request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bound {
    /// The answer belongs to the request.
    Yes,
    /// The answerer had no canonical string to bind it to.
    No,
}
