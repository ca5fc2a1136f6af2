//! The attributes of OFD (GB/T 33190-2016, GM/T 0099). None of them has a prefix, and yet a reader that asks for `Type`
//! may be given `ofd:Type`: many XML libraries find attributes by the part of the name behind the colon.

use crate::xml::PrefixedAttribute;

/// How the namespaces of OFD begin, those of older writers too.
const FAMILY: &str = "http://www.ofdspec.org";

/// Whether a namespace is one of OFD, as the standard or older writers have it.
pub fn is_of_ofd(namespace: &str) -> bool {
    namespace.starts_with(FAMILY)
}

/// Names of the attributes in the files that lead from one to another (§7, §8, §14 to §19), in the order of the alphabet.
const ATTRIBUTES: [&str; 74] = [
    "Algorithm",
    "AppName",
    "AppVersion",
    "Base",
    "BaseLoc",
    "BitsPerComponent",
    "Blue",
    "Bold",
    "Bottom",
    "Boundary",
    "Charset",
    "CheckMethod",
    "Clip",
    "Company",
    "Compress",
    "CreationDate",
    "Creator",
    "Current",
    "Date",
    "DestID",
    "DocType",
    "EndDate",
    "Event",
    "Expanded",
    "FamilyName",
    "FileRef",
    "FixedWidth",
    "FontName",
    "Format",
    "Height",
    "ID",
    "Index",
    "Italic",
    "LastModDate",
    "Left",
    "MediaType",
    "ModDate",
    "Name",
    "NameSpace",
    "NewWindow",
    "Operator",
    "PageID",
    "PageRef",
    "Parameter",
    "Print",
    "PrintScreen",
    "Profile",
    "ProviderName",
    "ReadOnly",
    "RefId",
    "Relative",
    "Repeat",
    "ResourceID",
    "Right",
    "Serif",
    "Size",
    "StartDate",
    "Subtype",
    "Synchronous",
    "TemplateID",
    "Title",
    "Top",
    "Type",
    "URI",
    "Usage",
    "Value",
    "Version",
    "Visible",
    "Volume",
    "Watermark",
    "Weight",
    "Width",
    "ZOrder",
    "Zoom",
];

/// Whether a reader may take this attribute for one of OFD: its name without prefix is one, or it is in a namespace of
/// OFD, or its prefix is not declared, so that nobody can say what it is.
pub(super) fn is_mistakable(attribute: &PrefixedAttribute<'_>) -> bool {
    ATTRIBUTES.binary_search(&attribute.name).is_ok() || attribute.namespace.is_none_or(is_of_ofd)
}

#[cfg(test)]
mod tests {
    use super::{ATTRIBUTES, is_mistakable};
    use crate::xml::{Document, Limits};

    fn told(attribute: &str) -> bool {
        let text = format!(
            "<o:a xmlns:o=\"http://www.ofdspec.org/2016\" xmlns:x=\"urn:x\" \
             xmlns:old=\"http://www.ofdspec.org\"><b {attribute}=\"urn:y\"/></o:a>"
        );
        let tree = Document::parse(text.as_bytes(), &Limits::default()).unwrap();
        tree.prefixed_attributes().any(|found| is_mistakable(&found))
    }

    #[test]
    fn an_attribute_of_ofd_has_no_prefix() {
        assert!(ATTRIBUTES.is_sorted());
        for mistakable in
            ["o:Type", "x:Type", "old:BaseLoc", "xml:ID", "o:other", "xmlns:Type", "undeclared:other"]
        {
            assert!(told(mistakable), "{mistakable}");
        }
        for harmless in ["Type", "xmlns", "xmlns:y", "xml:id", "xml:lang", "xml:base", "x:other", "x:type"] {
            assert!(!told(harmless), "{harmless}");
        }
    }
}
