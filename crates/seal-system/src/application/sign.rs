//! Signing and embedding (6.2.2.3): the signature that comes back is verified here before it is used.

use crypto::{SignatureAlgorithm, VerifyingKey};
use formats::sealing::Limits;
use formats::x509::Certificate;
use protocol::endpoints::CloudSign;
use protocol::lists::{HashType, SignFormat};
use protocol::tables::CloudSignRequest;
use protocol::{AuthCode, Base64Data, IdCard};
use storage::seal_system::jobs::JobState;

use super::consent::{auth_id, message, seal_code, sign_id, stored};
use super::{Application, ApplicationError, JobId, Subject, Work, place};
use crate::failure::fault;

impl Application {
    /// Has every document signed that is not yet. What is refused for good is stored with the document, and the others
    /// go on; anything else ends it, and it can be repeated.
    ///
    /// # Errors
    /// Those of [`Application::sign`], of several with the name of the document.
    pub async fn sign_all(&self, subject: impl Into<Subject>) -> Result<(), ApplicationError> {
        let subject = subject.into();
        let mut refused = None;
        for id in self.ids(&subject).await? {
            let before = self.load(&id).await?;
            if !matches!(before.job.state, JobState::Asked | JobState::Signing) {
                continue;
            }
            match self.sign(&id).await {
                Ok(()) | Err(ApplicationError::Overtaken) => {}
                Err(error) => {
                    let error = self.named(&subject, &before, error);
                    if self.load(&id).await?.job.state != JobState::Failed {
                        return Err(error);
                    }
                    refused = refused.or(Some(error));
                }
            }
        }
        refused.map_or(Ok(()), Err)
    }

    /// Has the document signed and puts the signature in. After a failure on the way, or a restart, it can be
    /// repeated: the same signId gives the same signature. Sealed already is no error.
    ///
    /// # Errors
    /// [`ApplicationError::NoConsent`] before the signer agreed, [`ApplicationError::Platform`],
    /// [`ApplicationError::WrongSignature`], [`ApplicationError::TimeStamp`] where the rules demand one. What the
    /// platform refuses for good is stored as failed.
    pub async fn sign(&self, id: &JobId) -> Result<(), ApplicationError> {
        let mut work = self.load(id).await?;
        match work.job.state {
            JobState::Sealed => return Ok(()),
            JobState::Asked if work.detail.auth_code.is_some() => {
                // Noted before anything leaves: from here on a signature may exist.
                work.job.state = JobState::Signing;
                self.save(&mut work).await?;
            }
            JobState::Signing => {}
            JobState::Asked | JobState::Prepared => return Err(ApplicationError::NoConsent),
            state => return Err(ApplicationError::WrongState(state.as_str())),
        }
        let message = message(&work.job)?;
        let request = sign_request(&work, &message)?;
        let answer = match self.system.parts.platform.call_repeatedly::<CloudSign>(&request).await {
            Ok(answer) => answer.data,
            Err(error) => return Err(self.not_signed(work, error).await),
        };
        let signature = answer.sign_data.bytes().to_vec();
        let info = work.detail.chosen.as_ref().ok_or_else(|| fault("no seal was stored"))?;
        let certificate = place::certificate(info, prepared_at(&work)?)?;
        verify_here(&certificate, &message, &signature)?;
        let (token, stamping) = self.stamp(&answer).await?;
        let prepared = place::prepared(&work.job)?.ok_or_else(|| fault("nothing was prepared"))?;
        let embedding = move || {
            let value = prepared.value(&certificate, &signature, &[], token.as_deref())?;
            prepared.embed(&value, &Limits::default())
        };
        let sealed = tokio::task::spawn_blocking(embedding).await.map_err(fault)??;
        work.job.state = JobState::Sealed;
        work.job.result = Some(sealed);
        work.job.code = None;
        work.detail.auth_code = None;
        work.detail.stamping = stamping;
        self.save(&mut work).await
    }

    /// What can pass leaves the document as it is, to be signed again; a refusal for good is stored.
    async fn not_signed(&self, mut work: Work, error: client::ClientError) -> ApplicationError {
        if let Some(refusal) = error.refusal().filter(|refusal| !refusal.retryable) {
            work.job.state = JobState::Failed;
            work.job.code = Some(refusal.code.clone());
            work.detail.auth_code = None;
            if let Err(failed) = self.save(&mut work).await {
                return failed;
            }
        }
        error.into()
    }

    /// The sealed document.
    ///
    /// # Errors
    /// [`ApplicationError::WrongState`] until it is sealed.
    pub async fn sealed(&self, id: &JobId) -> Result<Vec<u8>, ApplicationError> {
        let work = self.load(id).await?;
        work.job.result.ok_or(ApplicationError::WrongState(work.job.state.as_str()))
    }
}

fn sign_request(work: &Work, message: &[u8]) -> Result<CloudSignRequest, ApplicationError> {
    let signer = work.detail.signer.as_ref().ok_or_else(|| fault("no signer was stored"))?;
    let auth_code = work.detail.auth_code.as_deref().ok_or(ApplicationError::NoConsent)?;
    Ok(CloudSignRequest {
        seal_code: seal_code(&work.job)?,
        auth_id: auth_id(&work.job)?,
        auth_code: AuthCode::parse(auth_code).map_err(stored("authCode"))?,
        format: SignFormat::P1,
        doc_hash: Base64Data::from(message.to_vec()),
        credent_no: IdCard::parse(&signer.id_card).map_err(stored("credentNo"))?,
        org_code: work.detail.credit_code(),
        sign_id: sign_id(&work.job)?,
        hash_type: HashType::Sm3,
    })
}

/// The signing time in the message; the certificate is judged by it, as verifiers will.
fn prepared_at(work: &Work) -> Result<jiff::Timestamp, ApplicationError> {
    let prepared = place::prepared(&work.job)?.ok_or_else(|| fault("nothing was prepared"))?;
    Ok(prepared.signing_time())
}

fn verify_here(certificate: &[u8], message: &[u8], signature: &[u8]) -> Result<(), ApplicationError> {
    let certificate = Certificate::from_der(certificate).map_err(fault)?;
    let key: VerifyingKey = certificate.verifying_key().map_err(fault)?;
    key.verify(SignatureAlgorithm::Sm2Sm3, message, signature).map_err(|_| ApplicationError::WrongSignature)
}

#[cfg(test)]
mod tests {
    use crypto::{Random, Signer};
    use testkit::pki::pki;

    use super::*;

    #[test]
    fn a_signature_by_another_key_is_not_used() {
        let (signer, other) = (&pki().signer, crypto::Sm2KeyPair::generate(&Random::system()).unwrap());
        let right = signer.key.sign(b"message").unwrap();
        verify_here(&signer.der(), b"message", &right).unwrap();
        for wrong in [other.sign(b"message").unwrap(), signer.key.sign(b"another").unwrap(), Vec::new()] {
            let result = verify_here(&signer.der(), b"message", &wrong);
            assert!(matches!(result, Err(ApplicationError::WrongSignature)));
        }
    }
}
