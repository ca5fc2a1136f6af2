//! Options of `sealbridge import` and `sealbridge export`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use crate::serve::operator::DeskArgs;

/// How a stock file is written.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum FormatArg {
    /// 逗号分隔 · the first line names the columns
    Csv,
    /// 每行一个 JSON 对象 · one JSON object a line
    Jsonl,
}

/// Options of `import`.
#[derive(Debug, Args)]
pub(crate) struct ImportArgs {
    #[command(flatten)]
    pub(crate) desk: DeskArgs,
    /// 印章系统 · The system whose stock it is
    #[arg(long, value_name = "ID")]
    pub(crate) system: String,
    /// 存量文件 · The stock: the fields of table 1, UTF-8. A file that was interrupted goes on where it stood
    pub(crate) file: PathBuf,
    /// 格式 · How it is written; else its name says (.csv, .jsonl)
    #[arg(long, value_enum)]
    pub(crate) format: Option<FormatArg>,
    /// 逐行结果 · Where the result of each row goes; FILE.results.csv when it is not given
    #[arg(long, value_name = "FILE")]
    pub(crate) results: Option<PathBuf>,
    /// 演练 · Judge every row and file none
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// 保留编码 · Keep the seal codes in the file instead of giving new ones: it was exported from this platform's own register
    #[arg(long)]
    pub(crate) keep_seal_codes: bool,
    /// 重新导入 · Go through a file again that was imported to its end before
    #[arg(long, conflicts_with = "dry_run")]
    pub(crate) again: bool,
}

/// A state of a seal.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum StateArg {
    /// 启用
    Enabled,
    /// 停用
    Disabled,
    /// 注销
    Revoked,
}

/// Options of `export`.
#[derive(Debug, Args)]
pub(crate) struct ExportArgs {
    #[command(flatten)]
    pub(crate) desk: DeskArgs,
    /// 输出 · The new file, or - for standard output
    #[arg(long, value_name = "FILE")]
    pub(crate) out: PathBuf,
    /// 格式 · How it is written; else its name says (.csv, .jsonl)
    #[arg(long, value_enum)]
    pub(crate) format: Option<FormatArg>,
    /// 印章系统 · Only seals of this system
    #[arg(long, value_name = "ID")]
    pub(crate) system: Option<String>,
    /// 状态 · Only seals in this state
    #[arg(long, value_enum)]
    pub(crate) state: Option<StateArg>,
    /// 起始时间 · Only seals filed at this time or later, such as 2026-01-31T08:00:00Z
    #[arg(long, value_name = "TIME")]
    pub(crate) from: Option<String>,
    /// 截止时间 · Only seals filed before this time
    #[arg(long, value_name = "TIME")]
    pub(crate) before: Option<String>,
    /// 含个人信息 · Names, numbers and seals of persons in clear; without it they are masked or left out
    #[arg(long)]
    pub(crate) personal_data: bool,
}
