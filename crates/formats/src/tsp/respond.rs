//! What a time-stamp authority answers.

use crypto::{Random, Signer};
use jiff::Timestamp;

use super::{Accuracy, FailInfo, PkiStatus, TimeStampReq, TimeStampResp, TspError, TstInfo};
use crate::asn1::{DeviationKind, Mode};
use crate::cms::{SignedDataDraft, encode_signing_certificate};
use crate::oid::{self, Oid};
use crate::x509::{Certificate, Parameters};

/// A time-stamp authority: key, certificate and policy.
pub struct Tsa<'a> {
    /// Its key.
    pub signer: &'a dyn Signer,
    /// Its certificate, for time stamps alone.
    pub certificate: &'a Certificate,
    /// Certificates above it, sent along when the certificate is asked for.
    pub chain: &'a [Vec<u8>],
    /// The one policy under which it stamps.
    pub policy: Oid,
    /// How exact its time is.
    pub accuracy: Option<Accuracy>,
}

/// An answer with what it was, for the authority's own records.
#[derive(Clone, Debug)]
pub struct Reply {
    /// The encoded TimeStampResp.
    pub der: Vec<u8>,
    /// The statement made, when granted.
    pub granted: Option<TstInfo>,
    /// The reason given, when refused.
    pub refused: Option<FailInfo>,
}

/// Answers a request at a time. A bad request gets a refusal, which is an answer and no error.
///
/// # Errors
/// When the authority itself is not in order: wrong certificate for the key, not for time stamps, or a key
/// that refuses to sign.
pub fn respond(request: &[u8], tsa: &Tsa<'_>, now: Timestamp, random: &Random) -> Result<Reply, TspError> {
    let purposes = tsa.certificate.extensions.extended_key_usage.as_deref();
    if purposes != Some(&[oid::EKU_TIME_STAMPING])
        || !tsa.certificate.extensions.is_critical(&oid::EXTENDED_KEY_USAGE)
    {
        return Err(TspError::Purpose);
    }
    let request = match examine(request, tsa) {
        Ok(request) => request,
        Err((info, text)) => return Ok(reject(info, text)),
    };
    let mut serial = [0; 16];
    random.fill(&mut serial);
    if let Some(first) = serial.first_mut() {
        *first = (*first & 0x7F) | 0x40;
    }
    let info = TstInfo {
        policy: tsa.policy,
        imprint: request.imprint,
        serial: serial.to_vec(),
        gen_time: now,
        accuracy: tsa.accuracy,
        ordering: false,
        nonce: request.nonce,
        critical_extensions: Vec::new(),
    };
    let content = info.to_der();
    let draft = SignedDataDraft {
        content_type: oid::TST_INFO,
        digest: crypto::sm3::digest(&content),
        signing_time: now,
        extra_attributes: vec![encode_signing_certificate(tsa.certificate.der())],
    };
    let certificate = tsa.certificate.der();
    let token = if request.cert_req {
        draft.sign(tsa.signer, certificate, tsa.chain, Some(&content))?
    } else {
        draft.sign_without_certificates(tsa.signer, certificate, Some(&content))?
    };
    let answer = TimeStampResp {
        status: PkiStatus::Granted,
        texts: Vec::new(),
        fail_info: None,
        token: Some(token),
        deviations: Vec::new(),
    };
    Ok(Reply { der: answer.to_der(), granted: Some(info), refused: None })
}

/// A refusal with its reason and a text for people.
pub fn reject(info: FailInfo, text: &str) -> Reply {
    let answer = TimeStampResp {
        status: PkiStatus::Rejection,
        texts: vec![text.to_owned()],
        fail_info: Some(info),
        token: None,
        deviations: Vec::new(),
    };
    Reply { der: answer.to_der(), granted: None, refused: Some(info) }
}

fn examine(request: &[u8], tsa: &Tsa<'_>) -> Result<TimeStampReq, (FailInfo, &'static str)> {
    let request = TimeStampReq::parse(request, Mode::Tolerant)
        .map_err(|_| (FailInfo::BadDataFormat, "请求格式不正确 the request is malformed"))?;
    let is_version_1 = request.deviations.iter().all(|deviation| deviation.kind != DeviationKind::TsaVersion);
    if !is_version_1 {
        return Err((FailInfo::BadRequest, "版本不支持 this version is not supported"));
    }
    let algorithm = &request.imprint.algorithm;
    let is_sm3 = matches!(algorithm.oid, oid::SM3 | oid::SM3_UNKEYED);
    if !is_sm3 || matches!(algorithm.parameters, Parameters::Other(_)) {
        return Err((FailInfo::BadAlg, "杂凑算法须为SM3 the digest must be SM3"));
    }
    if request.imprint.digest.len() != 32 {
        return Err((FailInfo::BadDataFormat, "杂凑值长度不正确 the digest has the wrong length"));
    }
    if request.policy.is_some_and(|policy| policy != tsa.policy) {
        return Err((FailInfo::UnacceptedPolicy, "策略不支持 this policy is not supported"));
    }
    if !request.extensions.is_empty() {
        return Err((FailInfo::UnacceptedExtension, "扩展不支持 extensions are not supported"));
    }
    Ok(request)
}
