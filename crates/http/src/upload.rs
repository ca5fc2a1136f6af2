//! Multipart bodies: the parameters first, then one file (resolutions 34, wire profile §5).
//!
//! The file is hashed while it arrives. Before its first byte is kept, whoever sends it must be known and its time
//! in order; so nobody unknown can make us hold a large file.

use std::sync::Arc;

use axum::body::Body;
use axum::http::HeaderMap;
use axum::http::header::CONTENT_TYPE;
use bytes::Bytes;
use crypto::sm3::Sm3;
use multer::{Constraints, Field, Multipart, SizeLimit};
use protocol::wire::Params;
use protocol::{ApiError, FileHash, ParamValue};

use crate::body;
use crate::handling::Slot;
use crate::limits::Limits;

/// Most scalar parts in a body.
const MAX_PARTS: usize = 32;
/// Longest file name kept, in characters.
const MAX_NAME: usize = 255;

/// A file that was received.
#[derive(Clone)]
pub struct Upload {
    /// Its name as the sender gave it: untrusted text for display, not signed.
    pub file_name: String,
    /// Its bytes.
    pub bytes: Bytes,
    /// SM3 of its bytes, which the sender signed.
    pub sm3: FileHash,
    /// Its place among the documents in memory, kept as long as any copy of it.
    _slot: Arc<Slot>,
}

impl std::fmt::Debug for Upload {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Upload({} bytes)", self.bytes.len())
    }
}

/// A body whose scalar parts were read and whose file is still to come.
pub(crate) struct Pending {
    multipart: Multipart<'static>,
    file: Field<'static>,
    limits: Limits,
}

/// Reads the scalar parts up to the file.
///
/// # Errors
/// 20001, 20002 or 20010.
pub(crate) async fn scalars(
    headers: &HeaderMap,
    body: Body,
    limits: Limits,
) -> Result<(Params, Pending), ApiError> {
    let kind = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let boundary = multer::parse_boundary(kind).map_err(|error| malformed().because(error))?;
    let total = limits.file_bytes + limits.scalar_bytes + (16 << 10);
    let constraints = Constraints::new().size_limit(SizeLimit::new().whole_stream(total as u64));
    let mut multipart = Multipart::with_constraints(body.into_data_stream(), boundary, constraints);
    let mut params = Params::new();
    let mut used = 0_usize;
    for _ in 0..=MAX_PARTS {
        let field = multipart.next_field().await.map_err(|error| part_error(&error, limits))?;
        let Some(field) = field else {
            return Err(missing_file());
        };
        let name = field.name().unwrap_or_default().to_owned();
        if name == "file" {
            return Ok((params, Pending { multipart, file: field, limits }));
        }
        let text = scalar(field, limits, &mut used).await?;
        params.insert(&name, ParamValue::Text(text))?;
    }
    Err(body::fault("multipart.parts", "参数过多", "too many parts"))
}

/// The text of one scalar part.
async fn scalar(mut field: Field<'static>, limits: Limits, used: &mut usize) -> Result<String, ApiError> {
    let mut bytes = Vec::new();
    while let Some(piece) = field.chunk().await.map_err(|error| part_error(&error, limits))? {
        *used += piece.len();
        if *used > limits.scalar_bytes {
            return Err(body::too_large(limits.scalar_bytes));
        }
        bytes.extend_from_slice(&piece);
    }
    String::from_utf8(bytes).map_err(|_| body::fault("utf8", "不是有效的 UTF-8", "not valid UTF-8"))
}

impl Pending {
    /// Reads the file, hashing it on the way. Nothing may follow it.
    ///
    /// # Errors
    /// 20002 or 20010.
    pub(crate) async fn receive(mut self, slot: Slot) -> Result<Upload, ApiError> {
        let max = self.limits.file_bytes;
        let file_name: String = self
            .file
            .file_name()
            .unwrap_or_default()
            .chars()
            .filter(|c| !c.is_control())
            .take(MAX_NAME)
            .collect();
        let mut hash = Sm3::new();
        let mut bytes = Vec::new();
        while let Some(piece) = self.file.chunk().await.map_err(|error| part_error(&error, self.limits))? {
            if bytes.len() + piece.len() > max {
                return Err(body::too_large(max));
            }
            hash.update(&piece);
            bytes.extend_from_slice(&piece);
        }
        drop(self.file);
        let more = self.multipart.next_field().await.map_err(|error| part_error(&error, self.limits))?;
        if more.is_some() {
            return Err(body::fault("multipart.order", "file 应为最后一部分", "file must be the last part"));
        }
        Ok(Upload { file_name, bytes: bytes.into(), sm3: FileHash(hash.finalize()), _slot: Arc::new(slot) })
    }
}

fn part_error(error: &multer::Error, limits: Limits) -> ApiError {
    match error {
        multer::Error::StreamSizeExceeded { .. } | multer::Error::FieldSizeExceeded { .. } => {
            body::too_large(limits.file_bytes)
        }
        multer::Error::IncompleteStream
        | multer::Error::IncompleteFieldData { .. }
        | multer::Error::IncompleteHeaders
        | multer::Error::StreamReadFailed(_) => body::broken().because(error),
        _ => malformed().because(error),
    }
}

fn malformed() -> ApiError {
    body::fault("multipart", "应为 multipart/form-data", "must be multipart/form-data")
}

fn missing_file() -> ApiError {
    let code = protocol::Code::ParameterMissing;
    protocol::Fault::new(code, "missing", code.zh(), code.en()).on("file").into()
}
