//! What a page or a form paints beside text, mark by mark with its place (ISO 32000-1 §8): areas, lines, pictures.
//!
//! Meant for the question whether a place is blank, so that nothing is left out: layers that are switched off, what is
//! transparent and what something else hides count as painted, and what cannot be followed makes the whole unreadable.
//! Where text stands, [`Pdf::page_text`] and [`Pdf::form_text`] tell; glyphs that are drawn by content of their own
//! (Type 3) may paint anywhere, so that a page with such a font is not whole here.

mod path;
mod state;

use std::collections::HashMap;

use super::contents::{Operand, numbers, unless_limit};
use super::held::Held;
use super::lexer::{Lexer, Token};
use super::matrix::Matrix;
use super::text::sound::{is_sound, skip_data};
use super::{Dictionary, Name, Object, ObjectId, Page, Pdf, PdfError, Rect, Stream};
use path::{Path, Piece};
use state::{Space, State};

/// Forms in forms.
const MOST_FORMS: usize = 16;
/// Saved states in one another.
const MOST_SAVED: usize = 256;
/// Bytes of content, those of a form each time that it is drawn.
const MOST_CONTENT: usize = 32 << 20;
/// Marks that are kept.
const MOST_MARKS: usize = 200_000;
/// Values before an operator.
const MOST_OPERANDS: usize = 64;
/// A stencil in a colour that is at most this light counts as black.
const DARK: f64 = 0.5;
/// A place without an end.
const EVERYWHERE: Rect = Rect { left: -1e9, bottom: -1e9, right: 1e9, top: 1e9 };

/// What a mark is. Lightness goes from 0, black, to 1, white; none where the colour is not one of a device.
#[derive(Clone, Debug)]
pub enum Mark {
    /// A rectangle with upright sides, or a straight line that is level or upright, all of it painted.
    Rectangle(Option<f64>),
    /// A part of its place, in one colour.
    Shape(Option<f64>),
    /// A picture that fills its place: where its square of one lies.
    Picture {
        /// The picture.
        image: Box<Stream>,
        /// From its square of one to the space around.
        matrix: Matrix,
    },
    /// Anything else.
    Other,
}

/// A mark with its place.
#[derive(Clone, Debug)]
pub struct PlacedMark {
    /// The box around it.
    pub rect: Rect,
    /// What it is.
    pub mark: Mark,
}

/// All marks in the order in which they are painted.
#[derive(Clone, Debug, Default)]
pub struct Marks {
    /// The marks.
    pub list: Vec<PlacedMark>,
    /// The box around the `BBox` of a form, its `Matrix` applied: what an annotation fits into its rectangle (§12.5.5).
    pub frame: Option<Rect>,
    /// Bytes of content that were followed, those of a form each time that it is drawn.
    pub read: usize,
    /// False when something was not followed, so that more may be painted, anywhere.
    pub is_whole: bool,
}

impl Pdf<'_> {
    /// The marks of a page in its user space.
    ///
    /// # Errors
    /// When there is more than the limits allow.
    pub fn page_marks(&self, page: &Page) -> Result<Marks, PdfError> {
        let mut painter = Painter::new(self);
        let content = self.content_of(&page.dictionary, &mut painter.left)?;
        painter.marks.is_whole &= content.is_whole;
        painter.follow(&content.bytes, &page.resources, State::new(), 0)?;
        Ok(painter.done())
    }

    /// The marks of a form in the space around it, its `Matrix` applied.
    ///
    /// # Errors
    /// When there is more than the limits allow.
    pub fn form_marks(&self, form: &Stream) -> Result<Marks, PdfError> {
        let mut painter = Painter::new(self);
        painter.form(form, &Dictionary::new(), State::new(), 0)?;
        Ok(painter.done())
    }
}

/// Follows content and the forms in it.
struct Painter<'p, 'a> {
    pdf: &'p Pdf<'a>,
    marks: Marks,
    left: usize,
    /// The forms that are being drawn: none is drawn within itself.
    path: Vec<ObjectId>,
}

impl<'p, 'a> Painter<'p, 'a> {
    fn new(pdf: &'p Pdf<'a>) -> Self {
        let marks = Marks { is_whole: true, ..Marks::default() };
        Self { pdf, marks, left: MOST_CONTENT, path: Vec::new() }
    }

    fn done(self) -> Marks {
        Marks { read: MOST_CONTENT.saturating_sub(self.left), ..self.marks }
    }

    fn spend(&mut self, bytes: usize) -> Result<(), PdfError> {
        self.left = self.left.checked_sub(bytes).ok_or(PdfError::Limit("content of pages"))?;
        Ok(())
    }

    /// A form (§8.10) with the state around it.
    fn form(
        &mut self,
        form: &Stream,
        around: &Dictionary,
        mut state: State,
        depth: usize,
    ) -> Result<(), PdfError> {
        let dictionary = &form.dictionary;
        self.spend(dictionary.entries().len().saturating_mul(8).saturating_add(256))?;
        let held = unless_limit(self.pdf.look_up(dictionary, b"Matrix"))?;
        self.marks.is_whole &= held.is_some();
        if let Some(matrix) = held.flatten() {
            let Some(matrix) = self.pdf.matrix(&matrix) else {
                self.marks.is_whole = false;
                return Ok(());
            };
            state.matrix = matrix.then(&state.matrix);
        }
        match unless_limit(self.pdf.rect(dictionary, b"BBox"))?.flatten() {
            Some(bounds) => {
                let place = state.matrix.rect(&bounds);
                if depth == 0 {
                    self.marks.frame = place;
                }
                state.clip(place, state.matrix.is_upright());
            }
            None => self.marks.is_whole = false,
        }
        let resources = unless_limit(self.pdf.look_up(dictionary, b"Resources"))?;
        self.marks.is_whole &= resources.is_some();
        let resources = resources.flatten();
        let own = resources.as_deref().and_then(Object::as_dictionary);
        self.marks.is_whole &= resources.is_none() || own.is_some();
        let resources = own.unwrap_or(around);
        let Some(content) = unless_limit(self.pdf.data(form))? else {
            self.marks.is_whole = false;
            return Ok(());
        };
        self.follow(&content, resources, state, depth)
    }

    fn follow(
        &mut self,
        content: &[u8],
        resources: &Dictionary,
        state: State,
        depth: usize,
    ) -> Result<(), PdfError> {
        self.spend(content.len())?;
        self.marks.is_whole &= is_sound(content);
        let mut lexer = Lexer::new(content, 0);
        let mut running = Running {
            painter: self,
            resources,
            depth,
            state,
            saved: Vec::new(),
            path: Path::default(),
            is_clipping: false,
            clips_text: false,
            drawn_fonts: HashMap::new(),
        };
        let mut operands = Vec::new();
        loop {
            let operand = match lexer.next() {
                Ok(Token::End) => return Ok(()),
                Ok(Token::Keyword(b"BI")) => {
                    running.inline_picture(&mut lexer, content)?;
                    operands.clear();
                    continue;
                }
                Ok(Token::Keyword(operator)) if !matches!(operator, b"true" | b"false" | b"null") => {
                    running.operator(operator, &operands)?;
                    operands.clear();
                    continue;
                }
                Ok(token) => Operand::of(token),
                // Readers go on somewhere behind.
                Err(_) => {
                    running.painter.marks.is_whole = false;
                    return Ok(());
                }
            };
            if operands.len() < MOST_OPERANDS {
                operands.push(operand);
            }
        }
    }
}

/// One content stream that is being followed.
struct Running<'i, 'p, 'a, 'r> {
    painter: &'i mut Painter<'p, 'a>,
    resources: &'r Dictionary,
    depth: usize,
    state: State,
    saved: Vec<State>,
    path: Path,
    /// `W` or `W*` was said: the path that ends next cuts off.
    is_clipping: bool,
    /// Text was shown in a mode that cuts off what comes behind it (§9.3.6).
    clips_text: bool,
    /// Whether a font of this name draws its glyphs by content of their own.
    drawn_fonts: HashMap<Vec<u8>, bool>,
}

impl Running<'_, '_, '_, '_> {
    fn operator(&mut self, operator: &[u8], operands: &[Operand]) -> Result<(), PdfError> {
        match (operator, operands) {
            (b"q", _) => self.save()?,
            (b"Q", _) => self.state = self.saved.pop().unwrap_or_else(|| self.state.clone()),
            (b"cm", operands) => match numbers(operands).map(Matrix) {
                Some(matrix) => self.state.matrix = matrix.then(&self.state.matrix),
                None => self.painter.marks.is_whole = false,
            },
            (b"w", [Operand::Number(width)]) => self.state.width = width.abs(),
            (b"gs", [Operand::Name(name)]) => self.set_state(name)?,
            (b"Do", [Operand::Name(name)]) => self.draw(name)?,
            (b"Tf", [Operand::Name(name), _]) => self.font(name)?,
            (b"Tr", [Operand::Number(mode)]) => self.state.clips_text = *mode >= 4.0,
            (b"Tj" | b"TJ" | b"'" | b"\"", _) => self.clips_text |= self.state.clips_text,
            (b"ET", _) if std::mem::take(&mut self.clips_text) => self.state.cut(),
            (b"sh", _) => self.put(EVERYWHERE, Mark::Other)?,
            (b"m" | b"l" | b"c" | b"v" | b"y" | b"h" | b"re", operands) => self.build(operator, operands)?,
            (b"W" | b"W*", _) => self.is_clipping = true,
            (b"n", _) => self.end_path(),
            (b"S" | b"s" | b"f" | b"F" | b"f*" | b"B" | b"B*" | b"b" | b"b*", _) => self.paint(operator)?,
            (b"g" | b"rg" | b"k" | b"sc" | b"scn" | b"cs", operands) => {
                self.colour(operator, operands, false);
            }
            (b"G" | b"RG" | b"K" | b"SC" | b"SCN" | b"CS", operands) => self.colour(operator, operands, true),
            _ => {}
        }
        Ok(())
    }

    fn save(&mut self) -> Result<(), PdfError> {
        if self.saved.len() >= MOST_SAVED {
            return Err(PdfError::Limit("saved states"));
        }
        self.saved.push(self.state.clone());
        Ok(())
    }

    /// Notes a mark, as far as its clip lets it be seen.
    fn put(&mut self, rect: Rect, mark: Mark) -> Result<(), PdfError> {
        let Some(rect) = self.state.seen(rect) else { return Ok(()) };
        let marks = &mut self.painter.marks.list;
        if marks.len() >= MOST_MARKS {
            return Err(PdfError::Limit("marks of a page"));
        }
        let mark = if self.state.is_shaped() { Mark::Other } else { mark };
        marks.push(PlacedMark { rect, mark });
        Ok(())
    }

    fn build(&mut self, operator: &[u8], operands: &[Operand]) -> Result<(), PdfError> {
        let matrix = &self.state.matrix;
        let point = |x: f64, y: f64| matrix.point(x, y);
        let path = &mut self.path;
        let is_read =
            match operator {
                b"h" => path.close(),
                b"re" => numbers(operands).is_some_and(|[x, y, width, height]| {
                    let (right, top) = (x + width, y + height);
                    path.rectangle([point(x, y), point(right, y), point(right, top), point(x, top)])
                }),
                b"m" => numbers(operands).is_some_and(|[x, y]| path.begin(point(x, y))),
                b"l" => numbers(operands).is_some_and(|[x, y]| path.line(point(x, y))),
                b"c" => numbers(operands).is_some_and(|[a, b, c, d, x, y]| {
                    path.curve(Some(point(a, b)), Some(point(c, d)), point(x, y))
                }),
                b"v" => numbers(operands)
                    .is_some_and(|[c, d, x, y]| path.curve(None, Some(point(c, d)), point(x, y))),
                _ => numbers(operands)
                    .is_some_and(|[a, b, x, y]| path.curve(Some(point(a, b)), None, point(x, y))),
            };
        self.painter.marks.is_whole &= is_read;
        self.painter.spend(1)
    }

    fn paint(&mut self, operator: &[u8]) -> Result<(), PdfError> {
        if matches!(operator, b"s" | b"b" | b"b*") {
            self.path.close();
        }
        if !matches!(operator, b"S" | b"s") {
            for piece in self.path.areas() {
                self.put(piece.rect(), self.piece(&piece, false))?;
            }
        }
        if !matches!(operator, b"f" | b"F" | b"f*") {
            let half = self.state.width * self.state.scale() / 2.0;
            for piece in self.path.lines() {
                self.put(piece.widened(half), self.piece(&piece, true))?;
            }
        }
        self.end_path();
        Ok(())
    }

    fn piece(&self, piece: &Piece, is_stroke: bool) -> Mark {
        let lightness = if is_stroke { self.state.stroke } else { self.state.fill };
        match (self.state.is_pattern(is_stroke), piece.is_box()) {
            (true, _) => Mark::Other,
            (false, true) => Mark::Rectangle(lightness),
            (false, false) => Mark::Shape(lightness),
        }
    }

    fn end_path(&mut self) {
        let path = std::mem::take(&mut self.path);
        if std::mem::take(&mut self.is_clipping) {
            let (rect, is_box) = path.clip();
            self.state.clip(rect, is_box);
        }
    }

    fn colour(&mut self, operator: &[u8], operands: &[Operand], is_stroke: bool) {
        if let (b"cs" | b"CS", [Operand::Name(name)]) = (operator, operands) {
            let space = Space::named(name.as_bytes());
            let first = space.lightness(&space.first());
            return self.state.set_colour(is_stroke, Some(space), first);
        }
        let values: Option<Vec<f64>> = operands.iter().map(Operand::number).collect();
        let space = match operator {
            b"g" | b"G" => Some(Space::Gray),
            b"rg" | b"RG" => Some(Space::Rgb),
            b"k" | b"K" => Some(Space::Cmyk),
            _ => None,
        };
        let of = space.unwrap_or_else(|| self.state.space(is_stroke));
        let lightness = values.and_then(|values| of.lightness(&values));
        let recolours = self.painter.pdf.recolours(self.resources).unwrap_or(true);
        self.state.set_colour(is_stroke, space, lightness.filter(|_| !recolours));
        self.state.set_pattern(is_stroke, matches!(operands.last(), Some(Operand::Name(_))));
    }

    /// `gs` (§8.4.5): a soft mask gives what is painted another shape, a transfer function or a blend mode another colour.
    fn set_state(&mut self, name: &Name) -> Result<(), PdfError> {
        let pdf = self.painter.pdf;
        let states = unless_limit(pdf.look_up(self.resources, b"ExtGState"))?.flatten();
        let states = states.as_deref().and_then(Object::as_dictionary);
        let held = states.map(|states| unless_limit(pdf.look_up(states, name.as_bytes()))).transpose()?;
        let held = held.flatten().flatten();
        let Some(dictionary) = held.as_deref().and_then(Object::as_dictionary) else {
            self.painter.marks.is_whole = false;
            return Ok(());
        };
        if let Some(width) = dictionary.get(b"LW") {
            let width = pdf.look(width).ok().and_then(|width| width.as_number());
            self.painter.marks.is_whole &= width.is_some();
            self.state.width = width.unwrap_or(self.state.width).abs();
        }
        // A font that is set here is not looked at.
        self.painter.marks.is_whole &= dictionary.get(b"Font").is_none();
        let changing: [(&[u8], &[&[u8]]); 3] =
            [(b"SMask", &[b"None"]), (b"TR", &[b"Identity"]), (b"TR2", &[b"Identity", b"Default"])];
        for (key, plain) in changing {
            let Some(value) = dictionary.get(key) else { continue };
            let is_plain = pdf
                .look(value)
                .is_ok_and(|value| value.as_name().is_some_and(|name| plain.contains(&name.as_bytes())));
            self.state.set_masked(!is_plain);
        }
        if let Some(mode) = dictionary.get(b"BM") {
            self.state.set_masked(!is_plain_mode(pdf, mode));
        }
        Ok(())
    }

    fn font(&mut self, name: &Name) -> Result<(), PdfError> {
        let known = self.drawn_fonts.get(name.as_bytes()).copied();
        let is_drawn = if let Some(known) = known { known } else { self.is_drawn_font(name)? };
        self.drawn_fonts.insert(name.as_bytes().to_vec(), is_drawn);
        self.painter.marks.is_whole &= !is_drawn;
        Ok(())
    }

    /// True for a font whose glyphs are content of their own (§9.6.5).
    fn is_drawn_font(&mut self, name: &Name) -> Result<bool, PdfError> {
        self.painter.spend(256)?;
        let pdf = self.painter.pdf;
        let fonts = unless_limit(pdf.look_up(self.resources, b"Font"))?.flatten();
        let fonts = fonts.as_deref().and_then(Object::as_dictionary);
        let font = fonts.map(|fonts| unless_limit(pdf.look_up(fonts, name.as_bytes()))).transpose()?;
        let font = font.flatten().flatten();
        let font = font.as_deref().and_then(Object::as_dictionary);
        let subtype = font.and_then(|font| pdf.look_up(font, b"Subtype").ok().flatten());
        let subtype = subtype.as_ref().and_then(|name| name.as_name());
        Ok(subtype.is_some_and(|name| name.as_bytes() == b"Type3"))
    }

    /// `Do` (§8.8). What is not there is found by some readers in the resources of the page.
    fn draw(&mut self, name: &Name) -> Result<(), PdfError> {
        self.painter.spend(256)?;
        let pdf = self.painter.pdf;
        let objects = unless_limit(pdf.look_up(self.resources, b"XObject"))?.flatten();
        let objects = objects.as_deref().and_then(Object::as_dictionary);
        self.painter.spend(objects.map_or(0, |objects| objects.entries().len()))?;
        let held = objects.map(|objects| unless_limit(pdf.look_up(objects, name.as_bytes()))).transpose()?;
        let held = held.flatten().flatten();
        let Some(Object::Stream(stream)) = held.as_deref() else {
            self.painter.marks.is_whole = false;
            return Ok(());
        };
        let subtype = unless_limit(pdf.look_up(&stream.dictionary, b"Subtype"))?.flatten();
        let subtype = subtype.as_ref().and_then(|subtype| subtype.as_name()).map(Name::as_bytes);
        if subtype == Some(b"Image") {
            return self.picture(stream);
        }
        let id = held.as_ref().and_then(Held::id).unwrap_or(ObjectId::new(0));
        if subtype != Some(b"Form") || self.depth >= MOST_FORMS || self.painter.path.contains(&id) {
            self.painter.marks.is_whole = false;
            return Ok(());
        }
        self.painter.path.push(id);
        let drawn =
            self.painter.form(stream, self.resources, self.state.clone(), self.depth.saturating_add(1));
        self.painter.path.pop();
        drawn
    }

    /// A picture (§8.9.5). A stencil (§8.9.6.2) is one of black where it is painted dark, and may be anything else otherwise.
    fn picture(&mut self, image: &Stream) -> Result<(), PdfError> {
        let matrix = self.state.matrix;
        let square = Rect { left: 0.0, bottom: 0.0, right: 1.0, top: 1.0 };
        let is_stencil = match unless_limit(self.painter.pdf.look_up(&image.dictionary, b"ImageMask"))? {
            Some(None) => false,
            Some(Some(held)) => *held != Object::Boolean(false),
            None => true,
        };
        let is_dark =
            self.state.fill.is_some_and(|lightness| lightness <= DARK) && !self.state.is_pattern(false);
        let mark = if is_stencil && !is_dark {
            Mark::Other
        } else {
            Mark::Picture { image: Box::new(image.clone()), matrix }
        };
        self.put(matrix.rect(&square).unwrap_or(EVERYWHERE), mark)
    }

    /// A picture within the content (§8.9.7), whose end is known where the content is sound.
    fn inline_picture(&mut self, lexer: &mut Lexer<'_>, content: &[u8]) -> Result<(), PdfError> {
        let square = Rect { left: 0.0, bottom: 0.0, right: 1.0, top: 1.0 };
        self.put(self.state.matrix.rect(&square).unwrap_or(EVERYWHERE), Mark::Other)?;
        loop {
            match lexer.next() {
                Ok(Token::Keyword(b"ID")) => break,
                Ok(Token::End) | Err(_) => return Ok(()),
                Ok(_) => {}
            }
        }
        skip_data(lexer, content);
        Ok(())
    }
}

/// True for a blend mode (§11.3.5) that paints a colour as it is.
fn is_plain_mode(pdf: &Pdf<'_>, mode: &Object) -> bool {
    let is_plain = |mode: &Object| {
        mode.as_name().is_some_and(|name| matches!(name.as_bytes(), b"Normal" | b"Compatible"))
    };
    pdf.look(mode).is_ok_and(|held| match &*held {
        Object::Array(modes) => {
            !modes.is_empty() && modes.iter().all(|one| pdf.look(one).is_ok_and(|one| is_plain(&one)))
        }
        one => is_plain(one),
    })
}

#[cfg(test)]
mod tests;
