//! Options of the verbs about other platforms.

use std::path::PathBuf;

use clap::Args;

use super::args::{DeskArgs, Lists, LookArgs};

/// What a platform may answer for.
#[derive(Debug, Args)]
pub(crate) struct SpacesArgs {
    /// 编码空间 · The four characters of a system whose seals it may answer for; may be given several times
    #[arg(long = "code-space", value_name = "CODE", required = true)]
    pub(crate) code_spaces: Vec<String>,
    /// 采信证书 · Trust the roots, seal makers and time-stamp authorities that it vouches for
    #[arg(long)]
    pub(crate) accept_anchors: bool,
}

/// Options of `operator peer-add`.
#[derive(Debug, Args)]
pub(crate) struct PeerAddArgs {
    #[command(flatten)]
    pub(crate) desk: DeskArgs,
    /// Its id
    #[arg(long, value_name = "ID")]
    pub(crate) app_id: String,
    /// Four digits or capital letters that stand for it here; no seal code has them
    #[arg(long)]
    pub(crate) code: String,
    /// Its name
    #[arg(long)]
    pub(crate) name: String,
    /// The unified social credit code (统一社会信用代码) of its operator
    #[arg(long, value_name = "CODE")]
    pub(crate) uscc: String,
    /// Where it serves
    #[arg(long, value_name = "URL")]
    pub(crate) base_url: String,
    /// 根公钥 · Its root key (PEM), as its `operator public-key root` prints it
    #[arg(long, value_name = "FILE")]
    pub(crate) root_key: PathBuf,
    /// 指纹 · SM3 of that key, told on another way than the key itself
    #[arg(long, value_name = "HEX")]
    pub(crate) fingerprint: String,
    /// It may be given personal data unmasked, and is asked about persons by their numbers
    #[arg(long)]
    pub(crate) personal_data: bool,
    #[command(flatten)]
    pub(crate) spaces: SpacesArgs,
    #[command(flatten)]
    pub(crate) lists: Lists,
}

/// Options of `operator peer-change`.
#[derive(Debug, Args)]
pub(crate) struct PeerChangeArgs {
    #[command(flatten)]
    pub(crate) desk: DeskArgs,
    /// The platform
    #[arg(long, value_name = "ID")]
    pub(crate) app_id: String,
    #[command(flatten)]
    pub(crate) spaces: SpacesArgs,
}

/// Options of `operator peer-refresh`.
#[derive(Debug, Args)]
pub(crate) struct PeerRefreshArgs {
    #[command(flatten)]
    pub(crate) look: LookArgs,
    /// The platform
    #[arg(long, value_name = "ID")]
    pub(crate) app_id: String,
}
