//! Reading once more what stands somewhere, to see whether it is whole and alone there.

use std::ops::Range;

use super::fact::Fact;
use super::load::MOST_FACTS;
use super::{Object, ObjectId, Pdf, PdfError, Place, indirect};

/// What stands at a byte.
#[derive(Clone, Debug, PartialEq)]
pub struct Standing {
    /// The name that it has there.
    pub id: ObjectId,
    /// From its header to the end of its own `endobj`, or of its value where that is missing.
    pub range: Range<usize>,
    /// Its value, not decrypted.
    pub object: Object,
    /// What had to be forgiven.
    pub facts: Vec<Fact>,
}

impl Pdf<'_> {
    /// The object that begins at a byte (or behind white space there), whatever cross-reference data say. Nothing is
    /// kept of it, and [`Self::facts`] do not grow.
    ///
    /// # Errors
    /// [`PdfError`] when no object begins there, or beyond a limit.
    pub fn read_at(&self, offset: usize) -> Result<Standing, PdfError> {
        let length = |id: ObjectId| {
            let object = self.cached(id, 0).ok()?;
            usize::try_from(object.object.as_exact_integer()?).ok()
        };
        let read = indirect::read(self.bytes, offset, &self.limits, &self.work, &length)?;
        let Place::File(range) = read.indirect.place else { return Err(PdfError::Unexpected("an object")) };
        Ok(Standing { id: read.indirect.id, range, object: read.indirect.object, facts: read.facts })
    }

    /// Number and position of each object in an object stream (§7.5.7), named by cross-reference data or not, in rising
    /// order.
    ///
    /// # Errors
    /// [`PdfError`] when there is no such stream, or it cannot be read.
    pub fn members_of_stream(&self, container: u32) -> Result<Vec<(u32, u32)>, PdfError> {
        Ok(self.object_stream(container, 0)?.numbers().to_vec())
    }

    /// True while [`Self::facts`] are all that there were.
    pub fn has_all_facts(&self) -> bool {
        self.facts().len() < MOST_FACTS
    }
}
