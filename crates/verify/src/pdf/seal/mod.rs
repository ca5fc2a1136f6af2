//! How a seal is shown (rule 9): on which page, whether anything hides it, and whether the picture is the seal's.

mod drawn;
mod hidden;
pub(super) mod image;
mod picture;

use formats::pdf::{Object, Page, Pdf, PdfError, Rect, Widget};
use formats::ses::PictureKind;

use super::gather::Gathered;
use super::judge::{After, Context};
use super::same;
use crate::catalogue as rule;
use crate::deviation::worth;
use crate::finding::Findings;
use crate::options::Profile;
use crate::report::{SealSummary, SignatureKind};
use crate::text::{Detail, Text};
use crate::verdict::Status;

use drawn::{NotDrawn, Seen};
use picture::{Likeness, Picture};

/// What of the widgets is another than when it was signed.
pub(super) fn differs(old: &Pdf<'_>, before: &[Widget], new: &Pdf<'_>, now: &[Widget]) -> Option<Detail> {
    if before.len() != now.len() {
        return Some(Detail::new("签名域的外观数目改变", "it has another number of widgets"));
    }
    for widget in before {
        let Some(one) = now.iter().find(|one| one.id == widget.id) else {
            return Some(Detail::new("外观对象改变", "another object is its widget"));
        };
        if widget.page != one.page {
            return Some(Detail::new("所在页改变", "it is on another page"));
        }
        if !same::rect(&widget.rect, &one.rect) {
            return Some(Detail::new("位置改变", "it is in another place"));
        }
        let flags = |pdf: &Pdf<'_>, widget: &Widget| hidden::flags(pdf, &widget.dictionary);
        if flags(old, widget) != flags(new, one) || !is_drawn_alike(old, widget, new, one) {
            return Some(Detail::new("图形或标志改变", "its appearance or its flags are others"));
        }
    }
    None
}

/// True when both normal appearances are the same stream.
fn is_drawn_alike(old: &Pdf<'_>, before: &Widget, new: &Pdf<'_>, now: &Widget) -> bool {
    match (normal(old, before), normal(new, now)) {
        (Some(a), Some(b)) => same::value(old, &a, new, &b),
        (None, None) => true,
        _ => false,
    }
}

/// The normal appearance of a widget.
fn normal(pdf: &Pdf<'_>, widget: &Widget) -> Option<Object> {
    let appearance = pdf.dictionary(&widget.dictionary, b"AP").ok()??;
    pdf.get(&appearance, b"N").ok()?
}

/// Judges where and how a signature is shown.
pub(super) fn judge(
    context: &Context<'_, '_>,
    one: &Gathered<'_>,
    seal: Option<&SealSummary>,
    after: Option<&After<'_, '_>>,
    findings: &mut Findings,
) {
    if one.kind == SignatureKind::Stamp {
        return;
    }
    let Some(view) = context.file.view.as_deref() else { return };
    let widgets = match (&one.found.widgets, after) {
        (widgets, Some(after)) if widgets.is_empty() => &after.whole.field.widgets,
        (widgets, _) => widgets,
    };
    if let Some(doubled) = widgets.iter().find_map(|widget| hidden::doubled(view, widget)) {
        return findings.add_with(&rule::SEAL_PLACE, Status::Unknown, doubled);
    }
    let shown: Vec<&Widget> = widgets.iter().filter(|widget| area(widget.rect) > 0.0).collect();
    if shown.is_empty() || shown.iter().all(|widget| normal(view, widget).is_none()) {
        findings.add(&rule::SEAL_PLACE, Status::Note);
        return;
    }
    let pages = context.file.pages().unwrap_or_default();
    let fault = shown.iter().find_map(|widget| hidden::fault(view, widget, &shown, &pages, after));
    match fault {
        Some(fault) => findings.add_with(&rule::SEAL_PLACE, Status::Unknown, fault),
        None if shown.iter().any(|widget| hidden::is_unprinted(view, widget)) => {
            let words = Detail::new("标志为不打印", "its flags keep it from being printed");
            findings.add_with(&rule::SEAL_PLACE, Status::Note, words);
        }
        None => findings.add_with(&rule::SEAL_PLACE, Status::Good, on_pages(&shown)),
    }
    if let Some(seal) = seal {
        judge_picture(context, view, &shown, &pages, seal, findings);
    }
}

fn on_pages(widgets: &[&Widget]) -> Detail {
    let pages: Vec<String> =
        widgets.iter().filter_map(|one| one.page).map(|page| (page + 1).to_string()).collect();
    let pages = Detail::list(pages.iter().map(String::as_str), 5);
    Detail::new(format!("第 {} 页", pages.zh), format!("page {}", pages.en))
}

fn area(rect: Rect) -> f64 {
    rect.width() * rect.height()
}

/// Hundredths of the picture that may be cut off, for the sake of rounding.
const CUT_OFF: usize = 2;
/// Parts of the seal's own size that are told, and beyond which it cannot be taken for the seal.
const TOLD: std::ops::RangeInclusive<f64> = 0.95..=1.05;
const STILL_A_SEAL: std::ops::RangeInclusive<f64> = 0.5..=2.0;

fn judge_picture(
    context: &Context<'_, '_>,
    view: &Pdf<'_>,
    widgets: &[&Widget],
    pages: &[Page],
    seal: &SealSummary,
    findings: &mut Findings,
) {
    let strict = context.options.profile == Profile::Strict;
    let (status, detail) = match shown(view, widgets, pages, seal) {
        Shown::Limit(error) => {
            let words = Detail::same(error.to_string());
            return findings.add_with(&rule::CONTAINER_LIMITS, Status::Unknown, words);
        }
        // Who seals chooses the coding, and could show anything in one that is not read here.
        Shown::Uncoded(what) => {
            let status = if strict { Status::Unknown } else { Status::Note };
            (status, Some(Detail::new(what.zh, what.en)))
        }
        Shown::Other => (worth(context.options.profile).max(Status::Unknown), None),
        Shown::Doubtful(detail) => (Status::Unknown, Some(detail)),
        Shown::Told(detail) => (Status::Note, Some(detail)),
        Shown::Uncompared => (Status::Note, None),
        Shown::Same => (Status::Good, None),
    };
    match detail {
        Some(detail) => findings.add_with(&rule::SEAL_PICTURE, status, detail),
        None => findings.add(&rule::SEAL_PICTURE, status),
    }
}

/// What widgets show of a seal.
enum Shown {
    Same,
    Other,
    Uncompared,
    /// Something coded in a way that is not decoded here.
    Uncoded(Text),
    /// More than is looked at.
    Limit(PdfError),
    /// The picture, in another way than it should be.
    Told(Detail),
    Doubtful(Detail),
}

fn shown(view: &Pdf<'_>, widgets: &[&Widget], pages: &[Page], seal: &SealSummary) -> Shown {
    if matches!(PictureKind::sniff(&seal.picture), Some(PictureKind::Svg | PictureKind::Ofd) | None) {
        return Shown::Uncompared;
    }
    let mut picture = Picture::new(&seal.picture);
    let (mut seen, mut is_clear, mut told, mut uncoded) = (Seen::nothing(), true, None, None);
    for widget in widgets {
        // What is on no page is a matter of its place.
        let Some(page) = widget.page.and_then(|index| pages.get(index)) else { continue };
        let Some(normal) = normal(view, widget) else { continue };
        let drawn = match drawn::drawn(view, widget, &normal, page) {
            Ok(drawn) => drawn,
            Err(NotDrawn::Doubt(doubt)) => return Shown::Doubtful(doubt),
            Err(NotDrawn::Limit(error)) => return Shown::Limit(error),
        };
        match picture.likeness(view, &drawn.image) {
            Likeness::Other => return Shown::Other,
            Likeness::Odd(what) => return Shown::Doubtful(Detail::new(what.zh, what.en)),
            Likeness::Limit(error) => return Shown::Limit(error),
            Likeness::Uncoded(what) => uncoded = Some(what),
            Likeness::Unclear => is_clear = false,
            Likeness::Same => is_clear &= !drawn.is_recoloured,
        }
        if let Some((parts, detail)) = size(drawn.size_mm, seal) {
            if !parts.iter().all(|part| STILL_A_SEAL.contains(part)) {
                return Shown::Doubtful(detail);
            }
            told = Some(detail);
        }
        seen.add(&drawn.seen);
    }
    let percent = seen.percent();
    if percent < 100 - CUT_OFF {
        return Shown::Doubtful(Detail::new(
            format!("只显示了图片的 {percent}%"),
            format!("only {percent} % of the picture is to be seen"),
        ));
    }
    if let Some(what) = uncoded {
        return Shown::Uncoded(what);
    }
    if is_drawn_anew(view) {
        told = Some(Detail::new(
            "表单要求阅读器重画各域（NeedAppearances），部分阅读器不显示印章",
            "the form asks readers to draw its fields anew (NeedAppearances): some do not show the seal",
        ));
    }
    match (told, is_clear) {
        (Some(detail), _) => Shown::Told(detail),
        (None, true) => Shown::Same,
        (None, false) => Shown::Uncompared,
    }
}

/// True when the form asks readers to draw its fields anew: poppler and Acrobat show no appearance of a signature then.
fn is_drawn_anew(view: &Pdf<'_>) -> bool {
    let asked = || {
        let catalog = view.catalog().ok()?;
        let form = view.dictionary(catalog.object.as_dictionary()?, b"AcroForm").ok()??;
        view.get(&form, b"NeedAppearances").ok()?
    };
    asked() == Some(Object::Boolean(true))
}

/// How large a picture is shown beside the size that its seal has; none where the two agree.
fn size((width, height): (f64, f64), seal: &SealSummary) -> Option<([f64; 2], Detail)> {
    let own = |side: i64| u16::try_from(side).ok().filter(|side| *side > 0).map(f64::from);
    let (own_width, own_height) = (own(seal.width_mm)?, own(seal.height_mm)?);
    let parts = [width / own_width, height / own_height];
    if parts.iter().all(|part| TOLD.contains(part)) {
        return None;
    }
    let (zh, en) = if parts.iter().all(|part| *part <= *TOLD.end()) {
        ("显示得更小", "shown smaller")
    } else {
        ("显示的尺寸不同", "shown in another size")
    };
    let (shown, own) =
        (format!("{width:.1} × {height:.1} mm"), format!("{own_width:.0} × {own_height:.0} mm"));
    let detail =
        Detail::new(format!("{zh}：{shown}，印章为 {own}"), format!("{en}: {shown}, the seal has {own}"));
    Some((parts, detail))
}
