//! A document from its pages.

use super::page::{FontFace, PageDraft};
use crate::ofd::{NAMESPACE, ROOT_FILE};
use crate::xml;
use crate::zip::{DosTime, Writer, ZipError};
use jiff::Timestamp;
use std::fmt::Write as _;

/// First line of every file.
const DECLARATION: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";

/// A document in the making: one DocBody, `Doc_0`, with pages of text and lines.
#[derive(Debug, Clone)]
pub struct Composer {
    doc_id: String,
    title: String,
    created: Timestamp,
    width_mm: f64,
    height_mm: f64,
    pages: Vec<PageDraft>,
}

impl Composer {
    /// A document without pages whose usual page is A4. `doc_id` should be 32 hexadecimal digits (§7.4);
    /// `created` is its date, and the time of its archive entries.
    pub fn new(doc_id: &str, title: &str, created: Timestamp) -> Self {
        Self {
            doc_id: doc_id.to_owned(),
            title: title.to_owned(),
            created,
            width_mm: 210.0,
            height_mm: 297.0,
            pages: Vec::new(),
        }
    }

    /// Adds a page of the usual size.
    pub fn page(&mut self, draw: impl FnOnce(&mut PageDraft)) -> &mut Self {
        self.sized_page(self.width_mm, self.height_mm, draw)
    }

    /// Adds a page of its own size, in millimetres.
    pub fn sized_page(
        &mut self,
        width_mm: f64,
        height_mm: f64,
        draw: impl FnOnce(&mut PageDraft),
    ) -> &mut Self {
        let mut page = PageDraft::new(width_mm, height_mm);
        draw(&mut page);
        self.pages.push(page);
        self
    }

    /// An empty page of the usual size, not yet in the document.
    pub(super) fn blank(&self) -> PageDraft {
        PageDraft::new(self.width_mm, self.height_mm)
    }

    /// Puts a page at the end.
    pub(super) fn push(&mut self, page: PageDraft) {
        self.pages.push(page);
    }

    /// The pages so far.
    pub(crate) fn pages(&self) -> &[PageDraft] {
        &self.pages
    }

    /// Title and date.
    pub(crate) fn about(&self) -> (&str, Timestamp) {
        (&self.title, self.created)
    }

    /// Number of pages so far.
    pub fn page_count(&self) -> usize {
        self.pages.len()
    }

    /// The package's bytes.
    ///
    /// # Errors
    /// [`ZipError`] when it would be too large.
    pub fn finish(&self) -> Result<Vec<u8>, ZipError> {
        let mut ids = Ids(0);
        let mut font_ids = [0; FontFace::ALL.len()];
        for id in &mut font_ids {
            *id = ids.next();
        }
        let pages: Vec<(u64, String)> = self
            .pages
            .iter()
            .map(|page| {
                let id = ids.next();
                let usual = (self.width_mm, self.height_mm);
                (id, format!("{DECLARATION}{}", page.to_xml(usual, &font_ids, &mut || ids.next())))
            })
            .collect();
        let mut zip = Writer::new(DosTime::from_timestamp(self.created));
        zip.add(ROOT_FILE, self.root().as_bytes())?;
        zip.add("Doc_0/Document.xml", self.document(&pages, ids.0).as_bytes())?;
        zip.add("Doc_0/PublicRes.xml", resources(&font_ids).as_bytes())?;
        for (index, (_, page)) in pages.iter().enumerate() {
            zip.add(&format!("Doc_0/Pages/Page_{index}/Content.xml"), page.as_bytes())?;
        }
        zip.finish()
    }

    fn root(&self) -> String {
        let date = jiff::tz::Offset::constant(8).to_datetime(self.created).date();
        let (id, title) = (xml::text(&self.doc_id), xml::text(&self.title));
        format!(
            "{DECLARATION}<ofd:OFD xmlns:ofd=\"{NAMESPACE}\" Version=\"1.0\" DocType=\"OFD\"><ofd:DocBody>\
             <ofd:DocInfo><ofd:DocID>{id}</ofd:DocID><ofd:Title>{title}</ofd:Title>\
             <ofd:CreationDate>{date}</ofd:CreationDate><ofd:Creator>sealbridge</ofd:Creator></ofd:DocInfo>\
             <ofd:DocRoot>Doc_0/Document.xml</ofd:DocRoot></ofd:DocBody></ofd:OFD>"
        )
    }

    fn document(&self, pages: &[(u64, String)], max_id: u64) -> String {
        let (width, height) = (self.width_mm, self.height_mm);
        let mut out = format!(
            "{DECLARATION}<ofd:Document xmlns:ofd=\"{NAMESPACE}\"><ofd:CommonData>\
             <ofd:MaxUnitID>{max_id}</ofd:MaxUnitID>\
             <ofd:PageArea><ofd:PhysicalBox>0 0 {width} {height}</ofd:PhysicalBox></ofd:PageArea>\
             <ofd:PublicRes>PublicRes.xml</ofd:PublicRes></ofd:CommonData><ofd:Pages>"
        );
        for (index, (id, _)) in pages.iter().enumerate() {
            // Writing into a String cannot fail.
            let _ = write!(out, r#"<ofd:Page ID="{id}" BaseLoc="Pages/Page_{index}/Content.xml"/>"#);
        }
        out.push_str("</ofd:Pages></ofd:Document>");
        out
    }
}

/// The fonts (§11.1), named and not embedded.
fn resources(font_ids: &[u64; FontFace::ALL.len()]) -> String {
    let mut out = format!("{DECLARATION}<ofd:Res xmlns:ofd=\"{NAMESPACE}\" BaseLoc=\"Res\"><ofd:Fonts>");
    for (face, id) in FontFace::ALL.iter().zip(font_ids) {
        let name = face.name();
        let _ = write!(out, r#"<ofd:Font ID="{id}" FontName="{name}" FamilyName="{name}"/>"#);
    }
    out.push_str("</ofd:Fonts></ofd:Res>");
    out
}

/// Ids that are unique in the document (ST_ID, §7.3).
struct Ids(u64);

impl Ids {
    fn next(&mut self) -> u64 {
        self.0 += 1;
        self.0
    }
}
