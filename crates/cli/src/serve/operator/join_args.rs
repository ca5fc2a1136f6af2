//! Options of the verbs about the way of a system and its documents, and of those that take two administrators.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use storage::platform::documents::DocumentKind;

use super::args::{DeskArgs, LookArgs};

/// Options of `operator apply`.
#[derive(Debug, Args)]
pub(crate) struct ApplyArgs {
    #[command(flatten)]
    pub(crate) desk: DeskArgs,
    /// The system
    #[arg(long, value_name = "ID")]
    pub(crate) app_id: String,
    /// 系统说明 · What the system is and what it is for
    #[arg(long, value_name = "TEXT")]
    pub(crate) description: String,
    /// An interface it wants, by its name in the OpenAPI document; `all` for every one
    #[arg(long, value_name = "NAME", required = true)]
    pub(crate) interface: Vec<String>,
    /// 月签章量 · Signatures it expects in a month
    #[arg(long, value_name = "NUMBER")]
    pub(crate) monthly_volume: Option<u32>,
    /// 接口人 · Who answers questions
    #[arg(long, value_name = "NAME")]
    pub(crate) contact: String,
    /// Telephone of that person
    #[arg(long, value_name = "MOBILE")]
    pub(crate) contact_mobile: String,
    /// 应急联系人 · Whom to reach at any hour
    #[arg(long, value_name = "NAME")]
    pub(crate) emergency: String,
    /// Telephone of that person
    #[arg(long, value_name = "MOBILE")]
    pub(crate) emergency_mobile: String,
}

/// A kind of document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum KindArg {
    /// 营业执照或登记证书
    BusinessLicence,
    /// 法定代表人身份证明与授权委托书
    Authorisation,
    /// 等保三级备案证明与测评报告
    Mlps,
    /// 密评报告
    CryptoAssessment,
    /// 商用密码产品认证证书
    ProductCertificate,
    /// 电子认证服务许可证或合作文件
    CaLicence,
    /// 系统说明与联系人
    Description,
    /// 安全承诺书或接入协议
    Undertaking,
    /// 测试报告
    TestReport,
    /// 其他
    Other,
}

impl From<KindArg> for DocumentKind {
    fn from(kind: KindArg) -> Self {
        match kind {
            KindArg::BusinessLicence => Self::BusinessLicence,
            KindArg::Authorisation => Self::Authorisation,
            KindArg::Mlps => Self::Mlps,
            KindArg::CryptoAssessment => Self::CryptoAssessment,
            KindArg::ProductCertificate => Self::ProductCertificate,
            KindArg::CaLicence => Self::CaLicence,
            KindArg::Description => Self::Description,
            KindArg::Undertaking => Self::Undertaking,
            KindArg::TestReport => Self::TestReport,
            KindArg::Other => Self::Other,
        }
    }
}

/// Options of `operator add-document`.
#[derive(Debug, Args)]
pub(crate) struct AddDocumentArgs {
    #[command(flatten)]
    pub(crate) desk: DeskArgs,
    /// The system
    #[arg(long, value_name = "ID")]
    pub(crate) app_id: String,
    /// What it is; it takes the place of an earlier one of its kind
    #[arg(long, value_enum)]
    pub(crate) kind: KindArg,
    /// The file
    #[arg(long, value_name = "FILE")]
    pub(crate) file: PathBuf,
    /// What it is called; the file's name when it is not given
    #[arg(long, value_name = "TEXT")]
    pub(crate) title: Option<String>,
    /// Who issued it
    #[arg(long, value_name = "TEXT")]
    pub(crate) issuer: String,
    /// First day it is valid (2026-01-31), in Beijing
    #[arg(long, value_name = "DAY")]
    pub(crate) valid_from: Option<jiff::civil::Date>,
    /// Last day it is valid, in Beijing
    #[arg(long, value_name = "DAY")]
    pub(crate) valid_until: Option<jiff::civil::Date>,
}

/// Options of `operator withdraw-document`.
#[derive(Debug, Args)]
pub(crate) struct WithdrawDocumentArgs {
    #[command(flatten)]
    pub(crate) desk: DeskArgs,
    /// The document's id
    #[arg(long, value_name = "ID")]
    pub(crate) document: String,
    /// Why
    #[arg(long, value_name = "TEXT")]
    pub(crate) reason: String,
}

/// Options of `operator read-document`.
#[derive(Debug, Args)]
pub(crate) struct ReadDocumentArgs {
    #[command(flatten)]
    pub(crate) document: WithdrawDocumentArgs,
    /// A new file that only its owner can read
    #[arg(long, value_name = "FILE")]
    pub(crate) out: PathBuf,
}

/// Options of `operator show-system`.
#[derive(Debug, Args)]
pub(crate) struct ShowSystemArgs {
    #[command(flatten)]
    pub(crate) look: LookArgs,
    /// The system
    #[arg(long, value_name = "ID")]
    pub(crate) app_id: String,
}

/// Options of `operator refuse-review`.
#[derive(Debug, Args)]
pub(crate) struct RefuseReviewArgs {
    #[command(flatten)]
    pub(crate) desk: DeskArgs,
    /// The review, as `reviews` lists it
    #[arg(long, value_name = "ID")]
    pub(crate) review: String,
    /// Why
    #[arg(long, value_name = "TEXT")]
    pub(crate) reason: String,
}

/// Options of `operator disable-seal` and `operator release-seal`.
#[derive(Debug, Args)]
pub(crate) struct SealOrderArgs {
    #[command(flatten)]
    pub(crate) desk: DeskArgs,
    /// The seal
    #[arg(long, value_name = "CODE")]
    pub(crate) seal: String,
    /// Why
    #[arg(long, value_name = "TEXT")]
    pub(crate) reason: String,
}

/// Options of `operator seal-state`.
#[derive(Debug, Args)]
pub(crate) struct SealStateArgs {
    #[command(flatten)]
    pub(crate) look: LookArgs,
    /// The seal
    #[arg(long, value_name = "CODE")]
    pub(crate) seal: String,
    /// The time asked about (2026-01-31T08:00:00+08:00); now when it is not given
    #[arg(long, value_name = "TIME")]
    pub(crate) at: Option<jiff::Timestamp>,
}

/// Options of `operator retire-key`.
#[derive(Debug, Args)]
pub(crate) struct RetireKeyArgs {
    #[command(flatten)]
    pub(crate) desk: DeskArgs,
    /// The key's id
    #[arg(long, value_name = "ID")]
    pub(crate) key: String,
    /// Days that it may still be used, while its holder goes over to the new one
    #[arg(long, default_value_t = 7, value_parser = clap::value_parser!(u32).range(0..=366))]
    pub(crate) days: u32,
}

/// Options of `operator unsubscribe`.
#[derive(Debug, Args)]
pub(crate) struct UnsubscribeArgs {
    #[command(flatten)]
    pub(crate) desk: DeskArgs,
    /// The system
    #[arg(long, value_name = "ID")]
    pub(crate) app_id: String,
    /// 暂停 · For now only: what happens meanwhile waits until it subscribes again
    #[arg(long)]
    pub(crate) pause: bool,
}

/// Options of `operator notices`.
#[derive(Debug, Args)]
pub(crate) struct NoticesArgs {
    #[command(flatten)]
    pub(crate) look: LookArgs,
    /// The system
    #[arg(long, value_name = "ID")]
    pub(crate) app_id: String,
    /// 死信 · Only what could not be told
    #[arg(long)]
    pub(crate) dead: bool,
    /// Only those behind this number
    #[arg(long, value_name = "NUMBER", default_value_t = 0)]
    pub(crate) after: i64,
}

/// Options of `operator resend`.
#[derive(Debug, Args)]
pub(crate) struct ResendArgs {
    #[command(flatten)]
    pub(crate) desk: DeskArgs,
    /// The system
    #[arg(long, value_name = "ID")]
    pub(crate) app_id: String,
    /// This notice, whatever became of it; without it everything that is dead
    #[arg(long, value_name = "NUMBER")]
    pub(crate) notice: Option<i64>,
}

/// Options of `operator reconcile`.
#[derive(Debug, Args)]
pub(crate) struct ReconcileArgs {
    #[command(flatten)]
    pub(crate) look: LookArgs,
    /// The system
    #[arg(long, value_name = "ID")]
    pub(crate) app_id: String,
    /// What the system has: CSV with the columns sealCode, state (1, 3, 4 or enabled, revoked, disabled) and certNumber, or
    /// JSON lines with these fields
    #[arg(long, value_name = "FILE")]
    pub(crate) theirs: PathBuf,
    /// The day (2026-01-31) in Beijing whose end is compared; now when it is not given
    #[arg(long, value_name = "DAY")]
    pub(crate) day: Option<jiff::civil::Date>,
}
