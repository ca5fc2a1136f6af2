//! The signature value on the wire (wire profile §3): strict DER SM2 in standard padded Base64.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use crypto::{SignError, SignatureAlgorithm, Signer, Sm2Signature, VerifyError, VerifyingKey, sm3};

/// The order of the SM2 group, big-endian.
const ORDER: [u8; 32] = [
    0xff, 0xff, 0xff, 0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x72,
    0x03, 0xdf, 0x6b, 0x21, 0xc6, 0x05, 0x2b, 0x53, 0xbb, 0xf4, 0x09, 0x39, 0xd5, 0x41, 0x23,
];

/// What is wrong with a signature. Only a sandbox tells a caller more than "wrong".
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SignatureFault {
    /// Base64 with - and _.
    #[error("URL-safe Base64 instead of standard")]
    UrlSafeBase64,
    /// No Base64, or none with padding.
    #[error("not standard Base64 with padding")]
    NotBase64,
    /// 64 bytes r and s.
    #[error("r and s side by side instead of a DER sequence")]
    RawConcatenated,
    /// No DER sequence of two integers.
    #[error("not a DER sequence of two integers")]
    NotDer,
    /// A length or integer is not in its shortest form.
    #[error("DER not in its shortest form")]
    NonMinimalDer,
    /// Bytes after the sequence, or in it after s.
    #[error("trailing bytes")]
    TrailingBytes,
    /// r or s is not between 1 and n-1.
    #[error("r or s out of range")]
    OutOfRange,
    /// It verifies with an empty user id.
    #[error("made with an empty user id instead of 1234567812345678")]
    OtherUserId,
    /// It verifies over SM3(M) without Z.
    #[error("made over SM3 of the message without Z")]
    WithoutZ,
    /// None of the above: another message or another key.
    #[error("not a signature of this canonical string by this key")]
    Mismatch,
}

impl SignatureFault {
    /// The explanation in Chinese, for the sandbox.
    pub fn zh(self) -> &'static str {
        match self {
            Self::UrlSafeBase64 => "使用了 URL 安全的 Base64",
            Self::NotBase64 => "不是带填充的标准 Base64",
            Self::RawConcatenated => "是 r‖s 拼接而不是 DER",
            Self::NotDer => "不是两个整数的 DER 序列",
            Self::NonMinimalDer => "DER 不是最短形式",
            Self::TrailingBytes => "末尾有多余字节",
            Self::OutOfRange => "r 或 s 超出范围",
            Self::OtherUserId => "使用了空的用户标识而不是 1234567812345678",
            Self::WithoutZ => "摘要未加入 Z 值",
            Self::Mismatch => "与待签名串或密钥不符",
        }
    }
}

/// How much is found out about a wrong signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Detail {
    /// Only that it is wrong: production.
    Terse,
    /// Which mistake was made, at the price of further verifications: sandbox.
    Sandbox,
}

/// Signs `message` and gives the text for the wire.
///
/// # Errors
/// The signer's.
pub fn sign(signer: &dyn Signer, message: &[u8]) -> Result<String, SignError> {
    signer.sign(message).map(|der| STANDARD.encode(der))
}

/// A signature in order, not yet compared with a message.
#[derive(Clone)]
pub struct SignatureValue(Vec<u8>);

impl SignatureValue {
    /// Reads `text` strictly.
    ///
    /// # Errors
    /// What is wrong with the encoding.
    pub fn parse(text: &str) -> Result<Self, SignatureFault> {
        let der = STANDARD.decode(text).map_err(|_| {
            if text.contains(['-', '_']) { SignatureFault::UrlSafeBase64 } else { SignatureFault::NotBase64 }
        })?;
        match Sm2Signature::from_der(&der) {
            Ok(_) => Ok(Self(der)),
            Err(_) => Err(classify(&der)),
        }
    }

    /// The signature in DER.
    pub fn der(&self) -> &[u8] {
        &self.0
    }

    /// Whether this is `key`'s signature of `message`.
    ///
    /// # Errors
    /// [`SignatureFault::Mismatch`].
    pub fn verify(&self, key: &VerifyingKey, message: &[u8]) -> Result<(), SignatureFault> {
        key.verify(SignatureAlgorithm::Sm2Sm3, message, &self.0).map_err(|_| SignatureFault::Mismatch)
    }

    /// Looks for the usual mistakes behind a mismatch.
    pub fn diagnose<'a>(
        &self,
        keys: impl IntoIterator<Item = &'a VerifyingKey>,
        message: &[u8],
    ) -> SignatureFault {
        let digest = sm3::digest(message);
        let good = |result: Result<(), VerifyError>| result.is_ok();
        for key in keys {
            if good(key.verify_with_id(b"", message, &self.0)) {
                return SignatureFault::OtherUserId;
            }
            if good(key.verify_sm2_digest(&digest, &self.0)) {
                return SignatureFault::WithoutZ;
            }
        }
        SignatureFault::Mismatch
    }
}

/// Verifies the signature text `sign` of `message` by `key`.
///
/// # Errors
/// What is wrong, as far as `detail` asks.
pub fn verify(key: &VerifyingKey, message: &[u8], sign: &str, detail: Detail) -> Result<(), SignatureFault> {
    let value = SignatureValue::parse(sign)?;
    value.verify(key, message).map_err(|fault| match detail {
        Detail::Terse => fault,
        Detail::Sandbox => value.diagnose([key], message),
    })
}

/// Says why strict DER refused `bytes`.
fn classify(bytes: &[u8]) -> SignatureFault {
    let explained = explain(bytes);
    // Some encodings of r and s side by side look like a broken sequence, so the size decides first.
    if bytes.len() == 64 && explained != Some(SignatureFault::OutOfRange) {
        return SignatureFault::RawConcatenated;
    }
    explained.unwrap_or(SignatureFault::NotDer)
}

fn explain(bytes: &[u8]) -> Option<SignatureFault> {
    let (sequence, after, mut minimal) = element(bytes, 0x30)?;
    let (r, rest, r_minimal) = element(sequence, 0x02)?;
    let (s, inner_rest, s_minimal) = element(rest, 0x02)?;
    if !after.is_empty() || !inner_rest.is_empty() {
        return Some(SignatureFault::TrailingBytes);
    }
    minimal &= r_minimal && s_minimal;
    for number in [r, s] {
        let first = *number.first()?;
        if first >= 0x80 {
            return Some(SignatureFault::OutOfRange);
        }
        if first == 0 && number.get(1).is_some_and(|second| *second < 0x80) {
            minimal = false;
        }
    }
    if !minimal {
        return Some(SignatureFault::NonMinimalDer);
    }
    [r, s].iter().any(|number| out_of_range(number)).then_some(SignatureFault::OutOfRange)
}

fn out_of_range(number: &[u8]) -> bool {
    let start = number.iter().position(|byte| *byte != 0).unwrap_or(number.len());
    let digits = number.get(start..).unwrap_or_default();
    digits.is_empty() || digits.len() > 32 || (digits.len() == 32 && digits >= ORDER.as_slice())
}

/// The content of the element at the start of `bytes`, what follows it, and whether its length was minimal.
fn element(bytes: &[u8], tag: u8) -> Option<(&[u8], &[u8], bool)> {
    let (&[first, length], rest) = bytes.split_first_chunk::<2>()?;
    if first != tag {
        return None;
    }
    let (length, rest, minimal) = match length {
        0..=0x7f => (usize::from(length), rest, true),
        0x81 => {
            let (&length, rest) = rest.split_first()?;
            (usize::from(length), rest, length >= 0x80)
        }
        _ => return None,
    };
    let (content, after) = rest.split_at_checked(length)?;
    Some((content, after, minimal))
}
