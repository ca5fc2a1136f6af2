//! Whether a signature value is the one that was asked for (tables 16 to 18, resolution 27).

use crypto::SignatureAlgorithm;
use formats::asn1::Mode;
use formats::cms::SignedData;
use formats::x509::Certificate;
use protocol::lists::{HashType, SignFormat};

/// What a signature must be a signature of.
#[derive(Debug, Clone, Copy)]
pub struct Expected<'a> {
    /// Its form.
    pub format: SignFormat,
    /// The digest algorithm.
    pub hash_type: HashType,
    /// P1: the message. P7: the digest of the document.
    pub doc_hash: &'a [u8],
}

/// Verifies a signature with the filed certificate.
///
/// # Errors
/// What is wrong with it, for the evidence.
pub fn signature(expected: &Expected<'_>, certificate: &Certificate, value: &[u8]) -> Result<(), String> {
    match expected.format {
        SignFormat::P1 => bare(expected, certificate, value),
        SignFormat::P7 => detached(expected, certificate, value),
    }
}

fn bare(expected: &Expected<'_>, certificate: &Certificate, value: &[u8]) -> Result<(), String> {
    let key = certificate.verifying_key().map_err(|error| error.to_string())?;
    key.verify(algorithm(expected.hash_type), expected.doc_hash, value).map_err(|error| error.to_string())
}

/// The one algorithm that goes with a hashType (resolution 28).
fn algorithm(hash_type: HashType) -> SignatureAlgorithm {
    match hash_type {
        HashType::Sha256 => SignatureAlgorithm::RsaPkcs1Sha256,
        _ => SignatureAlgorithm::Sm2Sm3,
    }
}

/// A detached SignedData of GB/T 35275 with signed attributes (resolution 27).
fn detached(expected: &Expected<'_>, certificate: &Certificate, value: &[u8]) -> Result<(), String> {
    let message = SignedData::parse(value, Mode::Tolerant).map_err(|error| error.to_string())?;
    let [signer] = message.signers.as_slice() else {
        return Err(format!("{} signers", message.signers.len()));
    };
    if message.content.is_some() {
        return Err("it is not detached".to_owned());
    }
    if !signer.id.names(certificate) {
        return Err("its signer is not the filed certificate".to_owned());
    }
    if signer.algorithm() != Some(algorithm(expected.hash_type)) {
        return Err("it has another algorithm than was asked for".to_owned());
    }
    let attributes = signer.signed_attributes.as_ref().ok_or("it has no signed attributes")?;
    if attributes.message_digest().as_deref() != Some(expected.doc_hash) {
        return Err("its messageDigest is not docHash".to_owned());
    }
    if attributes.content_type() != Some(message.content_type) || attributes.signing_time().is_none() {
        return Err("its contentType or signingTime is missing".to_owned());
    }
    let key = certificate.verifying_key().map_err(|error| error.to_string())?;
    signer.check_signature(&key, None).map_err(|error| error.to_string())?;
    Ok(())
}

/// What a time stamp over a detached SignedData is over: the signature of its one signer (GB/T 20520).
///
/// # Errors
/// What is wrong with it.
pub fn stamped_octets(value: &[u8]) -> Result<Vec<u8>, String> {
    let message = SignedData::parse(value, Mode::Tolerant).map_err(|error| error.to_string())?;
    let signer = message.signers.into_iter().next();
    signer.map(|signer| signer.signature).ok_or_else(|| "no signer".to_owned())
}
