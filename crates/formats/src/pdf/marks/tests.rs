//! What stands on a page, mark by mark: what of it is told, and what cannot be read.

use super::*;
use crate::pdf::Limits;

/// The marks of a page with this content.
fn marks(content: &str) -> Marks {
    let mut bytes = b"%PDF-1.7\n".to_vec();
    let image = "<</Subtype/Image/Width 1/Height 1/BitsPerComponent 8/ColorSpace/DeviceGray/Length 1>>stream\nx\nendstream";
    let form = "<</Subtype/Form/BBox[0 0 10 10]/Length 15>>stream\n0 0 50 50 re f \nendstream";
    let page = "<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 200]/Contents 4 0 R/Resources<</XObject<</I 5 0 R/F 6 0 R>>/ExtGState<</M<</SMask<</S/Alpha>>>>/B<</BM/Difference>>>>/Font<</T<</Subtype/Type3>>>>>>>>";
    let objects = [
        "<</Type/Catalog/Pages 2 0 R>>".to_owned(),
        "<</Type/Pages/Kids[3 0 R]/Count 1>>".to_owned(),
        page.to_owned(),
        format!("<</Length {}>>stream\n{content}\nendstream", content.len()),
        image.to_owned(),
        form.to_owned(),
    ];
    for (number, body) in (1..).zip(objects) {
        bytes.extend_from_slice(format!("{number} 0 obj\n{body}\nendobj\n").as_bytes());
    }
    bytes.extend_from_slice(b"trailer\n<</Root 1 0 R>>\n");
    let pdf = Pdf::reconstruct(&bytes, &Limits::default()).unwrap();
    let page = pdf.pages().unwrap().remove(0);
    pdf.page_marks(&page).unwrap()
}

fn told(marks: &Marks) -> Vec<(&'static str, [i32; 4])> {
    #[expect(clippy::cast_possible_truncation, reason = "small numbers")]
    let whole = |rect: &Rect| [rect.left, rect.bottom, rect.right, rect.top].map(|side| side.round() as i32);
    let name = |mark: &Mark| match mark {
        Mark::Rectangle(Some(light)) if *light > 0.9 => "light",
        Mark::Rectangle(_) => "rectangle",
        Mark::Shape(_) => "shape",
        Mark::Picture { .. } => "picture",
        Mark::Other => "other",
    };
    marks.list.iter().map(|one| (name(&one.mark), whole(&one.rect))).collect()
}

#[test]
fn areas_and_lines_have_their_places() {
    assert_eq!(told(&marks("10 10 20 5 re f")), [("rectangle", [10, 10, 30, 15])]);
    assert_eq!(told(&marks("1 g 10 10 20 5 re f")), [("light", [10, 10, 30, 15])]);
    assert_eq!(told(&marks("2 0 0 2 5 5 cm 10 10 20 5 re f")), [("rectangle", [25, 25, 65, 35])]);
    assert_eq!(told(&marks("2 w 10 10 m 50 10 l S")), [("rectangle", [9, 9, 51, 11])]);
    assert_eq!(told(&marks("10 10 m 50 30 l 20 40 l f")), [("shape", [10, 10, 50, 40])]);
    assert_eq!(told(&marks("10 10 m 50 10 50 30 10 30 c f")), [("shape", [10, 10, 50, 30])]);
    assert_eq!(told(&marks("0.7 0 0.7 0.7 0 0 cm 10 10 20 20 re f")).first().map(|one| one.0), Some("shape"));
    // A colour by a profile is no light one; a pattern may show anything.
    assert_eq!(told(&marks("/P cs 1 1 1 sc 10 10 20 5 re f")), [("rectangle", [10, 10, 30, 15])]);
    assert_eq!(told(&marks("/Pattern cs /P scn 10 10 20 5 re f")), [("other", [10, 10, 30, 15])]);
    assert_eq!(told(&marks("/Pattern cs /P scn 1 g 10 10 20 5 re f")), [("light", [10, 10, 30, 15])]);
}

#[test]
fn a_circle_is_empty_within() {
    let circle =
        "1 w 20 10 m 20 15.5 15.5 20 10 20 c 4.5 20 0 15.5 0 10 c 0 4.5 4.5 0 10 0 c 15.5 0 20 4.5 20 10 c s";
    let marks = marks(circle);
    let middle = Rect { left: 6.0, bottom: 6.0, right: 14.0, top: 14.0 };
    assert!(marks.list.len() > 40 && marks.list.iter().all(|one| !one.rect.overlaps(&middle)));
    let filled = super::tests::marks(&circle.replace(" s", " f"));
    assert!(filled.list.iter().any(|one| one.rect.overlaps(&middle)));
    assert_eq!(told(&super::tests::marks("10 10 m 20 30 40 30 v S")).len(), 12);
}

#[test]
fn what_is_cut_or_masked_may_have_any_shape() {
    assert_eq!(told(&marks("0 0 15 100 re W n 10 10 20 5 re f")), [("rectangle", [10, 10, 15, 15])]);
    assert_eq!(told(&marks("0 0 m 90 0 l 0 90 l h W n 10 10 20 5 re f")), [("other", [10, 10, 30, 15])]);
    assert_eq!(told(&marks("0 0 9 9 re W n 10 10 20 5 re f")), []);
    assert_eq!(told(&marks("/B gs 10 10 20 5 re f")), [("other", [10, 10, 30, 15])]);
    assert_eq!(told(&marks("/M gs 10 10 20 5 re f")), [("other", [10, 10, 30, 15])]);
    assert_eq!(told(&marks("q /M gs Q 10 10 20 5 re f")), [("rectangle", [10, 10, 30, 15])]);
    assert_eq!(told(&marks("BT 7 Tr (x) Tj ET 10 10 20 5 re f")), [("other", [10, 10, 30, 15])]);
}

#[test]
fn pictures_and_forms_are_followed() {
    assert_eq!(told(&marks("30 0 0 40 5 6 cm /I Do")), [("picture", [5, 6, 35, 46])]);
    assert_eq!(told(&marks("1 0 0 1 100 0 cm /F Do")), [("rectangle", [100, 0, 110, 10])]);
    assert!(!marks("/Nothing Do").is_whole, "some readers find it in the resources of the page");
    let inline = marks("q 30 0 0 40 5 6 cm BI /W 1 /H 1 /BPC 8 /CS /G ID x EI Q 1 1 9 9 re f");
    assert_eq!(told(&inline), [("other", [5, 6, 35, 46]), ("rectangle", [1, 1, 10, 10])]);
    assert!(inline.is_whole);
}

#[test]
fn what_is_not_followed_is_told() {
    assert!(marks("BT (x) Tj ET 1 1 9 9 re f").is_whole);
    assert!(!marks("1 1 9 9 re f (x").is_whole);
    assert!(!marks("1 1 9 ) 9 re f").is_whole);
    assert!(!marks("/None gs").is_whole);
    assert!(!marks("0 1 1 9 9 re f").is_whole, "more operands than it has");
    assert!(!marks("BT /T 1 Tf (x) Tj ET").is_whole, "glyphs that are content may be anywhere");
    assert!(!marks("BI /W 1 /H 1 ID xEIx EI 1 1 9 9 re f").is_whole);
}
