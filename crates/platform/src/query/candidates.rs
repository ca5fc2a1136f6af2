//! Which filed seals a query matches, by the system that serves them.

use std::collections::BTreeMap;

use formats::x509::Certificate;
use protocol::lists::{CertType, CertTypeFilter, OwnerKind};
use protocol::tables::SealQueryRequest;
use protocol::{ApiError, Code, OrgCode, Shortfall};
use storage::Tx;
use storage::platform::seals::{self, Filter, Seal, SealState};
use storage::platform::systems::{self, System};

use super::peers;
use crate::context::Context;
use crate::failure::{Failure, Outcome};
use crate::federation::{self, Way};
use crate::registry::{self, number_index};
use crate::routing::{Route, Routes};

/// The matching seals of one system.
#[derive(Debug)]
pub(super) struct Wanted {
    /// The system.
    pub(super) system: System,
    /// The way to it.
    pub(super) route: Route,
    /// The makers whose seals it may hand out.
    pub(super) makers: Vec<Certificate>,
    /// Its matching seals.
    pub(super) seals: Vec<Seal>,
}

/// What matches.
#[derive(Debug, Default)]
pub(super) struct Candidates {
    /// By system, those that can be asked.
    pub(super) systems: Vec<Wanted>,
    /// Other platforms that can be asked.
    pub(super) platforms: Vec<peers::Asked>,
    /// What matches and cannot be handed on.
    pub(super) failures: Vec<Shortfall>,
}

/// Finds the seals that match.
pub(super) async fn find(
    context: &Context,
    routes: &Routes,
    request: &SealQueryRequest,
    way: &Way,
) -> Outcome<Candidates> {
    let now = context.now();
    // What is read here is judged again when the seals are handed over.
    let mut tx = context.database.look().await?;
    let known = federation::known(&mut tx, now).await?;
    let mut by_system: BTreeMap<String, Vec<Seal>> = BTreeMap::new();
    for seal in matching(context, &mut tx, request).await? {
        // What other platforms handed over before is asked of them anew, whatever was recorded of it.
        if !known.iter().any(|peer| peer.row.app_id == seal.app_id) {
            by_system.entry(seal.app_id.clone()).or_default().push(seal);
        }
    }
    let mut found = Candidates::default();
    for (app_id, filed) in by_system {
        let system = systems::find(&mut tx, &app_id).await?.ok_or_else(|| ApiError::fault("no system"))?;
        let mut usable = Vec::with_capacity(filed.len());
        for seal in filed {
            match registry::check_usable(&seal, system.state, now) {
                Ok(()) => usable.push(seal),
                Err(error) => found.failures.push(Shortfall::new(&app_id, Some(&seal.seal_code), &error)),
            }
        }
        if usable.is_empty() {
            continue;
        }
        match routes.to(&mut tx, &system, now).await {
            Ok(route) => {
                let makers = route.makers();
                found.systems.push(Wanted { system, route, makers, seals: usable });
            }
            Err(Failure::Refused(error)) => found.failures.push(Shortfall::new(&app_id, None, &error)),
            Err(error) => return Err(error),
        }
    }
    let (platforms, missing) = peers::find(context, routes, &mut tx, (known, way), request).await?;
    found.platforms = platforms;
    found.failures.extend(missing);
    tx.commit().await?;
    Ok(found)
}

/// Seals of the organisation, and of the person whose number is given (resolutions 3, 15, 16). Revoked ones are
/// gone for good and no failure.
async fn matching(context: &Context, tx: &mut Tx, request: &SealQueryRequest) -> Outcome<Vec<Seal>> {
    // A telephone shield is a cloud-side key.
    let cert_type = match (request.device_id.is_some(), request.cert_type()) {
        (true, CertTypeFilter::Ukey) => return Ok(Vec::new()),
        (true, _) | (false, CertTypeFilter::Cloud) => Some(i64::from(CertType::Cloud.number())),
        (false, CertTypeFilter::Ukey) => Some(i64::from(CertType::Ukey.number())),
        (false, CertTypeFilter::All) => None,
    };
    let only = request.seal_type.only();
    let filter = Filter {
        seal_type: only.map(protocol::lists::SealType::text),
        cert_type,
        cert_number: request.cert_number.as_ref().map(protocol::CertNumber::as_str),
        ukey_id: request.ukey_id.as_ref().map(protocol::UkeyId::as_str),
    };
    let cap = i64::try_from(context.config.limits.seals_per_query).unwrap_or(i64::MAX);
    let limit = cap.saturating_add(1);
    let asks_for = |kind: OwnerKind| only.is_none_or(|seal_type| seal_type.owner() == kind);
    let mut found = Vec::new();
    if asks_for(OwnerKind::Organisation) {
        let code = match &request.org_code {
            OrgCode::Credit(credit) => credit.organisation(),
            OrgCode::Legacy(code) => code,
        };
        let of_organisation = seals::by_org_code(tx, code, &filter, limit).await?;
        found.extend(
            of_organisation.into_iter().filter(|seal| request.org_code.matches(&seal.possessor_cert_no)),
        );
    }
    if let (true, Some(number)) = (asks_for(OwnerKind::Person), &request.id_card) {
        found.extend(seals::by_possessor(tx, &number_index(context, number.as_str()), &filter, limit).await?);
    }
    found.retain(|seal| seal.state != SealState::Revoked);
    if i64::try_from(found.len()).unwrap_or(i64::MAX) > cap {
        let (zh, en) = ("匹配的印章过多,请缩小查询范围", "too many seals match, narrow the query");
        return Err(ApiError::explained(Code::Contradiction, zh, en).into());
    }
    Ok(found)
}
