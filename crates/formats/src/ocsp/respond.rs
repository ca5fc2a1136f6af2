//! What a responder answers.

use crypto::Signer;
use jiff::{SignedDuration, Timestamp};

use super::{
    BasicResponse, CertId, CertStatus, OcspError, OcspRequest, OcspResponse, ResponderId, ResponseStatus,
    SingleResponse, write_nonce,
};
use crate::asn1::{Mode, Writer};
use crate::x509::{AlgorithmIdentifier, Certificate};

/// A responder: the authority itself, or somebody whom it certified for this (id-kp-OCSPSigning).
pub struct Responder<'a> {
    /// The responder's key.
    pub signer: &'a dyn Signer,
    /// The responder's certificate.
    pub certificate: &'a Certificate,
    /// The authority whose certificates it speaks of.
    pub issuer: &'a Certificate,
    /// How it names itself in answers.
    pub id: ResponderId,
    /// How long an answer is good for.
    pub life: SignedDuration,
}

impl<'a> Responder<'a> {
    /// The authority answering for its own certificates.
    pub fn authority(signer: &'a dyn Signer, issuer: &'a Certificate, life: SignedDuration) -> Self {
        let id = ResponderId::ByName(issuer.subject_der().to_vec());
        Self { signer, certificate: issuer, issuer, id, life }
    }
}

/// Answers a question at a time; `status` tells the status of a certificate of the authority by its serial number.
/// Certificates of other authorities are unknown. A bad question gets a refusal, which is an answer and no error.
///
/// # Errors
/// When the responder itself is not in order: a key that is not the certificate's, or that refuses to sign.
pub fn respond(
    request: &[u8],
    responder: &Responder<'_>,
    status: &dyn Fn(&[u8]) -> CertStatus,
    now: Timestamp,
) -> Result<Vec<u8>, OcspError> {
    let Ok(request) = OcspRequest::parse(request, Mode::Tolerant) else {
        return Ok(refuse(ResponseStatus::MalformedRequest));
    };
    if !request.unknown_critical.is_empty() {
        return Ok(refuse(ResponseStatus::Unauthorized));
    }
    let now = Timestamp::from_second(now.as_second()).unwrap_or(now);
    let next = now.checked_add(responder.life).unwrap_or(Timestamp::MAX);
    let single = |cert: &CertId| SingleResponse {
        cert: cert.clone(),
        status: if cert.is_issued_by(responder.issuer) { status(&cert.serial) } else { CertStatus::Unknown },
        this_update: now,
        next_update: Some(next),
        unknown_critical: Vec::new(),
    };
    let singles: Vec<SingleResponse> = request.certs.iter().map(single).collect();
    let basic = responder.sign(&singles, request.nonce.as_deref(), now)?;
    let answer =
        OcspResponse { status: ResponseStatus::Successful, basic: Some(basic), deviations: Vec::new() };
    Ok(answer.to_der())
}

/// The refusal of an answer. Nobody signs it.
pub fn refuse(status: ResponseStatus) -> Vec<u8> {
    OcspResponse { status, basic: None, deviations: Vec::new() }.to_der()
}

impl Responder<'_> {
    /// Signs what is said of certificates, for whoever keeps answers ready.
    ///
    /// # Errors
    /// When the key is not the certificate's, or refuses to sign.
    pub fn sign(
        &self,
        singles: &[SingleResponse],
        nonce: Option<&[u8]>,
        produced_at: Timestamp,
    ) -> Result<BasicResponse, OcspError> {
        if self.signer.verifying_key().spki_der() != self.certificate.spki_der() {
            return Err(OcspError::WrongKey);
        }
        let algorithm = AlgorithmIdentifier::of_signature(self.signer.algorithm());
        let tbs = Writer::build(|w| {
            w.sequence(|w| {
                match &self.id {
                    ResponderId::ByName(name) => w.explicit(1, |w| w.raw(name)),
                    ResponderId::ByKey(hash) => w.explicit(2, |w| w.octets(hash)),
                }
                w.generalized_time(produced_at);
                w.sequence(|w| singles.iter().for_each(|single| single.write(w)));
                if let Some(nonce) = nonce {
                    w.explicit(1, |w| write_nonce(w, nonce));
                }
            });
        });
        let signature = self.signer.sign(&tbs)?;
        // Who asks has the authority's certificate already; another responder's has to come along.
        let sends_certificate = self.certificate.der() != self.issuer.der();
        let der = Writer::build(|w| {
            w.sequence(|w| {
                w.raw(&tbs);
                algorithm.write(w);
                w.bits(&signature);
                if sends_certificate {
                    w.explicit(0, |w| w.sequence(|w| w.raw(self.certificate.der())));
                }
            });
        });
        BasicResponse::parse(&der, Mode::Strict)
    }
}
