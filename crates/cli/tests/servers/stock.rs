//! `import` and `export` as processes, beside a running platform and on both databases: killed with SIGKILL again and
//! again, nothing is lost and nothing doubled.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use crypto::Random;
use storage::platform::seals;
use storage::{Database, Migrations, Options, Schema};
use testkit::databases::{TestDatabase, databases};
use testkit::pki::TEST_USCC;

use crate::site::{FIRST, Site, sealbridge, text};

/// Rows of the import that is killed: many batches.
const ROWS: usize = 8_000;
/// How often it is killed.
const KILLS: usize = 8;
/// How long a process may take on a busy machine.
const PATIENCE: Duration = Duration::from_mins(2);

fn stock(rows: usize) -> String {
    let mut text =
        "code,name,sealType,certNumber,possessor,possessorCertNo,possessorType,certType\n".to_owned();
    for row in 0..rows {
        writeln!(text, "K-{row},合同专用章{row},04,{row:08X},示例科技有限公司,{TEST_USCC},1,2").unwrap();
    }
    text
}

/// A site over a database with a running platform and the system B.
pub(crate) fn site(database: &TestDatabase) -> Site {
    let site = Site::new();
    let mut config = std::fs::read_to_string(site.path("platform.toml")).unwrap();
    write!(config, "[database]\naddress = \"{}\"\n", database.address()).unwrap();
    std::fs::write(site.path("platform.toml"), config).unwrap();
    site
}

fn verb(site: &Site, name: &str, args: &[&str]) -> Command {
    let mut command = sealbridge();
    command.args([name, "--config"]).arg(site.path("platform.toml")).args(["--as", FIRST]).args(args);
    command
}

fn import(site: &Site, file: &Path, args: &[&str]) -> Output {
    verb(site, "import", &["--system", "B"]).arg(file).args(args).output().unwrap()
}

pub(crate) fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

async fn open(database: &TestDatabase) -> Database {
    let options = Options { migrations: Migrations::Require, ..Options::new(Schema::Platform) };
    Database::open(database.address(), &options).await.unwrap()
}

/// Starts the import and kills it when its results have grown to a random length; `false` when it ended before.
fn killed(site: &Site, file: &Path, results: &Path, random: &Random) -> bool {
    let length = || std::fs::metadata(results).map_or(0, |data| data.len());
    let growth = u64::from_le_bytes(random.bytes()) % 80_000;
    let until = length() + growth;
    let mut process = verb(site, "import", &["--system", "B"]);
    let mut process = process.arg(file).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let started = Instant::now();
    while length() <= until {
        if process.try_wait().unwrap().is_some() {
            return false;
        }
        assert!(started.elapsed() < PATIENCE, "the import hangs");
        std::thread::sleep(Duration::from_micros(300));
    }
    std::thread::sleep(Duration::from_micros(u64::from_le_bytes(random.bytes()) % 20_000));
    let ended = process.try_wait().unwrap();
    process.kill().unwrap();
    process.wait().unwrap();
    ended.is_none()
}

#[tokio::test]
async fn an_import_that_is_killed_again_and_again_loses_and_doubles_nothing() {
    for database in databases(Schema::Platform).await {
        let site = site(&database);
        let platform = site.platform();
        site.join("B", "0B01", None);
        let file = site.path("stock.csv");
        std::fs::write(&file, stock(ROWS)).unwrap();
        let results = site.path("stock.csv.results.csv");
        let random = Random::system();
        let kills = (0..KILLS).filter(|_| killed(&site, &file, &results, &random)).count();
        assert!(kills >= 2, "it was too quick to be killed: {kills}");
        let ended = import(&site, &file, &[]);
        assert_eq!(ended.status.code(), Some(0), "{}: {}", database.name(), said(&ended));
        assert!(said(&ended).contains(&format!("rows {ROWS}: 新备案 filed {ROWS}")), "{}", said(&ended));

        // Every row has one result, every result its own seal.
        let text = std::fs::read_to_string(&results).unwrap();
        let lines: Vec<Vec<&str>> = text.lines().skip(1).map(|line| line.split(',').collect()).collect();
        for (at, line) in lines.iter().enumerate() {
            assert_eq!((line[0], line[1], line[3]), (&*(at + 1).to_string(), &*format!("K-{at}"), "filed"));
        }
        let codes: BTreeSet<&str> = lines.iter().map(|line| line[2]).collect();
        assert_eq!((lines.len(), codes.len()), (ROWS, ROWS));
        // The register has them and no others, numbered without gaps, and the evidence log is whole.
        let own = open(&database).await;
        let mut tx = own.read().await.unwrap();
        let mut stored = BTreeSet::new();
        let mut after = String::new();
        loop {
            let page = seals::page(&mut tx, Some("B"), &after, 1_000).await.unwrap();
            let Some(last) = page.last() else { break };
            after.clone_from(&last.seal_code);
            stored.extend(page.into_iter().map(|seal| seal.seal_code));
        }
        tx.commit().await.unwrap();
        assert!(stored.iter().map(String::as_str).eq(codes.iter().copied()), "{}", database.name());
        let numbers: BTreeSet<&str> = codes.iter().map(|code| &code[14..23]).collect();
        assert_eq!(numbers.last().map(|last| last.parse::<usize>().unwrap()), Some(ROWS));
        let mut filed = 0;
        let audit = storage::evidence::audit(&own, |entry| filed += usize::from(entry.kind == "seal.filed"));
        assert!(audit.await.unwrap().is_good());
        assert_eq!(filed, ROWS);
        own.close().await;
        let again = import(&site, &file, &[]);
        assert!(
            again.status.success() && said(&again).contains("imported to its end before"),
            "{}",
            said(&again)
        );
        platform.end();
    }
}

#[tokio::test]
async fn what_the_operator_is_told() {
    for database in databases(Schema::Platform).await {
        let site = site(&database);
        let platform = site.platform();
        site.join("B", "0B01", None);
        let file = site.path("stock.csv");
        let good = stock(3);
        std::fs::write(&file, good.clone() + "K-9,章,04,01,示例科技有限公司,911100008021004330,1,2\n")
            .unwrap();

        let rehearsed = import(&site, &file, &["--dry-run"]);
        assert_eq!(rehearsed.status.code(), Some(1));
        assert!(
            said(&rehearsed).contains("nothing was filed") && said(&rehearsed).contains("filed 3"),
            "{}",
            said(&rehearsed)
        );
        assert!(!site.path("stock.csv.results.csv").exists());
        let ended = import(&site, &file, &[]);
        assert_eq!(ended.status.code(), Some(1), "{}", said(&ended));
        assert!(said(&ended).contains("refused 1") && said(&ended).contains("hint: "), "{}", said(&ended));

        let gbk = site.path("gbk.csv");
        std::fs::write(&gbk, b"code,name\nA,\xca\xbe\xc0\xfd\n").unwrap();
        let refused = import(&site, &gbk, &[]);
        assert_eq!(refused.status.code(), Some(2));
        assert!(said(&refused).contains("GBK") && said(&refused).contains("iconv"), "{}", said(&refused));
        let unknown = import(&site, &site.path("platform.toml"), &[]);
        assert!(said(&unknown).contains("--format"), "{}", said(&unknown));
        let open = site.path("open.csv");
        std::fs::write(&open, good + "\"" + &"x".repeat(5 << 20)).unwrap();
        let refused = import(&site, &open, &[]);
        assert!(said(&refused).contains("row 4") && refused.status.code() == Some(2), "{}", said(&refused));

        // To a file, and on standard output without anything else on it.
        let out = site.path("out.jsonl");
        let exported = verb(&site, "export", &["--out", &text(&out), "--system", "B"]).output().unwrap();
        assert!(exported.status.success(), "{}", said(&exported));
        let lines = std::fs::read_to_string(&out).unwrap();
        assert_eq!(lines.lines().count(), 3);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            assert_eq!(std::fs::metadata(&out).unwrap().permissions().mode() & 0o777, 0o600);
        }
        let twice = verb(&site, "export", &["--out", &text(&out)]).output().unwrap();
        assert_eq!(twice.status.code(), Some(2), "no file is written over");
        let nobody = site.path("nobody.jsonl");
        let refused =
            verb(&site, "export", &["--out", &text(&nobody), "--system", "NOBODY"]).output().unwrap();
        assert_eq!(refused.status.code(), Some(2), "a system that there is not has no empty export");
        assert!(said(&refused).contains("10001") && !nobody.exists(), "{}", said(&refused));
        let refused = import(&site, site.folder.path(), &["--format", "csv"]);
        assert!(
            said(&refused).contains("不是普通文件") && refused.status.code() == Some(2),
            "{}",
            said(&refused)
        );
        let refused = import(&site, &site.path("missing.csv"), &[]);
        assert!(said(&refused).contains("文件不存在"), "{}", said(&refused));
        let piped = verb(&site, "export", &["--out", "-", "--format", "jsonl"]).output().unwrap();
        assert_eq!(String::from_utf8(piped.stdout).unwrap(), lines);
        platform.end();
    }
}
