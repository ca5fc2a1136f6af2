//! Whether a button that is switched shows a tick and nothing else. Its picture was in nobody's sight when it was signed,
//! so that it may say no more than that the box is ticked: it is one sign, or a small drawing. Boxes beside one another
//! may not show parts of a whole.

use formats::pdf::{Dictionary, Field, Object, Rect, Stream, Widget, operations};

use super::Comparison;
use super::appearance::is_standard;
use super::fields::area;
use super::ground::draws_text_alone;
use super::looks::{Normal, normal_of};
use crate::pdf::same;

/// Bytes of a picture.
const CONTENT: usize = 64 << 10;
/// The longest side of a box whose tick is a sign of a font, in points; and that of one whose tick is drawn.
const TICK_SIDE: f64 = 72.0;
const PICTURE_SIDE: f64 = 36.0;
/// Signs that tick a box, in any font: hooks, crosses, and what fills a box or a circle. No figure looks like one.
const SIGNS: &str = "\u{2713}\u{2714}\u{221A}\u{2705}\u{2611}\u{2612}\u{2715}\u{2716}\u{2717}\u{2718}\u{D7}Xx\
                     \u{25CF}\u{2022}\u{B7}\u{25A0}\u{25AA}\u{25C6}\u{2605}";
/// Codes of the standard font of signs that are figures in circles.
const FIGURES: std::ops::RangeInclusive<u64> = 0xAC..=0xD3;

/// What a button shows.
enum Picture {
    Nothing,
    /// One sign, and nothing beside.
    Sign,
    /// A drawing, perhaps with one sign.
    Drawn(Box<Stream>),
    /// More than a tick.
    More,
}

impl Comparison<'_, '_> {
    /// True when a button that is switched shows more than a tick: nobody who signed saw it.
    pub(super) fn says_more_than_a_tick(&self, old: &Field, new: &Field) -> bool {
        let mut drawn: Vec<(&Widget, Box<Stream>)> = Vec::new();
        for widget in new.widgets.iter().filter(|widget| area(widget.rect) > 0.0) {
            let before = old.widgets.iter().find(|one| one.id == widget.id);
            if before.is_some_and(|before| !self.is_switched(before, widget)) {
                continue;
            }
            match self.picture(widget) {
                Picture::Nothing | Picture::Sign => {}
                Picture::More => return true,
                Picture::Drawn(stream) => drawn.push((widget, stream)),
            }
        }
        // Several boxes of one field are ticked at once: on one page they look the same.
        let is_odd = |(widget, stream): &(&Widget, Box<Stream>)| {
            let first = drawn.iter().find(|(one, _)| one.page == widget.page);
            first.is_some_and(|(_, first)| !self.is_same_picture(first, stream))
        };
        drawn.iter().any(is_odd) || drawn.iter().any(|(widget, stream)| self.is_part_of_a_row(widget, stream))
    }

    fn picture(&self, widget: &Widget) -> Picture {
        let Normal::Stream(stream) = normal_of(self.new, &widget.dictionary) else { return Picture::Nothing };
        let Some(content) = self.new.data(&stream).ok().filter(|data| data.len() <= CONTENT) else {
            return Picture::More;
        };
        if content.iter().all(u8::is_ascii_whitespace) {
            return Picture::Nothing;
        }
        let Some(text) = self.new.form_text(&stream).ok().filter(|text| text.is_whole) else {
            return Picture::More;
        };
        let mut letters = text.glyphs.iter().filter(|glyph| !glyph.text.trim().is_empty());
        let sign = letters.next();
        let is_sign = sign.is_none_or(|glyph| {
            let is_private = |text: &str| text.chars().all(|one| ('\u{E000}'..='\u{F8FF}').contains(&one));
            let is_named = glyph.text.chars().count() == 1
                && (glyph.text.chars().all(|one| SIGNS.contains(one)) || is_private(&glyph.text));
            is_named || (!FIGURES.contains(&glyph.code) && self.has_font_of_signs(&stream))
        });
        if !is_sign || letters.next().is_some() {
            return Picture::More;
        }
        let is_alone = sign.is_some() && draws_text_alone(&content, self.new.limits());
        let most = if is_alone { TICK_SIDE } else { PICTURE_SIDE };
        match (widget.rect.width().max(widget.rect.height()) > most, is_alone) {
            (true, _) => Picture::More,
            (false, true) => Picture::Sign,
            (false, false) => Picture::Drawn(stream),
        }
    }

    /// True when a picture names no font but the standard one of signs. With an encoding of letters some readers show
    /// figures in it.
    fn has_font_of_signs(&self, stream: &Stream) -> bool {
        let Ok(content) = self.new.data(stream) else { return false };
        let is_of_signs =
            |font: &Dictionary| font.entry(b"Encoding").is_none() && is_standard(font, &[b"ZapfDingbats"]);
        operations(&content, self.new.limits())
            .is_ok_and(|drawn| self.fonts_are(self.new, stream, &drawn, is_of_signs))
    }

    fn is_same_picture(&self, a: &Stream, b: &Stream) -> bool {
        let [a, b] = [a, b].map(|one| Object::Stream(one.clone()));
        same::value(self.new, &a, self.new, &b)
    }

    /// True when the next box, of whatever field, is ticked too, and its drawing is another one.
    fn is_part_of_a_row(&self, widget: &Widget, stream: &Stream) -> bool {
        let reach = widget.rect.width().max(widget.rect.height()) / 2.0;
        let near = Rect {
            left: widget.rect.left - reach,
            bottom: widget.rect.bottom - reach,
            right: widget.rect.right + reach,
            top: widget.rect.top + reach,
        };
        let fields = &self.new_form.fields;
        if !self.grounds.may_compare_all(fields.len()) {
            return true;
        }
        let buttons =
            fields.iter().filter(|field| field.kind.as_ref().is_some_and(|k| k.as_bytes() == b"Btn"));
        let others = buttons
            .flat_map(|field| &field.widgets)
            .filter(|other| other.id != widget.id && other.page == widget.page && other.rect.overlaps(&near));
        let is_on = |other: &&Widget| {
            let state = self.new.get(&other.dictionary, b"AS").ok().flatten();
            state.as_ref().and_then(Object::as_name).is_some_and(|state| state.as_bytes() != b"Off")
        };
        others.filter(is_on).any(|other| match self.picture(other) {
            Picture::Drawn(one) => !self.is_same_picture(&one, stream),
            Picture::More => true,
            Picture::Nothing | Picture::Sign => false,
        })
    }
}
