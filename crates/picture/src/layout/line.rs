//! Straight lines of text below the centre.

use super::run::Run;
use crate::geometry::{Cell, Point};

/// Cells for `run` on a level line around (0, `middle`), `unit` wide for a hanzi. Neighbours are
/// `pitch` apart; a pitch above the unit leaves gaps.
pub(super) fn cells(run: &Run, middle: f64, unit: f64, pitch: f64, height: f64) -> Vec<Cell> {
    let half = run.width() * pitch / 2.0;
    run.stops()
        .map(|(stop, width)| Cell {
            centre: Point::new(stop * pitch - half, middle),
            width: width * unit,
            height,
            angle: 0.0,
        })
        .collect()
}
