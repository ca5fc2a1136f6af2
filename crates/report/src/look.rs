//! Sizes and colours, and the blocks that every page is made of.

use verify::people::Mark;
use verify::{Detail, Text};

use crate::flow::{Block, Flow, Item, Kind, LEFT, Part, RIGHT, WIDTH};
use crate::font::{Fonts, Letters};
use crate::text::{Colour, Span, Style, width_of};

pub(crate) const INK: Colour = (0x1b, 0x1f, 0x24);
pub(crate) const SOFT: Colour = (0x5b, 0x64, 0x70);
pub(crate) const LINE: Colour = (0xd8, 0xdb, 0xe0);
pub(crate) const WHITE: Colour = (0xff, 0xff, 0xff);

/// The column of names in a table.
pub(crate) const NAMES: f32 = 158.0;
/// Above and below the text of a row.
const PADDING: f32 = 3.2;
/// Lines of a value; longer ones are cut with a mark.
const VALUE_LINES: usize = 4;
/// Lines of an explanation.
const WORDS_LINES: usize = 12;
/// Lines of a path.
const PATH_LINES: usize = 2;

/// The colour of a mark.
pub(crate) fn colour(mark: Mark) -> Colour {
    match mark.class {
        "good" => (0x1a, 0x6b, 0x35),
        "bad" => (0xa8, 0x1d, 0x1d),
        "open" => (0x8a, 0x5a, 0x00),
        _ => SOFT,
    }
}

/// The ground behind a mark.
pub(crate) fn tint(mark: Mark) -> Colour {
    match mark.class {
        "good" => (0xee, 0xf6, 0xf0),
        "bad" => (0xfb, 0xef, 0xef),
        "open" => (0xfb, 0xf5, 0xe8),
        _ => (0xf4, 0xf5, 0xf6),
    }
}

/// Chinese text.
pub(crate) fn zh(size: f32, colour: Colour) -> Style {
    Style { letters: Letters::Words, size, colour, lang: "zh-CN" }
}

/// English text.
pub(crate) fn en(size: f32, colour: Colour) -> Style {
    Style { letters: Letters::Words, size, colour, lang: "en" }
}

/// Digests, paths and numbers.
pub(crate) fn code(size: f32, colour: Colour) -> Style {
    Style { letters: Letters::Code, size, colour, lang: "zh-CN" }
}

/// A line across, as a block of its own.
pub(crate) fn rule(flow: &mut Flow) {
    let area = Item::Area { x: LEFT, y: 0.0, width: WIDTH, height: 0.6, radius: 0.0, colour: LINE };
    flow.put(Block { items: vec![area], height: 0.6 });
}

/// A heading in both languages, kept with the `following` points under it.
pub(crate) fn heading(
    fonts: &Fonts,
    flow: &mut Flow,
    (level, size): (u16, f32),
    words: &Text,
    within: Part,
    following: f32,
) {
    let title = format!("{} {}", words.zh, words.en);
    let part = flow.part(Kind::Heading(level, title), Some(within));
    let mut block = Block::default();
    let spans = [
        Span(words.zh, zh(size, INK)),
        Span("  ", zh(size * 0.75, INK)),
        Span(words.en, en(size * 0.75, SOFT)),
    ];
    block.text(fonts, (LEFT, 0.0, WIDTH), &spans, 2, part);
    block.height += 2.0;
    flow.need(block.height + following);
    flow.put(block);
}

/// A paragraph in both languages, the English beneath.
pub(crate) fn paragraph(fonts: &Fonts, flow: &mut Flow, words: &Detail, within: Part) {
    let part = flow.part(Kind::Paragraph, Some(within));
    let mut block = Block::default();
    both(fonts, &mut block, (LEFT, 0.0, WIDTH), words, part);
    flow.put(block);
}

/// Words in Chinese with the English beneath; gives where they end.
pub(crate) fn both(
    fonts: &Fonts,
    block: &mut Block,
    (x, y, width): (f32, f32, f32),
    words: &Detail,
    part: Part,
) -> f32 {
    let y = block.text(fonts, (x, y, width), &[Span(&words.zh, zh(9.5, INK))], WORDS_LINES, part);
    if words.en == words.zh {
        return y;
    }
    block.text(fonts, (x, y, width), &[Span(&words.en, en(8.0, SOFT))], WORDS_LINES, part)
}

/// Rows of names and values, `width` wide, as items of one block from its top; gives where they end.
pub(crate) fn rows<'a>(
    fonts: &Fonts,
    flow: &mut Flow,
    block: &mut Block,
    width: f32,
    rows: impl IntoIterator<Item = (Text, &'a str, Style)>,
    within: Part,
) -> f32 {
    let table = flow.part(Kind::Table, Some(within));
    let mut y = block.height;
    for (name, value, style) in rows {
        let row = flow.part(Kind::Row, Some(table));
        block.items.push(Item::Area { x: LEFT, y, width, height: 0.6, radius: 0.0, colour: LINE });
        let head = flow.part(Kind::HeaderCell, Some(row));
        let names = [Span(name.zh, zh(9.0, SOFT)), Span("  ", zh(7.5, SOFT)), Span(name.en, en(7.2, SOFT))];
        let top = y + PADDING;
        let left = block.text(fonts, (LEFT, top, NAMES - 8.0), &names, 2, head);
        let cell = flow.part(Kind::Cell, Some(row));
        let place = (LEFT + NAMES, top, width - NAMES);
        let right = block.text(fonts, place, &[Span(value, style)], VALUE_LINES, cell);
        y = left.max(right) + PADDING;
    }
    block.height = block.height.max(y);
    y
}

/// A list of files under a heading, each on its own line.
pub(crate) fn files(fonts: &Fonts, flow: &mut Flow, title: &Text, files: &[String], within: Part) {
    if files.is_empty() {
        return;
    }
    flow.space(8.0);
    heading(fonts, flow, (3, 10.5), title, within, 24.0);
    let list = flow.part(Kind::List, Some(within));
    for file in files {
        let entry = flow.part(Kind::Entry, Some(list));
        let part = flow.part(Kind::Body, Some(entry));
        let mut block = Block::default();
        block.items.push(Item::Area {
            x: LEFT + 2.0,
            y: 5.2,
            width: 3.0,
            height: 3.0,
            radius: 1.5,
            colour: LINE,
        });
        block.text(fonts, (LEFT + 12.0, 0.0, WIDTH - 12.0), &[Span(file, code(8.0, INK))], PATH_LINES, part);
        block.height += 1.2;
        flow.put(block);
    }
}

/// A word on a coloured ground that ends at the right edge; gives where it begins.
pub(crate) fn label(fonts: &Fonts, block: &mut Block, y: f32, words: &Text, mark: Mark, part: Part) -> f32 {
    let (ground, ink) = (tint(mark), colour(mark));
    let spans = [Span(words.zh, zh(7.5, ink)), Span("  ", zh(6.5, ink)), Span(words.en, en(6.5, ink))];
    let width = width_of(fonts, &spans) + 10.0;
    let x = RIGHT - width;
    block.items.push(Item::Area { x, y, width, height: 13.0, radius: 3.0, colour: ground });
    block.text(fonts, (x + 5.0, y + 0.8, width), &spans, 1, part);
    x
}
