//! Paths, boxes, ids and names of algorithms, each by itself.

use super::loc::resolve_in;
use super::values::{millimetres, rounded};
use super::*;
use proptest::prelude::*;

fn resolved(folder: &str, written: &str) -> (Option<String>, Vec<PathNote>) {
    let mut notes = Vec::new();
    (resolve_in(folder, written, &mut notes), notes)
}

#[test]
fn paths_are_resolved_as_the_standard_says() {
    let cases = [
        ("Doc_0", "Pages/P.xml", "Doc_0/Pages/P.xml"),
        ("Doc_0", "/Pages/P.xml", "Pages/P.xml"),
        ("Doc_0/Signs", "../Document.xml", "Doc_0/Document.xml"),
        ("Doc_0/Signs", "./Sign_0/../S.xml", "Doc_0/Signs/S.xml"),
        ("", "Doc_0/Document.xml", "Doc_0/Document.xml"),
        ("", "/Doc_0/../OFD.xml", "OFD.xml"),
        ("Doc_0", " Res/图 1.png\n", "Doc_0/Res/图 1.png"),
        ("a", "..b/...", "a/..b/..."),
    ];
    for (folder, written, expected) in cases {
        assert_eq!(resolved(folder, written), (Some(expected.to_owned()), vec![]), "{written}");
    }
}

#[test]
fn odd_paths_are_noted_and_bad_ones_lead_nowhere() {
    assert_eq!(resolved("", "//Doc_0/D.xml"), (Some("Doc_0/D.xml".to_owned()), vec![PathNote::EmptySegment]));
    assert_eq!(resolved("", "Doc_0\\D.xml"), (Some("Doc_0/D.xml".to_owned()), vec![PathNote::Backslash]));
    assert_eq!(resolved("a", "\\D.xml"), (Some("D.xml".to_owned()), vec![PathNote::Backslash]));
    assert_eq!(resolved("a", "D/"), (Some("a/D".to_owned()), vec![PathNote::EmptySegment]));
    for (folder, written) in [("", ".."), ("a/b", "../../.."), ("", "/../x"), ("a", "..\\..\\x")] {
        let (path, notes) = resolved(folder, written);
        assert!(path.is_none() && notes.contains(&PathNote::Outside), "{written}");
    }
    for written in ["", "  ", "/", ".", "./.", "a\0b", &"x".repeat(2000)] {
        let (path, notes) = resolved("", written);
        assert!(path.is_none() && notes.contains(&PathNote::Unusable), "{written:?}");
    }
}

#[test]
fn only_white_space_of_xml_is_cut_off_a_path() {
    for written in ["\u{a0}D.xml", "D.xml\u{3000}", "\u{feff}D.xml", "D.xml\u{b}"] {
        assert_eq!(
            resolved("", &format!("\t {written}\r\n")),
            (Some(written.to_owned()), vec![]),
            "{written:?}"
        );
    }
}

#[test]
fn two_slashes_of_any_kind_lead_to_a_server() {
    for written in
        ["\\\\s\\a", "/\\s/a", "\\/s/a", " /\\\\s/a", "\u{a0}http://s/a", "\u{feff}\\\\s", "http:a", "c:\\a"]
    {
        let (path, notes) = resolved("Doc_0", written);
        assert!(path.is_none() && notes.contains(&PathNote::Outside), "{written:?}");
    }
}

#[test]
fn boxes_are_four_sensible_numbers() {
    let rect = Rect { x: -8.5, y: 0.0, width: 210.0, height: 297.0 };
    assert_eq!(Rect::parse(" -8.5 0\t2.1e2 297 "), Some(rect));
    assert_eq!(rect.to_text(), "-8.5 0 210 297");
    for text in
        ["", "1 2 3", "1 2 3 4 5", "a 0 1 1", "0 0 0 1", "0 0 1 -1", "0 0 NaN 1", "0 0 inf 1", "0 0 1e9 1"]
    {
        assert_eq!(Rect::parse(text), None, "{text}");
    }
}

#[test]
fn ids_are_compared_as_numbers_where_they_are_numbers() {
    let is_same = |left, right| Id::of(left) == Id::of(right);
    assert!(is_same("1", "001") && is_same(" 7 ", "7") && is_same("s001", "s001"));
    assert!(!is_same("1", "2") && !is_same("s1", "s001") && !is_same("", "0"));
}

proptest! {
    #[test]
    fn a_resolved_path_stays_in_the_package(folder in "[a-c/]{0,6}", written in "[ab./\\\\ 页]{0,24}") {
        if let (Some(path), _) = resolved(&folder, &written) {
            prop_assert!(!path.is_empty() && !path.starts_with('/') && !path.contains('\\'));
            prop_assert!(path.split('/').all(|segment| !matches!(segment, "" | "." | "..")));
        }
    }

    #[test]
    fn lengths_are_written_as_they_are_rounded(value in -1000.0..1000.0_f64) {
        let text = millimetres(value);
        prop_assert!((text.parse::<f64>().unwrap() - rounded(value)).abs() < 1e-9);
        prop_assert!(!text.contains('e') && !text.ends_with('.') && text != "-0");
    }
}
