//! Somebody changes a sealed document: a figure on its first page.

use formats::ofd::{Limits, Package};
use formats::zip::{DosTime, Rewrite};
use jiff::Timestamp;

use crate::outcome::{About, Failure, Outcome};

/// The document with another figure on its first page, or with a comment in it where it shows no figure.
pub(super) fn change_a_page(document: &[u8], now: Timestamp) -> Outcome<Vec<u8>> {
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
    fn a_shown_figure_is_changed() {
        let page = "<a><ofd:TextCode X=\"1\">价 10.00</ofd:TextCode></a>";
        assert_eq!(change_a_figure(page).unwrap(), "<a><ofd:TextCode X=\"1\">价 90.00</ofd:TextCode></a>");
        assert!(change_a_figure("<a/>").is_none());
        assert_eq!(add_a_comment("<a></a>").unwrap(), "<a><!-- changed --></a>");
    }
}
