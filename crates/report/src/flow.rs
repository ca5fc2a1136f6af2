//! What is put on pages: blocks are stacked from the top, and a block that finds no room begins the next page. Nothing is
//! written yet, so that every page can tell how many there are.

use crate::font::Fonts;
use crate::seal::Pictures;
use crate::text::{Colour, Piece, Span, set};

/// A4 in points.
pub(crate) const PAGE: (f32, f32) = (595.28, 841.89);
/// Where text begins and ends on a page.
pub(crate) const LEFT: f32 = 51.0;
pub(crate) const RIGHT: f32 = PAGE.0 - LEFT;
pub(crate) const WIDTH: f32 = RIGHT - LEFT;
const TOP: f32 = 62.0;
const BOTTOM: f32 = PAGE.1 - 74.0;
/// From line to line, in units of the letter size.
const LEADING: f32 = 1.42;
/// From the top of a line to the feet of its letters, in units of the letter size.
const ASCENT: f32 = 1.06;

/// What a thing is to somebody who has the page read aloud.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Section,
    Heading(u16, String),
    Paragraph,
    Table,
    Row,
    HeaderCell,
    Cell,
    List,
    Entry,
    Body,
    /// A picture with the words for it.
    Figure(String),
    Link,
}

/// A part of the document's structure, by its place in [`Flow::parts`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Part(pub(crate) usize);

/// A place that can be gone to, by its place in [`Flow::anchors`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Anchor(pub(crate) usize);

/// Something on a page; lengths in points, from the left and the top.
#[derive(Debug)]
pub(crate) enum Item {
    /// A piece of text, whose letters stand on `y`.
    Text { x: f32, y: f32, piece: Piece, part: Part },
    /// A filled area with round corners.
    Area { x: f32, y: f32, width: f32, height: f32, radius: f32, colour: Colour },
    /// A sign of the verdict around a point: a disc with ✔, ✘, ? or –.
    Sign { x: f32, y: f32, radius: f32, class: &'static str, colour: Colour },
    /// A picture, by its number in [`Flow::pictures`].
    Picture { x: f32, y: f32, width: f32, height: f32, number: usize, part: Part },
    /// Where a place is told: words with the number of its page, and a link to it.
    Pointer { x: f32, y: f32, width: f32, to: Anchor, words: Words, part: Part },
}

/// The words of a pointer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Words {
    /// To the steps.
    Steps,
    /// Back to the summary.
    Back,
}

impl Item {
    fn down(&mut self, by: f32) {
        match self {
            Self::Text { y, .. }
            | Self::Area { y, .. }
            | Self::Sign { y, .. }
            | Self::Picture { y, .. }
            | Self::Pointer { y, .. } => *y += by,
        }
    }
}

/// Things that stay together.
#[derive(Default)]
pub(crate) struct Block {
    pub(crate) items: Vec<Item>,
    pub(crate) height: f32,
}

impl Block {
    /// Sets text from `x` and `y` on, `width` wide and at most `most` lines; gives where it ends.
    pub(crate) fn text(
        &mut self,
        fonts: &Fonts,
        (x, y, width): (f32, f32, f32),
        spans: &[Span<'_>],
        most: usize,
        part: Part,
    ) -> f32 {
        let mut y = y;
        for line in set(fonts, spans, width, most) {
            let feet = y + line.size * ASCENT;
            for piece in line.pieces {
                self.items.push(Item::Text { x: x + piece.x, y: feet, piece, part });
            }
            y += line.size * LEADING;
        }
        self.height = self.height.max(y);
        y
    }
}

/// A part of the structure and the part it stands in.
pub(crate) struct Element {
    pub(crate) kind: Kind,
    pub(crate) within: Option<Part>,
}

/// The pages as they grow.
pub(crate) struct Flow {
    pub(crate) pages: Vec<Vec<Item>>,
    pub(crate) parts: Vec<Element>,
    /// The page, from zero, and how far down it is; none until it is reached.
    pub(crate) anchors: Vec<Option<(usize, f32)>>,
    pub(crate) pictures: Pictures,
    y: f32,
}

impl Flow {
    pub(crate) fn new() -> Self {
        Self {
            pages: vec![Vec::new()],
            parts: Vec::new(),
            anchors: Vec::new(),
            pictures: Pictures::default(),
            y: TOP,
        }
    }

    /// A new part of the structure.
    pub(crate) fn part(&mut self, kind: Kind, within: Option<Part>) -> Part {
        self.parts.push(Element { kind, within });
        Part(self.parts.len().saturating_sub(1))
    }

    /// A place to be set later.
    pub(crate) fn anchor(&mut self) -> Anchor {
        self.anchors.push(None);
        Anchor(self.anchors.len().saturating_sub(1))
    }

    /// The anchor is here: where the next block will stand that needs `height`.
    pub(crate) fn set(&mut self, anchor: Anchor, height: f32) {
        self.need(height);
        let here = (self.pages.len().saturating_sub(1), self.y);
        if let Some(place) = self.anchors.get_mut(anchor.0) {
            *place = Some(here);
        }
    }

    /// Begins a page when less than `height` is left on this one.
    pub(crate) fn need(&mut self, height: f32) {
        if self.y + height > BOTTOM {
            self.turn();
        }
    }

    /// Begins a page, unless this one is empty.
    pub(crate) fn turn(&mut self) {
        if self.pages.last().is_some_and(|page| !page.is_empty()) {
            self.pages.push(Vec::new());
        }
        self.y = TOP;
    }

    /// Puts a block under what is there.
    pub(crate) fn put(&mut self, block: Block) {
        self.need(block.height);
        for mut item in block.items {
            item.down(self.y);
            if let Some(page) = self.pages.last_mut() {
                page.push(item);
            }
        }
        self.y += block.height;
    }

    /// Leaves room.
    pub(crate) fn space(&mut self, height: f32) {
        self.y += height;
    }
}
