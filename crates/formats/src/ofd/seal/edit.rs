//! The edits of `OFD.xml` and `Signatures.xml`, as splices of the stored bytes.

use super::error::SealError;
use crate::ofd::{NAMESPACE, Package, ROOT_FILE, SignatureList};
use crate::xml::{self, Document, Edit, Element};

/// `OFD.xml` with the path of the list of signatures in document `body` (§7.4: the last element of DocBody).
pub(super) fn name_list(package: &Package<'_>, body: usize, list_path: &str) -> Result<Vec<u8>, SealError> {
    let bytes = package.read(ROOT_FILE)?;
    let fail = |source| SealError::Edit { file: ROOT_FILE.to_owned(), source };
    let tree = Document::parse(&bytes, &package.limits().xml).map_err(fail)?;
    let parent = tree.root().children_named("DocBody").nth(body).unwrap_or(tree.root());
    let prefix = parent.prefix();
    let path = xml::text(list_path);
    let mut edit = Edit::new(&bytes, &tree).map_err(fail)?;
    edit.append_inside(parent, &format!("<{prefix}Signatures>/{path}</{prefix}Signatures>"));
    edit.apply().map_err(fail)
}

/// A new entry of the list of signatures.
pub(super) struct NewEntry<'n> {
    /// Its id.
    pub id: &'n str,
    /// `Seal` or `Sign`.
    pub kind: &'static str,
    /// Path of its description.
    pub path: &'n str,
    /// The largest id in use afterwards.
    pub max_id: &'n str,
}

impl NewEntry<'_> {
    fn element(&self, prefix: &str) -> String {
        let path = xml::attribute(self.path);
        format!(r#"<{prefix}Signature ID="{}" Type="{}" BaseLoc="/{path}"/>"#, self.id, self.kind)
    }

    fn max(&self, prefix: &str) -> String {
        format!("<{prefix}MaxSignId>{}</{prefix}MaxSignId>", self.max_id)
    }
}

/// The first list of signatures of a document (§18.1).
pub(super) fn new_list(entry: &NewEntry<'_>) -> Vec<u8> {
    let (max, element) = (entry.max("ofd:"), entry.element("ofd:"));
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
         <ofd:Signatures xmlns:ofd=\"{NAMESPACE}\">{max}{element}</ofd:Signatures>"
    )
    .into_bytes()
}

/// An existing list with a new entry after the last, and the largest id brought up to date.
pub(super) fn extend_list(
    package: &Package<'_>,
    list: &SignatureList,
    entry: &NewEntry<'_>,
) -> Result<Vec<u8>, SealError> {
    let fail = |source| SealError::Edit { file: list.path.clone(), source };
    let tree = Document::parse(&list.raw, &package.limits().xml).map_err(fail)?;
    let root = tree.root();
    let prefix = root.prefix();
    let mut edit = Edit::new(&list.raw, &tree).map_err(fail)?;
    let max: Option<Element<'_>> = root.child("MaxSignId");
    match max {
        Some(max) => edit.replace_content(max, entry.max_id),
        // The schema has it first.
        None if root.is_self_closing() => {}
        None => edit.prepend_inside(root, &entry.max(prefix)),
    }
    let element = entry.element(prefix);
    match root.children_named("Signature").last() {
        Some(last) => edit.insert_after(last, &element),
        None if max.is_none() && root.is_self_closing() => {
            edit.append_inside(root, &format!("{}{element}", entry.max(prefix)));
        }
        None => edit.append_inside(root, &element),
    }
    edit.apply().map_err(fail)
}
