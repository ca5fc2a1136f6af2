//! `sealbridge evidence verify`: an evidence bundle checked offline, step by step.

use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use clap::Args;
use proof::{Medium, Report, Trusted};
use verify::{Options, Status, Trust, Verdict};

use crate::keys::{public_key, read_file};
use crate::outcome::{About, End, Failure, Outcome};
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
    /// 签名值 · The signature that a UKey made, as it stands in the document (DER or Base64): the platform never saw it
    #[arg(long, value_name = "FILE")]
    signature: Option<PathBuf>,
    /// One JSON object
    #[arg(long)]
    json: bool,
}

/// Largest signature value, in bytes.
const MOST_SIGNATURE: u64 = 1 << 20;

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
    let signature = args.signature.as_deref().map(signature).transpose()?;
    if signature.is_some() && bundle.head.medium != Some(Medium::Ukey) {
        return Err(Failure::new("--signature: 证据包内已有签名值 the bundle has the signature itself")
            .hint("只有 UKey 的签名值需另行给出 only a UKey's signature is handed over beside its bundle"));
    }
    let signature = signature.as_deref();
    let trusted = Trusted { platform_key: key.as_ref(), trust: &trust, options: &options, signature };
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

/// DER, or Base64 of it.
fn signature(path: &Path) -> Outcome<Vec<u8>> {
    let bytes = read_file(path, MOST_SIGNATURE)?;
    if bytes.first() == Some(&0x30) {
        return Ok(bytes);
    }
    let text: Vec<u8> = bytes.into_iter().filter(|byte| !byte.is_ascii_whitespace()).collect();
    STANDARD.decode(text).map_err(|_| {
        Failure::new(format!("{}: 不是签名值 no signature value: neither DER nor Base64", path.display()))
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
    if summary.medium == Some(Medium::Ukey) && report.status("signature.value") == Some(Status::Note) {
        say!(
            "hint: UKey 在平台之外签署，本证据证明平台准许了什么 a UKey signs out of the platform's sight: this proves what it was allowed; --signature FILE checks what it made"
        );
    }
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
