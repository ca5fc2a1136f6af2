//! Asking the signer (6.2.2.1 and 6.2.2.2). The consent is bound to the message that will be signed and to the
//! signId, so it is of no use for anything else.

use crypto::sm3;
use protocol::endpoints::{ConsentApply, ConsentOutcome};
use protocol::lists::HashType;
use protocol::tables::{ConsentApplyRequest, ConsentResultRequest};
use protocol::{
    AuthId, Base64Data, Code, DocHashes, DocName, DocNames, FieldError, IdCard, Mobile, PersonName, SealCode,
    SignId,
};
use storage::seal_system::jobs::{Job, JobState};

use super::detail::SignerText;
use super::place::{leave_batch, prepared};
use super::{Application, ApplicationError, Subject, Work};
use crate::failure::fault;

/// Who is to apply the seal.
#[derive(Debug, Clone)]
pub struct Signer {
    /// The telephone, registered for the seal.
    pub mobile: Mobile,
    /// The identity number; it goes with the signing request too.
    pub id_card: IdCard,
    /// The name, if it is to be compared.
    pub name: Option<PersonName>,
}

impl Signer {
    /// Reads what somebody typed in.
    ///
    /// # Errors
    /// [`ApplicationError::Value`] naming the field.
    pub fn parse(mobile: &str, id_card: &str, name: &str) -> Result<Self, ApplicationError> {
        let name = Some(name.trim()).filter(|name| !name.is_empty());
        Ok(Self {
            mobile: Mobile::parse(mobile.trim()).map_err(|fault| fault.on("手机号 mobile"))?,
            id_card: IdCard::parse(id_card.trim()).map_err(|fault| fault.on("身份证号 identity number"))?,
            name: name.map(PersonName::parse).transpose().map_err(|fault| fault.on("姓名 name"))?,
        })
    }
}

/// The page on which the signer decides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuthUrl(pub String);

/// What the signer decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// Nothing yet.
    Pending,
    /// Agreed: the document can be signed, within five minutes.
    Passed,
    /// Refused.
    Refused,
    /// The time for deciding is over.
    Expired,
}

impl Application {
    /// Asks the signer, for several documents once for all of them. It can be repeated; the consent asked for last
    /// counts. One of several for which the signer is asked by itself goes on by itself.
    ///
    /// # Errors
    /// [`ApplicationError::Platform`] with its refusal, [`ApplicationError::WrongState`] when no seal is placed.
    pub async fn ask(
        &self,
        subject: impl Into<Subject>,
        signer: &Signer,
    ) -> Result<AuthUrl, ApplicationError> {
        let subject = subject.into();
        let mut works = self.load_open(&subject).await?;
        for Work { job, .. } in &works {
            if !matches!(job.state, JobState::Prepared | JobState::Asked) {
                return Err(ApplicationError::WrongState(job.state.as_str()));
            }
        }
        let request = self.application_for(&subject, &works, signer)?;
        let answer = self.system.parts.platform.call::<ConsentApply>(&request).await?.data;
        if !answer.auth_url.starts_with("https://") && !answer.auth_url.starts_with("http://") {
            let what = "authUrl is no web address".to_owned();
            return Err(ApplicationError::Platform(client::ClientError::Malformed(what)));
        }
        for work in &mut works {
            work.job.state = JobState::Asked;
            work.job.auth_id = Some(answer.auth_id.as_str().to_owned());
            work.job.auth_url = Some(answer.auth_url.clone());
            work.job.code = None;
            work.detail.auth_code = None;
            work.detail.signer = Some(SignerText {
                mobile: signer.mobile.as_str().to_owned(),
                id_card: signer.id_card.as_str().to_owned(),
                name: signer.name.as_ref().map(|name| name.as_str().to_owned()),
            });
        }
        if matches!(subject, Subject::One(_)) {
            leave_batch(&mut works);
        }
        self.save_all(&mut works).await?;
        Ok(AuthUrl(answer.auth_url))
    }

    /// Table 10: bound to the one document and its signId, or to the list of several.
    fn application_for(
        &self,
        subject: &Subject,
        works: &[Work],
        signer: &Signer,
    ) -> Result<ConsentApplyRequest, ApplicationError> {
        let first = works.first().ok_or(ApplicationError::UnknownJob)?;
        let mut request = ConsentApplyRequest {
            org_code: first.detail.credit_code(),
            name: signer.name.clone(),
            id_card: Some(signer.id_card.clone()),
            mobile: signer.mobile.clone(),
            seal_code: seal_code(&first.job)?,
            redirect_url: None,
            doc_hash: None,
            hash_type: Some(HashType::Sm3),
            doc_name: None,
            sign_id: None,
            expire_time: None,
            doc_hashes: None,
            doc_names: None,
        };
        let digest = |work: &Work| Ok::<_, ApplicationError>(sm3::digest(&message(&work.job)?));
        if let Subject::One(_) = subject {
            request.doc_hash = Some(Base64Data::from(digest(first)?.to_vec()));
            let name = self.file_name_of(first)?;
            request.doc_name = Some(DocName::parse(&name).map_err(|fault| fault.on(FILE_NAME))?);
            request.sign_id = Some(sign_id(&first.job)?);
            return Ok(request);
        }
        let digests = works.iter().map(digest).collect::<Result<_, _>>()?;
        let names = works.iter().map(|work| self.file_name_of(work)).collect::<Result<Vec<_>, _>>()?;
        request.doc_hashes = Some(DocHashes::new(digests).map_err(|fault| fault.on("文件 documents"))?);
        request.doc_names = Some(DocNames::parse(&names.join("/")).map_err(|fault| fault.on(FILE_NAME))?);
        Ok(request)
    }

    /// Asks what the signer decided. A voucher that was given is kept for signing.
    ///
    /// # Errors
    /// [`ApplicationError::Platform`] when the platform cannot say, [`ApplicationError::WrongState`] when nobody was
    /// asked.
    pub async fn poll(&self, subject: impl Into<Subject>) -> Result<Decision, ApplicationError> {
        let mut works = self.load_all(&subject.into()).await?;
        let waits = |work: &Work| work.job.state == JobState::Asked && work.detail.auth_code.is_none();
        let Some(first) = works.iter().find(|work| waits(work)) else { return agreed(&works) };
        let request =
            ConsentResultRequest { auth_id: auth_id(&first.job)?, seal_code: seal_code(&first.job)? };
        let mut voucher = None;
        let decision = match self.system.parts.platform.call::<ConsentOutcome>(&request).await {
            Ok(answer) => {
                voucher = Some(answer.data.auth_code.as_str().to_owned());
                Decision::Passed
            }
            Err(error) => match error.refusal().map(|refusal| refusal.code.as_str()) {
                Some(code) if code == Code::ConsentPending.text() => return Ok(Decision::Pending),
                Some(code) if code == Code::ConsentRefused.text() => Decision::Refused,
                Some(code) if code == Code::AuthIdUnknown.text() => Decision::Expired,
                _ => return Err(error.into()),
            },
        };
        works.retain(waits);
        for work in &mut works {
            work.detail.auth_code.clone_from(&voucher);
            if decision != Decision::Passed {
                // The signer can be asked again for the same document.
                work.job.state = JobState::Prepared;
                work.job.auth_url = None;
                work.job.code =
                    Some(if decision == Decision::Refused { "40002" } else { "40003" }.to_owned());
            }
        }
        self.save_all(&mut works).await?;
        Ok(decision)
    }
}

/// What documents are called on the page.
const FILE_NAME: &str = "文件名 file name";

/// Nobody is waited for: the signer agreed to all that is being signed, or nobody was asked.
fn agreed(works: &[Work]) -> Result<Decision, ApplicationError> {
    let after =
        |work: &&Work| matches!(work.job.state, JobState::Asked | JobState::Signing | JobState::Sealed);
    match (works.iter().find(after), works.first()) {
        (Some(_), _) => Ok(Decision::Passed),
        (None, Some(work)) => Err(ApplicationError::WrongState(work.job.state.as_str())),
        (None, None) => Err(ApplicationError::UnknownJob),
    }
}

/// The message that is signed: TBS_Sign (待签名数据).
pub(super) fn message(job: &Job) -> Result<Vec<u8>, ApplicationError> {
    let prepared = prepared(job)?.ok_or(ApplicationError::WrongState(job.state.as_str()))?;
    Ok(prepared.to_sign().to_vec())
}

pub(super) fn seal_code(job: &Job) -> Result<SealCode, ApplicationError> {
    let text = job.seal_code.as_deref().unwrap_or_default();
    SealCode::parse(text).map_err(stored("sealCode"))
}

pub(super) fn sign_id(job: &Job) -> Result<SignId, ApplicationError> {
    SignId::parse(job.sign_id.as_deref().unwrap_or_default()).map_err(stored("signId"))
}

pub(super) fn auth_id(job: &Job) -> Result<AuthId, ApplicationError> {
    AuthId::parse(job.auth_id.as_deref().unwrap_or_default()).map_err(stored("authId"))
}

/// A stored text that was checked when it came and is not in order now.
pub(super) fn stored(name: &'static str) -> impl Fn(protocol::Fault) -> ApplicationError {
    move |error| {
        let error: FieldError = error.on(name);
        ApplicationError::Fault(fault(error.message))
    }
}
