//! Where a text stands on the pages (GB/T 33190-2016 §11.3), so that a seal can be put at a word.
//!
//! Text objects are read as readers place them: the box, the matrix, the start of each `TextCode` and its steps. Words
//! are found within a line, also when a line is made of several objects; white space is not compared.

use super::document::Document;
use super::error::OfdError;
use super::fact::Facts;
use super::package::Package;
use super::values::{Id, Rect};
use super::xmlfile::XmlFile;
use crate::xml::Element;

/// Characters of one document that are looked at.
const MOST_CHARACTERS: usize = 4_000_000;
/// Characters of a text that is looked for.
const LONGEST_TEXT: usize = 100;
/// Places that are given.
const MOST_FOUND: usize = 1_000;
/// Larger than any letter; beyond it a number is taken for broken.
const FURTHEST_MM: f64 = 100_000.0;

/// A place where a text stands.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FoundText {
    /// Position of the page in the document, counted from zero.
    pub page_index: usize,
    /// The box around it, in millimetres from the left upper corner of the page.
    pub rect: Rect,
}

/// A character in its place.
#[derive(Debug, Clone, Copy)]
struct Glyph {
    character: char,
    rect: Rect,
}

/// Finds a text on the pages, in their order; on each page in the order of its objects, then in its templates.
pub(super) fn find(
    package: &Package<'_>,
    document: &Document,
    text: &str,
) -> Result<Vec<FoundText>, OfdError> {
    let wanted: Vec<char> = text.chars().filter(|character| !character.is_whitespace()).collect();
    let mut found = Vec::new();
    if wanted.is_empty() || wanted.len() > LONGEST_TEXT {
        return Ok(found);
    }
    let mut room = MOST_CHARACTERS;
    let templates = document.templates_by_id();
    for page_index in 0..document.pages.len() {
        let page = package.page(document, page_index)?;
        let mut files = vec![page.path.as_str()];
        let named = page.templates.iter().filter_map(|id| templates.get(&Id::of(id)));
        files.extend(named.map(|template| template.location.path.as_str()));
        for path in files {
            let glyphs = glyphs(package, path, &mut room)?;
            let places = matches(&glyphs, &wanted).map(|rect| FoundText { page_index, rect });
            found.extend(places.take(MOST_FOUND - found.len()));
        }
        if room == 0 || found.len() >= MOST_FOUND {
            break;
        }
    }
    Ok(found)
}

/// The characters of a page's or template's file.
fn glyphs(package: &Package<'_>, path: &str, room: &mut usize) -> Result<Vec<Glyph>, OfdError> {
    let file = XmlFile::read(package, path, "Page", "", &mut Facts::default())?;
    let mut out = Vec::new();
    let objects = file.tree.elements().filter(|element| element.name() == "TextObject");
    for object in objects.filter(|object| object.attribute("Visible") != Some("false")) {
        if let Some(space) = Space::of(object) {
            let mut start = (0.0, 0.0);
            for code in object.children_named("TextCode") {
                place(code, &space, &mut start, room, &mut out);
            }
        }
    }
    Ok(out)
}

/// The space of a text object.
struct Space {
    corner: (f64, f64),
    matrix: [f64; 6],
    size: f64,
}

impl Space {
    fn of(object: Element<'_>) -> Option<Self> {
        let boundary = Rect::parse(object.attribute("Boundary")?)?;
        let matrix = match object.attribute("CTM") {
            None => [1.0, 0.0, 0.0, 1.0, 0.0, 0.0],
            Some(text) => numbers(text).try_into().ok()?,
        };
        let size = number(object.attribute("Size")?)?;
        (size > 0.0).then_some(Self { corner: (boundary.x, boundary.y), matrix, size })
    }

    /// A box of the object's space on the page.
    #[expect(clippy::many_single_char_names, reason = "the matrix as the standard names it")]
    fn on_page(&self, left: f64, top: f64, right: f64, bottom: f64) -> Rect {
        let [a, b, c, d, e, f] = self.matrix;
        let point =
            |(x, y): (f64, f64)| (self.corner.0 + a * x + c * y + e, self.corner.1 + b * x + d * y + f);
        let corners = [(left, top), (right, top), (left, bottom), (right, bottom)].map(point);
        let least = |pick: fn(&(f64, f64)) -> f64| corners.iter().map(pick).fold(f64::INFINITY, f64::min);
        let most = |pick: fn(&(f64, f64)) -> f64| corners.iter().map(pick).fold(f64::NEG_INFINITY, f64::max);
        let (x, y) = (least(|point| point.0), least(|point| point.1));
        Rect { x, y, width: most(|point| point.0) - x, height: most(|point| point.1) - y }
    }
}

/// Places the characters of a `TextCode`. Without `X` or `Y` it goes on where the one before began (§11.3).
fn place(code: Element<'_>, space: &Space, start: &mut (f64, f64), room: &mut usize, out: &mut Vec<Glyph>) {
    let at = |name: &str, before: f64| code.attribute(name).and_then(number).unwrap_or(before);
    *start = (at("X", start.0), at("Y", start.1));
    let (mut x, mut y) = *start;
    let steps = |name: &str| code.attribute(name).map(Steps::new);
    let (mut across, mut down) = (steps("DeltaX"), steps("DeltaY"));
    for character in code.raw_text().chars() {
        if *room == 0 {
            return;
        }
        *room -= 1;
        let wide = if character.is_ascii() { 0.5 } else { 1.0 } * space.size;
        if !character.is_whitespace() {
            let rect = space.on_page(x, y - space.size, x + wide, y);
            out.push(Glyph { character, rect });
        }
        match (across.as_mut().and_then(Iterator::next), down.as_mut().and_then(Iterator::next)) {
            (None, None) => x += wide,
            (step_x, step_y) => {
                x += step_x.unwrap_or(0.0);
                y += step_y.unwrap_or(0.0);
            }
        }
    }
}

/// The steps between characters (ST_Array): numbers, and `g n v` for n times v.
struct Steps<'t> {
    parts: std::str::SplitAsciiWhitespace<'t>,
    repeated: (usize, f64),
}

impl<'t> Steps<'t> {
    fn new(text: &'t str) -> Self {
        Self { parts: text.split_ascii_whitespace(), repeated: (0, 0.0) }
    }
}

impl Iterator for Steps<'_> {
    type Item = f64;

    fn next(&mut self) -> Option<f64> {
        loop {
            if let (left @ 1.., step) = self.repeated {
                self.repeated.0 = left - 1;
                return Some(step);
            }
            match self.parts.next()? {
                "g" => self.repeated = (self.parts.next()?.parse().ok()?, number(self.parts.next()?)?),
                part => return number(part),
            }
        }
    }
}

/// The boxes of a text among the characters.
fn matches<'g>(glyphs: &'g [Glyph], wanted: &'g [char]) -> impl Iterator<Item = Rect> + 'g {
    let mut next = 0;
    glyphs.windows(wanted.len()).enumerate().filter_map(move |(at, window)| {
        let is_it = at >= next
            && window.iter().map(|glyph| glyph.character).eq(wanted.iter().copied())
            && window.windows(2).all(|pair| matches!(pair, [one, two] if follows(&one.rect, &two.rect)));
        if !is_it {
            return None;
        }
        // What was found is not found again from its middle on.
        next = at + wanted.len();
        window.iter().map(|glyph| glyph.rect).reduce(around)
    })
}

/// Whether a character stands beside or beneath another, as in one line or column.
fn follows(one: &Rect, two: &Rect) -> bool {
    let size = one.height.max(one.width).max(two.height).max(two.width);
    let middle = |rect: &Rect| (rect.x + rect.width / 2.0, rect.y + rect.height / 2.0);
    let ((x1, y1), (x2, y2)) = (middle(one), middle(two));
    let (across, down) = ((x2 - x1).abs(), (y2 - y1).abs());
    across.min(down) <= size / 2.0 && across.max(down) <= size * 4.0
}

fn around(one: Rect, two: Rect) -> Rect {
    let (x, y) = (one.x.min(two.x), one.y.min(two.y));
    let (right, bottom) =
        ((one.x + one.width).max(two.x + two.width), (one.y + one.height).max(two.y + two.height));
    Rect { x, y, width: right - x, height: bottom - y }
}

fn number(text: &str) -> Option<f64> {
    text.trim().parse::<f64>().ok().filter(|value| value.abs() <= FURTHEST_MM)
}

fn numbers(text: &str) -> Vec<f64> {
    text.split_ascii_whitespace().take(7).map_while(number).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ofd::Limits;
    use crate::ofd::compose::{Composer, FontFace};

    fn found(draw: impl Fn(&mut crate::ofd::compose::PageDraft), text: &str) -> Vec<FoundText> {
        let mut composer = Composer::new("0", "t", jiff::Timestamp::UNIX_EPOCH);
        composer.page(|_| {}).page(draw);
        let ofd = composer.finish().unwrap();
        let package = Package::open(&ofd, &Limits::default()).unwrap();
        let document = package.document(0).unwrap();
        package.find_text(&document, text).unwrap()
    }

    #[test]
    fn a_word_is_found_where_it_stands() {
        let found = found(
            |page| {
                page.text(20.0, 30.0, 5.0, FontFace::Song, "甲方（盖章）：A1 乙方（盖章）：");
            },
            "（盖章）",
        );
        assert_eq!(found.iter().map(|place| place.page_index).collect::<Vec<_>>(), [1, 1]);
        let boxes: Vec<_> = found.iter().map(|place| place.rect.to_text()).collect();
        // Two letters before it, and behind it five more, a colon, two half ones, a blank and two letters.
        assert_eq!(boxes, ["30 30 20 5", "72.5 30 20 5"]);
    }

    #[test]
    fn blanks_do_not_count_and_lines_do() {
        let lines = |page: &mut crate::ofd::compose::PageDraft| {
            page.text(20.0, 30.0, 5.0, FontFace::Song, "盖");
            page.text(30.0, 30.0, 5.0, FontFace::Song, "章");
            page.text(20.0, 80.0, 5.0, FontFace::Song, "日");
            page.text(150.0, 80.0, 5.0, FontFace::Song, "期");
            page.text(20.0, 90.0, 5.0, FontFace::Song, "公 章");
        };
        assert_eq!(found(lines, "盖 章").len(), 1, "two objects of one line");
        assert_eq!(found(lines, "公章").len(), 1);
        assert_eq!(found(lines, "日期").len(), 0, "they stand far apart");
        assert_eq!(found(lines, "章日").len(), 0);
        for nothing in ["", "  ", &"长".repeat(101)] {
            assert!(found(lines, nothing).is_empty());
        }
    }

    #[test]
    fn steps_are_read_as_they_are_written() {
        let steps = |text: &str| format!("{:?}", Steps::new(text).collect::<Vec<_>>());
        assert_eq!(steps("1 g 3 2.5 4"), "[1.0, 2.5, 2.5, 2.5, 4.0]");
        assert_eq!(steps("g 0 1 7 g 99999999999999999999999 1"), "[7.0]");
        assert_eq!(steps("1 x"), "[1.0]");
    }

    #[test]
    fn a_matrix_turns_and_shrinks() {
        let space = Space { corner: (10.0, 20.0), matrix: [0.0, 2.0, -2.0, 0.0, 5.0, 0.0], size: 1.0 };
        assert_eq!(space.on_page(0.0, -1.0, 1.0, 0.0).to_text(), "15 20 2 2");
    }
}
