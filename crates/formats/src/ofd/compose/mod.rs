//! Small documents of text and lines (GB/T 33190-2016 §7, §11), good enough for the demo and for tests.
//!
//! [`Composer`] draws on pages directly, [`Flow`] breaks paragraphs and tables into lines and pages, and
//! [`purchase_contract`] is a whole document. Fonts are named, not embedded, so every reader shows the text in
//! its own 宋体 or 黑体. The result depends on nothing but its arguments.

mod composer;
mod contract;
mod flow;
mod page;
mod text;

pub(crate) use contract::draw_contract;
pub(crate) use page::Mark;
pub(crate) use text::advance;

pub use composer::Composer;
pub use contract::{Contract, Parties, Spot, purchase_contract};
pub use flow::{Flow, Style};
pub use page::{FontFace, PageDraft};

#[cfg(test)]
mod tests;
