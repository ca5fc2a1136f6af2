//! Whether a picture of the page is blank at a place: paper, and at most rules and specks (ISO 32000-1 §8.9). A scanned
//! form is one picture of its whole page, and its blanks are there to be filled.
//!
//! Looked at is every point of the picture at the place. The commonest colour is the paper; what is set off from it is
//! ink. Long thin runs of ink are rules to write on. What is left may be no more than specks: less than a full stop.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use formats::pdf::{Dictionary, Matrix, Object, Pdf, Rect, Stream};

use super::Comparison;
use crate::pdf::seal::image::{Pixels, Unread};
use crate::text::Text;

/// Points of one place that are looked at, and those of all pictures that are decoded, for one comparison.
const MOST_POINTS: usize = 4 << 20;
const MOST_DECODED: usize = 96 << 20;
/// How far a part of a colour must be from the paper's, of 255.
const INK: u8 = 40;
/// Steps of a part of a colour among which the commonest one is found.
const STEPS: usize = 32;
/// Rules are at least this long, those between columns at least so high, and all at most this thick, in points.
const RULE: f64 = 36.0;
const COLUMN: f64 = 24.0;
const THICK: f64 = 3.0;
/// What specks may cover: square points, and a part of the place.
const SPECKS: f64 = 1.5;
const SPECKS_PART: f64 = 0.005;

const TOO_MUCH: Text = Text::new("图片过大", "the picture is too large to be looked at");

/// What a picture shows at a place.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Shown {
    /// Nothing at all: it is transparent there.
    Nothing,
    /// One colour, of this lightness, with rules at most.
    Plain(f64),
    /// Something.
    Something,
    /// That cannot be told.
    Unread(Text),
}

type Decoded = Rc<Result<Pixels, Text>>;

/// The picture that was decoded last, and how much was decoded altogether.
#[derive(Debug, Default)]
pub(super) struct Pictures {
    last: RefCell<Option<(Stream, Decoded)>>,
    decoded: Cell<usize>,
    looked: Cell<usize>,
}

impl Comparison<'_, '_> {
    /// What a picture of the signed revision shows at a place of its page.
    pub(super) fn picture_at(&self, image: &Stream, matrix: &Matrix, place: Rect, point: f64) -> Shown {
        let pixels = self.pixels(image);
        let pixels = match &*pixels {
            Ok(pixels) => pixels,
            Err(why) => return Shown::Unread(*why),
        };
        let Some(window) = Window::of(pixels, matrix, place, point) else { return Shown::Unread(TOO_MUCH) };
        let looked = self.pictures.looked.get().saturating_add(window.points());
        self.pictures.looked.set(looked);
        if looked > MOST_DECODED {
            return Shown::Unread(TOO_MUCH);
        }
        window.shown(pixels)
    }

    fn pixels(&self, image: &Stream) -> Decoded {
        if let Some((known, pixels)) = self.pictures.last.borrow().as_ref()
            && known == image
        {
            return Rc::clone(pixels);
        }
        // What was decoded before is let go first.
        *self.pictures.last.borrow_mut() = None;
        let pixels = Rc::new(self.decode(image));
        *self.pictures.last.borrow_mut() = Some((image.clone(), Rc::clone(&pixels)));
        pixels
    }

    fn decode(&self, image: &Stream) -> Result<Pixels, Text> {
        let side = |key: &[u8]| {
            let side = self.old.get(&image.dictionary, key).ok().flatten().and_then(|side| side.as_integer());
            side.and_then(|side| usize::try_from(side).ok()).unwrap_or_default()
        };
        let points = side(b"Width").saturating_mul(side(b"Height"));
        let decoded = self.pictures.decoded.get().saturating_add(points);
        self.pictures.decoded.set(decoded);
        if decoded > MOST_DECODED || self.file.spend(points.saturating_mul(4)).is_err() {
            return Err(TOO_MUCH);
        }
        let plain = Stream { dictionary: as_samples(self.old, &image.dictionary), ..image.clone() };
        Pixels::of_image(self.old, &plain).map_err(|unread| match unread {
            Unread::Unsupported(why) | Unread::Odd(why) => why,
            Unread::Limit(_) => TOO_MUCH,
        })
    }
}

/// The dictionary of a picture whose samples are what matters: turned round, or painted in one colour as a stencil, they
/// are as plain as before.
fn as_samples(pdf: &Pdf<'_>, dictionary: &Dictionary) -> Dictionary {
    let mut plain = dictionary.clone();
    if pdf.get(dictionary, b"ImageMask") == Ok(Some(Object::Boolean(true))) {
        plain.set(b"ImageMask", Object::Null);
        plain.set(b"ColorSpace", Object::name("DeviceGray"));
        plain.set(b"BitsPerComponent", Object::Integer(1));
    }
    let is_turned = match pdf.get(dictionary, b"Decode") {
        Ok(Some(Object::Array(items))) => items.iter().all(|item| {
            item.as_number()
                .is_some_and(|number| number.abs() < f64::EPSILON || (number - 1.0).abs() < f64::EPSILON)
        }),
        _ => false,
    };
    let space = pdf.get(&plain, b"ColorSpace").ok().flatten();
    // Of a palette the numbers are places in it.
    if is_turned && space.as_ref().is_some_and(|space| space.as_name().is_some()) {
        plain.set(b"Decode", Object::Null);
    }
    plain
}

/// A part of a picture: the place, with as much around it as a rule is long.
struct Window {
    left: usize,
    top: usize,
    width: usize,
    height: usize,
    /// The place within.
    inner: [usize; 4],
    /// Points of the picture for a point of the page, across and up; none where it stands askew.
    scale: Option<(f64, f64)>,
    /// Square points of the page that a point of the picture takes.
    area: f64,
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "sides of pictures are small, and what is below nought or too large becomes the nearest side"
)]
impl Window {
    /// None where it is too large, or the picture has no place.
    fn of(pixels: &Pixels, matrix: &Matrix, place: Rect, point: f64) -> Option<Self> {
        let back = matrix.inverse()?;
        let unit = back.rect(&place)?;
        let [right_x, right_y, up_x, up_y, ..] = matrix.0;
        let (width, height) = (pixels.width as f64, pixels.height as f64);
        let across = width * point / right_x.hypot(right_y);
        let up = height * point / up_x.hypot(up_y);
        let is_level = right_y.abs() + up_x.abs() < 1e-6 * (right_x.abs() + up_y.abs());
        let is_turned = right_x.abs() + up_y.abs() < 1e-6 * (right_y.abs() + up_x.abs());
        let at = |part: f64, side: usize| ((part * side as f64).max(0.0) as usize).min(side);
        let [x1, x2] = [at(unit.left, pixels.width), at(unit.right, pixels.width).saturating_add(1)];
        let [y1, y2] =
            [at(1.0 - unit.top, pixels.height), at(1.0 - unit.bottom, pixels.height).saturating_add(1)];
        let (x2, y2) = (x2.min(pixels.width), y2.min(pixels.height));
        let (wide, high) = ((RULE * across).ceil() as usize, (RULE * up).ceil() as usize);
        let (left, top) = (x1.saturating_sub(wide), y1.saturating_sub(high));
        let right = x2.saturating_add(wide).min(pixels.width);
        let bottom = y2.saturating_add(high).min(pixels.height);
        let window = Self {
            left,
            top,
            width: right.checked_sub(left)?,
            height: bottom.checked_sub(top)?,
            inner: [x1 - left, y1 - top, x2.checked_sub(left)?, y2.checked_sub(top)?],
            scale: (is_level || is_turned).then_some((across, up)),
            area: 1.0 / (across * up),
        };
        (window.points() <= MOST_POINTS && window.area.is_finite()).then_some(window)
    }

    const fn points(&self) -> usize {
        self.width.saturating_mul(self.height)
    }

    fn is_inner(&self, x: usize, y: usize) -> bool {
        let [left, top, right, bottom] = self.inner;
        (left..right).contains(&x) && (top..bottom).contains(&y)
    }

    fn shown(&self, pixels: &Pixels) -> Shown {
        let at = |x: usize, y: usize| on_paper(pixels.at(self.left + x, self.top + y));
        let all = || (0..self.height).flat_map(|y| (0..self.width).map(move |x| (x, y)));
        let inner = all().filter(|(x, y)| self.is_inner(*x, *y));
        let paper = commonest(inner.clone().map(|(x, y)| at(x, y)));
        let count = inner.clone().count();
        let ink: Vec<bool> = all()
            .map(|(x, y)| at(x, y).iter().zip(paper).any(|(part, paper)| part.abs_diff(paper) > INK))
            .collect();
        let rules = Rules::of(&ink, self.width, self.height);
        let left = inner.filter(|(x, y)| {
            let index = y * self.width + x;
            ink.get(index).copied().unwrap_or(true)
                && !self.scale.is_some_and(|scale| rules.is_rule(index, scale))
        });
        let specks = left.count() as f64 * self.area;
        if specks > SPECKS.min(count as f64 * self.area * SPECKS_PART) {
            return Shown::Something;
        }
        let [red, green, blue, opacity] = paper;
        if opacity == 0 {
            return Shown::Nothing;
        }
        Shown::Plain(f64::from(red.min(green).min(blue)) / 255.0)
    }
}

/// How long the runs of ink are that each point is a part of, from left to right and from the top.
struct Rules {
    across: Vec<u32>,
    up: Vec<u32>,
}

impl Rules {
    fn of(ink: &[bool], width: usize, height: usize) -> Self {
        let mut across = vec![0; ink.len()];
        let mut up = vec![0; ink.len()];
        for y in 0..height {
            runs(ink, &mut across, (0..width).map(|x| y * width + x));
        }
        for x in 0..width {
            runs(ink, &mut up, (0..height).map(|y| y * width + x));
        }
        Self { across, up }
    }

    fn is_rule(&self, index: usize, (wide, high): (f64, f64)) -> bool {
        let length = |runs: &[u32]| f64::from(runs.get(index).copied().unwrap_or_default());
        let (across, up) = (length(&self.across) / wide, length(&self.up) / high);
        (across >= RULE && up <= THICK) || (up >= COLUMN && across <= THICK)
    }
}

/// Notes the length of each run along a line of places.
fn runs(ink: &[bool], lengths: &mut [u32], line: impl Iterator<Item = usize>) {
    let mut run: Vec<usize> = Vec::new();
    let mut end = |run: &mut Vec<usize>| {
        let length = u32::try_from(run.len()).unwrap_or(u32::MAX);
        for index in run.drain(..) {
            if let Some(one) = lengths.get_mut(index) {
                *one = length;
            }
        }
    };
    for index in line {
        if ink.get(index).copied().unwrap_or_default() {
            run.push(index);
        } else {
            end(&mut run);
        }
    }
    end(&mut run);
}

/// A colour as it looks on white paper, and its opacity: what lies below is looked at by itself.
fn on_paper([red, green, blue, opacity]: [u8; 4]) -> [u8; 4] {
    let part = |part: u8| {
        let ink = u16::from(255 - part) * u16::from(opacity) / 255;
        255 - u8::try_from(ink).unwrap_or(u8::MAX)
    };
    [part(red), part(green), part(blue), opacity]
}

/// The commonest value of each part.
fn commonest(colours: impl Iterator<Item = [u8; 4]>) -> [u8; 4] {
    let mut steps = [[(0_u64, 0_u64); STEPS]; 4];
    for colour in colours {
        for (steps, part) in steps.iter_mut().zip(colour) {
            if let Some((count, sum)) = steps.get_mut(usize::from(part) * STEPS / 256) {
                *count += 1;
                *sum += u64::from(part);
            }
        }
    }
    steps.map(|steps| {
        let (count, sum) = steps.into_iter().max_by_key(|(count, _)| *count).unwrap_or_default();
        u8::try_from(sum / count.max(1)).unwrap_or(u8::MAX)
    })
}

#[cfg(test)]
mod tests {
    use formats::pdf::{Matrix, Rect};

    use super::{Pixels, Shown, Window};

    /// A page of 100 by 100 points at four points of the picture each, with ink where `is_ink` says.
    fn page(is_ink: impl Fn(usize, usize) -> bool) -> Pixels {
        let pixel = |index: usize| {
            if is_ink(index % 400, index / 400) { [20, 20, 20, 255] } else { [250, 248, 250, 255] }
        };
        Pixels { width: 400, height: 400, rgba: (0..160_000).map(pixel).collect(), is_about: true }
    }

    fn shown(pixels: &Pixels, left: f64, bottom: f64, right: f64, top: f64) -> Shown {
        let matrix = Matrix([100.0, 0.0, 0.0, 100.0, 0.0, 0.0]);
        Window::of(pixels, &matrix, Rect { left, bottom, right, top }, 1.0)
            .map_or(Shown::Nothing, |one| one.shown(pixels))
    }

    fn is_blank(pixels: &Pixels) -> bool {
        matches!(shown(pixels, 20.0, 40.0, 80.0, 60.0), Shown::Plain(light) if light > 0.9)
    }

    #[test]
    fn paper_rules_and_specks_are_blank() {
        assert!(is_blank(&page(|_, _| false)));
        // A line to write on, as far as the edge of the place; a line of a table; a speck.
        assert!(is_blank(&page(|x, y| (198..202).contains(&y) && (60..340).contains(&x))));
        assert!(is_blank(&page(|x, y| (100..104).contains(&x) && (100..300).contains(&y))));
        assert!(is_blank(&page(|x, y| (200..202).contains(&x) && (200..202).contains(&y))));
        // What stands elsewhere.
        assert!(is_blank(&page(|_, y| y < 150)));
    }

    #[test]
    fn letters_are_not() {
        // An upright stroke as high as a figure, a level one as wide as a letter, a full stop.
        assert_eq!(
            shown(&page(|x, y| (200..204).contains(&x) && (186..214).contains(&y)), 20.0, 40.0, 80.0, 60.0),
            Shown::Something
        );
        assert_eq!(
            shown(&page(|x, y| (200..240).contains(&x) && (198..202).contains(&y)), 20.0, 40.0, 80.0, 60.0),
            Shown::Something
        );
        assert_eq!(
            shown(&page(|x, y| (200..206).contains(&x) && (200..206).contains(&y)), 45.0, 45.0, 55.0, 55.0),
            Shown::Something
        );
        // A picture of few points: one of them is long, and as high as the page.
        let stripes = Pixels {
            width: 8,
            height: 1,
            rgba: (0..8).map(|at| if at % 2 == 0 { [0, 0, 0, 255] } else { [255; 4] }).collect(),
            is_about: false,
        };
        assert_eq!(shown(&stripes, 20.0, 40.0, 80.0, 60.0), Shown::Something);
        // A large black area is no rule.
        assert_eq!(shown(&page(|x, _| x > 200), 20.0, 40.0, 80.0, 60.0), Shown::Something);
    }

    #[test]
    fn one_colour_is_plain_and_nothing_is_nothing() {
        assert!(
            matches!(shown(&page(|_, _| true), 20.0, 40.0, 80.0, 60.0), Shown::Plain(light) if light < 0.1)
        );
        let clear = Pixels { width: 2, height: 2, rgba: vec![[0, 0, 0, 0]; 4], is_about: false };
        assert_eq!(shown(&clear, 20.0, 40.0, 80.0, 60.0), Shown::Nothing);
    }
}
