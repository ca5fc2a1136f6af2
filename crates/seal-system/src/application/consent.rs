//! Asking the signer (6.2.2.1 and 6.2.2.2). The consent is bound to the message that will be signed and to the
//! signId, so it is of no use for anything else.

use crypto::sm3;
use protocol::endpoints::{ConsentApply, ConsentOutcome};
use protocol::lists::HashType;
use protocol::tables::{ConsentApplyRequest, ConsentResultRequest};
use protocol::{AuthId, Base64Data, Code, DocName, FieldError, IdCard, Mobile, PersonName, SealCode, SignId};
use storage::seal_system::jobs::{Job, JobState};

use super::detail::SignerText;
use super::place::prepared;
use super::{Application, ApplicationError, JobId};
use crate::failure::fault;
use crate::owners::field;

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
    /// Asks the signer. It can be repeated; the consent asked for last counts.
    ///
    /// # Errors
    /// [`ApplicationError::Platform`] with its refusal, [`ApplicationError::WrongState`] when no seal is placed.
    pub async fn ask(&self, id: &JobId, signer: &Signer) -> Result<AuthUrl, ApplicationError> {
        let mut work = self.load(id).await?;
        if !matches!(work.job.state, JobState::Prepared | JobState::Asked) {
            return Err(ApplicationError::WrongState(work.job.state.as_str()));
        }
        let digest = sm3::digest(&message(&work.job)?);
        let name = self.system.open_field(field::FILE_NAME, &work.job.file_name)?;
        let request = ConsentApplyRequest {
            org_code: work.detail.credit_code(),
            name: signer.name.clone(),
            id_card: Some(signer.id_card.clone()),
            mobile: signer.mobile.clone(),
            seal_code: seal_code(&work.job)?,
            redirect_url: None,
            doc_hash: Some(Base64Data::from(digest.to_vec())),
            hash_type: Some(HashType::Sm3),
            doc_name: Some(DocName::parse(&name).map_err(|fault| fault.on("文件名 file name"))?),
            sign_id: Some(sign_id(&work.job)?),
            expire_time: None,
            doc_hashes: None,
            doc_names: None,
        };
        let answer = self.system.parts.platform.call::<ConsentApply>(&request).await?.data;
        if !answer.auth_url.starts_with("https://") && !answer.auth_url.starts_with("http://") {
            let what = "authUrl is no web address".to_owned();
            return Err(ApplicationError::Platform(client::ClientError::Malformed(what)));
        }
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
        self.save(&mut work).await?;
        Ok(AuthUrl(answer.auth_url))
    }

    /// Asks what the signer decided. A voucher that was given is kept for signing.
    ///
    /// # Errors
    /// [`ApplicationError::Platform`] when the platform cannot say, [`ApplicationError::WrongState`] when nobody was
    /// asked.
    pub async fn poll(&self, id: &JobId) -> Result<Decision, ApplicationError> {
        let mut work = self.load(id).await?;
        match work.job.state {
            JobState::Asked => {}
            JobState::Signing | JobState::Sealed => return Ok(Decision::Passed),
            state => return Err(ApplicationError::WrongState(state.as_str())),
        }
        if work.detail.auth_code.is_some() {
            return Ok(Decision::Passed);
        }
        let request = ConsentResultRequest { auth_id: auth_id(&work.job)?, seal_code: seal_code(&work.job)? };
        let decision = match self.system.parts.platform.call::<ConsentOutcome>(&request).await {
            Ok(answer) => {
                work.detail.auth_code = Some(answer.data.auth_code.as_str().to_owned());
                Decision::Passed
            }
            Err(error) => match error.refusal().map(|refusal| refusal.code.as_str()) {
                Some(code) if code == Code::ConsentPending.text() => return Ok(Decision::Pending),
                Some(code) if code == Code::ConsentRefused.text() => Decision::Refused,
                Some(code) if code == Code::AuthIdUnknown.text() => Decision::Expired,
                _ => return Err(error.into()),
            },
        };
        if decision != Decision::Passed {
            // The signer can be asked again for the same document.
            work.job.state = JobState::Prepared;
            work.job.auth_url = None;
            work.job.code = Some(if decision == Decision::Refused { "40002" } else { "40003" }.to_owned());
        }
        self.save(&mut work).await?;
        Ok(decision)
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
