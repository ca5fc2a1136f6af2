//! Asking a time-stamping authority over HTTP (GB/T 20520, RFC 3161 §3.4).

use bytes::Bytes;

use crate::ClientError;
use crate::transport::{self, Bounds};

/// Sends an encoded TimeStampReq and gives the encoded TimeStampResp. Whether the token in it is good is for the
/// caller to check: the answer has no other signature.
///
/// # Errors
/// [`ClientError`]; `Malformed` for any HTTP status but 200.
pub async fn request_time_stamp(url: &str, request: Vec<u8>, bounds: Bounds) -> Result<Vec<u8>, ClientError> {
    let content = ("application/timestamp-query".to_owned(), Bytes::from(request));
    let pool = transport::pool()?;
    let answer = transport::exchange(&pool, reqwest::Method::POST, url, Some(content), bounds).await?;
    if answer.status == 200 {
        Ok(answer.body)
    } else {
        Err(ClientError::Malformed(format!("the time-stamping authority answered HTTP {}", answer.status)))
    }
}
