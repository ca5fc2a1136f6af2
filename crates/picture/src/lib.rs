//! Seal pictures (印章图像): draws round, oval and square seals from their texts, as PNG and as
//! SVG, and reads the size of a picture that somebody else made.
//!
//! A seal is laid out once, in millimetres around its centre, as one filled outline; the PNG
//! and the SVG are two writings of that outline, so that they cannot differ. No text remains in
//! the SVG, hence no font is needed to show it.
//!
//! * [`SealDesign`] says what to draw; [`SealDesign::for_type`] fills in what is customary for
//!   each seal type (印章类型) of the standard's Table 1.
//! * [`SealPicture::draw`] draws it, [`Drawn`] is the result.
//! * [`inspect()`] tells kind and size in pixels of a picture from its first bytes.
//!
//! The picture goes into the seal of GB/T 38540 (`picture`: type, data, width and height in
//! millimetres) and into the seal information of Table 5 (`dpiX`, `dpiY`: the pixels).

mod design;
mod error;
mod font;
mod geometry;
mod inspect;
mod layout;
mod output;
mod text;

pub use design::{Centre, Colour, SealDesign, SealType, Shape};
pub use error::{Part, PictureError};
pub use font::{FIGURES_FONT, FontSet, SONG_FONT};
pub use inspect::{InspectError, MAX_SIDE_PX, PictureInfo, PictureKind, inspect};
pub use output::{Drawn, SealPicture};
pub use text::{MAX_NAME_CHARS, MAX_SERIAL_CHARS, MAX_TAX_CHARS, MAX_TYPE_LINE_CHARS};
