//! Cross-reference streams (ISO 32000-1 §7.5.8).

use super::chain::{Opened, Part, bad};
use super::{Entry, SectionKind};
use crate::pdf::fact::Fact;
use crate::pdf::filter;
use crate::pdf::indirect::{NO_LENGTHS, read as read_object};
use crate::pdf::{Dictionary, Object, PdfError, Place, StreamData};

/// Reads the stream whose object begins at `offset`.
pub(super) fn read(opened: &mut Opened<'_, '_>, offset: usize, room: usize) -> Result<Part, PdfError> {
    let read = read_object(opened.bytes, offset, opened.limits, opened.work, NO_LENGTHS).map_err(
        |error| match error {
            PdfError::Syntax { .. } => bad(offset, "neither a table nor a stream"),
            other => other,
        },
    )?;
    let doubled = read.facts.iter().find_map(|fact| match fact {
        Fact::DoubledKey { key, .. } => Some(key.clone()),
        _ => None,
    });
    // Without its end it cannot be told what was looked at.
    let is_ended = !read.facts.iter().any(|fact| matches!(fact, Fact::MissingEndobj(_)));
    let reached = match read.indirect.place {
        Place::File(range) if is_ended => range.end,
        _ => usize::MAX,
    };
    opened.facts.extend(read.facts);
    let Object::Stream(stream) = read.indirect.object else {
        return Err(bad(offset, "no cross-reference stream"));
    };
    // Incremental updates of PDFium do not say the type. Other readers go by where it stands and by `W`.
    if stream.dictionary.entry(b"Type").is_none() && stream.dictionary.entry(b"W").is_some() {
        opened.facts.push(Fact::UntypedSection(offset));
    } else if !stream.dictionary.has_name(b"Type", b"XRef") {
        return Err(bad(offset, "no cross-reference stream"));
    }
    let StreamData::File { range, owner } = &stream.data else { return Err(bad(offset, "no bytes")) };
    let encoded = opened.bytes.get(range.clone()).unwrap_or_default();
    let steps = filter::steps(&stream.dictionary, &|object| Ok(object.clone()))?;
    let decoded = filter::decode(encoded, &steps, opened.limits.stream_len, opened.decoded)?;
    opened.facts.extend(decoded.damage.map(|what| Fact::DamagedData { object: *owner, what }));
    let entries = entries(opened, &stream.dictionary, &decoded.bytes, offset, room)?;
    opened.work.entries(entries.len())?;
    Ok(Part { kind: SectionKind::Stream, trailer: stream.dictionary, doubled, entries, reached })
}

/// The widths of the three fields.
fn widths(dictionary: &Dictionary) -> Option<[usize; 3]> {
    let widths = dictionary.get(b"W")?.as_array()?;
    let width = |index: usize| {
        let width = usize::try_from(widths.get(index)?.as_exact_integer()?).ok()?;
        (width <= 8).then_some(width)
    };
    Some([width(0)?, width(1)?, width(2)?])
}

/// First number and count of each run.
fn runs(dictionary: &Dictionary) -> Option<Vec<(u32, u32)>> {
    let number = |object: &Object| u32::try_from(object.as_exact_integer()?).ok();
    let Some(index) = dictionary.get(b"Index") else {
        return Some(vec![(0, number(dictionary.get(b"Size")?)?)]);
    };
    let mut runs = Vec::new();
    for pair in index.as_array()?.chunks(2) {
        let [first, count] = pair else { return None };
        runs.push((number(first)?, number(count)?));
    }
    Some(runs)
}

fn entries(
    opened: &mut Opened<'_, '_>,
    dictionary: &Dictionary,
    data: &[u8],
    section: usize,
    room: usize,
) -> Result<Vec<(u32, Entry)>, PdfError> {
    let widths = widths(dictionary).ok_or(bad(section, "W"))?;
    let line: usize = widths.iter().sum();
    if line == 0 {
        return Err(bad(section, "W"));
    }
    let mut lines = data.chunks_exact(line);
    let (mut entries, mut unknown) = (Vec::with_capacity(lines.len().min(room)), None);
    for (first, count) in runs(dictionary).ok_or(bad(section, "Index"))? {
        let end = first.checked_add(count).ok_or(bad(section, "Index"))?;
        for number in first..end {
            let line = lines.next().ok_or(bad(section, "fewer entries than declared"))?;
            if entries.len() >= room
                || usize::try_from(number).is_ok_and(|number| number > opened.limits.objects)
            {
                return Err(PdfError::Limit("objects"));
            }
            let entry = entry(line, widths, opened.base);
            if entry.is_none() {
                unknown = unknown.or(Some(number));
            }
            entries.push((number, entry.unwrap_or(Entry::Free)));
        }
    }
    opened.facts.extend(unknown.map(|number| Fact::UnknownEntry { section, number }));
    Ok(entries)
}

/// One entry (table 18); none for a type that is not known or values beyond all bounds, which are references to
/// nothing.
fn entry(line: &[u8], [kind, second, third]: [usize; 3], base: usize) -> Option<Entry> {
    let (kind, rest) = line.split_at_checked(kind)?;
    let (second, third) = rest.get(..second + third)?.split_at_checked(second)?;
    match if kind.is_empty() { 1 } else { big_endian(kind) } {
        0 => Some(Entry::Free),
        1 => {
            let offset = usize::try_from(big_endian(second)).ok()?.checked_add(base)?;
            Some(Entry::File { offset, generation: u16::try_from(big_endian(third)).ok()? })
        }
        2 => Some(Entry::InStream {
            container: u32::try_from(big_endian(second)).ok()?,
            index: u32::try_from(big_endian(third)).ok()?,
        }),
        _ => None,
    }
}

fn big_endian(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0, |value, byte| value << 8 | u64::from(*byte))
}
