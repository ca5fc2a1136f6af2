//! Attacks by how large a seal says that it is, by how many places it is shown in, by the order of an open list, and by one
//! seal that is made to look like another.

use formats::ofd::{Kind, Mode, Stamp};
use sealbridge_verify as verify;
use testkit::lab::{Files, SealSpec, ValueSpec};
use testkit::pki::pki;
use verify::catalogue as rule;

use crate::Case;
use crate::base::{LIST, plain_contract, prepared, sealed};
use crate::seals::placed;

pub(crate) fn cases() -> Vec<Case> {
    let mut all = sizes();
    all.extend(many());
    all.extend(orders());
    all.extend(paper());
    all
}

/// The contract with the usual seal, or any other document.
fn contract() -> Files {
    sealed(&plain_contract(), Mode::Continue)
}

/// One more seal, of the second party, at places of the first page.
fn then_sealed(files: &Files, spec: &SealSpec, places: &[[f64; 4]]) -> Files {
    let stamps = places.iter().map(|[x, y, width, height]| Stamp::at(0, *x, *y, *width, *height));
    let seal = spec.write();
    prepared(&files.to_zip(), Kind::Seal(seal.clone()), Mode::Continue, stamps.collect())
        .sealed(&seal, &ValueSpec::by(&pki().second))
}

fn of_size(size: (i64, i64)) -> SealSpec {
    SealSpec { size, ..SealSpec::good() }
}

fn case(files: &Files, name: &'static str, zh: &'static str, en: &'static str) -> Case {
    Case::of(files, name).says(zh, en).unknown(&rule::STAMP_SEEN)
}

fn sizes() -> Vec<Case> {
    let shown = |size, place| then_sealed(&contract(), &of_size(size), &[place]);
    vec![
        case(
            &shown((0, 0), [5.0, 5.0, 200.0, 280.0]),
            "seal-without-size",
            "印章自身的大小写为 0，整页显示",
            "a seal that says it has no size, shown as large as the page",
        ),
        case(
            &shown((70_000, 70_000), [5.0, 5.0, 200.0, 280.0]),
            "seal-of-seventy-metres",
            "印章自身的大小写为 70 米，整页显示",
            "a seal that says it has seventy metres, shown as large as the page",
        ),
        case(
            &shown((200, 280), [5.0, 5.0, 200.0, 280.0]),
            "seal-as-large-as-page-by-itself",
            "印章自身就有一页大",
            "a seal that is as large as the page by itself",
        ),
        case(
            &placed("50 100 8 8"),
            "seal-too-small-to-read",
            "印章缩小到无法辨认",
            "the seal is shown too small to be read",
        ),
        case(&placed("50 100 40 15"), "seal-flattened", "印章被压扁", "the seal is flattened"),
        case(
            &shown((100, 100), [40.0, 200.0, 40.0, 40.0]),
            "seal-shown-as-another",
            "后签者 100 毫米的印章缩小到与前一印章一样大小，图案也相同",
            "a later seal of 100 mm is shown in the size of the first one, whose look it has",
        ),
        Case::control(&placed("50 100 18 18"), "control-seal-at-less-than-half")
            .says("40 毫米的印章显示为 18 毫米", "a seal of 40 mm is shown at 18"),
        Case::control(
            &then_sealed(&contract(), &of_size((60, 60)), &[[40.0, 180.0, 60.0, 60.0]]),
            "control-seal-of-sixty",
        )
        .says("60 毫米的印章，如国家机关所用", "a seal of 60 mm, as organs of the state have"),
    ]
}

/// So many places beside and below one another.
fn tiles(columns: u8, rows: u8, from: (f64, f64)) -> Vec<[f64; 4]> {
    let column = |at: u8| from.0 + 40.0 * f64::from(at);
    let row = |at: u8| from.1 + 40.0 * f64::from(at);
    (0..rows).flat_map(|y| (0..columns).map(move |x| [column(x), row(y), 40.0, 40.0])).collect()
}

fn many() -> Vec<Case> {
    let usual = SealSpec::good();
    let mut by_several = contract();
    for part in 0..3_u8 {
        by_several = then_sealed(&by_several, &usual, &tiles(4, 2, (10.0, 5.0 + 80.0 * f64::from(part))));
    }
    let small: Vec<[f64; 4]> = (0..25).map(|at| [5.0 + 8.0 * f64::from(at), 10.0, 8.0, 6.0]).collect();
    vec![
        case(
            &then_sealed(&contract(), &usual, &tiles(5, 7, (0.0, 0.0))),
            "seal-tiles-page",
            "一个签章以正常大小的印章铺满整页，盖住前一签名人所签的内容",
            "one signature tiles the page with seals of an honest size, over what the first one signed",
        ),
        case(
            &by_several,
            "seals-tile-page-together",
            "三个签章各盖几处，合起来盖住大半页",
            "three signatures, each with some places, take most of the page together",
        ),
        case(
            &then_sealed(&contract(), &of_size((8, 6)), &small),
            "small-seals-in-a-row",
            "一个小章在同一页盖二十五处，盖住整行文字",
            "a small seal in twenty-five places of one page hides a whole line",
        ),
        Case::control(
            &then_sealed(&contract(), &usual, &tiles(4, 1, (10.0, 100.0))),
            "control-seal-in-four-places",
        )
        .says("一个签章在同一页盖四处", "one signature has four places on a page"),
    ]
}

/// The list of signatures the other way round.
fn turned(mut files: Files) -> Files {
    files.edit(LIST, |text| {
        let start = text.find("<ofd:Signature ").expect("an entry");
        let end = text.rfind("</ofd:Signatures>").expect("the end");
        let mut entries: Vec<&str> = text[start..end].split_inclusive("/>").collect();
        entries.reverse();
        format!("{}{}{}", &text[..start], entries.concat(), &text[end..])
    });
    files
}

fn orders() -> Vec<Case> {
    let enlarged = then_sealed(&contract(), &SealSpec::good(), &[[20.0, 20.0, 70.0, 70.0]]);
    let mut first = plain_contract();
    first = then_sealed(&Files::from_zip(&first), &SealSpec::good(), &[[20.0, 20.0, 60.0, 60.0]]).to_zip();
    let (prepared, seal) = crate::base::to_seal(&first, Mode::Continue);
    let second = prepared.sealed(&seal, &ValueSpec::good());
    vec![
        case(
            &turned(enlarged),
            "later-seal-enlarged-and-listed-first",
            "后签者的印章放大，并在未锁定的列表中移到最前",
            "a later signer's seal is enlarged, and put first in the open list",
        ),
        Case::control(&second, "control-first-seal-enlarged").says(
            "第一个签章略微放大，其后另有签章",
            "the first seal is shown somewhat larger, another one follows",
        ),
    ]
}

/// A ring on white or clear paper, as PNG.
fn ring(paper: [u8; 4]) -> Vec<u8> {
    const SIDE: i32 = 48;
    let pixel = |x: i32, y: i32| {
        let (x, y) = (2 * x + 1 - SIDE, 2 * y + 1 - SIDE);
        let square = x * x + y * y;
        let is_star = square < 12 * 12;
        let is_rim = (40 * 40..48 * 48).contains(&square);
        if is_rim || is_star { [200, 0, 0, 255] } else { paper }
    };
    let pixels: Vec<[u8; 4]> = (0..SIDE).flat_map(|y| (0..SIDE).map(move |x| pixel(x, y))).collect();
    let mut out = Vec::new();
    let side = u32::try_from(SIDE).expect("a small picture");
    let mut encoder = png::Encoder::new(&mut out, side, side);
    encoder.set_color(png::ColorType::Rgba);
    encoder.set_compression(png::Compression::NoCompression);
    let mut writer = encoder.write_header().expect("a picture");
    writer.write_image_data(pixels.as_flattened()).expect("a picture");
    writer.finish().expect("a picture");
    out
}

/// Two seals with rings on such paper, the second so far to the right of the first.
fn beside(paper: [u8; 4], further: f64) -> Files {
    let spec = SealSpec { picture: ring(paper), ..SealSpec::good() };
    let seal = spec.write();
    let stamps = vec![Stamp::at(0, 60.0, 200.0, 40.0, 40.0)];
    let first = prepared(&plain_contract(), Kind::Seal(seal.clone()), Mode::Continue, stamps)
        .sealed(&seal, &ValueSpec::good());
    then_sealed(&first, &spec, &[[60.0 + further, 200.0, 40.0, 40.0]])
}

fn paper() -> Vec<Case> {
    vec![
        case(
            &beside([255; 4], 4.0),
            "later-seal-on-white-paper-over-seal",
            "白底的后签印章盖住前一印章的大部分",
            "a later seal on white paper hides most of the first one",
        ),
        Case::control(&beside([255; 4], 20.0), "control-white-seals-overlap")
            .says("两个白底印章部分重叠", "two seals on white paper lie partly over one another"),
        Case::control(&beside([255, 255, 255, 0], 8.0), "control-clear-seals-overlap")
            .says("两个透明底印章大部分重叠", "two seals on clear paper lie mostly over one another"),
    ]
}
