//! Name constraints (RFC 5280 §4.2.1.10): the names that an authority may certify.
//!
//! ```text
//! NameConstraints ::= SEQUENCE { permittedSubtrees [0] GeneralSubtrees OPTIONAL, excludedSubtrees [1] GeneralSubtrees OPTIONAL }
//! GeneralSubtree ::= SEQUENCE { base GeneralName, minimum [0] INTEGER DEFAULT 0, maximum [1] INTEGER OPTIONAL }
//! ```
//! Directory names are understood; whoever uses other forms is told of by [`NameConstraints::has_other_forms`].

use super::Name;
use crate::asn1::{Asn1Error, Asn1ErrorKind, Tag, Value};

/// Subtrees in one list; real ones have a handful.
const MAX_SUBTREES: usize = 256;

/// The names that an authority may and may not certify.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NameConstraints {
    /// Subtrees of which one must hold the subject; no limit when there is none.
    pub permitted: Vec<Name>,
    /// Subtrees that must not hold it.
    pub excluded: Vec<Name>,
    /// There are subtrees of other forms of name, or with limits of depth.
    pub has_other_forms: bool,
}

impl NameConstraints {
    pub(super) fn read(value: &Value<'_>) -> Result<Self, Asn1Error> {
        let mut fields = value.sequence()?;
        let mut constraints = Self::default();
        for (number, is_permitted) in [(0, true), (1, false)] {
            if let Some(list) = fields.read_optional(Tag::context(number))? {
                constraints.read_subtrees(&list, is_permitted)?;
            }
        }
        fields.finish()?;
        Ok(constraints)
    }

    fn read_subtrees(&mut self, value: &Value<'_>, is_permitted: bool) -> Result<(), Asn1Error> {
        let mut list = value.children()?;
        let mut count = 0_usize;
        while !list.is_empty() {
            count = count.saturating_add(1);
            if count > MAX_SUBTREES {
                return Err(Asn1ErrorKind::TooLarge.at(list.offset()));
            }
            let mut fields = list.sequence()?;
            let base = fields.read_any()?.ok_or(Asn1ErrorKind::Truncated.at(fields.offset()))?;
            // RFC 5280: the minimum is always 0 and there is no maximum.
            self.has_other_forms |= !fields.is_empty();
            if base.tag() != Tag::context(4) {
                self.has_other_forms = true;
                continue;
            }
            let name = Name::read(&base.explicit()?)?;
            let subtrees = if is_permitted { &mut self.permitted } else { &mut self.excluded };
            subtrees.push(name);
        }
        Ok(())
    }

    /// True when a subject's directory name may be certified. An empty name is bound by nothing.
    pub fn allows(&self, subject: &Name) -> bool {
        if subject.attributes.is_empty() {
            return true;
        }
        let permitted = self.permitted.is_empty() || self.permitted.iter().any(|base| holds(base, subject));
        permitted && !self.excluded.iter().any(|base| holds(base, subject))
    }
}

/// True when `subject` begins with `base`. Upper and lower case and extra spaces make no difference (RFC 5280 §7.1).
fn holds(base: &Name, subject: &Name) -> bool {
    base.attributes.len() <= subject.attributes.len()
        && base.attributes.iter().zip(&subject.attributes).all(|(base, subject)| {
            base.rdn == subject.rdn
                && base.oid == subject.oid
                && folded(&base.value) == folded(&subject.value)
        })
}

fn folded(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase()
}
