//! Following a content stream as far as text needs it (ISO 32000-1 §8.4, §9.3, §9.4).

use std::collections::HashMap;
use std::rc::Rc;

use super::cmap::skip;
use super::font::Font;
use super::load::Fonts;
use super::sound::{is_sound, skip_data};
use super::{Glyph, PageText};
use crate::pdf::contents::{real, unless_limit};
use crate::pdf::held::Held;
use crate::pdf::lexer::{Lexer, Token};
use crate::pdf::matrix::Matrix;
use crate::pdf::{Dictionary, Name, Object, ObjectId, Page, Pdf, PdfError, Rect, Stream};

/// Forms in forms.
const MOST_FORMS: usize = 16;
/// Saved states in one another; more are counted and not kept.
const MOST_SAVED: usize = 256;
/// Bytes of content, those of a form each time that it is drawn, over all pages of a search.
const MOST_CONTENT: usize = 128 << 20;
/// Bytes of decoded forms that are kept.
const MOST_KEPT: usize = 32 << 20;
/// Glyphs of one page.
const MOST_GLYPHS: usize = 1_000_000;
/// Values before an operator, and in a list.
const MOST_OPERANDS: usize = 64;
const MOST_ITEMS: usize = 100_000;

/// The graphics state, with the parameters of text.
#[derive(Clone)]
struct State {
    matrix: Matrix,
    font: Option<Rc<Font>>,
    size: f64,
    char_space: f64,
    word_space: f64,
    /// 1 for 100 per cent.
    scale: f64,
    leading: f64,
    rise: f64,
}

impl State {
    const fn new(matrix: Matrix) -> Self {
        Self {
            matrix,
            font: None,
            size: 0.0,
            char_space: 0.0,
            word_space: 0.0,
            scale: 1.0,
            leading: 0.0,
            rise: 0.0,
        }
    }
}

/// A value before an operator.
enum Operand {
    Number(f64),
    String(Vec<u8>),
    Name(Vec<u8>),
    List(Vec<Item>),
    Other,
}

/// What stands in the list of `TJ` and of `cm`-like operands.
enum Item {
    Number(f64),
    String(Vec<u8>),
}

/// Follows the content of pages.
pub(super) struct Interpreter<'p, 'a> {
    pdf: &'p Pdf<'a>,
    fonts: Fonts<'p, 'a>,
    /// Content that may still be followed.
    left: usize,
    forms: HashMap<ObjectId, Rc<Vec<u8>>>,
    /// The forms that are being drawn: none is drawn within itself.
    path: Vec<ObjectId>,
    kept: usize,
    text: PageText,
    run: u32,
    /// True when something was met that cannot be read, or that readers may take differently.
    unread: bool,
    /// True when a glyph was met of which it is not known how far it goes.
    displaced: bool,
    /// Whether content is to be followed only as all readers do.
    is_strict: bool,
}

impl<'p, 'a> Interpreter<'p, 'a> {
    pub(super) fn new(pdf: &'p Pdf<'a>) -> Self {
        Self {
            pdf,
            fonts: Fonts::new(pdf),
            left: MOST_CONTENT,
            forms: HashMap::new(),
            path: Vec::new(),
            kept: 0,
            text: PageText::default(),
            run: 0,
            unread: false,
            displaced: false,
            is_strict: false,
        }
    }

    /// One that tells whether all readers follow content as it does.
    pub(super) fn strict(pdf: &'p Pdf<'a>) -> Self {
        Self { is_strict: true, ..Self::new(pdf) }
    }

    /// True when something was met that cannot be read, or that readers may take differently.
    pub(super) const fn is_unread(&self) -> bool {
        self.unread
    }

    /// True when a glyph was met of which it is not known how far it goes.
    pub(super) const fn is_displaced(&self) -> bool {
        self.displaced
    }

    /// The glyphs of a form in its own space.
    pub(super) fn drawn(&mut self, form: &Stream) -> Result<PageText, PdfError> {
        self.text = PageText::default();
        let content = self.pdf.data(form)?;
        let resources = self.pdf.look_up(&form.dictionary, b"Resources")?;
        let none = Dictionary::new();
        let resources = resources.as_deref().and_then(Object::as_dictionary).unwrap_or(&none);
        self.follow(&content, resources, State::new(Matrix::IDENTITY), 0)?;
        Ok(std::mem::take(&mut self.text))
    }

    /// The glyphs of a page. What cannot be read is left out.
    pub(super) fn page(&mut self, page: &Page) -> Result<PageText, PdfError> {
        self.text = PageText::default();
        let content = self.pdf.content_of(&page.dictionary, &mut self.left)?;
        self.unread |= !content.is_whole;
        self.follow(&content.bytes, &page.resources, State::new(Matrix::IDENTITY), 0)?;
        Ok(std::mem::take(&mut self.text))
    }

    fn spend(&mut self, bytes: usize) -> Result<(), PdfError> {
        self.left = self.left.checked_sub(bytes).ok_or(PdfError::Limit("content of pages"))?;
        Ok(())
    }

    /// Looking for a key goes through all entries of a dictionary.
    fn spend_search(&mut self, dictionary: &Dictionary) -> Result<(), PdfError> {
        self.spend(dictionary.entries().len().saturating_mul(8).saturating_add(256))
    }

    fn follow(
        &mut self,
        content: &[u8],
        resources: &Dictionary,
        state: State,
        depth: usize,
    ) -> Result<(), PdfError> {
        self.spend(content.len())?;
        self.unread |= self.is_strict && !is_sound(content);
        let mut lexer = Lexer::new(content, 0);
        let mut stream = Running {
            interpreter: self,
            resources,
            depth,
            state,
            saved: Vec::new(),
            unsaved: 0,
            text: Matrix::IDENTITY,
            line: Matrix::IDENTITY,
            fonts: HashMap::new(),
        };
        let mut operands = Vec::new();
        loop {
            let operand = match lexer.next() {
                Ok(Token::End) => return Ok(()),
                Ok(Token::Keyword(b"BI")) => {
                    skip_picture(&mut lexer, content);
                    operands.clear();
                    continue;
                }
                Ok(Token::Keyword(operator)) => {
                    stream.operator(operator, &operands)?;
                    operands.clear();
                    continue;
                }
                Ok(token) => operand(token, &mut lexer),
                Err(_) if skip(&mut lexer, content) => continue,
                Err(_) => return Ok(()),
            };
            if operands.len() < MOST_OPERANDS {
                operands.push(operand);
            }
        }
    }

    /// The decoded content of a form; small ones are kept.
    fn form(&mut self, held: &Held<'_>, stream: &Stream) -> Result<Option<Rc<Vec<u8>>>, PdfError> {
        if let Some(known) = held.id().and_then(|id| self.forms.get(&id)) {
            return Ok(Some(Rc::clone(known)));
        }
        let Some(content) = unless_limit(self.pdf.data(stream))?.map(Rc::new) else { return Ok(None) };
        if let Some(id) = held.id().filter(|_| self.kept.saturating_add(content.len()) <= MOST_KEPT) {
            self.kept = self.kept.saturating_add(content.len());
            self.forms.insert(id, Rc::clone(&content));
        }
        Ok(Some(content))
    }
}

/// One content stream that is being followed.
struct Running<'i, 'p, 'a, 'r> {
    interpreter: &'i mut Interpreter<'p, 'a>,
    resources: &'r Dictionary,
    depth: usize,
    state: State,
    saved: Vec<State>,
    /// States that should have been saved and were not.
    unsaved: usize,
    /// The text matrix, and that of the line's beginning.
    text: Matrix,
    line: Matrix,
    /// Fonts by their names here.
    fonts: HashMap<Vec<u8>, Option<Rc<Font>>>,
}

impl Running<'_, '_, '_, '_> {
    fn operator(&mut self, operator: &[u8], operands: &[Operand]) -> Result<(), PdfError> {
        match (operator, operands) {
            (b"q", _) => self.save(),
            (b"Q", _) => self.restore(),
            (b"cm", operands) => {
                if let Some(matrix) = matrix(operands) {
                    self.state.matrix = matrix.then(&self.state.matrix);
                }
            }
            (b"BT", _) => self.set_line(Matrix::IDENTITY),
            (b"Tf", [Operand::Name(name), Operand::Number(size)]) => {
                self.state.font = self.font(name)?;
                self.state.size = *size;
            }
            (b"Tc", [Operand::Number(space)]) => self.state.char_space = *space,
            (b"Tw", [Operand::Number(space)]) => self.state.word_space = *space,
            (b"Tz", [Operand::Number(scale)]) => self.state.scale = scale / 100.0,
            (b"TL", [Operand::Number(leading)]) => self.state.leading = *leading,
            (b"Ts", [Operand::Number(rise)]) => self.state.rise = *rise,
            (b"Td", [Operand::Number(x), Operand::Number(y)]) => self.next_line(*x, *y),
            (b"TD", [Operand::Number(x), Operand::Number(y)]) => {
                self.state.leading = -y;
                self.next_line(*x, *y);
            }
            (b"Tm", operands) => {
                if let Some(matrix) = matrix(operands) {
                    self.set_line(matrix);
                }
            }
            (b"T*", _) => self.next_line(0.0, -self.state.leading),
            (b"Tj", [Operand::String(string)]) => self.show(&[Item::String(string.clone())])?,
            (b"TJ", [Operand::List(items)]) => self.show(items)?,
            (b"'", [Operand::String(string)]) => {
                self.next_line(0.0, -self.state.leading);
                self.show(&[Item::String(string.clone())])?;
            }
            (b"\"", [Operand::Number(word), Operand::Number(char), Operand::String(string)]) => {
                self.state.word_space = *word;
                self.state.char_space = *char;
                self.next_line(0.0, -self.state.leading);
                self.show(&[Item::String(string.clone())])?;
            }
            (b"Do", [Operand::Name(name)]) => self.draw(name)?,
            (b"gs", [Operand::Name(name)]) if self.interpreter.is_strict => self.set_state(name)?,
            _ => {}
        }
        Ok(())
    }

    fn save(&mut self) {
        if self.saved.len() < MOST_SAVED {
            self.saved.push(self.state.clone());
        } else {
            self.unsaved = self.unsaved.saturating_add(1);
        }
    }

    fn restore(&mut self) {
        if self.unsaved > 0 {
            self.unsaved -= 1;
        } else if let Some(state) = self.saved.pop() {
            self.state = state;
        }
    }

    fn set_line(&mut self, matrix: Matrix) {
        (self.text, self.line) = (matrix, matrix);
    }

    fn next_line(&mut self, x: f64, y: f64) {
        self.set_line(Matrix::translation(x, y).then(&self.line));
    }

    fn font(&mut self, name: &[u8]) -> Result<Option<Rc<Font>>, PdfError> {
        if let Some(known) = self.fonts.get(name) {
            return Ok(known.clone());
        }
        self.interpreter.spend_search(self.resources)?;
        let font = self.interpreter.fonts.get(self.resources, name)?;
        self.fonts.insert(name.to_vec(), font.clone());
        Ok(font)
    }

    /// Draws a form (§8.10): with its own matrix and resources, or with those around it where it has none. What cannot be
    /// read is left out.
    fn draw(&mut self, name: &[u8]) -> Result<(), PdfError> {
        let is_read = self.depth < MOST_FORMS && self.draw_form(name)?.is_some();
        self.interpreter.unread |= !is_read;
        Ok(())
    }

    /// None where the object, or something of it, cannot be read.
    fn draw_form(&mut self, name: &[u8]) -> Result<Option<()>, PdfError> {
        self.interpreter.spend_search(self.resources)?;
        let pdf = self.interpreter.pdf;
        let objects = unless_limit(pdf.look_up(self.resources, b"XObject"))?.flatten();
        let Some(objects) = objects.as_deref().and_then(Object::as_dictionary) else { return Ok(None) };
        self.interpreter.spend_search(objects)?;
        let Some(held) = unless_limit(pdf.look_up(objects, name))?.flatten() else { return Ok(None) };
        let Object::Stream(stream) = &*held else { return Ok(None) };
        // A stream is always an object of its own.
        let id = held.id().unwrap_or(ObjectId::new(0));
        self.interpreter.spend_search(&stream.dictionary)?;
        let subtype = unless_limit(pdf.look_up(&stream.dictionary, b"Subtype"))?.flatten();
        match subtype.as_ref().and_then(|subtype| subtype.as_name()).map(Name::as_bytes) {
            Some(b"Form") if !self.interpreter.path.contains(&id) => {}
            Some(b"Image") => return Ok(Some(())),
            _ => return Ok(None),
        }
        let Some(content) = self.interpreter.form(&held, stream)? else { return Ok(None) };
        let Some(matrix) = unless_limit(pdf.look_up(&stream.dictionary, b"Matrix"))? else { return Ok(None) };
        let matrix = matrix.map_or(Some(Matrix::IDENTITY), |held| pdf.matrix(&held));
        let Some(matrix) = matrix else { return Ok(None) };
        let Some(held) = unless_limit(pdf.look_up(&stream.dictionary, b"Resources"))? else {
            return Ok(None);
        };
        let resources = match held.as_deref() {
            None => self.resources,
            Some(Object::Dictionary(resources)) => resources,
            Some(_) => return Ok(None),
        };
        let state = State { matrix: matrix.then(&self.state.matrix), ..self.state.clone() };
        self.interpreter.path.push(id);
        self.interpreter.follow(&content, resources, state, self.depth.saturating_add(1))?;
        self.interpreter.path.pop();
        Ok(Some(()))
    }

    /// A font that is set by `gs` (§8.4.5) is not followed.
    fn set_state(&mut self, name: &[u8]) -> Result<(), PdfError> {
        self.interpreter.spend_search(self.resources)?;
        let pdf = self.interpreter.pdf;
        let states = unless_limit(pdf.look_up(self.resources, b"ExtGState"))?.flatten();
        let states = states.as_deref().and_then(Object::as_dictionary);
        let held =
            states.map(|states| unless_limit(pdf.look_up(states, name))).transpose()?.flatten().flatten();
        let set = held.as_deref().and_then(Object::as_dictionary);
        self.interpreter.unread |= set.is_none_or(|set| set.get(b"Font").is_some());
        Ok(())
    }

    fn show(&mut self, items: &[Item]) -> Result<(), PdfError> {
        let Some(font) = self.state.font.clone() else {
            self.interpreter.unread = true;
            return Ok(());
        };
        self.interpreter.run = self.interpreter.run.wrapping_add(1);
        for item in items {
            match item {
                Item::Number(number) => {
                    let back = -number / 1000.0 * self.state.size;
                    self.advance(back * if font.is_vertical() { 1.0 } else { self.state.scale }, &font);
                }
                Item::String(string) => self.show_string(string, &font)?,
            }
        }
        Ok(())
    }

    fn advance(&mut self, by: f64, font: &Font) {
        let (x, y) = if font.is_vertical() { (0.0, by) } else { (by, 0.0) };
        self.text = Matrix::translation(x, y).then(&self.text);
    }

    fn show_string(&mut self, string: &[u8], font: &Font) -> Result<(), PdfError> {
        let mut rest = string;
        while let Some((code, behind)) = font.next(rest) {
            rest = behind;
            self.interpreter.displaced |= !code.is_placed;
            self.put(code.text.as_deref(), code.width, font, code.bytes)?;
            let word = if code.bytes == b" " { self.state.word_space } else { 0.0 };
            let space = self.state.char_space + word;
            // Vertical glyphs are as high as the type is large (the default of `DW2`).
            let by = if font.is_vertical() {
                space - self.state.size
            } else {
                code.width.mul_add(self.state.size, space) * self.state.scale
            };
            self.advance(by, font);
        }
        Ok(())
    }

    /// Adds the glyph that stands where the text matrix is.
    fn put(&mut self, text: Option<&str>, width: f64, font: &Font, code: &[u8]) -> Result<(), PdfError> {
        let state = &self.state;
        let type_matrix = Matrix([state.size * state.scale, 0.0, 0.0, state.size, 0.0, state.rise]);
        let matrix = type_matrix.then(&self.text).then(&state.matrix);
        let (rect, ahead) = if font.is_vertical() {
            (Rect { left: -width / 2.0, bottom: -1.0, right: width / 2.0, top: 0.0 }, (0.0, -1.0))
        } else {
            (Rect { left: 0.0, bottom: font.descent, right: width, top: font.ascent }, (1.0, 0.0))
        };
        let origin = matrix.point(0.0, 0.0);
        let one = matrix.point(ahead.0, ahead.1);
        let (dx, dy) = (one.0 - origin.0, one.1 - origin.1);
        let length = dx.hypot(dy);
        let up = matrix.point(0.0, 1.0);
        let size = if font.is_vertical() { length } else { (up.0 - origin.0).hypot(up.1 - origin.1) };
        let Some(rect) =
            matrix.rect(&rect).filter(|_| length.is_finite() && length > 0.0 && size.is_finite())
        else {
            return Ok(());
        };
        let page = &mut self.interpreter.text;
        if page.glyphs.len() >= MOST_GLYPHS {
            return Err(PdfError::Limit("glyphs of a page"));
        }
        let start = page.text.len();
        page.text.push_str(text.unwrap_or("\u{FFFD}"));
        let along = if font.is_vertical() { 1.0 } else { width };
        page.glyphs.push(Glyph {
            text: (start, page.text.len()),
            rect,
            origin,
            direction: (dx / length, dy / length),
            advance: length * along,
            size,
            run: self.interpreter.run,
            font: std::ptr::from_ref(font).addr(),
            code: code.iter().fold(0, |code, byte| code << 8 | u64::from(*byte)),
        });
        Ok(())
    }
}

fn matrix(operands: &[Operand]) -> Option<Matrix> {
    let number = |operand: &Operand| if let Operand::Number(number) = operand { Some(*number) } else { None };
    let numbers: Vec<f64> = operands.iter().filter_map(number).collect();
    <[f64; 6]>::try_from(numbers).ok().map(Matrix)
}

/// A value that begins with a token.
fn operand(token: Token<'_>, lexer: &mut Lexer<'_>) -> Operand {
    match token {
        Token::Integer(number) => Operand::Number(real(number)),
        Token::Real(number) => Operand::Number(number),
        Token::String(string) => Operand::String(string),
        Token::Name(name) => Operand::Name(name.as_bytes().to_vec()),
        Token::ArrayOpen => list(lexer),
        Token::DictionaryOpen => {
            skip_dictionary(lexer);
            Operand::Other
        }
        _ => Operand::Other,
    }
}

#[expect(clippy::cast_precision_loss, reason = "coordinates are small")]
fn list(lexer: &mut Lexer<'_>) -> Operand {
    let mut items = Vec::new();
    while let Ok(token) = lexer.next() {
        let item = match token {
            Token::ArrayClose | Token::End => break,
            Token::Integer(number) => Item::Number(number as f64),
            Token::Real(number) => Item::Number(number),
            Token::String(string) => Item::String(string),
            _ => continue,
        };
        if items.len() < MOST_ITEMS {
            items.push(item);
        }
    }
    Operand::List(items)
}

/// Goes on behind a dictionary, whose values do not matter.
fn skip_dictionary(lexer: &mut Lexer<'_>) {
    let mut open = 1_usize;
    while let Ok(token) = lexer.next() {
        match token {
            Token::DictionaryOpen => open = open.saturating_add(1),
            Token::DictionaryClose => open = open.saturating_sub(1),
            Token::End => return,
            _ => {}
        }
        if open == 0 {
            return;
        }
    }
}

/// Goes on behind a picture that stands in the content (§8.9.7): `BI` ... `ID` data `EI`.
fn skip_picture(lexer: &mut Lexer<'_>, content: &[u8]) {
    loop {
        match lexer.next() {
            Ok(Token::Keyword(b"ID")) => break,
            Ok(Token::End) => return,
            Ok(_) => {}
            Err(_) if skip(lexer, content) => {}
            Err(_) => return,
        }
    }
    skip_data(lexer, content);
}
