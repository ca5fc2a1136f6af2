//! How large an XML file may be.

/// Upper bounds on an XML file. The defaults have room for a page with every character placed by itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of the file.
    pub bytes: usize,
    /// Elements inside one another.
    pub depth: usize,
    /// Elements that are kept; those inside skipped parts need no memory and do not count.
    pub elements: usize,
    /// Attributes of one element.
    pub attributes: usize,
    /// Attributes of all elements that are kept, together.
    pub all_attributes: usize,
    /// Namespace declarations in force at one place.
    pub namespaces: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            bytes: 64 << 20,
            depth: 64,
            elements: 200_000,
            attributes: 64,
            all_attributes: 1_000_000,
            namespaces: 64,
        }
    }
}
