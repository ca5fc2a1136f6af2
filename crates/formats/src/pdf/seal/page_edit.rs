//! Putting annotations on pages (ISO 32000-1 §12.5.2).

use std::collections::{BTreeMap, HashMap};

use super::error::SealError;
use super::guard::single_keys;
use crate::pdf::update::Update;
use crate::pdf::{Object, ObjectId, Page, Pdf};

/// The pages, and how often each object serves one.
pub(super) struct Sheets<'p> {
    pages: &'p [Page],
    uses: HashMap<ObjectId, usize>,
    lists: HashMap<ObjectId, usize>,
}

/// Annotations by page, so that each page is edited once.
pub(super) type ByPage = BTreeMap<usize, Vec<ObjectId>>;

impl<'p> Sheets<'p> {
    pub(super) fn new(pages: &'p [Page]) -> Self {
        let (mut uses, mut lists) = (HashMap::new(), HashMap::new());
        for page in pages {
            if let Some(id) = page.id {
                *uses.entry(id).or_default() += 1;
            }
            if let Some(id) = page.dictionary.get(b"Annots").and_then(Object::as_reference) {
                *lists.entry(id).or_default() += 1;
            }
        }
        Self { pages, uses, lists }
    }

    /// The pages in order.
    pub(super) fn pages(&self) -> &'p [Page] {
        self.pages
    }

    /// The object of a page; it must stand in the tree only once, or the seal would be shown twice.
    pub(super) fn id(&self, page_index: usize) -> Result<ObjectId, SealError> {
        let page = self.pages.get(page_index).ok_or(SealError::NoPage { page_index })?;
        let id = page.id.ok_or(SealError::Structure("the page is no object of its own"))?;
        if self.uses.get(&id).is_some_and(|uses| *uses > 1) {
            return Err(SealError::Structure("the page stands in the document twice"));
        }
        Ok(id)
    }

    /// Adds annotations to a page: to its list where that stands, or to a list of its own where the list also serves
    /// another page, on which nothing must appear.
    pub(super) fn annotate(
        &self,
        file: &Pdf<'_>,
        update: &mut Update<'_, '_>,
        page_index: usize,
        annotations: &[ObjectId],
    ) -> Result<(), SealError> {
        let id = self.id(page_index)?;
        let stored = file.object(id)?;
        let Object::Dictionary(mut dictionary) = stored.object.clone() else {
            return Err(SealError::Structure("the page is no dictionary"));
        };
        single_keys(&dictionary, "the page")?;
        let annots = dictionary.get(b"Annots").cloned();
        let mut list = match &annots {
            None => Vec::new(),
            Some(value) => match file.resolve(value)?.into_owned() {
                Object::Array(items) => items,
                Object::Null => Vec::new(),
                _ => return Err(SealError::Structure("the list of annotations of the page is none")),
            },
        };
        list.extend(annotations.iter().copied().map(Object::Reference));
        match annots.as_ref().and_then(Object::as_reference) {
            Some(own) if self.lists.get(&own).is_none_or(|uses| *uses < 2) && is_array(file, own) => {
                update.put(own, Object::Array(list));
            }
            _ => {
                dictionary.set(b"Annots", Object::Array(list));
                update.put(id, Object::Dictionary(dictionary));
            }
        }
        Ok(())
    }
}

/// True when the object itself is the list, and not another reference.
fn is_array(file: &Pdf<'_>, id: ObjectId) -> bool {
    file.object(id).is_ok_and(|stored| stored.object.as_array().is_some())
}
