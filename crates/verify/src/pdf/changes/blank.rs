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
/// Points that are looked at, those along rules by a quarter.
const MOST_LOOKED: usize = 32 << 20;
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
        let points = window.points().saturating_add(window.lines() / 4);
        let looked = self.pictures.looked.get().saturating_add(points);
        self.pictures.looked.set(looked);
        if looked > MOST_LOOKED || self.file.spend(points).is_err() {
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
        (window.lines() <= MOST_POINTS && window.area.is_finite()).then_some(window)
    }

    /// Points at the place.
    const fn points(&self) -> usize {
        let [left, top, right, bottom] = self.inner;
        right.saturating_sub(left).saturating_mul(bottom.saturating_sub(top))
    }

    /// Points that are looked at when runs of ink are followed: rows and columns of the place, as far as a rule is long.
    const fn lines(&self) -> usize {
        let [left, top, right, bottom] = self.inner;
        let rows = bottom.saturating_sub(top).saturating_mul(self.width);
        rows.saturating_add(right.saturating_sub(left).saturating_mul(self.height))
    }

    fn shown(&self, pixels: &Pixels) -> Shown {
        let at = |x: usize, y: usize| on_paper(pixels.at(self.left + x, self.top + y));
        let [left, top, right, bottom] = self.inner;
        let inner = move || (top..bottom).flat_map(move |y| (left..right).map(move |x| (x, y)));
        let paper = commonest(inner().map(|(x, y)| at(x, y)));
        let is_ink =
            |x: usize, y: usize| at(x, y).iter().zip(paper).any(|(part, paper)| part.abs_diff(paper) > INK);
        let most = SPECKS.min(self.points() as f64 * self.area * SPECKS_PART);
        let ink: Vec<bool> = inner().map(|(x, y)| is_ink(x, y)).collect();
        let mut left_over = ink.iter().filter(|ink| **ink).count();
        if left_over as f64 * self.area > most
            && let Some(scale) = self.scale
        {
            let rules = self.rules(is_ink, scale);
            left_over = ink.iter().zip(rules).filter(|(ink, is_rule)| **ink && !is_rule).count();
        }
        if left_over as f64 * self.area > most {
            return Shown::Something;
        }
        let [red, green, blue, opacity] = paper;
        if opacity == 0 {
            return Shown::Nothing;
        }
        Shown::Plain(f64::from(red.min(green).min(blue)) / 255.0)
    }

    /// Which points at the place are parts of rules.
    fn rules(&self, is_ink: impl Fn(usize, usize) -> bool, (wide, high): (f64, f64)) -> Vec<bool> {
        let [left, top, right, bottom] = self.inner;
        let across: Vec<Vec<u32>> =
            (top..bottom).map(|y| runs((0..self.width).map(|x| is_ink(x, y)), left..right)).collect();
        let up: Vec<Vec<u32>> =
            (left..right).map(|x| runs((0..self.height).map(|y| is_ink(x, y)), top..bottom)).collect();
        let length = |runs: &[Vec<u32>], line: usize, at: usize| {
            f64::from(runs.get(line).and_then(|line| line.get(at)).copied().unwrap_or_default())
        };
        let is_rule = |x: usize, y: usize| {
            let (across, up) = (length(&across, y, x) / wide, length(&up, x, y) / high);
            (across >= RULE && up <= THICK) || (up >= COLUMN && across <= THICK)
        };
        (0..bottom - top)
            .flat_map(|y| (0..right - left).map(move |x| (x, y)))
            .map(|(x, y)| is_rule(x, y))
            .collect()
    }
}

/// How long the run of ink is that each point of a part of a line belongs to.
fn runs(line: impl Iterator<Item = bool>, part: std::ops::Range<usize>) -> Vec<u32> {
    let mut lengths: Vec<u32> = Vec::new();
    let mut run = 0_usize;
    let end = |lengths: &mut Vec<u32>, run: usize| {
        let length = u32::try_from(run).unwrap_or(u32::MAX);
        lengths.extend(std::iter::repeat_n(length, run));
    };
    for is_ink in line {
        if is_ink {
            run += 1;
        } else {
            end(&mut lengths, std::mem::take(&mut run));
            lengths.push(0);
        }
    }
    end(&mut lengths, run);
    lengths.get(part).map(<[u32]>::to_vec).unwrap_or_default()
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
