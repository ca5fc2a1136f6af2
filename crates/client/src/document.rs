//! The multipart body of document verification (table 24): parameters first, then the file.

use bytes::{BufMut, Bytes, BytesMut};
use crypto::Random;
use protocol::wire::Params;

/// A document to be verified.
#[derive(Clone)]
pub struct Document {
    /// Its name, shown to people.
    pub name: String,
    /// Its bytes.
    pub bytes: Bytes,
}

impl std::fmt::Debug for Document {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Document({} bytes)", self.bytes.len())
    }
}

/// The body and its content type.
pub(crate) fn multipart(params: &Params, document: &Document, random: &Random) -> (String, Bytes) {
    // 128 random bits: no document holds the boundary by accident, and none can be made to.
    let boundary = random.hex_id();
    let mut body = BytesMut::with_capacity(document.bytes.len() + 4096);
    for (key, value) in params.iter().filter(|(key, _)| *key != "file") {
        let head = format!("--{boundary}\r\nContent-Disposition: form-data; name=\"{key}\"\r\n\r\n");
        body.put_slice(head.as_bytes());
        body.put_slice(value.signed_text().as_bytes());
        body.put_slice(b"\r\n");
    }
    let name: String = document
        .name
        .chars()
        .map(|c| if c == '"' || c == '\\' || c.is_control() { '_' } else { c })
        .collect();
    let head = format!(
        "--{boundary}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\n\
         Content-Type: application/octet-stream\r\n\r\n"
    );
    body.put_slice(head.as_bytes());
    body.put_slice(&document.bytes);
    body.put_slice(format!("\r\n--{boundary}--\r\n").as_bytes());
    (format!("multipart/form-data; boundary={boundary}"), body.freeze())
}
