//! What may be signed. Whether what came back is the signature that was asked for, [`proof::value`] says.

use crypto::KeyKind;
use formats::asn1::Mode;
use formats::ses::parse_tbs;
use formats::x509::Certificate;
use protocol::lists::{HashType, SignFormat};
use protocol::{ApiError, Code, Fault};
use storage::platform::seals::Seal;

use crate::config::{Algorithm, Form, Rules};

/// Length of a digest of SM3 or SHA-256.
const DIGEST: usize = 32;

/// Whether this form may be asked for.
///
/// # Errors
/// 20011.
pub(super) fn form(rules: &Rules, format: SignFormat) -> Result<(), ApiError> {
    let form = match format {
        SignFormat::P1 => Form::P1,
        SignFormat::P7 => Form::P7,
    };
    if rules.formats.contains(&form) {
        return Ok(());
    }
    let (zh, en) = ("该类印章不允许此签名值结构", "this form is not allowed for this type of seal");
    Err(Fault::new(Code::AlgorithmNotAllowed, "sign-format", zh, en).on("type").into())
}

/// Whether digest and key go together and are allowed here (resolution 28).
///
/// # Errors
/// 20011.
pub(super) fn hash_type(
    rules: &Rules,
    hash_type: HashType,
    certificate: &Certificate,
) -> Result<(), ApiError> {
    let kind = certificate.verifying_key().map(|key| key.kind()).map_err(ApiError::fault)?;
    let good = match hash_type {
        HashType::Sm3 => kind == KeyKind::Sm2 && rules.algorithms.contains(&Algorithm::Sm2),
        HashType::Sha256 => kind == KeyKind::Rsa && rules.algorithms.contains(&Algorithm::Rsa),
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
    rules: &Rules,
    format: SignFormat,
    message: &[u8],
    seal: &Seal,
) -> Result<(), ApiError> {
    if format != SignFormat::P1 {
        return Ok(());
    }
    let tbs = match parse_tbs(message, Mode::Tolerant) {
        Ok((tbs, _)) => tbs,
        Err(error) if rules.p1_must_be_seal_data => {
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

/// The digests by which the evidence of a signing is looked up, lower hexadecimal: what a consent to it names (docHash for
/// P7, its SM3 for P1), and of a seal signature the digest that stands in it.
pub(super) fn digests(format: SignFormat, doc_hash: &[u8]) -> Vec<String> {
    let named = match format {
        SignFormat::P7 => hex::encode(doc_hash),
        SignFormat::P1 => hex::encode(crypto::sm3::digest(doc_hash)),
    };
    let mut digests = vec![named];
    if format == SignFormat::P1
        && let Ok((tbs, _)) = parse_tbs(doc_hash, Mode::Tolerant)
    {
        digests.extend(tbs.data_hash.restored(DIGEST).map(hex::encode));
    }
    digests
}
