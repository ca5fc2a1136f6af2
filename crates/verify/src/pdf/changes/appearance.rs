//! Whether a field that was filled shows its value and nothing else (ISO 32000-1 §12.7.3.3, §12.5.5).
//!
//! An appearance is believed when it is text in fonts that can be read, drawn from left to right and from the top in a
//! colour that can be seen, every letter whole inside the widget; when that text is the value, blanks and line ends aside; and when
//! nothing else is painted but the background and the border that the widget had when it was signed. Buttons are looked at
//! in [`button`](super::button).

use formats::pdf::{
    Dictionary, Field, FormText, Object, Operation, Rect, Stream, TextGlyph, Widget, operations,
};

use super::Comparison;
use super::describe::value_text;
use super::painted::Painted;
use crate::pdf::same;
use crate::text::Detail;

/// Bytes of an appearance.
pub(super) const CONTENT: usize = 64 << 10;
/// Keys of an appearance stream that change nothing but what is looked at here.
pub(super) const FORM: [&[u8]; 12] = [
    b"Type",
    b"Subtype",
    b"FormType",
    b"BBox",
    b"Matrix",
    b"Resources",
    b"Length",
    b"Filter",
    b"DecodeParms",
    b"Group",
    b"Name",
    b"LastModified",
];
/// Keys of a font that was not there: nothing in it can give a glyph another meaning.
const FONT: [&[u8]; 5] = [b"Type", b"Subtype", b"BaseFont", b"Encoding", b"Name"];
/// The standard fonts of letters (§9.6.2.2).
const LETTERS: [&[u8]; 12] = [
    b"Helvetica",
    b"Helvetica-Bold",
    b"Helvetica-Oblique",
    b"Helvetica-BoldOblique",
    b"Times-Roman",
    b"Times-Bold",
    b"Times-Italic",
    b"Times-BoldItalic",
    b"Courier",
    b"Courier-Bold",
    b"Courier-Oblique",
    b"Courier-BoldOblique",
];
/// Fonts of signs that are no letters, by a part of their name.
const SIGNS: [&str; 4] = ["Symbol", "Dingbats", "Wingdings", "Webdings"];
/// How much of a glyph's place may be cut off at an edge, as a part of its side: no ink is there.
const CUT: f64 = 0.1;
/// The same below, where the tail of a comma is.
const FOOT: f64 = 0.04;
/// Type smaller than this many points cannot be read.
const SMALLEST: f64 = 2.0;

/// Why a field may show something else than its value.
pub(super) type Doubt = (&'static str, &'static str);

const NO_TEXT: Doubt = ("其值不是文字", "its value is no text");
const RICH: Doubt = ("带有富文本值", "it has a rich text value");
const NO_LOOK: Doubt = ("没有外观，由阅读器自行绘制", "it has no appearance, readers draw one");
const OTHER_LOOKS: Doubt = ("悬停或按下时的外观改变", "what it shows under the pointer changed");
const UNREADABLE: Doubt = ("其外观无法解读", "its appearance cannot be read");
const OTHER_TEXT: Doubt = ("所显示的文字不是其值", "the text that it shows is not its value");
const FONTS: Doubt = ("其外观使用来历不明的字体", "its appearance uses a font that may show other letters");
const SHAPE: Doubt = ("其外观经过变形或裁剪", "its appearance is deformed or cut off");
const ORDER: Doubt = ("其文字重叠、过小或次序错乱", "its letters overlap, are too small or out of order");
const DEFAULTS: Doubt =
    ("其默认字体或颜色改变", "the font or the colour in which readers write its value changed");
const MORE: Doubt = (
    "按钮的图形不止是一个勾选标记，签名人未曾见过",
    "the picture of the button is more than a tick, and nobody who signed saw it",
);

impl Comparison<'_, '_> {
    /// What speaks against that a field shows its value; none when nothing does.
    pub(super) fn doubt(&self, old: &Field, new: &Field) -> Option<Detail> {
        // A key that stands twice: readers may take either.
        let is_doubled = new.dictionary.doubled_key().is_some()
            || new.widgets.iter().any(|widget| self.is_doubled(&widget.dictionary, b"AP"));
        if is_doubled {
            return Some(Detail::new(UNREADABLE.0, UNREADABLE.1));
        }
        if let Some(twice) = self.listed_twice(new) {
            return Some(twice);
        }
        if let Some(covers) = self.covers(old, new) {
            return Some(covers);
        }
        let doubt = match new.kind.as_ref().map(formats::pdf::Name::as_bytes) {
            Some(b"Tx" | b"Ch" | b"Btn") if self.has_other_defaults(old, new) => Some(DEFAULTS),
            Some(b"Tx" | b"Ch") => self.doubt_text(old, new),
            Some(b"Btn") if self.says_more_than_a_tick(old, new) => Some(MORE),
            Some(b"Btn") => self.doubt_button(old, new),
            _ => Some(NO_TEXT),
        };
        doubt.map(|(zh, en)| Detail::new(zh, en))
    }

    /// True when a key stands twice in a dictionary, or in the one that it holds under a key.
    pub(super) fn is_doubled(&self, dictionary: &Dictionary, key: &[u8]) -> bool {
        let inner = self.new.dictionary(dictionary, key).ok().flatten().unwrap_or_default();
        dictionary.doubled_key().is_some() || inner.doubled_key().is_some()
    }

    fn doubt_text(&self, old: &Field, new: &Field) -> Option<Doubt> {
        let value = new.value.as_ref().and_then(|value| self.new.resolve(value).ok());
        if !matches!(value.as_deref(), None | Some(Object::String(_) | Object::Null)) {
            return Some(NO_TEXT);
        }
        let is_rich = |dictionary: &Dictionary| {
            self.new.get(dictionary, b"RV").ok().flatten().is_some_and(|value| value != Object::Null)
        };
        if is_rich(&new.dictionary) || new.widgets.iter().any(|widget| is_rich(&widget.dictionary)) {
            return Some(RICH);
        }
        let value = value_text(self.new, new);
        let wanted = [Some(squeezed(&value)), self.option(new, &value)];
        let mut shown = new.widgets.iter().filter(|widget| has_area(&widget.rect));
        shown.find_map(|widget| self.doubt_widget(before(old, widget), widget, &wanted))
    }

    /// What a choice field shows for an export value (`Opt`, table 231).
    fn option(&self, field: &Field, value: &str) -> Option<String> {
        let options = self.new.get(&field.dictionary, b"Opt").ok()??;
        options.as_array()?.iter().find_map(|option| {
            let option = self.new.resolve(option).ok()?;
            let [export, shown] = option.as_array()? else { return None };
            let text =
                |object: &Object| self.new.resolve(object).ok()?.as_string().map(formats::pdf::text_of);
            (text(export)? == value).then(|| text(shown).map(|text| squeezed(&text)))?
        })
    }

    fn doubt_widget(
        &self,
        before: Option<&Widget>,
        widget: &Widget,
        wanted: &[Option<String>; 2],
    ) -> Option<Doubt> {
        let looks = self.new.dictionary(&widget.dictionary, b"AP").ok().flatten().unwrap_or_default();
        let is_empty = wanted[0].as_ref().is_some_and(String::is_empty);
        let Some(normal) = self.new.get(&looks, b"N").ok().flatten() else {
            return (!is_empty).then_some(NO_LOOK);
        };
        let known = before
            .and_then(|before| self.old.dictionary(&before.dictionary, b"AP").ok().flatten())
            .unwrap_or_default();
        for key in [&b"R"[..], b"D"] {
            let is_kept = match (known.get(key), looks.get(key)) {
                (_, None) => true,
                (Some(a), Some(b)) => same::value(self.old, a, self.new, b) && !self.leads_to_touched(b),
                (None, Some(_)) => false,
            };
            if !is_kept {
                return Some(OTHER_LOOKS);
            }
        }
        match normal.as_stream() {
            Some(stream) => self.doubt_stream(widget, stream, wanted),
            None => Some(UNREADABLE),
        }
    }

    fn doubt_stream(&self, widget: &Widget, stream: &Stream, wanted: &[Option<String>; 2]) -> Option<Doubt> {
        let entries = stream.dictionary.entries();
        if entries.iter().any(|entry| !FORM.contains(&entry.key.as_bytes()))
            || stream.dictionary.doubled_key().is_some()
        {
            return Some(UNREADABLE);
        }
        let content = self.new.data(stream).ok().filter(|data| data.len() <= CONTENT);
        let Some(content) = content else { return Some(UNREADABLE) };
        let Ok(operations) = operations(&content, self.new.limits()) else { return Some(UNREADABLE) };
        let Ok(text) = self.new.form_text(stream) else { return Some(UNREADABLE) };
        let Some(bounds) = self.bounds(widget, stream) else { return Some(SHAPE) };
        let painted = match Painted::read(self.new, &widget.dictionary, bounds, &operations) {
            Ok(painted) => painted,
            Err(doubt) => return Some(doubt),
        };
        let is_read = text.is_whole && !text.glyphs.iter().any(|glyph| glyph.text.contains('\u{FFFD}'));
        if !self.fonts_are_known(stream, &operations) || !is_read {
            return Some(FONTS);
        }
        let shown: String = text.glyphs.iter().map(|glyph| squeezed(&glyph.text)).collect();
        if !wanted.iter().flatten().any(|wanted| *wanted == shown) {
            return Some(OTHER_TEXT);
        }
        doubt_places(&text, &painted.visible)
    }

    /// The box of a form that lies on a widget as it is, neither stretched nor turned.
    pub(super) fn bounds(&self, widget: &Widget, stream: &Stream) -> Option<Rect> {
        let numbers = |key: &[u8]| {
            let items = self.new.get(&stream.dictionary, key).ok().flatten()?;
            let number = |item: &Object| self.new.resolve(item).ok()?.as_number();
            Some(items.as_array()?.iter().filter_map(number).collect::<Vec<f64>>())
        };
        let [left, bottom, right, top] = numbers(b"BBox")?[..] else { return None };
        let bounds = Rect { left, bottom, right, top };
        let is_upright = match numbers(b"Matrix").as_deref() {
            None => true,
            Some([a, b, c, d, ..]) => {
                [a - 1.0, *b, *c, d - 1.0].iter().all(|difference| difference.abs() < 1e-6)
            }
            Some(_) => false,
        };
        let is_alike = |a: f64, b: f64| a > 0.0 && (a - b).abs() <= 1.0 + b * 0.1;
        let fits =
            is_alike(bounds.width(), widget.rect.width()) && is_alike(bounds.height(), widget.rect.height());
        (is_upright && fits).then_some(bounds)
    }

    /// True when every font that the content names was there when it was signed and can be read, or is a standard one
    /// that says nothing of its own.
    fn fonts_are_known(&self, stream: &Stream, operations: &[Operation]) -> bool {
        let resources = self.new.dictionary(&stream.dictionary, b"Resources").ok().flatten();
        let fonts = resources.and_then(|resources| self.new.dictionary(&resources, b"Font").ok().flatten());
        let fonts = fonts.unwrap_or_default();
        if self.is_doubled(&stream.dictionary, b"Resources") || fonts.doubled_key().is_some() {
            return false;
        }
        let named = operations.iter().filter(|one| one.operator == b"Tf");
        let mut names = named.filter_map(|one| one.operands.first());
        names.all(|name| {
            let value = name.as_name().and_then(|name| fonts.get(name.as_bytes()));
            value.is_some_and(|value| self.font_is_known(value))
        })
    }

    /// True when every font that the content names is one that every reader has, of letters or of signs.
    pub(super) fn fonts_are_standard(
        &self,
        pdf: &formats::pdf::Pdf<'_>,
        stream: &Stream,
        operations: &[Operation],
    ) -> bool {
        self.fonts_are(pdf, stream, operations, |font| {
            is_plain(font) || is_standard(font, &[b"ZapfDingbats"])
        })
    }

    /// True when every font that the content names is such a one.
    pub(super) fn fonts_are(
        &self,
        pdf: &formats::pdf::Pdf<'_>,
        stream: &Stream,
        operations: &[Operation],
        is_such: impl Fn(&Dictionary) -> bool,
    ) -> bool {
        let resources = pdf.dictionary(&stream.dictionary, b"Resources").ok().flatten();
        // An appearance without resources uses those of the form.
        let resources = resources.or_else(|| pdf.dictionary(&self.old_form.dictionary, b"DR").ok().flatten());
        let fonts = resources.and_then(|resources| pdf.dictionary(&resources, b"Font").ok().flatten());
        let fonts = fonts.unwrap_or_default();
        let mut named = operations.iter().filter(|one| one.operator == b"Tf");
        named.all(|one| {
            let name = one.operands.first().and_then(Object::as_name);
            let font = name.and_then(|name| pdf.dictionary(&fonts, name.as_bytes()).ok().flatten());
            font.is_some_and(|font| is_such(&font))
        })
    }

    pub(super) fn font_is_known(&self, value: &Object) -> bool {
        let Ok(font) = self.new.resolve(value) else { return false };
        let Some(font) = font.as_dictionary() else { return false };
        let is_signed = value.as_reference().is_some() && !self.leads_to_touched(value);
        is_plain(font) || (is_signed && self.is_legible(font))
    }

    /// True when the codes of a font mean what they are read as: its map to Unicode says so, or its encoding does.
    fn is_legible(&self, font: &Dictionary) -> bool {
        let named = |key: &[u8]| match self.new.get(font, key) {
            Ok(None) => Some(String::new()),
            Ok(Some(Object::Name(name))) => Some(name.to_text()),
            _ => None,
        };
        let (Some(name), Some(subtype)) = (named(b"BaseFont"), named(b"Subtype")) else { return false };
        if subtype == "Type3" {
            return false;
        }
        if subtype == "Type0" || font.get(b"ToUnicode").is_some() {
            return true;
        }
        let Ok(descriptor) = self.new.dictionary(font, b"FontDescriptor") else { return false };
        let descriptor = descriptor.unwrap_or_default();
        let is_embedded =
            [&b"FontFile"[..], b"FontFile2", b"FontFile3"].iter().any(|key| descriptor.get(key).is_some());
        let is_symbolic = match self.new.get(&descriptor, b"Flags") {
            Ok(None) => false,
            Ok(Some(flags)) => flags.as_integer().is_none_or(|flags| flags & 4 != 0),
            Err(_) => true,
        };
        let has_signs = SIGNS.iter().any(|sign| name.contains(sign));
        !has_signs && !is_symbolic && (!is_embedded || font.get(b"Encoding").is_some())
    }
}

/// A font of letters that every reader has, with an encoding that has a name.
fn is_plain(font: &Dictionary) -> bool {
    is_standard(font, &LETTERS)
}

/// One of some standard fonts, with nothing in it of its own.
pub(super) fn is_standard(font: &Dictionary, names: &[&[u8]]) -> bool {
    let name = font.name(b"BaseFont").map(formats::pdf::Name::as_bytes).unwrap_or_default();
    let encoding_is_plain = match font.get(b"Encoding") {
        None => true,
        Some(Object::Name(name)) => {
            [&b"WinAnsiEncoding"[..], b"MacRomanEncoding", b"StandardEncoding"].contains(&name.as_bytes())
        }
        Some(_) => false,
    };
    font.has_name(b"Subtype", b"Type1")
        && names.contains(&name)
        && encoding_is_plain
        && font.doubled_key().is_none()
        && font.entries().iter().all(|entry| FONT.contains(&entry.key.as_bytes()))
}

/// The widget as it was.
pub(super) fn before<'f>(old: &'f Field, widget: &Widget) -> Option<&'f Widget> {
    old.widgets.iter().find(|one| one.id == widget.id)
}

/// Text without what is blank, with straight quotation marks: the standard encoding has no others.
fn squeezed(text: &str) -> String {
    let straight = |character: char| match character {
        '\u{2018}' | '\u{2019}' => '\'',
        other => other,
    };
    text.chars().filter(|character| !character.is_whitespace()).map(straight).collect()
}

pub(super) fn has_area(rect: &Rect) -> bool {
    rect.width() * rect.height() > 0.0
}

/// Glyphs stand inside what is visible, in the order in which they are read, in a size that can be.
fn doubt_places(text: &FormText, visible: &Rect) -> Option<Doubt> {
    let glyphs = text.glyphs.iter().filter(|glyph| !squeezed(&glyph.text).is_empty());
    let mut last: Option<&TextGlyph> = None;
    let mut tallest = 0.0_f64;
    let mut smallest = f64::INFINITY;
    for glyph in glyphs {
        let is_inside = holds(visible, &glyph.rect);
        if !is_inside {
            return Some(SHAPE);
        }
        let height = glyph.rect.height();
        (tallest, smallest) = (tallest.max(height), smallest.min(height));
        if last.is_some_and(|last| !follows(last, glyph)) {
            return Some(ORDER);
        }
        last = Some(glyph);
    }
    let is_readable = last.is_none() || (smallest >= SMALLEST && smallest * 2.0 >= tallest);
    (!is_readable).then_some(ORDER)
}

/// True when all of a glyph is visible: of one that is cut another can be left, a comma without its tail is a point.
fn holds(visible: &Rect, glyph: &Rect) -> bool {
    let (across, up) = (glyph.width() * CUT, glyph.height() * CUT);
    visible.left <= glyph.left + across
        && glyph.right - across <= visible.right
        && visible.bottom <= glyph.bottom + glyph.height() * FOOT
        && glyph.top - up <= visible.top
}

/// True when a glyph stands behind another one on its line, or on a line below.
fn follows(last: &TextGlyph, next: &TextGlyph) -> bool {
    let down = last.origin.1 - next.origin.1;
    let size = last.rect.height().max(next.rect.height());
    if down.abs() < size * 0.3 {
        return next.origin.0 - last.origin.0 >= last.rect.width() * 0.4;
    }
    down >= size * 0.6
}

#[cfg(test)]
mod tests {
    use super::*;

    fn glyph(text: &str, x: f64, y: f64) -> TextGlyph {
        let rect = Rect { left: x, bottom: y - 2.0, right: x + 6.0, top: y + 8.0 };
        TextGlyph { text: text.to_owned(), rect, origin: (x, y), font: 0, code: 0 }
    }

    #[test]
    fn letters_are_read_from_left_to_right_and_down() {
        let visible = Rect { left: 0.0, bottom: 0.0, right: 100.0, top: 40.0 };
        let judge = |glyphs: &[(&str, f64, f64)]| {
            let glyphs = glyphs.iter().map(|(text, x, y)| glyph(text, *x, *y)).collect();
            doubt_places(&FormText { glyphs, is_whole: true }, &visible)
        };
        assert_eq!(judge(&[("a", 2.0, 20.0), ("b", 8.0, 20.0), (" ", 0.0, 0.0), ("c", 2.0, 8.0)]), None);
        assert_eq!(judge(&[("a", 8.0, 20.0), ("b", 2.0, 20.0)]), Some(ORDER));
        assert_eq!(judge(&[("a", 2.0, 8.0), ("b", 2.0, 20.0)]), Some(ORDER));
        assert_eq!(judge(&[("a", 2.0, 20.0), ("b", 2.5, 20.0)]), Some(ORDER));
        assert_eq!(judge(&[("a", 98.0, 20.0)]), Some(SHAPE));
        assert_eq!(judge(&[("8", -2.5, 20.0)]), Some(SHAPE), "its left half is cut off");
        assert_eq!(judge(&[(",", 2.0, 0.0)]), Some(SHAPE), "its tail is cut off");
        assert_eq!(judge(&[("8", -0.5, 2.0)]), None);
        assert_eq!(judge(&[]), None);
    }

    #[test]
    fn a_plain_font_says_nothing_of_its_own() {
        let font = |encoding: Option<Object>| {
            let font = Dictionary::new()
                .with(b"Type", Object::name("Font"))
                .with(b"Subtype", Object::name("Type1"))
                .with(b"BaseFont", Object::name("Helvetica"));
            encoding.map_or(font.clone(), |encoding| font.with(b"Encoding", encoding))
        };
        assert!(is_plain(&font(None)));
        assert!(is_plain(&font(Some(Object::name("WinAnsiEncoding")))));
        assert!(!is_plain(&font(Some(Object::Dictionary(Dictionary::new())))));
        assert!(!is_plain(&font(None).with(b"ToUnicode", Object::Null)));
        assert!(!is_plain(&font(None).with(b"BaseFont", Object::name("Symbol"))));
    }
}
