//! Attacks by how a seal is shown: over what others signed, in another size, or in part.

use formats::ofd::{Kind, Mode, Stamp};
use sealbridge_verify as verify;
use testkit::lab::{Files, SealSpec, ValueSpec};
use testkit::pki::pki;
use verify::catalogue as rule;

use crate::Case;
use crate::base::{described, plain_contract, prepared, sealed};

/// The place of the usual seal, and half of it.
const SEAL: [f64; 4] = [120.0, 200.0, 40.0, 40.0];

pub(crate) fn cases() -> Vec<Case> {
    let mut all = sizes();
    all.extend(above_others());
    all
}

/// The usual contract with the box of its seal, and what is written behind it, changed.
pub(crate) fn placed(place: &str) -> Files {
    described(&plain_contract(), Mode::Continue, |text| {
        let at = text.find(" Boundary=\"").expect("a box") + " Boundary=\"".len();
        let end = at + text[at..].find('"').expect("its end");
        format!("{}{place}{}", &text[..at], &text[end..])
    })
}

fn sizes() -> Vec<Case> {
    let case =
        |place: &str, name, zh, en| Case::of(&placed(place), name).says(zh, en).unknown(&rule::STAMP_SEEN);
    vec![
        case(
            "0 0 210 297",
            "seal-as-large-as-page",
            "印章放大到整页，盖住全部内容",
            "the seal is as large as the page, and hides all of it",
        ),
        case("20 100 150 3", "seal-stretched", "印章被拉成一条线", "the seal is stretched to a line"),
        case(
            "50 100 40 40\" Clip=\"0 0 2 2",
            "seal-clipped-to-corner",
            "只显示印章的一角",
            "a corner of the seal is all that is shown",
        ),
        case(
            "50 100 40 40\" Clip=\"0 0 40 36",
            "seal-clipped-at-edge",
            "印章的下缘被裁去，其中可能有“作废”等字样",
            "the lower edge of the seal is cut off, and what it says there",
        ),
        Case::control(&placed("50 100 30 30"), "control-seal-made-smaller")
            .says("印章略微缩小", "the seal is shown somewhat smaller than it is"),
    ]
}

/// The contract with the usual seal, and seals of the second signer.
fn below(later: &[[f64; 4]]) -> Files {
    let mut files = sealed(&plain_contract(), Mode::Continue);
    for [x, y, width, height] in later {
        let stamps = vec![Stamp::at(0, *x, *y, *width, *height)];
        let seal = SealSpec::good().write();
        let prepared = prepared(&files.to_zip(), Kind::Seal(seal.clone()), Mode::Continue, stamps);
        files = prepared.sealed(&seal, &ValueSpec::by(&pki().second));
    }
    files
}

fn above_others() -> Vec<Case> {
    let [x, y, width, height] = SEAL;
    let half = width / 2.0;
    let case = |later: &[[f64; 4]], name, zh, en| {
        Case::of(&below(later), name).says(zh, en).unknown(&rule::STAMP_SEEN)
    };
    vec![
        case(
            &[[0.0, 0.0, 210.0, 297.0]],
            "later-seal-over-page",
            "后签者的印章放大到整页，盖住前一签名人所签的内容",
            "a later signer's seal is as large as the page that the first one signed",
        ),
        case(
            &[[20.0, 20.0, 70.0, 70.0]],
            "later-seal-enlarged",
            "后签者的印章放大，盖住前一签名人所签的内容",
            "a later signer's seal is enlarged over what the first one signed",
        ),
        case(
            &[SEAL],
            "later-seal-over-seal",
            "后签者的印章正好盖在前一印章上",
            "a later signer's seal lies just over the first one",
        ),
        case(
            &[[x - half - 4.0, y, width, height], [x + half + 4.0, y, width, height]],
            "later-seals-over-seal-together",
            "后签的两个印章合起来盖住前一印章的大部分",
            "two later seals together lie over most of the first one",
        ),
        Case::control(&below(&[[x + half + 4.0, y, width, height]]), "control-seal-partly-over-seal")
            .says("后签者的印章压住前一印章的一部分", "a later seal touches the first one"),
    ]
}
