//! Pages (ISO 32000-1 §7.7.3) with what they inherit.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::held::Held;
use super::{Dictionary, Object, ObjectId, Pdf, PdfError};

/// A4, for pages that do not tell their size.
const A4: Rect = Rect { left: 0.0, bottom: 0.0, right: 595.276, top: 841.89 };

/// A box in points, its corners in order.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Rect {
    /// Left edge.
    pub left: f64,
    /// Lower edge.
    pub bottom: f64,
    /// Right edge.
    pub right: f64,
    /// Upper edge.
    pub top: f64,
}

impl Rect {
    /// Its width.
    pub fn width(&self) -> f64 {
        self.right - self.left
    }

    /// Its height.
    pub fn height(&self) -> f64 {
        self.top - self.bottom
    }

    /// True when the two share some area.
    pub fn overlaps(&self, other: &Self) -> bool {
        self.left < other.right
            && other.left < self.right
            && self.bottom < other.top
            && other.bottom < self.top
    }

    /// What the two share; none when that has no area.
    pub fn intersection(&self, other: &Self) -> Option<Self> {
        let shared = Self {
            left: self.left.max(other.left),
            bottom: self.bottom.max(other.bottom),
            right: self.right.min(other.right),
            top: self.top.min(other.top),
        };
        shared.has_area().then_some(shared)
    }

    fn has_area(&self) -> bool {
        self.left < self.right && self.bottom < self.top
    }
}

/// A page.
#[derive(Clone, Debug)]
pub struct Page {
    /// Its object; none for a page that stands directly in the tree, which is against the rules.
    pub id: Option<ObjectId>,
    /// Its dictionary.
    pub dictionary: Dictionary,
    /// Its resources, or those it inherits. Many pages may share them.
    pub resources: Arc<Dictionary>,
    /// MediaBox; A4 without one.
    pub media_box: Rect,
    /// CropBox within the MediaBox: what is shown.
    pub crop_box: Rect,
    /// Degrees clockwise: 0, 90, 180 or 270.
    pub rotate: u16,
    /// Points of a unit, 1 mostly. It is not inherited.
    pub user_unit: f64,
}

impl Pdf<'_> {
    /// The pages in order. A node that has itself above it ends there; a kid that is no dictionary is left out. A node
    /// without its `Type` is one of the tree when it has `Kids`, else a page.
    ///
    /// # Errors
    /// When the tree cannot be read or goes beyond a limit.
    pub fn pages(&self) -> Result<Vec<Page>, PdfError> {
        let catalog = self.catalog()?;
        let catalog = catalog.object.as_dictionary().ok_or(PdfError::Unexpected("Root"))?;
        let root = catalog.get(b"Pages").ok_or(PdfError::Unexpected("Pages"))?;
        let held = self.look(root)?;
        held.as_dictionary().ok_or(PdfError::Unexpected("Pages"))?;
        let mut walk = Walk {
            pdf: self,
            pages: Vec::new(),
            path: Vec::new(),
            left: self.limits().pages.saturating_mul(4),
            repeated: self.limits().values,
            seen: HashSet::new(),
            resources: HashMap::new(),
        };
        walk.node(root, &Inherited::default())?;
        Ok(walk.pages)
    }
}

/// What a node gives to those below it (§7.7.3.4).
#[derive(Clone, Debug, Default)]
struct Inherited {
    resources: Option<Arc<Dictionary>>,
    media_box: Option<Rect>,
    crop_box: Option<Rect>,
    rotate: Option<u16>,
}

struct Walk<'p, 'a> {
    pdf: &'p Pdf<'a>,
    pages: Vec<Page>,
    /// The nodes above.
    path: Vec<ObjectId>,
    /// Kids that may still be looked at: a tree that is woven together has more than a file has objects.
    left: usize,
    /// Values that may still be copied of pages listed once more, or standing in the tree itself.
    repeated: usize,
    /// Pages that were listed.
    seen: HashSet<ObjectId>,
    /// Resources are often shared.
    resources: HashMap<ObjectId, Arc<Dictionary>>,
}

impl Walk<'_, '_> {
    fn node(&mut self, object: &Object, above: &Inherited) -> Result<(), PdfError> {
        self.left = self.left.checked_sub(1).ok_or(PdfError::Limit("pages"))?;
        let held = self.pdf.look(object)?;
        let Object::Dictionary(dictionary) = &*held else { return Ok(()) };
        let inherited = self.inherit(dictionary, above)?;
        let kids = if dictionary.has_name(b"Type", b"Page") {
            None
        } else {
            self.pdf.look_up(dictionary, b"Kids")?.filter(|kids| kids.as_array().is_some())
        };
        let Some(kids) = kids else { return self.page(&held, dictionary, inherited) };
        if self.path.len() >= self.pdf.limits().depth {
            return Err(PdfError::Limit("depth of the page tree"));
        }
        if held.id().is_some_and(|id| self.path.contains(&id)) {
            return Ok(());
        }
        // A node without a number is in its parent's object, and cannot be above itself.
        self.path.push(held.id().unwrap_or(ObjectId::new(0)));
        for kid in kids.as_array().unwrap_or_default() {
            self.node(kid, &inherited)?;
        }
        self.path.pop();
        Ok(())
    }

    fn inherit(&mut self, dictionary: &Dictionary, above: &Inherited) -> Result<Inherited, PdfError> {
        let sized = |key: &[u8]| Ok::<_, PdfError>(self.pdf.rect(dictionary, key)?.filter(Rect::has_area));
        let media_box = sized(b"MediaBox")?.or(above.media_box);
        let crop_box = sized(b"CropBox")?.or(above.crop_box);
        let rotate = self.pdf.look_up(dictionary, b"Rotate")?.and_then(|held| rotation(&held));
        let resources = self.resources(dictionary)?.or_else(|| above.resources.clone());
        Ok(Inherited { resources, media_box, crop_box, rotate: rotate.or(above.rotate) })
    }

    fn resources(&mut self, dictionary: &Dictionary) -> Result<Option<Arc<Dictionary>>, PdfError> {
        let Some(held) = self.pdf.look_up(dictionary, b"Resources")? else { return Ok(None) };
        if let Some(known) = held.id().and_then(|id| self.resources.get(&id)) {
            return Ok(Some(Arc::clone(known)));
        }
        let Some(resources) = held.as_dictionary().cloned().map(Arc::new) else { return Ok(None) };
        if let Some(id) = held.id() {
            self.resources.insert(id, Arc::clone(&resources));
        }
        Ok(Some(resources))
    }

    fn page(
        &mut self,
        held: &Held<'_>,
        dictionary: &Dictionary,
        inherited: Inherited,
    ) -> Result<(), PdfError> {
        if self.pages.len() >= self.pdf.limits().pages {
            return Err(PdfError::Limit("pages"));
        }
        // The first listing of an object is bounded by the file.
        let first = held.id().is_some_and(|id| self.seen.insert(id));
        if !first {
            let left = self.repeated.checked_sub(values(held));
            self.repeated = left.ok_or(PdfError::Limit("a page that is listed again and again"))?;
        }
        let media_box = inherited.media_box.unwrap_or(A4);
        let crop_box = inherited.crop_box.and_then(|crop| crop.intersection(&media_box));
        let unit = self.pdf.look_up(dictionary, b"UserUnit")?.and_then(|held| held.as_number());
        self.pages.push(Page {
            id: held.id(),
            dictionary: dictionary.clone(),
            resources: inherited.resources.unwrap_or_default(),
            media_box,
            crop_box: crop_box.unwrap_or(media_box),
            rotate: inherited.rotate.unwrap_or(0),
            user_unit: unit.filter(|unit| unit.is_finite() && *unit > 0.0).unwrap_or(1.0),
        });
        Ok(())
    }
}

/// Quarter turns; anything else is not allowed and does not count.
fn rotation(object: &Object) -> Option<u16> {
    let degrees = object.as_integer()?.rem_euclid(360);
    if degrees % 90 == 0 { u16::try_from(degrees).ok() } else { None }
}

/// How many values an object has in it. As deep as the reader reads.
pub(super) fn values(object: &Object) -> usize {
    let inside = match object {
        Object::Array(items) => items.iter().map(values).sum(),
        Object::Dictionary(dictionary) => {
            dictionary.entries().iter().map(|entry| values(&entry.value).saturating_add(1)).sum()
        }
        Object::String(bytes) => bytes.len() / 16,
        _ => 0,
    };
    usize::saturating_add(inside, 1)
}
