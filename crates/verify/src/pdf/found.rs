//! The signatures of a PDF: those in its fields, those that an earlier revision held, and those that just stand there.
//! None is left out, whatever it is called and however it is made.

use std::collections::{HashMap, HashSet};
use std::ops::Range;
use std::rc::Rc;
use std::sync::Arc;

use formats::pdf::scan::SignatureDictionary;
use formats::pdf::{Dictionary, Field, Form, Indirect, Object, ObjectId, Pdf, Place, Widget};

use super::file::File;
use super::range;

/// Widgets of one signature that are looked at where several fields hold it: more than were signed are bad already.
const MOST_WIDGETS: usize = 16;
/// Revisions behind a signature in which a field is looked for that holds it.
const MOST_REVISIONS: usize = 32;

/// How a signature stands in the document as it is now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    /// It is the value of a field.
    Field,
    /// It is the value of a widget on a page, and the form does not know it.
    Orphan,
    /// A revision held it; its object is another one now, or free.
    Replaced,
    /// Its object is there still, and no field holds it.
    Removed,
    /// No cross-reference data names it.
    Hidden,
}

/// A signature dictionary.
#[derive(Clone, Debug)]
pub(super) struct Found {
    /// Name of its field; empty where none is known.
    pub(super) name: String,
    pub(super) id: Option<ObjectId>,
    pub(super) dictionary: Dictionary,
    /// Where the token of `Contents` stands in the file: of this dictionary, then of others that say the same.
    pub(super) contents: Vec<Range<usize>>,
    pub(super) state: State,
    /// The widgets of its field as they are now.
    pub(super) widgets: Vec<Widget>,
    /// More fields and dictionaries that hold the same value over the same bytes: it is judged once.
    pub(super) duplicates: usize,
}

/// All that were found.
#[derive(Debug, Default)]
pub(super) struct Signatures {
    pub(super) list: Vec<Found>,
    /// Signature dictionaries inside the data of streams, which belong to other documents.
    pub(super) embedded: usize,
    /// Signatures of usage rights (`UR`, `UR3`, §12.8.2.3): they unlock functions of a reader and sign no document.
    pub(super) usage_rights: usize,
    pub(super) is_cut_off: bool,
}

/// Where known signatures are in the list: by their object, and by where their value stands.
#[derive(Default)]
struct Known {
    by_id: HashMap<ObjectId, usize>,
    by_value: HashMap<Vec<u8>, usize>,
}

impl Signatures {
    /// Finds at most `most`.
    pub(super) fn find(file: &File<'_>, form: Option<&Form>, most: usize) -> Self {
        let mut found = Self::default();
        let mut known = Known::default();
        if let (Some(view), Some(form)) = (file.view.as_deref(), form) {
            for field in &form.fields {
                found.add_field(file, view, field, &mut known);
            }
            found.add_orphans(file, view, form, &mut known);
        }
        let rights = file.view.as_deref().map(usage_rights).unwrap_or_default();
        for scanned in &file.dictionaries.list {
            found.add_scanned(file, scanned, &rights);
        }
        found.list.sort_by_key(|one| one.contents.first().map_or(usize::MAX, |span| span.start));
        if found.list.len() > most {
            found.list.truncate(most);
            found.is_cut_off = true;
        }
        found
    }

    fn add_field(&mut self, file: &File<'_>, view: &Pdf<'_>, field: &Field, known: &mut Known) {
        let Some(value) = &field.value else { return };
        let is_signature = field.kind.as_ref().is_some_and(|kind| kind.as_bytes() == b"Sig");
        let owner = field.id.and_then(|id| view.object(id).ok());
        let Some((dictionary, id, is_in_file)) = signature_of(view, value, owner.as_ref()) else {
            // A value that leads nowhere is no signature, and a field that should hold one says so.
            if is_signature && *value != Object::Null {
                let (dictionary, id) = (Dictionary::new(), value.as_reference());
                self.push(file, known, Found::of(&field.name, id, dictionary, false, &field.widgets));
            }
            return;
        };
        if is_signature || dictionary.get(b"ByteRange").is_some() {
            self.push(file, known, Found::of(&field.name, id, dictionary, is_in_file, &field.widgets));
        }
    }

    /// Adds one, or counts it where its object, or the same value over the same ranges, is there already.
    fn push(&mut self, file: &File<'_>, known: &mut Known, found: Found) {
        let by_id = found.id.and_then(|id| known.by_id.get(&id)).copied();
        let value = found.contents.first().map(|span| value_key(file, span, &found.dictionary));
        let by_value = value.as_ref().and_then(|value| known.by_value.get(value)).copied();
        if let Some(same) = by_id.or(by_value).and_then(|index| self.list.get_mut(index)) {
            same.duplicates = same.duplicates.saturating_add(1);
            let spans = found.contents.into_iter().filter(|span| !same.contents.contains(span));
            let spans: Vec<Range<usize>> = spans.take(1).collect();
            same.contents.extend(spans);
            let room = MOST_WIDGETS.saturating_sub(same.widgets.len());
            same.widgets.extend(found.widgets.into_iter().take(room));
            return;
        }
        let index = self.list.len();
        known.by_id.extend(found.id.map(|id| (id, index)));
        known.by_value.extend(value.map(|value| (value, index)));
        self.list.push(found);
    }

    /// Widgets of signatures that stand on a page and not in the form.
    fn add_orphans(&mut self, file: &File<'_>, view: &Pdf<'_>, form: &Form, known: &mut Known) {
        let Ok(pages) = file.pages() else { return };
        let in_form: HashSet<ObjectId> = form
            .fields
            .iter()
            .flat_map(|field| field.id.into_iter().chain(field.widgets.iter().filter_map(|widget| widget.id)))
            .collect();
        for (index, page) in pages.iter().enumerate() {
            let Ok(Some(Object::Array(annotations))) = view.get(&page.dictionary, b"Annots") else {
                continue;
            };
            for id in annotations.iter().filter_map(Object::as_reference).filter(|id| !in_form.contains(id)) {
                let Ok(indirect) = view.object(id) else { continue };
                let Some(dictionary) = indirect.object.as_dictionary() else { continue };
                if dictionary.has_name(b"FT", b"Sig")
                    && let Some(value) = dictionary.get(b"V")
                    && let Some(orphan) = orphan(view, &indirect, value, index)
                {
                    self.push(file, known, orphan);
                }
            }
        }
    }

    /// One that stands in the bytes: the same as one that is known, or one that nothing leads to.
    fn add_scanned(&mut self, file: &File<'_>, scanned: &SignatureDictionary, rights: &[ObjectId]) {
        let Some(span) = contents_span(&scanned.dictionary) else { return };
        if self.list.iter().any(|known| known.contents.contains(&span)) {
            return;
        }
        let token = file.slice(&span);
        let same = self.list.iter_mut().find(|known| {
            known.contents.first().is_some_and(|first| file.slice(first) == token)
                && known.dictionary.get(b"ByteRange") == scanned.dictionary.get(b"ByteRange")
        });
        if let Some(known) = same {
            known.contents.push(span);
            return;
        }
        let is_named = scanned.id.is_some_and(|id| rights.contains(&id));
        if is_named && unlocks_alone(file, &scanned.dictionary) && !was_held(file, scanned, &span) {
            self.usage_rights += 1;
            return;
        }
        let number = scanned.id.map(|id| id.number);
        let is_listed = number.is_some_and(|number| file.is_listed(scanned.offset, number));
        if !is_listed && file.is_in_stream(span.start) {
            self.embedded += 1;
            return;
        }
        self.list.push(Found {
            name: String::new(),
            id: scanned.id,
            dictionary: scanned.dictionary.clone(),
            contents: vec![span],
            state: state_of(file, scanned.id, scanned.offset, is_listed),
            widgets: Vec::new(),
            duplicates: 0,
        });
    }
}

impl Found {
    /// The value of a field.
    fn of(
        name: &str,
        id: Option<ObjectId>,
        dictionary: Dictionary,
        is_in_file: bool,
        widgets: &[Widget],
    ) -> Self {
        let contents = if is_in_file { contents_span(&dictionary).into_iter().collect() } else { Vec::new() };
        let (name, widgets) = (name.to_owned(), widgets.to_vec());
        Self { name, id, dictionary, contents, state: State::Field, widgets, duplicates: 0 }
    }
}

/// A value and the ranges that it is over, as they stand.
fn value_key(file: &File<'_>, span: &Range<usize>, dictionary: &Dictionary) -> Vec<u8> {
    let mut key = Vec::new();
    if let Some(ranges) = dictionary.get(b"ByteRange") {
        formats::pdf::write(ranges, &mut key);
    }
    key.extend_from_slice(file.slice(span));
    key
}

/// The value of a widget that stands on a page and not in the form.
fn orphan(view: &Pdf<'_>, indirect: &Arc<Indirect>, value: &Object, page: usize) -> Option<Found> {
    let (dictionary, id, is_in_file) = signature_of(view, value, Some(indirect))?;
    let own = indirect.object.as_dictionary().cloned().unwrap_or_default();
    let name = own.get(b"T").and_then(Object::as_string).map(formats::pdf::text_of).unwrap_or_default();
    let rect = rect_of(view, &own);
    let widget = Widget { id: Some(indirect.id), dictionary: own, page: Some(page), rect };
    Some(Found { state: State::Orphan, ..Found::of(&name, id, dictionary, is_in_file, &[widget]) })
}

/// True when a signature says of itself that it grants rights of use and nothing else. That the catalogue names one
/// there proves nothing: whoever takes a signature out of its field can name it so.
fn unlocks_alone(file: &File<'_>, dictionary: &Dictionary) -> bool {
    let Some(view) = file.view.as_deref() else { return false };
    let references = view.get(dictionary, b"Reference").ok().flatten();
    let references = references.as_ref().and_then(Object::as_array).unwrap_or_default();
    let is_right = |reference: &Object| {
        let reference = view.resolve(reference).ok();
        let method =
            reference.as_ref().and_then(|reference| reference.as_dictionary()?.name(b"TransformMethod"));
        method.is_some_and(|method| matches!(method.as_bytes(), b"UR" | b"UR3"))
    };
    !references.is_empty() && references.iter().all(is_right)
}

/// True when a field held it in the revision that it signs or in one of those that follow.
fn was_held(file: &File<'_>, scanned: &SignatureDictionary, span: &Range<usize>) -> bool {
    let signed = range::read(&scanned.dictionary, None, file.bytes.len()).0.map(|range| range.end());
    let from = file.ends.partition_point(|end| end.range.end <= scanned.offset);
    let behind = file.ends.iter().skip(from).take(MOST_REVISIONS).map(|end| end.range.end);
    signed.into_iter().chain(behind).any(|end| {
        let Ok(pdf) = file.revision(end) else { return false };
        let Ok(form) = pdf.form() else { return false };
        form.fields.iter().filter_map(|field| field.value.as_ref()).any(|value| match value {
            Object::Reference(id) => Some(*id) == scanned.id,
            Object::Dictionary(held) => contents_span(held).as_ref() == Some(span),
            _ => false,
        })
    })
}

/// What the catalogue names as usage rights.
fn usage_rights(view: &Pdf<'_>) -> Vec<ObjectId> {
    let named = || {
        let catalog = view.catalog().ok()?;
        let permissions = view.dictionary(catalog.object.as_dictionary()?, b"Perms").ok()??;
        let ids = [&b"UR"[..], b"UR3"].into_iter().filter_map(|key| permissions.get(key)?.as_reference());
        Some(ids.collect())
    };
    named().unwrap_or_default()
}

/// Whether the object that holds it is there still.
fn state_of(file: &File<'_>, id: Option<ObjectId>, offset: usize, is_listed: bool) -> State {
    let now = id.zip(file.view.as_ref().map(Rc::as_ref)).and_then(|(id, view)| view.entry(id.number));
    match now {
        Some(formats::pdf::Entry::File { offset: now, .. }) if now == offset => State::Removed,
        _ if is_listed => State::Replaced,
        _ => State::Hidden,
    }
}

/// The dictionary that a value is or refers to, and whether it stands in the file itself.
fn signature_of(
    view: &Pdf<'_>,
    value: &Object,
    owner: Option<&Arc<Indirect>>,
) -> Option<(Dictionary, Option<ObjectId>, bool)> {
    match value {
        Object::Dictionary(dictionary) => {
            let is_in_file = owner.is_some_and(|owner| matches!(owner.place, Place::File(_)));
            Some((dictionary.clone(), None, is_in_file))
        }
        Object::Reference(id) => {
            let indirect = view.object(*id).ok()?;
            let dictionary = indirect.object.as_dictionary()?.clone();
            Some((dictionary, Some(*id), matches!(indirect.place, Place::File(_))))
        }
        _ => None,
    }
}

/// Where the token of `Contents` stands.
pub(super) fn contents_span(dictionary: &Dictionary) -> Option<Range<usize>> {
    let entry = dictionary.entry(b"Contents")?;
    (entry.value.as_string().is_some() && !entry.span.is_empty()).then(|| entry.span.clone())
}

/// The place that an annotation names, its corners in order.
pub(super) fn rect_of(view: &Pdf<'_>, dictionary: &Dictionary) -> formats::pdf::Rect {
    let numbers = |object: &Object| view.resolve(object).ok().and_then(|number| number.as_number());
    let items = view.get(dictionary, b"Rect").ok().flatten();
    let numbers: Vec<f64> =
        items.as_ref().and_then(Object::as_array).unwrap_or_default().iter().filter_map(numbers).collect();
    let [a, b, c, d] = numbers[..] else { return formats::pdf::Rect::default() };
    formats::pdf::Rect { left: a.min(c), bottom: b.min(d), right: a.max(c), top: b.max(d) }
}
