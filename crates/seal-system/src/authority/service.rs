//! The authority over HTTP: its certificates, its revocation lists, the status of single certificates (OCSP, GB/T 19713),
//! and time stamps (GB/T 20520, RFC 3161).

use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::header::{CONTENT_TYPE, HeaderMap};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use crypto::{Random, Signer};
use formats::crl::{CrlBuilder, CrlReason};
use formats::ocsp::{self, CertStatus, Responder, ResponseStatus};
use formats::oid::Oid;
use formats::tsp::{Accuracy, FailInfo, Tsa, reject, respond};
use formats::x509::pem_encode;
use jiff::{SignedDuration, Timestamp};
use protocol::Clock;

use super::{Authority, AuthorityError};

/// Largest time-stamp request, in bytes.
const MAX_REQUEST: usize = 64 << 10;
/// How long a revocation list is good for.
const CRL_LIFE: SignedDuration = SignedDuration::from_hours(24);
/// How long an answer about one certificate is good for: who asks wants to know it as of now.
const OCSP_LIFE: SignedDuration = SignedDuration::from_hours(1);
/// The media type of a revocation list (RFC 5280 §4.2.1.13).
const CRL: &str = "application/pkix-crl";
/// The policy of the reference TSA, under the arc for examples.
const POLICY: &str = "2.999.1";

/// A revoked certificate.
#[derive(Debug, Clone)]
pub struct Revoked {
    /// Content octets of its serial number.
    pub serial: Vec<u8>,
    /// When.
    pub at: Timestamp,
    /// Why.
    pub reason: Option<CrlReason>,
}

/// The authority at work. Cheap to clone.
#[derive(Clone)]
pub struct AuthorityService {
    authority: Arc<Authority>,
    revoked: Arc<Mutex<Vec<Revoked>>>,
    clock: Clock,
    random: Random,
}

impl AuthorityService {
    /// Puts the authority to work.
    pub fn new(authority: Arc<Authority>, clock: Clock, random: Random) -> Self {
        Self { authority, revoked: Arc::default(), clock, random }
    }

    /// The authority.
    pub fn authority(&self) -> &Authority {
        &self.authority
    }

    /// Revokes a certificate: it is in the next list.
    pub fn revoke(&self, revoked: Revoked) {
        self.revoked.lock().unwrap_or_else(PoisonError::into_inner).push(revoked);
    }

    /// The revocation list as of now, DER.
    ///
    /// # Errors
    /// [`AuthorityError::Issue`].
    pub fn crl(&self) -> Result<Vec<u8>, AuthorityError> {
        self.crl_for(CRL_LIFE)
    }

    /// The revocation list as of now, good for as long as `life`: for an authority that will issue no other.
    ///
    /// # Errors
    /// [`AuthorityError::Issue`].
    pub fn crl_for(&self, life: SignedDuration) -> Result<Vec<u8>, AuthorityError> {
        let now = self.clock.now();
        let next = now.checked_add(life).unwrap_or(Timestamp::MAX);
        // Numbers grow with time, also over a restart.
        let number = u64::try_from(now.as_millisecond()).unwrap_or_default();
        let mut builder = CrlBuilder::new(number, now, next);
        for revoked in self.revoked.lock().unwrap_or_else(PoisonError::into_inner).iter() {
            builder = builder.revoke(&revoked.serial, revoked.at, revoked.reason);
        }
        Ok(builder.issue(&self.authority.issuing, &self.authority.issuing_key)?)
    }

    /// Answers a question of status, DER in and out, with the issuing authority's own key. The authority keeps no record
    /// of what it issued: "good" says that a certificate with this number is not revoked, and no more (RFC 6960 §2.2).
    pub fn status(&self, question: &[u8]) -> Vec<u8> {
        let responder = Responder::authority(&self.authority.issuing_key, &self.authority.issuing, OCSP_LIFE);
        let status = |serial: &[u8]| {
            let revoked = self.revoked.lock().unwrap_or_else(PoisonError::into_inner);
            let found =
                revoked.iter().filter(|revoked| revoked.serial == serial).min_by_key(|revoked| revoked.at);
            found.map_or(CertStatus::Good, |revoked| CertStatus::Revoked {
                at: revoked.at,
                reason: revoked.reason,
            })
        };
        ocsp::respond(question, &responder, &status, self.clock.now()).unwrap_or_else(|error| {
            tracing::error!(%error, "no answer about a certificate could be made");
            ocsp::refuse(ResponseStatus::InternalError)
        })
    }

    /// Answers a time-stamp request, DER in and out. A fault of ours is a refusal too: the caller must not wait.
    pub fn stamp(&self, request: &[u8]) -> Vec<u8> {
        let chain = [self.authority.issuing.der().to_vec()];
        let Ok(policy) = POLICY.parse::<Oid>() else {
            return reject(FailInfo::SystemFailure, "policy").der;
        };
        let tsa = Tsa {
            signer: &self.authority.tsa_key,
            certificate: &self.authority.tsa,
            chain: &chain,
            policy,
            accuracy: Some(Accuracy { seconds: 1, millis: 0, micros: 0 }),
        };
        match respond(request, &tsa, self.clock.now(), &self.random) {
            Ok(reply) => reply.der,
            Err(error) => {
                tracing::error!(%error, "no time stamp could be made");
                reject(FailInfo::SystemFailure, "the authority is not in order").der
            }
        }
    }

    /// The routes: `/root.pem`, `/root.crl`, `/issuing.pem`, `/issuing.cer`, `/ca.crl`, `/ocsp`, `/tsa`.
    pub fn router(&self) -> Router {
        Router::new()
            .route(
                "/root.pem",
                get(|State(service): State<Self>| async move { pem(service.authority.root.der()) }),
            )
            .route(
                "/issuing.pem",
                get(|State(service): State<Self>| async move { pem(service.authority.issuing.der()) }),
            )
            .route(
                "/issuing.cer",
                get(|State(service): State<Self>| async move {
                    typed("application/pkix-cert", service.authority.issuing.der().to_vec())
                }),
            )
            .route("/root.crl", get(serve_root_crl))
            .route("/ca.crl", get(serve_crl))
            .route("/ocsp", post(serve_status))
            .route("/tsa", post(serve_stamp))
            .layer(DefaultBodyLimit::max(MAX_REQUEST))
            .with_state(self.clone())
    }
}

impl Authority {
    /// The key of the TSA, for programs that stamp without HTTP.
    pub fn tsa_signer(&self) -> &dyn Signer {
        &self.tsa_key
    }
}

async fn serve_root_crl(State(service): State<AuthorityService>) -> Response {
    match service.authority.root_crl() {
        Some(der) => typed(CRL, der.to_vec()),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

async fn serve_crl(State(service): State<AuthorityService>) -> Response {
    match service.crl() {
        Ok(der) => typed(CRL, der),
        Err(error) => {
            tracing::error!(%error, "no revocation list could be made");
            StatusCode::SERVICE_UNAVAILABLE.into_response()
        }
    }
}

/// RFC 6960 appendix A.1; questions in the address (GET) are not served.
async fn serve_status(State(service): State<AuthorityService>, headers: HeaderMap, body: Bytes) -> Response {
    let expected = HeaderValue::from_static("application/ocsp-request");
    if headers.get(CONTENT_TYPE) != Some(&expected) {
        return StatusCode::UNSUPPORTED_MEDIA_TYPE.into_response();
    }
    typed("application/ocsp-response", service.status(&body))
}

async fn serve_stamp(State(service): State<AuthorityService>, headers: HeaderMap, body: Bytes) -> Response {
    let expected = HeaderValue::from_static("application/timestamp-query");
    if headers.get(CONTENT_TYPE) != Some(&expected) {
        return StatusCode::UNSUPPORTED_MEDIA_TYPE.into_response();
    }
    typed("application/timestamp-reply", service.stamp(&body))
}

fn pem(der: &[u8]) -> Response {
    typed("application/x-pem-file", pem_encode("CERTIFICATE", der).into_bytes())
}

fn typed(kind: &'static str, body: Vec<u8>) -> Response {
    ([(CONTENT_TYPE, HeaderValue::from_static(kind))], body).into_response()
}
