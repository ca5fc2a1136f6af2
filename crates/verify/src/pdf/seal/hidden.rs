//! What keeps a seal from being seen: its flags, its place, what lies over it (ISO 32000-1 §12.5.2, §12.5.3).

use std::collections::HashSet;

use formats::pdf::{Dictionary, Object, ObjectId, Page, Pdf, Rect, Widget};

use crate::pdf::changes::{Change, Kind};
use crate::pdf::found::rect_of;
use crate::pdf::judge::After;
use crate::text::{Detail, printable};

/// `Hidden`, `Print` and `NoView` of an annotation's flags (§12.5.3).
const HIDDEN: i64 = 2;
const PRINT: i64 = 4;
const NO_VIEW: i64 = 32;
/// Annotations above a seal that are looked at.
const ABOVE: usize = 2_000;

/// The flags of an annotation, which may stand in an object of their own; none where they are no number.
pub(super) fn flags(pdf: &Pdf<'_>, dictionary: &Dictionary) -> Option<i64> {
    match pdf.get(dictionary, b"F") {
        Ok(None | Some(Object::Null)) => Some(0),
        Ok(Some(flags)) => flags.as_integer(),
        Err(_) => None,
    }
}

/// True when readers leave a widget out when they print.
pub(super) fn is_unprinted(pdf: &Pdf<'_>, widget: &Widget) -> bool {
    flags(pdf, &widget.dictionary).is_some_and(|flags| flags & PRINT == 0)
}

/// A key that stands twice in a widget, or in what it names as its look: readers take one value or the other.
pub(super) fn doubled(pdf: &Pdf<'_>, widget: &Widget) -> Option<Detail> {
    let inner = [&b"AP"[..], b"MK"].map(|key| pdf.dictionary(&widget.dictionary, key).ok().flatten());
    let inner = inner.iter().flatten().find_map(Dictionary::doubled_key);
    let key = printable(&widget.dictionary.doubled_key().or(inner)?.to_text());
    Some(Detail::new(
        format!("签名域中 /{key} 出现两次"),
        format!("/{key} stands twice in the signature field"),
    ))
}

/// What keeps a seal from being seen.
pub(super) fn fault(
    view: &Pdf<'_>,
    widget: &Widget,
    shown: &[&Widget],
    pages: &[Page],
    after: Option<&After<'_, '_>>,
) -> Option<Detail> {
    let Some(page) = widget.page.and_then(|index| pages.get(index)) else {
        return Some(Detail::new("不在任何页上", "it is on no page"));
    };
    let Some(flags) = flags(view, &widget.dictionary) else {
        return Some(Detail::new("标志无法解读", "its flags cannot be read"));
    };
    if flags & (HIDDEN | NO_VIEW) != 0 {
        return Some(Detail::new("标志为隐藏", "its flags hide it"));
    }
    if !page.crop_box.overlaps(&widget.rect) {
        return Some(Detail::new("在页面之外", "it is outside its page"));
    }
    let changes = after.map(|after| after.changes.list.as_slice()).unwrap_or_default();
    covered_later(widget, changes).or_else(|| covered_before(view, widget, shown, page, changes))
}

/// What came after signing and lies over it.
fn covered_later(widget: &Widget, changes: &[Change]) -> Option<Detail> {
    let here = |change: &&Change| change.page == widget.page;
    let shared = |change: &Change| change.rect.and_then(|rect| rect.intersection(&widget.rect));
    let change =
        changes.iter().filter(here).find(|change| shared(change).is_some() && is_opaque(change.kind));
    // Seals may touch one another; those that hide half of another may not.
    let seals = || changes.iter().filter(here).filter(|change| change.kind == Kind::Signature);
    let hidden: f64 = seals().filter_map(shared).map(super::area).sum();
    let hiding = || seals().find(|change| shared(change).is_some()).filter(|_| hides(hidden, widget.rect));
    let told = change.or_else(hiding)?.told();
    Some(Detail::new(format!("被覆盖：{}", told.zh), format!("covered by {}", told.en)))
}

/// What may cover a seal, so that touching it is enough.
const fn is_opaque(kind: Kind) -> bool {
    matches!(kind, Kind::Annotation | Kind::Remark | Kind::Stamp | Kind::Filled | Kind::FilledDoubtfully)
}

fn hides(hidden: f64, rect: Rect) -> bool {
    hidden * 2.0 >= super::area(rect)
}

/// Adds to what is covered of a seal; true when it is more than may be cut off. Fields of a form touch one another.
fn is_covered(covered: &mut f64, shared: Rect, rect: Rect) -> bool {
    *covered += super::area(shared);
    *covered * 100.0 > super::area(rect) * 2.0
}

/// What was there already when it was signed, and is painted above it: what is listed later covers what was listed before.
fn covered_before(
    view: &Pdf<'_>,
    widget: &Widget,
    shown: &[&Widget],
    page: &Page,
    changes: &[Change],
) -> Option<Detail> {
    let list = view.get(&page.dictionary, b"Annots").ok().flatten();
    let list = list.as_ref().and_then(Object::as_array).unwrap_or_default();
    let own =
        list.iter().rposition(|item| item.as_reference().is_some() && item.as_reference() == widget.id)?;
    let above = list.get(own.saturating_add(1)..).unwrap_or_default();
    // What changed is told as a change, and how much the widgets of one seal show together is another question.
    let told: HashSet<u32> = changes.iter().filter_map(|change| change.object).collect();
    let is_own = |id: ObjectId| shown.iter().any(|widget| widget.id == Some(id));
    let is_told = |id: Option<ObjectId>| id.is_some_and(|id| told.contains(&id.number) || is_own(id));
    let (mut hidden, mut covered) = (0.0, 0.0);
    for item in above.iter().filter(|item| !is_told(item.as_reference())).take(ABOVE) {
        let Ok(one) = view.resolve(item) else { continue };
        let Some(one) = one.as_dictionary() else { continue };
        let Some(shared) = rect_of(view, one).intersection(&widget.rect) else { continue };
        match cover(view, one) {
            Cover::Nothing => {}
            Cover::Seal => hidden += super::area(shared),
            Cover::Opaque(_) if !is_covered(&mut covered, shared, widget.rect) => {}
            Cover::Opaque(name) => {
                return Some(Detail::new(
                    format!("签名时即被 {name} 批注覆盖"),
                    format!("covered by an annotation {name} that was there when it was signed"),
                ));
            }
        }
    }
    if above.len() > ABOVE {
        return Some(Detail::new("其上批注过多", "too many annotations lie above it"));
    }
    hides(hidden, widget.rect)
        .then(|| Detail::new("签名时即被另一印章覆盖", "covered by another seal when it was signed"))
}

/// What an annotation hides of what lies below it.
enum Cover {
    Nothing,
    /// As much as a seal may.
    Seal,
    Opaque(String),
}

fn cover(view: &Pdf<'_>, one: &Dictionary) -> Cover {
    let value = |key: &[u8]| view.get(one, key).ok().flatten().filter(|value| *value != Object::Null);
    let subtype = value(b"Subtype");
    let subtype = subtype.as_ref().and_then(Object::as_name);
    let name = subtype.map_or_else(|| "-".to_owned(), |name| printable(&name.to_text()));
    let is_hidden = flags(view, one).is_some_and(|flags| flags & HIDDEN != 0);
    let is_bare = value(b"AP").is_none();
    match subtype.map(formats::pdf::Name::as_bytes) {
        _ if is_hidden => Cover::Nothing,
        // They paint nothing, or a border, unless they bring a look along.
        Some(b"Link") if is_bare => Cover::Nothing,
        Some(b"Popup") if matches!(value(b"Open"), None | Some(Object::Boolean(false))) => Cover::Nothing,
        Some(b"Widget") if is_bare && value(b"MK").is_none() => Cover::Nothing,
        Some(b"Widget") if is_signed(view, one) => Cover::Seal,
        _ => Cover::Opaque(name),
    }
}

/// True for the widget of a signature that is there.
fn is_signed(view: &Pdf<'_>, widget: &Dictionary) -> bool {
    let above = view.dictionary(widget, b"Parent").ok().flatten().unwrap_or_default();
    let value = |key: &[u8]| {
        let own = view.get(widget, key).ok().flatten();
        own.or_else(|| view.get(&above, key).ok().flatten())
    };
    let is_signature =
        value(b"FT").as_ref().and_then(Object::as_name).is_some_and(|kind| kind.as_bytes() == b"Sig");
    is_signature && value(b"V").is_some_and(|value| value.as_dictionary().is_some())
}
