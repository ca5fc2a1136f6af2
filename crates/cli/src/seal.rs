//! `sealbridge seal make`: draws a seal, or takes a picture that somebody brings, and signs it as its maker.

mod image;

use std::path::Path;

use crypto::{Random, Signer};
use formats::ses::{CertList, Picture, SealDraft};
use jiff::{SignedDuration, Timestamp};
use picture::{Drawn, SealDesign, SealPicture, SealType};
use protocol::Clock;

use crate::args::SealMakeArgs;
use crate::keys::{self, Credential};
use crate::outcome::{About, End, Failure, Outcome};

/// Which program makes the seals, written into each one (Vid).
const VENDOR: &str = "sealbridge";
/// Longest id of a seal, in characters. The standards set no bound; every program has one.
const MAX_ES_ID: usize = 128;

/// Makes the seal and says what it holds. Everything is judged before a file is written.
pub(crate) fn make(args: &SealMakeArgs) -> Outcome {
    let kind = seal_type(&args.seal_type)?;
    let es_id = es_id(args.es_id.as_deref())?;
    let shown = shown(args, kind)?;
    let copy = args.picture.as_deref().map(|path| picture_copy(path, &shown)).transpose()?;
    let signers = keys::certificates(&args.signer)?;
    let password = keys::password(&args.password, "maker")?;
    let maker = keys::read_pkcs12(&args.maker, &password)?;
    let now = Clock::system().now();
    let draft = SealDraft {
        vid: VENDOR.to_owned(),
        es_id,
        // The numbers of the types are those of the list (Table 1).
        seal_type: kind as i64,
        name: args.name.clone(),
        cert_list: CertList::Certificates(signers.iter().map(|signer| signer.der().to_vec()).collect()),
        create: whole_second(now),
        valid_start: whole_second(now),
        valid_end: end_of_validity(now, args.days)?,
        picture: shown.picture,
        ext_datas: Vec::new(),
    };
    let seal = sign(&draft, &maker)?;
    // The picture first: when it cannot be written, no seal lies about that nobody asked for.
    if let Some((path, bytes)) = &copy {
        if args.out == *path {
            return Err(Failure::new(format!(
                "{}: 印章与图像须用两个文件 the seal and its picture need two files",
                path.display()
            )));
        }
        keys::write_beside(path, &inputs(args), bytes)?;
    }
    keys::write_beside(&args.out, &inputs(args), &seal)?;
    report(args, &draft, (shown.width_px, shown.height_px), &seal);
    Ok(End::Good)
}

/// The files that are read, which no result may replace.
fn inputs(args: &SealMakeArgs) -> Vec<&Path> {
    let certificates = args.signer.iter().map(std::path::PathBuf::as_path);
    certificates.chain([args.maker.as_path()]).chain(args.image.as_deref()).collect()
}

fn report(args: &SealMakeArgs, draft: &SealDraft, (width_px, height_px): (u32, u32), seal: &[u8]) {
    say!("印章 seal: {} ({} bytes)", args.out.display(), seal.len());
    say!("esID: {}", draft.es_id);
    let picture = &draft.picture;
    say!(
        "图像 picture: {}, {} × {} mm, {width_px} × {height_px} px",
        picture.kind,
        picture.width_mm,
        picture.height_mm
    );
    say!("有效期至 valid until: {}", draft.valid_end);
    say!("SM3: {}", hex::encode(crypto::sm3::digest(seal)));
}

fn sign(draft: &SealDraft, maker: &Credential) -> Outcome<Vec<u8>> {
    let signer: &dyn Signer = &maker.key;
    draft.sign(signer, maker.certificate.der()).about("seal")
}

/// What the seal shows.
struct Shown {
    picture: Picture,
    width_px: u32,
    height_px: u32,
    /// The same as SVG, where we drew it.
    svg: Option<String>,
}

/// The picture that was brought, or the one that is customary for the type.
fn shown(args: &SealMakeArgs, kind: SealType) -> Outcome<Shown> {
    if let Some(path) = &args.image {
        check_name(&args.name)?;
        return image::read(path, args.size.as_deref(), SealDesign::for_type(kind, &args.name).ok().as_ref());
    }
    if kind == SealType::PersonalHandDrawn {
        return Err(Failure::new("手绘章需要图像 a hand-drawn seal (08) needs its picture")
            .hint("--image FILE (PNG, GIF, BMP or JPG), with --size such as 40x15"));
    }
    let mut design = SealDesign::for_type(kind, &args.name).about("picture")?;
    if let Some(line) = &args.line {
        design.type_line = Some(line.clone());
    }
    let Drawn { svg, png, width_px, height_px, width_mm, height_mm } =
        SealPicture::draw(&design).about("picture")?;
    let (width_mm, height_mm) = (i64::from(width_mm), i64::from(height_mm));
    let picture = Picture { kind: "PNG".to_owned(), data: png, width_mm, height_mm };
    Ok(Shown { picture, width_px, height_px, svg: Some(svg) })
}

/// A name that is drawn is judged by who draws it; this one is only told.
fn check_name(name: &str) -> Outcome<()> {
    if name.trim().is_empty() || name != name.trim() || name.chars().any(char::is_control) {
        return Err(Failure::new("印章名称无效 --name: no usable name of a seal")
            .hint("a name without spaces around it, such as 张示例"));
    }
    Ok(())
}

fn seal_type(text: &str) -> Outcome<SealType> {
    let number = text.parse().ok().and_then(SealType::from_number);
    number.ok_or_else(|| {
        Failure::new(format!("{text}: 没有这种印章类型 no such type of seal")).hint("01 to 08")
    })
}

/// The id is an IA5String in both standards, "唯一标识编码", without any form of its own. It ends up in names of
/// files and in addresses: what cannot be seen there is refused.
fn es_id(given: Option<&str>) -> Outcome<String> {
    let Some(text) = given else { return Ok(Random::system().hex_id()) };
    if text.is_empty() || text.len() > MAX_ES_ID || !text.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(Failure::new(format!("印章标识无效 --es-id {text:?}: not a usable id of a seal (esID)"))
            .hint(format!(
                "1 to {MAX_ES_ID} visible ASCII characters: esID is an IA5String (GB/T 38540 §6.1)"
            )));
    }
    Ok(text.to_owned())
}

/// The drawn picture for a file of its own, in the form its name asks for.
fn picture_copy<'a>(path: &'a Path, shown: &Shown) -> Outcome<(&'a Path, Vec<u8>)> {
    let kind =
        path.extension().and_then(|extension| extension.to_str()).unwrap_or_default().to_ascii_lowercase();
    let bytes = match (kind.as_str(), &shown.svg) {
        ("png", _) => shown.picture.data.clone(),
        ("svg", Some(svg)) => svg.clone().into_bytes(),
        _ => {
            return Err(Failure::new(format!("{}: 图像格式不支持 unknown kind of picture", path.display()))
                .hint(".png or .svg; a picture of your own is given with --image"));
        }
    };
    Ok((path, bytes))
}

fn end_of_validity(now: Timestamp, days: u32) -> Outcome<Timestamp> {
    let life = SignedDuration::from_hours(24 * i64::from(days));
    whole_second(now).checked_add(life).about("--days")
}

/// Seals and signatures hold whole seconds.
pub(crate) fn whole_second(at: Timestamp) -> Timestamp {
    Timestamp::from_second(at.as_second()).unwrap_or(at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_visible_ascii() {
        assert_eq!(es_id(Some("es_03B7")).unwrap(), "es_03B7");
        assert_eq!(es_id(None).unwrap().len(), 32);
        let long = "a".repeat(MAX_ES_ID + 1);
        for bad in ["", "a b", "印章", "a\n", long.as_str()] {
            assert!(es_id(Some(bad)).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn types_are_01_to_08() {
        assert_eq!(seal_type("08").unwrap(), SealType::PersonalHandDrawn);
        for bad in ["00", "09", "x", "", "257"] {
            assert!(seal_type(bad).is_err(), "{bad}");
        }
    }
}
