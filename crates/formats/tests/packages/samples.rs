//! OFD files of other vendors and libraries, where they are at hand: each opens, its signatures are listed, its
//! reference digests are what the samples' index says, and what it leads to is found.

use crate::tools::{applied, assert_kept, covered, indexed, samples, sealing, signatures, signing};
use sealbridge_formats::ofd::{
    Fact, Limits, Mode, OfdError, Outcome, Package, Presence, Role, SealError, SignatureKind, prepare,
};
use sealbridge_formats::zip::Entry;
use std::collections::BTreeSet;

#[test]
fn every_sample_opens_and_its_references_are_as_indexed() {
    let Some(folder) = samples() else { return };
    let all = indexed(&folder);
    assert!(all.len() >= 30, "the index was not understood: {} files", all.len());
    for (path, checks) in all {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let bytes = std::fs::read(&path).unwrap();
        let package = Package::open(&bytes, &Limits::default()).unwrap_or_else(|e| panic!("{name}: {e}"));
        let document = package.document(0).unwrap_or_else(|e| panic!("{name}: {e}"));
        for index in 0..document.pages.len() {
            let page = package.page(&document, index).unwrap_or_else(|e| panic!("{name}: {e}"));
            assert!(page.area.is_some(), "{name}: page {index} has no size");
        }
        if name.contains("missing_signatures") {
            assert!(matches!(package.signatures(0), Err(OfdError::MissingFile { .. })), "{name}");
            continue;
        }
        let list = package.signatures(0).unwrap_or_else(|e| panic!("{name}: {e}"));
        let entries = list.map(|list| list.entries.clone()).unwrap_or_default();
        assert_eq!(entries.len(), checks.len(), "{name}: {checks:?}");
        for (entry, check) in entries.iter().zip(&checks) {
            let signature = package.signature(entry).unwrap_or_else(|e| panic!("{name}: {e}"));
            let value = signature.signed_value.as_ref().unwrap();
            assert_eq!(value.presence, Presence::Present, "{name}: {value:?}");
            assert!(!package.read(&value.path).unwrap().is_empty());
            assert_eq!(entry.kind == SignatureKind::Sign, check.starts_with("Sign "), "{name}: {check}");
            assert_eq!(entry.kind == SignatureKind::Seal, !signature.signed_info.stamps.is_empty(), "{name}");
            let outcomes = package.check_references(&signature);
            assert!(!outcomes.is_empty(), "{name}");
            let bad: Vec<_> = outcomes.iter().filter(|check| check.outcome != Outcome::Match).collect();
            assert_eq!(bad.is_empty(), !check.contains("ref digest"), "{name}: {check}: {bad:?}");
        }
    }
}

/// Files that nothing leads to, and facts, of the samples that have any; everything else is clean.
fn oddities(name: &str) -> (&'static [&'static str], &'static [&'static str]) {
    match name {
        "BADMAKER_azt_two_seals.ofd" => (&[], &["ofd.foreign-element"]),
        "BROKEN_h_two_seals.ofd" => (&[], &["ofd.repeated-element"]),
        "V2_kinggrid_xinchuang.ofd" => (&["Doc_0/Res/213751081.ttf"], &["ofd.namespace"]),
        "einvoice_cq_bw_test.ofd" => {
            (&["Doc_0/Tags/CustomTags.xml", "Doc_0/Tags/Tag_Invoice.xml"], &["ofd.path-wrong-case"])
        }
        "hello-integrity.ofd" => (&["OFDEntries.xml", "signedvalue.dat"], &[]),
        "v4_extra.ofd" => (&["Doc_0/Attachs/evil.xml"], &[]),
        _ => (&[], &[]),
    }
}

#[test]
fn everything_in_the_samples_is_reached_but_for_what_is_known() {
    let Some(folder) = samples() else { return };
    for (path, _) in indexed(&folder) {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let bytes = std::fs::read(&path).unwrap();
        let package = Package::open(&bytes, &Limits::default()).unwrap();
        let (unreached, facts) = oddities(&name);
        let reach = package.reachable();
        let problems = usize::from(name.contains("missing_signatures"));
        assert_eq!(reach.problems.len(), problems, "{name}: {:?}", reach.problems);
        // Departures from the letter alone do not hinder anybody.
        let facts_of_reach =
            reach.facts.iter().filter(|fact| !matches!(fact, Fact::Letter { .. } | Fact::NotInSchema { .. }));
        let codes: BTreeSet<&str> = facts_of_reach.map(Fact::code).collect();
        assert_eq!(codes.into_iter().collect::<Vec<_>>(), facts, "{name}");
        let reached = reach.paths(|_| true);
        let left: Vec<&str> =
            package.files().map(Entry::path).filter(|path| !reached.contains(path)).collect();
        assert_eq!(left, unreached, "{name}");
        assert_eq!(package.archive().facts(), [], "{name}");
        let stale = package.archive().check_contents();
        assert_eq!(stale.is_empty(), !name.contains("azt"), "{name}: {stale:?}");
        for file in reach.files.iter().filter(|file| file.location.presence == Presence::Missing) {
            let known = [Role::Resource, Role::Annotations, Role::Signatures];
            assert!(known.contains(&file.role), "{name}: {file:?}");
        }
    }
}

#[test]
fn samples_take_another_seal_or_say_why_not() {
    let Some(folder) = samples() else { return };
    let (mut sealed, mut refused) = (0, BTreeSet::new());
    for (path, _) in indexed(&folder) {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let bytes = std::fs::read(&path).unwrap();
        // Invoices are smaller than the page the usual place is made for.
        let mut placement = sealing(Mode::Continue);
        placement.stamps[0].boundary.y = 20.0;
        placement.stamps[0].boundary.x = 20.0;
        match prepare(&bytes, &placement, &Limits::default()) {
            Ok(_) => {}
            Err(error @ (SealError::Locked { .. } | SealError::IntegrityProtected)) => {
                refused.insert(error.code());
                continue;
            }
            Err(SealError::Package(OfdError::MissingFile { .. })) if name.contains("missing") => continue,
            Err(error) => panic!("{name}: {error}"),
        }
        let before = Package::open(&bytes, &Limits::default()).unwrap();
        let had: Vec<Vec<u8>> = match before.signatures(0).unwrap() {
            Some(_) => signatures(&before).into_iter().map(|signature| signature.raw).collect(),
            None => Vec::new(),
        };
        let edited = before.bodies()[0].signatures.as_ref().map_or("OFD.xml", |list| list.path.as_str());
        let once = applied(&bytes, &placement);
        assert_kept(&bytes, &once, &[edited]);
        let twice = applied(&once, &signing(Mode::Lock));
        let package = Package::open(&twice, &Limits::default()).unwrap();
        let now = signatures(&package);
        assert_eq!(now.len(), had.len() + 2, "{name}");
        assert!(now.iter().zip(&had).all(|(signature, raw)| signature.raw == *raw), "{name}");
        for signature in &now[had.len()..] {
            assert!(covered(&package, signature).contains(&"OFD.xml".to_owned()), "{name}");
        }
        sealed += 1;
    }
    assert!(sealed >= 5, "{sealed}");
    assert_eq!(refused.into_iter().collect::<Vec<_>>(), ["ofd.integrity-protected", "ofd.locked"]);
}
