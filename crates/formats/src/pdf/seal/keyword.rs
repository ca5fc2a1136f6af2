//! Seals at a word of the text, such as 盖章.

use super::error::SealError;
use super::geometry::on_sheet;
use crate::ofd::{Rect as Millimetres, Stamp};
use crate::pdf::Pdf;

/// The places of a seal of this size in millimetres at a keyword: one for each time that the word is shown, page by
/// page and from the top. The seal's middle lies on the middle of the word; near an edge it moves inwards as far as it
/// must to lie on the page.
///
/// # Errors
/// [`SealError::NoKeyword`] where the word is not found, [`SealError::OffPage`] where a page is smaller than the seal,
/// and when the text cannot be read.
pub fn stamps_at_keyword(
    file: &Pdf<'_>,
    keyword: &str,
    width_mm: f64,
    height_mm: f64,
) -> Result<Vec<Stamp>, SealError> {
    let pages = file.pages()?;
    let mut stamps = Vec::new();
    for found in file.find_text(keyword)? {
        let page = pages.get(found.page).ok_or(SealError::NoPage { page_index: found.page })?;
        let word = on_sheet(page, &found.rect);
        let sheet = page.sheet_mm();
        let fits = width_mm > 0.0 && height_mm > 0.0 && width_mm <= sheet.width && height_mm <= sheet.height;
        if !fits {
            return Err(SealError::OffPage { page_index: found.page });
        }
        let x = (word.x + (word.width - width_mm) / 2.0).clamp(0.0, sheet.width - width_mm);
        let y = (word.y + (word.height - height_mm) / 2.0).clamp(0.0, sheet.height - height_mm);
        stamps.push(Stamp::at(found.page, x, y, width_mm, height_mm));
    }
    if stamps.is_empty() { Err(SealError::NoKeyword) } else { Ok(stamps) }
}

/// The sheets of a file in millimetres, page by page: what [`crate::ofd::RidingSeal::stamps`] asks for.
///
/// # Errors
/// When the pages cannot be read.
pub fn sheets(file: &Pdf<'_>) -> Result<Vec<(usize, Millimetres)>, SealError> {
    Ok(file.pages()?.iter().map(crate::pdf::Page::sheet_mm).enumerate().collect())
}
