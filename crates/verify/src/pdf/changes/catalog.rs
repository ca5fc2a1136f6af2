//! Trailer, catalogue, evidence and metadata.

use std::collections::BTreeSet;

use formats::pdf::{Dictionary, Entry, Name, Object};

use super::plain::Taken;
use super::{Change, Comparison, Kind};
use crate::pdf::same;
use crate::text::Detail;

/// Keys of the catalogue that later revisions may change; some have a look of their own.
const CATALOG: [&[u8]; 7] = [b"AcroForm", b"DSS", b"Extensions", b"Version", b"Metadata", b"Type", b"Pages"];
/// Keys of a trailer, and of the dictionary of a cross-reference stream that is one (ISO 32000-1 tables 5, 15, 17, 19).
const TRAILER_ENTRIES: [&[u8]; 14] = [
    b"Size",
    b"Prev",
    b"Root",
    b"Encrypt",
    b"Info",
    b"ID",
    b"XRefStm",
    b"Type",
    b"Index",
    b"W",
    b"Length",
    b"Filter",
    b"DecodeParms",
    b"DL",
];
/// References that are followed from one key of the trailer.
const MOST_STEPS: usize = 64;
/// Keys that concern logical structure.
const STRUCTURE: [&[u8]; 2] = [b"StructTreeRoot", b"MarkInfo"];

impl Comparison<'_, '_> {
    /// Cross-reference streams and object streams that are new: what they hold is looked at by itself.
    pub(super) fn bookkeeping(&mut self) {
        let is_own = |object: &Object| {
            object.as_stream().is_some_and(|stream| {
                stream.dictionary.has_name(b"Type", b"XRef") || stream.dictionary.has_name(b"Type", b"ObjStm")
            })
        };
        let own = self.touched.iter().filter(|(_, touched)| {
            touched.new.as_ref().is_some_and(|new| is_own(&new.object))
                && touched.old.as_ref().is_none_or(|old| is_own(&old.object))
        });
        // Nothing refers to them: one that a page uses beside is no bookkeeping.
        let own: Vec<u32> = own.map(|(number, _)| *number).collect();
        let named = self.named_in_streams(&own);
        let hidden: Vec<Change> = own.iter().filter_map(|number| self.hidden_in(*number, &named)).collect();
        for change in hidden {
            self.tell_at(change);
        }
        self.content.extend(own);
    }

    /// Which object cross-reference data of any revision names in which of these object streams: gone through once for
    /// all of them.
    fn named_in_streams(&self, containers: &[u32]) -> BTreeSet<(u32, u32)> {
        let containers: BTreeSet<u32> = containers.iter().copied().collect();
        let entries = self.new.sections().iter().flat_map(|section| &section.entries);
        let named = entries.filter_map(|(number, entry)| match entry {
            Entry::InStream { container, .. } => Some((*container, *number)),
            Entry::File { .. } | Entry::Free => None,
        });
        named.filter(|(container, _)| containers.contains(container)).collect()
    }

    /// An object in an object stream that no cross-reference data names there: readers that repair a file take it.
    fn hidden_in(&self, container: u32, named: &BTreeSet<(u32, u32)>) -> Option<Change> {
        let new = self.touched.get(&container)?.new.as_ref()?;
        if !new.object.as_dictionary().is_some_and(|dictionary| dictionary.has_name(b"Type", b"ObjStm")) {
            return None;
        }
        let held = self.new.numbers_in_stream(container);
        let (kind, words) = match held {
            Ok(held) => {
                let hidden = held.into_iter().find(|number| !named.contains(&(container, *number)))?;
                let zh = format!("对象流中藏有交叉引用未列出的对象 {hidden}");
                let en = format!(
                    "object {hidden} is hidden in an object stream, where no cross-reference data names it"
                );
                (Kind::Refused, Detail::new(zh, en))
            }
            Err(_) => (Kind::Orphan, Detail::new("无法读取的对象流", "an object stream that cannot be read")),
        };
        Some(Change {
            kind,
            object: Some(container),
            page: None,
            field: None,
            rect: None,
            is_new: false,
            words,
        })
    }

    pub(super) fn trailer(&mut self) {
        let (old, new) = (self.old.trailer().clone(), self.new.trailer().clone());
        let differs = |key: &[u8]| match (old.get(key), new.get(key)) {
            (Some(a), Some(b)) => !same::value(self.old, a, self.new, b),
            (None, None) => false,
            _ => true,
        };
        let keys: Vec<Name> =
            [&b"Root"[..], b"Encrypt"].into_iter().filter(|key| differs(key)).map(Name::new).collect();
        // Some readers drop objects at and above `Size`, those that were signed too. PDFBox counts to the last object of
        // the update alone.
        let size = |trailer: &Dictionary| trailer.integer(b"Size").unwrap_or_default();
        if size(&new) < size(&old) {
            let words = Detail::new(
                "文件尾 /Size 变小，有的阅读器会丢弃编号超出的对象，有的会重建文件",
                "the trailer: /Size became smaller, so that some readers drop the objects beyond it and others repair \
                 the file",
            );
            self.tell(Kind::Ambiguous, None, words);
        }
        self.refuse_keys(None, "文件尾", "the trailer:", &keys);
        self.private_keys(&old, &new);
        // The first half says which document it is, and stays what it was (§14.4).
        let first = |trailer: &Dictionary| trailer.get(b"ID").and_then(Object::as_array)?.first().cloned();
        if first(&old).is_some() && first(&old) != first(&new) {
            self.tell(
                Kind::Metadata,
                None,
                Detail::new("文件标识 /ID 改变", "the identifier /ID is another"),
            );
        }
        self.information(&old, &new);
    }

    /// Keys of the trailer that ISO 32000 does not define. Some reader may follow them to a stream and show that
    /// instead of the pages, as LibreOffice does with `AdditionalStreams`: one that leads to a stream, and to no such
    /// one in the signed revision, leaves the verdict open.
    fn private_keys(&mut self, old: &Dictionary, new: &Dictionary) {
        for entry in new.entries().iter().filter(|entry| !TRAILER_ENTRIES.contains(&entry.key.as_bytes())) {
            let is_as_it_was = old
                .get(entry.key.as_bytes())
                .is_some_and(|before| same::value(self.old, before, self.new, &entry.value));
            if is_as_it_was || !self.leads_to_stream(&entry.value) {
                continue;
            }
            let key = entry.key.to_text();
            let words = Detail::new(
                format!("文件尾 /{key} 指向另一个流，有的阅读器会转而显示它"),
                format!("the trailer: /{key} leads to another stream, which some readers show instead"),
            );
            self.tell(Kind::Orphan, None, words);
        }
    }

    /// True when a value refers, directly or within arrays and dictionaries, to a stream.
    fn leads_to_stream(&self, value: &Object) -> bool {
        let mut open = vec![value.clone()];
        let mut left = MOST_STEPS;
        let mut found = false;
        while let Some(value) = open.pop() {
            let mut next = Vec::new();
            value.references(&mut |id| next.push(id));
            for id in next {
                if left == 0 {
                    return true;
                }
                left -= 1;
                match self.new.object(id).map(|indirect| indirect.object.clone()) {
                    Ok(Object::Stream(_)) => found = true,
                    Ok(object) => open.push(object),
                    Err(_) => {}
                }
            }
        }
        found
    }

    pub(super) fn catalog(&mut self) {
        let (Ok(old), Ok(new)) = (self.old.catalog(), self.new.catalog()) else { return };
        let (Some(before), Some(now)) = (old.object.as_dictionary(), new.object.as_dictionary()) else {
            return;
        };
        let root = new.id.number;
        if self.touched.contains_key(&root) || old.id != new.id {
            self.structural.insert(root);
            let keys = same::differing(self.old, before, self.new, now);
            let is_allowed = |key: &[u8]| CATALOG.contains(&key) || STRUCTURE.contains(&key);
            let (fine, refused): (Vec<Name>, Vec<Name>) = keys
                .into_iter()
                .partition(|key| is_allowed(key.as_bytes()) && self.is_typed(key.as_bytes(), now));
            self.refuse_keys(Some(root), "文档目录", "the catalogue:", &refused);
            if fine.iter().any(|key| STRUCTURE.contains(&key.as_bytes())) {
                self.tell(Kind::Structure, Some(root), Detail::new("逻辑结构", "logical structure"));
            }
            self.versions(root, before, now);
        }
        if let Some(metadata) = now.get(b"Metadata")
            && self.is_touched(metadata)
        {
            if self.take_stream(root, metadata) == Taken::Other {
                self.refuse_keys(Some(root), "文档目录", "the catalogue:", &[Name::new("Metadata")]);
            }
            self.tell(Kind::Metadata, number(metadata), Detail::new("元数据", "metadata"));
        }
        self.evidence(root, before, now);
        self.structure(before, now);
    }

    /// Version and extensions of the format: words and numbers, which no page shows (§7.12). Extensions that bring
    /// anything else along are none.
    fn versions(&mut self, root: u32, before: &Dictionary, now: &Dictionary) {
        if let Some(extensions) = now.get(b"Extensions") {
            let taken: BTreeSet<u32> = self.content.clone();
            self.take_content(root, extensions);
            let is_more = self.content.iter().filter(|number| !taken.contains(number)).any(|number| {
                let new = self.touched.get(number).and_then(|touched| touched.new.as_ref());
                new.is_some_and(|new| !matches!(new.object, Object::Dictionary(_) | Object::Array(_)))
            });
            if is_more {
                self.refuse_keys(Some(root), "文档目录", "the catalogue:", &[Name::new("Extensions")]);
            }
        }
        let differs = |key: &[u8]| before.get(key) != now.get(key);
        if differs(b"Version") || differs(b"Extensions") {
            let words = Detail::new("所声明的格式版本", "the version of the format that it says");
            self.tell(Kind::Metadata, Some(root), words);
        }
    }

    /// The document security store (ISO 32000-2 §12.8.4.3): arrays of streams, and the same by signature.
    fn evidence(&mut self, root: u32, before: &Dictionary, now: &Dictionary) {
        let Some(store) = now.get(b"DSS") else {
            if before.get(b"DSS").is_some() {
                self.tell(Kind::Refused, None, Detail::new("验证数据被移除", "evidence was taken out"));
            }
            return;
        };
        let taken = self.content.len();
        let (owner, store) = self.enter(root, store);
        if let Some(store) = store.as_ref().and_then(Object::as_dictionary) {
            self.streams(owner, store, &[b"Certs", b"CRLs", b"OCSPs"]);
            if let Some(vri) = store.get(b"VRI") {
                let (owner, vri) = self.enter(owner, vri);
                let vri = vri.as_ref().and_then(Object::as_dictionary).cloned().unwrap_or_default();
                for entry in vri.entries() {
                    let (owner, one) = self.enter(owner, &entry.value);
                    if let Some(Object::Dictionary(one)) = one {
                        self.streams(owner, &one, &[b"Cert", b"CRL", b"OCSP", b"TS"]);
                    }
                }
            }
        }
        if self.content.len() > taken || now.get(b"DSS") != before.get(b"DSS") {
            let object = now.get(b"DSS").and_then(number);
            self.tell(Kind::Evidence, object, Detail::new("验证数据（DSS）", "evidence (DSS)"));
        }
    }

    /// Streams under some keys: each one, or an array of them.
    fn streams(&mut self, owner: u32, dictionary: &Dictionary, keys: &[&[u8]]) {
        for value in keys.iter().filter_map(|key| dictionary.get(key)) {
            let (owner, value) = self.enter_array(owner, value);
            for item in value.iter().filter(|item| item.as_reference().is_some()) {
                if self.take_stream(owner, item) == Taken::Other {
                    let key = [Name::new("DSS")];
                    self.refuse_keys(number(item), "验证数据", "evidence:", &key);
                }
            }
        }
    }

    /// The items of an array, whose references are counted one by one and not all at once.
    fn enter_array(&mut self, owner: u32, value: &Object) -> (u32, Vec<Object>) {
        match value {
            Object::Array(items) => (owner, items.clone()),
            Object::Reference(id) => {
                let resolved = self.new.object(*id).map(|indirect| indirect.object.clone());
                let Ok(Object::Array(items)) = resolved else { return (owner, vec![value.clone()]) };
                self.allow(owner, id.number);
                if self.touched.contains_key(&id.number) && !self.structural.contains(&id.number) {
                    self.content.insert(id.number);
                }
                (id.number, items)
            }
            _ => (owner, Vec::new()),
        }
    }
}

/// The number of the object that a value refers to.
pub(super) fn number(value: &Object) -> Option<u32> {
    value.as_reference().map(|id| id.number)
}
