//! The server of a scripted system.
#![expect(clippy::expect_used, reason = "a test that cannot have its system must stop")]

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderValue, Request, Response};
use axum::middleware::{Next, from_fn};
use crypto::{Random, Signer, VerifyingKey};
use formats::cms::sign_detached;
use http_server::{
    Admitted, AnswerSigner, Api, CallerKey, Done, Gatekeeper, KeyState, Limits, Metrics, Source, Tasks,
};
use protocol::consent_record::{ConsentRecord, LogPlace};
use protocol::endpoints::{ChangeNotice, CloudSign, ConsentApply, ConsentOutcome, SealQuery};
use protocol::lists::{ClientType, DownloadState, KeyAlgorithm, OwnerKind, SignFormat};
use protocol::tables::{
    AuthorisedUser, CertInfo, ChangeNoticeRequest, CloudSignRequest, ConsentApplication, ConsentApplyRequest,
    ConsentResult, ConsentResultRequest, SealInfo, SealQueryRequest, SignatureValueData,
};
use protocol::{
    ApiError, AppId, AuthCode, AuthId, Base64Data, BeijingTime, CertNumber, Clock, Code, DocHashes, Endpoint,
    MillisTime, Nonce, Origin, Personal, SignId,
};

use super::seals::{SIDE_MM, SIDE_PX, ScriptedSeal};
use super::{Decision, Demanded, Memory, Script, ScriptedSystem, Transport};

/// Lets the platform in and nobody else.
struct OnlyPlatform {
    id: AppId,
    key: VerifyingKey,
    /// The TLS certificates one of which it has to show; none: it need not.
    demanded: Demanded,
}

impl Gatekeeper for OnlyPlatform {
    async fn keys(
        &self,
        app_id: &AppId,
        _: &'static str,
        source: &Source,
    ) -> Result<Vec<CallerKey>, ApiError> {
        if *app_id != self.id {
            return Err(ApiError::new(Code::UnknownCaller));
        }
        let demanded = self.demanded.lock().expect("nobody panicked").clone();
        if !demanded.is_empty() && !source.certificate.is_some_and(|shown| demanded.contains(&shown)) {
            return Err(ApiError::new(Code::KeyNotValid));
        }
        Ok(vec![CallerKey { key: self.key.clone(), state: KeyState::Active }])
    }

    async fn remember(&self, _: &AppId, _: MillisTime, _: Nonce) -> Result<bool, ApiError> {
        Ok(true)
    }

    fn pass(&self, _: &AppId, _: &'static str) -> Result<(), Duration> {
        Ok(())
    }
}

/// What the handlers share.
#[derive(Clone)]
struct Server {
    platform: AppId,
    base_url: String,
    clock: Clock,
    random: Random,
    memory: Arc<Mutex<Memory>>,
}

/// A way of its own to a router: what goes wrong on it, and how many requests came.
type Way = (Arc<Mutex<Transport>>, Arc<AtomicUsize>);

/// Puts a way before a router.
pub(super) fn behind(router: Router, (transport, calls): Way) -> Router {
    router.layer(from_fn(move |request: Request<Body>, next: Next| {
        let transport = *transport.lock().expect("the way");
        if request.method() == axum::http::Method::POST {
            calls.fetch_add(1, Ordering::Relaxed);
        }
        spoiled(transport, request, next)
    }))
}

pub(super) fn router(system: &ScriptedSystem, tasks: Tasks, demanded: Demanded) -> Router {
    let platform = system.platform().clone();
    let signer: Arc<dyn Signer> = Arc::new(system.key.clone());
    let answers =
        AnswerSigner::new(system.app_id.clone(), signer, system.clock.clone(), system.random.clone());
    let server = Server {
        platform: platform.0.clone(),
        base_url: system.base_url.clone(),
        clock: system.clock.clone(),
        random: system.random.clone(),
        memory: system.shared(),
    };
    let gate = OnlyPlatform { id: platform.0, key: platform.1, demanded };
    let metrics = Metrics::new().expect("metrics");
    let [query, apply, outcome, sign, notice] = [(); 5].map(|()| server.clone());
    let memory = system.shared();
    Api::new(gate, answers, Limits::default(), metrics, tasks)
        .endpoint::<SealQuery, _, _>(move |asked| {
            let server = query.clone();
            async move { server.query(&asked) }
        })
        .endpoint::<ConsentApply, _, _>(move |asked| {
            let server = apply.clone();
            async move { server.apply(&asked) }
        })
        .endpoint::<ConsentOutcome, _, _>(move |asked| {
            let server = outcome.clone();
            async move { server.outcome(&asked) }
        })
        .endpoint::<CloudSign, _, _>(move |asked| {
            let server = sign.clone();
            async move { server.sign(&asked) }
        })
        .endpoint::<ChangeNotice, _, _>(move |asked| {
            let server = notice.clone();
            async move { server.notice(&asked) }
        })
        .into_router()
        .layer(from_fn(move |request, next| spoil(Arc::clone(&memory), request, next)))
}

/// What goes wrong on every way to the system. What it is comes from the script as it is after the work.
async fn spoil(memory: Arc<Mutex<Memory>>, request: Request<Body>, next: Next) -> Response<Body> {
    let early = {
        let mut memory = memory.lock().expect("the memory");
        memory.arrivals += 1;
        memory.script.transport
    };
    match early {
        Transport::Hangup => return broken(&[]),
        Transport::Slow(slow) => tokio::time::sleep(slow).await,
        _ => {}
    }
    let response = next.run(request).await;
    let transport = memory.lock().expect("the memory").script.transport;
    spoil_answer(transport, response).await
}

async fn spoiled(transport: Transport, request: Request<Body>, next: Next) -> Response<Body> {
    if transport == Transport::Hangup {
        return broken(&[]);
    }
    if let Transport::Slow(slow) = transport {
        tokio::time::sleep(slow).await;
    }
    spoil_answer(transport, next.run(request).await).await
}

/// A response whose connection breaks after these bytes.
fn broken(start: &'static [u8]) -> Response<Body> {
    let start: Result<&[u8], std::io::Error> = Ok(start);
    let end = Err(std::io::Error::from(std::io::ErrorKind::ConnectionReset));
    Response::new(Body::from_stream(futures_util::stream::iter([start, end])))
}

async fn spoil_answer(transport: Transport, mut response: Response<Body>) -> Response<Body> {
    match transport {
        Transport::Good | Transport::Slow(_) | Transport::OtherForm => {}
        Transport::Cut | Transport::Hangup => return broken(b"{\"code\":\"0\",\"data\":["),
        Transport::Late(late) => tokio::time::sleep(late).await,
        Transport::Garbled => {
            response.headers_mut().remove("content-length");
            *response.body_mut() = Body::from("{not json");
        }
        Transport::Altered => {
            let (mut parts, body) = response.into_parts();
            let mut bytes = axum::body::to_bytes(body, usize::MAX).await.expect("our own body").to_vec();
            bytes.push(b' ');
            parts.headers.remove("content-length");
            return Response::from_parts(parts, Body::from(bytes));
        }
        Transport::Header(name, value) => {
            response.headers_mut().insert(name, HeaderValue::from_static(value));
        }
        Transport::Unsigned => {
            response.headers_mut().remove(protocol::wire::HEADER_SIGNATURE);
        }
    }
    response
}

impl Server {
    /// Checks what the platform sent, the caller's own request too, and counts it.
    fn receive<E: Endpoint>(&self, asked: &Admitted<E::Request>) -> Result<Script, ApiError> {
        let mut memory = self.memory.lock().expect("the memory");
        let name = E::INFO.name;
        *memory.calls.entry(name).or_default() += 1;
        match Origin::read(&asked.params) {
            Ok(Some(origin)) => {
                let good = origin
                    .verify(&E::INFO.target(&self.platform))
                    .and_then(|own| own.agree(&asked.params, &[]));
                if let Err(error) = good {
                    memory.complaints.push(format!("{name}: {error}"));
                }
            }
            // The platform's own query for a seal that was filed without data.
            Ok(None) if name == SealQuery::INFO.name || name == ChangeNotice::INFO.name => {}
            other => memory.complaints.push(format!("{name}: no caller's request ({other:?})")),
        }
        match memory.script.refuse {
            Some(code) => Err(ApiError::new(code)),
            None => Ok(memory.script.clone()),
        }
    }

    fn done<T: serde::Serialize>(script: &Script, data: &T) -> Result<Done, ApiError> {
        if script.transport == Transport::OtherForm { Done::data(&42) } else { Done::data(data) }
    }

    fn query(&self, asked: &Admitted<SealQueryRequest>) -> Result<Done, ApiError> {
        let script = self.receive::<SealQuery>(asked)?;
        let request = &asked.request;
        let seals = self.memory.lock().expect("the memory").seals.clone();
        let wanted = |seal: &&ScriptedSeal| {
            let owner = match seal.owner_kind {
                OwnerKind::Organisation => request.org_code.matches(&seal.owner),
                OwnerKind::Person => request.id_card.as_ref().is_some_and(|card| card.as_str() == seal.owner),
            };
            owner && request.seal_type.admits(seal.seal_type) && request.cert_type().admits(seal.cert_type)
        };
        let mut list: Vec<SealInfo> =
            seals.iter().filter(wanted).filter_map(|seal| self.info(seal)).collect();
        if let Some(alter) = &script.alter_seal {
            for entry in &mut list {
                alter(entry);
            }
        }
        if let Some(alter) = &script.alter_seals {
            alter(&mut list);
        }
        Self::done(&script, &list)
    }

    fn info(&self, seal: &ScriptedSeal) -> Option<SealInfo> {
        let certificate = &seal.certificate;
        Some(SealInfo {
            sign_id: SignId::parse(&self.random.hex_id()).expect("a signId"),
            seal_type: seal.seal_type,
            seal_relate_type: seal.owner_kind,
            seal_code: seal.seal_code.clone()?,
            seal_name: seal.name.clone(),
            moulage_data: Base64Data::from(seal.picture.clone()),
            width: SIDE_MM,
            height: SIDE_MM,
            dpi_x: SIDE_PX,
            dpi_y: SIDE_PX,
            seal_data: Base64Data::from(seal.der.clone()),
            seal_invalid_time: BeijingTime::of(seal.valid_end),
            cert_type: seal.cert_type,
            dest_host: Some("https://not-registered.example".to_owned()),
            plat_name: "别的名称".to_owned(),
            ukey_id: seal.ukey_id.clone(),
            algorithm: KeyAlgorithm::Sm2,
            cert_list: vec![CertInfo {
                algorithm: KeyAlgorithm::Sm2,
                cert_code: CertNumber::from_bytes(&certificate.serial),
                invalid_time: BeijingTime::of(certificate.not_after),
                sign_public_key: Base64Data::from(certificate.der().to_vec()),
                subject_cn: certificate.subject.common_name().unwrap_or_default().to_owned(),
            }],
            state: DownloadState::Pending,
            user_list: vec![AuthorisedUser {
                user_name: Personal::new("欧阳修".to_owned()),
                mobile_phone: Personal::new("13800001234".to_owned()),
            }],
        })
    }

    fn apply(&self, asked: &Admitted<ConsentApplyRequest>) -> Result<Done, ApiError> {
        let script = self.receive::<ConsentApply>(asked)?;
        let auth_id = self.random.hex_id();
        let doc_hash = asked.request.doc_hash.as_ref().map(Base64Data::text);
        let sign_id = asked.request.sign_id.as_ref().map(|id| id.as_str().to_owned());
        let now = self.clock.now().as_millisecond();
        let record = ConsentRecord {
            auth_id: auth_id.clone(),
            method: "scripted".to_owned(),
            wording: "scripted-1".to_owned(),
            applied_at: now,
            opened_at: Some(now),
            decided_at: now,
            signer: Some("欧**".to_owned()),
            mobile: Some("138****1234".to_owned()),
            doc_hash,
            doc_hashes: asked.request.doc_hashes.as_ref().map(DocHashes::text),
            sign_id,
            client: None,
            log: Some(LogPlace { seq: 1, hash: "0".repeat(64) }),
        };
        self.memory.lock().expect("the memory").records.insert(auth_id.clone(), record);
        let mut application = ConsentApplication {
            auth_url: format!("{}/consent/{auth_id}", self.base_url),
            client_type: ClientType::H5,
            auth_id: AuthId::parse(&auth_id).expect("an authId"),
        };
        if let Some(alter) = &script.alter_application {
            alter(&mut application);
        }
        Self::done(&script, &application)
    }

    fn outcome(&self, asked: &Admitted<ConsentResultRequest>) -> Result<Done, ApiError> {
        let script = self.receive::<ConsentOutcome>(asked)?;
        match script.decision {
            Decision::Given => {}
            Decision::Pending => return Err(ApiError::new(Code::ConsentPending)),
            Decision::Refused => return Err(ApiError::new(Code::ConsentRefused)),
            Decision::Expired => return Err(ApiError::new(Code::AuthIdUnknown)),
        }
        let auth_id = asked.request.auth_id.clone();
        let fresh = self.random.hex_id();
        let mut memory = self.memory.lock().expect("the memory");
        let code = memory.vouchers.entry(auth_id.as_str().to_owned()).or_insert(fresh).clone();
        let record = memory.records.get(auth_id.as_str()).cloned();
        drop(memory);
        let record = record.map(|mut record| {
            if let Some(alter) = &script.alter_record {
                alter(&mut record);
            }
            Base64Data::from(serde_json::to_vec(&record).expect("JSON"))
        });
        let auth_code = AuthCode::parse(&code).expect("an authCode");
        Self::done(&script, &ConsentResult { auth_code, auth_id, record })
    }

    fn sign(&self, asked: &Admitted<CloudSignRequest>) -> Result<Done, ApiError> {
        let script = self.receive::<CloudSign>(asked)?;
        let request = &asked.request;
        let mut memory = self.memory.lock().expect("the memory");
        let seal =
            memory.seals.iter().find(|seal| seal.seal_code.as_ref() == Some(&request.seal_code)).cloned();
        let seal = seal.ok_or_else(|| ApiError::new(Code::SealNotFound))?;
        let sign_id = request.sign_id.as_str().to_owned();
        // A signature under a signId is stored, and given again for the same request.
        let stored = memory.signed.get(&sign_id).cloned();
        let mut value = stored.unwrap_or_else(|| self.value(&seal, request));
        if !memory.signed.contains_key(&sign_id) {
            *memory.made.entry(sign_id.clone()).or_default() += 1;
            memory.signed.insert(sign_id, value.clone());
        }
        drop(memory);
        if let Some(alter) = &script.alter_signature {
            alter(&mut value);
        }
        Self::done(&script, &value)
    }

    fn notice(&self, asked: &Admitted<ChangeNoticeRequest>) -> Result<Done, ApiError> {
        self.memory.lock().expect("the memory").notices.push(asked.request.clone());
        let script = self.receive::<ChangeNotice>(asked)?;
        Self::done(&script, &())
    }

    fn value(&self, seal: &ScriptedSeal, request: &CloudSignRequest) -> SignatureValueData {
        let message = request.doc_hash.bytes();
        if seal.key.verifying_key().spki_der() != seal.certificate.spki_der() {
            // The key is elsewhere, and the script gives the signature.
            return SignatureValueData::new(request.format, message.to_vec());
        }
        let bytes = match request.format {
            SignFormat::P1 => seal.key.sign(message).expect("a signature"),
            SignFormat::P7 => {
                let digest = message.try_into().expect("32 bytes");
                sign_detached(digest, self.clock.now(), &seal.key, seal.certificate.der(), &[])
                    .expect("a signature")
            }
        };
        SignatureValueData::new(request.format, bytes)
    }
}
