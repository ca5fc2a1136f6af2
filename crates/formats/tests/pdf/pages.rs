//! The tree of pages and what is inherited in it.

use crate::build::{Builder, joined};
use sealbridge_formats::pdf::{
    Limits, ObjectId, Page, PageFaultKind as Kind, Pdf, PdfError, Rect, ToldParent,
};
use std::time::{Duration, Instant};

fn pages(builder: &Builder) -> Result<Vec<Page>, PdfError> {
    let bytes = builder.build();
    Pdf::open(&bytes, &Limits::default()).unwrap().pages()
}

fn rect(left: f64, bottom: f64, right: f64, top: f64) -> Rect {
    Rect { left, bottom, right, top }
}

const CATALOG: &str = "<</Type/Catalog/Pages 2 0 R>>";

#[test]
fn what_pages_inherit() {
    let pages = pages(&Builder::of(&[
        CATALOG,
        "<</Type/Pages/Kids[3 0 R 4 0 R]/Count 3/MediaBox[0 0 300 400]/Rotate 90/Resources<</A 1>>>>",
        "<</Type/Pages/Parent 2 0 R/Kids[5 0 R 6 0 R]/CropBox[200 390 10 20]/Rotate -90/Resources 7 0 R>>",
        "<</Type/Page/Parent 2 0 R/UserUnit 2.5/CropBox[-50 -50 9999 100]>>",
        "<</Type/Page/Parent 3 0 R/MediaBox[8 0 R 0 100 100]/Rotate 720>>",
        "<</Parent 3 0 R/Rotate 45/Resources<</C 3>>>>",
        "<</B 2>>",
        "50",
    ]))
    .unwrap();
    let ids: Vec<_> = pages.iter().map(|page| page.id.unwrap()).collect();
    assert_eq!(ids, [5, 6, 4].map(ObjectId::new));
    let [first, second, third] = pages.as_slice() else { panic!("{}", pages.len()) };
    assert_eq!(
        (first.media_box, first.crop_box),
        (rect(50.0, 0.0, 100.0, 100.0), rect(50.0, 20.0, 100.0, 100.0))
    );
    assert_eq!((first.rotate, first.user_unit), (0, 1.0));
    assert_eq!(first.resources.integer(b"B"), Some(2));
    assert_eq!(second.crop_box, rect(10.0, 20.0, 200.0, 390.0));
    assert_eq!((second.rotate, second.resources.integer(b"C")), (270, Some(3)));
    assert_eq!(second.resources.get(b"A"), None);
    assert_eq!(third.crop_box, rect(0.0, 0.0, 300.0, 100.0));
    assert_eq!((third.rotate, third.user_unit, third.resources.integer(b"A")), (90, 2.5, Some(1)));
}

/// What is wrong in a tree, by object.
fn faults(root: &str, first: &str, second: &str) -> Vec<(u32, Kind)> {
    let bytes = Builder::of(&[CATALOG, root, first, second]).build();
    let tree = Pdf::open(&bytes, &Limits::default()).unwrap().page_tree().unwrap();
    tree.faults.into_iter().map(|fault| (fault.object.map_or(0, |id| id.number), fault.kind)).collect()
}

#[test]
fn where_a_tree_contradicts_itself() {
    const PAGE: &str = "<</Type/Page/Parent 2 0 R>>";
    let root = |entries: &str| format!("<</Type/Pages/Kids[3 0 R 4 0 R]{entries}>>");
    assert_eq!(faults(&root("/Count 2"), PAGE, PAGE), []);
    // Nothing is inherited, so that nobody looks for a parent.
    assert_eq!(faults(&root("/Count 2"), "<</Type/Page>>", PAGE), []);
    let counted = |told| Kind::Count { told, found: 2 };
    for (count, told) in [("/Count 1", Some(1)), ("/Count -2", Some(-2)), ("/Count(2)", None), ("", None)] {
        assert_eq!(faults(&root(count), PAGE, PAGE), [(2, counted(told))], "{count}");
    }
    let parent = |told| Kind::Parent(told);
    let four = ToldParent::Object(ObjectId::new(4));
    let rotated = root("/Count 2/Rotate 90");
    assert_eq!(faults(&root("/Count 2/Parent 4 0 R"), PAGE, PAGE), [(2, parent(four.clone()))]);
    assert_eq!(faults(&root("/Count 2"), "<</Type/Page/Parent 4 0 R>>", PAGE), [(3, parent(four))]);
    assert_eq!(faults(&rotated, "<</Type/Page>>", PAGE), [(3, parent(ToldParent::None))]);
    let direct = "<</Type/Page/Parent<</Rotate 180>>>>";
    assert_eq!(faults(&root("/Count 2"), direct, PAGE), [(3, parent(ToldParent::Direct))]);
    assert_eq!(faults(&root("/Count 2"), "<</Type/Template/Parent 2 0 R>>", PAGE), [(3, Kind::Type)]);
    assert_eq!(faults(&root("/Count 2"), "<</Type/Page/Parent 2 0 R/Kids[]>>", PAGE), [(3, Kind::Type)]);
    assert_eq!(faults(&root("/Count 1"), "(none)", PAGE), [(3, Kind::Kid)]);
    let padded = "<</Type/Pages/Kids[null 3 0 R 4 0 R]/Count 2>>";
    assert_eq!(faults(padded, PAGE, PAGE), [(0, Kind::Kid)]);
}

#[test]
fn boxes_that_are_none() {
    for media in ["", "/MediaBox[0 0 0 0]", "/MediaBox[1 2 3]", "/MediaBox[/a 0 1 1]", "/MediaBox 9 0 R"] {
        let page = format!("<</Type/Page{media}/CropBox[900 900 990 990]/UserUnit -1>>");
        let pages = pages(&Builder::of(&[CATALOG, &page])).unwrap();
        let a4 = rect(0.0, 0.0, 595.276, 841.89);
        assert_eq!((pages[0].media_box, pages[0].crop_box), (a4, a4), "{media}");
        assert!((pages[0].user_unit - 1.0).abs() < 1e-9);
    }
}

#[test]
fn trees_in_circles_end() {
    let pages = pages(&Builder::of(&[
        CATALOG,
        "<</Type/Pages/Kids[2 0 R 3 0 R 4 0 R 77 0 R null 5 0 R]>>",
        "<</Type/Pages/Kids[2 0 R 4 0 R 3 0 R]>>",
        "<</Type/Page>>",
        "(no page)",
    ]))
    .unwrap();
    // A page that is listed twice is shown twice.
    assert_eq!(pages.iter().map(|page| page.id.unwrap().number).collect::<Vec<_>>(), [4, 4]);
    let itself = self::pages(&Builder::of(&["<</Type/Catalog/Pages 1 0 R>>"])).unwrap();
    assert_eq!(itself.len(), 1, "a dictionary without kids is a page, whatever it calls itself");
}

#[test]
fn no_tree() {
    for catalog in ["<</Type/Catalog>>", "<</Pages 7 0 R>>", "<</Pages(a)>>"] {
        assert_eq!(pages(&Builder::of(&[catalog])).unwrap_err(), PdfError::Unexpected("Pages"));
    }
}

/// Each node lists the next one twice.
#[test]
fn woven_trees_are_refused_in_time() {
    let mut builder = Builder::of(&[CATALOG]);
    for number in 3..45 {
        builder.add(format!("<</Type/Pages/Kids[{number} 0 R {number} 0 R]>>"));
    }
    builder.add("<</Type/Pages/Kids[]>>");
    let start = Instant::now();
    assert_eq!(pages(&builder).unwrap_err(), PdfError::Limit("pages"));
    assert!(start.elapsed() < Duration::from_secs(10), "{:?}", start.elapsed());

    let mut deep = Builder::of(&[CATALOG]);
    (3..200).for_each(|number| {
        deep.add(format!("<</Kids[{number} 0 R]>>"));
    });
    assert_eq!(pages(&deep).unwrap_err(), PdfError::Limit("depth of the page tree"));
}

#[test]
fn a_large_page_listed_often_is_not_copied_often() {
    let mut builder = Builder::of(&[CATALOG]);
    builder.add(format!("<</Type/Pages/Kids[{}]>>", "3 0 R ".repeat(90_000)));
    builder.add(format!("<</Type/Page/A[{}]>>", "1 ".repeat(100_000)));
    let error = pages(&builder).unwrap_err();
    assert_eq!(error, PdfError::Limit("a page that is listed again and again"));
}

/// Only the tree is read, however many objects there are beside it.
#[test]
fn large_files_are_quick() {
    let mut builder = Builder::of(&[CATALOG]);
    let kids = joined(3..103, |number| format!("{number} 0 R "));
    builder.add(format!("<</Type/Pages/Kids[{kids}]/Count 100>>"));
    (0..100).for_each(|_| {
        builder.add("<</Type/Page/Parent 2 0 R>>");
    });
    (0..340_000).for_each(|_| {
        builder.add("<</Type/Note/Text(some more text)>>");
    });
    let bytes = builder.build();
    let pdf = Pdf::open(&bytes, &Limits::default()).unwrap();
    assert_eq!(pdf.pages().unwrap().len(), 100);
    assert_eq!(pdf.numbers().len(), 340_102);
}
