//! Small PDF documents of text and lines, for the demo and for tests: what [`crate::ofd::compose`] draws, written as
//! PDF 1.7 with a cross-reference table.
//!
//! A font that is given is embedded, only the glyphs that are used, with a map back to text so that words can be found.
//! Without one the text is set in Courier, which every reader has, and only ASCII can be shown. The result depends on
//! nothing but the arguments.

mod font;
mod write;

use jiff::Timestamp;

use crate::ofd::compose::{Composer, Parties, Spot, draw_contract};

/// Why a document cannot be composed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ComposeError {
    /// The font file cannot be read, or is of a kind that is not embedded.
    #[error("the font cannot be embedded")]
    Font,
    /// The font has no glyph for a character.
    #[error("the font has no glyph for {0:?}")]
    NoGlyph(char),
}

/// The contract and where its seals belong.
#[derive(Debug, Clone, PartialEq)]
pub struct Contract {
    /// The document.
    pub pdf: Vec<u8>,
    /// The middle of the buyer's seal.
    pub buyer: Spot,
    /// The middle of the seller's seal.
    pub seller: Spot,
}

/// The drawn pages as PDF. `font` is an OpenType or TrueType file with a glyph for every character that is drawn.
///
/// # Errors
/// [`ComposeError`] when the font cannot be embedded or has no glyph for a character.
pub fn to_pdf(composer: &Composer, font: Option<&[u8]>) -> Result<Vec<u8>, ComposeError> {
    write::document(composer, font)
}

/// The purchase contract of [`crate::ofd::compose::purchase_contract`] as PDF.
///
/// # Errors
/// [`ComposeError`], as [`to_pdf`].
pub fn purchase_contract(
    parties: &Parties<'_>,
    created: Timestamp,
    font: &[u8],
) -> Result<Contract, ComposeError> {
    let (composer, buyer, seller) = draw_contract("0", parties, created);
    Ok(Contract { pdf: to_pdf(&composer, Some(font))?, buyer, seller })
}
