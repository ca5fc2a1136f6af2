//! The tree of pages (ISO 32000-1 §7.7.3): what it leads to is compared page by page. Readers also count pages by
//! `Count` and look for what a page inherits by `Parent`, so that neither may say anything else than `Kids` does.

use std::collections::BTreeSet;

use formats::pdf::{Dictionary, Name, Object, PageFault, PageFaultKind, ToldParent};

use super::{Comparison, Kind};
use crate::pdf::same;
use crate::text::Detail;

/// What may differ in a node of the tree of pages: which pages there are and what they inherit is compared page by page,
/// and what is wrong with the rest by [`Comparison::page_faults`].
const NODE: [&[u8]; 8] =
    [b"Type", b"Kids", b"Count", b"Parent", b"Resources", b"MediaBox", b"CropBox", b"Rotate"];

impl Comparison<'_, '_> {
    /// The nodes of the tree, as `Kids` leads to them, whatever they call themselves.
    pub(super) fn page_tree(&mut self) {
        self.page_faults();
        let before: BTreeSet<u32> = self.old_tree.nodes.iter().map(|id| id.number).collect();
        let now: BTreeSet<u32> = self.new_tree.nodes.iter().map(|id| id.number).collect();
        for number in now {
            let Some(touched) = self.touched.get(&number) else { continue };
            // What was something else is no node that changed.
            if !touched.is_new() && !before.contains(&number) {
                continue;
            }
            let dictionary = |object: Option<&std::sync::Arc<formats::pdf::Indirect>>| {
                object.and_then(|object| object.object.as_dictionary().cloned()).unwrap_or_default()
            };
            let (old, new): (Dictionary, Dictionary) =
                (dictionary(touched.old.as_ref()), dictionary(touched.new.as_ref()));
            let keys = same::differing(self.old, &old, self.new, &new).into_iter();
            // A page that stands directly in the list is none to some readers.
            let kids = self.new.get(&new, b"Kids");
            let are_references = matches!(&kids, Ok(Some(Object::Array(kids))) if kids.iter().all(|kid| kid.as_reference().is_some()));
            let is_fine = |key: &Name| {
                let key = key.as_bytes();
                NODE.contains(&key) && self.is_typed(key, &new) && (key != b"Kids" || are_references)
            };
            let refused: Vec<Name> = keys.filter(|key| !is_fine(key)).collect();
            self.structural.insert(number);
            self.refuse_keys(Some(number), "页面树", "the tree of pages:", &refused);
        }
    }

    /// What contradicts itself in the tree now and did not when it was signed, or did then and does not any longer: some
    /// reader shows other pages than the signer saw.
    fn page_faults(&mut self) {
        let before: BTreeSet<&PageFault> = self.old_tree.faults.iter().collect();
        let now: BTreeSet<&PageFault> = self.new_tree.faults.iter().collect();
        let differs: Vec<(PageFault, bool)> = now
            .difference(&before)
            .map(|fault| ((*fault).clone(), true))
            .chain(before.difference(&now).map(|fault| ((*fault).clone(), false)))
            .collect();
        for (fault, is_now) in differs {
            let what = fault_words(&fault);
            let words = if is_now {
                what
            } else {
                Detail::new(
                    format!("签名时{}，现已改变", what.zh),
                    format!("when it was signed, {}; now it is otherwise", what.en),
                )
            };
            self.tell(Kind::Refused, fault.object.map(|id| id.number), words);
        }
    }
}

/// What is wrong with a node or a page, for people.
pub(in crate::pdf) fn fault_words(fault: &PageFault) -> Detail {
    match &fault.kind {
        PageFaultKind::Count { told, found } => {
            let told = told.map_or_else(|| "-".to_owned(), |told| told.to_string());
            Detail::new(
                format!("页面树的页数 /Count 为 {told}，其下实有 {found} 页"),
                format!("the tree of pages tells {told} pages (/Count) and holds {found}"),
            )
        }
        PageFaultKind::Parent(ToldParent::None) => Detail::new(
            "页面没有 /Parent，而须从上级继承属性",
            "a page has no /Parent and inherits from the node above",
        ),
        PageFaultKind::Parent(_) => Detail::new(
            "页面树中的 /Parent 不是列有它的节点",
            "a /Parent in the tree of pages is not the node that lists it",
        ),
        PageFaultKind::Type => Detail::new(
            "页面树中有一项，按 /Type 与按 /Kids 所见不同",
            "something in the tree of pages is one thing by its /Type and another by its /Kids",
        ),
        PageFaultKind::Kid => Detail::new(
            "页面树中列有既非页面也非节点的项",
            "the tree of pages lists what is neither a page nor a node",
        ),
    }
}
