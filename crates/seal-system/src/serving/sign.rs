//! Signing with a cloud certificate (云证书签名, 6.2.2.3, tables 16 to 18).
//!
//! One signId, one signature: it is stored under the signId in the transaction that uses up the consent, and only
//! what was stored is given out. The same request again gets the stored signature.

use crypto::{Signer, Sm2KeyPair, sm3};
use formats::asn1::Mode;
use formats::cms::SignedDataDraft;
use formats::ses::{TbsSign, parse_tbs};
use http_server::{Admitted, Done};
use protocol::endpoints::CloudSign;
use protocol::lists::{HashType, SignFormat};
use protocol::tables::{CloudSignRequest, SignatureValueData};
use protocol::{ApiError, Base64Data, Code};
use serde::Serialize;
use storage::Tx;
use storage::seal_system::consents::{self, Consent, ConsentState, Consumed};
use storage::seal_system::{consent_documents, keys, sign_ids};

use super::{Usable, asker};
use crate::SealSystem;
use crate::evidence::{self, Event, kind};
use crate::failure::{OrRefuse, fault};
use crate::making::whole_second;
use crate::owners::field;

/// Length of a digest.
const DIGEST: usize = 32;
/// Clocks of the system that prepares a message and of this one may differ so much.
const SKEW_MILLIS: i64 = 5 * 60 * 1000;

#[derive(Serialize)]
struct SignedDetails<'a> {
    sign_id: &'a str,
    auth_id: &'a str,
    fingerprint: &'a str,
    signature_sm3: String,
    platform: &'a str,
    origin: &'a str,
    origin_sign: Option<&'a str>,
}

/// The parties and the digest of what is signed.
struct Signing<'a> {
    request: &'a CloudSignRequest,
    request_id: &'a str,
    platform: &'a str,
    origin: &'a str,
    origin_sign: Option<&'a str>,
    fingerprint: String,
    auth_code_sm3: String,
    at: i64,
}

impl SealSystem {
    /// Serves table 16.
    pub(crate) async fn serve_sign(self, admitted: Admitted<CloudSignRequest>) -> Result<Done, ApiError> {
        let asker = asker::<CloudSign>(&admitted.caller, &admitted)?;
        let request = &admitted.request;
        if request.hash_type != HashType::Sm3 {
            let (zh, en) = ("本系统仅支持 SM2 与 SM3", "this system signs with SM2 and SM3 only");
            return Err(ApiError::explained(Code::AlgorithmNotAllowed, zh, en));
        }
        let signing = Signing {
            request,
            request_id: &admitted.caller.request_id,
            platform: admitted.caller.app_id.as_str(),
            origin: asker.app_id.as_str(),
            origin_sign: admitted.params.text("originSign"),
            fingerprint: fingerprint(request),
            auth_code_sm3: hex::encode(sm3::digest(request.auth_code.as_str().as_bytes())),
            at: self.now_millis(),
        };
        let signature = self.sign(&signing).await?;
        Done::data(&SignatureValueData::new(request.format, signature))
    }

    async fn sign(&self, signing: &Signing<'_>) -> Result<Vec<u8>, ApiError> {
        let request = signing.request;
        let mut tx = self.database().begin().await.or_refuse()?;
        let usable = Usable::find(&mut tx, &request.seal_code, signing.at).await?;
        let using = signing.use_of_sign_id(&usable.seal.seal_id);
        if let Some(signature) = sign_ids::signed_before(&mut tx, &using).await.or_refuse()? {
            return Ok(signature);
        }
        let consent = consents::find(&mut tx, request.auth_id.as_str()).await.or_refuse()?;
        let consent = consent.ok_or_else(|| ApiError::new(Code::AuthIdUnknown))?;
        self.check_consent(&consent, signing, &usable)?;
        let document = match &consent.doc_hashes {
            Some(_) => Some(one_of(&mut tx, &consent, request).await?),
            None => None,
        };
        let issued_at =
            sign_ids::find(&mut tx, request.sign_id.as_str()).await.or_refuse()?.map(|id| id.issued_at);
        check_message(request, &usable.version.seal_data, (issued_at, signing.at))?;
        let key_id = usable.seal.key_id.as_deref().ok_or_else(|| fault("a cloud seal without its key"))?;
        let signer = self.key(&mut tx, key_id).await?;
        let signature = make(request, &signer, &usable.version.cert, self.now())?;
        self.store_signature(tx, signing, (&usable, document.as_deref()), signature).await
    }

    /// Uses up signId and consent and stores the signature with its evidence, all or nothing.
    async fn store_signature(
        &self,
        mut tx: Tx,
        signing: &Signing<'_>,
        (usable, document): (&Usable, Option<&str>),
        signature: Vec<u8>,
    ) -> Result<Vec<u8>, ApiError> {
        let request = signing.request;
        let using = signing.use_of_sign_id(&usable.seal.seal_id);
        match sign_ids::use_once(&mut tx, &using, &signature).await.or_refuse()? {
            sign_ids::Used::Stored => {}
            sign_ids::Used::Before(signature) => return Ok(signature),
            sign_ids::Used::Refused => return Err(ApiError::new(Code::SignIdUnknown)),
        }
        let consuming = consents::Use {
            auth_id: request.auth_id.as_str(),
            caller_app_id: signing.platform,
            origin_app_id: signing.origin,
            seal_id: &usable.seal.seal_id,
            auth_code_sm3: &signing.auth_code_sm3,
            fingerprint: &signing.fingerprint,
            at: signing.at,
        };
        let consumed = match document {
            Some(document) => consent_documents::consume(&mut tx, &consuming, document).await,
            None => consents::consume(&mut tx, &consuming).await,
        };
        if consumed.or_refuse()? == Consumed::Refused {
            return Err(ApiError::new(Code::AuthCodeUnknown));
        }
        let details = SignedDetails {
            sign_id: request.sign_id.as_str(),
            auth_id: request.auth_id.as_str(),
            fingerprint: &signing.fingerprint,
            signature_sm3: hex::encode(sm3::digest(&signature)),
            platform: signing.platform,
            origin: signing.origin,
            origin_sign: signing.origin_sign,
        };
        let event = Event {
            at: signing.at,
            kind: kind::SIGNED,
            request_id: signing.request_id,
            subject: request.seal_code.as_str(),
            details: &details,
        };
        evidence::note(&mut tx, &event).await?;
        tx.commit().await.or_refuse()?;
        Ok(signature)
    }

    /// The consent must be given, by this person, for this asker, seal and document.
    fn check_consent(
        &self,
        consent: &Consent,
        signing: &Signing<'_>,
        usable: &Usable,
    ) -> Result<(), ApiError> {
        let request = signing.request;
        let asked_by = (consent.caller_app_id.as_str(), consent.origin_app_id.as_str());
        if asked_by != (signing.platform, signing.origin) || consent.seal_id != usable.seal.seal_id {
            return Err(ApiError::new(Code::ConsentForOther));
        }
        match consent.state {
            ConsentState::Pending => return Err(ApiError::new(Code::ConsentPending)),
            ConsentState::Refused => return Err(ApiError::new(Code::ConsentRefused)),
            ConsentState::Expired | ConsentState::Void => return Err(ApiError::new(Code::AuthIdUnknown)),
            ConsentState::Passed | ConsentState::Consumed => {}
        }
        if consent.auth_code_sm3.as_deref() != Some(signing.auth_code_sm3.as_str()) {
            return Err(ApiError::new(Code::AuthCodeUnknown));
        }
        let person = self.index(field::ID_CARD, request.credent_no.as_str());
        let same_person = consent.id_card_index.as_ref().is_none_or(|index| *index == person);
        let same_sign_id = consent.sign_id.as_deref().is_none_or(|id| id == request.sign_id.as_str());
        if !same_person || !same_sign_id {
            return Err(ApiError::new(Code::ConsentForOther));
        }
        if let Some(text) = &consent.doc_hash {
            let consented = Base64Data::parse(text).map_err(|error| fault(error.en))?;
            if !digests(request).iter().any(|digest| digest == consented.bytes()) {
                return Err(ApiError::new(Code::ConsentForOther));
            }
        }
        Ok(())
    }

    async fn key(&self, tx: &mut Tx, key_id: &str) -> Result<Sm2KeyPair, ApiError> {
        let row = keys::find(tx, key_id).await.or_refuse()?;
        let sealed = row.and_then(|row| row.private_key).ok_or_else(|| fault("the key was destroyed"))?;
        let sealed = String::from_utf8(sealed).map_err(fault)?;
        let plain = self.parts.cipher.open(field::KEY, &sealed).map_err(fault)?;
        let pkcs8 =
            zeroize::Zeroizing::new(hex::decode(plain.as_bytes()).map_err(|_| fault("a damaged key"))?);
        Sm2KeyPair::from_pkcs8_der(&pkcs8, self.random()).map_err(fault)
    }
}

impl Signing<'_> {
    fn use_of_sign_id<'a>(&'a self, seal_id: &'a str) -> sign_ids::Use<'a> {
        sign_ids::Use {
            sign_id: self.request.sign_id.as_str(),
            caller_app_id: self.platform,
            origin_app_id: self.origin,
            seal_id,
            auth_id: Some(self.request.auth_id.as_str()),
            fingerprint: &self.fingerprint,
            at: self.at,
        }
    }
}

/// What makes two requests the same (wire profile §7): authId, docHash and type, beside the signId itself.
fn fingerprint(request: &CloudSignRequest) -> String {
    let mut hash = sm3::Sm3::new();
    for part in
        [request.auth_id.as_str().as_bytes(), request.format.text().as_bytes(), request.doc_hash.bytes()]
    {
        hash.update(&u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
        hash.update(part);
    }
    hex::encode(hash.finalize())
}

/// The digests by which a consent may name this request: that of the request itself (its SM3 for P1), or the one that
/// stands in a seal signature to be made.
fn digests(request: &CloudSignRequest) -> Vec<Vec<u8>> {
    let inner = tbs(request).and_then(|tbs| tbs.data_hash.restored(DIGEST));
    std::iter::once(request.digest()).chain(inner).collect()
}

/// The message, where it is that of a seal signature.
fn tbs(request: &CloudSignRequest) -> Option<TbsSign> {
    let message = Some(request.doc_hash.bytes()).filter(|_| request.format == SignFormat::P1)?;
    parse_tbs(message, Mode::Tolerant).ok().map(|(tbs, _)| tbs)
}

/// The document of a consent to several that is to be signed: one of the list, and not signed yet.
async fn one_of(tx: &mut Tx, consent: &Consent, request: &CloudSignRequest) -> Result<String, ApiError> {
    let listed = consent_documents::of_consent(tx, &consent.auth_id).await.or_refuse()?;
    let own: Vec<String> = digests(request).iter().map(hex::encode).collect();
    let found = listed.into_iter().find(|one| one.fingerprint.is_none() && own.contains(&one.digest));
    found.map(|one| one.digest).ok_or_else(|| ApiError::new(Code::ConsentForOther))
}

/// A P1 message that reads as TBS_Sign must hold the very seal that is applied, and a time at which it can have been
/// prepared: after the signId was handed out (`issued_at`), and not after `now`, clocks a little apart.
fn check_message(
    request: &CloudSignRequest,
    seal_data: &[u8],
    (issued_at, now): (Option<i64>, i64),
) -> Result<(), ApiError> {
    let Some(tbs) = tbs(request) else { return Ok(()) };
    if tbs.seal.raw() != seal_data {
        let (zh, en) = ("待签名数据中的印章不是此印章", "the message to be signed holds another seal");
        return Err(ApiError::explained(Code::ConsentForOther, zh, en));
    }
    let time = tbs.time.as_millisecond();
    let early = issued_at.is_some_and(|issued| time < issued.saturating_sub(SKEW_MILLIS));
    if early || time > now.saturating_add(SKEW_MILLIS) {
        let (zh, en) = (
            "待签名数据中的时间不在本次签名期间",
            "the message to be signed holds a time of another signing",
        );
        return Err(ApiError::explained(Code::ConsentForOther, zh, en));
    }
    Ok(())
}

/// P1: the signature over the message itself. P7: a detached SignedData over the digest (resolutions 27).
fn make(
    request: &CloudSignRequest,
    signer: &Sm2KeyPair,
    certificate: &[u8],
    now: jiff::Timestamp,
) -> Result<Vec<u8>, ApiError> {
    match request.format {
        SignFormat::P1 => signer.sign(request.doc_hash.bytes()).map_err(fault),
        SignFormat::P7 => {
            let digest =
                request.doc_hash.bytes().try_into().map_err(|_| fault("a P7 digest of other length"))?;
            SignedDataDraft::detached(digest, whole_second(now))
                .sign(signer, certificate, &[], None)
                .map_err(fault)
        }
    }
}
