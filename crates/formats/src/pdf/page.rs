//! Pages (ISO 32000-1 §7.7.3) with what they inherit.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::held::Held;
use super::page_tree::{PageFault, PageFaultKind, PageTree, ToldParent};
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
        Ok(self.page_tree()?.pages)
    }

    /// The same with the nodes of the tree, and with what is wrong in it: readers that count pages by `Count`, or look
    /// for what a page inherits by `Parent`, come to something else than those that follow `Kids`.
    ///
    /// # Errors
    /// As [`Self::pages`].
    pub fn page_tree(&self) -> Result<PageTree, PdfError> {
        let catalog = self.catalog()?;
        let catalog = catalog.object.as_dictionary().ok_or(PdfError::Unexpected("Root"))?;
        let root = catalog.get(b"Pages").ok_or(PdfError::Unexpected("Pages"))?;
        let held = self.look(root)?;
        held.as_dictionary().ok_or(PdfError::Unexpected("Pages"))?;
        let mut walk = Walk {
            pdf: self,
            tree: PageTree::default(),
            path: Vec::new(),
            left: self.limits().pages.saturating_mul(4),
            repeated: self.limits().values,
            seen: HashSet::new(),
            resources: HashMap::new(),
        };
        walk.node(root, &Inherited::default())?;
        Ok(walk.tree)
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

impl Inherited {
    /// True when a node below takes something from it.
    fn is_used_by(&self, dictionary: &Dictionary) -> bool {
        let lacks = |key: &[u8]| dictionary.get(key).is_none();
        (self.resources.is_some() && lacks(b"Resources"))
            || (self.media_box.is_some() && lacks(b"MediaBox"))
            || (self.crop_box.is_some() && lacks(b"CropBox"))
            || (self.rotate.is_some() && lacks(b"Rotate"))
    }
}

struct Walk<'p, 'a> {
    pdf: &'p Pdf<'a>,
    tree: PageTree,
    /// The nodes above.
    path: Vec<Option<ObjectId>>,
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
        let Object::Dictionary(dictionary) = &*held else {
            self.fault(held.id(), PageFaultKind::Kid);
            return Ok(());
        };
        let inherited = self.inherit(dictionary, above)?;
        let kids = if dictionary.has_name(b"Type", b"Page") {
            None
        } else {
            self.pdf.look_up(dictionary, b"Kids")?.filter(|kids| kids.as_array().is_some())
        };
        self.check_kind(held.id(), dictionary, kids.is_some());
        self.check_parent(held.id(), dictionary, above);
        let Some(kids) = kids else { return self.page(&held, dictionary, inherited) };
        if self.path.len() >= self.pdf.limits().depth {
            return Err(PdfError::Limit("depth of the page tree"));
        }
        if held.id().is_some_and(|id| self.path.contains(&Some(id))) {
            self.fault(held.id(), PageFaultKind::Kid);
            return Ok(());
        }
        // A node without a number is in its parent's object, and cannot be above itself.
        self.path.push(held.id());
        self.tree.nodes.extend(held.id());
        let before = self.tree.pages.len();
        for kid in kids.as_array().unwrap_or_default() {
            self.node(kid, &inherited)?;
        }
        self.path.pop();
        let found = self.tree.pages.len().saturating_sub(before);
        self.check_count(held.id(), dictionary, found);
        Ok(())
    }

    fn fault(&mut self, object: Option<ObjectId>, kind: PageFaultKind) {
        self.tree.faults.push(PageFault { object, kind });
    }

    /// Some readers go by `Type`, others by whether there are `Kids`.
    fn check_kind(&mut self, id: Option<ObjectId>, dictionary: &Dictionary, is_node: bool) {
        let named: &[u8] = if is_node { b"Pages" } else { b"Page" };
        let is_named = dictionary.get(b"Type").is_none_or(|_| dictionary.has_name(b"Type", named));
        let has_kids = dictionary.entry(b"Kids").is_some();
        if !is_named || has_kids != is_node || (self.path.is_empty() && !is_node) {
            self.fault(id, PageFaultKind::Type);
        }
    }

    /// `Parent` is the node that lists it (§7.7.3.2, §7.7.3.3), and the root has none. One that is missing matters where
    /// something is inherited.
    fn check_parent(&mut self, id: Option<ObjectId>, dictionary: &Dictionary, above: &Inherited) {
        let told = match dictionary.get(b"Parent") {
            None => ToldParent::None,
            Some(Object::Reference(id)) => ToldParent::Object(*id),
            Some(_) => ToldParent::Direct,
        };
        let is_right = match (self.path.last(), &told) {
            (None, told) => *told == ToldParent::None,
            (Some(_), ToldParent::None) => !above.is_used_by(dictionary),
            (Some(parent), ToldParent::Object(told)) => parent.as_ref() == Some(told),
            (Some(_), ToldParent::Direct) => false,
        };
        if !is_right {
            self.fault(id, PageFaultKind::Parent(told));
        }
    }

    /// `Count` is the number of pages below (§7.7.3.2).
    fn check_count(&mut self, id: Option<ObjectId>, dictionary: &Dictionary, found: usize) {
        let told = self.pdf.look_up(dictionary, b"Count").ok().flatten();
        let told = told.and_then(|count| count.as_integer());
        if told.and_then(|told| usize::try_from(told).ok()) != Some(found) {
            self.fault(id, PageFaultKind::Count { told, found });
        }
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
        if self.tree.pages.len() >= self.pdf.limits().pages {
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
        self.tree.pages.push(Page {
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
