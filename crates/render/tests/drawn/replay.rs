//! A report whose pages were compared: judged again from what was seen, by nobody who draws.

use sealbridge_render::Here;
use serde_json::{Value, json};
use verify::{Difference, Inputs, Options, PieceName, Record, Rendering, Status, Verdict};

use crate::{document, drawn_by, plain, trust};

/// A document that was sealed twice.
const TWO: &str = "control-two-seals";
/// One whose page was exchanged.
const FORGED: &str = "isa-whole";

struct Kept(Vec<(String, Vec<u8>)>);

impl Inputs for Kept {
    fn piece(&self, name: &PieceName) -> Option<Vec<u8>> {
        let file = format!("{}.{}", name.sm3, name.role.ending());
        self.0.iter().find(|(known, _)| *known == file).map(|(_, der)| der.clone())
    }
}

fn told(name: &str, options: &Options) -> Value {
    serde_json::to_value(verify::recorded(&document(name), &trust(), options)).unwrap()
}

fn drawn(name: &str) -> Value {
    told(name, &drawn_by(Here))
}

fn again(name: &str, report: &Value) -> verify::Replayed {
    let kept = Kept(trust().pieces().map(|piece| (piece.file_name(), piece.der.to_vec())).collect());
    let record = Record::read(report.to_string().as_bytes()).unwrap();
    let mut replayed = verify::replay(&document(name), &record, &kept).unwrap();
    replayed.compare(report.to_string().as_bytes());
    replayed
}

#[test]
fn what_was_seen_is_judged_again() {
    for (name, verdict) in [(TWO, Verdict::Valid), (FORGED, Verdict::Invalid)] {
        let report = drawn(name);
        assert_eq!(report["replay"]["policy"]["rendering"], "pages-1");
        assert_eq!(report["replay"]["pages"]["drawnBy"], "hayro 0.9");
        let replayed = again(name, &report);
        assert_eq!((replayed.differs, replayed.report.verdict), (vec![], verdict));
        let mut now = serde_json::to_value(&replayed.report).unwrap();
        now["replay"] = report["replay"].clone();
        assert_eq!(now, report, "every hint is the same, and nobody drew");
    }
    // Somebody who judged without comparing has no record of pages.
    let plain = told(TWO, &plain());
    assert!(plain["replay"].get("pages").is_none() && plain["replay"]["policy"].get("rendering").is_none());
    assert_eq!(again(TWO, &plain).differs, []);
}

#[test]
fn what_was_seen_and_is_told_otherwise_differs() {
    let report = drawn(FORGED);
    let changed = |change: &dyn Fn(&mut Value)| {
        let mut report = report.clone();
        change(&mut report["replay"]);
        again(FORGED, &report).differs
    };
    assert_eq!(changed(&|_| ()), []);
    let pages = [Difference::Pages];
    assert_eq!(changed(&|record| record["pages"]["seen"][0]["look"] = json!("same")), pages);
    assert_eq!(changed(&|record| record["pages"]["seen"] = json!([])), pages);
    let without = changed(&|record| drop(record.as_object_mut().unwrap().remove("pages")));
    assert_eq!(without, pages);
    assert_eq!(changed(&|record| record["pages"]["sm3"] = json!("0")), pages);
    let both = changed(&|record| {
        record["policy"].as_object_mut().unwrap().remove("rendering");
    });
    assert_eq!(both, [Difference::Pages, Difference::Policy]);
    // What no program of ours writes is not used.
    let mut nothing = report.clone();
    nothing["replay"]["pages"] = Value::Null;
    assert!(Record::read(nothing.to_string().as_bytes()).is_err());
    let mut unknown = report.clone();
    unknown["replay"]["policy"]["rendering"] = json!("pages-99");
    let record = Record::read(unknown.to_string().as_bytes()).unwrap();
    assert!(verify::replay(&document(FORGED), &record, &Kept(Vec::new())).is_err());
    // Of another document other pages are asked for; that alone is told.
    assert_eq!(again(TWO, &report).differs, [Difference::Document]);
}

#[test]
fn nobody_who_draws_is_told_too() {
    let report = told(TWO, &Options { rendering: Some(Rendering::without_drawer()), ..plain() });
    assert_eq!(report["verdict"], "valid");
    let findings = report["signatures"][0]["findings"].as_array().unwrap();
    let missing: Vec<&Value> =
        findings.iter().filter(|one| one["id"] == "signature.rendering.not-drawn").collect();
    assert_eq!((missing.len(), &missing[0]["status"]), (1, &json!(Status::Note)));
    assert_eq!(again(TWO, &report).differs, []);
}
