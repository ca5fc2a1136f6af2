//! What another annotation of the signed page shows, a field with its value among them.

use formats::pdf::{Dictionary, Mark, Matrix, Object, ObjectId, Pdf, PlacedMark, Rect, Stream};

use super::Comparison;
use super::ground::ink;

/// `Hidden` and `NoView` of an annotation's flags (§12.5.3).
const UNSEEN: i64 = 2 | 32;
/// Fields above one another.
const DEPTH: usize = 32;
/// Bytes of an appearance.
const CONTENT: usize = 64 << 10;

/// An annotation of the signed page.
#[derive(Debug, Default)]
pub(super) struct Other {
    pub(super) id: Option<ObjectId>,
    pub(super) rect: Rect,
    pub(super) dictionary: Dictionary,
}

/// What it shows.
#[derive(Debug)]
pub(super) enum Look {
    Nothing,
    /// Something, wherever in its rectangle.
    Whole,
    Painted {
        /// Where the ink of its letters is.
        letters: Vec<Rect>,
        marks: Vec<PlacedMark>,
    },
}

impl Comparison<'_, '_> {
    pub(super) fn look_of(&self, other: &Other) -> Look {
        let one = &other.dictionary;
        let value = |key: &[u8]| self.old.get(one, key).ok().flatten().filter(|value| *value != Object::Null);
        let is_unseen =
            value(b"F").and_then(|flags| flags.as_integer()).is_some_and(|flags| flags & UNSEEN != 0);
        let subtype = value(b"Subtype");
        let subtype = subtype.as_ref().and_then(Object::as_name).map(formats::pdf::Name::as_bytes);
        if is_unseen || subtype == Some(b"Popup") {
            return Look::Nothing;
        }
        if one.doubled_key().is_some() {
            return Look::Whole;
        }
        if has_states_alone(self.old, one) {
            return Look::Whole;
        }
        match normal_of(self.old, one) {
            Normal::Stream(stream) => self.painted_by(&stream, other.rect).unwrap_or(Look::Whole),
            Normal::Nothing => Look::Nothing,
            // Readers draw what there is no appearance of.
            Normal::Absent => match subtype {
                Some(b"Link") => Look::Nothing,
                Some(b"Widget") if !self.says(one) => Look::Nothing,
                _ => Look::Whole,
            },
        }
    }

    /// True for a widget of which readers draw something: it has a value, or a look of its own.
    fn says(&self, widget: &Dictionary) -> bool {
        let is_there = |dictionary: &Dictionary, key: &[u8]| match self.old.get(dictionary, key) {
            Ok(None | Some(Object::Null)) => false,
            Ok(Some(Object::String(text))) => !text.is_empty(),
            Ok(Some(Object::Name(name))) => name.as_bytes() != b"Off",
            _ => true,
        };
        if is_there(widget, b"MK") {
            return true;
        }
        // A value is inherited from however far above.
        let mut level = widget.clone();
        for _ in 0..DEPTH {
            if is_there(&level, b"V") {
                return true;
            }
            match self.old.dictionary(&level, b"Parent") {
                Ok(Some(above)) => level = above,
                Ok(None) => return false,
                Err(_) => return true,
            }
        }
        true
    }

    /// What an appearance paints into a rectangle; none where it cannot be read.
    fn painted_by(&self, stream: &Stream, rect: Rect) -> Option<Look> {
        let size = self.old.data(stream).ok()?.len();
        if size > CONTENT || !self.grounds.may_read(size) {
            return None;
        }
        let text = self.old.form_text(stream).ok().filter(|text| text.is_whole)?;
        let marks = self.old.form_marks(stream).ok().filter(|marks| marks.is_whole)?;
        let letters = text.glyphs.iter().filter(|glyph| !glyph.text.trim().is_empty());
        let to_page = letters.clone().next().map(|_| to_page(self.old, stream, rect));
        let letters = match to_page {
            Some(to_page) => {
                let to_page = to_page?;
                letters.map(|glyph| to_page.rect(&glyph.rect).map(ink)).collect::<Option<Vec<Rect>>>()?
            }
            None => Vec::new(),
        };
        let moved = |one: &PlacedMark| moved(one, marks.frame.as_ref()?, rect);
        let marks = marks.list.iter().map(moved).collect::<Option<Vec<PlacedMark>>>()?;
        Some(Look::Painted { letters, marks })
    }
}

/// The normal appearance of an annotation.
pub(super) enum Normal {
    /// There is none.
    Absent,
    /// There is one, and none for its state.
    Nothing,
    Stream(Box<Stream>),
}

/// True for an annotation that has pictures for its states and does not say in which it is: readers take its value, or
/// what they like.
fn has_states_alone(pdf: &Pdf<'_>, one: &Dictionary) -> bool {
    let looks = pdf.dictionary(one, b"AP").ok().flatten().unwrap_or_default();
    let states =
        matches!(pdf.get(&looks, b"N"), Ok(Some(Object::Dictionary(states))) if !states.entries().is_empty());
    states && !matches!(pdf.get(one, b"AS"), Ok(Some(Object::Name(_))))
}

pub(super) fn normal_of(pdf: &Pdf<'_>, one: &Dictionary) -> Normal {
    let looks = pdf.dictionary(one, b"AP").ok().flatten().unwrap_or_default();
    match pdf.get(&looks, b"N") {
        Ok(Some(Object::Stream(stream))) => Normal::Stream(Box::new(stream)),
        Ok(Some(Object::Dictionary(states))) => {
            let state = pdf.get(one, b"AS").ok().flatten();
            let state =
                state.as_ref().and_then(Object::as_name).map_or(&b"Off"[..], formats::pdf::Name::as_bytes);
            match pdf.get(&states, state) {
                Ok(Some(Object::Stream(stream))) => Normal::Stream(Box::new(stream)),
                _ => Normal::Nothing,
            }
        }
        _ => Normal::Absent,
    }
}

/// From the space of an appearance to its page (§12.5.5): its `Matrix`, and what brings the box around its `BBox` into the
/// rectangle of the annotation.
pub(super) fn to_page(pdf: &Pdf<'_>, stream: &Stream, rect: Rect) -> Option<Matrix> {
    let numbers = |key: &[u8]| {
        let items = pdf.get(&stream.dictionary, key).ok().flatten()?;
        let number = |item: &Object| pdf.resolve(item).ok()?.as_number();
        items.as_array()?.iter().map(number).collect::<Option<Vec<f64>>>()
    };
    let matrix = match stream.dictionary.get(b"Matrix") {
        None => Matrix::IDENTITY,
        Some(_) => Matrix(numbers(b"Matrix")?.try_into().ok()?),
    };
    let [x1, y1, x2, y2] = numbers(b"BBox")?.try_into().ok()?;
    let bounds = Rect {
        left: f64::min(x1, x2),
        bottom: f64::min(y1, y2),
        right: f64::max(x1, x2),
        top: f64::max(y1, y2),
    };
    Some(matrix.then(&fitted(&matrix.rect(&bounds)?, rect)?))
}

/// From the space of a frame into a rectangle.
fn fitted(frame: &Rect, rect: Rect) -> Option<Matrix> {
    let (across, up) = (rect.width() / frame.width(), rect.height() / frame.height());
    let (x, y) = (frame.left.mul_add(-across, rect.left), frame.bottom.mul_add(-up, rect.bottom));
    let matrix = Matrix([across, 0.0, 0.0, up, x, y]);
    matrix.0.iter().all(|number| number.is_finite()).then_some(matrix)
}

/// A mark of an appearance where it is on the page.
pub(super) fn moved(one: &PlacedMark, frame: &Rect, rect: Rect) -> Option<PlacedMark> {
    let to_page = fitted(frame, rect)?;
    let mark = match &one.mark {
        Mark::Picture { image, matrix } => {
            Mark::Picture { image: image.clone(), matrix: matrix.then(&to_page) }
        }
        other => other.clone(),
    };
    Some(PlacedMark { rect: to_page.rect(&one.rect)?, mark })
}
