//! `sealbridge sign`: seals an OFD document with a seal and a key at hand, without any server but a TSA.

use std::path::Path;

use client::Stamper;
use crypto::{Random, SignatureAlgorithm, Signer};
use formats::asn1::Mode as Reading;
use formats::ofd::{
    self, Along, Edge, Kind, Mode, Package, Placement, Prepared, Provider, Rect, RidingSeal, Stamp,
};
use formats::ses::{Seal, assemble_signature};
use protocol::Clock;

use crate::args::{Edge as EdgeArg, SignArgs};
use crate::keys::{self, Credential};
use crate::outcome::{About, End, Failure, Outcome};
use crate::seal::whole_second;

/// Largest document that is read, in bytes.
const MAX_DOCUMENT: u64 = 256 << 20;
/// Largest seal that is read, in bytes.
const MAX_SEAL: u64 = 8 << 20;
/// Distance of a seal from the edges when its place is not given, in millimetres.
const MARGIN_MM: f64 = 25.0;

/// Prepares, signs, embeds, and says what was done.
pub(crate) fn run(args: &SignArgs) -> Outcome {
    let document = keys::read_file(&args.file, MAX_DOCUMENT)?;
    let seal_der = keys::read_file(&args.seal, MAX_SEAL)?;
    let (seal, _) = Seal::parse(&seal_der, Reading::Strict).about(args.seal.display())?;
    let password = keys::password(&args.password, "signer")?;
    let signer = keys::read_pkcs12(&args.key, &password)?;
    check_seal(&seal, &signer)?;
    let limits = ofd::Limits::default();
    let stamps = stamps(args, &document, &seal, &limits)?;
    let placement = Placement {
        body: 0,
        kind: Kind::Seal(seal_der),
        stamps,
        provider: provider(),
        signing_time: whole_second(Clock::system().now()),
        mode: if args.lock { Mode::Lock } else { Mode::Continue },
    };
    let prepared = ofd::prepare(&document, &placement, &limits)
        .map_err(|error| Failure::new(format!("{}: {error}", args.file.display())))?;
    let value = sign(&prepared, &signer, args.tsa.as_deref())?;
    let sealed = ofd::embed(&prepared, &value, &limits).about(args.file.display())?;
    keys::write_beside(&args.out, &[&args.file, &args.seal, &args.key], &sealed)?;
    report(&args.out, &seal, &prepared);
    Ok(End::Good)
}

/// Who signs must be in the seal, and the seal in force: nobody would accept the document (GB/T 38540 §7.2 a).
fn check_seal(seal: &Seal, signer: &Credential) -> Outcome<()> {
    if !seal.cert_list.contains(signer.certificate.der()) {
        return Err(Failure::new("the signer's certificate is not in the seal")
            .hint("after a renewal of the certificate the seal must be made again"));
    }
    let now = Clock::system().now();
    if now < seal.valid_start || now > seal.valid_end {
        return Err(Failure::new(format!(
            "the seal is valid from {} to {}",
            seal.valid_start, seal.valid_end
        )));
    }
    if !signer.certificate.is_in_force(now) {
        return Err(Failure::new("the signer's certificate is not valid now")
            .hint("renew it, and make the seal again"));
    }
    Ok(())
}

pub(crate) fn provider() -> Provider {
    Provider {
        name: "sealbridge".to_owned(),
        version: Some(env!("CARGO_PKG_VERSION").to_owned()),
        company: Some("sealbridge".to_owned()),
    }
}

/// Where the seal is shown.
fn stamps(args: &SignArgs, document: &[u8], seal: &Seal, limits: &ofd::Limits) -> Outcome<Vec<Stamp>> {
    let pages = page_boxes(document, limits).about(args.file.display())?;
    let (width, height) = (millimetres(seal.picture.width_mm), millimetres(seal.picture.height_mm));
    if let Some(edge) = args.riding {
        let riding = RidingSeal {
            width_mm: width,
            height_mm: height,
            edge: match edge {
                EdgeArg::Left => Edge::Left,
                EdgeArg::Right => Edge::Right,
            },
            along: Along::Middle,
            pages_per_seal: 20,
        };
        return riding.stamps(&pages).about("--riding");
    }
    let index = args.page.checked_sub(1).ok_or_else(|| Failure::new("--page counts from 1"))?;
    let page = pages.iter().find(|(page, _)| *page == index).map(|(_, area)| area);
    let page = page.ok_or_else(|| Failure::new(format!("the document has {} pages", pages.len())))?;
    let (x, y) = match (args.x, args.y) {
        (Some(x), Some(y)) => (x, y),
        _ => (page.width - width - MARGIN_MM, page.height - height - MARGIN_MM),
    };
    Ok(vec![Stamp::at(index, x, y, width, height)])
}

/// The physical box of every page.
pub(crate) fn page_boxes(document: &[u8], limits: &ofd::Limits) -> Result<Vec<(usize, Rect)>, ofd::OfdError> {
    let package = Package::open(document, limits)?;
    let first = package.document(0)?;
    let mut boxes = Vec::with_capacity(first.pages.len());
    for index in 0..first.pages.len() {
        let page = package.page(&first, index)?;
        // A page without any area is shown as A4 by every reader.
        let area = page.area.map_or(A4, |(area, _)| area.physical);
        boxes.push((index, area));
    }
    Ok(boxes)
}

const A4: Rect = Rect { x: 0.0, y: 0.0, width: 210.0, height: 297.0 };

fn millimetres(size: i64) -> f64 {
    i32::try_from(size).map_or(f64::from(i32::MAX), f64::from)
}

/// The SES signature over what was prepared, with a time stamp where one is wanted.
fn sign(prepared: &Prepared, signer: &Credential, tsa: Option<&str>) -> Outcome<Vec<u8>> {
    let message = prepared.to_sign();
    let signature = signer.key.sign(message).about("signature")?;
    // What cannot be verified here would not be accepted anywhere.
    signer.key.verifying_key().verify(SignatureAlgorithm::Sm2Sm3, message, &signature).about("signature")?;
    let token = tsa.map(|url| time_stamp(url, &signature)).transpose()?;
    Ok(assemble_signature(message, signer.certificate.der(), &signature, token.as_deref()))
}

fn time_stamp(url: &str, signature: &[u8]) -> Outcome<Vec<u8>> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().about("runtime")?;
    let (now, random) = (Clock::system().now(), Random::system());
    runtime.block_on(client::time_stamp(&Stamper::at(url), signature, now, &random)).map_err(|error| {
        Failure::new(format!("{url}: {error} [{}]", error.code())).hint(
            "没有时间戳，未签章 nothing was signed: there is no time stamp; leave out --tsa to do without",
        )
    })
}

fn report(out: &Path, seal: &Seal, prepared: &Prepared) {
    say!("已签章 sealed: {}", out.display());
    say!("印章 seal: {} ({})", seal.name, seal.es_id);
    say!("签章时间 signing time: {}", prepared.signing_time());
    say!("原文杂凑 data hash: {}", hex::encode(prepared.data_hash()));
}
