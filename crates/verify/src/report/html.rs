//! The report as one page of HTML that stands by itself: no script, no address outside, safe to keep and to send on.

use askama::Template;

use super::Report;
use super::people;

#[derive(Template)]
#[template(path = "report.html")]
struct Html {
    page: people::Page,
}

/// The page about a report on `document`, in Chinese and English. The same report gives the same page.
///
/// # Errors
/// Only when a string cannot be written to.
pub fn html(report: &Report, document: &[u8]) -> Result<String, std::fmt::Error> {
    Html { page: people::page(report, document) }.render().map_err(|_| std::fmt::Error)
}
