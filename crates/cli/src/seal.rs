//! `sealbridge seal make`: draws a seal and signs it as its maker.

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

/// Makes the seal and says what it holds.
pub(crate) fn make(args: &SealMakeArgs) -> Outcome {
    let drawn = draw(args)?;
    let signers = keys::certificates(&args.signer)?;
    let password = keys::password(&args.password, "maker")?;
    let maker = keys::read_pkcs12(&args.maker, &password)?;
    let now = Clock::system().now();
    let es_id = args.es_id.clone().unwrap_or_else(|| Random::system().hex_id());
    let draft = SealDraft {
        vid: VENDOR.to_owned(),
        es_id: es_id.clone(),
        seal_type: i64::from(seal_type_number(&args.seal_type)?),
        name: args.name.clone(),
        cert_list: CertList::Certificates(signers.iter().map(|signer| signer.der().to_vec()).collect()),
        create: whole_second(now),
        valid_start: whole_second(now),
        valid_end: end_of_validity(now, args.days)?,
        picture: Picture {
            kind: "PNG".to_owned(),
            data: drawn.png.clone(),
            width_mm: i64::from(drawn.width_mm),
            height_mm: i64::from(drawn.height_mm),
        },
        ext_datas: Vec::new(),
    };
    let seal = sign(&draft, &maker)?;
    keys::write_beside(&args.out, &[&args.maker], &seal)?;
    if let Some(path) = &args.picture {
        write_picture(path, &drawn)?;
    }
    println!("印章 seal: {} ({} bytes)", args.out.display(), seal.len());
    println!("esID: {es_id}");
    println!(
        "图像 picture: {} × {} mm, {} × {} px",
        drawn.width_mm, drawn.height_mm, drawn.width_px, drawn.height_px
    );
    println!("SM3: {}", hex::encode(crypto::sm3::digest(&seal)));
    Ok(End::Good)
}

fn sign(draft: &SealDraft, maker: &Credential) -> Outcome<Vec<u8>> {
    let signer: &dyn Signer = &maker.key;
    draft.sign(signer, maker.certificate.der()).about("seal")
}

fn draw(args: &SealMakeArgs) -> Outcome<Drawn> {
    let number = seal_type_number(&args.seal_type)?;
    let kind = SealType::from_number(number)
        .ok_or_else(|| Failure::new(format!("{}: no such type of seal", args.seal_type)).hint("01 to 08"))?;
    let mut design = SealDesign::for_type(kind, &args.name).about("picture")?;
    if let Some(line) = &args.line {
        design.type_line = Some(line.clone());
    }
    SealPicture::draw(&design).about("picture")
}

fn seal_type_number(text: &str) -> Outcome<u8> {
    let number: Option<u8> = text.parse().ok();
    number
        .filter(|number| (1..=8).contains(number))
        .ok_or_else(|| Failure::new(format!("{text}: no such type of seal")).hint("01 to 08"))
}

fn write_picture(path: &Path, drawn: &Drawn) -> Outcome<()> {
    let kind =
        path.extension().and_then(|extension| extension.to_str()).unwrap_or_default().to_ascii_lowercase();
    let bytes: &[u8] = match kind.as_str() {
        "png" => &drawn.png,
        "svg" => drawn.svg.as_bytes(),
        _ => {
            return Err(
                Failure::new(format!("{}: unknown kind of picture", path.display())).hint(".png or .svg")
            );
        }
    };
    std::fs::write(path, bytes).about(path.display())
}

fn end_of_validity(now: Timestamp, days: u32) -> Outcome<Timestamp> {
    let life = SignedDuration::from_hours(24 * i64::from(days));
    whole_second(now).checked_add(life).about("--days")
}

/// Seals and signatures hold whole seconds.
pub(crate) fn whole_second(at: Timestamp) -> Timestamp {
    Timestamp::from_second(at.as_second()).unwrap_or(at)
}
