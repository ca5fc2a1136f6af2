//! The report on a verified document as a PDF for people: the same content as the page of HTML
//! ([`verify::people`] is what both are made from), Chinese first and English beneath, to keep, to print and to file.
//!
//! The first pages are the summary: the verdict in one sentence, why, and each signature with its seal picture in its
//! size, what is covered and what was changed. The twelve steps of table 28 follow on pages of their own, reached by
//! links and by bookmarks that are folded at first.
//!
//! The file is PDF/A-2a (ISO 19005-2): tagged, its fonts embedded as subsets, its text selectable, nothing in it that
//! runs or asks. It depends on the report alone: no clock, no fonts of the machine. Everything in a report may come
//! from a hostile document: text is bounded and shows all that is in it, pictures are bounded before they are decoded.

mod details;
mod flow;
mod font;
mod look;
mod seal;
mod summary;
mod text;
mod write;

use verify::{Report, people};

/// Why a report could not be written as a PDF.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PdfError {
    /// An embedded font cannot be read: the program itself is damaged.
    #[error("内置字库损坏 the embedded font cannot be read")]
    Font,
    /// The pages could not be written as a file of PDF/A.
    #[error("PDF 无法生成 the PDF could not be made: {0}")]
    Write(String),
}

/// Signatures that are told; of those beyond it is said how many there are.
const SIGNATURES: usize = 100;

/// The report on `document` as a PDF, in Chinese and English. The same report gives the same bytes.
///
/// # Errors
/// [`PdfError`]; nothing in a document leads to one.
pub fn pdf(report: &Report, document: &[u8]) -> Result<Vec<u8>, PdfError> {
    let page = people::page(report, document);
    let fonts = font::Fonts::new()?;
    let mut flow = flow::Flow::new();
    let marks = summary::write(&fonts, &mut flow, &page);
    let details = details::write(&fonts, &mut flow, &page, &marks);
    summary::close(&fonts, &mut flow, &page);
    write::write(&fonts, flow, &page, report.at, &marks, &details)
}
