//! What a filled field paints, and whether the signed page is blank there. What a field paints beside its text was
//! prepared before signing and is switched on later: a white box with another amount, or an opaque ground. And a letter
//! over another one makes a third: a nought becomes an eight. So the places that it paints must be blank ([`below`]).
//!
//! [`below`]: super::below

use formats::pdf::{
    Dictionary, Field, Object, ObjectId, Operation, Pdf, PlacedMark, Rect, Stream, Widget, operations,
};

use super::Comparison;
use super::below::{Painted, Under};
use super::fields::area;
use super::looks::{Normal, moved, normal_of, to_page};
use crate::text::Detail;

/// Bytes of an appearance.
const CONTENT: usize = 64 << 10;
/// Areas of one appearance that are looked at one by one.
const AREAS: usize = 64;

impl Comparison<'_, '_> {
    /// What of the signed page lies where a filled field paints or painted; none where that is blank.
    pub(super) fn covers(&self, old: &Field, new: &Field) -> Option<Detail> {
        let is_button = new.kind.as_ref().is_some_and(|kind| kind.as_bytes() == b"Btn");
        let ids = |field: &Field| field.widgets.iter().filter_map(|one| one.id).collect::<Vec<ObjectId>>();
        let own = [ids(old), ids(new), old.id.into_iter().chain(new.id).collect()].concat();
        new.widgets.iter().filter(|widget| area(widget.rect) > 0.0).find_map(|widget| {
            let page = widget.page?;
            let before = old.widgets.iter().find(|one| one.id == widget.id);
            let painted = match before {
                None => whole(widget.rect),
                Some(before) if is_button => self.painted_by_button(before, widget),
                Some(before) => self.painted_by_text(before, widget),
            };
            self.under(page, widget.rect, &own, &painted).map(|under| words(&under, page))
        })
    }

    /// What a text field with a ground paints is all of it; of one without, what its appearance does.
    fn painted_by_text(&self, before: &Widget, now: &Widget) -> Vec<Painted> {
        if has_ground(self.old, &before.dictionary) || has_ground(self.new, &now.dictionary) {
            return whole(now.rect);
        }
        let mut painted = match normal_of(self.old, &before.dictionary) {
            Normal::Stream(stream) => areas(self.old, &stream, now.rect),
            Normal::Nothing | Normal::Absent => Vec::new(),
        };
        if let Normal::Stream(stream) = normal_of(self.new, &now.dictionary) {
            painted.extend(areas(self.new, &stream, now.rect));
            painted.extend(self.letters(&stream, now.rect).unwrap_or_else(|| whole(now.rect)));
        }
        painted
    }

    /// What a button that is switched shows now, and showed before. Of a font that not every reader has nobody knows what
    /// a letter covers.
    fn painted_by_button(&self, before: &Widget, now: &Widget) -> Vec<Painted> {
        if !self.is_switched(before, now) {
            return Vec::new();
        }
        let mut painted = match normal_of(self.old, &before.dictionary) {
            Normal::Stream(stream) if self.has_standard_fonts(self.old, &stream) => {
                areas(self.old, &stream, now.rect)
            }
            Normal::Stream(_) => whole(now.rect),
            Normal::Nothing | Normal::Absent => Vec::new(),
        };
        if let Normal::Stream(stream) = normal_of(self.new, &now.dictionary) {
            painted.extend(areas(self.new, &stream, now.rect));
            let is_standard = self.has_standard_fonts(self.new, &stream);
            let letters = is_standard.then(|| self.letters(&stream, now.rect)).flatten();
            painted.extend(letters.unwrap_or_else(|| whole(now.rect)));
        }
        painted
    }

    /// Where the letters of an appearance are; none where that cannot be told.
    fn letters(&self, stream: &Stream, rect: Rect) -> Option<Vec<Painted>> {
        let text = self.new.form_text(stream).ok().filter(|text| text.is_whole)?;
        let to_page = to_page(self.new, stream, rect)?;
        let letters = text.glyphs.iter().filter(|glyph| !glyph.text.trim().is_empty());
        letters.map(|glyph| Some(Painted { rect: to_page.rect(&glyph.rect)?, is_area: false })).collect()
    }

    /// True when an appearance names no font but those that every reader has.
    fn has_standard_fonts(&self, pdf: &Pdf<'_>, stream: &Stream) -> bool {
        let Some(content) = pdf.data(stream).ok().filter(|data| data.len() <= CONTENT) else { return false };
        let draws_no_form = |drawn: &[Operation]| drawn.iter().all(|one| one.operator != b"Do");
        operations(&content, pdf.limits())
            .is_ok_and(|drawn| self.fonts_are_standard(pdf, stream, &drawn) && draws_no_form(&drawn))
    }

    /// True when a button shows another of its states.
    pub(super) fn is_switched(&self, before: &Widget, now: &Widget) -> bool {
        let state = |pdf: &Pdf<'_>, widget: &Widget| match pdf.get(&widget.dictionary, b"AS") {
            Ok(Some(Object::Name(name))) => name.as_bytes().to_vec(),
            _ => b"Off".to_vec(),
        };
        state(self.old, before) != state(self.new, now)
    }
}

fn whole(rect: Rect) -> Vec<Painted> {
    vec![Painted { rect, is_area: true }]
}

/// What is said of a field that lies over something.
fn words(under: &Under, page: usize) -> Detail {
    let page = page.saturating_add(1);
    let (zh, en) = match under {
        Under::Text => ("页面的文字".to_owned(), "text of the page".to_owned()),
        Under::Drawing => ("页面上绘制的内容".to_owned(), "what is drawn on the page".to_owned()),
        Under::Picture => {
            ("页面图片上并非空白之处".to_owned(), "a picture of the page that is not blank there".to_owned())
        }
        Under::Unclear(why) => (
            format!("页面图片，该处是否空白无从得知：{}", why.zh),
            format!("a picture of the page, and whether that is blank there is not known: {}", why.en),
        ),
        Under::Annotation(Some(number)) => (
            format!("对象 {number} 所显示的内容"),
            format!("what object {number}, another annotation, shows"),
        ),
        Under::Annotation(None) => {
            ("另一批注所显示的内容".to_owned(), "what another annotation shows".to_owned())
        }
        Under::Unread => (
            "无法判读、因而不能认定为空白的页面内容".to_owned(),
            "what cannot be read, so that it is not known to be blank".to_owned(),
        ),
    };
    Detail::new(
        format!("其文字、底色或图形落在签名时第 {page} 页{zh}之上"),
        format!("its text, ground or picture lies over {en}, on page {page} as it was signed"),
    )
}

/// The areas that an appearance paints; all of its rectangle where they cannot be read, or are many.
fn areas(pdf: &Pdf<'_>, stream: &Stream, rect: Rect) -> Vec<Painted> {
    let Ok(size) = pdf.data(stream).map(|data| data.len()) else { return whole(rect) };
    let marks = (size <= CONTENT).then(|| pdf.form_marks(stream).ok()).flatten();
    let Some(marks) = marks.filter(|marks| marks.is_whole && marks.list.len() <= AREAS) else {
        return whole(rect);
    };
    let area = |one: &PlacedMark| {
        let moved = moved(one, marks.frame.as_ref()?, rect)?;
        Some(Painted { rect: moved.rect, is_area: true })
    };
    marks.list.iter().map(area).collect::<Option<Vec<Painted>>>().unwrap_or_else(|| whole(rect))
}

/// True when a widget names a background, or that cannot be read.
fn has_ground(pdf: &Pdf<'_>, widget: &Dictionary) -> bool {
    let ground = match pdf.dictionary(widget, b"MK") {
        Ok(looks) => looks.map_or(Ok(None), |looks| pdf.get(&looks, b"BG")),
        Err(error) => Err(error),
    };
    match ground {
        Ok(None | Some(Object::Null)) => false,
        Ok(Some(Object::Array(colour))) => !colour.is_empty(),
        _ => true,
    }
}
