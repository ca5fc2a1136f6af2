//! `sealbridge import` and `sealbridge export`: existing stock (存量印章) into the platform's register and out of it.

mod args;
mod progress;

pub(crate) use args::{ExportArgs, ImportArgs};

use std::io::BufWriter;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use platform::stock::{
    self, Export, ExportError, Exported, Format, Order, Persons, Repeat, SealCodes, SourceFault, StockError,
    Summary, Survey,
};
use storage::platform::seals::{SealState, Selection};

use self::args::{FormatArg, StateArg};
use self::progress::Progress;
use super::operator::{app_id, desk, told};
use crate::outcome::{About, End, Failure, Outcome, in_chinese};

/// Stands for standard output.
const STDOUT: &str = "-";

fn runtime() -> Outcome<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_current_thread().enable_all().build().about("runtime")
}

/// Files existing stock. Ends 0 when every row is filed, 1 when some were refused.
pub(crate) fn import(args: &ImportArgs) -> Outcome {
    runtime()?.block_on(import_file(args))
}

async fn import_file(args: &ImportArgs) -> Outcome {
    let (file, app_id) = (&args.file, app_id(&args.system)?);
    let format = format(args.format, file)?;
    crate::keys::regular(file)?;
    let context = desk(&args.desk.site.config).await?;
    let survey = survey(file)?;
    let results = match (&args.results, args.dry_run) {
        (Some(path), _) => Some(path.clone()),
        (None, true) => None,
        (None, false) => Some(beside(file)),
    };
    let order = Order {
        app_id: &app_id,
        actor: &args.desk.actor,
        source: file,
        survey: &survey,
        format,
        results: results.as_deref(),
        codes: if args.keep_seal_codes { SealCodes::Keep } else { SealCodes::New },
        repeat: if args.again { Repeat::Again } else { Repeat::Never },
        rehearse: args.dry_run,
    };
    let mut progress = Progress::new("导入 import", survey.bytes);
    let ended = stock::import(&context, order, |summary| progress.rows(summary)).await;
    let took = progress.end();
    let summary = ended.or_else(|error| stopped(error, file, results.as_deref()))?;
    Ok(report(args, &summary, results.as_deref(), took))
}

/// The file is read once before anything is filed.
fn survey(file: &Path) -> Outcome<Survey> {
    let length = std::fs::metadata(file).about(file.display())?.len();
    let mut progress = Progress::new("检查 check", length);
    let survey = stock::survey(file, |bytes| progress.bytes(bytes));
    progress.end();
    survey.map_err(|fault| source_fault(&fault, file))
}

fn report(args: &ImportArgs, summary: &Summary, results: Option<&Path>, seconds: f64) -> End {
    let Summary { rows, filed, same, refused, earlier, .. } = summary;
    if args.dry_run {
        say!("演练，未备案任何印章 dry run, nothing was filed");
    }
    if *earlier == *rows && *rows > 0 {
        say!("此文件此前已导入完毕 this file was imported to its end before (--again goes through it again)");
    } else if *earlier > 0 {
        say!("从第 {} 行继续 went on at row {}", earlier + 1, earlier + 1);
    }
    say!("共 rows {rows}: 新备案 filed {filed}, 已备案 same {same}, 拒绝 refused {refused}");
    #[expect(clippy::cast_precision_loss, reason = "a rate for people")]
    let rate = (rows - earlier) as f64 / seconds.max(0.001);
    say!("{seconds:.1} s, {rate:.0} 行/秒 rows a second");
    if let Some(results) = results {
        say!("逐行结果 result of each row: {}", results.display());
    }
    if *refused == 0 {
        return End::Good;
    }
    say!(
        "hint: the refused rows stand in the file of results with their reasons; put them right in a new file"
    );
    End::Bad
}

fn stopped<T>(error: StockError, file: &Path, results: Option<&Path>) -> Outcome<T> {
    let on = "what was filed is filed; the same command goes on from there";
    match error {
        StockError::Source(fault) => Err(source_fault(&fault, file)),
        StockError::Results(error) => {
            let name = results.unwrap_or(Path::new("")).display();
            Err(Failure::new(format!("{name}: {}", in_chinese(&error)))
                .hint(format!("--results names another; {on}")))
        }
        StockError::Failure(failure) => told(Err(failure)),
        StockError::Elsewhere => Err(Failure::new(StockError::Elsewhere).hint(on)),
    }
}

fn source_fault(fault: &SourceFault, file: &Path) -> Failure {
    let name = file.display();
    let failure = Failure::new(format!("{name}: {}", in_chinese(&fault)));
    match fault {
        SourceFault::Gbk { .. } => {
            failure.hint(format!("iconv -f GB18030 -t UTF-8 {name} > NEW; nothing was filed"))
        }
        SourceFault::Utf16 => {
            failure.hint(format!("iconv -f UTF-16 -t UTF-8 {name} > NEW; nothing was filed"))
        }
        SourceFault::NotText { .. } => failure.hint("the file has to be UTF-8; nothing was filed"),
        SourceFault::RowTooLong { .. } => {
            failure.hint("the rows before it are filed; a corrected file finds them as filed already (same)")
        }
        SourceFault::Columns(_) => failure.hint("the first line of a CSV file names the columns"),
        SourceFault::Changed => failure.hint("import a copy that nobody writes to"),
        SourceFault::Read(_) => failure.hint("what was filed is filed; the same command goes on from there"),
    }
}

/// The file of results that belongs to a stock file.
fn beside(file: &Path) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(".results.csv");
    PathBuf::from(name)
}

/// The format that was given, else what the file's name says.
fn format(given: Option<FormatArg>, file: &Path) -> Outcome<Format> {
    let ending = file.extension().and_then(|ending| ending.to_str()).unwrap_or_default().to_ascii_lowercase();
    match (given, ending.as_str()) {
        (Some(FormatArg::Csv), _) | (None, "csv") => Ok(Format::Csv),
        (Some(FormatArg::Jsonl), _) | (None, "jsonl" | "ndjson") => Ok(Format::JsonLines),
        (None, _) => Err(Failure::new(format!("{}: 格式不明 unknown format", file.display()))
            .hint("--format csv or --format jsonl")),
    }
}

/// Takes seals out of the register.
pub(crate) fn export(args: &ExportArgs) -> Outcome {
    runtime()?.block_on(export_file(args))
}

async fn export_file(args: &ExportArgs) -> Outcome {
    let format = format(args.format, &args.out)?;
    let system = args.system.as_deref().map(app_id).transpose()?;
    let order = Export {
        selection: Selection {
            app_id: system.as_ref().map(protocol::AppId::as_str),
            state: args.state.map(StateArg::state),
            filed_from: moment(args.from.as_deref())?,
            filed_before: moment(args.before.as_deref())?,
        },
        format,
        persons: if args.personal_data { Persons::Clear } else { Persons::Masked },
        actor: &args.desk.actor,
    };
    let context = desk(&args.desk.site.config).await?;
    if let Some(system) = &system {
        told(stock::known_system(&context, system).await)?;
    }
    let mut progress = Progress::new("导出 export", 0);
    let written = if args.out.as_os_str() == STDOUT {
        stock::export(&context, &order, &mut BufWriter::new(std::io::stdout()), |done| progress.seals(done))
            .await
    } else {
        let mut out = BufWriter::new(super::private(&args.out)?);
        let written = stock::export(&context, &order, &mut out, |done| progress.seals(done)).await;
        match (written, out.into_inner().map_err(std::io::IntoInnerError::into_error)) {
            (Ok(done), Ok(file)) => file.sync_all().map(|()| done).map_err(ExportError::from),
            (Ok(_), Err(error)) => Err(error.into()),
            (Err(error), _) => Err(error),
        }
    };
    progress.end();
    let Exported { seals, bytes, sm3 } = match written {
        Ok(done) => done,
        Err(ExportError::Failure(failure)) => return told(Err(failure)),
        Err(ExportError::Write(error)) => {
            return Err(Failure::new(format!(
                "{}: 写入未完成 not written whole: {error}",
                args.out.display()
            ))
            .hint("文件不完整，请检查磁盘空间 the file is not whole; is there room on the disk?"));
        }
    };
    // Standard output may be the export itself.
    complain!("已导出 exported: {seals} 枚 seals, {bytes} 字节 bytes, SM3 {sm3}");
    if !args.personal_data {
        complain!(
            "hint: 个人信息已脱敏，个人印章不能再导入 persons are masked and their seals cannot be imported again (--personal-data)"
        );
    }
    Ok(End::Good)
}

fn moment(text: Option<&str>) -> Outcome<Option<i64>> {
    let Some(text) = text else { return Ok(None) };
    let at: Timestamp = text.parse().map_err(|error| {
        Failure::new(format!("{text}: 时间无效 no time: {error}"))
            .hint("时间写法如 a time is written like 2026-01-31T08:00:00Z")
    })?;
    Ok(Some(at.as_millisecond()))
}

impl StateArg {
    fn state(self) -> SealState {
        match self {
            Self::Enabled => SealState::Enabled,
            Self::Disabled => SealState::Disabled,
            Self::Revoked => SealState::Revoked,
        }
    }
}
