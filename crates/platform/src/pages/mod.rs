//! Pages for people, Chinese first: the overview of one platform. Nothing personal is on it.

use std::sync::Arc;

use askama::Template;
use axum::Router;
use axum::http::{StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::get;
use http_server::page_headers;
use jiff::Timestamp;
use protocol::BeijingTime;
use storage::platform::seals::{self, SealState};
use storage::platform::systems::{self, SystemState};

use crate::api::Shared;
use crate::evidence::Kind;
use crate::failure::{Outcome, chain};

/// Entries of the evidence log that are looked at for the latest verifications.
const LOOKED_AT: i64 = 400;
/// Verifications that are shown.
const SHOWN: usize = 10;

/// One system.
struct SystemLine {
    name: String,
    app_id: String,
    state_zh: &'static str,
    state_en: &'static str,
    online: bool,
    serves: bool,
}

/// One verification.
struct VerificationLine {
    at: String,
    format: String,
    signatures: u64,
    zh: &'static str,
    en: &'static str,
    class: &'static str,
    seal_codes: String,
}

/// One thing that serving depends on.
struct CheckLine {
    name: &'static str,
    ok: bool,
}

#[derive(Template)]
#[template(path = "overview.html")]
struct Overview {
    name: String,
    id: String,
    now: String,
    ready: bool,
    checks: Vec<CheckLine>,
    systems: Vec<SystemLine>,
    enabled: i64,
    disabled: i64,
    revoked: i64,
    evidence: i64,
    verifications: Vec<VerificationLine>,
}

/// The pages.
pub(crate) fn router(shared: &Arc<Shared>) -> Router {
    let shared = Arc::clone(shared);
    Router::new()
        .route("/", get(move || overview(Arc::clone(&shared))))
        .route("/assets/platform.css", get(style))
}

async fn style() -> Response {
    let kind = [(header::CONTENT_TYPE, "text/css; charset=utf-8"), (header::CACHE_CONTROL, "max-age=3600")];
    (page_headers(), kind, include_str!("../../assets/platform.css")).into_response()
}

async fn overview(shared: Arc<Shared>) -> Response {
    let page = gather(&shared).await.map_err(|error| chain(&error));
    match page.and_then(|page| page.render().map_err(|error| error.to_string())) {
        Ok(html) => (page_headers(), [(header::CACHE_CONTROL, "no-store")], Html(html)).into_response(),
        Err(cause) => {
            tracing::error!(cause, "the overview could not be made");
            let text = "暂时无法显示,请稍后重试 / cannot be shown now, try again later";
            (StatusCode::SERVICE_UNAVAILABLE, page_headers(), text).into_response()
        }
    }
}

async fn gather(shared: &Shared) -> Outcome<Overview> {
    let context = &shared.context;
    let readiness = shared.health.readiness(context).await;
    let mut tx = context.database.read().await?;
    let systems = systems::list(&mut tx).await?;
    let counts = seals::count(&mut tx).await?;
    let evidence = storage::evidence::head(&mut tx).await?.seq;
    let entries = storage::evidence::last(&mut tx, LOOKED_AT).await?;
    tx.commit().await?;
    let number = |state| counts.iter().find(|count| count.state == state).map_or(0, |count| count.number);
    let verified = entries.iter().filter(|entry| entry.kind == Kind::DocumentVerified.as_str());
    Ok(Overview {
        name: context.config.platform.name.clone(),
        id: context.id.as_str().to_owned(),
        now: BeijingTime::of(context.now()).to_string(),
        ready: readiness.ready,
        checks: readiness.checks.iter().map(|check| CheckLine { name: check.name, ok: check.ok }).collect(),
        systems: systems.into_iter().map(system_line).collect(),
        enabled: number(SealState::Enabled),
        disabled: number(SealState::Disabled),
        revoked: number(SealState::Revoked),
        evidence,
        verifications: verified.take(SHOWN).filter_map(verification_line).collect(),
    })
}

fn system_line(system: systems::System) -> SystemLine {
    let (state_zh, state_en) = match system.state {
        SystemState::Online => ("已上线", "live"),
        SystemState::Suspended => ("已暂停", "suspended"),
        SystemState::Offline => ("已下线", "gone"),
        _ => ("入驻中", "being onboarded"),
    };
    SystemLine {
        online: system.state == SystemState::Online,
        serves: system.base_url.is_some(),
        name: system.name,
        app_id: system.app_id,
        state_zh,
        state_en,
    }
}

fn verification_line(entry: &storage::evidence::Entry) -> Option<VerificationLine> {
    let detail: serde_json::Value = serde_json::from_slice(entry.payload.as_deref()?).ok()?;
    let (zh, en, class) = match detail.get("verdict")?.as_str()? {
        "valid" => ("有效", "valid", "good"),
        "invalid" => ("无效", "invalid", "bad"),
        _ => ("无法判定", "indeterminate", "open"),
    };
    let codes = detail.get("sealCodes").and_then(|codes| codes.as_array());
    let codes: Vec<&str> = codes.into_iter().flatten().filter_map(|code| code.as_str()).collect();
    Some(VerificationLine {
        at: BeijingTime::of(Timestamp::from_millisecond(entry.at).ok()?).to_string(),
        format: detail.get("format")?.as_str()?.to_uppercase(),
        signatures: detail.get("signCount")?.as_u64()?,
        zh,
        en,
        class,
        seal_codes: codes.join(", "),
    })
}
