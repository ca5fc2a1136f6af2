//! What a form, an appearance for example, paints (ISO 32000-1 §8): images with where and how they are drawn, and
//! whether anything else is painted.
//!
//! Read strictly: what is not understood is told as [`Paint::Unreadable`], never left out, since it may paint.

mod state;

use super::contents::{self, Operand};
use super::lexer::{Lexer, Token};
use super::matrix::Matrix;
use super::{Dictionary, Name, Object, Pdf, PdfError, Rect, Stream};
use state::{Path, State};

/// Forms in forms.
const MOST_FORMS: usize = 8;
/// Saved states in one another.
const MOST_SAVED: usize = 128;
/// Boxes that cut off what is painted.
const MOST_CLIPS: usize = 32;
/// Bytes of content, those of a form each time that it is drawn.
const MOST_CONTENT: usize = 8 << 20;
/// Images that are kept.
const MOST_IMAGES: usize = 16;
/// Values before an operator.
const MOST_OPERANDS: usize = 64;

/// What is painted, other than images that are objects of their own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Paint {
    /// Lines or areas.
    Path,
    /// Text, even where it is drawn invisibly.
    Text,
    /// An image within the content.
    InlineImage,
    /// A shading.
    Shading,
    /// Something that is shown or not, as layers (optional content) are.
    Layer,
    /// Something that cannot be read, or more than is looked through.
    Unreadable,
}

/// A box that cuts off what is painted outside of it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Clip {
    /// From its own space to the space around the form.
    pub matrix: Matrix,
    /// In its own space.
    pub rect: Rect,
}

/// An image that is painted.
#[derive(Clone, Debug)]
pub struct PaintedImage {
    /// The image.
    pub image: Stream,
    /// From the square of one that an image fills to the space around the form, its `Matrix` applied.
    pub matrix: Matrix,
    /// What cuts it off, the form's `BBox` among them.
    pub clips: Vec<Clip>,
    /// True when it is cut off otherwise too: by a shape or by glyphs.
    pub is_cut: bool,
    /// From 0, not to be seen, to 1.
    pub opacity: f64,
    /// True when a soft mask, a blend mode other than Normal and Multiply, or a transfer function changes it.
    pub is_altered: bool,
    /// True when device colours are taken for others (`DefaultRGB` and the like).
    pub is_recoloured: bool,
}

/// All that a form paints.
#[derive(Clone, Debug, Default)]
pub struct Painted {
    /// The box around its `BBox` in the space around it, its `Matrix` applied: what an annotation fits into its
    /// rectangle (§12.5.5). None without one.
    pub frame: Option<Rect>,
    /// Its images in the order in which they are painted.
    pub images: Vec<PaintedImage>,
    /// What else there is, each kind once.
    pub others: Vec<Paint>,
    /// The limit at which it was followed no further.
    pub limit: Option<PdfError>,
}

impl Painted {
    fn tell(&mut self, paint: Paint) {
        if !self.others.contains(&paint) {
            self.others.push(paint);
        }
    }
}

impl Pdf<'_> {
    /// What a form paints. There is always an answer: what cannot be read is told.
    pub fn painted(&self, form: &Stream) -> Painted {
        let mut painter = Painter { pdf: self, painted: Painted::default(), left: MOST_CONTENT };
        let state = State::new();
        match painter.form(form, &Dictionary::new(), state, 0) {
            Ok(()) => {}
            Err(error @ PdfError::Limit(_)) => painter.painted.limit = Some(error),
            Err(_) => painter.painted.tell(Paint::Unreadable),
        }
        painter.painted
    }
}

/// Follows a form and the forms in it.
struct Painter<'p, 'a> {
    pdf: &'p Pdf<'a>,
    painted: Painted,
    left: usize,
}

impl Painter<'_, '_> {
    /// Paints a form (§8.10) with the state around it.
    fn form(
        &mut self,
        form: &Stream,
        around: &Dictionary,
        mut state: State,
        depth: usize,
    ) -> Result<(), PdfError> {
        if depth >= MOST_FORMS {
            return Err(PdfError::Limit("forms in forms"));
        }
        let dictionary = &form.dictionary;
        if dictionary.get(b"OC").is_some() {
            self.painted.tell(Paint::Layer);
        }
        if dictionary.get(b"Ref").is_some() || dictionary.has_name(b"Subtype2", b"PS") {
            return Err(PdfError::Unexpected("a form whose content is elsewhere"));
        }
        let matrix = self.pdf.look_up(dictionary, b"Matrix")?;
        if let Some(held) = matrix {
            let matrix = self.pdf.matrix(&held).ok_or(PdfError::Unexpected("Matrix"))?;
            state.matrix = matrix.then(&state.matrix);
        }
        let bounds = self.pdf.rect(dictionary, b"BBox")?.ok_or(PdfError::Unexpected("BBox"))?;
        state.clip(bounds)?;
        if depth == 0 {
            self.painted.frame = state.matrix.rect(&bounds);
        }
        if self.pdf.look_up(dictionary, b"Group")?.is_some() {
            state.enter_group();
        }
        let resources = self.pdf.look_up(dictionary, b"Resources")?;
        let resources = resources.as_deref().and_then(Object::as_dictionary).unwrap_or(around);
        state.is_recoloured = self.pdf.recolours(resources)?;
        let content = self.pdf.data(form)?;
        self.left = self.left.checked_sub(content.len()).ok_or(PdfError::Limit("content"))?;
        self.follow(&content, resources, state, depth)
    }

    fn follow(
        &mut self,
        content: &[u8],
        resources: &Dictionary,
        state: State,
        depth: usize,
    ) -> Result<(), PdfError> {
        let mut lexer = Lexer::new(content, 0);
        let mut running = Running {
            painter: self,
            resources,
            depth,
            state,
            saved: Vec::new(),
            path: Path::default(),
            is_clipping: false,
        };
        let mut operands = Vec::new();
        loop {
            let operand = match lexer.next()? {
                Token::End => return Ok(()),
                Token::Keyword(operator) if !matches!(operator, b"true" | b"false" | b"null") => {
                    if !running.operator(operator, &operands)? {
                        return Ok(());
                    }
                    operands.clear();
                    continue;
                }
                token => Operand::of(token),
            };
            // Only lists of text have more, which is no matter here.
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
}

impl Running<'_, '_, '_, '_> {
    /// False where what follows can no longer be told apart.
    fn operator(&mut self, operator: &[u8], operands: &[Operand]) -> Result<bool, PdfError> {
        match operator {
            b"q" => self.save()?,
            b"Q" => self.state = self.saved.pop().unwrap_or_else(|| self.state.clone()),
            b"cm" => {
                let matrix = Matrix(numbers(operands)?);
                self.state.matrix = matrix.then(&self.state.matrix);
            }
            b"gs" => self.set_state(name(operands)?)?,
            b"Do" => self.draw(name(operands)?)?,
            b"re" => self.path.rectangle(numbers(operands)?),
            b"m" | b"l" | b"c" | b"v" | b"y" | b"h" => self.path.go_on(),
            b"W" | b"W*" => self.is_clipping = true,
            b"n" => self.end_path()?,
            b"S" | b"s" | b"f" | b"F" | b"f*" | b"B" | b"B*" | b"b" | b"b*" => {
                if self.path != Path::Empty {
                    self.painter.painted.tell(Paint::Path);
                }
                self.end_path()?;
            }
            b"sh" => self.painter.painted.tell(Paint::Shading),
            b"Tj" | b"TJ" | b"'" | b"\"" => self.painter.painted.tell(Paint::Text),
            // Behind it stands data, whose end is not always sure.
            b"BI" => {
                self.painter.painted.tell(Paint::InlineImage);
                return Ok(false);
            }
            b"BDC" if matches!(operands.first(), Some(Operand::Name(tag)) if tag.as_bytes() == b"OC") => {
                self.painter.painted.tell(Paint::Layer);
            }
            // Lines, colours, text without showing any, marks: nothing that paints or changes an image.
            b"w" | b"J" | b"j" | b"M" | b"d" | b"ri" | b"i" | b"CS" | b"cs" | b"SC" | b"SCN" | b"sc"
            | b"scn" | b"G" | b"g" | b"RG" | b"rg" | b"K" | b"k" | b"BT" | b"ET" | b"Tc" | b"Tw" | b"Tz"
            | b"TL" | b"Tf" | b"Tr" | b"Ts" | b"Td" | b"TD" | b"Tm" | b"T*" | b"MP" | b"DP" | b"BMC"
            | b"BDC" | b"EMC" | b"BX" | b"EX" => {}
            _ => return Err(PdfError::Unexpected("an operator")),
        }
        Ok(true)
    }

    fn save(&mut self) -> Result<(), PdfError> {
        if self.saved.len() >= MOST_SAVED {
            return Err(PdfError::Limit("saved states"));
        }
        self.saved.push(self.state.clone());
        Ok(())
    }

    fn end_path(&mut self) -> Result<(), PdfError> {
        let path = std::mem::take(&mut self.path);
        if std::mem::take(&mut self.is_clipping) {
            match path {
                Path::Rectangle(rect) => self.state.clip(rect)?,
                Path::Empty | Path::Other => self.state.is_cut = true,
            }
        }
        Ok(())
    }

    /// `gs` (§8.4.5).
    fn set_state(&mut self, name: &Name) -> Result<(), PdfError> {
        let pdf = self.painter.pdf;
        let states = pdf.look_up(self.resources, b"ExtGState")?;
        let states = states.as_deref().and_then(Object::as_dictionary);
        let Some(held) = states.map(|states| pdf.look_up(states, name.as_bytes())).transpose()?.flatten()
        else {
            return Err(PdfError::Unexpected("a graphics state that is not there"));
        };
        let dictionary = held.as_dictionary().ok_or(PdfError::Unexpected("ExtGState"))?;
        if let Some(opacity) = pdf.look_up(dictionary, b"ca")? {
            let opacity = opacity.as_number().ok_or(PdfError::Unexpected("ca"))?;
            self.state.opacity = opacity.clamp(0.0, 1.0);
        }
        let is_named = |key: &[u8], names: &[&[u8]]| -> Result<Option<bool>, PdfError> {
            let Some(held) = pdf.look_up(dictionary, key)? else { return Ok(None) };
            // Of several blend modes a reader takes the first one that it knows.
            let first = match held.as_array() {
                Some(items) => items.first().map(|first| pdf.look(first)).transpose()?,
                None => Some(held),
            };
            let name = first.as_ref().and_then(|first| first.as_name()).map(Name::as_bytes);
            Ok(Some(name.is_some_and(|name| names.contains(&name))))
        };
        if let Some(is_plain) = is_named(b"BM", &[b"Normal", b"Compatible", b"Multiply"])? {
            self.state.is_blended = !is_plain;
        }
        if let Some(is_none) = is_named(b"SMask", &[b"None"])? {
            self.state.is_masked = !is_none;
        }
        for key in [&b"TR"[..], b"TR2"] {
            if let Some(is_plain) = is_named(key, &[b"Identity", b"Default"])? {
                self.state.is_transferred = !is_plain;
            }
        }
        Ok(())
    }

    /// `Do` (§8.8).
    fn draw(&mut self, name: &Name) -> Result<(), PdfError> {
        let pdf = self.painter.pdf;
        let objects = pdf.look_up(self.resources, b"XObject")?;
        let objects = objects.as_deref().and_then(Object::as_dictionary);
        let held = objects.map(|objects| pdf.look_up(objects, name.as_bytes())).transpose()?.flatten();
        let Some(Object::Stream(stream)) = held.as_deref() else {
            return Err(PdfError::Unexpected("what is drawn is not there"));
        };
        if stream.dictionary.has_name(b"Subtype", b"Form") {
            return self.painter.form(
                stream,
                self.resources,
                self.state.clone(),
                self.depth.saturating_add(1),
            );
        }
        let painted = &mut self.painter.painted;
        if !stream.dictionary.has_name(b"Subtype", b"Image") || painted.images.len() >= MOST_IMAGES {
            return Err(PdfError::Unexpected("what is drawn is no image"));
        }
        if stream.dictionary.get(b"OC").is_some() {
            painted.tell(Paint::Layer);
        }
        painted.images.push(self.state.image(stream));
        Ok(())
    }
}

fn numbers<const N: usize>(operands: &[Operand]) -> Result<[f64; N], PdfError> {
    contents::numbers(operands).ok_or(PdfError::Unexpected("operands"))
}

fn name(operands: &[Operand]) -> Result<&Name, PdfError> {
    match operands {
        [Operand::Name(name)] => Ok(name),
        _ => Err(PdfError::Unexpected("operands")),
    }
}

#[cfg(test)]
mod tests;
