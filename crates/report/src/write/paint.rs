//! Things are painted on a page.

use krilla::color::rgb;
use krilla::geom::{Path, PathBuilder, Point, Rect, Size, Transform};
use krilla::image::Image;
use krilla::num::NormalizedF32;
use krilla::paint::{Fill, FillRule, LineCap, LineJoin, Stroke};
use krilla::surface::Surface;
use krilla::tagging::{Artifact, ArtifactType, ContentTag, SpanTag};
use verify::people::Page;

use super::structure::Structure;
use crate::flow::{Anchor, Item, LEFT, PAGE, Part, RIGHT, WIDTH, Words};
use crate::font::Fonts;
use crate::look::{LINE, SOFT, WHITE, code, colour, en, zh};
use crate::text::{Colour, Line, Piece, Span, set, width_of};

/// How far a curve's handles reach so that four of them are a circle.
const CIRCLE: f32 = 0.5523;
const LINK: Colour = (0x1f, 0x5f, 0xa8);

/// Places that can be gone to: page from zero, and how far down.
type Anchors = [Option<(usize, f32)>];

/// Paints on one page.
pub(super) struct Painter<'a, 'b> {
    pub(super) fonts: &'a Fonts,
    pub(super) surface: Surface<'b>,
    pub(super) structure: &'a mut Structure,
    pub(super) pictures: &'a [Image],
}

/// The words of a pointer in both languages.
pub(super) fn pointer_words(words: Words, anchors: &Anchors, to: Anchor) -> [String; 2] {
    let page = anchors.get(to.0).copied().flatten().map_or(1, |(page, _)| page.saturating_add(1));
    match words {
        Words::Steps => [
            format!("验证步骤与受保护的文件见第 {page} 页 "),
            format!("steps and covered files on page {page}"),
        ],
        Words::Back => [format!("返回摘要，第 {page} 页 "), format!("back to the summary on page {page}")],
    }
}

impl Painter<'_, '_> {
    /// Paints one thing.
    pub(super) fn item(&mut self, item: &Item, anchors: &Anchors) {
        match item {
            Item::Text { x, y, piece, part } => self.piece((*x, *y), piece, Some(*part)),
            Item::Area { x, y, width, height, radius, colour } => {
                let area = Rect::from_xywh(*x, *y, *width, *height).and_then(|area| rounded(area, *radius));
                self.decoration(ArtifactType::Layout, |painter| painter.fill(area, *colour));
            }
            Item::Sign { x, y, radius, class, colour } => {
                self.decoration(ArtifactType::Layout, |painter| {
                    painter.sign((*x, *y, *radius), class, *colour);
                });
            }
            Item::Picture { x, y, width, height, number, part } => {
                let picture = self.pictures.get(*number).cloned();
                let (Some(picture), Some(size)) = (picture, Size::from_wh(*width, *height)) else { return };
                let identifier = self.surface.start_tagged(ContentTag::Other);
                self.surface.push_transform(&Transform::from_translate(*x, *y));
                self.surface.draw_image(picture, size);
                self.surface.pop();
                self.surface.end_tagged();
                self.structure.add(*part, identifier);
            }
            Item::Pointer { x, y, width, to, words, part } => {
                let [chinese, english] = pointer_words(*words, anchors, *to);
                let spans = [Span(&chinese, zh(9.0, LINK)), Span(&english, en(7.5, LINK))];
                for line in set(self.fonts, &spans, *width, 1) {
                    self.line((*x, y + 9.5), &line, Some(*part));
                }
            }
        }
    }

    fn line(&mut self, (x, y): (f32, f32), line: &Line, part: Option<Part>) {
        for piece in &line.pieces {
            self.piece((x + piece.x, y), piece, part);
        }
    }

    /// A piece of text; within a decoration when it belongs to no part.
    fn piece(&mut self, (x, y): (f32, f32), piece: &Piece, part: Option<Part>) {
        let lang = SpanTag::empty().with_lang(Some(piece.style.lang));
        let identifier = part.map(|_| self.surface.start_tagged(ContentTag::Span(lang)));
        let font = self.fonts.font(piece.which);
        self.surface.set_stroke(None);
        self.surface.set_fill(Some(ink(piece.style.colour)));
        let from = Point::from_xy(x, y);
        self.surface.draw_glyphs(from, &piece.glyphs, font, &piece.text, piece.style.size, false);
        if let (Some(part), Some(identifier)) = (part, identifier) {
            self.surface.end_tagged();
            self.structure.add(part, identifier);
        }
    }

    fn decoration(&mut self, kind: ArtifactType, paint: impl FnOnce(&mut Self)) {
        self.surface.start_tagged(ContentTag::Artifact(Artifact::with_kind(kind)));
        paint(self);
        self.surface.end_tagged();
    }

    fn fill(&mut self, path: Option<Path>, colour: Colour) {
        let Some(path) = path else { return };
        self.surface.set_stroke(None);
        self.surface.set_fill(Some(ink(colour)));
        self.surface.draw_path(&path);
    }

    fn stroke(&mut self, points: &[(f32, f32)], (x, y, radius): (f32, f32, f32)) {
        let mut path = PathBuilder::new();
        for (index, (dx, dy)) in points.iter().enumerate() {
            let (x, y) = (x + dx * radius, y + dy * radius);
            if index == 0 { path.move_to(x, y) } else { path.line_to(x, y) }
        }
        self.outline(path.finish(), radius);
    }

    fn outline(&mut self, path: Option<Path>, radius: f32) {
        let Some(path) = path else { return };
        self.surface.set_fill(None);
        self.surface.set_stroke(Some(Stroke {
            paint: rgb::Color::new(WHITE.0, WHITE.1, WHITE.2).into(),
            width: radius * 0.24,
            line_cap: LineCap::Round,
            line_join: LineJoin::Round,
            ..Stroke::default()
        }));
        self.surface.draw_path(&path);
    }

    /// ✔, ✘, ? or – in white on a disc: told by their shape too, not by colour alone.
    fn sign(&mut self, place: (f32, f32, f32), class: &str, colour: Colour) {
        let (x, y, radius) = place;
        let disc = |x, y, radius: f32| {
            let area = Rect::from_xywh(x - radius, y - radius, radius * 2.0, radius * 2.0)?;
            rounded(area, radius)
        };
        self.fill(disc(x, y, radius), colour);
        match class {
            "good" => self.stroke(&[(-0.46, 0.04), (-0.12, 0.38), (0.48, -0.34)], place),
            "bad" => {
                self.stroke(&[(-0.36, -0.36), (0.36, 0.36)], place);
                self.stroke(&[(-0.36, 0.36), (0.36, -0.36)], place);
            }
            "open" => {
                let at = |dx: f32, dy: f32| (x + dx * radius, y + dy * radius);
                let mut path = PathBuilder::new();
                let ((x0, y0), (x1, y1), (x2, y2), (x3, y3)) =
                    (at(-0.32, -0.24), at(-0.32, -0.72), at(0.36, -0.72), at(0.36, -0.24));
                path.move_to(x0, y0);
                path.cubic_to(x1, y1, x2, y2, x3, y3);
                let ((x1, y1), (x2, y2), (x3, y3)) = (at(0.36, 0.02), at(0.0, 0.0), at(0.0, 0.24));
                path.cubic_to(x1, y1, x2, y2, x3, y3);
                self.outline(path.finish(), radius);
                self.fill(disc(x, y + radius * 0.56, radius * 0.14), WHITE);
            }
            _ => self.stroke(&[(-0.42, 0.0), (0.42, 0.0)], place),
        }
    }

    /// What stands above and below the text of every page.
    pub(super) fn margins(&mut self, page: &Page, number: usize, count: usize) {
        if number > 1 {
            self.decoration(ArtifactType::Header, |painter| painter.header(page));
        }
        self.decoration(ArtifactType::Footer, |painter| painter.footer(page, number, count));
    }

    fn header(&mut self, page: &Page) {
        let ink = colour(page.mark);
        self.sign((LEFT + 5.0, 38.0, 4.6), page.mark.class, ink);
        let spans = [
            Span("电子签章验证报告", zh(8.0, SOFT)),
            Span("  ", zh(8.0, SOFT)),
            Span(page.mark.zh, zh(8.0, ink)),
            Span("  ", zh(8.0, SOFT)),
            Span(&page.file, zh(8.0, SOFT)),
        ];
        for line in set(self.fonts, &spans, WIDTH - 16.0, 1) {
            self.line((LEFT + 15.0, 41.0), &line, None);
        }
        self.fill(Rect::from_xywh(LEFT, 48.0, WIDTH, 0.6).and_then(|area| rounded(area, 0.0)), LINE);
    }

    fn footer(&mut self, page: &Page, number: usize, count: usize) {
        let top = PAGE.1 - 62.0;
        self.fill(Rect::from_xywh(LEFT, top, WIDTH, 0.6).and_then(|area| rounded(area, 0.0)), LINE);
        let left = [
            ("信任快照", " trust ", &page.trust_id),
            ("验证策略", " policy ", &page.policy_id),
            ("判断时点", " judged for ", &page.at),
        ];
        let mut y = top + 11.0;
        for (chinese, english, value) in left {
            let spans =
                [Span(chinese, zh(7.0, SOFT)), Span(english, en(6.2, SOFT)), Span(value, code(6.6, SOFT))];
            for line in set(self.fonts, &spans, WIDTH - 110.0, 1) {
                self.line((LEFT, y), &line, None);
            }
            y += 10.0;
        }
        let chinese = format!("第 {number} 页，共 {count} 页");
        let english = format!("page {number} of {count}");
        self.right(top + 12.0, &[Span(&chinese, zh(8.5, SOFT))]);
        self.right(top + 23.0, &[Span(&english, en(7.0, SOFT))]);
    }

    /// Text that ends at the right edge.
    fn right(&mut self, y: f32, spans: &[Span<'_>]) {
        let x = RIGHT - width_of(self.fonts, spans);
        for line in set(self.fonts, spans, WIDTH, 1) {
            self.line((x, y), &line, None);
        }
    }
}

fn ink((red, green, blue): Colour) -> Fill {
    Fill {
        paint: rgb::Color::new(red, green, blue).into(),
        opacity: NormalizedF32::ONE,
        rule: FillRule::NonZero,
    }
}

/// A rectangle whose corners are quarters of a circle.
fn rounded(area: Rect, radius: f32) -> Option<Path> {
    let mut path = PathBuilder::new();
    if radius <= 0.0 {
        path.push_rect(area);
        return path.finish();
    }
    let (left, top, right, bottom) = (area.left(), area.top(), area.right(), area.bottom());
    let (r, c) = (radius, radius * (1.0 - CIRCLE));
    path.move_to(left + r, top);
    path.line_to(right - r, top);
    path.cubic_to(right - c, top, right, top + c, right, top + r);
    path.line_to(right, bottom - r);
    path.cubic_to(right, bottom - c, right - c, bottom, right - r, bottom);
    path.line_to(left + r, bottom);
    path.cubic_to(left + c, bottom, left, bottom - c, left, bottom - r);
    path.line_to(left, top + r);
    path.cubic_to(left, top + c, left + c, top, left + r, top);
    path.close();
    path.finish()
}
