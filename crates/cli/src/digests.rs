//! `sealbridge digests`: what is handed over of a document where the document itself must not be (hash-only
//! verification).

use ::verify::Options;

use crate::args::DigestsArgs;
use crate::keys;
use crate::outcome::{End, Failure, Outcome};
use crate::verify::MAX_DOCUMENT;

pub(crate) fn run(args: &DigestsArgs) -> Outcome<End> {
    let file = args.file.display();
    let bytes = keys::read_file(&args.file, MAX_DOCUMENT)?;
    let options = Options::new(protocol::Clock::system().now());
    let digests = ::verify::digests_of(&bytes, &options).map_err(|error| {
        Failure::new(format!("{file}: {error}")).hint("digests are made of an OFD or PDF with a signature")
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
