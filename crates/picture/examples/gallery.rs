//! Renders a gallery of seals into a folder, to be looked at.
//!
//! `cargo run -p sealbridge-picture --example gallery -- DIR [FONT_FOLDER]`; the fonts of the
//! folder, or else those of the system, serve the characters that the embedded fonts lack.

use std::{error::Error, fs, path::PathBuf};

use sealbridge_picture::{Centre, FontSet, PictureError, SealDesign, SealPicture, SealType, Shape};

fn main() -> Result<(), Box<dyn Error>> {
    let folder = PathBuf::from(std::env::args().nth(1).ok_or("usage: gallery DIR [FONT_FOLDER]")?);
    let fonts = match std::env::args().nth(2) {
        Some(fonts) => FontSet::with_folders(vec![PathBuf::from(fonts)]),
        None => FontSet::system(),
    };
    fs::create_dir_all(&folder)?;
    for (title, design) in designs()? {
        match SealPicture::draw_with(&design, &fonts) {
            Ok(drawn) => {
                fs::write(folder.join(format!("{title}.png")), &drawn.png)?;
                fs::write(folder.join(format!("{title}.svg")), &drawn.svg)?;
                println!("{title}: {} x {} px", drawn.width_px, drawn.height_px);
            }
            Err(error) => println!("{title}: {error}"),
        }
    }
    Ok(())
}

fn designs() -> Result<Vec<(&'static str, SealDesign)>, PictureError> {
    let of = SealDesign::for_type;
    let firm = "北京某某科技有限公司";
    let long = "内蒙古自治区呼伦贝尔市某某某某新能源装备制造（集团）股份有限责任公司";
    let round = |diameter_mm| Shape::Round { diameter_mm };
    let starred = |design: SealDesign| SealDesign { centre: Centre::Star, ..design };
    let serial = |design: SealDesign| SealDesign { serial: Some("1101010000001".into()), ..design };
    let taxed = |design: SealDesign| SealDesign { tax_number: Some("91110000802100433B".into()), ..design };
    let foreign = Shape::Oval { width_mm: 45, height_mm: 30 };
    Ok(vec![
        ("company", of(SealType::LegalName, firm)?),
        ("company-serial", serial(of(SealType::LegalName, "上海某某信息技术（集团）股份有限公司")?)),
        ("company-short", of(SealType::LegalName, "某某公司")?),
        ("company-long", serial(of(SealType::LegalName, long)?)),
        ("company-40", SealDesign { shape: round(40), ..of(SealType::LegalName, firm)? }),
        ("company-latin", of(SealType::LegalName, "ABC Trading (Shanghai) Co., Ltd.")?),
        ("contract", of(SealType::Contract, "北京某某科技有限公司合同专用章")?),
        ("contract-star", serial(starred(of(SealType::Contract, "杭州某某网络技术有限公司")?))),
        ("finance", starred(of(SealType::Finance, firm)?)),
        ("business-long", starred(of(SealType::Business, long)?)),
        ("invoice", taxed(of(SealType::Invoice, "北京某某科技有限公司")?)),
        (
            "invoice-serial",
            SealDesign {
                serial: Some("2".into()),
                ..taxed(of(SealType::Invoice, "上海某某信息技术（集团）股份有限公司")?)
            },
        ),
        ("invoice-long", taxed(of(SealType::Invoice, long)?)),
        ("invoice-short", taxed(of(SealType::Invoice, "某某公司")?)),
        ("foreign-oval", starred(SealDesign::new(foreign, "某某（中国）投资有限公司"))),
        ("representative", of(SealType::LegalRepresentative, "张三丰")?),
        ("personal-2", of(SealType::PersonalName, "李四")?),
        ("personal-3", SealDesign::new(Shape::Square { side_mm: 20 }, "张三丰")),
        ("personal-4", of(SealType::PersonalName, "欧阳修远")?),
        ("personal-dot", of(SealType::PersonalName, "买买提·艾力")?),
        ("finance-square", SealDesign::new(Shape::Square { side_mm: 25 }, "北京某某科技有限公司财务专用章")),
        ("rare", of(SealType::LegalName, "镕堃喆䶮頔燊㛃㬎有限公司")?),
        ("rare-installed", of(SealType::LegalName, "某某龘𰻝有限公司")?),
    ])
}
