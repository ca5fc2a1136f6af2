//! Widths of glyphs (ISO 32000-1 §9.2.4, §9.7.4.3), in thousandths of the size of the type.

use crate::pdf::{Dictionary, Name, Object, Pdf, PdfError};

/// Widths by code or CID.
#[derive(Clone, Debug, Default)]
pub(super) struct Widths {
    /// First, last, width; in rising order.
    ranges: Vec<(u32, u32, f64)>,
    pub(super) default: f64,
    /// Where those that are not told come from.
    rest: Rest,
    /// True when something in the lists is no number, or told twice.
    is_odd: bool,
}

/// Where the widths come from that a font does not tell.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Rest {
    /// All are the default.
    #[default]
    Default,
    /// They are in the program of the font, which is not read.
    Program,
    /// A standard font (§9.6.2.2) whose widths are those of Helvetica.
    Helvetica,
}

/// CIDs of ASCII in the character collections, of full and of half width.
const ASCII_CIDS: [(u32, u32); 5] = [(1, 95), (231, 325), (814, 939), (8094, 8190), (13_648, 13_742)];

impl Widths {
    /// Those of a simple font.
    pub(super) fn simple(
        pdf: &Pdf<'_>,
        font: &Dictionary,
        missing: Option<f64>,
        is_described: bool,
    ) -> Result<Self, PdfError> {
        let held = pdf.look_up(font, b"BaseFont")?;
        let name = held.as_ref().and_then(|name| name.as_name()).map(Name::to_text).unwrap_or_default();
        let Some(held) = pdf.look_up(font, b"Widths")?.filter(|held| held.as_array().is_some()) else {
            return Ok(Self::of_standard_font(&name, is_described));
        };
        let first = pdf.look_up(font, b"FirstChar")?;
        let first = first.map_or(Some(0), |first| first.as_integer());
        let mut is_odd = first.is_none();
        let mut ranges = Vec::new();
        for (code, width) in (first.unwrap_or(0)..256).zip(held.as_array().unwrap_or_default()) {
            let width = pdf.look(width)?.as_number();
            if let (Ok(code), Some(width)) = (u32::try_from(code), width) {
                ranges.push((code, code, width));
            } else {
                is_odd = true;
            }
        }
        Ok(Self { ranges, default: missing.unwrap_or(0.0), rest: Rest::Program, is_odd })
    }

    /// Those of the fonts that need not tell them: of Courier, and of Helvetica for all others, which is near enough
    /// to find a place.
    fn of_standard_font(name: &str, is_described: bool) -> Self {
        let courier = ["Courier", "Courier-Bold", "Courier-Oblique", "Courier-BoldOblique"];
        if name.contains("Courier") {
            let rest = if courier.contains(&name) && !is_described { Rest::Default } else { Rest::Program };
            return Self { default: 600.0, rest, ..Self::default() };
        }
        let ranges = (0x20..).zip(HELVETICA).map(|(code, width)| (code, code, f64::from(width))).collect();
        let is_known = matches!(name, "Helvetica" | "Helvetica-Oblique") && !is_described;
        let rest = if is_known { Rest::Helvetica } else { Rest::Program };
        Self { ranges, default: 556.0, rest, is_odd: !is_known }
    }

    /// `W` and `DW` of a CIDFont. They cost some of `entries`.
    pub(super) fn composite(pdf: &Pdf<'_>, font: &Dictionary, entries: &mut usize) -> Result<Self, PdfError> {
        let default = pdf.look_up(font, b"DW")?;
        let default = default.map_or(Some(1000.0), |width| width.as_number());
        let held = pdf.look_up(font, b"W")?;
        let list = held.as_deref().map_or(Some(&[][..]), Object::as_array);
        let mut widths = Self { is_odd: default.is_none() || list.is_none(), ..Self::default() };
        widths.default = default.unwrap_or(1000.0);
        let mut items = list.unwrap_or_default().iter();
        let cid = |object: &Object| object.as_integer().and_then(|cid| u32::try_from(cid).ok());
        while let Some(first) = items.next() {
            let first = cid(&*pdf.look(first)?);
            let next = items.next().map(|next| pdf.look(next)).transpose()?;
            let (Some(first), Some(next)) = (first, next) else {
                widths.is_odd = true;
                break;
            };
            if let Some(list) = next.as_array() {
                *entries = entries.checked_sub(list.len() / 4).ok_or(PdfError::Limit("entries of fonts"))?;
                for (cid, width) in (first..).zip(list) {
                    let width = pdf.look(width)?.as_number();
                    widths.is_odd |= width.is_none();
                    widths.ranges.extend(width.map(|width| (cid, cid, width)));
                }
            } else {
                *entries = entries.checked_sub(1).ok_or(PdfError::Limit("entries of fonts"))?;
                let width = items.next().map(|width| pdf.look(width)).transpose()?;
                let (Some(last), Some(width)) = (cid(&next), width.and_then(|width| width.as_number()))
                else {
                    widths.is_odd = true;
                    break;
                };
                widths.ranges.push((first, last, width));
            }
        }
        widths.ranges.sort_by_key(|range| range.0);
        let is_twice = |a: &(u32, u32, f64), b: &(u32, u32, f64)| b.0 <= a.1 && (a.2 - b.2).abs() > 1e-6;
        widths.is_odd |= widths.ranges.windows(2).any(|pair| matches!(pair, [a, b] if is_twice(a, b)));
        Ok(widths)
    }

    /// The width of a CID, and whether readers cannot but take the same.
    pub(super) fn of_cid(&self, cid: u32) -> (f64, bool) {
        (self.told(cid).unwrap_or(self.default), !self.is_odd)
    }

    /// The width of a code of a simple font that stands for a character, and whether readers cannot but take the same.
    pub(super) fn of_code(&self, code: u32, char: Option<char>) -> (f64, bool) {
        let told = self.told(code);
        match self.rest {
            Rest::Default => (told.unwrap_or(self.default), !self.is_odd),
            Rest::Program => (told.unwrap_or(self.default), !self.is_odd && told.is_some()),
            Rest::Helvetica => match char.and_then(helvetica) {
                Some(width) => (width, true),
                None => (told.unwrap_or(self.default), false),
            },
        }
    }

    /// True when only characters of ASCII have widths of their own, by the CIDs of any collection.
    pub(super) fn lists_ascii_alone(&self) -> bool {
        let is_ascii = |range: &(u32, u32, f64)| {
            ASCII_CIDS.iter().any(|(first, last)| *first <= range.0 && range.1 <= *last)
        };
        !self.is_odd && self.ranges.iter().all(is_ascii)
    }

    fn told(&self, code: u32) -> Option<f64> {
        let behind = self.ranges.partition_point(|range| range.0 <= code);
        let range = behind.checked_sub(1).and_then(|index| self.ranges.get(index));
        range.filter(|range| code <= range.1).map(|range| range.2)
    }
}

/// The width of a character in Helvetica.
fn helvetica(char: char) -> Option<f64> {
    let code = u32::from(char);
    let width = match char {
        ' '..='~' => *HELVETICA.get(usize::try_from(code.checked_sub(0x20)?).ok()?)?,
        '\u{A0}'..='\u{FF}' => *LATIN.get(usize::try_from(code.checked_sub(0xA0)?).ok()?)?,
        '\u{2018}' | '\u{2019}' | '\u{201A}' => 222,
        '\u{201C}' | '\u{201D}' | '\u{201E}' => 333,
        '\u{2013}' | '\u{20AC}' => 556,
        '\u{2014}' | '\u{2026}' | '\u{2122}' => 1000,
        '\u{2022}' => 350,
        _ => return None,
    };
    Some(f64::from(width))
}

/// The same from the space that does not break a line to the end of Latin-1.
const LATIN: [u16; 96] = [
    278, 333, 556, 556, 556, 556, 260, 556, 333, 737, 370, 556, 584, 333, 737, 333, 400, 584, 333, 333, 333,
    556, 537, 278, 333, 333, 365, 556, 834, 834, 834, 611, 667, 667, 667, 667, 667, 667, 1000, 722, 667, 667,
    667, 667, 278, 278, 278, 278, 722, 722, 778, 778, 778, 778, 778, 584, 778, 722, 722, 722, 722, 667, 667,
    611, 556, 556, 556, 556, 556, 556, 889, 500, 556, 556, 556, 556, 278, 278, 278, 278, 556, 556, 556, 556,
    556, 556, 556, 584, 611, 556, 556, 556, 556, 500, 556, 500,
];

/// Widths of Helvetica from the space to the tilde.
const HELVETICA: [u16; 95] = [
    278, 278, 355, 556, 556, 889, 667, 191, 333, 333, 389, 584, 278, 333, 278, 278, 556, 556, 556, 556, 556,
    556, 556, 556, 556, 556, 278, 278, 584, 584, 584, 556, 1015, 667, 667, 722, 722, 667, 611, 778, 722, 278,
    500, 667, 556, 833, 722, 778, 667, 778, 722, 667, 611, 722, 667, 944, 667, 667, 611, 278, 278, 278, 469,
    556, 333, 556, 556, 500, 556, 556, 278, 556, 556, 222, 222, 500, 222, 833, 556, 556, 556, 556, 333, 500,
    278, 556, 500, 722, 500, 500, 500, 334, 260, 334, 584,
];
