//! A package that waits for its signature value.

use super::error::SealError;
use crate::asn1::Tag;
use crypto::sm3;
use jiff::Timestamp;

/// First bytes of the stored form; the digit is its version.
const MAGIC: &[u8; 8] = b"SBPREP1\n";
/// Bytes of an SM3 digest.
const DIGEST: usize = 32;

/// A package with everything but the signature value. It can be stored between requests.
#[derive(Clone, PartialEq, Eq)]
pub struct Prepared {
    /// The new package without the value.
    pub(super) package: Vec<u8>,
    pub(super) signature_path: String,
    pub(super) value_path: String,
    pub(super) signature_id: String,
    pub(super) signing_time: Timestamp,
    pub(super) data_hash: [u8; DIGEST],
    pub(super) to_sign: Vec<u8>,
}

impl std::fmt::Debug for Prepared {
    /// Without the document's bytes.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Prepared")
            .field("package_bytes", &self.package.len())
            .field("signature_path", &self.signature_path)
            .field("signature_id", &self.signature_id)
            .field("signing_time", &self.signing_time)
            .field("data_hash", &hex::encode(self.data_hash))
            .finish_non_exhaustive()
    }
}

impl Prepared {
    /// SM3 of `Signature.xml` as stored: dataHash of a seal, messageDigest of a plain signature.
    pub fn data_hash(&self) -> &[u8; DIGEST] {
        &self.data_hash
    }

    /// The protected range as propertyInfo names it: the absolute path of `Signature.xml`.
    pub fn property_info(&self) -> String {
        format!("/{}", self.signature_path)
    }

    /// The message the signer signs (待签名数据): for a seal TBS_Sign (GB/T 38540 §7.1), for a plain signature the
    /// signed attributes of [`crate::cms::SignedDataDraft::detached`] over [`Self::data_hash`].
    pub fn to_sign(&self) -> &[u8] {
        &self.to_sign
    }

    /// True for a seal: TBS_Sign is a SEQUENCE, the signed attributes of a plain signature are a SET.
    pub fn is_seal(&self) -> bool {
        self.to_sign.first() == Some(&Tag::SEQUENCE.0)
    }

    /// The id of the new signature in `Signatures.xml`.
    pub fn signature_id(&self) -> &str {
        &self.signature_id
    }

    /// The signing time in whole seconds, as written.
    pub fn signing_time(&self) -> Timestamp {
        self.signing_time
    }

    /// The stored form.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(self.package.len() + 1024 + self.to_sign.len());
        out.extend_from_slice(MAGIC);
        out.extend_from_slice(&self.signing_time.as_second().to_le_bytes());
        out.extend_from_slice(&self.data_hash);
        let texts = [&self.signature_path, &self.value_path, &self.signature_id].map(String::as_bytes);
        for part in texts.into_iter().chain([self.to_sign.as_slice(), &self.package]) {
            out.extend_from_slice(&(part.len() as u64).to_le_bytes());
            out.extend_from_slice(part);
        }
        let digest = sm3::digest(&out);
        out.extend_from_slice(&digest);
        out
    }

    /// Reads the stored form.
    ///
    /// # Errors
    /// [`SealError::Damaged`] when it is not what [`Self::to_bytes`] gave.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, SealError> {
        Self::read(bytes).ok_or(SealError::Damaged)
    }

    fn read(bytes: &[u8]) -> Option<Self> {
        let (body, digest) = bytes.split_at_checked(bytes.len().checked_sub(DIGEST)?)?;
        if sm3::digest(body) != digest {
            return None;
        }
        let mut rest = body.strip_prefix(MAGIC)?;
        let seconds = i64::from_le_bytes(take(&mut rest, 8)?.try_into().ok()?);
        let data_hash = take(&mut rest, DIGEST)?.try_into().ok()?;
        let mut part = || {
            let length = u64::from_le_bytes(take(&mut rest, 8)?.try_into().ok()?);
            take(&mut rest, usize::try_from(length).ok()?)
        };
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).ok();
        let prepared = Self {
            signature_path: text(part()?)?,
            value_path: text(part()?)?,
            signature_id: text(part()?)?,
            to_sign: part()?.to_vec(),
            package: part()?.to_vec(),
            signing_time: Timestamp::from_second(seconds).ok()?,
            data_hash,
        };
        rest.is_empty().then_some(prepared)
    }
}

fn take<'b>(rest: &mut &'b [u8], length: usize) -> Option<&'b [u8]> {
    let (part, later) = rest.split_at_checked(length)?;
    *rest = later;
    Some(part)
}
