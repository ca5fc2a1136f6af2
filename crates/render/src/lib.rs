//! Draws pages of PDF documents (ISO 32000), for the comparison of a signed revision with the document as it is now and
//! for showing pages to people.
//!
//! A document comes from outside, and the renderer (hayro, Rust throughout) bounds neither its memory nor its time. So a
//! page is drawn by a process of its own: the program starts itself once more ([`Renderer::of_this_program`]), hands the
//! document over a pipe ([`wire`]), and ends that process when it has taken too long; the process bounds its own memory,
//! processor time and files first ([`serve()`]). Where it dies the page has no picture, and nothing else happens.
//!
//! ```no_run
//! # fn main() -> Result<(), verify::NotDrawn> {
//! let renderer = sealbridge_render::Renderer::of_this_program(["draw-pages"], sealbridge_render::Bounds::default());
//! let document = std::fs::read("contract.pdf").unwrap_or_default();
//! let picture = renderer.draw(&document, 0, 800)?;
//! println!("{} x {}", picture.width, picture.height);
//! # Ok(())
//! # }
//! ```

mod blank;
mod book;
mod fonts;
mod helper;
mod renderer;
mod serve;
pub mod wire;

pub use book::Here;
pub use renderer::{Bounds, Renderer};
pub use serve::serve;
pub use verify::{Lacks, NotDrawn, Picture};

/// Who draws, for the record of a report. The version is that of the line in the root manifest.
pub(crate) const NAME: &str = "hayro 0.9";
/// The widest picture, in pixels.
pub const MAX_WIDTH: u32 = 4_000;
/// The highest picture, in pixels.
pub const MAX_HEIGHT: u32 = 8_000;
/// The most pixels of a picture.
pub const MAX_PIXELS: u64 = 16_000_000;
/// The longest document that is drawn, in bytes.
pub const MAX_DOCUMENT: u64 = 256 << 20;
