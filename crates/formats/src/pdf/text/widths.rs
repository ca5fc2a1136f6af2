//! Widths of glyphs (ISO 32000-1 §9.2.4, §9.7.4.3), in thousandths of the size of the type.

use crate::pdf::{Dictionary, Name, Object, Pdf, PdfError};

/// Widths by code or CID.
#[derive(Clone, Debug, Default)]
pub(super) struct Widths {
    /// First, last, width; in rising order.
    ranges: Vec<(u32, u32, f64)>,
    pub(super) default: f64,
}

impl Widths {
    /// Those of a simple font.
    pub(super) fn simple(pdf: &Pdf<'_>, font: &Dictionary, missing: Option<f64>) -> Result<Self, PdfError> {
        let name = font.name(b"BaseFont").map(Name::to_text).unwrap_or_default();
        let Some(held) = pdf.look_up(font, b"Widths")?.filter(|held| held.as_array().is_some()) else {
            return Ok(Self::of_standard_font(&name));
        };
        let first = pdf.look_up(font, b"FirstChar")?.and_then(|first| first.as_integer()).unwrap_or(0);
        let mut ranges = Vec::new();
        for (code, width) in (first..256).zip(held.as_array().unwrap_or_default()) {
            let width = pdf.look(width)?.as_number();
            if let (Ok(code), Some(width)) = (u32::try_from(code), width) {
                ranges.push((code, code, width));
            }
        }
        Ok(Self { ranges, default: missing.unwrap_or(0.0) })
    }

    /// Those of the fonts that need not tell them: of Courier, and of Helvetica for all others, which is near enough
    /// to find a place.
    fn of_standard_font(name: &str) -> Self {
        if name.contains("Courier") {
            return Self { ranges: Vec::new(), default: 600.0 };
        }
        let ranges = (0x20..).zip(HELVETICA).map(|(code, width)| (code, code, f64::from(width))).collect();
        Self { ranges, default: 556.0 }
    }

    /// `W` and `DW` of a CIDFont. They cost some of `entries`.
    pub(super) fn composite(pdf: &Pdf<'_>, font: &Dictionary, entries: &mut usize) -> Result<Self, PdfError> {
        let default = pdf.look_up(font, b"DW")?.and_then(|width| width.as_number()).unwrap_or(1000.0);
        let mut ranges = Vec::new();
        let held = pdf.look_up(font, b"W")?;
        let mut items = held.as_deref().and_then(Object::as_array).unwrap_or_default().iter();
        let cid = |object: &Object| object.as_integer().and_then(|cid| u32::try_from(cid).ok());
        while let (Some(first), Some(next)) = (items.next(), items.next()) {
            let (first, next) = (pdf.look(first)?, pdf.look(next)?);
            let Some(first) = cid(&first) else { break };
            if let Some(list) = next.as_array() {
                *entries = entries.checked_sub(list.len() / 4).ok_or(PdfError::Limit("entries of fonts"))?;
                for (cid, width) in (first..).zip(list) {
                    ranges.extend(width.as_number().map(|width| (cid, cid, width)));
                }
            } else {
                *entries = entries.checked_sub(1).ok_or(PdfError::Limit("entries of fonts"))?;
                let Some(width) = items.next().map(|width| pdf.look(width)).transpose()? else { break };
                let (Some(last), Some(width)) = (cid(&next), width.as_number()) else { break };
                ranges.push((first, last, width));
            }
        }
        ranges.sort_by_key(|range| range.0);
        Ok(Self { ranges, default })
    }

    /// The width of a code or CID.
    pub(super) fn get(&self, code: u32) -> f64 {
        let behind = self.ranges.partition_point(|range| range.0 <= code);
        let range = behind.checked_sub(1).and_then(|index| self.ranges.get(index));
        range.filter(|range| code <= range.1).map_or(self.default, |range| range.2)
    }
}

/// Widths of Helvetica from the space to the tilde.
const HELVETICA: [u16; 95] = [
    278, 278, 355, 556, 556, 889, 667, 191, 333, 333, 389, 584, 278, 333, 278, 278, 556, 556, 556, 556, 556,
    556, 556, 556, 556, 556, 278, 278, 584, 584, 584, 556, 1015, 667, 667, 722, 722, 667, 611, 778, 722, 278,
    500, 667, 556, 833, 722, 778, 667, 778, 722, 667, 611, 722, 667, 944, 667, 667, 611, 278, 278, 278, 469,
    556, 333, 556, 556, 500, 556, 556, 278, 556, 556, 222, 222, 500, 222, 833, 556, 556, 556, 556, 333, 500,
    278, 556, 500, 722, 500, 500, 500, 334, 260, 334, 584,
];
