//! A QR code as one path of SVG: no style, no script, sharp at every size.

use std::fmt::Write;

use qrcode::{Color, EcLevel, QrCode};

/// Modules of white around the code, which readers need (ISO/IEC 18004).
const QUIET: usize = 4;

/// The code for an address; `None` when it is too long for one.
pub(super) fn svg(text: &str) -> Option<String> {
    let code = QrCode::with_error_correction_level(text, EcLevel::M).ok()?;
    let side = code.width();
    let whole = side + 2 * QUIET;
    let mut path = String::new();
    for (row, colours) in code.to_colors().chunks(side).enumerate() {
        let mut column = 0;
        while let Some(rest) = colours.get(column..).filter(|rest| !rest.is_empty()) {
            let colour = rest.first().copied().unwrap_or(Color::Light);
            let run = rest.iter().take_while(|next| **next == colour).count();
            if colour == Color::Dark {
                // Writing into a String cannot fail.
                let _ = write!(path, "M{} {}h{run}v1h-{run}z", column + QUIET, row + QUIET);
            }
            column += run;
        }
    }
    Some(format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {whole} {whole}\" width=\"232\" height=\"232\" \
         role=\"img\" aria-label=\"二维码 QR code\"><path fill=\"#fff\" d=\"M0 0h{whole}v{whole}h-{whole}z\"/>\
         <path fill=\"#000\" shape-rendering=\"crispEdges\" d=\"{path}\"/></svg>"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_code_is_drawn_whole() {
        let text = "http://127.0.0.1:8081/consent/0123456789abcdef0123456789abcdef";
        let svg = svg(text).unwrap();
        let dark = QrCode::with_error_correction_level(text, EcLevel::M).unwrap();
        let dark = dark.to_colors().into_iter().filter(|colour| *colour == Color::Dark).count();
        let runs = svg.split('h').skip(1).filter_map(|part| part.split('v').next()?.parse::<usize>().ok());
        // The first path is the white ground.
        assert_eq!(runs.skip(1).sum::<usize>(), dark);
        assert!(super::svg(&"x".repeat(5000)).is_none());
    }
}
