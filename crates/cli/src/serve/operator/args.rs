//! Options of `sealbridge operator`.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use super::growing::ForgetArgs;
use super::join_args::{
    AddDocumentArgs, ApplyArgs, NoticesArgs, ReadDocumentArgs, ReconcileArgs, RefuseReviewArgs, ResendArgs,
    RetireKeyArgs, SealOrderArgs, SealStateArgs, ShowSystemArgs, UnsubscribeArgs, WithdrawDocumentArgs,
};
use super::peer_args::{PeerAddArgs, PeerChangeArgs, PeerRefreshArgs};
use super::route_args::{
    EndpointAddArgs, EndpointArgs, EndpointDrainArgs, ExplainRouteArgs, MaintenanceOffArgs, MaintenanceOnArgs,
};
use crate::args::PasswordArgs;

/// What the operator does at the platform's database.
#[derive(Debug, Subcommand)]
pub(crate) enum OperatorVerb {
    /// 登记系统 · Register an access system; it is not live yet
    AddSystem(AddSystemArgs),
    /// 更改授权 · Grant a system more, or take grants from it
    Grant(GrantArgs),
    /// 出具质询 · A text for the holder of a system's new key to sign (see `sealbridge prove`)
    Challenge(ChallengeArgs),
    /// 登记密钥 · Register a key of a system with proof that its holder has it; another administrator approves it
    AddKey(AddKeyArgs),
    /// 批准密钥 · Put a registered key in force
    ApproveKey(KeyArgs),
    /// 轮换密钥 · Let a key end that another has followed
    RetireKey(RetireKeyArgs),
    /// 吊销密钥 · Revoke a key at once
    RevokeKey(RevokeKeyArgs),
    /// 加入信任 · Put a certificate on the trust list
    TrustAdd(TrustAddArgs),
    /// 移出信任 · Take a certificate off the trust list
    TrustRemove(TrustRemoveArgs),
    /// 更改系统状态 · Move a system to another state; approving it and putting it live take two administrators
    SetState(SetStateArgs),
    /// 提交申请 · Hand in a system's application for access
    Apply(Box<ApplyArgs>),
    /// 登记材料 · Enter a document of a system, with its end
    AddDocument(Box<AddDocumentArgs>),
    /// 撤回材料 · Take a document back and erase its content
    WithdrawDocument(WithdrawDocumentArgs),
    /// 读取材料 · Write a document to a file; the evidence log keeps who read it
    ReadDocument(ReadDocumentArgs),
    /// 系统档案 · One system: its state and next steps, application, documents, reviews, history
    ShowSystem(ShowSystemArgs),
    /// 待复核 · What waits for a second administrator
    Reviews(LookArgs),
    /// 否决 · Refuse what waits for a second administrator
    RefuseReview(RefuseReviewArgs),
    /// 强制停用印章 · Disable a seal by order and hold it; takes two administrators
    DisableSeal(SealOrderArgs),
    /// 解除强制停用 · Lift that; the seal stays disabled until its system enables it
    ReleaseSeal(SealOrderArgs),
    /// 印章状态 · How a seal stood at a time, and its history: ends 0 usable, 1 not
    SealState(SealStateArgs),
    /// 订阅变更 · Call a system when something changes that it may see
    Subscribe(EndpointArgs),
    /// 退订 · Call it no more
    Unsubscribe(UnsubscribeArgs),
    /// 通知记录 · What a subscriber was told, with every try: ends 1 when something could not be told
    Notices(NoticesArgs),
    /// 重发 · Tell something again
    Resend(ResendArgs),
    /// 对账 · Compare a system's own list of seals with the platform's: ends 0 when nothing differs, else 1
    Reconcile(ReconcileArgs),
    /// 增加地址 · Add an address to a system
    EndpointAdd(EndpointAddArgs),
    /// 删除地址 · Remove an address from a system
    EndpointRemove(EndpointArgs),
    /// 排空地址 · Give an address no new calls
    EndpointDrain(EndpointDrainArgs),
    /// 恢复地址 · Take a drained address back into service
    EndpointUndrain(EndpointArgs),
    /// 维护公告 · Announce maintenance of a system, or of the platform itself: callers are told 90001 and the reason
    MaintenanceOn(MaintenanceOnArgs),
    /// 结束维护 · End maintenance
    MaintenanceOff(MaintenanceOffArgs),
    /// 解释路由 · Tell how a call would find its way to a seal or a system, and why; nothing is sent but a probe
    ExplainRoute(ExplainRouteArgs),
    /// 登记其他平台 · Add another platform by its root key; its seals can be used here once it is live
    PeerAdd(Box<PeerAddArgs>),
    /// 更改其他平台 · Change what another platform may answer for
    PeerChange(PeerChangeArgs),
    /// 获取信任列表 · Fetch another platform's trust list now: ends 0 in force, 1 refused
    PeerRefresh(PeerRefreshArgs),
    /// 其他平台列表 · Other platforms, their code spaces and trust lists
    Peers(LookArgs),
    /// 列表 · Systems with their keys and grants, the trust list, the platform's keys
    List(LookArgs),
    /// 复核存证 · Recompute the evidence log: ends 0 whole, 1 not whole
    Audit(LookArgs),
    /// 分区 · The tables that grow, and their partitions (PostgreSQL)
    Partitions(LookArgs),
    /// 到期移出 · Take out what is older than its retention: the beginning of the evidence log, or sharing records
    Forget(ForgetArgs),
    /// 平台公钥 · Print a public key of the platform (PEM), for those who connect to it
    PublicKey(PublicKeyArgs),
}

/// Which platform.
#[derive(Debug, Args)]
pub(crate) struct SiteArgs {
    /// The platform's configuration (TOML)
    #[arg(long, value_name = "FILE")]
    pub(crate) config: PathBuf,
}

/// Which platform, and who acts.
#[derive(Debug, Args)]
pub(crate) struct DeskArgs {
    #[command(flatten)]
    pub(crate) site: SiteArgs,
    /// The administrator who does this; the evidence log keeps the name
    #[arg(long = "as", value_name = "NAME", value_parser = name)]
    pub(crate) actor: String,
}

/// A name that is not empty.
fn name(text: &str) -> Result<String, String> {
    let text = text.trim();
    let good = !text.is_empty() && text.chars().count() <= 64 && !text.chars().any(char::is_control);
    if good { Ok(text.to_owned()) } else { Err("1 to 64 characters".to_owned()) }
}

/// What a system may be granted; each option may be given several times.
#[derive(Debug, Args)]
pub(crate) struct Lists {
    /// An address or network it calls from, such as 192.0.2.0/24
    #[arg(long, value_name = "ADDRESS")]
    pub(crate) address: Vec<String>,
    /// An interface it may call, by its name in the OpenAPI document; `all` for every one
    #[arg(long, value_name = "NAME")]
    pub(crate) interface: Vec<String>,
    /// A prefix of the addresses to which it sends signers back, ending in a slash
    #[arg(long, value_name = "URL")]
    pub(crate) redirect: Vec<String>,
    /// A host (with port, where there is one) of its consent pages
    #[arg(long, value_name = "HOST")]
    pub(crate) consent_host: Vec<String>,
    /// A TLS certificate (PEM or DER) without which it may not call, or its SHA-256 fingerprint
    #[arg(long, value_name = "FILE|SHA256")]
    pub(crate) client_certificate: Vec<String>,
}

/// Options of `operator add-system`.
#[derive(Debug, Args)]
pub(crate) struct AddSystemArgs {
    #[command(flatten)]
    pub(crate) desk: DeskArgs,
    /// Its id
    #[arg(long, value_name = "ID")]
    pub(crate) app_id: String,
    /// Four digits or capital letters that stand for it in seal codes
    #[arg(long)]
    pub(crate) code: String,
    /// Its name
    #[arg(long)]
    pub(crate) name: String,
    /// The unified social credit code (统一社会信用代码) of its organisation
    #[arg(long, value_name = "CODE")]
    pub(crate) uscc: String,
    /// Where it serves the interfaces of a seal system; without it the system only asks
    #[arg(long, value_name = "URL")]
    pub(crate) base_url: Option<String>,
    /// Where the clients of its UKey seals are sent (destHost)
    #[arg(long, value_name = "URL")]
    pub(crate) dest_host: Option<String>,
    /// It may be given personal data unmasked
    #[arg(long)]
    pub(crate) personal_data: bool,
    #[command(flatten)]
    pub(crate) lists: Lists,
}

/// Options of `operator grant`.
#[derive(Debug, Args)]
pub(crate) struct GrantArgs {
    #[command(flatten)]
    pub(crate) desk: DeskArgs,
    /// The system
    #[arg(long, value_name = "ID")]
    pub(crate) app_id: String,
    /// Take these grants from it instead of adding them
    #[arg(long)]
    pub(crate) remove: bool,
    #[command(flatten)]
    pub(crate) lists: Lists,
}

/// Options of `operator challenge`.
#[derive(Debug, Args)]
pub(crate) struct ChallengeArgs {
    #[command(flatten)]
    pub(crate) site: SiteArgs,
    /// The system whose key is to be registered
    #[arg(long, value_name = "ID")]
    pub(crate) app_id: String,
    /// Where the text goes; standard output when it is not given
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
}

/// Options of `operator add-key`.
#[derive(Debug, Args)]
#[command(group = clap::ArgGroup::new("material").required(true).args(["cert", "public_key", "pkcs12"]))]
pub(crate) struct AddKeyArgs {
    #[command(flatten)]
    pub(crate) desk: DeskArgs,
    /// Whose key it is
    #[arg(long, value_name = "ID")]
    pub(crate) app_id: String,
    /// Its certificate (PEM or DER)
    #[arg(long, value_name = "CERT", requires_all = ["challenge", "proof"])]
    pub(crate) cert: Option<PathBuf>,
    /// The bare public key (PEM or DER)
    #[arg(long, value_name = "FILE", requires_all = ["challenge", "proof"])]
    pub(crate) public_key: Option<PathBuf>,
    /// The challenge that was given out
    #[arg(long, value_name = "FILE")]
    pub(crate) challenge: Option<PathBuf>,
    /// The key's SM2 signature of the challenge's bytes (DER, or Base64 of it)
    #[arg(long, value_name = "FILE")]
    pub(crate) proof: Option<PathBuf>,
    /// For systems on this machine: key and certificate; the challenge is made and signed at once
    #[arg(long, value_name = "FILE.p12", conflicts_with_all = ["challenge", "proof"])]
    pub(crate) pkcs12: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) password: PasswordArgs,
    /// Days the key may be used, from now; never longer than its certificate
    #[arg(long, default_value_t = 365)]
    pub(crate) days: u32,
}

/// Options of `operator approve-key`.
#[derive(Debug, Args)]
pub(crate) struct KeyArgs {
    #[command(flatten)]
    pub(crate) desk: DeskArgs,
    /// The key's id, as `add-key` printed it
    #[arg(long, value_name = "ID")]
    pub(crate) key: String,
}

/// Options of `operator revoke-key`.
#[derive(Debug, Args)]
pub(crate) struct RevokeKeyArgs {
    #[command(flatten)]
    pub(crate) key: KeyArgs,
    /// Why
    #[arg(long, value_name = "TEXT")]
    pub(crate) reason: String,
}

/// What a certificate is trusted for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum PurposeArg {
    /// 根证书
    Root,
    /// 中级证书
    Intermediate,
    /// 制章人, of one system
    Maker,
    /// 时间戳服务
    TimeStamp,
}

/// Options of `operator trust-add`.
#[derive(Debug, Args)]
pub(crate) struct TrustAddArgs {
    #[command(flatten)]
    pub(crate) desk: DeskArgs,
    /// What for
    #[arg(long = "for", value_enum, value_name = "PURPOSE")]
    pub(crate) purpose: PurposeArg,
    /// The certificate (PEM or DER)
    #[arg(long, value_name = "CERT")]
    pub(crate) cert: PathBuf,
    /// The system whose seals it makes, for a maker
    #[arg(long, value_name = "ID", required_if_eq("purpose", "maker"))]
    pub(crate) app_id: Option<String>,
}

/// Options of `operator trust-remove`.
#[derive(Debug, Args)]
pub(crate) struct TrustRemoveArgs {
    #[command(flatten)]
    pub(crate) desk: DeskArgs,
    /// What it was trusted for
    #[arg(long = "for", value_enum, value_name = "PURPOSE")]
    pub(crate) purpose: PurposeArg,
    /// SM3 of the certificate, as `list` prints it
    #[arg(long, value_name = "HEX")]
    pub(crate) sm3: String,
    /// The system whose seals it makes, for a maker
    #[arg(long, value_name = "ID", required_if_eq("purpose", "maker"))]
    pub(crate) app_id: Option<String>,
}

/// Options of `operator set-state`.
#[derive(Debug, Args)]
pub(crate) struct SetStateArgs {
    #[command(flatten)]
    pub(crate) desk: DeskArgs,
    /// The system
    #[arg(long, value_name = "ID")]
    pub(crate) app_id: String,
    /// The new state: online, suspended, offline (for good), sandbox, approved, …
    #[arg(long, value_name = "STATE")]
    pub(crate) state: String,
    /// Why
    #[arg(long, value_name = "TEXT")]
    pub(crate) reason: Option<String>,
}

/// Options of verbs that only look.
#[derive(Debug, Args)]
pub(crate) struct LookArgs {
    #[command(flatten)]
    pub(crate) site: SiteArgs,
    /// One JSON object
    #[arg(long)]
    pub(crate) json: bool,
}

/// Which key of the platform.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum PlatformKeyArg {
    /// 签名密钥: signs answers and requests
    Signing,
    /// 根密钥: signs the list of the platform's keys
    Root,
}

/// Options of `operator public-key`.
#[derive(Debug, Args)]
pub(crate) struct PublicKeyArgs {
    #[command(flatten)]
    pub(crate) site: SiteArgs,
    /// Which key
    #[arg(value_enum, default_value_t = PlatformKeyArg::Signing)]
    pub(crate) key: PlatformKeyArg,
}
