//! Documents made here, read again.

use super::*;
use crate::ofd::{AreaSource, Limits, Package};
use crate::xml;
use crate::zip::Entry;
use jiff::Timestamp;

fn at() -> Timestamp {
    "2025-03-01T02:03:04Z".parse().unwrap()
}

fn contract() -> Vec<u8> {
    let parties =
        Parties {
            buyer: "海河市数据资源局", seller: "北辰云印章科技有限公司", number: "HH-2025-0301"
        };
    purchase_contract("0123456789abcdef0123456789abcdef", &parties, at()).unwrap().ofd
}

#[test]
fn the_contract_is_a_clean_package_and_always_the_same() {
    let bytes = contract();
    assert_eq!(bytes, contract());
    let package = Package::open(&bytes, &Limits::default()).unwrap();
    assert_eq!(package.archive().facts(), []);
    assert_eq!(package.facts(), []);
    assert_eq!(package.bodies()[0].title.as_deref(), Some("采购合同"));
    let document = package.document(0).unwrap();
    assert_eq!(document.facts, []);
    assert!((2..=3).contains(&document.pages.len()), "{} pages", document.pages.len());
    let reach = package.reachable();
    assert!(reach.problems.is_empty() && reach.facts.is_empty(), "{reach:?}");
    let files: Vec<&str> = package.files().map(Entry::path).collect();
    assert_eq!(reach.paths(|_| true), files.into_iter().collect());
    let text =
        String::from_utf8(package.read("Doc_0/Pages/Page_0/Content.xml").unwrap().into_owned()).unwrap();
    assert!(text.contains("采购合同") && text.contains("海河市数据资源局"));
}

#[test]
fn nothing_is_drawn_beyond_the_margins() {
    let bytes = contract();
    let package = Package::open(&bytes, &Limits::default()).unwrap();
    for path in package.files().map(Entry::path).filter(|path| path.ends_with("Content.xml")) {
        let tree = xml::Document::parse(&package.read(path).unwrap(), &xml::Limits::default()).unwrap();
        let boxes = tree.elements().filter_map(|element| element.attribute("Boundary"));
        for rect in boxes.map(|text| crate::ofd::Rect::parse(text).unwrap()) {
            assert!(rect.x >= 24.0 && rect.x + rect.width <= 186.5, "{path}: {rect:?}");
            assert!(rect.y >= 24.0 && rect.y + rect.height <= 273.5, "{path}: {rect:?}");
        }
    }
}

#[test]
fn ids_are_unique_and_bounded() {
    let bytes = contract();
    let package = Package::open(&bytes, &Limits::default()).unwrap();
    let mut ids = Vec::new();
    for path in package.files().map(Entry::path.to_owned()) {
        let tree = xml::Document::parse(&package.read(path).unwrap(), &xml::Limits::default()).unwrap();
        ids.extend(tree.elements().filter_map(|e| e.attribute("ID")).map(|id| id.parse::<u64>().unwrap()));
    }
    let count = ids.len();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), count);
    assert_eq!(ids.last().copied(), package.document(0).unwrap().max_unit_id);
}

#[test]
fn pages_of_other_sizes_say_so() {
    let mut composer = Composer::new("0", "大小 <不一>", at());
    composer.page(|page| {
        page.text(20.0, 20.0, 5.0, FontFace::Hei, "第一页 & <A4>");
    });
    composer.sized_page(297.0, 210.0, |page| {
        page.line((10.0, 10.0), (280.0, 10.0), 0.3);
    });
    let bytes = composer.finish().unwrap();
    let package = Package::open(&bytes, &Limits::default()).unwrap();
    assert_eq!(package.bodies()[0].title.as_deref(), Some("大小 <不一>"));
    let document = package.document(0).unwrap();
    let areas: Vec<_> = [0, 1].map(|index| package.page(&document, index).unwrap().area.unwrap()).into();
    assert_eq!(areas[0].1, AreaSource::Document);
    assert_eq!((areas[0].0.physical.width, areas[0].0.physical.height), (210.0, 297.0));
    assert_eq!(areas[1].1, AreaSource::Page);
    assert_eq!((areas[1].0.physical.width, areas[1].0.physical.height), (297.0, 210.0));
}

#[test]
fn lines_are_never_too_long_and_lose_nothing() {
    let source = "甲乙双方本着平等、自愿、公平和诚实信用的原则，就甲方向乙方采购 3 台 GM/T 0030 服务器密码机事宜，订立本合同。";
    for room in 3..40 {
        let lines = text::lines(source, f64::from(room), 2.0);
        assert_eq!(lines.concat(), source);
        assert!(lines.iter().all(|line| text::width(line) <= f64::from(room)), "{room}: {lines:?}");
        assert!(lines.iter().skip(1).all(|line| !line.starts_with(['，', '。', '、'])), "{room}: {lines:?}");
    }
}
