//! Which objects of the signed revision refer to some others: found by looking through its bytes for `N G R`, and then
//! read exactly where there is one. Every object is looked at, but hardly any is read.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use formats::pdf::{Entry, Indirect, Object, Pdf, PdfError, Place};

use super::TRAILER;
use crate::pdf::file::{File, id_of, is_edge, is_white};

/// Objects that are read because they may refer.
const MOST: usize = 200_000;

/// Keys of a trailer that a reader follows (ISO 32000-1 table 15).
pub(super) const TRAILER_KEYS: [&[u8]; 4] = [b"Root", b"Info", b"Encrypt", b"ID"];

/// Who refers to what, and how often.
#[derive(Debug, Default)]
pub(super) struct Uses {
    by_target: HashMap<u32, BTreeMap<u32, usize>>,
    /// Targets that something refers to that is no object.
    unclear: BTreeSet<u32>,
}

impl Uses {
    /// The users of an object with the number of references.
    pub(super) fn of(&self, target: u32) -> Vec<(u32, usize)> {
        self.by_target.get(&target).into_iter().flatten().map(|(user, count)| (*user, *count)).collect()
    }

    /// True when something refers to it that is none of the objects.
    pub(super) fn is_unclear(&self, target: u32) -> bool {
        self.unclear.contains(&target)
    }

    /// What the trailer refers to. Under keys that ISO 32000 does not define it may refer to an object that is not
    /// there yet (`AdditionalStreams` of some writers, copied by the next one): whoever follows it finds nothing, and
    /// uses nothing. An object that comes later under that number is looked at like any new one.
    fn add_trailer(&mut self, old: &Pdf<'_>, targets: &BTreeSet<u32>) {
        let there: BTreeSet<u32> =
            targets.iter().copied().filter(|number| id_of(old, *number).is_some()).collect();
        for entry in old.trailer().entries() {
            let is_defined = TRAILER_KEYS.contains(&entry.key.as_bytes());
            self.add(TRAILER, &entry.value, if is_defined { targets } else { &there });
        }
    }

    fn add(&mut self, user: u32, value: &Object, targets: &BTreeSet<u32>) -> bool {
        let mut found = false;
        value.references(&mut |id| {
            if targets.contains(&id.number) {
                *self.by_target.entry(id.number).or_default().entry(user).or_default() += 1;
                found = true;
            }
        });
        found
    }
}

/// Finds the users of the targets in the revision that ends at `end`.
pub(super) fn find(
    file: &File<'_>,
    old: &Pdf<'_>,
    end: usize,
    targets: &BTreeSet<u32>,
) -> Result<Uses, PdfError> {
    let mut uses = Uses::default();
    if targets.is_empty() {
        return Ok(uses);
    }
    file.spend(end)?;
    uses.add_trailer(old, targets);
    let entries = old.numbers();
    let mut begins: Vec<(usize, u32)> = entries
        .iter()
        .filter_map(|(number, entry)| match entry {
            Entry::File { offset, .. } => Some((*offset, *number)),
            Entry::Free | Entry::InStream { .. } => None,
        })
        .collect();
    begins.sort_unstable();
    let mut suspects: BTreeSet<u32> = BTreeSet::new();
    let mut marks: Vec<(usize, u32, u32)> = Vec::new();
    for mark in references(file.bytes.get(..end).unwrap_or_default()) {
        let wanted = match mark.number {
            Some(number) if !targets.contains(&number) => continue,
            wanted => wanted,
        };
        let Some(user) = around(&begins, mark.offset) else { continue };
        // An object may stand inside the bytes of another one, in a comment or a string: those before are read too.
        suspects.extend(before(&begins, mark.offset));
        if let Some(wanted) = wanted {
            marks.push((mark.offset, user, wanted));
        }
    }
    inside(old, &entries, targets, &mut suspects)?;
    if suspects.len() > MOST {
        return Err(PdfError::Limit("references"));
    }
    let mut extents: HashMap<u32, Extent> = HashMap::new();
    for user in suspects {
        let Some(id) = id_of(old, user) else { continue };
        let indirect = match old.read_object(id) {
            Ok(indirect) => indirect,
            Err(error @ PdfError::Limit(_)) => return Err(error),
            // Other readers may read it, and find references in it.
            Err(_) => {
                uses.unclear.extend(targets);
                continue;
            }
        };
        // Cross-reference streams are trailers: the newest one alone counts, and it was looked at.
        if !is_section(old, &indirect) {
            uses.add(user, &indirect.object, targets);
        }
        if let Place::File(range) = &indirect.place {
            let data = indirect.object.as_stream().and_then(|stream| match &stream.data {
                formats::pdf::StreamData::File { range, .. } => Some(range.clone()),
                formats::pdf::StreamData::New(_) => None,
            });
            extents.insert(user, Extent { whole: range.clone(), data });
        }
    }
    judge_marks(file, old, &extents, &marks, &mut uses);
    Ok(uses)
}

/// True for a stream of cross-reference data that is nothing else beside.
fn is_section(old: &Pdf<'_>, indirect: &Indirect) -> bool {
    let Place::File(range) = &indirect.place else { return false };
    old.sections().iter().any(|section| section.offset == range.start)
        && indirect.object.as_dictionary().is_some_and(|dictionary| dictionary.get(b"Subtype").is_none())
}

/// Where an object and the data of its stream stand.
struct Extent {
    whole: std::ops::Range<usize>,
    data: Option<std::ops::Range<usize>>,
}

/// A reference that stands in an object's bytes and was not read in it: in the data of a stream it is none; in an object
/// of an older revision it counts no longer; anywhere else it is not clear what it is.
fn judge_marks(
    file: &File<'_>,
    old: &Pdf<'_>,
    extents: &HashMap<u32, Extent>,
    marks: &[(usize, u32, u32)],
    uses: &mut Uses,
) {
    for (offset, user, target) in marks {
        let is_section = is_section_at(old, extents.get(user));
        let is_read = is_section || uses.by_target.get(target).is_some_and(|users| users.contains_key(user));
        let extent = extents.get(user);
        let in_data =
            extent.and_then(|extent| extent.data.as_ref()).is_some_and(|data| data.contains(offset));
        let in_whole = extent.is_some_and(|extent| extent.whole.contains(offset));
        if !is_read && !in_data && (in_whole || !is_settled(file, *user, *offset, extents)) {
            uses.unclear.insert(*target);
        }
    }
}

fn is_section_at(old: &Pdf<'_>, extent: Option<&Extent>) -> bool {
    extent.is_some_and(|extent| old.sections().iter().any(|section| section.offset == extent.whole.start))
}

/// True when these bytes are behind the object before them: of an older object, or of a trailer.
fn is_settled(file: &File<'_>, user: u32, offset: usize, extents: &HashMap<u32, Extent>) -> bool {
    let before = file.objects.partition_point(|found| found.offset <= offset);
    let nearest = before.checked_sub(1).and_then(|at| file.objects.get(at));
    let is_older = nearest.is_some_and(|found| found.id.number != user);
    let is_behind = extents.get(&user).is_some_and(|extent| offset >= extent.whole.end);
    is_behind || is_older
}

/// The object that begins last before an offset.
fn around(begins: &[(usize, u32)], offset: usize) -> Option<u32> {
    let before = begins.partition_point(|(begin, _)| *begin <= offset);
    begins.get(before.checked_sub(1)?).map(|(_, number)| *number)
}

/// The three objects that begin last before an offset.
fn before(begins: &[(usize, u32)], offset: usize) -> impl Iterator<Item = u32> {
    let count = begins.partition_point(|(begin, _)| *begin <= offset);
    begins.get(count.saturating_sub(3)..count).unwrap_or_default().iter().map(|(_, number)| *number)
}

/// Objects in object streams: all of a stream are read when one of them may refer to a target.
fn inside(
    old: &Pdf<'_>,
    entries: &[(u32, Entry)],
    targets: &BTreeSet<u32>,
    suspects: &mut BTreeSet<u32>,
) -> Result<(), PdfError> {
    let mut members: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
    for (number, entry) in entries {
        if let Entry::InStream { container, .. } = entry {
            members.entry(*container).or_default().push(*number);
        }
    }
    for (container, numbers) in members {
        let Some(indirect) = id_of(old, container).and_then(|id| old.read_object(id).ok()) else { continue };
        let Some(stream) = indirect.object.as_stream() else { continue };
        let data = match old.data(stream) {
            Ok(data) => data,
            Err(error @ PdfError::Limit(_)) => return Err(error),
            Err(_) => continue,
        };
        if references(&data).any(|mark| mark.number.is_none_or(|number| targets.contains(&number))) {
            suspects.extend(numbers);
        }
    }
    Ok(())
}

/// An `R` that may be that of a reference.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Mark {
    offset: usize,
    /// The object number, where it stands plainly before.
    number: Option<u32>,
}

/// Every `R` that stands by itself.
fn references(bytes: &[u8]) -> impl Iterator<Item = Mark> {
    let mut comments = Comments { bytes, signs: memchr::memchr_iter(b'%', bytes).peekable(), line_end: 0 };
    memchr::memchr_iter(b'R', bytes).filter_map(move |offset| {
        let after = bytes.get(offset.checked_add(1)?);
        let before = bytes.get(offset.checked_sub(1)?)?;
        // Before it only white space can end a token of digits, or a comment, which ends in a line end. Some readers take
        // it right behind a digit as well: then the object is read.
        let may_follow = is_white(*before) || before.is_ascii_digit();
        (may_follow && after.is_none_or(|byte| is_edge(*byte))).then(|| {
            let plain = number_before(bytes, offset).filter(|_| is_white(*before));
            let number = plain.filter(|(begin, _)| *begin >= comments.line_end_before(offset));
            Mark { offset, number: number.map(|(_, number)| number) }
        })
    })
}

/// Lines with a `%`: digits there may be those of a comment, and the object is another one.
struct Comments<'b, I: Iterator<Item = usize>> {
    bytes: &'b [u8],
    signs: std::iter::Peekable<I>,
    /// Where the line ends in which the last of them stood.
    line_end: usize,
}

impl<I: Iterator<Item = usize>> Comments<'_, I> {
    /// The end of the last such line that begins before an offset; the offsets rise.
    fn line_end_before(&mut self, offset: usize) -> usize {
        while let Some(sign) = self.signs.next_if(|sign| *sign < offset) {
            if sign >= self.line_end {
                let rest = self.bytes.get(sign..).unwrap_or_default();
                let len = memchr::memchr2(b'\r', b'\n', rest).unwrap_or(rest.len());
                self.line_end = sign.saturating_add(len);
            }
        }
        self.line_end
    }
}

/// `N G ` before an offset, both plain digits, and where they begin.
fn number_before(bytes: &[u8], offset: usize) -> Option<(usize, u32)> {
    let at = skip_white(bytes, offset)?;
    let generation = skip_digits(bytes, at, 5)?;
    let between = skip_white(bytes, generation)?;
    if between == generation {
        return None;
    }
    let begin = skip_digits(bytes, between, 10)?;
    let is_alone =
        begin.checked_sub(1).and_then(|before| bytes.get(before)).is_none_or(|byte| is_edge(*byte));
    let digits = bytes.get(begin..between).filter(|_| is_alone)?;
    Some((begin, std::str::from_utf8(digits).ok()?.parse().ok()?))
}

/// The offset behind the last byte that is no white space.
fn skip_white(bytes: &[u8], offset: usize) -> Option<usize> {
    bytes.get(..offset)?.iter().rposition(|byte| !is_white(*byte)).map(|at| at.saturating_add(1))
}

/// Where the digits that end here begin; none when there are none, or more than `most`.
fn skip_digits(bytes: &[u8], offset: usize, most: usize) -> Option<usize> {
    let digits =
        bytes.get(..offset)?.iter().rev().take_while(|byte| byte.is_ascii_digit()).take(most + 1).count();
    (digits > 0 && digits <= most).then(|| offset.saturating_sub(digits))
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use super::*;

    fn numbers(text: &[u8]) -> Vec<Option<u32>> {
        references(text).map(|mark| mark.number).collect()
    }

    #[test]
    fn references_are_found_however_they_are_written() {
        assert_eq!(numbers(b"<</A 12 0 R/B[3 0 R 4\n0\rR]>>"), [Some(12), Some(3), Some(4)]);
        // What is not plain must be read by itself.
        assert_eq!(numbers(b"12 %x\n0 R"), [None]);
        assert_eq!(numbers(b"12 0 %x\nR"), [None]);
        assert_eq!(numbers(b"+12 0 R"), [None]);
        assert_eq!(numbers(b"<</X 12 0R>>"), [None]);
        // Digits in a comment are none, wherever on its line they stand.
        assert_eq!(numbers(b"7 %99\n0 R"), [None]);
        assert_eq!(numbers(b"7 %9 9\r0 R"), [None]);
        assert_eq!(numbers(b"7 0 %9 9\nR"), [None]);
        assert_eq!(numbers(b"%x 7\n0 R"), [None]);
        assert_eq!(numbers(b"%x\n7 0 R (%) 8 0 R\n9 0 R"), [Some(7), None, Some(9)]);
        assert_eq!(numbers(b"/RR 0 Red (R)"), Vec::<Option<u32>>::new());
        assert_eq!(numbers(b"0012 00 R "), [Some(12)]);
    }

    /// A file of one page with these entries in its trailer.
    fn file(trailer: &str) -> Vec<u8> {
        let mut out = b"%PDF-1.7\n".to_vec();
        let bodies =
            ["<</Type/Catalog/Pages 2 0 R>>", "<</Type/Pages/Kids[3 0 R]/Count 1>>", "<</Type/Page>>"];
        let mut table = "xref\n0 4\n0000000000 65535 f \n".to_owned();
        for (number, body) in (1..).zip(bodies) {
            writeln!(table, "{:010} 00000 n ", out.len()).unwrap();
            out.extend_from_slice(format!("{number} 0 obj\n{body}\nendobj\n").as_bytes());
        }
        let at = out.len();
        write!(table, "trailer\n<</Size 4/Root 1 0 R{trailer}>>\nstartxref\n{at}\n%%EOF\n").unwrap();
        out.extend_from_slice(table.as_bytes());
        out
    }

    fn users(trailer: &str, target: u32) -> Vec<(u32, usize)> {
        let bytes = file(trailer);
        let file = File::open(&bytes, formats::pdf::Limits::default(), 8);
        let old = file.revision(bytes.len()).unwrap();
        find(&file, &old, bytes.len(), &BTreeSet::from([target])).unwrap().of(target)
    }

    #[test]
    fn a_key_of_nobody_uses_what_is_there_and_nothing_else() {
        assert_eq!(users("/AdditionalStreams[/x 9 0 R]", 9), []);
        assert_eq!(users("/AdditionalStreams[/x 3 0 R]", 3), [(2, 1), (TRAILER, 1)]);
        // What the standard defines counts even where it leads to nothing yet.
        assert_eq!(users("/Info 9 0 R", 9), [(TRAILER, 1)]);
    }
}
