//! What stands on a page: where its text lies, and where its annotations do. Each page is read once, whatever is asked
//! about it, and what is asked is bounded: beyond a bound nothing is known of a page.

use std::cell::{Cell, RefCell};
use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use formats::pdf::{Object, ObjectId, Page, Rect, TextGlyph, operations};

use super::Comparison;
use crate::pdf::found::rect_of;

/// Bytes of content that are read, with what is kept of glyphs and annotations.
const READ: usize = 64 << 20;
/// What a page, a glyph and an annotation count beside.
pub(super) const ONE: usize = 64;
/// Pairs of places that are compared.
const COMPARED: usize = 5_000_000;
/// How much of each side of a glyph is no ink, as a part.
const EDGE: f64 = 0.25;
/// Dots, or the like, that make a line to write on.
pub(super) const LINE: usize = 3;

/// Codes of one font for the same blank: the space, and the one that does not break a line.
const BLANKS: usize = 2;

/// Operators that paint nothing but text (ISO 32000-1 annex A).
const TEXT: [&[u8]; 57] = [
    b"BT", b"ET", b"Tf", b"Tc", b"Tw", b"Tz", b"TL", b"Ts", b"Tr", b"Td", b"TD", b"Tm", b"T*", b"Tj", b"TJ",
    b"'", b"\"", b"q", b"Q", b"cm", b"g", b"G", b"rg", b"RG", b"k", b"K", b"cs", b"CS", b"sc", b"SC", b"scn",
    b"SCN", b"gs", b"BMC", b"BDC", b"EMC", b"MP", b"DP", b"BX", b"EX", b"w", b"J", b"j", b"M", b"d", b"ri",
    b"i", b"m", b"l", b"c", b"v", b"y", b"h", b"re", b"W", b"W*", b"n",
];

/// What is known of the pages.
#[derive(Debug, Default)]
pub(super) struct Grounds {
    pages: RefCell<HashMap<usize, Rc<Ground>>>,
    read: Cell<usize>,
    compared: Cell<usize>,
}

/// What stands on one page; nothing where that is not known.
#[derive(Debug, Default)]
struct Ground {
    /// True when it draws text alone.
    is_text: bool,
    glyphs: Option<Places<Sign>>,
    annotations: Option<Places<Option<ObjectId>>>,
}

/// What a glyph is to a form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sign {
    /// Something that says something.
    Letter,
    /// A line to write on, where there are more.
    Line,
    /// A box to tick.
    Box,
    /// A sign that has no meaning of its own: in fonts of signs a box to tick, or anything.
    Private,
    /// A part of a dotted line, when there are more.
    Dot,
    /// Nothing that is seen, and a place in the text all the same.
    Blank,
}

/// Places by their left edges.
#[derive(Debug)]
pub(super) struct Places<T> {
    list: Vec<(Rect, T)>,
    widest: f64,
}

impl<T> Places<T> {
    pub(super) fn new(mut list: Vec<(Rect, T)>) -> Self {
        list.sort_by(|(a, _), (b, _)| a.left.total_cmp(&b.left));
        let widest = list.iter().map(|(rect, _)| rect.width()).fold(0.0, f64::max);
        Self { list, widest }
    }

    /// Those that may overlap another place.
    pub(super) fn near(&self, rect: Rect) -> impl Iterator<Item = &(Rect, T)> {
        // A point more than the widest takes, for the sake of rounding.
        let from = self.list.partition_point(|(one, _)| one.left < rect.left - self.widest - 1.0);
        self.list.iter().skip(from).take_while(move |(one, _)| one.left < rect.right)
    }
}

impl Grounds {
    /// Counts what is read; false beyond the bound.
    pub(super) fn may_read(&self, size: usize) -> bool {
        self.read.set(self.read.get().saturating_add(size));
        self.read.get() <= READ
    }

    /// Counts a comparison; false beyond the bound.
    fn may_compare(&self) -> bool {
        self.compared.set(self.compared.get().saturating_add(1));
        self.compared.get() <= COMPARED
    }

    /// Counts some at once.
    pub(super) fn may_compare_all(&self, count: usize) -> bool {
        self.compared.set(self.compared.get().saturating_add(count));
        self.compared.get() <= COMPARED
    }

    /// True when a place overlaps one that counts, or too many were compared to know.
    fn overlaps<T>(&self, places: &Places<T>, rect: Rect, counts: impl Fn(&T) -> bool) -> bool {
        places.near(rect).any(|(one, what)| !self.may_compare() || (one.overlaps(&rect) && counts(what)))
    }
}

impl Comparison<'_, '_> {
    /// True when a page draws text alone, and neither text nor another annotation is at a place of it.
    pub(super) fn is_blank_at(&self, position: usize, rect: Rect, own: [Option<ObjectId>; 2]) -> bool {
        let Some(ground) = self.ground(position) else { return false };
        let (Some(glyphs), Some(annotations)) = (&ground.glyphs, &ground.annotations) else { return false };
        let is_other = |id: &Option<ObjectId>| id.is_none() || !own.contains(id);
        ground.is_text
            && !self.grounds.overlaps(annotations, rect, is_other)
            && !self.grounds.overlaps(glyphs, rect, |_| true)
    }

    fn ground(&self, position: usize) -> Option<Rc<Ground>> {
        if let Some(known) = self.grounds.pages.borrow().get(&position) {
            return Some(Rc::clone(known));
        }
        let page = self.new_pages.get(position)?;
        let ground = Rc::new(self.read_ground(page).unwrap_or_default());
        self.grounds.pages.borrow_mut().insert(position, Rc::clone(&ground));
        Some(ground)
    }

    fn read_ground(&self, page: &Page) -> Option<Ground> {
        let content = self.grounds.may_read(ONE).then(|| self.content_of(page))??;
        if !self.grounds.may_read(content.len()) {
            return None;
        }
        let is_text = draws_text_alone(&content, self.new.limits());
        let text = self.new.page_text(page).ok().filter(|text| text.is_whole);
        let glyphs = text.filter(|text| self.grounds.may_read(text.glyphs.len().saturating_mul(ONE)));
        let glyphs = glyphs.map(|text| Places::new(text.glyphs.iter().map(placed).collect()));
        Some(Ground { is_text, glyphs, annotations: self.annotations_of(page) })
    }

    /// Where annotations are, a filled field or a seal among them; none where one cannot be read.
    fn annotations_of(&self, page: &Page) -> Option<Places<Option<ObjectId>>> {
        let list = self.new.get(&page.dictionary, b"Annots").ok()?;
        let items = list.as_ref().and_then(Object::as_array).unwrap_or_default();
        if !self.grounds.may_read(items.len().saturating_mul(ONE)) {
            return None;
        }
        let place = |item: &Object| match self.new.resolve(item).as_deref() {
            Ok(Object::Dictionary(one)) => Some((rect_of(self.new, one), item.as_reference())),
            _ => None,
        };
        Some(Places::new(items.iter().map(place).collect::<Option<Vec<_>>>()?))
    }

    /// The content of a page: one stream, or several as if they were one.
    fn content_of(&self, page: &Page) -> Option<Vec<u8>> {
        let parts = match self.new.get(&page.dictionary, b"Contents").ok()? {
            None => Vec::new(),
            Some(Object::Array(parts)) => parts,
            Some(one) => vec![one],
        };
        let mut content = Vec::new();
        for part in parts {
            let part = self.new.resolve(&part).ok()?;
            content.extend(self.new.data(part.as_stream()?).ok()?);
            content.push(b'\n');
            if content.len() > READ {
                return None;
            }
        }
        Some(content)
    }
}

/// True when content can be read and paints nothing but text.
pub(super) fn draws_text_alone(content: &[u8], limits: &formats::pdf::Limits) -> bool {
    operations(content, limits)
        .is_ok_and(|drawn| drawn.iter().all(|one| TEXT.contains(&one.operator.as_slice())))
}

/// Glyphs with their places. What several codes of one font show as the same blank, line or dot is none: a font says
/// itself what its codes mean.
pub(super) fn signs(glyphs: &[TextGlyph]) -> Vec<(Rect, Sign)> {
    let mut codes: HashMap<(usize, &str), HashSet<u64>> = HashMap::new();
    let placed: Vec<(Rect, Sign)> = glyphs.iter().map(placed).collect();
    for (glyph, (_, sign)) in glyphs.iter().zip(&placed) {
        if *sign != Sign::Letter {
            codes.entry((glyph.font, glyph.text.as_str())).or_default().insert(glyph.code);
        }
    }
    let is_odd = |glyph: &TextGlyph, sign: Sign| {
        let most = if sign == Sign::Blank { BLANKS } else { 1 };
        codes.get(&(glyph.font, glyph.text.as_str())).is_some_and(|codes| codes.len() > most)
    };
    let lone = lone_lines(&placed);
    let signs = glyphs.iter().zip(placed).zip(lone);
    let sign = |((glyph, (rect, sign)), is_lone): ((&TextGlyph, (Rect, Sign)), bool)| {
        (rect, if is_lone || is_odd(glyph, sign) { Sign::Letter } else { sign })
    };
    signs.map(sign).collect()
}

/// Which glyphs of lines are not one of several in a row: one alone is a dash, or a stroke of something (一).
fn lone_lines(placed: &[(Rect, Sign)]) -> Vec<bool> {
    let goes_on = |(a, first): &(Rect, Sign), (b, next): &(Rect, Sign)| {
        let high = a.height().max(b.height());
        first == next && (a.bottom - b.bottom).abs() < high / 8.0 && (b.left - a.right).abs() < high
    };
    let rows = placed.chunk_by(goes_on);
    rows.flat_map(|row| {
        let is_lone = row.len() < LINE && row.iter().all(|(_, sign)| *sign == Sign::Line);
        std::iter::repeat_n(is_lone, row.len())
    })
    .collect()
}

/// A glyph with its place.
fn placed(glyph: &TextGlyph) -> (Rect, Sign) {
    let mut signs = glyph.text.chars().filter(|character| !character.is_whitespace()).map(sign);
    let first = signs.next().unwrap_or(Sign::Blank);
    (glyph.rect, if signs.all(|sign| sign == first) { first } else { Sign::Letter })
}

fn sign(character: char) -> Sign {
    match character {
        // Lines; then boxes, and the signs of fonts that have no letters.
        '_' | '\u{FF3F}' | '\u{2026}' | '\u{2025}' | '\u{2500}' | '\u{2501}' | '\u{FE4D}'..='\u{FE4F}' => {
            Sign::Line
        }
        '\u{25A1}' | '\u{2610}' | '\u{25A2}' | '\u{274F}'..='\u{2752}' => Sign::Box,
        '\u{E000}'..='\u{F8FF}' => Sign::Private,
        '.' | '-' | '\u{B7}' | '\u{2024}' | '\u{2013}' | '\u{2014}' => Sign::Dot,
        _ => Sign::Letter,
    }
}

/// The part of a glyph's place where its ink is.
pub(super) fn ink(rect: Rect) -> Rect {
    // A glyph is not much wider than it is high, whatever its font says of its width.
    let (across, up) = (rect.width().min(rect.height()) * EDGE, rect.height() * EDGE);
    Rect {
        left: rect.left + across,
        bottom: rect.bottom + up,
        right: rect.right - across,
        top: rect.top - up,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn square(left: f64, bottom: f64, side: f64) -> Rect {
        Rect { left, bottom, right: left + side, top: bottom + side }
    }

    #[test]
    fn places_are_found_by_their_left_edges() {
        let places: Places<u32> = Places::new(
            (0..100_u32)
                .map(|at| (square(f64::from(at) * 10.0, 0.0, 5.0), at))
                .chain([(square(0.0, 90.0, 900.0), 100)])
                .collect(),
        );
        let grounds = Grounds::default();
        let found = |rect| grounds.overlaps(&places, rect, |_| true);
        assert!(found(square(503.0, 1.0, 2.0)));
        assert!(!found(square(506.0, 1.0, 3.0)));
        assert!(found(square(806.0, 100.0, 3.0)), "the wide one begins far to the left");
        assert!(!grounds.overlaps(&places, square(503.0, 1.0, 2.0), |at| *at != 50));
    }

    /// Six thousand icons beside one another: without an order of their places these were 36 million pairs.
    #[test]
    fn what_lies_far_away_is_not_compared() {
        let icons: Vec<(Rect, u32)> = (0..6_000_u32)
            .map(|at| (square(f64::from(at % 300) * 2.0, f64::from(at / 300) * 2.0, 1.0), at))
            .collect();
        let places = Places::new(icons.clone());
        let grounds = Grounds::default();
        for (rect, own) in &icons {
            assert!(!grounds.overlaps(&places, *rect, |at| at != own));
        }
        assert!(grounds.compared.get() < 400_000, "{}", grounds.compared.get());
    }

    #[test]
    fn beyond_the_bound_nothing_is_known_to_be_blank() {
        let grounds = Grounds::default();
        let places = Places::new(vec![(square(0.0, 0.0, 9.0), ()); 3_000]);
        let high = square(0.0, 50.0, 5.0);
        let blank = (0..3_000).take_while(|_| !grounds.overlaps(&places, high, |()| true)).count();
        assert_eq!(blank, COMPARED / 3_000);
        assert!(grounds.may_read(READ) && !grounds.may_read(1));
    }

    #[test]
    fn lines_and_boxes_are_there_to_be_written_on() {
        assert!("_\u{2026}".chars().all(|one| sign(one) == Sign::Line));
        assert_eq!(sign('\u{25A1}'), Sign::Box);
        assert_eq!(sign('\u{F06F}'), Sign::Private);
        assert!(".-\u{B7}".chars().all(|one| sign(one) == Sign::Dot));
        assert!("1a元〇○\u{FFFD},".chars().all(|one| sign(one) == Sign::Letter));
    }
}
