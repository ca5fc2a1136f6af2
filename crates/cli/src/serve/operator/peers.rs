//! Other platforms: their root keys, what they may answer for, their trust lists.

use crypto::VerifyingKey;
use jiff::Timestamp;
use platform::federation::{self, NewPeer, PeerView, Refreshed};
use platform::onboarding::NewSystem;
use platform::routing::Routes;
use protocol::wire::key_id;
use protocol::{Clock, Uscc};
use storage::platform::systems::SystemState;

use super::args::LookArgs;
use super::peer_args::{PeerAddArgs, PeerChangeArgs, PeerRefreshArgs};
use super::systems::{grants, word};
use super::{app_id, desk, look, told};
use crate::keys::public_key;
use crate::outcome::{About, End, Failure, Outcome};

/// Adds a platform.
pub(super) async fn add(args: &PeerAddArgs) -> Outcome {
    let uscc = Uscc::parse(&args.uscc).map_err(|fault| {
        Failure::new(format!("--uscc: {} {}", fault.zh, fault.en))
            .hint("18 characters, the last one checks the others")
    })?;
    let root: VerifyingKey = public_key(&args.root_key)?;
    let new = NewPeer {
        system: NewSystem {
            app_id: app_id(&args.app_id)?,
            code: args.code.clone(),
            name: args.name.clone(),
            uscc,
            base_url: Some(args.base_url.clone()),
            dest_host: None,
            personal_data: args.personal_data,
            grants: grants(&args.lists)?,
        },
        root_spki: root.spki_der().to_vec(),
        fingerprint: args.fingerprint.replace([':', ' '], ""),
        code_spaces: args.spaces.code_spaces.clone(),
        accept_anchors: args.spaces.accept_anchors,
    };
    let context = desk(&args.desk.site.config).await?;
    told(federation::add_peer(&context, &new, &args.desk.actor).await).map_err(|failure| {
        if key_id(&root).eq_ignore_ascii_case(&new.fingerprint) {
            failure
        } else {
            failure.hint(format!("the key in the file has the fingerprint {}", key_id(&root)))
        }
    })?;
    say!("已登记平台 platform added: {} {}", new.system.app_id, new.system.name);
    say!(
        "下一步 next: operator peer-refresh --app-id {}, 再由另一名管理员 then another administrator: \
          set-state --state online",
        args.app_id
    );
    Ok(End::Good)
}

/// Changes what a platform may answer for.
pub(super) async fn change(args: &PeerChangeArgs) -> Outcome {
    let context = desk(&args.desk.site.config).await?;
    let what = (args.spaces.code_spaces.as_slice(), args.spaces.accept_anchors);
    told(federation::change_peer(&context, &app_id(&args.app_id)?, what, &args.desk.actor).await)?;
    say!("已更改 changed: {}: {}", args.app_id, args.spaces.code_spaces.join(" "));
    Ok(End::Good)
}

/// Fetches a platform's list now: ends 0 when it is in force, 1 when it was refused.
pub(super) async fn refresh(args: &PeerRefreshArgs) -> Outcome {
    let context = desk(&args.look.site.config).await?;
    let routes = Routes::new(&context).about("routes")?;
    let refreshed = told(federation::refresh(&context, &routes, &app_id(&args.app_id)?).await)?;
    let (end, number, cause) = match &refreshed {
        Refreshed::Stored(number) => (End::Good, Some(*number), None),
        Refreshed::Refused(cause) => (End::Bad, None, Some(cause.as_str())),
    };
    if args.look.json {
        say!("{}", serde_json::json!({ "appId": args.app_id, "sequence": number, "refused": cause }));
    } else if let Some(number) = number {
        say!("信任列表有效 list in force: {} 序号 number {number}", args.app_id);
    } else {
        say!("信任列表未采信 list refused: {}: {}", args.app_id, cause.unwrap_or_default());
        say!("hint: what was believed before stays in force until its own end; `operator peers` shows it");
    }
    Ok(end)
}

/// Lists the platforms.
pub(super) async fn list(args: &LookArgs) -> Outcome {
    let database = look(&args.site.config).await?;
    let now: Timestamp = Clock::system().now();
    let mut tx = database.read().await.about("database")?;
    let views = told(federation::views(&mut tx, now).await)?;
    tx.commit().await.about("database")?;
    if args.json {
        say!("{}", serde_json::to_string(&views).about("list")?);
        return Ok(End::Good);
    }
    say!("其他平台 other platforms: {}", views.len());
    for view in &views {
        print(view);
    }
    Ok(End::Good)
}

fn print(view: &PeerView) {
    let state = SystemState::try_from(view.state.to_owned()).map_or("", word);
    say!("  {} {} {state} {}", view.app_id, view.name, view.state);
    say!("      根公钥 root key SM3 {}", view.root);
    say!(
        "      编码空间 code spaces: 可应答 answers for [{}], 已接受 accepted [{}]",
        view.code_spaces.join(" "),
        view.accepted.join(" ")
    );
    let force = if view.in_force { "有效 in force" } else { "无效 NOT in force" };
    let number = view.sequence.map_or_else(|| "-".to_owned(), |number| number.to_string());
    let until = view.list_until.as_deref().unwrap_or("-");
    say!("      信任列表 trust list: {force}, 序号 number {number}, 至 until {until}");
    let trusted = if view.accept_anchors { "采信 trusted" } else { "不采信 not trusted" };
    say!("      其证书 the certificates that it vouches for: {trusted}");
    let followed = view.followed_at.as_deref().unwrap_or("尚未 not yet");
    say!("      印章状态最近同步 states of its seals last read: {followed}");
    if let Some(fault) = &view.follow_fault {
        say!("      印章状态同步失败 they cannot be read: {fault}");
    }
    if let Some(fault) = &view.fault {
        say!("      最近一次获取失败 the last fetch failed: {fault}");
    }
}
