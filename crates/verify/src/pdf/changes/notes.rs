//! New annotations: which of them are notes that change nothing of what the page shows.
//!
//! A note without an appearance is a small icon that readers draw themselves. With an appearance it shows what it likes:
//! then it must be no larger than an icon, and lie where the page is blank, so that it can neither cover nor complete
//! what stands there. Where that cannot be seen (pictures, lines, fonts that cannot be read) it is not known.
//!
//! A note says something and does nothing. One that acts (`A`, `AA`), or brings along a file, a sound, a film or anything
//! else that is no text, is none: so its keys are those that the standard has for notes, and any other holds a plain value.
//! The window of a note that opens by itself covers what lies under it, and is judged as what covers.

use formats::pdf::{Dictionary, Name, Object, ObjectId, Rect};

use super::fields::area;
use super::{Change, Comparison, Kind};
use crate::pdf::found::rect_of;
use crate::text::{Detail, printable};

/// Annotations that are notes; without an appearance they paint nothing but an icon.
const REMARKS: [&[u8]; 2] = [b"Text", b"Popup"];
/// What a note has (ISO 32000-2 tables 166, 172, 175 and 186): text, dates, colours, its look, and what it belongs to.
const KEYS: [&[u8]; 29] = [
    b"Type",
    b"Subtype",
    b"Rect",
    b"Contents",
    b"P",
    b"NM",
    b"M",
    b"F",
    b"AP",
    b"AS",
    b"Border",
    b"BS",
    b"C",
    b"CA",
    b"ca",
    b"BM",
    b"OC",
    b"StructParent",
    b"Lang",
    b"T",
    b"Popup",
    b"RC",
    b"CreationDate",
    b"IRT",
    b"Subj",
    b"RT",
    b"Open",
    b"Name",
    b"Parent",
];
/// What acts, whatever it holds (§12.6.3).
const ACTS: [&[u8]; 4] = [b"A", b"AA", b"PA", b"Dest"];
/// The side of the largest icon, in points.
const ICON: f64 = 32.0;

impl Comparison<'_, '_> {
    /// A note, or an annotation that can change what is shown.
    pub(super) fn kind_of_new(&self, page: usize, id: Option<ObjectId>, dictionary: &Dictionary) -> Kind {
        let subtype = self.subtype(dictionary);
        let is_remark = REMARKS.contains(&subtype.as_slice())
            && self.says_alone(dictionary)
            && (dictionary.entry(b"AP").is_none() || self.is_icon_on_blank(page, id, dictionary))
            && self.window_covers_nothing(page, id, dictionary);
        // One that is a field as well is none.
        let is_field =
            [&b"FT"[..], b"Parent"].iter().any(|key| dictionary.entry(key).is_some()) && subtype != b"Popup";
        if is_remark && !is_field { Kind::Remark } else { Kind::Annotation }
    }

    fn subtype(&self, dictionary: &Dictionary) -> Vec<u8> {
        let subtype = self.new.get(dictionary, b"Subtype").ok().flatten();
        subtype.as_ref().and_then(Object::as_name).map(|name| name.as_bytes().to_vec()).unwrap_or_default()
    }

    /// True when an annotation neither acts nor brings anything along.
    fn says_alone(&self, dictionary: &Dictionary) -> bool {
        dictionary.entries().iter().all(|entry| {
            let key = entry.key.as_bytes();
            !ACTS.contains(&key) && (KEYS.contains(&key) || self.is_plain_value(&entry.value))
        })
    }

    /// Text, a number, a name, a boolean, or a list of them: other programs put their own values into notes.
    fn is_plain_value(&self, value: &Object) -> bool {
        let is_simple = |value: &Object| {
            !matches!(
                value,
                Object::Array(_) | Object::Dictionary(_) | Object::Stream(_) | Object::Reference(_)
            )
        };
        match self.new.resolve(value).as_deref() {
            Ok(Object::Array(items)) => items.iter().all(is_simple),
            Ok(value) => is_simple(value),
            Err(_) => false,
        }
    }

    /// True when no window of a note stands open over anything: its own, or that of the one that it refers to, listed on
    /// a page or not.
    fn window_covers_nothing(&self, page: usize, id: Option<ObjectId>, dictionary: &Dictionary) -> bool {
        if self.subtype(dictionary) == b"Popup" {
            return !self.is_open(dictionary) || self.is_on_blank(page, id, dictionary);
        }
        match self.new.get(dictionary, b"Popup") {
            Ok(None | Some(Object::Null)) => true,
            Ok(Some(Object::Dictionary(window))) => {
                let id = dictionary.get(b"Popup").and_then(Object::as_reference);
                self.subtype(&window) == b"Popup"
                    && self.says_alone(&window)
                    && (!self.is_open(&window) || self.is_on_blank(page, id, &window))
            }
            _ => false,
        }
    }

    fn is_open(&self, dictionary: &Dictionary) -> bool {
        let open = self.new.get(dictionary, b"Open");
        !matches!(open, Ok(None | Some(Object::Null | Object::Boolean(false))))
    }

    /// True when what of a window lies on the page lies where it is blank; the note that it belongs to may be there.
    fn is_on_blank(&self, position: usize, id: Option<ObjectId>, dictionary: &Dictionary) -> bool {
        let Some(page) = self.new_pages.get(position) else { return false };
        let note = dictionary.get(b"Parent").and_then(Object::as_reference);
        let rect = rect_of(self.new, dictionary);
        // Readers open a window without a place where they like.
        area(rect) > 0.0
            && rect
                .intersection(&page.crop_box)
                .is_none_or(|rect| self.is_blank_at(position, rect, [id, note]))
    }

    fn is_icon_on_blank(&self, position: usize, id: Option<ObjectId>, dictionary: &Dictionary) -> bool {
        let Some(page) = self.new_pages.get(position) else { return false };
        let rect = rect_of(self.new, dictionary);
        let most = ICON / page.user_unit;
        area(rect) > 0.0
            && rect.width() <= most
            && rect.height() <= most
            && self.is_blank_at(position, rect, [id, None])
    }

    pub(super) fn tell_annotation(
        &mut self,
        kind: Kind,
        page: usize,
        object: Option<u32>,
        dictionary: &Dictionary,
        (zh, en): (&str, &str),
    ) {
        let subtype = dictionary.name(b"Subtype").cloned().unwrap_or_else(|| Name::new(""));
        let rect: Rect = rect_of(self.new, dictionary);
        let name = printable(&subtype.to_text());
        let words = Detail::new(format!("{zh} {name}"), format!("{en} {name}"));
        self.tell_at(Change {
            kind,
            object,
            page: Some(page),
            field: None,
            rect: Some(rect),
            is_new: true,
            words,
        });
    }
}
