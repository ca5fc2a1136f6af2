//! `sealbridge sign`: seals an OFD or a PDF with a seal and a key at hand, or signs it without a seal, without any
//! server but a TSA.

use std::path::Path;

use client::Stamper;
use crypto::{Random, SignatureAlgorithm, Signer};
use formats::asn1::Mode as Reading;
use formats::ofd::{Edge, Provider};
use formats::pdf::seal::{About as SaidOf, Certify, Profile};
use formats::sealing::{
    Document, Limits, Notice, Order, PdfWishes, Place, Prepared, SealingError, Subject, Which, notices,
    prepare,
};
use formats::ses::{Seal, SesError};
use protocol::Clock;

use crate::args::{Edge as EdgeArg, PdfArgs, SignArgs, WhichArg};
use crate::keys::{self, Credential};
use crate::outcome::{About, End, Failure, Outcome};
use crate::seal::whole_second;

/// Largest document that is read, in bytes.
const MAX_DOCUMENT: u64 = 256 << 20;
/// Largest seal that is read, in bytes.
const MAX_SEAL: u64 = 8 << 20;
/// Distance of a seal from the edges when its place is not given, in millimetres.
const MARGIN_MM: f64 = 25.0;
/// Earlier signatures that do not hold any more of which is told.
const MOST_TOLD: usize = 5;
/// Over so many pages one riding seal is cut at most.
const PAGES_PER_SEAL: usize = 20;

/// Prepares, signs, embeds, and says what was done.
pub(crate) fn run(args: &SignArgs) -> Outcome {
    let document = keys::read_file(&args.file, MAX_DOCUMENT)?;
    let seal_der = args.seal.as_deref().map(|path| keys::read_file(path, MAX_SEAL)).transpose()?;
    let seal = match (&seal_der, &args.seal) {
        (Some(der), Some(path)) => {
            Some(Seal::parse(der, Reading::Strict).map_err(|error| no_seal(path, &error))?.0)
        }
        _ => None,
    };
    let password = keys::password(&args.password, "signer")?;
    let signer = keys::read_pkcs12(&args.key, &password)?;
    check_signer(seal.as_ref(), &signer)?;
    let limits = Limits::default();
    let order = Order {
        subject: seal_der.map_or(Subject::Plain, Subject::Seal),
        place: place(args, &document, &limits)?,
        provider: provider(),
        signing_time: whole_second(Clock::system().now()),
        lock: args.lock,
        is_stamped: args.tsa.is_some(),
        pdf: wishes(&args.pdf, args.plain)?,
        seed: Random::system().bytes(),
    };
    let refused = |error: SealingError| failure(&args.file, &error);
    let (prepared, _) = prepare(&document, &order, &limits).map_err(refused)?;
    let mut told: Vec<String> =
        notices(&document, &order, &limits).map_err(refused)?.iter().map(words).collect();
    told.extend(broken(&document));
    let value = sign(&prepared, &signer, args.tsa.as_deref())?;
    let sealed = prepared.embed(&value, &limits).map_err(refused)?;
    let inputs: Vec<&Path> = [Some(&args.file), args.seal.as_ref(), Some(&args.key)]
        .into_iter()
        .flatten()
        .map(AsRef::as_ref)
        .collect();
    keys::write_beside(&args.out, &inputs, &sealed)?;
    report(&args.out, seal.as_ref(), &prepared);
    for words in told {
        complain!("提示 notice: {words}");
    }
    Ok(End::Good)
}

/// What happens to the seal on its way into the document.
fn words(notice: &Notice) -> String {
    match notice {
        Notice::Smaller { shown_mm: (width, height), own_mm: (own_width, own_height) } => format!(
            "签名域小于印章，印章缩小显示：{width:.1} × {height:.1} mm，原为 {own_width:.0} × {own_height:.0} mm \
             the field is smaller than the seal, which is shown in {width:.1} × {height:.1} mm \
             [pdf.seal-smaller]"
        ),
        Notice::AppearancesKept => "表单要求阅读器重画各域（NeedAppearances），已关闭，否则印章不显示 \
             the form asked readers to draw its fields anew, which was turned off: the seal would not be shown \
             [pdf.need-appearances-off]"
            .to_owned(),
    }
}

/// Earlier signatures that do not hold any more: what was changed after them is sealed along with the rest.
fn broken(document: &[u8]) -> Vec<String> {
    use verify::catalogue::SubIndication as Why;
    // Whom to trust is not asked here: whether what was signed is still there shows without.
    let report =
        verify::verify(document, &verify::Trust::new(), &verify::Options::new(Clock::system().now()));
    let breaks = |finding: &&verify::Finding| {
        let why = finding.sub_indication();
        finding.status() == verify::Status::Bad
            && matches!(
                why,
                Some(
                    Why::HashFailure
                        | Why::SigCryptoFailure
                        | Why::ContentChanged
                        | Why::ContentNotCovered
                        | Why::SignatureRemoved
                )
            )
    };
    let broken = report.signatures.iter().filter_map(|signature| {
        let finding = signature.findings.iter().find(breaks)?;
        Some(format!(
            "在先的签名“{}”已不成立，仍继续签章：{} an earlier signature does not hold any more, and the document is \
             sealed all the same: {} [{}]",
            signature.id,
            finding.hint_zh(),
            finding.hint_en(),
            finding.id()
        ))
    });
    broken.take(MOST_TOLD).collect()
}

/// The file of `--seal` is no seal.
fn no_seal(path: &Path, error: &SesError) -> Failure {
    Failure::new(format!("{}: 不是印章数据 no seal: {error}", path.display()))
        .hint("需要 .esl 印章文件 a seal (.esl) is needed, as `sealbridge seal make` writes it")
}

/// Why a document cannot be sealed, and what to do.
pub(crate) fn failure(file: &Path, error: &SealingError) -> Failure {
    let (zh, en) = error.advice();
    let what = format!("{}: {}: {error} [{}]", file.display(), error.chinese(), error.code());
    Failure::new(what).hint(format!("{zh} {en}"))
}

/// Who signs must be in the seal, and the seal in force: nobody would accept the document (GB/T 38540 §7.2 a).
fn check_signer(seal: Option<&Seal>, signer: &Credential) -> Outcome<()> {
    let now = Clock::system().now();
    if let Some(seal) = seal {
        if !seal.cert_list.contains(signer.certificate.der()) {
            return Err(Failure::new("签章人证书不在印章中 the signer's certificate is not in the seal")
                .hint(
                    "证书更新后须重新制章 after a renewal of the certificate the seal must be made again",
                ));
        }
        if now < seal.valid_start || now > seal.valid_end {
            return Err(Failure::new(format!(
                "印章不在有效期内 the seal is valid from {} to {}",
                seal.valid_start, seal.valid_end
            )));
        }
    }
    if !signer.certificate.is_in_force(now) {
        return Err(Failure::new("签章人证书目前无效 the signer's certificate is not valid now")
            .hint("请更新证书并重新制章 renew it, and make the seal again"));
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

/// Where the seal is shown: a field that is named has its own place, unless one is given.
fn place(args: &SignArgs, document: &[u8], limits: &Limits) -> Outcome<Option<Place>> {
    if args.plain {
        return Ok(None);
    }
    if let Some(edge) = args.riding {
        let edge = match edge {
            EdgeArg::Left => Edge::Left,
            EdgeArg::Right => Edge::Right,
        };
        return Ok(Some(Place::Riding { edge, pages_per_seal: PAGES_PER_SEAL }));
    }
    if let Some(text) = &args.keyword {
        let which = match args.keyword_at {
            WhichArg::First => Which::First,
            WhichArg::Last => Which::Last,
            WhichArg::Every => Which::Every,
        };
        return Ok(Some(Place::Keyword { text: text.clone(), which }));
    }
    let page_index = args.page.checked_sub(1).ok_or_else(|| {
        Failure::new("--page 0: 页码从 1 起 --page counts from 1 [document.no-page]")
            .hint("第一页是 --page 1 the first page is --page 1")
    })?;
    let pages = Document::open(document, limits).map_err(|error| failure(&args.file, &error))?.page_count();
    if page_index >= pages {
        let error = SealingError::NoPage { page_index };
        let what = format!("{}: {}: {error} [{}]", args.file.display(), error.chinese(), error.code());
        return Err(Failure::new(what).hint(format!("文件共 {pages} 页 the document has {pages} pages")));
    }
    Ok(match (args.x, args.y) {
        (Some(x_mm), Some(y_mm)) => Some(Place::At { page_index, x_mm, y_mm }),
        _ if args.pdf.field.is_some() => None,
        _ => Some(Place::Corner { page_index, margin_mm: MARGIN_MM }),
    })
}

/// What was asked for that only a PDF has.
fn wishes(args: &PdfArgs, is_plain: bool) -> Outcome<PdfWishes> {
    let mut profile = if is_plain { Profile::cms() } else { Profile::seal() };
    let usual = profile.clone();
    profile.filter = args.filter.clone().unwrap_or(profile.filter);
    profile.sub_filter = args.sub_filter.clone().unwrap_or(profile.sub_filter);
    if let Some(oid) = &args.signature_oid {
        let read = oid.parse().map_err(|error| {
            Failure::new(format!("--signature-oid {oid}: 标识无效 no identifier: {error}"))
                .hint("写法如 write it like 1.2.156.10197.1.501")
        });
        profile.signature_algorithm = read?;
    }
    Ok(PdfWishes {
        profile: Some(profile).filter(|profile| *profile != usual),
        field: args.field.clone(),
        certify: args.certify.map(|level| match level {
            1 => Certify::NoChanges,
            2 => Certify::Forms,
            _ => Certify::Annotations,
        }),
        about: SaidOf {
            name: args.name.clone(),
            reason: args.reason.clone(),
            location: args.location.clone(),
            ..SaidOf::default()
        },
    })
}

/// The signature value over what was prepared, with a time stamp where one is wanted.
fn sign(prepared: &Prepared, signer: &Credential, tsa: Option<&str>) -> Outcome<Vec<u8>> {
    let message = prepared.to_sign();
    let signature = signer.key.sign(message).about("signature")?;
    // What cannot be verified here would not be accepted anywhere.
    signer.key.verifying_key().verify(SignatureAlgorithm::Sm2Sm3, message, &signature).about("signature")?;
    let token = tsa.map(|url| time_stamp(url, &signature)).transpose()?;
    prepared.value(signer.certificate.der(), &signature, &signer.chain, token.as_deref()).about("signature")
}

fn time_stamp(url: &str, signature: &[u8]) -> Outcome<Vec<u8>> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().about("runtime")?;
    let (now, random) = (Clock::system().now(), Random::system());
    runtime.block_on(client::time_stamp(&Stamper::at(url), signature, now, &random)).map_err(|error| {
        Failure::new(format!(
            "{url}: 时间戳服务无法使用 the authority cannot be used: {error} [{}]",
            error.code()
        ))
        .hint("没有时间戳，未签章 nothing was signed: there is no time stamp; leave out --tsa to do without")
    })
}

fn report(out: &Path, seal: Option<&Seal>, prepared: &Prepared) {
    let kind = prepared.kind().name();
    if let Some(seal) = seal {
        say!("已签章 sealed: {} ({kind})", out.display());
        say!("印章 seal: {} ({})", seal.name, seal.es_id);
    } else {
        say!("已签名 signed without a seal: {} ({kind})", out.display());
    }
    say!("签章时间 signing time: {}", prepared.signing_time());
    say!("原文杂凑 data hash: {}", hex::encode(prepared.data_hash()));
}
