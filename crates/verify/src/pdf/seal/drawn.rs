//! Where the appearance of a widget draws its one image, how large, and how much of it is to be seen (ISO 32000-1
//! §12.5.5).

use formats::pdf::{
    Clip, Matrix, Object, Page, Paint, Painted, PaintedImage, Pdf, PdfError, Rect, Stream, Widget,
};

use crate::text::Detail;

/// Parts of a side for which it is told whether they are seen.
const PARTS: usize = 64;
/// Less opaque than this is no seal on paper.
const OPAQUE: f64 = 0.99;
/// Sides that are not upright on one another by more than this part are askew.
const ASKEW: f64 = 0.02;

/// The one image of a widget, as it stands on its page.
pub(super) struct Drawn {
    pub(super) image: Stream,
    /// Width and height of the whole image in millimetres, whatever of it is seen.
    pub(super) size_mm: (f64, f64),
    pub(super) seen: Seen,
    /// True when device colours are taken for others.
    pub(super) is_recoloured: bool,
}

/// Which parts of an image are seen, row by row.
pub(super) struct Seen(Vec<bool>);

impl Seen {
    pub(super) fn nothing() -> Self {
        Self(vec![false; PARTS * PARTS])
    }

    /// Adds what another widget shows: the slices of a riding seal make up the whole.
    pub(super) fn add(&mut self, other: &Self) {
        self.0.iter_mut().zip(&other.0).for_each(|(one, other)| *one |= other);
    }

    /// How much is seen, in hundredths.
    pub(super) fn percent(&self) -> usize {
        self.0.iter().filter(|seen| **seen).count() * 100 / self.0.len().max(1)
    }
}

/// Why a widget gives no image.
pub(super) enum NotDrawn {
    /// It is not the picture of a seal and nothing else.
    Doubt(Detail),
    /// There is more of it than is followed.
    Limit(PdfError),
}

impl From<Detail> for NotDrawn {
    fn from(doubt: Detail) -> Self {
        Self::Doubt(doubt)
    }
}

/// Finds what a widget draws.
pub(super) fn drawn(pdf: &Pdf<'_>, widget: &Widget, normal: &Object, page: &Page) -> Result<Drawn, NotDrawn> {
    let form = state(pdf, widget, normal)
        .ok_or_else(|| Detail::new("外观不是可读的图形", "the appearance is nothing that can be drawn"))?;
    let painted = pdf.painted(&form);
    if let Some(error) = &painted.limit {
        return Err(NotDrawn::Limit(error.clone()));
    }
    if let Some(others) = others(&painted) {
        return Err(others.into());
    }
    let image = match painted.images.as_slice() {
        [] => return Err(Detail::new("外观没有画出任何内容", "nothing is drawn").into()),
        [image] => image,
        _ => return Err(Detail::new("外观画有多幅图片", "several images are drawn").into()),
    };
    if let Some(hidden) = hidden(pdf, widget, image) {
        return Err(hidden.into());
    }
    let to_page = painted.frame.and_then(|frame| fitted(&frame, &widget.rect));
    let place = to_page.map(|to_page| (to_page, image.matrix.then(&to_page)));
    let upright = place.filter(|(_, matrix)| is_upright(matrix));
    let Some((to_page, matrix)) = upright else {
        return Err(Detail::new("图片被压扁、镜像或斜置", "the image is flattened, mirrored or askew").into());
    };
    let [right_x, right_y, up_x, up_y, ..] = matrix.0;
    let units = page.units_of_mm();
    Ok(Drawn {
        image: image.image.clone(),
        size_mm: (right_x.hypot(right_y) / units, up_x.hypot(up_y) / units),
        seen: seen(image, &to_page, &matrix, page),
        is_recoloured: image.is_recoloured,
    })
}

/// The appearance itself: of several states that of `AS`.
fn state(pdf: &Pdf<'_>, widget: &Widget, normal: &Object) -> Option<Stream> {
    match normal {
        Object::Stream(stream) => Some(stream.clone()),
        Object::Dictionary(states) => {
            let name = pdf.get(&widget.dictionary, b"AS").ok()??;
            match pdf.get(states, name.as_name()?.as_bytes()).ok()?? {
                Object::Stream(stream) => Some(stream),
                _ => None,
            }
        }
        _ => None,
    }
}

/// What is painted beside images.
fn others(painted: &Painted) -> Option<Detail> {
    let words = |paint: &Paint| match paint {
        Paint::Path => ("线条或填充", "lines or areas"),
        Paint::Text => ("文字", "text"),
        Paint::InlineImage => ("内嵌图片", "an inline image"),
        Paint::Shading => ("渐变", "a shading"),
        Paint::Layer => ("可关闭的图层", "a layer that can be switched"),
        Paint::Unreadable => ("无法解析的内容", "content that cannot be read"),
    };
    if painted.others.is_empty() {
        return None;
    }
    let (zh, en): (Vec<_>, Vec<_>) = painted.others.iter().map(words).unzip();
    Some(Detail::new(
        format!("外观还画有{}", zh.join("、")),
        format!("the appearance also has {}", en.join(", ")),
    ))
}

/// What keeps an image from being seen as it is.
fn hidden(pdf: &Pdf<'_>, widget: &Widget, image: &PaintedImage) -> Option<Detail> {
    if widget.dictionary.get(b"OC").is_some() {
        return Some(Detail::new("印章在可关闭的图层上", "the seal is on a layer that can be switched"));
    }
    if image.opacity < OPAQUE {
        let percent = image.opacity * 100.0;
        return Some(Detail::new(
            format!("图片透明：不透明度 {percent:.0}%"),
            format!("the image is transparent: its opacity is {percent:.0} %"),
        ));
    }
    let mode = pdf.get(&widget.dictionary, b"BM").ok().flatten();
    let is_mode_plain = mode.as_ref().is_none_or(|mode| {
        mode.as_name().is_some_and(|name| matches!(name.as_bytes(), b"Normal" | b"Compatible" | b"Multiply"))
    });
    if image.is_altered || !is_mode_plain {
        return Some(Detail::new(
            "图片经软蒙版、混合模式或传递函数改变",
            "a soft mask, a blend mode or a transfer function changes the image",
        ));
    }
    let cut = Detail::new("图片被图形裁剪", "the image is cut off by a shape");
    image.is_cut.then_some(cut)
}

/// From the space of the frame into the rectangle of the annotation.
fn fitted(frame: &Rect, rect: &Rect) -> Option<Matrix> {
    let (across, up) = (rect.width() / frame.width(), rect.height() / frame.height());
    let matrix = Matrix([
        across,
        0.0,
        0.0,
        up,
        frame.left.mul_add(-across, rect.left),
        frame.bottom.mul_add(-up, rect.bottom),
    ]);
    matrix.0.iter().all(|number| number.is_finite()).then_some(matrix)
}

/// True when both sides have a length, stand upright on one another, and nothing is mirrored.
fn is_upright(matrix: &Matrix) -> bool {
    let [right_x, right_y, up_x, up_y, ..] = matrix.0;
    let sides = right_x.hypot(right_y) * up_x.hypot(up_y);
    matrix.area() >= sides * (1.0 - ASKEW) && sides > 0.0 && sides.is_finite()
}

/// Which parts of an image nothing cuts off: neither its clips nor the edge of the page.
fn seen(image: &PaintedImage, to_page: &Matrix, matrix: &Matrix, page: &Page) -> Seen {
    let clips: Vec<(Option<Matrix>, Rect)> = image
        .clips
        .iter()
        .map(|Clip { matrix, rect }| (matrix.then(to_page).inverse(), *rect))
        .chain([(Some(Matrix::IDENTITY), page.crop_box)])
        .collect();
    let number = |number: usize| f64::from(u16::try_from(number).unwrap_or_default());
    let middle = |part: usize| (number(part) + 0.5) / number(PARTS);
    let is_seen = |(x, y): (f64, f64)| {
        clips.iter().all(|(back, rect)| {
            back.is_some_and(|back| {
                let (x, y) = back.point(x, y);
                rect.left <= x && x <= rect.right && rect.bottom <= y && y <= rect.top
            })
        })
    };
    let points = (0..PARTS).flat_map(|row| (0..PARTS).map(move |column| (column, row)));
    Seen(points.map(|(column, row)| is_seen(matrix.point(middle(column), middle(row)))).collect())
}

#[cfg(test)]
mod tests {
    use formats::pdf::{Matrix, Rect};

    use super::{PARTS, Seen, fitted, is_upright};

    #[test]
    fn a_frame_is_fitted_into_a_rectangle() {
        let frame = Rect { left: -10.0, bottom: 0.0, right: 0.0, top: 20.0 };
        let rect = Rect { left: 100.0, bottom: 100.0, right: 105.0, top: 140.0 };
        let matrix = fitted(&frame, &rect).expect("a matrix");
        assert_eq!(matrix.point(-10.0, 0.0), (100.0, 100.0));
        assert_eq!(matrix.point(0.0, 20.0), (105.0, 140.0));
        assert_eq!(fitted(&Rect::default(), &rect), None);
    }

    #[test]
    fn images_stand_upright() {
        assert!(is_upright(&Matrix([2.0, 0.0, 0.0, 3.0, 9.0, 9.0])));
        assert!(is_upright(&Matrix([0.0, 2.0, -3.0, 0.0, 9.0, 9.0])));
        assert!(!is_upright(&Matrix([2.0, 0.0, 0.0, -3.0, 9.0, 9.0])), "mirrored");
        assert!(!is_upright(&Matrix([2.0, 0.0, 2.0, 3.0, 9.0, 9.0])), "askew");
        assert!(!is_upright(&Matrix([0.0; 6])));
    }

    #[test]
    fn slices_make_up_the_whole() {
        let half = |left: bool| Seen((0..PARTS * PARTS).map(|at| (at % PARTS < PARTS / 2) == left).collect());
        let mut seen = Seen::nothing();
        assert_eq!(seen.percent(), 0);
        seen.add(&half(true));
        assert_eq!(seen.percent(), 50);
        seen.add(&half(false));
        assert_eq!(seen.percent(), 100);
    }
}
