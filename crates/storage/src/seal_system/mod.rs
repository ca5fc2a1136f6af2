//! What a seal system keeps.

use crate::statements::Statement;

/// Every SQL text of the seal system, by module.
pub(crate) const STATEMENTS: &[&[Statement]] = &[];
