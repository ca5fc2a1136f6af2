//! The decision: accepted with a right code, or refused. It is stored with its evidence, all or nothing.

use protocol::consent_record::{ConsentRecord, LogPlace};
use protocol::{ApiError, masking};
use serde::Serialize;
use storage::evidence::Receipt;
use storage::seal_system::consents::{self, Consent, ConsentState};
use storage::seal_system::{owners, seals};

use super::code::Checked;
use super::{AUTH_CODE_MILLIS, Notice, Visit, digest};
use crate::SealSystem;
use crate::evidence::{self, Event, kind};
use crate::failure::{OrRefuse, fault};
use crate::owners::field;

/// Which wording the signer agreed to; a change of what the page says gets another.
const WORDING: &str = "consent-page-1";
/// How signers prove who they are here.
const METHOD: &str = "one-time code";
/// Longest reason kept, in characters.
const MAX_REASON: usize = 200;

#[derive(Serialize)]
struct DecidedDetails<'a> {
    auth_id: &'a str,
    decision: &'a str,
    caller: &'a str,
    origin: &'a str,
    sign_id: Option<&'a str>,
    doc_hash: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    doc_hashes: Option<&'a str>,
    mobile_index: &'a str,
    method: Option<&'a str>,
    wording: &'a str,
    opened_at: Option<i64>,
    /// Address and program of the browser, encrypted.
    client: Option<&'a str>,
    /// Why it was refused, encrypted.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    auth_code_sm3: Option<&'a str>,
}

impl<'a> DecidedDetails<'a> {
    fn new(consent: &'a Consent, decision: &'a str) -> Self {
        Self {
            auth_id: &consent.auth_id,
            decision,
            caller: &consent.caller_app_id,
            origin: &consent.origin_app_id,
            sign_id: consent.sign_id.as_deref(),
            doc_hash: consent.doc_hash.as_deref(),
            doc_hashes: consent.doc_hashes.as_deref(),
            mobile_index: &consent.mobile_index,
            method: None,
            wording: WORDING,
            opened_at: consent.opened_at,
            client: consent.client.as_deref(),
            reason: None,
            auth_code_sm3: None,
        }
    }
}

impl SealSystem {
    /// The signer agrees. `None` when it is decided, by now or before; a notice when the code was not right.
    pub(crate) async fn accept(&self, visit: Visit<'_>, typed: &str) -> Result<Option<Notice>, ApiError> {
        let consent = match self.check_code(visit, typed).await? {
            Checked::Right(consent) => consent,
            Checked::No(notice) => return Ok(Some(notice)),
            Checked::Closed => return Ok(None),
        };
        let at = self.now_millis();
        let code = zeroize::Zeroizing::new(self.random().hex_id());
        let (sealed, sm3) = (self.seal_field(field::AUTH_CODE, &code)?, digest(&code));
        let until = at.saturating_add(AUTH_CODE_MILLIS);
        let mut details = DecidedDetails::new(&consent, "accepted");
        details.method = Some(METHOD);
        details.auth_code_sm3 = Some(&sm3);
        let mut tx = self.database().begin().await.or_refuse()?;
        if consents::pass(&mut tx, &consent.auth_id, (&sealed, &sm3), until, at).await.or_refuse()? {
            let place = self.note_decision(&mut tx, &consent, &details, at).await?;
            let record = self.record(&mut tx, &consent, &place, at).await?;
            consents::set_record(&mut tx, &consent.auth_id, &record).await.or_refuse()?;
            tx.commit().await.or_refuse()?;
        }
        Ok(None)
    }

    /// The signer refuses.
    pub(crate) async fn refuse(&self, visit: Visit<'_>, reason: &str) -> Result<(), ApiError> {
        let at = self.now_millis();
        let reason: String = reason.trim().chars().filter(|c| !c.is_control()).take(MAX_REASON).collect();
        let mut tx = self.database().begin().await.or_refuse()?;
        let Some(consent) = self.open_consent(&mut tx, visit).await? else { return Ok(()) };
        if !consents::close(&mut tx, &consent.auth_id, ConsentState::Refused, at).await.or_refuse()? {
            return Ok(());
        }
        let mut details = DecidedDetails::new(&consent, "refused");
        if !reason.is_empty() {
            details.reason = Some(self.seal_field(field::REASON, &reason)?);
        }
        self.note_decision(&mut tx, &consent, &details, at).await?;
        tx.commit().await.or_refuse()
    }

    /// What this system states of how the signer agreed, sealed: persons masked, and where it stands in our own log.
    async fn record(
        &self,
        tx: &mut storage::Tx,
        consent: &Consent,
        place: &Receipt,
        at: i64,
    ) -> Result<String, ApiError> {
        let user = match &consent.user_id {
            Some(id) => owners::find_user(tx, id).await.or_refuse()?,
            None => None,
        };
        let name = user.map(|user| self.open_field(field::NAME, &user.name)).transpose()?;
        let mobile = self.open_field(field::MOBILE, &consent.mobile)?;
        let record = ConsentRecord {
            auth_id: consent.auth_id.clone(),
            method: METHOD.to_owned(),
            wording: WORDING.to_owned(),
            applied_at: consent.applied_at,
            opened_at: consent.opened_at,
            decided_at: at,
            signer: name.map(|name| masking::name(&name)),
            mobile: Some(masking::mobile(&mobile)),
            doc_hash: consent.doc_hash.clone(),
            doc_hashes: consent.doc_hashes.clone(),
            sign_id: consent.sign_id.clone(),
            client: consent.client.clone(),
            log: Some(LogPlace { seq: place.seq, hash: hex::encode(place.hash) }),
        };
        self.seal_field(field::RECORD, &serde_json::to_string(&record).map_err(fault)?)
    }

    async fn note_decision(
        &self,
        tx: &mut storage::Tx,
        consent: &Consent,
        details: &DecidedDetails<'_>,
        at: i64,
    ) -> Result<Receipt, ApiError> {
        let seal = seals::find(tx, &consent.seal_id).await.or_refuse()?;
        let seal = seal.ok_or_else(|| fault("a consent for no seal"))?;
        let subject = seal.seal_code.as_deref().unwrap_or(&seal.seal_id);
        let event = Event { at, kind: kind::CONSENT_DECIDED, request_id: "", subject, details };
        evidence::note(tx, &event).await
    }
}
