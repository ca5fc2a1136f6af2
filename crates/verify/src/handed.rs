//! Hash-only verification (仅提交杂凑值): a document is judged by its signatures' own data and digests of what they
//! cover, without being shown to the verifier. What is handed over is JSON of the form `sealbridge-digests-1`; each
//! format of document has its own fields beside these.
//!
//! What the document shows was not seen, so the verdict on it is never better than indeterminate, and digests are the
//! word of whoever made them.

use formats::ofd::OfdError;
use formats::pdf::PdfError;
use serde::{Deserialize, Serialize};

use crate::catalogue as rule;
use crate::finding::Findings;
use crate::options::Options;
use crate::text::Detail;
use crate::verdict::Status;
use crate::{ofd, pdf};

/// The name of the form.
pub(crate) const FORM: &str = "sealbridge-digests-1";
/// Largest file of digests that is read, in bytes.
pub(crate) const MAX_LEN: usize = 64 << 20;

/// The document that is not handed over.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Document {
    pub(crate) size: u64,
    /// In lower-case hexadecimal digits.
    pub(crate) sm3: String,
}

impl Document {
    pub(crate) fn of(bytes: &[u8]) -> Self {
        Self { size: bytes.len() as u64, sm3: hex::encode(crypto::sm3::digest(bytes)) }
    }

    /// Tells that it was not seen.
    pub(crate) fn judge(&self, findings: &mut Findings) {
        let sm3: String = self.sm3.chars().filter(char::is_ascii_hexdigit).take(64).collect();
        let told = Detail::new(
            format!("据称 {} 字节，SM3 {sm3}", self.size),
            format!("said to have {} bytes and the SM3 {sm3}", self.size),
        );
        findings.add_with(&rule::DOCUMENT_UNSEEN, Status::Unknown, told);
    }
}

/// Why digests cannot be made of a document, or not be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DigestsError {
    /// The document cannot be opened, or a file of a signature cannot be read.
    #[error(transparent)]
    Ofd(#[from] OfdError),
    /// The document, a PDF, cannot be opened.
    #[error(transparent)]
    Pdf(#[from] PdfError),
    /// There is no signature in the document.
    #[error("没有签名 there is no signature in the document")]
    Unsigned,
    /// It is not of the form.
    #[error("not of the form {FORM}: {0}")]
    Form(String),
    /// There is too much of it.
    #[error("too large")]
    TooLarge,
}

impl DigestsError {
    /// Tells why what was handed over cannot be judged.
    pub(crate) fn judge(&self, findings: &mut Findings) {
        let is_large = matches!(self, Self::TooLarge);
        let rule = if is_large { &rule::CONTAINER_LIMITS } else { &rule::CONTAINER_FORMAT };
        findings.add_with(rule, Status::Unknown, Detail::same(crate::text::printable(&self.to_string())));
    }
}

/// True when these bytes are digests in the place of a document: a JSON object that names the form.
pub(crate) fn is_handed(bytes: &[u8]) -> bool {
    let start = bytes.trim_ascii_start();
    let head = start.get(..start.len().min(256)).unwrap_or_default();
    start.starts_with(b"{") && head.windows(FORM.len()).any(|window| window == FORM.as_bytes())
}

/// Makes what is handed over of a document, an OFD or a PDF: JSON, one line. The document's own content is not in it,
/// but everything that its signatures hold is; of an OFD the names of its files are too.
///
/// # Errors
/// [`DigestsError`].
pub fn digests_of(bytes: &[u8], options: &Options) -> Result<Vec<u8>, DigestsError> {
    if pdf::is_pdf(bytes) { pdf::digests_of(bytes, options) } else { ofd::digests_of(bytes, options) }
}
