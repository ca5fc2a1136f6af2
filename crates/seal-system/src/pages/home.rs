//! The seals of this system.

use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use jiff::Timestamp;
use protocol::lists::SealType;
use protocol::{ApiError, BeijingTime, masking};
use storage::seal_system::{owners, seals};

use super::answer::{Words, failure, not_found, page, png};
use crate::SealSystem;
use crate::failure::{OrRefuse, fault};

#[derive(Template)]
#[template(path = "home.html")]
struct Home<'a> {
    site: &'a str,
    seals: Vec<SealCard>,
    application: bool,
}

struct SealCard {
    es_id: String,
    name: String,
    seal_type: (&'static str, &'static str),
    owner: String,
    seal_code: Option<String>,
    state: Words,
    tone: &'static str,
    valid_end: String,
}

pub(super) async fn list(State(system): State<SealSystem>) -> Response {
    match system.cards().await {
        Ok(seals) => {
            let application = system.parts.application.enabled;
            page(StatusCode::OK, &Home { site: system.name(), seals, application })
        }
        Err(error) => failure(system.name(), &error),
    }
}

pub(super) async fn picture(State(system): State<SealSystem>, Path(es_id): Path<String>) -> Response {
    match system.picture(&es_id).await {
        Ok(Some(bytes)) => png(bytes),
        Ok(None) => not_found(system.name()),
        Err(error) => failure(system.name(), &error),
    }
}

impl SealSystem {
    async fn cards(&self) -> Result<Vec<SealCard>, ApiError> {
        let now = self.now_millis();
        let mut tx = self.database().read().await.or_refuse()?;
        let mut cards = Vec::new();
        for seal in seals::list(&mut tx).await.or_refuse()? {
            let version = seals::version(&mut tx, &seal.seal_id, seal.version).await.or_refuse()?;
            let version = version.ok_or_else(|| fault("the seal has no making"))?;
            let owner = owners::find(&mut tx, &seal.owner_id).await.or_refuse()?;
            let owner = owner.ok_or_else(|| fault("a seal without owner"))?;
            let (state, tone) = state(&seal, now > version.valid_end);
            let end = Timestamp::from_millisecond(version.valid_end).map_err(fault)?;
            cards.push(SealCard {
                es_id: version.es_id,
                name: seal.name,
                seal_type: SealType::from_text(&seal.seal_type).map(SealType::meaning).unwrap_or_default(),
                owner: if owner.owner_type == 1 { owner.name } else { masking::name(&owner.name) },
                seal_code: seal.seal_code,
                state,
                tone,
                valid_end: BeijingTime::of(end).to_string().split(' ').next().unwrap_or_default().to_owned(),
            });
        }
        tx.commit().await.or_refuse()?;
        Ok(cards)
    }

    async fn picture(&self, es_id: &str) -> Result<Option<Vec<u8>>, ApiError> {
        let mut tx = self.database().read().await.or_refuse()?;
        for seal in seals::list(&mut tx).await.or_refuse()? {
            let version = seals::version(&mut tx, &seal.seal_id, seal.version).await.or_refuse()?;
            if let Some(version) = version.filter(|version| version.es_id == es_id) {
                return Ok(Some(version.picture).filter(|_| version.picture_kind == "PNG"));
            }
        }
        Ok(None)
    }
}

fn state(seal: &seals::Seal, over: bool) -> (Words, &'static str) {
    match seal.state {
        seals::SealState::Enabled if over => (Words::new("已过期", "expired"), "bad"),
        seals::SealState::Enabled if seal.seal_code.is_none() => {
            (Words::new("备案中", "being filed"), "wait")
        }
        seals::SealState::Enabled => (Words::new("启用", "enabled"), "good"),
        seals::SealState::Disabled => (Words::new("停用", "disabled"), "wait"),
        seals::SealState::Revoked => (Words::new("注销", "revoked"), "bad"),
    }
}
