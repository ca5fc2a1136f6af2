//! Properties that hold for any input.

use crate::support::at;
use crate::tools::{TIME, applied, assert_kept, covered, sealing, signatures};
use proptest::prelude::*;
use sealbridge_formats::ofd::{Limits, Mode, Package, Prepared};
use sealbridge_formats::xml::{self, Document, Edit};
use sealbridge_formats::zip::{self, Archive, DosTime, Rewrite, Writer};
use std::collections::BTreeMap;

/// Paths of files, all different even in lower case.
fn files() -> impl Strategy<Value = BTreeMap<String, Vec<u8>>> {
    let content = prop_oneof![
        proptest::collection::vec(any::<u8>(), 0..600),
        (any::<u8>(), 0..20_000_usize).prop_map(|(byte, length)| vec![byte; length]),
    ];
    proptest::collection::btree_map("[a-z0-9_]{1,8}(/[a-z0-9_]{1,8}|/页面){0,2}\\.(xml|dat)", content, 0..12)
}

fn text() -> impl Strategy<Value = String> {
    proptest::string::string_regex("[ -~\t\n一-龥]{0,40}").unwrap()
}

/// Opens `bytes` and does everything that reading offers; it must only not panic.
fn explore(bytes: &[u8]) {
    let Ok(package) = Package::open(bytes, &Limits::default()) else { return };
    package.reachable();
    package.archive().check_contents();
    for body in 0..package.bodies().len().min(3) {
        if let Ok(document) = package.document(body) {
            for index in 0..document.pages.len().min(3) {
                let _ = package.page(&document, index);
            }
        }
        for entry in package.signatures(body).ok().flatten().iter().flat_map(|list| &list.entries) {
            if let Ok(signature) = package.signature(entry) {
                package.check_references(&signature);
            }
        }
    }
    let _ = sealbridge_formats::ofd::prepare(bytes, &sealing(Mode::Continue), &Limits::default());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn what_is_written_is_read(files in files()) {
        let mut writer = Writer::new(DosTime::from_timestamp(at(TIME)));
        for (path, content) in &files {
            writer.add(path, content).unwrap();
        }
        let bytes = writer.finish().unwrap();
        let archive = Archive::open(&bytes, &zip::Limits::default()).unwrap();
        prop_assert_eq!(archive.facts(), []);
        prop_assert_eq!(archive.check_contents(), []);
        prop_assert_eq!(archive.entries().len(), files.len());
        for (path, content) in &files {
            let entry = archive.find(path).unwrap();
            prop_assert_eq!(&*archive.read(entry).unwrap(), content.as_slice());
            let mut streamed = Vec::new();
            archive.stream(entry, &mut |piece| streamed.extend_from_slice(piece)).unwrap();
            prop_assert_eq!(&streamed, content);
        }
    }

    #[test]
    fn a_rewrite_changes_only_what_it_should(files in files(), content: Vec<u8>) {
        let mut writer = Writer::new(DosTime::from_timestamp(at("2020-01-01T00:00:00Z")));
        for (path, content) in &files {
            writer.add(path, content).unwrap();
        }
        let before = writer.finish().unwrap();
        let archive = Archive::open(&before, &zip::Limits::default()).unwrap();
        let mut rewrite = Rewrite::new(&archive, DosTime::from_timestamp(at(TIME)));
        let first = files.keys().next().map(String::as_str);
        if let Some(path) = first {
            rewrite.replace(path, content.clone()).unwrap();
        }
        rewrite.add("New/1.xml", content.clone()).unwrap();
        let after = rewrite.finish().unwrap();
        assert_kept(&before, &after, first.as_slice());
        let archive = Archive::open(&after, &zip::Limits::default()).unwrap();
        for path in first.into_iter().chain(["New/1.xml"]) {
            prop_assert_eq!(&*archive.read(archive.find(path).unwrap()).unwrap(), content.as_slice());
        }
    }

    #[test]
    fn text_survives_escaping(value in text()) {
        let file = format!("<a b=\"{}\">{}</a>", xml::attribute(&value), xml::text(&value));
        let tree = Document::parse(file.as_bytes(), &xml::Limits::default()).unwrap();
        prop_assert_eq!(tree.root().raw_text(), value.as_str());
        prop_assert_eq!(tree.root().attribute("b"), Some(value.as_str()));
    }

    #[test]
    fn edits_touch_nothing_else(before in text(), inside in text(), bom: bool) {
        let (before, inside) = (xml::text(&before).into_owned(), xml::text(&inside).into_owned());
        let mark = if bom { "\u{feff}" } else { "" };
        let file = format!("{mark}<?xml version=\"1.0\"?>\n<r>{before}<a x=\"1\"  /><b>{inside}</b>\r\n</r>\n");
        let tree = Document::parse(file.as_bytes(), &xml::Limits::default()).unwrap();
        let mut edit = Edit::new(file.as_bytes(), &tree).unwrap();
        edit.append_inside(tree.root().child("a").unwrap(), "<n/>");
        edit.insert_after(tree.root().child("a").unwrap(), "<m/>");
        edit.replace_content(tree.root().child("b").unwrap(), "neu");
        edit.append_inside(tree.root(), "<z/>");
        let expected = file
            .replace("<a x=\"1\"  />", "<a x=\"1\"  ><n/></a><m/>")
            .replace(&format!("<b>{inside}</b>"), "<b>neu</b>")
            .replace("</r>", "<z/></r>");
        prop_assert_eq!(String::from_utf8(edit.apply().unwrap()).unwrap(), expected);
    }

    #[test]
    fn a_damaged_package_never_panics(
        changes in proptest::collection::vec((any::<proptest::sample::Index>(), any::<u8>()), 1..8),
        cut in any::<proptest::sample::Index>(),
    ) {
        static SEALED: std::sync::OnceLock<Vec<u8>> = std::sync::OnceLock::new();
        let sealed = SEALED.get_or_init(|| applied(&crate::tools::document(2), &sealing(Mode::Continue)));
        let mut bytes = sealed.clone();
        for (place, value) in changes {
            let place = place.index(bytes.len());
            bytes[place] = value;
        }
        explore(&bytes);
        bytes.truncate(cut.index(bytes.len()));
        explore(&bytes);
        let _ = Prepared::from_bytes(&bytes);
    }

    #[test]
    fn any_text_is_xml_or_an_error(bytes in proptest::collection::vec(any::<u8>(), 0..300), file in "[<>/a=\"'&;:! x-]{0,60}") {
        for bytes in [bytes.as_slice(), file.as_bytes()] {
            if let Ok(tree) = Document::parse(bytes, &xml::Limits::default()) {
                for element in tree.elements() {
                    prop_assert!(element.range().end <= bytes.len());
                    prop_assert!(element.content_range().end <= element.range().end);
                }
            }
        }
    }

    #[test]
    fn any_layout_of_files_can_be_sealed(files in files()) {
        let document = crate::tools::document(1);
        let mut all: Vec<(&str, &[u8])> = files.iter().map(|(path, content)| (&**path, &**content)).collect();
        all.retain(|(path, _)| !path.to_lowercase().starts_with("ofd"));
        let before = crate::tools::changed(&document, &all);
        let after = applied(&before, &sealing(Mode::Lock));
        assert_kept(&before, &after, &["OFD.xml"]);
        let package = Package::open(&after, &Limits::default()).unwrap();
        let covered = covered(&package, &signatures(&package)[0]);
        prop_assert_eq!(covered.len() + 2, package.files().count());
    }
}
