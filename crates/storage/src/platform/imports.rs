//! How far the filing of existing stock (存量印章导入) from a file has come. The mark is moved in the transaction that
//! files the rows: whatever is killed in between, no row is filed twice and none is left out.

use crate::{Result, Tx};

text_enum! {
    /// Whether there is more to do.
    ImportState {
        /// Not at the end of the file yet.
        Running = "running",
        /// At the end.
        Done = "done",
    }
}

/// How far an import has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, sqlx::FromRow)]
pub struct Mark {
    /// Octets of the file that are done: the next row begins there.
    pub bytes_done: i64,
    /// Rows that are done.
    pub rows_done: i64,
    /// Rows that were new and are filed.
    pub rows_filed: i64,
    /// Rows that had been filed before with the same content.
    pub rows_same: i64,
    /// Rows that were refused.
    pub rows_refused: i64,
    /// Length of the file of results when all these rows are in it.
    pub results_bytes: i64,
}

/// An import of one file for one system.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Import {
    /// The system whose stock it is.
    pub app_id: String,
    /// SM3 of the file, lower hexadecimal.
    pub source_sm3: String,
    /// Its length.
    pub source_bytes: i64,
    /// Who began it.
    pub actor: String,
    /// Whether there is more to do.
    #[sqlx(try_from = "String")]
    pub state: ImportState,
    /// How far it is.
    #[sqlx(flatten)]
    pub mark: Mark,
    /// When it was begun.
    pub started_at: i64,
    /// When it last came further.
    pub changed_at: i64,
}

macro_rules! columns {
    () => {
        "app_id, source_sm3, source_bytes, actor, state, bytes_done, rows_done, rows_filed, rows_same, \
         rows_refused, results_bytes, started_at, changed_at"
    };
}

sql! {
    BEGIN = concat!("INSERT INTO imports (", columns!(), ") VALUES ($1, $2, $3, $4, 'running', 0, 0, 0, 0, 0, 0, \
        $5, $5) ON CONFLICT DO NOTHING");
    AGAIN = "UPDATE imports SET actor = $3, state = 'running', bytes_done = 0, rows_done = 0, rows_filed = 0, \
        rows_same = 0, rows_refused = 0, results_bytes = 0, started_at = $4, changed_at = $4 \
        WHERE app_id = $1 AND source_sm3 = $2 AND state = 'done'";
    FIND = concat!("SELECT ", columns!(), " FROM imports WHERE app_id = $1 AND source_sm3 = $2");
    ADVANCE = "UPDATE imports SET bytes_done = $4, rows_done = $5, rows_filed = $6, rows_same = $7, \
        rows_refused = $8, results_bytes = $9, state = $10, changed_at = $11 \
        WHERE app_id = $1 AND source_sm3 = $2 AND rows_done = $3 AND state = 'running'";
}

/// Notes that an import begins, unless it was begun before; how it stands.
///
/// # Errors
/// Failures of the database.
pub async fn begin(
    tx: &mut Tx,
    (app_id, source_sm3): (&str, &str),
    source_bytes: i64,
    (actor, at): (&str, i64),
) -> Result<Import> {
    run!(&mut *tx, execute(BEGIN, app_id, source_sm3, source_bytes, actor, at))?;
    run!(tx, one::<Import>(FIND, app_id, source_sm3))
}

/// Sets an import that is done back to its beginning; `false` when it is not done.
///
/// # Errors
/// Failures of the database.
pub async fn again(
    tx: &mut Tx,
    (app_id, source_sm3): (&str, &str),
    (actor, at): (&str, i64),
) -> Result<bool> {
    run!(tx, execute(AGAIN, app_id, source_sm3, actor, at)).map(|rows| rows == 1)
}

/// The import of a file for a system.
///
/// # Errors
/// Failures of the database.
pub async fn find(tx: &mut Tx, (app_id, source_sm3): (&str, &str)) -> Result<Option<Import>> {
    run!(tx, optional::<Import>(FIND, app_id, source_sm3))
}

/// Moves the mark from where `rows_done` rows were done; `false` when it is not there (somebody else moved it): the
/// transaction has to be given up then.
///
/// # Errors
/// Failures of the database.
pub async fn advance(
    tx: &mut Tx,
    (app_id, source_sm3): (&str, &str),
    rows_done: i64,
    (mark, state): (&Mark, ImportState),
    at: i64,
) -> Result<bool> {
    let m = mark;
    let moved = run!(
        tx,
        execute(
            ADVANCE,
            app_id,
            source_sm3,
            rows_done,
            m.bytes_done,
            m.rows_done,
            m.rows_filed,
            m.rows_same,
            m.rows_refused,
            m.results_bytes,
            state.as_str(),
            at
        )
    )?;
    Ok(moved == 1)
}
