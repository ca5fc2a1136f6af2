//! The register with many seals: `cargo xtask bench registry [--seals N,…] [--json]`.
//!
//! For each size and each database: filled in bulk by SQL, then look-ups by the keys that get-seal, consent and signing
//! go by, filings through the code of the wire, and an import of existing stock, each as the product does it: look-ups
//! in a transaction of their own, filings and batches durable before the next one. The seals that only fill the
//! register have a certificate and data of 64 octets. At the end stands how much longer each operation takes in a larger
//! register than in the smallest, beside how much larger the logarithm of its size is.

use std::fmt::Write as _;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crypto::{FieldCipher, Random, Signer, Sm2KeyPair};
use http_server::Caller;
use platform::onboarding::{self, Grants, NewSystem};
use platform::stock::{self, Format, Order, Repeat, SealCodes};
use platform::{Config, Keys, Platform, registry};
use protocol::endpoints::SealFiling;
use protocol::schema::read_fields;
use protocol::tables::FilingRequest;
use protocol::wire::{Canonical, Params};
use protocol::{AppId, Clock, Endpoint, ParamValue, Uscc};
use storage::platform::seals::{self, Filter};
use storage::{Database, Engine, Options, Schema};
use testkit::databases::{TestDatabase, databases};
use testkit::load::{Times, growth};
use testkit::pki::TEST_USCC;

/// Look-ups of each kind.
const LOOK_UPS: usize = 2_000;
/// Filings, one after the other.
const FILINGS: usize = 500;
/// Rows of the import.
const ROWS: usize = 20_000;
/// Rows written by one statement while filling.
const AT_ONCE: i64 = 500_000;
/// Owners have so many seals each.
const SEALS_OF_OWNER: i64 = 4;

type Failure = Box<dyn std::error::Error + Send + Sync>;

fn main() -> Result<(), Failure> {
    let args: Vec<String> = std::env::args().collect();
    let after = |name: &str| args.iter().position(|arg| arg == name).and_then(|at| args.get(at + 1));
    let sizes = after("--seals").map_or("10000,1000000", String::as_str);
    let sizes = sizes.split(',').map(str::parse).collect::<Result<Vec<i64>, _>>()?;
    let json = args.iter().any(|arg| arg == "--json");
    if sizes.iter().any(|size| *size < SEALS_OF_OWNER) {
        return Err(format!("a register has at least {SEALS_OF_OWNER} seals").into());
    }
    let mut report = Report { json, lines: Vec::new() };
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    if !json {
        println!("| database | seals | operation | median | p99 | a second |\n|---|---|---|---|---|---|");
    }
    for size in sizes {
        for which in 0..2 {
            // One at a time, so that only one takes room on the disk.
            let Some(database) = runtime.block_on(databases(Schema::Platform)).into_iter().nth(which) else {
                continue;
            };
            runtime.block_on(measure(&database, size, &mut report))?;
        }
    }
    report.growth()
}

struct Desk {
    platform: Platform,
    app_id: AppId,
    caller: Caller,
    random: Random,
}

async fn measure(filled: &TestDatabase, size: i64, report: &mut Report) -> Result<(), Failure> {
    let desk = desk(filled).await?;
    let started = Instant::now();
    fill(filled, size).await;
    eprintln!("{} filled with {size} seals in {:.0} s", filled.name(), started.elapsed().as_secs_f64());
    let database = &desk.platform.context().database;
    let of = (filled.name(), size);
    let kinds = [Key::SealCode, Key::BusinessCode, Key::Organisation, Key::Owner];
    for kind in kinds {
        // Once to warm up what a running platform has in its caches, once for the figures.
        let warm = look_ups(database, &desk.app_id, kind, size, 1).await?;
        drop(warm);
        report.times(of, kind.name(), &look_ups(database, &desk.app_id, kind, size, 2).await?)?;
    }
    report.times(of, "file one seal, durable", &filings(&desk).await?)?;
    let folder = tempfile::tempdir()?;
    let took = import(&desk, folder.path()).await?;
    let rate = f64::from(u32::try_from(ROWS)?) / took.as_secs_f64();
    report.line(Line { database: of.0, size, operation: "import, rows", times: None, rate });
    Ok(())
}

/// A platform over the database with the system whose seals they are.
async fn desk(filled: &TestDatabase) -> Result<Desk, Failure> {
    let (random, clock) = (Random::system(), Clock::system());
    // As a server opens it: every commit on the disk.
    let database = Database::open(filled.address(), &Options::new(Schema::Platform)).await?;
    let keys = Keys {
        signing: Arc::new(Sm2KeyPair::generate(&random)?),
        root: Arc::new(Sm2KeyPair::generate(&random)?),
        fields: FieldCipher::new(&random.bytes()),
    };
    let platform = Platform::new(Config::default(), database, keys, clock, random.clone()).await?;
    let app_id = AppId::parse("bench").map_err(|fault| fault.en.into_owned())?;
    let new = NewSystem {
        app_id: app_id.clone(),
        code: "B000".to_owned(),
        name: "bench".to_owned(),
        uscc: Uscc::parse(TEST_USCC).map_err(|fault| fault.en.into_owned())?,
        base_url: None,
        dest_host: None,
        personal_data: false,
        grants: Grants::default(),
    };
    onboarding::register_system(platform.context(), &new, "one").await?;
    let mut params = Params::new();
    params.insert("appId", ParamValue::Text(app_id.as_str().to_owned()))?;
    let caller = Caller {
        app_id: app_id.clone(),
        key: Sm2KeyPair::generate(&random)?.verifying_key().clone(),
        address: [127, 0, 0, 1].into(),
        request_id: "bench".to_owned(),
        canonical: Canonical::of(&SealFiling::INFO.target(&app_id), &params)?,
        sign: "bench".to_owned(),
        time: None,
        waits: None,
        noted: Arc::default(),
    };
    Ok(Desk { platform, app_id, caller, random })
}

/// The scrambled number of an owner, so that neighbours in the register are none in the indexes: it is spelt in SQL
/// and in Rust.
fn scrambled(owner: i64) -> i64 {
    (owner + 1) * 2_654_435_761 % 4_294_967_296
}

async fn fill(filled: &TestDatabase, size: i64) {
    let mut from = 0;
    while from < size {
        let to = size.min(from + AT_ONCE) - 1;
        filled.tamper(&filling(filled.engine(), (from, to))).await;
        from = to + 1;
    }
    let end = match filled.engine() {
        Engine::Sqlite => "ANALYZE; PRAGMA wal_checkpoint(TRUNCATE)",
        Engine::Postgres => "VACUUM ANALYZE",
    };
    // Numbers of new seals go on behind them.
    let set = format!(
        "INSERT INTO sequences (name, value) VALUES ('seal_code', {size}) \
         ON CONFLICT (name) DO UPDATE SET value = {size}"
    );
    filled.tamper(&set).await;
    for one in end.split("; ") {
        filled.tamper(one).await;
    }
}

/// The statements that write seals, their versions and the first line of their history.
fn filling(engine: Engine, (from, to): (i64, i64)) -> String {
    let (rows, code, hex, hex8, nine, blob) = match engine {
        Engine::Sqlite => (
            format!("WITH RECURSIVE n(i) AS (SELECT {from} UNION ALL SELECT i + 1 FROM n WHERE i < {to})"),
            "printf('E1110000B00004%09dX', i)",
            "printf('%08x', (i * 40503 + 7) % 4294967296)",
            "replace(hex(zeroblob(8)), '00', printf('%08x', s))",
            "printf('A%08X', s)",
            "zeroblob(64)",
        ),
        Engine::Postgres => (
            format!("WITH n(i) AS (SELECT generate_series({from}::BIGINT, {to}::BIGINT))"),
            "'E1110000B00004' || lpad(i::TEXT, 9, '0') || 'X'",
            "lpad(to_hex((i * 40503 + 7) % 4294967296), 8, '0')",
            "repeat(lpad(to_hex(s), 8, '0'), 8)",
            "'A' || upper(lpad(to_hex(s), 8, '0'))",
            "decode(repeat('00', 64), 'hex')",
        ),
    };
    let seals = format!(
        "{rows}, m(i, s) AS (SELECT i, (i / {SEALS_OF_OWNER} + 1) * 2654435761 % 4294967296 FROM n) \
         INSERT INTO seals (seal_code, app_id, code, natural_key, name, seal_type, possessor_type, possessor, \
         possessor_cert_no, possessor_cert_no_index, org_code, cert_type, cert_number, cert, seal_data_sm3, \
         picture_sm3, es_id, valid_start, valid_end, state, version, state_version, fingerprint, filed_at, \
         changed_at) SELECT {code}, 'bench', 'C-' || i, {hex} || {hex8}, '示例科技有限公司合同专用章', '04', 1, \
         '示例科技有限公司', '91110000' || {nine} || 'X', {hex8}, {nine}, 2, {hex}, {blob}, {hex8}, {hex8}, \
         'ES-' || {hex}, 1, 4000000000000, 'enabled', 1, 1, {hex} || {hex8}, 1, 1 FROM m"
    );
    let versions = format!(
        "{rows}, m(i, s) AS (SELECT i, (i / {SEALS_OF_OWNER} + 1) * 2654435761 % 4294967296 FROM n) \
         INSERT INTO seal_versions (seal_code, version, biz_type, name, cert_type, cert_number, cert, seal_data, \
         seal_data_sm3, picture_sm3, es_id, valid_start, valid_end, fingerprint, request_id, at) SELECT {code}, 1, 1, \
         '示例科技有限公司合同专用章', 2, {hex}, {blob}, {blob}, {hex8}, {hex8}, 'ES-' || {hex}, 1, 4000000000000, \
         {hex} || {hex8}, 'r' || i, 1 FROM m"
    );
    let history = format!(
        "{rows} INSERT INTO seal_state_history (seal_code, version, to_state, at, actor, request_id) \
         SELECT {code}, 1, 'enabled', 1, 'bench', 'r' || i FROM n"
    );
    format!("{seals}; {versions}; {history}")
}

/// What a seal is looked up by.
#[derive(Clone, Copy)]
enum Key {
    /// Consent, signing, states: the seal and its system.
    SealCode,
    /// Filing: the system's own code.
    BusinessCode,
    /// Get-seal: the organisation code.
    Organisation,
    /// Get-seal for persons: the blind index of the identity number.
    Owner,
}

impl Key {
    fn name(self) -> &'static str {
        match self {
            Self::SealCode => "look up by sealCode, with its system",
            Self::BusinessCode => "look up by the system's own code",
            Self::Organisation => "look up by organisation (4 seals)",
            Self::Owner => "look up by owner's number (4 seals)",
        }
    }
}

async fn look_ups(
    database: &Database,
    app_id: &AppId,
    kind: Key,
    size: i64,
    seed: i64,
) -> Result<Times, Failure> {
    let mut times = Vec::with_capacity(LOOK_UPS);
    let mut number = seed;
    for _ in 0..LOOK_UPS {
        number = (number * 1_103_515_245 + 12_345) % 2_147_483_648;
        let seal = number * 31 % size;
        let owner = scrambled(seal / SEALS_OF_OWNER);
        let filter = Filter::default();
        let started = Instant::now();
        let mut tx = database.read().await?;
        let found = match kind {
            Key::SealCode => {
                registry::look_up(&mut tx, &format!("E1110000B00004{seal:09}X")).await?;
                1
            }
            Key::BusinessCode => {
                usize::from(seals::by_code(&mut tx, app_id.as_str(), &format!("C-{seal}")).await?.is_some())
            }
            Key::Organisation => {
                seals::by_org_code(&mut tx, &format!("A{owner:08X}"), &filter, 200).await?.len()
            }
            Key::Owner => {
                let index = format!("{owner:08x}").repeat(8);
                seals::by_possessor(&mut tx, &index, &filter, 200).await?.len()
            }
        };
        tx.commit().await?;
        times.push(started.elapsed());
        if found == 0 {
            return Err(format!("{}: seal {seal} is not found", kind.name()).into());
        }
    }
    Ok(times.into_iter().collect())
}

/// A filing without the seal's data.
fn row(number: usize, word: &str) -> Result<Params, Failure> {
    let mut row = Params::new();
    let (code, serial) = (format!("{word}-{number}"), format!("F{number:07}"));
    let texts = [
        ("code", code.as_str()),
        ("name", "示例科技有限公司合同专用章"),
        ("sealType", "04"),
        ("certNumber", &serial),
        ("possessor", "示例科技有限公司"),
        ("possessorCertNo", TEST_USCC),
    ];
    for (name, text) in texts {
        row.insert(name, ParamValue::Text(text.to_owned()))?;
    }
    for (name, number) in [("possessorType", 1), ("certType", 2), ("bizType", 1)] {
        row.insert(name, ParamValue::Integer(number))?;
    }
    Ok(row)
}

async fn filings(desk: &Desk) -> Result<Times, Failure> {
    let mut times = Vec::with_capacity(FILINGS);
    for number in 0..FILINGS {
        let request: FilingRequest = read_fields(&row(number, "F")?)?;
        let mut caller = desk.caller.clone();
        caller.request_id = hex::encode(desk.random.bytes::<16>());
        let started = Instant::now();
        registry::file(desk.platform.context(), &caller, &request).await?;
        times.push(started.elapsed());
    }
    Ok(times.into_iter().collect())
}

async fn import(desk: &Desk, folder: &Path) -> Result<Duration, Failure> {
    let (source, results) = (folder.join("stock.jsonl"), folder.join("results.csv"));
    let mut text = String::new();
    for number in 0..ROWS {
        writeln!(text, "{}", String::from_utf8(row(number, "I")?.to_json())?)?;
    }
    std::fs::write(&source, text)?;
    let started = Instant::now();
    let survey = stock::survey(&source, |_| {})?;
    let order = Order {
        app_id: &desk.app_id,
        actor: "bench",
        source: &source,
        survey: &survey,
        format: Format::JsonLines,
        results: Some(&results),
        codes: SealCodes::New,
        repeat: Repeat::Never,
        rehearse: false,
    };
    let summary = stock::import(desk.platform.context(), order, |_| {}).await?;
    if summary.filed != u64::try_from(ROWS)? {
        return Err(format!("the import filed {} rows", summary.filed).into());
    }
    Ok(started.elapsed())
}

/// What was measured so far.
struct Report {
    json: bool,
    lines: Vec<Line>,
}

/// One operation on one database of one size.
struct Line {
    database: &'static str,
    size: i64,
    operation: &'static str,
    /// Median and the slowest of 99 of 100; none for an import.
    times: Option<(Duration, Duration)>,
    /// In a second.
    rate: f64,
}

impl Report {
    fn times(
        &mut self,
        (database, size): (&'static str, i64),
        operation: &'static str,
        times: &Times,
    ) -> Result<(), Failure> {
        let rate = f64::from(u32::try_from(times.len())?) / times.sum().as_secs_f64();
        let times = times.at(500).zip(times.at(990));
        self.line(Line { database, size, operation, times, rate });
        Ok(())
    }

    fn line(&mut self, line: Line) {
        let Line { database, size, operation, times, rate } = &line;
        if self.json {
            let nanos = |time: Option<Duration>| time.map_or(0, |time| time.as_nanos());
            let (median, late) = (nanos(times.map(|times| times.0)), nanos(times.map(|times| times.1)));
            println!(
                "{{\"bench\":\"registry\",\"database\":\"{database}\",\"seals\":{size},\"op\":\"{operation}\",\
                 \"median_ns\":{median},\"p99_ns\":{late},\"per_second\":{rate:.0}}}"
            );
        } else {
            let micros = |time: Duration| format!("{:.0} µs", time.as_secs_f64() * 1e6);
            let (median, late) =
                times.map(|(median, late)| (micros(median), micros(late))).unwrap_or_default();
            println!("| {database} | {size} | {operation} | {median} | {late} | {rate:.0} |");
        }
        self.lines.push(line);
    }

    /// How each operation grew from the smallest register to every larger one.
    fn growth(&self) -> Result<(), Failure> {
        if !self.json {
            println!(
                "\n| database | operation | seals | times as long | times the logarithm |\n|---|---|---|---|---|"
            );
        }
        for line in &self.lines {
            let same = |one: &&Line| one.database == line.database && one.operation == line.operation;
            let Some(least) = self.lines.iter().filter(same).min_by_key(|one| one.size) else { continue };
            if least.size == line.size {
                continue;
            }
            let sizes = (u64::try_from(least.size)?, u64::try_from(line.size)?);
            let (times, log) = growth(sizes, (least.each()?, line.each()?));
            let Line { database, size, operation, .. } = line;
            if self.json {
                println!(
                    "{{\"bench\":\"registry\",\"database\":\"{database}\",\"op\":\"{operation}\",\"from\":{},\
                     \"to\":{size},\"growth\":{times:.2},\"logarithm\":{log:.2}}}",
                    least.size
                );
            } else {
                let from = least.size;
                println!("| {database} | {operation} | {from} → {size} | {times:.2} | {log:.2} |");
            }
        }
        Ok(())
    }
}

impl Line {
    /// How long one takes: in the median, or on average where they were not timed one by one.
    fn each(&self) -> Result<Duration, Failure> {
        let median = self.times.map(|(median, _)| median);
        Ok(median.map_or_else(|| Duration::try_from_secs_f64(1.0 / self.rate), Ok)?)
    }
}
