//! A sketch of the page with the seal on it, in true proportion.

use std::fmt::Write;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use protocol::tables::SealInfo;

use crate::application::{Progress, Spot};

/// The seal's picture for a page, when browsers can show it.
pub(super) fn data_uri(seal: &SealInfo) -> String {
    let bytes = seal.moulage_data.bytes();
    let kind = match bytes {
        [0x89, b'P', b'N', b'G', ..] => "image/png",
        [0xFF, 0xD8, 0xFF, ..] => "image/jpeg",
        [b'G', b'I', b'F', b'8', ..] => "image/gif",
        [b'B', b'M', ..] => "image/bmp",
        _ => return String::new(),
    };
    format!("data:{kind};base64,{}", STANDARD.encode(bytes))
}

/// The page as SVG, the part of a riding seal beyond its edge cut off. Nothing in it is text from outside: numbers, and
/// a picture in Base64.
pub(super) fn draw(progress: &Progress, seal: &SealInfo, spot: Option<Spot>) -> String {
    let page = spot.map_or(progress.first_page, |spot| spot.size);
    let (width, height) = (page.width_mm, page.height_mm);
    let mut lines = String::new();
    for line in 0..12_u8 {
        let (top, length) = (30.0 + f64::from(line) * 14.0, if line % 4 == 3 { 0.45 } else { 0.76 });
        let (left, length) = (width * 0.12, width * length);
        // Writing into a String cannot fail.
        let _ =
            write!(lines, "<path fill=\"#e4e0da\" d=\"M{left:.1} {top:.1}h{length:.1}v3h-{length:.1}z\"/>");
    }
    let picture = spot.map_or(String::new(), |Spot { x_mm, y_mm, .. }| {
        let (uri, wide, high) = (data_uri(seal), seal.width, seal.height);
        format!(
            "<image href=\"{uri}\" x=\"{x_mm:.2}\" y=\"{y_mm:.2}\" width=\"{wide:.2}\" height=\"{high:.2}\"/>"
        )
    });
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width:.2} {height:.2}\" role=\"img\" \
         aria-label=\"印章位置示意 Place of the seal\"><rect width=\"{width:.2}\" height=\"{height:.2}\" fill=\"#fff\"/>\
         {lines}{picture}</svg>",
    )
}
