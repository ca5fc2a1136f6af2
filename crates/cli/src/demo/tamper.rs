//! Somebody changes a sealed document: a figure on the first page of an OFD, a patch over that of a PDF.

use crypto::Random;
use formats::ofd::{Limits, Package};
use formats::pdf::update::Update;
use formats::pdf::{self, Dictionary, Object, Pdf, Stream, StreamData};
use formats::sealing::DocumentKind;
use formats::zip::{DosTime, Rewrite};
use jiff::Timestamp;

use crate::outcome::{About, Failure, Outcome};

/// The document with another first page.
pub(super) fn change_a_page(kind: DocumentKind, document: &[u8], now: Timestamp) -> Outcome<Vec<u8>> {
    match kind {
        DocumentKind::Ofd => change_ofd(document, now),
        DocumentKind::Pdf => change_pdf(document),
    }
}

/// Another figure on the first page, or a comment in it where it shows no figure.
fn change_ofd(document: &[u8], now: Timestamp) -> Outcome<Vec<u8>> {
    let limits = Limits::default();
    let package = Package::open(document, &limits).about("document")?;
    let first = package.document(0).about("document")?;
    let page = first.pages.first().ok_or_else(|| Failure::new("the document has no page"))?;
    let path = page.location.path.clone();
    let content = package.read(&path).about(&path)?;
    let text = String::from_utf8(content.into_owned()).about(&path)?;
    let changed = change_a_figure(&text)
        .or_else(|| add_a_comment(&text))
        .ok_or_else(|| Failure::new(format!("{path}: no element is closed in it")))?;
    let mut rewrite = Rewrite::new(package.archive(), DosTime::from_timestamp(now));
    rewrite.replace(&path, changed.into_bytes()).about(&path)?;
    rewrite.finish().about("document")
}

/// A white patch over the first page, added as an ordinary editor adds its changes: by an incremental update, so that
/// every byte that was signed is still there.
fn change_pdf(document: &[u8]) -> Outcome<Vec<u8>> {
    let file = Pdf::open(document, &pdf::Limits::default()).about("document")?;
    let pages = file.pages().about("document")?;
    let page = pages.first().and_then(|page| Some((page.id?, page)));
    let (id, page) = page.ok_or_else(|| Failure::new("the document has no page"))?;
    let mut update = Update::new(&file, Random::system().bytes()).about("document")?;
    let middle = |low: f64, high: f64| low + (high - low) / 3.0;
    let (x, y) =
        (middle(page.crop_box.left, page.crop_box.right), middle(page.crop_box.bottom, page.crop_box.top));
    let patch = format!("q 1 1 1 rg {x:.2} {y:.2} 120 60 re f Q\n").into_bytes();
    let stream =
        |data: Vec<u8>| Object::Stream(Stream { dictionary: Dictionary::new(), data: StreamData::New(data) });
    // What the page left turned or shrunk is put back first, so that the patch lies where it was meant to.
    let (before, after) =
        (update.add(stream(b"q\n".to_vec())), update.add(stream([b"\nQ\n", &*patch].concat())));
    let mut contents = vec![Object::Reference(before)];
    match page.dictionary.get(b"Contents") {
        Some(Object::Array(parts)) => contents.extend(parts.iter().cloned()),
        Some(one) => match file.resolve(one).about("document")?.into_owned() {
            Object::Array(parts) => contents.extend(parts),
            _ => contents.push(one.clone()),
        },
        None => {}
    }
    contents.push(Object::Reference(after));
    let mut changed = page.dictionary.clone();
    changed.set(b"Contents", Object::Array(contents));
    update.put(id, Object::Dictionary(changed));
    Ok(update.finish().about("document")?.bytes)
}

/// The first digit in a text that is shown becomes another.
fn change_a_figure(page: &str) -> Option<String> {
    let mut from = 0;
    while let Some(found) = page.get(from..)?.find("TextCode") {
        let tag = from + found;
        let start = tag + page.get(tag..)?.find('>')? + 1;
        let end = start + page.get(start..)?.find('<')?;
        let shown = page.get(start..end)?;
        if let Some(at) = shown.find(|c: char| c.is_ascii_digit()) {
            let digit = if shown.get(at..=at)? == "9" { "8" } else { "9" };
            return Some(format!("{}{digit}{}", page.get(..start + at)?, page.get(start + at + 1..)?));
        }
        from = end;
    }
    None
}

fn add_a_comment(page: &str) -> Option<String> {
    let (before, after) = page.rsplit_once("</")?;
    Some(format!("{before}<!-- changed --></{after}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_of_a_pdf_is_covered_and_nothing_before_is_touched() {
        let parties = formats::ofd::compose::Parties { buyer: "甲", seller: "乙", number: "1" };
        let contract =
            pdf::compose::purchase_contract(&parties, Timestamp::UNIX_EPOCH, picture::SONG_FONT).unwrap();
        let changed = change_a_page(DocumentKind::Pdf, &contract.pdf, Timestamp::UNIX_EPOCH).unwrap();
        assert!(changed.starts_with(&contract.pdf));
        let file = Pdf::open(&changed, &pdf::Limits::default()).unwrap();
        let page = &file.pages().unwrap()[0];
        let contents = file.get(&page.dictionary, b"Contents").unwrap().unwrap();
        assert_eq!(contents.as_array().unwrap().len(), 3);
    }

    #[test]
    fn a_shown_figure_is_changed() {
        let page = "<a><ofd:TextCode X=\"1\">价 10.00</ofd:TextCode></a>";
        assert_eq!(change_a_figure(page).unwrap(), "<a><ofd:TextCode X=\"1\">价 90.00</ofd:TextCode></a>");
        assert!(change_a_figure("<a/>").is_none());
        assert_eq!(add_a_comment("<a></a>").unwrap(), "<a><!-- changed --></a>");
    }
}
