//! The form: fields that are new, filled or gone.

use std::collections::HashMap;
use std::rc::Rc;

use formats::pdf::{Dictionary, Field, Name, Object, ObjectId, Widget};

use super::appearance::is_standard;
use super::catalog::number;
use super::describe::{field_words, value_text};
use super::{Change, Comparison, Kind};
use crate::pdf::same;
use crate::text::{Detail, printable};

/// What filling changes in a field or its widget (§12.7.3.1, §12.5.2).
const FILLED: [&[u8]; 9] = [b"V", b"AP", b"AS", b"I", b"RV", b"M", b"TI", b"Type", b"DA"];
/// What signing changes in a field that was there.
const SIGNED: [&[u8]; 13] =
    [b"V", b"AP", b"AS", b"M", b"Type", b"Subtype", b"F", b"P", b"MK", b"DA", b"NM", b"BS", b"Border"];
/// What of a signature field without a value shows, or makes readers show something.
const DRESSING: [&[u8]; 7] = [b"AP", b"AS", b"F", b"MK", b"DA", b"BS", b"Border"];
/// What of a field is seen beside its value.
const SEEN: [&[u8]; 5] = [b"AP", b"AS", b"I", b"RV", b"TI"];
/// What may differ in the form itself; its fields have a look of their own.
const FORM: [&[u8]; 6] = [b"Fields", b"SigFlags", b"DR", b"DA", b"Q", b"NeedAppearances"];
/// Fields above one another.
const DEPTH: usize = 32;

impl Comparison<'_, '_> {
    pub(super) fn form(&mut self) {
        let (old, new) = (self.old_form, self.new_form);
        let root = self.new.catalog().map_or(super::TRAILER, |catalog| catalog.id.number);
        if new.dictionary.is_empty() {
            if !old.dictionary.is_empty() {
                let words = Detail::new("表单被移除", "the form was taken out");
                self.tell(Kind::Refused, None, words);
            }
            return;
        }
        let owner = new.id.map_or(root, |id| id.number);
        if let Some(id) = new.id {
            self.allow(root, id.number);
            self.vetted(id.number, old.id == new.id);
        }
        if !old.dictionary.is_empty() {
            let keys = same::differing(self.old, &old.dictionary, self.new, &new.dictionary);
            let asked = self.new.get(&new.dictionary, b"NeedAppearances");
            let needs = keys.iter().any(|key| key.as_bytes() == b"NeedAppearances")
                && !matches!(asked, Ok(None | Some(Object::Boolean(false))));
            self.defaults(owner, &keys);
            let is_fine =
                |key: &Name| FORM.contains(&key.as_bytes()) && self.is_typed(key.as_bytes(), &new.dictionary);
            let keys: Vec<Name> = keys.into_iter().filter(|key| !is_fine(key)).collect();
            self.refuse_keys(Some(owner), "表单", "the form:", &keys);
            if needs {
                let words = Detail::new(
                    "要求阅读器重画表单（NeedAppearances）",
                    "readers are asked to draw the form anew (NeedAppearances)",
                );
                self.tell(Kind::FilledDoubtfully, Some(owner), words);
            }
        } else if new.dictionary.get(b"XFA").is_some() {
            self.refuse_keys(Some(owner), "表单", "the form:", &[Name::new("XFA")]);
        }
        if old.dictionary.is_empty()
            && let Some(resources) = new.dictionary.get(b"DR")
        {
            self.take_content(owner, resources);
        }
        self.list_of_fields(owner);
        self.all_fields();
    }

    /// Default fonts and their settings: appearances without resources of their own use them, and so do readers that
    /// draw a field anew. A standard font that comes in beside them changes none of it.
    fn defaults(&mut self, owner: u32, keys: &[Name]) {
        let is_named = |wanted: &[u8]| keys.iter().any(|key| key.as_bytes() == wanted);
        if is_named(b"SigFlags") {
            let words = Detail::new("表单的签名标志", "the flags of the form about signatures");
            self.tell(Kind::Metadata, Some(owner), words);
        }
        let resources = self.new_form.dictionary.get(b"DR").cloned();
        let is_touched = resources.is_some_and(|resources| self.take_content(owner, &resources));
        if !is_touched && ![&b"DR"[..], b"DA", b"Q"].into_iter().any(is_named) {
            return;
        }
        let has_fields = self.old_form.fields.iter().any(|field| !is_signature(field));
        let is_kept = !is_named(b"DA") || self.is_first_default();
        let is_same = is_kept && !is_named(b"Q") && self.fonts_only_grew();
        let words =
            Detail::new("表单的默认字体或格式改变", "the default fonts or settings of the form changed");
        let is_harmless = !has_fields || is_same;
        self.tell(if is_harmless { Kind::Metadata } else { Kind::FilledDoubtfully }, Some(owner), words);
    }

    /// True when the default resources are those that were there, and standard fonts beside them.
    fn fonts_only_grew(&self) -> bool {
        let resources = |pdf: &formats::pdf::Pdf<'_>, form: &Dictionary| {
            pdf.dictionary(form, b"DR").ok().flatten().unwrap_or_default()
        };
        let old = resources(self.old, &self.old_form.dictionary);
        let new = resources(self.new, &self.new_form.dictionary);
        let keys = same::differing(self.old, &old, self.new, &new);
        if keys.iter().any(|key| key.as_bytes() != b"Font") {
            return false;
        }
        let fonts = |pdf: &formats::pdf::Pdf<'_>, resources: &Dictionary| {
            pdf.dictionary(resources, b"Font").ok().flatten().unwrap_or_default()
        };
        let (old, new) = (fonts(self.old, &old), fonts(self.new, &new));
        let is_kept = |entry: &formats::pdf::DictionaryEntry| {
            new.get(entry.key.as_bytes()).is_some_and(|font| {
                same::value(self.old, &entry.value, self.new, font) && !self.leads_to_touched(font)
            })
        };
        old.entries().iter().all(is_kept)
            && new.doubled_key().is_none()
            && new
                .entries()
                .iter()
                .all(|entry| old.get(entry.key.as_bytes()).is_some() || self.is_usual_font(&entry.value))
    }

    /// True for a font that may come in beside those that were there, signs included.
    fn is_usual_font(&self, value: &Object) -> bool {
        let font = self.new.resolve(value);
        let is_signs = font.is_ok_and(|font| {
            font.as_dictionary().is_some_and(|font| is_standard(font, &[b"ZapfDingbats", b"Symbol"]))
        });
        is_signs || self.font_is_known(value)
    }

    /// The array of the form's fields: it only grows. What was added must be explained as a field.
    fn list_of_fields(&mut self, owner: u32) {
        let Some(list) = self.new_form.dictionary.get(b"Fields") else { return };
        let mut owner = owner;
        if let Some(id) = list.as_reference() {
            self.allow(owner, id.number);
            self.vetted(id.number, self.old_form.dictionary.get(b"Fields") == Some(list));
            owner = id.number;
        }
        let items = self.new.resolve(list).map(std::borrow::Cow::into_owned);
        if let Ok(Object::Array(items)) = items {
            for id in items.iter().filter_map(Object::as_reference) {
                self.allow(owner, id.number);
            }
        }
    }

    fn all_fields(&mut self) {
        let (old_form, new_form) = (self.old_form, self.new_form);
        let by_id: HashMap<ObjectId, &Field> =
            old_form.fields.iter().filter_map(|field| Some((field.id?, field))).collect();
        let by_name: HashMap<&str, &Field> =
            old_form.fields.iter().map(|field| (field.name.as_str(), field)).collect();
        let mut known = 0_usize;
        for field in &new_form.fields {
            let old = match field.id {
                Some(id) => by_id.get(&id),
                None => by_name.get(field.name.as_str()),
            };
            match old {
                Some(old) => {
                    known += 1;
                    self.known_field(old, field);
                }
                None => self.new_field(field),
            }
        }
        if known < old_form.fields.len() {
            let count = old_form.fields.len() - known;
            let words =
                Detail::new(format!("{count} 个表单域被移除"), format!("{count} form fields were taken out"));
            self.tell(Kind::Refused, None, words);
        }
    }

    /// A field that was there.
    fn known_field(&mut self, old: &Field, new: &Field) {
        let is_signature = is_signature(new) && is_signature(old);
        let was_signed = is_signature && has_value(old);
        let allowed: &[&[u8]] = match (was_signed, is_signature) {
            (true, _) => &[],
            (false, true) => &SIGNED,
            (false, false) => &FILLED,
        };
        let mut changed = self.field_keys(new.id, &old.dictionary, &new.dictionary, allowed, &new.name);
        for widget in &new.widgets {
            let before = old.widgets.iter().find(|one| one.id == widget.id);
            let Some(before) = before else {
                changed.push(Name::new("Kids"));
                self.refuse_field(widget.id, &new.name, &[Name::new("Kids")]);
                continue;
            };
            if widget.id != new.id {
                changed.extend(self.field_keys(
                    widget.id,
                    &before.dictionary,
                    &widget.dictionary,
                    allowed,
                    &new.name,
                ));
            }
        }
        let drawn = self.field_content(new);
        self.parents(&new.dictionary);
        // What a field inherits changes with the fields above it: its value, its name, its kind.
        let is_revalued = self.is_revalued(old, new);
        if old.name != new.name || old.kind != new.kind || old.flags != new.flags {
            self.refuse_field(new.id, &new.name, &[Name::new("Parent")]);
        }
        if !drawn && changed.is_empty() && !is_revalued {
            return;
        }
        if was_signed {
            if drawn || is_revalued {
                let key = if drawn { "AP" } else { "V" };
                self.refuse_field(new.id, &new.name, &[Name::new(key)]);
            }
            return;
        }
        self.tell_filled(old, new, &changed, drawn, is_revalued);
    }

    /// True when the value of a field, its own or that of a field above it, is another one, or an object in it is.
    fn is_revalued(&self, old: &Field, new: &Field) -> bool {
        match (&old.value, &new.value) {
            (None, None) => false,
            (Some(a), Some(b)) => {
                let mut is_touched = false;
                b.references(&mut |id| is_touched |= self.touched.contains_key(&id.number));
                is_touched || !same::value(self.old, a, self.new, b)
            }
            (Some(one), None) | (None, Some(one)) => *one != Object::Null,
        }
    }

    /// The keys of a field or widget that differ; those that may not are refused.
    fn field_keys(
        &mut self,
        id: Option<ObjectId>,
        old: &Dictionary,
        new: &Dictionary,
        allowed: &[&[u8]],
        name: &str,
    ) -> Vec<Name> {
        if let Some(id) = id {
            self.vetted(id.number, true);
        }
        let keys = same::differing(self.old, old, self.new, new);
        let is_fine = |key: &&Name| {
            let name = key.as_bytes();
            let is_allowed = allowed.contains(&name)
                || (allowed == FILLED.as_slice() && self.is_rewritten(name, old, new));
            is_allowed && self.is_kept(name, old, new) && self.is_typed(name, new)
        };
        let refused: Vec<Name> = keys.iter().filter(|key| !is_fine(key)).cloned().collect();
        self.refuse_field(id, name, &refused);
        keys
    }

    fn refuse_field(&mut self, id: Option<ObjectId>, name: &str, keys: &[Name]) {
        let (zh, en) = (format!("表单域 {}", printable(name)), format!("the field {}:", printable(name)));
        self.refuse_keys(id.map(|id| id.number), &zh, &en, keys);
    }

    /// Value and appearance of a field: what of it is touched is taken in. True when there is any.
    fn field_content(&mut self, field: &Field) -> bool {
        let mut drawn = false;
        let owners = field.id.iter().map(|id| (*id, &field.dictionary));
        let widgets = field.widgets.iter().filter_map(|widget| Some((widget.id?, &widget.dictionary)));
        let mut seen: Vec<ObjectId> = Vec::new();
        for (id, dictionary) in owners.chain(widgets) {
            if seen.contains(&id) {
                continue;
            }
            seen.push(id);
            if self.is_borrowed(id.number) {
                continue;
            }
            drawn |= self.take_appearance(id.number, dictionary);
            for value in [&b"V"[..], b"RV", b"MK"].into_iter().filter_map(|key| dictionary.get(key)) {
                drawn |= self.take_content(id.number, value);
            }
            if let Some(Object::Array(kids)) = dictionary.get(b"Kids") {
                for kid in kids.iter().filter_map(Object::as_reference) {
                    self.allow(id.number, kid.number);
                }
            }
        }
        drawn
    }

    /// The fields above: they only come to have more children, or another value, which is told of each field that
    /// inherits it. What was no field when it was signed is none because a later one calls it its parent: whatever it
    /// leads to is not explained.
    fn parents(&mut self, dictionary: &Dictionary) {
        let mut parent = dictionary.get(b"Parent").and_then(Object::as_reference);
        for _ in 0..DEPTH {
            let Some(id) = parent else { return };
            if !self.parents.insert(id.number) || self.is_borrowed(id.number) {
                return;
            }
            let Ok(indirect) = self.new.object(id) else { return };
            let Some(now) = indirect.object.as_dictionary() else { return };
            if !self.parent_keys(id.number, now) {
                return;
            }
            if let Some(value) = now.get(b"V") {
                self.take_content(id.number, value);
            }
            if let Some(Object::Array(kids)) = now.get(b"Kids") {
                for kid in kids.iter().filter_map(Object::as_reference) {
                    self.allow(id.number, kid.number);
                }
            }
            parent = now.get(b"Parent").and_then(Object::as_reference);
        }
    }

    /// The keys of a touched field above others. False when it was something else.
    fn parent_keys(&mut self, number: u32, now: &Dictionary) -> bool {
        let Some(touched) = self.touched.get(&number) else { return true };
        let is_new = touched.is_new();
        let before = touched.old.as_ref().and_then(|old| old.object.as_dictionary().cloned());
        if !is_new && !self.was_field(number) {
            self.refuse_keys(
                Some(number),
                "被称作上级表单域的对象",
                "what is called a field above:",
                &[Name::new("Parent")],
            );
            return false;
        }
        if self.structural.contains(&number) {
            return true;
        }
        self.vetted(number, before.is_some());
        let Some(before) = before else { return true };
        let is_fine = |key: &Name| {
            [&b"Kids"[..], b"V", b"M"].contains(&key.as_bytes()) && self.is_typed(key.as_bytes(), now)
        };
        let keys = same::differing(self.old, &before, self.new, now);
        let refused: Vec<Name> = keys.into_iter().filter(|key| !is_fine(key)).collect();
        self.refuse_keys(Some(number), "表单域", "a field:", &refused);
        true
    }

    /// A field that was not there: one of a later signature, or nothing that may be added.
    fn new_field(&mut self, field: &Field) {
        let ids = field.id.iter().copied().chain(field.widgets.iter().filter_map(|widget| widget.id));
        for id in ids.collect::<Vec<_>>() {
            self.vetted(id.number, false);
            let widget = field.widgets.iter().find(|widget| widget.id == Some(id));
            // Any other annotation is told where a page lists it.
            if widget.is_none_or(|widget| self.is_widget(&widget.dictionary)) {
                self.new_widgets.insert(id.number, widget.and_then(|widget| widget.page));
            }
        }
        self.parents(&field.dictionary);
        self.field_content(field);
        let own = [&b"AP"[..], b"V", b"RV", b"MK", b"Kids", b"Parent", b"P"];
        if let Some(id) = field.id
            && !self.is_borrowed(id.number)
        {
            self.take_entries(id.number, &field.dictionary, &own);
        }
        self.actions(field);
        let is_otherwise = |widget: &Widget| {
            widget.dictionary.get(b"FT").is_some() && !widget.dictionary.has_name(b"FT", b"Sig")
        };
        if !is_signature(field) || field.widgets.iter().any(is_otherwise) {
            let words = field_words("新增表单域", "a new form field", &field.name);
            return self.tell_field(Kind::Refused, field, &words);
        }
        if self.tell_disguised(field) {
            return;
        }
        if has_value(field) {
            return self.tell_signature(field);
        }
        let words = field_words("新增空签名域", "a new empty signature field", &field.name);
        self.tell_field(
            if self.is_painted(field) { Kind::Annotation } else { Kind::Signature },
            field,
            &words,
        );
    }

    /// A new field that acts can do more than be signed.
    fn actions(&mut self, field: &Field) {
        let widgets = field.widgets.iter().map(|widget| &widget.dictionary);
        let keys: Vec<Name> = std::iter::once(&field.dictionary)
            .chain(widgets)
            .flat_map(|dictionary| [&b"A"[..], b"AA"].into_iter().filter(|key| dictionary.get(key).is_some()))
            .map(Name::new)
            .collect();
        self.refuse_field(field.id, &field.name, keys.get(..1).unwrap_or_default());
    }

    fn tell_signature(&mut self, field: &Field) {
        let value = field.value.as_ref().and_then(|value| self.new.resolve(value).ok());
        let is_stamp = value.as_ref().and_then(|value| value.as_dictionary()).is_some_and(|dictionary| {
            let is = |key: &[u8], name: &[u8]| match self.new.get(dictionary, key) {
                Ok(value) => {
                    value.as_ref().and_then(Object::as_name).is_some_and(|one| one.as_bytes() == name)
                }
                Err(_) => true,
            };
            is(b"Type", b"DocTimeStamp")
                || is(b"SubFilter", b"ETSI.RFC3161")
                || dictionary
                    .get(b"Contents")
                    .and_then(Object::as_string)
                    .is_some_and(crate::pdf::gather::holds_stamp)
        });
        let (kind, zh, en) = match (is_stamp, self.is_painted(field)) {
            // Nobody signs with a time stamp: who shows something with one is not known.
            (true, true) => (Kind::Annotation, "带有可见外观的时间戳", "a time stamp that shows something:"),
            (true, false) => (Kind::Stamp, "时间戳", "a time stamp"),
            (false, _) => (Kind::Signature, "签名", "a signature"),
        };
        let words = field_words(zh, en, &field.name);
        self.tell_field(kind, field, &words);
    }

    /// What a field shows now, for the reader; and whether that is its value.
    fn tell_filled(&mut self, old: &Field, new: &Field, changed: &[Name], drawn: bool, is_revalued: bool) {
        if is_signature(new) {
            if self.tell_disguised(new) {
                return;
            }
            if has_value(new) {
                return self.tell_signature(new);
            }
            let words =
                field_words("空签名域的外观", "the appearance of an empty signature field", &new.name);
            let is_visible = new.widgets.iter().any(|widget| area(widget.rect) > 0.0);
            let is_dressed = drawn || changed.iter().any(|key| DRESSING.contains(&key.as_bytes()));
            // Nobody signed what it shows now.
            let kind = if is_visible && is_dressed { Kind::Annotation } else { Kind::Filled };
            return self.tell_field(kind, new, &words);
        }
        let text = value_text(self.new, new);
        let is_seen = drawn || changed.iter().any(|key| SEEN.contains(&key.as_bytes()));
        let value_changed = is_revalued || value_text(self.old, old) != text;
        let (zh, en) = match (value_changed, is_seen) {
            (true, _) => ("填写", "filled in"),
            (false, true) => ("外观改变而值未变", "its appearance changed and its value did not"),
            (false, false) => ("写明的值未变", "written again with its value"),
        };
        let name = printable(&new.name);
        let value = printable(&text);
        let mut words = Detail::new(format!("{name}：{zh}“{value}”"), format!("{name}: {en} “{value}”"));
        let is_reset = changed.iter().any(|key| key.as_bytes() == b"DA");
        let is_told = value_changed || is_seen || is_reset;
        let doubt = is_told.then(|| self.replaced(old, new).or_else(|| self.doubt(old, new))).flatten();
        if let Some(doubt) = &doubt {
            words.zh = format!("{}（{}）", words.zh, doubt.zh);
            words.en = format!("{} ({})", words.en, doubt.en);
        }
        // An appearance that changed without the value is something else than filling in.
        let is_doubtful = doubt.is_some() || (!value_changed && is_seen);
        self.tell_field(if is_doubtful { Kind::FilledDoubtfully } else { Kind::Filled }, new, &words);
    }

    /// Tells of a field, once for each place where it is shown.
    pub(super) fn tell_field(&mut self, kind: Kind, field: &Field, words: &Detail) {
        let shown: Vec<&Widget> = field.widgets.iter().filter(|widget| area(widget.rect) > 0.0).collect();
        let places = if shown.is_empty() {
            vec![field.widgets.first()]
        } else {
            shown.into_iter().map(Some).collect()
        };
        let name: Rc<str> = Rc::from(field.name.as_str());
        for widget in places {
            self.tell_at(Change {
                kind,
                object: field.id.map(|id| id.number).or(field.value.as_ref().and_then(number)),
                page: widget.and_then(|widget| widget.page),
                field: Some(Rc::clone(&name)),
                rect: widget.map(|widget| widget.rect).filter(|rect| area(*rect) > 0.0),
                is_new: field.id.is_some_and(|id| self.new_widgets.contains_key(&id.number)),
                words: words.clone(),
            });
        }
    }

    /// Notes that a touched object was looked at key by key: compared with what it was, or, where it was nothing of the
    /// kind, by itself.
    pub(super) fn vetted(&mut self, number: u32, is_compared: bool) {
        let Some(touched) = self.touched.get(&number) else { return };
        let was_another = !is_compared && !touched.is_new();
        if self.structural.insert(number) && was_another {
            self.reused.insert(number);
        }
    }
}

fn is_signature(field: &Field) -> bool {
    field.kind.as_ref().is_some_and(|kind| kind.as_bytes() == b"Sig")
}

fn has_value(field: &Field) -> bool {
    field.value.as_ref().is_some_and(|value| *value != Object::Null)
}

pub(super) fn area(rect: formats::pdf::Rect) -> f64 {
    rect.width() * rect.height()
}
