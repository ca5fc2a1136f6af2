//! Options of the verbs about routes.

use clap::Args;

use super::args::{DeskArgs, SiteArgs};

/// Options of `operator endpoint-add`.
#[derive(Debug, Args)]
pub(crate) struct EndpointAddArgs {
    #[command(flatten)]
    pub(crate) endpoint: EndpointArgs,
    /// 优先级 · Lower ones are asked first
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(i64).range(1..=100))]
    pub(crate) priority: i64,
    /// 权重 · The share among addresses of one priority; 0 only when nothing else is left
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(i64).range(0..=1000))]
    pub(crate) weight: i64,
}

/// Which address.
#[derive(Debug, Args)]
pub(crate) struct EndpointArgs {
    #[command(flatten)]
    pub(crate) desk: DeskArgs,
    /// The system
    #[arg(long, value_name = "ID")]
    pub(crate) app_id: String,
    /// The base address, https or on this machine
    #[arg(long, value_name = "URL")]
    pub(crate) url: String,
}

/// Options of `operator endpoint-drain`.
#[derive(Debug, Args)]
pub(crate) struct EndpointDrainArgs {
    #[command(flatten)]
    pub(crate) endpoint: EndpointArgs,
    /// 原因 · Why; callers are told when no address is left
    #[arg(long, value_name = "TEXT")]
    pub(crate) reason: String,
}

/// Whose maintenance.
#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
pub(crate) struct SubjectArgs {
    /// The system
    #[arg(long, value_name = "ID")]
    pub(crate) app_id: Option<String>,
    /// 平台 · The platform itself: every interface is refused
    #[arg(long)]
    pub(crate) platform: bool,
}

/// Options of `operator maintenance-on`.
#[derive(Debug, Args)]
pub(crate) struct MaintenanceOnArgs {
    #[command(flatten)]
    pub(crate) desk: DeskArgs,
    #[command(flatten)]
    pub(crate) subject: SubjectArgs,
    /// 原因 · Why; callers are told
    #[arg(long, value_name = "TEXT")]
    pub(crate) reason: String,
    /// 时长 · It ends by itself after so many minutes; until `maintenance-off` when it is not given
    #[arg(long, value_name = "MINUTES", value_parser = clap::value_parser!(u32).range(1..=43_200))]
    pub(crate) minutes: Option<u32>,
}

/// Options of `operator maintenance-off`.
#[derive(Debug, Args)]
pub(crate) struct MaintenanceOffArgs {
    #[command(flatten)]
    pub(crate) desk: DeskArgs,
    #[command(flatten)]
    pub(crate) subject: SubjectArgs,
}

/// Options of `operator explain-route`.
#[derive(Debug, Args)]
pub(crate) struct ExplainRouteArgs {
    #[command(flatten)]
    pub(crate) site: SiteArgs,
    /// A seal code, or the id of a system
    #[arg(value_name = "SEALCODE|APPID")]
    pub(crate) target: String,
    /// 不探测 · Ask no address whether it is there
    #[arg(long)]
    pub(crate) no_probe: bool,
    /// One JSON object
    #[arg(long)]
    pub(crate) json: bool,
}
