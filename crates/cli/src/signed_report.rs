//! `sealbridge report verify`: the signature of a platform over its verification report, checked offline
//! (docs/wire-profile.md, "A report to keep"). What the report says is not judged again here: `verify --replay` does that.

use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use protocol::AppId;
use protocol::wire::{key_id, verify_report};
use serde_json::Value;

use crate::args::ReportVerifyArgs;
use crate::keys::{public_key, read_file, write_beside};
use crate::outcome::{About, End, Failure, Outcome};

/// Largest answer that is read, in bytes.
const MAX_ANSWER: u64 = 96 << 20;

/// What an answer holds of a signed report.
struct Signed {
    report: Vec<u8>,
    key_id: String,
    signature: String,
}

/// Ends 0 when the platform signed this report, 1 when it did not, 2 when that cannot be told.
pub(crate) fn verify(args: &ReportVerifyArgs) -> Outcome {
    let Checked { report, judge, key, is_good } = check(&args.answer, &args.key, &args.judge)?;
    if !is_good {
        say!("✘ 报告签名无效 the signature is NOT of this report by {judge}");
        return Ok(End::Bad);
    }
    let told = told(&report)?;
    say!("✔ 报告签名有效 the report was signed by {judge}, key {key}");
    say!("  {told}");
    if let Some(out) = &args.out {
        write_beside(out, &[&args.answer, &args.key], &report)?;
        say!("  {}", out.display());
    }
    Ok(End::Good)
}

/// The report of a platform's answer, which that platform signed.
///
/// # Errors
/// When it did not.
pub(crate) fn signed_by(answer: &Path, key: &Path, judge: &str) -> Outcome<Vec<u8>> {
    let checked = check(answer, key, judge)?;
    if checked.is_good {
        return Ok(checked.report);
    }
    let what = format!("报告签名无效 the signature is NOT of this report by {}", checked.judge);
    Err(Failure::new(format!("{}: {what}", answer.display())))
}

/// A report with what came of its signature.
struct Checked {
    report: Vec<u8>,
    judge: AppId,
    /// Id of the key.
    key: String,
    is_good: bool,
}

fn check(answer: &Path, key: &Path, judge: &str) -> Outcome<Checked> {
    let judge = AppId::parse(judge).about("id")?;
    let key = public_key(key)?;
    let signed = signed(answer)?;
    let own = key_id(&key);
    if signed.key_id != own {
        return Err(Failure::new(format!(
            "{}: 由另一密钥签名 signed with another key: {}, this one is {own}",
            answer.display(),
            signed.key_id.escape_debug()
        ))
        .hint(
            "`sealbridge operator public-key` at the platform gives its key; ask for the one of that time",
        ));
    }
    let is_good = verify_report(&judge, &signed.report, &signed.signature, &key).is_ok();
    Ok(Checked { report: signed.report, judge, key: own, is_good })
}

/// The report of an answer: table 26 by itself, or the whole answer with it as `data`.
fn signed(path: &Path) -> Outcome<Signed> {
    let answer: Value = serde_json::from_slice(&read_file(path, MAX_ANSWER)?).about(path.display())?;
    let data = answer.get("data").filter(|data| data.is_object()).unwrap_or(&answer);
    let field = |name: &str| {
        data.get(name).and_then(Value::as_str).map(str::to_owned).ok_or_else(|| {
            Failure::new(format!("{}: 没有 {name} no {name} in it", path.display()))
                .hint("需要平台的应答（表 26，report=1） the platform's answer (table 26) is needed, asked for with report=1")
        })
    };
    let report = STANDARD.decode(field("report")?).about(path.display())?;
    Ok(Signed { report, key_id: field("reportKeyId")?, signature: field("reportSign")? })
}

/// What the report says, in a line.
fn told(report: &[u8]) -> Outcome<String> {
    let report: Value = serde_json::from_slice(report).about("report")?;
    let word =
        |name: &str| report.get(name).and_then(Value::as_str).unwrap_or("-").escape_debug().to_string();
    Ok(format!("{}: {}; {}", word("file"), word("verdict"), word("at")))
}
