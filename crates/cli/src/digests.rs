//! `sealbridge digests`: what is handed over of a document where the document itself must not be (hash-only
//! verification).

use ::verify::{DigestsError, Options};
use formats::pdf::PdfError;

use crate::args::DigestsArgs;
use crate::keys;
use crate::outcome::{End, Failure, Outcome};
use crate::verify::MAX_DOCUMENT;

pub(crate) fn run(args: &DigestsArgs) -> Outcome<End> {
    let file = args.file.display();
    let bytes = keys::read_file(&args.file, MAX_DOCUMENT)?;
    let options = Options::new(protocol::Clock::system().now());
    let digests = ::verify::digests_of(&bytes, &options).map_err(|error| {
        let (zh, code, hint) = words(&error, &bytes);
        Failure::new(format!("{file}: {zh}: {error} [{code}]")).hint(hint)
    })?;
    match &args.out {
        None => say!("{}", String::from_utf8_lossy(&digests)),
        Some(out) => {
            keys::write_beside(out, &[&args.file], &digests)?;
            say!("{}", out.display());
            say!(
                "不含文档内容，但含文件或签名域的名称、签名和印章 it holds no content, but names of files or fields, signatures and seals"
            );
        }
    }
    Ok(End::Good)
}

/// Why no digests are made: in Chinese, as a code, and what to do.
fn words(error: &DigestsError, bytes: &[u8]) -> (&'static str, &'static str, &'static str) {
    const SIGNED: &str =
        "请提供有签章或签名的 OFD 或 PDF 文件 digests are made of an OFD or PDF with a signature";
    match error {
        DigestsError::Pdf(error @ PdfError::PasswordNeeded) => (
            "文件需要密码才能打开",
            error.code(),
            "请提供无需密码即可打开的文件 save the document without a password for opening",
        ),
        DigestsError::Pdf(error) => ("PDF 文件无法读取", error.code(), SIGNED),
        DigestsError::Ofd(error) if formats::sealing::DocumentKind::of(bytes).is_none() => {
            ("不是 OFD 或 PDF 文件", error.code(), SIGNED)
        }
        DigestsError::Ofd(error) => ("OFD 文件无法读取", error.code(), SIGNED),
        DigestsError::Unsigned => ("文件没有签名", "document.unsigned", SIGNED),
        DigestsError::TooLarge => {
            ("签名数据过大", "document.too-large", "请直接验证文件本身 verify the document itself")
        }
        _ => ("摘要数据格式不正确", "digests.malformed", SIGNED),
    }
}
