//! What is shown: a form XObject with the picture (ISO 32000-1 §12.5.5).
//!
//! The picture is drawn whole; the box of the form leaves the part that is wanted, and its matrix turns it back on
//! pages that are shown turned.

use super::geometry::Spot;
use crate::pdf::{Dictionary, Object, ObjectId, Rect, Stream, StreamData};

/// A box as PDF writes it.
pub(super) fn rectangle(rect: &Rect) -> Object {
    Object::Array([rect.left, rect.bottom, rect.right, rect.top].map(Object::measure).to_vec())
}

/// The appearance of a spot.
pub(super) fn of_spot(spot: &Spot, image: ObjectId) -> Object {
    let (width, height) = spot.size;
    form(&spot.part, spot.rotate, image, [width, height, 0.0, 0.0])
}

/// The appearance in the box of a field that has its place: in its middle at its own size in millimetres, or smaller
/// where the box is. `units` is how many units of the page's space a millimetre is.
pub(super) fn in_field(rect: &Rect, rotate: u16, size_mm: (f64, f64), units: f64, image: ObjectId) -> Object {
    let (across, up) = sides(rect, rotate);
    let scale = scale(rect, rotate, size_mm, units);
    let (width, height) = (size_mm.0 * units * scale, size_mm.1 * units * scale);
    let part = Rect { left: 0.0, bottom: 0.0, right: across, top: up };
    form(&part, rotate, image, [width, height, (across - width) / 2.0, (up - height) / 2.0])
}

/// How much smaller than its own size a picture is shown in the box of a field; 1 for none.
pub(super) fn scale(rect: &Rect, rotate: u16, size_mm: (f64, f64), units: f64) -> f64 {
    let (across, up) = sides(rect, rotate);
    (across / (size_mm.0 * units)).min(up / (size_mm.1 * units)).min(1.0)
}

/// Width and height of a box as it is shown.
fn sides(rect: &Rect, rotate: u16) -> (f64, f64) {
    match rotate {
        90 | 270 => (rect.height(), rect.width()),
        _ => (rect.width(), rect.height()),
    }
}

/// A form that draws the picture with this width, height and corner.
fn form(part: &Rect, rotate: u16, image: ObjectId, place: [f64; 4]) -> Object {
    let matrix = match rotate {
        90 => [0, 1, -1, 0, 0, 0],
        180 => [-1, 0, 0, -1, 0, 0],
        270 => [0, -1, 1, 0, 0, 0],
        _ => [1, 0, 0, 1, 0, 0],
    };
    let mut content = b"q ".to_vec();
    let [width, height, x, y] = place;
    for number in [width, 0.0, 0.0, height, x, y] {
        crate::pdf::write(&Object::measure(number), &mut content);
        content.push(b' ');
    }
    content.extend_from_slice(b"cm /Seal Do Q");
    let resources = Dictionary::new()
        .with(b"XObject", Object::Dictionary(Dictionary::new().with(b"Seal", Object::Reference(image))));
    let dictionary = Dictionary::new()
        .with(b"Type", Object::name("XObject"))
        .with(b"Subtype", Object::name("Form"))
        .with(b"BBox", rectangle(part))
        .with(b"Matrix", Object::Array(matrix.map(Object::Integer).to_vec()))
        .with(b"Resources", Object::Dictionary(resources));
    Object::Stream(Stream { dictionary, data: StreamData::New(content) })
}

/// `/AP` with this normal appearance.
pub(super) fn entry(form: ObjectId) -> Object {
    Object::Dictionary(Dictionary::new().with(b"N", Object::Reference(form)))
}
