//! Consent (意愿认证) as the platform asks for it: application (tables 10 to 12) and result (tables 13 to 15).

use http_server::{Admitted, Done};
use protocol::endpoints::{ConsentApply, ConsentOutcome};
use protocol::lists::ClientType;
use protocol::tables::{ConsentApplication, ConsentApplyRequest, ConsentResult, ConsentResultRequest};
use protocol::{
    ApiError, AuthCode, AuthId, Base64Data, Code, DocHashes, DocName, DocNames, RedirectUrl, SignId,
};
use serde::Serialize;
use storage::seal_system::consent_documents;
use storage::seal_system::consents::{self, Consent, ConsentState, NewConsent};
use storage::seal_system::owners::User;

use super::{Asker, Usable, asker};
use crate::SealSystem;
use crate::evidence::{self, Event, kind};
use crate::failure::{OrRefuse, fault, refuse};
use crate::owners::field;

#[derive(Serialize)]
struct AskedDetails<'a> {
    auth_id: &'a str,
    caller: &'a str,
    origin: &'a str,
    doc_hash: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    doc_hashes: Option<&'a str>,
    mobile_index: &'a str,
}

impl SealSystem {
    /// Serves table 10.
    pub(crate) async fn serve_consent_apply(
        self,
        admitted: Admitted<ConsentApplyRequest>,
    ) -> Result<Done, ApiError> {
        let asker = asker::<ConsentApply>(&admitted.caller, &admitted)?;
        Done::data(&self.apply(&admitted, &asker).await?)
    }

    async fn apply(
        &self,
        admitted: &Admitted<ConsentApplyRequest>,
        asker: &Asker,
    ) -> Result<ConsentApplication, ApiError> {
        let request = &admitted.request;
        let now = self.now_millis();
        let mut tx = self.database().begin().await.or_refuse()?;
        let usable = Usable::find(&mut tx, &request.seal_code, now).await?;
        self.require_document(&usable.seal.seal_type, request)?;
        let user = self.user_by_mobile(&mut tx, &usable.seal.seal_id, &request.mobile).await?;
        let user = user.ok_or_else(|| {
            let (zh, en) = ("该手机号未被授权使用此印章", "this telephone may not apply this seal");
            ApiError::explained(Code::ConsentRefused, zh, en)
        })?;
        self.compare_person(&user, request)?;
        let (auth_id, token) = (self.random().hex_id(), self.random().hex_id());
        let new = self.new_consent(admitted, asker, &usable.seal.seal_id, &user, (&auth_id, &token))?;
        consents::insert(&mut tx, &new).await.or_refuse()?;
        consent_documents::add(&mut tx, &auth_id, &self.documents(request)?).await.or_refuse()?;
        let details = AskedDetails {
            auth_id: &auth_id,
            caller: &new.caller_app_id,
            origin: &new.origin_app_id,
            doc_hash: new.doc_hash.as_deref(),
            doc_hashes: new.doc_hashes.as_deref(),
            mobile_index: &new.mobile_index,
        };
        let event = Event {
            at: now,
            kind: kind::CONSENT_ASKED,
            request_id: &admitted.caller.request_id,
            subject: request.seal_code.as_str(),
            details: &details,
        };
        evidence::note(&mut tx, &event).await?;
        tx.commit().await.or_refuse()?;
        Ok(ConsentApplication {
            auth_url: format!("{}/consent/{token}", self.parts.public_url),
            client_type: ClientType::H5,
            auth_id: AuthId::parse(&auth_id).map_err(|error| fault(error.en))?,
        })
    }

    /// A policy can require that the consent names the document, per seal type (resolutions 24).
    fn require_document(&self, seal_type: &str, request: &ConsentApplyRequest) -> Result<(), ApiError> {
        let required = self.parts.consent.require_document.iter().any(|known| known == seal_type);
        if required && request.doc_hash.is_none() && request.doc_hashes.is_none() {
            let (zh, en) =
                ("此类印章的意愿认证须提供 docHash", "consent for this type of seal must name docHash");
            return Err(ApiError::explained(Code::ParameterMissing, zh, en));
        }
        Ok(())
    }

    /// The documents of a consent to several: digest in lower hexadecimal, and sealed name.
    fn documents(&self, request: &ConsentApplyRequest) -> Result<Vec<(String, Option<String>)>, ApiError> {
        let Some(hashes) = &request.doc_hashes else { return Ok(Vec::new()) };
        let mut names = request.doc_names.iter().flat_map(DocNames::names);
        let one = |digest| {
            let name = names.next().map(|name| self.seal_field(field::DOC_NAME, name.as_str()));
            Ok((hex::encode(digest), name.transpose()?))
        };
        hashes.digests().iter().map(one).collect()
    }

    /// What the request says of the person must fit the person behind the telephone.
    fn compare_person(&self, user: &User, request: &ConsentApplyRequest) -> Result<(), ApiError> {
        let other = || {
            let (zh, en) =
                ("姓名或证件号与登记的签署人不符", "name or number is not the registered signer's");
            ApiError::explained(Code::ConsentRefused, zh, en)
        };
        if let Some(name) = &request.name
            && self.open_field(field::NAME, &user.name)? != name.as_str()
        {
            return Err(other());
        }
        if let Some(card) = &request.id_card
            && user.id_card_index.as_ref() != Some(&self.index(field::ID_CARD, card.as_str()))
        {
            return Err(other());
        }
        Ok(())
    }

    fn new_consent(
        &self,
        admitted: &Admitted<ConsentApplyRequest>,
        asker: &Asker,
        seal_id: &str,
        user: &User,
        (auth_id, token): (&str, &str),
    ) -> Result<NewConsent, ApiError> {
        let request = &admitted.request;
        let now = self.now_millis();
        let life = now + i64::from(self.parts.consent.minutes.clamp(5, 30)) * 60_000;
        let asked_until = request.expire_time.map(|time| time.timestamp().as_millisecond());
        let expires_at = asked_until.map_or(life, |until| until.min(life));
        if expires_at <= now {
            return Err(refuse(Code::AuthIdUnknown, "expireTime lies in the past"));
        }
        let doc_name = request.doc_name.as_ref().map(DocName::as_str);
        Ok(NewConsent {
            auth_id: auth_id.to_owned(),
            token_sm3: hex::encode(crypto::sm3::digest(token.as_bytes())),
            caller_app_id: admitted.caller.app_id.as_str().to_owned(),
            origin_app_id: asker.app_id.as_str().to_owned(),
            origin_name: asker.app_id.as_str().to_owned(),
            seal_id: seal_id.to_owned(),
            user_id: Some(user.user_id.clone()),
            mobile: user.mobile.clone(),
            mobile_index: user.mobile_index.clone(),
            id_card_index: user.id_card_index.clone(),
            sign_id: request.sign_id.as_ref().map(SignId::as_str).map(str::to_owned),
            doc_hash: request.doc_hash.as_ref().map(Base64Data::text),
            hash_type: request.hash_type.map(|kind| i64::from(kind.number())),
            doc_name: doc_name.map(|name| self.seal_field(field::DOC_NAME, name)).transpose()?,
            doc_hashes: request.doc_hashes.as_ref().map(DocHashes::text),
            redirect_url: request.redirect_url.as_ref().map(RedirectUrl::as_str).map(str::to_owned),
            applied_at: now,
            expires_at,
        })
    }

    /// Serves table 13. Until the voucher is used, the same answer may be fetched again.
    pub(crate) async fn serve_consent_result(
        self,
        admitted: Admitted<ConsentResultRequest>,
    ) -> Result<Done, ApiError> {
        let asker = asker::<ConsentOutcome>(&admitted.caller, &admitted)?;
        let request = &admitted.request;
        let now = self.now_millis();
        let mut tx = self.database().begin().await.or_refuse()?;
        let usable = Usable::find(&mut tx, &request.seal_code, now).await?;
        consents::expire(&mut tx, now).await.or_refuse()?;
        let consent = consents::find(&mut tx, request.auth_id.as_str()).await.or_refuse()?;
        tx.commit().await.or_refuse()?;
        let consent = consent.ok_or_else(|| ApiError::new(Code::AuthIdUnknown))?;
        let same_asker = consent.caller_app_id == admitted.caller.app_id.as_str()
            && consent.origin_app_id == asker.app_id.as_str();
        if !same_asker || consent.seal_id != usable.seal.seal_id {
            return Err(ApiError::new(Code::ConsentForOther));
        }
        Done::data(&self.outcome(&consent, now)?)
    }

    fn outcome(&self, consent: &Consent, now: i64) -> Result<ConsentResult, ApiError> {
        match consent.state {
            ConsentState::Pending => return Err(ApiError::new(Code::ConsentPending)),
            ConsentState::Refused => return Err(ApiError::new(Code::ConsentRefused)),
            ConsentState::Expired | ConsentState::Void => return Err(ApiError::new(Code::AuthIdUnknown)),
            ConsentState::Consumed => return Err(ApiError::new(Code::AuthCodeUnknown)),
            ConsentState::Passed => {}
        }
        if consent.auth_code_expires_at.is_none_or(|until| until <= now) {
            return Err(ApiError::new(Code::AuthCodeUnknown));
        }
        let sealed =
            consent.auth_code.as_deref().ok_or_else(|| fault("a passed consent without its code"))?;
        let code = self.open_field(field::AUTH_CODE, sealed)?;
        Ok(ConsentResult {
            auth_code: AuthCode::parse(&code).map_err(|error| fault(error.en))?,
            auth_id: AuthId::parse(&consent.auth_id).map_err(|error| fault(error.en))?,
            record: consent.record.as_deref().map(|sealed| self.stated(sealed)).transpose()?,
        })
    }

    /// How the signer agreed, for the platform's evidence.
    fn stated(&self, sealed: &str) -> Result<Base64Data, ApiError> {
        let record = self.open_field(field::RECORD, sealed)?;
        Ok(Base64Data::from(record.into_bytes()))
    }
}
