//! Simple types of OFD (GB/T 33190-2016 §7.3): ids and boxes.

/// A box in millimetres: its left upper corner and its size (ST_Box).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rect {
    /// Left edge.
    pub x: f64,
    /// Upper edge; y grows downwards.
    pub y: f64,
    /// Width.
    pub width: f64,
    /// Height.
    pub height: f64,
}

/// No page is a kilometre wide; beyond it a number is taken for broken.
const FURTHEST_MM: f64 = 1_000_000.0;

impl Rect {
    /// Reads `x y width height`. `None` unless these are four finite numbers of ordinary size and the box is
    /// not empty.
    pub fn parse(text: &str) -> Option<Self> {
        let mut numbers = text.split_ascii_whitespace().map(|part| part.parse::<f64>().ok());
        let mut next = || numbers.next().flatten().filter(|value| value.abs() <= FURTHEST_MM);
        let rect = Self { x: next()?, y: next()?, width: next()?, height: next()? };
        (numbers.next().is_none() && rect.width > 0.0 && rect.height > 0.0).then_some(rect)
    }

    /// As OFD writes it, with at most four decimals.
    pub fn to_text(self) -> String {
        [self.x, self.y, self.width, self.height].map(millimetres).join(" ")
    }
}

/// A length with at most four decimals (a tenth of a micrometre) and no superfluous zeros.
pub(super) fn millimetres(value: f64) -> String {
    let text = format!("{value:.4}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    if text.is_empty() || text == "-0" { "0".to_owned() } else { text.to_owned() }
}

/// Rounds a length to the four decimals that are written.
pub(super) fn rounded(value: f64) -> f64 {
    (value * 10_000.0).round() / 10_000.0
}

/// An id as it is compared: as a number when it is one (`01` and `1` are the same), else as text.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Id {
    /// A number.
    Number(u64),
    /// Any other text, without white space around it.
    Text(String),
}

impl Id {
    /// Reads an id.
    pub fn of(text: &str) -> Self {
        let text = text.trim();
        text.parse().map_or_else(|_| Self::Text(text.to_owned()), Self::Number)
    }
}
