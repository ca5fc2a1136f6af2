//! A file that waits for its signature value.

use std::ops::Range;

use crypto::{DigestAlgorithm, Hasher, sm3};
use jiff::Timestamp;

use super::error::SealError;
use crate::cms::SignedDataDraft;
use crate::oid::Oid;
use crate::ses::assemble_signature;

/// First bytes of the stored form; the digit is its version.
const MAGIC: &[u8; 8] = b"SBPDFP1\n";
/// Bytes of an SM3 digest.
const DIGEST: usize = 32;

/// A file with everything but the signature value. It can be stored between requests.
#[derive(Clone, PartialEq, Eq)]
pub struct Prepared {
    /// The new file, zeros where the value goes.
    pub(super) file: Vec<u8>,
    /// The token of `/Contents`, with its angle brackets.
    pub(super) contents: Range<usize>,
    pub(super) field: String,
    /// The algorithm that a SignedData names; none for a seal.
    pub(super) algorithm: Option<Oid>,
    pub(super) signing_time: Timestamp,
    pub(super) data_hash: [u8; DIGEST],
    pub(super) to_sign: Vec<u8>,
}

impl std::fmt::Debug for Prepared {
    /// Without the document's bytes.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Prepared")
            .field("file_bytes", &self.file.len())
            .field("field", &self.field)
            .field("byte_range", &self.property_info())
            .field("signing_time", &self.signing_time)
            .field("data_hash", &hex::encode(self.data_hash))
            .finish_non_exhaustive()
    }
}

impl Prepared {
    /// SM3 of the two byte ranges: dataHash of a seal, messageDigest of a plain signature.
    pub fn data_hash(&self) -> &[u8; DIGEST] {
        &self.data_hash
    }

    /// The protected range as propertyInfo names it. No rule for PDF is public; we write the four numbers of
    /// `/ByteRange` as PDF does, `[0 a b c]`.
    pub fn property_info(&self) -> String {
        let [zero, first, second, length] = self.byte_range();
        format!("[{zero} {first} {second} {length}]")
    }

    /// The four numbers of `/ByteRange`.
    pub fn byte_range(&self) -> [usize; 4] {
        byte_range(self.file.len(), &self.contents)
    }

    /// The message the signer signs (待签名数据): for a seal TBS_Sign (GB/T 38540 §7.1), for a plain signature the
    /// signed attributes of [`SignedDataDraft::detached`] over [`Self::data_hash`].
    pub fn to_sign(&self) -> &[u8] {
        &self.to_sign
    }

    /// Full name of the field that takes the signature.
    pub fn field(&self) -> &str {
        &self.field
    }

    /// True for a seal, whose value is an SES_Signature; the value of a plain signature is a SignedData.
    pub fn is_seal(&self) -> bool {
        self.algorithm.is_none()
    }

    /// The signing time in whole seconds, as written.
    pub fn signing_time(&self) -> Timestamp {
        self.signing_time
    }

    /// Bytes that the value may have.
    pub fn room(&self) -> usize {
        self.contents.len().saturating_sub(2) / 2
    }

    /// Puts the value together from the signer's SM2 signature (DER) over [`Self::to_sign`]. `chain` are certificates
    /// that a SignedData carries beside the signer's; `time_stamp` is a token over the signature value.
    ///
    /// # Errors
    /// [`SealError::Value`] when the signer's certificate cannot be read.
    pub fn value(
        &self,
        signer_cert_der: &[u8],
        signature_der: &[u8],
        chain: &[Vec<u8>],
        time_stamp: Option<&[u8]>,
    ) -> Result<Vec<u8>, SealError> {
        let Some(algorithm) = &self.algorithm else {
            return Ok(assemble_signature(&self.to_sign, signer_cert_der, signature_der, time_stamp));
        };
        let draft = SignedDataDraft::detached(self.data_hash, self.signing_time);
        Ok(draft.assemble_as(*algorithm, signer_cert_der, signature_der, chain, None, time_stamp)?)
    }

    /// The stored form.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(self.file.len() + 1024 + self.to_sign.len());
        out.extend_from_slice(MAGIC);
        out.extend_from_slice(&self.signing_time.as_second().to_le_bytes());
        out.extend_from_slice(&self.data_hash);
        for number in [self.contents.start, self.contents.end] {
            out.extend_from_slice(&(number as u64).to_le_bytes());
        }
        let algorithm = self.algorithm.map(|oid| oid.to_string()).unwrap_or_default();
        for part in [self.field.as_bytes(), algorithm.as_bytes(), &self.to_sign] {
            out.extend_from_slice(&(part.len() as u64).to_le_bytes());
            out.extend_from_slice(part);
        }
        let digest = sm3::digest(&out);
        out.extend_from_slice(&digest);
        out.extend_from_slice(&self.file);
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
        let mut rest = bytes.strip_prefix(MAGIC)?;
        let number = |rest: &mut &[u8]| {
            let number = u64::from_le_bytes(take(rest, 8)?.try_into().ok()?);
            usize::try_from(number).ok()
        };
        let seconds = i64::from_le_bytes(take(&mut rest, 8)?.try_into().ok()?);
        let data_hash = take(&mut rest, DIGEST)?.try_into().ok()?;
        let contents = number(&mut rest)?..number(&mut rest)?;
        let mut part = || {
            let length = number(&mut rest)?;
            take(&mut rest, length)
        };
        let field = String::from_utf8(part()?.to_vec()).ok()?;
        let algorithm = std::str::from_utf8(part()?).ok()?;
        let algorithm = if algorithm.is_empty() { None } else { Some(algorithm.parse().ok()?) };
        let to_sign = part()?.to_vec();
        let head = bytes.get(..bytes.len().checked_sub(rest.len())?)?;
        if take(&mut rest, DIGEST)? != sm3::digest(head) {
            return None;
        }
        // The file's own digest is in the head, so that nothing is digested twice.
        if range_digest(rest, &contents)? != data_hash || !is_room(rest, &contents) {
            return None;
        }
        let signing_time = Timestamp::from_second(seconds).ok()?;
        Some(Self { file: rest.to_vec(), contents, field, algorithm, signing_time, data_hash, to_sign })
    }
}

/// The four numbers of `/ByteRange` around a token.
pub(super) fn byte_range(length: usize, contents: &Range<usize>) -> [usize; 4] {
    [0, contents.start, contents.end, length.saturating_sub(contents.end)]
}

/// SM3 of a file without the token of `/Contents`, without copying it.
pub(super) fn range_digest(file: &[u8], contents: &Range<usize>) -> Option<[u8; DIGEST]> {
    let mut hasher = Hasher::new(DigestAlgorithm::Sm3);
    hasher.update(file.get(..contents.start)?);
    hasher.update(file.get(contents.end..)?);
    hasher.finalize().try_into().ok()
}

/// True for a token of zeros.
fn is_room(file: &[u8], contents: &Range<usize>) -> bool {
    let token = file.get(contents.clone());
    token.is_some_and(
        |token| matches!(token, [b'<', zeros @ .., b'>'] if zeros.iter().all(|byte| *byte == b'0')),
    )
}

fn take<'b>(rest: &mut &'b [u8], length: usize) -> Option<&'b [u8]> {
    let (part, later) = rest.split_at_checked(length)?;
    *rest = later;
    Some(part)
}
