//! Documents of our own: the contract in Chinese with its font embedded, and seals at a word of it.

use crate::signing::*;
use crate::support::at;
use sealbridge_formats::ofd::compose::{Composer, FontFace, Parties};
use sealbridge_formats::pdf::compose::{ComposeError, purchase_contract, to_pdf};
use sealbridge_formats::pdf::seal::{SealError, stamps_at_keyword};
use sealbridge_formats::pdf::{Limits, Pdf};

/// The font of the seal pictures.
fn font() -> Vec<u8> {
    std::fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/../picture/fonts/SealbridgeSong-Bold.otf")).unwrap()
}

fn contract() -> sealbridge_formats::pdf::compose::Contract {
    let parties =
        Parties {
            buyer: "海河市数据资源局", seller: "北辰云印章科技有限公司", number: "HH-2025-0301"
        };
    purchase_contract(&parties, at("2025-03-01T02:03:04Z"), &font()).unwrap()
}

#[test]
fn the_contract_is_small_and_always_the_same() {
    let made = contract();
    assert!(made.pdf == contract().pdf);
    assert!(made.pdf.len() < 200_000, "{}", made.pdf.len());
    let pdf = Pdf::open(&made.pdf, &Limits::default()).unwrap();
    assert!((2..=3).contains(&pdf.pages().unwrap().len()));
    assert_eq!(pdf.facts(), []);
    if let Some(folder) = std::env::var_os("SEALBRIDGE_KEEP") {
        std::fs::write(std::path::Path::new(&folder).join("contract.pdf"), &made.pdf).unwrap();
    }
}

#[test]
fn a_seal_stands_at_a_word() {
    let made = contract();
    let pdf = Pdf::open(&made.pdf, &Limits::default()).unwrap();
    let stamps = stamps_at_keyword(&pdf, "（盖章）", 40.0, 40.0).unwrap();
    assert_eq!(stamps.len(), 2, "{stamps:?}");
    for (stamp, spot) in stamps.iter().zip([made.buyer, made.seller]) {
        assert_eq!(stamp.page_index, spot.page_index);
        let (x, y) = (stamp.boundary.x + 20.0, stamp.boundary.y + 20.0);
        assert!((x - spot.x_mm).abs() < 25.0 && (y - spot.y_mm).abs() < 15.0, "{stamp:?} {spot:?}");
    }
    let mut placement = sealing();
    placement.stamps = vec![stamps[0]];
    let after = applied(&made.pdf, &placement);
    placement.stamps = vec![stamps[1]];
    let after = applied(&after, &placement);
    if let Some(folder) = std::env::var_os("SEALBRIDGE_KEEP") {
        std::fs::write(std::path::Path::new(&folder).join("sealed.pdf"), &after).unwrap();
    }
    assert_eq!(stamps_at_keyword(&pdf, "不在其中", 40.0, 40.0).unwrap_err(), SealError::NoKeyword);
    let wide = stamps_at_keyword(&pdf, "盖章", 400.0, 40.0).unwrap_err();
    assert_eq!(wide.code(), "pdf.off-page");
    // The title is near the upper edge: a large seal moves inwards.
    let high = stamps_at_keyword(&pdf, "合同编号", 200.0, 200.0).unwrap();
    assert!(high[0].boundary.x >= 0.0 && high[0].boundary.y.abs() < 1e-9, "{high:?}");
}

#[test]
fn what_a_font_cannot_show_is_said() {
    let mut composer = Composer::new("0", "x", at("2025-03-01T02:03:04Z"));
    composer.page(|page| {
        page.text(20.0, 20.0, 5.0, FontFace::Song, "甲\u{10FFFF}");
    });
    assert_eq!(to_pdf(&composer, None), Err(ComposeError::NoGlyph('甲')));
    assert_eq!(to_pdf(&composer, Some(&font())), Err(ComposeError::NoGlyph('\u{10FFFF}')));
    assert_eq!(to_pdf(&composer, Some(b"no font")), Err(ComposeError::Font));
}
