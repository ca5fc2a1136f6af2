//! What the tree of pages (ISO 32000-1 §7.7.3) looks like, and where it contradicts itself.

use super::{ObjectId, Page};

/// The tree of pages as it was walked, by `Kids`.
#[derive(Clone, Debug, Default)]
pub struct PageTree {
    /// The pages in order.
    pub pages: Vec<Page>,
    /// The nodes that have an object of their own, in the order they were met; one that is listed twice stands twice.
    pub nodes: Vec<ObjectId>,
    /// Where two readers may find other pages, or other properties of pages.
    pub faults: Vec<PageFault>,
}

/// A contradiction in the tree of pages.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PageFault {
    /// The node or page; none for one that stands directly in the tree.
    pub object: Option<ObjectId>,
    /// What is wrong.
    pub kind: PageFaultKind,
}

/// What is wrong with a node or a page.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum PageFaultKind {
    /// `Count` is not the number of pages below.
    Count {
        /// What it says; none where it is missing or no whole number.
        told: Option<i64>,
        /// The number of pages below.
        found: usize,
    },
    /// `Parent` is not the node that lists it, is missing where something is inherited, or is there in the root.
    Parent(ToldParent),
    /// Its `Type` says page and its `Kids` a node, or the other way round, or the root is a page.
    Type,
    /// A kid is no dictionary, or a node is below itself.
    Kid,
}

/// What a page or a node says of the node above.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ToldParent {
    /// Nothing.
    None,
    /// This object.
    Object(ObjectId),
    /// Something that stands there directly.
    Direct,
}
