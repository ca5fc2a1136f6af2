//! Following what a rule explains: from an appearance, a value or evidence to the touched objects that belong to it.

use std::collections::BTreeSet;

use formats::pdf::{Dictionary, Object, ObjectId};

use super::Comparison;

/// Objects that are followed to see that nothing of what is used was changed.
const FOLLOWED: usize = 2_000;

impl Comparison<'_, '_> {
    /// Takes in whatever touched objects a value leads to, however deep, as content. True when there are any. Objects
    /// that are as they were are not entered.
    pub(super) fn take_content(&mut self, owner: u32, value: &Object) -> bool {
        let mut open: Vec<(u32, ObjectId)> = Vec::new();
        value.references(&mut |id| open.push((owner, id)));
        let mut found = false;
        while let Some((owner, id)) = open.pop() {
            let number = id.number;
            self.allow(owner, number);
            let Some(touched) = self.touched.get(&number) else { continue };
            found = true;
            if self.structural.contains(&number) || !self.content.insert(number) {
                continue;
            }
            if let Some(new) = &touched.new {
                new.object.references(&mut |id| open.push((number, id)));
            }
        }
        found
    }

    /// The same for the entries of a dictionary, without some keys.
    pub(super) fn take_entries(&mut self, owner: u32, dictionary: &Dictionary, without: &[&[u8]]) -> bool {
        let entries = dictionary.entries().iter().filter(|entry| !without.contains(&entry.key.as_bytes()));
        let mut found = false;
        for entry in entries {
            found |= self.take_content(owner, &entry.value);
        }
        found
    }

    /// Follows an appearance dictionary (§12.5.5) through its levels, also where those are as they were: what they lead
    /// to may be touched.
    pub(super) fn take_appearance(&mut self, owner: u32, dictionary: &Dictionary) -> bool {
        let Some(appearance) = dictionary.get(b"AP") else { return false };
        let mut found = self.is_touched(appearance);
        let (owner, appearance) = self.enter(owner, appearance);
        let Some(appearance) = appearance.as_ref().and_then(Object::as_dictionary) else { return found };
        for key in [&b"N"[..], b"R", b"D"] {
            let Some(value) = appearance.get(key) else { continue };
            found |= self.is_touched(value);
            let (owner, value) = self.enter(owner, value);
            // States of a button: each a stream.
            if let Some(Object::Dictionary(states)) = value {
                for entry in states.entries() {
                    found |= self.is_touched(&entry.value);
                    self.enter(owner, &entry.value);
                }
            }
        }
        found
    }

    /// Goes to what a value is or refers to. A touched object is taken in with what it leads to.
    pub(super) fn enter(&mut self, owner: u32, value: &Object) -> (u32, Option<Object>) {
        let Some(id) = value.as_reference() else {
            if !matches!(value, Object::Dictionary(_)) {
                self.take_content(owner, value);
            }
            return (owner, Some(value.clone()));
        };
        self.allow(owner, id.number);
        if let Some(touched) = self.touched.get(&id.number) {
            let object = touched.new.as_ref().map(|new| new.object.clone());
            let is_first = !self.structural.contains(&id.number) && self.content.insert(id.number);
            if let Some(Object::Stream(stream)) = object.as_ref().filter(|_| is_first) {
                self.take_entries(id.number, &stream.dictionary, &[]);
            }
            return (id.number, object);
        }
        self.passed.insert(id.number);
        (id.number, self.new.object(id).ok().map(|indirect| indirect.object.clone()))
    }

    /// Objects that are as they were and through which a rule led to others that are not: what else refers to them shows
    /// the change as well.
    pub(super) fn leading(&self) -> BTreeSet<u32> {
        let mut leading: BTreeSet<u32> = BTreeSet::new();
        loop {
            let more: Vec<u32> = self
                .edges
                .keys()
                .filter(|(owner, target)| {
                    self.passed.contains(owner)
                        && !leading.contains(owner)
                        && (self.content.contains(target) || leading.contains(target))
                })
                .map(|(owner, _)| *owner)
                .collect();
            if more.is_empty() {
                return leading;
            }
            leading.extend(more);
        }
    }

    /// True when a value leads to a touched object, however deep. More objects than are followed may hold one.
    pub(super) fn leads_to_touched(&self, value: &Object) -> bool {
        let mut open: Vec<ObjectId> = Vec::new();
        let mut seen: BTreeSet<u32> = BTreeSet::new();
        value.references(&mut |id| open.push(id));
        while let Some(id) = open.pop() {
            if self.touched.contains_key(&id.number) || seen.len() > FOLLOWED {
                return true;
            }
            if !seen.insert(id.number) {
                continue;
            }
            if let Ok(indirect) = self.new.object(id) {
                indirect.object.references(&mut |id| open.push(id));
            }
        }
        false
    }

    /// True when a value refers to a touched object.
    pub(super) fn is_touched(&self, value: &Object) -> bool {
        value.as_reference().is_some_and(|id| self.touched.contains_key(&id.number))
    }
}
