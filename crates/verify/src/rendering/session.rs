//! Comparing the pages of one document: drawn, or as it was written down.

use formats::pdf::Rect;

use super::difference::compare;
use super::look::{Look, Seen, Tape};
use super::{Drawing, NotDrawn, Picture};

/// How wide pages are drawn, in pixels: about 100 to the inch on A4, so that a letter is some pixels high.
const WIDTH: u32 = 800;

/// Which page of which revision is compared.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place {
    /// Where the signed bytes end.
    pub(crate) end: usize,
    /// The page, counted from zero.
    pub(crate) page: u32,
    /// Pages of the signed revision and of the document as it is now, by our own reading.
    pub(crate) pages: (u32, u32),
}

/// One document.
pub(crate) struct Session<'s>(Kind<'s>);

enum Kind<'s> {
    Drawing {
        drawing: Option<Box<dyn Drawing + 's>>,
        tape: Option<&'s Tape>,
        /// Length of the document.
        len: usize,
        /// The page as it is now that was drawn last.
        last: Option<(u32, Result<Picture, NotDrawn>)>,
    },
    Playing(&'s Tape),
}

impl<'s> Session<'s> {
    pub(super) fn drawing(
        drawing: Option<Box<dyn Drawing + 's>>,
        tape: Option<&'s Tape>,
        document: &'s [u8],
    ) -> Self {
        Self(Kind::Drawing { drawing, tape, len: document.len(), last: None })
    }

    pub(super) fn playing(tape: &'s Tape) -> Self {
        Self(Kind::Playing(tape))
    }

    /// Compares a page. `permitted` are the places on it where a permitted change is told. A page that is beyond what is
    /// compared is not drawn. Asked page by page, each page as it is now is drawn once.
    pub(crate) fn look(&mut self, place: Place, permitted: &[Rect], is_beyond: bool) -> Seen {
        let (end, number) = (u64::try_from(place.end).unwrap_or(u64::MAX), place.page.saturating_add(1));
        match &mut self.0 {
            Kind::Playing(tape) => tape.read(end, number),
            Kind::Drawing { drawing, tape, len, last } => {
                let seen = if is_beyond {
                    Look::NotDrawn(NotDrawn::Beyond).into()
                } else {
                    see(drawing.as_deref_mut(), place, *len, last, permitted)
                };
                if let Some(tape) = tape {
                    tape.write(end, number, &seen);
                }
                seen
            }
        }
    }
}

fn see(
    drawing: Option<&mut (dyn Drawing + '_)>,
    place: Place,
    len: usize,
    last: &mut Option<(u32, Result<Picture, NotDrawn>)>,
    permitted: &[Rect],
) -> Seen {
    let (signed_pages, pages) = place.pages;
    if place.page >= signed_pages {
        return Look::Added.into();
    }
    if place.page >= pages {
        return Look::Removed.into();
    }
    let Some(drawing) = drawing else { return Look::NotDrawn(NotDrawn::NoRenderer).into() };
    if last.as_ref().is_none_or(|(page, _)| *page != place.page) {
        let drawn = drawing.draw(len, place.page, WIDTH);
        *last = Some((place.page, counted(drawn, pages)));
    }
    let now = match last {
        Some((_, Ok(now))) => now,
        Some((_, Err(why))) => return Look::NotDrawn(*why).into(),
        None => return Look::NotDrawn(NotDrawn::NoRenderer).into(),
    };
    match counted(drawing.draw(place.end, place.page, WIDTH), signed_pages) {
        Ok(signed) => Seen { look: compare(&signed, now, permitted), lacks: signed.lacks.or(now.lacks) },
        Err(why) => Look::NotDrawn(why).into(),
    }
}

/// A picture from somebody who reads another document out of the same bytes is no picture of this one.
fn counted(drawn: Result<Picture, NotDrawn>, pages: u32) -> Result<Picture, NotDrawn> {
    drawn.and_then(|picture| if picture.pages == pages { Ok(picture) } else { Err(NotDrawn::OtherPages) })
}
