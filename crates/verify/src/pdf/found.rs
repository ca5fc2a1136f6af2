//! The signatures of a PDF: those in its fields, those that an earlier revision held, and those that just stand there.
//! None is left out, whatever it is called and however it is made.

use std::ops::Range;
use std::rc::Rc;
use std::sync::Arc;

use formats::pdf::{Dictionary, Field, Form, Indirect, Object, ObjectId, Pdf, Place, Widget};

use super::file::File;

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
}

/// All that were found.
#[derive(Debug, Default)]
pub(super) struct Signatures {
    pub(super) list: Vec<Found>,
    /// Signature dictionaries inside the data of streams, which belong to other documents, and those of usage rights.
    pub(super) embedded: usize,
    /// Objects of usage rights (`UR`, `UR3`, §12.8.2.3): they unlock functions of a reader and sign no document.
    usage_rights: Vec<ObjectId>,
    pub(super) is_cut_off: bool,
}

impl Signatures {
    /// Finds at most `most`.
    pub(super) fn find(file: &File<'_>, form: Option<&Form>, most: usize) -> Self {
        let usage_rights = file.view.as_deref().map(usage_rights).unwrap_or_default();
        let mut found = Self { usage_rights, ..Self::default() };
        if let (Some(view), Some(form)) = (file.view.as_deref(), form) {
            for field in &form.fields {
                found.add_field(view, field);
            }
            found.add_orphans(file, view, form);
        }
        for scanned in &file.dictionaries.list {
            found.add_scanned(file, scanned);
        }
        found.list.sort_by_key(|one| one.contents.first().map_or(usize::MAX, |span| span.start));
        if found.list.len() > most {
            found.list.truncate(most);
            found.is_cut_off = true;
        }
        found
    }

    fn add_field(&mut self, view: &Pdf<'_>, field: &Field) {
        let Some(value) = &field.value else { return };
        let is_signature = field.kind.as_ref().is_some_and(|kind| kind.as_bytes() == b"Sig");
        let owner = field.id.and_then(|id| view.object(id).ok());
        let Some((dictionary, id, is_in_file)) = signature_of(view, value, owner.as_ref()) else {
            // A value that leads nowhere is no signature, and a field that should hold one says so.
            if is_signature && *value != Object::Null {
                let dictionary = Dictionary::new();
                self.push(field.name.clone(), value.as_reference(), dictionary, false, &field.widgets);
            }
            return;
        };
        if is_signature || dictionary.get(b"ByteRange").is_some() {
            self.push(field.name.clone(), id, dictionary, is_in_file, &field.widgets);
        }
    }

    fn push(
        &mut self,
        name: String,
        id: Option<ObjectId>,
        dictionary: Dictionary,
        is_in_file: bool,
        widgets: &[Widget],
    ) {
        let contents = if is_in_file { contents_span(&dictionary).into_iter().collect() } else { Vec::new() };
        let widgets = widgets.to_vec();
        self.list.push(Found { name, id, dictionary, contents, state: State::Field, widgets });
    }

    /// Widgets of signatures that stand on a page and not in the form.
    fn add_orphans(&mut self, file: &File<'_>, view: &Pdf<'_>, form: &Form) {
        let Ok(pages) = file.pages() else { return };
        let known: std::collections::HashSet<ObjectId> = form
            .fields
            .iter()
            .flat_map(|field| field.id.into_iter().chain(field.widgets.iter().filter_map(|widget| widget.id)))
            .collect();
        for (index, page) in pages.iter().enumerate() {
            let Ok(Some(Object::Array(annotations))) = view.get(&page.dictionary, b"Annots") else {
                continue;
            };
            for id in annotations.iter().filter_map(Object::as_reference).filter(|id| !known.contains(id)) {
                let Ok(indirect) = view.object(id) else { continue };
                let Some(dictionary) = indirect.object.as_dictionary() else { continue };
                if dictionary.has_name(b"FT", b"Sig")
                    && let Some(value) = dictionary.get(b"V")
                {
                    self.add_orphan(view, &indirect, value, index);
                }
            }
        }
    }

    fn add_orphan(&mut self, view: &Pdf<'_>, indirect: &Arc<Indirect>, value: &Object, page: usize) {
        let Some((dictionary, id, is_in_file)) = signature_of(view, value, Some(indirect)) else { return };
        let own = indirect.object.as_dictionary().cloned().unwrap_or_default();
        let name = own.get(b"T").and_then(Object::as_string).map(formats::pdf::text_of).unwrap_or_default();
        let rect = rect_of(view, &own);
        let widget = Widget { id: Some(indirect.id), dictionary: own, page: Some(page), rect };
        self.push(name, id, dictionary, is_in_file, &[widget]);
        if let Some(last) = self.list.last_mut() {
            last.state = State::Orphan;
        }
    }

    /// One that stands in the bytes: the same as one that is known, or one that nothing leads to.
    fn add_scanned(&mut self, file: &File<'_>, scanned: &formats::pdf::scan::SignatureDictionary) {
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
        if scanned.id.is_some_and(|id| self.usage_rights.contains(&id)) {
            self.embedded += 1;
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
        });
    }
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
