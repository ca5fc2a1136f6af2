//! The picture that the appearance draws against the picture inside the seal.

use formats::pdf::{Dictionary, Object, Pdf, Stream, StreamData};

use super::image::Pixels;

/// Images of one appearance that are looked at.
const MOST: usize = 8;
/// Forms in forms.
const DEPTH: usize = 4;
/// Bytes of one content stream that are looked through.
const CONTENT: usize = 4 << 20;
/// Parts of a side in which pictures of different sizes are compared.
const PARTS: usize = 48;
/// How far two pictures of different sizes may be apart, on average of 255.
const APART: u64 = 40;

/// What came of comparing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Likeness {
    /// The same file, or the same pixels.
    Same,
    /// It cannot be told.
    Unclear,
    /// Another picture.
    Other,
}

/// Compares what an appearance draws with the picture of a seal.
pub(super) fn compare(pdf: &Pdf<'_>, appearance: &Object, picture: &[u8]) -> Likeness {
    let Some(stream) = appearance.as_stream() else { return Likeness::Unclear };
    let mut images = Vec::new();
    drawn(pdf, stream, DEPTH, &mut images);
    if images.is_empty() {
        return Likeness::Unclear;
    }
    let pixels = Pixels::of_png(picture);
    let found: Vec<Likeness> =
        images.iter().map(|image| likeness(pdf, image, picture, pixels.as_ref())).collect();
    // Beside the seal's picture others may be drawn, a date for example; that is not told apart.
    match (found.contains(&Likeness::Same), found.contains(&Likeness::Other), found.len()) {
        (true, false, 1) => Likeness::Same,
        (false, true, _) => Likeness::Other,
        (true, ..) | (false, false, _) => Likeness::Unclear,
    }
}

/// The images that a form draws, forms inside it too.
fn drawn(pdf: &Pdf<'_>, form: &Stream, depth: usize, images: &mut Vec<Stream>) {
    let Some(depth) = depth.checked_sub(1) else { return };
    let resources = pdf.dictionary(&form.dictionary, b"Resources").ok().flatten().unwrap_or_default();
    let objects: Dictionary = pdf.dictionary(&resources, b"XObject").ok().flatten().unwrap_or_default();
    let Ok(content) = pdf.data(form) else { return };
    for name in painted(content.get(..content.len().min(CONTENT)).unwrap_or_default()) {
        if images.len() >= MOST {
            return;
        }
        let Ok(Some(Object::Stream(stream))) = pdf.get(&objects, &name) else { continue };
        if stream.dictionary.has_name(b"Subtype", b"Image") {
            images.push(stream);
        } else if stream.dictionary.has_name(b"Subtype", b"Form") {
            drawn(pdf, &stream, depth, images);
        }
    }
}

/// Names before the operator `Do`.
fn painted(content: &[u8]) -> Vec<Vec<u8>> {
    let tokens = content.split(|byte| crate::pdf::file::is_white(*byte)).filter(|token| !token.is_empty());
    let mut last: &[u8] = b"";
    let mut names = Vec::new();
    for token in tokens {
        if token.starts_with(b"Do") && token.get(2).is_none_or(|byte| !byte.is_ascii_alphanumeric()) {
            let name = last.rsplit(|byte| *byte == b'/').next().filter(|_| last.contains(&b'/'));
            names.extend(name.map(<[u8]>::to_vec));
        }
        last = token;
    }
    names.truncate(64);
    names
}

fn likeness(pdf: &Pdf<'_>, image: &Stream, picture: &[u8], pixels: Option<&Pixels>) -> Likeness {
    let stored = match &image.data {
        StreamData::File { .. } => pdf.raw_data(image).ok(),
        StreamData::New(_) => None,
    };
    if stored.is_some_and(|stored| *stored == *picture) {
        return Likeness::Same;
    }
    let (Some(wanted), Some(shown)) = (pixels, Pixels::of_image(pdf, image)) else {
        return Likeness::Unclear;
    };
    if (wanted.width, wanted.height) == (shown.width, shown.height) {
        return if is_same(wanted, &shown) { Likeness::Same } else { Likeness::Other };
    }
    if distance(wanted, &shown) > APART { Likeness::Other } else { Likeness::Unclear }
}

/// The same colours wherever anything is to be seen.
fn is_same(a: &Pixels, b: &Pixels) -> bool {
    a.rgba.iter().zip(&b.rgba).all(|(a, b)| match (a, b) {
        ([.., 0], [.., 0]) => true,
        (a, b) => a.iter().zip(b).all(|(a, b)| a.abs_diff(*b) <= 2),
    })
}

/// How far two pictures are apart on white paper.
fn distance(a: &Pixels, b: &Pixels) -> u64 {
    let places = (0..PARTS).flat_map(|y| (0..PARTS).map(move |x| (x, y)));
    let apart: u64 = places
        .map(|(x, y)| {
            let pairs = a.on_paper(x, y, PARTS).into_iter().zip(b.on_paper(x, y, PARTS));
            pairs.map(|(a, b)| u64::from(a.abs_diff(b))).sum::<u64>()
        })
        .sum();
    apart / (PARTS * PARTS * 3) as u64
}

#[cfg(test)]
mod tests {
    use super::painted;

    #[test]
    fn what_is_painted_is_named() {
        assert_eq!(painted(b"q 1 0 0 1 0 0 cm /Im0 Do Q"), [b"Im0".to_vec()]);
        assert_eq!(painted(b"q\n/a\nDo\nQ /b Do"), [b"a".to_vec(), b"b".to_vec()]);
        assert!(painted(b"Do /x Done").is_empty());
    }
}
