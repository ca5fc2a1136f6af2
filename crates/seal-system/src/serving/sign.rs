//! Signing with a cloud certificate (云证书签名, 6.2.2.3, tables 16 to 18).
//!
//! One signId, one signature: it is stored under the signId in the transaction that uses up the consent, and only
//! what was stored is given out. The same request again gets the stored signature.

use crypto::{Signer, Sm2KeyPair, sm3};
use formats::asn1::Mode;
use formats::cms::SignedDataDraft;
use formats::ses::parse_tbs;
use http_server::{Admitted, Done};
use protocol::endpoints::CloudSign;
use protocol::lists::{HashType, SignFormat};
use protocol::tables::{CloudSignRequest, SignatureValueData};
use protocol::{ApiError, Base64Data, Code};
use serde::Serialize;
use storage::Tx;
use storage::seal_system::consents::{self, Consent, ConsentState, Consumed};
use storage::seal_system::{keys, sign_ids};

use super::{Usable, asker};
use crate::SealSystem;
use crate::evidence::{self, Event, kind};
use crate::failure::{OrRefuse, fault};
use crate::making::whole_second;
use crate::owners::field;

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
        check_message(request, &usable.version.seal_data)?;
        let key_id = usable.seal.key_id.as_deref().ok_or_else(|| fault("a cloud seal without its key"))?;
        let signer = self.key(&mut tx, key_id).await?;
        let signature = make(request, &signer, &usable.version.cert, self.now())?;
        self.store_signature(tx, signing, &usable, signature).await
    }

    /// Uses up signId and consent and stores the signature with its evidence, all or nothing.
    async fn store_signature(
        &self,
        mut tx: Tx,
        signing: &Signing<'_>,
        usable: &Usable,
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
        if consents::consume(&mut tx, &consuming).await.or_refuse()? == Consumed::Refused {
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
            if !request.is_for_document(consented.bytes()) {
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

/// A P1 message that reads as TBS_Sign must hold the very seal that is applied.
fn check_message(request: &CloudSignRequest, seal_data: &[u8]) -> Result<(), ApiError> {
    if request.format != SignFormat::P1 {
        return Ok(());
    }
    let Ok((tbs, _)) = parse_tbs(request.doc_hash.bytes(), Mode::Tolerant) else { return Ok(()) };
    if tbs.seal.raw() == seal_data {
        return Ok(());
    }
    let (zh, en) = ("待签名数据中的印章不是此印章", "the message to be signed holds another seal");
    Err(ApiError::explained(Code::ConsentForOther, zh, en))
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
