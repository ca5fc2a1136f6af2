//! What document information, metadata and evidence may hold (ISO 32000-1 §14.3, ISO 32000-2 §12.8.4.3): text and
//! numbers, and streams that lead nowhere. Under such a name a whole second document could be brought along, for readers
//! that look for objects by themselves.

use formats::pdf::{Dictionary, Name, Object, Stream};

use super::catalog::number;
use super::{Comparison, Kind, TRAILER};
use crate::pdf::same;
use crate::text::Detail;

/// What a reference to a stream led to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Taken {
    /// An object that is as it was.
    Untouched,
    /// A stream that leads nowhere, or nothing any more.
    Stream,
    /// Anything else.
    Other,
}

impl Comparison<'_, '_> {
    /// Document information: strings (text and dates), numbers, names and booleans, each standing there or in an object
    /// of its own. What it holds beside must be as it was.
    pub(super) fn information(&mut self, old: &Dictionary, new: &Dictionary) {
        let Some(value) = new.get(b"Info") else { return };
        let before = self.old.dictionary(old, b"Info").ok().flatten().unwrap_or_default();
        let (owner, now) = self.take_one(TRAILER, value);
        let is_touched = self.is_touched(value);
        let is_another = old.get(b"Info").is_none_or(|old| !same::value(self.old, old, self.new, value));
        let Some(Object::Dictionary(now)) = now else {
            if is_touched || is_another {
                self.refuse_keys(number(value), "文件尾", "the trailer:", &[Name::new("Info")]);
            }
            return;
        };
        let (mut changed, mut refused) = (is_touched || is_another, Vec::new());
        for entry in now.entries() {
            let (_, held) = self.take_one(owner, &entry.value);
            let is_changed = self.is_touched(&entry.value);
            changed |= is_changed;
            let was = before.get(entry.key.as_bytes());
            let is_as_it_was = || {
                !is_changed
                    && was.is_some_and(|was| same::value(self.old, was, self.new, &entry.value))
                    && !self.leads_to_touched(&entry.value)
            };
            if !held.as_ref().is_none_or(is_simple) && !is_as_it_was() {
                refused.push(entry.key.clone());
            }
        }
        self.refuse_keys(number(value), "文档信息中的", "in the document information,", &refused);
        if changed {
            self.tell(Kind::Metadata, number(value), Detail::new("文档信息", "document information"));
        }
    }

    /// What a value is or refers to: one step, and what it leads to further is left to others.
    fn take_one(&mut self, owner: u32, value: &Object) -> (u32, Option<Object>) {
        let Some(id) = value.as_reference() else { return (owner, Some(value.clone())) };
        self.allow(owner, id.number);
        let Some(touched) = self.touched.get(&id.number) else {
            self.passed.insert(id.number);
            return (id.number, self.new.object(id).ok().map(|indirect| indirect.object.clone()));
        };
        let object = touched.new.as_ref().map(|new| new.object.clone());
        let is_taken =
            object.as_ref().is_none_or(|object| is_simple(object) || matches!(object, Object::Dictionary(_)));
        if is_taken && !self.structural.contains(&id.number) {
            self.content.insert(id.number);
        }
        (id.number, object)
    }

    /// Takes in a stream of metadata or of evidence, when it is touched.
    pub(super) fn take_stream(&mut self, owner: u32, value: &Object) -> Taken {
        let Some(id) = value.as_reference() else { return Taken::Other };
        self.allow(owner, id.number);
        let Some(touched) = self.touched.get(&id.number) else {
            self.passed.insert(id.number);
            return Taken::Untouched;
        };
        match touched.new.as_ref().map(|new| new.object.clone()) {
            None => {}
            Some(Object::Stream(stream)) if self.is_bare(&stream) => {
                self.take_entries(id.number, &stream.dictionary, &[]);
            }
            Some(_) => return Taken::Other,
        }
        if !self.structural.contains(&id.number) {
            self.content.insert(id.number);
        }
        Taken::Stream
    }

    /// True when the dictionary of a stream leads nowhere: what it refers to (its length, its filters) refers no further
    /// and is no stream.
    fn is_bare(&self, stream: &Stream) -> bool {
        let mut targets = Vec::new();
        stream.dictionary.references(&mut |id| targets.push(id));
        targets.into_iter().all(|id| {
            let Ok(indirect) = self.new.object(id) else { return true };
            let mut leads = matches!(indirect.object, Object::Stream(_));
            indirect.object.references(&mut |_| leads = true);
            !leads && !is_tree(&indirect.object)
        })
    }
}

/// A value without others in it, which refers to nothing.
fn is_simple(object: &Object) -> bool {
    !matches!(object, Object::Array(_) | Object::Dictionary(_) | Object::Stream(_) | Object::Reference(_))
}

/// A catalogue, a node of the tree of pages or a page, as readers that repair files look for them. What says its type
/// in an object of its own may be any of them.
pub(super) fn is_tree(object: &Object) -> bool {
    let kinds = [&b"Catalog"[..], b"Pages", b"Page"];
    match object.as_dictionary().and_then(|dictionary| dictionary.get(b"Type")) {
        Some(Object::Name(name)) => kinds.contains(&name.as_bytes()),
        Some(Object::Reference(_)) => true,
        _ => false,
    }
}
