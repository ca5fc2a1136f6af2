//! How often pages list a widget. One that stands on two pages is filled on both, and only one of them is looked at; the
//! standard gives it one page (§12.5.2).

use std::cell::OnceCell;
use std::collections::HashMap;

use formats::pdf::{Field, Object, ObjectId, Page, Pdf};

use super::Comparison;
use crate::text::Detail;

/// How often the pages of each revision list an annotation.
#[derive(Debug, Default)]
pub(super) struct Listings {
    old: OnceCell<HashMap<ObjectId, usize>>,
    new: OnceCell<HashMap<ObjectId, usize>>,
}

impl Comparison<'_, '_> {
    /// What speaks against a field of which a widget is listed twice.
    pub(super) fn listed_twice(&self, field: &Field) -> Option<Detail> {
        let old = self.listings.old.get_or_init(|| count(self.old, &self.old_pages));
        let new = self.listings.new.get_or_init(|| count(self.new, &self.new_pages));
        let mut ids = field.widgets.iter().filter_map(|widget| widget.id);
        let is_twice =
            |id: ObjectId| [old, new].iter().any(|all| all.get(&id).is_some_and(|count| *count > 1));
        ids.any(is_twice).then(|| {
            Detail::new(
                "其控件被列出不止一次，显示于多处",
                "a widget of it is listed more than once, so that it stands in several places",
            )
        })
    }
}

fn count(pdf: &Pdf<'_>, pages: &[Page]) -> HashMap<ObjectId, usize> {
    let mut all: HashMap<ObjectId, usize> = HashMap::new();
    for page in pages {
        let Ok(Some(Object::Array(items))) = pdf.get(&page.dictionary, b"Annots") else { continue };
        for id in items.iter().filter_map(Object::as_reference) {
            let count = all.entry(id).or_default();
            *count = count.saturating_add(1);
        }
    }
    all
}
