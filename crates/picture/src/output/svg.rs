//! SVG: one path in millimetres, no text, no style sheet, no script, nothing from outside.

use std::fmt::Write as _;

use crate::{
    design::Colour,
    geometry::{Outline, Point, Segment},
};

/// A whole document as large as the seal.
pub(super) fn document(outline: &Outline, (width_mm, height_mm): (u16, u16), colour: Colour) -> String {
    let (left, top) = (f64::from(width_mm) / -2.0, f64::from(height_mm) / -2.0);
    let Colour { red, green, blue } = colour;
    let mut text = String::with_capacity(outline.0.len() * 24);
    // writing to a String cannot fail, so the results say nothing
    let _ = write!(
        text,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width_mm}mm\" height=\"{height_mm}mm\" \
         viewBox=\"{left} {top} {width_mm} {height_mm}\"><path fill=\"#{red:02x}{green:02x}{blue:02x}\" d=\""
    );
    for segment in &outline.0 {
        match segment {
            Segment::Move(to) => command(&mut text, 'M', &[to]),
            Segment::Line(to) => command(&mut text, 'L', &[to]),
            Segment::Quad(handle, to) => command(&mut text, 'Q', &[handle, to]),
            Segment::Cubic(first, second, to) => command(&mut text, 'C', &[first, second, to]),
            Segment::Close => text.push('Z'),
        }
    }
    text.push_str("\"/></svg>\n");
    text
}

fn command(text: &mut String, letter: char, points: &[&Point]) {
    text.push(letter);
    for (index, point) in points.iter().enumerate() {
        if index > 0 {
            text.push(' ');
        }
        number(text, point.x);
        text.push(' ');
        number(text, point.y);
    }
}

/// Thousandths of a millimetre, without what a reader does not need.
fn number(text: &mut String, value: f64) {
    let start = text.len();
    let _ = write!(text, "{value:.3}");
    while text.ends_with('0') {
        text.pop();
    }
    if text.ends_with('.') {
        text.pop();
    }
    if text.get(start..) == Some("-0") {
        text.truncate(start);
        text.push('0');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_short() {
        for (value, expected) in
            [(1.0, "1"), (-0.0001, "0"), (12.345_6, "12.346"), (-0.5, "-0.5"), (100.0, "100")]
        {
            let mut text = String::from("L");
            number(&mut text, value);
            assert_eq!(text, format!("L{expected}"));
        }
    }
}
