//! The last step of signing: verify what came back, and make it lasting before it is handed on; or give back what
//! can still be used.

use client::Answer;
use http_server::Caller;
use jiff::Timestamp;
use proof::value::{self, Expected};
use protocol::consent_record::ConsentRecord;
use protocol::endpoints::CloudSign;
use protocol::tables::{CloudSignRequest, SignatureValueData};
use protocol::{ApiError, Base64Data, Code, Endpoint};
use storage::Tx;
use storage::platform::sign_ids::Signed;
use storage::platform::signings::{self, Signing};
use storage::platform::{consent_documents, consents, sign_ids};

use super::begin::Task;
use super::check;
use super::stamp::{self, Stamped};
use crate::config::Stamping;
use crate::consent::RECORD;
use crate::context::Context;
use crate::evidence::{self, Event, Kind};
use crate::failure::Outcome;
use crate::registry;
use crate::routing::{self, Lie, Upset};

/// Codes of the seal system about what it minted itself: passed on as they are.
const PASSED_ON: [Code; 6] = [
    Code::ConsentPending,
    Code::ConsentRefused,
    Code::AuthIdUnknown,
    Code::AuthCodeUnknown,
    Code::ConsentForOther,
    Code::SignIdUnknown,
];

/// A request that was forwarded.
pub(super) struct Finish<'a> {
    pub(super) context: &'a Context,
    pub(super) caller: &'a Caller,
    pub(super) request: &'a CloudSignRequest,
    pub(super) task: &'a Task,
    pub(super) fingerprint: &'a str,
}

impl Finish<'_> {
    fn ids(&self) -> (&str, &str) {
        (&self.task.seal.app_id, self.request.sign_id.as_str())
    }

    fn consent(&self) -> (&str, &str) {
        (&self.task.seal.app_id, self.request.auth_id.as_str())
    }

    fn event(&self, kind: Kind, at: Timestamp, detail: &serde_json::Value) -> Result<Event, ApiError> {
        Event::new(kind, at, &self.caller.request_id, &self.task.seal.seal_code, detail)
    }

    /// The system answered with a signature.
    pub(super) async fn answered(&self, answer: Answer<SignatureValueData>) -> Outcome<SignatureValueData> {
        let expected = Expected {
            format: self.request.format,
            hash_type: self.request.hash_type,
            doc_hash: self.request.doc_hash.bytes(),
        };
        let value = answer.data.sign_data.bytes();
        let good = if answer.data.format == self.request.format {
            value::signature(&expected, &self.task.certificate, value)
        } else {
            Err("it has another form than was asked for".to_owned())
        };
        if let Err(cause) = good {
            return Err(self.withhold(&answer, &cause).await?.into());
        }
        let is_required = self.context.config.policy.signing.time_stamp.mode == Stamping::Required;
        match stamp::over(self.context, &answer.data).await? {
            Stamped::NotWanted => self.release(answer, None, Vec::new()).await,
            Stamped::With(token) => self.release(answer, Some(token), Vec::new()).await,
            Stamped::Without(cause) if is_required => Err(self.unstamped(&answer, &cause).await?.into()),
            Stamped::Without(cause) => {
                let missing =
                    self.event(Kind::TimeStampMissing, self.context.now(), &self.missing(&cause))?;
                self.release(answer, None, vec![missing]).await
            }
        }
    }

    fn missing(&self, cause: &str) -> serde_json::Value {
        let rules = &self.context.config.policy.signing.time_stamp;
        serde_json::json!({ "cause": cause, "fingerprint": self.fingerprint, "authority": rules.url })
    }

    /// There is no time stamp and there must be one (60005). The seal system keeps the signature under the signId:
    /// the same request again fetches it once more, and it is stamped then.
    async fn unstamped(&self, answer: &Answer<SignatureValueData>, cause: &str) -> Outcome<ApiError> {
        let at = self.context.now();
        let events =
            [self.answer_event(at, answer)?, self.event(Kind::TimeStampMissing, at, &self.missing(cause))?];
        let mut tx = self.context.database.begin().await?;
        evidence::append_all(&mut tx, &events).await?;
        tx.commit().await?;
        Ok(ApiError::new(Code::TimeStampMissing).because(cause))
    }

    /// Marks the signId used, stores the signature with its time stamp and evidences it, in one transaction; then it
    /// may be handed on. `events` led here.
    async fn release(
        &self,
        answer: Answer<SignatureValueData>,
        token: Option<Vec<u8>>,
        mut events: Vec<Event>,
    ) -> Outcome<SignatureValueData> {
        let at = self.context.now();
        let signature = answer.data.sign_data.bytes();
        events.insert(0, self.answer_event(at, &answer)?);
        let mut tx = self.context.database.begin().await?;
        let current = registry::hold(&mut tx, &self.task.seal.seal_code).await?;
        if let Err(error) = registry::check_usable(&current.seal, current.system.state, at) {
            // The seal was switched off while its system signed: nobody gets the signature.
            let detail = serde_json::json!({ "cause": error.code(), "fingerprint": self.fingerprint });
            sign_ids::void(&mut tx, self.ids(), at.as_millisecond()).await?;
            events.push(self.event(Kind::SignatureWithheld, at, &detail)?);
            evidence::append_all(&mut tx, &events).await?;
            tx.commit().await?;
            return Err(error.into());
        }
        let signed = (signature, token.as_deref());
        if !sign_ids::finish(&mut tx, self.ids(), self.fingerprint, signed, at.as_millisecond()).await? {
            return self.finished_elsewhere(tx).await;
        }
        let signed = Signed { signature: signature.to_vec(), time_stamp: token };
        self.enter(&mut tx, at).await?;
        events.push(self.event(Kind::SignatureReleased, at, &self.released(&signed, at)?)?);
        evidence::append_all(&mut tx, &events).await?;
        tx.commit().await?;
        Ok(super::value(self.context, self.request, signed))
    }

    /// Where the evidence of this signing begins, and the digests by which it is looked up.
    async fn enter(&self, tx: &mut Tx, at: Timestamp) -> Outcome<()> {
        let (task, request) = (self.task, self.request);
        let signing = Signing {
            system_app_id: task.seal.app_id.clone(),
            sign_id: request.sign_id.as_str().to_owned(),
            caller_app_id: self.caller.app_id.as_str().to_owned(),
            seal_code: task.seal.seal_code.clone(),
            seal_version: task.seal.version,
            auth_id: request.auth_id.as_str().to_owned(),
            query_request_id: task.query_request_id.clone(),
            apply_request_id: task.consent.apply_request_id.clone(),
            result_request_id: task.consent.result_request_id.clone(),
            sign_request_id: self.caller.request_id.clone(),
            signed_at: at.as_millisecond(),
        };
        let digests = check::digests(request.format, request.doc_hash.bytes());
        Ok(signings::add(tx, &signing, &digests).await?)
    }

    fn released(&self, signed: &Signed, at: Timestamp) -> Result<serde_json::Value, ApiError> {
        let base64 = |bytes: &[u8]| Base64Data::from(bytes.to_vec()).text();
        Ok(serde_json::json!({
            "caller": self.caller.app_id.as_str(), "system": self.task.seal.app_id,
            "version": self.task.seal.version, "fingerprint": self.fingerprint,
            "type": self.request.format.text(), "hashType": self.request.hash_type.number(),
            "docHashSm3": sm3_hex(self.request.doc_hash.bytes()),
            "certSm3": sm3_hex(self.task.certificate.der()),
            "signature": base64(&signed.signature), "timeStamp": signed.time_stamp.as_deref().map(base64),
            "record": self.record(at)?,
        }))
    }

    /// The record of one signing (`facts` §7): who, by which consent, how and when the signer agreed, and for what. Persons
    /// stand in it by their blind indexes; what the seal system says of the signer is encrypted.
    fn record(&self, at: Timestamp) -> Result<serde_json::Value, ApiError> {
        let (seal, consent) = (&self.task.seal, &self.task.consent);
        let stated = consent.record.as_deref().map(|text| self.context.open(RECORD, text)).transpose()?;
        let stated: Option<ConsentRecord> = stated.and_then(|text| serde_json::from_str(&text).ok());
        let stated = stated.as_ref();
        Ok(serde_json::json!({
            "sealCode": seal.seal_code, "sealDataSm3": seal.seal_data_sm3, "orgCode": seal.org_code,
            "signIdSm3": sm3_hex(self.request.sign_id.as_str().as_bytes()),
            "authIdSm3": sm3_hex(self.request.auth_id.as_str().as_bytes()),
            "authCodeSm3": sm3_hex(self.request.auth_code.as_str().as_bytes()),
            "personIndex": registry::number_index(self.context, self.request.credent_no.as_str()),
            "mobileIndex": consent.mobile_index, "consentedHash": consent.doc_hash, "batch": consent.doc_hashes,
            "docName": consent.doc_name, "stated": consent.record,
            "method": stated.map(|stated| &stated.method), "wording": stated.map(|stated| &stated.wording),
            "systemLog": stated.and_then(|stated| stated.log.as_ref()),
            "appliedAt": consent.applied_at, "openedAt": stated.and_then(|stated| stated.opened_at),
            "decidedAt": stated.map(|stated| stated.decided_at),
            "begunAt": self.task.at.as_millisecond(), "releasedAt": at.as_millisecond(),
            "address": self.caller.address.to_string(),
        }))
    }

    /// Another try of the same request was faster, or the signId was voided meanwhile.
    async fn finished_elsewhere(&self, mut tx: Tx) -> Outcome<SignatureValueData> {
        let (system, sign_id) = self.ids();
        let row = sign_ids::find(&mut tx, system, sign_id).await?;
        let same = row.filter(|row| row.fingerprint.as_deref() == Some(self.fingerprint));
        let signed = same.and_then(sign_ids::SignId::signed);
        let signed = signed.ok_or_else(|| ApiError::new(Code::SignIdUnknown))?;
        Ok(super::value(self.context, self.request, signed))
    }

    fn answer_event(&self, at: Timestamp, answer: &Answer<SignatureValueData>) -> Result<Event, ApiError> {
        let about = (&self.task.route.app_id, CloudSign::INFO.name);
        routing::answered(self.context, at, &self.caller.request_id, about, &answer.exchange)
    }

    /// The signature does not verify (60004): it is evidenced and thrown away, and what the caller holds can be
    /// used once more.
    async fn withhold(&self, answer: &Answer<SignatureValueData>, cause: &str) -> Outcome<ApiError> {
        let at = self.context.now();
        let error = ApiError::new(Code::SealSystemSignatureWrong).because(cause);
        let lie = self.lie(&error, cause);
        let detail = serde_json::json!({
            "cause": cause, "fingerprint": self.fingerprint, "signature": answer.data.sign_data.text(),
        });
        let events = [
            self.answer_event(at, answer)?,
            routing::lied(at, &self.caller.request_id, &self.task.route.app_id, &lie)?,
            self.event(Kind::SignatureWithheld, at, &detail)?,
        ];
        let mut tx = self.context.database.begin().await?;
        if !self.give_back(&mut tx, at).await? {
            sign_ids::void(&mut tx, self.ids(), at.as_millisecond()).await?;
        }
        evidence::append_all(&mut tx, &events).await?;
        tx.commit().await?;
        Ok(error)
    }

    /// Gives signId and consent back; possible once for a signId.
    async fn give_back(&self, tx: &mut Tx, at: Timestamp) -> Outcome<bool> {
        let at = at.as_millisecond();
        let released = sign_ids::release(tx, self.ids(), self.fingerprint, at).await?;
        if released {
            // One of them has it: a document of a batch, or the whole consent.
            consent_documents::release(tx, self.consent(), self.fingerprint, at).await?;
            consents::release(tx, self.consent(), self.fingerprint, at).await?;
        }
        Ok(released)
    }

    fn lie(&self, error: &ApiError, cause: &str) -> Lie {
        Lie {
            interface: CloudSign::INFO.name,
            seal_code: Some(self.task.seal.seal_code.clone()),
            code: error.code().text().to_owned(),
            cause: cause.to_owned(),
        }
    }

    /// There is no signature. Where it is certain that none was made, what the caller holds can be used again,
    /// once for something else and always for the same; where it is not, only for the same, because the system may
    /// hold a signature for it.
    pub(super) async fn upset(&self, upset: &Upset) -> Outcome<ApiError> {
        let at = self.context.now();
        let passed_on = upset.passed_on(&PASSED_ON);
        let error = passed_on.map_or_else(|| upset.error(), ApiError::new);
        let mut events = Vec::new();
        if let Upset::Wrong(cause) = upset {
            let lie = self.lie(&error, cause);
            events.push(routing::lied(at, &self.caller.request_id, &self.task.route.app_id, &lie)?);
        }
        let mut tx = self.context.database.begin().await?;
        if passed_on == Some(Code::SignIdUnknown) {
            sign_ids::void(&mut tx, self.ids(), at.as_millisecond()).await?;
        } else if upset.nothing_done() {
            self.give_back(&mut tx, at).await?;
        }
        evidence::append_all(&mut tx, &events).await?;
        tx.commit().await?;
        Ok(error)
    }
}

fn sm3_hex(bytes: &[u8]) -> String {
    hex::encode(crypto::sm3::digest(bytes))
}
