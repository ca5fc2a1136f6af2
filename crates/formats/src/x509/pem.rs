//! PEM text (RFC 7468) and bundles of certificates in PEM or DER.

use std::fmt;

use base64::Engine;
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig, STANDARD};

use super::{Certificate, X509Error};
use crate::asn1::{Context, Mode};

/// Certificates in one bundle.
const MAX_CERTIFICATES: usize = 10_000;

/// Files in the field lack padding now and then.
const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &base64::alphabet::STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

/// One block of PEM text. `Debug` shows its label alone: a block may hold a private key.
#[derive(Clone, PartialEq, Eq)]
pub struct PemBlock {
    /// What it holds, for example `CERTIFICATE`.
    pub label: String,
    /// The bytes in it.
    pub der: Vec<u8>,
}

impl fmt::Debug for PemBlock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PemBlock({:?}, {} bytes)", self.label, self.der.len())
    }
}

/// All blocks in a text, whatever stands between them; header lines (`Proc-Type: …`) are skipped.
///
/// # Errors
/// [`X509Error::Pem`] when a block does not end or is no Base64.
pub fn pem_blocks(text: &[u8]) -> Result<Vec<PemBlock>, X509Error> {
    let text = String::from_utf8_lossy(text);
    let mut blocks = Vec::new();
    let mut open: Option<(String, String)> = None;
    for line in text.lines().map(str::trim) {
        let label = |prefix: &str| line.strip_prefix(prefix).and_then(|rest| rest.strip_suffix("-----"));
        if let Some(label) = label("-----BEGIN ") {
            if open.is_some() {
                return Err(X509Error::Pem);
            }
            open = Some((label.to_owned(), String::new()));
        } else if let Some(end) = label("-----END ") {
            let (label, body) = open.take().ok_or(X509Error::Pem)?;
            if label != end {
                return Err(X509Error::Pem);
            }
            let der = LENIENT.decode(&body).map_err(|_| X509Error::Pem)?;
            blocks.push(PemBlock { label, der });
        } else if let Some((_, body)) = open.as_mut()
            && !line.contains(':')
        {
            body.push_str(line);
        }
    }
    if open.is_some() { Err(X509Error::Pem) } else { Ok(blocks) }
}

/// One block of PEM text, lines of 64 characters.
pub fn pem_encode(label: &str, der: &[u8]) -> String {
    let body = STANDARD.encode(der);
    let mut text = format!("-----BEGIN {label}-----\n");
    let mut rest = body.as_str();
    while !rest.is_empty() {
        let (line, tail) = rest.split_at(rest.len().min(64));
        text.push_str(line);
        text.push('\n');
        rest = tail;
    }
    text.push_str("-----END ");
    text.push_str(label);
    text.push_str("-----\n");
    text
}

/// All certificates in a file: PEM blocks, or one or more in DER behind one another.
///
/// # Errors
/// When there is none, one is malformed, or there are too many.
pub fn read_certificates(file: &[u8]) -> Result<Vec<Certificate>, X509Error> {
    let is_pem = file.windows(11).any(|window| window == b"-----BEGIN ");
    let certificates = if is_pem { from_pem(file)? } else { from_der(file)? };
    if certificates.is_empty() { Err(X509Error::Empty) } else { Ok(certificates) }
}

fn from_pem(file: &[u8]) -> Result<Vec<Certificate>, X509Error> {
    let is_certificate =
        |label: &str| matches!(label, "CERTIFICATE" | "X509 CERTIFICATE" | "TRUSTED CERTIFICATE");
    let blocks = pem_blocks(file)?;
    let ours: Vec<&PemBlock> = blocks.iter().filter(|block| is_certificate(&block.label)).collect();
    if ours.len() > MAX_CERTIFICATES {
        return Err(X509Error::TooMany);
    }
    ours.into_iter().map(|block| Certificate::from_der(&block.der)).collect()
}

fn from_der(file: &[u8]) -> Result<Vec<Certificate>, X509Error> {
    let context = Context::new(Mode::Tolerant);
    let mut certificates = Vec::new();
    let mut rest = file;
    while rest.first() == Some(&0x30) {
        if certificates.len() >= MAX_CERTIFICATES {
            return Err(X509Error::TooMany);
        }
        let value = context.top(rest)?;
        certificates.push(Certificate::from_der(value.raw())?);
        rest = rest.get(value.raw().len()..).unwrap_or_default();
    }
    if rest.iter().all(u8::is_ascii_whitespace) { Ok(certificates) } else { Err(X509Error::Empty) }
}
