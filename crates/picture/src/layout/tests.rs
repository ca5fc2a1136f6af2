//! Overlap, checked on the ink itself: each glyph's ink as a turned box where it was drawn.

use super::*;
use crate::{
    design::{Centre, SealType},
    font::Glyph,
    geometry::{Point, Quad},
};

/// The ink of one drawn glyph.
#[derive(Debug)]
pub(crate) struct Inked(Quad);

impl Inked {
    pub(super) fn new(glyph: &Glyph, affine: &Affine) -> Self {
        let (min, max) = (glyph.ink.min, glyph.ink.max);
        let corners = [(min.x, min.y), (max.x, min.y), (max.x, max.y), (min.x, max.y)];
        Self(Quad(corners.map(|(x, y)| affine.apply(Point::new(x, y)))))
    }
}

/// Hanzi with ink to all four sides of their square, so that the boxes are honest.
const DENSE: &str = "国圆国圜国园圃围圈国团图国固囿国因园国回围圃国圆圜图国圈团固囿国围圃国圆圜国国国圈";

fn dense(count: usize) -> String {
    DENSE.chars().take(count).collect()
}

/// The code with which a design is refused; outlines are too long to be printed.
fn refusal(design: &SealDesign) -> Option<&'static str> {
    lay_out(design, &FontSet::embedded_only()).err().map(|error| error.code())
}

fn art(design: &SealDesign) -> Artwork {
    let fonts = FontSet::embedded_only();
    lay_out(design, &fonts).unwrap_or_else(|error| panic!("{:?}: {error}", design.shape))
}

/// No two glyphs overlap, and all lie inside the border of a round or oval seal.
fn assert_clear(design: &SealDesign, art: &Artwork) {
    let label = format!("{:?} {} {:?}", design.shape, design.name, design.type_line);
    for (index, one) in art.glyphs.iter().enumerate() {
        for other in &art.glyphs[index + 1..] {
            assert!(!one.0.overlaps(&other.0), "{label}: {one:?} {other:?}");
        }
    }
    let (width, height) = design.shape.size_mm();
    let (a, b) = (f64::from(width) / 2.0 - 1.0, f64::from(height) / 2.0 - 1.0);
    let square = matches!(design.shape, Shape::Square { .. });
    for p in art.glyphs.iter().flat_map(|glyph| glyph.0.0) {
        let reach = if square { p.x.abs().max(p.y.abs()) / a } else { (p.x / a).hypot(p.y / b) };
        assert!(reach < 1.0, "{label}: {p:?} leaves the border");
    }
}

#[test]
fn ring_glyphs_keep_apart_for_every_length_of_name() {
    for count in 2..=40 {
        for diameter_mm in [38, 42] {
            let mut design = SealDesign::new(Shape::Round { diameter_mm }, &dense(count));
            design.centre = Centre::Star;
            let art = art(&design);
            assert_eq!(art.glyphs.len(), count);
            assert_clear(&design, &art);
        }
    }
}

#[test]
fn name_line_star_and_serial_keep_apart() {
    for seal_type in [SealType::Finance, SealType::Contract, SealType::Business, SealType::Invoice] {
        for count in (4..=30).step_by(2) {
            for centre in [Centre::Star, Centre::None] {
                let design = SealDesign::for_type(seal_type, &dense(count)).expect("drawn type");
                let invoice = seal_type == SealType::Invoice;
                let design = SealDesign {
                    centre,
                    serial: Some(if invoice { "12".into() } else { "1101010000001".into() }),
                    tax_number: invoice.then(|| "91110000802100433B".to_owned()),
                    ..design
                };
                assert_clear(&design, &art(&design));
            }
        }
    }
}

#[test]
fn type_lines_of_any_length_fit_or_are_refused() {
    let fonts = FontSet::embedded_only();
    for count in 1..=12 {
        let mut design = SealDesign::new(Shape::Round { diameter_mm: 42 }, &dense(16));
        design.type_line = Some(dense(count));
        match lay_out(&design, &fonts) {
            Ok(art) => assert_clear(&design, &art),
            Err(error) => assert!(count > 9 && error.code() == "text_no_room", "{count}: {error}"),
        }
    }
}

#[test]
fn names_spread_evenly_and_symmetrically() {
    let design = SealDesign::new(Shape::Round { diameter_mm: 42 }, &dense(13));
    let art = art(&design);
    let middles: Vec<Point> =
        art.glyphs.iter().map(|glyph| glyph.0.0[0].towards(glyph.0.0[2], 0.5)).collect();
    let angles: Vec<f64> = middles.iter().map(|p| p.x.atan2(-p.y).to_degrees()).collect();
    assert!(angles[6].abs() < 1.0, "the middle character stands at the top: {}", angles[6]);
    assert!(angles[0] < -100.0 && (angles[0] + angles[12]).abs() < 1.5, "{angles:?}");
    for pair in angles.windows(2) {
        let step = (angles[12] - angles[0]) / 12.0;
        assert!((pair[1] - pair[0] - step).abs() < 1.5, "{angles:?}");
    }
}

#[test]
fn oval_names_stand_on_the_normals() {
    let design = SealDesign::new(Shape::Oval { width_mm: 40, height_mm: 30 }, &dense(17));
    for glyph in art(&design).glyphs {
        let [left_top, right_top, _, left_bottom] = glyph.0.0;
        let across = right_top.minus(left_top);
        let down = left_bottom.minus(left_top);
        let right_angle = across.x * down.x + across.y * down.y;
        assert!(right_angle.abs() < 1e-6, "glyphs are turned, not sheared");
    }
}

#[test]
fn squares_read_in_columns_from_the_right() {
    let design = SealDesign::for_type(SealType::LegalRepresentative, "张三丰").expect("drawn type");
    let art = art(&design);
    assert_clear(&design, &art);
    let middles: Vec<Point> =
        art.glyphs.iter().map(|glyph| glyph.0.0[0].towards(glyph.0.0[2], 0.5)).collect();
    let sides: Vec<(bool, bool)> = middles.iter().map(|p| (p.x > 0.0, p.y > 0.0)).collect();
    // 张 right top, 三 right bottom, 丰 left top, 印 left bottom
    assert_eq!(sides, [(true, false), (true, true), (false, false), (false, true)]);
}

#[test]
fn squares_take_two_to_twentyfive_characters() {
    for count in 1..=25 {
        let design = SealDesign::new(Shape::Square { side_mm: 22 }, &dense(count));
        assert_clear(&design, &art(&design));
    }
    for (side_mm, count) in [(22, 26), (11, 25)] {
        let design = SealDesign::new(Shape::Square { side_mm }, &dense(count));
        assert_eq!(refusal(&design), Some("text_no_room"), "{side_mm} mm, {count}");
    }
}

#[test]
fn short_names_make_room_for_a_tax_number() {
    for count in 4..=12 {
        let mut design = SealDesign::new(Shape::Oval { width_mm: 30, height_mm: 30 }, &dense(count));
        design.tax_number = Some("91110000802100433B".to_owned());
        design.type_line = Some("发票专用章".to_owned());
        assert_clear(&design, &art(&design));
    }
}

#[test]
fn a_name_too_long_for_its_seal_is_refused() {
    let mut design = SealDesign::new(Shape::Oval { width_mm: 30, height_mm: 20 }, &dense(40));
    assert_eq!(refusal(&design), Some("text_no_room"));
    design.name = dense(12);
    assert_clear(&design, &art(&design));
}
