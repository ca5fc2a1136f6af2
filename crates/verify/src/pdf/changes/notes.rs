//! New annotations: which of them are notes that change nothing of what the page shows.
//!
//! A note without an appearance is a small icon that readers draw themselves. With an appearance it shows what it likes:
//! then it must be no larger than an icon, and lie where the page is blank, so that it can neither cover nor complete
//! what stands there. Where that cannot be seen (pictures, lines, fonts that cannot be read) it is not known.

use formats::pdf::{Dictionary, Name, Object, ObjectId, Page, Rect, operations};

use super::fields::area;
use super::{Change, Comparison, Kind};
use crate::pdf::found::rect_of;
use crate::text::{Detail, printable};

/// Annotations that paint nothing unless they bring an appearance along.
const REMARKS: [&[u8]; 3] = [b"Text", b"Popup", b"FileAttachment"];
/// Those that may bring the appearance of an icon.
const ICONS: [&[u8]; 2] = [b"Text", b"Popup"];
/// The side of the largest icon, in points.
const ICON: f64 = 32.0;
/// Operators that paint nothing but text (ISO 32000-1 annex A).
const TEXT: [&[u8]; 57] = [
    b"BT", b"ET", b"Tf", b"Tc", b"Tw", b"Tz", b"TL", b"Ts", b"Tr", b"Td", b"TD", b"Tm", b"T*", b"Tj", b"TJ",
    b"'", b"\"", b"q", b"Q", b"cm", b"g", b"G", b"rg", b"RG", b"k", b"K", b"cs", b"CS", b"sc", b"SC", b"scn",
    b"SCN", b"gs", b"BMC", b"BDC", b"EMC", b"MP", b"DP", b"BX", b"EX", b"w", b"J", b"j", b"M", b"d", b"ri",
    b"i", b"m", b"l", b"c", b"v", b"y", b"h", b"re", b"W", b"W*", b"n",
];

impl Comparison<'_, '_> {
    /// A note, or an annotation that can change what is shown.
    pub(super) fn kind_of_new(&self, page: usize, id: Option<ObjectId>, dictionary: &Dictionary) -> Kind {
        let subtype = self.new.get(dictionary, b"Subtype").ok().flatten();
        let subtype = subtype.as_ref().and_then(Object::as_name).map(Name::as_bytes).unwrap_or_default();
        let is_note = if dictionary.entry(b"AP").is_none() {
            REMARKS.contains(&subtype)
        } else {
            ICONS.contains(&subtype) && self.is_icon_on_blank(page, id, rect_of(self.new, dictionary))
        };
        // One that is a field as well is none.
        let is_field =
            [&b"FT"[..], b"Parent"].iter().any(|key| dictionary.entry(key).is_some()) && subtype != b"Popup";
        if is_note && !is_field { Kind::Remark } else { Kind::Annotation }
    }

    fn is_icon_on_blank(&self, position: usize, id: Option<ObjectId>, rect: Rect) -> bool {
        let Some(page) = self.new_pages.get(position) else { return false };
        let most = ICON / page.user_unit;
        area(rect) > 0.0
            && rect.width() <= most
            && rect.height() <= most
            && !self.touches_annotation(page, id, rect)
            && self.is_blank_at(page, rect)
    }

    /// True when another annotation, a filled field or a seal, is there.
    fn touches_annotation(&self, page: &Page, id: Option<ObjectId>, rect: Rect) -> bool {
        let Ok(list) = self.new.get(&page.dictionary, b"Annots") else { return true };
        let items = list.as_ref().and_then(Object::as_array).unwrap_or_default();
        let others = items.iter().filter(|item| item.as_reference().is_none() || item.as_reference() != id);
        others.into_iter().any(|item| match self.new.resolve(item).as_deref() {
            Ok(Object::Dictionary(other)) => rect_of(self.new, other).overlaps(&rect),
            _ => true,
        })
    }

    /// True when the page draws text alone, and none of it there.
    fn is_blank_at(&self, page: &Page, rect: Rect) -> bool {
        let Some(content) = self.content_of(page) else { return false };
        let Ok(drawn) = operations(&content, self.new.limits()) else { return false };
        let is_text = drawn.iter().all(|one| TEXT.contains(&one.operator.as_slice()));
        is_text
            && self.new.page_text(page).is_ok_and(|text| {
                text.is_whole && !text.glyphs.iter().any(|glyph| glyph.rect.overlaps(&rect))
            })
    }

    /// The content of a page: one stream, or several as if they were one.
    fn content_of(&self, page: &Page) -> Option<Vec<u8>> {
        let parts = match self.new.get(&page.dictionary, b"Contents").ok()? {
            None => Vec::new(),
            Some(Object::Array(parts)) => parts,
            Some(one) => vec![one],
        };
        let mut content = Vec::new();
        for part in parts {
            let part = self.new.resolve(&part).ok()?;
            content.extend(self.new.data(part.as_stream()?).ok()?);
            content.push(b'\n');
        }
        Some(content)
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
