//! What there is: systems with keys and grants, the trust list, the platform's own keys.

use formats::x509::Certificate;
use jiff::Timestamp;
use serde::Serialize;
use storage::Tx;
use storage::platform::endpoints::{self, EndpointRow};
use storage::platform::system_keys::{self, KeyState, SystemKey};
use storage::platform::systems::{self, Grant, SystemState};
use storage::platform::trust::Purpose;

use super::args::LookArgs;
use super::{look, systems::word as state_word, trust::word as purpose_word};
use crate::outcome::{About, End, Outcome};

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Listing {
    systems: Vec<System>,
    trust: Vec<Trusted>,
    platform_keys: Vec<PlatformKey>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct System {
    app_id: String,
    code: String,
    name: String,
    uscc: String,
    state: &'static str,
    #[serde(skip)]
    word: &'static str,
    base_url: Option<String>,
    /// Every address, by priority.
    endpoints: Vec<EndpointLine>,
    personal_data: bool,
    grants: Vec<GrantLine>,
    keys: Vec<Key>,
}

#[derive(Serialize)]
struct GrantLine {
    kind: &'static str,
    value: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Key {
    #[serde(rename = "keyId")]
    id: String,
    state: &'static str,
    #[serde(skip)]
    word: &'static str,
    not_before: String,
    not_after: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Trusted {
    purpose: &'static str,
    #[serde(skip)]
    word: &'static str,
    app_id: Option<String>,
    subject: String,
    not_after: Option<String>,
    sm3: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct EndpointLine {
    base_url: String,
    priority: i64,
    weight: i64,
    state: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct PlatformKey {
    key_id: String,
    state: &'static str,
    not_after: String,
}

/// Prints the list.
pub(super) async fn list(args: &LookArgs) -> Outcome {
    let database = look(&args.site.config).await?;
    let mut tx = database.read().await.about("database")?;
    let listing = read(&mut tx).await.about("database")?;
    tx.commit().await.about("database")?;
    if args.json {
        say!("{}", serde_json::to_string(&listing).about("list")?);
    } else {
        print(&listing);
    }
    Ok(End::Good)
}

async fn read(tx: &mut Tx) -> storage::Result<Listing> {
    let mut all = Vec::new();
    for row in systems::list(tx).await? {
        let grants = systems::grants(tx, &row.app_id).await?;
        let keys = system_keys::of_system(tx, &row.app_id).await?;
        let addresses = endpoints::of_system(tx, &row.app_id).await?;
        all.push(system((row, addresses), grants, &keys));
    }
    let trust = storage::platform::trust::current(tx).await?;
    let own = storage::platform::keys::list(tx).await?;
    let platform_keys = own.into_iter().map(|key| PlatformKey {
        key_id: key.key_id,
        state: key.state.as_str(),
        not_after: time(key.not_after),
    });
    Ok(Listing {
        systems: all,
        trust: trust.into_iter().map(trusted).collect(),
        platform_keys: platform_keys.collect(),
    })
}

fn system(
    (row, addresses): (systems::System, Vec<EndpointRow>),
    grants: Vec<Grant>,
    keys: &[SystemKey],
) -> System {
    let endpoint = |row: EndpointRow| EndpointLine {
        base_url: row.base_url,
        priority: row.priority,
        weight: row.weight,
        state: row.state.as_str(),
        reason: row.reason,
    };
    let key = |key: &SystemKey| Key {
        id: key.key_id.clone(),
        state: key.state.as_str(),
        word: match key.state {
            KeyState::Pending => "待批准",
            KeyState::Active => "有效",
            KeyState::Revoked => "已吊销",
        },
        not_before: time(key.not_before),
        not_after: time(key.not_after),
    };
    System {
        app_id: row.app_id,
        code: row.code,
        name: row.name,
        uscc: row.uscc,
        state: row.state.as_str(),
        word: state_word(row.state),
        base_url: row.base_url,
        endpoints: addresses.into_iter().map(endpoint).collect(),
        personal_data: row.personal_data,
        grants: grants
            .into_iter()
            .map(|grant| GrantLine { kind: grant.kind.as_str(), value: grant.value })
            .collect(),
        keys: keys.iter().map(key).collect(),
    }
}

fn trusted(row: storage::platform::trust::TrustedCertificate) -> Trusted {
    let certificate = Certificate::from_der(&row.cert).ok();
    let name = certificate.as_ref().and_then(|certificate| certificate.subject.common_name());
    Trusted {
        purpose: row.purpose.as_str(),
        word: purpose_word(row.purpose),
        app_id: (row.purpose == Purpose::Maker).then_some(row.app_id),
        subject: name.unwrap_or("?").to_owned(),
        not_after: certificate.as_ref().map(|certificate| certificate.not_after.to_string()),
        sm3: row.cert_sm3,
    }
}

/// Milliseconds as a time for people and programs.
fn time(millis: i64) -> String {
    Timestamp::from_millisecond(millis).map_or_else(|_| millis.to_string(), |at| at.to_string())
}

fn print(listing: &Listing) {
    say!("系统 systems: {}", listing.systems.len());
    for system in &listing.systems {
        print_system(system);
    }
    say!("信任列表 trust list: {}", listing.trust.len());
    for row in &listing.trust {
        let system = row.app_id.as_deref().map(|id| format!(" ({id})")).unwrap_or_default();
        let until = row.not_after.as_deref().unwrap_or("?");
        say!("  {} {}{system}: {}, 至 until {until}", row.word, row.purpose, row.subject);
        say!("      SM3 {}", row.sm3);
    }
    say!("平台密钥 the platform's keys: {}", listing.platform_keys.len());
    for key in &listing.platform_keys {
        say!("  {} {}, 至 until {}", key.key_id, key.state, key.not_after);
    }
}

fn print_system(system: &System) {
    say!("  {} {} [{}] {} {}", system.app_id, system.name, system.code, system.word, system.state);
    say!("      组织 organisation {}", system.uscc);
    for EndpointLine { base_url, priority, weight, state, reason } in &system.endpoints {
        let word = if *state == "active" { "在用" } else { "已排空" };
        let reason = reason.as_deref().map(|reason| format!(": {reason}")).unwrap_or_default();
        say!(
            "      服务地址 serves at {base_url} 优先级 priority {priority}, 权重 weight {weight}, {word} {state}{reason}"
        );
    }
    if system.personal_data {
        say!("      可获得未脱敏的个人信息 may be given personal data unmasked");
    }
    for grant in &system.grants {
        say!("      授权 granted {} {}", grant.kind, grant.value);
    }
    for key in &system.keys {
        say!("      密钥 key {} {} {}, {} – {}", key.id, key.word, key.state, key.not_before, key.not_after);
    }
    if system.state == SystemState::Online.as_str() && !system.keys.iter().any(|key| key.state == "active") {
        say!(
            "      hint: 没有有效密钥，不能调用 no key in force, it cannot call: operator add-key, approve-key"
        );
    }
}
