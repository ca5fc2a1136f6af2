//! What goes over the pipe between the program and the process that draws for it. Numbers are little-endian.
//!
//! | from | what |
//! |---|---|
//! | program | once: `SBDRAW01`, memory in bytes (8), processor time in seconds (8), length of the document (8), the document |
//! | program | for each page: where the document ends (8), the page counted from zero (4), width in pixels (4) |
//! | process | `P`, columns (4), rows (4), six numbers of the matrix (8 each), pages (4), what is lacking (1), red, green, blue and alpha of each pixel |
//! | process | or `N`, why there is no picture (1) |
//!
//! Neither believes the other: the process may have been taken over by a document, so a picture that is not the one asked
//! for, or is beyond the bounds, is none.

use std::io::{self, Read, Write};

use verify::{Lacks, NotDrawn, Picture};

use crate::{MAX_DOCUMENT, MAX_HEIGHT, MAX_PIXELS, MAX_WIDTH};

const MAGIC: &[u8; 8] = b"SBDRAW01";
/// Reasons by number: those that the process knows.
const REASONS: [NotDrawn; 4] =
    [NotDrawn::Unreadable, NotDrawn::OtherPages, NotDrawn::Shape, NotDrawn::TooLarge];
const PICTURE: u8 = b'P';
const NONE: u8 = b'N';

/// What the process is given at its beginning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Start {
    /// Memory it may take, in bytes.
    pub memory: u64,
    /// Processor time it may take, in seconds.
    pub seconds: u64,
    /// Length of the document that follows, in bytes.
    pub len: u64,
}

/// A page that is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Order {
    /// Where the document ends: a revision is drawn as if there were nothing behind it.
    pub end: u64,
    /// The page, counted from zero.
    pub page: u32,
    /// Columns of the picture.
    pub width: u32,
}

/// What comes back.
pub type Answer = Result<Picture, NotDrawn>;

fn odd(what: &'static str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what)
}

fn bytes<const N: usize>(input: &mut impl Read) -> io::Result<[u8; N]> {
    let mut bytes = [0; N];
    input.read_exact(&mut bytes)?;
    Ok(bytes)
}

impl Start {
    /// Writes it. The document follows.
    ///
    /// # Errors
    /// Those of the pipe.
    pub fn write(&self, out: &mut impl Write) -> io::Result<()> {
        out.write_all(MAGIC)?;
        for number in [self.memory, self.seconds, self.len] {
            out.write_all(&number.to_le_bytes())?;
        }
        Ok(())
    }

    /// Reads it.
    ///
    /// # Errors
    /// Those of the pipe, and anything that is no such beginning.
    pub fn read(input: &mut impl Read) -> io::Result<Self> {
        if bytes::<8>(input)? != *MAGIC {
            return Err(odd("no beginning"));
        }
        let mut number = || bytes::<8>(input).map(u64::from_le_bytes);
        let start = Self { memory: number()?, seconds: number()?, len: number()? };
        if start.len > MAX_DOCUMENT { Err(odd("too long")) } else { Ok(start) }
    }
}

impl Order {
    /// Writes it.
    ///
    /// # Errors
    /// Those of the pipe.
    pub fn write(&self, out: &mut impl Write) -> io::Result<()> {
        out.write_all(&self.end.to_le_bytes())?;
        out.write_all(&self.page.to_le_bytes())?;
        out.write_all(&self.width.to_le_bytes())
    }

    /// Reads one; none when nothing more is asked for.
    ///
    /// # Errors
    /// Those of the pipe, and an order that breaks off.
    pub fn read(input: &mut impl Read) -> io::Result<Option<Self>> {
        let mut end = [0; 8];
        let (first, rest) = end.split_at_mut(1);
        if input.read(first)? == 0 {
            return Ok(None);
        }
        input.read_exact(rest)?;
        let end = u64::from_le_bytes(end);
        let (page, width) = (u32::from_le_bytes(bytes(input)?), u32::from_le_bytes(bytes(input)?));
        Ok(Some(Self { end, page, width }))
    }
}

/// Writes an answer.
///
/// # Errors
/// Those of the pipe.
pub fn write(answer: &Answer, out: &mut impl Write) -> io::Result<()> {
    match answer {
        Ok(picture) => {
            out.write_all(&[PICTURE])?;
            out.write_all(&picture.width.to_le_bytes())?;
            out.write_all(&picture.height.to_le_bytes())?;
            for number in picture.to_pixels {
                out.write_all(&number.to_le_bytes())?;
            }
            out.write_all(&picture.pages.to_le_bytes())?;
            let Lacks { text, image, annotation } = picture.lacks;
            out.write_all(&[u8::from(text) | u8::from(image) << 1 | u8::from(annotation) << 2])?;
            out.write_all(&picture.pixels)?;
        }
        Err(why) => {
            let number = (0..).zip(REASONS).find(|(_, reason)| reason == why).map_or(0, |(number, _)| number);
            out.write_all(&[NONE, number])?;
        }
    }
    out.flush()
}

/// Reads the answer to an order.
///
/// # Errors
/// Those of the pipe, and anything that is no answer to this order.
pub fn read(input: &mut impl Read, order: &Order) -> io::Result<Answer> {
    match bytes::<1>(input)? {
        [PICTURE] => picture(input, order).map(Ok),
        [NONE] => {
            let [number] = bytes::<1>(input)?;
            let why = REASONS.get(usize::from(number)).ok_or_else(|| odd("no reason"))?;
            Ok(Err(*why))
        }
        _ => Err(odd("no answer")),
    }
}

fn picture(input: &mut impl Read, order: &Order) -> io::Result<Picture> {
    let (width, height) = (u32::from_le_bytes(bytes(input)?), u32::from_le_bytes(bytes(input)?));
    let mut to_pixels = [0.0; 6];
    for number in &mut to_pixels {
        *number = f64::from_le_bytes(bytes(input)?);
    }
    let pages = u32::from_le_bytes(bytes(input)?);
    let [lacks] = bytes::<1>(input)?;
    if width != order.width || !is_within_bounds(width, height) {
        return Err(odd("another size"));
    }
    let [a, b, c, d, ..] = to_pixels;
    let is_matrix = to_pixels.iter().all(|number| number.abs() < 1e9) && a.mul_add(d, -(b * c)).abs() > 1e-9;
    if !is_matrix || lacks > 7 {
        return Err(odd("no picture of a page"));
    }
    let len = u64::from(width).saturating_mul(u64::from(height)).saturating_mul(4);
    let mut pixels = Vec::new();
    // Grows with what comes, not with what is claimed.
    input.take(len).read_to_end(&mut pixels)?;
    if u64::try_from(pixels.len()) != Ok(len) {
        return Err(odd("a picture that breaks off"));
    }
    let lacks = Lacks { text: lacks & 1 != 0, image: lacks & 2 != 0, annotation: lacks & 4 != 0 };
    Ok(Picture { width, height, pixels, to_pixels, pages, lacks })
}

/// True for the size of a picture that is drawn.
pub(crate) fn is_within_bounds(width: u32, height: u32) -> bool {
    let pixels = u64::from(width).saturating_mul(u64::from(height));
    (1..=MAX_WIDTH).contains(&width) && (1..=MAX_HEIGHT).contains(&height) && pixels <= MAX_PIXELS
}

#[cfg(test)]
mod tests {
    use super::*;

    fn picture() -> Picture {
        Picture {
            width: 2,
            height: 3,
            pixels: (0..24).collect(),
            to_pixels: [0.5, 0.0, 0.0, -0.5, 0.0, 3.0],
            pages: 7,
            lacks: Lacks { text: true, image: false, annotation: true },
        }
    }

    const ORDER: Order = Order { end: 99, page: 4, width: 2 };

    #[test]
    fn what_is_written_is_read() {
        let mut pipe = Vec::new();
        let start = Start { memory: 1 << 30, seconds: 60, len: 12 };
        start.write(&mut pipe).unwrap();
        ORDER.write(&mut pipe).unwrap();
        let mut input = pipe.as_slice();
        assert_eq!(Start::read(&mut input).unwrap(), start);
        assert_eq!(Order::read(&mut input).unwrap(), Some(ORDER));
        assert_eq!(Order::read(&mut input).unwrap(), None);
        assert!(Order::read(&mut &pipe[..3]).is_err());
        for answer in REASONS.map(Err).into_iter().chain([Ok(picture())]) {
            let mut pipe = Vec::new();
            write(&answer, &mut pipe).unwrap();
            let mut input = pipe.as_slice();
            assert_eq!(read(&mut input, &ORDER).unwrap(), answer);
            assert!(input.is_empty());
        }
    }

    #[test]
    fn no_part_of_an_answer_and_no_other_picture_is_an_answer() {
        let mut pipe = Vec::new();
        write(&Ok(picture()), &mut pipe).unwrap();
        assert!((0..pipe.len()).all(|len| read(&mut &pipe[..len], &ORDER).is_err()));
        assert!(read(&mut pipe.as_slice(), &Order { width: 3, ..ORDER }).is_err());
        let with = |change: &dyn Fn(&mut Picture)| {
            let (mut picture, mut pipe) = (picture(), Vec::new());
            change(&mut picture);
            write(&Ok(picture), &mut pipe).unwrap();
            read(&mut pipe.as_slice(), &ORDER)
        };
        assert!(with(&|_| ()).is_ok());
        assert!(with(&|picture| picture.height = MAX_HEIGHT + 1).is_err());
        assert!(with(&|picture| picture.height = 0).is_err());
        for to_pixels in [[0.0; 6], [f64::NAN, 0.0, 0.0, 1.0, 0.0, 0.0], [1e300; 6]] {
            assert!(with(&|picture| picture.to_pixels = to_pixels).is_err());
        }
        assert!(Start::read(&mut &b"SBDRAW00aaaaaaaabbbbbbbbcccccccc"[..]).is_err());
        assert!(Start::read(&mut &b"SBDRAW01aaaaaaaabbbbbbbbcccccccc"[..]).is_err(), "longer than is drawn");
        assert!(read(&mut &b"N\x09"[..], &ORDER).is_err());
        assert!(read(&mut &b"X"[..], &ORDER).is_err());
    }
}
