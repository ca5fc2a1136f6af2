//! Square seals: columns from right to left, each read downwards, as seals were always cut.

use super::{Artwork, run::Run, shapes};
use crate::{
    design::SealDesign,
    error::{Part, PictureError},
    font::{FontSet, Style},
    geometry::{Cell, Point},
};

/// The most characters of a square seal: five columns of five.
const MAX_CHARS: usize = 25;
/// Below this width or height in millimetres a hanzi is not legible.
const MIN_CELL_MM: f64 = 2.0;

pub(super) fn lay_out(design: &SealDesign, fonts: &FontSet, side_mm: u16) -> Result<Artwork, PictureError> {
    let text = format!("{}{}", design.name, design.type_line.as_deref().unwrap_or_default());
    let run = Run::new(fonts, Style::Song, &text)?.downwards();
    let half = f64::from(side_mm) / 2.0;
    let border = (half * 0.1).clamp(0.6, 1.2);
    let mut art = Artwork::default();
    shapes::add_square_border(&mut art.outline, half, border);

    let counts = columns(run.items().len());
    let room = half - border - half * 0.05;
    let width = room * 2.0 / f64::from(small(counts.len()));
    let tallest = counts.iter().copied().max().unwrap_or(1);
    if run.items().len() > MAX_CHARS || width.min(room * 2.0 / f64::from(small(tallest))) < MIN_CELL_MM {
        return Err(PictureError::NoRoom { part: Part::Name });
    }
    for (column, piece) in (0_u8..).zip(run.split(&counts)) {
        let x = room - width * (f64::from(column) + 0.5);
        art.add_run(&piece, &column_cells(&piece, x, width, room));
    }
    Ok(art)
}

/// Cells one below the other from `-room` to `room`.
fn column_cells(piece: &Run, x: f64, width: f64, room: f64) -> Vec<Cell> {
    let pitch = room * 2.0 / piece.width();
    piece
        .stops()
        .map(|(stop, share)| Cell {
            centre: Point::new(x, stop * pitch - room),
            width: width * 0.97,
            height: share * pitch * 0.97,
            angle: 0.0,
        })
        .collect()
}

/// How many characters stand in each column, from the right. What does not divide goes to the
/// left: with three characters the family name has the right column to itself.
fn columns(characters: usize) -> Vec<usize> {
    let columns = match characters {
        0 | 1 => 1,
        2..=6 => 2,
        7..=12 => 3,
        13..=16 => 4,
        _ => 5,
    };
    let (each, over) = (characters / columns, characters % columns);
    (0..columns).map(|column| each + usize::from(column + over >= columns)).collect()
}

/// Counts of characters are below [`MAX_CHARS`] or end in an error, so clamping loses nothing.
fn small(count: usize) -> u8 {
    u8::try_from(count.max(1)).unwrap_or(u8::MAX)
}

#[cfg(test)]
mod tests {
    use super::columns;

    #[test]
    fn columns_fill_from_the_right() {
        assert_eq!(columns(1), [1]);
        assert_eq!(columns(2), [1, 1]);
        assert_eq!(columns(3), [1, 2]);
        assert_eq!(columns(4), [2, 2]);
        assert_eq!(columns(5), [2, 3]);
        assert_eq!(columns(6), [3, 3]);
        assert_eq!(columns(8), [2, 3, 3]);
        assert_eq!(columns(16), [4, 4, 4, 4]);
        for characters in 1..=25 {
            assert_eq!(columns(characters).iter().sum::<usize>(), characters);
        }
    }
}
