//! The written pictures, read back.

use super::*;
use crate::{
    design::{Centre, Colour, SealType, Shape},
    inspect::{PictureKind, inspect},
};

fn draw(design: &SealDesign) -> Drawn {
    SealPicture::draw_with(design, &FontSet::embedded_only()).expect("drawn")
}

fn company() -> SealDesign {
    SealDesign::for_type(SealType::LegalName, "北京某某科技有限公司").expect("drawn type")
}

/// Decoded RGBA pixels and the resolution in pixels a metre.
fn decode(png: &[u8]) -> (Vec<[u8; 4]>, Option<(u32, u32)>) {
    let mut reader = png::Decoder::new(std::io::Cursor::new(png)).read_info().expect("header");
    let dims = reader.info().pixel_dims.map(|dims| (dims.xppu, dims.yppu));
    assert_eq!(reader.info().color_type, png::ColorType::Rgba);
    let mut bytes = vec![0; reader.output_buffer_size().expect("bounded")];
    reader.next_frame(&mut bytes).expect("pixels");
    (bytes.chunks_exact(4).map(|pixel| pixel.try_into().expect("four")).collect(), dims)
}

#[test]
fn sizes_in_pixels_follow_the_millimetres() {
    for (mm, dpi, px) in [(42, 300, 496), (42, 600, 992), (40, 300, 472), (38, 300, 449), (18, 300, 213)] {
        assert_eq!(pixels(mm, dpi), px, "{mm} mm at {dpi} dpi");
    }
    let drawn = draw(&SealDesign::for_type(SealType::Invoice, "北京某某科技有限公司").expect("type"));
    assert_eq!((drawn.width_px, drawn.height_px), (472, 354));
    let info = inspect(&drawn.png).expect("our own picture");
    assert_eq!((info.kind, info.width_px, info.height_px), (PictureKind::Png, 472, 354));
    let (pixels, dims) = decode(&drawn.png);
    assert_eq!(pixels.len(), 472 * 354);
    assert_eq!(dims, Some((11_811, 11_811)));
}

#[test]
fn the_ground_is_transparent_and_the_ink_pure() {
    for colour in [Colour::RED, Colour { red: 12, green: 99, blue: 200 }] {
        let (pixels, _) = decode(&draw(&SealDesign { colour, ..company() }).png);
        let ink = [colour.red, colour.green, colour.blue];
        for pixel in &pixels {
            assert!(pixel[3] == 0 || pixel[..3] == ink, "{pixel:?}");
        }
        assert_eq!((pixels[0], pixels[495], pixels[496 * 496 - 1]), ([0; 4], [0; 4], [0; 4]));
        // the star covers the centre, the border the middle of the left edge
        assert_eq!(pixels[248 * 496 + 248], [ink[0], ink[1], ink[2], 255]);
        assert_eq!(pixels[248 * 496 + 6][3], 255);
        let covered = pixels.iter().filter(|pixel| pixel[3] > 127).count();
        assert!((12..40).contains(&(covered * 100 / pixels.len())), "{covered} of {}", pixels.len());
    }
}

#[test]
fn without_a_star_the_centre_is_empty() {
    let (pixels, _) = decode(&draw(&SealDesign { centre: Centre::None, ..company() }).png);
    for y in 200..296 {
        assert!(pixels[y * 496 + 200..y * 496 + 296].iter().all(|pixel| pixel[3] == 0));
    }
}

#[test]
fn the_svg_is_one_path_in_millimetres() {
    for design in [company(), SealDesign::for_type(SealType::PersonalName, "张三").expect("type")] {
        let drawn = draw(&design);
        let document = roxmltree::Document::parse(&drawn.svg).expect("well-formed");
        let root = document.root_element();
        let size = format!("{}mm", drawn.width_mm);
        assert_eq!(root.tag_name().namespace(), Some("http://www.w3.org/2000/svg"));
        assert_eq!((root.attribute("width"), root.attribute("height")), (Some(&*size), Some(&*size)));
        let children: Vec<_> = root.children().map(|node| node.tag_name().name().to_owned()).collect();
        assert_eq!(children, ["path"]);
        let path = root.first_element_child().expect("path");
        assert_eq!(path.attribute("fill"), Some("#ff0000"));
        let data = path.attribute("d").expect("data");
        assert!(data.starts_with('M') && data.ends_with('Z'));
        assert!(data.chars().all(|c| c.is_ascii_digit() || "MLQCZ .-".contains(c)));
    }
}

#[test]
fn the_same_design_gives_the_same_bytes() {
    let design = company();
    assert_eq!(draw(&design), draw(&design.clone()));
    assert_ne!(draw(&design).png, draw(&SealDesign { name: "北京某某科技集团公司".into(), ..design }).png);
}

#[test]
fn bad_designs_are_refused_with_their_code() {
    let code = |design: SealDesign| {
        SealPicture::draw_with(&design, &FontSet::embedded_only()).map_or_else(|error| error.code(), |_| "ok")
    };
    let square = SealDesign::new(Shape::Square { side_mm: 18 }, "张三");
    assert_eq!(code(square.clone()), "ok");
    assert_eq!(code(SealDesign { name: String::new(), ..company() }), "text_empty");
    assert_eq!(code(SealDesign { type_line: Some(String::new()), ..company() }), "text_empty");
    assert_eq!(code(SealDesign { name: "某".repeat(41), ..company() }), "text_too_long");
    assert_eq!(code(SealDesign { name: "公\u{202e}司".into(), ..company() }), "text_forbidden_character");
    assert_eq!(code(SealDesign { name: "公𪚥司".into(), ..company() }), "glyph_missing");
    assert_eq!(code(SealDesign { dpi: 100, ..company() }), "resolution_invalid");
    assert_eq!(code(SealDesign { tax_number: Some("911".into()), ..company() }), "text_unplaced");
    assert_eq!(code(SealDesign { serial: Some("911".into()), ..square }), "text_unplaced");
    for shape in [
        Shape::Round { diameter_mm: 0 },
        Shape::Round { diameter_mm: 61 },
        Shape::Oval { width_mm: 30, height_mm: 40 },
        Shape::Oval { width_mm: 60, height_mm: 20 },
        Shape::Square { side_mm: u16::MAX },
    ] {
        assert_eq!(code(SealDesign { shape, ..company() }), "size_invalid", "{shape:?}");
    }
    assert!(matches!(
        SealDesign::for_type(SealType::PersonalHandDrawn, "张三"),
        Err(PictureError::HandDrawn)
    ));
}

#[test]
fn names_are_not_printed() {
    let design = SealDesign::for_type(SealType::PersonalName, "张三丰").expect("type");
    let printed = format!("{design:?} {:?}", draw(&design));
    assert!(!printed.contains('张') && printed.contains("side_mm: 20"), "{printed}");
}
