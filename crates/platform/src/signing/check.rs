//! What may be signed, and whether what came back is the signature that was asked for.

use crypto::{KeyKind, SignatureAlgorithm};
use formats::asn1::Mode;
use formats::cms::SignedData;
use formats::ses::parse_tbs;
use formats::x509::Certificate;
use protocol::lists::{HashType, SignFormat};
use protocol::{ApiError, Code, Fault};
use storage::platform::seals::Seal;

use crate::config::Signing;

/// Whether digest and key go together and are allowed here (resolution 28).
///
/// # Errors
/// 20011.
pub(super) fn hash_type(
    policy: &Signing,
    hash_type: HashType,
    certificate: &Certificate,
) -> Result<(), ApiError> {
    let kind = certificate.verifying_key().map(|key| key.kind()).map_err(ApiError::fault)?;
    let good = match hash_type {
        HashType::Sm3 => kind == KeyKind::Sm2,
        HashType::Sha256 => policy.rsa && kind == KeyKind::Rsa,
        HashType::Md5 | HashType::Sha1 => false,
    };
    if good {
        return Ok(());
    }
    let (zh, en) =
        ("与印章证书不符或未获准使用", "does not go with the seal's certificate, or is not allowed here");
    Err(Fault::new(Code::AlgorithmNotAllowed, "hash-type", zh, en).on("hashType").into())
}

/// A P1 message that is a TBS_Sign must name the very seal; whether it must be one is the operator's decision.
///
/// # Errors
/// 20002 when it must be one and is none, 20004 when it names another seal.
pub(super) fn message(
    policy: &Signing,
    format: SignFormat,
    message: &[u8],
    seal: &Seal,
) -> Result<(), ApiError> {
    if format != SignFormat::P1 {
        return Ok(());
    }
    let tbs = match parse_tbs(message, Mode::Tolerant) {
        Ok((tbs, _)) => tbs,
        Err(error) if policy.p1_must_be_seal_data => {
            let fault = Fault::malformed("tbs", "应为 TBS_Sign", "must be a TBS_Sign of GB/T 38540");
            return Err(ApiError::from(fault.on("docHash")).because(error));
        }
        Err(_) => return Ok(()),
    };
    let named = hex::encode(crypto::sm3::digest(tbs.seal.raw()));
    if seal.seal_data_sm3.as_ref() == Some(&named) {
        return Ok(());
    }
    let (zh, en) = ("待签名数据中的印章与 sealCode 不符", "names another seal than sealCode");
    Err(Fault::new(Code::Contradiction, "tbs-seal", zh, en).on("docHash").into())
}

/// What a signature must be a signature of.
#[derive(Debug, Clone, Copy)]
pub(super) struct Expected<'a> {
    /// Its form.
    pub(super) format: SignFormat,
    /// The digest algorithm.
    pub(super) hash_type: HashType,
    /// P1: the message. P7: the digest of the document.
    pub(super) doc_hash: &'a [u8],
}

/// Verifies a signature with the filed certificate.
///
/// # Errors
/// What is wrong with it, for the evidence.
pub(super) fn signature(
    expected: &Expected<'_>,
    certificate: &Certificate,
    value: &[u8],
) -> Result<(), String> {
    match expected.format {
        SignFormat::P1 => bare(expected, certificate, value),
        SignFormat::P7 => detached(expected, certificate, value),
    }
}

fn bare(expected: &Expected<'_>, certificate: &Certificate, value: &[u8]) -> Result<(), String> {
    let key = certificate.verifying_key().map_err(|error| error.to_string())?;
    let algorithm = match expected.hash_type {
        HashType::Sha256 => SignatureAlgorithm::RsaPkcs1Sha256,
        _ => SignatureAlgorithm::Sm2Sm3,
    };
    key.verify(algorithm, expected.doc_hash, value).map_err(|error| error.to_string())
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
