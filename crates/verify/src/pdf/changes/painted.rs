//! What the operators of an appearance paint beside text, and where text can be seen (ISO 32000-1 §8.2, §9.4.1).

use formats::pdf::{Dictionary, Object, Operation, Pdf, Rect};

/// How far a background or a border may be from the edge of its widget, in points and as a part of the side.
const MARGIN: f64 = 3.0;
const PART: f64 = 0.1;
/// How much lighter or darker than its ground text must be, of 1.
const CONTRAST: f64 = 0.25;

const OTHER: (&str, &str) = ("其外观绘制了文字以外的内容", "its appearance paints something that is no text");
const PALE: (&str, &str) = ("其文字与底色难以分辨", "its text can hardly be told from its ground");
const SHAPE: (&str, &str) = ("其外观经过变形或裁剪", "its appearance is deformed or cut off");

/// An appearance that paints text, and nothing else but its widget's own background and border.
pub(super) struct Painted {
    /// Where it can be seen.
    pub(super) visible: Rect,
}

/// Red, green and blue of 1.
type Colour = [f64; 3];

struct Walk {
    bounds: Rect,
    /// Those of the widget (`MK`).
    background: Option<Colour>,
    border: Option<Colour>,
    ground: Colour,
    fill: Colour,
    stroke: Colour,
    saved: Vec<(Colour, Colour)>,
    visible: Rect,
    path: Vec<Rect>,
    clips: bool,
    has_text: bool,
}

impl Painted {
    /// Looks at every operator; one that may paint anything else is a doubt.
    pub(super) fn read(
        pdf: &Pdf<'_>,
        widget: &Dictionary,
        bounds: Rect,
        operations: &[Operation],
    ) -> Result<Self, (&'static str, &'static str)> {
        let looks = pdf.dictionary(widget, b"MK").ok().flatten().unwrap_or_default();
        let named = |key: &[u8]| {
            let items = pdf.get(&looks, key).ok().flatten()?;
            colour(&items.as_array()?.iter().filter_map(Object::as_number).collect::<Vec<_>>())
        };
        let mut walk = Walk {
            bounds,
            background: named(b"BG"),
            border: named(b"BC"),
            ground: [1.0; 3],
            fill: [0.0; 3],
            stroke: [0.0; 3],
            saved: Vec::new(),
            visible: bounds,
            path: Vec::new(),
            clips: false,
            has_text: false,
        };
        for operation in operations {
            walk.operation(operation)?;
        }
        Ok(Self { visible: walk.visible })
    }
}

impl Walk {
    fn operation(&mut self, operation: &Operation) -> Result<(), (&'static str, &'static str)> {
        let numbers: Option<Vec<f64>> = operation.operands.iter().map(Object::as_number).collect();
        match (operation.operator.as_slice(), numbers.as_deref()) {
            (b"BMC" | b"d", None)
            | (b"EMC" | b"BT" | b"ET" | b"T*", Some([]))
            | (b"J" | b"j" | b"M" | b"i" | b"Tc" | b"Tw" | b"TL", Some([_]))
            | (b"Td" | b"TD", Some([_, _])) => {}
            (b"w", Some([width])) if *width <= MARGIN => {}
            (b"q", Some([])) => self.saved.push((self.fill, self.stroke)),
            (b"Q", Some([])) => (self.fill, self.stroke) = self.saved.pop().unwrap_or_default(),
            (b"Tz", Some([scale])) if (50.0..200.0).contains(scale) => {}
            (b"Tf", None)
                if operation.operands.get(1).and_then(Object::as_number).is_some_and(|size| size > 0.0) => {}
            (b"Tm", Some([a, b, c, d, _, _])) => {
                let is_upright = *a > 0.0 && *d > 0.0 && *b == 0.0 && *c == 0.0;
                return if is_upright && (0.5..2.0).contains(&(a / d)) { Ok(()) } else { Err(SHAPE) };
            }
            (b"g" | b"rg" | b"k", Some(numbers)) => self.fill = colour(numbers).ok_or(OTHER)?,
            (b"G" | b"RG" | b"K", Some(numbers)) => self.stroke = colour(numbers).ok_or(OTHER)?,
            (b"re", Some([x, y, width, height])) => self.path.push(Rect {
                left: x.min(x + width),
                bottom: y.min(y + height),
                right: x.max(x + width),
                top: y.max(y + height),
            }),
            (b"W" | b"W*", Some([])) => self.clips = true,
            (b"n", Some([])) => self.end_path(),
            (b"f*", Some([])) if self.is_frame() => self.paint(self.fill, self.border, false)?,
            (b"f" | b"F" | b"f*", Some([])) => self.paint(self.fill, self.background, true)?,
            (b"s" | b"S", Some([])) => self.paint(self.stroke, self.border, false)?,
            (b"Tj" | b"'" | b"\"" | b"TJ", None) => {
                self.has_text = true;
                if (lightness(self.fill) - lightness(self.ground)).abs() < CONTRAST {
                    return Err(PALE);
                }
            }
            _ => return Err(OTHER),
        }
        Ok(())
    }

    fn end_path(&mut self) {
        let path = std::mem::take(&mut self.path);
        if std::mem::take(&mut self.clips) {
            // Of several rectangles only the first is counted on; of none nothing is seen.
            let clip = path.first().copied().unwrap_or_default();
            self.visible = self.visible.intersection(&clip).unwrap_or_default();
        }
    }

    /// True for two rectangles one within the other: filled by the even-odd rule, what lies between them is a border.
    fn is_frame(&self) -> bool {
        let [outer, inner] = self.path.as_slice() else { return false };
        outer.left < inner.left
            && outer.bottom < inner.bottom
            && inner.right < outer.right
            && inner.top < outer.top
    }

    /// A rectangle along the edge of the widget, in the colour that the widget names, before any text.
    fn paint(
        &mut self,
        with: Colour,
        named: Option<Colour>,
        is_ground: bool,
    ) -> Result<(), (&'static str, &'static str)> {
        let is_named = named.is_some_and(|named| named.iter().zip(with).all(|(a, b)| (a - b).abs() < 0.02));
        let is_along = |a: f64, b: f64, side: f64| (a - b).abs() <= MARGIN + side * PART;
        let (width, height) = (self.bounds.width(), self.bounds.height());
        let is_whole = self.path.iter().all(|rect| {
            is_along(rect.left, self.bounds.left, width)
                && is_along(rect.right, self.bounds.right, width)
                && is_along(rect.bottom, self.bounds.bottom, height)
                && is_along(rect.top, self.bounds.top, height)
        });
        if !is_named || !is_whole || self.has_text {
            return Err(OTHER);
        }
        if is_ground {
            self.ground = with;
        }
        self.end_path();
        Ok(())
    }
}

/// Gray, red with green and blue, or cyan with magenta, yellow and black. Readers take what lies outside of 0 to 1 for the
/// nearer of the two (ISO 32000-1 §8.6.4).
fn colour(numbers: &[f64]) -> Option<Colour> {
    let part = |number: &f64| number.clamp(0.0, 1.0);
    match numbers {
        [gray] => Some([part(gray); 3]),
        [red, green, blue] => Some([red, green, blue].map(part)),
        [cyan, magenta, yellow, black] => {
            Some([cyan, magenta, yellow].map(|ink| 1.0 - (part(ink) + part(black)).min(1.0)))
        }
        _ => None,
    }
}

fn lightness([red, green, blue]: Colour) -> f64 {
    red.mul_add(0.3, green.mul_add(0.59, blue * 0.11))
}

#[cfg(test)]
mod tests {
    use super::{CONTRAST, colour, lightness};

    #[test]
    fn colours_are_those_that_readers_paint() {
        let is_pale = |numbers: &[f64]| lightness(colour(numbers).unwrap_or_default()) > 1.0 - CONTRAST;
        assert!(is_pale(&[1.0]) && is_pale(&[3.0]) && is_pale(&[9.0, 1.0, 1.0]));
        assert!(is_pale(&[-2.0, 0.0, 0.0, 0.0]) && is_pale(&[0.5, -1.0, 0.0, -1.0]));
        assert!(!is_pale(&[0.0]) && !is_pale(&[-3.0]) && !is_pale(&[9.0, 0.0, 0.0]));
        assert!(!is_pale(&[-1.0, -1.0, -1.0, 1.0]));
        assert_eq!(colour(&[0.0, 0.0]), None);
    }
}
