//! Drawing itself, with nothing that bounds its time or memory.

use std::collections::VecDeque;
use std::sync::Arc;

use hayro::hayro_interpret::util::TransformExt;
use hayro::hayro_interpret::{Context, InterpreterCache, interpret_page};
use hayro::hayro_syntax::Pdf;
use hayro::hayro_syntax::page::Page;
use hayro::kurbo::{Affine, Rect};
use hayro::vello_cpu::color::palette::css::WHITE;
use hayro::vello_cpu::{Pixmap, RasterizerSettings, RenderContext, Resources, TargetInit};
use hayro::{RenderCache, RenderSettings, render_into};
use verify::{Drawing, Lacks, NotDrawn, PageDrawer, Picture};

use crate::blank::Blank;
use crate::fonts::{Fonts, Noticed};
use crate::wire::is_within_bounds;
use crate::{MAX_HEIGHT, NAME};

/// Revisions of a document that are kept open: the page as it is now, and those it is compared with.
const KEPT: usize = 4;

/// The beginning of a document.
struct Beginning {
    document: Arc<Vec<u8>>,
    end: usize,
}

impl AsRef<[u8]> for Beginning {
    fn as_ref(&self) -> &[u8] {
        self.document.get(..self.end).unwrap_or(&self.document)
    }
}

/// A document of which pages are drawn, here and now.
pub(crate) struct Book {
    document: Arc<Vec<u8>>,
    fonts: Fonts,
    /// Revisions by where they end, the one used last in front; none for one that cannot be opened.
    open: VecDeque<(usize, Option<Pdf>)>,
}

impl Book {
    pub(crate) fn new(document: Vec<u8>, fonts: Fonts) -> Self {
        Self { document: Arc::new(document), fonts, open: VecDeque::new() }
    }

    fn revision(&mut self, end: usize) -> Option<&Pdf> {
        let known = self.open.iter().position(|(known, _)| *known == end);
        let open = || {
            let beginning = Beginning { document: Arc::clone(&self.document), end };
            (end, Pdf::new(Arc::new(beginning)).ok())
        };
        let revision = known.and_then(|at| self.open.remove(at)).unwrap_or_else(open);
        self.open.truncate(KEPT - 1);
        self.open.push_front(revision);
        self.open.front().and_then(|(_, pdf)| pdf.as_ref())
    }
}

impl Drawing for Book {
    fn draw(&mut self, end: usize, page: u32, width: u32) -> Result<Picture, NotDrawn> {
        let fonts = self.fonts.clone();
        let pdf = self.revision(end).ok_or(NotDrawn::Unreadable)?;
        let pages = u32::try_from(pdf.pages().len()).map_err(|_| NotDrawn::OtherPages)?;
        let index = usize::try_from(page).map_err(|_| NotDrawn::OtherPages)?;
        let page = pdf.pages().get(index).ok_or(NotDrawn::OtherPages)?;
        let (width, height, scale) = size(page, width)?;
        let to_pixels = Affine::scale(scale) * page.initial_transform(true).to_kurbo();
        let noticed = Noticed::default();
        let pixels = paint(page, &fonts, &noticed, (width, height), to_pixels);
        let is_blank = noticed.stand_in() && leaves_blanks(page, &fonts, (width, height), to_pixels);
        let lacks = Lacks {
            text: noticed.font() || is_blank,
            image: noticed.image(),
            annotation: noticed.annotation(),
        };
        let (width, height) = (u32::from(width), u32::from(height));
        Ok(Picture { width, height, pixels, to_pixels: to_pixels.as_coeffs(), pages, lacks })
    }
}

/// Columns, rows and pixels a point.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "compared with the bounds, and what is no number becomes zero"
)]
fn size(page: &Page<'_>, width: u32) -> Result<(u16, u16, f64), NotDrawn> {
    let (page_width, page_height) = page.render_dimensions();
    let scale = f64::from(width) / f64::from(page_width);
    let height = (f64::from(page_height) * scale).round().clamp(1.0, f64::from(MAX_HEIGHT) + 1.0) as u32;
    if !is_within_bounds(width, height) || !scale.is_finite() {
        return Err(NotDrawn::Shape);
    }
    let narrow = |number: u32| u16::try_from(number).map_err(|_| NotDrawn::Shape);
    Ok((narrow(width)?, narrow(height)?, scale))
}

/// The pixels of a page on white. Nothing is kept from one page to the next: what was drawn before must not show.
fn paint(
    page: &Page<'_>,
    fonts: &Fonts,
    noticed: &Noticed,
    (width, height): (u16, u16),
    to_pixels: Affine,
) -> Vec<u8> {
    let cache = RenderCache::new();
    let mut context = RenderContext::new(width, height);
    let settings = RenderSettings::default();
    render_into(page, &cache, &noticed.settings(fonts), &settings, &mut context, to_pixels);
    context.flush();
    let mut pixmap = Pixmap::new(width, height);
    let raster = RasterizerSettings { target_init: TargetInit::Clear(WHITE), ..Default::default() };
    context.render_with(&mut pixmap, &mut Resources::default(), raster);
    pixmap.data_as_u8_slice().to_vec()
}

/// True when the font that stands in lacks a character of the page.
fn leaves_blanks(page: &Page<'_>, fonts: &Fonts, (width, height): (u16, u16), to_pixels: Affine) -> bool {
    let cache = InterpreterCache::new();
    let target = Rect::new(0.0, 0.0, f64::from(width), f64::from(height));
    let settings = Noticed::default().settings(fonts);
    let mut context = Context::new(to_pixels, target, &cache, page.xref(), settings);
    let mut blank = Blank::new(fonts);
    interpret_page(page, &mut context, &mut blank);
    blank.found
}

/// Draws in this process, without a bound on time or memory: for documents of one's own. A hostile one takes what it
/// wants, and can end the process.
#[derive(Debug, Default)]
pub struct Here;

impl PageDrawer for Here {
    fn name(&self) -> String {
        NAME.to_owned()
    }

    fn open<'d>(&'d self, document: &'d [u8]) -> Box<dyn Drawing + 'd> {
        Box::new(Book::new(document.to_vec(), Fonts::find()))
    }
}
