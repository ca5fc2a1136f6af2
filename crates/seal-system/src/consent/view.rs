//! What the signer is shown: what is signed, by whom, with which seal, at whose request. Personal data is masked.

use jiff::Timestamp;
use protocol::lists::SealType;
use protocol::{ApiError, Base64Data, BeijingTime, masking};
use storage::Tx;
use storage::seal_system::consents::Consent;
use storage::seal_system::{consent_documents, owners, seals};

use super::{MAX_TRIES, RESEND_MILLIS};
use crate::SealSystem;
use crate::failure::{OrRefuse, fault};
use crate::owners::field;

/// Everything on the page, ready to be read by people.
pub(crate) struct View {
    pub(crate) asked_by: String,
    pub(crate) seal_name: String,
    pub(crate) seal_type: (&'static str, &'static str),
    pub(crate) seal_code: String,
    pub(crate) owner: String,
    pub(crate) signer: String,
    pub(crate) mobile: String,
    /// The document's name; `None` when the asking system did not give one.
    pub(crate) document: Option<String>,
    /// The last characters of the digest; `None` when the consent is bound to no document.
    pub(crate) digest_tail: Option<String>,
    /// The documents of a consent to several, in their order; empty for any other.
    pub(crate) documents: Vec<Listed>,
    /// Until when, local time of Asia/Shanghai.
    pub(crate) expires: String,
    pub(crate) minutes_left: i64,
    pub(crate) seconds_left: i64,
    pub(crate) code: CodeView,
}

/// One of several documents.
pub(crate) struct Listed {
    pub(crate) number: i64,
    pub(crate) name: Option<String>,
    /// The last characters of its digest.
    pub(crate) digest_tail: String,
    /// The whole of it, hexadecimal.
    pub(crate) digest: String,
}

/// Where the one-time code stands.
pub(crate) struct CodeView {
    /// A code is out and may be typed in.
    pub(crate) alive: bool,
    /// Until when.
    pub(crate) until: String,
    /// Tries left.
    pub(crate) tries_left: i64,
    /// Seconds until another may be asked for; 0 now.
    pub(crate) wait_seconds: i64,
}

impl SealSystem {
    pub(super) async fn view(&self, tx: &mut Tx, consent: &Consent, now: i64) -> Result<View, ApiError> {
        let seal = seals::find(tx, &consent.seal_id).await.or_refuse()?;
        let seal = seal.ok_or_else(|| fault("a consent for no seal"))?;
        let owner = owners::find(tx, &seal.owner_id).await.or_refuse()?;
        let owner = owner.ok_or_else(|| fault("a seal without owner"))?;
        let user = match &consent.user_id {
            Some(id) => owners::find_user(tx, id).await.or_refuse()?,
            None => None,
        };
        let name = user.map(|user| self.open_field(field::NAME, &user.name)).transpose()?;
        let mobile = self.open_field(field::MOBILE, &consent.mobile)?;
        let document = consent.doc_name.as_deref().map(|name| self.open_field(field::DOC_NAME, name));
        let documents = consent_documents::of_consent(tx, &consent.auth_id).await.or_refuse()?;
        let documents: Result<Vec<Listed>, ApiError> = documents.iter().map(|one| self.listed(one)).collect();
        let left = consent.expires_at.saturating_sub(now).max(0);
        Ok(View {
            asked_by: self.asker_name(consent),
            seal_name: seal.name,
            seal_type: SealType::from_text(&seal.seal_type).map(SealType::meaning).unwrap_or_default(),
            seal_code: seal.seal_code.unwrap_or_default(),
            owner: if owner.owner_type == 1 { owner.name } else { masking::name(&owner.name) },
            signer: name.map(|name| masking::name(&name)).unwrap_or_default(),
            mobile: masking::mobile(&mobile),
            document: document.transpose()?,
            digest_tail: consent.doc_hash.as_deref().map(digest_tail).transpose()?,
            documents: documents?,
            expires: clock_time(consent.expires_at)?,
            minutes_left: left.div_euclid(60_000) + i64::from(left.rem_euclid(60_000) > 0),
            seconds_left: left / 1000,
            code: code_view(consent, now)?,
        })
    }

    fn listed(&self, document: &consent_documents::Document) -> Result<Listed, ApiError> {
        let name = document.name.as_deref().map(|name| self.open_field(field::DOC_NAME, name));
        let digest = document.digest.to_ascii_uppercase();
        Ok(Listed { number: document.number, name: name.transpose()?, digest_tail: tail(&digest), digest })
    }

    /// Who asks, as the signer knows them.
    fn asker_name(&self, consent: &Consent) -> String {
        if consent.origin_app_id == self.parts.app_id.as_str() {
            return self.parts.name.clone();
        }
        consent.origin_name.clone()
    }
}

fn code_view(consent: &Consent, now: i64) -> Result<CodeView, ApiError> {
    let until = consent.otp_expires_at.filter(|until| *until > now && consent.otp_hmac.is_some());
    let tries_left = (MAX_TRIES - consent.otp_tries).max(0);
    let again = consent.otp_sent_at.map_or(0, |sent| sent.saturating_add(RESEND_MILLIS).saturating_sub(now));
    Ok(CodeView {
        alive: until.is_some() && tries_left > 0,
        until: until.map(clock_time).transpose()?.unwrap_or_default(),
        tries_left,
        wait_seconds: (again.max(0) + 999) / 1000,
    })
}

/// The last eight hexadecimal digits, in two groups: enough to compare by eye with the asking system's page.
pub(crate) fn digest_tail(doc_hash: &str) -> Result<String, ApiError> {
    let digest = Base64Data::parse(doc_hash).map_err(|error| fault(error.en))?;
    Ok(tail(&hex::encode_upper(digest.bytes())))
}

fn tail(text: &str) -> String {
    let (_, tail) = text.split_at_checked(text.len().saturating_sub(8)).unwrap_or(("", text));
    tail.split_at_checked(4).map_or_else(|| tail.to_owned(), |(left, right)| format!("{left} {right}"))
}

/// Hours and minutes in Asia/Shanghai.
fn clock_time(millis: i64) -> Result<String, ApiError> {
    let at = Timestamp::from_millisecond(millis).map_err(fault)?;
    let text = BeijingTime::of(at).to_string();
    Ok(text.get(11..16).unwrap_or_default().to_owned())
}
