//! Pages: nothing of them may change but their list of annotations, and that only grows.

use std::collections::{HashMap, HashSet};

use formats::pdf::{Dictionary, Form, Name, Object, ObjectId, Page};

use super::{Comparison, Kind};
use crate::pdf::same;
use crate::text::Detail;

/// What may differ in a page beside its annotations, as far as it is of the right type: nothing of it is shown, and what
/// is inherited is compared apart.
const PAGE: [&[u8]; 6] = [b"Annots", b"Tabs", b"StructParents", b"LastModified", b"PieceInfo", b"Parent"];
/// What a page inherits (§7.7.3.4), and how many nodes above it are looked at.
const INHERITED: [&[u8]; 4] = [b"Resources", b"MediaBox", b"CropBox", b"Rotate"];
const DEPTH: usize = 64;
/// What refers from an annotation to something that is judged by itself.
const ELSEWHERE: [&[u8]; 6] = [b"P", b"Parent", b"Popup", b"IRT", b"Dest", b"A"];

/// Objects that are looked up for every page and every annotation.
#[derive(Debug)]
pub(super) struct Known {
    /// Fields and widgets of the form as it is now.
    fields: HashSet<ObjectId>,
    /// Pages as they were.
    pages: HashSet<ObjectId>,
}

impl Known {
    pub(super) fn of(form: &Form, pages: &[Page]) -> Self {
        let ids = |field: &formats::pdf::Field| {
            let widgets = field.widgets.iter().filter_map(|widget| widget.id);
            field.id.into_iter().chain(widgets).collect::<Vec<_>>()
        };
        let fields = form.fields.iter().flat_map(ids).collect();
        Self { fields, pages: pages.iter().filter_map(|page| page.id).collect() }
    }
}

impl Comparison<'_, '_> {
    pub(super) fn pages(&mut self) {
        let (old, new) = (self.old_pages.len(), self.new_pages.len());
        if old != new {
            let words = Detail::new(
                format!("页面数目改变（原 {old} 页，现 {new} 页）"),
                format!("another number of pages ({old} then, {new} now)"),
            );
            return self.tell(Kind::Refused, None, words);
        }
        for index in 0..new {
            self.page(index);
        }
    }

    fn page(&mut self, index: usize) {
        let (Some(old), Some(new)) = (self.old_pages.get(index), self.new_pages.get(index)) else { return };
        let new_id = new.id;
        let number = new_id.map(|id| id.number);
        let is_moved = old.id != new.id;
        let is_touched = is_moved || number.is_none_or(|number| self.touched.contains_key(&number));
        let inherits_otherwise = old.rotate != new.rotate
            || !same::rect(&old.media_box, &new.media_box)
            || !same::rect(&old.crop_box, &new.crop_box)
            || old.user_unit.total_cmp(&new.user_unit).is_ne()
            || !same::dictionary(self.old, &old.resources, self.new, &new.resources);
        let annotations = new.dictionary.get(b"Annots").cloned();
        let list_is_touched = annotations.as_ref().is_some_and(|list| self.is_touched(list));
        if !is_touched && !list_is_touched && !inherits_otherwise {
            return;
        }
        let (before, now) = (old.dictionary.clone(), new.dictionary.clone());
        if let Some(number) = number {
            self.vetted(number, new_id.is_some_and(|id| self.known.pages.contains(&id)));
        }
        let keys = same::differing(self.old, &before, self.new, &now);
        if keys.iter().any(|key| key.as_bytes() == b"PieceInfo") {
            let words = Detail::new("应用程序的私有数据", "private data of a program");
            self.tell(Kind::Metadata, number, words);
        }
        let may_differ = |key: &Name| {
            let is_known = PAGE.contains(&key.as_bytes()) || self.is_inherited(key.as_bytes(), &before, &now);
            is_known && self.is_typed(key.as_bytes(), &now)
        };
        let mut refused: Vec<Name> = keys.into_iter().filter(|key| !may_differ(key)).collect();
        if inherits_otherwise && refused.is_empty() {
            refused.push(Name::new("Parent"));
        }
        if !refused.is_empty() {
            let names: Vec<String> = refused.iter().map(|key| format!("/{}", key.to_text())).collect();
            let words = Detail::list(names.iter().map(String::as_str), 5);
            self.refuse_at(
                number,
                Some(index),
                Detail::new(format!("页面 {}", words.zh), format!("the page: {}", words.en)),
            );
        }
        self.annotations(index, number.unwrap_or(super::TRAILER), &before, &now);
    }

    /// True when a page tells now by itself what it inherited, as programs write that take pages one by one.
    fn is_inherited(&self, key: &[u8], before: &Dictionary, now: &Dictionary) -> bool {
        let (true, None, Some(now)) = (INHERITED.contains(&key), before.entry(key), now.get(key)) else {
            return false;
        };
        let mut above = before.get(b"Parent").and_then(Object::as_reference);
        for _ in 0..DEPTH {
            let Some(Ok(node)) = above.map(|id| self.old.object(id)) else { return false };
            let Some(node) = node.object.as_dictionary() else { return false };
            if let Some(value) = node.get(key) {
                return same::under(key, self.old, value, self.new, now);
            }
            above = node.get(b"Parent").and_then(Object::as_reference);
        }
        false
    }

    /// The list of annotations of one page.
    fn annotations(&mut self, page: usize, owner: u32, before: &Dictionary, now: &Dictionary) {
        let list = |pdf: &formats::pdf::Pdf<'_>, dictionary: &Dictionary| match pdf.get(dictionary, b"Annots")
        {
            Ok(Some(Object::Array(items))) => items,
            _ => Vec::new(),
        };
        let (old, new) = (list(self.old, before), list(self.new, now));
        let mut owner = owner;
        if let Some(id) = now.get(b"Annots").and_then(Object::as_reference) {
            self.allow(owner, id.number);
            self.vetted(id.number, before.get(b"Annots") == now.get(b"Annots"));
            owner = id.number;
        }
        for id in new.iter().filter_map(Object::as_reference) {
            self.allow(owner, id.number);
        }
        // Those that were there are there still, in their order: what is painted later covers what was painted before.
        let mut rest = new.iter();
        let kept = old.iter().all(|item| rest.any(|one| same::value(self.old, item, self.new, one)));
        if !kept {
            let words = Detail::new(
                "批注被移除或调换次序",
                "an annotation was taken out, or their order was changed",
            );
            self.refuse_list(page, words);
        }
        // One that is listed again further down is painted again, over those in between.
        let added = added(&old, &new);
        if added.iter().any(|(_, is_again)| *is_again) {
            let words = Detail::new("批注被重复列出", "an annotation is listed more than once");
            self.refuse_list(page, words);
        }
        for (item, _) in added.into_iter().filter(|(_, is_again)| !is_again) {
            match item {
                Object::Reference(id) => self.added(page, *id),
                Object::Dictionary(dictionary) => {
                    self.take_entries(owner, dictionary, &ELSEWHERE);
                    let kind = self.kind_of_new(page, None, dictionary);
                    self.tell_annotation(kind, page, None, dictionary, ("新增批注", "a new annotation"));
                }
                _ => {}
            }
        }
    }

    fn refuse_list(&mut self, page: usize, words: Detail) {
        self.refuse_at(None, Some(page), words);
    }

    /// An annotation that was put on a page: that of a later signature, or one that is told.
    fn added(&mut self, page: usize, id: ObjectId) {
        // A widget belongs to one page (§12.5.2); what a second one shows of it is told.
        if self.new_widgets.get(&id.number) == Some(&Some(page)) {
            return;
        }
        let Some(dictionary) = self.new.object(id).ok().and_then(|one| one.object.as_dictionary().cloned())
        else {
            return;
        };
        self.vetted(id.number, false);
        self.take_entries(id.number, &dictionary, &ELSEWHERE);
        // The widget of a field that was there, put on a page only now.
        let words = if self.known.fields.contains(&id) {
            ("表单域被放到页面上", "a field was put on a page")
        } else {
            ("新增批注", "a new annotation")
        };
        let kind = self.kind_of_new(page, Some(id), &dictionary);
        self.tell_annotation(kind, page, Some(id.number), &dictionary, words);
    }

    /// Annotations that were there and whose own object changed; fields were looked at before.
    pub(super) fn changed_annotations(&mut self, numbers: &[u32]) -> Vec<u32> {
        let numbers: HashSet<u32> = numbers.iter().copied().collect();
        let mut found = Vec::new();
        for index in 0..self.new_pages.len() {
            let Some(page) = self.new_pages.get(index) else { break };
            let Ok(Some(Object::Array(items))) = self.new.get(&page.dictionary, b"Annots") else { continue };
            for id in items.iter().filter_map(Object::as_reference).filter(|id| numbers.contains(&id.number))
            {
                if self.structural.contains(&id.number) || self.content.contains(&id.number) {
                    continue;
                }
                let new = self.touched.get(&id.number).and_then(|touched| touched.new.clone());
                let dictionary = new.and_then(|new| new.object.as_dictionary().cloned()).unwrap_or_default();
                self.vetted(id.number, true);
                self.take_entries(id.number, &dictionary, &ELSEWHERE);
                // It covered or marked something before, and may not now.
                let words = ("批注被改动", "an annotation was changed");
                self.tell_annotation(Kind::Annotation, index, Some(id.number), &dictionary, words);
                found.push(id.number);
            }
        }
        found
    }
}

/// The items of a list of annotations that an older one does not have, or has less often: each with whether the list has
/// it already.
fn added<'o>(old: &[Object], new: &'o [Object]) -> Vec<(&'o Object, bool)> {
    let mut known: HashMap<ObjectId, usize> = HashMap::new();
    for id in old.iter().filter_map(Object::as_reference) {
        *known.entry(id).or_default() += 1;
    }
    // Those that are no objects of their own, by what they say.
    let said = |item: &Object| {
        let mut said = Vec::new();
        formats::pdf::write(item, &mut said);
        said
    };
    let mut direct: HashMap<Vec<u8>, usize> = HashMap::new();
    for item in old.iter().filter(|item| item.as_reference().is_none()) {
        *direct.entry(said(item)).or_default() += 1;
    }
    let mut seen: HashSet<ObjectId> = HashSet::new();
    let mut added = Vec::new();
    for item in new {
        if let Some(id) = item.as_reference() {
            let is_first = seen.insert(id);
            match known.get_mut(&id) {
                Some(left) if *left > 0 => *left -= 1,
                _ => added.push((item, !is_first)),
            }
        } else {
            match direct.get_mut(&said(item)) {
                Some(left) if *left > 0 => *left -= 1,
                _ => added.push((item, false)),
            }
        }
    }
    added
}

#[cfg(test)]
mod tests {
    use formats::pdf::{Object, ObjectId};

    use super::added;

    #[test]
    fn what_is_listed_again_is_found() {
        let list = |numbers: &[u32]| {
            numbers.iter().map(|number| Object::Reference(ObjectId::new(*number))).collect::<Vec<_>>()
        };
        let found = |old: &[u32], new: &[u32]| {
            let (old, new) = (list(old), list(new));
            let found = added(&old, &new);
            found
                .iter()
                .map(|(item, again)| (item.as_reference().unwrap().number, *again))
                .collect::<Vec<_>>()
        };
        assert_eq!(found(&[1, 2], &[1, 2, 3]), [(3, false)]);
        assert_eq!(found(&[1, 2], &[1, 2, 1]), [(1, true)]);
        assert_eq!(found(&[], &[4, 4]), [(4, false), (4, true)]);
        assert_eq!(found(&[5, 5], &[5, 5]), []);
    }

    /// Thirty thousand of them, compared one with another, would take this test minutes.
    #[test]
    fn annotations_that_are_no_objects_are_counted_by_what_they_say() {
        let list: Vec<Object> =
            (0..30_000).map(|number| Object::Array(vec![Object::Integer(number)])).collect();
        let turned: Vec<Object> = list.iter().rev().cloned().collect();
        assert!(added(&list, &turned).is_empty());
        let more = [turned, vec![Object::Array(vec![Object::Integer(7)])]].concat();
        assert_eq!(added(&list, &more).len(), 1);
    }
}
