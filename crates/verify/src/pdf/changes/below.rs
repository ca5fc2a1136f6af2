//! What the signed page shows where a field paints later: text, drawings, pictures, other annotations. A place is blank
//! when nothing is there, or what a form has there to be filled: rules, a box, a ground of one colour.
//!
//! Everything on the page counts as seen, whatever hides it, and what cannot be read counts as something. Only the signed
//! revision matters: what came later is told by itself.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use formats::pdf::{Mark, Object, ObjectId, Page, PlacedMark, Rect};

use super::Comparison;
use super::blank::Shown;
use super::gaps::is_between;
use super::ground::{LINE, ONE, Places, Sign, ink, signs};
use super::looks::{Look, Other};
use crate::text::Text;

/// At least this light, of 1, a ground or a mark on it says nothing.
const LIGHT: f64 = 0.9;
/// A rule is at least this long, one between columns at least so high, and any line at most this thick, in points.
const RULE: f64 = 36.0;
const COLUMN: f64 = 24.0;
const THICK: f64 = 2.0;
/// How much of a field a rule within it must go along; one between columns goes all along.
const WITHIN: f64 = 0.6;
const ALL: f64 = 0.95;
/// How far the sides of a box may be from those of the field, in points, and how much of a side each must go along.
const BESIDE: f64 = 4.0;
const ALONG: f64 = 0.8;
/// Level rules that are shorter than this may be strokes of a sign, upright ones that are nearer to one another than this
/// bars, and lines no further from one another than the last one drawn twice, in points.
const LONG: f64 = 144.0;
const CELL: f64 = 8.0;
const TWICE: f64 = 0.5;
/// The longest side of a field that a sign of a font of signs may be a box for.
const BOX: f64 = 24.0;

/// A place that a field paints.
#[derive(Clone, Copy, Debug)]
pub(super) struct Painted {
    pub(super) rect: Rect,
    /// True for an area that hides what lies below, false for a letter.
    pub(super) is_area: bool,
}

impl Painted {
    /// Where its ink is. Beside text all of a letter's place counts, since letters close to one another are read as one.
    fn ink(&self) -> Rect {
        if self.is_area { self.rect } else { ink(self.rect) }
    }
}

/// What lies at a place.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Under {
    Text,
    Drawing,
    Picture,
    /// A picture of which it cannot be told.
    Unclear(Text),
    Annotation(Option<u32>),
    /// Something that cannot be read.
    Unread,
}

/// What is known of the pages of the signed revision.
#[derive(Debug, Default)]
pub(super) struct Belows {
    pages: RefCell<HashMap<usize, Rc<Below>>>,
}

/// What stands on one page; nothing where that is not known.
#[derive(Debug, Default)]
struct Below {
    glyphs: Option<Places<Sign>>,
    marks: Option<Vec<PlacedMark>>,
    others: Option<Vec<Other>>,
    /// Units of a point.
    point: f64,
}

impl Comparison<'_, '_> {
    /// What lies at places that a widget paints, its own field aside; none where they are blank.
    pub(super) fn under(
        &self,
        page: usize,
        widget: Rect,
        own: &[ObjectId],
        painted: &[Painted],
    ) -> Option<Under> {
        if painted.is_empty() {
            return None;
        }
        let below = self.below(page);
        let (Some(glyphs), Some(marks), Some(others)) = (&below.glyphs, &below.marks, &below.others) else {
            return Some(Under::Unread);
        };
        let is_box = widget.width().max(widget.height()) <= BOX * below.point;
        let is_within_text = |one: &Painted| is_between(&self.grounds, glyphs, &one.rect, below.point);
        if painted.iter().any(|one| self.is_text_below(glyphs, *one, is_box) || is_within_text(one)) {
            return Some(Under::Text);
        }
        let near: Vec<&PlacedMark> = marks.iter().filter(|mark| mark.rect.overlaps(&widget)).collect();
        if !self.grounds.may_compare_all(marks.len() / 16 + near.len().saturating_mul(painted.len())) {
            return Some(Under::Unread);
        }
        let over = |marks: &[&PlacedMark], point: f64| {
            let field = FieldPlace::of(widget, marks, point);
            painted.iter().find_map(|one| self.drawn_below(&field, marks, one.ink()))
        };
        if let Some(under) = over(&near, below.point) {
            return Some(under);
        }
        let others = others
            .iter()
            .filter(|other| other.rect.overlaps(&widget) && other.id.is_none_or(|id| !own.contains(&id)));
        for other in others {
            let what = Under::Annotation(other.id.map(|id| id.number));
            let shows = |rect: &Rect| painted.iter().any(|one| one.rect.overlaps(rect));
            let inks = |rect: &Rect| painted.iter().any(|one| one.ink().overlaps(rect));
            let is_in_the_way = match self.look_of(other) {
                Look::Nothing => false,
                Look::Whole => inks(&other.rect),
                Look::Painted { letters, marks } => {
                    let marks: Vec<&PlacedMark> = marks.iter().collect();
                    letters.iter().any(shows) || over(&marks, below.point).is_some()
                }
            };
            if is_in_the_way {
                return Some(what);
            }
        }
        None
    }

    /// True when text lies there. A line of dots and the like, and an empty box, are there to be written on.
    fn is_text_below(&self, glyphs: &Places<Sign>, painted: Painted, is_box: bool) -> bool {
        let mut dots = 0_usize;
        for (one, sign) in glyphs.near(painted.rect) {
            if !self.grounds.may_compare_all(1) {
                return true;
            }
            if !ink(*one).overlaps(&painted.rect) {
                continue;
            }
            match sign {
                Sign::Private if is_box => {}
                Sign::Letter | Sign::Private => return true,
                Sign::Dot => dots += 1,
                Sign::Line | Sign::Box | Sign::Blank => {}
            }
        }
        painted.is_area && (1..LINE).contains(&dots)
    }

    /// What is drawn at a place, other than what a form has to be filled.
    fn drawn_below(&self, field: &FieldPlace, marks: &[&PlacedMark], place: Rect) -> Option<Under> {
        let (mut on_dark, mut has_parts) = (false, false);
        for one in marks.iter().filter(|one| one.rect.overlaps(&place)) {
            let lightness = match &one.mark {
                Mark::Other => return Some(Under::Drawing),
                Mark::Shape(lightness) => {
                    has_parts = true;
                    if !is_light(*lightness) {
                        return Some(Under::Drawing);
                    }
                    continue;
                }
                Mark::Rectangle(lightness) => *lightness,
                Mark::Picture { image, matrix } => match self.picture_at(image, matrix, place, field.point) {
                    Shown::Nothing => continue,
                    Shown::Something => return Some(Under::Picture),
                    Shown::Unread(why) => return Some(Under::Unclear(why)),
                    Shown::Plain(lightness) => Some(lightness),
                },
            };
            if field.is_ground(&one.rect, &place) {
                on_dark |= !is_light(lightness);
            } else if is_light(lightness) {
                has_parts = true;
            } else if !matches!(one.mark, Mark::Rectangle(_)) || !field.is_rule(&one.rect) {
                return Some(Under::Drawing);
            }
        }
        // Light on dark is seen as well as dark on light.
        (on_dark && has_parts).then_some(Under::Drawing)
    }

    fn below(&self, position: usize) -> Rc<Below> {
        if let Some(known) = self.belows.pages.borrow().get(&position) {
            return Rc::clone(known);
        }
        let below = self.old_pages.get(position).map(|page| self.read_below(page)).unwrap_or_default();
        let below = Rc::new(below);
        self.belows.pages.borrow_mut().insert(position, Rc::clone(&below));
        below
    }

    fn read_below(&self, page: &Page) -> Below {
        let point = if page.user_unit > 0.0 { 1.0 / page.user_unit } else { 1.0 };
        let text = self.old.page_text(page).ok().filter(|text| text.is_whole);
        let text = text.filter(|text| self.grounds.may_read(text.glyphs.len().saturating_mul(ONE)));
        let glyphs = text.map(|text| Places::new(signs(&text.glyphs)));
        let marks = self.old.page_marks(page).ok();
        let marks = marks.filter(|marks| marks.is_whole && self.file.spend(marks.read).is_ok());
        let marks = marks.filter(|marks| self.grounds.may_read(marks.list.len().saturating_mul(ONE)));
        Below { glyphs, marks: marks.map(|marks| marks.list), others: self.others_of(page), point }
    }

    /// The annotations of a page; none where one cannot be read.
    fn others_of(&self, page: &Page) -> Option<Vec<Other>> {
        let list = self.old.get(&page.dictionary, b"Annots").ok()?;
        let items = list.as_ref().and_then(Object::as_array).unwrap_or_default();
        if !self.grounds.may_read(items.len().saturating_mul(ONE)) {
            return None;
        }
        let other = |item: &Object| match self.old.resolve(item).as_deref() {
            Ok(Object::Dictionary(one)) => Some(Other {
                id: item.as_reference(),
                rect: crate::pdf::found::rect_of(self.old, one),
                dictionary: one.clone(),
            }),
            // Readers draw nothing for an entry that leads to nothing.
            Ok(Object::Null) => Some(Other::default()),
            _ => None,
        };
        items.iter().map(other).collect()
    }
}

fn is_light(lightness: Option<f64>) -> bool {
    lightness.is_some_and(|lightness| lightness >= LIGHT)
}

/// The place of a field among the marks of its page.
struct FieldPlace {
    rect: Rect,
    point: f64,
    /// True when four lines go along its sides: a box to be filled.
    is_boxed: bool,
    /// True when more lines go through it than a form has there to be written on or between.
    is_ruled_over: bool,
}

/// A side of a box.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Side {
    Left,
    Right,
    Bottom,
    Top,
}

impl FieldPlace {
    fn of(rect: Rect, marks: &[&PlacedMark], point: f64) -> Self {
        let mut place = Self { rect, point, is_boxed: false, is_ruled_over: false };
        let lines = || {
            let is_line =
                |one: &&&PlacedMark| matches!(one.mark, Mark::Rectangle(_)) && place.is_thin(&one.rect);
            marks.iter().filter(is_line)
        };
        let has = |side: Side| lines().any(|line| place.side(&line.rect) == Some(side));
        let is_boxed = [Side::Left, Side::Right, Side::Bottom, Side::Top].into_iter().all(has);
        place.is_ruled_over = place.is_ruled_over(lines().map(|line| &line.rect));
        place.is_boxed = is_boxed;
        place
    }

    /// True when more than one level rule is within the height of the field, or upright ones stand nearer than cells of a
    /// comb: lines may make signs (三, a bar code).
    fn is_ruled_over<'l>(&self, lines: impl Iterator<Item = &'l Rect>) -> bool {
        let rect = &self.rect;
        let (mut levels, mut uprights) = (Vec::new(), Vec::new());
        let is_within = |at: f64, low: f64, high: f64| {
            let edge = (BESIDE * self.point).min((high - low) / 4.0);
            at > low + edge && at < high - edge
        };
        for line in lines.filter(|line| line.overlaps(rect)) {
            let (x, y) = (f64::midpoint(line.left, line.right), f64::midpoint(line.bottom, line.top));
            if line.width() < line.height() {
                uprights.extend(is_within(x, rect.left, rect.right).then_some(x));
            } else if line.width() < LONG * self.point {
                levels.extend(is_within(y, rect.bottom, rect.top).then_some(y));
            }
        }
        let has_near = |mut places: Vec<f64>, near: f64| {
            places.sort_by(f64::total_cmp);
            // One line that is drawn twice is one.
            places
                .windows(2)
                .any(|pair| matches!(pair, [a, b] if (TWICE * self.point..near).contains(&(b - a))))
        };
        has_near(levels, f64::INFINITY) || has_near(uprights, CELL * self.point)
    }

    fn is_thin(&self, line: &Rect) -> bool {
        line.width().min(line.height()) <= THICK * self.point
    }

    /// The side of the field that a line goes along.
    fn side(&self, line: &Rect) -> Option<Side> {
        let rect = &self.rect;
        let (across, up) = (rect.width(), rect.height());
        let shared = |low: f64, high: f64, from: f64, to: f64| (high.min(to) - low.max(from)).max(0.0);
        let is_near = |a: f64, b: f64| (a - b).abs() <= BESIDE * self.point;
        if line.width() < line.height() {
            let middle = f64::midpoint(line.left, line.right);
            let goes_along = shared(line.bottom, line.top, rect.bottom, rect.top) >= up * ALONG;
            let sides = [(rect.left, Side::Left), (rect.right, Side::Right)];
            let near = sides.into_iter().find(|(side, _)| is_near(middle, *side));
            return near.filter(|_| goes_along).map(|(_, side)| side);
        }
        let middle = f64::midpoint(line.bottom, line.top);
        let goes_along = shared(line.left, line.right, rect.left, rect.right) >= across * ALONG;
        let sides = [(rect.bottom, Side::Bottom), (rect.top, Side::Top)];
        let near = sides.into_iter().find(|(side, _)| is_near(middle, *side));
        near.filter(|_| goes_along).map(|(_, side)| side)
    }

    /// True for a line that is there to be written on or between: a long one that goes through the field or out of it, or
    /// a side of the field's box.
    fn is_rule(&self, line: &Rect) -> bool {
        let rect = &self.rect;
        let shared = line.intersection(rect).unwrap_or_default();
        let is_level = line.width() >= RULE * self.point
            && (shared.width() >= rect.width() * WITHIN || line.left < rect.left || line.right > rect.right);
        let is_upright = line.height() >= COLUMN * self.point && shared.height() >= rect.height() * ALL;
        self.is_thin(line)
            && !self.is_ruled_over
            && (is_level || is_upright || (self.is_boxed && self.side(line).is_some()))
    }

    /// True when all of a place lies on an area, its edge aside.
    fn is_ground(&self, area: &Rect, place: &Rect) -> bool {
        let edge = THICK * self.point;
        !self.is_thin(area)
            && area.left <= place.left + edge
            && area.bottom <= place.bottom + edge
            && area.right >= place.right - edge
            && area.top >= place.top - edge
    }
}
