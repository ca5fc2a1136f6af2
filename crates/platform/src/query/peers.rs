//! Other platforms in the fan-out: which may be asked, and judging what they answer. There is no filing to compare with:
//! the code space, the makers that the platform vouches for, and the seal's own certificate take its place.

use formats::x509::{Certificate, IdentityKind};
use futures_util::future::join_all;
use http_server::Caller;
use jiff::Timestamp;
use protocol::endpoints::SealQuery;
use protocol::lists::{CertType, CertTypeFilter, OwnerKind};
use protocol::tables::{SealInfo, SealQueryRequest};
use protocol::{ApiError, AppId, Code, OrgCode, SealSource, Shortfall};
use storage::Tx;
use storage::platform::systems::{self, System, SystemState};

use super::check;
use super::fetch::{Good, Judged, lie};
use crate::context::Context;
use crate::failure::{Failure, Outcome};
use crate::federation::{self, Foreign, Known, Way};
use crate::registry::seal_data::Checked;
use crate::routing::{Budget, Route, Routes, Upset};

/// Entries of `failures` taken over from one platform, and the longest text in one.
const MOST: (usize, usize) = (100, 500);

/// A platform that may be asked.
#[derive(Debug)]
pub(super) struct Asked {
    system: System,
    route: Route,
    /// The code spaces that it may answer for.
    spaces: Vec<String>,
    makers: Vec<Certificate>,
}

/// What a platform answered.
#[derive(Debug)]
pub(super) struct PeerReply {
    asked: Asked,
    result: Result<client::Answer<Vec<SealInfo>>, Upset>,
}

/// The platforms to ask, and those that should be asked and cannot be.
pub(super) async fn find(
    context: &Context,
    routes: &Routes,
    tx: &mut Tx,
    (known, way): (Vec<Known>, &Way),
    request: &SealQueryRequest,
) -> Outcome<(Vec<Asked>, Vec<Shortfall>)> {
    let now = context.now();
    let (mut asked, mut failures) = (Vec::new(), Vec::new());
    let from_platform = way.is_passed_on() || known.iter().any(|peer| way.has(&peer.row.app_id));
    // UKey seals are not used across platforms, and one platform's requests are not passed on unless that is wanted.
    if request.cert_type() == CertTypeFilter::Ukey || (from_platform && !context.config.federation.transit) {
        return Ok((asked, failures));
    }
    for peer in known {
        let id = peer.row.app_id.clone();
        let Some(system) = systems::find(tx, &id).await? else { continue };
        // A person's number is shown to platforms that may have personal data, and to no others: it is not known there
        // beforehand whether they have a seal of this person.
        let may_know = system.personal_data || request.id_card.is_none();
        if system.state != SystemState::Online || way.has(&id) || !may_know {
            continue;
        }
        match routes.to(tx, &system, now).await {
            Ok(route) if peer.spaces.is_empty() => drop(route),
            Ok(route) => {
                let makers = peer.makers();
                asked.push(Asked { system, route, spaces: peer.spaces, makers });
            }
            Err(Failure::Refused(error)) => failures.push(Shortfall::new(&id, None, &error)),
            Err(error) => return Err(error),
        }
    }
    Ok((asked, failures))
}

/// Asks platforms at once.
pub(super) async fn ask(
    asked: Vec<Asked>,
    request: &SealQueryRequest,
    caller: &Caller,
    budget: Budget,
) -> Vec<PeerReply> {
    let origin = caller.origin();
    let origin = &origin;
    let calls = asked.into_iter().map(|asked| async move {
        let result = asked.route.call::<SealQuery>(request, Some(origin), budget).await;
        PeerReply { asked, result }
    });
    join_all(calls).await
}

/// Judges what platforms answered, and records the seals that stood the checks.
pub(super) async fn judge(
    context: &Context,
    request: &SealQueryRequest,
    replies: Vec<PeerReply>,
    request_id: &str,
) -> Outcome<Vec<Judged>> {
    let mut all = Vec::new();
    for PeerReply { asked, result } in replies {
        let mut judged = Judged::new(asked.route.app_id.clone(), asked.system.clone());
        let found = match result {
            Ok(answer) => {
                let found = entries(context, &asked, request, answer, &mut judged).await?;
                take(context, found, &mut judged, request_id).await?;
                judged
            }
            Err(upset) => {
                let error = upset.error();
                if let Upset::Wrong(cause) = &upset {
                    judged.lies.push(lie(None, &error, cause.clone()));
                }
                judged.failures.push(Shortfall::new(judged.app_id.as_str(), None, &error));
                judged
            }
        };
        all.push(found);
    }
    Ok(all)
}

/// A seal with where it comes from.
type Sourced = (Foreign, SealSource);

/// Checks the entries of an answer. Signatures are computed on a thread that may take its time.
async fn entries(
    context: &Context,
    asked: &Asked,
    request: &SealQueryRequest,
    answer: client::Answer<Vec<SealInfo>>,
    judged: &mut Judged,
) -> Outcome<Vec<Sourced>> {
    let now = context.now();
    let id = judged.app_id.clone();
    judged.failures.extend(answer.failures.into_iter().take(MOST.0).filter_map(|one| passed_on(&id, one)));
    judged.exchange = Some(answer.exchange);
    let sources = answer.sources;
    let (spaces, makers) = (asked.spaces.clone(), asked.makers.clone());
    let (request, cap) = (request.clone(), context.config.limits.seals_per_query);
    let work = move || {
        let mut seen = std::collections::BTreeSet::new();
        let mut results = Vec::new();
        for entry in answer.data.into_iter().take(cap) {
            let code = entry.seal_code.clone();
            let twice = !seen.insert(code.as_str().to_owned());
            let result = if twice {
                Err(wrong("重复返回了同一印章", "it returned a seal twice"))
            } else {
                checked(entry, &request, &spaces, &makers, now)
            };
            results.push((code, result));
        }
        results
    };
    let results = tokio::task::spawn_blocking(work).await.map_err(ApiError::fault)?;
    let mut good = Vec::new();
    for (code, result) in results {
        match result {
            Ok(foreign) => good.push((foreign, source(&id, &sources, code.as_str()))),
            Err(error) => {
                if !matches!(error.code(), Code::SealExpired | Code::StateForbids) {
                    judged.lies.push(lie(Some(code.as_str()), &error, error.message().to_owned()));
                }
                judged.failures.push(Shortfall::new(id.as_str(), Some(code.as_str()), &error));
            }
        }
    }
    Ok(good)
}

/// Records the seals, which makes them seals like any other from here on.
async fn take(context: &Context, found: Vec<Sourced>, judged: &mut Judged, request_id: &str) -> Outcome<()> {
    for (foreign, source) in found {
        let code = foreign.entry.seal_code.as_str().to_owned();
        match federation::mirror(context, judged.app_id.as_str(), &foreign, request_id).await {
            Ok(seal) => {
                let Foreign { entry, checked, .. } = foreign;
                judged.good.push(Good { entry, seal, checked, source: Some(source) });
            }
            Err(Failure::Refused(error)) => {
                if error.code() == Code::SealSystemAnswerWrong {
                    judged.lies.push(lie(Some(&code), &error, error.message().to_owned()));
                }
                judged.failures.push(Shortfall::new(judged.app_id.as_str(), Some(&code), &error));
            }
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// What is missing at another platform, with that platform's name; texts of others are bounded.
fn passed_on(platform: &AppId, one: Shortfall) -> Option<Shortfall> {
    let system = AppId::parse(&one.system).ok()?;
    let further = one.platform.and_then(|id| AppId::parse(&id).ok()).map(|id| format!("/{id}"));
    let plain = |text: String| text.chars().filter(|c| !c.is_control()).take(MOST.1).collect::<String>();
    Some(Shortfall {
        system: system.as_str().to_owned(),
        platform: Some(format!("{platform}{}", further.unwrap_or_default())),
        seal_code: one
            .seal_code
            .and_then(|code| protocol::SealCode::parse(&code).ok())
            .map(|code| code.to_string()),
        code: one.code.parse::<Code>().ok()?.text().to_owned(),
        message: plain(one.message),
        retryable: one.retryable,
        retry_after_ms: one.retry_after_ms,
        upstream: None,
    })
}

/// Where a seal comes from, as the platform says; that it comes from the platform itself is known.
fn source(platform: &AppId, told: &[SealSource], code: &str) -> SealSource {
    let told = told.iter().find(|one| one.seal_code == code);
    let system = told.and_then(|one| AppId::parse(&one.system).ok());
    let further = told.map(|one| one.platforms.as_slice()).unwrap_or_default();
    let further = further.iter().take(8).filter_map(|id| AppId::parse(id).ok());
    SealSource {
        seal_code: code.to_owned(),
        system: system.map(|id| id.as_str().to_owned()).unwrap_or_default(),
        platforms: std::iter::once(platform.clone())
            .chain(further)
            .map(|id| id.as_str().to_owned())
            .collect(),
    }
}

fn wrong(zh: &str, en: &str) -> ApiError {
    ApiError::explained(Code::SealSystemAnswerWrong, zh, en)
}

/// Checks one entry.
fn checked(
    entry: SealInfo,
    request: &SealQueryRequest,
    spaces: &[String],
    makers: &[Certificate],
    now: Timestamp,
) -> Result<Foreign, ApiError> {
    if !spaces.iter().any(|space| space == entry.seal_code.system()) {
        return Err(wrong("印章不在该平台的编码空间内", "the seal is outside of the platform's code spaces"));
    }
    if entry.cert_type == CertType::Ukey {
        let (zh, en) = ("UKey 印章不跨平台使用", "UKey seals are not used across platforms");
        return Err(ApiError::explained(Code::StateForbids, zh, en));
    }
    let asked = request.seal_type.admits(entry.seal_type) && request.cert_type().admits(entry.cert_type);
    if !asked || entry.seal_type.owner() != entry.seal_relate_type {
        return Err(wrong("返回了未请求的印章", "it returned a seal that was not asked for"));
    }
    let checked = check::foreign(&entry, makers, now)?;
    let owner = owner(&entry, request, &checked)?;
    Ok(Foreign { entry, checked, owner })
}

/// The owner's number: the one that was asked for, which the certificate must not contradict.
fn owner(entry: &SealInfo, request: &SealQueryRequest, checked: &Checked) -> Result<String, ApiError> {
    let other = || wrong("返回了其他所有者的印章", "it returned a seal of another owner");
    let identities = &checked.certificate.extensions.identities;
    let named = |kind: IdentityKind| {
        identities.iter().filter(move |one| one.kind == kind).find_map(|one| one.text().map(str::to_owned))
    };
    if entry.seal_relate_type == OwnerKind::Person {
        let card = request.id_card.as_ref().ok_or_else(other)?;
        let same = named(IdentityKind::Person).is_none_or(|number| number == card.as_str());
        return if same { Ok(card.as_str().to_owned()) } else { Err(other()) };
    }
    let own = named(IdentityKind::Organization);
    let agrees = |number: &str| {
        request.org_code.matches(number)
            || matches!(&request.org_code, OrgCode::Credit(code) if code.organisation() == number)
    };
    if own.as_deref().is_some_and(|number| !agrees(number)) {
        return Err(other());
    }
    match (&request.org_code, own) {
        (OrgCode::Credit(code), _) => Ok(code.as_str().to_owned()),
        // The nine characters were asked for: the certificate tells the eighteen, or the code stays what it is.
        (OrgCode::Legacy(code), own) => Ok(own.unwrap_or_else(|| code.as_str().to_owned())),
    }
}
