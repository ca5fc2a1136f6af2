//! `sealbridge verify`: a verdict for each document, with its reasons.

use std::io::Write;
use std::path::Path;

use jiff::Timestamp;
use protocol::Clock;
use verify::{Options, Profile, Report, Revocation, Trust, Verdict};

use crate::args::{ProfileArg, RevocationArg, VerifyArgs};
use crate::keys;
use crate::outcome::{About, End, Failure, Outcome};

/// Prints a line. Who reads our output may stop before its end; that is no fault of the verdict.
macro_rules! say {
    ($($words:tt)*) => {{
        let _ = writeln!(std::io::stdout(), $($words)*);
    }};
}

/// Largest document that is read, in bytes.
const MAX_DOCUMENT: u64 = 256 << 20;
/// Largest revocation list that is read, in bytes.
const MAX_CRL: u64 = 64 << 20;

/// Verifies every file, and ends with the worst: 1 when one is invalid, else 2 when one could not be judged.
pub(crate) fn run(args: &VerifyArgs) -> End {
    let (trust, options) = match prepare(args) {
        Ok(prepared) => prepared,
        Err(failure) => {
            failure.report();
            return End::Unknown;
        }
    };
    let ends: Vec<End> = args.files.iter().map(|file| one(file, args, &trust, &options)).collect();
    if ends.contains(&End::Bad) {
        return End::Bad;
    }
    ends.into_iter().max().unwrap_or(End::Unknown)
}

fn prepare(args: &VerifyArgs) -> Outcome<(Trust, Options)> {
    let mut trust = Trust::new();
    for file in keys::certificate_files(&args.trust)? {
        trust.add_trusted(&keys::read_file(&file, MAX_CRL)?).about(file.display())?;
    }
    for path in &args.crl {
        trust.add_crls(&keys::read_file(path, MAX_CRL)?).about(path.display())?;
    }
    trust.finish();
    let at = match &args.at {
        Some(text) => text.parse::<Timestamp>().map_err(|error| {
            Failure::new(format!("--at {text}: {error}")).hint("write it like 2026-01-31T08:00:00Z")
        })?,
        None => Clock::system().now(),
    };
    let mut options = Options::new(at);
    options.revocation = match args.revocation {
        RevocationArg::Strict => Revocation::Strict,
        RevocationArg::Soft => Revocation::Soft,
        RevocationArg::Off => Revocation::Off,
    };
    options.profile = match args.profile {
        ProfileArg::Strict => Profile::Strict,
        ProfileArg::Compat => Profile::Compat,
    };
    Ok((trust, options))
}

fn one(file: &Path, args: &VerifyArgs, trust: &Trust, options: &Options) -> End {
    let name = file.display().to_string();
    let report = match keys::read_file(file, MAX_DOCUMENT) {
        Ok(bytes) => verify::verify(&bytes, trust, options).named(&name),
        Err(failure) => {
            // A file that cannot be read is a line of its own for programs too.
            if args.json {
                say!("{}", unreadable(&name));
            }
            failure.report();
            return End::Unknown;
        }
    };
    if args.json {
        match serde_json::to_string(&report) {
            Ok(line) => say!("{line}"),
            Err(error) => {
                Failure::new(format!("{name}: {error}")).report();
                return End::Unknown;
            }
        }
    } else {
        print(&report);
    }
    match report.verdict {
        Verdict::Valid => End::Good,
        Verdict::Invalid => End::Bad,
        Verdict::Indeterminate => End::Unknown,
    }
}

fn unreadable(name: &str) -> String {
    serde_json::json!({
        "file": name, "verdict": "indeterminate", "signCount": 0, "signatures": [],
        "findings": [{
            "id": "file.unreadable", "clause": "", "status": "unknown",
            "hint": "文件无法读取 the file cannot be read",
        }],
    })
    .to_string()
}

/// The verdict in one sentence, then each signature with what speaks against it.
fn print(report: &Report) {
    let count = report.signatures.len();
    say!("{}: {} ({count} 个签章 signatures)", report.file, words(report.verdict));
    for finding in &report.findings {
        say!("    {} {} {}", finding.status().as_str(), finding.hint_zh(), finding.hint_en());
    }
    for (index, signature) in report.signatures.iter().enumerate() {
        let owner = signature.signer.as_ref().map_or("-", |signer| signer.owner.as_str());
        let time = signature.sign_time.map_or_else(|| "-".to_owned(), |time| time.to_string());
        say!("  {}. {}  {owner}  {time}", index + 1, words(signature.verdict));
        for step in report.steps(signature) {
            let (zh, en) = (step.step.name().zh, step.step.name().en);
            let mark = match step.indication() {
                Verdict::Valid => "✔",
                Verdict::Invalid => "✘",
                Verdict::Indeterminate => "?",
            };
            say!("     {mark} {zh} {en}: {} {}", step.hint_zh, step.hint_en);
        }
    }
}

fn words(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Valid => "有效 VALID",
        Verdict::Invalid => "无效 INVALID",
        Verdict::Indeterminate => "无法判断 CANNOT SAY",
    }
}
