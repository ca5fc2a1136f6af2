//! Access systems: registering them, what they are granted, whether they are live.

use std::path::Path;

use formats::x509::{Certificate, pem_blocks};
use http_server::Fingerprint;
use platform::config::Way;
use platform::onboarding::{self, Grants, NewSystem};
use protocol::{ENDPOINTS, Uscc};
use storage::platform::systems::SystemState;

use super::args::{AddSystemArgs, GrantArgs, Lists, SetStateArgs};
use super::{app_id, desk, told};
use crate::outcome::{About, End, Failure, Outcome};

/// Stands for every interface.
pub(super) const ALL: &str = "all";
/// Largest certificate file, in bytes.
const MAX_CERTIFICATE: u64 = 1 << 20;

/// Registers a system.
pub(super) async fn add(args: &AddSystemArgs) -> Outcome {
    let uscc = Uscc::parse(&args.uscc).map_err(|fault| {
        Failure::new(format!("--uscc: {} {}", fault.zh, fault.en))
            .hint("18 characters, the last one checks the others")
    })?;
    let new = NewSystem {
        app_id: app_id(&args.app_id)?,
        code: args.code.clone(),
        name: args.name.clone(),
        uscc,
        base_url: args.base_url.clone(),
        dest_host: args.dest_host.clone(),
        personal_data: args.personal_data,
        grants: grants(&args.lists)?,
    };
    let context = desk(&args.desk.site.config).await?;
    told(onboarding::register_system(&context, &new, &args.desk.actor).await)?;
    say!("已登记系统 system registered: {} {} ({})", new.app_id, new.name, new.code);
    if new.grants.addresses.is_empty() {
        say!(
            "hint: 未授权任何地址，不能调用 no address is granted, it cannot call: operator grant --address …"
        );
    }
    if new.grants.interfaces.is_empty() {
        say!(
            "hint: 未授权任何接口，不能调用 no interface is granted, it cannot call: operator grant --interface …"
        );
    }
    if context.config.onboarding.way == Way::Short {
        say!("下一步 next: operator add-key, approve-key; another administrator: set-state --state online");
    } else {
        say!(
            "下一步 next: operator add-document, set-state --state realname-submitted; `operator show-system` shows what is lacking"
        );
    }
    Ok(End::Good)
}

/// Adds grants or takes them.
pub(super) async fn grant(args: &GrantArgs) -> Outcome {
    let given = grants(&args.lists)?;
    if given == Grants::default() {
        return Err(Failure::new("没有给出授权 no grant given")
            .hint("--address, --interface, --redirect, --consent-host and --client-certificate name them"));
    }
    let none = Grants::default();
    let change = if args.remove { (&none, &given) } else { (&given, &none) };
    let context = desk(&args.desk.site.config).await?;
    told(onboarding::change_grants(&context, &app_id(&args.app_id)?, change, &args.desk.actor).await)?;
    let what = if args.remove { "已收回授权 grants taken" } else { "已授权 granted" };
    say!("{what}: {}", args.app_id);
    Ok(End::Good)
}

pub(super) fn grants(lists: &Lists) -> Outcome<Grants> {
    let all = lists.interface.iter().any(|name| name == ALL);
    let every = || ENDPOINTS.iter().map(|endpoint| endpoint.name.to_owned()).collect();
    Ok(Grants {
        addresses: lists.address.clone(),
        interfaces: if all { every() } else { lists.interface.clone() },
        redirects: lists.redirect.clone(),
        consent_hosts: lists.consent_host.clone(),
        client_certificates: lists
            .client_certificate
            .iter()
            .map(|one| fingerprint(one))
            .collect::<Outcome<_>>()?,
    })
}

/// The fingerprint of a certificate in a file, or one that was written down.
fn fingerprint(text: &str) -> Outcome<String> {
    if let Ok(print) = text.parse::<Fingerprint>() {
        return Ok(print.to_string());
    }
    let bytes = crate::keys::read_file(Path::new(text), MAX_CERTIFICATE)?;
    let der = if bytes.starts_with(b"-----") {
        let blocks = pem_blocks(&bytes).about(text)?;
        let first = blocks.into_iter().find(|block| block.label == "CERTIFICATE");
        first
            .map(|block| block.der)
            .ok_or_else(|| Failure::new(format!("{text}: 没有证书 no certificate in it")))?
    } else {
        bytes
    };
    Certificate::from_der(&der).about(text)?;
    Ok(Fingerprint::of(&der).to_string())
}

/// Moves a system to another state.
pub(super) async fn set_state(args: &SetStateArgs) -> Outcome {
    let state = SystemState::try_from(args.state.clone()).map_err(|_| {
        Failure::new(format!("{}: 没有这个状态 no such state", args.state)).hint(
            "registered, realname-submitted, verified, applied, rejected, approved, sandbox, conformance-passed, \
             online, suspended, offline",
        )
    })?;
    let context = desk(&args.desk.site.config).await?;
    let by = (args.desk.actor.as_str(), args.reason.as_deref());
    let went = told(onboarding::set_state(&context, &app_id(&args.app_id)?, state, by).await)?;
    let done = format!("状态已更改 state changed: {} → {} {}", args.app_id, word(state), state.as_str());
    super::join::progress(&went, &done);
    Ok(End::Good)
}

/// A state in Chinese.
pub(super) fn word(state: SystemState) -> &'static str {
    match state {
        SystemState::Registered => "已登记",
        SystemState::RealnameSubmitted => "实名已提交",
        SystemState::Verified => "实名已核验",
        SystemState::Applied => "已申请接入",
        SystemState::Rejected => "已退回",
        SystemState::Approved => "已批准",
        SystemState::Sandbox => "联调中",
        SystemState::ConformancePassed => "已通过符合性测试",
        SystemState::Online => "已上线",
        SystemState::Suspended => "已暂停",
        SystemState::Offline => "已下线",
    }
}
