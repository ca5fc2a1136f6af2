//! `migrate`: what is missing is told, applied once under a lock, and refused where the database is somebody else's.

use std::process::{Output, Stdio};

use storage::Schema;
use testkit::databases::databases;

use crate::seal_system::SealSystem;
use crate::site::{Site, sealbridge};
use crate::stock::{said, site};

/// Takes the youngest of the platform's migrations back, as a program of before knows the database.
const BEFORE: &str = "DROP INDEX deliveries_open; DELETE FROM schema_migrations WHERE version = 42";

fn migrate(site: &Site, config: &str, args: &[&str]) -> Output {
    sealbridge().args(["migrate", "--config"]).arg(site.path(config)).args(args).output().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_is_brought_up_to_date_once() {
    for database in databases(Schema::Platform).await {
        let site = site(&database);
        let name = database.name();
        let output = migrate(&site, "platform.toml", &["--check"]);
        assert_eq!(output.status.code(), Some(0), "{name}: {}", said(&output));
        database.tamper(BEFORE).await;
        let output = migrate(&site, "platform.toml", &["--check"]);
        let words = said(&output);
        assert_eq!(output.status.code(), Some(1), "{name}: {words}");
        assert!(words.contains("缺少 missing: 0042_platform_open_notices"), "{name}: {words}");
        // Two at the same moment: one does it.
        let start = || {
            let mut command = sealbridge();
            command.args(["migrate", "--config"]).arg(site.path("platform.toml"));
            command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
        };
        let both = [start(), start()].map(|process| process.wait_with_output().unwrap());
        let words = both.each_ref().map(said);
        assert!(both.iter().all(|output| output.status.code() == Some(0)), "{name}: {words:?}");
        let applied = words.iter().filter(|words| words.contains("已执行 applied: 0042")).count();
        assert_eq!(applied, 1, "{name}: {words:?}");
        drop(site.platform());
        // A later program's database is left alone.
        database.tamper("INSERT INTO schema_migrations VALUES (9999, '9999_later', 'x')").await;
        for args in [&[][..], &["--check"]] {
            let output = migrate(&site, "platform.toml", args);
            let words = said(&output);
            assert_eq!(output.status.code(), Some(2), "{name}: {words}");
            assert!(words.contains("未更改") && words.contains("9999_later"), "{name}: {words}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_first_database_is_made_and_is_one_servers() {
    let site = Site::new();
    let output = migrate(&site, "platform.toml", &["--check"]);
    assert_eq!(output.status.code(), Some(2), "{}", said(&output));
    assert!(said(&output).contains("没有数据库"), "{}", said(&output));
    let output = migrate(&site, "platform.toml", &[]);
    assert!(
        output.status.success() && said(&output).contains("已执行 applied: 0002_platform"),
        "{}",
        said(&output)
    );
    let output = migrate(&site, "platform.toml", &[]);
    assert!(output.status.success() && said(&output).contains("已是最新"), "{}", said(&output));
    // Every kind of rubbish is told with its place, and changes nothing.
    std::fs::write(site.path("rubbish.toml"), "garbage = = 1\n").unwrap();
    let output = migrate(&site, "rubbish.toml", &[]);
    assert_eq!(output.status.code(), Some(2), "{}", said(&output));
    assert!(said(&output).contains("rubbish.toml:1:11"), "{}", said(&output));
    let platform = site.platform();
    SealSystem::join(&site).await;
    drop(platform);
    // The seal system's own, and then the platform's under a seal system.
    let output = migrate(&site, "seal-system.toml", &[]);
    assert!(output.status.success(), "{}", said(&output));
    let text = std::fs::read_to_string(site.path("seal-system.toml")).unwrap();
    let line = text.lines().find(|line| line.trim_start().starts_with("database")).unwrap();
    let other = text.replace(line, &format!("database = \"{}\"", site.path("platform.db").display()));
    std::fs::write(site.path("other.toml"), other).unwrap();
    let output = migrate(&site, "other.toml", &[]);
    assert_eq!(output.status.code(), Some(2), "{}", said(&output));
    assert!(said(&output).contains("未更改"), "{}", said(&output));
}
