//! `sealbridge evidence export` and `checkpoint`: what leaves the platform's database to be checked elsewhere.

use std::io::Write;
use std::path::PathBuf;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use clap::Args;
use crypto::Random;
use jiff::Timestamp;
use platform::evidence::{self, Wanted};
use platform::key_files::Missing;
use storage::Migrations;
use storage::platform::signings::Signing;

use super::operator::{DeskArgs, SiteArgs, desk_of, told};
use super::platform::{open_database, read_config};
use crate::outcome::{About, End, Failure, Outcome};

/// Length of a digest.
const DIGEST: usize = 32;

/// Options of `evidence export`.
#[derive(Debug, Args)]
pub(crate) struct EvidenceExportArgs {
    #[command(flatten)]
    desk: DeskArgs,
    /// 签名ID · The signing with this signId
    #[arg(long, value_name = "ID", required_unless_present = "document_digest")]
    sign_id: Option<String>,
    /// 文档杂凑值 · The signing of a document with this digest (hexadecimal or Base64): docHash of P7, the SM3 of the message
    /// of P1, or the digest in a seal signature
    #[arg(long, value_name = "DIGEST", conflicts_with = "sign_id")]
    document_digest: Option<String>,
    /// 输出 · The new file; it holds personal data, and its owner alone can read it
    #[arg(long, value_name = "FILE.jsonl")]
    out: PathBuf,
}

/// Options of `evidence checkpoint`.
#[derive(Debug, Args)]
pub(crate) struct EvidenceCheckpointArgs {
    #[command(flatten)]
    desk: SiteArgs,
    /// One JSON object
    #[arg(long)]
    json: bool,
}

fn runtime() -> Outcome<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_current_thread().enable_all().build().about("runtime")
}

/// Writes the evidence bundle of one signing.
pub(crate) fn export(args: &EvidenceExportArgs) -> Outcome {
    runtime()?.block_on(async {
        let config = read_config(&args.desk.site.config)?;
        let database = open_database(&config, Migrations::Require).await?;
        let keys = super::keys::open(&config.keys, &database, Missing::Refuse, &Random::system()).await?;
        let context = desk_of(config, database, &keys)?;
        let digest = args.document_digest.as_deref().map(digest).transpose()?;
        let wanted = match (&args.sign_id, &digest) {
            (Some(sign_id), _) => Wanted::SignId(sign_id),
            (None, Some(digest)) => Wanted::Digest(digest),
            (None, None) => return Err(Failure::new("请给出其一 give one of --sign-id, --document-digest")),
        };
        let found = told(evidence::find(&context, wanted).await)?;
        let signing = one(&found)?;
        let mut file = super::private(&args.out)?;
        let bytes = told(evidence::export(&context, &*keys.root, signing, &args.desk.actor).await);
        let bytes = bytes.inspect_err(|_| drop(std::fs::remove_file(&args.out)))?;
        file.write_all(&bytes).and_then(|()| file.sync_all()).about(args.out.display())?;
        let sm3 = hex::encode(crypto::sm3::digest(&bytes));
        say!("已导出 exported: {} 字节 {} bytes, SM3 {sm3}", bytes.len(), bytes.len());
        say!("hint: 含个人信息 it holds personal data; sealbridge evidence verify {}", args.out.display());
        Ok(End::Good)
    })
}

/// The one signing that was meant.
fn one(found: &[Signing]) -> Outcome<&Signing> {
    match found {
        [] => Err(Failure::new("没有这样的签名 no such signing")
            .hint("only what this platform handed out is recorded, and what it allowed a UKey to sign")),
        [one] => Ok(one),
        many => {
            for one in many {
                let at =
                    Timestamp::from_millisecond(one.signed_at).map(|at| at.to_string()).unwrap_or_default();
                say!("{at}  {}  {}  {}", one.sign_id, one.system_app_id, one.seal_code);
            }
            Err(Failure::new(format!("{} 次签名 signings", many.len())).hint("--sign-id names one of them"))
        }
    }
}

/// A digest in hexadecimal or Base64.
fn digest(text: &str) -> Outcome<Vec<u8>> {
    let hexadecimal = hex::decode(text).ok().filter(|bytes| bytes.len() == DIGEST);
    let bytes = hexadecimal.or_else(|| STANDARD.decode(text).ok().filter(|bytes| bytes.len() == DIGEST));
    bytes.ok_or_else(|| {
        Failure::new(format!("{text}: 不是 32 字节的杂凑值 no digest of 32 bytes"))
            .hint("64 hexadecimal digits, or Base64 as docHash on the wire")
    })
}

/// Signs a checkpoint over the log as it is now, and prints the newest.
pub(crate) fn checkpoint(args: &EvidenceCheckpointArgs) -> Outcome {
    runtime()?.block_on(async {
        let context = super::operator::desk(&args.desk.config).await?;
        let Some(newest) = told(evidence::checkpoint(&context).await)? else {
            say!("存证日志为空 the evidence log is empty");
            return Ok(End::Good);
        };
        let (root, last_hash) = (hex::encode(&newest.root), hex::encode(&newest.last_hash));
        if args.json {
            say!(
                "{}",
                serde_json::json!({
                    "number": newest.number, "first": newest.first_seq, "last": newest.last_seq,
                    "lastHash": last_hash, "root": root, "at": newest.at, "keyId": newest.key_id,
                    "sign": newest.signature, "previous": newest.previous.as_deref().map(hex::encode),
                    "timeStamp": newest.time_stamp.as_deref().map(|token| STANDARD.encode(token)),
                })
            );
            return Ok(End::Good);
        }
        say!("检查点 checkpoint {}: 记录 entries {}–{}", newest.number, newest.first_seq, newest.last_seq);
        say!("  最后一条 last entry SM3 {last_hash}");
        say!("  根 root {root}");
        say!("  签名 signed with {}", newest.key_id);
        say!(
            "hint: 请另存一份，日后审计须与之一致 keep a copy elsewhere: a later audit has to agree with it"
        );
        Ok(End::Good)
    })
}
