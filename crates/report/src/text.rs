//! Text as lines: a line ends between Chinese characters or after a space; what is longer than a line is broken where it
//! must be, and what is longer than its place is cut with a mark.

use krilla::text::KrillaGlyph;

use crate::font::{Fonts, Glyph, Letters, Which};

/// A colour as red, green and blue.
pub(crate) type Colour = (u8, u8, u8);

/// How a text looks.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Style {
    pub(crate) letters: Letters,
    /// In points.
    pub(crate) size: f32,
    pub(crate) colour: Colour,
    /// Its language, for those who have it read to them.
    pub(crate) lang: &'static str,
}

/// Text in one style.
#[derive(Clone, Copy)]
pub(crate) struct Span<'a>(pub(crate) &'a str, pub(crate) Style);

/// Part of a line in one style and font.
#[derive(Debug)]
pub(crate) struct Piece {
    pub(crate) style: Style,
    pub(crate) which: Which,
    pub(crate) text: String,
    pub(crate) glyphs: Vec<KrillaGlyph>,
    /// From the beginning of the line, in points.
    pub(crate) x: f32,
    pub(crate) width: f32,
}

/// One line.
#[derive(Debug)]
pub(crate) struct Line {
    pub(crate) pieces: Vec<Piece>,
    pub(crate) width: f32,
    /// The largest size of its letters.
    pub(crate) size: f32,
}

#[derive(Clone, Copy)]
struct Atom {
    character: char,
    glyph: Glyph,
    style: Style,
}

impl Atom {
    fn width(&self) -> f32 {
        self.glyph.advance * self.style.size
    }
}

/// Sets text in lines of `width` points, `most` of them.
pub(crate) fn set(fonts: &Fonts, spans: &[Span<'_>], width: f32, most: usize) -> Vec<Line> {
    let mut setter = Setter { lines: Vec::new(), line: Vec::new(), used: 0.0, gap: None, width, most };
    for Span(text, style) in spans {
        for character in fonts.written(style.letters, text) {
            let Some(glyph) = fonts.glyph(style.letters, character) else { continue };
            if !setter.push(Atom { character, glyph, style: *style }) {
                return setter.cut(fonts);
            }
        }
    }
    setter.end()
}

/// The width of a text on one line.
pub(crate) fn width_of(fonts: &Fonts, spans: &[Span<'_>]) -> f32 {
    set(fonts, spans, f32::INFINITY, 1).first().map_or(0.0, |line| line.width)
}

struct Setter {
    lines: Vec<Vec<Atom>>,
    line: Vec<Atom>,
    used: f32,
    /// Where the line may end.
    gap: Option<usize>,
    width: f32,
    most: usize,
}

impl Setter {
    /// False when there is no room for more.
    fn push(&mut self, atom: Atom) -> bool {
        if atom.character == ' ' {
            // A space at the end of a line takes no room, and none stands at the beginning of one.
            if self.line.is_empty() && !self.lines.is_empty() {
                return true;
            }
        } else {
            if self.line.last().is_some_and(|last| may_part(last.character, atom.character)) {
                self.gap = Some(self.line.len());
            }
            while !self.line.is_empty() && self.used + atom.width() > self.width {
                if !self.part() {
                    return false;
                }
            }
        }
        self.used += atom.width();
        self.line.push(atom);
        true
    }

    fn part(&mut self) -> bool {
        if self.lines.len().saturating_add(1) >= self.most {
            return false;
        }
        let at = self.gap.take().filter(|gap| (1..=self.line.len()).contains(gap));
        let rest = self.line.split_off(at.unwrap_or(self.line.len()));
        self.used = rest.iter().map(Atom::width).sum();
        self.lines.push(std::mem::replace(&mut self.line, rest));
        true
    }

    fn end(mut self) -> Vec<Line> {
        if !self.line.is_empty() {
            self.lines.push(self.line);
        }
        self.lines.iter().map(|atoms| line(atoms)).collect()
    }

    /// The last line with the mark of something cut.
    fn cut(mut self, fonts: &Fonts) -> Vec<Line> {
        let style = self.line.last().map(|atom| atom.style);
        let mark = style.and_then(|style| {
            Some(Atom { character: '…', glyph: fonts.glyph(style.letters, '…')?, style })
        });
        if let Some(mark) = mark {
            while self.used + mark.width() > self.width {
                let Some(last) = self.line.pop() else { break };
                self.used -= last.width();
            }
            self.line.push(mark);
        }
        self.end()
    }
}

/// Characters of Chinese, among which lines may end anywhere.
fn is_wide(character: char) -> bool {
    ('\u{2E80}'..='\u{FFEF}').contains(&character) || character >= '\u{20000}'
}

fn may_part(before: char, after: char) -> bool {
    const NEVER_FIRST: &str = "，。；：、！？）〕】》〉」』”’·…⟩,.;:!?)]";
    const NEVER_LAST: &str = "（〔【《〈「『“‘⟨([";
    if NEVER_FIRST.contains(after) || NEVER_LAST.contains(before) {
        return false;
    }
    before == ' ' || before == '/' || before == '⟩' || after == '⟨' || is_wide(before) || is_wide(after)
}

fn line(atoms: &[Atom]) -> Line {
    let mut line = Line { pieces: Vec::new(), width: 0.0, size: 0.0 };
    let same = |a: &Atom, b: &Atom| a.style == b.style && a.glyph.which == b.glyph.which;
    for run in atoms.chunk_by(same) {
        let Some(first) = run.first() else { continue };
        let piece = piece(first, run, line.width);
        line.width += piece.width;
        line.size = line.size.max(first.style.size);
        line.pieces.push(piece);
    }
    line
}

fn piece(first: &Atom, run: &[Atom], x: f32) -> Piece {
    let (mut text, mut glyphs, mut width) = (String::new(), Vec::new(), 0.0);
    for atom in run {
        let begin = text.len();
        text.push(atom.character);
        let Glyph { id, advance, shift, .. } = atom.glyph;
        glyphs.push(KrillaGlyph::new(id, advance, shift, 0.0, 0.0, begin..text.len(), None));
        width += atom.width();
    }
    Piece { style: first.style, which: first.glyph.which, text, glyphs, x, width }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STYLE: Style = Style { letters: Letters::Words, size: 10.0, colour: (0, 0, 0), lang: "zh-CN" };

    fn texts(text: &str, width: f32, most: usize) -> Vec<String> {
        let fonts = Fonts::new().unwrap();
        let lines = set(&fonts, &[Span(text, STYLE)], width, most);
        for line in &lines {
            // Spaces at the end may stand over.
            let ends =
                line.pieces.last().is_none_or(|piece| piece.text.ends_with(' ') || piece.glyphs.len() == 1);
            assert!(line.width <= width || ends, "{}", line.width);
        }
        lines.iter().map(|line| line.pieces.iter().map(|piece| piece.text.as_str()).collect()).collect()
    }

    #[test]
    fn lines_end_where_they_may() {
        assert_eq!(texts("本文档的签章", 30.0, 9), ["本文档", "的签章"]);
        assert_eq!(texts("本文档。签章", 30.0, 9), ["本文", "档。签", "章"], "no full stop begins a line");
        assert_eq!(texts("one two", 25.0, 9), ["one ", "two"]);
        assert_eq!(texts("0123456789", 30.0, 9).concat(), "0123456789");
        assert_eq!(texts("", 30.0, 9), Vec::<String>::new());
        assert_eq!(texts("文", 1.0, 9), ["文"], "one character stands on every line, however narrow");
    }

    #[test]
    fn what_is_too_long_is_cut_with_a_mark() {
        assert_eq!(texts("本文档的签章有效", 40.0, 1), ["本文档…"]);
        let long = "长".repeat(1 << 20);
        let lines = texts(&long, 100.0, 3);
        assert_eq!(lines.len(), 3);
        assert!(lines[2].ends_with('…'));
        assert_eq!(texts("本文档的", 40.0, 1), ["本文档的"], "what just fits is not cut");
    }
}
