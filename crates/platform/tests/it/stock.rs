//! Existing stock into the register and out of it, on both databases. The process that is killed is in the command
//! line's tests.

use std::collections::BTreeSet;
use std::path::PathBuf;

use protocol::endpoints::SealFiling;
use protocol::lists::{SealState, SealType};
use protocol::schema::RequestTable;
use protocol::tables::FilingRequest;
use protocol::wire::{Limits, Params};
use protocol::{AppId, Code, ParamValue};
use sealbridge_platform::stock::{
    self, Export, Exported, Format, MAX_ROW, Order, Persons, Repeat, SealCodes, SourceFault, StockError,
    Summary,
};
use storage::Schema;
use storage::platform::seals::{self, Selection};
use testkit::databases::databases;
use testkit::pki::{TEST_USCC, pki};
use testkit::scripted_system::{SealSpec, make_seal};

use crate::common::{PERSON, World, config, contract, filing};

/// What is unusual about an import.
#[derive(Clone, Copy, Default)]
struct Unusual<'a> {
    app_id: Option<&'a AppId>,
    codes: SealCodes,
    repeat: Repeat,
    rehearse: bool,
    /// No results are written.
    silent: bool,
}

/// A folder with a stock file in it.
struct Stock {
    folder: tempfile::TempDir,
    format: Format,
}

impl Stock {
    fn new(format: Format, text: impl AsRef<[u8]>) -> Self {
        let stock = Self { folder: tempfile::tempdir().unwrap(), format };
        std::fs::write(stock.source(), text).unwrap();
        stock
    }

    fn source(&self) -> PathBuf {
        self.folder.path().join("stock")
    }

    fn results(&self) -> PathBuf {
        self.folder.path().join("results")
    }

    /// Imports it for B as it is usually done.
    async fn import(&self, world: &World) -> Result<Summary, StockError> {
        self.import_as(world, Unusual::default()).await
    }

    async fn import_as(&self, world: &World, how: Unusual<'_>) -> Result<Summary, StockError> {
        let (source, results) = (self.source(), self.results());
        let survey = stock::survey(&source, |_| {})?;
        let order = Order {
            app_id: how.app_id.unwrap_or(&world.b.app_id),
            actor: "admin",
            source: &source,
            survey: &survey,
            format: self.format,
            results: Some(results.as_path()).filter(|_| !how.silent),
            codes: how.codes,
            repeat: how.repeat,
            rehearse: how.rehearse,
        };
        stock::import(world.platform.context(), order, |_| {}).await
    }

    /// The lines of the results, each split at its commas.
    fn lines(&self) -> Vec<Vec<String>> {
        let text = std::fs::read_to_string(self.results()).unwrap();
        let mut lines = text.lines();
        assert_eq!(lines.next(), Some("row,code,sealCode,outcome,result,reason"));
        lines.map(|line| line.splitn(6, ',').map(str::to_owned).collect()).collect()
    }

    fn outcomes(&self) -> Vec<(String, String)> {
        self.lines().into_iter().map(|line| (line[3].clone(), line[4].clone())).collect()
    }
}

/// A row of JSON without seal data.
fn bare(code: &str, serial: u32) -> Params {
    let mut row = Params::new();
    let serial = format!("{serial:08X}");
    let texts = [
        ("code", code),
        ("name", "示例科技有限公司合同专用章"),
        ("sealType", "04"),
        ("certNumber", &serial),
        ("possessor", "示例科技有限公司"),
        ("possessorCertNo", TEST_USCC),
    ];
    for (name, text) in texts {
        row.insert(name, ParamValue::Text(text.to_owned())).unwrap();
    }
    for (name, number) in [("possessorType", 1), ("certType", 2)] {
        row.insert(name, ParamValue::Integer(number)).unwrap();
    }
    row
}

fn with(mut row: Params, name: &str, value: &str) -> Params {
    row.take(name);
    row.insert(name, ParamValue::Text(value.to_owned())).unwrap();
    row
}

fn json(rows: &[Params]) -> Vec<u8> {
    rows.iter().flat_map(|row| [row.to_json(), b"\r\n".to_vec()].concat()).collect()
}

/// A seal with its data as a row.
fn whole(spec: &SealSpec<'_>) -> Params {
    row(&filing(&make_seal(spec), spec.es_id))
}

fn row(request: &FilingRequest) -> Params {
    let mut row = Params::new();
    request.write(&mut row);
    row
}

async fn count(world: &World) -> i64 {
    let mut tx = world.database.read().await.unwrap();
    seals::count(&mut tx).await.unwrap().iter().map(|one| one.number).sum()
}

fn word(outcome: &str, result: &str) -> (String, String) {
    (outcome.to_owned(), result.to_owned())
}

#[tokio::test]
async fn every_row_gets_its_result() {
    for database in databases(Schema::Platform).await {
        let world = World::on(database, config()).await;
        let request = filing(&make_seal(&contract("ES0001")), "ES0001");
        let untrusted = SealSpec { maker: &pki().maker_revoked, ..contract("ES0002") };
        let mut second_number = bare("A-10", 10);
        second_number.take("certType");
        let text = [
            json(&[
                row(&request),
                whole(&untrusted),
                bare("A-3", 3),
                bare("A-3", 3),
                with(bare("A-3", 3), "name", "别的章"),
                with(bare("A-6", 6), "possessorCertNo", "91110000802100433C"),
                with(bare("A-7", 7), "bizType", "1"),
                with(bare("A-8", 8), "nmae", "x"),
            ]),
            b"{\"code\":\"A-9\",\"code\":\"A-9\"}\n{broken\n\n".to_vec(),
            json(&[second_number, with(bare("A-11", 11), "state", "2")]),
            format!("{{\"name\":\"{}\"}}\n", "x".repeat(MAX_ROW)).into_bytes(),
            json(&[with(bare("A-14", 14), "name", "=HYPERLINK(\"x\"),y")]),
        ];
        let stock = Stock::new(Format::JsonLines, text.concat());
        let summary = stock.import(&world).await.unwrap();
        let expected = [
            word("filed", "0"),
            word("refused", "30010"),
            word("filed", "0"),
            word("same", "0"),
            word("refused", "30004"),
            word("refused", "20005"),
            word("refused", "20002"),
            word("refused", "20002"),
            word("refused", "20002"),
            word("refused", "20002"),
            word("refused", "20001"),
            word("refused", "20002"),
            word("refused", "20010"),
            word("filed", "0"),
        ];
        assert_eq!(stock.outcomes(), expected, "{}", world.database.name());
        let rows: Vec<String> = stock.lines().into_iter().map(|line| line[0].clone()).collect();
        assert_eq!(rows, (1..=14).map(|row| row.to_string()).collect::<Vec<_>>());
        let lines = stock.lines();
        assert_eq!((&lines[2][2], lines[2][2].len()), (&lines[3][2], 24), "the same seal");
        assert_eq!((summary.rows, summary.filed, summary.same, summary.refused), (14, 3, 1, 10));
        assert_eq!(count(&world).await, 3);
        // On the wire the rows are the same filings: one path files both.
        let again = world.b_client.call::<SealFiling>(&request).await.unwrap();
        assert_eq!(again.data.as_str(), lines[0][2]);
        assert_eq!(world.evidence("seal.filed").await.len(), 3);
        let batch = &world.evidence("stock.imported").await[0];
        assert_eq!((&batch["actor"], &batch["refused"]), (&"admin".into(), &10.into()));
        world.check().await;
    }
}

#[tokio::test]
async fn csv_as_table_calculators_write_it() {
    let world = World::new().await;
    let text = format!(
        "\u{feff}code,name,sealType,certNumber,possessor,possessorCertNo,possessorType,certType,state\r\n\
         A-1,\"合同章,\"\"甲\"\"\",04,01,示例科技有限公司,{TEST_USCC},1,2,\r\n\
         '=A-2,合同章,04,02,示例科技有限公司,{TEST_USCC},1,2,4\r\n\
         A-3,\"合同\n章\",04,03,示例科技有限公司,{TEST_USCC},1,2,\r\n\
         A-4,合同章,4,03,示例科技有限公司,{TEST_USCC},1,2,1\r\n\
         A-5,合同章,04,05,示例科技有限公司,{TEST_USCC},一,2,1"
    );
    let stock = Stock::new(Format::Csv, text);
    stock.import(&world).await.unwrap();
    let refused = [word("refused", "20002"), word("refused", "20003"), word("refused", "20002")];
    assert_eq!(stock.outcomes()[2..], refused);
    let mut tx = world.database.read().await.unwrap();
    let first = seals::by_code(&mut tx, "SYSB", "A-1").await.unwrap().unwrap();
    assert_eq!(first.name, "合同章,\"甲\"");
    let second = seals::by_code(&mut tx, "SYSB", "=A-2").await.unwrap().unwrap();
    assert_eq!(second.state, storage::platform::seals::SealState::Disabled);
    assert!(stock.lines()[1][1].starts_with("'="), "no formula in the results either");
}

#[tokio::test]
async fn what_is_not_utf_8_is_told_before_anything_is_filed() {
    let world = World::new().await;
    let row = String::from_utf8(json(&[bare("A-1", 1)])).unwrap();
    let gbk = [row.as_bytes(), b"{\"name\":\"\xca\xbe\xc0\xfd\xbf\xc6\xbc\xbc\"}\n"].concat();
    let fault = Stock::new(Format::JsonLines, gbk).import(&world).await.unwrap_err();
    assert!(matches!(fault, StockError::Source(SourceFault::Gbk { line: 2 })), "{fault}");
    assert!(fault.to_string().contains("GBK"));
    let wide = row.encode_utf16().flat_map(u16::to_le_bytes);
    let wide: Vec<u8> = [0xff, 0xfe].into_iter().chain(wide).collect();
    let fault = Stock::new(Format::JsonLines, wide).import(&world).await.unwrap_err();
    assert!(matches!(fault, StockError::Source(SourceFault::Utf16)), "{fault}");
    assert_eq!(count(&world).await, 0);
}

#[tokio::test]
async fn a_rehearsal_says_the_same_and_files_nothing() {
    for database in databases(Schema::Platform).await {
        let world = World::on(database, config()).await;
        let official = |code: &str| with(bare(code, 77), "sealType", "01");
        // More than a batch, so that equal rows are far from one another.
        let mut rows: Vec<Params> = (0..600).map(|row| bare(&format!("A-{row}"), row)).collect();
        rows.extend([
            bare("A-3", 3),
            with(bare("A-4", 4), "name", "别的章"),
            official("B-1"),
            official("B-2"),
        ]);
        rows.extend([with(bare("", 5000), "name", "无编号"), with(bare("", 5000), "name", "无编号")]);
        let stock = Stock::new(Format::JsonLines, json(&rows));
        let rehearsed =
            stock.import_as(&world, Unusual { rehearse: true, ..Unusual::default() }).await.unwrap();
        let outcomes = stock.outcomes();
        assert_eq!((rehearsed.filed, rehearsed.same, rehearsed.refused), (602, 2, 2));
        assert_eq!(count(&world).await, 0);
        assert_eq!(world.evidence("stock.imported").await.len(), 0);
        std::fs::remove_file(stock.results()).unwrap();
        let filed = stock.import(&world).await.unwrap();
        assert_eq!(stock.outcomes(), outcomes, "{}", world.database.name());
        assert_eq!((filed.filed, filed.same, filed.refused), (602, 2, 2));
        world.check().await;
    }
}

#[tokio::test]
async fn an_import_goes_on_where_it_stood_and_is_done_once() {
    for database in databases(Schema::Platform).await {
        let world = World::on(database, config()).await;
        let rows: Vec<Params> = (0..1_200).map(|row| bare(&format!("A-{row}"), row)).collect();
        let stock = Stock::new(Format::JsonLines, json(&rows));
        let (source, results) = (stock.source(), stock.results());
        let survey = stock::survey(&source, |_| {}).unwrap();
        let order = Order {
            app_id: &world.b.app_id,
            actor: "admin",
            source: &source,
            survey: &survey,
            format: stock.format,
            results: Some(&results),
            codes: SealCodes::New,
            repeat: Repeat::Never,
            rehearse: false,
        };
        // Given up in the middle, as soon as the first batch is told.
        let halt = tokio::sync::Notify::new();
        let watch = |so_far: &Summary| {
            if so_far.rows >= 500 {
                halt.notify_one();
            }
        };
        tokio::select! {
            biased;
            () = halt.notified() => {}
            ended = stock::import(world.platform.context(), order, watch) => panic!("not halted: {ended:?}"),
        }
        // As if the results of rows that were never committed were written already.
        let mut text = std::fs::read_to_string(&results).unwrap();
        text.push_str("501,A-500,,filed,0,never committed\n");
        std::fs::write(&results, text).unwrap();

        let summary = stock.import(&world).await.unwrap();
        assert_eq!((summary.earlier, summary.rows, summary.filed, summary.same), (500, 1_200, 1_200, 0));
        let lines = stock.lines();
        let codes: BTreeSet<&String> = lines.iter().map(|line| &line[2]).collect();
        assert_eq!((lines.len(), codes.len()), (1_200, 1_200), "{}", world.database.name());
        assert_eq!(count(&world).await, 1_200);
        // Done is done, unless it is wanted again; then everything is found.
        let done = stock.import(&world).await.unwrap();
        assert_eq!((done.earlier, done.filed), (1_200, 1_200));
        let again = Unusual { repeat: Repeat::Again, ..Unusual::default() };
        assert!(
            matches!(stock.import_as(&world, again).await, Err(StockError::Results(_))),
            "never over old results"
        );
        std::fs::remove_file(&results).unwrap();
        let found = stock.import_as(&world, again).await.unwrap();
        assert_eq!((found.filed, found.same), (0, 1_200));
        world.check().await;
    }
}

#[tokio::test]
async fn two_imports_of_one_file_do_not_mix() {
    for database in databases(Schema::Platform).await {
        let world = World::on(database, config()).await;
        let rows: Vec<Params> = (0..1_500).map(|row| bare(&format!("A-{row}"), row)).collect();
        let stock = Stock::new(Format::JsonLines, json(&rows));
        let other = stock.folder.path().join("other results");
        let (one, two) = tokio::join!(
            stock.import(&world),
            stock.import_as(&world, Unusual { silent: true, ..Unusual::default() })
        );
        let good = [&one, &two].into_iter().filter(|ended| ended.is_ok()).count();
        assert!(good >= 1, "{one:?} {two:?}");
        for ended in [one, two] {
            assert!(matches!(ended, Ok(_) | Err(StockError::Elsewhere)), "{ended:?}");
        }
        assert_eq!(count(&world).await, 1_500, "{}", world.database.name());
        assert!(!other.exists());
        world.check().await;
    }
}

#[tokio::test]
async fn a_system_that_may_not_file_is_refused() {
    let world = World::new().await;
    let stock = Stock::new(Format::JsonLines, json(&[bare("A-1", 1)]));
    let nobody = AppId::parse("nobody").unwrap();
    let refused = stock.import_as(&world, Unusual { app_id: Some(&nobody), ..Unusual::default() }).await;
    let code = |ended: Result<Summary, StockError>| match ended {
        Err(StockError::Failure(failure)) => protocol::ApiError::from(failure).code(),
        other => panic!("{other:?}"),
    };
    assert_eq!(code(refused), Code::UnknownCaller);
    assert!(!stock.results().exists());
}

/// Seals of every kind in the register of B.
async fn filled(world: &World) {
    let person = SealSpec {
        name: "张三丰印",
        seal_type: SealType::Personal,
        owner: PERSON,
        signer: &pki().person,
        ..contract("ES0003")
    };
    world.filed(&contract("ES0001")).await;
    let (disabled, _) = world.filed(&contract("ES0002")).await;
    world.set_state(&disabled, SealState::Disabled).await.unwrap();
    world.filed(&person).await;
    let (revoked, _) = world.filed(&contract("ES0004")).await;
    world.set_state(&revoked, SealState::Revoked).await.unwrap();
    // Made again under the same business code.
    let mut renewed = filing(&make_seal(&contract("ES0005")), "ES0004");
    renewed.seal_data = None;
    renewed.name = protocol::SealName::parse("=新章, \"二\"").unwrap();
    world.b_client.call::<SealFiling>(&renewed).await.unwrap();
}

async fn export(
    world: &World,
    format: Format,
    persons: Persons,
    selection: Selection<'_>,
) -> (Exported, Vec<u8>) {
    let mut out = Vec::new();
    let order = Export { selection, format, persons, actor: "admin" };
    let done = stock::export(world.platform.context(), &order, &mut out, |_| {}).await.unwrap();
    assert_eq!(done.sm3, hex::encode(crypto::sm3::digest(&out)));
    (done, out)
}

/// The rows of an export without what each register gives by itself.
fn plain(lines: &[u8], codes: SealCodes) -> BTreeSet<Vec<u8>> {
    let rows = lines.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
    rows.map(|line| {
        let mut row = Params::from_json(line, Limits::bytes(MAX_ROW)).unwrap();
        for given in ["filedAt", "changedAt", "contentVersion"] {
            assert!(row.take(given).is_some());
        }
        if codes == SealCodes::New {
            row.take("sealCode");
        }
        row.to_json()
    })
    .collect()
}

#[tokio::test]
async fn what_is_exported_can_be_imported_elsewhere() {
    let engines = databases(Schema::Platform).await.len();
    for (from, to) in (0..engines).flat_map(|from| (0..engines).map(move |to| (from, to))) {
        for (format, codes) in [(Format::Csv, SealCodes::New), (Format::JsonLines, SealCodes::Keep)] {
            let old = World::on(databases(Schema::Platform).await.swap_remove(from), config()).await;
            let new = World::on(databases(Schema::Platform).await.swap_remove(to), config()).await;
            filled(&old).await;
            let all = Selection::default();
            let (done, text) = export(&old, format, Persons::Clear, all).await;
            assert_eq!(done.seals, 5);
            let stock = Stock::new(format, &text);
            let summary = stock.import_as(&new, Unusual { codes, ..Unusual::default() }).await.unwrap();
            assert_eq!((summary.filed, summary.refused), (5, 0), "{:?}", stock.lines());
            let before = plain(&export(&old, Format::JsonLines, Persons::Clear, all).await.1, codes);
            let after = plain(&export(&new, Format::JsonLines, Persons::Clear, all).await.1, codes);
            assert_eq!(before, after, "{format:?}");
            assert_eq!(before.len(), 5);
            // Once more nothing is new, the revoked one neither.
            let again = Stock::new(format, [&text[..], b"\n"].concat());
            let summary = again.import_as(&new, Unusual { codes, ..Unusual::default() }).await.unwrap();
            assert_eq!((summary.same, summary.filed), (5, 0), "{:?}", again.lines());
            // New codes go on behind those that were kept.
            let fresh = Stock::new(Format::JsonLines, json(&[bare("F-1", 900)]));
            assert_eq!(fresh.import(&new).await.unwrap().filed, 1);
            new.check().await;
        }
    }
}

#[tokio::test]
async fn persons_are_encrypted_here_and_masked_in_an_export() {
    for database in databases(Schema::Platform).await {
        let old = World::on(database, config()).await;
        filled(&old).await;
        let all = Selection::default();
        let (_, clear) = export(&old, Format::Csv, Persons::Clear, all).await;
        let (_, masked) = export(&old, Format::Csv, Persons::Masked, all).await;
        let has = |bytes: &[u8], text: &str| String::from_utf8_lossy(bytes).contains(text);
        assert!(has(&clear, PERSON) && has(&clear, "张三丰,"));
        assert!(!has(&masked, PERSON) && !has(&masked, "张三丰"), "{}", String::from_utf8_lossy(&masked));
        let stock = Stock::new(Format::Csv, &clear);
        let new = World::new().await;
        stock.import(&new).await.unwrap();
        let mut tx = new.database.read().await.unwrap();
        let seal = seals::by_code(&mut tx, "SYSB", "ES0003").await.unwrap().unwrap();
        assert!(seal.possessor.starts_with("v1.") && seal.possessor_cert_no.starts_with("v1."));
        assert!(seal.cert.unwrap().starts_with(b"v1."));
        tx.commit().await.unwrap();
        for word in [PERSON, "张三丰"] {
            assert!(!has(&std::fs::read(stock.results()).unwrap(), word));
            assert!(
                !new.evidence("seal.filed").await.iter().any(|payload| payload.to_string().contains(word))
            );
        }
        let told = old.evidence("stock.exported").await;
        assert_eq!(told.len(), 4);
        assert_eq!((&told[1]["personsInClear"], &told[1]["seals"]), (&true.into(), &5.into()));
    }
}

#[tokio::test]
async fn a_selection_leaves_the_rest() {
    let world = World::new().await;
    filled(&world).await;
    let seals = |selection| {
        let world = &world;
        async move { export(world, Format::JsonLines, Persons::Masked, selection).await.0.seals }
    };
    let all = Selection::default();
    assert_eq!(seals(Selection { app_id: Some("SYSB"), ..all }).await, 5);
    assert_eq!(seals(Selection { app_id: Some("SYSA"), ..all }).await, 0);
    let revoked = Some(storage::platform::seals::SealState::Revoked);
    assert_eq!(seals(Selection { state: revoked, ..all }).await, 1);
    let now = world.now().as_millisecond();
    assert_eq!(seals(Selection { filed_from: Some(now), ..all }).await, 5);
    assert_eq!(seals(Selection { filed_before: Some(now), ..all }).await, 0);
}

#[tokio::test]
async fn codes_that_may_not_be_kept() {
    let world = World::new().await;
    let keep = Unusual { codes: SealCodes::Keep, ..Unusual::default() };
    let rows = [
        with(bare("A-1", 1), "sealCode", "E1330100000102123456789P"),
        bare("A-2", 2),
        with(bare("A-3", 3), "sealCode", "E1"),
    ];
    let stock = Stock::new(Format::JsonLines, json(&rows));
    stock.import_as(&world, keep).await.unwrap();
    assert_eq!(
        stock.outcomes(),
        [word("refused", "20004"), word("refused", "20001"), word("refused", "30002")]
    );
    assert!(stock.results().exists());
}
