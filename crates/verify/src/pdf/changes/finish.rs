//! What no rule has explained, and whether what was explained is used in another way too.

use std::collections::BTreeSet;

use formats::asn1::{Context, Mode, Tag};
use formats::pdf::{Object, PdfError};

use super::{Comparison, Kind, TRAILER, uses};
use crate::text::Detail;

impl Comparison<'_, '_> {
    pub(super) fn finish(&mut self) -> Result<(), PdfError> {
        let open = self.open();
        if !open.is_empty() {
            self.changed_annotations(&open);
        }
        let open: BTreeSet<u32> = self.open().into_iter().collect();
        let touched = self.touched.keys().copied().filter(|number| self.is_target(*number));
        let targets: BTreeSet<u32> = touched.chain(self.leading()).collect();
        let uses = uses::find(self.file, self.old, self.end, &targets)?;
        self.odd();
        self.carried();
        let used_now = self.used_now(&open);
        let (mut unused, mut orphans) = (0_usize, 0_usize);
        for number in targets {
            let users = uses.of(number);
            if open.contains(&number) {
                let is_new = self.touched.get(&number).is_none_or(super::Touched::is_new);
                if users.is_empty() && !uses.is_unclear(number) {
                    let is_used = used_now.contains(&number);
                    // A page that the tree does not hold is used by nothing, whatever refers to it.
                    let is_tree = self.is_tree(number);
                    unused += usize::from(is_new && is_used && !is_tree);
                    orphans += usize::from(is_new && (is_tree || !is_used && self.could_be_shown(number)));
                } else {
                    self.refuse(number);
                }
                continue;
            }
            let elsewhere = users.iter().find(|(user, count)| !self.may_use(*user, number, *count));
            if elsewhere.is_some() || uses.is_unclear(number) {
                self.refuse_shared(number, elsewhere.map(|(user, _)| *user));
            }
        }
        if unused > 0 {
            let words = Detail::new(format!("{unused} 个新对象"), format!("{unused} new objects"));
            self.tell(Kind::Unused, None, words);
        }
        if orphans > 0 {
            let words = Detail::new(
                format!("{orphans} 个无处引用的新对象"),
                format!("{orphans} new objects that nothing uses"),
            );
            self.tell(Kind::Orphan, None, words);
        }
        self.other_roles()
    }

    /// What cannot be read is no explained change, whatever leads to it.
    fn odd(&mut self) {
        let odd: Vec<u32> =
            self.touched.iter().filter(|(_, touched)| touched.is_odd).map(|(number, _)| *number).collect();
        for number in odd {
            let words = Detail::new(
                "对象无法解析，其他阅读器可能仍会显示它",
                "an object that cannot be read, and that other readers may show all the same",
            );
            self.tell(Kind::Orphan, Some(number), words);
        }
    }

    /// A page, a tree of pages or a catalogue that a rule took in as content: readers that repair a file find it.
    fn carried(&mut self) {
        let carried: Vec<u32> = self.content.iter().copied().filter(|number| self.is_tree(*number)).collect();
        for number in carried {
            let words = Detail::new(
                "夹带的页面或文档目录，修复式阅读器可能会显示它",
                "a page or a catalogue that is brought along, and that readers which repair the file may show",
            );
            self.tell(Kind::Orphan, Some(number), words);
        }
    }

    fn is_tree(&self, number: u32) -> bool {
        let new = self.touched.get(&number).and_then(|touched| touched.new.as_ref());
        new.is_some_and(|new| super::plain::is_tree(&new.object))
    }

    /// What the touched objects refer to as they are now. What they say was compared, so that an object which only holds
    /// what stood in another place before is explained by them. New objects that none of these leads to use nothing.
    fn used_now(&self, open: &BTreeSet<u32>) -> BTreeSet<u32> {
        let is_loose = |number: &u32| {
            open.contains(number) && self.touched.get(number).is_some_and(super::Touched::is_new)
        };
        let new = |number: &u32| self.touched.get(number).and_then(|touched| touched.new.as_ref());
        // What stands in the trailer under other keys is looked at by `trailer`, and explains nothing.
        let trailer = self.new.trailer();
        let led = uses::TRAILER_KEYS.iter().filter_map(|key| trailer.get(key));
        let mut used = BTreeSet::new();
        let firm = self.touched.keys().filter(|number| !is_loose(number)).filter_map(new);
        let mut queue: Vec<&Object> = firm.map(|new| &new.object).chain(led).collect();
        while let Some(object) = queue.pop() {
            object.references(&mut |id| {
                if used.insert(id.number) && is_loose(&id.number) {
                    queue.extend(new(&id.number).map(|new| &new.object));
                }
            });
        }
        used
    }

    /// True for an unused object that a reader could come to show once it repairs the file: a stream, in which other
    /// objects can lie, or what a page tree is made of. Writers leave plain objects about, such as fonts never set, the
    /// empty appearance of a field that was signed in a revision of its own, and evidence of an earlier revision that a
    /// later one collected anew.
    fn could_be_shown(&self, number: u32) -> bool {
        let new = self.touched.get(&number).and_then(|touched| touched.new.as_ref());
        new.is_some_and(|new| {
            let is_stream = new.object.as_stream();
            let is_stream =
                is_stream.is_some_and(|stream| !self.is_blank(stream) && !self.is_evidence(stream));
            is_stream || super::plain::is_tree(&new.object)
        })
    }

    /// True for a form without content that refers to nothing.
    fn is_blank(&self, stream: &formats::pdf::Stream) -> bool {
        let mut refers = false;
        stream.dictionary.references(&mut |_| refers = true);
        let is_white =
            |data: std::borrow::Cow<'_, [u8]>| data.iter().all(|byte| crate::pdf::file::is_white(*byte));
        let is_form = stream.dictionary.has_name(b"Subtype", b"Form");
        is_form && !refers && self.new.raw_data(stream).is_ok_and(is_white)
    }

    /// True for a certificate, a list or an answer (DER, a sequence) in a bare stream whose stored bytes hold no object.
    fn is_evidence(&self, stream: &formats::pdf::Stream) -> bool {
        let keys = [&b"Length"[..], b"Filter", b"DecodeParms"];
        let is_bare = stream.dictionary.entries().iter().all(|entry| keys.contains(&entry.key.as_bytes()));
        let holds_none = |stored: std::borrow::Cow<'_, [u8]>| memchr::memmem::find(&stored, b"obj").is_none();
        is_bare
            && self.new.raw_data(stream).is_ok_and(holds_none)
            && self.new.data(stream).is_ok_and(|data| is_one_sequence(&data))
    }

    /// Touched objects that no rule has explained.
    fn open(&self) -> Vec<u32> {
        let is_open = |number: &&u32| !self.structural.contains(number) && !self.content.contains(number);
        self.touched.keys().filter(is_open).copied().collect()
    }

    /// Objects whose uses matter: all but those that were there and whose keys were looked at
    /// one by one.
    fn is_target(&self, number: u32) -> bool {
        let is_new = self.touched.get(&number).is_some_and(super::Touched::is_new);
        is_new
            || self.reused.contains(&number)
            || self.is_structure(number)
            || !self.structural.contains(&number)
    }

    /// True when a user of an explained object is one that a rule has followed. What was replaced as content counts no
    /// longer; what was looked at key by key counts as it is now.
    fn may_use(&self, user: u32, number: u32, count: usize) -> bool {
        if self.is_structure(number) && self.uses_as_structure(user, number) {
            return true;
        }
        let allowed = self.edges.get(&(user, number)).copied().unwrap_or_default();
        let Some(touched) = self.touched.get(&user) else { return count <= allowed };
        if !self.structural.contains(&user) {
            return true;
        }
        let mut now = 0_usize;
        if let Some(new) = &touched.new {
            new.object.references(&mut |id| now += usize::from(id.number == number));
        }
        now <= allowed
    }

    fn refuse(&mut self, number: u32) {
        if self.is_told_enough(Kind::Refused) {
            return self.refuse_at(Some(number), None, Detail::same("…"));
        }
        let what = self.describe(number);
        let page = self.page_of(number);
        let is_gone =
            self.touched.get(&number).is_some_and(|touched| touched.new.is_none() && !touched.is_odd);
        let words = if is_gone {
            Detail::new(format!("{} 被移除", what.zh), format!("{} was taken out", what.en))
        } else {
            Detail::new(format!("{} 被改动", what.zh), format!("{} was changed", what.en))
        };
        self.refuse_at(Some(number), page, words);
    }

    fn refuse_shared(&mut self, number: u32, user: Option<u32>) {
        if self.is_told_enough(Kind::Refused) {
            return self.refuse_at(Some(number), None, Detail::same("…"));
        }
        let what = self.describe(number);
        let page = self.page_of(number);
        let (zh, en) = match user {
            Some(TRAILER) => ("文件尾".to_owned(), "the trailer".to_owned()),
            Some(user) => (format!("对象 {user}"), format!("object {user}")),
            None => ("别处".to_owned(), "something else".to_owned()),
        };
        let words = Detail::new(
            format!("{} 被改动，而{zh}也使用它", what.zh),
            format!("{} was changed, and {en} uses it too", what.en),
        );
        self.refuse_at(Some(number), page, words);
    }

    /// What an object is, as far as it says.
    pub(super) fn describe(&self, number: u32) -> Detail {
        let touched = self.touched.get(&number);
        let object = touched.and_then(|touched| touched.old.as_ref().or(touched.new.as_ref()));
        let dictionary = object.and_then(|indirect| indirect.object.as_dictionary());
        let name = |key: &[u8]| dictionary.and_then(|dictionary| dictionary.name(key));
        let named = name(b"Subtype").or_else(|| name(b"Type")).map(formats::pdf::Name::to_text);
        let is_stream = object.is_some_and(|indirect| matches!(indirect.object, Object::Stream(_)));
        match (named, is_stream) {
            (Some(named), _) => Detail::same(crate::text::printable(&named)),
            (None, true) => Detail::new("内容流", "a stream of content"),
            (None, false) => Detail::new("对象", "an object"),
        }
    }
}

/// True for one SEQUENCE in DER and nothing besides, as certificates, lists and answers are.
fn is_one_sequence(data: &[u8]) -> bool {
    Context::new(Mode::Strict).top(data).is_ok_and(|value| value.tag() == Tag::SEQUENCE)
}
