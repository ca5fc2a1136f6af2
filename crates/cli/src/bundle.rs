//! `sealbridge evidence verify`: an evidence bundle checked offline, step by step.

use std::path::PathBuf;

use clap::Args;
use proof::{Report, Trusted};
use verify::{Options, Status, Trust, Verdict};

use crate::keys::{public_key, read_file};
use crate::outcome::{About, End, Outcome};
use crate::verify::{load_crls, load_trusted, time};

/// Options of `evidence verify`.
#[derive(Debug, Args)]
pub(crate) struct EvidenceVerifyArgs {
    /// 证据包 · The bundle
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// 平台公钥 · The platform's root key (or signing key), PEM, handed over by another way than the bundle
    #[arg(long, value_name = "PLATFORM.pem")]
    key: Option<PathBuf>,
    /// Certificates to trust: a PEM or DER file, or a folder of them (revocation lists in it, .crl, are read too)
    #[arg(long, value_name = "PATH")]
    trust: Vec<PathBuf>,
    /// Revocation lists
    #[arg(long, value_name = "FILE")]
    crl: Vec<PathBuf>,
    /// Judge as of this time, such as 2026-01-31T08:00:00Z; now when not given
    #[arg(long, value_name = "TIME")]
    at: Option<String>,
    /// One JSON object
    #[arg(long)]
    json: bool,
}

/// Ends 0 when everything holds, 1 when something is broken, 2 when something cannot be told.
pub(crate) fn verify(args: &EvidenceVerifyArgs) -> Outcome {
    let limit = u64::try_from(proof::MAX_BUNDLE).unwrap_or(u64::MAX);
    let bytes = read_file(&args.file, limit)?;
    let key = args.key.as_deref().map(public_key).transpose()?;
    let mut trust = Trust::new();
    load_trusted(&args.trust, &mut trust)?;
    args.crl.iter().try_for_each(|path| load_crls(path, &mut trust))?;
    trust.finish();
    let options = Options::new(time(args.at.as_deref())?);
    let bundle = match proof::read(&bytes) {
        Ok(bundle) => bundle,
        Err(error) => {
            if args.json {
                say!("{}", serde_json::json!({ "verdict": "invalid", "error": error.to_string() }));
            } else {
                say!("✘ 不是完整的证据包 no whole evidence bundle: {error}");
            }
            return Ok(End::Bad);
        }
    };
    let trusted = Trusted { platform_key: key.as_ref(), trust: &trust, options: &options };
    let report = proof::check(&bundle, &trusted);
    if args.json {
        say!("{}", serde_json::to_string(&report).about("report")?);
    } else {
        print(&report);
    }
    Ok(match report.verdict {
        Verdict::Valid => End::Good,
        Verdict::Invalid => End::Bad,
        Verdict::Indeterminate => End::Unknown,
    })
}

fn print(report: &Report) {
    let summary = &report.summary;
    let shown = |text: &str| text.escape_debug().to_string();
    say!("印章 seal: {} {}", shown(&summary.seal_code), shown(&summary.seal_name));
    say!("签名 signing: {} {}", shown(&summary.sign_id), summary.signed_at);
    say!(
        "调用方 caller {} → 平台 platform {} → 印章系统 seal system {}",
        shown(&summary.caller),
        shown(&summary.platform),
        shown(&summary.system)
    );
    if let Some(digest) = &summary.digest {
        say!("杂凑值 digest: {digest} ({})", summary.format.as_deref().unwrap_or("-"));
    }
    if let Some(digest) = &summary.document_digest {
        say!("文档杂凑值 digest of the document: {digest}");
    }
    for finding in &report.findings {
        let mark = match finding.status {
            Status::Good => "✔",
            Status::Note => "·",
            Status::Unknown => "?",
            Status::Bad => "✘",
        };
        let (zh, en) = (shown(&finding.detail.zh), shown(&finding.detail.en));
        let detail = if zh == en { zh } else { format!("{zh} {en}") };
        say!("{mark} {}: {} {}", finding.rule.id, finding.rule.zh, finding.rule.en);
        if !detail.is_empty() {
            say!("    {detail}");
        }
    }
    say!("{}", words(report.verdict));
    if report.status("platform.key") == Some(Status::Unknown) {
        say!("hint: --key PLATFORM.pem: `sealbridge operator public-key root` at the platform gives it");
    }
}

fn words(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Valid => "证据成立 EVERYTHING HOLDS",
        Verdict::Invalid => "证据不成立 SOMETHING IS BROKEN",
        Verdict::Indeterminate => "部分无法核验 SOMETHING CANNOT BE TOLD",
    }
}
