//! A document opened for placing a seal: its pages, and where a text stands.

use super::error::SealingError;
use super::kind::DocumentKind;
use crate::ofd::{self, Package, Rect};
use crate::pdf::{self, Pdf};

/// Upper bounds of both kinds.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Limits {
    /// OFD.
    pub ofd: ofd::Limits,
    /// PDF.
    pub pdf: pdf::Limits,
}

/// Size of a page as it is shown, in millimetres.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PageSize {
    /// Width.
    pub width_mm: f64,
    /// Height.
    pub height_mm: f64,
}

impl PageSize {
    /// A4, which readers show for a page that names no size.
    pub const A4: Self = Self { width_mm: 210.0, height_mm: 297.0 };

    fn of(rect: Rect) -> Self {
        Self { width_mm: rect.width, height_mm: rect.height }
    }
}

/// A place where a text stands.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Found {
    /// Position of the page, counted from zero.
    pub page_index: usize,
    /// The box around it, in millimetres from the left upper corner of the page.
    pub rect: Rect,
}

/// An opened document. Of an OFD with several documents in one package it is the first.
pub struct Document<'a>(pub(super) Opened<'a>);

pub(super) enum Opened<'a> {
    Ofd { package: Box<Package<'a>>, document: Box<ofd::Document> },
    Pdf { file: Box<Pdf<'a>>, pages: Vec<pdf::Page> },
}

impl<'a> Document<'a> {
    /// Opens a document as far as is needed to place a seal on it. Whether it takes another signature is told when the
    /// placement is prepared.
    ///
    /// # Errors
    /// [`SealingError`] when it is neither kind, damaged, needs a password, or has no page.
    pub fn open(bytes: &'a [u8], limits: &Limits) -> Result<Self, SealingError> {
        let opened = match DocumentKind::of(bytes).ok_or(SealingError::UnknownKind)? {
            DocumentKind::Ofd => {
                let package = Package::open(bytes, &limits.ofd)?;
                let document = package.document(0)?;
                Opened::Ofd { package: Box::new(package), document: Box::new(document) }
            }
            DocumentKind::Pdf => {
                let file = pdf::seal::open(bytes, &limits.pdf)?;
                let pages = file.pages()?;
                Opened::Pdf { file: Box::new(file), pages }
            }
        };
        let document = Self(opened);
        if document.page_count() == 0 { Err(SealingError::NoPages) } else { Ok(document) }
    }

    /// What it is.
    pub fn kind(&self) -> DocumentKind {
        match &self.0 {
            Opened::Ofd { .. } => DocumentKind::Ofd,
            Opened::Pdf { .. } => DocumentKind::Pdf,
        }
    }

    /// Number of pages, at least one.
    pub fn page_count(&self) -> usize {
        match &self.0 {
            Opened::Ofd { document, .. } => document.pages.len(),
            Opened::Pdf { pages, .. } => pages.len(),
        }
    }

    /// Size of a page as it is shown.
    ///
    /// # Errors
    /// [`SealingError`] when there is no such page, or it cannot be read.
    pub fn page_size(&self, page_index: usize) -> Result<PageSize, SealingError> {
        let no_page = SealingError::NoPage { page_index };
        match &self.0 {
            Opened::Ofd { package, document } => {
                if page_index >= document.pages.len() {
                    return Err(no_page);
                }
                let page = package.page(document, page_index)?;
                Ok(page.area.map_or(PageSize::A4, |(area, _)| PageSize::of(area.physical)))
            }
            Opened::Pdf { pages, .. } => {
                pages.get(page_index).map(|page| PageSize::of(page.sheet_mm())).ok_or(no_page)
            }
        }
    }

    /// Full names of the empty signature fields of a PDF, at most so many, in the order of its form; an OFD has none.
    ///
    /// # Errors
    /// [`SealingError`] when the form cannot be read.
    pub fn empty_fields(&self, most: usize) -> Result<Vec<String>, SealingError> {
        match &self.0 {
            Opened::Ofd { .. } => Ok(Vec::new()),
            Opened::Pdf { file, .. } => Ok(pdf::seal::empty_fields(file, most)?),
        }
    }

    /// Where a text stands, in the order of the pages; white space is not compared.
    ///
    /// # Errors
    /// [`SealingError`] when a page cannot be read.
    pub fn find(&self, text: &str) -> Result<Vec<Found>, SealingError> {
        match &self.0 {
            Opened::Ofd { package, document } => {
                let found = package.find_text(document, text)?;
                Ok(found
                    .into_iter()
                    .map(|ofd::FoundText { page_index, rect }| Found { page_index, rect })
                    .collect())
            }
            Opened::Pdf { file, pages } => {
                let found = file.find_text(text)?;
                let place = |one: &pdf::TextMatch| {
                    let rect = pdf::seal::on_sheet(pages.get(one.page)?, &one.rect);
                    Some(Found { page_index: one.page, rect })
                };
                Ok(found.iter().filter_map(place).collect())
            }
        }
    }
}
