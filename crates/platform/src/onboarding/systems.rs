//! Registering systems, and what they are granted.

use http_server::Fingerprint;
use protocol::lists::SealType;
use protocol::{ApiError, AppId, Code, SealCode, Uscc};
use serde::Serialize;
use storage::platform::systems::{self, GrantKind, System, SystemState};

use crate::context::Context;
use crate::evidence::{self, Event, Kind};
use crate::failure::Outcome;
use crate::gateway::AddressRange;
use crate::routing::ConsentHost;

/// What a system is allowed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Grants {
    /// Addresses and networks it may call from; none means that it cannot call at all.
    pub addresses: Vec<String>,
    /// Names of the interfaces it may call.
    pub interfaces: Vec<String>,
    /// Prefixes of addresses that its `redirectUrl` may have, each ending in a slash.
    pub redirects: Vec<String>,
    /// Hosts (with port, where there is one) of the consent pages it may hand out (`authUrl`).
    pub consent_hosts: Vec<String>,
    /// SHA-256 fingerprints (64 lower hexadecimal digits) of its TLS certificates; with any, it has to show one.
    pub client_certificates: Vec<String>,
}

/// A system about to be registered.
#[derive(Debug, Clone)]
pub struct NewSystem {
    /// Its appId.
    pub app_id: AppId,
    /// Four digits or capital letters that stand for it in seal codes.
    pub code: String,
    /// Its name.
    pub name: String,
    /// The credit code of its organisation.
    pub uscc: Uscc,
    /// Where it serves the interfaces of a seal system; `None` for one that only asks.
    pub base_url: Option<String>,
    /// `destHost` of table 7: where the clients of its UKey seals are sent.
    pub dest_host: Option<String>,
    /// Whether it may be given personal data unmasked.
    pub personal_data: bool,
    /// What it is allowed.
    pub grants: Grants,
}

pub(super) fn contradiction(zh: &str, en: &str) -> ApiError {
    ApiError::explained(Code::Contradiction, zh, en)
}

/// Registers a system. It is not live until [`super::set_state`] says so, and cannot call without a key.
///
/// # Errors
/// 20002 for a value out of form, 20004 when the appId or the code is taken.
pub async fn register_system(context: &Context, new: &NewSystem, actor: &str) -> Outcome<()> {
    check(new)?;
    let at = context.now();
    let row = System {
        app_id: new.app_id.as_str().to_owned(),
        code: new.code.clone(),
        name: new.name.clone(),
        uscc: new.uscc.as_str().to_owned(),
        state: SystemState::Registered,
        base_url: new.base_url.as_ref().map(|url| url.trim_end_matches('/').to_owned()),
        dest_host: new.dest_host.clone(),
        plat_name: Some(new.name.clone()),
        personal_data: new.personal_data,
        version: 1,
        created_at: at.as_millisecond(),
        changed_at: at.as_millisecond(),
    };
    let detail = serde_json::json!({
        "actor": actor, "code": new.code, "name": new.name, "uscc": new.uscc.as_str(),
        "baseUrl": row.base_url, "personalData": new.personal_data, "grants": new.grants,
    });
    let event = Event::new(Kind::SystemRegistered, at, "", new.app_id.as_str(), &detail)?;
    let mut tx = context.database.begin().await?;
    crate::federation::refuse_taken_code(&mut tx, &new.code).await?;
    if !systems::insert(&mut tx, &row, actor).await? {
        return Err(contradiction("appId 或系统代码已被使用", "the appId or the system code is taken").into());
    }
    for (kind, value) in entries(&new.grants) {
        systems::grant(&mut tx, new.app_id.as_str(), kind, value).await?;
    }
    evidence::append(&mut tx, &event).await?;
    Ok(tx.commit().await?)
}

fn check(new: &NewSystem) -> Result<(), ApiError> {
    let owner = Some(&new.uscc);
    let parts = protocol::SealCodeParts { owner, system: &new.code, seal_type: SealType::Legal, sequence: 1 };
    SealCode::compose(&parts).map_err(|_| {
        ApiError::explained(
            Code::Malformed,
            "系统代码应为 4 位数字或大写字母",
            "the system code is four digits or capital letters",
        )
    })?;
    if let Some(url) = &new.base_url {
        crate::routing::check_base_url(url)?;
    }
    check_grants(&new.grants)
}

fn check_grants(grants: &Grants) -> Result<(), ApiError> {
    let malformed = |zh: &str, en: &str| ApiError::explained(Code::Malformed, zh, en);
    for address in &grants.addresses {
        address
            .parse::<AddressRange>()
            .map_err(|_| malformed("地址白名单格式错误", "an address of the list is malformed"))?;
    }
    check_interfaces(&grants.interfaces)?;
    for prefix in &grants.redirects {
        crate::consent::check_redirect_prefix(prefix)?;
    }
    for host in &grants.consent_hosts {
        host.parse::<ConsentHost>()
            .map_err(|_| malformed("意愿认证主机格式错误", "a consent host is malformed"))?;
    }
    for print in &grants.client_certificates {
        let read = print.parse::<Fingerprint>().ok();
        // In one form only, so that it can be taken back as it was given.
        if read.is_none_or(|read| read.to_string() != *print) {
            return Err(malformed(
                "TLS 证书指纹应为 64 位小写十六进制",
                "a TLS fingerprint is 64 lower hexadecimal digits",
            ));
        }
    }
    Ok(())
}

/// Every name is one of an interface.
pub(super) fn check_interfaces(names: &[String]) -> Result<(), ApiError> {
    let known = |name: &String| protocol::ENDPOINTS.iter().any(|endpoint| endpoint.name == name);
    if names.iter().all(known) {
        return Ok(());
    }
    Err(ApiError::explained(Code::NotInList, "没有这个接口", "there is no such interface"))
}

fn entries(grants: &Grants) -> Vec<(GrantKind, &str)> {
    let lists = [
        (GrantKind::Address, &grants.addresses),
        (GrantKind::Interface, &grants.interfaces),
        (GrantKind::RedirectHost, &grants.redirects),
        (GrantKind::ConsentHost, &grants.consent_hosts),
        (GrantKind::ClientCertificate, &grants.client_certificates),
    ];
    lists
        .into_iter()
        .flat_map(|(kind, values)| values.iter().map(move |value| (kind, value.as_str())))
        .collect()
}

/// Adds to and takes from a system's allow-lists.
///
/// # Errors
/// 20002 or 20003 for an entry out of form, 10001 when there is no such system.
pub async fn change_grants(
    context: &Context,
    app_id: &AppId,
    (add, remove): (&Grants, &Grants),
    actor: &str,
) -> Outcome<()> {
    check_grants(add)?;
    let detail = serde_json::json!({ "actor": actor, "added": add, "removed": remove });
    let event = Event::new(Kind::SystemGrants, context.now(), "", app_id.as_str(), &detail)?;
    let mut tx = context.database.begin().await?;
    systems::find(&mut tx, app_id.as_str()).await?.ok_or_else(|| ApiError::new(Code::UnknownCaller))?;
    for (kind, value) in entries(add) {
        systems::grant(&mut tx, app_id.as_str(), kind, value).await?;
    }
    for (kind, value) in entries(remove) {
        systems::withdraw(&mut tx, app_id.as_str(), kind, value).await?;
    }
    evidence::append(&mut tx, &event).await?;
    Ok(tx.commit().await?)
}
