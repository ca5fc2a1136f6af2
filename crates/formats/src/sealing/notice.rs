//! What who seals should know beforehand, of either kind of document.

use super::document::Limits;
use super::error::SealingError;
use super::kind::DocumentKind;
use super::prepare::{Order, Subject};
use crate::asn1::Mode as Reading;
use crate::pdf::seal::{Notice, notices as of_pdf};
use crate::ses::Seal;

/// What happens to the seal on its way into the document. An OFD takes it as it is, and a plain signature is not shown.
///
/// # Errors
/// [`SealingError`] when the document cannot be read.
pub fn notices(document: &[u8], order: &Order, limits: &Limits) -> Result<Vec<Notice>, SealingError> {
    let (Some(DocumentKind::Pdf), Subject::Seal(der)) = (DocumentKind::of(document), &order.subject) else {
        return Ok(Vec::new());
    };
    let (seal, _) = Seal::parse(der, Reading::Tolerant)?;
    Ok(of_pdf(document, &seal.picture, order.pdf.field.as_deref(), &limits.pdf)?)
}
