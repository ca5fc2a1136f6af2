//! Loading objects of an opened file, once each.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::cache::Kept;
use super::crypt::Encryption;
use super::fact::Fact;
use super::object_stream::ObjectStream;
use super::{Dictionary, Entry, Indirect, Object, ObjectId, Pdf, PdfError, Place, indirect};

/// Facts that are kept of one file.
pub(super) const MOST_FACTS: usize = 1_000;

/// What a lock guards stays good when another thread dies: everything is put in whole.
pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Pdf<'_> {
    /// Keeps facts, each once.
    pub(super) fn note(&self, facts: impl IntoIterator<Item = Fact>) {
        let mut facts = facts.into_iter().peekable();
        if facts.peek().is_none() {
            return;
        }
        let mut kept = lock(&self.facts);
        for fact in facts {
            if kept.len() < MOST_FACTS && !kept.contains(&fact) {
                kept.push(fact);
            }
        }
    }

    /// An indirect object. What was read once is kept.
    ///
    /// # Errors
    /// [`PdfError::MissingObject`] where there is none or another one stands in its place; syntax and limits.
    pub fn object(&self, id: ObjectId) -> Result<Arc<Indirect>, PdfError> {
        self.cached(id, 0)
    }

    /// The same without keeping it: for whoever looks at every object of a large file once.
    ///
    /// # Errors
    /// As [`Self::object`].
    pub fn read_object(&self, id: ObjectId) -> Result<Indirect, PdfError> {
        let kept = lock(&self.objects).get(id.number).cloned();
        match kept {
            Some(Ok((object, bytes))) if object.id == id => {
                self.work.copy(bytes)?;
                Ok((*object).clone())
            }
            _ => Ok(self.load(id, 0)?.0),
        }
    }

    pub(super) fn cached(&self, id: ObjectId, depth: usize) -> Result<Arc<Indirect>, PdfError> {
        Ok(self.weighed(id, depth)?.0)
    }

    /// An indirect object, and the bytes of memory that it takes.
    pub(super) fn weighed(&self, id: ObjectId, depth: usize) -> Kept<Indirect> {
        if let Some(kept) = lock(&self.objects).get(id.number) {
            return match kept {
                Ok((object, _)) if object.id != id => Err(PdfError::MissingObject(id)),
                other => other.clone(),
            };
        }
        let loaded = self.load(id, depth).map(|(object, bytes)| (Arc::new(object), bytes));
        // What failed for the way it was come to, or for another generation, may be found another time.
        let lasting =
            !matches!(loaded, Err(PdfError::Circle(_) | PdfError::Limit(_) | PdfError::MissingObject(_)));
        if lasting {
            lock(&self.objects).insert(id.number, loaded.clone());
        }
        loaded
    }

    fn load(&self, id: ObjectId, depth: usize) -> Result<(Indirect, usize), PdfError> {
        if depth > self.limits.depth {
            return Err(PdfError::Circle("Length, or object streams"));
        }
        match self.entry(id.number) {
            Some(Entry::File { offset, generation }) if generation == id.generation => {
                self.load_from_file(id, offset, depth)
            }
            Some(Entry::InStream { container, index }) if id.generation == 0 => {
                self.load_from_stream(id.number, container, index, depth)
            }
            _ => Err(PdfError::MissingObject(id)),
        }
    }

    fn load_from_file(
        &self,
        id: ObjectId,
        offset: usize,
        depth: usize,
    ) -> Result<(Indirect, usize), PdfError> {
        let length = |id: ObjectId| {
            let object = self.cached(id, depth + 1).ok()?;
            usize::try_from(object.object.as_exact_integer()?).ok()
        };
        let read = indirect::read(self.bytes, offset, &self.limits, &self.work, &length)?;
        let mut found = read.indirect;
        if found.id != id {
            return Err(PdfError::MissingObject(id));
        }
        self.work.object((offset, 0), read.memory)?;
        self.note(read.facts);
        if let Some(encryption) = &self.encryption
            && self.encrypt_object != Some(id.number)
        {
            decrypt(&mut found.object, id, encryption);
        }
        Ok((found, read.memory))
    }

    fn load_from_stream(
        &self,
        number: u32,
        container: u32,
        index: u32,
        depth: usize,
    ) -> Result<(Indirect, usize), PdfError> {
        let id = ObjectId::new(number);
        let mut next = Some(container);
        for _ in 0..=self.limits.depth {
            let Some(container) = next else { return Err(PdfError::MissingObject(id)) };
            let stream = self.object_stream(container, depth)?;
            let Some(position) = stream.position(number, index) else {
                next = stream.extends;
                continue;
            };
            let (object, parser) = stream.object(position.index, &self.limits, &self.work)?;
            let bytes = parser.memory();
            if let Some(Entry::File { offset, .. }) = self.entry(container) {
                self.work.object((offset, position.index.saturating_add(1)), bytes)?;
            }
            let odd = position.odd.then_some(Fact::OddObjectStream { number, container });
            self.note(odd);
            self.note(parser.lexer.odd.map(|what| Fact::OddSyntax { object: id, what }));
            self.note(parser.doubled.map(|key| Fact::DoubledKey { object: id, key }));
            let place = Place::InStream { container, index: position.index };
            return Ok((Indirect { id, object, place }, bytes));
        }
        Err(PdfError::Circle("Extends"))
    }

    /// The numbers of all objects that an object stream holds (§7.5.7), named by cross-reference data or not, in rising
    /// order.
    ///
    /// # Errors
    /// [`PdfError`] when there is no such stream, or it cannot be read.
    pub fn numbers_in_stream(&self, container: u32) -> Result<Vec<u32>, PdfError> {
        let stream = self.object_stream(container, 0)?;
        Ok(stream.numbers().iter().map(|(number, _)| *number).collect())
    }

    /// An object stream, decoded once.
    pub(super) fn object_stream(&self, container: u32, depth: usize) -> Result<Arc<ObjectStream>, PdfError> {
        if let Some(kept) = lock(&self.streams).get(container) {
            return kept.clone().map(|(stream, _)| stream);
        }
        let stream = self.load_object_stream(container, depth);
        let kept = stream.map(|stream| {
            let bytes = stream.memory();
            (Arc::new(stream), bytes)
        });
        if !matches!(kept, Err(PdfError::Circle(_) | PdfError::Limit(_))) {
            lock(&self.streams).insert(container, kept.clone());
        }
        kept.map(|(stream, _)| stream)
    }

    fn load_object_stream(&self, container: u32, depth: usize) -> Result<ObjectStream, PdfError> {
        let Some(Entry::File { generation, .. }) = self.entry(container) else {
            return Err(PdfError::MissingObject(ObjectId::new(container)));
        };
        let object = self.cached(ObjectId { number: container, generation }, depth + 1)?;
        let stream = object.object.as_stream().ok_or(PdfError::Unexpected("an object stream"))?;
        let data = self.data_at(stream, depth + 1)?;
        ObjectStream::new(&stream.dictionary, data, &self.limits, &self.work)
    }

    /// Sets up decryption when the trailer asks for it.
    pub(super) fn decrypt(&mut self, password: &[u8]) -> Result<(), PdfError> {
        let Some(encrypt) = self.trailer().get(b"Encrypt").cloned() else { return Ok(()) };
        self.encrypt_object = encrypt.as_reference().map(|id| id.number);
        let dictionary = match self.resolve(&encrypt)?.into_owned() {
            Object::Dictionary(dictionary) => self.flat(&dictionary)?,
            _ => return Err(PdfError::Encryption("Encrypt is no dictionary")),
        };
        let ids = self.get(self.trailer(), b"ID")?;
        let first = ids.as_ref().and_then(Object::as_array).and_then(|ids| ids.first());
        let first = first.and_then(Object::as_string).unwrap_or_default();
        self.encryption = Some(Encryption::open(&dictionary, first, password)?);
        // What was read so far was read without decryption.
        self.forget();
        Ok(())
    }

    /// Forgets what was kept, for it may be another now.
    pub(super) fn forget(&self) {
        lock(&self.objects).clear();
        lock(&self.streams).clear();
    }

    /// A dictionary whose direct values are resolved: `Encrypt` may hold references.
    fn flat(&self, dictionary: &Dictionary) -> Result<Dictionary, PdfError> {
        let mut flat = Dictionary::new();
        for entry in dictionary.entries() {
            flat.set(entry.key.as_bytes(), self.resolve(&entry.value)?.into_owned());
        }
        Ok(flat)
    }
}

/// Decrypts every string of an object but the `Contents` of signatures (§7.6.2). The depth is that of the parser.
fn decrypt(object: &mut Object, owner: ObjectId, encryption: &Encryption) {
    match object {
        Object::String(bytes) => *bytes = encryption.string(owner, std::mem::take(bytes)),
        Object::Array(items) => items.iter_mut().for_each(|item| decrypt(item, owner, encryption)),
        Object::Dictionary(dictionary) => decrypt_entries(dictionary, owner, encryption),
        Object::Stream(stream) if !stream.dictionary.has_name(b"Type", b"XRef") => {
            decrypt_entries(&mut stream.dictionary, owner, encryption);
        }
        _ => {}
    }
}

fn decrypt_entries(dictionary: &mut Dictionary, owner: ObjectId, encryption: &Encryption) {
    let signature = dictionary.get(b"ByteRange").is_some()
        || dictionary.has_name(b"Type", b"Sig")
        || dictionary.has_name(b"Type", b"DocTimeStamp");
    for entry in dictionary.entries_mut() {
        if !(signature && entry.key.as_bytes() == b"Contents") {
            decrypt(&mut entry.value, owner, encryption);
        }
    }
}
