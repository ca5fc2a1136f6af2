//! The pages as a file: PDF/A-2a, every thing on a page either part of the structure or marked as decoration.

mod paint;
mod structure;

use jiff::Timestamp;
use krilla::annotation::{Annotation, LinkAnnotation, Target};
use krilla::configure::{Accessibility, Archival, ConfigurationBuilder};
use krilla::destination::XyzDestination;
use krilla::geom::{Point, Rect};
use krilla::image::Image;
use krilla::metadata::{DateTime, Metadata};
use krilla::outline::{Outline, OutlineNode};
use krilla::page::PageSettings;
use krilla::{Document, SerializeSettings};
use verify::people::Page;

use crate::PdfError;
use crate::flow::{Anchor, Flow, Item, PAGE, Part};
use crate::font::Fonts;
use crate::summary::Marks;
use paint::Painter;
use structure::Structure;

/// Characters of a bookmark.
const BOOKMARK: usize = 60;

/// Writes the pages.
pub(crate) fn write(
    fonts: &Fonts,
    mut flow: Flow,
    page: &Page,
    at: Timestamp,
    marks: &[Marks],
    steps: &[Vec<Anchor>],
) -> Result<Vec<u8>, PdfError> {
    let mut document = Document::new_with(settings()?);
    let pictures = std::mem::take(&mut flow.pictures);
    let pictures: Vec<Image> = pictures
        .all
        .into_iter()
        .map(|picture| Image::from_rgba8(picture.rgba, picture.width, picture.height))
        .collect();
    let mut structure = Structure::new(flow.parts);
    let (pages, anchors) = (flow.pages, flow.anchors);
    let count = pages.len();
    for (number, items) in (1..).zip(pages) {
        let settings = PageSettings::from_wh(PAGE.0, PAGE.1).ok_or_else(|| wrong("page"))?;
        let mut sheet = document.start_page_with(settings);
        {
            let surface = sheet.surface();
            let mut painter = Painter { fonts, surface, structure: &mut structure, pictures: &pictures };
            painter.margins(page, number, count);
            for item in &items {
                painter.item(item, &anchors);
            }
        }
        for (part, annotation) in items.iter().filter_map(|item| link(item, &anchors)) {
            structure.add(part, sheet.add_tagged_annotation(annotation));
        }
        sheet.finish();
    }
    document.set_tag_tree(structure.tree());
    document.set_outline(outline(fonts, page, marks, steps, &anchors));
    document.set_metadata(metadata(fonts, page, at));
    document.finish().map_err(wrong)
}

fn wrong(error: impl std::fmt::Debug) -> PdfError {
    PdfError::Write(format!("{error:?}"))
}

fn settings() -> Result<SerializeSettings, PdfError> {
    let configuration = ConfigurationBuilder::new()
        .with_archival_validator(Archival::A2_A)
        .with_accessibility_validator(Accessibility::UA1)
        .finish()
        .map_err(wrong)?;
    Ok(SerializeSettings { configuration, ..SerializeSettings::default() })
}

fn metadata(fonts: &Fonts, page: &Page, at: Timestamp) -> Metadata {
    let at = jiff::tz::Offset::UTC.to_datetime(at);
    let part = |value: i8| u8::try_from(value).unwrap_or(0);
    let date = DateTime::new(u16::try_from(at.year()).unwrap_or(0))
        .month(part(at.month()))
        .day(part(at.day()))
        .hour(part(at.hour()))
        .minute(part(at.minute()))
        .second(part(at.second()))
        .utc_offset_hour(0)
        .utc_offset_minute(0);
    Metadata::new()
        .title(format!("电子签章验证报告 Verification report: {}", fonts.plain(&page.file, BOOKMARK)))
        .description(page.sentence.zh.clone())
        .creator(format!("sealbridge {}", page.version))
        .language("zh-CN".to_owned())
        .creation_date(date)
}

/// Where an anchor is; the first page where it was never reached.
fn destination(anchors: &[Option<(usize, f32)>], anchor: Anchor) -> XyzDestination {
    let (page, y) = anchors.get(anchor.0).copied().flatten().unwrap_or((0, 0.0));
    XyzDestination::new(page, Point::from_xy(0.0, (y - 12.0).max(0.0)))
}

fn link(item: &Item, anchors: &[Option<(usize, f32)>]) -> Option<(Part, Annotation)> {
    let Item::Pointer { x, y, width, to, words, part } = item else { return None };
    let rect = Rect::from_xywh(*x, *y, *width, 14.0)?;
    let target = Target::Destination(destination(anchors, *to).into());
    let words = paint::pointer_words(*words, anchors, *to);
    let annotation = Annotation::new_link(LinkAnnotation::new(rect, target), Some(words.concat()));
    Some((*part, annotation))
}

/// Bookmarks: the verdict, then each signature with its steps folded under it.
fn outline(
    fonts: &Fonts,
    page: &Page,
    marks: &[Marks],
    steps: &[Vec<Anchor>],
    anchors: &[Option<(usize, f32)>],
) -> Outline {
    let node = |text: String, at| OutlineNode::new(fonts.plain(&text, BOOKMARK), at);
    let mut outline = Outline::new();
    let top = XyzDestination::new(0, Point::from_xy(0.0, 0.0));
    outline.push_child(node(format!("结论 Verdict: {} {}", page.mark.zh, page.mark.en), top));
    for (number, ((signature, marks), steps)) in (1..).zip(page.signatures.iter().zip(marks).zip(steps)) {
        let (title, mark) = (&signature.title, signature.mark);
        let text = format!("{number}. {} {}：{} {}", title.zh, title.en, mark.zh, mark.en);
        let mut of_signature = node(text, destination(anchors, marks.summary));
        let mut folded = node("验证步骤 Steps".to_owned(), destination(anchors, marks.steps));
        for (step, anchor) in signature.steps.iter().zip(steps) {
            let text = format!("{} {}：{}", step.name.zh, step.name.en, step.mark.zh);
            folded.push_child(node(text, destination(anchors, *anchor)));
        }
        of_signature.push_child(folded);
        outline.push_child(of_signature);
    }
    outline
}
