//! Comparing what a system has with what the platform has.

use std::collections::BTreeMap;

use platform::reconciliation;
use protocol::SealCode;
use protocol::reconciliation::{Difference, SealLine};
use serde::Deserialize;
use serde_json::json;

use super::join_args::ReconcileArgs;
use super::{app_id, desk, told};
use crate::outcome::{About, End, Failure, Outcome};

/// Largest list of a system: some five million seals.
const MAX_FILE: u64 = 512 << 20;

#[derive(Deserialize)]
struct Line {
    #[serde(rename = "sealCode")]
    seal_code: String,
    state: String,
    #[serde(rename = "certNumber", default)]
    cert_number: Option<String>,
}

/// Prints what differs: ends 0 when nothing does, else 1.
pub(super) async fn reconcile(args: &ReconcileArgs) -> Outcome {
    let theirs = read(args)?;
    let context = desk(&args.look.site.config).await?;
    let id = app_id(&args.app_id)?;
    let found = told(reconciliation::differences(&context, &id, &theirs, args.day).await)?;
    if args.look.json {
        let lines: Vec<_> = found
            .iter()
            .map(|(code, difference)| json!({ "sealCode": code, "difference": difference }))
            .collect();
        say!("{}", json!({ "systemId": id.as_str(), "compared": theirs.len(), "differences": lines }));
    } else {
        say!("对账 compared: {}, 差异 differences: {}", theirs.len(), found.len());
        for (code, difference) in &found {
            say!("  {code} {}", words(difference));
        }
    }
    Ok(if found.is_empty() { End::Good } else { End::Bad })
}

fn words(difference: &Difference) -> String {
    match difference {
        Difference::OnlySystem => "仅系统有 the platform does not have it".to_owned(),
        Difference::OnlyPlatform => "仅平台有 the system does not have it".to_owned(),
        Difference::State { system, platform } => {
            format!("状态不同 state: 系统 system {system}, 平台 platform {platform}")
        }
        Difference::Certificate { system, platform } => {
            let of = |number: &Option<String>| number.clone().unwrap_or_else(|| "-".to_owned());
            format!("证书不同 certificate: 系统 system {}, 平台 platform {}", of(system), of(platform))
        }
    }
}

/// Reads the system's list: CSV, or JSON lines where the first line is an object.
fn read(args: &ReconcileArgs) -> Outcome<BTreeMap<String, SealLine>> {
    let bytes = crate::keys::read_file(&args.theirs, MAX_FILE)?;
    let text = crate::keys::text(bytes, &args.theirs)?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
    let is_json = text.trim_start().starts_with('{');
    let mut rows = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    let columns = if is_json { Vec::new() } else { cells(rows.next().map_or("", |(_, head)| head)) };
    let column = |name: &str| columns.iter().position(|column| *column == name);
    let (code, state, number) = (column("sealCode"), column("state"), column("certNumber"));
    if !is_json && (code.is_none() || state.is_none()) {
        return Err(Failure::new(format!("{}: 缺少列 no columns sealCode and state", args.theirs.display()))
            .hint("the first line names the columns: sealCode,state,certNumber"));
    }
    let mut lines = BTreeMap::new();
    for (row, text) in rows {
        let place = format!("{}: {}", args.theirs.display(), row.saturating_add(1));
        let line = if is_json {
            serde_json::from_str(text).about(&place)?
        } else {
            let cells = cells(text);
            let cell = |at: Option<usize>| at.and_then(|at| cells.get(at)).map(|cell| (*cell).to_owned());
            Line {
                seal_code: cell(code).unwrap_or_default(),
                state: cell(state).unwrap_or_default(),
                cert_number: cell(number),
            }
        };
        let (code, line) = judge(line, &place)?;
        if lines.insert(code.clone(), line).is_some() {
            return Err(Failure::new(format!("{place}: {code} 重复 stands there twice")));
        }
    }
    Ok(lines)
}

/// The cells of a row. None of the three columns has a comma or a quotation mark inside.
fn cells(row: &str) -> Vec<&str> {
    row.split(',').map(|cell| cell.trim().trim_matches('"')).collect()
}

fn judge(line: Line, place: &str) -> Outcome<(String, SealLine)> {
    SealCode::parse(&line.seal_code)
        .map_err(|fault| Failure::new(format!("{place}: {} {}", fault.zh, fault.en)))?;
    let state = match line.state.as_str() {
        "1" | "enabled" => "enabled",
        "3" | "revoked" => "revoked",
        "4" | "disabled" => "disabled",
        other => {
            return Err(Failure::new(format!("{place}: {other}: 没有这个状态 no such state"))
                .hint("1 enabled, 3 revoked, 4 disabled"));
        }
    };
    let number = line.cert_number.filter(|number| !number.is_empty());
    let cert_number = number.map(|number| number.to_ascii_uppercase());
    Ok((line.seal_code, SealLine { state: state.to_owned(), cert_number }))
}
