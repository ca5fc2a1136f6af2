//! Whether a picture of the page is blank at a place: paper, and at most rules and specks (ISO 32000-1 §8.9). A scanned
//! form is one picture of its whole page, and its blanks are there to be filled.
//!
//! Looked at is every point of the picture at the place. The colours that most of it has, so near to one another that
//! nothing can be read in them, are the paper; what is set off from it is ink. Long thin runs of ink are rules to write
//! on. What is left may be no more than specks: less than a full stop, and not beside other ink.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;

use formats::pdf::{Dictionary, Matrix, Object, Pdf, Rect, Stream};

use super::Comparison;
use crate::pdf::seal::image::{Pixels, Unread};
use crate::text::Text;

/// Points of one place that are looked at, and those of all pictures that are decoded, for one file.
const MOST_POINTS: usize = 4 << 20;
const MOST_DECODED: usize = 96 << 20;
/// Points that are looked at, those along rules by a quarter.
const MOST_LOOKED: usize = 6 << 20;
/// What looking at a point costs, in bytes that are gone through.
const COST: usize = 50;
/// Pictures that are kept.
const KEPT: usize = 2;
/// How far the parts of the paper's colours may be from one another, of 255.
const INK: usize = 40;
/// Rules are at least this long, those between columns at least so high, and all at most this thick, in points.
const RULE: f64 = 36.0;
const COLUMN: f64 = 24.0;
const THICK: f64 = 3.0;
/// What specks may cover: square points, and a part of the place.
const SPECKS: f64 = 1.5;
const SPECKS_PART: f64 = 0.005;
/// From how many square points on a speck is looked at, and how far around it other ink makes it a part of a letter.
const SPECK: f64 = 0.15;
const LETTER: f64 = 6.0;

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

/// What is seen in a picture: the part of a place, so near as matters.
type Asked = (usize, [u64; 6], [u64; 5]);

/// The pictures that were decoded last, with the revision that each is of, and how much was decoded and looked at
/// altogether, for all comparisons of a file.
#[derive(Debug, Default)]
pub(in crate::pdf) struct Pictures {
    last: RefCell<Vec<Kept>>,
    /// How many were decoded: each has its number.
    count: Cell<usize>,
    told: RefCell<HashMap<Asked, Shown>>,
    decoded: Cell<usize>,
    looked: Cell<usize>,
}

/// A picture that was decoded.
#[derive(Debug)]
struct Kept {
    revision: usize,
    stream: Stream,
    number: usize,
    pixels: Decoded,
}

impl Comparison<'_, '_> {
    /// What a picture of the signed revision shows at a place of its page.
    pub(super) fn picture_at(&self, image: &Stream, matrix: &Matrix, place: Rect, point: f64) -> Shown {
        let (number, pixels) = self.pixels(image);
        let pixels = match &*pixels {
            Ok(pixels) => pixels,
            Err(why) => return Shown::Unread(*why),
        };
        let sides = [place.left, place.bottom, place.right, place.top, point].map(f64::to_bits);
        let asked = (number, matrix.0.map(f64::to_bits), sides);
        if let Some(known) = self.file.pictures.told.borrow().get(&asked) {
            return known.clone();
        }
        let Some(window) = Window::of(pixels, matrix, place, point) else { return Shown::Unread(TOO_MUCH) };
        let pictures = &self.file.pictures;
        let points = window.points().saturating_add(window.lines() / 4);
        let looked = pictures.looked.get().saturating_add(points);
        if looked > MOST_LOOKED || self.file.spend(points.saturating_mul(COST)).is_err() {
            return Shown::Unread(TOO_MUCH);
        }
        pictures.looked.set(looked);
        let shown = window.shown(pixels);
        pictures.told.borrow_mut().insert(asked, shown.clone());
        shown
    }

    /// A picture with its number.
    fn pixels(&self, image: &Stream) -> (usize, Decoded) {
        let pictures = &self.file.pictures;
        let mut last = pictures.last.borrow_mut();
        if let Some(kept) = last.iter().find(|kept| kept.revision == self.end && kept.stream == *image) {
            return (kept.number, Rc::clone(&kept.pixels));
        }
        // What was decoded before the last one is let go first.
        if last.len() >= KEPT {
            last.remove(0);
        }
        let pixels = Rc::new(self.decode(image));
        let number = pictures.count.get().saturating_add(1);
        pictures.count.set(number);
        last.push(Kept { revision: self.end, stream: image.clone(), number, pixels: Rc::clone(&pixels) });
        (number, pixels)
    }

    fn decode(&self, image: &Stream) -> Result<Pixels, Text> {
        let pictures = &self.file.pictures;
        let side = |key: &[u8]| {
            let side = self.old.get(&image.dictionary, key).ok().flatten().and_then(|side| side.as_integer());
            side.and_then(|side| usize::try_from(side).ok()).unwrap_or_default()
        };
        let points = side(b"Width").saturating_mul(side(b"Height"));
        let decoded = pictures.decoded.get().saturating_add(points);
        pictures.decoded.set(decoded);
        if decoded > MOST_DECODED || self.file.spend(points.saturating_mul(4)).is_err() {
            return Err(TOO_MUCH);
        }
        let drawn = Drawn::of(self.old, &image.dictionary);
        let plain = Stream { dictionary: drawn.dictionary, ..image.clone() };
        let mut pixels = Pixels::of_image(self.old, &plain).map_err(|unread| match unread {
            Unread::Unsupported(why) | Unread::Odd(why) => why,
            Unread::Limit(_) => TOO_MUCH,
        })?;
        for [red, green, blue, opacity] in &mut pixels.rgba {
            for part in [&mut *red, &mut *green, &mut *blue].into_iter().filter(|_| drawn.is_turned) {
                *part = 255 - *part;
            }
            if drawn.is_stencil {
                // What is not black is not painted at all.
                *opacity = 255 - *red;
            }
        }
        Ok(pixels)
    }
}

/// How the samples of a picture are drawn.
struct Drawn {
    /// The dictionary of a plain picture with these samples.
    dictionary: Dictionary,
    /// Black is white (§8.9.5.2).
    is_turned: bool,
    /// Black is painted, white is left out (§8.9.6.2).
    is_stencil: bool,
}

impl Drawn {
    fn of(pdf: &Pdf<'_>, dictionary: &Dictionary) -> Self {
        let mut plain = dictionary.clone();
        let is_stencil = pdf.get(dictionary, b"ImageMask") == Ok(Some(Object::Boolean(true)));
        if is_stencil {
            plain.set(b"ImageMask", Object::Null);
            plain.set(b"ColorSpace", Object::name("DeviceGray"));
            plain.set(b"BitsPerComponent", Object::Integer(1));
        }
        let is_turned = match pdf.get(dictionary, b"Decode") {
            Ok(Some(Object::Array(items))) if !items.is_empty() => {
                let near = |item: &Object, wanted: f64| {
                    let number = pdf.resolve(item).ok().and_then(|item| item.as_number());
                    number.is_some_and(|number| (number - wanted).abs() < f64::EPSILON)
                };
                items.chunks(2).all(|pair| matches!(pair, [low, high] if near(low, 1.0) && near(high, 0.0)))
            }
            _ => false,
        };
        // Of a palette the numbers are places in it, and of four inks each is turned by itself.
        let space = pdf.get(&plain, b"ColorSpace").ok().flatten();
        let is_light = space.as_ref().and_then(Object::as_name).is_some_and(|name| {
            matches!(name.as_bytes(), b"DeviceGray" | b"DeviceRGB" | b"CalGray" | b"CalRGB")
        });
        let is_turned = is_turned && is_light;
        if is_turned {
            plain.set(b"Decode", Object::Null);
        }
        Self { dictionary: plain, is_turned, is_stencil }
    }
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
        let paper = papers((top..bottom).flat_map(|y| (left..right).map(move |x| at(x, y))));
        let is_ink =
            |x: usize, y: usize| at(x, y).iter().zip(&paper).any(|(part, paper)| !paper.holds(*part));
        let most = SPECKS.min(self.points() as f64 * self.area * SPECKS_PART);
        let mut ink = self.ink(is_ink);
        if ink.len() as f64 * self.area > most.min(SPECK)
            && let Some(scale) = self.scale
        {
            let rules = self.rules(is_ink, scale);
            let width = right - left;
            ink.retain(|(x, y)| !rules.get((y - top) * width + (x - left)).copied().unwrap_or_default());
        }
        if ink.len() as f64 * self.area > most || self.is_part_of_a_letter(&ink, is_ink) {
            return Shown::Something;
        }
        let [red, green, blue, opacity] = paper.map(|paper| paper.commonest);
        if opacity == 0 {
            return Shown::Nothing;
        }
        Shown::Plain(f64::from(red.min(green).min(blue)) / 255.0)
    }

    /// The points of ink at the place.
    fn ink(&self, is_ink: impl Fn(usize, usize) -> bool) -> Vec<(usize, usize)> {
        let [left, top, right, bottom] = self.inner;
        (top..bottom)
            .flat_map(|y| (left..right).map(move |x| (x, y)))
            .filter(|(x, y)| is_ink(*x, *y))
            .collect()
    }

    /// True when there is other ink within a letter's distance of specks: a point after a figure, a dot of an umlaut.
    fn is_part_of_a_letter(&self, specks: &[(usize, usize)], is_ink: impl Fn(usize, usize) -> bool) -> bool {
        if (specks.len() as f64) * self.area <= SPECK {
            return false;
        }
        let (wide, high) = self.scale.unwrap_or_else(|| (self.area.sqrt().recip(), self.area.sqrt().recip()));
        let (wide, high) = ((wide * LETTER).ceil() as usize, (high * LETTER).ceil() as usize);
        let ends = |of: fn(&(usize, usize)) -> usize, by: usize, most: usize| {
            let (first, last) = (specks.iter().map(of).min(), specks.iter().map(of).max());
            let (first, last) = (first.unwrap_or_default(), last.unwrap_or_default());
            (first.saturating_sub(by), last.saturating_add(by).saturating_add(1).min(most))
        };
        let (left, right) = ends(|speck| speck.0, wide, self.width);
        let (top, bottom) = ends(|speck| speck.1, high, self.height);
        let around = Self { inner: [left, top, right, bottom], ..*self };
        let mut ink = around.ink(&is_ink);
        if let Some(scale) = self.scale {
            let rules = around.rules(&is_ink, scale);
            let width = right - left;
            ink.retain(|(x, y)| !rules.get((y - top) * width + (x - left)).copied().unwrap_or_default());
        }
        ink.len().saturating_sub(specks.len()) as f64 * self.area > SPECKS
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

/// The values of a part that make the paper.
#[derive(Clone, Copy, Debug, Default)]
struct Paper {
    low: usize,
    commonest: u8,
}

impl Paper {
    fn holds(&self, part: u8) -> bool {
        (self.low..=self.low + INK).contains(&usize::from(part))
    }

    /// The values so near to one another that most points have.
    fn of(counts: &[usize; 256]) -> Self {
        let count = |low: usize| counts.iter().skip(low).take(INK + 1).sum::<usize>();
        // The middle one of those that hold the same.
        let most = (0..256 - INK).map(count).max().unwrap_or_default();
        let first = (0..256 - INK).find(|low| count(*low) == most).unwrap_or_default();
        let last = (0..256 - INK).rev().find(|low| count(*low) == most).unwrap_or_default();
        let low =
            if count(usize::midpoint(first, last)) == most { usize::midpoint(first, last) } else { last };
        let within = (low..=low + INK).max_by_key(|value| counts.get(*value).copied().unwrap_or_default());
        Self { low, commonest: within.and_then(|value| u8::try_from(value).ok()).unwrap_or(u8::MAX) }
    }
}

/// The paper of a place, part by part.
fn papers(colours: impl Iterator<Item = [u8; 4]>) -> [Paper; 4] {
    let mut counts = [[0_usize; 256]; 4];
    let (mut last, mut run) = ([255; 4], 0_usize);
    let mut add = |colour: [u8; 4], run: usize| {
        for (counts, part) in counts.iter_mut().zip(colour) {
            if let Some(count) = counts.get_mut(usize::from(part)) {
                *count += run;
            }
        }
    };
    for colour in colours {
        if colour != last {
            add(last, run);
            (last, run) = (colour, 0);
        }
        run += 1;
    }
    add(last, run);
    counts.map(|counts| Paper::of(&counts))
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
    fn what_is_near_the_commonest_is_not_near_all_else() {
        // Letters and their ground are both near the paper around, and far from one another.
        let shade = |x: usize, y: usize| match ((150..250).contains(&x), (180..220).contains(&y)) {
            (true, true) if (x / 8).is_multiple_of(2) => 166_u8,
            (true, true) => 90,
            _ => 128,
        };
        let rgba = (0..160_000).map(|at| shade(at % 400, at / 400)).map(|one| [one, one, one, 255]).collect();
        let pixels = Pixels { width: 400, height: 400, rgba, is_about: true };
        assert_eq!(shown(&pixels, 20.0, 40.0, 80.0, 60.0), Shown::Something);
    }

    #[test]
    fn a_speck_beside_letters_is_a_point() {
        let point = |x: usize, y: usize| (200..204).contains(&x) && (200..204).contains(&y);
        let stroke = |x: usize, y: usize| (212..220).contains(&x) && (180..204).contains(&y);
        assert!(matches!(shown(&page(point), 45.0, 30.0, 52.0, 80.0), Shown::Plain(light) if light > 0.9));
        assert_eq!(
            shown(&page(|x, y| point(x, y) || stroke(x, y)), 45.0, 30.0, 52.0, 80.0),
            Shown::Something
        );
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
