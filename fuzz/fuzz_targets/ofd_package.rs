#![no_main]

use formats::ofd::{Kind, Limits, Mode, Package, Placement, Provider, embed, prepare};
use formats::zip::{DosTime, Writer};

/// An archive as it is, or one of the files that lines `@@path` begin: mutated archives seldom get far.
fn package(data: &[u8]) -> Option<Vec<u8>> {
    if data.starts_with(b"PK") {
        return Some(data.to_vec());
    }
    let text = std::str::from_utf8(data).ok()?;
    let mut writer = Writer::new(DosTime::from_timestamp(Default::default()));
    for file in text.split("@@").skip(1) {
        let (path, content) = file.split_once('\n')?;
        writer.add(path, content.as_bytes()).ok()?;
    }
    writer.finish().ok()
}

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let limits = Limits { read_bytes: 16 << 20, ..Limits::default() };
    let Some(bytes) = package(data) else { return };
    let Ok(package) = Package::open(&bytes, &limits) else { return };
    package.reachable();
    for body in package.bodies() {
        if let Ok(document) = package.document(body.index) {
            (0..document.pages.len()).for_each(|page| drop(package.page(&document, page)));
            drop(package.find_text(&document, "盖章"));
        }
        for entry in package.signatures(body.index).ok().flatten().iter().flat_map(|list| &list.entries) {
            if let Ok(signature) = package.signature(entry) {
                package.check_references(&signature);
            }
        }
    }
    let placement = Placement {
        body: 0,
        kind: Kind::Sign,
        stamps: Vec::new(),
        provider: Provider { name: String::new(), version: None, company: None },
        signing_time: Default::default(),
        mode: Mode::Continue,
    };
    let Ok(prepared) = prepare(&bytes, &placement, &limits) else { return };
    let signed = embed(&prepared, b"value", &limits).expect("what was prepared can be finished");
    let package = Package::open(&signed, &Limits::default()).expect("a signed package opens");
    let list = package.signatures(0).expect("the list is there").expect("the list is named");
    let signature = package.signature(list.entries.last().expect("one was added")).expect("it is there");
    let checks = package.check_references(&signature);
    assert!(checks.iter().all(|check| check.outcome == formats::ofd::Outcome::Match), "{checks:?}");
});
