//! Filing existing stock from a file, by batches.

use std::path::Path;
use std::time::Duration;

use jiff::Timestamp;
use protocol::lists::{BizType, SealState as Listed};
use protocol::schema::read_fields;
use protocol::tables::FilingRequest;
use protocol::wire::{Params, Reader};
use protocol::{ApiError, AppId, Code, Fault, ParamValue, SealCode, TableType};
use storage::Tx;
use storage::platform::federation;
use storage::platform::filing::{self, Origin};
use storage::platform::imports::{self, Import, ImportState, Mark};
use storage::platform::seals::SealState;
use storage::platform::systems::SystemState;

use super::columns::{BIZ_TYPE, SEAL_CODE, STATE, TOLD};
use super::rehearsal::Rehearsal;
use super::results::{Outcome, Results, RowResult};
use super::rows::{Format, Row, Rows};
use super::survey::{SourceFault, Survey};
use crate::config::DuplicateSeal;
use crate::context::Context;
use crate::evidence::{self, Event, Kind};
use crate::failure::Failure;
use crate::registry::file::{self, Desk, Ready};

/// Rows filed in one transaction.
const ROWS_AT_ONCE: usize = 500;
/// Octets of rows filed in one transaction, at the least one row.
const OCTETS_AT_ONCE: u64 = 8 << 20;
/// How often a batch is tried whose database is away or busy, and how long is waited the first time.
const TRIES: u32 = 8;
const FIRST_WAIT: Duration = Duration::from_millis(250);

/// What is done with the seal codes that stand in the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum SealCodes {
    /// They are left aside: the platform gives new ones.
    #[default]
    New,
    /// They are kept: the stock comes from this platform's register in another database.
    Keep,
}

/// What is done with a file that was imported to its end before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Repeat {
    /// Nothing.
    #[default]
    Never,
    /// It is gone through again: rows that were refused may be good now.
    Again,
}

/// An import.
#[derive(Debug, Clone, Copy)]
pub struct Order<'a> {
    /// The system whose stock it is.
    pub app_id: &'a AppId,
    /// The administrator who does it.
    pub actor: &'a str,
    /// The file.
    pub source: &'a Path,
    /// What is known of it.
    pub survey: &'a Survey,
    /// How it is written.
    pub format: Format,
    /// Where the results go; nowhere for a rehearsal without.
    pub results: Option<&'a Path>,
    /// Seal codes in the file.
    pub codes: SealCodes,
    /// What if it was done before.
    pub repeat: Repeat,
    /// Whether everything is judged and nothing is filed.
    pub rehearse: bool,
}

/// How far an import is, or how it ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Summary {
    /// Octets of the file that are done.
    pub bytes: u64,
    /// Rows that are done.
    pub rows: u64,
    /// Rows that are filed.
    pub filed: u64,
    /// Rows that had been filed before.
    pub same: u64,
    /// Rows that were refused.
    pub refused: u64,
    /// Rows that were done before this process began.
    pub earlier: u64,
}

/// Why an import ends before the end of the file. What was filed is filed, and the same call goes on from there.
#[derive(Debug, thiserror::Error)]
pub enum StockError {
    /// The file cannot be read on.
    #[error(transparent)]
    Source(#[from] SourceFault),
    /// The results cannot be written.
    #[error("结果文件 file of results: {0}")]
    Results(#[from] std::io::Error),
    /// Somebody else imports the same file.
    #[error("同一文件正在被另一进程导入 another process imports the same file")]
    Elsewhere,
    /// The system may not file, or the database failed.
    #[error(transparent)]
    Failure(#[from] Failure),
}

impl From<storage::Error> for StockError {
    fn from(error: storage::Error) -> Self {
        Self::Failure(error.into())
    }
}

impl From<ApiError> for StockError {
    fn from(error: ApiError) -> Self {
        Self::Failure(error.into())
    }
}

/// A row that was read and checked by itself.
struct Prepared {
    row: i64,
    code: Option<String>,
    judged: Result<(Ready, Option<SealCode>), ApiError>,
}

struct Importer<'a> {
    context: &'a Context,
    order: Order<'a>,
    desk: Desk,
    /// The file of results, and its length when everything in it was committed.
    results: Option<(Results, u64)>,
    mark: Mark,
    /// A commit was made of which it is not known whether it came about.
    doubt: bool,
    /// What is wrong with the file behind the rows that were read.
    fault: Option<SourceFault>,
    rehearsal: Rehearsal,
}

/// Files every row of a file, or goes on where an earlier import of it stood. `watch` is told after each batch how far
/// it is.
///
/// # Errors
/// [`StockError`]; a row that is refused is a result, not an error.
pub async fn import(
    context: &Context,
    order: Order<'_>,
    mut watch: impl FnMut(&Summary),
) -> Result<Summary, StockError> {
    let desk = file::desk(context, order.app_id.as_str()).await?;
    let found = earlier(context, &order, &desk).await?;
    let again = order.repeat == Repeat::Again;
    let (mark, fresh) = match &found {
        Some(found) if found.state == ImportState::Running => (found.mark, false),
        Some(found) if !again => return Ok(summary(&found.mark, unsigned(found.mark.rows_done))),
        _ => (Mark::default(), true),
    };
    let mut rows = Rows::open(order.source, order.format, (unsigned(mark.bytes_done), mark.rows_done))?;
    let open = |path: &Path| Results::open(path, unsigned(mark.results_bytes));
    let results = order.results.map(open).transpose()?.map(|file| {
        let length = file.length();
        (file, length)
    });
    let earlier = unsigned(mark.rows_done);
    let rehearsal = Rehearsal::default();
    let mut importer = Importer { context, order, desk, results, mark, doubt: false, fault: None, rehearsal };
    if fresh && !order.rehearse {
        importer.begin().await?;
    }
    watch(&summary(&importer.mark, earlier));
    loop {
        let (batch, end) = importer.read(&mut rows)?;
        // The evidence log grows by the batch, perhaps without a platform running that gives it room.
        storage::partitions::extend_evidence(&context.database).await?;
        importer.file(&batch, end).await?;
        watch(&summary(&importer.mark, earlier));
        if end.is_none() {
            return Ok(summary(&importer.mark, earlier));
        }
    }
}

/// What is known of this file from before, if the system's stock can be filed here at all.
async fn earlier(context: &Context, order: &Order<'_>, desk: &Desk) -> Result<Option<Import>, StockError> {
    if desk.system.state == SystemState::Offline {
        return Err(ApiError::new(Code::CallerNotLive).into());
    }
    let mut tx = context.database.read().await?;
    let peer = federation::find(&mut tx, order.app_id.as_str()).await?;
    let found = imports::find(&mut tx, (order.app_id.as_str(), order.survey.sm3.as_str())).await?;
    tx.commit().await?;
    if peer.is_some() {
        let (zh, en) = ("其他平台的印章不在本平台备案", "seals of another platform are not filed here");
        return Err(ApiError::explained(Code::Contradiction, zh, en).into());
    }
    Ok(found.filter(|_| !order.rehearse))
}

fn unsigned(number: i64) -> u64 {
    u64::try_from(number).unwrap_or_default()
}

fn summary(mark: &Mark, earlier: u64) -> Summary {
    Summary {
        bytes: unsigned(mark.bytes_done),
        rows: unsigned(mark.rows_done),
        filed: unsigned(mark.rows_filed),
        same: unsigned(mark.rows_same),
        refused: unsigned(mark.rows_refused),
        earlier,
    }
}

impl Importer<'_> {
    /// Notes that the import begins, with its file of results.
    async fn begin(&mut self) -> Result<(), StockError> {
        let key = (self.order.app_id.as_str(), self.order.survey.sm3.as_str());
        let by = (self.order.actor, self.context.now().as_millisecond());
        let bytes = i64::try_from(self.order.survey.bytes).map_err(ApiError::fault)?;
        let written = self.results.as_ref().map_or(0, |(_, length)| *length);
        self.mark.results_bytes = i64::try_from(written).map_err(ApiError::fault)?;
        let mut tx = self.context.database.begin().await?;
        imports::again(&mut tx, key, by).await?;
        let begun = imports::begin(&mut tx, key, bytes, by).await?;
        let running = (&self.mark, ImportState::Running);
        if begun.mark != Mark::default() || !imports::advance(&mut tx, key, 0, running, by.1).await? {
            return Err(StockError::Elsewhere);
        }
        Ok(tx.commit().await?)
    }

    /// Reads the next batch and checks each row by itself; with it where the batch ends, `None` at the end of the file.
    fn read(&mut self, rows: &mut Rows) -> Result<(Vec<Prepared>, Option<u64>), StockError> {
        if let Some(fault) = self.fault.take() {
            return Err(fault.into());
        }
        let begin = unsigned(self.mark.bytes_done);
        let mut batch = Vec::new();
        let mut end = begin;
        while batch.len() < ROWS_AT_ONCE && end.saturating_sub(begin) < OCTETS_AT_ONCE {
            match rows.next() {
                Ok(Some(row)) => {
                    end = row.end;
                    batch.push(self.prepare(row));
                }
                Ok(None) => {
                    let length = std::fs::metadata(self.order.source)?.len();
                    let whole = length == self.order.survey.bytes;
                    return if whole { Ok((batch, None)) } else { Err(SourceFault::Changed.into()) };
                }
                Err(fault) if batch.is_empty() => return Err(fault.into()),
                // What stands before it is filed first.
                Err(fault) => {
                    self.fault = Some(fault);
                    break;
                }
            }
        }
        Ok((batch, Some(end)))
    }

    fn prepare(&self, row: Row) -> Prepared {
        let code = row.read.as_ref().ok().and_then(|params| params.text("code")).map(str::to_owned);
        let judged = row.read.and_then(|params| self.ready(params));
        Prepared { row: row.number, code, judged }
    }

    fn ready(&self, mut params: Params) -> Result<(Ready, Option<SealCode>), ApiError> {
        let mut reader = Reader::new(&params);
        let state = reader.optional::<Listed>(STATE, TableType::Integer).flatten();
        let given = reader.optional::<SealCode>(SEAL_CODE, TableType::String).flatten();
        if let Some(error) = reader
            .into_errors()
            .into_iter()
            .find(|error| error.field == STATE || self.order.codes == SealCodes::Keep)
        {
            return Err(error.into());
        }
        for told in TOLD.iter().chain([&STATE, &SEAL_CODE]) {
            params.take(told);
        }
        if params.get(BIZ_TYPE).is_none() {
            params.insert(BIZ_TYPE, ParamValue::Integer(BizType::File.number().into()))?;
        }
        let request = read_fields::<FilingRequest>(&params)?;
        if request.biz_type != BizType::File {
            let (zh, en) = ("导入只能备案（1）", "an import files (1) and nothing else");
            return Err(Fault::new(Code::Contradiction, "import", zh, en).on(BIZ_TYPE).into());
        }
        let kept = match self.order.codes {
            SealCodes::New => None,
            SealCodes::Keep => Some(given.ok_or_else(|| {
                let (zh, en) = ("保留编码时必填", "required where codes are kept");
                ApiError::from(Fault::new(Code::ParameterMissing, "import", zh, en).on(SEAL_CODE))
            })?),
        };
        let ready = file::ready(self.context, &self.desk, &request)?;
        let state = match state {
            None | Some(Listed::Enabled) => SealState::Enabled,
            Some(Listed::Disabled) => SealState::Disabled,
            Some(Listed::Revoked) => SealState::Revoked,
        };
        Ok((ready.starting(state), kept))
    }

    /// Files a batch, again where the database was away or did not say what became of it.
    async fn file(&mut self, batch: &[Prepared], end: Option<u64>) -> Result<(), StockError> {
        let mut wait = FIRST_WAIT;
        for _ in 1..TRIES {
            match self.try_once(batch, end).await {
                Err(StockError::Failure(failure)) if may_be_repeated(&failure) => {
                    tracing::warn!(error = %ApiError::from(failure), "a batch is tried again");
                    tokio::time::sleep(wait).await;
                    wait *= 2;
                }
                ended => return ended,
            }
        }
        self.try_once(batch, end).await
    }

    async fn try_once(&mut self, batch: &[Prepared], end: Option<u64>) -> Result<(), StockError> {
        if self.order.rehearse {
            return self.rehearse(batch, end).await;
        }
        let key = (self.order.app_id.as_str(), self.order.survey.sm3.as_str());
        let rows = self.mark.rows_done.saturating_add(i64::try_from(batch.len()).unwrap_or(i64::MAX));
        let at = self.context.now();
        let mut tx = self.context.database.begin().await?;
        filing::keep_others_out(&mut tx, self.order.app_id.as_str()).await?;
        let stands = imports::find(&mut tx, key).await?.ok_or(StockError::Elsewhere)?;
        if self.doubt && stands.mark.rows_done == rows && (stands.state == ImportState::Done) == end.is_none()
        {
            self.committed(stands.mark);
            return Ok(());
        }
        if stands.mark != self.mark || stands.state == ImportState::Done {
            return Err(StockError::Elsewhere);
        }
        let mut events = Vec::with_capacity(batch.len() + 1);
        let mut results = Vec::with_capacity(batch.len());
        for prepared in batch {
            let outcome = self.row(&mut tx, prepared, at, &mut events).await?;
            results.push(RowResult { row: prepared.row, code: prepared.code.clone(), outcome });
        }
        let mark = self.moved(&results, end)?;
        let state = if end.is_none() { ImportState::Done } else { ImportState::Running };
        if !imports::advance(&mut tx, key, self.mark.rows_done, (&mark, state), at.as_millisecond()).await? {
            return Err(StockError::Elsewhere);
        }
        events.insert(0, self.event(&mark, at)?);
        evidence::append_all(&mut tx, &events).await?;
        let ended = tx.commit().await;
        self.doubt = matches!(ended, Err(storage::Error::OutcomeUnknown(_)));
        ended?;
        self.committed(mark);
        Ok(())
    }

    fn committed(&mut self, mark: Mark) {
        self.mark = mark;
        if let Some((file, written)) = &mut self.results {
            *written = file.length();
        }
    }

    /// Files one row.
    async fn row(
        &self,
        tx: &mut Tx,
        prepared: &Prepared,
        at: Timestamp,
        events: &mut Vec<Event>,
    ) -> Result<Outcome, StockError> {
        let (ready, kept) = match &prepared.judged {
            Ok(ready) => ready,
            Err(error) => return refused(error.clone().into()),
        };
        // Existing stock is compared with everything ever filed, not with that of the last hours.
        match file::judge(self.context, tx, ready, i64::MIN).await {
            Ok(None) => {}
            Ok(Some(code)) if kept.as_ref().is_some_and(|kept| *kept != code) => {
                let (zh, en) = ("已以另一 sealCode 备案", "it is filed under another sealCode");
                return refused(ApiError::explained(Code::FiledOtherwise, zh, en).into());
            }
            Ok(Some(code)) => return Ok(Outcome::Same(Some(code.as_str().to_owned()))),
            Err(failure) => return refused(failure),
        }
        let request_id = format!("import:{}:{}", self.short(), prepared.row);
        let origin = Origin { request_id: &request_id, actor: self.order.actor, at: at.as_millisecond() };
        match file::enter(tx, &self.desk, ready, origin, kept.as_ref()).await {
            Ok((code, event)) => {
                events.push(event);
                Ok(Outcome::Filed(Some(code.as_str().to_owned())))
            }
            Err(failure) => refused(failure),
        }
    }

    /// Judges a batch and writes nothing but the results.
    async fn rehearse(&mut self, batch: &[Prepared], end: Option<u64>) -> Result<(), StockError> {
        let deny = self.context.config.policy.filing.duplicate_official_seal == DuplicateSeal::Deny;
        let mut tx = self.context.database.read().await?;
        let mut results = Vec::with_capacity(batch.len());
        for prepared in batch {
            let outcome = match &prepared.judged {
                Err(error) => refused(error.clone().into())?,
                Ok((ready, _)) => match file::judge(self.context, &mut tx, ready, i64::MIN).await {
                    Ok(Some(code)) => Outcome::Same(Some(code.as_str().to_owned())),
                    Ok(None) => match self.rehearsal.judge(ready.filing(), deny) {
                        Ok(true) => Outcome::Filed(None),
                        Ok(false) => Outcome::Same(None),
                        Err(error) => Outcome::Refused(error),
                    },
                    Err(failure) => refused(failure)?,
                },
            };
            results.push(RowResult { row: prepared.row, code: prepared.code.clone(), outcome });
        }
        tx.commit().await?;
        let mark = self.moved(&results, end)?;
        self.committed(mark);
        Ok(())
    }

    /// Writes the results and gives the mark behind them.
    fn moved(&mut self, results: &[RowResult], end: Option<u64>) -> Result<Mark, StockError> {
        let mut mark = self.mark;
        for result in results {
            mark.rows_done += 1;
            match result.outcome {
                Outcome::Filed(_) => mark.rows_filed += 1,
                Outcome::Same(_) => mark.rows_same += 1,
                Outcome::Refused(_) => mark.rows_refused += 1,
            }
        }
        let end = end.unwrap_or(self.order.survey.bytes);
        mark.bytes_done = i64::try_from(end).map_err(ApiError::fault)?;
        if let Some((file, written)) = &mut self.results {
            // A try before may have written them already.
            file.back_to(*written)?;
            file.put(results)?;
            mark.results_bytes = i64::try_from(file.length()).map_err(ApiError::fault)?;
        }
        Ok(mark)
    }

    /// The event of a batch.
    fn event(&self, mark: &Mark, at: Timestamp) -> Result<Event, ApiError> {
        let before = &self.mark;
        let detail = serde_json::json!({
            "actor": self.order.actor, "sourceSm3": self.order.survey.sm3, "firstRow": before.rows_done + 1,
            "rows": mark.rows_done - before.rows_done, "filed": mark.rows_filed - before.rows_filed,
            "same": mark.rows_same - before.rows_same, "refused": mark.rows_refused - before.rows_refused,
        });
        let request_id = format!("import:{}", self.short());
        Event::new(Kind::StockImported, at, &request_id, self.order.app_id.as_str(), &detail)
    }

    /// The beginning of the file's digest, which stands for the import.
    fn short(&self) -> &str {
        self.order.survey.sm3.get(..16).unwrap_or_default()
    }
}

/// A refusal is the row's; a failure of the database, or a fault of ours, ends the import.
fn refused(failure: Failure) -> Result<Outcome, StockError> {
    match failure {
        Failure::Refused(error) if error.code() != Code::Fault && !error.code().retryable() => {
            Ok(Outcome::Refused(error))
        }
        failure => Err(failure.into()),
    }
}

/// Whether a batch may be tried again: its first statement finds out whether it was committed.
fn may_be_repeated(failure: &Failure) -> bool {
    match failure {
        Failure::Store(error) => error.retryable() || matches!(error, storage::Error::OutcomeUnknown(_)),
        Failure::Refused(error) => error.code() == Code::Busy,
    }
}
