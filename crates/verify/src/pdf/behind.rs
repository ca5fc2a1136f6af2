//! What stands behind the signed bytes, read as one writes an update: objects, cross-reference data with a trailer,
//! `startxref` with its number, `%%EOF`, and blanks between. Every byte belongs to one of these. Whatever a reader that
//! repairs, or one that forgives less than ours, could take for something else is told: nothing there is left to chance,
//! since nobody signed it.

use std::rc::Rc;

use formats::pdf::{
    Entry, Fact, Object, ObjectId, Pdf, PdfError, Section, SectionKind, Standing, StreamData,
};

use super::file::{File, is_edge, is_white, skip_white};
use super::signed::is_dictionary_of;
use super::standing::misplaced;
use super::tokens;
use crate::text::Detail;

/// What is odd, and where.
pub(super) type Odd = (usize, Detail);

/// One revision as it was read.
#[derive(Debug, Default)]
pub(super) struct Walked {
    /// Where it ends.
    end: usize,
    /// The first byte that belongs to nothing.
    foreign: Option<usize>,
    odd: Option<Odd>,
    /// Where its objects begin.
    headers: Vec<usize>,
}

/// What the bytes behind the signed ones are.
#[derive(Debug, Default)]
pub(super) struct Behind {
    /// The first byte that belongs to no revision.
    pub(super) foreign: Option<usize>,
    /// The first thing that is not written as an update is.
    pub(super) odd: Option<Odd>,
}

/// Reads what stands behind `end`: the revisions of these sections, in the order of the file, the first of which builds on
/// the section at `signed`.
pub(super) fn read(file: &File<'_>, sections: &[&Section], end: usize, signed: usize) -> Behind {
    let (mut at, mut before) = (end, signed);
    let mut behind = Behind::default();
    let mut headers: Vec<usize> = Vec::new();
    for section in sections {
        if section.prev != Some(before) {
            let words = ("交叉引用数据不是依次相接", "cross-reference data do not follow one another");
            behind.note(section.offset, words);
        }
        before = section.offset;
        let walked = known(file, section, at);
        behind.odd = behind.odd.take().or_else(|| walked.odd.clone());
        headers.extend(&walked.headers);
        at = walked.end;
        if walked.foreign.is_some() {
            behind.foreign = walked.foreign;
            return behind;
        }
    }
    // Behind the last revision a comment is as foreign as anything else.
    let rest = file.bytes.get(at..).unwrap_or_default();
    behind.foreign = (!rest.iter().all(|byte| is_white(*byte))).then_some(at);
    headers.sort_unstable();
    let from = file.objects.partition_point(|found| found.offset < end);
    let mut found = file.objects.get(from..).unwrap_or_default().iter();
    if let Some(hidden) = found.find(|found| headers.binary_search(&found.offset).is_err()) {
        let words =
            ("另一对象之中还有对象头", "the header of an object stands inside another one, or in a comment");
        behind.note(hidden.offset, words);
    }
    behind
}

impl Behind {
    fn note(&mut self, at: usize, (zh, en): (&str, &str)) {
        self.odd.get_or_insert_with(|| (at, Detail::new(zh, en)));
    }
}

/// Each revision is read once, whatever signature asks.
fn known(file: &File<'_>, section: &Section, begin: usize) -> Rc<Walked> {
    let key = (section.offset, skip_blank(file.bytes, begin));
    if let Some(walked) = file.known.walked.borrow().get(&key) {
        return Rc::clone(walked);
    }
    let walked = Rc::new(Walk::over(file, section, begin));
    file.known.walked.borrow_mut().insert(key, Rc::clone(&walked));
    walked
}

struct Walk<'w, 'a> {
    file: &'w File<'a>,
    section: &'w Section,
    revision: Rc<Pdf<'a>>,
    /// Where its cross-reference data begin, white space before them left out.
    begins: usize,
    walked: Walked,
}

impl<'w, 'a> Walk<'w, 'a> {
    fn over(file: &'w File<'a>, section: &'w Section, begin: usize) -> Walked {
        let begins = skip_white(file.bytes, section.offset);
        let stop = file.ends.get(file.ends.partition_point(|end| end.range.start < begins));
        let end = stop.map_or(file.bytes.len(), |stop| stop.range.end);
        let revision = match file.revision(end) {
            Ok(revision) => revision,
            Err(error) => {
                let odd = Some((section.offset, Detail::same(error.to_string())));
                return Walked { end, odd, ..Walked::default() };
            }
        };
        let mut walk = Self { file, section, revision, begins, walked: Walked::default() };
        let objects_end = walk.objects(begin);
        let Some(at) = objects_end.and_then(|at| walk.section(at)) else { return walk.walked };
        walk.walked.end = at;
        let Some(stop) = stop else {
            walk.note(at, "没有结束标记", "the mark of the end is missing");
            walk.walked.end = file.bytes.len();
            return walk.walked;
        };
        if skip_blank(file.bytes, at) != stop.range.start {
            walk.walked.foreign = Some(at);
            return walk.walked;
        }
        let base = walk.revision.header_offset();
        if stop.offset.checked_add(base) != Some(section.offset) {
            walk.note(stop.range.start, "startxref 指向别处", "startxref leads elsewhere");
        }
        walk.facts();
        walk.walked.end = end;
        walk.walked
    }

    fn note(&mut self, at: usize, zh: &str, en: &str) {
        self.walked.odd.get_or_insert_with(|| (at, Detail::new(zh, en)));
    }

    fn note_same(&mut self, at: usize, words: String) {
        self.walked.odd.get_or_insert_with(|| (at, Detail::same(words)));
    }

    /// The objects up to the cross-reference data; none where something is foreign.
    fn objects(&mut self, begin: usize) -> Option<usize> {
        let mut at = skip_blank(self.file.bytes, begin);
        while at < self.begins {
            let found = self.file.objects.get(self.file.objects.partition_point(|found| found.offset < at));
            let found = found.filter(|found| found.offset == at);
            let Some(found) = found.filter(|found| self.file.is_listed(at, found.id.number)) else {
                self.walked.foreign = Some(at);
                return None;
            };
            if header(self.file.bytes, at) != Some((found.id.number, found.id.generation)) {
                self.note(at, "对象头写法异常", "the header of an object is not written plainly");
            }
            if !self.is_named(found.id.number, found.id.generation, at) {
                let zh = "本修订版的交叉引用没有列出此处的对象";
                self.note(at, zh, "cross-reference data of its own revision does not name an object");
            }
            self.walked.headers.push(at);
            at = skip_blank(self.file.bytes, self.object(at));
        }
        if at > self.begins {
            self.note(self.begins, "交叉引用数据在对象之中", "cross-reference data stand inside an object");
        }
        Some(self.begins)
    }

    /// True when this revision says that the object stands here, or it is its stream of cross-reference data.
    fn is_named(&self, number: u32, generation: u16, at: usize) -> bool {
        let own = self.section.entries.binary_search_by_key(&number, |(number, _)| *number);
        let own = own.ok().and_then(|index| self.section.entries.get(index));
        let is_own = own.is_some_and(|(_, entry)| match entry {
            Entry::File { offset, generation: own } => {
                skip_white(self.file.bytes, *offset) == at && *own == generation
            }
            Entry::InStream { .. } | Entry::Free => false,
        });
        is_own || self.beside() == Some(at)
    }

    /// Where the stream of a hybrid section stands.
    fn beside(&self) -> Option<usize> {
        let offset = usize::try_from(self.section.trailer.exact_integer(b"XRefStm")?).ok()?;
        Some(skip_white(self.file.bytes, offset.checked_add(self.revision.header_offset())?))
    }

    /// Reads the object that begins here; where the next thing may begin.
    fn object(&mut self, at: usize) -> usize {
        match self.revision.read_at(at) {
            Ok(standing) => {
                self.standing(at, &standing);
                standing.range.end
            }
            Err(error) => {
                self.note_same(at, error.to_string());
                let next = self.file.objects.partition_point(|found| found.offset <= at);
                let next = self.file.objects.get(next..).unwrap_or_default().iter();
                let mut next = next.filter(|found| self.file.is_listed(found.offset, found.id.number));
                next.next().map_or(self.begins, |found| found.offset.min(self.begins))
            }
        }
    }

    fn standing(&mut self, at: usize, standing: &Standing) {
        // A key that stands twice is told as a change. Behind cross-reference data nothing but `startxref` may stand: that
        // PDFium leaves out their `endobj` changes nothing.
        let is_odd = |fact: &&Fact| match fact {
            Fact::DoubledKey { .. } => false,
            Fact::MissingEndobj(_) => at != self.begins || self.section.kind != SectionKind::Stream,
            _ => true,
        };
        if let Some(fact) = standing.facts.iter().find(|fact| is_odd(fact)) {
            self.note_same(at, fact.code().to_owned());
        }
        // The data of a stream are compared as they are.
        let data = standing.object.as_stream().and_then(|stream| match &stream.data {
            StreamData::File { range, .. } => Some(range.start),
            StreamData::New(_) => None,
        });
        let written = self.file.bytes.get(standing.range.start..data.unwrap_or(standing.range.end));
        if let Some(code) = written.and_then(tokens::odd) {
            self.note_same(at, code.to_owned());
        }
        if matches!(standing.object, Object::Reference(_)) {
            // Many readers take one step alone.
            self.note_same(at, "pdf.reference-chain".to_owned());
        }
        let is_stream_of_objects =
            standing.object.as_stream().is_some_and(|stream| stream.dictionary.has_name(b"Type", b"ObjStm"));
        if is_stream_of_objects && let Err(error) = self.members(at, standing.id.number) {
            self.note_same(at, error.to_string());
        }
    }

    /// The objects in an object stream: each once, each where the revision says.
    fn members(&mut self, at: usize, container: u32) -> Result<(), PdfError> {
        let members = self.revision.members_of_stream(container)?;
        let stream = self.revision.read_object(ObjectId::new(container))?;
        let data = stream.object.as_stream().map(|stream| self.revision.data(stream)).transpose()?;
        if let Some(code) = data.as_deref().and_then(tokens::odd) {
            self.note_same(at, code.to_owned());
        }
        for (number, _) in &members {
            let own = self.section.entries.binary_search_by_key(number, |(number, _)| *number);
            let own = own.ok().and_then(|index| self.section.entries.get(index)).map(|(_, entry)| *entry);
            let index = match own {
                Some(Entry::InStream { container: own, index }) if own == container => Some(index),
                _ => None,
            };
            if index.is_none_or(|index| misplaced(&members, *number, index).is_some()) {
                self.note_same(at, format!("{container} / {number}: pdf.odd-object-stream"));
                return Ok(());
            }
            let member = self.revision.read_object(ObjectId::new(*number))?;
            if matches!(member.object, Object::Reference(_)) {
                self.note_same(at, "pdf.reference-chain".to_owned());
            }
        }
        Ok(())
    }

    /// Cross-reference data with their trailer; where they end.
    fn section(&mut self, at: usize) -> Option<usize> {
        if self.section.kind == SectionKind::Stream {
            self.walked.headers.push(at);
            return Some(self.object(at));
        }
        let trailers = &self.file.trailers().list;
        let own = trailers.iter().find(|one| is_dictionary_of(&one.dictionary, self.section));
        let Some(own) = own.map(|one| one.range.clone()) else {
            self.walked.foreign = Some(at);
            return None;
        };
        let table = self.file.bytes.get(at..own.start).and_then(|table| table.strip_prefix(b"xref"));
        let is_plain = table.is_some_and(|table| {
            table.iter().all(|byte| byte.is_ascii_digit() || is_white(*byte) || b"nf".contains(byte))
        });
        if !is_plain {
            self.note(at, "交叉引用表写法异常", "the cross-reference table is not written plainly");
        }
        Some(own.end)
    }

    /// What the reader forgave in this revision's cross-reference data and in the objects of its object streams.
    fn facts(&mut self) {
        let beside = self.beside();
        let places = [Some(self.section.offset), beside];
        let is_own = |section: &usize| places.contains(&Some(*section));
        let is_packed = |number: u32| {
            let own = self.section.entries.binary_search_by_key(&number, |(number, _)| *number);
            let own = own.ok().and_then(|index| self.section.entries.get(index));
            own.is_some_and(|(_, entry)| matches!(entry, Entry::InStream { .. }))
        };
        let facts = self.revision.facts();
        let own = facts.iter().find(|fact| match fact {
            Fact::SpaceBeforeSection(section)
            | Fact::OddTable(section)
            | Fact::DoubledEntry { section, .. }
            | Fact::BeyondSize { section, .. }
            | Fact::UnknownEntry { section, .. } => is_own(section),
            Fact::OddSyntax { object, .. } => is_packed(object.number),
            Fact::OddObjectStream { number, .. } => is_packed(*number),
            _ => false,
        });
        let code = own.map(Fact::code).or_else(|| (!self.revision.has_all_facts()).then_some("pdf.facts"));
        if let Some(code) = code {
            self.note_same(self.section.offset, code.to_owned());
        }
    }
}

/// Number and generation of `N G obj`, each of plain digits with white space between.
fn header(bytes: &[u8], at: usize) -> Option<(u32, u16)> {
    let (number, after) = digits(bytes, at)?;
    let between = skip_white(bytes, after);
    let (generation, after) = digits(bytes, between)?;
    let word = skip_white(bytes, after);
    let behind = bytes.get(word..)?.strip_prefix(b"obj")?;
    let ends = behind.first().is_some_and(|byte| is_edge(*byte));
    let is_plain = between > after_of(bytes, at) && word > after_of(bytes, between) && ends;
    is_plain.then(|| Some((u32::try_from(number).ok()?, u16::try_from(generation).ok()?)))?
}

/// Where the digits end that begin here.
fn after_of(bytes: &[u8], at: usize) -> usize {
    let rest = bytes.get(at..).unwrap_or_default();
    at.saturating_add(rest.iter().take_while(|byte| byte.is_ascii_digit()).count())
}

fn digits(bytes: &[u8], at: usize) -> Option<(u64, usize)> {
    let end = after_of(bytes, at);
    let text = std::str::from_utf8(bytes.get(at..end)?).ok()?;
    Some((text.parse().ok()?, end))
}

/// Behind white space and comments.
fn skip_blank(bytes: &[u8], mut at: usize) -> usize {
    loop {
        at = skip_white(bytes, at);
        let rest = bytes.get(at..).unwrap_or_default();
        if rest.first() != Some(&b'%') {
            return at;
        }
        at = at.saturating_add(memchr::memchr2(b'\r', b'\n', rest).unwrap_or(rest.len()));
    }
}

#[cfg(test)]
mod tests {
    use super::header;

    #[test]
    fn a_header_is_plain_digits_and_white_space() {
        assert_eq!(header(b"7 0 obj<<>>", 0), Some((7, 0)));
        assert_eq!(header(b"7\r\n0  obj\n", 0), Some((7, 0)));
        for odd in ["7 %x\n0 obj ", "7 0obj ", "7 70000 obj ", "7 0 object ", "+7 0 obj ", "7 0 obj"] {
            assert_eq!(header(odd.as_bytes(), 0), None, "{odd}");
        }
    }
}
